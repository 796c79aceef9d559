"""Who may know of a limited access case: named by whoever limits it, or because they already work on it."""

import uuid
from collections.abc import Callable, Collection, Iterable
from typing import Literal

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.identifiers import known_as
from service.db import new_id
from service.people import queries, writes
from service.people.model import Person, Restriction

Because = Literal["chosen", "works_on_it"]
Colleague = tuple[uuid.UUID, str | None]
"""An organisation, and a member of its staff; without one the organisation as a whole."""

AtWork = Callable[[Session, uuid.UUID], Collection[Colleague]]
"""Returns who works on a person's case: what a case is, packages above this one know."""


def name(session: Session, actor: Actor, person: Person, who: Iterable[Colleague], because: Because) -> None:
    """Name those who may know of a person; whoever is named already stays as they are."""
    named_by = actor.practitioner.id if actor.practitioner else actor.client_id
    rows = [
        {
            "id": new_id(),
            "person_id": person.id,
            "organisation_id": organisation_id,
            "practitioner_id": practitioner_id and known_as(practitioner_id),
            "because": because,
            "named_by": named_by,
            "named_at": clock.now(),
        }
        for organisation_id, practitioner_id in who
    ]
    if rows:
        session.execute(insert(Restriction).values(rows).on_conflict_do_nothing())
        writes.record(session, actor, person, "alteration", ["restriction", f"restriction.{because}"])


def limit(session: Session, actor: Actor, person: Person, at_work: Collection[Colleague]) -> None:
    """Name whoever limits a case that is on record, and all who already work on it: nobody is shut out.

    Args:
        person: held by this transaction; marked as restricted by the caller.
        at_work: who works on the case.
    """
    name(session, actor, person, [own(actor)], "chosen")
    others = set(at_work) - {own(actor)}
    name(session, actor, person, sorted(others, key=str), "works_on_it")
    session.flush()
    writes.record_event(
        session,
        actor,
        "person.limited",
        "person",
        person,
        audience=queries.involved_organisations(session, person.id),
        data={"named": {"chosen": 1, "works_on_it": len(others)}},
    )


def own(actor: Actor) -> Colleague:
    """Return the practitioner who calls, to be named."""
    return actor.organisation_id, actor.practitioner.id if actor.practitioner else None
