"""Which record stands for a CRN, or for a record that was merged into another.

It checks nothing of who may see it.
"""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, or_, select, union
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import AliasedClass

from service.gathering import rows_of
from service.people.model import Person

IDENTITY: Final = (
    "title", "given_name", "family_name", "aliases", "date_of_birth", "sex", "noms_number", "pnc_number",
)  # fmt: skip
"""The columns by which somebody is known: whoever is asked or told under either CRN is told the same."""
_UNKNOWN: Final[tuple[Any, ...]] = (None, "", [])
_ASKED_OF: Final = "people.asked_of"
# Made once: the columns of each cost more than a statement.
_Known = aliased(Person, name="known")
_Held = aliased(Person, name="held_record")
_Merged = aliased(Person)
_Aside = aliased(Person)
_Named = aliased(Person)


def stands_for(record: type[Person] | AliasedClass[Person]) -> ColumnElement[uuid.UUID]:
    """Return the id of the record that stands for another: its own, unless it has been merged."""
    # Not `coalesce`: PostgreSQL takes it to leak, and looks nothing up by it behind row-level security.
    return case((record.same_as_id.is_(None), record.id), else_=record.same_as_id)


def of_crn(crn: str) -> Select[uuid.UUID]:
    """Select the id of the record that stands for a CRN; none where nobody has recorded one."""
    return select(stands_for(_Known)).where(_Known.crn == crn, _Known.held)


def of_record(person_id: uuid.UUID) -> Select[uuid.UUID]:
    """Select the id of the held record that stands for a record, or beside which it stands."""
    return (
        select(stands_for(_Held))
        .join(_Known, _Known.crn == _Held.crn)
        .where(_Known.id == person_id, _Held.held)
    )


def crns_of(held_id: uuid.UUID) -> Select[str]:
    """Select the CRNs for which a held record stands, its own among them."""
    return select(_Known.crn).where(or_(_Known.id == held_id, _Known.same_as_id == held_id))


def same_person_as(*person_ids: uuid.UUID) -> Select[uuid.UUID]:
    """Select the ids of some records and of every other that was merged with one of them."""
    stand = select(stands_for(_Known).label("id")).where(_Known.id.in_(person_ids))
    by_them = select(_Merged.id).where(_Merged.same_as_id.in_(stand))
    return select(union(stand, by_them).subquery().c.id)


def beside(held: Person) -> ColumnElement[bool]:
    """Return the condition that a record stands beside a held one: of its CRNs, or merged into it."""
    # Not with `or_`, for which every record would be read.
    of_its_crns = select(_Aside.id).where(~_Aside.held, _Aside.crn.in_(crns_of(held.id)))
    return Person.id.in_(union(of_its_crns, select(_Merged.id).where(_Merged.same_as_id == held.id)))


def merged_into(session: Session, held_id: uuid.UUID) -> Sequence[Person]:
    """Return the records for which a held one stands, in the order of their ids, locked.

    Whoever changes them has locked the one that stands for them before.
    """
    return session.scalars(
        select(Person)
        .where(Person.same_as_id == held_id)
        .order_by(Person.id)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def others_of(session: Session, person: Person) -> Sequence[Person]:
    """Return the other records of one person that were merged with this one, in the order of their ids.

    They are read at most once in a transaction, or once more after a lock was taken.
    """
    if not person.held:
        return []
    stands = person.same_as_id or person.id
    standing = None if stands == person.id else session.get(Person, stands)
    found: list[Person | None] = [standing, *rows_of(session, Person.same_as_id, [stands])]
    others = (one for one in found if one is not None and one is not person)
    return sorted(others, key=lambda one: one.id)


def records_of(session: Session, person_id: uuid.UUID) -> list[Person]:
    """Return all records of the person of whom this is one, itself first, as far as the caller sees them.

    Whatever is true of somebody, and not only of what one record says, is asked of all of these.
    """
    kept: dict[uuid.UUID, Person | None] = session.info.setdefault(_ASKED_OF, {})
    # The session itself forgets whom nobody holds.
    person = kept[person_id] = session.get(Person, person_id)
    return [] if person is None else [person, *others_of(session, person)]


def ids_of(session: Session, person_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the ids of what `records_of` returns, the given one first in any case."""
    return [person_id, *(one.id for one in records_of(session, person_id) if one.id != person_id)]


def lock_records_of(session: Session, person_id: uuid.UUID) -> Sequence[Person]:
    """Lock all records of the person of whom this is one, and return them: the one that stands first."""
    return session.scalars(
        select(Person)
        .where(Person.id.in_(same_person_as(person_id)))
        .order_by(Person.same_as_id.is_not(None), Person.id)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def crn_of(session: Session, person: Person) -> str:
    """Return the CRN under which the record of somebody goes: that of the record that stands for it."""
    return person.crn if person.same_as_id is None else session.get_one(Person, person.same_as_id).crn


def who_is(session: Session, person: Person) -> dict[str, Any]:
    """Return who somebody is, by column: as the record that stands says, or where it says nothing, this one.

    The database tells by the same rule whether an agency was told of somebody else (`on_record`).
    """
    standing = session.get(Person, person.same_as_id) if person.same_as_id is not None else None
    own = {name: getattr(person, name) for name in IDENTITY}
    if standing is None:
        return own
    said = {name: getattr(standing, name) for name in IDENTITY}
    return own | {name: value for name, value in said.items() if value not in _UNKNOWN}


def is_crn_of(session: Session, person_id: uuid.UUID, crn: str) -> bool:
    """Return whether a CRN is that of a held record, or of one that was merged with it.

    Not of a side record, whose region would learn by it what was merged elsewhere.
    """
    same = select(_Named.id).where(
        _Named.held,
        _Named.crn == crn,
        stands_for(_Named) == stands_for(_Known),
        _Known.id == person_id,
        _Known.held,
    )
    return session.scalar(same) is not None
