"""While a manager is asked, the manager is reminded, and not whoever asked; sent back, it is theirs again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import pytest

from service import clock
from service.access.permissions import MANAGERS
from service.agreements.kinds import KINDS
from tests.agreements.office import ASKED, INDEPENDENT, Office
from tests.journeys.driver import Json, ok
from tests.people.factories import as_owner

RESTS: Final[Mapping[str, tuple[str, str] | None]] = {
    "check_not_required": None,
    "check_request_cancelled": None,
    "wrong_person_stopped": None,
    "review_countersigned": ("check_request", "review"),
    "nil_return_drawn": ("check_request", "review"),
    "check_review_endorsed": None,
    "rosh_lowered": None,
    "gate_override": None,
    "restriction_lifted": None,
    "review_no_change": ("review", "review"),
    "third_party_told": ("disclosure_decision", "decision"),
    "review_endorsed": None,
}
"""The clock of what whoever asks owed, which rests while a manager is asked; None where they owed nothing."""


def test_of_every_kind_it_is_known_what_rests() -> None:
    assert RESTS.keys() == KINDS.keys()


def clock_of(kind: str, asked: Json) -> Json:
    """Return the clock of what whoever asked owed."""
    subject_kind, timer = RESTS[kind] or ("", "")
    subject = asked["subject"]["id"]
    if asked["subject"]["kind"] == "check_review":
        (review,) = as_owner(f"SELECT request_id FROM check_review WHERE id = '{subject}'")
        subject = review["request_id"]
    (found,) = as_owner(
        "SELECT id, state, due_at FROM clock"
        f" WHERE subject_kind = '{subject_kind}' AND subject_id = '{subject}' AND timer = '{timer}'"
    )
    return dict(found)


def notified_of(clock_id: Any) -> list[str]:
    """Return the roles that have been notified of a clock."""
    rows = as_owner(f"SELECT role FROM notice_item WHERE clock_id = '{clock_id}' ORDER BY fired_at, role")
    return [one["role"] for one in rows]


@pytest.mark.parametrize("kind", sorted(kind for kind, rests in RESTS.items() if rests))
def test_whoever_asked_is_not_reminded_until_it_is_sent_back(kind: str, office_for: Office) -> None:
    asked = ASKED[kind](office_for)
    waits = clock_of(kind, asked)
    assert waits["state"] == "paused"
    office_for.story.wait(days=16)
    assert clock_of(kind, asked)["state"] == "paused"
    reminded = notified_of(waits["id"])
    assert reminded, "nobody looks at what rests"
    assert set(reminded) <= set(MANAGERS)
    (of_the_manager,) = as_owner(f"SELECT id FROM clock WHERE subject_id = '{asked['id']}'")
    assert notified_of(of_the_manager["id"])[0] == asked["role"]

    ok(office_for.decide(office_for.staff(INDEPENDENT, "pdu_head"), asked, agreed=False))
    again = clock_of(kind, asked)
    due: datetime = again["due_at"]
    assert (again["state"], due > clock.now()) == ("running", True)


@pytest.mark.parametrize("kind", sorted(kind for kind, rests in RESTS.items() if not rests))
def test_whoever_asked_owes_nothing_else_of_it(kind: str, office_for: Office) -> None:
    asked = ASKED[kind](office_for)
    owed = as_owner(
        f"SELECT timer FROM clock WHERE subject_id = '{asked['subject']['id']}' AND state = 'running'"
        f" AND subject_kind = '{asked['subject']['kind']}' AND owner_role = 'practitioner'"
    )
    assert owed == []
