"""A submission is accepted with gaps; one response names every fault in it."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from service.destinations import DESTINATIONS
from service.http import faults
from service.referrals.schemas.submission import SubmissionSchema
from tests.document.taking import taken
from tests.referrals import samples

Submission = dict[str, Any]
STRUCTURAL = {"submission_reference", "person", "referrer", "sharing_basis", "destinations"}


def refused(submission: Submission) -> dict[str, str]:
    """Return what is wrong, by pointer."""
    with pytest.raises(ValidationError) as error:
        SubmissionSchema().load(submission)
    return {fault.pointer: fault.detail for fault in faults(error.value.messages)}


@pytest.mark.parametrize(
    "sample", [samples.darren_and_toby, samples.toby, samples.minimal, samples.urgent_from_court]
)
def test_the_samples_are_taken_and_stay_the_same_when_taken_again(sample: Callable[[], Submission]) -> None:
    once = taken(sample())
    assert json.loads(json.dumps(once)) == once
    assert taken(once) == once


@given(st.sets(st.sampled_from(sorted(set(samples.darren_and_toby()) - STRUCTURAL))))
def test_no_section_but_the_structural_ones_is_needed(dropped: set[str]) -> None:
    submission = samples.darren_and_toby()
    dropped |= {"addresses"} if "household" in dropped else set()
    dropped |= {"household"} if "addresses" in dropped else set()
    dropped |= {"wordings"} if dropped & {"risk", "contingency"} else set()
    assert taken({name: section for name, section in submission.items() if name not in dropped})


@pytest.mark.parametrize("section", sorted(STRUCTURAL))
def test_the_structural_sections_are_needed(section: str) -> None:
    submission = samples.minimal()
    del submission[section]
    assert refused(submission) == {f"/{section}": "Missing data for required field."}


def test_an_answer_about_children_that_nobody_gave_is_not_recorded() -> None:
    assert taken(samples.minimal())["household"] == {"children": "not_recorded", "contacts": []}


@pytest.mark.parametrize(
    "name", ["N55", "n55", "C", "Yorkshire & The Humber", "yorkshire and the  humber", "Yorkshire and Humber"]
)
def test_a_region_is_known_by_its_aliases_and_kept_as_its_code(name: str) -> None:
    submission = samples.minimal()
    submission["referrer"]["region"] = name
    assert taken(submission)["referrer"]["region"] == "N55"


def test_every_fault_of_a_bad_body_is_named_at_once() -> None:
    submission = samples.darren_and_toby()
    submission["person"]["crn"] = "320741"
    submission["person"]["date_of_birth"] = "1066-10-14"
    submission["person"]["favourite_colour"] = "blue"
    submission["person"]["interpreter_needed"] = "no"
    submission["sentence"]["length"]["years"] = "4"
    submission["release"]["date"] = "9999-12-31"
    submission["household"]["contacts"][1]["lives_at"] = "nowhere"
    submission["offence"]["index"]["summary"] = "nul \x00"
    submission["risk"]["rosh"]["public"]["level"] = "High"
    submission["addresses"][0]["postcode"] = "ls7"
    submission["destinations"][0]["annex"]["type"] = "castle"
    submission["destinations"][0]["annex"]["eligibility_reason"] = "homeless_from_custody"
    submission["destinations"][2]["annex"]["enforceable_days"] = 41
    assert set(refused(submission)) == {
        "/person/crn",
        "/person/date_of_birth",
        "/person/favourite_colour",
        "/person/interpreter_needed",
        "/sentence/length/years",
        "/release/date",
        "/household/contacts/1/lives_at",
        "/offence/index/summary",
        "/risk/rosh/public/level",
        "/addresses/0/postcode",
        "/destinations/0/annex/type",
        "/destinations/0/annex/eligibility_reason",
        "/destinations/2/annex/enforceable_days",
    }


def change(path: str, value: Any) -> Callable[[Submission], None]:
    def make(submission: Submission) -> None:
        *inside, last = path.split("/")
        here: Any = submission
        for step in inside:
            here = here[int(step)] if step.isdigit() else here[step]
        here[int(last) if last.isdigit() else last] = value

    return make


CONTRADICTIONS: list[tuple[str, Any, str]] = [
    ("person/date_of_birth", "2026-03-03", "/person/date_of_birth"),
    ("person/date_of_birth", "2024-02-01", "/offence/index/conviction_date"),
    ("referrer/manager/endorsed_on", "2026-03-03", "/referrer/manager/endorsed_on"),
    ("offence/index/conviction_date", "2027-01-01", "/offence/index/conviction_date"),
    ("risk/oasys/assessed_on", "2026-03-03", "/risk/oasys/assessed_on"),
    ("housing/dtr/date", "2026-03-03", "/housing/dtr/date"),
    ("release/date", "2031-01-01", "/sentence/expiry_date"),
    ("release/date_known", False, "/release/date"),
    ("release/releases/0/end_date", "2026-01-01", "/release/releases/0/end_date"),
    ("addresses/0/to", "2019-01-01", "/addresses/0/to"),
    ("addresses/1/ref", "before-custody", "/addresses/1/ref"),
    ("addresses/2/contact_ref", "nobody", "/addresses/2/contact_ref"),
    ("household/contacts/1/ref", "ex-partner", "/household/contacts/1/ref"),
    ("household/contacts/0/lives_at", "nowhere", "/household/contacts/0/lives_at"),
    ("household/contacts/0/due_date", "2026-06-01", "/household/contacts/0/due_date"),
    ("household/contacts/1/date_of_birth", "2026-06-01", "/household/contacts/1/date_of_birth"),
    ("household/contacts/1/details_status", "provided", "/household/contacts/1/details_status"),
    ("household/contacts/1/is_child", False, "/household/contacts/1/is_child"),
    ("household/children", "no", "/household/children"),
    ("risk/rosh/overall", "medium", "/risk/rosh/overall"),
    ("risk/rosh", {"overall": "medium", "public": {"level": "high"}}, "/risk/rosh/overall"),
    ("risk/rosh", {"overall": "high", "staff": {"level": "very_high"}}, "/risk/rosh/overall"),
    (
        "offence/convictions",
        {"any_listed": False, "hate_crime": ["previous"]},
        "/offence/convictions/any_listed",
    ),
    (
        "offence/convictions",
        {"any_listed": False, "arson": False, "contact_sexual_offences_against_adults": ["current"]},
        "/offence/convictions/any_listed",
    ),
    ("licence/exclusion_zones/1/postcodes", ["M21 9WQ"], "/licence/exclusion_zones/1/postcodes"),
    ("sharing_basis/person_told", False, "/sharing_basis/not_told_reason"),
    ("urgency", "urgent", "/urgency_reason"),
    ("adjustments/1/kind", "literacy", "/adjustments/1/kind"),
    ("destinations/3/service_category", "accommodation", "/destinations/3"),
    ("destinations/2/service_category", "gardening", "/destinations/2/service_category"),
    ("destinations/4/service_category", "accommodation", "/destinations/4/service_category"),
    ("destinations/2/annex/desired_outcomes/0", "@ete", "/destinations/2/annex/desired_outcomes/0"),
    ("destinations/0/annex/placement/start_date", "2026-03-25", "/destinations/0/annex/placement/start_date"),
    ("destinations/1/annex/placement/start_date", "2026-03-10", "/destinations/1/annex/placement/start_date"),
]


@pytest.mark.parametrize(("path", "value", "pointer"), CONTRADICTIONS)
def test_answers_that_contradict_each_other_are_named_where_they_stand(
    path: str, value: Any, pointer: str
) -> None:
    submission = samples.darren_and_toby()
    change(path, "e0d5bf23-b2ad-4753-866a-d76e072b2c09" if value == "@ete" else value)(submission)
    assert pointer in refused(submission)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("risk/rosh", {"overall": "high", "public": {"level": "medium"}}),
        ("risk/rosh", {"overall": "high"}),
        ("offence/convictions", {"any_listed": False, "arson": True}),
        ("offence/convictions", {"any_listed": False, "hate_crime": []}),
        ("offence/convictions", {"any_listed": True}),
    ],
)
def test_what_is_not_yet_known_contradicts_nothing(path: str, value: Any) -> None:
    submission = samples.darren_and_toby()
    change(path, value)(submission)
    assert SubmissionSchema().validate(submission) == {}


def test_a_service_category_is_required_where_there_are_several() -> None:
    submission = samples.minimal()
    del submission["destinations"][0]["service_category"]
    assert set(refused(submission)) == {"/destinations/0/service_category"}


def test_an_unknown_destination_is_a_fault_of_its_own() -> None:
    submission = samples.minimal()
    submission["destinations"][0] = {"kind": "castle", "annex": {"moat": True}}
    assert set(refused(submission)) == {"/destinations/0/kind"}


def test_a_complexity_must_be_offered_for_the_category() -> None:
    submission = samples.minimal()
    submission["destinations"] = [
        {
            "kind": "crs",
            "service_category": "finance_benefits_and_debt_north_west",
            "annex": {"complexity": "low"},
        }
    ]
    assert refused(submission) == {
        "/destinations/0/annex/complexity": "Is not offered for this service category: high."
    }


@pytest.mark.parametrize("junk", [None, 7, "text", [], [None], {"kind": []}, {"kind": {}}])
def test_junk_where_a_destination_should_be_is_refused_and_breaks_nothing(junk: Any) -> None:
    submission = samples.minimal()
    submission["destinations"] = [junk]
    assert any(pointer.startswith("/destinations/0") for pointer in refused(submission))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(section=st.sampled_from(sorted(samples.darren_and_toby())), junk=JUNK)
def test_junk_in_any_section_is_refused_or_taken_and_breaks_nothing(section: str, junk: Any) -> None:
    submission = samples.darren_and_toby()
    submission[section] = deepcopy(junk)
    wrong = SubmissionSchema().validate(submission)
    assert not wrong or list(faults(wrong))


def test_each_kind_of_destination_has_an_annex_of_its_own() -> None:
    assert len({each.annex for each in DESTINATIONS.values()}) == len(DESTINATIONS)
