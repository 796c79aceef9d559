"""The table of calls counted within a minute."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class CallCount(Base):
    """The number of calls within a minute, across all processes."""

    __tablename__ = "call_count"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    bucket: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int]
