"""What a request costs to receive is bounded by its size, and nothing that is sent ends a process."""

import json
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service import clock, server
from tests.conftest import TheClock
from tests.faults.live import PATIENCE, Live, live

JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
IN_PIECES = "Transfer-Encoding: chunked"
MANY = 3 * server.AROUND_PIECES // 6
"""Pieces of one byte, which take six on their way: far more than a body may come in."""


@pytest.fixture(scope="module")
def _running() -> Iterator[Live]:
    directory = Path(tempfile.mkdtemp(prefix="referrals-framing-"))
    with live(directory) as running:
        yield running
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def running(_running: Live, the_clock: TheClock) -> Live:
    """A service that runs by a clock in a file."""
    del the_clock
    clock.read_from(_running.settings.var / "clock")
    return _running


def head(method: str, path: str, *more: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *more, "", ""]).encode()


def pieces(body: bytes, size: int = 1) -> bytes:
    cut = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in cut) + b"0\r\n\r\n"


def ask(running: Live, sent: bytes) -> bytes:
    """Send bytes on a connection of their own, and return all that comes back."""
    url = httpx.URL(running.settings.issuer)
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def workers(running: Live) -> set[int]:
    process = running.api.pid
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


DIGITS = "9" * 5000


@pytest.mark.parametrize(
    "sent",
    [
        head("POST", "/v1/referrals", JSON, f"Content-Length: {DIGITS}"),
        head("POST", "/oauth/token", FORM, f"Content-Length: {'0' * 5000}"),
        head("GET", "/health/liveness", f"Content-Length: {DIGITS}"),
    ],
    ids=["a submission", "a token, all noughts", "a read"],
)
def test_a_length_of_thousands_of_digits_is_refused_and_ends_no_process(running: Live, sent: bytes) -> None:
    before = workers(running)
    (status,) = statuses(ask(running, sent))
    assert status in {400, 413}
    assert workers(running) == before


@pytest.mark.parametrize(("path", "kind"), [("/v1/referrals/preview", JSON), ("/oauth/token", FORM)])
def test_a_body_in_more_pieces_than_anybody_needs_is_too_large(running: Live, path: str, kind: str) -> None:
    known = f"Authorization: Bearer {running.officer.token()}"
    sent = head("POST", path, known, kind, IN_PIECES) + pieces(b" " * MANY)
    assert statuses(ask(running, sent)) == [413]


def test_a_long_body_in_pieces_of_a_usual_size_is_read_as_any_other(running: Live) -> None:
    known = f"Authorization: Bearer {running.officer.token()}"
    body = json.dumps({"nobody": "knows this"}).encode() + b" " * 900_000
    whole = head("POST", "/v1/referrals/preview", known, JSON, f"Content-Length: {len(body)}") + body
    cut = head("POST", "/v1/referrals/preview", known, JSON, IN_PIECES) + pieces(body, 1024)
    assert statuses(ask(running, whole)) == statuses(ask(running, cut)) == [422]


def test_what_comes_behind_a_body_in_pieces_is_the_next_request(running: Live) -> None:
    behind = head("GET", "/health/liveness", "Connection: close")
    for sent in (pieces(b"{}"), pieces(b"{}")[:-2] + b"Checksum: 7\r\n\r\n"):
        for path in ("/v1/referrals", "/nowhere"):  # the body is read, or is not
            answer = ask(running, head("POST", path, JSON, IN_PIECES) + sent + behind)
            assert statuses(answer)[1:] == [200]


@pytest.mark.parametrize("framing", ["Content-Length", "pieces"])
def test_a_connection_goes_on_after_a_body_that_nobody_read(running: Live, framing: str) -> None:
    body = b"x" * 900_000
    how = (IN_PIECES,) if framing == "pieces" else (f"Content-Length: {len(body)}",)
    sent = head("POST", "/v1/referrals", "Content-Type: text/plain", *how)
    sent += pieces(body, 4096) if framing == "pieces" else body
    answer = ask(running, sent + head("GET", "/health/liveness", "Connection: close"))
    assert statuses(answer) == [415, 200]
