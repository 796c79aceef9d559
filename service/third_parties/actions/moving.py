"""Takes the steps of a disclosure decision: proposing, deciding, asking the police, telling."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements, clock
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.four_eyes import OwnWork
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import invalid
from service.organisations.confidences import NEVER_OF_MAPPA
from service.organisations.model import Organisation
from service.people.actions.deciding import require_to_act
from service.third_parties import four_eyes, queries, rules, writes
from service.third_parties.model import DisclosureDecision
from service.third_parties.states import TABLE, Action, Facts

_ANSWERED = frozenset({Action.RECORD_POLICE_TOLD, Action.RECORD_POLICE_DECLINED})


def require_to_move(actor: Actor, decision: DisclosureDecision, action: Action, own: OwnWork) -> None:
    """Require that a step is possible now, and that the caller may take it.

    Args:
        own: how the caller stands to the case.

    Raises:
        Problem: 409 with the state and what is allowed; 403 to who is not accountable.
    """
    if any(row.action is action for row in TABLE.rows if decision.state in row.sources):
        require_to_act(actor, Act.DECIDE_DISCLOSURE, decision.person_id, own)
    writes.require(decision, action, four_eyes.facts_of(actor, decision, own))


@bypasses_row_security
def move(
    session: Session, actor: Actor, decision: DisclosureDecision, given: Mapping[str, Any], own: OwnWork
) -> None:
    """Take a step, with what must be said of it.

    Args:
        decision: locked.
        given: a valid `DisclosureTransition`.
        own: how the caller stands to the case.

    Raises:
        Problem: 422 naming everything that is wrong with what is said.
    """
    action = Action(given["action"])
    (given_with_it,) = (value for name, value in given.items() if name != "action")
    said: dict[str, Any] = {"reason": given_with_it} if action is Action.REOPEN else given_with_it
    _require_fit(session, decision, action, said)
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    writes.move(
        session,
        actor,
        decision,
        action,
        _as_json(said),
        facts=four_eyes.facts_of(actor, decision, own),
        number=len(steps) + 1,
        due=said.get("sent_on"),
        subjects=[] if action is Action.REOPEN else None,
    )
    if action is Action.PROPOSE:
        found = four_eyes.found_of(session, decision)
        agreements.ask_for(session, actor, four_eyes.KIND, decision.id, found, reason=said["reason"])


@bypasses_row_security
def decide(
    session: Session, actor: Actor, decision: DisclosureDecision, *, agreed: bool, reason: str
) -> None:
    """Carry out what a manager decided about a proposal: exactly what was proposed, or nothing yet.

    Args:
        decision: locked.

    Raises:
        Problem: 409 when nothing is proposed any more.
    """
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    proposed = next(one.said for one in reversed(steps) if one.action == Action.PROPOSE)
    action = Action.SEND_BACK
    if agreed:
        action = Action.AGREE_TO_TELL if proposed["tell"] else Action.AGREE_NOT_TO_TELL
    tells = action is Action.AGREE_TO_TELL
    writes.move(
        session,
        actor,
        decision,
        action,
        {"reason": reason},
        facts=Facts(manager=True),
        number=len(steps) + 1,
        due=date.fromisoformat(proposed["tell_by"]) if tells else None,
        subjects=proposed["subjects"] if tells else None,
    )
    agreements.record_decision(
        session,
        actor,
        four_eyes.KIND,
        subject_id=decision.id,
        person_id=decision.person_id,
        organisation_id=decision.probation_id,
        agreed=agreed,
        reason=reason,
    )


@bypasses_row_security
def follow_transfer(session: Session, person_id: UUID, probation_id: UUID) -> None:
    """Set the region that owes the decisions about a person from now on."""
    writes.follow_case(session, person_id, probation_id)


def _require_fit(
    session: Session, decision: DisclosureDecision, action: Action, said: Mapping[str, Any]
) -> None:
    today = clock.today()
    faults: list[rules.Unfit] = []
    match action:
        case Action.PROPOSE:
            told = session.get(Organisation, decision.organisation_id) if decision.organisation_id else None
            faults = rules.proposal_faults(
                said,
                today,
                is_agency=told is not None,
                may_ever_know_of_mappa=told is not None and told.kind not in NEVER_OF_MAPPA,
            )
            if "mappa" in said:
                faults += rules.future_days(
                    [("/proposal/mappa/decided_on", said["mappa"]["decided_on"])], today
                )
        case Action.REFER:
            faults = rules.future_days([("/referral/sent_on", said["sent_on"])], today)
            if decision.recipient not in rules.ASK_THE_POLICE:
                faults.append(rules.Unfit("/action", "The scheme is not for them: propose it to a manager."))
        case Action.RECORD_TOLD:
            faults = rules.future_days([("/told/told_on", said["told_on"])], today)
        case _ if action in _ANSWERED:
            faults = rules.future_days([("/answer/answered_on", said["answered_on"])], today)
    if faults:
        raise invalid(Fault(one.pointer, one.words) for one in faults)


def _as_json(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _as_json(value)
        if isinstance(value, Mapping)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for name, value in said.items()
    }
