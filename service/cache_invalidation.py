"""Tells every process that something it may remember has changed, by PostgreSQL's LISTEN and NOTIFY.

What is told is told once its transaction has committed, in a moment of its own: PostgreSQL lets only one
transaction at a time commit together with what it tells, and no writer shall wait for another. Who remembers
something therefore also forgets it after a while: a process may die between its commit and the telling.
"""

import select
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import psycopg
import structlog
from psycopg import sql
from psycopg.pq.abc import PGconn
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import db

CHANNEL: Final = "referrals_tidings"
PROVEN: Final = 1.0
"""Seconds that silence is taken for nothing to tell; then the line is tried."""
SETTLED: Final = 0.001
"""Seconds for which one listening does for all threads: about as long as a message is on its way."""
LONGEST: Final = 10.0
"""Seconds after which whoever remembers something forgets it: a process may die before it has told."""
_BETWEEN_ATTEMPTS: Final = 1.0
_PATIENCE: Final = 0.05
"""Seconds to wait for another thread that is listening."""
_LARGEST: Final = 7000
"""Characters of one message; PostgreSQL's own limit is a little higher."""
_EVERYTHING: Final = "*"
_QUEUE: Final = "tidings"
_OF_A_LINE: Final = "-c statement_timeout=2s"

_log = structlog.get_logger()


@dataclass
class _Ear:
    """What this process has heard, each thing with the number of when.

    The numbers only grow. Whatever was found out before a thing was told of may be out of date since.
    """

    number: int = 0
    heard_of: dict[str, int] = field(default_factory=dict)
    everything: int = 0
    lock: Lock = field(default_factory=Lock)
    counting: Lock = field(default_factory=Lock)
    line: "psycopg.Connection[Any] | None" = None
    arrivals: "select.poll" = field(default_factory=select.poll)
    url: str = ""
    attempted: float = 0.0
    proven: float = 0.0
    listened: float = 0.0

    def hear(self, message: str) -> None:
        with self.counting:
            self.number += 1
            for subject in message.split():
                if subject == _EVERYTHING:
                    self.everything = self.number
                else:
                    self.heard_of[subject] = self.number

    def listen(self) -> bool:
        """Hear what has come; tell whether all that was told before this call has been heard."""
        now = time.monotonic()
        if self.line is not None and self.url == db.url_for("api"):
            try:
                if now - self.proven > PROVEN:
                    self.line.execute("")
                    self.proven = now
                self._read(self.line.pgconn)
            except psycopg.Error:
                self._hang_up()
                return False
            self.listened = now
            return True
        if now - self.attempted > _BETWEEN_ATTEMPTS or self.url != db.url_for("api"):
            return self._call(now)
        return False

    def _read(self, line: PGconn) -> None:
        """Hear all that has come, down to the end of the line itself where it has been cut."""
        while True:
            while told := line.notifies():
                self.hear(told.extra.decode())
            if not self.arrivals.poll(0):
                return
            line.consume_input()

    def _call(self, now: float) -> bool:
        self._hang_up()
        self.attempted, self.url = now, db.url_for("api")
        try:
            line = psycopg.connect(
                autocommit=True,
                **db.connection_parameters(
                    "api",
                    connect_timeout=2,
                    options=_OF_A_LINE,
                    tcp_user_timeout=2000,
                    application_name="referrals-tidings",
                ),
            )
            line.add_notify_handler(lambda told: self.hear(told.payload))
            line.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        except psycopg.Error:
            return False
        self.arrivals = select.poll()
        self.arrivals.register(line.fileno(), select.POLLIN)
        self.line, self.proven = line, now
        return True

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line, self.listened = None, 0.0
        self.hear(_EVERYTHING)


_ear: Final = _Ear()


def heard() -> int | None:
    """Hear what has come; return the number of the last, to ask later what was told since.

    Returns:
        None while something may be missed: nothing that is found out now may be remembered.
    """
    number = _ear.number  # first: by the next moment another thread may have lost the line
    if time.monotonic() - _ear.listened < SETTLED:
        return number
    if not _ear.lock.acquire(timeout=_PATIENCE):
        return None
    try:
        return _ear.number if _ear.listen() else None
    finally:
        _ear.lock.release()


def told_since(number: int, *subjects: str) -> bool:
    """Tell whether any of these was told of after `heard` gave this number."""
    return _ear.everything > number or any(_ear.heard_of.get(one, 0) > number for one in subjects)


def tell(session: Session, *subjects: str) -> None:
    """Tell every process that these have changed, once this transaction has committed.

    Args:
        subjects: what has changed, each in one word: kinds and identifiers, never anything about anybody.
    """
    session.info.setdefault(_QUEUE, set()).update(subjects)
    db.after_commit(session, _QUEUE, _tell)


def _tell(session: Session) -> None:
    message = " ".join(sorted(session.info.pop(_QUEUE)))
    message = message if len(message) <= _LARGEST else _EVERYTHING
    _ear.hear(message)
    # Nothing is lost with it, so its commit need not wait for the disk; and nobody else then waits for it.
    statement = sql.SQL("SET LOCAL synchronous_commit = off; SELECT pg_notify({}, {})").format(
        CHANNEL, message
    )
    try:
        with db.engine(session.info["role"]).connect() as line:
            line.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement.as_string())
    except (SQLAlchemyError, psycopg.Error) as error:
        # It has happened all the same: whoever was not told finds out when it has forgotten.
        _log.warning("untold", error=type(error).__name__)
