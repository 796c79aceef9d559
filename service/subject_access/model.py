"""The table of requests for subject access, with the copy as it was released."""

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json


class SubjectAccess(Base):
    """One request of a person for what is held about them."""

    __tablename__ = "subject_access"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    asked_by: Mapped[str]
    identity_confirmed: Mapped[str]
    received_on: Mapped[date]
    texts: Mapped[Json]
    """What was decided about the texts of the copy, by their pointer; each with whose words they were."""
    copy: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    """What the person was given; null until it is released."""
    taken_back: Mapped[str | None]
    """Who took the request back and why; null otherwise."""
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    version: Mapped[int]
    opened_at: Mapped[datetime]
