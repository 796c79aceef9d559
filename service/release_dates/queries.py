"""Reads lines that prisons sent, whom they are about, and what is on record of a release. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.document.paths import day_at
from service.people import aliases
from service.people.model import Person
from service.referrals.document_queries import whole_document
from service.referrals.model import Referral, ReferralVersion
from service.release_dates.model import ReleaseDateLine
from service.release_dates.rules import TAKEN, Known

Line = ReleaseDateLine


def next_line(session: Session) -> Line | None:
    """Return the line that has waited longest and that no other worker has in hand, locked."""
    return session.scalars(
        select(Line)
        .where(Line.followed_at.is_(None))
        .order_by(Line.received_at, Line.batch_id, Line.place)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a line is about: nobody known here, one person, or a person of whom that is not clear."""

    person: Person | None = None
    clear: bool = True


def matched(session: Session, line: Line) -> Match:
    """Return whom a line is about, by its numbers alone; a record may be without a prison number.

    A CRN that is an alias is that of the record that stands for it. A prison number that stood on a record
    before, and stands on none now, leaves it unclear.
    """
    named = or_(
        *(
            column == number
            for column, number in ((Person.crn, line.crn), (Person.noms_number, line.noms_number))
            if number is not None
        )
    )
    found = _held(session, named)
    if not found:
        before = Person.id.in_(select(func.formerly_numbered("noms_number", line.noms_number)))
        former = _held(session, before) if line.noms_number is not None else []
        return Match(_standing(session, former[0]), clear=False) if former else Match()
    of_crn = [one for one in found if one.crn == line.crn]
    person = _standing(session, (of_crn or found)[0])
    numbers = {one.noms_number for one in (*found, person)} - {None}
    return Match(
        person,
        clear=len({one.same_as_id or one.id for one in found}) == 1
        and (line.crn is None or bool(of_crn))
        and (line.noms_number is None or not numbers or line.noms_number in numbers),
    )


def is_contradicted(session: Session, line: Line, person: Person) -> bool:
    """Return whether another line of the same call, by another number, names another day for a person."""
    other, record = aliased(Line), aliased(Person)
    of_person = exists().where(
        record.id.in_(aliases.same_person_as(person.id)),
        or_(other.person_id == record.id, other.crn == record.crn, other.noms_number == record.noms_number),
    )
    another = exists().where(
        other.batch_id == line.batch_id,
        other.release_date != line.release_date,
        of_person,
    )
    # Apart, as the indexes have them: of all that was ever sent only those of the call are read.
    waits = another.where(other.followed_at.is_(None), other.received_at == line.received_at)
    followed = another.where(other.followed_at.is_not(None), other.told_at.is_(None))
    return bool(session.scalar(select(or_(waits, followed))))


def _held(session: Session, condition: ColumnElement[bool]) -> Sequence[Person]:
    return session.scalars(select(Person).where(Person.held, condition).order_by(Person.id)).all()


def _standing(session: Session, person: Person) -> Person:
    return person if person.same_as_id is None else session.get_one(Person, person.same_as_id)


def known_of(session: Session, referral: Referral) -> Known:
    """Return the release date that a referral has, and when a practitioner last changed it or a prison did.

    Args:
        referral: locked.
    """
    day = func.jsonb_extract_path_text(ReferralVersion.document, "release", "date")
    number = ReferralVersion.number
    versions = (
        select(
            ReferralVersion.made_at,
            ReferralVersion.practitioner,
            day.is_distinct_from(func.lag(day).over(order_by=number)).label("changed"),
        )
        .where(ReferralVersion.referral_id == referral.id)
        .subquery()
    )
    written = select(func.max(versions.c.made_at)).where(
        versions.c.changed, versions.c.practitioner.is_not(None)
    )
    sent = _last_taken(referral.person_id)
    said = session.execute(select(written.scalar_subquery(), sent.scalar_subquery())).one()
    return Known(
        day_at(whole_document(session, referral), "release.date"),
        max((moment for moment in said if moment is not None), default=None),
    )


def _last_taken(person_id: UUID) -> Select[datetime]:
    """Select until when what prisons have sent of a person counts, on whichever record they sent it."""
    taken = Line.outcome.in_(sorted(TAKEN))
    return select(func.max(Line.as_of)).where(Line.person_id.in_(aliases.same_person_as(person_id)), taken)


def is_older(session: Session, person: Person, line: Line) -> bool:
    """Return whether a prison has already sent what was so later of a person."""
    last = session.scalar(_last_taken(person.id))
    return last is not None and line.as_of < last


def _waits() -> ColumnElement[bool]:
    other = aliased(Line)
    unfollowed = exists().where(other.batch_id == Line.batch_id, other.followed_at.is_(None))
    return and_(Line.followed_at.is_not(None), Line.told_at.is_(None), ~unfollowed)


def untold(session: Session) -> Sequence[tuple[Line, UUID, bool]]:
    """Return the lines of the next batch that has been followed whole and told of to nobody, locked.

    A second worker waits for the first, so that a region has one digest. With each line goes the region that
    holds the record, and whether all of its staff may know of the person.
    """
    batch = select(Line.batch_id).where(_waits()).order_by(Line.batch_id).limit(1).scalar_subquery()
    rows = session.execute(
        select(Line, Person.holder_id, func.may_all_know_of(Person.id, Person.holder_id))
        .join(Person, Person.id == Line.person_id)
        .where(Line.batch_id == batch, Line.told_at.is_(None))
        .order_by(Line.place)
        .with_for_update(of=Line)
    ).all()
    return [(line, holder, is_open) for line, holder, is_open in rows]
