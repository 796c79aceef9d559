"""What a line of a prison does to what is on record. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

KINDS: Final[Mapping[str, str]] = {
    "confirmed": "the day on which the prison will release the person",
    "conditional": "the day of release if something else is settled first, such as an address",
    "earliest": "the earliest day on which the person can be released",
}
"""What a prison may say of a release date. Ours: the prisons' own systems name more dates than these."""

LONG_AGO: Final = timedelta(days=28)
"""A day that passed longer ago, of somebody in a prison, is a slip. Ours: a board ends there."""

Outcome = Literal["changed", "same", "older", "another_on_record", "no_open_referral", "unclear"]

OUTCOMES: Final[Mapping[Outcome, str]] = {
    "changed": "it is the release date on record now",
    "same": "it was the release date on record",
    "older": "what is on record was said later, and stays",
    "another_on_record": "it is only the earliest day, and a release date is on record",
    "no_open_referral": "no referral is open that has a release date",
    "unclear": "the numbers are of two records, two lines of one call name two days, the record cannot have "
    "such a date, it had passed by more than 28 days, or the person has died, was released, is at large "
    "or was recalled since: somebody decides",
}
TAKEN: Final[frozenset[Outcome]] = frozenset({"changed", "same", "no_open_referral"})
"""What leaves the day standing as the last that a prison has sent."""
TOLD_OF: Final[frozenset[Outcome]] = frozenset(
    {"changed", "another_on_record", "no_open_referral", "unclear"}
)
"""What the region is told of: the rest is as the record has it."""


@dataclass(frozen=True, slots=True)
class Known:
    """The release date on record, and until when what was said of it counts: None where nothing was.

    `out`: the person has died, was released or is at large, so that no prison is to release them.
    `recalled_on`: they were recalled on this day, and are in prison since.
    `ended`: what was said of the release was ended by that recall: nobody knows the day.
    """

    day: date | None
    said_at: datetime | None
    out: bool = False
    recalled_on: date | None = None
    ended: bool = False


def outcome(kind: str, day: date, as_of: datetime, known: Known) -> Outcome:
    """Return what a line does to what is on record.

    Args:
        kind: one of `KINDS`.
        day: the release date that the prison sends.
        as_of: when that was so in the prison's own record.
        known: what is on record.
    """
    if known.said_at is not None and as_of < known.said_at:
        return "older"
    if day == known.day:
        return "same"
    if known.out or (known.recalled_on is not None and day <= known.recalled_on):
        return "unclear"
    if day < as_of.date() - LONG_AGO:
        return "unclear"
    if kind == "earliest" and known.day is not None and not known.ended:
        return "another_on_record"
    return "changed"
