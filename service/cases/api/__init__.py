"""The routes of cases: opening one, the list of them, who holds one, its transfer
between regions, two CRNs of one person, what happened, and pages to print.
"""

from service.cases.api.holdings import holdings
from service.cases.api.lists import cases
from service.cases.api.merging import merging
from service.cases.api.summaries import summaries
from service.cases.api.timelines import timelines
from service.cases.api.transfers import transfers

blueprints = (holdings, cases, transfers, merging, timelines, summaries)
