"""`make run`, as a newcomer uses it after checking out the service."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey, OKPKey

from service import cli
from service.demo.cast import PARTS, key_of
from tests.running import a_place, running

pytestmark = pytest.mark.long


@pytest.fixture
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
        events = json.loads(first.shell(feed))["items"]
        assert [one["event"] for one in events] == ["destination_referral.sent"]
        assert "practitioner-assertion" not in first.page
        assert '"d":' not in first.page
        url = first.url
        for page in ("/docs", "/openapi.json", "/health/readiness"):
            assert httpx.get(url + page, follow_redirects=True).status_code == 200, page
    assert first.process.returncode == 0
    with pytest.raises(httpx.TransportError):
        httpx.get(url)
    printed = (place / "printed").read_text()
    assert printed.endswith("Stopped.\n")

    with running(place) as second:
        submit = second.curl_lines[1]
        second.shell(".venv/bin/referrals clients deny forward-work-system")
        again = json.loads(second.shell(submit))
        assert again["submission_reference"] != submitted["submission_reference"]
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(timeout=60) == 0

    with running(place) as third:
        assert "forward-work-system was not changed" in third.page
        assert "is denied" in third.page


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = CliRunner().invoke(cli.run, ["--port", str(port)])
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: port {port} cannot be used")
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_is_a_number_that_a_port_can_have(port: str) -> None:
    done = CliRunner().invoke(cli.run, ["--port", port])
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    assert "Invalid value for '--port'" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody-system"], "no key in var/keys/nobody-system.json; there are keys of: keyring-system"),
        (["keyring-system", "--for", "p.shah"], "write it as ID:ROLE"),
        (["keyring-system", "--url", "http://127.0.0.1:9"], "http://127.0.0.1:9 does not answer"),
        (["keyring-system", "--url", "http://[nowhere"], "http://[nowhere does not answer"),
        (["keyring-system", "--url", "nowhere"], "nowhere does not answer"),
    ],
)
def test_why_there_is_no_token_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFERRALS_VAR", raising=False)
    key_of(PARTS["crs"], tmp_path / "var" / "keys")
    done = CliRunner().invoke(cli.token, arguments)
    assert done.exit_code != 0
    assert said in done.output


@pytest.mark.parametrize("key", [ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")])
def test_a_key_of_either_kind_signs_for_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: ECKey | OKPKey
) -> None:
    refused = at_a_key_file(tmp_path, monkeypatch, json.dumps(key.as_dict(private=True)))
    assert "does not answer" in refused, "it is signed before anything is sent"


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        "{}",
        '{"kty": "EC", "crv": "P-256"}',
        '{"kty": [], "crv": {}}',
        json.dumps(ECKey.generate_key("P-256").as_dict(private=False)),
        json.dumps(ECKey.generate_key("P-384").as_dict(private=True)),
        json.dumps({"keys": [OKPKey.generate_key("Ed25519").as_dict(private=True)]}),
        "[" * 100_000,
    ],
    ids=["text", "list", "object", "no key", "odd", "public half", "other curve", "set of keys", "deep"],
)
def test_a_file_that_holds_no_private_key_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    refused = at_a_key_file(tmp_path, monkeypatch, text)
    assert "holds no private key, EC P-256 or Ed25519, as a JWK" in refused


def at_a_key_file(place: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """Ask for a token with this in the file of the key, where nothing answers; return what is said."""
    monkeypatch.setenv("REFERRALS_VAR", str(place))
    (place / "keys").mkdir()
    (place / "keys" / "some-system.json").write_text(text)
    done = CliRunner().invoke(cli.main, ["token", "some-system", "--url", "http://127.0.0.1:9"])
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    return done.output


def test_what_answers_and_is_not_the_service_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>Hello.</p>")

        def log_message(self, *_: object) -> None: ...

    monkeypatch.setenv("REFERRALS_VAR", str(tmp_path))
    key_of(PARTS["crs"], tmp_path / "keys")
    with HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.handle_request).start()
        url = f"http://127.0.0.1:{server.server_port}"
        done = CliRunner().invoke(cli.main, ["token", "keyring-system", "--url", url])
    assert (done.exit_code, done.output) == (1, f"Error: what answers at {url} is not this service\n")
