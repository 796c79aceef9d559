"""Errors as RFC 9457 problem documents: one exception, a few ready-made ones, and the handlers.

No personal data may enter a problem: titles and details are fixed words, codes, field names and identifiers.
"""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, json
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from service.errors import Fault

TYPE_BASE = "/problems/"
MAX_FAULTS = 500
"""Faults that an answer lists; the others are counted."""
_log = structlog.get_logger()


class Problem(Exception):  # noqa: N818 - the RFC's word
    """An answer that is a problem document."""

    def __init__(
        self,
        status: int,
        type: str,  # noqa: A002 - the RFC's word
        title: str,
        detail: str | None = None,
        *,
        errors: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(title)
        self.status, self.type, self.title, self.detail = status, type, title, detail
        self.errors, self.headers, self.extra = errors, headers or {}, extra

    def as_json(self) -> dict[str, Any]:
        """Return the problem document."""
        document: dict[str, Any] = {"type": TYPE_BASE + self.type, "title": self.title, "status": self.status}
        if self.detail:
            document["detail"] = self.detail
        if self.errors:
            document["errors"] = [fault.as_json() for fault in self.errors]
        document |= self.extra
        if has_request_context() and "request_id" in g:
            document["request_id"] = g.request_id
        return document


def not_found() -> Problem:
    """There is no such thing, or none that this caller may know of: the same words for both."""
    return Problem(404, "not-found", "There is nothing here for you")


def unauthenticated(detail: str, *, challenge: str = 'Bearer realm="referrals"') -> Problem:
    """The caller has not shown who it is."""
    return Problem(
        401, "unauthenticated", "Show who you are", detail, headers={"WWW-Authenticate": challenge}
    )


def forbidden(type: str, title: str, detail: str | None = None) -> Problem:  # noqa: A002
    """The caller is known and this route is not for callers of its kind."""
    return Problem(403, type, title, detail)


def conflict(detail: str, *, state: str | None = None, allowed: Iterable[str] = (), **extra: Any) -> Problem:
    """The rules of the state refuse it: says the state and what is allowed to this caller now."""
    if state is not None:
        extra = {"state": state, "allowed": sorted(allowed), **extra}
    return Problem(409, "conflict", "Not possible as things stand", detail, **extra)


def invalid(faults: Iterable[Fault], *, omitted: int = 0) -> Problem:
    """The body is well-formed and wrong: every fault at once, as far as they can be listed.

    Args:
        omitted: how many more there are that nobody has made a `Fault` of.
    """
    found = tuple(faults)
    omitted += len(found) - len(found[:MAX_FAULTS])
    more: dict[str, Any] = {"errors_omitted": omitted} if omitted else {}
    return Problem(422, "invalid", "Some of what you sent is not right", errors=found[:MAX_FAULTS], **more)


def bad_request(type: str, title: str, detail: str | None = None) -> Problem:  # noqa: A002
    """The request cannot be read."""
    return Problem(400, type, title, detail)


def precondition_required() -> Problem:
    """A change of an existing resource came without `If-Match`."""
    return Problem(428, "precondition-required", "Say which version you are changing", "Send If-Match.")


def precondition_failed() -> Problem:
    """The resource has changed since the caller read it."""
    return Problem(412, "precondition-failed", "It has changed since you read it", "Read it again.")


def unavailable(detail: str) -> Problem:
    """The service cannot do it at this moment; nothing was stored; trying again is safe."""
    return Problem(503, "unavailable", "Try again shortly", detail, headers={"Retry-After": "2"})


def problem_response(problem: Problem) -> Response:
    """Render a problem as a response; headers survive."""
    response = Response(
        json.dumps(problem.as_json()), status=problem.status, content_type="application/problem+json"
    )
    response.headers.update(problem.headers)
    return response


_SLUGS = {413: "content-too-large", 500: "internal"}
"""Where Python's own words have changed between releases, or are not ours."""
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    kept = {k: v for k, v in error.get_headers() if k in _KEPT_HEADERS}
    phrase = HTTPStatus(status).phrase
    slug = _SLUGS.get(status) or re.sub(r"[^a-z]+", "-", phrase.lower())
    return problem_response(Problem(status, slug, phrase, headers=kept))


def _from_database(error: DBAPIError | PoolTimeoutError) -> Response:
    # A lost connection, a pool run dry, a deadlock or a lock that took too long: the transaction is gone and
    # nothing is half-stored. Anything else the database refuses is a fault of ours.
    passing = isinstance(error, PoolTimeoutError | OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if passing:
        return problem_response(unavailable("The database did not answer. Nothing was stored."))
    return _unexpected(error)


def _unexpected(error: BaseException) -> Response:
    # The message of an exception may quote data: only its type and place are logged.
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "unknown"
    _log.error("unexpected", error=type(error).__name__, where=where)
    return problem_response(Problem(500, "internal", "Something went wrong here", "It has been logged."))


def register(app: Flask) -> None:
    """Make every error of the app a problem document."""
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(DBAPIError, _from_database)
    app.register_error_handler(PoolTimeoutError, _from_database)
    app.register_error_handler(Exception, _unexpected)
