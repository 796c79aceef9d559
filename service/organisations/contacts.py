"""The names and work phones of staff of any organisation, and whom to ring in a region."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.access.identifiers import known_as

Named = tuple[UUID, str]
"""A member of staff: the organisation, and the id that its own system gives."""


@dataclass(frozen=True, slots=True)
class WorkContact:
    """A member of staff as other organisations may know them."""

    id: str
    name: str
    phone: str | None


_CONTACTS: Final = text(
    "SELECT organisation_id, id, name, phone FROM contacts_of_staff(:organisations, :members)"
)


_NUMBERS: Final = text("SELECT role, phone FROM numbers_to_ring(:region)")


def numbers_to_ring(session: Session, region_id: UUID) -> dict[str, str]:
    """Return the work phones by which a region can be rung, by role: `on_call_manager` and `region`.

    Those who are away or have no phone are passed over; a role that nobody answers for is left out.
    """
    return {row.role: row.phone for row in session.execute(_NUMBERS, {"region": region_id})}


_TO_REACH: Final = text("""
    SELECT c.name, coalesce(c.phone, n.phone) AS phone
    FROM (SELECT) AS one
    LEFT JOIN contacts_of_staff(ARRAY[CAST(:organisation AS uuid)], ARRAY[:member]) c ON true
    LEFT JOIN numbers_to_ring(:organisation) n ON n.role = 'region'
""")
_REACHED: Final = "organisations.work_contacts"


def to_reach(session: Session, organisation_id: UUID, member: str) -> WorkContact:
    """Return the name of a member of staff and the phone by which to reach them; read once in a transaction.

    Where the register has no phone of theirs, it is that of the organisation; whoever is in no register goes
    by their id.
    """
    known: dict[Named, WorkContact] = session.info.setdefault(_REACHED, {})
    whom = organisation_id, known_as(member)
    if whom not in known:
        # Nothing that waits to be written is read: the register is kept by calls of its own.
        given = {"organisation": whom[0], "member": whom[1]}
        row = session.connection().execute(_TO_REACH, given).one()
        known[whom] = WorkContact(whom[1], row.name or member, row.phone)
    return known[whom]


_WHOM_TO_RING: Final = text("""
    SELECT organisation_id, id, name, phone, true AS named FROM contacts_of_staff(:organisations, :members)
    UNION ALL SELECT organisation_id, id, name, phone, false FROM who_answers(:parties)
""")


@dataclass(frozen=True, slots=True)
class WhomToRing:
    """Members of staff by name, and for each organisation somebody who is at work and has a phone.

    Args:
        staff: whoever has no phone in the register is reached by that of the organisation, and whoever is in
            no register goes by their id, as `to_reach` says.
    """

    staff: Mapping[Named, WorkContact]
    organisations: Mapping[UUID, WorkContact]


def whom_to_ring(session: Session, staff: Iterable[Named], organisations: Iterable[UUID]) -> WhomToRing:
    """Return whom to ring of some staff and some organisations, in one statement.

    Args:
        organisations: those of the staff are among them in any case.
    """
    wanted = sorted({(organisation_id, known_as(member)) for organisation_id, member in staff})
    parties = {*organisations, *(organisation_id for organisation_id, _ in wanted)}
    if not parties:
        return WhomToRing({}, {})
    given = {
        "organisations": [one for one, _ in wanted],
        "members": [member for _, member in wanted],
        "parties": sorted(parties),
    }
    rows = session.execute(_WHOM_TO_RING, given).all()
    there = {row.organisation_id: WorkContact(row.id, row.name, row.phone) for row in rows if not row.named}
    known = {
        (row.organisation_id, row.id): WorkContact(row.id, row.name, row.phone) for row in rows if row.named
    }
    reached = dict[Named, WorkContact]()
    for organisation_id, member in wanted:
        entered, other = known.get((organisation_id, member)), there.get(organisation_id)
        phone = next((one.phone for one in (entered, other) if one and one.phone), None)
        reached[organisation_id, member] = WorkContact(member, entered.name if entered else member, phone)
    return WhomToRing(reached, there)


def contacts_of_staff(session: Session, staff: Iterable[Named]) -> dict[Named, WorkContact]:
    """Return the names and work phones of members of staff, in one statement.

    Args:
        staff: of any organisations; whoever is in no register is left out.
    """
    wanted = sorted({(organisation_id, known_as(member)) for organisation_id, member in staff})
    if not wanted:
        return {}
    asked = {"organisations": [one for one, _ in wanted], "members": [member for _, member in wanted]}
    return {
        (row.organisation_id, row.id): WorkContact(row.id, row.name, row.phone)
        for row in session.execute(_CONTACTS, asked)
    }
