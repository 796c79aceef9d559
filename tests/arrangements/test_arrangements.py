"""What is arranged for a release: said by probation, shown on the board, and asked anew after a recall."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.people.factories import as_owner, give_sight
from tests.referrals.driver import Driver, Json, said
from tests.referrals.samples import MONDAY, asking, darren_and_toby
from tests.rows import person_at

DARREN = "X320741"
SAID: dict[str, Json] = {
    "tag": {"state": "fitting_booked", "day": (MONDAY + timedelta(days=6)).isoformat()},
    "identification": {"state": "held"},
    "benefit": {"state": "claim_made"},
    "first_appointment": {
        "state": "booked",
        "day": (MONDAY + timedelta(days=6)).isoformat(),
        "time": "14:30",
        "office": "Trafford",
    },
    "conditions_explained": {"state": "explained", "day": MONDAY.isoformat(), "by": "prison"},
}


@pytest.fixture
def driver(cast: Cast, the_clock: TheClock) -> Driver:
    return Driver(cast, the_clock)


def submit(driver: Driver, days: int = 6, *conditions: str) -> None:
    document = asking(darren_and_toby("REL-1"), lambda one: one["kind"] != "mappa")
    document["release"] |= {"date": (MONDAY + timedelta(days=days)).isoformat()}
    licence = document.setdefault("licence", {})
    kept = [
        one for one in licence.get("conditions", []) if one["type"] not in {"curfew", "alcohol_monitoring"}
    ]
    licence["conditions"] = [*kept, *({"type": one} for one in conditions)]
    licence.pop("curfew", None)
    driver.submit(document)


def path() -> str:
    return f"{person_at(DARREN)}/release-arrangements"


def arrange(caller: Caller, status: int = 201, /, **items: Json) -> Json:
    return said(caller.post(path(), json=items), status)


def cells(driver: Driver) -> dict[str, Json]:
    (line,) = said(driver.officer.get("/v1/releases"))["items"]
    return dict(line["columns"])


def test_what_nobody_has_said_is_the_practitioners_to_say_and_red_near_the_day(driver: Driver) -> None:
    submit(driver, 8, "alcohol_monitoring")
    for item in SAID:
        cell = cells(driver)[item]
        assert (cell["level"], cell["found"], cell["owner"]["id"]) == ("amber", "not_said", "p.shah"), item
        assert cell["move"] == "record_release_arrangements"
        assert cell["href"] == path()
    driver.clock.move(timedelta(days=1))
    assert cells(driver)["benefit"]["level"] == "red"
    driver.clock.move(timedelta(days=4))
    assert {cells(driver)[item]["level"] for item in SAID} == {"red"}


def test_what_is_said_in_one_call_makes_the_board_ready(driver: Driver) -> None:
    submit(driver, 6, "curfew")
    shown = arrange(driver.officer, **SAID)
    assert {item: one["standing"]["state"] for item, one in shown["arrangements"].items()} == {
        item: one["state"] for item, one in SAID.items()
    }
    first = shown["arrangements"]["first_appointment"]["standing"]
    assert (first["time"], first["office"], first["said_by"]["practitioner"]) == (
        "14:30",
        "Trafford",
        "p.shah",
    )
    assert {item: cells(driver)[item]["level"] for item in SAID} == dict.fromkeys(SAID, "green")


def test_a_tag_is_asked_for_only_where_a_condition_calls_for_one(driver: Driver) -> None:
    submit(driver, 1)
    assert (cells(driver)["tag"]["level"], cells(driver)["tag"]["found"]) == ("green", "not_asked")


def test_a_wrong_entry_is_put_right_by_a_new_one_and_stays_in_the_history(driver: Driver) -> None:
    submit(driver)
    arrange(driver.officer, identification={"state": "held"})
    arrange(driver.officer, identification={"state": "applied_for"})
    assert (cells(driver)["identification"]["level"], cells(driver)["identification"]["found"]) == (
        "amber",
        "applied_for",
    )
    seen = driver.officer.get(path())
    shown = said(seen)["arrangements"]["identification"]
    assert shown["standing"]["state"] == "applied_for"
    assert [one["state"] for one in shown["earlier"]] == ["held"]
    assert driver.officer.get(path(), if_none_match=seen.headers["ETag"]).status_code == 304


def test_a_day_that_was_booked_and_has_passed_is_red_until_somebody_says_what_became_of_it(
    driver: Driver,
) -> None:
    submit(driver, 6, "curfew")
    arrange(driver.officer, **SAID)
    driver.clock.move(timedelta(days=7))
    for item, then in (("tag", "fitted"), ("first_appointment", "attended")):
        cell = cells(driver)[item]
        assert (cell["level"], cell["owner"]["kind"]) == ("red", "practitioner"), item
        arrange(driver.officer, **{item: {"state": then, "day": (MONDAY + timedelta(days=6)).isoformat()}})
        assert cells(driver)[item]["level"] == "green", item


def test_a_moved_day_of_release_changes_nothing(driver: Driver) -> None:
    submit(driver)
    arrange(driver.officer, benefit={"state": "claim_made"})
    moved = {"kind": "release_date_changed", "release_date": (MONDAY + timedelta(days=9)).isoformat()}
    _changed(driver, **moved)
    assert cells(driver)["benefit"]["found"] == "claim_made"


def test_after_a_recall_everything_is_asked_anew(driver: Driver) -> None:
    submit(driver, 2)
    arrange(driver.officer, benefit={"state": "claim_made"}, identification={"state": "held"})
    driver.clock.move(timedelta(days=2))
    _changed(driver, kind="released")
    assert cells(driver)["benefit"]["found"] == "claim_made"
    driver.clock.move(timedelta(days=1))
    _changed(driver, kind="recalled")
    driver.clock.move(timedelta(days=1))
    _changed(driver, kind="release_date_changed", release_date=(MONDAY + timedelta(days=14)).isoformat())
    assert cells(driver)["benefit"]["found"] == "not_said"
    shown = said(driver.officer.get(path()))["arrangements"]["benefit"]
    assert shown["standing"] is None
    assert [one["state"] for one in shown["earlier"]] == ["claim_made"]
    arrange(driver.officer, benefit={"state": "not_eligible"})
    assert cells(driver)["benefit"]["found"] == "not_eligible"


def test_what_is_said_after_a_release_is_said_for_it_and_for_no_later_one(driver: Driver) -> None:
    submit(driver, 2)
    driver.clock.move(timedelta(days=2))
    _changed(driver, kind="released")
    driver.clock.move(timedelta(days=1))
    arrange(driver.officer, identification={"state": "held"})
    assert cells(driver)["identification"]["found"] == "held"

    def standing() -> Json | None:
        shown: Json | None = said(driver.officer.get(path()))["arrangements"]["identification"]["standing"]
        return shown

    driver.clock.move(timedelta(days=27))
    assert standing() is not None
    driver.clock.move(timedelta(days=1))
    assert standing() is None


def test_what_is_said_after_a_recall_stands_although_an_earlier_release_is_over(driver: Driver) -> None:
    submit(driver, 2)
    driver.clock.move(timedelta(days=2))
    _changed(driver, kind="released")
    driver.clock.move(timedelta(days=5))
    _changed(driver, kind="recalled")
    driver.clock.move(timedelta(days=1))
    arrange(driver.officer, identification={"state": "held"})
    driver.clock.move(timedelta(days=30))
    assert said(driver.officer.get(path()))["arrangements"]["identification"]["standing"]["state"] == "held"


def test_a_tag_is_asked_for_where_the_hours_of_a_curfew_are_on_record(driver: Driver) -> None:
    document = darren_and_toby("REL-1")
    document["release"] |= {"date": (MONDAY + timedelta(days=6)).isoformat()}
    kept = [one for one in document["licence"].get("conditions", []) if one["type"] != "curfew"]
    document["licence"] |= {"conditions": [one for one in kept if one["type"] != "alcohol_monitoring"]}
    assert document["licence"]["curfew"]
    driver.submit(document)
    assert cells(driver)["tag"]["found"] == "not_said"


def _changed(driver: Driver, **given: Any) -> None:
    day = driver.clock.at.date().isoformat()
    whole = {"occurred_on": day, "source": "practitioner", "standing": "established", **given}
    said(driver.pdu_head.post(f"{person_at(DARREN)}/changes-of-circumstance", json=whole), 201)


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({}, {""}),
        ({"tag": {}}, {"/tag/state"}),
        ({"tag": {"state": "held"}}, {"/tag/state"}),
        ({"tag": {"state": "fitting_booked"}}, {"/tag/day"}),
        ({"tag": {"state": "not_required", "day": MONDAY.isoformat()}}, {"/tag/day"}),
        ({"tag": {"state": "fitting_booked", "day": (MONDAY - timedelta(days=1)).isoformat()}}, {"/tag/day"}),
        (
            {"first_appointment": {"state": "attended", "day": (MONDAY + timedelta(days=1)).isoformat()}},
            {"/first_appointment/day"},
        ),
        (
            {"first_appointment": {"state": "booked"}, "benefit": {"state": "appointment_booked"}},
            {
                "/first_appointment/day",
                "/first_appointment/time",
                "/first_appointment/office",
                "/benefit/day",
            },
        ),
    ],
)
def test_everything_that_is_wrong_is_named_and_nothing_is_recorded(
    driver: Driver, given: Json, pointers: set[str]
) -> None:
    submit(driver)
    refused = arrange(driver.officer, 422, **given)
    assert {one["pointer"] for one in refused["errors"]} == pointers
    assert as_owner("SELECT id FROM release_arrangement") == []


def test_a_call_that_is_sent_twice_is_recorded_once(driver: Driver) -> None:
    submit(driver)
    for _ in range(2):
        said(
            driver.officer.post(path(), json={"benefit": {"state": "claim_made"}}, idempotency_key="same"),
            201,
        )
    assert len(as_owner("SELECT id FROM release_arrangement")) == 1


def test_nobody_but_probation_reads_or_records_it_and_no_region_that_does_not_see_the_referrals(
    driver: Driver,
) -> None:
    submit(driver)
    arrange(driver.officer, benefit={"state": "claim_made"})
    for other in (driver.cast.ap, driver.cast.police):
        assert other.get(path()).status_code == 403
    stranger = driver.cast.stranger.as_practitioner()
    assert stranger.get(path()).status_code == 404
    give_sight(driver.cast.stranger, DARREN, "household")
    assert stranger.get(path()).status_code == 404
    give_sight(driver.cast.stranger, DARREN, "referrals")
    shown = said(stranger.get(path()))["arrangements"]["benefit"]
    assert (shown["standing"], [one["state"] for one in shown["earlier"]]) == (None, ["claim_made"])
    give_sight(driver.cast.stranger, DARREN, "referrals", "circumstances")
    assert said(stranger.get(path()))["arrangements"]["benefit"]["standing"]["state"] == "claim_made"
    assert arrange(stranger, 409, benefit={"state": "claim_made"})["type"].endswith("held-elsewhere")


def test_the_timeline_says_who_has_said_what(driver: Driver) -> None:
    submit(driver)
    arrange(driver.officer, benefit={"state": "claim_made"})
    items = said(driver.officer.get(f"{person_at(DARREN)}/timeline", order="newest"))["items"]
    (text,) = [one["text"] for one in items if one["event"] == "release_arrangement.recorded"]
    assert text.endswith("recorded for the release: a benefit is claimed.")
