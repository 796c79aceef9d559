"""What an agency says when no answer is awaited, or says in part: it is taken, reviewed and timed."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from service.agreements.model import Agreement
from service.checks.model import CheckRequest
from tests import rows
from tests.checks.factories import (
    LEEDS,
    Case,
    answer,
    call_out,
    children_answer,
    clock_of,
    entries,
    move,
    police_answer,
    read,
    review,
)
from tests.conftest import TheClock

GRAVE = police_answer(
    nothing_found=False,
    findings=police_answer()["findings"] | {"call_outs": [call_out("2026-02-01")]},
)
PART = {**GRAVE, "complete": False, "remaining": "PND comes tomorrow."}


def asked(case: Case, rosh: str = "low") -> CheckRequest:
    """Raise the check of a force; return its request."""
    case.address()
    case.raise_checks(rosh=rosh)
    return case.request()


def states_of(case: Case, request: CheckRequest) -> tuple[str, str]:
    with rows.transaction() as session:
        return session.get_one(CheckRequest, request.id).state, case.check().state


def sign(case: Case, review_id: str) -> int:
    check = f"/v1/checks/{case.check().id}"
    status: int = case.manager.post(
        f"{check}/reviews/{review_id}/countersignature",
        json={"agreed": True, "reason": "Read both."},
        if_match=case.manager.get(check).headers["ETag"],
        idempotency_key=None,
    ).status_code
    return status


def test_news_after_a_reviewed_answer_reopens_the_review_and_the_old_review_stays(
    case: Case, the_clock: TheClock
) -> None:
    request = asked(case)
    answer(case.cast.police, request.id, police_answer())
    review(case.practitioner, request.check_id, request.id, "nothing")
    assert states_of(case, request) == ("reviewed", "reviewed")
    the_clock.move(timedelta(days=30))
    where = read(case.cast.police, request.id)[0]["return_results_at"]
    assert case.cast.police.post(where, json=GRAVE).status_code == 201
    assert states_of(case, request) == ("returned", "answered")
    (timed,) = [
        each for each in read(case.practitioner, request.id)[0]["clocks"] if each["timer"] == "review"
    ]
    assert (timed["state"], timed["overdue"]) == ("running", False)
    view = review(case.practitioner, request.check_id, request.id, "risk").get_json()
    assert states_of(case, request) == ("reviewed", "reviewed")
    assert [(each["up_to_result"], each["changes"]) for each in view["reviews"]] == [
        (1, ["nothing"]),
        (2, ["risk"]),
    ]
    assert [(each["number"], each["supplement"]) for each in view["results"]] == [(1, False), (2, True)]


def test_a_council_brings_a_conference_forward_without_naming_every_child_again(case: Case) -> None:
    case.address()
    first, second = (case.contact("child", child=True, authority=LEEDS) for _ in range(2))
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    answer(case.cast.council, request.id, children_answer(first, second))
    news = children_answer(first, status="child_in_need")
    assert answer(case.cast.council, request.id, news).status_code == 201
    assert read(case.practitioner, request.id)[0]["review_at"] is not None


def test_a_late_answer_to_what_a_manager_ended_is_taken_and_shows_the_agency_no_more(
    case: Case,
) -> None:
    request = asked(case)
    move(case.manager, request.id, "cancel", reason="Person has died.")
    assert states_of(case, request) == ("cancelled", "cancelled")
    assert answer(case.cast.police, request.id, GRAVE).status_code == 201
    assert states_of(case, request) == ("returned", "answered")
    seen, _ = read(case.cast.police, request.id)
    assert "document" not in seen
    assert "Testcase" not in str(seen)
    review(case.practitioner, request.check_id, request.id, "risk")
    assert states_of(case, request) == ("reviewed", "reviewed")


def test_a_late_answer_of_the_wrong_force_does_not_close_what_the_right_one_is_asked(case: Case) -> None:
    request = asked(case)
    move(case.cast.police, request.id, "misdirect", to_area="greater-manchester", reason="Moved.")
    right = case.request(area="greater-manchester")
    assert answer(case.cast.police, request.id, GRAVE).status_code == 201
    assert states_of(case, request) == ("returned", "open")
    assert clock_of(right.id, "answer").state == "running"
    assert case.request(area="greater-manchester").state == "requested"
    seen, _ = read(case.practitioner, request.id)
    assert seen["succeeded_by"] == str(right.id)
    assert "document" not in read(case.cast.police, request.id)[0]
    review(case.practitioner, request.check_id, request.id, "risk")
    assert states_of(case, request) == ("reviewed", "open")


def test_a_late_answer_to_what_was_asked_again_does_not_close_what_replaced_it(case: Case) -> None:
    request = asked(case)
    move(case.cast.police, request.id, "refuse", reason_code="other", reason="System down.")
    move(case.practitioner, request.id, "ask_again", reason="A child was seen.")
    assert answer(case.cast.police, request.id, GRAVE).status_code == 201
    assert states_of(case, request) == ("returned", "open")
    assert case.request().state == "requested"


def test_news_while_a_review_waits_for_a_manager_is_reviewed_before_anybody_signs(case: Case) -> None:
    request = asked(case, rosh="high")
    answer(case.cast.police, request.id, police_answer())
    (old,) = review(case.practitioner, request.check_id, request.id, "nothing").get_json()["reviews"]
    assert case.manager.get(f"/v1/checks/{request.check_id}").get_json()["allowed_transitions"] == [
        "countersign"
    ]
    answer(case.cast.police, request.id, GRAVE)
    assert sign(case, old["id"]) == 409, "it does not cover what came since"
    with rows.transaction() as session:
        asked_of = session.scalars(select(Agreement).where(Agreement.subject_id == UUID(old["id"]))).one()
        assert asked_of.state == "lapsed"
    new = review(case.practitioner, request.check_id, request.id, "risk").get_json()["reviews"][1]
    assert sign(case, new["id"]) == 200
    assert states_of(case, request) == ("reviewed", "reviewed")


def test_an_agency_that_adds_every_day_does_not_put_the_review_off(case: Case, the_clock: TheClock) -> None:
    request = asked(case)
    answer(case.cast.police, request.id, police_answer())
    due = clock_of(request.id, "review").due_at
    the_clock.move(timedelta(days=1))
    answer(case.cast.police, request.id, GRAVE)
    assert clock_of(request.id, "review").due_at == due


def test_a_grave_part_is_reviewed_and_timed_while_the_rest_is_awaited(case: Case) -> None:
    request = asked(case)
    assert answer(case.cast.police, request.id, PART).status_code == 201
    assert clock_of(request.id, "review").state == clock_of(request.id, "answer").state == "running"
    assert read(case.practitioner, request.id)[0]["review_at"] == f"/v1/checks/{request.check_id}/reviews"
    done = review(case.practitioner, request.check_id, request.id, "risk")
    assert done.status_code == 200
    assert states_of(case, request) == ("partially_returned", "open")
    assert clock_of(request.id, "review").state == "stopped"
    assert clock_of(request.id, "answer").state == "running"
    assert read(case.practitioner, request.id)[0]["review_at"] is None
    assert review(case.practitioner, request.check_id, request.id, "risk").status_code == 409


def test_the_rest_of_an_answer_opens_another_review(case: Case) -> None:
    request = asked(case)
    answer(case.cast.police, request.id, PART)
    review(case.practitioner, request.check_id, request.id, "risk")
    answer(case.cast.police, request.id, GRAVE)
    seen, _ = read(case.practitioner, request.id)
    assert {each["timer"]: each["state"] for each in seen["clocks"]} == {
        "answer": "stopped",
        "review": "running",
    }
    view = review(case.practitioner, request.check_id, request.id, "placement").get_json()
    assert [each["up_to_result"] for each in view["reviews"]] == [1, 2]
    assert states_of(case, request) == ("reviewed", "reviewed")


def test_at_high_risk_a_manager_signs_the_review_of_a_part_too(case: Case) -> None:
    request = asked(case, rosh="high")
    answer(case.cast.police, request.id, PART)
    (first,) = review(case.practitioner, request.check_id, request.id, "risk").get_json()["reviews"]
    assert first["countersignature_needed"]
    assert clock_of(request.id, "review").state == "paused"
    assert sign(case, first["id"]) == 200
    assert states_of(case, request) == ("partially_returned", "open")
    assert clock_of(request.id, "review").state == "stopped"


@pytest.mark.parametrize("ended", ["cancel", "misdirect"])
def test_what_comes_late_is_in_the_feed_of_both_sides(case: Case, ended: str) -> None:
    request = asked(case)
    if ended == "cancel":
        move(case.manager, request.id, "cancel", reason="Person has died.")
    else:
        move(case.cast.police, request.id, "misdirect", to_area="greater-manchester", reason="Moved.")
    told: UUID = answer(case.cast.police, request.id, GRAVE).get_json()["id"]
    for caller in (case.cast.police, case.practitioner):
        feed = str(caller.get("/v1/events").get_json())
        assert "check_request.supplemented" in feed
        assert str(told) in feed
    assert not any("Neighbours called" in entry for entry in entries(request.id, "alteration"))


def test_whoever_has_reviewed_is_not_chased_while_a_manager_is_asked_to_countersign(
    case: Case, the_clock: TheClock
) -> None:
    request = asked(case, rosh="high")
    answer(case.cast.police, request.id, PART)

    def runs() -> str:
        state: str = clock_of(request.id, "review").state
        return state

    assert runs() == "running"
    first = review(case.practitioner, request.check_id, request.id, "nothing").get_json()["reviews"][0]["id"]
    assert runs() == "paused"
    # What comes since is to be reviewed, whatever the manager says of what was there before.
    the_clock.move(timedelta(hours=1))
    answer(case.cast.police, request.id, police_answer())
    assert runs() == "running"
    second = review(case.practitioner, request.check_id, request.id, "nothing").get_json()["reviews"][1]["id"]
    assert first != second
    assert runs() == "paused"
    check = f"/v1/checks/{request.check_id}"
    sent_back = case.manager.post(
        f"{check}/reviews/{second}/countersignature",
        json={"agreed": False, "reason": "Read both again."},
        if_match=case.manager.get(check).headers["ETag"],
        idempotency_key=None,
    )
    assert sent_back.status_code == 200
    assert runs() == "running"
