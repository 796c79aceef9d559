"""How requests for a share of a record, and their answers, look on the wire."""

from typing import Final

from marshmallow import fields as plain

from service import fields, tenses
from service.http import list_schema
from service.people.schemas.sharing import GIVEN
from service.people.sight import SECTIONS

ASKED_BASES: Final = GIVEN
"""The bases on which a share may be asked for: those on which a holder can give it."""


class ShareRequestBody(fields.Schema):
    """Which share of the held record you ask for, and why."""

    basis = fields.Choice(ASKED_BASES, required=True, metadata={"description": "On what basis."})
    sections = fields.List(
        fields.Choice(SECTIONS),
        min=1,
        max=len(SECTIONS),
        required=True,
        metadata={"description": "The sections that you need."},
    )
    until = fields.Moment(tense=tenses.AHEAD, required=True, metadata={"description": "Until when."})
    reason = fields.LongText(required=True, metadata={"description": "Why you need them."})


class ShareAnswerBody(fields.Schema):
    """The holder's answer."""

    given = fields.Flag(
        required=True,
        metadata={"description": "true: you have given a share to that region; false: you decline."},
    )
    reason = fields.LongText(required=True, metadata={"description": "Why; the region that asked reads it."})


class ShareRequestView(fields.View):
    """A request for a share, and its answer."""

    id = fields.Identifier(metadata={"description": "The id of the request."})
    href = fields.Text(metadata={"description": "The address to answer it at, with `/answer`."})
    region = fields.Text(metadata={"description": "The code of the region that asked."})
    basis = fields.Choice(ASKED_BASES, metadata={"description": "On what basis."})
    sections = plain.List(fields.Choice(SECTIONS), metadata={"description": "The sections asked for."})
    until = fields.Moment(metadata={"description": "Until when."})
    reason = fields.Text(metadata={"description": "Why."})
    asked_by = fields.Text(metadata={"description": "The practitioner who asked, by the case system's id."})
    asked_at = fields.Moment(metadata={"description": "When it was asked."})
    given = fields.Flag(
        allow_none=True,
        metadata={"description": "Whether a share was given; null while there is no answer."},
    )
    answer_reason = fields.Text(
        allow_none=True, metadata={"description": "Why; null while there is no answer."}
    )
    answered_at = fields.Moment(
        allow_none=True, metadata={"description": "When it was answered; null while there is no answer."}
    )


ShareRequestList = list_schema("ShareRequestList", ShareRequestView, "Requests for a share, in order.")
