"""What an event may carry: nothing that could be words about somebody."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.data import THIN, harmless


def test_codes_counts_days_and_identifiers_may_be_carried() -> None:
    carried = harmless(
        {
            "reason": "no_bed",
            "sections": ["risk.rosh", "licence"],
            "nights": 84,
            "urgent": True,
            "policy": None,
            "on": date(2026, 3, 2),
            "due_at": datetime(2026, 3, 2, 9, tzinfo=UTC),
            "request": UUID(int=7),
            "groups": {"public", "children"},
        }
    )
    assert carried == {
        "reason": "no_bed",
        "sections": ["risk.rosh", "licence"],
        "nights": 84,
        "urgent": True,
        "policy": None,
        "on": "2026-03-02",
        "due_at": "2026-03-02T09:00:00+00:00",
        "request": "00000000-0000-0000-0000-000000000007",
        "groups": ["children", "public"],
    }


@pytest.mark.parametrize(
    "value",
    [
        {"reason": "His partner rang"},
        {"who": ["Toby Smith"]},
        {"crn": "X320741"},
        {"noms": "A1234BC"},
        {"pnc": "2003/0011985R"},
        {"His partner": 1},
        {"": 1},
        {"note": "nul\x00"},
        {"share": 0.5},
        {"raw": b"bytes"},
        {"many": list(range(THIN + 1))},
    ],
)  # fmt: skip
def test_words_and_persons_numbers_may_not(value: object) -> None:
    with pytest.raises(ValueError, match="an event m") as refused:
        harmless(value)
    assert "partner" not in str(refused.value)


@given(st.text().filter(lambda text: any(c.isspace() for c in text)))
def test_no_text_with_a_space_in_it_is_ever_carried(text: str) -> None:
    with pytest.raises(ValueError, match="not words"):
        harmless({"note": text})
