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
