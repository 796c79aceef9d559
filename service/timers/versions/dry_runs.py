"""A draft over running clocks: what would fire, when and for which roles. It reads only, and names nobody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.timers import policy_versions
from service.timers import queries as timers
from service.timers.ladder import Firing
from service.timers.model import Clock
from service.timers.policy import parse
from service.timers.scopes import Scope
from service.timers.versions import previews, queries
from service.timers.versions.previews import Preview
from service.timers.versions.queries import Edition
from service.timers.versions.words import ROLES

_SEEN: Final = ("timer", "due_at", "next_step", "pdu")


def clocks(
    session: Session,
    actor: Actor,
    known: Sequence[Edition],
    scope: Scope,
    *,
    after: UUID | None,
    limit: int,
) -> Sequence[Clock]:
    """Return the running clocks that a draft fits, in order; one more than `limit` if there is more.

    Args:
        actor: a region, for its own clocks that it may see; or an operator, for all.
        known: the versions of the policy.
        scope: whom the draft is for.
        after: the last clock already read.
    """
    by_operator = actor.side == "service"
    wanted = queries.running(known, scope, region=None if by_operator else actor.organisation_id)
    if not by_operator:
        wanted = wanted.where(timers.visible_to(actor))
    if after is not None:
        wanted = wanted.where(Clock.id > after)
    return session.scalars(wanted.limit(limit + 1)).all()


def run(
    session: Session, rows: Sequence[Clock], document: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Return what moving clocks onto a draft would do: each of them, and counts by step and by unit.

    Args:
        document: of the draft.
    """
    policy_versions.preload(session, rows)
    fired = policy_versions.fired_keys(session, rows)
    draft = parse(document)
    found = [
        previews.preview(
            policy_versions.schedule_of(session, row),
            policy_versions.rules_of(draft, row.timer),
            frozenset(fired[row.id]),
            now,
        )
        for row in rows
    ]
    return {
        "clocks": [_clock(row, one) for row, one in zip(rows, found, strict=True)],
        "steps": previews.by_step(found),
        "units": _by_unit(rows, found),
    }


def record(session: Session, actor: Actor, rows: Sequence[Clock]) -> None:
    """Record the search on the audit trail, with one entry for each person whose clock it showed."""
    audit.record(session, actor, "search", object_kind="clock", object_id="list", shape="policy")
    people = {row.person_id: row for row in rows if row.person_id is not None}
    for person_id, row in people.items():
        audit.record(
            session,
            actor,
            "consultation",
            object_kind=row.subject_kind,
            object_id=row.subject_id,
            person_id=person_id,
            fields=_SEEN,
        )


def _clock(row: Clock, one: Preview) -> dict[str, Any]:
    return {
        "clock_id": row.id,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "timer": row.timer,
        "label": row.label,
        "pdu": row.pdu,
        "due_at": one.due_at,
        "new_due_at": one.new_due_at,
        "next_firing": _firing(one.next),
        "new_next_firing": _firing(one.new_next),
        "at_once": [firing.key for firing in one.at_once],
        "fires_at_once": [_firing(firing) for firing in one.at_once],
    }


def _firing(firing: Firing) -> dict[str, Any]:
    return {
        "step": firing.key,
        "due_at": firing.due_at,
        "notifies": [
            {"side": side, "role": role, "words": ROLES[role] if role else "the organisation"}
            for side, role in firing.to.items()
        ],
    }


def _by_unit(rows: Sequence[Clock], found: Sequence[Preview]) -> list[dict[str, Any]]:
    every, earlier, later = Counter[str | None](), Counter[str | None](), Counter[str | None]()
    for row, one in zip(rows, found, strict=True):
        every[row.pdu] += 1
        earlier[row.pdu] += one.new_due_at < one.due_at
        later[row.pdu] += one.new_due_at > one.due_at
    return [
        {"pdu": pdu, "clocks": every[pdu], "earlier": earlier[pdu], "later": later[pdu]}
        for pdu in sorted(every, key=lambda unit: unit or "")
    ]
