"""Lists check requests, with filters, order and pages, and finds them by whom they are about. Reads only."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.checks.model import Check, CheckQuestion, CheckRequest
from service.checks.queries import that_are_urgent, visible_requests
from service.checks.states import SET_ASIDE, UNANSWERED
from service.keyset import counted, in_pages
from service.timers.model import Clock
from service.timers.queries import STOPPED

TIMERS: Final[Mapping[str, tuple[str, ...]]] = {
    "agency": ("answer",),
    "probation": ("ask", "registration", "answer", "review", "reply", "redirect", "dispute"),
}
"""Which clocks of a request each side sees."""
MOST_FOUND: Final = 50
"""The most requests that a search shows."""


class Wanted(NamedTuple):
    """Which requests a list has.

    Args:
        state: only those in this state.
        referral_id: only those of this referral, whoever holds its record; for probation.
        open: only those that are not answered in full.
        urgent: only urgent ones.
        overdue: only those with a clock past its target that the caller may see.
    """

    state: str | None = None
    referral_id: uuid.UUID | None = None
    open: bool = False
    urgent: bool = False
    overdue: bool = False


def page_of_requests(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    newest: bool,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> list[CheckRequest]:
    """Return the requests of the caller's organisation, up to one more than `limit`.

    Args:
        newest: the newest first, otherwise those that have waited longest.
        after: the last place of the page before: when sent (to an agency) or required, and the id.
    """
    since = CheckRequest.sent_at if actor.side == "agency" else CheckRequest.required_at
    found = _requests(actor, wanted)
    page = in_pages(found, (since, CheckRequest.id), newest=newest, after=after, limit=limit)
    return list(session.scalars(page))


def count_requests(session: Session, actor: Actor, wanted: Wanted) -> dict[str, int]:
    """Count the requests that `page_of_requests` would return on all pages, by their state."""
    return counted(session, _requests(actor, wanted), CheckRequest.state)


def _requests(actor: Actor, wanted: Wanted) -> Select[CheckRequest]:
    found = visible_requests(actor)
    if wanted.state is not None:
        found = found.where(CheckRequest.state == wanted.state)
    if wanted.open:
        found = found.where(CheckRequest.state.in_(sorted(UNANSWERED)))
    if wanted.urgent:
        found = found.where(that_are_urgent())
    if wanted.overdue:
        found = found.where(CheckRequest.id.in_(_overdue(actor)))
    if wanted.referral_id is not None:
        found = found.where(
            CheckRequest.check_id.in_(select(Check.id).where(Check.referral_id == wanted.referral_id))
        )
    elif actor.side == "probation":
        found = found.where(CheckRequest.probation_id == actor.organisation_id)
    return found


def _overdue(actor: Actor) -> Select[uuid.UUID]:
    whose = Clock.responder_id if actor.side == "agency" else Clock.probation_id
    return select(Clock.subject_id).where(
        whose == actor.organisation_id,
        Clock.subject_kind == "check_request",
        Clock.timer.in_(TIMERS["agency" if actor.side == "agency" else "probation"]),
        Clock.state != STOPPED,
        Clock.due_at <= clock.now(),
    )


def requests_about_somebody(session: Session, actor: Actor, whom: Mapping[str, Any]) -> list[CheckRequest]:
    """Return the requests about a person on probation, newest first; those last sent where there are many.

    The person goes by what the newest version of each question says, and not by what the record says since.

    Args:
        whom: `family_name`, perhaps with `given_name`; or `pnc_number`, or `noms_number`.
    """
    told = and_(
        CheckQuestion.request_id == CheckRequest.id, CheckQuestion.version == CheckRequest.question_version
    )
    found = (
        visible_requests(actor)
        .join(CheckQuestion, told)
        .where(
            CheckRequest.state.not_in(sorted(SET_ASIDE)),
            *(told_as(name) == value.lower() for name, value in whom.items()),
        )
        .order_by(CheckRequest.sent_at.desc(), CheckRequest.id)
        .limit(MOST_FOUND)
    )
    return list(session.scalars(found))


def told_as(name: str) -> ColumnElement[str]:
    """Return what a version of a question says of the person, in small letters; indexed (migration 0056)."""
    return func.lower(CheckQuestion.document["person"][name].astext)
