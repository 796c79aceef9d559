"""Has a hook for what a destination says when sharing has ended: somebody must read it, and nobody need be
accountable any more.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from service.access import Actor
from service.referrals.model import DestinationReferral
from service.referrals.shared import has_ended

Report = Callable[[Session, Actor, DestinationReferral, str | None], None]
"""Has somebody read what a destination says, in its own words where it says any."""

_registered: Final[list[Report]] = []


def register_late_news(report: Report) -> None:
    """Have what comes late read in this way from now on."""
    _registered[:] = [report]


def follow_late_news(session: Session, actor: Actor, part: DestinationReferral, words: str | None) -> None:
    """Have somebody read what a destination has just said, if sharing with it has ended.

    Args:
        part: of a locked referral.
        words: what it says in its own words; None for a report that is only in its structure.
    """
    if part.side_of(actor) == "destination" and has_ended(part):
        for report in _registered:
            report(session, actor, part, words)
