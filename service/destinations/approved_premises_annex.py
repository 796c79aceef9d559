"""What only approved premises ask: the annex, what each type of premises requires, and their own words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import fields, validate

from service.destinations.case import includes, no, one_of, when, yes
from service.destinations.contract import Word
from service.document.forms import PostcodeArea, some
from service.document.paths import paths
from service.document.vocabulary import MOVE_ON_TYPES, REHABILITATIVE_ACTIVITIES, ROSH_WORDS, camelled
from service.fields import Choice, Count, Day, Flag, LongText, Schema, Text

TYPES = ("normal", "pipe", "esap", "rfap", "mhap_elliott_house", "mhap_st_josephs")
LATE_REASONS = (
    "risk_escalated",
    "plan_broken_down",
    "further_offence",
    "alternative_to_recall",
    "parole_board_or_ppcs",
    "short_sentence",
    "on_bail",
    "other",
)
PURPOSES = (
    "public_protection",
    "prevent_contact",
    "readjust",
    "drug_alcohol_monitoring",
    "prevent_self_harm",
    "other_reason",
)
SITUATIONS = (
    "risk_management",
    "residency_management",
    "bail_assessment",
    "bail_sentence",
    "awaiting_sentence",
)
SECRETED = (
    "radicalisation_literature",
    "hate_crime_literature",
    "csa_literature",
    "drugs",
    "weapons",
    "fire",
    "electronic_items",
)
WATCHED = (
    "appearance",
    "networks",
    "staff_assault",
    "prisoner_assault",
    "threats_to_life",
    "community_threats",
)
FACTORS = (
    "neurodiverse",
    "complex_personality",
    "non_nsd",
    "care_and_separation",
    "unlock",
    "corrupter",
)
RADII = range(60, 151, 10)
MOST_PREFERRED = 5


class AgreementSchema(Schema):
    """An exception that a manager has agreed to."""

    is_exceptional = Flag()
    agreed = Flag()
    manager_name = Text()
    agreed_on = Day()
    summary = LongText()


class CaseBoardSchema(Schema):
    """A complex case board, for the estate that a transgender person is placed in."""

    required = Flag()
    held = Flag()


class PipeSchema(Schema):
    """Psychologically informed premises."""

    opd_screened = Flag()
    opd_last_date = Day()
    recommended = Flag()
    detail = LongText()


class SecretingSchema(Schema):
    """What was hidden before; whether partners want intelligence, never the intelligence itself."""

    items = some(Choice(*SECRETED), len(SECRETED))
    intelligence = Flag()
    notes = LongText()


class CctvSchema(Schema):
    """What must be watched; whether partners want intelligence, never the intelligence itself."""

    behaviours = some(Choice(*WATCHED), len(WATCHED))
    intelligence = Flag()
    notes = LongText()


class EsapSchema(Schema):
    """Premises of enhanced security."""

    nsd_managed = Flag()
    exception = fields.Nested(AgreementSchema)
    reasons = some(Choice("secreting", "cctv"), 2)
    factors = some(Choice(*FACTORS), len(FACTORS))
    secreting = fields.Nested(SecretingSchema)
    cctv = fields.Nested(CctvSchema)


class RecoverySchema(Schema):
    """Recovery-focused premises."""

    motivation = LongText()
    in_treatment = Flag()
    treatment_detail = LongText()
    continued_recovery = LongText()


class StayLengthSchema(Schema):
    """A length of stay."""

    weeks = Count(max=104)
    days = Count(max=730)


class DurationSchema(Schema):
    """A stay of another length than the default."""

    different = Flag()
    length = fields.Nested(StayLengthSchema)
    reason = LongText()


class ArrivalSchema(Schema):
    """When the person would arrive."""

    start_same_as_release = Flag()
    start_date = Day()


class WhereSchema(Schema):
    """Where the premises should be."""

    preferred_postcode_area = PostcodeArea()
    benefits = LongText()
    further_away_ok = Flag()
    max_radius_miles = fields.Integer(strict=True, validate=validate.OneOf(RADII))
    preferred_aps = some(Text(max=100), MOST_PREFERRED)


class ApprovedPremisesAnnexSchema(Schema):
    """What only approved premises ask."""

    type = Choice(*TYPES)
    purposes = some(Choice(*PURPOSES), len(PURPOSES))
    purpose_other = LongText()
    short_notice_reason = Choice(*LATE_REASONS)
    short_notice_other = LongText()
    situation = Choice(*SITUATIONS)
    managed_by_mappa = Flag()
    exception = fields.Nested(AgreementSchema)
    estate = Choice("men", "women")
    case_board = fields.Nested(CaseBoardSchema)
    pipe = fields.Nested(PipeSchema)
    esap = fields.Nested(EsapSchema)
    rfap = fields.Nested(RecoverySchema)
    risk_rationale = LongText()
    additional_measures = LongText()
    self_catering = Flag()
    self_catering_detail = LongText()
    duration = fields.Nested(DurationSchema)
    placement = fields.Nested(ArrivalSchema)
    location = fields.Nested(WhereSchema)


# Not `managed_by_mappa`: that MAPPA is involved is not for the premises to know. It is still asked for, since
# without a sentence nobody else can be placed, and probation must have said so.
PERMITTED_ANNEX = paths(
    {
        "ap": """notice_type type purposes[] purpose_other short_notice_reason short_notice_other situation
            estate case_board.required case_board.held risk_rationale additional_measures self_catering
            self_catering_detail duration.different duration.length.weeks duration.length.days
            duration.reason placement.start_same_as_release placement.start_date
            location.preferred_postcode_area location.benefits location.further_away_ok
            location.max_radius_miles location.preferred_aps[]""",
        "ap.exception": "is_exceptional agreed manager_name agreed_on summary",
        "ap.pipe": "opd_screened opd_last_date recommended detail",
        "ap.esap": """nsd_managed exception.is_exceptional exception.agreed exception.manager_name
            exception.agreed_on exception.summary reasons[] factors[] secreting.items[]
            secreting.intelligence secreting.notes cctv.behaviours[] cctv.intelligence cctv.notes""",
        "ap.rfap": "motivation in_treatment treatment_detail continued_recovery",
    }
)

REQUIRED_OF_TYPE = (
    when(
        "the reason for late notice is other",
        one_of("ap.short_notice_reason", "other"),
        "ap.short_notice_other",
    ),
    when("another purpose is named", includes("ap.purposes", "other_reason"), "ap.purpose_other"),
    when("the person has a transgender history", yes("person.transgender_history"), "ap.case_board.required"),
    when("the premises are PIPE", one_of("ap.type", "pipe"), "ap.pipe.opd_screened", "ap.pipe.recommended"),
    when("screened into the pathway", yes("ap.pipe.opd_screened"), "ap.pipe.opd_last_date"),
    when("the premises are ESAP", one_of("ap.type", "esap"), "ap.esap.nsd_managed", "ap.esap.reasons[]"),
    when("things were hidden", includes("ap.esap.reasons", "secreting"), "ap.esap.secreting.items[]"),
    when("cameras are needed", includes("ap.esap.reasons", "cctv"), "ap.esap.cctv.behaviours[]"),
    when(
        "the premises are recovery-focused",
        one_of("ap.type", "rfap"),
        "ap.rfap.motivation",
        "ap.rfap.in_treatment",
        "ap.rfap.continued_recovery",
    ),
    when(
        "the person cannot cater for themselves",
        no("ap.self_catering"),
        "ap.self_catering_detail",
    ),
    when(
        "the stay has another length",
        yes("ap.duration.different"),
        "ap.duration.length",
        "ap.duration.reason",
    ),
    when("further away is acceptable", yes("ap.location.further_away_ok"), "ap.location.max_radius_miles"),
)

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
