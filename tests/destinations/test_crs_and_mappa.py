"""Commissioned services by category, and MAPPA with its two numbers."""

from datetime import date
from typing import Any

import pytest
from marshmallow import ValidationError

from service.destinations import crs, mappa
from service.destinations.contract import Area
from service.destinations.crs import DESIRED_OUTCOMES, SERVICE_CATEGORIES
from service.destinations.states import State
from tests.destinations.factories import case, codes, part, pointers, readiness


def test_there_are_a_hundred_and_fifteen_outcomes_in_thirty_seven_categories() -> None:
    assert (len(DESIRED_OUTCOMES), len(SERVICE_CATEGORIES)) == (115, 37)
    assert len(set(DESIRED_OUTCOMES)) == 115


def test_each_category_has_a_provider_of_its_own() -> None:
    _, ask = part("crs", {})
    assert crs.DESTINATION.duty(ask) == "crs:accommodation"


@pytest.mark.parametrize("days", [0, 41])
def test_enforceable_days_are_one_to_forty(days: int) -> None:
    with pytest.raises(ValidationError):
        crs.CrsAnnexSchema().load({"enforceable_days": days})


@pytest.mark.parametrize("days", [1, 40])
def test_one_and_forty_enforceable_days_are_possible(days: int) -> None:
    assert crs.CrsAnnexSchema().load({"enforceable_days": days})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"risk.management_plan": None, "needs.oasys_linked_sections": None}, "before_sentence_plan"),
        ({"crs.completion_deadline": "2026-03-02"}, "deadline_passed"),
        ({"crs.completion_deadline": "2030-01-01"}, "deadline_after_sentence"),
        ({"crs.desired_outcomes": ["b59dbf80-f2b5-425b-8115-66eb8ad7e40d"]}, "outcome_of_some_contracts"),
    ],
)
def test_what_a_provider_would_question_is_pointed_out_before(changes: dict[str, Any], code: str) -> None:
    assert code not in codes(readiness("crs"))
    assert code in codes(readiness("crs", changes))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"person.interpreter_needed": True}, "/person/interpreter_language"),
        ({"person.interpreter_needed": None}, "/person/interpreter_needed"),
        ({"person.location.prison": None}, "/person/location/prison"),
        ({"release.date_known": False}, "/release/date_unknown_reason"),
        ({"case_manager.is_referrer": False}, "/case_manager/name"),
        ({"risk.edit_confirmed": None}, "/risk/edit_confirmed"),
        ({"crs.desired_outcomes": []}, "/destinations/2/annex/desired_outcomes"),
    ],
)
def test_what_a_provider_needs_depends_on_the_case(changes: dict[str, Any], pointer: str) -> None:
    found = readiness("crs", changes)
    assert pointer in pointers(found)
    assert found.state is State.INCOMPLETE


def test_an_urgent_case_waits_for_its_gaps_at_a_provider() -> None:
    assert readiness("crs", {"urgency": "urgent", "crs.complexity": None}).state is State.INCOMPLETE


def test_a_provider_reports_in_structured_updates_and_a_concern_is_not_one_of_them() -> None:
    assert set(crs.DESTINATION.updates) == {
        "attendance",
        "session",
        "outcome",
        "complexity_proposal",
        "outcome_proposal",
        "progress",
    }


@pytest.mark.parametrize(
    "annex",
    [{"category": 5}, {"category": "2"}, {"level_requested": 1}, {"current_level": 0}, {"category": [1, 2]}],
)
def test_category_and_level_are_two_whole_numbers(annex: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        mappa.MappaAnnexSchema().load(annex)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"person.address": {}}, "/person/address/no_fixed_abode"),
        ({"person.address": {"no_fixed_abode": True}}, "/person/address/closest_area"),
        ({"mappa.category_basis": None}, "/destinations/4/annex/category_basis"),
        (
            {"mappa.victims": {"contact_scheme": True, "summary": "One."}},
            "/destinations/4/annex/victims/liaison_officer",
        ),
        ({"partners": []}, "/partners"),
        ({"mappa.hospital": {"name": "Ward 3"}}, "/destinations/4/annex/hospital/mha_section"),
    ],
)
def test_what_mappa_needs_depends_on_the_case(changes: dict[str, Any], pointer: str) -> None:
    assert pointer in pointers(readiness("mappa", changes))


def test_a_current_address_stands_for_no_fixed_abode() -> None:
    home = {"ref": "now", "kind": "current", "lines": ["1 Wharf Row"]}
    assert not pointers(readiness("mappa", {"person.address": None, "addresses": [home]}))


def test_mappa_is_looked_for_in_its_own_area_and_nowhere_else() -> None:
    find = mappa.DESTINATION.area.find
    assert find(case("mappa"), "N55") == Area("west-yorkshire", "mappa.area")
    assert find(case("mappa", {"mappa.area": None}), "N55") == Area(None, "mappa.area")


def test_a_commissioned_service_is_looked_for_in_the_referrers_region() -> None:
    find = crs.DESTINATION.area.find
    assert find(case("crs", {"referrer.region": "N07"}), "N55") == Area("N07", "referrer.region")
    assert find(case("crs", {"referrer.region": None}), "N55") == Area("N55", "referrer.region")


def test_there_are_forty_two_mappa_areas() -> None:
    assert len(set(mappa.DESTINATION.area.codes)) == 42


def test_a_category_that_does_not_fit_the_offence_is_pointed_out() -> None:
    assert "category_1_needs_registration" in codes(readiness("mappa", {"mappa.category": 1}))
    assert "category_4_is_terrorism" in codes(readiness("mappa", {"mappa.category": 4}))


def test_level_decisions_and_move_on_agreements_are_dated_and_reasoned() -> None:
    updates = mappa.DESTINATION.updates
    decided = updates["level_decision"]().load(
        {"level": "potential_2", "decided_on": "2026-03-02", "rationale": "Screened."}
    )
    assert decided["decided_on"] == date(2026, 3, 2)
    with pytest.raises(ValidationError):
        updates["move_on_agreement"]().load({"agreed": True, "decided_on": "2026-03-02"})
