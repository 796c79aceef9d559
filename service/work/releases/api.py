"""GET /v1/releases: the day-of-release board, for probation staff."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from service import audit, clock
from service.access import Actor
from service.guard.permitted import permitted
from service.http import Blueprint, page, place_in_list, shape_of
from service.work.releases import queries, views
from service.work.releases.cells import cells_of
from service.work.releases.rules import AHEAD, BEHIND
from service.work.releases.schemas import ReleaseList, ReleasesQuery

releases = Blueprint("releases", __name__, description="Who is released, and what is ready for it.")
blueprints = (releases,)


@releases.route("/v1/releases")
@releases.arguments(ReleasesQuery, location="query")
@releases.response(200, ReleaseList)
@permitted("releases:read", role="reader")
def list_releases(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List who is released, or arrives at a placement, from 14 days ahead to 28 days past.

    One line for each person, with what is ready and what is not. Where something is red or amber, it says
    whose move it is and where that is made. You see the cases of your region that you may know of, and
    whose documents you may read. At 09:00 on the day, what is still red is handed over to a manager: the
    line says to whom. A release that is recorded later is handed over at once. The earliest day comes first
    unless you ask for the newest.
    """
    today, newest = clock.today(), query["order"] == "newest"
    first, last = today - timedelta(days=BEHIND), today + timedelta(days=AHEAD)
    every = queries.lines(
        session,
        actor,
        query,
        first=max(query.get("from_day", first), first),
        last=min(query.get("until_day", last), last),
        newest=newest,
    )
    audit.record(session, actor, "search", object_kind="person", object_id="list", shape=shape_of(query))
    after, counts = place_in_list(query), None
    if "red" in query or "counts" in query:
        seen = queries.around(session, [line.person_id for line in every], actor)
        cells = {line: cells_of(line, seen) for line in every}
        if "red" in query:
            every = [line for line in every if any(cell.level == "red" for cell in cells[line])]
        counts = views.count([cells[line] for line in every]) if "counts" in query else None
        found = queries.page_of(every, after, query["limit"], newest=newest)
    else:
        found = queries.page_of(every, after, query["limit"], newest=newest)
        seen = queries.around(session, [line.person_id for line in found[: query["limit"]]], actor)
    rows, onward = page(
        found, query["limit"], lambda line: (f"{line.day.isoformat()}T00:00:00+00:00", str(line.person_id))
    )
    shown = [(line, cells_of(line, seen)) for line in rows]
    return {"items": views.show(session, actor, shown, seen), "next": onward, "counts": counts}
