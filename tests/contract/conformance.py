"""Compares responses with the document: status, content type, headers and body must be as published."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

import jsonschema_rs
from flask import Flask, Request, Response, g, request, request_finished

from service import db
from service.openapi import document, pages

Json = dict[str, Any]
_COMPONENTS: Final = "urn:document"
METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})


def operations(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and operation of everything in a document."""
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


@dataclass
class Conformance:
    """A document, ready to be compared with answers."""

    spec: Json
    by_id: dict[str, Json] = field(init=False)
    _validators: dict[int, Any] = field(default_factory=dict)
    _components: Any = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {operation["operationId"]: operation for _, _, operation in operations(self.spec)}
        # Read once for all validators: each would make a copy of its own.
        components = {"components": self.spec["components"]}
        self._components = jsonschema_rs.Registry(
            [(_COMPONENTS, components)], draft=jsonschema_rs.Draft202012
        )

    def resolve(self, found: Json) -> Json:
        """Follow one reference into the components."""
        while "$ref" in found:
            _, _, section, name = found["$ref"].split("/")
            found = self.spec["components"][section][name]
        return found

    def body_faults(self, schema: Json, body: Any) -> list[str]:
        """Return what is wrong with a body by a schema of the document, which lives as long as that does."""
        key = id(schema)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                _elsewhere(schema), validate_formats=True, registry=self._components
            )
        return [
            f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
            for error in self._validators[key].iter_errors(body)
        ]

    def request_faults(self, operation_id: str, body: Any) -> list[str]:
        """Return what is wrong with the body of a request."""
        (content,) = self.by_id[operation_id]["requestBody"]["content"].values()
        return self.body_faults(content["schema"], body)

    def faults(self, operation_id: str, answer: Response) -> list[str]:
        """Return how a response differs from the document."""
        operation = self.by_id[operation_id]
        documented = operation["responses"].get(str(answer.status_code))
        if documented is None:
            return [f"status {answer.status_code} is not documented"]
        response = self.resolve(documented)
        return [
            *self._header_faults(response, answer),
            *self._content_faults(operation, response, answer),
        ]

    def _header_faults(self, response: Json, answer: Response) -> Iterator[str]:
        headers = response.get("headers", {})
        for name, reference in headers.items():
            if self.resolve(reference).get("required") and name not in answer.headers:
                yield f"no {name}"
        if answer.status_code < 300:
            for name in ("ETag", "Location", "Link", "Retry-After"):
                if name in answer.headers and name not in headers:
                    yield f"{name} is not documented"
            if "ETag" in headers and "ETag" not in answer.headers:
                yield "no ETag"

    def _content_faults(self, operation: Json, response: Json, answer: Response) -> Iterator[str]:
        if "content" not in response:
            if answer.get_data():
                yield "a body is not documented"
            return
        if answer.mimetype not in response["content"]:
            yield f"content type {answer.mimetype} is not documented"
        elif answer.is_json:
            body = answer.get_json()
            yield from self.body_faults(response["content"][answer.mimetype]["schema"], body)
            types = operation["x-problem-types"].get(str(answer.status_code))
            if types is not None and body.get("type") not in types:
                yield f"problem type {body.get('type')} is not documented"


def _elsewhere(schema: Any) -> Any:
    """Return a schema whose references name the document that they are into."""
    match schema:
        case dict():
            return {
                name: f"{_COMPONENTS}{inner}" if name == "$ref" else _elsewhere(inner)
                for name, inner in schema.items()
            }
        case list():
            return [_elsewhere(inner) for inner in schema]
        case _:
            return schema


class ConformanceRecorder:
    """Compares every response of the application in a test with the document, and collects differences."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._shown: dict[tuple[object, ...], Any] = {}

    def __enter__(self) -> Self:
        request_finished.connect(self.record_response)
        return self

    def __exit__(self, *_: object) -> None:
        request_finished.disconnect(self.record_response)

    def record_response(self, app: Flask, response: Response, **_: Any) -> None:
        """Compare one answer with the document of its application."""
        if pages.name not in app.blueprints:
            return  # an application of a test's own, which publishes nothing
        known = conformance_of(app)
        operation_id = app.view_functions[request.endpoint].__name__ if request.endpoint else ""
        if operation_id in known.by_id and request.method.lower() in METHODS:
            self.found += [
                f"{operation_id} {response.status_code}: {fault}"
                for fault in known.faults(operation_id, response)
            ]
            self.found += [
                f"{operation_id}: {fault}" for fault in self._tag_faults(operation_id, request, response)
            ]

    def _tag_faults(self, operation_id: str, asked: Request, answer: Response) -> Iterator[str]:
        """Say what a caller is shown differently under a tag under which it was shown it before.

        Who asks again with that tag is told that nothing has changed.
        """
        if asked.method != "GET" or answer.status_code != HTTPStatus.OK or "ETag" not in answer.headers:
            return
        token = g.token
        whom = token.client_id, token.practitioner and (token.practitioner.id, token.practitioner.role)
        # A copy of the database beside it has tags of its own.
        key = db.url_for("api"), asked.full_path, answer.headers["ETag"], *whom
        body = answer.get_json()
        before = self._shown.setdefault(key, body)
        names = {name for name in {**before, **body} if before.get(name) != body.get(name)}
        if names:
            yield f"shows otherwise under one ETag: {', '.join(sorted(names))}"


_KNOWN: WeakKeyDictionary[Flask, Conformance] = WeakKeyDictionary()


def conformance_of(app: Flask) -> Conformance:
    """Return the document of an application, made once."""
    if app not in _KNOWN:
        _KNOWN[app] = Conformance(document(app))
    return _KNOWN[app]
