"""The states of a transfer of a case between regions as one table: who asks, who answers. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from service.transitions import StateTable, Transition

Side = Literal["asking", "answering", "service"]
"""Which of the two regions acts: the one that asked for the transfer, or the other; or the service itself."""


class TransferState(StrEnum):
    """The state of a transfer."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


TRANSFER_STATES: Mapping[str, str] = MappingProxyType(
    {
        TransferState.REQUESTED: "the other region must answer",
        TransferState.ACCEPTED: "the receiving region holds the case",
        TransferState.DECLINED: "the other region said no; the holder is the same as before",
        TransferState.WITHDRAWN: "the region that asked took the request back",
        TransferState.LAPSED: "nobody answered in the 28 days of an offer, or before the case went elsewhere",
    }
)
"""What each state means, as the API explains it."""


class TransferAction(StrEnum):
    """What may be done about a transfer."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


Row = Transition[TransferState, TransferAction, Side]


def _row(
    action: TransferAction, target: TransferState, side: Side, *needs: str, manager: bool = False
) -> Row:
    return Row(
        action,
        frozenset({TransferState.REQUESTED}),
        target,
        frozenset({side}),
        f"transfer.{target}",
        needs=needs,
        manager=manager,
        at=None if side == "service" else "transitions",
    )


_S, _A = TransferState, TransferAction
TRANSFERS = StateTable[TransferState, TransferAction, Side, None](
    subject="transfer",
    rows=(
        _row(_A.ACCEPT, _S.ACCEPTED, "answering", manager=True),
        _row(_A.DECLINE, _S.DECLINED, "answering", "reason", manager=True),
        _row(_A.WITHDRAW, _S.WITHDRAWN, "asking"),
        _row(_A.LAPSE, _S.LAPSED, "service"),
    ),
    initial={TransferState.REQUESTED: "transfer.requested"},
)
