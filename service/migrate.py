"""Prepares a database: creates our roles, runs the migrations and grants each role its rights."""

from functools import cache
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Engine, text

from service.db import ROLES, engine

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def _alembic() -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    return settings


def create_roles(superuser_url: str) -> None:
    """Create our login roles where missing, without passwords, which each site sets itself.

    Args:
        superuser_url: a libpq URL of a role that may create roles.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES:
            if f"referrals_{role}" not in there:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(f"referrals_{role}"))
                )
            # The detail of an error quotes the row, which must not reach the server's log.
            connection.execute(
                sql.SQL("ALTER ROLE {} SET log_error_verbosity = 'terse'").format(
                    sql.Identifier(f"referrals_{role}")
                )
            )


def create_database(superuser_url: str, name: str) -> None:
    """Create a database owned by the owner role, unless it exists."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER referrals_owner").format(sql.Identifier(name))
            )


def upgrade(revision: str = "head") -> None:
    """Run the migrations up to `revision` as the owner, and allow the API and workers to read the
    revision.
    """
    command.upgrade(_alembic(), revision)
    with engine("owner").begin() as connection:
        connection.execute(text("GRANT SELECT ON alembic_version TO referrals_api, referrals_worker"))


def downgrade(revision: str) -> None:
    """Run the migrations down to `revision` as the owner role."""
    command.downgrade(_alembic(), revision)


def at_head(at: Engine | None = None) -> bool:
    """Return whether the database is exactly at the latest migration of this release."""
    with (at or engine()).connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return set(current) == _heads()


def is_behind(at: Engine) -> bool:
    """Return whether the database lacks a migration of this release. A newer database does not."""
    with at.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    known = {one.revision for one in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    return current != _heads() and current <= known


@cache
def _heads() -> frozenset[str]:
    return frozenset(ScriptDirectory.from_config(_alembic()).get_heads())
