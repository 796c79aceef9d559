"""The board of releases: which to list, and what it shows of each."""

from marshmallow import fields as plain

from service import fields, tenses
from service.http import CountedPageQuery, list_schema
from service.people.schemas.records import NameView
from service.release_dates.rules import KINDS
from service.timers.versions.words import ROLES
from service.work.releases.rules import AHEAD, BEHIND, COLUMNS, LEVELS, TABLE

COUNTED = {level: meaning for level, meaning in LEVELS.items() if level != "unknown"}
_FOUND = {code: row.words for rows in TABLE.values() for code, row in rows.items()}


class ReleasesQuery(CountedPageQuery):
    """Which releases to list."""

    mine = fields.Choice(
        {"yes": "you are accountable for the case, or its caretaker now", "no": "the cases of others"},
        metadata={"description": "Only your own cases, or only those of others."},
    )
    pdu = fields.Text(max=100, metadata={"description": "Only cases of this delivery unit."})
    from_day = fields.Day(
        tense=tenses.TERM,
        metadata={"description": f"Only from this day; at most {BEHIND} days back, which is the default."},
    )
    until_day = fields.Day(
        tense=tenses.TERM,
        metadata={"description": f"Only until this day; at most {AHEAD} days ahead, which is the default."},
    )
    red = fields.Choice(
        {"yes": "something is red"}, metadata={"description": "Only those of which something is red."}
    )


class OwnerView(fields.View):
    """Whose move it is."""

    kind = fields.Choice(
        {
            "practitioner": "whoever acts for the case: the caretaker, or the accountable practitioner",
            "organisation": "the organisation that was asked",
            "manager": (
                "who must countersign or have an agency registered, or to whom what is red was handed "
                "over on the day"
            ),
        },
        metadata={"description": "What the owner is."},
    )
    id = fields.Text(
        metadata={
            "description": "The member of staff, by the case system's id, or the role where nobody holds "
            "it; or the id of the organisation."
        }
    )
    name = fields.Text(metadata={"description": "The name."})
    phone = fields.Text(
        allow_none=True, metadata={"description": "The work phone; null where the register has none."}
    )


class CellView(fields.View):
    """What was found for one column."""

    level = fields.Choice(LEVELS, metadata={"description": "How ready it is."})
    found = fields.Choice(_FOUND, metadata={"description": "What was found, as a code."})
    words = fields.Text(metadata={"description": "What was found, in words."})
    owner = plain.Nested(
        OwnerView, allow_none=True, metadata={"description": "Whose move it is; null where it is nobody's."}
    )
    href = fields.Text(allow_none=True, metadata={"description": "Where it is read; null without one."})
    move = fields.Text(
        allow_none=True,
        metadata={
            "description": "The action on it, or the operation of this document, by which it is settled; "
            "null without one."
        },
    )


ColumnsView = type(
    "ColumnsView",
    (fields.View,),
    {
        "__doc__": "What was found for a release, column by column.",
        **{
            name: plain.Nested(CellView, metadata={"description": f"{words[0].upper()}{words[1:]}."})
            for name, words in COLUMNS.items()
        },
    },
)


class SentByPrisonView(fields.View):
    """That a prison sent this day."""

    kind = fields.Choice(KINDS, metadata={"description": "What the prison says of the day."})
    by = fields.Text(allow_none=True, metadata={"description": "The name of the prison."})
    as_of = fields.Text(metadata={"description": "When that was so in the prison's own record."})


class HandedOverView(fields.View):
    """That what is red was handed over to a manager."""

    at = fields.Moment(metadata={"description": "Since when."})
    role = fields.Choice(ROLES, metadata={"description": "As what the manager has it."})
    to = plain.Nested(OwnerView, metadata={"description": "Who has it."})


class ReleaseView(fields.View):
    """One person on the board."""

    id = fields.Identifier(metadata={"description": "The id of the person's record."})
    href = fields.Text(metadata={"description": "The address of the record."})
    crn = fields.Crn(metadata={"description": "The case reference number in probation."})
    name = plain.Nested(NameView, metadata={"description": "The person's names."})
    pdu = fields.Text(allow_none=True, metadata={"description": "The delivery unit; null if not recorded."})
    practitioner = plain.Nested(
        OwnerView,
        allow_none=True,
        metadata={"description": "Who acts for the case now; null where nobody of its region does."},
    )
    day = plain.Date(metadata={"description": "The day of the release, or of the arrival."})
    because = fields.Choice(
        {"release": "the day of release", "arrival": "the day of an arrival at a placement"},
        metadata={"description": "What happens on that day."},
    )
    sent_by_prison = plain.Nested(
        SentByPrisonView,
        allow_none=True,
        metadata={"description": "What a prison said of the day; null where none has sent this day."},
    )
    handed_over = plain.Nested(
        HandedOverView,
        allow_none=True,
        metadata={
            "description": "To whom what is red was handed over; null before that, or with nothing red."
        },
    )
    worst = fields.Choice(COUNTED, metadata={"description": "The worst of the columns."})
    columns = plain.Nested(ColumnsView, metadata={"description": "What was found, column by column."})


ReleaseList = list_schema(
    "ReleaseList",
    ReleaseView,
    "Releases, in the order of their days.",
    counted=COUNTED,
    by="the worst of their columns",
)
