"""Writes what each system said last of a record. The caller has locked the person's row."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.people.model import Person, StatedBySystem


def add_statements(
    session: Session, person: Person, client_id: str, salt: str, members: Mapping[str, Any]
) -> None:
    """Store what one system has said of a record, of each subject and member, for the first time."""
    session.add(StatedBySystem(person_id=person.id, client_id=client_id, salt=salt, members=dict(members)))


def replace_statements(session: Session, person: Person, client_id: str, members: Mapping[str, Any]) -> None:
    """Store what one system has said by now."""
    session.get_one(StatedBySystem, (person.id, client_id)).members = dict(members)


def carry_statements(session: Session, person_id: uuid.UUID, old: uuid.UUID, new: uuid.UUID) -> None:
    """Have what each system said of one count for another, which has its reference now."""
    for row in session.scalars(select(StatedBySystem).where(StatedBySystem.person_id == person_id)):
        if (said := row.members.get(str(old))) is not None:
            row.members = {**row.members, str(new): said}
