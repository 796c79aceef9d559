"""Rules of approved premises: notice, eligibility, length of stay, what cannot be true together. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from service.destinations.advice import short_licence, stale_oasys
from service.destinations.case import Ask, Case
from service.destinations.contract import Advice
from service.document.days import months_after
from service.document.paths import Steps

EMERGENCY_DAYS, SHORT_NOTICE_DAYS = 7, 28
LATE_MONTHS = 6
ELIGIBLE_TIERS = frozenset({"A1", "A2", "A3", "B1", "B2", "B3", "A", "B", "C"})
ELIGIBLE_WOMEN = ELIGIBLE_TIERS | {"C3"}
WOMENS_TYPES = frozenset({"normal", "pipe", "esap"})
CUSTODIAL = frozenset({"standard_determinate", "extended_determinate", "life", "ipp"})
DEFAULT_WEEKS: Mapping[str, int] = MappingProxyType({"pipe": 26, "esap": 52})
STANDARD_WEEKS = 12
# Version 3 tiers (one letter) give standard and recovery-focused premises a length of their own.
WEEKS_BY_TIER: Mapping[str, int] = MappingProxyType({"A": 16, "B": 12, "C": 8, "D": 8})
WEEKS_INDETERMINATE = WEEKS_WOMEN = 16
INDETERMINATE = frozenset({"life", "ipp"})
SENTENCE_DATES = (
    "parole_eligibility_date",
    "hdc_date",
    "licence_expiry_date",
    "pss_start_date",
    "pss_end_date",
    "expiry_date",
)
RELEASES_OF_SENTENCE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "standard_determinate": frozenset(
            {"crd_licence", "hdc", "rotl", "parole", "standard_recall", "fixed_term_recall"}
        ),
        "extended_determinate": frozenset({"rotl", "extended_determinate_licence", "parole"}),
        "life": frozenset({"rotl", "parole"}),
        "ipp": frozenset({"rotl", "parole"}),
        "community_order": frozenset({"in_community"}),
        "bail_placement": frozenset({"in_community"}),
        "non_statutory": frozenset({"not_applicable"}),
    }
)


def arrival(case: Case) -> date | None:
    """Return when the person would arrive: on the day of release, unless another day was given."""
    if case.says("ap.placement.start_same_as_release"):
        return case.day("release.date")
    return case.day("ap.placement.start_date")


def notice(case: Case) -> str:
    """Classify by days to arrival: 7 or fewer is an emergency, 28 or fewer short notice, else standard."""
    day = arrival(case)
    days = (day - case.today).days if day else SHORT_NOTICE_DAYS + 1
    if days <= EMERGENCY_DAYS:
        return "emergency"
    return "short_notice" if days <= SHORT_NOTICE_DAYS else "standard"


def late(case: Case) -> bool:
    """Return whether the arrival is under six months away."""
    day = arrival(case)
    return day is not None and day < months_after(case.today, LATE_MONTHS)


def _eligible(case: Case) -> bool:
    tiers = ELIGIBLE_WOMEN if case.says("person.sex", "female") else ELIGIBLE_TIERS
    return case.value("risk.tier") in tiers


def exceptional(case: Case) -> bool:
    """Return whether the case needs a senior manager's agreement: the wrong tier, or none and high risk."""
    if case.has("risk.tier"):
        return not _eligible(case)
    return case.says("risk.level_when_no_tier", "very_high", "high")


def needs_contingency(case: Case) -> bool:
    """Return whether staff must have a plan for when it goes wrong."""
    community = case.says("sentence.type", "community_order")
    return community or case.says("ap.type", "esap") or notice(case) != "standard"


def default_nights(case: Case) -> int:
    """Return how long a stay is unless another length is agreed, in nights."""
    asked = case.value("ap.duration.length") if case.says("ap.duration.different") else None
    if asked:
        return int(asked.get("weeks", 0)) * 7 + int(asked.get("days", 0))
    return _default_weeks(case) * 7


def _default_weeks(case: Case) -> int:
    kind, tier = case.value("ap.type"), case.value("risk.tier")
    if kind in DEFAULT_WEEKS:
        return DEFAULT_WEEKS[kind]
    if tier not in WEEKS_BY_TIER or kind not in {"normal", "rfap"}:
        return STANDARD_WEEKS
    if case.says("person.sex", "female"):
        return WEEKS_WOMEN
    return WEEKS_INDETERMINATE if case.value("sentence.type") in INDETERMINATE else WEEKS_BY_TIER[tier]


def advice(case: Case) -> tuple[Advice, ...]:
    """Advise on eligibility, lead time, the age of the assessment and what is left of the licence."""
    return (
        *_eligibility_advice(case),
        *_lead_time_advice(case),
        *stale_oasys(case),
        *short_licence(case, arrival(case), default_nights(case)),
    )


def _eligibility_advice(case: Case) -> Iterator[Advice]:
    if exceptional(case):
        yield Advice(
            "exceptional_route_needed",
            "This case needs the exceptional route: give a senior manager's agreement, its date "
            "and a summary.",
            "/risk/tier",
        )
    elif not case.has("risk.tier") and case.says("risk.level_when_no_tier", "medium"):
        yield Advice(
            "not_eligible",
            "A person at medium risk who has no tier is not eligible for approved premises.",
            "/risk/level_when_no_tier",
        )
    kind = case.value("ap.type")
    if kind and kind not in WOMENS_TYPES and case.says("person.sex", "female"):
        yield Advice(
            "type_not_for_women",
            "No approved premises of this type take women. Choose another type.",
            "/ap/type",
        )
    usual = RELEASES_OF_SENTENCE.get(str(case.value("sentence.type")))
    first = first_release(case)
    if usual and first and first not in usual:
        yield Advice(
            "release_unusual_for_sentence",
            "This type of release is unusual for the sentence. Check both.",
            "/release/releases",
        )


def _lead_time_advice(case: Case) -> Iterator[Advice]:
    if late(case):
        yield Advice(
            "late_for_approved_premises",
            "Refer six months before the place is needed. This is later, so give the reason.",
            "/ap/short_notice_reason",
        )


def faults(case: Case, ask: Ask) -> Iterator[tuple[Steps, str]]:
    """Find arrival dates that contradict the release."""
    start, release = case.day("ap.placement.start_date"), case.day("release.date")
    at: Steps = ("destinations", ask.index, "annex", "placement", "start_date")
    if start and release and start < release and case.says("person.location.type", "custody"):
        yield at, "Is before the release date of a person in custody."
    if start and case.says("ap.placement.start_same_as_release") and start != release:
        yield at, "Is not the release date, but start_same_as_release is true."


def first_release(case: Case) -> str | None:
    """Return the type of the first release, which is the one that the form asks for."""
    periods = case.value("release.releases") or [{}]
    kind: str | None = periods[0].get("type")
    return kind


def opposite(path: str) -> Any:
    """Build the inverse of a yes or no; None where there is no answer."""
    return lambda case: None if case.value(path) is None else not case.value(path)


def community(case: Case) -> bool:
    """Return whether the person is on an order in the community or on bail."""
    return case.says("sentence.type", "community_order", "bail_placement")


def custodial(case: Case) -> bool:
    """Return whether the sentence is custodial."""
    return case.value("sentence.type") in CUSTODIAL


def dates_that_apply(case: Case) -> list[str]:
    """List the dates of the sentence that were given."""
    return [name for name in SENTENCE_DATES if case.has(f"sentence.{name}")]
