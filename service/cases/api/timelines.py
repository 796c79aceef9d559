"""/v1/.../timeline: what happened to a referral, a person or a check, in sentences."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import audit, events
from service.access.actor import Actor
from service.cases import timelines as telling
from service.cases.schemas.timelines import ReferralTimelineList, TimelineEntryList
from service.checks import queries as checks
from service.guard.permitted import permitted
from service.http import Blueprint, OrderedPageQuery, View, decode_cursor, page, respond
from service.people import visibility
from service.people.model import Person
from service.referrals import queries as referrals
from service.referrals.model import Referral

timelines = Blueprint("timelines", __name__, description="What happened, in sentences.")


@timelines.route("/v1/referrals/<uuid:referral_id>/timeline", methods=["GET"])
@timelines.arguments(OrderedPageQuery, location="query")
@timelines.response(200, ReferralTimelineList)
@permitted("referrals:read")
def read_referral_timeline(
    session: Session, actor: Actor, query: dict[str, Any], referral_id: UUID
) -> View | Response:
    """Return a referral's timeline: every event of its destinations, checks and clocks, and who caused it.

    Each has a sentence, `text`. `waiting_for` is what the referral waits for now. The oldest come first
    unless you ask for the newest.
    """
    referral = referrals.find_referral(session, actor, referral_id)
    person = session.get_one(Person, referral.person_id)
    sections = referrals.sections_seen(session, actor, referral)
    shown = _page(session, person, sections, query, referral=referral)
    _record(session, actor, ("referral", referral.id, referral.current_version), person)
    return respond(shown)


@timelines.route("/v1/people/<uuid:person_id>/timeline", methods=["GET"])
@timelines.arguments(OrderedPageQuery, location="query")
@timelines.response(200, TimelineEntryList)
@permitted("people:read")
def read_person_timeline(
    session: Session, actor: Actor, query: dict[str, Any], person_id: UUID
) -> View | Response:
    """Return a person's timeline: every event of the record, its referrals, checks and clocks.

    You read the sections of the record that you may see. The oldest come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id)
    sections = visibility.sections_seen(session, actor, person)
    shown = _page(session, person, sections, query)
    _record(session, actor, ("person", person.id, person.version), person)
    return respond(shown)


@timelines.route("/v1/checks/<uuid:check_id>/timeline", methods=["GET"])
@timelines.arguments(OrderedPageQuery, location="query")
@timelines.response(200, TimelineEntryList)
@permitted("checks:read")
def read_check_timeline(
    session: Session, actor: Actor, query: dict[str, Any], check_id: UUID
) -> View | Response:
    """Return a check's timeline: every event of the check, of what each agency is asked, and of the clocks.

    The history of the check has the questions and the answers themselves. The oldest come first unless you
    ask for the newest.
    """
    check = checks.find_check(session, actor, check_id)
    person = session.get_one(Person, check.person_id)
    sections = visibility.sections_seen(session, actor, person)
    about = [check.id, *(request.id for request in checks.requests_of(session, [check.id]))]
    shown = _page(session, person, sections, query, subjects=about)
    _record(session, actor, ("check", check.id, check.version), person)
    return respond(shown)


def _page(
    session: Session,
    person: Person,
    sections: Collection[str],
    query: dict[str, Any],
    *,
    referral: Referral | None = None,
    subjects: Sequence[UUID] | None = None,
) -> dict[str, Any]:
    (after,) = decode_cursor(query["after"], int) if "after" in query else (None,)
    found = events.timeline(
        session,
        referral.id if referral else None,
        person_id=person.id,
        subjects=subjects,
        sections=sections,
        newest=query["order"] == "newest",
        after=after,
        limit=query["limit"],
    )
    rows, onward = page(found, query["limit"], lambda entry: (entry["ordinal"],))
    clocks = telling.open_clocks(session, referral, sections) if referral else ()
    told = telling.tell(session, person, rows, sections, clocks)
    return {**told._asdict(), "next": onward}


def _record(session: Session, actor: Actor, whose: tuple[str, UUID, int], person: Person) -> None:
    kind, object_id, version = whose
    audit.record(
        session,
        actor,
        "consultation",
        object_kind=kind,
        object_id=object_id,
        object_version=version,
        person_id=person.id,
        fields=("timeline",),
    )
