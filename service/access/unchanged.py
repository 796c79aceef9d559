"""Says once more that nothing has changed, without asking the application: most calls are such polls.

The very same request, by the same token, with the same tag, gets the answer it got, until something is told
of what the answer rests on: the client's registration, our signing keys, or whatever the view has named.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, g, request
from sqlalchemy.exc import SQLAlchemyError

from service import clock, http, logs, tidings
from service.access import limits
from service.access.limits import Limit, Standing
from service.access.queries import REGISTRATIONS
from service.access.signing_keys import SigningKeys, load
from service.access.tokens import AccessToken
from service.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST: Final = 10.0
"""Seconds that an answer is given again untold of: a process may die between a change and the telling."""
_MOST: Final = 4096
"""Answers remembered in a process; with one more it begins again."""
_MARK: Final = "referrals.rests_on"
_OF_ONE_CALL: Final = frozenset({"x-request-id", "ratelimit", "ratelimit-policy"})
_STATUS: Final = "304 NOT MODIFIED"

Asked = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Mark:
    token: AccessToken
    route: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class _Answer:
    mark: _Mark
    headers: list[tuple[str, str]]
    keys: SigningKeys
    heard: int
    until: float


def rests_on(*subjects: str) -> None:
    """Say of the answer to this request what it rests on, besides the caller's registration.

    Args:
        subjects: what is told of, among the tidings, whenever the answer would be another.
    """
    token: AccessToken = g.token
    if token.certificate is None and request.url_rule is not None:  # else each call must show it
        request.environ[_MARK] = _Mark(token, request.url_rule.rule, subjects)


def register(app: Flask) -> None:
    """Stand before an application."""
    app.wsgi_app = _Unchanged(app.config, app.wsgi_app)  # type: ignore[method-assign] # Flask's own way


class _Unchanged:
    def __init__(self, configured: Mapping[str, Any], application: "WSGIApplication") -> None:
        self._configured = configured
        self._application = application
        self._answers: dict[Asked, _Answer] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_IF_NONE_MATCH" not in environ:
            return self._application(environ, start_response)
        began = time.perf_counter()
        asked = (
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            environ["HTTP_IF_NONE_MATCH"],
            environ.get("HTTP_AUTHORIZATION", ""),
        )
        try:
            settings: Config = self._configured["REFERRALS"]
            footing = tidings.heard(), load(settings.signing_keys)
            known = self._answers.get(asked)
            limit = Limit("client", settings.requests_per_minute)
            standing = known and _standing(known, limit, *footing)
        except (OSError, ValueError, SQLAlchemyError):  # the application says what is the matter
            return self._application(environ, start_response)
        if known and standing:
            return _again(known, standing, environ, start_response, began)

        def noting(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            mark: _Mark | None = environ.get(_MARK)
            if mark is not None and status == _STATUS:
                self._remember(asked, mark, headers, *footing)
            return start_response(status, headers, *more)

        return self._application(environ, noting)

    def _remember(
        self,
        asked: Asked,
        mark: _Mark,
        headers: list[tuple[str, str]],
        heard: int | None,
        keys: SigningKeys,
    ) -> None:
        if heard is None:
            return
        if len(self._answers) >= _MOST:
            self._answers.clear()
        kept = [(name, value) for name, value in headers if name.lower() not in _OF_ONE_CALL]
        self._answers[asked] = _Answer(mark, kept, keys, heard, time.monotonic() + LONGEST)


def _standing(known: _Answer, limit: Limit, heard: int | None, keys: SigningKeys) -> Standing | None:
    """Count the call, if the answer still holds; None when the application must be asked."""
    token = known.mark.token
    if (
        heard is None
        or time.monotonic() > known.until
        or clock.now().timestamp() >= token.expires_at
        or keys is not known.keys
        or tidings.told_since(known.heard, REGISTRATIONS, *known.mark.subjects)
    ):
        return None
    standing = limits.take(limit, token.client_id, client_id=token.client_id)
    return None if standing.exceeded else standing


def _again(
    known: _Answer,
    standing: Standing,
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    began: float,
) -> Iterable[bytes]:
    request_id = http.request_id(environ.get("HTTP_X_REQUEST_ID", ""))
    start_response(_STATUS, [*known.headers, ("X-Request-Id", request_id), *standing.headers().items()])
    mark = known.mark
    logs.answered("GET", mark.route, 304, began, request_id=request_id, client_id=mark.token.client_id)
    return ()
