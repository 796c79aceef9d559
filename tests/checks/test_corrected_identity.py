"""What identifies whoever is asked about is told when it is corrected; after the answer it may ask again.

The table is the one of docs/agency.md.
"""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service.checks import actions
from service.people.model import Contact
from tests import rows
from tests.checks.factories import Case, answer, children_answer, police_answer, read

pytestmark = pytest.mark.long

POLICE, CHILDREN = "police_da", "childrens_safeguarding"
FACTS: tuple[tuple[str, str, dict[str, Any], bool], ...] = (
    (POLICE, "person", {"family_name": "Quennell"}, True),
    (POLICE, "person", {"date_of_birth": date(1989, 1, 1)}, True),
    (POLICE, "person", {"aliases": ["Tobes"]}, True),
    (POLICE, "person", {"pnc_number": "2001/1234567X"}, True),
    (POLICE, "person", {"noms_number": "A1234BC"}, True),
    (POLICE, "person", {"sex": "male"}, False),
    (POLICE, "partner", {"aliases": ["Robbie"]}, True),
    (POLICE, "ex_partner", {"aliases": ["Robbie"]}, True),
    (POLICE, "partner", {"date_of_birth": date(2014, 5, 1)}, True),
    (CHILDREN, "child", {"aliases": ["Robbie"]}, True),
    (CHILDREN, "child", {"date_of_birth": date(2014, 5, 1)}, True),
    (CHILDREN, "child", {"estimated_age": 9, "aged": True}, False),
    (CHILDREN, "child", {"description": "Red hair", "described": True}, False),
    (CHILDREN, "child of unknown age", {"estimated_age": 9, "aged": True}, True),
    (CHILDREN, "child without a name", {"description": "Red hair", "described": True}, True),
)
"""Of which kind of check, whose fact, the correction, and whether it asks again after the answer."""


def on_record(case: Case, who: str) -> UUID:
    home = case.address()
    if who == "person":
        return case.person_id
    if not who.startswith("child"):
        return case.contact(who, lives_at=home)
    child = case.contact(
        "child",
        child=True,
        lives_at=home,
        named=who != "child without a name",
        born=None if who == "child of unknown age" else date(2015, 5, 1),
    )
    case.change(Contact, child, estimated_age=5, aged=True, description="Brown hair", described=True)
    return child


def asked(case: Case, kind: str) -> UUID:
    """Ask about a household, also where a child has no name: danger is alleged."""
    case.raise_checks(kinds=[kind])
    if case.requests(kind)[0].state == "awaiting_details":
        with rows.transaction() as session:
            actions.recheck(
                session,
                case.actor,
                case.person_id,
                "change:1",
                referral_id=case.referral_id,
                kinds=[kind],
                by_description=True,
            )
    (request,) = (one for one in case.requests(kind) if one.state == "requested")
    return request.id


def correct(case: Case, who: str, subject: UUID, facts: dict[str, Any]) -> None:
    if who == "person":
        case.change_person(**facts)
    else:
        names = {"given_name": "Robin", "family_name": "Testcase", "date_of_birth": date(2015, 5, 1)}
        # What is kept apart is written anew as a whole.
        case.change(Contact, subject, **(names | facts if who == "ex_partner" else facts))


@pytest.mark.parametrize(("kind", "who", "facts", "asks_again"), FACTS)
def test_a_correction_before_the_answer_is_told_and_after_it_asked_where_it_is_somebody_else(
    case: Case, kind: str, who: str, facts: dict[str, Any], *, asks_again: bool
) -> None:
    subject = on_record(case, who)
    agency = case.cast.police if kind == POLICE else case.cast.council
    request_id = asked(case, kind)
    correct(case, who, subject, facts)
    told, _ = read(agency, request_id)
    assert (told["question_version"], told["document"]["because"]) == (2, "corrected")
    (name, value), *_ = facts.items()
    (shown,) = (
        one
        for one in (told["document"]["person"], *told["document"]["contacts"])
        if one["id"] == str(subject)
    )
    assert shown[name] == (value.isoformat() if isinstance(value, date) else value)

    children = [] if kind == POLICE else [subject]
    said = police_answer() if kind == POLICE else children_answer(*children)
    assert answer(agency, request_id, said).status_code == 201
    again = {
        name: [*value, "Bob"] if isinstance(value, list) else changed(value) for name, value in facts.items()
    }
    correct(case, who, subject, again)
    states = [one.state for one in case.requests(kind)]
    waits_again = [one for one in states if one in {"requested", "awaiting_details"}]
    assert bool(waits_again) == asks_again
    assert states.count("returned") == 1


def changed(value: Any) -> Any:
    if isinstance(value, date):
        return value.replace(day=value.day + 1)
    if isinstance(value, bool):
        return value
    return value + 1 if isinstance(value, int) else {"male": "female"}.get(value, f"{value}2")


def answered_then_somebody_else(case: Case, who: str) -> tuple[UUID, UUID, dict[str, Any]]:
    """Have a force answer, and a correction ask it again; return the subject, the answer and who it was."""
    subject = on_record(case, who)
    request_id = asked(case, POLICE)
    assert answer(case.cast.police, request_id, police_answer()).status_code == 201
    born = date(1990, 1, 1) if who == "person" else date(2015, 5, 1)
    correct(case, who, subject, {"date_of_birth": date(1986, 6, 6)})
    assert sorted(one.state for one in case.requests(POLICE)) == ["requested", "returned"]
    return subject, request_id, {"date_of_birth": born}


@pytest.mark.parametrize("who", ["person", "partner", "ex_partner"])
def test_a_correction_that_is_taken_back_asks_nothing_that_has_been_answered(case: Case, who: str) -> None:
    subject, answered, before = answered_then_somebody_else(case, who)
    (again,) = (one for one in case.requests(POLICE) if one.state == "requested")
    correct(case, who, subject, before)
    states = {one.id: (one.state, one.succeeded_by_id) for one in case.requests(POLICE)}
    assert states == {answered: ("returned", None), again.id: ("superseded", answered)}
    assert case.check(POLICE).state == "answered"
    assert "check_request.superseded" in str(case.cast.police.get("/v1/events").get_json())
    correct(case, who, subject, {"date_of_birth": date(1986, 6, 6)})
    assert sorted(one.state for one in case.requests(POLICE)) == ["requested", "returned", "superseded"]


def test_what_has_happened_since_is_asked_about_whoever_it_turns_out_to_be(case: Case) -> None:
    subject, _, before = answered_then_somebody_else(case, "partner")
    with rows.transaction() as session:
        actions.recheck(
            session, case.actor, case.person_id, "change:1", referral_id=case.referral_id, kinds=[POLICE]
        )
    correct(case, "partner", subject, before)
    (asking,) = (one for one in case.requests(POLICE) if one.state == "requested")
    told = read(case.cast.police, asking.id)[0]["document"]["contacts"]
    assert [one["date_of_birth"] for one in told] == ["2015-05-01"]
