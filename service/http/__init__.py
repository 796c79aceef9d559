"""HTTP as every endpoint keeps it: strict JSON read late, strong ETags, preconditions, keyset pages.

It knows no caller: who is calling, and what they may do, is the guard's.
"""

from service.http.blueprints import Api, Blueprint
from service.http.bodies import LONGEST_QUERY, MOST_PARAMETERS, Body, Parameters, faults, read_json, refused
from service.http.pages import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    PageQuery,
    decode_cursor,
    encode_cursor,
    list_schema,
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
    "CREATED",
    "DEFAULT_PAGE",
    "HEADERS",
    "LARGEST_PAGE",
    "LONGEST_QUERY",
    "MOST_PARAMETERS",
    "TAGGED",
    "TAGGED_AND_CREATED",
    "Api",
    "Blueprint",
    "Body",
    "PageQuery",
    "Parameters",
    "View",
    "decode_cursor",
    "encode_cursor",
    "etag",
    "faults",
    "is_read",
    "list_schema",
    "page",
    "place_in_list",
    "read_json",
    "refused",
    "register",
    "request_id",
    "require_match",
    "respond",
]
