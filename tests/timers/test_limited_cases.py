"""An escalation is told to nobody who may not read it: a manager is named, or passed over."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from service import db
from service.access.actor import Actor
from service.organisations.writes.staff import set_role_holder
from service.timers.delivery import deliver
from service.timers.sweep import sweep
from service.timers.worker import work_once
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner, held_meanwhile_by
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

LADDER = ("spo", "pdu_head", "region", "regional_director")
"""The roles of probation, as an unanswered police check climbs."""


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case in which the police have been asked."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def limit(story: Story, by: Caller | None = None) -> None:
    by = by or story.practitioner
    path = person_at(CRN)
    tag = by.get(f"{path}/access").headers["ETag"]
    ok(by.post(f"{path}/limit", json={"reason": "A relative works here."}, if_match=tag))


def exclude(story: Story, *staff: str) -> None:
    for who in staff:
        body = {"practitioner": who, "reason": "A relative."}
        ok(story.pdu_head.post(f"{person_at(CRN)}/exclusions", json=body))


def held_by(story: Story, **holders: str | None) -> None:
    """Let other people hold roles in the region, or nobody."""
    with db.transaction("owner") as session:
        for role, holder in holders.items():
            region = story.cast.probation.organisation_id
            registrar = Actor.for_service("registration")
            set_role_holder(session, registrar, region, role, *([holder] if holder else []))


def colleague(story: Story, who: str, role: str = "spo") -> Caller:
    return story.cast.probation.as_practitioner(who, role)


def named() -> dict[str, str]:
    rows = as_owner(
        "SELECT practitioner_id, because FROM restriction WHERE NOT excluded AND ended_at IS NULL"
    )
    return {row["practitioner_id"]: row["because"] for row in rows}


def notices(story: Story, caller: Caller, role: str) -> list[Json]:
    return [one for one in story.told(caller, "escalation.notified") if one["data"]["role"] == role]


def attention(app: Flask) -> list[str]:
    found: list[str] = app.test_client().get("/health/readiness").get_json()["attention"]
    return found


def told() -> set[str]:
    """Return whom the clocks of probation's side have told, as `role:holder`."""
    rows = as_owner("SELECT role, holder FROM notice_item WHERE side = 'probation'")
    return {f"{row['role']}:{row['holder']}" for row in rows}


def test_a_manager_whom_an_escalation_reaches_is_named_and_can_read_what_it_says(story: Story) -> None:
    limit(story)
    held_by(story, region="Z.Office")
    office = colleague(story, "z.office", "region")
    assert office.get(person_at(CRN)).status_code == 404
    assert "z.office" not in named()
    story.wait(days=14)
    assert named()["z.office"] == "escalated"
    assert office.get(person_at(CRN)).status_code == 200
    (event, *_) = [
        one for one in story.told(office, "person.staff_named") if one["data"]["because"] == "escalated"
    ]
    assert event["data"] == {"because": "escalated", "region": "N55"}
    (notice, *_) = notices(story, office, "region")
    (late, *_) = ok(office.get("/v1/escalations", notice=notice["subject"]["id"]))["items"]
    assert office.get(late["subject"]["href"]).status_code == 200
    assert as_owner("SELECT named_by FROM restriction WHERE practitioner_id = 'z.office'") == [
        {"named_by": "service/delivery"}
    ]


def test_the_manager_is_named_before_the_notice_goes_out(story: Story, the_clock: TheClock) -> None:
    limit(story)
    held_by(story, spo="y.deputy")
    the_clock.move(timedelta(days=14))
    while sweep(the_clock.at).more:
        pass
    assert "spo:y.deputy" in told()
    assert "y.deputy" not in named(), "a sweep takes no lock on a person"
    deliver(the_clock.at)
    assert named()["y.deputy"] == "escalated"
    first = as_owner(
        "SELECT n.name FROM event n JOIN feed_entry f ON f.event_id = n.id"
        " JOIN organisation o ON o.id = f.organisation_id AND o.code = 'N55'"
        " WHERE n.name IN ('person.staff_named', 'escalation.notified') ORDER BY f.position LIMIT 1"
    )
    assert first == [{"name": "person.staff_named"}]


def test_nobody_is_named_in_a_case_that_is_not_limited(story: Story) -> None:
    story.wait(days=14)
    assert named() == {}
    assert story.told(story.practitioner, "person.staff_named") == []


def test_whoever_is_excluded_is_passed_over_upward(story: Story) -> None:
    exclude(story, "s.okafor")
    story.wait(days=7)
    assert not any(one.endswith(":s.okafor") for one in told())
    assert "pdu_head:h.grant" in told()
    fell = as_owner("SELECT DISTINCT holder FROM notice_item WHERE fell_from = 'spo'")
    assert fell == [{"holder": "h.grant"}]
    sister = colleague(story, "s.okafor")
    assert ok(sister.get("/v1/escalations"))["items"] == []
    assert notices(story, sister, "pdu_head") == []


def test_whoever_is_excluded_between_the_firing_and_the_notice_is_passed_over_too(
    story: Story, the_clock: TheClock
) -> None:
    the_clock.move(timedelta(days=7))
    while sweep(the_clock.at).more:
        pass
    assert "spo:s.okafor" in told()
    exclude(story, "s.okafor")
    while deliver(the_clock.at).items:
        pass
    sent = as_owner("SELECT DISTINCT holder FROM notice_item WHERE role = 'spo' AND notice_id IS NOT NULL")
    assert sent == []
    assert as_owner("SELECT count(*) FROM notice_item WHERE fell_from = 'spo' AND notice_id IS NOT NULL")
    waiting = "SELECT count(*) AS left FROM notice_item WHERE notice_id IS NULL AND dropped_at IS NULL"
    assert as_owner(waiting) == [{"left": 0}]


def test_nobody_left_to_tell_is_an_alarm_and_never_the_whole_region(story: Story, app: Flask) -> None:
    limit(story)
    held_by(story, **dict.fromkeys(LADDER))
    work_once("worker", threading.Event())
    assert "nobody_to_tell" not in attention(app)
    story.wait(days=7)
    assert "nobody_to_tell" in attention(app)
    assert 'referrals_attention{code="nobody_to_tell"} 1.0' in app.test_client().get("/metrics").text
    assert "None:None" not in told()
    assert "operator:None" in told()
    assert "notices_not_sent" not in attention(app)
    held_by(story, regional_director="d.dale")
    story.wait(days=14)
    assert named()["d.dale"] == "escalated"
    assert "nobody_to_tell" not in attention(app)


def test_nobody_left_of_a_case_that_is_open_tells_the_region(story: Story, app: Flask) -> None:
    held_by(story, **dict.fromkeys(LADDER))
    story.wait(days=7)
    assert "None:None" in told()
    assert "nobody_to_tell" not in attention(app)


def test_a_notice_to_the_region_is_withheld_from_whoever_is_excluded(story: Story) -> None:
    exclude(story, "r.sister")
    held_by(story, **dict.fromkeys(LADDER))
    story.wait(days=7)
    sister = colleague(story, "r.sister", "practitioner")

    def of_the_region(caller: Caller) -> list[Any]:
        return [one for one in story.told(caller, "escalation.notified") if one["data"]["role"] is None]

    assert of_the_region(story.practitioner)
    assert of_the_region(sister) == []


def test_what_is_late_on_a_side_record_is_told_to_the_operator_where_there_is_no_manager(
    story: Story, app: Flask
) -> None:
    limit(story)
    held_by(story, **dict.fromkeys(LADDER))
    outsider = colleague(story, "o.other", "practitioner")
    ok(outsider.post("/v1/referrals", json=darren_and_toby("OWN-1")), 201)
    story.wait(days=14)
    rows = as_owner(
        "SELECT DISTINCT i.role, i.holder FROM notice_item i JOIN clock c ON c.id = i.clock_id"
        " JOIN person p ON p.id = c.person_id WHERE NOT p.held AND i.side = 'probation'"
    )
    assert {(row["role"], row["holder"]) for row in rows} == {("practitioner", "o.other"), ("operator", None)}
    assert "nobody_to_tell" in attention(app)


def test_what_a_region_no_longer_sees_is_told_to_the_region_that_holds_it(
    story: Story, the_clock: TheClock
) -> None:
    theirs = story.cast.stranger.as_practitioner("t.jones", pdu=None)
    with held_meanwhile_by(theirs, CRN):
        ok(theirs.post("/v1/referrals", json=darren_and_toby("OLD-1")), 201)
    the_clock.move(timedelta(days=29))
    story.work()
    assert theirs.get(person_at(CRN)).status_code == 404
    region = "SELECT DISTINCT organisation_id FROM notice_item WHERE side = 'probation'"
    assert as_owner(region) == [{"organisation_id": story.cast.probation.organisation_id}]
    redirected = as_owner(
        "SELECT i.firing_id, i.notice_id FROM notice_item i JOIN clock_firing f ON f.id = i.firing_id"
        # What nobody had asked for was sent by description when the ladder was over: that needs no notice.
        " JOIN clock c ON c.id = i.clock_id AND c.state <> 'stopped'"
        " WHERE i.redirected AND f.kind IN ('owner', 'step')"
    )
    assert redirected
    assert all(row["notice_id"] for row in redirected), "sent to the holder, and not dropped"
    listed = ok(story.spo.get("/v1/escalations", limit=500))["items"]
    assert {str(row["firing_id"]) for row in redirected} <= {item["id"] for item in listed}
    mine = ok(story.spo.get("/v1/escalations", limit=500, mine="yes", acknowledged="no"))["items"]
    (theirs_to_see, *_) = (one for one in mine if one["id"] in {str(row["firing_id"]) for row in redirected})
    ok(story.spo.post(f"/v1/escalations/{theirs_to_see['id']}/acknowledgement"))
