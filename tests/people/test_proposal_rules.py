"""What of another region's record is proposed to the holder, and what of it raises danger."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.people.proposals import Around, Change, Stated, asked_anew, open_proposals, reference, twins

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
REGION = uuid4()
TOBY: dict[str, Any] = {
    "relationship": "child",
    "given_name": "Toby",
    "family_name": "Ellershaw",
    "date_of_birth": date(2019, 5, 1),
}
LEEDS = TOBY | {"local_authority": "E08000035"}
HOME = {"kind": "visited", "lines": ["18 Tannery Fold", "Leeds"], "postcode": "LS11 5QX"}


def record(**said: Any) -> Stated:
    known: dict[str, Any] = {"id": uuid4(), "region_id": REGION, "at": AT, "person": {}}
    return Stated(**(known | said))


def contact(facts: Mapping[str, Any], **more: Any) -> Around:
    return Around(uuid4(), facts, **more)


def proposed(held: Stated, side: Stated) -> list[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """Return what is proposed: the place without its id, the value, the danger."""
    return [
        ("/".join(one.path.split("/")[:2]) if one.about else one.path, dict(one.value), one.raises)
        for one in open_proposals(held, [side], [])
    ]


@pytest.mark.parametrize(
    ("name", "held", "side", "is_proposed"),
    [
        ("given_name", "Darren", "Wayne", True),
        ("given_name", "Darren", "DARREN ", False),
        ("noms_number", None, "A4417DX", True),
        ("noms_number", "A4417DX", None, False),
        ("date_of_birth", date(1988, 11, 4), date(1988, 4, 11), True),
        ("aliases", ["Daz"], ["Daz"], False),
        ("aliases", ["Daz"], [], False),
        ("aliases", ["Daz"], ["Dazza"], True),
        ("children", "yes", "not_recorded", False),
        ("children", "not_recorded", "yes", True),
    ],
)
def test_what_differs_about_the_person_is_proposed(
    name: str, held: Any, side: Any, is_proposed: bool
) -> None:
    found = open_proposals(record(person={name: held}), [record(person={name: side})], [])
    assert [(one.path, one.section, one.raises) for one in found] == (
        [(f"/person/{name}", "person", ())] if is_proposed else []
    )
    for one in found:
        assert (one.value, one.present) == ({name: side}, {name: held})


@pytest.mark.parametrize(
    ("held", "side", "raises"),
    [
        ("low", "medium", True),
        ("medium", "very_high", True),
        ("high", "medium", False),
        (None, "low", False),
        (None, "medium", True),
    ],
)
def test_a_higher_risk_raises_danger_and_a_lower_one_does_not(
    held: str | None, side: str, raises: bool
) -> None:
    before = {"public": {"level": held}} if held else {}
    (one,) = open_proposals(record(rosh=before), [record(rosh={"public": {"level": side}})], [])
    assert (one.path, one.section, one.value["level"]) == ("/rosh/public", "risk", side)
    assert one.raises == (("rosh.public",) if raises else ())


def test_the_same_risk_in_other_words_is_proposed_without_danger() -> None:
    held, side = ({"level": "high", "who": who} for who in ("Men he drinks with.", "His neighbours."))
    (one,) = open_proposals(record(rosh={"public": held}), [record(rosh={"public": side})], [])
    assert (one.value, one.present, one.raises) == (side, held, ())
    assert open_proposals(record(rosh={"public": held}), [record(rosh={"public": held})], []) == []


@pytest.mark.parametrize(
    ("relationship", "more", "raises"),
    [
        ("partner", {}, ("contact.partner",)),
        ("ex_partner", {"protected": True}, ("contact.ex_partner",)),
        ("victim", {"protected": True}, ("contact.victim",)),
        ("child", {"child": True}, ("contact.child",)),
        ("other_relative", {"child": True}, ("contact.child",)),
        ("friend", {"protected": True}, ("contact.victim",)),
        ("friend", {}, ()),
        ("parent", {}, ()),
    ],
)
def test_somebody_new_raises_danger_if_they_may_be_in_it(
    relationship: str, more: dict[str, bool], raises: tuple[str, ...]
) -> None:
    new = contact({"relationship": relationship, "given_name": "Sam"}, **more)
    assert proposed(record(), record(contacts=[new])) == [
        ("/contacts", {"relationship": relationship, "given_name": "Sam"}, raises)
    ]


def test_a_friend_who_becomes_the_partner_raises_danger() -> None:
    named = {"given_name": "Sam", "family_name": "Reed"}
    held = record(contacts=[contact(named | {"relationship": "friend"})])
    side = record(contacts=[contact(named | {"relationship": "partner"})])
    assert proposed(held, side) == [("/contacts", {"relationship": "partner"}, ("contact.partner",))]


def test_somebody_known_who_turns_out_to_be_a_victim_raises_danger() -> None:
    named = {"given_name": "Sam", "family_name": "Reed", "relationship": "friend"}
    held, side = record(contacts=[contact(named)]), record(contacts=[contact(named, protected=True)])
    assert proposed(held, side) == [("/contacts", {"protected": True}, ("contact.victim",))]


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (TOBY, TOBY, True),
        (TOBY, TOBY | {"given_name": "toby", "family_name": "ELLERSHAW"}, True),
        (TOBY, TOBY | {"date_of_birth": None}, True),
        (TOBY, TOBY | {"date_of_birth": date(2020, 5, 1)}, False),
        (TOBY, TOBY | {"given_name": None, "family_name": None}, True),
        (TOBY, {"relationship": "child"}, False),
        (TOBY, TOBY | {"given_name": None, "family_name": None, "local_authority": "E08000003"}, True),
        (LEEDS, TOBY | {"given_name": None, "family_name": None, "local_authority": "E08000003"}, False),
        (TOBY, TOBY | {"given_name": "Mia", "family_name": None}, False),
        ({"relationship": "child"}, {"relationship": "child"}, False),
        (
            {"relationship": "child", "given_name": "Toby"},
            {"relationship": "child", "given_name": "Toby"},
            False,
        ),
        (
            {"relationship": "unborn_child", "due_date": date(2026, 8, 1)},
            {"relationship": "unborn_child", "due_date": date(2026, 8, 1)},
            True,
        ),
        ({"relationship": "child"}, {"relationship": "partner"}, False),
        (
            {"relationship": "unborn_child", "due_date": date(2026, 8, 1)},
            {"relationship": "unborn_child", "due_date": date(2026, 9, 1)},
            False,
        ),
        (TOBY, TOBY | {"family_name": "Holdsworth"}, False),
    ],
)
def test_contacts_are_known_by_who_they_are(ours: Any, theirs: Any, same: bool) -> None:
    one, other = contact(ours), contact(theirs)
    assert twins([one], [other], of_contacts=True) == ({other.id: one.id} if same else {})


@pytest.mark.parametrize(
    ("theirs", "same"),
    [
        (HOME, True),
        (HOME | {"lines": ["18 TANNERY FOLD,", "Leeds"]}, True),
        (HOME | {"kind": "current"}, True),
        (HOME | {"postcode": "LS11 5QY"}, False),
        (HOME | {"lines": ["20 Tannery Fold", "Leeds"]}, False),
        (HOME | {"postcode": None}, False),
        ({"kind": "visited", "postcode": "LS11 5QX"}, False),
    ],
)
def test_addresses_are_known_by_where_they_are(theirs: Any, same: bool) -> None:
    one, other = contact(HOME), contact(theirs)
    assert twins([one], [other], of_contacts=False) == ({other.id: one.id} if same else {})


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ({}, {}, False),
        ({"local_authority": "E08000035"}, {"local_authority": "E08000035"}, False),
        ({"police_force": "west_yorkshire"}, {"police_force": "west_yorkshire"}, False),
        ({"postcode": "LS11 5QX"}, {"postcode": "ls115qx"}, True),
        ({"lines": ["1 High Street"]}, {"lines": ["1 High Street"]}, False),
        (
            {"lines": ["1 High Street"], "local_authority": "E08000035"},
            {"lines": ["1 High Street"], "local_authority": "E08000035", "postcode": "LS11 5QX"},
            True,
        ),
        (
            {"lines": ["1 High Street"], "local_authority": "E08000035"},
            {"lines": ["1 High Street"], "local_authority": "E08000003"},
            False,
        ),
    ],
)
def test_an_area_is_no_address(ours: Any, theirs: Any, same: bool) -> None:
    one, other = contact(ours | {"kind": "visited"}), contact(theirs | {"kind": "visited"})
    assert twins([one], [other], of_contacts=False) == ({other.id: one.id} if same else {})


def test_children_of_whom_nothing_is_known_are_each_proposed_as_new() -> None:
    child = {"relationship": "child", "local_authority": "E08000003"}
    held = record(contacts=[contact(child | {"local_authority": "E08000035"}, child=True)])
    side = record(contacts=[contact(child, child=True), contact(child, child=True)])
    assert proposed(held, side) == [("/contacts", child, ("contact.child",))] * 2


def test_two_children_of_one_day_are_not_told_apart_by_it() -> None:
    nameless = {"relationship": "child", "date_of_birth": TOBY["date_of_birth"]}
    one, two = contact(nameless), contact(nameless)
    assert twins([contact(TOBY)], [one, two], of_contacts=True) == {}
    assert twins([one, two], [contact(TOBY)], of_contacts=True) == {}


def test_the_surest_of_several_is_matched() -> None:
    undated = contact(TOBY | {"date_of_birth": None})
    dated, theirs = contact(TOBY), contact(TOBY)
    assert twins([undated, dated], [theirs], of_contacts=True) == {theirs.id: dated.id}


@pytest.mark.parametrize("of_contacts", [True, False])
def test_what_was_taken_stays_the_same_one_whatever_is_said_of_it_later(of_contacts: bool) -> None:
    theirs = contact(TOBY | {"given_name": "Tobias"} if of_contacts else HOME)
    other = contact(theirs.facts)
    taken = contact({"relationship": "child"}, ref=reference(theirs.id))
    assert twins([other, taken], [theirs], of_contacts=of_contacts) == {theirs.id: taken.id}


def drawn(**values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.sampled_from(some) for name, some in values.items()})


PEOPLE = drawn(
    relationship=["child", "partner", "unborn_child"],
    given_name=[None, "Toby", "Mia"],
    family_name=[None, "Ellershaw"],
    date_of_birth=[None, date(2019, 5, 1), date(2020, 5, 1)],
    due_date=[None, date(2026, 8, 1)],
    local_authority=[None, "E08000035", "E08000003"],
)
PLACES = drawn(
    kind=["visited", "current"],
    lines=[None, ["1 High Street"], ["2 High Street"]],
    postcode=[None, "LS11 5QX", "M1 1AA"],
    local_authority=[None, "E08000035", "E08000003"],
)


@given(st.lists(PEOPLE, max_size=4), st.lists(PEOPLE, max_size=4))
def test_nobody_is_taken_for_somebody_else(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    held, side = [contact(facts) for facts in ours], [contact(facts) for facts in theirs]
    known = {one.id: one.facts for one in (*held, *side)}
    found = twins(held, side, of_contacts=True)
    assert len(set(found.values())) == len(found)
    for one, other in found.items():
        a, b = known[other], known[one]
        named = all(facts["given_name"] and facts["family_name"] for facts in (a, b))
        dated = any(a[name] and a[name] == b[name] for name in ("date_of_birth", "due_date"))
        assert named or dated, "without a name and a date nobody is matched"
        assert all(not a[name] or not b[name] or a[name] == b[name] for name in ("date_of_birth",))
        if not named:
            assert a["relationship"] == b["relationship"]
            assert len({a["local_authority"], b["local_authority"]} - {None}) < 2, "no question moves"


@given(st.lists(PLACES, max_size=4), st.lists(PLACES, max_size=4))
def test_no_place_is_taken_for_another(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    held, side = [contact(facts) for facts in ours], [contact(facts) for facts in theirs]
    known = {one.id: one.facts for one in (*held, *side)}
    found = twins(held, side, of_contacts=False)
    assert len(set(found.values())) == len(found)
    for one, other in found.items():
        a, b = known[other], known[one]
        assert a["lines"] == b["lines"]
        same_code = a["postcode"] and a["postcode"] == b["postcode"]
        assert same_code or (a["lines"] and a["local_authority"] == b["local_authority"] is not None)


def test_an_address_raises_no_danger_by_itself() -> None:
    assert proposed(record(), record(addresses=[contact(HOME)])) == [("/addresses", HOME, ())]
    moved = [contact(HOME | {"kind": "current"})]
    assert proposed(record(addresses=[contact(HOME)]), record(addresses=moved)) == [
        ("/addresses", {"kind": "current"}, ())
    ]


@pytest.mark.parametrize(("held", "side", "found"), [(False, True, 1), (True, True, 0), (True, False, 0)])
def test_a_restriction_is_proposed_and_never_its_end(held: bool, side: bool, found: int) -> None:
    proposals = open_proposals(record(restricted=held), [record(restricted=side)], [])
    assert [one.raises for one in proposals] == [("restricted_record",)] * found


@pytest.mark.parametrize(("urgency", "raises"), [("urgent", ("change.arrest",)), ("routine", ())])
def test_an_urgent_change_raises_danger(urgency: str, raises: tuple[str, ...]) -> None:
    change = Change(uuid4(), "arrest", "alleged", urgency, AT)
    assert proposed(record(), record(changes=[change])) == [
        ("/changes", {"kind": "arrest", "standing": "alleged", "urgency": urgency}, raises)
    ]


def test_what_was_decided_is_not_proposed_again_until_its_value_changes() -> None:
    held, side_id = record(rosh={"public": {"level": "low"}}), uuid4()

    def side(level: str) -> Stated:
        return record(id=side_id, rosh={"public": {"level": level}})

    (one,) = open_proposals(held, [side("medium")], [])
    decided = [(one.side_id, one.path, one.digest)]
    assert open_proposals(held, [side("medium")], decided) == []
    (again,) = open_proposals(held, [side("high")], decided)
    assert again.path == one.path
    assert again.id != one.id
    (elsewhere,) = open_proposals(held, [record(rosh={"public": {"level": "medium"}})], decided)
    assert elsewhere.id != one.id, "another region says the same"


def test_all_regions_make_one_list_the_oldest_statement_first() -> None:
    late = record(id=UUID(int=1), at=AT.replace(hour=12), person={"sex": "male"})
    early = record(id=UUID(int=2), person={"sex": "female"})
    assert [one.side_id.int for one in open_proposals(record(), [late, early], [])] == [2, 1]


@pytest.mark.parametrize(
    ("on_record", "is_taken", "is_asked"),
    [((), True, True), ((), False, False), ((contact(TOBY),), True, False)],
)
def test_what_was_taken_of_another_person_is_asked_anew_unless_it_is_on_record(
    on_record: tuple[Around, ...], is_taken: bool, is_asked: bool
) -> None:
    theirs, event = contact(LEEDS), uuid4()
    held, side = record(contacts=on_record), record(contacts=[theirs], person={"noms_number": "A4417DX"})
    before = {
        (side.id, path, "another"): is_taken for path in (f"/contacts/{theirs.id}", "/person/noms_number")
    }
    differences = open_proposals(held, [side], ())
    found = asked_anew(differences, before, {side.id: event})
    assert [(one.about, one.parted) for one in found if one.about] == (
        [(theirs.id, event)] if is_asked else []
    )
    assert ["/person/noms_number"] * is_taken == [one.path for one in found if not one.about]
    decided = {(one.side_id, one.path, one.digest): False for one in found}
    assert asked_anew(differences, before | decided, {side.id: event}) == []
