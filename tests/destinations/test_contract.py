"""What a destination may not even be declared with, and what holds of all that are."""

from dataclasses import replace

import pytest

from service.destinations import DESTINATIONS
from service.timers.policy import parse
from tests.destinations.duty_to_refer import DESTINATION as DUTY_TO_REFER

POLICIES = [policy for each in DESTINATIONS.values() for policy in each.policies]


@pytest.mark.parametrize(
    "path",
    [
        "licence.conditions[].requested_by",
        "risk.police_intelligence",
        "mappa.category",
        "destinations[].kind",
        "household.contacts[].lives_at",
        "addresses[].contact_ref",
    ],
)
def test_a_destination_that_holds_no_confidences_cannot_be_declared_with_one(path: str) -> None:
    with pytest.raises(ValueError, match="may not be sent"):
        replace(DUTY_TO_REFER, permitted=DUTY_TO_REFER.permitted | {path})


@pytest.mark.parametrize(
    "path", ["health.medication_detail", "person.disabilities[]", "health.pregnancy.pregnant"]
)
def test_a_destination_without_a_duty_of_care_cannot_be_declared_with_health(path: str) -> None:
    with pytest.raises(ValueError, match="duty of care"):
        replace(DUTY_TO_REFER, permitted=DUTY_TO_REFER.permitted | {path})


def test_a_destination_has_no_words_for_what_it_is_not_sent() -> None:
    with pytest.raises(ValueError, match="allow-list"):
        replace(DUTY_TO_REFER, vocabulary={"person.sex": {"male": "M"}})


@pytest.mark.parametrize("document", POLICIES, ids=lambda policy: str(policy["key"]))
def test_every_policy_can_be_published(document: dict[str, object]) -> None:
    assert parse(document).answer is not None


def test_policies_have_keys_of_their_own() -> None:
    keys = [policy["key"] for policy in POLICIES]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_every_destination_says_why_it_declines_ends_and_finishes(kind: str) -> None:
    destination = DESTINATIONS[kind]
    assert destination.decline_reasons
    assert destination.end_early_reasons
    assert destination.outcomes
    assert "progress" in destination.updates


def test_mappa_alone_holds_confidences() -> None:
    assert [each.key for each in DESTINATIONS.values() if each.confidant] == ["mappa"]
