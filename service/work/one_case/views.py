"""Shows a whole case to whoever may read it, each part as its own address does, and records the reading."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock
from service.access import Actor
from service.cases import views as cases
from service.checks import queries as checks
from service.checks import views as check_views
from service.circumstances import queries as circumstances
from service.circumstances import views as circumstance_views
from service.http import etag
from service.people import aliases, visibility
from service.people import views as people
from service.people.model import Person
from service.referrals import lists
from service.referrals import queries as referrals
from service.referrals import views as referral_views
from service.timers import queries as timers
from service.timers import views as timer_views
from service.work.one_case import queries

MOST: Final = 50
"""The most of each kind that is shown; the list of its own has all."""
_STAY: Final = ("state", "starts_on", "ends_on", "arrived_on", "departed_on")

View = dict[str, Any]


def show_case(session: Session, actor: Actor, person: Person) -> tuple[View, str]:
    """Show a case with its ETag, with all that is on other records of the person.

    A section that the caller sees of none of them is null.
    """
    records = aliases.records_of(session, person.id)
    seen = frozenset[str]().union(*(visibility.sections_seen(session, actor, one) for one in records))
    ids = [one.id for one in records]
    shown, _ = people.show_person(session, actor, person)
    holding, _ = cases.show_holding(session, actor, person)
    href = people.href_of(person.id)
    view = {
        "person": shown,
        "holding": holding,
        "referrals": _referrals(session, actor, person) if "referrals" in seen else None,
        "checks": _checks(session, actor, person, ids, href) if "checks" in seen else None,
        "reviews": _reviews(session, actor, ids, href) if "circumstances" in seen else None,
        "changes": _changes(session, actor, ids, href) if "circumstances" in seen else None,
        "obligations": _obligations(session, actor, ids),
    }
    return view, etag("case", person.id, repr(view))


def _some(items: Sequence[View], found: Sequence[object], href: str) -> View:
    return {"items": items, "more": len(found) > MOST, "href": href}


def _referrals(session: Session, actor: Actor, person: Person) -> View:
    found = lists.list_referrals(
        session, actor, wanted={"person": person.id}, newest=True, after=None, limit=MOST
    )
    rows = found[:MOST]
    parts = referrals.parts_of(session, *rows)
    stays = {
        stay.id: {name: getattr(stay, name) for name in _STAY} for stay in queries.stays_of(session, parts)
    }
    of_each: dict[UUID, list[View]] = {row.id: [] for row in rows}
    for part, view in zip(parts, referral_views.part_summaries(session, actor, parts), strict=True):
        of_each[part.referral_id].append({**view, "stay": stays.get(part.id)})
    for row in rows:
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="referral",
            object_id=row.id,
            object_version=row.current_version,
            person_id=row.person_id,
            fields=("crn", "status", "destinations", "placement"),
        )
    summaries = referral_views.referral_summaries(session, actor, rows)
    items = [{**one, "destinations": of_each[one["id"]]} for one in summaries]
    return _some(items, found, f"/v1/referrals?person={person.id}")


def _checks(session: Session, actor: Actor, person: Person, ids: Collection[UUID], href: str) -> View:
    found = checks.checks_of_person(session, actor, ids, newest=True, limit=MOST)
    shown = check_views.show_checks(session, actor, "person", person.id, found[:MOST])
    asked = {request["id"] for one in shown for request in one["requests"]}
    outcomes: dict[UUID, list[View]] = {request_id: [] for request_id in asked}
    for request_id, kind, subject_id, outcome in queries.outcomes_of(session, asked):
        outcomes[request_id].append({"kind": kind, "id": subject_id, "outcome": outcome})
    if asked:
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="person",
            object_id=person.id,
            person_id=person.id,
            fields=("checks.outcomes",),
        )
    items = [
        {**one, "requests": [{**each, "outcomes": outcomes[each["id"]]} for each in one["requests"]]}
        for one in shown
    ]
    return _some(items, found, f"{href}/checks")


def _reviews(session: Session, actor: Actor, ids: Collection[UUID], href: str) -> View:
    found = circumstances.reviews_of_person(session, actor, ids, newest=True, after=None, limit=MOST)
    items = circumstance_views.show_reviews(session, actor, found[:MOST])
    return _some(items, found, f"{href}/reviews")


def _changes(session: Session, actor: Actor, ids: Collection[UUID], href: str) -> View:
    found = circumstances.list_changes(session, actor, ids, newest=True, after=None, limit=MOST)
    items = circumstance_views.changes(session, actor, found[:MOST])
    return _some(items, found, f"{href}/changes-of-circumstance")


def _obligations(session: Session, actor: Actor, ids: Collection[UUID]) -> View:
    found, now = queries.open_clocks(session, actor, ids, MOST), clock.now()
    rows = found[:MOST]
    seen = timer_views.around(session, actor, rows)
    for row in rows:
        audit.record(
            session,
            actor,
            "consultation",
            object_kind=row.subject_kind,
            object_id=row.subject_id,
            person_id=row.person_id,
            fields=("timer", "due_at", "exposed_since"),
        )
    items = [
        {**timer_views.overdue(actor, row, seen), "overdue": timers.is_overdue(row, now)} for row in rows
    ]
    return _some(items, found, "/v1/overdue")
