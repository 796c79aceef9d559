"""After the licence has ended: what still has a way in, what goes out no more, and what a basis carries."""

from datetime import timedelta

import pytest

from service import clock
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.journeys.ending import (
    CRN,
    GOES_ON,
    NEW_PARTNER,
    THE_DAY_AFTER,
    amend,
    continuing,
    ended,
    ending,
    path,
    work,
)
from tests.people.factories import as_owner
from tests.referrals import samples
from tests.rows import person_at

pytestmark = pytest.mark.long

HE_WILL = "He said that he will kill her."


def roles_notified(subject: str, timer: str) -> list[str]:
    """Return the roles that open clocks of a timer have notified so far, in order."""
    rows = as_owner(
        "SELECT i.role FROM clock c JOIN clock_firing f ON f.clock_id = c.id "
        "JOIN notice_item i ON i.firing_id = f.id "
        f"WHERE c.subject_kind = '{subject}' AND c.timer = '{timer}' ORDER BY f.due_at, i.role"
    )
    return list(dict.fromkeys(row["role"] for row in rows))


def reviews_of_spo(story: Story) -> list[Json]:
    reviews = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]
    return [one for one in reviews if one["owner"] == "spo"]


def was_asked(story: Story, change: Json) -> bool:
    """Return whether what a change called for was asked: some of it was sent, and no basis is missing."""
    requests = [
        one
        for check in change["checks"]
        for one in ok(story.practitioner.get(f"/v1/checks/{check}"))["requests"]
    ]
    lacking = {gap["detail"] for one in requests if one["state"] != "superseded" for gap in one["missing"]}
    sent = any(one["state"] == "requested" for one in requests)
    assert sent is ("basis" not in lacking)
    return sent


def test_a_late_answer_goes_to_the_spo_within_the_hour_and_not_up_the_ordinary_ladder(story: Story) -> None:
    ended(story)
    work(story)
    asked_of = story.inbox(story.cast.police)[0]
    story.answer(story.cast.police, asked_of["id"], NOTHING_KNOWN, nothing_found=True)
    story.clock.move(timedelta(hours=1, minutes=1))
    work(story)
    assert roles_notified("check_request", "review") == ["spo"]


def test_whoever_has_reviewed_a_late_answer_waits_for_the_manager_who_countersigns(story: Story) -> None:
    ended(story)
    work(story)
    asked_of = story.inbox(story.cast.police)[0]
    story.answer(story.cast.police, asked_of["id"], NOTHING_KNOWN, nothing_found=True)
    check = as_owner(f"SELECT check_id FROM check_request WHERE id = '{asked_of['id']}'")[0]["check_id"]
    review = story.review_answer(check, asked_of["id"], "risk", reason="He was seen there.")["reviews"][-1]
    assert review["countersignature_needed"]
    clocks = "SELECT state FROM clock WHERE subject_kind = 'check_request' AND timer = 'review'"
    assert as_owner(clocks) == [{"state": "paused"}]
    story.clock.move(timedelta(hours=2))
    work(story)
    assert roles_notified("check_request", "review") == []


def test_news_on_an_answer_that_nobody_had_reviewed_goes_to_the_spo_within_the_hour(story: Story) -> None:
    story.submit(ending())
    asked_of = story.inbox(story.cast.police)[0]
    story.clock.set("2026-06-30T09:00Z")
    work(story)
    story.answer(story.cast.police, asked_of["id"], NOTHING_KNOWN, nothing_found=True)
    story.clock.set(THE_DAY_AFTER)
    work(story)
    assert "spo" not in roles_notified("check_request", "review")
    story.answer(story.cast.police, asked_of["id"], NOTHING_KNOWN, nothing_found=True)
    story.clock.move(timedelta(hours=1, minutes=1))
    work(story)
    assert roles_notified("check_request", "review")[-1] == "spo"


def test_an_answer_in_time_goes_to_the_practitioner(story: Story) -> None:
    story.submit(ending())
    asked_of = story.inbox(story.cast.police)[0]
    story.answer(story.cast.police, asked_of["id"], NOTHING_KNOWN, nothing_found=True)
    story.wait(days=8)
    assert roles_notified("check_request", "review")[0] == "practitioner"


def test_what_a_destination_writes_after_the_end_is_read_by_the_spo(story: Story) -> None:
    _, ete, _ = ended(story)
    work(story)
    before = story.cast.crs_ete.get(path(ete, "/concerns")).get_json()["items"]
    ok(story.cast.crs_ete.post(path(ete, "/messages"), json={"body": HE_WILL}), 201)
    (review,) = reviews_of_spo(story)
    assert review["urgency"] == "urgent"
    changes = ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance"))["items"]
    (change,) = [one for one in changes if one["id"] == review["change_id"]]
    assert (change["kind"], change["details"]) == ("late_news", HE_WILL)
    story.clock.move(timedelta(hours=5))
    work(story)
    assert roles_notified("review", "review") == ["spo"]
    after = story.cast.crs_ete.get(path(ete, "/concerns")).get_json()["items"]
    assert before == after == [], "a message is no report of a concern"


def test_an_update_after_the_end_has_a_reader_and_one_before_it_needs_none(story: Story) -> None:
    referral = story.submit(ending())
    mappa = story.part(referral["id"], "mappa")
    story.document(story.cast.mappa, mappa["id"])
    level = {"level": "2", "decided_on": clock.today().isoformat(), "rationale": "Threats."}
    body = {"kind": "level_decision", "content": level}
    ok(story.cast.mappa.post(path(mappa, "/updates"), json=body), 201)
    assert reviews_of_spo(story) == []
    story.clock.set(THE_DAY_AFTER)
    ok(story.cast.mappa.post(path(mappa, "/updates"), json=body), 201)
    assert len(reviews_of_spo(story)) == 1


def test_the_words_of_a_move_after_the_end_have_a_reader_too(story: Story) -> None:
    _, ete, _ = ended(story)
    story.move(story.cast.crs_ete, ete["id"], "start")
    assert reviews_of_spo(story) == []
    story.move(story.cast.crs_ete, ete["id"], "put_on_hold", reason=HE_WILL)
    assert len(reviews_of_spo(story)) == 1


def test_mappa_reports_a_concern_as_every_destination_does(story: Story) -> None:
    referral = story.submit(ending())
    mappa = story.part(referral["id"], "mappa")
    body = {"occurred_on": "2026-03-02", "details": HE_WILL, "people": ["partner"], "immediate_danger": False}
    receipt = ok(story.cast.mappa.post(path(mappa, "/concerns"), json=body), 201)
    changes = ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance"))["items"]
    assert [one["kind"] for one in changes if one["id"] == receipt["id"]] == ["mappa_concern"]


def test_a_question_of_an_agency_is_not_answered_after_the_end_without_a_basis(story: Story) -> None:
    referral = story.submit(ending())
    police = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, police["id"], "return_for_information", question="Any alias?")
    story.clock.set(THE_DAY_AFTER)
    work(story)
    at = f"/v1/check-requests/{police['id']}"
    before = len(story.feed(story.cast.police))
    body = {"action": "answer_information", "answer": "He also calls himself Dez."}
    tag = story.practitioner.get(at).headers["ETag"]
    refused = story.practitioner.post(f"{at}/transitions", json=body, if_match=tag)
    assert refused.status_code == 409
    assert refused.get_json()["missing"] == ["basis"]
    assert "Dez" not in str(ok(story.cast.police.get(at)))
    assert len(story.feed(story.cast.police)) == before
    amend(story, referral, continuing(GOES_ON))
    tag = story.practitioner.get(at).headers["ETag"]
    ok(story.practitioner.post(f"{at}/transitions", json=body, if_match=tag))
    assert "Dez" in str(ok(story.cast.police.get(at)))


def test_an_agency_hears_nothing_when_a_question_is_owed_again_after_the_end(story: Story) -> None:
    story.submit(ending())
    request = story.inbox(story.cast.police)[0]
    story.move_request(
        story.practitioner, request["id"], "stop_wrong_person", reason="She is another of the name."
    )
    story.clock.set(THE_DAY_AFTER)
    work(story)
    before = len(story.feed(story.cast.police))
    ok(story.decide_telling(request["id"], agreed=False))
    assert len(story.feed(story.cast.police)) == before
    stopped = ok(story.practitioner.get(f"/v1/check-requests/{request['id']}"))
    check = ok(story.practitioner.get(f"/v1/checks/{stopped['check_id']}"))
    again = [one for one in check["requests"] if one["state"] == "awaiting_details"]
    assert ["basis"] in [[gap["detail"] for gap in one["missing"]] for one in again]


@pytest.mark.parametrize(
    ("named_for", "is_asked"),
    [
        (None, True),
        (["checks"], True),
        (["approved_premises", "checks"], True),
        (["approved_premises"], False),
    ],
)
def test_a_basis_carries_only_what_it_is_for(
    story: Story, named_for: list[str] | None, *, is_asked: bool
) -> None:
    """Named for the approved premises alone it opens no question to the police or children's services."""
    named = {"legal_basis": "vital_interests"} | ({"destinations": named_for} if named_for else {})
    ended(story, ending() | continuing(GOES_ON | named))
    work(story)
    change = story.report_change(CRN, "new_relationship", **NEW_PARTNER)
    assert was_asked(story, change) is is_asked


def test_a_stay_is_no_basis_for_asking_agencies(story: Story) -> None:
    referral = story.submit(ending())
    ap = story.part(referral["id"], "approved_premises")
    story.take_on(story.cast.ap, ap["id"])
    stays = {"expected_arrival": "2026-03-24", "expected_departure": "2026-08-30"}
    ok(story.place(story.cast.ap, ap["id"], "offer", **stays))
    ok(story.place(story.practitioner, ap["id"], "confirm"))
    story.clock.set("2026-03-24T15:00Z")
    ok(story.place(story.cast.ap, ap["id"], "record_arrival", arrived_on="2026-03-24"))
    story.clock.set("2026-07-20T09:00Z")
    work(story)
    assert story.document(story.cast.ap, ap["id"])["legal_basis"] == "stay"
    change = story.report_change(CRN, "new_relationship", **NEW_PARTNER)
    assert not was_asked(story, change)


def refused_basis(story: Story, document: Json) -> list[Json]:
    answer = story.practitioner.post("/v1/referrals", json=document)
    assert answer.status_code == 422, answer.text
    errors: list[Json] = answer.get_json()["errors"]
    return errors


def test_a_continuing_basis_without_the_health_that_the_case_has_is_refused_with_those_that_fit(
    story: Story,
) -> None:
    (error,) = refused_basis(
        story, ending() | continuing(GOES_ON | {"legal_basis": "crime_prevention", "destinations": ["mappa"]})
    )
    assert error["pointer"] == "/sharing_basis/continues/0/legal_basis"
    assert error["detail"] == (
        "Does not carry health, which mappa is sent. These do: public_protection, safeguarding, "
        "vital_interests."
    )


def test_a_continuing_basis_that_carries_none_of_the_destinations_is_refused(story: Story) -> None:
    document = samples.minimal("NONE", crn=CRN) | continuing(GOES_ON | {"legal_basis": "vital_interests"})
    (error,) = refused_basis(story, document)
    assert error["detail"].startswith("Carries no destination that is asked for. These do: public_protection")


def test_a_basis_for_checks_alone_is_taken_whatever_health_there_is(story: Story) -> None:
    only = GOES_ON | {"legal_basis": "crime_prevention", "destinations": ["checks"]}
    ended(story, ending() | continuing(only))
    work(story)
    change = story.report_change(CRN, "new_relationship", **NEW_PARTNER)
    assert was_asked(story, change)


def test_an_end_that_nobody_knows_is_advice_and_climbs_until_it_is_given(story: Story) -> None:
    document = samples.urgent_from_court()
    preview = ok(story.practitioner.post("/v1/referrals/preview", json=document, idempotency_key=None))
    for one in preview["destinations"]:
        assert "no_end_of_supervision" in {each["code"] for each in one["advice"]}
    referral = story.submit(document)
    assert {one["shared_until"] for one in referral["destinations"]} == {None}
    story.wait(days=9)
    assert roles_notified("referral", "sharing_basis") == ["practitioner", "spo"]
    amend(story, referral, {"sentence": {"licence_expiry_date": "2026-09-30"}})
    story.wait(days=9)
    assert roles_notified("referral", "sharing_basis") == ["practitioner", "spo"]
    parts = story.referral(referral["id"])["destinations"]
    assert {one["shared_until"] for one in parts} == {"2026-09-30"}


def test_a_licence_for_life_owes_no_end(story: Story) -> None:
    referral = story.submit(samples.urgent_from_court() | {"sentence": {"type": "life"}})
    assert {one["shared_until"] for one in referral["destinations"]} == {None}
    story.wait(days=20)
    assert roles_notified("referral", "sharing_basis") == []


def test_what_is_withdrawn_owes_no_end(story: Story) -> None:
    referral = story.submit(samples.minimal("GONE", crn=CRN))
    for part in referral["destinations"]:
        story.move(story.practitioner, part["id"], "withdraw", reason="Asked in error.")
    story.wait(days=20)
    assert roles_notified("referral", "sharing_basis") == []


def test_a_new_referral_after_the_end_is_stored_and_waits_for_a_basis_that_goes_on(story: Story) -> None:
    ended(story)
    work(story)
    document = samples.urgent_from_court("URG-9", crn=CRN, today=clock.today())
    referral = story.submit(document)
    for part in referral["destinations"]:
        assert part["state"] == "incomplete"
        assert "/sharing_basis/legal_basis" in [gap["pointer"] for gap in part["missing"]]
    change = story.report_change(CRN, "new_relationship", **NEW_PARTNER)
    assert not was_asked(story, change)
    story.clock.move(timedelta(hours=5))
    work(story)
    assert roles_notified("referral", "sharing_basis")[0] == "practitioner"
    amend(story, referral, continuing(GOES_ON))
    assert story.part(referral["id"], "mappa")["state"] == "sent"
    assert was_asked(story, change)


def test_a_new_sentence_has_its_own_end(story: Story) -> None:
    ended(story)
    work(story)
    document = samples.urgent_from_court("URG-9", crn=CRN, today=clock.today())
    referral = story.submit(document | {"sentence": {"licence_expiry_date": "2027-03-31"}})
    assert story.part(referral["id"], "mappa")["state"] == "sent"
    change = story.report_change(CRN, "new_relationship", **NEW_PARTNER)
    assert was_asked(story, change)


def test_an_arrival_that_is_recorded_late_has_a_way_in(story: Story) -> None:
    ap = story.part(story.submit(ending())["id"], "approved_premises")
    story.take_on(story.cast.ap, ap["id"])
    stays = {"expected_arrival": "2026-06-20", "expected_departure": "2026-08-30"}
    ok(story.place(story.cast.ap, ap["id"], "offer", **stays))
    ok(story.place(story.practitioner, ap["id"], "confirm"))
    stale = story.cast.ap.get(path(ap, "/placement")).headers["ETag"]
    story.clock.set(THE_DAY_AFTER)
    work(story)
    arrival = {"action": "record_arrival", "arrived_on": "2026-06-20"}
    refused = story.cast.ap.post(path(ap, "/placement"), json=arrival, if_match=stale)
    assert refused.status_code == 412
    read = story.cast.ap.get(path(ap, "/placement"))
    shown = ok(read)
    assert (shown["state"], shown["move_on"], shown["outstanding"]) == ("confirmed", None, [])
    assert shown["details"] == {}
    assert all(move["detail"] == {} for move in shown["moves"])
    ok(story.cast.ap.post(path(ap, "/placement"), json=arrival, if_match=read.headers["ETag"]))
    assert story.document(story.cast.ap, ap["id"])["legal_basis"] == "stay"


def test_what_a_destination_says_with_any_act_after_the_end_has_a_reader(story: Story) -> None:
    referral = story.submit(ending())
    ete = story.part(referral["id"], "crs", "education_training_and_employment")
    crs, ap = (
        story.part(referral["id"], "crs", "accommodation"),
        story.part(referral["id"], "approved_premises"),
    )
    story.take_on(story.cast.ap, ap["id"])
    story.document(story.cast.crs, crs["id"])
    story.document(story.cast.crs_ete, ete["id"])
    for caller, part in ((story.cast.crs, crs), (story.cast.crs_ete, ete)):
        kinds = ok(caller.get(path(part)))["adjustments_to_answer"]
        if kinds:
            answers = [{"kind": kind, "can_meet": True} for kind in kinds]
            story.update(caller, part["id"], "adjustments", answers=answers)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    ok(story.place(story.cast.ap, ap["id"], "offer", **days))
    ok(story.place(story.practitioner, ap["id"], "confirm"))
    story.clock.set(THE_DAY_AFTER)
    work(story)
    story.move(story.cast.crs_ete, ete["id"], "accept", note="He came with a little girl.")
    declined = {"reason_code": "risk_not_manageable", "alternative": "He hit a worker; call the police."}
    story.move(story.cast.crs, crs["id"], "decline", **declined)
    ok(story.place(story.cast.ap, ap["id"], "record_non_arrival", reason="Seen at her door instead."))
    changes = ok(story.spo.get(f"{person_at(CRN)}/changes-of-circumstance", limit=500))["items"]
    late = {one["details"]: one for one in changes if one["kind"] == "late_news"}
    assert late.keys() == {
        "He came with a little girl.",
        "He hit a worker; call the police.",
        "Seen at her door instead.",
    }
    for one in late.values():
        (review,) = one["reviews"]
        assert (review["owner"], review["state"]) == ("spo", "open")
        assert review["due_at"] is not None


def test_a_late_answer_without_a_word_has_a_reader(story: Story) -> None:
    referral = story.submit(ending())
    ete = story.part(referral["id"], "crs", "education_training_and_employment")
    story.document(story.cast.crs_ete, ete["id"])
    story.clock.set(THE_DAY_AFTER)
    story.move(story.cast.crs_ete, ete["id"], "decline", reason_code="risk_not_manageable")
    (change,) = ok(story.spo.get(f"{person_at(CRN)}/changes-of-circumstance"))["items"]
    assert (change["kind"], change["details"]) == ("late_news", None)
