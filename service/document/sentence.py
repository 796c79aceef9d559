"""Sections of the canonical referral about the offence, the sentence, the release and the licence."""

from marshmallow import fields

from service.document.forms import TimeOfDay, some
from service.document.person import LengthSchema
from service.document.vocabulary import (
    CONDITION_REQUESTERS,
    CONVICTED,
    LICENCE_CONDITIONS,
    RELEASE_TYPES,
    SENTENCE_TYPES,
)
from service.fields import Choice, Day, Flag, LongText, Postcode, Schema, Text


class SentenceSchema(Schema):
    """The sentence and its dates; which of them apply is seen from which are given."""

    type = Choice(*SENTENCE_TYPES)
    length = fields.Nested(LengthSchema)
    expiry_date = Day()
    licence_expiry_date = Day()
    parole_eligibility_date = Day()
    hdc_date = Day()
    pss_start_date = Day()
    pss_end_date = Day()


class ReleasePeriodSchema(Schema):
    """One release or licence, with its dates."""

    type = Choice(*RELEASE_TYPES, required=True)
    start_date = Day()
    end_date = Day()


class OralHearingSchema(Schema):
    """A parole hearing."""

    date_known = Flag()
    date = Day()


class ReleaseSchema(Schema):
    """When and how the person is released."""

    releases = some(fields.Nested(ReleasePeriodSchema), 6)
    date_known = Flag()
    date = Day()
    date_unknown_reason = LongText()
    oral_hearing = fields.Nested(OralHearingSchema)
    expected_office = Text()
    expected_office_unknown_reason = LongText()


class IndexOffenceSchema(Schema):
    """The offence the referral rests on."""

    event_number = Text(max=20)
    offence_id = Text(max=40)
    conviction_date = Day()
    summary = LongText()


class OffenceHistorySchema(Schema):
    """What came before."""

    summary = LongText()


class OffenceAnalysisSchema(Schema):
    """Why and against whom; kept to those who work on it."""

    victim_relationship = LongText()
    victim_other = LongText()
    victim_impact = LongText()
    motivation = LongText()
    contributing_issues = LongText()


class ConvictionsSchema(Schema):
    """Convictions that destinations ask for by kind, each now, before, or both."""

    any_listed = Flag()
    hate_crime = some(Choice(*CONVICTED), 2)
    non_sexual_offences_against_children = some(Choice(*CONVICTED), 2)
    contact_sexual_offences_against_adults = some(Choice(*CONVICTED), 2)
    non_contact_sexual_offences_against_adults = some(Choice(*CONVICTED), 2)
    contact_sexual_offences_against_children = some(Choice(*CONVICTED), 2)
    non_contact_sexual_offences_against_children = some(Choice(*CONVICTED), 2)
    arson = Flag()


class OffenceSchema(Schema):
    """Offending, in facts and in the practitioner's words."""

    index = fields.Nested(IndexOffenceSchema)
    history = fields.Nested(OffenceHistorySchema)
    other_information = LongText()
    analysis = fields.Nested(OffenceAnalysisSchema)
    convictions = fields.Nested(ConvictionsSchema)
    registered_sex_offender = Flag()
    terrorism_related = Flag()
    domestic_abuse = Flag()


class LicenceConditionSchema(Schema):
    """One additional condition; who asked for it is a confidence."""

    type = Choice(*LICENCE_CONDITIONS, required=True)
    detail = LongText()
    requested_by = Choice(*CONDITION_REQUESTERS)


class ExclusionZoneSchema(Schema):
    """Where the person may not go: a shape by its postcodes, never whose home it is."""

    label = Text(max=60, required=True)
    postcodes = some(Postcode(), 200)


class CurfewSchema(Schema):
    """When the person must be in."""

    starts_at = TimeOfDay()
    ends_at = TimeOfDay()
    until = Day()


class RecallAlternativeSchema(Schema):
    """Conditions sought instead of recall."""

    requested = Flag()
    detail = LongText()


class LicenceSchema(Schema):
    """The conditions a person is under."""

    conditions = some(fields.Nested(LicenceConditionSchema), 40)
    exclusion_zones = some(fields.Nested(ExclusionZoneSchema), 20)
    curfew = fields.Nested(CurfewSchema)
    recall_alternative = fields.Nested(RecallAlternativeSchema)
    court_orders = some(Text(), 20)


class LocationSchema(Schema):
    """Limits on where the person may live."""

    restrictions = Flag()
    restrictions_detail = LongText()
