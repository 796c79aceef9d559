"""Whom and what an agency is told of in a question."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields

from service.fields import Choice, Count, Day, Identifier, Text, View

SUBJECT_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"person": "the person on probation", "contact": "a contact", "address": "an address"}
)
"""What a request can be about."""


class CheckSubjectPerson(View):
    """The person on probation that a request is about."""

    sometimes = ("pnc_number", "noms_number", "aliases", "sex")

    id = Identifier(metadata={"description": "The id of the person in this request; use it in your answer."})
    given_name = Text(
        allow_none=True, metadata={"description": "First name; null if not known, or kept apart."}
    )
    family_name = Text(
        allow_none=True, metadata={"description": "Surname; null if not known, or kept apart."}
    )
    aliases = fields.List(
        Text(), metadata={"description": "Other names; absent from a version of before they were sent."}
    )
    date_of_birth = Day(
        allow_none=True, metadata={"description": "Date of birth; null if not known, or kept apart."}
    )
    sex = Text(
        allow_none=True,
        metadata={"description": "Null if not known; absent from a version of before it was sent."},
    )
    pnc_number = Text(
        allow_none=True,
        metadata={"description": "Police National Computer number; absent for children's services."},
    )
    noms_number = Text(
        allow_none=True, metadata={"description": "Prison number; absent for children's services."}
    )


class ChildsParentView(View):
    """Somebody of the request who is a parent of a child."""

    kind = Choice(
        {"person": "the person on probation", "contact": "a contact of the request"},
        metadata={"description": "Which of the request's people it is."},
    )
    id = Identifier(metadata={"description": "The id, as in the rest of the question."})


class CheckSubjectContact(View):
    """Another person that a request is about: a partner for the police, a child for children's services.

    Who a victim or a former partner is is kept apart. The agency asked reads it in the `document`, and
    probation in the history of the check; where a result says whom it was `about`, it is null.
    """

    sometimes = (
        "aliases", "due_date", "estimated_age", "description", "identified_by", "parents", "lives_at",
        "lived_at", "mother_id",
    )  # fmt: skip

    id = Identifier(metadata={"description": "The id of the contact; use it in findings."})
    relationship = Text(metadata={"description": "To the person on probation."})
    given_name = Text(
        allow_none=True, metadata={"description": "First name; null if not known, or kept apart."}
    )
    family_name = Text(
        allow_none=True, metadata={"description": "Surname; null if not known, or kept apart."}
    )
    aliases = fields.List(
        Text(),
        allow_none=True,
        metadata={
            "description": "Other names; null if none are known, or kept apart; absent from a version of "
            "before they were sent."
        },
    )
    date_of_birth = Day(
        allow_none=True, metadata={"description": "Date of birth; null if not known, or kept apart."}
    )
    due_date = Day(
        allow_none=True, metadata={"description": "When an unborn child is due; absent for the police."}
    )
    estimated_age = Count(
        allow_none=True,
        metadata={"description": "How old the contact looks, in years; absent for the police."},
    )
    description = Text(
        allow_none=True,
        metadata={"description": "What the contact can be recognised by; absent for the police."},
    )
    identified_by = fields.List(
        Text(),
        metadata={
            "description": "For children's services: in words, by what you can find somebody whose name or "
            "date of birth is not known; empty when both are given."
        },
    )
    parents = fields.List(
        fields.Nested(ChildsParentView),
        metadata={"description": "For children's services: who of the request is known to be a parent."},
    )
    lives_at = Identifier(
        allow_none=True, metadata={"description": "The address of the request where the contact lives."}
    )
    lived_at = Identifier(
        metadata={
            "description": "The address of the request where the contact lived until they moved away; the "
            "question about them stays with you."
        }
    )
    mother_id = Identifier(
        allow_none=True,
        metadata={
            "description": "The mother of a child: a contact of the request, or the person on probation."
        },
    )


class CheckSubjectAddress(View):
    """An address that a request is about."""

    sometimes = ("kind", "police_force", "local_authority")

    id = Identifier(metadata={"description": "The id of the address; use it in findings."})
    kind = Text(metadata={"description": "What the address is to the person; for the police."})
    lines = fields.List(
        Text(), allow_none=True, metadata={"description": "The lines of the address, without the postcode."}
    )
    postcode = Text(
        allow_none=True, metadata={"description": "The postcode; null if not known, or kept apart."}
    )
    police_force = Text(
        allow_none=True, metadata={"description": "The police force of the area; for the police."}
    )
    local_authority = Text(
        allow_none=True,
        metadata={"description": "The local authority, by ONS code; for children's services."},
    )


class CheckDocument(View):
    """The least that an agency must know to answer."""

    person = fields.Nested(CheckSubjectPerson, metadata={"description": "The person on probation."})
    contacts = fields.List(
        fields.Nested(CheckSubjectContact), metadata={"description": "The other people asked about."}
    )
    addresses = fields.List(
        fields.Nested(CheckSubjectAddress), metadata={"description": "The addresses asked about."}
    )
