"""Takes the steps of a disclosure decision: proposing, deciding, asking the police, telling."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements, clock
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.four_eyes import OwnWork
from service.access.row_visibility import bypasses_row_security
from service.checks.basis import is_in_error
from service.http.problems import conflict
from service.legal_bases import nation_of
from service.organisations.queries import Sought, organisation, responsible_for_each
from service.people.actions.deciding import require_to_act
from service.people.model import Contact, Person
from service.third_parties import bases, four_eyes, hooks, queries, writes
from service.third_parties.actions import fitting
from service.third_parties.model import DisclosureDecision, DisclosureStep, RightToKnow
from service.third_parties.states import ENDED, TABLE, TAKES_BACK, Action, Facts


def require_to_move(
    session: Session, actor: Actor, decision: DisclosureDecision, action: Action, own: OwnWork
) -> None:
    """Require that a step is possible now, and that the caller may take it.

    Args:
        own: how the caller stands to the case.

    Raises:
        Problem: 409 with the state and what is allowed; 403 to who is not accountable.
    """
    if any(row.action is action for row in TABLE.rows if decision.state in row.sources):
        require_to_act(actor, Act.DECIDE_DISCLOSURE, decision.person_id, own)
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    writes.require(decision, action, four_eyes.facts_of(actor, decision, own, steps))


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
    if action in TAKES_BACK:
        asked = queries.last_asked(session, decision.id)
        take_back(session, actor, decision, action, given["reason"], asked=asked)
        return
    ((member, said),) = ((name, value) for name, value in given.items() if name != "action")
    said = said if isinstance(said, Mapping) else {member: said}
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    police_id = _force(session, said["force"]) if action is Action.REFER else None
    fitting.require_fit(session, decision, action, said, steps, police_id=police_id)
    if action is Action.RECORD_TOLD:
        said = fitting.as_told(session, decision, said, steps)
    if police_id is not None:
        said = {**said, "police_id": str(police_id)}
    writes.move(
        session,
        actor,
        decision,
        action,
        _as_json(said),
        facts=four_eyes.facts_of(actor, decision, own, steps),
        number=len(steps) + 1,
        due=said.get("sent_on"),
        changes=_CHANGES.get(action),
        police_id=police_id,
    )
    if action is Action.PROPOSE:
        found = four_eyes.found_of(session, decision)
        agreements.ask_for(session, actor, four_eyes.KIND, decision.id, found, reason=said["reason"])


@bypasses_row_security
def take_back(
    session: Session,
    actor: Actor,
    decision: DisclosureDecision,
    action: Action,
    reason: str,
    *,
    asked: RightToKnow | None,
) -> None:
    """Take back what the caller recorded by mistake: what followed from it goes back to what is true.

    Args:
        decision: locked, and the caller is who said so.
        action: of `TAKES_BACK`.
        asked: the last that a force was asked here of it; None where none was.
    """
    steps = queries.steps_of(session, [decision.id])[decision.id]
    mistaken = next(one for one in reversed(steps) if one.action in TAKES_BACK[action])
    again: dict[str, Any] = {}
    if action is Action.WITHDRAW_TOLD:
        proposed = queries.proposed_in(steps)
        again["due"] = date.fromisoformat(proposed["tell_by"])
        again["changes"] = {"person_tells_by": _chance_still_open(decision, proposed, steps)}
    elif action is Action.WITHDRAW_POLICE_ANSWER:
        referred = next(one.said for one in reversed(steps) if one.action == Action.REFER)
        again["due"] = date.fromisoformat(referred["sent_on"])
        again["asked_again"] = asked if "police_id" in referred else None
    writes.move(
        session,
        actor,
        decision,
        action,
        {"reason": reason, "corrects": mistaken.number},
        facts=Facts(),
        number=len(steps) + 1,
        **again,
    )
    why = _lapses_by_now(session, decision) if decision.state not in ENDED else None
    if why is not None:
        lapse(session, [decision], why)


def _chance_still_open(
    decision: DisclosureDecision, proposed: Mapping[str, Any], steps: Sequence[DisclosureStep]
) -> date | None:
    """Return the day until which the person may still tell it, as before it was recorded as told."""
    agreed = max(one.number for one in steps if one.action == Action.AGREE_TO_TELL)
    passed = any(one.number > agreed and one.action == Action.RECORD_CHANCE_PASSED for one in steps)
    by = proposed["person"].get("by")
    return date.fromisoformat(by) if by and not passed and decision.urgency != "urgent" else None


def _lapses_by_now(session: Session, decision: DisclosureDecision) -> str | None:
    """Return why nothing would be left to decide, had it not been recorded as settled meanwhile."""
    if session.get_one(Person, decision.person_id).died_on is not None:
        return "died"
    contact = session.get(Contact, decision.contact_id) if decision.contact_id else None
    never_meant = contact is not None and contact.in_error_at is not None
    if never_meant or is_in_error(session, decision.person_id):
        return "entered_in_error"
    return "refuted" if hooks.is_called_for_no_more(session, decision) else None


POLICE_DUTY: Final = "police_da"
"""Who answers for domestic abuse enquiries in an area decides under the scheme too."""
_SETTLED: Final[Mapping[str, Any]] = MappingProxyType({"person_tells_by": None})
_CHANGES: Final[Mapping[Action, Mapping[str, Any]]] = MappingProxyType(
    {
        Action.REOPEN: {"subjects": [], "basis": None, **_SETTLED},
        Action.LAPSE: {"subjects": [], "basis": None, **_SETTLED},
        Action.RAISE: {"urgency": "urgent", **_SETTLED},
        Action.RECORD_CHANCE_PASSED: _SETTLED,
        Action.RECORD_TOLD: _SETTLED,
    }
)
"""What a step changes of the decision besides its state."""


@bypasses_row_security
def decide(
    session: Session, actor: Actor, decision: DisclosureDecision, *, agreed: bool, reason: str
) -> None:
    """Carry out what a manager decided about a proposal: exactly what was proposed, or nothing yet.

    Args:
        decision: locked.

    Raises:
        Problem: 409 when nothing is proposed any more, or what is agreed to does not fit the case any more.
    """
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    proposed = queries.proposed_in(steps)
    unfit = fitting.unfit_by_now(session, decision, proposed) if agreed else []
    if unfit:
        why = " ".join(one.words for one in unfit)
        raise conflict(f"What was proposed does not fit the case any more: send it back. {why}")
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
        changes=_agreed(session, decision, proposed) if tells else None,
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


def raise_urgency(session: Session, actor: Actor, decision: DisclosureDecision, reason: str) -> None:
    """Have a decision that is not made be urgent from now on, because of what has become known.

    Args:
        decision: locked, and neither urgent nor ended.
        reason: who is in danger, or the code of what was reported.
    """
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    writes.move(
        session,
        actor,
        decision,
        Action.RAISE,
        {"reason": reason},
        facts=Facts(),
        number=len(steps) + 1,
        changes=_CHANGES[Action.RAISE],
    )


@bypasses_row_security
def lapse(session: Session, decisions: Iterable[DisclosureDecision], because: str) -> None:
    """End decisions of which nothing is left to decide; the force that was asked and the manager read it.

    Args:
        decisions: locked, and none ended.
        because: a key of `LAPSES`.
    """
    decisions = list(decisions)
    _step_by_the_service(session, decisions, Action.LAPSE, because)
    if decisions:
        agreements.lapse(session, [one.id for one in decisions], four_eyes.KIND)
    for one in decisions:
        if one.organisation_id is not None:
            queries.forget_told(session, one.person_id)


@bypasses_row_security
def resume(session: Session, lapsed: Iterable[DisclosureDecision], lapsed_because: str) -> None:
    """Have decided what lapsed because of something that turns out not to be so.

    Args:
        lapsed: decisions, locked; those that lapsed because of something else stay so.
        lapsed_because: a key of `LAPSES`.
    """
    lapsed = list(lapsed)
    steps = queries.steps_of(session, [one.id for one in lapsed])
    again = [one for one in lapsed if steps[one.id][-1].said["reason"] == lapsed_because]
    _step_by_the_service(session, again, Action.RESUME, f"not_{lapsed_because}")


def _step_by_the_service(
    session: Session, decisions: Iterable[DisclosureDecision], action: Action, reason: str
) -> None:
    decisions = list(decisions)
    steps = queries.steps_of(session, [one.id for one in decisions])
    for one in decisions:
        writes.move(
            session,
            Actor.for_service("third_parties"),
            one,
            action,
            {"reason": reason},
            facts=Facts(),
            number=len(steps[one.id]) + 1,
            changes=_CHANGES.get(action),
            side="service",
        )


def _force(session: Session, area: str) -> UUID | None:
    """Return the force that answers for an area, where it takes part in this service."""
    sought = Sought(POLICE_DUTY, area)
    return next((one.id for one in responsible_for_each(session, [sought])[sought]), None)


def _agreed(session: Session, decision: DisclosureDecision, proposed: Mapping[str, Any]) -> Mapping[str, Any]:
    nation = nation_of(organisation(session, decision.probation_id).code)
    law = bases.law_of(proposed["legal_basis"], nation, clock.today())
    by = proposed["person"].get("by")
    # A danger that has become known since then leaves the person no chance to tell it first.
    by = None if decision.urgency == "urgent" else by
    return {
        "subjects": proposed["subjects"],
        "basis": law
        and {
            "code": proposed["legal_basis"],
            "gateway": law.gateway,
            "regime": law.regime,
            "condition": law.condition,
        },
        "person_tells_by": date.fromisoformat(by) if by else None,
    }


@bypasses_row_security
def follow_transfer(session: Session, person_id: UUID, probation_id: UUID) -> None:
    """Set the region that owes the decisions about a person from now on."""
    writes.follow_case(session, person_id, probation_id)


def _as_json(said: Any) -> Any:
    if isinstance(said, Mapping):
        return {name: _as_json(value) for name, value in said.items()}
    if isinstance(said, list):
        return [_as_json(each) for each in said]
    return said.isoformat() if isinstance(said, date) else said
