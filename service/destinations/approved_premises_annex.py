"""What only approved premises ask: the annex, and what each type of premises requires."""

from collections.abc import Mapping
from types import MappingProxyType

from marshmallow import fields, validate

from service import tenses
from service.destinations.case import includes, no, one_of, when, yes
from service.document.forms import PostcodeArea, Section, some
from service.document.paths import paths
from service.fields import Choice, Count, Day, Flag, LongText, Text

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "normal": "standard approved premises",
        "pipe": "a psychologically informed planned environment (PIPE)",
        "esap": "enhanced security approved premises (ESAP)",
        "rfap": "recovery-focused approved premises (RFAP)",
        "mhap_elliott_house": "mental health premises, Elliott House",
        "mhap_st_josephs": "mental health premises, St Joseph's",
    }
)
LATE_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "risk_escalated": "the risk has risen",
        "plan_broken_down": "the earlier plan has broken down",
        "further_offence": "a further offence",
        "alternative_to_recall": "an alternative to recall",
        "parole_board_or_ppcs": "a decision of the Parole Board or the Public Protection Casework Section",
        "short_sentence": "the sentence is short",
        "on_bail": "the person is on bail",
        "other": "another reason: give `short_notice_other`",
    }
)
PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "public_protection": "to protect the public",
        "prevent_contact": "to prevent contact with victims or others",
        "readjust": "to help the person adjust to life in the community",
        "drug_alcohol_monitoring": "to monitor drug or alcohol use",
        "prevent_self_harm": "to prevent self-harm or suicide",
        "other_reason": "another purpose: give `purpose_other`",
    }
)
SITUATIONS: Mapping[str, str] = MappingProxyType(
    {
        "risk_management": "the risk must be managed",
        "residency_management": "the court set a residence requirement",
        "bail_assessment": "an assessment while on bail",
        "bail_sentence": "a bail placement",
        "awaiting_sentence": "the person is awaiting sentence",
    }
)
SECRETED: Mapping[str, str] = MappingProxyType(
    {
        "radicalisation_literature": "material that radicalises",
        "hate_crime_literature": "hate crime material",
        "csa_literature": "child sexual abuse material",
        "drugs": "drugs",
        "weapons": "weapons",
        "fire": "items to start a fire",
        "electronic_items": "electronic items",
    }
)
WATCHED: Mapping[str, str] = MappingProxyType(
    {
        "appearance": "changes of appearance",
        "networks": "criminal networks",
        "staff_assault": "assaults on staff",
        "prisoner_assault": "assaults on prisoners",
        "threats_to_life": "threats to the person's life",
        "community_threats": "threats from the community",
    }
)
FACTORS: Mapping[str, str] = MappingProxyType(
    {
        "neurodiverse": "a neurodivergent condition",
        "complex_personality": "complex personality traits",
        "non_nsd": "not managed by the National Security Division",
        "care_and_separation": "held in a care and separation unit in prison",
        "unlock": "unlocked only with several prison staff present",
        "corrupter": "corrupts others",
    }
)
RADII = range(60, 151, 10)
MOST_PREFERRED = 5


class AgreementSchema(Section):
    """A manager's agreement to an exception."""

    is_exceptional = Flag(metadata={"description": "Whether the case is an exception."})
    agreed = Flag(metadata={"description": "Whether the manager agreed."})
    manager_name = Text(metadata={"description": "The manager who agreed."})
    agreed_on = Day(tense=tenses.SAID, metadata={"description": "The day the manager agreed."})
    summary = LongText(metadata={"description": "Why the exception is needed."})


class CaseBoardSchema(Section):
    """The complex case board, which decides the estate for a transgender person."""

    required = Flag(metadata={"description": "Whether a complex case board is needed."})
    held = Flag(metadata={"description": "Whether the board has met."})


class PipeSchema(Section):
    """What a psychologically informed planned environment (PIPE) asks."""

    opd_screened = Flag(
        metadata={
            "description": "Whether the person is screened into the offender personality disorder pathway."
        }
    )
    opd_last_date = Day(
        tense=tenses.SAID,
        metadata={"description": "The day of the last consultation or formulation; needed when screened in."},
    )
    recommended = Flag(metadata={"description": "Whether the pathway plan recommends these premises."})
    detail = LongText(metadata={"description": "Why these premises are needed."})


class SecretingSchema(Section):
    """Items hidden before. Say whether partners want intelligence; never send the intelligence itself."""

    items = some(Choice(SECRETED), len(SECRETED), metadata={"description": "What was hidden before."})
    intelligence = Flag(metadata={"description": "Whether partners want intelligence."})
    notes = LongText(metadata={"description": "Supporting notes."})


class CctvSchema(Section):
    """Behaviour to watch. Say whether partners want intelligence; never send the intelligence itself."""

    behaviours = some(
        Choice(WATCHED), len(WATCHED), metadata={"description": "Behaviour that cameras must cover."}
    )
    intelligence = Flag(metadata={"description": "Whether partners want intelligence."})
    notes = LongText(metadata={"description": "Supporting notes."})


class EsapSchema(Section):
    """What enhanced security approved premises (ESAP) ask."""

    nsd_managed = Flag(metadata={"description": "Whether the National Security Division manages the person."})
    exception = fields.Nested(
        AgreementSchema,
        metadata={
            "description": "The agreement of the head of public protection, when an exception is needed."
        },
    )
    reasons = some(
        Choice({"secreting": "hiding items", "cctv": "behaviour that cameras must cover"}),
        2,
        metadata={"description": "Why enhanced security is needed."},
    )
    factors = some(Choice(FACTORS), len(FACTORS), metadata={"description": "Other factors."})
    secreting = fields.Nested(SecretingSchema, metadata={"description": "Items hidden before."})
    cctv = fields.Nested(CctvSchema, metadata={"description": "Behaviour that cameras must cover."})


class RecoverySchema(Section):
    """What recovery-focused approved premises (RFAP) ask."""

    motivation = LongText(metadata={"description": "Motivation to change substance use."})
    in_treatment = Flag(metadata={"description": "Whether the person is in treatment."})
    treatment_detail = LongText(metadata={"description": "The treatment."})
    continued_recovery = LongText(metadata={"description": "How recovery continues in the premises."})


class StayLengthSchema(Section):
    """A length of stay."""

    weeks = Count(max=104, metadata={"description": "Whole weeks."})
    days = Count(max=730, metadata={"description": "Days beyond the weeks."})


class DurationSchema(Section):
    """A stay that differs from the default length."""

    different = Flag(metadata={"description": "Whether the stay has another length than the default."})
    length = fields.Nested(
        StayLengthSchema, metadata={"description": "The length of the stay; needed when it is different."}
    )
    reason = LongText(metadata={"description": "Why the length is different."})


class ArrivalSchema(Section):
    """When the person would arrive."""

    start_same_as_release = Flag(
        metadata={"description": "Whether the person arrives on the day of release."}
    )
    start_date = Day(
        tense=tenses.PLAN,
        metadata={"description": "The day of arrival; needed when it is not the day of release."},
    )


class WhereSchema(Section):
    """Where the premises should be."""

    preferred_postcode_area = PostcodeArea(
        metadata={"description": "The area sought, by the first half of a postcode."}
    )
    benefits = LongText(metadata={"description": "Why that area helps."})
    further_away_ok = Flag(metadata={"description": "Whether premises further away are acceptable."})
    max_radius_miles = fields.Integer(
        strict=True,
        validate=validate.OneOf(RADII),
        metadata={
            "description": f"{', '.join(f'`{radius}`' for radius in RADII)} miles, when further away is fine."
        },
    )
    preferred_aps = some(
        Text(max=100),
        MOST_PREFERRED,
        metadata={"description": "Preferred premises by name, the most preferred first."},
    )


class ApprovedPremisesAnnexSchema(Section):
    """What only approved premises ask."""

    type = Choice(TYPES, metadata={"description": "The type of premises."})
    purposes = some(
        Choice(PURPOSES), len(PURPOSES), metadata={"description": "The purposes of the placement."}
    )
    purpose_other = LongText(metadata={"description": "The other purpose."})
    short_notice_reason = Choice(
        LATE_REASONS, metadata={"description": "Why the arrival is under six months away; needed when it is."}
    )
    short_notice_other = LongText(metadata={"description": "The other reason."})
    situation = Choice(
        SITUATIONS, metadata={"description": "Why a person on a community order or bail needs a place."}
    )
    managed_by_mappa = Flag(
        metadata={"description": "Whether MAPPA manages the person; only premises that may know are sent it."}
    )
    exception = fields.Nested(
        AgreementSchema,
        metadata={"description": "A senior manager's agreement, for a case outside the eligible tiers."},
    )
    estate = Choice(
        {"men": "the men's estate", "women": "the women's estate"},
        metadata={"description": "The estate sought, for a transgender person."},
    )
    case_board = fields.Nested(
        CaseBoardSchema, metadata={"description": "The complex case board, for a transgender person."}
    )
    pipe = fields.Nested(PipeSchema, metadata={"description": "Needed when the type is `pipe`."})
    esap = fields.Nested(EsapSchema, metadata={"description": "Needed when the type is `esap`."})
    rfap = fields.Nested(RecoverySchema, metadata={"description": "Needed when the type is `rfap`."})
    risk_rationale = LongText(metadata={"description": "Why the risk needs approved premises."})
    additional_measures = LongText(metadata={"description": "Further measures to manage the risk."})
    self_catering = Flag(metadata={"description": "Whether the person can cater for themselves."})
    self_catering_detail = LongText(metadata={"description": "Why not; needed when they cannot."})
    duration = fields.Nested(DurationSchema, metadata={"description": "The length of the stay."})
    placement = fields.Nested(ArrivalSchema, metadata={"description": "The arrival."})
    location = fields.Nested(WhereSchema, metadata={"description": "Where the premises should be."})


# `managed_by_mappa` and what partners want go only to premises that may know of MAPPA (`nature`). The first
# is asked all the same where there is no sentence: MAPPA must manage the person then.
PERMITTED_ANNEX = paths(
    {
        "ap": """notice_type type purposes[] purpose_other short_notice_reason short_notice_other situation
            managed_by_mappa estate case_board.required case_board.held risk_rationale additional_measures
            self_catering self_catering_detail duration.different duration.length.weeks duration.length.days
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
