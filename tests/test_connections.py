"""Every form of connection string that libpq takes works everywhere, and none of them is ever printed."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from service import cache_invalidation, db, migrate, stack
from service.config import SettingInvalid


@pytest.fixture
def directory(server: str) -> str:
    """The directory of the server's socket."""
    return str(conninfo_to_dict(server)["host"])


def _bind(url: str) -> None:
    """Bind one URL for every role, each as its own user."""
    db.bind({role: db.conninfo(url, user=f"referrals_{role}") for role in db.ROLES})


def _forms(directory: str, database: str, unused: int) -> dict[str, str]:
    socket = quote(directory, safe="")
    return {
        "two hosts": f"postgresql://referrals_api@127.0.0.1:{unused},{socket}:5432/{database}",
        "two hosts, read-write": (
            f"postgresql://referrals_api@127.0.0.1:{unused},{socket}:5432/{database}"
            "?target_session_attrs=read-write"
        ),
        "the older scheme": f"postgres://referrals_api@{socket}/{database}",
        "keywords": f"host={directory} dbname={database} user=referrals_api",
        "keywords, two hosts": (
            f"host=127.0.0.1,{directory} port={unused},5432 dbname={database} user=referrals_api"
        ),
        "a host in the query": f"postgresql:///{database}?host={directory}&user=referrals_api",
        "a password": f"postgresql://referrals_api:p%40ss%2Fw%25rd@{socket}/{database}",
    }


FORMS = tuple(_forms("", "", 0))


@pytest.mark.parametrize("form", FORMS)
def test_every_role_connects_by_every_form_of_libpq(database: str, directory: str, form: str) -> None:
    _bind(_forms(directory, database, stack.free_port())[form])
    for role in db.ROLES:
        with db.transaction(role) as session:
            user, name = session.connection().exec_driver_sql("SELECT user, current_database()").one()
            assert (user, name) == (f"referrals_{role}", database)


@pytest.mark.parametrize("form", FORMS)
def test_migrations_and_cache_invalidation_use_the_same_connection_string(
    database: str, directory: str, form: str
) -> None:
    _bind(_forms(directory, database, stack.free_port())[form])
    migrate.upgrade()
    assert migrate.at_head()
    before = cache_invalidation.latest()
    assert before is not None
    with db.transaction("owner") as session:
        cache_invalidation.invalidate(session, "anything")
    cache_invalidation.latest()
    assert cache_invalidation.invalidated_since(before, "anything")


def test_a_service_file_names_the_database(
    database: str, directory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "services.conf"
    file.write_text(f"[exchange]\nhost={directory}\ndbname={database}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    _bind("service=exchange")
    with db.transaction("worker") as session:
        assert session.connection().exec_driver_sql("SELECT current_database()").scalar_one() == database


def test_options_of_a_url_are_added_to_ours(database: str, directory: str) -> None:
    _bind(f"host={directory} dbname={database} options='-c lock_timeout=3s'")
    with db.transaction("api") as session:
        show = session.connection().exec_driver_sql
        assert show("SHOW lock_timeout").scalar_one() == "3s"
        assert show("SHOW statement_timeout").scalar_one() == "30s"


@pytest.fixture
def bound_before(database: str) -> str:
    """A connection string that works, which must still be bound after another was refused."""
    return db.url_for("api")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:hunter2@h/db",
        "host=h hunter2",
        "postgresql://u:hunter2%zz@h/db",
        "postgresql://u:hunter@2@h/db",
        "postgresql://u:hun/ter2@h/db",
        "postgresql://u:hunter2@h:port/db",
        "hunter2",
        "postgresql://u@h/db?pasword=hunter2",
    ],
)
def test_a_connection_string_that_cannot_be_read_is_refused_by_name_and_not_quoted(
    bound_before: str, url: str
) -> None:
    with pytest.raises(SettingInvalid) as refused:
        db.bind({"owner": url})
    said = str(refused.value)
    assert said.startswith("DATABASE_OWNER_URL ")
    assert "\n" not in said
    assert not any(part in said for part in ("hunter", "ter2"))
    assert db.url_for("api") == bound_before


def test_ipv6_hosts_are_read() -> None:
    db.bind({"api": "postgresql://u@[::1]:5441,[fd00::2]:5442/db"})
    found = db.connection_parameters("api")
    db.bind({})
    assert (found["host"], found["port"]) == ("::1,fd00::2", "5441,5442")


def test_the_process_of_the_api_takes_the_form_with_several_hosts(database: str, directory: str) -> None:
    url = _forms(directory, database, stack.free_port())["two hosts"]
    reader = url.replace("referrals_api", "referrals_reader")
    asked = "import wsgi; print(wsgi.app.test_client().get('/health/readiness').get_json()['faults'])"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"DATABASE_URL": url, "DATABASE_READER_URL": reader},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_without_any_host_that_listens_the_error_names_no_password(database: str) -> None:
    one, other = stack.free_port(), stack.free_port()
    db.bind({"api": f"postgresql://u:hunter2@127.0.0.1:{one},127.0.0.1:{other}/db"})
    with pytest.raises(psycopg.OperationalError) as lost:
        psycopg.connect(**db.connection_parameters("api"))
    assert "hunter2" not in str(lost.value)
