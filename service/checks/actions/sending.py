"""Sends a request to the agency that answers for its area, or has it wait and say for what."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.checks import writes
from service.checks.kinds import KINDS
from service.checks.kinds.contract import CheckKind
from service.checks.model import Check, CheckRequest
from service.checks.rules import (
    Household,
    Missing,
    Question,
    SubjectRef,
    as_corrected,
    as_it_now_stands,
    stood_for_nobody,
    unidentified,
)
from service.checks.states import Action, State
from service.db import Json
from service.organisations.model import Organisation
from service.organisations.queries import Sought, responsible_for_each

Agencies = Mapping[str | None, Organisation]
"""Who answers for a kind of check, by area."""


def agencies_for(session: Session, kind: CheckKind, questions: Iterable[Question]) -> Agencies:
    """Return who answers for a kind of check in the areas of some questions, all at once."""
    sought = [Sought(kind.duty, question.area, kind.national) for question in questions if question.area]
    found = responsible_for_each(session, sought)
    return {each.area: registered[0] for each, registered in found.items() if registered}


def send_or_wait(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    question: Question,
    agencies: Agencies | None = None,
) -> bool:
    """Send a request that has not been sent; if it cannot be, keep it waiting and its clock running.

    Args:
        request: its check is locked, or new in this transaction.
        question: what it comes to with the facts as they are now.
        agencies: who answers where, if that has been looked up.

    Returns:
        Whether it was sent.
    """
    check = session.get_one(Check, request.check_id)
    kind = KINDS[check.kind]
    agencies = agencies_for(session, kind, [question]) if agencies is None else agencies
    agency = agencies.get(question.area)
    missing = list(question.missing)
    if question.area and agency is None:
        # Nobody is registered for the area yet: the obligation stands, and the ask ladder says so.
        missing.append(Missing("person", check.person_id, "agency"))
    told = [_as_json(each) for each in missing]
    first = request.state == State.REQUIRED
    if not first:
        writes.add_subjects(session, request, question.subjects)
    if not missing and agency is not None:
        writes.move(
            session,
            actor,
            request,
            writes.require(request, Action.SEND, side="service")
            if first
            else writes.require(request, Action.SUPPLY_DETAILS, side="probation"),
            changes={
                "area": question.area,
                "agency_id": agency.id,
                "missing": [],
                "sent_at": clock.now(),
            },
            data={"agency": agency.id},
        )
        return True
    changes = {"area": question.area, "missing": told}
    if first:
        writes.move(
            session,
            actor,
            request,
            writes.require(request, Action.AWAIT_DETAILS, side="service"),
            changes=changes,
            data={"missing": sorted({each.detail for each in missing})},
        )
    elif (request.area, request.missing) != (question.area, told):
        writes.change_details(session, actor, request, changes)
    return False


def now(
    household: Household,
    kind: CheckKind,
    request: CheckRequest,
    subjects: Iterable[SubjectRef],
    area: str | None = None,
) -> Question | None:
    """Return what a waiting request comes to with the facts as they are now.

    It is for the area named now, else for that of the record, else for the one named before. A question that
    waited for who somebody is goes on waiting for that, whatever else the record says of them since.

    Args:
        subjects: of the request.
        area: whom to ask, where somebody says so now.

    Returns:
        None when the facts no longer hold what it was about, or it was about nobody recorded yet.
    """
    lines, subjects = kind.lines(household), tuple(subjects)
    always = kind.missing_for_all(household)
    found = as_it_now_stands(household, lines, request.obligation, always_missing=always) or as_corrected(
        household, lines, request.obligation, subjects, always_missing=always
    )
    # Named by the practitioner or the agency it was sent to first: whereabouts are no longer what is missing.
    told = {kind.area_detail, "address"}
    if found is not None:
        settled = area or found.area or request.area
        if settled is None or settled == found.area:
            return found
        still = tuple(each for each in found.missing if each.detail not in told)
        return replace(found, area=settled, missing=still)
    waited = tuple(Missing(each["kind"], UUID(each["id"]), each["detail"]) for each in request.missing)
    if (area or request.area) is None or stood_for_nobody(waited, besides=told | {"agency"}):
        return None
    return Question(
        request.obligation,
        area or request.area,
        subjects,
        (*always, *unidentified(household, waited)),
    )


def _as_json(missing: Missing) -> Json:
    return {"kind": missing.kind, "id": str(missing.id), "detail": missing.detail}
