"""What an organisation has that may know less now is looked through: what is found is owed."""

from typing import Any, Final

import pytest

from service import clock
from service.registration.actions.waiting import look_through_for_less_knowledge, release_for_new_duties
from tests.cast import Caller, Cast
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.registration.calls import ROOT
from tests.rows import person_at

pytestmark = pytest.mark.long

PREMISES: Final = "organisations/approved_premises/elm-house"
COUNCIL: Final = "organisations/local_authority/E08000035"
CRN: Final = "X320741"
QUIST: Final[Json] = {
    "ref": "victim",
    "relationship": "victim",
    "given_name": "Ottoline",
    "family_name": "Quist",
    "details_status": "provided",
}


def may_know(registrar: Caller, organisation: str, **what: bool) -> None:
    tag = registrar.get(f"{ROOT}/{organisation}").headers["ETag"]
    ok(registrar.put(f"{ROOT}/{organisation}", json=what, if_match=tag))


def part_of_premises(story: Story, plan: str) -> Json:
    document: Any = darren_and_toby("LESS-1", crn=CRN)
    document["move_on"]["plan"] = plan
    premises = next(one for one in document["destinations"] if one["kind"] == "approved_premises")
    premises["annex"]["managed_by_mappa"] = True
    return story.part(story.submit(document)["id"], "approved_premises")


def owed(story: Story, part: Json) -> list[tuple[str, tuple[str, ...]]]:
    """Return the texts of a part that must be worded, each with what it gives away."""
    found = ok(story.practitioner.get(f"/v1/destination-referrals/{part['id']}"))
    return [(one["pointer"], tuple(one["gives_away"])) for one in found["missing"] if one.get("reword_for")]


@pytest.mark.parametrize(
    ("knowledge", "plan", "gives_away"),
    [
        ("may_know_of_mappa", "The MAPPA meeting decides where he goes.", "mappa"),
        ("may_know_of_victims", "Kirsty Holdsworth rang his officer.", "name"),
    ],
)
def test_a_text_that_premises_have_is_owed_a_wording_when_they_may_know_less(
    story: Story, registrar: Caller, knowledge: str, plan: str, gives_away: str
) -> None:
    may_know(registrar, PREMISES, may_know_of_mappa=True, may_know_of_victims=True)
    part = part_of_premises(story, plan)
    assert (part["state"], owed(story, part)) == ("sent", [])
    before = ok(story.cast.ap.get(f"/v1/destination-referrals/{part['id']}/document"))
    look_through_for_less_knowledge(clock.now())
    assert owed(story, part) == [], "it may know"

    may_know(registrar, PREMISES, **{knowledge: False})
    assert owed(story, part) == [], "the call itself reads nothing about anybody"
    look_through_for_less_knowledge(clock.now())
    assert ("/move_on/plan", (gives_away,)) in owed(story, part)
    assert (
        "wording"
        in ok(story.practitioner.get(f"/v1/referrals/{part['referral_id']}"))["overall"]["needs_attention"]
    )
    assert as_owner("SELECT id FROM knowledge_ended") == []
    assert ok(story.cast.ap.get(f"/v1/destination-referrals/{part['id']}/document")) == before
    told = [one["data"]["gives_away"] for one in story.told(story.practitioner, "wording.needed")]
    assert [gives_away in one for one in told] == [True]


def test_a_council_that_may_know_less_of_victims_is_owed_a_review(story: Story, registrar: Caller) -> None:
    may_know(registrar, COUNCIL, may_know_of_victims=True)
    story.submit(darren_and_toby("LESS-2", crn=CRN))
    son = story.contact(CRN, "son")
    story.supply(CRN, son, given_name="Toby", family_name="March", date_of_birth="2019-03-08")
    story.report_change(CRN, "victim_report", contacts=[dict(QUIST)])
    (request,) = story.inbox(story.cast.council)
    story.move_request(story.cast.council, request["id"], "return_for_information", question="Who minds him?")
    story.move_request(
        story.practitioner, request["id"], "answer_information", answer="Ottoline Quist minds him."
    )
    look_through_for_less_knowledge(clock.now())
    changes = f"{person_at(CRN)}/changes-of-circumstance"
    assert "told_of_protected" not in {one["kind"] for one in ok(story.practitioner.get(changes))["items"]}
    may_know(registrar, COUNCIL, may_know_of_victims=False)
    look_through_for_less_knowledge(clock.now())
    (change,) = (
        one for one in ok(story.practitioner.get(changes))["items"] if one["kind"] == "told_of_protected"
    )
    assert change["details"].startswith(f"/v1/check-requests/{request['id']}/messages/")


def told_of_protected(story: Story) -> list[str]:
    listed = ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance"))["items"]
    return [one["details"] for one in listed if one["kind"] == "told_of_protected"]


def test_an_answer_that_premises_have_is_owed_a_review_when_they_may_know_less(
    story: Story, registrar: Caller
) -> None:
    may_know(registrar, PREMISES, may_know_of_mappa=True)
    part = part_of_premises(story, "He goes to his aunt.")
    sent = ok(story.cast.ap.get(f"/v1/destination-referrals/{part['id']}/document"))
    assert "managed_by_mappa" in str(sent)
    look_through_for_less_knowledge(clock.now())
    assert told_of_protected(story) == [], "it may know"
    may_know(registrar, PREMISES, may_know_of_mappa=False)
    look_through_for_less_knowledge(clock.now())
    assert told_of_protected(story) == [f"/v1/destination-referrals/{part['id']}/document: mappa"]
    may_know(registrar, PREMISES, may_know_of_mappa=True)
    may_know(registrar, PREMISES, may_know_of_mappa=False)
    look_through_for_less_knowledge(clock.now())
    assert len(told_of_protected(story)) == 1, "it is owed already"


def test_nothing_is_owed_for_an_organisation_that_may_know_more(
    story: Story, cast: Cast, registrar: Caller
) -> None:
    part_of_premises(story, "He goes to his aunt.")
    may_know(registrar, PREMISES, may_know_of_mappa=True)
    assert as_owner("SELECT id FROM knowledge_ended") == []


def test_words_that_a_worker_sends_are_compared_with_whom_the_record_protects_now(
    story: Story, registrar: Caller
) -> None:
    of_council = f"{ROOT}/{COUNCIL}/duties/childrens_services/E08000035"
    tag = registrar.get(f"{ROOT}/{COUNCIL}").headers["ETag"]
    ok(registrar.delete(of_council, if_match=tag))
    story.submit(darren_and_toby("LESS-3", crn=CRN))
    son = story.contact(CRN, "son")
    story.supply(CRN, son, given_name="Toby", family_name="March", date_of_birth="2019-03-08")
    story.report_change(
        CRN, "contact_with_child", contact_ids=[son["id"]], for_agencies="Ottoline Quist heard him shout."
    )
    story.report_change(CRN, "victim_report", contacts=[dict(QUIST)])
    tag = registrar.get(f"{ROOT}/{COUNCIL}").headers["ETag"]
    ok(registrar.put(of_council, json={}, if_match=tag))
    release_for_new_duties(clock.now())
    (request,) = story.inbox(story.cast.council)
    read = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))["document"]
    assert read["why"]["happened"]
    assert "Quist" not in str(read)
