"""What is sent about a change in somebody's life, and how changes and reviews look on the wire."""

from typing import Any

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields
from service.access.permissions import MANAGERS
from service.circumstances.consequences import CONSEQUENCES, About, Consider, Reliability, Standing
from service.circumstances.rules import CONSIDERED, DECISIONS_TO_TELL, REVIEW_CHANGES, ROSH_CHANGED
from service.circumstances.states import State
from service.document.household import AddressSchema, ContactSchema
from service.http import list_schema
from service.people.rules import GROUPS_AT_RISK, LEVELS, Source

MOST = 20


def _some(inner: Any, **more: Any) -> Any:
    return fields.List(inner, max=MOST, **more)


class RoshChange(fields.Schema):
    """The risk of serious harm to one group, as it is now judged."""

    group = fields.Choice(*GROUPS_AT_RISK, required=True)
    level = fields.Choice(*LEVELS, required=True)
    who = fields.LongText()
    nature = fields.LongText()
    imminence = fields.LongText()
    factors = _some(fields.Text())
    reason = fields.LongText(required=True)
    evidence = fields.LongText(metadata={"description": "Needed to lower a level."})


class ChangeSubmission(fields.Schema):
    """A change in somebody's life as it was learned of."""

    kind = fields.Choice(*CONSEQUENCES, required=True, metadata={"example": "new_relationship"})
    occurred_on = fields.Day(required=True)
    source = fields.Choice(*Source, required=True)
    reliability = fields.Choice(*Reliability, load_default=Reliability.UNTESTED.value)
    standing = fields.Choice(*Standing, required=True)
    follows = fields.Identifier(
        metadata={"description": "The earlier change that this one establishes, or shows to be unfounded."}
    )
    urgent = fields.Flag(
        load_default=False, metadata={"description": "Makes it urgent; nothing makes it less urgent."}
    )
    details = fields.LongText(
        metadata={"description": "For probation alone: no destination is ever sent it."}
    )
    contacts = _some(plain.Nested(ContactSchema), load_default=list)
    contact_ids = _some(fields.Identifier(), load_default=list)
    addresses = _some(plain.Nested(AddressSchema), load_default=list)
    address_ids = _some(fields.Identifier(), load_default=list)
    rosh = plain.Nested(RoshChange)

    @validates_schema(skip_on_field_errors=False)
    def facts_belong_to_the_kind(self, data: dict[str, Any], **_: Any) -> None:
        """A change of risk says what the risk is now; a change of address says which; nothing else does."""
        kind: str | None = data.get("kind")
        found: dict[str, list[str]] = {}
        if (kind == ROSH_CHANGED) != ("rosh" in data):
            found["rosh"] = [f"Belongs to {ROSH_CHANGED}, which needs it."]
        if kind == ROSH_CHANGED and data.get("standing", Standing.ESTABLISHED) != Standing.ESTABLISHED:
            found["standing"] = ["A judgement of risk is established."]
        of_address = kind is not None and About.ADDRESS in CONSEQUENCES[kind].about
        if of_address and not (data.get("addresses") or data.get("address_ids")):
            found["addresses"] = ["Say which address."]
        if data.get("standing") == Standing.UNFOUNDED and "follows" not in data:
            found["follows"] = ["Say which allegation turned out to be unfounded."]
        if found:
            raise ValidationError(found)


class AddressProposal(AddressSchema):
    """An address that the person may live at or visit."""

    kind = fields.Choice("proposed_release", "move_on", "visited", required=True)


class ContactDetails(fields.Schema):
    """What was missing about a child, a partner or anybody else; supplied once, for all checks."""

    given_name = fields.Text(max=100)
    family_name = fields.Text(max=100)
    date_of_birth = fields.Day()
    due_date = fields.Day()
    details_status = fields.Choice("provided", "declined", "unknown")
    lives_at = fields.Identifier()
    local_authority = ContactSchema().fields["local_authority"]
    source = fields.Choice(*Source)
    verified = fields.Flag()


class Concern(fields.Schema):
    """Behaviour that a destination reports; an allegation until probation establishes it."""

    occurred_on = fields.Day(required=True)
    details = fields.LongText(required=True)
    people = _some(
        fields.Choice(About.PARTNER, About.CHILD, About.UNBORN),
        load_default=list,
        metadata={"description": "Who was seen with the person, as far as the reporter could tell."},
    )
    reporter = fields.Text(metadata={"description": "Who at the destination can be asked about it."})


class AgreedBy(fields.View):
    """The manager who agreed that nothing need change."""

    id = fields.Text()
    role = fields.Choice(*sorted(MANAGERS))


class Considered(fields.Schema):
    """What came of considering MAPPA or MARAC."""

    what = fields.Choice(*Consider, required=True)
    outcome = fields.Choice(*CONSIDERED, required=True)
    reason = fields.LongText(required=True)


class Completion(fields.Schema):
    """What a review changes, or why nothing; or what was decided about telling somebody."""

    changes = _some(fields.Choice(*REVIEW_CHANGES))
    no_change_reason = fields.LongText(
        metadata={"description": "Why nothing need change. A manager who is not on the case must agree."}
    )
    considered = _some(plain.Nested(Considered), load_default=list)
    disclosure = fields.Choice(*DECISIONS_TO_TELL)
    withheld = _some(fields.Text(), load_default=list)
    reason = fields.LongText()


class ReviewAgreementBody(fields.Schema):
    """A manager's own decision on a review that would change nothing."""

    agreed = fields.Flag(required=True, metadata={"description": "False sends it back to be done again."})
    reason = fields.LongText(required=True)


class ReviewAgreementView(fields.View):
    """What a manager decided about a proposal that nothing need change."""

    agreed = fields.Flag()
    reason = fields.Text()
    manager = fields.Text()
    role = fields.Choice(*sorted(MANAGERS))
    decided_at = fields.Moment()


class ReviewProposalView(fields.View):
    """A proposal that nothing need change."""

    number = fields.Count()
    no_change_reason = fields.Text()
    considered = plain.List(plain.Nested(Considered))
    withheld = plain.List(fields.Text())
    reason = fields.Text(allow_none=True)
    practitioner = fields.Text()
    proposed_at = fields.Moment()
    agreement = plain.Nested(
        ReviewAgreementView, allow_none=True, metadata={"description": "Null while it waits for a manager."}
    )


class OutcomeView(fields.View):
    """What a completed review found."""

    changes = plain.List(fields.Choice(*REVIEW_CHANGES))
    no_change_reason = fields.Text(allow_none=True)
    agreed_by = plain.Nested(AgreedBy, allow_none=True)
    considered = plain.List(plain.Nested(Considered))
    disclosure = fields.Choice(*DECISIONS_TO_TELL, allow_none=True)
    withheld = plain.List(fields.Text())
    reason = fields.Text(allow_none=True)
    practitioner = fields.Text()
    completed_at = fields.Moment()


class ReviewView(fields.View):
    """A review that a change opened."""

    id = fields.Identifier()
    href = fields.Text()
    crn = fields.Crn()
    change_id = fields.Identifier()
    kind = fields.Choice(
        "risk",
        "disclosure",
        metadata={"description": "`risk`, or `disclosure`: whether somebody is to be told."},
    )
    owner = fields.Text(metadata={"description": "The role that owes it."})
    urgency = fields.Choice("routine", "urgent")
    consider = plain.List(
        fields.Choice(*Consider), metadata={"description": "What it must have considered by name."}
    )
    state = fields.Choice(*State)
    version = fields.Count()
    opened_at = fields.Moment()
    due_at = fields.Moment(allow_none=True)
    overdue = fields.Flag()
    waits_for = fields.Choice(
        "practitioner",
        "spo",
        "manager",
        allow_none=True,
        metadata={
            "description": "Whose move it is: the owner's; while it waits for agreement, that of any manager "
            "who is not on the case; null when it is completed."
        },
    )
    allowed_transitions = plain.List(
        fields.Choice("complete", "agree"),
        metadata={
            "description": "`complete` is done at `POST .../completion`, `agree` at `POST .../agreement`, "
            "where a manager can also send it back."
        },
    )
    proposals = plain.List(plain.Nested(ReviewProposalView))
    outcome = plain.Nested(OutcomeView, allow_none=True)


ReviewList = list_schema("ReviewList", ReviewView, "The reviews of a person, completed ones last.")


class ToldView(fields.View):
    """A destination that was told."""

    destination_referral_id = fields.Identifier()
    destination = fields.Text()
    told_at = fields.Moment()


class ChangeView(fields.View):
    """A change in somebody's life, and what it set off; for probation."""

    id = fields.Identifier()
    href = fields.Text()
    crn = fields.Crn()
    kind = fields.Choice(*CONSEQUENCES)
    words = fields.Text(metadata={"description": "The kind, as a practitioner would say it."})
    occurred_on = fields.Day()
    source = fields.Choice(*Source)
    reliability = fields.Choice(*Reliability)
    standing = fields.Choice(*Standing)
    follows = fields.Identifier(allow_none=True)
    urgency = fields.Choice("routine", "urgent")
    details = fields.Text(allow_none=True)
    contacts = plain.List(fields.Identifier())
    addresses = plain.List(fields.Identifier())
    checks = plain.List(fields.Identifier(), metadata={"description": "The checks that it raised."})
    told = plain.List(plain.Nested(ToldView))
    reviews = plain.List(plain.Nested(ReviewView))
    rosh_assessment_id = fields.Identifier(allow_none=True)
    destination_referral_id = fields.Identifier(allow_none=True)
    practitioner = fields.Text(allow_none=True)
    recorded_at = fields.Moment()


ChangeList = list_schema("ChangeList", ChangeView, "The changes of circumstance of a person, oldest first.")


class SharedChange(fields.View):
    """What a destination is told of a change: that it happened, and never what was said about it."""

    id = fields.Identifier()
    kind = fields.Choice(*CONSEQUENCES)
    words = fields.Text()
    occurred_on = fields.Day()
    standing = fields.Choice(*Standing)
    urgency = fields.Choice("routine", "urgent")
    told_at = fields.Moment()


SharedChangeList = list_schema(
    "SharedChangeList", SharedChange, "The changes of circumstance shared with a destination, oldest first."
)


class ReceiptView(fields.View):
    """That a report was received, and nothing else."""

    id = fields.Identifier()
    occurred_on = fields.Day()
    received_at = fields.Moment()


ReceiptList = list_schema(
    "ReceiptList", ReceiptView, "Receipts for the concerns that a destination reported, oldest first."
)


class SuppliedView(fields.View):
    """What supplying details did; the details themselves are read at the person."""

    id = fields.Identifier()
    details_status = fields.Text()
    version = fields.Count()
    check_requests = plain.List(
        fields.Identifier(),
        metadata={"description": "The check requests about them that have gone out, and still stand."},
    )
