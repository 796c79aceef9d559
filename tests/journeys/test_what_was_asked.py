"""What agencies are asked, and are asked no longer, as a case is corrected: what each side reads."""

from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.journeys.test_who_they_are import (
    CHILDREN,
    CRN,
    JADE,
    KIRSTY,
    PARTNER,
    POLICE,
    amend,
    decide,
    document,
    named,
)
from tests.people.factories import give_sight


def of_police(story: Story, request_id: str) -> Json:
    """Return what a force is asked now."""
    found: Json = ok(story.cast.police.get(f"/v1/check-requests/{request_id}"))["document"]
    return found


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


def test_a_second_referral_that_corrects_the_person_is_told_to_who_has_not_answered(story: Story) -> None:
    story.submit(document(KIRSTY))
    (request,) = story.inbox(story.cast.police)
    second = document(KIRSTY, reference="WHO-2")
    second["person"] |= {
        "name": {"given": "Tobias", "family": "Marchbanks"},
        "date_of_birth": "1985-05-05",
    }
    second["addresses"][0]["lines"] = ["77 Changed Street", "Leeds"]
    story.submit(second)
    told = of_police(story, request["id"])
    person = told["person"]
    assert (person["given_name"], person["date_of_birth"]) == ("Tobias", "1985-05-05")
    assert told["addresses"][0]["lines"] == ["77 Changed Street", "Leeds"]
    assert told["version"] > 1


def test_a_friend_who_becomes_a_partner_joins_the_open_question(story: Story) -> None:
    home = document()["addresses"][0]["ref"]
    partner = PARTNER | {"lives_at": home}
    referral = story.submit(document(KIRSTY, partner | {"relationship": "friend"}))
    (request,) = story.inbox(story.cast.police)
    assert of_police(story, request["id"])["contacts"] == []
    amend(story, referral, KIRSTY, partner)
    told = of_police(story, request["id"])
    assert [one["given_name"] for one in told["contacts"]] == [PARTNER["given_name"]]
    assert [one["kind"] for one in told["changed"]["added"]] == ["contact"]


def test_who_is_protected_by_now_is_named_to_no_reader_who_may_not_see_them(story: Story) -> None:
    partner = PARTNER | {"lives_at": document()["addresses"][0]["ref"]}
    referral = story.submit(document(KIRSTY, partner))
    (request,) = story.inbox(story.cast.police)
    story.answer(story.cast.police, request["id"], dict(NOTHING_KNOWN), nothing_found=True)
    amend(story, referral, KIRSTY, partner | {"relationship": "ex_partner"})
    (check, *_) = story.checks(referral["id"], POLICE)
    reader = story.cast.stranger.as_practitioner()
    give_sight(reader, CRN, "checks", "household")
    history = reader.get(f"/v1/checks/{check['id']}/history")
    assert history.status_code == 200, history.text
    assert partner["given_name"] not in history.text
    # Who answers for the case reads whom the force was asked about.
    assert partner["given_name"] in story.practitioner.get(f"/v1/checks/{check['id']}/history").text


def test_a_new_partner_at_the_home_of_a_child_has_whether_there_are_children_asked(story: Story) -> None:
    home = document()["addresses"][0]["ref"]
    child = {name: value for name, value in KIRSTY.items() if name != "local_authority"}
    referral = story.submit(document(child | {"lives_at": home}))
    story.report_change(CRN, "new_relationship", contacts=[PARTNER])
    waits = [one for one in story.requests(referral["id"], CHILDREN) if one["state"] == "awaiting_details"]
    assert [one["detail"] for request in waits for one in request["missing"]] == ["whether_children"]
