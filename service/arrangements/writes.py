"""The only place that writes what was said about the arrangements for releases, with events and audit."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import audit, clock, events
from service.access import Actor
from service.arrangements.model import Arrangement
from service.db import new_id
from service.people.model import Person


def add(session: Session, actor: Actor, person: Person, item: str, said: Mapping[str, Any]) -> None:
    """Store what is said of one item, and publish it to probation.

    Args:
        person: locked.
        said: the `state`, and what is said with it.
    """
    row = Arrangement(
        id=new_id(),
        person_id=person.id,
        item=item,
        state=said["state"],
        day=said.get("day"),
        time=said.get("time"),
        office=said.get("office"),
        explained_by=said.get("by"),
        organisation_id=actor.organisation_id,
        client_id=actor.client_id,
        practitioner=actor.practitioner.id if actor.practitioner else None,
        recorded_at=clock.now(),
    )
    session.add(row)
    events.append(
        session,
        actor,
        "release_arrangement.recorded",
        subject_kind="release_arrangement",
        subject_id=row.id,
        audience=[person.holder_id],
        person_id=person.id,
        data={"item": item, "state": row.state},
    )
    audit.record(
        session,
        actor,
        "collection",
        object_kind="release_arrangement",
        object_id=row.id,
        person_id=person.id,
        fields=["item", *said],
    )
