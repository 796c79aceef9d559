"""Puts right or withdraws what a destination said of a whole referral: its answer, or that its work ended.

What is withdrawn goes on where it was. Its destination owes from then on what it owes there, and is sent what
has changed meanwhile; whatever probation decided upon it is decided again.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service import clock, settling, timers
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.corrections.rules import Instead, chains
from service.corrections.schemas import require_to_differ
from service.db import Json
from service.destinations.case import asks_by_key
from service.destinations.states import CORRECTABLE, UNDER_WAY, Action, State
from service.http.problems import conflict
from service.people.model import Person
from service.referrals import deadlines, writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.actions.closing import correct_death, report_death, says_died
from service.referrals.actions.late_news import Correction, follow_late_news, follow_taken_back
from service.referrals.actions.moves import compare_with_open, require_known_codes
from service.referrals.actions.release import release_after_move
from service.referrals.actions.starting_again import start_part_again
from service.referrals.document_queries import whole_document
from service.referrals.jsonable import jsonable
from service.referrals.model import DestinationMove, DestinationReferral
from service.referrals.placement_states import PlacementState
from service.referrals.queries import moves_of, placement_of
from service.referrals.resting import rest_as_now

_CODES = ("reason_code", "outcome_code")
_TRIGGER = "goes_on"


def require_correctable(move: DestinationMove) -> None:
    """Require that an action of a destination is one that can be put right.

    Raises:
        Problem: 409.
    """
    if move.part != "referral" or move.action not in CORRECTABLE:
        raise conflict(
            "Only your answer, and that your work has ended, can be corrected.", action=move.action
        )


@bypasses_row_security
def correct_move(
    session: Session, actor: Actor, part: DestinationReferral, move: DestinationMove, instead: Instead
) -> None:
    """Put right or withdraw that a destination accepts or declines, or that its work has ended.

    Args:
        part: of a locked referral.
        move: of this destination; nobody has put it right, and it can be corrected.
        instead: a valid `DestinationReferralTransition` of the same action.

    Raises:
        Problem: 422 when a code is not one of this destination's; 409 where the referral has gone on since,
            or nobody is there to go on for, or a stay is under way of whom it would not have accepted.
    """
    said, reason = instead
    first = _require_to_stand(part, move, moves_of(session, part, "referral"))[0]
    before, had_died = State(part.state), says_died(session, part)
    if said is None:
        _require_to_be_asked(session, part)
        _require_no_stay(session, part)
        target, detail = State(first.from_state or before), None
    else:
        require_known_codes(session, part, Action(move.action), said, at="/said")
        target, detail = before, jsonable({name: said[name] for name in said if name != "action"})
        require_to_differ(detail, move.detail, withdrawn=move.withdrawn)
    codes = {name: detail[name] for name in _CODES if detail and name in detail}
    decides_again = _may_rest_on_it(part, move, detail)
    writes.correct_move(session, actor, part, move, target, detail=detail, reason=reason, data=codes)
    _follow_death(session, actor, part, had_died=had_died)
    deadlines.await_owed(session, actor, part)
    if said is None:
        _require_somebody(session, part)
        _go_on(session, actor, part, before)
    if decides_again:
        since = move.moved_at if move.corrects_id else None
        follow_taken_back(session, actor, part, Correction(move.action, reason, since))
    follow_late_news(session, actor, part, reason)
    settling.mark(session, actor, part.person_id)


def _may_rest_on_it(part: DestinationReferral, move: DestinationMove, detail: Json | None) -> bool:
    """Return whether probation may have decided something upon what is put right."""
    if detail is None:
        return True
    another = any(move.detail.get(name) != detail.get(name) for name in _CODES)
    # About a decline that nobody has settled it decides yet.
    return another and (part.state != State.DECLINED or part.decline_settled is not None)


def _require_to_stand(
    part: DestinationReferral, move: DestinationMove, moves: Sequence[DestinationMove]
) -> list[DestinationMove]:
    """Return an action and what put it right, if the referral stands as it does by that."""
    chain = next(chain for chain in chains(moves) if move in chain)
    since = moves[moves.index(chain[0]) + 1 :]
    # That a recall has put the work on hold says nothing against what its destination takes back.
    held = [one for one in since if one.side == "service" and one.action == Action.PUT_ON_HOLD]
    if any(one.from_state != one.to_state and one not in held for one in since):
        raise conflict("The referral has moved on since.", state=part.state)
    return chain


def _require_to_be_asked(session: Session, part: DestinationReferral) -> None:
    """Require that probation still asks a destination that takes back what ended its part."""
    if part.key not in asks_by_key(whole_document(session, part.referral)):
        raise conflict("Probation no longer needs your answer.", state=part.state)


def _require_no_stay(session: Session, part: DestinationReferral) -> None:
    """Require of a destination that has accepted nobody that no stay with it is under way, or has been."""
    placement = placement_of(session, part) if part.state in UNDER_WAY else None
    if placement is not None and placement.state != PlacementState.CANCELLED:
        raise conflict("Withdraw what you recorded about the stay, then cancel it.", state=placement.state)


def _require_somebody(session: Session, part: DestinationReferral) -> None:
    # The death may have been recorded while this waited for the referral, or be put right by this. Of a death
    # that others have recorded a destination does not learn by asking.
    if session.get_one(Person, part.person_id, populate_existing=True).died_on is not None:
        raise conflict("Probation has closed the case.")


def _follow_death(session: Session, actor: Actor, part: DestinationReferral, *, had_died: bool) -> None:
    if says_died(session, part) == had_died:
        return
    if had_died:
        correct_death(session, actor, part, None)
    else:
        report_death(session, actor, part, clock.today())


def _go_on(session: Session, actor: Actor, part: DestinationReferral, before: State) -> None:
    rest_as_now(session, part)
    # What was owed by what is withdrawn is owed no more.
    timers.stop_all(session, [deadlines.subject_of(part)], reason=part.state)
    deadlines.stop_owed(session, part, part.state)
    writes.owe_again(session, actor, part)
    start_part_again(session, actor, part)
    compare_with_open(session, part, before)
    document = whole_document(session, part.referral)
    by = Actor.for_service("referrals")
    bring_in_line(session, by, part.referral, document, document, trigger=_TRIGGER)
    release_after_move(session, actor, part, before)
