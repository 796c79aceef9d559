"""Webhook endpoints on the wire, as those who register them see them."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields
from service.events.webhooks.schemas import ENDPOINT_STATES, WebhookKeyView, WebhookView
from service.http import CountedPageQuery, list_schema
from service.registration.schemas.clients import ORGANISATION

SCHEMES: Final = {"v1": "HMAC-SHA256 with a shared secret", "v1a": "Ed25519 with a key pair"}
LONGEST_OVERLAP: Final = 24 * 30
"""Hours."""
ACTIONS: Final = {
    "rotate": "make new keys; the old ones sign as well until the overlap ends",
    "disable": "send it nothing more; registered again, it continues from where it stopped",
}


class EndpointRegistration(fields.Schema):
    """An address to which the feed of an organisation is to be sent."""

    organisation = fields.Text(required=True, max=100, metadata=ORGANISATION)
    url = fields.Text(
        required=True,
        max=2000,
        metadata={
            "description": "`https`, with a host name that resolves to a public address.",
            "example": "https://hooks.keyring.example/referrals",
        },
    )
    schemes = fields.List(
        fields.Choice(SCHEMES),
        min=1,
        max=len(SCHEMES),
        metadata={"description": "How deliveries are signed; as before, and `v1a` the first time."},
    )


class EndpointTransition(fields.Schema):
    """What is to be done to an endpoint."""

    action = fields.Choice(ACTIONS, required=True, metadata={"description": "What is to be done."})
    overlap_hours = fields.Count(
        max=LONGEST_OVERLAP,
        metadata={
            "description": "For `rotate`: how long the old keys sign as well; 72 by default, "
            "0 when one has leaked."
        },
    )

    @validates_schema
    def _members(self, given: Mapping[str, Any], **_: object) -> None:
        may = ("overlap_hours",) if given.get("action") == "rotate" else ()
        if faults := fields.member_faults(given, (), may):
            raise ValidationError(faults)


class EndpointQuery(CountedPageQuery):
    """Which endpoints to list."""

    organisation = fields.Text(
        max=100, metadata={"description": "Only those of this organisation, as kind and code."}
    )
    removed = fields.Choice(
        {"yes": "only those"}, metadata={"description": "Only those that have been removed; else the others."}
    )


class EndpointView(fields.View):
    """A webhook endpoint of an organisation."""

    id = fields.Identifier(metadata={"description": "The id of the endpoint."})
    href = fields.Text(metadata={"description": "Its address in this API."})
    organisation = fields.Text(metadata=ORGANISATION)
    url = fields.Text(max=2000, metadata={"description": "The address, which events are sent to."})
    state = WebhookView._declared_fields["state"]  # noqa: SLF001 - the same words for both readers
    disabled_reason = WebhookView._declared_fields["disabled_reason"]  # noqa: SLF001
    registered_at = fields.Moment(metadata={"description": "When it was registered."})
    ended_at = fields.Moment(allow_none=True, metadata={"description": "When it was removed; null if not."})
    verified_at = fields.Moment(
        allow_none=True, metadata={"description": "When it answered the challenge; null until then."}
    )
    keys = plain.List(
        plain.Nested(WebhookKeyView), metadata={"description": "The keys that sign what it is sent."}
    )
    allowed_actions = plain.List(
        fields.Choice(ACTIONS), metadata={"description": "What you can do about it now."}
    )


class RegisteredEndpointView(EndpointView):
    """A webhook endpoint, with what its receiver needs to check signatures."""

    receiver_keys = plain.List(
        fields.Text(),
        metadata={
            "description": "New keys for the receiver, shown once: `whsec_` is secret. Empty when the call "
            "is a repeat: rotate the keys if the first response was lost."
        },
    )


EndpointList = list_schema(
    "EndpointList",
    EndpointView,
    "The registered webhook endpoints, in the order asked for.",
    counted=ENDPOINT_STATES,
    by="state",
)
