"""Why a destination referral can or cannot be sent, and to which organisation."""

from typing import Final

from service import fields
from service.destinations import DESTINATIONS

KINDS: Final = {key: destination.title for key, destination in DESTINATIONS.items()}
"""Each kind of destination by its title, as the API explains it."""


class OrganisationView(fields.View):
    """An organisation that takes part."""

    id = fields.Identifier(metadata={"description": "The id of the organisation."})
    kind = fields.Text(metadata={"description": "The kind of organisation, such as `approved_premises`."})
    code = fields.Text(metadata={"description": "The code of the organisation."})
    name = fields.Text(metadata={"description": "The name of the organisation."})


class GapView(fields.View):
    """A required answer that is missing."""

    pointer = fields.Text(metadata={"description": "A JSON pointer to its place in the submission."})
    why = fields.Text(metadata={"description": "Why it is required."})


class BlockView(GapView):
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
