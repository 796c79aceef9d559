"""Takes what a force decided that was asked under the Right to Know, from the force itself."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.corrections.rules import Instead
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.third_parties import queries, rules, writes
from service.third_parties.actions import moving
from service.third_parties.model import DisclosureDecision, RightToKnow
from service.third_parties.states import Action, Facts


@bypasses_row_security
def lock(session: Session, asked: RightToKnow) -> None:
    """Hold what a force was asked, the decision first, as everywhere, until the transaction ends."""
    session.get_one(DisclosureDecision, asked.decision_id, with_for_update=True)
    session.refresh(asked, with_for_update=True)


@bypasses_row_security
def answer(session: Session, actor: Actor, asked: RightToKnow, given: Mapping[str, Any]) -> None:
    """Record what a force decided, and that it was the force that said so.

    Where that was settled otherwise meanwhile it changes nothing, and probation reads it all the same.

    Args:
        asked: locked.
        given: a valid `RightToKnowAnswer`.

    Raises:
        Problem: 409 when it has answered, or was asked once more since;
            422 for a day on which it cannot have decided.
    """
    _require_latest(session, asked)
    if queries.answer_of_force(session, asked) is not None:
        raise conflict("You have already answered. If it was a mistake, correct it.", allowed=[])
    _record(session, actor, asked, given, "")


@bypasses_row_security
def correct(session: Session, actor: Actor, asked: RightToKnow, instead: Instead) -> None:
    """Take back what a force answered by mistake, and record what it says in its place.

    Args:
        asked: locked.

    Raises:
        Problem: 409 when it has not answered, or was asked once more since;
            422 for a day on which it cannot have decided.
    """
    _require_latest(session, asked)
    answered = queries.answer_of_force(session, asked)
    if answered is None:
        raise conflict("You have not answered.", allowed=[])
    late = answered == "disclosure_decision.answered_late"
    action = Action.WITHDRAW_LATE_ANSWER if late else Action.WITHDRAW_POLICE_ANSWER
    decision = session.get_one(DisclosureDecision, asked.decision_id)
    moving.take_back(session, actor, decision, action, instead.reason, asked=asked)
    if instead.said is not None:
        session.flush()  # what was asked again is read once more as it is answered
        _record(session, actor, asked, instead.said, "/said")


def _require_latest(session: Session, asked: RightToKnow) -> None:
    # What a force says counts for the decision, so it says it where it was asked last.
    if queries.was_asked_again(session, asked):
        raise conflict("You have been asked once more since. Answer or correct that.", allowed=[])


def _record(session: Session, actor: Actor, asked: RightToKnow, given: Mapping[str, Any], at: str) -> None:
    found = rules.day_faults(f"{at}/answered_on", given["answered_on"], asked.sent_on, clock.today())
    if found:
        raise invalid(Fault(one.pointer, one.words) for one in found)
    decision = session.get_one(DisclosureDecision, asked.decision_id)
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    action = Action.RECORD_POLICE_TOLD if given["told"] else Action.RECORD_POLICE_DECLINED
    said = {"answered_on": given["answered_on"].isoformat(), "reason": given["reason"]}
    if asked.ended_at is not None:
        action, said = Action.ADD_POLICE_ANSWER, said | {"told": given["told"]}
    writes.move(
        session,
        actor,
        decision,
        action,
        said,
        facts=Facts(),
        number=len(steps) + 1,
    )
