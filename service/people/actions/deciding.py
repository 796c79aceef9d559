"""Four eyes for people: looks up what a manager did in the case, and refuses one who may not decide.

The rule itself is in `service.access.four_eyes`. What a manager did is read from the events and from how the
case was held, which are permanent, so that neither a change of role nor of the accountable practitioner
undoes it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from service.access.actor import Actor, Practitioner
from service.access.four_eyes import Matter, OwnWork, is_manager, is_own_case
from service.access.permissions import MANAGERS
from service.events.model import Event
from service.http.problems import forbidden, role_required
from service.people import holding_queries
from service.people.model import CaseHolding, Person

_ASKED = "agreement.asked"
_HELD = "held"
_OF_A_CASE = ("person.opened", "referral.submitted", "referral.amended", _HELD)


def own_work(
    session: Session,
    actor: Actor,
    person_ids: Iterable[UUID],
    *,
    asked_for: ColumnElement[bool] | None = None,
    roles: Collection[str] = MANAGERS,
) -> OwnWork:
    """Return what the caller did in people's cases, in one query; empty unless the caller is a manager.

    Args:
        person_ids: of people whom the caller may know of.
        asked_for: the condition on events that asked for the decision, beside those of agreements.
        roles: the roles that may decide.
    """
    people = set(person_ids)
    if actor.practitioner is None or not is_manager(actor, roles) or not people:
        return OwnWork()
    asking = false() if asked_for is None else asked_for
    who = actor.practitioner.id
    acted = (
        select(Event.name, Event.person_id, Event.subject_id, Event.data)
        .where(
            Event.person_id.in_(people),
            Event.organisation_id == actor.organisation_id,
            Event.practitioner_id == who,
            or_(Event.name.in_((*_OF_A_CASE, _ASKED)), asking),
        )
        .distinct()
    )
    held = select(literal(_HELD), CaseHolding.person_id, CaseHolding.person_id, null()).where(
        CaseHolding.person_id.in_(people),
        CaseHolding.organisation_id == actor.organisation_id,
        or_(CaseHolding.practitioner_id == who, CaseHolding.caretaker_id == who),
    )
    done: Sequence[Any] = session.execute(union_all(acted, held)).all()
    return OwnWork(
        people=frozenset(row.person_id for row in done if row.name in _OF_A_CASE),
        asked_for=frozenset(row.subject_id for row in done if row.name not in {*_OF_A_CASE, _ASKED}),
        agreements=frozenset(
            (row.data["kind"], UUID(row.data["subject"])) for row in done if row.name == _ASKED
        ),
    )


def answers_for(session: Session, actor: Actor, person: Person) -> bool:
    """Return whether a caller answers for a case: as its practitioner, in its team, or as a manager.

    To have submitted or recorded something is not enough: anybody in the region could have.

    Args:
        person: a record of the caller's region; where nobody is accountable yet, everybody there answers.
    """
    held = holding_queries.holding_of(session, person.id)
    if held is None or is_manager(actor):
        return True
    answering = {held.practitioner_id, holding_queries.caretaker_now(held)}
    team = {one.practitioner_id for one in holding_queries.team_of(session, person.id)}
    return actor.practitioner is not None and actor.practitioner.id in answering | team


def require_on_the_case(session: Session, actor: Actor, person: Person) -> None:
    """Require that a caller answers for a case, or is a manager.

    Raises:
        Problem: 403 `role-required`.
    """
    if not answers_for(session, actor, person):
        raise forbidden(
            "role-required",
            "Not for this role",
            "Needs the practitioner who answers for the case, its team, or one of: "
            + ", ".join(MANAGERS)
            + ".",
        )


def require_independent_manager(
    actor: Actor, matter: Matter, own: OwnWork, *, roles: Collection[str] = MANAGERS
) -> Practitioner:
    """Return the manager behind a call, and refuse one who may not decide.

    Args:
        own: what this caller did in the case.
        roles: that decide it.

    Raises:
        Problem: 403 `role-required`, or `own-case` for a manager whose own case or asking it is.
    """
    if actor.practitioner is None or not is_manager(actor, roles):
        raise role_required(roles)
    if is_own_case(actor, matter, own):
        raise forbidden(
            "own-case",
            "This is your own case",
            "A manager decides who has never answered for the case, neither submitted nor amended a referral "
            "of this person, and neither asked for nor proposed what is decided.",
        )
    return actor.practitioner
