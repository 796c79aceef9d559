"""Runs the whole service on one machine: embedded PostgreSQL, with the API and a worker as separate
processes.

For laptops, the demo and CI. In production, run `gunicorn wsgi:app` and `referrals worker` under your own
supervisor, with the database URLs in their environment.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from service import audit, config, db, migrate, timers
from service.access.actor import Actor
from service.agreements.policies import POLICIES as AGREEMENT_POLICIES
from service.checks.kinds import KINDS
from service.checks.policies import POLICIES as CHECK_POLICIES
from service.circumstances.policies import POLICIES as CHANGE_POLICIES
from service.destinations import DESTINATIONS
from service.destinations.policies import POLICIES as DESTINATION_POLICIES
from service.oauth import signing_keys
from service.people.policies import POLICIES as PEOPLE_POLICIES
from service.subject_access.policies import POLICIES as SUBJECT_ACCESS_POLICIES
from service.third_parties.policies import POLICIES as DISCLOSURE_POLICIES
from service.timers.model import CalendarVersion, PolicyVersion
from service.work.releases.policies import POLICIES as RELEASE_POLICIES

DATABASE = "referrals"
_HERE = Path(__file__).parent.parent


@contextlib.contextmanager
def database(settings: config.Config) -> Iterator[None]:
    """Bind the databases in the environment, or the embedded server if there are none.

    Args:
        settings: has the directory of the embedded server.
    """
    given = db.urls_from_environment()
    if not given:
        with embedded(settings):
            yield
        return
    db.bind(given)
    yield


@contextlib.contextmanager
def embedded(settings: config.Config) -> Iterator[None]:
    """Start the embedded server, bind our database on it for every role, and stop it at the end.

    Args:
        settings: has the directory of the embedded server.
    """
    directory = settings.var / "postgres"
    superuser = db.start_embedded(directory)
    try:
        migrate.create_roles(superuser)
        migrate.create_database(superuser, DATABASE)
        db.bind({role: db.as_role(superuser, role, DATABASE) for role in db.ROLES})
        yield
    finally:
        db.bind({})
        db.stop_embedded(directory)


def prepare(settings: config.Config, actor: Actor | None = None) -> None:
    """Migrate the bound database and publish calendars and policies; safe to repeat.

    Args:
        settings: has the location of the signing keys, which are created if missing.
        actor: who does it; the service itself when None.
    """
    signing_keys.create_if_missing(settings.signing_keys)
    migrate.upgrade()
    with db.transaction("owner") as session:
        audit.make_partitions(session)
        actor = actor or Actor.for_service("preparation")
        audit.record(
            session,
            actor,
            "key_event",
            object_kind="release",
            object_id=settings.release,
            reason="prepared",
        )
        publish(session, actor)


def publish(session: Session, actor: Actor | None = None) -> None:
    """Publish the calendars and every policy; those that have not changed keep their version.

    Args:
        actor: who does it; the service itself when None.
    """
    of_destinations = [policy for one in DESTINATIONS.values() for policy in one.policies]
    made: list[PolicyVersion | CalendarVersion] = [
        *timers.publish_calendars(session),
        *timers.publish_policies(session, [kind.policy for kind in KINDS.values()]),
        *timers.publish_policies(session, of_destinations),
        *timers.publish_policies(
            session,
            (
                *AGREEMENT_POLICIES,
                *PEOPLE_POLICIES,
                *CHECK_POLICIES,
                *DESTINATION_POLICIES,
                *CHANGE_POLICIES,
                *DISCLOSURE_POLICIES,
                *SUBJECT_ACCESS_POLICIES,
                *RELEASE_POLICIES,
            ),
        ),
    ]
    for version in made:
        audit.record(
            session,
            actor or Actor.for_service("preparation"),
            "key_event",
            object_kind=version.__tablename__,
            object_id=version.id,
            object_version=version.version,
            reason="published",
        )


def environment(*roles: db.Role) -> dict[str, str]:
    """Return the environment of a child process that may use the database as these roles only."""
    names = {"api": "DATABASE_URL"} | {
        role: f"DATABASE_{role.upper()}_URL" for role in db.ROLES if role != "api"
    }
    inherited = {name: value for name, value in os.environ.items() if name not in names.values()}
    settings = config.load()
    # A child process has another working directory, so relative paths must be made absolute.
    places = {
        "REFERRALS_VAR": str(settings.var),
        "REFERRALS_SIGNING_KEYS": str(settings.signing_keys.resolve()),
    }
    return inherited | places | {names[role]: db.url_for(role) for role in roles}


def api_roles() -> tuple[db.Role, ...]:
    """Return the roles that a process of the API uses here: the registrar only where one is configured."""
    return ("api", "reader", "audit_reader", *(("registrar",) if db.is_bound("registrar") else ()))


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def api_command(bind: str, *, processes: int = 2) -> list[str]:
    """Return the command that serves the API. When stopped, it has 30 seconds to finish running requests."""
    options = {
        "bind": bind,
        "chdir": str(_HERE),
        "workers": str(processes),
        "threads": "8",
        "worker-class": "service.server.Worker",
        "graceful-timeout": "30",
        "timeout": "60",
        "max-requests": "20000",
        "max-requests-jitter": "2000",
        "log-level": "warning",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "gunicorn", "wsgi:app", "--no-control-socket", *arguments]


def worker_command(interval: float) -> list[str]:
    """Return the command that runs a worker with a pass every `interval` seconds."""
    return [sys.executable, "-m", "service.cli", "worker", "--interval", str(interval)]


@contextlib.contextmanager
def processes(
    port: int, *, interval: float = 5.0, log: Path | None = None
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Run the API and a worker as child processes, and stop both at the end.

    Each has its own session, so that Ctrl-C in a terminal reaches only this process, which then stops them
    gracefully.

    Args:
        port: the API's port, on the loopback address.
        interval: seconds between two passes of the worker.
        log: a file for their output; that of this process when None.
    """
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(log.open("ab")) if log else None
        children = []
        for command, env in (
            (api_command(f"127.0.0.1:{port}"), environment(*api_roles())),
            (worker_command(interval), environment("worker")),
        ):
            child = subprocess.Popen(  # noqa: S603 - our own command
                command, env=env, stdout=out, stderr=out, cwd=_HERE, start_new_session=True
            )
            stack.callback(_stop, child)
            children.append(child)
        yield children


def run_in_foreground(command: list[str], env: dict[str, str]) -> int:
    """Run a process in the foreground, forward signals to stop it, and return its exit code."""
    child = subprocess.Popen(command, env=env, cwd=_HERE)  # noqa: S603 - our own command
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: child.send_signal(signal.SIGTERM))
    return child.wait()


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=35)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
