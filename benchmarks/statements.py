"""Collects the statements that the service sends to the database."""

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
    """Collect every statement that this process sends within the block, with its parameters."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, query: str, given: Any, _context: Any, _many: bool) -> None:
        seen.append((query, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def write_down(statements: list[Statement], file: Path) -> None:
    """Write statements to the file that the bare routes read."""
    file.write_bytes(pickle.dumps(statements))
