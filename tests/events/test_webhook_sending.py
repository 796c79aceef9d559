"""One request to one receiver: to the address that was checked, in bounded time, whatever it does."""

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from service.events.webhooks.sending import LARGEST_ANSWER, Answer, NotSentError, Sender
from tests.events.receivers import (
    Behaviour,
    answering,
    babbling,
    certificate,
    dripping,
    endless,
    hanging,
    receiving,
    taking,
)

SHORT = 0.4


def fault_of(sender: Sender, url: str) -> str:
    began = time.monotonic()
    with pytest.raises(NotSentError) as not_sent:
        sender.post(url, {}, b"{}")
    assert time.monotonic() - began < 10, "no receiver takes longer than the deadline"
    return not_sent.value.fault


def test_a_request_arrives_as_it_was_signed() -> None:
    with receiving(answering(204)) as receiver:
        answer = Sender(loopback=True).post(receiver.url, {"webhook-id": "one"}, b'{"a": 1}')
    assert answer == Answer(204)
    (message,) = receiver.messages
    assert (message.path, message.body) == ("/hooks?from=exchange", b'{"a": 1}')
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert message.headers["webhook-id"] == "one"
    assert "authorization" not in message.headers


@pytest.mark.parametrize("status", [200, 302, 307, 400, 410, 429, 500, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(status: int) -> None:
    with receiving(taking) as elsewhere, receiving(answering(status, Location=elsewhere.url)) as receiver:
        assert Sender(loopback=True).post(receiver.url, {}, b"{}").status == status
        assert len(receiver.messages) == 1
        assert elsewhere.messages == []


def test_a_receiver_says_when_to_come_again() -> None:
    with receiving(answering(503, Retry_After="120")) as receiver:
        assert Sender(loopback=True).post(receiver.url, {}, b"{}").retry_after == "120"


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [(hanging, "timeout"), (dripping, "timeout"), (endless, "not_http"), (babbling, "not_http")],
)
def test_a_receiver_that_misbehaves_is_left_when_the_time_is_over(behaviour: Behaviour, fault: str) -> None:
    with receiving(behaviour) as receiver:
        assert fault_of(Sender(loopback=True, deadline=SHORT), receiver.url) == fault


def test_a_receiver_that_hangs_up_is_told_from_one_that_is_not_there() -> None:
    with receiving(lambda handler, _message: handler.connection.shutdown(socket.SHUT_RDWR)) as receiver:
        assert fault_of(Sender(loopback=True), receiver.url) in {"not_http", "connection_lost"}
        url = receiver.url
    assert fault_of(Sender(loopback=True), url) == "unreachable"


def test_no_more_of_an_answer_is_read_than_was_asked_for() -> None:
    with receiving(answering(200, b"a" * (LARGEST_ANSWER * 4))) as receiver:
        sender = Sender(loopback=True)
        assert sender.post(receiver.url, {}, b"{}").body == b""
        assert sender.post(receiver.url, {}, b"{}", read=100).body == b"a" * 100


def test_a_body_that_drips_does_not_hold_up_a_delivery_that_was_taken() -> None:
    def behave(handler: object, _message: object) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")  # type: ignore[attr-defined] # a handler
        handler.server.let_go.wait(60)  # type: ignore[attr-defined] # a handler

    with receiving(behave) as receiver:
        assert Sender(loopback=True, deadline=5).post(receiver.url, {}, b"{}").status == 200
        with pytest.raises(NotSentError, match="timeout"):
            Sender(loopback=True, deadline=SHORT).post(receiver.url, {}, b"{}", read=100)


def test_nothing_on_this_machine_is_called_unless_a_test_says_so() -> None:
    with receiving(taking) as receiver:
        assert fault_of(Sender(), receiver.url) == "refused_url"
        assert fault_of(Sender(resolve=lambda *_: ["127.0.0.1"]), "https://a.example/") == "refused_address"
        assert receiver.messages == []


@pytest.mark.parametrize(
    "found",
    [
        ["169.254.169.254"],
        ["10.0.0.1"],
        ["93.184.215.14", "10.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2606:4700::1111", "fe80::1"],
    ],
)
def test_a_name_that_leads_inside_is_refused_even_if_it_leads_outside_too(found: list[str]) -> None:
    assert fault_of(Sender(resolve=lambda *_: found), "https://a.example/") == "refused_address"


def test_a_name_is_looked_up_once_and_the_connection_goes_where_that_led(tmp_path: Path) -> None:
    server, client = certificate("hooks.keyring.example", tmp_path)
    asked: list[str] = []

    def turning(host: str, _port: int) -> list[str]:
        """Lead to this machine first, and to the metadata service ever after."""
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    seen: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: seen.append(name)
    sender = Sender(loopback=True, resolve=turning, tls=client)
    with receiving(taking, server) as receiver:
        url = f"https://hooks.keyring.example:{receiver.port}/hooks"
        assert sender.post(url, {}, b'{"type": "a"}').status == 200
        assert fault_of(sender, url) == "refused_address"
    assert asked == ["hooks.keyring.example"] * 2
    assert seen == ["hooks.keyring.example"]
    (message,) = receiver.messages
    assert message.headers["host"] == f"hooks.keyring.example:{receiver.port}"


def test_a_certificate_must_be_of_the_name_and_of_somebody_trusted(tmp_path: Path) -> None:
    server, client = certificate("another.example", tmp_path)
    with receiving(taking, server) as receiver:
        for tls in (client, ssl.create_default_context()):
            sender = Sender(loopback=True, resolve=lambda *_: ["127.0.0.1"], tls=tls)
            assert fault_of(sender, f"https://hooks.keyring.example:{receiver.port}/") == "tls"
        assert receiver.messages == []


def test_a_tls_handshake_that_never_ends_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        sender = Sender(loopback=True, deadline=SHORT, resolve=lambda *_: ["127.0.0.1"])
        assert fault_of(sender, f"https://hooks.keyring.example:{port}/") == "timeout"


def test_a_resolver_that_never_answers_is_left() -> None:
    let_go = threading.Event()

    def stuck(_host: str, _port: int) -> list[str]:
        let_go.wait(60)
        return []

    try:
        assert fault_of(Sender(deadline=SHORT, resolve=stuck), "https://a.example/") == "name_timeout"
    finally:
        let_go.set()


def test_a_name_that_nobody_has_is_said_to_be_unknown() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    assert fault_of(Sender(resolve=unknown), "https://a.example/") == "name_unknown"


def test_the_next_address_is_tried_when_one_is_dead() -> None:
    with receiving(taking) as receiver:
        sender = Sender(loopback=True, resolve=lambda *_: ["::1", "127.0.0.1"])
        assert sender.post(receiver.url, {}, b'{"type": "a"}').status == 200


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(taking) as proxy, receiving(taking) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert Sender(loopback=True).post(receiver.url, {}, b'{"type": "a"}').status == 200
        assert proxy.messages == []
