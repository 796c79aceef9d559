"""What both sides do with a request before its result: ask for information, refuse, ask again, end it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements, settling
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.four_eyes import OwnWork
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import redirecting, sending
from service.checks.actions.comparing import require_sendable_to_agencies
from service.checks.four_eyes import facts_of, found_of, matter_of, own_work_on
from service.checks.kinds import KINDS
from service.checks.model import Check, CheckRequest, CheckRequestSubject
from service.checks.people_facts import household_of
from service.checks.rules import SubjectRef
from service.checks.states import DECISIONS, TABLE, Action, Facts, Row, Side, State
from service.errors import Fault
from service.gathering import flush_but_last
from service.http.problems import invalid
from service.people.actions.deciding import require_independent_manager, require_to_act
from service.people.model import Person


def require_open(actor: Actor, check: Check, request: CheckRequest, action: Action, own: OwnWork) -> Row:
    """Return the row of the table by which this caller may move a request now.

    Args:
        own: what this caller did in the case.

    Raises:
        Problem: 409 with the state and the allowed actions; 403 when only another manager may do it, or
            whoever acts for the case.
    """
    side: Side = "agency" if actor.side == "agency" else "probation"
    matter = matter_of(check, [request])
    if action in DECISIONS and action in TABLE.allowed(State(request.state), side, Facts(manager=True)):
        require_independent_manager(actor, matter, own)
    if action is Action.STOP_WRONG_PERSON and action in TABLE.allowed(
        State(request.state), side, Facts(acts=True)
    ):
        require_to_act(actor, Act.STOP_WRONG_PERSON, check.person_id, own)
    facts = facts_of(actor, check, request, own)
    return writes.require(request, action, side=side, manager=facts.manager, acts=facts.acts)


@bypasses_row_security
def acknowledge(session: Session, actor: Actor, request: CheckRequest) -> None:
    """Record that the agency has received the request, in the newest version of its question."""
    version = request.question_version
    writes.move(
        session,
        actor,
        request,
        writes.require(request, Action.ACKNOWLEDGE, side="agency"),
        changes={"acknowledged_version": version},
        data={"question": version},
    )


def is_news(request: CheckRequest) -> bool:
    """Return whether an agency that reads a request acknowledges it, or a newer version of its question."""
    facts = queries.facts_about(request)
    return Action.ACKNOWLEDGE in TABLE.allowed(State(request.state), "agency", facts)


@bypasses_row_security
def return_for_information(
    session: Session, actor: Actor, request: CheckRequest, question: str, about: Sequence[UUID] = ()
) -> None:
    """Ask probation for information; a clock of probation's starts, and the agency's pauses.

    The agency's clock goes on where the question is about some of the subjects only: the others can be
    answered. A third question about the same subject pauses nothing.

    Args:
        about: the ids of those of the request that it is about; none when it is about all of it.

    Raises:
        Problem: 422 when the request is not about one of them.
    """
    row = writes.require(request, Action.RETURN_FOR_INFORMATION, side="agency")
    of_request = writes.subjects_in(session, request)
    subjects = _unanswered(of_request, about)
    # What only helps to find the others is never waited for, and nobody asks about all but the person.
    to_answer = {subject for subject, row in of_request.items() if not row.context and subject.id in subjects}
    whole = not about or {subject.id for subject in to_answer if subject.kind != "person"} <= set(about)
    asks_about = {subject.id for subject in to_answer}.union(about) if whole else set(about)
    waits = writes.note_asked_back(session, request, asks_about)
    only = [] if whole and waits else sorted(map(str, asks_about))
    writes.move(session, actor, request, row, changes={"asks_about": only}, fields=("question",))
    writes.add_message(session, actor, request, "question", question)


def _unanswered(of_request: Mapping[SubjectRef, CheckRequestSubject], about: Sequence[UUID]) -> set[UUID]:
    """Return the ids of the subjects of a request without an answer, those named among them.

    Raises:
        Problem: 422 when the request is not about one of those named.
    """
    subjects = {subject.id for subject, row in of_request.items() if row.answered_by is None}
    faults = [
        Fault(f"/about/{place}", "Not one of the people or addresses of this request without an answer.")
        for place, id_ in enumerate(about)
        if id_ not in subjects
    ]
    if faults:
        raise invalid(faults)
    return subjects


@bypasses_row_security
def answer_information(session: Session, actor: Actor, request: CheckRequest, answer: str) -> None:
    """Answer the agency's question; its clock goes on, and probation's own stops.

    Raises:
        Problem: 422 when the answer gives away what the agency may not know.
    """
    row = writes.require(request, Action.ANSWER_INFORMATION, side="probation")
    check = queries.check_of(session, request)
    require_sendable_to_agencies(session, check, [request], {"/answer": answer})
    writes.note_replied(session, request)
    writes.move(session, actor, request, row, changes={"asks_about": None}, fields=("answer",))
    writes.add_message(session, actor, request, "answer", answer)


@bypasses_row_security
def refuse(session: Session, actor: Actor, request: CheckRequest, code: str, reason: str) -> None:
    """Record that the agency refuses to answer, and why. The request stays open and its clock keeps running.

    Args:
        code: the coded reason, which the feed carries.
        reason: in the agency's words.
    """
    row = writes.require(request, Action.REFUSE, side="agency")
    writes.move(session, actor, request, row, data={"reason_code": code}, reason=code)
    writes.add_message(session, actor, request, "refusal", reason, code=code)


@bypasses_row_security
def ask_again(
    session: Session, actor: Actor, request: CheckRequest, reason: str, area: str | None = None
) -> CheckRequest:
    """Ask a refused question again, of the same agency or another; its exposure is carried over.

    Args:
        reason: why it must be answered; shown to the agency.
        area: another area to ask.

    Returns:
        The new request, which replaces this one.

    Raises:
        Problem: 422 when there is no such area, or the reason gives away what the agency may not know.
    """
    row = writes.require(request, Action.ASK_AGAIN, side="probation")
    if area is not None:
        redirecting.require_on_the_list(request, "/area", area)
    disputing = redirecting.disputing(session, request)
    question = redirecting.as_asked(session, request, f"again:{request.id}", area or request.area)
    redirects = 0 if area else request.redirects
    successor = redirecting.add_successor(session, actor, request, question, redirects=redirects)
    if queries.standing_results_of(session, request):
        writes.move_all(session, actor, [redirecting.left_to(session, request, successor)])
    else:
        changes, data = {"succeeded_by_id": successor.id}, {"succeeded_by": successor.id}
        writes.move(session, actor, request, row, changes=changes, data=data)
    check = queries.check_of(session, request)
    require_sendable_to_agencies(session, check, [request, successor], {"/reason": reason})
    redirecting.carry_on(session, actor, disputing, successor)
    settling.mark(session, actor, request.person_id)
    writes.add_message(session, actor, successor, "asked_again", reason)
    return successor


@bypasses_row_security
def supply_details(session: Session, actor: Actor, request: CheckRequest, area: str | None = None) -> bool:
    """Send a request that waited, if the details on record and the area given here are now enough.

    Args:
        area: the police force or local authority to ask, where the record does not say.

    Returns:
        Whether it was sent; if not, the request says what is still missing.

    Raises:
        Problem: 422 when there is no such area.
    """
    if area is not None:
        redirecting.require_on_the_list(request, "/area", area)
    check = queries.check_of(session, request)
    person = session.get_one(Person, check.person_id)
    rows = writes.subjects_in(session, request)
    question = sending.now(household_of(session, person), KINDS[check.kind], request, rows, area)
    return question is not None and sending.send_or_wait(session, actor, request, question)


@bypasses_row_security
def cancel(session: Session, actor: Actor, request: CheckRequest, reason: str) -> None:
    """End a request without an answer: a named manager's decision, with the reason on record.

    Raises:
        Problem: 409 when it has been answered; 403 when the caller may not decide it.
    """
    check = queries.check_of(session, request)
    own = own_work_on(session, actor, [check])
    row = require_open(actor, check, request, Action.CANCEL, own)
    agreements.record_decision(
        session,
        actor,
        "check_request_cancelled",
        subject_id=request.id,
        person_id=check.person_id,
        organisation_id=check.probation_id,
        agreed=True,
        reason=reason,
    )
    redirecting.leave_to_others(session, actor, request)
    end(session, actor, [(request, row)], reason)
    settling.mark(session, actor, request.person_id)


@bypasses_row_security
def stop_wrong_person(
    session: Session, actor: Actor, request: CheckRequest, reason: str, about: Sequence[UUID] = ()
) -> None:
    """End a question about the wrong person at once; a manager confirms it afterwards.

    `require_open` has let the caller do it. The others of the question go on being asked about.

    Args:
        about: the ids of those who are somebody else; none when it is the person, and so all of it.

    Raises:
        Problem: 409 when it is not with an agency; 422 when the reason gives away what it may not know, or
            the request is not about one of those named.
    """
    row = writes.require(request, Action.STOP_WRONG_PERSON, side="probation", acts=True)
    check = queries.check_of(session, request)
    require_sendable_to_agencies(session, check, [request], {"/reason": reason})
    writes.move(session, actor, request, row, fields=("reason",), reason="wrong_person")
    writes.add_message(session, actor, request, "cancellation", reason)
    _go_on_about_the_others(session, actor, request, about)
    found = found_of(session, check, request, [request])
    agreements.ask_for(session, actor, "wrong_person_stopped", request.id, found, reason=reason)


def _go_on_about_the_others(
    session: Session, actor: Actor, request: CheckRequest, wrong: Sequence[UUID]
) -> None:
    """Ask in a new request about those of a stopped one who are not said to be somebody else."""
    subjects = writes.subjects_in(session, request)
    _unanswered(subjects, wrong)
    others = {
        subject
        for subject, row in subjects.items()
        if row.answered_by is None and not row.context and subject.id not in wrong
    }
    if not wrong or request.person_id in wrong or not others:
        return
    question = redirecting.as_asked(session, request, f"others:{request.id}", request.area, only=others)
    about = tuple(one for one in question.subjects if one.id not in wrong)
    question = replace(question, subjects=about, context=question.context & {*about})
    # The stopped one covers the wrong ones alone: nobody asks about them again until something happens.
    writes.withdraw_subjects(session, request, others - {SubjectRef("person", request.person_id)})
    flush_but_last(session)  # only one request of an agency at a time can be open
    redirecting.add_successor(session, actor, request, question, redirects=request.redirects)
    settling.mark(session, actor, request.person_id)


@bypasses_row_security
def reinstate(session: Session, actor: Actor, request: CheckRequest) -> CheckRequest:
    """Ask a question again that a manager says was not about the wrong person; its exposure is carried over.

    Returns:
        The new request of the same check.
    """
    question = redirecting.as_asked(session, request, f"again:{request.id}", request.area)
    successor = redirecting.add_successor(session, actor, request, question, redirects=request.redirects)
    settling.mark(session, actor, request.person_id)
    writes.record_event(session, actor, request, "check_request.reinstated", ("state",))
    return successor


def end(session: Session, actor: Actor, ended: Sequence[tuple[CheckRequest, Row]], reason: str) -> None:
    """End requests without an answer; the caller has checked that this manager may.

    Args:
        ended: each with the row of the table that permits it.
        reason: why no answer is needed; each agency that was asked reads it.

    Raises:
        Problem: 422 when the reason gives away what one of them may not know.
    """
    requests = [request for request, _ in ended]
    require_sendable_to_agencies(
        session, queries.check_of(session, requests[0]), requests, {"/reason": reason}
    )
    moves = [writes.Move(request, row, fields=("reason",), reason="manager") for request, row in ended]
    writes.move_all(session, actor, moves)
    writes.keep_whom_a_decision_is_about(session, requests)
    queries.messages_of(session, [request.id for request in requests])  # read at once, for all of them
    for request in requests:
        writes.add_message(session, actor, request, "cancellation", reason)
