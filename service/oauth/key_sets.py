"""The public keys of an outside issuer, fetched only from the address that an operator configured.

An address or key in a token's header (`jku`, `jwk`, `x5u`) is never used, because a forger could set it.
"""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

import structlog

from service import clock
from service.http.problems import unavailable
from service.organisations.public_keys import IssuerKey, import_issuer_key

REFRESH_AFTER: Final = timedelta(minutes=10)
"""How long a key set is used before it is fetched again."""
MAX_AGE: Final = timedelta(days=1)
"""How long a key set is used when the issuer does not answer, and so the longest use of a withdrawn key."""
RETRY_AFTER: Final = timedelta(seconds=30)
"""How soon a fetch is repeated for an unknown key, or after a failure."""
TIMEOUT: Final = 3.0
"""Seconds to wait for a response."""
MAX_BYTES: Final = 256 * 1024

_log = structlog.get_logger()


def _opener() -> OpenerDirector:
    """Return an opener for http and https addresses that follows no redirects and opens no files."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


@dataclass
class KeySet:
    """The keys of one issuer, as last fetched."""

    source: str
    """A file path, or a URL: https, or http on this machine."""
    _keys: dict[str, IssuerKey] = field(default_factory=dict)
    _fetched: datetime | None = None
    _tried: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        _require_safe(self.source)

    def find(self, kid: str) -> IssuerKey | None:
        """Return the key with a `kid`, fetching the set again when it is stale or the key is unknown.

        Raises:
            Problem: 503 when there are no current keys and they cannot be fetched.
        """
        now = clock.now()
        stale = self._fetched is None or now - self._fetched >= REFRESH_AFTER
        if (stale or kid not in self._keys) and self._lock.acquire(blocking=self._fetched is None):
            try:
                self._refresh(now)
            finally:
                self._lock.release()
        if self._fetched is None or now - self._fetched > MAX_AGE:
            raise unavailable("The keys of the token's issuer are not available at the moment.")
        return self._keys.get(kid)

    def _refresh(self, now: datetime) -> None:
        # Another thread may have fetched them meanwhile; and an unknown kid must not cause more frequent
        # fetches.
        if self._tried is not None and timedelta(0) <= now - self._tried < RETRY_AFTER:
            return
        self._tried = now
        try:
            listed = json.loads(self._read())["keys"]
            keys = {jwk["kid"]: key for jwk in listed if (key := _usable(jwk)) is not None}
        except (OSError, ValueError, KeyError, TypeError, RecursionError, HTTPException) as error:
            # The keys already held stay in use, so that an outage of the issuer does not lock callers out.
            _log.error("issuer_keys_unreachable", error=type(error).__name__)
            return
        self._keys, self._fetched = keys, now

    def _read(self) -> bytes:
        if "://" not in self.source:
            return Path(self.source).read_bytes()
        request = Request(self.source, headers={"Accept": "application/jwk-set+json, application/json"})  # noqa: S310 - checked when made
        deadline = time.monotonic() + TIMEOUT
        read = bytearray()
        with _opener().open(request, timeout=TIMEOUT) as answer:
            while part := answer.read1(MAX_BYTES):
                read += part
                if len(read) > MAX_BYTES or time.monotonic() > deadline:
                    raise ValueError("the response is too large or too slow")
        return bytes(read)


@cache
def key_set(source: str) -> KeySet:
    """Return the key set of a source, one for each process."""
    return KeySet(source)


def _usable(jwk: dict[str, Any]) -> IssuerKey | None:
    """Return a key that can verify tokens, or None: a set may hold keys for encryption or of other kinds."""
    if jwk.get("use", "sig") != "sig" or not isinstance(jwk.get("kid"), str):
        return None
    try:
        return import_issuer_key(jwk)
    except ValueError:
        return None


def _require_safe(source: str) -> None:
    if "://" not in source:
        return
    parts = urlsplit(source)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname)):
        raise ValueError("the keys of an issuer are fetched over https")


def _is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
