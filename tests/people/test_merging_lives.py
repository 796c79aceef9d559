"""Who has died, or whose supervision is suspended, by one of two records: merged, and parted again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.people.two_records import FIRST, SECOND, colleague, decide, merge, part
from tests.referrals.samples import asking, darren_and_toby
from tests.release_dates.factories import follow, line
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """p.shah has a case; a.khan has one under another CRN, with a provider that has been asked."""
    story = Story(cast, the_clock)
    known = darren_and_toby()
    known["licence"]["curfew"] = {"until": (the_clock.at.date() + timedelta(days=40)).isoformat()}
    story.submit(known)
    story.clock.move(timedelta(hours=1))
    document = asking(
        darren_and_toby("SEC-1", crn=SECOND),
        lambda one: one.get("service_category") == "education_training_and_employment",
    )
    ok(colleague(story).post("/v1/referrals", json=document), 201)
    return story


def report(story: Story, crn: str, kind: str, status: int = 201, **given: Any) -> Json:
    change = {
        "kind": kind,
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
    } | given
    return ok(story.spo.post(f"{person_at(crn)}/changes-of-circumstance", json=change), status)


def due(story: Story, crn: str) -> set[bool]:
    """Return whether the providers that have been asked under a CRN owe something."""
    referrals = ok(story.spo.get("/v1/referrals", limit=100))["items"]
    parts = [
        part for one in referrals if one["crn"] == crn for part in story.referral(one["id"])["destinations"]
    ]
    sent = [ok(story.spo.get(one["href"])) for one in parts if one["kind"] == "crs"]
    return {one["next_update_due"] is not None for one in sent if one["state"] == "sent"}


def died(story: Story) -> list[bool]:
    return [ok(story.spo.get(person_at(crn)))["died_on"] is not None for crn in (FIRST, SECOND)]


@pytest.mark.parametrize("dead", [FIRST, SECOND])
def test_the_dead_and_the_living_are_not_merged_before_it_is_said_which_is_so(
    story: Story, dead: str
) -> None:
    report(story, dead, "died")
    refused = decide(story.spo, same=True, keep=FIRST)
    assert (refused.status_code, "death" in refused.get_json()["detail"]) == (409, True)
    report(story, SECOND if dead == FIRST else FIRST, "died")
    merge(story)
    part(story)
    assert died(story) == [True, True], "each had died by what was said of it"


@pytest.mark.parametrize("kind", ["supervision_suspended", "recalled"])
@pytest.mark.parametrize(("by", "other"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_work_rests_on_both_records_while_they_are_one(story: Story, kind: str, by: str, other: str) -> None:
    report(story, by, kind)
    assert (due(story, by), due(story, other)) == ({False}, {True})
    merge(story)
    assert (due(story, by), due(story, other)) == ({False}, {False})
    part(story)
    assert (due(story, by), due(story, other)) == ({False}, {True})


@pytest.mark.parametrize("kind", ["supervision_suspended", "recalled"])
def test_what_rests_by_what_was_said_of_the_other_goes_on_once_they_are_two(story: Story, kind: str) -> None:
    merge(story)
    report(story, FIRST, kind)
    assert due(story, SECOND) == {False}
    part(story)
    assert (due(story, FIRST), due(story, SECOND)) == ({False}, {True})


@pytest.mark.parametrize(("dead", "other"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_nobody_stays_dead_by_what_was_said_of_somebody_else(story: Story, dead: str, other: str) -> None:
    merge(story)
    report(story, dead, "died")
    assert died(story) == [True, True]
    part(story)
    assert died(story) == [dead == FIRST, dead == SECOND]
    changes = ok(story.spo.get(f"{person_at(other)}/changes-of-circumstance"))["items"]
    (undone,) = [one for one in changes if one["kind"] == "death_in_error"]
    assert [one["owner"] for one in undone["reviews"]] == ["spo"]
    assert any(one["state"] == "requested" for one in ok(story.spo.get("/v1/check-requests"))["items"])


@pytest.mark.parametrize("kind", ["supervision_suspended", "recalled"])
def test_nobody_is_reminded_of_the_curfew_of_who_is_not_under_one(story: Story, kind: str) -> None:
    """p.shah's referral says until when it lasts; what happened is on the other record."""

    def watched() -> bool:
        running = "SELECT count(*) AS n FROM clock WHERE timer = 'curfew_end' AND state <> 'stopped'"
        return bool(as_owner(running)[0]["n"])

    assert watched()
    report(story, SECOND, kind)
    merge(story)
    assert not watched()
    part(story)
    assert watched()


def withdraw_all(story: Story, crn: str) -> None:
    for one in ok(story.spo.get("/v1/referrals", limit=100))["items"]:
        for asked in story.referral(one["id"])["destinations"] if one["crn"] == crn else ():
            move = {"action": "withdraw", "reason": "no_longer_needed"}
            seen = story.spo.get(asked["href"])
            ok(story.spo.post(f"{asked['href']}/transitions", json=move, if_match=seen.headers["ETag"]))


def needed_by(crn: str) -> set[str]:
    """Return by when agencies must have answered what they were asked under a CRN and have not answered."""
    asked = (
        f"SELECT hard_date FROM check_request WHERE person_id = '{person_id(crn)}' AND state = 'requested'"
    )
    return {str(one["hard_date"].date()) for one in as_owner(asked)}


@pytest.mark.parametrize("by_prison", [False, True])
def test_a_sooner_release_is_followed_under_a_crn_whose_referrals_are_closed(
    story: Story, by_prison: bool
) -> None:
    withdraw_all(story, SECOND)
    merge(story)
    sooner = (story.clock.at.date() + timedelta(days=5)).isoformat()
    if by_prison:
        story.clock.move(timedelta(days=1))
        follow(story, line(sooner, as_of=story.clock.at.isoformat(), crn=FIRST))
    else:
        report(story, FIRST, "release_date_changed", release_date=sooner)
    assert (needed_by(FIRST), needed_by(SECOND)) == ({sooner}, {sooner})
    story.clock.move(timedelta(hours=1))
    report(story, FIRST, "arrest")
    assert needed_by(SECOND) == {sooner}, "what is asked from now on, too"


def test_what_is_open_twice_with_a_destination_once_two_records_are_one_is_marked(story: Story) -> None:
    referrals = {one["crn"]: one["id"] for one in ok(story.spo.get("/v1/referrals"))["items"]}
    asked = "education_training_and_employment"
    first, later = (story.part(referrals[crn], "crs", asked) for crn in (FIRST, SECOND))

    def repeats(one: Json) -> str | None:
        found: str | None = ok(story.spo.get(one["href"]))["duplicate_of"]
        return found

    assert (repeats(first), repeats(later)) == (None, None)
    merge(story)
    assert (repeats(first), repeats(later)) == (None, first["href"])
    assert "duplicate" in story.referral(referrals[SECOND])["overall"]["needs_attention"]
    part(story)
    assert (repeats(first), repeats(later)) == (None, None)
    assert "duplicate" not in story.referral(referrals[SECOND])["overall"]["needs_attention"]


def test_whoever_answers_for_either_record_looks_through_it_once_they_are_two_again(story: Story) -> None:
    def opened(crn: str) -> list[str]:
        found = ok(story.spo.get(f"{person_at(crn)}/changes-of-circumstance", limit=100))["items"]
        return [
            one["state"]
            for change in found
            if change["kind"] == "report_corrected"
            for one in change["reviews"]
        ]

    assert [opened(crn) for crn in (FIRST, SECOND)] == [[], []]
    merge(story)
    assert [opened(crn) for crn in (FIRST, SECOND)] == [[], []]
    part(story)
    assert [opened(crn) for crn in (FIRST, SECOND)] == [["open"], ["open"]]
    ok(decide(story.spo, same=False))
    assert [opened(crn) for crn in (FIRST, SECOND)] == [["open"], ["open"]], "that they are two is said again"


def asked_again(crn: str) -> list[bool]:
    """Return of each check that a change has raised on one record whether it is known not to be so."""
    raised = as_owner(
        "SELECT refuted_at IS NOT NULL AS refuted FROM safety_check"
        f" WHERE trigger_event LIKE 'change:%' AND person_id = '{person_id(crn)}'"
    )
    return [row["refuted"] for row in raised]


def test_whoever_was_asked_by_an_allegation_is_told_under_either_record_that_it_was_not_so(
    story: Story,
) -> None:
    merge(story)
    alleged = report(story, FIRST, "police_call_out", standing="alleged")
    refuted = {"standing": "refuted", "follows": alleged["id"], "details": "It was next door."}
    report(story, FIRST, "police_call_out", **refuted)
    for crn in (FIRST, SECOND):
        assert set(asked_again(crn)) == {True}, crn


def test_nobody_is_asked_again_about_who_was_never_meant(story: Story) -> None:
    (meant,) = [one for one in ok(story.spo.get("/v1/referrals"))["items"] if one["crn"] == SECOND]
    for one in story.referral(meant["id"])["destinations"]:
        story.move(story.spo, one["id"], "enter_in_error", reason="wrong_person")
    merge(story)
    report(story, FIRST, "arrest")
    assert (len(asked_again(FIRST)) > 0, asked_again(SECOND)) == (True, [])


def awaited() -> list[str]:
    """Return the days of release that are awaited after a recall."""
    running = "SELECT due_at FROM clock WHERE timer = 'release_day' AND state = 'running' ORDER BY due_at"
    return [row["due_at"].date().isoformat() for row in as_owner(running)]


@pytest.mark.parametrize(("by", "other"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_the_release_after_a_recall_is_awaited_under_whichever_record_it_is_said(
    story: Story, by: str, other: str
) -> None:
    merge(story)
    day = (story.clock.at.date() + timedelta(days=30)).isoformat()
    report(story, by, "recalled", release_date=day)
    assert awaited() == [day]
    story.clock.move(timedelta(days=1))
    report(story, other, "released")
    assert awaited() == []


def test_the_release_is_awaited_that_a_referral_under_the_other_record_names(story: Story) -> None:
    """p.shah's referral has ended, so that only a.khan's names the day."""
    referrals = {one["crn"]: one["id"] for one in ok(story.spo.get("/v1/referrals"))["items"]}
    for one in story.referral(referrals[FIRST])["destinations"]:
        story.move(story.spo, one["id"], "withdraw", reason="no_longer_needed")
    merge(story)
    day = story.clock.at.date() + timedelta(days=30)
    report(story, FIRST, "recalled", release_date=day.isoformat())
    later = (day + timedelta(days=7)).isoformat()
    document = ok(story.spo.get(f"/v1/referrals/{referrals[SECOND]}/versions/2"))["document"]
    document["release"]["date"] = later
    tag = colleague(story).get(f"/v1/referrals/{referrals[SECOND]}").headers["ETag"]
    path = f"/v1/referrals/{referrals[SECOND]}"
    ok(colleague(story).post(f"{path}/versions", json=document, if_match=tag))
    assert awaited() == [later]
