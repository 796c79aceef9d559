"""Writes judgements of the risk of serious harm: they are only ever added to. The person is locked."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.db import new_id
from service.people.model import Person, RoshAssessment
from service.people.writes.records import record_event


def add_rosh_assessment(
    session: Session,
    actor: Actor,
    person: Person,
    judgement: Mapping[str, Any],
    *,
    event: str,
    previous_level: str | None,
    audience: Iterable[uuid.UUID],
    referral_id: uuid.UUID | None,
) -> RoshAssessment:
    """Add a judgement of the risk of serious harm, with its event and a new version of the person.

    Args:
        judgement: by column.
        event: its name.
    """
    person.version += 1
    person.changed_at = clock.now()
    event_id = record_event(
        session,
        actor,
        event,
        "person",
        person,
        referral_id=referral_id,
        audience=audience,
        data={
            "group": judgement["group_at_risk"],
            "from_level": previous_level,
            "to_level": judgement["level"],
        },
    )
    assessment = RoshAssessment(
        id=new_id(),
        person_id=person.id,
        event_id=event_id,
        previous_level=previous_level,
        author=actor.practitioner.id if actor.practitioner else None,
        recorded_at=clock.now(),
        **judgement,
    )
    session.add(assessment)
    return assessment
