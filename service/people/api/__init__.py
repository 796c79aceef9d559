"""The routes of people's records: reading them, and whose they are."""

from service.people.api.limits import limits
from service.people.api.records import people
from service.people.api.share_requests import share_requests
from service.people.api.sharing import shares

blueprints = (people, shares, limits, share_requests)
