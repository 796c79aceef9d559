"""Nothing is left to decide about telling somebody where what called for it was not so."""

from collections.abc import Iterator
from typing import Any

import pytest

from service import clock
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at
from tests.third_parties.samples import CRN, opened, proposal

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def shown(story: Story, decision: str) -> Json:
    return ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))


def running() -> list[str]:
    """Return what is timed of the decisions and of what forces were asked."""
    rows = as_owner(
        "SELECT timer FROM clock WHERE subject_kind IN ('disclosure_decision', 'right_to_know')"
        " AND state <> 'stopped' ORDER BY timer"
    )
    return [row["timer"] for row in rows]


def in_error(story: Story, one: Json) -> None:
    path = f"{person_at(CRN)}/contacts/{one['id']}"
    tag = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{path}/entered-in-error", json={"reason": "A slip."}, if_match=tag))


def about(story: Story, contact: Json, recipient: str = "possible_victim") -> str:
    given = {"recipient": recipient, "contact_id": contact["id"], "reason": "She may not know."}
    path = f"{person_at(CRN)}/disclosure-decisions"
    return str(ok(story.practitioner.post(path, json=given), 201)["id"])


def threat(story: Story, about: Json, **more: Any) -> Json:
    return story.report_change(CRN, "threat", standing="alleged", contact_ids=[about["id"]], **more)


def decisions() -> Iterator[tuple[str, str]]:
    rows = as_owner("SELECT id, state FROM disclosure_decision ORDER BY opened_at, id")
    return ((str(row["id"]), row["state"]) for row in rows)


def asked_of_the_police(story: Story, decision: str) -> None:
    referral = {
        "force": "west-yorkshire",
        "sent_on": clock.today().isoformat(),
        "reason": "She may be in danger.",
    }
    ok(story.tell(decision, "refer", referral=referral))


def proposed(story: Story, decision: str) -> None:
    to_her = shown(story, decision)["recipient"] == "possible_victim"
    safe = {"safety_plan": "She stays with her sister."} if to_her else {}
    ok(story.tell(decision, "propose", proposal=proposal(**safe)))


def agreed(story: Story, decision: str) -> None:
    proposed(story, decision)
    ok(story.decide_telling(decision))


def untouched(_story: Story, _decision: str) -> None:
    pass


@pytest.mark.parametrize("so_far", [untouched, proposed, agreed])
def test_whoever_was_entered_in_error_is_told_nothing(story: Story, so_far: Any) -> None:
    mother = story.contact(CRN, "mother")
    decision = about(story, mother)
    so_far(story, decision)
    in_error(story, mother)
    seen = shown(story, decision)
    assert (seen["state"], seen["waits_for"], seen["subjects"]) == ("lapsed", None, [])
    assert seen["allowed_transitions"] == []
    assert (seen["steps"][-1]["action"], seen["steps"][-1]["said"]) == (
        "lapse",
        {"reason": "entered_in_error"},
    )
    assert running() == []
    assert ok(story.spo.get("/v1/agreements", state="asked"))["items"] == []
    (news,) = story.told(story.practitioner, "disclosure_decision.lapsed")
    assert news["data"]["because"] == "entered_in_error"


def test_a_force_is_not_asked_about_whoever_was_entered_in_error(story: Story) -> None:
    ex = story.contact(CRN, "ex-partner")
    decision = about(story, ex, "partner")
    asked_of_the_police(story, decision)
    (entry,) = story.told(story.cast.police, "right_to_know.asked")
    path = entry["subject"]["href"]
    in_error(story, ex)
    read = ok(story.cast.police.get(path))
    assert (read["state"], read["about"], read["person"], read["reason"]) == ("ended", None, None, None)
    assert len(story.told(story.cast.police, "right_to_know.ended")) == 1
    assert (shown(story, decision)["state"], running()) == ("lapsed", [])


def test_what_an_allegation_opened_ends_when_it_is_refuted(story: Story) -> None:
    mother = story.contact(CRN, "mother")
    allegation = threat(story, mother)
    (decision,) = allegation["disclosure_decisions"]
    story.refute(CRN, allegation, details="He was in custody that day: the prison says so.")
    seen = shown(story, decision)
    assert (seen["state"], seen["steps"][-1]["said"]) == ("lapsed", {"reason": "refuted"})
    assert running() == []
    # What is alleged anew is decided anew.
    assert len(threat(story, mother)["disclosure_decisions"]) == 1


def test_what_another_allegation_calls_for_is_decided_though_the_first_is_refuted(story: Story) -> None:
    mother = story.contact(CRN, "mother")
    first = threat(story, mother)
    (decision,) = first["disclosure_decisions"]
    other = threat(story, mother, source="police")
    assert other["disclosure_decisions"] == [], "it is open already"
    story.refute(CRN, first, details="He was in custody that day: the prison says so.")
    assert shown(story, decision)["state"] == "open"
    story.refute(CRN, other, details="The call came from somebody else's phone.")
    assert shown(story, decision)["state"] == "lapsed"


def test_nobody_is_told_about_somebody_who_has_died_unless_he_has_not(story: Story) -> None:
    decision = opened(story)["id"]
    agreed(story, decision)
    told = opened(story, name="Chapel Lane Nursery")["id"]
    proposed(story, told)
    story.report_change(CRN, "died")
    assert {state for _, state in decisions()} == {"lapsed"}
    assert shown(story, decision)["steps"][-1]["said"] == {"reason": "died"}
    story.report_change(CRN, "death_in_error", story.spo)
    seen = shown(story, decision)
    assert (seen["state"], seen["waits_for"]) == ("open", "practitioner")
    assert running() == ["decision", "decision"]


def test_what_was_shown_not_to_be_so_meanwhile_stays_lapsed_after_a_death_in_error(story: Story) -> None:
    mother = story.contact(CRN, "mother")
    ex = story.contact(CRN, "ex-partner")
    allegation = threat(story, mother)
    (refuted,) = allegation["disclosure_decisions"]
    gone, kept = about(story, ex, "partner"), opened(story)["id"]
    story.report_change(CRN, "died")
    story.refute(CRN, allegation, details="He was in custody that day: the prison says so.")
    in_error(story, ex)
    story.report_change(CRN, "death_in_error", story.spo)
    assert dict(decisions()) == {refuted: "lapsed", gone: "lapsed", kept: "open"}


def test_nobody_is_told_about_somebody_who_was_never_meant(story: Story) -> None:
    opened(story)
    referral = ok(story.practitioner.get("/v1/referrals", limit=1))["items"][0]
    for part in story.referral(referral["id"])["destinations"]:
        story.move(story.practitioner, part["id"], "enter_in_error", reason="Somebody else was meant.")
    ((_, state),) = decisions()
    assert state == "lapsed"
