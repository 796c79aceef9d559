"""The documents of the token endpoint and the well-known addresses."""

from marshmallow import fields

from service.fields import Schema, Text, View
from service.oauth.jwts import LONGEST_TOKEN


class TokenForm(Schema):
    """The form that you post to the token endpoint."""

    grant_type = Text(
        required=True,
        metadata={
            "description": "`client_credentials`; to act for a practitioner, "
            "`urn:ietf:params:oauth:grant-type:token-exchange`."
        },
    )
    client_assertion_type = Text(
        required=True, metadata={"description": "`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`."}
    )
    client_assertion = Text(
        max=LONGEST_TOKEN,
        required=True,
        metadata={"description": "A JWT that the client signs with its own key (RFC 7523)."},
    )
    scope = Text(
        max=1000,
        metadata={
            "description": "The scopes you ask for, with spaces between. Leave it out for all you may have."
        },
    )
    subject_token = Text(
        max=LONGEST_TOKEN, metadata={"description": "For an exchange: the practitioner assertion, a JWT."}
    )
    subject_token_type = Text(
        metadata={"description": "For an exchange: `urn:ietf:params:oauth:token-type:jwt`."}
    )


class TokenView(View):
    """An access token, as RFC 6749 and RFC 8693 define the response."""

    sometimes = ("scope", "issued_token_type")

    access_token = fields.String(metadata={"description": "The token: send it as `Authorization: Bearer`."})
    token_type = fields.String(metadata={"description": "`Bearer`."})
    expires_in = fields.Integer(metadata={"description": "Seconds until the token expires."})
    scope = fields.String(metadata={"description": "The scopes of the token, with spaces between."})
    issued_token_type = fields.String(
        metadata={"description": "For an exchange: the type of the token issued."}
    )


class TokenErrorView(View):
    """Why no token was issued, as RFC 6749 defines errors."""

    sometimes = ("error_description",)

    error = fields.String(metadata={"description": "The error code, such as `invalid_client`."})
    error_description = fields.String(
        metadata={"description": "The error in words; absent if there is nothing to add."}
    )


class JwksView(View):
    """The public keys that verify our tokens."""

    keys = fields.List(
        fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={"description": "The keys, as JSON Web Keys (RFC 7517)."},
    )


class ServerMetadataView(View):
    """The metadata of the authorization server, as RFC 8414 defines it."""

    issuer = fields.String(metadata={"description": "The issuer named in our tokens."})
    token_endpoint = fields.String(metadata={"description": "The address of the token endpoint."})
    jwks_uri = fields.String(metadata={"description": "The address of the public keys."})
    scopes_supported = fields.List(fields.String(), metadata={"description": "The scopes that exist."})
    response_types_supported = fields.List(
        fields.String(), metadata={"description": "Empty: there is no authorization endpoint."}
    )
    grant_types_supported = fields.List(
        fields.String(), metadata={"description": "The grants that the token endpoint takes."}
    )
    token_endpoint_auth_methods_supported = fields.List(
        fields.String(), metadata={"description": "How clients authenticate."}
    )
    token_endpoint_auth_signing_alg_values_supported = fields.List(
        fields.String(), metadata={"description": "The algorithms that client assertions may be signed with."}
    )
    tls_client_certificate_bound_access_tokens = fields.Boolean(
        metadata={"description": "Whether tokens are bound to the client certificate (RFC 8705)."}
    )
