"""What is late on a side record beside a limited case of the same region reaches a manager, who can act."""

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A limited case of p.shah's."""
    story = Story(cast, the_clock)
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    story.submit(document)
    return story


def colleague(story: Story) -> Caller:
    return story.cast.probation.as_practitioner("n.other")


def submitted(story: Story) -> Json:
    """Let a colleague who is not named submit, with a child of whom too little is known to ask."""
    document = darren_and_toby("ELSE-1")
    for one in document["household"]["contacts"]:
        if one["relationship"] == "child":
            one.pop("date_of_birth", None)
            one["details_status"] = "not_asked"
    referral = ok(colleague(story).post("/v1/referrals", json=document), 201)
    assert referral["held_elsewhere"] is True
    return referral


def told_of(person_id: str) -> set[tuple[str | None, str | None]]:
    rows = as_owner(
        "SELECT n.role, n.holder FROM notice_item n JOIN clock c ON c.id = n.clock_id"
        f" WHERE n.side = 'probation' AND c.person_id = '{person_id}'"
    )
    return {(row["role"], row["holder"]) for row in rows}


def test_a_manager_whom_it_reaches_is_named_on_it_and_can_act(story: Story) -> None:
    side = submitted(story)["person"]["id"]
    assert story.pdu_head.get(f"/v1/people/{side}").status_code == 404
    story.wait(days=14)
    reached = told_of(side)
    assert ("practitioner", "n.other") in reached
    assert ("spo", "s.okafor") in reached
    assert not {one for one in reached if one[0] == "operator"}
    record = f"/v1/people/{side}"
    assert ok(story.spo.get(record))["id"] == side
    assert story.cast.probation.as_practitioner("q.brown", "spo").get(record).status_code == 404
    late = ok(story.spo.get("/v1/escalations", limit=500))["items"]
    own = [one for one in late if story.spo.get(one["subject"]["href"] or record).status_code == 200]
    assert own == late
    son = next(
        one
        for one in ok(story.spo.get(f"{record}/contacts"))["items"]
        if one["relationship"] == "child" and one["details_status"] != "provided"
    )
    supplied = {"given_name": "Alfie", "family_name": "Ellershaw", "date_of_birth": "2017-05-30"}
    ok(story.spo.patch(son["href"], json=supplied, if_match=son["etag"]))
    named = as_owner(f"SELECT because FROM restriction WHERE person_id = '{side}' AND NOT excluded")
    assert {row["because"] for row in named} == {"escalated"}


def test_whoever_must_not_know_of_the_person_is_not_named_on_it_either(story: Story) -> None:
    excluded = {"practitioner": "s.okafor", "reason": "A relative."}
    director = story.cast.probation.as_practitioner("d.dale", "regional_director")
    named = {"practitioner": "d.dale", "reason": "She decides."}
    ok(story.practitioner.post(f"{person_at(CRN)}/named-staff", json=named))
    ok(director.post(f"{person_at(CRN)}/exclusions", json=excluded))
    side = submitted(story)["person"]["id"]
    story.wait(days=14)
    reached = told_of(side)
    assert ("spo", "s.okafor") not in reached
    assert ("pdu_head", "h.grant") in reached
    assert story.spo.get(f"/v1/people/{side}").status_code == 404
    assert ok(story.pdu_head.get(f"/v1/people/{side}"))["id"] == side
