"""The staff register over weeks: a deputy's week, an officer who leaves, one who is away."""

from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from flask import Flask

from service.access.actor import Practitioner
from service.cases.actions.nobody_home import follow_register
from service.timers.worker import work_once
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story, ok
from tests.people.factories import as_owner
from tests.people.holdings import told_of
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

Json = dict[str, Any]
CRN = "X320741"


@pytest.fixture
def story(app: Flask, cast: Cast, the_clock: TheClock) -> Story:
    del app
    return Story(cast, the_clock)


def keep(keeper: Caller, member: str, **entry: Any) -> None:
    """Enter a member of staff, or replace the entry that there is."""
    seen = keeper.get(f"/v1/staff/{member}")
    tag = seen.headers["ETag"] if seen.status_code == 200 else None
    ok(keeper.put(f"/v1/staff/{member}", json={"name": member, **entry}, if_match=tag))


def speaks_as(story: Story, member: str, role: str) -> Caller:
    """Return the region's system speaking for somebody, whatever the register has of them."""
    region = story.cast.probation
    return replace(region, practitioner=Practitioner(member, member, role, region.code, "Leeds"))


def submitted(story: Story, **more: Any) -> str:
    document = darren_and_toby("REF-1", today=story.clock.at.date(), crn=CRN) | more
    return str(story.submit(document)["id"])


def work(story: Story) -> None:
    """Let a worker pass, with the chore that follows the register."""
    work_once("test", Event(), [follow_register])


def spos_told() -> set[str]:
    """Return who has been notified as SPO of anything."""
    return {row["holder"] for row in as_owner("SELECT holder FROM notice_item WHERE role = 'spo'")}


def test_a_deputys_week(story: Story) -> None:
    keeper = story.cast.probation.keeper()
    keep(
        keeper,
        "s.okafor",
        roles=[{"role": "spo", "from": "2026-01-01"}],
        absences=[{"from": "2026-03-09", "until": "2026-03-13"}],
    )
    keep(keeper, "l.finch", roles=[{"role": "spo", "deputy": True}])
    story.clock.set("2026-03-06T10:00Z")
    assert _asked_for(keeper) == ["s.okafor"]
    story.clock.set("2026-03-09T09:00Z")
    assert _asked_for(keeper) == ["l.finch"]
    referral = submitted(story, urgency="urgent", urgency_reason="He is released on Friday.")
    check = story.checks(referral, "police_da")[0]
    story.clock.set("2026-03-13T16:00Z")
    work(story)
    assert spos_told() == {"l.finch"}
    deputy, holder = speaks_as(story, "l.finch", "spo"), speaks_as(story, "s.okafor", "spo")
    seen_to, *_ = unanswered(deputy)
    assert unanswered(holder) == [], "it is the deputy's to answer"
    assert holder.post(f"/v1/escalations/{seen_to}/acknowledgement").status_code == 403
    acknowledged = ok(deputy.post(f"/v1/escalations/{seen_to}/acknowledgement"))["acknowledged"]
    assert acknowledged["practitioner"] == "l.finch"
    seen = deputy.get(f"/v1/checks/{check['id']}")
    decision = {"decision": "not_required", "reason": "Asked and answered last week in another case."}
    decided = deputy.post(f"/v1/checks/{check['id']}/decisions", json=decision, if_match=seen.headers["ETag"])
    ok(decided)
    left, *_ = unanswered(deputy)
    story.clock.set("2026-03-14T09:00Z")
    assert _asked_for(keeper) == ["s.okafor"]
    assert unanswered(deputy) == [], "the holder is back"
    assert deputy.post(f"/v1/escalations/{left}/acknowledgement").status_code == 403
    assert left in unanswered(holder)
    assert seen_to not in unanswered(holder), "the deputy has answered for it"
    ok(holder.post(f"/v1/escalations/{left}/acknowledgement"))
    assert left not in unanswered(holder)
    story.clock.set("2026-03-20T16:00Z")
    work(story)
    assert spos_told() == {"l.finch", "s.okafor"}


def unanswered(caller: Caller) -> list[str]:
    """Return the escalations that somebody is asked to answer for and nobody has."""
    found = ok(caller.get("/v1/escalations", mine="yes", open="yes", acknowledged="no"))["items"]
    return [one["id"] for one in found]


def _asked_for(keeper: Caller) -> list[str]:
    return [one["id"] for one in ok(keeper.get("/v1/staff", role="spo", holding_today="yes"))["items"]]


def holding(story: Story) -> tuple[Json, str]:
    seen = story.spo.get(f"{person_at(CRN)}/holding")
    return ok(seen), seen.headers["ETag"]


def test_an_officer_leaves_and_the_case_is_an_alarm_until_somebody_has_it(story: Story) -> None:
    submitted(story)
    keeper = story.cast.probation.keeper()
    keep(keeper, "p.shah", ended="2026-03-06")
    story.clock.set("2026-03-06T16:00Z")
    work(story)
    assert not holding(story)[0]["ownerless"]
    story.clock.set("2026-03-07T00:00Z")
    work(story)
    work(story)
    view, tag = holding(story)
    assert view["ownerless"]
    assert (
        as_owner("SELECT count(*) AS n FROM event WHERE name = 'person.practitioner_departed'")[0]["n"] == 1
    )
    assert story.practitioner.get(f"{person_at(CRN)}/holding").get_json()["type"] == (
        "/problems/role-not-registered"
    )
    story.clock.set("2026-03-09T18:00Z")
    work(story)
    assert told_of("owner", "case_holding") == [("spo", "s.okafor")]

    def reassign(who: str) -> Any:
        return story.spo.post(
            f"{person_at(CRN)}/holding", json={"practitioner": who, "pdu": "Leeds"}, if_match=tag
        )

    refused = reassign("nobody.at.all")
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/practitioner"]
    assert reassign("p.shah").status_code in {409, 422}
    ok(reassign("n.new"))
    assert not holding(story)[0]["ownerless"]
    story.clock.set("2026-03-20T18:00Z")
    work(story)
    assert told_of("owner", "case_holding") == [("spo", "s.okafor")]


def cover_clocks() -> list[str]:
    return [
        row["state"] for row in as_owner("SELECT state FROM clock WHERE timer = 'away' ORDER BY started_at")
    ]


def test_who_is_away_while_something_is_urgent_needs_cover(story: Story) -> None:
    submitted(story, urgency="urgent", urgency_reason="He is released on Friday.")
    keeper = story.cast.probation.keeper()
    keep(keeper, "p.shah", absences=[{"from": "2026-03-03", "until": "2026-03-03"}])
    story.clock.set("2026-03-03T10:00Z")
    work(story)
    assert cover_clocks() == [], "one day is no long absence"
    keep(keeper, "p.shah", absences=[{"from": "2026-03-04", "until": "2026-03-06"}])
    story.clock.set("2026-03-04T09:00Z")
    work(story)
    work(story)
    assert cover_clocks() == ["running"]
    story.clock.set("2026-03-04T10:30Z")
    work(story)
    assert ("spo", "s.okafor") in told_of("away")
    _, tag = holding(story)
    named = {"action": "name", "practitioner": "c.taker", "until": "2026-03-05T17:00:00Z"}
    ok(story.spo.post(f"{person_at(CRN)}/caretaker", json=named, if_match=tag))
    work(story)
    assert cover_clocks() == ["stopped"]
    story.clock.set("2026-03-05T18:00Z")
    work(story)
    assert cover_clocks() == ["stopped", "running"], "the caretaker's time has passed"
    story.clock.set("2026-03-07T00:00Z")
    work(story)
    assert cover_clocks() == ["stopped", "stopped"]
    assert as_owner("SELECT count(*) AS n FROM staff_absence WHERE looks_at IS NOT NULL")[0]["n"] == 0


def test_who_is_away_until_nobody_knows_when_needs_cover_until_they_are_back(story: Story) -> None:
    submitted(story, urgency="urgent", urgency_reason="He is released on Friday.")
    keeper = story.cast.probation.keeper()
    keep(keeper, "p.shah", absences=[{"from": "2026-03-04"}])
    story.clock.set("2026-03-04T09:00Z")
    work(story)
    assert cover_clocks() == ["running"]
    keep(keeper, "p.shah")
    story.clock.set("2026-03-05T09:00Z")
    work(story)
    assert cover_clocks() == ["stopped"]


def named_caretaker(story: Story, until: str) -> None:
    _, tag = holding(story)
    named = {"action": "name", "practitioner": "c.taker", "until": until}
    ok(story.spo.post(f"{person_at(CRN)}/caretaker", json=named, if_match=tag))


@pytest.mark.parametrize("gone", [{"absences": [{"from": "2026-03-04"}]}, {"ended": "2026-03-03"}])
def test_a_caretaker_who_is_away_too_or_has_left_covers_for_nobody(story: Story, gone: Json) -> None:
    submitted(story, urgency="urgent", urgency_reason="He is released on Friday.")
    keeper = story.cast.probation.keeper()
    named_caretaker(story, "2026-05-01T17:00:00Z")
    keep(keeper, "p.shah", absences=[{"from": "2026-03-04"}])
    story.clock.set("2026-03-04T09:00Z")
    work(story)
    assert cover_clocks() == []
    keep(keeper, "c.taker", **gone)
    story.clock.set("2026-03-04T10:30Z")
    work(story)
    assert cover_clocks() == ["running"]


def test_a_caretaker_who_leaves_acts_no_more_and_is_an_alarm(story: Story) -> None:
    submitted(story)
    named_caretaker(story, "2026-05-01T17:00:00Z")
    assert holding(story)[0]["acting"] == "c.taker"
    keep(story.cast.probation.keeper(), "c.taker", ended="2026-03-03")
    story.clock.set("2026-03-04T09:00Z")
    work(story)
    view, tag = holding(story)
    assert (view["acting"], view["ownerless"], cover_clocks()) == ("p.shah", False, ["running"])
    story.clock.set("2026-03-05T12:00Z")
    work(story)
    assert ("spo", "s.okafor") in told_of("away")
    ok(story.spo.post(f"{person_at(CRN)}/caretaker", json={"action": "end"}, if_match=tag))
    work(story)
    assert cover_clocks() == ["stopped"]


def test_who_is_away_while_nothing_is_urgent_needs_none(story: Story) -> None:
    opened = {
        "because": "allocation",
        "person": {"crn": CRN, "name": {"given": "Larry", "family": "Penhallow"}},
        "household": {"children": "no", "contacts": []},
    }
    ok(story.practitioner.post("/v1/people", json=opened), 201)
    keep(story.cast.probation.keeper(), "p.shah", absences=[{"from": "2026-03-03", "until": "2026-03-06"}])
    story.clock.set("2026-03-04T10:00Z")
    work(story)
    assert cover_clocks() == []


def dangers() -> list[tuple[str | None, str | None]]:
    return told_of("danger", "change_of_circumstance")


def test_a_threat_that_is_recorded_at_night_asks_whoever_is_on_call_until_somebody_has_seen_to_it(
    story: Story,
) -> None:
    submitted(story)
    keep(story.cast.probation.keeper(), "n.ight", roles=[{"role": "on_call_manager"}])
    story.clock.set("2026-03-07T02:00Z")
    story.report_change(CRN, "threat", standing="alleged", source="anonymous")
    story.clock.set("2026-03-07T02:01Z")
    work(story)
    assert dangers() == [("on_call_manager", "n.ight")]
    night = speaks_as(story, "n.ight", "on_call_manager")
    (found,) = [
        one
        for one in ok(night.get("/v1/escalations", mine="yes", open="yes"))["items"]
        if one["timer"] == "danger"
    ]
    ok(night.post(f"/v1/escalations/{found['id']}/confirmation", json={"done": "Rang the force: seen."}))
    story.clock.set("2026-03-08T02:00Z")
    work(story)
    assert dangers() == [("on_call_manager", "n.ight")]
    story.report_change(CRN, "arrest")
    story.clock.set("2026-03-08T12:00Z")
    work(story)
    assert dangers() == [("on_call_manager", "n.ight")], "an arrest is none"


def test_who_covers_in_the_team_is_asked_for_one_who_is_away_and_the_spo_where_nobody_does(
    story: Story,
) -> None:
    submitted(story)
    keeper = story.cast.probation.keeper()
    _, tag = holding(story)
    mate = {"action": "add", "practitioner": "a.boyle", "part": "cover"}
    ok(story.practitioner.post(f"{person_at(CRN)}/team", json=mate, if_match=tag))
    keep(keeper, "p.shah", absences=[{"from": "2026-03-05", "until": "2026-10-01"}])
    story.clock.set("2026-03-05T11:00Z")
    story.report_change(CRN, "threat")
    story.clock.set("2026-03-05T11:01Z")
    work(story)
    assert dangers() == [("practitioner", "a.boyle")]
    keep(keeper, "a.boyle", absences=[{"from": "2026-03-06", "until": "2026-03-06"}])
    story.clock.set("2026-03-06T11:00Z")
    story.report_change(CRN, "threat")
    before = len(dangers())
    story.clock.set("2026-03-06T11:01Z")
    work(story)
    assert ("spo", "s.okafor") in dangers()[before:]
    assert "p.shah" not in {who for _, who in dangers()}


def test_an_emergency_placement_is_seen_to_at_any_hour_until_there_is_a_bed(story: Story) -> None:
    keep(story.cast.probation.keeper(), "n.ight", roles=[{"role": "on_call_manager"}])
    keep(story.cast.ap.keeper(), "l.ate", roles=[{"role": "on_call_officer"}])
    story.clock.set("2026-03-06T17:30Z")
    document = darren_and_toby("REF-1", today=story.clock.at.date(), crn=CRN)
    document["release"]["date"] = "2026-03-08"
    part = story.part(str(story.submit(document)["id"]), "approved_premises")
    assert part["state"] == "sent", part
    story.clock.set("2026-03-06T17:31Z")
    work(story)
    asked = told_of("danger", "emergency")
    assert set(asked) == {("on_call_manager", "n.ight"), ("on_call_officer", "l.ate")}
    story.clock.set("2026-03-07T04:00Z")
    work(story)
    assert {role for role, _ in told_of("danger", "emergency")[2:]} >= {"pdu_head", "region"}
    story.take_on(story.cast.ap, part["id"])
    before = told_of("danger", "emergency")
    story.clock.set("2026-03-07T12:00Z")
    work(story)
    assert told_of("danger", "emergency") == before
