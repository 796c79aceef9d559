"""What a policy document may say, and which ones are refused because a clock could fall silent."""

from copy import deepcopy
from datetime import time
from typing import Any

import pytest

from service.checks.policies import POLICIES as OF_REVIEWS
from service.destinations.policies import POLICIES as OF_DESTINATIONS
from service.timers.policy import Repeat, Span, parse
from service.timers.policy_members import PolicyInvalid
from service.timers.roles import FALLS_TO
from tests.timers.samples import POLICE_DA


def test_the_policy_of_the_design_reads_as_it_is_written() -> None:
    policy = parse(POLICE_DA)
    ask, answer = policy.timer("ask"), policy.timer("answer")
    assert (ask.owner, ask.calendar, ask.targets["urgent"]) == ("practitioner", "probation", Span(2, "wd"))
    assert [(step.key, str(step.at.offset)) for step in ask.steps] == [("spo", "None"), ("pdu_head", "2wd")]
    assert answer.targets == {"routine": Span(5, "wd"), "urgent": Span(1, "wd")}
    assert answer.reserves == (Span(2, "wd"), Span(1, "wd"), Span(4, "wh"))
    assert answer.chasers == (50, 100)
    assert answer.steps[1].to == {"probation": "pdu_head", "partner": "unit_manager"}
    assert answer.repeat.to == {"probation": "regional_director"}
    assert policy.pause is not None
    assert policy.pause.on == {"returned_for_information"}
    assert policy.stops_on("answered")
    assert not policy.stops_on("returned_for_information")


def test_an_ask_ladder_goes_on_to_the_top_although_its_document_ends() -> None:
    assert parse(POLICE_DA).timer("ask").repeat.to == {"probation": "regional_director"}


def test_every_policy_we_ship_can_be_read() -> None:
    assert {parse(policy).key for policy in (*OF_DESTINATIONS, *OF_REVIEWS)} == {
        "destination.silence",
        "change.acknowledgement",
        "withdrawal.confirmation",
        "review.due",
        "review.late_answer",
        "check.registration",
        "check.reply",
        "check.redirect",
        "check.dispute",
        "sharing.basis",
        "referral.incomplete",
        "referral.registration",
        "referral.blocked",
        "information.owed",
        "decline.undecided",
        "change.undecided",
        "complexity.undecided",
        "outcomes.undecided",
        "placement.offer_unconfirmed",
        "placement.arrival_unrecorded",
        "placement.departed_without_agreement",
        "placement.move_on_missing",
        "move_on.undecided",
        "decision.put_off",
        "meeting.after_end",
        "meeting.ahead",
        "curfew.end",
        "agency_review.ahead",
        "sharing.end",
        "wording.needed",
        "adjustment.unmet",
    }


def test_a_policy_without_an_ask_part_has_no_ask_timer() -> None:
    policy = parse(OF_DESTINATIONS[0])
    assert policy.timer("update") is policy.answer
    with pytest.raises(LookupError):
        policy.timer("ask")


def test_a_policy_may_govern_asking_alone() -> None:
    policy = parse(without("answer"))
    assert policy.timer("ask") is policy.ask
    with pytest.raises(LookupError, match=r"police_da\.trial has no part for the timer answer"):
        policy.timer("answer")


def test_every_role_falls_upward_and_ends_at_the_organisation() -> None:
    for role in FALLS_TO:
        climbed = [role]
        while (above := FALLS_TO[climbed[-1]]) is not None:
            assert above not in climbed
            climbed.append(above)


def test_a_target_may_be_the_hard_date_and_rungs_may_come_before_it() -> None:
    policy = parse(
        {
            "key": "placement.end",
            "answer": {
                "target": "H",
                "cut_off": "13:00",
                "owner": "practitioner",
                "steps": [
                    {"key": "first_prompt", "at": "H-42d", "probation": "practitioner"},
                    {"key": "spo", "at": "T+1wd", "probation": "spo"},
                ],
                "tail": {"every": "5wd", "to": "pdu_head"},
            },
        }
    )
    timer = policy.timer("placement_end")
    assert timer.targets == {"routine": None, "urgent": None}
    assert not timer.notifies_partner
    assert timer.cut_off == time(13)
    assert timer.steps[0].at.before
    assert policy.stops_on("anything, as it lists nothing")


def without(*path: str) -> dict[str, Any]:
    document = deepcopy(POLICE_DA)
    inner: Any = document
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return document


def having(value: Any, *path: str | int) -> dict[str, Any]:
    document = deepcopy(POLICE_DA)
    inner: Any = document
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize(
    "document",
    [
        without("key"),
        without("answer", "tail"),
        without("answer", "targets"),
        without("answer", "targets", "routine"),
        without("ask", "owner"),
        without("pause", "max_total"),
        {"key": "empty"},
        having("Police DA", "key"),
        having([], "ask"),
        having("5wd", "answer", "steps"),
        having("3wd", "answer", "target"),
        having("2h", "ask", "target"),
        having("0wd", "ask", "target"),
        having(5, "ask", "target"),
        having("21d", "answer", "targets", "routine"),
        having("9wd", "answer", "targets", "urgent"),
        having("H", "answer", "targets", "urgent"),
        having("agency", "answer", "calendar"),
        having(["50"], "answer", "chasers"),
        having(["100%", "50%"], "answer", "chasers"),
        having(["4wh", "1wd"], "answer", "needed_by_reserve"),
        having("T-1wd", "answer", "steps", 0, "at"),
        having("T+2d", "answer", "steps", 0, "at"),
        having("H+2wd", "answer", "steps", 0, "at"),
        having("soon", "answer", "steps", 0, "at"),
        having(None, "answer", "steps", 0, "at"),
        having("T+9wd", "answer", "steps", 0, "at"),
        having("pdu_head", "answer", "steps", 0, "key"),
        having("tail_1", "answer", "steps", 0, "key"),
        having("duty_manager", "answer", "steps", 0, "probation"),
        having("spo", "answer", "steps", 0, "partner"),
        having({"key": "spo", "at": "T"}, "answer", "steps", 0),
        having("noon", "answer", "cut_off"),
        having("x", "answer", "unheard_of"),
    ],
)
def test_a_document_that_cannot_be_followed_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(PolicyInvalid):
        parse(document)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({}, "policy: lacks key"),
        (having("Police DA", "key"), "key:"),
        (having(None, "ask"), "police_da.trial.ask: is not an object"),
        (having(None, "ask", "missed"), "police_da.trial.ask: is not a list"),
        (having("2y", "ask", "target"), "police_da.trial.ask.targets.routine:"),
        (having("2h", "ask", "target"), "police_da.trial.ask: counts in h or m"),
        (having("1h", "pause", "max_total"), "police_da.trial.pause.max_total:"),
        (having("duty_manager", "ask", "owner"), "police_da.trial.ask.owner:"),
        (having({}, "ask", "missed", 1), "police_da.trial.ask.missed[1]: lacks at, to"),
        (having("duty_manager", "ask", "missed", 1, "to"), "police_da.trial.ask.missed[1].to:"),
        (having("soon", "ask", "missed", 1, "at"), "police_da.trial.ask.missed[1].at:"),
        (having("pdu_head", "ask", "missed", 0, "to"), "police_da.trial.ask: two steps have the same key"),
        (having(None, "ask", "needed_by_reserve"), "police_da.trial.ask.needed_by_reserve: is not a list"),
        (having([], "ask", "tail"), "police_da.trial.ask.tail: is not an object"),
        (having({"every": "3wd", "to": "x"}, "ask", "tail"), "police_da.trial.ask.tail.probation:"),
        (having(None, "answer"), "police_da.trial.answer: is not an object"),
        (having([], "answer", "targets"), "police_da.trial.answer.targets: is not an object"),
        (having("1d", "answer", "targets", "urgent"), "police_da.trial.answer.targets.urgent:"),
        (having("agency", "answer", "calendar"), "police_da.trial.answer.calendar: is neither"),
        (
            having("pdu_head", "answer", "steps", 0, "key"),
            "police_da.trial.answer: two steps have the same key",
        ),
        (
            having({"key": "spo", "at": "T"}, "answer", "steps", 0),
            "police_da.trial.answer.steps[0]: notifies",
        ),
        (having(None, "answer", "needed_by_reserve"), "police_da.trial.answer.needed_by_reserve:"),
        (having("x", "answer", "needed_by_reserve", 2), "police_da.trial.answer.needed_by_reserve[2]:"),
        (having(None, "answer", "chasers"), "police_da.trial.answer.chasers:"),
        (having([50], "answer", "chasers"), "police_da.trial.answer.chasers:"),
        (having(None, "answer", "steps"), "police_da.trial.answer: is not a list"),
        (having(None, "answer", "steps", 1), "police_da.trial.answer.steps[1]: is not an object"),
        (having(7, "answer", "steps", 1, "key"), "police_da.trial.answer.steps[1].key:"),
        (having("soon", "answer", "steps", 1, "at"), "police_da.trial.answer.steps[1].at:"),
        (having("T+0wd", "answer", "steps", 1, "at"), "police_da.trial.answer.steps[1].at:"),
        (having("spo", "answer", "steps", 1, "partner"), "police_da.trial.answer.steps[1].partner:"),
        (having(None, "answer", "tail"), "police_da.trial.answer.tail: is not an object"),
        (having("often", "answer", "tail", "every"), "police_da.trial.answer.tail.every:"),
        (having("nobody", "answer", "tail", "to"), "police_da.trial.answer.tail.probation:"),
        (having("noon", "answer", "cut_off"), "police_da.trial.answer.cut_off:"),
        (having("nobody", "answer", "owner"), "police_da.trial.answer.owner:"),
        (having(None, "pause"), "police_da.trial.pause: is not an object"),
        (having(None, "pause", "on"), "police_da.trial.pause.on: is not a list"),
        (having([7], "pause", "on"), "police_da.trial.pause.on:"),
        (having("1d", "pause", "review_after"), "police_da.trial.pause.review_after:"),
        (having("nobody", "pause", "owner"), "police_da.trial.pause.owner:"),
        (having("1d", "pause", "max_total"), "police_da.trial.pause.max_total:"),
        (having(None, "stop"), "police_da.trial.stop: is not a list"),
        (having([7], "stop"), "police_da.trial.stop:"),
    ],
)
def test_a_refusal_names_the_place_that_is_at_fault(document: dict[str, Any], where: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        parse(document)
    assert str(refused.value).startswith(where)


def test_asking_may_have_a_tail_and_reserves_of_its_own_and_answering_an_owner() -> None:
    asked = having({"every": "3wd", "to": "spo", "partner": "duty_manager"}, "ask", "tail")
    asked["ask"]["needed_by_reserve"] = ["1wd"]
    asked["answer"]["owner"] = "spo"
    policy = parse(asked)
    ask = policy.timer("ask")
    assert ask.repeat == Repeat(Span(3, "wd"), {"probation": "spo", "partner": "duty_manager"})
    assert ask.reserves == (Span(1, "wd"),)
    assert [dict(step.to) for step in ask.steps] == [{"probation": "spo"}, {"probation": "pdu_head"}]
    assert policy.timer("answer").owner == "spo"


@pytest.mark.parametrize("key", ["chaser_50", "owner", "repeat_1", "tail_1", "pause_1_ended"])
def test_a_rung_never_has_the_name_of_another_firing(key: str) -> None:
    with pytest.raises(PolicyInvalid, match="name of something else"):
        parse(having(key, "answer", "steps", 0, "key"))


def test_a_working_day_counts_as_eight_hours_when_rungs_reserves_and_targets_are_compared() -> None:
    same = having(["8wh", "1wd", "1d", "8wh"], "answer", "needed_by_reserve")
    same["answer"]["targets"] = {"routine": "1wd", "urgent": "8wh"}
    same["answer"]["steps"][1]["at"] = "T+8wh"
    assert parse(same).timer("answer").targets["urgent"] == Span(8, "wh")
    with pytest.raises(PolicyInvalid, match="urgent is later"):
        parse(having({"routine": "1wd", "urgent": "9wh"}, "answer", "targets"))
    for at in ("T", "T+7wh"):
        with pytest.raises(PolicyInvalid, match="do not climb"):
            parse(having(at, "answer", "steps", 1, "at"))


def test_the_target_itself_comes_before_the_first_hour_after_it() -> None:
    backwards = having("T+1wh", "answer", "steps", 0, "at")
    backwards["answer"]["steps"][1]["at"] = "T"
    with pytest.raises(PolicyInvalid, match="do not climb"):
        parse(backwards)


def test_asking_may_have_a_target_for_each_urgency() -> None:
    asked = without("ask", "target")
    asked["ask"]["targets"] = {"routine": "2wd", "urgent": "4wh"}
    assert parse(asked).timer("ask").targets == {"routine": Span(2, "wd"), "urgent": Span(4, "wh")}
