"""A signed token has one form and one meaning: an ambiguous one is refused, whichever key signed it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry
from werkzeug.test import TestResponse

from service import clock, config
from service.access.actor import Practitioner
from service.config import OutsideIssuer
from service.oauth import signing_keys
from service.oauth.client_side import CLIENT_TYPE, PRACTITIONER_TYPE
from service.oauth.tokens import TYPE
from tests.cast import Cast
from tests.noticeboard import Noticeboard

Key = ECKey | OKPKey


def segment(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def claims_in(token: str) -> str:
    """Return the claims of a token, as they are written in it."""
    encoded = token.split(".")[1]
    return base64.urlsafe_b64decode(encoded + "==").decode()


@dataclass(frozen=True)
class Taken:
    """A token that is taken: its parts, so that one can be written otherwise, and the way to present it."""

    key: Key
    header: dict[str, Any]
    claims: str
    present: Callable[[str], TestResponse]

    @property
    def head(self) -> str:
        return json.dumps(self.header)

    def signed(self, header: str, claims: str) -> str:
        """Sign exactly these texts."""
        signed = f"{segment(header.encode())}.{segment(claims.encode())}"
        algorithm = JWSRegistry.algorithms["ES256" if isinstance(self.key, ECKey) else "Ed25519"]
        return f"{signed}.{segment(algorithm.sign(signed.encode(), self.key))}"


def header_of(key: Key, typ: str) -> dict[str, Any]:
    return {"alg": "ES256" if isinstance(key, ECKey) else "Ed25519", "typ": typ, "kid": key.thumbprint()}


@pytest.fixture(params=["client assertion", "practitioner assertion", "access token", "outside token"])
def taken(
    request: pytest.FixtureRequest,
    board: Noticeboard,
    callers: Cast,
    configure: Callable[..., config.Config],
    tmp_path: Path,
) -> Taken:
    """A token of each kind that is taken anywhere."""
    caller, now, client = callers.probation, clock.now(), board.app.test_client()
    key = caller.signer.key
    shah = Practitioner("p.shah", "Priya Shah", "practitioner", caller.code)

    def ask(**form: str) -> TestResponse:
        asked = caller.signer.token_form(
            clock.now(), practitioner=None if "client_assertion" in form else shah
        )
        return client.post("/oauth/token", data=asked | form)

    def call(token: str) -> TestResponse:
        return client.get("/notices", headers={"Authorization": f"Bearer {token}"})

    if request.param == "client assertion":
        claims = claims_in(caller.signer.client_assertion(now))
        return Taken(key, header_of(key, CLIENT_TYPE), claims, lambda token: ask(client_assertion=token))
    if request.param == "practitioner assertion":
        claims = claims_in(caller.signer.practitioner_assertion(shah, now))
        return Taken(key, header_of(key, PRACTITIONER_TYPE), claims, lambda token: ask(subject_token=token))
    if request.param == "access token":
        claims = claims_in(caller.as_practitioner("p.shah").token())
        ours = signing_keys.load(board.app.config["REFERRALS"].signing_keys).current
        return Taken(ours, header_of(ours, TYPE), claims, call)
    theirs = ECKey.generate_key("P-256")
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [theirs.as_dict(private=False, kid=theirs.thumbprint())]}))
    configure(outside_issuer=OutsideIssuer(issuer="https://login.test", audience="us", jwks=str(file)))
    said = {"iss": "https://login.test", "aud": "us", "sub": "x", "client_id": callers.crs.client_id}
    times = {"iat": int(now.timestamp()), "exp": int(now.timestamp()) + 60}
    return Taken(
        theirs, header_of(theirs, "at+jwt"), json.dumps({**said, **times, "scope": "destination"}), call
    )


def refused(answer: TestResponse) -> None:
    """Insist on what each place answers to a token that it does not take."""
    said = answer.get_json()
    if said.get("error") == "invalid_grant":  # for an assertion about a practitioner (RFC 8693)
        assert answer.status_code == 400
        return
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"]


def test_what_is_changed_here_was_taken(taken: Taken) -> None:
    assert taken.present(taken.signed(taken.head, taken.claims)).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"crit": []},
        {"crit": ["exp"]},
        {"crit": ["alg"]},
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"crit": None},
        {"crit": "kid"},
        {"crit": ["x-ours"], "x-ours": 1},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"cty": "jwt"},
        {"enc": "A256GCM"},
    ],
    ids=json.dumps,
)
def test_a_header_that_asks_for_another_reading_is_refused(taken: Taken, more: dict[str, Any]) -> None:
    refused(taken.present(taken.signed(json.dumps(taken.header | more), taken.claims)))


@pytest.mark.parametrize("name", ["alg", "kid", "typ", "x", "\\u0061lg"])
def test_a_member_that_stands_twice_in_a_header_is_refused(taken: Taken, name: str) -> None:
    value = json.dumps(taken.header.get(name.replace("\\u0061", "a"), 1))
    twice = f'{{"{name}": {value}, "x": 1, {taken.head[1:]}'
    if name == "x":
        twice = f'{{"x": {{"a": 1, "a": 1}}, {taken.head[1:]}'
    refused(taken.present(taken.signed(twice, taken.claims)))


@pytest.mark.parametrize("name", ["iss", "sub", "exp", "x"])
def test_a_claim_that_stands_twice_is_refused(taken: Taken, name: str) -> None:
    value = json.dumps(json.loads(taken.claims).get(name, 1))
    twice = f'{{"{name}": {value}, {taken.claims[1:]}'
    if name == "x":
        twice = f'{{"x": [{{"a": 1, "a": 1}}], {taken.claims[1:]}'
    refused(taken.present(taken.signed(taken.head, twice)))


def test_only_the_compact_form_is_read(taken: Taken) -> None:
    whole = taken.signed(taken.head, taken.claims)
    protected, payload, signature = whole.split(".")
    flattened = {"protected": protected, "payload": payload, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    for other in (
        json.dumps(flattened),
        json.dumps(general),
        f"{protected}..{signature}",
        f"{protected}.{payload}.",
        f"{protected}.{payload}",
        f"{whole}.{payload}",
        f"{protected}.{payload}.{signature}.{payload}.{signature}",
        f"{protected}==.{payload}.{signature}",
        f"{protected}.{taken.claims}.{signature}",
    ):
        refused(taken.present(other))


@pytest.mark.parametrize("header", ["[]", "1", "null", '"alg"', "{", "", "NaN", '{"alg": NaN}', "\ufeff{}"])
def test_a_header_that_is_no_object_is_refused(taken: Taken, header: str) -> None:
    refused(taken.present(taken.signed(header, taken.claims)))


def test_a_key_that_a_token_carries_or_points_to_says_nothing(taken: Taken) -> None:
    own = ECKey.generate_key("P-256")
    carried: dict[str, Any] = {
        "jwk": own.as_dict(private=False),
        "jku": "https://elsewhere.test/keys",
        "x5u": "https://elsewhere.test/certificate",
    }
    for name, value in carried.items():
        header = json.dumps({**taken.header, name: value})
        forged = Taken(own, {}, "", taken.present).signed(
            json.dumps({**header_of(own, taken.header["typ"]), name: value, "kid": taken.header["kid"]}),
            taken.claims,
        )
        refused(taken.present(forged))
        if name == "jwk":  # who may sign may carry it: it changes nothing
            assert taken.present(taken.signed(header, taken.claims)).status_code == 200
