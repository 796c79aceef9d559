"""A gunicorn worker whose threads never wait for a caller to send a request or to read a response.

A slow connection costs memory and a place in the event loop, never a thread. Nothing here knows what a
request asks for: the application still checks the headers, then the token, then the body.
"""

import json
import socket
import time
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from io import BytesIO
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Final
from uuid import uuid4

from gunicorn.errors import ConfigError
from gunicorn.http import RequestParser
from gunicorn.http.body import Body
from gunicorn.http.errors import InvalidChunkSize
from gunicorn.workers.gthread import ThreadWorker

from service import config, logs
from service.client_queues import ClientQueues, client_of
from service.http.problems import Problem
from service.incoming_request import IncomingRequest

RESPONSE_TIMEOUT: Final = 10.0
"""Seconds in which a caller must read its response."""
LINGER: Final = 2.0
"""Seconds for which a connection stays half open after its last response, for a caller that still sends."""
MAX_BUFFERED: Final = 64 * 1024 * 1024
"""Bytes of unfinished requests and responses that a process buffers; beyond it the oldest are dropped."""
_READ_SIZE: Final = 16 * 1024

Connection = Any  # gunicorn's TConn; gunicorn has no types


@dataclass
class PendingResponse:
    """A response that the caller has not read to the end."""

    content: bytes
    request: Any
    """The future of the request; its result says whether the connection is kept alive."""
    deadline: float = field(default_factory=lambda: time.monotonic() + RESPONSE_TIMEOUT)
    sent: int = 0

    @property
    def size(self) -> int:
        """How many bytes are buffered."""
        return len(self.content)


@dataclass
class ClosingConnection:
    """A connection that has been sent its last response."""

    size = 0
    deadline: float = field(default_factory=lambda: time.monotonic() + LINGER)


Waiting = IncomingRequest | PendingResponse | ClosingConnection


class _ResponseBuffer:
    """Takes the place of the socket while a thread writes its response."""

    def __init__(self) -> None:
        self.content = bytearray()

    def sendall(self, content: bytes) -> None:
        self.content += content

    def shutdown(self, _how: int) -> None:
        raise OSError("only the event loop closes a connection")

    def close(self) -> None:
        """Do nothing: the event loop closes the connection."""


@dataclass(frozen=True)
class _BufferedConnection:
    """The parts of a connection that gunicorn needs to answer one request."""

    sock: _ResponseBuffer
    client: Any
    server: Any


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's threaded worker, except that all waiting for callers happens in its event loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = config.load()
        self._max_body = settings.max_body
        self._client_claim = settings.outside_issuer.client_claim if settings.outside_issuer else "client_id"
        self._queues = ClientQueues(max(1, self.cfg.threads // 2))
        self._waiting: dict[Connection, Waiting] = {}
        self._buffered = 0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse settings that this worker does not support.

        Raises:
            ConfigError: TLS, HTTP/2 or the PROXY protocol is configured.
        """
        super().check_config(cfg, log)
        if cfg.is_ssl or (cfg.protocol, cfg.http2_cleartext, cfg.proxy_protocol) != ("http", "off", "off"):
            raise ConfigError(
                "service.server.Worker speaks plain HTTP/1.1 only: terminate TLS and HTTP/2 at the proxy"
            )

    def enqueue_req(self, conn: Connection) -> None:
        """Receive the next request of a connection; gunicorn calls this to hand it to a thread."""
        # A caller may have pipelined this request behind the previous one.
        received = conn.parser.unreader.take_buffered() if conn.parser else b""
        incoming = IncomingRequest(self.cfg, self._max_body)
        self._wait(conn, incoming, EVENT_READ)
        self._receive_more(conn, incoming, received)

    def _receive_more(self, conn: Connection, incoming: IncomingRequest, received: bytes) -> None:
        before = incoming.size
        incoming.feed(received)
        self._buffered += incoming.size - before
        if incoming.complete:
            self._stop_waiting(conn)
            # The thread reads the buffered bytes and then end of file, and never from the connection.
            conn.parser = RequestParser(self.cfg, iter(()), conn.client)
            conn.parser.unreader.unread(bytes(incoming.head) + incoming.pipelined)
            conn.client_id = client_of(bytes(incoming.head), self._client_claim)
            incoming.head.clear()
            conn.data_ready, conn.incoming, conn.unsent = True, incoming, b""
            self._queues.submit(conn.client_id, partial(super().enqueue_req, conn))
        elif incoming.expects_continue:
            incoming.expects_continue = False
            _send(conn, b"HTTP/1.1 100 Continue\r\n\r\n")

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a received request; in a thread, which never waits for the caller to read the response."""
        req._expected_100_continue = False  # noqa: SLF001 - `100 Continue` has been sent
        incoming = conn.incoming
        if incoming.malformed:  # in its body: gunicorn has refused a malformed head by now
            raise InvalidChunkSize(b"")
        if incoming.too_large:  # the rest of it may still arrive
            req.force_close()
        if incoming.head_parsed:
            _attach_body(req, incoming, self._max_body)
        buffer = _ResponseBuffer()
        keep_alive = super().handle_request(req, _BufferedConnection(buffer, conn.client, conn.server))
        req.body = Body(BytesIO())  # no part of it is left on the connection
        conn.sock.setblocking(False)
        conn.unsent = bytes(buffer.content)[_send(conn, buffer.content) :]
        return bool(keep_alive)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Send the rest of the response, and only then keep or close the connection."""
        self._queues.finish(conn.client_id)
        if conn.unsent:
            self._wait(conn, PendingResponse(conn.unsent, fs), EVENT_WRITE)
            self._buffered += len(conn.unsent)
        else:
            self._keep_or_close(conn, fs)

    def _keep_or_close(self, conn: Connection, request: Any) -> None:
        if request.cancelled() or request.exception() or not request.result():
            self._linger(conn)  # gunicorn would wait here for the caller to close it
        else:
            super().finish_request(conn, request)

    def _linger(self, conn: Connection) -> None:
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self._wait(conn, ClosingConnection(), EVENT_READ)
        except (OSError, ValueError):  # the caller has closed it
            self._close(conn)

    def murder_pending(self) -> None:
        """Drop connections that are late or over the limits; gunicorn calls this in each pass of its loop."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, waiting in self._waiting.items() if waiting.deadline <= now]:
            waiting = self._stop_waiting(conn)
            if isinstance(waiting, IncomingRequest) and waiting.head:
                _send_timeout(conn, waiting)
                self._linger(conn)
            else:
                self._close(conn)
        self._make_room()

    def _make_room(self) -> None:
        """Close connections that no thread works on, the oldest first, so that another can be accepted."""
        while self.nr_conns >= self.worker_connections and self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self._close(conn)
        while self._waiting and (self.nr_conns >= self.worker_connections or self._buffered > MAX_BUFFERED):
            conn = next(iter(self._waiting))
            self._stop_waiting(conn)
            self._close(conn)

    def _wait(self, conn: Connection, waiting: Waiting, event: int) -> None:
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, event, partial(self._ready, conn))
        self._waiting[conn] = waiting

    def _stop_waiting(self, conn: Connection) -> Waiting:
        self.poller.unregister(conn.sock)
        waiting = self._waiting.pop(conn)
        self._buffered -= waiting.size
        return waiting

    def _ready(self, conn: Connection, _sock: socket.socket) -> None:
        """Send or receive as much as the connection allows now."""
        waiting = self._waiting[conn]
        if isinstance(waiting, PendingResponse):
            waiting.sent += _send(conn, memoryview(waiting.content)[waiting.sent :])
            if waiting.sent == len(waiting.content):
                self._stop_waiting(conn)
                self._keep_or_close(conn, waiting.request)
            return
        received = _receive(conn)
        if received == b"":
            self._stop_waiting(conn)
            self._close(conn)
        elif received and isinstance(waiting, IncomingRequest):
            self._receive_more(conn, waiting, received)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def _attach_body(request: Any, incoming: IncomingRequest, max_body: int) -> None:
    """Give the application the received body as if it had been sent with a Content-Length.

    Args:
        request: gunicorn's request, whose own body would parse the chunks again.
        incoming: the request as received.
        max_body: the largest body allowed, in bytes; a larger one declares a length above it.
    """
    request.body = Body(BytesIO(incoming.body))
    if incoming.chunked:
        length = max_body + 1 if incoming.too_large else len(incoming.body)
        request.headers = [(name, value) for name, value in request.headers if name != "TRANSFER-ENCODING"]
        request.headers.append(("CONTENT-LENGTH", str(length)))


def _receive(conn: Connection) -> bytes | None:
    """Return received bytes: empty when the connection has ended, None when there are none yet."""
    try:
        received: bytes = conn.sock.recv(_READ_SIZE)
    except BlockingIOError:
        return None
    except OSError:
        return b""
    return received


def _send(conn: Connection, content: bytes | bytearray | memoryview) -> int:
    """Send as many bytes as the socket accepts and return how many: all, when the caller has disconnected."""
    try:
        sent: int = conn.sock.send(content)
    except BlockingIOError:
        return 0
    except OSError:
        return len(content)
    return sent


def _send_timeout(conn: Connection, incoming: IncomingRequest) -> None:
    """Answer 408 to a request that never reached the application."""
    status = HTTPStatus.REQUEST_TIMEOUT
    request_id = str(uuid4())
    problem = Problem(status, "request-timeout", "Your request did not arrive in time")
    body = json.dumps({**problem.as_json(), "request_id": request_id})
    lines = (
        f"HTTP/1.1 {status} {status.phrase}",
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
    logs.log_request(incoming.method or "-", None, status, None, request_id=request_id, client_id=None)
