"""Client assertions: which the token endpoint accepts, and every forgery that it must refuse."""

import base64
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from werkzeug.test import TestResponse

from service import clock
from service.oauth.client_side import CLIENT_TYPE
from service.oauth.jwts import ALGORITHMS
from tests.cast import Cast
from tests.noticeboard import claims_of
from tests.oauth.assertions import assert_refused, ed25519_caller, encode, form, signed

Ask = Callable[..., TestResponse]


def _hmac(secret: bytes, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256")


@pytest.mark.parametrize("typ", ["client-authentication+jwt", "JWT"])
def test_both_types_of_a_client_assertion_are_accepted(cast: Cast, ask: Ask, typ: str) -> None:
    assert ask(form(signed(cast.ap, typ))).status_code == 200


@pytest.mark.parametrize("part", ["probation", "stranger"])
def test_both_kinds_of_key_are_accepted(cast: Cast, ask: Ask, part: str) -> None:
    kinds = {type(cast.callers[name].signer.key) for name in ("probation", "stranger")}
    assert kinds == {ECKey, OKPKey}
    assert ask(form(signed(cast.callers[part]))).status_code == 200


def test_the_older_name_of_eddsa_is_accepted(cast: Cast, ask: Ask) -> None:
    caller, key = ed25519_caller(cast)
    header = {"alg": "EdDSA", "kid": caller.signer.key.thumbprint(), "typ": "JWT"}
    assert ask(form(encode(caller, header, key.sign))).status_code == 200


@pytest.mark.parametrize("typ", [None, "at+jwt", "practitioner-assertion+jwt", "jwt-bearer", ""])
def test_an_assertion_of_another_type_or_none_is_refused(cast: Cast, ask: Ask, typ: str | None) -> None:
    assert_refused(ask(form(signed(cast.ap, typ))))


def test_an_unsigned_assertion_is_refused(cast: Cast, ask: Ask) -> None:
    for alg in ("none", "None", "NONE"):
        header = {"alg": alg, "typ": "JWT", "kid": cast.ap.signer.key.thumbprint()}
        assert_refused(ask(form(encode(cast.ap, header))))


def test_the_public_key_is_not_a_shared_secret(cast: Cast, ask: Ask) -> None:
    caller = cast.ap
    public = caller.signer.key.get_op_key("verify").public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    jwk = json.dumps(caller.signer.key.as_dict(private=False)).encode()
    for secret in (public, jwk):
        header = {"alg": "HS256", "typ": "JWT", "kid": caller.signer.key.thumbprint()}
        sign = partial(_hmac, secret)
        assert_refused(ask(form(encode(caller, header, sign))))


def test_a_key_in_the_header_is_not_trusted(cast: Cast, ask: Ask) -> None:
    own = ECKey.generate_key("P-256")
    for carried in ({"jwk": own.as_dict(private=False)}, {"jku": "https://elsewhere.test/keys"}):
        header = {"alg": "ES256", "typ": CLIENT_TYPE, "kid": own.thumbprint(), **carried}
        claims = claims_of(cast.ap, clock.now().timestamp())
        assert_refused(ask(form(jwt.encode(header, claims, own, algorithms=["ES256"]))))


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
    assert_refused(ask(form(signed(cast.ap, aud=audience))))


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
def test_an_assertion_is_valid_for_at_most_five_minutes(
    cast: Cast, ask: Ask, issued: int, expires: Any
) -> None:
    now = int(clock.now().timestamp())
    moment = now + expires if isinstance(expires, int | float) and expires is not True else expires
    assert_refused(ask(form(signed(cast.ap, iat=now + issued, exp=moment))))


def test_clocks_may_differ_by_a_minute(cast: Cast, ask: Ask) -> None:
    now = int(clock.now().timestamp())
    assert ask(form(signed(cast.ap, iat=now + 59, exp=now + 120))).status_code == 200
    assert ask(form(signed(cast.ap, iat=now - 200, exp=now - 59))).status_code == 200


def test_an_assertion_before_its_nbf_is_refused(cast: Cast, ask: Ask) -> None:
    now = int(clock.now().timestamp())
    assert_refused(ask(form(signed(cast.ap, nbf=now + 61))))
    assert_refused(ask(form(signed(cast.ap, nbf="now"))))
    assert ask(form(signed(cast.ap, nbf=now + 59))).status_code == 200


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "jti", "iat", "exp"])
def test_no_claim_may_be_missing(cast: Cast, ask: Ask, claim: str) -> None:
    assert_refused(ask(form(signed(cast.ap, **{claim: None}))))


@pytest.mark.parametrize("value", ["x" * 201, "", "a\x00b", "two words", 7, ["x"]])
def test_the_jti_is_a_short_identifier(cast: Cast, ask: Ask, value: Any) -> None:
    assert_refused(ask(form(signed(cast.ap, jti=value))))


def test_an_assertion_works_once(cast: Cast, ask: Ask) -> None:
    once = form(signed(cast.ap))
    assert ask(once).status_code == 200
    assert_refused(ask(once))


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
    assert_refused(ask(form(assertion, scope="oversight")), "invalid_scope")
    assert_refused(ask(form(assertion)))


def test_two_clients_may_use_the_same_jti(cast: Cast, ask: Ask) -> None:
    assert ask(form(signed(cast.ap, jti="one"))).status_code == 200
    assert ask(form(signed(cast.crs, jti="one"))).status_code == 200


def test_another_clients_key_is_refused(cast: Cast, ask: Ask) -> None:
    claims = claims_of(cast.ap, clock.now().timestamp())
    for kid in (cast.crs.signer.key.thumbprint(), cast.ap.signer.key.thumbprint()):
        header = {"alg": cast.crs.signer.algorithm, "typ": CLIENT_TYPE, "kid": kid}
        stolen = jwt.encode(header, claims, cast.crs.signer.key, algorithms=list(ALGORITHMS))
        assert_refused(ask(form(stolen)))
    assert_refused(ask(form(signed(cast.crs, iss=cast.ap.client_id))))


@pytest.mark.parametrize("kid", ["unknown", "", "x" * 201, 7, None])
def test_a_missing_or_unknown_kid_is_refused(cast: Cast, ask: Ask, kid: Any) -> None:
    claims = claims_of(cast.ap, clock.now().timestamp())
    header = {"alg": cast.ap.signer.algorithm, "typ": CLIENT_TYPE} | ({} if kid is None else {"kid": kid})
    if kid == 7:
        assert_refused(ask(form(encode(cast.ap, header))))
    else:
        assert_refused(ask(form(jwt.encode(header, claims, cast.ap.signer.key, algorithms=list(ALGORITHMS)))))


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
def test_garbage_is_refused_like_any_other_assertion(cast: Cast, ask: Ask, garbage: str) -> None:
    assert_refused(ask(form(garbage)))


def test_a_repeated_claim_is_refused(cast: Cast, ask: Ask) -> None:
    caller, key = ed25519_caller(cast)
    header = {"alg": "Ed25519", "typ": CLIENT_TYPE, "kid": caller.signer.key.thumbprint()}
    claims = json.dumps(claims_of(caller, clock.now().timestamp()))
    doubled = claims[:-1] + f', "aud": "{caller.signer.issuer}"}}'
    parts = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (json.dumps(header), doubled)]
    signature = key.sign(b".".join(parts))
    token = b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
    assert_refused(ask(form(token)))
