"""Whom probation may tell, of what, on which legal basis, and what a proposal must say. Pure.

The source is the design of the domain: to whom, exactly what, why now, who decided, the chance to tell it
oneself first, how and by whom, the safety plan, the outcome.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

RECIPIENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "partner": "a partner, or somebody who may become one",
        "parent": "a parent or carer of a child",
        "employer": "an employer, or somebody for whom the person works unpaid",
        "place_of_worship": "a place of worship",
        "landlord": "a landlord",
        "agency": "an organisation that takes part in this service: give `organisation_id`",
        "other": "somebody else",
    }
)
"""Who can be told."""

MAPPA: Final = "mappa"
SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "convictions": "what the person was convicted of",
        "risk": "whom the person may harm, and how",
        "conditions": "the conditions that the person is under",
        "safety": "what to do to stay safe, and whom to ring",
        MAPPA: "that the person is managed under MAPPA",
    }
)
"""What somebody can be told of."""

LEGAL_BASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "common_law": "a pressing need to protect somebody, necessary and proportionate (common law)",
        "managing_offenders": "Offender Management Act 2007, section 14",
        "mappa_arrangements": "Criminal Justice Act 2003, section 325: a MAPPA meeting decided; give `mappa`",
        "child_sex_offender": "Criminal Justice Act 2003, section 327A: about a child sex offender, to "
        "a member of the public; a MAPPA meeting decided; give `mappa`",
        "child_welfare": "Children Act 2004, section 11, or in Wales section 28",
    }
)
"""On what basis probation tells. Under the Right to Know the police decide: see `refer`."""

DECIDED_BY_MAPPA: Final = frozenset({"mappa_arrangements", "child_sex_offender"})
"""The bases on which a MAPPA meeting decides, which is recorded with who was there."""

INFORMED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tells_it": "the person is given the chance to tell it first",
        "told_before": "the person is told beforehand that it will be disclosed",
        "not_told": "the person is not told, for the reason given: telling can put somebody in danger",
    }
)
"""What the person is told of the disclosure."""

MEANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "in_person": "in person",
        "by_telephone": "by telephone",
        "in_writing": "in writing",
        "by_the_person": "the person told it, and it was checked that they did",
    }
)
"""How somebody was told."""

ASK_THE_POLICE: Final = frozenset({"partner", "parent"})
"""Whom the police tell under the Right to Know: who may be in danger, or somebody placed to protect them.

Source: Domestic Violence Disclosure Scheme, statutory guidance (2023).
"""


@dataclass(frozen=True)
class Unfit:
    """One thing wrong with what was sent: its pointer below the body, and why."""

    pointer: str
    words: str


def naming_faults(recipient: str, named: Collection[str]) -> list[Unfit]:
    """Return what is wrong with how a recipient is named.

    Args:
        recipient: one of `RECIPIENTS`.
        named: which of `contact_id`, `organisation_id` and `name` were given.
    """
    if recipient == "agency":
        found = (
            [Unfit("/organisation_id", "Name the organisation.")] if "organisation_id" not in named else []
        )
        return found + [
            Unfit(f"/{one}", "An agency is named by its `organisation_id`.")
            for one in ("contact_id", "name")
            if one in named
        ]
    found = [Unfit("/organisation_id", "Belongs to an agency.")] if "organisation_id" in named else []
    given = {"contact_id", "name"} & set(named)
    if len(given) != 1:
        found.append(Unfit("/contact_id", "Give the contact's id, or a `name` for who is not on record."))
    return found


def proposal_faults(
    proposal: Mapping[str, Any], today: date, *, is_agency: bool, may_ever_know_of_mappa: bool
) -> list[Unfit]:
    """Return everything that keeps a proposal from being put to a manager.

    Args:
        proposal: a valid `DisclosureProposal`.
        is_agency: whether an organisation is to be told.
        may_ever_know_of_mappa: False for an organisation of a kind that never may.
    """
    if not proposal["tell"]:
        return [
            Unfit(f"/proposal/{name}", "Belongs to a proposal that they are told.")
            for name in (*_OF_TELLING, "mappa", "safety_plan")
            if name in proposal
        ]
    found = [
        Unfit(f"/proposal/{name}", "Say it: a manager decides exactly this.")
        for name in _OF_TELLING
        if name not in proposal
    ]
    if (proposal.get("legal_basis") in DECIDED_BY_MAPPA) != ("mappa" in proposal):
        found.append(
            Unfit("/proposal/mappa", "Belongs to what a MAPPA meeting decided, and is needed there.")
        )
    if proposal.get("tell_by", today) < today:
        found.append(Unfit("/proposal/tell_by", "Has passed."))
    if MAPPA in proposal.get("subjects", ()):
        if not is_agency or not may_ever_know_of_mappa:
            found.append(Unfit("/proposal/subjects", "They may never know of MAPPA."))
        elif proposal.get("legal_basis") != "mappa_arrangements":
            found.append(Unfit("/proposal/legal_basis", "Only a MAPPA meeting decides who knows of MAPPA."))
    return found


_OF_TELLING: Final = ("subjects", "words", "legal_basis", "tell_by", "told_by", "person")


def future_days(days: Iterable[tuple[str, date]], today: date) -> list[Unfit]:
    """Return a fault for each day that has not come yet.

    Args:
        days: each with its pointer.
    """
    return [Unfit(pointer, "Has not happened yet.") for pointer, day in days if day > today]
