"""Redirects: an agency names another that should have been asked. The second one in a row is for probation.

Two agencies that redirect to each other would start the deadline anew each time, and nobody would be late. So
the first redirect sends the question on, and from the second all who were asked stay asked, each with the
deadline it had, until somebody of probation says who is asked or one of them answers.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import sending
from service.checks.actions.comparing import require_sendable_to_agencies
from service.checks.basis import has_basis
from service.checks.model import CheckRequest
from service.checks.rules import Question
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
    asked = _send_on if row.target is State.MISDIRECTED else _dispute
    now = asked(session, actor, request, row, to_area)
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
    asked = next((party for party in parties if party.area == area), None)
    if asked is None:
        asked = add_successor(session, actor, request, f"settled:{request.id}", area, redirects=0)
    else:
        # One that asks back, or has answered in part, is asked already.
        facts = queries.facts_about(asked)
        for row in TABLE.permitted(State(asked.state), "probation", facts, at="transitions"):
            if row.action is Action.SETTLE_REDIRECT:
                writes.move(session, actor, asked, row, fields=("area", "reason"))
    check = queries.check_of(session, request)
    require_sendable_to_agencies(session, check, [asked], {"/reason": reason})
    carry_on(session, actor, parties, asked)
    writes.add_message(session, actor, asked, "asked_again", reason)


def disputing(session: Session, request: CheckRequest) -> list[CheckRequest]:
    """Return the requests whose agencies redirect a question to each other, this one among them, or none."""
    if request.disputed_by_id is None:
        return []
    of_record = queries.requests_about(session, request.person_id)
    return [each for each in of_record if each.disputed_by_id == request.disputed_by_id]


def carry_on(session: Session, actor: Actor, replaced: Iterable[CheckRequest], by: CheckRequest) -> None:
    """Replace unanswered requests by another, which carries the question on; that one itself stays."""
    moves = [
        writes.replaced(request, by)
        for request in replaced
        if request is not by and State(request.state) in UNANSWERED
    ]
    writes.move_all(session, actor, moves)


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
    """Return the question of a request for an area."""
    subjects = writes.subjects_in(session, request)
    helps = frozenset(subject for subject, row in subjects.items() if row.context)
    return Question(name, area, tuple(sorted(subjects)), context=helps, family=request.family)


def _send_on(session: Session, actor: Actor, request: CheckRequest, row: Row, to_area: str) -> CheckRequest:
    redirects = request.redirects + 1
    name = f"redirected:{request.id}"
    successor = add_successor(session, actor, request, name, to_area, redirects=redirects)
    writes.move(
        session,
        actor,
        request,
        row,
        changes={"succeeded_by_id": successor.id, "redirects": redirects},
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
        if basis and each.succeeded_by_id == request.id and each.state == State.MISDIRECTED
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
            again.append(
                writes.Move(each, asking, changes={"succeeded_by_id": None, "disputed_by_id": begun_by})
            )
    changes = {"redirects": request.redirects + 1, "disputed_by_id": begun_by}
    writes.move_all(session, actor, [writes.Move(request, row, changes=changes), *again])
    for each, already, question in asked_already:
        # It has been asked something else since: what it redirected joins that.
        writes.note_part_in_dispute(already, begun_by)
        writes.record_event(session, actor, already, "check_request.redirect_disputed", ("disputed_by",))
        sending.carry(session, actor, each, already, question)
    return request
