"""What ends, suspends or resumes supervision, and what that does to everything that is open, as one table.

Pure (truth-over-time, "Endings"). Whom a change is shared with is in `consequences`. No row ends a danger:
that takes a person who has confirmed it. The end of a licence or order by its date needs no change: sharing
ends by itself (`destinations.sharing`), and what comes then is read by the SPO.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One row of the table; what it does not name goes on as before.

    Args:
        not_sent: whether what waits to be sent stops for now, or goes on.
        rests: nothing is owed by destinations meanwhile: their clocks stop.
        wakes: the change whose rest ends with this one; what another has put to rest stays so.
        is_release: the day on which it happened is the day of release, whatever was planned.
        hurries_checks: what is unanswered, or not reviewed, is urgent from then on.
        ends_supervision: the licence or order ends on the day of the change.
        ends_life: everything that is open ends, but a danger: parts that nobody works on, questions, reviews.
        undoes_death: the person has not died. What was closed stays so: it is for a manager to decide what is
            referred again, and what must be asked is asked anew.
    """

    not_sent: Literal["stops", "goes_on"] | None = None
    rests: bool = False
    wakes: str | None = None
    is_release: bool = False
    hurries_checks: bool = False
    ends_supervision: bool = False
    ends_life: bool = False
    undoes_death: bool = False


ENDINGS: Final[Mapping[str, Ending]] = MappingProxyType(
    {
        # A recall of fixed length says when the release is: what waits is planned for that day instead. That
        # it puts work on hold is in `consequences`.
        "recalled": Ending(not_sent="stops"),
        "released": Ending(not_sent="goes_on", wakes="recalled", is_release=True),
        # Not in custody any more: what the recall had put to rest is watched again, and nothing is sent.
        "unlawfully_at_large": Ending(wakes="recalled"),
        "supervision_suspended": Ending(rests=True),
        "supervision_resumed": Ending(wakes="supervision_suspended"),
        "order_completed_early": Ending(hurries_checks=True, ends_supervision=True),
        "died": Ending(ends_life=True),
        "death_in_error": Ending(wakes="died", undoes_death=True),
    }
)

UNDOES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        kind: others
        for others in (
            frozenset({"recalled", "released", "unlawfully_at_large"}),
            frozenset({"supervision_suspended", "supervision_resumed"}),
        )
        for kind in others
    }
)
"""Of changes that undo each other, the last that happened counts, in whatever order they are recorded."""
