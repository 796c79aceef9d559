"""Who moves away is asked about where they live now, and still where they lived: nobody is told the other."""

from typing import Any

import pytest

from tests.cast import Caller
from tests.referrals.driver import Driver, Json, said
from tests.referrals.record import around, asked, change, in_error
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

LEEDS, MANCHESTER = "E08000035", "E08000003"
HOME: Json = {
    "ref": "home", "kind": "current", "lines": ["1 Larkhill Street", "Leeds"], "postcode": "LS1 4AP",
    "police_force": "west-yorkshire", "local_authority": LEEDS,
}  # fmt: skip
NEW: Json = {
    "lines": ["9 New Road", "Manchester"], "postcode": "M1 1AA", "police_force": "greater-manchester",
    "local_authority": MANCHESTER,
}  # fmt: skip
PARTNER: Json = {
    "ref": "partner", "relationship": "partner", "lives_at": "home", "details_status": "provided",
    "given_name": "Jade", "family_name": "Moss", "date_of_birth": "1991-04-02",
}  # fmt: skip
CHILD: Json = {
    "ref": "child", "relationship": "child", "lives_at": "home", "details_status": "provided",
    "given_name": "Ivy", "family_name": "Moss", "date_of_birth": "2019-04-02",
}  # fmt: skip


@pytest.fixture
def family(driver: Driver) -> Json:
    document = darren_and_toby()
    document["household"] = {"children": "yes", "contacts": [PARTNER, CHILD]}
    document["addresses"] = [HOME]
    return driver.submit(document)


def open_at(caller: Caller) -> list[Json]:
    return [one for one in asked(caller) if one["state"] in {"requested", "acknowledged"}]


def moves(driver: Driver, **more: Any) -> Json:
    home = around(driver, "addresses")["home"]
    moved: Json = said(change(driver.officer, home, because="moved", **NEW, **more))
    return moved


def names(requests: list[Json]) -> set[str]:
    return {contact["given_name"] for one in requests for contact in one["document"]["contacts"]}


def test_who_moved_away_is_asked_about_where_they_lived_too(driver: Driver, family: Json) -> None:
    old = around(driver, "addresses")["home"]
    new = moves(driver)
    for agency, who in ((driver.cast.council, {"Ivy"}), (driver.cast.police, {"Jade"})):
        (here,) = open_at(agency)
        assert names([here]) == who
        assert {one["lived_at"] for one in here["document"]["contacts"]} == {old["id"]}
        assert [one["id"] for one in here["document"]["addresses"]] == [old["id"]]
        assert new["id"] not in str(here)
        assert "Manchester" not in str(here)
    assert names(open_at(driver.cast.other_council)) == {"Ivy"}
    assert names(open_at(driver.cast.other_police)) == {"Jade"}


def test_it_stays_so_whatever_is_changed_afterwards(driver: Driver, family: Json) -> None:
    moves(driver)
    said(change(driver.officer, around(driver, "contacts")["child"], given_name="Ivie"))
    (here,) = open_at(driver.cast.council)
    (child,) = here["document"]["contacts"]
    assert (child["given_name"], "lived_at" in child) == ("Ivie", True)


def test_who_is_said_never_to_have_lived_there_is_asked_about_there_no_more(
    driver: Driver, family: Json
) -> None:
    home = around(driver, "addresses")["home"]
    said(change(driver.officer, home, because="correction", **NEW))
    assert open_at(driver.cast.council) == []
    assert names(open_at(driver.cast.other_council)) == {"Ivy"}


def test_a_move_that_was_an_error_leaves_the_old_agencies_alone_with_it(driver: Driver, family: Json) -> None:
    new = moves(driver)
    said(in_error(driver, new))
    (here,) = open_at(driver.cast.council)
    assert here["document"]["contacts"][0]["lives_at"] == here["document"]["addresses"][0]["id"]
    assert open_at(driver.cast.other_council) == []
    assert open_at(driver.cast.other_police) == []


def test_who_is_in_error_is_asked_about_nowhere(driver: Driver, family: Json) -> None:
    moves(driver)
    said(in_error(driver, around(driver, "contacts")["child"]))
    assert open_at(driver.cast.council) == open_at(driver.cast.other_council) == []
