"""On what basis a destination is sent a referral, what the bases can carry, and when each ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.checks.kinds import KINDS
from service.destinations import DESTINATIONS
from service.destinations.case import Known, asks_by_key
from service.destinations.sharing import (
    SUPERVISED_RELEASES,
    Basis,
    Where,
    bases_of,
    basis_gaps,
    current,
    last_day,
    stored_bases,
    supervision_ends,
    with_stay,
)
from service.document.vocabulary import RELEASE_TYPES
from service.legal_bases import (
    CONTINUING,
    COUNCIL_CHECK,
    GENERAL,
    LAW_ENFORCEMENT,
    NAMED,
    POLICE_CHECK,
    STAY,
    TABLE,
    Nation,
    can_carry,
    covers_asking,
    nation_of,
    row_of,
)
from tests.referrals.samples import MONDAY, darren_and_toby, minimal

Json = dict[str, Any]
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))

# Each row by hand: code, nations, gateway, regime, first day, receivers, health, outlasts, named.
BASES = """
statutory_supervision | england wales | Offender Management Act 2007, section 14 | law | 2018-05-25 | any | health | - | named
public_protection | england wales | Criminal Justice Act 2003, section 325 | law | 2018-05-25 | mappa police_da | health | outlasts | named
public_protection | england wales | Offender Management Act 2007, section 14, and the common law: a pressing need to protect somebody | law | 2018-05-25 | any | health | outlasts | named
safeguarding | england | Children Act 2004, sections 10 and 11 | general | 2020-12-31 | childrens_safeguarding | health | outlasts | named
safeguarding | wales | Children Act 2004, sections 25 and 28 | general | 2020-12-31 | childrens_safeguarding | health | outlasts | named
safeguarding | england | Children Act 2004, section 11 | general | 2020-12-31 | any | health | outlasts | named
safeguarding | wales | Children Act 2004, section 28 | general | 2020-12-31 | any | health | outlasts | named
crime_prevention | england wales | Crime and Disorder Act 1998, section 115 | law | 2018-05-25 | any | - | outlasts | named
vital_interests | england wales | UK GDPR, Article 6(1)(d) | general | 2020-12-31 | approved_premises cas3 childrens_safeguarding mappa police_da | health | outlasts | named
consent | england wales | none: consent opens no gateway | general | 2020-12-31 | - | - | - | named
stay | england wales | Offender Management Act 2007, sections 2 and 13 | general | 2020-12-31 | approved_premises cas3 | health | outlasts | -
"""  # noqa: E501 - a row of the table is one line


@pytest.mark.parametrize(
    ("row", "expected"),
    list(zip(TABLE, BASES.strip().splitlines(), strict=True)),
    ids=[f"{row.code}-{'-'.join(sorted(row.nations | row.receivers))}" for row in TABLE],
)
def test_each_basis_is_the_one_of_the_law(row: Any, expected: str) -> None:
    assert expected == " | ".join(
        (
            row.code,
            " ".join(sorted(row.nations)),
            row.gateway,
            row.regime.split()[0],
            row.since.isoformat(),
            " ".join(sorted(row.receivers)) or "-",
            " ".join(sorted(row.categories)) or "-",
            "outlasts" if row.outlasts else "-",
            "named" if row.named else "-",
        )
    )
    assert row.until is None
    assert row.source
    assert row.condition


RECEIVERS = (*DESTINATIONS, *KINDS)


@pytest.mark.parametrize("kind", RECEIVERS)
@pytest.mark.parametrize("nation", ["england", "wales"])
def test_a_receiver_reads_one_law_of_a_basis_in_each_nation(kind: str, nation: Nation) -> None:
    for code in {row.code for row in TABLE}:
        row = row_of(code, nation, MONDAY, kind)
        assert row is not None
        assert (row.code, row.holds(nation, MONDAY)) == (code, True)
        assert row.carries(kind) is can_carry(code, kind)


@pytest.mark.parametrize("kind", RECEIVERS)
def test_only_mappa_and_the_police_read_of_the_law_on_mappa(kind: str) -> None:
    read = [row_of(code, "england", MONDAY, kind) for code in {row.code for row in TABLE}]
    gateways = [row.gateway for row in read if row is not None and row.carries(kind)]
    assert any("325" in gateway for gateway in gateways) is (kind in {"mappa", "police_da"})


@pytest.mark.parametrize(
    ("kind", "nation", "law"),
    [
        ("police_da", "england", "Criminal Justice Act 2003, section 325"),
        ("police_da", "wales", "Criminal Justice Act 2003, section 325"),
        ("childrens_safeguarding", "england", "Children Act 2004, sections 10 and 11"),
        ("childrens_safeguarding", "wales", "Children Act 2004, sections 25 and 28"),
    ],
)
def test_a_check_rests_on_the_law_of_its_nation(kind: str, nation: Nation, law: str) -> None:
    row = row_of(KINDS[kind].legal_basis, nation, MONDAY, kind)
    assert row is not None
    assert (row.gateway, row.carries(kind)) == (law, True)


def test_a_council_holds_everything_under_general_processing() -> None:
    (row,) = (row for row in TABLE if row.code == "statutory_supervision")
    regimes = {kind: row.receiver_regime(kind) for kind in RECEIVERS}
    assert {kind for kind, regime in regimes.items() if regime == GENERAL} == {"childrens_safeguarding"}
    assert set(regimes.values()) == {GENERAL, LAW_ENFORCEMENT}


def test_what_covers_asking_the_police_and_childrens_services() -> None:
    assert {POLICE_CHECK, COUNCIL_CHECK} == set(KINDS)
    assert {row.code for row in TABLE if not covers_asking(row.code)} == {"consent", STAY}


def test_what_a_submission_may_name() -> None:
    assert list(NAMED) == [
        "statutory_supervision",
        "public_protection",
        "safeguarding",
        "crime_prevention",
        "vital_interests",
        "consent",
    ]
    assert list(CONTINUING) == ["public_protection", "safeguarding", "crime_prevention", "vital_interests"]


def test_only_the_region_of_wales_is_in_wales() -> None:
    assert (nation_of("N03"), nation_of("N55")) == ("wales", "england")


def test_a_basis_does_not_hold_before_its_first_day() -> None:
    assert row_of("safeguarding", "england", date(2020, 12, 30), "crs") is None
    assert row_of("safeguarding", "england", date(2020, 12, 31), "crs") is not None


def bases(document: Json, key: str, nation: Nation = "england", today: date = MONDAY) -> tuple[Basis, ...]:
    ask = asks_by_key(document)[key]
    where = Where(nation, today, Known(document).answered)
    return bases_of(DESTINATIONS[ask.kind], document, ask, where)


def gaps(document: Json, key: str, nation: Nation = "england", today: date = MONDAY) -> list[tuple[str, str]]:
    ask = asks_by_key(document)[key]
    where = Where(nation, today, Known(document).answered)
    found = basis_gaps(DESTINATIONS[ask.kind], bases(document, key, nation, today), where)
    return [(gap.pointer, gap.why.partition(":")[0]) for gap in found]


def on_basis(code: str, **more: Any) -> Json:
    document = darren_and_toby()
    document["sharing_basis"] = {"legal_basis": code, "person_told": True, **more}
    return document


ETE, AP, CAS3, MAPPA = "crs:education_training_and_employment", "approved_premises", "cas3", "mappa"
AT = "/sharing_basis/legal_basis"


@pytest.mark.parametrize(
    ("code", "key", "why"),
    [
        *((code, key, None) for key in (ETE, AP, CAS3, MAPPA) for code in list(NAMED)[:3]),
        ("crime_prevention", AP, "crime_prevention does not carry health, which approved_premises is sent"),
        ("crime_prevention", CAS3, "crime_prevention does not carry health, which cas3 is sent"),
        ("crime_prevention", ETE, "crime_prevention does not carry health, which crs is sent"),
        ("crime_prevention", MAPPA, "crime_prevention does not carry health, which mappa is sent"),
        ("vital_interests", AP, None),
        ("vital_interests", CAS3, None),
        ("vital_interests", MAPPA, None),
        ("vital_interests", ETE, "vital_interests alone does not carry a referral to crs"),
        *(
            ("consent", key, f"consent alone does not carry a referral to {key.partition(':')[0]}")
            for key in (ETE, AP, CAS3, MAPPA)
        ),
    ],
)
def test_what_each_basis_carries_to_each_kind_of_destination(code: str, key: str, why: str | None) -> None:
    assert gaps(on_basis(code), key) == ([(AT, why)] if why else [])


def test_a_basis_that_does_not_hold_on_the_day_is_a_gap() -> None:
    found = gaps(on_basis("safeguarding"), ETE, today=date(2020, 12, 30))
    assert found == [(AT, "safeguarding is no basis in this nation on this day")]


def test_a_basis_that_has_ended_is_a_gap_unless_another_goes_on() -> None:
    ended = on_basis("public_protection", legal_basis_ends="2026-03-01")
    assert gaps(ended, ETE) == [(AT, "public_protection has ended")]
    goes_on = {"legal_basis": "safeguarding", "reason": "A child at risk.", "until": "2026-04-01"}
    ended["sharing_basis"]["continues"] = [goes_on]
    assert gaps(ended, ETE) == []


@pytest.mark.parametrize(
    ("sentence", "releases", "ends"),
    [
        ({}, [], None),
        ({"expiry_date": "2027-01-01"}, [], "2027-01-01"),
        ({"licence_expiry_date": "2026-09-01"}, [], "2026-09-01"),
        ({"pss_end_date": "2026-10-01"}, [], "2026-10-01"),
        ({"licence_expiry_date": "2026-09-01", "expiry_date": "2027-01-01"}, [], "2027-01-01"),
        ({"licence_expiry_date": "2026-09-01", "pss_end_date": "2026-10-01"}, [], "2026-10-01"),
        ({"licence_expiry_date": "2026-09-01"}, [("parole", "2026-11-01")], "2026-11-01"),
        ({"licence_expiry_date": "2026-09-01"}, [("hdc", "2026-11-01")], "2026-09-01"),
        ({}, [("rotl", "2026-11-01")], None),
        ({"type": "life"}, [("parole", "2026-11-01")], None),
        ({"type": "ipp", "licence_expiry_date": "2026-12-01"}, [("ipp_rarr", "2026-11-01")], "2026-12-01"),
    ],
)
def test_supervision_ends_with_the_latest_known_end(
    sentence: Json, releases: list[tuple[str, str]], ends: str | None
) -> None:
    document = {
        "sentence": sentence,
        "release": {"releases": [{"type": kind, "end_date": end} for kind, end in releases]},
    }
    found = supervision_ends(document)
    assert (found.isoformat() if found else None) == ends


def test_the_releases_under_which_nobody_supervises() -> None:
    assert set(RELEASE_TYPES) - SUPERVISED_RELEASES == {"hdc", "rotl", "in_community", "not_applicable"}


@pytest.mark.parametrize(
    ("code", "own", "supervised", "until"),
    [
        ("statutory_supervision", None, None, None),
        ("statutory_supervision", None, "2026-09-01", "2026-09-01"),
        ("statutory_supervision", "2026-08-01", "2026-09-01", "2026-08-01"),
        ("statutory_supervision", "2026-10-01", "2026-09-01", "2026-09-01"),
        ("statutory_supervision", "2026-10-01", None, "2026-10-01"),
        ("public_protection", None, "2026-09-01", "2026-09-01"),
        ("public_protection", "2026-10-01", "2026-09-01", "2026-10-01"),
        ("safeguarding", "2026-08-01", "2026-09-01", "2026-08-01"),
        ("consent", "2026-10-01", "2026-09-01", "2026-09-01"),
    ],
)
def test_a_basis_ends_on_its_own_day_or_with_supervision(
    code: str, own: str | None, supervised: str | None, until: str | None
) -> None:
    document = minimal()
    document["sharing_basis"] = {"legal_basis": code, "person_told": True}
    if own:
        document["sharing_basis"]["legal_basis_ends"] = own
    if supervised:
        document["sentence"] = {"licence_expiry_date": supervised}
    (basis,) = bases(document, "crs:accommodation")
    assert basis == Basis(code, date.fromisoformat(until) if until else None)


def test_a_continuing_basis_counts_for_those_it_is_named_for_and_can_carry() -> None:
    named = {"reason": "Threats.", "until": "2027-03-01"}
    document = on_basis(
        "statutory_supervision",
        continues=[
            {"legal_basis": "public_protection", "destinations": [MAPPA], **named},
            {"legal_basis": "vital_interests", **named},
        ],
    )
    codes = {key: [basis.code for basis in bases(document, key)][1:] for key in (MAPPA, AP, ETE)}
    assert codes == {
        MAPPA: ["public_protection", "vital_interests"],
        AP: ["vital_interests"],
        ETE: [],
    }


def test_a_stay_replaces_the_stay_before_it() -> None:
    supervision, stays = Basis("statutory_supervision", MONDAY), Basis(STAY, None)
    assert with_stay((supervision,), None) == (supervision,)
    assert with_stay((supervision,), stays) == (supervision, stays)
    assert with_stay((supervision, stays), Basis(STAY, MONDAY)) == (supervision, Basis(STAY, MONDAY))
    assert last_day((supervision, stays)) is None


BASIS = st.builds(Basis, st.sampled_from([*NAMED, STAY]), st.none() | DAYS)


@given(st.lists(BASIS, min_size=1, max_size=6), DAYS)
def test_sharing_is_in_force_on_a_day_if_and_only_if_some_basis_is(found: list[Basis], day: date) -> None:
    some = any(basis.until is None or basis.until >= day for basis in found)
    assert (current(found, day) is not None) is some
    end = last_day(found)
    assert (end is None or day <= end) is some
    assert stored_bases([basis.stored for basis in found]) == tuple(found)


@given(st.lists(BASIS, min_size=1, max_size=6), DAYS)
def test_once_ended_sharing_stays_ended(found: list[Basis], day: date) -> None:
    if current(found, day) is None:
        assert current(found, day + timedelta(days=1)) is None
