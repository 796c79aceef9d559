"""Standard Webhooks signatures: Ed25519 (`v1a`) and HMAC-SHA256 (`v1`), and how their keys are written.

Pure. Each delivery carries one signature for every key that is valid, so that a receiver can change over.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Scheme = Literal["v1", "v1a"]
SCHEMES: Final[tuple[Scheme, ...]] = ("v1a", "v1")
SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class SigningKey:
    """A signing key: a shared secret (`v1`), or the seed of an Ed25519 key (`v1a`)."""

    scheme: Scheme
    secret: bytes

    @classmethod
    def fresh(cls, scheme: Scheme) -> "SigningKey":
        """Make a new key."""
        return cls(scheme, secrets.token_bytes(SECRET_BYTES))

    @property
    def public(self) -> str | None:
        """The public half as receivers are given it, `whpk_...`; None for a shared secret."""
        if self.scheme == "v1":
            return None
        raw = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return "whpk_" + _base64(raw.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def for_receiver(self) -> str:
        """What the receiver needs to check our signatures: `whpk_...`, or `whsec_...` which is a secret."""
        return self.public or "whsec_" + _base64(self.secret)

    def sign(self, content: bytes) -> str:
        """Return one signature, with its scheme."""
        if self.scheme == "v1":
            made = hmac.digest(self.secret, content, hashlib.sha256)
        else:
            made = Ed25519PrivateKey.from_private_bytes(self.secret).sign(content)
        return f"{self.scheme},{_base64(made)}"


def headers(keys: Iterable[SigningKey], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers of a signed message.

    Args:
        keys: all that are valid now, Ed25519 before HMAC, the newer before the older.
        message_id: the same at every try.
        timestamp: of this try, in seconds since 1970.
        body: exactly as it is sent.

    Raises:
        ValueError: there is no key: nothing is sent unsigned.
    """
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    signed = " ".join(key.sign(content) for key in keys)
    if not signed:
        raise ValueError("nothing is sent without a signature")
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signed}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
