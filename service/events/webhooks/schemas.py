"""How endpoints and deliveries look on the wire."""

from marshmallow import fields as plain

from service import fields
from service.http import PageQuery, list_schema


class WebhookKeyView(fields.View):
    """A key that signs what an endpoint is sent, as long as it is valid."""

    scheme = fields.Choice("v1", "v1a", metadata={"description": "Ed25519 is `v1a`, HMAC-SHA256 is `v1`."})
    public_key = fields.Text(
        allow_none=True, metadata={"description": "`whpk_` and base64; none for a shared secret."}
    )
    created_at = fields.Moment()
    ends_at = fields.Moment(
        allow_none=True, metadata={"description": "When it signs no longer, if it has been replaced."}
    )


class WebhookView(fields.View):
    """An endpoint that is told of what happens."""

    id = fields.Identifier()
    href = fields.Text()
    url = fields.Text(max=2000, metadata={"example": "https://hooks.keyring.example/referrals"})
    state = fields.Choice("pending", "active", "disabled")
    disabled_reason = fields.Choice("operator", "gone", "not_verified", allow_none=True)
    created_at = fields.Moment()
    verified_at = fields.Moment(allow_none=True)
    rests_until = fields.Moment(
        allow_none=True, metadata={"description": "Left alone until then, because it failed."}
    )
    failures = fields.Count(metadata={"description": "Requests in a row that failed."})
    position = fields.Count(
        max=2**63 - 1, metadata={"description": "How far in the feed deliveries have been made."}
    )
    waiting = fields.Count(metadata={"description": "Deliveries that are still to be taken."})
    dead = fields.Count(metadata={"description": "Deliveries that were given up."})
    keys = plain.List(plain.Nested(WebhookKeyView))


WebhookList = list_schema("WebhookList", WebhookView, "The webhooks of your organisation, oldest first.")


class DeliveryQuery(PageQuery):
    """Which deliveries, and how many."""

    state = fields.Choice("waiting", "delivered", "dead")


class DeliveryView(fields.View):
    """One entry of the feed on its way to one endpoint."""

    id = fields.Identifier(metadata={"description": "The `webhook-id` of every try."})
    position = fields.Count(max=2**63 - 1, metadata={"description": "Of the entry in the feed."})
    event_id = fields.Identifier()
    event = fields.Text()
    state = fields.Choice("waiting", "delivered", "dead")
    tries = fields.Count()
    replays = fields.Count()
    next_try_at = fields.Moment(allow_none=True)
    tried_at = fields.Moment(allow_none=True)
    settled_at = fields.Moment(allow_none=True)
    last_status = fields.Count(allow_none=True)
    last_fault = fields.Text(
        allow_none=True,
        metadata={"example": "timeout", "description": "Why no answer came, when none did."},
    )
    allowed_actions = plain.List(fields.Choice("replay"))


DeliveryList = list_schema(
    "DeliveryList", DeliveryView, "The deliveries of a webhook, in the order of the feed."
)
