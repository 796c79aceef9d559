"""A placement beside a destination referral: its states, who may move it, and how long it may last.

Pure. A stay is never extended by itself, and a night beyond the most that are allowed is an overstay, with a
reason.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

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
