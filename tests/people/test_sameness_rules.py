"""Who is one person and who is not: never somebody written over, never somebody asked about by nobody."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.people.sameness import (
    IDENTITY_CHANGED,
    LIKELY_TWIN,
    Identity,
    are_alike,
    asked_as,
    identity_of,
    is_again,
    is_elsewhere,
    is_somebody_else,
    is_there_again,
    names_another,
)

BORN, OTHER = date(2014, 7, 19), date(2011, 3, 4)


def who(
    given: str | None = "Kirsty", family: str | None = "Holdsworth", born: date | None = BORN
) -> Identity:
    return identity_of({"given_name": given, "family_name": family, "date_of_birth": born})


@pytest.mark.parametrize("given", ["Jade", "Jack", "Ki", "Zo\u00eb"])
def test_another_name_and_another_date_are_somebody_else(given: str) -> None:
    assert is_somebody_else(who(), who(given, born=OTHER))


def test_jane_is_not_jade() -> None:
    assert is_somebody_else(who("Jane"), who("Jade", born=OTHER))


@pytest.mark.parametrize(
    "stated",
    [
        who(born=OTHER),
        who("Jade"),
        who(family="Marchbanks", born=OTHER),
        who("Kirstie", born=OTHER),
        who("KIRSTY-ANN", born=OTHER),
        who("Kir", born=OTHER),
        who("Holdsworth", "Kirsty", born=OTHER),
        who("Jade", born=None),
        who(None, born=OTHER),
    ],
)
def test_what_is_a_correction_or_not_known_is_the_same_contact(stated: Identity) -> None:
    assert not is_somebody_else(who(), stated)


@pytest.mark.parametrize(
    "known", [who(None), who("Unknown"), who("-"), who(born=None), who(born=date(1900, 1, 1))]
)
def test_what_was_not_known_before_is_supplied(known: Identity) -> None:
    assert not is_somebody_else(known, who("Jade", born=OTHER))


def test_capitals_accents_and_hyphens_make_nobody_else() -> None:
    assert are_alike(who("Zo\u00eb Ann", "O'Neill"), who("ZOE-ANN", "oneill"))
    assert not are_alike(who(), who(born=OTHER))
    assert not are_alike(who(family="Marchbanks"), who())


@pytest.mark.parametrize("lacking", [who(None), who(family=None), who(born=None)])
def test_nobody_is_a_twin_by_what_is_not_known(lacking: Identity) -> None:
    assert not are_alike(lacking, lacking)


@dataclass
class Said:
    id: UUID
    alike_id: UUID | None = None
    alike_because: str | None = None
    same: bool | None = None


A, B, C = (UUID(int=number) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("because", "same", "expected"),
    [
        (LIKELY_TWIN, None, {B: A}),
        (LIKELY_TWIN, True, {B: A}),
        (LIKELY_TWIN, False, {}),
        (IDENTITY_CHANGED, None, {}),
        (IDENTITY_CHANGED, False, {}),
        (IDENTITY_CHANGED, True, {A: B}),
    ],
)
def test_who_is_asked_about_as_whom(because: str, same: bool | None, expected: dict[UUID, UUID]) -> None:
    assert asked_as([Said(A), Said(B, A, because, same)]) == expected


def test_a_third_is_asked_about_as_the_first() -> None:
    said = [Said(A), Said(B, A, LIKELY_TWIN), Said(C, B, LIKELY_TWIN)]
    assert asked_as(said) == {B: A, C: A}


@st.composite
def households(draw: st.DrawFn) -> list[Said]:
    ids = [UUID(int=number) for number in range(1, draw(st.integers(1, 6)) + 1)]
    said = []
    for one in ids:
        other = draw(st.sampled_from([None, *(each for each in ids if each != one)]))
        because = draw(st.sampled_from([LIKELY_TWIN, IDENTITY_CHANGED])) if other else None
        said.append(Said(one, other, because, draw(st.sampled_from([None, True, False])) if other else None))
    return said


@given(households())
def test_whoever_is_not_asked_about_never_lacks_one_who_is(said: list[Said]) -> None:
    found = asked_as(said)
    assert not found.keys() & set(found.values())
    assert set(found.values()) <= {one.id for one in said}


@pytest.mark.parametrize(
    ("lines", "elsewhere"),
    [
        (["18 Tannery Fold", "Leeds"], False),
        (["18, TANNERY FOLD", "LEEDS"], False),
        (["18 Tanery Fold", "Leeds"], False),
        (["Flat 2", "18 Tannery Fold", "Leeds"], False),
        (["18 Tannery Fold"], False),
        (["20 Tannery Fold", "Leeds"], True),
        (["9 New Road", "Manchester"], True),
    ],
)
def test_another_number_or_street_is_another_place_and_another_spelling_is_not(
    lines: list[str], elsewhere: bool
) -> None:
    known = {"lines": ["18 Tannery Fold", "Leeds"], "postcode": "LS9 8AA"}
    assert is_elsewhere(known, {"lines": lines, "postcode": "LS8 1AA"}) is elsewhere


@pytest.mark.parametrize(
    ("wrong", "stated", "another"),
    [
        (who("Jade"), who("Jade"), False),
        (who("Jade"), who("Jayde"), False),
        (who("Jade"), who("Jade", family="Orme"), False),
        (who("Jade"), who("Jade", born=None), False),
        (who("Jade"), who("Una"), True),
        (who("Jade"), who("Jade", born=OTHER), True),
        (who(None, family=None, born=None), who("Una"), True),
        (who(None, family=None, born=None), who(None, family=None, born=None), False),
    ],
)
def test_whom_a_reference_names_that_was_entered_in_error(
    wrong: Identity, stated: Identity, another: bool
) -> None:
    assert names_another(wrong, stated) is another


@pytest.mark.parametrize(
    "stated",
    [who(), who("Kirstie"), who(family="Orme"), who(born=None), who("Holdsworth", "Kirsty")],
)
def test_who_may_be_the_one_entered_in_error(stated: Identity) -> None:
    assert is_again(who(), stated)


@pytest.mark.parametrize(
    "stated", [who("Una"), who(born=OTHER), who(None), who(family="Orme", born=None), who(None, None)]
)
def test_who_is_not_the_one_entered_in_error(stated: Identity) -> None:
    assert not is_again(who(), stated)


@pytest.mark.parametrize(
    ("stated", "again"),
    [
        ({"lines": ["2 B Street", "Leeds"], "postcode": "LS2 2BB"}, True),
        ({"lines": ["2 B Street"], "postcode": "LS2 2BB"}, True),
        ({"lines": ["4 B Street", "Leeds"], "postcode": "LS2 2BB"}, False),
        ({"lines": ["2 B Street", "Leeds"]}, False),
        ({"lines": ["2 B Street", "Leeds"], "postcode": "LS9 9AA"}, False),
    ],
)
def test_a_place_entered_in_error_is_known_by_its_postcode_and_its_lines(stated: Any, again: bool) -> None:
    assert is_there_again({"lines": ["2 B Street", "Leeds"], "postcode": "LS2 2BB"}, stated) == again
