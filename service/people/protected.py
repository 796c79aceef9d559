"""Whom a record protects, for comparing texts with it; read from the restricted store, shown to nobody."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.gathering import is_made
from service.mentions import Matcher, Place, Protected, Somebody, place, somebody, together
from service.people import newly_protected, queries, restricted, visibility
from service.people.model import Address, Contact, Person

Shown = TypeVar("Shown")


@bypasses_row_security
def protected_by(
    session: Session,
    person_id: uuid.UUID,
    document: Mapping[str, Any] | None = None,
    client_id: str | None = None,
    *,
    in_error: bool = False,
) -> Protected:
    """Return whom a record protects and where, now and before, and what gives nobody away.

    Who is protected once stays so, whatever a later document calls them, and by the names and addresses that
    they had before too.

    Args:
        document: one that is compared with this; what it says of them counts beside the record.
        client_id: the client that sent it, whose references it uses.
        in_error: also whom it protected until they were entered in error: they are real people, whom a text
            may name, though nothing is sent about them any more.
    """
    around = queries.household(session, person_id)
    contacts = [one for one in around.contacts if one.protected]
    addresses = [one for one in around.addresses if one.protected]
    said = document or {}
    described = {one["ref"] for one in (said.get("household") or {}).get("contacts") or []}
    placed = {one["ref"] for one in said.get("addresses") or []}
    known: Sequence[restricted.Words] = ()
    if not (
        _are_new(session, contacts, described, client_id) and _are_new(session, addresses, placed, client_id)
    ):
        known = newly_protected.kept(session, person_id, restricted.read_words)
    if in_error and _protects_in_error(session, person_id):
        known = (*known, *restricted.read_words_in_error(session, person_id))
    person = around.person
    others = tuple(
        Somebody(one.given_name or "", one.family_name or "") for one in around.contacts if not one.protected
    )
    of_others = {(one.given, one.family) for one in others}
    homes = tuple(
        place({"lines": one.lines, "postcode": one.postcode}) for one in around.addresses if not one.protected
    )
    # A name or a home of before that is somebody else's now gives nobody away.
    people = (
        somebody(one)
        for one in known
        if one["is_current"] or (one["given_name"] or "", one["family_name"] or "") not in of_others
    )
    places = (place(one) for one in known if one["is_current"] or place(one) not in homes)
    return Protected(
        people=tuple(one for one in together(people) if one != Somebody()),
        places=tuple(one for one in together(places) if one != Place()),
        own=(person.given_name or "", person.family_name or "", *(person.aliases or ())),
        others=others,
        homes=homes,
        contact_refs=frozenset(one.ref for one in contacts if one.client_id == client_id),
        address_refs=frozenset(one.ref for one in addresses if one.client_id == client_id),
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
    left: Shown = Matcher(protected_by(session, person_id, in_error=True)).without(shown)
    return left


def _protects_in_error(session: Session, person_id: uuid.UUID) -> bool:
    ever = queries.ever_recorded(session, person_id)
    around: tuple[Contact | Address, ...] = (*ever.contacts, *ever.addresses)
    return any(one.protected and one.in_error_at is not None for one in around)


def _are_new(
    session: Session, rows: Sequence[Contact] | Sequence[Address], said: set[str], client_id: str | None
) -> bool:
    """Return whether the document has just put all of these on record, so that it says all there is."""
    return all(one.client_id == client_id and one.ref in said and is_made(session, one) for one in rows)
