"""Writes what an agency is asked, version by version: about whom, since when, and for which checks."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.checks import asked
from service.checks.kinds import KINDS
from service.checks.model import Check, CheckJoined, CheckQuestion, CheckRequest, CheckRequestSubject
from service.checks.policies import QUESTIONS_THAT_PAUSE
from service.checks.rules import Question, SubjectRef
from service.db import Json, before_commit
from service.gathering import flush_but_last, is_key_made, rows_of

_TO_KEEP: Final = "asked"
_KEEP: Final = text("SELECT keep_what_was_asked(CAST(:requests AS uuid[]))")
_DECIDED: Final = text("SELECT keep_whom_a_decision_is_about(CAST(:requests AS uuid[]))")


def subjects_in(session: Session, request: CheckRequest) -> dict[SubjectRef, CheckRequestSubject]:
    """Return the subjects of a request that have not been withdrawn."""
    rows = asked.subjects_ever(session, request)
    return {ref: row for ref, row in rows.items() if row.withdrawn_version is None}


def add_subjects(
    session: Session, request: CheckRequest, question: Question, *, follows: CheckRequest | None = None
) -> list[SubjectRef]:
    """Add the subjects of a question that its request does not have yet; return them.

    Each counts its exposure from now, those of a new request from when that was owed. One that is no longer
    of a question which has not been sent is withdrawn from it.

    Args:
        follows: the request that asked before, which knows in which area each is on record.
    """
    before = {} if follows is None else subjects_in(session, follows)

    def area_of(subject: SubjectRef) -> str | None:
        return before[subject].area_on_record if subject in before else question.area_on_record(subject)

    # That one agency has answered about the person says nothing of what another one knows.
    inherited = {subject for subject, row in before.items() if row.context}
    if follows is not None and follows.area != question.area:
        inherited -= {_person(request)}
    there = asked.subjects_ever(session, request)
    first = not there
    # Where the answer is not about the person, who the person is only helps to find the others.
    helps = question.context if KINDS[request.kind].about_person else question.context | {_person(request)}
    added = [subject for subject in sorted(set(question.subjects)) if subject not in there]
    session.add_all(
        CheckRequestSubject(
            request_id=request.id,
            kind=subject.kind,
            subject_id=subject.id,
            area_on_record=area_of(subject),
            context=subject in inherited | helps,
            # What joins is as urgent as whatever asks about it: see `note_urgent`.
            urgency=before[subject].urgency if subject in before else request.urgency if first else "routine",
            exposed_since=before[subject].exposed_since
            if subject in before
            else request.exposed_since
            if first
            else clock.now(),
            from_version=request.question_version + 1,
            asked_back=0,
        )
        for subject in added
    )
    for subject, row in there.items():
        if subject in question.subjects and row.withdrawn_version is not None:
            # It was here before: asked about again, from now, and as it is on record by now.
            row.withdrawn_version = None
            row.area_on_record = area_of(subject)
            _ask_from_now(request, row)
            added.append(subject)
        elif subject in question.subjects and row.context and subject not in helps:
            row.context = False
            _ask_from_now(request, row)
            added.append(subject)
        elif request.sent_at is None and subject not in question.subjects:
            row.withdrawn_version = row.from_version
    return added


def note_area(session: Session, request: CheckRequest, question: Question) -> None:
    """Note in which area the record has the subjects of a request that is sent now."""
    for subject, row in subjects_in(session, request).items():
        row.area_on_record = question.area_on_record(subject)


def note_exposure(session: Session, request: CheckRequest, since: Mapping[SubjectRef, datetime]) -> None:
    """Note since when subjects that have joined a request have been owed, by subject."""
    for subject, row in subjects_in(session, request).items():
        row.exposed_since = since.get(subject, row.exposed_since)


def ask_anew(session: Session, request: CheckRequest, subjects: Collection[SubjectRef]) -> None:
    """Ask again about subjects that have been answered, from the next version of the question on."""
    for subject, row in subjects_in(session, request).items():
        if subject in subjects:
            _ask_from_now(request, row)


def note_urgent(
    session: Session,
    requests: Iterable[CheckRequest],
    *,
    address_id: uuid.UUID | None = None,
    only: Collection[SubjectRef] | None = None,
) -> frozenset[uuid.UUID]:
    """Note that what some requests ask, and nobody has answered, is urgent from now.

    Args:
        address_id: only what they ask about this address.
        only: only what they ask about these subjects.

    Returns:
        The ids of those of which somebody has become urgent.
    """
    hurried = set()
    for row in rows_of(session, CheckRequestSubject.request_id, [request.id for request in requests]):
        meant = address_id in {None, row.subject_id} and (only is None or asked.ref_of(row) in only)
        if meant and row.urgency != "urgent" and row.answered_by is None:
            row.urgency, row.urgent_since = "urgent", clock.now()
            hurried.add(row.request_id)
    return frozenset(hurried)


def note_asked_back(session: Session, request: CheckRequest, about: Collection[uuid.UUID]) -> bool:
    """Note that an agency asks back about some subjects of a request, by their ids.

    Returns:
        Whether all of them that need an answer wait for the reply: it has not asked too often about any.
    """
    rows = [row for subject, row in subjects_in(session, request).items() if subject.id in about]
    for row in rows:
        row.asked_back += 1
    return all(row.context or row.asked_back <= QUESTIONS_THAT_PAUSE for row in rows)


def note_replied(session: Session, request: CheckRequest) -> None:
    """Note that those who have waited for probation's reply wait for the agency from now.

    Where it asked about all of it, its clock has waited.
    """
    waited = asked.waiting_for_reply(session, request) if request.asks_about else ()
    for subject, row in subjects_in(session, request).items():
        if subject in waited:
            row.urgent_since = clock.now()


def note_answered(
    session: Session, request: CheckRequest, result_id: uuid.UUID, subjects: Collection[SubjectRef]
) -> None:
    """Note which result has answered some subjects; one that had an answer before keeps it."""
    for subject, row in subjects_in(session, request).items():
        if subject in subjects and row.answered_by is None:
            row.answered_by = result_id


def take_answer_back(
    session: Session, request: CheckRequest, result_id: uuid.UUID, instead: Mapping[SubjectRef, uuid.UUID]
) -> frozenset[SubjectRef]:
    """Note that a result answers nothing any more, and return what nothing else answers.

    Args:
        instead: the results that answer subjects of it by themselves.
    """
    left = set[SubjectRef]()
    for subject, row in subjects_in(session, request).items():
        if row.answered_by == result_id:
            row.answered_by = instead.get(subject)
            if row.answered_by is None:
                left.add(subject)
    return frozenset(left)


def _ask_from_now(request: CheckRequest, row: CheckRequestSubject) -> None:
    row.answered_by, row.from_version = None, request.question_version + 1
    if request.sent_at is not None:
        row.exposed_since = clock.now()


def _person(request: CheckRequest) -> SubjectRef:
    return SubjectRef("person", request.person_id)


def withdraw_subjects(session: Session, request: CheckRequest, subjects: Collection[SubjectRef]) -> None:
    """Withdraw subjects from a request that was sent: its next version does not name them."""
    for subject, row in subjects_in(session, request).items():
        if subject in subjects:
            row.withdrawn_version = request.question_version + 1


def add_version(session: Session, actor: Actor, request: CheckRequest, document: Json, because: str) -> None:
    """Add a version of a request's question, as it is sent now.

    What is told of victims and former partners, and who everybody is, `keep_what_was_asked` copies.

    Args:
        document: what the agency is told but for that.
        because: why, one of `reasons.BECAUSE`.
    """
    request.question_version += 1
    session.add(
        CheckQuestion(
            request_id=request.id,
            version=request.question_version,
            asked_at=clock.now(),
            asked_by=actor.practitioner.id if actor.practitioner else None,
            because=because,
            document=document,
        )
    )
    session.info.setdefault(_TO_KEEP, set()).add((request.id, request.question_version))
    before_commit(session, _TO_KEEP, keep_what_was_asked, early=True)


def note_read(request: CheckRequest) -> None:
    """Note that who has read the version before has read all that the newest one says."""
    if request.acknowledged_version == request.question_version - 1:
        request.acknowledged_version = request.question_version


def keep_what_was_asked(session: Session) -> None:
    """Have the database keep what this transaction tells in confidence, and who everybody asked about is."""
    versions: set[tuple[uuid.UUID, int]] = session.info.pop(_TO_KEEP, set())
    requests = {version[0] for version in versions if is_key_made(session, CheckQuestion, version)}
    if requests:
        flush_but_last(session)
        session.connection().execute(_KEEP, {"requests": sorted(requests)})


def keep_whom_a_decision_is_about(session: Session, requests: Iterable[CheckRequest]) -> None:
    """Have the database keep who everybody is about whom nothing was sent, and somebody decided not to ask.

    What comes to be known of them later is not what the decision was about.
    """
    unsent = sorted(request.id for request in requests if request.sent_at is None)
    if unsent:
        flush_but_last(session)
        session.connection().execute(_DECIDED, {"requests": unsent})


def join(session: Session, check: Check, request: CheckRequest) -> None:
    """Have an open request serve a further check of its record; again it makes no difference."""
    served = {one.check_id for one in rows_of(session, CheckJoined.request_id, [request.id])}
    if check.id not in {request.check_id, *served}:
        session.add(CheckJoined(check_id=check.id, request_id=request.id, joined_at=clock.now()))


def checks_served(session: Session, requests: Sequence[CheckRequest]) -> dict[uuid.UUID, list[Check]]:
    """Return the checks that each of some requests serves besides the one that raised it."""
    found: dict[uuid.UUID, list[Check]] = {request.id: [] for request in requests}
    for joined in rows_of(session, CheckJoined.request_id, list(found)):
        found[joined.request_id].append(session.get_one(Check, joined.check_id))
    return found
