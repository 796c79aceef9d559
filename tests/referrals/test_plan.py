"""What somebody on call reads of a person: the conditions, and what staff do when something goes wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from service import clock, db, migrate
from service.destinations.states import OPEN
from service.document.plan import ContingencySchema
from service.document.risk import ManagementPlanSchema
from service.people.sight import DOCUMENTS, ON_CALL_SECTIONS, SECTIONS, reads_plan
from service.referrals.plan import CONTINGENCY, MANAGEMENT_PLAN, PARTS, Statement, newest
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.isolation.seen import seen_by
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner
from tests.referrals.samples import EX_PARTNERS_POSTCODE, darren_and_toby, toby
from tests.rows import person_at, person_id

SIX = ["household", "protected_contacts", "risk", "referrals", "checks", "circumstances"]
"""The sections of the release before."""


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)


def plan(caller: Caller, crn: str = CRN) -> Json:
    return ok(caller.get(f"{person_at(crn)}/plan"))


def theirs(story: Story, who: str = "t.jones", role: str = "practitioner") -> Caller:
    return story.cast.stranger.as_practitioner(who, role)


def share(story: Story, *sections: str) -> None:
    until = (clock.now() + timedelta(days=90)).isoformat()
    given = {"organisation": "N51", "basis": "joint", "until": until, "reason": "Both work with him."}
    ok(story.practitioner.post(f"{person_at(CRN)}/shares", json=given | {"sections": list(sections)}), 201)


def only(section: str, said: Mapping[str, Any], reference: str = "DAT-2") -> Json:
    """Return a referral that says this of the plan and nothing else."""
    document = darren_and_toby(reference)
    del document["licence"], document["contingency"], document["location"]
    del document["risk"]["management_plan"], document["wordings"]
    return document | {section: said}


def said(**document: Any) -> Statement:
    return Statement(UUID(int=1), 3, datetime(2026, 3, 2, 9, tzinfo=UTC), document)


# What counts as said, and by whom.


def test_of_every_part_the_last_statement_counts() -> None:
    before = said(licence={"court_orders": ["Old."]}, contingency={"breach": "Call.", "other": "Old."})
    after = Statement(
        UUID(int=2), 1, before.stated_at + timedelta(seconds=1), {"contingency": {"other": "New."}}
    )
    for order in ([before, after], [after, before]):
        parts = newest(order)
        stated = {name: (part.value, part.by) for name, part in parts.items() if part}
        assert stated == {
            "court_orders": (["Old."], before),
            "contingency.breach": ("Call.", before),
            "contingency.other": ("New.", after),
        }
        assert parts.keys() == PARTS.keys()


@pytest.mark.parametrize(
    ("licence", "counts"),
    [
        (None, False),
        ({}, False),
        ({"court_orders": None}, False),
        ({"court_orders": []}, False),
        ({"court_orders": ["-"]}, False),
        ({"court_orders": ["-", "A"]}, True),
    ],
)
def test_what_is_left_out_or_empty_says_nothing(licence: Any, counts: bool) -> None:
    assert (newest([said(licence=licence)])["court_orders"] is not None) is counts


def test_no_is_an_answer() -> None:
    part = newest([said(contingency={"trigger_plan": False})])["contingency.trigger_plan"]
    assert part is not None
    assert part.value is False


def test_every_answer_of_both_sections_is_part_of_the_plan() -> None:
    assert set(MANAGEMENT_PLAN) == ManagementPlanSchema().fields.keys()
    assert set(CONTINGENCY) == ContingencySchema().fields.keys()


def test_whoever_reads_documents_reads_the_plan_that_stands_in_them() -> None:
    assert reads_plan({"plan"})
    assert reads_plan(set(DOCUMENTS))
    assert reads_plan(ON_CALL_SECTIONS)
    for missing in DOCUMENTS:
        assert not reads_plan(set(SECTIONS) - {missing, "plan"})


# What is read.


def test_the_plan_says_where_and_when_each_part_was_stated(story: Story) -> None:
    document = darren_and_toby()
    document["licence"]["conditions"][0]["requested_by"] = "victim"
    submitted = story.submit(document)
    found = plan(story.practitioner)
    where = {"referral_id": submitted["id"], "version": 1, "stated_at": submitted["submitted_at"]}
    licence = document["licence"]
    shown = [{"type": one["type"], "detail": one["detail"]} for one in licence["conditions"]]
    assert found["conditions"] == where | {"value": shown}, "who asked for one is a confidence"
    assert found["exclusion_zones"] == where | {"value": licence["exclusion_zones"]}
    assert found["curfew"] == where | {"value": {"until": None} | licence["curfew"]}
    assert found["residence"] == where | {"value": document["location"]}
    for section, answers in (
        ("management_plan", document["risk"]["management_plan"]),
        ("contingency", document["contingency"]),
    ):
        stated = {name: part for name, part in found[section].items() if part}
        assert stated == {name: where | {"value": value} for name, value in answers.items()}


def test_a_later_referral_says_its_part_and_takes_nothing_else_away(story: Story) -> None:
    first = story.submit(darren_and_toby())
    story.wait(hours=1)
    second = story.submit(only("licence", {"curfew": {"starts_at": "21:00", "ends_at": "06:00"}}))
    found = plan(story.practitioner)
    assert found["curfew"]["referral_id"] == second["id"]
    assert found["curfew"]["value"]["starts_at"] == "21:00"
    assert found["conditions"]["referral_id"] == first["id"]
    assert found["contingency"]["no_return"]["referral_id"] == first["id"]


def test_the_latest_version_counts_and_its_tag_changes(story: Story) -> None:
    submitted = story.submit(darren_and_toby())
    address = f"{person_at(CRN)}/plan"
    tag = story.practitioner.get(address).headers["ETag"]
    assert story.practitioner.get(address, if_none_match=tag).status_code == 304
    story.wait(hours=1)
    document = darren_and_toby()
    document["contingency"]["breach"] = "Enforcement at once."
    own = story.practitioner
    seen = own.get(submitted["href"]).headers["ETag"]
    ok(own.post(f"{submitted['href']}/versions", json=document, if_match=seen))
    assert own.get(address, if_none_match=tag).status_code == 200
    breach = plan(own)["contingency"]["breach"]
    assert (breach["value"], breach["version"]) == ("Enforcement at once.", 2)
    assert breach["stated_at"] != submitted["submitted_at"]


def test_a_referral_that_is_over_says_nothing_and_nothing_is_not_none(story: Story) -> None:
    submitted = story.submit(toby())
    crn = "X320744"
    assert plan(story.practitioner, crn)["contingency"]["breach"]
    for part in submitted["destinations"]:
        story.move(story.practitioner, part["id"], "enter_in_error", reason="Somebody else.")
    found = plan(story.practitioner, crn)
    assert set(found["contingency"].values()) == set(found["management_plan"].values()) == {None}
    others = found.keys() - {"person", "contingency", "management_plan"}
    assert {found[name] for name in others} == {None}


def test_the_reading_is_on_the_audit_trail_with_the_parts_that_were_shown(story: Story) -> None:
    story.submit(only("licence", {"court_orders": ["Restraining order."]}))
    share(story, "plan")
    plan(theirs(story))
    (entry,) = as_owner(
        "SELECT body::jsonb -> 'fields' AS fields, object_id FROM audit_entry"
        " WHERE practitioner_id = 't.jones' AND verb = 'consultation' AND body LIKE '%%plan%%'"
    )
    assert entry["object_id"] == str(person_id(CRN))
    assert entry["fields"] == ["plan", "plan.court_orders"]


# Who reads it.


def test_without_protected_contacts_what_a_text_says_of_them_is_left_out(story: Story) -> None:
    document = darren_and_toby()
    document["contingency"]["no_return"] = "Call Kirsty first. Then the duty manager."
    document["licence"]["exclusion_zones"][0]["postcodes"].append(EX_PARTNERS_POSTCODE)
    story.submit(document)
    share(story, "plan")
    found = plan(theirs(story))
    assert found["contingency"]["no_return"]["value"] == "[withheld] Then the duty manager."
    assert "Kirsty" not in str(found)
    zone = found["exclusion_zones"]["value"][0]
    assert EX_PARTNERS_POSTCODE in zone["postcodes"], "a zone is a shape, and not a home"
    share(story, "protected_contacts")
    assert plan(theirs(story)) == plan(story.practitioner)
    assert "Kirsty" in plan(story.practitioner)["contingency"]["no_return"]["value"]


def test_a_name_of_the_household_excuses_that_of_a_protected_contact_only_for_who_sees_it(
    story: Story,
) -> None:
    document = darren_and_toby()
    son = next(one for one in document["household"]["contacts"] if one["ref"] == "son")
    son |= {"given_name": "Kirsty", "family_name": "Bell"}
    document["contingency"]["no_return"] = "Call Kirsty Bell first. Then the duty manager."
    story.submit(document)
    share(story, "plan")
    assert plan(theirs(story))["contingency"]["no_return"]["value"] == "[withheld] Then the duty manager."
    share(story, "household")
    shown = plan(theirs(story))["contingency"]["no_return"]["value"]
    assert shown == document["contingency"]["no_return"]


def test_on_call_somebody_reads_risk_conditions_trigger_plan_and_contacts(story: Story) -> None:
    story.submit(darren_and_toby())
    night = theirs(story, "n.ight", "on_call_manager")
    assert night.get(f"{person_at(CRN)}/plan").status_code == 404
    taken = ok(night.post("/v1/people/emergency-access", json={"crn": CRN, "reason": "At her door."}), 201)
    assert taken["sections"] == list(ON_CALL_SECTIONS)
    found = plan(night)
    assert found["conditions"]["value"]
    assert found["contingency"]["trigger_plan"]["value"] is True
    version = f"/v1/referrals/{found['conditions']['referral_id']}/versions/1"
    assert night.get(version).status_code == 404, "the document itself is more than it needs"
    story.wait(hours=24)
    assert night.get(f"{person_at(CRN)}/plan").status_code == 404


PLAN_ROWS = text("SELECT count(*) FROM plan_of_record(:person, CAST(:states AS text[]))")


@pytest.mark.parametrize(
    "sections",
    [(one,) for one in SECTIONS] + [DOCUMENTS, DOCUMENTS[:2], DOCUMENTS[1:], ("risk", "referrals")],
)
def test_the_database_itself_gives_the_plan_to_nobody_else(story: Story, sections: tuple[str, ...]) -> None:
    story.submit(darren_and_toby())
    asked = {"person": person_id(CRN), "states": sorted(OPEN)}
    share(story, *sections)
    for caller, expected in (
        (theirs(story), reads_plan(sections)),
        (story.practitioner, True),
        (story.cast.ap, False),
        (story.cast.police, False),
        (None, False),
    ):
        with seen_by(caller) as session:
            assert bool(session.scalar(PLAN_ROWS, asked)) is expected, (caller, sections)
    assert (theirs(story).get(f"{person_at(CRN)}/plan").status_code == 200) is reads_plan(sections)


def test_a_share_of_the_whole_record_stays_one_in_the_upgrade(story: Story) -> None:
    story.submit(darren_and_toby())
    share(story, *SIX)
    share(story, "risk", "household")
    migrate.downgrade("0032")
    with db.transaction("owner") as session:
        session.execute(
            text("UPDATE sight SET sections = :six WHERE cardinality(sections) > 2"), {"six": SIX}
        )
    migrate.upgrade()
    kept = {tuple(one["sections"]) for one in as_owner("SELECT sections FROM sight")}
    assert kept == {tuple(SECTIONS), ("household", "risk")}
    migrate.downgrade("0032")
    migrate.upgrade()
    assert {tuple(one["sections"]) for one in as_owner("SELECT sections FROM sight")} == kept
