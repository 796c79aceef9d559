"""What becomes of the release dates that a prison sends, for each person that probation knows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from service.people import aliases
from service.referrals.actions import release_dates
from service.release_dates import actions, follow_release_dates, writes
from service.release_dates.writes import SHOWN
from tests.journeys.driver import Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby, minimal
from tests.release_dates.factories import CRN, NOMS, follow, line, outcomes, release_date, sent
from tests.rows import person_id

OTHER = "X320750"


def submitted(story: Story, reference: str = "DAT-1", crn: str = CRN, **person: Any) -> str:
    document = darren_and_toby(reference, crn=crn)
    document["person"] |= person
    found: str = story.submit(document)["id"]
    return found


def test_a_release_date_is_changed_and_every_destination_is_sent_the_new_one(story: Story) -> None:
    referral = submitted(story)
    house = story.part(referral, "approved_premises")["id"]
    assert "2026-05-20" not in str(story.document(story.cast.ap, house))
    follow(story, line("2026-05-20"))
    assert release_date(story, referral) == "2026-05-20"
    assert "2026-05-20" in str(story.document(story.cast.ap, house))
    assert outcomes() == ["changed"]


def test_the_practitioner_sees_who_sent_it_and_what_it_is(story: Story) -> None:
    referral = submitted(story)
    follow(story, line("2026-05-20", "conditional"))
    told = [one for one in story.timeline(referral) if one["by"]["organisation"] == "HMP Moorland"]
    assert {"referral.release_changed", "person.release_date_sent"} <= {one["event"] for one in told}
    (source,) = [one["data"] for one in told if one["event"] == "person.release_date_sent"]
    assert source == {
        "release_date": "2026-05-20",
        "kind": "conditional",
        "as_of": "2026-03-02T09:00:00+00:00",
        "outcome": "changed",
    }


def test_a_person_is_found_by_the_prison_number_or_the_crn_and_by_no_name(story: Story) -> None:
    referral = submitted(story, noms_number=NOMS)
    follow(story, line("2026-05-20", noms_number=NOMS))
    assert release_date(story, referral) == "2026-05-20"
    follow(story, line("2026-05-21", noms_number="a1234bc", crn="x320741"))
    assert release_date(story, referral) == "2026-05-21"
    follow(story, line("2026-05-22", noms_number="A1234BD"))
    assert release_date(story, referral) == "2026-05-21"
    assert outcomes() == ["changed", "changed"]


def test_numbers_of_two_records_change_neither_and_are_told(story: Story) -> None:
    one = submitted(story, noms_number=NOMS)
    other = submitted(story, "DAT-2", OTHER)
    before = release_date(story, one), release_date(story, other)
    follow(story, line("2026-05-20", noms_number=NOMS, crn=OTHER))
    follow(story, line("2026-05-20", noms_number="B7654CD", crn=CRN))
    assert (release_date(story, one), release_date(story, other)) == before
    assert outcomes() == ["unclear", "unclear"]
    told = story.told(story.practitioner, "release_dates.sent")
    assert [one["data"]["items"][0]["outcome"] for one in told] == ["unclear", "unclear"]


@pytest.mark.parametrize("as_of", ["2026-03-01T23:59:59Z", "2026-03-02T08:59:59Z", "2020-01-01T00:00:00Z"])
def test_what_was_so_before_the_practitioner_said_otherwise_changes_nothing(story: Story, as_of: str) -> None:
    referral = submitted(story)
    follow(story, line("2026-05-20", as_of=as_of))
    assert release_date(story, referral) == "2026-03-24"
    assert story.referral(referral)["current_version"] == 1
    assert outcomes() == ["older"]
    assert story.told(story.practitioner, "release_dates.sent") == []


def test_of_two_lines_the_one_that_was_so_later_counts_in_whatever_order_they_come(story: Story) -> None:
    referral = submitted(story)
    story.clock.move(timedelta(hours=8))
    follow(story, line("2026-05-20", as_of="2026-03-02T12:00:00Z"))
    follow(story, line("2026-06-20", as_of="2026-03-02T11:00:00Z"))
    follow(story, line("2026-05-21", as_of="2026-03-02T12:30:00Z"))
    assert release_date(story, referral) == "2026-05-21"
    assert outcomes() == ["changed", "older", "changed"]


def test_the_same_date_again_makes_no_version_and_tells_nobody(story: Story) -> None:
    referral = submitted(story)
    follow(story, line("2026-03-24"))
    assert story.referral(referral)["current_version"] == 1
    assert outcomes() == ["same"]
    assert story.told(story.practitioner, "release_dates.sent") == []


def test_the_earliest_day_is_planned_for_only_while_no_date_is_known(story: Story) -> None:
    referral = submitted(story)
    follow(story, line("2026-04-01", "earliest"))
    assert release_date(story, referral) == "2026-03-24"
    unknown = darren_and_toby("DAT-2", crn=OTHER)
    unknown["release"] = {"date_known": False, "date_unknown_reason": "Parole is to be heard."}
    second = story.submit(unknown)["id"]
    follow(story, line("2026-04-01", "earliest", crn=OTHER))
    assert release_date(story, second) == "2026-04-01"
    version = ok(story.practitioner.get(f"/v1/referrals/{second}/versions/2"))["document"]["release"]
    assert version == {"date_known": True, "date": "2026-04-01"}
    assert outcomes() == ["another_on_record", "changed"]


def test_a_date_that_the_rest_of_the_record_does_not_allow_is_the_practitioners_to_settle(
    story: Story,
) -> None:
    referral = submitted(story)
    follow(story, line("2060-01-01"))
    assert release_date(story, referral) == "2026-03-24"
    assert outcomes() == ["unclear"]


@pytest.mark.parametrize(("day", "outcome"), [("2025-04-01", "unclear"), ("2026-02-02", "changed")])
def test_a_day_long_past_of_somebody_in_a_prison_takes_nobody_off_the_board(
    story: Story, day: str, outcome: str
) -> None:
    referral = submitted(story)
    follow(story, line(day))
    assert outcomes() == [outcome]
    assert release_date(story, referral) == ("2026-03-24" if outcome == "unclear" else day)


def wanted(story: Story, referral: str) -> list[tuple[str, str]]:
    """Return by when the answers of the police are needed, and when they are due."""
    return [
        (one["needed_by"], clock["due_at"])
        for one in story.requests(referral, "police_da")
        for clock in one["clocks"]
        if clock["timer"] == "answer"
    ]


def test_a_nearer_day_pulls_what_is_asked_forward_and_a_later_one_puts_nothing_off(story: Story) -> None:
    referral = submitted(story)
    before = wanted(story, referral)
    assert before
    follow(story, line("2026-03-04"))
    nearer = wanted(story, referral)
    assert {needed for needed, _ in nearer} == {"2026-03-04T00:00:00Z"}
    assert all(now < then for (_, now), (_, then) in zip(nearer, before, strict=True))
    follow(story, line("2026-06-04", as_of="2026-03-02T09:01:00Z"))
    assert wanted(story, referral) == nearer
    assert release_date(story, referral) == "2026-06-04"


def test_a_known_person_without_an_open_referral_is_told_of_and_nothing_else(story: Story) -> None:
    referral = story.submit(minimal(crn=OTHER))["id"]
    for part in story.referral(referral)["destinations"]:
        story.move(story.practitioner, part["id"], "withdraw", reason="no_longer_needed")
    follow(story, line(crn=OTHER))
    assert outcomes() == ["no_open_referral"]
    (told,) = story.told(story.practitioner, "release_dates.sent")
    assert told["data"]["count"] == 1
    follow(story, line(crn=OTHER, as_of="2026-03-02T08:00:00Z"))
    assert outcomes() == ["no_open_referral", "older"]


def test_nothing_is_kept_of_anybody_who_is_not_known(story: Story) -> None:
    follow(story, line(crn="X999999"), line(noms_number="Z9999ZZ"))
    assert as_owner("SELECT * FROM release_date_line") == []
    assert story.told(story.practitioner, "release_dates.sent") == []


def test_of_whom_the_record_is_found_the_numbers_are_kept_no_second_time(story: Story) -> None:
    submitted(story, noms_number=NOMS)
    follow(story, line(noms_number=NOMS))
    assert as_owner("SELECT noms_number, crn FROM release_date_line") == [{"noms_number": None, "crn": None}]


def test_two_lines_of_one_call_with_two_days_for_one_person_change_nothing(story: Story) -> None:
    """By the CRN in one line, by the prison number in the other: nobody can say which day it is."""
    referral = submitted(story, noms_number=NOMS)
    was = release_date(story, referral)
    follow(story, line("2026-05-20", crn=CRN), line("2026-06-20", noms_number=NOMS))
    assert outcomes() == ["unclear", "unclear"]
    assert release_date(story, referral) == was
    follow(story, line("2026-05-20", crn=CRN), line("2026-05-20", noms_number=NOMS))
    assert outcomes() == ["unclear", "unclear", "changed", "same"]


def test_a_region_has_one_digest_of_all_its_people_in_a_call(story: Story) -> None:
    people = [f"X32076{number}" for number in range(4)]
    for number, crn in enumerate(people):
        submitted(story, f"DAT-{number}", crn)
    follow(story, *[line(crn=crn) for crn in people])
    (told,) = story.told(story.practitioner, "release_dates.sent")
    assert (told["data"]["count"], len(told["data"]["items"])) == (4, 4)
    assert {one["release_date"] for one in told["data"]["items"]} == {"2026-05-20"}
    assert SHOWN > 4


def test_each_region_is_told_of_its_own_people_and_of_no_others(story: Story) -> None:
    submitted(story)
    stranger = story.cast.stranger.as_practitioner("n.west")
    document = darren_and_toby("NW-1", crn=OTHER)
    ok(stranger.post("/v1/referrals", json=document), 201)
    follow(story, line(), line(crn=OTHER))
    for caller in (story.practitioner, stranger):
        (told,) = story.told(caller, "release_dates.sent")
        assert told["data"]["count"] == 1


def test_a_limited_case_is_in_a_digest_of_its_own_that_only_those_who_are_named_read(story: Story) -> None:
    submitted(story)
    submitted(story, "DAT-2", OTHER, restricted_record=True)
    follow(story, line(), line(crn=OTHER))
    assert [one["data"]["count"] for one in story.told(story.practitioner, "release_dates.sent")] == [1, 1]
    colleague = story.cast.probation.as_practitioner("t.jones")
    (told,) = story.told(colleague, "release_dates.sent")
    assert [one["person"] for one in told["data"]["items"]] == [str(person_id(CRN))]


def test_nobody_else_has_it_in_their_feed(story: Story) -> None:
    submitted(story)
    follow(story, line())
    for name in ("ap", "crs", "police", "council"):
        assert story.told(story.cast.callers[name], "release_dates.sent") == []


def test_a_line_that_cannot_be_followed_holds_up_no_other(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = submitted(story), submitted(story, "DAT-2", OTHER)
    change = release_dates.change_release_date

    def broken(session: Any, actor: Any, referral: Any, day: Any, *, put_back: bool) -> None:
        if str(referral.id) == first:
            raise ValueError
        change(session, actor, referral, day, put_back=put_back)

    monkeypatch.setattr(actions, "change_release_date", broken)
    with structlog.testing.capture_logs() as logs:
        follow(story, line(), line(crn=OTHER))
    assert (release_date(story, first), release_date(story, second)) == ("2026-03-24", "2026-05-20")
    assert outcomes() == ["unclear", "changed"]
    (log,) = [log for log in logs if log["event"] == "release_date_faulted"]
    assert log.keys() == {"event", "log_level", "line", "fault"}


def test_a_worker_follows_only_so_many_in_one_pass(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 2)
    assert sent(story, *[line(crn=f"X90000{number}") for number in range(5)]).status_code == 200
    assert [follow_release_dates(story.clock.at) for _ in range(4)] == [2, 2, 1, 0]


def test_a_digest_waits_until_all_of_its_call_has_been_followed(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 1)
    submitted(story)
    submitted(story, "DAT-2", OTHER)
    follow(story, line(), line(crn=OTHER))
    assert story.told(story.practitioner, "release_dates.sent") == []
    follow_release_dates(story.clock.at)
    (told,) = story.told(story.practitioner, "release_dates.sent")
    assert told["data"]["count"] == 2


def test_two_workers_follow_each_line_once_and_send_one_digest(story: Story) -> None:
    people = [f"X32076{number}" for number in range(6)]
    for number, crn in enumerate(people):
        submitted(story, f"DAT-{number}", crn)
    story.clock.move(timedelta(minutes=1))
    sent(story, *[line(crn=crn) for crn in people])
    with ThreadPoolExecutor(3) as pool:
        followed = list(pool.map(follow_release_dates, [story.clock.at] * 3))
    assert sum(followed) == 6
    assert outcomes() == ["changed"] * 6
    (told,) = story.told(story.practitioner, "release_dates.sent")
    assert told["data"]["count"] == 6


def test_a_line_about_records_that_were_merged_meanwhile_is_followed_in_another_transaction(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds a record takes no referral any more, so that it never waits for who has them."""
    referral = submitted(story)
    sent(story, line())
    asked: list[Any] = []
    lock_records_of = aliases.lock_records_of

    def merged_meanwhile(session: Any, person_id: Any) -> Any:
        asked.append(session)
        found = lock_records_of(session, person_id)
        return found[:0] if len(asked) == 1 else found

    monkeypatch.setattr(aliases, "lock_records_of", merged_meanwhile)
    follow_release_dates(story.clock.at)
    assert len(asked) == 2
    assert asked[0] is not asked[1]
    assert (outcomes(), release_date(story, referral)) == (["changed"], "2026-05-20")


def test_a_database_that_goes_in_the_middle_leaves_the_line_to_be_followed_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral = submitted(story)
    sent(story, line())
    follow_line = writes.follow

    def cut_off(*given: Any) -> None:
        follow_line(*given)
        raise OperationalError("cut off", None, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(writes, "follow", cut_off)
        with pytest.raises(OperationalError):
            follow_release_dates(story.clock.at)
    assert release_date(story, referral) == "2026-03-24", "it is one transaction"
    assert [follow_release_dates(story.clock.at) for _ in range(2)] == [1, 0]
    assert release_date(story, referral) == "2026-05-20"
    assert story.referral(referral)["current_version"] == 2


def test_a_prison_that_repeats_the_day_on_record_lets_nothing_go_on_that_a_recall_stopped(
    story: Story,
) -> None:
    """It sends everybody it holds, with the day that it has; a practitioner says that it still is the day."""
    referral = submitted(story)
    day = release_date(story, referral)
    assert day is not None
    person = person_id(CRN)
    recalled = {
        "kind": "recalled",
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "prison",
        "standing": "established",
    }
    ok(story.practitioner.post(f"/v1/people/{person}/changes-of-circumstance", json=recalled), 201)
    assert story.part(referral, "approved_premises")["next_update_due"] is None
    follow(story, line(day, as_of=story.clock.at.isoformat()))
    assert outcomes() == ["same"]
    assert story.part(referral, "approved_premises")["next_update_due"] is None


def happened(story: Story, kind: str, day: str | None = None) -> None:
    """Record what has happened to the person, today unless another day is given."""
    change = {
        "kind": kind,
        "occurred_on": day or story.clock.at.date().isoformat(),
        "source": "prison",
        "standing": "established",
    }
    path = f"/v1/people/{person_id(CRN)}/changes-of-circumstance"
    ok(story.practitioner.post(path, json=change), 201)


def test_the_earliest_day_is_planned_for_where_a_recall_has_ended_the_release_on_record(story: Story) -> None:
    referral = submitted(story)
    happened(story, "recalled")
    story.clock.move(timedelta(days=1))
    follow(story, line("2026-04-10", "earliest", as_of=story.clock.at.isoformat()))
    assert release_date(story, referral) == "2026-04-10"
    # By now somebody has said since the recall when the release is.
    story.clock.move(timedelta(days=1))
    follow(story, line("2026-04-17", "conditional", as_of=story.clock.at.isoformat()))
    story.clock.move(timedelta(days=1))
    follow(story, line("2026-04-14", "earliest", as_of=story.clock.at.isoformat()))
    assert outcomes() == ["changed", "changed", "another_on_record"]
    assert release_date(story, referral) == "2026-04-17"


def test_the_day_that_a_prison_sends_after_a_recall_is_awaited(story: Story) -> None:
    submitted(story)
    happened(story, "recalled")
    story.clock.move(timedelta(days=1))
    follow(story, line("2026-04-10", as_of=story.clock.at.isoformat()))
    awaited = "SELECT due_at FROM clock WHERE timer = 'release_day' AND state = 'running'"
    assert [row["due_at"].date().isoformat() for row in as_owner(awaited)] == ["2026-04-10"]


@pytest.mark.parametrize("day", ["2026-03-28", "2026-04-01"])
def test_nobody_was_released_before_the_recall_after_which_a_prison_has_them(story: Story, day: str) -> None:
    referral = submitted(story)
    story.clock.set("2026-03-25T10:00:00Z")
    happened(story, "released")
    story.clock.set("2026-04-01T10:00:00Z")
    happened(story, "recalled")
    follow(story, line(day, as_of=story.clock.at.isoformat()))
    assert outcomes() == ["unclear"]
    assert release_date(story, referral) == "2026-03-25"


@pytest.mark.parametrize("kind", ["died", "released", "unlawfully_at_large"])
def test_a_prison_releases_nobody_who_has_died_or_is_out(story: Story, kind: str) -> None:
    referral = submitted(story)
    was = {
        "kind": kind,
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "prison",
        "standing": "established",
    }
    path = f"/v1/people/{person_id(CRN)}/changes-of-circumstance"
    ok(story.practitioner.post(path, json=was), 201)
    before = story.referral(referral)["current_version"]
    follow(story, line("2026-05-20", as_of=story.clock.at.isoformat()))
    assert outcomes() == (["unclear"] if kind != "died" else ["no_open_referral"])
    assert story.referral(referral)["current_version"] == before


def test_nobody_is_released_who_serves_in_the_community(story: Story) -> None:
    document = darren_and_toby("DAT-1", crn=CRN)
    document["release"] = {"date_known": False, "date_unknown_reason": "In the community."}
    document["release"]["releases"] = [{"type": "in_community", "start_date": "2026-03-02"}]
    story.submit(document)
    follow(story, line("2026-05-20"))
    assert outcomes() == ["no_open_referral"]


def test_what_a_practitioner_said_of_one_referral_is_said_of_the_person(story: Story) -> None:
    before = story.clock.at.isoformat()
    first = submitted(story)
    story.clock.move(timedelta(hours=2))
    submitted(story, "DAT-2")
    follow(story, line("2026-05-20", as_of=(story.clock.at - timedelta(hours=1)).isoformat()))
    assert outcomes() == ["older"]
    assert release_date(story, first) != "2026-05-20"
    assert before < story.clock.at.isoformat()
