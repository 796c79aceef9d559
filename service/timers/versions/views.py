"""The views of versions of policies, of what a draft would do, and of what was moved."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from service.access.actor import Actor
from service.access.permissions import PERMISSIONS
from service.timers.model import PolicyApplication
from service.timers.policy import Side, parse
from service.timers.scopes import EVERYBODY, Scope
from service.timers.versions import queries, words
from service.timers.versions.queries import Edition, in_force

_ACTS: Final[Mapping[str, str]] = {"dry_run": "policies:dry_run", "publish": "policies:publish"}
"""What may be done with a policy, and the permission for it."""


def _sides(actor: Actor) -> frozenset[Side]:
    return frozenset({"partner"}) if actor.side in {"destination", "agency"} else frozenset(words.SIDES)


def _may(actor: Actor, permission: str) -> bool:
    row = PERMISSIONS[permission]
    return actor.side in row.sides and bool(actor.practitioner and actor.practitioner.role in row.roles)


def acts(actor: Actor) -> list[str]:
    """Return what a caller may do with a policy."""
    return [act for act, permission in _ACTS.items() if _may(actor, permission)]


def address(key: str, number: int | None = None) -> str:
    """Return the path of a policy, or of one of its versions."""
    return f"/v1/policies/{key}" + (f"/versions/{number}" if number is not None else "")


def listed(actor: Actor, known: Sequence[Edition], now: datetime) -> dict[str, Any]:
    """Return a policy as a list shows it.

    Args:
        known: its versions, the last published first.
    """
    current = in_force(known, now)
    general = next((one for one in known if one.id == current.get(EVERYBODY)), None)
    return {
        "key": known[0].key,
        "href": address(known[0].key),
        "version": general and general.number,
        "overrides": len(current.keys() - {EVERYBODY}),
        "allowed_transitions": acts(actor),
    }


def policy(
    actor: Actor, known: Sequence[Edition], documents: Mapping[UUID, Mapping[str, Any]], now: datetime
) -> dict[str, Any]:
    """Return a policy with the versions of it that are in force.

    Args:
        known: its versions, the last published first.
        documents: of those in force.
    """
    current = sorted(in_force(known, now).items(), key=lambda each: (each[0].narrowness, str(each[0])))
    by_id = {one.id: one for one in known}
    return {
        "key": known[0].key,
        "href": address(known[0].key),
        "in_force": [
            version(actor, known, by_id[version_id], documents[version_id], now) for _, version_id in current
        ],
        "allowed_transitions": acts(actor),
    }


def version(
    actor: Actor,
    known: Sequence[Edition],
    one: Edition,
    document: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Return a version with its document in words."""
    return edition(actor, known, one, now) | words.document(parse(document), _sides(actor))


def edition(actor: Actor, known: Sequence[Edition], one: Edition, now: datetime) -> dict[str, Any]:
    """Return a version without its document."""
    state = queries.state_of(known, one, now)
    shown = {
        "key": one.key,
        "version": one.number,
        "href": address(one.key, one.number),
        "scope": scope(one.scope),
        "responder_id": one.responder_id,
        "area": one.area,
        "state": state,
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "published_at": one.published_at,
        "allowed_transitions": ["apply"] if state == "in_force" and _may(actor, "policies:apply") else [],
    }
    if actor.side in {"probation", "administration", "service"}:
        shown |= {"published_by": one.published_by, "reason": one.reason}
    return shown


def scope(given: Scope) -> str:
    """Return the code of whom a version is for."""
    return ("everybody", "region", "responder", "responder_in_region")[given.narrowness]


def application(row: PolicyApplication, key: str, number: int) -> dict[str, Any]:
    """Return the record that clocks were moved onto a version."""
    return {
        "id": row.id,
        "key": key,
        "version": number,
        "moved": row.moved,
        "more": row.more,
        "applied_by": row.applied_by,
        "applied_at": row.applied_at,
        "reason": row.reason,
    }
