"""How often a caller may call, said in every answer and counted for all processes together."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError
from werkzeug.test import TestResponse

from benchmarks.statements import watched
from service import clock, config, db
from service.access import limits
from service.access.limits import Limit, LimitStatus
from service.access.model import CallCount
from service.audit.model import AuditEntry
from service.guard import housekeeping
from service.oauth.client_side import JWT_BEARER
from tests import rows
from tests.cast import Cast
from tests.conftest import START, TheClock
from tests.noticeboard import Noticeboard

Ask = Callable[..., TestResponse]
Configure = Callable[..., config.Config]


def counted(bucket: str) -> int:
    with db.transaction("owner") as session:
        return session.scalar(select(CallCount.used).where(CallCount.bucket == bucket)) or 0


def test_every_answer_to_a_known_caller_says_where_it_stands(board: Noticeboard, callers: Cast) -> None:
    for path, status in (("/notices", 200), ("/notices/managed", 403), (f"/notices/{db.new_id()}", 404)):
        answer = callers.crs.get(path)
        assert answer.status_code == status
        assert answer.headers["RateLimit-Policy"] == '"client";q=6000;w=60'
    assert answer.headers["RateLimit"] == '"client";r=5997;t=60'
    assert "Retry-After" not in answer.headers
    assert "RateLimit" not in board.app.test_client().get("/notices").headers


def test_one_call_too_many_is_refused_until_the_minute_is_over(
    board: Noticeboard, callers: Cast, the_clock: TheClock
) -> None:
    callers.crs.register_again(requests_per_minute=3)
    the_clock.move(timedelta(seconds=20))
    assert [callers.crs.get("/notices").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = callers.crs.get("/notices")
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["type"] == "/problems/too-many-requests"
    assert answer.headers["Retry-After"] == "40"
    assert answer.headers["RateLimit-Policy"] == '"client";q=3;w=60'
    assert answer.headers["RateLimit"] == '"client";r=0;t=40'
    assert callers.ap.get("/notices").status_code == 200
    the_clock.move(timedelta(seconds=40))
    assert callers.crs.get("/notices").status_code == 200


def test_what_is_refused_for_its_number_runs_no_view_and_is_on_no_record(
    board: Noticeboard, callers: Cast
) -> None:
    callers.crs.register_again(requests_per_minute=1)
    for _ in range(3):
        callers.crs.get("/notices")
    assert len(board.seen) == 1
    with db.transaction("audit_reader") as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.verb == "denied")).all() == []


A_PROCESS = """
import sys
from datetime import datetime
from service import clock, db
from service.access import limits

clock.use(lambda: datetime.fromisoformat(sys.argv[2]))
db.bind({"api": sys.argv[1]})
limit = limits.Limit("client", 500)
print(sum(not limits.count(limit, "shared").exceeded for _ in range(400)))
"""


def test_a_limit_holds_for_all_processes_together(database: str) -> None:
    command = [sys.executable, "-c", A_PROCESS, db.url_for("api"), START.isoformat()]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    let_through = [int(process.communicate(timeout=60)[0]) for process in processes]
    shares_left_over = 2 * 5
    assert 500 - shares_left_over <= sum(let_through) <= 500


def test_threads_together_are_let_through_exactly_as_often_as_allowed(database: str) -> None:
    limit = Limit("client", 700)
    with ThreadPoolExecutor(8) as pool:
        exceeded = Counter(
            pool.map(lambda _: limits.count(limit, "shared", client_id="nobody").exceeded, range(800))
        )
    assert exceeded == {False: 700, True: 100}


def test_who_calls_often_costs_few_statements(database: str) -> None:
    with watched() as statements:
        for _ in range(6000):
            assert not limits.count(Limit("client", 6000), "busy").exceeded
        assert len(statements) < 110
        assert limits.count(Limit("client", 6000), "busy").exceeded
        asked = len(statements)
        for _ in range(1000):
            assert limits.count(Limit("client", 6000), "busy").exceeded
        assert len(statements) == asked
    assert counted("client:busy") <= 6000 + 2 * 60


def test_who_calls_seldom_is_counted_exactly(database: str) -> None:
    for number in (1, 2, 3):
        standing = limits.count(Limit("client", 6000), "calm")
        assert standing.remaining == 6000 - number


def test_a_process_whose_clock_is_behind_counts_in_the_minute_of_the_others(
    database: str, the_clock: TheClock
) -> None:
    limit = Limit("client", 10)
    the_clock.move(timedelta(minutes=1))
    limits.count(limit, "both")
    the_clock.move(timedelta(seconds=-1))
    limits.count(limit, "both")
    assert counted("client:both") == 2
    the_clock.move(timedelta(hours=-1))
    limits.count(limit, "both")
    assert counted("client:both") == 1
    the_clock.move(timedelta(hours=5))
    limits.count(limit, "both")
    assert counted("client:both") == 1


def test_counts_of_minutes_gone_by_are_forgotten(database: str, the_clock: TheClock) -> None:
    limits.count(Limit("client", 10), "old")
    the_clock.move(timedelta(minutes=2))
    limits.count(Limit("client", 10), "new")
    with db.transaction("worker") as session:
        housekeeping.forget_expired(session)
    assert (counted("client:old"), counted("client:new")) == (0, 1)


def test_the_worker_counts_nothing_and_the_api_forgets_nothing(database: str) -> None:
    limits.count(Limit("client", 10), "one")
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction("api") as session:
        session.delete(session.scalars(select(CallCount)).one())
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction("worker") as session:
        session.add(CallCount(bucket="two", minute=1, used=1))


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 60))
def test_the_fields_are_structured(quota: int, remaining: int, seconds: int) -> None:
    standing = LimitStatus(Limit("client", quota), min(quota, remaining), seconds, exceeded=False)
    assert standing.headers() == {
        "RateLimit-Policy": f'"client";q={quota};w=60',
        "RateLimit": f'"client";r={min(quota, remaining)};t={seconds}',
    }


def test_a_client_that_asks_for_too_many_tokens_is_told_to_slow_down(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(tokens_per_minute=2)
    form = callers.crs.signer.token_form

    def ask() -> TestResponse:
        return board.app.test_client().post("/oauth/token", data=form(clock.now()))

    answers = [ask() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"tokens";q=2;w=60'
    assert answers[2].get_json()["error"] == "slow_down"
    assert answers[2].headers["Retry-After"] == "60"
    assert answers[2].headers["Cache-Control"] == "no-store"


def test_nobody_else_can_use_up_the_tokens_of_a_client(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(tokens_per_minute=2)
    forged = {
        "grant_type": "client_credentials",
        "client_id": callers.crs.client_id,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": callers.crs.signer.client_assertion(clock.now())[:-8] + "AAAAAAAA",
    }
    for _ in range(5):
        assert board.app.test_client().post("/oauth/token", data=forged).status_code == 401
    assert callers.crs.get("/notices").status_code == 200


def test_who_often_fails_to_show_who_it_is_fills_no_trail_and_shuts_nobody_out(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(failures_per_minute=4)
    client = board.app.test_client()

    def fail() -> list[int]:
        token = client.post("/oauth/token", data={"grant_type": "client_credentials"})
        call = client.get("/notices", headers={"Authorization": "Bearer x"})
        if token.status_code == 429:
            assert token.get_json()["error"] == "slow_down"
            assert call.get_json()["type"] == "/problems/too-many-requests"
            assert token.headers["Retry-After"] == call.headers["Retry-After"] == "60"
        return [token.status_code, call.status_code]

    assert [fail() for _ in range(4)] == [[401, 401], [401, 401], [429, 429], [429, 429]]
    assert callers.crs.get("/notices").status_code == 200
    assert rows.refusals() == 4


def test_limits_are_set_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERRALS_REQUESTS_PER_MINUTE", "60")
    assert config.load().requests_per_minute == 60
    for wrong in ("0", "-1", "many", "1.5", ""):
        monkeypatch.setitem(os.environ, "REFERRALS_REQUESTS_PER_MINUTE", wrong)
        with pytest.raises(ValueError, match="whole number"):
            config.load()
