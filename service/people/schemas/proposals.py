"""How proposals, and the decisions on them, look on the wire."""

from marshmallow import fields as plain

from service import fields
from service.agreements.schemas import Grounds
from service.http import list_schema
from service.people.proposals import SECTIONS


class ProposalView(fields.View):
    """One thing that another region states about a person, and the record does not."""

    id = fields.Identifier(
        metadata={"description": "The id of the proposal; another one once its value has changed."}
    )
    href = fields.Text(metadata={"description": "The address to decide it at, with `/decision`."})
    section = fields.Choice(SECTIONS, metadata={"description": "The section of the record."})
    path = fields.Text(metadata={"description": "Its place; the same as long as it is about the same thing."})
    value = plain.Dict(
        metadata={"description": "What is proposed, by field: of somebody on record only what differs."}
    )
    present = plain.Dict(
        allow_none=True,
        metadata={"description": "What the record says in those fields; null where it is all new."},
    )
    region = fields.Text(metadata={"description": "The code of the region that states it."})
    practitioner = fields.Text(
        allow_none=True,
        metadata={"description": "Who last stated something there, by that case system's id."},
    )
    stated_at = fields.Moment(metadata={"description": "When that region's record last changed."})
    protected = fields.Flag(
        metadata={"description": "Whether it shows a protected contact, from the restricted store."}
    )
    raises_danger = fields.Flag(
        metadata={
            "description": "Whether it raises danger: a higher risk, a new partner or child, a restriction, "
            "an urgent change. It is urgent until it is decided."
        }
    )


ProposalList = list_schema(
    "ProposalList",
    ProposalView,
    "What other regions state and nobody has decided, in the order asked for.",
)


class ProposalDecisionBody(fields.Schema):
    """Whether you take a proposal, and why."""

    taken = fields.Flag(
        required=True,
        metadata={"description": "true writes it on the record as your own statement; false leaves it."},
    )
    reason = fields.LongText(required=True, metadata={"description": "Why."})
    evidence = fields.LongText(
        metadata={"description": "What a lower risk rests on: needed to take one, as for every lowering."}
    )
    grounds = plain.Nested(
        Grounds, metadata={"description": "What a lower level rests on; required to lower high or very high."}
    )
    override_reason = fields.LongText(
        metadata={
            "description": "Why it is lowered although something is outstanding. Only a head of a probation "
            "delivery unit can give it."
        }
    )


class ProposalDecisionView(fields.View):
    """What was decided about a proposal."""

    id = fields.Identifier(metadata={"description": "The id of the decision."})
    path = fields.Text(metadata={"description": "The place of the proposal."})
    taken = fields.Flag(metadata={"description": "Whether it was taken."})
    reason = fields.Text(metadata={"description": "Why."})
    decided_by = fields.Text(metadata={"description": "The practitioner, by the case system's id."})
    decided_at = fields.Moment(metadata={"description": "When it was decided."})
