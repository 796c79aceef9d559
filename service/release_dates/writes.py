"""Writes the lines that prisons send, what became of each, and the digest of a region."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock, events
from service.access import Actor
from service.db import new_id
from service.people.model import Person
from service.release_dates.model import ReleaseDateLine
from service.release_dates.rules import Outcome

SHOWN: Final = 50
"""The most people that a digest lists; the others are on their own timelines."""
_FIELDS: Final = ("noms_number", "crn", "release_date", "kind", "as_of")


def take(session: Session, actor: Actor, lines: Sequence[Mapping[str, Any]]) -> UUID:
    """Store the lines of one call, to be followed by a worker; return the id of the batch."""
    batch_id, now = new_id(), clock.now()
    session.add_all(
        ReleaseDateLine(
            batch_id=batch_id,
            place=place,
            organisation_id=actor.organisation_id,
            received_at=now,
            **{name: line.get(name) for name in _FIELDS},
        )
        for place, line in enumerate(lines)
    )
    audit.record(
        session,
        actor,
        "collection",
        object_kind="release_dates",
        object_id=batch_id,
        fields=_FIELDS,
    )
    return batch_id


def forget(session: Session, line: ReleaseDateLine) -> None:
    """Delete a line about nobody who is known here."""
    session.delete(line)


def follow(
    session: Session, actor: Actor, line: ReleaseDateLine, person: Person | None, outcome: Outcome
) -> None:
    """Record what became of a line, on the timeline of the person; their numbers are no longer needed.

    Args:
        line: locked.
        person: whom it is about; None when it could not be followed.
    """
    line.outcome, line.followed_at = outcome, clock.now()
    line.noms_number = line.crn = None
    if person is None:
        return
    line.person_id = person.id
    events.append(
        session,
        actor,
        "person.release_date_sent",
        subject_kind="person",
        subject_id=person.id,
        person_id=person.id,
        data={
            "release_date": line.release_date,
            "kind": line.kind,
            "as_of": line.as_of,
            "outcome": outcome,
        },
    )
    audit.record(
        session,
        actor,
        "collection",
        object_kind="person",
        object_id=person.id,
        person_id=person.id,
        fields=_FIELDS[2:],
    )


def tell(
    session: Session, actor: Actor, region_id: UUID, lines: Sequence[ReleaseDateLine], person_id: UUID | None
) -> None:
    """Tell a region in one event what was sent of its cases.

    Args:
        lines: of one batch, at least one.
        person_id: of the only person in it, where not all of the region may know of them.
    """
    events.append(
        session,
        actor,
        "release_dates.sent",
        subject_kind="release_dates",
        subject_id=lines[0].batch_id,
        audience=[region_id],
        person_id=person_id,
        data={
            "prison": lines[0].organisation_id,
            "count": len(lines),
            "items": [
                {
                    "person": line.person_id,
                    "release_date": line.release_date,
                    "kind": line.kind,
                    "as_of": line.as_of,
                    "outcome": line.outcome,
                }
                for line in lines[:SHOWN]
            ],
        },
    )


def mark_told(lines: Sequence[ReleaseDateLine]) -> None:
    """Record that whoever is told of some lines has been."""
    now = clock.now()
    for line in lines:
        line.told_at = now
