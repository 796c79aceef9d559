"""What is verified says how, by whom and who was seen; what the person says of himself verifies nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.timers.sweep import sweep
from tests import rows
from tests.cast import Caller
from tests.people.factories import as_owner, give_sight
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import DARREN, darren_and_toby

pytestmark = pytest.mark.long

SEEN_ON = "2026-02-27"
UNSEEN = {"seen": None, "person_seen": None, "others_seen": None}


@pytest.fixture
def referral(driver: Driver) -> Json:
    return driver.submit()


def path(sort: str) -> str:
    return f"{rows.person_at(DARREN)}/{sort}"


def around(caller: Caller, sort: str) -> dict[str, Json]:
    items = said(caller.get(path(sort), limit=100))["items"]
    return {one["ref"]: one for one in items}


def change(caller: Caller, one: Json, **members: Any) -> TestResponse:
    """Patch a contact or an address at its own address."""
    tag = caller.get(one["href"]).headers["ETag"]
    return caller.patch(one["href"], json=members, if_match=tag)


def visit(*seen: Json, **more: Any) -> Json:
    return {"how": "home_visit", "on": SEEN_ON, "seen": [one["id"] for one in seen], **more}


def verified(driver: Driver, sort: str, ref: str, *seen: str, **more: Any) -> Json:
    """Verify a contact or an address by a visit; return it as it is read after."""
    people = around(driver.officer, "contacts")
    one = around(driver.officer, sort)[ref]
    body = visit(*(people[name] for name in seen), **more)
    said(change(driver.officer, one, verification=body))
    return said(driver.officer.get(one["href"]))


def faults(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {one["pointer"]: one["detail"] for one in answer.get_json()["errors"]}


def ended(caller: Caller, one: Json) -> str | None:
    shown = said(caller.get(one["href"]))
    over = shown["verification"]["ended"]
    assert shown["verified"] is (over is None)
    return over and str(over["because"])


def clocks() -> list[tuple[str, str]]:
    found = as_owner("SELECT subject_kind, state FROM clock WHERE timer = 'verification' ORDER BY cycle, id")
    return [(row["subject_kind"], row["state"]) for row in found]


def told(caller: Caller) -> list[Json]:
    items = said(caller.get("/v1/events", limit=500))["items"]
    return [one["subject"] for one in items if one["event"] == "person.verification_ended"]


# The flag alone.


def test_the_flag_alone_verifies_nothing_in_a_submission(driver: Driver, referral: Json) -> None:
    for sort, ref in (("contacts", "mother"), ("addresses", "mothers-home")):
        one = around(driver.officer, sort)[ref]
        assert one["verified"] is False
        assert one["verification"] == {
            "how": "not_stated", "on": None, "by": None, **UNSEEN, "check_request_id": None,
            "recorded_at": None, "ended": None,
        }  # fmt: skip
        mine = around(driver.officer, "contacts")["ex-partner"]
        assert (mine["verified"], mine["verification"]) == (False, None)


def test_nobody_is_sent_as_verified_whom_only_the_flag_calls_so(driver: Driver, referral: Json) -> None:
    mappa = part_of(referral, "mappa")
    document = said(driver.cast.mappa.get(f"{mappa['href']}/document"))["document"]
    assert {one["verified"] for one in document["household"]["contacts"]} == {False}
    assert {one["verified"] for one in document["addresses"]} == {False}
    assert {one["verified"] for one in driver.document(referral)["addresses"]} == {False}


def test_what_was_recorded_before_this_was_asked_is_verified_by_nobody(
    driver: Driver, referral: Json
) -> None:
    # As an earlier release stored it.
    with rows.transaction() as session:
        session.execute(text("UPDATE address SET verified = true, verification = NULL"))
    for one in around(driver.officer, "addresses").values():
        assert (one["verified"], one["verification"]["how"], one["verification"]["by"]) == (
            False, "not_stated", None,
        )  # fmt: skip


def test_the_flag_of_a_patch_verifies_nothing_either(driver: Driver, referral: Json) -> None:
    son = around(driver.officer, "contacts")["son"]
    said(change(driver.officer, son, verified=True))
    after = said(driver.officer.get(son["href"]))
    assert (after["verified"], after["verification"]["how"]) == (False, "not_stated")


# How, by whom, on which day, who was seen.


def test_a_visit_says_by_whom_on_which_day_and_who_was_seen(driver: Driver, referral: Json) -> None:
    home = verified(driver, "addresses", "mothers-home", "mother", person_seen=True, others_seen=2)
    mother = around(driver.officer, "contacts")["mother"]
    assert home["verified"] is True
    assert home["verification"] == {
        "how": "home_visit",
        "on": SEEN_ON,
        "by": {"id": "p.shah", "name": "p.shah", "organisation": driver.officer.code},
        "seen": [mother["id"]],
        "person_seen": True,
        "others_seen": 2,
        "check_request_id": None,
        "recorded_at": "2026-03-02T09:00:00Z",
        "ended": None,
    }
    # A document was seen of her, by a colleague.
    driver.officer.enter_in_register("d.mills", "practitioner", name="Dana Mills")
    paper = {"how": "document", "on": SEEN_ON, "by": "D.Mills"}
    said(change(driver.officer, mother, verification=paper))
    shown = said(driver.officer.get(mother["href"]))["verification"]
    assert (shown["how"], shown["by"]["id"], shown["by"]["name"], shown["seen"]) == (
        "document", "d.mills", "Dana Mills", [],
    )  # fmt: skip


def test_mappa_is_sent_what_was_verified(driver: Driver, referral: Json) -> None:
    verified(driver, "addresses", "mothers-home", "mother")
    mappa = part_of(referral, "mappa")
    document = said(driver.cast.mappa.get(f"{mappa['href']}/document"))["document"]
    by_ref = {one["ref"]: one["verified"] for one in document["addresses"]}
    assert by_ref == {"before-custody": False, "mothers-home": True, "ex-partners-home": False}


def test_every_fault_of_a_verification_is_named(driver: Driver, referral: Json) -> None:
    son = around(driver.officer, "contacts")["son"]
    stranger = "00000000-0000-7000-8000-000000000000"
    for body, wrong in (
        ({"how": "home_visit", "on": "2026-03-03", "seen": [son["id"]]}, {"/verification/on"}),
        ({"how": "hearsay", "on": SEEN_ON}, {"/verification/how"}),
        ({"how": "document"}, {"/verification/on"}),
        (visit(), {"/verification/seen"}),
        (visit(by="nobody.at.all"), {"/verification/seen", "/verification/by"}),
        (
            {"how": "home_visit", "on": SEEN_ON, "seen": [son["id"], stranger]},
            {"/verification/seen/1"},
        ),
        ({"how": "agency", "on": SEEN_ON}, {"/verification/check_request_id"}),
        (
            {"how": "agency", "on": SEEN_ON, "check_request_id": stranger},
            {"/verification/check_request_id"},
        ),
    ):
        assert faults(change(driver.officer, son, verification=body)).keys() == wrong, body
    assert said(driver.officer.get(son["href"]))["verification"] is None


def test_who_verified_it_works_for_the_region_now(driver: Driver, referral: Json) -> None:
    driver.officer.enter_in_register("d.mills", "practitioner")
    as_owner_ended = "UPDATE staff SET ended_at = '2026-03-01T00:00:00Z' WHERE id = 'd.mills' RETURNING id"
    assert as_owner(as_owner_ended)
    home = around(driver.officer, "addresses")["mothers-home"]
    body = {"how": "document", "on": SEEN_ON, "by": "d.mills"}
    assert faults(change(driver.officer, home, verification=body)).keys() == {"/verification/by"}


# What the person says.


def test_what_the_person_says_is_recorded_as_such_and_verifies_nothing(
    driver: Driver, referral: Json
) -> None:
    home = around(driver.officer, "addresses")["before-custody"]
    says_so = {"how": "self_report", "on": SEEN_ON}
    refused = faults(change(driver.officer, home, verified=True, verification=says_so))
    assert refused == {"/verified": "What somebody says of themselves verifies nothing."}
    said(change(driver.officer, home, verification=says_so))
    after = said(driver.officer.get(home["href"]))
    assert (after["verified"], after["verification"]["how"]) == (False, "self_report")
    assert clocks() == []


def test_what_the_person_says_takes_nothing_from_what_was_verified(driver: Driver, referral: Json) -> None:
    home = verified(driver, "addresses", "mothers-home", "mother")
    says_so = {"how": "self_report", "on": SEEN_ON}
    assert faults(change(driver.officer, home, verification=says_so)).keys() == {"/verification/how"}
    assert ended(driver.officer, home) is None


def test_a_home_that_only_the_person_tells_of_keeps_the_risk_up_until_somebody_has_seen_it(
    driver: Driver,
) -> None:
    document = darren_and_toby()
    document["addresses"][1] |= {"kind": "current", "source": "person", "verified": True}
    driver.submit(document)

    def in_the_way() -> set[str]:
        proposal = {
            "group": "public",
            "level": "medium",
            "evidence": "He works.",
            "grounds": {"changed": "a", "verified": "b", "how": "c", "by": "d"},
        }
        body = {"kind": "rosh_lowered", "subject_id": rows.person_at(DARREN).rpartition("/")[2]}
        asked = driver.officer.post(
            "/v1/agreements", json={**body, "reason": "Settled.", "proposal": proposal}
        )
        assert asked.status_code == 409, asked.text
        return {one["code"] for one in asked.get_json()["outstanding"]}

    assert "self_reported_home" in in_the_way()
    home = around(driver.officer, "addresses")["mothers-home"]
    said(change(driver.officer, home, verification={"how": "self_report", "on": SEEN_ON}))
    assert "self_reported_home" in in_the_way()
    verified(driver, "addresses", "mothers-home", person_seen=True)
    assert "self_reported_home" not in in_the_way()
    said(change(driver.officer, home, because="correction", lines=["81 Tannery Fold", "Leeds"]))
    assert "self_reported_home" in in_the_way()


def test_who_tells_of_a_home_stays_when_something_else_of_it_is_put_right(
    driver: Driver, referral: Json
) -> None:
    home = around(driver.officer, "addresses")["before-custody"]
    said(change(driver.officer, home, to="2024-07-11"))
    assert said(driver.officer.get(home["href"]))["source"] == "ndelius"


# What ends it.


PUT_RIGHT = {"because": "correction"}


@pytest.mark.usefixtures("referral")
@pytest.mark.parametrize(
    ("where", "seen", "members", "because"),
    [
        ("contacts mother", "mother", {"family_name": "Ellershaw-Boyd"}, "changed"),
        ("contacts mother", "mother", {"date_of_birth": "1959-01-31"}, "changed"),
        ("contacts mother", "mother", {"lives_at": None}, "moved"),
        ("contacts mother", "mother", {"phone": "0113 496 0000"}, None),
        ("contacts ex-partner", "ex-partner", {"given_name": "Kirstie"}, "changed"),
        ("addresses mothers-home", "mother", PUT_RIGHT | {"lines": ["81 Tannery Fold"]}, "changed"),
        ("addresses mothers-home", "mother", PUT_RIGHT | {"postcode": "LS11 5QY"}, "changed"),
        ("addresses ex-partners-home", "ex-partner", PUT_RIGHT | {"postcode": "M21 9WR"}, "changed"),
        ("addresses mothers-home", "mother", {"kind": "current"}, "changed"),
        ("addresses before-custody", "mother", {"to": None}, "changed"),
        ("addresses mothers-home", "mother", {"from": "2026-02-28"}, "changed"),
        ("addresses mothers-home", "mother", {"from": SEEN_ON}, None),
        ("addresses mothers-home", "mother", {"to": "2026-03-01"}, None),
        ("addresses mothers-home", "mother", {"verified": False}, "withdrawn"),
        ("contacts mother", "mother", {"verification": None}, "withdrawn"),
    ],
)
def test_a_verification_ends_when_what_it_was_about_changes_and_is_looked_at_again(
    driver: Driver, where: str, seen: str, members: Json, because: str | None
) -> None:
    sort, ref = where.split()
    one = verified(driver, sort, ref, seen)
    said(change(driver.officer, one, **members))
    assert ended(driver.officer, one) == because
    kind = {"contacts": "contact", "addresses": "address"}[sort]
    assert clocks() == ([(kind, "running")] if because in {"changed", "moved"} else [])
    expected = [{"kind": kind, "id": one["id"], "href": one["href"]}]
    assert told(driver.officer) == (expected if because else [])


def test_nobody_was_seen_at_a_home_before_it_was_one(driver: Driver, referral: Json) -> None:
    home = around(driver.officer, "addresses")["mothers-home"]
    said(change(driver.officer, home, **{"from": "2026-02-01"}))
    paper = {"how": "document", "on": "2026-01-31"}
    assert faults(change(driver.officer, home, verification=paper)).keys() == {"/verification/on"}
    # He moved yesterday: nobody saw him there before that.
    moved = {"because": "moved", "lines": ["3 Canal Street"], "postcode": "LS1 1AA", "moved_on": "2026-03-01"}
    early = {"how": "document", "on": SEEN_ON}
    assert faults(change(driver.officer, home, verification=early, **moved)).keys() == {"/verification/on"}
    earlier = {"from": "2026-01-31", "verification": paper}
    said(change(driver.officer, home, **earlier))
    assert said(driver.officer.get(home["href"]))["verified"] is True


@pytest.mark.parametrize("kind", ["proposed_release", "move_on"])
def test_a_home_to_come_is_visited_before_anybody_lives_there(
    driver: Driver, referral: Json, kind: str
) -> None:
    from_release = {"from": "2026-03-24"}
    home = {"ref": "his", "kind": kind, "lines": ["5 Plan Street", "Leeds"], "postcode": "LS6 3AA"}
    said(driver.officer.post(path("addresses"), json=home | from_release), 201)
    his = verified(driver, "addresses", "his", others_seen=1)
    assert ended(driver.officer, his) is None
    said(change(driver.officer, his, **{"from": None}))
    said(change(driver.officer, his, **from_release))
    assert ended(driver.officer, his) is None
    # He was not seen living there.
    driver.clock.move(timedelta(days=30))
    said(change(driver.officer, his, kind="current"))
    assert ended(driver.officer, his) == "changed"
    assert faults(change(driver.officer, his, verification=visit(others_seen=1))).keys() == {
        "/verification/on"
    }


def test_who_was_verified_at_an_address_in_error_is_looked_at_again(driver: Driver, referral: Json) -> None:
    mother = verified(driver, "contacts", "mother", "mother")
    in_error(driver.officer, around(driver.officer, "addresses")["mothers-home"])
    assert ended(driver.officer, mother) == "changed"


def test_a_home_stays_verified_that_nobody_has_left_after_all(driver: Driver) -> None:
    document = darren_and_toby()
    document["addresses"][1]["kind"] = "current"
    driver.submit(document)
    old = verified(driver, "addresses", "mothers-home", "mother")
    wrong = said(change(driver.officer, old, because="moved", lines=["3 Canal Street"], postcode="LS1 1AA"))
    in_error(driver.officer, wrong)
    assert around(driver.officer, "addresses")["mothers-home"]["id"] == old["id"]
    assert ended(driver.officer, old) is None


def test_who_lives_at_a_home_that_was_put_right_is_looked_at_again_with_it(
    driver: Driver, referral: Json
) -> None:
    mother = verified(driver, "contacts", "mother", "mother")
    home = around(driver.officer, "addresses")["mothers-home"]
    said(change(driver.officer, home, because="correction", lines=["81 Tannery Fold", "Leeds"]))
    assert ended(driver.officer, mother) == "changed"


def test_after_a_move_nothing_is_known_of_the_new_home(driver: Driver, referral: Json) -> None:
    mother = verified(driver, "contacts", "mother", "mother")
    old = verified(driver, "addresses", "mothers-home", "mother")
    lines = ["3 Canal Street", "Leeds"]
    new = said(change(driver.officer, old, because="moved", lines=lines, postcode="LS1 1AA"))
    assert (new["verified"], new["verification"]["ended"]["because"]) == (False, "moved")
    assert ended(driver.officer, old) is None
    assert ended(driver.officer, mother) == "moved"
    assert sorted(clocks()) == [("address", "running"), ("contact", "running")]
    assert {one["id"] for one in told(driver.officer)} == {new["id"], mother["id"]}
    # Somebody goes there, that day.
    verified(driver, "addresses", "mothers-home", "mother", on="2026-03-02")
    verified(driver, "contacts", "mother", "mother")
    assert (ended(driver.officer, new), ended(driver.officer, mother)) == (None, None)
    assert sorted(clocks()) == [("address", "stopped"), ("contact", "stopped")]


def test_a_second_move_before_anybody_has_looked_leaves_one_question(driver: Driver, referral: Json) -> None:
    old = verified(driver, "addresses", "mothers-home", "mother")
    new = said(change(driver.officer, old, because="moved", lines=["3 Canal Street"], postcode="LS1 1AA"))
    last = said(change(driver.officer, new, because="moved", lines=["9 Dock Street"], postcode="LS1 1AB"))
    assert sorted(clocks()) == [("address", "running"), ("address", "stopped")]
    said(change(driver.officer, last, verified=False))
    assert sorted(clocks()) == [("address", "stopped"), ("address", "stopped")]


def test_what_an_amendment_changes_ends_a_verification_too(driver: Driver, referral: Json) -> None:
    mother = verified(driver, "contacts", "mother", "mother")
    document = driver.document(referral)
    assert next(one for one in document["household"]["contacts"] if one["ref"] == "mother")["verified"]
    document["household"]["contacts"][2]["date_of_birth"] = "1958-01-30"
    driver.amend(referral, document)
    assert ended(driver.officer, mother) == "changed"
    contacts = driver.document(referral)["household"]["contacts"]
    assert {one["verified"] for one in contacts} == {False}


def test_an_amendment_that_says_the_flag_again_verifies_nothing_and_undoes_nothing(
    driver: Driver, referral: Json
) -> None:
    mother = verified(driver, "contacts", "mother", "mother")
    for flag in (True, False):
        document = driver.document(referral)
        document["household"]["contacts"][2]["verified"] = flag
        driver.amend(referral, document)
        assert ended(driver.officer, mother) is None


def in_error(caller: Caller, one: Json) -> None:
    tag = caller.get(one["href"]).headers["ETag"]
    said(caller.post(f"{one['href']}/entered-in-error", json={"reason": "A slip."}, if_match=tag))


def test_what_was_entered_in_error_is_verified_no_more_and_nobody_looks_again(
    driver: Driver, referral: Json
) -> None:
    mother = verified(driver, "contacts", "mother", "mother")
    in_error(driver.officer, mother)
    assert ended(driver.officer, mother) == "entered_in_error"
    assert clocks() == []
    home = verified(driver, "addresses", "mothers-home", person_seen=True)
    said(change(driver.officer, home, because="correction", postcode="LS11 5QY"))
    in_error(driver.officer, home)
    assert clocks() == [("address", "stopped")]


def test_a_home_where_somebody_was_seen_who_never_was_is_looked_at_again(
    driver: Driver, referral: Json
) -> None:
    home = verified(driver, "addresses", "mothers-home", "mother")
    other = verified(driver, "addresses", "before-custody", person_seen=True)
    in_error(driver.officer, around(driver.officer, "contacts")["mother"])
    assert ended(driver.officer, home) == "seen_in_error"
    assert ended(driver.officer, other) is None


def test_the_practitioner_owes_a_look_and_then_the_manager_hears(driver: Driver, referral: Json) -> None:
    home = verified(driver, "addresses", "mothers-home", "mother")
    said(change(driver.officer, home, because="correction", postcode="LS11 5QY"))
    driver.clock.move(timedelta(days=15))
    sweep(driver.clock.at)
    steps = [
        (one["step"], one["subject"]["href"])
        for one in said(driver.officer.get("/v1/escalations", limit=500))["items"]
        if one["timer"] == "verification"
    ]
    assert steps[:2] == [("practitioner", home["href"]), ("spo", home["href"])]


def test_a_home_that_nobody_has_left_after_all_is_looked_at_again(driver: Driver, referral: Json) -> None:
    old = verified(driver, "addresses", "mothers-home", "mother")
    said(change(driver.officer, old, because="correction", postcode="LS11 5QY"))
    wrong = said(change(driver.officer, old, because="moved", lines=["3 Canal Street"], postcode="LS1 1AA"))
    assert sorted(clocks()) == [("address", "running"), ("address", "stopped")]
    in_error(driver.officer, wrong)
    assert around(driver.officer, "addresses")["mothers-home"]["id"] == old["id"]
    with_clock = "SELECT subject_id FROM clock WHERE timer = 'verification' AND state = 'running'"
    assert [str(row["subject_id"]) for row in as_owner(with_clock)] == [old["id"]]


def report(driver: Driver, kind: str, caller: Caller | None = None) -> None:
    given = {"kind": kind, "occurred_on": "2026-03-02", "source": "practitioner", "standing": "established"}
    said((caller or driver.officer).post(path("changes-of-circumstance"), json=given), 201)


def test_nobody_looks_again_for_somebody_who_has_died_unless_they_have_not(
    driver: Driver, referral: Json
) -> None:
    home = verified(driver, "addresses", "mothers-home", "mother")
    other = verified(driver, "addresses", "before-custody", person_seen=True)
    said(change(driver.officer, home, because="correction", postcode="LS11 5QY"))
    report(driver, "died")
    said(change(driver.officer, other, because="correction", postcode="LS11 5QX"))
    assert clocks() == [("address", "stopped")], "nobody is asked about the dead"
    report(driver, "death_in_error", driver.pdu_head)
    running = as_owner("SELECT subject_id FROM clock WHERE timer = 'verification' AND state = 'running'")
    assert {str(row["subject_id"]) for row in running} == {home["id"], other["id"]}


def test_whether_two_are_one_is_asked_again_after_a_death_in_error(driver: Driver, referral: Json) -> None:
    document = driver.document(referral)
    contacts = document["household"]["contacts"]
    mother = next(one for one in contacts if one["ref"] == "mother")
    contacts.append({**mother, "ref": "twin"})
    driver.amend(referral, document)
    states = "SELECT state FROM clock WHERE timer = 'same' ORDER BY cycle"
    assert [row["state"] for row in as_owner(states)] == ["running"]
    report(driver, "died")
    assert [row["state"] for row in as_owner(states)] == ["stopped"]
    report(driver, "death_in_error", driver.pdu_head)
    assert [row["state"] for row in as_owner(states)] == ["stopped", "running"]


# Sight.


def test_who_does_not_see_the_household_hears_of_no_verification(driver: Driver, referral: Json) -> None:
    home = verified(driver, "addresses", "mothers-home", "mother")
    in_error(driver.officer, around(driver.officer, "contacts")["mother"])
    partly = driver.cast.stranger.as_practitioner()
    give_sight(driver.cast.stranger, DARREN, "referrals")
    timeline = said(partly.get(f"/v1/referrals/{referral['id']}/timeline", limit=500))["items"]
    assert [one for one in timeline if "verif" in one["event"]] == []
    assert home["id"] not in {one["subject"]["id"] for one in timeline}


def test_who_was_seen_is_for_who_sees_the_protected(driver: Driver, referral: Json) -> None:
    home = verified(driver, "addresses", "mothers-home", "ex-partner", others_seen=1)
    partly = driver.cast.stranger.as_practitioner()
    give_sight(driver.cast.stranger, DARREN, "household")
    shown = said(partly.get(home["href"]))
    assert (shown["verified"], shown["verification"]) == (True, {**home["verification"], **UNSEEN})
    ex = around(driver.officer, "contacts")["ex-partner"]
    assert ex["id"] in home["verification"]["seen"]
    assert ex["id"] not in partly.get(path("addresses")).text.replace(f'"contact_id":"{ex["id"]}"', "")
