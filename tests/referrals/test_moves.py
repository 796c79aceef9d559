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
from tests.referrals.driver import Desk, Json, part_of, said
from tests.referrals.samples import toby
from tests.timers.factories import steps


@pytest.fixture
def part(desk: Desk) -> Json:
    """Help with a home, asked for and not read yet."""
    return part_of(desk.submit(toby()), "crs")


def test_the_first_reading_of_the_document_is_the_receipt(desk: Desk, part: Json) -> None:
    first = desk.cast.crs.get(f"{part['href']}/document")
    assert said(first)["version"] == 1
    shown = desk.look(desk.officer, part)
    assert (shown["state"], shown["acknowledged_version"]) == ("received", 1)
    again = desk.cast.crs.get(f"{part['href']}/document", if_none_match=first.headers["ETag"])
    assert again.status_code == 304
    receipts = [move for move in desk.look(desk.officer, part)["moves"] if move["action"] == "receive"]
    assert len(receipts) == 1


def test_asking_only_whether_it_has_changed_is_no_receipt(desk: Desk, part: Json) -> None:
    crs = desk.cast.crs
    told = crs.app.test_client().head(
        f"{part['href']}/document", headers={"Authorization": f"Bearer {crs.token()}"}
    )
    assert (told.status_code, told.data) == (200, b"")
    assert desk.look(desk.officer, part)["state"] == "sent"


@pytest.mark.parametrize("known", ["*", "the tag of another look"])
def test_the_reading_that_is_the_receipt_shows_the_document_whatever_the_caller_says_it_has(
    desk: Desk, part: Json, known: str
) -> None:
    crs, path = desk.cast.crs, f"{part['href']}/document"
    told = crs.app.test_client().head(path, headers={"Authorization": f"Bearer {crs.token()}"})
    tag = known if known == "*" else told.headers["ETag"]
    assert said(crs.get(path, if_none_match=tag))["document"]
    assert desk.look(desk.officer, part)["state"] == "received"
    assert crs.get(path, if_none_match=tag).status_code == 304


def test_probations_reading_is_no_receipt(desk: Desk, part: Json) -> None:
    said(desk.officer.get(f"{part['href']}/document"))
    assert desk.look(desk.officer, part)["state"] == "sent"


def test_a_provider_answers_for_each_adjustment_before_it_accepts(desk: Desk, part: Json) -> None:
    said(desk.cast.crs.get(f"{part['href']}/document"))
    refused = said(desk.try_to_move(desk.cast.crs, part, "accept"), 409)
    assert "accept" not in refused["allowed"]
    assert desk.look(desk.cast.crs, part)["adjustments_to_answer"] == ["literacy", "trauma"]
    desk.report(
        desk.cast.crs,
        part,
        "adjustments",
        answers=[
            {"kind": "literacy", "can_meet": True},
            {"kind": "trauma", "can_meet": False, "note": "All our rooms have doors that close."},
        ],
    )
    assert desk.move(desk.cast.crs, part, "accept")["state"] == "accepted"
    told = [
        e
        for e in said(desk.officer.get("/v1/events"))["events"]
        if e["event"] == "destination_referral.updated"
    ]
    assert told[-1]["data"]["cannot_meet"] == ["trauma"]


def test_the_whole_way_to_completion(desk: Desk, part: Json) -> None:
    provider = desk.cast.crs
    desk.accept(provider, part)
    desk.move(provider, part, "start")
    desk.move(provider, part, "put_on_hold", reason="In hospital.")
    desk.move(provider, part, "resume")
    done = desk.move(provider, part, "complete", outcome_code=_an_outcome())
    assert (done["state"], done["allowed_transitions"]) == ("completed", [])
    assert done["deadlines"] == []
    names = [entry["event"] for entry in said(provider.get("/v1/events"))["events"]]
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


def test_a_question_pauses_the_clock_until_it_is_answered(desk: Desk, part: Json) -> None:
    said(desk.cast.crs.get(f"{part['href']}/document"))
    asked = desk.move(desk.cast.crs, part, "request_information", question="Which floor can he manage?")
    assert {clock["timer"]: clock["state"] for clock in asked["deadlines"]} == {"answer": "paused"}
    assert asked["next_update_due"] == asked["deadlines"][0]["due_at"] > part["next_update_due"]
    desk.clock.move(timedelta(days=2))
    answered = desk.move(desk.officer, part, "answer_information", answer="Any.")
    assert answered["state"] == "received"
    assert {clock["timer"]: clock["state"] for clock in answered["deadlines"]} == {"answer": "running"}
    assert answered["next_update_due"] == answered["deadlines"][0]["due_at"] > part["next_update_due"]
    words = said(desk.cast.crs.get(f"{part['href']}/messages"))["messages"]
    assert [(one["kind"], one["side"]) for one in words] == [
        ("question", "destination"),
        ("answer", "probation"),
    ]


def test_a_provider_that_waits_for_an_answer_is_not_overdue(desk: Desk, part: Json) -> None:
    said(desk.cast.crs.get(f"{part['href']}/document"))
    asked = desk.move(desk.cast.crs, part, "request_information", question="Which floor can he manage?")
    for due, overdue in ((part["next_update_due"], False), (asked["next_update_due"], True)):
        desk.clock.set(due)
        desk.clock.move(timedelta(hours=1))
        (listed,) = said(desk.cast.crs.get("/v1/destination-referrals"))["destination_referrals"]
        assert (listed["state"], listed["overdue"]) == ("information_requested", overdue)


def test_whoever_has_declined_owes_no_answer_until_it_is_challenged(desk: Desk, part: Json) -> None:
    provider = desk.cast.crs
    said(provider.get(f"{part['href']}/document"))
    assert [one["timer"] for one in desk.look(desk.officer, part)["deadlines"]] == ["answer"]
    desk.move(provider, part, "decline", reason_code=_a_decline_reason())
    assert desk.look(desk.officer, part)["deadlines"] == []
    assert clocks_of(part) == [("answer", "stopped", "declined")]
    desk.clock.move(timedelta(days=60))
    sweep(desk.clock.at)
    assert steps(Subject("destination_referral", UUID(part["id"]))) == [], (
        "nobody is chased for an answer given"
    )
    desk.move(desk.officer, part, "challenge", reason="She lives there.")
    assert [one["timer"] for one in desk.look(desk.officer, part)["deadlines"]] == ["answer"]
    desk.move(provider, part, "uphold", reason="We are full.")
    assert clocks_of(part) == [("answer", "stopped", "declined")] * 2


def clocks_of(part: Json) -> list[tuple[str, str, str | None]]:
    """Return every clock of a destination referral: its timer, its state and why it stopped."""
    with rows.transaction() as session:
        every = session.scalars(
            select(Clock).where(Clock.subject_id == UUID(part["id"])).order_by(Clock.cycle)
        )
        return [(one.timer, one.state, one.stop_reason) for one in every]


def test_a_decline_can_be_challenged_once(desk: Desk, part: Json) -> None:
    provider = desk.cast.crs
    said(provider.get(f"{part['href']}/document"))
    desk.move(provider, part, "decline", reason_code=_a_decline_reason(), alternative="Ask again in May.")
    desk.move(desk.officer, part, "challenge", reason="He meets every criterion.")
    upheld = desk.move(provider, part, "uphold", reason="No room until May.")
    assert upheld["state"] == "declined"
    assert "challenge" not in desk.look(desk.officer, part)["allowed_transitions"]
    again = desk.try_to_move(desk.officer, part, "challenge", reason="Still.")
    assert said(again, 409)["state"] == "declined"
    history = [move["action"] for move in desk.look(desk.officer, part)["moves"]]
    assert history == ["open", "receive", "decline", "challenge", "uphold"]


def test_a_code_must_be_one_of_the_destinations_own(desk: Desk, part: Json) -> None:
    said(desk.cast.crs.get(f"{part['href']}/document"))
    answer = desk.try_to_move(desk.cast.crs, part, "decline", reason_code="did_not_feel_like_it")
    assert [fault["pointer"] for fault in said(answer, 422)["errors"]] == ["/reason_code"]


def test_only_the_side_that_may_moves_it(desk: Desk, part: Json) -> None:
    refused = said(desk.try_to_move(desk.officer, part, "accept"), 409)
    assert refused["state"] == "sent"
    assert refused["allowed"] == ["enter_in_error", "withdraw"]


def test_words_that_come_too_early_are_refused_with_what_is_possible(desk: Desk, part: Json) -> None:
    report = {"kind": "progress", "content": {"summary": "Met once."}}
    refused = said(desk.cast.crs.post(f"{part['href']}/updates", json=report), 409)
    assert (refused["state"], refused["allowed"]) == ("sent", ["receive"])


def test_withdrawal_before_receipt_is_at_once_and_after_it_needs_a_confirmation(desk: Desk) -> None:
    first = part_of(desk.submit(toby("ONE", crn="X000001")), "crs")
    assert desk.move(desk.officer, first, "withdraw", reason="Moved away.")["state"] == "withdrawn"

    second = part_of(desk.submit(toby("TWO", crn="X000002")), "crs")
    desk.accept(desk.cast.crs, second)
    assert desk.try_to_move(desk.officer, second, "withdraw", reason="Moved away.").status_code == 409
    asked = desk.move(desk.officer, second, "request_withdrawal", reason="Moved away.")
    assert asked["state"] == "withdrawal_requested"
    assert [clock["timer"] for clock in asked["deadlines"]] == ["answer"]
    done = desk.move(desk.cast.crs, second, "confirm_withdrawal")
    assert (done["state"], done["deadlines"]) == ("withdrawn", [])


def test_every_fault_of_a_move_is_named_at_once(desk: Desk, part: Json) -> None:
    said(desk.cast.crs.get(f"{part['href']}/document"))
    answer = desk.try_to_move(desk.cast.crs, part, "defer", not_before=7, question="Why?")
    assert {fault["pointer"] for fault in said(answer, 422)["errors"]} == {
        "/not_before",
        "/reason",
        "/question",
    }


def test_a_change_is_made_to_what_was_last_read(desk: Desk, part: Json) -> None:
    path = f"{part['href']}/transitions"
    move = {"action": "withdraw", "reason": "Moved away."}
    stale = desk.officer.get(part["href"]).headers["ETag"]
    said(desk.cast.crs.get(f"{part['href']}/document"))
    assert desk.officer.post(path, json=move).status_code == 428
    assert desk.officer.post(path, json=move, if_match=stale).status_code == 412


def test_a_move_sent_again_with_its_old_tag_is_made_once(desk: Desk, part: Json) -> None:
    path, key = f"{part['href']}/transitions", str(uuid4())
    tag = desk.officer.get(part["href"]).headers["ETag"]
    move = {"action": "withdraw", "reason": "Moved away."}
    for _ in range(2):
        shown = said(desk.officer.post(path, json=move, if_match=tag, idempotency_key=key))
        assert shown["state"] == "withdrawn"
    assert len(desk.look(desk.officer, part)["moves"]) == 2


def test_silence_is_visible_and_a_report_ends_it(desk: Desk, part: Json) -> None:
    accepted = desk.accept(desk.cast.crs, part)
    assert [clock["timer"] for clock in accepted["deadlines"]] == ["update"]
    desk.clock.move(timedelta(days=30))
    (listed,) = said(desk.officer.get("/v1/destination-referrals"))["destination_referrals"]
    assert listed["overdue"] is True
    desk.report(desk.cast.crs, part, "progress", summary="Two viewings this week.")
    (listed,) = said(desk.officer.get("/v1/destination-referrals"))["destination_referrals"]
    assert listed["overdue"] is False


def test_a_state_without_an_event_that_explains_it_is_refused(desk: Desk, part: Json) -> None:
    with pytest.raises(DBAPIError, match="without an event"), rows.transaction() as session:
        session.execute(
            text("UPDATE destination_referral SET state = 'accepted' WHERE id = :id"), {"id": part["id"]}
        )


@pytest.mark.parametrize(
    "table", ["referral_version", "disclosure", "destination_move", "referral_version_restricted"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET document = '{{}}'", "DELETE FROM {}"])
def test_what_was_said_and_sent_stays_as_it_was(desk: Desk, part: Json, table: str, statement: str) -> None:
    del part
    if table == "destination_move":
        statement = statement.replace("document", "detail")
    for role in ("api", "owner"):
        with pytest.raises(DBAPIError), db.transaction(role) as session:
            session.execute(text(statement.format(table)))
    del desk
