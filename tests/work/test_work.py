"""What each caller has to do, over HTTP: theirs and nobody else's, and never what waits for another."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from service import db
from service.audit.model import AuditEntry
from service.organisations.model import Staff
from service.people.model import Person
from service.timers.model import Clock
from tests import rows
from tests.cast import Caller
from tests.checks.factories import police_answer
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

CRN = "X320741"


def work(caller: Caller, **query: Any) -> list[Json]:
    found: list[Json] = ok(caller.get("/v1/work", limit=500, **query))["items"]
    return found


def kinds(caller: Caller, **query: Any) -> set[str]:
    return {one["kind"] for one in work(caller, **query)}


def person_id(crn: str = CRN) -> str:
    return person_at(crn).rpartition("/")[2]


def entries() -> int:
    with db.transaction("owner") as session:
        return session.scalars(select(func.count()).select_from(AuditEntry)).one()


def test_each_has_what_it_was_asked_and_reads_from_the_list_what_to_do(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    (part,) = (one for one in referral["destinations"] if one["kind"] == "approved_premises")
    (asked,) = work(story.cast.ap)
    assert asked["person"] == {"id": None, "name": "Darren Ellershaw", "crn": CRN, "age": 37}
    assert (asked["kind"], asked["owner"]) == ("decide_referral", {"side": "partner", "role": None})
    assert asked["subject"]["href"] == f"/v1/destination-referrals/{part['id']}"
    assert asked["move"]["operation"] == "move_destination_referral"
    assert asked["move"]["href"] == f"/v1/destination-referrals/{part['id']}/transitions"
    assert {"receive", "accept", "decline"} <= set(asked["move"]["transitions"])
    assert asked["other_party"]["organisation"] == "Yorkshire and the Humber"
    assert asked["other_party"]["name"] == "p.shah"
    assert (asked["overdue"], asked["step"], asked["carried_over"]) == (False, None, False)
    assert asked["practitioner_contact"]["name"] == "p.shah"
    assert not {"practitioner", "pdu", "referral_id"} & asked.keys()

    police = work(story.cast.police)
    assert {one["kind"] for one in police} == {"answer_check"}
    assert police[0]["person"]["name"] == "Darren Ellershaw"
    assert (police[0]["person"]["crn"], police[0]["person"]["age"]) == (None, 37)
    assert police[0]["move"]["href"] == f"{police[0]['subject']['href']}/results"
    assert kinds(story.practitioner) & {"decide_referral", "answer_check"} == set()


def test_what_probation_owes_is_on_its_practitioners_list_and_on_no_partners(story: Story) -> None:
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "return_for_information", question="Which address?")
    (owed,) = (one for one in work(story.practitioner, mine="yes") if one["kind"] == "answer_agency")
    assert owed["person"] == {"id": person_id(), "name": "Darren Ellershaw", "crn": CRN, "age": 37}
    assert owed["owner"] == {"side": "probation", "role": "practitioner"}
    assert owed["other_party"]["organisation"] == "West Yorkshire Police"
    assert owed["move"] == {
        "operation": "move_check_request",
        "href": f"/v1/check-requests/{request['id']}/transitions",
        "transitions": ["answer_information"],
    }
    subjects = {one["subject"]["id"] for one in work(story.cast.police)}
    assert request["id"] not in subjects, "it waits for probation, whose move it is"


def test_what_an_agency_refuses_is_probations_move(story: Story) -> None:
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "refuse", reason_code="other", reason="Not ours.")
    assert request["id"] not in {one["subject"]["id"] for one in work(story.cast.police)}
    (owed,) = work(story.practitioner, kind="settle_refusal")
    assert owed["subject"]["id"] == request["id"]
    assert owed["move"]["transitions"] == ["ask_again", "cancel"]
    assert work(story.practitioner, kind="answer_check") == []


def test_the_address_of_a_move_leads_to_what_it_is_about(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    found = police_answer()["findings"]
    story.answer(story.cast.police, request["id"], found, nothing_found=True)
    (owed,) = work(story.practitioner, kind="review_answer")
    (check,) = (
        one
        for one in story.checks(referral["id"], "police_da")
        if request["id"] in {each["id"] for each in one["requests"]}
    )
    assert owed["move"]["href"] == f"/v1/checks/{check['id']}/reviews"


def test_a_list_is_narrowed_counted_and_read_page_by_page(story: Story) -> None:
    for number in range(3):
        story.submit(darren_and_toby(f"REF-{number}", crn=f"X32074{number}"))
    everything = work(story.cast.police)
    assert [one["due_at"] for one in everything] == sorted(one["due_at"] for one in everything)
    first = ok(story.cast.police.get("/v1/work", limit=2, counts="yes"))
    assert first["counts"] == {"answer_check": len(everything)}
    rest = ok(story.cast.police.get("/v1/work", limit=500, after=first["next"]))
    assert [*first["items"], *rest["items"]] == everything
    assert rest["next"] is None
    newest = [one["id"] for one in work(story.cast.police, order="newest")]
    assert newest == [one["id"] for one in everything][::-1]

    soon = everything[0]["due_at"]
    assert work(story.cast.police, due_before=soon) == []
    assert work(story.cast.police, overdue="yes") == []
    assert work(story.cast.police, kind="decide_referral") == []
    story.clock.move(timedelta(days=14))
    assert len(work(story.cast.police, overdue="yes")) == len(everything)
    assert all(one["overdue"] for one in work(story.cast.police, overdue="yes"))


def test_a_list_is_narrowed_to_what_is_as_urgent(story: Story) -> None:
    story.submit(darren_and_toby())
    urgent = {"urgency": "urgent", "urgency_reason": "The release was brought forward."}
    story.submit(darren_and_toby("REF-2", crn="X320742") | urgent)
    everything = work(story.practitioner) + work(story.cast.police)
    assert {one["urgency"] for one in everything} == {"routine", "urgent"}
    for caller in (story.practitioner, story.cast.police):
        for urgency in ("routine", "urgent"):
            found = [one["id"] for one in work(caller) if one["urgency"] == urgency]
            assert [one["id"] for one in work(caller, urgency=urgency)] == found


def test_probation_narrows_to_a_person_and_to_a_unit_and_nobody_else_can(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "return_for_information", question="Which address?")
    owed = {one["id"] for one in work(story.practitioner)}
    unit = work(story.practitioner)[0]["pdu"]
    assert {one["id"] for one in work(story.practitioner, person=person_id())} == owed
    assert work(story.practitioner, person=referral["id"]) == []
    assert {one["id"] for one in work(story.practitioner, pdu=unit)} == owed
    assert work(story.practitioner, pdu="Hull") == []
    asked = work(story.cast.ap)
    assert asked
    assert work(story.cast.ap, person=person_id()) == [], "it does not know whose record that is"
    assert work(story.cast.ap, pdu="Hull") == asked, "which unit's it is, is probation's own"


def test_another_region_another_force_and_another_colleague_have_nothing_of_it(story: Story) -> None:
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "return_for_information", question="Which address?")
    assert work(story.cast.stranger.as_practitioner()) == []
    assert request["id"] not in {one["subject"]["id"] for one in work(story.cast.other_police)}
    assert work(story.cast.probation.as_practitioner("t.jones"), mine="yes") == []
    assert work(story.practitioner, mine="yes") != []


def test_only_those_who_may_know_of_a_limited_case_have_it_on_their_lists(story: Story) -> None:
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "return_for_information", question="Which address?")
    colleague = story.cast.probation.as_practitioner("t.jones")
    counted = ok(colleague.get("/v1/work", counts="yes"))["counts"]
    assert counted["answer_agency"] == 1
    seen = story.practitioner.get(f"{person_at(CRN)}/access").headers["ETag"]
    body = {"named": [], "reason": "A relative works here."}
    ok(story.practitioner.post(f"{person_at(CRN)}/limit", json=body, if_match=seen))
    assert work(colleague) == []
    assert ok(colleague.get("/v1/work", counts="yes"))["counts"] == {}
    assert "answer_agency" in kinds(story.practitioner)


def test_what_was_escalated_to_a_role_is_its_holders_until_it_is_acknowledged(story: Story) -> None:
    story.submit(darren_and_toby())
    officer = story.cast.police.as_practitioner("duty.manager", "duty_manager")
    assert work(officer, mine="yes") == []
    story.wait(days=14)
    mine = work(officer, mine="yes")
    assert mine
    assert {one["kind"] for one in mine} == {"answer_check"}
    of_role = work(story.cast.police, role="duty_manager")
    assert [one["id"] for one in of_role] == [one["id"] for one in mine]
    assert work(story.cast.police.as_practitioner("p.constable", "officer"), mine="yes") == []
    assert all(one["to_acknowledge"] and one["move"]["href"] for one in mine)
    for step in mine[0]["to_acknowledge"]:
        ok(officer.post(step["href"]))
    left = work(officer, mine="yes")
    assert [one["id"] for one in left] == [one["id"] for one in mine[1:]]

    spo = work(story.spo, mine="yes", kind="answer_check")
    assert spo, "the region's own step is not acknowledged by the force's manager"
    assert all(one["owner"]["side"] == "partner" and one["move"] is None for one in spo)
    assert work(story.practitioner, kind="answer_check") == [], "and the move is the force's"


def test_a_decision_of_a_manager_is_the_managers_and_not_the_practitioners(story: Story) -> None:
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    check = ok(story.practitioner.get(f"/v1/check-requests/{request['id']}"))["check_id"]
    body = {"kind": "check_not_required", "subject_id": check, "reason": "He lives elsewhere by now."}
    ok(story.practitioner.post("/v1/agreements", json=body), 201)
    (owed,) = work(story.spo, mine="yes", kind="decide_agreement")
    assert owed["owner"] == {"side": "probation", "role": "spo"}
    assert work(story.practitioner, mine="yes", kind="decide_agreement") == []
    assert [one["id"] for one in work(story.practitioner, role="spo")] == [owed["id"]]


def test_a_page_that_has_not_changed_is_not_sent_again_and_not_recorded(story: Story) -> None:
    story.submit(darren_and_toby())
    story.cast.police.token()
    before = entries()
    seen = story.cast.police.get("/v1/work")
    assert entries() == before + 2, "the search, and the one person it showed"
    again = story.cast.police.get("/v1/work", if_none_match=seen.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert entries() == before + 2
    story.wait(days=14)
    late = story.cast.police.get("/v1/work", if_none_match=seen.headers["ETag"])
    assert late.status_code == 200, "what is overdue by now is shown as that"


def test_a_page_is_sent_again_once_somebody_on_it_has_another_name(story: Story) -> None:
    story.submit(darren_and_toby())
    readers = [story.practitioner, story.cast.ap, story.cast.police]
    seen = [one.get("/v1/work").headers["ETag"] for one in readers]
    tag = story.practitioner.get(person_at(CRN)).headers["ETag"]
    named = {"name": {"given": "Damien"}}
    ok(story.practitioner.patch(person_at(CRN), json=named, if_match=tag))
    for reader, before in zip(readers, seen, strict=True):
        again = ok(reader.get("/v1/work", if_none_match=before))
        assert {one["person"]["name"] for one in again["items"]} == {"Damien Ellershaw"}


def test_a_page_on_which_a_name_was_put_right_is_sent_again(story: Story) -> None:
    story.submit(darren_and_toby())
    callers = (story.practitioner, story.cast.police)
    seen = [caller.get("/v1/work").headers["ETag"] for caller in callers]
    with rows.transaction() as session:
        session.execute(update(Person).where(Person.crn == CRN).values(family_name="Ellerton"))
        session.execute(update(Staff).where(Staff.id == "p.shah").values(name="Priya Shaw"))
    for caller, tag in zip(callers, seen, strict=True):
        again = caller.get("/v1/work", if_none_match=tag)
        assert again.status_code == 200
        assert again.headers["ETag"] != tag
        assert {one["person"]["name"] for one in again.get_json()["items"]} == {"Darren Ellerton"}
        assert caller.get("/v1/work", if_none_match=again.headers["ETag"]).status_code == 304


def test_work_follows_whoever_answers_for_the_case(story: Story) -> None:
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "return_for_information", question="Which address?")
    new = story.cast.probation.as_practitioner("a.new")
    assert work(new, mine="yes") == []
    holding = f"{person_at(CRN)}/holding"
    body = {"practitioner": "a.new"}
    seen = story.spo.get(holding).headers["ETag"]
    changed = story.spo.post(holding, json=body, if_match=seen)
    assert changed.status_code == 200, changed.text
    assert "answer_agency" in kinds(new, mine="yes")
    assert work(story.practitioner, mine="yes") == []


def test_a_caretaker_has_what_is_to_be_done_and_the_practitioner_what_stays_at_home(story: Story) -> None:
    story.submit(darren_and_toby())
    police = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, police["id"], "return_for_information", question="Which address?")
    with rows.transaction() as session:
        session.execute(
            update(Clock)
            .where(Clock.subject_kind == "check_request", Clock.timer == "reply")
            .values(caretaker="c.taker", caretaker_until=story.clock.at + timedelta(days=5))
        )
    caretaker = story.cast.probation.as_practitioner("c.taker")
    assert "answer_agency" in kinds(caretaker, mine="yes")
    assert "answer_agency" not in kinds(story.practitioner, mine="yes")
    story.clock.move(timedelta(days=5))
    assert "answer_agency" not in kinds(caretaker, mine="yes")
    assert "answer_agency" in kinds(story.practitioner, mine="yes")


def test_a_transfer_that_is_done_when_both_regions_say_so_names_the_other_one(story: Story) -> None:
    story.submit(darren_and_toby())
    offer = {"person_id": person_id(), "to_region": "N51", "reason": "He moves there."}
    transfer = ok(story.practitioner.post("/v1/transfers", json=offer), 201)
    manager = story.cast.stranger.as_practitioner("t.head", "pdu_head")
    (owed,) = work(manager, kind="answer_transfer")
    assert owed["subject"]["id"] == transfer["id"]
    assert owed["with"]["organisation"] == "Yorkshire and the Humber"
    assert {one["with"] for one in work(story.practitioner)} == {None}


def test_what_follows_a_stay_is_settled_with_its_destination(story: Story) -> None:
    """Probation agrees to where the person goes, and the premises extend the stay or record the departure."""
    referral = story.submit(darren_and_toby())
    ap = story.part(referral["id"], "approved_premises")["id"]
    story.take_on(story.cast.ap, ap)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    ok(story.place(story.cast.ap, ap, "offer", **days))
    ok(story.place(story.practitioner, ap, "confirm"))
    story.clock.set("2026-03-24T15:00:00Z")
    ok(story.place(story.cast.ap, ap, "record_arrival", arrived_on="2026-03-24"))
    owed = {one["kind"]: one for one in work(story.practitioner)}
    for kind in ("settle_end_of_stay", "name_move_on"):
        assert owed[kind]["owner"]["side"] == "probation"
        assert owed[kind]["with"]["organisation"] == "Elm House"


def test_whoever_owes_a_danger_confirms_the_step_that_was_theirs_however_far_it_has_climbed(
    story: Story,
) -> None:
    story.submit(darren_and_toby())
    body = {
        "kind": "death_in_error",
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    for kind in ("died", "death_in_error"):
        said = story.pdu_head.post(f"{person_at(CRN)}/changes-of-circumstance", json=body | {"kind": kind})
        ok(said, 201)
    story.wait(days=2)
    (owed,) = work(story.practitioner, mine="yes", kind="confirm_danger")
    office = story.cast.probation.as_practitioner("z.office", "region")
    assert [one["move"] for one in work(office, kind="confirm_danger")] == [owed["move"]]
    ok(story.practitioner.post(owed["move"]["href"], json={"done": "He sat here this morning."}))
    assert work(story.practitioner, kind="confirm_danger") == []
