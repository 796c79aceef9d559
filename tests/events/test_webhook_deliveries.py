"""Everything in the feed arrives at least once, in its order, under one id; no receiver holds up another."""

import contextlib
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from standardwebhooks.webhooks import Webhook

from service import clock, db, stack
from service.events.webhooks import deliveries, registration
from service.events.webhooks.deliveries import LEASE, WINDOW, Result
from service.events.webhooks.dispatcher import Dispatcher
from service.events.webhooks.model import WebhookKey
from service.events.webhooks.retention import DEAD_ARE_KEPT, DELIVERED_ARE_KEPT, forget_settled
from service.events.webhooks.schedule import TRIES
from service.events.webhooks.sending import Answer, Sender
from tests.conftest import TheClock
from tests.events import hooks
from tests.events.factories import happened, organisations
from tests.events.hooks import carry, claimed, endpoint, let_happen, nothing_due, record, registered, sent
from tests.events.receivers import Turning, answering, dripping, hanging, receiving, taking
from tests.events.signed import holds

NOWHERE = "http://127.0.0.1:1/hooks"


@pytest.fixture
def provider(database: str) -> UUID:
    return organisations("one")[0]


# The handshake


def test_nothing_is_sent_before_the_receiver_has_said_the_challenge_back(provider: UUID) -> None:
    with receiving(taking) as receiver:
        made = registered(provider, receiver, verified=False)
        let_happen(provider)
        assert endpoint(made.endpoint_id).state == "pending"
        assert carry() == 2
        first, second = receiver.messages
    assert first.event["type"] == "webhook.verification"
    assert holds(made.for_receiver[0], first.headers, first.body)
    assert second.event["type"] == "referral.submitted"
    assert endpoint(made.endpoint_id).state == "active"
    assert endpoint(made.endpoint_id).verified_at == clock.now()


@pytest.mark.parametrize("said", [b"", b"{}", b"[]", b"{", b'{"challenge": "guess"}', b"[" * 3000])
def test_a_server_that_takes_anything_is_not_taken_for_a_receiver(provider: UUID, said: bytes) -> None:
    with receiving(answering(200, said)) as receiver:
        made = registered(provider, receiver, verified=False)
        let_happen(provider)
        assert carry() == 1
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
        (event_id,) = let_happen(provider)
        the_clock.move(timedelta(seconds=30))
        assert carry() == 1
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
        assert carry() == 2
        (told,), (theirs,) = receiver.messages, elsewhere.messages
    assert told.event["data"]["referral_id"] == str(referral)
    assert str(referral) not in theirs.body.decode()


def test_everything_arrives_once_in_the_order_of_the_feed_and_to_whom_it_concerns(provider: UUID) -> None:
    (other,) = organisations("two")
    with receiving(taking) as receiver, receiving(taking) as elsewhere:
        let_happen(provider)
        registered(provider, receiver)
        registered(other, elsewhere)
        expected = let_happen(provider, times=deliveries.BATCH + 3)
        theirs = let_happen(other)
        assert carry() == len(expected) + 1
        assert carry() == 0
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
            assert carry() == 0
        quick = let_happen(provider)
        assert carry() == 2
        assert [message.event["id"] for message in receiver.told] == [slow, *quick]


def test_no_transaction_is_open_while_a_request_is_under_way(provider: UUID) -> None:
    held: list[int] = []

    def counting(handler: object, message: object) -> None:
        held.append(db.engine("worker").pool.checkedout())  # type: ignore[attr-defined] # a pool that counts
        taking(handler, message)  # type: ignore[arg-type] # passed on as it came

    with receiving(counting) as receiver:
        registered(provider, receiver)
        let_happen(provider)
        assert carry() == 1
    assert held == [0]


# Tries


def test_every_try_has_the_same_id_and_a_time_of_its_own(provider: UUID, the_clock: TheClock) -> None:
    with receiving(Turning([answering(500), answering(503), taking])) as receiver:
        made = registered(provider, receiver)
        let_happen(provider)
        for _ in range(3):
            assert carry() == 1
            assert carry() == 0
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
    let_happen(provider)
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
    let_happen(provider)
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
    let_happen(provider)
    record(claimed(), 200)
    assert [delivery.state for delivery in sent(made.endpoint_id)] == ["dead", "delivered"]


def test_one_message_that_a_receiver_cannot_take_holds_up_no_other(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE)
    let_happen(provider, times=3)
    record(claimed(), 422)
    the_clock.move(timedelta(seconds=2))
    record(claimed(), 200)
    record(claimed(), 200)
    assert [each.state for each in sent(made.endpoint_id)] == ["waiting", "delivered", "delivered"]


def test_a_receiver_that_asks_for_time_gets_it_within_bounds(provider: UUID, the_clock: TheClock) -> None:
    made = registered(provider, NOWHERE)
    let_happen(provider, times=2)
    record(claimed(), 503, retry_after="3600")
    the_clock.move(timedelta(seconds=3599))
    assert nothing_due(), "neither this one nor the next"
    the_clock.move(timedelta(seconds=1))
    record(claimed(), 503, retry_after=str(10**9))
    rests_until = endpoint(made.endpoint_id).rests_until
    assert rests_until is not None
    assert rests_until <= the_clock.at + timedelta(hours=6)


def test_a_receiver_that_says_gone_is_told_nothing_more_and_loses_nothing(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE)
    let_happen(provider, times=2)
    record(claimed(), 410)
    the_clock.move(timedelta(days=1))
    assert nothing_due()
    assert endpoint(made.endpoint_id).disabled_reason == "gone"
    let_happen(provider)
    with receiving(taking) as receiver:
        with db.transaction("owner") as session:
            session.execute(text("UPDATE webhook_endpoint SET url = :url"), {"url": receiver.url})
        again = registered(provider, receiver, verified=False)
        assert again.endpoint_id == made.endpoint_id
        carry()
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


# Many at once


def test_a_receiver_that_hangs_or_drips_delays_nobody_else(provider: UUID, the_clock: TheClock) -> None:
    well = organisations("two", "three", "four")
    ill = [provider, *organisations("five", "six", "seven", "eight")]
    with contextlib.ExitStack() as stays:
        sick = [
            stays.enter_context(receiving(way)) for way in (hanging, dripping, hanging, dripping, hanging)
        ]
        receiver = stays.enter_context(receiving(taking))
        for organisation_id, one in zip(ill, sick, strict=True):
            registered(organisation_id, one)
        for organisation_id in well:
            registered(organisation_id, f"{receiver.url}&for={organisation_id}")
        with db.transaction("owner") as session:
            session.execute(
                text("UPDATE webhook_endpoint SET failures = 1 WHERE organisation_id = ANY(:ill)"),
                {"ill": ill},
            )
        let_happen(*ill, *well)
        dispatcher = stays.enter_context(hooks.dispatcher(workers=4, deadline=30))
        dispatcher.start_idle_workers(the_clock.at)
        receiver.wait_for(len(well), seconds=10)
        dispatcher.start_idle_workers(the_clock.at)
        let_happen(*well)
        dispatcher.start_idle_workers(the_clock.at)
        receiver.wait_for(2 * len(well), seconds=10)
        assert sum(len(one.messages) for one in sick) <= 2, "half of the lanes are for those who answer"
        for one in sick:
            one.let_go.set()


def test_several_workers_send_each_delivery_once(provider: UUID) -> None:
    everybody = [provider, *organisations("two", "three")]
    with receiving(taking) as receiver:
        for organisation_id in everybody:
            registered(organisation_id, f"{receiver.url}&for={organisation_id}")
        expected = let_happen(*everybody, times=10)
        couriers = [hooks.dispatcher(workers=2, deadline=10) for _ in range(3)]
        for one in couriers:
            one.start_idle_workers(clock.now())
        receiver.wait_for(len(everybody) * len(expected))
        for one in couriers:
            one.close()
        ids = [message.headers["webhook-id"] for message in receiver.messages]
        assert len(ids) == len(set(ids)) == len(everybody) * len(expected)
        for organisation_id in everybody:
            theirs = [m.event["id"] for m in receiver.messages if m.path.endswith(str(organisation_id))]
            assert theirs == expected


def test_a_courier_that_is_stopped_finishes_what_is_under_way_and_begins_nothing(provider: UUID) -> None:
    going = threading.Event()

    def slow(handler: object, message: object) -> None:
        going.wait(10)
        taking(handler, message)  # type: ignore[arg-type] # passed on as it came

    with receiving(slow) as receiver:
        made = registered(provider, receiver)
        let_happen(provider, times=2)
        dispatcher = hooks.dispatcher(deadline=10)
        dispatcher.start_idle_workers(clock.now())
        receiver.wait_for(1)
        dispatcher._stop.set()
        going.set()
        dispatcher.close()
        assert len(receiver.messages) == 1
    assert [each.state for each in sent(made.endpoint_id)] == ["delivered", "waiting"]


def test_after_a_kill_in_the_middle_it_is_sent_again_under_the_same_id(
    provider: UUID, the_clock: TheClock
) -> None:
    with receiving(Turning([hanging, taking])) as receiver:
        made = registered(provider, receiver)
        let_happen(provider)
        env = stack.environment("worker") | {
            "REFERRALS_WEBHOOKS_TO_LOOPBACK": "yes",
            "REFERRALS_ISSUER": hooks.SOURCE.removesuffix("/v1/events"),
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "service.cli", "worker", "--interval", "0.2"],
            env=env,
            stderr=subprocess.DEVNULL,
        )
        try:
            receiver.wait_for(1, seconds=60)
        finally:
            worker.kill()
            worker.wait()
        the_clock.set(datetime.now(UTC))
        assert nothing_due(), "the lease of the dead worker still runs"
        the_clock.move(LEASE + timedelta(seconds=1))
        assert carry() == 1
        first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    (delivery,) = sent(made.endpoint_id)
    assert (delivery.state, delivery.tries) == ("delivered", 2)


def test_a_worker_whose_lease_ran_out_can_still_say_that_it_was_taken_and_nothing_else(
    provider: UUID, the_clock: TheClock
) -> None:
    made = registered(provider, NOWHERE)
    let_happen(provider)
    slow = claimed()
    the_clock.move(LEASE)
    quick = claimed()
    assert quick.message_id == slow.message_id
    record(slow, 410)
    assert endpoint(made.endpoint_id).state == "active"
    assert endpoint(made.endpoint_id).lease == quick.lease
    record(slow, 200)
    assert sent(made.endpoint_id)[0].state == "delivered"
    record(quick, 500)
    assert sent(made.endpoint_id)[0].state == "delivered"


def test_a_fault_of_the_sender_is_recorded_as_a_code(provider: UUID) -> None:
    made = registered(provider, NOWHERE)
    let_happen(provider)
    assert carry() == 1
    (delivery,) = sent(made.endpoint_id)
    assert (delivery.last_status, delivery.last_fault) == (None, "unreachable")
    with pytest.raises(ValueError, match="signature"):
        Dispatcher(Sender(), source="")._send(
            deliveries.Claim(UUID(int=1), UUID(int=2), NOWHERE, (), UUID(int=3), b"", None)
        )


# Keys


def test_for_a_while_both_keys_sign_and_then_only_the_new_one(provider: UUID, the_clock: TheClock) -> None:
    with receiving(taking) as receiver:
        made = registered(provider, receiver, schemes=("v1a", "v1"))
        with db.transaction("owner") as session:
            anew = registration.rotate(session, hooks.OPERATOR, made.endpoint_id, overlap=timedelta(hours=24))
        let_happen(provider)
        carry()
        the_clock.move(timedelta(hours=24))
        let_happen(provider)
        carry()
        during, afterwards = receiver.messages
    old, new = made.for_receiver[0], anew.for_receiver[0]
    assert len(during.headers["webhook-signature"].split(" ")) == 4
    assert holds(old, during.headers, during.body)
    assert holds(new, during.headers, during.body)
    assert holds(new, afterwards.headers, afterwards.body)
    assert not holds(old, afterwards.headers, afterwards.body)


def test_never_are_more_than_two_keys_of_a_kind_valid(provider: UUID) -> None:
    made = registered(provider, NOWHERE)
    with db.transaction("owner") as session:
        for _ in range(3):
            registration.rotate(session, hooks.OPERATOR, made.endpoint_id)
    let_happen(provider)
    assert len(claimed().keys) == 2


def test_a_key_that_is_known_to_somebody_else_ends_at_once(provider: UUID) -> None:
    made = registered(provider, NOWHERE)
    with db.transaction("owner") as session:
        registration.rotate(session, hooks.OPERATOR, made.endpoint_id, overlap=timedelta(0))
    let_happen(provider)
    (key,) = claimed().keys
    assert key.for_receiver not in made.for_receiver


@pytest.mark.parametrize("role", ["api", "audit_reader", "sealer"])
def test_only_who_signs_can_read_the_secret_halves(database: str, role: db.Role) -> None:
    with pytest.raises(ProgrammingError) as refused, db.transaction(role) as session:
        session.execute(text("SELECT secret FROM webhook_key"))
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_an_endpoint_that_an_operator_disabled_is_left_alone(provider: UUID) -> None:
    made = registered(provider, NOWHERE)
    let_happen(provider)
    under_way = claimed()
    with db.transaction("owner") as session:
        registration.disable(session, hooks.OPERATOR, made.endpoint_id)
    record(under_way, 500)
    assert nothing_due()
    assert endpoint(made.endpoint_id).disabled_reason == "operator"
    for act in (registration.disable, registration.rotate):
        with pytest.raises(LookupError), db.transaction("owner") as session:
            act(session, hooks.OPERATOR, UUID(int=0))


def test_a_url_that_may_not_be_called_is_not_registered(provider: UUID) -> None:
    for url in ("http://hooks.keyring.example/", "https://127.0.0.1/", NOWHERE):
        with pytest.raises(ValueError, match="URL"), db.transaction("owner") as session:
            registration.register(session, hooks.OPERATOR, provider, url)
    with pytest.raises(ValueError, match="signature"), db.transaction("owner") as session:
        registration.register(session, hooks.OPERATOR, provider, "https://a.example/", schemes=())


def test_what_is_settled_is_forgotten_in_time(provider: UUID, the_clock: TheClock) -> None:
    made = registered(provider, NOWHERE)
    with db.transaction("owner") as session:
        registration.rotate(session, hooks.OPERATOR, made.endpoint_id)
    let_happen(provider, times=3)
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
    let_happen(provider)
    claim = claimed()
    with db.transaction("owner") as session:
        session.execute(text("DELETE FROM webhook_endpoint"))
    deliveries.record(claim, Result(Answer(200)), clock.now())
