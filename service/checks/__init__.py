"""Checks: questions about a person's safety, the request to each agency, and their results."""

from service.checks.naming import people_asked_about
from service.timers.naming import register_people

register_people("agency", people_asked_about)
