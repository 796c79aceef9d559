"""A release day: the team sees on one board what is not ready and whose move it is, and it is settled."""

from datetime import date, timedelta
from threading import Event
from typing import Any

import pytest

from service import clock
from service.cases.actions.sharing_ends import follow_sharing
from service.referrals.actions.carried_over import WhatWaited
from service.release_dates import follow_release_dates
from service.timers.worker import work_once
from service.work.releases import actions, cells
from service.work.releases.actions import HandOver
from service.work.releases.rules import Found
from tests.cast import Caller
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.people.two_records import NOMS, PNC, merge, second
from tests.referrals.samples import MONDAY, asking, darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN = "X320741"
RELEASE = MONDAY + timedelta(days=8)


def _board(story: Story, **query: Any) -> dict[str, Json]:
    items = ok(story.spo.get("/v1/releases", **query))["items"]
    return {one["crn"]: one["columns"] | {"line": one} for one in items}


def _found(story: Story, column: str) -> tuple[str, str, str | None]:
    cell = _board(story)[CRN][column]
    owner = cell["owner"]
    return cell["level"], cell["found"], owner and owner["name"]


def test_what_is_red_before_a_release_is_settled_by_whom_the_board_names(story: Story) -> None:
    document = asking(darren_and_toby(), lambda one: one["kind"] != "mappa")
    document["release"] |= {"date": RELEASE.isoformat()}
    referral = story.submit(document)
    ap = story.part(referral["id"], "approved_premises")["id"]

    # Eight days before, the premises have said nothing, and there is still time.
    assert _found(story, "bed") == ("amber", "unopened", "Elm House")

    # The prison confirms the day. The next morning it is red: the premises offer, the practitioner confirms.
    as_of = story.clock.at.isoformat()
    sent = {"crn": CRN, "release_date": RELEASE.isoformat(), "kind": "confirmed", "as_of": as_of}
    ok(story.cast.prison.post("/v1/release-dates", json={"lines": [sent]}))
    follow_release_dates(story.clock.at)
    assert _board(story)[CRN]["line"]["sent_by_prison"]["kind"] == "confirmed"
    story.wait(days=1)
    assert _found(story, "bed")[0] == "red"
    story.take_on(story.cast.ap, ap)
    assert _found(story, "bed") == ("red", "accepted", "Elm House")
    story.place(
        story.cast.ap,
        ap,
        "offer",
        expected_arrival=RELEASE.isoformat(),
        expected_departure=_later(RELEASE, 84),
    )
    level, found, owner = _found(story, "bed")
    assert (level, found) == ("red", "offered")
    assert owner == _board(story)[CRN]["line"]["practitioner"]["name"]
    story.place(story.practitioner, ap, "confirm")
    assert _found(story, "bed") == ("green", "confirmed", None)

    # On the day itself the police have not answered: the board of reds still has the case, with both names.
    story.clock.set(f"{RELEASE.isoformat()}T09:00:00Z")
    reds = {name for name, cell in _board(story, red="yes")[CRN].items() if cell.get("level") == "red"}
    assert "police_check" in reds
    assert "bed" not in reds

    # He arrives, and whoever takes the case over reads the same in one call.
    story.place(story.cast.ap, ap, "record_arrival", arrived_on=RELEASE.isoformat())
    assert _found(story, "bed") == ("green", "arrived", None)
    person = _board(story)[CRN]["line"]["href"]
    whole = ok(story.spo.get(f"{person}/case"))
    (shown,) = whole["referrals"]["items"]
    stays = [one["stay"]["state"] for one in shown["destinations"] if one["stay"]]
    assert stays == ["arrived"]
    late = {one["subject"]["kind"] for one in whole["obligations"]["items"] if one["overdue"]}
    assert "check_request" in late

    # Four weeks later the line is gone, and what is owed stays on the list of what is overdue.
    story.clock.set(f"{_later(RELEASE, 29)}T09:00:00Z")
    assert CRN not in _board(story)


def keep(keeper: Caller, member: str, role: str) -> None:
    """Set the entry of a member of staff in the register, who holds a role."""
    path = f"/v1/staff/{member}"
    seen = keeper.get(path)
    tag = {"if_match": seen.headers["ETag"]} if seen.status_code == 200 else {}
    body = {"name": member, "roles": [{"role": role}]}
    assert keeper.put(path, json=body, **tag).status_code in {200, 201}


class _Worker:
    """A worker that hands over releases, as the one of the service does."""

    def __init__(self, story: Story) -> None:
        self.story, self.chore = story, HandOver()

    def at(self, moment: str) -> None:
        """Let it look at a moment, and an hour of five-minute looks before it."""
        self.story.clock.set(moment)
        work_once("worker", Event(), first=(self.chore,))


def _owed(story: Story, caller: Any, **query: Any) -> list[Json]:
    found = ok(caller.get("/v1/work", kind="make_release_ready", **query))["items"]
    return [dict(one) for one in found]


def _released(day: date) -> Json:
    document = asking(darren_and_toby(), lambda one: one["kind"] != "mappa")
    document["release"] |= {"date": day.isoformat()}
    return document


def _clocks() -> list[tuple[str, str, str | None]]:
    rows = as_owner(
        "SELECT state, owner_role, stop_reason FROM clock WHERE timer = 'handover' ORDER BY started_at, cycle"
    )
    return [(row["state"], row["owner_role"], row["stop_reason"]) for row in rows]


def _handed_over(story: Story) -> list[Json]:
    feed = ok(story.cast.probation.get("/v1/events", limit="500"))["items"]
    return [one["data"] for one in feed if one["event"] == "releases.handed_over"]


def test_a_release_day(story: Story) -> None:
    """At 09:00 what is red goes from the practitioner to the SPO, and is the SPO's until it is ready."""
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    day = RELEASE.isoformat()
    referral = story.submit(_released(RELEASE))
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")

    # The day before, it is the practitioner's, due at nine on the day, and nobody has been notified.
    (owed,) = _owed(story, story.practitioner, mine="yes")
    assert (owed["due_at"], owed["owner"]["role"]) == (f"{day}T09:00:00Z", "practitioner")
    assert owed["move"] == {"operation": "list_releases", "href": "/v1/releases", "transitions": []}
    worker.at(f"{day}T08:59:00Z")
    assert _board(story)[CRN]["line"]["handed_over"] is None
    assert _owed(story, story.spo, mine="yes") == []

    worker.at(f"{day}T09:00:00Z")
    (taken,) = _owed(story, story.spo, mine="yes")
    assert (taken["overdue"], taken["owner"]["role"]) == (True, "spo")
    line = _board(story)[CRN]
    # The register has no phone of the manager's: it is that of the region.
    to = {"kind": "manager", "id": "s.okafor", "name": "s.okafor", "phone": "0113 496 0000"}
    assert line["line"]["handed_over"] == {"at": f"{day}T09:00:00Z", "role": "spo", "to": to}
    assert line["line"]["practitioner"]["id"] == "p.shah"
    reds = {name: cell for name, cell in line.items() if name != "line" and cell["level"] == "red"}
    (told,) = _handed_over(story)
    assert (told["role"], told["count"]) == ("spo", 1)
    found = sorted(f"{name}.{cell['found']}" for name, cell in reds.items())
    assert sorted(told["items"][0]["red"]) == found
    assert "bed.unopened" in found
    assert set(told["items"][0]) == {"person", "clock", "red"}
    assert {cell["owner"]["kind"] for cell in reds.values()} <= {"manager", "organisation"}
    notified = ok(story.spo.get("/v1/escalations", limit="200"))["items"]
    who = {
        (one["step"], each["role"], each["holder"])
        for one in notified
        if one["timer"] == "handover"
        for each in one["addressed_to"]
    }
    assert ("spo", "spo", "s.okafor") in who

    # Seeing it stops nothing; four hours later the head of the unit has it, too.
    for step in taken["to_acknowledge"]:
        ok(story.spo.post(step["href"]))
    worker.at(f"{day}T13:00:00Z")
    assert _board(story)[CRN]["line"]["handed_over"]["role"] == "pdu_head"

    # He is back in prison: nobody releases him, and nobody owes anything of it.
    recalled = {
        "kind": "recalled", "occurred_on": day, "source": "practitioner", "standing": "established",
    }  # fmt: skip
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    ok(story.pdu_head.post(path, json=recalled), 201)
    worker.at(f"{day}T13:05:00Z")
    assert CRN not in _board(story)
    assert _clocks() == [("stopped", "spo", "not_released")]
    assert _owed(story, story.spo) == []


def test_a_day_is_announced_once_however_many_workers_look_and_however_far_it_climbs(story: Story) -> None:
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    story.submit(_released(RELEASE))
    one, other = HandOver(), HandOver()
    work_once("one", Event(), first=(one,))
    story.clock.set(f"{RELEASE.isoformat()}T09:00:00Z")
    one(clock.now())  # and its worker stops before the sweep
    work_once("other", Event(), first=(other,))
    for later in (0, 1, 2):
        story.clock.set(f"{_later(RELEASE, later)}T13:00:00Z")
        work_once("one", Event(), first=(one, other))
    assert len(_handed_over(story)) == 1
    assert _clocks() == [("running", "spo", None)]


def test_a_day_that_changes_is_handed_over_on_the_new_day(story: Story) -> None:
    referral = story.submit(_released(RELEASE))
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")
    later = RELEASE + timedelta(days=1)
    version = story.practitioner.get(f"/v1/referrals/{referral['id']}")
    ok(
        story.practitioner.post(
            f"/v1/referrals/{referral['id']}/versions",
            json=_released(later),
            if_match=version.headers["ETag"],
        )
    )
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    assert _handed_over(story) == []
    assert _clocks() == [("stopped", "practitioner", "changed"), ("running", "practitioner", None)]
    worker.at(f"{later.isoformat()}T09:00:00Z")
    assert len(_handed_over(story)) == 1


def test_a_day_that_is_put_back_and_then_said_again_is_handed_over_again(story: Story) -> None:
    referral = story.submit(_released(RELEASE))
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    assert len(_handed_over(story)) == 1
    for hour, day in ((10, RELEASE + timedelta(days=3)), (11, RELEASE)):
        story.clock.set(f"{RELEASE.isoformat()}T{hour}:00:00Z")
        version = story.practitioner.get(f"/v1/referrals/{referral['id']}")
        path = f"/v1/referrals/{referral['id']}/versions"
        ok(story.practitioner.post(path, json=_released(day), if_match=version.headers["ETag"]))
        worker.at(f"{RELEASE.isoformat()}T{hour}:30:00Z")
    assert _clocks()[-1] == ("running", "spo", None)
    assert len(_handed_over(story)) == 2


def test_on_a_saturday_it_goes_to_whoever_is_on_call(story: Story) -> None:
    keep(story.cast.probation.keeper(), "n.ight", "on_call_manager")
    saturday = date(2026, 3, 14)
    story.submit(_released(saturday))
    worker = _Worker(story)
    worker.at("2026-03-13T09:00:00Z")
    worker.at(f"{saturday.isoformat()}T09:00:00Z")
    line = _board(story)[CRN]["line"]["handed_over"]
    assert (line["role"], line["to"]["id"]) == ("on_call_manager", "n.ight")
    on_call = story.cast.probation.as_practitioner("n.ight", "on_call_manager")
    assert len(_owed(story, on_call, mine="yes")) == 1


def test_somebody_without_a_referral_is_handed_over_on_the_day_that_a_prison_sent(story: Story) -> None:
    opened = {
        "because": "allocation",
        "person": {"crn": CRN, "name": {"given": "Larry", "family": "Penhallow"}},
        "household": {"children": "no", "contacts": []},
    }
    ok(story.practitioner.post("/v1/people", json=opened), 201)
    as_of = story.clock.at.isoformat()
    sent = {"crn": CRN, "release_date": RELEASE.isoformat(), "kind": "confirmed", "as_of": as_of}
    ok(story.cast.prison.post("/v1/release-dates", json={"lines": [sent]}))
    follow_release_dates(story.clock.at)
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")
    (owed,) = _owed(story, story.practitioner, mine="yes")
    assert owed["due_at"] == f"{RELEASE.isoformat()}T09:00:00Z"
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    assert [one["items"][0]["red"] for one in _handed_over(story)] == [
        [
            "bed.none",
            "police_check.awaiting_details",
            "identification.not_said",
            "benefit.not_said",
            "first_appointment.not_said",
            "conditions_explained.not_said",
        ]
    ]


def test_a_line_on_which_everything_is_ready_is_handed_over_to_nobody(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = asking(darren_and_toby(), lambda one: one.get("service_category") == "accommodation")
    document["release"] |= {"date": RELEASE.isoformat()}
    document["household"] = {"children": "no", "contacts": []}
    document["addresses"] = []
    referral = story.submit(document)
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")
    story.take_on(story.cast.crs, story.part(referral["id"], "crs", "accommodation")["id"])
    home = {"ref": "home", "kind": "proposed_release", "lines": ["8 Canal Street"], "postcode": "LS1 4AP"}
    ok(story.practitioner.post(f"{person_at(CRN)}/addresses", json=home), 201)
    arranged = {
        "tag": {"state": "not_required"},
        "identification": {"state": "held"},
        "benefit": {"state": "claim_made"},
        "first_appointment": {
            "state": "booked",
            "day": RELEASE.isoformat(),
            "time": "14:30",
            "office": "Trafford",
        },
        "conditions_explained": {
            "state": "explained",
            "day": story.clock.at.date().isoformat(),
            "by": "practitioner",
        },
    }
    ok(story.practitioner.post(f"{person_at(CRN)}/release-arrangements", json=arranged), 201)
    # How agencies answer is another story.
    monkeypatch.setattr(cells, "_check", lambda *_: Found("none"))
    levels = {name: cell["level"] for name, cell in _board(story)[CRN].items() if name != "line"}
    assert "red" not in levels.values(), levels
    worker.at(f"{RELEASE.isoformat()}T08:00:00Z")
    assert _clocks() == [("running", "practitioner", None)]
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    assert (_handed_over(story), _clocks()) == ([], [("stopped", "practitioner", "ready")])
    worker.at(f"{RELEASE.isoformat()}T10:00:00Z")
    assert len(_clocks()) == 1


def _later(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("named_by", ["new_referral", "amendment"])
def test_who_was_recalled_is_on_the_board_again_by_the_next_day_that_is_named(
    story: Story, named_by: str
) -> None:
    """Nothing of the earlier release is open any more: the destination has ended its work."""
    earlier, day = MONDAY + timedelta(days=1), MONDAY + timedelta(days=14)
    first = story.submit(_asked("accommodation", earlier))
    part = story.part(first["id"], "crs", "accommodation")["id"]
    story.take_on(story.cast.crs, part)
    story.clock.move(timedelta(days=1))
    story.report_change(CRN, "released", occurred_on=story.clock.at.date().isoformat())
    story.move(story.cast.crs, part, "start")
    story.move(story.cast.crs, part, "end_early", reason_code="RET")
    story.clock.move(timedelta(days=2))
    story.report_change(CRN, "recalled", occurred_on=story.clock.at.date().isoformat())
    assert CRN not in _board(story)

    story.clock.move(timedelta(days=1))
    if named_by == "new_referral":
        story.submit(_asked("accommodation", day, reference="the-next-release"))
    else:
        version = story.practitioner.get(f"/v1/referrals/{first['id']}")
        path = f"/v1/referrals/{first['id']}/versions"
        later = _asked("accommodation", day)
        ok(story.practitioner.post(path, json=later, if_match=version.headers["ETag"]))
    assert _board(story)[CRN]["line"]["day"] == day.isoformat()
    worker = _Worker(story)
    worker.at(f"{_later(day, -1)}T09:00:00Z")
    worker.at(f"{day.isoformat()}T09:00:00Z")
    assert len(_handed_over(story)) == 1


def _asked(category: str, day: date, reference: str | None = None) -> Json:
    sample = darren_and_toby(reference) if reference else darren_and_toby()
    document = asking(sample, lambda one: one.get("service_category") == category)
    document["release"] |= {"date": day.isoformat()}
    return document


def test_what_was_handed_over_stays_so_when_another_release_is_named_for_later(story: Story) -> None:
    """Two referrals name different days: the one that has passed is the manager's until it is ready."""
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    story.submit(_asked("accommodation", RELEASE))
    story.submit(_asked("accommodation", RELEASE, reference="another"))
    # As where the rest of a referral does not allow the day that another says.
    later = "UPDATE referral SET releases_on = releases_on + 9 WHERE submission_reference = 'another'"
    as_owner(f"{later} RETURNING id")
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    worker.at(f"{_later(RELEASE, 1)}T09:00:00Z")
    assert _clocks() == [("running", "spo", None)]
    assert _board(story)[CRN]["line"]["handed_over"]["role"] == "pdu_head"
    assert len(_owed(story, story.spo)) == 1

    # On the next day of release the manager has it already.
    worker.at(f"{_later(RELEASE, 9)}T09:00:00Z")
    assert [state for state, _, _ in _clocks()] == ["running"]


@pytest.mark.parametrize("later", [0, 1])
def test_what_was_handed_over_stays_so_when_the_record_is_found_to_be_another_s(
    story: Story, later: int
) -> None:
    """Two records are one person's: the clock goes on for the one that stands, and notifies nobody twice."""
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    story.submit(_released(MONDAY + timedelta(days=60)))
    story.clock.move(timedelta(hours=1))
    other = second(noms_number=NOMS, pnc_number=PNC)
    other["release"] = {"date_known": True, "date": RELEASE.isoformat()}
    ok(story.practitioner.post("/v1/referrals", json=other), 201)
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    worker.at(f"{_later(RELEASE, later)}T10:00:00Z")
    handed_over = len(_handed_over(story))
    merge(story)
    worker.at(f"{_later(RELEASE, later)}T10:10:00Z")
    worker.at(f"{_later(RELEASE, later)}T10:20:00Z")
    assert _clocks() == [("running", "spo", None)]
    assert _board(story)[CRN]["line"]["handed_over"] is not None
    assert (len(_handed_over(story)), len(_owed(story, story.spo))) == (handed_over, 1)


def test_the_first_sweep_after_the_upgrade_hands_nothing_over(story: Story) -> None:
    """A release of that day was there before there was a clock for it: it counts from the upgrade."""
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    story.submit(_released(RELEASE))
    story.clock.set(f"{RELEASE.isoformat()}T14:00:00Z")
    # What else is overdue by then is sent without the board.
    work_once("worker", Event())
    chores = (WhatWaited(), follow_sharing, HandOver())

    def pass_at(time: str) -> list[str]:
        story.clock.set(f"{RELEASE.isoformat()}T{time}Z")
        work_once("worker", Event(), first=chores)
        sent = ok(story.spo.get("/v1/escalations", limit="200"))["items"]
        return [one["step"] for one in sent if one["timer"] == "handover"]

    assert pass_at("14:00:05") == []
    assert (_handed_over(story), _clocks()) == ([], [("running", "practitioner", None)])
    assert as_owner("SELECT carried_over FROM clock WHERE timer = 'handover'") == [{"carried_over": True}]

    # A minute later the manager has it, as of any other day.
    assert "spo" in pass_at("14:02:00")
    assert len(_handed_over(story)) == 1


def test_who_arrives_from_the_community_is_handed_over_on_the_day_of_arrival(story: Story) -> None:
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    referral = story.submit(_released(MONDAY + timedelta(days=60)))
    ap = story.part(referral["id"], "approved_premises")["id"]
    story.take_on(story.cast.ap, ap)
    days = {"expected_arrival": RELEASE.isoformat(), "expected_departure": _later(RELEASE, 84)}
    story.place(story.cast.ap, ap, "offer", **days)
    worker = _Worker(story)
    worker.at(f"{_later(RELEASE, -1)}T09:00:00Z")
    (owed,) = _owed(story, story.practitioner, mine="yes")
    assert owed["due_at"] == f"{RELEASE.isoformat()}T09:00:00Z"
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    line = _board(story)[CRN]["line"]
    assert (line["because"], line["handed_over"]["role"]) == ("arrival", "spo")
    assert "bed.offered" in _handed_over(story)[0]["items"][0]["red"]

    # The day after it is still the manager's; of who does not come any more, nobody owes anything.
    worker.at(f"{_later(RELEASE, 1)}T09:00:00Z")
    assert (len(_handed_over(story)), _clocks()) == (1, [("running", "spo", None)])
    ok(story.place(story.practitioner, ap, "cancel", reason="It fell through."))
    worker.at(f"{_later(RELEASE, 1)}T09:10:00Z")
    assert _clocks() == [("stopped", "spo", "not_released")]
    assert _clocks() == [("stopped", "spo", "not_released")]


def test_a_release_of_its_own_comes_before_an_arrival_of_the_same_person(story: Story) -> None:
    referral = story.submit(_released(RELEASE))
    ap = story.part(referral["id"], "approved_premises")["id"]
    story.take_on(story.cast.ap, ap)
    days = {"expected_arrival": _later(RELEASE, 2), "expected_departure": _later(RELEASE, 84)}
    story.place(story.cast.ap, ap, "offer", **days)
    worker = _Worker(story)
    for later in (-1, 0, 1, 2, 3):
        worker.at(f"{_later(RELEASE, later)}T09:00:00Z")
    assert (len(_handed_over(story)), _clocks()) == (1, [("running", "spo", None)])


@pytest.mark.parametrize("later", [0, 1, 28])
def test_who_is_referred_after_nine_on_the_day_or_later_is_handed_over_at_once(
    story: Story, later: int
) -> None:
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    chores = (HandOver(), HandOver())
    day = story.clock.at.date()
    work_once("worker", Event(), first=chores)
    story.clock.set(f"{_later(day, later)}T14:00:00Z")
    story.submit(_released(day))
    for minutes in (5, 10, 15):
        story.clock.set(f"{_later(day, later)}T14:{minutes:02}:00Z")
        work_once("worker", Event(), first=chores)
        assert len(_handed_over(story)) == 1
        assert _clocks() == [("running", "spo", None)]
    assert _board(story)[CRN]["line"]["handed_over"]["role"] == "spo"
    story.clock.set(f"{_later(day, 29)}T14:00:00Z")
    work_once("worker", Event(), first=chores)
    assert _clocks() == [("stopped", "spo", "not_released")]


def test_a_release_of_more_than_four_weeks_ago_is_handed_over_to_nobody(story: Story) -> None:
    worker = _Worker(story)
    day = story.clock.at.date()
    worker.at(f"{_later(day, 29)}T14:00:00Z")
    story.submit(_released(day))
    worker.at(f"{_later(day, 29)}T14:05:00Z")
    assert (_handed_over(story), _clocks()) == ([], [])


def test_a_day_that_is_said_after_it_has_passed_is_handed_over_at_once(story: Story) -> None:
    """The release was expected later: that clock stops, and it is the manager's by the day that was."""
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    referral = story.submit(_released(RELEASE))
    worker = _Worker(story)
    worker.at(f"{_later(RELEASE, -4)}T14:00:00Z")
    earlier = RELEASE - timedelta(days=5)
    version = story.practitioner.get(f"/v1/referrals/{referral['id']}")
    path = f"/v1/referrals/{referral['id']}/versions"
    ok(story.practitioner.post(path, json=_released(earlier), if_match=version.headers["ETag"]))
    for minutes in (5, 10):
        worker.at(f"{_later(RELEASE, -4)}T14:{minutes:02}:00Z")
    assert _clocks() == [("stopped", "practitioner", "changed"), ("running", "spo", None)]
    assert len(_handed_over(story)) == 1


def test_who_was_recalled_before_the_release_was_recorded_is_handed_over_to_nobody(story: Story) -> None:
    day = story.clock.at.date()
    worker = _Worker(story)
    worker.at(f"{_later(day, 2)}T14:00:00Z")
    referral = story.submit(_released(day))
    recalled = {
        "kind": "recalled",
        "occurred_on": _later(day, 1),
        "source": "practitioner",
        "standing": "established",
    }
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    ok(story.pdu_head.post(path, json=recalled), 201)
    worker.at(f"{_later(day, 2)}T14:05:00Z")
    assert (_handed_over(story), _clocks()) == ([], [])


@pytest.mark.parametrize("later", [0, 3])
def test_a_release_that_was_handed_over_and_became_ready_is_not_handed_over_again(
    story: Story, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    """What turns red afterwards stays with whoever owes it."""
    keep(story.cast.probation.keeper(), "s.okafor", "spo")
    story.submit(_released(RELEASE))
    worker = _Worker(story)
    worker.at("2026-03-03T09:00:00Z")
    worker.at(f"{RELEASE.isoformat()}T09:00:00Z")
    with monkeypatch.context() as ready:
        ready.setattr(actions, "cells_of", lambda *_: [])
        worker.at(f"{_later(RELEASE, later)}T10:00:00Z")
    assert _clocks() == [("stopped", "spo", "ready")]
    worker.at(f"{_later(RELEASE, later)}T10:10:00Z")
    assert (len(_handed_over(story)), _clocks()) == (1, [("stopped", "spo", "ready")])
