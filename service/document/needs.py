"""Sections of the canonical referral on needs, health, and the adjustments a provider must meet."""

from marshmallow import fields

from service import tenses
from service.document.forms import Section, some
from service.document.vocabulary import (
    ADJUSTMENTS,
    HEALTH_NEEDS,
    KNOWN,
    NEED_SECTIONS,
    RECORDED,
    REHABILITATIVE_ACTIVITIES,
)
from service.fields import Choice, Day, Flag, LongText


class NeedSchema(Section):
    """One area of need, in words."""

    detail = LongText(metadata={"description": "The need and what would help."})


class NeedsSchema(Section):
    """The needs behind the offending, and what would help."""

    accommodation = fields.Nested(NeedSchema, metadata={"description": "Somewhere to live."})
    education_employment = fields.Nested(
        NeedSchema, metadata={"description": "Education, training and work."}
    )
    finance = fields.Nested(NeedSchema, metadata={"description": "Money, benefits and debt."})
    relationships = fields.Nested(
        NeedSchema, metadata={"description": "Relationships with family and partners."}
    )
    lifestyle = fields.Nested(NeedSchema, metadata={"description": "Lifestyle and associates."})
    drugs = fields.Nested(NeedSchema, metadata={"description": "Drug use."})
    alcohol = fields.Nested(NeedSchema, metadata={"description": "Alcohol use."})
    emotional = fields.Nested(
        NeedSchema,
        metadata={"description": "Emotional wellbeing; only destinations with a duty of care are sent it."},
    )
    thinking = fields.Nested(NeedSchema, metadata={"description": "Thinking and behaviour."})
    attitudes = fields.Nested(NeedSchema, metadata={"description": "Attitudes to offending and supervision."})
    health = fields.Nested(
        NeedSchema,
        metadata={"description": "General health; only destinations with a duty of care are sent it."},
    )
    substance_misuse = Flag(metadata={"description": "Whether drugs or alcohol are an issue now."})
    oasys_linked_sections = some(
        Choice(NEED_SECTIONS),
        len(NEED_SECTIONS),
        metadata={"description": "OASys sections linked to reoffending, for approved premises."},
    )
    oasys_other_sections = some(
        Choice(NEED_SECTIONS),
        len(NEED_SECTIONS),
        metadata={"description": "Other OASys sections to include, for approved premises."},
    )
    rehabilitative_activities = some(
        Choice(REHABILITATIVE_ACTIVITIES),
        len(REHABILITATIVE_ACTIVITIES),
        metadata={"description": "Activities that would help."},
    )
    rehabilitative_other = LongText(
        metadata={
            "description": "The other activity; needed when `rehabilitative_activities` includes `other`."
        }
    )
    rehabilitative_summary = LongText(
        metadata={"description": "How the activities would help; for CRS, the reason for the referral."}
    )


class NeedDetailSchema(Section):
    """A note on each kind of health or access need."""

    mobility = LongText(metadata={"description": "A note on mobility."})
    visual_impairment = LongText(metadata={"description": "A note on sight."})
    hearing_impairment = LongText(metadata={"description": "A note on hearing."})
    learning_disability = LongText(metadata={"description": "A note on a learning disability."})
    neurodivergence = LongText(metadata={"description": "A note on a neurodivergent condition."})
    mental_health = LongText(metadata={"description": "A note on mental health."})
    other = LongText(metadata={"description": "A note on any other need."})


class PregnancySchema(Section):
    """A pregnancy of the person."""

    pregnant = Flag(metadata={"description": "Whether the person is pregnant."})
    due_date = Day(
        tense=tenses.PREGNANCY, metadata={"description": "When the baby is due; needed when pregnant."}
    )
    social_care = Choice(KNOWN, metadata={"description": "Whether children's social care is involved."})
    social_care_detail = LongText(metadata={"description": "How children's social care is involved."})
    child_removed = Choice(
        {
            "yes": "the child is to be removed",
            "no": "the child is not to be removed",
            "decision_pending": "not decided yet",
        },
        metadata={"description": "Whether the child is to be removed at birth."},
    )
    other = Flag(metadata={"description": "Whether there is another issue with the pregnancy."})
    other_detail = LongText(metadata={"description": "The other issue."})


class HealthSchema(Section):
    """Health and access needs. Most destinations are sent the adjustment, not the condition."""

    need_types = some(
        Choice(HEALTH_NEEDS),
        len(HEALTH_NEEDS),
        metadata={"description": "Health and access needs; `none` when there are none."},
    )
    need_detail = fields.Nested(NeedDetailSchema, metadata={"description": "A note on each kind of need."})
    conditions = Flag(metadata={"description": "Whether there are known health conditions."})
    conditions_detail = LongText(metadata={"description": "The conditions; needed when there are any."})
    medication = Choice(KNOWN, metadata={"description": "Whether medication is prescribed."})
    medication_detail = LongText(metadata={"description": "The medication; needed when it is prescribed."})
    wheelchair = Flag(metadata={"description": "Whether a wheelchair is used."})
    property_adaptation = Flag(metadata={"description": "Whether the property must be adapted."})
    adjustments_detail = LongText(
        metadata={"description": "The adjustments needed; for CAS3, when the property must be adapted."}
    )
    pregnancy = fields.Nested(PregnancySchema, metadata={"description": "A pregnancy of the person."})
    care_needs = Flag(metadata={"description": "Whether the person needs care and support."})
    care_needs_detail = LongText(metadata={"description": "The care needed; needed when there is any."})
    care_act_assessment = Choice(
        KNOWN, metadata={"description": "Whether there was an assessment under the Care Act 2014."}
    )
    covid_booster = Flag(metadata={"description": "Whether the person is eligible for a COVID-19 booster."})
    covid_booster_detail = LongText(metadata={"description": "Why; needed when eligible."})
    immunosuppressed = Flag(metadata={"description": "Whether the person is at higher risk from COVID-19."})
    diet = Choice(KNOWN, metadata={"description": "Whether there is an allergy or a dietary need."})
    diet_detail = LongText(metadata={"description": "The allergy or dietary need; needed when there is one."})


class AdjustmentSchema(Section):
    """An adjustment that staff must make. `not_recorded` means that the question was not asked."""

    kind = Choice(
        ADJUSTMENTS,
        required=True,
        metadata={"description": "What the adjustment is for; each may be given once."},
    )
    needed = Choice(
        RECORDED, load_default="yes", metadata={"description": "Whether the adjustment is needed."}
    )
    detail = LongText(
        max=1000, metadata={"description": "What is needed, in words that every destination may read."}
    )
