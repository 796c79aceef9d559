"""How decisions that take four eyes are asked for, made and shown."""

from typing import Final

from marshmallow import fields as plain

from service import fields
from service.access.permissions import MANAGER_ROLES
from service.agreements.kinds import KIND_WORDS
from service.agreements.states import CALLS, STATES
from service.http import CountedPageQuery, list_schema

_STAFF: Final = 200

OUTSTANDING: Final = {
    "check_request": "an agency has not answered",
    "unreviewed_result": "an answer has not been reviewed",
    "self_reported_home": "where the person lives rests on what the person says",
}
"""What keeps a high or very high risk from being lowered."""

ASKED: Final = {
    "of_me": "what you are asked for, by name or in your role and delivery unit",
    "by_me": "what you have asked for",
}
"""Whose agreements a list shows."""


class Grounds(fields.Schema):
    """What a lower risk rests on."""

    changed = fields.LongText(required=True, metadata={"description": "What has changed."})
    verified = fields.LongText(required=True, metadata={"description": "What of it was verified."})
    how = fields.LongText(required=True, metadata={"description": "How it was verified."})
    by = fields.Text(required=True, metadata={"description": "Who verified it."})


class Lowering(fields.Schema):
    """The lower risk of serious harm that is proposed, and what it rests on."""

    group = fields.Text(required=True, metadata={"description": "The group at risk."})
    level = fields.Text(required=True, metadata={"description": "The level of risk from now on."})
    evidence = fields.LongText(required=True, metadata={"description": "What supports the lower level."})
    grounds = plain.Nested(Grounds, required=True, metadata={"description": "What it rests on."})


class AgreementRequest(fields.Schema):
    """What a manager is asked to decide."""

    kind = fields.Choice(KIND_WORDS, required=True, metadata={"description": "The kind of decision."})
    subject_id = fields.Identifier(
        required=True,
        metadata={"description": "The id of what it is about: a check, a check request, a person and so on."},
    )
    reason = fields.LongText(required=True, metadata={"description": "Why it should be agreed to."})
    role = fields.Choice(
        MANAGER_ROLES,
        metadata={"description": "The role that is asked; the first that may decide when left out."},
    )
    staff = fields.Text(
        max=_STAFF,
        metadata={
            "description": "One member of staff who is asked, by the case system's id. Others in a role that "
            "decides it may decide all the same."
        },
    )
    proposal = plain.Nested(
        Lowering, metadata={"description": "What exactly should be done; for `rosh_lowered`, and only then."}
    )
    agreed = fields.Flag(
        metadata={
            "description": "For an endorsement by the manager who makes the call: whether you stand by the "
            "review. Left out, another manager is asked."
        }
    )


class AgreementDecision(fields.Schema):
    """A manager's own decision."""

    agreed = fields.Flag(
        required=True, metadata={"description": "True does what was asked for; false does not."}
    )
    reason = fields.LongText(required=True, metadata={"description": "Why you agree or do not."})
    override_reason = fields.LongText(
        metadata={
            "description": "For `rosh_lowered`: why it is lowered although something is outstanding. Only a "
            "head of a probation delivery unit can give it."
        }
    )


class AgreementWithdrawal(fields.Schema):
    """Why what was asked is taken back."""

    reason = fields.LongText(required=True, metadata={"description": "Why you take it back."})


class AgreementsQuery(CountedPageQuery):
    """Which agreements to list."""

    asked = fields.Choice(ASKED, metadata={"description": "Only those that you are asked for, or asked for."})
    state = fields.Choice(STATES, metadata={"description": "Only those in this state."})
    person_id = fields.Identifier(metadata={"description": "Only those about this record."})


class AgreementSubjectView(fields.View):
    """What a decision is about."""

    kind = fields.Text(metadata={"description": "What kind of thing it is, such as `check_request`."})
    id = fields.Identifier(metadata={"description": "Its id."})
    href = fields.Text(allow_none=True, metadata={"description": "Its address; null if it has none."})


class LoweringOutstandingView(fields.View):
    """What was outstanding when a risk was lowered."""

    code = fields.Choice(OUTSTANDING, metadata={"description": "What it is."})
    id = fields.Identifier(metadata={"description": "The check request, or the address."})
    kind = fields.Text(allow_none=True, metadata={"description": "The kind of check; null for a home."})
    state = fields.Text(
        allow_none=True, metadata={"description": "The state of the check request; null for a home."}
    )


class LoweringView(fields.View):
    """The lower risk of serious harm that was proposed, or recorded."""

    group = fields.Text(metadata={"description": "The group at risk."})
    level = fields.Text(metadata={"description": "The level of risk."})
    evidence = fields.LongText(
        allow_none=True, metadata={"description": "What supports the lower level; null if not given."}
    )
    grounds = plain.Nested(
        Grounds, allow_none=True, metadata={"description": "What it rests on; null if not given."}
    )


class ChangedFactView(fields.View):
    """Something that a decision rests on, and that is not as it was when a manager was asked."""

    kind = fields.Text(metadata={"description": "What kind of thing it is, such as `check_request`."})
    id = fields.Identifier(metadata={"description": "Its id."})
    href = fields.Text(allow_none=True, metadata={"description": "Its address; null if it has none."})
    since = fields.Moment(metadata={"description": "Since when it is as it is now."})


class ManagerDecisionView(fields.View):
    """What a manager decided."""

    agreed = fields.Flag(metadata={"description": "Whether the manager agreed."})
    by = fields.Text(metadata={"description": "The manager, by the case system's id."})
    role = fields.Choice(MANAGER_ROLES, metadata={"description": "The role of the manager."})
    reason = fields.LongText(metadata={"description": "Why."})
    at = fields.Moment(metadata={"description": "When."})


class EndorsementView(ManagerDecisionView):
    """What a manager said to a review that needed no decision: it changes nothing."""


class ManagerAgreementView(fields.View):
    """A decision that takes four eyes."""

    id = fields.Identifier(metadata={"description": "The id of the agreement."})
    href = fields.Text(metadata={"description": "The address of the agreement."})
    kind = fields.Choice(KIND_WORDS, metadata={"description": "The kind of decision."})
    state = fields.Choice(STATES, metadata={"description": "How it stands."})
    subject = plain.Nested(AgreementSubjectView, metadata={"description": "What it is about."})
    beside = plain.List(
        plain.Nested(AgreementSubjectView),
        metadata={
            "description": "What was proposed with it, such as reviews that were completed together: you "
            "agree to all of them or to none; empty where it stands alone."
        },
    )
    person_id = fields.Identifier(metadata={"description": "The record of the person."})
    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    asked_by = fields.Text(
        allow_none=True,
        metadata={"description": "Who asked; null where a manager acted without having been asked."},
    )
    asked_at = fields.Moment(metadata={"description": "When."})
    role = fields.Choice(MANAGER_ROLES, metadata={"description": "The role that was asked, or acted."})
    unit = fields.Text(
        allow_none=True, metadata={"description": "The delivery unit of the case; null if not known."}
    )
    staff = fields.Text(
        allow_none=True, metadata={"description": "The member of staff who was asked; null for the role."}
    )
    reason = fields.LongText(metadata={"description": "Why it should be agreed to."})
    proposal = plain.Nested(
        LoweringView,
        allow_none=True,
        metadata={"description": "What exactly should be done; null where the kind says it all."},
    )
    override_reason = fields.LongText(
        allow_none=True,
        metadata={"description": "Why although something was outstanding; null if nothing was."},
    )
    outstanding = plain.List(
        plain.Nested(LoweringOutstandingView),
        metadata={"description": "What was outstanding all the same; empty if nothing was."},
    )
    changed = plain.List(
        plain.Nested(ChangedFactView),
        allow_none=True,
        metadata={
            "description": "What the decision rests on and has changed since it was asked; empty once it is "
            "decided, null in a list."
        },
    )
    due_at = fields.Moment(
        allow_none=True, metadata={"description": "When it should be decided; null where no clock runs."}
    )
    overdue = fields.Flag(metadata={"description": "Whether it waits, and that time has passed."})
    decision = plain.Nested(
        ManagerDecisionView, allow_none=True, metadata={"description": "What was decided; null until then."}
    )
    withdrawal_reason = fields.LongText(
        allow_none=True, metadata={"description": "Why it was taken back; null unless it was."}
    )
    version = fields.Count(metadata={"description": "Rises by one with every change."})
    allowed_transitions = plain.List(
        fields.Choice(CALLS), metadata={"description": "What you can do about it now."}
    )


ManagerAgreementList = list_schema(
    "ManagerAgreementList",
    ManagerAgreementView,
    "Agreements, in the order you asked for.",
    counted=STATES,
    by="state",
)
