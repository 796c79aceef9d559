"""Who may be told what is late about a case: reads whom it is closed to, and has a hook that names somebody.

The packages above own who may know of a case. An escalation is never told to somebody who may not read it: a
manager whom it reaches is named in a limited case before the notice goes out, and whoever is excluded is
passed over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from service import clock
from service.access.identifiers import known_as

OPERATOR: Final = "operator"
"""The role under which the service's own organisation is told what nobody else may read."""

_CLOSED: Final = text("""
    SELECT p.restricted OR p.limited_to IS NOT NULL AS limited,
        CASE WHEN p.holder_id <> :organisation AND NOT EXISTS (
            SELECT FROM sight s
            WHERE s.person_id = p.id AND s.organisation_id = :organisation AND s.practitioner_id IS NULL
              AND s.ended_at IS NULL AND s.from_at <= :now AND s.until_at > :now
        ) THEN p.holder_id END AS holder_instead,
        ARRAY(
            SELECT r.practitioner_id FROM restriction r JOIN person x ON x.id = r.person_id
            WHERE x.crn = p.crn AND r.organisation_id = :organisation
              AND r.excluded AND r.ended_at IS NULL) AS excluded
    FROM person p WHERE p.id = :person
""")


@dataclass(frozen=True, slots=True)
class Closure:
    """To whom of an organisation a case is closed.

    Args:
        limited: only those who are named may know of it, so that its organisation as a whole is told nothing.
        excluded: those who must not know of it, or of another record of the same person.
        holder_instead: the region that holds the record, where this organisation no longer sees it.
    """

    limited: bool = False
    excluded: frozenset[str] = frozenset()
    holder_instead: UUID | None = None

    def may_be_told(self, holder: str) -> bool:
        """Return whether a member of staff may be told, after being named where that is needed."""
        return known_as(holder) not in self.excluded


OPEN: Final = Closure()


def closure(session: Session, person_id: UUID | None, organisation_id: UUID) -> Closure:
    """Return to whom of an organisation a person's case is closed."""
    if person_id is None:
        return OPEN
    asked = {"person": person_id, "organisation": organisation_id, "now": clock.now()}
    row = session.execute(_CLOSED, asked).one_or_none()
    if row is None:
        return OPEN
    return Closure(row.limited, frozenset(row.excluded), row.holder_instead)


class Name(Protocol):
    """Names members of staff in a limited case, with an event, because of an escalation."""

    def __call__(
        self, session: Session, person_id: UUID, organisation_id: UUID, holders: Collection[str]
    ) -> None: ...


_registered: Final[list[Name]] = []


def register_naming(name: Name) -> None:
    """Name those whom an escalation reaches in this way from now on."""
    _registered[:] = [name]


def name_in_case(session: Session, person_id: UUID, organisation_id: UUID, holders: Collection[str]) -> None:
    """Name members of staff in a limited case, so that they may read what they are told.

    Raises:
        RuntimeError: nothing is registered that could, because `service.people` was not imported.
    """
    if not _registered:
        raise RuntimeError("nobody can be named in a limited case: import service.people")
    _registered[0](session, person_id, organisation_id, holders)
