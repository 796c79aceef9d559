"""A destination referral moves as its table says, by whom it says, and only as somebody last saw it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from service import db
from service.timers import Subject
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests import rows
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import toby
from tests.timers.factories import steps


@pytest.fixture
def part(driver: Driver) -> Json:
    """Help with a home, asked for and not read yet."""
    return part_of(driver.submit(toby()), "crs")


def test_the_first_reading_of_the_document_is_the_receipt(driver: Driver, part: Json) -> None:
    first = driver.cast.crs.get(f"{part['href']}/document")
    assert said(first)["version"] == 1
    shown = driver.look(driver.officer, part)
    assert (shown["state"], shown["acknowledged_version"]) == ("received", 1)
    again = driver.cast.crs.get(f"{part['href']}/document", if_none_match=first.headers["ETag"])
    assert again.status_code == 304
    receipts = [move for move in driver.look(driver.officer, part)["moves"] if move["action"] == "receive"]
    assert len(receipts) == 1


def test_asking_only_whether_it_has_changed_is_no_receipt(driver: Driver, part: Json) -> None:
    crs = driver.cast.crs
    told = crs.app.test_client().head(
        f"{part['href']}/document", headers={"Authorization": f"Bearer {crs.token()}"}
    )
    assert (told.status_code, told.data) == (200, b"")
    assert driver.look(driver.officer, part)["state"] == "sent"


@pytest.mark.parametrize("known", ["*", "the tag of another look"])
def test_the_reading_that_is_the_receipt_shows_the_document_whatever_the_caller_says_it_has(
    driver: Driver, part: Json, known: str
) -> None:
    crs, path = driver.cast.crs, f"{part['href']}/document"
    told = crs.app.test_client().head(path, headers={"Authorization": f"Bearer {crs.token()}"})
    tag = known if known == "*" else told.headers["ETag"]
    assert said(crs.get(path, if_none_match=tag))["document"]
    assert driver.look(driver.officer, part)["state"] == "received"
    assert crs.get(path, if_none_match=tag).status_code == 304


def test_probations_reading_is_no_receipt(driver: Driver, part: Json) -> None:
    said(driver.officer.get(f"{part['href']}/document"))
    assert driver.look(driver.officer, part)["state"] == "sent"


def test_a_provider_answers_for_each_adjustment_before_it_accepts(driver: Driver, part: Json) -> None:
    said(driver.cast.crs.get(f"{part['href']}/document"))
    refused = said(driver.try_to_move(driver.cast.crs, part, "accept"), 409)
    assert "accept" not in refused["allowed"]
    assert driver.look(driver.cast.crs, part)["adjustments_to_answer"] == ["literacy", "trauma"]
    driver.report(
        driver.cast.crs,
        part,
        "adjustments",
        answers=[
            {"kind": "literacy", "can_meet": True},
            {"kind": "trauma", "can_meet": False, "note": "All our rooms have doors that close."},
        ],
    )
    told = [
        e
        for e in said(driver.officer.get("/v1/events"))["items"]
        if e["event"] == "destination_referral.updated"
    ]
    assert told[-1]["data"]["cannot_meet"] == ["trauma"]
    refused = said(driver.try_to_move(driver.cast.crs, part, "accept"), 409)
    assert (refused["detail"], "accept" in refused["allowed"]) == (
        "Probation has not decided about what cannot be met: trauma.",
        False,
    )
    decided = driver.move(
        driver.officer,
        part,
        "go_on_without",
        adjustment="trauma",
        reason="The rooms that he fears are not used.",
        instead="Meetings in a room with a window.",
    )
    assert (decided["state"], decided["adjustments_to_decide"]) == ("received", [])
    assert driver.move(driver.cast.crs, part, "accept")["state"] == "accepted"


def test_the_whole_way_to_completion(driver: Driver, part: Json) -> None:
    provider = driver.cast.crs
    driver.accept(provider, part)
    driver.move(provider, part, "start")
    driver.move(provider, part, "put_on_hold", reason="In hospital.")
    driver.move(provider, part, "resume")
    done = driver.move(provider, part, "complete", outcome_code=_an_outcome())
    assert (done["state"], done["allowed_transitions"]) == ("completed", [])
    assert done["deadlines"] == []
    names = [entry["event"] for entry in said(provider.get("/v1/events"))["items"]]
    assert names == [
        "destination_referral.sent",
        "destination_referral.received",
        "destination_referral.updated",
        "destination_referral.accepted",
        "destination_referral.started",
        "destination_referral.put_on_hold",
        "destination_referral.resumed",
        "destination_referral.completed",
    ]


def _an_outcome() -> str:
    from service.destinations import DESTINATIONS  # noqa: PLC0415 - only its codes

    return next(iter(DESTINATIONS["crs"].outcomes))


def _a_decline_reason() -> str:
    from service.destinations import DESTINATIONS  # noqa: PLC0415 - only its codes

    return next(iter(DESTINATIONS["crs"].decline_reasons))


def test_a_question_pauses_the_clock_until_it_is_answered(driver: Driver, part: Json) -> None:
    said(driver.cast.crs.get(f"{part['href']}/document"))
    asked = driver.move(driver.cast.crs, part, "request_information", question="Which floor can he manage?")
    assert {clock["timer"]: clock["state"] for clock in asked["deadlines"]} == {"answer": "paused"}
    assert (asked["next_update_due"], asked["deadlines"][0]["due_at"]) == (None, None), "nobody knows yet"
    driver.clock.move(timedelta(days=2))
    answered = driver.move(driver.officer, part, "answer_information", answer="Any.")
    assert answered["state"] == "received"
    assert {clock["timer"]: clock["state"] for clock in answered["deadlines"]} == {"answer": "running"}
    assert answered["next_update_due"] == answered["deadlines"][0]["due_at"] > part["next_update_due"]
    words = said(driver.cast.crs.get(f"{part['href']}/messages"))["items"]
    assert [(one["kind"], one["side"]) for one in words] == [
        ("question", "destination"),
        ("answer", "probation"),
    ]


def test_a_provider_that_waits_for_an_answer_is_not_overdue(driver: Driver, part: Json) -> None:
    said(driver.cast.crs.get(f"{part['href']}/document"))
    driver.move(driver.cast.crs, part, "request_information", question="Which floor can he manage?")
    for due, overdue in ((part["next_update_due"], False), ("2027-06-01T12:00:00Z", True)):
        driver.clock.set(due)
        driver.clock.move(timedelta(hours=1))
        (listed,) = said(driver.cast.crs.get("/v1/destination-referrals"))["items"]
        assert (listed["state"], listed["overdue"]) == ("information_requested", overdue)


def test_whoever_has_declined_owes_no_answer_until_it_is_challenged(driver: Driver, part: Json) -> None:
    provider = driver.cast.crs
    said(provider.get(f"{part['href']}/document"))
    assert [one["timer"] for one in driver.look(driver.officer, part)["deadlines"]] == ["answer"]
    driver.move(provider, part, "decline", reason_code=_a_decline_reason())
    assert driver.look(driver.officer, part)["deadlines"] == []
    assert ("answer", "stopped", "declined") in clocks_of(part)
    driver.clock.move(timedelta(days=60))
    sweep(driver.clock.at)
    assert steps(Subject("destination_referral", UUID(part["id"]))) == [], (
        "nobody is chased for an answer given"
    )
    driver.move(driver.officer, part, "challenge", reason="She lives there.")
    assert [one["timer"] for one in driver.look(driver.officer, part)["deadlines"]] == ["answer"]
    driver.move(provider, part, "uphold", reason="We are full.")
    assert ("answer", "stopped", "declined") in clocks_of(part) * 2


def clocks_of(part: Json) -> list[tuple[str, str, str | None]]:
    """Return every clock of a destination referral: its timer, its state and why it stopped."""
    with rows.transaction() as session:
        every = session.scalars(
            select(Clock).where(Clock.subject_id == UUID(part["id"])).order_by(Clock.cycle)
        )
        return [(one.timer, one.state, one.stop_reason) for one in every]


def test_a_decline_can_be_challenged_once(driver: Driver, part: Json) -> None:
    provider = driver.cast.crs
    said(provider.get(f"{part['href']}/document"))
    driver.move(provider, part, "decline", reason_code=_a_decline_reason(), alternative="Ask again in May.")
    driver.move(driver.officer, part, "challenge", reason="He meets every criterion.")
    upheld = driver.move(provider, part, "uphold", reason="No room until May.")
    assert upheld["state"] == "declined"
    assert "challenge" not in driver.look(driver.officer, part)["allowed_transitions"]
    again = driver.try_to_move(driver.officer, part, "challenge", reason="Still.")
    assert said(again, 409)["state"] == "declined"
    history = [move["action"] for move in driver.look(driver.officer, part)["moves"]]
    assert history == ["open", "receive", "decline", "challenge", "uphold"]


def test_a_code_must_be_one_of_the_destinations_own(driver: Driver, part: Json) -> None:
    said(driver.cast.crs.get(f"{part['href']}/document"))
    answer = driver.try_to_move(driver.cast.crs, part, "decline", reason_code="did_not_feel_like_it")
    assert [fault["pointer"] for fault in said(answer, 422)["errors"]] == ["/reason_code"]


def test_only_the_side_that_may_moves_it(driver: Driver, part: Json) -> None:
    refused = said(driver.try_to_move(driver.officer, part, "accept"), 409)
    assert refused["state"] == "sent"
    assert refused["allowed"] == ["enter_in_error", "withdraw"]


def test_words_that_come_too_early_are_refused_with_what_is_possible(driver: Driver, part: Json) -> None:
    report = {"kind": "progress", "content": {"summary": "Met once."}}
    refused = said(driver.cast.crs.post(f"{part['href']}/updates", json=report), 409)
    assert (refused["state"], refused["allowed"]) == ("sent", ["receive"])


def test_withdrawal_before_receipt_is_at_once_and_after_it_needs_a_confirmation(driver: Driver) -> None:
    first = part_of(driver.submit(toby("ONE", crn="X000001")), "crs")
    assert driver.move(driver.officer, first, "withdraw", reason="Moved away.")["state"] == "withdrawn"

    second = part_of(driver.submit(toby("TWO", crn="X000002")), "crs")
    driver.accept(driver.cast.crs, second)
    assert driver.try_to_move(driver.officer, second, "withdraw", reason="Moved away.").status_code == 409
    asked = driver.move(driver.officer, second, "request_withdrawal", reason="Moved away.")
    assert asked["state"] == "withdrawal_requested"
    assert [clock["timer"] for clock in asked["deadlines"]] == ["answer"]
    done = driver.move(driver.cast.crs, second, "confirm_withdrawal")
    assert (done["state"], done["deadlines"]) == ("withdrawn", [])


def test_every_fault_of_a_move_is_named_at_once(driver: Driver, part: Json) -> None:
    said(driver.cast.crs.get(f"{part['href']}/document"))
    answer = driver.try_to_move(driver.cast.crs, part, "defer", not_before=7, question="Why?")
    assert {fault["pointer"] for fault in said(answer, 422)["errors"]} == {
        "/not_before",
        "/reason",
        "/question",
    }


def test_a_change_is_made_to_what_was_last_read(driver: Driver, part: Json) -> None:
    path = f"{part['href']}/transitions"
    move = {"action": "withdraw", "reason": "Moved away."}
    stale = driver.officer.get(part["href"]).headers["ETag"]
    said(driver.cast.crs.get(f"{part['href']}/document"))
    assert driver.officer.post(path, json=move).status_code == 428
    assert driver.officer.post(path, json=move, if_match=stale).status_code == 412


def test_a_move_sent_again_with_its_old_tag_is_made_once(driver: Driver, part: Json) -> None:
    path, key = f"{part['href']}/transitions", str(uuid4())
    tag = driver.officer.get(part["href"]).headers["ETag"]
    move = {"action": "withdraw", "reason": "Moved away."}
    for _ in range(2):
        shown = said(driver.officer.post(path, json=move, if_match=tag, idempotency_key=key))
        assert shown["state"] == "withdrawn"
    assert len(driver.look(driver.officer, part)["moves"]) == 2


def test_silence_is_visible_and_a_report_ends_it(driver: Driver, part: Json) -> None:
    accepted = driver.accept(driver.cast.crs, part)
    assert [clock["timer"] for clock in accepted["deadlines"]] == ["update"]
    driver.clock.move(timedelta(days=30))
    (listed,) = said(driver.officer.get("/v1/destination-referrals"))["items"]
    assert listed["overdue"] is True
    driver.report(driver.cast.crs, part, "progress", summary="Two viewings this week.")
    (listed,) = said(driver.officer.get("/v1/destination-referrals"))["items"]
    assert listed["overdue"] is False


def test_a_state_without_an_event_that_explains_it_is_refused(driver: Driver, part: Json) -> None:
    with pytest.raises(DBAPIError, match="without an event"), rows.transaction() as session:
        session.execute(
            text("UPDATE destination_referral SET state = 'accepted' WHERE id = :id"), {"id": part["id"]}
        )


@pytest.mark.parametrize(
    "table", ["referral_version", "disclosure", "destination_move", "referral_version_restricted"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET document = '{{}}'", "DELETE FROM {}"])
def test_what_was_said_and_sent_stays_as_it_was(
    driver: Driver, part: Json, table: str, statement: str
) -> None:
    del part
    if table == "destination_move":
        statement = statement.replace("document", "detail")
    for role in ("api", "owner"):
        with pytest.raises(DBAPIError), db.transaction(role) as session:
            session.execute(text(statement.format(table)))
    del driver
