"""Clocks that follow the dates they were set by: a release that comes sooner, later, or has been."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.timers.sweep import sweep
from tests.cast import Caller
from tests.referrals.driver import Driver, said
from tests.referrals.samples import asking, darren_and_toby

Json = dict[str, Any]

FAR, SOON = timedelta(days=200), timedelta(days=5)


def to_premises(day: date) -> Json:
    """Darren's referral to approved premises alone, where he arrives on the day of his release."""
    document = asking(darren_and_toby(), lambda asked: asked["kind"] == "approved_premises")
    (asked,) = document["destinations"]
    annex = {**asked["annex"], "placement": {"start_same_as_release": True}}
    return released({**document, "destinations": [{**asked, "annex": annex}]}, day)


def released(document: Json, day: date) -> Json:
    return {**document, "release": {**document["release"], "date": day.isoformat()}}


def question(driver: Driver, referral: Json) -> Json:
    """The police's question about him, with everything that is known of it."""
    found = said(driver.officer.get("/v1/check-requests", referral_id=referral["id"]))["items"]
    return next(one for one in found if one["kind"] == "police_da")


def due(shown: Json) -> str:
    (clock,) = (one for one in shown["clocks"] if one["timer"] == "answer" and one["state"] != "stopped")
    found: str = clock["due_at"]
    return found


def at_midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def at_midnight_in_summer(day: date) -> str:
    return f"{(day - timedelta(days=1)).isoformat()}T23:00:00Z"


TEN_WORKING_DAYS = "2026-03-13T17:00:00Z"


@pytest.fixture
def today(driver: Driver) -> date:
    return driver.clock.at.date()


def change(driver: Driver, referral: Json, kind: str = "release_date_changed", **said_of_it: Any) -> Json:
    """Record a change in his life, as his practitioner learned of it."""
    given = {
        "kind": kind,
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        **said_of_it,
    }
    person = referral["person"]["id"]
    return said(driver.officer.post(f"/v1/people/{person}/changes-of-circumstance", json=given), 201)


def steps(driver: Driver) -> list[str]:
    """What the service has escalated, in order."""
    found = said(driver.officer.get("/v1/escalations"))["items"]
    return [one["step"] for one in found]


def test_a_release_that_comes_sooner_pulls_what_is_asked_forward(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + FAR))
    before = question(driver, referral)
    assert before["needed_by"] == "2026-09-17T23:00:00Z"
    driver.amend(referral, to_premises(today + SOON))
    after = question(driver, referral)
    assert after["needed_by"] == at_midnight(today + SOON)
    assert due(after) < due(before)
    assert after["version"] > before["version"]


def test_the_premises_answer_by_the_notice_that_they_are_given_now(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + FAR))
    part = referral["destinations"][0]
    assert driver.look(driver.officer, part)["next_update_due"] == "2026-03-13T17:00:00Z", "ten working days"
    driver.amend(referral, to_premises(today + SOON))
    shown = driver.look(driver.officer, part)
    assert shown["next_update_due"] == "2026-03-02T11:00:00Z", "two hours: an emergency"
    assert driver.document(referral)["release"]["date"] == (today + SOON).isoformat()


def owed(caller: Caller) -> dict[str, str]:
    """What an organisation owes, by its kind, and by when."""
    return {one["kind"]: one["due_at"] for one in said(caller.get("/v1/work", limit=100))["items"]}


PUT_OFF: list[tuple[str, Json]] = [
    ("defer", {"not_before": "2026-04-11"}),
    ("waitlist", {"expected_by": "2026-04-11"}),
    ("waitlist", {}),
]


@pytest.mark.parametrize(("action", "until"), PUT_OFF)
def test_a_release_that_comes_sooner_pulls_forward_what_the_premises_have_put_off(
    driver: Driver, today: date, action: str, until: Json
) -> None:
    referral = driver.submit(to_premises(today + FAR))
    (part,) = referral["destinations"]
    driver.move(driver.cast.ap, part, "receive")
    driver.move(driver.cast.ap, part, action, reason="Full.", **until)
    assert owed(driver.cast.ap)["decide_referral"] > "2026-03-10"
    driver.amend(referral, to_premises(today + SOON))
    assert owed(driver.cast.ap)["decide_referral"] == "2026-03-02T11:00:00Z", "two hours: an emergency"
    assert "find_bed" in owed(driver.officer)
    change(driver, referral, release_date=(today + FAR).isoformat())
    assert owed(driver.cast.ap)["decide_referral"] == "2026-03-02T11:00:00Z"


def test_nobody_waits_for_a_bed_until_after_the_release(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + SOON))
    (part,) = referral["destinations"]
    driver.move(driver.cast.ap, part, "receive")
    driver.move(driver.cast.ap, part, "defer", reason="Full.", not_before="2026-04-11")
    assert owed(driver.cast.ap)["decide_referral"] == "2026-03-02T11:00:00Z", "two hours: an emergency"
    assert "find_bed" in owed(driver.officer)


def test_a_challenged_refusal_of_a_bed_is_an_emergency_once_the_release_is_near(
    driver: Driver, today: date
) -> None:
    referral = driver.submit(to_premises(today + FAR))
    (part,) = referral["destinations"]
    said(driver.cast.ap.get(f"{part['href']}/document"))
    driver.move(driver.cast.ap, part, "decline", reason_code="needs_cannot_be_met", reason="Full.")
    driver.move(driver.officer, part, "challenge", reason="Two rooms are free.")
    driver.amend(referral, to_premises(today + SOON))
    assert "find_bed" in owed(driver.officer)


def test_a_change_of_the_day_of_release_is_carried_everywhere(driver: Driver, today: date) -> None:
    """T1: said as a change in his life, and not as a new version of the whole referral."""
    referral = driver.submit(to_premises(today + FAR))
    part = referral["destinations"][0]
    recorded = change(driver, referral, release_date=(today + SOON).isoformat())
    assert recorded["release_date"] == (today + SOON).isoformat()
    assert driver.document(referral)["release"]["date"] == (today + SOON).isoformat()
    assert question(driver, referral)["needed_by"] == at_midnight(today + SOON)
    assert driver.look(driver.officer, part)["next_update_due"] == "2026-03-02T11:00:00Z"


def test_a_later_day_puts_nothing_off_unless_somebody_says_why(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + SOON))
    part = referral["destinations"][0]
    before, theirs = question(driver, referral), driver.look(driver.officer, part)["next_update_due"]
    change(driver, referral, release_date=(today + FAR).isoformat())
    after = question(driver, referral)
    assert (after["needed_by"], due(after)) == (before["needed_by"], due(before))
    assert driver.look(driver.officer, part)["next_update_due"] == theirs


def test_a_later_day_puts_off_what_somebody_says_may_wait(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + SOON))
    before = question(driver, referral)
    recorded = change(
        driver,
        referral,
        release_date=(today + FAR).isoformat(),
        may_wait=True,
        details="The parole board has put the hearing off; nobody moves before the autumn.",
    )
    assert recorded["may_wait"] is True
    after = question(driver, referral)
    assert after["needed_by"] == "2026-09-17T23:00:00Z"
    assert due(after) > due(before)


def test_the_premises_may_wait_too_when_somebody_says_why(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + SOON))
    part = referral["destinations"][0]
    why: Json = {"may_wait": True, "details": "The parole board has put the hearing off."}
    change(driver, referral, release_date=(today + FAR).isoformat(), **why)
    assert driver.look(driver.officer, part)["next_update_due"] == TEN_WORKING_DAYS
    driver.clock.move(timedelta(hours=5))
    sweep(driver.clock.at)
    assert steps(driver) == []


def test_what_was_put_back_without_a_word_may_wait_once_somebody_says_why(
    driver: Driver, today: date
) -> None:
    referral = driver.submit(to_premises(today + SOON))
    part = referral["destinations"][0]
    change(driver, referral, release_date=(today + FAR).isoformat())
    why: Json = {"may_wait": True, "details": "The parole board has put the hearing off."}
    change(driver, referral, release_date=(today + FAR + timedelta(days=1)).isoformat(), **why)
    assert question(driver, referral)["needed_by"] == "2026-09-18T23:00:00Z"
    assert driver.look(driver.officer, part)["next_update_due"] == TEN_WORKING_DAYS


@pytest.mark.parametrize("days", [(5, 200, 5), (200, 5, 200, 5), (5, 200, 4)])
def test_a_day_of_release_may_come_and_go_as_often_as_it_does(
    driver: Driver, today: date, days: tuple[int, ...]
) -> None:
    first, *later = (today + timedelta(days=each) for each in days)
    referral = driver.submit(to_premises(first))
    for day in later:
        change(driver, referral, release_date=day.isoformat())
    assert driver.document(referral)["release"]["date"] == later[-1].isoformat()
    part = referral["destinations"][0]
    assert driver.look(driver.officer, part)["next_update_due"] == "2026-03-02T11:00:00Z"
    assert question(driver, referral)["needed_by"] == at_midnight(later[-1])


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"kind": "arrest", "release_date": "2026-03-20"}, "/release_date"),
        ({"kind": "release_date_changed", "may_wait": True, "details": "Why."}, "/may_wait"),
        ({"kind": "release_date_changed", "may_wait": True, "release_date": "2026-09-20"}, "/details"),
    ],
)
def test_a_day_of_release_belongs_to_what_brings_one(
    driver: Driver, today: date, given: Json, pointer: str
) -> None:
    referral = driver.submit(to_premises(today + SOON))
    person = referral["person"]["id"]
    whole = {"occurred_on": "2026-03-02", "source": "practitioner", "standing": "established", **given}
    refused = driver.officer.post(f"/v1/people/{person}/changes-of-circumstance", json=whole)
    assert [one["pointer"] for one in said(refused, 422)["errors"]] == [pointer]


def test_released_long_ago_nobody_is_late_in_the_second_in_which_they_are_asked(
    driver: Driver, today: date
) -> None:
    """T2: three levels of the police were told at once."""
    referral = driver.submit(to_premises(today - FAR))
    sweep(driver.clock.at)
    assert steps(driver) == []
    shown = question(driver, referral)
    assert shown["needed_by_had_passed"] is True
    assert due(shown) == "2026-03-02T17:00:00Z", "the urgent target"


@pytest.mark.parametrize("since", [FAR, timedelta(0)])
def test_a_day_that_has_passed_makes_a_submission_as_urgent_as_an_amendment(
    driver: Driver, today: date, since: timedelta
) -> None:
    """At every place that shows it: to probation, to the agency, in its list and in its feed."""
    document = to_premises(today - since)
    draft = said(driver.officer.post("/v1/referrals/preview", json=document))
    assert {(one["urgency"], one["needed_by_had_passed"]) for one in draft["checks"]} == {("urgent", True)}
    referral = driver.submit(document)
    shown = question(driver, referral)
    assert (shown["urgency"], shown["needed_by_had_passed"]) == ("urgent", True)
    assert said(driver.officer.get(f"/v1/checks/{shown['check_id']}"))["urgency"] == "urgent"
    (theirs,) = said(driver.cast.police.get("/v1/check-requests", urgent="yes"))["items"]
    assert theirs["urgency"] == "urgent"
    asked = said(driver.cast.police.get(theirs["href"]))
    assert {one["urgency"] for one in asked["subjects"]} == {"urgent"}
    events = said(driver.cast.police.get("/v1/events"))["items"]
    (sent,) = (one for one in events if one["event"] == "check_request.requested")
    assert sent["data"]["urgency"] == "urgent"
    (owed,) = said(driver.cast.police.get("/v1/work"))["items"]
    assert (owed["timer"], owed["urgency"]) == ("answer", "urgent")


def test_a_day_ahead_makes_nothing_urgent(driver: Driver, today: date) -> None:
    document = to_premises(today + timedelta(days=1))
    draft = said(driver.officer.post("/v1/referrals/preview", json=document))
    assert {(one["urgency"], one["needed_by_had_passed"]) for one in draft["checks"]} == {("routine", False)}
    referral = driver.submit(document)
    driver.clock.move(timedelta(days=2))
    shown = question(driver, referral)
    assert (shown["urgency"], shown["needed_by_had_passed"]) == ("routine", False)
    assert said(driver.cast.police.get("/v1/check-requests", urgent="yes"))["items"] == []


def test_on_the_day_itself_somebody_is_told_that_there_is_no_answer(driver: Driver, today: date) -> None:
    """T7."""
    referral = driver.submit(to_premises(today + timedelta(days=18)))
    police = question(driver, referral)["clocks"][0]
    driver.clock.move(timedelta(days=18) + timedelta(hours=1))
    sweep(driver.clock.at)
    fired = said(driver.officer.get("/v1/escalations", limit="200"))["items"]
    on_the_day = [one for one in fired if one["kind"] == "hard_date"]
    assert {one["due_at"] for one in on_the_day} == {at_midnight(today + timedelta(days=18))}
    assert police["state"] == "running"


def test_a_second_referral_with_an_earlier_release_hurries_what_was_asked(
    driver: Driver, today: date
) -> None:
    first = driver.submit(to_premises(today + FAR))
    driver.submit({**to_premises(today + SOON), "submission_reference": "DAT-2"})
    assert question(driver, first)["needed_by"] == at_midnight(today + SOON)


def test_a_day_that_merely_passes_changes_nothing(driver: Driver, today: date) -> None:
    """T4: ten days later only something else is amended, and the premises' clock stays as it was."""
    referral = driver.submit(to_premises(today + timedelta(days=33)))
    part = referral["destinations"][0]
    before = driver.look(driver.officer, part)["next_update_due"]
    driver.clock.move(timedelta(days=10))
    document = to_premises(today + timedelta(days=33))
    cousin = {
        "ref": "c8",
        "given_name": "Ada",
        "family_name": "Quist",
        "relationship": "other",
        "details_status": "provided",
    }
    household = {**document["household"], "contacts": [*document["household"]["contacts"], cousin]}
    driver.amend(referral, {**document, "household": household})
    assert driver.look(driver.officer, part)["next_update_due"] == before


def test_what_may_wait_for_the_day_that_a_prison_sent_may_wait_once_somebody_says_so(
    driver: Driver, today: date
) -> None:
    """The same day again, with a reason."""
    referral = driver.submit(to_premises(today + SOON))
    later = (today + FAR).isoformat()
    change(driver, referral, release_date=later)
    why: Json = {"may_wait": True, "details": "The prison says so, and nobody moves before the autumn."}
    change(driver, referral, release_date=later, **why)
    assert question(driver, referral)["needed_by"] == at_midnight_in_summer(today + FAR)
    assert driver.look(driver.officer, referral["destinations"][0])["next_update_due"] == TEN_WORKING_DAYS


def test_what_begins_with_the_release_begins_on_its_new_day(driver: Driver, today: date) -> None:
    document = to_premises(today + SOON)
    document["release"]["releases"] = [
        {"type": "crd_licence", "start_date": (today + SOON).isoformat()},
        {"type": "pss", "start_date": (today + FAR).isoformat()},
    ]
    referral = driver.submit(document)
    day = today + SOON + timedelta(days=30)
    change(driver, referral, release_date=day.isoformat())
    starts = [one["start_date"] for one in driver.document(referral)["release"]["releases"]]
    assert starts == [day.isoformat(), (today + FAR).isoformat()]


@pytest.mark.parametrize(
    ("says_why", "expected"),
    [(True, ("routine", "2026-03-06T17:00:00Z")), (False, ("urgent", "2026-03-02T17:00:00Z"))],
)
def test_a_release_in_the_wrong_year_hurries_nobody_once_somebody_says_that_it_may_wait(
    driver: Driver, today: date, says_why: bool, expected: tuple[str, str]
) -> None:
    referral = driver.submit(to_premises(today - FAR))
    why: Json = {"may_wait": True, "details": "The year was mistyped."} if says_why else {}
    change(driver, referral, release_date=(today + FAR).isoformat(), **why)
    now = question(driver, referral)
    assert (now["urgency"], due(now)) == expected


@pytest.mark.parametrize("how", ["amended", "changed"])
def test_a_day_that_had_passed_when_it_was_named_makes_urgent_for_good(
    driver: Driver, today: date, how: str
) -> None:
    """Mistyped or not: nobody can tell afterwards what was done because of it."""
    referral = driver.submit(to_premises(today + FAR))
    if how == "amended":
        driver.amend(referral, to_premises(today - FAR))
    else:
        change(driver, referral, release_date=(today - FAR).isoformat())
    hurried = question(driver, referral)
    assert (hurried["urgency"], due(hurried)) == ("urgent", "2026-03-02T17:00:00Z")
    why: Json = {"may_wait": True, "details": "The year was mistyped."}
    change(driver, referral, release_date=(today + FAR).isoformat(), **why)
    now = question(driver, referral)
    assert (now["urgency"], due(now)) == ("urgent", due(hurried))
    assert now["needed_by"] == at_midnight_in_summer(today + FAR)


def test_a_day_that_has_passed_hurries_what_probation_owes_of_a_question_too(
    driver: Driver, today: date
) -> None:
    """As urgency that somebody raises does; that somebody raises it afterwards changes nothing more."""
    referral = driver.submit(to_premises(today + FAR))
    (theirs,) = said(driver.cast.police.get("/v1/check-requests"))["items"]
    path = f"/v1/check-requests/{theirs['id']}"
    tag = driver.cast.police.get(path).headers["ETag"]
    asked_back = {"action": "return_for_information", "question": "Which flat?"}
    said(driver.cast.police.post(f"{path}/transitions", json=asked_back, if_match=tag))
    assert reply_due(driver, path) == "2026-03-03T17:00:00Z"
    change(driver, referral, release_date=(today - FAR).isoformat())
    assert reply_due(driver, path) == "2026-03-02T13:00:00Z", "the urgent target"
    urgent = to_premises(today - FAR) | {"urgency": "urgent", "urgency_reason": "He was threatened."}
    driver.amend(referral, urgent)
    why: Json = {"may_wait": True, "details": "The year was mistyped."}
    change(driver, referral, release_date=(today + FAR).isoformat(), **why)
    assert reply_due(driver, path) == "2026-03-02T13:00:00Z"


def reply_due(driver: Driver, path: str) -> str:
    (reply,) = (one for one in said(driver.officer.get(path))["clocks"] if one["timer"] == "reply")
    found: str = reply["due_at"]
    return found


def test_an_arrival_that_was_mistyped_may_wait_once_somebody_says_so(driver: Driver, today: date) -> None:
    """Whoever says the day of release again with a reason says why both may wait."""
    far, soon = (to_premises(today + SOON) | {"destinations": arriving(today + day)} for day in (FAR, SOON))
    referral = driver.submit(far)
    part = referral["destinations"][0]
    for document in (soon, far):
        driver.amend(referral, document)
        assert driver.look(driver.officer, part)["next_update_due"] == "2026-03-02T11:00:00Z"
    why: Json = {"may_wait": True, "details": "The month was mistyped."}
    change(driver, referral, release_date=(today + SOON).isoformat(), **why)
    assert driver.look(driver.officer, part)["next_update_due"] == TEN_WORKING_DAYS


def arriving(day: date) -> list[Json]:
    """Approved premises alone, where he arrives on a day of its own."""
    (asked,) = to_premises(day)["destinations"]
    return [{**asked, "annex": {**asked["annex"], "placement": {"start_date": day.isoformat()}}}]


def test_what_somebody_has_made_urgent_stays_so_whatever_was_mistyped(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + FAR))
    urgent = to_premises(today + FAR) | {"urgency": "urgent", "urgency_reason": "He was threatened."}
    driver.amend(referral, urgent)
    before = question(driver, referral)
    driver.amend(referral, released(urgent, today - FAR))
    why: Json = {"may_wait": True, "details": "The year was mistyped."}
    change(driver, referral, release_date=(today + FAR).isoformat(), **why)
    now = question(driver, referral)
    assert (before["urgency"], now["urgency"], due(now)) == ("urgent", "urgent", due(before))


def test_a_hearing_puts_off_nothing_that_a_release_made_urgent_which_has_been(
    driver: Driver, today: date
) -> None:
    """That the hearing may wait says nothing of somebody who is out already."""
    referral = driver.submit(to_premises(today - timedelta(days=1)))
    before = question(driver, referral)
    hearing = (today + timedelta(days=90)).isoformat()
    change(
        driver,
        referral,
        "hearing_date_changed",
        hearing_date=hearing,
        may_wait=True,
        details="The court listed it for the summer.",
    )
    after = question(driver, referral)
    assert (after["needed_by"], after["urgency"]) == (before["needed_by"], before["urgency"])
    assert due(after) == due(before) == "2026-03-02T17:00:00Z", "the urgent target"


def test_a_release_of_years_ago_is_put_right_by_a_change_with_a_reason(driver: Driver, today: date) -> None:
    """Somebody on a long licence: a mistyped year could be put right only by a whole new version."""
    referral = driver.submit(to_premises(today - timedelta(days=300)))
    been = {"release_date": (today - timedelta(days=1000)).isoformat()}
    given = {
        "kind": "release_date_changed", "occurred_on": today.isoformat(), "source": "prison",
        "standing": "established", **been,
    }  # fmt: skip
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    refused = said(driver.officer.post(path, json=given), 422)
    assert [one["pointer"] for one in refused["errors"]] == ["/release_date"]
    change(driver, referral, **been, details="The licence says so; the year was mistyped.")
    assert driver.document(referral)["release"]["date"] == been["release_date"]


def test_a_release_of_years_ago_is_taken_and_pointed_at(driver: Driver, today: date) -> None:
    """Somebody on a long licence was released years ago; another may have been given the wrong year."""
    for reference, days, expected in (("RECENT", 300, []), ("LONG-AGO", 1000, ["/release/date"])):
        document = to_premises(today - timedelta(days=days)) | {"submission_reference": reference}
        preview = said(driver.officer.post("/v1/referrals/preview", json=document))
        for shown in (preview, driver.submit(document)):
            named = [one for one in shown["advice"] if one["code"] == "released_long_ago"]
            assert all("`may_wait`" in one["words"] for one in named), "it says by what call it may wait"
            found = [one["pointer"] for one in named]
            assert found == expected
