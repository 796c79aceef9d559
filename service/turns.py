"""Whose turn it is: a client has only so many threads of a process at once, and what else it asks waits.

Its requests may all wait for the same row of the database, or be costly; the other threads are there for
everybody else. The client is the one that the token names, not verified: whoever invents a token that names
another client gains a place among that client's requests, and is refused there.
"""

import base64
import binascii
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Final

_AUTHORIZATION: Final = b"\r\nauthorization: bearer "


def client_of(head: bytes, claim: str) -> str | None:
    """Return the client that the bearer token of a request names; None without one.

    Args:
        head: of the request, as it was sent.
        claim: of the token, that names its client.
    """
    at = head.lower().find(_AUTHORIZATION)
    if at < 0:
        return None
    token = head[at + len(_AUTHORIZATION) : head.find(b"\r\n", at + 2)]
    _, _, rest = token.partition(b".")
    claims, _, _ = rest.partition(b".")
    try:
        named = json.loads(base64.urlsafe_b64decode(claims + b"==")).get(claim)
    except (ValueError, binascii.Error, AttributeError, RecursionError):
        return None
    return named if isinstance(named, str) else None


class Turns:
    """The requests of one process that threads are at, and those that wait for one of their own client."""

    def __init__(self, at_once: int) -> None:
        """Begin with none.

        Args:
            at_once: requests of one client that threads may be at.
        """
        self._at_once = at_once
        self._begun: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[Callable[[], None]]] = defaultdict(deque)

    def take(self, client: str | None, begin: Callable[[], None]) -> None:
        """Begin a request now, or when an earlier one of the same client has ended.

        Args:
            client: whose request; one of nobody's never waits here.
            begin: has a thread take it up.
        """
        if client is None:
            begin()
        elif self._begun[client] < self._at_once:
            self._begun[client] += 1
            begin()
        else:
            self._waiting[client].append(begin)

    def end(self, client: str | None) -> None:
        """Note that a request has ended, and begin the one of the same client that has waited longest."""
        if client is None:
            return
        if self._waiting[client]:
            self._waiting[client].popleft()()
            return
        del self._waiting[client]
        self._begun[client] -= 1
        if not self._begun[client]:
            del self._begun[client]
