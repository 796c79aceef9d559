"""What belongs to victims and ex-partners is kept apart, joins again exactly, and never leaks out of text."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.document.restricted import (
    is_restricted_contact,
    join,
    restricted_addresses,
    split,
)
from tests.document.taking import taken
from tests.referrals import samples

REFS = st.sampled_from("abcdef")
CONTACTS = st.lists(
    st.fixed_dictionaries(
        {"ref": REFS, "relationship": st.sampled_from(["child", "partner", "ex_partner", "victim"])},
        optional={"lives_at": REFS, "is_victim": st.booleans()},
    ),
    max_size=6,
)
ADDRESSES = st.lists(
    st.fixed_dictionaries({"ref": REFS, "kind": st.just("current")}, optional={"contact_ref": REFS}),
    max_size=6,
)
DOCUMENTS = st.fixed_dictionaries(
    {"person": st.just({"crn": "X320741"})},
    optional={"household": st.fixed_dictionaries({"contacts": CONTACTS}), "addresses": ADDRESSES},
)


@given(DOCUMENTS)
def test_the_two_parts_join_to_the_document_they_came_from(document: dict[str, Any]) -> None:
    assert join(*split(document)) == document


@given(DOCUMENTS)
def test_the_open_part_holds_no_victim_and_no_place_of_theirs(document: dict[str, Any]) -> None:
    open_part, _ = split(document)
    assert not any(map(is_restricted_contact, open_part.get("household", {}).get("contacts", [])))
    kept = {address["ref"] for address in open_part.get("addresses", [])}
    assert not kept & restricted_addresses(document)


def test_the_home_of_an_ex_partner_is_restricted_even_when_the_person_lived_there_too() -> None:
    document = taken(samples.darren_and_toby())
    document["household"]["contacts"][0]["lives_at"] = "before-custody"
    assert restricted_addresses(document) == {"before-custody", "ex-partners-home"}


def test_a_partner_who_is_a_victim_is_restricted() -> None:
    assert is_restricted_contact({"relationship": "partner", "is_victim": True})
    assert not is_restricted_contact({"relationship": "partner"})
