"""The table of used assertions."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class UsedAssertion(Base):
    """An assertion that was presented; it is refused for as long as it would be valid."""

    __tablename__ = "used_assertion"

    client_id: Mapped[str] = mapped_column(ForeignKey("client.id"), primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
