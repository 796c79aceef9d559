"""What a person may be given of their own record, and what is left out and why, as tables. Pure.

Every answer of a referral is in one of the two. What is left out is left out of every copy, whatever is on
record: who reads a copy cannot tell that there is anything.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from service.destinations.states import State
from service.document.paths import is_empty, paths
from service.people.rules import Source

ABOUT: Final = (
    (
        "This is what the Referral Exchange holds about you, as at the day of this copy: who you are, where "
        "you live and lived, what was said of you to find you a place or a service, what came of it, and "
        "what kinds of organisation were, or will be, sent it."
    ),
    (
        "It is held to manage your sentence and to find you a place to live and services, under the "
        "Offender Management Act 2007. Your probation practitioner can correct what is wrong."
    ),
    (
        "When somebody is to live at an address, the police are asked about domestic abuse, and where there "
        "may be children, children's services. They are asked about everybody to whom the rule applies, "
        "whatever is known of them. What was asked and answered is not in any copy."
    ),
    (
        "The law lets us leave things out, such as what is about other people, what could harm somebody, or "
        "what would make it harder to prevent a crime. We do not say whether anything was left out of a "
        "copy."
    ),
    (
        "Names of staff and of organisations are not in any copy. You may ask probation to look at this "
        "copy again, and complain to the Information Commissioner."
    ),
)
"""What every copy begins with, in the same words for everybody."""


class LeftOut(StrEnum):
    """Why something is in no copy."""

    OTHERS = "it is about somebody else"
    STAFF = "it names staff, or says how an organisation works"
    RISK = "it weighs a risk, and may come from somebody who would be in danger"
    ENFORCEMENT = "it would help to get round a condition, a check or an enquiry"
    HEALTH = "it is about health: a health professional is asked first"
    NOT_ABOUT = "it says nothing about the person"


EXEMPTIONS: Final[Mapping[LeftOut, str]] = MappingProxyType(
    {
        LeftOut.OTHERS: "Data Protection Act 2018, section 45(4)(e); Schedule 2, paragraph 16",
        LeftOut.STAFF: "Data Protection Act 2018, section 45(4)(e); Schedule 2, paragraph 16",
        LeftOut.RISK: "Data Protection Act 2018, section 45(4)(b) and (e); Schedule 2, paragraphs 2 and 16",
        LeftOut.ENFORCEMENT: "Data Protection Act 2018, section 45(4)(a) and (b); Schedule 2, paragraph 2",
        LeftOut.HEALTH: "Data Protection Act 2018, Schedule 3, Part 2",
        LeftOut.NOT_ABOUT: "none is needed: it is no personal data of theirs",
    }
)
"""On what law, where it is the person's own data."""

CODED: Final = paths(
    {
        "person": "transgender_history interpreter_needed religious_cultural_needs caring_responsibilities",
        "person.address": "no_fixed_abode",
        "person.location": "type",
        "sentence": "type expiry_date licence_expiry_date parole_eligibility_date hdc_date pss_start_date"
        " pss_end_date",
        "sentence.length": "years months weeks days",
        "release": "date_known date",
        "release.releases[]": "type start_date end_date",
        "release.oral_hearing": "date_known date",
        "offence.index": "conviction_date",
        "offence": "registered_sex_offender",
        "offence.convictions": "any_listed hate_crime[] non_sexual_offences_against_children[]"
        " contact_sexual_offences_against_adults[] non_contact_sexual_offences_against_adults[]"
        " contact_sexual_offences_against_children[] non_contact_sexual_offences_against_children[] arson",
        "licence.conditions[]": "type",
        "licence.curfew": "starts_at ends_at until",
        "needs": "rehabilitative_activities[]",
        "adjustments[]": "kind needed",
        "custody.adjudications[]": "reported_on hearing_held",
        "housing.dtr": "submitted date local_authority outcome",
        "housing": "other_options",
        "move_on": "plan_in_place postcode_area accommodation_type home_office_notified"
        " home_office_notified_on",
        "consent": "cas3",
    }
)
"""The answers of a referral that the person is given: codes, dates and numbers."""
WORDS: Final = paths(
    {
        "person": "gender_identity ethnicity nationality religion_or_belief preferred_language"
        " interpreter_language phone email religious_cultural_needs_detail caring_responsibilities_detail"
        " community_support local_connections",
        "person.address": "closest_area",
        "person.location": "prison",
        "release": "date_unknown_reason expected_office expected_office_unknown_reason",
        "offence.history": "summary",
        "offence": "other_information",
        "licence.conditions[]": "detail",
        "licence": "court_orders[]",
        "needs.accommodation": "detail",
        "needs.education_employment": "detail",
        "needs.finance": "detail",
        "needs.lifestyle": "detail",
        "needs.thinking": "detail",
        "needs.attitudes": "detail",
        "needs": "rehabilitative_other rehabilitative_summary",
        "custody.adjudications[]": "establishment charge finding",
        "housing.dtr": "reference outcome_other",
        "housing": "other_options_detail",
        "move_on": "plan accommodation_other",
    }
)
"""Those that are somebody's own words: given only as two people have decided."""

_O: Final = LeftOut
LEFT_OUT: Final[Mapping[str, LeftOut]] = MappingProxyType(
    {
        # Who the person is and where they live is given from the record.
        "person.crn": _O.NOT_ABOUT,
        "person.noms_number": _O.NOT_ABOUT,
        "person.pnc_number": _O.NOT_ABOUT,
        "person.name": _O.NOT_ABOUT,
        "person.date_of_birth": _O.NOT_ABOUT,
        "person.sex": _O.NOT_ABOUT,
        "person.visor_reference": _O.ENFORCEMENT,
        "person.restricted_record": _O.ENFORCEMENT,
        "person.disabilities": _O.HEALTH,
        "person.location.prison_confirmed": _O.NOT_ABOUT,
        "submission_reference": _O.NOT_ABOUT,
        "not_understood": _O.NOT_ABOUT,
        "urgency": _O.RISK,
        "urgency_reason": _O.RISK,
        "documents_elsewhere": _O.NOT_ABOUT,
        "referrer": _O.STAFF,
        "case_manager": _O.STAFF,
        "offence.index.event_number": _O.NOT_ABOUT,
        "offence.index.offence_id": _O.NOT_ABOUT,
        "offence.index.summary": _O.OTHERS,
        "offence.analysis": _O.OTHERS,
        "offence.terrorism_related": _O.ENFORCEMENT,
        "offence.domestic_abuse": _O.RISK,
        "risk": _O.RISK,
        "licence.conditions[].requested_by": _O.OTHERS,
        "licence.exclusion_zones": _O.OTHERS,
        "licence.recall_alternative": _O.ENFORCEMENT,
        "location": _O.OTHERS,
        "needs.relationships": _O.OTHERS,
        "needs.drugs": _O.HEALTH,
        "needs.alcohol": _O.HEALTH,
        "needs.emotional": _O.HEALTH,
        "needs.health": _O.HEALTH,
        "needs.substance_misuse": _O.HEALTH,
        "needs.oasys_linked_sections": _O.RISK,
        "needs.oasys_other_sections": _O.RISK,
        "health": _O.HEALTH,
        "adjustments[].detail": _O.HEALTH,
        "sharing": _O.RISK,
        "safeguarding": _O.RISK,
        "behaviour": _O.RISK,
        "approvals": _O.RISK,
        "custody.acct_alerts": _O.HEALTH,
        "custody.case_notes": _O.STAFF,
        "custody.information": _O.ENFORCEMENT,
        "custody.information_detail": _O.ENFORCEMENT,
        "household": _O.OTHERS,
        "addresses": _O.OTHERS,
        "contingency": _O.ENFORCEMENT,
        "partners": _O.STAFF,
        "documents": _O.NOT_ABOUT,
        "sharing_basis": _O.NOT_ABOUT,
        "provenance": _O.NOT_ABOUT,
        "wordings": _O.OTHERS,
        "destinations": _O.ENFORCEMENT,
    }
)
"""What begins with these paths is in no copy, and why."""

CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "approved_premises": "approved premises",
        "cas3": "a provider of temporary accommodation",
        "crs": "a provider of commissioned services",
    }
)
"""The destinations that a copy tells of, each as a category of organisation. It tells of no other."""

HOMES: Final = frozenset({"current", "previous", "proposed_release"})
"""The kinds of address that are the person's own home, whoever else lives or lived there."""
FROM_THE_PERSONS_OWN: Final = frozenset(
    {
        Source.PRACTITIONER,
        Source.PERSON,
        Source.OASYS,
        Source.NDELIUS,
        Source.NOMIS,
        Source.PRISON,
        Source.COURT,
    }
)
"""The sources of an address whose knowing gives nobody away who told of it."""

STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                State.INCOMPLETE,
                State.HELD,
                State.BLOCKED,
                State.SENT,
                State.RECEIVED,
                State.INFORMATION_REQUESTED,
                State.WAITLISTED,
                State.DEFERRED,
                State.CHALLENGED,
            ),
            "not decided yet",
        ),
        State.ACCEPTED: "accepted",
        State.DECLINED: "declined",
        **dict.fromkeys((State.IN_PROGRESS, State.ON_HOLD, State.WITHDRAWAL_REQUESTED), "in progress"),
        State.COMPLETED: "completed",
        State.ENDED_EARLY: "ended early",
        State.WITHDRAWN: "withdrawn",
    }
)
"""What has become of a referral, in words for the person: not whether it was sent, nor what it waits for."""

REPORTS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        kind: (frozenset(coded.split()), frozenset(words.split()))
        for kind, coded, words in (
            ("attendance", "on attended acceptable_absence", "note"),
            ("session", "on minutes outcome_id", "summary"),
            ("outcome", "outcome_id achieved", "summary"),
            ("progress", "", "summary"),
            ("complexity_proposal", "complexity", "reason"),
            ("outcome_proposal", "desired_outcomes[]", "reason"),
            ("missed_sign_in", "due_at back_at", "detail"),
            ("curfew_breach", "noticed_at back_at status", "detail"),
        )
    }
)
"""What destinations report that the person is given, by the kind: what is coded, and what is in words."""
REPORTS_LEFT_OUT: Final[Mapping[str, LeftOut]] = MappingProxyType(
    {"visitor": _O.OTHERS, "adjustments": _O.HEALTH}
)
"""What they report that is in no copy, and why; of MAPPA nothing is."""


class Words(str):
    """A text in somebody's own words: in no copy until people have decided about it."""

    __slots__ = ()


def taken(value: Any, coded: frozenset[str], words: frozenset[str], path: str = "") -> Any:
    """Return what is given of a value, every text in it as `Words`; empty where nothing is.

    Args:
        coded, words: the paths of the leaves that are given.
    """
    if isinstance(value, Mapping):
        return without_empty(
            {
                name: taken(member, coded, words, f"{path}.{name}" if path else name)
                for name, member in value.items()
            }
        )
    if isinstance(value, list):
        return without_empty([taken(member, coded, words, f"{path}[]") for member in value])
    if path in words:
        return Words(value) if isinstance(value, str) else None
    return value if path in coded else None


def without_empty(value: Any) -> Any:
    """Return an object or a list without what is empty in it: a gap would say that something is left out."""
    if isinstance(value, Mapping):
        return {name: member for name, member in value.items() if not is_empty(member)}
    return [member for member in value if not is_empty(member)]
