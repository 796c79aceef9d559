"""Checks that a process can do its work before it starts, so that it stops with a message if it cannot."""

from typing import Final

import psycopg
from psycopg.pq import PGconn, Ping
from sqlalchemy.exc import OperationalError

from service import db, migrate
from service.commands.group import BEHIND
from service.errors import Refused

_PATIENCE: Final = 5


def require_database(role: db.Role) -> None:
    """Require that a role can use its database, and that the database has every migration of this release.

    An unreachable database is not an error: the process starts and waits for it.

    Raises:
        DatabaseNotConfigured: this process has no URL for the role.
        OperationalError: the server refuses the role.
        Refused: the database lacks a migration.
    """
    try:
        behind = migrate.is_behind(db.engine(role))
    except OperationalError:
        if _refuses(role):
            raise
        return
    if behind:
        raise Refused(BEHIND)


def _refuses(role: db.Role) -> bool:
    """Return whether a server accepts connections but refuses this role; false for a standby."""
    url = db.url_for(role)
    if PGconn.ping(db.conninfo(url, connect_timeout=str(_PATIENCE)).encode()) != Ping.OK:
        return False
    try:
        psycopg.connect(**db.connection_parameters(role) | {"target_session_attrs": "any"}).close()
    except psycopg.OperationalError:
        return True
    return False
