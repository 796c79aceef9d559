"""Sections of the canonical referral on risk: of serious harm by group, to self, in a placement; the plan."""

from marshmallow import fields

from service import tenses
from service.document.forms import Section, some
from service.document.vocabulary import KNOWN, SAFETY_PLANS, TIERS
from service.fields import Choice, Day, Flag, LongText, Text
from service.people.rules import LEVELS


class RoshGroupSchema(Section):
    """Risk of serious harm to one group."""

    level = Choice(LEVELS, required=True, metadata={"description": "The level of risk to this group."})
    who = LongText(metadata={"description": "Who in the group is at risk."})
    nature = LongText(metadata={"description": "What harm is likely."})
    imminence = LongText(metadata={"description": "When the risk is greatest."})
    factors = some(Text(), 20, metadata={"description": "What raises or lowers the risk."})


class RoshSchema(Section):
    """Risk of serious harm for each group at risk; the overall level is their highest."""

    overall = Choice(
        LEVELS,
        metadata={"description": "The highest level of the groups; worked out, and checked when given."},
    )
    children = fields.Nested(RoshGroupSchema, metadata={"description": "Risk to children."})
    public = fields.Nested(RoshGroupSchema, metadata={"description": "Risk to the public."})
    known_adult = fields.Nested(
        RoshGroupSchema, metadata={"description": "Risk to an adult the person knows."}
    )
    staff = fields.Nested(RoshGroupSchema, metadata={"description": "Risk to staff."})
    prisoners = fields.Nested(
        RoshGroupSchema, metadata={"description": "Risk to other prisoners, for a person in custody."}
    )


class PlacementImpactSchema(Section):
    """What the risk to each group means for shared housing."""

    children = LongText(metadata={"description": "What the risk to children means for a placement."})
    public = LongText(metadata={"description": "What the risk to the public means for a placement."})
    known_adult = LongText(metadata={"description": "What the risk to a known adult means for a placement."})
    staff = LongText(metadata={"description": "What the risk to staff means for a placement."})


class RiskSummarySchema(Section):
    """The summary of an assessment."""

    who = LongText(metadata={"description": "Who is at risk."})
    nature = LongText(metadata={"description": "The nature of the risk."})
    imminence = LongText(metadata={"description": "When the risk is greatest."})
    increase_factors = LongText(metadata={"description": "What raises the risk."})
    protective_factors = LongText(metadata={"description": "What lowers the risk."})


class RiskToSelfSchema(Section):
    """Risk to the person's own life and health."""

    concerns = Flag(metadata={"description": "Whether there is or was a concern about self-harm or suicide."})
    suicide = LongText(metadata={"description": "Concerns about suicide."})
    self_harm = LongText(metadata={"description": "Concerns about self-harm."})
    coping = LongText(metadata={"description": "Concerns about coping in custody or a hostel."})
    vulnerability = LongText(metadata={"description": "Concerns about vulnerability."})
    placement_impact = LongText(
        metadata={"description": "What the risk means for a placement; needed when there are concerns."}
    )
    safety_plan = Choice(
        SAFETY_PLANS, metadata={"description": "Whether there is a safety plan, and consent to share it."}
    )


class ManagementPlanSchema(Section):
    """The risk management plan."""

    current_situation = LongText(metadata={"description": "The current situation."})
    supervision = LongText(metadata={"description": "How the person is supervised."})
    monitoring_control = LongText(metadata={"description": "How the risk is monitored and controlled."})
    interventions_treatment = LongText(metadata={"description": "Interventions and treatment."})
    victim_safety = LongText(
        metadata={"description": "How victims are kept safe, without saying where they are."}
    )
    contingency = LongText(metadata={"description": "What happens when the risk rises."})
    additional_comments = LongText(metadata={"description": "Additional comments."})
    further_considerations = LongText(metadata={"description": "Further considerations."})


class OasysSchema(Section):
    """The OASys assessment used."""

    assessed_on = Day(
        tense=tenses.SAID,
        metadata={
            "description": "The date of the assessment; when it is over six months old, you get advice."
        },
    )


class RiskSchema(Section):
    """What is known of the risk. Only destinations that hold confidences are sent police intelligence."""

    tier = Choice(TIERS, metadata={"description": "The management tier."})
    level_when_no_tier = Choice(
        {"very_high": "very high", "high": "high", "medium": "medium"},
        metadata={"description": "The level of risk, when the person has no tier."},
    )
    rosh = fields.Nested(RoshSchema, metadata={"description": "Risk of serious harm by group."})
    flags = some(Text(), 30, metadata={"description": "Active risk registrations in nDelius."})
    placement_impact = fields.Nested(
        PlacementImpactSchema, metadata={"description": "What the risk to each group means for a placement."}
    )
    summary = fields.Nested(
        RiskSummarySchema, metadata={"description": "The summary of risk of serious harm."}
    )
    additional_information = LongText(metadata={"description": "A note on risk for the provider."})
    edit_confirmed = Flag(
        metadata={"description": "Whether the practitioner confirmed that the risk text may be shared."}
    )
    self_ = fields.Nested(
        RiskToSelfSchema,
        data_key="self",
        attribute="self",
        metadata={"description": "Risk to the person's own life and health."},
    )
    management_plan = fields.Nested(
        ManagementPlanSchema, metadata={"description": "The risk management plan."}
    )
    oasys = fields.Nested(OasysSchema, metadata={"description": "The OASys assessment used."})
    tools = some(Text(), 20, metadata={"description": "Scores of actuarial and specialist tools."})
    to_ap_staff = Flag(metadata={"description": "Whether there may be a risk to staff of approved premises."})
    to_ap_staff_detail = LongText(metadata={"description": "The risk; needed when there is one."})
    to_residents = Flag(metadata={"description": "Whether there may be a risk to other residents."})
    to_residents_detail = LongText(metadata={"description": "The risk; needed when there is one."})
    to_support_worker = LongText(
        metadata={"description": "How the placement can be supported, given any risk to the worker."}
    )
    police_intelligence = LongText(metadata={"description": "Police intelligence; only MAPPA is sent it."})


class RoomSharingSchema(Section):
    """Whether the person can share a room or a house."""

    suitable = Flag(metadata={"description": "Whether the person can share."})
    unsuitable_detail = LongText(metadata={"description": "Why not; needed when the person cannot share."})
    risk_control_detail = LongText(
        metadata={"description": "How risk is managed when sharing; for CAS3, needed when the person can."}
    )
    trauma = Flag(metadata={"description": "Whether past trauma bears on sharing a room."})
    trauma_detail = LongText(metadata={"description": "How; needed when it does."})
    benefit = Flag(metadata={"description": "Whether the person may gain from sharing a room."})
    benefit_detail = LongText(metadata={"description": "How; needed when they may."})


class SafeguardingSchema(Section):
    """Concerns for the person and for others around them; children are in `household`."""

    concerns = Flag(metadata={"description": "Whether there is a safeguarding concern or a vulnerability."})
    concerns_detail = LongText(metadata={"description": "The concern; needed when there is one."})
    exploitable = Flag(metadata={"description": "Whether the person is open to exploitation."})
    exploitable_detail = LongText(metadata={"description": "How; needed when they are."})
    exploits_others = Flag(
        metadata={"description": "Whether the person may groom, radicalise or exploit others."}
    )
    exploits_others_detail = LongText(metadata={"description": "How; needed when they may."})


class BehaviourSchema(Section):
    """Behaviour that bears on living with others."""

    sexual_concerns = Flag(
        metadata={"description": "Whether sexual behaviour is a concern, without a conviction."}
    )
    sexual_concerns_detail = LongText(metadata={"description": "The behaviour; needed when it is a concern."})
    arson_risk = Flag(metadata={"description": "Whether there is a risk of fire-setting."})
    arson_risk_detail = LongText(metadata={"description": "The risk; needed when there is one."})
    antisocial = Flag(metadata={"description": "Whether anti-social behaviour is a concern."})
    antisocial_detail = LongText(metadata={"description": "The behaviour; needed when it is a concern."})
    previous_cas_stay = Choice(
        KNOWN,
        metadata={"description": "Whether the person stayed in a Community Accommodation Service before."},
    )
    previous_cas_types = some(
        Choice(
            {
                "cas1": "approved premises",
                "cas2": "housing on bail or home detention curfew",
                "cas3": "temporary housing",
            }
        ),
        3,
        metadata={"description": "Which services the person stayed in."},
    )
    previous_cas1_detail = LongText(metadata={"description": "Behaviour during stays in approved premises."})
    previous_cas2_detail = LongText(metadata={"description": "Behaviour during stays in CAS2."})
    previous_cas3_detail = LongText(metadata={"description": "Behaviour during stays in CAS3."})
    past_success = Flag(metadata={"description": "Whether anything helped in the past."})
    past_success_detail = LongText(metadata={"description": "What helped; needed when something did."})


class ApprovalsSchema(Section):
    """Whether housing this person needs approval, and has it."""

    specific_risks = Choice(
        {
            "yes": "approval was given",
            "needs_address": "approval waits for an address",
            "not_required": "no approval is needed",
        },
        metadata={"description": "Whether the approval that specific risks need was given."},
    )
    specific_risks_detail = LongText(
        metadata={"description": "Who approved and when; needed when it was given."}
    )


class AdjudicationSchema(Section):
    """One finding of a prison hearing."""

    reported_on = Day(
        tense=tenses.LIFE, required=True, metadata={"description": "The day the charge was reported."}
    )
    establishment = Text(metadata={"description": "The prison."})
    charge = Text(metadata={"description": "The charge."})
    hearing_held = Flag(metadata={"description": "Whether the hearing was held."})
    finding = Text(max=60, metadata={"description": "The finding, such as proved or dismissed."})


class AcctAlertSchema(Section):
    """One period of self-harm monitoring in prison."""

    opened_on = Day(
        tense=tenses.LIFE, required=True, metadata={"description": "The first day of the monitoring."}
    )
    closed_on = Day(
        tense=tenses.LIFE, metadata={"description": "The last day of the monitoring; none while it is open."}
    )
    detail = LongText(metadata={"description": "Why the person was monitored."})


class CaseNoteSchema(Section):
    """One prison case note, chosen by the practitioner."""

    made_on = Day(tense=tenses.LIFE, required=True, metadata={"description": "The day of the note."})
    note = LongText(required=True, metadata={"description": "The note."})


class CustodySchema(Section):
    """Information from prison."""

    adjudications = some(
        fields.Nested(AdjudicationSchema), 50, metadata={"description": "Findings of prison hearings."}
    )
    acct_alerts = some(
        fields.Nested(AcctAlertSchema),
        50,
        metadata={
            "description": "Periods of ACCT monitoring; only destinations with a duty of care are sent it."
        },
    )
    case_notes = some(fields.Nested(CaseNoteSchema), 10, metadata={"description": "Prison case notes."})
    information = Flag(metadata={"description": "Whether there is other information from prison."})
    information_detail = LongText(metadata={"description": "The information from prison."})
