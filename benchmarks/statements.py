"""Watches what the service asks of the database."""

import contextlib
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

Statement = tuple[str, dict[str, Any]]


@contextlib.contextmanager
def watched() -> Iterator[list[Statement]]:
    """Collect every statement that this process sends while the block lasts, each with what it was given."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, query: str, given: Any, _context: Any, _many: bool) -> None:
        seen.append((query, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def write_down(statements: list[Statement], file: Path) -> None:
    """Write statements to where the bare routes find them."""
    file.write_bytes(pickle.dumps(statements))
