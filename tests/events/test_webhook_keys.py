"""Registration of endpoints: their signing keys, who may read them, and when they end."""

from datetime import timedelta
from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from service import db
from service.events.webhooks import registration
from tests.conftest import TheClock
from tests.events import webhooks
from tests.events.receivers import receiving, taking
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
)


def test_for_a_while_both_keys_sign_and_then_only_the_new_one(provider: UUID, the_clock: TheClock) -> None:
    with receiving(taking) as receiver:
        made = registered(provider, receiver, schemes=("v1a", "v1"))
        with db.transaction("owner") as session:
            anew = registration.rotate(
                session, webhooks.OPERATOR, made.endpoint_id, overlap=timedelta(hours=24)
            )
        append_events(provider)
        deliver_due()
        the_clock.move(timedelta(hours=24))
        append_events(provider)
        deliver_due()
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
            registration.rotate(session, webhooks.OPERATOR, made.endpoint_id)
    append_events(provider)
    assert len(claimed().keys) == 2


def test_a_compromised_key_ends_immediately(provider: UUID) -> None:
    made = registered(provider, NOWHERE)
    with db.transaction("owner") as session:
        registration.rotate(session, webhooks.OPERATOR, made.endpoint_id, overlap=timedelta(0))
    append_events(provider)
    (key,) = claimed().keys
    assert key.for_receiver not in made.for_receiver


@pytest.mark.parametrize("role", ["api", "audit_reader", "sealer"])
def test_only_who_signs_can_read_the_secret_halves(database: str, role: db.Role) -> None:
    with pytest.raises(ProgrammingError) as refused, db.transaction(role) as session:
        session.execute(text("SELECT secret FROM webhook_key"))
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_an_endpoint_that_an_operator_disabled_is_left_alone(provider: UUID) -> None:
    made = registered(provider, NOWHERE)
    append_events(provider)
    under_way = claimed()
    with db.transaction("owner") as session:
        registration.disable(session, webhooks.OPERATOR, made.endpoint_id)
    record(under_way, 500)
    assert nothing_due()
    assert endpoint(made.endpoint_id).disabled_reason == "operator"
    for act in (registration.disable, registration.rotate):
        with pytest.raises(LookupError), db.transaction("owner") as session:
            act(session, webhooks.OPERATOR, UUID(int=0))


def test_a_url_that_may_not_be_called_is_not_registered(provider: UUID) -> None:
    for url in ("http://hooks.keyring.example/", "https://127.0.0.1/", NOWHERE):
        with pytest.raises(ValueError, match="URL"), db.transaction("owner") as session:
            registration.register(session, webhooks.OPERATOR, provider, url)
    with pytest.raises(ValueError, match="signature"), db.transaction("owner") as session:
        registration.register(session, webhooks.OPERATOR, provider, "https://a.example/", schemes=())
