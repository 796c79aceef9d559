"""/v1/.../summary: a referral, and what a destination was sent of it, as pages to print."""

from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import audit, clock
from service.access.actor import Actor
from service.cases import timelines
from service.cases.printed import blocks_of, moment_in_words
from service.cases.summaries import Table, page
from service.destinations import DESTINATIONS
from service.destinations.states import STATES
from service.guard.permitted import permitted
from service.http import Blueprint
from service.http.responses import is_read
from service.people.model import Person
from service.people.sight import DOCUMENTS
from service.referrals import document_queries, queries, views
from service.referrals.actions import receiving
from service.referrals.protected_texts import without_protected

summaries = Blueprint("summaries", __name__, description="Referrals as pages to print.")

_HTML: Final = "text/html"
_NOT_SHARED: Final = "What the referral says is not shared with you."


@summaries.route("/v1/referrals/<uuid:referral_id>/summary", methods=["GET"])
@summaries.response(200, {"type": "string"}, content_type=_HTML)  # type: ignore[arg-type] # no schema of ours
@permitted("referrals:read", role="api")
def read_referral_summary(session: Session, actor: Actor, referral_id: UUID) -> Response:
    """Return a referral as a page to print: where it stands, what it waits for, and what it says.

    You read what you could read as JSON: without the document where you do not see all of the sections that
    it tells of, and without protected contacts where you do not see those.
    """
    referral = queries.find_referral(session, actor, referral_id)
    person = session.get_one(Person, referral.person_id)
    seen = queries.sections_seen(session, actor, referral)
    document: dict[str, Any] = {}
    if seen.issuperset(DOCUMENTS):
        document = document_queries.whole_document(session, referral)
        if "protected_contacts" not in seen:
            document = without_protected(session, referral, referral.current_version, document)
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="referral",
        object_id=referral.id,
        object_version=referral.current_version,
        person_id=person.id,
        fields=("crn", "status", "destinations", "waiting_for", *sorted(document)),
    )
    parts = views.part_summaries(session, actor, queries.parts_of(session, referral))
    clocks = timelines.open_clocks(session, referral, seen)
    waiting = timelines.tell(session, person, (), seen, clocks).waiting_for
    return page(
        "Referral summary",
        f"Version {referral.current_version}, printed on {moment_in_words(clock.now())}.",
        blocks_of(document),
        [
            Table("The case", ("CRN", "Urgency"), [(person.crn, referral.urgency.capitalize())], ""),
            Table("Where it stands", ("Destination", "Organisation", "State"), list(map(_row, parts)), ""),
            Table(
                "What it waits for",
                ("What", "Due"),
                [(one["text"], moment_in_words(one["due_at"])) for one in waiting],
                "Nothing.",
            ),
        ],
        "" if document else _NOT_SHARED,
    )


@summaries.route("/v1/destination-referrals/<uuid:destination_referral_id>/summary", methods=["GET"])
@summaries.response(200, {"type": "string"}, content_type=_HTML)  # type: ignore[arg-type] # no schema of ours
@permitted("destination_referrals:read", role="api")
def read_document_summary(session: Session, actor: Actor, destination_referral_id: UUID) -> Response:
    """Return the document that the destination was sent as a page to print.

    It says what the document says. The first time the destination reads it, the referral is marked as
    received.
    """
    read = receiving.read_document(session, actor, destination_referral_id, read=is_read())
    said = views.document_view(actor, read.part, read.disclosure, read.document)
    return page(
        f"Referral to {DESTINATIONS[read.part.kind].title}",
        f"Version {said['version']}, sent on {moment_in_words(said['made_at'])}.",
        blocks_of(said["document"], read.part.kind),
    )


def _row(part: dict[str, Any]) -> tuple[str, str, str]:
    organisation = part["organisation"]
    return (
        DESTINATIONS[part["kind"]].title,
        organisation["name"] if organisation else "Nobody yet",
        STATES[part["state"]],
    )
