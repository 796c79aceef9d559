"""Errors as RFC 9457 problem documents: one exception, the common problems, and the error handlers.

A problem holds no personal data: titles and details are fixed words, codes, field names and identifiers.
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
"""Faults listed in a response; any others are only counted."""
_log = structlog.get_logger()


class Problem(Exception):  # noqa: N818 - the RFC's word
    """An error that is returned as a problem document."""

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
    """Return the 404 for a resource that does not exist, or that the caller may not see: both are
    identical.
    """
    return Problem(404, "not-found", "Not found")


def unauthenticated(detail: str, *, challenge: str = 'Bearer realm="referrals"') -> Problem:
    """Return the 401 for a caller that is not authenticated."""
    return Problem(
        401, "unauthenticated", "Authentication is required", detail, headers={"WWW-Authenticate": challenge}
    )


def forbidden(type: str, title: str, detail: str | None = None) -> Problem:  # noqa: A002
    """Return a 403: the caller is authenticated but may not use this route."""
    return Problem(403, type, title, detail)


def role_required(roles: Iterable[str]) -> Problem:
    """Return the 403 for a practitioner in another role than those that may do this."""
    words = f"Only these roles may do this: {', '.join(roles)}."
    return Problem(403, "role-required", "Not for this role", words)


def not_accountable(whom: str) -> Problem:
    """Return the 403 for somebody of the region who does not answer for the case.

    Args:
        whom: who may do it, in words.
    """
    words = f"It takes {whom}. The case's `holding` says who that is: ask them, or a manager."
    return Problem(403, "not-accountable", "Not for you to decide in this case", words)


def conflict(detail: str, *, state: str | None = None, allowed: Iterable[str] = (), **extra: Any) -> Problem:
    """Return the 409 for an action that the state does not allow, with the actions it allows this caller."""
    if state is not None:
        extra = {"state": state, "allowed": sorted(allowed), **extra}
    return Problem(409, "conflict", "Not possible in the current state", detail, **extra)


def invalid(faults: Iterable[Fault], *, omitted: int = 0) -> Problem:
    """Return the 422 for a well-formed but invalid request, with its faults up to the limit.

    Args:
        omitted: the number of faults not included in `faults`.
    """
    found = tuple(faults)
    omitted += len(found) - len(found[:MAX_FAULTS])
    more: dict[str, Any] = {"errors_omitted": omitted} if omitted else {}
    return Problem(422, "invalid", "The request is not valid", errors=found[:MAX_FAULTS], **more)


def bad_request(type: str, title: str, detail: str | None = None) -> Problem:  # noqa: A002
    """Return the 400 for a request that cannot be read."""
    return Problem(400, type, title, detail)


def precondition_required() -> Problem:
    """Return the 428 for a change of an existing resource without `If-Match`."""
    return Problem(
        428, "precondition-required", "A precondition is required", "Send If-Match with the ETag you read."
    )


def precondition_failed(**shown: Any) -> Problem:
    """Return the 412 for a resource that has changed since the caller read it.

    Args:
        shown: what the problem document says besides.
    """
    title = "The resource has changed since you read it"
    return Problem(412, "precondition-failed", title, "Read it again.", **shown)


def unavailable(detail: str) -> Problem:
    """Return the 503 for a temporary fault: nothing was stored, and a retry is safe."""
    return Problem(503, "unavailable", "Try again shortly", detail, headers={"Retry-After": "2"})


def problem_response(problem: Problem) -> Response:
    """Return a problem as a response, with its headers."""
    response = Response(
        json.dumps(problem.as_json()), status=problem.status, content_type="application/problem+json"
    )
    response.headers.update(problem.headers)
    return response


_SLUGS = {413: "content-too-large", 500: "internal"}
"""Slugs where Python's phrase has changed between releases, or does not fit."""
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    kept = {k: v for k, v in error.get_headers() if k in _KEPT_HEADERS}
    phrase = HTTPStatus(status).phrase
    slug = _SLUGS.get(status) or re.sub(r"[^a-z]+", "-", phrase.lower())
    return problem_response(Problem(status, slug, phrase, headers=kept))


def _from_database(error: DBAPIError | PoolTimeoutError) -> Response:
    # A lost connection, an exhausted pool, a deadlock or a lock timeout: the transaction was rolled back in
    # full. Any other database error is a bug in the service.
    passing = isinstance(error, PoolTimeoutError | OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if passing:
        return problem_response(unavailable("The database did not answer. Nothing was stored."))
    return _unexpected(error)


def _unexpected(error: BaseException) -> Response:
    # An exception's message may quote data, so only its type and location are logged.
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "unknown"
    _log.error("unexpected", error=type(error).__name__, where=where)
    return problem_response(Problem(500, "internal", "Internal error", "The error has been logged."))


def register(app: Flask) -> None:
    """Return every error of the application as a problem document."""
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(DBAPIError, _from_database)
    app.register_error_handler(PoolTimeoutError, _from_database)
    app.register_error_handler(Exception, _unexpected)
