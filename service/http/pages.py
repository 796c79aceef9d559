"""Lists: the schema and the query that all share, keyset pages, and opaque cursors."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from flask import g, request
from marshmallow import fields as plain

from service import fields
from service.http.problems import bad_request

DEFAULT_PAGE, LARGEST_PAGE = 100, 500
Row = TypeVar("Row")


class PageQuery(fields.Schema):
    """Which page of a list. A list that can be filtered adds its filters."""

    after = fields.Text(
        max=400,
        metadata={"description": "The `next` of the previous page. Leave it out for the first page."},
    )
    limit = fields.QueryCount(
        min=1,
        max=LARGEST_PAGE,
        load_default=DEFAULT_PAGE,
        metadata={"description": "The largest number of items to return."},
    )


class OrderedPageQuery(PageQuery):
    """Which page of a list, and from which end."""

    order = fields.Choice(
        {"oldest": "the oldest first", "newest": "the newest first"},
        load_default="oldest",
        metadata={"description": "From which end. Send `after` with the order of the page that gave it."},
    )


class CountedPageQuery(OrderedPageQuery):
    """Which page of a list, from which end, and whether the whole of it is counted."""

    counts = fields.Choice(
        {"yes": "count what is on all pages"},
        metadata={"description": "Also return `counts`: how many match your filters, on all pages."},
    )


_OF_THE_PAGE: Final = frozenset({"after", "limit", "order", "counts"})


def filters_of(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a query says of what is listed, without what it says of the page."""
    return {name: value for name, value in query.items() if name not in _OF_THE_PAGE}


def shape_of(query: Mapping[str, Any]) -> str:
    """Return which filters a query has, for the audit trail: their names and never their values."""
    return " ".join(sorted(filters_of(query))) or "all"


def list_schema(
    name: str,
    item: type[fields.View],
    meaning: str,
    *,
    counted: Mapping[str, str] | None = None,
    by: str = "code",
) -> type[fields.View]:
    """Return the schema of a list: a page of its `items`, and the cursor of the `next` page.

    Args:
        name: of the schema in the OpenAPI document; it ends in `List`.
        item: the schema of one item.
        meaning: what the items are and in which order, as a sentence.
        counted: the codes by which the items of all pages are counted, where a caller can ask for that.
        by: what those codes are.
    """
    cursor = "Send it as `after` to read the next page. Null when this is the last page."
    members = {
        "items": plain.List(plain.Nested(item), metadata={"description": meaning}),
        "next": fields.Text(allow_none=True, metadata={"description": cursor}),
    }
    if counted is not None:
        members["counts"] = plain.Dict(
            keys=fields.Choice(counted),
            values=fields.Count(),
            allow_none=True,
            metadata={
                "description": f"How many match your filters on all pages, by {by}. Null when not asked for."
            },
        )
    return type(name, (fields.View,), {"__doc__": meaning, **members})


def encode_cursor(*parts: str | int) -> str:
    """Encode a position in a list as an opaque cursor. A cursor grants no access."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """Decode a cursor whose parts must have these types: str, int, datetime or UUID.

    Raises:
        Problem: 400 when it is not a valid cursor.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return tuple(_part(part, kind) for part, kind in zip(parts, types, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise bad_request("bad-cursor", "The cursor is not valid", "Start again without a cursor.") from None


def place_in_list(query: Mapping[str, Any]) -> tuple[datetime, uuid.UUID] | None:
    """Return the position from which to continue a list ordered by time and id; None at the start.

    Args:
        query: the query parameters, with the cursor as `after`.

    Raises:
        Problem: 400 when it is not a valid cursor.
    """
    if "after" not in query:
        return None
    since, last = decode_cursor(query["after"], datetime, uuid.UUID)
    return since, last


def _part(value: Any, kind: type) -> Any:
    if kind in {datetime, uuid.UUID}:
        written = _part(value, str)
        return datetime.fromisoformat(written).astimezone(UTC) if kind is datetime else uuid.UUID(written)
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value < 2**63):
        raise ValueError(value)
    if isinstance(value, str) and "\x00" in value:  # PostgreSQL has no such text
        raise ValueError(value)
    return value


def page(
    rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[str | int, ...]]
) -> tuple[Sequence[Row], str | None]:
    """Return the rows of a page, from `limit + 1` rows, and the cursor of the next page, None at the end.

    The response gets a `Link` header to the next page.
    """
    if len(rows) <= limit:
        return rows, None
    g.onward = encode_cursor(*key(rows[limit - 1]))
    return rows[:limit], g.onward


def link_to_next(cursor: str) -> str:
    query = {**request.args.to_dict(), "after": cursor}
    return f'<{quote(request.path)}?{urlencode(query)}>; rel="next"'
