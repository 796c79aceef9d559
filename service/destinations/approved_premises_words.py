"""What approved premises call each canonical value on their form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.destinations.approved_premises_annex import (
    FACTORS,
    LATE_REASONS,
    PURPOSES,
    SECRETED,
    SITUATIONS,
    TYPES,
    WATCHED,
)
from service.destinations.contract import Word
from service.document.vocabulary import MOVE_ON_TYPES, REHABILITATIVE_ACTIVITIES, ROSH_WORDS, camelled

# The sections of OASys that its form offers; education and finance are not among them.
_SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "accommodation": "3",
        "relationships": "6",
        "lifestyle": "7",
        "drugs": "8",
        "alcohol": "9",
        "emotional": "10",
        "thinking": "11",
        "attitudes": "12",
        "health": "13",
    }
)
_YES_NO_UNKNOWN: Mapping[str, str] = MappingProxyType({"yes": "yes", "no": "no", "not_known": "iDontKnow"})
VOCABULARY: Mapping[str, Mapping[Any, Any]] = {
    "sentence.type": camelled(
        "standard_determinate",
        "extended_determinate",
        "life",
        "ipp",
        "community_order",
        "bail_placement",
        "non_statutory",
    ),
    "sentence.relevant_dates_selected[]": camelled(
        "parole_eligibility_date",
        "licence_expiry_date",
        "pss_start_date",
        "pss_end_date",
        hdc_date="homeDetentionCurfewDate",
        expiry_date="sentenceExpiryDate",
    ),
    "release.type": {
        "crd_licence": "licence",
        "rotl": "rotl",
        "hdc": "hdc",
        "pss": "pss",
        "in_community": "in_community",
        "not_applicable": "not_applicable",
        "extended_determinate_licence": "extendedDeterminateLicence",
        "parole": "paroleDirectedLicence",
        "standard_recall": "reReleasedPostRecall",
        "fixed_term_recall": "reReleasedFollowingFixedTermRecall",
    },
    "risk.level_when_no_tier": {"very_high": "veryHighRisk", "high": "highRisk", "medium": "medium"},
    **{
        f"risk.rosh.{group}": ROSH_WORDS
        for group in ("overall", "children.level", "public.level", "known_adult.level", "staff.level")
    },
    "person.location.type": {"custody": "InCustody", "community": "InCommunity"},
    "person.sex": {"male": "Male", "female": "Female"},
    "behaviour.previous_cas_stay": _YES_NO_UNKNOWN,
    "health.medication": _YES_NO_UNKNOWN,
    "health.care_act_assessment": _YES_NO_UNKNOWN,
    "health.pregnancy.social_care": _YES_NO_UNKNOWN,
    "health.pregnancy.child_removed": camelled("yes", "no", "decision_pending"),
    "health.need_types[]": camelled(
        "mobility",
        "visual_impairment",
        "hearing_impairment",
        "learning_disability",
        "healthcare",
        "pregnancy",
        "other",
        "none",
        neurodivergence="neurodivergentConditions",
        # Needs without a box of their own on its form, which asks about conditions and an interpreter apart.
        mental_health=Word("other", broader=True),
        physical_health=Word("other", broader=True),
        language=Word("other", broader=True),
    ),
    "needs.oasys_linked_sections[]": _SECTIONS,
    "needs.oasys_other_sections[]": _SECTIONS,
    "needs.rehabilitative_activities[]": camelled(*REHABILITATIVE_ACTIVITIES),
    "move_on.accommodation_type": camelled(*MOVE_ON_TYPES),
    "ap.type": camelled(*TYPES),
    "ap.notice_type": camelled("emergency", "short_notice", "standard"),
    "ap.purposes[]": camelled(*PURPOSES),
    "ap.short_notice_reason": camelled(*LATE_REASONS, parole_board_or_ppcs="paroleBoardOrPPCS"),
    "ap.situation": camelled(*SITUATIONS),
    "ap.esap.factors[]": camelled(*FACTORS, care_and_separation="careAndSeperation", non_nsd="nonNsd"),
    "ap.esap.secreting.items[]": camelled(*SECRETED, radicalisation_literature="radicalisationLiterature"),
    "ap.esap.cctv.behaviours[]": camelled(
        *WATCHED, staff_assault="staffAssualt", prisoner_assault="prisonerAssualt"
    ),
}
