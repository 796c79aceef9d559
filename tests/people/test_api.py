"""/v1/people/{crn}, as probation staff read it: named, recorded, and closed to everyone else."""

from datetime import timedelta
from typing import Any

import pytest

from benchmarks.statements import watched
from service.http import encode_cursor
from service.people.actions.recording import name_in_restriction
from tests import rows
from tests.cast import Cast
from tests.conftest import TheClock
from tests.people.factories import (
    CRN,
    a_household,
    as_owner,
    contact,
    give_sight,
    person_on_record,
    record,
    staff,
)
from tests.rows import person_at

PATHS = ("", "/contacts", "/addresses", "/rosh")


@pytest.fixture
def recorded(cast: Cast) -> Cast:
    record(staff(cast.probation), a_household())
    return cast


def test_a_practitioner_reads_the_person_with_how_the_risk_stands(recorded: Cast) -> None:
    reader = recorded.probation.as_practitioner()
    answer = reader.get(person_at(CRN))
    person = answer.get_json()
    assert person["name"] == {"title": None, "given": "Darren", "family": "Ellershaw", "aliases": ["Daz"]}
    assert (person["rosh"], person["rosh_highest"]) == ({"children": "low", "public": "high"}, "high")
    assert reader.get(person_at(CRN), if_none_match=answer.headers["ETag"]).status_code == 304


def test_a_practitioner_reads_the_household_with_what_is_kept_apart(recorded: Cast) -> None:
    reader = recorded.probation.as_practitioner()
    contacts = {one["ref"]: one for one in reader.get(f"{person_at(CRN)}/contacts").get_json()["items"]}
    assert (contacts["ex"]["given_name"], contacts["ex"]["protected"]) == ("Kirsty", True)
    assert (contacts["son"]["is_child"], contacts["son"]["details_status"]) == (True, "not_asked")
    places = {one["ref"]: one for one in reader.get(f"{person_at(CRN)}/addresses").get_json()["items"]}
    assert places["exs-home"]["postcode"] == "M21 9WQ"
    assert contacts["ex"]["lives_at"] == places["exs-home"]["id"]
    judged = reader.get(f"{person_at(CRN)}/rosh").get_json()["items"]
    assert [(one["group_at_risk"], one["level"], one["author"]) for one in judged] == [
        ("children", "low", "p.shah"),
        ("public", "high", "p.shah"),
    ]


def test_one_contact_is_read_by_itself_with_the_tag_that_a_change_must_name(recorded: Cast) -> None:
    reader = recorded.probation.as_practitioner()
    listed = {one["ref"]: one for one in reader.get(f"{person_at(CRN)}/contacts").get_json()["items"]}
    answer = reader.get(listed["ex"]["href"])
    assert (answer.get_json(), answer.headers["ETag"]) == (listed["ex"], listed["ex"]["etag"])
    assert reader.get(listed["ex"]["href"], if_none_match=listed["ex"]["etag"]).status_code == 304
    trail = as_owner("SELECT body FROM audit_entry WHERE verb = 'consultation' ORDER BY recorded_at")
    assert any('"restricted.given_name"' in entry["body"] for entry in trail[-2:])
    assert recorded.stranger.as_practitioner().get(listed["ex"]["href"]).status_code == 404
    assert recorded.crs.get(listed["ex"]["href"]).status_code == 403


def test_every_reading_is_on_the_trail_with_the_names_of_the_fields(recorded: Cast) -> None:
    reader = recorded.probation.as_practitioner("q.brown")
    for path in PATHS:
        assert reader.get(f"{person_at(CRN)}{path}").status_code == 200
    entries = as_owner("SELECT * FROM audit_entry WHERE verb = 'consultation' ORDER BY recorded_at")
    assert {entry["person_id"] for entry in entries} == {person_on_record().id}
    assert {entry["practitioner_id"] for entry in entries} == {"q.brown"}
    fields = "".join(entry["body"] for entry in entries)
    for name in (
        "date_of_birth", "contacts.given_name", "restricted.given_name", "restricted.postcode",
        "addresses.lines", "rosh.level", "rosh.author",
    ):  # fmt: skip
        assert f'"{name}"' in fields
    for value in ("Ellershaw", "Kirsty", "Larkhill", "1988-11-04"):
        assert value not in fields


def test_without_a_named_practitioner_nothing_is_read(recorded: Cast) -> None:
    for path in PATHS:
        assert recorded.probation.get(f"{person_at(CRN)}{path}").status_code == 403


def test_the_record_of_a_person_is_for_probation(recorded: Cast) -> None:
    for part in ("ap", "cas3", "crs", "mappa", "police", "council", "oversight"):
        for path in PATHS:
            assert getattr(recorded, part).get(f"{person_at(CRN)}{path}").status_code == 403


def test_a_region_sees_the_record_of_another_for_as_long_as_it_is_shared(
    recorded: Cast, the_clock: TheClock
) -> None:
    theirs = recorded.stranger.as_practitioner()
    for path in PATHS:
        refused = theirs.get(f"{person_at(CRN)}{path}")
        unknown = theirs.get(f"{person_at('X999999')}{path}")
        assert refused.status_code == unknown.status_code == 404
        assert refused.get_json().keys() == unknown.get_json().keys()
    assert rows.refusals() == 2 * len(PATHS)
    give_sight(recorded.stranger, lasts=timedelta(hours=1))
    assert theirs.get(person_at(CRN)).status_code == 200
    the_clock.move(timedelta(hours=1))
    assert theirs.get(person_at(CRN)).status_code == 404


def a_limited_access_case() -> dict[str, Any]:
    document = a_household()
    document["person"]["restricted_record"] = True
    return document


def test_a_limited_access_case_is_seen_by_named_staff_alone(cast: Cast) -> None:
    record(staff(cast.probation, "p.shah"), a_limited_access_case())
    named, colleague = cast.probation.as_practitioner("p.shah"), cast.probation.as_practitioner("q.brown")
    manager = cast.probation.as_practitioner("b.lowe", "head_of_public_protection")
    for path in PATHS:
        assert named.get(f"{person_at(CRN)}{path}").status_code == 200
        assert colleague.get(f"{person_at(CRN)}{path}").status_code == 404
        assert manager.get(f"{person_at(CRN)}{path}").status_code == 404
    with rows.transaction() as session:
        name_in_restriction(
            session,
            staff(cast.probation),
            person_on_record(),
            organisation_id=cast.probation.organisation_id,
            practitioner_id="b.lowe",
        )
    assert manager.get(person_at(CRN)).status_code == 200
    assert colleague.get(person_at(CRN)).status_code == 404


def test_being_named_in_one_region_opens_nothing_in_another(cast: Cast) -> None:
    record(staff(cast.probation, "p.shah"), a_limited_access_case())
    give_sight(cast.stranger)
    assert cast.stranger.as_practitioner("p.shah").get(person_at(CRN)).status_code == 404


def test_a_document_can_close_a_case_and_never_open_it(cast: Cast) -> None:
    record(staff(cast.probation, "p.shah"), a_household())
    record(staff(cast.probation, "p.shah"), a_limited_access_case())
    record(staff(cast.probation, "p.shah"), a_household())
    assert person_on_record().restricted
    assert cast.probation.as_practitioner("q.brown").get(person_at(CRN)).status_code == 404
    aside = record(staff(cast.probation, "q.brown"), a_household())
    assert aside != person_on_record().id, "who is not named adds a side record, and sees nothing of the case"


def test_a_list_is_read_page_by_page(cast: Cast, the_clock: TheClock) -> None:
    document = a_household()
    for number in range(5):
        contact_of = {**contact(document, "son"), "ref": f"child-{number}"}
        document["household"]["contacts"].append(contact_of)
    record(staff(cast.probation), document)
    the_clock.move(timedelta(minutes=1))
    reader = cast.probation.as_practitioner()
    for name, size in (("contacts", 8), ("addresses", 2), ("rosh", 2)):
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 3 if name == "contacts" else 1}
        while True:
            page = reader.get(f"{person_at(CRN)}/{name}", **query).get_json()
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert len(seen) == len(set(seen)) == size


def test_a_cursor_that_is_none_is_refused(recorded: Cast) -> None:
    reader = recorded.probation.as_practitioner()
    for path, word in (
        ("contacts", "nonsense"),
        ("addresses", encode_cursor("yesterday", "7")),
        ("rosh", encode_cursor(2**63)),
        ("rosh", encode_cursor("1")),
    ):
        assert reader.get(f"{person_at(CRN)}/{path}", after=word).status_code == 400


def test_a_list_costs_the_same_statements_however_long_it_is(cast: Cast) -> None:
    small, large = a_household(), a_household()
    large["person"]["crn"] = "X111111"
    for number in range(20):
        extra = {**contact(large, "ex"), "ref": f"ex-{number}", "lives_at": f"home-{number}"}
        large["household"]["contacts"].append(extra)
        large["addresses"].append(
            {**large["addresses"][1], "ref": f"home-{number}", "contact_ref": f"ex-{number}"}
        )
    record(staff(cast.probation), small)
    record(staff(cast.probation), large)
    reader = cast.probation.as_practitioner()
    reader.token()

    def cost(crn: str, path: str) -> int:
        with watched() as seen:
            assert reader.get(f"{person_at(crn)}{path}").status_code == 200
        return sum("call_count" not in one for one, _ in seen)  # comes with some calls, not with others

    for path in PATHS:
        assert cost(CRN, path) == cost("X111111", path) <= 8, path
