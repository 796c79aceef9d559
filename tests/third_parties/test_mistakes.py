"""What was recorded by mistake as told, or as answered by the police, is put right by whoever said it."""

from typing import Any

import pytest

from service import clock
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.third_parties.samples import CRN, opened, pointers, proposal


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def asked(story: Story) -> tuple[str, str]:
    """Ask the police; return the decision, and where the police read it."""
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    referral = {"force": "west-yorkshire", "sent_on": clock.today().isoformat(), "reason": "She asked."}
    ok(story.tell(decision, "refer", referral=referral))
    (entry,) = story.told(story.cast.police, "right_to_know.asked")
    return decision, str(entry["subject"]["href"])


def by_the_police(story: Story, path: str, action: str, **said: Any) -> Any:
    police = story.cast.police
    return police.post(f"{path}/{action}", json=said, if_match=police.get(path).headers["ETag"])


def answered(**members: Any) -> Json:
    return {"told": True, "answered_on": clock.today().isoformat(), "reason": "They told her."} | members


def seen(story: Story, decision: str) -> Json:
    return ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))


def agreed(story: Story, **more: Any) -> str:
    """Open a decision that somebody is told, to which a manager has agreed."""
    decision = opened(story)["id"]
    ok(story.tell(decision, "propose", proposal=proposal(**more)))
    ok(story.decide_telling(decision))
    return str(decision)


def tell(story: Story, decision: str) -> None:
    told = {"told_on": clock.today().isoformat(), "by": "p.shah", "means": "in_person"}
    ok(story.tell(decision, "record_told", told=told))


def running() -> list[tuple[str, str]]:
    rows = as_owner(
        "SELECT subject_kind, timer FROM clock WHERE state = 'running'"
        " AND subject_kind IN ('disclosure_decision', 'right_to_know') ORDER BY 1, 2"
    )
    return [(row["subject_kind"], row["timer"]) for row in rows]


def test_who_was_recorded_as_told_by_mistake_is_still_to_be_told(story: Story) -> None:
    decision = agreed(story)
    before = seen(story, decision)
    tell(story, decision)
    told = seen(story, decision)
    assert (told["state"], "withdraw_told" in told["allowed_transitions"]) == ("told", True)
    ok(story.tell(decision, "withdraw_told", reason="It was another employer."))
    after = seen(story, decision)
    assert (after["state"], after["due_at"]) == ("to_be_told", before["due_at"])
    step = after["steps"][-1]
    assert (step["action"], step["said"]) == (
        "withdraw_told",
        {"reason": "It was another employer.", "corrects": len(told["steps"])},
    )
    assert [one["action"] for one in after["steps"]][-2:] == ["record_told", "withdraw_told"], "kept"
    (news,) = story.told(story.practitioner, "disclosure_decision.corrected")
    assert news["data"]["for"] == ["practitioner"]
    assert running() == [("disclosure_decision", "telling")]
    tell(story, decision)
    assert (seen(story, decision)["state"], running()) == ("told", [])


def test_the_persons_own_chance_to_tell_it_is_open_again(story: Story) -> None:
    day = clock.today().isoformat()
    decision = agreed(story, person={"informed": "tells_it", "by": day, "reason": "He wants to."})
    tell(story, decision)
    ok(story.tell(decision, "withdraw_told", reason="He told another employer."))
    assert seen(story, decision)["person_tells_by"] == day
    assert running() == [("disclosure_decision", "chance"), ("disclosure_decision", "telling")]


def test_nobody_is_to_be_told_of_who_has_died_since(story: Story) -> None:
    decision = agreed(story)
    tell(story, decision)
    story.report_change(CRN, "died", occurred_on=clock.today().isoformat())
    ok(story.tell(decision, "withdraw_told", reason="It was another employer."))
    after = seen(story, decision)
    assert (after["state"], after["steps"][-1]["said"]) == ("lapsed", {"reason": "died"})
    assert running() == []


@pytest.mark.parametrize("told", [True, False], ids=["told", "declined"])
def test_a_force_that_answered_for_the_wrong_woman_is_asked_again(story: Story, told: bool) -> None:
    decision, path = asked(story)
    due = ok(story.cast.police.get(path))["due_at"]
    ok(by_the_police(story, path, "answer", **answered(told=told)))
    assert "withdraw_police_answer" not in seen(story, decision)["allowed_transitions"], "the force said it"
    refused = story.tell(decision, "withdraw_police_answer", reason="It was another woman.")
    assert refused.status_code == 409
    back = ok(by_the_police(story, path, "corrections", withdrawn=True, reason="It was another woman."))
    assert (back["state"], back["about"]["name"], back["due_at"]) == ("asked", "Joanne Threlfall", due)
    after = seen(story, decision)
    assert (after["state"], after["steps"][-1]["said"]) == (
        "with_police",
        {"reason": "It was another woman.", "corrects": 3},
    )
    assert len(story.told(story.practitioner, "disclosure_decision.corrected")) == 1
    assert running() == [("right_to_know", "answer")]
    ok(by_the_police(story, path, "answer", **answered()))
    assert (seen(story, decision)["state"], running()) == ("told", [])


def test_a_force_says_what_it_should_have_answered(story: Story) -> None:
    decision, path = asked(story)
    early = by_the_police(story, path, "corrections", withdrawn=True, reason="Not so.")
    assert early.status_code == 409
    ok(by_the_police(story, path, "answer", **answered()))
    day = answered(told=False, answered_on="1949-01-01")
    wrong = by_the_police(story, path, "corrections", said=day, reason="It was another woman.")
    assert pointers(wrong) == {"/said/answered_on"}
    said = answered(told=False, reason="She has moved away.")
    done = ok(by_the_police(story, path, "corrections", said=said, reason="It was another woman."))
    assert done["state"] == "ended"
    after = seen(story, decision)
    assert (after["state"], running()) == ("not_told", [])
    assert [one["action"] for one in after["steps"]][-3:] == [
        "record_police_told",
        "withdraw_police_answer",
        "record_police_declined",
    ]


def test_what_probation_recorded_of_the_police_by_mistake_they_still_decide(story: Story) -> None:
    decision, path = asked(story)
    answer = {"answered_on": clock.today().isoformat(), "reason": "PC Lund rang."}
    ok(story.tell(decision, "record_police_told", answer=answer))
    ok(story.tell(decision, "withdraw_police_answer", reason="PC Lund rang about another woman."))
    assert seen(story, decision)["state"] == "with_police"
    assert len(story.told(story.cast.police, "right_to_know.reopened")) == 1
    assert ok(story.cast.police.get(path))["state"] == "asked"
    ok(by_the_police(story, path, "answer", **answered()))
    assert seen(story, decision)["state"] == "told"


def test_an_answer_that_settled_nothing_is_taken_back_too(story: Story) -> None:
    decision, path = asked(story)
    answer = {"answered_on": clock.today().isoformat(), "reason": "PC Lund rang."}
    ok(story.tell(decision, "record_police_told", answer=answer))
    ok(by_the_police(story, path, "answer", **answered(told=False)))
    ok(by_the_police(story, path, "corrections", withdrawn=True, reason="It was another woman."))
    after = seen(story, decision)
    assert (after["state"], after["steps"][-1]["action"]) == ("told", "withdraw_late_answer")
    ok(by_the_police(story, path, "answer", **answered()))


def enter_in_error(story: Story) -> None:
    """Enter the whole case in error: each destination of its only referral."""
    (referral,) = ok(story.practitioner.get("/v1/referrals", limit=2))["items"]
    for part in story.referral(referral["id"])["destinations"]:
        story.move(story.practitioner, part["id"], "enter_in_error", reason="Somebody else was meant.")


def test_a_force_does_not_open_a_case_again_that_was_entered_in_error(story: Story) -> None:
    decision, path = asked(story)
    ok(by_the_police(story, path, "answer", **answered()))
    enter_in_error(story)
    back = ok(by_the_police(story, path, "corrections", withdrawn=True, reason="It was another woman."))
    assert (back["state"], back["about"], back["person"], back["reason"]) == ("ended", None, None, None)
    after = seen(story, decision)
    assert (after["state"], after["steps"][-1]["said"]) == ("lapsed", {"reason": "entered_in_error"})
    assert running() == []


def test_nobody_is_to_be_told_of_a_case_that_was_entered_in_error(story: Story) -> None:
    decision = agreed(story)
    tell(story, decision)
    enter_in_error(story)
    ok(story.tell(decision, "withdraw_told", reason="It was another employer."))
    after = seen(story, decision)
    assert (after["state"], after["steps"][-1]["said"]) == ("lapsed", {"reason": "entered_in_error"})
    assert running() == []


def test_nobody_is_to_be_told_what_was_refuted_since(story: Story) -> None:
    mother = story.contact(CRN, "mother")
    threat = story.report_change(CRN, "threat", standing="alleged", contact_ids=[mother["id"]])
    (decision,) = threat["disclosure_decisions"]
    ok(story.tell(decision, "propose", proposal=proposal(safety_plan="She stays with her sister.")))
    ok(story.decide_telling(decision))
    tell(story, decision)
    story.refute(CRN, threat, details="He was in custody that day: the prison says so.")
    assert seen(story, decision)["state"] == "told"
    ok(story.tell(decision, "withdraw_told", reason="It was another mother."))
    after = seen(story, decision)
    assert (after["state"], after["steps"][-1]["said"]) == ("lapsed", {"reason": "refuted"})
    assert running() == []


def test_a_force_that_answered_late_answers_what_it_is_asked_again(story: Story) -> None:
    decision, path = asked(story)
    answer = {"answered_on": clock.today().isoformat(), "reason": "PC Lund rang."}
    ok(story.tell(decision, "record_police_told", answer=answer))
    ok(by_the_police(story, path, "answer", **answered(told=False)))
    ok(story.tell(decision, "withdraw_police_answer", reason="PC Lund rang about another woman."))
    assert ok(story.cast.police.get(path))["state"] == "asked"
    assert by_the_police(story, path, "corrections", withdrawn=True, reason="Not so.").status_code == 409
    ok(by_the_police(story, path, "answer", **answered()))
    assert (seen(story, decision)["state"], running()) == ("told", [])


def test_a_force_corrects_what_it_was_asked_last_of_a_decision(story: Story) -> None:
    decision, first = asked(story)
    ok(story.tell(decision, "reopen", reason="They do not decide it."))
    story.wait(hours=1)
    day = clock.today().isoformat()
    referral = {"force": "west-yorkshire", "sent_on": day, "reason": "She asked again."}
    ok(story.tell(decision, "refer", referral=referral))
    second = str(story.told(story.cast.police, "right_to_know.asked")[-1]["subject"]["href"])
    ok(by_the_police(story, second, "answer", **answered()))
    refused = by_the_police(story, first, "corrections", withdrawn=True, reason="It was another woman.")
    assert refused.status_code == 409
    assert (seen(story, decision)["state"], running()) == ("told", [])
    back = ok(by_the_police(story, second, "corrections", withdrawn=True, reason="It was another woman."))
    assert (back["state"], back["reason"]) == ("asked", "She asked again.")
