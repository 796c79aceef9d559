"""The operator at the command line, and the transaction of a command, which acts in their name."""

import getpass
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
from sqlalchemy.orm import Session

from service import config, db, stack
from service.access.actor import Actor
from service.errors import Refused

VARIABLE: Final = "REFERRALS_OPERATOR"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@'+-]{0,99}")


def operator() -> Actor:
    """Return the operator, from `--operator` or the environment, otherwise from their login on this machine.

    Raises:
        Refused: there is no name, or it has characters that are not allowed.
    """
    given = click.get_current_context().find_root().params.get("operator")
    name = given or _login()
    if not _NAME.fullmatch(name):
        raise Refused(f"give your name with --operator or {VARIABLE}: up to 100 letters, digits, . _ @ ' + -")
    return Actor.for_operator(name)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # in a container the user may have no name
        return ""


@contextmanager
def operating() -> Iterator[tuple[Session, Actor]]:
    """Open the transaction of a command, as the owner. Print results only after it commits.

    Raises:
        Refused: the operator is not named.
    """
    actor = operator()
    with stack.database(config.load()), db.transaction("owner") as session:
        yield session, actor
