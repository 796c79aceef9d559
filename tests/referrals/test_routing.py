"""A part goes to whoever answers for it in the area its destination's file names, or to nobody."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from service import clock, db
from service.access.actor import Actor
from service.destinations import DESTINATIONS
from service.destinations.case import Known, asks
from service.organisations.model import NATIONAL, Organisation, Responsibility
from service.organisations.writes.organisations import set_responsibility
from service.referrals.actions import open_what_may_be_sent, routing
from service.referrals.schemas.submission import SubmissionSchema, canonical
from tests.cast import Cast
from tests.referrals.driver import Driver, part_of, said
from tests.referrals.samples import asking, darren_and_toby, toby, urgent_from_court

Json = dict[str, Any]
HOUSING, HELP, MAPPA = 1, 2, 4
"""Where CAS3, the commissioned accommodation service and MAPPA stand in the sample."""
ANOTHER_REGION = {"own_region": False, "region": "N07", "pdu_evidence": True}


def mappa_area(document: Json) -> None:
    document["destinations"][MAPPA]["annex"]["area"] = "humberside"


def area_called_national(document: Json) -> None:
    document["destinations"][MAPPA]["annex"]["area"] = "national"


def cas3_region(document: Json) -> None:
    document["destinations"][HOUSING]["annex"]["location"] = ANOTHER_REGION


def referrers_region(document: Json) -> None:
    document["referrer"]["region"] = "London"


ELSEWHERE = [
    pytest.param(mappa_area, "mappa", None, "/destinations/4/annex/area", id="R1"),
    pytest.param(area_called_national, "mappa", None, "/destinations/4/annex/area", id="R1 national"),
    pytest.param(cas3_region, "cas3", None, "/destinations/1/annex/location/region", id="R2"),
    pytest.param(referrers_region, "crs", "accommodation", "/referrer/region", id="R3 help with a home"),
    pytest.param(
        referrers_region, "crs", "education_training_and_employment", "/referrer/region", id="R3 work"
    ),
    pytest.param(referrers_region, "approved_premises", None, "/referrer/region", id="R3 premises"),
    pytest.param(referrers_region, "cas3", None, "/referrer/region", id="R3 CAS3"),
]


def pointers(part: Json) -> set[str]:
    return {gap["pointer"] for gap in part["missing"]}


def recipients_of(part: Json) -> list[UUID]:
    """Return everybody that a part has been disclosed to."""
    with db.transaction("owner") as session:
        found = session.scalars(
            text("SELECT recipient_id FROM disclosure WHERE destination_referral_id = :part"),
            {"part": part["id"]},
        )
        return list(found)


def is_with_nobody(driver: Driver, part: Json, pointer: str) -> None:
    assert (part["state"], part["organisation"]) == ("incomplete", None)
    assert pointer in pointers(part)
    assert recipients_of(part) == []
    for name in ("ap", "cas3", "crs", "crs_ete", "mappa"):
        assert driver.cast.callers[name].get(part["href"]).status_code == 404


@pytest.mark.parametrize(("change", "kind", "category", "pointer"), ELSEWHERE)
def test_where_nobody_answers_for_the_area_that_is_named_nobody_is_sent_it(
    driver: Driver, change: Any, kind: str, category: str | None, pointer: str
) -> None:
    document = darren_and_toby()
    change(document)
    preview = said(driver.officer.post("/v1/referrals/preview", json=document, idempotency_key=None))
    draft = part_of(preview, kind, category)
    assert (draft["state"], draft["organisation"]) == ("incomplete", None)
    assert pointer in pointers(draft)
    is_with_nobody(driver, part_of(driver.submit(document), kind, category), pointer)


def registers(organisation_id: UUID, duty: str, area: str) -> None:
    """Register an organisation of the cast for one more duty or area."""
    with db.transaction("owner") as session:
        set_responsibility(session, Actor.for_service("registration"), organisation_id, duty, area)


def test_the_region_that_is_named_counts_and_not_that_of_the_practitioner(driver: Driver) -> None:
    registers(driver.cast.crs_ete.organisation_id, "crs:accommodation", "N07")
    document = toby()
    referrers_region(document)
    part = part_of(driver.submit(document), "crs")
    assert (part["state"], part["organisation"]["code"]) == ("sent", "forward-work")
    assert driver.cast.crs.get(part["href"]).status_code == 404


def test_a_referral_that_names_no_region_goes_to_that_of_the_practitioner(driver: Driver) -> None:
    document = urgent_from_court()
    assert "region" not in document["referrer"]
    premises = part_of(driver.submit(document), "approved_premises")
    assert (premises["state"], premises["organisation"]["code"]) == ("sent", "elm-house")

    elsewhere = driver.cast.stranger.as_practitioner()
    referral = said(elsewhere.post("/v1/referrals", json=urgent_from_court("URG-2", crn="X320749")), 201)
    is_with_nobody(driver, part_of(referral, "approved_premises"), "/referrer/region")


def test_another_region_for_cas3_that_is_not_named_is_the_gap(driver: Driver) -> None:
    document = darren_and_toby()
    document["destinations"][HOUSING]["annex"]["location"] = {"own_region": False}
    is_with_nobody(driver, part_of(driver.submit(document), "cas3"), "/destinations/1/annex/location/region")


@pytest.mark.parametrize("area", [None, "humberside"])
def test_an_urgent_case_is_taken_and_mappa_waits_for_its_area(driver: Driver, area: str | None) -> None:
    document = urgent_from_court()
    document["destinations"][1]["annex"] |= {"area": area} if area else {}
    if area is None:
        del document["destinations"][1]["annex"]["area"]
    referral = driver.submit(document)
    is_with_nobody(driver, part_of(referral, "mappa"), "/destinations/1/annex/area")
    assert part_of(referral, "approved_premises")["state"] == "sent"


def test_cas3_does_not_go_out_beside_a_home_that_nobody_was_asked_for(driver: Driver) -> None:
    document = darren_and_toby()
    document["destinations"][HOUSING]["annex"] |= {
        "placement": {"start_date": "2026-03-30"},
        "location": {"own_region": False, "region": "N55", "pdu_evidence": True},
    }
    referrers_region(document)
    referral = driver.submit(document)
    assert part_of(referral, "crs", "accommodation")["state"] == "incomplete"
    housing = part_of(referral, "cas3")
    assert housing["state"] == "blocked"
    assert [block["code"] for block in housing["blocked_by"]] == ["accommodation_referral_missing"]
    assert recipients_of(housing) == []


def test_a_part_that_has_not_gone_out_follows_the_area_that_an_amendment_names(driver: Driver) -> None:
    document = darren_and_toby()
    rationale = document["destinations"][MAPPA]["annex"].pop("level_rationale")
    referral = driver.submit(document)
    waiting = part_of(referral, "mappa")
    assert (waiting["state"], waiting["organisation"]["code"]) == ("incomplete", "mappa-west-yorkshire")

    document["destinations"][MAPPA]["annex"] |= {"level_rationale": rationale, "area": "humberside"}
    is_with_nobody(driver, part_of(driver.amend(referral, document), "mappa"), "/destinations/4/annex/area")

    document["destinations"][MAPPA]["annex"]["area"] = "west-yorkshire"
    sent = part_of(driver.amend(referral, document), "mappa")
    assert (sent["state"], sent["organisation"]["code"]) == ("sent", "mappa-west-yorkshire")
    assert recipients_of(sent) == [driver.cast.mappa.organisation_id]


def test_a_part_that_is_held_is_not_let_out_to_the_region_it_was_first_for(driver: Driver) -> None:
    document = darren_and_toby()
    referral = driver.submit(document)
    held = part_of(referral, "cas3")
    assert (held["state"], held["organisation"]["code"]) == ("held", "cas3-yorkshire")
    cas3_region(document)
    driver.amend(referral, document)
    driver.clock.set("2026-03-17T08:00:00Z")
    open_what_may_be_sent()
    is_with_nobody(driver, driver.look(driver.officer, held), "/destinations/1/annex/location/region")


def test_nobody_is_sent_what_was_held_when_nobody_answers_any_more(driver: Driver) -> None:
    held = part_of(driver.submit(), "cas3")
    with db.transaction("owner") as session:
        session.execute(text("UPDATE responsibility SET area = 'national' WHERE duty = 'cas3'"))
    driver.clock.set("2026-03-17T08:00:00Z")
    open_what_may_be_sent()
    is_with_nobody(driver, driver.look(driver.officer, held), "/referrer/region")


def test_a_destination_that_is_added_later_goes_to_nobody_elsewhere(driver: Driver) -> None:
    whole = darren_and_toby()
    mappa_area(whole)
    referral = driver.submit(asking(whole, lambda one: one["kind"] != "mappa"))
    added = part_of(driver.amend(referral, whole), "mappa")
    is_with_nobody(driver, added, "/destinations/4/annex/area")


def test_a_part_that_has_been_sent_stays_with_whoever_has_it(driver: Driver) -> None:
    document = darren_and_toby()
    referral = driver.submit(document)
    mappa_area(document)
    document["destinations"][HELP]["organisation"] = "forward-work"
    amended = driver.amend(referral, document)
    for kind, code in (("mappa", "mappa-west-yorkshire"), ("crs", "keyring")):
        part = part_of(amended, kind)
        assert (part["state"], part["organisation"]["code"], part["missing"]) == ("sent", code, [])


def test_a_part_that_has_been_sent_is_worked_out_for_whoever_has_it(cast: Cast) -> None:
    document = canonical(SubmissionSchema().load(darren_and_toby()))
    mappa_area(document)
    known = Known(document)
    assigned = {"mappa": routing.Assigned(cast.mappa.organisation_id, clock.today())}
    with db.transaction("owner") as session:
        draft = routing.draft_parts(
            session, known, person_id=uuid4(), region="N55", others={}, assigned=assigned
        )["mappa"]
        assert draft.organisation is not None
        assert (draft.organisation.id, draft.state) == (cast.mappa.organisation_id, "sent")
    assert draft.readiness.gaps == ()


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("castle-in-the-air", id="no such organisation"),
        pytest.param("elm-house", id="answers for something else here"),
        pytest.param("forward-work", id="answers for this elsewhere"),
    ],
)
def test_an_organisation_that_does_not_answer_for_this_here_is_a_gap(driver: Driver, code: str) -> None:
    registers(driver.cast.crs_ete.organisation_id, "crs:accommodation", "N07")
    document = urgent_from_court()
    document["destinations"][2] = darren_and_toby()["destinations"][HELP] | {"organisation": code}
    referral = driver.submit(document)
    is_with_nobody(driver, part_of(referral, "crs"), "/destinations/2/organisation")
    assert part_of(referral, "approved_premises")["state"] == "sent"


def test_an_organisation_that_answers_for_this_here_can_be_named(driver: Driver) -> None:
    document = toby()
    document["destinations"][0]["organisation"] = "keyring"
    part = part_of(driver.submit(document), "crs")
    assert (part["state"], part["organisation"]["code"]) == ("sent", "keyring")


@pytest.mark.parametrize(("change", "kind", "category", "pointer"), ELSEWHERE)
def test_a_national_organisation_is_not_asked_where_the_destination_does_not_allow_it(
    driver: Driver, change: Any, kind: str, category: str | None, pointer: str
) -> None:
    who = {"mappa": driver.cast.mappa, "cas3": driver.cast.cas3, "approved_premises": driver.cast.ap}
    duty = f"{kind}:{category}" if category else kind
    registers(who.get(kind, driver.cast.crs).organisation_id, duty, NATIONAL)
    document = darren_and_toby()
    change(document)
    is_with_nobody(driver, part_of(driver.submit(document), kind, category), pointer)


def test_a_national_organisation_is_asked_where_the_destination_allows_it(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowing = replace(DESTINATIONS["crs"], national=True)
    monkeypatch.setattr(routing, "DESTINATIONS", {**DESTINATIONS, "crs": allowing})
    registers(driver.cast.crs_ete.organisation_id, "crs:accommodation", NATIONAL)
    here, elsewhere, named = toby(), toby("TOB-2", crn="X320745"), toby("TOB-3", crn="X320746")
    referrers_region(elsewhere)
    named["destinations"][0]["organisation"] = "forward-work"
    found = [part_of(driver.submit(one), "crs")["organisation"]["code"] for one in (here, elsewhere, named)]
    assert found == ["keyring", "forward-work", "forward-work"]


REGIONS = st.sampled_from(["N07", "N51", "N55"])
MAPPA_AREAS = st.sampled_from(["humberside", "west-yorkshire", "national"])
DUTIES = st.sampled_from(["approved_premises", "cas3", "crs:accommodation", "mappa"])
PARTNERS = ("ap", "cas3", "crs", "crs_ete", "mappa")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    submitted_by=REGIONS,
    referrer=st.none() | REGIONS,
    elsewhere=st.none() | REGIONS,
    own_region=st.none() | st.booleans(),
    mappa=st.none() | MAPPA_AREAS,
    named=st.lists(st.none() | st.sampled_from(["keyring", "forward-work"]), min_size=5, max_size=5),
    registered=st.lists(st.tuples(st.sampled_from(PARTNERS), DUTIES, REGIONS | MAPPA_AREAS), max_size=6),
)
def test_whoever_has_a_part_answers_for_its_duty_in_the_area_that_its_file_names(
    *,
    cast: Cast,
    submitted_by: str,
    referrer: str | None,
    elsewhere: str | None,
    own_region: bool | None,
    mappa: str | None,
    named: list[str | None],
    registered: list[tuple[str, str, str]],
) -> None:
    document = canonical(SubmissionSchema().load(darren_and_toby()))
    document["referrer"]["region"] = referrer
    document["destinations"][HOUSING]["annex"]["location"] = {"own_region": own_region, "region": elsewhere}
    document["destinations"][MAPPA]["annex"]["area"] = mappa
    for entry, code in zip(document["destinations"], named, strict=True):
        entry["organisation"] = code
    with db.transaction("owner") as session:
        for partner, duty, area in registered:
            set_responsibility(
                session,
                Actor.for_service("registration"),
                cast.callers[partner].organisation_id,
                duty,
                area,
                take_over="the registrations of this example",
            )
        drafts = routing.draft_parts(
            session, Known(document), person_id=uuid4(), region=submitted_by, others={}
        )
        answering = {
            (duty, where): (organisation_id, called)
            for duty, where, organisation_id, called in session.execute(
                select(Responsibility.duty, Responsibility.area, Organisation.id, Organisation.code).join(
                    Organisation, Organisation.id == Responsibility.organisation_id
                )
            )
        }
        has = {key: draft.organisation.id if draft.organisation else None for key, draft in drafts.items()}
        session.rollback()
    for ask in asks(document):
        destination = DESTINATIONS[ask.kind]
        named_area = destination.area.find(destination.case(document, ask, clock.today()), submitted_by).code
        known = answering if named_area != NATIONAL else {}
        here = known.get((destination.duty(ask), named_area or ""))
        may_have_it = here[0] if here and ask.organisation in {None, here[1]} else None
        assert has[ask.key] == may_have_it
        assert may_have_it or drafts[ask.key].state == "incomplete"
