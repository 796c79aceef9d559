"""What ends, suspends or resumes supervision, and what that does to everything that is open, as one table.

Pure (truth-over-time, "Endings"). Whom a change is shared with is in `consequences`. No row ends a danger:
that takes a person who has confirmed it. The end of a licence or order by its date needs no change: sharing
ends by itself (`destinations.sharing`), and what comes then is read by the SPO.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One row of the table; what it does not name goes on as before.

    Args:
        not_sent: whether what waits to be sent stops for now, or goes on.
        rests: nothing is owed by destinations meanwhile: their clocks stop.
        wakes: the change whose rest ends with this one; what another has put to rest stays so.
        stops_curfew: nobody is reminded of a curfew: until this wakes, or for good.
        is_release: the day on which it happened is the day of release, whatever was planned.
        ends_supervision: the licence or order ends on the day of the change, and what is unanswered, or not
            reviewed, is urgent from then on.
        ends_life: everything that is open ends, but a danger: parts that nobody works on, questions, reviews.
        undoes_death: the person has not died. What was closed stays so: it is for a manager to decide what is
            referred again, and what must be asked is asked anew.
    """

    not_sent: Literal["stops", "goes_on"] | None = None
    rests: bool = False
    wakes: str | None = None
    stops_curfew: bool = False
    is_release: bool = False
    ends_supervision: bool = False
    ends_life: bool = False
    undoes_death: bool = False


ENDINGS: Final[Mapping[str, Ending]] = MappingProxyType(
    {
        # A recall of fixed length says when the release is: what waits is planned for that day instead. That
        # it puts work on hold is in `consequences`.
        "recalled": Ending(not_sent="stops", stops_curfew=True),
        "released": Ending(not_sent="goes_on", wakes="recalled", is_release=True),
        # Not in custody any more: what the recall had put to rest is watched again, and nothing is sent.
        "unlawfully_at_large": Ending(wakes="recalled"),
        "supervision_suspended": Ending(rests=True, stops_curfew=True),
        "supervision_resumed": Ending(wakes="supervision_suspended"),
        "order_completed_early": Ending(ends_supervision=True),
        "hdc_started": Ending(wakes="hdc_ended"),
        "hdc_ended": Ending(stops_curfew=True),
        "died": Ending(ends_life=True),
        "death_in_error": Ending(wakes="died", undoes_death=True),
    }
)

RECALLED: Final = "recalled"
DEATH_IN_ERROR: Final = "death_in_error"
_CUSTODY: Final = frozenset({RECALLED, "released"})
SUPERVISION: Final = frozenset({"supervision_suspended", "supervision_resumed"})
"""Which suspend supervision, and have it go on."""
CURFEW: Final = frozenset({"hdc_started", "hdc_ended"})
"""Between which somebody is under home detention curfew."""
OVERTAKEN_BY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "recalled": _CUSTODY,
        "released": _CUSTODY,
        "unlawfully_at_large": _CUSTODY,
        "supervision_suspended": SUPERVISION,
        "supervision_resumed": SUPERVISION,
        "hdc_started": CURFEW,
        "hdc_ended": CURFEW,
    }
)
"""Of changes that undo each other, the last that happened counts, in whatever order they are recorded.

Who is at large is not in prison, and what the recall has stopped stays so: it overtakes no recall.
"""
OUT: Final = frozenset({"released", "unlawfully_at_large"})
"""After which no prison has the person."""
SAYS_RELEASE: Final = frozenset({"released", "release_date_changed", "recalled"})
"""Which may say on which day the person is released, or was."""


@dataclass(frozen=True)
class Happened:
    """What happened that counts here: what kind of change, and whether it says when the release is."""

    kind: str
    planned: bool = False


@dataclass(frozen=True)
class Stands:
    """How somebody stands by all that has happened.

    Args:
        recalled: in prison after a recall.
        stopped: nothing that waits is sent, since nobody knows when the release is.
        suspended: supervision is suspended.
        curfew_ended: home detention curfew has ended.
        out: released or at large, so that no prison releases them.
        completed: the order was completed early, and nobody has been recalled since: no release is awaited.
    """

    recalled: bool = False
    stopped: bool = False
    suspended: bool = False
    curfew_ended: bool = False
    out: bool = False
    completed: bool = False


_LEADS_TO: Final[Mapping[str, Mapping[str, bool]]] = MappingProxyType(
    {
        "recalled": {"recalled": True, "stopped": True, "out": False, "completed": False},
        "released": {"recalled": False, "stopped": False, "out": True},
        "unlawfully_at_large": {"recalled": False, "out": True},
        "supervision_suspended": {"suspended": True},
        "supervision_resumed": {"suspended": False},
        "order_completed_early": {"completed": True},
        "hdc_started": {"curfew_ended": False},
        "hdc_ended": {"curfew_ended": True},
    }
)
HAPPENS: Final = _LEADS_TO.keys() | SAYS_RELEASE
"""The kinds of change by which somebody stands so."""


def stands(happened: Iterable[Happened]) -> Stands:
    """Work out how somebody stands.

    Args:
        happened: in the order in which it happened.
    """
    now = Stands()
    for one in happened:
        now = replace(now, **_LEADS_TO.get(one.kind, {}))
        if one.planned:
            now = replace(now, stopped=False)
    return now
