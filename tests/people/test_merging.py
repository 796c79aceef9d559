"""What a statement changes on the record, and what the record keeps: the rule, and documents by it."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.people.documents import Entry, Recorded, as_recorded, differences
from service.people.merging import Merged, digest, merge

VALUES = st.sampled_from([None, "a", "b", "c"])
MEMBERS = st.dictionaries(st.sampled_from(["x", "y", "z"]), VALUES)


@pytest.mark.parametrize(
    ("last", "now", "record", "expected"),
    [
        ("a", "a", "a", Merged({}, frozenset())),  # nothing has happened
        ("a", "b", "a", Merged({"x": "b"}, frozenset())),  # the system has news
        ("a", "a", "b", Merged({}, frozenset({"x"}))),  # the record has moved on
        ("a", "b", "b", Merged({}, frozenset())),  # both say the same by now
        ("a", "c", "b", Merged({"x": "c"}, frozenset())),  # the newest statement counts
        ("a", None, "a", Merged({"x": None}, frozenset())),  # null withdraws
        (None, None, "b", Merged({}, frozenset({"x"}))),  # and withdraws once
        ("a", "a", None, Merged({}, frozenset({"x"}))),  # what was withdrawn stays so
    ],
)
def test_only_what_is_said_anew_is_written(last: Any, now: Any, record: Any, expected: Merged) -> None:
    repeated = {"x"} if last == now else set()
    assert merge({"x": now}, {"x": record}, repeated=repeated) == expected


@given(MEMBERS, MEMBERS, MEMBERS)
def test_nothing_is_lost_and_nothing_overwritten_in_silence(
    last: dict[str, Any], now: dict[str, Any], record: dict[str, Any]
) -> None:
    repeated = {name for name in now if name in last and last[name] == now[name]}
    written, kept = merge(now, record, repeated=repeated)
    after = {**record, **written}
    for name in {*now, *record}:
        if name not in now:
            assert after.get(name) == record.get(name)
        elif name in repeated:
            assert after.get(name) == record.get(name)
            assert (name in kept) == (record.get(name) != now[name])
        else:
            assert after.get(name) == now[name]
            assert name not in kept
    assert merge(now, after, repeated=now.keys()) == Merged({}, kept)


def test_equal_values_have_unlike_digests_in_two_records() -> None:
    assert digest("one", "sex", "male") == digest("one", "sex", "male")
    assert digest("one", "sex", "male") != digest("other", "sex", "male")
    assert digest("one", "date_of_birth", date(1988, 1, 1)) == digest("one", "date_of_birth", "1988-01-01")


HER, HOME = UUID(int=1), UUID(int=2)
NAMES = st.sampled_from([None, "Kirsty", "Jade"])


@st.composite
def records(draw: st.DrawFn) -> Recorded:
    """Return a record with a contact and an address, each perhaps entered in error."""
    return Recorded(
        {
            "given_name": draw(st.sampled_from(["Darren", "Daz"])),
            "family_name": "Quennell",
            "pnc_number": draw(st.sampled_from([None, "2001/1234567X"])),
            "aliases": draw(st.sampled_from([[], ["Daz"]])),
            "children": draw(st.sampled_from(["yes", "no", "not_recorded"])),
        },
        {
            "c": Entry(
                HER,
                {
                    "relationship": "partner",
                    "given_name": draw(NAMES),
                    "date_of_birth": draw(st.sampled_from([None, date(1991, 5, 1)])),
                    "lives_at": draw(st.sampled_from([None, HOME])),
                    "details_status": "declined",
                },
                in_error=draw(st.booleans()),
            )
        },
        {
            "a": Entry(
                HOME,
                {
                    "kind": "current",
                    "lines": draw(st.sampled_from([["1 Test Street"], ["2 Test Street"]])),
                    "contact_id": draw(st.sampled_from([None, HER])),
                },
                in_error=draw(st.booleans()),
            )
        },
    )


@st.composite
def sent(draw: st.DrawFn) -> dict[str, Any]:
    """Return a document that names the contact, the address, or neither."""
    contact: dict[str, Any] = {"ref": "c", "relationship": "partner", "details_status": "provided"}
    if name := draw(NAMES):
        contact["given_name"] = name
    if draw(st.booleans()):
        contact["lives_at"] = "a"
    address: dict[str, Any] = {"ref": "a", "kind": "current", "lines": ["1 Test Street"]}
    if draw(st.booleans()):
        address["contact_ref"] = "c"
    return {
        "person": {"crn": "X320741", "name": {"given": "Darren", "family": "Quennell"}},
        "household": {"children": "yes", "contacts": [contact] if draw(st.booleans()) else []},
        "addresses": [address] if draw(st.booleans()) else [],
    }


@given(sent(), records())
def test_a_document_in_line_with_the_record_differs_from_it_no_more(
    document: dict[str, Any], recorded: Recorded
) -> None:
    once = as_recorded(document, recorded)
    assert as_recorded(once, recorded) == once
    left = list(differences(once, recorded))
    # Only whom the document does not name can it not refer to.
    assert {one.column for one in left} <= {"lives_at", "contact_id"}
    contacts, addresses = once["household"]["contacts"], once["addresses"]
    assert not (contacts and recorded.contacts["c"].in_error)
    assert not (addresses and recorded.addresses["a"].in_error)
    for one in contacts:
        assert "lives_at" not in one or not recorded.addresses["a"].in_error
        assert one.get("given_name") == recorded.contacts["c"].facts["given_name"]
    for one in addresses:
        assert "contact_ref" not in one or not recorded.contacts["c"].in_error
