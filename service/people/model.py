"""The tables of people: the person, who may know of them, household, addresses, and risk as a history.

The row of the person is also the lock of everything under it: who writes about a person locks that row first.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json


def _checked_at_the_commit(column: str) -> ForeignKey:
    """Refer to a row that may be written later: contacts and addresses refer to each other."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED", use_alter=True)


class Person(Base):
    """The record of a person on probation: a CRN has one that is held, and side records of other regions.

    A side record (not `held`) is what a region without sight of the held one has said of the person, and is
    that region's own; `limited_to` is the practitioner who alone may know of it, but for managers whom its
    escalations reach. A held record may be another CRN's of the same person: `same_as_id` is then the one
    that stands for both.
    """

    __tablename__ = "person"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    crn: Mapped[str]
    holder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    held: Mapped[bool]
    limited_to: Mapped[str | None]
    same_as_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    noms_number: Mapped[str | None]
    pnc_number: Mapped[str | None]
    title: Mapped[str | None]
    given_name: Mapped[str]
    family_name: Mapped[str]
    aliases: Mapped[list[str]]
    date_of_birth: Mapped[date | None]
    sex: Mapped[str | None]
    restricted: Mapped[bool]
    region: Mapped[str | None]
    children: Mapped[str]
    children_asked_at: Mapped[datetime | None]
    """Since when it is asked again whether there are children; None while it is not."""
    died_on: Mapped[date | None]
    releases_on: Mapped[date | None]
    """The day of release that a prison sent last, whatever referrals say of it."""
    submitted: Mapped[str | None]
    version: Mapped[int]
    recorded_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class GuardedPerson(Base):
    """A record of which its own region does not see all; the database keeps the list (migration 0023)."""

    __tablename__ = "guarded_person"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)


class CaseHolding(Base):
    """Who answers for a case: the region, the accountable practitioner, and a caretaker for a time.

    One row for each change; the one that has not ended counts.
    """

    __tablename__ = "case_holding"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner_id: Mapped[str]
    pdu: Mapped[str | None]
    because: Mapped[str]
    caretaker_id: Mapped[str | None]
    caretaker_until: Mapped[datetime | None]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"))


class TeamMember(Base):
    """A colleague who works on a case beside the accountable practitioner, and as what."""

    __tablename__ = "case_team"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner_id: Mapped[str]
    part: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    named_by: Mapped[str]
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))


class Sight(Base):
    """An organisation, or one of its staff, that may read a record another holds: what, and until when."""

    __tablename__ = "sight"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner_id: Mapped[str | None]
    basis: Mapped[str]
    sections: Mapped[list[str]] = mapped_column(ARRAY(Text))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    reason: Mapped[str]
    given_by: Mapped[str]
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"))
    carried_from_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sight.id"))
    """The share of a record that was merged into this one, for which this one was given."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    review_outcome: Mapped[str | None]
    review_reason: Mapped[str | None]


class Transfer(Base):
    """A request that another region hold a case, with what was outstanding when it was asked."""

    __tablename__ = "transfer"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    from_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    to_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    asked_by: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    version: Mapped[int]
    outstanding: Mapped[list[Any]]
    practitioner_id: Mapped[str | None]
    pdu: Mapped[str | None]
    asked_at: Mapped[datetime]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answer_reason: Mapped[str | None]


class ShareRequest(Base):
    """That a region which does not see a held record asked its holder for a share, and what was answered."""

    __tablename__ = "share_request"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    """The held record."""
    from_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    """The side record on which it was asked."""
    region: Mapped[str]
    basis: Mapped[str]
    sections: Mapped[list[str]] = mapped_column(ARRAY(Text))
    until_at: Mapped[datetime]
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    given: Mapped[bool | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answer_reason: Mapped[str | None]
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))


class ProposalDecision(Base):
    """That the holder took, or left, one fact that another region stated; only added to."""

    __tablename__ = "proposal_decision"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    from_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    path: Mapped[str]
    value_digest: Mapped[str]
    taken: Mapped[bool]
    reason: Mapped[str | None]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))


class SharedNumber(Base):
    """A number of a record that stands, or stood, on another too: whether they are one person is asked.

    It ends when that is answered, or when the number is withdrawn.
    """

    __tablename__ = "shared_number"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    number: Mapped[str]
    value_digest: Mapped[str]
    since: Mapped[datetime]
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    ended_at: Mapped[datetime | None]
    answered: Mapped[bool | None]


class SameAsDecision(Base):
    """That two records are one person's, of which `other_id` stands for both, or are not; only added to."""

    __tablename__ = "same_as_decision"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    same: Mapped[bool]
    reason: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))


class Restriction(Base):
    """A practitioner who may know of a limited access case, or without one a whole organisation.

    `excluded`: a practitioner who must not know of the case, limited or not; this wins. A row that has ended
    counts no more.
    """

    __tablename__ = "restriction"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner_id: Mapped[str | None]
    because: Mapped[str]
    excluded: Mapped[bool]
    reason: Mapped[str | None]
    named_by: Mapped[str]
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]


class Contact(Base):
    """A contact of the person. For a protected contact this row holds the relationship, not the identity."""

    __tablename__ = "contact"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    client_id: Mapped[str]
    ref: Mapped[str]
    relationship: Mapped[str]
    is_child: Mapped[bool]
    protected: Mapped[bool]
    contact_kind: Mapped[str | None]
    details_status: Mapped[str]
    named: Mapped[bool]
    dated: Mapped[bool]
    aged: Mapped[bool] = mapped_column(default=False)
    """An estimated age is on record."""
    described: Mapped[bool] = mapped_column(default=False)
    """Part of the name or a description is on record."""
    has_been_partner: Mapped[bool] = mapped_column(default=False)
    """A partner, now or before: also one who is called a victim since."""
    unborn: Mapped[bool]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    aliases: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    phone: Mapped[str | None]
    date_of_birth: Mapped[date | None]
    due_date: Mapped[date | None]
    estimated_age: Mapped[int | None]
    description: Mapped[str | None]
    mother_id: Mapped[uuid.UUID | None] = mapped_column(_checked_at_the_commit("contact.id"))
    lives_at: Mapped[uuid.UUID | None] = mapped_column(_checked_at_the_commit("address.id"))
    local_authority: Mapped[str | None]
    source: Mapped[str | None]
    verified: Mapped[bool | None]
    """As it was said; `verification` has whether it is so."""
    verification: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    alike_id: Mapped[uuid.UUID | None] = mapped_column(_checked_at_the_commit("contact.id"))
    """Another contact who may be the same person."""
    alike_because: Mapped[str | None]
    same: Mapped[bool | None]
    """Whether they are the same, as somebody has decided."""
    same_reason: Mapped[str | None]
    same_by: Mapped[str | None]
    same_at: Mapped[datetime | None]
    ref_left: Mapped[bool] = mapped_column(default=False)
    """Its reference names a later contact now."""
    in_error_at: Mapped[datetime | None]
    """When it was recorded that it was entered in error; it is kept, and counts for nothing from then on."""
    in_error_by: Mapped[str | None]
    in_error_reason: Mapped[str | None]
    submitted: Mapped[str | None]
    version: Mapped[int]
    recorded_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Address(Base):
    """An address of the person. For a protected address this row holds the area, not the whereabouts."""

    __tablename__ = "address"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    client_id: Mapped[str]
    ref: Mapped[str]
    kind: Mapped[str]
    contact_id: Mapped[uuid.UUID | None] = mapped_column(_checked_at_the_commit("contact.id"))
    protected: Mapped[bool]
    lines: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    postcode: Mapped[str | None]
    police_force: Mapped[str | None]
    local_authority: Mapped[str | None]
    from_date: Mapped[date | None]
    to_date: Mapped[date | None]
    source: Mapped[str | None]
    verified: Mapped[bool | None]
    """As it was said; `verification` has whether it is so."""
    verification: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    in_error_at: Mapped[datetime | None]
    """When it was recorded that it was entered in error; it is kept, and counts for nothing from then on."""
    in_error_by: Mapped[str | None]
    in_error_reason: Mapped[str | None]
    submitted: Mapped[str | None]
    version: Mapped[int]
    recorded_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class RestrictedContactDetail(Base):
    """The identity of a victim or ex-partner. The API may write it and not read it: see `restricted`."""

    __tablename__ = "restricted_contact_detail"

    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    aliases: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    phone: Mapped[str | None]
    date_of_birth: Mapped[date | None]
    due_date: Mapped[date | None]
    estimated_age: Mapped[int | None]
    description: Mapped[str | None]
    recorded_at: Mapped[datetime]


class RestrictedAddressDetail(Base):
    """The whereabouts of a victim or ex-partner. The API may write it and not read it: see `restricted`."""

    __tablename__ = "restricted_address_detail"

    address_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("address.id"), primary_key=True)
    lines: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    postcode: Mapped[str | None]
    recorded_at: Mapped[datetime]


class StatedBySystem(Base):
    """What one system said last of a record and of those around it, member by member, never the value.

    `members` has by the id of each subject, and then by the member, a salted digest and since when.
    """

    __tablename__ = "said"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str]
    members: Mapped[Json]


class SupersededFact(Base):
    """An earlier version of a row, whole, with the period it was valid. The API may only add rows."""

    __tablename__ = "superseded_fact"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    version: Mapped[int]
    facts: Mapped[Json]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime]
    superseded_by: Mapped[str]


class RoshAssessment(Base):
    """One judgement of the risk of serious harm to one group, with its reason and author; never changed."""

    __tablename__ = "rosh_assessment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    group_at_risk: Mapped[str]
    level: Mapped[str]
    previous_level: Mapped[str | None]
    who: Mapped[str | None]
    nature: Mapped[str | None]
    imminence: Mapped[str | None]
    factors: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str | None]
    evidence: Mapped[str | None]
    source: Mapped[str | None]
    author: Mapped[str | None]
    manager: Mapped[str | None]
    submitted: Mapped[str | None]
    recorded_at: Mapped[datetime]
