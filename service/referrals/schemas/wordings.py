"""Finds what is wrong with the wordings of a submission. Each says one thing, of a text that is there."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.destinations.case import asks_by_key
from service.destinations.rewording import BESIDE
from service.document.paths import Document, Steps, value_at_pointer


def wording_faults(document: Document) -> Iterator[tuple[Steps, str]]:
    """Yield each place among the wordings of a submission that is wrong, and why.

    Args:
        document: as loaded, or as far as it could be.
    """
    asked = asks_by_key(document) if _is_whole(document) else None
    aside = _set_aside(document)
    seen: set[tuple[Any, Any]] = set()
    for index, one in enumerate(document.get("wordings") or []):
        if not isinstance(one, Mapping) or not {"path", "destination"} <= one.keys():
            continue
        at: Steps = ("wordings", index)
        if ("text" in one) == ("confirmed_because" in one):
            yield at, "Give either a text or the reason for which it is sent as it is."
        if (one["destination"], one["path"]) in seen:
            yield at, "Repeats another entry; a text is worded once for each destination."
        seen.add((one["destination"], one["path"]))
        if asked is not None and one["destination"] not in asked:
            yield (*at, "destination"), "Is not asked for in `destinations`."
        if one["path"].startswith(BESIDE):
            if "text" in one:
                yield (
                    (*at, "text"),
                    "What was sent beside a document is not worded anew: confirm what was done.",
                )
        elif not isinstance(value_at_pointer(document, one["path"]), str) and not _is_in(aside, one["path"]):
            yield (*at, "path"), "Points to no text in this submission."


def _set_aside(document: Document) -> list[str]:
    """Return where answers were set aside: a text in one of them is worded when it is given again."""
    entries = enumerate(document.get("destinations") or ())
    places = [("", document), *((f"/destinations/{index}", entry) for index, entry in entries)]
    return [
        f"{place}{one['pointer']}"
        for place, given in places
        if isinstance(given, Mapping)
        for one in given.get("not_understood") or ()
        if isinstance(one, Mapping) and "pointer" in one
    ]


def _is_in(places: list[str], path: str) -> bool:
    return any(f"{path}/".startswith(f"{place}/") for place in places)


def _is_whole(document: Document) -> bool:
    """Return whether every entry of `destinations` says what it asks for."""
    listed = document.get("destinations")
    return isinstance(listed, list) and all(isinstance(one, Mapping) and "kind" in one for one in listed)
