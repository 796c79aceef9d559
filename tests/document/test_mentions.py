"""What the texts of a document say about somebody who is protected is found, and nothing else."""

from typing import Any

import pytest

from service.document.mentions import mentions, without

KIRSTY = {"given_name": "Kirsty Ann", "family_name": "Holdsworth-Dale"}
HOME = {"lines": ["4 Larkhill Close", "Manchester"], "postcode": "M21 9WQ"}
WITHHELD = "[withheld]"


@pytest.mark.parametrize(
    "text",
    [
        "Ask kirsty.",
        "Ann knows.",
        "The HOLDSWORTH-DALE flat.",
        "Not near 4 Larkhill  Close.",
        "Not near 4, larkhill close.",
        "He was seen in m219wq.",
    ],
)
def test_a_name_or_a_place_takes_its_sentence_out(text: str) -> None:
    against = mentions([KIRSTY], [HOME], ["Darren"])
    assert without(text, against) == WITHHELD
    assert without(f"He works. {text} He drinks.", against) == f"He works. {WITHHELD} He drinks."


@pytest.mark.parametrize(
    "text", ["He drinks.", "Annual leave.", "Near Larkhill.", "In Manchester.", "With Ellershaw.", "A di."]
)
def test_what_gives_nobody_away_stays(text: str) -> None:
    people: list[dict[str, Any]] = [
        KIRSTY,
        {"given_name": "Di", "family_name": "Ellershaw"},
        {"given_name": None},
    ]
    assert without(text, mentions(people, [HOME, {}], ["Darren", "Ellershaw"])) == text


def test_every_text_of_a_document_is_looked_at_and_nothing_else_changes() -> None:
    document = {"a": ["Kirsty.", 1, None, True], "b": {"c": "Kirsty."}, "d": "He."}
    assert without(document, mentions([KIRSTY], [], [])) == {
        "a": [WITHHELD, 1, None, True],
        "b": {"c": WITHHELD},
        "d": "He.",
    }


def test_the_postcodes_of_a_zone_are_its_shape_and_stay() -> None:
    home = HOME["postcode"]
    document = {
        "licence": {"exclusion_zones": [{"label": f"Near {home}.", "postcodes": [home]}]},
        "contingency": {"unsuitable_addresses": [home], "other": home},
    }
    assert without(document, mentions([], [HOME], [])) == {
        "licence": {"exclusion_zones": [{"label": WITHHELD, "postcodes": [home]}]},
        "contingency": {"unsuitable_addresses": [home], "other": WITHHELD},
    }
