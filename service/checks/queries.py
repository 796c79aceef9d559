"""Reads checks, limited to the rows that the caller may see. Records no disclosure: `views` does."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.checks.model import (
    Check,
    CheckCountersignature,
    CheckJoined,
    CheckMessage,
    CheckQuestion,
    CheckRequest,
    CheckRequestSubject,
    CheckResult,
    CheckReview,
)
from service.checks.rules import SubjectRef
from service.checks.states import ANSWERED, SET_ASIDE, UNANSWERED, Facts, State
from service.corrections.model import stands
from service.corrections.rules import corrected_by, standing
from service.events.model import Event
from service.gathering import flush_but_last, rows_of
from service.http.problems import conflict, not_found
from service.keyset import counted, in_order, in_pages
from service.people import aliases, visibility
from service.people.model import Contact


class ReviewsDue(NamedTuple):
    """What is to be done about the answers to some requests.

    Args:
        to_do: the requests with an answer, or a part of one, that nobody has reviewed as it stands.
        waiting: of requests by their ids, the review that waits for a manager's countersignature.
    """

    to_do: frozenset[uuid.UUID]
    waiting: dict[uuid.UUID, CheckReview]


def visible_checks(actor: Actor) -> Select[Check]:
    """Select the checks that a caller may know of: those on the records of which it sees them."""
    found = select(Check)
    if actor.side != "probation":
        return found.where(false())
    return found.where(Check.person_id.in_(visibility.visible_to(actor, "checks")))


def visible_requests(actor: Actor) -> Select[CheckRequest]:
    """Select the requests that a caller may know of: those sent to it, or its own as probation."""
    found = select(CheckRequest)
    if actor.side == "agency":
        return found.where(CheckRequest.agency_id == actor.organisation_id, CheckRequest.sent_at.is_not(None))
    if actor.side == "probation":
        return found.where(exists(visible_checks(actor).where(Check.id == CheckRequest.check_id)))
    return found.where(false())


def find_check(session: Session, actor: Actor, check_id: uuid.UUID, *, to_change: bool = False) -> Check:
    """Return a check.

    Args:
        to_change: only one on a record on which the caller may act.

    Raises:
        Problem: 404 when there is none that this caller may know of.
    """
    query = visible_checks(actor).where(Check.id == check_id)
    if to_change:
        query = query.where(Check.person_id.in_(visibility.open_to_change(actor)))
    found = session.scalar(query)
    if found is None:
        raise not_found()
    return found


def find_request(
    session: Session, actor: Actor, request_id: uuid.UUID, *, to_change: bool = False
) -> CheckRequest:
    """Return a check request.

    Args:
        to_change: only one on a record on which the caller may act.

    Raises:
        Problem: 404 when there is none that this caller may know of.
    """
    query = visible_requests(actor).where(CheckRequest.id == request_id)
    if to_change and actor.side == "probation":
        of_check = select(Check.id).where(Check.person_id.in_(visibility.open_to_change(actor)))
        query = query.where(CheckRequest.check_id.in_(of_check))
    found = session.scalar(query)
    if found is None:
        raise not_found()
    return found


def checks_of_referral(
    session: Session,
    actor: Actor,
    referral_id: uuid.UUID,
    *,
    newest: bool,
    after: tuple[str, int] | None,
    limit: int,
) -> list[Check]:
    """Return the checks of a referral that a caller may know of, kind by kind, cycle by cycle.

    One more than `limit` when there are more.

    Args:
        newest: the last cycle of the last kind first.
        after: the kind and the cycle of the last check of the previous page.
    """
    query = visible_checks(actor).where(Check.referral_id == referral_id)
    # Callers send it: as a type that holds every number a cursor can.
    last = None if after is None else (after[0], literal(after[1], BigInteger))
    place = (Check.kind, Check.cycle)
    return list(session.scalars(in_pages(query, place, newest=newest, after=last, limit=limit)))


def count_checks(
    session: Session,
    actor: Actor,
    *,
    referral_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
) -> dict[str, int]:
    """Count the checks that a caller may know of, by their state.

    Args:
        referral_id: only those of this referral.
        person_id: only those about this person.
    """
    query = visible_checks(actor)
    if referral_id is not None:
        query = query.where(Check.referral_id == referral_id)
    if person_id is not None:
        query = query.where(Check.person_id == person_id)
    return counted(session, query, Check.state)


def checks_of_person(
    session: Session,
    actor: Actor,
    record_ids: Collection[uuid.UUID],
    *,
    newest: bool = False,
    after: tuple[datetime, uuid.UUID] | None = None,
    limit: int | None = None,
) -> list[Check]:
    """Return the checks about a person that a caller may know of: all, or a page and one more.

    Args:
        record_ids: on which records of the person.
        newest: the newest first, otherwise the oldest.
    """
    query = visible_checks(actor).where(Check.person_id.in_(record_ids))
    place = (Check.raised_at, Check.id)
    if limit is None:
        return list(session.scalars(in_order(query, place, newest=newest)))
    return list(session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)))


def checks_about(session: Session, person_id: uuid.UUID) -> list[Check]:
    """Return every check about a person, whoever may see it; each is read once in a transaction."""
    return rows_of(session, Check.person_id, [person_id])


def checks_by_id(session: Session, check_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Check]:
    """Return several checks by their ids."""
    found = session.scalars(select(Check).where(Check.id.in_(list(check_ids))))
    return {check.id: check for check in found}


def check_of(session: Session, request: CheckRequest) -> Check:
    """Return the check that a request belongs to."""
    return session.get_one(Check, request.check_id)


def requests_of(session: Session, check_ids: Iterable[uuid.UUID]) -> list[CheckRequest]:
    """Return the requests that serve several checks, each once, in the order in which they were raised."""
    return [request for request, _ in requests_by_check(session, check_ids)]


def requests_by_check(
    session: Session, check_ids: Iterable[uuid.UUID]
) -> list[tuple[CheckRequest, set[uuid.UUID]]]:
    """Return the requests that serve several checks, each with those of them that it serves."""
    ids = set(check_ids)
    found: dict[uuid.UUID, CheckRequest] = {
        request.id: request for request in rows_of(session, CheckRequest.check_id, sorted(ids))
    }
    serves = {request.id: {request.check_id} for request in found.values()}
    joined: list[CheckJoined] = rows_of(session, CheckJoined.check_id, sorted(ids))
    for one in joined:
        serves.setdefault(one.request_id, set()).add(one.check_id)
    others = sorted(serves.keys() - found.keys())
    if others:
        known = session.scalars(select(CheckRequest).where(CheckRequest.id.in_(others)))
        found |= {request.id: request for request in known}
    in_turn = sorted(found.values(), key=lambda request: (request.required_at, request.obligation))
    return [(request, serves[request.id]) for request in in_turn]


def unanswered_of(check: Check, requests: Iterable[CheckRequest]) -> list[CheckRequest]:
    """Return what no agency has answered of a check.

    Once it is not required, what went on for another check is no part of it.

    Args:
        requests: that serve it.
    """
    decided = check.not_required_at
    return [
        request
        for request in requests
        if State(request.state) in UNANSWERED and (decided is None or request.required_at > decided)
    ]


def requests_about(session: Session, person_id: uuid.UUID) -> list[CheckRequest]:
    """Return every request about a person, in the order in which they were raised."""
    found: list[CheckRequest] = rows_of(session, CheckRequest.person_id, [person_id])
    # Whichever of them moves, the checks that it serves are counted again: read at once, for all of them.
    rows_of(session, CheckJoined.request_id, [request.id for request in found])
    return sorted(found, key=lambda request: (request.required_at, request.obligation))


def people_open_with(session: Session, agency_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return whom the open requests are about that some agencies have been sent."""
    return set(
        session.scalars(
            select(CheckRequest.person_id).where(
                CheckRequest.agency_id.in_(agency_ids),
                CheckRequest.sent_at.is_not(None),
                CheckRequest.state.in_(sorted(UNANSWERED)),
            )
        )
    )


def subjects_of(session: Session, request_ids: Iterable[uuid.UUID]) -> list[SubjectRef]:
    """Return the subjects of several requests that have not been withdrawn."""
    rows: list[CheckRequestSubject] = rows_of(session, CheckRequestSubject.request_id, list(request_ids))
    found = [row for row in rows if row.withdrawn_version is None]
    return sorted({SubjectRef(subject.kind, subject.subject_id) for subject in found})  # type: ignore[arg-type] # a check constraint holds the kinds


_OTHERWISE = text("SELECT request_id, kind, subject_id FROM asked_otherwise(:person_id)")


def asked_otherwise(session: Session, person_id: uuid.UUID) -> dict[uuid.UUID, set[SubjectRef]]:
    """Return, by request, the subjects that were told of, or decided about, otherwise than on record now."""
    if session.dirty:
        flush_but_last(session)  # whoever was told of has been stored: only a change of them can wait
    found: dict[uuid.UUID, set[SubjectRef]] = {}
    for request_id, kind, subject_id in session.connection().execute(_OTHERWISE, {"person_id": person_id}):
        found.setdefault(request_id, set()).add(SubjectRef(kind, subject_id))
    return found


def questions_of(session: Session, request_ids: Iterable[uuid.UUID]) -> list[CheckQuestion]:
    """Return every version of the questions of several requests, those of each in turn."""
    found: list[CheckQuestion] = rows_of(session, CheckQuestion.request_id, list(request_ids))
    return sorted(found, key=lambda question: question.version)


def version_read_before(session: Session, request: CheckRequest) -> int:
    """Return the newest version of a question that its agency had read before it read the newest one.

    None is 0. However often the agency reads the newest one, it had read the same before.
    """
    if request.acknowledged_version < request.question_version:
        return request.acknowledged_version
    versions = session.scalars(
        select(Event.data["question"].as_integer()).where(
            Event.person_id == request.person_id,
            Event.name == "check_request.acknowledged",
            Event.subject_id == request.id,
        )
    )
    return max((one for one in versions if one is not None and one < request.question_version), default=0)


def messages_of(session: Session, request_ids: Iterable[uuid.UUID]) -> list[CheckMessage]:
    """Return the messages between the two sides of requests, those of each oldest first."""
    found: list[CheckMessage] = rows_of(session, CheckMessage.request_id, list(request_ids))
    return sorted(found, key=lambda message: message.number)


def results_of(session: Session, request_ids: Iterable[uuid.UUID]) -> list[CheckResult]:
    """Return every result of several requests: none replaces another."""
    found: list[CheckResult] = rows_of(session, CheckResult.request_id, list(request_ids))
    return sorted(found, key=lambda result: (result.returned_at, result.number))


def last_asked(session: Session, request_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return when the newest version of the question of several requests was sent, by the request."""
    rows = session.execute(
        select(CheckQuestion.request_id, func.max(CheckQuestion.asked_at))
        .where(CheckQuestion.request_id.in_(list(request_ids)))
        .group_by(CheckQuestion.request_id)
    )
    return {row[0]: row[1] for row in rows}


def standing_results_of(session: Session, request: CheckRequest) -> list[CheckResult]:
    """Return the results of a request that stand, as they are said now."""
    return [each.last for each in standing(results_of(session, [request.id]))]


def has_corrections(session: Session, request: CheckRequest) -> bool:
    """Return whether a result of a request puts another right or withdraws it."""
    return any(one.corrects_id for one in results_of(session, [request.id]))


def find_result(session: Session, actor: Actor, request: CheckRequest, result_id: uuid.UUID) -> CheckResult:
    """Find a result that the caller's organisation itself returned to a request.

    Raises:
        Problem: 404; 409 with the result that puts it right, or when it has been withdrawn.
    """
    results = {one.id: one for one in results_of(session, [request.id])}
    found = results.get(result_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise not_found()
    later = corrected_by(results.values()).get(result_id)
    if later is not None:
        raise conflict("This has already been corrected. Correct the latest entry.", corrected_by=later)
    if found.withdrawn:
        raise conflict("This answer has been withdrawn. Give a new answer.")
    return found


def reviews_of(
    session: Session, request_ids: Iterable[uuid.UUID]
) -> list[tuple[CheckReview, CheckCountersignature | None]]:
    """Return every review of several requests, with its countersignature if it has one."""
    found: list[CheckReview] = rows_of(session, CheckReview.request_id, list(request_ids))
    needed = [review.id for review in found if review.countersignature_needed]
    signatures = {
        signature.review_id: signature
        for signature in rows_of(session, CheckCountersignature.review_id, needed)
    }
    found.sort(key=lambda review: (review.reviewed_at, review.number))
    return [(review, signatures.get(review.id)) for review in found]


def request_of_review(session: Session, review_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id of the request whose answer was reviewed, None when the caller may not know of it."""
    return session.scalar(select(CheckReview.request_id).where(CheckReview.id == review_id))


def child_on_a_plan(session: Session, person_id: uuid.UUID) -> bool:
    """Return whether any answer has said that a child is on a child protection plan, on any record."""
    return bool(
        session.scalar(
            select(
                exists()
                .where(Check.person_id.in_(aliases.same_person_as(person_id)))
                .where(CheckRequest.check_id == Check.id)
                .where(CheckResult.request_id == CheckRequest.id)
                .where(CheckResult.findings["children"].contains([{"status": "child_protection_plan"}]))
                .where(stands(CheckResult))
            )
        )
    )


def unfinished_of(session: Session, person_id: uuid.UUID) -> list[tuple[CheckRequest, str]]:
    """Return the requests about a person that are unanswered, or whose answer is not reviewed, with the kind.

    On any record of the person. It does not check who may see them.
    """
    rows = session.execute(
        select(CheckRequest, Check.kind)
        .join(Check, Check.id == CheckRequest.check_id)
        .where(
            Check.person_id.in_(aliases.same_person_as(person_id)),
            CheckRequest.state.in_(sorted({*UNANSWERED, State.RETURNED})),
        )
        .order_by(CheckRequest.required_at, CheckRequest.id)
    )
    return [(request, kind) for request, kind in rows]


def finished_since(
    session: Session, person_id: uuid.UUID, since: datetime
) -> list[tuple[CheckRequest, datetime]]:
    """Return the requests about a person that `unfinished_of` names no more since a moment, each with when.

    It does not check who may see them.
    """
    rows = session.execute(
        select(CheckRequest, Event.occurred_at)
        .join(Check, Check.id == CheckRequest.check_id)
        .join(Event, Event.id == CheckRequest.state_event_id)
        .where(
            Check.person_id.in_(aliases.same_person_as(person_id)),
            CheckRequest.state.not_in(sorted({*UNANSWERED, State.RETURNED})),
            Event.occurred_at > since,
        )
    )
    return [(request, at) for request, at in rows]


def facts_about(
    request: CheckRequest, *, manager: bool = False, acts: bool = False, without_answer: State | None = None
) -> Facts:
    """Return what the table of states must know of a request besides its state.

    Args:
        manager, acts: of the caller, as of `Facts`.
        without_answer: as of `Facts`, where it matters.
    """
    return Facts(
        manager=manager,
        acts=acts,
        asked_back=request.asks_about is not None,
        redirected=bool(request.redirects),
        disputed=request.disputed_by_id is not None,
        unread=request.acknowledged_version < request.question_version,
        without_answer=without_answer,
    )


def sent_about_contact(session: Session, actor: Actor, contact_id: uuid.UUID) -> list[CheckRequest]:
    """Return the requests about a person that were sent for a caller and that no other replaces."""
    about = exists().where(
        CheckRequestSubject.request_id == CheckRequest.id,
        CheckRequestSubject.kind == "contact",
        CheckRequestSubject.subject_id == contact_id,
        CheckRequestSubject.withdrawn_version.is_(None),
    )
    found = visible_requests(actor).where(
        about,
        CheckRequest.sent_at.is_not(None),
        CheckRequest.state.not_in(SET_ASIDE),
        CheckRequest.asked_no_longer.is_(False),
    )
    return list(session.scalars(found.order_by(CheckRequest.sent_at, CheckRequest.id)))


def last_of_each(checks: Iterable[Check]) -> list[Check]:
    """Return the last cycle of each kind of check, of each referral and of a case opened without one."""
    last: dict[tuple[str, uuid.UUID | None], Check] = {}
    for check in sorted(checks, key=lambda check: check.cycle):
        last[check.kind, check.referral_id] = check
    return list(last.values())


def needed_by(session: Session, person_id: uuid.UUID, *days: datetime | None) -> datetime | None:
    """Return the first of some days by which answers about a person are needed, and of hearings to come.

    A hearing is to come until its day is over.
    """
    hearings = _hearings_of(session, person_id)
    been = {hearing for hearing in hearings if hearing < clock.at(clock.today())}
    return min({day for day in (*days, *hearings) if day is not None} - been, default=None)


def next_needed_by(session: Session, person_id: uuid.UUID, *days: datetime | None) -> datetime | None:
    """Return the first of some days, and of hearings, that is still to come; None where none is."""
    now = clock.now()
    known = (*days, *_hearings_of(session, person_id))
    return min((day for day in known if day is not None and day > now), default=None)


def hearings_of_openings(session: Session, record_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return the hearings for which cases were opened without a referral, by the record."""
    checks: list[Check] = rows_of(session, Check.person_id, record_ids)
    return {
        check.person_id: check.opened_hearing_at for check in checks if check.opened_hearing_at is not None
    }


def needed_by_had_passed(request: CheckRequest) -> bool:
    """Return whether the day by which an answer is needed had come when it was asked for.

    The urgent target applies then, though nobody has said that it is urgent (truth-over-time, "Clocks").
    """
    asked_at = request.sent_at or request.required_at
    return request.hard_date is not None and request.hard_date <= asked_at


def urgency_of(request: CheckRequest) -> str:
    """Return how urgent a request is: as somebody has said, or by a day that had passed."""
    return "urgent" if needed_by_had_passed(request) else request.urgency


def that_are_urgent() -> ColumnElement[bool]:
    """Return the condition of requests of which `urgency_of` is urgent."""
    asked_at = func.coalesce(CheckRequest.sent_at, CheckRequest.required_at)
    return or_(CheckRequest.urgency == "urgent", CheckRequest.hard_date <= asked_at)


def _hearings_of(session: Session, person_id: uuid.UUID) -> set[datetime]:
    """Return the hearings of a person: a court hears the person, by whichever record it is known."""
    checks: list[Check] = rows_of(session, Check.person_id, aliases.ids_of(session, person_id))
    return {check.hearing_at for check in checks if check.hearing_at is not None}


def reviews_due(session: Session, requests: Iterable[CheckRequest]) -> ReviewsDue:
    """Return what is to be done about the answers to several requests.

    A review is of the results that there were. What comes after it, also while it waits for a manager, is to
    be reviewed again.
    """
    requests = list(requests)
    refused = [request.id for request in requests if request.state == State.REFUSED]
    in_part = {each.last.request_id for each in standing(results_of(session, refused))}
    answered = [request for request in requests if State(request.state) in ANSWERED or request.id in in_part]
    newest = dict[uuid.UUID, tuple[CheckReview, CheckCountersignature | None]]()
    for review, signature in reviews_of(session, [request.id for request in answered]):
        newest[review.request_id] = review, signature
    last: dict[uuid.UUID, int] = {}
    for result in results_of(session, newest):
        last[result.request_id] = max(result.number, last.get(result.request_id, 0))
    to_do, waiting = set[uuid.UUID](), dict[uuid.UUID, CheckReview]()
    for request in answered:
        if request.id not in newest:
            to_do.add(request.id)
            continue
        review, signature = newest[request.id]
        if (review.up_to_result or 0) < last[request.id] or (signature and not signature.agreed):
            to_do.add(request.id)
        elif review.countersignature_needed and signature is None:
            waiting[request.id] = review
        elif request.state == State.RETURNED:
            # Its parts were reviewed before the rest was withdrawn.
            to_do.add(request.id)
    return ReviewsDue(frozenset(to_do), waiting)


def outstanding_for_address(session: Session, address_id: uuid.UUID) -> list[CheckRequest]:
    """Return the unanswered requests about an address, for the departure gate.

    A refusal, or a request that still waits for details, is not an answer.
    """
    return list(
        session.scalars(
            select(CheckRequest)
            .join(CheckRequestSubject, CheckRequestSubject.request_id == CheckRequest.id)
            .where(
                CheckRequestSubject.kind == "address",
                CheckRequestSubject.subject_id == address_id,
                CheckRequestSubject.withdrawn_version.is_(None),
                CheckRequest.state.in_(UNANSWERED),
            )
            .order_by(CheckRequest.required_at, CheckRequest.id)
        )
    )


def asked_about_now(session: Session, request_ids: Collection[uuid.UUID]) -> list[CheckRequestSubject]:
    """Return whom and what several requests are about now, without those who only help to find the others."""
    found: list[CheckRequestSubject] = rows_of(session, CheckRequestSubject.request_id, list(request_ids))
    return [one for one in found if one.withdrawn_version is None and not one.context]


def exposed_last(session: Session, address_id: uuid.UUID) -> datetime | None:
    """Return since when agencies are asked about an address, or about whoever came to live there last."""
    subject = CheckRequestSubject
    residents = select(Contact.id).where(Contact.lives_at == address_id, Contact.in_error_at.is_(None))
    return session.scalar(
        select(func.max(subject.exposed_since)).where(
            subject.withdrawn_version.is_(None),
            or_(
                and_(subject.kind == "address", subject.subject_id == address_id),
                and_(subject.kind == "contact", subject.subject_id.in_(residents)),
            ),
        )
    )


def asked_about_address(session: Session, address_id: uuid.UUID) -> bool:
    """Return whether any check covers an address; without one, nothing outstanding means little."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    CheckRequestSubject.kind == "address",
                    CheckRequestSubject.subject_id == address_id,
                    CheckRequestSubject.withdrawn_version.is_(None),
                )
            )
        )
    )
