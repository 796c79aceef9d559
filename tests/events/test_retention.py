"""Retention of a feed: old entries are deleted, and no reader skips one without an error."""

from datetime import timedelta

import pytest

from service import db
from service.events.retention import forget_old_entries
from tests.cast import Cast
from tests.conftest import TheClock
from tests.events.receivers import receiving, taking
from tests.events.webhooks import append_events, deliver_due, registered

KEEP = timedelta(days=400)


@pytest.fixture
def aged(cast: Cast, the_clock: TheClock) -> list[str]:
    """A feed of five, of which the first three are over four hundred days old; the ids of the others."""
    append_events(cast.crs.organisation_id, times=3)
    the_clock.move(KEEP + timedelta(days=1))
    return append_events(cast.crs.organisation_id, times=2)


def positions(cast: Cast, **query: str) -> list[int]:
    answer = cast.crs.get("/v1/events", **query)
    assert answer.status_code == 200, answer.text
    return [entry["position"] for entry in answer.get_json()["items"]]


@pytest.mark.parametrize("batch", [1, 2, 3, 1000])
def test_what_is_old_goes_and_positions_go_on(
    cast: Cast, aged: list[str], the_clock: TheClock, batch: int
) -> None:
    assert forget_old_entries(the_clock.at, KEEP, batch=batch) == 3
    assert forget_old_entries(the_clock.at, KEEP, batch=batch) == 0
    assert positions(cast) == [4, 5]
    append_events(cast.crs.organisation_id)
    assert positions(cast) == [4, 5, 6]


def test_a_reader_who_missed_entries_gets_an_error_and_can_start_over(
    cast: Cast, aged: list[str], the_clock: TheClock
) -> None:
    early = cast.crs.get("/v1/events", limit=1).get_json()["next"]
    forget_old_entries(the_clock.at, KEEP)
    gone = cast.crs.get("/v1/events", after=early)
    assert gone.status_code == 410
    problem = gone.get_json()
    assert problem["type"] == "/problems/cursor-expired"
    assert positions(cast, after=problem["oldest"]) == [4, 5]
    assert positions(cast, after=problem["latest"]) == []


def test_who_has_missed_nothing_reads_on(cast: Cast, aged: list[str], the_clock: TheClock) -> None:
    third = cast.crs.get("/v1/events", limit=3).get_json()["next"]
    forget_old_entries(the_clock.at, KEEP)
    assert positions(cast, after=third) == [4, 5]


def test_a_feed_of_which_nothing_is_left_begins_at_its_end(
    cast: Cast, aged: list[str], the_clock: TheClock
) -> None:
    before = cast.crs.get("/v1/events", limit=4).get_json()["next"]
    the_clock.move(KEEP + timedelta(days=1))
    assert forget_old_entries(the_clock.at, KEEP) == 5
    assert cast.crs.get("/v1/events", after=before).status_code == 410
    fresh = cast.crs.get("/v1/events").get_json()
    assert (fresh["items"], fresh["more"]) == ([], False)
    append_events(cast.crs.organisation_id)
    assert positions(cast, after=fresh["next"]) == [6]


def test_what_was_written_late_about_an_early_day_keeps_its_place(cast: Cast, the_clock: TheClock) -> None:
    append_events(cast.crs.organisation_id)
    now = the_clock.at
    the_clock.set(now - KEEP - timedelta(days=1))
    append_events(cast.crs.organisation_id)
    the_clock.set(now)
    assert forget_old_entries(now, KEEP) == 0
    assert positions(cast) == [1, 2]


def test_a_webhook_that_was_down_for_longer_goes_on_with_what_is_left(
    cast: Cast, the_clock: TheClock
) -> None:
    with receiving(taking) as receiver:
        registered(cast.crs.organisation_id, receiver)
        append_events(cast.crs.organisation_id, times=2)
        the_clock.move(KEEP + timedelta(days=1))
        left = append_events(cast.crs.organisation_id)
        forget_old_entries(the_clock.at, KEEP)
        assert deliver_due() == 1
        assert [message.event["id"] for message in receiver.messages] == left


def test_what_happened_stays_on_record(cast: Cast, aged: list[str], the_clock: TheClock) -> None:
    forget_old_entries(the_clock.at, KEEP)
    with db.transaction("owner") as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM event").scalar() == 5
