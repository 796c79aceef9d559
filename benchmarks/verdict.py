"""The result of a measurement: the ratio of each round, their median, and whether it meets the target."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Verdict:
    """One row of the table.

    Args:
        work: what was measured.
        floor: against what, in the same rounds.
        ratios: of each round, ours to the floor's.
        better: which way is better.
        reach: the mark.
        facts: what else was counted or measured; figures of this machine, which prove nothing elsewhere.
    """

    work: str
    floor: str
    ratios: Sequence[float]
    better: Better
    reach: float
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)

    @property
    def reached(self) -> bool:
        """Whether the median meets the target."""
        return self.ratio >= self.reach if self.better == "higher" else self.ratio <= self.reach

    def as_json(self) -> dict[str, Any]:
        """Return the result as it is written to the file."""
        return {
            "work": self.work,
            "floor": self.floor,
            "ratio": round(self.ratio, 3),
            "rounds": [round(one, 3) for one in self.ratios],
            "to_reach": {"at least" if self.better == "higher" else "at most": self.reach},
            "reached": self.reached,
            "facts": self.facts,
        }


def table(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts as a table in Markdown."""
    lines = ["| work | against | ratio | spread | to reach | reached |", "|---|---|---|---|---|---|"]
    for one in verdicts:
        sign = "≥" if one.better == "higher" else "≤"
        lines.append(
            f"| {one.work} | {one.floor} | {one.ratio:.2f} | {min(one.ratios):.2f} to {max(one.ratios):.2f} "
            f"| {sign} {one.reach:g} | {'yes' if one.reached else 'no'} |"
        )
    return "\n".join(lines)
