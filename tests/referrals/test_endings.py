"""What ends, suspends or resumes supervision: what stops, what goes on, who learns of it; each row driven."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from service.cases.actions.sharing_ends import follow_sharing
from service.db import transaction
from service.referrals.actions import open_what_may_be_sent
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests.checks.factories import answer, police_answer
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, said
from tests.referrals.samples import asking, darren_and_toby, toby
from tests.referrals.stays import have_police_answer, leave, settle_in, without_mappa

pytestmark = pytest.mark.long

Json = dict[str, Any]

ASKED = ("approved_premises", "cas3", "crs")


@pytest.fixture
def today(driver: Driver) -> date:
    return driver.clock.at.date()


def submitted(driver: Driver, *kinds: str, release: date | None = None, reference: str = "DAT-1") -> Json:
    """Darren's referral to some destinations."""
    document = darren_and_toby(reference)
    if kinds:
        document = asking(document, lambda asked: asked["kind"] in kinds)
    if release:
        for asked in document["destinations"]:
            if "start_date" in asked["annex"].get("placement", {}):
                asked["annex"]["placement"]["start_date"] = release.isoformat()
        document = {**document, "release": {**document["release"], "date": release.isoformat()}}
        document["release"]["releases"] = [
            {**document["release"]["releases"][0], "start_date": release.isoformat()}
        ]
    return driver.submit(document)


def change(driver: Driver, referral: Json, kind: str, status: int = 201, **given: Any) -> Json:
    """Record a change in his life, as his practitioner learned of it."""
    whole = {
        "kind": kind,
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        **given,
    }
    by = driver.pdu_head if given.get("standing") == "refuted" else driver.officer
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    return said(by.post(path, json=whole), status)


def part(driver: Driver, referral: Json, kind: str) -> Json:
    found = next(one for one in referral["destinations"] if one["kind"] == kind)
    return driver.look(driver.officer, found)


def questions(driver: Driver, referral: Json) -> list[Json]:
    found: list[Json] = said(driver.officer.get("/v1/check-requests", referral_id=referral["id"]))["items"]
    return found


def of_the_police(driver: Driver, question: Json) -> bool:
    """Whether a question is for the force that the cast plays."""
    return bool(question["agency_id"] == str(driver.cast.police.organisation_id))


def reviews(driver: Driver, referral: Json) -> dict[str, str]:
    """The state of each review, by the change that opened it."""
    path = f"/v1/people/{referral['person']['id']}/reviews"
    return {one["change_id"]: one["state"] for one in said(driver.officer.get(path))["items"]}


def overdue(driver: Driver) -> list[str]:
    return [one["label"] for one in said(driver.officer.get("/v1/overdue", limit="200"))["items"]]


# Recalled, released, at large.


def test_what_waits_when_he_is_recalled_does_not_go_out_on_its_day(driver: Driver, today: date) -> None:
    """T5: it went out with the old day of release."""
    referral = submitted(driver, "cas3", "crs", release=today + timedelta(days=120))
    assert part(driver, referral, "cas3")["state"] == "held"
    change(driver, referral, "recalled")
    stopped = part(driver, referral, "cas3")
    assert stopped["state"] == "blocked"
    assert "recalled" in {one["code"] for one in stopped["blocked_by"]}
    change(driver, referral, "released")
    assert part(driver, referral, "cas3")["state"] == "held"


def test_a_recall_of_fixed_length_plans_for_the_day_of_release(driver: Driver, today: date) -> None:
    referral = submitted(driver, "cas3", "crs", release=today + timedelta(days=120))
    again = today + timedelta(days=112)
    change(driver, referral, "recalled", release_date=again.isoformat())
    assert driver.document(referral)["release"]["date"] == again.isoformat()
    assert part(driver, referral, "cas3")["state"] == "held"


def test_a_day_of_release_that_becomes_known_lets_what_waits_go_on(driver: Driver, today: date) -> None:
    referral = submitted(driver, "cas3", "crs", release=today + timedelta(days=120))
    change(driver, referral, "recalled")
    later = today + timedelta(days=200)
    change(driver, referral, "release_date_changed", release_date=later.isoformat())
    assert part(driver, referral, "cas3")["state"] == "held"


def test_after_a_release_the_clocks_of_what_is_with_destinations_start_again(driver: Driver) -> None:
    """T6: those of received and sent parts never did."""
    referral = submitted(driver, "approved_premises")
    before = part(driver, referral, "approved_premises")
    assert before["next_update_due"]
    change(driver, referral, "recalled")
    assert part(driver, referral, "approved_premises")["next_update_due"] is None
    driver.clock.move(timedelta(days=28))
    change(driver, referral, "released")
    after = part(driver, referral, "approved_premises")
    assert after["next_update_due"] > before["next_update_due"]
    assert after["state"] == before["state"] == "sent"


def test_at_large_nothing_relaxes(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises")
    before = part(driver, referral, "approved_premises")
    recorded = change(driver, referral, "unlawfully_at_large")
    assert part(driver, referral, "approved_premises")["next_update_due"] == before["next_update_due"]
    assert recorded["checks"]
    assert [one["owner"] for one in recorded["reviews"]] == ["spo"]


def test_at_large_after_a_recall_is_not_in_custody(driver: Driver) -> None:
    """What the recall had put to rest is watched again; nothing that waited goes out."""
    referral = submitted(driver, "approved_premises", "mappa")
    change(driver, referral, "recalled")
    change(driver, referral, "unlawfully_at_large")
    for kind in ("approved_premises", "mappa"):
        assert part(driver, referral, kind)["next_update_due"], kind


def test_the_day_on_which_he_was_released_is_the_day_of_release(driver: Driver, today: date) -> None:
    referral = submitted(driver, "cas3", "crs")
    later = (today + timedelta(days=400)).isoformat()
    change(driver, referral, "release_date_changed", release_date=later)
    assert part(driver, referral, "cas3")["state"] == "held"
    change(driver, referral, "released")
    assert driver.document(referral)["release"]["date"] == today.isoformat()
    assert part(driver, referral, "cas3")["held_until"] == "2026-03-16", "by when housing is needed"
    asked = [one for one in questions(driver, referral) if one["state"] != "superseded"]
    assert {one["needed_by"][:10] for one in asked} == {today.isoformat()}


def test_the_last_that_happened_counts_in_whatever_order_it_is_recorded(driver: Driver, today: date) -> None:
    referral = submitted(driver, "approved_premises")
    driver.clock.move(timedelta(days=3))
    change(driver, referral, "released")
    change(driver, referral, "recalled", occurred_on=today.isoformat())
    assert part(driver, referral, "approved_premises")["next_update_due"]
    change(driver, referral, "recalled")
    change(driver, referral, "released", occurred_on=(today + timedelta(days=1)).isoformat())
    assert part(driver, referral, "approved_premises")["next_update_due"] is None


def test_a_day_of_release_that_has_passed_plans_nothing(driver: Driver, today: date) -> None:
    """It was put right; he is in prison."""
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=1))
    driver.clock.move(timedelta(days=10))
    change(driver, referral, "recalled")
    document = driver.document(referral)
    document["release"]["date"] = (today + timedelta(days=2)).isoformat()
    driver.amend(referral, document)
    assert part(driver, referral, "approved_premises")["next_update_due"] is None


def test_a_recall_that_is_rescinded_leaves_the_day_of_release_as_it_was(driver: Driver, today: date) -> None:
    day = today + timedelta(days=120)
    referral = submitted(driver, "cas3", "crs", release=day)
    change(driver, referral, "recalled")
    assert part(driver, referral, "cas3")["state"] == "blocked"
    change(driver, referral, "release_date_changed", release_date=day.isoformat())
    assert part(driver, referral, "cas3")["state"] == "held"
    assert part(driver, referral, "crs")["next_update_due"]


def test_what_waits_with_probation_waits_with_it_after_the_release(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises")
    theirs = part(driver, referral, "approved_premises")
    for action in ("receive", "request_information"):
        more = {"question": "Which steps can he climb?"} if action == "request_information" else {}
        driver.move(driver.cast.ap, theirs, action, **more)
    change(driver, referral, "recalled")
    change(driver, referral, "released")
    (clock,) = part(driver, referral, "approved_premises")["deadlines"]
    assert clock["state"] == "paused"


def test_a_bed_needed_within_days_is_an_emergency_again_after_the_release(
    driver: Driver, today: date
) -> None:
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=3))
    change(driver, referral, "recalled")
    driver.clock.move(timedelta(hours=3))
    sweep(driver.clock.at)
    assert overdue(driver) == []
    change(driver, referral, "released")
    driver.clock.move(timedelta(hours=3))
    sweep(driver.clock.at)
    assert "approved_premises" in overdue(driver)


# Suspended, resumed, completed early.


def test_while_supervision_is_suspended_no_routine_clock_runs_and_every_check_does(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises")
    change(driver, referral, "supervision_suspended")
    assert part(driver, referral, "approved_premises")["next_update_due"] is None
    clocks = {one["state"] for each in questions(driver, referral) for one in each["clocks"]}
    assert clocks == {"running"}
    change(driver, referral, "supervision_resumed")
    assert part(driver, referral, "approved_premises")["next_update_due"]


def test_what_moves_while_supervision_is_suspended_starts_no_routine_clock(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises", "crs")
    change(driver, referral, "supervision_suspended")
    theirs = part(driver, referral, "approved_premises")
    driver.accept(driver.cast.ap, theirs)
    day = (driver.clock.at.date() + timedelta(days=40)).isoformat()
    change(driver, referral, "release_date_changed", release_date=day)
    for kind in ("approved_premises", "crs"):
        shown = part(driver, referral, kind)
        assert (shown["next_update_due"], shown["deadlines"]) == (None, [])
    change(driver, referral, "supervision_resumed")
    assert part(driver, referral, "approved_premises")["next_update_due"]


def test_what_is_sent_while_supervision_is_suspended_owes_nothing_until_it_resumes(
    driver: Driver, today: date
) -> None:
    referral = submitted(driver, "cas3", "crs", release=today + timedelta(days=120))
    waits = part(driver, referral, "cas3")
    assert waits["state"] == "held"
    change(driver, referral, "supervision_suspended")
    later = submitted(driver, "crs", reference="DAT-2")
    driver.clock.set(f"{waits['held_until']}T09:00:00Z")
    open_what_may_be_sent()
    sent = [part(driver, referral, "cas3"), part(driver, later, "crs")]
    assert [one["state"] for one in sent] == ["sent", "sent"]
    assert [(one["next_update_due"], one["deadlines"]) for one in sent] == [(None, [])] * 2
    change(driver, referral, "supervision_resumed")
    assert all(
        part(driver, one, kind)["next_update_due"] for one, kind in ((referral, "cas3"), (later, "crs"))
    )


def test_a_bed_needed_within_days_is_an_emergency_though_supervision_is_suspended(
    driver: Driver, today: date
) -> None:
    referral = submitted(driver, "crs")
    change(driver, referral, "supervision_suspended")
    submitted(driver, "approved_premises", release=today + timedelta(days=3), reference="DAT-2")
    driver.clock.move(timedelta(hours=3))
    sweep(driver.clock.at)
    assert "approved_premises" in overdue(driver)


def test_supervision_that_resumes_ends_no_recall(driver: Driver, today: date) -> None:
    referral = submitted(driver, "cas3", "approved_premises", release=today + timedelta(days=120))
    for kind in ("supervision_suspended", "recalled", "supervision_resumed"):
        change(driver, referral, kind)
    assert part(driver, referral, "cas3")["state"] == "blocked"
    assert part(driver, referral, "approved_premises")["next_update_due"] is None
    change(driver, referral, "released")
    assert part(driver, referral, "approved_premises")["next_update_due"]


def test_a_release_ends_no_suspension(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises")
    for kind in ("recalled", "supervision_suspended", "released"):
        change(driver, referral, kind)
    assert part(driver, referral, "approved_premises")["next_update_due"] is None


def test_an_emergency_goes_on_while_supervision_is_suspended(driver: Driver, today: date) -> None:
    """Somebody needs a bed within days, whatever is suspended: danger never is."""
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=3))
    change(driver, referral, "supervision_suspended")
    driver.clock.move(timedelta(hours=3))
    sweep(driver.clock.at)
    assert overdue(driver) == ["approved_premises"]


def test_an_order_completed_early_ends_sharing_that_day_and_hurries_what_is_open(
    driver: Driver, today: date
) -> None:
    referral = driver.submit(toby())
    recorded = change(driver, referral, "order_completed_early")
    assert [one["owner"] for one in recorded["reviews"]] == ["spo"]
    assert {one["code"] for one in recorded["outstanding"]} == {"check_request"}
    assert {one["urgency"] for one in questions(driver, referral)} == {"urgent"}
    seen = referral["destinations"][0]
    assert driver.cast.crs.get(f"{seen['href']}/document").status_code == 200
    driver.clock.move(timedelta(days=1))
    assert driver.cast.crs.get(f"{seen['href']}/document").status_code == 410


def timers_of(driver: Driver) -> set[tuple[str, str]]:
    """The subject and the timer of each clock that runs."""
    with transaction("owner") as session:
        running = session.scalars(select(Clock).where(Clock.state != "stopped")).all()
        return {(one.subject_kind, one.timer) for one in running}


def test_a_bed_that_comes_to_be_needed_within_days_is_an_emergency_whatever_is_suspended(
    driver: Driver, today: date
) -> None:
    """It rang nowhere, and was none either when supervision went on."""
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=60))
    change(driver, referral, "supervision_suspended")
    near = today + timedelta(days=2)
    change(driver, referral, "release_date_changed", release_date=near.isoformat())
    assert ("emergency", "danger") in timers_of(driver)
    assert ("destination_referral", "answer") not in timers_of(driver)


@pytest.mark.parametrize("declined", [False, True])
def test_a_recall_of_fixed_length_ends_the_emergency_of_the_release_before(
    driver: Driver, today: date, declined: bool
) -> None:
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=2))
    theirs = part(driver, referral, "approved_premises")
    assert theirs["next_update_due"] == "2026-03-02T11:00:00Z", "within two hours"
    if declined:
        driver.move(driver.cast.ap, theirs, "receive")
        driver.move(driver.cast.ap, theirs, "decline", reason_code="risk_to_self")
    again = today + timedelta(days=28)
    change(driver, referral, "recalled", release_date=again.isoformat())
    assert ("emergency", "danger") not in timers_of(driver)
    if not declined:
        assert part(driver, referral, "approved_premises")["next_update_due"] == "2026-03-06T17:00:00Z"
    near = today + timedelta(days=5)
    change(driver, referral, "release_date_changed", release_date=near.isoformat())
    if not declined:
        assert ("emergency", "danger") in timers_of(driver)


def test_a_bed_that_is_needed_within_days_when_he_is_planned_for_again_is_an_emergency(
    driver: Driver, today: date
) -> None:
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=60))
    change(driver, referral, "recalled")
    assert ("emergency", "danger") not in timers_of(driver)
    near = today + timedelta(days=2)
    change(driver, referral, "release_date_changed", release_date=near.isoformat())
    assert ("emergency", "danger") in timers_of(driver)


def test_nobody_looks_for_another_bed_of_who_was_recalled_until_the_release(
    driver: Driver, today: date
) -> None:
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=3))
    theirs = part(driver, referral, "approved_premises")
    driver.move(driver.cast.ap, theirs, "receive")
    driver.move(driver.cast.ap, theirs, "decline", reason_code="risk_to_self")
    change(driver, referral, "recalled")
    assert ("emergency", "danger") not in timers_of(driver)
    change(driver, referral, "released")
    assert ("emergency", "danger") in timers_of(driver)


@pytest.mark.parametrize(
    ("rests", "wakes"), [("supervision_suspended", "supervision_resumed"), ("recalled", "released")]
)
def test_every_clock_of_what_a_destination_owes_rests_and_wakes(
    driver: Driver, rests: str, wakes: str
) -> None:
    referral = submitted(driver, "approved_premises", "crs")
    works, asked = part(driver, referral, "approved_premises"), part(driver, referral, "crs")
    driver.accept(driver.cast.ap, works)
    driver.accept(driver.cast.crs, asked)
    document = driver.document(referral)
    document["risk"]["summary"]["who"] = "His neighbours, too."
    driver.amend(referral, document)
    driver.move(driver.officer, asked, "request_withdrawal", reason="He moves on.")
    owed = {("change_notice", "acknowledge"), ("destination_referral", "answer")}
    assert owed <= timers_of(driver)
    change(driver, referral, rests)
    assert not owed & timers_of(driver)
    change(driver, referral, wakes)
    assert owed <= timers_of(driver)


def test_what_a_decline_is_challenged_with_owes_nothing_while_supervision_is_suspended(
    driver: Driver,
) -> None:
    referral = submitted(driver, "crs")
    theirs = part(driver, referral, "crs")
    driver.move(driver.cast.crs, theirs, "receive")
    driver.move(driver.cast.crs, theirs, "decline", reason_code="ineligible")
    change(driver, referral, "supervision_suspended")
    driver.move(driver.officer, theirs, "challenge", reason="He is eligible.")
    assert part(driver, referral, "crs")["next_update_due"] is None
    change(driver, referral, "supervision_resumed")
    assert part(driver, referral, "crs")["next_update_due"]


def test_nobody_is_reminded_of_a_curfew_that_is_none(driver: Driver, today: date) -> None:
    document = asking(darren_and_toby(), lambda asked: asked["kind"] == "crs")
    document["licence"]["curfew"] = {"until": (today + timedelta(days=40)).isoformat()}
    referral = driver.submit(document)
    curfew = ("referral", "curfew_end")
    for rests, wakes in (("supervision_suspended", "supervision_resumed"), ("recalled", "released")):
        change(driver, referral, rests)
        assert curfew not in timers_of(driver)
        change(driver, referral, wakes)
        assert curfew in timers_of(driver)
    change(driver, referral, "hdc_ended")
    assert curfew not in timers_of(driver)
    change(driver, referral, "supervision_suspended")
    change(driver, referral, "supervision_resumed")
    assert curfew not in timers_of(driver)
    change(driver, referral, "hdc_started")
    assert curfew in timers_of(driver)


@pytest.mark.parametrize(
    ("away", "back"),
    [("recalled", "released"), ("supervision_suspended", "supervision_resumed"), ("died", "death_in_error")],
)
def test_nobody_is_reminded_of_a_curfew_that_ended_while_they_were_under_none(
    driver: Driver, today: date, away: str, back: str
) -> None:
    document = asking(darren_and_toby(), lambda asked: asked["kind"] == "crs")
    document["licence"]["curfew"] = {"until": (today + timedelta(days=40)).isoformat()}
    referral = driver.submit(document)
    for kind in (away, "hdc_ended"):
        change(driver, referral, kind)
    given = {"kind": back, "occurred_on": today.isoformat(), "source": "police", "standing": "established"}
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    said(driver.pdu_head.post(path, json=given), 201)
    assert ("referral", "curfew_end") not in timers_of(driver)
    change(driver, referral, "hdc_started")
    assert ("referral", "curfew_end") in timers_of(driver)


def test_what_is_added_after_a_recall_is_not_sent_with_the_old_day(driver: Driver) -> None:
    whole = darren_and_toby()
    referral = driver.submit(asking(whole, lambda asked: asked["kind"] == "crs"))
    change(driver, referral, "recalled")
    document = driver.document(referral)
    more = [one for one in whole["destinations"] if one["kind"] == "approved_premises"]
    driver.amend(referral, {**document, "destinations": [*document["destinations"], *more]})
    seen = said(driver.officer.get(f"/v1/referrals/{referral['id']}"))
    added = part(driver, seen, "approved_premises")
    assert "recalled" in {one["code"] for one in added["blocked_by"]}


ON_THE_DAYS = (("released", 1), ("recalled", 2), ("unlawfully_at_large", 3))


@pytest.mark.parametrize("order", list(permutations(ON_THE_DAYS)))
def test_in_whatever_order_it_is_recorded_it_comes_to_the_same(
    driver: Driver, today: date, order: tuple[tuple[str, int], ...]
) -> None:
    """He was released, recalled, and is at large: nothing is sent, and everything is watched."""
    referral = submitted(driver, "cas3", "approved_premises", release=today + timedelta(days=120))
    driver.clock.move(timedelta(days=10))
    for kind, day in order:
        change(driver, referral, kind, occurred_on=(today + timedelta(days=day)).isoformat())
    waits = part(driver, referral, "cas3")
    assert waits["state"] == "blocked"
    assert "recalled" in {one["code"] for one in waits["blocked_by"]}
    assert part(driver, referral, "approved_premises")["next_update_due"]


def test_a_recall_that_ended_since_writes_no_day_of_release(driver: Driver, today: date) -> None:
    referral = submitted(driver, "approved_premises")
    driver.clock.move(timedelta(days=6))
    change(driver, referral, "released")
    was = driver.document(referral)["release"]["date"]
    later = (today + timedelta(days=29)).isoformat()
    change(driver, referral, "recalled", occurred_on=today.isoformat(), release_date=later)
    assert driver.document(referral)["release"]["date"] == was


def test_a_release_that_is_recorded_after_the_recall_that_followed_it_has_its_day(
    driver: Driver, today: date
) -> None:
    referral = submitted(driver, "cas3", "crs", release=today + timedelta(days=20))
    driver.clock.move(timedelta(days=10))
    change(driver, referral, "recalled")
    day = (today + timedelta(days=3)).isoformat()
    change(driver, referral, "released", occurred_on=day)
    assert driver.document(referral)["release"]["date"] == day
    assert part(driver, referral, "crs")["next_update_due"] is None, "he is in prison again"


def test_a_release_that_is_recorded_late_says_nothing_of_the_one_after_the_recall(
    driver: Driver, today: date
) -> None:
    """Who is referred once they are in prison again is referred for the next release."""
    first = submitted(driver, "crs", release=today + timedelta(days=20))
    driver.clock.move(timedelta(days=8))
    change(driver, first, "recalled")
    driver.clock.move(timedelta(days=2))
    again = today + timedelta(days=60)
    second = submitted(driver, "approved_premises", release=again, reference="DAT-2")
    driver.clock.move(timedelta(days=3))
    day = (today + timedelta(days=3)).isoformat()
    change(driver, first, "released", occurred_on=day)
    assert driver.document(first)["release"]["date"] == day
    assert driver.document(second)["release"]["date"] == again.isoformat()


def established_and_refuted(driver: Driver, referral: Json, kind: str, **given: Any) -> None:
    """Say that something happened, establish it, and refute it."""
    allegation = alleged(driver, referral, kind)
    change(driver, referral, kind, follows=allegation["id"], source="police", **given)
    refuted(driver, referral, allegation)


def test_a_day_of_release_that_was_of_another_man_is_given_back_with_all_that_followed(
    driver: Driver, today: date
) -> None:
    referral = submitted(driver, "approved_premises", release=today + timedelta(days=200))
    asked = questions(driver, referral)
    driver.clock.move(timedelta(minutes=5))
    day = (today + timedelta(days=5)).isoformat()
    mistaken = change(driver, referral, "release_date_changed", release_date=day)
    assert ("emergency", "danger") in timers_of(driver)
    driver.clock.move(timedelta(minutes=5))
    refuted(driver, referral, mistaken, details="It was another man.")
    assert driver.document(referral)["release"]["date"] == (today + timedelta(days=200)).isoformat()
    assert ("emergency", "danger") not in timers_of(driver)
    after = part(driver, referral, "approved_premises")
    assert after["next_update_due"].startswith("2026-03-16"), "ten working days from now"
    needed = {one["id"]: (one["needed_by"], one["urgency"]) for one in questions(driver, referral)}
    assert needed == {one["id"]: (one["needed_by"], one["urgency"]) for one in asked}


def test_without_an_open_referral_the_agencies_are_given_the_day_back(driver: Driver, today: date) -> None:
    referral = submitted(driver, "crs", release=today + timedelta(days=200))
    driver.move(driver.officer, part(driver, referral, "crs"), "withdraw", reason="He lives with his mother.")
    before = {one["id"]: one["needed_by"] for one in questions(driver, referral)}
    driver.clock.move(timedelta(minutes=5))
    day = (today + timedelta(days=5)).isoformat()
    mistaken = change(driver, referral, "release_date_changed", release_date=day)
    assert {one["needed_by"] for one in questions(driver, referral)} == {f"{day}T00:00:00Z"}
    driver.clock.move(timedelta(minutes=5))
    refuted(driver, referral, mistaken, details="It was another man.")
    assert {one["id"]: one["needed_by"] for one in questions(driver, referral)} == before


@pytest.mark.parametrize("kind", ["recalled", "supervision_suspended"])
def test_what_was_put_to_rest_wakes_when_it_is_refuted(driver: Driver, today: date, kind: str) -> None:
    referral = submitted(driver, "cas3", "crs", release=today + timedelta(days=120))
    established_and_refuted(driver, referral, kind)
    assert part(driver, referral, "crs")["next_update_due"]
    assert part(driver, referral, "cas3")["state"] == "held"


def test_a_release_that_is_refuted_leaves_him_recalled_and_the_day_as_it_was(
    driver: Driver, today: date
) -> None:
    day = today + timedelta(days=120)
    referral = submitted(driver, "cas3", "approved_premises", release=day)
    change(driver, referral, "recalled")
    driver.clock.move(timedelta(days=1))
    established_and_refuted(driver, referral, "released")
    assert part(driver, referral, "approved_premises")["next_update_due"] is None
    assert driver.document(referral)["release"]["date"] == day.isoformat()


def test_what_is_refuted_overtakes_nothing(driver: Driver, today: date) -> None:
    referral = submitted(driver, "approved_premises")
    change(driver, referral, "recalled")
    driver.clock.move(timedelta(days=5))
    established_and_refuted(driver, referral, "recalled")
    change(driver, referral, "released", occurred_on=(today + timedelta(days=3)).isoformat())
    assert part(driver, referral, "approved_premises")["next_update_due"]


def test_a_death_that_is_refuted_was_an_error(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    established_and_refuted(driver, referral, "died")
    person = said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))
    assert person["died_on"] is None
    assert {one["state"] for one in questions(driver, referral)} - {"cancelled", "superseded"}


def test_an_order_that_was_not_completed_goes_on(driver: Driver) -> None:
    referral = driver.submit(toby())
    ends = driver.document(referral)["sentence"]["expiry_date"]
    driver.clock.move(timedelta(hours=1))
    established_and_refuted(driver, referral, "order_completed_early")
    assert driver.document(referral)["sentence"]["expiry_date"] == ends


def test_that_a_death_may_be_an_error_undoes_nothing_yet(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    change(driver, referral, "died")
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    body = {"kind": "death_in_error", "occurred_on": "2026-03-02", "source": "anonymous"}
    allegation = said(driver.pdu_head.post(path, json={**body, "standing": "alleged"}), 201)
    person = f"/v1/people/{referral['person']['id']}"
    assert said(driver.officer.get(person))["died_on"]
    established = {**body, "standing": "established", "follows": allegation["id"]}
    said(driver.pdu_head.post(path, json=established), 201)
    assert said(driver.officer.get(person))["died_on"] is None


def test_what_was_recorded_while_he_was_wrongly_dead_is_followed_afterwards(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises")
    theirs = part(driver, referral, "approved_premises")
    driver.accept(driver.cast.ap, theirs)
    change(driver, referral, "died")
    change(driver, referral, "supervision_suspended")
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    body = {"kind": "death_in_error", "occurred_on": "2026-03-02", "source": "prison"}
    said(driver.pdu_head.post(path, json={**body, "standing": "established"}), 201)
    assert part(driver, referral, "approved_premises")["next_update_due"] is None
    change(driver, referral, "supervision_resumed")
    assert part(driver, referral, "approved_premises")["next_update_due"]


def test_an_order_without_an_end_that_is_known_ends_when_it_is_completed(driver: Driver, today: date) -> None:
    document = toby()
    del document["sentence"]["expiry_date"]
    referral = driver.submit(document)
    change(driver, referral, "order_completed_early")
    assert driver.document(referral)["sentence"]["expiry_date"] == today.isoformat()
    driver.clock.move(timedelta(days=1))
    assert driver.cast.crs.get(f"{referral['destinations'][0]['href']}/document").status_code == 410


def test_an_order_completed_early_ends_supervision_where_no_referral_is_open(driver: Driver) -> None:
    referral = driver.submit(toby())
    for one in referral["destinations"]:
        driver.move(driver.officer, one, "withdraw", reason="He has a home.")
    change(driver, referral, "order_completed_early")
    assert {one["urgency"] for one in questions(driver, referral)} == {"urgent"}
    driver.clock.move(timedelta(days=5))
    before = {one["id"] for one in questions(driver, referral)}
    change(driver, referral, "police_call_out")
    new = [one for one in questions(driver, referral) if one["id"] not in before]
    assert {one["state"] for one in new} == {"awaiting_details"}, "on no basis anybody is asked"


def test_what_ends_with_a_release_ahead_can_be_amended_afterwards(driver: Driver) -> None:
    """The service had made a version that its own rules refuse."""
    referral = submitted(driver, "crs")
    change(driver, referral, "order_completed_early")
    document = driver.document(referral)
    assert "date" not in document["release"]
    document["referrer"]["phone"] = "0113 496 0111"
    driver.amend(referral, document)


@pytest.mark.parametrize(
    ("kind", "given", "pointer"),
    [
        ("released", {"occurred_on": "1990-05-05"}, "/occurred_on"),
        ("recalled", {"occurred_on": "1950-05-05"}, "/occurred_on"),
        ("died", {"occurred_on": "1950-05-05"}, "/occurred_on"),
        ("order_completed_early", {"occurred_on": "1980-01-01"}, "/occurred_on"),
        ("recalled", {"release_date": "2026-02-20"}, "/release_date"),
        ("recalled", {"release_date": "2026-03-02"}, "/release_date"),
        ("release_date_changed", {"release_date": "2090-01-01"}, "/release_date"),
    ],
)
def test_a_day_that_cannot_be_is_refused(driver: Driver, kind: str, given: Json, pointer: str) -> None:
    referral = submitted(driver, "approved_premises", "crs")
    answer = change(driver, referral, kind, 422, **given)
    assert [one["pointer"] for one in answer["errors"]] == [pointer]


def test_after_a_death_no_clock_of_a_referral_starts(driver: Driver, today: date) -> None:
    document = asking(darren_and_toby(), lambda asked: asked["kind"] == "approved_premises")
    document["sentence"]["licence_expiry_date"] = (today + timedelta(days=26)).isoformat()
    referral = driver.submit(document)
    theirs = part(driver, referral, "approved_premises")
    driver.accept(driver.cast.ap, theirs)
    change(driver, referral, "recalled")
    change(driver, referral, "died")
    amended = driver.document(referral)
    amended["risk"]["summary"]["who"] = "His neighbours, too."
    amended["licence"]["curfew"] = {"until": (today + timedelta(days=20)).isoformat()}
    driver.amend(referral, amended)
    driver.move(driver.cast.ap, theirs, "resume")
    follow_sharing(driver.clock.at)
    assert timers_of(driver) == {("review", "review")}


def test_the_day_of_a_death_can_be_put_right(driver: Driver, today: date) -> None:
    referral = submitted(driver, "crs")
    change(driver, referral, "died")
    day = (today - timedelta(days=3)).isoformat()
    change(driver, referral, "died", occurred_on=day)
    assert said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))["died_on"] == day


def review_due(driver: Driver, referral: Json) -> str:
    (answered,) = (one for one in questions(driver, referral) if one["state"] == "returned")
    (due,) = (one["due_at"] for one in answered["clocks"] if one["timer"] == "review")
    return str(due)


def test_an_order_completed_early_hurries_the_review_of_what_was_answered(driver: Driver) -> None:
    referral = driver.submit(toby())
    driver.clock.set("2026-03-24T09:00:00Z")
    have_police_answer(driver)
    before = review_due(driver, referral)
    change(driver, referral, "order_completed_early")
    assert review_due(driver, referral) < before


# Died.


def test_a_death_ends_what_nobody_works_on_and_every_question(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises", "crs")
    arrest = change(driver, referral, "arrest")
    died = change(driver, referral, "died", source="police")
    assert {driver.look(driver.officer, one)["state"] for one in referral["destinations"]} == {"withdrawn"}
    assert {one["destination"] for one in died["told"]} == {"approved_premises", "crs"}
    asked = questions(driver, referral)
    assert {one["state"] for one in asked} <= {"cancelled", "superseded"}
    police = next(one for one in asked if one["state"] == "cancelled" and of_the_police(driver, one))
    words = said(driver.cast.police.get(police["href"]))["messages"]
    assert [one["body"] for one in words] == ["The person has died."]
    assert reviews(driver, referral)[arrest["id"]] == "closed"
    driver.clock.move(timedelta(days=60))
    sweep(driver.clock.at)
    assert overdue(driver) == ["risk_review"], "somebody makes sure of it"
    person = said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))
    assert person["died_on"] == died["occurred_on"]


def test_somebody_of_probation_makes_sure_of_a_death_whoever_says_so(driver: Driver) -> None:
    """The premises alone could end a case, by a slip of the hand."""
    referral, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="died"))
    found = said(driver.officer.get(f"/v1/people/{referral['person']['id']}/reviews"))["items"]
    assert [(one["owner"], one["state"]) for one in found if one["state"] != "closed"] == [("spo", "open")]


def test_somebody_finds_out_whether_he_has_died(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    alleged = change(driver, referral, "died", standing="alleged", source="anonymous")
    assert [one["owner"] for one in alleged["reviews"]] == ["spo"]
    assert part(driver, referral, "crs")["state"] == "sent"


def test_after_a_death_nothing_is_asked_any_more(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    change(driver, referral, "died")
    asked = len(questions(driver, referral))
    recorded = change(driver, referral, "victim_report", source="victim_liaison")
    assert recorded["checks"] == []
    assert len(questions(driver, referral)) == asked


def test_what_is_recorded_after_a_death_starts_no_clock_again(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises", "crs")
    theirs = part(driver, referral, "approved_premises")
    driver.accept(driver.cast.ap, theirs)
    change(driver, referral, "recalled")
    change(driver, referral, "died")
    change(driver, referral, "released")
    shown = part(driver, referral, "approved_premises")
    assert (shown["state"], shown["next_update_due"]) == ("on_hold", None)


def test_nobody_is_chased_for_the_bed_of_who_has_died(driver: Driver, today: date) -> None:
    """Declined, it goes on being looked for: until he dies."""
    referral = submitted(driver, "approved_premises", "crs", release=today + timedelta(days=3))
    theirs = part(driver, referral, "approved_premises")
    driver.move(driver.cast.ap, theirs, "receive")
    driver.move(driver.cast.ap, theirs, "decline", reason_code="risk_to_self")
    change(driver, referral, "died")
    driver.clock.move(timedelta(days=1))
    sweep(driver.clock.at)
    assert overdue(driver) == ["risk_review"], "somebody makes sure of it"


def test_nobody_is_referred_who_is_on_record_as_dead(driver: Driver) -> None:
    """It went out, and nobody was asked about him."""
    referral = submitted(driver, "crs")
    change(driver, referral, "died")
    again = {**darren_and_toby(), "submission_reference": "DAT-2"}
    refused = said(driver.officer.post("/v1/referrals", json=again), 409)
    assert refused["href"] == f"/v1/people/{referral['person']['id']}"
    said(driver.officer.post("/v1/referrals/preview", json=again), 409)


def test_who_stays_somewhere_is_withdrawn_by_nobody_when_he_dies(driver: Driver) -> None:
    """Probation had asked to withdraw him: the premises know of it, and record that he left."""
    referral, stay = settle_in(driver, without_mappa())
    driver.move(driver.officer, stay, "request_withdrawal", reason="He moves on.")
    for kind in ("recalled", "unlawfully_at_large"):
        told = change(driver, referral, kind)["told"]
        assert "approved_premises" in {one["destination"] for one in told}, kind
    change(driver, referral, "died")
    assert driver.look(driver.officer, stay)["state"] == "withdrawal_requested"
    said(leave(driver, stay, departed_to="died"))


def timed() -> set[tuple[str, str]]:
    """Return what is timed of referrals and stays, apart from what destinations owe."""
    rows = as_owner(
        "SELECT subject_kind, timer FROM clock WHERE state <> 'stopped'"
        " AND subject_kind IN ('referral', 'placement', 'agency_review')"
    )
    return {(row["subject_kind"], row["timer"]) for row in rows}


def test_what_is_timed_goes_on_when_he_has_not_died_after_all(driver: Driver) -> None:
    document = without_mappa()
    document["licence"] = {**document.get("licence", {}), "curfew": {"until": "2026-05-01"}}
    document["sentence"].pop("supervision_ends", None)
    referral, _ = settle_in(driver, document)
    before = timed()
    assert {("referral", "curfew_end"), ("placement", "placement_end"), ("placement", "move_on")} <= before
    change(driver, referral, "died")
    assert timed() == set()
    wrong = {
        "kind": "death_in_error",
        "occurred_on": "2026-03-24",
        "source": "police",
        "standing": "established",
    }
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    said(driver.pdu_head.post(path, json=wrong | {"standing": "established"}), 201)
    assert timed() == before


@pytest.mark.parametrize(
    "undone", [{"kind": "death_in_error"}, {"kind": "died", "standing": "refuted", "details": "Another man."}]
)
def test_an_answer_about_him_is_reviewed_when_he_has_not_died_after_all(driver: Driver, undone: Json) -> None:
    referral = submitted(driver, "crs")
    police = next(one for one in questions(driver, referral) if of_the_police(driver, one))
    said(answer(driver.cast.police, police["id"], police_answer()), 201)
    owed = as_owner("SELECT count(*) AS n FROM clock WHERE timer = 'review' AND state = 'running'")
    died = change(driver, referral, "died")
    if undone.get("standing") == "refuted":
        undone = undone | {"follows": died["id"]}
    wrong = {"occurred_on": driver.clock.at.date().isoformat(), "source": "police", "standing": "established"}
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    said(driver.pdu_head.post(path, json=wrong | undone), 201)
    now = as_owner(
        "SELECT count(*) AS n FROM clock WHERE timer = 'review' AND state = 'running'"
        " AND subject_kind = 'check_request'"
    )
    assert now == owed != [{"n": 0}]


def test_what_a_manager_was_asked_about_him_lapses_with_his_death(driver: Driver) -> None:
    """Decided afterwards, it asked the police about him again."""
    referral = submitted(driver, "crs")
    asked = next(one for one in questions(driver, referral) if of_the_police(driver, one))
    tag = driver.officer.get(asked["href"]).headers["ETag"]
    stop = {"action": "stop_wrong_person", "reason": "Another Darren was meant."}
    said(driver.officer.post(f"{asked['href']}/transitions", json=stop, if_match=tag))
    open_ones = said(driver.pdu_head.get("/v1/agreements", state="asked"))["items"]
    assert open_ones
    change(driver, referral, "died")
    assert said(driver.pdu_head.get("/v1/agreements", state="asked"))["items"] == []


def test_nobody_need_be_told_about_somebody_who_has_died(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    change(driver, referral, "died")
    recorded = change(driver, referral, "new_relationship")
    assert (recorded["checks"], recorded["disclosure_decisions"]) == ([], [])


def test_a_danger_outlives_him_until_somebody_has_seen_to_it(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    change(driver, referral, "threat", source="police")
    change(driver, referral, "died")
    driver.clock.move(timedelta(hours=3))
    sweep(driver.clock.at)
    assert overdue(driver) == ["threat"]


@pytest.mark.parametrize(
    ("kind", "reader", "code"), [("approved_premises", "ap", "died"), ("crs", "crs", "USE")]
)
def test_a_death_that_a_destination_reports_ends_the_case(
    driver: Driver, kind: str, reader: str, code: str
) -> None:
    """C5: nobody was told, and every clock went on."""
    referral = submitted(driver, "approved_premises", "crs")
    theirs = part(driver, referral, kind)
    caller = driver.cast.callers[reader]
    driver.accept(caller, theirs)
    driver.move(caller, theirs, "start")
    driver.move(caller, theirs, "end_early", reason_code=code)
    person = said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))
    assert person["died_on"] == driver.clock.at.date().isoformat()
    states = {one["kind"]: part(driver, referral, one["kind"])["state"] for one in referral["destinations"]}
    assert states.pop(kind) == "ended_early"
    assert set(states.values()) == {"withdrawn"}
    assert {one["state"] for one in questions(driver, referral)} <= {"cancelled", "superseded"}


def test_a_resident_who_dies_ends_the_case_with_the_departure(driver: Driver) -> None:
    """C5: the premises recorded it, nobody was told, and every clock went on."""
    referral, stay = settle_in(driver, without_mappa())
    driver.clock.move(timedelta(days=1))
    said(leave(driver, stay, departed_to="died"))
    person = said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))
    assert person["died_on"] == "2026-03-24"
    driver.move(driver.cast.ap, stay, "end_early", reason_code="died")
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    assert [one["kind"] for one in said(driver.officer.get(path))["items"]] == ["died"], "said twice"
    driver.clock.move(timedelta(days=60))
    sweep(driver.clock.at)
    assert overdue(driver) == ["risk_review"], "somebody makes sure of it"


# Entered in error.


def enter_in_error(driver: Driver, referral: Json) -> None:
    for one in referral["destinations"]:
        driver.move(driver.officer, one, "enter_in_error", reason="Somebody else was meant.")


def test_when_everything_was_entered_in_error_nobody_is_chased_about_the_wrong_person(driver: Driver) -> None:
    """C4."""
    referral = submitted(driver, "approved_premises", "crs")
    *others, last = referral["destinations"]
    enter_in_error(driver, {"destinations": others})
    assert "cancelled" not in {one["state"] for one in questions(driver, referral)}
    enter_in_error(driver, {"destinations": [last]})
    assert {one["state"] for one in questions(driver, referral)} == {"cancelled"}
    police = next(one for one in questions(driver, referral) if of_the_police(driver, one))
    (words,) = said(driver.cast.police.get(police["href"]))["messages"]
    assert words["body"] == "The case was entered in error: this is not the person who was meant."


def test_what_was_withdrawn_before_keeps_no_case_of_the_wrong_person(driver: Driver) -> None:
    referral = submitted(driver, "approved_premises", "crs")
    first, *others = referral["destinations"]
    driver.move(driver.officer, first, "withdraw", reason="It is full.")
    enter_in_error(driver, {"destinations": others})
    assert {one["state"] for one in questions(driver, referral)} == {"cancelled"}


def test_another_referral_keeps_the_case_open(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    other = {**asking(darren_and_toby(), lambda asked: asked["kind"] == "approved_premises")}
    driver.submit({**other, "submission_reference": "DAT-2"})
    enter_in_error(driver, referral)
    assert "cancelled" not in {one["state"] for one in questions(driver, referral)}


# An allegation.


def alleged(driver: Driver, referral: Json, kind: str = "contact_condition_breach") -> Json:
    return change(driver, referral, kind, standing="alleged", source="anonymous")


def refuted(driver: Driver, referral: Json, allegation: Json, status: int = 201, **given: Any) -> Json:
    whole = {"source": "prison", "details": "He was in custody that day: the prison says so.", **given}
    return change(
        driver, referral, allegation["kind"], status, standing="refuted", follows=allegation["id"], **whole
    )


def test_what_is_refuted_closes_what_only_it_opened_and_everybody_told_is_told(driver: Driver) -> None:
    """C7."""
    referral = driver.submit()
    allegation = alleged(driver, referral)
    assert [one["destination"] for one in allegation["told"]] == ["mappa"]
    evidence = refuted(driver, referral, allegation)
    assert [one["destination"] for one in evidence["told"]] == ["mappa"]
    states = reviews(driver, referral)
    assert (states[allegation["id"]], states[evidence["id"]]) == ("closed", "open")
    seen = said(driver.officer.get(allegation["href"]))["ended"]
    assert (seen["standing"], seen["change_id"]) == ("refuted", evidence["id"])


@pytest.mark.parametrize("kind", ["arrest", "exclusion_breach", "positive_drug_test", "left_home"])
def test_what_probation_recorded_of_the_wrong_person_is_refuted_and_everybody_told_is_told(
    driver: Driver, kind: str
) -> None:
    referral = driver.submit()
    mistaken = change(driver, referral, kind)
    evidence = refuted(driver, referral, mistaken, details="It was another man.")
    assert [one["destination"] for one in evidence["told"]] == [
        one["destination"] for one in mistaken["told"]
    ]
    seen = said(driver.officer.get(mistaken["href"]))["ended"]
    assert (seen["standing"], seen["change_id"]) == ("refuted", evidence["id"])
    assert reviews(driver, referral).get(mistaken["id"]) in {None, "closed"}
    refuted(driver, referral, mistaken, 422)


def test_the_police_are_told_that_what_they_were_told_of_was_refuted(driver: Driver) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral, "possible_separation")
    (asked,) = (one for one in questions(driver, referral) if of_the_police(driver, one))
    path = f"/v1/check-requests/{asked['id']}"

    def told() -> Json:
        found: Json = said(driver.cast.police.get(path))["document"]
        return found

    assert told()["why"]["happened"]["standing"] == "alleged"
    refuted(driver, referral, allegation)
    now = told()
    assert (now["why"]["happened"]["standing"], now["because"]) == ("refuted", "corrected")
    change(driver, referral, "police_call_out")
    assert [one["happened"]["standing"] for one in told()["why"]["earlier"]] == ["refuted"]


def test_the_police_are_told_also_where_only_what_was_established_asked_them(driver: Driver) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral, "exclusion_breach")
    (asked,) = (one for one in questions(driver, referral) if of_the_police(driver, one))
    path = f"/v1/check-requests/{asked['id']}"
    assert said(driver.cast.police.get(path))["document"]["why"].get("happened") is None
    change(driver, referral, "exclusion_breach", follows=allegation["id"], source="police")
    assert said(driver.cast.police.get(path))["document"]["why"]["happened"]["standing"] == "established"
    refuted(driver, referral, allegation)
    now = said(driver.cast.police.get(path))["document"]
    assert (now["why"]["happened"]["standing"], now["because"]) == ("refuted", "corrected")


def test_what_is_refuted_cannot_be_established_afterwards(driver: Driver) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral)
    refuted(driver, referral, allegation)
    again = change(driver, referral, allegation["kind"], 422, follows=allegation["id"])
    assert [one["pointer"] for one in again["errors"]] == ["/follows"]


def test_what_was_established_of_it_falls_with_an_allegation_that_is_refuted(driver: Driver) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral)
    established = change(driver, referral, allegation["kind"], follows=allegation["id"], source="police")
    evidence = refuted(driver, referral, allegation)
    states = reviews(driver, referral)
    assert [states[one["id"]] for one in (allegation, established)] == ["closed", "closed"]
    assert states[evidence["id"]] == "open"
    for one in (allegation, established):
        assert said(driver.officer.get(one["href"]))["ended"]["change_id"] == evidence["id"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("refuted", "established"),
        ("refuted", "not_substantiated"),
        ("established", "established"),
        ("not_substantiated", "not_substantiated"),
    ],
)
def test_what_was_said_of_an_allegation_is_neither_said_twice_nor_contradicted(
    driver: Driver, first: str, then: str
) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral)
    evidence = {"source": "prison", "details": "The prison says so.", "follows": allegation["id"]}
    for standing, status in ((first, 201), (then, 422)):
        answer = change(driver, referral, allegation["kind"], status, standing=standing, **evidence)
    assert [one["pointer"] for one in answer["errors"]] == ["/follows"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"source": "person"}, "/source"),
        ({"source": "victim_liaison"}, "/source"),
        ({"source": "family"}, "/source"),
    ],
)
def test_nobodys_own_word_refutes(driver: Driver, given: Json, pointer: str) -> None:
    referral = driver.submit()
    answer = refuted(driver, referral, alleged(driver, referral), 422, **given)
    assert [one["pointer"] for one in answer["errors"]] == [pointer]


@pytest.mark.parametrize(("source", "status"), [("practitioner", 201), ("person", 422), ("family", 422)])
def test_what_probation_recorded_by_mistake_a_manager_refutes_without_evidence(
    driver: Driver, source: str, status: int
) -> None:
    referral = driver.submit()
    mistaken = change(driver, referral, "arrest")
    words = {"source": source, "details": "The officer had the wrong record open."}
    answer = refuted(driver, referral, mistaken, status, **words)
    if status == 201:
        assert said(driver.officer.get(mistaken["href"]))["ended"]["change_id"] == answer["id"]
    else:
        assert [one["pointer"] for one in answer["errors"]] == ["/source"]


@pytest.mark.parametrize("established", [False, True])
def test_an_allegation_is_refuted_by_no_word_of_probation_alone(driver: Driver, established: bool) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral)
    if established:
        change(driver, referral, allegation["kind"], follows=allegation["id"], source="police")
    answer = refuted(driver, referral, allegation, 422, source="practitioner")
    assert [one["pointer"] for one in answer["errors"]] == ["/source"]


@pytest.mark.parametrize(
    ("kind", "given", "status"),
    [
        ("police_call_out", {"source": "police"}, 422),
        ("victim_report", {"source": "victim_liaison"}, 422),
        ("arrest", {"source": "police", "urgent": True}, 422),
        ("police_call_out", {"source": "practitioner"}, 201),
        ("arrest", {"source": "police"}, 201),
        ("recalled", {"source": "prison", "urgent": True}, 201),
    ],
)
def test_a_danger_that_others_established_is_refuted_by_no_word_of_probation_alone(
    driver: Driver, kind: str, given: Json, status: int
) -> None:
    """A slip about somebody's state is put right by a manager's word: nobody is less safe by that."""
    referral = driver.submit()
    established = change(driver, referral, kind, **given)
    answer = refuted(driver, referral, established, status, source="practitioner")
    if status == 422:
        assert [one["pointer"] for one in answer["errors"]] == ["/source"]
        refuted(driver, referral, established, source="police")


def test_it_takes_a_manager_to_refute(driver: Driver) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral)
    body = {
        "kind": allegation["kind"], "occurred_on": "2026-03-02", "source": "prison", "standing": "refuted",
        "follows": allegation["id"], "details": "He was in custody.",
    }  # fmt: skip
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    assert driver.officer.post(path, json=body).status_code == 403


def test_what_is_taken_back_stays_and_is_reviewed(driver: Driver) -> None:
    referral = driver.submit()
    allegation = alleged(driver, referral)
    retraction = change(
        driver, referral, allegation["kind"], standing="not_substantiated", follows=allegation["id"]
    )
    assert retraction["told"] == []
    assert reviews(driver, referral) == {allegation["id"]: "open", retraction["id"]: "open"}
    established = change(driver, referral, allegation["kind"], follows=allegation["id"], source="police")
    assert established["checks"]


def test_a_victims_report_can_be_answered_and_nothing_else_can(driver: Driver) -> None:
    referral = driver.submit()
    report = alleged(driver, referral, "victim_report")
    answered = change(driver, referral, "victim_report", standing="answered", follows=report["id"])
    assert (answered["reviews"], answered["checks"]) == ([], [])
    breach = alleged(driver, referral)
    refused = change(driver, referral, breach["kind"], 422, standing="answered", follows=breach["id"])
    assert [one["pointer"] for one in refused["errors"]] == ["/standing"]


def test_an_answer_withdrawn_after_everything_was_in_error_is_asked_of_nobody(driver: Driver) -> None:
    referral = submitted(driver, "crs")
    police = next(one for one in questions(driver, referral) if of_the_police(driver, one))
    result = said(answer(driver.cast.police, police["id"], police_answer()), 201)["id"]
    enter_in_error(driver, referral)
    path = f"/v1/check-requests/{police['id']}/results/{result}/corrections"
    said(driver.cast.police.post(path, json={"withdrawn": True, "reason": "Of somebody else."}), 201)
    assert {one["state"] for one in questions(driver, referral)} == {"cancelled"}
    person = said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))
    tag = driver.officer.get(person["href"]).headers["ETag"]
    said(driver.officer.patch(person["href"], json={"name": {"family": "Other"}}, if_match=tag))
    assert {one["state"] for one in questions(driver, referral)} == {"cancelled"}
