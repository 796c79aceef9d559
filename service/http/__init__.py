"""HTTP conventions of every endpoint: strict JSON, strong ETags, preconditions, keyset pages, problems.

It knows nothing about callers: the guard checks who they are and what they may do.
"""

from service.http.blueprints import Api, Blueprint
from service.http.bodies import MAX_PARAMETERS, MAX_QUERY_BYTES, Body, Parameters, faults, read_json, refused
from service.http.pages import (
    ABOUT_AFTER,
    ABOUT_LIMIT,
    ABOUT_NEXT,
    DEFAULT_PAGE,
    LARGEST_PAGE,
    decode_cursor,
    encode_cursor,
    page,
    place_in_list,
)
from service.http.requests import register, request_id
from service.http.responses import (
    CREATED,
    HEADERS,
    TAGGED,
    TAGGED_AND_CREATED,
    View,
    etag,
    is_read,
    require_match,
    respond,
)

__all__ = [
    "ABOUT_AFTER",
    "ABOUT_LIMIT",
    "ABOUT_NEXT",
    "CREATED",
    "DEFAULT_PAGE",
    "HEADERS",
    "LARGEST_PAGE",
    "MAX_PARAMETERS",
    "MAX_QUERY_BYTES",
    "TAGGED",
    "TAGGED_AND_CREATED",
    "Api",
    "Blueprint",
    "Body",
    "Parameters",
    "View",
    "decode_cursor",
    "encode_cursor",
    "etag",
    "faults",
    "is_read",
    "page",
    "place_in_list",
    "read_json",
    "refused",
    "register",
    "request_id",
    "require_match",
    "respond",
]
