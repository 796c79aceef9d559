"""What an officer reads in a question: who asks, why, about which identity, and what has changed."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from service import clock, db
from service.checks import actions
from service.checks.queries import questions_of
from service.checks.reasons import Reason
from service.demo.cast import PROBATION_ROLES
from service.organisations.model import Staff
from service.people import writes
from service.people.model import Address, Contact, Person
from tests import rows
from tests.checks.factories import LEEDS, MANCHESTER, Case, entries, read

PHONE = "0113 496 0144"


def document(case: Case, kind: str = "police_da", area: str = "west-yorkshire") -> dict[str, Any]:
    """Return what the agency of an area reads."""
    callers = {
        "west-yorkshire": case.cast.police,
        "greater-manchester": case.cast.other_police,
        LEEDS: case.cast.council,
    }
    view, _ = read(callers[area], case.request(kind, area).id)
    found: dict[str, Any] = view["document"]
    return found


def correct(case: Case, row: type[Person | Contact | Address], row_id: UUID, **facts: Any) -> None:
    """Change a row of the record, as people's own action would, and have the checks look again."""
    with rows.transaction() as session:
        changed: Any = session.get_one(row, row_id)
        for name, value in facts.items():
            setattr(changed, name, value)
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)


def happened(case: Case, kind: str, meaning: str, words: str | None = None, trigger: str = "") -> None:
    """Raise the police check again because something has happened."""
    with rows.transaction() as session:
        actions.recheck(
            session,
            case.actor,
            case.person_id,
            trigger or f"change:{kind}",
            referral_id=case.referral_id,
            kinds=["police_da"],
            reason=Reason(kind, meaning, date(2026, 3, 1), "alleged", words),
        )


def test_a_question_says_which_practitioner_asks_from_which_unit_and_by_which_phone(case: Case) -> None:
    with db.transaction("owner") as session:
        session.get_one(Staff, (case.cast.probation.organisation_id, "p.shah")).phone = PHONE
    case.address()
    case.raise_checks()
    asked_by = document(case)["asked_by"]
    assert (asked_by["unit"], asked_by["phone"]) == ("Leeds", PHONE)
    assert asked_by["name"] == "p.shah"
    assert asked_by["organisation"]


def test_where_the_register_has_no_phone_of_the_practitioner_it_is_that_of_the_region(case: Case) -> None:
    with db.transaction("owner") as session:
        for one in session.scalars(
            select(Staff).where(Staff.organisation_id == case.cast.probation.organisation_id)
        ):
            one.phone = "0113 496 0999" if one.id == PROBATION_ROLES["region"] else None
    case.address()
    case.raise_checks()
    assert document(case)["asked_by"]["phone"] == "0113 496 0999"


def test_the_police_are_told_aliases_sex_and_both_numbers_and_a_council_no_number(case: Case) -> None:
    home = case.address()
    child = case.contact("child", child=True, lives_at=home)
    with rows.transaction() as session:
        person = session.get_one(Person, case.person_id)
        person.aliases, person.sex = ["Tobias Test"], "male"
        person.pnc_number, person.noms_number = "2009/0187342Q", "A1234BC"
    case.raise_checks()
    born = {
        "id": str(case.person_id),
        "given_name": "Toby",
        "family_name": "Testcase",
        "date_of_birth": "1990-01-01",
    }
    known = born | {"aliases": ["Tobias Test"], "sex": "male"}
    numbers = {"pnc_number": "2009/0187342Q", "noms_number": "A1234BC"}
    assert document(case)["person"] == known | numbers
    council = document(case, "childrens_safeguarding", LEEDS)
    assert council["person"] == known
    (shown,) = council["contacts"]
    assert (shown["id"], shown["lives_at"]) == (str(child), str(home))
    assert shown["parents"] == [{"kind": "person", "id": council["person"]["id"]}]


def test_no_agency_is_told_what_stands_in_place_of_who_the_person_is(case: Case) -> None:
    case.address()
    case.contact("child", child=True, authority=LEEDS)
    with rows.transaction() as session:
        person = session.get_one(Person, case.person_id)
        person.given_name, person.family_name, person.date_of_birth = "Unknown", "-", date(1900, 1, 1)
        person.pnc_number = "2009/0187342Q"
    case.raise_checks()
    for told in (
        document(case)["person"],
        read(case.cast.council, case.request("childrens_safeguarding", LEEDS).id)[0]["document"]["person"],
    ):
        assert (told["given_name"], told["family_name"], told["date_of_birth"]) == (None, None, None)
    assert document(case)["person"]["pnc_number"] == "2009/0187342Q"


def test_the_first_version_says_what_called_for_it_and_nothing_has_changed(case: Case) -> None:
    case.address()
    case.raise_checks()
    told = document(case)
    assert told["why"] == {
        "raised_because": "Probation has referred the person to other services.",
        "happened": None,
        "words": None,
        "earlier": [],
    }
    assert (told["version"], told["because"], told["rebuilt"], told["changed"]) == (1, "sent", False, None)


def test_who_is_asked_again_reads_what_happened_in_the_practitioners_words(case: Case) -> None:
    case.address()
    case.raise_checks()
    document(case)
    happened(case, "threat", "A threat has been made.", "He was heard shouting at the door.")
    told = document(case)
    assert (told["version"], told["because"]) == (2, "asked_again")
    assert told["why"] == {
        "raised_because": "A threat has been made.",
        "happened": {"kind": "threat", "occurred_on": "2026-03-01", "standing": "alleged"},
        "words": "He was heard shouting at the door.",
        "earlier": [],
    }
    assert told["changed"] == {"added": [], "withdrawn": [], "corrected": []}


def test_what_happened_before_she_read_it_is_told_with_what_happened_since(case: Case) -> None:
    case.address()
    case.raise_checks()
    happened(case, "possible_separation", "They may have separated.", "She rang, frightened.", "change:1")
    happened(case, "new_relationship", "There is a new partner.", None, "change:2")
    happened(case, "arrest", "He has been arrested.", "Shoplifting.", "change:3")
    why = document(case)["why"]
    assert (why["happened"]["kind"], why["words"]) == ("arrest", "Shoplifting.")
    assert [(one["happened"]["kind"], one["words"]) for one in why["earlier"]] == [
        ("possible_separation", "She rang, frightened."),
        ("new_relationship", None),
    ]


def test_two_changes_of_the_same_kind_and_day_are_told_each_in_its_words(case: Case) -> None:
    case.address()
    case.raise_checks()
    happened(case, "police_call_out", "The police were called.", "Loud music.", "change:1")
    happened(case, "police_call_out", "The police were called.", "At her door with a knife.", "change:2")
    why = document(case)["why"]
    assert why["words"] == "At her door with a knife."
    assert [one["words"] for one in why["earlier"]] == ["Loud music."]


def test_of_much_that_happened_the_oldest_is_left_out(case: Case) -> None:
    case.address()
    case.raise_checks()
    for number in range(13):
        happened(case, "threat", "A threat has been made.", f"Threat {number}.", f"change:{number}")
    why = document(case)["why"]
    assert why["words"] == "Threat 12."
    assert [one["words"] for one in why["earlier"]] == [f"Threat {number}." for number in range(2, 12)]


def test_the_words_name_no_address_that_the_force_is_not_asked_about(case: Case) -> None:
    case.address()
    away = case.address(force="greater-manchester", authority=MANCHESTER)
    with rows.transaction() as session:
        moved = session.get_one(Address, away)
        moved.lines, moved.postcode = ["14 Copperas Lane", "Manchester"], "M41 5QA"
    case.raise_checks()
    happened(case, "threat", "A threat has been made.", "He said it. He waits at 14 Copperas Lane.")
    assert document(case)["why"]["words"] == "He said it. [withheld]"
    theirs = document(case, area="greater-manchester")["why"]["words"]
    assert theirs == "He said it. He waits at 14 Copperas Lane."


ALIKE = [
    ("victim_report", "A victim has reported something through the victim liaison officer."),
    ("mappa_concern", "MAPPA has reported behaviour that worries it."),
    ("threat", "A threat has been made."),
]


@pytest.mark.parametrize(("kind", "meaning"), ALIKE)
@pytest.mark.parametrize("closed", ["may_know_of_victims", "may_know_of_mappa"])
def test_a_force_that_may_not_know_of_all_causes_reads_the_same_of_each(
    case: Case, kind: str, meaning: str, closed: str
) -> None:
    with db.transaction("owner") as session:
        session.connection().exec_driver_sql(
            f"UPDATE organisation SET {closed} = false WHERE code = 'west-yorkshire'"
        )
    case.address()
    case.raise_checks()
    happened(case, kind, meaning)
    assert document(case)["why"] == {
        "raised_because": "Something has happened by which somebody may be in danger.",
        "happened": {"kind": "possible_danger", "occurred_on": "2026-03-01", "standing": "alleged"},
        "words": None,
        "earlier": [],
    }


def test_a_force_that_may_know_of_victims_and_mappa_reads_what_happened(case: Case) -> None:
    case.address()
    case.raise_checks()
    happened(case, "victim_report", ALIKE[0][1])
    assert document(case)["why"]["raised_because"] == ALIKE[0][1]
    assert document(case)["why"]["happened"]["kind"] == "victim_report"


def test_a_correction_shows_before_and_after_from_the_two_stored_versions(case: Case) -> None:
    home = case.address()
    partner = case.contact("partner", lives_at=home)
    case.raise_checks()
    document(case)
    correct(case, Contact, partner, family_name="Testcase-Hale", date_of_birth=date(2005, 5, 1))
    told = document(case)
    assert (told["version"], told["because"]) == (2, "corrected")
    assert told["changed"] == {
        "added": [],
        "withdrawn": [],
        "corrected": [
            {
                "kind": "contact",
                "id": str(partner),
                "member": "date_of_birth",
                "before": "2015-05-01",
                "after": "2005-05-01",
            },
            {
                "kind": "contact",
                "id": str(partner),
                "member": "family_name",
                "before": "Testcase",
                "after": "Testcase-Hale",
            },
        ],
    }


@pytest.mark.parametrize("child", ["unborn_child", "child"])
@pytest.mark.parametrize(
    ("first", "told"), [("partner", "ex_partner"), ("ex_partner", "ex_partner"), ("friend", "friend")]
)
def test_a_council_is_not_told_that_a_mother_has_become_a_victim(
    case: Case, first: str, told: str, child: str
) -> None:
    case.address()
    mother = case.contact(first, authority=LEEDS)
    born, news = (
        (date(2025, 5, 1), {"date_of_birth": date(2025, 6, 1)})
        if child == "child"
        else (None, {"due_date": date(2026, 9, 1)})
    )
    baby = case.contact(child, child=True, born=born, authority=LEEDS)
    with rows.transaction() as session:
        session.get_one(Contact, baby).mother_id = mother
    case.raise_checks()

    def shown() -> str:
        contacts = document(case, "childrens_safeguarding", LEEDS)["contacts"]
        (one,) = (each for each in contacts if each["id"] == str(mother))
        relationship: str = one["relationship"]
        return relationship

    if first == "partner":
        correct(case, Contact, mother, relationship="ex_partner")
    before = document(case, "childrens_safeguarding", LEEDS)
    assert shown() == told
    correct(case, Contact, mother, relationship="victim")
    assert document(case, "childrens_safeguarding", LEEDS) == before
    correct(case, Contact, baby, **news)
    assert document(case, "childrens_safeguarding", LEEDS)["version"] > before["version"]
    assert shown() == told


def test_a_partner_at_a_known_address_is_named_as_added(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    document(case)
    partner = case.contact("partner", lives_at=home)
    correct(case, Person, case.person_id, changed_at=clock.now())
    told = document(case)
    assert (told["version"], told["because"]) == (2, "joined")
    assert told["changed"] == {
        "added": [{"kind": "contact", "id": str(partner)}],
        "withdrawn": [],
        "corrected": [],
    }


def test_who_has_not_read_each_version_learns_what_changed_in_those_between(case: Case) -> None:
    home = case.address()
    partner = case.contact("partner", lives_at=home)
    friend = case.contact("partner", lives_at=home)
    case.raise_checks()
    assert document(case)["changed"] is None
    correct(case, Contact, partner, date_of_birth=date(2005, 5, 1))
    correct(case, Contact, friend, relationship="friend")
    new = case.contact("partner", lives_at=home)
    correct(case, Person, case.person_id, changed_at=clock.now())
    told = document(case)
    assert told["version"] == 4
    assert told["changed"]["added"] == [{"kind": "contact", "id": str(new)}]
    assert [one["id"] for one in told["changed"]["withdrawn"]] == [str(friend)]
    assert [(one["id"], one["before"], one["after"]) for one in told["changed"]["corrected"]] == [
        (str(partner), "2015-05-01", "2005-05-01")
    ]
    # However often it is read, by one tag it says the same.
    request = case.request().id
    assert read(case.cast.police, request) == read(case.cast.police, request)
    assert document(case)["changed"] == told["changed"]
    correct(case, Contact, new, family_name="Testcase-Hale")
    assert document(case)["changed"] == {
        "added": [],
        "withdrawn": [],
        "corrected": [
            {
                "kind": "contact",
                "id": str(new),
                "member": "family_name",
                "before": "Testcase",
                "after": "Testcase-Hale",
            }
        ],
    }


def test_whoever_had_read_nothing_is_not_told_of_somebody_it_was_asked_about_by_mistake(case: Case) -> None:
    home = case.address()
    wrong, right = (case.contact("child", child=True, lives_at=home) for _ in range(2))
    case.change(Contact, wrong, given_name="Ivy")
    case.raise_checks()
    path = f"/v1/people/{case.person_id}/contacts/{wrong}"
    tag = case.practitioner.get(path).headers["ETag"]
    error = case.practitioner.post(
        f"{path}/entered-in-error", json={"reason": "Another family's."}, if_match=tag
    )
    assert error.status_code == 200
    correct(case, Contact, right, given_name="Samuel")
    told = document(case, "childrens_safeguarding", LEEDS)
    assert (told["changed"], "Ivy" in str(told)) == (None, False)


def test_an_old_force_reads_that_an_address_is_withdrawn_and_never_where_it_is_now(case: Case) -> None:
    case.address()
    moved = case.address("partner")
    case.raise_checks()
    document(case)
    correct(
        case,
        Address,
        moved,
        police_force="greater-manchester",
        lines=["14 Copperas Lane", "Manchester"],
        postcode="M41 5QA",
    )
    told = document(case)
    assert (told["version"], told["because"]) == (2, "withdrawn")
    ((gone,), corrected) = told["changed"]["withdrawn"], told["changed"]["corrected"]
    assert (gone["id"], gone["was"]["lines"]) == (str(moved), ["1 Test Street", "Leeds"])
    assert corrected == []
    assert "Copperas" not in str(told)
    assert "Copperas" in str(document(case, area="greater-manchester"))


def test_details_kept_apart_are_compared_as_told_and_recorded_as_disclosed(case: Case) -> None:
    home = case.address()
    her = case.contact("ex_partner", lives_at=home)
    case.raise_checks()
    request = case.request()
    assert document(case)["contacts"][0]["given_name"] == "Robin"
    with rows.transaction() as session:
        writes.keep_contact_details(
            session,
            her,
            {"given_name": "Robyn", "family_name": "Testcase", "date_of_birth": date(2015, 5, 1)},
        )
        actions.reconcile(session, case.actor, case.person_id)
    (corrected,) = document(case)["changed"]["corrected"]
    assert (corrected["before"], corrected["after"]) == ("Robin", "Robyn")
    assert any("restricted" in body for body in entries(case.person_id, "disclosure"))
    with rows.transaction() as session:
        assert "Robyn" not in str([one.document for one in questions_of(session, [request.id])])
