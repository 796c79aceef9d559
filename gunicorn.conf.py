"""What gunicorn reads by itself when it is started here: the words of its master are written as ours are."""

from typing import Any

from service import logs


def on_starting(_server: Any) -> None:
    """Write whatever gunicorn says from now on as one JSON object a line."""
    logs.configure()


on_reload = on_starting
