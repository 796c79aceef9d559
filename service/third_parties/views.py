"""What disclosure decisions look like to probation, as plain values; reading is recorded."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, timers
from service.access.actor import Actor
from service.access.four_eyes import OwnWork
from service.events.subjects import href
from service.http import etag
from service.people.actions.agreeing import crns_of
from service.people.protected import as_shown
from service.third_parties import four_eyes, queries
from service.third_parties.model import DisclosureDecision, DisclosureStep
from service.third_parties.states import MOVES, TABLE, TIMED, State
from service.third_parties.writes import asked_subject, subject_of

View = dict[str, Any]

_WAITS_FOR: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.OPEN: "practitioner",
        State.PROPOSED: "manager",
        State.WITH_POLICE: "police",
        State.TO_BE_TOLD: "practitioner",
    }
)


def show_decisions(
    session: Session, actor: Actor, found: Sequence[DisclosureDecision], own: OwnWork
) -> list[View]:
    """Show disclosure decisions to probation; each is a consultation.

    Args:
        own: how the caller stands to the cases.
    """
    steps = queries.steps_of(session, [one.id for one in found])
    crns = crns_of(session, {one.person_id for one in found})
    standing = _standing(session, actor, found, own, steps)
    said = {step.id: step.said for row in steps.values() for step in row}
    if found:  # all are about one person
        said = as_shown(session, actor, found[0].person_id, said)
    for one in found:
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="disclosure_decision",
            object_id=one.id,
            object_version=one.version,
            person_id=one.person_id,
            fields=("recipient", "steps"),
        )
    return [
        {
            "id": one.id,
            "href": href("disclosure_decision", one.id),
            "crn": crns[one.person_id],
            "recipient": one.recipient,
            "contact_id": one.contact_id,
            "organisation_id": one.organisation_id,
            "change_id": one.change_id,
            "urgency": one.urgency,
            "subjects": one.subjects,
            "legal_basis": one.basis,
            "person_tells_by": one.person_tells_by,
            "state": one.state,
            "version": one.version,
            "opened_at": one.opened_at,
            "waits_for": _WAITS_FOR.get(one.state),
            "steps": [
                {
                    "action": step.action,
                    "at": step.at,
                    "practitioner": step.practitioner,
                    "role": step.role,
                    "said": said[step.id],
                }
                for step in steps.get(one.id, [])
            ],
            **stands,
        }
        for one, stands in zip(found, standing, strict=True)
    ]


def show_decision(
    session: Session, actor: Actor, decision: DisclosureDecision, own: OwnWork
) -> tuple[View, str]:
    """Show one disclosure decision, as a consultation.

    Args:
        own: how the caller stands to the case.

    Returns:
        The view, and its tag.
    """
    (view,) = show_decisions(session, actor, [decision], own)
    return view, _tag(decision, view)


def tag_of(session: Session, actor: Actor, decision: DisclosureDecision, own: OwnWork) -> str:
    """Return the tag of a decision: its version, whether it is overdue, and what this caller may do.

    Args:
        own: how the caller stands to the case.
    """
    (standing,) = _standing(session, actor, [decision], own, queries.steps_of(session, [decision.id]))
    return _tag(decision, standing)


def _tag(decision: DisclosureDecision, standing: View) -> str:
    allowed = standing["allowed_transitions"]
    return etag("disclosure_decision", decision.id, decision.version, standing["overdue"], *allowed)


def _standing(
    session: Session,
    actor: Actor,
    found: Sequence[DisclosureDecision],
    own: OwnWork,
    steps: Mapping[UUID, Sequence[DisclosureStep]],
) -> list[View]:
    asked = queries.all_asked(session, [one.id for one in found])
    at_police = {each: asked_subject(row) for each, row in asked.items()}
    clocks = timers.clocks_of(session, [*(subject_of(one) for one in found), *at_police.values()])
    shown = []
    for one in found:
        timed = TIMED.get(State(one.state))
        running = [each for each in clocks[subject_of(one)] if timed and each["timer"] == timed.timer]
        running += clocks[at_police[one.id]] if one.id in at_police else []
        facts = four_eyes.facts_of(actor, one, own, steps.get(one.id, ()))
        allowed = TABLE.allowed(State(one.state), "probation", facts, at=MOVES)
        shown.append(
            {
                "due_at": min((each["due_at"] for each in running), default=None),
                "overdue": any(each["overdue"] for each in running),
                "allowed_transitions": [] if actor.only_reads(one.probation_id) else allowed,
            }
        )
    return shown
