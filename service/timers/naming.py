"""Hooks for what a clock is about as its reader may know it: the person by name, where the subject is read.

The packages above own people and what each organisation was sent of them. Each side has one source: probation
the record, a destination its own document, an agency its own question.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor, Side
from service.timers.model import Clock


class PersonNamed(NamedTuple):
    """A person as a reader may know them.

    Args:
        part: for a destination, its destination referral.
        born: the date of birth.
    """

    name: str | None
    crn: str | None = None
    part: UUID | None = None
    born: date | None = None


FindPeople = Callable[[Session, Actor, Sequence[Clock]], Mapping[UUID, PersonNamed]]
"""Returns, by the id of each clock, whom it is about as far as the caller may know.

In one statement, and in none where no clock is of its kind.
"""
FindParts = Callable[[Session, Collection[UUID]], Mapping[UUID, UUID]]
"""Returns, by the ids of change notices, the destination referrals they belong to; in one statement."""

_people: Final[dict[Side, list[FindPeople]]] = {}
_parts: Final[list[FindParts]] = []


def register_people(side: Side, find: FindPeople) -> None:
    """Find the people that clocks are about in this way too, for the callers of one side."""
    _people.setdefault(side, []).append(find)


def register_parts_of_notices(find: FindParts) -> None:
    """Find the destination referrals of change notices in this way."""
    _parts[:] = [find]


def people_of(session: Session, actor: Actor, clocks: Sequence[Clock]) -> Mapping[UUID, PersonNamed]:
    """Return the person that each clock is about, by its id; whom the caller may not know is left out."""
    found = dict[UUID, PersonNamed]()
    for find in _people.get(actor.side, ()):
        found |= find(session, actor, clocks)
    return found


def parts_of_notices(session: Session, clocks: Sequence[Clock]) -> Mapping[UUID, UUID]:
    """Return the destination referrals of the change notices among the subjects of clocks, by the notice."""
    notices = {clock.subject_id for clock in clocks if clock.subject_kind == "change_notice"}
    return _parts[0](session, notices) if notices and _parts else {}
