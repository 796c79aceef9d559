"""Judges what is on record about a line of the board, column by column. Pure but for what day it is."""

from collections.abc import Sequence

from service import clock
from service.arrangements.rules import ITEMS, code_of
from service.checks.model import CheckRequest
from service.people.views import href_of
from service.referrals.model import DestinationReferral, Placement
from service.work.releases.queries import Around, Line
from service.work.releases.rules import (
    BEST_BED,
    COLUMNS,
    COUNTERSIGNATURE,
    TABLE,
    UNREGISTERED,
    Cell,
    Found,
    bed_of,
    judged,
    service_of,
)

_CHECKS = {"police_check": "police_da", "childrens_check": "childrens_safeguarding"}


def cells_of(line: Line, seen: Around) -> list[Cell]:
    """Judge every column of a line."""
    days = (line.day - clock.today()).days
    found = {
        "bed": _bed(line, seen),
        **{column: _check(line, seen, column, kind, days) for column, kind in _CHECKS.items()},
        "treatment": _treatment(line, seen, days),
        "curfew": _curfew(line, seen),
        **{item: _arrangement(line, seen, item) for item in ITEMS},
    }
    return [judged(column, found[column], days) for column in COLUMNS]


def _bed(line: Line, seen: Around) -> Found:
    beds = []
    for part, stay in seen.parts.get(line.person_id, ()):
        if part.destination.placement is None or (part.state == "declined" and part.decline_settled):
            continue
        state = stay.state if stay else None
        code = bed_of(
            part.state,
            state,
            passed=_passed(stay),
            later=stay is not None and stay.starts_on is not None and stay.starts_on > line.day,
            to_decide=seen.to_decide.get(part.id),
            rests=bool(part.rests),
        )
        if code is not None:
            beds.append(_of_part(part, code, seen))
    if line.person_id in seen.addresses:
        place = f"{href_of(line.person_id)}/addresses/{seen.addresses[line.person_id]}"
        beds.append(Found("own_address", place))
    nothing = Found("none", f"{href_of(line.person_id)}/addresses")
    return min(beds, key=lambda one: BEST_BED.index(one.code), default=nothing)


def _passed(stay: Placement | None) -> bool:
    return stay is not None and stay.starts_on is not None and stay.starts_on < clock.today()


def _of_part(part: DestinationReferral, code: str, seen: Around) -> Found:
    placed = code in {
        "arrived", "confirmed", "confirmed_later", "unrecorded", "offered", "accepted", "left",
    }  # fmt: skip
    href = f"/v1/destination-referrals/{part.id}" + ("/placement" if placed else "")
    if code == "waiting" and part.waits_for_registration_alone:
        code = UNREGISTERED
    return Found(code, href, part.organisation_id, part.id in seen.overdue)


def _check(line: Line, seen: Around, column: str, kind: str, days: int) -> Found:
    if line.person_id not in seen.sees_checks:
        return Found("not_shared")
    found = [
        Found(COUNTERSIGNATURE, f"/v1/checks/{one.check_id}")
        if one.id in seen.to_countersign
        else Found(_state_of(one), f"/v1/check-requests/{one.id}", one.agency_id, one.id in seen.overdue)
        for one in seen.requests.get(line.person_id, ())
        if one.kind == kind
    ]
    if kind == "childrens_safeguarding" and not found:
        unasked = seen.people[line.person_id].children == "not_recorded"
        return Found("not_asked", href_of(line.person_id)) if unasked else Found("none")
    return _worst(column, found, days) if found else Found("none")


def _state_of(request: CheckRequest) -> str:
    return UNREGISTERED if request.waits_for_registration_alone else request.state


def _treatment(line: Line, seen: Around, days: int) -> Found:
    found = []
    for part, _ in seen.parts.get(line.person_id, ()):
        waits = seen.to_decide.get(part.id)
        rests = bool(part.rests)
        code = service_of(part.state, to_decide=waits, rests=rests) if part.kind == "crs" else None
        if code is not None and not (code == "declined" and part.decline_settled):
            found.append(_of_part(part, code, seen))
    return _worst("treatment", found, days) if found else Found("none")


def _worst(column: str, found: Sequence[Found], days: int) -> Found:
    levels = ("red", "amber", "unknown", "green")
    order = list(TABLE[column])
    return min(found, key=lambda one: (levels.index(judged(column, one, days).level), order.index(one.code)))


def _curfew(line: Line, seen: Around) -> Found:
    documents = [(of, licence or {}) for of, licence in seen.documents.get(line.person_id, ())]
    for referral_id, licence in documents:
        if (licence.get("curfew") or {}).get("starts_at"):
            return Found("hours", f"/v1/referrals/{referral_id}")
    for referral_id, licence in documents:
        if any(one["type"] == "curfew" for one in licence.get("conditions") or ()):
            return Found("without_hours", f"/v1/referrals/{referral_id}")
    return Found("none")


def _arrangement(line: Line, seen: Around, item: str) -> Found:
    place = f"{href_of(line.person_id)}/release-arrangements"
    said = seen.arranged.get(line.person_id, {}).get(item)
    if said is not None:
        return Found(code_of(item, said.state, said.day, clock.today()), place)
    wanted = ITEMS[item].conditions
    licences = [licence or {} for _, licence in seen.documents.get(line.person_id, ())]
    conditions = {one["type"] for licence in licences for one in licence.get("conditions") or ()}
    conditions |= {"curfew" for licence in licences if licence.get("curfew")}
    return Found("not_asked" if wanted and not wanted & conditions else "not_said", place)
