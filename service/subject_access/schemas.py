"""Requests for subject access as they are opened, moved and shown, and the copy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.mentions import KINDS
from service.subject_access.rules import GIVEN_AS, As
from service.subject_access.states import ACTIONS, STATES, TABLE

MOST_TEXTS: Final = 500
"""The most texts that are decided about in one call."""


class SubjectAccessSubmission(fields.Schema):
    """That a person asks for what is held about them."""

    asked_by = fields.Choice(
        {"person": "the person", "representative": "somebody whom the person has authorised in writing"},
        required=True,
        metadata={"description": "Who asked."},
    )
    identity_confirmed = fields.Text(
        required=True,
        metadata={"description": "How it was confirmed who they are, and by whom of your staff."},
    )
    received_on = fields.Day(
        tense=tenses.REPORTED,
        required=True,
        metadata={"description": "The day on which the request was received: the copy is due a month later."},
    )


class TextDecision(fields.Schema):
    """How one text of the copy is given."""

    path = fields.Text(
        max=300, required=True, metadata={"description": "The text, by its `path` in `texts`."}
    )
    as_ = fields.Choice(
        GIVEN_AS,
        data_key="as",
        attribute="as",
        required=True,
        metadata={"description": "How it is given."},
    )
    wording = fields.LongText(metadata={"description": "wording: what the person is given instead."})
    reason = fields.LongText(
        max=1000, required=True, metadata={"description": "Why; kept on the record, and in no copy."}
    )

    @validates_schema(skip_on_field_errors=False)
    def _wording_where_it_is_one(self, data: dict[str, Any], **_: Any) -> None:
        if "as" in data and (data["as"] == As.WORDING) != ("wording" in data):
            raise ValidationError("Belongs to `as` `wording`, and is required there.", "wording")


_MEMBER_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {str(row.action): row.needs for row in TABLE.rows}
)


class SubjectAccessTransition(fields.Schema):
    """One step of a request; the other member depends on the action."""

    action = fields.Choice(ACTIONS, required=True, metadata={"description": "What you do."})
    texts = fields.List(
        plain.Nested(TextDecision),
        min=1,
        max=MOST_TEXTS,
        metadata={"description": "decide_texts: what is decided; what was decided before stays."},
    )
    reason = fields.LongText(metadata={"description": "withdraw: who took it back, and why."})

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _members_belong_to_the_action(self, data: dict[str, Any], sent: dict[str, Any], **_: Any) -> None:
        if data.get("action") in _MEMBER_OF and (
            found := fields.member_faults(sent, _MEMBER_OF[data["action"]])
        ):
            raise ValidationError(found)


class TextOfCopyView(fields.View):
    """One text that the copy can have, for whoever prepares or releases it."""

    path = fields.Text(metadata={"description": "A JSON pointer to it in the copy with every text in it."})
    text = fields.Text(metadata={"description": "The text as it is on record."})
    gives_away = plain.List(
        fields.Choice(KINDS),
        metadata={
            "description": "What it gives away for certain. Everybody but the person is protected here, and "
            "staff are. Such a text is never given as it is."
        },
    )
    may_give_away = plain.List(
        fields.Choice(KINDS), metadata={"description": "What it may give away: read it with care."}
    )
    given_as = fields.Choice(
        GIVEN_AS,
        allow_none=True,
        metadata={
            "description": "What was decided; null while nobody has decided about it as it is now, compared "
            "with whom the record knows now."
        },
    )
    wording = fields.Text(allow_none=True, metadata={"description": "The other words; or null."})
    reason = fields.Text(allow_none=True, metadata={"description": "Why; or null."})


class SubjectAccessView(fields.View):
    """A request for subject access, with the texts that are decided about."""

    id = fields.Identifier(metadata={"description": "The id of the request."})
    href = fields.Text(metadata={"description": "Its address."})
    person_id = fields.Identifier(metadata={"description": "The record that it is about."})
    asked_by = fields.Choice(
        {"person": "the person", "representative": "somebody authorised"},
        metadata={"description": "Who asked."},
    )
    identity_confirmed = fields.Text(metadata={"description": "How it was confirmed who they are."})
    received_on = fields.Day(metadata={"description": "When it was received."})
    taken_back = fields.Text(
        allow_none=True, metadata={"description": "Who took it back and why; null if nobody has."}
    )
    state = fields.Choice(STATES, metadata={"description": "How far it is."})
    version = fields.Count(metadata={"description": "Rises by one with every step."})
    opened_at = fields.Moment(metadata={"description": "When it was opened."})
    due_at = fields.Moment(
        allow_none=True, metadata={"description": "By when the copy is due; null once no clock runs."}
    )
    overdue = fields.Flag(metadata={"description": "Whether that has passed."})
    allowed_transitions = plain.List(
        fields.Choice(ACTIONS), metadata={"description": "What you can do about it now."}
    )
    texts = plain.List(
        plain.Nested(TextOfCopyView),
        metadata={"description": "Each text that the copy can have, as long as it is prepared."},
    )


_PATH: Final = "by the names of the canonical referral; texts as two people have decided"


class CopyOfRecord(fields.View):
    """What the person is given: the same whether or not there is anything that they may not know."""

    released_on = fields.Day(
        allow_none=True,
        metadata={"description": "The day on which it was released; null while it is prepared."},
    )
    about = plain.List(
        plain.String(), metadata={"description": "What the copy is, in the same words for everybody."}
    )
    person = plain.Dict(metadata={"description": "Who the person is: names, numbers, date of birth."})
    homes = plain.List(
        plain.Dict(), metadata={"description": "Where the person lives, lived, and would live on release."}
    )
    answers = plain.List(
        plain.Dict(), metadata={"description": f"What each referral says of the person, {_PATH}."}
    )
    referrals = plain.List(
        plain.Dict(),
        metadata={
            "description": "What came of each referral to a place or service: the category, when it was "
            "asked, what was decided and when, a stay, what was reported."
        },
    )
    arrangements = plain.List(
        plain.Dict(),
        metadata={
            "description": "What was arranged for a release: a tag, proof of identity, a benefit, an "
            "appointment, the conditions. Neither the office nor who said it is in it."
        },
    )
    recipients = plain.List(
        plain.Dict(),
        metadata={
            "description": "Who was sent any of it, or will be: categories of organisation, each since when "
            "probation has asked them."
        },
    )
