"""What may happen to a running clock, as it is stored: a pause, its end, another date, and so on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, cast
from uuid import UUID

from service.timers.policy import Pause, Timer

ChangeKind = Literal["paused", "resumed", "raised", "sooner", "later", "moved"]


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A clock change: paused, resumed, raised to urgent, another hard date, or a move onto another policy.

    `hard_date` came with a raise or is what a date is now: only `later` puts it back, which takes a person's
    decision. With `eases`, what was urgent because a date had passed is so no more. `reason` is a code and
    changes nothing. `policy` is the version that a move is onto.
    """

    kind: ChangeKind
    at: datetime
    hard_date: datetime | None = None
    reason: str | None = None
    policy: UUID | None = None
    eases: bool = False

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> "ClockChange":
        """Read a clock change as `as_json` writes it."""
        hard_date = stored.get("hard_date")
        return cls(
            cast("ChangeKind", stored["kind"]),
            datetime.fromisoformat(stored["at"]),
            datetime.fromisoformat(hard_date) if hard_date else None,
            stored.get("reason"),
            UUID(stored["policy"]) if "policy" in stored else None,
            "eases" in stored,
        )

    def as_json(self) -> dict[str, str]:
        """Return the clock change as it is stored."""
        written = {"kind": self.kind, "at": self.at.isoformat()}
        if self.hard_date is not None:
            written["hard_date"] = self.hard_date.isoformat()
        if self.policy is not None:
            written["policy"] = str(self.policy)
        if self.eases:
            written["eases"] = "yes"
        return written | ({"reason": self.reason} if self.reason else {})


class Rules(NamedTuple):
    """What a version of a policy says of one clock: its timer, and what pauses it."""

    timer: Timer
    pause: Pause | None = None
