"""Referrals and their versions, as they are listed and shown."""

from typing import Final

from marshmallow import fields as plain

from service import fields
from service.destinations.states import STATES
from service.http import CountedPageQuery, list_schema
from service.people.schemas.ringing import ring_member
from service.referrals.overall import ADJUSTMENT, DUPLICATE, NEEDS_ATTENTION, STATUSES, WORDING
from service.referrals.schemas.destination_referrals import DestinationReferralSummary
from service.referrals.schemas.previews import AdviceOnPeopleView
from service.timers.conditions import ATTENTION
from service.timers.policy import URGENCIES
from service.timers.subjects import HANDED_BACK_WORDS, WORDS


class PersonLink(fields.View):
    """The record of a person."""

    id = fields.Identifier(metadata={"description": "The id of the person."})
    href = fields.Text(metadata={"description": "The address of the person."})


class ReferralsQuery(CountedPageQuery):
    """Which referrals to list."""

    person = fields.Identifier(
        metadata={"description": "Only referrals about this person, by the person's id."}
    )
    status = fields.Choice(STATUSES, metadata={"description": "Only referrals with this overall status."})
    needs_attention = fields.Choice(
        {"yes": "probation must act", "no": "probation need not act"},
        metadata={"description": "Only referrals that do, or do not, need probation to act."},
    )
    mine = fields.Choice(
        {
            "yes": "you are accountable for the case, or its caretaker now",
            "no": "the cases of others",
        },
        metadata={"description": "Only referrals of your own cases, or only those of others."},
    )
    pdu = fields.Text(max=100, metadata={"description": "Only referrals of this delivery unit."})
    submission_reference = fields.Text(
        max=100, metadata={"description": "Only referrals submitted under this reference."}
    )


_BEFORE: Final = {DUPLICATE, WORDING, ADJUSTMENT, *NEEDS_ATTENTION}
_BY_CLOCKS: Final = {
    code: HANDED_BACK_WORDS[key] if code == "settle_refusal" else WORDS[key]
    for code, key in sorted(ATTENTION.items())
    if code not in _BEFORE
}
"""What else calls for attention while a clock of probation runs."""


class WholeReferralEnding(fields.Schema):
    """Why a whole referral is withdrawn, or should never have been made."""

    reason = fields.LongText(
        required=True, metadata={"description": "Why, in words that every destination may read."}
    )


class OverallView(fields.View):
    """The overall status of a referral, worked out from its destination referrals."""

    status = fields.Choice(STATUSES, metadata={"description": "The overall status."})
    counts = plain.Dict(
        keys=plain.String(),
        values=fields.Count(),
        metadata={"description": "The number of destination referrals in each state."},
    )
    needs_attention = plain.List(
        fields.Choice(
            {
                DUPLICATE: "somebody is referred again to where a referral of theirs is open",
                WORDING: "a text that a destination has, or goes without, must be worded anew",
                ADJUSTMENT: "a destination cannot meet what somebody needs, and waits for a decision",
                **{state: STATES[state] for state in NEEDS_ATTENTION},
                **_BY_CLOCKS,
            }
        ),
        metadata={"description": "What needs probation to act, most pressing first."},
    )


class ReferralSummaryView(fields.View):
    """A referral in a list."""

    id = fields.Identifier(metadata={"description": "The id of the referral."})
    href = fields.Text(metadata={"description": "The address of the referral."})
    submission_reference = fields.Text(metadata={"description": "The reference that it was submitted under."})
    crn = fields.Text(metadata={"description": "The person's case reference number in probation."})
    person = plain.Nested(PersonLink, metadata={"description": "The person's record."})
    practitioner = fields.Text(
        metadata={"description": "The practitioner on the case, by the case system's id."}
    )
    pdu = fields.Text(
        allow_none=True, metadata={"description": "The delivery unit of the case; null if not recorded."}
    )
    urgency = fields.Choice(URGENCIES, metadata={"description": "Decides the targets."})
    current_version = fields.Count(metadata={"description": "The number of the latest version."})
    submitted_at = fields.Moment(metadata={"description": "When it was submitted."})
    overall = plain.Nested(OverallView, metadata={"description": "The overall status."})


class KeptView(fields.View):
    """A place where the record stays although you say otherwise: it has moved on since you said so."""

    pointer = fields.Text(metadata={"description": "The place in what you sent, as a JSON pointer."})
    said_at = fields.Moment(
        allow_none=True,
        metadata={
            "description": "When your system first said so; null where that is not known, or where it was "
            "entered in error."
        },
    )
    recorded_at = fields.Moment(
        metadata={
            "description": "When the record of that person or address last changed; of anything else, when "
            "the current version was made."
        }
    )


class ReferralView(ReferralSummaryView):
    """A referral with its destination referrals."""

    sometimes = ("advice", "kept", "replaced_lists")

    kept = plain.List(
        plain.Nested(KeptView),
        metadata={"description": "Where the record stays as it is; in the response to what you sent."},
    )
    replaced_lists = plain.List(
        fields.Text(),
        metadata={
            "description": "The lists that your merge patch replaced as a whole; in the response to one."
        },
    )

    held_elsewhere = fields.Flag(
        metadata={
            "description": "Whether you did not see the record of this CRN that is held when you submitted: "
            "the referral stands on a record of your own, and the holder is notified."
        }
    )
    staff_safety = fields.Flag(
        metadata={
            "description": "Whether the record that is held elsewhere said then that the risk to staff is "
            "high or very high. Of a record that you see, read its risk."
        }
    )
    ring = ring_member()
    destinations = plain.List(
        plain.Nested(DestinationReferralSummary), metadata={"description": "The destination referrals."}
    )
    advice = plain.List(
        plain.Nested(AdviceOnPeopleView),
        metadata={
            "description": "In the answer to a submission and to a new version: that a number of the person "
            "stands on another record that you see (`same_number`), until that is decided, or that both are "
            "others than those of the record that stands for the CRN (`other_numbers`); who or which place "
            "was entered in error before and counts again (`entered_in_error`); which answers of an urgent "
            "referral could not be understood and were not taken (`not_understood`)."
        },
    )


ReferralList = list_schema(
    "ReferralList",
    ReferralSummaryView,
    "Referrals, in the order asked for.",
    counted=STATUSES,
    by="overall status",
)


class ReferralVersionSummary(fields.View):
    """A version of a referral, without its document."""

    number = fields.Count(metadata={"description": "The number of the version, from 1."})
    href = fields.Text(metadata={"description": "The address of the version."})
    sections = plain.List(fields.Text(), metadata={"description": "The sections that changed in it."})
    practitioner = fields.Text(
        allow_none=True,
        metadata={
            "description": "The practitioner who made it, by the case system's id; null for the service."
        },
    )
    made_at = fields.Moment(metadata={"description": "When it was made."})


ReferralVersionList = list_schema(
    "ReferralVersionList", ReferralVersionSummary, "The versions of a referral, oldest first."
)


class ReferralVersionView(ReferralVersionSummary):
    """A version of a referral with its document; it never changes."""

    document = plain.Dict(metadata={"description": "The canonical referral as it was submitted."})
