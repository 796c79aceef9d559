"""Says with a question who asks it and why, as the agency may be told; stored with the question.

What the practitioner wrote is compared once more, for each agency: it names nobody who is protected and no
address that this agency is not asked about.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.checks import writes
from service.checks.knowing import may_know
from service.checks.model import Check, CheckQuestion, CheckReason, CheckRequest
from service.checks.reasons import in_words, told_as
from service.checks.rules import SubjectRef
from service.db import Json
from service.gathering import rows_of
from service.mentions import OF_PEOPLE, Kind, Matcher, place
from service.organisations.confidences import closed_to
from service.organisations.contacts import to_reach
from service.organisations.queries import organisation
from service.people import aliases, holding_queries
from service.people import queries as people
from service.people.protected import protected_by

MOST_EARLIER: Final = 10
"""How many things that happened before the last one an agency reads; of more, the oldest are left out."""


def explained(session: Session, request: CheckRequest, subjects: Collection[SubjectRef]) -> Json:
    """Return who asks an agency and why, as JSON: `asked_by` and `why`.

    Args:
        request: its agency is known.
        subjects: of its question now.
    """
    return {"asked_by": who_asks(session, request), "why": _why(session, request, subjects)}


def _served(session: Session, request: CheckRequest) -> list[Check]:
    """Return the checks that a request serves as they were raised; the last one asks now."""
    own = session.get_one(Check, request.check_id)
    served = {own, *writes.checks_served(session, [request])[request.id]}
    return sorted(served, key=lambda check: (check.raised_at, check.cycle))


def who_asks(session: Session, request: CheckRequest) -> Json:
    """Return who answers for the case of a request now: `name`, `unit`, `organisation` and `phone`."""
    check = _served(session, request)[-1]
    held = holding_queries.holding_of(session, check.person_id)
    if held is None or held.organisation_id != check.probation_id:
        who, unit = check.practitioner, check.pdu
    else:
        who, unit = holding_queries.caretaker_now(held) or held.practitioner_id, held.pdu
    reached = to_reach(session, check.probation_id, who)
    region = organisation(session, check.probation_id)
    return {"name": reached.name, "unit": unit, "organisation": region.name, "phone": reached.phone}


def _why(session: Session, request: CheckRequest, subjects: Collection[SubjectRef]) -> Json:
    """Return what called for the question last, and as `earlier` what else has happened since.

    What an agency has not read yet is not lost when something else happens.
    """
    served = _served(session, request)
    found: list[CheckReason] = rows_of(session, CheckReason.check_id, [check.id for check in served])
    reasons = {reason.check_id: reason for reason in found}
    closed, told = _closed(session, request), _told_before(session, request)

    def shown(check: Check) -> Json:
        reason = reasons.get(check.id)
        if reason is None:
            return {"raised_because": in_words(check.trigger_event), "happened": None, "words": None}
        told_kind, because = told_as(reason.kind, reason.meaning, closed)
        words = told.get(str(check.id))
        if reason.words is not None and words is None:
            words = _matcher(session, check, subjects).without(reason.words, closed)
        happened = {
            "kind": told_kind,
            "occurred_on": reason.occurred_on.isoformat(),
            "standing": "refuted" if check.refuted_at else check.said_since or reason.standing,
        }
        return {"check": str(check.id), "raised_because": because, "happened": happened, "words": words}

    earlier = [check for check in served[:-1] if check.id in reasons][-MOST_EARLIER:]
    return shown(served[-1]) | {"earlier": [shown(check) for check in earlier]}


def _told_before(session: Session, request: CheckRequest) -> dict[str, str]:
    """Return the words that the agency has been told, by the check that asked with them.

    What has become blank since says who is protected now: what it was told stays as told.
    """
    versions: list[CheckQuestion] = rows_of(session, CheckQuestion.request_id, [request.id])
    found: dict[str, str] = {}
    for version in sorted(versions, key=lambda one: one.version):
        why = version.document.get("why") or {}
        for one in (why, *why.get("earlier", ())):
            if one.get("check") and one.get("words"):
                found[one["check"]] = one["words"]
    return found


def _closed(session: Session, request: CheckRequest) -> frozenset[Kind]:
    assert request.agency_id is not None  # noqa: S101 - what is told is told to somebody
    agency = organisation(session, request.agency_id)
    return closed_to(agency.kind, may_know(session, agency, request.person_id)) | OF_PEOPLE


def _matcher(session: Session, check: Check, subjects: Collection[SubjectRef]) -> Matcher:
    """Return what finds the protected people, and every address that is not asked about."""
    asked: set[UUID] = {subject.id for subject in subjects}
    around = people.households(session, aliases.ids_of(session, check.person_id))
    open_ones = [one for each in around for one in each.addresses if not one.protected]
    where = {one.id: place({"lines": one.lines, "postcode": one.postcode}) for one in open_ones}
    known = protected_by(session, check.person_id)
    here = tuple(found for one, found in where.items() if one in asked)
    elsewhere = tuple(found for one, found in where.items() if one not in asked and found not in here)
    return Matcher(replace(known, places=(*known.places, *elsewhere), homes=here))
