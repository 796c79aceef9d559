"""What agencies are asked, and are asked no longer, as a case is corrected: what each side reads."""

from tests.journeys.driver import Json, Story, ok
from tests.journeys.test_who_they_are import (
    CHILDREN,
    JADE,
    KIRSTY,
    amend,
    decide,
    document,
    named,
)


def test_two_families_of_one_child_are_one_question_once_they_are_said_to_be_the_same(story: Story) -> None:
    home = document()["addresses"][0]["ref"]
    referral = story.submit(document(KIRSTY | {"lives_at": home}))
    amend(story, referral, JADE)
    asked = story.requests(referral["id"], CHILDREN)
    assert [one["state"] for one in asked] == ["requested", "requested"]
    ok(decide(story, named(story, "Jade"), same=True))
    asked = story.requests(referral["id"], CHILDREN)
    assert sorted(one["state"] for one in asked) == ["requested", "superseded"]
    (left,) = (one for one in asked if one["state"] == "requested")
    told: Json = ok(story.cast.council.get(f"/v1/check-requests/{left['id']}"))["document"]
    assert [one["given_name"] for one in told["contacts"]] == ["Jade"]
