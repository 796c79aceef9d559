"""What is shown of registrations, with the audit entry of each read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.duties import DUTIES
from service.events.webhooks.model import WebhookEndpoint
from service.http import etag, is_read
from service.organisations.model import Client, ClientKey, Organisation
from service.registration import hours, queries
from service.registration.areas import AREAS, Area, kind_of_area
from service.registration.queries import Duty

Shown = dict[str, Any]
ROOT: Final = "/v1/registration"


def organisation(found: Organisation, duties: Sequence[Duty]) -> Shown:
    """Return an organisation as it is shown."""
    return {
        "id": found.id,
        "href": f"{ROOT}/organisations/{found.kind}/{found.code}",
        "kind": found.kind,
        "code": found.code,
        "name": found.name,
        "division": found.division,
        **hours.shown(found.office_hours),
        "may_know_of_mappa": found.may_know_of_mappa,
        "may_know_of_victims": found.may_know_of_victims,
        "duties": [{"duty": duty, "area": area} for duty, area in duties],
        "registered_at": found.created_at,
        "ended_at": found.ended_at,
    }


def organisations(session: Session, found: Sequence[Organisation]) -> list[Shown]:
    """Return organisations as they are shown."""
    duties = queries.duties_of(session, [one.id for one in found])
    return [organisation(one, duties[one.id]) for one in found]


def client(found: Client, keys: Sequence[ClientKey], whose: str) -> Shown:
    """Return a client as it is shown.

    Args:
        whose: its organisation, as kind and code.
    """
    statuses = {key.status for key in keys}
    return {
        "id": found.id,
        "href": f"{ROOT}/clients/{found.id}",
        "organisation": whose,
        "name": found.name,
        "status": found.status,
        "scopes": list(found.scopes),
        "certificate_bound": found.certificate_bound,
        "requests_per_minute": found.requests_per_minute,
        "keys": [{"kid": key.kid, "status": key.status, "added_at": key.created_at} for key in keys],
        "registered_at": found.created_at,
        "ended_at": found.ended_at,
        "allowed_actions": []
        if found.ended_at is not None
        else [
            "allow" if found.status == "denied" else "deny",
            *(["retire_key"] if "active" in statuses else []),
            *(["deny_key"] if statuses & {"active", "retired"} else []),
        ],
    }


def clients(session: Session, found: Sequence[Client]) -> list[Shown]:
    """Return clients as they are shown."""
    keys = queries.keys_of(session, [one.id for one in found])
    whose = queries.names_of(session, {one.organisation_id for one in found})
    return [client(one, keys[one.id], whose[one.organisation_id]) for one in found]


def endpoints(session: Session, found: Sequence[WebhookEndpoint], now: datetime) -> list[Shown]:
    """Return webhook endpoints as they are shown: never a secret."""
    keys = queries.signing_keys_of(session, [one.id for one in found], now)
    whose = queries.names_of(session, {one.organisation_id for one in found})
    return [endpoint(one, keys[one.id], whose[one.organisation_id]) for one in found]


def endpoint(found: WebhookEndpoint, keys: Sequence[Any], whose: str) -> Shown:
    """Return a webhook endpoint as it is shown: never a secret.

    Args:
        whose: its organisation, as kind and code.
    """
    return {
        "id": found.id,
        "href": f"{ROOT}/webhooks/{found.id}",
        "organisation": whose,
        "url": found.url,
        "state": found.state,
        "disabled_reason": found.disabled_reason,
        "registered_at": found.created_at,
        "verified_at": found.verified_at,
        "keys": [
            {name: getattr(key, name) for name in ("scheme", "public_key", "created_at", "ends_at")}
            for key in keys
        ],
        "ended_at": found.ended_at,
        "allowed_actions": []
        if found.ended_at is not None
        else ["rotate", *(["disable"] if found.state != "disabled" else [])],
    }


def duties(after: str, limit: int) -> list[Shown]:
    """Return what can be answered for, by duty, from the one after `after`."""
    return [_duty(one) for one in sorted(DUTIES) if one > after][:limit]


def area(found: Area) -> Shown:
    """Return an area as it is shown."""
    return {
        "kind": found.kind,
        "code": found.code,
        "name": found.name,
        "delivery_units": None if found.units is None else list(found.units),
    }


def _duty(duty: str) -> Shown:
    known = DUTIES[duty]
    area_kind = kind_of_area(known.areas)
    names = AREAS[area_kind].names
    return {
        "duty": duty,
        "organisation_kind": known.organisation_kind,
        "area_kind": area_kind,
        "areas": [{"code": code, "name": names[code]} for code in sorted(names)],
        "national": known.national,
    }


def tag(shown: Shown) -> str:
    """Return the entity tag of what is shown."""
    return etag("registration", sorted(shown.items(), key=str))


def record_read(session: Session, actor: Actor, object_kind: str, object_id: UUID | str = "-") -> None:
    """Record that registrations were read; `-` stands for a list."""
    if is_read():
        audit.record(session, actor, "consultation", object_kind=object_kind, object_id=object_id)
