"""A repeated submission returns what the first one created, in any order and after any failure."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError

from service import db
from service.access.actor import Actor
from service.db import new_id
from service.guard import housekeeping, idempotency
from service.guard.model import IdempotencyKey
from service.oauth.model import UsedAssertion
from tests import rows
from tests.cast import Cast
from tests.conftest import TheClock
from tests.noticeboard import Noticeboard

NOTICE = {"text": "a notice"}


def stored() -> int:
    with rows.transaction() as session:
        return session.scalars(select(func.count()).select_from(IdempotencyKey)).one()


def test_a_repeat_is_answered_with_the_same_thing(board: Noticeboard, callers: Cast) -> None:
    shah = callers.probation.as_practitioner()
    first = shah.post("/notices", json=NOTICE, idempotency_key="k-1").get_json()
    again = shah.post("/notices", json=NOTICE, idempotency_key="k-1").get_json()
    assert again == {"id": first["id"], "repeated": True}
    assert stored() == 1


@pytest.mark.parametrize("key", [None, "two words", "x" * 256, "\u00e9"])
def test_a_submission_carries_a_key(board: Noticeboard, callers: Cast, key: str | None) -> None:
    answer = callers.probation.as_practitioner().post("/notices", json=NOTICE, idempotency_key=key)
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/problems/idempotency-key-required"


def test_a_key_stands_for_one_body_one_route_and_one_practitioner(board: Noticeboard, callers: Cast) -> None:
    shah = callers.probation.as_practitioner("p.shah")
    assert shah.post("/notices", json=NOTICE, idempotency_key="k-1").status_code == 200
    others = (
        shah.post("/notices", json={"text": "another"}, idempotency_key="k-1"),
        shah.post("/other-notices", json=NOTICE, idempotency_key="k-1"),
        callers.probation.as_practitioner("a.reid").post("/notices", json=NOTICE, idempotency_key="k-1"),
    )
    assert [answer.status_code for answer in others] == [422, 422, 422]
    assert {answer.get_json()["type"] for answer in others} == {"/problems/idempotency-key-reused"}


def test_keys_of_two_clients_have_nothing_to_do_with_each_other(board: Noticeboard, callers: Cast) -> None:
    one, other = (part.as_practitioner() for part in (callers.probation, callers.stranger))
    first = one.post("/notices", json=NOTICE, idempotency_key="k-1").get_json()
    second = other.post("/notices", json=NOTICE, idempotency_key="k-1").get_json()
    assert second["repeated"] is False
    assert first["id"] != second["id"]


def test_a_submission_that_failed_can_be_sent_again_with_its_key(board: Noticeboard, callers: Cast) -> None:
    shah = callers.probation.as_practitioner()
    assert shah.post("/notices", json={"txet": ""}, idempotency_key="k-1").status_code == 422
    assert shah.post("/notices", json=NOTICE, idempotency_key="k-1").get_json()["repeated"] is False


def test_while_the_first_is_being_worked_on_the_second_is_told_to_wait(
    board: Noticeboard, callers: Cast
) -> None:
    shah = callers.probation.as_practitioner()
    shah.token()
    board.hold = Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(shah.post, "/notices", json=NOTICE, idempotency_key="k-1")
        assert board.entered.wait(10)
        second = shah.post("/notices", json=NOTICE, idempotency_key="k-1")
        elsewhere = callers.stranger.as_practitioner()
        board.hold.set()
        made = first.result(10).get_json()
    assert (second.status_code, second.headers["Retry-After"]) == (409, "1")
    assert second.get_json()["type"] == "/problems/in-flight"
    assert elsewhere.post("/notices", json=NOTICE, idempotency_key="k-1").status_code == 200
    third = shah.post("/notices", json=NOTICE, idempotency_key="k-1").get_json()
    assert third == {"id": made["id"], "repeated": True}


def test_of_many_at_the_same_moment_one_does_the_work(board: Noticeboard, callers: Cast) -> None:
    many = 8
    shah, together = callers.probation.as_practitioner(), Barrier(many)
    shah.token()

    def send(_: int) -> tuple[int, str | None, bool | None]:
        together.wait(10)
        answer = shah.post("/notices", json=NOTICE, idempotency_key="k-1")
        said = answer.get_json()
        return answer.status_code, said.get("id"), said.get("repeated")

    with ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(send, range(many)))
    assert {status for status, _, _ in answers} <= {200, 409}
    assert [repeated for _, _, repeated in answers].count(False) == 1
    assert len({made for _, made, _ in answers if made}) == 1
    assert stored() == 1


def test_nothing_is_settled_that_was_not_asked_for(board: Noticeboard, callers: Cast) -> None:
    with rows.transaction() as session, pytest.raises(LookupError):
        idempotency.settle(session, Actor.for_service("test"), new_id())


def test_old_keys_and_expired_assertions_are_forgotten_by_a_worker(
    board: Noticeboard, callers: Cast, the_clock: TheClock
) -> None:
    shah = callers.probation.as_practitioner()
    shah.post("/notices", json=NOTICE, idempotency_key="k-1")

    def left() -> tuple[int, int]:
        with db.transaction("worker") as session:
            housekeeping.forget_expired(session)
        with rows.transaction() as session:
            return stored(), session.scalars(select(func.count()).select_from(UsedAssertion)).one()

    assert left() == (1, 2)
    the_clock.move(timedelta(days=29))
    assert left() == (1, 0)
    the_clock.move(timedelta(days=2))
    assert left() == (0, 0)


def test_the_api_cannot_forget(board: Noticeboard, callers: Cast) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), rows.transaction() as session:
        housekeeping.forget_expired(session)


def test_what_has_expired_is_forgotten_in_batches_and_the_rest_is_kept(
    cast: Cast, the_clock: TheClock, server: str, database: str
) -> None:
    with psycopg.connect(server, dbname=database) as superuser:
        superuser.execute(
            "INSERT INTO used_assertion (client_id, jti, expires_at)"
            " SELECT %s, 'old-' || n, %s - n * interval '1 second'"
            " FROM generate_series(-10, CAST(%s AS int)) AS n",
            [cast.crs.client_id, the_clock.at, db.DELETE_BATCH + 1],
        )
    left = []
    for _ in range(3):
        with db.transaction("worker") as session:
            housekeeping.forget_expired(session)
            left.append(session.scalar(select(func.count()).where(UsedAssertion.jti.like("old-%"))))
    assert left == [12, 11, 11]
