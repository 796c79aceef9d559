"""Every type of problem that the API returns, and which of them each operation can return.

Most follow from the permission, body and headers of the operation. What a view refuses for reasons of its
own is in `OF_ONE_OPERATION`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from service.access.permissions import NAME_PEOPLE, Permission
from service.http import MAX_PARAMETERS, MAX_QUERY_BYTES
from service.http.problems import TYPE_BASE
from service.strict_json import MAX_DEPTH, MAX_MEMBERS, MAX_VALUES

PROBLEMS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed-json": (400, "The body is not JSON in UTF-8."),
    "bad-cursor": (400, "`after` is not a cursor of this list."),
    "idempotency-key-required": (400, "There is no `Idempotency-Key`, or it is not valid."),
    "unauthenticated": (401, "The caller is not authenticated."),
    "insufficient-scope": (
        403,
        "The token does not have the scope, or the operation is not for this kind of caller.",
    ),
    "practitioner-required": (
        403,
        "The token names no practitioner: exchange a practitioner assertion for one that does.",
    ),
    "role-required": (403, "The operation is not for a practitioner in this role."),
    "role-not-registered": (
        403,
        "The staff register does not have this person in this role today, or they have left.",
    ),
    "not-accountable": (
        403,
        "The caller does not answer for the case: whoever is accountable, or a manager, does this.",
    ),
    "own-case": (
        403,
        "The manager is on the case, or asked for what is decided: another manager must decide.",
    ),
    "not-found": (404, "Nothing here is visible to this caller; it may be visible to others."),
    "method-not-allowed": (405, "The address does not take this method: `Allow` lists those that it takes."),
    "request-timeout": (408, "The request did not arrive within ten seconds; nothing was stored."),
    "conflict": (
        409,
        "The state does not allow it: `state` and `allowed` show the state and what is possible.",
    ),
    "held-elsewhere": (
        409,
        "Another region holds the record, and the caller only reads it: that region changes it.",
    ),
    "in-flight": (409, "The first call with this `Idempotency-Key` has not finished."),
    "cursor-expired": (410, "The feed no longer holds this place: continue from `oldest` or `latest`."),
    "sharing-ended": (
        410,
        "The licence or order has ended, and with it what is shared: a concern can still be reported.",
    ),
    "precondition-failed": (412, "It has changed since the caller read it."),
    "content-too-large": (
        413,
        f"More than 1 MB, {MAX_VALUES:,} values, {MAX_DEPTH} levels, or {MAX_MEMBERS} members of an object.",
    ),
    "uri-too-long": (
        414,
        f"The query string has more than {MAX_QUERY_BYTES:,} bytes or {MAX_PARAMETERS} parameters.",
    ),
    "unsupported-media-type": (
        415,
        "The body is not `application/json`, or of a `PATCH` `application/merge-patch+json`.",
    ),
    "invalid": (422, "The body or the query is not valid: `errors` lists every fault with its place."),
    "idempotency-key-reused": (422, "This `Idempotency-Key` was used before with another body."),
    "precondition-required": (428, "A change must name the version that it changes: send `If-Match`."),
    "too-many-requests": (429, "Too many calls in this minute: wait as long as `Retry-After` says."),
    "internal": (500, "An error of the service; it has been logged."),
    "unavailable": (503, "The service is not available for now: try again. Nothing was stored."),
}
"""The last part of each `type`: its status and what it means."""

OF_ONE_OPERATION: Final[Mapping[str, tuple[str, ...]]] = {
    "acknowledge_escalation": ("role-required",),
    "agree_to_review": ("held-elsewhere", "own-case"),
    "amend_referral": ("held-elsewhere",),
    "answer_share_request": ("held-elsewhere", "not-accountable"),
    "ask_for_agreement": ("held-elsewhere", "not-accountable", "not-found", "own-case", "role-required"),
    "ask_for_transfer": ("held-elsewhere", "not-accountable", "not-found"),
    "change_address": ("held-elsewhere",),
    "change_caretaker": ("held-elsewhere",),
    "change_team": ("held-elsewhere", "not-accountable"),
    "complete_review": ("held-elsewhere", "not-accountable"),
    "confirm_escalation": ("role-required",),
    "confirm_share": ("held-elsewhere", "not-accountable"),
    "countersign_check_review": ("held-elsewhere", "own-case"),
    "decide_agreement": ("held-elsewhere", "own-case"),
    "decide_check": ("held-elsewhere", "own-case"),
    "decide_proposal": ("held-elsewhere", "not-accountable", "own-case", "role-required"),
    "decide_same_as": ("held-elsewhere",),
    "decide_same_person": ("held-elsewhere", "not-accountable"),
    "describe_authorization_server": ("not-found",),
    "end_exclusion": ("held-elsewhere", "own-case"),
    "end_share": ("held-elsewhere", "not-accountable"),
    "enter_address_in_error": ("held-elsewhere", "not-accountable"),
    "enter_contact_in_error": ("held-elsewhere", "not-accountable"),
    "enter_referral_in_error": ("held-elsewhere", "not-accountable"),
    "exclude_staff": ("held-elsewhere", "not-accountable", "role-required"),
    "hand_over_escalation": ("role-required",),
    "lift_limit": ("held-elsewhere", "own-case"),
    "limit_case": ("held-elsewhere", "not-accountable"),
    "list_areas": ("not-found",),
    "list_clients": ("not-found",),
    "list_messages": ("sharing-ended",),
    "list_shared_changes": ("sharing-ended",),
    "list_updates": ("sharing-ended",),
    "list_duties": ("not-found",),
    "list_endpoints": ("not-found",),
    "list_organisations": ("not-found",),
    "list_signing_keys": ("not-found",),
    "move_check_request": ("held-elsewhere", "not-accountable", "own-case", "role-required"),
    "move_destination_referral": ("held-elsewhere", "not-accountable"),
    "move_disclosure_decision": ("held-elsewhere", "not-accountable"),
    "move_placement": ("held-elsewhere", "not-accountable", "own-case", "role-required"),
    "move_subject_access": ("held-elsewhere", "own-case", "role-required"),
    "move_transfer": ("held-elsewhere", "role-required"),
    "name_staff": ("held-elsewhere", "not-accountable"),
    "open_disclosure_decision": ("held-elsewhere",),
    "open_subject_access": ("held-elsewhere",),
    "patch_referral": ("held-elsewhere",),
    "propose_address": ("held-elsewhere",),
    "read_document": ("sharing-ended",),
    "read_events": ("cursor-expired",),
    "reassign_case": ("held-elsewhere",),
    "record_release_arrangements": ("held-elsewhere",),
    "record_change": ("held-elsewhere", "not-accountable", "own-case", "role-required"),
    "register_endpoint": ("not-found",),
    "remove_client": ("conflict",),
    "remove_endpoint": ("conflict",),
    "remove_organisation": ("conflict",),
    "request_share": ("held-elsewhere",),
    "review_check": ("held-elsewhere", "not-accountable"),
    "review_share": ("held-elsewhere", "own-case"),
    "search_people": ("role-required",),
    "send_message": ("held-elsewhere", "sharing-ended"),
    "share_person": ("held-elsewhere", "not-accountable"),
    "submit_referral": ("not-found",),
    "supply_details": ("held-elsewhere", "not-accountable"),
    "supply_person_details": ("held-elsewhere", "not-accountable"),
    "take_emergency_access": ("not-found",),
    "withdraw_agreement": ("held-elsewhere",),
    "withdraw_referral": ("held-elsewhere", "not-accountable"),
}
"""What single operations can return in addition."""

_EXTRA: Final[Mapping[str, Mapping[str, Any]]] = {
    "conflict": {"state": "completed", "allowed": []},
    "cursor-expired": {"oldest": "WyIxIl0", "latest": "WyI5OSJd"},
    "invalid": {
        "errors": [{"pointer": "/person/crn", "detail": "Must be a letter and six digits, such as X320741."}]
    },
}

_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457). It never holds personal data.",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "description": "The type of problem. Stable: compare this, not the title.",
        },
        "title": {"type": "string", "description": "The type of problem in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {
            "type": "string",
            "description": "What went wrong this time; absent if there is nothing to add.",
        },
        "request_id": {
            "type": "string",
            "description": "The `X-Request-Id` of the call. Quote it when you ask us.",
        },
        "errors": {
            "type": "array",
            "description": "Every fault in what was sent, each with its place.",
            "items": {
                "type": "object",
                "description": "One fault.",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer to the place in the body."},
                    "parameter": {"type": "string", "description": "The query parameter."},
                    "detail": {"type": "string", "description": "What is wrong."},
                },
            },
        },
        "errors_omitted": {
            "type": "integer",
            "description": "How many more faults there are than `errors` lists; absent if none.",
        },
        "state": {"type": "string", "description": "In a conflict: the state."},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "In a conflict: the actions that you can take now.",
        },
        "href": {
            "type": "string",
            "description": "In a conflict over a submission reference: the referral, if you may see it.",
        },
        "outstanding": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "At the departure gate: what must still be answered.",
        },
        "changed": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "At an agreement: what it rests on and has changed since it was asked.",
        },
        "advice": {
            "$ref": "#/components/schemas/DangerAdvice",
            "description": "Where what was refused may have been a report of danger: what to do now, whom "
            "to ring, and that nothing is on record. No number is given.",
        },
        "oldest": {
            "type": "string",
            "description": "For an expired cursor: continue here to read all that is kept.",
        },
        "latest": {
            "type": "string",
            "description": "For an expired cursor: continue here to read only what is new.",
        },
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
    """What decides which problems an operation can return.

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
    """Return the types of problem that an operation can return, by status."""
    found = {"internal", *OF_ONE_OPERATION.get(facts.operation_id, ())}
    if facts.permission is not None:
        found |= {
            "unauthenticated",
            "insufficient-scope",
            "role-not-registered",
            "too-many-requests",
            "unavailable",
        }
        if NAME_PEOPLE.intersection(facts.permission.sides) and facts.permission.needs_practitioner:
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


_OF_NO_OPERATION: Final = {"method-not-allowed"}
"""What is answered where there is no operation, so that nothing in the document refers to it."""


def by_status(slugs: Iterable[str]) -> dict[str, list[str]]:
    """Group types of problem by their status."""
    ordered = sorted(slugs, key=lambda slug: PROBLEMS[slug][0])
    return {str(status): list(group) for status, group in groupby(ordered, key=lambda s: PROBLEMS[s][0])}


def meaning(slugs: Iterable[str]) -> str:
    """Return the meaning of types of problem, a line each."""
    return "\n".join(f"- `{TYPE_BASE}{slug}`: {PROBLEMS[slug][1]}" for slug in slugs)


def components() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schemas and the responses of problems, for the components of the document."""
    schemas: dict[str, Any] = {"Problem": dict(_SCHEMA)}
    responses: dict[str, Any] = {}
    for status, slugs in by_status(s for s in PROBLEMS if s not in _OF_NO_OPERATION).items():
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
