"""Every clock is somebody's move: one owner, and a call of the published document by which it is made."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest

from service import db, timers
from service.timers import Subject
from service.timers.conditions import (
    ATTENTION,
    BY_LABEL,
    CONDITIONS,
    HANDED_BACK,
    KINDS,
    Condition,
    condition_of,
)
from service.timers.subjects import HANDED_BACK_WORDS, LABEL_WORDS, WORDS, about
from tests import rows
from tests.timers.factories import Factory, clock_of

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
CALLS = {
    operation["operationId"]: (path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if method in {"get", "post", "put", "patch", "delete"}
}
EVERY: list[Condition] = [*CONDITIONS.values(), *HANDED_BACK.values(), *BY_LABEL.values()]
PARTNERS = {
    ("check_request", "answer"),
    ("destination_referral", "answer"),
    ("destination_referral", "update"),
    ("destination_referral", "agreement"),
    ("placement", "arrival"),
    ("change_notice", "acknowledge"),
    ("right_to_know", "answer"),
}
"""What another organisation owes; everything else is probation's own move."""


def test_every_clock_that_has_words_has_a_move_and_the_other_way_round() -> None:
    assert CONDITIONS.keys() == WORDS.keys()


@pytest.mark.parametrize(
    ("key", "label", "handed_back", "words"),
    [
        (("check_request", "answer"), "police_da", False, "The agency must answer the check."),
        (
            ("check_request", "answer"),
            "police_da",
            True,
            "The agency has refused to answer the check, and probation must decide whether to ask again.",
        ),
        (
            ("sight", "review"),
            "joint",
            False,
            "Another region can see the case, and probation must confirm or end that.",
        ),
        (
            ("sight", "review"),
            "emergency",
            False,
            "A member of staff has taken emergency access to the case, and probation must review it.",
        ),
        (
            ("person", "handover"),
            "",
            False,
            "Probation must settle what is not ready for the release on Monday 2 March 2026.",
        ),
        (("nothing", "known"), "", False, "Something is due."),
    ],
)
def test_what_is_owed_is_stated_by_whose_move_it_is(
    key: tuple[str, str], label: str, handed_back: bool, words: str
) -> None:
    assert about(*key, label=label, handed_back=handed_back, day="Monday 2 March 2026") == words


def test_whatever_is_told_apart_has_words_of_its_own() -> None:
    assert HANDED_BACK_WORDS.keys() == HANDED_BACK.keys()
    assert LABEL_WORDS.keys() == BY_LABEL.keys()


def test_only_what_a_partner_was_asked_is_a_partner_s_move() -> None:
    assert {key for key, one in CONDITIONS.items() if one.owed_by == "responder"} == PARTNERS
    assert {one.owed_by for one in (*HANDED_BACK.values(), *BY_LABEL.values())} == {"probation"}


def test_no_two_moves_have_the_same_kind_or_call_for_attention_by_the_same_code() -> None:
    kinds = [one.kind for one in EVERY]
    assert sorted(kinds) == sorted(set(kinds)) == sorted(KINDS)
    codes = [one.attention for one in (*CONDITIONS.values(), *HANDED_BACK.values()) if one.attention]
    assert sorted(codes) == sorted(set(codes)) == sorted(ATTENTION)


@pytest.mark.parametrize("condition", EVERY, ids=lambda one: one.kind)
def test_a_move_is_a_call_of_the_document_at_its_address(condition: Condition) -> None:
    move = condition.move
    path, operation = CALLS[move.operation]
    if move.at is not None:
        asked = {field for _, field, _, _ in Formatter().parse(move.at) if field}
        assert asked <= {"id", "person", "referral", "part", "check", "escalation"}
        assert re.sub(r"\{[a-z_]+\}", "{}", move.at) == re.sub(r"\{[a-z_]+\}", "{}", path)
    if move.transitions:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        action = DOCUMENT["components"]["schemas"][schema]["properties"]["action"]
        assert set(move.transitions) <= set(action["enum"])


def test_a_clock_of_which_nobody_knows_whose_move_it_is_does_not_start(factory: Factory) -> None:
    with pytest.raises(KeyError):
        factory.start(subject=Subject("nothing_known", db.new_id()))


def test_what_a_partner_was_asked_is_its_own_and_what_probation_owes_is_whoever_is_told_first(
    factory: Factory,
) -> None:
    asked = factory.start()
    assert clock_of(asked).owner_role is None
    factory.start("ask", subject=asked)
    factory.start("review", policy="review.due", subject=asked)
    factory.start("reply", policy="review.late_answer", subject=asked)
    assert [clock_of(asked, timer).owner_role for timer in ("ask", "review", "reply")] == [
        "practitioner",
        "practitioner",
        "spo",
    ]
    reported = factory.start(
        "danger", policy="danger.reported", subject=Subject("change_of_circumstance", db.new_id())
    )
    told = clock_of(reported, "danger")
    assert (told.responder_id is not None, told.owner_role) == (True, "practitioner")


def test_a_refused_question_is_probations_until_it_is_answered_after_all(factory: Factory) -> None:
    asked = factory.start()
    for refused, owner in ((True, "practitioner"), (False, None)):
        with rows.transaction() as session:
            timers.hand_back(session, asked, "answer", refused=refused)
        row = clock_of(asked)
        assert row.owner_role == owner
        found = condition_of("check_request", "answer", label="police_da", handed_back=refused)
        assert found is not None
        assert found.owed_by == ("probation" if refused else "responder")
