"""What gunicorn reads by itself when it is started here: how it receives requests, their limits, its log."""

from typing import Any

from service import logs

worker_class = "service.server.Worker"
threads = 8
forwarder_headers = ""  # nobody says in a header where our paths begin
limit_request_line = 4094
"""Bytes of the first line: an address, and `http.LONGEST_QUERY` of a query string."""
limit_request_fields = 64
"""Headers: those of a client, and what proxies add to them."""
limit_request_field_size = 8190
"""Bytes of one header. The longest are a token and a certificate."""


def on_starting(_server: Any) -> None:
    """Write whatever gunicorn says from now on as one JSON object a line."""
    logs.configure()


on_reload = on_starting
