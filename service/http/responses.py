"""Responses: strong entity tags, preconditions, and the headers that the OpenAPI document describes."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request

from service.http.problems import (
    precondition_failed,
    precondition_required,
)

HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ETag": {"description": "The version of what is returned; a strong tag.", "schema": {"type": "string"}},
    "Link": {
        "description": 'The address of the next page, `rel="next"`; absent on the last page.',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "The address of what was created.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "RateLimit": {
        "description": "The calls left in the limit (`r`), and the seconds until it resets (`t`).",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "The limit: the calls (`q`) allowed in a number of seconds (`w`).",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before you call again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {
        "description": "The scheme to use, and what is wrong with the token.",
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "description": "The id of this call: yours, if you sent 8 to 64 hexadecimal digits and hyphens, "
        "otherwise ours. Quote it when you ask us.",
        "required": True,
        "schema": {"type": "string"},
    },
}
"""The headers of responses, as the OpenAPI document describes them."""


def _described(*names: str) -> Mapping[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


TAGGED: Final = _described("ETag")
"""For `response(headers=...)`: the response names its version."""


CREATED: Final = _described("Location")
"""For `response(headers=...)`: the response gives the address of what was created."""


TAGGED_AND_CREATED: Final = {**TAGGED, **CREATED}

View = tuple[dict[str, Any], int, dict[str, str]]


def etag(*parts: object) -> str:
    """Return a strong entity tag made from the parts that identify this representation."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return '"' + base64.urlsafe_b64encode(digest[:15]).decode() + '"'


def with_beside(tag: str, *shown: object) -> str:
    """Return the tag of a view that shows more than the version that a change of it must match.

    What is shown beside it is others' doing: whoever reads again is shown it, and a change made without
    having read it is judged by what is so then.

    Args:
        tag: of the version, as `etag` returns it.
        shown: what is shown beside it; nothing leaves the tag as it is.
    """
    return f"{tag[:-1]}.{etag(*shown)[1:]}" if shown else tag


def require_match(current: str, **shown: Any) -> None:
    """Require that the caller has read the current version of the resource.

    Args:
        current: its tag, without what is shown beside it.
        shown: what the 412 says besides.

    Raises:
        Problem: 428 without `If-Match`, 412 when it has another version.
    """
    if "If-Match" not in request.headers:
        raise precondition_required()
    version = current.strip('"')
    # A tag that is empty is None here, and matches nothing.
    read = {each.partition(".")[0] for each in request.if_match if each}
    if version not in read and not request.if_match.contains(version):
        raise precondition_failed(**shown)


def require_match_unless_new(current: str | None) -> None:
    """Require that the caller has read the current version, where there is one to be read.

    Args:
        current: the tag of the resource; None when it does not exist yet.

    Raises:
        Problem: as `require_match`; 412 also for an `If-Match` when there is nothing to match.
    """
    if current is not None:
        require_match(current)
    elif "If-Match" in request.headers:
        raise precondition_failed()


def respond(
    view: dict[str, Any],
    *,
    status: int = 200,
    tag: str | None = None,
    location: str | None = None,
    whole: bool = False,
) -> View | Response:
    """Return a response with a view, or a 304 when the caller already has this ETag.

    Args:
        view: the content; the response schema filters it.
        status: the status when it is not a 304.
        tag: the strong entity tag, as `etag` returns it.
        location: the path of the created resource.
        whole: never return a 304, because this read is recorded as a receipt.
    """
    headers: dict[str, str] = {"Cache-Control": "no-store" if tag is None else "private, no-cache"}
    if tag:
        headers["ETag"] = tag
        known = not whole and request.if_none_match.contains_weak(tag.strip('"'))
        if known and request.method in {"GET", "HEAD"}:
            return Response(status=304, headers=headers)
    if location:
        headers["Location"] = location
    return view, status, headers


def is_read() -> bool:
    """Return whether the response has content: a HEAD request has read nothing."""
    return request.method != "HEAD"
