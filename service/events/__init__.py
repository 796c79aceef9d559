"""Events, each organisation's feed of them, and the timeline of a referral.

Decides nothing: the package that appends an event says what happened and which organisations may see it.
"""

from service.events.queries import timeline
from service.events.writes import append

__all__ = ["append", "timeline"]
