"""Generates the OpenAPI document: flask-smorest's description of the routes, and what our conventions add.

Nothing is declared twice: permissions and preconditions are read from the views, so the document cannot
differ from the code. The examples come from a real run; see `examples/`.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any, Final

from flask import Flask
from marshmallow import fields as marshmallow_fields

from service import fields
from service.access.permissions import PERMISSIONS, SCOPES, Permission
from service.destinations import DESTINATIONS
from service.http import HEADERS, TAGGED
from service.openapi import events
from service.openapi.problems import Facts, by_status, components, meaning, refusals

Operation = dict[str, Any]

_ABOUT = """\
One canonical probation referral, submitted once and fanned out to approved premises, CAS3, commissioned
rehabilitative services and MAPPA; police and children's services checks, raised, chased and escalated until
they are answered; and a record of everything, in the same transaction.

Every error is a problem document (RFC 9457); `x-problem-types` of an operation lists the `type`s that it can
have. Every call that creates something takes an `Idempotency-Key`; every call that changes something takes
`If-Match`. Lists are read by cursor. Responses can gain members, and codes can gain values: ignore those that
you do not recognise.

There is no national response time for police or children's services checks: every target here is a default of
this service, and an agreement overrides it."""

_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
        "description": "The ETag of the version you are changing.",
        "example": '"7OnPBzZlSQBkCvAbZwqJ"',
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The ETag of what you have read; the response is a 304 if it has not changed.",
        "example": '"7OnPBzZlSQBkCvAbZwqJ"',
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "description": "A key of your own for each call; send the same key when you repeat the call.",
        "example": "0d9c1f6e-7f53-4a33-a1b2-3c7f0f4de001",
    },
}
_PARAMETERS["Idempotency-Key-Optional"] = {
    **_PARAMETERS["Idempotency-Key"],
    "required": False,
    "description": "With a key, a repeated call is recognised and not refused as stale.",
}
_PARAMETERS["If-Match-Optional"] = {
    **_PARAMETERS["If-Match"],
    "required": False,
    "description": "The ETag of the version you are replacing; leave it out to create.",
}
_HEADER_OF_CALL: Final = {
    "require_match_or_absence": "If-Match-Optional",
    "require_match": "If-Match",
    "require_match_unless_new": "If-Match-Optional",
    "replay": "Idempotency-Key",
    "is_repeat": "Idempotency-Key-Optional",
    "changed_before": "Idempotency-Key-Optional",
}
_PATH_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "number": {
        "description": "The number of the version, from 1.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "kind": {
        "description": "The kind of the organisation, such as `crs_provider`.",
        "example": "crs_provider",
    },
    "code": {"description": "The code of the organisation, such as `keyring`.", "example": "keyring"},
    "duty": {"description": "The duty, such as `crs:accommodation`.", "example": "crs:accommodation"},
    "area": {"description": "The area of the duty, such as `N55`.", "example": "N55"},
    "staff_id": {
        "description": "The id of the member of staff, as your system sends it in assertions.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~@:+='-]{1,200}$"},
    },
}
_DEFAULT_DESCRIPTIONS: Final = {"200": "The call succeeded.", "201": "Created."}
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path; errors there have OAuth's own form
_ALWAYS: Final = ("X-Request-Id",)
_RATE_LIMIT_HEADERS: Final = ("RateLimit", "RateLimit-Policy")


def prepare(converter: Any) -> None:
    """Register our own fields with apispec's converter, which has no types."""
    converter.map_to_openapi_type(fields.Day, "string", "date")
    converter.map_to_openapi_type(fields.Moment, "string", "date-time")
    converter.map_to_openapi_type(marshmallow_fields.UUID, "string", "uuid")

    def pattern(_self: Any, field: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(field, fields.Patterned):
            return {}
        form = field.pattern
        if isinstance(field, fields.Spelled) and not isinstance(field.root, fields.View):
            form = field.written
        return {"pattern": f"^{form.pattern}$"}

    def members(_self: Any, field: Any, **_: Any) -> dict[str, Any]:
        sent = isinstance(field, fields.FreeObject) and not isinstance(field.root, fields.View)
        return {"maxProperties": field.longest} if sent else {}

    def alternatives(self: Any, field: Any, **_: Any) -> dict[str, Any]:
        schemas: tuple[Any, ...] = getattr(field, "alternatives", tuple)()
        return {"anyOf": [self.resolve_nested_schema(schema) for schema in schemas]} if schemas else {}

    converter.add_attribute_function(pattern)
    converter.add_attribute_function(members)
    converter.add_attribute_function(alternatives)


@cache
def examples() -> dict[str, Any]:
    """Return the example of each operation: its `request`, if it takes a body, and its `response`.

    A request may be `{"same_as": operation}`.
    """
    folder = files("service.openapi") / "examples"
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text("utf-8"))
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.endswith(".json")
    }


def _shared() -> dict[str, Any]:
    """Return the requests that several operations take, for the components of the document."""
    names = {_same_as(example) for example in examples().values()} - {None}
    return {str(name): {"value": examples()[str(name)]["request"]} for name in sorted(map(str, names))}


def _same_as(example: dict[str, Any]) -> str | None:
    found: str | None = example.get("request", {}).get("same_as")
    return found


def _views(app: Flask) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for argument in rule.arguments:
            for converter in ("uuid:", "int:", "string:", "path:", ""):
                path = path.replace(f"<{converter}{argument}>", f"{{{argument}}}")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield path, method.lower(), app.view_functions[rule.endpoint]


def headers_of(view: Callable[..., Any]) -> list[str]:
    """Return the headers of a request that a view asks for, read from the view itself."""
    names = inspect.unwrap(view).__code__.co_names
    return [header for called, header in _HEADER_OF_CALL.items() if called in names]


def _queries(operation: Operation) -> frozenset[str]:
    return frozenset(one["name"] for one in operation.get("parameters", ()) if one.get("in") == "query")


def _complete(path: str, method: str, operation: Operation, view: Callable[..., Any]) -> None:
    name = getattr(view, "permission", None)
    permission = PERMISSIONS[name] if name else None
    asked = headers_of(view)
    facts = Facts(
        operation_id=view.__name__,
        permission=permission,
        path_parameters="{" in path,
        query=_queries(operation),
        body="requestBody" in operation and permission is not None,
        if_match=any(header.startswith("If-Match") for header in asked),
        key=any(header.startswith("Idempotency-Key") for header in asked),
    )
    operation["operationId"] = facts.operation_id
    success, shown = next((s, r) for s, r in operation["responses"].items() if s.startswith("2"))
    if method == "get" and TAGGED.items() <= shown.get("headers", {}).items():
        asked.append("If-None-Match")
    if asked:
        operation.setdefault("parameters", []).extend(
            {"$ref": f"#/components/parameters/{header}"} for header in asked
        )
    if "content" not in shown:
        shown["content"] = {"text/plain": {"schema": {"type": "string"}}}
    _describe(operation, permission)
    responses = {
        status: response
        for status, response in operation["responses"].items()
        if status == success or (isinstance(response, dict) and "content" in response)
    }
    grouped = by_status(slug for slug in refusals(facts) if path != TOKEN_PATH)
    for status, slugs in grouped.items():
        if status not in responses:
            where = f"#/components/responses/Problem{status}"
            responses[status] = {"$ref": where, "description": meaning(slugs)}
    if "If-None-Match" in asked:
        responses["304"] = {
            "description": "It has not changed: your ETag is still its ETag.",
            "headers": _documented((*TAGGED, *_ALWAYS, *_RATE_LIMIT_HEADERS)),
        }
    for status, response in responses.items():
        if "$ref" not in response and status != "304":
            declared = tuple(response.get("headers", ()))
            linked = ("Link",) if "after" in facts.query and status == success else ()
            full = ("Retry-After",) if "wait" in facts.query and status == success else ()
            waiting = ("Retry-After",) if status == "429" else ()
            counted = _RATE_LIMIT_HEADERS if permission or path == TOKEN_PATH else ()
            response["headers"] = _documented((*declared, *linked, *full, *waiting, *_ALWAYS, *counted))
            response["description"] = _DEFAULT_DESCRIPTIONS.get(
                status, "An error in the form of this endpoint."
            )
    operation["x-problem-types"] = {
        status: [f"/problems/{slug}" for slug in slugs]
        for status, slugs in grouped.items()
        if "$ref" in responses[status]
    }
    operation["responses"] = dict(sorted(responses.items()))
    _illustrate(operation)


def _documented(headers: tuple[str, ...]) -> dict[str, Any]:
    return {header: {"$ref": f"#/components/headers/{header}"} for header in headers}


def _describe(operation: Operation, permission: Permission | None) -> None:
    paragraphs = [operation["description"]] if "description" in operation else []
    if permission is None:
        operation["security"] = []
        paragraphs.append("No token is needed.")
    else:
        operation["x-permission"] = next(name for name, row in PERMISSIONS.items() if row is permission)
        sides = [side for side in permission.sides if side != "service"]
        scopes = sorted({scope for side in sides for scope in permission.scopes_for(side)})
        operation["security"] = [*({"oauth": [scope]} for scope in scopes), {"bearer": []}]
        paragraphs.append(f"For: {', '.join(sides)}. Scope: {', '.join(f'`{scope}`' for scope in scopes)}.")
        in_role = f" in one of the roles {', '.join(permission.roles)}" if permission.roles else ""
        if "probation" in sides and permission.needs_practitioner:
            paragraphs.append(f"A probation system acts for a named practitioner{in_role}.")
        if "administration" in sides:
            paragraphs.append(f"An administration's system acts for a named person{in_role}.")
        paragraphs.append(f"Purpose: {permission.purpose} ({permission.legal_basis}).")
    operation["description"] = "\n\n".join(paragraphs)


def _illustrate(operation: Operation) -> None:
    name = operation["operationId"]
    example = examples().get(name, {})
    if "request" in example:
        (content,) = operation["requestBody"]["content"].values()
        shared = _same_as(example) or (name if name in _shared() else None)
        if shared:
            content["examples"] = {shared: {"$ref": f"#/components/examples/{shared}"}}
        else:
            content["example"] = example["request"]
    if "response" in example:
        # Putting something answers the same whether it was there before (200) or not (201).
        for status in _DEFAULT_DESCRIPTIONS.keys() & operation["responses"].keys():
            (content,) = operation["responses"][status]["content"].values()
            content["example"] = example["response"]


def _explain_path(item: dict[str, Any]) -> None:
    for parameter in item.get("parameters", ()):
        name = parameter["name"]
        thing = (
            "destination referral"
            if name == "destination_referral_id"
            else name.removesuffix("_id").replace("_", " ")
        )
        parameter.update(_PATH_PARAMETERS.get(name, {"description": f"The id of the {thing}."}))


def _descriptions(converter: Any) -> dict[str, str]:
    """Return what the class of each schema says it is, by the name of the schema."""
    # Not `Meta.description`: apispec leaves out `additionalProperties` where there is one.
    docstrings = {name: key[0].__doc__ for key, name in converter.refs.items()}
    return {
        name: " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())
        for name, text in docstrings.items()
        if text
    }


def _asks(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return one schema for each kind of destination, selected by `kind`."""
    general = schemas["DestinationAsk"]
    asks: dict[str, Any] = {}
    mapping: dict[str, str] = {}
    for kind, destination in DESTINATIONS.items():
        annex = destination.annex.__name__.removesuffix("Schema")
        categories = sorted(destination.service_categories)
        members = {
            **general["properties"],
            "kind": {"type": "string", "enum": [kind], "description": f"`{kind}`: {destination.title}."},
        }
        members["annex"] = {"$ref": f"#/components/schemas/{annex}"}
        if categories:
            meanings = "\n".join(f"- `{code}`: {destination.service_categories[code]}" for code in categories)
            members["service_category"] = {"type": "string", "enum": categories, "description": meanings}
        else:
            del members["service_category"]
        name = annex.removesuffix("Annex") + "Ask"
        mapping[kind] = f"#/components/schemas/{name}"
        asks[name] = {
            **general,
            "description": f"What is asked of one destination of the kind `{kind}`.",
            "properties": members,
            "required": ["kind", *(["service_category"] if categories else [])],
        }
    asks["DestinationAsk"] = {
        "description": "What is asked of one destination.",
        "oneOf": [{"$ref": where} for where in mapping.values()],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    return asks


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an application."""
    # What apispec gives is its own, to be made anew from: what is added here is added to a copy.
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    made: dict[str, Any] = deepcopy(api.spec.to_dict())
    made["info"] |= {
        "summary": "How agencies share referrals and checks",
        "description": _ABOUT,
        "contact": {"name": "The operator of this service"},
    }
    made["servers"] = [{"url": "/"}]
    own = made.setdefault("components", {})
    problems, refused = components()
    for name, description in _descriptions(api.ma_plugin.converter).items():
        own["schemas"][name].setdefault("description", description)
    own["schemas"] = {**own.get("schemas", {}), **problems}
    own["schemas"] |= _asks(own["schemas"])
    own["schemas"] |= events.schemas(own["schemas"])
    own["responses"] = refused
    own["parameters"] = _PARAMETERS
    own["headers"] = HEADERS
    own["examples"] = _shared()
    own["securitySchemes"] = {
        "oauth": {
            "type": "oauth2",
            "description": "Client credentials with a signed client assertion (private_key_jwt); a probation "
            "case system exchanges a practitioner assertion for the token it calls with.",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": dict(SCOPES)}},
        },
        # The way to try calls from a page that cannot sign an assertion.
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token that you already have: from `/oauth/token`, or with `make run` "
            "from `.venv/bin/referrals token CLIENT`. It must have the scope of the operation.",
        },
    }
    own["schemas"].pop("Error", None)
    own["schemas"].pop("PaginationMetadata", None)
    for path, method, view in _views(app):
        operation = made["paths"].get(path, {}).get(method)
        if operation is not None:
            _complete(path, method, operation, view)
    for item in made["paths"].values():
        _explain_path(item)
    return made
