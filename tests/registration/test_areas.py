"""The codes that exist, and what is assumed of each kind of organisation, by value."""

import re

import pytest

from service.access.permissions import SCOPES_OF_KIND
from service.duties import DUTIES
from service.organisations.authorities import AUTHORITIES, CHILDRENS_SERVICES
from service.organisations.confidences import ASSUMED, NEVER_OF_MAPPA
from service.registration import hours
from service.registration.areas import AREAS, kind_of_area, listed
from tests import tables

MAY_KNOW = tables.read("""
kind              | mappa | victims
probation_region  | yes   | yes
approved_premises |       |
cas3_team         |       |
crs_provider      |       |
mappa_area        | yes   | yes
police_force      | yes   | yes
local_authority   |       |
prison            |       |
oversight         |       |
administration    |       |
""")


@pytest.mark.parametrize("kind", MAY_KNOW)
def test_what_an_organisation_may_know_of_until_an_operator_says(kind: str) -> None:
    assumed = ASSUMED[kind]
    shown = {"mappa": "yes" if assumed.mappa else "", "victims": "yes" if assumed.victims else ""}
    assert {"kind": kind, **shown} == MAY_KNOW[kind]


def test_every_kind_has_its_assumption_and_a_provider_never_knows_of_mappa() -> None:
    assert list(ASSUMED) == list(MAY_KNOW) == list(SCOPES_OF_KIND)
    assert {"crs_provider"} == NEVER_OF_MAPPA
    assert not any(ASSUMED[kind].mappa for kind in NEVER_OF_MAPPA)


@pytest.mark.parametrize(
    ("kind", "number", "code", "name"),
    [
        ("region", 12, "N55", "Yorkshire and the Humber"),
        ("mappa_area", 42, "avon-and-somerset", "Avon and Somerset"),
        ("police_force", 46, "city-of-london", "City of London"),
    ],
)
def test_every_area_is_listed_by_its_name(kind: str, number: int, code: str, name: str) -> None:
    names = AREAS[kind].names
    assert names is not None
    assert len(names) == number
    assert names[code] == name


@pytest.mark.parametrize(
    ("beginning", "number", "code", "name"),
    [
        ("E06", 63, "E06000066", "Somerset"),
        ("E07", 164, "E07000245", "West Suffolk"),
        ("E08", 36, "E08000035", "Leeds"),
        ("E09", 33, "E09000001", "City of London"),
        ("E10", 21, "E10000007", "Derbyshire"),
        ("W06", 22, "W06000015", "Cardiff"),
    ],
)
def test_every_authority_of_england_and_wales_is_listed(
    beginning: str, number: int, code: str, name: str
) -> None:
    names = AREAS["local_authority"].names
    assert sum(one.startswith(beginning) for one in names) == number
    assert names[code] == name
    assert (code in CHILDRENS_SERVICES) is (beginning != "E07")
    assert len(names) == 339


def test_no_two_authorities_have_one_name_and_each_code_has_its_form() -> None:
    assert len(set(AUTHORITIES.values())) == len(AUTHORITIES)
    assert all(re.fullmatch(r"(E0[6-9]|E10|W06)0\d{5}", code) for code in AUTHORITIES)
    assert all(name.strip() == name and name.isprintable() for name in AUTHORITIES.values())


def test_a_region_is_listed_with_its_delivery_units_where_there_is_a_list() -> None:
    units = {one.code: one.units for one in listed("region")}
    assert len(units) == 12
    assert {code for code, each in units.items() if each is None} == {"N57"}
    assert "Leeds" in (units["N55"] or ())
    assert {one.units for one in listed() if one.kind != "region"} == {None}
    assert [one.kind for one in listed("police_force")] == ["police_force"] * 46


def test_the_areas_of_every_duty_are_those_of_one_list() -> None:
    found = {duty: kind_of_area(known.areas) for duty, known in DUTIES.items()}
    assert {duty: kind for duty, kind in found.items() if not duty.startswith("crs:")} == {
        "approved_premises": "region",
        "cas3": "region",
        "childrens_services": "local_authority",
        "mappa": "mappa_area",
        "police_da": "police_force",
    }
    assert {kind for duty, kind in found.items() if duty.startswith("crs:")} == {"region"}


def test_areas_that_no_list_has_are_no_areas() -> None:
    with pytest.raises(LookupError, match="no list"):
        kind_of_area(["N55"])
    with pytest.raises(LookupError, match="no list"):
        kind_of_area(None)


TUESDAY = {"day": "tue", "opens": "08:30", "closes": "12:00"}
STORED = {"tue": ["08:30", "12:00"], "closures": ["2026-12-24"], "open_on_bank_holidays": True}


def test_hours_are_changed_member_by_member() -> None:
    assert hours.changed(None, {}) is None
    assert hours.changed(None, {"office_hours": None, "closures": [], "open_on_bank_holidays": False}) is None
    assert hours.changed(None, {"office_hours": [TUESDAY]}) == {"tue": ["08:30", "12:00"]}
    assert hours.changed(STORED, {"office_hours": [TUESDAY]}) is None
    usual = {"closures": ["2026-12-24"], "open_on_bank_holidays": True}
    assert hours.changed(STORED, {"office_hours": None}) == usual
    assert hours.changed(STORED, {"closures": []}) == {
        "tue": ["08:30", "12:00"],
        "open_on_bank_holidays": True,
    }
    assert hours.changed(STORED, {"open_on_bank_holidays": False}) == {
        "tue": ["08:30", "12:00"],
        "closures": ["2026-12-24"],
    }
    assert hours.shown(STORED)["office_hours"] == [TUESDAY]
    assert [one["day"] for one in hours.shown(None)["office_hours"]] == ["mon", "tue", "wed", "thu", "fri"]
