"""An SPO's Monday, and a duty manager's night: escalations that reach people, as they answer them."""

from datetime import timedelta

import pytest

from service import db
from service.access.actor import Actor
from service.organisations.writes.staff import RoleEntry, StaffEntry, enter
from tests.cast import Caller
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN = "X320741"


def register(caller: Caller, who: str, name: str, *roles: str) -> None:
    entry = StaffEntry(
        id=who, name=name, phone="0113 496 0123", roles=[RoleEntry(role=role) for role in roles]
    )
    with db.transaction("owner") as session:
        enter(session, Actor.for_service("registration"), caller.organisation_id, [entry], "register")


def escalations(caller: Caller, **query: str) -> list[Json]:
    found: list[Json] = ok(caller.get("/v1/escalations", **query))["items"]
    return found


def test_an_spos_monday(story: Story) -> None:
    """She opens her list, reads names, acknowledges, leaves a note on one and hands another over."""
    story.submit(darren_and_toby())
    region = story.cast.probation
    register(region, "a.cole", "Anna Cole")
    register(region, "p.shah", "Priya Shah")
    story.wait(days=14)
    mine = escalations(story.spo, mine="yes", open="yes", acknowledged="no")
    assert mine, "nobody has answered"
    assert all("spo" in {one["role"] for one in item["addressed_to"]} for item in mine)
    police = next(item for item in mine if item["label"] == "police_da" and item["timer"] == "answer")
    assert (police["person"]["name"], police["person"]["crn"]) == ("Darren Ellershaw", CRN)
    assert police["person"]["id"] == person_at(CRN).rpartition("/")[2]
    assert police["waits_for"]["kind"] == "police_force"
    assert police["about"] == "The agency must answer the check."
    assert police["practitioner_contact"] == {"name": "Priya Shah", "phone": "0113 496 0123"}
    assert {one["name"] for one in police["addressed_to"]} == {"Samuel Okafor", "Duty Manager"}
    ok(story.spo.get(police["subject"]["href"]))

    ok(story.spo.post(f"/v1/escalations/{police['id']}/acknowledgement"))
    note = ok(
        story.spo.post(f"/v1/escalations/{police['id']}/notes", json={"text": "Promised for noon."}), 201
    )
    assert note["by"] == "s.okafor"
    other = next(item for item in mine if item["id"] != police["id"])
    body = {"to": "a.cole", "reason": "She covers this week."}
    ok(story.spo.post(f"/v1/escalations/{other['id']}/handover", json=body))

    left = {item["id"] for item in escalations(story.spo, mine="yes", open="yes", acknowledged="no")}
    assert left == {item["id"] for item in mine} - {police["id"], other["id"]}
    story.work()
    cole = region.as_practitioner("a.cole")
    (hers,) = escalations(cole, mine="yes")
    assert hers["id"] == other["id"]
    told = [one for one in story.told(cole, "escalation.notified") if one["data"]["count"] == 1]
    assert other["id"] in {item["escalation"] for one in told for item in one["data"]["items"]}


def test_everything_on_a_region_s_list_can_be_opened(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    part = story.part(referral["id"], "approved_premises")
    story.take_on(story.cast.ap, part["id"])
    amended = darren_and_toby()
    amended["risk"]["rosh"]["public"] = {"level": "very_high"}
    seen = story.practitioner.get(f"/v1/referrals/{referral['id']}").headers["ETag"]
    ok(story.practitioner.post(f"/v1/referrals/{referral['id']}/versions", json=amended, if_match=seen))
    story.wait(days=30)
    listed = ok(story.spo.get("/v1/overdue", limit=500))["items"]
    kinds = {item["subject"]["kind"] for item in listed}
    assert kinds >= {"change_notice", "check_request", "destination_referral"}
    for item in [*listed, *escalations(story.spo, limit="500")]:
        assert item["subject"]["href"] is not None, item["subject"]
        ok(story.spo.get(item["subject"]["href"]))
        assert item["person"]["crn"] == CRN


def test_a_duty_managers_night(story: Story) -> None:
    """Danger at 02:00 reaches on-call on both sides, and climbs until a person confirms."""
    referral = story.submit(darren_and_toby())
    part = story.part(referral["id"], "approved_premises")
    story.take_on(story.cast.ap, part["id"])
    region, hostel = story.cast.probation, story.cast.ap
    register(region, "n.ight", "Nora Night", "on_call_manager")
    register(hostel, "l.ate", "Lou Late", "on_call_officer")
    story.wait_until("2026-03-28T02:00:00+00:00")
    concern = {
        "occurred_on": "2026-03-28",
        "details": "He left with a knife and said where he was going.",
        "immediate_danger": True,
    }
    ok(hostel.post(f"/v1/destination-referrals/{part['id']}/concerns", json=concern), 201)
    story.clock.move(timedelta(minutes=1))
    story.work()
    night = region.as_practitioner("n.ight", "on_call_manager")
    (danger,) = escalations(night, mine="yes")
    assert danger["about"] == "Somebody may be in danger now, and probation must act and confirm that it has."
    assert danger["person"]["name"] == "Darren Ellershaw"
    assert {(one["role"], one["name"]) for one in danger["addressed_to"]} == {
        ("on_call_manager", "Nora Night"),
        ("on_call_officer", "Lou Late"),
    }
    theirs = next(item for item in escalations(hostel) if item["id"] == danger["id"])
    assert theirs["person"]["name"] == "Darren Ellershaw", "from its own document"
    assert theirs["subject"]["href"] == f"/v1/destination-referrals/{part['id']}"
    assert [one["role"] for one in theirs["addressed_to"]] == ["on_call_officer"]

    # Both are asleep. The clocks go forward at 01:00 UTC on the 29th, and nothing is late for it.
    story.wait_until("2026-03-29T03:00:00+00:00")
    steps = [item["step"] for item in escalations(story.pdu_head) if item["timer"] == "danger"]
    assert steps[:4] == ["first", "spo", "pdu_head", "region"]
    assert len(steps) == 4 + 22, "then every hour"
    late = [one for one in ok(story.pdu_head.get("/v1/overdue"))["items"] if one["timer"] == "danger"]
    assert [one["waits_for"] for one in late] == [None], "nothing is wanted of whoever reported it"
    assert [one for one in ok(hostel.get("/v1/overdue"))["items"] if one["timer"] == "danger"] == []
    found = escalations(story.pdu_head, mine="yes", open="yes")
    last = next(item for item in found if item["step"] == "pdu_head" and item["timer"] == "danger")
    done = {"done": "The police have him, and his partner is with her mother."}
    ok(story.pdu_head.post(f"/v1/escalations/{last['id']}/confirmation", json=done))
    story.wait(days=2)
    after = [item for item in escalations(night) if item["timer"] == "danger"]
    assert len(after) == len(steps)
    assert all(item["open"] is False for item in after)


def test_a_duty_manager_of_a_force_answers_for_her_night(story: Story) -> None:
    """What is urgent reaches her at once, she answers in her own name, and the rest is one entry."""
    force = story.cast.police
    register(force, "duty.manager", "Dorothy Osei", "duty_manager")
    for number in range(3):
        story.submit(darren_and_toby(f"REF-{number}", crn=f"X32074{number}"))
    story.wait_until("2026-03-03T09:00:00+00:00")
    urgent = {"urgency": "urgent", "urgency_reason": "He is released on Friday."}
    story.submit(darren_and_toby("REF-9", today=story.clock.at.date(), crn="X320749") | urgent)
    before = len(story.told(force, "escalation.notified"))
    for moment in ("2026-03-04T13:00:00+00:00", "2026-03-04T17:00:00+00:00"):
        story.wait_until(moment)
    *reminders, (woken) = story.told(force, "escalation.notified")[before:]
    assert (woken["data"]["role"], woken["data"]["urgent"], woken["data"]["count"]) == (
        "duty_manager",
        True,
        1,
    )
    assert all(one["data"]["urgent"] for one in reminders), "what is not urgent waits for the morning"

    osei = force.as_practitioner("duty.manager", "duty_manager", name="Dorothy Osei")
    (late,) = escalations(osei, mine="yes", open="yes", acknowledged="no")
    assert {late["id"]} == {one["escalation"] for one in woken["data"]["items"]}
    assert (late["person"]["name"], late["due_at"]) == ("Darren Ellershaw", "2026-03-04T17:00:00Z")
    assert late["person"]["crn"] is None, "a force knows them by what it was asked"
    assert (late["wanted_by"], late["practitioner_contact"]["name"]) == ("2026-03-03T17:00:00Z", "p.shah")
    assert [(one["role"], one["name"]) for one in late["addressed_to"]] == [("duty_manager", "Dorothy Osei")]
    ok(osei.get(late["subject"]["href"]))

    path, officer = f"/v1/escalations/{late['id']}", force.as_practitioner("p.constable", "officer")
    refused = officer.post(f"{path}/acknowledgement")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    ok(officer.post(f"{path}/notes", json={"text": "The file is with the vetting unit."}), 201)
    assert escalations(osei, mine="yes", acknowledged="no") != [], "a note answers for nothing"
    seen = ok(osei.post(f"{path}/acknowledgement"))["acknowledged"]
    assert (seen["name"], seen["role"]) == ("Dorothy Osei", "duty_manager")
    assert escalations(osei, mine="yes", acknowledged="no") == []
    (shown,) = escalations(osei, mine="yes")
    assert [one["text"] for one in shown["notes"]] == ["The file is with the vetting unit."]
    by_side = {
        one["side"]: one["acknowledged"]
        for item in escalations(story.spo, limit="500")
        if item["id"] == late["id"]
        for one in item["addressed_to"]
    }
    assert by_side["partner"]["name"] == "Dorothy Osei"
    assert by_side["probation"] is None, "hers is not the region's"

    asleep = len(story.told(force, "escalation.notified"))
    story.wait_until("2026-03-05T08:29:00+00:00")
    assert len(story.told(force, "escalation.notified")) == asleep
    story.wait_until("2026-03-05T08:30:00+00:00")
    (morning,) = story.told(force, "escalation.notified")[asleep:]
    assert (morning["data"]["urgent"], morning["data"]["count"]) == (False, 3)


def test_what_stands_in_place_of_a_name_is_no_name_in_the_list_of_a_force(story: Story) -> None:
    document = darren_and_toby()
    document["person"] |= {"name": {"given": "Darren", "family": "Unknown"}, "pnc_number": "2009/0187342Q"}
    story.submit(document)
    story.wait(days=14)
    late = escalations(story.cast.police, open="yes")
    assert {item["person"]["name"] for item in late} == {"Darren"}
