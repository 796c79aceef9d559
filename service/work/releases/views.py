"""Shows releases: what is ready for each, and whose move the rest is. Each reading is recorded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock
from service.access import Actor
from service.access.identifiers import known_as
from service.organisations.contacts import Named, WorkContact, contacts_of_staff
from service.organisations.queries import Registered, organisations_by_id
from service.people import holding_queries
from service.people.model import CaseHolding
from service.people.views import href_of, name_of
from service.referrals.model import DestinationReferral, Placement
from service.work.releases.queries import Around, Line
from service.work.releases.rules import (
    BEST_BED,
    COLUMNS,
    TABLE,
    Cell,
    Found,
    bed_of,
    judged,
    service_of,
    worst,
)

View = dict[str, Any]
_CHECKS = {"police_check": "police_da", "childrens_check": "childrens_safeguarding"}


def cells_of(line: Line, seen: Around) -> list[Cell]:
    """Judge every column of a line."""
    days = (line.day - clock.today()).days
    found = {
        "bed": _bed(line, seen),
        **{column: _check(line, seen, column, kind, days) for column, kind in _CHECKS.items()},
        "treatment": _treatment(line, seen, days),
        "curfew": _curfew(line, seen),
        "first_appointment": _appointment(line, seen),
    }
    return [judged(column, found.get(column, Found("not_recorded")), days) for column in COLUMNS]


def show(
    session: Session, actor: Actor, lines: Sequence[tuple[Line, Sequence[Cell]]], seen: Around
) -> list[View]:
    """Show lines, with the names and work phones of those whose move something is, and record the reading."""
    staff = {(held.organisation_id, known_as(_acting(held))) for held in seen.holdings.values()}
    contacts = contacts_of_staff(session, staff)
    of_prison = {one.organisation_id for one in seen.sent_by_prison.values() if one.organisation_id}
    asked = {cell.found.organisation_id for _, cells in lines for cell in cells if cell.found.organisation_id}
    organisations = organisations_by_id(session, of_prison | asked)
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
    return [_line(line, cells, seen, contacts, organisations) for line, cells in lines]


def count(lines: Sequence[Sequence[Cell]]) -> dict[str, int]:
    """Count lines by the worst that is found of each."""
    return dict(sorted(Counter(worst(cell.level for cell in cells) for cells in lines).items()))


def _line(
    line: Line,
    cells: Sequence[Cell],
    seen: Around,
    contacts: Mapping[Named, WorkContact],
    organisations: Mapping[UUID, Registered],
) -> View:
    person, held = seen.people[line.person_id], seen.holdings.get(line.person_id)
    owner = None if held is None else _practitioner(held, contacts)
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
        "worst": worst(cell.level for cell in cells),
        "columns": {cell.column: _cell(cell, owner, organisations) for cell in cells},
    }


def _practitioner(held: CaseHolding, contacts: Mapping[Named, WorkContact]) -> View:
    who = contacts.get((held.organisation_id, known_as(_acting(held))))
    return {
        "kind": "practitioner",
        "id": _acting(held),
        "name": who.name if who else _acting(held),
        "phone": who.phone if who else None,
    }


def _cell(cell: Cell, practitioner: View | None, organisations: Mapping[UUID, Registered]) -> View:
    owner = practitioner if cell.row.owner == "practitioner" else None
    asked = cell.found.organisation_id
    if cell.row.owner == "organisation" and asked is not None:
        owner = {"kind": "organisation", "id": str(asked), "name": organisations[asked].name, "phone": None}
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


def _bed(line: Line, seen: Around) -> Found:
    beds = []
    for part, stay in seen.parts.get(line.person_id, ()):
        if part.destination.placement is None or (part.state == "declined" and part.decline_settled):
            continue
        state = stay.state if stay else None
        code = bed_of(part.state, state, passed=_passed(stay), to_decide=part.id in seen.to_decide)
        if code is not None:
            beds.append(_of_part(part, code, seen))
    if line.person_id in seen.addresses:
        place = f"{href_of(line.person_id)}/addresses/{seen.addresses[line.person_id]}"
        beds.append(Found("own_address", place))
    return min(beds, key=lambda one: BEST_BED.index(one.code), default=_of_the_case(line, seen, "none"))


def _passed(stay: Placement | None) -> bool:
    return stay is not None and stay.starts_on is not None and stay.starts_on < clock.today()


def _of_part(part: DestinationReferral, code: str, seen: Around) -> Found:
    placed = code in {"arrived", "confirmed", "unrecorded", "offered", "accepted", "left"}
    href = f"/v1/destination-referrals/{part.id}" + ("/placement" if placed else "")
    return Found(code, href, part.organisation_id, part.id in seen.overdue)


def _of_the_case(line: Line, seen: Around, code: str) -> Found:
    """Return what is missing of the case: it is put into the newest referral, if there is one."""
    documents = seen.documents.get(line.person_id, ())
    href = f"/v1/referrals/{documents[0][0]}" if documents else href_of(line.person_id)
    return Found(code, href)


def _check(line: Line, seen: Around, column: str, kind: str, days: int) -> Found:
    if line.person_id not in seen.sees_checks:
        return Found("not_shared")
    found = [
        Found(one.state, f"/v1/check-requests/{one.id}", one.agency_id, one.id in seen.overdue)
        for one in seen.requests.get(line.person_id, ())
        if one.kind == kind
    ]
    if kind == "childrens_safeguarding" and not found:
        unasked = seen.people[line.person_id].children == "not_recorded"
        return Found("not_asked", href_of(line.person_id)) if unasked else Found("none")
    return _worst(column, found, days) if found else Found("none")


def _treatment(line: Line, seen: Around, days: int) -> Found:
    found = []
    for part, _ in seen.parts.get(line.person_id, ()):
        waits = part.id in seen.to_decide
        code = service_of(part.state, to_decide=waits) if part.kind == "crs" else None
        if code is not None and not (code == "declined" and part.decline_settled):
            found.append(_of_part(part, code, seen))
    return _worst("treatment", found, days) if found else Found("none")


def _worst(column: str, found: Sequence[Found], days: int) -> Found:
    levels = ("red", "amber", "unknown", "green")
    order = list(TABLE[column])
    return min(found, key=lambda one: (levels.index(judged(column, one, days).level), order.index(one.code)))


def _curfew(line: Line, seen: Around) -> Found:
    documents = [(of, licence or {}) for of, _, licence in seen.documents.get(line.person_id, ())]
    for referral_id, licence in documents:
        if (licence.get("curfew") or {}).get("starts_at"):
            return Found("hours", f"/v1/referrals/{referral_id}")
    for referral_id, licence in documents:
        if any(one["type"] == "curfew" for one in licence.get("conditions") or ()):
            return Found("without_hours", f"/v1/referrals/{referral_id}")
    return Found("none")


def _appointment(line: Line, seen: Around) -> Found:
    for referral_id, release, _ in seen.documents.get(line.person_id, ()):
        if (release or {}).get("expected_office"):
            return Found("office", f"/v1/referrals/{referral_id}")
    return _of_the_case(line, seen, "no_office")
