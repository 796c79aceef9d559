"""A hook for texts that were sent before somebody was protected: the packages above look through them.

What a transaction protects is noted where it is written, and looked for once, at the end of the action.
What it has read of whom a record protects it keeps until then.
"""

import uuid
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from service.access.actor import Actor

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


def kept(session: Session, person_id: uuid.UUID, read: Callable[[Session, uuid.UUID], Words]) -> Words:
    """Return what a record protects, read at most once between two changes of it."""
    known: dict[uuid.UUID, Words] = session.info.setdefault(_KEPT, {})
    if person_id not in known:
        known[person_id] = read(session, person_id)
    return known[person_id]


def look_through(
    session: Session, actor: Actor, person_id: uuid.UUID, *, compared: uuid.UUID | None = None
) -> None:
    """Compare what was sent with what a record has just come to protect, if it has.

    Args:
        compared: a referral whose texts have just been compared.
    """
    noted: set[uuid.UUID] = session.info.get(_NOTED, set())
    if person_id in noted:
        noted.discard(person_id)
        for look in _registered:
            look(session, actor, person_id, compared)
