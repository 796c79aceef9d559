"""Sections of the canonical referral about the person and about the staff who refer and manage them."""

from marshmallow import fields

from service import tenses
from service.document.forms import Email, Region, Section, some
from service.fields import Choice, Count, Crn, Day, Flag, LongText, Text
from service.person_numbers import PoliceNumber, PrisonNumber


class PersonNameSchema(Section):
    """The person's name; it never identifies a record."""

    title = Text(max=35, metadata={"description": "Title, such as Mr or Dr."})
    given = Text(max=100, required=True, metadata={"description": "First name."})
    family = Text(max=100, required=True, metadata={"description": "Surname."})
    aliases = some(Text(max=100), 20, metadata={"description": "Other names and nicknames."})


class PersonHomeSchema(Section):
    """Where the person belongs when there is no address; addresses themselves are records of their own."""

    no_fixed_abode = Flag(metadata={"description": "Whether the person has no fixed address."})
    closest_area = Text(
        metadata={"description": "The area of the strongest links; needed when there is no fixed address."}
    )


class PersonLocationSchema(Section):
    """Where the person is now."""

    type = Choice(
        {"custody": "in custody", "community": "in the community"},
        metadata={"description": "In custody or in the community."},
    )
    prison = Text(metadata={"description": "The prison; needed when the person is in custody."})
    prison_confirmed = Flag(metadata={"description": "Whether the practitioner has confirmed the prison."})


class PersonSchema(Section):
    """Who the person is, and what staff who meet them should know."""

    crn = Crn(required=True, metadata={"description": "The case reference number in probation."})
    noms_number = PrisonNumber(metadata={"description": "The prison number."})
    pnc_number = PoliceNumber(
        metadata={
            "description": "The number on the Police National Computer, kept with its whole year and seven "
            "digits, such as 2009/0187342Q, however it is written."
        }
    )
    visor_reference = Text(max=40, metadata={"description": "The reference in ViSOR; only MAPPA is sent it."})
    name = fields.Nested(PersonNameSchema, required=True, metadata={"description": "The person's name."})
    date_of_birth = Day(tense=tenses.BEEN, metadata={"description": "Date of birth."})
    sex = Choice({"male": "male", "female": "female"}, metadata={"description": "Recorded sex."})
    gender_identity = Text(metadata={"description": "Gender identity."})
    transgender_history = Flag(
        metadata={"description": "Whether the person is transgender or has a transgender history."}
    )
    ethnicity = Text(metadata={"description": "Ethnicity, in words."})
    nationality = Text(metadata={"description": "Nationality."})
    religion_or_belief = Text(metadata={"description": "Religion or belief."})
    disabilities = some(Text(), 20, metadata={"description": "Recorded disabilities."})
    preferred_language = Text(max=60, metadata={"description": "The language the person prefers."})
    interpreter_needed = Flag(metadata={"description": "Whether an interpreter is needed."})
    interpreter_language = Text(
        max=60, metadata={"description": "The language of the interpreter; needed when there is one."}
    )
    phone = Text(max=40, metadata={"description": "The person's own phone number."})
    email = Email(metadata={"description": "The person's own email address."})
    address = fields.Nested(
        PersonHomeSchema,
        metadata={
            "description": "Where the person belongs without an address; addresses are in `addresses`."
        },
    )
    location = fields.Nested(PersonLocationSchema, metadata={"description": "Where the person is now."})
    restricted_record = Flag(
        metadata={"description": "A limited access case, which only named staff may see."}
    )
    religious_cultural_needs = Flag(
        metadata={"description": "Whether there are religious or cultural needs."}
    )
    religious_cultural_needs_detail = LongText(
        metadata={"description": "The needs; for CAS3, needed when there are any."}
    )
    caring_responsibilities = Flag(
        metadata={"description": "Whether the person cares for somebody or has other duties."}
    )
    caring_responsibilities_detail = LongText(
        metadata={"description": "The responsibilities, and when the person is not available."}
    )
    community_support = LongText(metadata={"description": "Who supports the person in the community."})
    local_connections = LongText(metadata={"description": "Ties to a local area."})


class ManagerSchema(Section):
    """The referrer's manager, and when they endorsed the referral."""

    name = Text(metadata={"description": "Full name."})
    email = Email(metadata={"description": "Work email address."})
    phone = Text(max=40, metadata={"description": "Work phone number."})
    endorsed_on = Day(
        tense=tenses.SAID, metadata={"description": "The day the manager endorsed the referral."}
    )


class ReferrerSchema(Section):
    """The referring practitioner, and how to contact them and their manager."""

    name = Text(required=True, metadata={"description": "Full name."})
    email = Email(required=True, metadata={"description": "Work email address."})
    phone = Text(max=40, metadata={"description": "Work phone number."})
    team_phone = Text(max=40, metadata={"description": "The team's phone number."})
    role = Text(metadata={"description": "Job title."})
    agency = Text(metadata={"description": "The referring agency, such as the Probation Service."})
    pdu = Text(metadata={"description": "The probation delivery unit."})
    region = Region(
        metadata={"description": "Probation region, by nDelius code, letter or name; stored as the code."}
    )
    office = Text(metadata={"description": "The probation office, when the referrer works in one."})
    establishment = Text(metadata={"description": "The prison, when the referrer works in one."})
    location_type = Choice(
        {"establishment": "a prison", "probation_office": "a probation office"},
        metadata={"description": "Where the referrer works."},
    )
    manager = fields.Nested(ManagerSchema, metadata={"description": "The referrer's manager."})


class CaseManagerSchema(Section):
    """Who manages the case, when it is not the referrer."""

    is_referrer = Flag(metadata={"description": "Whether the referrer manages the case."})
    name = Text(metadata={"description": "Full name; needed when the referrer does not manage the case."})
    email = Email(metadata={"description": "Work email address."})
    phone = Text(max=40, metadata={"description": "Work phone number."})
    team_phone = Text(max=40, metadata={"description": "The team's phone number."})


class LengthSchema(Section):
    """A length of time, in the parts that the court gave."""

    years = Count(max=99, metadata={"description": "Whole years."})
    months = Count(max=999, metadata={"description": "Whole months."})
    weeks = Count(max=999, metadata={"description": "Whole weeks."})
    days = Count(max=9999, metadata={"description": "Whole days."})
