"""The client's side of authentication: signs assertions and builds the form for `/oauth/token`.

A reference for partners' own systems, which the demo and the tests also use. The service never calls it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from service.access.actor import Practitioner
from service.errors import Refused

CLIENT_TYPE: Final = "client-authentication+jwt"
PRACTITIONER_TYPE: Final = "practitioner-assertion+jwt"
CLIENT_LIFE, PRACTITIONER_LIFE = timedelta(minutes=2), timedelta(minutes=1)

JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name
JWT_TOKEN_TYPE: Final = "urn:ietf:params:oauth:token-type:jwt"  # noqa: S105 - a name


@dataclass(frozen=True)
class Signer:
    """A client's id and private key, and the issuer it gets tokens from."""

    client_id: str
    key: ECKey | OKPKey
    issuer: str

    @property
    def algorithm(self) -> str:
        """The signature algorithm of the key."""
        return "ES256" if isinstance(self.key, ECKey) else "Ed25519"

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        """Sign claims, with the key's RFC 7638 thumbprint as `kid`."""
        header = {"alg": self.algorithm, "typ": typ, "kid": self.key.thumbprint()}
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])

    def client_assertion(self, now: datetime) -> str:
        """Return an assertion that authenticates the client (RFC 7523), valid once within two minutes."""
        return self.sign(CLIENT_TYPE, self._claims(self.client_id, now, CLIENT_LIFE))

    def practitioner_assertion(self, practitioner: Practitioner, now: datetime) -> str:
        """Return an assertion that names the practitioner the client acts for, valid once within a minute."""
        claims = self._claims(practitioner.id, now, PRACTITIONER_LIFE)
        claims |= {"name": practitioner.name, "role": practitioner.role, "region": practitioner.region}
        if practitioner.pdu is not None:
            claims["pdu"] = practitioner.pdu
        return self.sign(PRACTITIONER_TYPE, claims)

    def token_form(
        self, now: datetime, *, practitioner: Practitioner | None = None, scopes: Sequence[str] = ()
    ) -> dict[str, str]:
        """Build the form to post to `/oauth/token`.

        Args:
            now: the current time.
            practitioner: the person the client acts for (RFC 8693 token exchange); itself only when None.
            scopes: the scopes to request; all that the client is registered for when empty.
        """
        form = {"client_assertion_type": JWT_BEARER, "client_assertion": self.client_assertion(now)}
        if practitioner is None:
            form["grant_type"] = "client_credentials"
        else:
            form |= {
                "grant_type": TOKEN_EXCHANGE,
                "subject_token": self.practitioner_assertion(practitioner, now),
                "subject_token_type": JWT_TOKEN_TYPE,
            }
        if scopes:
            form["scope"] = " ".join(scopes)
        return form

    def _claims(self, subject: str, now: datetime, life: timedelta) -> dict[str, Any]:
        return {
            "iss": self.client_id,
            "sub": subject,
            "aud": self.issuer,
            "jti": str(uuid4()),
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
        }


def read_private_key(file: Path) -> ECKey | OKPKey:
    """Read a client's private key, of either kind that can be registered, from a file with a JWK.

    Raises:
        OSError: the file cannot be read.
        Refused: it holds no such key.
    """
    try:
        found = json.loads(file.read_bytes())
        kinds: dict[tuple[str, str], type[ECKey | OKPKey]] = {
            ("EC", "P-256"): ECKey,
            ("OKP", "Ed25519"): OKPKey,
        }
        key = kinds[found["kty"], found["crv"]].import_key(found)
        key.get_op_key("sign")
    except (JoseError, ValueError, LookupError, TypeError, RecursionError):
        raise Refused(f"{file} holds no private key, EC P-256 or Ed25519, as a JWK") from None
    return key
