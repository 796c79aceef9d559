"""Bodies and query strings: strict JSON, read late and validated, every fault named at once.

A body is documented by its schema and read only when the view asks for it, because who may know of a thing,
whether a call is a repeat, and whether the state allows it, all come before what the body says.
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

LONGEST_QUERY: Final = 4000
"""Bytes of a query string. gunicorn takes 4,094 for the whole first line; another server may take more."""


MOST_PARAMETERS: Final = 30


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
