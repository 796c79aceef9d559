"""Reads which records may be one person's by their numbers, and what was decided of it.

Only records that the caller's region holds and the caller sees are ever found: what is said of a number gives
nothing away of any other.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, exists, func, literal, or_, select, tuple_, union
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from service.access.actor import Actor
from service.gathering import rows_of
from service.people import aliases, visibility
from service.people.model import Person, ProposalDecision, SharedNumber
from service.people.one_person import NUMBERS, digest_of

MOST_SAID: Final = 20
"""The most matches that are said at once: a placeholder that a system sends as a number matches everybody."""
_Known = aliased(Person)


class Match(NamedTuple):
    """A number of a record that stands, or stood, on another one: which number, and the other."""

    number: str
    person_id: uuid.UUID


def numbers_of(person: Person) -> dict[str, str]:
    """Return the numbers that a record has now, by their names."""
    known = {name: getattr(person, name) for name in sorted(NUMBERS)}
    return {name: value for name, value in known.items() if value}


def matches(session: Session, actor: Actor, person: Person, numbers: Mapping[str, str]) -> list[Match]:
    """Return the other records of a caller's on which a record's numbers stand, or stood, in one statement.

    Not those of which somebody has answered, of this number, that they are another person's.

    Args:
        person: the record, which may be of this transaction only.
        numbers: by name.
    """
    if not numbers:
        return []
    each = []
    for number, value in sorted(numbers.items()):
        now = select(Person.id).where(getattr(Person, number) == value)
        stood = union(now.correlate(None), select(func.formerly_numbered(number, value))).subquery()
        answered = exists().where(
            or_(
                and_(SharedNumber.person_id == person.id, SharedNumber.other_id == Person.id),
                and_(SharedNumber.person_id == Person.id, SharedNumber.other_id == person.id),
            ),
            SharedNumber.number == number,
            SharedNumber.value_digest == digest_of(value),
            SharedNumber.answered.is_(True),
        )
        each.append(
            select(literal(number, Text).label("number"), Person.id.label("person_id")).where(
                Person.id.in_(
                    select(aliases.stands_for(_Known)).where(_Known.id.in_(select(stood)), _Known.held)
                ),
                Person.id != (person.same_as_id or person.id),
                Person.id.not_in(aliases.of_record(person.id)),
                Person.crn != person.crn,
                *_own(actor),
                ~answered,
            )
        )
    found = union(*each).order_by("number", "person_id").limit(MOST_SAID).subquery()
    # What waits to be written is not about others: it is written with what follows.
    with session.no_autoflush:
        rows = session.execute(
            select(found.c.number, found.c.person_id).order_by(found.c.number, found.c.person_id)
        ).all()
    return [Match(*row) for row in rows]


class Asked(NamedTuple):
    """That it is asked whether a record and another are one person's: by which number, and since when."""

    other: Person
    number: str
    since: datetime


def asked_about(session: Session, actor: Actor, person: Person) -> list[Asked]:
    """Return with which other records that a caller sees a record may be one, the oldest question first."""
    rows = session.execute(
        select(Person, SharedNumber.number, SharedNumber.since)
        .join(
            SharedNumber,
            or_(
                and_(SharedNumber.person_id == person.id, SharedNumber.other_id == Person.id),
                and_(SharedNumber.other_id == person.id, SharedNumber.person_id == Person.id),
            ),
        )
        .where(SharedNumber.ended_at.is_(None), *_own(actor))
        .order_by(SharedNumber.since, SharedNumber.number, SharedNumber.id)
    )
    return [Asked(*row) for row in rows]


def _own(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        Person.holder_id == actor.organisation_id,
        visibility.open_to(actor, in_an_emergency=False),
    )


def questions_about(session: Session, person_id: uuid.UUID) -> Sequence[SharedNumber]:
    """Return what has been asked of a record and others, without checking who may see them.

    Also what has ended.
    """
    return session.scalars(
        select(SharedNumber).where(
            or_(SharedNumber.person_id == person_id, SharedNumber.other_id == person_id)
        )
    ).all()


def questions_between(session: Session, one: uuid.UUID, other: uuid.UUID) -> Sequence[SharedNumber]:
    """Return what has been asked of two records, also what has ended."""
    return session.scalars(
        select(SharedNumber).where(
            tuple_(SharedNumber.person_id, SharedNumber.other_id).in_([(one, other), (other, one)])
        )
    ).all()


def merged_seen(session: Session, actor: Actor, person: Person) -> Sequence[Person]:
    """Return, of the records merged with one, those that a caller sees."""
    others = Person.id == person.same_as_id if person.same_as_id else Person.same_as_id == person.id
    return session.scalars(
        select(Person).where(others, Person.id.in_(visibility.visible_to(actor))).order_by(Person.crn)
    ).all()


class Taken(NamedTuple):
    """What a record took of who others say that the person is: the digest of the value, and when."""

    member: str
    digest: str
    at: datetime


class Stood(NamedTuple):
    """What stood on a record, as it is written in JSON, and until when."""

    value: Any
    until: datetime


def taken_of(session: Session, kept: Person, records: Collection[uuid.UUID]) -> list[Taken]:
    """Return what a record took of who others say that the person is, in the order of the decisions."""
    decisions: list[ProposalDecision] = rows_of(session, ProposalDecision.person_id, [kept.id])
    taken = (one for one in decisions if one.taken and one.from_id in records)
    return [
        Taken(one.path.removeprefix(_WHO), one.value_digest, one.decided_at)
        for one in sorted(taken, key=lambda one: (one.decided_at, one.id))
        if one.path.startswith(_WHO)
    ]


def stood_before(session: Session, person_id: uuid.UUID, members: Collection[str]) -> dict[str, list[Stood]]:
    """Return what stood on a record in place of each member, the newest first, whether or not it changed."""
    if not members:
        return {}
    member = func.unnest(array(sorted(members))).column_valued("member")
    rows = session.execute(select(member, func.stood_before(person_id, member)))
    return {
        name: [Stood(one["value"], datetime.fromisoformat(one["until"])) for one in found]
        for name, found in rows
    }


_WHO: Final = "/person/"
