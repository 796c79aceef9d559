"""Shows releases: what is ready for each, and whose move the rest is. Each reading is recorded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.access.identifiers import known_as
from service.organisations.contacts import WhomToRing, whom_to_ring
from service.organisations.queries import Registered, organisations_by_id
from service.people import holding_queries
from service.people.model import CaseHolding
from service.people.views import href_of, name_of
from service.work.releases.queries import Around, HandedOver, Line
from service.work.releases.rules import COLUMNS, MANAGER, Cell, worst

View = dict[str, Any]
_ANY_MANAGER: Final[View] = {"kind": "manager", "id": MANAGER, "name": MANAGER, "phone": None}
"""The owner of what any manager of that role may sign."""

_REGION: Final[View] = _ANY_MANAGER | {"id": "region", "name": "region"}
"""The owner of what the head of the region alone can have done, also on the day."""


def show(
    session: Session, actor: Actor, lines: Sequence[tuple[Line, Sequence[Cell]]], seen: Around
) -> list[View]:
    """Show lines, with the names and work phones of those whose move something is, and record the reading."""
    staff = {(held.organisation_id, known_as(_acting(held))) for held in seen.holdings.values()}
    staff |= {(one.region_id, known_as(one.holder)) for one in seen.handed_over.values() if one.holder}
    of_prison = {one.organisation_id for one in seen.sent_by_prison.values() if one.organisation_id}
    asked = {cell.found.organisation_id for _, cells in lines for cell in cells if cell.found.organisation_id}
    organisations = organisations_by_id(session, of_prison | asked)
    ring = whom_to_ring(session, staff, asked)
    for line, _ in lines:
        person = seen.people[line.person_id]
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="person",
            object_id=person.id,
            object_version=person.version,
            person_id=person.id,
            fields=("crn", "name", "release_date", *COLUMNS),
        )
    return [_line(line, cells, seen, ring, organisations) for line, cells in lines]


def count(lines: Sequence[Sequence[Cell]]) -> dict[str, int]:
    """Count lines by the worst that is found of each."""
    return dict(sorted(Counter(worst(cell.level for cell in cells) for cells in lines).items()))


def _line(
    line: Line,
    cells: Sequence[Cell],
    seen: Around,
    ring: WhomToRing,
    organisations: Mapping[UUID, Registered],
) -> View:
    person, held = seen.people[line.person_id], seen.holdings.get(line.person_id)
    owner = None if held is None else _practitioner(held, ring)
    handed_over = seen.handed_over.get(line.person_id)
    manager = None if handed_over is None else _manager(handed_over, ring)
    return {
        "id": person.id,
        "href": href_of(person.id),
        "crn": person.crn,
        "name": name_of(person),
        "pdu": held and held.pdu,
        "practitioner": owner,
        "day": line.day,
        "because": "release" if line.is_release else "arrival",
        "sent_by_prison": _sent_by_prison(line, seen, organisations),
        "handed_over": handed_over and {"at": handed_over.at, "role": handed_over.role, "to": manager},
        "worst": worst(cell.level for cell in cells),
        "columns": {
            cell.column: _cell(cell, owner, manager if cell.level == "red" else None, ring, organisations)
            for cell in cells
        },
    }


def _manager(handed_over: HandedOver, ring: WhomToRing) -> View:
    holder = handed_over.holder
    who = ring.staff.get((handed_over.region_id, known_as(holder))) if holder else None
    return {
        "kind": "manager",
        "id": holder or handed_over.role,
        "name": who.name if who else holder or handed_over.role,
        "phone": who.phone if who else None,
    }


def _practitioner(held: CaseHolding, ring: WhomToRing) -> View:
    who = ring.staff.get((held.organisation_id, known_as(_acting(held))))
    return {
        "kind": "practitioner",
        "id": _acting(held),
        "name": who.name if who else _acting(held),
        "phone": who.phone if who else None,
    }


def _cell(
    cell: Cell,
    acting: View | None,
    handed_over: View | None,
    ring: WhomToRing,
    organisations: Mapping[UUID, Registered],
) -> View:
    owner = {
        "practitioner": handed_over or acting,
        "manager": handed_over or _ANY_MANAGER,
        "region": _REGION,
    }.get(cell.row.owner or "")
    asked = cell.found.organisation_id
    if cell.row.owner == "organisation" and asked is not None:
        there = ring.organisations.get(asked)
        owner = {
            "kind": "organisation",
            "id": str(asked),
            "name": organisations[asked].name,
            "phone": there and there.phone,
        }
    return {
        "level": cell.level,
        "found": cell.found.code,
        "words": cell.row.words,
        "owner": owner,
        "href": cell.found.href,
        "move": cell.row.move,
    }


def _sent_by_prison(line: Line, seen: Around, organisations: Mapping[UUID, Registered]) -> View | None:
    sent = seen.sent_by_prison.get(line.person_id)
    if sent is None or not line.is_release or sent.data.get("release_date") != line.day.isoformat():
        return None
    by = organisations.get(sent.organisation_id) if sent.organisation_id else None
    return {"kind": sent.data["kind"], "by": by and by.name, "as_of": sent.data["as_of"]}


def _acting(held: CaseHolding) -> str:
    return holding_queries.caretaker_now(held) or held.practitioner_id
