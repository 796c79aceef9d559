"""Receivers of webhooks on this machine: real servers, each with its own way of behaving."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Headers = dict[str, str]


@dataclass
class Message:
    """One request as it came in, its header names in lower case."""

    path: str
    headers: Headers
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = Message(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with self.server.arrived:
            self.server.messages.append(message)
            self.server.arrived.notify_all()
        with contextlib.suppress(OSError):  # the caller may have had enough
            self.server.behaviour(self, message)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
        pass


Behaviour = Callable[[_Handler, Message], None]


class Receiver(ThreadingHTTPServer):
    """A receiver: keeps the messages it was sent and responds as the test sets."""

    daemon_threads = True

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour = behaviour
        self.messages: list[Message] = []
        self.arrived = threading.Condition()
        self.let_go = threading.Event()
        self.tls = tls
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=exchange"

    @property
    def told(self) -> list[Message]:
        """What came after the handshake."""
        return [each for each in self.messages if each.event["type"] != "webhook.verification"]

    def wait_for(self, number: int, seconds: float = 20) -> None:
        """Wait until so many requests have come in."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.messages) >= number, seconds), self.messages

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that hang up."""


@contextlib.contextmanager
def receiving(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver; at the end, requests that still hang in it are released."""
    receiver = Receiver(behaviour, tls)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        receiver.shutdown()
        receiver.server_close()
        thread.join()


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer with a status; `Retry_After="5"` is written Retry-After."""

    def behave(handler: _Handler, _message: Message) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def taking(handler: _Handler, message: Message) -> None:
    """Take everything, and say the challenge back."""
    event = message.event
    said = {"challenge": event["data"]["challenge"]} if event["type"] == "webhook.verification" else {}
    answering(200, json.dumps(said).encode())(handler, message)


def hanging(handler: _Handler, _message: Message) -> None:
    """Say nothing at all."""
    handler.server.let_go.wait(60)


def dripping(handler: _Handler, _message: Message) -> None:
    """Send one byte after the other, as slowly as a receiver may that wants to be called alive."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 5000:
        handler.wfile.write(bytes([byte]))
        if handler.server.let_go.wait(0.05):
            return


def endless(handler: _Handler, _message: Message) -> None:
    """Send headers without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.let_go.is_set():
        handler.wfile.write(b"X-More: " + b"a" * 60_000 + b"\r\n")


def babbling(handler: _Handler, _message: Message) -> None:
    """Answer something that is not HTTP."""
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


@dataclass
class Turning:
    """Behaves in one way after the other, and in the last for good."""

    ways: list[Behaviour]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: _Handler, message: Message) -> None:
        with self.lock:
            way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        way(handler, message)


def certificate(name: str, directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for a name; return a server's context that has it, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, secret = directory / "certificate.pem", directory / "key.pem"
    shown.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown, secret)
    return server, ssl.create_default_context(cafile=str(shown))
