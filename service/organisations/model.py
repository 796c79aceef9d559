"""The tables of the registry: organisations, their duties and staff, their clients and keys."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ForeignKey,
    ForeignKeyConstraint,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json, new_id


class Organisation(Base):
    """An organisation that takes part: a probation region, a destination, an agency, or an oversight body."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    division: Mapped[str]
    office_hours: Mapped[Json | None]
    may_know_of_mappa: Mapped[bool]
    may_know_of_victims: Mapped[bool]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was removed: it answers for nothing, and nobody calls for it."""


class Client(Base):
    """A computer system of an organisation; its scopes are set here, never in a request."""

    __tablename__ = "client"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str] = mapped_column(default="active")
    certificate_bound: Mapped[bool] = mapped_column(default=False)
    """Whether its tokens must be bound to its TLS certificate (RFC 8705)."""
    requests_per_minute: Mapped[int | None]
    """Its rate limit; the configured default when None."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was removed, for good."""


class ClientKey(Base):
    """A public key of a client, identified by its `kid`; a client may have several, for rotation.

    A retired key is no longer accepted; denying a key also ends the tokens that it was used to get.
    """

    __tablename__ = "client_key"

    client_id: Mapped[str] = mapped_column(ForeignKey("client.id"), primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[Json]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class Staff(Base):
    """A member of staff of an organisation, by the id that its own system gives; never deleted.

    `ended_at`: when they left. `entered_by`: the register, an operator, or the first assertion about them.
    """

    __tablename__ = "staff"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    entered_by: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    departure_followed_at: Mapped[datetime | None]
    """When a worker had said of all their cases that nobody is accountable."""


class StaffRole(Base):
    """A role that a member of staff holds, or deputises in, for a time; without a unit, in all of them."""

    __tablename__ = "staff_role"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "staff_id"], ["staff.organisation_id", "staff.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    staff_id: Mapped[str]
    role: Mapped[str]
    unit: Mapped[str | None]
    deputy: Mapped[bool]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class StaffAbsence(Base):
    """When a member of staff is away, and never why; without an end, until they are said to be back."""

    __tablename__ = "staff_absence"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "staff_id"], ["staff.organisation_id", "staff.id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    staff_id: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    looks_at: Mapped[datetime | None]
    """When a worker next asks whether somebody must cover; None when that is over."""


NATIONAL: Final = "national"
"""The area of a duty answered for the whole country; only some duties allow it."""


class Responsibility(Base):
    """The organisation that answers for a duty in an area, or in the whole country (`NATIONAL`)."""

    __tablename__ = "responsibility"
    __table_args__ = (UniqueConstraint("duty", "area", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    duty: Mapped[str]
    area: Mapped[str]


class DutyTakenUp(Base):
    """A duty that an organisation took up a moment ago, until what waited for it has been released."""

    __tablename__ = "duty_taken_up"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    duty: Mapped[str]
    taken_up_at: Mapped[datetime]


class KnowledgeEnded(Base):
    """An organisation that may know less since a moment ago, until what it has is looked through."""

    __tablename__ = "knowledge_ended"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    ended_at: Mapped[datetime]
