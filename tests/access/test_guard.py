"""What stands between a caller and a view, in which order, and what is put on record when it refuses."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import select

from service import clock, config, db
from service.access import signing_keys
from service.access.actor import Actor
from service.access.guard import permitted
from service.access.registration import deny_client, register_client
from service.audit.model import AuditEntry
from tests.access.conftest import Noticeboard
from tests.cast import Cast
from tests.conftest import TheClock


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
    assert forged(board, callers, good, ours.current, iss="https://elsewhere.test") == 401
    assert forged(board, callers, good, ours.current, aud=[settings.issuer]) == 401
    assert forged(board, callers, good, ours.current, exp=int(clock.now().timestamp())) == 401
    client = callers.crs.signer
    own = {"alg": client.algorithm, "typ": "at+jwt", "kid": client.key.thumbprint()}
    assert forged(board, callers, own, client.key) == 401


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
    with db.transaction("owner") as session:
        register_client(
            session,
            Actor.for_service("registration"),
            client_id=callers.crs.client_id,
            organisation_id=callers.crs.organisation_id,
            name="less",
            scopes=["feed"],
        )
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
