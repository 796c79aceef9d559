"""The routes of referrals. They hold no rules: find, keep the order of refusals, call one action, show."""

from service.referrals.api.destination_referrals import destination_referrals
from service.referrals.api.placements import placements
from service.referrals.api.plans import plans
from service.referrals.api.referrals import referrals
from service.referrals.api.reports import reports

blueprints = (referrals, destination_referrals, placements, plans, reports)
