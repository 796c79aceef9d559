"""Waits until a transaction waits for another, so that what happens at once happens in a known order."""

from threading import Event

from sqlalchemy import text
from sqlalchemy.orm import Session

SOMEBODY_WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def wait_until_somebody_waits(session: Session) -> None:
    """Return as soon as somebody waits for a lock."""
    for _ in range(1000):
        if session.scalar(SOMEBODY_WAITS):
            return
        Event().wait(0.01)
    raise AssertionError("nobody waits")
