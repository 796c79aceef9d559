"""Which cases of a practitioner need somebody else, as they have left or are away. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import Session

from service.destinations.states import OPEN
from service.organisations import register
from service.organisations.model import Staff
from service.people.model import CaseHolding, Person, TeamMember
from service.people.policies import AWAY_TIMER, OWNER_TIMER
from service.referrals.model import DestinationReferral, Referral
from service.timers.model import Clock
from service.timers.queries import STOPPED


class AbsentCase(NamedTuple):
    """A case of a practitioner who may be away.

    `wanting`: something is urgent and no caretaker is there to act. `asked`: the SPO has been
    asked for cover.
    """

    holding: CaseHolding
    wanting: bool
    asked: bool


def left_behind(session: Session, organisation_id: UUID, practitioner: str) -> CaseHolding | None:
    """Return one case of a practitioner that has not been called ownerless; None if there is none."""
    said = exists().where(
        Clock.subject_kind == "case_holding", Clock.subject_id == CaseHolding.id, Clock.timer == OWNER_TIMER
    )
    return session.scalar(
        select(CaseHolding)
        .where(_held_by(organisation_id, practitioner), ~said)
        .order_by(CaseHolding.person_id)
        .limit(1)
    )


def part_left_behind(session: Session, organisation_id: UUID, practitioner: str) -> TeamMember | None:
    """Return one part of a member of staff in the team of a case, one that has not ended, if there is any."""
    return session.scalar(
        select(TeamMember)
        .where(
            TeamMember.organisation_id == organisation_id,
            TeamMember.practitioner_id == practitioner,
            TeamMember.until_at.is_(None),
        )
        .order_by(TeamMember.person_id, TeamMember.id)
        .limit(1)
    )


def caretaken_by(
    session: Session, organisation_id: UUID, practitioner: str, now: datetime
) -> CaseHolding | None:
    """Return one case whose caretaker a practitioner is, and for which no cover has been asked, if any."""
    return session.scalar(
        select(CaseHolding)
        .where(
            CaseHolding.organisation_id == organisation_id,
            CaseHolding.caretaker_id == practitioner,
            CaseHolding.caretaker_until > now,
            CaseHolding.ended_at.is_(None),
            ~_merged(),
            ~_asked_for_cover(),
        )
        .order_by(CaseHolding.person_id)
        .limit(1)
    )


def cases_of(
    session: Session, organisation_id: UUID, practitioner: str, now: datetime
) -> Sequence[AbsentCase]:
    """Return the cases of a practitioner, in one statement."""
    running = exists().where(
        Clock.person_id == CaseHolding.person_id,
        Clock.probation_id == organisation_id,
        Clock.state != STOPPED,
        Clock.state == "running",
        Clock.urgency == "urgent",
    )
    referred = exists().where(
        Referral.person_id == CaseHolding.person_id,
        Referral.probation_id == organisation_id,
        Referral.urgency == "urgent",
        DestinationReferral.referral_id == Referral.id,
        DestinationReferral.state.in_(sorted(OPEN)),
    )
    # A caretaker who is away too, or has left, acts for nobody.
    absent = exists().where(
        Staff.organisation_id == organisation_id,
        Staff.id == CaseHolding.caretaker_id,
        or_(Staff.ended_at <= now, register.away(now)),
    )
    acted_for = case((and_(CaseHolding.caretaker_until > now, ~absent), True), else_=False)
    asked = _asked_for_cover()
    rows = session.execute(
        select(CaseHolding, and_(or_(running, referred), ~acted_for), asked)
        .where(_held_by(organisation_id, practitioner))
        .order_by(CaseHolding.person_id)
    )
    return [AbsentCase(*row) for row in rows]


def _asked_for_cover() -> ColumnElement[bool]:
    return exists().where(
        Clock.subject_kind == "case_holding",
        Clock.subject_id == CaseHolding.id,
        Clock.timer == AWAY_TIMER,
        Clock.state != STOPPED,
    )


def _merged() -> ColumnElement[bool]:
    """Return the condition that a record follows the one that stands for it."""
    return exists().where(Person.id == CaseHolding.person_id, Person.same_as_id.is_not(None))


def _held_by(organisation_id: UUID, practitioner: str) -> ColumnElement[bool]:
    return and_(
        ~_merged(),
        CaseHolding.organisation_id == organisation_id,
        CaseHolding.practitioner_id == practitioner,
        CaseHolding.ended_at.is_(None),
    )
