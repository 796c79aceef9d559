"""Timelines of referrals, people and checks, as they are shown."""

from marshmallow import fields

from service.events.schemas import TimelineEntryView, WaitingView
from service.http import list_schema

TimelineEntryList = list_schema(
    "TimelineEntryList", TimelineEntryView, "What happened, in the order asked for."
)


class ReferralTimelineList(TimelineEntryList):  # type: ignore[valid-type,misc] # a class made for the list
    """A page of a referral's timeline, and what the referral waits for now."""

    waiting_for = fields.List(
        fields.Nested(WaitingView),
        metadata={"description": "What has not been done yet, on every page; what is due first comes first."},
    )
