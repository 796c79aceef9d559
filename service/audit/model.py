"""The table of the trail: the body that counts, its hash, and columns to search by. Partitioned by month."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class AuditEntry(Base):
    """One thing done, or refused. Inserted by the API and the worker, who cannot read it back."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "person_id", "recorded_at", "id"),
        Index(None, "actor_organisation_id", "recorded_at", "id"),
        Index(None, "verb", "recorded_at", "id"),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )

    recorded_at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None]
    actor_organisation_id: Mapped[UUID]
    client_id: Mapped[str]
    practitioner_id: Mapped[str | None]
    verb: Mapped[str]
    outcome: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    body: Mapped[str]
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
