"""Ends a command that cannot be carried out with a one-line message and exit status 1.

A bug still ends in a traceback. No message quotes a connection string or a setting that may be secret.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import click
import psycopg
from alembic.util import CommandError
from psycopg import errors as database
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.config import SettingInvalid
from service.db import DatabaseNotConfigured
from service.errors import NotRegistered, Refused
from service.http.problems import Problem

BEHIND: Final = "the database has not had every migration of this release: run `referrals prepare`"
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_NOT_MIGRATED: Final = (
    database.UndefinedTable,
    database.UndefinedColumn,
    database.UndefinedFunction,
    database.InvalidSchemaName,
)


def _of_database(error: psycopg.Error) -> str:
    if isinstance(error, _NOT_MIGRATED):
        return BEHIND
    if isinstance(error, database.InsufficientPrivilege):
        return f"{error.diag.message_primary}: is this the URL of the role that the command needs?"
    if error.sqlstate is None:
        return f"the database cannot be used: {error}"
    return f"the database refuses: {error.diag.message_primary}"


def _of_driver(error: DBAPIError) -> str:
    return _of_database(error.orig) if isinstance(error.orig, psycopg.Error) else type(error).__name__


def _of_system(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _of_problem(problem: Problem) -> str:
    return "; ".join(
        [problem.detail or problem.title, *(f"{fault.pointer} {fault.detail}" for fault in problem.errors)]
    )


_MESSAGES: Final[tuple[tuple[type[BaseException], Callable[[Any], str]], ...]] = (
    (SettingInvalid, str),
    (DatabaseNotConfigured, str),
    (Refused, str),
    (NotRegistered, lambda error: str(error.args[0])),
    (DBAPIError, _of_driver),
    (PoolTimeoutError, lambda _: "the database did not answer in time"),
    (psycopg.Error, _of_database),
    (CommandError, lambda error: f"the migrations cannot be run: {error}"),
    (Problem, _of_problem),
    (OSError, _of_system),
)
"""The errors that are not bugs, and the message for each."""


class CommandGroup(click.Group):
    """A group of commands that report errors in one line, with exit status 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            click.ClickException: one has bytes that are no text, which nothing could store.
        """
        # Python keeps such bytes of a command line as lone surrogates.
        if any(not word.isascii() and _SURROGATE.search(word) for word in args):
            raise click.ClickException("what is written after the command must be text in UTF-8")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            click.ClickException: it cannot be carried out, for a reason that the operator can correct.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of our output has closed it; click exits quietly
        except tuple(kind for kind, _ in _MESSAGES) as error:
            words = next(say(error) for kind, say in _MESSAGES if isinstance(error, kind))
            raise click.ClickException(" ".join(words.split())) from None
