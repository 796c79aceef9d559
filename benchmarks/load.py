"""A small load generator: a fixed number of kept connections, each sending as soon as it is answered.

One thread, so that it takes as little of a core as it can; it shares the machine with what it measures.
"""

import selectors
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LARGEST_READ: Final = 256 * 1024


class Unexpected(Exception):  # noqa: N818 - it says what the answer was
    """A response that a measurement must not count."""


@dataclass(frozen=True)
class Load:
    """The result of a period of load."""

    answers: int
    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Responses per second."""
        return self.answers / self.seconds


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """Write a GET request as it goes over the wire."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Line:
    """One connection with one request in progress."""

    def __init__(self, address: tuple[str, int], request: bytes, expect: bytes) -> None:
        self._address, self._request, self._expect = address, request, expect
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        line = socket.create_connection(self._address, timeout=30)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def send(self) -> None:
        """Send the request."""
        self._received, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> float | None:
        """Read what is there; return how long the answer took, once it is whole.

        Raises:
            Unexpected: it has another status, or the server hung up.
        """
        chunk = self.socket.recv(LARGEST_READ)
        self._received += chunk
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not chunk:
            raise Unexpected("the server hung up")
        if not found:
            return None
        if head.split(b" ", 2)[1] != self._expect:
            raise Unexpected(self._received[:600].decode(errors="replace"))
        return None if len(body) < _length(head) else time.perf_counter() - self.sent_at


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def press(address: tuple[str, int], request: bytes, *, expect: int, connections: int, seconds: float) -> Load:
    """Send one request over and over from every connection, for a while.

    Args:
        address: host and port.
        request: as `get` writes it.
        expect: the only status that counts.
        connections: how many at once.
        seconds: for how long; what is under way then is waited for and counted.

    Raises:
        Unexpected: an answer was another.
    """
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        lines = [_Line(address, request, str(expect).encode()) for _ in range(connections)]
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        began = time.perf_counter()
        for line in lines:
            line.send()
        under_way = len(lines)
        while under_way:
            for key, _ in selector.select(timeout=30):
                took = key.data.receive()
                if took is None:
                    continue
                latencies.append(took)
                if time.perf_counter() - began < seconds:
                    key.data.send()
                else:
                    under_way -= 1
        lasted = time.perf_counter() - began
        for line in lines:
            line.socket.close()
    return Load(len(latencies), lasted, latencies)
