"""What a request costs to receive is bounded by its size, and nothing that is sent ends a process."""

import json
import re
import socket
from pathlib import Path

import httpx
import pytest

from service import clock, incoming_request
from tests.faults.live import PATIENCE, Live, alive, problem
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
IN_PIECES = "Transfer-Encoding: chunked"
MANY = 3 * incoming_request.MAX_CHUNK_OVERHEAD // 6
"""Pieces of one byte, which take six on their way: far more than a body may come in."""


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


def test_five_megabytes_are_refused_with_and_without_a_length(running: Live) -> None:
    whole = json.dumps(darren_and_toby("LARGE-1", clock.today(), "X320748"))
    large = (whole + " " * 5 * 1024 * 1024).encode()
    before = running.count("event")
    headers = {
        "Authorization": f"Bearer {running.officer.token()}",
        "Idempotency-Key": "key-large",
        "Content-Type": "application/json",
    }
    pieces = (large[at : at + 65536] for at in range(0, len(large), 65536))
    for content in (large, pieces):
        with httpx.Client(base_url=running.settings.issuer, timeout=30) as http:
            problem(http.post("/v1/referrals", content=content, headers=headers), 413)
    with httpx.Client(base_url=running.settings.issuer, timeout=30) as http:
        form = {"grant_type": "client_credentials", "scope": "x" * 5 * 1024 * 1024}
        assert http.post("/oauth/token", data=form).status_code == 413
    assert running.count("event") == before


RAW = {
    "a NUL in a header": b"GET /v1/events HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\x00b\r\n\r\n",
    "a NUL in the path": b"GET /v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a name": b"GET /v1/events HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
    "a folded header": b"GET /v1/events HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "two lengths": b"POST /v1/referrals HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length and pieces": b"POST /v1/referrals HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad piece": b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a bad piece of a submission": b"POST /v1/referrals HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{zz\r\n",
    "a long line": b"GET /v1/events?after=" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("what", RAW)
def test_what_is_not_a_request_is_refused_before_anything_reads_it(running: Live, what: str) -> None:
    url = httpx.URL(running.settings.issuer)
    with socket.create_connection((url.host, url.port or 80), timeout=10) as line:
        line.sendall(RAW[what])
        answer = line.recv(65536)
    status = int(answer.split(b" ", 2)[1])
    assert 400 <= status < 500 or status == 501, answer
    for word in (b"Traceback", b"gunicorn/", b"File "):
        assert word not in answer
    assert alive(running.officer.http)


SPELLED_OTHERWISE = (
    "//health/liveness",
    "/health//liveness",
    "/health/liveness/",
    "/health/./liveness",
    "/x/../health/liveness",
    "/health%2fliveness",
    "/%68ealth/liveness",
    "/health/%2e/liveness",
    "/HEALTH/liveness",
    "/health/liveness;a=b",
    "/health/liveness%00",
    "http://x//health/liveness",
    "http://x/health%2Fliveness",
    "/health/liveness#here",
)


def status_of(running: Live, method: str, target: str, *headers: str) -> int:
    """Ask over a connection of its own, with the target exactly as it is."""
    url = httpx.URL(running.settings.issuer)
    lines = (f"{method} {target} HTTP/1.1", "Host: x", *headers, "Connection: close", "", "")
    with socket.create_connection((url.host, url.port or 80), timeout=10) as line:
        line.sendall("\r\n".join(lines).encode())
        return int(line.recv(65536).split(b" ", 2)[1])


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_an_address_that_is_spelled_otherwise_is_not_there(running: Live, method: str) -> None:
    for target in ("/health/liveness", "http://x/health/liveness", "/health/liveness?a=%2f"):
        assert status_of(running, method, target) == 200
    found = {target: status_of(running, method, target) for target in SPELLED_OTHERWISE}
    assert set(found.values()) == {404}, found
    assert status_of(running, method, "/x/health/liveness", "SCRIPT_NAME: /x") == 404
