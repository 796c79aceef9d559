"""Somebody is in danger: day and night, one decision for each, and the police at once."""

from typing import Any

import pytest

from service import clock
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.people.holdings import told_of
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at
from tests.third_parties.samples import CRN, opened, pointers, proposal

JO: Json = {
    "ref": "jo",
    "relationship": "partner",
    "given_name": "Joanne",
    "family_name": "Threlfall",
    "date_of_birth": "1990-12-01",
    "details_status": "provided",
}
SISTER: Json = JO | {"ref": "beth", "relationship": "other_relative", "given_name": "Beth"}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def shown(story: Story, decision: str) -> Json:
    return ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))


def decisions_of(story: Story) -> list[tuple[Any, ...]]:
    found = ok(story.practitioner.get(f"{person_at(CRN)}/disclosure-decisions"))["items"]
    return [(one["recipient"], one["contact_id"], one["state"], one["urgency"]) for one in found]


def referral(**more: Any) -> Json:
    return {
        "force": "west-yorkshire",
        "sent_on": clock.today().isoformat(),
        "reason": "She may be in danger.",
        **more,
    }


def test_what_is_urgent_on_a_friday_night_rings_whoever_is_on_call(story: Story) -> None:
    story.clock.set("2026-03-06T19:00:00Z")
    opened(story, recipient="partner", name="Joanne Threlfall", urgent=True)
    story.wait(hours=1)
    # Nobody of the cast is on call: it falls to the head of the region, and does not wait for Monday.
    assert set(told_of("decision", "disclosure_decision")) == {("region", "r.mercer")}


def test_a_threat_to_somebody_makes_the_open_decision_about_them_urgent(story: Story) -> None:
    new = story.report_change(CRN, "new_relationship", contacts=[JO])
    (decision,) = new["disclosure_decisions"]
    jo = story.contact(CRN, "jo")["id"]
    threat = story.report_change(CRN, "threat", contact_ids=[jo], standing="alleged")
    assert threat["disclosure_decisions"] == []
    assert decisions_of(story) == [("partner", jo, "open", "urgent")]
    urgent = shown(story, decision)
    assert urgent["steps"][-1]["action"] == "raise"
    assert "raise" not in urgent["allowed_transitions"]
    assert as_owner(
        "SELECT p.key, c.state, c.stop_reason FROM clock c JOIN policy p ON p.id = c.policy_id"
        " WHERE c.subject_kind = 'disclosure_decision' ORDER BY p.key"
    ) == [
        {"key": "disclosure.decision", "state": "stopped", "stop_reason": "raised"},
        {"key": "disclosure.urgent", "state": "running", "stop_reason": None},
    ]
    again = story.report_change(CRN, "threat", contact_ids=[jo], standing="alleged")
    assert again["disclosure_decisions"] == []
    assert shown(story, decision)["version"] == urgent["version"]


@pytest.mark.parametrize("kind", ["resumed_relationship", "reconciliation", "partner_pregnant"])
def test_a_change_about_a_partner_opens_one_decision_and_no_second(story: Story, kind: str) -> None:
    first = story.report_change(CRN, kind, contacts=[JO])
    assert len(first["disclosure_decisions"]) == 1
    jo = story.contact(CRN, "jo")["id"]
    second = story.report_change(CRN, "reconciliation", contact_ids=[jo])
    assert second["disclosure_decisions"] == []
    assert decisions_of(story) == [("partner", jo, "open", "routine")]


def test_a_threat_to_a_sister_opens_an_urgent_decision_and_the_police_can_be_asked(story: Story) -> None:
    threat = story.report_change(CRN, "threat", contacts=[SISTER], standing="alleged")
    (decision,) = threat["disclosure_decisions"]
    assert [one[0::3] for one in decisions_of(story)] == [("possible_victim", "urgent")]
    asked = ok(story.tell(decision, "refer", referral=referral()))
    assert asked["state"] == "with_police"


def test_a_threat_that_names_nobody_opens_no_decision(story: Story) -> None:
    assert story.report_change(CRN, "threat", standing="alleged")["disclosure_decisions"] == []


def test_the_police_are_asked_before_they_have_given_a_reference(story: Story) -> None:
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    ok(story.tell(decision, "refer", referral=referral()))
    added = ok(story.tell(decision, "add_reference", reference="DVDS/26/0417"))
    assert (added["state"], added["steps"][-1]["said"]) == ("with_police", {"reference": "DVDS/26/0417"})


def test_the_wrong_force_is_replaced_and_its_days_start_anew(story: Story) -> None:
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    first = ok(story.tell(decision, "refer", referral=referral()))
    story.wait(days=3)
    earlier = referral(force="south-yorkshire", sent_on="2026-03-01")
    assert pointers(story.tell(decision, "refer", referral=earlier)) == {"/referral/sent_on"}
    second = ok(story.tell(decision, "refer", referral=referral(force="south-yorkshire")))
    assert (second["state"], second["due_at"] > first["due_at"]) == ("with_police", True)


def test_what_the_police_do_not_decide_probation_decides_within_its_own_days(story: Story) -> None:
    first = opened(story, recipient="partner", name="Joanne Threlfall")
    decision = first["id"]
    ok(story.tell(decision, "refer", referral=referral()))
    back = ok(story.tell(decision, "reopen", reason="They say that it is not for the scheme."))
    assert (back["state"], back["due_at"]) == ("open", first["due_at"])
    assert "propose" in back["allowed_transitions"]


def test_new_danger_while_the_police_decide_is_urgent_for_them_too(story: Story) -> None:
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    ok(story.tell(decision, "refer", referral=referral()))
    raised = ok(story.tell(decision, "raise", reason="He has rung her forty times today."))
    assert (raised["state"], raised["urgency"]) == ("with_police", "urgent")
    assert [one["data"]["for"] for one in story.told(story.practitioner, "disclosure_decision.raised")] == [
        ["practitioner", "spo"]
    ]
    twice = story.tell(decision, "raise", reason="Again.")
    assert (twice.status_code, twice.get_json()["state"]) == (409, "with_police")


@pytest.mark.parametrize("sent_on", ["1950-01-01", "2099-01-01"])
def test_no_referral_is_born_overdue_from_a_typing_error(story: Story, sent_on: str) -> None:
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    assert pointers(story.tell(decision, "refer", referral=referral(sent_on=sent_on))) == {
        "/referral/sent_on"
    }


def test_the_police_answer_no_earlier_than_they_were_asked(story: Story) -> None:
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    ok(story.tell(decision, "refer", referral=referral()))
    answer = {"answered_on": "1949-01-01", "reason": "They told her."}
    assert pointers(story.tell(decision, "record_police_told", answer=answer)) == {"/answer/answered_on"}


def test_the_persons_own_chance_to_tell_it_has_a_day_and_a_clock(story: Story) -> None:
    decision = opened(story)["id"]
    chance = {"informed": "tells_it", "by": "2026-03-04", "reason": "He asked to tell it himself."}
    ok(story.tell(decision, "propose", proposal=proposal(tell_by="2026-03-12", person=chance)))
    ok(story.decide_telling(decision))
    agreed = shown(story, decision)
    assert (agreed["person_tells_by"], agreed["due_at"]) == ("2026-03-04", "2026-03-13T00:00:00Z")
    story.wait_until("2026-03-06T16:00:00Z")
    assert told_of("chance") == [("practitioner", "p.shah"), ("spo", "s.okafor")]
    passed = ok(story.tell(decision, "record_chance_passed", reason="He has not been to work since."))
    assert (passed["state"], passed["person_tells_by"]) == ("to_be_told", None)
    assert "record_chance_passed" not in passed["allowed_transitions"]
    before = len(told_of("chance"))
    story.wait(days=4)
    assert len(told_of("chance")) == before


def test_how_they_took_it_is_added_later(story: Story) -> None:
    decision = opened(story)["id"]
    ok(story.tell(decision, "propose", proposal=proposal()))
    ok(story.decide_telling(decision))
    told = {"told_on": clock.today().isoformat(), "by": "p.shah", "means": "by_telephone"}
    done = ok(story.tell(decision, "record_told", told=told))
    assert done["steps"][-1]["said"]["words"] == proposal()["words"]
    later = ok(story.tell(decision, "add_outcome", outcome="He has been moved to another site."))
    assert (later["state"], later["steps"][-1]["said"]) == (
        "told",
        {"outcome": "He has been moved to another site."},
    )
