"""The service's own keys, which sign access tokens: a JWK set in a private file, the current key first.

To change over: put a new key first; drop the old one when the last token it signed has expired.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

ALGORITHM = "ES256"


class SigningKeys:
    """A set of P-256 keys that are ours."""

    def __init__(self, keys: list[ECKey]) -> None:
        if not keys:
            raise ValueError("a signing key is needed")
        self._keys = {_kid(key): key for key in keys}
        self.current_kid = _kid(keys[0])

    @property
    def current(self) -> ECKey:
        """The key that signs from now on."""
        return self._keys[self.current_kid]

    def verifying(self, kid: str) -> ECKey | None:
        """Return the key that goes by `kid`, while it is in the file."""
        return self._keys.get(kid)

    def public_jwks(self) -> dict[str, Any]:
        """Return the public halves, for anybody who wants to check our tokens."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
                for kid, key in self._keys.items()
            ]
        }


def _kid(key: ECKey) -> str:
    return key.thumbprint()


def create_if_missing(file: Path) -> None:
    """Write a new signing key, readable by its owner only; leave a file that is there alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = ECKey.generate_key("P-256")
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as opened:
        json.dump({"keys": [made.as_dict(private=True)]}, opened)


@cache
def load(file: Path) -> SigningKeys:
    """Read the signing keys, once for each process.

    Raises:
        OSError, ValueError: the file is missing or holds something else; the service cannot issue tokens.
    """
    return SigningKeys([ECKey.import_key(jwk) for jwk in json.loads(file.read_text())["keys"]])
