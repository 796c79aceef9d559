"""Logs: one JSON object a line, with listed keys and codes only.

Logs hold no personal data: unlisted keys are dropped, values that are not codes are withheld, and messages of
libraries are reduced to their location. The audit trail records who did what to whose data.
"""

import logging
import re
import sys
import time
from functools import lru_cache
from typing import Any, Final, TextIO
from uuid import UUID

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, WrappedLogger

from service import clock

KEYS: Final = frozenset(
    {
        "at", "level", "event",
        "request_id", "method", "route", "status", "duration_ms", "client_id",  # a request
        "error", "fault", "where", "clock",  # a fault
        "clocks", "firings", "faulted", "notices", "dropped", "seconds",  # a worker
        "logger",  # a library
    }
)  # fmt: skip
"""Every key a line may have. Before adding one, decide whether its value could ever identify a person."""

WITHHELD: Final = "[withheld]"
_CODE = re.compile(r"[A-Za-z0-9_.:/<>-]{1,120}")
# In capitals anywhere; in lower case only as a whole word, because our own identifiers contain such runs.
_PERSON_NUMBER = re.compile(
    r"[A-Z](\d{6}|\d{4}[A-Z]{2})|(?<![A-Za-z0-9])[A-Za-z](\d{6}|\d{4}[A-Za-z]{2})(?![A-Za-z0-9])"
)
# Callers choose it, and hexadecimal digits cannot spell a name.
_REQUEST_ID = re.compile(r"[0-9A-Fa-f-]{8,64}")
_LIBRARIES: Final = ("gunicorn.error", "gunicorn.access")

_log = structlog.get_logger()


def configure(stream: TextIO | None = None) -> None:
    """Log every line of this process, including those of libraries, as JSON with codes only.

    Args:
        stream: the output; standard error when None.
    """
    structlog.configure(
        processors=[structlog.processors.add_log_level, only_codes, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(True)
    logging.root.handlers = [_LibraryHandler()]
    for name in _LIBRARIES:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # It warns that a pipeline ended in an error, and then raises that error, which we log or show ourselves.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def register(app: Flask) -> None:
    """Log one line for each request that an application answers."""
    app.before_request(_begin)
    app.after_request(_end)


def only_codes(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Drop every key that is not listed, and withhold every value that is not a code."""
    kept: EventDict = {key: _code(key, value) for key, value in line.items() if key in KEYS}
    kept["at"] = clock.now().isoformat()
    return kept


def _code(key: str, value: Any) -> Any:
    if isinstance(value, str):
        good = is_request_id(value) if key == "request_id" else _is_code(value)
        return value if good else WITHHELD
    if value is None or isinstance(value, bool | int | float):
        return value
    return _code(key, str(value)) if isinstance(value, UUID) else WITHHELD


def is_request_id(text: str) -> bool:
    """Return whether a request id is safe to log: hexadecimal digits and hyphens, but no person's number."""
    return _REQUEST_ID.fullmatch(text) is not None and _PERSON_NUMBER.search(text) is None


@lru_cache(maxsize=1024)
def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None and _PERSON_NUMBER.search(text) is None


class _LibraryHandler(logging.Handler):
    """Logs that a library wrote a message, and where, but not the message: it may quote any data."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        _log.log(
            record.levelno,
            "library",
            logger=record.name,
            where=f"{record.module}:{record.lineno}",
            error=error,
        )


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    token = g.get("token")
    log_request(
        request.method,
        # The route template, never the path, which can contain a CRN.
        request.url_rule.rule if request.url_rule else None,
        response.status_code,
        g.get("began"),
        request_id=g.get("request_id"),
        client_id=token and token.client_id,
    )
    return response


def log_request(
    method: str,
    route: str | None,
    status: int,
    began: float | None,
    *,
    request_id: str | None,
    client_id: str | None,
) -> None:
    """Log the line for a request.

    Args:
        method, route: the method and the route template.
        status: the status of the response.
        began: `time.perf_counter()` when the request arrived.
        request_id: the id of the request.
        client_id: the authenticated client, if any.
    """
    _log.info(
        "request",
        request_id=request_id,
        method=method,
        route=route,
        status=status,
        duration_ms=None if began is None else round((time.perf_counter() - began) * 1000, 1),
        client_id=client_id,
    )
