"""What has a structure is a disclosure as well: postcodes of a plan, the lines of a home, and their gaps."""

from typing import Any

import pytest

from tests.referrals.driver import Driver, Json, said
from tests.referrals.samples import darren_and_toby

ACCOMMODATION = "crs:accommodation"


def preview(driver: Driver, document: Json) -> dict[str, Json]:
    found = said(driver.officer.post("/v1/referrals/preview", json=document))
    return {
        f"{one['kind']}:{one['service_category']}".removesuffix(":None"): one for one in found["destinations"]
    }


def to_reword(part: Json) -> list[Json]:
    return [gap for gap in part["missing"] if "reword_for" in gap]


def whereabouts(part: Json) -> set[str]:
    """Where a destination would be sent where somebody protected lives."""
    return {gap["pointer"] for gap in to_reword(part) if gap["gives_away"] == ["whereabouts"]}


def with_victim(**members: Any) -> Json:
    """A referral in which a postcode of the plan is that of the ex-partner's home."""
    document = darren_and_toby()
    document["licence"]["exclusion_zones"][0]["postcodes"].append("M21 9WQ")
    document["contingency"]["unsuitable_addresses"].append("M21 9WQ")
    return document | members


def test_a_postcode_at_which_somebody_protected_lives_is_a_gap_and_not_sent(driver: Driver) -> None:
    shown = preview(driver, with_victim())
    zone, unsuitable = "/licence/exclusion_zones/0/postcodes/2", "/contingency/unsuitable_addresses/1"
    expected = {"approved_premises": {zone, unsuitable}, "cas3": {zone}}
    for key, pointers in expected.items():
        assert whereabouts(shown[key]) == pointers
        assert "M21 9WQ" not in str(shown[key]["document"])
        assert "LS6 3HN" in str(shown[key]["document"])
    assert "M21 9WQ" in str(shown["mappa"]["document"])
    confirmed = [
        {"path": path, "destination": key, "confirmed_because": "The zone is wide, and they watch it."}
        for key, pointers in expected.items()
        for path in pointers
    ]
    again = preview(driver, with_victim(wordings=confirmed))
    assert whereabouts(again["approved_premises"]) == set()
    assert "M21 9WQ" in str(again["approved_premises"]["document"]["licence"])


def test_the_lines_of_a_home_that_is_sent_are_compared_too(driver: Driver) -> None:
    document = darren_and_toby()
    home = document["addresses"][0] | {"kind": "current"}
    # An address that is kept apart stands before it: the pointer is into what was submitted.
    document["addresses"] = [*document["addresses"][1:], home]
    index = len(document["addresses"]) - 1
    home["lines"] = ["c/o Kirsty Holdsworth", *home["lines"]]
    part = preview(driver, document)[ACCOMMODATION]
    assert [gap["pointer"] for gap in to_reword(part)] == [f"/addresses/{index}/lines/0"]
    assert "Kirsty" not in str(part["document"])
    home["lines"][0] = "c/o MAPPA"
    refused = said(driver.officer.post("/v1/referrals/preview", json=document), 422)
    assert [one["pointer"] for one in refused["errors"]] == [f"/addresses/{index}/lines/0"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("She is on the victim contact scheme.", ["victim_contact"]),
        ("The VLO rings her.", ["victim_contact"]),
        ("Discussed at the L2 meeting.", ["mappa"]),
        ("Intell received.", ["intelligence"]),
    ],
)
def test_words_that_name_a_confidence_are_gaps(driver: Driver, text: str, kinds: list[str]) -> None:
    document = darren_and_toby()
    document["risk"]["additional_information"] = text
    part = preview(driver, document)[ACCOMMODATION]
    assert [gap["gives_away"] for gap in to_reword(part)] == [kinds]
