"""Checks the signature of a webhook as a receiver would."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def holds(public: str, headers: dict[str, str], body: bytes) -> bool:
    """Check a v1a signature as a receiver would who has read the specification."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    for each in headers["webhook-signature"].split(" "):
        scheme, _, signature = each.partition(",")
        if scheme == "v1a":
            try:
                key.verify(base64.b64decode(signature), signed)
            except InvalidSignature:
                continue
            return True
    return False
