"""A hook for texts that were sent before somebody was protected: the packages above look through them.

What a transaction protects is noted where it is written, and looked for once, at the end of the action.
What it has read of whom a record protects it keeps until then.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.people import aliases

LookThrough = Callable[[Session, Actor, uuid.UUID, uuid.UUID | None], None]
"""Compares the texts about a person that have been sent with whom the record protects now; those of one
referral are left out, which has just been compared.
"""

Words = TypeVar("Words")

_NOTED: Final = "people.newly_protected"
_KEPT: Final = "people.protected_words"
_registered: Final[list[LookThrough]] = []


def register_look_through(look: LookThrough) -> None:
    """Look through the texts that were sent in this way too, from now on."""
    if look not in _registered:
        _registered.append(look)


def note_protected(session: Session, person_id: uuid.UUID) -> None:
    """Note that somebody around a person, or an address, is protected now or goes by other details."""
    session.info.setdefault(_NOTED, set()).add(person_id)
    session.info.get(_KEPT, {}).pop(person_id, None)


def kept(
    session: Session,
    person_ids: Collection[uuid.UUID],
    read: Callable[[Session, Collection[uuid.UUID]], Mapping[uuid.UUID, Words]],
) -> Mapping[uuid.UUID, Words]:
    """Return what each of some records protects, read at most once between two changes of it."""
    known: dict[uuid.UUID, Words] = session.info.setdefault(_KEPT, {})
    if unread := [one for one in person_ids if one not in known]:
        known.update(read(session, unread))
    return {one: known[one] for one in person_ids}


def look_through(
    session: Session, actor: Actor, person_id: uuid.UUID, *, compared: uuid.UUID | None = None
) -> None:
    """Compare what was sent with what a record has just come to protect, if it has.

    That is what was sent by any record of the person: whom one protects, none may name.

    Args:
        compared: a referral whose texts have just been compared.
    """
    noted: set[uuid.UUID] = session.info.get(_NOTED, set())
    if person_id in noted:
        noted.discard(person_id)
        look_through_records(session, actor, _records_of(session, person_id), compared=compared)


def look_through_records(
    session: Session,
    actor: Actor,
    person_ids: Iterable[uuid.UUID],
    *,
    compared: uuid.UUID | None = None,
) -> None:
    """Compare what was sent by some records of a person with whom any of them protects.

    Args:
        compared: a referral whose texts have just been compared.
    """
    for person_id in person_ids:
        for look in _registered:
            look(session, actor, person_id, compared)


@bypasses_row_security
def _records_of(session: Session, person_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the records of a person, this one first, all of them locked."""
    records = aliases.ids_of(session, person_id)
    if len(records) > 1:
        aliases.lock_records_of(session, person_id)
    return records
