"""The canonical words: every list of codes that a submission may use, and the aliases that are normalised.

Pure. What a destination calls the same thing is in that destination's file.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from service.checks.rules import FORCES, FORCES_WITHOUT_MAPPA

# The union of what approved premises (7) and CAS3 (5) ask.
SENTENCE_TYPES: Final = (
    "standard_determinate",
    "extended_determinate",
    "life",
    "ipp",
    "community_order",
    "bail_placement",
    "non_statutory",
    "offender_rehabilitation_act",
)
RELEASE_TYPES: Final = (
    "crd_licence",
    "extended_determinate_licence",
    "parole",
    "hdc",
    "rotl",
    "pss",
    "standard_recall",
    "fixed_term_recall",
    "risk_assessed_recall_review",
    "ipp_rarr",
    "in_community",
    "not_applicable",
)
# Releases that cannot both be true of one person (Community Accommodation Service rules for CAS3).
RELEASE_CONFLICTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "standard_recall": frozenset({"fixed_term_recall"}),
        "fixed_term_recall": frozenset(
            {"parole", "standard_recall", "risk_assessed_recall_review", "ipp_rarr"}
        ),
        "crd_licence": frozenset({"parole", "ipp_rarr"}),
        "ipp_rarr": frozenset({"crd_licence", "fixed_term_recall", "risk_assessed_recall_review", "pss"}),
        "risk_assessed_recall_review": frozenset({"fixed_term_recall", "ipp_rarr", "pss"}),
        "parole": frozenset({"crd_licence", "fixed_term_recall", "pss"}),
        "pss": frozenset({"parole", "risk_assessed_recall_review", "ipp_rarr"}),
    }
)
ROSH_GROUPS: Final = ("children", "public", "known_adult", "staff", "prisoners")
ROSH_ALWAYS_JUDGED: Final = ("children", "public", "known_adult", "staff")
"""The groups every form asks about; prisoners are judged only for a person in custody."""
ROSH_LEVELS: Final = ("low", "medium", "high", "very_high")
TIERS: Final = (
    *(f"{letter}{digit}{s}" for letter in "ABCD" for digit in "0123" for s in ("", "S")),
    *"ABCDEFG",
)
"""Version 2 is a letter and a digit, with S for a standalone order; version 3 a single letter."""
LICENCE_CONDITIONS: Final = (
    "alcohol_monitoring",
    "civil_orders",
    "curfew",
    "drug_testing",
    "engagement_with_services",
    "exclusion_zone",
    "intimate_relationships",
    "no_contact_with_children",
    "non_association",
    "non_contact",
    "programmes",
    "residency_restriction",
    "other",
)
# The union of what approved premises (9) and CAS3 (10) ask; an interpreter is a question of its own.
HEALTH_NEEDS: Final = (
    "mobility",
    "visual_impairment",
    "hearing_impairment",
    "learning_disability",
    "neurodivergence",
    "mental_health",
    "physical_health",
    "healthcare",
    "pregnancy",
    "language",
    "other",
    "none",
)
ADJUSTMENTS: Final = (
    "language",
    "literacy",
    "neurodiversity",
    "disability",
    "faith",
    "caring",
    "work_hours",
    "gender_of_worker",
    "trauma",
    "other",
)
RECORDED: Final = ("yes", "no", "not_recorded")
KNOWN: Final = ("yes", "no", "not_known")
CONVICTED: Final = ("current", "previous")
CONVICTION_KINDS: Mapping[str, bool] = MappingProxyType(
    {
        "hate_crime": False,
        "non_sexual_offences_against_children": False,
        "contact_sexual_offences_against_adults": True,
        "non_contact_sexual_offences_against_adults": True,
        "contact_sexual_offences_against_children": True,
        "non_contact_sexual_offences_against_children": True,
    }
)
"""The kinds of conviction that `any_listed` asks about, and whether each is a sexual offence."""
REHABILITATIVE_ACTIVITIES: Final = (
    "accommodation",
    "drugs_and_alcohol",
    "children_and_families",
    "health",
    "education_training_and_employment",
    "finance_benefits_and_debt",
    "attitudes_and_behaviour",
    "abuse",
    "sex_working",
    "other",
)
NEED_SECTIONS: Final = (
    "accommodation",
    "education_employment",
    "finance",
    "relationships",
    "lifestyle",
    "drugs",
    "alcohol",
    "emotional",
    "thinking",
    "attitudes",
    "health",
)
RELATIONSHIPS: Final = (
    "child",
    "step_child",
    "partners_child",
    "grandchild",
    "unborn_child",
    "other_child",
    "sibling",
    "parent",
    "partner",
    "ex_partner",
    "victim",
    "other_relative",
    "household_member",
    "friend",
    "other",
)
CHILD_RELATIONSHIPS: Final = frozenset(
    {"child", "step_child", "partners_child", "grandchild", "unborn_child", "other_child"}
)
DETAILS_STATUSES: Final = ("provided", "not_asked", "declined", "unknown")
CONTACT_KINDS: Final = ("lives_with", "supervised", "unsupervised", "none", "not_known")
ADDRESS_KINDS: Final = (
    "current",
    "previous",
    "proposed_release",
    "visited",
    "partner",
    "family",
    "move_on",
    "other",
)
LEGAL_BASES: Final = (
    "statutory_supervision",
    "public_protection",
    "safeguarding",
    "crime_prevention",
    "vital_interests",
    "consent",
)
CONDITION_REQUESTERS: Final = ("probation", "police", "victim", "prison", "parole_board", "mappa", "other")
SAFETY_PLANS: Final = ("yes_consent_to_share", "yes_no_consent_to_share", "no_safety_plan")
DTR_OUTCOMES: Final = (
    "accepted_prevention_and_relief_duty",
    "accepted_priority_need",
    "rejected_no_local_connection",
    "rejected_intentionally_homeless",
    "rejected_other",
    "pending",
)
MOVE_ON_TYPES: Final = (
    "own_accommodation",
    "living_with_partner_family_or_friends",
    "rented_through_local_authority",
    "rented_through_housing_association",
    "private_rented",
    "supported_accommodation",
    "supported_housing",
    "cas3",
    "foreign_national",
    "other",
)

# The twelve probation regions by their nDelius codes.
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "N03": "Wales",
        "N07": "London",
        "N50": "Greater Manchester",
        "N51": "North West",
        "N52": "West Midlands",
        "N53": "East Midlands",
        "N54": "North East",
        "N55": "Yorkshire and the Humber",
        "N56": "East of England",
        "N57": "Kent, Surrey and Sussex",
        "N58": "South West",
        "N59": "South Central",
    }
)
# The names that the accommodation services' systems give them, where they differ.
REGIONS_OF_ACCOMMODATION: Mapping[str, str] = MappingProxyType(
    {**REGIONS, "N55": "Yorkshire & The Humber", "N57": "Kent, Surrey & Sussex"}
)
# The letters of the commissioned services' systems.
REGION_LETTERS: Mapping[str, str] = MappingProxyType(
    dict(
        zip(
            ("N54", "N51", "N55", "N03", "N52", "N53", "N58", "N59", "N56", "N07", "N57", "N50"),
            "ABCDEFGHIJKL",
            strict=True,
        )
    )
)
MAPPA_AREAS: Final = tuple(
    sorted({*FORCES, "london"} - {"metropolitan", "city-of-london", *FORCES_WITHOUT_MAPPA})
)
"""The 42 areas of the strategic management boards (MAPPA guidance): the police areas, with London as one."""
AP_AREAS: Mapping[str, str] = MappingProxyType(
    {
        "N03": "Wales",
        "N07": "LON",
        "N50": "NW",
        "N51": "NW",
        "N52": "Mids",
        "N53": "Mids",
        "N54": "NE",
        "N55": "NE",
        "N56": "SEE",
        "N57": "SEE",
        "N58": "SWSC",
        "N59": "SWSC",
    }
)


def _spelled(name: str) -> str:
    return " ".join(name.lower().replace("&", " and ").replace(",", " ").split()).replace("and the", "and")


_REGION_OF: Mapping[str, str] = MappingProxyType(
    {_spelled(name): code for code, name in REGIONS.items()}
    | {code.lower(): code for code in REGIONS}
    | {letter.lower(): code for code, letter in REGION_LETTERS.items()}
    | {"yorkshire": "N55", "kss": "N57", "gm": "N50"}
)


def region_code(name: str) -> str | None:
    """Find the code of a region from its code, letter or name, however it is spelled; None when unknown."""
    return _REGION_OF.get(_spelled(name))


def camel(value: str) -> str:
    """Spell a code as the accommodation services spell theirs: `short_notice` is `shortNotice`."""
    first, *rest = value.split("_")
    return first + "".join(word.capitalize() for word in rest)


def camelled(*values: str, **irregular: Any) -> Mapping[str, Any]:
    """Make a destination's vocabulary of codes that differ only in spelling, with the exceptions named."""
    return MappingProxyType({value: camel(value) for value in values} | irregular)


ROSH_WORDS: Mapping[str, str] = MappingProxyType(
    {"low": "Low", "medium": "Medium", "high": "High", "very_high": "Very High"}
)


def highest_rosh(levels: Mapping[str, Any]) -> str | None:
    """Return the highest risk of serious harm among the groups that were judged; None when none was."""
    known = [level for group in ROSH_GROUPS if (level := _level(levels, group))]
    return max(known, key=ROSH_LEVELS.index, default=None)


def overall_rosh(levels: Mapping[str, Any]) -> str | None:
    """Return the overall risk of serious harm: the highest of the groups, once that is certain.

    It is certain when every group that is always judged has a level, or when one level is the highest there
    is. Until then it is what the submission states, though never lower than a level that was judged, and
    None when it states none: a group that nobody has judged may be at higher risk than the others.
    """
    highest, stated = highest_rosh(levels), levels.get("overall")
    if all(_level(levels, group) for group in ROSH_ALWAYS_JUDGED) or highest == ROSH_LEVELS[-1]:
        return highest
    return max(stated, highest or stated, key=ROSH_LEVELS.index) if stated else None


def _level(levels: Mapping[str, Any], group: str) -> str | None:
    level: str | None = (levels.get(group) or {}).get("level")
    return level
