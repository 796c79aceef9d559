"""Whom a person's records protect, for comparing texts with it; from the restricted store, never shown."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.gathering import is_made
from service.mentions import Matcher, Place, Protected, Somebody, place, somebody, together
from service.people import aliases, newly_protected, queries, restricted, visibility
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
    """Return whom the records of a person protect and where, now and before, and what gives nobody away.

    Whoever one record protects is not named in a text of another one of the same person either.
    Who is protected once stays so, whatever a later document calls them, and by the names and addresses that
    they had before too.

    Args:
        document: one that is compared with this; what it says of them counts beside the record.
        client_id: the client that sent it, whose references it uses.
        in_error: also whom it protected until they were entered in error: they are real people, whom a text
            may name, though nothing is sent about them any more.
    """
    _, *others = records = aliases.ids_of(session, person_id)
    own, *_ = around = queries.households(session, records)
    contacts = [one for one in own.contacts if one.protected]
    addresses = [one for one in own.addresses if one.protected]
    said = document or {}
    described = {one["ref"] for one in (said.get("household") or {}).get("contacts") or []}
    placed = {one["ref"] for one in said.get("addresses") or []}
    known: Mapping[uuid.UUID, Sequence[restricted.Words]] = {}
    if not (
        _are_new(session, contacts, described, client_id)
        and _are_new(session, addresses, placed, client_id)
        and not protect_anybody(session, others)
    ):
        known = newly_protected.kept(session, records, restricted.read_words)
    erred: Mapping[uuid.UUID, Sequence[restricted.Words]] = {}
    if in_error and any(_protects_in_error(session, one) for one in records):
        erred = restricted.read_words_in_error(session, records)
    each = [_protected(one, (*known.get(one.person.id, ()), *erred.get(one.person.id, ()))) for one in around]
    places = together(*(one.places for one in each))
    return Protected(
        people=together(*(one.people for one in each)),
        places=places,
        own=together(*(one.own for one in each)),
        others=together(*(one.others for one in each)),
        # What one record protects is no home because another one knows nothing of that.
        homes=tuple(one for one in together(*(one.homes for one in each)) if one not in places),
        contact_refs=frozenset(one.ref for one in contacts if one.client_id == client_id),
        address_refs=frozenset(one.ref for one in addresses if one.client_id == client_id),
    )


def _protected(around: queries.Household, known: Iterable[restricted.Words]) -> Protected:
    """Return whom one record protects and where, and who and what it has that gives nobody away."""
    person = around.person
    others = tuple(
        Somebody(one.given_name or "", one.family_name or "") for one in around.contacts if not one.protected
    )
    of_others = {(one.given, one.family) for one in others}
    homes = tuple(
        place({"lines": one.lines, "postcode": one.postcode}) for one in around.addresses if not one.protected
    )
    # A name or a home of before that is somebody else's now gives nobody away.
    people = [
        somebody(one)
        for one in known
        if one["is_current"] or (one["given_name"] or "", one["family_name"] or "") not in of_others
    ]
    places = [place(one) for one in known if one["is_current"] or place(one) not in homes]
    return Protected(
        people=tuple(one for one in people if one != Somebody()),
        places=tuple(one for one in places if one != Place()),
        own=(person.given_name or "", person.family_name or "", *(person.aliases or ())),
        others=others,
        homes=homes,
    )


def protect_anybody(session: Session, person_ids: Collection[uuid.UUID]) -> bool:
    """Return whether any of some records protects anybody, or says where somebody protected is."""
    around = queries.households(session, person_ids)
    return any(one.protected for each in around for one in each.contacts) or any(
        one.protected for each in around for one in each.addresses
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
