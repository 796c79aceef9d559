"""What gunicorn reads by itself when it is started here: how it receives requests, and writes its log."""

from typing import Any

from service import logs

worker_class = "service.server.Worker"
threads = 8
forwarder_headers = ""  # nobody says in a header where our paths begin


def on_starting(_server: Any) -> None:
    """Write whatever gunicorn says from now on as one JSON object a line."""
    logs.configure()


on_reload = on_starting
