"""Every answer of a submission says what it is, and every code says what it means."""

from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields, validate

from service.destinations import DESTINATIONS
from service.fields import Choice
from service.referrals.schemas.messages import DestinationMessage
from service.referrals.schemas.moves import DestinationReferralTransition
from service.referrals.schemas.placing import PlacementMove
from service.referrals.schemas.submission import SubmissionSchema
from service.referrals.schemas.updates import ChangeAcknowledgement, DestinationUpdateReport

REQUESTS: tuple[type[Schema], ...] = (
    SubmissionSchema,
    *(destination.annex for destination in DESTINATIONS.values()),
    *(schema for destination in DESTINATIONS.values() for schema in destination.updates.values()),
    DestinationReferralTransition,
    PlacementMove,
    DestinationMessage,
    DestinationUpdateReport,
    ChangeAcknowledgement,
)


def answers_of(schema: type[Schema], path: str = "") -> Iterator[tuple[str, fields.Field[Any]]]:
    for name, declared in schema().fields.items():
        here = f"{path}.{name}" if path else f"{schema.__name__}.{name}"
        yield here, declared
        inner = declared.inner if isinstance(declared, fields.List) else declared
        if isinstance(inner, fields.Nested):
            yield from answers_of(type(inner.schema), here)


@pytest.mark.parametrize("schema", REQUESTS)
def test_every_answer_has_a_description(schema: type[Schema]) -> None:
    assert [path for path, declared in answers_of(schema) if not declared.metadata.get("description")] == []


@pytest.mark.parametrize("schema", REQUESTS)
def test_every_code_has_a_meaning(schema: type[Schema]) -> None:
    unexplained = [
        (path, code)
        for path, declared in answers_of(schema)
        if isinstance(one := declared.inner if isinstance(declared, fields.List) else declared, Choice)
        for rule in one.validators
        if isinstance(rule, validate.OneOf)
        for code in rule.choices
        if f"- `{code}`: " not in one.metadata.get("description", "")
    ]
    assert unexplained == []
