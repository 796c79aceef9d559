"""The only place that writes disclosure decisions: each step with its event, audit entry and clock.

It decides nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import audit, clock, events, timers
from service.access.actor import Actor
from service.db import new_id
from service.http.problems import conflict
from service.people import holding_queries
from service.third_parties import policies, queries
from service.third_parties.model import DisclosureDecision, DisclosureStep, RightToKnow
from service.third_parties.states import (
    CHANCE,
    TABLE,
    TAKES_BACK,
    Action,
    Facts,
    Row,
    Side,
    State,
    clock_moves,
)
from service.timers import Subject
from service.transitions import NotAllowed

OPENED: Final = "open"
"""The first step, which is no action on a decision that is there."""
LABEL: Final = "disclosure_decision"
ASKED: Final = "right_to_know"
GAVE_AWAY: Final = "gave_away"
"""What was said gave away of protected contacts, MAPPA or intelligence, by kind; never the thing itself."""
SHOWN_AT_ONCE: Final = {"routine": ["practitioner"], "urgent": ["practitioner", "spo"]}
"""Whom the case system shows a new decision as soon as it reads its feed."""


def subject_of(decision: DisclosureDecision) -> Subject:
    """Return a disclosure decision as the subject of its clocks."""
    return Subject("disclosure_decision", decision.id)


def asked_subject(asked: RightToKnow) -> Subject:
    """Return what a force was asked as the subject of its clock."""
    return Subject(ASKED, asked.id)


def open_decision(
    session: Session, actor: Actor, *, said: Mapping[str, Any], **columns: Any
) -> DisclosureDecision:
    """Open a decision whether somebody is told, and start its clock.

    Args:
        said: why, and the name of who is not on record.
        columns: person_id, probation_id, change_id, recipient, contact_id, organisation_id and urgency.
    """
    decision = DisclosureDecision(
        id=new_id(),
        subjects=[],
        basis=None,
        person_tells_by=None,
        state=State.OPEN,
        version=1,
        opened_at=clock.now(),
        **columns,
    )
    shown = {"for": SHOWN_AT_ONCE[decision.urgency]}
    decision.state_event_id = _event(session, actor, decision, TABLE.initial[State.OPEN], data=shown)
    session.add(decision)
    _say(session, actor, decision, OPENED, said, number=1)
    _record(session, actor, decision, "collection", ("recipient", "reason"))
    _start(session, actor, decision, "decision", fresh=True)
    return decision


_SHOWN: Final[Mapping[Action, Mapping[str, str]]] = MappingProxyType(
    {Action.LAPSE: {"because": "reason"}, Action.ADD_POLICE_ANSWER: {"told": "told"}}
)
"""What is said at a step and stands in its event, too, by the name that it has there."""


def move(
    session: Session,
    actor: Actor,
    decision: DisclosureDecision,
    action: Action,
    said: Mapping[str, Any],
    *,
    facts: Facts,
    number: int,
    due: date | None = None,
    changes: Mapping[str, Any] | None = None,
    police_id: UUID | None = None,
    asked_again: RightToKnow | None = None,
    side: Side | None = None,
) -> None:
    """Take one step of a disclosure decision, with what was said.

    Args:
        decision: locked.
        number: of the step.
        due: the day from which the clock that starts counts.
        changes: of the decision besides: subjects, basis, person_tells_by and urgency.
        police_id: the force that is asked, where it takes part in this service.
        asked_again: what a force was asked and is asked once more, locked.
        side: who takes it, where that is not the caller's.

    Raises:
        Problem: 409 with the state and what is allowed.
    """
    row = require(decision, action, facts, side or ("agency" if actor.side == "agency" else "probation"))
    was, decision.state = State(decision.state), row.target
    decision.version += 1
    for name, value in (changes or {}).items():
        setattr(decision, name, value)
    shown: dict[str, Any] = {"for": SHOWN_AT_ONCE["urgent"]} if _is_news(action, said) else {}
    if action in TAKES_BACK:
        shown = {"for": SHOWN_AT_ONCE[decision.urgency]}
    shown |= {member: said[name] for member, name in _SHOWN.get(action, {}).items()}
    decision.state_event_id = _event(session, actor, decision, row.event, data=shown, from_state=was)
    _say(session, actor, decision, action, said, number=number)
    verb = "disclosure" if action is Action.RECORD_TOLD else "alteration"
    _record(session, actor, decision, verb, ("state", *sorted(said)))
    asked = queries.asked_now(session, decision.id) if was is State.WITH_POLICE else None
    stops, starts = clock_moves(was, row.target, action)
    if stops is not None:
        timers.stop(session, subject_of(decision), stops.reason, stops.timer)
    if stops is not None and asked is not None:
        timers.stop(session, asked_subject(asked), stops.reason)
    if asked is not None and starts != stops:
        asked = _follow_at_police(session, actor, decision, asked, action)
    if police_id is not None:
        asked = _ask_police(session, actor, decision, police_id, said)
    if asked_again is not None:
        asked = asked_again
        asked.ended_at, asked.version = None, asked.version + 1
        _show_police(session, actor, decision, asked, "right_to_know.reopened")
    if starts is not None:
        _start(session, actor, decision, starts.timer, due=due, asked=asked)
    _wait_for_a_manager(session, decision, was)
    _follow_chance(session, actor, decision, was)


def _follow_chance(session: Session, actor: Actor, decision: DisclosureDecision, was: State) -> None:
    """Time the person's own chance to tell it for as long as it is open."""
    if was is State.TO_BE_TOLD and decision.person_tells_by is None:
        timers.stop(session, subject_of(decision), "told", CHANCE)
    elif decision.state == State.TO_BE_TOLD != was and decision.person_tells_by is not None:
        _start(session, actor, decision, CHANCE, due=decision.person_tells_by)


def _wait_for_a_manager(session: Session, decision: DisclosureDecision, was: State) -> None:
    """Pause the clock of what has been proposed, and have it go on once that was sent back."""
    if decision.state == State.PROPOSED:
        timers.pause(session, subject_of(decision), "decision", reason=State.PROPOSED)
    elif was is State.PROPOSED:
        timers.resume(session, subject_of(decision), "decision")


def _ask_police(
    session: Session,
    actor: Actor,
    decision: DisclosureDecision,
    police_id: UUID,
    said: Mapping[str, Any],
) -> RightToKnow:
    asked = RightToKnow(
        id=new_id(),
        decision_id=decision.id,
        person_id=decision.person_id,
        probation_id=decision.probation_id,
        police_id=police_id,
        reason=said["reason"],
        sent_on=date.fromisoformat(said["sent_on"]),
        version=1,
        asked_at=clock.now(),
        ended_at=None,
    )
    session.add(asked)
    _show_police(session, actor, decision, asked, "right_to_know.asked")
    return asked


def _show_police(
    session: Session, actor: Actor, decision: DisclosureDecision, asked: RightToKnow, name: str
) -> None:
    """Have the force read who and why from now on, on record as a disclosure."""
    _notify_police(session, actor, decision, asked, name)
    audit.record(
        session,
        actor,
        "disclosure",
        object_kind=ASKED,
        object_id=asked.id,
        object_version=asked.version,
        person_id=decision.person_id,
        fields=("reason", "person", "about"),
        recipients=[asked.police_id],
    )


def _follow_at_police(
    session: Session, actor: Actor, decision: DisclosureDecision, asked: RightToKnow, action: Action
) -> RightToKnow | None:
    """Have the force read that it is urgent, or that it is asked no more."""
    asked.version += 1
    if action is Action.RAISE:
        _notify_police(session, actor, decision, asked, "right_to_know.raised")
        return asked
    asked.ended_at = clock.now()
    session.flush()  # another force may be asked in the same step, and one is asked at a time
    _notify_police(session, actor, decision, asked, "right_to_know.ended")
    return None


def _notify_police(
    session: Session, actor: Actor, decision: DisclosureDecision, asked: RightToKnow, name: str
) -> None:
    events.append(
        session,
        actor,
        name,
        subject_kind=ASKED,
        subject_id=asked.id,
        audience=[asked.police_id],
        person_id=asked.person_id,
        version=asked.version,
        data={"urgency": decision.urgency},
    )


def require(decision: DisclosureDecision, action: Action, facts: Facts, side: Side = "probation") -> Row:
    """Return the row by which a decision may be moved now.

    Raises:
        Problem: 409 with the state and what is allowed.
    """
    try:
        return TABLE.move(State(decision.state), action, side, facts)
    except NotAllowed as refused:
        raise conflict(refused.why, state=refused.state, allowed=refused.allowed) from None


def follow_case(session: Session, person_id: UUID, probation_id: UUID) -> None:
    """Set the region that owes the decisions about a person; what was said stays as it was."""
    for table in (DisclosureDecision, RightToKnow):
        session.execute(update(table).where(table.person_id == person_id).values(probation_id=probation_id))


def _is_news(action: Action, said: Mapping[str, Any]) -> bool:
    # Danger, and words that gave somebody away, are shown to whoever must act at once.
    return action is Action.RAISE or bool(said.get(GAVE_AWAY))


def _start(
    session: Session,
    actor: Actor,
    decision: DisclosureDecision,
    timer: str,
    *,
    due: date | None = None,
    fresh: bool = False,
    asked: RightToKnow | None = None,
) -> None:
    urgent, day = decision.urgency == "urgent", due or clock.today()
    hard_date = None
    match timer:
        case "police" if urgent:
            policy = policies.URGENT_POLICE
        case "decision" | "telling" if urgent:
            policy = policies.URGENT
        case "decision":
            policy, hard_date = policies.DECISION, policies.decision_due(decision.opened_at)
        case "police":
            policy, hard_date = policies.POLICE, policies.police_due(day)
        case "telling":
            policy, hard_date = policies.TELLING, policies.end_of_day(day)
        case _:
            policy, hard_date = policies.CHANCE, policies.end_of_day(day)
    case = holding_queries.clock_case_of(session, decision.person_id, decision.probation_id, LABEL)
    subject = subject_of(decision)
    if asked is not None:
        # The days are those of the force, whose managers are notified beside ours.
        case, subject, timer = replace(case, responder_id=asked.police_id), asked_subject(asked), "answer"
    timers.start(
        session,
        actor,
        subject,
        timer,
        policy=policy,
        case=case,
        hard_date=hard_date,
        urgency="urgent" if urgent else "routine",
        fresh=fresh,
    )


def _say(
    session: Session,
    actor: Actor,
    decision: DisclosureDecision,
    action: str,
    said: Mapping[str, Any],
    *,
    number: int,
) -> None:
    who = actor.practitioner
    session.add(
        DisclosureStep(
            id=new_id(),
            decision_id=decision.id,
            number=number,
            action=action,
            said=dict(said),
            practitioner=who.id if who else None,
            role=who.role if who else None,
            at=clock.now(),
        )
    )


def _event(
    session: Session,
    actor: Actor,
    decision: DisclosureDecision,
    name: str,
    *,
    data: Mapping[str, Any],
    from_state: str | None = None,
) -> UUID:
    return events.append(
        session,
        actor,
        name,
        subject_kind="disclosure_decision",
        subject_id=decision.id,
        audience=[decision.probation_id],
        person_id=decision.person_id,
        from_state=from_state,
        to_state=decision.state,
        version=decision.version,
        data={"recipient": decision.recipient, "urgency": decision.urgency, **data},
    )


def _record(
    session: Session, actor: Actor, decision: DisclosureDecision, verb: str, fields: Collection[str]
) -> None:
    told = [decision.organisation_id] if verb == "disclosure" and decision.organisation_id else []
    audit.record(
        session,
        actor,
        verb,
        object_kind="disclosure_decision",
        object_id=decision.id,
        object_version=decision.version,
        person_id=decision.person_id,
        fields=fields,
        recipients=told,
    )
