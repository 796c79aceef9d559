"""Makes requests urgent, and follows the day by which answers are needed. None becomes routine again."""

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, timers
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.model import Check, CheckRequest
from service.checks.states import ANSWERED, UNANSWERED, State
from service.db import transaction
from service.people import aliases

PASSED: Final = "passed"
"""The code of why something is needed by another day: the first that was known has come."""
HEARING: Final = "hearing"
"""The code of why something is due on another day: a hearing was put off, brought forward or vacated."""


@bypasses_row_security
def raise_urgency(
    session: Session, actor: Actor, referral_id: uuid.UUID, *, hard_date: datetime | None = None
) -> None:
    """Make every unanswered request of a referral urgent.

    Args:
        hard_date: a release, hearing or move that fixes when the answers are needed; never put back.
    """
    found = session.scalars(select(Check.person_id).where(Check.referral_id == referral_id).limit(1))
    checks = writes.lock_record(session, found.one())
    of_referral = [check.id for check in checks.values() if check.referral_id == referral_id]
    requests = queries.requests_of(session, of_referral)
    unanswered = [request for request in requests if State(request.state) in UNANSWERED]
    hurried = writes.note_urgent(session, unanswered)
    writes.make_urgent(session, actor, checks, unanswered, hard_date, hurried=hurried)


@bypasses_row_security
def hurry_reviews(session: Session, person_id: uuid.UUID) -> None:
    """Make the review of every answer about a person urgent that has not been reviewed."""
    checks = writes.lock_record(session, person_id)
    requests = queries.requests_of(session, list(checks))
    answered = [one for one in requests if State(one.state) in ANSWERED]
    timers.raise_urgency(session, dict.fromkeys(map(writes.subject_of, answered)), besides="answer")


@bypasses_row_security
def follow_needed_by(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    needed_by: datetime | None,
    *,
    waited_for: Collection[datetime | None] | None = None,
    put_back: bool = False,
    reason: str,
) -> None:
    """Bring every unanswered request about a person in line with another day by which answers are needed.

    A day that comes sooner pulls them forward. A later one leaves them, unless somebody has said why they may
    wait, and then only those that waited for the day before (truth-over-time, "Clocks").

    Args:
        needed_by: None when the day is no longer known.
        waited_for: the days of the same fact that have been on record; None where they are not known.
        put_back: whether a practitioner has said so, with a reason.
        reason: a code of what has changed.
    """
    checks = writes.lock_record(session, person_id)

    def follows(known: datetime | None, now: datetime | None) -> bool:
        put_off = put_back and (waited_for is None or known in waited_for)
        return known != now and (put_off or timers.is_sooner(now, known))

    released = [
        check for check in queries.last_of_each(checks.values()) if follows(check.release_at, needed_by)
    ]
    writes.note_days(session, actor, released, release_at=needed_by)
    needed_by = queries.needed_by(session, person_id, needed_by)
    _follow(session, actor, checks, needed_by, follows, reason=reason, put_back=put_back)


@bypasses_row_security
def follow_hearing(
    session: Session, actor: Actor, person_id: uuid.UUID, hearing_at: datetime | None, *, put_back: bool
) -> None:
    """Bring every unanswered request about a person in line with another day of the hearing in the case.

    The rule is that of `follow_needed_by`, on each record of the person; what is asked later is needed by the
    new day in any case.

    Args:
        hearing_at: None when there is none any more.
        put_back: whether a practitioner has said that what was needed by an earlier day may wait.
    """
    records = aliases.ids_of(session, person_id)
    for record_id in records:
        checks = writes.lock_record(session, record_id)
        last = queries.last_of_each(checks.values())
        writes.note_days(session, actor, last, hearing_at=hearing_at)
        others = [check for check in checks.values() if check not in last and check.hearing_at is not None]
        writes.note_days(session, actor, others, hearing_at=None)
    # What one record says of a hearing counts for all.
    for record_id in records:
        needed_by = _follow_hearings(session, actor, record_id, put_back=put_back)
        last = queries.last_of_each(writes.lock_record(session, record_id).values())
        writes.note_days(session, actor, last, hard_date=needed_by)


@bypasses_row_security
def follow_hearings(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Pull what is asked about a person forward to the hearings that their other records name."""
    _follow_hearings(session, actor, person_id, put_back=False)


def _follow_hearings(
    session: Session, actor: Actor, person_id: uuid.UUID, *, put_back: bool
) -> datetime | None:
    checks = writes.lock_record(session, person_id)
    released = {check.release_at for check in queries.last_of_each(checks.values())}
    ahead = (day for day in released if day is not None and day > clock.now())
    needed_by = queries.needed_by(session, person_id, *ahead)

    def follows(known: datetime | None, now: datetime | None) -> bool:
        # A release that has been is no less so for what is said of a hearing.
        put_off = put_back and known not in released
        return known != now and (put_off or timers.is_sooner(now, known))

    _follow(session, actor, checks, needed_by, follows, reason=HEARING, put_back=put_back)
    return needed_by


def _follow(
    session: Session,
    actor: Actor,
    checks: Mapping[uuid.UUID, Check],
    needed_by: datetime | None,
    follows: Callable[[datetime | None, datetime | None], bool],
    *,
    reason: str,
    put_back: bool,
) -> None:
    """Bring requests, and the checks raised last, in line with the day by which answers are needed.

    Args:
        checks: all of the record, locked, by id.
        follows: whether what was needed by one day is needed by another now.
    """
    concerned = [
        request
        for request in queries.requests_of(session, list(checks))
        if State(request.state) in UNANSWERED and follows(request.hard_date, needed_by)
    ]
    if concerned and needed_by is not None and needed_by <= clock.now():
        # A day that has passed cannot be kept: the answers are urgent from now.
        hurried = writes.note_urgent(session, concerned)
        writes.make_urgent(session, actor, checks, concerned, needed_by, hurried=hurried)
    elif concerned:
        writes.follow_needed_by(
            session, actor, checks, concerned, needed_by, reason=reason, put_back=put_back
        )
    # What is asked later is needed by that day, too, though all that was asked has been answered.
    last = [check for check in queries.last_of_each(checks.values()) if follows(check.hard_date, needed_by)]
    writes.note_days(session, actor, last, hard_date=needed_by)


@bypasses_row_security
def give_back_needed_by(
    session: Session, actor: Actor, person_id: uuid.UUID, wrong: datetime, since: datetime, *, reason: str
) -> None:
    """Give unanswered requests the day again by which they were needed before one that was not so.

    Args:
        wrong: the day by which they are needed now.
        since: when that was recorded.
        reason: a code of what has changed.
    """
    checks = writes.lock_record(session, person_id)
    moved = {
        writes.subject_of(request): request
        for request in queries.requests_of(session, list(checks))
        if request.hard_date == wrong
    }
    before = timers.hard_dates_before(session, moved, since)
    if not before:
        return
    known = min((day for day in before.values() if day is not None), default=None)
    for subject, request in moved.items():
        if State(request.state) in UNANSWERED:
            # What was asked since is needed by the day that was so then.
            day = before.get(subject, known)
            writes.follow_needed_by(session, actor, checks, [request], day, reason=reason)
    # What is asked later, too.
    last = [check for check in queries.last_of_each(checks.values()) if check.release_at == wrong]
    writes.note_days(session, actor, last, release_at=known, hard_date=known)


def await_next_day(request_id: uuid.UUID) -> None:
    """Have what is unanswered be needed by the next day on record, once the first of them has come.

    Args:
        request_id: whose clock has reached its hard date; runs in a transaction of its own.
    """
    with transaction("worker") as session:
        request = session.get_one(CheckRequest, request_id)
        checks = writes.lock_record(session, request.person_id)
        last = queries.last_of_each(checks.values())
        following = queries.next_needed_by(session, request.person_id, *(one.release_at for one in last))
        now = clock.now()
        concerned = [
            one
            for one in queries.requests_of(session, list(checks))
            if State(one.state) in UNANSWERED and one.hard_date is not None and one.hard_date <= now
        ]
        if following is not None and concerned:
            actor = Actor.for_service("checks")
            writes.follow_needed_by(session, actor, checks, concerned, following, reason=PASSED)


timers.at_hard_date("check_request", await_next_day)


@bypasses_row_security
def raise_urgency_of_address(session: Session, actor: Actor, address_id: uuid.UUID) -> None:
    """Make every unanswered request about an address urgent."""
    asked = queries.outstanding_for_address(session, address_id)
    if not asked:
        return
    checks = writes.lock_record(session, asked[0].person_id)
    # As they stand now that they are locked.
    asked = queries.outstanding_for_address(session, address_id)
    hurried = writes.note_urgent(session, asked, address_id=address_id)
    writes.make_urgent(session, actor, checks, asked, None, hurried=hurried)
