"""Every alarm of the watch, raised over HTTP with the fault really there in the database."""

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
from tests.conftest import TheClock, a_database
from tests.timers.factories import Factory

Ask = Callable[..., None]

MONTH = "audit_entry_2030_01"

ALTERATIONS: dict[str, tuple[str, set[str]]] = {
    "the audit trail can be rewritten": (
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_is_only_added_to",
        {"trigger_disabled:audit_entry.audit_is_only_added_to"},
    ),
    "one month of the audit trail can be rewritten": (
        "ALTER TABLE audit_entry_other DISABLE TRIGGER audit_is_only_added_to",
        {"trigger_disabled:audit_entry_other.audit_is_only_added_to"},
    ),
    "a session that calls itself a replica may rewrite events": (
        "ALTER TABLE event ENABLE TRIGGER only_added_to",
        {"trigger_disabled:event.only_added_to"},
    ),
    "only a replica is kept from bending a clock": (
        "ALTER TABLE clock ENABLE REPLICA TRIGGER keeps_its_course",
        {"trigger_disabled:clock.keeps_its_course"},
    ),
    "states need no event, and no foreign key holds": (
        "ALTER TABLE webhook_key DISABLE TRIGGER ALL",
        {"trigger_disabled:webhook_key.webhook_key_endpoint_id_fkey"},
    ),
    "a state needs no event any more": (
        "DROP TRIGGER state_has_its_event ON check_request",
        {"trigger_missing:check_request.state_has_its_event"},
    ),
    "only some changes of the trail are refused": (
        """
        DROP TRIGGER only_added_to ON notice;
        CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON notice
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
        ALTER TABLE notice ENABLE ALWAYS TRIGGER only_added_to;
        """,
        {"trigger_altered:notice.only_added_to"},
    ),
    "a trigger is there that no migration made": (
        """
        CREATE TRIGGER quiet BEFORE INSERT ON audit_entry_other
            FOR EACH ROW EXECUTE FUNCTION refuse_going_back()
        """,
        {"trigger_altered:audit_entry_other.quiet"},
    ),
    "entries of the audit trail are thrown away": (
        "CREATE RULE nothing AS ON INSERT TO audit_entry_other DO INSTEAD NOTHING",
        {"trigger_altered:audit_entry_other.nothing"},
    ),
    "whatever is stored is stored elsewhere too": (
        """
        CREATE TABLE elsewhere_copy (LIKE destination_move);
        ALTER TABLE elsewhere_copy ENABLE ROW LEVEL SECURITY;
        CREATE RULE also AS ON INSERT TO destination_move DO ALSO INSERT INTO elsewhere_copy SELECT NEW.*;
        """,
        {"trigger_altered:destination_move.also"},
    ),
    "anybody sees every person": (
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
        {"row_security_off:person"},
    ),
    "anybody sees every escalation": (
        "ALTER TABLE clock_firing DISABLE ROW LEVEL SECURITY",
        {"row_security_off:clock_firing"},
    ),
    "somebody keeps a copy of the persons": (
        "CREATE TABLE person_copy AS SELECT * FROM person",
        {"row_security_off:person_copy"},
    ),
    "a month is taken out of the audit trail": (
        f"""
        SET ROLE referrals_owner;
        SELECT make_audit_partitions(60);
        ALTER TABLE audit_entry DETACH PARTITION {MONTH};
        """,
        {
            f"row_security_off:{MONTH}",
            f"trigger_altered:{MONTH}.audit_is_only_added_to",
        },
    ),
    "the owner is bound by policies too": (
        "ALTER TABLE clock FORCE ROW LEVEL SECURITY",
        {"row_security_altered:clock"},
    ),
    "nobody finds an organisation": (
        "ALTER TABLE organisation ENABLE ROW LEVEL SECURITY",
        {"row_security_altered:organisation"},
    ),
    "a policy is gone": ("DROP POLICY callers_own ON referral", {"policy_missing:referral.callers_own"}),
    "the policy of the worker is gone": (
        "DROP POLICY every_row ON clock",
        {"policy_missing:clock.every_row"},
    ),
    "a policy shows every contact": (
        "ALTER POLICY callers_own ON contact USING (true)",
        {"policy_altered:contact.callers_own"},
    ),
    "a policy lets anybody write": (
        "ALTER POLICY callers_own ON message WITH CHECK (true)",
        {"policy_altered:message.callers_own"},
    ),
    "a policy is for everybody": (
        "ALTER POLICY every_row ON person TO PUBLIC",
        {"policy_altered:person.every_row"},
    ),
    "a second policy opens what the first one closes": (
        "CREATE POLICY also ON address TO referrals_api USING (true)",
        {"policy_altered:address.also"},
    ),
    "a function is gone": (
        "DROP FUNCTION restricted_address_details(uuid[], text)",
        {"function_missing:restricted_address_details(addresses uuid[], purpose text)"},
    ),
    "everybody is a caller that sees every row": (
        "CREATE OR REPLACE FUNCTION on_every_row() RETURNS boolean LANGUAGE sql STABLE RETURN true",
        {"function_altered:on_every_row()"},
    ),
    "a function looks for tables where the caller says": (
        "ALTER FUNCTION refuse_unexplained_state() RESET search_path",
        {"function_altered:refuse_unexplained_state()"},
    ),
    "a function has a superuser's rights": (
        "ALTER FUNCTION publish_to_feeds(uuid[], uuid[]) OWNER TO CURRENT_USER",
        {"function_altered:publish_to_feeds(organisations uuid[], events uuid[])"},
    ),
    "a trigger runs and refuses nothing": (
        """
        CREATE OR REPLACE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RETURN NULL; END'
        """,
        {"function_altered:refuse_change_of_audit()"},
    ),
    "a function is there that no migration made": (
        """
        CREATE FUNCTION everybody() RETURNS SETOF person LANGUAGE sql SECURITY DEFINER
            AS 'SELECT * FROM person'
        """,
        {"function_altered:everybody()"},
    ),
    "the API owns what it serves": (
        "ALTER TABLE placement OWNER TO referrals_api",
        {"owner_altered:placement"},
    ),
    "the API reads the audit trail": (
        "GRANT SELECT ON audit_entry TO referrals_api",
        {"grant_too_many:referrals_api SELECT on audit_entry"},
    ),
    "the API reads what stands outside of the months of the audit trail": (
        "GRANT SELECT ON audit_entry_other TO referrals_api",
        {"grant_too_many:referrals_api SELECT on audit_entry_other"},
    ),
    "everybody reads where an ex-partner lives": (
        "GRANT SELECT (lines) ON restricted_address_detail TO PUBLIC",
        {"grant_too_many:PUBLIC SELECT (lines) on restricted_address_detail"},
    ),
    "the worker hands its rights on": (
        "GRANT SELECT ON restriction TO referrals_worker WITH GRANT OPTION",
        {"grant_too_many:referrals_worker SELECT WITH GRANT OPTION on restriction"},
    ),
    "the sealer reads a view of persons": (
        "CREATE VIEW everybody AS SELECT * FROM person; GRANT SELECT ON everybody TO referrals_sealer",
        {"grant_too_many:referrals_sealer SELECT on everybody"},
    ),
    "a copy in another schema is open to the API": (
        """
        CREATE SCHEMA elsewhere;
        CREATE VIEW elsewhere.everybody AS SELECT * FROM person;
        GRANT SELECT ON elsewhere.everybody TO referrals_api;
        """,
        {"grant_too_many:referrals_api SELECT on elsewhere.everybody"},
    ),
    "everybody runs a function of the owner": (
        "GRANT EXECUTE ON FUNCTION watch_timers() TO PUBLIC",
        {"grant_too_many:PUBLIC EXECUTE on watch_timers()"},
    ),
    "everybody makes tables among ours": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        {"grant_too_many:PUBLIC CREATE on schema public"},
    ),
    "the API calls itself everybody by a setting": (
        "ALTER ROLE referrals_api IN DATABASE {} SET app.reach = 'every_row'",
        {"role_too_powerful:referrals_api app.reach=every_row"},
    ),
    "the worker's sessions call themselves replicas": (
        "ALTER ROLE referrals_worker IN DATABASE {} SET session_replication_role = replica",
        {"role_too_powerful:referrals_worker session_replication_role=replica"},
    ),
}
"""What a superuser may do to the database, and what readiness then names."""

POWERS = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION")


@pytest.fixture
def machine(app: Flask) -> FlaskClient:
    """Whoever polls readiness and metrics: without a token, so that the database knows no caller."""
    return app.test_client()


@pytest.fixture
def factory(database: str) -> Factory:
    """A database in which policies and calendars are published."""
    return Factory.set_up()


@pytest.fixture
def superuser(server: str, database: str) -> Ask:
    """Somebody who may do anything to the database of this test."""
    return partial(ask, server, database)


def ask(server: str, database: str, statement: str, **values: Any) -> None:
    """Do something with every right there is; `{}` stands for the name of the database."""
    with psycopg.connect(server, dbname=database, autocommit=True) as connection:
        named = sql.SQL(statement).format(sql.Identifier(database))
        connection.execute(named, values or None)


@pytest.fixture(scope="module")
def altered(server: str, template: str) -> Iterator[str]:
    """One database in which every alteration is made, each to something that no other touches; its name."""
    with a_database(server, template) as name:
        yield name


def attention(machine: FlaskClient) -> set[str]:
    """Return what readiness names, having seen that the metrics count the same."""
    answer = machine.get("/health/readiness")
    page = answer.get_json()
    assert (answer.status_code, page["status"], page["faults"]) == (200, "ready", [])
    named: list[str] = page["attention"]
    assert len(set(named)) == len(named)
    figures = machine.get("/metrics").text
    for code in health.ATTENTION:
        number = sum(each.partition(":")[0] == code for each in named)
        assert f'referrals_attention{{code="{code}"}} {float(number)}' in figures
    return set(named)


def work() -> None:
    work_once("host:1", threading.Event())


def test_overdue_clocks_are_seen_by_whoever_polls_readiness(
    machine: FlaskClient, factory: Factory, the_clock: TheClock
) -> None:
    for _ in range(299):
        factory.start()
    the_clock.set("2026-03-09T09:00Z")
    assert attention(machine) == {"clocks_not_fired", "no_sweep"}
    timers = machine.get("/health/readiness").get_json()["timers"]
    assert timers["oldest_overdue"] == timedelta(days=2, hours=16).total_seconds()
    assert timers["oldest_due"] == timedelta(days=4, hours=20).total_seconds()
    figures = machine.get("/metrics").text
    assert "referrals_oldest_overdue_clock_seconds 230400.0" in figures
    assert "referrals_oldest_due_firing_seconds 417600.0" in figures


def test_an_overdue_answer_is_a_figure_and_no_alarm_while_a_worker_chases_it(
    machine: FlaskClient, factory: Factory, the_clock: TheClock
) -> None:
    factory.start()
    the_clock.set("2026-03-09T09:00Z")
    work()
    assert attention(machine) == set()
    assert machine.get("/health/readiness").get_json()["timers"]["oldest_overdue"] == 230400


def test_nothing_is_named_of_a_service_that_is_well(machine: FlaskClient, factory: Factory) -> None:
    factory.start()
    work()
    assert attention(machine) == set()


# Each alarm of the clocks and of the registrations by what brings it about.


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
    calendar_ends_soon,
    watch_blind,
    registrations_not_used,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_named_to_whoever_polls(
    fault: Callable[[Factory, TheClock, Ask], None],
    machine: FlaskClient,
    factory: Factory,
    the_clock: TheClock,
    superuser: Ask,
) -> None:
    work()
    assert attention(machine) == set()
    fault(factory, the_clock, superuser)
    assert fault.__name__ in attention(machine)


@pytest.mark.parametrize("what", ALTERATIONS)
def test_an_alteration_of_what_guards_the_data_is_named(
    what: str, machine: FlaskClient, server: str, altered: str
) -> None:
    statement, named = ALTERATIONS[what]
    before = attention(machine)
    ask(server, altered, statement)
    assert attention(machine) - before == named
    assert named


@pytest.mark.parametrize("power", POWERS)
def test_a_power_of_one_of_our_roles_is_named(
    power: str, machine: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser(f"ALTER ROLE referrals_sealer {power}")
    try:
        assert attention(machine) == {f"role_too_powerful:referrals_sealer {power}"}
    finally:
        superuser(f"ALTER ROLE referrals_sealer NO{power}")
    assert attention(machine) == set()


def test_a_membership_of_one_of_our_roles_is_named(
    machine: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser("GRANT referrals_owner TO referrals_api")
    try:
        assert attention(machine) == {"role_too_powerful:referrals_api member of referrals_owner"}
    finally:
        superuser("REVOKE referrals_owner FROM referrals_api")
    assert attention(machine) == set()


def test_months_of_the_audit_trail_made_later_are_expected_to_be_guarded_too(
    machine: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser("SET ROLE referrals_owner; SELECT make_audit_partitions(60)")
    assert attention(machine) == set()
    superuser(f"DROP TRIGGER audit_is_only_added_to ON {MONTH}")
    assert attention(machine) == {f"trigger_missing:{MONTH}.audit_is_only_added_to"}


def test_what_an_extension_brings_is_no_alteration(
    machine: FlaskClient, factory: Factory, superuser: Ask
) -> None:
    work()
    superuser("CREATE TABLE theirs (id int)")
    superuser("ALTER EXTENSION plpgsql ADD TABLE theirs")
    assert attention(machine) == set()


def test_every_alarm_is_raised_here() -> None:
    raised = {each.__name__ for each in FAULTS} | {"role_too_powerful"}
    raised |= {each.partition(":")[0] for _, named in ALTERATIONS.values() for each in named}
    assert raised == health.ATTENTION.keys()


def test_what_is_expected_is_what_the_migrations_make(database: str) -> None:
    with db.transaction("api") as session:
        made = structure.document(structure.read(session))
    assert json.loads(structure.FILE.read_text()) == json.loads(made), "run `make structure`"
