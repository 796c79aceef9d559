"""Says with a question who asks it and why, as the agency may be told; stored with the question.

What the practitioner wrote is compared once more, for each agency: it names nobody who is protected and no
address that this agency is not asked about.
"""

from collections.abc import Collection
from dataclasses import replace
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
from service.people import holding_queries
from service.people import queries as people
from service.people.protected import protected_by


def explained(session: Session, request: CheckRequest, subjects: Collection[SubjectRef]) -> Json:
    """Return who asks an agency and why, as JSON: `asked_by` and `why`.

    Args:
        request: its agency is known.
        subjects: of its question now.
    """
    why = _why(session, _newest(session, request), request, subjects)
    return {"asked_by": who_asks(session, request), "why": why}


def _newest(session: Session, request: CheckRequest) -> Check:
    """Return the check that asks now: the last raised of those that a request serves."""
    served = writes.checks_served(session, [request])[request.id]
    own = session.get_one(Check, request.check_id)
    return max((own, *served), key=lambda check: (check.raised_at, check.cycle))


def who_asks(session: Session, request: CheckRequest) -> Json:
    """Return who answers for the case of a request now: `name`, `unit`, `organisation` and `phone`."""
    check = _newest(session, request)
    held = holding_queries.holding_of(session, check.person_id)
    if held is None or held.organisation_id != check.probation_id:
        who, unit = check.practitioner, check.pdu
    else:
        who, unit = holding_queries.caretaker_now(held) or held.practitioner_id, held.pdu
    reached = to_reach(session, check.probation_id, who)
    region = organisation(session, check.probation_id)
    return {"name": reached.name, "unit": unit, "organisation": region.name, "phone": reached.phone}


def _why(session: Session, check: Check, request: CheckRequest, subjects: Collection[SubjectRef]) -> Json:
    reasons: list[CheckReason] = rows_of(session, CheckReason.check_id, [check.id])
    shown: Json = {"raised_because": in_words(check.trigger_event), "happened": None, "words": None}
    if not reasons:
        return shown
    (reason,) = reasons
    closed = _closed(session, request)
    told_kind, shown["raised_because"] = told_as(reason.kind, reason.meaning, closed)
    shown["happened"] = {
        "kind": told_kind,
        "occurred_on": reason.occurred_on.isoformat(),
        "standing": reason.standing,
    }
    told = _last_told(session, request)
    if reason.words is not None and told["words"] and told["happened"] == shown["happened"]:
        # What has become blank since says who is protected now: what it was told stays as told.
        shown["words"] = told["words"]
    elif reason.words is not None:
        matcher = _matcher(session, check, subjects)
        shown["words"] = matcher.without(reason.words, closed)
    return shown


def _last_told(session: Session, request: CheckRequest) -> Json:
    """Return why the agency was asked in the newest version of its question, if there is one."""
    versions: list[CheckQuestion] = rows_of(session, CheckQuestion.request_id, [request.id])
    newest = max(versions, key=lambda one: one.version, default=None)
    return {"happened": None, "words": None} | ((newest and newest.document.get("why")) or {})


def _closed(session: Session, request: CheckRequest) -> frozenset[Kind]:
    assert request.agency_id is not None  # noqa: S101 - what is told is told to somebody
    agency = organisation(session, request.agency_id)
    return closed_to(agency.kind, may_know(session, agency, request.person_id)) | OF_PEOPLE


def _matcher(session: Session, check: Check, subjects: Collection[SubjectRef]) -> Matcher:
    """Return what finds the protected people, and every address that is not asked about."""
    asked: set[UUID] = {subject.id for subject in subjects}
    open_ones = [one for one in people.household(session, check.person_id).addresses if not one.protected]
    where = {one.id: place({"lines": one.lines, "postcode": one.postcode}) for one in open_ones}
    known = protected_by(session, check.person_id)
    elsewhere = tuple(found for one, found in where.items() if one not in asked)
    here = tuple(found for one, found in where.items() if one in asked)
    return Matcher(replace(known, places=(*known.places, *elsewhere), homes=here))
