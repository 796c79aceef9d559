"""The clocks of changes of which a destination must take note."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from service import timers
from service.access import Actor
from service.referrals.deadlines.cases import case_of, earliest_due, start_clock, subject_of
from service.referrals.model import ChangeNotice, DestinationReferral
from service.timers import Subject

ACKNOWLEDGE: Final = "acknowledge"
"""The timer of a change of which a destination must take note."""
ACKNOWLEDGEMENT: Final = "change.acknowledgement"


def await_acknowledgements(
    session: Session, actor: Actor, part: DestinationReferral, notices: Collection[ChangeNotice]
) -> None:
    """Await what a destination has not acknowledged, and need not while it rested.

    Args:
        notices: what it has not acknowledged.
    """
    clocks = timers.clocks_of(session, [notice_of(notice) for notice in notices]) if notices else {}
    for notice in notices:
        if all(one["state"] == "stopped" for one in clocks[notice_of(notice)]):
            await_acknowledgement(session, actor, part, notice, fresh=False)


def clocks_and_notices(
    session: Session, part: DestinationReferral, notices: Sequence[ChangeNotice]
) -> tuple[list[dict[str, Any]], list[tuple[ChangeNotice, datetime | None]]]:
    """Return what `clocks_of` does, and each notice with when it must be acknowledged, if it must.

    Args:
        notices: of changes to what the part was sent.
    """
    clocks = timers.clocks_of(session, [subject_of(part), *map(notice_of, notices)])
    return clocks[subject_of(part)], [(notice, earliest_due(clocks[notice_of(notice)])) for notice in notices]


def await_acknowledgement(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    notice: ChangeNotice,
    *,
    fresh: bool = True,
) -> None:
    """Start the clock of a change that a destination must say it has taken note of, once it owes anything.

    Args:
        fresh: the notice is new.
    """
    if part.rests:
        return
    start_clock(
        session,
        actor,
        notice_of(notice),
        ACKNOWLEDGE,
        policy=ACKNOWLEDGEMENT,
        case=case_of(session, part),
        urgency="urgent" if "risk" in notice.sections else "routine",
        fresh=fresh,
    )


def acknowledged(session: Session, notice: ChangeNotice) -> None:
    """Stop the clock of a change that has been taken note of, or no longer needs to be."""
    timers.stop(session, notice_of(notice), reason="acknowledged")


def notice_of(notice: ChangeNotice) -> Subject:
    return Subject("change_notice", notice.id)
