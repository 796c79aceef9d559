"""The id of each request, and the headers of every response."""

import uuid
from http import HTTPStatus

from flask import Flask, Response, g, request

from service import logs
from service.http.pages import link_to_next


def request_id(given: str) -> str:
    """Return the caller's request id if it is safe to log, otherwise a new one."""
    return given if logs.is_request_id(given) else str(uuid.uuid4())


def _begin_request() -> None:
    g.request_id = request_id(request.headers.get("X-Request-Id", ""))


def _end_request(response: Response) -> Response:
    headers = response.headers
    headers.add("X-Request-Id", g.get("request_id", ""))
    headers.add("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cache-Control", "no-store")
    if response.status_code == HTTPStatus.OK and "onward" in g:
        headers["Link"] = link_to_next(g.onward)
    return response


def register(app: Flask) -> None:
    """Give every request an id, and add the common headers to every response."""
    app.before_request(_begin_request)
    app.after_request(_end_request)
