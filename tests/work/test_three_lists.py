"""What is to be done, what is overdue and what was escalated say the same of each thing, to everybody."""

from datetime import timedelta
from typing import Any, Final

import pytest

from service import db
from service.access.actor import Actor
from service.organisations.writes.staff import StaffEntry, enter
from service.timers.sweep import sweep
from tests.cast import Caller
from tests.checks.factories import police_answer
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

READERS: Final = {
    "practitioner": lambda story: story.practitioner,
    "spo": lambda story: story.spo,
    "pdu_head": lambda story: story.pdu_head,
    "police": lambda story: story.cast.police,
    "approved_premises": lambda story: story.cast.ap,
}
PARTNERS: Final = {"police", "approved_premises"}
SAID: Final = (
    "subject", "timer", "label", "about", "person", "waits_for", "owner", "urgency", "exposed_since",
    "practitioner_contact", "carried_over", "overdue", "with", "other_party", "move", "to_acknowledge",
)  # fmt: skip


def listed(caller: Caller, path: str, **query: Any) -> dict[str, Json]:
    key = "clock_id" if path == "/v1/escalations" else "id"
    return {one[key]: one for one in ok(caller.get(path, limit=500, **query))["items"]}


@pytest.fixture
def late(story: Story) -> Story:
    """Cases in which everybody is late: what was asked, what was refused and what was sent back."""
    for number in range(3):
        story.submit(darren_and_toby(f"LATE-{number}", crn=f"X32074{number}"))
    first, second, _ = story.inbox(story.cast.police)
    story.move_request(story.cast.police, first["id"], "refuse", reason_code="other", reason="Not ours.")
    story.move_request(story.cast.police, second["id"], "return_for_information", question="Which address?")
    for _ in range(4):
        story.clock.move(timedelta(days=10))
        sweep(story.clock.at)
    return story


@pytest.mark.parametrize("reader", READERS)
def test_what_is_overdue_is_late_work_with_its_owner_and_move(late: Story, reader: str) -> None:
    caller = READERS[reader](late)
    side = "partner" if reader in PARTNERS else "probation"
    work, overdue = listed(caller, "/v1/work", overdue="yes"), listed(caller, "/v1/overdue")
    own = {
        key: one for key, one in overdue.items() if one["state"] == "running" and one["owner"]["side"] == side
    }
    assert own
    assert own.keys() == work.keys()
    for key, one in own.items():
        same = one.keys() & work[key].keys()
        assert {name: one[name] for name in same} == {name: work[key][name] for name in same}
        assert one["move"] == work[key]["move"] is not None
    # What waits for another is the region's to see, and not its move.
    assert all(one["move"] is None for key, one in overdue.items() if key not in own)
    assert all(one["person"] for one in overdue.values() if one["subject"]["kind"] != "case_holding")


@pytest.mark.parametrize("reader", READERS)
def test_what_was_escalated_is_among_what_is_overdue_and_says_the_same(late: Story, reader: str) -> None:
    caller = READERS[reader](late)
    escalated, overdue = listed(caller, "/v1/escalations", open="yes"), listed(caller, "/v1/overdue")
    passed = {key: one for key, one in escalated.items() if one["wanted_by"] <= late.clock.at.isoformat()}
    assert passed
    # An agency that has refused is not late, and is not shown it: the move is probation's.
    handed_back = {
        key for key, one in passed.items() if reader in PARTNERS and one["owner"]["side"] == "probation"
    }
    assert passed.keys() - handed_back <= overdue.keys()
    for key in passed.keys() - handed_back:
        one = passed[key]
        assert {name: one[name] for name in SAID} == {name: overdue[key][name] for name in SAID}
        assert one["addressed_to"]
        assert one["due_at"]


def test_an_escalation_names_its_move_whether_acknowledged_or_not_until_there_is_an_answer(
    late: Story,
) -> None:
    officer = late.cast.police.as_practitioner("duty.manager", "duty_manager")
    (first, *_) = listed(officer, "/v1/escalations", acknowledged="no", open="yes", mine="yes").values()
    assert first["move"] == {
        "operation": "return_check_result",
        "href": f"{first['subject']['href']}/results",
        "transitions": [],
    }
    assert f"/v1/escalations/{first['id']}/acknowledgement" in {
        one["href"] for one in first["to_acknowledge"]
    }
    ok(officer.post(f"/v1/escalations/{first['id']}/acknowledgement"))
    seen = {one["id"]: one for one in ok(officer.get("/v1/escalations", acknowledged="yes"))["items"]}
    assert seen[first["id"]]["move"] == first["move"]
    assert first["id"] not in {one["id"] for one in seen[first["id"]]["to_acknowledge"]}

    late.answer(late.cast.police, first["subject"]["id"], police_answer()["findings"], nothing_found=True)
    done = {one["id"]: one for one in ok(officer.get("/v1/escalations", open="no"))["items"]}
    assert done[first["id"]]["move"] is None, "there is nothing left to do"
    assert not done[first["id"]]["overdue"]


def test_what_is_overdue_of_a_partners_own_is_its_managers_and_whoever_it_was_handed_to(
    late: Story,
) -> None:
    manager = late.cast.police.as_practitioner("duty.manager", "duty_manager")
    constable = late.cast.police.as_practitioner("t.brook", "officer")
    # The practitioner of the case has the same id in another organisation.
    namesake = late.cast.police.as_practitioner("p.shah", "officer")
    everything = listed(late.cast.police, "/v1/overdue").keys()
    assert listed(late.cast.police, "/v1/overdue", mine="yes").keys() == everything, "nobody is named"
    assert listed(manager, "/v1/overdue", mine="yes").keys() == everything
    assert listed(constable, "/v1/overdue", mine="yes") == {}
    assert listed(namesake, "/v1/overdue", mine="yes") == {}
    assert ok(constable.get("/v1/overdue", mine="yes", counts="yes"))["counts"] == {}

    brook = StaffEntry(id="t.brook", name="Tess Brook")
    with db.transaction("owner") as session:
        enter(
            session, Actor.for_service("registration"), late.cast.police.organisation_id, [brook], "register"
        )
    (first, *_) = listed(manager, "/v1/escalations", acknowledged="no", open="yes", mine="yes").values()
    body = {"to": "t.brook", "reason": "She knows the file."}
    ok(manager.post(f"/v1/escalations/{first['id']}/handover", json=body))
    assert listed(constable, "/v1/overdue", mine="yes").keys() == {first["clock_id"]}
