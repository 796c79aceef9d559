"""What stands in place of a name is no name to an agency; a child with a rare one waits for nobody."""

from typing import Any, Final

import pytest

from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

LEEDS: Final = "E08000035"
NO_NAMES: Final = (
    "Declined Declined|Withheld Withheld|Not disclosed Holdsworth|Toddler Holdsworth|Bump Smith|TBD TBD"
    "|unk unk|See OASys|Child 1 Holdsworth|null null|none none|Refused Refused|Son Son"
)


def child(name: str, **more: Any) -> Json:
    given, _, family = name.rpartition(" ")
    return {
        "ref": "child",
        "relationship": "child",
        "given_name": given,
        "family_name": family,
        "date_of_birth": "2018-05-01",
        "local_authority": LEEDS,
        "details_status": "provided",
    } | more


def case(*contacts: Json) -> Json:
    document = darren_and_toby()
    around = [one for one in document["household"]["contacts"] if one["relationship"] == "ex_partner"]
    document["household"]["contacts"] = [*around, *contacts]
    return document


def asked(story: Story, referral: Json) -> list[tuple[str, set[str]]]:
    found = story.requests(referral["id"], "childrens_safeguarding")
    return [(one["state"], {gap["detail"] for gap in one["missing"]}) for one in found]


def read_by_the_council(story: Story) -> list[Json]:
    listed = ok(story.cast.council.get("/v1/check-requests"))["items"]
    documents = [ok(story.cast.council.get(one["href"]))["document"] for one in listed]
    return [contact for document in documents for contact in document["contacts"]]


@pytest.mark.parametrize("name", NO_NAMES.split("|"))
def test_what_stands_in_place_of_a_name_is_missing(story: Story, name: str) -> None:
    referral = story.submit(case(child(name)))
    assert asked(story, referral) == [("awaiting_details", {"name"})]
    story.report_change("X320741", "threat", standing="alleged")
    (told,) = read_by_the_council(story)
    assert "child of Darren Ellershaw" in told["identified_by"]
    names = {told["given_name"], told["family_name"]}
    assert names <= {None, "Holdsworth", "Smith"}


@pytest.mark.parametrize(
    "name", ["Son Nguyen", "Said Ali", "Jess Child", "Son Holdsworth", "Lily Weeks", "Lily Mother"]
)
def test_a_name_in_doubt_is_asked_about_at_once_and_probation_is_asked_to_confirm_it(
    story: Story, name: str
) -> None:
    referral = story.submit(case(child(name)))
    assert asked(story, referral) == [("requested", set())]
    (told,) = read_by_the_council(story)
    assert f"{told['given_name']} {told['family_name']}" == name
    assert told["date_of_birth"] == "2018-05-01"
    assert "child of Darren Ellershaw" in told["identified_by"]
    (advice,) = [one for one in referral["advice"] if one["code"] == "name_in_doubt"]
    assert advice["pointer"].startswith("/household/contacts/1/")


def test_a_name_in_no_doubt_needs_nothing_beside_it(story: Story) -> None:
    referral = story.submit(case(child("Toby Holdsworth")))
    assert asked(story, referral) == [("requested", set())]
    (told,) = read_by_the_council(story)
    assert told["identified_by"] == []
    assert not [one for one in referral["advice"] if one["code"] == "name_in_doubt"]


def test_nobody_is_told_of_a_mother_who_is_called_refused(story: Story) -> None:
    mother = child("Refused Refused", ref="her", relationship="partner", date_of_birth="1995-02-01")
    unborn: Json = {
        "ref": "unborn",
        "relationship": "unborn_child",
        "due_date": "2026-08-01",
        "mother_ref": "her",
        "local_authority": LEEDS,
        "details_status": "not_asked",
    }
    story.submit(case(mother, unborn))
    story.report_change("X320741", "threat", standing="alleged")
    told = read_by_the_council(story)
    assert told
    assert "Refused" not in str(told)
