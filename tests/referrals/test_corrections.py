"""Nobody's mistake stays true: what is withdrawn, put right or entered in error is so for every reader."""

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests import rows
from tests.cast import Caller
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.record import around, asked, change, in_error, person, told
from tests.referrals.samples import darren_and_toby, toby

pytestmark = pytest.mark.long

PNC = "2001/1234567X"
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


def known(reference: str = "DAT-1") -> Json:
    document = darren_and_toby(reference)
    document["person"]["pnc_number"] = PNC
    return document


@pytest.fixture
def referral(driver: Driver) -> Json:
    return driver.submit(known())


def amended(driver: Driver, referral: Json, change: Any, **more: Any) -> Json:
    """Amend with a change of what this office sent last, which it does not read anew."""
    document = copy.deepcopy(referral.setdefault("sent", driver.document(referral)))
    change(document)
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    answer = said(driver.officer.post(f"{path}/versions", json=document, if_match=tag, **more))
    referral["sent"] = {name: value for name, value in document.items() if value is not None}
    return answer


def sent_to(driver: Driver, name: str, part: Json) -> Json:
    """Return the document that a destination reads now."""
    caller = driver.cast.callers[name]
    found: Json = said(caller.get(f"{part['href']}/document"))["document"]
    return found


# Null withdraws; leaving out changes nothing.


def test_null_withdraws_a_fact_of_the_person_from_the_record_the_police_and_the_document(
    driver: Driver, referral: Json
) -> None:
    assert person(driver)["pnc_number"] == PNC
    amended(driver, referral, lambda document: document["person"].update(pnc_number=None))
    assert person(driver)["pnc_number"] is None
    assert "pnc_number" not in driver.document(referral)["person"]
    (request,) = asked(driver.cast.police)
    assert request["document"]["person"]["pnc_number"] is None


def test_a_member_left_out_stays_on_record_and_in_the_document(driver: Driver, referral: Json) -> None:
    amended(driver, referral, lambda document: document["person"].pop("pnc_number"))
    assert person(driver)["pnc_number"] == PNC
    assert driver.document(referral)["person"]["pnc_number"] == PNC


@pytest.mark.parametrize("section", ["household", "addresses", "needs", "release"])
def test_a_section_left_out_stays_as_it_is(driver: Driver, referral: Json, section: str) -> None:
    before = driver.document(referral)
    amended(driver, referral, lambda document: document.pop(section))
    assert driver.document(referral) == before
    assert person(driver)["children"] == "yes"


def test_null_withdraws_a_section(driver: Driver, referral: Json) -> None:
    amended(driver, referral, lambda document: document.update(housing=None))
    assert "housing" not in driver.document(referral)


def test_null_withdraws_whether_there_are_children(driver: Driver, referral: Json) -> None:
    amended(driver, referral, lambda document: document["household"].update(children=None))
    assert person(driver)["children"] == "not_recorded"


def test_null_withdraws_facts_of_contacts_and_addresses(driver: Driver, referral: Json) -> None:
    def withdraw(document: Json) -> None:
        son, mother = document["household"]["contacts"][1:]
        son["local_authority"], mother["date_of_birth"], mother["lives_at"] = None, None, None
        document["addresses"][1]["postcode"] = None

    amended(driver, referral, withdraw)
    contacts, addresses = around(driver, "contacts"), around(driver, "addresses")
    assert contacts["son"]["local_authority"] is None
    assert (contacts["mother"]["date_of_birth"], contacts["mother"]["lives_at"]) == (None, None)
    assert contacts["mother"]["details_status"] == "not_asked"
    assert addresses["mothers-home"]["postcode"] is None


def test_null_of_what_is_required_or_unknown_is_refused(driver: Driver, referral: Json) -> None:
    path = f"/v1/referrals/{referral['id']}"
    document = driver.document(referral)
    document["person"]["name"]["given"] = None
    document["person"]["shoe_size"] = None
    tag = driver.officer.get(path).headers["ETag"]
    refused = said(driver.officer.post(f"{path}/versions", json=document, if_match=tag), 422)
    assert {one["pointer"] for one in refused["errors"]} == {"/person/name/given", "/person/shoe_size"}


def test_null_at_its_own_address_withdraws(driver: Driver, referral: Json) -> None:
    mother = around(driver, "contacts")["mother"]
    said(change(driver.officer, mother, date_of_birth=None, lives_at=None))
    found = around(driver, "contacts")["mother"]
    assert (found["date_of_birth"], found["lives_at"], found["details_status"]) == (None, None, "not_asked")
    said(change(driver.officer, person(driver), pnc_number=None, name={"aliases": None}))
    assert (person(driver)["pnc_number"], person(driver)["name"]["aliases"]) == (None, [])


# Entered in error.


def test_a_contact_entered_in_error_is_kept_and_asked_about_by_nobody(driver: Driver, referral: Json) -> None:
    ex = around(driver, "contacts")["ex-partner"]
    (before,) = asked(driver.cast.other_police)
    assert [one["id"] for one in before["document"]["contacts"]] == [ex["id"]]
    heard = len(told(driver.cast.other_police))

    shown = said(in_error(driver, ex))
    assert shown["entered_in_error"]["reason"] == "A slip."
    assert shown["entered_in_error"]["entered_by"] == "p.shah"
    assert around(driver, "contacts")["ex-partner"]["entered_in_error"] == shown["entered_in_error"]
    (after,) = asked(driver.cast.other_police)
    assert after["document"]["contacts"] == []
    assert told(driver.cast.other_police, heard).count("check_request.question_changed") == 1
    assert said(in_error(driver, ex), 409)
    assert said(change(driver.officer, ex, given_name="Kirstie"), 409)


def test_destinations_that_were_sent_a_contact_are_told_once(driver: Driver, referral: Json) -> None:
    part = part_of(referral, "mappa")
    sent_to(driver, "mappa", part)
    heard = len(told(driver.cast.mappa))
    said(in_error(driver, around(driver, "contacts")["ex-partner"]))
    assert "Kirsty" not in str(sent_to(driver, "mappa", part)["household"])
    assert told(driver.cast.mappa, heard).count("destination_referral.changed") == 1
    document = driver.document(referral)
    assert [one["ref"] for one in document["household"]["contacts"]] == ["son", "mother"]
    assert "contact_ref" not in document["addresses"][2]


def test_a_document_that_says_them_again_does_not_bring_them_back(driver: Driver, referral: Json) -> None:
    said(in_error(driver, around(driver, "contacts")["ex-partner"]))

    def again(document: Json) -> None:
        document["household"]["contacts"][0]["family_name"] = "Holdsworth-Bright"

    referral["sent"] = darren_and_toby() | {"addresses": driver.document(referral)["addresses"]}
    answer = amended(driver, referral, again)
    assert [one["pointer"] for one in answer["kept"]] == ["/household/contacts/0"]
    assert around(driver, "contacts")["ex-partner"]["entered_in_error"]
    assert [one["ref"] for one in driver.document(referral)["household"]["contacts"]] == ["son", "mother"]


def test_an_address_entered_in_error_is_withdrawn_from_its_force(driver: Driver, referral: Json) -> None:
    home = around(driver, "addresses")["before-custody"]
    heard = len(told(driver.cast.police))
    shown = said(in_error(driver, home))
    assert shown["entered_in_error"]["entered_by"] == "p.shah"
    (request,) = asked(driver.cast.police)
    assert home["id"] not in {one["id"] for one in request["document"]["addresses"]}
    assert home["id"] not in {one["id"] for one in request["subjects"]}
    assert told(driver.cast.police, heard).count("check_request.question_changed") == 1
    assert [one["ref"] for one in driver.document(referral)["addresses"]] == [
        "mothers-home",
        "ex-partners-home",
    ]


def test_the_only_address_in_error_ends_the_question_of_its_force(driver: Driver) -> None:
    document = toby(crn="X320741")
    document["addresses"] = [one for one in document["addresses"] if one["ref"] == "mothers-home"]
    document["household"] = {"children": "no", "contacts": []}
    driver.submit(document)
    said(in_error(driver, around(driver, "addresses")["mothers-home"]))
    assert [one["state"] for one in asked(driver.cast.police)] == ["cancelled"]


def test_a_likely_twin_of_who_was_entered_in_error_is_asked_about_alone(driver: Driver) -> None:
    document = toby(crn="X320741")
    partner = {
        "relationship": "partner", "given_name": "Jade", "family_name": "Testcase",
        "date_of_birth": "1991-05-01", "details_status": "provided",
    }  # fmt: skip
    document["household"]["contacts"] = [{"ref": "one", **partner}, {"ref": "other", **partner}]
    document["addresses"] = [one for one in document["addresses"] if "contact_ref" not in one]
    driver.submit(document)
    both = around(driver, "contacts")
    (later,) = (one for one in both.values() if one["alike"])
    (first,) = (one for one in both.values() if not one["alike"])
    assert later["alike"]["contact_id"] == first["id"]
    said(in_error(driver, first))
    left = around(driver, "contacts")[later["ref"]]
    assert left["alike"] is None
    (request,) = asked(driver.cast.police)
    assert [one["id"] for one in request["document"]["contacts"]] == [left["id"]]


@pytest.mark.parametrize("relationship", ["partner", "ex_partner"])
def test_nobody_decides_whether_who_was_entered_in_error_is_somebody_else(
    driver: Driver, relationship: str
) -> None:
    document = toby(crn="X320741")
    woman = {
        "relationship": relationship, "given_name": "Jade", "family_name": "Testcase",
        "date_of_birth": "1991-05-01", "details_status": "provided",
    }  # fmt: skip
    document["household"]["contacts"] = [{"ref": "one", **woman}, {"ref": "other", **woman}]
    document["addresses"] = [one for one in document["addresses"] if "contact_ref" not in one]
    driver.submit(document)
    (later,) = (one for one in around(driver, "contacts").values() if one["alike"])
    said(in_error(driver, later))
    left = around(driver, "contacts")[later["ref"]]
    assert left["alike"] is None
    decided = {"same": True, "reason": "The school says so."}
    answer = driver.officer.post(f"{left['href']}/same-person", json=decided, if_match=left["etag"])
    assert answer.status_code == 409


def test_a_repeat_of_entering_in_error_changes_nothing(driver: Driver, referral: Json) -> None:
    mother = around(driver, "contacts")["mother"]
    tag = driver.officer.get(mother["href"]).headers["ETag"]
    path = f"{mother['href']}/entered-in-error"
    first, second = (
        driver.officer.post(path, json={"reason": "A slip."}, if_match=tag, idempotency_key="once")
        for _ in range(2)
    )
    assert said(first) == said(second)


# The record and the document say the same.


def test_what_is_put_right_on_the_record_makes_a_version_of_every_open_referral(
    driver: Driver, referral: Json
) -> None:
    other = driver.submit(known("DAT-2"))
    mother = around(driver, "contacts")["mother"]
    said(change(driver.officer, mother, given_name="Patrice"))
    for each in (referral, other):
        shown = said(driver.officer.get(f"/v1/referrals/{each['id']}"))
        assert shown["current_version"] == 2
        assert driver.document(each)["household"]["contacts"][2]["given_name"] == "Patrice"
        assert told(driver.officer).count("referral.corrected") == 2


def test_another_referral_s_amendment_is_followed_by_the_first(driver: Driver, referral: Json) -> None:
    other = driver.submit(known("DAT-2"))
    amended(driver, other, lambda document: document["household"]["contacts"][2].update(given_name="Patrice"))
    assert driver.document(referral)["household"]["contacts"][2]["given_name"] == "Patrice"


def test_what_is_only_repeated_overwrites_nothing_and_is_listed(driver: Driver, referral: Json) -> None:
    mother = around(driver, "contacts")["mother"]
    said(change(driver.officer, mother, given_name="Patrice"))

    def stale(document: Json) -> None:
        document["household"]["contacts"][2]["phone"] = "0113 496 0000"

    referral["sent"] = darren_and_toby()
    answer = amended(driver, referral, stale, idempotency_key="stale")
    (kept,) = answer["kept"]
    assert kept["pointer"] == "/household/contacts/2/given_name"
    assert kept["said_at"]
    assert kept["recorded_at"]
    found = around(driver, "contacts")["mother"]
    assert (found["given_name"], found["phone"]) == ("Patrice", "0113 496 0000")
    assert driver.document(referral)["household"]["contacts"][2]["given_name"] == "Patrice"

    path = f"/v1/referrals/{referral['id']}/versions"
    again = driver.officer.post(path, json=referral["sent"], if_match="*", idempotency_key="stale")
    assert said(again)["kept"] == [kept]


def test_what_is_said_anew_is_written(driver: Driver, referral: Json) -> None:
    mother = around(driver, "contacts")["mother"]
    said(change(driver.officer, mother, given_name="Patrice"))
    answer = amended(
        driver, referral, lambda document: document["household"]["contacts"][2].update(given_name="Pat")
    )
    assert answer["kept"] == []
    assert around(driver, "contacts")["mother"]["given_name"] == "Pat"


def test_an_identity_put_right_meanwhile_is_not_taken_for_somebody_else(
    driver: Driver, referral: Json
) -> None:
    """The stale name and date of birth beside another change are no statement about another person."""
    mother = around(driver, "contacts")["mother"]
    said(change(driver.officer, mother, given_name="Zelda", family_name="Quennell"))
    said(change(driver.officer, mother, date_of_birth="1961-01-01"))
    referral["sent"] = darren_and_toby()
    amended(driver, referral, lambda document: document["household"]["contacts"][2].update(phone="0113"))
    assert len(around(driver, "contacts")) == 3
    assert around(driver, "contacts")["mother"]["given_name"] == "Zelda"


def test_two_systems_of_one_region_amend_one_referral_by_the_same_references(
    driver: Driver, referral: Json, second: Caller
) -> None:
    officer, court = driver.officer, second
    path = f"/v1/referrals/{referral['id']}"
    document = driver.document(referral)
    document["household"]["contacts"][2]["given_name"] = "Patrice"
    said(court.post(f"{path}/versions", json=document, if_match=court.get(path).headers["ETag"]))
    assert len(around(driver, "contacts")) == 3
    mine = known()
    mine["household"]["contacts"][2]["phone"] = "0113"
    answer = said(officer.post(f"{path}/versions", json=mine, if_match=officer.get(path).headers["ETag"]))
    assert [one["pointer"] for one in answer["kept"]] == ["/household/contacts/2/given_name"]
    found = around(driver, "contacts")["mother"]
    assert (found["given_name"], found["phone"]) == ("Patrice", "0113")


def test_two_systems_that_amend_at_once_lose_nothing(driver: Driver, referral: Json, second: Caller) -> None:
    """Each carries the tag that it read: one of them is made, the other is told to read again."""
    officer, path = driver.officer, f"/v1/referrals/{referral['id']}"
    wanted = [(officer, {"sex": "female"}), (second, {"noms_number": "A1234BC"})]
    tags = [caller.get(path).headers["ETag"] for caller, _ in wanted]

    def send(which: int) -> TestResponse:
        caller, facts = wanted[which]
        return caller.patch(path, json={"person": facts}, if_match=tags[which], headers=MERGE_PATCH)

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(send, (0, 1)))
    assert sorted(one.status_code for one in answers) == [200, 412]
    late = 0 if answers[0].status_code == 412 else 1
    tags[late] = wanted[late][0].get(path).headers["ETag"]
    said(send(late))
    assert (person(driver)["sex"], person(driver)["noms_number"]) == ("female", "A1234BC")
    document = driver.document(referral)["person"]
    assert (document["sex"], document["noms_number"]) == ("female", "A1234BC")


# JSON Merge Patch.


def patched(driver: Driver, referral: Json, patch: Json, status: int = 200) -> Json:
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    return said(driver.officer.patch(path, json=patch, if_match=tag, headers=MERGE_PATCH), status)


def test_a_merge_patch_changes_only_what_it_names(driver: Driver, referral: Json) -> None:
    before = driver.document(referral)
    answer = patched(driver, referral, {"person": {"pnc_number": None, "phone": "0113 496 0001"}})
    assert (answer["replaced_lists"], answer["kept"]) == ([], [])
    after = driver.document(referral)
    assert after["person"] == {
        **{name: value for name, value in before["person"].items() if name != "pnc_number"},
        "phone": "0113 496 0001",
    }
    assert {**after, "person": before["person"]} == before
    assert person(driver)["pnc_number"] is None


def test_a_merge_patch_of_a_list_replaces_the_list_and_says_so(driver: Driver, referral: Json) -> None:
    ex, son, _ = driver.document(referral)["household"]["contacts"]
    answer = patched(driver, referral, {"household": {"contacts": [ex, son]}})
    assert answer["replaced_lists"] == ["/household/contacts"]
    assert driver.document(referral)["household"]["contacts"] == [ex, son]
    # Whom a document does not name any more is on record still.
    assert around(driver, "contacts").keys() == {"ex-partner", "son", "mother"}


def test_a_merge_patch_says_nothing_of_what_it_leaves_out(driver: Driver, referral: Json) -> None:
    said(change(driver.officer, person(driver), pnc_number="2002/1234567X"))
    patched(driver, referral, {"person": {"phone": "0113 496 0001"}})
    mine = known()
    referral["sent"] = mine
    answer = amended(driver, referral, lambda document: document["person"].update(sex="male"))
    assert "/person/pnc_number" in {one["pointer"] for one in answer["kept"]}
    assert person(driver)["pnc_number"] == "2002/1234567X"


def test_a_merge_patch_means_what_it_names_of_contacts_and_addresses_also_where_they_said_so_before(
    driver: Driver, referral: Json
) -> None:
    first = known()
    ex, mother = around(driver, "contacts")["ex-partner"], around(driver, "contacts")["mother"]
    home = around(driver, "addresses")["mothers-home"]
    said(change(driver.officer, ex, given_name="Christine"))
    said(change(driver.officer, mother, lives_at=None))
    said(change(driver.officer, home, because="correction", lines=["17 Tannery Fold", "Leeds"]))
    answer = patched(
        driver,
        referral,
        {"household": {"contacts": first["household"]["contacts"]}, "addresses": first["addresses"]},
    )
    assert answer["kept"] == []
    contacts, places = around(driver, "contacts"), around(driver, "addresses")
    assert contacts["ex-partner"]["given_name"] == first["household"]["contacts"][0]["given_name"]
    assert contacts["mother"]["lives_at"] == places["mothers-home"]["id"]
    assert places["mothers-home"]["lines"] == first["addresses"][1]["lines"]
    now = driver.document(referral)
    ex, _, mother = now["household"]["contacts"]
    assert (ex["given_name"], mother["lives_at"]) == (contacts["ex-partner"]["given_name"], "mothers-home")
    assert now["addresses"][1]["lines"] == places["mothers-home"]["lines"]


def test_a_merge_patch_is_validated_as_the_whole(driver: Driver, referral: Json) -> None:
    refused = patched(driver, referral, {"person": {"name": {"given": None}}, "colour": "red"}, 422)
    assert {one["pointer"] for one in refused["errors"]} == {"/person/name/given", "/colour"}


def test_only_a_patch_may_be_sent_as_one(driver: Driver, referral: Json) -> None:
    path = f"/v1/referrals/{referral['id']}"
    answer = driver.officer.post(f"{path}/versions", json={}, if_match="*", headers=MERGE_PATCH)
    assert answer.status_code == 415


# An address is corrected, or somebody moved.


def test_another_place_says_why(driver: Driver, referral: Json) -> None:
    home = around(driver, "addresses")["mothers-home"]
    refused = said(change(driver.officer, home, lines=["9 New Road", "Leeds"]), 422)
    assert [one["pointer"] for one in refused["errors"]] == ["/because"]


def test_an_address_that_was_never_so_is_corrected_everywhere(driver: Driver, referral: Json) -> None:
    home = around(driver, "addresses")["mothers-home"]
    lines = ["81 Tannery Fold", "Leeds"]
    shown = said(change(driver.officer, home, lines=lines, because="correction"))
    assert (shown["id"], shown["lines"]) == (home["id"], lines)
    assert driver.document(referral)["addresses"][1]["lines"] == lines
    (request,) = asked(driver.cast.police)
    told_of = {one["id"]: one["lines"] for one in request["document"]["addresses"]}
    assert told_of[home["id"]] == lines
    assert len(around(driver, "addresses")) == 3


def test_who_moved_has_another_address_and_the_old_one_stays_as_history(
    driver: Driver, referral: Json
) -> None:
    old = around(driver, "addresses")["mothers-home"]
    lines = ["9 New Road", "Manchester"]
    moved = said(
        change(
            driver.officer, old, because="moved", lines=lines, postcode="M1 1AA",
            police_force="greater-manchester", local_authority="E08000003",
        )
    )  # fmt: skip
    assert moved["id"] != old["id"]
    history = said(driver.officer.get(old["href"]))
    assert (history["lines"], history["to_date"]) == (old["lines"], moved["from_date"])
    assert around(driver, "contacts")["mother"]["lives_at"] == moved["id"]
    assert driver.document(referral)["addresses"][1]["lines"] == lines
    (there,) = asked(driver.cast.other_police)
    assert moved["id"] in {one["id"] for one in there["document"]["addresses"]}
    (here,) = asked(driver.cast.police)
    places = {one["id"]: one["lines"] for one in here["document"]["addresses"]}
    assert places[old["id"]] == old["lines"]
    assert moved["id"] not in places


def test_a_stale_document_does_not_undo_a_move(driver: Driver, referral: Json) -> None:
    old = around(driver, "addresses")["mothers-home"]
    said(change(driver.officer, old, because="moved", lines=["9 New Road", "Leeds"], postcode="LS1 1AA"))
    referral["sent"] = darren_and_toby()
    answer = amended(driver, referral, lambda document: document["addresses"][1].update(verified=False))
    assert "/addresses/1/lines" in {one["pointer"] for one in answer["kept"]}
    assert around(driver, "addresses")["mothers-home"]["lines"] == ["9 New Road", "Leeds"]


def test_what_each_system_said_is_kept_without_the_value(driver: Driver, referral: Json) -> None:
    with rows.transaction() as session:
        (stored,) = session.scalars(text("SELECT members::text FROM said")).all()
    for value in (PNC, "Kirsty", "1991-07-19", "Tannery"):
        assert value not in stored


def test_who_moves_within_one_force_is_asked_about_at_the_new_home(driver: Driver, referral: Json) -> None:
    """Of another place counts all that is stated, also where it is as it was of the old one."""
    old = around(driver, "addresses")["mothers-home"]
    new_home = {"lines": ["9 New Road", "Leeds"], "postcode": "LS1 1AA"}
    answer = amended(driver, referral, lambda document: document["addresses"][1].update(new_home))
    assert not {"/addresses/1/police_force", "/addresses/1/local_authority"} & {
        one["pointer"] for one in answer["kept"]
    }
    moved = around(driver, "addresses")["mothers-home"]
    assert moved["id"] != old["id"]
    assert (moved["police_force"], moved["local_authority"]) == (old["police_force"], old["local_authority"])
    (request,) = asked(driver.cast.police)
    assert {old["id"], moved["id"]} <= {one["id"] for one in request["document"]["addresses"]}
    # Across the street, where only the number of the house is another.
    amended(
        driver, referral, lambda document: document["addresses"][1].update(lines=["10 New Road", "Leeds"])
    )
    across = around(driver, "addresses")["mothers-home"]
    assert (across["lines"], across["postcode"]) == (["10 New Road", "Leeds"], "LS1 1AA")
    assert across["police_force"] == old["police_force"]


def test_what_was_put_wrong_on_the_record_shuts_no_amendment_out(driver: Driver, referral: Json) -> None:
    """What contradicts the rest of the referral since is nothing that an amendment made."""
    document = driver.document(referral)
    said(change(driver.officer, person(driver), date_of_birth="2025-01-01"))
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    ring = {"person": {"phone": "0113 496 0000"}}
    said(driver.officer.patch(path, json=ring, if_match=tag, headers=MERGE_PATCH))
    document["needs"]["alcohol"]["detail"] = "Every evening."
    amended = driver.amend(referral, document)
    assert amended["current_version"] == 4
    # What is new and contradicts itself is refused as ever.
    document["sentence"]["expiry_date"] = "1999-01-01"
    tag = driver.officer.get(path).headers["ETag"]
    refused = said(driver.officer.post(f"{path}/versions", json=document, if_match=tag), 422)
    assert "/sentence/expiry_date" in {one["pointer"] for one in refused["errors"]}


def moved(driver: Driver, number: int, **more: Any) -> Json:
    """Record that whoever lives at the mother's home moved along the road; return where they live now."""
    home = around(driver, "addresses")["mothers-home"]
    lines = [f"{number} New Road", "Leeds"]
    return said(change(driver.officer, home, because="moved", lines=lines, postcode="LS1 1AA", **more))


def test_the_last_of_two_moves_of_one_day_in_error_gives_back_the_one_before(
    driver: Driver, referral: Json
) -> None:
    first = around(driver, "addresses")["mothers-home"]
    second = moved(driver, 9)
    third = moved(driver, 10)
    said(in_error(driver, third))
    home = around(driver, "addresses")["mothers-home"]
    assert (home["id"], home["kind"], home["to_date"]) == (second["id"], first["kind"], None)
    assert around(driver, "contacts")["mother"]["lives_at"] == second["id"]
    assert driver.document(referral)["addresses"][1]["lines"] == second["lines"]
    said(in_error(driver, second))
    home = around(driver, "addresses")["mothers-home"]
    assert (home["id"], home["lines"], home["to_date"]) == (first["id"], first["lines"], None)


def test_a_move_in_error_is_given_back_whatever_was_put_right_of_it_meanwhile(
    driver: Driver, referral: Json
) -> None:
    first = around(driver, "addresses")["mothers-home"]
    second = moved(driver, 9)
    mother = around(driver, "contacts")["mother"]["id"]
    said(change(driver.officer, second, contact_id=mother, **{"from": "2026-01-05"}))
    said(in_error(driver, second))
    assert around(driver, "addresses")["mothers-home"]["id"] == first["id"]
    assert around(driver, "contacts")["mother"]["lives_at"] == first["id"]


def test_the_middle_of_three_homes_in_error_leaves_the_first_one_left(driver: Driver, referral: Json) -> None:
    first = around(driver, "addresses")["mothers-home"]
    second = moved(driver, 9, moved_on="2026-01-10")
    third = moved(driver, 10, moved_on="2026-02-10")
    said(in_error(driver, second))
    assert around(driver, "addresses")["mothers-home"]["id"] == third["id"]
    assert around(driver, "contacts")["mother"]["lives_at"] == third["id"]
    assert said(driver.officer.get(first["href"]))["to_date"] == "2026-02-10"
    said(in_error(driver, third))
    home = around(driver, "addresses")["mothers-home"]
    assert (home["id"], home["to_date"]) == (first["id"], None)
