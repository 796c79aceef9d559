"""Approved premises: notice, lateness, eligibility, length of stay, and what each case must say."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.destinations.approved_premises import DESTINATION
from service.destinations.approved_premises_rules import default_nights, notice
from service.destinations.states import State
from tests.destinations.factories import TODAY, case, codes, pointers, readiness

KIND = "approved_premises"


def arriving(days: int) -> dict[str, Any]:
    return {"release.date": (TODAY + timedelta(days=days)).isoformat()}


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, "emergency"), (7, "emergency"), (8, "short_notice"), (28, "short_notice"), (29, "standard")],
)
def test_notice_is_by_days_from_submission_to_arrival(days: int, expected: str) -> None:
    assert notice(case(KIND, arriving(days))) == expected
    assert DESTINATION.policy(case(KIND, arriving(days))) == f"approved_premises.{expected}"
    danger = "placement.emergency" if expected == "emergency" else None
    assert DESTINATION.danger(case(KIND, arriving(days))) == danger


def test_without_an_arrival_date_notice_is_standard() -> None:
    assert notice(case(KIND, {"release.date": None})) == "standard"


@given(st.integers(-30, 1000))
def test_the_later_the_arrival_the_calmer_the_notice(days: int) -> None:
    order = ["emergency", "short_notice", "standard"]
    sooner, later = notice(case(KIND, arriving(days))), notice(case(KIND, arriving(days + 1)))
    assert order.index(sooner) <= order.index(later)


def test_each_notice_has_its_target_and_the_afternoon_counts_from_the_next_morning() -> None:
    targets = {
        policy["key"]: (policy["answer"]["targets"]["routine"], policy["answer"]["cut_off"])
        for policy in DESTINATION.policies
        if policy["key"].startswith("approved_premises.")
    }
    assert targets == {
        "approved_premises.emergency": ("2wh", "13:00"),
        "approved_premises.short_notice": ("5wd", "13:00"),
        "approved_premises.standard": ("10wd", "13:00"),
    }


def test_an_arrival_under_six_months_away_needs_a_late_reason() -> None:
    reason = "/destinations/0/annex/short_notice_reason"
    six_months = {"release.date": "2026-09-02", "ap.short_notice_reason": None}
    almost = {"release.date": "2026-09-01", "ap.short_notice_reason": None}
    assert reason not in pointers(readiness(KIND, six_months))
    assert reason in pointers(readiness(KIND, almost))
    assert "late_for_approved_premises" in codes(readiness(KIND, almost))
    assert "late_for_approved_premises" not in codes(readiness(KIND, six_months))


@pytest.mark.parametrize(
    ("tier", "sex", "eligible"),
    [
        ("A3", "male", True),
        ("B1", "male", True),
        ("C3", "male", False),
        ("C3", "female", True),
        ("C1", "female", False),
        ("B2S", "male", False),
        ("C", "male", True),
        ("D", "male", False),
    ],
)
def test_a_tier_is_eligible_or_needs_the_exceptional_route(tier: str, sex: str, eligible: bool) -> None:
    found = readiness(KIND, {"risk.tier": tier, "person.sex": sex})
    assert ("exceptional_route_needed" not in codes(found)) == eligible
    exception = {f"/destinations/0/annex/exception/{each}" for each in ("agreed", "manager_name", "summary")}
    assert (not exception & pointers(found)) == eligible


def test_without_a_tier_a_level_is_asked_and_medium_is_not_eligible() -> None:
    assert "/risk/level_when_no_tier" in pointers(readiness(KIND, {"risk.tier": None}))
    medium = {"risk.tier": None, "risk.level_when_no_tier": "medium"}
    assert "not_eligible" in codes(readiness(KIND, medium))
    high = {"risk.tier": None, "risk.level_when_no_tier": "high"}
    found = readiness(KIND, high)
    assert "exceptional_route_needed" in codes(found)
    assert "/destinations/0/annex/exception/agreed" in pointers(found)


def test_some_premises_are_not_for_women() -> None:
    women = {"person.sex": "female", "ap.type": "rfap"}
    assert "type_not_for_women" in codes(readiness(KIND, women))
    assert "type_not_for_women" not in codes(readiness(KIND, women | {"ap.type": "pipe"}))


@pytest.mark.parametrize(
    ("changes", "weeks"),
    [
        ({}, 12),
        ({"ap.type": "pipe"}, 26),
        ({"ap.type": "esap"}, 52),
        ({"ap.type": "rfap"}, 12),
        ({"risk.tier": "A"}, 16),
        ({"risk.tier": "C"}, 8),
        ({"risk.tier": "C", "sentence.type": "life"}, 16),
        ({"risk.tier": "C", "person.sex": "female"}, 16),
        ({"ap.duration.different": True, "ap.duration.length": {"weeks": 20}}, 20),
    ],
)
def test_a_stay_has_the_length_of_its_premises_unless_tier_or_agreement_say_otherwise(
    changes: dict[str, Any], weeks: int
) -> None:
    assert default_nights(case(KIND, changes)) == weeks * 7


@pytest.mark.parametrize(
    "changes",
    [
        arriving(28),
        arriving(200) | {"ap.type": "esap"},
        arriving(200) | {"sentence.type": "community_order"},
    ],
)
def test_a_contingency_plan_is_needed_for_short_notice_esap_and_community_orders(changes: Any) -> None:
    found = pointers(readiness(KIND, changes | {"contingency": None, "partners": []}))
    assert {"/contingency/no_return", "/contingency/breach", "/partners"} <= found


def test_no_contingency_plan_is_needed_with_standard_notice() -> None:
    found = pointers(readiness(KIND, arriving(200) | {"contingency": None, "partners": []}))
    assert not any(pointer.startswith(("/contingency", "/partners")) for pointer in found)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ap.type": "pipe"}, "/destinations/0/annex/pipe/opd_screened"),
        ({"ap.type": "esap"}, "/destinations/0/annex/esap/reasons"),
        ({"ap.type": "rfap"}, "/destinations/0/annex/rfap/motivation"),
        ({"sentence.type": "community_order"}, "/destinations/0/annex/situation"),
        ({"sentence.type": "non_statutory"}, "/destinations/0/annex/managed_by_mappa"),
        ({"sharing.suitable": False, "sharing.unsuitable_detail": None}, "/sharing/unsuitable_detail"),
        ({"ap.self_catering": False}, "/destinations/0/annex/self_catering_detail"),
        ({"ap.short_notice_reason": "other"}, "/destinations/0/annex/short_notice_other"),
        ({"health.pregnancy": {"pregnant": True}}, "/health/pregnancy/due_date"),
        ({"documents": []}, "/documents"),
        ({"release.releases": []}, "/release/releases"),
    ],
)
def test_what_a_case_needs_depends_on_the_case(changes: dict[str, Any], pointer: str) -> None:
    found = readiness(KIND, changes)
    assert pointer in pointers(found)
    assert found.state is State.INCOMPLETE


def test_a_gap_says_in_words_why_it_is_one() -> None:
    gaps = readiness(KIND, {"sharing.unsuitable_detail": None}).gaps
    assert [gap.why for gap in gaps] == ["required when the person cannot share a room"]


def test_an_urgent_case_goes_out_with_its_gaps_listed() -> None:
    gappy: dict[str, Any] = {"risk.oasys": None, "needs": None, "documents": []}
    assert readiness(KIND, gappy).state is State.INCOMPLETE
    urgent = readiness(KIND, gappy | {"urgency": "urgent"})
    assert urgent.state is State.SENT
    assert "/documents" in pointers(urgent)
    without_a_reason = readiness(KIND, gappy | {"urgency": "urgent", "ap.risk_rationale": None})
    assert without_a_reason.state is State.INCOMPLETE


def test_an_old_oasys_and_a_short_licence_are_pointed_out() -> None:
    found = codes(
        readiness(
            KIND, {"risk.oasys.assessed_on": "2025-09-01", "sentence.licence_expiry_date": "2026-05-01"}
        )
    )
    assert {"oasys_older_than_six_months", "licence_ends_before_stay"} <= found
    assert "oasys_older_than_six_months" not in codes(
        readiness(KIND, {"risk.oasys.assessed_on": "2025-09-02"})
    )


def test_an_answer_from_an_old_oasys_is_pointed_out_and_one_from_elsewhere_is_not() -> None:
    old = [
        {"path": "risk.summary", "source": source, "dated": "2025-09-01"} for source in ("oasys", "ndelius")
    ]
    advice = readiness(KIND, {"provenance": old}).advice
    assert [one.pointer for one in advice if one.code.startswith("imported")] == ["/provenance/0/dated"]


def test_a_release_that_does_not_follow_the_sentence_is_pointed_out() -> None:
    assert "release_unusual_for_sentence" in codes(readiness(KIND, {"sentence.type": "life"}))


def test_the_premises_have_a_gate_and_prompt_before_the_end() -> None:
    assert DESTINATION.placement is not None
    assert DESTINATION.placement.departure_gate
    assert DESTINATION.placement.most_nights is None


def test_there_are_eight_late_reasons_and_fourteen_to_decline() -> None:
    assert len(DESTINATION.decline_reasons) == 14
    assert len(DESTINATION.vocabulary["ap.short_notice_reason"]) == 8


def test_months_are_calendar_months() -> None:
    found = readiness(
        KIND, {"release.date": "2027-02-28", "ap.short_notice_reason": None}, today=date(2026, 8, 31)
    )
    assert "late_for_approved_premises" not in codes(found)
