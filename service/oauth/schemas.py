"""The documents of the token endpoint and the well-known addresses."""

from marshmallow import fields

from service.fields import Schema, Text, View
from service.oauth.jwts import LONGEST_TOKEN


class TokenForm(Schema):
    """What to post to the token endpoint, as a form."""

    grant_type = Text(required=True)
    client_assertion_type = Text(required=True)
    client_assertion = Text(max=LONGEST_TOKEN, required=True)
    scope = Text(max=1000)
    subject_token = Text(
        max=LONGEST_TOKEN, metadata={"description": "The practitioner assertion, for an exchange."}
    )
    subject_token_type = Text()


class TokenView(View):
    """An access token, as RFC 6749 and RFC 8693 answer."""

    sometimes = ("scope", "issued_token_type")

    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer(metadata={"description": "Seconds."})
    scope = fields.String()
    issued_token_type = fields.String()


class TokenErrorView(View):
    """Why no token was issued, as RFC 6749 answers."""

    sometimes = ("error_description",)

    error = fields.String()
    error_description = fields.String()


class JwksView(View):
    """The public keys that verify our tokens."""

    keys = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))


class ServerMetadataView(View):
    """How to ask this service for a token, as RFC 8414 says."""

    issuer = fields.String()
    token_endpoint = fields.String()
    jwks_uri = fields.String()
    scopes_supported = fields.List(fields.String())
    response_types_supported = fields.List(fields.String())
    grant_types_supported = fields.List(fields.String())
    token_endpoint_auth_methods_supported = fields.List(fields.String())
    token_endpoint_auth_signing_alg_values_supported = fields.List(fields.String())
    tls_client_certificate_bound_access_tokens = fields.Boolean()
