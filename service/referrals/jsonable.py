"""Writes what a schema has read as the plain JSON that is stored: days, moments and identifiers as text."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.fields import moment_text


def jsonable(value: Any) -> Any:
    """Return a value as plain JSON."""
    if isinstance(value, dict):
        return {str(name): jsonable(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(member) for member in value]
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
