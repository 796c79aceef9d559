"""Whoever works on a case that another region holds is given that region's numbers, and nobody else is."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from service import clock, db
from service.access.actor import Actor
from service.organisations.writes.staff import AbsenceEntry, RoleEntry, StaffEntry, enter
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.faults.fixtures import Place
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby, minimal

HELD, LIMITED = "X320741", "X320749"
OFFICE, NIGHT = "0113 496 0000", "0113 496 0123"


@pytest.fixture
def place(server: str, database: str, cast: Cast, the_clock: TheClock) -> Place:
    """One region holds two cases, one of them limited, and can be rung at night."""
    place = Place(server, database, cast, Story(cast, the_clock))
    place.referral = place.story.submit(darren_and_toby())
    document = darren_and_toby("LAO-1", crn=LIMITED)
    document["person"]["restricted_record"] = True
    place.restricted = place.story.submit(document)
    on_call(cast.probation, "n.ight", NIGHT)
    return place


def on_call(caller: Caller, who: str, phone: str, *, away: bool = False) -> None:
    """Register the on-call manager of a region."""
    hour = timedelta(hours=1)
    absences = [AbsenceEntry(from_at=clock.now() - hour, until_at=clock.now() + hour)] if away else []
    roles = [RoleEntry(role="on_call_manager")]
    entry = StaffEntry(id=who, name="Nora Night", phone=phone, roles=roles, absences=absences)
    with db.transaction("owner") as session:
        enter(session, Actor.for_service("registration"), caller.organisation_id, [entry], "register")


def stranger(place: Place) -> Caller:
    return place.cast.stranger.as_practitioner("a.first")


def submit(caller: Caller, crn: str, reference: str = "T-1") -> Json:
    return ok(caller.post("/v1/referrals", json=minimal(reference, crn)), 201)


def phones(said: Mapping[str, list[Json]]) -> list[tuple[str, str | None]]:
    return [(one["when"], one["phone"]) for one in said["ring"]]


@pytest.mark.parametrize("crn", [HELD, LIMITED])
def test_whoever_submits_elsewhere_reads_the_holders_numbers(place: Place, crn: str) -> None:
    """A limited case of another region looks like any other."""
    referral = submit(stranger(place), crn)
    numbers = [("office_hours", OFFICE), ("any_time", NIGHT)]
    assert (referral["held_elsewhere"], phones(referral)) == (True, numbers)
    assert phones(ok(stranger(place).get(referral["href"]))) == numbers


@pytest.mark.parametrize("crn", [HELD, LIMITED])
def test_who_opens_a_case_that_is_held_elsewhere_reads_them_too(place: Place, crn: str) -> None:
    def opening(crn: str) -> Json:
        person = {"crn": crn, "name": {"given": "D", "family": "E"}}
        return ok(stranger(place).post("/v1/people", json={"because": "curfew", "person": person}), 201)

    case = opening(crn)
    assert (case["held_elsewhere"], phones(case)) == (True, [("office_hours", OFFICE), ("any_time", NIGHT)])
    assert opening("X320799")["ring"] == []


def test_nobody_is_given_a_number_of_a_record_that_they_see(place: Place) -> None:
    assert ok(place.officer.get(place.referral["href"]))["ring"] == []
    assert submit(stranger(place), "X320798")["ring"] == []


def test_a_limited_case_of_the_own_region_gives_no_number_that_would_show_it(place: Place) -> None:
    colleague = place.cast.probation.as_practitioner("n.other")
    referral = submit(colleague, LIMITED)
    assert referral["held_elsewhere"] is True
    assert phones(referral) == [("office_hours", None), ("any_time", None)]
    words = [one["words"] for one in submit(stranger(place), HELD, "T-2")["ring"]]
    assert [one["words"] for one in referral["ring"]] == words


def test_a_preview_gives_no_number(place: Place) -> None:
    for crn in (HELD, LIMITED, "X320799"):
        said = stranger(place).post("/v1/referrals/preview", json=minimal("T-1", crn))
        assert said.status_code == 200
        assert NIGHT not in said.text
        assert "ring" not in said.get_json()


def test_only_the_region_of_the_side_record_is_given_the_numbers(place: Place) -> None:
    side = submit(stranger(place), HELD)["person"]["id"]
    given = "SELECT phone FROM numbers_to_ring_holder(%s)"
    with db.transaction("owner") as session:
        assert session.connection().exec_driver_sql(given, (side,)).all() == [], "nobody is calling"
    assert place.officer.get(f"/v1/people/{side}").status_code == 404


def test_what_is_read_again_is_todays_number(place: Place) -> None:
    referral = submit(stranger(place), HELD)
    read = stranger(place).get(referral["href"])
    seen = read.headers["ETag"]
    assert stranger(place).get(referral["href"], if_none_match=seen).status_code == 304
    on_call(place.cast.probation, "n.ight", NIGHT, away=True)
    on_call(place.cast.probation, "m.oon", "0113 496 0124")
    again = stranger(place).get(referral["href"], if_none_match=seen)
    assert (again.status_code, phones(again.get_json())[1][1]) == (200, "0113 496 0124")
    document = minimal("T-1", HELD)
    document["needs"] = {"alcohol": {"identified": "no"}}
    versions = f"{referral['href']}/versions"
    stale = stranger(place).post(versions, json=document, if_match=seen)
    assert stale.status_code == 412
