"""The health checks: right without a worker, without migrations and without a database."""

from dataclasses import fields
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from service import db, health
from service.timers.monitoring import Watch
from service.timers.worker import work_once
from tests.conftest import TheClock


@pytest.fixture
def watcher(app: Flask, database: str) -> FlaskClient:
    """A machine without a token."""
    return app.test_client()


def test_liveness_asks_nothing_of_the_database(app: Flask) -> None:
    db.bind({})
    answer = app.test_client().get("/health/liveness")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


def test_a_service_with_a_worker_is_ready(watcher: FlaskClient, the_clock: TheClock) -> None:
    work_once("worker-1", Event())
    the_clock.move(timedelta(seconds=30))
    answer = watcher.get("/health/readiness")
    assert answer.status_code == 200
    page = answer.get_json()
    assert (page["status"], page["faults"]) == ("ready", [])
    assert page["timers"]["last_sweep"] == 30
    assert page["timers"]["without_firing"] == 0
    assert "no_sweep" not in page["attention"]


def test_a_worker_that_is_gone_is_named_and_callers_are_still_served(
    watcher: FlaskClient, the_clock: TheClock
) -> None:
    work_once("worker-1", Event())
    the_clock.move(timedelta(hours=1))
    answer = watcher.get("/health/readiness")
    assert answer.status_code == 200
    assert "no_sweep" in answer.get_json()["attention"]


def test_a_database_behind_this_release_is_not_ready(watcher: FlaskClient) -> None:
    with db.transaction("owner") as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = watcher.get("/health/readiness")
    assert answer.status_code == 503
    assert answer.get_json()["faults"] == [health.NOT_MIGRATED]
    assert "referrals_ready 0.0" in watcher.get("/metrics").text


def test_without_a_database_it_says_so_at_once(watcher: FlaskClient) -> None:
    nowhere = "postgresql://referrals_api@127.0.0.1:1/nowhere"
    db.bind({"api": nowhere})
    answer = watcher.get("/health/readiness")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "not_ready",
        "faults": [health.NO_DATABASE],
        "attention": [],
        "timers": {},
    }
    assert watcher.get("/metrics").text.count("\nreferrals_") == 1
    assert watcher.get("/health/liveness").status_code == 200


def test_metrics_are_read_when_scraped(watcher: FlaskClient, the_clock: TheClock) -> None:
    work_once("worker-1", Event())
    the_clock.move(timedelta(seconds=45))
    answer = watcher.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert "referrals_ready 1.0" in answer.text
    assert "referrals_last_sweep_seconds 45.0" in answer.text
    the_clock.move(timedelta(seconds=45))
    assert "referrals_last_sweep_seconds 90.0" in watcher.get("/metrics").text
    assert "referrals_oldest_due_firing_seconds" not in answer.text, "nothing is due, which is not 0 seconds"


def test_every_figure_of_the_watch_is_a_metric() -> None:
    assert health.GAUGES.keys() == {figure.name for figure in fields(Watch)}
    assert len({name for name, _ in health.GAUGES.values()}) == len(health.GAUGES)


def test_a_process_without_a_url_for_one_of_its_roles_is_not_ready(watcher: FlaskClient) -> None:
    db.bind({"api": db.url_for("api")})
    answer = watcher.get("/health/readiness")
    assert (answer.status_code, answer.get_json()["faults"]) == (503, [health.NOT_CONFIGURED])
