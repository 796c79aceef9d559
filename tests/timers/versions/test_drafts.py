"""What a draft may change, and what is said of everything that it may not."""

from typing import Any

import pytest

from service.checks.policies import standard_policy
from service.people.policies import POLICIES as OF_PEOPLE
from service.timers.policy import parse
from service.timers.roles import PARTNER_ROLES, PROBATION_ROLES
from service.timers.versions import drafts, words
from tests.timers.samples import POLICE_DA

OPERATOR = "For more, an operator publishes a general version."
BEYOND = f"2 times as long as in the general version. {OPERATOR}"
DANGER = next(one for one in OF_PEOPLE if one["key"] == "proposals.danger")
TRANSFER = next(one for one in OF_PEOPLE if one["key"] == "transfer.answer")
HARD_DATE = next(one for one in OF_PEOPLE if one["key"] == "caretaker.end")
BEFORE: dict[str, Any] = {
    "key": "stay.end",
    "answer": {
        "target": "H",
        "steps": [
            {"key": "spo", "at": "H-28d", "probation": "spo"},
            {"key": "pdu_head", "at": "H-14d", "probation": "pdu_head"},
        ],
        "tail": {"every": "5wd", "to": "pdu_head"},
    },
}


def faults(base: dict[str, Any], **figures: Any) -> list[tuple[str, str]]:
    return [(one.pointer, one.detail) for one in drafts.override(base, figures).faults]


def steps(**at: str) -> dict[str, Any]:
    return {"steps": [{"key": key, "at": when} for key, when in at.items()]}


def test_every_role_that_a_policy_may_name_has_its_words() -> None:
    assert words.ROLES.keys() == PROBATION_ROLES | PARTNER_ROLES


def test_an_override_changes_the_figures_it_names_and_nothing_else() -> None:
    answer = {"targets": {"routine": "3wd"}, "reminders": ["30%"], **steps(director="T+12wd")}
    ask = {"targets": {"routine": "1wd"}, **steps(pdu_head="T+1wd")}
    draft = drafts.override(POLICE_DA, {"answer": answer, "ask": ask})
    assert draft.faults == []
    before, made = POLICE_DA, draft.document
    assert made["answer"] == {
        **before["answer"],
        "targets": {"routine": "3wd", "urgent": "1wd"},
        "chasers": ["30%"],
        "steps": [*before["answer"]["steps"][:3], {**before["answer"]["steps"][3], "at": "T+12wd"}],
    }
    assert made["ask"] == {
        **before["ask"],
        "target": "1wd",
        "missed": [before["ask"]["missed"][0], {"to": "pdu_head", "at": "T+1wd"}],
    }
    assert (made["pause"], made["stop"]) == (before["pause"], before["stop"])
    assert parse(made).timer("answer").steps[3].to == parse(before).timer("answer").steps[3].to


@pytest.mark.parametrize("nothing", [{}, {"answer": {}}, {"answer": {"targets": {}, "steps": []}, "ask": {}}])
def test_a_version_that_would_change_nothing_is_refused(nothing: dict[str, Any]) -> None:
    said = "Name a figure: without one, this version would change nothing."
    assert faults(POLICE_DA, **nothing) == [("/figures", said)]


@pytest.mark.parametrize(
    ("figures", "pointer", "detail"),
    [
        (
            {"targets": {"routine": "soon"}},
            "targets/routine",
            "Must be working days or hours, such as 5wd or 4wh.",
        ),
        (
            {"targets": {"routine": "5d"}},
            "targets/routine",
            "Must be working days or hours, such as 5wd or 4wh.",
        ),
        (
            {"targets": {"routine": "H"}},
            "targets/routine",
            "Must be working days or hours, such as 5wd or 4wh.",
        ),
        ({"targets": {"routine": "11wd"}}, "targets/routine", f"Must be at most 10wd, {BEYOND}"),
        ({"targets": {"routine": "81wh"}}, "targets/routine", f"Must be at most 10wd, {BEYOND}"),
        ({"targets": {"urgent": "3wd"}}, "targets/urgent", f"Must be at most 2wd, {BEYOND}"),
        ({"targets": {"urgent": "60wd"}}, "targets/urgent", f"Must be at most 2wd, {BEYOND}"),
        (
            {"targets": {"routine": "1wd", "urgent": "2wd"}},
            "targets/urgent",
            "Must not be later than routine.",
        ),
        (
            {"targets": {"routine": "4wh"}},
            "targets/routine",
            "Must not be earlier than urgent, which is 1wd.",
        ),
        ({"reminders": []}, "reminders", "Must have at least one."),
        ({"reminders": ["0%"]}, "reminders/0", "Must be a percentage of the target, from 1% to 100%."),
        ({"reminders": ["101%"]}, "reminders/0", "Must be a percentage of the target, from 1% to 100%."),
        ({"reminders": ["05%"]}, "reminders/0", "Must be a percentage of the target, from 1% to 100%."),
        ({"reminders": ["half"]}, "reminders/0", "Must be a percentage of the target, from 1% to 100%."),
        ({"reminders": ["50%", "50%"]}, "reminders/1", "Must be later than the one before."),
        (steps(mayor="T"), "steps/0/key", "This part has no such step."),
        (steps(spo="later"), "steps/0/at", "Must be like T or T+2wd."),
        (steps(spo="T-1wd"), "steps/0/at", "Must be like T or T+2wd."),
        (steps(spo="T+7d"), "steps/0/at", "Must be like T or T+2wd."),
        (steps(spo="H-1wd"), "steps/0/at", "Must stay counted from the target."),
        (steps(director="T+21wd"), "steps/0/at", f"Must be at most T+20wd, {BEYOND}"),
        (steps(spo="T+17wh"), "steps/0/at", f"Must be at most T+2wd, {BEYOND}"),
        (steps(pdu_head="T"), "steps/0/at", "Must not put pdu_head before spo."),
        (steps(region="T+4wd", pdu_head="T+5wd"), "steps/0/at", "Must not put region before pdu_head."),
    ],
)
def test_a_fault_names_its_place(figures: dict[str, Any], pointer: str, detail: str) -> None:
    assert faults(POLICE_DA, answer=figures) == [(f"/figures/answer/{pointer}", detail)]


def test_the_bounds_themselves_are_allowed() -> None:
    targets = {"routine": "10wd", "urgent": "2wd"}
    longest = {"targets": targets, "reminders": ["1%", "100%"], **steps(spo="T+2wd", director="T+20wd")}
    assert faults(POLICE_DA, answer=longest) == []
    assert faults(BEFORE, answer=steps(spo="H-366d", pdu_head="H-7d")) == []


def test_the_ceilings_are_those_of_the_table() -> None:
    assert drafts.CEILINGS == {"routine": 2, "urgent": 2, "today": 2, "step": 2}


def test_danger_may_wait_twice_as_long_and_no_longer() -> None:
    assert faults(DANGER, answer={"targets": {"routine": "2m"}, **steps(spo="T+1h")}) == []
    later = {"targets": {"routine": "3m"}, **steps(first="T+1m", spo="T+61m")}
    assert faults(DANGER, answer=later) == [
        ("/figures/answer/targets/routine", f"Must be at most 2m, {BEYOND}"),
        ("/figures/answer/steps/0/at", f"Must stay at T, as in the general version. {OPERATOR}"),
        ("/figures/answer/steps/1/at", f"Must be at most T+60m, {BEYOND}"),
    ]


def test_every_fault_is_named_at_once() -> None:
    wrong = {"targets": {"routine": "x", "urgent": "y"}, "reminders": ["z"], **steps(spo="w", mayor="T")}
    found = [pointer for pointer, _ in faults(POLICE_DA, answer=wrong, ask=steps(mayor="T"))]
    assert found == [
        "/figures/answer/targets/routine",
        "/figures/answer/targets/urgent",
        "/figures/answer/reminders/0",
        "/figures/answer/steps/0/at",
        "/figures/answer/steps/1/key",
        "/figures/ask/steps/0/key",
    ]


def test_a_step_is_given_once() -> None:
    twice = {"steps": [{"key": "spo", "at": "T"}, {"key": "spo", "at": "T+1wd"}]}
    assert faults(POLICE_DA, answer=twice) == [("/figures/answer/steps/1/key", "This step is given twice.")]


@pytest.mark.parametrize(
    ("base", "part", "figures", "fault"),
    [
        (TRANSFER, "ask", steps(spo="T"), ("", "This policy has no such part.")),
        (TRANSFER, "answer", {"reminders": ["50%"]}, ("/reminders", "This part reminds nobody.")),
        (
            TRANSFER,
            "answer",
            {"targets": {"urgent": "1wd"}},
            ("/targets/urgent", "This part has no target of its own for it, only for: routine."),
        ),
        (
            HARD_DATE,
            "answer",
            {"targets": {"routine": "5wd"}},
            ("/targets/routine", "Must stay the hard date: H."),
        ),
        (HARD_DATE, "answer", steps(pdu_head="H"), ("/steps/0/at", "Must stay counted from the target.")),
        (BEFORE, "answer", steps(spo="T"), ("/steps/0/at", "Must stay counted from the hard date.")),
        (BEFORE, "answer", steps(spo="H+1d"), ("/steps/0/at", "Must be like H or H-21d.")),
        (
            BEFORE,
            "answer",
            steps(spo="H-367d"),
            ("/steps/0/at", "Must be at most 366 days before the hard date."),
        ),
        (
            BEFORE,
            "answer",
            steps(spo="H-13d"),
            ("/steps/0/at", f"Must be at least H-14d, 1/2 of the time in the general version. {OPERATOR}"),
        ),
        (BEFORE, "answer", steps(pdu_head="H-29d"), ("/steps/0/at", "Must not put pdu_head before spo.")),
    ],
)
def test_a_policy_keeps_what_it_counts_from(
    base: dict[str, Any], part: str, figures: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(base, **{part: figures}) == [(f"/figures/{part}{fault[0]}", fault[1])]


def test_the_hard_date_may_be_said_again() -> None:
    assert faults(HARD_DATE, answer={"targets": {"routine": "H"}}) == []


# What an operator puts in the place of a general version.


def replaced(**parts: Any) -> list[tuple[str, str]]:
    return [(one.pointer, one.detail) for one in drafts.replacement(POLICE_DA, {**POLICE_DA, **parts}).faults]


def test_an_operator_may_change_steps_roles_and_pauses() -> None:
    answer = standard_policy("x.y", routine="9wd", urgent="2wd", today="4wh")["answer"]
    answer = {**answer, "steps": answer["steps"][:2]}
    assert replaced(answer=answer, pause={**POLICE_DA["pause"], "max_total": "3wd"}) == []
    assert replaced(stop=[*POLICE_DA["stop"], "asked"]) == []
    assert "version" not in drafts.replacement(POLICE_DA, POLICE_DA).document


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"key": "other.policy"}, "/key"),
        ({"stop": ["answered"]}, "/stop"),
        ({"answer": {**POLICE_DA["answer"], "targets": {"routine": "H"}}}, "/answer"),
        ({"answer": {**POLICE_DA["answer"], "tail": {}}}, ""),
    ],
)
def test_a_general_version_keeps_what_the_service_relies_on(parts: dict[str, Any], pointer: str) -> None:
    assert [place for place, _ in replaced(**parts)] == [pointer]


def test_no_part_is_lost_or_added() -> None:
    without = {name: part for name, part in POLICE_DA.items() if name != "ask"}
    assert [one.pointer for one in drafts.replacement(POLICE_DA, without).faults] == ["/ask"]
    assert [one.pointer for one in drafts.replacement(without, POLICE_DA).faults] == ["/ask"]


def test_a_policy_that_any_reason_stops_goes_on_to_accept_any() -> None:
    any_reason = {name: part for name, part in POLICE_DA.items() if name != "stop"}
    assert [one.pointer for one in drafts.replacement(any_reason, POLICE_DA).faults] == ["/stop"]
    assert drafts.replacement(POLICE_DA, any_reason).faults == []
