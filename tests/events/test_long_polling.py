"""GET /v1/events?wait=: an answer as soon as there is one, with no connection to the database held."""

from collections.abc import Callable
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from benchmarks.statements import watched
from service import cache_invalidation, db
from service.access.actor import Actor
from service.events.api import WAITING_ROOM
from service.events.waiting import CHECK_INTERVAL, NothingNew, WaitingRoom
from service.organisations.writes import clients
from tests.cast import Cast
from tests.events.factories import record_without_invalidation
from tests.events.webhooks import append_events


class Time:
    """The time of a waiting room: it passes while a request pauses, and events are appended meanwhile."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.happens: dict[int, Callable[[], object]] = {}
        self.pauses = 0
        self.connections: list[int] = []

    def pause(self, seconds: float) -> None:
        self.connections.append(db.engine().pool.checkedout())  # type: ignore[attr-defined] # a pool that counts
        self.pauses += 1
        self.passed += seconds
        self.happens.get(self.pauses, lambda: None)()


@pytest.fixture
def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Time:
    of_the_room = Time()
    room = WaitingRoom(places=2, pause=of_the_room.pause, elapsed=lambda: of_the_room.passed)
    monkeypatch.setitem(cast.crs.app.extensions, WAITING_ROOM, room)
    return of_the_room


def event_names(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.get_json()["items"]]


def test_who_waits_is_answered_as_soon_as_something_happens(cast: Cast, time: Time) -> None:
    happened: list[str] = []
    time.happens[3] = lambda: happened.extend(append_events(cast.crs.organisation_id))
    assert event_names(cast.crs.get("/v1/events", wait=20)) == happened != []
    assert time.pauses == 3


def test_nobody_holds_a_connection_while_waiting(cast: Cast, time: Time) -> None:
    assert event_names(cast.crs.get("/v1/events", wait=5)) == []
    assert set(time.connections) == {0}
    assert len(time.connections) >= 5 / CHECK_INTERVAL


def test_the_database_is_not_asked_again_and_again_by_who_waits(cast: Cast, time: Time) -> None:
    tag = cast.crs.get("/v1/events").headers["ETag"]
    cast.crs.get("/v1/events", if_none_match=tag)  # from now on this process receives invalidations
    with watched() as statements:
        assert cast.crs.get("/v1/events", wait=20, if_none_match=tag).status_code == 304
    looks = [one for one, _ in statements if "FROM feed_head" in one]
    assert len(looks) <= 4, "the view's, one in case something happened meanwhile, and one after a while"


def test_a_waiting_request_checks_again_after_a_while_without_an_invalidation(cast: Cast, time: Time) -> None:
    cast.crs.get("/v1/events", if_none_match=cast.crs.get("/v1/events").headers["ETag"])
    time.happens[3] = lambda: record_without_invalidation(cast.crs)
    assert len(event_names(cast.crs.get("/v1/events", wait=20))) == 1
    assert time.passed == pytest.approx(cache_invalidation.MAX_AGE + CHECK_INTERVAL, abs=2 * CHECK_INTERVAL)


def test_who_waits_in_vain_gets_the_answer_of_one_who_did_not(cast: Cast, time: Time) -> None:
    append_events(cast.crs.organisation_id)
    onward = cast.crs.get("/v1/events").get_json()["next"]
    at_once = cast.crs.get("/v1/events", after=onward)
    waited = cast.crs.get("/v1/events", after=onward, wait=20)
    assert waited.get_json() == at_once.get_json()
    assert time.passed == pytest.approx(20)
    tag = at_once.headers["ETag"]
    quiet = cast.crs.get("/v1/events", after=onward, wait=20, if_none_match=tag)
    assert (quiet.status_code, quiet.headers["ETag"]) == (304, tag)
    assert time.passed == pytest.approx(40)


def test_a_304_turns_into_news_while_one_waits(cast: Cast, time: Time) -> None:
    tag = cast.crs.get("/v1/events").headers["ETag"]
    happened: list[str] = []
    time.happens[1] = lambda: happened.extend(append_events(cast.crs.organisation_id))
    assert event_names(cast.crs.get("/v1/events", wait=20, if_none_match=tag)) == happened != []


def test_what_there_is_already_is_not_waited_for(cast: Cast, time: Time) -> None:
    ids = append_events(cast.crs.organisation_id)
    assert event_names(cast.crs.get("/v1/events", wait=20)) == ids
    assert event_names(cast.police.get("/v1/events")) == []
    assert time.pauses == 0


def test_events_of_others_wake_no_request(cast: Cast, time: Time) -> None:
    time.happens[1] = lambda: append_events(cast.police.organisation_id)
    assert event_names(cast.crs.get("/v1/events", wait=2)) == []
    assert time.passed == pytest.approx(2)


def test_who_was_denied_while_waiting_learns_nothing(cast: Cast, time: Time) -> None:
    def deny() -> None:
        with db.transaction("owner") as session:
            clients.deny_client(session, Actor.for_service("registration"), cast.crs.client_id)
        append_events(cast.crs.organisation_id)

    time.happens[2] = deny
    assert cast.crs.get("/v1/events", wait=20).status_code == 401


def test_when_all_places_are_taken_the_answer_comes_at_once(cast: Cast, time: Time) -> None:
    room: WaitingRoom = cast.crs.app.extensions[WAITING_ROOM]
    answers: list[TestResponse] = []

    def crowd() -> None:
        time.happens.clear()
        time.happens[2] = lambda: answers.append(cast.crs.get("/v1/events", wait=20))
        answers.append(cast.police.get("/v1/events", wait=3))

    time.happens[1] = crowd
    last = cast.stranger.get("/v1/events", wait=10)
    third, second = answers
    assert (third.status_code, third.headers["Retry-After"]) == (200, "5")
    assert "Retry-After" not in second.headers
    assert "Retry-After" not in last.headers
    assert room.wait(NothingNew(UUID(int=1), 0), 1) is False, "places are given back"


def test_one_organisation_takes_no_more_than_half_of_the_places(cast: Cast, time: Time) -> None:
    answers: list[TestResponse] = []
    time.happens[1] = lambda: answers.extend(
        (cast.crs.get("/v1/events", wait=20), cast.police.get("/v1/events", wait=1))
    )
    cast.crs.get("/v1/events", wait=5)
    second, other = answers
    assert (second.status_code, second.headers["Retry-After"]) == (200, "5")
    assert "Retry-After" not in other.headers


@pytest.mark.parametrize("wait", ["21", "-1", "long", "1.5"])
def test_nobody_waits_longer_than_twenty_seconds(cast: Cast, wait: str) -> None:
    answer = cast.crs.get("/v1/events", wait=wait)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["parameter"] == "wait"


def test_a_place_is_given_back_when_the_database_is_lost(cast: Cast, time: Time) -> None:
    class LostError(Exception):
        pass

    def lose() -> None:
        raise LostError

    room: WaitingRoom = cast.crs.app.extensions[WAITING_ROOM]
    for _ in range(3):
        time.happens[time.pauses + 1] = lose
        with pytest.raises(LostError):
            room.wait(NothingNew(UUID(int=1), 0), 1)
    assert room.wait(NothingNew(UUID(int=1), 0), 1) is False


def test_the_real_pause_pauses() -> None:
    room = WaitingRoom()
    began = room.elapsed()
    room.pause(0.01)
    assert room.elapsed() > began
