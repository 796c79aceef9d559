"""An outside OpenID provider: its keys, and the tokens that it issues."""

import json
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from service import clock

ISSUER, AUDIENCE = "https://login.test/realms/justice", "api://referrals"
KEY, OTHER, RSA = ECKey.generate_key("P-256"), ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
CLAIMS = {"name": "given_name", "role": "app_role"}


def public(key: ECKey | RSAKey, **more: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", **more}


def write(file: Path, *keys: dict[str, Any]) -> None:
    file.write_text(json.dumps({"keys": keys}))


def token(client_id: str, key: Any = KEY, header: dict[str, Any] | None = None, **changed: Any) -> str:
    """An access token of the provider, good but for what is changed; None leaves a claim out."""
    now = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "f5b9",
        "azp": client_id,
        "scope": "destination feed",
        "iat": now,
        "exp": now + 3600,
    } | changed
    alg = "RS256" if isinstance(key, RSAKey) else "ES256"
    heading = {"alg": alg, "typ": "at+jwt", "kid": key.thumbprint()} | (header or {})
    said, heading = (
        {name: value for name, value in part.items() if value is not None} for part in (claims, heading)
    )
    return jwt.encode(heading, said, key, algorithms=[alg], default_type=None)
