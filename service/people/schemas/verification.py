"""How a verification is stated, and how it looks on the wire."""

from typing import Final

from marshmallow import fields as plain

from service import fields, tenses
from service.fields import List
from service.people.verification import ENDED, SAID, SHOWN

VERIFICATION: Final = (
    "How it was verified, by whom, on which day and who was seen. Null takes it back. It ends by itself when "
    "what it is about changes."
)
VERIFIED_ALONE: Final = (
    "Whether the details are said to have been checked. Alone `true` verifies nothing: say how with "
    "`verification`. `false` takes a verification back."
)
SAID_IN_A_DOCUMENT: Final = (
    "said to have been checked. It verifies nothing: once it is on record, say how, by whom and who was seen "
    "with `verification` of the contact or the address."
)
_MOST_SEEN: Final = 60
_STAFF: Final = 200


class VerificationStatement(fields.Schema):
    """How a contact or an address was verified, by whom, on which day, and who was seen."""

    how = fields.Choice(SAID, required=True, metadata={"description": "How it was verified."})
    on = fields.Day(
        tense=tenses.SAID,
        required=True,
        metadata={
            "description": "The day on which it was verified; not before the contact's birth, or the first "
            "day at the address, unless it is a home to come."
        },
    )
    by = fields.Text(
        max=_STAFF,
        metadata={
            "description": "Who verified it: a member of staff of yours, by the case system's id. You, when "
            "left out."
        },
    )
    seen = List(
        fields.Identifier(),
        max=_MOST_SEEN,
        load_default=list,
        metadata={
            "description": "The contacts who were seen, or spoken to, by their ids. For `home_visit` and "
            "`third_party`."
        },
    )
    person_seen = fields.Flag(
        load_default=False, metadata={"description": "Whether the person on probation was seen there."}
    )
    others_seen = fields.Count(
        max=_MOST_SEEN,
        load_default=0,
        metadata={"description": "How many others were seen, who are not contacts on record."},
    )
    check_request_id = fields.Identifier(
        metadata={
            "description": "The check request to which an agency answered that it holds information, once "
            "that has been reviewed; for `agency`, and only then."
        }
    )


class VerifierView(fields.View):
    """Who verified something, and answers for it."""

    id = fields.Text(metadata={"description": "The member of staff, by the case system's id."})
    name = fields.Text(metadata={"description": "The name, as the staff register had it then."})
    organisation = fields.Text(metadata={"description": "The organisation, by its code."})


class VerificationEndView(fields.View):
    """That a verification no longer stands."""

    because = fields.Choice(
        ENDED,
        metadata={
            "description": "Why; for who does not see the checks `changed` where an agency's answer was."
        },
    )
    at = fields.Moment(metadata={"description": "When."})


class VerificationView(fields.View):
    """How something was verified; the last time, where that no longer stands."""

    how = fields.Choice(SHOWN, metadata={"description": "How."})
    on = fields.Day(allow_none=True, metadata={"description": "The day; null for `not_stated`."})
    by = plain.Nested(VerifierView, allow_none=True, metadata={"description": "Who; null for `not_stated`."})
    seen = plain.List(
        fields.Identifier(),
        allow_none=True,
        metadata={
            "description": "The contacts who were seen or spoken to, by their ids; null for who does not see "
            "protected contacts, and for `not_stated`."
        },
    )
    person_seen = fields.Flag(
        allow_none=True,
        metadata={"description": "Whether the person on probation was seen; null where `seen` is."},
    )
    others_seen = fields.Count(
        allow_none=True, metadata={"description": "How many others were seen; null where `seen` is."}
    )
    check_request_id = fields.Identifier(
        allow_none=True,
        metadata={
            "description": "The check request that was answered; null for other ways, and for who does not "
            "see the checks."
        },
    )
    recorded_at = fields.Moment(
        allow_none=True, metadata={"description": "When it was recorded; null for `not_stated`."}
    )
    ended = plain.Nested(
        VerificationEndView,
        allow_none=True,
        metadata={"description": "That it no longer stands, and why; null while it does."},
    )
