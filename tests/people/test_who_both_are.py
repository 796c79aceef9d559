"""Who somebody is, as agencies are asked and told of it under either of two CRNs of theirs."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.two_records import FIRST, NOMS, PNC, SECOND, begun, colleague, merge, part, second
from tests.rows import person_at, person_id

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
KNOWN = {
    "given_name": "Darren",
    "family_name": "Ellershaw",
    "date_of_birth": "1988-11-04",
    "sex": "male",
    "pnc_number": PNC,
}
POORER = {**KNOWN, "given_name": "Darryl", "date_of_birth": None, "sex": None}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """Of the person whom a.khan refers under another CRN, less is known, and another name."""
    story = begun(cast, the_clock)
    document = second(noms_number=NOMS, pnc_number=PNC)
    document["person"]["name"]["given"] = "Darryl"
    ok(colleague(story).post("/v1/referrals", json=document), 201)
    return story


def asked(story: Story, crn: str) -> list[Json]:
    """Return who the forces are asked about under a CRN."""
    about = str(person_id(crn))
    listed = ok(story.cast.police.get("/v1/check-requests", limit=100))["items"]
    documents = [ok(story.cast.police.get(one["href"]))["document"] for one in listed]
    return [
        {name: one["person"][name] for name in KNOWN}
        for one in documents
        if one and one["person"]["id"] == about
    ]


def told(story: Story, crn: str) -> list[Json]:
    """Return who the current versions of the referrals under a CRN are about."""
    referrals = [one for one in ok(story.spo.get("/v1/referrals", limit=100))["items"] if one["crn"] == crn]
    found = []
    for one in referrals:
        referral = ok(story.spo.get(one["href"]))
        said = ok(story.spo.get(f"{one['href']}/versions/{referral['current_version']}"))["document"][
            "person"
        ]
        found.append(
            {
                "given_name": said["name"]["given"],
                "family_name": said["name"]["family"],
                **{name: said.get(name) for name in ("date_of_birth", "sex", "pnc_number")},
            }
        )
    return found


def both_told(story: Story, crn: str) -> list[Any]:
    return [*asked(story, crn), *told(story, crn)]


def rename(story: Story, crn: str, given: str) -> None:
    seen = story.practitioner.get(person_at(crn))
    body = {"name": {"given": given, "family": "Ellershaw"}}
    answer = story.practitioner.patch(
        person_at(crn), json=body, if_match=seen.headers["ETag"], headers=MERGE_PATCH
    )
    ok(answer)


def test_the_poorer_of_two_records_is_asked_about_and_told_as_the_one_that_stands(story: Story) -> None:
    assert both_told(story, SECOND) == [POORER, POORER]
    merge(story)
    assert both_told(story, SECOND) == [KNOWN, KNOWN]
    rename(story, FIRST, "Darran")
    now = {**KNOWN, "given_name": "Darran"}
    assert both_told(story, FIRST) == [now, now]
    assert both_told(story, SECOND) == [now, now]
    part(story)
    assert both_told(story, SECOND) == [POORER, POORER]


def test_what_the_record_that_stands_does_not_say_is_told_as_the_merged_one_says(story: Story) -> None:
    merge(story, keep=SECOND)
    assert both_told(story, FIRST) == [{**KNOWN, "given_name": "Darryl"}] * 2
    assert [one["date_of_birth"] for one in both_told(story, SECOND)] == [None, None]


def test_an_amendment_under_the_alias_is_told_as_the_record_says_and_lists_it(story: Story) -> None:
    merge(story)
    (referral,) = (
        one for one in ok(story.spo.get("/v1/referrals", limit=100))["items"] if one["crn"] == SECOND
    )
    versions = f"{referral['href']}/versions"
    document = ok(story.practitioner.get(f"{versions}/{story.referral(referral['id'])['current_version']}"))[
        "document"
    ]
    document["person"] |= {"crn": SECOND, "name": {"given": "Darrel", "family": "Ellershaw"}}
    seen = story.practitioner.get(referral["href"])
    answer = ok(story.practitioner.post(versions, json=document, if_match=seen.headers["ETag"]))
    assert "/person/name/given" in [one["pointer"] for one in answer["kept"]]
    assert both_told(story, SECOND) == [KNOWN, KNOWN]
