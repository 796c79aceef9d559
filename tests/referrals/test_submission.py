"""A referral is taken once and whole: everything that follows from it, or nothing."""

import copy
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from service import db
from tests.referrals.driver import Driver, part_of, said
from tests.referrals.samples import (
    EX_PARTNERS_POSTCODE,
    EX_PARTNERS_STREET,
    darren_and_toby,
    minimal,
    toby,
    urgent_from_court,
)

MADE_BY_A_SUBMISSION = (
    "referral",
    "referral_version",
    "referral_version_restricted",
    "destination_referral",
    "destination_move",
    "disclosure",
    "safety_check",
    "check_request",
    "clock",
    "person",
    "contact",
    "address",
    "event",
    "feed_entry",
    "idempotency_key",
)


def counted() -> dict[str, int]:
    """Count the rows that submissions make."""
    with db.transaction("owner") as session:
        return {
            table: session.scalar(text(f"SELECT count(*) FROM {table}")) or 0
            for table in MADE_BY_A_SUBMISSION
        }


def test_a_referral_goes_out_to_everybody_it_is_for(driver: Driver) -> None:
    referral = driver.submit()
    states = {(part["kind"], part["service_category"]): part["state"] for part in referral["destinations"]}
    assert states == {
        ("approved_premises", None): "sent",
        ("cas3", None): "held",
        ("crs", "accommodation"): "sent",
        ("crs", "education_training_and_employment"): "sent",
        ("mappa", None): "sent",
    }
    assert {part["organisation"]["code"] for part in referral["destinations"]} == {
        "elm-house",
        "cas3-yorkshire",
        "keyring",
        "forward-work",
        "mappa-west-yorkshire",
    }
    assert counted()["disclosure"] == 4
    feed = said(driver.cast.crs.get("/v1/events"))["items"]
    assert [entry["event"] for entry in feed] == ["destination_referral.sent"]


@pytest.mark.parametrize("table", ["disclosure", "safety_check", "clock", "feed_entry", "audit_entry"])
def test_a_fault_in_the_middle_leaves_nothing(driver: Driver, table: str) -> None:
    before = counted()
    driver.officer.token()
    with db.transaction("owner") as session:
        session.execute(
            text(
                "CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'disk_full'; END $$"
            )
        )
        session.execute(text(f"CREATE TRIGGER broken BEFORE INSERT ON {table} EXECUTE FUNCTION break_down()"))
    key = str(uuid4())
    broken = driver.officer.post("/v1/referrals", json=darren_and_toby(), idempotency_key=key)
    assert broken.status_code in {500, 503}
    assert counted() == before

    with db.transaction("owner") as session:
        session.execute(text("DROP FUNCTION break_down() CASCADE"))
    said(driver.officer.post("/v1/referrals", json=darren_and_toby(), idempotency_key=key), 201)


def test_the_same_submission_sent_again_makes_nothing_new(driver: Driver) -> None:
    key = str(uuid4())
    first = said(driver.officer.post("/v1/referrals", json=darren_and_toby(), idempotency_key=key), 201)
    rows = counted()
    again = said(driver.officer.post("/v1/referrals", json=darren_and_toby(), idempotency_key=key), 201)
    assert again["id"] == first["id"]
    assert counted() == rows


def test_a_submission_reference_is_used_once(driver: Driver) -> None:
    referral = driver.submit()
    rows = counted()
    answer = driver.officer.post("/v1/referrals", json=darren_and_toby())
    assert said(answer, 409)["href"] == f"/v1/referrals/{referral['id']}"
    assert counted() == rows


@pytest.mark.parametrize("same_key", [True, False])
def test_two_at_once_make_one_referral(driver: Driver, same_key: bool) -> None:
    keys = [str(uuid4())] * 2 if same_key else [str(uuid4()), str(uuid4())]
    driver.officer.token()

    def submit(key: str) -> int:
        return driver.officer.post("/v1/referrals", json=darren_and_toby(), idempotency_key=key).status_code

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(submit, keys))
    assert answers[0] == 201
    assert answers[1] in ({201, 409} if same_key else {409})
    with db.transaction("owner") as session:
        assert session.scalar(text("SELECT count(*) FROM referral")) == 1


def test_what_one_destination_lacks_holds_back_no_other(driver: Driver) -> None:
    document = darren_and_toby()
    del document["destinations"][2]["annex"]["complexity"]
    referral = driver.submit(document)
    lacking = part_of(referral, "crs", "accommodation")
    assert lacking["state"] == "incomplete"
    assert "/destinations/2/annex/complexity" in {gap["pointer"] for gap in lacking["missing"]}
    assert part_of(referral, "approved_premises")["state"] == "sent"
    assert driver.cast.crs.get(lacking["href"]).status_code == 404


def test_an_urgent_case_goes_out_with_its_gaps_listed(driver: Driver) -> None:
    referral = driver.submit(urgent_from_court())
    premises = part_of(referral, "approved_premises")
    assert premises["state"] == "sent"
    assert premises["missing"]
    assert part_of(referral, "crs")["state"] == "incomplete"


def test_every_fault_of_a_body_is_named_at_once(driver: Driver) -> None:
    document = darren_and_toby()
    document["person"]["crn"] = "nonsense"
    document["person"]["shoe_size"] = 9
    document["destinations"][1]["annex"]["placement"]["start_date"] = "1066-10-14"
    faults = said(driver.officer.post("/v1/referrals", json=document), 422)["errors"]
    assert {
        "/person/crn",
        "/person/shoe_size",
        "/destinations/1/annex/placement/start_date",
    } <= {fault["pointer"] for fault in faults}


def test_victims_and_ex_partners_are_stored_apart(driver: Driver) -> None:
    referral = driver.submit()
    with db.transaction("owner") as session:
        for table in ("referral_version", "disclosure"):
            stored = session.scalar(text(f"SELECT string_agg(document::text, ' ') FROM {table}"))
            assert stored
            assert EX_PARTNERS_STREET not in stored.replace("Not to go near 4 Larkhill Close", "")
            assert "Kirsty" not in stored
            assert "Bettina Rusk" not in stored
        apart = session.scalar(text("SELECT document::text FROM referral_version_restricted"))
        assert "Kirsty" in apart
        assert "Bettina Rusk" in apart
        assert EX_PARTNERS_POSTCODE in apart
    assert driver.document(referral)["household"]["contacts"][0]["given_name"] == "Kirsty"


def test_a_preview_shows_everything_and_stores_nothing(driver: Driver) -> None:
    before = counted()
    preview = said(driver.officer.post("/v1/referrals/preview", json=darren_and_toby(), idempotency_key=None))
    assert counted() == before
    drafts = {draft["kind"]: draft for draft in preview["destinations"]}
    assert drafts["cas3"]["state"] == "held"
    assert drafts["approved_premises"]["document"]["person"]["crn"] == "X320741"
    assert drafts["approved_premises"]["answer_due"]
    assert {one["kind"] for one in preview["checks"]} == {"police_da", "childrens_safeguarding"}
    (waiting,) = [one["missing"] for one in preview["checks"] if one["state"] == "awaiting_details"]
    with db.transaction("owner") as session:
        looked = session.execute(
            text("SELECT body FROM audit_entry WHERE verb = 'consultation' AND object_id = 'preview'")
        ).all()
    assert len(looked) == 1

    referral = driver.submit()
    shown = {part["kind"]: part["state"] for part in referral["destinations"]}
    assert shown == {kind: draft["state"] for kind, draft in drafts.items()}
    raised = said(driver.officer.get("/v1/checks", referral_id=referral["id"]))["items"]
    (really,) = [
        request["missing"]
        for check in raised
        for request in check["requests"]
        if request["state"] == "awaiting_details"
    ]
    assert waiting == [{**gap, "id": None} for gap in really], "the same, but that nobody is on record yet"


def test_a_preview_of_somebody_on_record_is_on_the_trail_of_that_person(driver: Driver) -> None:
    driver.submit()
    said(driver.officer.post("/v1/referrals/preview", json=darren_and_toby("NEW-1"), idempotency_key=None))
    with db.transaction("owner") as session:
        looked = session.scalars(
            text(
                "SELECT p.crn FROM audit_entry a JOIN person p ON p.id = a.person_id"
                " WHERE a.object_id = 'preview'"
            )
        ).all()
    assert looked == ["X320741"]


def test_a_preview_may_bear_a_reference_that_was_used(driver: Driver) -> None:
    driver.submit()
    said(driver.officer.post("/v1/referrals/preview", json=darren_and_toby(), idempotency_key=None))


def test_the_answer_is_due_in_the_destinations_working_time(driver: Driver) -> None:
    driver.clock.set("2026-04-02T15:00:00+01:00")  # Maundy Thursday
    referral = driver.submit(urgent_from_court(today=driver.clock.at.date()))
    due = part_of(referral, "approved_premises")["next_update_due"]
    assert due == "2026-04-07T10:00:00Z"  # two hours from the opening on the Tuesday after Easter


def test_an_audit_entry_names_what_was_sent_to_whom_and_why(driver: Driver) -> None:
    driver.submit(toby())
    with db.transaction("owner") as session:
        (body,) = session.scalars(text("SELECT body FROM audit_entry WHERE verb = 'disclosure'")).all()
    assert str(driver.cast.crs.organisation_id) in body
    assert "statutory_supervision" in body
    assert "person.name.given" in body
    assert "Marchbanks" not in body


def test_a_submission_needs_a_key_and_a_named_practitioner(driver: Driver) -> None:
    assert driver.officer.post("/v1/referrals", json=minimal(), idempotency_key=None).status_code == 400
    assert driver.cast.probation.post("/v1/referrals", json=minimal()).status_code == 403


def test_the_same_case_twice_keeps_one_person(driver: Driver) -> None:
    driver.submit(darren_and_toby("A"))
    second = copy.deepcopy(darren_and_toby("B"))
    driver.submit(second)
    with db.transaction("owner") as session:
        assert session.scalar(text("SELECT count(*) FROM person")) == 1
