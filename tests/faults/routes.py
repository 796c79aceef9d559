"""All routes of the application with the methods and queries they take, and addresses made for them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from flask import Flask

from service.openapi import document

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
OPEN_TO_ANYBODY = ("/oauth", "/.well-known", "/health", "/metrics", "/docs", "/openapi.json", "/static")

REGISTRATION = "/v1/registration"
POLICIES = "/v1/policies"


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    method: str
    rule: str
    permission: str
    queries: tuple[str, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in its path."""
        return tuple(name for _, name in _PARAMETER.findall(self.rule))

    def path(self, values: Mapping[str, object]) -> str:
        """Return an address of this route; values are written as they are when they hold a percent sign."""

        def fill(found: re.Match[str]) -> str:
            value = str(values[found[2]])
            return value if "%" in value else quote(value, safe="")

        return _PARAMETER.sub(fill, self.rule)


@cache
def routes_of(app: Flask) -> tuple[Route, ...]:
    """Return every route that asks who is calling."""
    return tuple(sorted(_guarded(app), key=lambda route: (route.rule, route.method)))


def about_cases(app: Flask) -> tuple[Route, ...]:
    """Return every route but those of registrations and policies, which tell of nobody and have own tests."""
    return tuple(route for route in routes_of(app) if not route.rule.startswith((REGISTRATION, POLICIES)))


def _guarded(app: Flask) -> Iterator[Route]:
    paths = document(app)["paths"]
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(OPEN_TO_ANYBODY):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            described = paths[_PARAMETER.sub(r"{\2}", rule.rule)][method.lower()]
            queries = tuple(one["name"] for one in _resolved(described) if one["in"] == "query")
            permission: str = vars(app.view_functions[rule.endpoint])["permission"]
            yield Route(method, rule.rule, permission, queries)


def _resolved(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in described.get("parameters", ()) if "in" in one]
