"""Callers that send or read slowly, or not at all, do not delay others."""

import contextlib
import json
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from service import clock, stack
from service.demo.callers import Caller
from service.incoming_request import REQUEST_TIMEOUT
from tests.conftest import TheClock
from tests.faults.live import PATIENCE, Live, alive, live, wait_until
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

MANY = 40
"""More connections than all processes of `stack.api_command` have threads."""


@dataclass(frozen=True)
class Case:
    """A referral that was sent to a provider, and a token of the provider's."""

    running: Live
    part: str
    token: str

    @property
    def messages(self) -> str:
        return f"{self.part}/messages"


@pytest.fixture(scope="module")
def _case() -> Iterator[Case]:
    directory = Path(tempfile.mkdtemp(prefix="referrals-slow-"))
    with live(directory, interval=5.0) as running:  # nothing here waits for a worker
        running.officer.post("/v1/referrals", darren_and_toby("SLOW-1", clock.today()))
        provider = running.environment.caller("crs")
        (part, *_) = provider.get("/v1/destination-referrals").json()["items"]
        yield Case(running, f"/v1/destination-referrals/{part['id']}", provider.token())
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def case(_case: Case, the_clock: TheClock) -> Case:
    """A service that runs by a clock in a file."""
    del the_clock
    clock.read_from(_case.running.settings.var / "clock")
    return _case


def head(method: str, path: str, *more: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *more, "", ""]).encode()


def slow_requests(case: Case) -> dict[str, bytes]:
    """What a slow caller has sent when it falls silent; never a whole request."""
    known = f"Authorization: Bearer {case.token}"
    message = (known, "Idempotency-Key: slow-message", "Content-Type: application/json")
    form = ("Content-Type: application/x-www-form-urlencoded",)
    return {
        "nothing": b"",
        "half a request line": b"GET /health/live",
        "half of the headers": head("GET", "/health/liveness", known)[:-2],
        "one byte of a message": head("POST", case.messages, *message, "Content-Length: 100") + b"{",
        "one byte of a submission": head("POST", "/v1/referrals", *message, "Content-Length: 100") + b"{",
        "one byte of a form": head("POST", "/oauth/token", *form, "Content-Length: 100") + b"g",
        "one byte, by nobody": head("POST", case.messages, message[2], "Content-Length: 100") + b"{",
        "a message in pieces without an end": head(
            "POST", case.messages, *message, "Transfer-Encoding: chunked"
        )
        + b"1\r\n{\r\n",
        "half the length of a piece": head("POST", case.messages, *message, "Transfer-Encoding: chunked")
        + b"1",
        "a read with a body that does not come": head("GET", "/v1/events", known, "Content-Length: 100")
        + b"{",
        "nothing after it may go on": head(
            "POST", case.messages, *message, "Content-Length: 100", "Expect: 100-continue"
        ),
        "one byte of far too many": head("POST", case.messages, *message, "Content-Length: 9000000") + b"{",
        "half a request after a whole one": head("GET", "/health/liveness") + b"GET /health",
    }


@contextlib.contextmanager
def silent(
    case: Case, sent: bytes, number: int = MANY, *, port: int | None = None, receives: int | None = None
) -> Iterator[list[socket.socket]]:
    """Keep connections open on which this was sent and nothing follows.

    Args:
        number: of connections.
        port: of another service on this machine.
        receives: bytes that each connection takes before its owner reads them.
    """
    url = httpx.URL(case.running.settings.issuer)
    with contextlib.ExitStack() as stacked:
        lines = [stacked.enter_context(socket.socket()) for _ in range(number)]
        for line in lines:
            line.settimeout(PATIENCE)
            if receives:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
            line.connect((url.host, port or url.port))
            line.sendall(sent)
        yield lines


@contextlib.contextmanager
def impatient(caller: Caller, port: int | None = None) -> Iterator[Caller]:
    """The same caller over a connection of its own, which waits for less time than a slow caller is given."""
    base = caller.http.base_url.copy_with(port=port) if port else caller.http.base_url
    with httpx.Client(base_url=base, timeout=REQUEST_TIMEOUT / 2) as http:
        yield replace(caller, http=http)


KINDS = tuple(slow_requests(Case(None, "", "")))  # type: ignore[arg-type] # only the names


def nobody_notices(case: Case, what: str) -> None:
    """Insist that both processes answer, and that others go on with the same referral."""
    for number in range(6):
        with (
            impatient(case.running.officer) as officer,
            impatient(case.running.environment.caller("crs")) as crs,
        ):
            assert officer.http.get("/health/liveness").status_code == 200
            officer.post(case.messages, {"body": f"Is there an answer? {what}, {number}"})
            crs.post(case.messages, {"body": f"Not yet: {what}, {number}"})
            assert crs.get(case.part).headers["ETag"]


@pytest.mark.parametrize("what", KINDS)
def test_any_number_of_slow_callers_hold_up_nobody(case: Case, what: str) -> None:
    with silent(case, slow_requests(case)[what]):
        nobody_notices(case, what)


def test_other_parties_move_a_referral_while_somebody_sends_a_move_slowly(case: Case) -> None:
    provider = case.running.environment.caller("crs")
    seen = provider.get(case.part)
    slow = head(
        "POST",
        f"{case.part}/transitions",
        f"Authorization: Bearer {case.token}",
        "Content-Type: application/json",
        f"If-Match: {seen.headers['ETag']}",
        "Content-Length: 100",
    )
    with silent(case, slow + b"{"), impatient(provider) as crs, impatient(case.running.officer) as officer:
        moved = crs.post(f"{case.part}/transitions", {"action": "receive"}, seen=seen)
        assert moved.json()["state"] == "received"
        officer.post(
            f"{case.part}/transitions",
            {"action": "request_withdrawal", "reason": "recalled"},
            seen=officer.get(case.part),
        )


def test_who_reads_its_answer_slowly_holds_up_nobody(case: Case) -> None:
    with silent(case, head("GET", "/openapi.json"), receives=1024):
        nobody_notices(case, "an answer that nobody reads")


def test_a_client_whose_every_request_waits_for_the_database_holds_up_nobody_else(case: Case) -> None:
    known = (f"Authorization: Bearer {case.token}", "Content-Type: application/json", "Connection: close")
    body = json.dumps({"body": "Is anybody there?"}).encode()
    with contextlib.ExitStack() as stacked:
        with case.running.held_at("message") as somebody_waits:
            lines = [stacked.enter_context(silent(case, b"", 1))[0] for _ in range(MANY)]
            for number, line in enumerate(lines):
                key = f"Idempotency-Key: held-up-{number}"
                line.sendall(head("POST", case.messages, *known, key, f"Content-Length: {len(body)}") + body)
            somebody_waits()
            for _ in range(6):
                with impatient(case.running.officer) as officer:
                    assert officer.http.get("/health/liveness").status_code == 200
                    assert officer.get(case.part).headers["ETag"]
        assert [statuses(everything_on(line)) for line in lines] == [[201]] * MANY


def test_who_does_not_close_a_connection_after_its_answer_holds_up_nobody(case: Case) -> None:
    with silent(case, head("GET", "/health/liveness", "Connection: close")):
        nobody_notices(case, "a connection that nobody closes")


def test_more_connections_than_there_is_room_for_hold_up_nobody(case: Case) -> None:
    port = stack.free_port()
    command = stack.api_command(f"127.0.0.1:{port}", processes=1)
    with case.running.log.open("ab") as out:
        child = subprocess.Popen(
            [*command, "--worker-connections=20"],
            env=stack.environment("api", "reader", "audit_reader"),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=REQUEST_TIMEOUT / 2) as http:
            wait_until(lambda: alive(http), "it did not come up")
        for sent in (b"GET /health/live", head("GET", "/health/liveness", "Connection: close")):
            with silent(case, sent, port=port):
                for _ in range(4):
                    with impatient(case.running.officer, port) as officer:
                        assert alive(officer.http)
    finally:
        child.kill()
        child.wait()


def test_what_does_not_arrive_in_time_is_answered_so(case: Case) -> None:
    kinds = slow_requests(case)
    early = {"nothing", "one byte of far too many"}
    with contextlib.ExitStack() as stacked:
        lines = {what: stacked.enter_context(silent(case, sent, 1))[0] for what, sent in kinds.items()}
        answers = {what: everything_on(line) for what, line in lines.items()}
    assert answers["nothing"] == b""
    assert statuses(answers["one byte of far too many"]) == [413]
    for what, answer in answers.items():
        if what not in early:
            assert statuses(answer)[-1] == 408, what
            _, _, body = answer.rpartition(b"\r\n\r\n")
            assert json.loads(body)["type"] == "/problems/request-timeout"
            assert json.loads(body)["request_id"].encode() in answer.replace(body, b"")


def everything_on(line: socket.socket) -> bytes:
    return b"".join(iter(lambda: line.recv(65536), b""))


def statuses(answer: bytes) -> list[int]:
    """Return the status of each answer that came on a connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def test_a_request_that_arrives_byte_by_byte_is_a_request(case: Case) -> None:
    body = json.dumps({"body": "One letter at a time."}).encode()
    known = (
        f"Authorization: Bearer {case.token}",
        "Idempotency-Key: slow-bytes",
        "Content-Type: application/json",
        "Connection: close",
    )
    whole = head("POST", case.messages, *known, f"Content-Length: {len(body)}") + body
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    in_pieces = head("POST", case.messages, *known, "Transfer-Encoding: chunked") + pieces
    for sent in (whole, in_pieces):
        with silent(case, b"", 1) as (line,):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in sent:
                line.sendall(bytes([byte]))
            answer = everything_on(line)
        assert statuses(answer) == [201]
        assert b"One letter at a time." in answer


def test_several_requests_behind_each_other_are_each_answered(case: Case) -> None:
    body = json.dumps({"body": "Behind another."}).encode()
    message = head(
        "POST",
        case.messages,
        f"Authorization: Bearer {case.token}",
        "Idempotency-Key: slow-behind",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    last = head("GET", "/health/liveness", "Connection: close")
    read_with_a_body = head("GET", "/health/liveness", "Content-Length: 4") + b"GET "
    with silent(case, message + body + read_with_a_body + message + body + last, 1) as (line,):
        assert statuses(everything_on(line)) == [201, 200, 201, 200]


def test_a_request_that_expects_100_continue_gets_it_once_and_then_its_response(case: Case) -> None:
    body = json.dumps({"body": "May I go on?"}).encode()
    asking = head(
        "POST",
        case.messages,
        f"Authorization: Bearer {case.token}",
        "Idempotency-Key: slow-asking",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
        "Connection: close",
    )
    with silent(case, asking, 1) as (line,):
        assert line.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        assert statuses(everything_on(line)) == [201]


def test_who_says_that_it_will_send_too_much_is_refused_before_it_does(case: Case) -> None:
    asking = head(
        "POST",
        case.messages,
        f"Authorization: Bearer {case.token}",
        "Content-Type: application/json",
        "Content-Length: 2000000",
        "Expect: 100-continue",
    )
    with silent(case, asking, 1) as (line,):
        assert statuses(everything_on(line)) == [413]
