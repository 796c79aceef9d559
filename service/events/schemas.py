"""How the feed and its entries look on the wire."""

from marshmallow import fields as plain

from service import fields
from service.events.waiting import LONGEST_WAIT
from service.http import PageQuery


class FeedQuery(PageQuery):
    """Where to continue in the feed, and how many events to return."""

    wait = fields.QueryCount(
        max=LONGEST_WAIT,
        load_default=0,
        metadata={"description": "Seconds to wait for a new event when there is none."},
    )


class SubjectView(fields.View):
    """The thing that an event happened to."""

    kind = fields.Text(
        metadata={"example": "check_request", "description": "The kind of thing, such as `check_request`."}
    )
    id = fields.Identifier(metadata={"description": "Its id."})
    href = fields.Text(
        allow_none=True,
        metadata={
            "description": (
                "Its address; null if it is read only as part of something else. You get 404 once you may no "
                "longer see it. Reading it is audited."
            )
        },
    )


class FeedEntryView(fields.View):
    """An event in your organisation's feed."""

    sometimes = ("referral_id",)

    position = fields.Count(
        metadata={"description": "The position in your organisation's feed; positions are consecutive."}
    )
    id = fields.Identifier(metadata={"description": "The id of the event, the same in every feed."})
    event = fields.Text(metadata={"description": "The name of the event, from the catalogue."})
    subject = plain.Nested(SubjectView, metadata={"description": "The thing that it happened to."})
    referral_id = fields.Identifier(
        allow_none=True,
        metadata={"description": "For probation: the referral it belongs to; null if none, or if withheld."},
    )
    version = fields.Count(
        allow_none=True,
        metadata={"description": "The version of the subject after the event; null if it has none."},
    )
    occurred_at = fields.Moment(
        allow_none=True, metadata={"description": "When it happened; null where it is withheld."}
    )
    data = plain.Dict(
        metadata={"description": "Codes, counts, days and ids, by `event`; never personal data."}
    )


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
    """An event in a timeline, as a sentence, and who caused it."""

    class By(fields.View):
        """Who caused an event: the service itself when there is no organisation."""

        organisation = fields.Text(
            allow_none=True,
            metadata={"description": "The name of the organisation; null for the service itself."},
        )
        practitioner = fields.Text(
            allow_none=True,
            metadata={"description": "The practitioner, by the case system's id; null without one."},
        )
        name = fields.Text(
            allow_none=True,
            metadata={
                "description": "The name of the practitioner in the staff register; null without one, or if "
                "the register does not have them."
            },
        )
        role = fields.Text(
            allow_none=True, metadata={"description": "The role of the practitioner; null without one."}
        )

    id = fields.Identifier(metadata={"description": "The id of the event."})
    text = fields.Text(
        metadata={
            "description": "What happened, in one sentence, with names as far as you may know them. For "
            "people: read `event` and `data` in programs."
        }
    )
    event = fields.Text(metadata={"description": "The name of the event, from the catalogue."})
    subject = plain.Nested(SubjectView, metadata={"description": "The thing that it happened to."})
    from_state = fields.Text(
        allow_none=True,
        metadata={"description": "The state before; null if the state did not change or there was none."},
    )
    to_state = fields.Text(
        allow_none=True, metadata={"description": "The state after; null if the state did not change."}
    )
    version = fields.Count(
        allow_none=True,
        metadata={"description": "The version of the subject after the event; null if it has none."},
    )
    occurred_at = fields.Moment(metadata={"description": "When it happened."})
    by = plain.Nested(By, metadata={"description": "Who caused it."})
    data = plain.Dict(metadata={"description": "Codes, counts, days and ids, by `event`, as in the feed."})


class WaitingView(fields.View):
    """Something that has not been done yet, as a sentence, and by when it must be."""

    text = fields.Text(
        metadata={"description": "What it is about, and then as `about` of /v1/work states it."}
    )
    due_at = fields.Moment(metadata={"description": "When it must be done, or should have been."})
    overdue = fields.Flag(metadata={"description": "Whether that has passed."})
    href = fields.Text(
        allow_none=True,
        metadata={"description": "Where it is read; null if it is read only as part of something else."},
    )
