"""Who gets a token, and every way of getting one that must fail."""

import base64
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from service import clock, db
from service.access.actor import Actor
from service.audit.model import AuditEntry
from service.oauth.api import LARGEST_FORM
from service.oauth.assertions import CLIENT_TYPE, JWT_BEARER
from service.oauth.jwts import ALGORITHMS
from service.organisations.writes.clients import add_key, deny_client, retire_key
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.noticeboard import claims_of

Ask = Callable[..., TestResponse]


def form(assertion: str, **more: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
    } | more


def signed(caller: Caller, typ: str | None = CLIENT_TYPE, **changed: Any) -> str:
    """A client assertion that is good but for what is changed."""
    claims = claims_of(caller, clock.now().timestamp(), **changed)
    header = {"alg": caller.signer.algorithm, "kid": caller.signer.key.thumbprint()}
    if typ is not None:
        header["typ"] = typ
    return jwt.encode(header, claims, caller.signer.key, algorithms=list(ALGORITHMS), default_type=None)


def ed25519_caller(cast: Cast) -> tuple[Caller, Ed25519PrivateKey]:
    for caller in cast.callers.values():
        private = caller.signer.key.get_op_key("sign")
        if isinstance(private, Ed25519PrivateKey):
            return caller, private
    raise AssertionError


def unsigned(caller: Caller, header: dict[str, Any], sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, claims_of(caller, clock.now().timestamp()))
    ]
    signature = base64.urlsafe_b64encode(sign(b".".join(parts))).rstrip(b"=")
    return b".".join([*parts, signature]).decode()


def _hmac(secret: bytes, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256")


def refused(answer: TestResponse, error: str = "invalid_client") -> None:
    status = 401 if error == "invalid_client" else 400
    assert (answer.status_code, answer.get_json()["error"]) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_client_that_signs_gets_a_short_token_in_the_profile_of_rfc_9068(cast: Cast, ask: Ask) -> None:
    answer = ask(form(signed(cast.crs)))
    assert answer.status_code == 200
    given = answer.get_json()
    assert (given["token_type"], given["expires_in"], given["scope"]) == ("Bearer", 300, "destination feed")
    assert answer.headers["Cache-Control"] == "no-store"

    jwks = cast.crs.app.test_client().get("/.well-known/jwks.json").get_json()
    token = jwt.decode(given["access_token"], KeySet.import_key_set(jwks), algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    assert token.header["kid"] == jwks["keys"][0]["kid"]
    claims = token.claims
    assert (claims["iss"], claims["aud"]) == (cast.crs.signer.issuer, cast.crs.signer.issuer)
    assert (claims["sub"], claims["client_id"]) == (cast.crs.client_id, cast.crs.client_id)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["iat"] == int(clock.now().timestamp())
    assert "d" not in jwks["keys"][0]


@pytest.mark.parametrize("typ", ["client-authentication+jwt", "JWT"])
def test_both_names_of_a_client_assertion_are_taken(cast: Cast, ask: Ask, typ: str) -> None:
    assert ask(form(signed(cast.ap, typ))).status_code == 200


@pytest.mark.parametrize("part", ["probation", "stranger"])
def test_both_kinds_of_key_are_taken(cast: Cast, ask: Ask, part: str) -> None:
    kinds = {type(cast.callers[name].signer.key) for name in ("probation", "stranger")}
    assert kinds == {ECKey, OKPKey}
    assert ask(form(signed(cast.callers[part]))).status_code == 200


def test_eddsa_by_its_older_name_is_taken(cast: Cast, ask: Ask) -> None:
    caller, key = ed25519_caller(cast)
    header = {"alg": "EdDSA", "kid": caller.signer.key.thumbprint(), "typ": "JWT"}
    assert ask(form(unsigned(caller, header, key.sign))).status_code == 200


@pytest.mark.parametrize("typ", [None, "at+jwt", "practitioner-assertion+jwt", "jwt-bearer", ""])
def test_an_assertion_of_another_type_or_none_is_refused(cast: Cast, ask: Ask, typ: str | None) -> None:
    refused(ask(form(signed(cast.ap, typ))))


def test_an_unsigned_assertion_is_refused(cast: Cast, ask: Ask) -> None:
    for alg in ("none", "None", "NONE"):
        header = {"alg": alg, "typ": "JWT", "kid": cast.ap.signer.key.thumbprint()}
        refused(ask(form(unsigned(cast.ap, header))))


def test_the_public_key_is_not_a_shared_secret(cast: Cast, ask: Ask) -> None:
    caller = cast.ap
    public = caller.signer.key.get_op_key("verify").public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    jwk = json.dumps(caller.signer.key.as_dict(private=False)).encode()
    for secret in (public, jwk):
        header = {"alg": "HS256", "typ": "JWT", "kid": caller.signer.key.thumbprint()}
        sign = partial(_hmac, secret)
        refused(ask(form(unsigned(caller, header, sign))))


def test_a_key_carried_in_the_header_is_not_believed(cast: Cast, ask: Ask) -> None:
    own = ECKey.generate_key("P-256")
    for carried in ({"jwk": own.as_dict(private=False)}, {"jku": "https://elsewhere.test/keys"}):
        header = {"alg": "ES256", "typ": CLIENT_TYPE, "kid": own.thumbprint(), **carried}
        claims = claims_of(cast.ap, clock.now().timestamp())
        refused(ask(form(jwt.encode(header, claims, own, algorithms=["ES256"]))))


@pytest.mark.parametrize(
    "audience",
    [
        ["https://referrals.test"],
        ["https://referrals.test", "https://elsewhere.test"],
        "https://referrals.test/oauth/token",
        "https://referrals.test/",
        "https://elsewhere.test",
        None,
    ],
)
def test_the_audience_is_exactly_our_issuer_as_one_string(cast: Cast, ask: Ask, audience: Any) -> None:
    refused(ask(form(signed(cast.ap, aud=audience))))


@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        (-400, -61),
        (0, 10 * 365 * 86400),
        (0, 301),
        (-3600, 60),
        (61, 120),
        (0, 0),
        (0, float("nan")),
        (0, float("inf")),
        (0, 1e300),
        (0, 10**400),
        (0, True),
        (0, "60"),
    ],
    ids=lambda seconds: str(seconds)[:12],
)
def test_an_assertion_lives_five_minutes_at_most_and_now(
    cast: Cast, ask: Ask, issued: int, expires: Any
) -> None:
    now = int(clock.now().timestamp())
    moment = now + expires if isinstance(expires, int | float) and expires is not True else expires
    refused(ask(form(signed(cast.ap, iat=now + issued, exp=moment))))


def test_clocks_may_differ_by_a_minute(cast: Cast, ask: Ask) -> None:
    now = int(clock.now().timestamp())
    assert ask(form(signed(cast.ap, iat=now + 59, exp=now + 120))).status_code == 200
    assert ask(form(signed(cast.ap, iat=now - 200, exp=now - 59))).status_code == 200


def test_an_assertion_is_not_for_later(cast: Cast, ask: Ask) -> None:
    now = int(clock.now().timestamp())
    refused(ask(form(signed(cast.ap, nbf=now + 61))))
    refused(ask(form(signed(cast.ap, nbf="now"))))
    assert ask(form(signed(cast.ap, nbf=now + 59))).status_code == 200


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "jti", "iat", "exp"])
def test_no_claim_may_be_missing(cast: Cast, ask: Ask, claim: str) -> None:
    refused(ask(form(signed(cast.ap, **{claim: None}))))


@pytest.mark.parametrize("value", ["x" * 201, "", "a\x00b", "two words", 7, ["x"]])
def test_the_jti_is_a_short_identifier(cast: Cast, ask: Ask, value: Any) -> None:
    refused(ask(form(signed(cast.ap, jti=value))))


def test_an_assertion_works_once(cast: Cast, ask: Ask) -> None:
    once = form(signed(cast.ap))
    assert ask(once).status_code == 200
    refused(ask(once))


def test_an_assertion_works_once_among_many_at_the_same_moment(cast: Cast, ask: Ask) -> None:
    many, once = 8, form(signed(cast.ap))
    together = Barrier(many)

    def present(_: int) -> int:
        together.wait(10)
        return ask(once).status_code

    with ThreadPoolExecutor(many) as pool:
        answers = sorted(pool.map(present, range(many)))
    assert answers == [200] + [401] * (many - 1)


def test_an_assertion_is_used_up_by_a_request_that_is_refused(cast: Cast, ask: Ask) -> None:
    assertion = signed(cast.ap)
    refused(ask(form(assertion, scope="oversight")), "invalid_scope")
    refused(ask(form(assertion)))


def test_two_clients_may_use_the_same_jti(cast: Cast, ask: Ask) -> None:
    assert ask(form(signed(cast.ap, jti="one"))).status_code == 200
    assert ask(form(signed(cast.crs, jti="one"))).status_code == 200


def test_another_clients_key_does_not_open(cast: Cast, ask: Ask) -> None:
    claims = claims_of(cast.ap, clock.now().timestamp())
    for kid in (cast.crs.signer.key.thumbprint(), cast.ap.signer.key.thumbprint()):
        header = {"alg": cast.crs.signer.algorithm, "typ": CLIENT_TYPE, "kid": kid}
        stolen = jwt.encode(header, claims, cast.crs.signer.key, algorithms=list(ALGORITHMS))
        refused(ask(form(stolen)))
    refused(ask(form(signed(cast.crs, iss=cast.ap.client_id))))


def test_a_client_cannot_be_told_from_one_that_does_not_exist(cast: Cast, ask: Ask) -> None:
    stranger = ECKey.generate_key("P-256")
    answers = []
    for client_id in (cast.crs.client_id, "nobody"):
        claims = claims_of(cast.crs, clock.now().timestamp(), iss=client_id, sub=client_id)
        header = {"alg": "ES256", "typ": CLIENT_TYPE, "kid": stranger.thumbprint()}
        answers.append(ask(form(jwt.encode(header, claims, stranger, algorithms=["ES256"]))).get_json())
    assert answers[0] == answers[1]


def test_a_denied_client_gets_no_token(cast: Cast, ask: Ask) -> None:
    with db.transaction("owner") as session:
        deny_client(session, Actor.for_service("registration"), cast.ap.client_id)
    refused(ask(form(signed(cast.ap))))


@pytest.mark.parametrize("kid", ["unknown", "", "x" * 201, 7, None])
def test_a_key_that_is_not_named_or_not_known_does_not_open(cast: Cast, ask: Ask, kid: Any) -> None:
    claims = claims_of(cast.ap, clock.now().timestamp())
    header = {"alg": cast.ap.signer.algorithm, "typ": CLIENT_TYPE} | ({} if kid is None else {"kid": kid})
    if kid == 7:
        refused(ask(form(unsigned(cast.ap, header))))
    else:
        refused(ask(form(jwt.encode(header, claims, cast.ap.signer.key, algorithms=list(ALGORITHMS)))))


def test_keys_change_over_with_two_valid_at_once(cast: Cast, ask: Ask) -> None:
    registrar, new = Actor.for_service("registration"), ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": CLIENT_TYPE, "kid": new.thumbprint()}

    def by_the_new_key() -> TestResponse:
        claims = claims_of(cast.ap, clock.now().timestamp())
        return ask(form(jwt.encode(header, claims, new, algorithms=["ES256"])))

    refused(by_the_new_key())
    with db.transaction("owner") as session:
        add_key(session, registrar, cast.ap.client_id, new.as_dict(private=False))
    assert by_the_new_key().status_code == 200
    assert ask(form(signed(cast.ap))).status_code == 200
    with db.transaction("owner") as session:
        retire_key(session, registrar, cast.ap.client_id, cast.ap.signer.key.thumbprint())
    refused(ask(form(signed(cast.ap))))
    assert by_the_new_key().status_code == 200


@pytest.mark.parametrize("scope", ["oversight", "destination oversight", "everything", "referrals"])
def test_no_scope_beyond_the_registration(cast: Cast, ask: Ask, scope: str) -> None:
    refused(ask(form(signed(cast.ap), scope=scope)), "invalid_scope")


@pytest.mark.parametrize("scope", ["feed " * 201, "feed\u202e", "feed\nfeed", "feed\x00"])
def test_a_scope_that_is_no_line_of_text_is_not_looked_at(cast: Cast, ask: Ask, scope: str) -> None:
    refused(ask(form(signed(cast.ap), scope=scope)), "invalid_request")


def test_a_token_request_that_is_too_large_is_not_read(cast: Cast, ask: Ask) -> None:
    answer = ask(form(signed(cast.ap), scope="x" * LARGEST_FORM))
    assert (answer.status_code, answer.get_json()["error"]) == (413, "invalid_request")


def test_a_client_may_ask_for_less(cast: Cast, ask: Ask) -> None:
    assert ask(form(signed(cast.ap), scope="feed")).get_json()["scope"] == "feed"


@pytest.mark.parametrize("grant", ["password", "refresh_token", "authorization_code", "<script>", ""])
def test_no_other_grant(cast: Cast, ask: Ask, grant: str) -> None:
    answer = ask(form(signed(cast.ap), grant_type=grant))
    refused(answer, "unsupported_grant_type")
    assert answer.get_json()["error_description"].startswith("Send a form")
    assert "<script" not in answer.text


def test_no_other_way_to_authenticate(cast: Cast, ask: Ask) -> None:
    client_id = cast.ap.client_id
    refused(ask({"grant_type": "client_credentials", "client_id": client_id}))
    refused(ask({"grant_type": "client_credentials", "client_id": client_id, "client_secret": "x"}))
    refused(ask({"grant_type": "client_credentials"}, auth=(client_id, "x")))
    refused(ask({**form(signed(cast.ap)), "client_assertion_type": "urn:other"}))


def test_the_client_id_beside_an_assertion_must_agree_with_it(cast: Cast, ask: Ask) -> None:
    refused(ask(form(signed(cast.ap), client_id=cast.crs.client_id)))
    assert ask(form(signed(cast.ap), client_id=cast.ap.client_id)).status_code == 200


def test_parameters_come_once_and_in_the_form(cast: Cast, ask: Ask) -> None:
    refused(ask(form(signed(cast.ap)), query_string={"scope": "feed"}), "invalid_request")
    twice = [*form(signed(cast.ap)).items(), ("scope", "feed"), ("scope", "destination")]
    pairs = {name: [value for other, value in twice if other == name] for name, _ in twice}
    refused(ask(pairs), "invalid_request")
    answer = cast.ap.app.test_client().post("/oauth/token", json=form(signed(cast.ap)))
    refused(answer, "unsupported_grant_type")


@pytest.mark.parametrize(
    "garbage",
    [
        "x",
        "a.b.c",
        "....",
        "e30.e30.",
        "e30.W10.AAAA",
        "é.é.é",
        "W10.e30.AAAA",
        "bnVsbA.bnVsbA.AAAA",
        "A" * 9000,
        "eyJhbGciOiJFUzI1NiJ9." + base64.urlsafe_b64encode(b"[" * 4998).decode() + ".AAAA",
    ],
    ids=lambda garbage: garbage[:20],
)
def test_garbage_is_refused_as_any_other(cast: Cast, ask: Ask, garbage: str) -> None:
    refused(ask(form(garbage)))


def test_a_claim_that_stands_twice_is_refused(cast: Cast, ask: Ask) -> None:
    caller, key = ed25519_caller(cast)
    header = {"alg": "Ed25519", "typ": CLIENT_TYPE, "kid": caller.signer.key.thumbprint()}
    claims = json.dumps(claims_of(caller, clock.now().timestamp()))
    doubled = claims[:-1] + f', "aud": "{caller.signer.issuer}"}}'
    parts = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (json.dumps(header), doubled)]
    signature = key.sign(b".".join(parts))
    token = b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
    refused(ask(form(token)))


def test_tokens_expire_by_our_clock(cast: Cast, ask: Ask, the_clock: TheClock) -> None:
    token = ask(form(signed(cast.oversight))).get_json()["access_token"]

    def read() -> int:
        return (
            cast.oversight.app.test_client()
            .get("/v1/audit/entries", headers={"Authorization": f"Bearer {token}"})
            .status_code
        )

    assert read() == 200
    the_clock.move(timedelta(seconds=299))
    assert read() == 200
    the_clock.move(timedelta(seconds=1))
    assert read() == 401


def test_every_sign_in_and_every_refusal_is_on_the_trail(cast: Cast, ask: Ask) -> None:
    ask(form(signed(cast.ap)))
    ask(form(signed(cast.ap), scope="oversight"))
    ask(form("x"))
    with db.transaction("audit_reader") as session:
        entries = session.execute(
            select(AuditEntry.verb, AuditEntry.client_id)
            .where(AuditEntry.verb.in_(["sign_in", "denied"]))
            .order_by(AuditEntry.recorded_at)
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("sign_in", cast.ap.client_id),
        ("denied", cast.ap.client_id),
        ("denied", "service/guard"),
    ]


def test_every_error_of_the_token_endpoint_has_the_form_of_oauth(cast: Cast, ask: Ask) -> None:
    client = cast.ap.app.test_client()
    no_method = client.get("/oauth/token")
    too_large = ask({"grant_type": "client_credentials", "client_assertion": "x" * 2_000_000})
    for answer, status in ((no_method, 405), (too_large, 413)):
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        assert set(answer.get_json()) == {"error", "error_description"}
        assert answer.get_json()["error"] == "invalid_request"
        assert answer.headers["Cache-Control"] == "no-store"
    assert "POST" in no_method.headers["Allow"]
    with db.transaction("owner") as session:
        session.execute(text("ALTER TABLE used_assertion RENAME TO away"))
    broken = ask(form(signed(cast.ap)))
    assert (broken.status_code, broken.get_json()["error"]) == (500, "server_error")
    db.bind({"api": "postgresql://nobody@127.0.0.1:1/none"})
    away = ask(form(signed(cast.ap)))
    assert (away.status_code, away.get_json()["error"]) == (503, "temporarily_unavailable")
    assert away.headers["Retry-After"]


def test_errors_elsewhere_stay_problem_documents(cast: Cast) -> None:
    for method, path, status in (("POST", "/v1/events", 405), ("GET", "/nowhere", 404)):
        answer = cast.ap.app.test_client().open(path, method=method)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_the_metadata_say_what_is_done(cast: Cast) -> None:
    said = cast.ap.app.test_client().get("/.well-known/oauth-authorization-server").get_json()
    assert said["issuer"] == cast.ap.signer.issuer
    assert said["token_endpoint"] == cast.ap.signer.issuer + "/oauth/token"
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "none" not in said["token_endpoint_auth_signing_alg_values_supported"]
