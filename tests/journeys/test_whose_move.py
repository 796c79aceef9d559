"""A supervisor's Monday, a provider's Tuesday, a MASH's morning, a force's night: each from its list."""

from datetime import timedelta

from service import clock
from tests.cast import Caller
from tests.checks.factories import children_answer, police_answer
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

CRN = "X320741"


def work(caller: Caller, **query: str) -> list[Json]:
    found: list[Json] = ok(caller.get("/v1/work", limit=500, **query))["items"]
    return found


def test_a_supervisors_monday(story: Story) -> None:
    """She counts what her unit owes, and sees to what reached her: who is silent, and a decision."""
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    check = ok(story.practitioner.get(f"/v1/check-requests/{request['id']}"))["check_id"]
    body = {"kind": "check_not_required", "subject_id": check, "reason": "He lives elsewhere by now."}
    ok(story.practitioner.post("/v1/agreements", json=body), 201)
    story.wait(days=14)
    page = ok(story.spo.get("/v1/work", counts="yes", overdue="yes", pdu="Leeds"))
    assert sum(page["counts"].values()) == len(page["items"]) > 0
    assert {one["person"]["crn"] for one in page["items"] if one["person"]} == {CRN}
    assert all(one["owner"]["side"] == "probation" for one in page["items"])

    mine = work(story.spo, mine="yes")
    (asked,) = (one for one in mine if one["kind"] == "decide_agreement")
    seen = story.spo.get(asked["subject"]["href"]).headers["ETag"]
    decision = {"agreed": False, "reason": "We do not know that yet."}
    ok(story.spo.post(asked["move"]["href"], json=decision, if_match=seen))
    silent = [one for one in mine if one["kind"] == "answer_check"]
    assert {one["other_party"]["kind"] for one in silent} == {"police_force", "local_authority"}
    for one in mine:
        for step in one["to_acknowledge"]:
            ok(story.spo.post(step["href"]))
    assert work(story.spo, mine="yes") == []


def test_a_providers_tuesday_from_its_list_alone(story: Story) -> None:
    """It learns whom it is about, decides, acknowledges a change and reports, by what the list says."""
    story.submit(darren_and_toby())
    story.clock.move(timedelta(days=1))
    hostel = story.cast.ap
    (new,) = work(hostel)
    assert (new["kind"], new["person"]["name"], new["urgency"]) == (
        "decide_referral",
        "Darren Ellershaw",
        "routine",
    )
    story.take_on(hostel, new["subject"]["id"])
    (waiting,) = work(hostel)
    assert (waiting["kind"], waiting["move"]["operation"]) == ("report_update", "report_update")

    amended = darren_and_toby()
    amended["risk"]["rosh"]["public"] = {"level": "very_high"}
    path = f"/v1/referrals/{work_referral(story)}"
    seen = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{path}/versions", json=amended, if_match=seen))
    (change,) = work(hostel, kind="acknowledge_change")
    assert change["urgency"] == "urgent"
    version = ok(hostel.get(change["subject"]["href"]))["sent_version"]
    ok(hostel.post(change["move"]["href"], json={"version": version, "can_continue": True}))
    assert work(hostel, kind="acknowledge_change") == []

    # What is left is that it says how things go, and it has said so once it offers a bed.
    (last,) = work(hostel)
    assert last["id"] == waiting["id"]
    where = f"{last['subject']['href']}/placement"
    day = clock.today()
    bed = {
        "action": "offer",
        "expected_arrival": (day + timedelta(days=30)).isoformat(),
        "expected_departure": (day + timedelta(days=90)).isoformat(),
    }
    ok(hostel.post(where, json=bed, if_match=hostel.get(where).headers["ETag"]))
    (offered,) = work(story.practitioner, mine="yes", kind="confirm_offer")
    seen = story.practitioner.get(offered["move"]["href"]).headers["ETag"]
    ok(story.practitioner.post(offered["move"]["href"], json={"action": "confirm"}, if_match=seen))
    due = [one for one in work(hostel) if one["due_at"] < (story.clock.at + timedelta(days=1)).isoformat()]
    assert due == [], "nothing more is wanted of it today"


def work_referral(story: Story) -> str:
    (only,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    found: str = only["id"]
    return found


def test_a_mashs_morning(story: Story) -> None:
    """It asks back about a child; what waits for probation is off its list until it is answered."""
    story.submit(darren_and_toby())
    council = story.cast.council
    assert work(council) == []
    assert len(work(story.practitioner, mine="yes", kind="complete_check")) == 1
    son = {"given_name": "Alfie", "family_name": "Marchbanks", "date_of_birth": "2017-05-30"}
    story.supply(CRN, story.contact(CRN, "son"), **son)
    assert work(story.practitioner, kind="complete_check") == []
    (asked,) = work(council)
    assert (asked["kind"], asked["person"]["name"]) == ("answer_check", "Darren Ellershaw")
    assert asked["other_party"]["name"] == "p.shah"
    story.move_request(council, asked["subject"]["id"], "return_for_information", question="Which school?")
    assert work(council) == []
    (owed,) = work(story.practitioner, mine="yes", kind="answer_agency")
    story.move_request(
        story.practitioner, owed["subject"]["id"], "answer_information", answer="Beeston Primary."
    )
    (again,) = work(council)
    assert again["id"] == asked["id"]

    # It answers what it reads at the address of the item, and nothing is left on either list.
    shown = ok(council.get(again["subject"]["href"]))
    children = [one["id"] for one in shown["subjects"] if one["kind"] == "contact" and not one["answered"]]
    answer = children_answer(*children) | {"question_version": shown["question_version"]}
    ok(council.post(again["move"]["href"], json=answer), 201)
    assert work(council) == []
    (review,) = work(story.practitioner, mine="yes", kind="review_answer")
    seen = story.practitioner.get(review["move"]["href"].removesuffix("/reviews")).headers["ETag"]
    read = {"check_request_id": review["subject"]["id"], "changes": ["risk"], "reason": "Read."}
    ok(story.practitioner.post(review["move"]["href"], json=read, if_match=seen))
    (sign,) = work(story.spo, mine="yes", kind="decide_agreement")
    seen = story.spo.get(sign["subject"]["href"]).headers["ETag"]
    ok(story.spo.post(sign["move"]["href"], json={"agreed": True, "reason": "I agree."}, if_match=seen))
    assert work(story.practitioner, kind="review_answer") == []
    assert work(story.spo, mine="yes") == []


def test_a_caretakers_handover_from_her_list_alone(story: Story) -> None:
    """What she may do is hers while she acts, and none of it the practitioner's; what is left goes back."""
    story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "return_for_information", question="Which flat?")
    before = {one["id"] for one in work(story.practitioner, mine="yes")}
    holding = f"{person_at(CRN)}/holding"
    named = {"action": "name", "practitioner": "c.taker", "until": "2026-03-02T12:00:00Z"}
    seen = story.spo.get(holding).headers["ETag"]
    ok(story.spo.post(f"{person_at(CRN)}/caretaker", json=named, if_match=seen))
    taker = story.cast.probation.as_practitioner("c.taker")
    hers = {one["id"]: one for one in work(taker, mine="yes")}
    at_home = {one["id"] for one in work(story.practitioner, mine="yes")}
    assert hers.keys() | at_home == before
    assert not hers.keys() & at_home
    assert {one["practitioner"] for one in hers.values()} == {"c.taker"}

    (asked,) = (one for one in hers.values() if one["kind"] == "answer_agency")
    story.move_request(taker, asked["subject"]["id"], "answer_information", answer="Flat 4.")
    for one in hers.values():
        assert one["move"]["href"] is None or taker.get(one["subject"]["href"]).status_code == 200
    assert {one["id"] for one in work(taker, mine="yes")} == hers.keys() - {asked["id"]}

    # Her time ends: nothing is hers, and the SPO is asked who acts now.
    story.wait_until("2026-03-02T12:30:00+00:00")
    assert [one for one in work(taker, mine="yes") if one["owner"]["role"] == "practitioner"] == []
    mine = {one["id"] for one in work(story.practitioner, mine="yes")}
    assert hers.keys() - {asked["id"]} <= mine
    (settle,) = work(story.spo, mine="yes", kind="replace_caretaker")
    seen = story.spo.get(holding).headers["ETag"]
    ok(story.spo.post(settle["move"]["href"], json={"action": "end"}, if_match=seen))
    assert work(story.spo, mine="yes", kind="replace_caretaker") == []


def test_a_duty_managers_list_is_her_own(story: Story) -> None:
    """What reached her is acknowledged from the list, and answered by her force; then it is nobody's."""
    story.submit(darren_and_toby())
    force = story.cast.police
    story.wait(days=9)
    osei = force.as_practitioner("duty.manager", "duty_manager")
    (late,) = work(osei, mine="yes")
    assert late["overdue"]
    for step in late["to_acknowledge"]:
        ok(osei.post(step["href"]))
    assert work(osei, mine="yes") == []
    assert [one["id"] for one in work(osei, overdue="yes")] == [late["id"]], "seen is not answered"
    answer = police_answer(valid_as_at=clock.today().isoformat())
    story.answer(force, late["subject"]["id"], answer["findings"], nothing_found=True)
    assert work(osei) == []
    (review,) = work(story.practitioner, mine="yes", kind="review_answer")
    assert review["move"]["operation"] == "review_check"
