"""What changes and reviews look like to each caller, as plain values; records who looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, timers
from service.access import Actor
from service.agreements.views import endorsements
from service.checks.queries import sent_about_contact
from service.circumstances import four_eyes, queries, states, writes
from service.circumstances.actions.lowering import outstanding_for
from service.circumstances.consequences import CONSEQUENCES, Standing
from service.circumstances.endings import ENDINGS
from service.circumstances.four_eyes import Known
from service.circumstances.model import Change, Review, ReviewAgreement, ReviewOutcome, ReviewProposal
from service.circumstances.rules import alleges_danger
from service.circumstances.states import State
from service.corrections.model import corrections_of
from service.corrections.rules import shown
from service.events.subjects import href
from service.http import etag, with_beside
from service.people.model import Contact, Person
from service.people.protected import as_shown
from service.people.queries import danger_advice
from service.third_parties import queries as disclosures


def changes(session: Session, actor: Actor, found: Sequence[Change]) -> list[dict[str, Any]]:
    """Show changes to probation with what was said and what they set off; each is a consultation."""
    ids = [change.id for change in found]
    words = queries.words_about(session, ids)
    # One person may have several records, of which the caller sees more or less.
    for record_id in {change.person_id for change in found}:
        own = {change.id for change in found if change.person_id == record_id} & words.keys()
        words |= as_shown(session, actor, record_id, {one: words[one] for one in own})
    crns = queries.crns_of(session, {change.person_id for change in found})
    shared: dict[UUID, list[dict[str, Any]]] = {}
    for row, part in queries.recipients_of(session, ids):
        shared.setdefault(row.change_id, []).append(
            {"destination_referral_id": part.id, "destination": part.kind, "told_at": row.told_at}
        )
    opened: dict[UUID, list[dict[str, Any]]] = {}
    reviews = queries.reviews_of_changes(session, ids)
    for one in _reviews(session, actor, reviews, crns, _around(session, actor, reviews)):
        opened.setdefault(one["change_id"], []).append(one)
    decisions = disclosures.opened_by_changes(session, ids)
    ended = queries.later_than(session, {*ids, *(one.follows_id for one in found if one.follows_id)})
    later = corrections_of(session, Change, ids)
    for change in found:
        _consulted(session, actor, change, "details")
    return [
        _facts(change)
        | {
            "href": href("change_of_circumstance", change.id),
            "crn": crns[change.person_id],
            "source": change.source,
            "reliability": change.reliability,
            "ended": _ended(_end_of(change, ended)),
            "release_date": change.release_date,
            "hearing_date": change.hearing_date,
            "may_wait": change.may_wait,
            "follows": change.follows_id,
            "details": words.get(change.id),
            "contacts": change.contacts,
            "addresses": change.addresses,
            "checks": change.checks,
            "told": shared.get(change.id, []),
            "reviews": opened.get(change.id, []),
            "disclosure_decisions": decisions.get(change.id, []),
            "rosh_assessment_id": change.rosh_assessment_id,
            "destination_referral_id": change.destination_referral_id,
            "practitioner": change.practitioner,
            "recorded_at": change.recorded_at,
            # Why is among the details.
            **shown(change, later, None),
        }
        for change in found
    ]


def _end_of(change: Change, ended: Mapping[UUID, Change]) -> Change | None:
    """Return what ended an allegation, or what was established of it before."""
    if change.follows_id is None or change.standing != Standing.ESTABLISHED:
        return ended.get(change.id)
    by = ended.get(change.follows_id)
    return by if by is not None and by.recorded_at >= change.recorded_at else None


def _ended(by: Change | None) -> dict[str, Any] | None:
    if by is None:
        return None
    return {"standing": by.standing, "change_id": by.id, "at": by.recorded_at}


def change(session: Session, actor: Actor, row: Change) -> dict[str, Any]:
    """Show probation a change, and whom to ring if it says that somebody may be in danger.

    The words are those that everybody is answered who reports danger.
    """
    (view,) = changes(session, actor, [row])
    ending = ENDINGS.get(row.kind)
    if ending is not None and ending.ends_supervision:
        view["outstanding"] = outstanding_for(session, session.get_one(Person, row.person_id))
    if alleges_danger(row.kind, row.standing, urgent=row.said_urgent):
        view["advice"] = danger_advice(session, actor.organisation_id)
    return view


def show_reviews(session: Session, actor: Actor, found: Sequence[Review]) -> list[dict[str, Any]]:
    """Show reviews to probation; each is a consultation."""
    return _show_reviews(session, actor, found, _around(session, actor, found))


def show_review(session: Session, actor: Actor, review: Review, known: Known) -> tuple[dict[str, Any], str]:
    """Show one review to probation, as a consultation.

    Returns:
        The view, and its tag.
    """
    around = _around(session, actor, [review], known)
    (shown,) = _show_reviews(session, actor, [review], around)
    said = [(one["by"], one["at"]) for one in shown["endorsements"]]
    return shown, with_beside(_tag_of(review, around), *said)


def supplied(session: Session, actor: Actor, contact: Contact) -> dict[str, Any]:
    """Show the details of a contact and the checks on them, and record the consultation."""
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="contact",
        object_id=contact.id,
        object_version=contact.version,
        person_id=contact.person_id,
        fields=("details_status", "check_requests"),
    )
    return {
        "id": contact.id,
        "details_status": contact.details_status,
        "version": contact.version,
        "check_requests": [request.id for request in sent_about_contact(session, actor, contact.id)],
    }


def shared_changes(
    session: Session, actor: Actor, found: Sequence[tuple[Change, datetime]]
) -> list[dict[str, Any]]:
    """Show a destination the changes shared with it: that they happened, never their details."""
    for change, _ in found:
        _consulted(session, actor, change, "kind", "occurred_on", "standing")
    return [_facts(change) | {"told_at": told_at} for change, told_at in found]


def tag_of(session: Session, actor: Actor, review: Review, known: Known) -> str:
    """Return the tag of a review: its version, whether it is overdue, and what this caller may do."""
    return _tag_of(review, _around(session, actor, [review], known))


def receipts(
    session: Session, actor: Actor, region_id: UUID, found: Sequence[Change]
) -> list[dict[str, Any]]:
    """Show a destination that what it has reported was received; each is a consultation.

    Args:
        region_id: whose referral it was reported about.
    """
    for change in found:
        _consulted(session, actor, change, "occurred_on")
    told = danger_advice(session, region_id)
    later = corrections_of(session, Change, [change.id for change in found])
    return [_receipt(change, told, later) for change in found]


def receipt(session: Session, region_id: UUID, change: Change) -> dict[str, Any]:
    """Show the reporter that a concern was received and what to do now, and nothing of the case.

    Args:
        region_id: as of `receipts`.
    """
    return _receipt(change, danger_advice(session, region_id), {})


def _receipt(change: Change, told: Mapping[str, Any], later: Mapping[UUID, UUID]) -> dict[str, Any]:
    return shown(change, later, None) | {
        "id": change.id,
        "occurred_on": change.occurred_on,
        "received_at": change.recorded_at,
        "advice": told,
    }


def _facts(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "kind": change.kind,
        "words": CONSEQUENCES[change.kind].words,
        "occurred_on": change.occurred_on,
        "standing": change.standing,
        "urgency": change.urgency,
    }


@dataclass(frozen=True, slots=True)
class _Around:
    """The rows that the views and tags of reviews show in addition to the reviews themselves.

    Args:
        clocks: by the review's id.
        proposals: of each review, oldest first, with what a manager said to it.
        may_agree: the ids of the reviews to which the caller may agree.
        may_complete: the ids of those that the caller may complete while they are open.
        outcomes: of those that are completed, by the review's id.
        only_read: the ids of those on a record that another region holds.
        endorsements: what managers said to those that are completed, by the review's id.
    """

    clocks: Mapping[UUID, Sequence[Mapping[str, Any]]]
    proposals: Sequence[tuple[ReviewProposal, ReviewAgreement | None]]
    may_agree: frozenset[UUID]
    may_complete: frozenset[UUID]
    outcomes: Mapping[UUID, ReviewOutcome]
    only_read: frozenset[UUID]
    endorsements: Mapping[UUID, list[dict[str, Any]]]


def _around(session: Session, actor: Actor, found: Sequence[Review], known: Known | None = None) -> _Around:
    """Load what the views of several reviews show, in a fixed number of queries.

    Args:
        known: what four eyes must know of them, if it has been read.
    """
    subjects = {review.id: writes.subject_of(review) for review in found}
    completed = [review.id for review in found if review.state == State.COMPLETED]
    clocks = timers.clocks_of(session, subjects.values())
    proposals = queries.proposals_of(session, subjects)
    waiting = {proposal.review_id: proposal for proposal, said in proposals if said is None}
    known = four_eyes.known_of(session, actor, found) if known is None else known
    return _Around(
        {review_id: clocks[subject] for review_id, subject in subjects.items()},
        proposals,
        frozenset(four_eyes.may_agree(actor, found, waiting, known)),
        frozenset(review.id for review in found if four_eyes.may_complete(actor, review, known)),
        queries.outcomes_of(session, subjects),
        frozenset(review.id for review in found if actor.only_reads(review.probation_id)),
        endorsements(session, "review_endorsed", completed),
    )


def _show_reviews(
    session: Session, actor: Actor, found: Sequence[Review], around: _Around
) -> list[dict[str, Any]]:
    for review in found:
        _consulted(session, actor, review, "outcome")
    crns = queries.crns_of(session, {review.person_id for review in found})
    return _reviews(session, actor, found, crns, around)


def _reviews(
    session: Session, actor: Actor, found: Sequence[Review], crns: Mapping[UUID, str], around: _Around
) -> list[dict[str, Any]]:
    decided = dict[UUID, dict[str, Any]]()
    for record_id in {review.person_id for review in found}:
        own = {review.id: _decided(review, around) for review in found if review.person_id == record_id}
        decided |= as_shown(session, actor, record_id, own)
    return [
        {
            "id": review.id,
            "href": href("review", review.id),
            "crn": crns[review.person_id],
            "change_id": review.change_id,
            "kind": review.kind,
            "owner": review.owner,
            "urgency": review.urgency,
            "consider": review.consider,
            "state": review.state,
            "version": review.version,
            "opened_at": review.opened_at,
            "due_at": min(
                (one["due_at"] for one in around.clocks[review.id] if one["state"] != "paused"), default=None
            ),
            "overdue": _overdue(review, around),
            "waits_for": _waits_for(review),
            "allowed_transitions": _allowed(review, around),
            **decided[review.id],
        }
        for review in found
    ]


def _decided(review: Review, around: _Around) -> dict[str, Any]:
    """Return what was proposed, decided and said to it, in the words of those who did."""
    return {
        "proposals": [_proposal(*pair) for pair in around.proposals if pair[0].review_id == review.id],
        "outcome": _outcome(around.outcomes.get(review.id)),
        "endorsements": around.endorsements.get(review.id, []),
    }


def _tag_of(review: Review, around: _Around) -> str:
    return etag("review", review.id, review.version, _overdue(review, around), *_allowed(review, around))


def _overdue(review: Review, around: _Around) -> bool:
    return review.state != State.COMPLETED and any(one["overdue"] for one in around.clocks[review.id])


def _allowed(review: Review, around: _Around) -> Sequence[str]:
    if review.id in around.only_read:
        return ()
    return states.calls(
        State(review.state),
        manager=review.id in around.may_agree,
        completes=review.id in around.may_complete,
    )


def _waits_for(review: Review) -> str | None:
    match review.state:
        case State.OPEN:
            return review.owner
        case State.AWAITING_AGREEMENT:
            return writes.MANAGER
        case _:
            return None


def _proposal(proposal: ReviewProposal, agreement: ReviewAgreement | None) -> dict[str, Any]:
    return {
        "number": proposal.number,
        "no_change_reason": proposal.no_change_reason,
        "considered": proposal.considered,
        "withheld": proposal.withheld,
        "reason": proposal.reason,
        "practitioner": proposal.practitioner,
        "proposed_at": proposal.proposed_at,
        "agreement": agreement
        and {
            "agreed": agreement.agreed,
            "reason": agreement.reason,
            "manager": agreement.manager,
            "role": agreement.manager_role,
            "decided_at": agreement.decided_at,
        },
    }


def _outcome(outcome: ReviewOutcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    agreed = {"id": outcome.agreed_by, "role": outcome.agreed_role} if outcome.agreed_by else None
    return {
        "changes": outcome.changes,
        "no_change_reason": outcome.no_change_reason,
        "agreed_by": agreed,
        "considered": outcome.considered,
        "disclosure": outcome.disclosure,
        "withheld": outcome.withheld,
        "reason": outcome.reason,
        "practitioner": outcome.practitioner,
        "completed_at": outcome.completed_at,
    }


def _consulted(session: Session, actor: Actor, seen: Change | Review, *fields: str) -> None:
    audit.record(
        session,
        actor,
        "consultation",
        object_kind=seen.__tablename__,
        object_id=seen.id,
        person_id=seen.person_id,
        fields=fields,
    )
