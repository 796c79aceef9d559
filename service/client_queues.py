"""Queues the requests of each client, so that one client cannot occupy every thread of a process.

Its requests may all wait for the same database row, or be costly; the other threads stay free for other
clients. The client is the one named in the token, which is not verified here: a caller that invents a token
for another client only joins that client's queue, and is refused when the token is checked.
"""

import base64
import binascii
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Final

_AUTHORIZATION: Final = b"\r\nauthorization: bearer "


def client_of(head: bytes, claim: str) -> str | None:
    """Return the client named in the bearer token of a request, or None.

    Args:
        head: the request line and headers, as received.
        claim: the token claim that names the client.
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


class ClientQueues:
    """The running and waiting requests of each client in one process."""

    def __init__(self, max_running: int) -> None:
        """Start with no requests.

        Args:
            max_running: how many requests of one client may run at the same time.
        """
        self._max_running = max_running
        self._running: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[Callable[[], None]]] = defaultdict(deque)

    def submit(self, client: str | None, start: Callable[[], None]) -> None:
        """Start a request now, or when an earlier request of the same client has finished.

        Args:
            client: who sent the request; a request without a client never waits here.
            start: hands the request to a thread.
        """
        if client is None:
            start()
        elif self._running[client] < self._max_running:
            self._running[client] += 1
            start()
        else:
            self._waiting[client].append(start)

    def finish(self, client: str | None) -> None:
        """Record that a request has finished, and start the longest-waiting request of the same client."""
        if client is None:
            return
        if self._waiting[client]:
            self._waiting[client].popleft()()
            return
        del self._waiting[client]
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
