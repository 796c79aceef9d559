"""Redirects: an agency names another that should have been asked. The second one in a row is for probation.

Two agencies that redirect to each other would start the deadline anew each time, and nobody would be late. So
the first redirect sends the question on, and from the second all who were asked stay asked, each with the
deadline it had, until somebody of probation says who is asked or one of them answers.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import asked, queries, writes
from service.checks.actions import sending
from service.checks.actions.comparing import require_sendable_to_agencies
from service.checks.basis import has_basis
from service.checks.completeness import still_open
from service.checks.model import CheckRequest
from service.checks.rules import Question, SubjectRef
from service.checks.states import TABLE, UNANSWERED, Action, Row, State
from service.errors import Fault
from service.http.problems import invalid


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
        Problem: 409 when its state does not permit it; 422 when it is the area of this request itself.
    """
    row = writes.require(request, Action.MISDIRECT, side="agency")
    if to_area == request.area:
        raise invalid([Fault("/to_area", "This is the area that was asked.")])
    redirect = _send_on if row.event == "check_request.misdirected" else _dispute
    now = redirect(session, actor, request, row, to_area)
    writes.add_message(session, actor, request, "misdirection", reason, code=to_area)
    return now


@bypasses_row_security
def settle_redirect(session: Session, actor: Actor, request: CheckRequest, area: str, reason: str) -> None:
    """Say who is asked where agencies redirect a question to each other; the others are asked no longer.

    Args:
        area: of one of them, or another area, whose agency is asked in their place.
        reason: why; shown to the agency that is asked.

    Raises:
        Problem: 409 when no redirect is disputed; 422 when the reason gives away what an agency may not know.
    """
    writes.require(request, Action.SETTLE_REDIRECT, side="probation")
    parties = disputing(session, request)
    named = next((party for party in parties if party.area == area), None)
    if named is None:
        named = add_successor(session, actor, request, f"settled:{request.id}", area, redirects=0)
    else:
        # One that asks back is asked already.
        facts = queries.facts_about(named)
        for row in TABLE.permitted(State(named.state), "probation", facts, at="transitions"):
            if row.action is Action.SETTLE_REDIRECT:
                writes.move(session, actor, named, row, fields=("area", "reason"))
    check = queries.check_of(session, request)
    require_sendable_to_agencies(session, check, [named], {"/reason": reason})
    carry_on(session, actor, parties, named)
    writes.add_message(session, actor, named, "asked_again", reason)


def disputing(session: Session, request: CheckRequest) -> list[CheckRequest]:
    """Return the requests whose agencies redirect a question to each other, this one among them, or none."""
    if request.disputed_by_id is None:
        return []
    of_record = queries.requests_about(session, request.person_id)
    return [each for each in of_record if each.disputed_by_id == request.disputed_by_id]


def carry_on(session: Session, actor: Actor, replaced: Iterable[CheckRequest], by: CheckRequest) -> None:
    """Replace unanswered requests by another, which carries the question on; that one itself stays."""
    moves = [
        left_to(session, request, by)
        for request in replaced
        if request is not by and State(request.state) in UNANSWERED
    ]
    writes.move_all(session, actor, moves)


def left_to(session: Session, request: CheckRequest, by: CheckRequest) -> writes.Move:
    """Return the move by which another request carries on what one has not answered; its answers stay."""
    results = queries.results_of(session, [request.id])
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
    session: Session, actor: Actor, request: CheckRequest, name: str, area: str | None, *, redirects: int
) -> CheckRequest:
    """Ask the question of a request in another one of the same check; its exposure is carried over.

    Args:
        name: of the new request within the check.
        redirects: how often the question has been redirected by then.

    Returns:
        The request that asks: a new one, or the open one of its agency that it has joined.
    """
    check = queries.check_of(session, request)
    question = _as_asked(session, request, name, area)
    successor = writes.add_request(session, actor, check, question, follows=request, redirects=redirects)
    sending.send_or_wait(session, actor, successor, question)
    now = session.get_one(CheckRequest, successor.succeeded_by_id or successor.id)
    for served in writes.checks_served(session, [request])[request.id]:
        writes.join(session, served, now)
    return now


def _as_asked(session: Session, request: CheckRequest, name: str, area: str | None) -> Question:
    """Return the question of a request for an area: what it has answered is asked of nobody else.

    But who the person is helps to find the others, and another agency is asked about the person, too.
    """
    subjects = writes.subjects_in(session, request)
    person = SubjectRef("person", request.person_id)
    left = {subject: row for subject, row in subjects.items() if row.answered_by is None or subject == person}
    helps = {subject for subject, row in left.items() if row.context}
    if person in left and left[person].answered_by is not None and area == request.area:
        helps.add(person)
    return Question(name, area, tuple(sorted(left)), context=frozenset(helps), family=request.family)


def _send_on(session: Session, actor: Actor, request: CheckRequest, row: Row, to_area: str) -> CheckRequest:
    redirects = request.redirects + 1
    name = f"redirected:{request.id}"
    successor = add_successor(session, actor, request, name, to_area, redirects=redirects)
    changes: dict[str, Any] = {"succeeded_by_id": successor.id, "redirects": redirects}
    if row.target is State.RETURNED:
        changes["answered_at"] = queries.results_of(session, [request.id])[-1].returned_at
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


def _dispute(session: Session, actor: Actor, request: CheckRequest, row: Row, _to_area: str) -> CheckRequest:
    begun_by = request.disputed_by_id or request.id
    check = queries.check_of(session, request)
    # Once sharing has ended nobody is asked who is not asked already.
    basis = has_basis(session, check.person_id, check.probation_id)
    before = [
        each
        for each in queries.requests_about(session, request.person_id)
        if basis and each.succeeded_by_id == request.id and State(each.state) in _ASKED_BEFORE
    ]
    again: list[writes.Move] = []
    asked_already: list[tuple[CheckRequest, CheckRequest, Question]] = []
    for each in before:
        question = _as_asked(session, each, each.obligation, each.area)
        already = each.agency_id and sending.open_request(session, each, each.agency_id, question)
        if already:
            asked_already.append((each, already, question))
        else:
            asking = writes.require(each, Action.ASK_BOTH, side="service")
            back = {"succeeded_by_id": None, "disputed_by_id": begun_by, "asked_no_longer": False}
            again.append(writes.Move(each, asking, changes=back))
    changes = {"redirects": request.redirects + 1, "disputed_by_id": begun_by}
    writes.move_all(session, actor, [writes.Move(request, row, changes=changes), *again])
    for move in again:
        if move.row.target is State.PARTIALLY_RETURNED:
            _ask_what_was_sent_on(session, actor, move.request, request)
    for each, already, question in asked_already:
        # It has been asked something else since: what it redirected joins that.
        writes.note_part_in_dispute(already, begun_by)
        writes.record_event(session, actor, already, "check_request.redirect_disputed", ("disputed_by",))
        sending.carry(session, actor, each, already, question)
    return request


def _ask_what_was_sent_on(session: Session, actor: Actor, request: CheckRequest, by: CheckRequest) -> None:
    """Ask an agency that has answered something what another, which it named, says is its own to answer.

    Where it has said something of all of it, all of it is asked again.
    """
    question = _as_asked(session, by, request.obligation, request.area)
    with writes.following_the_first_due(session, request):
        writes.add_subjects(session, request, question)
        if not still_open(asked.to_answer(session, request), ()):
            writes.ask_anew(session, request, {*question.subjects} - question.context)
        sending.tell_anew(session, actor, request, "asked_again")


_ASKED_BEFORE: Final = frozenset({State.MISDIRECTED, State.RETURNED, State.REVIEWED})
"""How a request stands that was redirected: some of it may have been answered before, or unasked since."""
