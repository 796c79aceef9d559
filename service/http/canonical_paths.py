"""A resource is served at its canonical path only; every other spelling of the path returns 404.

A proxy, a cache or a firewall rule sees the path as sent. It would treat two spellings as two resources.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flask import Flask
from werkzeug.routing import IntegerConverter, UUIDConverter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NOWHERE: Final = "/-"
"""A path that no rule matches."""
# No path here needs percent-encoding, so a percent sign is never canonical.
_SEGMENT: Final = r"/(?!\.\.?(?:[/?]|$))[A-Za-z0-9._~!$&'()*+,=:@-]+"
_TARGET: Final = re.compile(rf"(?:https?://[^/?#@]+)?(/|(?:{_SEGMENT})+)(?:\?[^#]*)?", re.DOTALL)


class CanonicalUuid(UUIDConverter):
    """A UUID in lower case (RFC 9562, section 4)."""

    regex = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class CanonicalInteger(IntegerConverter):
    """An integer without leading zeros."""

    regex = r"0|[1-9]\d*"


def prepare(app: Flask) -> None:
    """Install the canonical converters; call this before any route is added."""
    app.url_map.converters |= {"uuid": CanonicalUuid, "int": CanonicalInteger}


def register(app: Flask) -> None:
    """Wrap an application, and all other middleware that reads the path."""
    app.wsgi_app = _Canonical(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way


def is_canonical(target: str, path: str) -> bool:
    """Return whether a request target is spelled canonically.

    Args:
        target: the request target as sent: a path with a query, or a whole URL (RFC 9112, section 3.2).
        path: the path as the server decoded it.
    """
    written = _TARGET.fullmatch(target)
    return written is not None and written[1] == path


class _Canonical:
    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        # A server that does not provide the raw target has decoded it; only the decoded path is checked then.
        target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or path
        if not is_canonical(target, path):
            environ["PATH_INFO"] = NOWHERE
        return self._application(environ, start_response)
