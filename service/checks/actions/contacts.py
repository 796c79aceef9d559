"""Brings requests in line with what is said of people: that two are one, and that there are no children."""

import uuid

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import sending
from service.checks.actions.raising import reconsider
from service.checks.kinds import KINDS
from service.checks.model import Check, CheckRequest
from service.checks.people_facts import household_of
from service.checks.rules import OF_HOUSEHOLD, Household, Question, SubjectRef, person_ref
from service.checks.states import SET_ASIDE, UNSENT, Action, State
from service.gathering import rows_of
from service.people.model import Person

NO_CHILDREN = "no_children"
"""Why a question whether there are children goes to nobody: the practitioner has answered it."""


@bypasses_row_security
def follow_sameness(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Reconsider a person's checks after it was decided whether two contacts are the same.

    Who is somebody else is asked about, and what waits about one who is the same is replaced by the request
    about the other.
    """
    reconsider(session, actor, person_id)
    checks = writes.lock_all(session, Check.person_id == person_id)
    requests = queries.requests_of(session, list(checks))
    queries.subjects_of(session, [request.id for request in requests])  # read at once, for all of them
    household = household_of(session, session.get_one(Person, person_id))
    asked_as = {f"contact:{one.id}": one.asked_as for one in household.contacts}
    moves = []
    for request in requests:
        if request.obligation not in asked_as:
            continue
        check, first = checks[request.check_id], asked_as[request.obligation]
        others = [one for one in requests if checks[one.check_id].kind == check.kind and one is not request]
        if first is None and request.state == State.SUPERSEDED:
            question = _asked_after_all(session, check, request, others, household)
            if question is not None:
                successor = writes.add_request(session, actor, check, question, follows=request)
                sending.send_or_wait(session, actor, successor, question)
                writes.recount(session, actor, check)
        elif first is not None and State(request.state) in UNSENT:
            by = _about(session, others, first)
            moves += [_superseded(request, by)] if by is not None else []
    writes.move_all(session, actor, moves)


def _asked_after_all(
    session: Session, check: Check, request: CheckRequest, others: list[CheckRequest], household: Household
) -> Question | None:
    """Return what is asked about somebody whose request was replaced; None where one about them stands."""
    kind = KINDS[check.kind]
    line = next((one for one in kind.lines(household) if one.key == request.obligation), None)
    if line is None or _about(session, others, line.subjects[0].id) is not None:
        return None
    subjects = (person_ref(household), *line.subjects)
    missing = (*kind.missing_for_all(household), *line.missing)
    return Question(f"again:{request.id}", line.area, subjects, missing, line.identified)


@bypasses_row_security
def settle_children(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """End the requests that wait to hear whether a change has brought children with it, once that is known.

    A child who was put on record is asked about instead. After "no" nobody is: that takes no manager, since
    the same answer in a submission raises nothing. What an authority has been asked already it still answers.

    Args:
        person_id: of a person whose checks were just reconsidered.
    """
    known: list[Check] = rows_of(session, Check.person_id, [person_id])
    requests = queries.requests_of(session, [check.id for check in known])
    waiting = [one for one in requests if State(one.state) in UNSENT and _asks_whether(one)]
    if not waiting:
        return
    household = household_of(session, session.get_one(Person, person_id))
    children = {SubjectRef("contact", one.id) for one in household.contacts if one.is_child}
    if household.children_asked or not (children or household.children == "no"):
        return
    kind_of = {check.id: check.kind for check in known}
    writes.lock_all(session, Check.id.in_({one.check_id for one in waiting}))
    moves = []
    for request in waiting:
        instead = (
            one
            for one in reversed(requests)
            if kind_of[one.check_id] == kind_of[request.check_id]
            and one.required_at > request.required_at
            and State(one.state) not in SET_ASIDE
            and not children.isdisjoint(queries.subjects_of(session, [one.id]))
        )
        by = next(instead, None)
        cancel = writes.require(request, Action.CANCEL, side="probation", manager=True)
        moves.append(_superseded(request, by) if by else writes.Move(request, cancel, reason=NO_CHILDREN))
    writes.move_all(session, actor, moves)


def _asks_whether(request: CheckRequest) -> bool:
    """Return whether a request waits to hear whether there are children, or who they are."""
    return any(one["kind"] == "person" and one["detail"] in OF_HOUSEHOLD for one in request.missing)


def _about(session: Session, requests: list[CheckRequest], contact_id: uuid.UUID) -> CheckRequest | None:
    """Return the newest of some requests that is about a contact, and that no other replaces."""
    standing = (one for one in reversed(requests) if State(one.state) not in SET_ASIDE)
    about = SubjectRef("contact", contact_id)
    return next((one for one in standing if about in queries.subjects_of(session, [one.id])), None)


def _superseded(request: CheckRequest, by: CheckRequest) -> writes.Move:
    row = writes.require(request, Action.SUPERSEDE, side="service")
    return writes.Move(request, row, data={"succeeded_by": by.id}, changes={"succeeded_by_id": by.id})
