"""Client assertions for the tests of the token endpoint, valid and otherwise."""

import base64
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from werkzeug.test import TestResponse

from service import clock
from service.oauth.client_side import CLIENT_TYPE, JWT_BEARER
from service.oauth.jwts import ALGORITHMS
from tests.cast import Caller, Cast
from tests.noticeboard import claims_of


def form(assertion: str, **more: str) -> dict[str, str]:
    """Build the form of a token request."""
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
    } | more


def signed(caller: Caller, typ: str | None = CLIENT_TYPE, **changed: Any) -> str:
    """Sign a client assertion that is valid except for the changed claims."""
    claims = claims_of(caller, clock.now().timestamp(), **changed)
    header = {"alg": caller.signer.algorithm, "kid": caller.signer.key.thumbprint()}
    if typ is not None:
        header["typ"] = typ
    return jwt.encode(header, claims, caller.signer.key, algorithms=list(ALGORITHMS), default_type=None)


def ed25519_caller(cast: Cast) -> tuple[Caller, Ed25519PrivateKey]:
    """Return a caller whose key is Ed25519, and its private key."""
    for caller in cast.callers.values():
        private = caller.signer.key.get_op_key("sign")
        if isinstance(private, Ed25519PrivateKey):
            return caller, private
    raise AssertionError


def encode(caller: Caller, header: dict[str, Any], sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """Encode a client assertion with any header; without a signature unless `sign` makes one."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, claims_of(caller, clock.now().timestamp()))
    ]
    signature = base64.urlsafe_b64encode(sign(b".".join(parts))).rstrip(b"=")
    return b".".join([*parts, signature]).decode()


def assert_refused(answer: TestResponse, error: str = "invalid_client") -> None:
    """Check that a token request was refused with an OAuth error."""
    status = 401 if error == "invalid_client" else 400
    assert (answer.status_code, answer.get_json()["error"]) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
