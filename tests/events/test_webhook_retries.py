"""A failed delivery is tried again within bounds, and delays no other."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from service import clock, db
from service.events.webhooks import deliveries
from service.events.webhooks.deliveries import LEASE, WINDOW
from service.events.webhooks.schedule import TRIES
from tests.conftest import TheClock
from tests.events.factories import happened
from tests.events.receivers import Turning, answering, receiving, taking
from tests.events.signed import holds
from tests.events.webhooks import (
    NOWHERE,
    append_events,
    claimed,
    deliver_due,
    endpoint,
    nothing_due,
    record,
    registered,
    sent,
)


def test_every_try_has_the_same_id_and_a_time_of_its_own(provider: UUID, the_clock: TheClock) -> None:
    with receiving(Turning([answering(500), answering(503), taking])) as receiver:
        made = registered(provider, receiver)
        append_events(provider)
        for _ in range(3):
            assert deliver_due() == 1
            assert deliver_due() == 0
            the_clock.move(timedelta(hours=1))
        assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1
        assert len({message.headers["webhook-timestamp"] for message in receiver.messages}) == 3
        assert len({message.body for message in receiver.messages}) == 1
        for message in receiver.messages:
            assert holds(made.for_receiver[0], message.headers, message.body)
    (delivery,) = sent(made.endpoint_id)
    assert (delivery.state, delivery.tries, delivery.last_status) == ("delivered", 3, 200)
    assert endpoint(made.endpoint_id).failures == 0


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_anything_but_success_is_a_failure_and_is_tried_again(provider: UUID, status: int) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider)
    record(claimed(), status)
    (delivery,) = sent(made.endpoint_id)
    assert (delivery.state, delivery.tries, delivery.last_status) == ("waiting", 1, status)
    assert delivery.next_try_at is not None
    assert delivery.next_try_at > clock.now()
    assert endpoint(made.endpoint_id).state == "active"


def test_a_delivery_is_given_up_after_ten_tries_and_the_next_one_goes_on(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider)
    began, tries = the_clock.at, 0
    while sent(made.endpoint_id) == [] or sent(made.endpoint_id)[0].state == "waiting":
        record(claimed(), 500)
        tries += 1
        waits = sent(made.endpoint_id)[0].next_try_at
        if waits is not None:
            the_clock.set(max(waits, endpoint(made.endpoint_id).rests_until or waits))
    assert tries == TRIES
    assert timedelta(days=2.6) < the_clock.at - began < timedelta(days=3.4)
    assert sent(made.endpoint_id)[0].state == "dead"
    the_clock.move(timedelta(minutes=10))
    assert nothing_due()
    append_events(provider)
    record(claimed(), 200)
    assert [delivery.state for delivery in sent(made.endpoint_id)] == ["dead", "delivered"]


def test_one_message_that_a_receiver_cannot_take_holds_up_no_other(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider, times=3)
    record(claimed(), 422)
    the_clock.move(timedelta(seconds=2))
    record(claimed(), 200)
    record(claimed(), 200)
    assert [each.state for each in sent(made.endpoint_id)] == ["waiting", "delivered", "delivered"]


def test_a_receiver_that_asks_for_time_gets_it_within_bounds(provider: UUID, the_clock: TheClock) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider, times=2)
    record(claimed(), 503, retry_after="3600")
    the_clock.move(timedelta(seconds=3599))
    assert nothing_due(), "neither this one nor the next"
    the_clock.move(timedelta(seconds=1))
    record(claimed(), 503, retry_after=str(10**9))
    rests_until = endpoint(made.endpoint_id).rests_until
    assert rests_until is not None
    assert rests_until <= the_clock.at + timedelta(hours=6)


def test_a_receiver_that_answers_410_is_sent_nothing_more_and_loses_nothing(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider, times=2)
    record(claimed(), 410)
    the_clock.move(timedelta(days=1))
    assert nothing_due()
    assert endpoint(made.endpoint_id).disabled_reason == "gone"
    append_events(provider)
    with receiving(taking) as receiver:
        with db.transaction("owner") as session:
            session.execute(text("UPDATE webhook_endpoint SET url = :url"), {"url": receiver.url})
        again = registered(provider, receiver, verified=False)
        assert again.endpoint_id == made.endpoint_id
        deliver_due()
        positions = [message.event["data"]["position"] for message in receiver.told]
    assert positions == [1, 2, 3, 4], "with the notice that it was disabled"


def test_an_endpoint_that_is_always_down_keeps_its_place_in_the_feed(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE)
    with db.transaction() as session:
        for _ in range(WINDOW + 60):
            happened(session, provider)
    for _ in range(WINDOW // deliveries.BATCH + 3):
        claimed()
        the_clock.move(LEASE)
    assert len(sent(made.endpoint_id)) == WINDOW
    assert endpoint(made.endpoint_id).position == WINDOW
