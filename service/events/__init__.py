"""What happened, for whom: events, each organisation's feed of them, and the timeline of a referral.

Owns no state of anything else, and decides nothing: others say what happened and who may know.
"""

from service.events.actions import append
from service.events.queries import timeline

__all__ = ["append", "timeline"]
