"""What an event may carry: no free text about a person, and no value of another type."""

from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.data_types import THIN, TYPES, Member, Type, read
from tests.events.factories import VALUES

PAIR = MappingProxyType({"step": Member("code", "Where."), "late": Member("flag", "Whether.")})
NIGHT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def carried(kind: Type, value: Any) -> Any:
    return read(Member(kind, "Something.", members=PAIR if kind == "items" else None), value)


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("code", "no_bed", "no_bed"),
        ("code", "crs:accommodation", "crs:accommodation"),
        ("codes", ["risk.rosh", "licence"], ["risk.rosh", "licence"]),
        ("codes", {"public", "children"}, ["children", "public"]),
        ("count", 84, 84),
        ("counts", {"chosen": 1}, {"chosen": 1}),
        ("day", date(2026, 3, 2), "2026-03-02"),
        ("moment", NIGHT, "2026-03-02T09:00:00+00:00"),
        ("id", UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ("flag", True, True),
        ("items", [{"step": "spo", "late": False}], [{"step": "spo", "late": False}]),
    ],
)
def test_codes_counts_days_and_identifiers_may_be_carried(kind: Type, value: object, written: object) -> None:
    assert carried(kind, value) == written


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("code", "His partner rang"),
        ("codes", ["Toby Smith"]),
        ("code", "X320741"),
        ("code", "A1234BC"),
        ("code", "2003/0011985R"),
        ("counts", {"His partner": 1}),
        ("code", ""),
        ("code", "nul\x00"),
        ("codes", ["code"] * (THIN + 1)),
        ("items", [{"step": "spo", "late": False, "note": "His partner"}]),
        ("items", [{"step": "spo"}]),
        ("items", [{"step": "His partner", "late": True}]),
    ],
)
def test_words_and_persons_numbers_may_not(kind: Type, value: object) -> None:
    with pytest.raises(ValueError, match="an event m") as refused:
        carried(kind, value)
    assert "partner" not in str(refused.value)


EACH = {**VALUES, "items": [{"step": "spo", "late": False}]}


@pytest.mark.parametrize("kind", TYPES)
def test_a_member_carries_values_of_its_own_type_only(kind: Type) -> None:
    others: list[object] = [value for other, value in EACH.items() if other != kind]
    for value in [*others, None, 0.5, b"bytes", datetime(2026, 3, 2)]:  # noqa: DTZ001 - it is refused for that
        with pytest.raises(ValueError, match="an event m"):
            carried(kind, value)
    assert carried(kind, EACH[kind]) is not None


def test_only_a_nullable_member_may_be_null() -> None:
    assert read(Member("day", "When.", nullable=True), None) is None
    with pytest.raises(ValueError, match="a day"):
        read(Member("day", "When."), None)


@given(st.text().filter(lambda text: any(c.isspace() for c in text)))
def test_no_text_with_a_space_in_it_is_ever_carried(text: str) -> None:
    with pytest.raises(ValueError, match="not words"):
        carried("code", text)
