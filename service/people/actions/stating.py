"""Knows what each system said last of a record, so that what it only repeats overwrites nothing."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.gathering import is_made, rows_of
from service.people import writes
from service.people.merging import digest
from service.people.model import Person, StatedBySystem

SaidOf = Iterable[tuple[UUID, Mapping[str, Any]]]
"""What is said, by member, of each subject."""


@dataclass
class Statements:
    """What one system has said of a record: of each member a digest, and since when it says so."""

    salt: str
    members: dict[str, dict[str, list[str]]]
    stored: bool
    new: bool = field(default=False)

    def repeated(self, subject: UUID, said: Mapping[str, Any]) -> frozenset[str]:
        """Return the members that the system said just so last time."""
        before = self.members.get(str(subject), {})
        return frozenset(
            name
            for name, value in said.items()
            if name in before and before[name][0] == digest(self.salt, name, value)
        )

    def note(self, subject: UUID, said: Mapping[str, Any]) -> None:
        """Keep what the system says now; what it leaves out it still says as before."""
        repeated = self.repeated(subject, said)
        at = clock.now().isoformat()
        news = {
            name: [digest(self.salt, name, value), at] for name, value in said.items() if name not in repeated
        }
        if news:
            self.members[str(subject)] = {**self.members.get(str(subject), {}), **news}
            self.new = True

    def carry(self, old: UUID, new: UUID) -> None:
        """Have what the system said of one count for another, which has its reference now."""
        if (said := self.members.get(str(old))) is not None:
            self.members[str(new)] = said
            self.new = True

    def since(self, subject: UUID, member: str) -> datetime | None:
        """Return since when the system says a member as it does; None where that is not known."""
        known = self.members.get(str(subject), {}).get(member)
        return datetime.fromisoformat(known[1]) if known else None


def read(session: Session, actor: Actor, person: Person) -> Statements:
    """Return what the caller's system said last of a locked record."""
    row = None if is_made(session, person) else session.get(StatedBySystem, (person.id, actor.client_id))
    if row is None:
        return Statements(secrets.token_hex(8), {}, stored=False)
    return Statements(row.salt, dict(row.members), stored=True)


def anybody_says(session: Session, person: Person, member: str, value: Any) -> bool:
    """Return whether some system says a member of a locked record just so, by what it said of it last."""
    rows: list[StatedBySystem] = rows_of(session, StatedBySystem.person_id, [person.id])
    said = ((one.salt, one.members.get(str(person.id), {}).get(member)) for one in rows)
    return any(known is not None and known[0] == digest(salt, member, value) for salt, known in said)


def of_referral(session: Session, actor: Actor, referral_id: UUID, person_id: UUID) -> Statements:
    """Return what the caller's system said last of a locked referral, to be read only."""
    row = session.execute(
        select(StatedBySystem.salt, StatedBySystem.members[str(referral_id)]).where(
            StatedBySystem.person_id == person_id, StatedBySystem.client_id == actor.client_id
        )
    ).one_or_none()
    salt, members = row or (secrets.token_hex(8), None)
    return Statements(salt, {str(referral_id): members} if members else {}, stored=row is not None)


def keep(session: Session, actor: Actor, person: Person, statements: Statements, more: SaidOf = ()) -> None:
    """Store what the caller's system has said by now, and what it says of other subjects."""
    for subject, members in more:
        statements.note(subject, members)
    if statements.new:
        if statements.stored:
            writes.replace_statements(session, person, actor.client_id, statements.members)
        else:
            writes.add_statements(session, person, actor.client_id, statements.salt, statements.members)
        statements.stored = True
        statements.new = False
