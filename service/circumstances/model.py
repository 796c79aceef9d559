"""The tables of changes of circumstance, with whom they are shared, and the reviews they open."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.corrections.model import Correctable
from service.db import Base


class Change(Correctable, Base):
    """One change as it was learned of, with its source and how far it is known to be so; never changed.

    It names no referral where the case was opened with no destination and had none yet.
    """

    __tablename__ = "change_of_circumstance"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    referral_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referral.id"))
    kind: Mapped[str]
    occurred_on: Mapped[date]
    release_date: Mapped[date | None]
    hearing_date: Mapped[date | None]
    may_wait: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    reliability: Mapped[str]
    standing: Mapped[str]
    follows_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("change_of_circumstance.id"))
    urgency: Mapped[str]
    said_urgent: Mapped[bool]
    """Whoever recorded it says so: of a kind that is urgent by itself, too."""
    contacts: Mapped[list[str]]
    addresses: Mapped[list[str]]
    checks: Mapped[list[str]]
    rosh_assessment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rosh_assessment.id"))
    destination_referral_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("destination_referral.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    client_id: Mapped[str]
    practitioner: Mapped[str | None]
    recorded_at: Mapped[datetime]


class ChangeDetail(Base):
    """What was said about a change, in words: for probation alone, and kept apart; never changed."""

    __tablename__ = "change_detail"

    change_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("change_of_circumstance.id"), primary_key=True)
    words: Mapped[str]


class ChangeTold(Base):
    """That a change was shared with one destination: its code, never its details; never changed."""

    __tablename__ = "change_told"

    change_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("change_of_circumstance.id"), primary_key=True)
    destination_referral_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("destination_referral.id"), primary_key=True
    )
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    told_at: Mapped[datetime]


class Review(Base):
    """A review that a change opened: owed by a role until it is completed."""

    __tablename__ = "review"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    change_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("change_of_circumstance.id"))
    kind: Mapped[str]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    owner: Mapped[str]
    urgency: Mapped[str]
    consider: Mapped[list[str]]
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    version: Mapped[int]
    opened_at: Mapped[datetime]


class ReviewProposal(Base):
    """That a review would change nothing, and why: it waits for a manager; never changed."""

    __tablename__ = "review_proposal"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("review.id"))
    number: Mapped[int]
    no_change_reason: Mapped[str]
    considered: Mapped[list[Any]]
    withheld: Mapped[list[str]]
    reason: Mapped[str | None]
    practitioner: Mapped[str]
    proposed_at: Mapped[datetime]


class ReviewAgreement(Base):
    """A manager's own decision on a proposal: agreed, or sent back to be done again; never changed."""

    __tablename__ = "review_agreement"

    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("review_proposal.id"), primary_key=True)
    agreed: Mapped[bool]
    reason: Mapped[str]
    manager: Mapped[str]
    manager_role: Mapped[str]
    decided_at: Mapped[datetime]


class ReviewOutcome(Base):
    """What a completed review changed, or why nothing and who agreed; never changed."""

    __tablename__ = "review_outcome"

    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("review.id"), primary_key=True)
    changes: Mapped[list[str]]
    no_change_reason: Mapped[str | None]
    agreed_by: Mapped[str | None]
    agreed_role: Mapped[str | None]
    considered: Mapped[list[Any]]
    disclosure: Mapped[str | None]
    withheld: Mapped[list[str]]
    reason: Mapped[str | None]
    practitioner: Mapped[str]
    completed_at: Mapped[datetime]
