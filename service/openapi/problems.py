"""Every type of problem that the API answers with, and which of them an operation may answer.

What an operation may refuse follows from what is known of it: its permission, its body, its headers. What a
view refuses for reasons of its own stands in `OF_ONE_OPERATION`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from service.access.permissions import Permission
from service.http import LONGEST_QUERY, MOST_PARAMETERS
from service.http.problems import TYPE_BASE
from service.strict_json import DEEPEST, MOST_MEMBERS, MOST_VALUES

PROBLEMS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed-json": (400, "The body is not JSON in UTF-8."),
    "bad-cursor": (400, "`after` is not a cursor of this list."),
    "idempotency-key-required": (400, "There is no `Idempotency-Key`, or it is not one."),
    "unauthenticated": (401, "The caller has not shown who it is."),
    "insufficient-scope": (403, "Not for this kind of caller."),
    "practitioner-required": (403, "A practitioner must be named: exchange an assertion for a token."),
    "role-required": (403, "Not for a practitioner in this role."),
    "own-case": (
        403,
        "The manager is on the case, or asked for what is decided: another manager must decide.",
    ),
    "not-found": (404, "There is nothing here for this caller: it may exist for others."),
    "request-timeout": (408, "The request did not arrive within ten seconds; nothing was stored."),
    "conflict": (
        409,
        "Not possible as things stand: says the state, and what is allowed to the caller.",
    ),
    "held-elsewhere": (
        409,
        "Another region holds the record, or the practitioner may not see it: both get this answer.",
    ),
    "in-flight": (409, "The first call with this `Idempotency-Key` is still being worked on."),
    "cursor-expired": (410, "The feed no longer knows this place: `oldest` and `latest` are where to go on."),
    "precondition-failed": (412, "It has changed since the caller read it."),
    "content-too-large": (
        413,
        f"More than 1 MB, {MOST_VALUES:,} values, {DEEPEST} levels, or {MOST_MEMBERS} members of an object.",
    ),
    "uri-too-long": (
        414,
        f"The query string has more than {LONGEST_QUERY:,} bytes or {MOST_PARAMETERS} parameters.",
    ),
    "unsupported-media-type": (415, "The body is not `application/json`."),
    "invalid": (422, "Some of what was sent is not right: every fault at once, each with its place."),
    "idempotency-key-reused": (422, "This `Idempotency-Key` came before with something else."),
    "precondition-required": (428, "A change must say which version it changes: send `If-Match`."),
    "too-many-requests": (429, "Too many calls in this minute: `Retry-After` says when to go on."),
    "internal": (500, "A fault of ours; it has been logged."),
    "unavailable": (503, "Try again shortly; nothing was stored."),
}
"""The last part of each `type`: its status and what it means."""

OF_ONE_OPERATION: Final[Mapping[str, tuple[str, ...]]] = {
    "agree_to_review": ("own-case",),
    "amend_referral": ("held-elsewhere",),
    "countersign_check_review": ("own-case",),
    "decide_check": ("own-case",),
    "describe_authorization_server": ("not-found",),
    "list_signing_keys": ("not-found",),
    "move_check_request": ("own-case", "role-required"),
    "move_placement": ("held-elsewhere", "own-case", "role-required"),
    "preview_referral": ("held-elsewhere",),
    "propose_address": ("held-elsewhere",),
    "read_events": ("cursor-expired",),
    "record_change": ("held-elsewhere", "own-case", "role-required"),
    "submit_referral": ("held-elsewhere", "not-found"),
    "supply_details": ("held-elsewhere",),
}
"""What single operations may answer besides."""

_EXTRA: Final[Mapping[str, Mapping[str, Any]]] = {
    "conflict": {"state": "completed", "allowed": []},
    "cursor-expired": {"oldest": "WyIxIl0", "latest": "WyI5OSJd"},
    "invalid": {"errors": [{"pointer": "/person/crn", "detail": "Must be a letter and six digits."}]},
}

_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457). It never holds personal data.",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Stable: compare this, not the words."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "description": "Quote it when you ask us."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "A query parameter."},
                    "detail": {"type": "string"},
                },
            },
        },
        "errors_omitted": {"type": "integer"},
        "state": {"type": "string", "description": "In a conflict: how things stand."},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "In a conflict: what this caller may do now.",
        },
        "href": {
            "type": "string",
            "description": "In a conflict over a submission reference: what it made, if you may see that.",
        },
        "outstanding": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "At the departure gate: what is still waited for.",
        },
        "oldest": {"type": "string", "description": "An expired cursor: go on here for all that is held."},
        "latest": {"type": "string", "description": "An expired cursor: go on here for what is new."},
    },
}
_HEADERS: Final[Mapping[int, tuple[str, ...]]] = {
    401: ("WWW-Authenticate",),
    409: ("Retry-After",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}


@dataclass(frozen=True)
class Facts:
    """What decides which problems an operation may answer with.

    Args:
        operation_id: its name.
        permission: the row that lets callers in; None when it is open to anybody.
        path_parameters: whether its address names something.
        query: the names of its query parameters.
        body: whether it takes one.
        if_match, key: whether it reads those headers.
    """

    operation_id: str
    permission: Permission | None
    path_parameters: bool
    query: frozenset[str]
    body: bool
    if_match: bool
    key: bool


def refusals(facts: Facts) -> list[str]:
    """Return the types of problem that an operation may answer with, by status."""
    found = {"internal", *OF_ONE_OPERATION.get(facts.operation_id, ())}
    if facts.permission is not None:
        found |= {"unauthenticated", "insufficient-scope", "too-many-requests", "unavailable"}
        if "probation" in facts.permission.sides and facts.permission.needs_practitioner:
            found.add("practitioner-required")
        if facts.permission.roles:
            found.add("role-required")
    if facts.path_parameters:
        found.add("not-found")
    if facts.query:
        found |= {"invalid", "uri-too-long"}
    if "after" in facts.query:
        found.add("bad-cursor")
    if facts.body:
        found |= {"malformed-json", "content-too-large", "unsupported-media-type", "invalid", "conflict"}
        found.add("request-timeout")
    if facts.if_match:
        found |= {"precondition-required", "precondition-failed"}
    if facts.key:
        found |= {"idempotency-key-required", "idempotency-key-reused", "in-flight", "conflict"}
    return [slug for slug in PROBLEMS if slug in found]


def by_status(slugs: Iterable[str]) -> dict[str, list[str]]:
    """Group types of problem by their status."""
    ordered = sorted(slugs, key=lambda slug: PROBLEMS[slug][0])
    return {str(status): list(group) for status, group in groupby(ordered, key=lambda s: PROBLEMS[s][0])}


def meaning(slugs: Iterable[str]) -> str:
    """Say in a line each what types of problem mean."""
    return "\n".join(f"- `{TYPE_BASE}{slug}`: {PROBLEMS[slug][1]}" for slug in slugs)


def components() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schemas and the responses of problems, for the components of the document."""
    schemas: dict[str, Any] = {"Problem": dict(_SCHEMA)}
    responses: dict[str, Any] = {}
    for status, slugs in by_status(PROBLEMS).items():
        responses[f"Problem{status}"] = {
            "description": meaning(slugs),
            "headers": {
                name: {"$ref": f"#/components/headers/{name}"}
                for name in (*_HEADERS.get(int(status), ()), "X-Request-Id")
            },
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {slug: {"value": _example(slug)} for slug in slugs},
                }
            },
        }
    return schemas, responses


def _example(slug: str) -> dict[str, Any]:
    status, words = PROBLEMS[slug]
    return {
        "type": TYPE_BASE + slug,
        "title": words.partition(":")[0].rstrip(".").replace("`", ""),
        "status": status,
        **_EXTRA.get(slug, {}),
        "request_id": "5cc1a1f0-7c3b-4a4e-9b1c-2f1d6a1f0b1e",
    }
