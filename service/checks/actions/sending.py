"""Sends a request to the agency that answers for its area, or records which details it waits for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.checks import queries, writes
from service.checks.basis import BASIS, has_basis
from service.checks.kinds import KINDS
from service.checks.kinds.contract import CheckKind
from service.checks.model import Check, CheckRequest
from service.checks.rules import (
    Household,
    Missing,
    Question,
    SubjectRef,
    corrected_question,
    current_question,
    subject_is_unknown,
    unidentified,
)
from service.checks.states import UNANSWERED, UNSENT, Action, State
from service.db import Json
from service.organisations.queries import Registered, Sought, responsible_for_each

Agencies = Mapping[str | None, Registered]
"""The agency that answers for a kind of check, by area."""


def agencies_for(session: Session, kind: CheckKind, questions: Iterable[Question]) -> Agencies:
    """Return the agencies for a kind of check in the areas of some questions, in one query."""
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
        question: what the request asks, given the present facts.
        agencies: those for the areas, if the caller has looked them up.

    Returns:
        Whether it was sent. What it does without it goes on naming as missing.
    """
    check = session.get_one(Check, request.check_id)
    kind = KINDS[check.kind]
    agencies = agencies_for(session, kind, [question]) if agencies is None else agencies
    agency = agencies.get(question.area)
    held_back_by = question.held_back_by(by_description=request.by_description)
    missing = list(question.missing)
    if question.area and agency is None:
        # No agency is registered for the area yet: the request stays owed, and the ask ladder escalates it.
        missing.append(Missing("person", check.person_id, "agency"))
    basis = has_basis(session, check.person_id, check.probation_id)
    if not basis:
        # Sharing has ended: it stays owed, and probation names another basis or a manager ends it.
        missing.append(Missing("person", check.person_id, BASIS))
    details = [_as_json(each) for each in missing]
    first = request.state == State.REQUIRED
    if not first:
        writes.add_subjects(session, request, question.subjects)
    if basis and not held_back_by and agency is not None:
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
                "missing": details,
                "sent_at": clock.now(),
            },
            data={"agency": agency.id},
        )
        return True
    changes = {"area": question.area, "missing": details}
    if first:
        writes.move(
            session,
            actor,
            request,
            writes.require(request, Action.AWAIT_DETAILS, side="service"),
            changes=changes,
            data={"missing": sorted({each.detail for each in missing})},
        )
    elif (request.area, request.missing) != (question.area, details):
        writes.change_details(session, actor, request, changes)
    return False


def supply_to_agency(
    session: Session, actor: Actor, request: CheckRequest, kind: CheckKind, household: Household
) -> None:
    """Have an agency that was asked without a name, and has not answered, read what has been supplied since.

    Args:
        request: its check is locked.
    """
    if not request.missing or State(request.state) not in UNANSWERED - UNSENT:
        return
    question = now(household, kind, request, queries.subjects_of(session, [request.id]))
    details = [] if question is None else [_as_json(each) for each in question.missing]
    check = session.get_one(Check, request.check_id)
    basis = has_basis(session, check.person_id, check.probation_id)
    if question is not None and details != request.missing and basis:
        writes.add_subjects(session, request, question.subjects)
        writes.change_details(session, actor, request, {"missing": details})


def now(
    household: Household,
    kind: CheckKind,
    request: CheckRequest,
    subjects: Iterable[SubjectRef],
    area: str | None = None,
) -> Question | None:
    """Return what a waiting request asks, given the present facts.

    Its area is the one given here, else the one on record, else the one given before. A request that waits
    for a contact's identity keeps waiting for it, even when other facts about the contact have changed.

    Args:
        subjects: of the request.
        area: the area to ask, where the caller gives one.

    Returns:
        None when its subjects are no longer on record, or it has none yet.
    """
    lines, subjects = kind.lines(household), tuple(subjects)
    always = kind.missing_for_all(household)
    found = current_question(
        household, lines, request.obligation, always_missing=always
    ) or corrected_question(household, lines, request.obligation, subjects, always_missing=always)
    # The practitioner or the first agency gave the area, so the whereabouts are no longer missing.
    whereabouts = {kind.area_detail, "address"}
    if found is not None:
        settled = area or found.area or request.area
        if settled is None or settled == found.area:
            return found
        still = tuple(each for each in found.missing if each.detail not in whereabouts)
        return replace(found, area=settled, missing=still)
    waited = tuple(Missing(each["kind"], UUID(each["id"]), each["detail"]) for each in request.missing)
    if (area or request.area) is None or subject_is_unknown(waited, besides=whereabouts | {"agency", BASIS}):
        return None
    return Question(
        request.obligation,
        area or request.area,
        subjects,
        (*always, *unidentified(household, waited)),
    )


def _as_json(missing: Missing) -> Json:
    return {"kind": missing.kind, "id": str(missing.id), "detail": missing.detail}
