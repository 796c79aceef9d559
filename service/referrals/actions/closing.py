"""Closes a case that has ended for good, and has what a destination says of a death recorded.

The packages above register how a review is closed, and how a death is recorded.
"""

from collections.abc import Callable
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements, timers
from service.access import Actor
from service.checks import actions as checks
from service.checks.basis import register_error
from service.destinations.states import TERMINAL, Action, State
from service.people.model import Person
from service.referrals import deadlines
from service.referrals.actions.circumstances import end_for_good
from service.referrals.actions.sharing import GONE
from service.referrals.model import DestinationReferral, Placement, Referral
from service.referrals.queries import moves_of, open_referrals_of, parts_of, referrals_of_person
from service.third_parties import queries as third_parties
from service.third_parties.actions import moving

DIED: Final = "died"
IN_ERROR: Final = "entered_in_error"

CloseReviews = Callable[[Session, UUID, str], None]
RecordDeath = Callable[[Session, Actor, DestinationReferral, date], None]

CorrectDeath = Callable[[Session, Actor, DestinationReferral, date | None], None]

_close_reviews: Final[list[CloseReviews]] = []
_record_death: Final[list[RecordDeath]] = []
_correct_death: Final[list[CorrectDeath]] = []


def register_closing(close_reviews: CloseReviews) -> None:
    """Close the reviews of a person in this way from now on."""
    _close_reviews[:] = [close_reviews]


def register_death(record_death: RecordDeath, correct: CorrectDeath) -> None:
    """Record a death, and put one right, in these ways from now on."""
    _record_death[:] = [record_death]
    _correct_death[:] = [correct]


def close_case(session: Session, person_id: UUID, reason: str) -> None:
    """Close everything that is open about a person, but a danger; whoever was asked reads why.

    Args:
        person_id: whose referrals and record are locked.
        reason: a code: `died` or `entered_in_error`.
    """
    for referral in open_referrals_of(session, person_id, lock=True):
        for part in parts_of(session, referral):
            if part.state not in TERMINAL | {State.DECLINED}:
                end_for_good(session, part, reason)
    checks.close_all(session, person_id, reason)
    for close in _close_reviews:
        close(session, person_id, reason)
    moving.lapse(session, third_parties.all_not_ended(session, person_id), reason)
    agreements.lapse_all(session, person_id)
    # Nobody comes to the bed that was asked for.
    timers.end_all(session, person_id, reason, with_danger_of=deadlines.EMERGENCY)


def follow_error(session: Session, referral: Referral) -> None:
    """Close the case of a record on which everything was entered in error: somebody else was meant.

    A case that was opened for itself goes on, whatever was referred by mistake.

    Args:
        referral: locked, a part of it has just been entered in error.
    """
    if _was_never_meant(session, referral.person_id, referral.probation_id):
        close_case(session, referral.person_id, IN_ERROR)


def _was_never_meant(session: Session, person_id: UUID, probation_id: UUID) -> bool:
    """Return whether all that was referred has gone, some as an error, and no case was opened for itself."""
    known = referrals_of_person(session, person_id, probation_id)
    every = parts_of(session, *(one for one in known if one.person_id == person_id))
    states = {part.state for part in every}
    # Nobody works with the person either on a part that was withdrawn before.
    if not states <= GONE or State.ENTERED_IN_ERROR not in states:
        return False
    return not checks.was_opened(session, person_id)


def _is_in_error(session: Session, person_id: UUID) -> bool:
    return _was_never_meant(session, person_id, session.get_one(Person, person_id).holder_id)


register_error(_is_in_error)


def report_death(session: Session, actor: Actor, part: DestinationReferral, day: date) -> None:
    """Have a death recorded that a destination reports.

    Args:
        part: of a locked referral.
    """
    for record in _record_death:
        record(session, actor, part, day)


def says_died(session: Session, part: DestinationReferral) -> bool:
    """Return whether a destination says of a stay, or of the end of its work, that the person died."""
    stay = session.get(Placement, part.id)
    if stay is not None and stay.details.get("departed_to") == DIED:
        return True
    ends = [move for move in moves_of(session, part, "referral") if move.action == Action.END_EARLY]
    return bool(ends) and ends[-1].detail.get("reason_code") in part.destination.of_death


def correct_death(session: Session, actor: Actor, part: DestinationReferral, day: date | None) -> None:
    """Have a death put right that a destination had reported, unless it says it elsewhere too.

    Args:
        part: of a locked referral.
        day: on which the person died; None when they have not.
    """
    if day is None and says_died(session, part):
        return
    for correct in _correct_death:
        correct(session, actor, part, day)
