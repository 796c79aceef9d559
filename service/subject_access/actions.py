"""Opens a request for subject access, decides about its texts, releases the copy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.four_eyes import Matter, OwnWork, may_decide
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.events.model import Event
from service.http.problems import conflict, invalid
from service.people.actions.deciding import own_work, require_independent_manager
from service.people.model import Person
from service.subject_access import queries, rules, writes
from service.subject_access.model import SubjectAccess
from service.subject_access.states import TABLE, Action, Facts, State

PREPARED: Final = (TABLE.initial[State.OPEN], "subject_access.texts_decided")
"""The events of whoever prepares a copy: they do not release it."""


def open_request(session: Session, actor: Actor, person: Person, body: Mapping[str, Any]) -> SubjectAccess:
    """Open a request of a person for what is held about them.

    Args:
        person: locked.
        body: a valid `SubjectAccessSubmission`.

    Raises:
        Problem: 409 where one is open already.
    """
    if queries.is_open(session, person.id):
        raise conflict("This person already has an open request.")
    return writes.open_request(session, actor, person_id=person.id, probation_id=person.holder_id, **body)


def own_of(session: Session, actor: Actor, asked: SubjectAccess) -> OwnWork:
    """Return what a manager did in the case and for this copy, in one query."""
    return own_work(session, actor, [asked.person_id], asked_for=Event.name.in_(PREPARED))


def facts_of(actor: Actor, asked: SubjectAccess, own: OwnWork) -> Facts:
    """Return what the table must know of a caller.

    Args:
        own: what they did in the case and for this copy.
    """
    return Facts(independent=may_decide(actor, _matter(asked), own))


def move(
    session: Session,
    actor: Actor,
    asked: SubjectAccess,
    given: Mapping[str, Any],
    *,
    copy: rules.Prepared | None,
    own: OwnWork,
) -> tuple[rules.Prepared | None, OwnWork]:
    """Take one step of a request.

    Args:
        asked: locked.
        given: a valid `SubjectAccessTransition`.
        copy: as it is prepared now.
        own: what the caller did in the case and for this copy.

    Returns:
        The copy, and what the caller did, as they are after it.

    Raises:
        Problem: 403 to who may not release it; 409 in another state, or while a text is not decided about;
            422 naming everything that is wrong with decisions.
    """
    action, facts = Action(given["action"]), facts_of(actor, asked, own)
    if action is Action.RELEASE:
        require_independent_manager(actor, _matter(asked), own)
    writes.require(asked, action, facts)
    if copy is None:
        raise LookupError("a step is possible, and nothing is prepared")
    match action:
        case Action.DECIDE_TEXTS:
            texts = _decided(actor, asked, copy, given["texts"])
            writes.move(session, actor, asked, action, facts=facts, texts=texts)
            own = replace(own, asked_for=own.asked_for | {asked.id})
            return rules.prepared(copy.copy, texts, copy.matcher), own
        case Action.RELEASE:
            writes.move(session, actor, asked, action, facts=facts, copy=_released(copy))
        case Action.WITHDRAW:
            writes.move(session, actor, asked, action, facts=facts, reason=given["reason"])
    return None, own


def _matter(asked: SubjectAccess) -> Matter:
    return Matter(person_id=asked.person_id, subjects=frozenset({asked.id}))


def _decided(
    actor: Actor, asked: SubjectAccess, prepared: rules.Prepared, sent: list[Mapping[str, Any]]
) -> Mapping[str, Any]:
    if faults := rules.faults_of(sent, prepared):
        raise invalid(Fault(one.pointer, one.words) for one in faults)
    who = actor.practitioner
    about = {one.path: one.text for one in prepared.texts}
    new = {
        one["path"]: {
            **{name: value for name, value in one.items() if name != "path"},
            "digest": rules.digest_of(about[one["path"]]),
            "by": who.id if who else None,
        }
        for one in sent
    }
    return {**asked.texts, **new}


def _released(prepared: rules.Prepared) -> Mapping[str, Any]:
    if waiting := rules.undecided(prepared.texts):
        raise conflict("Decide on each text first.", undecided=waiting)
    return rules.as_given(prepared, released_on=clock.today())


@bypasses_row_security
def follow_transfer(session: Session, person_id: UUID, probation_id: UUID) -> None:
    """Set the region that answers the requests about a person from now on."""
    writes.follow_case(session, person_id, probation_id)
