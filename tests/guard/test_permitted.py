"""What stands between a caller and a view, in which order, and what is put on record when it refuses."""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from sqlalchemy import select

from service import clock, config, db
from service.access.actor import Actor, Practitioner
from service.audit.model import AuditEntry
from service.guard.permitted import permitted
from service.oauth import signing_keys
from service.organisations.writes.clients import add_key, deny_client, deny_key, retire_key
from tests.cast import Cast
from tests.conftest import TheClock
from tests.noticeboard import Noticeboard


def refusals() -> list[tuple[str, str, str]]:
    with db.transaction("audit_reader") as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.verb == "denied").order_by(AuditEntry.recorded_at)
        ).all()
    return [(entry.client_id, entry.object_kind, entry.object_id) for entry in entries]


def test_a_view_knows_who_calls_for_whom_and_why(board: Noticeboard, callers: Cast) -> None:
    answer = callers.probation.as_practitioner("p.shah", name="Priya Shah").get("/notices")
    assert answer.status_code == 200
    (actor,) = board.seen
    assert actor.client_id == callers.probation.client_id
    assert actor.organisation_id == callers.probation.organisation_id
    assert actor.side == "probation"
    assert actor.practitioner is not None
    assert (actor.practitioner.id, actor.practitioner.name) == ("p.shah", "Priya Shah")
    assert actor.request_id == answer.headers["X-Request-Id"]
    assert (actor.purpose, actor.legal_basis) == ("reading notices", "an agreement")
    assert actor.strength == "private_key_jwt+practitioner_assertion"


def test_the_database_knows_for_whom_the_transaction_works(board: Noticeboard, callers: Cast) -> None:
    callers.probation.as_practitioner("p.shah").get("/notices")
    assert board.database_says == [
        str(callers.probation.organisation_id),
        callers.probation.client_id,
        "p.shah",
    ]
    board.database_says.clear()
    callers.crs.get("/notices")
    assert board.database_says == [str(callers.crs.organisation_id), callers.crs.client_id, ""]


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic dTpw", "Bearer a b", "Bearer x", "bearer ....", "Bearer é"],
)
def test_without_a_token_of_ours_nobody_gets_in(
    board: Noticeboard, callers: Cast, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = board.app.test_client().get("/notices", headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="referrals"')
    assert board.seen == []


def forged(board: Noticeboard, callers: Cast, header: dict[str, Any], key: Any, **changed: Any) -> int:
    settings: config.Config = board.app.config["REFERRALS"]
    now = int(clock.now().timestamp())
    claims = {
        "iss": settings.issuer,
        "aud": settings.issuer,
        "sub": callers.crs.client_id,
        "client_id": callers.crs.client_id,
        "client_keys": [callers.crs.signer.key.thumbprint()],
        "scope": "destination",
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid4()),
    } | changed
    token = jwt.encode(header, claims, key, algorithms=[header["alg"]])
    answer = board.app.test_client().get("/notices", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


def test_only_our_own_signature_under_our_own_type_counts(board: Noticeboard, callers: Cast) -> None:
    settings: config.Config = board.app.config["REFERRALS"]
    ours = signing_keys.load(settings.signing_keys)
    good = {"alg": "ES256", "typ": "at+jwt", "kid": ours.current_kid}
    assert forged(board, callers, good, ours.current) == 200
    assert forged(board, callers, good, ECKey.generate_key("P-256")) == 401
    assert forged(board, callers, good | {"typ": "JWT"}, ours.current) == 401
    assert forged(board, callers, good | {"kid": "another"}, ours.current) == 401
    assert forged(board, callers, {"alg": "ES256", "kid": ours.current_kid}, ours.current) == 401
    assert forged(board, callers, good, ours.current, client_keys=[]) == 401
    assert forged(board, callers, good, ours.current, client_keys=["unknown"]) == 401
    assert forged(board, callers, good, ours.current, client_id="nobody") == 401
    assert forged(board, callers, good, ours.current, iss="https://elsewhere.test") == 401
    assert forged(board, callers, good, ours.current, aud=[settings.issuer]) == 401
    assert forged(board, callers, good, ours.current, exp=int(clock.now().timestamp())) == 401
    client = callers.crs.signer
    own = {"alg": client.algorithm, "typ": "at+jwt", "kid": client.key.thumbprint()}
    assert forged(board, callers, own, client.key) == 401


def hand_made(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)
    ]
    signature = sign(".".join(parts).encode())
    return ".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()])


def _hmac(secret: bytes, data: bytes) -> bytes:
    return hmac.digest(secret, data, "sha256")


def test_no_token_without_a_signature_or_signed_with_what_everybody_knows(
    board: Noticeboard, callers: Cast
) -> None:
    settings: config.Config = board.app.config["REFERRALS"]
    ours = signing_keys.load(settings.signing_keys)
    header = {"typ": "at+jwt", "kid": ours.current_kid}
    claims = json.loads(jws.extract_compact(callers.crs.token().encode()).payload or b"")
    pem = ours.current.as_pem(private=False)
    jwk = json.dumps(ours.public_jwks()["keys"][0]).encode()
    sent = [hand_made({"alg": alg, **header}, claims, lambda _: b"") for alg in ("none", "NONE", "ES256")]
    sent += [hand_made({"alg": "HS256", **header}, claims, partial(_hmac, secret)) for secret in (pem, jwk)]
    for token in sent:
        answer = board.app.test_client().get("/notices", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


def test_nothing_else_that_a_client_signs_opens_a_view(board: Noticeboard, callers: Cast) -> None:
    signer = callers.probation.signer
    person = Practitioner("p.shah", "Priya Shah", "practitioner", callers.probation.code)
    for token in (signer.client_assertion(clock.now()), signer.practitioner_assertion(person, clock.now())):
        answer = board.app.test_client().get("/notices", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


def test_a_denied_key_ends_every_token_it_was_used_to_get(board: Noticeboard, callers: Cast) -> None:
    registrar, other = Actor.for_service("registration"), ECKey.generate_key("P-256")
    shah = callers.probation.as_practitioner("p.shah")
    with db.transaction("owner") as session:
        add_key(session, registrar, shah.client_id, other.as_dict(private=False))
    by_another = replace(shah, signer=replace(shah.signer, key=other), tokens={})
    assert [caller.get("/notices").status_code for caller in (shah, by_another)] == [200, 200]
    with db.transaction("owner") as session:
        deny_key(session, registrar, shah.client_id, shah.signer.key.thumbprint())
    assert [caller.get("/notices").status_code for caller in (shah, by_another)] == [401, 200]
    with db.transaction("owner") as session:  # retired afterwards, it gives nothing back
        retire_key(session, registrar, shah.client_id, shah.signer.key.thumbprint())
    assert shah.get("/notices").status_code == 401


def test_a_denied_key_ends_a_token_for_which_it_only_vouched(board: Noticeboard, callers: Cast) -> None:
    registrar, vouching = Actor.for_service("registration"), ECKey.generate_key("P-256")
    probation = callers.probation
    with db.transaction("owner") as session:
        add_key(session, registrar, probation.client_id, vouching.as_dict(private=False))
    person = Practitioner("p.shah", "Priya Shah", "practitioner", probation.code)
    form = probation.signer.token_form(clock.now(), practitioner=person)
    form["subject_token"] = replace(probation.signer, key=vouching).practitioner_assertion(
        person, clock.now()
    )
    token = board.app.test_client().post("/oauth/token", data=form).get_json()["access_token"]

    def read() -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return board.app.test_client().get("/notices", headers=headers).status_code

    assert read() == 200
    with db.transaction("owner") as session:
        deny_key(session, registrar, probation.client_id, vouching.thumbprint())
    assert read() == 401


def test_a_retired_key_lets_its_tokens_run_out(board: Noticeboard, callers: Cast) -> None:
    assert callers.crs.get("/notices").status_code == 200
    with db.transaction("owner") as session:
        retire_key(
            session,
            Actor.for_service("registration"),
            callers.crs.client_id,
            callers.crs.signer.key.thumbprint(),
        )
    assert callers.crs.get("/notices").status_code == 200


def test_the_organisation_is_the_registered_one_whatever_a_token_says(
    board: Noticeboard, callers: Cast
) -> None:
    settings: config.Config = board.app.config["REFERRALS"]
    ours = signing_keys.load(settings.signing_keys)
    good = {"alg": "ES256", "typ": "at+jwt", "kid": ours.current_kid}
    assert forged(board, callers, good, ours.current, organisation=str(callers.ap.organisation_id)) == 200
    assert board.seen[0].organisation_id == callers.crs.organisation_id


def test_a_denied_client_is_out_at_once_whatever_token_it_holds(board: Noticeboard, callers: Cast) -> None:
    assert callers.crs.get("/notices").status_code == 200
    with db.transaction("owner") as session:
        deny_client(session, Actor.for_service("registration"), callers.crs.client_id)
    answer = callers.crs.get("/notices")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_scope_taken_from_a_client_is_gone_from_the_tokens_it_holds(
    board: Noticeboard, callers: Cast
) -> None:
    assert callers.crs.get("/notices").status_code == 200
    callers.crs.register_again(scopes=["feed"])
    assert callers.crs.get("/notices").status_code == 403


@pytest.mark.parametrize("part", ["police", "council", "oversight"])
def test_a_route_for_others_says_so_and_nothing_about_what_is_there(
    board: Noticeboard, callers: Cast, part: str
) -> None:
    answers = [callers.callers[part].get(f"/notices/{uuid4()}") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert 'error="insufficient_scope"' in answers[0].headers["WWW-Authenticate"]
    bodies = [{**answer.get_json(), "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1]


def test_probation_names_the_practitioner(board: Noticeboard, callers: Cast) -> None:
    answer = callers.probation.get("/notices")
    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/practitioner-required"
    assert callers.probation.as_practitioner().get("/notices").status_code == 200


def test_where_no_personal_data_are_touched_probation_need_not(board: Noticeboard, callers: Cast) -> None:
    assert callers.probation.get("/notices/count").status_code == 200


def test_some_things_are_for_some_roles(board: Noticeboard, callers: Cast) -> None:
    refused = callers.probation.as_practitioner("p.shah", "practitioner").get("/notices/managed")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    assert callers.probation.as_practitioner("s.okafor", "spo").get("/notices/managed").status_code == 200


def test_every_refusal_is_on_the_trail_although_its_transaction_is_not(
    board: Noticeboard, callers: Cast
) -> None:
    missing = uuid4()
    assert callers.crs.get(f"/notices/{missing}").status_code == 404
    assert callers.police.get("/notices").status_code == 403
    assert board.app.test_client().get("/notices").status_code == 401
    assert refusals() == [
        (callers.crs.client_id, "notice", str(missing)),
        (callers.police.client_id, "notice", "-"),
        ("service/guard", "notice", "-"),
    ]


def test_tokens_are_asked_for_again_when_they_run_out(
    board: Noticeboard, callers: Cast, the_clock: TheClock
) -> None:
    first = callers.crs.token()
    assert callers.crs.token() == first
    the_clock.move(timedelta(minutes=5))
    assert callers.crs.token() != first
    assert callers.crs.get("/notices").status_code == 200


def test_a_permission_that_is_not_in_the_table_fails_when_the_program_starts() -> None:
    with pytest.raises(KeyError):
        permitted("notice:imagined")
