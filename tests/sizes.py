"""How large a test is: enough to see the fault in every run, or the whole size with `make attacks`."""

import os
from typing import Final

FULL: Final = "FULL" in os.environ


def size(each_run: int, *, full: int) -> int:
    """Return the size for this run."""
    return full if FULL else each_run
