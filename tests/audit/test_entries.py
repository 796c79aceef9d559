"""Data protection officers search the trail, and every search is recorded on it."""

from datetime import timedelta
from typing import Any

import pytest

from service import audit, db
from service.audit.canonical import moment_text
from service.db import new_id
from tests.audit.shah import SHAH
from tests.cast import Cast

ENTRIES = "/v1/audit/entries"


def consult(number: int, **more: Any) -> list[str]:
    made = []
    for _ in range(number):
        with db.transaction("api") as session:
            entry = audit.record(
                session, SHAH, "consultation", object_kind="referral", object_id=new_id(), **more
            )
        made.append(str(entry))
    return made


def ids(cast: Cast, **query: Any) -> list[str]:
    answer = cast.oversight.get(ENTRIES, **query)
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.get_json()["items"]]


def test_the_trail_of_a_person_is_theirs_alone(cast: Cast) -> None:
    person, other = new_id(), new_id()
    made = consult(3, person_id=person)
    consult(2, person_id=other)
    assert ids(cast, person_id=person, verb="consultation") == made[::-1]


def test_the_trail_is_searched_by_who_what_and_when(cast: Cast) -> None:
    (one,) = consult(1)
    with db.transaction("audit_reader") as session:
        later = moment_text(db.started_at(session))
    (other,) = consult(1)
    assert ids(cast, practitioner_id="p.shah") == [other, one]
    assert ids(cast, organisation_id=SHAH.organisation_id, recorded_to=later) == [one]
    assert ids(cast, organisation_id=SHAH.organisation_id, recorded_from=later) == [other]
    assert ids(cast, client_id="n55-system", verb="consultation", outcome="allowed") == [other, one]
    assert ids(cast, client_id="n55-system", verb="disclosure") == []


def test_a_long_trail_comes_in_pages_that_neither_skip_nor_repeat(cast: Cast) -> None:
    person = new_id()
    made = consult(7, person_id=person)
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(4):
        page = cast.oversight.get(ENTRIES, person_id=person, verb="consultation", limit=2, **after).get_json()
        seen += [entry["id"] for entry in page["items"]]
        consult(1)
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == made[::-1]
    assert page["next"] is None


def test_reading_the_trail_is_on_the_trail(cast: Cast) -> None:
    person = new_id()
    ids(cast, person_id=person, verb="disclosure")
    (read,) = cast.oversight.get(ENTRIES, verb="audit_read", person_id=person).get_json()["items"]
    assert read["actor"]["client_id"] == cast.oversight.client_id
    assert read["shape"] == "person_id verb"
    assert read["purpose"] == "overseeing the use of personal data"


def test_a_reader_can_verify_an_entry(cast: Cast) -> None:
    consult(1, fields=["risk.tier"])
    (entry,) = cast.oversight.get(ENTRIES, client_id="n55-system").get_json()["items"]
    assert entry["fields"] == ["risk.tier"]
    assert len(entry["body_sha256"]) == 64


@pytest.mark.parametrize("part", ["probation", "ap", "cas3", "crs", "mappa", "police", "council"])
def test_the_trail_is_for_overseers(cast: Cast, part: str) -> None:
    caller = cast.callers[part]
    caller = caller.as_practitioner() if part == "probation" else caller
    assert caller.get(ENTRIES).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"verb": "glanced_at"},
        {"person_id": "X320741"},
        {"limit": "0"},
        {"limit": "501"},
        {"recorded_from": "yesterday"},
        {"recorded_from": "1066-10-14T09:00:00Z"},
        {"crn": "X320741"},
        {"client_id": "a\x00b"},
        {"object_id": ""},
    ],
    ids=str,
)
def test_a_search_that_makes_no_sense_is_refused(cast: Cast, query: dict[str, str]) -> None:
    answer = cast.oversight.get(ENTRIES, **query)
    assert answer.status_code == 422
    assert [fault["parameter"] for fault in answer.get_json()["errors"]] == list(query)


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwiYiJd", "W10", "é"])
def test_a_cursor_that_is_not_ours_is_refused(cast: Cast, cursor: str) -> None:
    assert cast.oversight.get(ENTRIES, after=cursor).status_code == 400


def test_what_went_by_before_is_not_forgotten_when_the_clock_moves(cast: Cast, the_clock: Any) -> None:
    (one,) = consult(1)
    the_clock.move(timedelta(days=400))
    assert ids(cast, client_id="n55-system", verb="consultation") == [one]
