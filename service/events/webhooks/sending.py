"""Sends one request to one receiver: to a checked address, in bounded time, whatever the receiver does.

A name is looked up once, every address found must be public, and the connection goes to exactly such an
address, with the name only in `Host` and in TLS: a name that answers differently a moment later changes
nothing. Redirects are not followed, and no proxy of the environment is asked. One deadline holds for it all.
"""

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from service.events.webhooks.addresses import Target, may_be_called, read_url

DEADLINE: Final = 15.0
"""Seconds for the whole exchange: look-up, connection, TLS, request and response."""

LARGEST_ANSWER: Final = 64 * 1024
"""The most bytes read of a response, headers included."""

LookUp = Callable[[str, int], list[str]]


class NotSentError(Exception):
    """There was no response; `fault` is a code for how far the request got, and never quotes the receiver."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Answer:
    """The receiver's response."""

    status: int
    retry_after: str | None = None
    body: bytes = b""


def look_up(host: str, port: int) -> list[str]:
    """Return every address of a name, from the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Sender:
    """Sends requests; any number of threads may share one."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        deadline: float = DEADLINE,
        resolve: LookUp = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Make a sender.

        Args:
            loopback: for tests and the demo: receivers on this machine, and plain HTTP to them.
            deadline: seconds for one request in all.
            resolve: looks a name up.
            tls: whom to trust; the machine's certificate authorities when None.
        """
        self._loopback, self._deadline, self._resolve = loopback, deadline, resolve
        self._tls = tls or ssl.create_default_context()

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, read: int = 0) -> Answer:
        """Post a body and return the response, whatever its status.

        Args:
            url: of the endpoint; looked at again, because rules may have become stricter.
            headers: in addition to `Host`, `Content-Length`, `Connection` and `User-Agent`, which are ours.
            body: sent as it is.
            read: how many bytes of the answer's body are wanted; the rest is not waited for.

        Raises:
            NotSentError: no answer came in time, or the address may not be called.
        """
        ends = time.monotonic() + self._deadline
        try:
            target = read_url(url, loopback=self._loopback)
        except ValueError:
            raise NotSentError("refused_url") from None
        line = self._connect(target, self._addresses(target, ends), ends)
        try:
            return _exchange(line, _request(target, headers, body), read)
        except TimeoutError:
            raise NotSentError("timeout") from None
        except (http.client.HTTPException, ValueError):
            raise NotSentError("not_http") from None
        except OSError:
            raise NotSentError("connection_lost") from None
        finally:
            line.close()

    def _addresses(self, target: Target, ends: float) -> list[str]:
        """Resolve the name once, in a thread of its own, because a resolver has no deadline."""
        said: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

        def ask() -> None:
            try:
                said.put(self._resolve(target.host, target.port))
            except (OSError, UnicodeError):
                said.put(None)

        threading.Thread(target=ask, name="webhook-look-up", daemon=True).start()
        try:
            found = said.get(timeout=_left(ends))
        except (queue.Empty, TimeoutError):
            raise NotSentError("name_timeout") from None
        if not found:
            raise NotSentError("name_unknown")
        # A name with one internal address among external ones may be an attack (SSRF): refuse them all.
        if not all(may_be_called(address, loopback=self._loopback) for address in found):
            raise NotSentError("refused_address")
        return found

    def _connect(self, target: Target, addresses: list[str], ends: float) -> "_Line":
        fault = "unreachable"
        for address in addresses:
            try:
                # The address is a literal: nothing is resolved again here.
                connected = socket.create_connection((address, target.port), timeout=_left(ends))
            except TimeoutError:
                fault = "timeout"
                continue
            except OSError:
                fault = "unreachable"
                continue
            return _Line(self._secured(connected, target, ends), ends)
        raise NotSentError(fault)

    def _secured(self, connected: socket.socket, target: Target, ends: float) -> socket.socket:
        if not target.secure:
            return connected
        try:
            connected.settimeout(_left(ends))
            return self._tls.wrap_socket(connected, server_hostname=target.host)
        except TimeoutError:
            connected.close()
            raise NotSentError("timeout") from None
        except OSError:
            connected.close()
            raise NotSentError("tls") from None


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """A connection with one deadline for every wait, and a limit on the bytes read."""

    def __init__(self, connected: socket.socket, ends: float) -> None:
        self._socket, self._ends, self._room = connected, ends, LARGEST_ANSWER

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(_left(self._ends))
            rest = rest[self._socket.send(rest) :]

    def receive_into(self, buffer: memoryview) -> int:
        if self._room <= 0:
            raise http.client.HTTPException("the answer is too long")
        self._socket.settimeout(_left(self._ends))
        taken = self._socket.recv_into(buffer[: self._room])
        self._room -= taken
        return taken

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the file from which `http.client` reads a response."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        self._socket.close()


class _Incoming(io.RawIOBase):
    """The receiving half of a connection, as a file."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.receive_into(memoryview(buffer))


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    ours = {
        "Host": target.authority,
        "User-Agent": "referral-exchange",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    named = [f"{name}: {value}" for name, value in {**headers, **ours}.items()]
    head = "\r\n".join([f"POST {target.path} HTTP/1.1", *named, "", ""])
    return head.encode("ascii") + body


def _exchange(line: _Line, request: bytes, read: int) -> Answer:
    line.send(request)
    # `http.client` calls only makefile() on its socket.
    response = http.client.HTTPResponse(cast("socket.socket", line), method="POST")
    try:
        response.begin()
        return Answer(
            response.status, response.getheader("Retry-After"), response.read(read) if read else b""
        )
    finally:
        response.close()
