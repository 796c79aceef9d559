"""/v1/transfers: a case goes from one region to another."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.cases import views
from service.cases.actions import transfers as actions
from service.cases.schemas.transfers import (
    TransferList,
    TransferRequest,
    TransfersQuery,
    TransferTransition,
    TransferView,
)
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    TAGGED_AND_CREATED,
    Blueprint,
    Body,
    View,
    page,
    place_in_list,
    require_match,
    respond,
    shape_of,
)
from service.people import transfer_queries, visibility
from service.people.model import Transfer

transfers = Blueprint(
    "transfers", __name__, url_prefix="/v1/transfers", description="A case goes from one region to another."
)


@transfers.route("", methods=["POST"])
@transfers.arguments(TransferRequest)
@transfers.response(201, TransferView, headers=TAGGED_AND_CREATED)
@permitted("transfers:ask")
def ask_for_transfer(session: Session, actor: Actor, body: Body) -> View | Response:
    """Ask another region to take a case that you hold, or to hand over one that it holds.

    The other region answers; until then nothing changes. When you hold the case, the other region may read
    the record meanwhile. When you do not, name a side record of your own: you see nothing more before the
    holder accepts. Send the same `Idempotency-Key` when you repeat the call.
    """
    first = idempotency.replay(session, actor, body)
    if first is None:
        given = body.load()
        record = visibility.find_person(session, actor, given["person_id"])
        transfer = actions.ask(session, actor, record, given)
        idempotency.settle(session, actor, transfer.id)
    else:
        transfer = transfer_queries.find_transfer(session, actor, first)
    return _shown(session, actor, transfer, status=201)


@transfers.route("")
@transfers.arguments(TransfersQuery, location="query")
@transfers.response(200, TransferList)
@permitted("transfers:read")
def list_transfers(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the transfers of your region; the oldest first unless you ask for the newest.

    What your region has asked for and not been given is listed for the practitioner who asked.
    """
    limit, state = query["limit"], query.get("state")
    found = transfer_queries.list_transfers(
        session,
        actor,
        state=state,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=limit,
    )
    rows, onward = page(found, limit, lambda row: (moment_text(row.asked_at), str(row.id)))
    audit.record(
        session,
        actor,
        "search",
        object_kind="transfer",
        object_id="list",
        shape=shape_of(query),
    )
    counts = transfer_queries.count_transfers(session, actor, state=state) if "counts" in query else None
    return {"items": views.show_transfers(session, actor, rows), "next": onward, "counts": counts}


@transfers.route("/<uuid:transfer_id>")
@transfers.response(200, TransferView, headers=TAGGED)
@permitted("transfers:read")
def read_transfer(session: Session, actor: Actor, transfer_id: UUID) -> View | Response:
    """Return a transfer, with what is not finished in the case."""
    return _shown(session, actor, transfer_queries.find_transfer(session, actor, transfer_id))


@transfers.route("/<uuid:transfer_id>/transitions", methods=["POST"])
@transfers.arguments(TransferTransition)
@transfers.response(200, TransferView, headers=TAGGED)
@permitted("transfers:move")
def move_transfer(session: Session, actor: Actor, body: Body, transfer_id: UUID) -> View | Response:
    """Accept or decline a transfer as a manager of the region that must answer, or take back your own.

    On acceptance the receiving region holds the record, and everything that hangs on it follows. The region
    that held it sees it no longer, unless it is shared.
    """
    transfer = transfer_queries.find_transfer(session, actor, transfer_id)
    if not idempotency.is_repeat(session, actor, body):
        actions.lock(session, transfer)
        require_match(views.tag_of_transfer(session, actor, transfer))
        actions.move(session, actor, transfer, body.load())
        idempotency.settle_change(session, actor, transfer.id)
    return _shown(session, actor, transfer)


def _shown(session: Session, actor: Actor, transfer: Transfer, *, status: int = 200) -> View | Response:
    view, tag = views.show_transfer(session, actor, transfer)
    return respond(view, status=status, tag=tag, location=view["href"] if status == 201 else None)  # noqa: PLR2004 - Created
