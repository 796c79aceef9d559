"""The routes of changes, of what is supplied later, of reviews, and of what destinations are sent and
report.
"""

from service.circumstances.api.destinations import destinations
from service.circumstances.api.people import people
from service.circumstances.api.proposals import proposals
from service.circumstances.api.reviews import reviews

blueprints = (people, proposals, reviews, destinations)
