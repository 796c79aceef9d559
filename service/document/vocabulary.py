"""The canonical words: every list of codes that a submission may use, and the aliases that are normalised.

Pure. What a destination calls the same thing is in that destination's file.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from service.people.rules import GROUPS_AT_RISK, HIGHEST_LEVEL, highest

# The union of what approved premises (7) and CAS3 (5) ask.
SENTENCE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "standard_determinate": "a prison sentence of fixed length",
        "extended_determinate": "a fixed prison term with an extended licence",
        "life": "a life sentence",
        "ipp": "imprisonment for public protection, with no fixed end",
        "community_order": "a sentence served in the community",
        "bail_placement": "no sentence yet: the person is on bail",
        "non_statutory": "no sentence under which probation supervises the person",
        "offender_rehabilitation_act": "a short sentence under the Offender Rehabilitation Act 2014",
    }
)
RELEASE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "crd_licence": "licence from the conditional release date",
        "extended_determinate_licence": "licence of an extended determinate sentence",
        "parole": "directed by the Parole Board",
        "hdc": "home detention curfew",
        "rotl": "release on temporary licence",
        "pss": "post-sentence supervision",
        "standard_recall": "release again after a standard recall",
        "fixed_term_recall": "release again after a recall of fixed length",
        "risk_assessed_recall_review": "release by a risk assessed recall review",
        "ipp_rarr": "release of a person with an IPP sentence by a risk assessed recall review",
        "in_community": "no release: the person is in the community",
        "not_applicable": "no sentence, so no release",
    }
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
ROSH_ALWAYS_JUDGED: Final = ("children", "public", "known_adult", "staff")
"""The groups every form asks about; prisoners are judged only for a person in custody."""
TIERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        f"{letter}{digit}{suffix}": f"version 2: protect level {letter}, change level {digit}{order}"
        for letter in "ABCD"
        for digit in "0123"
        for suffix, order in (("", ""), ("S", ", standalone order"))
    }
    | {letter: f"version 3: level {letter} of A to G" for letter in "ABCDEFG"}
)
"""Version 2 is a letter and a digit, with S for a standalone order; version 3 a single letter."""
LICENCE_CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alcohol_monitoring": "monitoring of alcohol use, such as by a tag",
        "civil_orders": "a civil or protective order",
        "curfew": "hours during which the person must be at an address",
        "drug_testing": "tests for drugs",
        "engagement_with_services": "to engage with a service that probation names",
        "exclusion_zone": "an area that the person must not enter",
        "intimate_relationships": "to report intimate relationships",
        "no_contact_with_children": "no contact with children",
        "non_association": "no contact with named people or groups",
        "non_contact": "no contact with a victim or witness",
        "programmes": "to attend a programme",
        "residency_restriction": "where the person must or must not live",
        "other": "another condition: describe it in `detail`",
    }
)
# The union of what approved premises (9) and CAS3 (10) ask; an interpreter is a question of its own.
HEALTH_NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mobility": "moving around",
        "visual_impairment": "sight",
        "hearing_impairment": "hearing",
        "learning_disability": "a learning disability",
        "neurodivergence": "neurodivergent conditions, such as autism or ADHD",
        "mental_health": "mental health",
        "physical_health": "physical health",
        "healthcare": "treatment or care that must continue",
        "pregnancy": "a pregnancy",
        "language": "language; an interpreter is asked for in `person`",
        "other": "another need",
        "none": "asked, and there is none",
    }
)
ADJUSTMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "language": "communication in another language",
        "literacy": "reading and writing",
        "neurodiversity": "a neurodivergent condition",
        "disability": "a disability",
        "faith": "religion or belief",
        "caring": "caring responsibilities",
        "work_hours": "working hours",
        "gender_of_worker": "a worker of a particular gender",
        "group": "who else is there, such as no group of men only",
        "trauma": "past trauma",
        "other": "another adjustment: describe it in `detail`",
    }
)
RECORDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "yes": "yes",
        "no": "no: the question was asked",
        "not_recorded": "no answer is recorded; it never counts as no",
    }
)
KNOWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "yes": "yes",
        "no": "no",
        "not_known": "asked, but not known",
    }
)
CONVICTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "current": "the current offence",
        "previous": "an earlier conviction",
    }
)
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
REHABILITATIVE_ACTIVITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accommodation": "accommodation",
        "drugs_and_alcohol": "drugs and alcohol",
        "children_and_families": "children and families",
        "health": "health",
        "education_training_and_employment": "education, training and employment",
        "finance_benefits_and_debt": "finance, benefits and debt",
        "attitudes_and_behaviour": "attitudes and behaviour",
        "abuse": "abuse",
        "sex_working": "sex working",
        "other": "another activity: describe it in `rehabilitative_other`",
    }
)
NEED_SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accommodation": "section 3, accommodation",
        "education_employment": "section 4, education and employment",
        "finance": "section 5, finance",
        "relationships": "section 6, relationships",
        "lifestyle": "section 7, lifestyle and associates",
        "drugs": "section 8, drug use",
        "alcohol": "section 9, alcohol use",
        "emotional": "section 10, emotional wellbeing",
        "thinking": "section 11, thinking and behaviour",
        "attitudes": "section 12, attitudes",
        "health": "section 13, health",
    }
)
RELATIONSHIPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "child": "the person's child",
        "step_child": "a stepchild",
        "partners_child": "a child of the person's partner",
        "grandchild": "a grandchild",
        "unborn_child": "a child not yet born: give `due_date`",
        "other_child": "another child in contact with the person",
        "sibling": "a brother or sister",
        "parent": "a parent",
        "partner": "the current partner",
        "ex_partner": "a former partner; details are restricted",
        "victim": "a victim; details are restricted",
        "other_relative": "another relative",
        "household_member": "a member of the household who is not a relative",
        "friend": "a friend",
        "other": "another relationship",
    }
)
CHILD_RELATIONSHIPS: Final = frozenset(
    {"child", "step_child", "partners_child", "grandchild", "unborn_child", "other_child"}
)
CONTACT_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lives_with": "lives with the person",
        "supervised": "contact under supervision only",
        "unsupervised": "contact without supervision",
        "none": "no contact",
        "not_known": "contact is not known",
    }
)
CONDITION_REQUESTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "probation": "probation",
        "police": "a police force",
        "victim": "a victim, usually through victim liaison",
        "prison": "the prison",
        "parole_board": "the Parole Board",
        "mappa": "a MAPPA meeting",
        "other": "another person or agency",
    }
)
SAFETY_PLANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "yes_consent_to_share": "there is a plan, and the person agrees to share it",
        "yes_no_consent_to_share": "there is a plan, and the person does not agree to share it",
        "no_safety_plan": "there is no plan",
    }
)
DTR_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accepted_prevention_and_relief_duty": "accepted: the prevention or relief duty is owed",
        "accepted_priority_need": "accepted: the person is in priority need",
        "rejected_no_local_connection": "rejected: no local connection",
        "rejected_intentionally_homeless": "rejected: intentionally homeless",
        "rejected_other": "rejected for another reason: give `outcome_other`",
        "pending": "not decided yet",
    }
)
MOVE_ON_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "own_accommodation": "the person's own home",
        "living_with_partner_family_or_friends": "the home of a partner, relative or friend",
        "rented_through_local_authority": "rented from a local authority",
        "rented_through_housing_association": "rented from a housing association",
        "private_rented": "rented from a private landlord",
        "supported_accommodation": "supported accommodation",
        "supported_housing": "supported housing",
        "cas3": "CAS3, temporary housing by the Community Accommodation Service",
        "foreign_national": "depends on the immigration status of a foreign national",
        "other": "other accommodation: give `accommodation_other`",
    }
)


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
    return highest(level for group in GROUPS_AT_RISK if (level := _level(levels, group)))


def overall_rosh(levels: Mapping[str, Any]) -> str | None:
    """Return the overall risk of serious harm: the highest of the groups, once that is certain.

    It is certain when every group that is always judged has a level, or when one level is the highest there
    is. Until then it is what the submission states, though never lower than a level that was judged, and
    None when it states none: a group that is not judged may be at higher risk than the others.
    """
    judged, stated = highest_rosh(levels), levels.get("overall")
    if all(_level(levels, group) for group in ROSH_ALWAYS_JUDGED) or judged == HIGHEST_LEVEL:
        return judged
    return highest((stated, judged or stated)) if stated else None


def _level(levels: Mapping[str, Any], group: str) -> str | None:
    level: str | None = (levels.get(group) or {}).get("level")
    return level
