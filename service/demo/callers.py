"""The callers of the demonstration, over real HTTP with real tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from service import clock
from service.access.actor import Practitioner
from service.oauth.client_side import Signer


class DemoFailed(Exception):  # noqa: N818 - reads as what happened
    """The service did not behave as the demonstration expects."""


@dataclass(frozen=True)
class Caller:
    """The client of one organisation, optionally acting for a named practitioner.

    Args:
        name: its name in the printed story.
        http: an open HTTP client of the service.
        signer: its client id and private key.
    """

    name: str
    http: httpx.Client
    signer: Signer
    practitioner: Practitioner | None = None
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def acting_for(self, practitioner: Practitioner) -> "Caller":
        """Return the same client, acting for a named person."""
        return replace(self, practitioner=practitioner, name=practitioner.name)

    def token(self) -> str:
        """Return an access token, fetched again when the last one is about to expire."""
        whom = self.practitioner.id if self.practitioner else ""
        token, until = self.tokens.get(whom, ("", clock.now()))
        if until <= clock.now():
            form = self.signer.token_form(clock.now(), practitioner=self.practitioner)
            answer = self.http.post("/oauth/token", data=form)
            if answer.status_code != httpx.codes.OK:
                raise DemoFailed(f"{self.name} was refused a token: {answer.text}")
            token, until = answer.json()["access_token"], clock.now() + timedelta(minutes=4)
            self.tokens[whom] = token, until
        return token

    def get(self, path: str, query: Mapping[str, str] | None = None, *, expect: int = 200) -> httpx.Response:
        """Send a GET request."""
        return self._send("GET", path, expect, {}, params=query or {})

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        expect: int | tuple[int, ...] = (200, 201),
        seen: httpx.Response | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """Send a POST request; `seen` is the response whose ETag it matches."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._send("POST", path, expect, _matching(seen) | headers, json=body)

    def patch(self, path: str, body: Mapping[str, Any], *, tag: str) -> httpx.Response:
        """Send a PATCH request with an ETag from a list."""
        return self._send("PATCH", path, 200, {"If-Match": tag}, json=body)

    def _send(
        self, method: str, path: str, expect: int | tuple[int, ...], headers: dict[str, str], **more: Any
    ) -> httpx.Response:
        answer = self.http.request(
            method, path, headers={"Authorization": f"Bearer {self.token()}", **headers}, **more
        )
        expected = (expect,) if isinstance(expect, int) else expect
        if answer.status_code not in expected:
            raise DemoFailed(
                f"{self.name}: {method} {path} gave {answer.status_code}, not {expect}: {answer.text[:2000]}"
            )
        return answer


def _matching(seen: httpx.Response | None) -> dict[str, str]:
    return {"If-Match": seen.headers["ETag"]} if seen is not None else {}
