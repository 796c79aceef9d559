"""Bodies and query strings: strict JSON, validated when the view asks for it, with every fault reported
together.

A body is documented by its schema, but validated late: visibility, idempotency and the state of the resource
are all checked first.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from service import strict_json
from service.errors import Fault
from service.http.problems import MAX_FAULTS, Problem, bad_request, invalid

MAX_QUERY_BYTES: Final = 4000
"""Bytes of a query string. gunicorn allows 4,094 for the whole request line; another server may allow
more.
"""


MAX_PARAMETERS: Final = 30
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"


def faults(messages: Any, at: str = "") -> Iterator[Fault]:
    """Convert marshmallow's nested messages to faults with JSON pointers."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from faults(inner, at if name == "_schema" else f"{at}/{strict_json.escape(name)}")
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from faults(message, at)
    else:
        yield Fault(at, str(messages))


def _require_json() -> None:
    """Refuse an unacceptable body by its headers, before it is read.

    Raises:
        Problem: 415 for another content type.
        RequestEntityTooLarge: its Content-Length is too large.
    """
    # A change of some members is a JSON Merge Patch by either name (RFC 7396).
    accepted = (JSON, MERGE_PATCH) if request.method == "PATCH" else (JSON,)
    if request.mimetype not in accepted:
        named = " or ".join(accepted)
        raise Problem(415, "unsupported-media-type", "Send JSON", f"Content-Type must be {named}.")
    if (request.content_length or 0) > (request.max_content_length or math.inf):
        raise RequestEntityTooLarge


def refused(messages: Any, at: str = "") -> Problem:
    """Return the 422 for a schema's messages: faults up to the limit, and the number of the rest."""
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
    # A chunked body has no length: only as much as allowed is read, so one at the limit may be longer.
    if request.content_length is None and len(sent) >= (request.max_content_length or math.inf):
        raise RequestEntityTooLarge
    return sent


def read_json() -> Any:
    """Read the request's body as strict JSON.

    Raises:
        Problem: 415 for another content type, 400 when it is not JSON in UTF-8, 413 when it is too large, too
            deep or has too many values, 422 when a key is repeated.
    """
    _require_json()
    try:
        value, repeats = strict_json.loads(_sent())
    except strict_json.LimitExceeded as much:
        raise Problem(413, "content-too-large", "The body has too many values or levels", str(much)) from None
    except (ValueError, RecursionError):
        raise bad_request("malformed-json", "The body is not JSON", "Expected JSON in UTF-8.") from None
    if repeats:
        raise invalid(Fault(at, "This key is repeated in one object.") for at in repeats)
    return value


@dataclass(frozen=True)
class Body:
    """A request body that has not been validated."""

    schema: Schema

    def require_json(self) -> None:
        """Refuse an unacceptable body by its headers, before the caller is authenticated.

        Raises:
            Problem: 415 for another content type.
            RequestEntityTooLarge: its Content-Length is too large.
        """
        _require_json()

    def receive(self) -> None:
        """Read the bytes without parsing them, so that no transaction waits for a caller to send them.

        Raises:
            RequestEntityTooLarge: the body is too large.
        """
        _sent()

    @property
    def raw(self) -> bytes:
        """The bytes as sent, to compare a repeat with the first request."""
        return _sent()

    def sent(self) -> dict[str, Any]:
        """Return the object as it was sent, for a view that completes it before it is validated.

        Raises:
            Problem: see `read_json`; 422 when it is not an object.
        """
        value = read_json()
        if not isinstance(value, dict):
            raise invalid([Fault("", "Must be an object.")])
        return value

    def load(self, value: Any = None) -> dict[str, Any]:
        """Read and validate the body.

        Args:
            value: what is validated instead: the object that was sent, completed.

        Raises:
            Problem: see `read_json`; 422 with every fault.
        """
        try:
            loaded: dict[str, Any] = self.schema.load(read_json() if value is None else value)
        except ValidationError as error:
            raise refused(error.messages) from None
        return loaded


@dataclass(frozen=True)
class Parameters:
    """A query string that has not been validated: the guard does so once it knows the caller."""

    schema: Schema

    def load(self) -> dict[str, Any]:
        """Read and validate the query string.

        Raises:
            Problem: 414 when it is too long, 422 with every invalid parameter.
        """
        sent = request.query_string
        if len(sent) > MAX_QUERY_BYTES or sent.count(b"&") >= MAX_PARAMETERS:
            detail = f"At most {MAX_QUERY_BYTES:,} bytes and {MAX_PARAMETERS} parameters are read."
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
