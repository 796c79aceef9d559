"""The published document: valid, complete, and what the code says."""

import ast
import itertools
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from openapi_spec_validator import validate

from service.access.permissions import PERMISSIONS
from service.openapi import document
from service.openapi.problems import PROBLEMS

PUBLISHED = Path(__file__).parent.parent / "openapi" / "openapi.json"
OPEN_TO_ANYBODY = {
    "issue_token",
    "describe_authorization_server",
    "list_signing_keys",
    "read_liveness",
    "read_readiness",
    "read_metrics",
}

VERBS = {
    "acknowledge",
    "correct",
    "add",
    "agree",
    "assign",
    "answer",
    "amend",
    "apply",
    "ask",
    "change",
    "complete",
    "confirm",
    "countersign",
    "decide",
    "describe",
    "end",
    "enter",
    "exclude",
    "hand",
    "issue",
    "keep",
    "lift",
    "limit",
    "list",
    "move",
    "open",
    "patch",
    "name",
    "note",
    "preview",
    "propose",
    "publish",
    "read",
    "reassign",
    "record",
    "register",
    "remove",
    "replay",
    "report",
    "request",
    "return",
    "review",
    "search",
    "send",
    "share",
    "submit",
    "supply",
    "take",
    "withdraw",
}
"""The verbs that an operation may be named by."""
A_STANDARD_FORMAT = "list_signing_keys"
"""A JWK set: RFC 7517 names its members."""


@pytest.fixture(scope="module")
def spec(app: Flask) -> dict[str, Any]:
    return document(app)


def operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        operation
        for path in spec["paths"].values()
        for method, operation in path.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def success_schema(operation: dict[str, Any]) -> str:
    """Return the name of the schema that an operation answers with."""
    success = next(response for status, response in operation["responses"].items() if status.startswith("2"))
    content = success["content"].get("application/json", {"schema": {}})
    return str(content["schema"].get("$ref", "")).rpartition("/")[2]


def lists_of(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the operations that answer with a list: by their name, or by the form of the answer."""
    return {
        operation["operationId"]: operation
        for operation in operations(spec)
        if operation["operationId"] != A_STANDARD_FORMAT
        and (
            operation["operationId"].startswith("list_")
            or {"items", "next"}
            & spec["components"]["schemas"].get(success_schema(operation), {}).get("properties", {}).keys()
        )
    }


def test_the_document_is_valid(spec: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the validator's own dependencies
        validate(spec)


def test_what_is_published_is_what_the_code_says(spec: dict[str, Any]) -> None:
    assert json.loads(PUBLISHED.read_text()) == json.loads(json.dumps(spec)), "run `make openapi`"


def test_every_operation_has_a_name_of_its_own(spec: dict[str, Any]) -> None:
    names = Counter(operation["operationId"] for operation in operations(spec))
    assert [name for name, number in names.items() if number > 1] == []


def test_every_operation_is_named_by_a_verb_and_a_noun(spec: dict[str, Any]) -> None:
    for operation in operations(spec):
        verb, _, noun = operation["operationId"].partition("_")
        assert verb in VERBS, operation["operationId"]
        assert noun, operation["operationId"]
    assert {operation["operationId"].partition("_")[0] for operation in operations(spec)} == VERBS


def test_every_list_has_the_same_members(spec: dict[str, Any]) -> None:
    lists = {name: operation for name, operation in lists_of(spec).items() if name != "read_events"}
    assert len(lists) > 15
    for name, operation in lists.items():
        schema = success_schema(operation)
        assert schema.endswith("List"), name
        shown = spec["components"]["schemas"][schema]
        # Which are counted: tests/test_lists.py.
        counted = ["counts"] if "counts" in shown["properties"] else []
        # A referral's timeline ends with what has not happened yet.
        beside = ["waiting_for"] if name == "read_referral_timeline" else []
        assert list(shown["properties"]) == ["items", "next", *counted, *beside], schema
        assert sorted(shown["required"]) == sorted(["items", "next", *counted, *beside]), schema
        assert "$ref" in shown["properties"]["items"]["items"], schema
        assert shown["properties"]["next"]["type"] == ["string", "null"], schema
    feed = spec["components"]["schemas"][success_schema(lists_of(spec)["read_events"])]
    assert list(feed["properties"]) == ["items", "next", "more"]


def test_every_list_pages_in_the_same_way(spec: dict[str, Any]) -> None:
    ways = set()
    for name, operation in lists_of(spec).items():
        query = {one["name"]: one["schema"] for one in operation["parameters"] if one.get("in") == "query"}
        assert {"after", "limit"} <= query.keys(), name
        ways.add(json.dumps([query["after"], query["limit"]], sort_keys=True))
    assert len(ways) == 1


def test_what_is_called_a_list_is_the_answer_of_a_list(spec: dict[str, Any]) -> None:
    named = {name for name in spec["components"]["schemas"] if name.endswith("List")}
    answered = {success_schema(operation) for operation in lists_of(spec).values()}
    assert named == answered - {"EventFeed"}
    pages = {
        name for name, one in spec["components"]["schemas"].items() if "next" in one.get("properties", {})
    }
    assert pages == answered


def test_whatever_has_an_address_of_its_own_says_which(spec: dict[str, Any]) -> None:
    own_addresses = {
        path: item["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        for path, item in spec["paths"].items()
        if path.endswith("}") and "get" in item
    }
    assert len(own_addresses) > 5
    for path, ref in own_addresses.items():
        shown = spec["components"]["schemas"][ref.rpartition("/")[2]]["properties"]
        assert "href" in shown, path


def test_a_source_is_one_of_the_same_words_wherever_it_is_said(spec: dict[str, Any]) -> None:
    words = {
        name: tuple(one for one in schema["properties"]["source"]["enum"] if one is not None)
        for name, schema in spec["components"]["schemas"].items()
        if "enum" in schema.get("properties", {}).get("source", {})
    }
    assert {
        "Contact",
        "Address",
        "ContactView",
        "AddressView",
        "ChangeSubmission",
        "ChangeView",
    } <= words.keys()
    assert len(set(words.values())) == 1, words


def test_what_is_missing_for_a_check_has_one_shape(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    shapes = {
        str(schemas[name]["properties"]["missing"]["items"])
        for name in ("DraftCheckView", "CheckRequestView")
    }
    assert shapes == {str({"$ref": "#/components/schemas/MissingDetail"})}


def described(schema: dict[str, Any]) -> bool:
    """Return whether a property says what it is, itself or by the schema that it refers to."""
    return bool(schema.get("description")) or "$ref" in schema or "allOf" in schema


def codes_without_meaning(schema: dict[str, Any]) -> list[str]:
    """Return the codes of a property, or of the entries of a list, that nothing explains."""
    items = schema.get("items", {})
    explained = schema.get("description", "") + items.get("description", "")
    listed = [] if "x-enum-descriptions" in schema else [*schema.get("enum", ()), *items.get("enum", ())]
    return [str(code) for code in listed if code is not None and f"`{code}`" not in explained]


def undescribed_in(schema: dict[str, Any], where: str) -> Iterator[str]:
    """Yield every property below a schema, at any depth, that has no description or an unexplained code."""
    for name, member in schema.get("properties", {}).items():
        if not described(member):
            yield f"{where}.{name}"
        yield from (f"{where}.{name}: {code}" for code in codes_without_meaning(member))
        for below in (member, member.get("items", {})):
            yield from undescribed_in(below, f"{where}.{name}")


def test_every_schema_is_described(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_every_property_is_described_and_every_code_explained(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    found = [
        one
        for name, schema in schemas.items()
        for one in (
            *undescribed_in(schema, name),
            *(f"{name}: {code}" for code in codes_without_meaning(schema)),
        )
    ]
    assert found == []


def test_every_parameter_is_described_and_every_code_explained(spec: dict[str, Any]) -> None:
    parameters = [
        *spec["components"]["parameters"].values(),
        *(one for path in spec["paths"].values() for one in path.get("parameters", ())),
        *(one for operation in operations(spec) for one in operation.get("parameters", ())),
    ]
    own = [one for one in parameters if "$ref" not in one]
    assert len(own) > 30
    assert [one["name"] for one in own if not one.get("description")] == []
    for one in own:
        schema = {**one["schema"], "description": one["description"]}
        assert codes_without_meaning(schema) == [], one["name"]


def test_every_operation_says_what_it_is_for_and_who_may_call_it(spec: dict[str, Any]) -> None:
    for operation in operations(spec):
        assert operation.get("summary"), operation["operationId"]
        if operation["operationId"] in OPEN_TO_ANYBODY:
            assert operation["security"] == []
        else:
            assert operation["x-permission"] in PERMISSIONS, operation["operationId"]
            assert operation["security"], operation["operationId"]


def test_a_bearer_token_is_accepted_wherever_oauth_is_required(spec: dict[str, Any]) -> None:
    bearer = spec["components"]["securitySchemes"]["bearer"]
    assert (bearer["type"], bearer["scheme"], bearer["bearerFormat"]) == ("http", "bearer", "JWT")
    for operation in operations(spec):
        ways = operation["security"]
        assert [way for way in ways if "oauth" not in way] == [{"bearer": []}] * bool(ways)
        assert len(ways) != 1, operation["operationId"]


def test_the_document_says_what_is_not_there_where_another_issuer_gives_the_tokens(
    spec: dict[str, Any],
) -> None:
    found = {operation["operationId"]: operation for operation in operations(spec)}
    for name, status in (
        ("describe_authorization_server", "404"),
        ("list_signing_keys", "404"),
        ("issue_token", "400"),
    ):
        assert "another issuer" in found[name]["description"], name
        assert status in found[name]["responses"], name


def test_every_route_of_the_api_is_in_the_document(app: Flask, spec: dict[str, Any]) -> None:
    documented = {operation["operationId"] for operation in operations(spec)}
    views = {
        app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules() if "/docs" not in rule.rule
    }
    hidden = {view.__name__ for view in views} - documented
    assert hidden == {"show_document"}


def test_every_refusal_is_a_problem_document(spec: dict[str, Any]) -> None:
    for operation in operations(spec):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")) and operation["operationId"] not in OPEN_TO_ANYBODY:
                assert response["$ref"].startswith("#/components/responses/Problem"), operation["operationId"]


def test_every_status_that_is_refused_with_lists_its_types_of_problem(spec: dict[str, Any]) -> None:
    for operation in operations(spec):
        problems = {s for s, response in operation["responses"].items() if "$ref" in response}
        assert set(operation["x-problem-types"]) == problems, operation["operationId"]
        for status, types in operation["x-problem-types"].items():
            assert {PROBLEMS[one.removeprefix("/problems/")][0] for one in types} == {int(status)}


def test_every_component_is_referred_to(spec: dict[str, Any]) -> None:
    referred = set(re.findall(r'"#/components/(\w+/[\w.-]+)"', json.dumps(spec)))
    kinds = spec["components"].keys() - {"securitySchemes"}
    assert {f"{kind}/{name}" for kind in kinds for name in spec["components"][kind]} - referred == set()


def test_every_type_of_problem_in_the_code_is_documented() -> None:
    raised = {
        slug for file in (Path(__file__).parent.parent / "service").rglob("*.py") for slug in slugs_in(file)
    }
    written_by_oauth = {"tokens-elsewhere", "bad-certificate"}  # at the token endpoint, in OAuth's own form
    assert raised - set(PROBLEMS) == written_by_oauth


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FIND")


def test_whatever_the_framework_refuses_is_a_documented_type_of_problem(app: Flask) -> None:
    seen = set()
    addresses = {re.sub(r"<[^>]+>", str(UUID(int=7)), rule.rule) for rule in app.url_map.iter_rules()}
    for address, method in itertools.product(sorted(addresses | {"/", "/nowhere", "/v1/people/7"}), METHODS):
        answer = app.test_client().open(address, method=method)
        if answer.status_code >= 400 and method != "HEAD" and answer.mimetype == "application/problem+json":
            slug = answer.get_json()["type"].removeprefix("/problems/")
            assert PROBLEMS[slug][0] == answer.status_code, (method, address)
            seen.add(slug)
    assert {"method-not-allowed", "not-found"} <= seen


def slugs_in(file: Path) -> Iterator[str]:
    """Yield the types of problem that a file makes."""
    place = {"Problem": 1, "bad_request": 0, "forbidden": 0}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in place:
            argument = node.args[place[node.func.id]]
            if isinstance(argument, ast.Constant):
                yield str(argument.value)


def test_only_what_names_its_version_can_be_not_modified(spec: dict[str, Any]) -> None:
    for path in spec["paths"].values():
        for method, operation in path.items():
            if method == "get":
                tagged = "ETag" in operation["responses"]["200"].get("headers", {})
                assert ("304" in operation["responses"]) == tagged, operation["operationId"]


def test_the_page_works_without_the_internet(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/docs")
    assert page.status_code == 200
    assert "http" not in page.text.replace("<!doctype html>", "")
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert client.get(f"/docs/{asset}").status_code == 200
    assert client.get("/docs/../cli.py").status_code == 404
    assert client.get("/openapi.json").get_json()["openapi"] == "3.1.0"
