"""What was said under one of two CRNs while they were one person's, once they are two people's again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.people.two_records import (
    FIRST,
    NOMS,
    PNC,
    SECOND,
    begun,
    both,
    colleague,
    decide,
    merge,
    part,
    second,
)
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
HIS_NUMBERS = {"noms_number": "A0755DC", "pnc_number": "2009/0320755Q"}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """p.shah and a.khan each have a case of one person, and a manager has merged the two."""
    story = begun(cast, the_clock)
    both(story)
    merge(story)
    return story


def read(story: Story, crn: str, sort: str = "") -> Any:
    answer = ok(story.spo.get(f"{person_at(crn)}{sort}"))
    return answer["items"] if sort else answer


def proposed(story: Story) -> dict[str, Json]:
    return {one["path"]: one for one in read(story, FIRST, "/proposals")}


def answer(story: Story, *, taken: bool) -> None:
    """Decide everything that is proposed to the practitioner of the first record."""
    proposals = f"{person_at(FIRST)}/proposals"
    for one in proposed(story).values():
        ok(
            story.practitioner.post(
                f"{proposals}/{one['id']}/decision",
                json={"taken": taken, "reason": "Asked him."},
                if_match=None,
            ),
            201,
        )


def change(caller: Caller, crn: str, given_name: str, given: Json) -> None:
    (entry,) = (
        one
        for one in ok(caller.get(f"{person_at(crn)}/contacts"))["items"]
        if one["given_name"] == given_name
    )
    path = f"{person_at(crn)}/contacts/{entry['id']}"
    ok(caller.patch(path, json=given, if_match=caller.get(path).headers["ETag"], headers=MERGE_PATCH))


def names(story: Story, crn: str) -> set[str]:
    return {one["given_name"] for one in read(story, crn, "/contacts") if not one["entered_in_error"]}


def asked_about(story: Story, crn: str) -> set[str]:
    """Return whom the force is asked about with the person of a CRN."""
    person = read(story, crn)
    listed = ok(story.cast.police.get("/v1/check-requests", limit=100))["items"]
    asked = [ok(story.cast.police.get(one["href"]))["document"] for one in listed]
    return {
        contact["given_name"]
        for one in asked
        if one and one["person"]["id"] == person["id"]
        for contact in one["contacts"]
    }


def clocks(timer: str) -> list[str]:
    running = as_owner(
        "SELECT p.crn FROM clock c JOIN person p ON p.id = c.person_id"
        f" WHERE c.timer = '{timer}' AND c.state <> 'stopped' ORDER BY 1"
    )
    return [row["crn"] for row in running]


def levels(story: Story, crn: str) -> dict[str, str]:
    return {one["group_at_risk"]: one["level"] for one in read(story, crn, "/rosh")}


def test_a_risk_that_is_said_under_the_alias_stays_with_whose_crn_it_is(story: Story) -> None:
    document = second("SEC-7", noms_number=NOMS, pnc_number=PNC)
    document["risk"] = {"rosh": {"children": {"level": "very_high"}}}
    referral = ok(colleague(story).post("/v1/referrals", json=document), 201)
    assert levels(story, FIRST).get("children") != "very_high"
    assert "/rosh/children" in proposed(story)
    assert clocks("danger") == [FIRST], "who answers for both hears of it at once"
    part(story)
    assert levels(story, FIRST).get("children") != "very_high"
    assert levels(story, SECOND)["children"] == "very_high"
    assert ok(story.spo.get(referral["href"]))["person"]["href"] == person_at(SECOND)


@pytest.mark.parametrize("crn", [FIRST, SECOND])
def test_a_risk_in_an_amendment_of_the_aliass_referral_is_a_proposal(story: Story, crn: str) -> None:
    (referral,) = (one for one in ok(story.spo.get("/v1/referrals"))["items"] if one["crn"] == SECOND)
    document = second(noms_number=NOMS, pnc_number=PNC)
    document["person"]["crn"] = crn
    document["risk"] = {"rosh": {"children": {"level": "very_high"}}}
    seen = story.practitioner.get(referral["href"])
    versions = f"{referral['href']}/versions"
    ok(story.practitioner.post(versions, json=document, if_match=seen.headers["ETag"]))
    assert levels(story, FIRST).get("children") != "very_high"
    assert levels(story, SECOND)["children"] == "very_high"
    assert "/rosh/children" in proposed(story)


def test_under_the_alias_nobody_is_judged_lower_than_on_the_record_that_stands(story: Story) -> None:
    before = levels(story, FIRST)
    assert before["public"] == "high"
    document = second("SEC-8", noms_number=NOMS, pnc_number=PNC)
    document["risk"] = {"rosh": {"public": {"level": "low"}, "overall": "low"}}
    refused = ok(colleague(story).post("/v1/referrals", json=document), 422)
    assert {fault["pointer"] for fault in refused["errors"]} == {
        "/risk/rosh/public/level",
        "/risk/rosh/overall",
    }
    document["risk"] = {"rosh": {group: {"level": level} for group, level in before.items()}}
    ok(colleague(story).post("/v1/referrals", json=document), 201)
    assert levels(story, FIRST) == before


def test_what_was_judged_under_the_alias_before_may_be_said_again(cast: Cast, the_clock: TheClock) -> None:
    story = begun(cast, the_clock)
    document = second(noms_number=NOMS, pnc_number=PNC)
    document["risk"] = {"rosh": {"public": {"level": "low"}, "overall": "low"}}
    referral = ok(colleague(story).post("/v1/referrals", json=document), 201)
    merge(story)
    document["urgency_reason"] = "The hostel has closed."
    seen = colleague(story).get(referral["href"])
    ok(colleague(story).post(f"{referral['href']}/versions", json=document, if_match=seen.headers["ETag"]))


def test_a_version_that_says_the_alias_names_the_person_whose_referral_it_is(story: Story) -> None:
    (first,) = (one for one in ok(story.practitioner.get("/v1/referrals"))["items"] if one["crn"] == FIRST)
    versions = f"{first['href']}/versions"

    def send(crn: str, reason: str) -> Any:
        document = darren_and_toby() | {"urgency": "urgent", "urgency_reason": reason}
        document["person"]["crn"] = crn
        seen = story.practitioner.get(first["href"])
        return story.practitioner.post(versions, json=document, if_match=seen.headers["ETag"])

    ok(send(SECOND, "Threats."))
    assert ok(story.practitioner.get(f"{versions}/2"))["document"]["person"]["crn"] == FIRST
    part(story)
    refused = ok(send(SECOND, "More threats."), 422)
    assert [fault["pointer"] for fault in refused["errors"]] == ["/person/crn"]
    ok(send(FIRST, "More threats."))


def test_whom_one_took_of_the_other_is_asked_about_no_more_until_it_is_decided_which_of_the_two(
    story: Story,
) -> None:
    answer(story, taken=True)
    assert "Leanne" in names(story, FIRST) & asked_about(story, FIRST)
    assert clocks("proposals") == []
    part(story)
    assert "Leanne" not in names(story, FIRST) | asked_about(story, FIRST)
    assert "Leanne" in names(story, SECOND) & asked_about(story, SECOND)
    assert {path.split("/")[1] for path in proposed(story)} == {"contacts", "addresses"}
    assert clocks("proposals") == [FIRST]


@pytest.mark.parametrize("taken_too", [True, False])
def test_whom_it_took_is_asked_about_anew_also_where_more_was_said_of_her_since(
    story: Story, taken_too: bool
) -> None:
    answer(story, taken=True)
    change(colleague(story), SECOND, "Leanne", {"phone": "07700 900123"})
    answer(story, taken=taken_too)
    assert "Leanne" in names(story, FIRST) & asked_about(story, FIRST)
    part(story)
    assert "Leanne" not in names(story, FIRST) | asked_about(story, FIRST)
    (hers,) = (one for path, one in proposed(story).items() if path.startswith("/contacts"))
    assert hers["value"]["given_name"] == "Leanne"
    assert (hers["raises_danger"], clocks("proposals")) == (True, [FIRST])


def test_whom_it_took_stays_asked_about_until_it_is_decided_and_is_not_asked_about_again(
    story: Story,
) -> None:
    answer(story, taken=True)
    part(story)
    change(colleague(story), SECOND, "Leanne", {"phone": "07700 900123"})
    assert "contacts" in {path.split("/")[1] for path in proposed(story)}
    answer(story, taken=False)
    change(colleague(story), SECOND, "Leanne", {"phone": "07700 900124"})
    assert proposed(story) == {}, "what is said of another man's partner is not told"


def test_her_home_after_a_move_that_was_recorded_meanwhile_stays_and_what_was_taken_is_asked(
    story: Story,
) -> None:
    answer(story, taken=True)
    homes = f"{person_at(FIRST)}/addresses"
    (hers,) = (one for one in read(story, FIRST, "/addresses") if one["lines"] == ["9 Skinner Lane", "Leeds"])
    for lines in (["1 New Road", "Leeds"], ["2 New Road", "Leeds"]):
        moved = {"because": "moved", "lines": lines, "postcode": "LS6 2AA"}
        seen = story.practitioner.get(f"{homes}/{hers['id']}").headers["ETag"]
        hers = ok(
            story.practitioner.patch(f"{homes}/{hers['id']}", json=moved, if_match=seen, headers=MERGE_PATCH)
        )
    part(story)
    shown = {
        one["lines"][0]: (one["kind"], one.get("to_date"), one["entered_in_error"])
        for one in read(story, FIRST, "/addresses")
        if one["lines"]
    }
    assert [bool(shown[road][2]) for road in ("1 New Road", "2 New Road", "9 Skinner Lane")] == [
        False,
        False,
        True,
    ]
    assert shown["2 New Road"][1] is None
    assert [one["value"]["lines"] for path, one in proposed(story).items() if "addresses" in path] == [
        ["9 Skinner Lane", "Leeds"]
    ]
    answer(story, taken=True)
    homes_now = [one for one in read(story, FIRST, "/addresses") if not one["entered_in_error"]]
    assert {"9 Skinner Lane", "1 New Road", "2 New Road"} <= {
        one["lines"][0] for one in homes_now if one["lines"]
    }


@pytest.mark.parametrize("taken", [True, False])
def test_whom_one_took_of_another_region_under_the_alias_is_taken_back_and_decided_once(
    story: Story, taken: bool
) -> None:
    document = second("OTHER-1")
    (partner,) = document["household"]["contacts"]
    partner |= {"given_name": "Jolene", "family_name": "Parton", "date_of_birth": "1990-01-02"}
    document["addresses"][0] |= {"lines": ["4 Dock Street", "Leeds"], "postcode": "LS1 1AB"}
    ok(story.cast.stranger.as_practitioner("x.other").post("/v1/referrals", json=document), 201)
    answer(story, taken=True)
    assert {"Leanne", "Jolene"} <= names(story, FIRST) & asked_about(story, FIRST)
    part(story)
    assert {"Leanne", "Jolene"}.isdisjoint(names(story, FIRST) | asked_about(story, FIRST))
    asked = [one["value"]["given_name"] for path, one in proposed(story).items() if "contacts" in path]
    assert sorted(asked) == ["Jolene", "Leanne"]
    answer(story, taken=taken)
    assert ("Jolene" in names(story, FIRST) & asked_about(story, FIRST)) is taken
    assert proposed(story) == {}


@pytest.mark.parametrize("taken", [True, False])
def test_whose_partner_she_is_is_decided_once(story: Story, taken: bool) -> None:
    answer(story, taken=True)
    part(story)
    answer(story, taken=taken)
    assert ("Leanne" in names(story, FIRST)) is taken
    assert ("Leanne" in asked_about(story, FIRST)) is taken
    assert (proposed(story), clocks("proposals"), clocks("danger")) == ({}, [], [])


def who(story: Story) -> tuple[str, str | None, list[str]]:
    shown = read(story, FIRST)
    return shown["name"]["given"], shown["noms_number"], shown["name"]["aliases"]


def said_of_the_other(story: Story) -> None:
    """Say under the alias that the person has another name, number and alias, and decide that it is so."""
    document = second("SEC-9", **{**HIS_NUMBERS, "pnc_number": PNC})
    document["person"]["name"] = {"given": "Toby", "family": "Ellershaw", "aliases": ["Tobes"]}
    ok(colleague(story).post("/v1/referrals", json=document), 201)
    answer(story, taken=True)
    name, number, aliases = who(story)
    assert (name, number, "Tobes" in aliases) == ("Toby", HIS_NUMBERS["noms_number"], True)


@pytest.mark.parametrize("taken", [True, False])
def test_who_one_was_by_what_it_took_of_the_other_is_given_back_and_decided_once(
    story: Story, taken: bool
) -> None:
    before = who(story)
    said_of_the_other(story)
    part(story)
    assert who(story) == before
    asked = {path for path in proposed(story) if path.startswith("/person")}
    assert asked == {"/person/given_name", "/person/noms_number", "/person/aliases"}
    assert clocks("proposals") == [FIRST]
    answer(story, taken=taken)
    assert (who(story)[0] == "Toby") is taken
    assert (proposed(story), clocks("proposals")) == ({}, [])


def test_who_the_record_itself_says_that_one_is_since_stays(story: Story) -> None:
    said_of_the_other(story)
    seen = story.practitioner.get(person_at(FIRST))
    body = {"name": {"given": "Tobias", "family": "Ellershaw"}}
    ok(
        story.practitioner.patch(
            person_at(FIRST), json=body, if_match=seen.headers["ETag"], headers=MERGE_PATCH
        )
    )
    document = darren_and_toby("FIR-9")
    document["person"]["noms_number"] = HIS_NUMBERS["noms_number"]
    ok(story.practitioner.post("/v1/referrals", json=document), 201)
    part(story)
    assert who(story)[:2] == ("Tobias", HIS_NUMBERS["noms_number"])


def rename(story: Story, crn: str, **name: Any) -> None:
    """Have the practitioner say of a record that the person goes by another name."""
    seen = story.practitioner.get(person_at(crn))
    said = {"name": {"given": "Darren", "family": "Ellershaw"} | name}
    tag = seen.headers["ETag"]
    ok(story.practitioner.patch(person_at(crn), json=said, if_match=tag, headers=MERGE_PATCH))


def test_who_one_was_before_the_first_of_two_that_were_taken_is_given_back(story: Story) -> None:
    before = who(story)
    for given, alias in (("Darryl", "Daz"), ("Darrell", "Dez")):
        story.clock.move(timedelta(hours=1))
        rename(story, SECOND, given=given, aliases=["Daz", alias])
        answer(story, taken=True)
    assert who(story)[0] == "Darrell"
    part(story)
    assert who(story) == before


def test_of_what_was_never_taken_nothing_is_told_of_another_person(story: Story) -> None:
    answer(story, taken=False)
    part(story)
    assert proposed(story) == {}


def test_two_other_numbers_under_the_alias_are_advice_that_they_may_be_two_people(story: Story) -> None:
    document = second("SEC-9", **HIS_NUMBERS)
    document["person"]["name"] = {"given": "Toby", "family": "Marchbanks"}
    expected = ("other_numbers", "/person", person_at(FIRST))
    for path, status in (("/v1/referrals/preview", 200), ("/v1/referrals", 201)):
        said = ok(story.practitioner.post(path, json=document), status)
        assert expected in {(one["code"], one["pointer"], one.get("href")) for one in said["advice"]}
    first = read(story, FIRST)
    assert (first["name"]["given"], first["noms_number"]) == ("Darren", NOMS)
    part(story)
    shown = read(story, SECOND)
    assert (shown["name"]["given"], shown["noms_number"]) == ("Toby", HIS_NUMBERS["noms_number"])
    assert read(story, FIRST)["name"] == first["name"]


def test_one_other_number_is_no_advice(story: Story) -> None:
    document = second("SEC-9", noms_number=HIS_NUMBERS["noms_number"], pnc_number=PNC)
    said = ok(story.practitioner.post("/v1/referrals", json=document), 201)
    assert said["advice"] == []


def test_two_who_are_one_again_are_not_asked_about_twice(story: Story) -> None:
    answer(story, taken=True)
    part(story)
    answer(story, taken=False)
    ok(decide(story.spo, same=True, keep=FIRST))
    assert [path for path in proposed(story) if path.startswith("/contacts")] == []
