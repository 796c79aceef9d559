"""A whole new version takes nothing back that others have changed since, anywhere in the document."""

import copy
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.referrals import overtaken
from tests.cast import Caller
from tests.referrals.driver import Driver, Json, said
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

OTHER: Final = "dependency_and_recovery"
MERGE_PATCH: Final = {"Content-Type": "application/merge-patch+json"}
CHANGES: Final[dict[str, Any]] = {
    "/needs/alcohol/detail": "Dry since the summer.",
    "/licence/curfew/starts_at": "20:00",
    "/person/phone": "07700 900999",
    "/person/location/prison": "HMP Hull",
    "/release/expected_office": "Other House",
    "/destinations/2/annex/enforceable_days": 20,
    "/destinations/0/annex/location/max_radius_miles": 80,
}
"""What another system changes, by its place; each is a leaf of the sample."""


@pytest.fixture
def referral(driver: Driver) -> Json:
    return driver.submit(darren_and_toby())


def put(document: Json, pointer: str, value: Any) -> None:
    *steps, last = pointer.split("/")[1:]
    at: Any = document
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[last] = value


def read(document: Json, pointer: str) -> Any:
    at: Any = document
    for step in pointer.split("/")[1:]:
        at = at[int(step)] if isinstance(at, list) else at.get(step)
    return at


def amend(caller: Caller, referral: Json, document: Json, **more: Any) -> Json:
    path = f"/v1/referrals/{referral['id']}"
    answer = caller.post(f"{path}/versions", json=document, if_match=caller.get(path).headers["ETag"], **more)
    return said(answer)


def change(caller: Caller, referral: Json, patch: Json) -> Json:
    path = f"/v1/referrals/{referral['id']}"
    answer = caller.patch(path, json=patch, if_match=caller.get(path).headers["ETag"], headers=MERGE_PATCH)
    return said(answer)


def pointers(answer: Json) -> set[str]:
    return {one["pointer"] for one in answer["kept"]}


def test_what_one_system_repeats_takes_back_nothing_of_what_another_changed(
    driver: Driver, referral: Json, second: Caller
) -> None:
    theirs = driver.document(referral)
    for pointer, value in CHANGES.items():
        put(theirs, pointer, value)
    assert amend(second, referral, theirs)["kept"] == []

    mine = darren_and_toby()
    mine["needs"]["accommodation"]["detail"] = "With his mother for now."
    answer = amend(driver.officer, referral, mine, idempotency_key="stale")
    assert pointers(answer) == set(CHANGES)
    assert all(one["said_at"] and one["recorded_at"] for one in answer["kept"])
    now = driver.document(referral)
    assert {pointer: read(now, pointer) for pointer in CHANGES} == CHANGES
    assert now["needs"]["accommodation"]["detail"] == "With his mother for now."

    path = f"/v1/referrals/{referral['id']}/versions"
    again = said(driver.officer.post(path, json=mine, if_match="*", idempotency_key="stale"))
    assert pointers(again) == set(CHANGES)


def test_a_judgement_of_risk_that_another_put_right_stays(
    driver: Driver, referral: Json, second: Caller
) -> None:
    right = {"known_adult": {"nature": "Strangled her; charged."}, "public": {"factors": ["weapon"]}}
    change(second, referral, {"risk": {"rosh": right}})
    mine = darren_and_toby()
    mine["person"]["phone"] = "07700 900111"
    answer = amend(driver.officer, referral, mine)
    assert pointers(answer) == {"/risk/rosh/known_adult/nature", "/risk/rosh/public/factors"}
    now = driver.document(referral)
    assert now["risk"]["rosh"]["known_adult"]["nature"] == "Strangled her; charged."
    assert now["risk"]["rosh"]["public"]["factors"] == ["weapon"]
    assert now["person"]["phone"] == "07700 900111"
    path = f"/v1/people/{referral['person']['id']}/rosh"
    judged = said(driver.officer.get(path, limit=100))["items"]
    of_her = [one["nature"] for one in judged if one["group_at_risk"] == "known_adult"]
    assert len(of_her) == 2, "what is only repeated is no judgement"


def test_judgements_that_another_withdrew_whole_stay_withdrawn(driver: Driver, second: Caller) -> None:
    mine = darren_and_toby()
    mine["risk"]["rosh"] = {"overall": "high"}
    referral = driver.submit(mine)
    change(second, referral, {"risk": {"rosh": None}})
    mine["person"]["phone"] = "07700 900111"
    amend(driver.officer, referral, mine)
    now = driver.document(referral)
    assert "rosh" not in now["risk"]
    assert now["person"]["phone"] == "07700 900111"


def test_a_level_that_another_raised_stays_and_refuses_nothing_else(
    driver: Driver, referral: Json, second: Caller
) -> None:
    raised = {"known_adult": {"level": "very_high"}, "overall": "very_high"}
    change(second, referral, {"risk": {"rosh": raised}})
    mine = darren_and_toby()
    mine["person"]["phone"] = "07700 900111"
    answer = amend(driver.officer, referral, mine)
    assert pointers(answer) == {"/risk/rosh/known_adult/level"}
    now = driver.document(referral)
    assert (now["risk"]["rosh"]["known_adult"]["level"], now["person"]["phone"]) == (
        "very_high", "07700 900111",
    )  # fmt: skip


def test_a_contact_and_a_place_that_another_added_stay_where_a_system_never_spoke_of_them(
    driver: Driver, referral: Json, second: Caller
) -> None:
    theirs = driver.document(referral)
    home = theirs["addresses"][0] | {"ref": "aunt", "kind": "visited", "lines": ["9 Elm Row", "Leeds"]}
    home.pop("contact_ref", None)
    ivy: Json = {"ref": "ivy", "relationship": "child", "given_name": "Ivy", "lives_at": "aunt"}
    ivy |= {"is_child": True, "details_status": "not_asked"}
    theirs["addresses"].append(home)
    theirs["household"]["contacts"].append(ivy)
    amend(second, referral, theirs)
    amend(driver.officer, referral, darren_and_toby())
    now = driver.document(referral)
    assert [one["lives_at"] for one in now["household"]["contacts"] if one["ref"] == "ivy"] == ["aunt"]
    assert [one["lines"] for one in now["addresses"] if one["ref"] == "aunt"] == [["9 Elm Row", "Leeds"]]
    # Whoever spoke of her leaves her out, and of what the other said only what it withdraws goes.
    theirs["household"]["contacts"].pop()
    amend(second, referral, theirs)
    now = driver.document(referral)
    assert "ivy" not in {one["ref"] for one in now["household"]["contacts"]}


def test_of_a_section_that_is_left_out_nothing_is_said(
    driver: Driver, referral: Json, second: Caller
) -> None:
    change(second, referral, {"needs": {"alcohol": {"detail": "Dry since the summer."}}})
    mine = darren_and_toby()
    needs = mine.pop("needs")
    assert amend(driver.officer, referral, mine)["kept"] == []
    assert pointers(amend(driver.officer, referral, mine | {"needs": needs})) == {"/needs/alcohol/detail"}
    assert driver.document(referral)["needs"]["alcohol"]["detail"] == "Dry since the summer."


def test_what_was_withdrawn_can_be_said_again(driver: Driver, referral: Json) -> None:
    change(driver.officer, referral, {"needs": {"alcohol": None}})
    assert "alcohol" not in driver.document(referral)["needs"]
    assert amend(driver.officer, referral, darren_and_toby())["kept"] == []
    assert driver.document(referral)["needs"]["alcohol"] == darren_and_toby()["needs"]["alcohol"]


def test_what_is_said_anew_is_taken_and_a_third_statement_counts_from_there(
    driver: Driver, referral: Json, second: Caller
) -> None:
    theirs = driver.document(referral)
    theirs["person"]["phone"] = "07700 900999"
    amend(second, referral, theirs)
    mine = darren_and_toby()
    mine["person"]["phone"] = "07700 900111"
    assert amend(driver.officer, referral, mine)["kept"] == []
    assert pointers(amend(second, referral, theirs)) == {"/person/phone"}
    assert driver.document(referral)["person"]["phone"] == "07700 900111"


def test_a_day_that_was_reported_is_not_taken_back_by_a_document_of_before(
    driver: Driver, referral: Json
) -> None:
    happened = {
        "kind": "release_date_changed",
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        "release_date": "2026-03-20",
    }
    person = referral["person"]["id"]
    said(driver.officer.post(f"/v1/people/{person}/changes-of-circumstance", json=happened), 201)
    assert driver.document(referral)["release"]["date"] == "2026-03-20"
    mine = darren_and_toby()
    mine["needs"]["accommodation"]["detail"] = "With his mother for now."
    assert "/release/date" in pointers(amend(driver.officer, referral, mine))
    assert driver.document(referral)["release"]["date"] == "2026-03-20"


def test_what_a_system_leaves_out_goes_only_where_it_said_it_itself(
    driver: Driver, referral: Json, second: Caller
) -> None:
    theirs = driver.document(referral)
    theirs["needs"]["health"] = {"detail": "Seen by the GP."}
    amend(second, referral, theirs)
    mine = darren_and_toby()
    del mine["needs"]["alcohol"]
    answer = amend(driver.officer, referral, mine)
    now = driver.document(referral)["needs"]
    assert now["health"] == {"detail": "Seen by the GP."}, "another said it"
    assert "alcohol" not in now, "its own system said it, and does not any more"
    assert answer["kept"] == []


def test_a_destination_that_another_added_stays_and_one_that_another_ended_stays_away(
    driver: Driver, referral: Json, second: Caller
) -> None:
    theirs = driver.document(referral)
    theirs["destinations"].append({"kind": "crs", "service_category": OTHER, "annex": {}})
    amend(second, referral, theirs)
    answer = amend(driver.officer, referral, darren_and_toby())
    kinds = [(one["kind"], one.get("service_category")) for one in driver.document(referral)["destinations"]]
    assert ("crs", OTHER) in kinds
    assert len(kinds) == len(darren_and_toby()["destinations"]) + 1

    cas3 = next(one for one in answer["destinations"] if one["kind"] == "cas3")
    driver.move(driver.officer, cas3, "withdraw", reason="He goes to his mother's.")
    without = driver.document(referral)
    without["destinations"] = [one for one in without["destinations"] if one["kind"] != "cas3"]
    without["wordings"] = [one for one in without["wordings"] if one["destination"] != "cas3"]
    amend(second, referral, without)
    mine = darren_and_toby()
    mine["person"]["phone"] = "07700 900111"
    answer = amend(driver.officer, referral, mine)
    at = [one["kind"] for one in mine["destinations"]].index("cas3")
    assert pointers(answer) == {f"/destinations/{at}"}
    assert "cas3" not in {one["destination"] for one in driver.document(referral)["wordings"]}
    assert "cas3" not in {one["kind"] for one in driver.document(referral)["destinations"]}


def test_a_merge_patch_means_what_it_names_also_where_its_system_said_so_before(
    driver: Driver, referral: Json, second: Caller
) -> None:
    change(second, referral, {"person": {"phone": "07700 900999", "pnc_number": "2002/1234567X"}})
    back = {"person": {"phone": "07700 900417", "pnc_number": "2009/0187342Q"}}
    assert change(driver.officer, referral, back)["kept"] == []
    now = driver.document(referral)["person"]
    assert (now["phone"], now["pnc_number"]) == ("07700 900417", "2009/0187342Q")


def test_what_a_merge_patch_says_is_known_when_a_document_repeats_it(
    driver: Driver, referral: Json, second: Caller
) -> None:
    change(driver.officer, referral, {"person": {"phone": "07700 900999"}})
    change(second, referral, {"person": {"phone": "07700 900111"}})
    mine = darren_and_toby()
    mine["person"]["phone"] = "07700 900999"
    assert pointers(amend(driver.officer, referral, mine)) == {"/person/phone"}
    assert driver.document(referral)["person"]["phone"] == "07700 900111"


def test_null_withdraws_also_what_another_has_changed_since(
    driver: Driver, referral: Json, second: Caller
) -> None:
    change(second, referral, {"needs": {"alcohol": {"detail": "Dry since the summer."}}})
    mine = darren_and_toby()
    mine["needs"]["alcohol"] = None
    assert amend(driver.officer, referral, mine)["kept"] == []
    assert "alcohol" not in driver.document(referral)["needs"]


def test_a_period_counts_by_itself_and_a_day_with_whether_it_is_known(
    driver: Driver, referral: Json, second: Caller
) -> None:
    """What one says anew of a period, or of the day, is not mixed with what another says of the same."""
    (period,) = darren_and_toby()["release"]["releases"]
    change(
        second,
        referral,
        {"release": {"releases": [period | {"end_date": "2027-01-31"}]}},
    )
    mine = darren_and_toby()
    mine["release"]["releases"][0]["start_date"] = "2026-03-25"
    answer = amend(driver.officer, referral, mine)
    assert pointers(answer) == {"/release/releases/0/end_date"}
    (now,) = driver.document(referral)["release"]["releases"]
    assert (now["start_date"], now["end_date"]) == ("2026-03-25", "2027-01-31")

    unknown = {"date_known": False, "date": None, "date_unknown_reason": "The board has not decided."}
    change(second, referral, {"release": unknown})
    mine["release"]["date"] = "2026-03-26"
    assert amend(driver.officer, referral, mine)["kept"] == answer["kept"]
    day = driver.document(referral)["release"]
    assert (day["date_known"], day["date"], day.get("date_unknown_reason")) == (True, "2026-03-26", None)


def with_wording(text: str) -> Json:
    document = darren_and_toby()
    document["wordings"][1]["text"] = text
    return document


def test_a_wording_that_another_put_right_stays(driver: Driver, referral: Json, second: Caller) -> None:
    careful = with_wording("Ring probation.")["wordings"]
    change(second, referral, {"wordings": careful})
    mine = darren_and_toby()
    mine["person"]["phone"] = "07700 900111"
    assert pointers(amend(driver.officer, referral, mine)) == {"/wordings/1"}
    now = driver.document(referral)
    assert (now["wordings"], now["person"]["phone"]) == (careful, "07700 900111")
    part = next(one for one in referral["destinations"] if one["kind"] == "approved_premises")
    sent = said(driver.cast.ap.get(f"{part['href']}/document"))["document"]
    assert "Ring probation." in str(sent)
    # What is said anew is taken.
    anew = with_wording("Ring the duty manager.")
    assert amend(driver.officer, referral, anew)["kept"] == []
    assert driver.document(referral)["wordings"] == anew["wordings"]


def test_a_wording_that_another_added_stays_and_what_a_system_said_itself_it_takes_out(
    driver: Driver, referral: Json, second: Caller
) -> None:
    own = darren_and_toby()["wordings"]
    added = {"path": "/risk/additional_information", "destination": "cas3", "text": "Ask the practitioner."}
    change(second, referral, {"wordings": [*own, added]})
    mine = darren_and_toby()
    del mine["wordings"][0]
    assert amend(driver.officer, referral, mine)["kept"] == []
    listed = driver.document(referral)["wordings"]
    assert sorted(listed, key=str) == sorted([own[1], added], key=str)


def test_a_wording_is_not_put_to_a_text_that_its_system_has_not_read(
    driver: Driver, referral: Json, second: Caller
) -> None:
    first = darren_and_toby()
    change(second, referral, {"risk": {"management_plan": {"victim_safety": "Panic alarm for her."}}})
    left = driver.document(referral)["wordings"]
    assert [one["destination"] for one in left] == ["approved_premises"], "it is about something else"
    first["person"]["phone"] = "07700 900111"
    answer = amend(driver.officer, referral, first)
    assert pointers(answer) == {"/risk/management_plan/victim_safety", "/wordings/0"}
    assert driver.document(referral)["wordings"] == left
    # Whoever has read it words it as before.
    first["risk"]["management_plan"]["victim_safety"] = "Panic alarm for her."
    assert amend(driver.officer, referral, first)["kept"] == []
    assert driver.document(referral)["wordings"] == first["wordings"]


def test_a_wording_that_another_took_out_is_not_put_back_by_repeating_it(
    driver: Driver, referral: Json, second: Caller
) -> None:
    mine = darren_and_toby()
    own = mine["wordings"]
    left = [one for one in own if one["destination"] == "approved_premises"]
    change(second, referral, {"wordings": left})
    mine["person"]["phone"] = "07700 900111"
    taken_out = {f"/wordings/{own.index(one)}" for one in own if one not in left}
    assert pointers(amend(driver.officer, referral, mine)) == taken_out
    housing = next(one for one in referral["destinations"] if one["kind"] == "cas3")
    assert driver.document(referral)["wordings"] == left
    owed = [gap["pointer"] for gap in driver.look(driver.officer, housing)["missing"] if gap["reword_for"]]
    assert owed == ["/risk/management_plan/victim_safety"]
    # Whoever has looked again says so by itself.
    change(driver.officer, referral, {"wordings": own})
    assert amend(driver.officer, referral, mine)["kept"] == []
    assert driver.document(referral)["wordings"] == own


MEMBERS: Final = st.dictionaries(
    st.sampled_from(["needs", "release", "licence"]),
    st.dictionaries(
        st.sampled_from("abc"), st.one_of(st.integers(0, 2), st.lists(st.integers(0, 1))), min_size=1
    ),
)
PARTS: Final = st.dictionaries(
    st.sampled_from(["cas3", "mappa", "approved_premises"]),
    st.dictionaries(st.sampled_from("xy"), st.integers(0, 1)),
)
DOCUMENTS: Final = st.builds(
    lambda members, parts: {
        **members,
        "destinations": [{"kind": kind, "annex": annex} for kind, annex in parts.items()],
    },
    MEMBERS,
    PARTS,
)


@settings(max_examples=300, deadline=None)
@given(base=DOCUMENTS, theirs=DOCUMENTS, mine=DOCUMENTS)
def test_of_two_who_change_one_document_each_change_stands_and_nothing_else_moves(
    base: Json, theirs: Json, mine: Json
) -> None:
    """One system said the base; another made of it what stands now; the first sends its own."""
    said_before, now, sent = (overtaken.members(one) for one in (base, theirs, mine))

    def same(values: Json) -> set[str]:
        return {name for name, value in values.items() if said_before.get(name) == value}

    merged = overtaken.merge(theirs, copy.deepcopy(mine), repeated=same(sent), own=same(now))
    found = overtaken.members(merged.document)
    for name in said_before.keys() | now.keys() | sent.keys():
        if name.startswith("/destinations/"):
            continue  # an entry comes and goes as one; see below
        if name in sent and sent[name] != said_before.get(name):
            assert found[name] == sent[name], "said anew"
        elif name in sent:
            assert found.get(name) == now.get(name), "repeated"
        elif name in now and now[name] == said_before.get(name):
            assert name not in found, "its own, and not said any more"
        else:
            assert found.get(name) == now.get(name), "another's"
    of_before = {one["kind"] for one in base["destinations"]}
    listed = merged.document.get("destinations", [])
    assert {one["kind"] for one in listed} >= {
        one["kind"] for one in theirs["destinations"] if one["kind"] not in of_before
    }
    assert all("kind" in one for one in listed)
    # Sent once more, it comes to the same.
    again = overtaken.merge(
        merged.document,
        copy.deepcopy(mine),
        repeated=set(sent),
        own={name for name, value in found.items() if sent.get(name, said_before.get(name)) == value},
    )
    assert overtaken.members(again.document).keys() >= {name for name in found if name in sent}
