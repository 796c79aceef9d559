"""The escalation policies of a decision that a manager was asked for, as data; figures are our defaults.

There is one for each role that is asked first: no step goes to a role below it, which may not decide.
"""

from typing import Any, Final

from service.access.permissions import MANAGERS
from service.timers.roles import FALLS_TO

AGREEMENT: Final = "agreement"


def policy_of(role: str) -> str:
    """Return the key of the policy of what a role is asked first."""
    return AGREEMENT if role == MANAGERS[0] else f"{AGREEMENT}.{role}"


def _asking(role: str) -> dict[str, Any]:
    above = FALLS_TO[role]
    steps = [{"key": role, "at": "T", "probation": role}]
    if above is not None:
        steps.append({"key": above, "at": "T+2wd", "probation": above})
    return {
        "key": policy_of(role),
        "answer": {
            "targets": {"routine": "2wd"},
            "calendar": "probation",
            "steps": steps,
            "tail": {"every": "2wd", "to": above or role},
        },
    }


POLICIES: Final[tuple[dict[str, Any], ...]] = tuple(_asking(role) for role in MANAGERS)
