"""A supervisor's Monday, a provider's Tuesday, a MASH's morning, a force's night: each from its list."""

from datetime import timedelta

from service import clock
from tests.cast import Caller
from tests.checks.factories import police_answer
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby

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
    assert [one["id"] for one in work(council)] == [asked["id"]]


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
