"""Approved premises: staffed hostels for the highest levels of public protection.

It cares for its residents, so it is sent information about their health. Its rules are in
`approved_premises_rules`, the questions only it asks in `approved_premises_annex`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError, validates_schema

from service import tenses
from service.destinations import approved_premises_rules as rules
from service.destinations.approved_premises_annex import (
    PERMITTED_ANNEX,
    REQUIRED_OF_TYPE,
    ApprovedPremisesAnnexSchema,
)
from service.destinations.approved_premises_words import VOCABULARY
from service.destinations.case import includes, no, one_of, when, yes
from service.destinations.contract import OWN_REGION, Derived, Destination, PlacementRules
from service.destinations.policies import (
    EMERGENCY_PLACEMENT,
    answer_policy,
    emergency_policy,
    placement_end_policy,
)
from service.destinations.updates import ProgressSchema, details_when_yes
from service.document.paths import paths
from service.document.regions import AP_AREAS
from service.document.vocabulary import KNOWN, overall_rosh
from service.fields import Choice, LongText, Moment, Schema

ESTABLISHED: Mapping[str, str] = MappingProxyType(
    {
        "alleged": "reported, and not established",
        "established": "established as a fact",
        "unfounded": "looked into, and found not to be so",
    }
)


class MissedSignInSchema(Schema):
    """A resident did not sign in."""

    due_at = Moment(
        tense=tenses.REPORTED,
        required=True,
        metadata={"description": "When the resident was due to sign in."},
    )
    back_at = Moment(tense=tenses.REPORTED, metadata={"description": "When the resident came back."})
    detail = LongText(metadata={"description": "What happened."})

    @validates_schema
    def _back_after(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("back_at", data["due_at"]) < data["due_at"]:
            raise ValidationError("Must not be before `due_at`.", "back_at")


class CurfewBreachSchema(Schema):
    """A resident was out during curfew."""

    noticed_at = Moment(tense=tenses.REPORTED, required=True, metadata={"description": "When staff noticed."})
    back_at = Moment(tense=tenses.REPORTED, metadata={"description": "When the resident came back."})
    status = Choice(
        ESTABLISHED, required=True, metadata={"description": "How far the breach is established."}
    )
    detail = LongText(metadata={"description": "What happened."})


class VisitorSchema(Schema):
    """A visitor came to see a resident. Send names to the practitioner in another way."""

    seen_at = Moment(
        tense=tenses.REPORTED, required=True, metadata={"description": "When the visitor was seen."}
    )
    with_child = Choice(
        KNOWN, required=True, metadata={"description": "Whether a child was with the visitor."}
    )
    status = Choice(ESTABLISHED, required=True, metadata={"description": "How far the visit is established."})
    detail = LongText(metadata={"description": "What happened, without names."})


DESTINATION = Destination(
    key="approved_premises",
    title="Approved premises",
    prefix="ap",
    annex=ApprovedPremisesAnnexSchema,
    purpose="Supervised housing for public protection",
    cares=True,
    organisation_kind="approved_premises",
    duty=lambda _ask: "approved_premises",
    area=OWN_REGION,
    permitted=PERMITTED_ANNEX
    | paths(
        {
            "person": """crn noms_number pnc_number name.given name.family date_of_birth sex gender_identity
                transgender_history ethnicity nationality religion_or_belief interpreter_needed
                interpreter_language location.type location.prison restricted_record
                religious_cultural_needs religious_cultural_needs_detail""",
            "referrer": "name email phone ap_area",
            "case_manager": "is_referrer name email phone",
            "offence": """index.event_number index.offence_id index.summary history.summary
                analysis.victim_relationship analysis.victim_other analysis.victim_impact
                analysis.motivation analysis.contributing_issues convictions.any_listed
                convictions.hate_crime[] convictions.non_sexual_offences_against_children[]
                convictions.contact_sexual_offences_against_adults[]
                convictions.non_contact_sexual_offences_against_adults[]
                convictions.contact_sexual_offences_against_children[]
                convictions.non_contact_sexual_offences_against_children[]""",
            "sentence": """type expiry_date licence_expiry_date parole_eligibility_date hdc_date
                pss_start_date pss_end_date relevant_dates_selected[]""",
            "release": "type date_known date oral_hearing.date_known oral_hearing.date",
            "licence": """conditions[].type conditions[].detail exclusion_zones[].label
                exclusion_zones[].postcodes[] curfew.starts_at curfew.ends_at curfew.until
                recall_alternative.requested recall_alternative.detail""",
            "location": "restrictions restrictions_detail",
            "risk": """tier level_when_no_tier flags[] rosh.overall rosh.children.level rosh.public.level
                rosh.known_adult.level rosh.staff.level summary.who summary.nature summary.imminence
                summary.increase_factors summary.protective_factors self.suicide self.self_harm self.coping
                self.vulnerability management_plan.current_situation management_plan.supervision
                management_plan.monitoring_control management_plan.interventions_treatment
                management_plan.victim_safety management_plan.contingency
                management_plan.additional_comments management_plan.further_considerations
                oasys.assessed_on to_ap_staff to_ap_staff_detail to_residents to_residents_detail""",
            "sharing": """concern unsuitable_detail trauma trauma_detail benefit benefit_detail""",
            "safeguarding": "exploitable exploitable_detail exploits_others exploits_others_detail",
            "behaviour": """arson_risk arson_risk_detail previous_cas_stay previous_cas1_detail past_success
                past_success_detail""",
            "custody": """adjudications[].reported_on adjudications[].establishment adjudications[].charge
                adjudications[].hearing_held adjudications[].finding acct_alerts[].opened_on
                acct_alerts[].closed_on acct_alerts[].detail case_notes[].made_on case_notes[].note
                information information_detail""",
            "needs": """accommodation.detail education_employment.detail finance.detail
                relationships.detail lifestyle.detail drugs.detail alcohol.detail emotional.detail
                thinking.detail attitudes.detail health.detail oasys_linked_sections[]
                oasys_other_sections[] rehabilitative_activities[] rehabilitative_other
                rehabilitative_summary""",
            "health": """need_types[] conditions conditions_detail medication medication_detail wheelchair
                adjustments_detail pregnancy.pregnant pregnancy.due_date pregnancy.social_care
                pregnancy.social_care_detail pregnancy.child_removed pregnancy.other pregnancy.other_detail
                care_needs care_needs_detail care_act_assessment covid_booster covid_booster_detail
                immunosuppressed""",
            "adjustments[]": "kind needed detail",
            "move_on": """plan_in_place plan postcode_area accommodation_type accommodation_other
                home_office_notified home_office_notified_on""",
            "contingency": """no_return withdrawn victims unsuitable_addresses[] suitable_addresses breach
                other trigger_plan""",
            "partners[]": "agency_name contact_name contact_phone role",
            "documents[]": "id description",
            "": "urgency urgency_reason documents_elsewhere",
        }
    ),
    required=paths(
        {
            "": "documents[]",
            "person": "date_of_birth sex transgender_history interpreter_needed religious_cultural_needs",
            "referrer": "phone region",
            "case_manager": "is_referrer",
            "offence": "index.event_number index.offence_id convictions.any_listed",
            "sentence": "type",
            "release": "date_known",
            "risk": """rosh.children.level rosh.public.level rosh.known_adult.level rosh.staff.level
                to_ap_staff to_residents""",
            "sharing": "suitable trauma benefit",
            "safeguarding": "exploitable exploits_others",
            "behaviour": "arson_risk previous_cas_stay past_success",
            "needs": "rehabilitative_activities[] rehabilitative_summary",
            "health": "need_types[] care_needs care_act_assessment covid_booster immunosuppressed",
            "location": "restrictions",
            "move_on": "plan_in_place plan postcode_area accommodation_type",
            "ap": """type purposes[] risk_rationale self_catering duration.different
                location.preferred_postcode_area location.further_away_ok location.preferred_aps[]""",
        }
    ),
    required_when=(
        *details_when_yes("risk.to_ap_staff", "risk.to_residents", "sharing.trauma", "sharing.benefit"),
        *details_when_yes("safeguarding.exploitable", "safeguarding.exploits_others"),
        *details_when_yes("behaviour.arson_risk", "behaviour.past_success", "location.restrictions"),
        *details_when_yes("health.conditions", "health.care_needs", "health.covid_booster"),
        *REQUIRED_OF_TYPE,
        when("the person cannot share a room", no("sharing.suitable"), "sharing.unsuitable_detail"),
        when("the referrer does not manage the case", no("case_manager.is_referrer"), "case_manager.name"),
        when("an interpreter is needed", yes("person.interpreter_needed"), "person.interpreter_language"),
        when("there is medication", one_of("health.medication", "yes"), "health.medication_detail"),
        when("the person is pregnant", yes("health.pregnancy.pregnant"), "health.pregnancy.due_date"),
        when(
            "there was an earlier stay",
            one_of("behaviour.previous_cas_stay", "yes"),
            "behaviour.previous_cas1_detail",
        ),
        when(
            "other activities would help",
            includes("needs.rehabilitative_activities", "other"),
            "needs.rehabilitative_other",
        ),
        when("the sentence is custodial", rules.custodial, "release.releases[]", "release.type"),
        when("the release date is known", yes("release.date_known"), "release.date"),
        when("the release date is not known", no("release.date_known"), "release.oral_hearing.date_known"),
        when("a hearing date is known", yes("release.oral_hearing.date_known"), "release.oral_hearing.date"),
        when("the order is in the community or bail", rules.community, "ap.situation"),
        when("there is no sentence", one_of("sentence.type", "non_statutory"), "ap.managed_by_mappa"),
        when("there is no tier", lambda case: not case.has("risk.tier"), "risk.level_when_no_tier"),
        when(
            "the exceptional route is needed",
            rules.exceptional,
            "ap.exception.agreed",
            "ap.exception.manager_name",
            "ap.exception.agreed_on",
            "ap.exception.summary",
        ),
        when(
            "arrival is not on the day of release",
            no("ap.placement.start_same_as_release"),
            "ap.placement.start_date",
        ),
        when("arrival is under six months away", rules.late, "ap.short_notice_reason"),
        when(
            "notice is short, security enhanced or the order in the community",
            rules.needs_contingency,
            "partners[]",
            *(
                f"contingency.{each}"
                for each in ("no_return", "withdrawn", "victims", "breach", "trigger_plan")
            ),
        ),
        when(
            "move-on is other", one_of("move_on.accommodation_type", "other"), "move_on.accommodation_other"
        ),
        when(
            "the person is a foreign national",
            one_of("move_on.accommodation_type", "foreign_national"),
            "move_on.home_office_notified",
        ),
    ),
    urgent_minimum=("ap.type", "ap.risk_rationale"),
    derived={
        "risk.rosh.overall": Derived(
            "the highest of the groups", lambda case: overall_rosh(case.value("risk.rosh") or {}), "risk.rosh"
        ),
        "referrer.ap_area": Derived(
            "from the region",
            lambda case: AP_AREAS.get(str(case.value("referrer.region"))),
            "referrer.region",
        ),
        "release.type": Derived("the first release", rules.first_release, "release.releases.0.type"),
        "sentence.relevant_dates_selected": Derived(
            "which dates were given", rules.dates_that_apply, "sentence"
        ),
        "sharing.concern": Derived(
            "the opposite of suitable to share", rules.opposite("sharing.suitable"), "sharing.suitable"
        ),
        "ap.notice_type": Derived(
            "from the days to arrival", rules.notice, "ap.placement", pinned_to=rules.arrival
        ),
    },
    vocabulary=VOCABULARY,
    advice=rules.advice,
    faults=rules.faults,
    policy=lambda case: f"approved_premises.{rules.notice(case)}",
    danger=lambda case: EMERGENCY_PLACEMENT if rules.notice(case) == "emergency" else None,
    policies=(
        emergency_policy(),
        answer_policy(
            "approved_premises.emergency",
            routine="2wh",
            urgent="2wh",
            pace=("2wh", "4wh", "1wd"),
            cut_off="13:00",
        ),
        answer_policy(
            "approved_premises.short_notice",
            routine="5wd",
            urgent="2wd",
            pace=("2wd", "4wd", "8wd"),
            cut_off="13:00",
        ),
        answer_policy(
            "approved_premises.standard",
            routine="10wd",
            urgent="5wd",
            pace=("3wd", "6wd", "10wd"),
            cut_off="13:00",
        ),
        placement_end_policy("placement.ap_end", (42, 21, 7)),
    ),
    decline_reasons={
        "accommodation_need_only": "Only somewhere to live is needed",
        "needs_cannot_be_met": "Needs cannot be met there",
        "supervision_period_too_short": "Too little supervision is left",
        "not_necessary_or_proportionate": "Not necessary or proportionate",
        "risk_can_be_managed_otherwise": "Risk can be managed in another way",
        "insufficient_move_on_plan": "The move-on plan is not enough",
        "insufficient_contingency_plan": "The contingency plan is not enough",
        "information_not_provided": "Information was not provided",
        "insufficient_quality": "The referral is not good enough to decide on",
        "inaccurate_or_outdated": "Information is wrong or out of date",
        "risk_to_community": "Risk to the community is too high",
        "risk_to_others_in_ap": "Risk to residents is too high",
        "risk_to_staff": "Risk to staff is too high",
        "risk_to_self": "Risk to self is too high",
    },
    of_quality=frozenset(
        {
            "insufficient_move_on_plan",
            "insufficient_contingency_plan",
            "information_not_provided",
            "insufficient_quality",
            "inaccurate_or_outdated",
        }
    ),
    end_early_reasons={
        "recalled": "Recalled to custody",
        "arrested": "Arrested",
        "absconded": "Left without leave",
        "behaviour": "Behaviour could not be managed",
        "transferred": "Moved to other premises",
        "died": "The person died",
    },
    outcomes={
        "planned_move_on": "Moved on as planned",
        "unplanned_move_on": "Moved on, not as planned",
        "no_address": "Left with nowhere to go",
    },
    updates={
        "missed_sign_in": MissedSignInSchema,
        "curfew_breach": CurfewBreachSchema,
        "visitor": VisitorSchema,
        "progress": ProgressSchema,
    },
    concerns={"visitor": lambda said: said["with_child"] != "no"},
    placement=PlacementRules(rules.default_nights, "placement.ap_end", departure_gate=True),
)
