"""Finding people: exactly, in sight, on the record, and never in an address."""

import json
from typing import Any

import pytest

from tests.cast import Caller, Cast
from tests.people.factories import CRN, a_household, as_owner, record, staff
from tests.rows import person_at

PNC = "2012/0046789W"
LIMITED = "X320745"


@pytest.fixture
def recorded(cast: Cast) -> Cast:
    """One person with all three numbers, and one of a limited access case."""
    household = a_household()
    household["person"]["pnc_number"] = PNC
    record(staff(cast.probation), household)
    limited = a_household()
    limited["person"] |= {"crn": LIMITED, "restricted_record": True, "noms_number": "A9999ZZ"}
    record(staff(cast.probation), limited)
    return cast


def search(caller: Caller, **number: Any) -> list[dict[str, Any]]:
    answer = caller.post("/v1/people/search", json=number)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["found"]
    return found


@pytest.mark.parametrize(("name", "number"), [("crn", CRN), ("noms_number", "A4417DX"), ("pnc_number", PNC)])
def test_a_practitioner_finds_a_person_by_any_number(recorded: Cast, name: str, number: str) -> None:
    officer = recorded.probation.as_practitioner()
    (found,) = search(officer, **{name: number})
    assert (found["href"], found["crn"]) == (person_at(CRN), CRN)
    assert found["name"]["family"] == "Ellershaw"
    assert officer.get(found["href"]).get_json()["id"] == found["id"]


def test_a_number_is_found_as_a_whole_in_whatever_spelling(recorded: Cast) -> None:
    officer = recorded.probation.as_practitioner()
    for number in ("A4417D", "A4417DX1"):
        assert search(officer, noms_number=number) == []
    (found,) = search(officer, noms_number="a4417dx")
    assert found["crn"] == CRN


def test_who_may_not_know_of_a_person_finds_as_little_as_of_nobody(recorded: Cast) -> None:
    officer, colleague = (recorded.probation.as_practitioner(who) for who in ("p.shah", "j.moss"))
    assert [one["crn"] for one in search(officer, crn=LIMITED)] == [LIMITED]
    for caller in (colleague, recorded.stranger.as_practitioner()):
        for number in ({"crn": LIMITED}, {"noms_number": "A9999ZZ"}, {"crn": "X999999"}):
            assert search(caller, **number) == []


@pytest.mark.parametrize(
    "body", [{}, {"crn": CRN, "noms_number": "A4417DX"}, {"crn": "Ellershaw"}, {"name": "Ellershaw"}]
)
def test_a_search_is_by_exactly_one_number(recorded: Cast, body: dict[str, str]) -> None:
    assert recorded.probation.as_practitioner().post("/v1/people/search", json=body).status_code == 422


def test_the_trail_says_by_which_number_and_who_was_shown_and_never_the_number(recorded: Cast) -> None:
    officer = recorded.probation.as_practitioner()
    answer = officer.post("/v1/people/search", json={"pnc_number": PNC})
    request = answer.headers["X-Request-Id"]
    trail = as_owner(f"SELECT verb, object_id, body FROM audit_entry WHERE body LIKE '%{request}%'")
    (found,) = answer.get_json()["found"]
    assert {(entry["verb"], entry["object_id"]) for entry in trail} == {
        ("search", "list"),
        ("consultation", found["id"]),
    }
    (searched,) = (json.loads(entry["body"]) for entry in trail if entry["verb"] == "search")
    assert searched["shape"] == "pnc_number"
    assert not [entry for entry in trail if PNC in entry["body"]]


def test_nobody_but_probation_searches(recorded: Cast) -> None:
    for caller in (recorded.crs, recorded.police, recorded.probation):
        assert caller.post("/v1/people/search", json={"crn": CRN}).status_code == 403


BORN = {"name": {"given": "darren", "family": "ELLERSHAW"}, "date_of_birth": "1987-05-14"}


@pytest.mark.parametrize("role", ["on_call_manager", "court_duty_officer", "ap_duty_officer"])
def test_an_officer_on_duty_finds_somebody_by_name_and_date_of_birth(recorded: Cast, role: str) -> None:
    """Whoever stands before a court at nine in the evening does not bring a number."""
    born = as_owner("SELECT date_of_birth FROM person WHERE held AND NOT restricted")[0]["date_of_birth"]
    officer = recorded.probation.as_practitioner("n.ight", role)
    (found,) = search(officer, **BORN | {"date_of_birth": born.isoformat()})
    assert found["crn"] == CRN, "and not the limited case of the same name"
    assert search(officer, **BORN | {"date_of_birth": "1901-01-01"}) == []
    (entry,) = as_owner("SELECT count(*) AS searches FROM audit_entry WHERE verb = 'search'")
    assert entry["searches"] == 2


def test_nobody_else_searches_by_name(recorded: Cast) -> None:
    for caller in (
        recorded.probation.as_practitioner(),
        recorded.probation.as_practitioner("s.okafor", "spo"),
    ):
        refused = caller.post("/v1/people/search", json=BORN)
        assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")


@pytest.mark.parametrize(
    "body",
    [
        {"name": BORN["name"]},
        {"date_of_birth": "1987-05-14"},
        BORN | {"crn": CRN},
        {"name": {"given": "Darren"}, "date_of_birth": "1987-05-14"},
    ],
    ids=str,
)
def test_a_search_by_name_takes_both_names_and_the_date(recorded: Cast, body: dict[str, Any]) -> None:
    officer = recorded.probation.as_practitioner("n.ight", "on_call_manager")
    assert officer.post("/v1/people/search", json=body).status_code == 422
