"""A placement beside a destination referral: its states, who may move it, and how long it may last.

Pure. A stay is never extended by itself, and a night beyond the most that are allowed is an overstay, with a
reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol
from uuid import UUID

from service.corrections.rules import Entry, chains
from service.destinations.states import Side
from service.transitions import StateTable, Transition


class PlacementState(StrEnum):
    """The state of a placement."""

    OFFERED = "offered"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    NOT_ARRIVED = "not_arrived"
    DEPARTED = "departed"
    CANCELLED = "cancelled"


class PlacementAction(StrEnum):
    """What a side does to a placement."""

    OFFER = "offer"
    CONFIRM = "confirm"
    RECORD_ARRIVAL = "record_arrival"
    RECORD_NON_ARRIVAL = "record_non_arrival"
    EXTEND = "extend"
    RECORD_DEPARTURE = "record_departure"
    CANCEL = "cancel"


PlacementRow = Transition[PlacementState, PlacementAction, Side]

NOT_OFFERED = "not_offered"
"""How the API names the state of a placement that does not exist yet."""

STATES: Mapping[str, str] = MappingProxyType(
    {
        NOT_OFFERED: "no bed or room has been offered",
        PlacementState.OFFERED: "the destination offers a bed or room; probation has not confirmed",
        PlacementState.CONFIRMED: "probation has confirmed the offer",
        PlacementState.ARRIVED: "the person is staying there",
        PlacementState.NOT_ARRIVED: "the person did not arrive",
        PlacementState.DEPARTED: "the person has left",
        PlacementState.CANCELLED: "cancelled before the person arrived",
    }
)
"""What each state means, as the API explains it."""


FACTS = frozenset(
    {PlacementAction.RECORD_ARRIVAL, PlacementAction.RECORD_NON_ARRIVAL, PlacementAction.RECORD_DEPARTURE}
)
"""What has happened: it is recorded also while a withdrawal waits."""

_S, _A = PlacementState, PlacementAction


def _row(
    action: PlacementAction,
    sources: set[PlacementState | None],
    target: PlacementState,
    sides: set[Side],
    event: str,
    *needs: str,
) -> PlacementRow:
    return PlacementRow(
        action, frozenset(sources), target, frozenset(sides), f"placement.{event}", needs, at="placement"
    )


TABLE = StateTable[PlacementState, PlacementAction, Side, None](
    subject="placement",
    rows=(
        _row(
            _A.OFFER,
            # Another may be offered after one that fell through or ended.
            {None, _S.CANCELLED, _S.NOT_ARRIVED, _S.DEPARTED},
            _S.OFFERED,
            {"destination"},
            "offered",
            "expected_arrival",
            "expected_departure",
        ),
        _row(_A.CONFIRM, {_S.OFFERED}, _S.CONFIRMED, {"probation"}, "confirmed"),
        _row(
            _A.RECORD_ARRIVAL,
            {_S.CONFIRMED, _S.NOT_ARRIVED},
            _S.ARRIVED,
            {"destination"},
            "arrived",
            "arrived_on",
        ),
        _row(_A.RECORD_NON_ARRIVAL, {_S.CONFIRMED}, _S.NOT_ARRIVED, {"destination"}, "not_arrived", "reason"),
        _row(
            _A.EXTEND,
            {_S.ARRIVED},
            _S.ARRIVED,
            {"destination"},
            "extended",
            "expected_departure",
            "reason",
        ),
        _row(
            _A.RECORD_DEPARTURE,
            {_S.ARRIVED},
            _S.DEPARTED,
            {"destination"},
            "departed",
            "departed_on",
            "reason",
        ),
        _row(
            _A.CANCEL,
            {_S.OFFERED, _S.CONFIRMED},
            _S.CANCELLED,
            {"destination", "probation"},
            "cancelled",
            "reason",
        ),
    ),
    # A stay begins with an offer.
    initial={},
)
"""No fact but the state decides about a stay: its facts are None."""


def overstay(arrived_on: date, departs_on: date, most_nights: int | None) -> int:
    """Count the nights beyond the most that are allowed; 0 when there is no such limit."""
    if most_nights is None:
        return 0
    return max(0, (departs_on - arrived_on).days - most_nights)


class Recorded(Entry, Protocol):
    """A move of a placement as it is on record.

    Args:
        action: a code; of what is no `PlacementAction`, a stay knows nothing.
        detail: the members that were given with it, as JSON.
    """

    @property
    def action(self) -> str: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Stay:
    """A placement as it follows from the moves that stand.

    Args:
        given: the members of the moves that made it, the last of each name.
        made_of: the moves that stand, by id; of one that was put right, the correction.
        faults: what cannot be: the move by id, its member, and why.
        lost: the moves that rest on one that does not stand, so that they say nothing any more.
        cancelled: the offers that were cancelled, also before this stay.
    """

    state: PlacementState | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    arrived_on: date | None = None
    departed_on: date | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    made_of: frozenset[UUID] = frozenset()
    faults: tuple[tuple[UUID, str, str], ...] = ()
    lost: tuple[Recorded, ...] = ()
    cancelled: frozenset[UUID] = frozenset()


_TO: Final[Mapping[PlacementAction, PlacementState]] = MappingProxyType(
    {row.action: row.target for row in TABLE.rows}
)
_FROM: Final[Mapping[PlacementAction, frozenset[PlacementState | None]]] = MappingProxyType(
    {row.action: row.sources for row in TABLE.rows}
    # An arrival that was withdrawn leaves what had been confirmed: another may have been offered since.
    | {PlacementAction.OFFER: frozenset({None, *PlacementState} - {PlacementState.ARRIVED})}
)


def replay(moves: Iterable[Recorded], most_nights: int | None) -> Stay:
    """Return the placement that follows from what stands of its moves.

    What was confirmed is the offer as it was then: of other days, it is to be confirmed again while nobody
    has arrived. What rests on a move that was withdrawn falls with it: nobody leaves who never came.

    Args:
        moves: all that are on record, oldest first.
        most_nights: that may be offered; None when there is no limit.
    """
    every = list(moves)
    at = {move.id: index for index, move in enumerate(every)}
    stay, offered, stale = Stay(), list[Recorded](), False
    for chain in chains(every):
        last = chain[-1]
        if last.withdrawn or chain[0].action not in _TO:
            continue
        action = PlacementAction(chain[0].action)
        source = PlacementState.OFFERED if stale and action is PlacementAction.CONFIRM else stay.state
        if source not in _FROM[action]:
            stay = replace(stay, lost=(*stay.lost, last))
            continue
        if action is PlacementAction.OFFER:
            offered, stale = chain, False
        elif action is PlacementAction.CONFIRM:
            then = [one for one in offered if at[one.id] < at[chain[0].id]][-1]
            stale = any(then.detail.get(day) != offered[-1].detail.get(day) for day in _OFFERED_DAYS)
        elif action is PlacementAction.CANCEL:
            stay = replace(stay, cancelled=stay.cancelled | {offered[-1].id})
        stay = _after(stay, action, last, most_nights)
    if stale and stay.state is PlacementState.CONFIRMED:
        return replace(stay, state=PlacementState.OFFERED)
    return stay


_OFFERED_DAYS: Final = ("expected_arrival", "expected_departure")


def _after(stay: Stay, action: PlacementAction, move: Recorded, most_nights: int | None) -> Stay:
    """Return the stay after one more move that is possible."""
    said = move.detail
    stands, found = stay.made_of | {move.id}, _faults(stay, action, said, most_nights)
    faults = (*stay.faults, *((move.id, member, why) for member, why in found))
    given = {**({} if action is PlacementAction.OFFER else stay.given), **said}
    stay = replace(stay, state=_TO[action], given=given, made_of=stands, faults=faults)
    match action:
        case PlacementAction.OFFER:
            first, last = (date.fromisoformat(said[day]) for day in _OFFERED_DAYS)
            return replace(stay, starts_on=first, ends_on=last, arrived_on=None, departed_on=None)
        case PlacementAction.RECORD_ARRIVAL:
            return replace(stay, arrived_on=date.fromisoformat(said["arrived_on"]))
        case PlacementAction.EXTEND:
            return replace(stay, ends_on=date.fromisoformat(said["expected_departure"]))
        case PlacementAction.RECORD_DEPARTURE:
            return replace(stay, departed_on=date.fromisoformat(said["departed_on"]))
    return stay


def _faults(
    stay: Stay, action: PlacementAction, said: Mapping[str, Any], most_nights: int | None
) -> list[tuple[str, str]]:
    """Return what cannot be about the days of a move: the member, and why."""
    day = {name: date.fromisoformat(said[name]) for name in _DAY_MEMBERS if name in said}
    match action:
        case PlacementAction.OFFER:
            first, last = day["expected_arrival"], day["expected_departure"]
            if last < first:
                return [("expected_departure", BEFORE_FIRST)]
            over = overstay(first, last, most_nights)
            return [("expected_departure", at_most(most_nights))] if over else []
        case PlacementAction.RECORD_ARRIVAL if stay.starts_on and stay.ends_on:
            return arrival_faults(day["arrived_on"], stay.starts_on, stay.ends_on, said.get("reason"))
        case PlacementAction.EXTEND if stay.arrived_on and day["expected_departure"] < stay.arrived_on:
            return [("expected_departure", BEFORE_FIRST)]
        case PlacementAction.RECORD_DEPARTURE if stay.arrived_on and day["departed_on"] < stay.arrived_on:
            return [("departed_on", BEFORE_FIRST)]
    return []


_DAY_MEMBERS: Final = (*_OFFERED_DAYS, "arrived_on", "departed_on")
BEFORE_FIRST: Final = "Is before the first day."


def at_most(nights: int | None) -> str:
    """Say how many nights may be offered."""
    return f"At most {nights} nights may be offered."


def arrival_faults(day: date, first: date, last: date, reason: str | None) -> list[tuple[str, str]]:
    """Return what cannot be about the day of an arrival: the member, and why.

    That somebody came early is a fact, and recorded with a reason; after the last day nobody comes.

    Args:
        first, last: the days that were offered.
    """
    if day > last:
        return [("arrived_on", f"Must not be after the days offered, {first} to {last}.")]
    if day < first and not reason:
        return [("reason", f"Missing: the days offered begin on {first}. Say why the person came before.")]
    return []
