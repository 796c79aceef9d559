"""WSGI middleware that replays cached 304 responses: most requests are polls that find nothing new.

An identical request, with the same token and ETag, gets the cached response until something that it depends
on changes: the client's registration, the key that signed the token, or a subject that the view names.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from service import cache_invalidation, clock, http, logs
from service.access import limits
from service.access.limits import LimitStatus
from service.config import Config
from service.http.problems import Problem
from service.oauth.key_sets import key_set
from service.oauth.signing_keys import load
from service.oauth.tokens import AccessToken
from service.organisations.queries import REGISTRATIONS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MAX_RESPONSES: Final = 4096
"""Responses cached in a process; when it is full, the cache is cleared."""
_MAX_KEY_LENGTH: Final = 4096
"""Characters of a cache key: headers may be long, and a cache of long ones would fill the memory."""
_MARK: Final = "referrals.cache_mark"
_PER_REQUEST_HEADERS: Final = frozenset({"x-request-id", "ratelimit", "ratelimit-policy"})
_STATUS: Final = "304 NOT MODIFIED"

RequestKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Mark:
    token: AccessToken
    key: object | None
    route: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class _CachedResponse:
    mark: _Mark
    headers: list[tuple[str, str]]
    version: int
    expires: float


def cache_until_changed(*subjects: str) -> None:
    """Cache the response to this request until a subject or the caller's registration is invalidated.

    Args:
        subjects: the names that are invalidated whenever the response changes.
    """
    token: AccessToken = g.token
    if (
        token.certificate is None and request.url_rule is not None
    ):  # a certificate must be checked at every call
        key = _key(token, current_app.config["REFERRALS"])
        request.environ[_MARK] = _Mark(token, key, request.url_rule.rule, subjects)


def _key(token: AccessToken, settings: Config) -> object | None:
    """Return the issuer's key that signed a token; None when it is no longer valid."""
    outside = settings.outside_issuer
    if outside is None:
        return load(settings.signing_keys).verifying(token.signed_by)
    return key_set(outside.jwks).find(token.signed_by)


def register(app: Flask) -> None:
    """Wrap an application in the cache."""
    app.wsgi_app = _NotModifiedCache(app.config, app.wsgi_app)  # type: ignore[method-assign] # Flask's own way


class _NotModifiedCache:
    def __init__(self, configured: Mapping[str, Any], application: "WSGIApplication") -> None:
        self._configured = configured
        self._application = application
        self._responses: dict[RequestKey, _CachedResponse] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_IF_NONE_MATCH" not in environ:
            return self._application(environ, start_response)
        began = time.perf_counter()
        request_key = (
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            environ["HTTP_IF_NONE_MATCH"],
            environ.get("HTTP_AUTHORIZATION", ""),
        )
        try:
            settings: Config = self._configured["REFERRALS"]
            version = cache_invalidation.latest()
            known = self._responses.get(request_key)
            limit_status = known and _count_if_valid(known, settings, version)
        except (OSError, ValueError, LookupError, SQLAlchemyError, Problem):
            # The application reports the fault.
            return self._application(environ, start_response)
        if known and limit_status:
            return _replay(known, limit_status, environ, start_response, began)

        def remember(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            mark: _Mark | None = environ.get(_MARK)
            if mark is not None and status == _STATUS and version is not None:
                self._remember(request_key, mark, headers, version)
            return start_response(status, headers, *more)

        return self._application(environ, remember)

    def _remember(
        self, request_key: RequestKey, mark: _Mark, headers: list[tuple[str, str]], version: int
    ) -> None:
        if sum(map(len, request_key)) > _MAX_KEY_LENGTH:
            return
        if len(self._responses) >= _MAX_RESPONSES:
            self._responses.clear()
        kept = [(name, value) for name, value in headers if name.lower() not in _PER_REQUEST_HEADERS]
        self._responses[request_key] = _CachedResponse(
            mark, kept, version, time.monotonic() + cache_invalidation.MAX_AGE
        )


def _count_if_valid(known: _CachedResponse, settings: Config, version: int | None) -> LimitStatus | None:
    """Count the call if the cached response is still valid; return None when the application must answer."""
    token = known.mark.token
    if (
        version is None
        or time.monotonic() > known.expires
        or clock.now().timestamp() >= token.expires_at
        or cache_invalidation.invalidated_since(known.version, REGISTRATIONS, *known.mark.subjects)
    ):
        return None
    key = _key(token, settings)
    if key is None or key is not known.mark.key:
        return None
    limit_status = limits.count_call(settings, token.client_id)
    return None if limit_status.exceeded else limit_status


def _replay(
    known: _CachedResponse,
    limit_status: LimitStatus,
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    began: float,
) -> Iterable[bytes]:
    request_id = http.request_id(environ.get("HTTP_X_REQUEST_ID", ""))
    start_response(_STATUS, [*known.headers, ("X-Request-Id", request_id), *limit_status.headers().items()])
    mark = known.mark
    logs.log_request("GET", mark.route, 304, began, request_id=request_id, client_id=mark.token.client_id)
    return ()
