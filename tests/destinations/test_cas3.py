"""CAS3: not too early, not without consent, a duty to refer and an accommodation referral."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.destinations import DESTINATIONS
from service.destinations.cas3 import DESTINATION
from service.destinations.case import Known
from service.destinations.contract import Area, Gap
from service.destinations.readiness import assess_all
from service.destinations.states import LIVE, State
from tests.destinations.factories import DOCUMENT, TODAY, case, codes, part, pointers, readiness

KIND = "cas3"
LIVE_CRS = {"crs:accommodation": State.SENT}
SOON = {"cas3.placement.start_date": "2026-06-02"}


def test_what_is_needed_three_months_ahead_goes_out() -> None:
    assert readiness(KIND, SOON, LIVE_CRS).state is State.SENT


def test_a_day_more_is_held_and_says_when_it_opens() -> None:
    found = readiness(KIND, {"cas3.placement.start_date": "2026-06-03"}, LIVE_CRS)
    assert found.state is State.HELD
    assert found.hold is not None
    assert found.hold.opens_on == date(2026, 3, 3)


def test_a_release_too_far_ahead_holds_it_too() -> None:
    changes = SOON | {"release.date": "2026-09-30", "cas3.placement.start_date": "2026-09-30"}
    found = readiness(KIND, changes, LIVE_CRS)
    assert found.hold is not None
    assert found.hold.opens_on == date(2026, 6, 30)


@given(st.dates(date(2026, 3, 2), date(2030, 1, 1)))
def test_what_is_held_goes_out_on_the_day_it_opens(needed_from: date) -> None:
    changes = {"cas3.placement.start_date": needed_from.isoformat()}
    hold = readiness(KIND, changes, LIVE_CRS).hold
    if hold:
        assert hold.opens_on > TODAY
        again = readiness(KIND, changes, LIVE_CRS, today=hold.opens_on)
        assert again.hold is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"housing.dtr.submitted": False}, "duty_to_refer_missing"),
        ({"housing.dtr.reference": None}, "duty_to_refer_missing"),
        ({"housing.dtr.date": "2025-09-01"}, "duty_to_refer_too_old"),
        ({"consent.cas3": False}, "consent_refused"),
    ],
)
def test_it_is_blocked_until_the_reason_ends(changes: dict[str, Any], code: str) -> None:
    found = readiness(KIND, SOON | changes, LIVE_CRS)
    assert code in codes(found)
    assert found.state in {State.BLOCKED, State.INCOMPLETE}


def test_a_duty_to_refer_counts_for_twenty_six_weeks() -> None:
    assert readiness(KIND, SOON | {"housing.dtr.date": "2025-09-02"}, LIVE_CRS).state is State.SENT
    assert readiness(KIND, SOON | {"housing.dtr.date": "2025-09-01"}, LIVE_CRS).state is State.BLOCKED


@pytest.mark.parametrize("state", State)
def test_only_a_live_accommodation_referral_counts(state: State) -> None:
    found = readiness(KIND, SOON, {"crs:accommodation": state})
    assert (found.state is State.SENT) == (state in LIVE)


def test_another_commissioned_service_does_not_count() -> None:
    found = readiness(KIND, SOON, {"crs:emotional_wellbeing": State.ACCEPTED})
    assert found.state is State.BLOCKED
    assert [block.waits_for for block in found.blocks] == ["crs:accommodation"]


def test_all_reasons_to_wait_are_given_and_not_only_the_first() -> None:
    found = readiness(KIND, {"consent.cas3": False, "housing.dtr.date": "2025-01-01"}, {})
    assert {"consent_refused", "duty_to_refer_too_old", "accommodation_referral_missing"} <= codes(found)
    assert found.hold is not None


def test_an_accommodation_referral_of_the_same_submission_counts_once_it_goes_out() -> None:
    found = assess_all(DESTINATIONS, Known(DOCUMENT), {}, date(2026, 3, 16))
    assert found["cas3"].state is State.SENT
    incomplete = {
        **DOCUMENT,
        "destinations": [
            {**each, "annex": {}} if each.get("service_category") == "accommodation" else each
            for each in DOCUMENT["destinations"]
        ],
    }
    found = assess_all(DESTINATIONS, Known(incomplete), {}, date(2026, 3, 16))
    assert found["crs:accommodation"].state is State.INCOMPLETE
    assert found["cas3"].state is State.BLOCKED
    assert found["approved_premises"].state is State.SENT


def test_an_accommodation_referral_that_nobody_answers_for_does_not_count() -> None:
    nobody = {"crs:accommodation": [Gap("/referrer/region", "nobody")]}
    found = assess_all(DESTINATIONS, Known(DOCUMENT), {}, date(2026, 3, 16), nobody)
    assert found["crs:accommodation"].state is State.INCOMPLETE
    assert found["cas3"].state is State.BLOCKED


def test_what_stands_already_wins_over_what_the_document_would_give() -> None:
    found = assess_all(
        DESTINATIONS, Known(DOCUMENT), {"crs:accommodation": State.DECLINED}, date(2026, 3, 16)
    )
    assert found["cas3"].state is State.BLOCKED


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"sharing.unsuitable_detail": None}, "/sharing/unsuitable_detail"),
        ({"cas3.location.own_region": False}, "/destinations/1/annex/location/region"),
        ({"cas3.location.other_pdu": True}, "/destinations/1/annex/location/other_pdu_reason"),
        ({"behaviour.previous_cas_stay": "yes"}, "/behaviour/previous_cas_types"),
        ({"release.releases": [{"type": "crd_licence"}]}, "/release/releases/0/start_date"),
        ({"health.diet": "yes"}, "/health/diet_detail"),
    ],
)
def test_what_a_case_needs_depends_on_the_case(changes: dict[str, Any], pointer: str) -> None:
    found = readiness(KIND, SOON | changes, LIVE_CRS)
    assert pointer in pointers(found)
    assert found.state is State.INCOMPLETE


@pytest.mark.parametrize(
    ("release", "location", "too_early"),
    [
        ("2026-06-01", "custody", False),
        ("2026-06-02", "custody", False),
        ("2026-06-03", "custody", True),
        ("2026-06-03", "community", False),
    ],
)
def test_a_place_may_be_needed_from_the_day_of_release_and_not_before(
    release: str, location: str, too_early: bool
) -> None:
    stay = case(KIND, SOON | {"release.date": release, "person.location.type": location})
    found = [at[-1] for at, _ in DESTINATION.faults(stay, part(KIND, SOON)[1])]
    assert found == (["start_date"] if too_early else [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {"cas3.eligibility_reason": "homeless_from_custody", "person.location.type": "community"},
            "already_in_the_community",
        ),
        (
            {"release.releases": [{"type": "parole"}, {"type": "crd_licence"}]},
            "releases_conflict",
        ),
        ({"cas3.location.own_region": False}, "other_region_needs_evidence"),
        ({"housing.dtr": {"submitted": False}, "release.date": "2026-06-01"}, "duty_to_refer_not_open"),
    ],
)
def test_what_cas3_would_decline_is_pointed_out_before(changes: dict[str, Any], code: str) -> None:
    assert code in codes(readiness(KIND, SOON | changes, LIVE_CRS))


def test_post_sentence_supervision_is_offered_until_may() -> None:
    changes = SOON | {"release.releases": [{"type": "pss", "start_date": "2026-03-24"}]}
    assert "pss_not_offered" not in codes(readiness(KIND, changes, LIVE_CRS, today=date(2026, 5, 10)))
    assert "pss_not_offered" in codes(readiness(KIND, changes, LIVE_CRS, today=date(2026, 5, 11)))


def test_cas3_is_looked_for_in_the_region_where_housing_is_sought() -> None:
    find = DESTINATION.area.find
    assert find(case(KIND), "N07") == Area("N55", "referrer.region")
    elsewhere = {"cas3.location.own_region": False, "cas3.location.region": "N51"}
    assert find(case(KIND, elsewhere), "N55") == Area("N51", "cas3.location.region")
    nowhere = elsewhere | {"cas3.location.region": None}
    assert find(case(KIND, nowhere), "N55") == Area(None, "cas3.location.region")


def test_a_stay_is_at_most_eighty_four_nights_with_three_prompts_before_its_end() -> None:
    assert DESTINATION.placement is not None
    assert DESTINATION.placement.most_nights == 84
    policy = next(each for each in DESTINATION.policies if each["key"] == "placement.cas3_end")
    notified = [step["at"] for step in policy["answer"]["steps"] if step["probation"] == "practitioner"]
    assert notified == ["H-42d", "H-21d", "H-7d", "H", "T+1wd"]


def test_there_are_nineteen_reasons_to_decline() -> None:
    assert len(DESTINATION.decline_reasons) == 19
