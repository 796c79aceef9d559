"""Real processes, cut off, killed and stopped in the middle of their work: nothing lost, nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service import cache_invalidation, clock, db, logs, stack
from service.demo.callers import Caller
from tests.faults.live import Live, alive, problem, wait_until
from tests.journeys.driver import Json
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

PATH = "/v1/referrals"


def submit(running: Live, document: Json, key: str, **more: Any) -> httpx.Response:
    caller = more.pop("caller", running.officer)
    headers = {"Authorization": f"Bearer {caller.token()}", "Idempotency-Key": key}
    answer: httpx.Response = caller.http.post(PATH, json=document, headers=headers, **more)
    return answer


def made_by(running: Live, reference: str) -> dict[str, int]:
    """Count everything that a submission makes once."""
    mine = "referral_id IN (SELECT id FROM referral WHERE submission_reference = %s)"
    return {
        "referral": running.count("referral", "submission_reference = %s", reference),
        "event": running.count("event", f"{mine} AND name = 'referral.submitted'", reference),
        "version": running.count("referral_version", mine, reference),
        "parts": running.count("destination_referral", mine, reference),
    }


NOTHING = {"referral": 0, "event": 0, "version": 0, "parts": 0}
ONCE = {"referral": 1, "event": 1, "version": 1, "parts": 5}


def test_a_submission_is_taken(running: Live) -> None:
    answer = submit(running, darren_and_toby("R-1", clock.today()), "key-r1")
    assert answer.status_code == 201, answer.text
    assert made_by(running, "R-1") == ONCE


def test_the_same_key_at_once_from_two_callers_makes_one_referral(running: Live) -> None:
    document = darren_and_toby("TWO-1", clock.today(), "X320742")
    with running.held_at("referral") as wait_until_blocked:
        first = running.meanwhile(lambda: submit(running, document, "key-two"))
        wait_until_blocked()
        second = submit(running, document, "key-two")
        assert problem(second, 409)["type"] == "/problems/in-flight"
        assert int(second.headers["Retry-After"]) > 0
    assert first.result().status_code == 201
    again = submit(running, document, "key-two")
    assert (again.status_code, again.json()["id"]) == (201, first.result().json()["id"])
    other = submit(running, darren_and_toby("TWO-2", clock.today(), "X320742"), "key-two")
    assert problem(other, 422)["type"] == "/problems/idempotency-key-reused"
    assert made_by(running, "TWO-1") == ONCE
    assert made_by(running, "TWO-2") == NOTHING


def test_the_same_reference_at_once_under_two_keys_makes_one_referral(running: Live) -> None:
    document = darren_and_toby("REF-1", clock.today(), "X320743")
    calls = [running.meanwhile(partial(submit, running, document, key)) for key in ("key-a", "key-b")]
    answers = sorted((call.result() for call in calls), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [201, 409], [answer.text for answer in answers]
    assert answers[1].json()["href"] == answers[0].headers["Location"]
    assert made_by(running, "REF-1") == ONCE


def test_a_database_that_is_restarted_in_the_middle_of_a_request(running: Live) -> None:
    document = darren_and_toby("DB-1", clock.today(), "X320744")
    with running.held_at("event", cut_off=True) as wait_until_blocked:
        caught = running.meanwhile(lambda: submit(running, document, "key-db"))
        wait_until_blocked()
        running.stop_database()
    said = problem(caught.result(), 503)
    assert said["type"] == "/problems/unavailable"
    assert int(caught.result().headers["Retry-After"]) > 0

    problem(submit(running, document, "key-db"), 503)
    http = running.officer.http
    assert alive(http)
    assert http.get("/health/readiness").json()["faults"] == ["database_unreachable"]

    running.start_database()
    assert made_by(running, "DB-1") == NOTHING
    answer = submit(running, document, "key-db")
    assert answer.status_code == 201, answer.text
    again = submit(running, document, "key-db")
    assert again.json()["id"] == answer.json()["id"]
    assert made_by(running, "DB-1") == ONCE
    assert running.worker.poll() is None
    assert running.api.poll() is None
    running.environment.move_clock("2026-03-02 10:00")


def stop(running: Live) -> None:
    running.worker.kill()
    running.worker.wait()


def firings(running: Live) -> dict[str, int]:
    """Return what was recorded of all firings, in numbers that must agree when each was once."""
    return {
        "firings": running.count("clock_firing"),
        "each": running.rows("SELECT count(DISTINCT (clock_id, step_key)) FROM clock_firing")[0][0],
        "counted": running.rows("SELECT coalesce(sum(fired), 0) FROM clock")[0][0],
        "told": running.rows("SELECT count(*) FROM event WHERE id IN (SELECT event_id FROM clock_firing)")[0][
            0
        ],
    }


def test_two_workers_complete_the_sweep_of_one_that_was_killed(running: Live) -> None:
    """It is blocked after it has recorded the firing, before the notice."""
    before = firings(running)
    later = "2026-03-09 17:00"
    with running.held_at("notice_item", "referrals_worker") as wait_until_blocked:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running.environment, "_caught_up", lambda: True)
            running.environment.move_clock(later)
        wait_until_blocked()
        stop(running)
        assert firings(running) == before, "nothing of it may be seen"
    others = [running.another_worker() for _ in range(2)]
    running.environment.move_clock(later)
    after = firings(running)
    assert after["firings"] > before["firings"]
    assert len(set(after.values())) == 1, after
    running.environment.move_clock("2026-03-16 17:00")
    assert len(set(firings(running).values())) == 1
    due = running.count("clock", "state <> 'stopped' AND next_fires_at <= %s", clock.now())
    twice = running.count(
        "(SELECT item.id FROM notice_item item WHERE notice_id IS NULL AND dropped_at IS NULL) AS unsent"
    )
    assert (due, twice) == (0, 0)
    for other in others:
        other.send_signal(signal.SIGTERM)
        assert other.wait(30) == 0


@pytest.fixture(scope="module")
def another_api(live_service: Live) -> Iterator[tuple["subprocess.Popen[bytes]", Caller]]:
    with live_service.another_api() as found:
        yield found


class Poller:
    """A provider's system that has read its feed to the end, and asks again whether that is still so.

    Each time over a new connection, so that now one process answers and now another.
    """

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.after = caller.get("/v1/events", {"limit": "500"}).json()["next"]
        self.tag = caller.get("/v1/events", {"after": self.after}).headers["ETag"]
        assert [self.poll() for _ in range(10)] == [304] * 10, "every process has its answer ready"

    def poll(self) -> int:
        with httpx.Client(base_url=str(self.caller.http.base_url), timeout=10) as another:
            headers = {"Authorization": f"Bearer {self.caller.token()}", "If-None-Match": self.tag}
            return another.get("/v1/events", params={"after": self.after}, headers=headers).status_code

    def expect(self, answer: int) -> None:
        """Insist that every process soon gives another answer, and not only when it forgets by itself."""
        begun = time.monotonic()
        wait_until(lambda: self.poll() == answer, "it never came")
        wait_until(lambda: [self.poll() for _ in range(10)] == [answer] * 10, "one process was not notified")
        assert time.monotonic() - begun < cache_invalidation.MAX_AGE / 2


def test_what_one_process_has_published_is_soon_read_from_another(
    running: Live, another_api: tuple["subprocess.Popen[bytes]", Caller]
) -> None:
    _, elsewhere = another_api
    polls = [
        Poller(replace(running.environment.caller("crs"), http=http))
        for http in (elsewhere.http, running.officer.http)
    ]
    assert submit(running, darren_and_toby("POLL-1", clock.today(), "X320744"), "key-poll").status_code == 201
    for poll in polls:
        poll.expect(200)


def test_a_client_that_is_denied_by_command_is_soon_refused_at_its_polls_by_every_process(
    running: Live,
) -> None:
    poll = Poller(running.environment.caller("crs"))
    client = poll.caller.signer.client_id
    for arguments, answer in (
        (["deny", client], 401),
        (["allow", client, "--reason", "the incident is closed"], 304),
    ):
        command = [sys.executable, "-m", "service.cli", "clients", *arguments]
        subprocess.run(command, env=stack.environment("owner"), check=True, capture_output=True)
        poll.expect(answer)


def test_a_process_that_is_killed_in_the_middle_of_a_request_loses_nothing(
    running: Live, another_api: tuple["subprocess.Popen[bytes]", Caller]
) -> None:
    gunicorn, officer = another_api
    document = darren_and_toby("KILL-1", clock.today(), "X320746")
    with running.held_at("event") as wait_until_blocked:
        call = running.meanwhile(lambda: submit(running, document, "key-kill", caller=officer))
        wait_until_blocked()
        (child,) = _children(gunicorn.pid)
        os.kill(child, signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            call.result()
    wait_until(lambda: alive(officer.http), "no other took its place")
    answer = submit(running, document, "key-kill", caller=officer)
    assert answer.status_code == 201, answer.text
    assert made_by(running, "KILL-1") == ONCE


def test_a_gunicorn_that_is_stopped_finishes_its_running_request(
    running: Live, another_api: tuple["subprocess.Popen[bytes]", Caller]
) -> None:
    gunicorn, officer = another_api
    document = darren_and_toby("TERM-1", clock.today(), "X320745")
    with running.held_at("event") as wait_until_blocked:
        call = running.meanwhile(lambda: submit(running, document, "key-term", caller=officer))
        wait_until_blocked()
        gunicorn.send_signal(signal.SIGTERM)
        wait_until(lambda: not _takes_calls(officer), "it still takes new calls")
    assert call.result().status_code == 201
    assert gunicorn.wait(30) == 0
    assert made_by(running, "TERM-1") == ONCE


def _takes_calls(caller: Caller) -> bool:
    with httpx.Client(base_url=str(caller.http.base_url), timeout=1) as another:
        return alive(another)


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


NAMES_SOMEBODY = frozenset(
    {"given", "family", "given_name", "family_name", "crn", "postcode", "noms_number", "pnc_number", "email"}
)


def words_of(value: Any) -> Iterator[str]:
    """Return the free text of a document, and every number and name that identifies a person."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in NAMES_SOMEBODY:
                yield str(member)
            yield from words_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from words_of(member)
    elif isinstance(value, str) and " " in value:
        yield value


def test_the_logs_hold_no_personal_data(running: Live) -> None:
    document = darren_and_toby("LOG-1", clock.today(), "X320747")
    said = [
        submit(running, document, "key-log"),
        submit(running, {**document, "person": {**document["person"], "crn": "X320747 Ellershaw"}}, "key-l2"),
        submit(running, {**document, "Ellershaw of Larkhill Close": 1}, "key-l3"),
        submit(running, document, "Ellershaw-X320747"),
        running.officer.post("/v1/people/search", {"crn": "X320747"}, expect=200),
        running.officer.get("/v1/people/Ellershaw", expect=404),
        running.officer.get("/v1/overdue", {"pdu": "Ellershaw"}),
        running.officer.get("/v1/nothing/Ellershaw", expect=404),
    ]
    assert [answer.status_code for answer in said] == [201, 422, 422, 409, 200, 404, 200, 404]
    odd = {"Referer": "Ellershaw", "X-Request-Id": "Ellershaw", "User-Agent": "Ellershaw"}
    assert running.officer.http.get("/v1/people/X320747?name=Ellershaw", headers=odd).status_code == 404
    assert running.officer.http.get("/v1/referrals?name=Ellershaw", headers=odd).status_code == 401
    written = running.log.read_text()
    private = {word for word in words_of(document) if len(word) > 3} | {"X32074", "Ellershaw", "priya.shah"}
    assert len(private) > 50
    assert {word for word in private if word in written} == set()
    lines = written.splitlines()
    assert len(lines) > 20
    assert [line for line in lines if not line.startswith('{"')] == []
    assert all(set(json.loads(line)) <= logs.KEYS for line in lines)


def test_refusals_get_one_entry_although_a_worker_is_killed(running: Live) -> None:
    """It is blocked after it has deleted the count, before it has written the entry."""
    provider = running.environment.caller("crs")
    for _ in range(3):
        provider.get(f"/v1/destination-referrals/{uuid4()}", expect=404)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running.environment, "_caught_up", lambda: True)
        running.environment.move_clock("2026-03-16 17:10")
    summed_up = "verb = 'denied' AND body::jsonb ? 'refusals' AND client_id = %s"
    client_id = provider.signer.client_id
    with running.held_at("audit_entry", "referrals_worker") as wait_until_blocked:
        caught = running.another_worker()
        wait_until_blocked()
        caught.kill()
        caught.wait()
        assert running.count("refusal_count", "client_id = %s", client_id) == 1
    other = running.another_worker()
    wait_until(lambda: not running.count("refusal_count", "client_id = %s", client_id), "it stayed")
    other.send_signal(signal.SIGTERM)
    assert other.wait(30) == 0
    ((told,),) = running.rows(
        f"SELECT body::jsonb -> 'refusals' FROM audit_entry WHERE {summed_up}", client_id
    )
    assert (told["count"], len(told["objects"])) == (2, 2)


def test_the_database_log_holds_no_personal_data(running: Live) -> None:
    with pytest.raises(IntegrityError), db.transaction("owner") as session:
        session.execute(text("UPDATE person SET given_name = NULL"))
    written = (running.settings.var / "postgres" / "log").read_text(errors="replace")
    assert "violates not-null constraint" in written
    for word in ("Ellershaw", "Larkhill", "X32074", "priya.shah"):
        assert word not in written, word
