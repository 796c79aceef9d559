"""The escalation policies of what a change opens, as data; the review itself goes by `review.due`."""

from typing import Any

from service.people.policies import danger

DANGER = "danger.reported"

POLICIES: tuple[dict[str, Any], ...] = (
    # A destination reports that somebody is in danger now: no system's answer ends it, only a named person's.
    danger(DANGER, stop=("confirmed",), sides=("probation", "partner")),
)
