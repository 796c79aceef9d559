"""What must agree across a submission, held on documents with nothing else in them."""

from typing import Any

import pytest

from service.document.coherence import faults


def faults_of(contact: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with one contact: the member, and the sentence."""
    found = list(faults({"household": {"contacts": [contact]}}))
    assert all(steps[:3] == ("household", "contacts", 0) for steps, _ in found)
    return [(str(steps[3]), sentence) for steps, sentence in found]


@pytest.mark.parametrize(
    ("relationship", "member", "value"),
    [
        ("partner", "given_name", "Sam"),
        ("partner", "family_name", "Shaw"),
        ("child", "date_of_birth", "2020-05-01"),
        ("unborn_child", "due_date", "2026-05-01"),
    ],
)
def test_details_are_provided_once_a_name_or_a_date_is(relationship: str, member: str, value: str) -> None:
    assert faults_of({"relationship": relationship, "details_status": "provided", member: value}) == []


def test_details_are_not_provided_without_a_name_or_a_date() -> None:
    assert faults_of({"relationship": "partner", "details_status": "provided"}) == [
        ("details_status", "Is provided, but no name or date is given.")
    ]
    assert faults_of({"relationship": "partner", "details_status": "not_asked"}) == []


def test_a_relationship_that_is_a_childs_is_not_of_somebody_who_is_no_child() -> None:
    assert faults_of({"relationship": "child", "is_child": False}) == [
        ("is_child", "Is false, but the relationship is that of a child.")
    ]
    assert faults_of({"relationship": "partner", "is_child": False}) == []


@pytest.mark.parametrize(
    ("document", "place", "sentence"),
    [
        (
            {"release": {"date": "2026-03-24"}, "sentence": {"licence_expiry_date": "2026-03-23"}},
            ("sentence", "licence_expiry_date"),
            "Is before release.date.",
        ),
        (
            {"custody": {"acct_alerts": [{"opened_on": "2026-01-10", "closed_on": "2026-01-09"}]}},
            ("custody", "acct_alerts", 0, "closed_on"),
            "Is before opened_on.",
        ),
        (
            {
                "person": {"date_of_birth": "1988-04-01"},
                "household": {"contacts": [{"relationship": "child", "date_of_birth": "1988-04-01"}]},
            },
            ("household", "contacts", 0, "date_of_birth"),
            "Is of a child of the person, and not after person.date_of_birth.",
        ),
    ],
)
def test_days_that_cannot_both_be_are_a_contradiction(
    document: dict[str, Any], place: tuple[Any, ...], sentence: str
) -> None:
    assert list(faults(document)) == [(place, sentence)]


@pytest.mark.parametrize(
    "document",
    [
        {"release": {"date": "2026-03-24"}, "sentence": {"licence_expiry_date": "2026-03-24"}},
        {"custody": {"acct_alerts": [{"opened_on": "2026-01-10", "closed_on": "2026-01-10"}]}},
        {
            "person": {"date_of_birth": "1988-04-01"},
            "household": {"contacts": [{"relationship": "step_child", "date_of_birth": "1980-04-01"}]},
        },
    ],
)
def test_days_that_can_both_be_are_none(document: dict[str, Any]) -> None:
    assert list(faults(document)) == []
