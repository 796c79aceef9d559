"""What the service writes down while it runs: one JSON object a line, made of listed keys and of codes.

No personal data: a key that is not listed is left out, a value that is not a code is withheld, and what
libraries have to say is reduced to where they said it. Who did what to whose data is in the audit trail.
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
"""Every key a line may have. A new one is a decision: could its value ever say something about somebody?"""

WITHHELD: Final = "[withheld]"
_CODE = re.compile(r"[A-Za-z0-9_.:/<>-]{1,120}")
# In capitals anywhere; in small letters only on its own, because identifiers of ours are made of these.
_PERSON_NUMBER = re.compile(
    r"[A-Z](\d{6}|\d{4}[A-Z]{2})|(?<![A-Za-z0-9])[A-Za-z](\d{6}|\d{4}[A-Za-z]{2})(?![A-Za-z0-9])"
)
# A caller chooses it, and nobody's name can be spelled in hexadecimal.
_REQUEST_ID = re.compile(r"[0-9A-Fa-f-]{8,64}")
_LIBRARIES: Final = ("gunicorn.error", "gunicorn.access")

_log = structlog.get_logger()


def configure(stream: TextIO | None = None) -> None:
    """Write every line of this process, ours and the libraries', as JSON of codes.

    Args:
        stream: where to; standard error when None.
    """
    structlog.configure(
        processors=[structlog.processors.add_log_level, only_codes, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(True)
    logging.root.handlers = [_FromLibraries()]
    for name in _LIBRARIES:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def register(app: Flask) -> None:
    """Write one line for each request that an application answers."""
    app.before_request(_begin)
    app.after_request(_end)


def only_codes(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Leave out every key that is not listed, and withhold every value that is not a code."""
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
    """Tell whether a call may be known by this: hexadecimal digits and hyphens, and no number of a person."""
    return _REQUEST_ID.fullmatch(text) is not None and _PERSON_NUMBER.search(text) is None


@lru_cache(maxsize=1024)
def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None and _PERSON_NUMBER.search(text) is None


class _FromLibraries(logging.Handler):
    """Says that a library had something to say, and where: its words may quote anything."""

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
        # The template and never the path: a path can hold a CRN.
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
    """Write the line for a request.

    Args:
        method, route: what was asked for; the template of the path.
        status: of the answer.
        began: `time.perf_counter()` when it came.
        request_id: of the request.
        client_id: who asked, when that is known.
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
