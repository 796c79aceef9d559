"""The routes of people's records: reading them, and whose they are."""

from service.people.api.records import people
from service.people.api.share_requests import share_requests

blueprints = (people, share_requests)
