"""Notes which records say otherwise than before: documents about them are brought in line at the end.

Some of it was never so. Whoever read that and has ended their work is told of it, and of no change besides.
"""

import uuid
from typing import Final

from sqlalchemy.orm import Session

_NOTED: Final = "people.corrected"
_PUT_RIGHT: Final = "people.put_right"
_IDENTITY: Final = "people.identity"


def note_corrected(session: Session, person_id: uuid.UUID) -> None:
    """Note that something on a record is not as it was said before."""
    session.info.setdefault(_NOTED, set()).add(person_id)


def take_corrected(session: Session, person_id: uuid.UUID) -> bool:
    """Return whether a record says otherwise than when it was last asked, in this transaction."""
    return _take(session, _NOTED, person_id)


def note_put_right(session: Session, *person_ids: uuid.UUID) -> None:
    """Note that what is written of some records in this call was never as it was said before."""
    session.info.setdefault(_PUT_RIGHT, set()).update(person_ids)


def take_put_right(session: Session, person_id: uuid.UUID) -> bool:
    """Return whether something was put right on a record since it was last asked, in this transaction."""
    return _take(session, _PUT_RIGHT, person_id)


def note_identity(session: Session, *person_ids: uuid.UUID) -> None:
    """Note that it was put right who somebody is, whatever else is written of these records in this call."""
    session.info.setdefault(_IDENTITY, set()).update(person_ids)


def take_identity(session: Session, person_id: uuid.UUID) -> bool:
    """Return whether it was put right who somebody is since it was last asked, in this transaction."""
    return _take(session, _IDENTITY, person_id)


def _take(session: Session, name: str, person_id: uuid.UUID) -> bool:
    noted: set[uuid.UUID] = session.info.get(name, set())
    if person_id not in noted:
        return False
    noted.discard(person_id)
    return True
