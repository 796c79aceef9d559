"""Brings requests in line with what is said of people: that two are one, and whether there are children."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks import queries, writes
from service.checks.model import CheckRequest
from service.checks.rules import OF_HOUSEHOLD, Household, SubjectRef
from service.checks.states import SET_ASIDE, UNSENT, Action, State
from service.people import queries as people

NO_CHILDREN = "no_children"
"""Why a question whether there are children goes to nobody: the practitioner has answered it."""


def follow_contacts(session: Session, actor: Actor, household: Household) -> None:
    """End what waits about somebody who is asked about already, or about children of whom it is known now.

    Args:
        household: of a person whose checks are locked, and in line with it.
    """
    requests = queries.requests_about(session, household.person.id)
    waiting = [one for one in requests if State(one.state) in UNSENT]
    if not waiting:
        return
    moves = [
        *_about_who_is_another(session, waiting, requests, household),
        *_whether_there_are_children(session, waiting, requests, household),
    ]
    writes.move_all(session, actor, moves)


def _about_who_is_another(
    session: Session, waiting: Iterable[CheckRequest], requests: list[CheckRequest], household: Household
) -> list[writes.Move]:
    """Replace what waits about one who is said to be the same as another by the request about that one."""
    around = people.household(session, household.person.id).contacts
    decided = {each for one in around if one.same for each in (one.id, one.alike_id)}
    asked_as = {f"contact:{one.id}": one.asked_as for one in household.contacts if one.id in decided}
    moves = []
    for request in waiting:
        first = asked_as.get(request.obligation)
        if first is not None:
            by = _standing_about(session, request, requests, {SubjectRef("contact", first)})
            moves += [writes.replaced(request, by)] if by is not None else []
    return moves


def _whether_there_are_children(
    session: Session, waiting: Iterable[CheckRequest], requests: list[CheckRequest], household: Household
) -> list[writes.Move]:
    """End what waits to hear whether a change has brought children with it, once that is known.

    A child who was put on record is asked about instead. After "no" nobody is: that takes no manager, since
    the same answer in a submission raises nothing. What an authority has been asked already it still answers.
    """
    children = {SubjectRef("contact", one.id) for one in household.contacts if one.is_child}
    if household.children_asked or not (children or household.children == "no"):
        return []
    moves = []
    for request in waiting:
        if _asks_whether(request):
            later = [one for one in requests if one.required_at > request.required_at]
            by = _standing_about(session, request, later, children)
            cancel = writes.require(request, Action.CANCEL, side="probation", manager=True)
            moves.append(
                writes.replaced(request, by) if by else writes.Move(request, cancel, reason=NO_CHILDREN)
            )
    return moves


def _asks_whether(request: CheckRequest) -> bool:
    """Return whether a request waits to hear whether there are children, or who they are."""
    return any(one["kind"] == "person" and one["detail"] in OF_HOUSEHOLD for one in request.missing)


def _standing_about(
    session: Session, request: CheckRequest, requests: list[CheckRequest], about: set[SubjectRef]
) -> CheckRequest | None:
    """Return the newest other request of the kind that is about some subject, and that no other replaces."""
    standing = (
        one
        for one in reversed(requests)
        if one is not request and one.kind == request.kind and State(one.state) not in SET_ASIDE
    )
    return next((one for one in standing if about & set(queries.subjects_of(session, [one.id]))), None)
