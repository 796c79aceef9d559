"""How a contact or an address was verified, and what ends that: the tables, and the rules over them. Pure.

A verification is kept as it was said: how, by whom, on which day, who was seen. It ends when what it was
about changes. What the person says verifies nothing. Source: truth-over-time.md, "Questions".
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal
from uuid import UUID

Kind = Literal["contact", "address"]
Verification = Mapping[str, Any]
"""As it is stored: `how`, `on`, `by` with its `organisation`, `seen`, `person_seen`, `others_seen`,
`check_request_id`, `recorded_at`, and once it has ended `ended`."""


class How(StrEnum):
    """How a fact was verified."""

    HOME_VISIT = "home_visit"
    DOCUMENT = "document"
    AGENCY = "agency"
    THIRD_PARTY = "third_party"
    SELF_REPORT = "self_report"
    NOT_STATED = "not_stated"


SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        How.HOME_VISIT: "a visit to the home, where somebody was seen",
        How.DOCUMENT: "a document was seen, such as a tenancy agreement or a birth certificate",
        How.AGENCY: "an agency answered a check request that it holds information about it",
        How.THIRD_PARTY: "somebody else was seen or spoken to, who knows it of their own",
        How.SELF_REPORT: "the person on probation says so, or the contact of themselves: it verifies nothing",
    }
)
"""The ways that can be stated."""
SHOWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        **SAID,
        How.NOT_STATED: "recorded as verified, and not how or by whom: before this was asked, or by the flag "
        "`verified` alone; it verifies nothing",
    }
)
"""The ways that are shown."""
VERIFIES: Final = frozenset({How.HOME_VISIT, How.DOCUMENT, How.AGENCY, How.THIRD_PARTY})


class Because(StrEnum):
    """Why a verification no longer stands."""

    CHANGED = "changed"
    MOVED = "moved"
    ENTERED_IN_ERROR = "entered_in_error"
    SEEN_IN_ERROR = "seen_in_error"
    ANSWER_CORRECTED = "answer_corrected"
    WITHDRAWN = "withdrawn"


ENDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        Because.CHANGED: "what it was about was put right, or more is known now",
        Because.MOVED: "it was about the address before the move",
        Because.ENTERED_IN_ERROR: "it was about what should never have been recorded",
        Because.SEEN_IN_ERROR: "who was said to have been seen was entered in error",
        Because.ANSWER_CORRECTED: "the agency put its answer right, or withdrew it",
        Because.WITHDRAWN: "a practitioner took it back",
    }
)
"""Why a verification ended."""
LOOKED_AT_AGAIN: Final = frozenset(
    {Because.CHANGED, Because.MOVED, Because.SEEN_IN_ERROR, Because.ANSWER_CORRECTED}
)
"""The endings after which the practitioner has to look again: by the others somebody has just looked."""

ABOUT: Final[Mapping[Kind, frozenset[str]]] = MappingProxyType(
    {
        "contact": frozenset(
            {"given_name", "family_name", "date_of_birth", "due_date", "mother_id", "lives_at"}
        ),
        "address": frozenset({"lines", "postcode", "contact_id"}),
    }
)
"""The columns that a verification is about: who somebody is and where they live, which place and whose."""

_LEFT: Final = "previous"
"""The kind of an address that was lived at before."""
TO_COME: Final = frozenset({"proposed_release", "move_on"})
"""The kinds of address where somebody is to live: what is seen there, is seen before they do."""
WHERE: Final = frozenset({"lines", "postcode"})
"""The columns of an address by which those who live there were verified, too."""


VERIFIED: Final = frozenset({"verified", "verification"})
"""The columns that say how something was verified, and nothing of what it is."""


def stands(verification: Verification | None) -> bool:
    """Return whether somebody has verified it, and it is still so."""
    return verification is not None and verification["how"] in VERIFIES and "ended" not in verification


def touches(kind: Kind, changed: Collection[str]) -> bool:
    """Return whether a change of these columns ends a verification."""
    return not ABOUT[kind].isdisjoint(changed)


def is_more_than_verified(on: date, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether an address is said to be more than was verified.

    A place that was seen as another's, or as one that was left, was not seen as the home that it is now; a
    home to come is seen before its first day.

    Args:
        on: the day on which it was verified.
        was, now: its columns.
    """
    return (
        now["kind"] not in {was["kind"], _LEFT}
        or (was["to_date"] is not None and (now["to_date"] is None or now["to_date"] > was["to_date"]))
        or (now["kind"] not in TO_COME and now["from_date"] is not None and now["from_date"] > on)
    )


def is_looked_at_again(verification: Verification | None) -> bool:
    """Return whether a verification has ended, and the practitioner has to look again."""
    return (
        verification is not None
        and "ended" in verification
        and verification["ended"]["because"] in LOOKED_AT_AGAIN
    )


def because_of(changed: Collection[str]) -> Because:
    """Return why a change of these columns ends a verification: of a contact who only moved, by the move."""
    return Because.MOVED if set(changed) == {"lives_at"} else Because.CHANGED


def ended(verification: Verification, because: Because, at: datetime) -> dict[str, Any]:
    """Return a verification that stands no longer: it is kept, with the reason."""
    return {**verification, "ended": {"because": because.value, "at": at.isoformat()}}


def as_it_is_since(changed_at: datetime, verification: Verification | None) -> datetime:
    """Return since when a row is as it is, with how it was verified.

    Args:
        changed_at: since when all else of it is.
    """
    if verification is None:
        return changed_at
    said = verification.get("ended", {}).get("at") or verification["recorded_at"]
    return max(changed_at, datetime.fromisoformat(said))


def faults(
    given: Mapping[str, Any],
    kind: Kind,
    subject: UUID,
    *,
    mother: UUID | None = None,
    begins: date | None = None,
) -> dict[str, str]:
    """Return what is wrong with a statement of how something was verified, by member.

    Args:
        given: `how`, `on`, `seen`, `person_seen`, `others_seen` and `check_request_id`.
        kind: of what it is about, with its id.
        mother: of an unborn child, who is seen in its place.
        begins: the first day at an address, or of a life.
    """
    how, seen = given["how"], set(given["seen"])
    found: dict[str, str] = {}
    if begins is not None and given["on"] < begins:
        found["on"] = (
            "Is before the first day at this address." if kind == "address" else "Is before the day of birth."
        )
    if (how == How.AGENCY) != (given.get("check_request_id") is not None):
        found["check_request_id"] = (
            "Say which check request was answered."
            if how == How.AGENCY
            else "Give it only with `how` `agency`."
        )
    if how == How.HOME_VISIT and kind == "contact" and seen.isdisjoint({subject, mother}):
        found["seen"] = (
            "A visit verifies of a contact what was seen: name the contact, or the mother of an unborn child."
        )
    elif how == How.HOME_VISIT and not (seen or given["person_seen"] or given["others_seen"]):
        found["seen"] = "Say who was seen: a visit where nobody was seen verifies nothing."
    elif how == How.THIRD_PARTY and not (seen - {subject} or given["others_seen"]):
        found["seen"] = "Say who was seen or spoken to: somebody else than whom it is about."
    elif how not in {How.HOME_VISIT, How.THIRD_PARTY} and (
        seen or given["person_seen"] or given["others_seen"]
    ):
        found["seen"] = "Give it only with `how` `home_visit` or `third_party`."
    return found
