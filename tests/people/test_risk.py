"""The risk of serious harm: history with reason and author, never an overwrite."""

from typing import Any

import pytest
from sqlalchemy import text

from service import db
from service.access.actor import Actor
from service.access.permissions import MANAGERS
from service.events import timeline
from service.http.problems import Problem
from service.people import queries, visibility
from service.people.actions.recording import record_rosh
from tests import rows
from tests.cast import Caller, Cast
from tests.people.factories import CRN, GROUNDS, a_household, held_meanwhile_by, record, staff
from tests.rows import person_id

PUBLIC, CHILDREN = "public", "children"


def judge(actor: Actor, group: str, level: str, **why: Any) -> None:
    with rows.transaction() as session:
        person = visibility.find_person(session, actor, person_id(CRN), lock=True)
        record_rosh(session, actor, person, group, level, **why)


def levels(actor: Actor) -> dict[str, str]:
    with rows.transaction() as session:
        person = visibility.find_person(session, actor, person_id(CRN))
        return {group: now.level for group, now in queries.current_rosh(session, person.id).items()}


def history(actor: Actor) -> list[tuple[str, str | None, str]]:
    with rows.transaction() as session:
        person = visibility.find_person(session, actor, person_id(CRN))
        return [
            (one.group_at_risk, one.previous_level, one.level)
            for one in queries.rosh_history(session, person.id, newest=False, after=None, limit=100)
        ]


def test_a_raised_risk_follows_the_one_before(cast: Cast) -> None:
    actor = staff(cast.probation)
    record(actor, a_household())
    judge(actor, CHILDREN, "medium", reason="A child protection plan came to light.")
    assert levels(actor) == {"public": "high", "children": "medium"}
    assert history(actor) == [
        ("children", None, "low"),
        ("public", None, "high"),
        ("children", "low", "medium"),
    ]
    with rows.transaction() as session:
        person = visibility.find_person(session, actor, person_id(CRN))
        assert queries.highest_rosh(session, person.id) == "high"
        assert person.version == 4, "each judgement makes a new version of the person"


def faults_of(actor: Actor, group: str, level: str, **why: Any) -> list[str]:
    with pytest.raises(Problem) as refused:
        judge(actor, group, level, **why)
    assert refused.value.status == 422
    return [fault.pointer for fault in refused.value.errors]


def test_a_change_needs_a_reason_and_lowering_needs_evidence(cast: Cast) -> None:
    actor = staff(cast.probation, role="spo")
    record(actor, a_household())
    judge(actor, CHILDREN, "medium", reason="New information.")
    assert faults_of(actor, CHILDREN, "high") == ["/reason"]
    assert faults_of(actor, CHILDREN, "low", reason="Calmer.") == ["/evidence"]
    assert faults_of(actor, CHILDREN, "low", at="/rosh") == ["/rosh/reason", "/rosh/evidence"]
    judge(actor, CHILDREN, "low", reason="Calmer.", evidence="Six months of home visits.")
    judge(actor, CHILDREN, "low")
    assert levels(actor)[CHILDREN] == "low"


def test_lowering_from_high_is_for_a_manager(cast: Cast) -> None:
    practitioner = staff(cast.probation)
    record(practitioner, a_household())
    why: dict[str, Any] = {
        "reason": "Work and sobriety.",
        "evidence": "Alcohol tag, employer's letter.",
        "grounds": GROUNDS,
    }
    with pytest.raises(Problem) as refused:
        judge(practitioner, PUBLIC, "medium", **why)
    assert (refused.value.status, refused.value.type) == (403, "role-required")
    judge(staff(cast.probation, "s.okafor", "spo"), PUBLIC, "medium", **why)
    assert levels(practitioner)[PUBLIC] == "medium"


def test_every_manager_may_lower_from_very_high(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    for role in sorted(MANAGERS):
        manager = staff(cast.probation, "m", role)
        judge(manager, PUBLIC, "very_high", reason="A threat.")
        why = {"reason": "It was a mistake.", "evidence": "The police withdrew it.", "grounds": GROUNDS}
        judge(manager, PUBLIC, "low", **why)
        assert levels(manager)[PUBLIC] == "low"


def refused_at(actor: Actor, document: dict[str, Any]) -> set[str]:
    with pytest.raises(Problem) as refused:
        record(actor, document)
    assert refused.value.status == 422
    return {fault.pointer for fault in refused.value.errors}


def test_a_document_that_says_what_it_said_before_the_risk_was_raised_is_refused(cast: Cast) -> None:
    actor = staff(cast.probation)
    record(actor, a_household())
    judge(actor, CHILDREN, "high", reason="An allegation.")
    judge(actor, PUBLIC, "very_high", reason="A threat.")
    assert refused_at(actor, a_household()) == {
        "/risk/rosh/children/level",
        "/risk/rosh/public/level",
        "/risk/rosh/overall",
    }
    assert levels(actor) == {PUBLIC: "very_high", CHILDREN: "high"}


def test_a_document_that_says_what_it_said_before_the_risk_was_lowered_raises_nothing(cast: Cast) -> None:
    actor = staff(cast.probation)
    record(actor, a_household())
    why: dict[str, Any] = {
        "reason": "Work and sobriety.",
        "evidence": "Alcohol tag, employer's letter.",
        "grounds": GROUNDS,
    }
    judge(staff(cast.probation, "s.okafor", "spo"), PUBLIC, "medium", **why)
    record(actor, a_household())
    assert levels(actor)[PUBLIC] == "medium"


@pytest.mark.parametrize("said", [{"overall": "low"}, {"overall": "medium", "children": {"level": "medium"}}])
def test_no_document_says_a_lower_overall_risk_than_is_on_record(cast: Cast, said: dict[str, Any]) -> None:
    actor = staff(cast.probation, role="spo")
    record(actor, a_household())
    document = a_household()
    document["risk"]["rosh"] = said
    assert refused_at(actor, document) == {"/risk/rosh/overall"}
    document["risk"]["rosh"] = said | {"overall": "high"}
    record(actor, document)
    assert levels(actor)[PUBLIC] == "high", "what is left out stays as it was known"


def test_a_document_may_raise_and_never_lower(cast: Cast) -> None:
    actor = staff(cast.probation, role="spo")
    record(actor, a_household())
    higher, lower = a_household(), a_household()
    higher["risk"]["rosh"]["children"] = {"level": "high"}
    record(actor, higher)
    assert levels(actor)[CHILDREN] == "high"
    lower["risk"]["rosh"] |= {"children": {"level": "medium"}, "public": {"level": "low"}}
    with pytest.raises(Problem) as refused:
        record(actor, lower)
    assert {fault.pointer for fault in refused.value.errors} == {
        "/risk/rosh/children/level",
        "/risk/rosh/public/level",
    }


def test_no_judgement_can_be_rewritten(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    for rewriting in ("UPDATE rosh_assessment SET level = 'low'", "DELETE FROM rosh_assessment"):
        with pytest.raises(Exception, match="only ever added to"), db.transaction("owner") as session:
            session.execute(text(rewriting))
        with pytest.raises(Exception, match="permission denied"), rows.transaction() as session:
            session.execute(text(rewriting))


def test_a_change_of_risk_is_in_the_feed_and_the_timeline(cast: Cast) -> None:
    actor = staff(cast.probation)
    person_id = record(actor, a_household())
    judge(actor, CHILDREN, "medium", reason="New information.")
    with rows.transaction() as session:
        story = timeline(session, db.new_id(), person_id=person_id)
    assert [entry["event"] for entry in story if entry["event"].startswith("rosh.")] == [
        "rosh.recorded",
        "rosh.recorded",
        "rosh.raised",
    ]
    (entry,) = cast.probation.get("/v1/events").get_json()["items"]
    assert (entry["event"], entry["data"]) == (
        "rosh.raised",
        {"group": "children", "from_level": "low", "to_level": "medium"},
    )


def test_a_region_in_which_nobody_is_named_is_told_nothing_more_of_a_limited_access_case(cast: Cast) -> None:
    mine, theirs = staff(cast.probation), staff(cast.stranger)
    record(mine, a_household())
    with held_meanwhile_by(cast.stranger):
        record(theirs, a_household())

    def event_names(caller: Caller) -> list[str]:
        return [entry["event"] for entry in caller.get("/v1/events").get_json()["items"]]

    judge(mine, CHILDREN, "medium", reason="A child protection plan came to light.")
    assert event_names(cast.stranger) == ["rosh.raised"], "it works with the person, too"
    limited = a_household()
    limited["person"]["restricted_record"] = True
    del limited["risk"]
    record(mine, limited)
    judge(mine, CHILDREN, "high", reason="He was seen at the school.")
    assert event_names(cast.probation)[-3:] == ["rosh.raised", "person.limited", "rosh.raised"]
    assert event_names(cast.stranger) == ["rosh.raised"]
