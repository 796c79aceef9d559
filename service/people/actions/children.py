"""Asks again whether there are children, when a change brings people into the case; the person is locked.

What was answered before the change stays on record, and settles nothing about those whom the change brings.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.gathering import is_made
from service.people import writes
from service.people.model import Contact, Person


def ask_again(session: Session, actor: Actor, person: Person) -> None:
    """Ask whether there are children, whatever was answered before; asked already, it goes on as it is.

    Args:
        person: locked.
    """
    if person.children_asked_at is None:
        writes.write_person(
            session, actor, person, {"children_asked_at": clock.now()}, submitted=person.submitted
        )
        _record(session, actor, person)


def answer(person: Person, said: str | None) -> dict[str, Any]:
    """Return what an answer changes, by column, while it is asked again; nothing without one.

    "No" is about children who are not on record yet, and never takes back those who are. After "yes" they are
    still to be named.
    """
    if said == "no":
        first = {"children": said} if person.children == "not_recorded" else {}
        return {"children_asked_at": None} | first
    return {"children": said} if said else {}


def settle_by(session: Session, actor: Actor, person: Person, stated: Iterable[Contact]) -> None:
    """Stop asking once a child is put on record: the check is about that child from then on.

    Args:
        stated: the contacts that were just stated.
    """
    if person.children_asked_at is not None and any(one.is_child and is_made(session, one) for one in stated):
        writes.write_person(session, actor, person, {"children_asked_at": None}, submitted=person.submitted)
        _record(session, actor, person)


def _record(session: Session, actor: Actor, person: Person) -> None:
    fields = ["children_asked_at"]
    writes.record_event(session, actor, "person.changed", "person", person, data={"fields": fields})
    writes.record(session, actor, person, "alteration", fields)
