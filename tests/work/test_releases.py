"""The board of releases: who is on it, what is ready, and whose move each thing is that is not."""

from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest

from benchmarks.statements import watched
from service import cache_invalidation
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story
from tests.people.factories import as_owner, give_sight
from tests.people.two_records import NOMS, PNC, SECOND, merge, part, second
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import MONDAY, asking, darren_and_toby
from tests.release_dates.factories import follow, line
from tests.rows import person_at

DARREN, OTHER = "X320741", "X320751"


@pytest.fixture
def driver(cast: Cast, the_clock: TheClock) -> Driver:
    return Driver(cast, the_clock)


def board(caller: Caller, **query: Any) -> Json:
    return said(caller.get("/v1/releases", **query))


def lines(caller: Caller, **query: Any) -> dict[str, Json]:
    return {one["crn"]: one for one in board(caller, **query)["items"]}


def released_on(day: date, reference: str = "REL-1", crn: str = DARREN, **more: Any) -> Json:
    document = asking(darren_and_toby(reference, crn=crn), lambda one: one["kind"] != "mappa")
    document["release"] |= {"date": day.isoformat()}
    return {**document, **more}


def in_days(number: int) -> date:
    return MONDAY + timedelta(days=number)


def test_somebody_is_on_the_board_from_fourteen_days_before_until_twenty_eight_after(driver: Driver) -> None:
    driver.submit(released_on(in_days(14)))
    driver.submit(released_on(in_days(15), "REL-2", OTHER))
    assert set(lines(driver.officer)) == {DARREN}
    driver.clock.move(timedelta(days=1))
    assert list(lines(driver.officer)) == [DARREN, OTHER]
    assert list(lines(driver.officer, order="newest")) == [OTHER, DARREN]
    driver.clock.move(timedelta(days=13 + 28))
    assert list(lines(driver.officer)) == [DARREN, OTHER]
    driver.clock.move(timedelta(days=1))
    assert list(lines(driver.officer)) == [OTHER]


def test_another_day_of_release_moves_somebody_on_the_board(driver: Driver) -> None:
    referral = driver.submit(released_on(in_days(10)))
    assert lines(driver.officer)[DARREN]["day"] == in_days(10).isoformat()
    driver.amend(referral, released_on(in_days(12)))
    assert lines(driver.officer)[DARREN]["day"] == in_days(12).isoformat()
    driver.amend(referral, released_on(in_days(40)))
    assert lines(driver.officer) == {}


def test_who_arrives_at_a_placement_is_on_the_board_by_that_day(driver: Driver) -> None:
    referral = driver.submit(released_on(in_days(22)))
    stay = part_of(referral, "approved_premises")
    driver.accept(driver.cast.ap, stay)
    assert lines(driver.officer) == {}
    driver.place(
        driver.cast.ap,
        stay,
        "offer",
        expected_arrival=in_days(12).isoformat(),
        expected_departure=in_days(60).isoformat(),
    )
    shown = lines(driver.officer)[DARREN]
    assert (shown["day"], shown["because"]) == (in_days(12).isoformat(), "arrival")


def test_a_bed_goes_from_nobodys_to_the_destinations_to_the_practitioners_move(driver: Driver) -> None:
    referral = driver.submit(released_on(in_days(6)))
    stay = part_of(referral, "approved_premises")

    def bed() -> tuple[str, str, str | None, str | None]:
        cell = lines(driver.officer)[DARREN]["columns"]["bed"]
        owner = cell["owner"]
        return cell["level"], cell["found"], owner and owner["kind"], cell["move"]

    driver.accept(driver.cast.ap, stay)
    assert bed() == ("red", "accepted", "organisation", "offer")
    days = {
        "expected_arrival": in_days(6).isoformat(),
        "expected_departure": in_days(60).isoformat(),
    }
    driver.place(driver.cast.ap, stay, "offer", **days)
    assert bed() == ("red", "offered", "practitioner", "confirm")
    driver.place(driver.officer, stay, "confirm")
    assert bed() == ("green", "confirmed", None, None)
    driver.clock.move(timedelta(days=7))
    assert bed() == ("red", "unrecorded", "organisation", "record_arrival")
    driver.place(driver.cast.ap, stay, "record_arrival", arrived_on=in_days(7).isoformat())
    assert bed() == ("green", "arrived", None, None)


def test_a_bed_from_a_later_day_leaves_the_nights_before_it_to_an_address(driver: Driver) -> None:
    premises = asking(released_on(in_days(6)), lambda one: one["kind"] == "approved_premises")
    referral = driver.submit(premises)
    stay = part_of(referral, "approved_premises")

    def bed() -> tuple[str, str, str | None]:
        cell = lines(driver.officer)[DARREN]["columns"]["bed"]
        return cell["level"], cell["found"], cell["move"]

    driver.accept(driver.cast.ap, stay)
    days = {"expected_arrival": in_days(13).isoformat(), "expected_departure": in_days(60).isoformat()}
    driver.place(driver.cast.ap, stay, "offer", **days)
    address = {"ref": "home", "kind": "proposed_release", "lines": ["8 Canal Street"], "postcode": "LS1 4AP"}
    path = f"{person_at(DARREN)}/addresses"
    said(driver.officer.post(path, json=address), 201)
    assert bed() == ("red", "offered", "confirm")
    driver.place(driver.officer, stay, "confirm")
    assert bed() == ("green", "own_address", None)
    as_owner("UPDATE address SET to_date = DATE '2026-03-01' WHERE kind = 'proposed_release' RETURNING id")
    assert bed() == ("red", "confirmed_later", "propose_address")


def test_a_red_names_its_owner_and_leads_to_the_move(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    shown = lines(driver.officer)[DARREN]
    reds = {name: cell for name, cell in shown["columns"].items() if cell["level"] == "red"}
    assert shown["worst"] == "red"
    assert reds
    for cell in reds.values():
        assert cell["owner"]["name"]
        assert cell["move"]
        said(driver.officer.get(cell["href"]))
    assert shown["practitioner"]["id"] == "p.shah"


def test_a_police_check_is_the_forces_to_answer_and_then_the_practitioners_to_review(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    cell = lines(driver.officer)[DARREN]["columns"]["police_check"]
    assert (cell["level"], cell["owner"]["kind"]) == ("red", "organisation")
    assert cell["owner"]["name"] == "Greater Manchester Police"


def test_forces_that_redirect_a_check_to_each_other_are_late_by_their_answer_alone(driver: Driver) -> None:
    story = Story(driver.cast, driver.clock)
    driver.submit(released_on(in_days(13)))

    def check() -> tuple[str, str]:
        cell = lines(driver.officer)[DARREN]["columns"]["police_check"]
        return cell["level"], cell["owner"]["kind"]

    one, other = driver.cast.police, driver.cast.other_police
    (asked,) = story.inbox(one)
    said_of_it = {"to_area": "greater-manchester", "reason": "He lives there."}
    story.move_request(one, asked["id"], "misdirect", **said_of_it)
    (redirected,) = story.inbox(other)
    said_of_it = {"to_area": asked["area"], "reason": "He does not."}
    story.move_request(other, redirected["id"], "misdirect", **said_of_it)
    # The heads of both are notified within minutes, and probation has a day to say which of them is asked.
    driver.clock.move(timedelta(days=2))
    assert check() == ("amber", "organisation")
    driver.clock.move(timedelta(days=3))
    assert check() == ("red", "organisation")


def test_no_answer_about_children_is_no_answer_that_there_are_none(driver: Driver) -> None:
    document = released_on(in_days(10))
    document["household"] = {"contacts": []}
    document["addresses"] = []
    driver.submit(document)
    cell = lines(driver.officer)[DARREN]["columns"]["childrens_check"]
    assert (cell["level"], cell["owner"]["id"]) == ("red", "p.shah")


def test_only_what_is_red_is_listed_and_all_is_counted(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    driver.submit(released_on(in_days(7), "REL-2", OTHER))
    told = board(driver.officer, red="yes", counts="yes", limit=1)
    assert told["counts"] == {"red": 2}
    assert [one["crn"] for one in told["items"]] == [DARREN]
    beyond = board(driver.officer, red="yes", after=told["next"])
    assert [one["crn"] for one in beyond["items"]] == [OTHER]
    assert board(driver.officer, from_day=in_days(7).isoformat())["items"][0]["crn"] == OTHER
    assert set(lines(driver.officer, until_day=in_days(6).isoformat())) == {DARREN}


def test_whose_cases_it_lists(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    colleague = driver.cast.probation.as_practitioner("a.khan")
    assert set(lines(driver.officer, mine="yes")) == {DARREN}
    assert set(lines(colleague)) == {DARREN}
    assert lines(colleague, mine="yes") == {}
    assert set(lines(colleague, mine="no")) == {DARREN}
    unit = lines(colleague)[DARREN]["pdu"]
    assert set(lines(colleague, pdu=unit)) == {DARREN}
    assert lines(colleague, pdu="another unit") == {}


def test_another_region_reads_nothing_of_it(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    stranger = driver.cast.stranger.as_practitioner()
    assert board(stranger, counts="yes") == {"items": [], "next": None, "counts": {}}


def test_a_referral_that_was_withdrawn_releases_nobody(driver: Driver) -> None:
    referral = driver.submit(released_on(in_days(6)))
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    said(driver.officer.post(f"{path}/withdrawal", json={"reason": "He is not ours."}, if_match=tag))
    assert lines(driver.officer) == {}


def test_each_person_who_is_shown_is_on_the_trail(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    before = _read()
    board(driver.officer)
    (found,) = [one for one in _read() if one not in before]
    assert "release_date" in found


def test_a_day_is_confirmed_by_the_prison_that_sent_it(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    assert lines(driver.officer)[DARREN]["sent_by_prison"] is None
    story = Story(driver.cast, driver.clock)
    follow(story, line(in_days(6).isoformat()))
    confirmed = lines(driver.officer)[DARREN]["sent_by_prison"]
    assert (confirmed["kind"], confirmed["by"]) == ("confirmed", "HMP Moorland")
    follow(story, line(in_days(7).isoformat(), "conditional", as_of="2026-03-02T09:00:30Z"))
    moved = lines(driver.officer)[DARREN]
    assert (moved["day"], moved["sent_by_prison"]["kind"]) == (in_days(7).isoformat(), "conditional")


def test_a_caretaker_has_the_case_among_their_own_and_is_the_owner(driver: Driver) -> None:
    driver.submit(released_on(in_days(6)))
    spo = driver.cast.probation.as_practitioner("s.okafor", "spo")
    caretaker = driver.cast.probation.as_practitioner("c.taker")
    holding = f"{person_at(DARREN)}/holding"
    until = (driver.clock.at + timedelta(days=5)).isoformat()
    named = {"action": "name", "practitioner": "c.taker", "until": until}
    tag = spo.get(holding).headers["ETag"]
    said(spo.post(f"{person_at(DARREN)}/caretaker", json=named, if_match=tag))
    assert lines(caretaker, mine="yes")[DARREN]["practitioner"]["id"] == "c.taker"
    assert set(lines(driver.officer, mine="yes")) == {DARREN}


def test_a_limited_case_is_there_for_those_who_may_know_of_it_and_for_nobody_else(driver: Driver) -> None:
    """Counts and red lists of the others are as if there were no such case."""
    document = released_on(in_days(6), "REL-2", OTHER)
    document["person"]["restricted_record"] = True
    driver.submit(document)
    colleague = driver.cast.probation.as_practitioner("a.khan")
    nobody = board(colleague, counts="yes", red="yes")
    assert set(lines(driver.officer)) == {OTHER}
    assert (nobody["items"], nobody["counts"]) == ([], {})


def test_the_checks_of_a_shared_case_are_shown_by_what_is_shared(driver: Driver) -> None:
    """A region reads its own cases: where another holds the record, what it shares."""
    driver.submit(released_on(in_days(6)))
    give_sight(driver.cast.stranger, DARREN, "referrals", "household", "risk")
    assert lines(driver.cast.stranger.as_practitioner()) == {}


def test_two_records_of_one_person_are_one_line_with_what_is_on_both(driver: Driver) -> None:
    story = Story(driver.cast, driver.clock)
    driver.submit(released_on(in_days(9)))
    driver.clock.move(timedelta(hours=1))
    other = second(noms_number=NOMS, pnc_number=PNC) | {
        "release": {"date_known": True, "date": in_days(6).isoformat()}
    }
    said(story.practitioner.post("/v1/referrals", json=other), 201)
    assert list(lines(driver.officer)) == [SECOND, DARREN]
    merge(story)
    (line_,) = board(driver.officer)["items"]
    assert (line_["crn"], line_["day"]) == (DARREN, in_days(6).isoformat())
    assert line_["columns"]["bed"]["found"] == "unopened"


def test_the_number_of_statements_does_not_grow_with_the_lines(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Registrations are looked up every ten seconds, however slow the machine is.
    monkeypatch.setattr(cache_invalidation, "MAX_AGE", 1000.0)
    driver.submit(released_on(in_days(6)))
    few = _statements(driver.officer)
    for number in range(2, 6):
        driver.submit(released_on(in_days(number), f"REL-{number}", f"X32076{number}"))
    assert len(lines(driver.officer)) == 5
    assert _statements(driver.officer) == few


def _statements(caller: Caller) -> int:
    """Return how many statements the board takes, without those of the limits of calls."""
    with watched() as seen:
        board(caller, counts="yes")
    return len([one for one, _ in seen if "requests_per_minute" not in one])


def _read() -> list[str]:
    entries = "SELECT body FROM audit_entry WHERE verb = 'consultation' AND body LIKE '%release_date%'"
    return [str(row["body"]) for row in as_owner(entries)]


def opened(driver: Driver, crn: str = OTHER) -> None:
    """Open a case with no destination."""
    case = {
        "because": "allocation",
        "person": {"crn": crn, "name": {"given": "Larry", "family": "Penhallow"}},
        "household": {"children": "no", "contacts": []},
    }
    said(driver.officer.post("/v1/people", json=case), 201)


def changed(driver: Driver, person: str, kind: str, **given: Any) -> Json:
    whole = {
        "kind": kind,
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        **given,
    }
    return said(driver.pdu_head.post(f"{person}/changes-of-circumstance", json=whole), 201)


def test_a_case_without_a_referral_is_on_the_board_by_the_day_that_a_prison_sent(driver: Driver) -> None:
    opened(driver)
    assert lines(driver.officer) == {}
    story = Story(driver.cast, driver.clock)
    follow(story, line(in_days(6).isoformat(), crn=OTHER))
    shown = lines(driver.officer)[OTHER]
    assert (shown["day"], shown["because"]) == (in_days(6).isoformat(), "release")
    assert shown["sent_by_prison"]["by"] == "HMP Moorland"
    bed = shown["columns"]["bed"]
    assert (bed["level"], bed["found"], bed["owner"]["id"]) == ("red", "none", "p.shah")
    assert set(lines(driver.cast.stranger.as_practitioner())) == set()
    follow(story, line(in_days(20).isoformat(), crn=OTHER, as_of="2026-03-02T09:00:30Z"))
    assert lines(driver.officer) == {}


def test_a_referral_says_the_day_of_somebody_of_whom_a_prison_sent_one_before(driver: Driver) -> None:
    opened(driver, DARREN)
    follow(Story(driver.cast, driver.clock), line(in_days(6).isoformat()))
    driver.submit(released_on(in_days(9)))
    assert lines(driver.officer)[DARREN]["day"] == in_days(9).isoformat()


@pytest.mark.parametrize("crn", [DARREN, SECOND])
def test_the_newer_day_of_a_prison_counts_under_whichever_crn_it_was_sent(driver: Driver, crn: str) -> None:
    story = Story(driver.cast, driver.clock)
    opened(driver, DARREN)
    opened(driver, SECOND)
    follow(story, line(in_days(6).isoformat(), crn=SECOND))
    merge(story)
    follow(story, line(in_days(9).isoformat(), crn=crn, as_of="2026-03-02T09:00:30Z"))
    assert lines(driver.officer)[DARREN]["day"] == in_days(9).isoformat()


def test_whoever_is_found_to_be_somebody_else_is_not_released_on_the_other_s_day(driver: Driver) -> None:
    story = Story(driver.cast, driver.clock)
    opened(driver, DARREN)
    opened(driver, SECOND)
    merge(story)
    follow(story, line(in_days(9).isoformat()))
    part(story)
    assert set(lines(driver.officer)) == {DARREN}


def test_the_record_of_the_newest_line_has_the_day_that_was_so_last(driver: Driver) -> None:
    story = Story(driver.cast, driver.clock)
    opened(driver, DARREN)
    opened(driver, SECOND)
    follow(story, line(in_days(6).isoformat(), crn=SECOND))
    merge(story)
    follow(story, line(in_days(9).isoformat(), as_of="2026-03-02T09:00:30Z"))
    as_owner("UPDATE person SET releases_on = NULL RETURNING id")
    as_owner(import_module("migrations.versions.0079_release_dates_of_records").TAKEN + "RETURNING p.id")
    days = {
        row["crn"]: row["releases_on"] for row in as_owner("SELECT crn, releases_on FROM person WHERE held")
    }
    assert days == {DARREN: in_days(9), SECOND: None}


def test_who_is_back_in_prison_is_not_on_the_board_until_a_day_of_release_is_known(driver: Driver) -> None:
    referral = driver.submit(released_on(in_days(2)))
    person = f"/v1/people/{referral['person']['id']}"
    driver.clock.move(timedelta(days=2))
    changed(driver, person, "released")
    driver.clock.move(timedelta(days=1))
    assert set(lines(driver.officer)) == {DARREN}
    changed(driver, person, "recalled")
    assert lines(driver.officer) == {}
    assert board(driver.officer, counts="yes")["counts"] == {}
    driver.clock.move(timedelta(days=1))
    changed(driver, person, "release_date_changed", release_date=in_days(14).isoformat())
    assert lines(driver.officer)[DARREN]["day"] == in_days(14).isoformat()


def test_what_rests_is_red_for_nobody(driver: Driver) -> None:
    referral = driver.submit(released_on(in_days(6)))
    person = f"/v1/people/{referral['person']['id']}"
    changed(driver, person, "supervision_suspended")
    columns = lines(driver.officer)[DARREN]["columns"]
    for name in ("bed", "treatment"):
        cell = columns[name]
        assert (cell["level"], cell["found"], cell["owner"]) == ("unknown", "resting", None)
