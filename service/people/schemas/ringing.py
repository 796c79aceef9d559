"""Whom to ring, as it is shown."""

from typing import Any

from marshmallow import fields as plain

from service import fields
from service.access.ringing import WHEN


class NumberToRing(fields.View):
    """A number to ring."""

    when = fields.Choice(WHEN, metadata={"description": "When it is answered."})
    words = fields.Text(metadata={"description": "Whom you ring."})
    phone = fields.Text(
        allow_none=True,
        metadata={"description": "The region's number; null if there is none that you may be given."},
    )


class DangerAdvice(fields.View):
    """What to do about danger. The words are the same for every report."""

    now = fields.Text(metadata={"description": "What to do now, if somebody is in danger."})
    ring = plain.List(plain.Nested(NumberToRing), metadata={"description": "Whom to ring."})
    afterwards = fields.Text(metadata={"description": "What happens next."})


def ring_member() -> "plain.List[Any]":
    """Return the member of a view that says `held_elsewhere`: whom its reader rings."""
    return plain.List(
        plain.Nested(NumberToRing),
        metadata={
            "description": "Whom to ring about the record that is held elsewhere, as registered today. Empty "
            "unless `held_elsewhere`."
        },
    )
