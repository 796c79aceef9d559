"""Watches the day of the next release of somebody who was recalled: a clock until the release is recorded."""

from collections.abc import Collection, Sequence
from datetime import date
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
from service.referrals.actions.amend import register_release
from service.referrals.document_queries import versions_around, whole_document
from service.referrals.model import Referral
from service.referrals.queries import open_referrals_of
from service.timers.model import Clock
from service.timers.queries import RUNNING


def follow_planned_release(session: Session, actor: Actor, person: Person) -> None:
    """Start the clock of the day on which somebody is released again, or stop it where none is awaited.

    Args:
        person: locked, with its referrals, and with the record that stands for it.
    """
    writes.await_release(session, actor, person, _awaited(session, person))
    if person.same_as_id is not None:
        follow_planned_release(session, actor, session.get_one(Person, person.same_as_id))


def back_in_prison(session: Session, person_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some people who were recalled, and of whom nobody knows when they are released again.

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
    recalled = {each for each, changes in by_person.items() if stands(in_order(changes)).recalled}
    if not recalled:
        return set()
    awaited = select(Clock.person_id).where(
        Clock.person_id.in_(recalled), Clock.subject_kind == writes.RECALL, Clock.state == RUNNING
    )
    return recalled - set(session.scalars(awaited))


def _awaited(session: Session, person: Person) -> date | None:
    # Of records that are one person's, the one that stands for all.
    if person.same_as_id is not None or person.died_on is not None:
        return None
    happened = queries.happened(session, person.id, HAPPENS)
    now = stands(in_order(happened))
    if not now.recalled or now.completed:
        return None
    referrals = open_referrals_of(session, person.id, merged=True)
    if now.stopped:
        recall = next(one for one in reversed(happened) if one.kind == RECALLED)
        return max((day for one in referrals for day in _named_since(session, one, recall)), default=None)
    # A prison may have sent another day since.
    documents = [whole_document(session, one) for one in referrals]
    days = [day_at(one, "release.date") for one in documents if is_for_release(one)]
    known = max((day for day in days if day is not None), default=None)
    return known or next(one.release_date for one in reversed(happened) if one.release_date is not None)


def _named_since(session: Session, referral: Referral, recall: Change) -> Sequence[date]:
    """Return the day of release that a referral names since a recall without one, if it does."""
    if is_in_spite_of(referral, [recall]) or not is_for_release(whole_document(session, referral)):
        return []
    versions = versions_around(session, referral, recall.recorded_at)
    days = [day_at(one.document, "release.date") for one in versions]
    now = days[-1]
    # What was named when they were recalled, or is given back since, was planned before the recall.
    return [now] if now is not None and now >= recall.occurred_on and now != days[0] else []


def _follow_amended(session: Session, actor: Actor, person_id: UUID) -> None:
    follow_planned_release(session, actor, session.get_one(Person, person_id))


register_release(_follow_amended)
