"""Whom a record protects, for comparing texts with it; read from the restricted store, shown to nobody."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.gathering import is_made
from service.mentions import Matcher, Protected, Somebody, place, somebody
from service.people import queries, restricted, visibility
from service.people.model import Address, Contact, Person

Shown = TypeVar("Shown")

_PURPOSE: Final = "case_management"
_NAMES, _LINES = ("given_name", "family_name"), ("lines", "postcode")


@bypasses_row_security
def protected_by(
    session: Session,
    person_id: uuid.UUID,
    document: Mapping[str, Any] | None = None,
    client_id: str | None = None,
) -> Protected:
    """Return whom a record protects and where they are, with the names and homes that give nobody away.

    Args:
        document: one that has been recorded here; whom it describes in full is not read again.
        client_id: the client that sent it, whose references it uses.
    """
    around = queries.household(session, person_id)
    said = document or {}
    described = {one["ref"]: one for one in (said.get("household") or {}).get("contacts") or []}
    placed = {one["ref"]: one for one in said.get("addresses") or []}
    who = [
        one.id
        for one in around.contacts
        if one.protected
        and not (one.client_id == client_id and _is_described(session, one, described, _NAMES))
    ]
    where = [
        one.id
        for one in around.addresses
        if one.protected and not (one.client_id == client_id and _is_described(session, one, placed, _LINES))
    ]
    person = around.person
    return Protected(
        people=tuple(map(somebody, restricted.read_contacts(session, who, _PURPOSE).values())),
        places=tuple(map(place, restricted.read_addresses(session, where, _PURPOSE).values())),
        own=(person.given_name or "", person.family_name or "", *(person.aliases or ())),
        others=tuple(
            Somebody(one.given_name or "", one.family_name or "")
            for one in around.contacts
            if not one.protected
        ),
        homes=tuple(
            place({"lines": one.lines, "postcode": one.postcode})
            for one in around.addresses
            if not one.protected
        ),
    )


def as_shown(session: Session, actor: Actor, person_id: uuid.UUID, shown: Shown) -> Shown:
    """Return what is shown of a record, for who sees no protected contacts without what texts say about them.

    Args:
        shown: plain values; `[withheld]` stands for every sentence that is left out.
    """
    if actor.side != "probation":
        return shown
    person = session.get_one(Person, person_id)
    if "protected_contacts" in visibility.sections_seen(session, actor, person):
        return shown
    left: Shown = Matcher(protected_by(session, person_id)).without(shown)
    return left


def _is_described(
    session: Session, row: Contact | Address, said: Mapping[str, Mapping[str, Any]], names: Collection[str]
) -> bool:
    entry = said.get(row.ref)
    if entry is None:
        return False
    return is_made(session, row) or all(entry.get(name) for name in names)
