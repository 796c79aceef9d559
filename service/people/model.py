"""The tables of people: the person, who may know of them, household, addresses, and risk as a history.

The row of the person is also the lock of everything under it: who writes about a person locks that row first.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, Json


def _checked_at_the_commit(column: str) -> ForeignKey:
    """Refer to a row that may be written later: contacts and addresses refer to each other."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED", use_alter=True)


class Person(Base):
    """A person on probation, known by the CRN."""

    __tablename__ = "person"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    crn: Mapped[str]
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
    submitted: Mapped[str | None]
    version: Mapped[int]
    recorded_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Involvement(Base):
    """A probation region that supervises the person or has an open referral about them."""

    __tablename__ = "involvement"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Restriction(Base):
    """A practitioner who may know of a limited access case, or without one a whole organisation."""

    __tablename__ = "restriction"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner_id: Mapped[str | None]
    because: Mapped[str]
    named_by: Mapped[str]
    named_at: Mapped[datetime]


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
    unborn: Mapped[bool]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    date_of_birth: Mapped[date | None]
    due_date: Mapped[date | None]
    lives_at: Mapped[uuid.UUID | None] = mapped_column(_checked_at_the_commit("address.id"))
    local_authority: Mapped[str | None]
    source: Mapped[str | None]
    verified: Mapped[bool | None]
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
    date_of_birth: Mapped[date | None]
    due_date: Mapped[date | None]
    recorded_at: Mapped[datetime]


class RestrictedAddressDetail(Base):
    """The whereabouts of a victim or ex-partner. The API may write it and not read it: see `restricted`."""

    __tablename__ = "restricted_address_detail"

    address_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("address.id"), primary_key=True)
    lines: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    postcode: Mapped[str | None]
    recorded_at: Mapped[datetime]


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
