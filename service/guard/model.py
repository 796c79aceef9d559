"""The table of idempotency keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class IdempotencyKey(Base):
    """A stored submission: its fingerprint and the id of what it created. Never a copy of the response."""

    __tablename__ = "idempotency_key"
    __table_args__ = (ForeignKeyConstraint(["client_id"], ["client.id"]),)

    client_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    reference: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(index=True)
