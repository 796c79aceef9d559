"""Sections of the canonical referral about the person and about the staff who refer and manage them."""

from marshmallow import fields

from service.document.forms import Code, Email, Region, some
from service.fields import Choice, Count, Crn, Day, Flag, LongText, Schema, Text


class PersonNameSchema(Schema):
    """What the person is called; never a key."""

    title = Text(max=35)
    given = Text(max=100, required=True)
    family = Text(max=100, required=True)
    aliases = some(Text(max=100), 20)


class PersonHomeSchema(Schema):
    """Where the person belongs when there is no address; addresses themselves are records of their own."""

    no_fixed_abode = Flag()
    closest_area = Text()


class PersonLocationSchema(Schema):
    """Where the person is now."""

    type = Choice("custody", "community")
    prison = Text()
    prison_confirmed = Flag()


class PersonSchema(Schema):
    """Who the person is, and what anybody who meets them should know."""

    crn = Crn(required=True)
    noms_number = Code()
    pnc_number = Text(max=20)
    visor_reference = Text(max=40)
    name = fields.Nested(PersonNameSchema, required=True)
    date_of_birth = Day()
    sex = Choice("male", "female")
    gender_identity = Text()
    transgender_history = Flag()
    ethnicity = Text()
    nationality = Text()
    religion_or_belief = Text()
    disabilities = some(Text(), 20)
    preferred_language = Text(max=60)
    interpreter_needed = Flag()
    interpreter_language = Text(max=60)
    phone = Text(max=40)
    email = Email()
    address = fields.Nested(PersonHomeSchema)
    location = fields.Nested(PersonLocationSchema)
    restricted_record = Flag()
    religious_cultural_needs = Flag()
    religious_cultural_needs_detail = LongText()
    caring_responsibilities = Flag()
    caring_responsibilities_detail = LongText()
    community_support = LongText()
    local_connections = LongText()


class ManagerSchema(Schema):
    """The referrer's manager, and when they endorsed the referral."""

    name = Text()
    email = Email()
    phone = Text(max=40)
    endorsed_on = Day()


class ReferrerSchema(Schema):
    """Who refers, and how to reach them and their manager."""

    name = Text(required=True)
    email = Email(required=True)
    phone = Text(max=40)
    team_phone = Text(max=40)
    role = Text()
    agency = Text()
    pdu = Text()
    region = Region()
    office = Text()
    establishment = Text()
    location_type = Choice("establishment", "probation_office")
    manager = fields.Nested(ManagerSchema)


class CaseManagerSchema(Schema):
    """Who manages the case, when it is not the referrer."""

    is_referrer = Flag()
    name = Text()
    email = Email()
    phone = Text(max=40)
    team_phone = Text(max=40)


class LengthSchema(Schema):
    """A length of time in the parts in which a court gives it."""

    years = Count(max=99)
    months = Count(max=999)
    weeks = Count(max=999)
    days = Count(max=9999)
