"""The public keys of an outside issuer, fetched from the one place that an operator has named.

Never from where a token says: `jku`, `jwk` and `x5u` in a header are what a forger would write.
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

FRESH: Final = timedelta(minutes=10)
"""How long a set is used without asking again."""
KEPT: Final = timedelta(days=1)
"""How long it is used when nobody answers: a key that the issuer has withdrawn is good for no longer."""
PATIENCE: Final = timedelta(seconds=30)
"""How soon we ask again because of a key we do not know, or because nobody answered."""
TIMEOUT: Final = 3.0
"""Seconds to wait for an answer."""
LARGEST: Final = 256 * 1024

_log = structlog.get_logger()


def _opener() -> OpenerDirector:
    """Return what opens http and https addresses, follows no redirects and knows no files."""
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
    """The keys of one issuer, as they were when last fetched."""

    source: str
    """The path of a file, or an address: https, or http on this machine."""
    _keys: dict[str, IssuerKey] = field(default_factory=dict)
    _fetched: datetime | None = None
    _tried: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        _require_safe(self.source)

    def find(self, kid: str) -> IssuerKey | None:
        """Return the key that goes by `kid`; ask the issuer again when it is not known, or long ago.

        Raises:
            Problem: 503 when there are no keys, or none of today, and none can be had.
        """
        now = clock.now()
        stale = self._fetched is None or now - self._fetched >= FRESH
        if (stale or kid not in self._keys) and self._lock.acquire(blocking=self._fetched is None):
            try:
                self._refresh(now)
            finally:
                self._lock.release()
        if self._fetched is None or now - self._fetched > KEPT:
            raise unavailable("The keys of the issuer of this token cannot be had at this moment.")
        return self._keys.get(kid)

    def _refresh(self, now: datetime) -> None:
        # Whoever waited for the lock finds it done; a stranger's kid makes nobody ask more often than this.
        if self._tried is not None and timedelta(0) <= now - self._tried < PATIENCE:
            return
        self._tried = now
        try:
            listed = json.loads(self._read())["keys"]
            keys = {jwk["kid"]: key for jwk in listed if (key := _usable(jwk)) is not None}
        except (OSError, ValueError, KeyError, TypeError, RecursionError, HTTPException) as error:
            # What we hold goes on being good: an issuer that is away for an hour locks nobody out.
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
            while part := answer.read1(LARGEST):
                read += part
                if len(read) > LARGEST or time.monotonic() > deadline:
                    raise ValueError("too much, or too slow")
        return bytes(read)


@cache
def key_set(source: str) -> KeySet:
    """Return the key set of a source, one for each process."""
    return KeySet(source)


def _usable(jwk: dict[str, Any]) -> IssuerKey | None:
    """Return a key that we can use; a set may hold others, for encryption or of kinds we do not take."""
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
