"""Sections of the canonical referral about the people around the person, and about addresses.

They are records with a source, not a paragraph: checks are raised from them.
"""

from typing import Any, Final

from marshmallow import ValidationError, fields, validates_schema

from service import tenses
from service.document.forms import AddressLine, AuthorityCode, Force, Reference, Section, some
from service.document.vocabulary import CONTACT_KINDS, RECORDED, RELATIONSHIPS
from service.fields import Choice, Count, Day, Flag, Postcode, Text
from service.people.rules import ADDRESS_KINDS, CHANGES_OF_ADDRESS, DETAILS_STATUSES, OLDEST, SOURCES
from service.people.schemas.verification import SAID_IN_A_DOCUMENT


class ContactSchema(Section):
    """A child, partner, ex-partner, victim, relative or member of the household."""

    ref = Reference(
        required=True,
        metadata={"description": "A name of your own for this contact; other entries point to it."},
    )
    relationship = Choice(RELATIONSHIPS, required=True, metadata={"description": "To the person."})
    is_child = Flag(
        metadata={"description": "Under 18; when not given, the date of birth or the relationship decides."}
    )
    is_victim = Flag(metadata={"description": "A victim of the person; the details are then restricted."})
    given_name = Text(max=100, metadata={"description": "First name."})
    family_name = Text(max=100, metadata={"description": "Surname."})
    aliases = some(Text(max=100), 20, metadata={"description": "Other names the contact goes by."})
    phone = Text(
        max=40,
        metadata={"description": "The contact's telephone number; no destination or agency is sent it."},
    )
    date_of_birth = Day(
        tense=tenses.BORN, metadata={"description": "Date of birth; an unborn child has `due_date` instead."}
    )
    due_date = Day(
        tense=tenses.PREGNANCY, metadata={"description": "When the child is due; for an unborn child only."}
    )
    estimated_age = Count(
        max=OLDEST,
        metadata={"description": "How old the contact looks, in years, when the date of birth is not known."},
    )
    description = Text(
        max=500,
        metadata={
            "description": "What the contact can be recognised by, when the name is not known. A child is "
            "asked about by it; no destination is sent it."
        },
    )
    mother_ref = Reference(
        metadata={"description": "The `ref` of the contact who is the mother of a child, born or not."}
    )
    details_status = Choice(
        DETAILS_STATUSES, required=True, metadata={"description": "Why the details are or are not given."}
    )
    lives_at = Reference(metadata={"description": "The `ref` of the address where the contact lives."})
    contact = Choice(
        CONTACT_KINDS, load_default="not_known", metadata={"description": "Contact with the person."}
    )
    local_authority = AuthorityCode(
        metadata={"description": "The local authority where the contact lives, by ONS code."}
    )
    source = Choice(
        SOURCES,
        load_default="practitioner",
        metadata={"description": "Who or which record the details come from."},
    )
    verified = Flag(
        load_default=False, metadata={"description": f"Whether the details are {SAID_IN_A_DOCUMENT}"}
    )


class HouseholdSchema(Section):
    """The people around the person. No answer about children is `not_recorded`, never `no`."""

    children = Choice(
        RECORDED,
        load_default="not_recorded",
        metadata={"description": "Whether there are children in the person's life."},
    )
    contacts = some(
        fields.Nested(ContactSchema),
        60,
        load_default=list,
        metadata={"description": "The people around the person, at most 60."},
    )


_HAS_BEGUN: Final = Day(tense=tenses.BEEN)


class AddressSchema(Section):
    """An address that matters. A check goes to its police force and local authority."""

    ref = Reference(
        required=True, metadata={"description": "A name of your own for this address; contacts point to it."}
    )
    kind = Choice(
        ADDRESS_KINDS, required=True, metadata={"description": "What the address is to the person."}
    )
    lines = some(
        AddressLine(),
        6,
        required=True,
        metadata={"description": "The lines of the address, without the postcode."},
    )
    postcode = Postcode(metadata={"description": "The postcode of the address."})
    police_force = Force(metadata={"description": "The police force for the area, by its code or name."})
    local_authority = AuthorityCode(metadata={"description": "The local authority, by ONS code."})
    from_ = Day(
        tense=tenses.PAST_OR_PLANNED,
        data_key="from",
        attribute="from",
        metadata={"description": "The first day the address applies."},
    )
    to = Day(tense=tenses.PAST_OR_PLANNED, metadata={"description": "The last day the address applies."})
    contact_ref = Reference(metadata={"description": "The `ref` of the contact whose home this is."})
    because = Choice(
        CHANGES_OF_ADDRESS,
        metadata={
            "description": "Why the place under this `ref` is another than before. When you do not say, "
            "whoever lived there moved; an address where nobody lived was never so. It is not stored."
        },
    )
    moved_on = Day(
        tense=tenses.BEEN,
        metadata={"description": "The day of the move; today when it is left out. It is not stored."},
    )
    source = Choice(
        SOURCES,
        load_default="practitioner",
        metadata={"description": "Who or which record the address comes from."},
    )
    verified = Flag(
        load_default=False, metadata={"description": f"Whether the address is {SAID_IN_A_DOCUMENT}"}
    )

    @validates_schema(skip_on_field_errors=True)
    def _moves_on_a_day(self, data: dict[str, Any], **_: Any) -> None:
        if "moved_on" in data and data.get("because") != "moved":
            raise ValidationError({"moved_on": ["Belongs to a move."]})

    @validates_schema(skip_on_field_errors=True)
    def _is_lived_at(self, data: dict[str, Any], **_: Any) -> None:
        # Whoever will live there is asked about as `proposed_release` or `move_on`, and lives elsewhere now.
        if data.get("kind") == "current" and "from" in data:
            try:
                _HAS_BEGUN.within_tense(data["from"])
            except ValidationError as fault:
                raise ValidationError(fault.messages, "from") from None
