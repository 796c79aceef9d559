"""What keeps a copy of whose a case is, and whom the clocks of a holding tell."""

from typing import Any

from service.access.actor import Actor
from service.people.actions import handing_over
from tests import rows
from tests.cast import Caller
from tests.journeys.driver import Story
from tests.people.factories import as_owner
from tests.rows import person_at

CRN = "X320741"

FOLLOWS = {
    "referral": {"practitioner", "probation_id"},
    "safety_check": {"practitioner", "probation_id"},
    "check_request": {"probation_id"},
    "destination_referral": {"probation_id"},
    "review": {"probation_id"},
    "disclosure_decision": {"probation_id"},
    "right_to_know": {"probation_id"},
    "subject_access": {"probation_id"},
    "clock": {"practitioner", "probation_id"},
}
"""The tables that keep a copy of whose a case is, and the columns that follow."""

NONE_HERE = {"right_to_know", "subject_access"}
"""Those of them of which there is none in the case."""


def copies() -> dict[str, set[tuple[Any, ...]]]:
    """Return what each table that follows says of a case; of clocks only those that run."""
    open_only = {"clock": " WHERE state <> 'stopped'"}
    return {
        table: {
            tuple(row.values())
            for row in as_owner(f"SELECT {', '.join(sorted(columns))} FROM {table}{open_only.get(table, '')}")
        }
        for table, columns in FOLLOWS.items()
        if table not in NONE_HERE
    }


def expected(caller: Caller, practitioner: str) -> dict[str, set[tuple[Any, ...]]]:
    """Return what they say when a practitioner of a region is accountable."""
    values = {"practitioner": practitioner, "probation_id": caller.organisation_id}
    return {
        table: {tuple(values[name] for name in sorted(columns))}
        for table, columns in FOLLOWS.items()
        if table not in NONE_HERE
    }


def told_of(timer: str, subject_kind: str | None = None) -> list[tuple[str | None, str | None]]:
    """Return whom the clocks of a timer have told, in order: the role and who holds it."""
    about = f" AND c.subject_kind = '{subject_kind}'" if subject_kind else ""
    return [
        (row["role"], row["holder"])
        for row in as_owner(
            "SELECT n.role, n.holder FROM notice_item n JOIN clock c ON c.id = n.clock_id"
            f" WHERE c.timer = '{timer}'{about} ORDER BY n.fired_at, n.id"
        )
    ]


def change(caller: Caller, what: str, crn: str = CRN, **given: Any) -> Any:
    """Change who holds a case as a caller who has just read it; return the response."""
    seen = caller.get(f"{person_at(crn)}/holding")
    return caller.post(f"{person_at(crn)}/{what}", json=given, if_match=seen.headers.get("ETag"))


def leave(story: Story, who: str) -> int:
    """Say that a practitioner of the region has left; return of how many cases it is new."""
    with rows.transaction() as session:
        left = handing_over.practitioner_left(
            session, Actor.for_service("registration"), story.cast.probation.organisation_id, who
        )
        return len(left.newly)
