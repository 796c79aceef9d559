"""What lies ahead: the end of a stay and what follows it, a curfew, a meeting about a child."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.timers.sweep import sweep
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, said
from tests.referrals.samples import asking, toby
from tests.referrals.stays import ADDRESS, leave, settle_in, without_mappa

pytestmark = pytest.mark.long

Json = dict[str, Any]


def steps(driver: Driver, label: str | None = None) -> list[tuple[str, str]]:
    """What has been escalated: the step, and to whom."""
    found = said(driver.pdu_head.get("/v1/escalations", limit="200", order="oldest"))["items"]
    return [
        (one["step"], one["addressed_to"][0]["role"])
        for one in found
        if label is None or one["timer"] == label
    ]


def pass_until(driver: Driver, day: date) -> None:
    """Let time pass, with a sweep every morning."""
    while driver.clock.at.date() < day:
        driver.clock.move(timedelta(days=1))
        sweep(driver.clock.at)


def beside(driver: Driver, kind: str) -> list[str | None]:
    """The names of those who must say so too, of what the practitioner has to do."""
    owed = said(driver.officer.get("/v1/work", kind=kind))["items"]
    return [one["with"] and one["with"]["organisation"] for one in owed]


def test_near_the_end_of_a_stay_the_practitioner_is_prompted_each_time(driver: Driver) -> None:
    """M8: only the managers were."""
    settle_in(driver, without_mappa())
    pass_until(driver, date(2026, 6, 10))
    assert [step for step in steps(driver, "placement_end") if step[1] == "practitioner"] == [
        ("days_42", "practitioner"), ("days_21", "practitioner"), ("days_7", "practitioner"),
    ]  # fmt: skip
    assert {role for _, role in steps(driver, "placement_end")} == {"practitioner", "spo", "pdu_head"}


def test_a_stay_that_ends_with_nowhere_to_go_is_escalated_until_somebody_says_where(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    pass_until(driver, date(2026, 6, 3))
    assert sorted(steps(driver, "move_on")) == [
        ("days_14", "practitioner"), ("days_14_spo", "spo"), ("days_28", "practitioner"),
    ]  # fmt: skip
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    pass_until(driver, date(2026, 6, 12))
    assert len(steps(driver, "move_on")) == 3


def test_on_the_last_day_of_a_stay_and_after_it_whoever_must_act_is_told(driver: Driver) -> None:
    def told(timer: str) -> set[tuple[str, str]]:
        sweep(driver.clock.at)
        found = said(driver.pdu_head.get("/v1/escalations", limit="200", order="newest"))["items"]
        return {(one["step"], one["addressed_to"][0]["role"]) for one in found if one["timer"] == timer}

    settle_in(driver, without_mappa())
    driver.clock.set("2026-06-16T10:00:00Z")
    on_the_day = {("day", "practitioner"), ("day_pdu_head", "pdu_head")}
    assert on_the_day.isdisjoint(told("placement_end") | told("move_on"))
    driver.clock.set("2026-06-16T12:00:00Z")
    assert on_the_day <= told("placement_end") & told("move_on")
    driver.clock.set("2026-06-18T09:00:00Z")
    assert ("after", "practitioner") in told("placement_end")


def test_nobody_is_asked_where_somebody_goes_who_has_left(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="custody"))
    pass_until(driver, date(2026, 6, 12))
    assert steps(driver, "move_on") == steps(driver, "placement_end") == []


def test_before_a_curfew_ends_probation_is_reminded_and_then_no_more(driver: Driver) -> None:
    document = asking(without_mappa(), lambda one: one["kind"] == "approved_premises")
    until = "2026-04-20"
    releases = [
        *document["release"]["releases"],
        {"type": "hdc", "start_date": "2026-03-24", "end_date": until},
    ]
    driver.submit({**document, "release": {**document["release"], "releases": releases}})
    pass_until(driver, date(2026, 5, 20))
    assert steps(driver, "curfew_end") == [
        ("days_14", "practitioner"), ("days_2", "practitioner"), ("day", "practitioner"),
    ]  # fmt: skip


def test_the_day_on_which_a_destination_looks_again_is_announced(driver: Driver) -> None:
    referral = driver.submit(asking(without_mappa(), lambda one: one["kind"] == "crs"))
    part = referral["destinations"][0]
    driver.accept(driver.cast.crs, part)
    before = driver.look(driver.cast.crs, part)["next_update_due"]
    driver.move(driver.cast.crs, part, "put_on_hold", reason="In hospital.", review_on="2026-03-20")
    assert driver.look(driver.cast.crs, part)["next_update_due"] == before, "the provider's own clock goes on"
    assert beside(driver, "prepare_review_day") == [part["organisation"]["name"]]
    pass_until(driver, date(2026, 3, 25))
    assert steps(driver, "review_day") == [("days_5", "practitioner"), ("day", "practitioner")]


# Meetings about a child.


def child_known(
    driver: Driver, meeting: str, order_ends: str, kind: str = "initial_child_protection", **known: str
) -> tuple[Json, Json]:
    """Children's services answer about Toby's children, with a meeting; the referral and the request."""
    document = toby()
    document["sentence"]["expiry_date"] = order_ends
    son = next(one for one in document["household"]["contacts"] if one["relationship"] == "child")
    son |= {"given_name": "Alfie", "family_name": "Ellershaw", "date_of_birth": "2019-02-11"}
    son |= {"details_status": "provided"}
    referral = driver.submit(document)
    asked = said(driver.cast.council.get("/v1/check-requests"))["items"]
    assert asked, "no authority was asked"
    request = said(driver.cast.council.get(asked[0]["href"]))
    answer_about(driver, request, [(kind, meeting)], **known)
    return referral, request


def answer_about(driver: Driver, request: Json, meetings: list[tuple[str, str]] | None, **known: str) -> None:
    """Answer about each child, with meetings; None: without a word of any."""
    named = (
        {} if meetings is None else {"conferences": [{"kind": kind, "date": day} for kind, day in meetings]}
    )
    today = driver.clock.at.date().isoformat()
    children = [
        {
            "child_id": child["id"],
            "status": "child_in_need",
            "source": "LCS",
            "verified": "verified",
            **named,
            **known,
        }
        for child in request["document"]["contacts"]
        if child["relationship"] == "child"
    ]
    body = {
        "complete": True,
        "nothing_found": known.get("status") == "not_known",
        "valid_as_at": today,
        "searched": {"from": "2010-01-01", "until": today, "sources": ["Own records"]},
        "findings": {"children": children},
    }
    said(driver.cast.council.post(f"{request['href']}/results", json=body), 201)


def test_a_meeting_about_a_child_is_announced(driver: Driver) -> None:
    child_known(driver, "2026-04-20", "2027-07-15")
    assert beside(driver, "prepare_meeting") == ["Leeds City Council"]
    pass_until(driver, date(2026, 5, 20))
    assert steps(driver, "meeting") == [("days_5", "practitioner"), ("day", "practitioner")]
    assert steps(driver, "meeting_after_end") == []


def test_a_meeting_after_the_order_has_ended_is_an_alarm_at_once(driver: Driver) -> None:
    """C9: a conference on 20 June, and the order ends on 31 May."""
    child_known(driver, "2026-06-20", "2026-05-31")
    assert beside(driver, "settle_meeting") == ["Leeds City Council"]
    driver.clock.move(timedelta(hours=2))
    sweep(driver.clock.at)
    assert set(steps(driver, "meeting_after_end")) == {("practitioner", "practitioner"), ("spo", "spo")}


def test_it_is_an_alarm_too_when_the_order_ends_sooner_than_was_known(driver: Driver) -> None:
    referral, _ = child_known(driver, "2026-06-20", "2027-07-15")
    sweep(driver.clock.at)
    assert steps(driver, "meeting_after_end") == []
    document = driver.document(referral)
    document["sentence"]["expiry_date"] = "2026-05-31"
    driver.amend(referral, document)
    driver.clock.move(timedelta(hours=2))
    sweep(driver.clock.at)
    assert len(steps(driver, "meeting_after_end")) == 2


def test_the_alarm_of_a_meeting_ends_when_the_order_goes_on_for_longer(driver: Driver) -> None:
    referral, _ = child_known(driver, "2026-06-20", "2026-05-31")
    driver.clock.move(timedelta(hours=2))
    sweep(driver.clock.at)
    assert len(steps(driver, "meeting_after_end")) == 2
    document = driver.document(referral)
    document["sentence"]["expiry_date"] = "2027-07-15"
    driver.amend(referral, document)
    driver.clock.move(timedelta(days=30))
    sweep(driver.clock.at)
    assert len(steps(driver, "meeting_after_end")) == 2, "nobody is told again"


def alarm_goes_on(driver: Driver) -> bool:
    """Whether an alarm of a meeting after the end of the order runs by now."""
    later = "SELECT 1 FROM clock WHERE timer = 'meeting_after_end' AND state = 'running'"
    return bool(as_owner(later))


@pytest.mark.parametrize(
    ("news", "goes_on"),
    [
        ([("initial_child_protection", "2026-05-20")], False),
        ([("core_group", "2026-05-20")], True),
        ([("initial_child_protection", "2026-07-01")], True),
        ([], False),
        (None, True),
    ],
)
def test_the_newest_that_is_said_of_a_meeting_says_when_it_is(
    driver: Driver, news: list[tuple[str, str]] | None, goes_on: bool
) -> None:
    """Brought forward before the end of the order, or off, it alarms no more; another changes nothing."""
    _, request = child_known(driver, "2026-06-20", "2026-05-31")
    assert alarm_goes_on(driver)
    driver.clock.move(timedelta(days=1))
    answer_about(driver, request, news)
    assert alarm_goes_on(driver) == goes_on


PLAN = {"status": "child_protection_plan", "category": "neglect"}
IN_NEED = {"status": "child_in_need"}


@pytest.mark.parametrize(
    ("kind", "known", "news", "goes_on"),
    [
        ("review", PLAN, PLAN, True),
        ("review", PLAN, IN_NEED, False),
        ("core_group", PLAN, IN_NEED, False),
        ("strategy", PLAN, IN_NEED, True),
        ("initial_child_protection", IN_NEED, PLAN, True),
        ("initial_child_protection", IN_NEED, {"status": "early_help"}, True),
        ("initial_child_protection", IN_NEED, {"status": "closed"}, False),
        ("other", IN_NEED, {"status": "not_known"}, False),
        ("review", {"status": "looked_after"}, IN_NEED, True),
    ],
)
def test_a_meeting_stands_until_a_newer_answer_says_that_there_is_none(
    driver: Driver, kind: str, known: dict[str, str], news: dict[str, str], goes_on: bool
) -> None:
    """Silence is no news; but a child who is not worked with, or on a plan, any more has no meeting of it."""
    _, request = child_known(driver, "2026-04-20", "2027-07-15", kind, **known)
    driver.clock.move(timedelta(days=1))
    answer_about(driver, request, None, **news)
    pass_until(driver, date(2026, 4, 22))
    announced = [("days_5", "practitioner"), ("day", "practitioner")]
    assert steps(driver, "meeting") == (announced if goes_on else [])


def test_a_meeting_comes_too_late_once_the_referral_that_went_on_for_longer_is_closed(driver: Driver) -> None:
    longer, _ = child_known(driver, "2026-06-20", "2027-07-15")
    document = driver.document(longer) | {"submission_reference": "TOB-2"}
    sentence = {**document["sentence"], "type": "standard_determinate", "expiry_date": "2026-05-31"}
    driver.clock.move(timedelta(hours=1))
    driver.submit(document | {"sentence": sentence})
    assert not alarm_goes_on(driver)
    driver.move(driver.officer, longer["destinations"][0], "withdraw", reason="Not needed.")
    assert alarm_goes_on(driver)


def test_the_alarm_of_a_meeting_ends_with_a_new_order_that_goes_on_for_longer(driver: Driver) -> None:
    first, _ = child_known(driver, "2026-06-20", "2026-05-31")
    assert alarm_goes_on(driver)
    document = driver.document(first) | {"submission_reference": "TOB-2"}
    sentence = {**document["sentence"], "type": "standard_determinate", "expiry_date": "2027-05-31"}
    driver.submit(document | {"sentence": sentence})
    assert not alarm_goes_on(driver)
