"""Clients and their keys on the wire."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields
from service.access.permissions import SCOPES
from service.http import PageQuery, list_schema

ORGANISATION: Final = {
    "description": "The organisation, as kind and code.",
    "example": "crs_provider/keyring",
}
LONGEST_KEY: Final = 8000
"""Characters of a key in PEM; a public key has a few hundred."""
_KID: Final = 200
_SCOPES: Final[dict[str, str]] = {str(scope): meaning for scope, meaning in SCOPES.items()}
ACTIONS: Final = {
    "deny": "refuse every call of the client from now on, whatever token it has",
    "allow": "let a denied client call again, with its keys that are not denied themselves",
    "retire_key": "accept a key no longer; the tokens it was used to get expire within five minutes",
    "deny_key": "accept a key no longer, nor any token it was used to get",
}
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "deny": (),
    "allow": ("reason",),
    "retire_key": ("kid",),
    "deny_key": ("kid",),
}


class PublicKeyForm(fields.Schema):
    """A public key, EC P-256 or Ed25519, in one of two forms. Never send a private key."""

    jwk = fields.FreeObject(metadata={"description": "As a JWK (RFC 7517)."})
    pem = fields.LongText(
        max=LONGEST_KEY, metadata={"description": "As PEM, beginning with `-----BEGIN PUBLIC KEY-----`."}
    )

    @validates_schema
    def _one_form(self, given: Mapping[str, Any], **_: object) -> None:
        if len(given) != 1:
            raise ValidationError("Send the key either as `jwk` or as `pem`.")


class KeyRegistration(fields.Schema):
    """A further key of a client."""

    key = plain.Nested(PublicKeyForm, required=True, metadata={"description": "The public key."})


class ClientRegistration(fields.Schema):
    """What is registered of a client. What you leave out stays as it is."""

    organisation = fields.Text(required=True, max=100, metadata=ORGANISATION)
    name = fields.Text(metadata={"description": "Its display name. Required the first time."})
    scopes = fields.List(
        fields.Choice(_SCOPES),
        min=1,
        max=len(SCOPES),
        metadata={
            "description": "The scopes it may request; at first all those of its kind of organisation."
        },
    )
    certificate_bound = fields.Flag(
        metadata={"description": "Whether its tokens work only with its TLS certificate; at first not."}
    )
    requests_per_minute = fields.Count(
        min=1, metadata={"description": "Its rate limit; at first the default of the service."}
    )
    key = plain.Nested(
        PublicKeyForm,
        metadata={"description": "A public key, added to those it has. Required the first time."},
    )


class ClientTransition(fields.Schema):
    """What is to be done to a client or one of its keys."""

    action = fields.Choice(ACTIONS, required=True, metadata={"description": "What is to be done."})
    kid = fields.Text(max=_KID, metadata={"description": "The key, for `retire_key` and `deny_key`."})
    reason = fields.Text(
        metadata={"description": "Why, for `allow`. Recorded on the audit trail: leave out personal data."}
    )

    @validates_schema
    def _members(self, given: Mapping[str, Any], **_: object) -> None:
        if faults := fields.member_faults(given, _NEEDS.get(given.get("action", ""), ())):
            raise ValidationError(faults)


class ClientQuery(PageQuery):
    """Which clients to list."""

    organisation = fields.Text(
        max=100, metadata={"description": "Only those of this organisation, as kind and code."}
    )
    removed = fields.Choice(
        {"yes": "only those"}, metadata={"description": "Only those that have been removed; else the others."}
    )


class ClientKeyView(fields.View):
    """A public key of a client."""

    kid = fields.Text(metadata={"description": "The id of the key."})
    status = fields.Choice(
        {
            "active": "the client may use it",
            "retired": "replaced; no longer accepted",
            "denied": "leaked; neither it nor a token it was used to get is accepted",
        },
        metadata={"description": "Whether it is accepted."},
    )
    added_at = fields.Moment(metadata={"description": "When it was registered."})


class ClientView(fields.View):
    """A registered client: a computer system of an organisation."""

    id = fields.Text(metadata={"description": "Its id at the token endpoint."})
    href = fields.Text(metadata={"description": "Its address in this API."})
    organisation = fields.Text(metadata=ORGANISATION)
    name = fields.Text(metadata={"description": "Its display name."})
    status = fields.Choice(
        {"active": "it may call", "denied": "every call is refused"},
        metadata={"description": "Whether it may call."},
    )
    scopes = plain.List(fields.Choice(_SCOPES), metadata={"description": "The scopes it may request."})
    certificate_bound = fields.Flag(
        metadata={"description": "Whether its tokens work only with its TLS certificate."}
    )
    requests_per_minute = fields.Count(
        allow_none=True, metadata={"description": "Its rate limit; null for the default of the service."}
    )
    keys = plain.List(plain.Nested(ClientKeyView), metadata={"description": "Its keys, by id."})
    registered_at = fields.Moment(metadata={"description": "When it was registered."})
    ended_at = fields.Moment(allow_none=True, metadata={"description": "When it was removed; null if not."})
    allowed_actions = plain.List(
        fields.Choice(ACTIONS), metadata={"description": "What you can do about it now."}
    )


ClientList = list_schema("ClientList", ClientView, "The registered clients, by id.")
