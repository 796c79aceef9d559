"""Every alarm of the health checks, each caused by a real fault in the database and read over HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from service import db, health, structure
from service.timers.sweep import sweep
from service.timers.worker import work_once
from tests.alterations import ALTERATIONS, MONTH
from tests.conftest import TheClock, a_database
from tests.timers.factories import Factory

Ask = Callable[..., None]

POWERS = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION")


@pytest.fixture
def monitor(app: Flask) -> FlaskClient:
    """A monitor that polls readiness and metrics without a token, so that the database knows no caller."""
    return app.test_client()


@pytest.fixture
def factory(database: str) -> Factory:
    """A database in which policies and calendars are published."""
    return Factory.set_up()


@pytest.fixture
def superuser(server: str, database: str) -> Ask:
    """Run a statement as superuser in the database of this test."""
    return partial(ask, server, database)


def ask(server: str, database: str, statement: str, **values: Any) -> None:
    """Run a statement as superuser; `{}` is replaced by the name of the database."""
    with psycopg.connect(server, dbname=database, autocommit=True) as connection:
        named = sql.SQL(statement).format(sql.Identifier(database))
        connection.execute(named, values or None)


@pytest.fixture(scope="module")
def altered(server: str, template: str) -> Iterator[str]:
    """The name of a database in which every alteration is made, each to a different object."""
    with a_database(server, template) as name:
        yield name


def attention(monitor: FlaskClient) -> set[str]:
    """Return the alarms of readiness, after checking that the metrics count the same."""
    answer = monitor.get("/health/readiness")
    page = answer.get_json()
    assert (answer.status_code, page["status"], page["faults"]) == (200, "ready", [])
    named: list[str] = page["attention"]
    assert len(set(named)) == len(named)
    figures = monitor.get("/metrics").text
    for code in health.ATTENTION:
        number = sum(each.partition(":")[0] == code for each in named)
        assert f'referrals_attention{{code="{code}"}} {float(number)}' in figures
    return set(named)


def work() -> None:
    work_once("host:1", threading.Event())


def test_overdue_clocks_raise_alarms(monitor: FlaskClient, factory: Factory, the_clock: TheClock) -> None:
    for _ in range(299):
        factory.start()
    the_clock.set("2026-03-09T09:00Z")
    assert attention(monitor) == {"clocks_not_fired", "no_sweep"}
    timers = monitor.get("/health/readiness").get_json()["timers"]
    assert timers["oldest_overdue"] == timedelta(days=2, hours=16).total_seconds()
    assert timers["oldest_due"] == timedelta(days=4, hours=20).total_seconds()
    figures = monitor.get("/metrics").text
    assert "referrals_oldest_overdue_clock_seconds 230400.0" in figures
    assert "referrals_oldest_due_firing_seconds 417600.0" in figures


def test_an_overdue_answer_is_a_figure_and_no_alarm_while_a_worker_chases_it(
    monitor: FlaskClient, factory: Factory, the_clock: TheClock
) -> None:
    factory.start()
    the_clock.set("2026-03-09T09:00Z")
    work()
    assert attention(monitor) == set()
    assert monitor.get("/health/readiness").get_json()["timers"]["oldest_overdue"] == 230400


def test_a_healthy_service_raises_no_alarm(monitor: FlaskClient, factory: Factory) -> None:
    factory.start()
    work()
    assert attention(monitor) == set()


# One function for each alarm of the clocks and registrations; it causes the fault.


def no_sweep(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    work()
    the_clock.move(timedelta(minutes=3))


def clocks_not_fired(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    factory.start()
    the_clock.set("2026-03-09T09:00Z")
    superuser("UPDATE clock SET faulted_at = NULL")
    superuser("INSERT INTO sweep_run VALUES ('another', %(now)s, %(now)s, 0, 0)", now=the_clock.at)


def notices_not_sent(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    factory.start()
    the_clock.set("2026-03-09T09:00Z")
    sweep(the_clock.at)
    the_clock.move(timedelta(minutes=11))


def clocks_without_firing(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    factory.start()
    superuser("ALTER TABLE clock DROP CONSTRAINT an_open_clock_fires_again")
    superuser("UPDATE clock SET next_fires_at = NULL")


def clocks_faulted(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    factory.start()
    superuser("UPDATE clock SET faulted_at = %(now)s", now=the_clock.at)


def clocks_beyond_calendar(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    the_clock.set("2028-12-18T09:00Z")
    factory.start()
    the_clock.set("2029-01-10T09:00Z")
    work()


def nobody_to_tell(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    person = db.new_id()
    superuser("UPDATE staff_role SET until_at = from_at")
    superuser(
        "INSERT INTO person (id, crn, holder_id, held, given_name, family_name, aliases, restricted,"
        " children, version, recorded_at, changed_at) VALUES (%(id)s, 'X320741', %(region)s, true,"
        " 'Darren', 'Ellershaw', '[]', true, 'not_recorded', 1, now(), now())",
        id=person,
        region=factory.ids["probation"],
    )
    factory.start(person_id=person)
    the_clock.set("2026-03-11T09:00Z")
    work()


def calendar_ends_soon(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    the_clock.set("2028-11-03T09:00Z")


def watch_blind(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    superuser("REVOKE EXECUTE ON FUNCTION watch_timers() FROM referrals_api")


def registrations_not_used(factory: Factory, the_clock: TheClock, superuser: Ask) -> None:
    superuser(
        "INSERT INTO responsibility (id, organisation_id, duty, area)"
        " SELECT gen_random_uuid(), id, 'cas3', 'national' FROM organisation LIMIT 1"
    )


FAULTS = (
    no_sweep,
    clocks_not_fired,
    notices_not_sent,
    clocks_without_firing,
    clocks_faulted,
    clocks_beyond_calendar,
    nobody_to_tell,
    calendar_ends_soon,
    watch_blind,
    registrations_not_used,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_each_fault_raises_its_alarm(
    fault: Callable[[Factory, TheClock, Ask], None],
    monitor: FlaskClient,
    factory: Factory,
    the_clock: TheClock,
    superuser: Ask,
) -> None:
    work()
    assert attention(monitor) == set()
    fault(factory, the_clock, superuser)
    assert fault.__name__ in attention(monitor)


@pytest.mark.parametrize("what", ALTERATIONS)
def test_an_alteration_of_a_safeguard_raises_its_alarm(
    what: str, monitor: FlaskClient, server: str, altered: str
) -> None:
    statement, named = ALTERATIONS[what]
    before = attention(monitor)
    ask(server, altered, statement)
    assert attention(monitor) - before == named
    assert named


@pytest.mark.parametrize("power", POWERS)
def test_an_attribute_of_one_of_our_roles_raises_an_alarm(
    power: str, monitor: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser(f"ALTER ROLE referrals_sealer {power}")
    try:
        assert attention(monitor) == {f"role_too_powerful:referrals_sealer {power}"}
    finally:
        superuser(f"ALTER ROLE referrals_sealer NO{power}")
    assert attention(monitor) == set()


def test_a_membership_of_one_of_our_roles_raises_an_alarm(
    monitor: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser("GRANT referrals_owner TO referrals_api")
    try:
        assert attention(monitor) == {"role_too_powerful:referrals_api member of referrals_owner"}
    finally:
        superuser("REVOKE referrals_owner FROM referrals_api")
    assert attention(monitor) == set()


def test_audit_partitions_made_later_must_be_protected_too(
    monitor: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser("SET ROLE referrals_owner; SELECT make_audit_partitions(60)")
    assert attention(monitor) == set()
    superuser(f"DROP TRIGGER audit_is_only_added_to ON {MONTH}")
    assert attention(monitor) == {f"trigger_missing:{MONTH}.audit_is_only_added_to"}


def test_objects_of_an_extension_are_no_alteration(
    monitor: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser("CREATE TABLE theirs (id int)")
    superuser("ALTER EXTENSION plpgsql ADD TABLE theirs")
    assert attention(monitor) == set()


def test_every_alarm_is_raised_here() -> None:
    raised = {each.__name__ for each in FAULTS} | {"role_too_powerful"}
    raised |= {each.partition(":")[0] for _, named in ALTERATIONS.values() for each in named}
    assert raised == health.ATTENTION.keys()


def test_the_expected_structure_is_what_the_migrations_make(database: str) -> None:
    with db.transaction("api") as session:
        made = structure.document(structure.read(session))
    assert json.loads(structure.FILE.read_text()) == json.loads(made), "run `make structure`"
