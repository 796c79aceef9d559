"""/v1/people: the cases of a region."""

from typing import Any, Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.cases import lists, views
from service.cases.schemas.lists import CaseList, CasesQuery
from service.fields import moment_text
from service.guard.permitted import permitted
from service.http import Blueprint, page, place_in_list

cases = Blueprint("cases", __name__, url_prefix="/v1/people", description="The cases that your region holds.")

_OF_THE_PAGE: Final = frozenset({"after", "limit", "order", "counts"})
"""What a query says of the page and not of what is listed."""


@cases.route("")
@cases.arguments(CasesQuery, location="query")
@cases.response(200, CaseList)
@permitted("holdings:read", role="reader")
def list_cases(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the cases that your region holds, also those with no referral.

    You see those that you may know of. Side records of your region are among them. The oldest come first
    unless you ask for the newest. Each filter narrows the list; without filters you get all of them.
    """
    wanted = {name: value for name, value in query.items() if name not in _OF_THE_PAGE}
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
    shape = " ".join(sorted(wanted)) or "all"
    return {"items": views.show_cases(session, actor, rows, shape), "next": onward, "counts": counts}
