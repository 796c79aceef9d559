"""Counts the calls of Python functions: what work is done, whatever the machine takes for it."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Final

import service

_SERVICE: Final = f"{service.__path__[0]}/"


@contextmanager
def counted() -> Iterator[Counter[CodeType]]:
    """Count, by its code, how often each function is called in this thread within the block."""
    calls: Counter[CodeType] = Counter()

    def note(frame: FrameType, happened: str, _of: Any) -> None:
        if happened == "call":
            calls[frame.f_code] += 1

    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        del calls[counted.__wrapped__.__code__]  # type: ignore[attr-defined]


def of_the_service(calls: Counter[CodeType]) -> int:
    """Return how many of the calls were of this service's own functions."""
    return sum(number for code, number in calls.items() if code.co_filename.startswith(_SERVICE))
