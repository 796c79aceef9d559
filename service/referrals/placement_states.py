"""A placement beside a destination referral: its states, who may move it, and how long it may last.

Pure. A stay is never extended by itself, and a night beyond the most that are allowed is an overstay, with a
reason.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from service.destinations.states import Side


class PlacementState(StrEnum):
    """Where a placement stands."""

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


@dataclass(frozen=True)
class PlacementRule:
    """One row: these sides may take this action from these states.

    Args:
        sources: None among them means that there is no placement yet.
        needs: members the caller must give with the action.
    """

    action: PlacementAction
    sources: frozenset[PlacementState | None]
    target: PlacementState
    sides: frozenset[Side]
    event: str
    needs: tuple[str, ...] = ()


_S, _A = PlacementState, PlacementAction
_DESTINATION: frozenset[Side] = frozenset({"destination"})
_PROBATION: frozenset[Side] = frozenset({"probation"})

TABLE: tuple[PlacementRule, ...] = (
    PlacementRule(
        _A.OFFER,
        # Another may be offered after one that fell through or ended.
        frozenset({None, _S.CANCELLED, _S.NOT_ARRIVED, _S.DEPARTED}),
        _S.OFFERED,
        _DESTINATION,
        "placement.offered",
        ("expected_arrival", "expected_departure"),
    ),
    PlacementRule(_A.CONFIRM, frozenset({_S.OFFERED}), _S.CONFIRMED, _PROBATION, "placement.confirmed"),
    PlacementRule(
        _A.RECORD_ARRIVAL,
        frozenset({_S.CONFIRMED, _S.NOT_ARRIVED}),
        _S.ARRIVED,
        _DESTINATION,
        "placement.arrived",
        ("arrived_on",),
    ),
    PlacementRule(
        _A.RECORD_NON_ARRIVAL,
        frozenset({_S.CONFIRMED}),
        _S.NOT_ARRIVED,
        _DESTINATION,
        "placement.not_arrived",
        ("reason",),
    ),
    PlacementRule(
        _A.EXTEND,
        frozenset({_S.ARRIVED}),
        _S.ARRIVED,
        _DESTINATION,
        "placement.extended",
        ("expected_departure", "reason"),
    ),
    PlacementRule(
        _A.RECORD_DEPARTURE,
        frozenset({_S.ARRIVED}),
        _S.DEPARTED,
        _DESTINATION,
        "placement.departed",
        ("departed_on", "reason"),
    ),
    PlacementRule(
        _A.CANCEL,
        frozenset({_S.OFFERED, _S.CONFIRMED}),
        _S.CANCELLED,
        _DESTINATION | _PROBATION,
        "placement.cancelled",
        ("reason",),
    ),
)


class PlacementNotAllowed(Exception):  # noqa: N818 - a refusal, not an error
    """The placement's state or the side refuses the action."""

    def __init__(
        self,
        state: PlacementState | None,
        action: PlacementAction,
        allowed: tuple[PlacementAction, ...],
        why: str,
    ) -> None:
        super().__init__(why)
        self.state, self.action, self.allowed, self.why = state, action, allowed, why


def allowed(state: PlacementState | None, side: Side) -> tuple[PlacementAction, ...]:
    """List what this side may do to a placement now; None: there is none yet."""
    return tuple(rule.action for rule in TABLE if state in rule.sources and side in rule.sides)


def move(state: PlacementState | None, action: PlacementAction, side: Side) -> PlacementRule:
    """Find the row that permits an action; its `target` is the new state.

    Raises:
        PlacementNotAllowed: no row permits it; carries what is allowed instead.
    """
    for rule in TABLE:
        if rule.action is action and state in rule.sources and side in rule.sides:
            return rule
    why = f"{action} is not possible for {side} while the placement is {state or 'not offered'}."
    raise PlacementNotAllowed(state, action, allowed(state, side), why)


def departure_day(arrived_on: date, nights: int) -> date:
    """Say on which day a stay of so many nights ends: the day of departure."""
    return arrived_on + timedelta(days=nights)


def overstay(arrived_on: date, departs_on: date, most_nights: int | None) -> int:
    """Count the nights beyond the most that are allowed; 0 when there is no such limit."""
    if most_nights is None:
        return 0
    return max(0, (departs_on - arrived_on).days - most_nights)
