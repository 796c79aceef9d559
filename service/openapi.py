"""The OpenAPI document: what flask-smorest knows of the routes, and what our conventions add.

Nothing is declared twice: the permission and the preconditions are read from the view itself, so that the
document cannot say otherwise than the code. Also the page that shows it, which works without internet.
"""

import inspect
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template_string
from marshmallow import fields as marshmallow_fields
from werkzeug.exceptions import NotFound

from service import fields
from service.access.permissions import PERMISSIONS, SCOPES

Operation = dict[str, Any]

_ABOUT = """\
One canonical probation referral, submitted once and fanned out to approved premises, CAS3, commissioned
rehabilitative services and MAPPA; police and children's services checks, raised, chased and escalated until
somebody answers; and a record of everything, in the same transaction.

Every answer that is not a success is a problem document (RFC 9457). Every write of something new takes an
`Idempotency-Key`; every change of something that exists takes `If-Match`. Lists are read by cursor.
There is no national response time for police or children's services checks: every target here is a default of
this service, and an agreement overrides it."""

_PROBLEMS: Final[dict[int, str]] = {
    400: "The request cannot be read.",
    401: "The caller has not shown who it is.",
    403: "Not for this kind of caller, or a practitioner must be named.",
    404: "There is nothing here for this caller.",
    409: "Not possible as things stand: says the state, and what is allowed to this caller now.",
    410: "The place in the list is no longer known: says how to start over.",
    412: "It has changed since the caller read it.",
    413: "The body is too large.",
    415: "Not JSON.",
    422: "Some of what was sent is not right: every fault at once, each with a JSON pointer.",
    428: "A change must say which version it changes.",
    500: "A fault of ours; it has been logged.",
    503: "Try again shortly; nothing was stored.",
}

_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "description": "A problem document (RFC 9457). It never holds personal data.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "Stable: compare this, not the words."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "description": "Quote it when you ask us."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "A query parameter."},
                    "detail": {"type": "string"},
                },
            },
        },
        "errors_omitted": {"type": "integer"},
        "state": {"type": "string"},
        "allowed": {"type": "array", "items": {"type": "string"}},
    },
}

_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
        "description": "The ETag of the version you are changing.",
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "One key for each submission, the same when it is sent again.",
    },
}
_CALLED_FOR: Final = {
    "require_match": "If-Match",
    "replay": "Idempotency-Key",
    "is_repeat": "Idempotency-Key",
}


def prepare(converter: Any) -> None:
    """Teach apispec's converter, which has no types, our own fields."""
    converter.map_to_openapi_type(fields.Day, "string", "date")
    converter.map_to_openapi_type(fields.Moment, "string", "date-time")
    converter.map_to_openapi_type(marshmallow_fields.UUID, "string", "uuid")

    def pattern(_self: Any, field: Any, **_: Any) -> dict[str, Any]:
        return {"pattern": f"^{field.pattern.pattern}$"} if isinstance(field, fields.Patterned) else {}

    def alternatives(self: Any, field: Any, **_: Any) -> dict[str, Any]:
        schemas: tuple[Any, ...] = getattr(field, "alternatives", tuple)()
        return {"anyOf": [self.resolve_nested_schema(schema) for schema in schemas]} if schemas else {}

    converter.add_attribute_function(pattern)
    converter.add_attribute_function(alternatives)


def _views(app: Flask) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for argument in rule.arguments:
            for converter in ("uuid:", "int:", "string:", "path:", ""):
                path = path.replace(f"<{converter}{argument}>", f"{{{argument}}}")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield path, method.lower(), app.view_functions[rule.endpoint]


def headers_of(view: Callable[..., Any]) -> list[str]:
    """Return the precondition headers that a view asks for, read from the view itself."""
    names = inspect.unwrap(view).__code__.co_names
    return [header for called, header in _CALLED_FOR.items() if called in names]


def _problems(operation: Operation, method: str, permission: str | None, headers: list[str]) -> set[int]:
    found = {500, 503}
    if permission:
        found |= {401, 403}
    if "{" in operation["path"]:
        found |= {404}
        if method != "get":
            found |= {409}
    if "requestBody" in operation:
        found |= {400, 413, 415, 422}
    if any(parameter.get("in") == "query" for parameter in operation.get("parameters", [])):
        found |= {400, 422}
    if "If-Match" in headers:
        found |= {412, 428}
    if "Idempotency-Key" in headers:
        found |= {400, 409, 422}
    return found


def _complete(path: str, method: str, operation: Operation, view: Callable[..., Any]) -> None:
    permission = getattr(view, "permission", None)
    headers = headers_of(view)
    operation["operationId"] = view.__name__
    if headers:
        operation.setdefault("parameters", []).extend(
            {"$ref": f"#/components/parameters/{header}"} for header in headers
        )
    responses = {
        status: response
        for status, response in operation.get("responses", {}).items()
        if str(status).startswith("2") or not isinstance(response, str | dict) or "content" in response
    }
    for status in sorted(_problems({**operation, "path": path}, method, permission, headers)):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    if permission:
        row = PERMISSIONS[permission]
        scopes = sorted({row.scope_for(side) for side in row.sides if side != "service"})
        operation["security"] = [{"oauth": [scope]} for scope in scopes]
        operation["x-permission"] = permission
        if method == "get":
            responses.setdefault("304", {"description": "Nothing has changed since the ETag you sent."})
    else:
        operation["security"] = []
    operation["responses"] = dict(sorted(responses.items()))


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an application."""
    made: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    made["info"] |= {"summary": "How agencies share referrals and checks", "description": _ABOUT}
    made["servers"] = [{"url": "/"}]
    components = made.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), "Problem": _PROBLEM_SCHEMA}
    components["responses"] = {
        f"Problem{status}": {
            "description": words,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, words in _PROBLEMS.items()
    }
    components["parameters"] = _HEADERS
    components["securitySchemes"] = {
        "oauth": {
            "type": "oauth2",
            "description": "Client credentials with a signed client assertion (private_key_jwt); a probation "
            "case system exchanges a practitioner assertion for the token it calls with.",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": dict(SCOPES)}},
        }
    }
    components["schemas"].pop("Error", None)
    for path, method, view in _views(app):
        operation = made["paths"].get(path, {}).get(method)
        if operation is not None:
            _complete(path, method, operation, view)
    return made


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Referral Exchange</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="page"></div><script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script></body></html>"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#page", deepLinking: true, docExpansion: "list"});'
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

pages = Blueprint("documentation", __name__)


@pages.get("/openapi.json")
def show_document() -> Response:
    """Serve the document, made once for each process."""
    app = current_app
    if "openapi" not in app.extensions:
        app.extensions["openapi"] = document(current_app)
    return jsonify(app.extensions["openapi"])


@pages.get("/docs")
def show_page() -> Response:
    """Serve the page that shows the document."""
    page = Response(render_template_string(_PAGE), content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page


@pages.get("/docs/<name>")
def show_asset(name: str) -> Response:
    """Serve the page's own files, from the package that ships them.

    Raises:
        NotFound: it is not one of them.
    """
    if name == "start.js":
        return Response(_START, content_type="text/javascript; charset=utf-8")
    if name not in _ASSETS:
        raise NotFound
    data = (files("swagger_ui") / "static" / name).read_bytes()
    return Response(data, content_type=_ASSETS[name], headers={"Cache-Control": "public, max-age=86400"})
