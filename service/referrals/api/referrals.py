"""The canonical referral over HTTP: for probation, which submits it once and follows what comes of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.document.paths import Document
from service.document.statements import carried, patched, replaced_lists, stated
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    MERGE_PATCH,
    TAGGED,
    TAGGED_AND_CREATED,
    Blueprint,
    Body,
    OrderedPageQuery,
    View,
    decode_cursor,
    etag,
    filters_of,
    page,
    place_in_list,
    require_match,
    respond,
    shape_of,
    with_beside,
)
from service.people.actions import documents
from service.people.model import Person
from service.referrals import document_queries, lists, overtaken, queries, views
from service.referrals.actions import amend, persons_days, submit, whole
from service.referrals.model import Referral
from service.referrals.protected_texts import without_protected
from service.referrals.schemas.previews import PreviewView
from service.referrals.schemas.referrals import (
    ReferralList,
    ReferralsQuery,
    ReferralVersionList,
    ReferralVersionView,
    ReferralView,
    WholeReferralEnding,
)
from service.referrals.schemas.submission import (
    REQUIRED,
    ReferralPatch,
    SubmissionSchema,
    amending,
    canonical,
)
from service.timers.conditions import ATTENTION

referrals = Blueprint(
    "referrals", __name__, description="One submission, sent to every destination it asks for."
)


def tag_of(referral: Referral, ring: Sequence[dict[str, Any]]) -> str:
    """Return the tag of a referral: a change to any part of it, or to whom its reader rings, changes this."""
    whom = [str([one["phone"] for one in ring])] if ring else []
    return etag("referral", referral.id, referral.revision, *whom)


@referrals.route("/v1/referrals/preview", methods=["POST"])
@referrals.arguments(SubmissionSchema)
@referrals.response(200, PreviewView)
@permitted("referrals:preview")
def preview_referral(session: Session, actor: Actor, body: Body) -> View | Response:
    """Return what a submission would do, without storing it.

    The response shows for each destination the document it would be sent, missing answers, holds, blocks
    and advice, and for each agency the check it would be asked for. The preview itself is recorded on the
    audit trail.
    """
    document = canonical(body.load())
    with submit.previewed(session, actor, document) as would_be:
        view = views.preview_view(session, actor, would_be, document)
    return respond(view)


@referrals.route("/v1/referrals", methods=["POST"])
@referrals.arguments(SubmissionSchema)
@referrals.response(201, ReferralView, headers=TAGGED_AND_CREATED)
@permitted("referrals:submit")
def submit_referral(session: Session, actor: Actor, body: Body) -> View | Response:
    """Submit a referral.

    Each destination referral is sent as soon as it can be; none holds another back. The checks that the
    referral calls for are raised in the same transaction. Send the same `Idempotency-Key` when you repeat
    the call.
    """
    first = idempotency.replay(session, actor, body)
    if first is not None:
        referral = queries.find_referral(session, actor, first)
        document = canonical(body.load())
        kept = _kept(session, actor, referral, stated(document, body.sent()))
        kept += persons_days.kept_days(session, actor, referral, document)
    else:
        document = canonical(body.load())
        said = stated(document, body.sent())
        submitted = submit.submit_referral(session, actor, document, said)
        referral, kept = submitted.referral, list(submitted.kept)
        idempotency.settle(session, actor, referral.id)
    ring = views.whom_to_ring(session, referral)
    shown = [one._asdict() for one in kept]
    return _shown(session, actor, referral, ring, status=201, stated=document, kept=shown)


@referrals.route("/v1/referrals", methods=["GET"])
@referrals.arguments(ReferralsQuery, location="query")
@referrals.response(200, ReferralList)
@permitted("referrals:read")
def list_referrals(session: Session, actor: Actor, query: dict[str, Any]) -> View | Response:
    """List your region's referrals, each with its overall status.

    The oldest come first unless you ask for the newest. Each filter narrows the list; without filters you
    get all of them.
    """
    wanted = filters_of(query)
    found = lists.list_referrals(
        session,
        actor,
        wanted=wanted,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=query["limit"],
    )
    rows, onward = page(found, query["limit"], lambda row: (row.submitted_at.isoformat(), str(row.id)))
    audit.record(
        session,
        actor,
        "search",
        object_kind="referral",
        object_id="list",
        shape=shape_of(query),
    )
    for person_id, row in {row.person_id: row for row in rows}.items():
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="referral",
            object_id=row.id,
            person_id=person_id,
            fields=("crn", "status"),
        )
    counts = lists.count_referrals(session, actor, wanted=wanted) if "counts" in query else None
    items = views.referral_summaries(session, actor, rows)
    return respond({"items": items, "next": onward, "counts": counts})


@referrals.route("/v1/referrals/<uuid:referral_id>", methods=["GET"])
@referrals.response(200, ReferralView, headers=TAGGED)
@permitted("referrals:read")
def read_referral(session: Session, actor: Actor, referral_id: UUID) -> View | Response:
    """Return a referral with its overall status and its destination referrals."""
    referral = queries.find_referral(session, actor, referral_id)
    return _shown(session, actor, referral, views.whom_to_ring(session, referral))


@referrals.route("/v1/referrals/<uuid:referral_id>/versions", methods=["POST"])
@referrals.arguments(SubmissionSchema)
@referrals.response(200, ReferralView, headers=TAGGED)
@permitted("referrals:amend")
def amend_referral(session: Session, actor: Actor, body: Body, referral_id: UUID) -> View | Response:
    """Submit a new version of a referral.

    Send the whole referral as it is now. A section that you leave out stays as it is, and null withdraws it.
    Each destination is notified of what changed for it, and must acknowledge changes to what it accepted.
    Where the record has moved on since you said something, and you only say it again, the record stays:
    `kept` names each such place.
    """
    referral = queries.find_referral(session, actor, referral_id, lock=True)
    ring = views.whom_to_ring(session, referral)
    is_new = idempotency.replay(session, actor, body) is None
    if is_new:
        require_match(tag_of(referral, ring))
    sent, before = body.sent(), document_queries.whole_document(session, referral)
    document = canonical(Body(amending(before)).load(carried(before, sent, REQUIRED)))
    said = stated(document, sent)
    merged, kept = amend.with_what_moved_on(session, actor, referral, document, sent)
    if is_new:
        beside = overtaken.stated([f"/{name}" for name in sent], before, document)
        kept += amend.amend_referral(session, actor, referral, merged, said, said=beside)
        idempotency.settle(session, actor, referral.id)
    else:
        kept += _kept(session, actor, referral, said)
    return _shown(session, actor, referral, ring, stated=document, kept=[one._asdict() for one in kept])


@referrals.route("/v1/referrals/<uuid:referral_id>", methods=["PATCH"])
@referrals.arguments(ReferralPatch, content_type=MERGE_PATCH)
@referrals.response(200, ReferralView, headers=TAGGED)
@permitted("referrals:amend")
def patch_referral(session: Session, actor: Actor, body: Body, referral_id: UUID) -> View | Response:
    """Change members of a referral, by a JSON Merge Patch.

    What the patch leaves out stays, and null withdraws. A list replaces the list, as in every merge patch:
    `replaced_lists` names each. Everything else is as for a whole new version.
    """
    referral = queries.find_referral(session, actor, referral_id, lock=True)
    ring = views.whom_to_ring(session, referral)
    is_new = idempotency.changed_before(session, actor, body) is None
    if is_new:
        require_match(tag_of(referral, ring))
    patch, before = body.sent(), document_queries.whole_document(session, referral)
    document = canonical(Body(amending(before)).load(patched(before, patch)))
    said = stated(document, patch)
    if is_new:
        beside = overtaken.stated(overtaken.places(patch), before, document)
        beside = amend.with_what_was_said(session, actor, referral, before) | beside
        kept = amend.amend_referral(session, actor, referral, document, said, said=beside, repeats=False)
        idempotency.settle_change(session, actor, referral.id)
    else:
        kept = _kept(session, actor, referral, said)
    replaced = sorted(replaced_lists(before, patch))
    shown = [one._asdict() for one in kept]
    return _shown(session, actor, referral, ring, stated=document, kept=shown, replaced_lists=replaced)


@referrals.route("/v1/referrals/<uuid:referral_id>/withdrawal", methods=["POST"])
@referrals.arguments(WholeReferralEnding)
@referrals.response(200, ReferralView, headers=TAGGED)
@permitted("referrals:end")
def withdraw_referral(session: Session, actor: Actor, body: Body, referral_id: UUID) -> View | Response:
    """Withdraw all of a referral that is still open, in one call.

    What no destination has received is withdrawn. Every other destination is asked to end its part, and
    confirms it: nobody who stays there is left without a departure. `destinations` says what became of each;
    nothing is sought in place of what was declined. All of it is done, or none.
    """
    referral = queries.find_referral(session, actor, referral_id, lock=True)
    ring = views.whom_to_ring(session, referral)
    if not idempotency.is_repeat(session, actor, body):
        require_match(tag_of(referral, ring))
        whole.withdraw_whole(session, actor, referral, body.load()["reason"])
        idempotency.settle_change(session, actor, referral.id)
    return _shown(session, actor, referral, ring)


@referrals.route("/v1/referrals/<uuid:referral_id>/entered-in-error", methods=["POST"])
@referrals.arguments(WholeReferralEnding)
@referrals.response(200, ReferralView, headers=TAGGED)
@permitted("referrals:end")
def enter_referral_in_error(session: Session, actor: Actor, body: Body, referral_id: UUID) -> View | Response:
    """Record that a referral should never have been made, such as one about somebody else.

    Each destination reads nothing of it any more. While the person stays with one of them it is refused, with
    the `href` of that destination referral: the departure is recorded first.
    """
    referral = queries.find_referral(session, actor, referral_id, lock=True)
    ring = views.whom_to_ring(session, referral)
    if not idempotency.is_repeat(session, actor, body):
        require_match(tag_of(referral, ring))
        whole.enter_whole_in_error(session, actor, referral, body.load()["reason"])
        idempotency.settle_change(session, actor, referral.id)
    return _shown(session, actor, referral, ring)


@referrals.route("/v1/referrals/<uuid:referral_id>/versions", methods=["GET"])
@referrals.arguments(OrderedPageQuery, location="query")
@referrals.response(200, ReferralVersionList, headers=TAGGED)
@permitted("referrals:read")
def list_referral_versions(
    session: Session, actor: Actor, query: dict[str, Any], referral_id: UUID
) -> View | Response:
    """List the versions of a referral, with the sections that changed in each.

    The oldest come first unless you ask for the newest.
    """
    referral = queries.find_referral(session, actor, referral_id)
    queries.require_documents(session, actor, referral)
    _read(session, actor, referral, ("versions",))
    (after,) = decode_cursor(query["after"], int) if "after" in query else (None,)
    limit, newest = query["limit"], query["order"] == "newest"
    found = document_queries.versions_of(session, referral, newest=newest, after=after, limit=limit)
    rows, onward = page(found, limit, lambda version: (version.number,))
    return respond(
        {"items": [views.version_view(version) for version in rows], "next": onward},
        tag=etag("versions", referral.id, referral.current_version, newest, after, limit),
    )


@referrals.route("/v1/referrals/<uuid:referral_id>/versions/<int:number>", methods=["GET"])
@referrals.response(200, ReferralVersionView, headers=TAGGED)
@permitted("referrals:read", role="api")
def read_referral_version(session: Session, actor: Actor, referral_id: UUID, number: int) -> View | Response:
    """Return one version of a referral, with its document.

    A version never changes. Where protected contacts are not shared with your region, what its texts say
    about them is left out too: `[withheld]` stands for a sentence.
    """
    referral = queries.find_referral(session, actor, referral_id)
    protected = "protected_contacts" in queries.require_documents(session, actor, referral)
    version = document_queries.version_of(session, referral, number)
    document = document_queries.whole_document(session, referral, number)
    if not protected:
        document = without_protected(session, referral, number, document)
    _read(session, actor, referral, sorted(document), number)
    return respond(
        {**views.version_view(version), "document": document},
        tag=etag("version", referral.id, number, protected),
    )


def _shown(
    session: Session,
    actor: Actor,
    referral: Referral,
    ring: Sequence[dict[str, Any]],
    status: int = 200,
    *,
    stated: Document | None = None,
    **more: Any,
) -> View | Response:
    """Show a referral; with advice on the people of a document that has just been stated."""
    _read(session, actor, referral, ("crn", "status", "destinations"))
    if stated is not None:
        more["advice"] = views.advice_on_people(session, actor, referral, stated)
    view = views.referral_view(session, actor, referral, ring)
    return respond(
        view | more,
        status=status,
        tag=with_beside(
            tag_of(referral, ring),
            *queries.sections_beside(session, actor, referral),
            # Another referral that ends is no version of this one.
            *[one["duplicate_of"] for one in view["destinations"] if one["duplicate_of"]],
            # Nor is what an agency answers or asks back, which probation then owes.
            *[code for code in view["overall"]["needs_attention"] if code in ATTENTION],
        ),
        location=f"/v1/referrals/{referral.id}" if status == 201 else None,  # noqa: PLR2004 - Created
    )


def _kept(session: Session, actor: Actor, referral: Referral, said: dict[str, Any]) -> list[documents.Kept]:
    """Return where the record stays as it is, when a repeat is answered."""
    person = session.get_one(Person, referral.person_id)
    return documents.kept(session, actor, person, said, referral.client_id)


def _read(
    session: Session, actor: Actor, referral: Referral, fields: Any, version: int | None = None
) -> None:
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="referral",
        object_id=referral.id,
        object_version=version or referral.current_version,
        person_id=referral.person_id,
        fields=fields,
    )
