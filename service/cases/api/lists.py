"""/v1/people: the cases of a region."""

from typing import Any

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.cases import lists, views
from service.cases.schemas.lists import CaseList, CasesQuery
from service.fields import moment_text
from service.guard.permitted import permitted
from service.http import Blueprint, filters_of, page, place_in_list, shape_of

cases = Blueprint("cases", __name__, url_prefix="/v1/people", description="The cases that your region holds.")


@cases.route("")
@cases.arguments(CasesQuery, location="query")
@cases.response(200, CaseList)
@permitted("holdings:read", role="reader")
def list_cases(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the cases that your region holds, also those with no referral.

    You see those that you may know of. Side records of your region are among them. The oldest come first
    unless you ask for the newest. Each filter narrows the list; without filters you get all of them.
    """
    wanted = filters_of(query)
    found = lists.list_cases(
        session,
        actor,
        wanted=wanted,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=query["limit"],
    )
    rows, onward = page(
        found, query["limit"], lambda row: (moment_text(row.holding.since), str(row.person.id))
    )
    counts = lists.count_cases(session, actor, wanted=wanted) if "counts" in query else None
    items = views.show_cases(session, actor, rows, shape_of(query))
    return {"items": items, "next": onward, "counts": counts}
