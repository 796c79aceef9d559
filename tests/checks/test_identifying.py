"""Words about a child or a mother read as words whatever of them is not known."""

import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.checks.identifying import identified_by, parents_of
from service.people.rules import RELATIONSHIPS

PERSON, MOTHER, HOME = uuid4(), uuid4(), uuid4()
NAMES = st.sampled_from([None, "", " ", "Marisol", "Quennell,"])
BORN = st.none() | st.just(date(1994, 11, 2))
AGES = st.none() | st.integers(0, 40)
DESCRIPTIONS = st.sampled_from([None, "", ",", "Red hair", "Red hair, "])
LINES = st.none() | st.lists(st.sampled_from(["", "9 Cawdor Yard,", "Leeds", "unknown"]), max_size=3)


def somebody(id_: UUID, **known: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("given_name", "family_name", "date_of_birth", "estimated_age", "description"))
    return {"id": id_, "relationship": "partner", **nothing, **known}


PEOPLE = st.fixed_dictionaries(
    {
        "given_name": NAMES,
        "family_name": NAMES,
        "date_of_birth": BORN,
        "estimated_age": AGES,
        "description": DESCRIPTIONS,
    }
)


@given(
    child=PEOPLE,
    relationship=st.sampled_from(sorted(RELATIONSHIPS)),
    person=PEOPLE,
    mother=PEOPLE,
    mother_id=st.sampled_from([None, PERSON, MOTHER]),
    home=st.fixed_dictionaries({"lines": LINES, "postcode": st.none() | st.just("LS6 2AA")}),
)
def test_nothing_is_said_of_what_is_not_known(
    *,
    child: dict[str, Any],
    relationship: str,
    person: dict[str, Any],
    mother: dict[str, Any],
    mother_id: UUID | None,
    home: dict[str, Any],
) -> None:
    contact = somebody(uuid4(), **child | {"relationship": relationship}, mother_id=mother_id, lives_at=HOME)
    of_person = {name: person[name] for name in ("given_name", "family_name", "date_of_birth")}
    said = identified_by(
        contact,
        {"id": PERSON, **of_person},
        {MOTHER: somebody(MOTHER, **mother)},
        {HOME: {"id": HOME, **home}},
    )
    assert bool(said) == (None in (child["given_name"], child["family_name"], child["date_of_birth"]))
    for words in said:
        assert re.search(r"None|not known|  |,,|, ,|: ,|\b0 year", words) is None, words
        assert words == words.strip(" ,:;")
        assert not re.search(r"\b(of|with|at|mother)$", words), words


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (0, "under one year old"),
        (1, "about 1 year old"),
        (2, "about 2 years old"),
        (15, "about 15 years old"),
    ],
)
def test_an_age_is_said_in_whole_years_from_one(age: int, said: str) -> None:
    child = somebody(uuid4(), relationship="child", estimated_age=age)
    assert identified_by(child, somebody(PERSON), {}, {}) == ["child of the person on probation", said]


def test_a_child_whom_the_person_expects_is_hers_and_of_nobody_elses_family() -> None:
    person = somebody(PERSON, given_name="Kim", family_name="Marsh", date_of_birth=date(1995, 5, 1))
    child = somebody(uuid4(), relationship="unborn_child", mother_id=PERSON)
    assert identified_by(child, person, {}, {}) == [
        "unborn child of Kim Marsh",
        "mother: Kim Marsh, born 1 May 1995",
    ]
    assert parents_of(child, person, {}) == [{"kind": "person", "id": PERSON}]
    assert parents_of(child | {"relationship": "child"}, person, {}) == [{"kind": "person", "id": PERSON}]
