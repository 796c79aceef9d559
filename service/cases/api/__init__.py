"""The routes of cases: opening one, the list of them, who holds one, and its transfer between regions."""

from service.cases.api.holdings import holdings
from service.cases.api.lists import cases
from service.cases.api.transfers import transfers

blueprints = (holdings, cases, transfers)
