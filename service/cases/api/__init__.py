"""The routes of cases: opening one, who holds it, and its transfer between regions."""

from service.cases.api.holdings import holdings
from service.cases.api.transfers import transfers

blueprints = (holdings, transfers)
