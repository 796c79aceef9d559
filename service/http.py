"""HTTP as every endpoint keeps it: strict JSON read late, strong ETags, preconditions, keyset pages.

A body is documented by its schema and judged only when the view asks for it, because who may know of a thing,
whether a call is a repeat, and whether the state allows it, all come before what the body says. Its bytes are
received by the guard before a transaction opens: nobody waits for somebody who sends slowly.
"""

import base64
import binascii
import hashlib
import json
import math
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlencode

import flask_smorest
from flask import Flask, Response, g, request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from service import strict_json
from service.errors import (
    MAX_FAULTS,
    Fault,
    Problem,
    bad_request,
    invalid,
    precondition_failed,
    precondition_required,
)

DEFAULT_PAGE, LARGEST_PAGE = 100, 500
LONGEST_QUERY: Final = 4000
"""Bytes of a query string. gunicorn takes 4,094 for the whole first line; another server may take more."""
MOST_PARAMETERS: Final = 30

HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ETag": {"description": "Strong: the version of what is shown.", "schema": {"type": "string"}},
    "Link": {
        "description": 'Where the list goes on, `rel="next"`; not on the last page.',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where what was made is read.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "RateLimit": {
        "description": "What is left of the limit (`r`), and the seconds until it begins again (`t`).",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "The limit: calls (`q`) in so many seconds (`w`).",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "What is wrong with the token.", "schema": {"type": "string"}},
    "X-Request-Id": {
        "description": "Of this call, as sent or else given; quote it when you ask us.",
        "required": True,
        "schema": {"type": "string"},
    },
}
"""The headers of answers, as the document of the API describes them."""


def _described(*names: str) -> Mapping[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


TAGGED: Final = _described("ETag")
"""For `response(headers=...)`: the answer names its version."""
CREATED: Final = _described("Location")
"""For `response(headers=...)`: the answer says where what was made is read."""
TAGGED_AND_CREATED: Final = {**TAGGED, **CREATED}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
Row = TypeVar("Row")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])
View = tuple[dict[str, Any], int, dict[str, str]]


def faults(messages: Any, at: str = "") -> Iterator[Fault]:
    """Turn marshmallow's nested messages into faults with JSON pointers."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from faults(inner, at if name == "_schema" else f"{at}/{strict_json.escape(name)}")
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from faults(message, at)
    else:
        yield Fault(at, str(messages))


def _require_json() -> None:
    """Refuse by its headers a body that will not be read.

    Raises:
        Problem: 415 for another content type.
        RequestEntityTooLarge: it says that it is too large.
    """
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported-media-type", "Send JSON", "Content-Type must be application/json.")
    if (request.content_length or 0) > (request.max_content_length or math.inf):
        raise RequestEntityTooLarge


def refused(messages: Any, at: str = "") -> Problem:
    """Return the 422 for what a schema has found, naming as many faults as are listed, counting the rest."""
    found = list(islice(faults(messages, at), MAX_FAULTS))
    return invalid(found, omitted=_number_of(messages) - len(found))


def _number_of(messages: Any) -> int:
    if isinstance(messages, Mapping):
        return sum(map(_number_of, messages.values()))
    return sum(map(_number_of, messages)) if isinstance(messages, list | tuple) else 1


def _sent() -> bytes:
    """Return the body as sent.

    Raises:
        RequestEntityTooLarge: it is too large.
    """
    sent = request.get_data(cache=True)
    # Of a body sent in pieces, without its length, only as much is read as may be: it could go on.
    if request.content_length is None and len(sent) >= (request.max_content_length or math.inf):
        raise RequestEntityTooLarge
    return sent


def read_json() -> Any:
    """Read the request's body as strict JSON.

    Raises:
        Problem: 415 for another content type, 400 when it is not JSON in UTF-8, 413 when it is too large, too
            deep or has too many values, 422 when a key stands twice.
    """
    _require_json()
    try:
        value, repeats = strict_json.loads(_sent())
    except strict_json.TooMuch as much:
        raise Problem(413, "content-too-large", "There is too much in the body", str(much)) from None
    except (ValueError, RecursionError):
        raise bad_request("malformed-json", "The body is not JSON", "Expected JSON in UTF-8.") from None
    if repeats:
        raise invalid(Fault(at, "This key stands twice in one object.") for at in repeats)
    return value


@dataclass(frozen=True)
class Body:
    """A request body, not read yet."""

    schema: Schema

    def require_json(self) -> None:
        """Refuse by its headers what will not be read, before anything is asked about the caller.

        Raises:
            Problem: 415 for another content type.
            RequestEntityTooLarge: it says that it is too large.
        """
        _require_json()

    def receive(self) -> None:
        """Read the bytes, and not yet what they say, so that no transaction waits for a caller to send them.

        Raises:
            RequestEntityTooLarge: they are too many.
        """
        _sent()

    @property
    def raw(self) -> bytes:
        """The bytes as sent, for telling a repeat from another request."""
        return _sent()

    def load(self) -> dict[str, Any]:
        """Read and validate the body.

        Raises:
            Problem: see `read_json`; 422 naming every fault at once.
        """
        try:
            loaded: dict[str, Any] = self.schema.load(read_json())
        except ValidationError as error:
            raise refused(error.messages) from None
        return loaded


@dataclass(frozen=True)
class Parameters:
    """The query string, not read yet: the guard reads it once it knows the caller."""

    schema: Schema

    def load(self) -> dict[str, Any]:
        """Read and validate the query string.

        Raises:
            Problem: 414 when it is too long, 422 naming every parameter at fault.
        """
        sent = request.query_string
        if len(sent) > LONGEST_QUERY or sent.count(b"&") >= MOST_PARAMETERS:
            detail = f"At most {LONGEST_QUERY:,} bytes and {MOST_PARAMETERS} parameters are read."
            raise Problem(414, "uri-too-long", "The query string is too long", detail)
        found: list[Fault] = []
        given: dict[str, Any] = {}
        for name, values in request.args.lists():
            if len(values) > 1:
                found.append(Fault(name, "Given more than once.", parameter=True))
            given[name] = values[0]
        loaded: dict[str, Any] = {}
        try:
            loaded = self.schema.load(given)
        except ValidationError as error:
            found += [Fault(f.pointer.lstrip("/"), f.detail, parameter=True) for f in faults(error.messages)]
        if found:
            raise invalid(found)
        return loaded


class _LateParser(FlaskParser):
    """Hands the view a body or a query that has not been read."""

    DEFAULT_VALIDATION_STATUS = 422

    def use_args(self, argmap: Any, req: Any = None, *, location: str | None = None, **kwargs: Any) -> Any:
        del req, kwargs
        schema = argmap() if isinstance(argmap, type) else argmap
        late = Parameters(schema) if location == "query" else Body(schema)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def call(*args: Any, **kwargs: Any) -> Any:
                return view(*args, late, **kwargs)

            return call

        return decorate


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # flask-smorest has no types
    """A flask-smorest blueprint whose bodies are read late."""

    ARGUMENTS_PARSER = _LateParser()

    if TYPE_CHECKING:  # flask-smorest has no types: these say what its decorators do to a view

        def route(
            self, rule: str, *, methods: Sequence[str] = ..., **options: Any
        ) -> Callable[[Decorated], Decorated]: ...

        def arguments(self, schema: type[Schema], **options: Any) -> Callable[[Decorated], Decorated]: ...

        def response(
            self, status: int, schema: type[Schema] | None = ..., **options: Any
        ) -> Callable[[Decorated], Decorated]: ...

        def alt_response(self, status: int, **options: Any) -> Callable[[Decorated], Decorated]: ...

        def doc(self, **description: Any) -> Callable[[Decorated], Decorated]: ...


class Api(flask_smorest.Api):  # type: ignore[misc] # flask-smorest has no types
    """flask-smorest without its error handler, which drops headers; `errors.register` has ours."""

    def _register_error_handlers(self) -> None:
        pass


def etag(*parts: object) -> str:
    """Return a strong entity tag made of whatever identifies this representation."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return '"' + base64.urlsafe_b64encode(digest[:15]).decode() + '"'


def require_match(current: str) -> None:
    """Insist that the caller has read what it is about to change.

    Raises:
        Problem: 428 without `If-Match`, 412 when it names another version.
    """
    if "If-Match" not in request.headers:
        raise precondition_required()
    if not request.if_match.contains(current.strip('"')):
        raise precondition_failed()


def respond(
    view: dict[str, Any], *, status: int = 200, tag: str | None = None, location: str | None = None
) -> View | Response:
    """Answer with a view; 304 without it when the caller already has this tag.

    Args:
        view: what to show; the response schema filters it.
        status: of a fresh answer.
        tag: its strong entity tag, as `etag` makes it.
        location: the path of what was created.
    """
    headers: dict[str, str] = {"Cache-Control": "no-store" if tag is None else "private, no-cache"}
    if tag:
        headers["ETag"] = tag
        if request.method in {"GET", "HEAD"} and request.if_none_match.contains_weak(tag.strip('"')):
            return Response(status=304, headers=headers)
    if location:
        headers["Location"] = location
    return view, status, headers


def is_read() -> bool:
    """Tell whether the caller is sent what it asks for: with HEAD it is told of it, and has read nothing."""
    return request.method != "HEAD"


def encode_cursor(*parts: str | int) -> str:
    """Write a place in a list as an opaque word. It is never a permission."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """Read a place back; `types` say what it must hold: str, int, datetime or UUID.

    Raises:
        Problem: 400 when it is not one of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return tuple(_part(part, kind) for part, kind in zip(parts, types, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise bad_request("bad-cursor", "This cursor is not one of ours", "Start without one.") from None


def place_in_list(query: Mapping[str, Any]) -> tuple[datetime, uuid.UUID] | None:
    """Read where to go on in a list that is ordered by time and id; None at its beginning.

    Args:
        query: with the cursor as `after`, where there is one.

    Raises:
        Problem: 400 when it is not one of ours.
    """
    if "after" not in query:
        return None
    since, last = decode_cursor(query["after"], datetime, uuid.UUID)
    return since, last


def _part(value: Any, kind: type) -> Any:
    if kind in {datetime, uuid.UUID}:
        written = _part(value, str)
        return datetime.fromisoformat(written).astimezone(UTC) if kind is datetime else uuid.UUID(written)
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value < 2**63):
        raise ValueError(value)
    return value


def page(
    rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[str | int, ...]]
) -> tuple[Sequence[Row], str | None]:
    """Cut a keyset page out of `limit + 1` rows; return its rows and the next cursor, None at the end.

    The answer to the request is given its `Link` to the next page.
    """
    if len(rows) <= limit:
        return rows, None
    g.onward = encode_cursor(*key(rows[limit - 1]))
    return rows[:limit], g.onward


def _link(cursor: str) -> str:
    query = {**request.args.to_dict(), "after": cursor}
    return f'<{quote(request.path)}?{urlencode(query)}>; rel="next"'


def request_id(given: str) -> str:
    """Return what a call is to be known by: as the caller has said, or else something new."""
    return given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def _begin_request() -> None:
    g.request_id = request_id(request.headers.get("X-Request-Id", ""))


def _end_request(response: Response) -> Response:
    headers = response.headers
    headers.add("X-Request-Id", g.get("request_id", ""))
    headers.add("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cache-Control", "no-store")
    if response.status_code == HTTPStatus.OK and "onward" in g:
        headers["Link"] = _link(g.onward)
    return response


def register(app: Flask) -> None:
    """Give every request an id, and every answer the headers it must have."""
    app.before_request(_begin_request)
    app.after_request(_end_request)
