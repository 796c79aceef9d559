"""Whom probation may tell, of what, on which legal basis, and what a proposal must say. Pure.

The source is the design of the domain: to whom, exactly what, why now, who decided, the chance to tell it
oneself first, how and by whom, the safety plan, the outcome.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from service.third_parties.bases import TABLE, CaseFacts, fitting, misfit

MAPPA: Final = "mappa"
RISK: Final = "risk"
SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "convictions": "what the person was convicted of",
        RISK: "whom the person may harm, and how",
        "conditions": "the conditions that the person is under",
        "safety": "what to do to stay safe, and whom to ring",
        MAPPA: "that the person is managed under MAPPA",
    }
)
"""What somebody can be told of."""
SAYS_REGISTERED: Final = frozenset({"convictions", "conditions"})
"""The subjects that cover it that somebody is a registered sex offender: a conviction or an order says so."""

TELLS_IT: Final = "tells_it"
INFORMED: Final[Mapping[str, str]] = MappingProxyType(
    {
        TELLS_IT: "the person is given the chance to tell it first, until the day `by`",
        "told_before": "the person is told beforehand that it will be disclosed",
        "not_told": "the person is not told, for the reason given: telling can put somebody in danger",
    }
)
"""What the person is told of the disclosure."""

BY_THE_PERSON: Final = "by_the_person"
MEANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "in_person": "in person",
        "by_telephone": "by telephone",
        "in_writing": "in writing",
        BY_THE_PERSON: "the person told it, and it was checked that they did",
    }
)
"""How somebody was told."""

MAY_BE_HARMED: Final = frozenset({"partner", "parent", "possible_victim"})
"""Who may be in danger from the person, or stands between the person and a child."""

ON_RECORD: Final = "other"
"""A recipient whom the police can be asked about where it is a contact on record."""

TELL_WITHIN_DAYS: Final = 28
URGENT_TELL_WITHIN_DAYS: Final = 1
"""The furthest ahead that the day may be by which somebody is told: our own defaults."""
MEETING_WITHIN_DAYS: Final = 366
"""How old a decision of a MAPPA meeting may be: our own default, after which it is to be looked at again."""
ASKED_BEFORE_DAYS: Final = 7
"""How many days before a decision was opened the police may have been rung: our own default."""


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


@dataclass(frozen=True, kw_only=True)
class ToldTo:
    """Whom a proposal is about, and in which case.

    Args:
        recipient: one of `RECIPIENTS`.
        organisation_kind: of an agency.
        may_ever_know_of_mappa: False for an organisation of a kind that never may, and for whoever is none.
        urgent: whether somebody is in danger now.
        facts: of the case.
    """

    recipient: str
    organisation_kind: str | None = None
    may_ever_know_of_mappa: bool = False
    urgent: bool = False
    facts: CaseFacts


def proposal_faults(proposal: Mapping[str, Any], today: date, to: ToldTo) -> list[Unfit]:
    """Return everything that keeps a proposal from being put to a manager.

    Args:
        proposal: a valid `DisclosureProposal`.
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
    if "safety_plan" not in proposal and (
        RISK in proposal.get("subjects", ()) or to.recipient in MAY_BE_HARMED
    ):
        found.append(
            Unfit("/proposal/safety_plan", "Say how they are kept safe once they know of the danger.")
        )
    return [
        *found,
        *basis_faults(proposal, to),
        *_meeting_faults(proposal, today),
        *_telling_days(proposal, today, urgent=to.urgent),
    ]


_OF_TELLING: Final = ("subjects", "words", "withheld", "legal_basis", "tell_by", "told_by", "person")


def basis_faults(proposal: Mapping[str, Any], to: ToldTo) -> list[Unfit]:
    """Return what is wrong with the legal basis of a proposal in the case as it is now."""
    found = []
    code = proposal.get("legal_basis")
    why = code and misfit(code, to.recipient, to.organisation_kind, to.facts)
    if why:
        fit = ", ".join(fitting(to.recipient, to.organisation_kind, to.facts))
        found.append(Unfit("/proposal/legal_basis", f"Does not fit: {why}. These do: {fit}."))
    if MAPPA in proposal.get("subjects", ()):
        if not to.may_ever_know_of_mappa:
            found.append(Unfit("/proposal/subjects", "They may never know of MAPPA."))
        elif code != "mappa_arrangements":
            found.append(Unfit("/proposal/legal_basis", "Only a MAPPA meeting decides who knows of MAPPA."))
    return found


def _meeting_faults(proposal: Mapping[str, Any], today: date) -> list[Unfit]:
    row = TABLE.get(proposal.get("legal_basis", ""))
    if (row is not None and row.meeting) != ("mappa" in proposal):
        return [Unfit("/proposal/mappa", "Belongs to what a MAPPA meeting decided, and is needed there.")]
    if "mappa" not in proposal:
        return []
    earliest = today - timedelta(days=MEETING_WITHIN_DAYS)
    return day_faults("/proposal/mappa/decided_on", proposal["mappa"]["decided_on"], earliest, today)


def _telling_days(proposal: Mapping[str, Any], today: date, *, urgent: bool) -> list[Unfit]:
    found = []
    within = URGENT_TELL_WITHIN_DAYS if urgent else TELL_WITHIN_DAYS
    last = proposal.get("tell_by", today)
    if last < today:
        found.append(Unfit("/proposal/tell_by", "Has passed."))
    elif last > today + timedelta(days=within):
        found.append(Unfit("/proposal/tell_by", f"Is more than {within} days ahead."))
    person = proposal.get("person", {})
    tells_it = person.get("informed") == TELLS_IT
    if tells_it != ("by" in person):
        found.append(
            Unfit("/proposal/person/by", "Belongs to `tells_it`: the last day for the person to tell it.")
        )
    elif tells_it and not today <= person["by"] <= last:
        found.append(Unfit("/proposal/person/by", "Lies between today and `tell_by`."))
    if tells_it and urgent:
        found.append(
            Unfit("/proposal/person/informed", "Somebody is in danger now: do not wait for the person.")
        )
    return found


def referral_faults(
    recipient: str,
    sent_on: date,
    opened_on: date,
    today: date,
    *,
    is_contact: bool,
    asked_on: date | None = None,
) -> list[Unfit]:
    """Return what is wrong with a Right to Know referral.

    Args:
        opened_on: the day on which the decision was opened.
        is_contact: whether the recipient is a contact on record.
        asked_on: when another force was asked before; None for the first.
    """
    found = day_faults(
        "/referral/sent_on", sent_on, asked_on or opened_on - timedelta(days=ASKED_BEFORE_DAYS), today
    )
    if recipient not in MAY_BE_HARMED and not (recipient == ON_RECORD and is_contact):
        found.append(Unfit("/action", "The scheme is not for them: propose it to a manager."))
    return found


def telling_faults(
    telling: Mapping[str, Any],
    agreed_words: str,
    *,
    opened_on: date,
    agreed_on: date,
    today: date,
    unfit: Sequence[str] = (),
) -> list[Unfit]:
    """Return what is wrong with a record that somebody was told.

    Args:
        telling: a valid `Telling`.
        agreed_words: what a manager agreed to.
        agreed_on: when; the person themself may have told it before.
        unfit: why what was agreed does not fit the case any more. It is told no longer; what has been told
            already is recorded as it was, with why.
    """
    earliest = opened_on if telling["means"] == BY_THE_PERSON else agreed_on
    found = day_faults("/told/told_on", telling["told_on"], earliest, today)
    differs = telling.get("words", agreed_words) != agreed_words
    if unfit and "why_different" not in telling:
        why = " ".join(unfit)
        said = "Reopen the decision, or, where they were told already, say why it was told all the same."
        found.append(Unfit("/told/why_different", f"What was agreed does not fit any more. {why} {said}"))
    elif differs and "why_different" not in telling:
        found.append(Unfit("/told/why_different", "They were told something else than agreed: say why."))
    if not (differs or unfit) and "why_different" in telling:
        found.append(Unfit("/told/words", "Say what they were told instead."))
    return found


def day_faults(pointer: str, day: date, earliest: date, today: date) -> list[Unfit]:
    """Return a fault for a day that has not come yet, or lies before what it follows.

    Args:
        earliest: the first day that it can have been.
    """
    if day > today:
        return [Unfit(pointer, "Has not happened yet.")]
    return [Unfit(pointer, f"Lies before {earliest.isoformat()}.")] if day < earliest else []
