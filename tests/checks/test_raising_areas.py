"""Which agency is asked where one area has several, none or a national one."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text

from service import db
from service.access.actor import Actor
from service.checks import actions
from service.checks.actions import sending
from service.checks.actions.carried_over import WhatLacksAnAgency
from service.checks.kinds import KINDS
from service.checks.rules import Question
from service.organisations.model import NATIONAL
from service.organisations.writes.organisations import set_responsibility
from service.people.model import Address
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests import rows
from tests.checks.factories import (
    LEEDS,
    MANCHESTER,
    Case,
    clock_of,
    move,
    read,
    register_authority,
)
from tests.conftest import TheClock


def test_stuarts_three_authorities_are_three_requests(case: Case) -> None:
    register_authority("E08000032")
    case.address()
    for authority in (LEEDS, MANCHESTER, "E08000032"):
        case.contact("sibling", child=True, authority=authority)
    case.raise_checks()
    found = case.requests("childrens_safeguarding")
    assert {(each.area, each.state) for each in found} == {
        (LEEDS, "requested"),
        (MANCHESTER, "requested"),
        ("E08000032", "requested"),
    }


def test_a_request_for_an_area_without_an_agency_is_still_owed(case: Case) -> None:
    case.address(force="north-yorkshire")
    case.raise_checks()
    (request,) = case.requests()
    assert request.state == "awaiting_details"
    assert [each["detail"] for each in request.missing] == ["agency"]
    register_authority("north-yorkshire", "police_force", "police_da")
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    (request,) = case.requests()
    assert request.state == "requested"


def open_timers(request_id: UUID) -> set[str]:
    with rows.transaction() as session:
        open_ones = select(Clock.timer).where(Clock.subject_id == request_id, Clock.state != "stopped")
        return set(session.scalars(open_ones))


def test_a_missing_registration_is_owed_by_the_region_until_it_is_made(case: Case) -> None:
    case.address(force="north-yorkshire")
    case.raise_checks()
    (request,) = case.requests()
    assert open_timers(request.id) == {"registration"}
    owed = clock_of(request.id, "registration")
    assert (owed.owner_role, owed.exposed_since) == ("region", request.exposed_since)
    register_authority("north-yorkshire", "police_force", "police_da")
    assert actions.send_for_duty("police_da", "owner") == 1
    assert open_timers(request.id) == {"answer"}


def test_each_owes_what_they_can_supply_of_what_a_check_waits_for(case: Case, the_clock: TheClock) -> None:
    home = case.address(force="west-yorkshire", authority="E06000010")
    child = case.contact("child", child=True, named=False, lives_at=home)
    case.raise_checks()
    request = case.request("childrens_safeguarding", "E06000010")
    assert open_timers(request.id) == {"ask", "registration"}
    first = clock_of(request.id, "registration").id
    the_clock.move(timedelta(hours=3))
    case.complete(child)
    assert open_timers(request.id) == {"registration"}
    assert clock_of(request.id, "registration").id == first
    register_authority("E06000010")
    assert actions.send_for_duty("childrens_services", "owner") == 1
    assert open_timers(request.id) == {"answer"}


def test_details_are_still_owed_once_an_agency_is_registered(case: Case) -> None:
    home = case.address(force="west-yorkshire", authority="E06000010")
    case.contact("child", child=True, named=False, lives_at=home)
    case.raise_checks()
    request = case.request("childrens_safeguarding", "E06000010")
    register_authority("E06000010")
    actions.send_for_duty("childrens_services", "owner")
    assert open_timers(request.id) == {"ask"}


def test_what_a_change_of_the_record_leaves_without_an_agency_is_not_late_at_once(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address(force="west-yorkshire", authority=LEEDS)
    child = case.contact("child", child=True, named=False, lives_at=home)
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    assert open_timers(request.id) == {"ask"}
    the_clock.move(timedelta(days=7))
    case.change(Address, home, local_authority="E06000010")
    case.complete(child)
    owed = clock_of(request.id, "registration")
    assert open_timers(request.id) == {"registration"}
    assert (owed.anchor, owed.exposed_since) == (the_clock.at, request.exposed_since)


AS_BEFORE = """
UPDATE clock SET timer = 'ask', owner_role = 'practitioner', policy_id = (
    SELECT id FROM policy WHERE key = :key AND responder_id IS NULL ORDER BY version DESC LIMIT 1
) WHERE timer = 'registration'
"""
"""What the release before would have left: the practitioner owes it."""


def test_what_a_practitioner_owed_before_is_the_regions_and_the_first_sweep_sends_nothing(
    case: Case, the_clock: TheClock
) -> None:
    case.address(force="north-yorkshire")
    case.raise_checks()
    (request,) = case.requests()
    with db.transaction("owner") as session:
        session.execute(text("ALTER TABLE clock DISABLE TRIGGER USER"))
        session.execute(text(AS_BEFORE), {"key": KINDS["police_da"].policy_key})
        session.execute(text("ALTER TABLE clock ENABLE TRIGGER USER"))
    assert open_timers(request.id) == {"ask"}
    the_clock.move(timedelta(days=40))
    WhatLacksAnAgency()(the_clock.at)
    assert open_timers(request.id) == {"registration"}
    owed = clock_of(request.id, "registration")
    assert (owed.anchor, owed.exposed_since) == (the_clock.at, request.exposed_since)
    assert owed.carried_over
    assert sweep(the_clock.at).firings == 0
    WhatLacksAnAgency()(the_clock.at)
    assert clock_of(request.id, "registration").id == owed.id


def test_a_national_agency_is_not_asked_for_an_area_that_nobody_is_registered_for(
    case: Case, the_clock: TheClock
) -> None:
    for agency, kind in ((case.cast.police, "police_da"), (case.cast.council, "childrens_services")):
        with db.transaction("owner") as session:
            set_responsibility(
                session, Actor.for_service("registration"), agency.organisation_id, kind, NATIONAL
            )
    home = case.address(force="north-yorkshire", authority="E06000010")
    case.contact("child", child=True, lives_at=home)
    case.raise_checks()
    police = case.request("police_da", "north-yorkshire")
    council = case.request("childrens_safeguarding", "E06000010")
    reader = case.cast.probation.as_practitioner()
    for request, area in ((police, "north-yorkshire"), (council, "E06000010")):
        shown, _ = read(reader, request.id)
        assert (shown["state"], shown["agency_id"], shown["area"]) == ("awaiting_details", None, area)
        assert [gap["detail"] for gap in shown["missing"]] == ["agency"]
        assert clock_of(request.id, "registration").state == "running"
    the_clock.move(timedelta(days=4))
    overdue = case.cast.probation.as_practitioner("h.region", "region").get("/v1/overdue").get_json()["items"]
    assert {str(police.id), str(council.id)} == {each["subject"]["id"] for each in overdue}, overdue
    for agency in (case.cast.police, case.cast.council):
        assert agency.get("/v1/check-requests").get_json()["items"] == []


def test_a_question_that_is_sent_on_to_an_area_without_an_agency_waits_there(case: Case) -> None:
    with db.transaction("owner") as session:
        set_responsibility(
            session,
            Actor.for_service("registration"),
            case.cast.other_police.organisation_id,
            "police_da",
            NATIONAL,
        )
    case.address()
    case.raise_checks()
    asked = case.request("police_da")
    assert (
        move(case.cast.police, asked.id, "misdirect", to_area="humberside", reason="Hull.").status_code == 200
    )
    (waiting,) = (each for each in case.requests("police_da") if each.id != asked.id)
    assert (waiting.state, waiting.area, waiting.agency_id) == ("awaiting_details", "humberside", None)
    assert [gap["detail"] for gap in waiting.missing] == ["agency"]


def test_a_national_agency_is_asked_where_the_kind_of_check_allows_it(case: Case) -> None:
    allowing = replace(KINDS["police_da"], national=True)
    question = Question("area:north-yorkshire", "north-yorkshire", ())
    with db.transaction("owner") as session:
        assert sending.agencies_for(session, allowing, [question]) == {}
        set_responsibility(
            session,
            Actor.for_service("registration"),
            case.cast.police.organisation_id,
            "police_da",
            NATIONAL,
        )
        asked = sending.agencies_for(session, allowing, [question])
        assert [agency.code for agency in asked.values()] == ["west-yorkshire"]
        assert sending.agencies_for(session, KINDS["police_da"], [question]) == {}
