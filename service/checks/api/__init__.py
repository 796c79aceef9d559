"""The routes of checks for probation, and of check requests for agencies and probation."""

from service.checks.api import check_requests, checks

blueprints = (checks.blueprint, check_requests.blueprint)
