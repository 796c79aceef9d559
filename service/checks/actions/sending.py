"""Sends a request to the agency that answers for its area, or records which details it waits for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.checks import asked, queries, writes
from service.checks.actions.explaining import explained
from service.checks.basis import BASIS, has_basis
from service.checks.danger import danger_stands
from service.checks.kinds import KINDS
from service.checks.kinds.contract import CheckKind
from service.checks.model import AGENCY, Check, CheckRequest, CheckRequestSubject
from service.checks.people_facts import composed, household_of
from service.checks.planning import families
from service.checks.reasons import CHANGE
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
from service.checks.states import WITH_AGENCY, Action, State
from service.db import Json
from service.organisations.queries import Registered, Sought, responsible_for_each
from service.people.model import Person

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
    if held_back_by and held_back_by != question.held_back_by(
        by_description=request.by_description, in_danger=True
    ):
        in_danger = danger_stands(session, check.person_id)
        held_back_by = question.held_back_by(by_description=True, in_danger=in_danger)
    missing = list(question.missing)
    if question.area and agency is None:
        # No agency is registered for the area yet: it stays owed, and the region is to have one registered.
        missing.append(Missing("person", check.person_id, AGENCY))
    basis = has_basis(session, check.person_id, check.probation_id)
    if not basis:
        # Sharing has ended: it stays owed, and probation names another basis or a manager ends it.
        missing.append(Missing("person", check.person_id, BASIS))
    # Whose household a child belongs to may have changed while its question waited.
    changes: dict[str, Any] = {"area": question.area, "family": question.family, "missing": as_json(missing)}
    if request.area_on_record in {None, request.area}:
        # An area that one of the two sides gave says nothing of what is on record.
        changes["area_on_record"] = question.area
    if basis and not held_back_by and agency is not None:
        _send(session, actor, request, question, agency_id=agency.id, changes=changes)
        return True
    _wait(session, actor, request, question, changes)
    return False


def _send(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    question: Question,
    *,
    agency_id: UUID,
    changes: dict[str, Any],
) -> None:
    if "area_on_record" in changes:
        writes.note_area(session, request, question)
    already = open_request(session, request, agency_id, question)
    if already is not None:
        join_open(session, actor, request, already, question)
        return
    first = request.state == State.REQUIRED
    if not first:
        writes.add_subjects(session, request, question)
    row = (
        writes.require(request, Action.SEND, side="service")
        if first
        else writes.require(request, Action.SUPPLY_DETAILS, side="probation")
    )
    sent = {**changes, "agency_id": agency_id, "sent_at": clock.now()}
    writes.move(session, actor, request, row, changes=sent, data={"agency": agency_id})
    tell(session, actor, request, "sent")


def _wait(
    session: Session, actor: Actor, request: CheckRequest, question: Question, changes: dict[str, Any]
) -> None:
    if request.state == State.REQUIRED:
        row = writes.require(request, Action.AWAIT_DETAILS, side="service")
        lacking = sorted({each["detail"] for each in changes["missing"]})
        writes.move(session, actor, request, row, changes=changes, data={"missing": lacking})
        return
    before = asked.to_answer(session, request)
    lacked = request.lacking
    writes.add_subjects(session, request, question)
    if (request.area, request.missing) != (question.area, changes["missing"]):
        writes.change_details(session, actor, request, changes)
    elif asked.to_answer(session, request) != before:
        writes.record_event(session, actor, request, "check_request.details_changed", ("subjects",))
    if AGENCY in lacked | request.lacking:
        writes.follow_missing(session, actor, request)


def open_request(
    session: Session, request: CheckRequest, agency_id: UUID, question: Question
) -> CheckRequest | None:
    """Return the open request of the record that an agency has already, of the same family."""
    there = [
        one
        for one in queries.requests_about(session, request.person_id)
        if one is not request
        and (one.kind, one.agency_id) == (request.kind, agency_id)
        and State(one.state) in WITH_AGENCY
    ]
    for one in there:
        if one.family in {None, question.family}:
            return one
    if not there:
        return None
    lines = KINDS[request.kind].lines(household_of(session, session.get_one(Person, request.person_id)))
    for one in there:
        if question.family in families(lines, frozenset(writes.subjects_in(session, one))):
            return one
    return None


def join_open(
    session: Session, actor: Actor, request: CheckRequest, into: CheckRequest, question: Question
) -> None:
    """Have an open request carry what another would ask of the same agency, which it replaces.

    Args:
        request: not sent; its check is locked, as is that of the other.
    """
    check = session.get_one(Check, request.check_id)
    # What has happened is told, also where nobody new is asked about because of it.
    happened = check.trigger_event.startswith(CHANGE) and check not in _served(session, into)
    writes.join(session, check, into)
    writes.move_all(session, actor, [writes.replaced(request, into)])
    carry(session, actor, request, into, question, because="asked_again" if happened else None)


def _served(session: Session, request: CheckRequest) -> list[Check]:
    return [queries.check_of(session, request), *writes.checks_served(session, [request])[request.id]]


def carry(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    into: CheckRequest,
    question: Question,
    *,
    because: str | None = None,
) -> None:
    """Have an open request ask what another has asked, each subject as urgent and owed since it was first.

    It serves the checks that the other one serves, and waits for a name no more than that one does.

    Args:
        because: why it is told anew whatever it asks already; None where only what comes on top is told.
    """
    for check in (queries.check_of(session, request), *writes.checks_served(session, [request])[request.id]):
        writes.join(session, check, into)
    carried = writes.subjects_in(session, request)
    writes.note_redirects(into, request.redirects)
    if request.by_description:
        writes.note_described(into)
    with writes.following_the_first_due(session, into):
        added = writes.add_subjects(session, into, question, follows=request)
        exposed = {subject: row.exposed_since for subject, row in carried.items() if subject in added}
        writes.note_exposure(session, into, exposed)
        if added:
            lacking = as_json(question.missing)
            writes.name_missing(into, into.missing + [one for one in lacking if one not in into.missing])
        told = into.sent_at is not None and bool(added or because)
        if told:
            tell_anew(session, actor, into, because or "joined")
        urgent = {subject for subject, row in carried.items() if row.urgency == "urgent"}
        hurried = writes.note_urgent(session, [into], only=urgent)
    if request.urgency == "urgent":
        checks = {check.id: check for check in queries.checks_about(session, request.person_id)}
        news = frozenset() if told else hurried
        writes.make_urgent(session, actor, checks, [into], request.hard_date, hurried=news)


def tell(session: Session, actor: Actor, request: CheckRequest, because: str) -> None:
    """Store what an agency is asked from now on, as the record says it."""
    subjects = queries.subjects_of(session, [request.id])
    document = composed(session, request, subjects)
    writes.add_version(session, actor, request, document | explained(session, request, subjects), because)


def tell_anew(session: Session, actor: Actor, request: CheckRequest, because: str) -> None:
    """Tell an agency that has not answered what it is asked now, as a new version of its question."""
    tell(session, actor, request, because)
    writes.record_event(
        session,
        actor,
        request,
        "check_request.question_changed",
        ("question",),
        data={"because": because, "question": request.question_version},
    )


def now(
    household: Household,
    kind: CheckKind,
    request: CheckRequest,
    rows: Mapping[SubjectRef, CheckRequestSubject],
    area: str | None = None,
) -> Question | None:
    """Return what a waiting request asks, given the present facts.

    Its area is the one given here, else the one on record, else the one given before. A request that waits
    for a contact's identity keeps waiting for it, even when other facts about the contact have changed.

    Args:
        rows: of its subjects.
        area: the area to ask, where the caller gives one.

    Returns:
        None when its subjects are no longer on record, or it has none yet.
    """
    lines, subjects = kind.lines(household), tuple(sorted(rows))
    always = kind.missing_for_all(household)
    found = current_question(
        household, lines, request.obligation, always_missing=always
    ) or corrected_question(household, lines, request.obligation, subjects, always_missing=always)
    # The practitioner or the first agency gave the area, so the whereabouts are no longer missing.
    if found is not None:
        settled = area or found.area or request.area
        if settled is None or settled == found.area:
            return found
        still = tuple(each for each in found.missing if not kind.is_moot_once_asked(each))
        return replace(found, area=settled, missing=still)
    waited = tuple(Missing(each["kind"], UUID(each["id"]), each["detail"]) for each in request.missing)
    of_no_subject = {kind.area_detail, "address", AGENCY, BASIS}
    if (area or request.area) is None or subject_is_unknown(waited, besides=of_no_subject):
        return None
    return Question(
        request.obligation,
        area or request.area,
        subjects,
        (*always, *unidentified(household, waited)),
        # One that was sent on is named after no line, which would say what only helps to find the others.
        context=_beside_what_it_is_named_after(request.obligation, subjects)
        | {one for one, row in rows.items() if row.context},
    )


def _beside_what_it_is_named_after(obligation: str, subjects: Iterable[SubjectRef]) -> frozenset[SubjectRef]:
    """Return what helps to find the only subject of a question that waits for a detail of it."""
    about = {one for one in subjects if obligation.startswith(f"{one.kind}:{one.id}")}
    return frozenset(one for one in subjects if about and one not in about and one.kind != "person")


def as_json(missing: Iterable[Missing]) -> list[Json]:
    """Return missing details as they are stored."""
    return [{"kind": each.kind, "id": str(each.id), "detail": each.detail} for each in missing]
