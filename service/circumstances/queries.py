"""What is on record about changes and reviews, for those who may see it. Reads only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks.reasons import ALLEGES_DANGER
from service.circumstances.consequences import CONSEQUENCES, ENDS_ALLEGATION, SETTLED, Standing
from service.circumstances.model import (
    Change,
    ChangeDetail,
    ChangeTold,
    Review,
    ReviewAgreement,
    ReviewOutcome,
    ReviewProposal,
)
from service.circumstances.rules import CORRECTED, URGENT_BY_ITSELF
from service.circumstances.states import FINISHED
from service.corrections.model import corrections_of, stands
from service.gathering import rows_of
from service.http.problems import conflict, not_found
from service.keyset import beyond, counted, in_order, in_pages
from service.people import aliases, visibility
from service.people.model import CaseHolding, Person
from service.referrals.model import DestinationReferral, Placement, Referral
from service.third_parties.model import DisclosureDecision

_Later = aliased(Change)


def changes_visible_to(actor: Actor) -> Select[Change]:
    """Select the changes a caller may know of: those on the records of which it sees them."""
    seen = select(Change).where(Change.person_id.in_(visibility.visible_to(actor, "circumstances")))
    return seen if actor.side == "probation" else seen.where(false())


def find_change(session: Session, actor: Actor, change_id: UUID) -> Change:
    """Find a change that a caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(changes_visible_to(actor).where(Change.id == change_id))
    if found is None:
        raise not_found()
    return found


def list_changes(
    session: Session,
    actor: Actor,
    record_ids: Collection[UUID],
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Change]:
    """List the changes in a person's life; one more than `limit` when there are more.

    Args:
        record_ids: on which records of the person.
        newest: the newest first, otherwise the oldest.
    """
    query = changes_visible_to(actor).where(Change.person_id.in_(record_ids))
    place = (Change.recorded_at, Change.id)
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def count_changes(session: Session, actor: Actor, person_id: UUID) -> dict[str, int]:
    """Count the changes that `list_changes` would list on all pages, by their kind."""
    return counted(session, changes_visible_to(actor).where(Change.person_id == person_id), Change.kind)


def changes_of(session: Session, reviews: Iterable[Review]) -> dict[UUID, Change]:
    """Return the changes that opened some reviews, by their ids."""
    ids = {one.change_id for one in reviews}
    return {row.id: row for row in session.scalars(select(Change).where(Change.id.in_(ids)))}


def words_about(session: Session, change_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what was said about changes; for probation alone."""
    rows = session.scalars(select(ChangeDetail).where(ChangeDetail.change_id.in_(list(change_ids))))
    return {row.change_id: row.words for row in rows}


def said_before(session: Session, change: Change) -> list[UUID]:
    """Return a report and what it puts right, by id: the newest first."""
    found, before = [change.id], change.corrects_id
    while before is not None:
        found.append(before)
        before = session.get_one(Change, before).corrects_id
    return found


def all_said_of(session: Session, change_ids: Collection[UUID]) -> Sequence[Change]:
    """Return some changes, what puts them right or withdraws them, and what was recorded of them since."""
    found, before = list[Change](), set(change_ids)
    while before:
        read = session.scalars(select(Change).where(Change.id.in_(before))).all()
        found += (one for one in read if one.corrects_id is None)
        before = {one.corrects_id for one in read if one.corrects_id is not None}
    new = [one.id for one in found]
    while new:
        of_them = or_(Change.corrects_id.in_(new), Change.follows_id.in_(new))
        later = session.scalars(select(Change).where(of_them)).all()
        found += later
        new = [one.id for one in later]
    return found


def all_of_person(session: Session, person_id: UUID) -> Sequence[Change]:
    """Return every change in a person's life, on any record."""
    return session.scalars(
        select(Change).where(Change.person_id.in_(aliases.same_person_as(person_id)))
    ).all()


def calling_for_disclosure(session: Session, person_id: UUID) -> Sequence[Change]:
    """Return the changes that call for a disclosure decision and have not been refuted."""
    calls = [kind for kind, row in CONSEQUENCES.items() if row.disclosure_decision is not None]
    refuted = select(Change.follows_id).where(
        Change.person_id == person_id, Change.standing == Standing.REFUTED, Change.follows_id.is_not(None)
    )
    return session.scalars(
        select(Change).where(
            Change.person_id == person_id,
            Change.kind.in_(calls),
            Change.standing.in_([Standing.ALLEGED, Standing.ESTABLISHED]),
            Change.id.not_in(refuted),
            Change.follows_id.is_(None) | Change.follows_id.not_in(refuted),
        )
    ).all()


def called_for_no_more(
    session: Session, person_id: UUID, decisions: Iterable[DisclosureDecision]
) -> list[DisclosureDecision]:
    """Return the disclosure decisions that changes opened, where all that called for them was refuted.

    Args:
        decisions: about one person.
    """
    opened = [one for one in decisions if one.change_id is not None]
    calling = calling_for_disclosure(session, person_id) if opened else []
    return [one for one in opened if not any(_calls_for(change, one) for change in calling)]


def _calls_for(change: Change, decision: DisclosureDecision) -> bool:
    """Return whether a change has opened a decision, or found it open and would have."""
    named = str(decision.contact_id) in change.contacts
    return change.id == decision.change_id or (named and change.recorded_at >= decision.opened_at)


def words_of_kind(session: Session, person_id: UUID, kind: str) -> list[list[str]]:
    """Return what was said, line by line, about the changes of one kind in a person's life."""
    rows = session.scalars(
        select(ChangeDetail.words)
        .join(Change, Change.id == ChangeDetail.change_id)
        .where(Change.person_id == person_id, Change.kind == kind)
    )
    return [words.splitlines() for words in rows]


def recipients_of(
    session: Session, change_ids: Iterable[UUID]
) -> list[tuple[ChangeTold, DestinationReferral]]:
    """Return the destinations that changes were shared with."""
    rows = session.execute(
        select(ChangeTold, DestinationReferral)
        .join(DestinationReferral, DestinationReferral.id == ChangeTold.destination_referral_id)
        .where(ChangeTold.change_id.in_(list(change_ids)))
        .order_by(ChangeTold.told_at, DestinationReferral.kind, DestinationReferral.id)
    )
    return [(shared, part) for shared, part in rows]


def shared_changes_for(
    session: Session,
    part: DestinationReferral,
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[Change, datetime]]:
    """Return the changes shared with one destination, each with when; one more than `limit` if there are.

    Args:
        newest: the last shared first, otherwise the first.
    """
    place = (ChangeTold.told_at, Change.id)
    query = in_pages(_shared_with(part), place, newest=newest, after=after, limit=limit)
    return [(change, told_at) for change, told_at in session.execute(query)]


def count_shared_changes(session: Session, part: DestinationReferral) -> dict[str, int]:
    """Count the changes that `shared_changes_for` would return on all pages, by their kind."""
    return counted(session, _shared_with(part), Change.kind)


def _shared_with(part: DestinationReferral) -> Select[Change, datetime]:
    return (
        select(Change, ChangeTold.told_at)
        .join(ChangeTold, ChangeTold.change_id == Change.id)
        .where(
            ChangeTold.destination_referral_id == part.id,
            ChangeTold.organisation_id == part.organisation_id,
        )
    )


@bypasses_row_security
def reported_with(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Change]:
    """Return what the caller's organisation itself has reported about one destination referral.

    It reads its receipts also where it reads nothing else any more.

    One more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
    """
    query = select(Change).where(
        Change.destination_referral_id == part.id, Change.organisation_id == actor.organisation_id
    )
    place = (Change.recorded_at, Change.id)
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def reported(session: Session, actor: Actor, change_id: UUID) -> Change:
    """Return one change that the caller's organisation itself has reported.

    Raises:
        Problem: 404.
    """
    found = session.get(Change, change_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise not_found()
    return found


@bypasses_row_security
def find_concern(session: Session, actor: Actor, part: DestinationReferral, change_id: UUID) -> Change:
    """Find a concern that the caller's organisation itself has reported about a destination referral.

    Raises:
        Problem: 404; 409 with the report that puts it right, or when it has been withdrawn.
    """
    found = session.get(Change, change_id)
    if (
        found is None
        or found.organisation_id != actor.organisation_id
        or found.destination_referral_id != part.id
    ):
        raise not_found()
    later = corrections_of(session, Change, [found.id]).get(found.id)
    if later is not None:
        raise conflict("This has already been corrected. Correct the latest entry.", corrected_by=later)
    if found.withdrawn:
        raise conflict("This report has been withdrawn. Make a new report.")
    return found


def find_review(session: Session, actor: Actor, review_id: UUID, *, lock: bool = False) -> Review:
    """Find a review that a caller may know of.

    Args:
        lock: hold it until the transaction ends.

    Raises:
        Problem: 404.
    """
    return visibility.find_on_record(session, actor, Review, review_id, "circumstances", lock=lock)


def lock_together(session: Session, actor: Actor, review_id: UUID, also: Collection[UUID]) -> list[Review]:
    """Find and lock a review, and which of some others are of the same person and kind; it comes first.

    Two callers who name the same reviews the other way round wait for each other, and never both.

    Raises:
        Problem: 404 unless the caller may know of the review; 409 `held-elsewhere`.
    """
    locked = session.scalars(
        select(Review)
        .where(
            Review.id.in_({review_id, *also}),
            Review.person_id.in_(visibility.visible_to(actor, "circumstances")),
            Review.person_id.in_(visibility.open_to_change(actor)),
        )
        .order_by(Review.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    review = next((one for one in locked if one.id == review_id), None)
    if review is None:
        raise not_found()
    visibility.require_holder(actor, review.probation_id)
    # Hardly ever of several records: they are asked for only then.
    several = any(one.person_id != review.person_id for one in locked)
    same = aliases.ids_of(session, review.person_id) if several else [review.person_id]
    alike = [one for one in locked if one.person_id in same and one.kind == review.kind]
    return [review, *(one for one in alike if one is not review)]


def reviews_of_person(
    session: Session,
    actor: Actor,
    record_ids: Collection[UUID],
    *,
    newest: bool,
    after: tuple[bool, datetime, UUID] | None,
    limit: int,
) -> Sequence[Review]:
    """Return the reviews about a person that a caller may see, completed ones last, then by age.

    One more than `limit` when there are more.

    Args:
        record_ids: on which records of the person.
        newest: of those that are open, and of those that are completed, the newest first.
        after: whether the last review of the previous page was completed, when it was opened, and its id.
    """
    completed = Review.state.in_(FINISHED)
    place = (Review.opened_at, Review.id)
    query = _reviews_of(actor, record_ids)
    if after:
        was_completed, *last = literal(after[0]), *after[1:]
        query = query.where(
            or_(
                completed > was_completed,
                and_(completed == was_completed, beyond(place, last, newest=newest)),
            )
        )
    return session.scalars(in_order(query.order_by(completed), place, newest=newest).limit(limit + 1)).all()


def count_reviews(session: Session, actor: Actor, person_id: UUID) -> dict[str, int]:
    """Count the reviews that `reviews_of_person` would return on all pages, by their state."""
    return counted(session, _reviews_of(actor, [person_id]), Review.state)


def danger_stands(session: Session, person_id: UUID) -> bool:
    """Return whether danger has been alleged of a person and is not reviewed yet, nor found to be nothing.

    Of a kind that is urgent by itself earlier releases did not keep whether somebody had said so too.
    """
    urgent_though = and_(Change.urgency == "urgent", Change.kind.not_in(sorted(URGENT_BY_ITSELF)))
    said_urgent = or_(Change.said_urgent, urgent_though)
    return bool(
        session.scalar(
            select(
                exists()
                .where(Review.person_id.in_(aliases.same_person_as(person_id)))
                .where(Review.state.not_in(FINISHED))
                .where(Change.id == Review.change_id, Change.standing.not_in(SETTLED))
                .where(or_(Change.kind.in_(sorted(ALLEGES_DANGER)), said_urgent))
                .where(~exists().where(_Later.follows_id == Change.id, _Later.standing.in_(SETTLED)))
            )
        )
    )


def open_reviews_of(
    session: Session, person_id: UUID, change_ids: Collection[UUID] | None = None
) -> list[tuple[Review, Change]]:
    """Return the unfinished reviews of a person with the changes that opened them, locked.

    Args:
        change_ids: only those that these changes opened.
    """
    found = select(Review, Change).join(Change, Change.id == Review.change_id)
    found = found.where(Review.person_id == person_id, Review.state.not_in(FINISHED))
    if change_ids is not None:
        found = found.where(Review.change_id.in_(change_ids))
    rows = session.execute(found.order_by(Review.id).with_for_update(of=Review)).all()
    return [(review, change) for review, change in rows]


def later_than(session: Session, change_ids: Collection[UUID]) -> dict[UUID, Change]:
    """Return, for allegations that have ended, the change that ended each: the last one that says so."""
    rows = session.scalars(
        select(Change)
        .where(Change.follows_id.in_(change_ids), Change.standing.in_(ENDS_ALLEGATION))
        .order_by(Change.recorded_at, Change.id)
    )
    return {row.follows_id: row for row in rows if row.follows_id is not None}


def following(session: Session, change_id: UUID) -> Sequence[Change]:
    """Return what has been recorded about an allegation since, in order: that it is so, or how it ended."""
    later = select(Change).where(Change.follows_id == change_id)
    return session.scalars(later.order_by(Change.recorded_at, Change.id)).all()


def last_arrival(session: Session, parts: Iterable[DestinationReferral]) -> date | None:
    """Return the last day on which somebody has arrived for a stay of some destination referrals."""
    of_parts = Placement.id.in_([part.id for part in parts])
    return session.scalar(select(func.max(Placement.arrived_on)).where(of_parts))


def happened(session: Session, person_id: UUID, kinds: Collection[str]) -> Sequence[Change]:
    """Return the changes of some kinds that are established and not refuted, in the order they happened."""
    of_person = Change.person_id.in_(aliases.same_person_as(person_id))
    return session.scalars(_happened(kinds).where(of_person)).all()


def happened_by(session: Session, record_ids: Collection[UUID], kinds: Collection[str]) -> Sequence[Change]:
    """Return what `happened` does, of what stands on some records and on no other of theirs."""
    return session.scalars(_happened(kinds).where(Change.person_id.in_(record_ids))).all()


def _happened(kinds: Collection[str]) -> Select[Change]:
    return (
        select(Change)
        .where(Change.kind.in_(kinds), Change.standing == Standing.ESTABLISHED, ~_is_refuted())
        .order_by(Change.occurred_on, Change.recorded_at, Change.id)
    )


def _is_refuted() -> ColumnElement[bool]:
    """Whether a change was shown not to be so: what was established of an allegation falls with it."""
    return exists().where(
        _Later.standing == Standing.REFUTED,
        _Later.follows_id == func.coalesce(Change.follows_id, Change.id),
    )


def _reviews_of(actor: Actor, record_ids: Collection[UUID]) -> Select[Review]:
    return select(Review).where(
        Review.person_id.in_(record_ids),
        Review.person_id.in_(visibility.visible_to(actor, "circumstances")),
    )


def reviews_of_changes(session: Session, change_ids: Iterable[UUID]) -> Sequence[Review]:
    """Return the reviews that changes opened."""
    return session.scalars(
        select(Review).where(Review.change_id.in_(list(change_ids))).order_by(Review.opened_at, Review.kind)
    ).all()


def outcomes_of(session: Session, review_ids: Iterable[UUID]) -> dict[UUID, ReviewOutcome]:
    """Return what completed reviews found."""
    rows: list[ReviewOutcome] = rows_of(session, ReviewOutcome.review_id, list(review_ids))
    return {row.review_id: row for row in rows}


def proposals_of(
    session: Session, review_ids: Iterable[UUID]
) -> list[tuple[ReviewProposal, ReviewAgreement | None]]:
    """Return every proposal that reviews change nothing, oldest first, with what a manager said to it."""
    found: list[ReviewProposal] = rows_of(session, ReviewProposal.review_id, list(review_ids))
    agreements = {
        agreement.proposal_id: agreement
        for agreement in rows_of(session, ReviewAgreement.proposal_id, [one.id for one in found])
    }
    found.sort(key=lambda proposal: (proposal.review_id, proposal.number))
    return [(proposal, agreements.get(proposal.id)) for proposal in found]


def practitioners_of(session: Session, review_ids: Iterable[UUID]) -> dict[UUID, set[str | None]]:
    """Return, for each review, who recorded the change that opened it and who is accountable for the case.

    An officer of a destination is none of the region's staff, whatever their id.
    """
    in_the_region = case((Change.organisation_id == Change.probation_id, Change.practitioner))
    rows = session.execute(
        select(Review.id, in_the_region, func.coalesce(Referral.practitioner, CaseHolding.practitioner_id))
        .join(Change, Change.id == Review.change_id)
        .outerjoin(Referral, Referral.id == Change.referral_id)
        .outerjoin(
            CaseHolding,
            and_(
                Change.referral_id.is_(None),
                CaseHolding.person_id == Review.person_id,
                CaseHolding.ended_at.is_(None),
            ),
        )
        .where(Review.id.in_(list(review_ids)), or_(Referral.id.is_not(None), CaseHolding.id.is_not(None)))
    )
    return {review_id: {recorded_by, accountable} for review_id, recorded_by, accountable in rows}


def latest_referrals(
    session: Session, probation_id: UUID, person_id: UUID, *, lock: bool = False
) -> Sequence[Referral]:
    """Return a region's newest referral on each record of a person: those whose checks are raised again."""
    newest = (
        select(Referral.id)
        .where(
            Referral.person_id.in_(aliases.same_person_as(person_id)), Referral.probation_id == probation_id
        )
        .ext(distinct_on(Referral.person_id))
        .order_by(Referral.person_id, Referral.submitted_at.desc(), Referral.id.desc())
    )
    found = select(Referral).where(Referral.id.in_(newest)).order_by(Referral.id)
    return session.scalars(found.with_for_update() if lock else found).all()


def crns_of(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the case reference numbers of people that the caller has been found to know of."""
    rows = session.execute(select(Person.id, Person.crn).where(Person.id.in_(list(person_ids))))
    return {row.id: row.crn for row in rows}


def correction_since(session: Session, part_id: UUID, about: str, since: datetime) -> Change | None:
    """Return the first change that was recorded of something put right since a moment, and still stands.

    Args:
        part_id: the destination referral in which it was said.
        about: the words with which its details begin.
    """
    return session.scalar(
        select(Change)
        .join(ChangeDetail, ChangeDetail.change_id == Change.id)
        .where(
            Change.destination_referral_id == part_id,
            Change.kind == CORRECTED,
            Change.recorded_at >= since,
            ChangeDetail.words.startswith(about, autoescape=True),
            stands(Change),
        )
        .order_by(Change.recorded_at)
        .limit(1)
    )
