"""The table of what was said about the arrangements for releases: only added to."""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base


class Arrangement(Base):
    """What somebody said of one item at one time; never changed. The newest of an item stands."""

    __tablename__ = "release_arrangement"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    item: Mapped[str]
    state: Mapped[str]
    day: Mapped[date | None]
    time: Mapped[str | None]
    office: Mapped[str | None]
    explained_by: Mapped[str | None]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    client_id: Mapped[str]
    practitioner: Mapped[str | None]
    recorded_at: Mapped[datetime]
