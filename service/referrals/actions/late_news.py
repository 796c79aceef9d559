"""Has hooks for what a destination says that somebody must read: when sharing has ended, as nobody need be
accountable any more; where a report in a form of its own says what a concern says; and where it puts right or
withdraws what others may have decided something upon.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from service.access import Actor
from service.referrals.model import DestinationReferral
from service.referrals.shared import has_ended

Report = Callable[[Session, Actor, DestinationReferral, str | None], None]
"""Has somebody read what a destination says, in its own words where it says any."""

_registered: Final[list[Report]] = []


class Correction(NamedTuple):
    """What a destination puts right or withdraws.

    Args:
        what: a code: a kind of update, or an action.
        because: why, in the destination's words.
        since: when it was put right before, where this is a correction of a correction.
    """

    what: str
    because: str
    since: datetime | None


TakenBack = Callable[[Session, Actor, DestinationReferral, Correction], None]
"""Has probation decide again what rested on something that is put right or withdrawn."""

_registered_for_taken_back: Final[list[TakenBack]] = []

Seen = Callable[[Session, Actor, DestinationReferral, Mapping[str, Any]], None]
"""Acts on who was seen with a person, as on a concern that says the same."""

_registered_for_seen: Final[list[Seen]] = []


def register_seen(seen: Seen) -> None:
    """Act in this way from now on where a destination reports who was seen."""
    _registered_for_seen[:] = [seen]


def follow_seen(
    session: Session, actor: Actor, part: DestinationReferral, kind: str, said: Mapping[str, Any]
) -> None:
    """Act on a report of who was seen with a person.

    Args:
        part: of a locked referral.
        kind: of the report.
        said: its content.
    """
    concerns = part.destination.concerns.get(kind)
    if concerns and concerns(said):
        for seen in _registered_for_seen:
            seen(session, actor, part, said)


_IN_WORDS: Final = ("question", "reason", "alternative", "note")
"""The members of an action in which a destination says something in its own words."""


def words_of(given: Mapping[str, Any]) -> str | None:
    """Return all that came with an action in a destination's own words; None where nothing did."""
    return "\n".join(given[name] for name in _IN_WORDS if given.get(name)) or None


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


def register_taken_back(review: TakenBack) -> None:
    """Have what rested on a report that is put right or withdrawn decided again in this way from now on."""
    _registered_for_taken_back[:] = [review]


def follow_taken_back(
    session: Session, actor: Actor, part: DestinationReferral, correction: Correction
) -> None:
    """Have probation decide again what rested on something that its destination puts right or withdraws.

    Args:
        part: of a locked referral.
    """
    for review in _registered_for_taken_back:
        review(session, actor, part, correction)
