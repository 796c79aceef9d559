"""The list of referrals shows what was asked for, of what may be seen; the trail says how it was asked."""

from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import select

from service import db
from service.audit.model import AuditEntry
from service.referrals.overall import Status
from tests.cast import Caller
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby, minimal, toby


def listed(caller: Caller, **wanted: Any) -> list[str]:
    """Return the references of the referrals that are listed."""
    found: list[Json] = said(caller.get("/v1/referrals", **wanted))["items"]
    return [one["submission_reference"] for one in found]


@pytest.fixture
def office(driver: Driver) -> Driver:
    """A lacks what its provider needs, B has gone out, C was withdrawn; D is somebody's in another unit."""
    for document in (minimal("A", crn="X000001"), toby("B", crn="X000002"), toby("C", crn="X000003")):
        referral = driver.submit(document)
        driver.clock.move(timedelta(minutes=1))
    driver.move(driver.officer, part_of(referral, "crs"), "withdraw", reason="Moved away.")
    colleague = driver.cast.probation.as_practitioner("j.moss", pdu="Bradford")
    said(colleague.post("/v1/referrals", json=toby("D", crn="X000004")), 201)
    return driver


def test_a_practitioner_sees_what_needs_attention_first_of_all(office: Driver) -> None:
    assert listed(office.officer) == ["A", "B", "C", "D"]
    assert listed(office.officer, needs_attention="yes") == ["A", "B", "C", "D"], "checks lack details of all"
    assert listed(office.officer, needs_attention="no") == []
    found = said(office.officer.get("/v1/referrals", order="oldest"))["items"]
    first = [one["overall"]["needs_attention"][0] for one in found]
    assert first == ["incomplete", "complete_check", "complete_check", "complete_check"]


def test_a_practitioner_sees_what_is_their_own(office: Driver) -> None:
    assert listed(office.officer, mine="yes") == ["A", "B", "C"]
    assert listed(office.officer, mine="no") == ["D"]


def test_a_list_is_read_from_either_end_also_in_pages(office: Driver) -> None:
    assert listed(office.officer, order="newest") == ["D", "C", "B", "A"]
    assert listed(office.officer, order="newest", mine="yes") == ["C", "B", "A"]
    first = said(office.officer.get("/v1/referrals", order="newest", limit=3))
    rest = said(office.officer.get("/v1/referrals", order="newest", limit=3, after=first["next"]))
    assert [one["submission_reference"] for one in first["items"] + rest["items"]] == ["D", "C", "B", "A"]
    parts = [one["id"] for one in said(office.officer.get("/v1/destination-referrals"))["items"]]
    backwards = said(office.officer.get("/v1/destination-referrals", order="newest"))["items"]
    assert [one["id"] for one in backwards] == parts[::-1]
    assert office.officer.get("/v1/referrals", order="sideways").status_code == 422


def test_the_referrals_about_one_person_are_listed_by_the_id_of_the_person(office: Driver) -> None:
    (b,) = said(office.officer.get("/v1/referrals", submission_reference="B"))["items"]
    assert listed(office.officer, person=b["person"]["id"]) == ["B"]
    assert listed(office.cast.stranger.as_practitioner(), person=b["person"]["id"]) == []
    assert office.officer.get("/v1/referrals", person="X000002").status_code == 422


def test_a_supervisor_sees_one_delivery_unit(office: Driver) -> None:
    assert listed(office.pdu_head, pdu="Bradford") == ["D"]
    assert listed(office.pdu_head, pdu="Bradford", mine="yes") == []


def test_a_case_system_finds_again_what_it_submitted(office: Driver) -> None:
    assert listed(office.officer, submission_reference="B") == ["B"]
    assert listed(office.officer, submission_reference="Z") == []
    assert listed(office.cast.stranger.as_practitioner(), submission_reference="B") == []


def test_a_status_lists_those_that_stand_like_it(office: Driver) -> None:
    several = office.submit(darren_and_toby("E", crn="X000005"))
    provider = part_of(several, "crs", "accommodation")
    said(office.cast.crs.get(f"{provider['href']}/document"))
    office.move(office.cast.crs, provider, "decline", reason_code="no_capacity")
    for part in (each for each in several["destinations"] if each["kind"] == "mappa"):
        office.move(office.officer, part, "withdraw", reason="Not needed.")
    office.accept(office.cast.crs, part_of(office.submit(toby("F", crn="X000006")), "crs"))

    every = said(office.officer.get("/v1/referrals"))["items"]
    shown = {one["submission_reference"]: one["overall"]["status"] for one in every}
    assert shown == {
        "A": "waiting",
        "B": "awaiting_decisions",
        "C": "withdrawn",
        "D": "awaiting_decisions",
        "E": "open_with_declines",
        "F": "under_way",
    }
    for status in get_args(Status):
        assert listed(office.officer, status=status) == [one for one in shown if shown[one] == status], status


def test_a_narrowed_list_goes_on_where_it_stopped(office: Driver) -> None:
    first = office.officer.get("/v1/referrals", limit=2, mine="yes")
    assert "mine=yes" in first.headers["Link"]
    onward = said(first)["next"]
    assert listed(office.officer, limit=2, mine="yes", after=onward) == ["C"]


def test_what_cannot_be_asked_is_refused_by_name(driver: Driver) -> None:
    for name, value in (("status", "lost"), ("mine", "true"), ("needs_attention", "1"), ("crn", "X000001")):
        refused = said(driver.officer.get("/v1/referrals", **{name: value}), 422)
        assert [fault["parameter"] for fault in refused["errors"]] == [name]


def test_a_limited_access_case_is_found_by_nobody_who_is_not_named(driver: Driver) -> None:
    document = minimal("LIMITED")
    document["person"]["restricted_record"] = True
    driver.submit(document)
    colleague = driver.cast.probation.as_practitioner("j.moss")
    wanted = ({"submission_reference": "LIMITED"}, {"needs_attention": "yes"}, {"status": "waiting"})
    for query in wanted:
        assert (listed(driver.officer, **query), listed(colleague, **query)) == (["LIMITED"], []), query


def test_the_trail_says_how_it_was_searched_and_whose_referrals_were_shown(office: Driver) -> None:
    answer = office.officer.get("/v1/referrals", mine="yes", submission_reference="B", limit=5)
    (shown,) = said(answer)["items"]
    with db.transaction("audit_reader") as session:
        trail = session.scalars(
            select(AuditEntry).where(AuditEntry.body.contains(answer.headers["X-Request-Id"]))
        ).all()
    (search,) = [entry for entry in trail if entry.verb == "search"]
    assert '"mine submission_reference"' in search.body
    (seen,) = [entry for entry in trail if entry.verb == "consultation"]
    assert (seen.object_id, seen.person_id is not None) == (shown["id"], True)
    assert not [entry for entry in trail if '"B"' in entry.body], "how it was asked, not for what"


def test_a_list_counts_all_its_pages_when_asked(office: Driver) -> None:
    page = said(office.officer.get("/v1/referrals", counts="yes", limit=1))
    whole = said(office.officer.get("/v1/referrals", limit=500))
    assert whole["counts"] is None
    statuses = [one["overall"]["status"] for one in whole["items"]]
    assert page["counts"] == {status: statuses.count(status) for status in sorted(set(statuses))}
    assert sum(page["counts"].values()) == 4
    mine = said(office.officer.get("/v1/referrals", counts="yes", mine="yes", needs_attention="yes"))
    assert mine["counts"] == {"awaiting_decisions": 1, "waiting": 1, "withdrawn": 1}
    parts = said(office.officer.get("/v1/destination-referrals", counts="yes", limit=1))
    states = [one["state"] for one in said(office.officer.get("/v1/destination-referrals"))["items"]]
    assert parts["counts"] == {state: states.count(state) for state in sorted(set(states))}


def test_what_a_caller_may_not_see_is_not_counted(office: Driver) -> None:
    limited = toby("L", crn="X000009")
    limited["person"]["restricted_record"] = True
    said(office.officer.post("/v1/referrals", json=limited), 201)
    colleague = office.cast.probation.as_practitioner("j.moss", pdu="Bradford")
    for path in ("/v1/referrals", "/v1/destination-referrals"):
        own, theirs = (
            sum(said(caller.get(path, counts="yes"))["counts"].values())
            for caller in (office.officer, colleague)
        )
        assert own == theirs + 1, path


def test_what_was_written_to_each_other_and_asked_between_regions_is_read_from_either_end(
    driver: Driver,
) -> None:
    referral = driver.submit(toby("A"))
    part, other = part_of(referral, "crs"), driver.submit(minimal("B", crn="X000002"))
    driver.accept(driver.cast.crs, part)
    for number in range(3):
        said(driver.officer.post(f"{part['href']}/messages", json={"body": f"Message {number}."}), 201)
        driver.report(driver.cast.crs, part, "progress", summary="Well.")
    for one in (referral, other):
        asked = {"person_id": one["person"]["id"], "to_region": "N51", "reason": "He moves."}
        said(driver.officer.post("/v1/transfers", json=asked), 201)
        driver.clock.move(timedelta(minutes=1))
    for path, least in (
        (f"{part['href']}/messages", 3),
        (f"{part['href']}/updates", 3),
        ("/v1/transfers", 2),
    ):
        every = [one["id"] for one in said(driver.officer.get(path))["items"]]
        assert len(every) >= least
        first = said(driver.officer.get(path, order="newest", limit=1))
        rest = said(driver.officer.get(path, order="newest", after=first["next"]))
        assert [one["id"] for one in first["items"] + rest["items"]] == every[::-1], path
        first = said(driver.officer.get(path, limit=1))
        rest = said(driver.officer.get(path, after=first["next"]))
        assert [one["id"] for one in first["items"] + rest["items"]] == every, path
