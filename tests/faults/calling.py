"""Calls routes as callers that the permission table allows."""

from typing import Any

from werkzeug.test import TestResponse

from service.access.actor import SIDE_OF
from service.access.permissions import EXCLUSIVE, NAME_PEOPLE, PERMISSIONS
from tests.cast import PARTS, Caller
from tests.faults.routes import Route

NOWHERE = "6f1b0f0e-8a55-4d7e-9d0b-111111111111"


def call(caller: Caller, route: Route, path: str, **query: Any) -> TestResponse:
    """Call a route with valid headers and a meaningless body."""
    if route.method == "GET":
        return caller.get(path, **query)
    send = getattr(caller, route.method.lower())
    body: dict[str, Any] | None = None if route.method == "DELETE" else {}
    answer: TestResponse = send(
        path, json=body, if_match='"x"', query_string=query, headers={"Idempotency-Key": "k" * 8}
    )
    return answer


def may(caller: Caller, permission: str) -> bool:
    """Return whether the permission table allows this kind of caller to make the call."""
    row = PERMISSIONS[permission]
    if row.scope == EXCLUSIVE:
        return False
    side = SIDE_OF[next(part.kind for part in PARTS.values() if part.client_id == caller.client_id)]
    if side not in row.sides:
        return False
    if side in NAME_PEOPLE and row.needs_practitioner and caller.practitioner is None:
        return False
    if side in NAME_PEOPLE and row.roles:
        return caller.practitioner is not None and caller.practitioner.role in row.roles
    return True
