"""Only the canonical path of a resource reaches it; every other spelling of the path answers 404.

A proxy, a cache or a firewall's rule sees the address as it was sent. Two spellings of one address would be
two addresses to it, and one to us.
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
# Nothing here has a name that must be encoded, so a percent sign is always another spelling.
_SEGMENT: Final = r"/(?!\.\.?(?:[/?]|$))[A-Za-z0-9._~!$&'()*+,=:@-]+"
_TARGET: Final = re.compile(rf"(?:https?://[^/?#@]+)?(/|(?:{_SEGMENT})+)(?:\?[^#]*)?", re.DOTALL)


class CanonicalUuid(UUIDConverter):
    """A UUID in small letters (RFC 9562, section 4)."""

    regex = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class CanonicalInteger(IntegerConverter):
    """A whole number without a nought in front."""

    regex = r"0|[1-9]\d*"


def prepare(app: Flask) -> None:
    """Let each address be written in one way alone; before any rule is added."""
    app.url_map.converters |= {"uuid": CanonicalUuid, "int": CanonicalInteger}


def register(app: Flask) -> None:
    """Stand before an application and everything else that looks at a path."""
    app.wsgi_app = _Canonical(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way


def is_canonical(target: str, path: str) -> bool:
    """Return whether a request names what it asks for in the one way it may be written.

    Args:
        target: as it was sent: a path with a query, or a whole URL (RFC 9112, section 3.2).
        path: what the server has made of it.
    """
    written = _TARGET.fullmatch(target)
    return written is not None and written[1] == path


class _Canonical:
    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        # A server that does not say what was sent has decoded it; what cannot be seen is then let through.
        target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or path
        if not is_canonical(target, path):
            environ["PATH_INFO"] = NOWHERE
        return self._application(environ, start_response)
