"""What a statement changes on the record, and what the record keeps against it. Pure.

A system sends all that it holds each time. A member that it repeats is no news: where the record has moved on
since, the record stays. Source: truth-over-time, "Corrections".
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from service.people.facts import plain

Facts = Mapping[str, Any]
"""Values by member; None withdraws."""


class Merged(NamedTuple):
    """What is written, by member, and the members in which the record stays as it is."""

    written: dict[str, Any]
    kept: frozenset[str]


def merge(said_now: Facts, record: Facts, *, repeated: Collection[str]) -> Merged:
    """Return what a statement changes.

    Args:
        said_now: every member that it names.
        record: what is on record now; a member that is not known is None or missing.
        repeated: the members that its system said just so last time.
    """
    differs = {name: value for name, value in said_now.items() if record.get(name) != value}
    return Merged(
        {name: value for name, value in differs.items() if name not in repeated},
        frozenset(differs.keys() & set(repeated)),
    )


def digest(salt: str, member: str, value: Any) -> str:
    """Return what is kept of a value that was said, to know it when it is said again."""
    said = json.dumps([salt, member, value], sort_keys=True, default=plain)
    return hashlib.sha256(said.encode()).hexdigest()[:32]
