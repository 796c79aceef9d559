"""`make run`, tried as somebody would who has just checked the service out."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running import a_place, clean_environment, running


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_place() as made:
        yield made


def test_the_three_lines_work_when_pasted_and_the_service_runs_again(place: Path) -> None:
    with running(place) as first:
        preview, submit, feed = first.curl_lines
        previewed = json.loads(first.shell(preview))
        assert "destinations" in previewed, previewed
        assert {one["state"] for one in previewed["destinations"]} == {"sent", "held"}
        submitted = json.loads(first.shell(submit))
        assert json.loads(first.shell(submit)) == submitted, "the line pasted twice submits once"
        events = json.loads(first.shell(feed))["events"]
        assert [one["event"] for one in events] == ["destination_referral.sent"]
        assert "practitioner-assertion" not in first.page
        assert '"d":' not in first.page
        url = first.url
    assert first.process.returncode == 0
    with pytest.raises(httpx.TransportError):
        httpx.get(url)
    printed = (place / "printed").read_text()
    assert printed.endswith("Stopped.\n")

    with running(place) as second:
        submit = second.curl_lines[1]
        again = json.loads(second.shell(submit))
        assert again["submission_reference"] != submitted["submission_reference"]
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(timeout=60) == 0


def test_a_taken_port_is_said_in_one_line(place: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = subprocess.run(
            [".venv/bin/referrals", "run", "--port", str(port)],
            cwd=place,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: port {port} cannot be used")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody-system"], "no key in var/keys/nobody-system.json"),
        (["n55-system", "--for", "p.shah"], "write it as ID:ROLE"),
        (["keyring-system", "--url", "http://127.0.0.1:9"], "nobody answers at http://127.0.0.1:9"),
    ],
)
def test_why_there_is_no_token_is_said(place: Path, arguments: list[str], said: str) -> None:
    keys = place / "var" / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [".venv/bin/referrals", "token", *arguments],
        cwd=place,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert said in done.stderr
