"""The clocks of how long a referral is shared, and of how long a curfew lasts."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.destinations.policies import CURFEW_ENDS, SHARING_BASIS, SHARING_ENDS
from service.people import holding_queries
from service.referrals.deadlines.cases import Urgency, start_clock
from service.referrals.model import Referral
from service.timers import Subject

REFERRAL, SHARING_END, BASIS, CURFEW = "referral", "sharing_end", "sharing_basis", "curfew_end"
"""The subject and the timers of the clock before sharing ends, of the basis that is owed, and before a curfew
ends: apart from the clocks that a destination reads.
"""


def await_sharing_end(session: Session, actor: Actor, referral: Referral, ends_on: date) -> None:
    """Start the clock before sharing ends, for whoever is accountable.

    Args:
        ends_on: the last day; the steps before it are notified in the morning.
    """
    start_clock(
        session,
        actor,
        Subject(REFERRAL, referral.id),
        SHARING_END,
        policy=SHARING_ENDS,
        case=holding_queries.clock_case_of(session, referral.person_id, referral.probation_id, "sharing"),
        hard_date=clock.at(ends_on, 9),
    )


def follow_curfew(session: Session, actor: Actor, referral: Referral, ends_on: date | None) -> None:
    """Start the clock before a curfew ends, or stop it; of another day, it starts anew.

    Args:
        ends_on: its last day; None where there is none to come.
    """
    stop_curfew(session, referral, "changed")
    if ends_on is not None:
        start_clock(
            session,
            actor,
            Subject(REFERRAL, referral.id),
            CURFEW,
            policy=CURFEW_ENDS,
            case=holding_queries.clock_case_of(session, referral.person_id, referral.probation_id, "curfew"),
            hard_date=clock.at(ends_on, 9),
        )


def stop_curfew(session: Session, referral: Referral, reason: str) -> None:
    """Stop the clock before a curfew ends."""
    timers.stop(session, Subject(REFERRAL, referral.id), reason, CURFEW)


def curfew_stopped_for(session: Session, referral: Referral) -> str | None:
    """Return why the clock before a curfew ends was stopped last; None where it runs, or never did."""
    last = timers.last_cycle(session, Subject(REFERRAL, referral.id), CURFEW)
    return None if last is None else last.stopped


def await_basis(session: Session, actor: Actor, referral: Referral, urgency: Urgency) -> None:
    """Start the clock of a referral that has no end of sharing that is known, or whose basis has ended."""
    start_clock(
        session,
        actor,
        Subject(REFERRAL, referral.id),
        BASIS,
        policy=SHARING_BASIS,
        case=holding_queries.clock_case_of(session, referral.person_id, referral.probation_id, "sharing"),
        urgency=urgency,
    )


def basis_given(session: Session, referral_id: UUID) -> None:
    """Stop the clock of the basis that was owed: it has been given, or nobody needs it any more."""
    timers.stop(session, Subject(REFERRAL, referral_id), "basis_given", BASIS)


def stop_sharing_end(session: Session, referral_id: UUID, reason: str) -> None:
    """Stop the clock before sharing ends: it has ended, or ends on another day."""
    timers.stop(session, Subject(REFERRAL, referral_id), reason, SHARING_END)
