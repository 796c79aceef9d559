"""GET /v1/events: everything that happened for the caller's organisation, in commit order."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, url_for
from sqlalchemy.orm import Session

from service import http
from service.access.actor import Actor
from service.access.guard import permitted
from service.errors import Problem
from service.events import cursor, queries
from service.events.schemas import FeedQuery, FeedView

feed = http.Blueprint("events", __name__, url_prefix="/v1", description="What happened, for whom.")
blueprints = (feed,)


@feed.route("/events")
@feed.arguments(FeedQuery, location="query")
@feed.response(200, FeedView)
@permitted("events:read")
def read_events(session: Session, actor: Actor, query: dict[str, Any]) -> http.View | Response:
    """Read on in the feed from a cursor.

    Positions are consecutive in commit order: whoever stores `next` skips nothing and repeats nothing. With
    nothing new, and the ETag of the last answer sent along, the answer is 304.
    """
    after = cursor.read(actor.organisation_id, query.get("after"))
    head = queries.head(session, actor.organisation_id)
    if after > head:
        # Only a database restored from an older copy forgets what it gave out: going on would skip.
        raise Problem(
            410,
            "cursor-expired",
            "The feed no longer knows this place",
            "Start without a cursor, and read each thing you hold afresh.",
        )
    tag = http.etag("feed", actor.organisation_id, after, query["limit"], head)
    found = queries.entries(session, actor.organisation_id, after=after, up_to=head, limit=query["limit"])
    reached = found[-1]["position"] if found else after
    onward = cursor.write(actor.organisation_id, reached)
    answer = http.respond({"events": found, "next": onward, "more": reached < head}, tag=tag)
    if reached < head and not isinstance(answer, Response):
        where = urlencode({"after": onward, "limit": query["limit"]})
        answer[2]["Link"] = f'<{url_for("events.read_events")}?{where}>; rel="next"'
    return answer
