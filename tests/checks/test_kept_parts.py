"""What an agency has answered stays to be reviewed, whatever becomes of the rest of its question."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from service.checks import actions
from service.checks.model import CheckRequest
from service.people.model import Address
from tests import rows
from tests.checks.factories import (
    LEEDS,
    MANCHESTER,
    Case,
    answer,
    call_out,
    children_answer,
    clock_of,
    move,
    police_answer,
    read,
    review,
)
from tests.conftest import TheClock

HERE, THERE = "west-yorkshire", "greater-manchester"


def told_of_her(case: Case, the_clock: TheClock) -> tuple[CheckRequest, UUID, UUID]:
    """Have a force answer about a partner, and not about the home; return what it is asked, her and it."""
    home = case.address()
    her = case.contact("partner", lives_at=home)
    case.raise_checks()
    request = case.request(area=HERE)
    found = police_answer()["findings"] | {"call_outs": [call_out()]}
    part = {"complete": False, "remaining": "The home.", "nothing_found": False, "findings": found}
    part = police_answer(**part, subjects=[{"id": str(her), "outcome": "information"}])
    given = answer(case.cast.police, request.id, part)
    assert given.status_code == 201, given.text
    the_clock.move(timedelta(days=1))
    return request, her, home


def moves(case: Case, _request: CheckRequest, home: UUID) -> None:
    case.change(Address, home, police_force=THERE)


def is_cancelled(case: Case, request: CheckRequest, _home: UUID) -> None:
    assert move(case.manager, request.id, "cancel", reason="Not now.").status_code == 200


def is_not_required(case: Case, request: CheckRequest, _home: UUID) -> None:
    path, body = (
        f"/v1/checks/{request.check_id}/decisions",
        {"decision": "not_required", "reason": "Not now."},
    )
    decided = case.manager.post(path, json=body, if_match=case.manager.get(path[:-10]).headers["ETag"])
    assert decided.status_code == 200, decided.text


def is_about_the_wrong_person(case: Case, request: CheckRequest, _home: UUID) -> None:
    assert move(case.practitioner, request.id, "stop_wrong_person", reason="Not him.").status_code == 200


def dies(case: Case, _request: CheckRequest, _home: UUID) -> None:
    with rows.transaction() as session:
        actions.close_all(session, case.person_id, "died")


Ends = Callable[[Case, CheckRequest, UUID], None]


@pytest.mark.parametrize("ends", [moves, is_cancelled, is_not_required, is_about_the_wrong_person, dies])
def test_a_part_is_reviewed_when_the_rest_is_asked_elsewhere_or_ended(
    case: Case, the_clock: TheClock, ends: Ends
) -> None:
    request, _, home = told_of_her(case, the_clock)
    due_at = clock_of(request.id, "review").due_at
    ends(case, request, home)
    (kept,) = (one for one in case.requests() if one.id == request.id)
    assert kept.state == "returned"
    ticking = clock_of(request.id, "review")
    assert (ticking.state, ticking.due_at) == ("running", due_at)
    assert clock_of(request.id, "answer").state == "stopped"
    assert "document" not in read(case.cast.police, request.id)[0], "it is asked no longer"
    reviewed = review(case.practitioner, kept.check_id, request.id, "nothing")
    assert reviewed.status_code == 200, reviewed.text


def test_what_a_council_said_of_a_child_in_need_is_reviewed_when_the_family_moves(case: Case) -> None:
    home = case.address()
    kit, sam = (case.contact("child", child=True, lives_at=home) for _ in range(2))
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    part = children_answer(kit, status="child_in_need") | {"complete": False, "remaining": "Sam."}
    assert answer(case.cast.council, request.id, part).status_code == 201
    case.change(Address, home, local_authority=MANCHESTER)
    there = case.request("childrens_safeguarding", MANCHESTER)
    asked = {one["id"] for one in read(case.cast.other_council, there.id)[0]["subjects"]}
    assert asked == {str(kit), str(sam)}
    assert clock_of(request.id, "review").state == "running"
    assert review(case.practitioner, request.check_id, request.id, "nothing").status_code == 200


def test_a_part_that_has_been_reviewed_is_not_reviewed_again(case: Case, the_clock: TheClock) -> None:
    request, _, home = told_of_her(case, the_clock)
    assert review(case.practitioner, request.check_id, request.id, "risk").status_code == 200
    is_cancelled(case, request, home)
    assert case.request(area=HERE).state == "cancelled"
    assert clock_of(request.id, "review").state == "stopped"
