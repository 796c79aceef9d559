"""An OpenID provider issues the tokens in place of us: what it may say, and what it never decides."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from service import clock, config, db
from service.access.actor import Actor
from service.config import OutsideIssuer
from service.http.problems import Problem
from service.oauth import key_sets
from service.oauth.key_sets import MAX_AGE, MAX_BYTES, REFRESH_AFTER, RETRY_AFTER, KeySet
from service.organisations.writes.clients import deny_client
from tests.cast import Cast
from tests.conftest import TheClock
from tests.noticeboard import Noticeboard
from tests.oauth.provider import AUDIENCE, CLAIMS, ISSUER, KEY, OTHER, RSA, public, token, write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "jwks.json"
    write(made, public(KEY), public(RSA), public(ECKey.generate_key("P-384")), {"kty": "unheard-of"})
    return made


@pytest.fixture(autouse=True)
def trusted(file: Path, configure: Callable[..., config.Config]) -> OutsideIssuer:
    provider = OutsideIssuer(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks=str(file),
        client_claim="azp",
        practitioner_claims={**config.PRACTITIONER_CLAIMS, **CLAIMS},
    )
    configure(outside_issuer=provider)
    return provider


def call(board: Noticeboard, sent: str) -> TestResponse:
    return board.app.test_client().get("/notices", headers={"Authorization": f"Bearer {sent}"})


@pytest.mark.parametrize("key", [KEY, RSA], ids=["EC", "RSA"])
def test_a_client_that_is_registered_here_calls_with_a_token_of_the_provider(
    board: Noticeboard, callers: Cast, key: Any
) -> None:
    assert call(board, token(callers.crs.client_id, key)).status_code == 200
    (actor,) = board.seen
    assert (actor.client_id, actor.organisation_id) == (callers.crs.client_id, callers.crs.organisation_id)
    assert (actor.practitioner, actor.strength) == (None, "outside_issuer")
    assert actor.scopes == {"destination", "feed"}


def test_the_person_is_who_the_configured_claims_say(board: Noticeboard, callers: Cast) -> None:
    person: dict[str, Any] = {"given_name": "Priya Shah", "app_role": "spo", "region": callers.probation.code}
    callers.probation.enter_in_register("p.shah", "spo")
    sent = token(callers.probation.client_id, scope="referrals", sub="p.shah", **person)
    callers.probation.enter_in_register("p.shah", "spo")
    assert call(board, sent).status_code == 200
    practitioner = board.seen[0].practitioner
    assert practitioner is not None
    assert (practitioner.id, practitioner.name, practitioner.role) == ("p.shah", "Priya Shah", "spo")


@pytest.mark.parametrize(
    "person",
    [
        {"region": "N51"},
        {"region": None},
        {"app_role": "magistrate"},
        {"app_role": ["spo"]},
        {"given_name": None},
        {"sub": "two words"},
    ],
    ids=str,
)
def test_a_provider_vouches_for_a_regions_own_staff_alone(
    board: Noticeboard, callers: Cast, person: dict[str, Any]
) -> None:
    good = {"given_name": "Priya Shah", "app_role": "spo", "region": callers.probation.code}
    sent = token(callers.probation.client_id, scope="referrals", **(good | person))
    assert call(board, sent).status_code == 401


def test_a_partner_is_not_vouched_for_as_a_person(board: Noticeboard, callers: Cast) -> None:
    person: dict[str, Any] = {"given_name": "Priya Shah", "app_role": "spo", "region": callers.crs.code}
    assert call(board, token(callers.crs.client_id, **person)).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.test"},
        {"iss": None},
        {"aud": "api://something-else"},
        {"aud": None},
        {"aud": {"api://referrals": 1}},
        {"azp": None},
        {"azp": ["crs"]},
        {"azp": "nobody"},
        {"scope": None},
        {"scope": 7},
        {"scope": [7]},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"iat": None},
        {"cnf": "x"},
        {"cnf": {"x5t#S256": "somebody's"}},
    ],
    ids=str,
)
def test_what_is_not_said_or_said_for_others_is_refused(
    board: Noticeboard, callers: Cast, changed: dict[str, Any]
) -> None:
    assert call(board, token(callers.crs.client_id, **changed)).status_code == 401


@pytest.mark.parametrize(
    ("begins", "ends"),
    [(-3600, -60), (0, 10 * 365 * 86400), (0, 7201), (61, 120), (0, 0), (60, 0), (0, 10**400)],
    ids=lambda seconds: str(seconds)[:12],
)
def test_a_token_of_the_provider_is_for_now_and_not_for_ever(
    board: Noticeboard, callers: Cast, begins: int, ends: int
) -> None:
    now = int(clock.now().timestamp())
    sent = token(callers.crs.client_id, iat=now + begins, exp=now + ends)
    assert call(board, sent).status_code == 401
    sent = token(callers.crs.client_id, nbf=now + 61)
    assert call(board, sent).status_code == 401


@pytest.mark.parametrize("bound", [{"jkt": "a key we cannot ask for"}, {"x5t#S256": None}, {}, "x5t", []])
def test_a_token_bound_to_something_we_cannot_check_is_no_bearer_token(
    board: Noticeboard, callers: Cast, bound: Any
) -> None:
    assert call(board, token(callers.crs.client_id, cnf=bound)).status_code == 401


def test_a_provider_may_list_several_audiences_and_scopes(board: Noticeboard, callers: Cast) -> None:
    sent = token(callers.crs.client_id, aud=["api://other", AUDIENCE], scope=["destination"])
    assert call(board, sent).status_code == 200


def test_registration_here_still_decides(board: Noticeboard, callers: Cast) -> None:
    sent = token(callers.crs.client_id, scope="destination oversight referrals")
    assert call(board, sent).status_code == 200
    assert board.seen[0].scopes == {"destination"}
    with db.transaction("owner") as session:
        deny_client(session, Actor.for_service("registration"), callers.crs.client_id)
    assert call(board, sent).status_code == 401


def test_we_issue_and_take_no_tokens_of_our_own_then(board: Noticeboard, callers: Cast) -> None:
    client = board.app.test_client()
    answer = client.post("/oauth/token", data=callers.crs.signer.token_form(clock.now()))
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    assert ISSUER in answer.get_json()["error_description"]
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/jwks.json"):
        assert client.get(path).status_code == 404


def test_our_own_tokens_are_refused_then(
    board: Noticeboard, callers: Cast, configure: Callable[..., config.Config], trusted: OutsideIssuer
) -> None:
    configure(outside_issuer=None)
    ours = callers.crs.token()
    assert call(board, ours).status_code == 200
    configure(outside_issuer=trusted)
    assert call(board, ours).status_code == 401


def test_a_new_key_of_the_provider_is_found_and_one_taken_away_is_gone(
    file: Path, the_clock: TheClock
) -> None:
    keys = KeySet(str(file))
    assert keys.find(KEY.thumbprint()) is not None
    write(file, public(OTHER))
    assert keys.find(OTHER.thumbprint()) is None
    the_clock.move(RETRY_AFTER)
    assert keys.find(OTHER.thumbprint()) is not None
    assert keys.find(KEY.thumbprint()) is None


def test_a_provider_that_is_away_locks_nobody_out_for_a_day(file: Path, the_clock: TheClock) -> None:
    keys = KeySet(str(file))
    assert keys.find(KEY.thumbprint()) is not None
    file.unlink()
    the_clock.move(REFRESH_AFTER)
    assert keys.find(KEY.thumbprint()) is not None
    the_clock.move(MAX_AGE)
    with pytest.raises(Problem) as caught:
        keys.find(KEY.thumbprint())
    assert caught.value.status == 503


def test_without_any_keys_nobody_gets_in_and_is_told_to_come_back(
    board: Noticeboard, callers: Cast, file: Path
) -> None:
    file.write_text("<html>")
    answer = call(board, token(callers.crs.client_id))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


class Provider(BaseHTTPRequestHandler):
    """Answers with what its server holds, and counts."""

    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined] # given to the server by the fixture
        body: bytes = self.server.body  # type: ignore[attr-defined] # likewise
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/jwks")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.asked, server.body = 0, json.dumps({"keys": [public(KEY)]}).encode()
    server.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.01,)).start()
    yield server
    server.shutdown()
    server.server_close()


def test_keys_come_from_the_configured_place_and_never_from_the_token(
    board: Noticeboard, callers: Cast, provider: Any
) -> None:
    provider.body = json.dumps({"keys": [public(OTHER)]}).encode()
    headers: list[dict[str, Any]] = [
        {},
        {"jwk": public(OTHER)},
        {"jku": provider.address + "/jwks"},
        {"x5u": provider.address + "/jwks"},
        {"kid": KEY.thumbprint()},
        {"kid": None},
        {"typ": "JWT"},
        {"typ": None},
    ]
    for header in headers:
        key = KEY if "typ" in header or header.get("kid", "") is None else OTHER
        assert call(board, token(callers.crs.client_id, key, header)).status_code == 401
    assert provider.asked == 0


def test_a_set_behind_an_address_is_fetched_once_and_then_now_and_then(
    provider: Any, the_clock: TheClock
) -> None:
    keys = KeySet(provider.address + "/jwks")
    for _ in range(5):
        assert keys.find(KEY.thumbprint()) is not None
    assert provider.asked == 1
    for _ in range(5):
        assert keys.find("unknown") is None
    the_clock.move(RETRY_AFTER - timedelta(seconds=1))
    assert keys.find("unknown") is None
    assert provider.asked == 1
    the_clock.move(timedelta(seconds=1))
    assert [keys.find("unknown") for _ in range(5)] == [None] * 5
    assert provider.asked == 2
    the_clock.move(REFRESH_AFTER)
    assert keys.find(KEY.thumbprint()) is not None
    assert provider.asked == 3


def test_no_redirect_is_followed_and_no_flood_is_read(provider: Any) -> None:
    with pytest.raises(Problem):
        KeySet(provider.address + "/moved").find("x")
    assert provider.asked == 1
    provider.body = b" " * (MAX_BYTES + 1) + provider.body
    with pytest.raises(Problem):
        KeySet(provider.address + "/jwks").find("x")


@pytest.mark.parametrize("source", ["http://login.test/jwks", "ftp://login.test/x", "file:///etc/passwd"])
def test_keys_are_not_fetched_where_anybody_could_change_them_on_the_way(source: str) -> None:
    with pytest.raises(ValueError, match="https"):
        key_sets.key_set(source)


def test_the_provider_is_set_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERRALS_OUTSIDE_ISSUER", ISSUER)
    with pytest.raises(ValueError, match="REFERRALS_OUTSIDE_AUDIENCE"):
        config.load()
    monkeypatch.setenv("REFERRALS_OUTSIDE_AUDIENCE", AUDIENCE)
    monkeypatch.setenv("REFERRALS_OUTSIDE_JWKS", "https://login.test/jwks")
    monkeypatch.setenv("REFERRALS_OUTSIDE_TYPES", "at+jwt, JWT")
    monkeypatch.setenv("REFERRALS_OUTSIDE_PRACTITIONER_CLAIMS", "role=app_role,id=oid")
    read = config.load().outside_issuer
    assert read is not None
    assert (read.types, read.client_claim) == (("at+jwt", "JWT"), "client_id")
    assert (read.practitioner_claims["role"], read.practitioner_claims["id"]) == ("app_role", "oid")
    assert read.practitioner_claims["region"] == "region"
    for wrong in ("role", "rank=x"):
        monkeypatch.setenv("REFERRALS_OUTSIDE_PRACTITIONER_CLAIMS", wrong)
        with pytest.raises(ValueError, match=r"name=claim|not known"):
            config.load()
