"""Follows what prisons sent: one person in a transaction, then one digest for each region of a batch.

It goes through the door by which a referral is amended, and whatever hangs on a release date is worked out
again at its end. A worker does it, so that a prison learns nothing from how long its call takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from service import clock, db, settling
from service.access import Actor
from service.checks import actions as checks
from service.circumstances.actions.ending import Custody, custody_of
from service.circumstances.actions.planned_release import follow_planned_release
from service.clock import LONDON
from service.destinations.ending import is_for_release
from service.http.problems import Problem
from service.people import aliases
from service.people.actions.released import note_release
from service.referrals.actions.release_dates import allows_release, change_release_date
from service.referrals.actions.required_checks import RELEASE_DATE
from service.referrals.document_queries import whole_document
from service.referrals.model import Referral
from service.referrals.queries import open_referrals_of
from service.release_dates import queries, rules, writes
from service.release_dates.model import ReleaseDateLine
from service.release_dates.rules import TOLD_OF, Outcome
from service.timers.sweep import FAULTS

MOST_AT_ONCE: Final = 500
"""The most lines that a worker follows in one pass, so that clocks do not wait for them."""
_RANK: Final[Sequence[Outcome]] = ("unclear", "changed", "another_on_record", "older", "same")
"""Of several open referrals of a person, what is said of the line: the first that one of them has."""
_log = structlog.get_logger()


def take(session: Session, actor: Actor, lines: Sequence[Mapping[str, Any]]) -> UUID:
    """Take release dates from a prison, all of them, and say nothing of anybody; return the id of the batch.

    Args:
        lines: valid.
    """
    return writes.take(session, actor, lines)


def follow_release_dates(_now: datetime) -> int:
    """Follow the lines that wait, and tell the regions of each whole batch; return how many lines."""
    followed = 0
    while followed < MOST_AT_ONCE and db.again_after_deadlock(_follow_next):
        followed += 1
    while _tell_next():
        pass
    return followed


def _follow_next() -> bool:
    """Follow the line that has waited longest; return whether there was one.

    It goes on waiting where it turns out only under the locks whose records it is about.
    """
    taken: UUID | None = None
    try:
        with db.transaction("worker") as session:
            line = queries.next_line(session)
            if line is None:
                return False
            taken = line.id
            _follow(session, line)
    except (*FAULTS, Problem) as fault:
        _log.error("release_date_faulted", line=str(taken), fault=type(fault).__name__)
        with db.transaction("worker") as session:
            line = session.get_one(ReleaseDateLine, taken)
            match = queries.matched(session, line)
            writes.follow(session, _sent_by(line), line, match.person, "unclear")
    return True


def _sent_by(line: ReleaseDateLine) -> Actor:
    return Actor.for_service("release_dates", line.organisation_id)


def _follow(session: Session, line: ReleaseDateLine) -> None:
    match, actor = queries.matched(session, line), _sent_by(line)
    person = match.person
    if person is None:
        writes.forget(session, line)
        return
    if not match.clear or queries.is_contradicted(session, line, person):
        writes.follow(session, actor, line, person, "unclear")
        return
    # The referrals first, as everywhere, then the person; also those of CRNs for which the record stands.
    known_as = set(aliases.ids_of(session, person.id))
    referrals = [
        referral
        for referral in open_referrals_of(session, person.id, lock=True, merged=True)
        if referral.probation_id == person.holder_id
    ]
    records = aliases.lock_records_of(session, person.id)
    if known_as != {one.id for one in records}:
        # Records were merged, or that was undone, while this waited: the referrals of others come first, too.
        return
    custody = Custody() if person.died_on is not None else custody_of(session, person.id)
    known = {referral: queries.known_of(session, referral) for referral in referrals}
    # What a practitioner has said of one referral is said of the person.
    said_at = max((one.said_at for one in known.values() if one.said_at is not None), default=None)
    found = {
        _change(
            session,
            actor,
            line,
            referral,
            _since_then(replace(one, said_at=said_at, out=person.died_on is not None), referral, custody),
        )
        for referral, one in known.items()
    }
    if not referrals and queries.is_older(session, person, line):
        found = {"older"}
    elif person.died_on is None and (not referrals or "changed" in found):
        with_one = {referral.person_id for referral in referrals}
        day = clock.at(line.release_date)
        for record_id in (one.id for one in records if one.id not in with_one):
            checks.follow_needed_by(session, actor, record_id, day, reason=RELEASE_DATE)
    outcome: Outcome = next((one for one in _RANK if one in found), "no_open_referral")
    writes.follow(session, actor, line, person, outcome)
    if outcome in rules.TAKEN:
        # On no other: an older day that was sent under another CRN would be taken for the person's, and this
        # one for somebody else's once the records are parted.
        for record in records:
            note_release(record, line.release_date if record is person else None)
    if outcome == "changed":
        follow_planned_release(session, actor, person)
    settling.settle(session)


def _change(
    session: Session, actor: Actor, line: ReleaseDateLine, referral: Referral, known: rules.Known
) -> Outcome:
    if not is_for_release(whole_document(session, referral)):
        return "no_open_referral"
    outcome = rules.outcome(line.kind, line.release_date, line.as_of, known)
    if outcome != "changed":
        return outcome
    if not allows_release(session, referral, line.release_date):
        return "unclear"
    # Later than it was puts nothing off: only a practitioner says that it may wait.
    change_release_date(session, actor, referral, line.release_date, put_back=False)
    settling.mark(session, actor, referral.person_id)
    return outcome


def _since_then(known: rules.Known, referral: Referral, custody: Custody) -> rules.Known:
    """Return what is known of a release with what has happened since a referral was made.

    Whoever was out before it may have been sent to prison again since, and who was recalled before is
    referred in spite of it.
    """
    made_on = referral.submitted_at.astimezone(LONDON).date()
    if custody.out_since is not None and custody.out_since >= made_on:
        return replace(known, out=True)
    if custody.recalled_on is None or custody.recalled_on < made_on:
        return known
    said_since = custody.recalled_at is None or known.said_at is None or known.said_at > custody.recalled_at
    return replace(known, recalled_on=custody.recalled_on, ended=not said_since)


def _tell_next() -> bool:
    """Tell the regions of the next complete batch; return whether there was one."""
    actor = Actor.for_service("release_dates")
    with db.transaction("worker") as session:
        found = queries.untold(session)
        by_region: dict[tuple[UUID, UUID | None], list[ReleaseDateLine]] = {}
        for line, holder, is_open in found:
            if line.outcome in TOLD_OF:
                by_region.setdefault((holder, None if is_open else line.person_id), []).append(line)
        for (holder, person_id), lines in by_region.items():
            writes.tell(session, actor, holder, lines, person_id)
        writes.mark_told([line for line, _, _ in found])
    return bool(found)
