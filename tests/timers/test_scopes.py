"""Which of several versions of a policy governs a clock."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.timers.scopes import EVERYBODY, Scope, Validity, governing, scopes_of
from tests import tables

FORCE, NEW = UUID(int=1), datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

# In words: which versions there are, and which of them governs a clock of this force in this region.
NARROWEST = tables.read("""
there are                          | governs
general                            | general
general region                     | region
general responder                  | responder
general both                       | both
general region responder           | responder
general region responder both      | both
general region both                | both
""")
NAMED = {
    "general": EVERYBODY,
    "region": Scope(None, "N55"),
    "responder": Scope(FORCE),
    "both": Scope(FORCE, "N55"),
}


@pytest.mark.parametrize("row", NARROWEST)
def test_the_narrowest_version_governs(row: str) -> None:
    there = {NAMED[name]: name for name in row.split()}
    found = next(there[scope] for scope in scopes_of(FORCE, "N55") if scope in there)
    assert found == NARROWEST[row]["governs"]


def test_a_clock_inside_probation_takes_what_is_for_its_region_or_for_all() -> None:
    assert scopes_of(None, "N55") == (Scope(None, "N55"), EVERYBODY)
    assert scopes_of(None, None) == (EVERYBODY,)


def test_a_version_governs_from_its_beginning_until_its_end() -> None:
    version = Validity(UUID(int=1), NEW, NEW + HOUR)
    assert governing([version], NEW - timedelta(microseconds=1)) is None
    assert governing([version], NEW) == version.id
    assert governing([version], NEW + HOUR - timedelta(microseconds=1)) == version.id
    assert governing([version], NEW + HOUR) is None


def test_when_the_last_version_has_ended_none_before_it_comes_back() -> None:
    first, second = Validity(UUID(int=1), NEW), Validity(UUID(int=2), NEW + HOUR, NEW + 2 * HOUR)
    assert governing([second, first], NEW) == first.id
    assert governing([second, first], NEW + HOUR) == second.id
    assert governing([second, first], NEW + 3 * HOUR) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9)), max_size=5), st.integers(0, 20))
def test_the_version_that_governs_is_the_last_that_has_begun(
    drawn: list[tuple[int, int | None]], at: int
) -> None:
    versions = [
        Validity(UUID(int=n), NEW + begins * HOUR, None if length is None else NEW + (begins + length) * HOUR)
        for n, (begins, length) in enumerate(drawn)
    ][::-1]
    begun = [one for one in versions if one.valid_from <= NEW + at * HOUR]
    found = governing(versions, NEW + at * HOUR)
    if found is None:
        assert not begun or (begun[0].valid_until is not None and begun[0].valid_until <= NEW + at * HOUR)
    else:
        assert found == begun[0].id
