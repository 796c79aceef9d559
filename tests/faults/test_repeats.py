"""What is sent twice is done once: again, at the same moment, and by two who have read the same version."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service import db
from tests.conftest import TheClock, a_database
from tests.faults.fixtures import Place, open_cases, prepared_place, problem
from tests.faults.writes import Write, part_of, writes
from tests.journeys.driver import ok

pytestmark = pytest.mark.long

OF_NEW = ("submit", "write", "report", "raise a concern", "tell a change", "propose an address", "answer",
    "open a disclosure decision", "open a request for subject access", "send release dates",
    "say how a release is arranged")  # fmt: skip
OF_WHAT_WAS_READ = (
    "amend", "decide", "offer", "ask back", "need no answer", "agree to a review",
    "complete a review", "supply details", "move a disclosure decision", "put an address right",
    "enter a contact in error", "enter an address in error", "patch a referral",
)  # fmt: skip
WITHOUT_KEYS = {
    "preview": "stores nothing",
}


@pytest.fixture(scope="module")
def prepared(server: str, template: str, app: Flask) -> Iterator[tuple[Place, TheClock]]:
    """A database with open cases and no connections, copied for each test."""

    def read_everything_once(place: Place) -> None:
        open_cases(place)
        ok(place.cast.mappa.get(f"{part_of(place, 'mappa')}/document"))
        for write in writes(place).values():
            if write.seen_at:
                write.tag()  # a first reading is a receipt: it comes before all that follows

    with prepared_place(server, template, app, read_everything_once) as made:
        db.bind({})
        yield made


@pytest.fixture
def place(prepared: tuple[Place, TheClock], the_clock: TheClock) -> Iterator[Place]:
    """A copy of it for this test alone."""
    original, still = prepared
    the_clock.set(still.at)
    with a_database(original.server, original.database) as name:
        yield replace(original, database=name)


def headers_of(write: Write, key: str) -> dict[str, str]:
    headers = {"Idempotency-Key": key}
    return headers | {"If-Match": write.tag()} if write.seen_at else headers


def send(write: Write, headers: dict[str, str]) -> TestResponse:
    return write.caller._call(write.method, write.path, headers, json=write.body)


def at_once(write: Write, *headers: dict[str, str]) -> list[TestResponse]:
    """Send it from as many threads as there are headers, all at the same moment."""
    write.caller.token()
    together = Barrier(len(headers))

    def one(mine: dict[str, str]) -> TestResponse:
        together.wait()
        return send(write, mine)

    with ThreadPoolExecutor(len(headers)) as threads:
        return list(threads.map(one, headers))


def said(answer: TestResponse) -> Any:
    found = answer.get_json()
    return {name: found.get(name) for name in ("id", "state", "version", "current_version", "number")}


def test_every_call_that_stores_is_sent_twice_here(place: Place) -> None:
    assert {*OF_NEW, *OF_WHAT_WAS_READ, *WITHOUT_KEYS, "take note"} == writes(place).keys()


@pytest.mark.parametrize("name", [*OF_NEW, *OF_WHAT_WAS_READ, "take note"])
def test_what_is_sent_again_is_answered_as_the_first_time_and_done_once(place: Place, name: str) -> None:
    write = writes(place)[name]
    headers = headers_of(write, "once")
    answers = at_once(write, headers, headers)
    taken = [answer for answer in answers if answer.status_code < 300]
    assert taken
    for answer in answers:
        if answer not in taken:
            assert problem(answer)["type"] == "/problems/in-flight"
            assert answer.headers["Retry-After"]
    assert place.rows("SELECT count(*) FROM idempotency_key WHERE key = 'once'") == [(1,)]
    with place.nothing_stored_but_reading():
        again = send(write, headers)  # a change is sent again with the tag that was right the first time
    assert again.status_code == taken[0].status_code, again.text
    assert [said(answer) for answer in taken] == [said(again)] * len(taken)
    with place.nothing_stored():
        other = write.caller._call(write.method, write.path, headers, json={**write.body, "more": 1})
        assert problem(other)["type"] == "/problems/idempotency-key-reused"


@pytest.mark.parametrize("name", OF_WHAT_WAS_READ)
def test_of_two_who_read_the_same_version_one_is_told_that_it_has_changed(place: Place, name: str) -> None:
    write = writes(place)[name]
    first, second = headers_of(write, "first"), headers_of(write, "second")
    assert first["If-Match"] == second["If-Match"]
    answers = sorted(at_once(write, first, second), key=lambda answer: answer.status_code)
    assert answers[0].status_code < 300, answers[0].text
    assert problem(answers[1])["type"] == "/problems/precondition-failed"
    without = {"Idempotency-Key": "third"}
    with place.nothing_stored_but_reading():
        assert problem(send(write, without))["status"] == 428


def test_two_submissions_of_one_reference_make_one_referral(place: Place) -> None:
    write = writes(place)["submit"]
    before = place.rows("SELECT count(*) FROM referral")[0][0]
    made, refused = sorted(
        at_once(write, {"Idempotency-Key": "a"}, {"Idempotency-Key": "b"}), key=lambda one: one.status_code
    )
    assert made.status_code == 201
    assert problem(refused)["href"] == f"/v1/referrals/{made.get_json()['id']}"
    assert place.rows("SELECT count(*) FROM referral")[0][0] == before + 1
