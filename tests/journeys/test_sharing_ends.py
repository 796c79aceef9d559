"""A licence ends: who reads nothing more, who is told, who goes on, and who still hears of danger."""

from datetime import timedelta

import pytest

from tests.journeys.darren import HOME
from tests.journeys.driver import Json, Story, ok
from tests.journeys.ending import (
    CRN,
    GOES_ON,
    LAST_DAY,
    NEW_PARTNER,
    THE_DAY_AFTER,
    amend,
    continuing,
    ended,
    ending,
    names_told,
    path,
    work,
)
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long


def test_on_the_last_day_everything_is_read_and_on_the_next_nothing(story: Story) -> None:
    """Row C8: it ends by itself, before any worker has passed."""
    referral, ete, ap = ended(story)
    story.clock.set(f"{LAST_DAY}T22:59:00Z")
    for caller, part in ((story.cast.crs_ete, ete), (story.cast.ap, ap)):
        assert story.document(caller, part["id"])["document"]
    story.clock.set(f"{LAST_DAY}T23:00:00Z")  # midnight in London
    for caller, part in ((story.cast.crs_ete, ete), (story.cast.ap, ap)):
        for below in ("/document", "/messages", "/updates", "/changes-of-circumstance"):
            answer = caller.get(path(part, below))
            assert (answer.status_code, answer.get_json()["type"]) == (410, "/problems/sharing-ended"), below
    assert ok(story.practitioner.get(path(ete, "/document")))["document"]
    assert {part["shared_until"] for part in story.referral(referral["id"])["destinations"]} == {LAST_DAY}


def test_the_list_shows_that_there_was_a_referral_and_nothing_of_the_person(story: Story) -> None:
    _, ete, _ = ended(story)
    (listed,) = ok(story.cast.crs_ete.get("/v1/destination-referrals"))["items"]
    assert (listed["id"], listed["state"], listed["sharing_ended"]) == (ete["id"], "accepted", True)
    assert listed["adjustments_to_answer"] == []
    shown = ok(story.cast.crs_ete.get(path(ete)))
    assert (shown["notices"], [move["detail"] for move in shown["moves"]]) == ([], [{}] * len(shown["moves"]))
    assert "Ellershaw" not in str(shown)


def test_a_tag_from_before_does_not_say_unchanged(story: Story) -> None:
    referral = story.submit(ending())
    ete = story.part(referral["id"], "crs", "education_training_and_employment")
    story.take_on(story.cast.crs_ete, ete["id"])
    of_document = story.cast.crs_ete.get(path(ete, "/document")).headers["ETag"]
    of_part = story.cast.crs_ete.get(path(ete)).headers["ETag"]
    story.clock.set(THE_DAY_AFTER)
    read = story.cast.crs_ete.get(path(ete, "/document"), if_none_match=of_document)
    assert read.status_code == 410
    assert story.cast.crs_ete.get(path(ete), if_none_match=of_part).status_code == 200


def test_nothing_is_pushed_when_sharing_has_ended(story: Story) -> None:
    _, ete, ap = ended(story)
    before = {name: len(story.feed(getattr(story.cast, name))) for name in ("crs_ete", "ap")}
    rosh = {"group": "known_adult", "level": "very_high", "who": "A partner.", "reason": "Threats today."}
    story.report_change(CRN, "rosh_changed", rosh=rosh)
    story.report_change(CRN, "missed_appointments")
    story.report_change(CRN, "threat", standing="alleged")
    document = story.practitioner.get(path(ete, "/document")).get_json()["version"]
    assert document == 1
    assert story.practitioner.post(path(ap, "/messages"), json={"body": "Is he in?"}).status_code == 410
    work(story)
    for name, read in before.items():
        assert names_told(story, getattr(story.cast, name), read) == ["destination_referral.sharing_ended"]
    work(story, "2026-08-30T09:00Z")
    for name, read in before.items():
        assert names_told(story, getattr(story.cast, name), read) == ["destination_referral.sharing_ended"]


def asked_because_of(story: Story, referral: Json, change: Json) -> list[Json]:
    """Return the requests that a change called for, whether they were sent or not."""
    found = ok(story.practitioner.get("/v1/check-requests", referral_id=referral["id"]))["items"]
    return [one for one in found if one["check_id"] in change["checks"]]


def test_nobody_is_asked_anything_new_and_the_spo_reads_what_was_not_asked(story: Story) -> None:
    referral, _, _ = ended(story)
    agencies = (story.cast.police, story.cast.council)
    before = [len(story.feed(caller)) for caller in agencies]
    sent = [len(ok(caller.get("/v1/check-requests"))["items"]) for caller in agencies]
    change = story.report_change(CRN, "new_relationship", **NEW_PARTNER)
    not_asked = asked_because_of(story, referral, change)
    assert not_asked
    assert {request["state"] for request in not_asked} == {"awaiting_details"}
    assert "basis" in {one["detail"] for request in not_asked for one in request["missing"]}
    for caller, read, there in zip(agencies, before, sent, strict=True):
        assert names_told(story, caller, read) == []
        assert len(ok(caller.get("/v1/check-requests"))["items"]) == there
    reviews = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]
    assert [one["owner"] for one in reviews if one["change_id"] == change["id"]] == ["spo"]
    # Another basis is named: what waited is asked.
    amend(story, referral, continuing(GOES_ON))
    asked_now = [ok(story.practitioner.get(f"/v1/checks/{one}"))["requests"] for one in change["checks"]]
    assert "requested" in {one["state"] for requests in asked_now for one in requests}


def test_a_force_whose_redirect_is_disputed_after_the_end_is_not_asked_again(story: Story) -> None:
    referral = story.submit(ending())
    (first,) = [one for one in story.requests(referral["id"], "police_da") if one["area"] == "west-yorkshire"]
    here, there = story.cast.police, story.cast.other_police
    story.move_request(here, first["id"], "misdirect", to_area="greater-manchester", reason="Moved.")
    second = {"id": ok(story.practitioner.get(f"/v1/check-requests/{first['id']}"))["succeeded_by"]}
    story.clock.set(THE_DAY_AFTER)
    moved = story.move_request(there, second["id"], "misdirect", to_area="west-yorkshire", reason="Not ours.")
    assert moved["state"] == "acknowledged"
    seen = ok(story.practitioner.get(f"/v1/check-requests/{first['id']}"))
    assert (seen["state"], seen["redirect_disputed"]) == ("misdirected", False)
    assert ok(story.practitioner.get(f"/v1/check-requests/{second['id']}"))["redirect_disputed"]


def test_a_request_says_on_which_law_it_rests(story: Story) -> None:
    story.submit(ending())
    for caller, law in (
        (story.cast.police, "Criminal Justice Act 2003, section 325"),
        (story.cast.council, "Children Act 2004, sections 10 and 11"),
    ):
        for one in ok(caller.get("/v1/check-requests"))["items"]:
            read = ok(caller.get(f"/v1/check-requests/{one['id']}"))
            assert read["gateway"] == law
            assert read["purpose"]
            assert all(read[name] for name in ("regime", "condition", "receiver_regime"))


def test_a_referral_is_not_sent_when_the_licence_has_ended(story: Story) -> None:
    story.clock.set(THE_DAY_AFTER)
    document = ending()
    document["release"] |= {"date": "2026-03-24"}
    referral = story.submit(document)
    ete = story.part(referral["id"], "crs", "education_training_and_employment")
    assert ete["state"] == "incomplete"
    assert [gap["pointer"] for gap in ete["missing"]] == ["/sharing_basis/legal_basis"]
    amend(story, referral, continuing(GOES_ON))
    assert story.part(referral["id"], "crs", "education_training_and_employment")["state"] == "sent"


@pytest.mark.parametrize("code", ["consent"])
def test_a_basis_that_carries_nothing_is_taken_and_is_a_gap(story: Story, code: str) -> None:
    document = darren_and_toby("CON-1", crn=CRN)
    document["sharing_basis"] = {"legal_basis": code, "person_told": True}
    referral = story.submit(document)
    for part in referral["destinations"]:
        assert part["state"] == "incomplete"
        assert "/sharing_basis/legal_basis" in [gap["pointer"] for gap in part["missing"]]
    amend(story, referral, {"sharing_basis": {"legal_basis": "safeguarding", "person_told": True}})
    assert story.part(referral["id"], "mappa")["state"] == "sent"


def test_what_a_destination_has_goes_on_without_health_on_a_basis_that_carries_none(story: Story) -> None:
    referral = story.submit(darren_and_toby("HEALTH", crn=CRN))
    ete = story.part(referral["id"], "crs", "education_training_and_employment")
    assert "self" in story.document(story.cast.crs_ete, ete["id"])["document"]["risk"]
    amend(story, referral, {"sharing_basis": {"legal_basis": "crime_prevention", "person_told": True}})
    read = story.document(story.cast.crs_ete, ete["id"])["document"]
    assert "self" not in read["risk"]
    assert all("detail" not in one for one in read["adjustments"])
    assert [one["kind"] for one in read["adjustments"]], "the kind says what staff do, not why"
    part = story.part(referral["id"], "crs", "education_training_and_employment")
    assert "/sharing_basis/legal_basis" in [gap["pointer"] for gap in part["missing"]]
    amend(story, referral, {"sharing_basis": {"legal_basis": "safeguarding", "person_told": True}})
    assert "self" in story.document(story.cast.crs_ete, ete["id"])["document"]["risk"]


@pytest.mark.parametrize(
    ("basis", "pointer"),
    [
        (GOES_ON | {"legal_basis": "statutory_supervision"}, "/sharing_basis/continues/0/legal_basis"),
        (GOES_ON | {"legal_basis": "consent"}, "/sharing_basis/continues/0/legal_basis"),
        ({"legal_basis": "safeguarding", "until": "2026-09-30"}, "/sharing_basis/continues/0/reason"),
        ({"legal_basis": "safeguarding", "reason": "A child."}, "/sharing_basis/continues/0/until"),
        (GOES_ON | {"destinations": ["marac"]}, "/sharing_basis/continues/0/destinations/0"),
        (
            GOES_ON
            | {"legal_basis": "vital_interests", "destinations": ["crs:education_training_and_employment"]},
            "/sharing_basis/continues/0/destinations/0",
        ),
    ],
)
def test_a_basis_that_cannot_go_on_is_refused_with_its_place(story: Story, basis: Json, pointer: str) -> None:
    answer = story.practitioner.post("/v1/referrals", json=ending() | continuing(basis))
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]


def test_a_document_names_the_law_it_is_shared_under(story: Story) -> None:
    referral, ete, _ = ended(story, ending() | continuing(GOES_ON))
    story.clock.set(f"{LAST_DAY}T09:00Z")
    first = story.cast.crs_ete.get(path(ete, "/document"))
    assert {name: first.get_json()[name] for name in ("legal_basis", "gateway", "regime", "condition")} == {
        "legal_basis": "statutory_supervision",
        "gateway": "Offender Management Act 2007, section 14",
        "regime": "law enforcement: Part 3 of the Data Protection Act 2018",
        "condition": "section 35(2)(b); for sensitive processing section 35(5) and Schedule 8, "
        "paragraph 1 (statutory purposes)",
    }
    rows = as_owner("SELECT DISTINCT legal_basis, gateway FROM disclosure")
    assert [(row["legal_basis"], row["gateway"]) for row in rows] == [
        ("statutory_supervision", "Offender Management Act 2007, section 14")
    ]
    story.clock.set(THE_DAY_AFTER)
    then = story.cast.crs_ete.get(path(ete, "/document"), if_none_match=first.headers["ETag"])
    assert then.status_code == 200
    assert then.get_json()["legal_basis"] == "public_protection"
    assert then.get_json()["gateway"] == (
        "Offender Management Act 2007, section 14, and the common law: a pressing need to protect somebody"
    )
    mappa = story.document(story.cast.mappa, story.part(referral["id"], "mappa")["id"])
    assert mappa["gateway"] == "Criminal Justice Act 2003, section 325", "and to CRS never MAPPA"
    story.report_change(
        CRN, "rosh_changed", rosh={"group": "staff", "level": "very_high", "reason": "Threats to staff."}
    )
    assert story.document(story.cast.crs_ete, ete["id"])["version"] == 2
    assert as_owner("SELECT legal_basis FROM disclosure WHERE version_number = 2")[0]["legal_basis"] == (
        "public_protection"
    )


def test_sharing_goes_on_with_those_it_is_named_for_until_its_own_end(story: Story) -> None:
    referral, ete, ap = ended(story)
    work(story)
    before = len(story.feed(story.cast.ap))
    amend(story, referral, continuing(GOES_ON | {"destinations": ["approved_premises"]}))
    assert story.document(story.cast.ap, ap["id"])["legal_basis"] == "public_protection"
    assert names_told(story, story.cast.ap, before)[0] == "destination_referral.sharing_continued"
    assert story.part(referral["id"], "approved_premises")["next_update_due"]
    assert story.cast.crs_ete.get(path(ete, "/document")).status_code == 410
    story.clock.set("2026-10-01T09:00Z")
    assert story.cast.ap.get(path(ap, "/document")).status_code == 410


def staying(story: Story) -> tuple[Json, Json]:
    """Let somebody live in the premises until after the licence has ended; the referral and the part."""
    referral = story.submit(ending())
    ap = story.part(referral["id"], "approved_premises")
    story.take_on(story.cast.ap, ap["id"])
    stays = {"expected_arrival": "2026-03-24", "expected_departure": "2026-08-30"}
    ok(story.place(story.cast.ap, ap["id"], "offer", **stays))
    ok(story.place(story.practitioner, ap["id"], "confirm"))
    story.clock.set("2026-03-24T15:00Z")
    ok(story.place(story.cast.ap, ap["id"], "record_arrival", arrived_on="2026-03-24"))
    story.clock.set("2026-07-20T09:00Z")
    return referral, ap


def test_whoever_still_houses_somebody_reads_on_while_the_stay_lasts(story: Story) -> None:
    _, ap = staying(story)
    work(story)
    assert story.document(story.cast.ap, ap["id"])["legal_basis"] == "stay"
    left = {"departed_on": "2026-07-20", "reason": "Moved on.", "departed_to": "whereabouts_unknown"}
    ok(story.place(story.cast.ap, ap["id"], "record_departure", without_agreement=True, **left))
    assert story.document(story.cast.ap, ap["id"])["legal_basis"] == "stay"
    story.clock.set("2026-07-21T09:00Z")
    assert story.cast.ap.get(path(ap, "/document")).status_code == 410


def test_the_gate_waits_for_nobody_with_whom_sharing_has_ended(story: Story) -> None:
    """MAPPA said nothing and is asked nothing any more: what nobody can answer holds nobody back."""
    _, ap = staying(story)
    ok(story.place(story.practitioner, ap["id"], "propose_move_on", address=HOME))
    outstanding = ok(story.practitioner.get(path(ap, "/placement")))["outstanding"]
    assert {one["code"] for one in outstanding} == {"check_request", "probation_agreement"}


def test_the_accountable_practitioner_is_notified_28_and_5_days_before(story: Story) -> None:
    referral = story.submit(ending())
    work(story, "2026-06-01T22:00Z")
    assert story.told(story.practitioner, "referral.sharing_ending") == []
    work(story, "2026-06-02T09:00Z")
    (told,) = story.told(story.practitioner, "referral.sharing_ending")
    assert told["subject"]["href"] == f"/v1/referrals/{referral['id']}"
    assert told["data"]["ends_on"] == LAST_DAY
    assert told["data"]["open"]["open_check"] >= 1
    assert steps() == [("days_28", "p.shah")]
    work(story, "2026-06-25T09:00Z")
    assert steps() == [("days_28", "p.shah"), ("days_5", "p.shah")]
    work(story, "2026-07-20T09:00Z")
    assert [step for step, _ in steps()] == ["days_28", "days_5"]


def test_a_licence_that_lasts_longer_has_its_own_warning(story: Story) -> None:
    referral = story.submit(ending())
    work(story, "2026-06-03T09:00Z")
    document = ending()
    document["sentence"] |= {"expiry_date": "2026-12-31", "licence_expiry_date": "2026-12-31"}
    amend(story, referral, {"sentence": document["sentence"]})
    work(story, "2026-07-20T09:00Z")
    assert [step for step, _ in steps()] == ["days_28"]
    work(story, "2026-12-04T09:00Z")
    assert [step for step, _ in steps()] == ["days_28", "days_28"]


def steps() -> list[tuple[str, str]]:
    """Return each step of the warnings that was notified, with whom."""
    rows = as_owner(
        "SELECT f.step_key, i.holder FROM clock c JOIN clock_firing f ON f.clock_id = c.id "
        "JOIN notice_item i ON i.firing_id = f.id WHERE c.timer = 'sharing_end' ORDER BY f.due_at"
    )
    return [(row["step_key"], row["holder"]) for row in rows]


@pytest.mark.parametrize("finished", [False, True])
def test_a_concern_after_the_end_reaches_the_spo_of_the_last_unit(story: Story, finished: bool) -> None:
    _, ete, _ = ended(story)
    if finished:
        story.clock.set("2026-06-29T09:00Z")
        story.move(story.cast.crs_ete, ete["id"], "start")
        story.move(story.cast.crs_ete, ete["id"], "complete", outcome_code="achieved")
        story.clock.set(THE_DAY_AFTER)
    work(story)
    before = len(story.feed(story.cast.crs_ete))
    body = {
        "occurred_on": "2026-07-01",
        "details": "He came to the office and threatened his former partner.",
        "people": ["partner"],
    }
    receipt = ok(story.cast.crs_ete.post(path(ete, "/concerns"), json=body), 201)
    assert ok(story.cast.crs_ete.get(path(ete, "/concerns")))["items"] == [receipt]
    reviews = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]
    (review,) = [one for one in reviews if one["owner"] == "spo"]
    assert review["urgency"] == "urgent"
    assert len(story.feed(story.cast.crs_ete)) == before
    story.clock.move(timedelta(hours=8))
    work(story)
    notified = as_owner(
        "SELECT DISTINCT i.role FROM clock c JOIN clock_firing f ON f.clock_id = c.id "
        "JOIN notice_item i ON i.firing_id = f.id WHERE c.subject_kind = 'review'"
    )
    assert [row["role"] for row in notified] == ["spo"]
