"""Redirects: an agency names another that should have been asked. The second one in a row is for probation.

Two agencies that redirect to each other would start the deadline anew each time, and nobody would be late. So
the first redirect sends the question on, and from the second all who were asked stay asked, each with the
deadline it had, until somebody of probation says who is asked or one of them answers.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from service import settling
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import asked, planning, queries, writes
from service.checks.actions import joining, sending
from service.checks.actions.comparing import require_sendable_to_agencies
from service.checks.basis import has_basis
from service.checks.kinds import KINDS
from service.checks.model import CheckRequest
from service.checks.people_facts import household_of
from service.checks.rules import Line, Question, SubjectRef
from service.checks.states import TABLE, UNANSWERED, UNSENT, Action, Row, State
from service.errors import Fault
from service.http.problems import invalid
from service.people.model import Person


@bypasses_row_security
def misdirect(
    session: Session, actor: Actor, request: CheckRequest, to_area: str, reason: str
) -> CheckRequest:
    """Redirect the question to the agency that should have been asked; its exposure is carried over.

    A question that has been redirected before is not sent on: a clock of probation's starts, unless it runs.

    Args:
        to_area: the police force or local authority to ask. Where no organisation is registered for it, the
            new request waits with its clock running.

    Returns:
        The request that is asked now: another one, or this one where the redirect is disputed.

    Raises:
        Problem: 409 when its state does not permit it; 422 when it is no area, or the one that was asked.
    """
    row = writes.require(request, Action.MISDIRECT, side="agency")
    require_on_the_list(request, "/to_area", to_area)
    if to_area == request.area:
        raise invalid([Fault("/to_area", "This is the area that was asked.")])
    redirect = _send_on if row.event == "check_request.misdirected" else _dispute
    now = redirect(session, actor, request, row, to_area)
    settling.mark(session, actor, request.person_id)
    writes.add_message(session, actor, request, "misdirection", reason, code=to_area)
    return now


@bypasses_row_security
def settle_redirect(session: Session, actor: Actor, request: CheckRequest, area: str, reason: str) -> None:
    """Say who is asked where agencies redirect a question to each other; the others are asked no longer.

    What another of them was asked on top, about a place that is not in dispute, it goes on being asked.

    Args:
        area: of one of them, or another area, whose agency is asked in their place.
        reason: why; shown to the agency that is asked.

    Raises:
        Problem: 409 when no redirect is disputed; 422 when there is no such area, or the reason gives away
            what an agency may not know.
    """
    writes.require(request, Action.SETTLE_REDIRECT, side="probation")
    require_on_the_list(request, "/area", area)
    parties = disputing(session, request)
    named = next((party for party in parties if party.area == area), None)
    if named is None:
        only = _in_dispute(session, request, parties)
        question = as_asked(session, request, _name("settled", request), area, only=only)
        named = add_successor(session, actor, request, question, redirects=0)
    else:
        # One that has refused is asked again by an action of its own.
        facts = queries.facts_about(named)
        for row in TABLE.permitted(State(named.state), "probation", facts, at="transitions"):
            if row.action is Action.SETTLE_REDIRECT:
                writes.move(session, actor, named, row, fields=("area", "reason"))
    check = queries.check_of(session, request)
    require_sendable_to_agencies(session, check, [named], {"/reason": reason})
    carry_on(session, actor, parties, named)
    settling.mark(session, actor, request.person_id)
    writes.add_message(session, actor, named, "asked_again", reason)


def require_on_the_list(request: CheckRequest, at: str, area: str) -> None:
    """Require of an area that the kind of check has it, whether or not an agency is registered for it.

    Args:
        at: the JSON pointer of the area in the body.

    Raises:
        Problem: 422 with the list.
    """
    areas = KINDS[request.kind].areas
    if areas is not None and area not in areas:
        raise invalid([Fault(at, f"Must be one of: {', '.join(areas)}.")])


def disputing(session: Session, request: CheckRequest) -> list[CheckRequest]:
    """Return the requests whose agencies redirect a question to each other, this one among them, or none."""
    if request.disputed_by_id is None:
        return []
    of_record = queries.requests_about(session, request.person_id)
    return [each for each in of_record if each.disputed_by_id == request.disputed_by_id]


def carry_on(session: Session, actor: Actor, replaced: Iterable[CheckRequest], by: CheckRequest) -> None:
    """Have one request carry on the question of others, which it replaces; that one itself stays.

    What they were asked on top while both were asked is asked by that one, too, where it asks about the same
    place; about another place they go on being asked.
    """
    moves = [
        left_to(session, request, by)
        for request in replaced
        if request is not by
        and State(request.state) in UNANSWERED
        and not _goes_on_with_its_own(session, actor, request, by)
    ]
    writes.move_all(session, actor, moves)
    writes.end_disputes(session, actor, [by])


def leave_to_others(session: Session, actor: Actor, request: CheckRequest) -> None:
    """Have another request that carries the same question ask what only this one was asked, which ends."""
    others = [one for one in disputing(session, request) if one is not request]
    by = next((one for one in others if State(one.state) in UNANSWERED), None)
    if by is not None:
        _hand_on(session, actor, request, by)


def leave_to_who_answers_now(session: Session, actor: Actor, request: CheckRequest) -> None:
    """Have the request that carries on the rest of a question ask what is owed of its answer again."""
    of_record = {one.id: one for one in queries.requests_about(session, request.person_id)}
    by, passed = request, {request.id}
    while by.succeeded_by_id in of_record.keys() - passed:
        by = of_record[by.succeeded_by_id]
        passed.add(by.id)
    if by is not request and State(by.state) in UNANSWERED:
        _hand_on(session, actor, request, by)


def _goes_on_with_its_own(session: Session, actor: Actor, request: CheckRequest, by: CheckRequest) -> bool:
    """Return whether a request goes on about other places, once another has what both are asked about."""
    own = _hand_on(session, actor, request, by)
    if not own:
        return False
    left = {one.subject for one in asked.to_answer(session, request) if not one.answered} - own
    with writes.following_the_first_due(session, request):
        writes.withdraw_subjects(session, request, left - {SubjectRef("person", request.person_id)})
        if _may_tell(session, request):
            sending.tell_anew(session, actor, request, "withdrawn")
    joining.drop_question(session, actor, request)
    return True


def _hand_on(
    session: Session, actor: Actor, request: CheckRequest, by: CheckRequest
) -> frozenset[SubjectRef]:
    """Have one request ask what another was asked on top about the places that it asks about.

    Returns:
        What the other one was asked on top about other places.
    """
    beside = _unanswered(session, request) - {one.subject for one in asked.to_answer(session, by)}
    if not beside or State(request.state) in UNSENT:
        return frozenset()
    there = writes.subjects_in(session, by)
    theirs = _found_with(session, request, beside, there)
    if theirs:
        question = as_asked(session, request, _name("left", request), by.area, only=theirs)
        if State(by.state) in UNSENT:
            sending.carry(session, actor, request, by, _with(question, there))
        elif State(by.state) in UNANSWERED and _may_tell(session, request):
            sending.carry(session, actor, request, by, question)
        else:
            add_successor(session, actor, request, question, redirects=by.redirects)
    return beside - theirs


def _in_dispute(
    session: Session, request: CheckRequest, parties: Iterable[CheckRequest]
) -> frozenset[SubjectRef] | None:
    """Return what of a request all are asked who redirect it to each other; None: all of it."""
    common = frozenset.intersection(*(frozenset(writes.subjects_in(session, each)) for each in parties))
    if not any(subject.kind == "address" for subject in common):
        return None
    return _found_with(session, request, _unanswered(session, request), common)


def _found_with(
    session: Session,
    request: CheckRequest,
    subjects: Collection[SubjectRef],
    others: Collection[SubjectRef],
) -> frozenset[SubjectRef]:
    """Return which subjects of a request are found where those of another one are."""
    about_person = KINDS[request.kind].about_person
    others = {one for one in others if one.kind != "person"}
    return planning.found_with(_lines(session, request), subjects, others, about_person=about_person)


def _unanswered(session: Session, request: CheckRequest) -> frozenset[SubjectRef]:
    to_answer = asked.to_answer(session, request)
    return frozenset(one.subject for one in to_answer if not one.answered and one.subject.kind != "person")


def _lines(session: Session, request: CheckRequest) -> tuple[Line, ...]:
    person = session.get_one(Person, request.person_id)
    return KINDS[request.kind].lines(household_of(session, person))


def _may_tell(session: Session, request: CheckRequest) -> bool:
    """Return whether agencies may be told more: once sharing has ended nobody is."""
    return has_basis(session, request.person_id, queries.check_of(session, request).probation_id)


def _name(why: str, request: CheckRequest) -> str:
    """Return a name that no other request of the check has: one that goes on may be in dispute once more."""
    return f"{why}:{request.id}:{request.version}"


def _with(question: Question, there: Collection[SubjectRef]) -> Question:
    """Return a question that asks what is there already, too."""
    return replace(question, subjects=tuple(sorted({*question.subjects, *there})))


def left_to(session: Session, request: CheckRequest, by: CheckRequest) -> writes.Move:
    """Return the move by which another request carries on what one has not answered; its answers stay."""
    results = queries.standing_results_of(session, request)
    if not results:
        return writes.replaced(request, by)
    _withdraw_what_is_left(session, request)
    row = writes.require(request, Action.COMPLETE, side="service")
    last = results[-1]
    changes = {"answered_at": last.returned_at, "succeeded_by_id": by.id}
    return writes.Move(request, row, {"result": last.id, "number": last.number}, changes)


def _withdraw_what_is_left(session: Session, request: CheckRequest) -> None:
    left = [one.subject for one in asked.to_answer(session, request) if not one.answered]
    writes.withdraw_subjects(session, request, left)


def add_successor(
    session: Session, actor: Actor, request: CheckRequest, question: Question, *, redirects: int
) -> CheckRequest:
    """Ask what a request has asked in another one of the same check; its exposure is carried over.

    Args:
        question: of the new request, as `as_asked` returns it.
        redirects: how often the question has been redirected by then.

    Returns:
        The request that asks: a new one, or the open one of its agency that it has joined.
    """
    check = queries.check_of(session, request)
    successor = writes.add_request(session, actor, check, question, follows=request, redirects=redirects)
    # It is told why each of them was raised, and what has happened.
    for served in writes.checks_served(session, [request])[request.id]:
        writes.join(session, served, successor)
    sending.send_or_wait(session, actor, successor, question)
    return session.get_one(CheckRequest, successor.succeeded_by_id or successor.id)


def as_asked(
    session: Session,
    request: CheckRequest,
    name: str,
    area: str | None,
    *,
    only: Collection[SubjectRef] | None = None,
) -> Question:
    """Return the question of a request for an area: what it has answered is asked of nobody else.

    But who the person is helps to find the others, and another agency is asked about the person, too.

    Args:
        name: of the new request within the check.
        only: of whom and what it asks, with what helps to find them; all when None.
    """
    subjects = writes.subjects_in(session, request)
    person = SubjectRef("person", request.person_id)
    left = {subject for subject, row in subjects.items() if row.answered_by is None or subject == person}
    context = {subject for subject in left if subjects[subject].context}
    if KINDS[request.kind].about_person and area != request.area:
        context.discard(person)
    if only is not None:
        context = {*planning.help_to_find(_lines(session, request), only)} & subjects.keys() - {*only}
        left = {*only, *context, person}
    if person in subjects and subjects[person].answered_by is not None and area == request.area:
        context.add(person)
    return Question(name, area, tuple(sorted(left)), context=frozenset(context), family=request.family)


def _send_on(session: Session, actor: Actor, request: CheckRequest, row: Row, to_area: str) -> CheckRequest:
    redirects = request.redirects + 1
    question = as_asked(session, request, f"redirected:{request.id}", to_area)
    successor = add_successor(session, actor, request, question, redirects=redirects)
    changes: dict[str, Any] = {"succeeded_by_id": successor.id, "redirects": redirects}
    if row.target is State.RETURNED:
        changes["answered_at"] = queries.standing_results_of(session, request)[-1].returned_at
        _withdraw_what_is_left(session, request)
    writes.move(
        session,
        actor,
        request,
        row,
        changes=changes,
        data={"to_area": to_area} if successor.agency_id else None,
    )
    return successor


def _dispute(session: Session, actor: Actor, request: CheckRequest, row: Row, to_area: str) -> CheckRequest:
    begun_by = request.disputed_by_id or request.id
    # Once sharing has ended nobody is asked who is not asked already.
    before = [
        each
        for each in queries.requests_about(session, request.person_id)
        if each.succeeded_by_id == request.id and _was_asked_before(each, to_area)
    ]
    before = before if _may_tell(session, request) else []
    again: list[writes.Move] = []
    asked_already: list[tuple[CheckRequest, CheckRequest]] = []
    for each in before:
        question = as_asked(session, request, each.obligation, each.area)
        already = each.agency_id and sending.open_request(session, each, each.agency_id, question)
        if already:
            asked_already.append((each, already))
        else:
            asking = writes.require(each, Action.ASK_BOTH, side="service")
            back = {"succeeded_by_id": None, "disputed_by_id": begun_by, "asked_no_longer": False}
            again.append(writes.Move(each, asking, changes=back))
    changes = {"redirects": request.redirects + 1, "disputed_by_id": begun_by}
    writes.move_all(session, actor, [writes.Move(request, row, changes=changes), *again])
    for move in again:
        _ask_back(session, actor, move.request, request)
    for each, already in asked_already:
        # It has been asked something else since: what it redirected joins that.
        writes.note_part_in_dispute(already, begun_by)
        writes.record_event(session, actor, already, "check_request.redirect_disputed", ("disputed_by",))
        question = _redirected_by(session, each, request)
        sending.carry(session, actor, request, already, question, because="named_back")
    writes.notify_heads(session, actor, disputing(session, request))
    # What it is told has been brought in line with the record: nothing of it is told once more.
    writes.keep_what_was_asked(session)
    return request


def _ask_back(session: Session, actor: Actor, request: CheckRequest, by: CheckRequest) -> None:
    """Ask an agency what another, which it named, says is its own to answer, as it is on record by now.

    Whoever has become somebody else since it answered is asked about anew; where it has said something of all
    of it, all of it is asked again.
    """
    question = _redirected_by(session, request, by)
    asks = {*question.subjects} - question.context
    subjects = writes.subjects_in(session, request)
    answered = {subject for subject, row in subjects.items() if row.answered_by is not None}
    otherwise = queries.asked_otherwise(session, request.person_id).get(request.id, set())
    of_person = KINDS[request.kind].about_person and SubjectRef("person", request.person_id) in otherwise
    anew = answered if of_person else answered & otherwise
    if asks <= answered - anew:
        anew |= asks
    with writes.following_the_first_due(session, request):
        writes.withdraw_subjects(session, request, subjects.keys() - answered - {*question.subjects})
        writes.ask_anew(session, request, anew)
        sending.carry(session, actor, by, request, question, because="named_back")
    if request.hard_date != by.hard_date:
        checks = {check.id: check for check in queries.checks_about(session, request.person_id)}
        writes.follow_needed_by(session, actor, checks, [request], by.hard_date, reason="named_back")


def _redirected_by(session: Session, request: CheckRequest, by: CheckRequest) -> Question:
    """Return what one request asks by now of what another one had redirected to it."""
    left = _unanswered(session, by)
    only = _found_with(session, by, left, asked.subjects_ever(session, request))
    return as_asked(session, by, request.obligation, request.area, only=only)


def _was_asked_before(request: CheckRequest, to_area: str) -> bool:
    """Return whether an agency is to be asked again which had named the one that names an area now.

    One whose question the answer of the other had ended is, once that answer has been taken back.
    """
    ended_by_answer = request.state == State.SUPERSEDED and request.sent_at is not None
    return State(request.state) in _ASKED_BEFORE or (ended_by_answer and request.area == to_area)


_ASKED_BEFORE: Final = frozenset({State.MISDIRECTED, State.RETURNED, State.REVIEWED})
"""How a request stands that was redirected: some of it may have been answered before, or unasked since."""
