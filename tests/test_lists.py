"""Every list of the published document is read from either end, and counted where its items have a state."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PUBLISHED = Path(__file__).parent.parent / "openapi" / "openapi.json"
IN_ONE_ORDER = {
    "/v1/audit/entries": "the newest first: a search of the trail, which nobody reads from its beginning",
    "/v1/checks/{check_id}/history": "the oldest first: what happened, in turn",
    "/v1/events": "the feed, which is read in its order and from a cursor",
    "/v1/policies": "by key",
    "/v1/policies/{policy_key}/versions": "the last published first; all that there are fit on a page",
    "/v1/registration/areas": "by name",
    "/v1/registration/clients": "by id",
    "/v1/registration/duties": "by name",
    "/v1/registration/organisations": "by kind and code",
    "/v1/staff": "by id",
}
"""Lists without `order`, each with what it is ordered by; nothing in most of them is older or newer."""
NOT_COUNTED = {
    "/v1/policies/{policy_key}/versions": "its state is worked out from all versions of a policy, not stored",
}
"""Lists without `counts` whose items have a `state`, each with the reason."""
COUNTED_OTHERWISE = {
    "/v1/referrals": "by overall status",
    "/v1/releases": "by the worst of what is not ready",
    "/v1/people": "by what makes a case need somebody",
    "/v1/work": "by kind: what is to be done",
    "/v1/people/{person_id}/addresses": "by kind",
    "/v1/people/{person_id}/changes-of-circumstance": "by kind",
    "/v1/destination-referrals/{destination_referral_id}/changes-of-circumstance": "by kind",
}
"""Lists with `counts` whose items have no `state`."""


class Listing(NamedTuple):
    """A list of the document: its address, query parameters, and the members of it and of an item."""

    path: str
    asked: frozenset[str]
    members: frozenset[str]
    of_item: frozenset[str]


def listings() -> Iterator[Listing]:
    document = json.loads(PUBLISHED.read_text())

    def at(found: Any) -> Any:
        while "$ref" in found:
            name = found["$ref"]
            found = document
            for step in name.removeprefix("#/").split("/"):
                found = found[step]
        return found

    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        given = [*operations.get("parameters", []), *operations["get"].get("parameters", [])]
        asked = frozenset(one["name"] for one in map(at, given) if one["in"] == "query")
        content = at(operations["get"]["responses"].get("200", {})).get("content", {})
        members = at(content.get("application/json", {}).get("schema", {})).get("properties", {})
        if "items" in members and "limit" in asked:
            item = at(members["items"]["items"])
            yield Listing(path, asked, frozenset(members), frozenset(item.get("properties", {})))


def test_every_list_is_read_from_either_end() -> None:
    every = list(listings())
    assert len(every) > 30
    assert {one.path for one in every if "order" not in one.asked} == IN_ONE_ORDER.keys()


def test_every_list_of_what_has_a_state_is_counted() -> None:
    every = list(listings())
    with_state = {one.path for one in every if "state" in one.of_item}
    counted = {one.path for one in every if "counts" in one.asked}
    assert with_state - counted == NOT_COUNTED.keys()
    assert counted - with_state == COUNTED_OTHERWISE.keys()
    assert counted == {one.path for one in every if "counts" in one.members}
