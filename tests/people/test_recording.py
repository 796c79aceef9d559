"""What a referral says about a household is recorded once, with its history."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from service import db
from service.http.problems import Problem
from service.people.actions.recording import add_address, record_household
from service.people.actions.supplying import supply_details
from service.people.visibility import find_person
from tests import rows
from tests.cast import Cast
from tests.conftest import TheClock
from tests.people.factories import (
    a_household,
    address_on_record,
    as_owner,
    contact,
    on_record,
    person_on_record,
    record,
    staff,
)
from tests.rows import person_id

COUNTS = """
    SELECT (SELECT count(*) FROM contact) AS contacts, (SELECT count(*) FROM address) AS addresses,
           (SELECT count(*) FROM superseded_fact) AS superseded, (SELECT count(*) FROM event) AS events,
           (SELECT count(*) FROM rosh_assessment) AS assessments
"""


def test_a_household_is_recorded_as_people_and_places(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    person, son, mother = person_on_record(), on_record("son"), on_record("mother")
    assert (person.given_name, person.region, person.children) == ("Darren", cast.probation.code, "yes")
    assert (son.is_child, son.named, son.dated, son.details_status) == (True, False, False, "not_asked")
    assert (mother.is_child, mother.named, mother.dated, mother.details_status) == (
        False,
        True,
        True,
        "provided",
    )
    assert (mother.source, mother.verified) == ("person", True)
    home = address_on_record("mothers-home")
    assert mother.lives_at == home.id
    assert (home.lines, home.from_date) == (["18 Tannery Fold", "Leeds"], date(2020, 1, 1))


def test_the_same_again_changes_nothing(cast: Cast, the_clock: TheClock) -> None:
    record(staff(cast.probation), a_household())
    (before,) = as_owner(COUNTS)
    version = person_on_record().version
    the_clock.move(timedelta(days=7))
    record(staff(cast.probation), a_household())
    assert as_owner(COUNTS) == [before]
    assert person_on_record().version == version


def test_what_is_left_out_stays_as_it_was_known(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    thinner = a_household()
    thinner["household"]["contacts"] = [{"ref": "mother", "relationship": "parent"}]
    thinner["addresses"] = []
    del thinner["person"]["date_of_birth"]
    record(staff(cast.probation), thinner)
    assert on_record("mother").family_name == "Ellershaw"
    assert on_record("son").relationship == "child"
    assert person_on_record().date_of_birth == date(1988, 11, 4)
    assert as_owner(COUNTS)[0]["superseded"] == 0


def test_a_changed_fact_is_kept_as_it_was_with_its_source_and_dates(cast: Cast, the_clock: TheClock) -> None:
    record(staff(cast.probation), a_household())
    recorded_at = the_clock.at
    the_clock.move(timedelta(days=3))
    changed = a_household()
    contact(changed, "mother")["family_name"] = "Ellershaw-Bright"
    changed["addresses"][0] |= {"lines": ["20 Tannery Fold", "Leeds"], "because": "correction"}
    changed["person"]["name"]["family"] = "Ellershaw-Bright"
    record(staff(cast.probation, "q.brown", "spo"), changed)

    assert on_record("mother").family_name == "Ellershaw-Bright"
    kept = {row["subject_kind"]: row for row in as_owner("SELECT * FROM superseded_fact")}
    assert kept.keys() == {"person", "contact", "address"}
    assert kept["contact"]["facts"]["family_name"] == "Ellershaw"
    assert kept["contact"]["facts"]["source"] == "person"
    assert kept["address"]["facts"]["lines"] == ["18 Tannery Fold", "Leeds"]
    for row in kept.values():
        assert (row["recorded_at"], row["superseded_at"]) == (recorded_at, the_clock.at)
        assert row["superseded_by"] == "q.brown"
    assert kept["contact"]["version"] == kept["address"]["version"] == 1


def test_what_was_superseded_cannot_be_read_or_rewritten_by_the_service(cast: Cast) -> None:
    for role in ("api", "worker"):
        for statement in ("SELECT * FROM superseded_fact", "DELETE FROM superseded_fact"):
            with pytest.raises(Exception, match="permission denied"), db.transaction(role) as session:
                session.connection().exec_driver_sql(statement)
    with pytest.raises(Exception, match="only ever added to"), db.transaction("owner") as session:
        session.connection().exec_driver_sql("DELETE FROM superseded_fact")


def test_supplied_details_outlive_the_document_that_lacked_them(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    son = on_record("son")
    with rows.transaction() as session:
        supplied = supply_details(
            session,
            staff(cast.probation),
            son.id,
            {
                "given_name": "Kai",
                "family_name": "Holdsworth",
                "date_of_birth": date(2019, 5, 1),
                "lives_at": address_on_record("exs-home").id,
                "source": "family",
            },
        )
    assert (supplied.named, supplied.dated, supplied.details_status) == (True, True, "provided")
    assert supplied.version == 2
    amended = a_household()
    amended["person"]["sex"] = "female"
    contact(amended, "mother")["verified"] = False
    record(staff(cast.probation), amended)
    kai = on_record("son")
    assert (kai.given_name, kai.date_of_birth, kai.source) == ("Kai", date(2019, 5, 1), "family")
    assert kai.lives_at == address_on_record("exs-home").id


def test_declined_details_say_so(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    with rows.transaction() as session:
        supply_details(session, staff(cast.probation), on_record("son").id, {"details_status": "declined"})
    assert (on_record("son").details_status, on_record("son").is_child) == ("declined", True)


def test_somebody_else_s_address_is_refused(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    another = a_household()
    another["person"]["crn"] = "X111111"
    another["addresses"][0]["ref"] = another["household"]["contacts"][2]["lives_at"] = "elsewhere"
    record(staff(cast.probation), another)
    elsewhere = address_on_record("elsewhere").id
    with rows.transaction() as session:
        mine = as_owner("SELECT c.id FROM contact c JOIN person p ON p.id = person_id WHERE crn = 'X320741'")
        with pytest.raises(Problem) as refused:
            supply_details(session, staff(cast.probation), mine[0]["id"], {"lives_at": elsewhere})
    assert [fault.pointer for fault in refused.value.errors] == ["/lives_at"]


def test_a_reference_that_leads_nowhere_is_named(cast: Cast) -> None:
    document = a_household()
    contact(document, "mother")["lives_at"] = "nowhere"
    document["addresses"][1]["contact_ref"] = "nobody"
    with pytest.raises(Problem) as refused:
        record(staff(cast.probation), document)
    assert [fault.pointer for fault in refused.value.errors] == [
        "/household/contacts/2/lives_at",
        "/addresses/1/contact_ref",
    ]


def test_what_is_added_later_may_name_what_was_there(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    actor = staff(cast.probation)
    with rows.transaction() as session:
        person = find_person(session, actor, person_id("X320741"), lock=True)
        niece = {"ref": "niece", "relationship": "other_child", "lives_at": "mothers-home"}
        ((added,), _) = record_household(session, actor, person, [niece], [])
        place = add_address(
            session,
            actor,
            person,
            {"ref": "flat", "kind": "move_on", "lines": ["1 New Road"], "contact_ref": "mother"},
        )
    assert (added.lives_at, added.is_child) == (address_on_record("mothers-home").id, True)
    assert (place.contact_id, place.protected) == (on_record("mother").id, False)


def test_of_two_regions_that_record_the_same_person_at_once_one_holds_the_record(cast: Cast) -> None:
    actors = [staff(cast.probation), staff(cast.stranger)] * 3
    with ThreadPoolExecutor(len(actors)) as pool:
        records = list(pool.map(lambda actor: record(actor, a_household()), actors))
    assert len(set(records[::2])) == len(set(records[1::2])) == 1
    assert sorted(row["held"] for row in as_owner("SELECT held FROM person")) == [False, True]
    of_each = as_owner("SELECT person_id, client_id, count(*) AS n FROM contact GROUP BY 1, 2")
    assert {(row["person_id"], row["client_id"]) for row in of_each} == {
        (records[0], actors[0].client_id),
        (records[1], actors[1].client_id),
    }
    assert {row["n"] for row in of_each} == {len(a_household()["household"]["contacts"])}


def test_recording_leaves_names_of_fields_on_the_trail_and_no_values(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    (entry,) = as_owner("SELECT verb, body FROM audit_entry WHERE object_kind = 'person'")
    assert entry["verb"] == "collection"
    assert "contacts.date_of_birth" in entry["body"]
    everything = str(as_owner("SELECT body FROM audit_entry")) + str(as_owner("SELECT data, name FROM event"))
    for value in ("Ellershaw", "Kirsty", "Larkhill", "1991-07-19", "X320741"):
        assert value not in everything


@pytest.mark.parametrize("relationship", ["friend", "other_relative", "household_member", "other"])
def test_a_child_on_record_stays_one_until_a_date_of_birth_or_the_practitioner_says_otherwise(
    cast: Cast, relationship: str
) -> None:
    actor, document = staff(cast.probation), a_household()
    record(actor, document)
    contact(document, "son")["relationship"] = relationship
    record(actor, document)
    assert (on_record("son").relationship, on_record("son").is_child) == (relationship, True)
    contact(document, "son")["is_child"] = False
    record(actor, document)
    assert on_record("son").is_child is False
    contact(document, "son")["date_of_birth"] = "2019-03-08"
    record(actor, document)
    assert on_record("son").is_child is True


@pytest.mark.parametrize("name", ["-", ".", "?", "\u2014"])
@pytest.mark.parametrize("part", ["given_name", "family_name"])
def test_a_mark_in_place_of_a_name_names_nobody(cast: Cast, part: str, name: str) -> None:
    actor, document = staff(cast.probation), a_household()
    son = contact(document, "son")
    son |= {"given_name": "Toby", "family_name": "Holdsworth", "date_of_birth": "2019-03-08"} | {part: name}
    record(actor, document)
    assert (on_record("son").named, on_record("son").dated) == (False, True)
