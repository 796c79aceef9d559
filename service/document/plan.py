"""Sections of the canonical referral about housing, moving on, what to do when it goes wrong, and sharing."""

from marshmallow import fields

from service.document.forms import AuthorityCode, PostcodeArea, some
from service.document.vocabulary import DTR_OUTCOMES, LEGAL_BASES, MOVE_ON_TYPES
from service.fields import Choice, Day, Flag, LongText, Postcode, Schema, Text
from service.people.rules import Source


class DutyToReferSchema(Schema):
    """The homelessness referral to a local housing authority (in Wales, an application under its own law)."""

    submitted = Flag()
    reference = Text(max=60)
    date = Day()
    local_authority = AuthorityCode()
    outcome = Choice(*DTR_OUTCOMES)
    outcome_other = LongText()


class HousingSchema(Schema):
    """What has been tried to find a home. Whether a commissioned service was asked is known, not asked."""

    dtr = fields.Nested(DutyToReferSchema)
    other_options = Flag()
    other_options_detail = LongText()


class MoveOnSchema(Schema):
    """Where the person goes after a placement."""

    plan_in_place = Flag()
    plan = LongText()
    postcode_area = PostcodeArea()
    accommodation_type = Choice(*MOVE_ON_TYPES)
    accommodation_other = Text()
    home_office_notified = Flag()
    home_office_notified_on = Day()


class ContingencySchema(Schema):
    """What staff do out of hours. Addresses to keep away from are postcodes only, never whose they are."""

    no_return = LongText()
    withdrawn = LongText()
    victims = LongText()
    unsuitable_addresses = some(Postcode(), 50)
    suitable_addresses = LongText()
    breach = LongText()
    other = LongText()
    trigger_plan = Flag()


class PartnerSchema(Schema):
    """Another agency that works with the person."""

    agency_name = Text(required=True)
    contact_name = Text(required=True)
    contact_phone = Text(max=40)
    role = Text(required=True)


class AttachedDocumentSchema(Schema):
    """A document held in another system."""

    id = Text(max=80, required=True)
    description = LongText(max=500)


class ConsentSchema(Schema):
    """The person's consent where a destination needs it. Refusing never blocks a safeguarding check."""

    cas3 = Flag()


class SharingBasisSchema(Schema):
    """Why the information may be shared, and whether the person knows. Telling can endanger somebody."""

    legal_basis = Choice(*LEGAL_BASES, required=True)
    legal_basis_ends = Day()
    person_told = Flag(required=True)
    not_told_reason = LongText()


class ProvenanceSchema(Schema):
    """Where an imported answer came from and how old it is."""

    path = Text(max=120, required=True)
    source = Choice(*Source, required=True)
    dated = Day()
