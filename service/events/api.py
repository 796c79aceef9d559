"""GET /v1/events: the events of the caller's organisation, in commit order."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, current_app, g, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from service import http
from service.access.actor import Actor
from service.events import cursor, queries
from service.events.schemas import EventFeed, FeedQuery
from service.events.waiting import NothingNew, WaitingRoom
from service.guard.not_modified_cache import cache_until_changed
from service.guard.permitted import permitted
from service.http.problems import Problem

Given = ParamSpec("Given")
Answer = http.View | Response

feed = http.Blueprint(
    "events", __name__, url_prefix="/v1", description="The feed of events of your organisation."
)
blueprints = (feed,)

WAITING_ROOM: Final = "waiting_room"
_FULL: Final = "5"
"""Seconds until a caller for whom there was no place should come again."""


def _open_waiting_room(state: BlueprintSetupState) -> None:
    state.app.extensions.setdefault(WAITING_ROOM, WaitingRoom())


feed.record_once(_open_waiting_room)


def long_polled(view: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Make a view long polling: when it finds nothing new, wait and call it again.

    It wraps the guard: the guard's transaction ends before the wait begins, and the caller is checked again
    after it, because a client may have been denied meanwhile.
    """

    @wraps(view)
    def call(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        answer = view(*args, **kwargs)
        asked: tuple[NothingNew, int] | None = g.pop("waits_for", None)
        if asked is None:
            return answer
        room: WaitingRoom = current_app.extensions[WAITING_ROOM]
        moved = room.wait(*asked)
        if moved:
            return view(*args, **kwargs)
        if moved is None:
            headers = answer.headers if isinstance(answer, Response) else answer[2]
            headers["Retry-After"] = _FULL
        return answer

    return call


@feed.route("/events")
@feed.arguments(FeedQuery, location="query")
@feed.response(200, EventFeed, headers=http.TAGGED)
@long_polled
@permitted("events:read")
def read_events(session: Session, actor: Actor, query: dict[str, Any]) -> Answer:
    """Return your organisation's events after a cursor, in commit order.

    Positions are consecutive: store `next`, and you skip nothing and repeat nothing. If you send the ETag
    of the last response and there is nothing new, the response is a 304. With `wait`, the response is
    sent as soon as there is a new event, or when that time is over.
    """
    given, limit = query.get("after"), query["limit"]
    after = cursor.read(actor.organisation_id, given)
    named = actor.practitioner is not None
    head, found = queries.read(session, actor.organisation_id, after=after, limit=limit, named=named)
    if after > head:
        # Only a database restored from an older copy forgets what it gave out: going on would skip.
        raise _gone(session, actor.organisation_id, head)
    if after < head and (not found or found[0]["position"] != after + 1):
        if given is not None:
            raise _gone(session, actor.organisation_id, head)
        after = _beginning(session, actor.organisation_id, head)
        head, found = queries.read(session, actor.organisation_id, after=after, limit=limit, named=named)
    tag = http.etag("feed", actor.organisation_id, after, limit, head)
    if after == head and query["wait"]:
        g.waits_for = NothingNew(actor.organisation_id, head), query["wait"]
    elif after == head:
        cache_until_changed(queries.feed_of(actor.organisation_id))
    reached = found[-1]["position"] if found else after
    onward = cursor.write(actor.organisation_id, reached)
    answer = http.respond({"items": found, "next": onward, "more": reached < head}, tag=tag)
    if reached < head and not isinstance(answer, Response):
        where = urlencode({"after": onward, "limit": limit})
        answer[2]["Link"] = f'<{url_for("events.read_events")}?{where}>; rel="next"'
    return answer


def _beginning(session: Session, organisation_id: UUID, head: int) -> int:
    """Return the position before the first that the feed still holds."""
    oldest = queries.oldest(session, organisation_id)
    return head if oldest is None else oldest - 1


def _gone(session: Session, organisation_id: UUID, head: int) -> Problem:
    return Problem(
        410,
        "cursor-expired",
        "The feed no longer knows this place",
        "Something between this place and what the feed still holds may have been missed. Read afresh each "
        "thing you hold, then go on from `oldest`, for all that is still held, or from `latest`.",
        oldest=cursor.write(organisation_id, _beginning(session, organisation_id, head)),
        latest=cursor.write(organisation_id, head),
    )
