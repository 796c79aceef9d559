"""The two ways in, by which an operator does the same: a command, or a call of the API."""

import json
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, OKPKey

from tests.cast import Caller
from tests.commands.conftest import Operator
from tests.journeys.driver import Json
from tests.people.factories import as_owner
from tests.registration.calls import ROOT

SIGNS_IN_OR_READS = ("sign_in", "consultation", "denied")
PROVIDER = "crs_provider/keyring"
CLIENT = "keyring-system"
HOOK = "https://hooks.keyring.example/in"

Key = ECKey | OKPKey


@dataclass(frozen=True)
class Act:
    """One act in both forms.

    command: its words; `KEY` stands for the file of the key, `ENDPOINT` for the endpoint registered before.
    method, path, body: the call, below the root of registration.
    key: the public key that both send.
    before: commands that are run first.
    """

    command: tuple[str, ...]
    method: str
    path: str
    body: Json | None = field(default_factory=dict)
    key: bytes | None = None
    before: tuple[tuple[str, ...], ...] = ()


@dataclass
class Ways:
    """Somebody who can do both."""

    operate: Operator
    registrar: Caller

    def prepare(self, act: Act) -> None:
        for words in act.before:
            self.operate.done(*self._placed(words, act))

    def by_command(self, act: Act) -> str | None:
        """Run the command; return the line that refuses it, or None."""
        result = self.operate(*self._placed(act.command, act))
        assert "Traceback" not in result.output
        if result.exit_code == 0:
            return None
        return self.operate.refused(*self._placed(act.command, act))

    def by_call(self, act: Act) -> tuple[int, str | None]:
        """Make the call; return its status, and the words that refuse it, or None."""
        path = f"{ROOT}/{act.path}".replace("ENDPOINT", self._endpoint())
        tag = None
        if act.path != "webhooks":
            read = self.registrar.get("/".join(path.split("/")[: 6 if "organisations" in path else 5]))
            tag = read.headers.get("ETag")
        body = act.body
        if act.key is not None and body is not None:
            body = body | {"key": _form(act.key)}
        answer = getattr(self.registrar, act.method)(path, json=body, if_match=tag)
        if answer.status_code < 300:
            return answer.status_code, None
        problem = answer.get_json()
        faults = [fault["detail"] for fault in problem.get("errors", ())]
        return answer.status_code, "; ".join(faults) or problem.get("detail", "")

    def _placed(self, words: tuple[str, ...], act: Act) -> list[str]:
        placed = list(words)
        if "KEY" in placed and act.key is not None:
            file = self.operate.place / "the.key"
            file.write_bytes(act.key)
            placed[placed.index("KEY")] = str(file)
        return [self._endpoint() if word == "ENDPOINT" else word for word in placed]

    @staticmethod
    def _endpoint() -> str:
        known = as_owner("SELECT id FROM webhook_endpoint")
        return str(known[0]["id"]) if known else "00000000-0000-0000-0000-000000000001"


def _form(key: bytes) -> Json:
    if key.startswith(b"-----BEGIN"):
        return {"pem": key.decode()}
    return {"jwk": json.loads(key)}


def jwk(key: Key, *, private: bool = False) -> bytes:
    return json.dumps(key.as_dict(private=private)).encode()


def trail_since(number: int, person: str) -> list[tuple[Any, ...]]:
    """Return what somebody has left on the trail, but for signing in and reading, after so many entries."""
    return sorted(_trail(person)[number:])


def length_of_trail(person: str) -> int:
    return len(_trail(person))


def _trail(person: str) -> list[tuple[Any, ...]]:
    bodies = [
        json.loads(row["body"])
        for row in as_owner(
            f"SELECT body FROM audit_entry WHERE practitioner_id = '{person}' ORDER BY recorded_at, id"
        )
    ]
    return [
        (
            body["verb"],
            body["object"]["kind"],
            *([] if len(body["object"]["id"]) == 36 else [body["object"]["id"]]),
            ",".join(body.get("fields", ())),
            body["reason"],
        )
        for body in bodies
        if body["verb"] not in SIGNS_IN_OR_READS
    ]
