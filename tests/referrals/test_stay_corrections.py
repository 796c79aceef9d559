"""What was recorded of a stay and was not so: an arrival, a departure, a death; only what stands counts."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cast import Caller
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.stays import ADDRESS, leave, settle_in, without_mappa
from tests.rows import person_at

pytestmark = pytest.mark.long

CORRECTED = "placement.corrected"
FIRST, LAST = "2026-03-24", "2026-06-16"
_CODES = {"end_early": "behaviour", "complete": "planned_move_on"}
TIMERS = ("placement_end", "move_on", "danger")


def told(caller: Caller, name: str) -> list[Json]:
    return [one for one in said(caller.get("/v1/events", limit=500))["items"] if one["event"] == name]


def clocks(stay: Json) -> dict[str, str]:
    """Return the clocks of a stay that run, each with the day before which it counts."""
    rows = as_owner(
        "SELECT timer, first_hard_date AS day FROM clock WHERE subject_kind = 'placement'"
        f" AND state = 'running' AND subject_id = '{stay['id']}'"
    )
    return {row["timer"]: str(row["day"].date()) if row["day"] else "" for row in rows}


def days(view: Json) -> tuple[str | None, ...]:
    return tuple(view[name] for name in ("state", "starts_on", "ends_on", "arrived_on", "departed_on"))


def placement(caller: Caller, stay: Json) -> Json:
    return said(caller.get(f"{stay['href']}/placement"))


def changes(driver: Driver, kind: str) -> list[Json]:
    path = f"{person_at('X320741')}/changes-of-circumstance"
    return [one for one in said(driver.officer.get(path, limit=100))["items"] if one["kind"] == kind]


def shared_until(driver: Driver, stay: Json) -> Any:
    return as_owner(f"SELECT sharing FROM destination_referral WHERE id = '{stay['id']}'")[0]["sharing"]


def test_a_wrong_day_of_arrival_is_put_right(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.clock.set("2026-03-26T10:00:00Z")
    before = clocks(stay)
    seen = driver.correct_stay(driver.cast.ap, stay, "record_arrival", said={"arrived_on": "2026-03-25"})
    assert days(seen) == ("arrived", FIRST, LAST, "2026-03-25", None)
    old, new = [one for one in seen["moves"] if one["action"] == "record_arrival"]
    assert (old["detail"], old["stands"], old["corrected_by"]) == ({"arrived_on": FIRST}, False, new["id"])
    assert (new["detail"], new["stands"]) == ({"arrived_on": "2026-03-25"}, True)
    assert new["correction"] == {"corrects": old["id"], "withdrawn": False, "reason": "A mistake."}
    assert clocks(stay) == before == {"placement_end": LAST, "move_on": LAST}
    for reader in (driver.officer, driver.cast.ap):
        (news,) = told(reader, CORRECTED)
        assert news["data"] == {
            "move_id": new["id"], "corrects": old["id"], "action": "record_arrival", "withdrawn": False,
            "arrived_on": "2026-03-25",
        }  # fmt: skip
    assert changes(driver, "report_corrected") == [], "another day asks nobody to decide again"


def test_the_arrival_of_somebody_else_is_withdrawn_and_the_bed_waits_again(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    assert "stay" in str(shared_until(driver, stay))
    seen = driver.correct_stay(driver.cast.ap, stay, "record_arrival", withdrawn=True)
    assert days(seen) == ("confirmed", FIRST, LAST, None, None)
    assert clocks(stay) == {"arrival": "2026-03-25"}, "the morning after, somebody knows"
    assert "stay" not in str(shared_until(driver, stay)), "whoever does not stay is not shared with for that"
    (change,) = changes(driver, "report_corrected")
    assert "record_arrival: A mistake." in change["details"]
    assert [(one["owner"], one["urgency"], one["state"]) for one in change["reviews"]] == [
        ("practitioner", "urgent", "open")
    ]
    # The right one comes, and is recorded as ever.
    driver.place(driver.cast.ap, stay, "record_arrival", arrived_on=FIRST)
    assert clocks(stay) == {"placement_end": LAST, "move_on": LAST}


def test_whoever_never_came_has_not_left_either(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="custody"))
    seen = driver.correct_stay(driver.cast.ap, stay, "record_arrival", withdrawn=True)
    assert days(seen) == ("confirmed", FIRST, LAST, None, None)
    assert [one["action"] for one in seen["moves"] if one["stands"]] == ["offer", "confirm"]
    assert "departed_to" not in seen["details"]


@pytest.mark.parametrize("ended", [False, True])
def test_a_departure_withdrawn_makes_a_resident_again_and_probation_reads_it(
    driver: Driver, ended: bool
) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="whereabouts_unknown"))
    if ended:
        driver.move(driver.cast.ap, stay, "end_early", reason_code="absconded")
    assert set(clocks(stay)) == {"danger"}
    seen = driver.correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    assert days(seen) == ("arrived", FIRST, LAST, FIRST, None)
    assert "departed_to" not in seen["details"]
    # No alarm ends by the word of whoever raised it.
    assert clocks(stay).keys() == {"danger", "placement_end", "move_on"}
    assert len(changes(driver, "report_corrected")) == 1
    # They can leave, whatever has become of the referral.
    assert "record_departure" in placement(driver.cast.ap, stay)["allowed_actions"]
    said(leave(driver, stay, departed_to="hospital"))
    assert placement(driver.officer, stay)["state"] == "departed"


def test_an_arrival_withdrawn_by_mistake_after_the_work_has_ended_comes_back_with_what_rested_on_it(
    driver: Driver,
) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.move(driver.cast.ap, stay, "start")
    said(leave(driver, stay, departed_to="custody"))
    driver.move(driver.cast.ap, stay, "complete", outcome_code=_CODES["complete"])
    before = days(placement(driver.cast.ap, stay))
    driver.correct_stay(driver.cast.ap, stay, "record_arrival", withdrawn=True)
    assert placement(driver.cast.ap, stay)["state"] == "confirmed"
    moves = [one for one in placement(driver.officer, stay)["moves"] if one["action"] == "record_arrival"]
    path = f"{stay['href']}/placement/moves/{moves[-1]['id']}/corrections"
    said(driver.cast.ap.post(path, json={"reason": "A slip.", "said": {"arrived_on": FIRST}}))
    assert days(placement(driver.cast.ap, stay)) == before


@pytest.mark.parametrize(("ending", "code"), [("end_early", "reason_code"), ("complete", "outcome_code")])
def test_a_resident_is_never_entered_in_error_whatever_has_ended(
    driver: Driver, ending: str, code: str
) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.move(driver.cast.ap, stay, "start")
    said(leave(driver, stay, departed_to="hospital"))
    driver.move(driver.cast.ap, stay, ending, **{code: _CODES[ending]})
    driver.correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    assert placement(driver.cast.ap, stay)["state"] == "arrived"
    assert "enter_in_error" not in driver.look(driver.officer, stay)["allowed_transitions"]
    said(driver.try_to_move(driver.officer, stay, "enter_in_error", reason="A slip."), 409)
    assert placement(driver.cast.ap, stay)["state"] == "arrived"
    # Whoever has left after all is no resident.
    said(leave(driver, stay, departed_to="hospital"))
    driver.move(driver.officer, stay, "enter_in_error", reason="A slip.")


def test_a_departure_to_another_place_than_was_said_raises_the_alarm_that_it_calls_for(
    driver: Driver,
) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    said(leave(driver, stay, departed_to="hospital"))
    assert "danger" not in clocks(stay)
    left = {"departed_on": FIRST, "reason": "Nobody knows."}
    gone = left | {"departed_to": "whereabouts_unknown"}
    driver.correct_stay(driver.cast.ap, stay, "record_departure", said=gone)
    assert "danger" in clocks(stay)
    assert len(told(driver.officer, "placement.departed_without_agreement")) == 1
    driver.clock.set("2026-03-25T09:00:00Z")
    driver.correct_stay(driver.cast.ap, stay, "record_departure", said=gone | {"departed_on": "2026-03-25"})
    assert len(told(driver.officer, "placement.departed_without_agreement")) == 1, "another day is no alarm"


def test_an_extension_that_was_none_gives_back_the_day_on_which_the_stay_ends(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.cast.ap, stay, "extend", expected_departure="2026-07-01", reason="Move-on slipped.")
    assert clocks(stay)["placement_end"] == "2026-07-01"
    seen = driver.correct_stay(driver.cast.ap, stay, "extend", withdrawn=True)
    assert days(seen)[2] == LAST
    assert clocks(stay) == {"placement_end": LAST, "move_on": LAST}


def test_an_offer_of_other_days_is_confirmed_again(driver: Driver) -> None:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    driver.place(
        driver.cast.ap, stay, "offer", expected_arrival=FIRST, expected_departure=LAST, premises="Elm House"
    )
    driver.place(driver.officer, stay, "confirm")
    premises = {"expected_arrival": FIRST, "expected_departure": LAST, "premises": "Elm House, annexe"}
    seen = driver.correct_stay(driver.cast.ap, stay, "offer", said=premises)
    assert (seen["state"], seen["details"]) == ("confirmed", {"premises": "Elm House, annexe"})
    other = premises | {"expected_departure": "2026-05-01"}
    seen = driver.correct_stay(driver.cast.ap, stay, "offer", said=other)
    assert days(seen) == ("offered", FIRST, "2026-05-01", None, None)
    driver.place(driver.officer, stay, "confirm")
    assert said(driver.try_to_correct_stay(driver.cast.ap, stay, "offer", withdrawn=True), 409)["action"] == (
        "offer"
    )


@pytest.mark.parametrize(
    ("action", "instead", "pointer"),
    [
        ("record_arrival", {"arrived_on": "2026-03-23"}, "/said/arrived_on"),
        ("record_arrival", {"arrived_on": "2026-03-25"}, "/said/arrived_on"),
        ("record_arrival", {"departed_on": FIRST}, "/said/departed_on"),
        ("record_departure", {"departed_on": "2026-03-23", "reason": "x"}, "/said/departed_on"),
        ("record_departure", {"departed_on": FIRST}, "/said/reason"),
        ("offer", {"expected_arrival": "2026-03-25", "expected_departure": LAST}, "/said/expected_arrival"),
        ("record_arrival", {}, "/said/arrived_on"),
    ],
)
def test_what_is_said_instead_must_be_possible(
    driver: Driver, action: str, instead: Json, pointer: str
) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="custody"))
    driver.clock.set("2026-03-26T10:00:00Z")
    refused = said(driver.try_to_correct_stay(driver.cast.ap, stay, action, said=instead), 422)
    assert pointer in [one["pointer"] for one in refused["errors"]]
    assert told(driver.officer, CORRECTED) == []


def test_only_whoever_recorded_it_corrects_it(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    for caller in (driver.cast.cas3, driver.cast.mappa, driver.cast.crs):
        assert driver.try_to_correct_stay(caller, stay, "record_arrival", withdrawn=True).status_code == 404
    # What probation did is not the destination's to correct.
    assert driver.try_to_correct_stay(driver.cast.ap, stay, "confirm", withdrawn=True).status_code == 404
    other = part_of(referral, "cas3")
    move = placement(driver.officer, stay)["moves"][-1]["id"]
    path = f"/v1/destination-referrals/{other['id']}/placement/moves/{move}/corrections"
    assert driver.cast.cas3.post(path, json={"reason": "x", "withdrawn": True}).status_code == 404


def test_another_stay_that_rests_on_a_departure_is_not_lost(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="hospital"))
    driver.place(driver.cast.ap, stay, "offer", expected_arrival="2026-03-26", expected_departure=LAST)
    refused = driver.try_to_correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    assert "Cancel that stay first" in said(refused, 409)["detail"]
    assert placement(driver.officer, stay)["state"] == "offered"


def open_requests(driver: Driver) -> set[str]:
    asked = said(driver.cast.police.get("/v1/check-requests", limit=100))["items"]
    return {one["state"] for one in asked}


def test_a_death_reported_in_error_is_an_alarm_at_once_and_a_managers_decision(driver: Driver) -> None:
    referral, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="died"))
    person = person_at("X320741")
    assert said(driver.officer.get(person))["died_on"] == FIRST
    assert open_requests(driver) == {"cancelled"}

    driver.correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    assert said(driver.officer.get(person))["died_on"] is None
    (undone,) = changes(driver, "death_in_error")
    assert [(one["owner"], one["urgency"]) for one in undone["reviews"]] == [("spo", "urgent")]
    alarm = as_owner(f"SELECT state FROM clock WHERE timer = 'danger' AND subject_id = '{undone['id']}'")
    assert [row["state"] for row in alarm] == ["running"]
    assert "requested" in open_requests(driver), "what was closed is asked again"
    assert days(placement(driver.cast.ap, stay))[0] == "arrived"
    # Whoever was told of the death is told that it is not so.
    parts = [part_of(referral, "cas3")]
    for part in parts:
        state = driver.look(driver.officer, part)["state"]
        assert state == "withdrawn", "referred again by whoever decides, and by nobody else"


def test_a_death_on_another_day_is_put_right_and_ends_nothing_again(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.clock.set("2026-03-25T15:00:00Z")
    said(leave(driver, stay, departed_to="died"))
    instead = {"departed_on": "2026-03-25", "departed_to": "died", "reason": "Moved on."}
    driver.correct_stay(driver.cast.ap, stay, "record_departure", said=instead)
    assert said(driver.officer.get(person_at("X320741")))["died_on"] == "2026-03-25"
    assert changes(driver, "death_in_error") == []


def test_a_death_that_probation_knows_of_itself_stands(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="died"))
    known = {
        "kind": "died", "occurred_on": FIRST, "source": "police", "reliability": "reliable",
        "standing": "established",
    }  # fmt: skip
    said(driver.officer.post(f"{person_at('X320741')}/changes-of-circumstance", json=known), 201)
    driver.correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    assert said(driver.officer.get(person_at("X320741")))["died_on"] == FIRST
    assert len(changes(driver, "report_corrected")) == 1, "somebody must find out which is so"


@pytest.mark.parametrize("first", ["refuted", "withdrawn"])
def test_a_death_of_which_nothing_that_was_said_is_left_was_an_error(driver: Driver, first: str) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="died"))
    path = f"{person_at('X320741')}/changes-of-circumstance"
    known = {
        "kind": "died", "occurred_on": FIRST, "source": "police", "reliability": "reliable",
        "standing": "established",
    }  # fmt: skip
    alleged = said(driver.officer.post(path, json={**known, "standing": "alleged"}), 201)
    said(driver.officer.post(path, json={**known, "follows": alleged["id"]}), 201)
    refuted = {**known, "standing": "refuted", "follows": alleged["id"], "details": "It was his brother."}
    for doing in (first, "withdrawn" if first == "refuted" else "refuted"):
        assert said(driver.officer.get(person_at("X320741")))["died_on"] == FIRST
        if doing == "refuted":
            said(driver.pdu_head.post(path, json=refuted), 201)
        else:
            driver.correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    assert said(driver.officer.get(person_at("X320741")))["died_on"] is None
    assert len(changes(driver, "death_in_error")) == 1


def test_a_death_is_undone_by_a_manager_and_where_there_is_one(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    path = f"{person_at('X320741')}/changes-of-circumstance"
    alive = {
        "kind": "death_in_error", "occurred_on": FIRST, "source": "police", "reliability": "reliable",
        "standing": "established",
    }  # fmt: skip
    refused = said(driver.pdu_head.post(path, json=alive), 422)
    assert [one["pointer"] for one in refused["errors"]] == ["/kind"]
    said(leave(driver, stay, departed_to="died"))
    assert driver.officer.post(path, json=alive).status_code == 403
    said(driver.pdu_head.post(path, json=alive), 201)
    assert said(driver.officer.get(person_at("X320741")))["died_on"] is None


ARRIVED = st.sampled_from(["2026-03-24", "2026-03-25", "2026-03-26"])
ENDS = st.sampled_from(["2026-05-01", "2026-06-01", "2026-07-01"])
LEFT_TO = st.sampled_from(["custody", "hospital", "other_placement"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("do"), st.just("record_arrival"), ARRIVED),
        st.tuples(st.just("do"), st.just("extend"), ENDS),
        st.tuples(st.just("do"), st.just("record_departure"), ARRIVED, LEFT_TO),
        st.tuples(st.just("do"), st.just("record_non_arrival")),
        st.tuples(st.just("right"), st.just("record_arrival"), ARRIVED),
        st.tuples(st.just("right"), st.just("extend"), ENDS),
        st.tuples(st.just("right"), st.just("record_departure"), ARRIVED, LEFT_TO),
        st.tuples(
            st.just("back"),
            st.sampled_from(["record_arrival", "extend", "record_departure", "record_non_arrival"]),
        ),
    ),
    min_size=3,
    max_size=9,
)


def members(action: str, *given: str) -> Json:
    match action:
        case "record_arrival":
            return {"arrived_on": given[0]}
        case "extend":
            return {"expected_departure": given[0], "reason": "More time."}
        case "record_departure":
            return {"departed_on": given[0], "departed_to": given[1], "reason": "Gone."}
    return {"reason": "Did not come."}


def confirmed_stay(driver: Driver, reference: str, crn: str) -> Json:
    document = without_mappa()
    document["submission_reference"], document["person"]["crn"] = reference, crn
    stay = part_of(driver.submit(document), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    driver.place(driver.cast.ap, stay, "offer", expected_arrival=FIRST, expected_departure=LAST)
    driver.place(driver.officer, stay, "confirm")
    return stay


@given(steps=STEPS)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_stay_is_what_a_replay_of_what_stands_makes_of_it(
    driver: Driver, steps: list[tuple[str, ...]]
) -> None:
    number = driver.cast.__dict__.setdefault("_stays", [0])
    number[0] += 2
    driver.clock.set("2026-03-02T10:00:00Z")
    one = confirmed_stay(driver, f"ONE-{number[0]}", f"X4{number[0]:05}")
    other = confirmed_stay(driver, f"OTHER-{number[0]}", f"X4{number[0] + 1:05}")
    driver.clock.set("2026-03-27T10:00:00Z")
    recorded = 0
    for how, action, *given_ in steps:
        if how == "do":
            answer = driver.try_to_place(driver.cast.ap, one, action, **members(action, *given_))
        else:
            standing = [
                move
                for move in placement(driver.officer, one)["moves"]
                if move["action"] == action and move["stands"]
            ]
            if not standing:
                continue
            instead: Json = {"withdrawn": True} if how == "back" else {"said": members(action, *given_)}
            answer = driver.try_to_correct_stay(driver.cast.ap, one, action, **instead)
            recorded += answer.status_code == 200
        assert answer.status_code in {200, 409, 422}, answer.text

    seen = placement(driver.officer, one)
    for move in seen["moves"]:
        if move["stands"] and move["action"] not in {"offer", "confirm"}:
            driver.place(driver.cast.ap, other, move["action"], **move["detail"])
    again = placement(driver.officer, other)
    assert days(seen) == days(again)
    assert {**seen["details"]} == {**again["details"]}
    assert seen["allowed_actions"] == again["allowed_actions"]
    steady = [{name: day for name, day in clocks(stay).items() if name != "danger"} for stay in (one, other)]
    assert steady[0] == steady[1]
    assert shared_until(driver, one) == shared_until(driver, other)
    # Nothing is lost: every entry is there, and each correction was an event of its own.
    assert len([move for move in seen["moves"] if move["correction"]]) == recorded
    mine = [event for event in told(driver.cast.ap, CORRECTED) if event["subject"]["id"] == one["id"]]
    assert len(mine) == recorded


def test_the_offer_of_a_cancelled_stay_is_put_right_by_another_offer(driver: Driver) -> None:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    days_offered = {"expected_arrival": FIRST, "expected_departure": LAST}
    driver.place(driver.cast.ap, stay, "offer", **days_offered)
    driver.place(driver.cast.ap, stay, "cancel", reason="The room floods.")
    instead = {"said": days_offered | {"premises": "Cobden House"}}
    refused = driver.try_to_correct_stay(driver.cast.ap, stay, "offer", **instead)
    assert refused.status_code == 409
    assert "Make another" in refused.get_json()["detail"]
    driver.place(driver.cast.ap, stay, "offer", **days_offered)
    seen = driver.correct_stay(driver.cast.ap, stay, "offer", **instead)
    assert seen["details"]["premises"] == "Cobden House"
