"""Notes which records say otherwise than before: documents about them are brought in line at the end."""

import uuid
from typing import Final

from sqlalchemy.orm import Session

_NOTED: Final = "people.corrected"


def note_corrected(session: Session, person_id: uuid.UUID) -> None:
    """Note that something on a record is not as it was said before."""
    session.info.setdefault(_NOTED, set()).add(person_id)


def take_corrected(session: Session, person_id: uuid.UUID) -> bool:
    """Return whether a record says otherwise than when it was last asked, in this transaction."""
    noted: set[uuid.UUID] = session.info.get(_NOTED, set())
    if person_id not in noted:
        return False
    noted.discard(person_id)
    return True
