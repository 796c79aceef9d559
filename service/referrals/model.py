"""The tables of the canonical referral: its versions, each destination's part, and what went between them.

A referral row is also the lock of everything under it: a transaction that writes to any part of a referral
locks that row first.
"""

import uuid
from bisect import bisect_right
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ARRAY, BigInteger, ForeignKey, ForeignKeyConstraint, Identity, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.access import Actor
from service.corrections.model import Correctable
from service.db import Base, Json
from service.destinations import DESTINATIONS
from service.destinations.contract import NOBODY, Destination
from service.destinations.states import State


class Referral(Base):
    """One submission about one person, permanent; `revision` counts every change to any part of it."""

    __tablename__ = "referral"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    submission_reference: Mapped[str]
    reference_use: Mapped[int]
    """1; more for what was submitted when two systems of a region could use one reference."""
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    practitioner: Mapped[str]
    region: Mapped[str]
    pdu: Mapped[str | None]
    held_elsewhere: Mapped[bool]
    """Whether another record of the CRN was held when it was submitted, which its submitter does not see."""
    staff_safety: Mapped[bool]
    """Whether that record said then that staff are at high risk."""
    urgency: Mapped[str]
    current_version: Mapped[int]
    revision: Mapped[int]
    releases_on: Mapped[date | None]
    """The day of release as the current version has it; the database follows it (migration 0076)."""
    submitted_at: Mapped[datetime]


class ReferralVersion(Base):
    """One version of the canonical document without its restricted parts; never changed."""

    __tablename__ = "referral_version"

    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referral.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[Json]
    sections: Mapped[list[str]]
    practitioner: Mapped[str | None]
    made_at: Mapped[datetime]


class RestrictedPart(Base):
    """What a version says about victims and ex-partners, apart from the rest; never changed."""

    __tablename__ = "referral_version_restricted"
    __table_args__ = (
        ForeignKeyConstraint(
            ("referral_id", "number"), ("referral_version.referral_id", "referral_version.number")
        ),
    )

    referral_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[Json]


class DestinationReferral(Base):
    """One destination's part of a referral: its state, and what it was sent and has acknowledged."""

    __tablename__ = "destination_referral"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referral.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    """As of the referral, and so is `probation_id`: what may be seen is asked of very many rows."""
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    service_category: Mapped[str | None]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID]
    version: Mapped[int]
    missing: Mapped[list[Any]]
    not_representable: Mapped[list[Any]]
    held_until: Mapped[date | None]
    blocked_by: Mapped[list[Any]]
    stopped_because: Mapped[str | None]
    """Why it is not sent for now, whatever else it waits for: a code, such as a recall."""
    rests: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Why its destination owes nothing for now: the changes that put it to rest, by their codes."""
    sent_version: Mapped[int | None]
    editions: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """The versions it was sent, in order: its destination counts these, not what others were sent."""
    sent_at: Mapped[datetime | None]
    acknowledged_version: Mapped[int | None]
    next_update_due: Mapped[datetime | None]
    challenged: Mapped[bool]
    decline_settled: Mapped[str | None]
    """What probation decided about a decline, a code; None while nobody has."""
    undecided: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """What its destination has said and probation has not decided about, of `UNDECIDED_ABOUT`."""
    duplicate_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("destination_referral.id"))
    """What was open with the same destination about the same person when it was made."""
    sharing: Mapped[list[Any]]
    """The bases on which it is shared, each with its last day, as `destinations.sharing` stores them."""
    shared_until: Mapped[date | None]
    """The last day of the last of them; None while no end is known."""
    sharing_ended_at: Mapped[datetime | None]
    """When the end was followed: its event, its clocks. What may be read ends by itself, without it."""
    created_at: Mapped[datetime]

    referral: Mapped[Referral] = relationship(lazy="raise")

    @property
    def destination(self) -> Destination:
        """The rules of this destination."""
        return DESTINATIONS[self.kind]

    @property
    def key(self) -> str:
        """The name of the part within its referral: its kind, and the service category where there is one."""
        return f"{self.kind}:{self.service_category}" if self.service_category else self.kind

    @property
    def shown(self) -> bool:
        """Whether the destination may know of it: it was sent, and not in error."""
        return self.sent_version is not None and self.state != State.ENTERED_IN_ERROR

    def edition_of(self, version: int) -> int:
        """Return how many documents the destination had been sent up to a version of the referral."""
        return bisect_right(self.editions, version)

    @property
    def owes_wording(self) -> bool:
        """Whether it has been sent and lacks a wording: probation owes that, whatever the state."""
        return self.shown and any("reword_for" in gap for gap in self.missing)

    @property
    def waits_for_registration(self) -> bool:
        """Whether it has not been sent because no organisation is registered for it."""
        return self.state == State.INCOMPLETE and any(gap.get("why") == NOBODY for gap in self.missing)

    @property
    def waits_for_registration_alone(self) -> bool:
        """Whether it lacks nothing but an organisation that is registered for it."""
        return self.waits_for_registration and all(gap.get("why") == NOBODY for gap in self.missing)

    def side_of(self, actor: Actor) -> Literal["probation", "destination", "service"]:
        """Return the side of a caller that may see this destination referral."""
        if actor.side == "service":
            return "service"
        return "probation" if actor.side == "probation" else "destination"


class DestinationMove(Correctable, Base):
    """One move of a destination referral or of its placement, with the reasons given; never changed."""

    __tablename__ = "destination_move"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    destination_referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destination_referral.id"))
    part: Mapped[str]
    event_id: Mapped[uuid.UUID]
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    side: Mapped[str]
    practitioner: Mapped[str | None]
    detail: Mapped[Json]
    corrected_because: Mapped[str | None]
    moved_at: Mapped[datetime]


class Disclosure(Base):
    """One document as it was sent to one destination, with why and on whose decision; never changed.

    `document` is empty where the recipient may hold confidences: what it was sent is kept apart, in
    `ConfidentialDisclosure`.
    """

    __tablename__ = "disclosure"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    destination_referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destination_referral.id"))
    version_number: Mapped[int]
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    document: Mapped[Json | None]
    fields: Mapped[list[str]]
    withheld: Mapped[list[Any]]
    not_representable: Mapped[list[Any]]
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    gateway: Mapped[str | None]
    regime: Mapped[str | None]
    condition: Mapped[str | None]
    decided_by: Mapped[str]
    person_told: Mapped[bool | None]
    not_told_reason: Mapped[str | None]
    made_at: Mapped[datetime]


class ConfidentialDisclosure(Base):
    """The document that a recipient with the right to confidences was sent; never changed."""

    __tablename__ = "disclosure_confidential"

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("disclosure.id"), primary_key=True)
    document: Mapped[Json]


class Message(Base):
    """Words between probation and one destination about one referral; never changed."""

    __tablename__ = "message"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    destination_referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destination_referral.id"))
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[str]
    side: Mapped[str]
    practitioner: Mapped[str | None]
    author: Mapped[str | None]
    body: Mapped[str]
    sent_at: Mapped[datetime]


class DestinationUpdate(Correctable, Base):
    """What a destination reported, in its own structure; never changed."""

    __tablename__ = "destination_update"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    destination_referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destination_referral.id"))
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[str]
    content: Mapped[Json]
    side: Mapped[str]
    author: Mapped[str | None]
    corrected_because: Mapped[str | None]
    recorded_at: Mapped[datetime]


class ChangeNotice(Base):
    """What changed for a destination in a version it was sent, until it says that it has taken note."""

    __tablename__ = "change_notice"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    destination_referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destination_referral.id"))
    version_number: Mapped[int]
    sections: Mapped[list[str]]
    reconfirm: Mapped[bool]
    made_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    can_continue: Mapped[bool | None]


class Placement(Base):
    """A bed or a room beside the destination referral, whose id it shares: offered, taken up, left."""

    __tablename__ = "placement"

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destination_referral.id"), primary_key=True)
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    arrived_on: Mapped[date | None]
    departed_on: Mapped[date | None]
    details: Mapped[Json]
    move_on_address_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("address.id"))
    move_on_agreed_for: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("address.id"))
    gate_overridden_for: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("address.id"))
    gate_settled_at: Mapped[datetime | None]
    """When probation agreed or a manager overrode: an address that changed since is another place."""
