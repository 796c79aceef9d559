"""HTTP conventions of every endpoint: strict JSON, strong ETags, preconditions, keyset pages, problems.

It knows nothing about callers: the guard checks who they are and what they may do.
"""

from service.http.blueprints import Api, Blueprint
from service.http.bodies import (
    MAX_PARAMETERS,
    MAX_QUERY_BYTES,
    MERGE_PATCH,
    Body,
    Parameters,
    faults,
    read_json,
    refused,
)
from service.http.pages import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    CountedPageQuery,
    OrderedPageQuery,
    PageQuery,
    decode_cursor,
    encode_cursor,
    filters_of,
    list_schema,
    page,
    place_in_list,
    shape_of,
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
    require_match_unless_new,
    respond,
    with_beside,
)

__all__ = [
    "CREATED",
    "DEFAULT_PAGE",
    "HEADERS",
    "LARGEST_PAGE",
    "MAX_PARAMETERS",
    "MAX_QUERY_BYTES",
    "MERGE_PATCH",
    "TAGGED",
    "TAGGED_AND_CREATED",
    "Api",
    "Blueprint",
    "Body",
    "CountedPageQuery",
    "OrderedPageQuery",
    "PageQuery",
    "Parameters",
    "View",
    "decode_cursor",
    "encode_cursor",
    "etag",
    "faults",
    "filters_of",
    "is_read",
    "list_schema",
    "page",
    "place_in_list",
    "read_json",
    "refused",
    "register",
    "request_id",
    "require_match",
    "require_match_unless_new",
    "respond",
    "shape_of",
    "with_beside",
]
