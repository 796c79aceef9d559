"""The table of agreements: each a decision that takes a manager who is not on the case."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json


class Agreement(Base):
    """One decision that takes four eyes: what was asked of whom, and what was decided.

    A manager who acts without having been asked leaves one as well, without `asked_by`.
    """

    __tablename__ = "agreement"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    beside: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))
    """What is decided with the subject, in the same call: others of its kind, on the same record."""
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    asked_by: Mapped[str | None]
    role: Mapped[str]
    """The role that was asked, or that decided without being asked."""
    unit: Mapped[str | None]
    staff_id: Mapped[str | None]
    proposal: Mapped[Json]
    reason: Mapped[str]
    barred: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The staff who may not decide it, as far as that was known when it was asked."""
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    version: Mapped[int]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_role: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    """Why the manager agreed or did not, or why it was taken back."""
    regardless: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    """What was outstanding, and why the manager went on all the same."""

    @property
    def subject_ids(self) -> list[uuid.UUID]:
        """All that is decided together, the subject first."""
        return [self.subject_id, *self.beside]
