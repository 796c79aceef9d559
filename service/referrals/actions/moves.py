"""Moves a destination referral from state to state, as its table allows."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.access.case_acts import Act
from service.access.four_eyes import OwnWork
from service.access.row_visibility import bypasses_row_security
from service.corrections.rules import standing
from service.db import Json
from service.destinations.case import asks_by_key
from service.destinations.rewording import SENT
from service.destinations.states import (
    OF_ADJUSTMENTS,
    OF_WHO_ACTS,
    OPEN,
    PRIVATE,
    PROPOSALS,
    SETTLES,
    TABLE,
    TERMINAL,
    Action,
    Proposal,
    Row,
    State,
)
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.people.actions.deciding import require_to_act
from service.people.model import Person
from service.referrals import deadlines, writes
from service.referrals.actions.allowed_actions import facts_of
from service.referrals.actions.closing import follow_error, report_death
from service.referrals.actions.comparing import require_sendable
from service.referrals.actions.late_news import follow_late_news, words_of
from service.referrals.actions.release import release_after_move, send_again
from service.referrals.actions.sharing import GONE, basis_owed
from service.referrals.actions.submit import require_alive
from service.referrals.document_queries import adjustments_of, whole_document
from service.referrals.four_eyes import act_of
from service.referrals.jsonable import jsonable
from service.referrals.model import DestinationReferral
from service.referrals.queries import every_update, moves_of, notices_of, open_elsewhere
from service.transitions import NotAllowed

REVIEW_ON = "review_on"
"""The kind of report about which probation decides before it counts."""
CODES = ("adjustment", "decision", "reason_code", "outcome_code", "not_before", "expected_by", REVIEW_ON)
"""Members of a move that are codes or days, and may stand in the event."""
_ANSWERS: Final = frozenset({Action.ACCEPT, Action.DECLINE})
"""What is news without a word: that somebody is still expected, or that nobody has them."""


def row_for(session: Session, actor: Actor, part: DestinationReferral, action: str, own: OwnWork) -> Row:
    """Return the row of the table that lets this caller do something with a part now.

    Args:
        own: how the caller stands to the case.

    Raises:
        Problem: 409 with the state and what is allowed; 403 to who does not answer for the case.
    """
    side, state = part.side_of(actor), State(part.state)
    if action not in OF_ADJUSTMENTS:
        # Where it is refused, what is allowed instead depends on the adjustments too.
        with suppress(NotAllowed):
            return TABLE.move(
                state, Action(action), side, facts_of(session, actor, [part], own, adjustments={})[part.id]
            )
    facts = facts_of(session, actor, [part], own)[part.id]
    as_who_does = replace(facts, ends=True, goes_without=True)
    if facts != as_who_does and action in TABLE.allowed(state, side, as_who_does):
        if not facts.ends and action in OF_WHO_ACTS:
            require_to_act(actor, act_of(part), part.referral.person_id, own)
        if not facts.goes_without and action == Action.GO_ON_WITHOUT:
            require_to_act(actor, Act.GO_WITHOUT_ADJUSTMENT, part.referral.person_id, own)
    try:
        return TABLE.move(state, Action(action), side, facts)
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
        Problem: 422 when a code is not one of this destination's, or a text gives away what it may not know;
            409 where what was declined would go on for somebody who has died.
    """
    _require_somebody_to_go_on_for(session, part, row)
    require_known_codes(session, part, row.action, given)
    private = PRIVATE.get(row.action, frozenset())
    told = {name: given[name] for name in given if name != "action" and name not in private}
    require_sendable(session, actor, part, told)
    detail = _kept(session, part, row, given)
    for kind in ("question", "answer"):
        if kind in given:
            writes.record_message(session, actor, part, given[kind], kind)
    data = {name: given[name] for name in CODES if name in given and name not in private}
    before = State(part.state)
    if row.action is Action.SEND_AGAIN:
        send_again(session, actor, part, row, detail)
    else:
        writes.move(session, actor, part, row, detail=detail, data=data)
    compare_with_open(session, part, before)
    words = words_of(given)
    if words or row.action in _ANSWERS:
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


def _kept(session: Session, part: DestinationReferral, row: Row, given: Mapping[str, Any]) -> Json:
    """Return what is kept with a move: what was given, and of a proposal what was referred and proposed."""
    detail: Json = jsonable({name: value for name, value in given.items() if name != "action"})
    for kind, proposal in PROPOSALS.items():
        if SETTLES.get(row.action) == proposal.about:
            proposed = standing(every_update(session, part, kind))[-1].last.content[proposal.member]
            detail[f"{proposal.about}_referred"] = _referred(session, part, proposal)
            detail[f"{proposal.about}_proposed"] = proposed
    return detail


def agreed(session: Session, part: DestinationReferral, proposal: Proposal) -> Any:
    """Return what both sides go by: what probation agreed to last of such proposals, or what was referred.

    What is referred otherwise since then counts: probation has asked for it knowing what it agreed to.
    """
    referred = _referred(session, part, proposal)
    taken = [
        move.detail
        for move in moves_of(session, part, "referral")
        if SETTLES.get(move.action) == proposal.about and move.detail["decision"] == "agree"
    ]
    if not taken or not proposes_the_same(taken[-1][f"{proposal.about}_referred"], referred):
        return referred
    return taken[-1][f"{proposal.about}_proposed"]


def proposes_the_same(one: Any, other: Any) -> bool:
    """Return whether the same is proposed twice; the order of a list says nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return set(one) == set(other)
    return bool(one == other)


def _referred(session: Session, part: DestinationReferral, proposal: Proposal) -> Any:
    asked = asks_by_key(whole_document(session, part.referral)).get(part.key)
    return None if asked is None else asked.annex.get(proposal.member)


def _require_somebody_to_go_on_for(session: Session, part: DestinationReferral, row: Row) -> None:
    if part.state == State.DECLINED and row.target in OPEN:
        # The death may have been recorded while this waited for the referral.
        require_alive(session.get_one(Person, part.person_id, populate_existing=True))


def compare_with_open(session: Session, part: DestinationReferral, before: State) -> None:
    """Mark what goes on after it had ended as a repeat of what has been sent in its place meanwhile."""
    if before in OPEN or part.state not in OPEN:
        return
    other = open_elsewhere(session, part.referral).get(part.key)
    if other is not None and session.get_one(DestinationReferral, other).duplicate_of_id != part.id:
        writes.mark_repeat(part, other)


def require_known_codes(
    session: Session, part: DestinationReferral, action: Action, given: Mapping[str, Any], *, at: str = ""
) -> None:
    """Require the codes of an action to be those of its destination.

    Args:
        at: where in the body they stand.

    Raises:
        Problem: 422 naming them.
    """
    destination = part.destination
    reasons = destination.end_early_reasons if action is Action.END_EARLY else destination.decline_reasons
    faults = [
        Fault(f"{at}/{name}", "Must be one of: " + ", ".join(codes) + ".")
        for name, codes in (("reason_code", reasons), ("outcome_code", destination.outcomes))
        if name in given and given[name] not in codes
    ]
    if action is Action.GO_ON_WITHOUT:
        waiting = adjustments_of(session, [part])[part.id].to_decide
        if given["adjustment"] not in waiting:
            faults.append(Fault("/adjustment", f"Must be one of: {', '.join(waiting)}."))
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
