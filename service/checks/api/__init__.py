"""Checks over HTTP: what probation must know, and what is asked of police forces and children's services."""

from service.checks.api import check_requests, checks

blueprints = (checks.blueprint, check_requests.blueprint)
