"""The documents of the token endpoint and the well-known addresses."""

from marshmallow import fields

from service.fields import Schema, View


class TokenForm(Schema):
    """What to post to the token endpoint, as a form."""

    grant_type = fields.String(required=True)
    client_assertion_type = fields.String(required=True)
    client_assertion = fields.String(required=True)
    scope = fields.String()
    subject_token = fields.String(metadata={"description": "The practitioner assertion, for an exchange."})
    subject_token_type = fields.String()


class TokenView(View):
    """An access token, as RFC 6749 and RFC 8693 answer."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    scope = fields.String()
    issued_token_type = fields.String()


class TokenErrorView(View):
    """Why no token was issued, as RFC 6749 answers."""

    error = fields.String(required=True)
    error_description = fields.String()


class JwksView(View):
    """The public keys that verify our tokens."""

    keys = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)


class ServerMetadataView(View):
    """How to ask this service for a token, as RFC 8414 says."""

    issuer = fields.String(required=True)
    token_endpoint = fields.String(required=True)
    jwks_uri = fields.String(required=True)
    scopes_supported = fields.List(fields.String(), required=True)
    response_types_supported = fields.List(fields.String(), required=True)
    grant_types_supported = fields.List(fields.String(), required=True)
    token_endpoint_auth_methods_supported = fields.List(fields.String(), required=True)
    token_endpoint_auth_signing_alg_values_supported = fields.List(fields.String(), required=True)
    tls_client_certificate_bound_access_tokens = fields.Boolean(required=True)
