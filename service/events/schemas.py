"""How the feed and its entries look on the wire."""

from marshmallow import fields as plain

from service import fields
from service.events.waiting import LONGEST_WAIT
from service.http import PageQuery


class FeedQuery(PageQuery):
    """Where to go on reading, and how much."""

    wait = fields.QueryCount(
        max=LONGEST_WAIT,
        load_default=0,
        metadata={"description": "Seconds to wait for something new, when there is nothing."},
    )


class SubjectView(fields.View):
    """What an event happened to."""

    kind = fields.Text(metadata={"example": "check_request"})
    id = fields.Identifier()
    href = fields.Text(allow_none=True, metadata={"description": "Where it is read, and that audited."})


class FeedEntryView(fields.View):
    """One thing that happened for the caller's organisation."""

    sometimes = ("referral_id",)

    position = fields.Count(metadata={"description": "Consecutive within the organisation's feed."})
    id = fields.Identifier(metadata={"description": "Of the event: the same in every feed that shows it."})
    event = fields.Text(metadata={"description": "By the catalogue of events."})
    subject = plain.Nested(SubjectView)
    referral_id = fields.Identifier(
        allow_none=True,
        metadata={
            "description": "For probation: the referral it belongs to; null where that is none, or withheld."
        },
    )
    version = fields.Count(allow_none=True, metadata={"description": "Of the subject after the event."})
    occurred_at = fields.Moment(allow_none=True, metadata={"description": "Null where it is withheld."})
    data = plain.Dict(metadata={"description": "Codes, counts, days and identifiers; never personal data."})


class EventFeed(fields.View):
    """A page of the feed."""

    items = plain.List(
        fields.Written(FeedEntryView),
        metadata={"description": "The events of your organisation, in commit order."},
    )
    next = fields.Text(
        metadata={
            "description": "Store it, and send it as `after` to read on. Never null: the feed has no end."
        }
    )
    more = fields.Flag(metadata={"description": "Whether you can read the next page now."})


class TimelineEntryView(fields.View):
    """One thing that happened in a referral's story, and who did it."""

    class By(fields.View):
        """Who did it: the service itself when there is no organisation."""

        organisation = fields.Text(allow_none=True)
        practitioner = fields.Text(allow_none=True)
        role = fields.Text(allow_none=True)

    id = fields.Identifier()
    event = fields.Text()
    subject = plain.Nested(SubjectView)
    from_state = fields.Text(allow_none=True)
    to_state = fields.Text(allow_none=True)
    version = fields.Count(allow_none=True)
    occurred_at = fields.Moment()
    by = plain.Nested(By)
    data = plain.Dict(metadata={"description": "By `event`, as in the feed; see the catalogue of events."})
