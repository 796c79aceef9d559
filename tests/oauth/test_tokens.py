"""The token endpoint: what a client gets, and what is refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from service import clock, db
from service.access.actor import Actor
from service.audit.model import AuditEntry
from service.oauth.api import LARGEST_FORM
from service.oauth.client_side import CLIENT_TYPE
from service.organisations.writes.clients import add_key, deny_client, retire_key
from tests.cast import Cast
from tests.conftest import TheClock
from tests.noticeboard import claims_of
from tests.oauth.assertions import assert_refused, form, signed

Ask = Callable[..., TestResponse]


def test_a_client_gets_a_short_lived_token_in_the_profile_of_rfc_9068(cast: Cast, ask: Ask) -> None:
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


def test_a_registered_client_is_refused_exactly_like_an_unknown_one(cast: Cast, ask: Ask) -> None:
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
    assert_refused(ask(form(signed(cast.ap))))


def test_two_keys_are_valid_during_a_key_rotation(cast: Cast, ask: Ask) -> None:
    registrar, new = Actor.for_service("registration"), ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": CLIENT_TYPE, "kid": new.thumbprint()}

    def by_the_new_key() -> TestResponse:
        claims = claims_of(cast.ap, clock.now().timestamp())
        return ask(form(jwt.encode(header, claims, new, algorithms=["ES256"])))

    assert_refused(by_the_new_key())
    with db.transaction("owner") as session:
        add_key(session, registrar, cast.ap.client_id, new.as_dict(private=False))
    assert by_the_new_key().status_code == 200
    assert ask(form(signed(cast.ap))).status_code == 200
    with db.transaction("owner") as session:
        retire_key(session, registrar, cast.ap.client_id, cast.ap.signer.key.thumbprint())
    assert_refused(ask(form(signed(cast.ap))))
    assert by_the_new_key().status_code == 200


@pytest.mark.parametrize("scope", ["oversight", "destination oversight", "everything", "referrals"])
def test_no_scope_beyond_the_registration(cast: Cast, ask: Ask, scope: str) -> None:
    assert_refused(ask(form(signed(cast.ap), scope=scope)), "invalid_scope")


@pytest.mark.parametrize("scope", ["feed " * 201, "feed\u202e", "feed\nfeed", "feed\x00"])
def test_a_scope_that_is_not_a_line_of_text_is_an_invalid_request(cast: Cast, ask: Ask, scope: str) -> None:
    assert_refused(ask(form(signed(cast.ap), scope=scope)), "invalid_request")


def test_a_token_request_that_is_too_large_is_not_read(cast: Cast, ask: Ask) -> None:
    answer = ask(form(signed(cast.ap), scope="x" * LARGEST_FORM))
    assert (answer.status_code, answer.get_json()["error"]) == (413, "invalid_request")


def test_a_client_may_ask_for_less(cast: Cast, ask: Ask) -> None:
    assert ask(form(signed(cast.ap), scope="feed")).get_json()["scope"] == "feed"


@pytest.mark.parametrize("grant", ["password", "refresh_token", "authorization_code", "<script>", ""])
def test_no_other_grant(cast: Cast, ask: Ask, grant: str) -> None:
    answer = ask(form(signed(cast.ap), grant_type=grant))
    assert_refused(answer, "unsupported_grant_type")
    assert answer.get_json()["error_description"].startswith("Send a form")
    assert "<script" not in answer.text


def test_no_other_way_to_authenticate(cast: Cast, ask: Ask) -> None:
    client_id = cast.ap.client_id
    assert_refused(ask({"grant_type": "client_credentials", "client_id": client_id}))
    assert_refused(ask({"grant_type": "client_credentials", "client_id": client_id, "client_secret": "x"}))
    assert_refused(ask({"grant_type": "client_credentials"}, auth=(client_id, "x")))
    assert_refused(ask({**form(signed(cast.ap)), "client_assertion_type": "urn:other"}))


def test_the_client_id_parameter_must_match_the_assertion(cast: Cast, ask: Ask) -> None:
    assert_refused(ask(form(signed(cast.ap), client_id=cast.crs.client_id)))
    assert ask(form(signed(cast.ap), client_id=cast.ap.client_id)).status_code == 200


def test_each_parameter_is_sent_once_and_in_the_form(cast: Cast, ask: Ask) -> None:
    assert_refused(ask(form(signed(cast.ap)), query_string={"scope": "feed"}), "invalid_request")
    twice = [*form(signed(cast.ap)).items(), ("scope", "feed"), ("scope", "destination")]
    pairs = {name: [value for other, value in twice if other == name] for name, _ in twice}
    assert_refused(ask(pairs), "invalid_request")
    answer = cast.ap.app.test_client().post("/oauth/token", json=form(signed(cast.ap)))
    assert_refused(answer, "unsupported_grant_type")


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


def test_the_server_metadata_describe_the_token_endpoint(cast: Cast) -> None:
    said = cast.ap.app.test_client().get("/.well-known/oauth-authorization-server").get_json()
    assert said["issuer"] == cast.ap.signer.issuer
    assert said["token_endpoint"] == cast.ap.signer.issuer + "/oauth/token"
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "none" not in said["token_endpoint_auth_signing_alg_values_supported"]
