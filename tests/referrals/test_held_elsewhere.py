"""A person belongs to the region that works with them: a referral from anywhere else is refused, whole."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from benchmarks.statements import watched
from service import audit, clock, db
from tests import rows
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.faults.fixtures import Place, told
from tests.journeys.driver import Story, ok
from tests.people.factories import held_by_nobody, no_longer_works_with
from tests.referrals.driver import Json
from tests.referrals.samples import darren_and_toby, minimal, toby, urgent_from_court
from tests.rows import person_at

HELD, LIMITED, UNKNOWN = "X320741", "X320749", "X999999"
REFUSED = {
    "type": "/problems/held-elsewhere",
    "title": "Not taken: this record is held elsewhere",
    "status": 409,
    "detail": "Nothing was stored or changed. The region that holds the record is notified.",
}
NOTICE = ("event", "feed_entry", "feed_head")
"""What the notice to the region that holds the record is stored in."""
FEEDS = re.compile("feed:[0-9a-f-]+ ?")
PATHS = ("/v1/referrals", "/v1/referrals/preview")


@pytest.fixture
def place(server: str, database: str, cast: Cast, the_clock: TheClock) -> Place:
    """One region works with two people, one of whom is a limited access case."""
    place = Place(server, database, cast, Story(cast, the_clock))
    place.referral = place.story.submit(darren_and_toby())
    place.restricted = place.story.submit(limited("LAO-1", LIMITED))
    return place


def limited(reference: str, crn: str) -> Json:
    document = darren_and_toby(reference, crn=crn)
    document["person"]["restricted_record"] = True
    return document


def with_another_name(reference: str, crn: str) -> Json:
    document = darren_and_toby(reference, crn=crn)
    document["person"] |= {"name": {"given": "Wayne", "family": "Other"}, "date_of_birth": "1970-01-01"}
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    return document


def with_a_lower_level(reference: str, crn: str) -> Json:
    document = darren_and_toby(reference, crn=crn)
    document["risk"]["rosh"] = {"public": {"level": "low"}, "children": {"level": "low"}}
    return document


def with_a_contact_of_the_record(reference: str, crn: str) -> Json:
    document = minimal(reference, crn)
    document["household"] = {
        "children": "yes",
        "contacts": [{"ref": "son", "relationship": "child", "details_status": "declined"}],
    }
    return document


def with_an_organisation_that_is_not_there(reference: str, crn: str) -> Json:
    document = darren_and_toby(reference, crn=crn)
    document["destinations"][0]["organisation"] = "castle-in-the-air"
    return document


BODIES: dict[str, Callable[[str, str], Json]] = {
    "S1": minimal,
    "S2": with_another_name,
    "S3": limited,
    "S4": lambda reference, crn: darren_and_toby(reference, crn=crn),
    "the level by trial": with_a_lower_level,
    "a contact by trial": with_a_contact_of_the_record,
    "organisations by trial": with_an_organisation_that_is_not_there,
    "low risk": lambda reference, crn: toby(reference, crn=crn),
    "urgent": lambda reference, crn: urgent_from_court(reference, crn=crn),
}


def stranger(place: Place) -> Caller:
    return place.callers()["stranger"]


def colleague(place: Place) -> Caller:
    return place.callers()["colleague"]


def events(place: Place) -> list[tuple[Any, ...]]:
    return place.rows(
        "SELECT p.crn, e.data FROM event e JOIN person p ON p.id = e.person_id"
        " WHERE e.name = 'person.submitted_elsewhere' ORDER BY e.ordinal"
    )


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", PATHS)
def test_another_region_is_refused_and_the_record_stays_as_it_is(place: Place, body: str, path: str) -> None:
    with place.nothing_stored(but=NOTICE):
        for crn in (HELD, LIMITED):
            status, said, _ = told(stranger(place).post(path, json=BODIES[body]("ELSE-1", crn)))
            assert (status, said) == (409, REFUSED)
    for crn in (HELD, LIMITED):
        for way in ("", "/contacts", "/addresses", "/rosh", "/reviews", "/changes-of-circumstance"):
            assert stranger(place).get(f"{person_at(crn)}{way}").status_code == 404
    assert ok(stranger(place).get("/v1/referrals"))["items"] == []
    assert ok(place.officer.get(place.referral["href"]))["id"] == place.referral["id"]
    assert ok(place.story.spo.get(place.referral["href"]))["id"] == place.referral["id"]


@pytest.mark.parametrize("path", PATHS)
def test_a_limited_case_is_refused_in_the_same_words_with_the_same_work(place: Place, path: str) -> None:
    """Elsewhere and within the region, limited or not: one answer, and one sequence of statements."""
    asked: dict[tuple[str, str], list[str]] = {}
    said = {}
    for name, caller, crn in (
        ("elsewhere", stranger(place), HELD),
        ("elsewhere, limited", stranger(place), LIMITED),
        ("here, limited", colleague(place), LIMITED),
    ):
        caller.token()
        for turn in ("first", "again"):
            with watched() as seen:
                said[name, turn] = told(caller.post(path, json=darren_and_toby(f"T-{turn}", crn=crn)))
            # Which feeds to look at is told to other processes by their ids.
            asked[name, turn] = [FEEDS.sub("", one) for one, _ in seen if "call_count" not in one]
    for turn in ("first", "again"):
        first, *others = (statements for (_, when), statements in asked.items() if when == turn)
        assert all(other == first for other in others), turn
    assert all(answer[:2] == (409, REFUSED) for answer in said.values())
    assert len({tuple(sorted(headers.items())) for _, _, headers in said.values()}) == 1


def test_a_body_that_is_not_right_is_refused_before_anything_is_looked_up(place: Place) -> None:
    answers = []
    with place.nothing_stored():
        for crn in (HELD, LIMITED, UNKNOWN):
            document = darren_and_toby("T-1", crn=crn) | {"shoe_size": 9}
            answers.append(told(stranger(place).post("/v1/referrals/preview", json=document)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 422


def test_a_preview_of_somebody_unknown_says_what_it_said(place: Place) -> None:
    preview = ok(stranger(place).post("/v1/referrals/preview", json=darren_and_toby("T-1", crn=UNKNOWN)))
    assert preview["destinations"]
    assert preview["checks"]


def test_a_refusal_sent_again_says_the_same(place: Place) -> None:
    def send() -> Any:
        document = darren_and_toby("T-1")
        return told(stranger(place).post("/v1/referrals", json=document, idempotency_key="k1"))

    assert send() == send()
    assert len(events(place)) == 1


def test_the_region_that_holds_the_record_is_notified_once_a_day(place: Place) -> None:
    for _ in range(3):
        for path in PATHS:
            stranger(place).post(path, json=darren_and_toby("T-1"))
    (notice,) = place.story.told(place.cast.probation, "person.submitted_elsewhere")
    assert notice["data"] == {"region": "N51", "asked": "submission"}
    (entry,) = (
        one
        for one in place.story.timeline(place.referral["id"])
        if one["event"] == "person.submitted_elsewhere"
    )
    assert entry["by"]["organisation"] == "North West"
    place.story.clock.move(timedelta(days=1))
    stranger(place).post("/v1/referrals/preview", json=darren_and_toby("T-2"))
    stranger(place).post("/v1/referrals", json=darren_and_toby("T-2", crn=LIMITED))
    assert [(crn, said["asked"]) for crn, said in events(place)] == [
        (HELD, "submission"),
        (HELD, "preview"),
        (LIMITED, "submission"),
    ]


def test_refusals_at_once_make_one_notice(place: Place) -> None:
    caller = stranger(place)
    caller.token()
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda n: caller.post("/v1/referrals", json=darren_and_toby(f"T-{n}")), range(6))
        )
    assert {answer.status_code for answer in answers} == {409}
    assert len(events(place)) == 1


def test_each_attempt_is_on_the_trail_of_the_person(place: Place) -> None:
    for path in PATHS:
        for _ in range(3):
            stranger(place).post(path, json=darren_and_toby("T-1"))
    place.story.clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    denied = place.rows(
        "SELECT a.practitioner_id, a.actor_organisation_id, a.body::jsonb ->> 'reason',"
        " a.body::jsonb -> 'refusals' ->> 'count' FROM audit_entry a"
        " JOIN person p ON p.id = a.person_id WHERE p.crn = %s AND a.outcome = 'denied'"
        " ORDER BY a.recorded_at",
        HELD,
    )
    assert {row[:2] for row in denied} == {("p.shah", place.cast.stranger.organisation_id)}
    assert sorted((row[2], row[3] or "in full") for row in denied) == [
        ("preview held-elsewhere", "2"),
        ("preview held-elsewhere", "in full"),
        ("submission held-elsewhere", "2"),
        ("submission held-elsewhere", "in full"),
    ], "the first of a minute in full, and how many followed it"
    assert not place.rows("SELECT 1 FROM audit_entry WHERE object_id = 'preview'"), "nothing was shown"


def test_only_those_named_are_notified_of_a_limited_case(place: Place) -> None:
    stranger(place).post("/v1/referrals", json=darren_and_toby("T-1", crn=LIMITED))
    named, other = (place.story.feed(caller)[-1]["event"] for caller in (place.officer, colleague(place)))
    assert (named, other) == ("person.submitted_elsewhere", "entry.withheld")


@pytest.mark.parametrize("as_system", [False, True])
def test_the_feed_of_who_asked_does_not_tell_a_limited_case_either(place: Place, as_system: bool) -> None:
    """Whatever the reason, whoever was refused finds the same afterwards."""
    seen = []
    for caller, crn in (
        (stranger(place), HELD),
        (place.cast.stranger.as_practitioner("another.one"), LIMITED),
        (colleague(place), LIMITED),
    ):
        system = place.cast.probation if caller.code == "N55" else place.cast.stranger
        reader = system if as_system else caller
        before = len(place.story.feed(reader))
        caller.post("/v1/referrals", json=darren_and_toby("T-1", crn=crn))
        seen.append(
            [
                (one["event"], one["subject"]["kind"], sorted(one["data"]), one["referral_id"])
                for one in place.story.feed(reader)[before:]
            ]
        )
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 1


def test_of_two_regions_at_once_one_is_taken_and_the_other_leaves_nothing(cast: Cast) -> None:
    callers = [cast.probation.as_practitioner(), cast.stranger.as_practitioner()] * 2
    for caller in callers:
        caller.token()

    def submit(number: int) -> int:
        document = darren_and_toby(f"R-{number}")
        return callers[number].post("/v1/referrals", json=document).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(submit, range(4)))
    assert sorted(statuses) == [201, 201, 409, 409]
    with db.transaction("owner") as session:
        holders = session.execute(text("SELECT DISTINCT organisation_id FROM involvement")).scalars().all()
        owners = session.execute(text("SELECT DISTINCT probation_id FROM referral")).scalars().all()
    assert len(holders) == 1
    assert holders == owners
    winner = next(caller for caller, status in zip(callers, statuses, strict=True) if status == 201)
    assert winner.organisation_id == holders[0]


@pytest.fixture
def shared(place: Place) -> tuple[Place, Json]:
    """Somebody with whom two regions worked before a record had a holder."""
    with held_by_nobody(HELD):
        referral = ok(stranger(place).post("/v1/referrals", json=darren_and_toby("OLD-1")), 201)
    return place, referral


def test_a_region_that_worked_with_somebody_before_goes_on_reading(shared: tuple[Place, Json]) -> None:
    place, referral = shared
    assert ok(stranger(place).get(person_at(HELD)))["crn"] == HELD
    assert ok(stranger(place).get(referral["href"]))["id"] == referral["id"]
    assert ok(place.officer.get(person_at(HELD)))["crn"] == HELD


def test_a_region_that_worked_with_somebody_before_writes_nothing_on_the_record(
    shared: tuple[Place, Json],
) -> None:
    place, referral = shared
    caller = stranger(place)
    people, path = person_at(HELD), referral["href"]
    contact = ok(caller.get(f"{people}/contacts"))["items"][0]
    tag = caller.get(path).headers["ETag"]
    change = {"kind": "new_partner", "occurred_on": "2026-03-01", "source": "person", "standing": "alleged"}
    risk = {"group": "public", "level": "very_high", "reason": "Threats."}
    with place.nothing_stored(but={*NOTICE, "audit_entry"}):
        answers = [
            caller.post("/v1/referrals", json=darren_and_toby("NEW-1")),
            caller.post("/v1/referrals/preview", json=darren_and_toby("NEW-2")),
            caller.post(f"{path}/versions", json=with_another_name("OLD-1", HELD), if_match=tag),
            caller.post(f"{people}/changes-of-circumstance", json=change),
            caller.post(
                f"{people}/changes-of-circumstance", json=change | {"kind": "rosh_changed", "rosh": risk}
            ),
            caller.post(f"{people}/addresses", json={"kind": "visited", "lines": ["1 New Road"]}),
            caller.patch(contact["href"], json={"given_name": "Other"}, if_match=contact["etag"]),
        ]
    assert [told(answer)[:2] for answer in answers] == [(409, REFUSED)] * len(answers)
    assert {said["asked"] for _, said in events(place)} == {"submission"}
    reasons = place.rows(
        "SELECT body::jsonb ->> 'reason' FROM audit_entry WHERE outcome = 'denied' ORDER BY recorded_at"
    )
    assert [reason for (reason,) in reasons] == [
        f"{asked} held-elsewhere" for asked in ("submission", "preview", "amendment", "change")
    ]
    assert rows.refusals() == len(answers), "the other three changes are counted"


def test_a_region_that_no_longer_works_with_somebody_blocks_nobody(place: Place) -> None:
    no_longer_works_with(place.cast.probation, HELD)
    referral = ok(stranger(place).post("/v1/referrals", json=darren_and_toby("NEW-1")), 201)
    assert ok(stranger(place).get(referral["href"]))["id"] == referral["id"]
    assert place.officer.get(person_at(HELD)).status_code == 404
    again = place.officer.post("/v1/referrals", json=darren_and_toby("BACK-1"))
    assert told(again)[:2] == (409, REFUSED)


def test_whoever_comes_back_comes_last(place: Place) -> None:
    """Having worked with somebody long ago is no claim on them."""
    no_longer_works_with(place.cast.probation, HELD)
    ok(stranger(place).post("/v1/referrals", json=darren_and_toby("NEW-1")), 201)
    place.story.clock.move(timedelta(days=1))
    no_longer_works_with(place.cast.stranger, HELD)
    ok(place.officer.post("/v1/referrals", json=darren_and_toby("BACK-1")), 201)
    assert stranger(place).post("/v1/referrals", json=darren_and_toby("NEW-2")).status_code == 409


def test_of_two_regions_that_take_over_at_once_one_is_taken(place: Place) -> None:
    """The person is on record already: nobody waits for the other to store one."""
    no_longer_works_with(place.cast.probation, HELD)
    callers = [place.officer, stranger(place)] * 3
    for caller in callers:
        caller.token()

    def submit(number: int) -> int:
        return callers[number].post("/v1/referrals", json=darren_and_toby(f"R-{number}")).status_code

    with ThreadPoolExecutor(len(callers)) as pool:
        statuses = list(pool.map(submit, range(len(callers))))
    assert sorted(statuses) == [201] * 3 + [409] * 3
    assert len({(callers[n].code, status) for n, status in enumerate(statuses)}) == 2


def test_somebody_of_a_limited_case_that_nobody_holds_is_refused_in_the_same_words(place: Place) -> None:
    no_longer_works_with(place.cast.probation, LIMITED)
    answer = stranger(place).post("/v1/referrals", json=darren_and_toby("NEW-1", crn=LIMITED))
    assert told(answer)[:2] == (409, REFUSED)
