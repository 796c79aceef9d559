"""Says once more that nothing has changed, without asking the application: most calls are such polls.

The very same request, by the same token, with the same tag, gets the answer it got, until something is told
of what the answer rests on: the client's registration, the key that signed the token, or whatever the view
has named.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from service import cache_invalidation, clock, http, logs
from service.access import limits
from service.access.limits import Standing
from service.config import Config
from service.http.problems import Problem
from service.oauth.key_sets import key_set
from service.oauth.signing_keys import load
from service.oauth.tokens import AccessToken
from service.organisations.queries import REGISTRATIONS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MOST: Final = 4096
"""Answers remembered in a process; with one more it begins again."""
_LARGEST: Final = 4096
"""Characters of a question that is remembered: a header may be long, and all of them fill the memory."""
_MARK: Final = "referrals.rests_on"
_OF_ONE_CALL: Final = frozenset({"x-request-id", "ratelimit", "ratelimit-policy"})
_STATUS: Final = "304 NOT MODIFIED"

Asked = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Mark:
    token: AccessToken
    key: object | None
    route: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class _Answer:
    mark: _Mark
    headers: list[tuple[str, str]]
    heard: int
    until: float


def cache_until_changed(*subjects: str) -> None:
    """Let the answer to this request be cached until one of these, or the caller's registration, changes.

    Args:
        subjects: what is invalidated whenever the answer changes.
    """
    token: AccessToken = g.token
    if token.certificate is None and request.url_rule is not None:  # else each call must show it
        key = _key(token, current_app.config["REFERRALS"])
        request.environ[_MARK] = _Mark(token, key, request.url_rule.rule, subjects)


def _key(token: AccessToken, settings: Config) -> object | None:
    """Return the issuer's key that has signed a token; None when it counts no longer."""
    outside = settings.outside_issuer
    if outside is None:
        return load(settings.signing_keys).verifying(token.signed_by)
    return key_set(outside.jwks).find(token.signed_by)


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
            heard = cache_invalidation.latest()
            known = self._answers.get(asked)
            standing = known and _standing(known, settings, heard)
        except (OSError, ValueError, LookupError, SQLAlchemyError, Problem):
            # The application says what is the matter.
            return self._application(environ, start_response)
        if known and standing:
            return _again(known, standing, environ, start_response, began)

        def noting(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            mark: _Mark | None = environ.get(_MARK)
            if mark is not None and status == _STATUS and heard is not None:
                self._remember(asked, mark, headers, heard)
            return start_response(status, headers, *more)

        return self._application(environ, noting)

    def _remember(self, asked: Asked, mark: _Mark, headers: list[tuple[str, str]], heard: int) -> None:
        if sum(map(len, asked)) > _LARGEST:
            return
        if len(self._answers) >= _MOST:
            self._answers.clear()
        kept = [(name, value) for name, value in headers if name.lower() not in _OF_ONE_CALL]
        self._answers[asked] = _Answer(mark, kept, heard, time.monotonic() + cache_invalidation.MAX_AGE)


def _standing(known: _Answer, settings: Config, heard: int | None) -> Standing | None:
    """Count the call, if the answer still holds; None when the application must be asked."""
    token = known.mark.token
    if (
        heard is None
        or time.monotonic() > known.until
        or clock.now().timestamp() >= token.expires_at
        or cache_invalidation.invalidated_since(known.heard, REGISTRATIONS, *known.mark.subjects)
    ):
        return None
    key = _key(token, settings)
    if key is None or key is not known.mark.key:
        return None
    standing = limits.take_call(settings, token.client_id)
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
    logs.log_request("GET", mark.route, 304, began, request_id=request_id, client_id=mark.token.client_id)
    return ()
