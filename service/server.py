"""A gunicorn worker whose threads never wait for a caller, neither to send a request nor to read an answer.

A slow connection costs memory and a place in the loop, never a thread. Nothing here knows what a request asks
for: the application still decides by the headers, then the token, then the body.
"""

import json
import socket
import time
from dataclasses import dataclass, field
from functools import cached_property, partial
from http import HTTPStatus
from io import BytesIO
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Final
from uuid import uuid4

from gunicorn.asgi.parser import ParseError, PythonProtocol
from gunicorn.errors import ConfigError
from gunicorn.http import RequestParser
from gunicorn.http.body import Body
from gunicorn.http.errors import InvalidChunkSize
from gunicorn.workers.gthread import ThreadWorker

from service import config, logs
from service.http.problems import Problem
from service.turns import Turns, client_of

ARRIVES_WITHIN: Final = 10.0
"""Seconds in which a request must arrive, from the first look at the connection to its last byte."""
TAKEN_WITHIN: Final = 10.0
"""Seconds in which a caller must take its answer."""
LINGERS: Final = 2.0
"""Seconds that a connection stays half open after its last answer, so that a caller still sending gets it."""
MOST_HELD: Final = 64 * 1024 * 1024
"""Bytes of requests and answers on their way that a process holds; beyond it the oldest are given up."""
TOO_LATE: Final = HTTPStatus.REQUEST_TIMEOUT
AROUND_PIECES: Final = 32 * 1024
"""Bytes that a body sent in pieces may take on its way besides its own: lengths, extensions, trailers.

A piece costs as much to take apart whether it is large or small, and those of one byte take six on their way.
"""
_AT_ONCE: Final = 16 * 1024
_END_OF_HEAD: Final = b"\r\n\r\n"

Connection = Any  # gunicorn's TConn; gunicorn has no types


class Arriving:
    """A request that is arriving: its bytes so far, and whether a thread may take it up."""

    def __init__(self, settings: Any, most: int) -> None:
        """Wait for the first byte.

        Args:
            settings: gunicorn's, with its limits on the request line and the headers.
            most: bytes that a body may have.
        """
        self.until = time.monotonic() + ARRIVES_WITHIN
        self.held = bytearray()
        """As it was sent; without its body, once the head has been understood."""
        self.body = bytearray()
        """What has come of the body, out of its pieces."""
        self.behind = b""
        """What was sent after it on the same connection."""
        self.understood = False
        """Its head has been read, and its body may be."""
        self.plain = False
        """It is a read without a body that came at once, as nearly all are, and needs no following."""
        self.malformed = False
        self.too_large = False
        self.wants_to_go_on = False
        """Its sender waits for our word (`Expect: 100-continue`) before it sends the body."""
        self._settings = settings
        self._most = most
        self._around = 0

    @cached_property
    def _framing(self) -> Any:
        return PythonProtocol(
            on_headers_complete=self._take_head,
            on_body=self.body.extend,
            limit_request_line=self._settings.limit_request_line,
            limit_request_fields=self._settings.limit_request_fields,
            limit_request_field_size=self._settings.limit_request_field_size,
            permit_unconventional_http_method=self._settings.permit_unconventional_http_method,
            permit_unconventional_http_version=self._settings.permit_unconventional_http_version,
        )

    @property
    def settled(self) -> bool:
        """Whether every byte is here, or more would not change the answer."""
        return self.plain or self.malformed or self.too_large or bool(self._framing.is_complete)

    @property
    def size(self) -> int:
        """Bytes that are held of it."""
        return len(self.held) + len(self.body) + len(self.behind)

    @property
    def in_pieces(self) -> bool:
        """Whether its body comes without a length, in pieces that have one each."""
        return bool(self._framing.is_chunked)

    @property
    def method(self) -> str | None:
        """The method, once it has been read."""
        method: bytes | None = self._framing.method
        return method.decode("latin-1") if method else None

    def take(self, received: bytes) -> None:
        """Add what has been received."""
        self.plain = not self.held and _is_plain(received)
        self.held += received
        if self.plain:
            return
        try:
            self._framing.feed(received)
        except (ParseError, ValueError):  # int() refuses a length of thousands of digits
            self.malformed = True
        if self.understood:
            self._part_with_the_body()

    def _take_head(self) -> bool:
        self.understood = True
        self.too_large = (self._framing.content_length or 0) > self._most
        self.wants_to_go_on = any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in self._framing.headers
        )
        return self.too_large

    def _part_with_the_body(self) -> None:
        """Hold the body and what comes behind it apart from the head: neither is read a second time."""
        ends = self.held.index(_END_OF_HEAD) + len(_END_OF_HEAD)
        self.behind = self._framing.remaining()
        if self.in_pieces:
            self._around += len(self.held) - ends
            around = self._around - len(self.body) - len(self.behind)
            self.too_large |= len(self.body) > self._most or around > AROUND_PIECES
        del self.held[ends:]


@dataclass
class Answering:
    """An answer of which the caller has not taken everything."""

    held: bytes
    request: Any
    """The future of the request, which says whether the connection is good for another one."""
    until: float = field(default_factory=lambda: time.monotonic() + TAKEN_WITHIN)
    sent: int = 0

    @property
    def size(self) -> int:
        """Bytes that are held of it."""
        return len(self.held)


@dataclass
class Leaving:
    """A connection that has had its last answer."""

    size = 0
    until: float = field(default_factory=lambda: time.monotonic() + LINGERS)


class _Written:
    """Stands for the socket while a thread writes its answer."""

    def __init__(self) -> None:
        self.held = bytearray()

    def sendall(self, words: bytes) -> None:
        self.held += words

    def shutdown(self, _how: int) -> None:
        raise OSError("it is not for the thread to close")

    def close(self) -> None:
        """Leave that to the loop."""


@dataclass(frozen=True)
class _Turn:
    """What gunicorn needs of a connection to answer one request."""

    sock: _Written
    client: Any
    server: Any


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's threaded worker, but for the waiting: that is done in its loop, for every connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = config.load()
        self._most = settings.max_body
        self._client_claim = settings.outside_issuer.client_claim if settings.outside_issuer else "client_id"
        self._turns = Turns(max(1, self.cfg.threads // 2))
        self._waiting: dict[Connection, Arriving | Answering | Leaving] = {}
        self._held = 0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse to start with what cannot be received in the loop.

        Raises:
            ConfigError: TLS, HTTP/2 or another protocol of proxies.
        """
        super().check_config(cfg, log)
        if cfg.is_ssl or (cfg.protocol, cfg.http2_cleartext, cfg.proxy_protocol) != ("http", "off", "off"):
            raise ConfigError(
                "service.server.Worker speaks plain HTTP/1.1: let the proxy end everything else"
            )

    def enqueue_req(self, conn: Connection) -> None:
        """Receive the next request of a connection; gunicorn calls this to have a thread take it up."""
        # A caller may have sent this request behind the one before.
        received = conn.parser.unreader.take_buffered() if conn.parser else b""
        arriving = Arriving(self.cfg, self._most)
        self._wait(conn, arriving, EVENT_READ)
        self._take(conn, arriving, received)

    def _take(self, conn: Connection, arriving: Arriving, received: bytes) -> None:
        before = arriving.size
        arriving.take(received)
        self._held += arriving.size - before
        if arriving.settled:
            self._stop_waiting(conn)
            # The thread reads what is here and then the end, and never from the connection.
            conn.parser = RequestParser(self.cfg, iter(()), conn.client)
            conn.parser.unreader.unread(bytes(arriving.held) + arriving.behind)
            conn.client_id = client_of(bytes(arriving.held), self._client_claim)
            arriving.held.clear()
            conn.data_ready, conn.arrived, conn.answer = True, arriving, b""
            self._turns.take(conn.client_id, partial(super().enqueue_req, conn))
        elif arriving.wants_to_go_on:
            arriving.wants_to_go_on = False
            _send(conn, b"HTTP/1.1 100 Continue\r\n\r\n")

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a request that has been received; in a thread, which waits for nobody to read the answer."""
        req._expected_100_continue = False  # noqa: SLF001 - it has been told to go on
        arrived = conn.arrived
        if arrived.malformed:  # in its body: of a head, gunicorn has said so by now
            raise InvalidChunkSize(b"")
        if arrived.too_large:  # the rest of it may still come
            req.force_close()
        if arrived.understood:
            _give_body(req, arrived, self._most)
        written = _Written()
        goes_on = super().handle_request(req, _Turn(written, conn.client, conn.server))
        req.body = Body(BytesIO())  # nothing of it is on the connection
        conn.sock.setblocking(False)
        conn.answer = bytes(written.held)[_send(conn, written.held) :]
        return bool(goes_on)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Send what the caller has not taken of its answer, and only then go on with the connection."""
        self._turns.end(conn.client_id)
        if conn.answer:
            self._wait(conn, Answering(conn.answer, fs), EVENT_WRITE)
            self._held += len(conn.answer)
        else:
            self._go_on(conn, fs)

    def _go_on(self, conn: Connection, request: Any) -> None:
        if request.cancelled() or request.exception() or not request.result():
            self._leave(conn)  # gunicorn would wait here for the caller to close it
        else:
            super().finish_request(conn, request)

    def _leave(self, conn: Connection) -> None:
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self._wait(conn, Leaving(), EVENT_READ)
        except (OSError, ValueError):  # it has gone
            self._close(conn)

    def murder_pending(self) -> None:
        """Give up what is late or too much; gunicorn calls this at every turn of its loop."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, waiting in self._waiting.items() if waiting.until <= now]:
            waiting = self._stop_waiting(conn)
            if isinstance(waiting, Arriving) and waiting.held:
                _answer_too_late(conn, waiting)
                self._leave(conn)
            else:
                self._close(conn)
        self._make_room()

    def _make_room(self) -> None:
        """Close connections that nobody works for, the oldest first, so that another one can be accepted."""
        while self.nr_conns >= self.worker_connections and self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self._close(conn)
        while self._waiting and (self.nr_conns >= self.worker_connections or self._held > MOST_HELD):
            conn = next(iter(self._waiting))
            self._stop_waiting(conn)
            self._close(conn)

    def _wait(self, conn: Connection, waiting: Arriving | Answering | Leaving, event: int) -> None:
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, event, partial(self._ready, conn))
        self._waiting[conn] = waiting

    def _stop_waiting(self, conn: Connection) -> Arriving | Answering | Leaving:
        self.poller.unregister(conn.sock)
        waiting = self._waiting.pop(conn)
        self._held -= waiting.size
        return waiting

    def _ready(self, conn: Connection, _sock: socket.socket) -> None:
        """Do what can be done with a connection at this moment."""
        waiting = self._waiting[conn]
        if isinstance(waiting, Answering):
            waiting.sent += _send(conn, memoryview(waiting.held)[waiting.sent :])
            if waiting.sent == len(waiting.held):
                self._stop_waiting(conn)
                self._go_on(conn, waiting.request)
            return
        received = _receive(conn)
        if received == b"":
            self._stop_waiting(conn)
            self._close(conn)
        elif received and isinstance(waiting, Arriving):
            self._take(conn, waiting, received)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def _give_body(request: Any, arrived: Arriving, most: int) -> None:
    """Let the application read a body as if it had come whole, with its length.

    Args:
        request: gunicorn's, whose own body would take it apart again.
        arrived: with the body.
        most: bytes that it may have; what has too many says that it has more.
    """
    request.body = Body(BytesIO(arrived.body))
    if arrived.in_pieces:
        length = most + 1 if arrived.too_large else len(arrived.body)
        request.headers = [(name, value) for name, value in request.headers if name != "TRANSFER-ENCODING"]
        request.headers.append(("CONTENT-LENGTH", str(length)))


def _is_plain(received: bytes) -> bool:
    written = received.lower()
    return (
        received.startswith((b"GET ", b"HEAD "))
        and received.endswith(b"\r\n\r\n")
        and b"content-length" not in written
        and b"transfer-encoding" not in written
    )


def _receive(conn: Connection) -> bytes | None:
    """Return what there is to receive: nothing at the end of the connection, None if there is nothing yet."""
    try:
        received: bytes = conn.sock.recv(_AT_ONCE)
    except BlockingIOError:
        return None
    except OSError:
        return b""
    return received


def _send(conn: Connection, words: bytes | bytearray | memoryview) -> int:
    """Send as much as the caller takes at this moment and return how much: all, to one that has gone."""
    try:
        sent: int = conn.sock.send(words)
    except BlockingIOError:
        return 0
    except OSError:
        return len(words)
    return sent


def _answer_too_late(conn: Connection, arriving: Arriving) -> None:
    """Answer a request that no application has seen."""
    request_id = str(uuid4())
    problem = Problem(TOO_LATE, "request-timeout", "Your request did not arrive in time")
    body = json.dumps({**problem.as_json(), "request_id": request_id})
    lines = (
        f"HTTP/1.1 {TOO_LATE} {TOO_LATE.phrase}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {request_id}",
        "",
        body,
    )
    _send(conn, "\r\n".join(lines).encode())
    logs.answered(arriving.method or "-", None, TOO_LATE, None, request_id=request_id, client_id=None)
