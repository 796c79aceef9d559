"""The state that the chapters of the demonstration share: the callers and the paths of resources."""

from collections.abc import Mapping
from typing import Any

import httpx

from service import clock
from service.demo import cast
from service.demo.callers import Caller, DemoFailed
from service.demo.environment import Environment
from service.demo.sample import sample

DESTINATIONS = {
    "approved_premises": "ap",
    "cas3": "cas3",
    "crs:accommodation": "crs",
    "crs:education_training_and_employment": "crs_ete",
    "mappa": "mappa",
}
Json = dict[str, Any]


def read(answer: httpx.Response) -> Json:
    """Return the body of an answer."""
    found: Json = answer.json()
    return found


def check(what: bool, complaint: str) -> None:
    """Stop the demonstration if an expectation is not met.

    Raises:
        DemoFailed: it is not met.
    """
    if not what:
        raise DemoFailed(complaint)


def name_of(part: Mapping[str, Any]) -> str:
    """Return the name of a destination referral: its kind, and the service category if it has one."""
    category = part.get("service_category")
    return f"{part['kind']}:{category}" if category else str(part["kind"])


class Scenario:
    """The callers, and the paths of the resources created so far."""

    def __init__(self, on: Environment) -> None:
        self.environment = on
        probation = on.caller("probation")
        self.priya = probation.acting_for(cast.PRACTITIONER)
        self.samuel = probation.acting_for(cast.SPO)
        self.body = sample(clock.today(), "EAST-2026-0401", "X320741")
        self.person = ""
        self.referral = ""
        self.parts: dict[str, str] = {}

    def who(self, key: str) -> Caller:
        """Return the destination that a destination referral was sent to."""
        return self.environment.caller(DESTINATIONS[key])

    def move(self, key: str, action: str, **more: Any) -> Json:
        """Take an action as a destination."""
        seen = self.who(key).get(self.parts[key])
        return read(
            self.who(key).post(f"{self.parts[key]}/transitions", {"action": action, **more}, seen=seen)
        )

    def update(self, key: str, kind: str, **content: Any) -> Json:
        """Report an update as a destination."""
        return read(self.who(key).post(f"{self.parts[key]}/updates", {"kind": kind, "content": content}))

    def place(self, caller: Caller, expect: int = 200, **body: Any) -> Json:
        """Take an action on the placement in the approved premises."""
        path = f"{self.parts['approved_premises']}/placement"
        return read(caller.post(path, body, seen=caller.get(path), expect=expect))

    def requests(self, caller: Caller, **query: str) -> list[Json]:
        """List check requests as a caller sees them."""
        found: list[Json] = caller.get("/v1/check-requests", query).json()["items"]
        return found


def police_result(asked: Json, calls: int, as_at: str) -> Json:
    """Return a police force's result: this many call-outs to the ex-partner's home, and no convictions.

    Args:
        asked: the request as the force reads it: something is said of each of its subjects.
    """
    return {
        "complete": True,
        "nothing_found": calls == 0,
        "valid_as_at": as_at,
        "searched": {
            "from": "2016-01-01",
            "until": as_at,
            "sources": ["Crime records", "Command and control"],
        },
        "findings": {
            "incidents": [],
            "convictions": [],
            "call_outs": [
                {
                    "date": f"2025-{month:02d}-14",
                    "place": "The ex-partner's home",
                    "role": "perpetrator",
                    "children_present": "yes",
                    "summary": "Shouting and banging reported by a neighbour.",
                    "source": "Command and control log",
                    "verified": "partly_verified",
                }
                for month in range(1, calls + 1)
            ],
            "intelligence": [],
            "orders": [],
            "protective": [],
        },
        "subjects": [
            {
                "id": one["id"],
                "outcome": "information" if calls and one["kind"] == "person" else "nothing_found",
            }
            for one in asked["subjects"]
        ],
    }
