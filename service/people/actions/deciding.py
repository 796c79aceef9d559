"""Who may decide about a case: looks up what a caller did in it and how they stand to it, and refuses others.

The rules themselves are in `service.access.four_eyes` and `service.access.case_acts`. What a manager did is
read from the events and from how the case was held, which are permanent, so that neither a change of role nor
of the accountable practitioner undoes it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Subquery,
    and_,
    exists,
    false,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from service import clock
from service.access.actor import Actor, Practitioner
from service.access.case_acts import ACTS, TAKES, Act, may_act
from service.access.four_eyes import Matter, OwnWork, is_manager, is_own_case
from service.access.permissions import MANAGERS
from service.events.model import Event
from service.gathering import is_key_made
from service.http.problems import forbidden, not_accountable, role_required
from service.people import aliases
from service.people.model import CaseHolding, Person
from service.people.policies import OWNER_TIMER
from service.timers.model import Clock
from service.timers.queries import STOPPED

_ASKED = "agreement.asked"
_HELD = "held"
_OF_A_CASE = ("person.opened", "referral.submitted", "referral.amended", _HELD)
# Made once: its columns cost more than the statement.
_Twin, _Record, _HeldRecord, _Merged = (aliased(Person) for _ in range(4))


def own_work(
    session: Session,
    actor: Actor,
    person_ids: Iterable[UUID],
    *,
    asked_for: ColumnElement[bool] | None = None,
    roles: Collection[str] = MANAGERS,
) -> OwnWork:
    """Return what a manager did in people's cases, or how anybody else stands to them; in one query at most.

    Args:
        person_ids: of people whom the caller may know of.
        asked_for: the condition on events that asked for the decision, beside those of agreements.
        roles: the roles that may decide.
    """
    people = set(person_ids)
    if actor.practitioner is None or not people:
        return OwnWork()
    if not is_manager(actor):
        return _standing(session, actor, actor.practitioner, people)
    if not is_manager(actor, roles):
        return OwnWork()
    asking = false() if asked_for is None else asked_for
    who = actor.practitioner.id
    # Also on another record of the same CRN: of a limited case, a colleague who is not named makes one.
    # And of a CRN that was merged with it.
    of_case = _crns_of_each(people)
    acted = (
        select(Event.name, of_case.c.id, Event.subject_id, Event.data)
        .join(_Twin, _Twin.id == Event.person_id)
        .join(of_case, of_case.c.crn == _Twin.crn)
        .where(
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
        people=frozenset(row[1] for row in done if row.name in _OF_A_CASE),
        asked_for=frozenset(row.subject_id for row in done if row.name not in {*_OF_A_CASE, _ASKED}),
        agreements=frozenset(
            (row.data["kind"], UUID(row.data["subject"])) for row in done if row.name == _ASKED
        ),
    )


def _crns_of_each(people: set[UUID]) -> Subquery:
    """Select the CRNs of some records: each one's own, and those that were merged with it."""
    stands = aliases.stands_for(_HeldRecord)
    # One join for each way in which two records are one person's: with `or_`, every record is read for it.
    others = (
        select(_Record.id, _Merged.crn)
        .join(_HeldRecord, and_(_HeldRecord.crn == _Record.crn, _HeldRecord.held))
        .join(_Merged, joined)
        for joined in (_Merged.id == stands, _Merged.same_as_id == stands)
    )
    own = select(_Record.id, _Record.crn)
    return union(*(each.where(_Record.id.in_(people)) for each in (own, *others))).subquery("of_case")


def _standing(session: Session, actor: Actor, who: Practitioner, people: set[UUID]) -> OwnWork:
    """Return for which people a practitioner is accountable now, or acts for whoever is.

    Where nobody has ever been accountable, everybody of the region is; where whoever was has left, nobody.
    Who has just made a record is accountable for it.
    """
    if actor.side != "probation":
        return OwnWork()
    made = {one for one in people if is_key_made(session, Person, (one,))}
    people = people - made
    if not people:
        return OwnWork(accountable=frozenset(made))
    left = exists().where(
        Clock.subject_kind == "case_holding",
        Clock.subject_id == CaseHolding.id,
        Clock.timer == OWNER_TIMER,
        Clock.state != STOPPED,
    )
    held = session.execute(
        select(
            CaseHolding.person_id,
            CaseHolding.practitioner_id,
            CaseHolding.caretaker_id,
            CaseHolding.caretaker_until,
            left.label("left"),
        ).where(
            CaseHolding.person_id.in_(people),
            CaseHolding.organisation_id == actor.organisation_id,
            CaseHolding.ended_at.is_(None),
        )
    ).all()
    now = clock.now()
    return OwnWork(
        accountable=frozenset(made | people - {row.person_id for row in held})
        | {row.person_id for row in held if row.practitioner_id == who.id and not row.left},
        caretaking=frozenset(
            row.person_id
            for row in held
            if row.caretaker_id == who.id and row.caretaker_until is not None and now < row.caretaker_until
        ),
    )


def require_to_act(actor: Actor, act: Act, person_id: UUID, own: OwnWork) -> None:
    """Require that a caller may do something about a case.

    Args:
        own: how the caller stands to it.

    Raises:
        Problem: 403 `not-accountable`.
    """
    if not may_act(actor, act, person_id, own):
        raise not_accountable(TAKES[ACTS[act].takes])


def require_act(session: Session, actor: Actor, act: Act, person: Person) -> None:
    """Look up how a caller stands to a case, and require that they may do something about it.

    Raises:
        Problem: 403 `not-accountable`.
    """
    require_to_act(actor, act, person.id, own_work(session, actor, [person.id]))


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
