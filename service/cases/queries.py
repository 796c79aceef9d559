"""What is not finished in a case, for whoever takes it over. Reads only."""

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.checks.model import CheckRequest
from service.checks.states import UNANSWERED
from service.checks.states import State as RequestState
from service.circumstances.model import Review
from service.circumstances.states import State as ReviewState
from service.destinations.states import WAITING
from service.fields import moment_text
from service.people import aliases
from service.people.model import Person
from service.referrals.model import ChangeNotice, DestinationReferral, Referral
from service.third_parties.model import DisclosureDecision
from service.third_parties.states import ENDED

OUTSTANDING: Final = MappingProxyType(
    {
        "open_check": "an agency has not answered a question about safety, or has not been asked yet",
        "unreviewed_result": "an agency's answer has not been reviewed",
        "open_review": "a review that a change of circumstance opened is not complete",
        "open_disclosure_decision": "probation has not decided on a disclosure, or has not made it yet",
        "unacknowledged_change": "a destination has not acknowledged what changed for it",
        "destination_waiting": "a destination has not been sent the referral yet",
    }
)
"""What the completeness list of a transfer counts."""
SECTION_OF: Final = MappingProxyType(
    {
        "open_check": "checks",
        "unreviewed_result": "checks",
        "open_review": "circumstances",
        "open_disclosure_decision": "circumstances",
        "unacknowledged_change": "referrals",
        "destination_waiting": "referrals",
    }
)
"""The section of the record to which each belongs: who does not see it is not shown them."""
SECTIONS_COUNTED: Final = tuple(sorted(set(SECTION_OF.values())))


def outstanding(session: Session, person: Person) -> list[dict[str, Any]]:
    """Return what is not finished in a case, oldest first within each kind, without checking who may see it.

    On all records of the person.

    One statement for each kind. Each item has its `kind`, `subject_kind`, `subject_id`, `label` and `since`.
    """
    found = []
    for kind, subject_kind, query in _queries(person.id):
        for subject_id, label, since in session.execute(query):
            found.append(
                {
                    "kind": kind,
                    "subject_kind": subject_kind,
                    "subject_id": str(subject_id),
                    "label": label,
                    "since": moment_text(since),
                }
            )
    return found


def _queries(person_id: UUID) -> Iterator[tuple[str, str, Select[UUID, str, datetime]]]:
    records = aliases.same_person_as(person_id)
    asked = (
        select(CheckRequest.id, CheckRequest.kind, CheckRequest.required_at)
        .where(CheckRequest.person_id.in_(records))
        .order_by(CheckRequest.required_at, CheckRequest.id)
    )
    yield "open_check", "check_request", asked.where(CheckRequest.state.in_(sorted(UNANSWERED)))
    yield "unreviewed_result", "check_request", asked.where(CheckRequest.state == RequestState.RETURNED)
    yield (
        "open_review",
        "review",
        select(Review.id, Review.kind, Review.opened_at)
        .where(Review.person_id.in_(records), Review.state != ReviewState.COMPLETED)
        .order_by(Review.opened_at, Review.id),
    )
    yield (
        "open_disclosure_decision",
        "disclosure_decision",
        select(DisclosureDecision.id, DisclosureDecision.recipient, DisclosureDecision.opened_at)
        .where(DisclosureDecision.person_id.in_(records), DisclosureDecision.state.not_in(sorted(ENDED)))
        .order_by(DisclosureDecision.opened_at, DisclosureDecision.id),
    )
    yield (
        "unacknowledged_change",
        "change_notice",
        select(ChangeNotice.id, DestinationReferral.kind, ChangeNotice.made_at)
        .join(DestinationReferral, DestinationReferral.id == ChangeNotice.destination_referral_id)
        .join(Referral, Referral.id == DestinationReferral.referral_id)
        .where(Referral.person_id.in_(records), ChangeNotice.acknowledged_at.is_(None))
        .order_by(ChangeNotice.made_at, ChangeNotice.id),
    )
    yield (
        "destination_waiting",
        "destination_referral",
        select(DestinationReferral.id, DestinationReferral.kind, DestinationReferral.created_at)
        .join(Referral, Referral.id == DestinationReferral.referral_id)
        .where(Referral.person_id.in_(records), DestinationReferral.state.in_(sorted(WAITING)))
        .order_by(DestinationReferral.created_at, DestinationReferral.id),
    )
