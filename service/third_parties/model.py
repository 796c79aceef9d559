"""The tables of disclosure decisions and of what was said at each step of one."""

import uuid
from datetime import date, datetime

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json


class DisclosureDecision(Base):
    """Whether one third party is told something about a person.

    A contact is named by its id alone: who a protected one is stays in the restricted store.
    """

    __tablename__ = "disclosure_decision"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    change_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("change_of_circumstance.id"))
    recipient: Mapped[str]
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contact.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    urgency: Mapped[str]
    subjects: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """What a manager agreed that they are told of; empty until then."""
    basis: Mapped[Json | None]
    """On what law they are told, as it stood when a manager agreed; null until then."""
    person_tells_by: Mapped[date | None]
    """The last day for the person to tell it; null once that is settled, and where there is none."""
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    version: Mapped[int]
    opened_at: Mapped[datetime]


class DisclosureStep(Base):
    """What was said at one step of a disclosure decision, and by whom: for probation alone; never changed."""

    __tablename__ = "disclosure_step"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("disclosure_decision.id"))
    number: Mapped[int]
    action: Mapped[str]
    said: Mapped[Json]
    practitioner: Mapped[str | None]
    role: Mapped[str | None]
    at: Mapped[datetime]


class RightToKnow(Base):
    """That a force was asked to tell somebody: what it reads and answers. Nobody is named in it."""

    __tablename__ = "right_to_know"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("disclosure_decision.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    police_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str]
    sent_on: Mapped[date]
    version: Mapped[int]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was answered or taken back; null while the force decides."""
