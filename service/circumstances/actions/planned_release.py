"""Watches the day of the next release of somebody who was recalled: a clock until the release is recorded."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances import queries, writes
from service.circumstances.actions.ending import in_order, is_in_spite_of
from service.circumstances.endings import HAPPENS, RECALLED, stands
from service.circumstances.model import Change
from service.destinations.ending import is_for_release
from service.document.paths import day_at
from service.people import aliases
from service.people.model import Person
from service.referrals.actions.named_release import register_release
from service.referrals.document_queries import versions_around, whole_document
from service.referrals.model import Referral
from service.referrals.queries import live_referrals_of, open_referrals_of
from service.timers.model import Clock
from service.timers.queries import RUNNING


class Recall(NamedTuple):
    """The last recall of somebody.

    Args:
        day: of the recall; a day of release before it was of an earlier release.
        back: whether they are in prison again, and nobody knows when they are released.
    """

    day: date
    back: bool


def follow_planned_release(session: Session, actor: Actor, person: Person) -> None:
    """Start the clock of the day on which somebody is released again, or stop it where none is awaited.

    Args:
        person: locked, with its referrals, and with the record that stands for it.
    """
    writes.await_release(session, actor, person, _awaited(session, person))
    if person.same_as_id is not None:
        follow_planned_release(session, actor, session.get_one(Person, person.same_as_id))


def last_recalls(session: Session, person_ids: Collection[UUID]) -> dict[UUID, Recall]:
    """Return the last recall of each of some people who have ever been recalled.

    Args:
        person_ids: of the records that stand for them.
    """
    stands_for = dict[UUID, UUID]()
    records = select(Person.id, aliases.stands_for(Person)).where(
        or_(Person.id.in_(person_ids), Person.same_as_id.in_(person_ids))
    )
    for record_id, stands_id in session.execute(records):
        stands_for[record_id] = stands_id
    by_person: dict[UUID, list[Change]] = {}
    for change in queries.happened_by(session, stands_for, HAPPENS):
        by_person.setdefault(stands_for[change.person_id], []).append(change)
    days = {
        each: max(one.occurred_on for one in changes if one.kind == RECALLED)
        for each, changes in by_person.items()
        if any(one.kind == RECALLED for one in changes)
    }
    if not days:
        return {}
    recalled = {each for each in days if stands(in_order(by_person[each])).recalled}
    awaited = select(Clock.person_id).where(
        Clock.person_id.in_(recalled), Clock.subject_kind == writes.RECALL, Clock.state == RUNNING
    )
    back = recalled - set(session.scalars(awaited) if recalled else ())
    return {each: Recall(day, each in back) for each, day in days.items()}


def _awaited(session: Session, person: Person) -> date | None:
    # Of records that are one person's, the one that stands for all.
    if person.same_as_id is not None or person.died_on is not None:
        return None
    happened = queries.happened(session, person.id, HAPPENS)
    now = stands(in_order(happened))
    if not now.recalled or now.completed:
        return None
    if now.stopped:
        recall = next(one for one in reversed(happened) if one.kind == RECALLED)
        live = live_referrals_of(session, person.id)
        return max((day for one in live for day in _named_since(session, one, recall)), default=None)
    referrals = open_referrals_of(session, person.id, merged=True)
    # A prison may have sent another day since.
    documents = [whole_document(session, one) for one in referrals]
    days = [day_at(one, "release.date") for one in documents if is_for_release(one)]
    known = max((day for day in days if day is not None), default=None)
    return known or next(one.release_date for one in reversed(happened) if one.release_date is not None)


def _named_since(session: Session, referral: Referral, recall: Change) -> Sequence[date]:
    """Return the day of release that a referral names since a recall without one, if it does."""
    if not is_for_release(whole_document(session, referral)):
        return []
    versions = versions_around(session, referral, recall.recorded_at)
    days = [day_at(one.document, "release.date") for one in versions]
    # What was named when they were recalled, or is given back since, was planned before the recall.
    is_new = is_in_spite_of(referral, [recall]) or versions[0].made_at > recall.recorded_at
    now, planned = days[-1], None if is_new else days[0]
    return [now] if now is not None and now >= recall.occurred_on and now != planned else []


def _follow_named(session: Session, actor: Actor, person_id: UUID) -> None:
    if queries.happened(session, person_id, {RECALLED}):
        follow_planned_release(session, actor, session.get_one(Person, person_id))


register_release(_follow_named)
