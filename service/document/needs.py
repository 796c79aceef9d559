"""Sections of the canonical referral on needs, health, and the adjustments a provider must meet."""

from marshmallow import fields

from service.document.forms import some
from service.document.vocabulary import (
    ADJUSTMENTS,
    HEALTH_NEEDS,
    KNOWN,
    NEED_SECTIONS,
    RECORDED,
    REHABILITATIVE_ACTIVITIES,
)
from service.fields import Choice, Day, Flag, LongText, Schema


class NeedSchema(Schema):
    """One area of need, in words."""

    detail = LongText()


class NeedsSchema(Schema):
    """What lies behind the offending, and what would help."""

    accommodation = fields.Nested(NeedSchema)
    education_employment = fields.Nested(NeedSchema)
    finance = fields.Nested(NeedSchema)
    relationships = fields.Nested(NeedSchema)
    lifestyle = fields.Nested(NeedSchema)
    drugs = fields.Nested(NeedSchema)
    alcohol = fields.Nested(NeedSchema)
    emotional = fields.Nested(NeedSchema)
    thinking = fields.Nested(NeedSchema)
    attitudes = fields.Nested(NeedSchema)
    health = fields.Nested(NeedSchema)
    substance_misuse = Flag()
    oasys_linked_sections = some(Choice(*NEED_SECTIONS), len(NEED_SECTIONS))
    oasys_other_sections = some(Choice(*NEED_SECTIONS), len(NEED_SECTIONS))
    rehabilitative_activities = some(Choice(*REHABILITATIVE_ACTIVITIES), len(REHABILITATIVE_ACTIVITIES))
    rehabilitative_other = LongText()
    rehabilitative_summary = LongText()


class NeedDetailSchema(Schema):
    """A note on each kind of health or access need."""

    mobility = LongText()
    visual_impairment = LongText()
    hearing_impairment = LongText()
    learning_disability = LongText()
    neurodivergence = LongText()
    mental_health = LongText()
    other = LongText()


class PregnancySchema(Schema):
    """A pregnancy of the person's own."""

    pregnant = Flag()
    due_date = Day()
    social_care = Choice(*KNOWN)
    social_care_detail = LongText()
    child_removed = Choice("yes", "no", "decision_pending")
    other = Flag()
    other_detail = LongText()


class HealthSchema(Schema):
    """Health and access needs; most destinations are told the adjustment, not the condition."""

    need_types = some(Choice(*HEALTH_NEEDS), len(HEALTH_NEEDS))
    need_detail = fields.Nested(NeedDetailSchema)
    conditions = Flag()
    conditions_detail = LongText()
    medication = Choice(*KNOWN)
    medication_detail = LongText()
    wheelchair = Flag()
    property_adaptation = Flag()
    adjustments_detail = LongText()
    pregnancy = fields.Nested(PregnancySchema)
    care_needs = Flag()
    care_needs_detail = LongText()
    care_act_assessment = Choice(*KNOWN)
    covid_booster = Flag()
    covid_booster_detail = LongText()
    immunosuppressed = Flag()
    diet = Choice(*KNOWN)
    diet_detail = LongText()


class AdjustmentSchema(Schema):
    """What somebody who works with the person must be able to do; `not_recorded` means that nobody asked."""

    kind = Choice(*ADJUSTMENTS, required=True)
    needed = Choice(*RECORDED, load_default="yes")
    detail = LongText(max=1000)
