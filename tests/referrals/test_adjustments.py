"""What a destination cannot meet is settled by probation, on record, before it accepts."""

from datetime import timedelta

import pytest

from service.timers.sweep import sweep
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import toby


@pytest.fixture
def part(driver: Driver) -> Json:
    """Help with a home, asked for and not read yet."""
    return part_of(driver.submit(toby()), "crs")


def unmet(driver: Driver, part: Json, kind: str = "trauma") -> None:
    """Let the provider read the document and say that it cannot meet one adjustment, and can the other."""
    said(driver.cast.crs.get(f"{part['href']}/document"))
    answers = [{"kind": one, "can_meet": one != kind} for one in ("literacy", "trauma")]
    driver.report(driver.cast.crs, part, "adjustments", answers=answers)


def attention(driver: Driver, part: Json) -> list[str]:
    """Return what the list and the referral itself say needs probation to act, which is the same."""
    referral = driver.look(driver.officer, part)["referral_id"]
    alone = said(driver.officer.get(f"/v1/referrals/{referral}"))["overall"]["needs_attention"]
    for narrowed in ("yes", "no"):
        listed = said(driver.officer.get("/v1/referrals", needs_attention=narrowed))["items"]
        found = [one["overall"]["needs_attention"] for one in listed if one["id"] == referral]
        assert found == ([alone] if (narrowed == "yes") == bool(alone) else [])
    return list(alone)


GONE_WITHOUT: Json = {"adjustment": "trauma", "reason": "It has passed.", "instead": "A quiet room."}


def test_what_cannot_be_met_is_owed_by_probation_and_chased(driver: Driver, part: Json) -> None:
    due = driver.look(driver.cast.crs, part)["next_update_due"]
    unmet(driver, part)
    assert "adjustment" in attention(driver, part)
    seen = driver.look(driver.cast.crs, part)
    assert seen["adjustments_to_decide"] == ["trauma"]
    assert {clock["timer"]: clock["state"] for clock in seen["deadlines"]} == {"answer": "paused"}
    assert seen["next_update_due"] is None
    driver.clock.move(timedelta(days=7))
    sweep(driver.clock.at)
    overdue = said(driver.officer.get("/v1/overdue"))["items"]
    late = {(one["subject"]["kind"], one["timer"]) for one in overdue}
    assert ("adjustment", "decision") in late
    assert "destination_referral" not in {kind for kind, _ in late}, "it waits for probation"

    driver.move(driver.officer, part, "go_on_without", **GONE_WITHOUT)
    assert "adjustment" not in attention(driver, part)
    seen = driver.look(driver.cast.crs, part)
    assert {clock["timer"]: clock["state"] for clock in seen["deadlines"]} == {"answer": "running"}
    assert seen["next_update_due"] > due


def test_a_provider_reads_what_is_done_instead_and_not_why(driver: Driver, part: Json) -> None:
    unmet(driver, part)
    driver.move(driver.officer, part, "go_on_without", **GONE_WITHOUT)
    of_provider = driver.look(driver.cast.crs, part)["moves"][-1]
    assert of_provider["action"] == "go_on_without"
    assert of_provider["detail"] == {"adjustment": "trauma", "instead": "A quiet room."}
    assert driver.look(driver.officer, part)["moves"][-1]["detail"] == GONE_WITHOUT
    heard = said(driver.cast.crs.get("/v1/events"))["items"][-1]
    assert (heard["event"], heard["data"]) == (
        "destination_referral.adjustment_settled",
        {"adjustment": "trauma"},
    )


def test_only_what_cannot_be_met_is_gone_without(driver: Driver, part: Json) -> None:
    refused = said(driver.try_to_move(driver.officer, part, "go_on_without", **GONE_WITHOUT), 409)
    assert "go_on_without" not in refused["allowed"]
    unmet(driver, part)
    other = GONE_WITHOUT | {"adjustment": "literacy"}
    (fault,) = said(driver.try_to_move(driver.officer, part, "go_on_without", **other), 422)["errors"]
    assert (fault["pointer"], fault["detail"]) == ("/adjustment", "Must be one of: trauma.")
    bare = said(driver.try_to_move(driver.officer, part, "go_on_without"), 422)["errors"]
    assert sorted(one["pointer"] for one in bare) == ["/adjustment", "/instead", "/reason"]


def test_what_can_be_met_after_all_needs_no_decision(driver: Driver, part: Json) -> None:
    unmet(driver, part)
    driver.report(driver.cast.crs, part, "adjustments", answers=[{"kind": "trauma", "can_meet": True}])
    assert "adjustment" not in attention(driver, part)
    assert driver.move(driver.cast.crs, part, "accept")["state"] == "accepted"


def test_a_question_asked_meanwhile_does_not_start_the_providers_clock(driver: Driver, part: Json) -> None:
    unmet(driver, part)
    driver.move(driver.cast.crs, part, "request_information", question="Which floor can he manage?")
    driver.move(driver.officer, part, "answer_information", answer="Any.")
    paused = driver.look(driver.cast.crs, part)["deadlines"]
    assert {clock["timer"]: clock["state"] for clock in paused} == {"answer": "paused"}
    driver.move(driver.officer, part, "go_on_without", **GONE_WITHOUT)
    running = driver.look(driver.cast.crs, part)["deadlines"]
    assert {clock["timer"]: clock["state"] for clock in running} == {"answer": "running"}


def test_seeking_elsewhere_settles_it_too(driver: Driver, part: Json) -> None:
    unmet(driver, part)
    driver.move(driver.officer, part, "request_withdrawal", reason="Another provider has such a room.")
    assert "adjustment" not in attention(driver, part)


def test_what_is_needed_no_more_need_not_be_decided(driver: Driver, part: Json) -> None:
    unmet(driver, part)
    referral = driver.look(driver.officer, part)["referral_id"]
    document = toby()
    document["adjustments"] = [one for one in document["adjustments"] if one["kind"] != "trauma"]
    driver.amend({"id": referral}, document)
    assert "adjustment" not in attention(driver, part)
    assert driver.move(driver.cast.crs, part, "accept")["state"] == "accepted"


def test_it_takes_whoever_is_accountable_or_a_manager(driver: Driver, part: Json) -> None:
    unmet(driver, part)
    colleague = driver.cast.probation.as_practitioner("b.colleague")
    assert "go_on_without" not in driver.look(colleague, part)["allowed_transitions"]
    said(driver.try_to_move(colleague, part, "go_on_without", **GONE_WITHOUT), 403)
    assert "go_on_without" in driver.look(driver.pdu_head, part)["allowed_transitions"]
    assert driver.move(driver.pdu_head, part, "go_on_without", **GONE_WITHOUT)["adjustments_to_decide"] == []


def test_what_turns_out_not_to_be_possible_once_accepted_is_decided_too(driver: Driver, part: Json) -> None:
    driver.accept(driver.cast.crs, part)
    driver.report(driver.cast.crs, part, "adjustments", answers=[{"kind": "trauma", "can_meet": False}])
    assert "adjustment" in attention(driver, part)
    driver.move(driver.officer, part, "go_on_without", **GONE_WITHOUT)
    assert "adjustment" not in attention(driver, part)


def counted(driver: Driver, **days: str) -> dict[str, tuple[int, int, int, int]]:
    items = said(driver.officer.get("/v1/adjustments", **days))["adjustments"]
    return {one["adjustment"]: (one["asked"], one["met"], one["not_met"], one["decided"]) for one in items}


def test_the_region_counts_what_was_asked_met_not_met_and_decided(driver: Driver, part: Json) -> None:
    assert counted(driver)["trauma"] == (1, 0, 0, 0)
    unmet(driver, part)
    assert counted(driver) == {"literacy": (1, 1, 0, 0), "trauma": (1, 0, 1, 0)}
    driver.move(driver.officer, part, "go_on_without", **GONE_WITHOUT)
    assert counted(driver)["trauma"] == (1, 0, 1, 1)
    driver.report(driver.cast.crs, part, "adjustments", answers=[{"kind": "trauma", "can_meet": True}])
    assert counted(driver)["trauma"] == (1, 1, 0, 0)
    assert (
        said(driver.cast.stranger.as_practitioner("p.neighbour").get("/v1/adjustments"))["adjustments"] == []
    )


def test_an_interpreter_is_counted_as_a_language(driver: Driver) -> None:
    document = toby() | {"adjustments": []}
    document["person"] |= {"interpreter_needed": True, "interpreter_language": "Polish"}
    part = part_of(driver.submit(document), "crs")
    said(driver.cast.crs.get(f"{part['href']}/document"))
    driver.report(driver.cast.crs, part, "adjustments", answers=[{"kind": "language", "can_meet": False}])
    assert counted(driver) == {"language": (1, 0, 1, 0)}
    driver.move(driver.officer, part, "request_withdrawal", reason="Another provider has one.")
    assert counted(driver) == {"language": (1, 0, 1, 1)}, "it is sought elsewhere"


def test_the_report_is_of_the_days_asked_for(driver: Driver, part: Json) -> None:
    day = part["sent_at"][:10]
    assert counted(driver, sent_from=day, sent_until=day).keys() == {"literacy", "trauma"}
    driver.clock.move(timedelta(days=2))
    later = driver.clock.at.date().isoformat()
    assert counted(driver, sent_from=later) == counted(driver, sent_until="2020-01-01") == {}


def happens(driver: Driver, part: Json, kind: str) -> None:
    """Record today, of the person of a part, what happens to them."""
    referral = driver.look(driver.officer, part)["referral_id"]
    person = said(driver.officer.get(f"/v1/referrals/{referral}"))["person"]["href"]
    day = driver.clock.at.date().isoformat()
    body = {"kind": kind, "occurred_on": day, "source": "practitioner", "standing": "established"}
    said(driver.officer.post(f"{person}/changes-of-circumstance", json=body), 201)


def test_what_cannot_be_met_is_decided_once_the_work_goes_on_after_a_recall(
    driver: Driver, part: Json
) -> None:
    driver.accept(driver.cast.crs, part)
    unmet(driver, part)
    happens(driver, part, "recalled")
    assert "adjustment" not in attention(driver, part)
    unmet(driver, part, "literacy")
    assert "adjustment" not in attention(driver, part), "nobody comes who would need it"
    happens(driver, part, "released")
    driver.move(driver.cast.crs, part, "resume")
    assert "adjustment" in attention(driver, part)
    assert driver.look(driver.cast.crs, part)["adjustments_to_decide"] == ["literacy"]
