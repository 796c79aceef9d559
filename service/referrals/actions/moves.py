"""Moves a destination referral from state to state, as its table allows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.access.four_eyes import OwnWork
from service.access.row_visibility import bypasses_row_security
from service.db import Json
from service.destinations.contract import Destination
from service.destinations.rewording import SENT
from service.destinations.states import OF_WHO_ACTS, TABLE, TERMINAL, Action, Row, State
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.people.actions.deciding import require_to_act
from service.referrals import deadlines, writes
from service.referrals.actions.allowed_actions import facts_of
from service.referrals.actions.closing import follow_error, report_death
from service.referrals.actions.comparing import require_sendable
from service.referrals.actions.late_news import follow_late_news
from service.referrals.actions.release import release_after_move
from service.referrals.actions.sharing import GONE, basis_owed
from service.referrals.four_eyes import act_of
from service.referrals.jsonable import jsonable
from service.referrals.model import DestinationReferral
from service.referrals.queries import notices_of
from service.transitions import NotAllowed

REVIEW_ON = "review_on"
CODES = ("reason_code", "outcome_code", "not_before", "expected_by", REVIEW_ON)
"""Members of a move that are codes or days, and may stand in the event."""


def row_for(session: Session, actor: Actor, part: DestinationReferral, action: str, own: OwnWork) -> Row:
    """Return the row of the table that lets this caller do something with a part now.

    Args:
        own: how the caller stands to the case.

    Raises:
        Problem: 409 with the state and what is allowed; 403 to who does not answer for the case.
    """
    side, facts = part.side_of(actor), facts_of(session, actor, [part], own)[part.id]
    if not facts.ends and action in OF_WHO_ACTS:
        as_who_does = replace(facts, ends=True)
        if action in TABLE.allowed(State(part.state), side, as_who_does):
            require_to_act(actor, act_of(part), part.referral.person_id, own)
    try:
        return TABLE.move(State(part.state), Action(action), side, facts)
    except NotAllowed as refused:
        raise conflict(refused.why, state=refused.state, allowed=refused.allowed) from None


@bypasses_row_security
def move_part(
    session: Session, actor: Actor, part: DestinationReferral, row: Row, given: Mapping[str, Any]
) -> None:
    """Make one move of a destination referral.

    Args:
        part: of a locked referral.
        row: what permits it.
        given: what came with it; its members belong to the action.

    Raises:
        Problem: 422 when a code is not one of this destination's, or a text gives away what it may not know.
    """
    _known_codes(part.destination, row.action, given)
    require_sendable(session, actor, part, {name: given[name] for name in given if name != "action"})
    detail: Json = jsonable({name: value for name, value in given.items() if name != "action"})
    for kind in ("question", "answer"):
        if kind in given:
            writes.record_message(session, actor, part, given[kind], kind)
    data = {name: given[name] for name in CODES if name in given}
    before = State(part.state)
    writes.move(session, actor, part, row, detail=detail, data=data)
    words = given.get("question") or given.get("reason")
    if words:
        follow_late_news(session, actor, part, words)
    if row.action in {Action.PUT_ON_HOLD, Action.RESUME}:
        deadlines.await_review(session, actor, part, given.get(REVIEW_ON))
    if row.target in TERMINAL | {State.DECLINED}:
        deadlines.await_review(session, actor, part, None)
        _stop_what_else_runs(session, actor, part)
    if row.action is Action.END_EARLY and given["reason_code"] in part.destination.of_death:
        report_death(session, actor, part, clock.today())
    if row.action is Action.ENTER_IN_ERROR:
        follow_error(session, part.referral)
    release_after_move(session, actor, part, before)
    if row.target in GONE and not any(basis_owed(session, part.referral)):
        deadlines.basis_given(session, part.referral_id)


def _known_codes(destination: Destination, action: Action, given: Mapping[str, Any]) -> None:
    reasons = destination.end_early_reasons if action is Action.END_EARLY else destination.decline_reasons
    faults = [
        Fault(f"/{name}", "Must be one of: " + ", ".join(codes) + ".")
        for name, codes in (("reason_code", reasons), ("outcome_code", destination.outcomes))
        if name in given and given[name] not in codes
    ]
    if faults:
        raise invalid(faults)


def _stop_what_else_runs(session: Session, actor: Actor, part: DestinationReferral) -> None:
    timers.stop(session, timers.Subject("placement", part.id), part.state, "placement_end")
    owed = part.owes_wording
    # What the destination has not read it needs no more; what it has read stays with probation.
    read = [gap for gap in part.missing if "reword_for" not in gap or gap["why"] == SENT]
    writes.set_reasons(part, {"missing": read})
    writes.follow_wording(session, actor, part, owed=owed)
    for notice in notices_of(session, part):
        if notice.acknowledged_at is None:
            deadlines.acknowledged(session, notice)
