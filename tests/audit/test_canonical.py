"""Each fact has one spelling in the canonical form."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from service.audit.canonical import digest, moment_text, plain, written
from service.audit.entry import present

NAIVE = datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_LEAF = st.one_of(
    _TEXT,
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.uuids(),
    st.datetimes(NAIVE.replace(year=1900), NAIVE.replace(year=2100), timezones=st.just(UTC)),
)
_BODY = st.dictionaries(
    st.text("abcdefgh_", min_size=1, max_size=6),
    st.recursive(
        _LEAF,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=6,
)


def canonical(body: dict[str, Any]) -> str:
    return written(plain(body))


@given(_BODY)
def test_what_is_read_back_is_written_the_same(body: dict[str, Any]) -> None:
    text = canonical(body)
    assert canonical(json.loads(text)) == text


@given(_BODY)
def test_the_order_of_members_does_not_matter(body: dict[str, Any]) -> None:
    assert canonical(dict(reversed(body.items()))) == canonical(body)


@given(_TEXT)
def test_two_spellings_of_a_text_are_one(text: str) -> None:
    assert canonical({"a": unicodedata.normalize("NFD", text)}) == canonical(
        {"a": unicodedata.normalize("NFC", text)}
    )


@given(
    st.datetimes(NAIVE.replace(year=1900), NAIVE.replace(year=2100), timezones=st.just(UTC)),
    st.integers(-23, 23),
)
def test_one_moment_is_one_text_in_every_time_zone(moment: datetime, hours: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    assert moment_text(elsewhere) == moment_text(moment)
    assert datetime.fromisoformat(moment_text(moment)) == moment


def test_the_form_is_that_of_rfc_8785_with_six_decimals() -> None:
    body = {
        "b": [True, 7, "é\n"],
        "a": UUID("00000000-0000-0000-0000-00000000002a"),
        "at": datetime(2026, 3, 2, 9, tzinfo=UTC),
    }
    expected = (
        '{"a":"00000000-0000-0000-0000-00000000002a","at":"2026-03-02T09:00:00.000000Z","b":[true,7,"é\\n"]}'
    )
    assert canonical(body) == expected
    assert digest("") == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


@pytest.mark.parametrize(
    "value",
    [1.5, 1.0, float("nan"), None, b"x", {1, 2}, NAIVE, [None], {"x": 0.1}],
)
def test_what_has_two_spellings_has_no_place(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical({"a": value})


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800"])
def test_what_readers_disagree_on_has_no_place(value: Any) -> None:
    with pytest.raises(ValueError, match=r"integer|surrogate|utf-8|UTF-8"):
        canonical({"a": value})


def test_names_are_ascii_so_that_every_order_of_them_is_the_same() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        canonical({"\u00e9": 1})


@given(_BODY)
def test_the_form_is_what_an_implementation_of_rfc_8785_writes(body: dict[str, Any]) -> None:
    assert canonical(body) == rfc8785.dumps(plain(body)).decode()


def test_only_what_says_something_is_present() -> None:
    assert present(a=None, b=[], c={}, d=(), e="", f=0, g=False) == {"e": "", "f": 0, "g": False}
