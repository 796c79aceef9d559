"""Clocks for tests: who is in them, starting them, and reading back what they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from service import db, timers
from service.access.actor import Actor
from service.organisations.model import Organisation
from service.timers import ClockCase, Subject
from service.timers.model import Clock, ClockFiring, NoticeItem
from service.timers.responders import register_policies
from tests import rows
from tests.cast import PARTS
from tests.timers.samples import POLICE_DA

register_policies("police_force", [POLICE_DA["key"]])
SERVICE = Actor.for_service("test")


@dataclass(frozen=True)
class Factory:
    """The organisations that clocks are about, by the part they play in the cast."""

    ids: dict[str, UUID]

    @classmethod
    def set_up(cls) -> "Factory":
        """Publish a policy in the bound database, which has the calendars."""
        with db.transaction("owner") as session:
            timers.publish_policies(session, [POLICE_DA])
            known = {(one.kind, one.code): one.id for one in session.scalars(select(Organisation))}
        return cls({name: known[part.kind, part.code] for name, part in PARTS.items()})

    def case(self, **other: Any) -> ClockCase:
        given: dict[str, Any] = {
            "referral_id": None,
            "person_id": None,
            "probation_id": self.ids["probation"],
            "responder_id": self.ids["police"],
            "practitioner": "p.shah",
            "pdu": "Leeds",
            "label": "police_da",
        }
        return ClockCase(**{**given, **other})

    def start(
        self,
        timer: str = "answer",
        *,
        subject: Subject | None = None,
        policy: str = "police_da.trial",
        anchor: datetime | None = None,
        hard_date: datetime | None = None,
        urgency: Literal["routine", "urgent"] = "routine",
        **case: Any,
    ) -> Subject:
        """Start a clock in a transaction of the API; return its subject."""
        subject = subject or Subject("check_request", db.new_id())
        with rows.transaction() as session:
            timers.start(
                session,
                SERVICE,
                subject,
                timer,
                policy=policy,
                case=self.case(**case),
                anchor=anchor,
                hard_date=hard_date,
                urgency=urgency,
            )
        return subject


def stop(subject: Subject, reason: str = "answered") -> None:
    with rows.transaction() as session:
        timers.stop(session, subject, reason)


def all_clocks() -> dict[UUID, Clock]:
    """Return every clock by its subject, where each subject has one."""
    with rows.transaction() as session:
        return {row.subject_id: row for row in session.scalars(select(Clock))}


def all_fired() -> dict[UUID, list[ClockFiring]]:
    """Return what every clock fired, by its subject and in order."""
    with rows.transaction() as session:
        every = session.execute(
            select(Clock.subject_id, ClockFiring)
            .join(ClockFiring, ClockFiring.clock_id == Clock.id)
            .order_by(ClockFiring.ordinal)
        ).all()
    found: dict[UUID, list[ClockFiring]] = {}
    for subject_id, firing in every:
        found.setdefault(subject_id, []).append(firing)
    return found


def clock_of(subject: Subject, timer: str = "answer") -> Clock:
    """Return the latest cycle of a subject's clock."""
    with rows.transaction() as session:
        return session.scalars(
            select(Clock)
            .where(Clock.subject_id == subject.id, Clock.timer == timer)
            .order_by(Clock.cycle.desc())
            .limit(1)
        ).one()


def fired(subject: Subject) -> Sequence[ClockFiring]:
    """Return what a subject's clocks fired, in order."""
    with rows.transaction() as session:
        return session.scalars(
            select(ClockFiring)
            .join(Clock, Clock.id == ClockFiring.clock_id)
            .where(Clock.subject_kind == subject.kind, Clock.subject_id == subject.id)
            .order_by(ClockFiring.fired_at, Clock.timer, ClockFiring.ordinal)
        ).all()


def steps(subject: Subject) -> list[str]:
    return [firing.step_key for firing in fired(subject)]


def items() -> Sequence[NoticeItem]:
    with rows.transaction() as session:
        return session.scalars(select(NoticeItem).order_by(NoticeItem.fired_at, NoticeItem.id)).all()
