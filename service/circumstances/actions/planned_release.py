"""Watches the day of the next release of somebody who was recalled: a clock until the release is recorded."""

from datetime import date

from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances import queries, writes
from service.circumstances.actions.ending import in_order
from service.circumstances.endings import HAPPENS, stands
from service.document.paths import day_at
from service.people.model import Person
from service.referrals.actions.release_dates import is_for_release
from service.referrals.document_queries import whole_document
from service.referrals.queries import open_referrals_of


def follow_planned_release(session: Session, actor: Actor, person: Person) -> None:
    """Start the clock of the day on which somebody is released again, or stop it where none is awaited.

    Args:
        person: locked, with its referrals.
    """
    writes.await_release(session, actor, person, _awaited(session, person))


def _awaited(session: Session, person: Person) -> date | None:
    happened = queries.happened(session, person.id, HAPPENS)
    now = stands(in_order(happened))
    # Of records that are one person's, the one that stands for all.
    if person.same_as_id is not None or person.died_on is not None or not now.recalled or now.stopped:
        return None
    # A prison may have sent another day since.
    documents = [whole_document(session, one) for one in open_referrals_of(session, person.id)]
    days = [day_at(one, "release.date") for one in documents if is_for_release(one)]
    known = max((day for day in days if day is not None), default=None)
    return known or next(one.release_date for one in reversed(happened) if one.release_date is not None)
