"""A CRN that another region holds, or a limited case: the submission is taken, and gives no sight of it."""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from benchmarks.statements import watched
from service import db
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.faults.fixtures import Place, told
from tests.journeys.driver import Story, ok
from tests.people.factories import held_meanwhile_by
from tests.referrals.driver import Json
from tests.referrals.samples import darren_and_toby, minimal, toby, urgent_from_court
from tests.rows import person_at

pytestmark = pytest.mark.long

HELD, LIMITED, UNKNOWN = "X320741", "X320749", "X999999"
FEEDS = re.compile("feed:[0-9a-f-]+ ?")
ITS_OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|X3207[0-9]{2}|X999999|\d{4}-\d\d-\d\dT[0-9:.]+Z"
    r"|A\d{4}[A-Z]{2}|2009/0\d{6}Q",
    re.IGNORECASE,
)
"""What differs between two answers of one shape: ids, CRNs with their numbers, and moments."""
SUBMIT, PREVIEW = "/v1/referrals", "/v1/referrals/preview"
OF_A_RECORD = ("", "/contacts", "/addresses", "/rosh", "/reviews", "/changes-of-circumstance", "/proposals")
FOR_ITS_HOLDER = {"event", "clock"}
"""What is added to a held record when another region states something of it: to notify the holder."""
COUNTED_UP = {"feed_head", "used_assertion", "call_count", "refusal_count"}
"""Tables whose rows change with any call at all."""


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


def as_it_is(place: Place, crn: str) -> dict[str, Any]:
    """Return a digest of everything that hangs on a held record, in whichever table."""
    person_id = person_at(crn).rpartition("/")[2]
    hanging = place.rows(
        "SELECT a.attrelid::regclass::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE a.attname = 'person_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relnamespace = 'public'::regnamespace"
    )
    of_record = {table: "person_id" for (table,) in hanging if table not in FOR_ITS_HOLDER}
    assert {"referral", "restriction", "safety_check", "sight", "case_holding", "audit_entry"} <= set(
        of_record
    )
    return {
        table: place.rows(
            f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t WHERE {of} = %s", person_id
        )
        for table, of in {**of_record, "person": "id"}.items()
    }


def every_row(place: Place) -> set[tuple[str, str]]:
    """Return a digest of every row of every table."""
    tables = place.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition"
    )
    rows = {
        (table, row) for (table,) in tables for (row,) in place.rows(f"SELECT md5(t::text) FROM {table} t")
    }
    return {(table, row) for table, row in rows if table not in COUNTED_UP}


def in_general(answer: Any) -> tuple[Any, ...]:
    """Return an answer without what is its own."""
    status, said, headers = told(answer)
    headers = {name: headers[name] for name in sorted(headers) if name not in {"ETag", "Location"}}
    return status, ITS_OWN.sub("-", str(said)), headers


@pytest.mark.parametrize("body", BODIES)
def test_a_submission_elsewhere_is_taken_and_the_record_stays_as_it_is(place: Place, body: str) -> None:
    """S1 to S3: another name, a higher risk, a restriction or an urgent case."""
    for crn in (HELD, LIMITED):
        before, rows_before = as_it_is(place, crn), every_row(place)
        referral = ok(stranger(place).post(SUBMIT, json=BODIES[body](f"ELSE-{crn}", crn)), 201)
        assert referral["held_elsewhere"] is True
        assert as_it_is(place, crn) == before
        assert rows_before <= every_row(place), "a row that was there before is another one"
        own = referral["person"]["href"]
        assert own != person_at(crn)
        assert ok(stranger(place).get(own))["crn"] == crn
        for way in OF_A_RECORD:
            assert stranger(place).get(f"{person_at(crn)}{way}").status_code == 404
            assert place.officer.get(f"{own}{way}").status_code == 404, "nor does the holder read that one"
    for caller in (place.officer, place.story.spo):
        assert ok(caller.get(place.referral["href"]))["held_elsewhere"] is False
    assert ok(place.officer.get(place.restricted["href"]))["id"] == place.restricted["id"]


def test_it_is_made_from_its_own_facts_alone(place: Place) -> None:
    referral = ok(stranger(place).post(SUBMIT, json=with_another_name("T-1", HELD)), 201)
    record = ok(stranger(place).get(referral["person"]["href"]))
    assert (record["name"]["given"], record["rosh"]["public"]) == ("Wayne", "very_high")
    assert ok(place.officer.get(person_at(HELD)))["name"]["given"] == "Darren"
    asked = ok(stranger(place).get("/v1/check-requests", referral_id=referral["id"]))["items"]
    assert asked, "its checks are its own"
    assert not {one["id"] for one in asked} & {
        one["id"] for one in place.story.requests(place.referral["id"], "police_da")
    }


@pytest.mark.parametrize("asks", [SUBMIT, PREVIEW])
def test_elsewhere_and_limited_take_the_same_work_and_get_the_same_answer(place: Place, asks: str) -> None:
    """Elsewhere and within the region, limited or not: one answer, and one sequence of statements.

    A preview takes the same work for somebody unknown.
    """
    asked: dict[tuple[str, str], list[str]] = {}
    said = {}
    another = "X320748"  # what was submitted before about the same person makes a difference of its own
    ok(place.officer.post(SUBMIT, json=limited("LAO-2", another)), 201)
    # The policies of the clocks are read once in a process.
    ok(place.officer.post(SUBMIT, json=darren_and_toby("WARM-1", crn=UNKNOWN)), 201)
    for reference, crn in (("WARM-2", UNKNOWN), ("WARM-3", "X320746")):
        ok(stranger(place).post(SUBMIT, json=with_another_name(reference, crn)), 201)
    for name, caller, crn in (
        ("elsewhere", place.cast.stranger.as_practitioner("a.first"), HELD),
        ("elsewhere, limited", place.cast.stranger.as_practitioner("b.second"), LIMITED),
        ("here, limited", colleague(place), another),
        # Whoever submits is told that the record is held elsewhere; a preview does not even take longer.
        *([("unknown", place.cast.stranger.as_practitioner("d.new"), "X320747")] if asks == PREVIEW else []),
    ):
        caller.token()
        for turn in ("first", "again"):
            document = with_another_name(f"{name}-{turn}", crn)
            with watched() as seen:
                said[name, turn] = in_general(caller.post(asks, json=document))
            # Which feeds to look at is told to other processes by their ids.
            asked[name, turn] = [FEEDS.sub("", one) for one, _ in seen if "call_count" not in one]
    for turn in ("first", "again"):
        first, *others = (statements for (_, when), statements in asked.items() if when == turn)
        for other in others:
            assert other == first, turn
    shape = {answer[0] for answer in said.values()}
    assert shape == {201 if asks == SUBMIT else 200}


@pytest.mark.parametrize("body", BODIES)
def test_a_preview_says_the_same_of_somebody_unknown_elsewhere_or_limited(place: Place, body: str) -> None:
    """S4: whatever the facts, and nobody is told."""
    with place.nothing_stored(but={"audit_entry"}):
        said = [
            in_general(caller.post(PREVIEW, json=BODIES[body]("T-1", crn)))
            for caller, crn in (
                (stranger(place), UNKNOWN),
                (stranger(place), HELD),
                (stranger(place), LIMITED),
                (colleague(place), LIMITED),
                (colleague(place), UNKNOWN),
            )
        ]
    of_stranger, of_colleague = said[:3], said[3:]
    assert of_stranger[0] == of_stranger[1] == of_stranger[2]
    assert of_colleague[0] == of_colleague[1]


def test_each_preview_is_on_the_trail_of_the_person(place: Place) -> None:
    stranger(place).post(PREVIEW, json=darren_and_toby("T-1"))
    (entry,) = place.rows(
        "SELECT a.practitioner_id, a.actor_organisation_id FROM audit_entry a"
        " JOIN person p ON p.id = a.person_id WHERE p.crn = %s AND p.held AND a.object_id = 'preview'",
        HELD,
    )
    assert entry == ("p.shah", place.cast.stranger.organisation_id)


def test_a_body_that_is_not_right_is_refused_before_anything_is_looked_up(place: Place) -> None:
    answers = []
    with place.nothing_stored():
        for crn in (HELD, LIMITED, UNKNOWN):
            document = darren_and_toby("T-1", crn=crn) | {"shoe_size": 9}
            answers.append(told(stranger(place).post(PREVIEW, json=document)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 422


def test_a_submission_sent_again_says_the_same(place: Place) -> None:
    def send() -> Any:
        document = darren_and_toby("T-1")
        return told(stranger(place).post(SUBMIT, json=document, idempotency_key="k1"))

    first = send()
    place.story.clock.move(timedelta(minutes=1))
    assert send() == first
    assert first[1]["held_elsewhere"] is True
    assert len(events(place)) == 1


def test_a_second_submission_adds_to_the_same_side_record(place: Place) -> None:
    first, second = (
        ok(stranger(place).post(SUBMIT, json=darren_and_toby(f"T-{n}")), 201)["person"]["id"] for n in (1, 2)
    )
    assert first == second


@pytest.mark.parametrize(("level", "warned"), [("medium", False), ("high", True), ("very_high", True)])
def test_who_submits_elsewhere_is_warned_when_staff_are_at_high_risk(
    place: Place, level: str, warned: bool
) -> None:
    document = darren_and_toby("STAFF-1", crn="X320760")
    document["risk"]["rosh"] = {"staff": {"level": level}}
    assert ok(place.officer.post(SUBMIT, json=document), 201)["staff_safety"] is False, "it sees the risk"
    referral = ok(stranger(place).post(SUBMIT, json=minimal("T-1", "X320760")), 201)
    assert referral["staff_safety"] is warned
    assert ok(stranger(place).get(referral["href"]))["staff_safety"] is warned


def test_the_region_that_holds_the_record_is_told_of_each_submission(place: Place) -> None:
    ok(stranger(place).post(SUBMIT, json=darren_and_toby("T-1")), 201)
    ok(stranger(place).post(SUBMIT, json=darren_and_toby("T-2", crn=LIMITED)), 201)
    (first, second) = place.story.told(place.cast.probation, "person.submitted_elsewhere")
    for one, crn in ((first, HELD), (second, LIMITED)):
        own = ok(stranger(place).get("/v1/referrals"))["items"]
        (side,) = {each["person"]["id"] for each in own if each["crn"] == crn}
        assert one["data"] == {"region": "N51", "asked": "submission", "side_record": side}
    assert [crn for crn, _ in events(place)] == [HELD, LIMITED]
    entries = [
        one
        for one in place.story.timeline(place.referral["id"])
        if one["event"] == "person.submitted_elsewhere"
    ]
    assert [one["by"]["organisation"] for one in entries] == ["North West"]


def test_an_amendment_of_it_tells_the_holder_too(place: Place) -> None:
    caller = stranger(place)
    referral = ok(caller.post(SUBMIT, json=darren_and_toby("T-1")), 201)
    tag = caller.get(referral["href"]).headers["ETag"]
    before = as_it_is(place, HELD)
    amended = with_another_name("T-1", HELD)
    ok(caller.post(f"{referral['href']}/versions", json=amended, if_match=tag))
    assert [said["asked"] for _, said in events(place)] == ["submission", "amendment"]
    assert as_it_is(place, HELD) == before


def test_only_those_named_are_notified_of_a_limited_case(place: Place) -> None:
    ok(stranger(place).post(SUBMIT, json=darren_and_toby("T-1", crn=LIMITED)), 201)

    def seen(caller: Caller) -> list[str]:
        return [one["event"] for one in place.story.feed(caller) if one["subject"]["kind"] != "check_request"]

    assert "person.submitted_elsewhere" in seen(place.officer)
    assert "person.submitted_elsewhere" not in seen(colleague(place))
    assert "entry.withheld" in seen(colleague(place))


@pytest.mark.parametrize("body", ["S1", "S2", "S3"])
@pytest.mark.parametrize("as_system", [False, True])
def test_the_feed_of_who_submits_does_not_tell_a_limited_case_either(
    place: Place, body: str, as_system: bool
) -> None:
    """Whatever the reason, and whether it raises danger, whoever submits finds the same afterwards."""
    seen: list[list[Any]] = []
    for caller, crn in (
        (stranger(place), HELD),
        (place.cast.stranger.as_practitioner("another.one"), LIMITED),
        (colleague(place), LIMITED),
    ):
        system = place.cast.probation if caller.code == "N55" else place.cast.stranger
        reader = system if as_system else caller
        before = len(place.story.feed(reader))
        ok(caller.post(SUBMIT, json=BODIES[body](f"T-{len(seen)}", crn)), 201)
        seen.append(
            [
                (one["event"], one["subject"]["kind"], sorted(one["data"]))
                for one in place.story.feed(reader)[before:]
            ]
        )
    assert seen[0] == seen[1] == seen[2]
    assert seen[0]


def sides(statuses: Iterable[int]) -> list[tuple[Any, ...]]:
    """Return the records there are, by whose and whether held, once all submissions have been taken."""
    assert set(statuses) == {201}
    with db.transaction("owner") as session:
        found = session.execute(text("SELECT holder_id, held FROM person ORDER BY held")).all()
    return [tuple(row) for row in found]


@pytest.mark.parametrize("how_many", [2, 6])
def test_of_regions_at_once_one_holds_the_record_and_all_are_taken(cast: Cast, how_many: int) -> None:
    callers = [cast.probation.as_practitioner(), cast.stranger.as_practitioner()] * (how_many // 2)
    for caller in callers:
        caller.token()

    def submit(number: int) -> tuple[int, bool, str]:
        answer = callers[number].post(SUBMIT, json=darren_and_toby(f"R-{number}"))
        said = answer.get_json()
        return answer.status_code, said.get("held_elsewhere"), callers[number].code

    with ThreadPoolExecutor(how_many) as pool:
        answers = list(pool.map(submit, range(how_many)))
    records = sides(status for status, _, _ in answers)
    assert [held for _, held in records] == [False, True]
    assert {holder for holder, _ in records} == {
        cast.probation.organisation_id,
        cast.stranger.organisation_id,
    }
    assert len({(elsewhere, code) for _, elsewhere, code in answers}) == 2, "each region all one or the other"


def test_submissions_elsewhere_at_once_make_one_side_record_and_one_clock(place: Place) -> None:
    caller = stranger(place)
    caller.token()
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda n: caller.post(SUBMIT, json=with_another_name(f"T-{n}", HELD)), range(6))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["person"]["id"] for answer in answers}) == 1
    assert place.rows("SELECT count(*) FROM clock WHERE timer = 'proposals' AND state <> 'stopped'") == [(1,)]


@pytest.fixture
def shared(place: Place) -> tuple[Place, Json]:
    """Somebody with whom two regions worked before a record had a holder."""
    with held_meanwhile_by(place.cast.stranger, HELD):
        referral = ok(stranger(place).post(SUBMIT, json=darren_and_toby("OLD-1")), 201)
    return place, referral


def test_a_region_that_worked_with_somebody_before_goes_on_reading(shared: tuple[Place, Json]) -> None:
    place, referral = shared
    assert ok(stranger(place).get(person_at(HELD)))["crn"] == HELD
    assert ok(stranger(place).get(referral["href"]))["id"] == referral["id"]
    assert ok(place.officer.get(person_at(HELD)))["crn"] == HELD


def test_a_region_that_only_reads_the_record_writes_nothing_on_it(shared: tuple[Place, Json]) -> None:
    place, referral = shared
    caller = stranger(place)
    people, path = person_at(HELD), referral["href"]
    contact = ok(caller.get(f"{people}/contacts"))["items"][0]
    tag = caller.get(path).headers["ETag"]
    change = {"kind": "arrest", "occurred_on": "2026-03-01", "source": "person", "standing": "alleged"}
    change |= {"reliability": "untested"}
    with place.nothing_stored(but={"audit_entry"}):
        answers = [
            caller.post(f"{path}/versions", json=with_another_name("OLD-1", HELD), if_match=tag),
            caller.post(f"{people}/changes-of-circumstance", json=change),
            caller.post(f"{people}/addresses", json={"ref": "n", "kind": "visited", "lines": ["1 New Road"]}),
            caller.patch(contact["href"], json={"given_name": "Other"}, if_match=contact["etag"]),
        ]
    assert [told(answer)[1]["type"] for answer in answers] == ["/problems/held-elsewhere"] * len(answers)


def test_what_a_region_that_only_reads_the_record_submits_stands_on_its_own(
    shared: tuple[Place, Json],
) -> None:
    place, _ = shared
    before = as_it_is(place, HELD)
    referral = ok(stranger(place).post(SUBMIT, json=with_another_name("NEW-1", HELD)), 201)
    assert referral["held_elsewhere"] is True
    assert as_it_is(place, HELD) == before
