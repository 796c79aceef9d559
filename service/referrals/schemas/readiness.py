"""Why a destination referral can or cannot be sent, and to which organisation."""

from typing import Final

from marshmallow import fields as plain

from service import fields
from service.destinations import DESTINATIONS
from service.mentions import KINDS as KINDS_OF_HIT

KINDS: Final = {key: destination.title for key, destination in DESTINATIONS.items()}
"""Each kind of destination by its title, as the API explains it."""


class OrganisationView(fields.View):
    """An organisation that takes part."""

    id = fields.Identifier(metadata={"description": "The id of the organisation."})
    kind = fields.Text(metadata={"description": "The kind of organisation, such as `approved_premises`."})
    code = fields.Text(metadata={"description": "The code of the organisation."})
    name = fields.Text(metadata={"description": "The name of the organisation."})


class _Lacking(fields.View):
    """What is lacking, and where."""

    pointer = fields.Text(metadata={"description": "A JSON pointer to its place in the submission."})
    why = fields.Text(metadata={"description": "Why it is required."})


class GapView(_Lacking):
    """A required answer that is missing, or a text that needs a wording for this destination."""

    sometimes = ("reword_for", "gives_away")

    reword_for = fields.Text(
        metadata={"description": "The destination that may not be sent this text as it is."}
    )
    gives_away = plain.List(
        fields.Choice(KINDS_OF_HIT), metadata={"description": "What the text gives away, by kind."}
    )


class BlockView(_Lacking):
    """Something that must be true before it can be sent."""

    code = fields.Text(metadata={"description": "The code of the block."})


class NotRepresentableView(fields.View):
    """A value that the destination has no code for."""

    path = fields.Text(metadata={"description": "The path of the value in the document."})
    value = fields.Text(metadata={"description": "The value."})


class WithheldView(fields.View):
    """Something that the destination was not sent, and why."""

    path = fields.Text(metadata={"description": "The path in the document."})
    reason = fields.Text(metadata={"description": "Why it was not sent, by code."})
