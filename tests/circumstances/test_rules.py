"""The table of consequences: what must be true of every row, and of the rows that real cases turned on."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.checks.kinds import KINDS
from service.circumstances import rules, states
from service.circumstances.consequences import (
    CONSEQUENCES,
    ENDS_ALLEGATION,
    About,
    Consider,
    Review,
    Standing,
)
from service.circumstances.rules import (
    CHECKS_ABOUT,
    CONCERN_OF,
    OF_HEARING,
    ROUND_THE_CLOCK,
    Effects,
    effects,
    is_danger_now,
)
from service.destinations import DESTINATIONS
from service.transitions import NotAllowed

KINDS_OF_CHANGE = st.sampled_from(sorted(CONSEQUENCES))
SEEN_IN_REAL_CASES = [
    "new_relationship",
    "resumed_relationship",
    "possible_separation",
    "reconciliation",
    "partner_pregnant",
    "contact_with_child",
    "address_proposed",
    "address_new",
    "left_home",
    "returned_home",
    "arrest",
    "police_call_out",
    "threat",
    "exclusion_breach",
    "contact_condition_breach",
    "positive_drug_test",
    "missed_appointments",
    "reporting_changed",
    "self_harm",
    "gang_indication",
    "extremism_indication",
    "victim_report",
    "provider_concern",
    "premises_concern",
    "recalled",
    "released",
    "release_date_changed",
    "hdc_started",
    "hdc_ended",
    "practitioner_changed",
    "area_changed",
    "sentence_ending",
    "licence_ending",
    "work_started",
    "home_settled",
]


def sets_off_nothing(found: Effects) -> bool:
    return not (found.checks or found.review or found.notify or found.about or found.suspends)


@pytest.mark.parametrize("kind", SEEN_IN_REAL_CASES)
def test_every_change_seen_in_real_cases_has_a_row(kind: str) -> None:
    assert kind in CONSEQUENCES


@given(KINDS_OF_CHANGE)
def test_the_table_names_only_checks_and_destinations_that_exist(kind: str) -> None:
    row = CONSEQUENCES[kind]
    assert set(row.checks) <= set(KINDS)
    assert set(row.notify) <= set(DESTINATIONS)


@given(KINDS_OF_CHANGE)
def test_an_established_change_opens_a_review_unless_it_is_risk_itself_or_the_day_of_a_hearing(
    kind: str,
) -> None:
    assert (effects(kind, "established").review is None) == (kind in {"rosh_changed", *OF_HEARING})


@given(KINDS_OF_CHANGE, st.sampled_from(["answered", "unfounded"]), st.sets(st.sampled_from(About)))
def test_what_is_settled_sets_off_nothing(kind: str, standing: str, brings: set[About]) -> None:
    assert sets_off_nothing(effects(kind, standing, brings))


@given(KINDS_OF_CHANGE, st.sampled_from(["refuted", "not_substantiated"]), st.sets(st.sampled_from(About)))
def test_an_allegation_that_ends_otherwise_is_reviewed_once_more_and_sets_off_nothing_else(
    kind: str, standing: str, brings: set[About]
) -> None:
    found = effects(kind, standing, brings)
    assert found.review == Review()
    assert sets_off_nothing(replace(found, review=None))


@given(KINDS_OF_CHANGE, st.sets(st.sampled_from(About)))
def test_establishing_never_asks_less_than_alleging(kind: str, brings: set[About]) -> None:
    alleged, established = (effects(kind, standing, brings) for standing in ("alleged", "established"))
    assert set(alleged.checks) <= set(established.checks)
    assert set(alleged.notify) <= set(established.notify)
    assert alleged.review == established.review


@given(KINDS_OF_CHANGE, st.sampled_from(Standing), st.sampled_from(About))
def test_whoever_comes_into_the_case_is_asked_about(kind: str, standing: Standing, about: About) -> None:
    if standing not in ENDS_ALLEGATION:
        assert set(CHECKS_ABOUT[about]) <= set(effects(kind, standing, [about]).checks)


def test_an_allegation_that_does_not_suffice_opens_a_review_and_tells_nobody() -> None:
    found = effects("exclusion_breach", "alleged")
    assert found.review
    assert not found.notify
    assert not found.checks


def test_a_threat_from_an_unknown_source_is_acted_on_without_waiting_for_proof() -> None:
    found = effects("threat", "alleged")
    assert found.checks == ("police_da",)
    assert found.urgency == "urgent"
    assert set(found.consider) == {Consider.MAPPA, Consider.MARAC}


@pytest.mark.parametrize(
    ("kind", "standing", "brings", "urgent", "now"),
    [
        ("threat", "alleged", [], False, True),
        ("threat", "established", [], False, True),
        ("threat", "unfounded", [About.CHILD], True, False),
        ("contact_condition_breach", "alleged", [About.CHILD], True, True),
        ("police_call_out", "established", [About.PARTNER, About.UNBORN], True, True),
        ("police_call_out", "established", [About.CHILD], False, False),
        ("police_call_out", "established", [About.PARTNER], True, False),
        ("release_date_changed", "established", [About.CHILD], True, False),
    ],
)
def test_a_threat_and_danger_to_a_child_that_is_urgent_are_seen_to_at_any_hour(
    kind: str, standing: str, brings: list[About], urgent: bool, now: bool
) -> None:
    assert is_danger_now(kind, standing, brings, urgent=urgent) is now
    assert {"threat", "death_in_error"} == ROUND_THE_CLOCK


def test_who_comes_into_the_case_is_whom_the_change_and_its_report_bring() -> None:
    assert effects("partner_pregnant", "alleged").about == (About.PARTNER, About.UNBORN)
    brought = effects("partner_pregnant", "alleged", [About.CHILD, About.PARTNER]).about
    assert brought == (About.PARTNER, About.UNBORN, About.CHILD)
    assert effects("released", "alleged", [About.ADDRESS]).about == (About.ADDRESS,)


def test_somebody_may_have_to_be_told_of_a_new_relationship_and_not_of_an_arrest() -> None:
    assert effects("new_relationship", "alleged").disclosure_decision == "partner"
    assert effects("threat", "alleged").disclosure_decision == "named"
    assert effects("threat", "unfounded").disclosure_decision is None
    assert not effects("arrest", "established").disclosure_decision


def test_destinations_are_told_of_an_allegation_that_suffices() -> None:
    assert effects("arrest", "alleged").notify == ("approved_premises", "cas3", "crs", "mappa")
    assert effects("rosh_changed", "established").urgency == "routine"


def test_only_a_recall_that_happened_suspends_work() -> None:
    suspending = {kind for kind in CONSEQUENCES if effects(kind, "established").suspends}
    assert suspending == {"recalled"}
    assert not effects("recalled", "alleged").suspends


def test_a_curfew_that_ends_raises_and_ends_no_check() -> None:
    assert effects("hdc_ended", "established").checks == ()


def test_reports_about_victims_partners_and_intelligence_reach_no_provider() -> None:
    for kind in ("victim_report", "threat", "new_relationship", "police_call_out", "gang_indication"):
        assert set(effects(kind, "established").notify) <= {"mappa"}


def test_good_news_opens_a_review_too_and_raises_no_check() -> None:
    good = [kind for kind, row in CONSEQUENCES.items() if row.positive]
    assert good
    for kind in good:
        found = effects(kind, "established")
        assert found.review
        assert not found.checks


def test_every_destination_that_works_with_the_person_can_report_a_concern() -> None:
    assert set(CONCERN_OF.values()) <= set(CONSEQUENCES)
    assert set(CONCERN_OF) == set(DESTINATIONS)


def test_a_completed_review_stays_completed() -> None:
    done = states.TABLE.move(states.State.OPEN, states.Action.COMPLETE, "probation", states.Facts()).target
    with pytest.raises(NotAllowed) as refused:
        states.TABLE.move(done, states.Action.COMPLETE, "probation", states.Facts())
    assert refused.value.allowed == ()


ROWS = [
    ("open", "complete", False, "completed"),
    ("open", "propose", False, "awaiting_agreement"),
    ("awaiting_agreement", "agree", True, "completed"),
    ("awaiting_agreement", "send_back", True, "open"),
]


@pytest.mark.parametrize("manager", [False, True])
@pytest.mark.parametrize("state", list(states.State))
@pytest.mark.parametrize("action", list(states.Action))
def test_a_review_moves_as_its_table_says(state: states.State, action: states.Action, manager: bool) -> None:
    facts = states.Facts(manager)
    led = [
        target
        for source, name, needs, target in ROWS
        if (source, name) == (state, action) and needs <= manager
    ]
    if led:
        assert [states.TABLE.move(state, action, "probation", facts).target] == led
    else:
        with pytest.raises(NotAllowed) as refused:
            states.TABLE.move(state, action, "probation", facts)
        assert refused.value.allowed == states.TABLE.allowed(state, "probation", facts)


def test_only_a_manager_is_shown_that_a_review_waits_for_agreement() -> None:
    waiting = states.State.AWAITING_AGREEMENT
    assert states.calls(waiting) == ()
    assert states.calls(waiting, manager=True) == ("agree",)
    assert states.calls(states.State.OPEN, manager=True) == ("complete",)


def test_a_review_needs_agreement_only_when_it_would_change_nothing() -> None:
    assert rules.needs_agreement({"no_change_reason": "It was known."})
    assert not rules.needs_agreement({"changes": ["curfew"]})
    assert not rules.needs_agreement({"disclosure": "told", "reason": "She asked."})


ENOUGH = {"disclosure": "told", "reason": "She asked."}
MAPPA_REFERRED = {"what": "mappa", "outcome": "referred"}


@pytest.mark.parametrize(
    ("kind", "consider", "sent", "at_fault"),
    [
        ("risk", "", {"changes": ["curfew"]}, []),
        ("risk", "", {"no_change_reason": "It was known."}, []),
        ("risk", "", {}, ["changes"]),
        ("risk", "", {"changes": []}, ["changes"]),
        ("risk", "", {"changes": ["curfew"], "no_change_reason": "It was known."}, ["changes"]),
        ("risk", "", {"changes": ["curfew"], "disclosure": "told"}, ["disclosure"]),
        ("risk", "mappa", {"changes": ["curfew"], "considered": [MAPPA_REFERRED]}, []),
        ("risk", "mappa marac", {"changes": ["curfew"], "considered": [MAPPA_REFERRED]}, ["considered"]),
        ("risk", "mappa marac", {}, ["considered", "considered", "changes"]),
        ("disclosure", "", ENOUGH, []),
        ("disclosure", "", {}, ["disclosure", "reason"]),
        ("disclosure", "", {"disclosure": "not_told"}, ["reason"]),
        ("disclosure", "", ENOUGH | {"disclosure": "partly_told"}, ["withheld"]),
        ("disclosure", "", ENOUGH | {"disclosure": "partly_told", "withheld": "Her address."}, []),
        ("disclosure", "marac", ENOUGH, ["considered"]),
        ("disclosure", "", ENOUGH | {"no_change_reason": "It was known."}, ["no_change_reason"]),
    ],
)
def test_a_review_is_complete_when_it_has_everything_that_belongs_to_it(
    kind: str, consider: str, sent: dict[str, Any], at_fault: list[str]
) -> None:
    found = rules.completion_faults(kind, consider.split(), sent)
    assert [one.member for one in found] == at_fault
    for one in found:  # in a sentence
        assert one.words == f"{one.words.rstrip('.').capitalize()}."


def test_whoever_is_not_known_as_a_manager_is_refused_with_the_state() -> None:
    waiting = states.State.AWAITING_AGREEMENT
    with pytest.raises(NotAllowed) as refused:
        states.TABLE.move(waiting, states.Action.AGREE, "probation", states.Facts())
    assert refused.value.state is waiting
