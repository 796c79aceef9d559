"""The tables of those who take part: organisations, their duties and roles, their clients and keys."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ForeignKey,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json, new_id


class Organisation(Base):
    """A body that calls us: a probation region, a destination, an agency, or an overseer."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    division: Mapped[str]
    office_hours: Mapped[Json | None]
    created_at: Mapped[datetime]


class Client(Base):
    """A system of an organisation; what it may ask for is fixed here, never in a request."""

    __tablename__ = "client"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str] = mapped_column(default="active")
    certificate_bound: Mapped[bool] = mapped_column(default=False)
    """Whether it gets and uses tokens only behind its TLS certificate (RFC 8705)."""
    requests_per_minute: Mapped[int | None]
    """How many calls it may make; what the configuration says when None."""
    created_at: Mapped[datetime]


class ClientKey(Base):
    """A public key that a client signs with, named by its `kid`; there may be several, to change over.

    A retired one signs nothing more; a denied one also ends the tokens that it has been used for.
    """

    __tablename__ = "client_key"

    client_id: Mapped[str] = mapped_column(ForeignKey("client.id"), primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[Json]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class RoleHolder(Base):
    """Who holds a role in an organisation, or in one unit of it: to them a step of an escalation goes."""

    __tablename__ = "role_holder"
    __table_args__ = (
        UniqueConstraint("organisation_id", "role", "unit", "holder", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str]
    unit: Mapped[str | None]
    holder: Mapped[str]


NATIONAL: Final = "national"
"""The area of an organisation that answers for the whole country; only some duties allow it."""


class Responsibility(Base):
    """Which organisation answers for a duty in an area, or, as `NATIONAL`, in the whole country."""

    __tablename__ = "responsibility"
    __table_args__ = (UniqueConstraint("duty", "area", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    duty: Mapped[str]
    area: Mapped[str]
