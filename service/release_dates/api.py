"""/v1/release-dates: what prisons send of the people in them."""

from typing import Any

from sqlalchemy.orm import Session

from service.access import Actor
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import Blueprint, Body
from service.release_dates import actions
from service.release_dates.schemas import ReleaseDatesForm, ReleaseDatesView

release_dates = Blueprint(
    "release-dates", __name__, description="When people in prison will be released, as prisons send it."
)
blueprints = (release_dates,)


@release_dates.route("/v1/release-dates", methods=["POST"])
@release_dates.arguments(ReleaseDatesForm)
@release_dates.response(200, ReleaseDatesView)
@permitted("release_dates:send")
def send_release_dates(session: Session, actor: Actor, body: Body) -> dict[str, Any]:
    """Send the release dates of up to 500 people: all of them are taken, or none.

    People are found by their numbers and never by name. You are told how many lines were taken and nothing
    about anybody: send whoever is in your prison, whether or not probation works with them. What is on record
    from later than `as_of` stays as it is. Send the same `Idempotency-Key` when you repeat the call.
    """
    first = idempotency.replay(session, actor, body)
    lines = body.load()["lines"]
    if first is None:
        idempotency.settle(session, actor, actions.take(session, actor, lines))
    return {"lines": len(lines)}
