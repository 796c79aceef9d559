"""Lowering a high or very high risk of serious harm: what stands in the way, and who goes on regardless."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from service import agreements, audit
from service.access import Actor
from service.access.permissions import MAY_LOWER_REGARDLESS
from service.checks import queries as checks
from service.checks.states import State
from service.db import Json
from service.http.problems import Problem, conflict, forbidden
from service.people import aliases
from service.people import queries as people
from service.people.actions.risk import LOWERED, is_managed_lowering
from service.people.model import Person, RoshAssessment
from service.people.rules import Source
from service.people.verification import stands

SELF_REPORTED: Final = frozenset({Source.PERSON.value})
"""The sources by which a home rests on what the person says."""


def outstanding_for(session: Session, person: Person) -> list[Json]:
    """Return what keeps a high or very high risk from being lowered, the checks first.

    An open check, an answer that nobody has reviewed, and a home that only the person has told of.
    """
    return [shown for shown, _ in outstanding_since(session, person)]


def outstanding_since(session: Session, person: Person) -> list[tuple[Json, datetime | None]]:
    """Return the same, each with when it was answered, where an agency has."""
    found: list[tuple[Json, datetime | None]] = [
        (
            {
                "code": "unreviewed_result" if request.state == State.RETURNED else "check_request",
                "id": str(request.id),
                "kind": kind,
                "state": request.state,
            },
            request.answered_at,
        )
        for request, kind in checks.unfinished_of(session, person.id)
    ]
    found += [
        ({"code": "self_reported_home", "id": str(address.id)}, None)
        for around in people.households(session, aliases.ids_of(session, person.id))
        for address in around.addresses
        if address.kind == "current" and address.to_date is None
        if address.source in SELF_REPORTED and not stands(address.verification)
    ]
    return found


def settle(
    session: Session, actor: Actor, person: Person, assessment: RoshAssessment, rests_on: Mapping[str, Any]
) -> None:
    """Refuse a lower risk while something is outstanding, or record the decision behind it.

    What a manager was asked for about the group lapses with any other judgement: it rested on the one before.

    Args:
        person: locked.
        assessment: that has just been recorded, and is undone where it is refused.
        rests_on: `evidence`, `grounds` and perhaps `override_reason`.

    Raises:
        Problem: 409 with what is outstanding; 403 for an override by anybody but a head of unit.
    """
    if is_managed_lowering(assessment.previous_level, assessment.level):
        reason = rests_on.get("override_reason")
        outstanding = _outstanding_regardless(session, actor, person, reason)
        regardless = {"override_reason": reason, "outstanding": outstanding} if outstanding else None
        agreements.record_decision(
            session,
            actor,
            LOWERED,
            subject_id=person.id,
            person_id=person.id,
            organisation_id=person.holder_id,
            agreed=True,
            reason=assessment.reason or "",
            proposal={
                "group": assessment.group_at_risk,
                "level": assessment.level,
                "evidence": assessment.evidence,
                "grounds": rests_on["grounds"],
            },
            regardless=regardless,
        )
    agreements.lapse(session, [person.id], LOWERED, group=assessment.group_at_risk)


def refused(outstanding: list[Json]) -> Problem:
    """Return the refusal to lower a risk while something is outstanding."""
    return conflict("The risk cannot be lowered while this is outstanding.", outstanding=outstanding)


def _outstanding_regardless(
    session: Session, actor: Actor, person: Person, override_reason: str | None
) -> list[Json]:
    """Return what is outstanding and a head of unit accepts."""
    outstanding = outstanding_for(session, person)
    if not outstanding:
        return []
    if override_reason is None:
        raise refused(outstanding)
    if actor.practitioner is None or actor.practitioner.role not in MAY_LOWER_REGARDLESS:
        needed = ", ".join(MAY_LOWER_REGARDLESS)
        raise forbidden("role-required", "Not for this role", f"To go on regardless needs one of: {needed}.")
    audit.record(
        session,
        actor,
        "override",
        object_kind="person",
        object_id=person.id,
        object_version=person.version,
        person_id=person.id,
        fields=sorted({one["code"] for one in outstanding}),
        reason=LOWERED,
    )
    return outstanding
