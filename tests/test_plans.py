"""What PostgreSQL reads for every statement that is sent again and again, in a database with many cases.

Nothing is listed here but calls: whatever a tick of the worker or a call sends is explained as it is sent.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from benchmarks.statements import watched
from service import cli, clock, config, db
from service.events.webhooks.dispatcher import Dispatcher
from service.events.webhooks.sending import Sender
from service.timers.model import Clock
from service.timers.sweep import due
from service.timers.worker import work_once
from service.work.releases import queries as releases
from tests.cast import Caller
from tests.conftest import TheClock
from tests.faults.fixtures import Place, prepared_place
from tests.grown import grow
from tests.isolation.fixtures import fill
from tests.plans import Explained, explain, explained, judged, large_tables, too_much
from tests.referrals.samples import darren_and_toby, with_risen
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long

COPIES = 200

READ_UP = """
    UPDATE webhook_endpoint SET state = 'active', position = (
        SELECT position FROM feed_head WHERE organisation_id = webhook_endpoint.organisation_id) RETURNING id
"""
"""Every endpoint works, and has been sent everything."""


@dataclass(frozen=True)
class Large:
    """A place with many cases.

    tables: those that have many rows.
    before: the statements of a tick with nothing due, when there were few.
    """

    place: Place
    tables: frozenset[str]
    before: list[str]


@pytest.fixture(scope="module")
def grown(
    server: str, template: str, app: Flask, settings: config.Config
) -> Iterator[tuple[Large, TheClock]]:
    with prepared_place(server, template, app, fill) as (place, still):
        clock.use(lambda: still.at)
        place.rows("UPDATE webhook_delivery SET state = 'delivered' WHERE position > 0 RETURNING id")
        place.rows(READ_UP)
        tick(settings)  # what is due is done
        place.rows(READ_UP)  # and what came of it is sent
        place.rows("DELETE FROM webhook_delivery WHERE state = 'waiting' RETURNING id")
        before = [each.query for each in tick(settings)]
        grow(server, place.database, COPIES)
        place.rows(READ_UP)
        for _ in range(10):
            tick(settings)  # what expired with the copies is forgotten
        clock.use(None)
        yield Large(place, large_tables(server, place.database), before), still


@pytest.fixture
def large(grown: tuple[Large, TheClock], the_clock: TheClock) -> Large:
    made, still = grown
    the_clock.set(still.at)
    return made


def tick(settings: config.Config) -> list[Explained]:
    """Let a worker look once with all that it does, and return what it asked."""
    with (
        explained() as seen,
        Dispatcher(Sender(loopback=False), source="https://referrals.test") as dispatcher,
    ):
        work_once("worker", threading.Event(), cli.chores(dispatcher, settings))
        wait([lane for lane in dispatcher._workers if lane is not None])
    return seen


def but_who_asks(found: Sequence[str]) -> list[str]:
    """Leave out the look whether somebody else is to be rung by now: it reads every question that is open."""
    return [each for each in found if "SELECT DISTINCT r.person_id, s.organisation_id" not in each]


def but_numbers(found: Sequence[str]) -> list[str]:
    """Leave out whom else a number may be of: the copies of a record had one number before, all of them."""
    return [each for each in found if "SELECT anon_1.number, anon_1.person_id" not in each]


def test_a_tick_with_nothing_due_reads_no_clock(large: Large, settings: config.Config) -> None:
    seen = tick(settings)
    assert "clock" in large.tables
    assert [each.shown for each in seen if each.read.get("clock")] == []
    assert but_who_asks(judged(seen, large.tables)) == []
    assert {each.role for each in seen} == {"referrals_worker"}


def test_a_tick_asks_the_same_however_many_clocks_and_cases_there_are(
    large: Large, settings: config.Config
) -> None:
    assert sorted(each.query for each in tick(settings)) == sorted(large.before)


def test_a_tick_reads_what_is_due_and_no_more(large: Large, settings: config.Config) -> None:
    firing = large.place.rows("SELECT min(next_fires_at) FROM clock")[0][0]
    clock.use(lambda: firing)
    seen = tick(settings)
    assert but_who_asks(judged(seen, large.tables)) == []
    assert 0 < sum(each.read.get("clock", 0) for each in seen) < 100


CALLS: dict[str, Callable[[Place], TestResponse]] = {
    "a provider polls its feed": lambda place: place.cast.crs.get("/v1/events"),
    "a practitioner polls the feed": lambda place: place.officer.get("/v1/events"),
    "a provider reads its document": lambda place: place.cast.crs.get(f"{_part(place)}/document"),
    "a provider reads its part": lambda place: place.cast.crs.get(_part(place)),
    "a provider writes a message": lambda place: place.cast.crs.post(
        f"{_part(place)}/messages", json={"body": "When?"}
    ),
    "a provider lists its parts": lambda place: place.cast.crs.get("/v1/destination-referrals"),
    "a region lists parts": lambda place: place.officer.get("/v1/destination-referrals"),
    "a region lists referrals": lambda place: place.officer.get("/v1/referrals"),
    "a region reads a referral": lambda place: place.officer.get(f"/v1/referrals/{place.referral['id']}"),
    "a region reads a timeline": lambda place: place.officer.get(
        f"/v1/referrals/{place.referral['id']}/timeline"
    ),
    "a force lists what it is asked": lambda place: place.cast.police.get("/v1/check-requests"),
    "a region lists what it asks": lambda place: place.officer.get("/v1/check-requests"),
    "a region lists checks": lambda place: place.officer.get("/v1/checks", referral_id=place.referral["id"]),
    "a region lists what is overdue": lambda place: place.officer.get("/v1/overdue"),
    "a unit lists what is overdue": lambda place: place.officer.get("/v1/overdue", pdu="Leeds"),
    "a force lists what is overdue": lambda place: place.cast.police.get("/v1/overdue"),
    "a provider lists what is overdue": lambda place: place.cast.crs.get("/v1/overdue"),
    "a region lists escalations": lambda place: place.officer.get("/v1/escalations"),
    "a manager lists what is overdue of their own": lambda place: place.story.spo.get(
        "/v1/overdue", mine="yes"
    ),
    "a manager of a force lists what is overdue of their own": lambda place: _manager(place).get(
        "/v1/overdue", mine="yes"
    ),
    "a region lists what is to be done": lambda place: place.officer.get("/v1/work"),
    "a unit lists what is late of it": lambda place: place.officer.get(
        "/v1/work", pdu="Leeds", overdue="yes"
    ),
    "a practitioner lists what is to be done about somebody": lambda place: place.officer.get(
        "/v1/work", person=person_id("X320741")
    ),
    "a force lists what is to be done": lambda place: place.cast.police.get("/v1/work"),
    "a provider lists what is to be done": lambda place: place.cast.crs.get("/v1/work"),
    "a region reads the board of releases": lambda place: place.officer.get("/v1/releases"),
    "a practitioner reads a whole case": lambda place: place.officer.get(f"{person_at('X320741')}/case"),
    "a provider lists its webhooks": lambda place: place.cast.crs.get("/v1/webhooks"),
    "a practitioner reads a person": lambda place: place.officer.get(person_at("X320741")),
    "a practitioner previews": lambda place: place.officer.post(
        "/v1/referrals/preview", json=darren_and_toby("PLAN-1", crn="X320700")
    ),
    "a practitioner submits": lambda place: place.officer.post(
        "/v1/referrals", json=darren_and_toby("PLAN-2", crn="X320701")
    ),
    "a practitioner submits of somebody known": lambda place: place.officer.post(
        "/v1/referrals", json=with_risen(darren_and_toby("PLAN-3"))
    ),
    "a machine polls readiness": lambda place: place.cast.crs.app.test_client().get("/health/readiness"),
    "a machine reads the metrics": lambda place: place.cast.crs.app.test_client().get("/metrics"),
}


def _manager(place: Place) -> Caller:
    return place.cast.police.as_practitioner("duty.manager", "duty_manager")


def _part(place: Place) -> str:
    return f"/v1/destination-referrals/{place.story.part(place.referral['id'], 'crs', 'accommodation')['id']}"


@pytest.mark.parametrize("who", CALLS)
def test_a_call_reads_what_it_returns_and_no_more(who: str, large: Large) -> None:
    with explained() as seen:
        answer = CALLS[who](large.place)
    assert answer.status_code in {200, 201}, answer.text
    assert seen
    assert but_numbers(judged(seen, large.tables)) == []


def test_releases_that_were_found_ready_are_not_looked_for_among_all_that_has_stopped(
    large: Large, server: str
) -> None:
    with watched() as seen, db.transaction("worker") as session:
        releases.found_ready(session, clock.now())
    ((query, given),) = [one for one in seen if "stop_reason" in one[0]]
    with psycopg.connect(server, dbname=large.place.database) as line:
        line.execute("SET LOCAL session_replication_role = replica")
        line.execute(
            "UPDATE clock SET subject_kind = 'person', timer = 'handover', stop_reason = 'changed',"
            " state = 'stopped', stopped_at = coalesce(stopped_at, due_at), next_fires_at = NULL,"
            " next_step = NULL, subject_id = id WHERE state <> 'paused'"
        )
        line.execute("ANALYZE clock")
        plan = explain(line, query, dict(given))
        line.rollback()
    assert judged([Explained("referrals_worker", query, plan)], large.tables) == []


LOOKED_FOR = {
    "owns_check": "SELECT id FROM safety_check",
    "owns_referral": "SELECT id FROM referral",
    "holds_record": "SELECT id FROM person",
    "was_sent_part_of": "SELECT id FROM referral",
    "was_asked_for": "SELECT id FROM safety_check",
    "was_published": "SELECT event_id FROM feed_entry",
    "was_asked_about_person": "SELECT id FROM person",
}
"""Functions that policies ask of each row, and what of."""


@pytest.mark.parametrize("function", LOOKED_FOR)
@pytest.mark.parametrize("later", ["probation", "crs", "police"])
def test_who_called_first_does_not_decide_what_others_read(large: Large, function: str, later: str) -> None:
    ids = [each[0] for each in large.place.rows(f"{LOOKED_FOR[function]} LIMIT 20")]
    question = f"SELECT {function}(one) FROM unnest(CAST(%(ids)s AS uuid[])) AS one"
    with psycopg.connect(db.url_for("api"), autocommit=True) as line:
        line.execute(question, {"ids": ids})  # for nobody: the session keeps the plan of the function
        whose = str(large.place.callers()[later].organisation_id)
        line.execute("SELECT set_config('app.organisation', %s, false)", [whose])
        plan = explain(line, question, {"ids": ids})
    assert Explained("referrals_api", question, plan).buffers < 40 * len(ids)


def test_a_statement_that_reads_a_whole_table_is_found_out(large: Large) -> None:
    with explained() as seen, db.transaction("worker") as session:
        session.scalar(select(select(Clock.id).where(due(clock.now())).exists()))
        session.scalar(select(func.count()).select_from(Clock))
    assert len(judged(seen, large.tables)) == 2


def test_a_plan_is_judged_with_what_functions_read(large: Large) -> None:
    statement = Explained(
        "referrals_api",
        "SELECT one()",
        {
            "Shared Hit Blocks": 900,
            "Shared Read Blocks": 0,
            "Actual Rows": 1,
            "Actual Loops": 1,
            "Node Type": "Result",
        },
    )
    assert too_much(statement, large.tables)
