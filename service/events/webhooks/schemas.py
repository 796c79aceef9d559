"""How endpoints and deliveries look on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields as plain

from service import fields
from service.http import CountedPageQuery, list_schema

ENDPOINT_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pending": "registered, and not yet verified",
        "active": "verified: events are delivered",
        "disabled": "no event is delivered",
    }
)
DELIVERY_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "waiting": "to be sent, or to be tried again",
        "delivered": "your endpoint accepted it",
        "dead": "given up after the last attempt; it can be replayed",
    }
)
"""What each state of a delivery means, as the API explains it."""


class WebhookKeyView(fields.View):
    """A key that signs what an endpoint is sent."""

    scheme = fields.Choice(
        {"v1": "HMAC-SHA256 with a shared secret", "v1a": "Ed25519 with a key pair"},
        metadata={"description": "How it signs."},
    )
    public_key = fields.Text(
        allow_none=True, metadata={"description": "`whpk_` and base64; null for a shared secret."}
    )
    created_at = fields.Moment(metadata={"description": "When the key was made."})
    ends_at = fields.Moment(
        allow_none=True,
        metadata={"description": "When it stops signing, if it has been replaced; otherwise null."},
    )


class WebhookView(fields.View):
    """An endpoint that your organisation's feed is delivered to."""

    id = fields.Identifier(metadata={"description": "The id of the endpoint."})
    href = fields.Text(metadata={"description": "Its address in this API."})
    url = fields.Text(
        max=2000,
        metadata={
            "example": "https://hooks.keyring.example/referrals",
            "description": "Your address, which events are sent to.",
        },
    )
    state = fields.Choice(
        ENDPOINT_STATES,
        metadata={"description": "Whether events are delivered."},
    )
    disabled_reason = fields.Choice(
        {
            "operator": "an operator disabled it",
            "gone": "it answered 410 Gone",
            "not_verified": "it did not answer the challenge in time",
        },
        allow_none=True,
        metadata={"description": "Why it is disabled; null if it is not."},
    )
    created_at = fields.Moment(metadata={"description": "When it was registered."})
    verified_at = fields.Moment(
        allow_none=True, metadata={"description": "When it answered the challenge; null until then."}
    )
    rests_until = fields.Moment(
        allow_none=True,
        metadata={
            "description": "No delivery is attempted until then, because attempts failed; otherwise null."
        },
    )
    failures = fields.Count(metadata={"description": "Failed requests in a row."})
    position = fields.Count(
        max=2**63 - 1,
        metadata={"description": "The position in the feed up to which deliveries have been made."},
    )
    waiting = fields.Count(metadata={"description": "Deliveries that your endpoint has not yet accepted."})
    dead = fields.Count(metadata={"description": "Deliveries that were given up."})
    keys = plain.List(
        plain.Nested(WebhookKeyView), metadata={"description": "The keys that sign what it is sent."}
    )


WebhookList = list_schema(
    "WebhookList",
    WebhookView,
    "The webhooks of your organisation, in the order asked for.",
    counted=ENDPOINT_STATES,
    by="state",
)


class DeliveryQuery(CountedPageQuery):
    """Which deliveries to list."""

    state = fields.Choice(DELIVERY_STATES, metadata={"description": "Only deliveries in this state."})


class DeliveryView(fields.View):
    """The delivery of one event to one endpoint."""

    id = fields.Identifier(metadata={"description": "The `webhook-id` of every attempt."})
    position = fields.Count(max=2**63 - 1, metadata={"description": "The position of the event in the feed."})
    event_id = fields.Identifier(metadata={"description": "The id of the event."})
    event = fields.Text(metadata={"description": "The name of the event."})
    state = fields.Choice(DELIVERY_STATES, metadata={"description": "Whether it has been delivered."})
    tries = fields.Count(metadata={"description": "Attempts since it was made or last replayed."})
    replays = fields.Count(metadata={"description": "How often it was replayed."})
    next_try_at = fields.Moment(
        allow_none=True, metadata={"description": "When it is next attempted; null if it is not."}
    )
    tried_at = fields.Moment(
        allow_none=True,
        metadata={"description": "When it was last attempted; null before the first attempt."},
    )
    settled_at = fields.Moment(
        allow_none=True, metadata={"description": "When it was delivered or given up; null until then."}
    )
    last_status = fields.Count(
        allow_none=True,
        metadata={"description": "The HTTP status of the last attempt; null if no response came."},
    )
    last_fault = fields.Text(
        allow_none=True,
        metadata={
            "example": "timeout",
            "description": "Why no response came, such as `timeout`; otherwise null.",
        },
    )
    allowed_actions = plain.List(
        fields.Choice({"replay": "send it again at `POST .../replay`"}),
        metadata={"description": "What you can do about it now."},
    )


DeliveryList = list_schema(
    "DeliveryList",
    DeliveryView,
    "The deliveries of a webhook, in the order of the feed or from its end.",
    counted=DELIVERY_STATES,
    by="state",
)
