"""Sections of the canonical referral about the people around the person, and about addresses.

They are records with a source, not a paragraph: checks are raised from them.
"""

from marshmallow import fields

from service.document.forms import AuthorityCode, Code, Reference, some
from service.document.vocabulary import (
    ADDRESS_KINDS,
    CONTACT_KINDS,
    DETAILS_STATUSES,
    RECORDED,
    RELATIONSHIPS,
)
from service.fields import Choice, Day, Flag, Postcode, Schema, Text
from service.people.rules import Source


class ContactSchema(Schema):
    """A child, partner, ex-partner, victim, relative or member of the household."""

    ref = Reference(required=True)
    relationship = Choice(*RELATIONSHIPS, required=True)
    is_child = Flag()
    is_victim = Flag()
    given_name = Text(max=100)
    family_name = Text(max=100)
    date_of_birth = Day()
    due_date = Day()
    details_status = Choice(*DETAILS_STATUSES, required=True)
    lives_at = Reference()
    contact = Choice(*CONTACT_KINDS, load_default="not_known")
    local_authority = AuthorityCode()
    source = Choice(*Source, load_default="practitioner")
    verified = Flag(load_default=False)


class HouseholdSchema(Schema):
    """Who is around the person. No answer about children is `not_recorded`, never "no children"."""

    children = Choice(*RECORDED, load_default="not_recorded")
    contacts = some(fields.Nested(ContactSchema), 60, load_default=list)


class AddressSchema(Schema):
    """A place that matters, whose police force and local authority a check would go to."""

    ref = Reference(required=True)
    kind = Choice(*ADDRESS_KINDS, required=True)
    lines = some(Text(max=100), 6, required=True)
    postcode = Postcode()
    police_force = Code()
    local_authority = AuthorityCode()
    from_ = Day(data_key="from", attribute="from")
    to = Day()
    contact_ref = Reference()
    source = Choice(*Source, load_default="practitioner")
    verified = Flag(load_default=False)
