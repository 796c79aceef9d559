"""Checks: questions about a person's safety, the request to each agency, and their results."""

from service.checks.kinds import KINDS
from service.checks.naming import people_asked_about
from service.timers.naming import register_people
from service.timers.responders import register_policies

register_people("agency", people_asked_about)
for _kind in KINDS.values():
    register_policies(_kind.organisation_kind, [_kind.policy_key])
