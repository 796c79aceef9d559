"""What agencies have read is looked through when somebody becomes protected: a practitioner owes a review."""

import pytest

from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN = "X320741"
QUIST: Json = {
    "ref": "now-victim",
    "relationship": "victim",
    "given_name": "Ottoline",
    "family_name": "Quist",
    "details_status": "provided",
}


def asked_of_the_council(story: Story, **said: str) -> Json:
    """Have the council ask who minds the son, and answer; return its request."""
    story.submit(darren_and_toby("TOLD-1", crn=CRN))
    son = story.contact(CRN, "son")
    story.supply(CRN, son, given_name="Toby", family_name="March", date_of_birth="2019-03-08")
    (request,) = story.inbox(story.cast.council)
    story.move_request(story.cast.council, request["id"], "return_for_information", question="Who minds him?")
    story.move_request(story.practitioner, request["id"], "answer_information", **said)
    return request


def protect(story: Story, who: Json) -> None:
    story.report_change(CRN, "victim_report", contacts=[dict(who)])


def owed(story: Story) -> list[Json]:
    """Return the changes that say what an agency was told of somebody protected, each with its reviews."""
    found = ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance"))["items"]
    return [one for one in found if one["kind"] == "told_of_protected"]


def test_an_answer_about_somebody_who_is_protected_now_is_owed_a_review(story: Story) -> None:
    request = asked_of_the_council(story, answer="Ottoline Quist minds him on Mondays.")
    read = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))
    feed = len(story.feed(story.cast.council))
    protect(story, QUIST)
    (change,) = owed(story)
    number = len(read["messages"])
    assert change["details"] == f"/v1/check-requests/{request['id']}/messages/{number}: name"
    reviews = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]
    (review,) = (one for one in reviews if one["change_id"] == change["id"])
    assert (review["owner"], review["urgency"], review["state"]) == ("practitioner", "urgent", "open")
    assert ok(story.cast.council.get(f"/v1/check-requests/{request['id']}")) == read
    assert len(story.feed(story.cast.council)) == feed, "the council notices nothing"
    story.wait(days=6)
    late = ok(story.spo.get("/v1/escalations"))["items"]
    assert review["id"] in {one["subject"]["id"] for one in late}

    # What has been found is not found again because of somebody else.
    protect(story, QUIST | {"ref": "another", "given_name": "Ambrose", "family_name": "Vellacott"})
    assert len(owed(story)) == 1


def test_why_an_agency_was_asked_is_looked_through_too(story: Story) -> None:
    request = asked_of_the_council(story, answer="His aunt minds him.")
    words = "Ottoline Quist heard him shout at the boy."
    story.report_change(
        CRN, "contact_with_child", contact_ids=[story.contact(CRN, "son")["id"]], for_agencies=words
    )
    read = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))["document"]
    assert read["why"]["words"] == words
    assert owed(story) == []
    protect(story, QUIST)
    (change,) = owed(story)
    at = f"/v1/check-requests/{request['id']}/questions/{read['version']}/why/words"
    assert change["details"] == f"{at}: name"


def test_words_about_nobody_who_is_protected_are_owed_nothing(story: Story) -> None:
    asked_of_the_council(story, answer="His aunt minds him.")
    protect(story, QUIST)
    assert owed(story) == []
