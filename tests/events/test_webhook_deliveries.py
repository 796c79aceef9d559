"""Everything in the feed arrives at least once, in its order, under one id; no receiver holds up another."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from service import clock, db
from service.events.webhooks import deliveries, registration
from service.events.webhooks.deliveries import Result
from service.events.webhooks.dispatcher import Dispatcher
from service.events.webhooks.model import WebhookKey
from service.events.webhooks.retention import DEAD_ARE_KEPT, DELIVERED_ARE_KEPT, forget_settled
from service.events.webhooks.schedule import TRIES
from service.events.webhooks.sending import Answer, Sender
from tests.conftest import TheClock
from tests.events import webhooks
from tests.events.factories import happened, organisations
from tests.events.receivers import answering, receiving, taking
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

# The handshake


def test_nothing_is_sent_before_the_receiver_repeats_the_challenge(provider: UUID) -> None:
    with receiving(taking) as receiver:
        made = registered(provider, receiver, verified=False)
        append_events(provider)
        assert endpoint(made.endpoint_id).state == "pending"
        assert deliver_due() == 2
        first, second = receiver.messages
    assert first.event["type"] == "webhook.verification"
    assert holds(made.for_receiver[0], first.headers, first.body)
    assert second.event["type"] == "referral.submitted"
    assert endpoint(made.endpoint_id).state == "active"
    assert endpoint(made.endpoint_id).verified_at == clock.now()


@pytest.mark.parametrize("said", [b"", b"{}", b"[]", b"{", b'{"challenge": "guess"}', b"[" * 3000])
def test_a_server_that_accepts_anything_is_not_verified(provider: UUID, said: bytes) -> None:
    with receiving(answering(200, said)) as receiver:
        made = registered(provider, receiver, verified=False)
        append_events(provider)
        assert deliver_due() == 1
        assert receiver.told == []
    assert endpoint(made.endpoint_id).state == "pending"


def test_a_receiver_that_never_answers_the_challenge_is_disabled_and_its_feed_says_so(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE, verified=False)
    ids = set()
    for _ in range(TRIES):
        claim = claimed()
        ids.add(claim.message_id)
        record(claim, 200)
        the_clock.move(timedelta(days=2))
    assert (endpoint(made.endpoint_id).state, endpoint(made.endpoint_id).disabled_reason) == (
        "disabled",
        "not_verified",
    )
    assert len(ids) == 1, "one challenge, one id"
    assert nothing_due()
    with db.transaction("worker") as session:
        told = session.execute(text("SELECT name, data FROM event ORDER BY ordinal DESC LIMIT 1")).one()
    assert (told.name, told.data) == ("webhook.disabled", {"reason": "not_verified"})


# What arrives


def test_a_message_is_a_thin_cloud_event_that_says_what_the_feed_says(
    provider: UUID, the_clock: TheClock
) -> None:
    the_clock.set(datetime.now(UTC))
    with receiving(taking) as receiver:
        made = registered(provider, receiver, schemes=("v1", "v1a"))
        (event_id,) = append_events(provider)
        the_clock.move(timedelta(seconds=30))
        assert deliver_due() == 1
        (message,) = receiver.messages
    event = message.event
    data = event.pop("data")
    assert event == {
        "specversion": "1.0",
        "id": event_id,
        "source": "https://referrals.test/v1/events",
        "type": "referral.submitted",
        "subject": f"referral/{data['subject']['id']}",
        "time": data["occurred_at"],
        "datacontenttype": "application/json",
    }
    assert set(data) == {"position", "id", "event", "subject", "version", "occurred_at", "data"}
    assert data["subject"]["href"] == f"/v1/referrals/{data['subject']['id']}"
    assert message.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert message.headers["webhook-id"] == str(sent(made.endpoint_id)[0].id)
    assert message.headers["webhook-timestamp"] == str(int(the_clock.at.timestamp()))
    public, secret = made.for_receiver
    assert holds(public, message.headers, message.body)
    assert Webhook(secret).verify(message.body, message.headers)["id"] == event_id


def test_a_message_to_a_region_says_which_referral_it_is_about(provider: UUID) -> None:
    (region,) = organisations("N99", kind="probation_region")
    referral = uuid4()
    with receiving(taking) as receiver, receiving(taking) as elsewhere:
        registered(region, receiver)
        registered(provider, elsewhere)
        with db.transaction() as session:
            happened(session, region, provider, referral=referral)
        assert deliver_due() == 2
        (told,), (theirs,) = receiver.messages, elsewhere.messages
    assert told.event["data"]["referral_id"] == str(referral)
    assert str(referral) not in theirs.body.decode()


def test_everything_arrives_once_in_the_order_of_the_feed_and_to_whom_it_concerns(provider: UUID) -> None:
    (other,) = organisations("two")
    with receiving(taking) as receiver, receiving(taking) as elsewhere:
        append_events(provider)
        registered(provider, receiver)
        registered(other, elsewhere)
        expected = append_events(provider, times=deliveries.BATCH + 3)
        theirs = append_events(other)
        assert deliver_due() == len(expected) + 1
        assert deliver_due() == 0
        assert [message.event["id"] for message in receiver.told] == expected
        assert [message.event["id"] for message in elsewhere.told] == theirs
    assert [message.event["data"]["position"] for message in receiver.told] == list(
        range(2, len(expected) + 2)
    ), "from the registration on"


def test_what_is_not_committed_yet_is_neither_sent_nor_skipped(provider: UUID) -> None:
    with receiving(taking) as receiver:
        registered(provider, receiver)
        with db.transaction() as session:
            slow = str(happened(session, provider))
            assert deliver_due() == 0
        quick = append_events(provider)
        assert deliver_due() == 2
        assert [message.event["id"] for message in receiver.told] == [slow, *quick]


def test_no_transaction_is_open_while_a_request_is_under_way(provider: UUID) -> None:
    held: list[int] = []

    def counting(handler: object, message: object) -> None:
        held.append(db.engine("worker").pool.checkedout())  # type: ignore[attr-defined] # a pool that counts
        taking(handler, message)  # type: ignore[arg-type] # passed on as it came

    with receiving(counting) as receiver:
        registered(provider, receiver)
        append_events(provider)
        assert deliver_due() == 1
    assert held == [0]


def test_a_fault_of_the_sender_is_recorded_as_a_code(provider: UUID) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider)
    assert deliver_due() == 1
    (delivery,) = sent(made.endpoint_id)
    assert (delivery.last_status, delivery.last_fault) == (None, "unreachable")
    with pytest.raises(ValueError, match="signature"):
        Dispatcher(Sender(), source="")._send(
            deliveries.Claim(UUID(int=1), UUID(int=2), NOWHERE, (), UUID(int=3), b"", None)
        )


def test_what_is_settled_is_forgotten_in_time(provider: UUID, the_clock: TheClock) -> None:
    made = registered(provider, NOWHERE)
    with db.transaction("owner") as session:
        registration.rotate(session, webhooks.OPERATOR, made.endpoint_id)
    append_events(provider, times=3)
    record(claimed(), 200)
    with db.transaction("owner") as session:
        session.execute(
            text(
                "UPDATE webhook_delivery SET state = 'dead', next_try_at = NULL, settled_at = :now "
                "WHERE position = 2"
            ),
            {"now": the_clock.at},
        )

    def forget() -> list[str]:
        with db.transaction("worker") as session:
            forget_settled(session, clock.now())
        return [each.state for each in sent(made.endpoint_id)]

    assert forget() == ["delivered", "dead", "waiting"]
    the_clock.move(DELIVERED_ARE_KEPT + timedelta(seconds=1))
    assert forget() == ["dead", "waiting"]
    the_clock.move(DEAD_ARE_KEPT)
    assert forget() == ["waiting"]
    with db.transaction("worker") as session:
        assert len(session.query(WebhookKey).all()) == 1


def test_a_result_for_an_endpoint_that_is_no_more_is_dropped(provider: UUID) -> None:
    registered(provider, NOWHERE)
    append_events(provider)
    claim = claimed()
    with db.transaction("owner") as session:
        session.execute(text("DELETE FROM webhook_endpoint"))
    deliveries.record(claim, Result(Answer(200)), clock.now())
