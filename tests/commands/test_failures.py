"""Whatever is wrong with a site, a command says it in one line, exits 1, and prints no password."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from service import db, migrate, stack
from service.cli import main
from service.commands.group import BEHIND
from service.oauth import signing_keys
from tests.commands.conftest import Operator
from tests.people.factories import as_owner

PASSWORD = "hunter2"

COMMANDS = {
    "prepare": ["prepare"],
    "organisations list": ["organisations", "list"],
    "organisations register": ["organisations", "register", "crs_provider", "x", "X"],
    "clients deny": ["clients", "deny", "x"],
    "keys rotate": ["keys", "rotate"],
    "webhooks list": ["webhooks", "list"],
    "people allow": ["people", "allow", "X320741", "N55"],
    "audit verify": ["audit", "verify"],
    "worker": ["worker"],
    "serve": ["serve"],
}
STARTS = {"worker", "serve"}


def each_command(*, but: Collection[str] = ()) -> pytest.MarkDecorator:
    """Try every command but some."""
    return pytest.mark.parametrize(
        "command", [pytest.param(COMMANDS[name], id=name) for name in COMMANDS if name not in but]
    )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give every role of the process this URL."""
    monkeypatch.setenv("REFERRALS_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("REFERRALS_OPERATOR", raising=False)
    signing_keys.create_if_missing(tmp_path / "var" / "signing-keys.json")

    def give(url: str) -> None:
        for role in db.ROLES:
            monkeypatch.setenv(db.environment_name(role), url)

    return give


def refused(arguments: Sequence[str]) -> str:
    """Run a command that cannot be done; return the one line that says why."""
    result = CliRunner().invoke(main, list(arguments))
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: "), result.output
    assert result.output.count("\n") == 1, result.output
    assert PASSWORD not in result.output
    return result.output


@each_command()
def test_a_server_that_refuses_the_password_is_said(
    server_with_passwords: str, site: Callable[[str], None], command: list[str]
) -> None:
    site(db.conninfo(server_with_passwords, password=PASSWORD))
    assert "password authentication failed" in refused(command)


@each_command()
def test_a_database_that_does_not_exist_is_said(
    database: str, server: str, site: Callable[[str], None], command: list[str]
) -> None:
    site(db.conninfo(server, dbname="nosuch"))
    assert 'database "nosuch" does not exist' in refused(command)


@each_command(but=STARTS)
def test_a_database_that_is_away_is_said(site: Callable[[str], None], command: list[str]) -> None:
    site(f"postgresql://u:{PASSWORD}@127.0.0.1:{stack.free_port()},127.0.0.1:{stack.free_port()}/db")
    assert "the database cannot be used" in refused(command)


@each_command()
@pytest.mark.parametrize(
    "url",
    [f"postgresql://u:{PASSWORD}@h:port/db", f"nonsense {PASSWORD}", f"postgresql+x://u:{PASSWORD}@h/db"],
)
def test_a_url_that_cannot_be_read_is_said_by_its_name(
    site: Callable[[str], None], command: list[str], url: str
) -> None:
    site(url)
    assert "DATABASE_" in refused(command)


@each_command(but={"prepare"})
def test_a_database_without_migrations_is_said(
    database: str, server: str, site: Callable[[str], None], command: list[str]
) -> None:
    with psycopg.connect(server, autocommit=True) as line:
        line.execute(sql.SQL("CREATE DATABASE bare OWNER referrals_owner"))
    try:
        site(db.conninfo(server, dbname="bare"))
        assert BEHIND in refused(command)
    finally:
        db.bind({})
        with psycopg.connect(server, autocommit=True) as line:
            line.execute("DROP DATABASE bare WITH (FORCE)")


@each_command(but=COMMANDS.keys() - STARTS)
def test_a_process_does_not_start_on_a_database_that_lacks_a_migration(
    database: str, server: str, site: Callable[[str], None], command: list[str]
) -> None:
    migrate.downgrade("-1")
    site(db.conninfo(server, dbname=database))
    assert BEHIND in refused(command)


def test_a_database_that_is_ahead_lacks_no_migration(database: str) -> None:
    as_owner("UPDATE alembic_version SET version_num = '9999' RETURNING 1")
    assert not migrate.is_behind(db.engine("api"))
    assert not migrate.at_head()


def test_prepare_says_when_the_database_is_ready(operate: Operator) -> None:
    assert operate.done("prepare") == "the database is ready for release 0.1.0\n"


def test_prepare_on_a_database_of_a_later_release_is_said(
    database: str, server: str, site: Callable[[str], None]
) -> None:
    as_owner("UPDATE alembic_version SET version_num = '9999' RETURNING 1")
    site(db.conninfo(server, dbname=database))
    assert "the migrations cannot be run" in refused(["prepare"])


@pytest.mark.parametrize("name", ["prepare", "organisations register", "clients deny"])
def test_a_role_without_the_right_is_said(
    operate: Operator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", db.url_for("api"))
    monkeypatch.setenv("REFERRALS_VAR", str(operate.place))
    said = operate.refused(*COMMANDS[name])
    assert "permission denied" in said or "must be owner" in said


def test_a_key_that_cannot_be_recorded_does_not_sign(
    operate: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = operate.place / "signing-keys.json"
    signing_keys.create_if_missing(file)
    before = file.read_text()
    monkeypatch.setenv("REFERRALS_SIGNING_KEYS", str(file))
    monkeypatch.setenv("DATABASE_OWNER_URL", db.url_for("audit_reader"))
    assert "permission denied" in operate.refused("keys", "rotate")
    assert file.read_text() == before


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"serve"}))
def test_a_url_that_was_not_given_is_named(
    name: str, site: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in db.ROLES:
        monkeypatch.delenv(db.environment_name(role), raising=False)
    monkeypatch.setenv("DATABASE_SEALER_URL", "dbname=x")
    assert "is not set" in refused(COMMANDS[name])


@each_command()
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("REFERRALS_FEED_DAYS", "soon"),
        ("REFERRALS_REQUESTS_PER_MINUTE", "0"),
        ("REFERRALS_PROXY_NETWORKS", "10.0.0.0/99"),
        ("REFERRALS_OUTSIDE_ISSUER", "https://issuer.example"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(
    site: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, command: list[str], setting: str, value: str
) -> None:
    site("dbname=x")
    monkeypatch.setenv(setting, value)
    assert setting.split("_ISSUER", maxsplit=1)[0] in refused(command)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"keys": []}', '{"keys": [{}]}', '{"keys": [5]}', '{"keys": [{"status": "x"}]}'],
)
def test_a_file_of_signing_keys_that_holds_something_else_is_named(
    operate: Operator, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    file = operate.place / "signing-keys.json"
    file.write_text(content)
    monkeypatch.setenv("REFERRALS_SIGNING_KEYS", str(file))
    said = operate.refused("keys", "rotate")
    assert said.startswith(f"REFERRALS_SIGNING_KEYS: {file}")


def test_a_file_of_signing_keys_that_is_not_there_is_named(
    operate: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERRALS_SIGNING_KEYS", str(operate.place / "gone.json"))
    said = operate.refused("keys", "rotate")
    assert said.startswith(f"REFERRALS_SIGNING_KEYS: {operate.place / 'gone.json'} does not exist")


def test_a_fault_of_ours_is_not_passed_off_as_one_of_the_site(
    operate: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: Any) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr("service.commands.organisations.find_organisation", faulty)
    assert isinstance(operate("organisations", "show", "crs_provider/keyring").exception, KeyError)


# Who the operator is


def test_an_operator_who_does_not_say_is_the_one_who_has_logged_in(
    operate: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "j.baptiste")
    monkeypatch.delenv("REFERRALS_OPERATOR", raising=False)
    for environment in ({}, {"REFERRALS_OPERATOR": "a.named-one"}):
        done = CliRunner().invoke(main, ["clients", "deny", "keyring-system"], env=environment)
        assert done.exit_code == 0, done.output
    who = as_owner(
        "SELECT practitioner_id FROM audit_entry WHERE body LIKE '%client_denied%' ORDER BY recorded_at"
    )
    assert [row["practitioner_id"] for row in who] == ["j.baptiste", "a.named-one"]


@pytest.mark.parametrize("name", ["two\nlines", "x" * 101, " ", "<b>", "-"])
def test_an_operator_has_a_name_that_can_stand_on_the_trail(operate: Operator, name: str) -> None:
    said = CliRunner().invoke(main, ["--operator", name, "clients", "deny", "keyring-system"])
    assert said.exit_code == 1
    assert "--operator" in said.output
    assert operate.shown("clients", "show", "keyring-system")["status"] == "active"


def test_what_prepare_publishes_is_on_the_trail_with_the_operators_name(
    operate: Operator, entries: Callable[..., Sequence[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERRALS_VAR", str(operate.place))
    operate.done("prepare")
    assert [entry["reason"] for entry in entries()] == ["prepared"]
    with db.transaction("owner") as session:
        session.connection().exec_driver_sql("ALTER TABLE policy DISABLE TRIGGER USER")
        session.connection().exec_driver_sql(
            "UPDATE policy SET document = document || '{\"older\": true}' WHERE key = 'review.due'"
        )
        session.connection().exec_driver_sql("ALTER TABLE policy ENABLE TRIGGER USER")
    operate.done("prepare")
    (published,) = [entry for entry in entries() if entry["reason"] == "published"]
    assert published["verb"] == "key_event"
    assert (published["object"]["kind"], published["object"]["version"]) == ("policy", 2)


def test_whoever_verifies_the_trail_is_on_it_whatever_is_found(
    operate: Operator, entries: Callable[..., Sequence[dict[str, Any]]]
) -> None:
    operate.done("audit", "verify")
    with db.transaction("owner") as session:
        run = session.connection().exec_driver_sql
        run("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        run("UPDATE audit_entry SET verb = 'erasure' WHERE verb = 'key_event'")
        run("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    assert operate("audit", "verify").exit_code == 1
    assert [entry["reason"] for entry in entries("audit_read")] == ["verified", "verified"]


# As an operator at a terminal sees it


def _at_a_terminal(arguments: list[str], url: str, var: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if "REFERRALS_" not in name}
    environment |= {db.environment_name(role): url for role in db.ROLES}
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        env=environment | {"REFERRALS_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_at_a_terminal_there_is_one_line_and_no_traceback(server_with_passwords: str, tmp_path: Path) -> None:
    done = _at_a_terminal(["prepare"], db.conninfo(server_with_passwords, password=PASSWORD), tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the database cannot be used")
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stdout + done.stderr


def test_a_worker_waits_for_a_database_that_is_away(tmp_path: Path) -> None:
    url = f"postgresql://u:{PASSWORD}@127.0.0.1:{stack.free_port()}/db"
    environment = os.environ | {"DATABASE_WORKER_URL": url, "REFERRALS_VAR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "worker", "--interval", "0.1"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    assert "worker_waits_for_database" in first
    assert PASSWORD not in first + process.stderr.read()
    assert process.wait(timeout=60) == 0
    process.stderr.close()
