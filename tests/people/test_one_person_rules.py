"""What keeps two records from being merged, row by row."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service.people.one_person import NUMBERS, Mergeable, digest_of, hindrance, words_of

HERE, THERE = UUID(int=1), UUID(int=2)
AN_OPEN_CASE = Mergeable(
    region_id=HERE,
    held=True,
    merged=False,
    waits=False,
    named=None,
    excluded=frozenset({(HERE, "r.sister")}),
    answering=frozenset({(HERE, "p.shah")}),
    died_on=None,
)
LIMITED = frozenset({(HERE, "p.shah")})


@pytest.mark.parametrize(
    ("of_kept", "of_other", "first"),
    [
        ({"region_id": THERE}, {}, "transfer"),
        ({"held": False}, {}, "transfer"),
        ({"merged": True}, {}, "alias"),
        ({"waits": True}, {}, "transfer"),
        ({"named": LIMITED}, {}, "limit"),
        ({"named": LIMITED}, {"named": LIMITED | {(HERE, "q.brown")}}, "name the same"),
        ({"answering": frozenset({(HERE, "r.sister")})}, {}, "take it first"),
        ({"died_on": date(2026, 3, 2)}, {}, "death"),
        ({"died_on": date(2026, 3, 2)}, {"died_on": date(2026, 3, 1)}, "death"),
    ],
)
def test_each_hindrance_says_what_comes_first_whichever_record_has_it(
    of_kept: dict[str, Any], of_other: dict[str, Any], first: str
) -> None:
    one, other = replace(AN_OPEN_CASE, **of_kept), replace(AN_OPEN_CASE, **of_other)
    for kept, gone in ((one, other), (other, one)):
        why = hindrance(kept, gone, stands_for_others=False)
        assert why is not None
        assert first in why


def test_two_cases_of_one_region_that_are_limited_alike_can_be_merged() -> None:
    for named in (None, LIMITED):
        case = replace(AN_OPEN_CASE, named=named)
        assert hindrance(case, case, stands_for_others=False) is None


def test_a_record_that_stands_for_another_is_the_one_that_is_kept() -> None:
    why = hindrance(AN_OPEN_CASE, AN_OPEN_CASE, stands_for_others=True)
    assert why is not None
    assert "keep that one" in why


def test_the_advice_names_each_number_and_never_its_value() -> None:
    assert {name: words_of(name).split(" stands")[0] for name in NUMBERS} == {
        "noms_number": "This prison number",
        "pnc_number": "This number on the Police National Computer",
    }


def test_a_number_is_kept_as_a_digest() -> None:
    assert digest_of("A4417DX") != digest_of("A4417DY")
    assert "A4417DX" not in digest_of("A4417DX")
