"""When the bytes of a body are read: after the token, and before anything in the database waits for them."""

import io
import json
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from tests.cast import Caller, Cast
from tests.noticeboard import Noticeboard

OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = %s AND usename = 'referrals_api' AND xact_start IS NOT NULL
"""


class Body(io.RawIOBase):
    """A body that notes whether it is read, and which transactions are open at that moment."""

    def __init__(self, superuser: str, database: str, sent: bytes) -> None:
        self.sent, self.read_at = io.BytesIO(sent), list[int]()
        self._superuser, self._database = superuser, database

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        with psycopg.connect(self._superuser) as line:  # only a superuser sees the activity of other roles
            self.read_at.append(line.execute(OPEN, (self._database,)).fetchall()[0][0])
        return self.sent.readinto(into)

    def environ(self, length: int | None = None) -> dict[str, Any]:
        """What a server says of a request with this body."""
        return {
            "wsgi.input": io.BufferedReader(self),
            "CONTENT_LENGTH": str(len(self.sent.getvalue()) if length is None else length),
        }


MESSAGE = json.dumps({"body": "Hello"}).encode()


def send(
    caller: Caller, body: Body, path: str = "/v1/referrals", length: int | None = None, **headers: str
) -> TestResponse:
    known = {"Authorization": f"Bearer {caller.token()}", "Idempotency-Key": "in-order-1"}
    return caller.app.test_client().post(
        path,
        headers={"Content-Type": "application/json", **known, **headers},
        environ_overrides=body.environ(length),
    )


@pytest.fixture
def body(server: str, database: str) -> Body:
    return Body(server, database, MESSAGE)


PATHS = (
    "/v1/referrals",
    "/v1/referrals/preview",
    "/v1/destination-referrals/7b0d4c1e-5d1f-4d5a-9f0e-0d6f6a7f1c11/messages",
    "/v1/destination-referrals/7b0d4c1e-5d1f-4d5a-9f0e-0d6f6a7f1c11/transitions",
    "/v1/people/7b0d4c1e-5d1f-4d5a-9f0e-0d6f6a7f1c11/changes-of-circumstance",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_transaction_is_open_while_a_body_is_read(cast: Cast, body: Body, path: str) -> None:
    answer = send(cast.probation.as_practitioner(), body, path)
    assert answer.status_code in {404, 422}
    assert set(body.read_at) == {0}


def test_no_transaction_is_open_while_a_form_is_read(server: str, database: str, cast: Cast) -> None:
    form = Body(server, database, b"grant_type=client_credentials")
    answer = cast.crs.app.test_client().post(
        "/oauth/token",
        content_type="application/x-www-form-urlencoded",
        environ_overrides=form.environ(),
    )
    assert answer.status_code == 401
    assert set(form.read_at) == {0}


def test_nothing_is_read_of_whoever_shows_no_token(cast: Cast, body: Body) -> None:
    assert send(cast.crs, body, Authorization="Bearer x").status_code == 401
    assert body.read_at == []


def test_nothing_is_read_of_whoever_calls_too_often(cast: Cast, body: Body) -> None:
    cast.crs.register_again(requests_per_minute=1)
    cast.crs.get("/v1/events")
    assert send(cast.crs, body).status_code == 429
    assert body.read_at == []


def test_type_and_size_are_refused_before_the_token(cast: Cast, body: Body) -> None:
    def refused_with(length: int, kind: str = "application/json") -> int:
        headers = {"Authorization": "Bearer x", "Content-Type": kind}
        return send(cast.crs, body, "/v1/referrals", length, **headers).status_code

    most = 1024 * 1024
    for wrong in ("text/plain", "application/x-www-form-urlencoded", "application/json-patch+json", ""):
        assert refused_with(most, wrong) == 415
    assert refused_with(most + 1) == 413
    assert refused_with(most + 1, "x/y") == 415
    assert refused_with(most) == 401
    assert body.read_at == []


def test_a_read_with_a_body_reads_none(board: Noticeboard, callers: Cast, body: Body) -> None:
    answer = board.app.test_client().get(
        "/notices",
        headers={"Authorization": f"Bearer {callers.crs.token()}"},
        environ_overrides=body.environ(),
    )
    assert answer.status_code == 200
    assert body.read_at == []
