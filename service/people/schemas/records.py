"""How a person, contacts, addresses and assessments look on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.http import list_schema
from service.people.rules import (
    ADDRESS_KINDS,
    DETAILS_STATUSES,
    GROUPS_AT_RISK,
    LEVELS,
    RELATIONSHIPS,
    SOURCES,
)
from service.people.sameness import ALIKE_BECAUSE
from service.people.schemas.one_person import MayBeView, MergedView
from service.people.schemas.verification import VerificationView
from service.person_numbers import PoliceNumber, PrisonNumber

_LIVES_AT = "The address where the contact lives, by its id under `/addresses`; null if not known."
_HELD = "The held record of the CRN; false for a side record, which stands beside it."
_VERIFIED: Final = (
    "It is true only while `verification` says how, by whom and when, and nothing has ended it."
)
_CHANGED_AT: Final = "When it last changed, besides how it was verified."
_VERIFICATION: Final = "How it was verified, by whom and who was seen; null if nobody has said so."
CHILDREN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "yes": "there are children in the person's life",
        "no": "there are none; the question was asked",
        "not_recorded": "no answer is recorded; it never counts as no",
    }
)
"""Whether there are children in a person's life."""


FOUND_BY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "crn": "its CRN",
        "noms_number": "its prison number",
        "pnc_number": "its number on the Police National Computer",
        "former_crn": "the CRN of a record that was merged into it",
        "former_noms_number": "a prison number that stood on it before",
        "former_pnc_number": "a number on the Police National Computer that stood on it before",
        "name_and_birth": "the name and the date of birth",
    }
)
"""By what a search finds somebody."""


class NameView(fields.View):
    """The person's names; never a key."""

    title = fields.Text(allow_none=True, metadata={"description": "Title, such as Mr; null without one."})
    given = fields.Text(metadata={"description": "First name."})
    family = fields.Text(metadata={"description": "Surname."})
    aliases = plain.List(fields.Text(), metadata={"description": "Other names the person uses or used."})


class RoshView(fields.View):
    """The level of risk of serious harm to each group that has been assessed."""

    sometimes = ("children", "public", "known_adult", "staff", "prisoners")

    children = fields.Choice(
        LEVELS, metadata={"description": "The level of risk to children; absent if not assessed."}
    )
    public = fields.Choice(
        LEVELS, metadata={"description": "The level of risk to the public; absent if not assessed."}
    )
    known_adult = fields.Choice(
        LEVELS, metadata={"description": "The level of risk to a known adult; absent if not assessed."}
    )
    staff = fields.Choice(
        LEVELS, metadata={"description": "The level of risk to staff; absent if not assessed."}
    )
    prisoners = fields.Choice(
        LEVELS, metadata={"description": "The level of risk to other prisoners; absent if not assessed."}
    )


class PersonView(fields.View):
    """A person on probation, as recorded now."""

    id = fields.Identifier(metadata={"description": "The id of the person."})
    href = fields.Text(metadata={"description": "The address of the person."})
    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    noms_number = fields.Text(
        allow_none=True, metadata={"description": "The prison number; null if not known."}
    )
    pnc_number = fields.Text(
        allow_none=True, metadata={"description": "The Police National Computer number; null if not known."}
    )
    name = plain.Nested(NameView, metadata={"description": "The person's names."})
    date_of_birth = fields.Day(allow_none=True, metadata={"description": "Date of birth; null if not known."})
    sex = fields.Text(
        allow_none=True, metadata={"description": "Sex, as recorded in the referral; null if not recorded."}
    )
    held = fields.Flag(metadata={"description": _HELD})
    restricted = fields.Flag(
        metadata={"description": "A limited access case: only named staff may know of it."}
    )
    region = fields.Text(
        allow_none=True,
        metadata={"description": "The probation region that holds the record; null without one."},
    )
    children = fields.Choice(
        CHILDREN, metadata={"description": "Whether there are children in the person's life."}
    )
    children_asked_at = fields.Moment(
        allow_none=True,
        metadata={
            "description": "Since when you are asked again whether there are children, after a change that "
            "brought people into the case; null while you are not."
        },
    )
    died_on = fields.Day(
        allow_none=True, metadata={"description": "The day on which the person died; null while they live."}
    )
    same_as = plain.Nested(
        MergedView,
        allow_none=True,
        metadata={"description": "The record that stands for this one, if this is an alias; null if not."},
    )
    stands_for = plain.List(
        plain.Nested(MergedView),
        metadata={"description": "The records of other CRNs of this person, for which this one stands."},
    )
    may_be = plain.List(
        plain.Nested(MayBeView),
        metadata={
            "description": "Other records of your region that may be this person's, by a number, until a "
            "manager decides."
        },
    )
    rosh = plain.Nested(
        RoshView, metadata={"description": "The level of risk of serious harm to each group."}
    )
    rosh_highest = fields.Choice(
        LEVELS,
        allow_none=True,
        metadata={"description": "The highest of the levels in `rosh`; null if none is assessed."},
    )
    version = fields.Count(
        allow_none=True,
        metadata={"description": "Rises by one with every change; null if you see only parts of the record."},
    )
    recorded_at = fields.Moment(metadata={"description": "When it was first recorded."})
    changed_at = fields.Moment(
        allow_none=True,
        metadata={"description": "When it last changed; null if you see only parts of the record."},
    )


BY_NAME: Final = {"name", "date_of_birth"}
"""What a search by name takes, both of them."""


class SearchedName(fields.Schema):
    """A name as it is on record; capitals make no difference."""

    given = fields.Text(required=True, metadata={"description": "First name."})
    family = fields.Text(required=True, metadata={"description": "Surname."})


class PersonSearch(fields.Schema):
    """Whom to search for: one number, or a name and a date of birth, exactly as on record."""

    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    noms_number = PrisonNumber(metadata={"description": "The prison number."})
    pnc_number = PoliceNumber(metadata={"description": "The number on the Police National Computer."})

    name = plain.Nested(
        SearchedName, metadata={"description": "Name, with `date_of_birth`: for officers on duty."}
    )
    date_of_birth = fields.Day(tense=tenses.BEEN, metadata={"description": "Date of birth, with `name`."})

    @validates_schema(skip_on_field_errors=True)
    def _one_way(self, given: Mapping[str, Any], **_: Any) -> None:
        if len(given.keys() - BY_NAME) != 1 and given.keys() != BY_NAME:
            raise ValidationError(
                "Search by one number (crn, noms_number or pnc_number), or by name and date_of_birth."
            )
        if given.keys() & BY_NAME and given.keys() != BY_NAME:
            raise ValidationError("Give the name and the date of birth, and no number.")


class FoundPersonView(fields.View):
    """A person whom a search found."""

    id = fields.Identifier(metadata={"description": "The id of the person."})
    href = fields.Text(metadata={"description": "The address of the person."})
    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    name = plain.Nested(NameView, metadata={"description": "The person's names."})
    date_of_birth = fields.Day(allow_none=True, metadata={"description": "Date of birth; null if not known."})
    held = fields.Flag(metadata={"description": _HELD})
    restricted = fields.Flag(
        metadata={"description": "A limited access case: only named staff may know of it."}
    )
    region = fields.Text(
        allow_none=True,
        metadata={"description": "The probation region that holds the record; null without one."},
    )
    found_by = fields.Choice(FOUND_BY, metadata={"description": "By what the search found the record."})


class PersonSearchResult(fields.View):
    """The people whom a search found."""

    found = plain.List(
        plain.Nested(FoundPersonView), metadata={"description": "Those found, the oldest record first."}
    )


class AlikeView(fields.View):
    """Another contact who may be the same person, and what was decided about that."""

    contact_id = fields.Identifier(metadata={"description": "The other contact, by its id."})
    because = fields.Choice(ALIKE_BECAUSE, metadata={"description": "Why you are asked."})
    same = fields.Flag(
        allow_none=True,
        metadata={"description": "Whether they are the same person; null until somebody has decided."},
    )
    reason = fields.Text(allow_none=True, metadata={"description": "Why it was decided so; null until then."})
    decided_by = fields.Text(
        allow_none=True,
        metadata={"description": "The practitioner, by the case system's id; null until then."},
    )
    decided_at = fields.Moment(
        allow_none=True, metadata={"description": "When it was decided; null until then."}
    )


class EnteredInErrorView(fields.View):
    """That a contact or an address should never have been recorded: it counts for nothing, and is kept."""

    reason = fields.Text(metadata={"description": "Why, in the practitioner's words."})
    entered_by = fields.Text(metadata={"description": "The practitioner, by the case system's id."})
    entered_at = fields.Moment(metadata={"description": "When it was recorded."})


_IN_ERROR: Final = "That it was entered in error, why and by whom; null while it counts."


class ContactView(fields.View):
    """A person around the person on probation, as recorded now."""

    id = fields.Identifier(metadata={"description": "The id of the contact."})
    href = fields.Text(metadata={"description": "The address of the contact."})
    ref = fields.Text(metadata={"description": "The name that the submission gave the contact."})
    relationship = fields.Choice(
        {code: relationship.meaning for code, relationship in RELATIONSHIPS.items()},
        metadata={"description": "To the person on probation."},
    )
    is_child = fields.Flag(
        metadata={"description": "Under 18, not yet born, or treated as a child until the age is known."}
    )
    protected = fields.Flag(metadata={"description": "A victim or former partner: shown to no destination."})
    contact_kind = fields.Text(
        allow_none=True,
        metadata={"description": "The contact with the person, such as `supervised`; null if not recorded."},
    )
    details_status = fields.Choice(
        DETAILS_STATUSES,
        metadata={"description": "Whether name and date are on record, and if not, why not."},
    )
    given_name = fields.Text(allow_none=True, metadata={"description": "First name; null if not known."})
    family_name = fields.Text(allow_none=True, metadata={"description": "Surname; null if not known."})
    aliases = plain.List(
        fields.Text(),
        allow_none=True,
        metadata={"description": "Other names the contact goes by; null if not recorded."},
    )
    phone = fields.Text(
        allow_none=True, metadata={"description": "A telephone number; null if not recorded."}
    )
    date_of_birth = fields.Day(allow_none=True, metadata={"description": "Date of birth; null if not known."})
    due_date = fields.Day(
        allow_none=True, metadata={"description": "When an unborn child is due; null otherwise."}
    )
    estimated_age = fields.Count(
        allow_none=True,
        metadata={"description": "How old the contact looks, in years; null if not recorded."},
    )
    description = fields.Text(
        allow_none=True,
        metadata={"description": "What the contact can be recognised by; null if not recorded."},
    )
    mother_id = fields.Identifier(
        allow_none=True,
        metadata={
            "description": "The contact who is the mother of a child, by its id; null if not recorded."
        },
    )
    lives_at = fields.Identifier(allow_none=True, metadata={"description": _LIVES_AT})
    local_authority = fields.Text(
        allow_none=True,
        metadata={
            "description": "The local authority where the contact lives, by ONS code; null if not known."
        },
    )
    source = fields.Choice(
        SOURCES,
        allow_none=True,
        metadata={"description": "Who or which record it was learned from; null if not recorded."},
    )
    verified = fields.Flag(
        allow_none=True,
        metadata={"description": f"Whether the details are verified; null if not recorded. {_VERIFIED}"},
    )
    verification = plain.Nested(VerificationView, allow_none=True, metadata={"description": _VERIFICATION})
    ref_left = fields.Flag(
        metadata={"description": "Whether `ref` names another contact now, who was recorded later."}
    )
    alike = plain.Nested(
        AlikeView,
        allow_none=True,
        metadata={
            "description": "Another contact who may be the same person; null when there is none. Decide "
            "it with `POST .../same-person`."
        },
    )
    entered_in_error = plain.Nested(EnteredInErrorView, allow_none=True, metadata={"description": _IN_ERROR})
    version = fields.Count(metadata={"description": "Rises by one with every change."})
    etag = fields.Text(metadata={"description": "Send it as `If-Match` when you supply details."})
    recorded_at = fields.Moment(metadata={"description": "When it was first recorded."})
    changed_at = fields.Moment(metadata={"description": _CHANGED_AT})


ContactList = list_schema("ContactList", ContactView, "The contacts of a person, in the order asked for.")


class AddressView(fields.View):
    """An address in the person's life, as recorded now."""

    id = fields.Identifier(metadata={"description": "The id of the address."})
    href = fields.Text(metadata={"description": "The path of the address."})
    ref = fields.Text(metadata={"description": "The name that the submission gave the address."})
    kind = fields.Choice(ADDRESS_KINDS, metadata={"description": "What the address is to the person."})
    contact_id = fields.Identifier(
        allow_none=True,
        metadata={"description": "The contact whose address it is; null if it belongs to no contact."},
    )
    protected = fields.Flag(
        metadata={"description": "Shows where a victim or former partner is: shown to no destination."}
    )
    lines = plain.List(
        fields.Text(),
        allow_none=True,
        metadata={"description": "The lines of the address, without the postcode; null if not known."},
    )
    postcode = fields.Text(allow_none=True, metadata={"description": "The postcode; null if not known."})
    police_force = fields.Text(
        allow_none=True, metadata={"description": "The police force of the area, by code; null if not known."}
    )
    local_authority = fields.Text(
        allow_none=True,
        metadata={"description": "The local authority of the area, by ONS code; null if not known."},
    )
    from_date = fields.Day(
        allow_none=True, metadata={"description": "The first day the address applies; null if not known."}
    )
    to_date = fields.Day(
        allow_none=True,
        metadata={"description": "The last day the address applies; null if not known or open."},
    )
    source = fields.Choice(
        SOURCES,
        allow_none=True,
        metadata={"description": "Who or which record it was learned from; null if not recorded."},
    )
    verified = fields.Flag(
        allow_none=True,
        metadata={"description": f"Whether the address is verified; null if not recorded. {_VERIFIED}"},
    )
    verification = plain.Nested(VerificationView, allow_none=True, metadata={"description": _VERIFICATION})
    entered_in_error = plain.Nested(EnteredInErrorView, allow_none=True, metadata={"description": _IN_ERROR})
    etag = fields.Text(metadata={"description": "Send it as `If-Match` when you correct the address."})
    version = fields.Count(metadata={"description": "Rises by one with every change."})
    recorded_at = fields.Moment(metadata={"description": "When it was first recorded."})
    changed_at = fields.Moment(metadata={"description": _CHANGED_AT})


AddressList = list_schema(
    "AddressList",
    AddressView,
    "The addresses of a person, in the order asked for.",
    counted=ADDRESS_KINDS,
    by="kind",
)


class AssessmentView(fields.View):
    """One judgement of the risk of serious harm to one group; it is never changed."""

    id = fields.Identifier(metadata={"description": "The id of the assessment."})
    group_at_risk = fields.Choice(GROUPS_AT_RISK, metadata={"description": "The group at risk."})
    level = fields.Choice(LEVELS, metadata={"description": "The level of risk."})
    previous_level = fields.Choice(
        LEVELS, allow_none=True, metadata={"description": "The level before; null for the first judgement."}
    )
    who = fields.LongText(allow_none=True, metadata={"description": "Who is at risk; null if not recorded."})
    nature = fields.LongText(
        allow_none=True, metadata={"description": "What harm could happen; null if not recorded."}
    )
    imminence = fields.LongText(
        allow_none=True, metadata={"description": "When it is likely to happen; null if not recorded."}
    )
    factors = plain.List(
        fields.Text(),
        allow_none=True,
        metadata={"description": "What makes it more or less likely; null if not recorded."},
    )
    reason = fields.LongText(
        allow_none=True, metadata={"description": "Why the level is what it is; null if not recorded."}
    )
    evidence = fields.LongText(
        allow_none=True, metadata={"description": "What supports a lower level; null if none was needed."}
    )
    source = fields.Text(
        allow_none=True,
        metadata={"description": "What the judgement came with, such as a referral; null if not recorded."},
    )
    author = fields.Text(
        allow_none=True,
        metadata={
            "description": "The practitioner who recorded it, by the case system's id; null if not recorded."
        },
    )
    manager = fields.Text(
        allow_none=True,
        metadata={
            "description": "The manager who decided, by the case system's id; null if no manager was needed."
        },
    )
    recorded_at = fields.Moment(metadata={"description": "When it was recorded."})


RoshAssessmentList = list_schema(
    "RoshAssessmentList",
    AssessmentView,
    "The risk of serious harm assessments of a person, in the order they were made.",
)
