"""An address that is put right to another place is asked about where that is, and not where it was said."""

import copy
from typing import Any

import pytest

from tests.referrals.driver import Driver, Json, said
from tests.referrals.record import around, asked, change, person
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

HOME: Json = {
    "ref": "home", "kind": "current", "lines": ["1 Larkhill Street", "Leeds"], "postcode": "LS1 4AP",
    "police_force": "west-yorkshire", "local_authority": "E08000035",
}  # fmt: skip
ELSEWHERE: Json = {"lines": ["9 New Road", "Manchester"], "postcode": "M1 1AA"}
AREAS = ("police_force", "local_authority")
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
    return driver.submit(at(HOME))


def at(home: Json) -> Json:
    document = darren_and_toby()
    document["household"] = {"children": "yes", "contacts": [PARTNER, CHILD]}
    document["addresses"] = [copy.deepcopy(home)]
    return document


def put_right(driver: Driver, **members: Any) -> Json:
    home = around(driver, "addresses")["home"]
    shown: Json = said(change(driver.officer, home, because="correction", **members))
    return shown


def waits_for(driver: Driver) -> set[str]:
    checks = said(driver.officer.get(f"{person(driver)['href']}/checks", limit=100))["items"]
    requests = [one for check in checks for one in check["requests"]]
    return {
        each["detail"] for one in requests if one["state"] == "awaiting_details" for each in one["missing"]
    }


def is_asked(driver: Driver) -> bool:
    requests = [*asked(driver.cast.police), *asked(driver.cast.council)]
    return any(one["state"] == "acknowledged" for one in requests)


def test_the_areas_of_where_it_was_said_to_be_are_asked_for_anew(driver: Driver, family: Json) -> None:
    shown = put_right(driver, **ELSEWHERE)
    assert [shown[area] for area in AREAS] == [None, None]
    assert not is_asked(driver)
    assert waits_for(driver) == {*AREAS}
    assert not driver.document(family)["addresses"][0].keys() & {*AREAS}


def test_an_area_that_is_said_with_it_counts_also_where_it_is_the_same(driver: Driver, family: Json) -> None:
    shown = put_right(driver, **ELSEWHERE, local_authority=HOME["local_authority"])
    assert [shown[area] for area in AREAS] == [None, HOME["local_authority"]]
    assert waits_for(driver) == {"police_force"}


@pytest.mark.parametrize(
    "lines_and_postcode",
    [{"lines": ["11 Larkhill Street", "Leeds"]}, {"postcode": "LS1 4AQ"}],
)
def test_a_slip_in_it_keeps_them(driver: Driver, family: Json, lines_and_postcode: Json) -> None:
    shown = put_right(driver, **lines_and_postcode)
    assert [shown[area] for area in AREAS] == [HOME[area] for area in AREAS]
    assert is_asked(driver)
    assert waits_for(driver) == set()


@pytest.mark.parametrize("stated", [(), ("police_force",), AREAS])
def test_of_a_document_count_the_areas_that_it_states(
    driver: Driver, family: Json, stated: tuple[str, ...]
) -> None:
    right = {name: value for name, value in HOME.items() if name not in AREAS or name in stated}
    path = f"/v1/referrals/{family['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    amended = at(right | ELSEWHERE | {"because": "correction"})
    said(driver.officer.post(f"{path}/versions", json=amended, if_match=tag))
    home = around(driver, "addresses")["home"]
    assert {area for area in AREAS if home[area] is not None} == {*stated}
    assert waits_for(driver) == {*AREAS} - {*stated}


@pytest.mark.parametrize(
    ("days", "wrong"),
    [({"from": "2027-01-01", "to": "2026-01-01"}, "/to"), ({"to": "2020-01-01"}, "/to")],
)
def test_nobody_left_an_address_before_they_came(driver: Driver, days: Json, wrong: str) -> None:
    driver.submit(at(HOME | {"from": "2022-10-19"}))
    home = around(driver, "addresses")["home"]
    body = {"because": "correction", **days}
    refused = said(driver.officer.patch(home["href"], json=body, if_match=home["etag"]), 422)
    assert [one["pointer"] for one in refused["errors"]] == [wrong]
