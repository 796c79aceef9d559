"""The only place that writes changes of circumstance and their reviews.

Each function writes the rows, appends the event that explains them, records the audit entry, publishes to
those who may know, and starts or stops the clocks, all in the caller's transaction. It decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import agreements, audit, clock, events, timers
from service.access import Actor, Practitioner
from service.circumstances.endings import RECALLED
from service.circumstances.model import (
    Change,
    ChangeDetail,
    ChangeTold,
    Review,
    ReviewAgreement,
    ReviewOutcome,
    ReviewProposal,
)
from service.circumstances.policies import AFTER_RECALL, DANGER, REVIEW_DUE
from service.circumstances.states import TABLE, Action, Facts, Row, State, calls
from service.db import new_id
from service.http.problems import conflict
from service.people import holding_queries
from service.people.model import Person
from service.referrals.actions.circumstances import notify_of_change
from service.referrals.model import DestinationReferral, Disclosure
from service.timers import ClockCase, Subject
from service.transitions import NotAllowed

RECALL = "recall"
"""The subject of the clock of a release that is awaited: the record of somebody who was recalled."""
RISK_REVIEW = "risk"
"""The kind of review that a change opens. Earlier releases opened `disclosure` ones too."""

NO_CHANGE: Final = "review_no_change"
"""The kind of agreement by which a manager agrees that nothing need change."""

MANAGER = "manager"
"""For whom a review waits that would change nothing: any manager who may decide it."""

TOLD_AT_ONCE = {"routine": ["practitioner"], "urgent": ["practitioner", "spo"]}
"""Whom the case system shows a change as soon as it reads its feed."""


def record(session: Session, actor: Actor, *, words: str | None, **columns: Any) -> Change:
    """Store a change and the words about it, and publish it to probation.

    Args:
        words: the details that were given, if any.
        columns: of the change, but for who recorded it and when.
    """
    change = Change(
        **columns,
        organisation_id=actor.organisation_id,
        client_id=actor.client_id,
        practitioner=actor.practitioner.id if actor.practitioner else None,
        recorded_at=clock.now(),
    )
    session.add(change)
    if words is not None:
        session.add(ChangeDetail(change_id=change.id, words=words))
    events.append(
        session,
        actor,
        "change_of_circumstance.recorded",
        subject_kind="change_of_circumstance",
        subject_id=change.id,
        audience=[change.probation_id],
        person_id=change.person_id,
        referral_id=change.referral_id,
        data={
            "kind": change.kind,
            "standing": change.standing,
            "urgency": change.urgency,
            "checks": len(change.checks),
            "for": TOLD_AT_ONCE[change.urgency],
            **({"corrects": change.corrects_id, "withdrawn": change.withdrawn} if change.corrects_id else {}),
        },
    )
    audit.record(
        session,
        actor,
        "collection",
        object_kind="change_of_circumstance",
        object_id=change.id,
        person_id=change.person_id,
        fields=["kind", "occurred_on", "source", "reliability", "standing", *(["details"] if words else [])],
    )
    return change


def share_change(
    session: Session, actor: Actor, change: Change, part: DestinationReferral, sent: Disclosure | None
) -> None:
    """Share a change with one destination: its feed says that there is one, and it reads what it is.

    Args:
        sent: what the destination was last sent.
    """
    recipient = part.organisation_id
    if recipient is None:
        return
    session.add(
        ChangeTold(
            change_id=change.id,
            destination_referral_id=part.id,
            organisation_id=recipient,
            told_at=clock.now(),
        )
    )
    notify_of_change(session, actor, part, change.id, change.urgency)
    audit.record(
        session,
        actor,
        "disclosure",
        object_kind="change_of_circumstance",
        object_id=change.id,
        person_id=change.person_id,
        fields=["kind", "occurred_on", "standing"],
        purpose=part.destination.purpose,
        legal_basis=sent.legal_basis if sent else None,
        recipients=[recipient],
        reason=change.kind,
    )


def clock_case(session: Session, change: Change, practitioner: str, pdu: str | None) -> ClockCase:
    """Return whose the clocks of a change are.

    Args:
        practitioner, pdu: who is accountable for the case.
    """
    caretaker = holding_queries.caretaker_of(session, change.person_id)
    return ClockCase(
        referral_id=change.referral_id,
        person_id=change.person_id,
        probation_id=change.probation_id,
        responder_id=None,
        practitioner=practitioner,
        pdu=pdu,
        label=change.kind,
        caretaker=caretaker.id,
        caretaker_until=caretaker.until,
    )


def open_review(
    session: Session,
    actor: Actor,
    change: Change,
    case: ClockCase,
    *,
    kind: str,
    owner: str,
    consider: list[str],
    policy: str | None = None,
) -> Review:
    """Open a review and start its clock.

    Args:
        case: see `clock_case`; whoever is accountable owes it.
        owner: the role that owes it.
        policy: of its clock; None for that of whoever owes it.
    """
    review = Review(
        id=new_id(),
        change_id=change.id,
        kind=kind,
        person_id=change.person_id,
        probation_id=change.probation_id,
        owner=owner,
        urgency=change.urgency,
        consider=consider,
        state=State.OPEN,
        version=1,
        opened_at=clock.now(),
    )
    review.state_event_id = _review_event(
        session, actor, change, review, TABLE.initial[State.OPEN], data={"owner": owner, "consider": consider}
    )
    session.add(review)
    audit.record(
        session,
        actor,
        "collection",
        object_kind="review",
        object_id=review.id,
        object_version=review.version,
        person_id=review.person_id,
        fields=["state", "kind", "owner", "consider"],
    )
    timers.start(
        session,
        actor,
        subject_of(review),
        "review",
        policy=policy or REVIEW_DUE[owner],
        case=replace(case, label=f"{kind}_review"),
        urgency="urgent" if change.urgency == "urgent" else "routine",
        fresh=True,
    )
    return review


def start_danger(
    session: Session, actor: Actor, change: Change, case: ClockCase, part: DestinationReferral | None
) -> None:
    """Start the clock of a danger; it runs until a named person has confirmed.

    Args:
        case: see `clock_case`; whoever is accountable is notified.
        part: of the destination that reports it, whose managers are notified too.
    """
    if part is not None:
        case = replace(case, referral_id=part.referral_id, responder_id=part.organisation_id)
    timers.start(
        session,
        actor,
        Subject("change_of_circumstance", change.id),
        "danger",
        policy=DANGER,
        case=case,
        urgency="urgent",
        fresh=True,
    )


def await_release(session: Session, actor: Actor, person: Person, day: date | None) -> None:
    """Await the day of a release after a recall; the clock of another day, or of none any more, stops.

    Args:
        day: None where no release is awaited. One that has passed is asked about from now on.
    """
    subject, now = Subject(RECALL, person.id), clock.now()
    wanted = None if day is None else max(clock.at(day, 9), now)
    running = [
        one["due_at"] for one in timers.clocks_of(session, [subject])[subject] if one["state"] != "stopped"
    ]
    if wanted is not None and any(due == wanted or (due <= now and wanted == now) for due in running):
        return
    timers.stop(session, subject, "changed" if wanted else "released")
    if wanted is not None:
        case = holding_queries.clock_case_of(session, person.id, person.holder_id, RECALLED)
        timers.start(session, actor, subject, "release_day", policy=AFTER_RECALL, case=case, hard_date=wanted)


def danger_goes_on(session: Session, change_ids: Iterable[UUID]) -> bool:
    """Return whether an alarm of one of some changes has not been confirmed."""
    subjects = [Subject("change_of_circumstance", change_id) for change_id in change_ids]
    clocks = timers.clocks_of(session, subjects) if subjects else {}
    return any(one["timer"] == "danger" and one["state"] != "stopped" for of in clocks.values() for one in of)


def follow_case(session: Session, person_id: UUID, probation_id: UUID) -> None:
    """Set the region that owes a person's reviews; what was recorded of a change stays as it was."""
    session.execute(update(Review).where(Review.person_id == person_id).values(probation_id=probation_id))


def propose(session: Session, actor: Actor, change: Change, review: Review, **columns: Any) -> None:
    """Have a review that would change nothing wait for a manager; `pause_clocks` has its clock wait too.

    Args:
        review: locked.
        columns: of the proposal, but for its moment.

    Raises:
        Problem: 409 when it is not open.
    """
    proposal = ReviewProposal(id=new_id(), review_id=review.id, proposed_at=clock.now(), **columns)
    _move(
        session,
        actor,
        change,
        review,
        Action.PROPOSE,
        data={"proposal": proposal.id, "for": [MANAGER]},
        fields=["no_change_reason", "considered"],
    )
    session.add(proposal)


def pause_clocks(session: Session, reviews: Iterable[Review]) -> None:
    """Pause the clocks of reviews that wait for a manager: of all together, locked in their order."""
    timers.pause_all(session, list(map(subject_of, reviews)), "review", reason=State.AWAITING_AGREEMENT)


def resume_clocks(session: Session, reviews: Iterable[Review]) -> None:
    """Resume the clocks of reviews that a manager has sent back: of all together, locked in their order."""
    timers.resume_all(session, list(map(subject_of, reviews)), "review")


def send_back(
    session: Session,
    actor: Actor,
    change: Change,
    review: Review,
    *,
    proposal: ReviewProposal,
    manager: Practitioner,
    reason: str,
) -> None:
    """Open a review again because a manager does not agree that nothing need change.

    `resume_clocks` lets its clock go on.

    Args:
        review: locked.
        manager: who may decide about it.

    Raises:
        Problem: 409 when no proposal waits.
    """
    _move(
        session,
        actor,
        change,
        review,
        Action.SEND_BACK,
        manager=True,
        data={"proposal": proposal.id, "for": [review.owner]},
        fields=["agreed", "reason"],
    )
    session.add(_agreement(proposal, manager, reason, agreed=False))


def complete(
    session: Session,
    actor: Actor,
    change: Change,
    review: Review,
    found: Mapping[str, Any],
    *,
    by: str,
    manager: Practitioner | None = None,
    agrees_to: ReviewProposal | None = None,
    reason: str = "",
) -> None:
    """Complete a review with what it found; `stop_clocks` stops its clock.

    Args:
        review: locked.
        found: its members, as of a `Completion`.
        by: the practitioner who found it.
        manager: who may decide that nothing need change, where that was decided.
        agrees_to: the proposal that waited, when the manager agrees to one, with the `reason`.

    Raises:
        Problem: 409 when it has been completed before, or a proposal waits and there is no agreement.
    """
    outcome = ReviewOutcome(
        review_id=review.id,
        changes=found.get("changes", []),
        no_change_reason=found.get("no_change_reason"),
        agreed_by=manager.id if manager else None,
        agreed_role=manager.role if manager else None,
        considered=found["considered"],
        disclosure=found.get("disclosure"),
        withheld=found["withheld"],
        reason=found.get("reason"),
        practitioner=by,
        completed_at=clock.now(),
    )
    agreement = _agreement(agrees_to, manager, reason, agreed=True) if agrees_to and manager else None
    data: dict[str, Any] = {"changes": outcome.changes}
    if outcome.disclosure:
        data["disclosure"] = outcome.disclosure
    _move(
        session,
        actor,
        change,
        review,
        Action.AGREE if agreement else Action.COMPLETE,
        manager=agreement is not None,
        data=data,
        fields=["changes", "no_change_reason", "agreed_by", "considered", "disclosure", "withheld"],
    )
    session.add_all([outcome, agreement] if agreement else [outcome])


def stop_clocks(session: Session, reviews: Iterable[Review]) -> None:
    """Stop the clocks of reviews that are completed: of all together, locked in their order."""
    timers.stop_all(session, list(map(subject_of, reviews)), reason="reviewed")


def put_right(session: Session, actor: Actor, change: Change, review: Review, by: Change) -> None:
    """Have a review look at what was put right, and open it again where a proposal waits for a manager.

    Args:
        review: locked, not finished.
        by: what is said instead, or that it was withdrawn.
    """
    waited = review.state == State.AWAITING_AGREEMENT
    row = TABLE.move(State(review.state), Action.PUT_RIGHT, "service", Facts())
    data = {"by": by.id, "for": [review.owner]}
    _apply(session, actor, change, review, row, data=data, fields=[])
    if waited:
        agreements.lapse(session, [review.id], NO_CHANGE)
        timers.resume(session, subject_of(review), "review")


def close(session: Session, actor: Actor, change: Change, review: Review, reason: str) -> None:
    """Close a review without an outcome, and stop its clock.

    Args:
        review: locked, not finished.
        reason: a code: what has ended it.
    """
    waited = review.state == State.AWAITING_AGREEMENT
    row = TABLE.move(State(review.state), Action.CLOSE, "service", Facts())
    _apply(session, actor, change, review, row, data={"because": reason}, fields=[])
    if waited:
        agreements.lapse(session, [review.id], NO_CHANGE)
    timers.stop(session, subject_of(review), reason="reviewed")


def _move(
    session: Session,
    actor: Actor,
    change: Change,
    review: Review,
    action: Action,
    *,
    data: dict[str, Any],
    fields: list[str],
    manager: bool = False,
) -> None:
    was = State(review.state)
    try:
        row = TABLE.move(was, action, "probation", Facts(manager))
    except NotAllowed:
        allowed = calls(was, manager=manager)
        raise conflict("Not possible in this state of the review.", state=was, allowed=allowed) from None
    _apply(session, actor, change, review, row, data=data, fields=fields)


def _apply(
    session: Session,
    actor: Actor,
    change: Change,
    review: Review,
    row: Row,
    *,
    data: dict[str, Any],
    fields: list[str],
) -> None:
    was, review.state = review.state, row.target
    review.version += 1
    review.state_event_id = _review_event(
        session, actor, change, review, row.event, from_state=was, data=data
    )
    audit.record(
        session,
        actor,
        "alteration",
        object_kind="review",
        object_id=review.id,
        object_version=review.version,
        person_id=review.person_id,
        fields=["state", *fields],
    )


def _agreement(
    proposal: ReviewProposal, manager: Practitioner, reason: str, *, agreed: bool
) -> ReviewAgreement:
    return ReviewAgreement(
        proposal_id=proposal.id,
        agreed=agreed,
        reason=reason,
        manager=manager.id,
        manager_role=manager.role,
        decided_at=clock.now(),
    )


def subject_of(review: Review) -> Subject:
    """Name a review as the subject of its clock."""
    return Subject("review", review.id)


def _review_event(
    session: Session,
    actor: Actor,
    change: Change,
    review: Review,
    name: str,
    *,
    data: dict[str, Any],
    from_state: str | None = None,
) -> UUID:
    return events.append(
        session,
        actor,
        name,
        subject_kind="review",
        subject_id=review.id,
        audience=[review.probation_id],
        person_id=review.person_id,
        referral_id=change.referral_id,
        from_state=from_state,
        to_state=review.state,
        version=review.version,
        data={"kind": review.kind, "change": change.id, "urgency": review.urgency, **data},
    )
