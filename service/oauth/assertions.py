"""What a client of ours does: sign who it is, sign for whom it acts, and build the form for `/oauth/token`.

The reference for partners' own systems; the demo and the tests use it too. The service never calls it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from service.access.actor import Practitioner

CLIENT_TYPE: Final = "client-authentication+jwt"
PRACTITIONER_TYPE: Final = "practitioner-assertion+jwt"
CLIENT_LIFE, PRACTITIONER_LIFE = timedelta(minutes=2), timedelta(minutes=1)

JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name
JWT_TOKEN_TYPE: Final = "urn:ietf:params:oauth:token-type:jwt"  # noqa: S105 - a name


@dataclass(frozen=True)
class Signer:
    """A client's own name and private key, and the issuer it speaks to."""

    client_id: str
    key: ECKey | OKPKey
    issuer: str

    @property
    def algorithm(self) -> str:
        """The algorithm that goes with the key."""
        return "ES256" if isinstance(self.key, ECKey) else "Ed25519"

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        """Sign claims as they are, naming the key by its RFC 7638 thumbprint."""
        header = {"alg": self.algorithm, "typ": typ, "kid": self.key.thumbprint()}
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])

    def client_assertion(self, now: datetime) -> str:
        """Sign who the client is (RFC 7523); good for one use within two minutes."""
        return self.sign(CLIENT_TYPE, self._claims(self.client_id, now, CLIENT_LIFE))

    def practitioner_assertion(self, practitioner: Practitioner, now: datetime) -> str:
        """Sign for which named practitioner the client acts; good for one use within a minute."""
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
            now: the present moment.
            practitioner: for whom the client acts (RFC 8693 token exchange); for itself alone when None.
            scopes: what to ask for; everything the client is registered for when empty.
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
