"""The tables of checks: the obligation, the request to each agency, what came back and what was made of it.

A check row is also the lock of its requests: lock it before you move one of them.
"""

import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from service.corrections.model import Correctable
from service.db import Base, Json

AGENCY: Final = "agency"
"""The missing detail of a request for whose area no agency is registered."""


class Check(Base):
    """One cycle of one question about a person's safety, owed until every agency asked has answered."""

    __tablename__ = "safety_check"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[uuid.UUID | None]
    """None until the first referral of a case that was opened without one."""
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    cycle: Mapped[int]
    previous_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("safety_check.id"))
    trigger_event: Mapped[str]
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner: Mapped[str]
    pdu: Mapped[str | None]
    urgency: Mapped[str]
    hard_date: Mapped[datetime | None]
    hearing_at: Mapped[datetime | None]
    """A hearing by which the answers are needed, whatever becomes of a release."""
    opened_hearing_at: Mapped[datetime | None]
    """The hearing for which the case was opened, whatever was said of a hearing since."""
    release_at: Mapped[datetime | None]
    """A release or arrival by which they are needed, whatever becomes of a hearing."""
    refuted_at: Mapped[datetime | None]
    """When the allegation that raised it was refuted."""
    said_since: Mapped[str | None]
    """What whoever reported what raised it has said of that since: `put_right` or `withdrawn`."""
    rosh_highest: Mapped[str | None]
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    version: Mapped[int]
    raised_at: Mapped[datetime]
    not_required_by: Mapped[str | None]
    not_required_reason: Mapped[str | None]
    not_required_at: Mapped[datetime | None]


class CheckReason(Base):
    """The change of circumstance that raised a check, as agencies may be told of it; never changed."""

    __tablename__ = "check_reason"

    check_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("safety_check.id"), primary_key=True)
    kind: Mapped[str]
    meaning: Mapped[str]
    occurred_on: Mapped[date]
    standing: Mapped[str]
    words: Mapped[str | None]
    """What the practitioner wrote for the agencies that are asked."""


class CheckRequest(Base):
    """What one agency is asked; without a `sent_at` the agency must not learn that it exists."""

    __tablename__ = "check_request"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    check_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("safety_check.id"))
    """The check that raised it; see `CheckJoined` for others that it serves."""
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    obligation: Mapped[str]
    probation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str | None]
    area_on_record: Mapped[str | None]
    """The area that the record gave when it was asked; another one only where it was redirected."""
    family: Mapped[str | None]
    """The household of children it is about; None: all of the case."""
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str]
    state_event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    version: Mapped[int]
    missing: Mapped[list[Any]]
    urgency: Mapped[str]
    hard_date: Mapped[datetime | None]
    exposed_since: Mapped[datetime]
    required_at: Mapped[datetime]
    by_description: Mapped[bool] = mapped_column(default=False)
    """It goes out on what identifies its subjects without a name, where there is anything."""
    question_version: Mapped[int] = mapped_column(default=0)
    """The newest version of its question; none while it has not been sent."""
    acknowledged_version: Mapped[int] = mapped_column(default=0)
    """The newest version that the agency has read."""
    carried_over: Mapped[bool] = mapped_column(default=False)
    """It was open beside an older one of the same agency when an earlier release asked twice."""
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    succeeded_by_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("check_request.id", deferrable=True, initially="DEFERRED")
    )
    asks_about: Mapped[list[Any] | None]
    """The ids of what the agency's open question is about; empty: all of it; None: no question is open."""
    redirects: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How often agencies have redirected the question since probation last said who is asked."""
    disputed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("check_request.id"))
    """The request whose redirect probation has yet to settle, the same for all who are asked."""
    asked_no_longer: Mapped[bool] = mapped_column(default=False)
    """It had been set aside when its answer came: the agency is not shown the document again."""

    @property
    def lacking(self) -> frozenset[str]:
        """The codes of what it is missing."""
        return frozenset(each["detail"] for each in self.missing)

    @property
    def waits_for_registration_alone(self) -> bool:
        """Whether it has not been sent only because no agency is registered for its area."""
        return self.agency_id is None and self.lacking == {AGENCY}


class CheckRequestSubject(Base):
    """A person, contact or address that a request is about; `CheckQuestion` holds what was told of it."""

    __tablename__ = "check_request_subject"

    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_request.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    identity: Mapped[str | None]
    """A digest of who or where it is as last told, set by the database when the question is sent."""
    area_on_record: Mapped[str | None]
    """The area that the record gave for it when it was asked about."""
    context: Mapped[bool] = mapped_column(default=False)
    """It helps to find the others, and needs no answer."""
    urgency: Mapped[str] = mapped_column(default="routine")
    urgent_since: Mapped[datetime | None]
    """When it became urgent, or probation said what the agency had asked about it; None: when it was asked
    about."""
    exposed_since: Mapped[datetime]
    from_version: Mapped[int] = mapped_column(default=1)
    told_version: Mapped[int] = mapped_column(default=1)
    """The version since which that identity has been told, set by the database, too."""
    withdrawn_version: Mapped[int | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("check_result.id"))
    asked_back: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How often the agency has asked back about it."""


class CheckJoined(Base):
    """That an open request serves a further check of the same record, beside the one that raised it."""

    __tablename__ = "check_joined"

    check_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("safety_check.id"), primary_key=True)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_request.id"), primary_key=True)
    joined_at: Mapped[datetime]


class CheckQuestion(Base):
    """What an agency was asked in one version, as it was sent; never changed.

    What is told of victims and former partners stands in a store of its own, which only the database opens.
    """

    __tablename__ = "check_question"

    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_request.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None]
    because: Mapped[str]
    rebuilt: Mapped[bool] = mapped_column(default=False)
    """It was sent by an earlier release, which kept no questions."""
    document: Mapped[Json]


class ConfidentialQuestion(Base):
    """What a version told of a victim or a former partner; the API neither reads nor writes it."""

    __tablename__ = "check_question_confidential"

    request_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    details: Mapped[Json]


class CheckMessage(Base):
    """Words between the two sides about a request: a question, its answer, a refusal; never changed."""

    __tablename__ = "check_message"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_request.id"))
    number: Mapped[int]
    about: Mapped[str]
    code: Mapped[str | None]
    body: Mapped[str]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    practitioner: Mapped[str | None]
    sent_at: Mapped[datetime]


class CheckResult(Correctable, Base):
    """What an agency answered, in whole or in part; never changed, and a later answer never replaces it."""

    __tablename__ = "check_result"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_request.id"))
    number: Mapped[int]
    question_version: Mapped[int] = mapped_column(default=1)
    """The version of the question that it answers."""
    complete: Mapped[bool]
    nothing_found: Mapped[bool]
    valid_as_at: Mapped[date]
    searched_from: Mapped[date]
    searched_until: Mapped[date]
    sources: Mapped[list[str]]
    findings: Mapped[Json]
    remaining: Mapped[str | None]
    supplement: Mapped[bool] = mapped_column(default=False)
    """It came when no answer was awaited: after a whole one, or to a request that had been set aside."""
    documents: Mapped[list[Any]]
    corrected_because: Mapped[str | None]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    client_id: Mapped[str]
    returned_at: Mapped[datetime]


class CheckAnswer(Base):
    """What a result said about one subject of its question; never changed."""

    __tablename__ = "check_answer"

    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_result.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    outcome: Mapped[str]


class CheckReview(Base):
    """A practitioner's statement of what an answer changes, and why; never changed."""

    __tablename__ = "check_review"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_request.id"))
    number: Mapped[int]
    up_to_result: Mapped[int | None]
    """The number of the last result that it is about; None where the release before wrote it."""
    changes: Mapped[list[str]]
    reason: Mapped[str]
    rosh_highest: Mapped[str | None]
    countersignature_needed: Mapped[bool]
    practitioner: Mapped[str]
    reviewed_at: Mapped[datetime]


class CheckCountersignature(Base):
    """A manager's decision on a review: agreed, or to be done again; never changed."""

    __tablename__ = "check_countersignature"

    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_review.id"), primary_key=True)
    agreed: Mapped[bool]
    reason: Mapped[str]
    manager: Mapped[str]
    manager_role: Mapped[str]
    signed_at: Mapped[datetime]
