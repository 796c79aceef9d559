"""Shows what is arranged for a release, and what was said before. Each reading is recorded."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.arrangements import queries
from service.arrangements.model import Arrangement
from service.arrangements.rules import ITEMS
from service.http import etag
from service.organisations.queries import Registered, organisations_by_id
from service.people import aliases, visibility
from service.people.model import Person
from service.people.protected import as_shown

View = dict[str, Any]


def show(session: Session, actor: Actor, person: Person) -> tuple[View, str]:
    """Show what was said of the release of a person, under whichever CRN, with the tag of the view."""
    records = session.scalars(select(Person.id).where(Person.id.in_(aliases.same_person_as(person.id)))).all()
    whose = dict.fromkeys(records, person.id)
    said = queries.said_of(session, records)
    # Whoever sees no recall cannot know what still stands.
    knows = "circumstances" in visibility.sections_seen(session, actor, person)
    stands = queries.standing_of(session, whose, said).get(person.id, {}) if knows else {}
    registered = organisations_by_id(session, {one.organisation_id for one in said})
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="release_arrangement",
        object_id="list",
        person_id=person.id,
        fields=tuple(ITEMS),
    )
    arranged = {
        item: {
            "standing": _said(stands[item], registered) if item in stands else None,
            "earlier": [
                _said(one, registered) for one in said if one.item == item and one is not stands.get(item)
            ],
        }
        for item in ITEMS
    }
    view = {"person_id": person.id, "arrangements": as_shown(session, actor, person.id, arranged)}
    return view, etag("release_arrangements", person.id, repr(view["arrangements"]))


def _said(one: Arrangement, registered: Mapping[UUID, Registered]) -> View:
    return {
        "state": one.state,
        "words": ITEMS[one.item].states[one.state].words,
        "day": one.day,
        "time": one.time,
        "office": one.office,
        "by": one.explained_by,
        "said_by": {
            "organisation": registered[one.organisation_id].code,
            "practitioner": one.practitioner,
        },
        "said_at": one.recorded_at,
    }
