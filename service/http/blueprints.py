"""flask-smorest, adapted: the view reads the body, and errors keep their headers."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import flask_smorest
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from service.http.bodies import Body, Parameters

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class _LateParser(FlaskParser):
    """Passes the view an unread body or query string."""

    DEFAULT_VALIDATION_STATUS = 422

    def use_args(self, argmap: Any, req: Any = None, *, location: str | None = None, **kwargs: Any) -> Any:
        del req, kwargs
        schema = argmap() if isinstance(argmap, type) else argmap
        late = Parameters(schema) if location == "query" else Body(schema)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def call(*args: Any, **kwargs: Any) -> Any:
                return view(*args, late, **kwargs)

            return call

        return decorate


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # flask-smorest has no types
    """A flask-smorest blueprint whose views read the body themselves."""

    ARGUMENTS_PARSER = _LateParser()

    if TYPE_CHECKING:  # flask-smorest has no types: the signatures of its decorators

        def route(
            self, rule: str, *, methods: Sequence[str] = ..., **options: Any
        ) -> Callable[[Decorated], Decorated]: ...

        def arguments(self, schema: type[Schema], **options: Any) -> Callable[[Decorated], Decorated]: ...

        def response(
            self, status: int, schema: type[Schema] | None = ..., **options: Any
        ) -> Callable[[Decorated], Decorated]: ...

        def alt_response(self, status: int, **options: Any) -> Callable[[Decorated], Decorated]: ...

        def doc(self, **description: Any) -> Callable[[Decorated], Decorated]: ...


class Api(flask_smorest.Api):  # type: ignore[misc] # flask-smorest has no types
    """flask-smorest without its error handler, which drops headers; `problems.register` adds ours."""

    def _register_error_handlers(self) -> None:
        pass
