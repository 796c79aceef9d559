"""Somebody around the person is another of the name: that one is asked about no more, and the others are."""

from typing import Any

import pytest

from tests.journeys.driver import Story, ok
from tests.referrals.samples import toby
from tests.rows import person_at

pytestmark = pytest.mark.long

Json = dict[str, Any]
CRN = "X320744"
IMELDA = {
    "ref": "partner",
    "relationship": "partner",
    "given_name": "Imelda",
    "family_name": "Vance",
    "date_of_birth": "1990-01-01",
    "details_status": "provided",
}


def asked_about(story: Story) -> list[tuple[str, str]]:
    """What the force is asked about now: the people by name, and the places."""
    (open_now,) = story.inbox(story.cast.police)
    question = ok(story.cast.police.get(open_now["href"]))
    return [(one["kind"], one["id"]) for one in question["subjects"]]


@pytest.fixture
def question(story: Story) -> Json:
    """The force is asked about Toby, both places, and his partner."""
    document = toby()
    document["household"] = {"children": "no", "contacts": [IMELDA]}
    document["addresses"] = [
        {name: value for name, value in one.items() if name != "contact_ref"}
        for one in document["addresses"]
        if one["police_force"] == "west-yorkshire"
    ]
    story.submit(document)
    (asked,) = story.inbox(story.cast.police)
    return asked


def test_who_is_another_of_the_name_is_asked_about_no_more_and_the_rest_is(
    story: Story, question: Json
) -> None:
    her = story.contact(CRN, "partner")
    before = asked_about(story)
    assert ("contact", her["id"]) in before
    reason = "She is another of the name."
    stopped = story.move_request(
        story.practitioner, question["id"], "stop_wrong_person", reason=reason, about=[her["id"]]
    )
    assert stopped["state"] == "cancelled"
    rest = [one for one in before if one != ("contact", her["id"])]
    assert sorted(asked_about(story)) == sorted(rest)
    at = f"{person_at(CRN)}/contacts/{her['id']}/entered-in-error"
    tag = story.contact(CRN, "partner")["etag"]
    ok(story.practitioner.post(at, json={"reason": reason}, if_match=tag))
    assert sorted(asked_about(story)) == sorted(rest)


def test_who_is_the_right_one_after_all_joins_the_question_about_the_others(
    story: Story, question: Json
) -> None:
    her, before = story.contact(CRN, "partner"), asked_about(story)
    story.move_request(
        story.practitioner, question["id"], "stop_wrong_person", reason="Another.", about=[her["id"]]
    )
    ok(story.decide_telling(question["id"], agreed=False))
    assert sorted(asked_about(story)) == sorted(before)


def test_a_question_about_another_in_place_of_the_person_ends_whole(story: Story, question: Json) -> None:
    story.move_request(story.practitioner, question["id"], "stop_wrong_person", reason="Another Toby.")
    assert story.inbox(story.cast.police) == []


def test_only_who_is_asked_about_is_the_wrong_one(story: Story, question: Json) -> None:
    at = f"/v1/check-requests/{question['id']}"
    body = {"action": "stop_wrong_person", "reason": "Another.", "about": [question["id"]]}
    tag = story.practitioner.get(at).headers["ETag"]
    refused = story.practitioner.post(f"{at}/transitions", json=body, if_match=tag)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/about/0"]
