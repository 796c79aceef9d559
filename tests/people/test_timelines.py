"""Timelines of a referral, a person and a check: sentences with names, as far as the reader may know them."""

import re
from typing import Any, Final

import pytest

from benchmarks.statements import watched
from service.access.actor import ADMINISTRATION_ROLES, OFFICER_ROLES, OVERSIGHT_ROLES, PRACTITIONER_ROLES
from service.cases.timelines import CHECKS, SUBJECTS, TITLES
from service.checks.kinds import KINDS
from service.events.catalogue import CATALOGUE
from service.events.sentences import SENTENCES
from service.people.sight import SECTIONS
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import CRN, as_owner, give_sight
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

NO_WORDS: Final = re.compile(r"_|\{|[0-9a-f]{8}-[0-9a-f]{4}-|None")


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)


@pytest.fixture
def referral(story: Story) -> str:
    referral: str = story.submit(darren_and_toby())["id"]
    story.report_change(CRN, "arrest")
    return referral


def theirs(story: Story) -> Caller:
    return story.cast.stranger.as_practitioner("t.jones", "practitioner")


def told(caller: Caller, path: str, **query: Any) -> list[str]:
    items: list[Json] = ok(caller.get(path, **{"limit": 500, **query}))["items"]
    return [one["text"] for one in items]


def test_every_role_subject_and_check_has_its_words() -> None:
    roles = {*PRACTITIONER_ROLES, *OFFICER_ROLES, *OVERSIGHT_ROLES, *ADMINISTRATION_ROLES}
    assert TITLES.keys() >= roles
    assert CHECKS.keys() == KINDS.keys()
    assert SUBJECTS.keys() == {kind for name in SENTENCES for kind in CATALOGUE[name].subjects}


def test_a_referral_and_a_person_are_told_in_sentences_with_names(story: Story, referral: str) -> None:
    of_referral = told(story.practitioner, f"/v1/referrals/{referral}/timeline")
    of_person = told(story.practitioner, f"{person_at(CRN)}/timeline")
    assert of_referral == of_person
    assert "The referral was sent to Elm House." in of_referral
    assert "West Yorkshire Police was asked for the domestic abuse check about a former partner." in of_person
    assert [line for line in of_referral if NO_WORDS.search(line)] == []
    assert [line for line in of_referral if not re.fullmatch(r"[A-Z].*\.", line)] == []


def test_whoever_caused_something_goes_by_their_name_in_the_register(story: Story, referral: str) -> None:
    items = ok(story.practitioner.get(f"/v1/referrals/{referral}/timeline"))["items"]
    (submitted,) = [one for one in items if one["event"] == "referral.submitted"]
    name = "P" + submitted["by"]["name"].removeprefix("p")
    assert submitted["text"] == f"{name} (probation practitioner) submitted a referral of Darren Ellershaw."
    assert submitted["subject"]["href"] == f"/v1/referrals/{referral}"


def test_an_answer_is_told_with_what_was_found(story: Story, referral: str) -> None:
    check = story.checks(referral, "police_da")[0]
    request = ok(story.cast.police.get("/v1/check-requests"))["items"][0]
    story.answer(story.cast.police, request["id"], NOTHING_KNOWN, nothing_found=True)
    lines = told(story.practitioner, f"/v1/checks/{check['id']}/timeline")
    found = "West Yorkshire Police answered the domestic abuse check about a former partner: nothing found."
    assert found in lines
    assert lines[0] == "The domestic abuse check was raised."
    assert all("check" in line or "West Yorkshire Police" in line for line in lines)


def test_protected_contacts_are_named_in_no_sentence(story: Story, referral: str) -> None:
    protected = [
        one["given_name"]
        for one in ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
        if one["protected"] and one["given_name"]
    ]
    assert protected
    lines = told(story.practitioner, f"/v1/referrals/{referral}/timeline")
    assert not [line for line in lines for name in protected if name in line]


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_a_region_that_sees_one_section_reads_that_section_and_no_names_beyond(
    story: Story, referral: str, section: str
) -> None:
    give_sight(story.cast.stranger, CRN, section)
    lines = told(theirs(story), f"{person_at(CRN)}/timeline")
    assert ("The referral was sent to Elm House." in lines) == (section == "referrals")
    assert any("domestic abuse check" in line for line in lines) == (section == "checks")
    assert any("risk of serious harm" in line for line in lines) == (section == "risk")
    of_household = [line for line in lines if "Patricia" in line or "Brackenridge" in line]
    assert bool(of_household) == (section == "household")


def test_timelines_are_not_found_by_who_may_not_know_the_person(story: Story, referral: str) -> None:
    check = story.checks(referral, "police_da")[0]
    for path in (f"/v1/referrals/{referral}", person_at(CRN), f"/v1/checks/{check['id']}"):
        assert theirs(story).get(f"{path}/timeline").status_code == 404


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_a_timeline_is_read_page_by_page(story: Story, referral: str, order: str) -> None:
    path = f"{person_at(CRN)}/timeline"
    whole = told(story.practitioner, path, order=order)
    read: list[str] = []
    query: Json = {"limit": 7, "order": order}
    while True:
        page = ok(story.practitioner.get(path, **query))
        read += [one["text"] for one in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert read == whole
    assert len(read) > 14


def test_a_referral_says_what_it_waits_for(story: Story, referral: str) -> None:
    waiting = ok(story.practitioner.get(f"/v1/referrals/{referral}/timeline", limit=1))["waiting_for"]
    assert [one["due_at"] for one in waiting] == sorted(one["due_at"] for one in waiting)
    lines = [one["text"] for one in waiting]
    assert "The referral to Elm House: the destination must respond to the referral." in lines
    assert waiting[-1]["due_at"] == "2026-03-13T17:00:00Z"
    assert [line for line in lines if NO_WORDS.search(line)] == []


def test_that_a_timeline_was_read_is_on_the_record(story: Story, referral: str) -> None:
    told(story.practitioner, f"{person_at(CRN)}/timeline")
    read = as_owner("SELECT object_kind, person_id FROM audit_entry WHERE body LIKE '%timeline%'")
    assert [(one["object_kind"], one["person_id"] is not None) for one in read] == [("person", True)]


def test_a_timeline_costs_the_same_however_much_happened(story: Story, referral: str) -> None:
    path = f"/v1/referrals/{referral}/timeline"
    told(story.practitioner, path)
    with watched() as before:
        few = told(story.practitioner, path)
    for kind in ("arrest", "threat", "missed_appointments"):
        story.report_change(CRN, kind)
    with watched() as after:
        many = told(story.practitioner, path)
    assert len(many) > len(few)
    assert len(after) == len(before)
