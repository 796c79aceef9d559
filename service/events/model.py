"""The tables of events, and of each organisation's feed of them."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json


class Event(Base):
    """Something that happened, in the past tense; never changed and never deleted."""

    __tablename__ = "event"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """Keeps the events of one transaction in the order they were appended; it has gaps and is no cursor."""
    name: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID | None]
    referral_id: Mapped[uuid.UUID | None]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    version: Mapped[int | None]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    client_id: Mapped[str]
    practitioner_id: Mapped[str | None]
    practitioner_role: Mapped[str | None]
    data: Mapped[Json]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class FeedHead(Base):
    """The last position given in one organisation's feed: the row that puts its writers in commit order."""

    __tablename__ = "feed_head"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class FeedEntry(Base):
    """One event's position in one organisation's feed."""

    __tablename__ = "feed_entry"

    organisation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
