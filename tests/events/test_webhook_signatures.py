"""Signatures hold in the eyes of others: the standardwebhooks package, and bare Ed25519."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.events.webhooks import signatures
from service.events.webhooks.signatures import SigningKey
from tests.events.signed import holds

BODY = '{"type":"check_request.returned","data":{"name":"\u00e9"}}'.encode()


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_a_shared_secret_convinces_the_standardwebhooks_package() -> None:
    key = SigningKey.fresh("v1")
    headers = signatures.headers([key], "one", now(), BODY)
    assert Webhook(key.for_receiver).verify(BODY, headers)["type"] == "check_request.returned"
    for another in (SigningKey.fresh("v1").for_receiver,):
        with pytest.raises(WebhookVerificationError):
            Webhook(another).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(key.for_receiver).verify(BODY + b" ", headers)


def test_an_ed25519_signature_holds_and_gives_no_secret_away() -> None:
    key = SigningKey.fresh("v1a")
    headers = signatures.headers([key], "one", now(), BODY)
    assert key.public is not None
    assert key.for_receiver == key.public
    assert base64.b64decode(key.public.removeprefix("whpk_")) != key.secret
    assert holds(key.public, headers, BODY)
    assert not holds(key.public, headers | {"webhook-id": "two"}, BODY)
    assert not holds(key.public, headers | {"webhook-timestamp": "1"}, BODY)
    assert not holds(key.public, headers, BODY + b" ")
    assert not holds(SigningKey.fresh("v1a").for_receiver, headers, BODY)


def test_while_keys_change_over_either_is_enough() -> None:
    old, new, shared = SigningKey.fresh("v1a"), SigningKey.fresh("v1a"), SigningKey.fresh("v1")
    headers = signatures.headers([new, shared, old], "one", now(), BODY)
    assert holds(old.for_receiver, headers, BODY)
    assert holds(new.for_receiver, headers, BODY)
    assert Webhook(shared.for_receiver).verify(BODY, headers)


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(ValueError, match="signature"):
        signatures.headers([], "one", now(), BODY)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_any_body_and_any_key_agree_with_the_package(secret: bytes, body: bytes) -> None:
    text = body.hex().encode()
    headers = signatures.headers([SigningKey("v1", secret)], "one", now(), text)
    Webhook(secret).verify(text, headers, json_parse=False)
