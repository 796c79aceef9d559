"""Says where a document names somebody, or a place, that was entered in error before and counts again by it.

It stops nothing: they may have been recorded again on purpose. Source: truth-over-time, "Corrections".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people import queries, restricted, visibility
from service.people.facts import Said, of_addresses, of_contacts
from service.people.model import Address, Contact, Person
from service.people.sameness import identity_of, is_again, is_there_again

ENTERED_IN_ERROR: Final = "entered_in_error"
WORDS: Final = "This was entered in error before. By this document it counts again."
_PURPOSE: Final = "case_management"
_Row = TypeVar("_Row", Contact, Address)


def advice_on_errors(
    session: Session, actor: Actor, person: Person, document: Mapping[str, Any], client_id: str
) -> list[dict[str, Any]]:
    """Point at each contact and address of a document that was entered in error before, and counts again.

    Whoever does not see protected contacts is not told of those, nor where they are.

    Args:
        client_id: the system whose references the document uses.
    """
    around = queries.ever_recorded(session, person.id)
    rows: list[Contact | Address] = [*around.contacts, *around.addresses]
    if all(one.in_error_at is None for one in rows):
        return []
    seen = "protected_contacts" in visibility.sections_seen(session, actor, person)
    contacts = _again(around.contacts, of_contacts(document), client_id, seen=seen)
    addresses = _again(around.addresses, of_addresses(document), client_id, seen=seen)
    people = restricted.read_contacts(session, _protected(contacts), _PURPOSE)
    places = restricted.read_addresses(session, _protected(addresses), _PURPOSE)
    found = []
    for stated, wrong in contacts:
        was = identity_of(people.get(wrong.id) or restricted.own_details(wrong))
        if is_again(was, identity_of(stated.facts)):
            found.append((stated.at, f"contacts/{wrong.id}"))
    for stated, place in addresses:
        there = places.get(place.id) or restricted.own_details(place)
        if is_there_again(there, stated.facts):
            found.append((stated.at, f"addresses/{place.id}"))
    return [
        {"code": ENTERED_IN_ERROR, "words": WORDS, "pointer": pointer, "href": f"/v1/people/{person.id}/{at}"}
        for pointer, at in found
    ]


def _again(
    rows: Sequence[_Row], stated: Iterable[Said], client_id: str, *, seen: bool
) -> list[tuple[Said, _Row]]:
    """Return each statement about who counts, with each row in error that its reader may know of.

    Whoever counted before that one was entered in error does not count again: it was a duplicate.
    """
    wrong = [
        (one, one.in_error_at) for one in rows if one.in_error_at is not None and (seen or not one.protected)
    ]
    counting = {one.ref: one for one in rows if one.client_id == client_id and one.in_error_at is None}
    return [
        (said, one)
        for said in stated
        for one, since in wrong
        if said.ref in counting and counting[said.ref].recorded_at >= since
    ]


def _protected(pairs: Iterable[tuple[Said, Contact | Address]]) -> list[UUID]:
    return list({one.id for _, one in pairs if one.protected})
