"""Sections of the canonical referral about the offence, the sentence, the release and the licence."""

from marshmallow import fields

from service import tenses
from service.document.forms import Section, TimeOfDay, some
from service.document.person import LengthSchema
from service.document.vocabulary import (
    CONDITION_REQUESTERS,
    CONVICTED,
    LICENCE_CONDITIONS,
    RELEASE_TYPES,
    SENTENCE_TYPES,
)
from service.fields import Choice, Day, Flag, LongText, Postcode, Text


class SentenceSchema(Section):
    """The sentence and its dates. Give only the dates that apply."""

    type = Choice(SENTENCE_TYPES, metadata={"description": "The kind of sentence or order."})
    length = fields.Nested(LengthSchema, metadata={"description": "The length in the parts the court gave."})
    expiry_date = Day(tense=tenses.TERM, metadata={"description": "The day the sentence ends."})
    licence_expiry_date = Day(tense=tenses.TERM, metadata={"description": "The day the licence ends."})
    parole_eligibility_date = Day(
        tense=tenses.TERM, metadata={"description": "The first day the person may be released on parole."}
    )
    hdc_date = Day(tense=tenses.TERM, metadata={"description": "The day home detention curfew may start."})
    pss_start_date = Day(
        tense=tenses.TERM, metadata={"description": "The first day of post-sentence supervision."}
    )
    pss_end_date = Day(
        tense=tenses.TERM, metadata={"description": "The last day of post-sentence supervision."}
    )


class ReleasePeriodSchema(Section):
    """One release or licence, with its dates."""

    type = Choice(RELEASE_TYPES, required=True, metadata={"description": "The kind of release or licence."})
    start_date = Day(tense=tenses.TERM, metadata={"description": "The first day of this period."})
    end_date = Day(tense=tenses.TERM, metadata={"description": "The last day of this period."})


class OralHearingSchema(Section):
    """A parole hearing."""

    date_known = Flag(metadata={"description": "Whether the date of the hearing is known."})
    date = Day(
        tense=tenses.PLAN, metadata={"description": "The day of the hearing; needed when it is known."}
    )


class ReleaseSchema(Section):
    """When and how the person is released."""

    releases = some(
        fields.Nested(ReleasePeriodSchema),
        6,
        metadata={"description": "Releases or licences that apply; approved premises are sent the first."},
    )
    date_known = Flag(metadata={"description": "Whether the release date is known."})
    date = Day(tense=tenses.TERM, metadata={"description": "The day of release; needed when it is known."})
    date_unknown_reason = LongText(metadata={"description": "Why the release date is not known."})
    oral_hearing = fields.Nested(OralHearingSchema, metadata={"description": "The parole hearing."})
    expected_office = Text(
        metadata={"description": "The probation office that will supervise the person after release."}
    )
    expected_office_unknown_reason = LongText(metadata={"description": "Why the office is not known."})


class IndexOffenceSchema(Section):
    """The offence behind the referral."""

    event_number = Text(max=20, metadata={"description": "The number of the event in nDelius."})
    offence_id = Text(max=40, metadata={"description": "The offence in nDelius."})
    conviction_date = Day(
        tense=tenses.LIFE, metadata={"description": "The day of the conviction or caution."}
    )
    summary = LongText(
        metadata={"description": "What happened, without the name or whereabouts of a victim."}
    )


class OffenceHistorySchema(Section):
    """Previous offending."""

    summary = LongText(metadata={"description": "Previous offences and any pattern."})


class OffenceAnalysisSchema(Section):
    """Why the person offended, and against whom. CRS and CAS3 are not sent it."""

    victim_relationship = LongText(metadata={"description": "The victim's relationship to the person."})
    victim_other = LongText(metadata={"description": "Other information about the victim."})
    victim_impact = LongText(metadata={"description": "The effect on the victim."})
    motivation = LongText(metadata={"description": "Motivation and triggers."})
    contributing_issues = LongText(metadata={"description": "Issues that contribute to the risk."})


class ConvictionsSchema(Section):
    """Convictions by kind: current, previous or both."""

    any_listed = Flag(
        metadata={"description": "Whether there is a conviction of any kind below except arson."}
    )
    hate_crime = some(Choice(CONVICTED), 2, metadata={"description": "Hate crime."})
    non_sexual_offences_against_children = some(
        Choice(CONVICTED), 2, metadata={"description": "Non-sexual offences against children."}
    )
    contact_sexual_offences_against_adults = some(
        Choice(CONVICTED), 2, metadata={"description": "Contact sexual offences against adults."}
    )
    non_contact_sexual_offences_against_adults = some(
        Choice(CONVICTED), 2, metadata={"description": "Non-contact sexual offences against adults."}
    )
    contact_sexual_offences_against_children = some(
        Choice(CONVICTED), 2, metadata={"description": "Contact sexual offences against children."}
    )
    non_contact_sexual_offences_against_children = some(
        Choice(CONVICTED), 2, metadata={"description": "Non-contact sexual offences against children."}
    )
    arson = Flag(metadata={"description": "Whether the person was ever convicted of arson."})


class OffenceSchema(Section):
    """Offending, in facts and in the practitioner's words."""

    index = fields.Nested(IndexOffenceSchema, metadata={"description": "The offence behind this referral."})
    history = fields.Nested(OffenceHistorySchema, metadata={"description": "Previous offending."})
    other_information = LongText(metadata={"description": "Other information about offending."})
    analysis = fields.Nested(
        OffenceAnalysisSchema, metadata={"description": "Why the person offended, and the victim."}
    )
    convictions = fields.Nested(ConvictionsSchema, metadata={"description": "Convictions by kind."})
    registered_sex_offender = Flag(
        metadata={"description": "Whether the person must notify the police as a sex offender."}
    )
    terrorism_related = Flag(
        metadata={"description": "Whether the offence or the risk is related to terrorism."}
    )
    domestic_abuse = Flag(metadata={"description": "Whether the person is a perpetrator of domestic abuse."})


class LicenceConditionSchema(Section):
    """One additional licence condition. Who asked for it is a confidence."""

    type = Choice(LICENCE_CONDITIONS, required=True, metadata={"description": "The kind of condition."})
    detail = LongText(metadata={"description": "What the condition says."})
    requested_by = Choice(
        CONDITION_REQUESTERS, metadata={"description": "Who asked for the condition; only MAPPA is sent it."}
    )


class ExclusionZoneSchema(Section):
    """An area that the person must not enter, as postcodes. Never say whose home is in it."""

    label = Text(
        max=60,
        required=True,
        metadata={"description": "A short name that says nothing about who lives there."},
    )
    postcodes = some(
        Postcode(), 200, metadata={"description": "Postcodes that make up the zone; never one home alone."}
    )


class CurfewSchema(Section):
    """The hours when the person must be indoors."""

    starts_at = TimeOfDay(metadata={"description": "When the curfew starts each day, on a 24-hour clock."})
    ends_at = TimeOfDay(metadata={"description": "When the curfew ends each day, on a 24-hour clock."})
    until = Day(tense=tenses.TERM, metadata={"description": "The last day of the curfew."})


class RecallAlternativeSchema(Section):
    """Conditions sought instead of recall."""

    requested = Flag(metadata={"description": "Whether additional conditions are sought instead of recall."})
    detail = LongText(metadata={"description": "The conditions sought."})


class LicenceSchema(Section):
    """The conditions a person is under."""

    conditions = some(
        fields.Nested(LicenceConditionSchema), 40, metadata={"description": "Additional licence conditions."}
    )
    exclusion_zones = some(
        fields.Nested(ExclusionZoneSchema),
        20,
        metadata={"description": "Areas that the person must not enter."},
    )
    curfew = fields.Nested(
        CurfewSchema, metadata={"description": "Hours during which the person must be indoors."}
    )
    recall_alternative = fields.Nested(
        RecallAlternativeSchema, metadata={"description": "Conditions sought instead of recall."}
    )
    court_orders = some(Text(), 20, metadata={"description": "Civil and protective orders in force."})


class LocationSchema(Section):
    """Limits on where the person may live."""

    restrictions = Flag(metadata={"description": "Whether there are limits on where the person may live."})
    restrictions_detail = LongText(metadata={"description": "The limits; needed when there are any."})
