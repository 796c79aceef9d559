"""Who may know of a limited access case: those a practitioner names, and those who already work on it."""

import uuid
from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people import queries, writes
from service.people.model import Person
from service.people.sight import Colleague

__all__ = ["MANAGERS_OF_A_UNIT", "AtWork", "Colleague", "limit", "own"]

MANAGERS_OF_A_UNIT: Final = ("spo", "pdu_head")
"""The roles whose holders in the unit of a case work on it, whether or not they have acted yet."""

AtWork = Callable[[Session, uuid.UUID], Collection[Colleague]]
"""Returns those who work on a person's case; supplied by the packages above, which own the cases."""


def limit(session: Session, actor: Actor, person: Person, at_work: Collection[Colleague]) -> None:
    """Limit a case that is on record to the practitioner who limits it and those who already work on it.

    Args:
        person: held by this transaction; marked as restricted by the caller.
        at_work: who works on the case.
    """
    writes.add_restrictions(session, actor, person, [own(actor)], "chosen")
    others = set(at_work) - {own(actor)}
    writes.add_restrictions(session, actor, person, sorted(others, key=str), "works_on_it")
    writes.record_event(
        session,
        actor,
        "person.limited",
        "person",
        person,
        audience=queries.sharing_organisations(session, person.id, "risk"),
        data={"named": {"chosen": 1, "works_on_it": len(others)}},
    )


def own(actor: Actor) -> Colleague:
    """Return the caller's own practitioner."""
    return actor.organisation_id, actor.practitioner.id if actor.practitioner else None
