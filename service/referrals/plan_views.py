"""The plan of a record as a plain value, without what its reader may not learn. The reading is recorded."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.people.model import Person
from service.people.views import href_of
from service.referrals.plan import PARTS, Stated, newest
from service.referrals.plan_queries import statements_of
from service.referrals.protected_texts import plan_without_protected

_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "conditions": ("type", "detail"),
    "exclusion_zones": ("label", "postcodes"),
    "curfew": ("starts_at", "ends_at", "until"),
    "residence": ("restrictions", "restrictions_detail"),
}
"""What is shown of parts that are objects, or lists of them: who asked for a condition is a confidence."""


def show_plan(session: Session, actor: Actor, person: Person, seen: frozenset[str]) -> dict[str, Any]:
    """Show a person's plan to somebody who may read it, and record which parts of it were read.

    Args:
        seen: the sections of the record that the reader sees.
    """
    statements = statements_of(session, person.id)
    if "protected_contacts" not in seen and statements:
        documents = plan_without_protected(session, person.id, statements, household="household" in seen)
        statements = [replace(one, document=left) for one, left in zip(statements, documents, strict=True)]
    parts = newest(statements)
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="person",
        object_id=person.id,
        object_version=person.version,
        person_id=person.id,
        fields=["plan", *(f"plan.{name}" for name, stated in parts.items() if stated)],
    )
    view: dict[str, Any] = {"person": href_of(person.id)}
    for name in PARTS:
        within, _, member = name.rpartition(".")
        here = view.setdefault(within, {}) if within else view
        here[member] = _shown(name, parts[name])
    return view


def _shown(name: str, stated: Stated | None) -> dict[str, Any] | None:
    if stated is None:
        return None
    return {
        "value": _value(name, stated.value),
        "referral_id": stated.by.referral_id,
        "version": stated.by.version,
        "stated_at": stated.by.stated_at,
    }


def _value(name: str, value: Any) -> Any:
    if name not in _MEMBERS:
        return value
    if isinstance(value, list):
        return [_value(name, one) for one in value]
    shown = {member: value.get(member) for member in _MEMBERS[name]}
    if name == "exclusion_zones":
        shown["postcodes"] = shown["postcodes"] or []
    if name == "curfew" and shown["until"]:
        shown["until"] = date.fromisoformat(shown["until"])
    return shown
