"""What counts as breaking a published operation, and what does not."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.contract.breaking import breaking_changes

Json = dict[str, Any]
OLD: Json = {
    "paths": {
        "/things": {
            "post": {
                "operationId": "make_thing",
                "security": [{"oauth": ["feed"]}],
                "parameters": [{"$ref": "#/components/parameters/limit"}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}},
                },
                "responses": {
                    "201": {
                        "headers": {"ETag": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/View"}}},
                    }
                },
            }
        }
    },
    "components": {
        "parameters": {
            "limit": {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 500}}
        },
        "schemas": {
            "Ask": {
                "type": "object",
                "required": ["kind"],
                "additionalProperties": False,
                "properties": {
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "note": {"type": "string", "maxLength": 100},
                },
            },
            "View": {
                "type": "object",
                "required": ["id", "parts"],
                "properties": {
                    "id": {"type": "string"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                },
            },
            "Part": {
                "type": "object",
                "required": ["state"],
                "properties": {"state": {"type": "string", "enum": ["open"]}},
            },
        },
    },
}
Change = Callable[[Json, Json, Json], object]
"""Changes the operation, what is asked, and what is answered."""


def changed(change: Change) -> Json:
    new = deepcopy(OLD)
    schemas = new["components"]["schemas"]
    change(new["paths"]["/things"]["post"], schemas["Ask"], schemas["View"])
    return new


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        (lambda op, _a, _v: op.update(operationId="made"), "make_thing is now called made"),
        (lambda op, _a, _v: op["parameters"].clear(), "make_thing: query parameter limit is gone"),
        (lambda op, _a, _v: op["responses"].clear(), "make_thing 201 is gone"),
        (
            lambda op, _a, _v: op["responses"]["201"]["headers"].clear(),
            "make_thing 201: the header ETag is gone",
        ),
        (
            lambda op, _a, _v: op.update(security=[{"oauth": ["checks"]}]),
            'make_thing: {"oauth": ["feed"]} is no way in any more',
        ),
        (lambda _o, ask, _v: ask["required"].append("note"), "Ask.note is now required"),
        (lambda _o, ask, _v: ask["properties"].pop("note"), "Ask.note is gone"),
        (lambda _o, ask, _v: ask["properties"]["note"].update(maxLength=50), "Ask.note: maxLength is now 50"),
        (lambda _o, ask, _v: ask["properties"]["note"].update(pattern="^x"), "Ask.note: must now match ^x"),
        (lambda _o, ask, _v: ask["properties"]["kind"].update(enum=["a"]), "Ask.kind: takes fewer values: b"),
        (lambda _o, _a, view: view["properties"].pop("id"), "View.id is gone"),
        (lambda _o, _a, view: view["required"].remove("id"), "View.id is no longer always there"),
        (
            lambda _o, _a, view: view["properties"]["id"].update(type=["string", "null"]),
            "View.id: may now be null",
        ),
    ],
)
def test_a_removal_is_reported(change: Change, reported: str) -> None:
    assert breaking_changes(OLD, changed(change)) == [reported]


@pytest.mark.parametrize(
    "change",
    [
        lambda _o, _a, _v: None,
        lambda _o, ask, _v: ask["properties"].update(more={"type": "string"}),
        lambda _o, ask, _v: ask["properties"]["kind"]["enum"].append("c"),
        lambda _o, ask, _v: ask["properties"]["note"].update(maxLength=200),
        lambda _o, _a, view: view["properties"].update(more={"type": "string"}),
        lambda _o, _a, view: view["required"].append("more"),
        lambda op, _a, _v: op["responses"].update({"202": {}}),
        lambda op, _a, _v: op["parameters"].append({"in": "query", "name": "x", "schema": {}}),
        lambda op, _a, _v: op["security"].append({"oauth": ["checks"]}),
    ],
)
def test_what_only_adds_is_let_pass(change: Change) -> None:
    assert breaking_changes(OLD, changed(change)) == []


def test_a_part_deep_inside_an_answer_is_looked_at_too() -> None:
    new = deepcopy(OLD)
    new["components"]["schemas"]["Part"]["properties"].clear()
    assert breaking_changes(OLD, new) == ["Part.state is gone"]


def in_forms(*forms: Json) -> Json:
    new = deepcopy(OLD)
    new["components"]["schemas"]["View"] = {"oneOf": list(forms)}
    return new


def test_an_answer_in_several_forms_must_have_in_each_what_it_had_in_one() -> None:
    view = OLD["components"]["schemas"]["View"]
    lesser = {**view, "properties": {"parts": view["properties"]["parts"]}}
    assert breaking_changes(OLD, in_forms(view, view)) == []
    assert breaking_changes(OLD, in_forms(view, lesser)) == ["View.id is gone"]


def test_a_removed_operation_is_reported_unless_it_was_deprecated() -> None:
    gone: Json = {"paths": {}, "components": OLD["components"]}
    assert breaking_changes(OLD, gone) == ["POST /things is gone"]
    retired = deepcopy(OLD)
    retired["paths"]["/things"]["post"]["deprecated"] = True
    assert breaking_changes(retired, gone) == []


def test_the_published_document_does_not_break_itself() -> None:
    published = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
    assert breaking_changes(published, published) == []
    without = deepcopy(published)
    del without["paths"]["/v1/events"]
    assert breaking_changes(published, without) == ["GET /v1/events is gone"]
