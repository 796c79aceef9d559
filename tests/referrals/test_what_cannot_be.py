"""What cannot be is refused at every door with its place, and is nowhere left out in silence."""

from typing import Any

import pytest

from service.checks.rules import FORCES
from tests.referrals.driver import Driver, Json, said
from tests.referrals.record import around, change, person
from tests.referrals.samples import darren_and_toby

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
HOME = {
    "lines": ["9 New Road", "Leeds"], "postcode": "LS1 4AP",
    "police_force": "west-yorkshire", "local_authority": "E08000035",
}  # fmt: skip
CHANGE = {
    "kind": "new_relationship", "occurred_on": "2026-03-01", "source": "practitioner", "standing": "alleged",
}  # fmt: skip
AREAS = [("police_force", "narnia", "west-yorkshire"), ("local_authority", "E99999999", "E08000035")]
NAMES = [
    ({"given_name": "First"}, ["/given_name"]),
    ({"given_name": "Boy", "family_name": "Unknown"}, ["/family_name", "/given_name"]),
    ({"given_name": "Baby", "family_name": "Nguyen"}, ["/given_name"]),
    ({"date_of_birth": "1900-01-01"}, ["/date_of_birth"]),
]


def faults(answer: Any) -> dict[str, str]:
    """Return what a refusal says, by pointer."""
    return {one["pointer"]: one["detail"] for one in said(answer, 422)["errors"]}


def contact(ref: str, **more: Any) -> Json:
    return {"ref": ref, "relationship": "other_child", "details_status": "not_asked", **more}


def with_contacts(*contacts: Json) -> Json:
    document = darren_and_toby()
    document["household"]["contacts"] += contacts
    return document


def etag(driver: Driver, referral: Json) -> str:
    return driver.officer.get(referral["href"]).headers["ETag"]


# Whom to ask.


@pytest.mark.parametrize(("member", "code", "listed"), AREAS)
def test_whom_to_ask_is_one_of_those_there_are(driver: Driver, member: str, code: str, listed: str) -> None:
    document = darren_and_toby()
    document["addresses"][0][member] = code
    refused = faults(driver.officer.post("/v1/referrals", json=document))
    assert refused.keys() == {f"/addresses/0/{member}"}
    assert listed in refused[f"/addresses/0/{member}"]

    referral = driver.submit(darren_and_toby())
    tag, path = etag(driver, referral), referral["href"]
    assert faults(driver.officer.post(f"{path}/versions", json=document, if_match=tag)) == refused
    part = {"addresses": document["addresses"]}
    assert faults(driver.officer.patch(path, json=part, headers=MERGE_PATCH, if_match=tag)) == refused
    own = next(iter(around(driver, "addresses").values()))
    assert faults(change(driver.officer, own, **{member: code})) == {
        f"/{member}": refused[f"/addresses/0/{member}"]
    }
    proposed = HOME | {"ref": "new", "kind": "proposed_release", member: code}
    answer = driver.officer.post(f"{person(driver)['href']}/addresses", json=proposed)
    assert faults(answer).keys() == {f"/{member}"}
    happened = CHANGE | {"addresses": [HOME | {"ref": "hers", "kind": "partner", member: code}]}
    changes = f"{person(driver)['href']}/changes-of-circumstance"
    assert faults(driver.officer.post(changes, json=happened)) == refused
    # Danger waits for no code: it is asked about once it is known whom to ask.
    said(driver.officer.post(changes, json=happened | {"urgent": True}), 201)


def test_an_authority_of_scotland_is_no_fault(driver: Driver) -> None:
    driver.submit(darren_and_toby())
    own = next(iter(around(driver, "addresses").values()))
    assert said(change(driver.officer, own, local_authority="S12000033"))["local_authority"] == "S12000033"
    assert "S12000033" not in FORCES


def test_the_authority_of_a_contact_is_one_of_those_there_are(driver: Driver) -> None:
    document = with_contacts(contact("girl", local_authority="E99999999"))
    at = f"/household/contacts/{len(document['household']['contacts']) - 1}/local_authority"
    assert faults(driver.officer.post("/v1/referrals", json=document)).keys() == {at}
    driver.submit(darren_and_toby())
    somebody = next(iter(around(driver, "contacts").values()))
    answer = change(driver.officer, somebody, local_authority="E99999999")
    assert faults(answer).keys() == {"/local_authority"}


# Mothers.


def test_nobody_is_the_mother_of_their_own_mother(driver: Driver) -> None:
    circle = [contact("one", mother_ref="two"), contact("two", mother_ref="three")]
    document = with_contacts(*circle, contact("three", mother_ref="one"))
    first = len(document["household"]["contacts"]) - 3
    at = {f"/household/contacts/{first + place}/mother_ref" for place in range(3)}
    assert faults(driver.officer.post("/v1/referrals", json=document)).keys() == at

    driver.submit(with_contacts(*circle, contact("three")))
    known = around(driver, "contacts")
    answer = change(driver.officer, known["three"], mother_id=known["one"]["id"])
    assert faults(answer).keys() == {"/mother_id"}
    said(change(driver.officer, known["three"], mother_id=None))
    happened = CHANGE | {"contacts": [contact("a", mother_ref="b"), contact("b", mother_ref="a")]}
    answer = driver.officer.post(f"{person(driver)['href']}/changes-of-circumstance", json=happened)
    assert faults(answer).keys() == {"/contacts/0/mother_ref", "/contacts/1/mother_ref"}


def test_a_circle_with_what_was_put_right_meanwhile_is_refused(driver: Driver) -> None:
    referral = driver.submit(with_contacts(contact("one"), contact("two")))
    known = around(driver, "contacts")
    said(change(driver.officer, known["one"], mother_id=known["two"]["id"]))
    document = with_contacts(contact("one"), contact("two", mother_ref="one"))
    at = f"/household/contacts/{len(document['household']['contacts']) - 1}/mother_ref"
    path = f"{referral['href']}/versions"
    answer = driver.officer.post(path, json=document, if_match=etag(driver, referral))
    assert faults(answer).keys() == {at}
    assert around(driver, "contacts")["two"]["mother_id"] is None


def test_whoever_is_born_is_not_due(driver: Driver) -> None:
    both = {"date_of_birth": "1990-05-05", "due_date": "2026-06-01"}
    document = with_contacts(contact("her", relationship="partner", **both))
    at = f"/household/contacts/{len(document['household']['contacts']) - 1}"
    assert f"{at}/due_date" in faults(driver.officer.post("/v1/referrals", json=document))
    driver.submit(
        with_contacts(contact("her", relationship="friend"), contact("bump", relationship="unborn_child"))
    )
    her, bump = (around(driver, "contacts")[ref] for ref in ("her", "bump"))
    assert faults(change(driver.officer, her, **both)).keys() == {"/date_of_birth", "/due_date"}
    assert faults(change(driver.officer, her, due_date="2026-06-01")).keys() == {"/due_date"}
    said(change(driver.officer, bump, due_date="2026-06-01"))
    said(change(driver.officer, bump, date_of_birth="2026-03-01", due_date=None))


# Names.


@pytest.mark.parametrize(("who", "at"), NAMES)
def test_what_stands_in_place_of_a_name_is_not_supplied_in_silence(
    driver: Driver, who: Json, at: list[str]
) -> None:
    document = with_contacts(contact("girl", **who))
    place = f"/household/contacts/{len(document['household']['contacts']) - 1}"
    referral = said(driver.officer.post("/v1/referrals", json=document), 201)
    told = {one["pointer"] for one in referral["advice"] if one["code"] == "not_taken"}
    assert told == {f"{place}{member}" for member in at}
    preview = said(driver.officer.post("/v1/referrals/preview", json=document))
    assert told == {one["pointer"] for one in preview["advice"] if one["code"] == "not_taken"}
    girl = around(driver, "contacts")["girl"]
    assert sorted(faults(change(driver.officer, girl, **who))) == at
    said(change(driver.officer, girl, given_name="Una", family_name="Weeks"))


def test_a_person_is_not_renamed_to_nobody(driver: Driver) -> None:
    driver.submit(darren_and_toby())
    answer = change(driver.officer, person(driver), name={"given": "Unknown"}, date_of_birth="1900-01-01")
    assert faults(answer).keys() == {"/name/given", "/date_of_birth"}
    assert person(driver)["name"]["given"] == "Darren"
