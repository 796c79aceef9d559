"""A reference that names somebody or somewhere else than before overwrites nobody, and leaves nobody out."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Caller
from tests.referrals.driver import Driver, Json, said
from tests.referrals.record import around, asked, change, in_error, person
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

JADE = {
    "ref": "partner", "relationship": "partner", "given_name": "Jade", "family_name": "Wrong",
    "date_of_birth": "1990-01-02", "details_status": "provided", "lives_at": "mothers-home",
}  # fmt: skip
UNA = JADE | {"given_name": "Una", "family_name": "Orme", "date_of_birth": "1985-06-07"}
ELSEWHERE = {"lines": ["99 Other Row", "Leeds"], "postcode": "LS9 9AA"}
MANCHESTER = {
    "lines": ["9 New Road", "Manchester"], "postcode": "M1 1AA", "police_force": "greater-manchester",
    "local_authority": "E08000003",
}  # fmt: skip


def with_partner(partner: Json, reference: str = "DAT-1") -> Json:
    document = darren_and_toby(reference)
    document["household"]["contacts"].append(copy.deepcopy(partner))
    return document


def amend(driver: Driver, referral: Json, document: Json) -> Json:
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    return said(driver.officer.post(f"{path}/versions", json=document, if_match=tag))


def patch(driver: Driver, referral: Json, changes: Json) -> Json:
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    more: Any = {"headers": {"Content-Type": "application/merge-patch+json"}}
    return said(driver.officer.patch(path, json=changes, if_match=tag, **more))


def names_asked(driver: Driver) -> set[str]:
    """Return whom the police of the person's own area are asked about."""
    return {
        contact["given_name"]
        for request in asked(driver.cast.police)
        if request["state"] != "cancelled"
        for contact in request["document"]["contacts"]
    }


def partner_of(driver: Driver) -> Json:
    """Return who has the reference now: whoever was entered in error is shown beside."""
    path = f"{person(driver)['href']}/contacts"
    items: list[Json] = said(driver.officer.get(path, limit=100))["items"]
    known = [one for one in items if one["ref"] == "partner"]
    return next((one for one in known if one["entered_in_error"] is None), known[-1])


def names_of(driver: Driver, referral: Json) -> list[str]:
    return [one.get("given_name") for one in driver.document(referral)["household"]["contacts"]]


@pytest.fixture
def mistaken(driver: Driver) -> Json:
    """A referral whose partner was entered in error."""
    referral = driver.submit(with_partner(JADE))
    said(in_error(driver, around(driver, "contacts")["partner"]))
    return referral


# Entered in error.


def test_somebody_else_under_the_reference_of_one_in_error_is_recorded_and_asked_about(
    driver: Driver, mistaken: Json
) -> None:
    answer = amend(driver, mistaken, with_partner(UNA))
    assert answer["kept"] == []
    una = partner_of(driver)
    assert (una["given_name"], una["entered_in_error"], una["alike"]) == ("Una", None, None)
    assert names_of(driver, mistaken)[-1] == "Una"
    assert "Una" in names_asked(driver)
    assert "Jade" not in names_asked(driver)


def test_a_merge_patch_names_somebody_else_too(driver: Driver, mistaken: Json) -> None:
    answer = patch(driver, mistaken, {"household": {"contacts": with_partner(UNA)["household"]["contacts"]}})
    assert answer["kept"] == []
    assert "Una" in names_asked(driver)


def test_a_new_referral_names_somebody_else_too(driver: Driver, mistaken: Json) -> None:
    answer = driver.submit(with_partner(UNA, "DAT-2"))
    assert answer["kept"] == []
    assert names_of(driver, answer)[-1] == "Una"
    assert "Una" in names_asked(driver)


@pytest.mark.parametrize(
    "new",
    [
        {"given_name": "Una"},
        {"date_of_birth": "1985-06-07"},
    ],
)
def test_another_name_or_date_of_birth_is_somebody_else(driver: Driver, mistaken: Json, new: Json) -> None:
    assert amend(driver, mistaken, with_partner(JADE | new))["kept"] == []
    assert partner_of(driver)["entered_in_error"] is None


@pytest.mark.parametrize("new", [{}, {"family_name": "Wrong-Orme"}, {"given_name": "Jayde"}])
def test_who_was_in_error_stays_so_when_said_again(driver: Driver, mistaken: Json, new: Json) -> None:
    answer = amend(driver, mistaken, with_partner(JADE | new))
    assert [one["pointer"] for one in answer["kept"]] == ["/household/contacts/3"]
    assert partner_of(driver)["entered_in_error"]
    assert "Jade" not in names_asked(driver)


def test_a_new_referral_and_its_preview_say_that_the_error_stays(driver: Driver, mistaken: Json) -> None:
    document = with_partner(JADE, "DAT-2")
    previewed = said(driver.officer.post("/v1/referrals/preview", json=document))
    at = [one["pointer"] for one in previewed["advice"] if one["code"] == "kept"]
    assert at == ["/household/contacts/3"]
    first, again = [
        said(driver.officer.post("/v1/referrals", json=document, idempotency_key="one-key"), 201)
        for _ in range(2)
    ]
    assert [one["pointer"] for one in first["kept"]] == ["/household/contacts/3"]
    assert again["kept"] == first["kept"]


def test_a_system_that_repeats_the_error_does_not_bring_it_back_in_her_place(
    driver: Driver, mistaken: Json
) -> None:
    second = said(driver.officer.post("/v1/referrals", json=with_partner(JADE, "DAT-2")), 201)
    amend(driver, mistaken, with_partner(UNA))
    # The other referral is amended by what the office held of it before.
    stale = with_partner(UNA, "DAT-2")
    stale["needs"]["alcohol"]["detail"] = "Drinks at weekends."
    amend(driver, second, stale)
    assert names_asked(driver) >= {"Una"}
    assert "Jade" not in names_asked(driver)


def errors_in(answer: Json) -> list[tuple[str, str]]:
    return [(one["pointer"], one["href"]) for one in answer["advice"] if one["code"] == "entered_in_error"]


def test_who_comes_back_by_another_system_is_advice_that_names_the_error(
    driver: Driver, mistaken: Json, second: Caller
) -> None:
    jade = partner_of(driver)
    where = around(driver, "addresses")["mothers-home"]
    said(in_error(driver, where))
    expected = [("/household/contacts/3", jade["href"]), ("/addresses/1", where["href"])]
    document = with_partner(JADE, "DAT-3")
    assert errors_in(said(second.post("/v1/referrals/preview", json=document))) == expected
    referral = said(second.post("/v1/referrals", json=document), 201)
    assert errors_in(referral) == expected
    path = f"/v1/referrals/{referral['id']}"
    document["person"]["phone"] = "07700 900111"
    tag = second.get(path).headers["ETag"]
    assert errors_in(said(second.post(f"{path}/versions", json=document, if_match=tag))) == expected
    # Where the record stays as it is, nobody has come back.
    own = amend(driver, mistaken, with_partner(JADE))
    assert errors_in(own) == []
    assert "/household/contacts/3" in {one["pointer"] for one in own["kept"]}


def test_a_protected_contact_that_comes_back_is_named_to_who_sees_her(driver: Driver, second: Caller) -> None:
    driver.submit()
    ex = around(driver, "contacts")["ex-partner"]
    said(in_error(driver, ex))
    answer = said(second.post("/v1/referrals", json=darren_and_toby("DAT-3")), 201)
    assert errors_in(answer) == [("/household/contacts/0", ex["href"])]


def test_another_place_under_the_reference_of_one_in_error_is_asked_about(driver: Driver) -> None:
    referral = driver.submit()
    said(in_error(driver, around(driver, "addresses")["mothers-home"]))
    document = darren_and_toby()
    document["addresses"][1] |= ELSEWHERE
    assert amend(driver, referral, document)["kept"] == []
    new = around(driver, "addresses")["mothers-home"]
    assert (new["lines"], new["entered_in_error"]) == (ELSEWHERE["lines"], None)
    # Whoever was said to live there still does, by that reference.
    assert around(driver, "contacts")["mother"]["lives_at"] == new["id"]
    asked_about = [
        one["lines"] for each in asked(driver.cast.police) for one in each["document"]["addresses"]
    ]
    assert ELSEWHERE["lines"] in asked_about


# Another person.


ANN = UNA | {"given_name": "Ann", "family_name": "Oakes"}
BUMP = {"ref": "bump", "relationship": "unborn_child", "due_date": "2026-08-01", "mother_ref": "partner"}
BUMP |= {"details_status": "not_asked", "local_authority": "E08000035"}


def expecting(partner: Json, reference: str = "DAT-1") -> Json:
    """Return a document in which the partner expects a child, and the home they visit is hers."""
    document = with_partner(partner, reference)
    document["household"]["contacts"].append(copy.deepcopy(BUMP))
    hers = {"ref": "hers", "kind": "partner", "lines": ["2 B Street", "Leeds"], "postcode": "LS2 2BB"}
    hers |= {"police_force": "west-yorkshire", "local_authority": "E08000035", "contact_ref": "partner"}
    document["addresses"].append(hers)
    return document


def whose(driver: Driver) -> tuple[str | None, str | None]:
    """Return who the mother is and whose the home is, on record."""
    path = f"{person(driver)['href']}/contacts"
    names = {one["id"]: one["given_name"] for one in said(driver.officer.get(path, limit=100))["items"]}
    mother, owner = around(driver, "contacts")["bump"], around(driver, "addresses")["hers"]
    return names.get(mother["mother_id"]), names.get(owner["contact_id"])


def whose_in(document: Json) -> tuple[str | None, str | None]:
    """Return who the mother is and whose the home is, in a document."""
    names = {one["ref"]: one.get("given_name") for one in document["household"]["contacts"]}
    (bump,) = (one for one in document["household"]["contacts"] if one["ref"] == "bump")
    (hers,) = (one for one in document["addresses"] if one["ref"] == "hers")
    return names.get(bump.get("mother_ref")), names.get(hers.get("contact_ref"))


def test_who_is_referred_to_by_a_reference_is_who_has_it_now(driver: Driver) -> None:
    referral = driver.submit(expecting(JADE))
    assert whose(driver) == ("Jade", "Jade")
    assert amend(driver, referral, expecting(ANN))["kept"] == []
    assert whose(driver) == whose_in(driver.document(referral)) == ("Ann", "Ann")
    (council,) = asked(driver.cast.council)
    names = {one.get("given_name") for one in council["document"]["contacts"]}
    assert names & {"Ann", "Jade"} == {"Ann"}


def phone_of(driver: Driver, name: str) -> str | None:
    items = said(driver.officer.get(f"{person(driver)['href']}/contacts", limit=100))["items"]
    found: list[str | None] = [one["phone"] for one in items if one["given_name"] == name]
    return found[0]


def test_what_was_said_of_one_is_news_of_the_next_under_the_reference(driver: Driver) -> None:
    phone = {"phone": "0113 496 0001"}
    referral = driver.submit(expecting(JADE | phone))
    amend(driver, referral, expecting(ANN))
    assert phone_of(driver, "Ann") is None
    assert amend(driver, referral, expecting(ANN | phone))["kept"] == []
    assert phone_of(driver, "Ann") == phone["phone"]


def test_a_stale_document_names_nobody_else_back(driver: Driver, second: Caller) -> None:
    referral = driver.submit(expecting(JADE))
    theirs = driver.document(referral)
    theirs["person"]["phone"] = "07700 900111"
    path = f"/v1/referrals/{referral['id']}"
    first = second.post(f"{path}/versions", json=theirs, if_match=second.get(path).headers["ETag"])
    assert said(first)["kept"] == []
    amend(driver, referral, expecting(ANN))
    theirs["person"]["phone"] = "07700 900222"
    said(second.post(f"{path}/versions", json=theirs, if_match=second.get(path).headers["ETag"]))
    assert whose(driver) == whose_in(driver.document(referral)) == ("Ann", "Ann")


def test_no_document_refers_to_another_than_the_record(driver: Driver) -> None:
    first = driver.submit(expecting(JADE))
    other = driver.submit(expecting(JADE, "DAT-2"))
    document = expecting(ANN)
    document["household"]["contacts"].pop()
    document["addresses"].pop()
    amend(driver, first, document)
    # Of these nobody has said that they are Ann's.
    assert whose(driver) == ("Jade", "Jade")
    assert whose_in(driver.document(other)) == (None, None)


# Another place.


def lines_asked(driver: Driver, name: str) -> list[list[str]]:
    return [
        one["lines"]
        for each in asked(driver.cast.callers[name])
        if each["state"] != "cancelled"
        for one in each["document"]["addresses"]
    ]


def moved_home(**more: Any) -> Json:
    document = darren_and_toby()
    document["addresses"][1] |= MANCHESTER | more
    return document


@pytest.mark.parametrize("said_so", [{}, {"because": "moved", "moved_on": "2026-02-20"}])
def test_a_document_that_names_another_home_keeps_the_old_as_history(driver: Driver, said_so: Json) -> None:
    referral = driver.submit()
    old = around(driver, "addresses")["mothers-home"]
    before = lines_asked(driver, "police")
    amend(driver, referral, moved_home(**said_so))
    new = around(driver, "addresses")["mothers-home"]
    assert (new["id"] != old["id"], new["lines"]) == (True, MANCHESTER["lines"])
    left = said(driver.officer.get(old["href"]))
    today = driver.clock.at.date().isoformat() if not said_so else "2026-02-20"
    assert (left["lines"], left["to_date"]) == (old["lines"], today)
    assert around(driver, "contacts")["mother"]["lives_at"] == new["id"]
    assert lines_asked(driver, "police") == before
    assert MANCHESTER["lines"] in lines_asked(driver, "other_police")
    stored = driver.document(referral)["addresses"][1]
    assert stored["lines"] == MANCHESTER["lines"]
    assert not stored.keys() & {"because", "moved_on"}
    # A repeat says nothing new.
    heard = around(driver, "addresses")
    amend(driver, referral, moved_home(**said_so))
    assert around(driver, "addresses") == heard


def test_a_document_can_say_that_it_was_never_so(driver: Driver) -> None:
    referral = driver.submit()
    old = around(driver, "addresses")["mothers-home"]
    amend(driver, referral, moved_home(because="correction"))
    new = around(driver, "addresses")["mothers-home"]
    assert (new["id"], new["lines"]) == (old["id"], MANCHESTER["lines"])
    assert old["lines"] not in lines_asked(driver, "police")


@pytest.mark.parametrize(
    ("new", "at"),
    [
        ({"because": "moved", "moved_on": "2001-01-01"}, "/addresses/1/moved_on"),
        ({"moved_on": "2026-02-20"}, "/addresses/1/moved_on"),
    ],
)
def test_a_move_that_cannot_be_is_refused(driver: Driver, new: Json, at: str) -> None:
    document = darren_and_toby()
    document["addresses"][1]["from"] = "2020-01-01"
    referral = driver.submit(document)
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    answer = driver.officer.post(f"{path}/versions", json=moved_home(**new), if_match=tag)
    assert [one["pointer"] for one in said(answer, 422)["errors"]] == [at]


def test_a_move_that_never_was_is_undone_with_its_address(driver: Driver) -> None:
    referral = driver.submit()
    old = around(driver, "addresses")["mothers-home"]
    before = lines_asked(driver, "police")
    amend(driver, referral, moved_home(because="moved"))
    said(in_error(driver, around(driver, "addresses")["mothers-home"]))
    again = around(driver, "addresses")["mothers-home"]
    assert {name: again[name] for name in ("id", "kind", "lines", "to_date")} == {
        name: old[name] for name in ("id", "kind", "lines", "to_date")
    }
    assert around(driver, "contacts")["mother"]["lives_at"] == old["id"]
    assert lines_asked(driver, "police") == before
    assert MANCHESTER["lines"] not in lines_asked(driver, "other_police")
    listed = {one["ref"]: one["lines"] for one in driver.document(referral)["addresses"]}
    assert listed["mothers-home"] == old["lines"]
    # Who holds the old one still may say it as before.
    assert amend(driver, referral, darren_and_toby())["kept"] == []


@pytest.mark.parametrize(
    ("new", "at"),
    [
        ({"lines": ["18 Tannery Fold", "Leeds"]}, "/lines"),
        (MANCHESTER | {"moved_on": "2010-01-01"}, "/moved_on"),
    ],
)
def test_a_move_at_its_own_address_that_cannot_be_is_refused(driver: Driver, new: Json, at: str) -> None:
    document = darren_and_toby()
    document["addresses"][1] |= {"lines": ["18 Tannery Fold", "Leeds"], "from": "2020-01-01"}
    driver.submit(document)
    home = around(driver, "addresses")["mothers-home"]
    answer = change(driver.officer, home, **{"because": "moved"} | new)
    assert at in [one["pointer"] for one in said(answer, 422)["errors"]]


def test_nobody_moves_from_where_they_have_moved_already(driver: Driver) -> None:
    driver.submit()
    home = around(driver, "addresses")["mothers-home"]
    said(change(driver.officer, home, **MANCHESTER | {"because": "moved"}))
    left = said(driver.officer.get(home["href"]))
    answer = change(driver.officer, left, **ELSEWHERE | {"because": "moved"})
    assert [one["pointer"] for one in said(answer, 422)["errors"]] == ["/because"]


def test_whoever_counted_all_along_does_not_count_again_by_a_duplicate_in_error(driver: Driver) -> None:
    jade, again = JADE | {"ref": "jade"}, JADE | {"ref": "jade-too"}
    document = darren_and_toby()
    document["household"]["contacts"] += [jade, again]
    driver.submit(document)
    driver.clock.move(timedelta(days=1))
    said(in_error(driver, around(driver, "contacts")["jade-too"]))
    document["household"]["contacts"].pop()
    document["submission_reference"] = "DAT-2"
    for path, status in (("/v1/referrals/preview", 200), ("/v1/referrals", 201)):
        answer = said(driver.officer.post(path, json=document), status)
        assert "entered_in_error" not in {one["code"] for one in answer["advice"]}, path
    document["household"]["contacts"].append(JADE | {"ref": "jade-anew"})
    document["submission_reference"] = "DAT-3"
    answer = said(driver.officer.post("/v1/referrals", json=document), 201)
    (advice,) = [one for one in answer["advice"] if one["code"] == "entered_in_error"]
    assert advice["pointer"] == f"/household/contacts/{len(document['household']['contacts']) - 1}"
