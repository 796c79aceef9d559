"""The tables of webhooks: endpoints, their signing keys and their deliveries."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base

EndpointState = Literal["pending", "active", "disabled"]
DeliveryState = Literal["waiting", "delivered", "dead"]


class WebhookEndpoint(Base):
    """A URL to which an organisation's feed is sent.

    `position` is how far in the feed deliveries have been made. `lease` names the worker's hold on it while a
    request is on its way, `failures` counts those in a row, and until `rests_until` it is left alone.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (UniqueConstraint("organisation_id", "url"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    url: Mapped[str]
    state: Mapped[EndpointState] = mapped_column(Text)
    disabled_reason: Mapped[str | None]
    challenge: Mapped[str]
    position: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int]
    rests_until: Mapped[datetime | None]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WebhookKey(Base):
    """A key that signs what one endpoint is sent; two of a scheme are valid while one replaces the other."""

    __tablename__ = "webhook_key"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"))
    scheme: Mapped[str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[str | None]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """The delivery of one feed entry to one endpoint; its id is the `webhook-id` of every try."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (UniqueConstraint("endpoint_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    position: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id"))
    state: Mapped[DeliveryState] = mapped_column(Text)
    tries: Mapped[int]
    replays: Mapped[int]
    next_try_at: Mapped[datetime | None]
    derived_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_fault: Mapped[str | None]
