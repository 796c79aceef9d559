"""Texts are compared with the whole record: what somebody is called now and before, in whatever document."""

import pytest

from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

EX_PARTNER = "Kirsty Holdsworth"
RENAMED = {"given_name": "Philippa", "family_name": "Thackeray"}


def write(driver: Driver, referral: Json, body: str) -> Json:
    """Try to write to a provider that may know nothing of victims; return what it is refused for."""
    path = f"{part_of(referral, 'crs', 'accommodation')['href']}/messages"
    answer = driver.officer.post(path, json={"body": body})
    if answer.status_code == 201:
        return {}
    (fault,) = said(answer, 422)["errors"]
    found: Json = fault
    return found


def ex_partner(driver: Driver) -> Json:
    contacts = said(driver.officer.get(f"{person_at('X320741')}/contacts"))["items"]
    (found,) = (one for one in contacts if one["relationship"] == "ex_partner")
    known: Json = found
    return known


def rename(driver: Driver) -> None:
    path = ex_partner(driver)["href"]
    tag = driver.officer.get(path).headers["ETag"]
    said(driver.officer.patch(path, json=RENAMED, if_match=tag))


def moved(document: Json) -> Json:
    (home,) = (one for one in document["addresses"] if one["postcode"] == "M21 9WQ")
    home |= {"lines": ["27 Orchard Mews", "Otley"], "postcode": "LS21 3AB"}
    return document


@pytest.mark.parametrize(
    "text", ["Philippa Thackeray rang.", "Ms Thackeray rang.", f"{EX_PARTNER} rang.", "Holdsworth, Kirsty"]
)
def test_a_name_that_is_on_record_now_counts_and_so_does_the_one_before(driver: Driver, text: str) -> None:
    referral = driver.submit()
    rename(driver)
    assert write(driver, referral, text).get("pointer") == "/body"


def test_a_new_name_is_looked_for_in_what_was_sent_before(driver: Driver) -> None:
    document = darren_and_toby()
    document["risk"]["additional_information"] = "He lodges with Philippa Thackeray."
    referral = driver.submit(document)
    part = part_of(referral, "crs", "accommodation")
    assert part["state"] == "sent"
    rename(driver)
    owed = driver.look(driver.officer, part)["missing"]
    assert [gap["pointer"] for gap in owed if "reword_for" in gap] == ["/risk/additional_information"]


@pytest.mark.parametrize("text", ["Kirsty Holdsworth rang.", "He waits at 4 Larkhill Close.", "M21 9WQ"])
def test_who_is_protected_once_stays_so_whatever_a_later_document_calls_them(
    driver: Driver, text: str
) -> None:
    referral = driver.submit()
    document = darren_and_toby()
    (ex,) = (one for one in document["household"]["contacts"] if one["relationship"] == "ex_partner")
    ex["relationship"] = "partner"
    driver.amend(referral, document)
    assert ex_partner_is_protected(driver)
    assert write(driver, referral, text).get("pointer") == "/body"


def ex_partner_is_protected(driver: Driver) -> bool:
    contacts = said(driver.officer.get(f"{person_at('X320741')}/contacts"))["items"]
    return any(one["protected"] and one["relationship"] == "partner" for one in contacts)


@pytest.mark.parametrize("text", ["He waits at 4 Larkhill Close.", "M21 9WQ", "27 Orchard Mews", "LS21 3AB"])
def test_a_home_of_before_counts_beside_the_one_of_now(driver: Driver, text: str) -> None:
    referral = driver.submit()
    driver.amend(referral, moved(darren_and_toby()))
    assert write(driver, referral, text).get("pointer") == "/body"


def test_a_document_is_compared_with_what_it_no_longer_says(driver: Driver) -> None:
    referral = driver.submit()
    document = moved(darren_and_toby())
    document["household"]["contacts"] = [
        one | (RENAMED if one["relationship"] == "ex_partner" else {})
        for one in document["household"]["contacts"]
    ]
    document["risk"]["additional_information"] = "Do not let Kirsty Holdsworth know where he is."
    amended = driver.amend(referral, document)
    gaps = [gap for gap in part_of(amended, "crs", "accommodation")["missing"] if "reword_for" in gap]
    assert [(gap["pointer"], gap["gives_away"]) for gap in gaps] == [
        ("/risk/additional_information", ["name"])
    ]


def test_a_message_is_looked_through_when_an_amendment_renames_somebody(driver: Driver) -> None:
    referral = driver.submit()
    path = f"{part_of(referral, 'crs', 'accommodation')['href']}/messages"
    message = said(driver.officer.post(path, json={"body": "Ms Thackeray rang."}), 201)
    document = darren_and_toby()
    (ex,) = (one for one in document["household"]["contacts"] if one["relationship"] == "ex_partner")
    ex |= RENAMED
    amended = driver.amend(referral, document)
    owed = part_of(amended, "crs", "accommodation")["missing"]
    assert [gap["pointer"] for gap in owed if "reword_for" in gap] == [f"/messages/{message['id']}"]
    confirmed = {"path": f"/messages/{message['id']}", "destination": "crs:accommodation"}
    done = document | {"wordings": [confirmed | {"confirmed_because": "They deleted it."}]}
    after = part_of(driver.amend(referral, done), "crs", "accommodation")
    assert [gap for gap in after["missing"] if "reword_for" in gap] == []


def test_a_name_of_before_that_is_somebody_elses_gives_nobody_away(driver: Driver) -> None:
    referral = driver.submit()
    path = ex_partner(driver)["href"]
    for name in ({"given_name": "Patricia", "family_name": "Ellershaw"}, RENAMED):
        tag = driver.officer.get(path).headers["ETag"]
        said(driver.officer.patch(path, json=name, if_match=tag))
    assert write(driver, referral, "His mother Patricia Ellershaw rang.") == {}
    assert write(driver, referral, "Philippa Thackeray rang.").get("pointer") == "/body"
