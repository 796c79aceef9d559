"""Whether a process that is about to start can ever do its work, or should end at once and say why not."""

from typing import Final

import psycopg
from psycopg.pq import PGconn, Ping
from sqlalchemy.exc import OperationalError

from service import db, migrate
from service.commands.group import BEHIND
from service.errors import Refused

_PATIENCE: Final = 5


def require_database(role: db.Role) -> None:
    """Insist that a role may use its database, and that this has had every migration that this release needs.

    A database that is away is no reason not to start: whoever starts waits for it.

    Raises:
        NotGiven: this process has no URL for the role.
        OperationalError: the server is there and refuses the role.
        Refused: it lacks a migration.
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
    """Return whether a server takes calls, and not from this role; false when there is only a standby."""
    url = db.url_for(role)
    if PGconn.ping(db.conninfo(url, connect_timeout=str(_PATIENCE)).encode()) != Ping.OK:
        return False
    try:
        psycopg.connect(**db.connection_parameters(role) | {"target_session_attrs": "any"}).close()
    except psycopg.OperationalError:
        return True
    return False
