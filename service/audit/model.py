"""The tables of the audit trail: entries, partitioned by month, and counts of refusals that become
entries.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.gathering import WRITTEN_LAST


class AuditEntry(Base):
    """One action or refusal. The API and the worker insert it, and cannot read it back."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "person_id", "recorded_at", "id"),
        Index(None, "actor_organisation_id", "recorded_at", "id"),
        Index(None, "verb", "recorded_at", "id"),
        {"postgresql_partition_by": "RANGE (recorded_at)", "info": {WRITTEN_LAST: True}},
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


class RefusalCount(Base):
    """Refusals of one kind within a minute, after the first. The API counts them, and cannot read them
    back.
    """

    __tablename__ = "refusal_count"

    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    practitioner_id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    """The network the calls came from, as `caller.neighbourhood` returns it."""
    object_kind: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    """The person whose record was requested, if the caller may not know that it exists; otherwise empty."""
    organisation_id: Mapped[UUID]
    practitioner_role: Mapped[str]
    strength: Mapped[str]
    further: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    objects: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Up to ten of the objects requested."""
