"""The views of overdue clocks and escalations for one caller, who has already been allowed to see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from service.access.actor import Actor
from service.events.subjects import href
from service.timers.model import Clock
from service.timers.queries import ESCALATIONS, Addressee, Escalation

OF_PROBATION = ("referral_id", "practitioner", "pdu")
"""The facts of a clock's case that only probation is shown."""

_SINCE_RENAMED = {"rung": "step", "tail": "repeat"}
"""Kinds under which older firings were recorded."""


def overdue(actor: Actor, row: Clock) -> dict[str, Any]:
    """Return an overdue clock as one caller may see it."""
    view = _clock(actor, row) | {
        "id": row.id,
        "state": row.state,
        "due_at": row.due_at,
        "waiting_for": row.responder_id,
        "allowed_transitions": [],
    }
    if actor.side == "probation":
        view |= {"step": row.step, "next_fires_at": row.next_fires_at}
    return view


def escalation(
    actor: Actor, found: Escalation, addressees: Mapping[UUID, Sequence[Addressee]]
) -> dict[str, Any]:
    """Return an escalation as one caller may see it, and what that caller may do with it."""
    firing, clock, seen = found
    view = _clock(actor, clock) | {
        "id": firing.id,
        "clock_id": clock.id,
        "kind": _SINCE_RENAMED.get(firing.kind, firing.kind),
        "step": firing.step_key,
        "due_at": firing.due_at,
        "fired_at": firing.fired_at,
        "late": firing.late,
        "wanted_by": clock.due_at,
        "open": clock.state != "stopped",
        "addressed_to": [addressee._asdict() for addressee in addressees[firing.id]],
        "allowed_transitions": [],
    }
    if actor.side == "probation":
        view["acknowledged"] = seen and {
            "practitioner": seen.practitioner,
            "role": seen.role,
            "at": seen.acknowledged_at,
        }
        if seen is None and firing.kind in ESCALATIONS:
            view["allowed_transitions"] = ["acknowledge"]
    return view


def _clock(actor: Actor, row: Clock) -> dict[str, Any]:
    view: dict[str, Any] = {
        "subject": {
            "kind": row.subject_kind,
            "id": row.subject_id,
            "href": href(
                row.subject_kind, row.subject_id, row.person_id if actor.side == "probation" else None
            ),
        },
        "timer": row.timer,
        "label": row.label,
        "urgency": row.urgency,
        "exposed_since": row.exposed_since,
    }
    if actor.side == "probation":
        view |= {name: getattr(row, name) for name in OF_PROBATION}
    return view
