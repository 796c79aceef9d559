"""The table of release dates as prisons sent them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, new_id


class ReleaseDateLine(Base):
    """One line of a prison: a person by number, a date, and as of when.

    A line that matches no record is forgotten once that has been found out. One that does keeps the record
    instead of the numbers, and what became of it; `told_at` is when its region had its digest.
    """

    __tablename__ = "release_date_line"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID]
    place: Mapped[int]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    noms_number: Mapped[str | None]
    crn: Mapped[str | None]
    release_date: Mapped[date]
    kind: Mapped[str]
    as_of: Mapped[datetime]
    received_at: Mapped[datetime]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None]
    followed_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
