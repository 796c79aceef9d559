"""The routes of people's records: reading them, and whose they are."""

from service.people.api.records import people

blueprints = (people,)
