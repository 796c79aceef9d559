"""The conditions a person is under and what staff do when something goes wrong, by who said it last. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from service.texts import says_something

MANAGEMENT_PLAN: Final = (
    "current_situation",
    "supervision",
    "monitoring_control",
    "interventions_treatment",
    "victim_safety",
    "contingency",
    "additional_comments",
    "further_considerations",
)
"""The answers of the plan to manage the risk; each may be stated by another referral."""

CONTINGENCY: Final = (
    "no_return",
    "withdrawn",
    "victims",
    "unsuitable_addresses",
    "suitable_addresses",
    "breach",
    "other",
    "trigger_plan",
)
"""The answers about what staff do out of hours; each may be stated by another referral."""

PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "conditions": "licence.conditions",
        "exclusion_zones": "licence.exclusion_zones",
        "curfew": "licence.curfew",
        "court_orders": "licence.court_orders",
        "residence": "location",
        **{f"management_plan.{name}": f"risk.management_plan.{name}" for name in MANAGEMENT_PLAN},
        **{f"contingency.{name}": f"contingency.{name}" for name in CONTINGENCY},
    }
)
"""Every part of a plan, with its place in the document of a referral. Nothing else of one is shown."""


@dataclass(frozen=True)
class Statement:
    """What the latest version of a referral says of the plan.

    Args:
        document: the parts of the version's document that a plan is read from.
    """

    referral_id: UUID
    version: int
    stated_at: datetime
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Stated:
    """A part of a plan, as one statement has it."""

    value: Any
    by: Statement


def newest(statements: Iterable[Statement]) -> dict[str, Stated | None]:
    """Return for every part of a plan what was said of it last; None when nobody has said anything.

    A statement that leaves a part out, or empty, says nothing of it: no answer never counts as "none".
    """
    latest = sorted(statements, key=lambda one: (one.stated_at, one.referral_id), reverse=True)
    return {
        name: next(
            (Stated(value, one) for one in latest if _says(value := _at(one.document, path))),
            None,
        )
        for name, path in PARTS.items()
    }


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if document is None:
            return None
        document = document.get(step)
    return document


def _says(value: Any) -> bool:
    match value:
        case str():
            return says_something(value)
        case Mapping():
            return any(map(_says, value.values()))
        case list():
            return any(map(_says, value))
        case _:
            return value is not None
