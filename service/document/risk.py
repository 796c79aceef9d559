"""Sections of the canonical referral on risk: of serious harm by group, to self, in a placement; the plan."""

from marshmallow import fields

from service.document.forms import some
from service.document.vocabulary import KNOWN, ROSH_LEVELS, SAFETY_PLANS, TIERS
from service.fields import Choice, Day, Flag, LongText, Schema, Text


class RoshGroupSchema(Schema):
    """Risk of serious harm to one group."""

    level = Choice(*ROSH_LEVELS, required=True)
    who = LongText()
    nature = LongText()
    imminence = LongText()
    factors = some(Text(), 20)


class RoshSchema(Schema):
    """Risk of serious harm for each group at risk; the overall level is their highest."""

    overall = Choice(*ROSH_LEVELS)
    children = fields.Nested(RoshGroupSchema)
    public = fields.Nested(RoshGroupSchema)
    known_adult = fields.Nested(RoshGroupSchema)
    staff = fields.Nested(RoshGroupSchema)
    prisoners = fields.Nested(RoshGroupSchema)


class PlacementImpactSchema(Schema):
    """What the risk to each group means for shared housing."""

    children = LongText()
    public = LongText()
    known_adult = LongText()
    staff = LongText()


class RiskSummarySchema(Schema):
    """The summary of an assessment."""

    who = LongText()
    nature = LongText()
    imminence = LongText()
    increase_factors = LongText()
    protective_factors = LongText()


class RiskToSelfSchema(Schema):
    """Risk to the person's own life and health."""

    concerns = Flag()
    suicide = LongText()
    self_harm = LongText()
    coping = LongText()
    vulnerability = LongText()
    placement_impact = LongText()
    safety_plan = Choice(*SAFETY_PLANS)


class ManagementPlanSchema(Schema):
    """The risk management plan."""

    current_situation = LongText()
    supervision = LongText()
    monitoring_control = LongText()
    interventions_treatment = LongText()
    victim_safety = LongText()
    contingency = LongText()
    additional_comments = LongText()
    further_considerations = LongText()


class OasysSchema(Schema):
    """The assessment used."""

    assessed_on = Day()


class RiskSchema(Schema):
    """Everything known of risk; police intelligence goes to confidants only."""

    tier = Choice(*TIERS)
    level_when_no_tier = Choice("very_high", "high", "medium")
    rosh = fields.Nested(RoshSchema)
    flags = some(Text(), 30)
    placement_impact = fields.Nested(PlacementImpactSchema)
    summary = fields.Nested(RiskSummarySchema)
    additional_information = LongText()
    edit_confirmed = Flag()
    self_ = fields.Nested(RiskToSelfSchema, data_key="self", attribute="self")
    management_plan = fields.Nested(ManagementPlanSchema)
    oasys = fields.Nested(OasysSchema)
    tools = some(Text(), 20)
    to_ap_staff = Flag()
    to_ap_staff_detail = LongText()
    to_residents = Flag()
    to_residents_detail = LongText()
    to_support_worker = LongText()
    police_intelligence = LongText()


class RoomSharingSchema(Schema):
    """Whether the person can share a room or a house, said positively."""

    suitable = Flag()
    unsuitable_detail = LongText()
    risk_control_detail = LongText()
    trauma = Flag()
    trauma_detail = LongText()
    benefit = Flag()
    benefit_detail = LongText()


class SafeguardingSchema(Schema):
    """Concerns for the person and for others around them; children are in `household`."""

    concerns = Flag()
    concerns_detail = LongText()
    exploitable = Flag()
    exploitable_detail = LongText()
    exploits_others = Flag()
    exploits_others_detail = LongText()


class BehaviourSchema(Schema):
    """Behaviour that bears on living with others."""

    sexual_concerns = Flag()
    sexual_concerns_detail = LongText()
    arson_risk = Flag()
    arson_risk_detail = LongText()
    antisocial = Flag()
    antisocial_detail = LongText()
    previous_cas_stay = Choice(*KNOWN)
    previous_cas_types = some(Choice("cas1", "cas2", "cas3"), 3)
    previous_cas1_detail = LongText()
    previous_cas2_detail = LongText()
    previous_cas3_detail = LongText()
    past_success = Flag()
    past_success_detail = LongText()


class ApprovalsSchema(Schema):
    """Whether somebody had to approve housing this person, and did."""

    specific_risks = Choice("yes", "needs_address", "not_required")
    specific_risks_detail = LongText()


class AdjudicationSchema(Schema):
    """One finding of a prison hearing."""

    reported_on = Day(required=True)
    establishment = Text()
    charge = Text()
    hearing_held = Flag()
    finding = Text(max=60)


class AcctAlertSchema(Schema):
    """One period of self-harm monitoring in prison."""

    opened_on = Day(required=True)
    closed_on = Day()
    detail = LongText()


class CaseNoteSchema(Schema):
    """One prison case note, chosen by the practitioner."""

    made_on = Day(required=True)
    note = LongText(required=True)


class CustodySchema(Schema):
    """What prison knows."""

    adjudications = some(fields.Nested(AdjudicationSchema), 50)
    acct_alerts = some(fields.Nested(AcctAlertSchema), 50)
    case_notes = some(fields.Nested(CaseNoteSchema), 10)
    information = Flag()
    information_detail = LongText()
