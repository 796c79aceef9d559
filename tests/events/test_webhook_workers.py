"""Several workers send each delivery once, and a worker that dies loses none."""

import contextlib
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from service import clock, db, stack
from service.events.webhooks.deliveries import LEASE
from tests.conftest import TheClock
from tests.events import webhooks
from tests.events.factories import organisations
from tests.events.receivers import Turning, dripping, hanging, receiving, taking
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

pytestmark = pytest.mark.long


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
        append_events(*ill, *well)
        dispatcher = stays.enter_context(webhooks.dispatcher(workers=4, deadline=30))
        dispatcher.start_idle_workers(the_clock.at)
        receiver.wait_for(len(well), seconds=10)
        dispatcher.start_idle_workers(the_clock.at)
        append_events(*well)
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
        expected = append_events(*everybody, times=10)
        couriers = [webhooks.dispatcher(workers=2, deadline=10) for _ in range(3)]
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


def test_a_stopped_dispatcher_finishes_its_requests_and_starts_none(provider: UUID) -> None:
    going = threading.Event()

    def slow(handler: object, message: object) -> None:
        going.wait(10)
        taking(handler, message)  # type: ignore[arg-type] # passed on as it came

    with receiving(slow) as receiver:
        made = registered(provider, receiver)
        append_events(provider, times=2)
        dispatcher = webhooks.dispatcher(deadline=10)
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
        append_events(provider)
        env = stack.environment("worker") | {
            "REFERRALS_WEBHOOKS_TO_LOOPBACK": "yes",
            "REFERRALS_ISSUER": webhooks.SOURCE.removesuffix("/v1/events"),
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
        assert deliver_due() == 1
        first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    (delivery,) = sent(made.endpoint_id)
    assert (delivery.state, delivery.tries) == ("delivered", 2)


def test_a_worker_whose_lease_expired_can_record_only_a_success(provider: UUID, the_clock: TheClock) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider)
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
