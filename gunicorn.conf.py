"""gunicorn's settings, read when it starts in this directory: the worker class, request limits and the
log.
"""

import gc
from typing import Any, Final

from service import logs

worker_class = "service.server.Worker"
threads = 8
forwarder_headers = ""  # no header may change the prefix of our paths
limit_request_line = 4094
"""Bytes of the request line: a path, and a query string of `http.MAX_QUERY_BYTES`."""
limit_request_fields = 64
"""Headers: those of the client and those that proxies add."""
limit_request_field_size = 8190
"""Bytes of one header. The longest hold a token or a certificate."""
OBJECTS_BETWEEN_COLLECTIONS: Final = 10_000
"""New objects before Python looks for garbage: a submission makes 2,000 that live until its end."""


def on_starting(_server: Any) -> None:
    """Log gunicorn's own messages as JSON lines, as the service does."""
    logs.configure()


on_reload = on_starting


def post_worker_init(_worker: Any) -> None:
    """Keep what was loaded at the start out of every later collection of garbage: it stays for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
