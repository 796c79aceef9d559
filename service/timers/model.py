"""The tables of timers: versions of policies and calendars, clocks, firings, notices, acknowledgements."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json, new_id


class PolicyVersion(Base):
    """One version of a policy document; rows are only added.

    It is for everybody; or for one responder, for the clocks of one region (`area`, its code), or for one
    responder in the clocks of one region. Versions are numbered by key, whomever they are for.
    """

    __tablename__ = "policy"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    responder_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str | None]
    version: Mapped[int]
    document: Mapped[Json]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    published_at: Mapped[datetime]
    published_by: Mapped[str | None]
    published_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str | None]


class PolicyApplication(Base):
    """Running clocks were moved onto a version of a policy: by whom and why; rows are only added.

    `moved` counts those that whoever did it may see.
    """

    __tablename__ = "policy_application"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    applied_by: Mapped[str]
    reason: Mapped[str]
    moved: Mapped[int]
    more: Mapped[bool]
    applied_at: Mapped[datetime]


class CalendarVersion(Base):
    """One version of a calendar, of an organisation or of a whole division; rows are only added."""

    __tablename__ = "calendar"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    division: Mapped[str]
    version: Mapped[int]
    document: Mapped[Json]
    published_at: Mapped[datetime]


class Clock(Base):
    """One cycle of one timer of one subject: its policy, how many steps have fired, when the next one is due.

    `changes` are its pauses, raises and moves onto another version of its policy, in order, each with its
    moment; with the policy and the calendar that it was started with, and the version of the ladder, they
    decide every due time, which therefore never depends on when a sweep ran. What has fired is in
    `clock_firing`; `fired` counts it.
    """

    __tablename__ = "clock"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    timer: Mapped[str]
    cycle: Mapped[int]
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy.id"))
    moved_onto_id: Mapped[UUID | None] = mapped_column(ForeignKey("policy.id"))
    """The version that it goes by since it was moved; null: the one it was started with."""
    calendar_id: Mapped[UUID] = mapped_column(ForeignKey("calendar.id"))
    referral_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    probation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    responder_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    practitioner: Mapped[str]
    pdu: Mapped[str | None]
    caretaker: Mapped[str | None]
    caretaker_until: Mapped[datetime | None]
    owner_role: Mapped[str | None]
    """Who of probation owes the move; null where the organisation that was asked does."""
    label: Mapped[str]
    anchor: Mapped[datetime]
    exposed_since: Mapped[datetime]
    carried_over: Mapped[bool] = mapped_column(default=False)
    """Whether it waited before there was a clock for it: it counts from the upgrade."""
    first_urgency: Mapped[str]
    first_hard_date: Mapped[datetime | None]
    changes: Mapped[list[Any]] = mapped_column("turns")
    urgency: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime]
    next_fires_at: Mapped[datetime | None]
    next_step: Mapped[str | None]
    next_is_assumed: Mapped[bool]
    fired: Mapped[int]
    ladder: Mapped[int] = mapped_column(SmallInteger)
    step: Mapped[str | None] = mapped_column("rung")
    faulted_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]


class ClockFiring(Base):
    """One step of a clock that came due, and when it was recorded; rows are only added."""

    __tablename__ = "clock_firing"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    clock_id: Mapped[UUID] = mapped_column(ForeignKey("clock.id"))
    step_key: Mapped[str]
    ordinal: Mapped[int]
    kind: Mapped[str]
    probation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    late: Mapped[bool]
    assumed: Mapped[bool]
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id"))


class NoticeItem(Base):
    """One recipient of a firing, until a notice has been sent or is no longer needed."""

    __tablename__ = "notice_item"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    firing_id: Mapped[UUID] = mapped_column(ForeignKey("clock_firing.id"))
    clock_id: Mapped[UUID] = mapped_column(ForeignKey("clock.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    side: Mapped[str]
    role: Mapped[str | None]
    holder: Mapped[str | None]
    fell_from: Mapped[str | None]
    urgent: Mapped[bool]
    redirected: Mapped[bool] = mapped_column(default=False)
    fired_at: Mapped[datetime]
    send_after: Mapped[datetime | None]
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id"))
    dropped_at: Mapped[datetime | None]


class Notice(Base):
    """One message to one recipient with all its waiting items; rows are only added."""

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str | None]
    holder: Mapped[str | None]
    urgent: Mapped[bool]
    items: Mapped[int]
    sent_at: Mapped[datetime]
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id"))


class StepAcknowledgement(Base):
    """One addressee's step of an escalation has been seen; once, and it stops nothing.

    `practitioner` is None where the system of a partner did not name an officer.
    """

    __tablename__ = "step_acknowledgement"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("notice_item.id"), primary_key=True)
    firing_id: Mapped[UUID] = mapped_column(ForeignKey("clock_firing.id"))
    practitioner: Mapped[str | None]
    name: Mapped[str]
    role: Mapped[str]
    acknowledged_at: Mapped[datetime]


class EscalationNote(Base):
    """What somebody says of an escalation: a note, or what was done about a danger; rows are only added."""

    __tablename__ = "escalation_note"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    firing_id: Mapped[UUID] = mapped_column(ForeignKey("clock_firing.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    practitioner: Mapped[str | None]
    name: Mapped[str]
    role: Mapped[str]
    body: Mapped[str]
    written_at: Mapped[datetime]


class EscalationHandover(Base):
    """Who made a colleague an addressee of an escalation, and why; rows are only added."""

    __tablename__ = "escalation_handover"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("notice_item.id"), primary_key=True)
    firing_id: Mapped[UUID] = mapped_column(ForeignKey("clock_firing.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner: Mapped[str | None]
    name: Mapped[str]
    role: Mapped[str]
    reason: Mapped[str]
    handed_at: Mapped[datetime]


class SweepRun(Base):
    """When each worker last swept and delivered: one row for each, deleted a day after its last sweep."""

    __tablename__ = "sweep_run"

    worker: Mapped[str] = mapped_column(primary_key=True)
    swept_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    fired: Mapped[int]
    faulted: Mapped[int]
