"""What each thing that is found before a release means: how ready it is, in words, whose move it is. Pure.

The days are ours, and defaults: no national standard says by when each must be settled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal
from uuid import UUID

from service.arrangements.rules import ITEMS, MOVE, Item
from service.checks.states import State as Request
from service.destinations.states import State as Part

AHEAD: Final = 14
"""How many days before a release somebody is on the board."""
BEHIND: Final = 28
"""How many days after it."""

HANDED_OVER_AT: Final = 9
"""The hour, in London, at which what is red on the day itself goes to a manager."""
MANAGER: Final = "spo"
"""The manager to whom it goes; while the office is closed, whoever is on call is notified instead."""

Level = Literal["green", "amber", "red", "unknown"]
Owner = Literal["practitioner", "organisation", "manager", "region"]

LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "red": "not ready so near the release: the owner must act",
        "amber": "not ready, and there is time",
        "green": "ready, or nothing is needed",
        "unknown": "this service does not know",
    }
)
"""What each level means, the worst first; what nobody knows decides nothing."""

COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bed": "where the person sleeps that night",
        "police_check": "the domestic abuse checks of the police",
        "childrens_check": "the checks of children's services",
        "treatment": "the commissioned services that were asked",
        "curfew": "the hours of a curfew",
        **{name: item.words for name, item in ITEMS.items()},
    }
)
"""What the board shows of each release."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Args:
        words: what was found, as the reader is told it.
        level: how ready that is.
        red_within: so many days before the release, and after it, amber is red.
        owner: whose move it is; None where there is none.
        move: the operation or the action by which it is made.
    """

    words: str
    level: Level = "green"
    red_within: int | None = None
    owner: Owner | None = None
    move: str | None = None


def _amber(words: str, red_within: int, owner: Owner, move: str) -> Row:
    return Row(words, "amber", red_within, owner, move)


def _red(words: str, owner: Owner, move: str) -> Row:
    return Row(words, "red", None, owner, move)


def _arranged(item: Item) -> dict[str, Row]:
    rows = {"not_said": _amber(item.not_said, item.red_within, "practitioner", MOVE)}
    if item.conditions:
        rows["not_asked"] = Row(item.not_asked)
    for code, state in item.states.items():
        words = f"{state.words[0].upper()}{state.words[1:]}."
        is_green = state.level == "green"
        rows[code] = Row(words) if is_green else _amber(words, item.red_within, "practitioner", MOVE)
        if state.passed:
            rows[f"{code}_passed"] = _red(state.passed, "practitioner", MOVE)
    return rows


DECISIONS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("adjustment", "decision"): "adjustment_unmet",
        ("probation_move", "change"): "change_refused",
        ("probation_move", "complexity"): "complexity_proposed",
        ("probation_move", "outcomes"): "outcomes_proposed",
    }
)
"""What a destination waits for probation to decide, by its clock; of several, the first is shown."""
OF_A_BED: Final = ("adjustment_unmet", "change_refused")
"""Those of them that whoever gives a bed can wait for: services alone propose complexity and outcomes."""


def _to_decide(who: str, red_within: int, of: Iterable[str] = DECISIONS.values()) -> dict[str, Row]:
    said = {
        "adjustment_unmet": (
            "cannot make an adjustment, and probation must decide what follows",
            "go_on_without",
        ),
        "change_refused": (
            "cannot continue after a change, and probation must decide what follows",
            "settle_change",
        ),
        "complexity_proposed": (
            "proposes another complexity level, and probation must decide",
            "settle_complexity",
        ),
        "outcomes_proposed": ("proposes other outcomes, and probation must decide", "settle_outcomes"),
    }
    return {code: _amber(f"{who} {said[code][0]}.", red_within, "practitioner", said[code][1]) for code in of}


_RESTING: Final = Row("Supervision is paused, and nobody has to act on this now.", "unknown")
COUNTERSIGNATURE: Final = "countersignature"
"""What is found of an answer that its practitioner has reviewed, and a manager has not."""
UNREGISTERED: Final = "unregistered"
"""What is found of what waits for nothing but an organisation to be registered for its area."""
_CHECK: Final[Mapping[str, Row]] = MappingProxyType(
    {
        Request.REFUSED: _red(
            "The agency refused to answer, and probation must decide what follows.",
            "practitioner",
            "ask_again",
        ),
        Request.AWAITING_DETAILS: _amber(
            "Probation must supply missing details before an agency can be asked.",
            14,
            "practitioner",
            "supply_details",
        ),
        UNREGISTERED: _amber(
            "No agency is registered for the area, and the region must have one registered.",
            14,
            "region",
            "read_check_request",
        ),
        Request.RETURNED_FOR_INFORMATION: _amber(
            "The agency has asked a question, and probation must answer it.",
            14,
            "practitioner",
            "answer_information",
        ),
        Request.REQUESTED: _amber(
            "The agency must acknowledge the request.", 7, "organisation", "acknowledge"
        ),
        Request.ACKNOWLEDGED: _amber(
            "The agency must answer the check.", 7, "organisation", "return_check_result"
        ),
        Request.PARTIALLY_RETURNED: _amber(
            "The agency has answered in part and must answer the rest.",
            7,
            "organisation",
            "return_check_result",
        ),
        Request.RETURNED: _amber(
            "The agency has answered, and probation must review the answer.",
            7,
            "practitioner",
            "review_check",
        ),
        COUNTERSIGNATURE: _amber(
            "The answer has been reviewed, and a manager must countersign the review.",
            7,
            "manager",
            "countersign_check_review",
        ),
        Request.REVIEWED: Row("Probation has reviewed the answer."),
        "none": Row("Nobody on record needs this check."),
        "not_shared": Row("The checks in this case are not shared with you.", "unknown"),
    }
)

TABLE: Final[Mapping[str, Mapping[str, Row]]] = MappingProxyType(
    {
        "bed": {
            "arrived": Row("The person has arrived."),
            "confirmed": Row("A bed is confirmed."),
            "unrecorded": _red(
                "The person was due to arrive, and the destination must record whether they did.",
                "organisation",
                "record_arrival",
            ),
            "offered": _amber(
                "A bed is offered, and probation must confirm it.", 7, "practitioner", "confirm"
            ),
            "accepted": _amber(
                "The destination has accepted and must offer a bed.", 7, "organisation", "offer"
            ),
            "unopened": _amber("The destination must open the referral.", 7, "organisation", "receive"),
            "asked": _amber("The destination must decide on the referral.", 7, "organisation", "accept"),
            "asked_back": _amber(
                "The destination has asked a question, and probation must answer it.",
                14,
                "practitioner",
                "answer_information",
            ),
            **_to_decide("The destination", 14, OF_A_BED),
            "waiting": _amber(
                "The referral for a bed has not been sent, and probation must complete it.",
                14,
                "practitioner",
                "amend_referral",
            ),
            UNREGISTERED: _amber(
                "No organisation is registered for the bed, and the region must have one registered.",
                14,
                "region",
                "read_destination_referral",
            ),
            "resting": _RESTING,
            "not_arrived": _red(
                "The person did not arrive, and probation must record what has changed.",
                "practitioner",
                "record_change",
            ),
            "declined": _red(
                "The destination has declined, and probation must decide what follows.",
                "practitioner",
                "settle_decline",
            ),
            "own_address": Row("An address to be released to is on record."),
            "confirmed_later": _amber(
                (
                    "A bed is confirmed from a later day, and probation must find an address for the "
                    "nights before."
                ),
                7,
                "practitioner",
                "propose_address",
            ),
            "left": _amber(
                "The person has left, and probation must find another address.",
                0,
                "practitioner",
                "propose_address",
            ),
            "none": _red(
                "No bed or address is on record, and probation must find one.",
                "practitioner",
                "propose_address",
            ),
        },
        "police_check": dict(_CHECK),
        "childrens_check": {
            **_CHECK,
            "not_asked": _amber(
                "Probation must record whether there are children.",
                14,
                "practitioner",
                "supply_person_details",
            ),
        },
        "treatment": {
            "resting": _RESTING,
            "under_way": Row("The services have accepted the referrals."),
            "none": Row("Probation has not referred the person to a service."),
            "unopened": _amber("A service must open the referral.", 3, "organisation", "receive"),
            "asked": _amber("A service must decide on the referral.", 3, "organisation", "accept"),
            "asked_back": _amber(
                "A service has asked a question, and probation must answer it.",
                7,
                "practitioner",
                "answer_information",
            ),
            **_to_decide("A service", 7),
            "waiting": _amber(
                "A referral to a service has not been sent, and probation must complete it.",
                7,
                "practitioner",
                "amend_referral",
            ),
            UNREGISTERED: _amber(
                "No organisation is registered for a service, and the region must have one registered.",
                7,
                "region",
                "read_destination_referral",
            ),
            "declined": _amber(
                "A service has declined, and probation must decide what follows.",
                7,
                "practitioner",
                "settle_decline",
            ),
        },
        "curfew": {
            "hours": Row("The hours of the curfew are on record."),
            "none": Row("No curfew is on record."),
            "without_hours": _amber(
                "A curfew is among the conditions, and probation must record its hours.",
                7,
                "practitioner",
                "amend_referral",
            ),
        },
        **{name: _arranged(item) for name, item in ITEMS.items()},
    }
)
"""By column and what was found."""

BEST_BED: Final = tuple(TABLE["bed"])
"""Of several beds that were asked for, the first of these counts.

A bed that is sought, or has come to nothing, stands before an address that is only proposed; what proposing
an address settles stands behind it.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one column.

    Args:
        code: of the table.
        href: where the move is made, or the thing is read.
        organisation_id: whose move it is, where it is an organisation's.
        overdue: whether a clock about it is past its target.
    """

    code: str
    href: str | None = None
    organisation_id: UUID | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What the board shows in one column."""

    column: str
    level: Level
    found: Found
    row: Row


def judged(column: str, found: Found, days: int) -> Cell:
    """Judge what was found for a column.

    Args:
        days: until the release; fewer than none after it.
    """
    row = TABLE[column][found.code]
    late = row.red_within is not None and days <= row.red_within
    red = row.level == "amber" and (late or found.overdue)
    return Cell(column, "red" if red else row.level, found, row)


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst of some levels; what nobody knows decides nothing."""
    present = set(levels)
    return next(level for level in ("red", "amber", "green") if level in present or level == "green")


def bed_of(
    state: str,
    placement: str | None,
    *,
    passed: bool,
    later: bool = False,
    to_decide: str | None = None,
    rests: bool = False,
) -> str | None:
    """Return what is found of a bed; None where nobody is to come to it any more.

    Args:
        state: of the destination referral.
        placement: the state of the stay; None where nothing was offered.
        passed: whether the day of arrival has passed.
        later: whether it is after the day of the release.
        to_decide: what the destination waits for probation to decide, of `DECISIONS`.
        rests: whether nobody owes anything of it now.
    """
    if placement == "departed":
        return "left"
    if placement in {"arrived", "not_arrived"}:
        return placement
    if state in _ENDING or rests:
        return None if state in _ENDING else "resting"
    if placement == "confirmed" and (passed or later):
        return "unrecorded" if passed else "confirmed_later"
    if placement in {"confirmed", "offered"}:
        return placement
    return _asked(state, to_decide=to_decide) or "accepted"


def service_of(state: str, *, to_decide: str | None = None, rests: bool = False) -> str | None:
    """Return what is found of a service that was asked; None where that is over.

    Args:
        to_decide, rests: as of `bed_of`.
    """
    if rests and state not in _ENDING:
        return "resting"
    return None if state in _ENDING else _asked(state, to_decide=to_decide) or "under_way"


def _asked(state: str, *, to_decide: str | None) -> str | None:
    found = _SERVICE.get(Part(state))
    return to_decide if to_decide and found in {None, "asked"} else found


_ENDING: Final = frozenset(
    {Part.COMPLETED, Part.ENDED_EARLY, Part.WITHDRAWAL_REQUESTED, Part.WITHDRAWN, Part.ENTERED_IN_ERROR}
)
"""In which nobody is taken on, and nobody is waited for, any more."""
_SERVICE: Final[Mapping[Part, str]] = MappingProxyType(
    {
        Part.INCOMPLETE: "waiting",
        Part.HELD: "waiting",
        Part.BLOCKED: "waiting",
        Part.SENT: "unopened",
        Part.RECEIVED: "asked",
        Part.WAITLISTED: "asked",
        Part.DEFERRED: "asked",
        Part.CHALLENGED: "asked",
        Part.INFORMATION_REQUESTED: "asked_back",
        Part.DECLINED: "declined",
    }
)
