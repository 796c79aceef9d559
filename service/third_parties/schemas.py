"""Disclosure decisions as they are opened, moved and shown."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.checks.rules import FORCES
from service.http import list_schema
from service.third_parties.bases import LEGAL_BASES, RECIPIENTS
from service.third_parties.rules import INFORMED, MEANS, SUBJECTS
from service.third_parties.states import ACTIONS, LAPSES, STATES, TABLE
from service.timers.policy import URGENCIES

_MOST: Final = 20


class DisclosureSubmission(fields.Schema):
    """Somebody who may have to be told something about the person."""

    recipient = fields.Choice(RECIPIENTS, required=True, metadata={"description": "Who may be told."})
    contact_id = fields.Identifier(metadata={"description": "Who it is, of the contacts on record."})
    organisation_id = fields.Identifier(metadata={"description": "agency: which organisation it is."})
    name = fields.Text(metadata={"description": "Who it is, where they are not on record."})
    reason = fields.LongText(
        required=True, metadata={"description": "Why now: who asked, or what has happened."}
    )
    urgent = fields.Flag(
        load_default=False,
        metadata={
            "description": "Whether somebody is in danger now: it is then a danger clock, day and night."
        },
    )


class MeetingDecision(fields.Schema):
    """The MAPPA meeting that decided."""

    decided_on = fields.Day(
        tense=tenses.REPORTED, required=True, metadata={"description": "The day of the meeting."}
    )
    chair = fields.Text(required=True, metadata={"description": "Who chaired it."})
    present = fields.List(
        fields.Text(),
        min=1,
        max=_MOST,
        required=True,
        metadata={"description": "The agencies that were there."},
    )


class PersonInformed(fields.Schema):
    """What the person is told of the disclosure."""

    informed = fields.Choice(INFORMED, required=True, metadata={"description": "What the person is told."})
    by = fields.Day(
        tense=tenses.AHEAD, metadata={"description": "tells_it: the last day for the person to tell it."}
    )
    reason = fields.LongText(required=True, metadata={"description": "Why the person is, or is not, told."})


class Withheld(fields.Schema):
    """One thing that they are not told on purpose."""

    what = fields.Text(required=True, metadata={"description": "What they are not told."})
    why = fields.LongText(required=True, metadata={"description": "Why they are not told it."})


class DisclosureProposal(fields.Schema):
    """What a manager is asked to agree to: exactly what is told, or that nothing is."""

    tell = fields.Flag(
        required=True, metadata={"description": "False proposes that they are not told anything."}
    )
    reason = fields.LongText(required=True, metadata={"description": "Why they are told, or not told."})
    subjects = fields.List(
        fields.Choice(SUBJECTS),
        min=1,
        max=len(SUBJECTS),
        metadata={"description": "What they are told of; required to tell."},
    )
    words = fields.LongText(metadata={"description": "Exactly what they are told; required to tell."})
    withheld = fields.List(
        plain.Nested(Withheld),
        max=_MOST,
        metadata={
            "description": "What they are not told on purpose, and why; `[]` says that it is nothing. "
            "Required to tell."
        },
    )
    legal_basis = fields.Choice(
        LEGAL_BASES, metadata={"description": "On what basis they are told; required to tell."}
    )
    mappa = plain.Nested(
        MeetingDecision, metadata={"description": "The meeting that decided, for a basis that takes one."}
    )
    told_by = fields.Text(metadata={"description": "Who tells them; required to tell."})
    tell_by = fields.Day(
        tense=tenses.AHEAD, metadata={"description": "The last day to tell them; required to tell."}
    )
    person = plain.Nested(
        PersonInformed, metadata={"description": "What the person is told of it; required to tell."}
    )
    safety_plan = fields.LongText(
        metadata={
            "description": "How they and others are kept safe once they know; required where they may be "
            "harmed, or are told whom the person may harm."
        }
    )


class RightToKnowReferral(fields.Schema):
    """That the police were asked to tell somebody, under the Domestic Violence Disclosure Scheme."""

    force = fields.Choice(
        dict.fromkeys(FORCES, "a police force"),
        required=True,
        metadata={"description": "The force that was asked."},
    )
    reference = fields.Text(
        metadata={"description": "The reference of the force; add it when it comes: `add_reference`."}
    )
    sent_on = fields.Day(
        tense=tenses.REPORTED, required=True, metadata={"description": "The day on which it was sent."}
    )
    reason = fields.LongText(required=True, metadata={"description": "Why the police were asked."})


class PoliceAnswer(fields.Schema):
    """What the police decided."""

    answered_on = fields.Day(
        tense=tenses.REPORTED, required=True, metadata={"description": "The day on which they answered."}
    )
    reason = fields.LongText(required=True, metadata={"description": "What they told, or why they did not."})


class Telling(fields.Schema):
    """That they were told, and what."""

    told_on = fields.Day(
        tense=tenses.REPORTED, required=True, metadata={"description": "The day on which they were told."}
    )
    by = fields.Text(required=True, metadata={"description": "Who told them."})
    means = fields.Choice(MEANS, required=True, metadata={"description": "How they were told."})
    words = fields.LongText(
        metadata={"description": "What they were told, where it is not what was agreed, word for word."}
    )
    why_different = fields.LongText(
        metadata={"description": "Why they were told something else; needed with other `words`."}
    )
    outcome = fields.LongText(
        metadata={"description": "How they took it, and what follows; or add it later: `add_outcome`."}
    )


_MEMBER_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {row.action: row.needs for row in TABLE.rows if row.action in ACTIONS}
)


class DisclosureTransition(fields.Schema):
    """One step of a disclosure decision; the other member depends on the action."""

    action = fields.Choice(ACTIONS, required=True, metadata={"description": "What you do."})
    proposal = plain.Nested(DisclosureProposal, metadata={"description": "propose: what a manager decides."})
    referral = plain.Nested(RightToKnowReferral, metadata={"description": "refer: the referral."})
    told = plain.Nested(Telling, metadata={"description": "record_told: what they were told."})
    answer = plain.Nested(
        PoliceAnswer,
        metadata={"description": "record_police_told, record_police_declined: what the police decided."},
    )
    reference = fields.Text(metadata={"description": "add_reference: the reference of the force."})
    outcome = fields.LongText(metadata={"description": "add_outcome: how they took it, and what followed."})
    reason = fields.LongText(
        metadata={
            "description": "reopen: why they could not be told as agreed, or the police do not decide it. "
            "raise: who is in danger, and why. record_chance_passed: what the person did. "
            "withdraw_told, withdraw_police_answer: why it was not so."
        }
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _members_belong_to_the_action(self, data: dict[str, Any], sent: dict[str, Any], **_: Any) -> None:
        if data.get("action") in _MEMBER_OF and (
            found := fields.member_faults(sent, _MEMBER_OF[data["action"]])
        ):
            raise ValidationError(found)


class TellingBasisView(fields.View):
    """On what law somebody is told, as it stood when a manager agreed."""

    code = fields.Choice(LEGAL_BASES, metadata={"description": "The basis, by its code."})
    gateway = fields.Text(metadata={"description": "The law that lets probation tell it."})
    regime = fields.Text(metadata={"description": "The data protection regime."})
    condition = fields.Text(metadata={"description": "The conditions of that regime that are met."})


class DisclosureStepView(fields.View):
    """One step of a disclosure decision, and what was said."""

    action = fields.Choice(
        {
            "open": "it was opened",
            **ACTIONS,
            "agree_to_tell": "a manager agreed that they are told",
            "agree_not_to_tell": "a manager agreed that they are not told",
            "send_back": "a manager did not agree",
            "lapse": "it lapsed, for one of these reasons: "
            + "; ".join(f"`{code}`: {words}" for code, words in LAPSES.items()),
            "add_police_answer": "a force that was asked answered after it had been settled otherwise",
            "withdraw_late_answer": "a force took back an answer that had settled nothing",
            "resume": "it is to be decided after all: the person has not died",
        },
        metadata={"description": "What was done."},
    )
    at = fields.Moment(metadata={"description": "When."})
    practitioner = fields.Text(
        allow_none=True,
        metadata={"description": "Who did it, by the case system's id; null where the service did."},
    )
    role = fields.Text(
        allow_none=True, metadata={"description": "In which role; null where the service did."}
    )
    said = plain.Dict(
        keys=plain.String(),
        metadata={
            "description": "What was said: of `propose`, `refer`, `record_told` and what the police answered "
            "the member that was sent; otherwise the `reason`, the `reference` or the `outcome`, and at the "
            "start the `name`. `record_told` always has the `words`, and `gave_away` where they gave away "
            "whom a record protects, MAPPA or intelligence; `refer` the `police_id` of a force that reads "
            "and answers it here; what takes back a step that was a mistake, which step it is as "
            "`corrects`, counted from one. A region "
            "that does not see who protected contacts are reads `[withheld]` in place of what would tell it."
        },
    )


class RightToKnowAnswer(fields.Schema):
    """What a force decided that was asked under the Right to Know."""

    told = fields.Flag(required=True, metadata={"description": "Whether you told them."})
    answered_on = fields.Day(
        tense=tenses.REPORTED,
        required=True,
        metadata={"description": "The day on which you did, or decided."},
    )
    reason = fields.LongText(required=True, metadata={"description": "What you told, or why you did not."})


class SubjectOfTheScheme(fields.View):
    """The person on probation, for the force."""

    given_name = fields.Text(metadata={"description": "Given name."})
    family_name = fields.Text(metadata={"description": "Family name."})
    date_of_birth = fields.Day(allow_none=True, metadata={"description": "Date of birth; null if unknown."})
    pnc_number = fields.Text(allow_none=True, metadata={"description": "PNC number; null if unknown."})


class HomeOfSomebody(fields.View):
    """An address of whoever may be told."""

    lines = plain.List(plain.String(), allow_none=True, metadata={"description": "The lines of the address."})
    postcode = fields.Text(allow_none=True, metadata={"description": "The postcode; null if unknown."})
    is_current = fields.Flag(
        metadata={"description": "Whether they live there now, as far as is recorded; or they once did."}
    )


class WhoMayBeTold(fields.View):
    """Who may be told, for the force: by `name` alone where they are not on record."""

    recipient = fields.Choice(RECIPIENTS, metadata={"description": "Who it is to the person."})
    name = fields.Text(
        allow_none=True, metadata={"description": "The name of who is not on record; or null."}
    )
    given_name = fields.Text(allow_none=True, metadata={"description": "Given name; null if unknown."})
    family_name = fields.Text(allow_none=True, metadata={"description": "Family name; null if unknown."})
    date_of_birth = fields.Day(allow_none=True, metadata={"description": "Date of birth; null if unknown."})
    description = fields.Text(allow_none=True, metadata={"description": "What identifies them; or null."})
    addresses = plain.List(
        plain.Nested(HomeOfSomebody), metadata={"description": "Where they live, and have lived."}
    )


class RightToKnowView(fields.View):
    """What a force is asked to decide under the Domestic Violence Disclosure Scheme; for that force."""

    id = fields.Identifier(metadata={"description": "Its id."})
    href = fields.Text(metadata={"description": "Its address."})
    state = fields.Choice(
        {"asked": "you decide, and answer", "ended": "it was answered, or probation took it back"},
        metadata={"description": "Whether you are still asked."},
    )
    urgency = fields.Choice(URGENCIES, metadata={"description": "urgent: somebody is in danger now."})
    asked_by = fields.Text(metadata={"description": "The probation region that asks."})
    sent_on = fields.Day(
        metadata={"description": "The day on which you were asked; your 28 days count from it."}
    )
    reason = fields.LongText(allow_none=True, metadata={"description": "Why you are asked; null once ended."})
    person = plain.Nested(
        SubjectOfTheScheme,
        allow_none=True,
        metadata={"description": "Whom somebody may be told of; null once ended."},
    )
    about = plain.Nested(
        WhoMayBeTold, allow_none=True, metadata={"description": "Who may be told; null once ended."}
    )
    version = fields.Count(metadata={"description": "Rises by one with every change."})
    due_at = fields.Moment(allow_none=True, metadata={"description": "The target; null if no clock runs."})
    overdue = fields.Flag(metadata={"description": "Whether the target has passed."})


class DisclosureDecisionView(fields.View):
    """Whether one third party is told something about the person; for probation."""

    id = fields.Identifier(metadata={"description": "The id of the decision."})
    href = fields.Text(metadata={"description": "The address of the decision."})
    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    recipient = fields.Choice(RECIPIENTS, metadata={"description": "Who may be told."})
    contact_id = fields.Identifier(
        allow_none=True, metadata={"description": "Who it is, of the contacts on record; or null."}
    )
    organisation_id = fields.Identifier(
        allow_none=True, metadata={"description": "Which organisation it is; or null."}
    )
    change_id = fields.Identifier(
        allow_none=True,
        metadata={"description": "The change of circumstance that opened it; null where somebody did."},
    )
    urgency = fields.Choice(URGENCIES, metadata={"description": "Decides the target."})
    subjects = plain.List(
        fields.Choice(SUBJECTS),
        metadata={"description": "What a manager agreed that they are told of; empty otherwise."},
    )
    legal_basis = plain.Nested(
        TellingBasisView,
        allow_none=True,
        metadata={"description": "On what law they are told; null until a manager agreed, and if none did."},
    )
    person_tells_by = fields.Day(
        allow_none=True,
        metadata={
            "description": "The last day for the person to tell it first; null where there is no chance, "
            "or it is known what came of it."
        },
    )
    state = fields.Choice(STATES, metadata={"description": "How far it is."})
    version = fields.Count(metadata={"description": "Rises by one with every step."})
    opened_at = fields.Moment(metadata={"description": "When it was opened."})
    due_at = fields.Moment(allow_none=True, metadata={"description": "The target; null if no clock runs."})
    overdue = fields.Flag(metadata={"description": "Whether the target has passed."})
    waits_for = fields.Choice(
        {
            "practitioner": "whoever is accountable for the case",
            "manager": "a manager, who decides at `POST /v1/agreements/{id}/decision`",
            "police": "the police, and whoever is accountable to ask what came of it",
        },
        allow_none=True,
        metadata={"description": "Who must act; null when it has ended."},
    )
    allowed_transitions = plain.List(
        fields.Choice(ACTIONS), metadata={"description": "What you can do about it now."}
    )
    steps = plain.List(
        plain.Nested(DisclosureStepView), metadata={"description": "Every step so far, in order."}
    )


DisclosureDecisionList = list_schema(
    "DisclosureDecisionList",
    DisclosureDecisionView,
    "The disclosure decisions about a person, in the order asked for.",
    counted=STATES,
    by="state",
)
