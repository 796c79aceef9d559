"""Cache invalidation across processes, over PostgreSQL's LISTEN and NOTIFY.

A notification is sent after its transaction has committed, in a short transaction of its own: PostgreSQL lets
only one transaction at a time commit with a notification, and writers must not queue for each other. A
process may die between the two, so caches also drop what is older than `MAX_AGE`.
"""

import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import psycopg
import structlog
from psycopg import sql
from psycopg.pq.abc import PGconn
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import db

CHANNEL: Final = "referrals_invalidation"
PROVEN: Final = 1.0
"""Seconds without a notification after which the connection is tested."""
SETTLED: Final = 0.001
"""Seconds for which one read serves all threads: about as long as a notification takes to arrive."""
MAX_AGE: Final = 10.0
"""Seconds a cache may keep anything: a process may die before it has notified the others."""
_BETWEEN_ATTEMPTS: Final = 1.0
_PATIENCE: Final = 0.05
"""Seconds to wait for another thread that is reading."""
_LARGEST: Final = 7000
"""Characters of one notification; PostgreSQL's own limit is a little higher."""
_EVERYTHING: Final = "*"
_QUEUE: Final = "invalidations"
_LOOKED_UP: Final = "looked_up"
_OPTIONS: Final = "-c statement_timeout=2s"

_log = structlog.get_logger()
Value = TypeVar("Value")


@dataclass
class _Listener:
    """The invalidations that this process has received, each with its number.

    Numbers only grow. Anything looked up before an invalidation may be out of date.
    """

    number: int = 0
    received: dict[str, int] = field(default_factory=dict)
    everything: int = 0
    lock: Lock = field(default_factory=Lock)
    counting: Lock = field(default_factory=Lock)
    connection: "psycopg.Connection[Any] | None" = None
    arrivals: "select.poll" = field(default_factory=select.poll)
    url: str = ""
    attempted: float = 0.0
    proven: float = 0.0
    listened: float = 0.0

    def receive(self, message: str) -> None:
        with self.counting:
            self.number += 1
            for subject in message.split():
                if subject == _EVERYTHING:
                    self.everything = self.number
                else:
                    self.received[subject] = self.number

    def listen(self) -> bool:
        """Read what has arrived; return whether everything sent before this call has been received."""
        now = time.monotonic()
        if self.connection is not None and self.url == db.url_for("api"):
            try:
                if now - self.proven > PROVEN:
                    self.connection.execute("")
                    self.proven = now
                self._read(self.connection.pgconn)
            except psycopg.Error:
                self.disconnect()
                return False
            self.listened = now
            return True
        if now - self.attempted > _BETWEEN_ATTEMPTS or self.url != db.url_for("api"):
            return self._connect(now)
        return False

    def _read(self, connection: PGconn) -> None:
        """Read all that has arrived, up to the end of the connection itself if it has been cut."""
        while True:
            while notification := connection.notifies():
                self.receive(notification.extra.decode())
            if not self.arrivals.poll(0):
                return
            connection.consume_input()

    def _connect(self, now: float) -> bool:
        self.disconnect()
        self.attempted, self.url = now, db.url_for("api")
        try:
            connection = psycopg.connect(
                autocommit=True,
                **db.connection_parameters(
                    "api",
                    connect_timeout=2,
                    options=_OPTIONS,
                    tcp_user_timeout=2000,
                    application_name="referrals-invalidation",
                ),
            )
            connection.add_notify_handler(lambda notification: self.receive(notification.payload))
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        except psycopg.Error:
            return False
        self.arrivals = select.poll()
        self.arrivals.register(connection.fileno(), select.POLLIN)
        self.connection, self.proven = connection, now
        return True

    def disconnect(self) -> None:
        """Close the connection; until there is another, nothing is kept."""
        if self.connection is not None:
            self.connection.close()
        self.connection, self.listened = None, 0.0
        self.receive(_EVERYTHING)


_listener: Final = _Listener()


def close() -> None:
    """Close this process's connection for invalidations; the next look opens another."""
    with _listener.lock:
        _listener.disconnect()


def latest() -> int | None:
    """Read what has arrived; return the number of the latest invalidation, for `invalidated_since`.

    Returns:
        None while something may be missed: nothing looked up now may be cached.
    """
    number = _listener.number  # first: by the next moment another thread may have lost the connection
    if time.monotonic() - _listener.listened < SETTLED:
        return number
    if not _listener.lock.acquire(timeout=_PATIENCE):
        return None
    try:
        return _listener.number if _listener.listen() else None
    finally:
        _listener.lock.release()


def invalidated_since(number: int, *subjects: str) -> bool:
    """Return whether any of these was invalidated after `latest` returned this number."""
    return _listener.everything > number or any(_listener.received.get(one, 0) > number for one in subjects)


class Cached(Generic[Value]):
    """One value that this process keeps from a query until one of its subjects is invalidated."""

    def __init__(self, *subjects: str) -> None:
        self._subjects = subjects
        self._kept: tuple[Value, int, float] | None = None

    def find(self, session: Session, look_up: Callable[[Session], Value]) -> Value:
        """Return the value kept, or look it up.

        Only requests to the API use what other transactions looked up; a command or a worker, which may
        itself change it, looks it up once in each transaction.
        """
        number = latest() if session.info.get("role") in {"api", "reader"} else None
        if number is None:
            return self.find_anew(session, look_up)
        if self._kept is not None:
            value, since, expires = self._kept
            if time.monotonic() < expires and not invalidated_since(since, *self._subjects):
                return value
        value = look_up(session)
        self._kept = value, number, time.monotonic() + MAX_AGE
        return value

    def find_anew(self, session: Session, look_up: Callable[[Session], Value]) -> Value:
        """Return what this transaction sees, whatever is kept; it is looked up once."""
        known = session.info.setdefault(_LOOKED_UP, {})
        if self not in known:
            known[self] = look_up(session)
        value: Value = known[self]
        return value


def invalidate(session: Session, *subjects: str) -> None:
    """Have every process drop what it caches of these, once this transaction has committed.

    Args:
        subjects: what has changed, each in one word: kinds and identifiers, never anything about anybody.
    """
    session.info.pop(_LOOKED_UP, None)
    session.info.setdefault(_QUEUE, set()).update(subjects)
    db.after_commit(session, _QUEUE, _notify)


def _notify(session: Session) -> None:
    message = " ".join(sorted(session.info.pop(_QUEUE)))
    message = message if len(message) <= _LARGEST else _EVERYTHING
    _listener.receive(message)
    # Nothing is lost with it, so its commit need not wait for the disk, and nobody then waits for it.
    statement = sql.SQL("SET LOCAL synchronous_commit = off; SELECT pg_notify({}, {})").format(
        CHANNEL, message
    )
    try:
        with db.engine(session.info["role"]).connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement.as_string())
    except (SQLAlchemyError, psycopg.Error) as error:
        # The change is committed all the same: other processes see it after `MAX_AGE`.
        _log.warning("invalidation_not_sent", error=type(error).__name__)
