"""CAS3: temporary housing for at most 84 nights, for people homeless from custody, from an AP or from CAS2.

Rules of the Community Accommodation Service: referrals at most three months ahead, a duty to refer under 26
weeks old and a live commissioned accommodation referral first, and the person's consent.
"""

import json
from collections.abc import Mapping
from importlib import resources

from service.destinations import cas3_rules as rules
from service.destinations.cas3_annex import ELIGIBILITY_REASONS, Cas3AnnexSchema
from service.destinations.case import no, one_of, when, yes
from service.destinations.contract import (
    AreaRule,
    Derived,
    Destination,
    PlacementRules,
    Word,
)
from service.destinations.policies import answer_policy, placement_end_policy
from service.destinations.updates import ProgressSchema, details_when_yes
from service.document.paths import paths
from service.document.regions import REGIONS, REGIONS_OF_ACCOMMODATION
from service.document.vocabulary import (
    DTR_OUTCOMES,
    HEALTH_NEEDS,
    LICENCE_CONDITIONS,
    ROSH_WORDS,
    camelled,
    overall_rosh,
)

_DATA: Mapping[str, Mapping[str, str]] = json.loads(
    resources.files("service.destinations").joinpath("reference_data/cas3.json").read_text(encoding="utf-8")
)

DESTINATION = Destination(
    key="cas3",
    title="CAS3 temporary accommodation",
    prefix="cas3",
    annex=Cas3AnnexSchema,
    purpose="Temporary housing for a person who would be homeless",
    organisation_kind="cas3_team",
    duty=lambda _ask: "cas3",
    area=AreaRule(
        "the other region requested (`cas3.location.region`), otherwise the referrer's own region",
        REGIONS,
        rules.area_of_housing,
    ),
    permitted=paths(
        {
            "person": """crn noms_number pnc_number name.given name.family date_of_birth sex gender_identity
                ethnicity nationality religion_or_belief phone interpreter_needed interpreter_language
                location.type location.prison restricted_record religious_cultural_needs
                religious_cultural_needs_detail caring_responsibilities caring_responsibilities_detail
                community_support local_connections""",
            "referrer": "name email phone pdu region manager.name manager.email manager.phone",
            "offence": """index.offence_id index.summary history.summary convictions.sexual convictions.arson
                registered_sex_offender""",
            "sentence": """type length.years length.months length.weeks length.days expiry_date
                licence_expiry_date""",
            "release": "date releases[].type releases[].start_date releases[].end_date",
            "licence": """conditions[].type conditions[].detail exclusion_zones[].label
                exclusion_zones[].postcodes[] court_orders[] curfew.starts_at curfew.ends_at curfew.until""",
            "location": "restrictions restrictions_detail",
            "risk": """tier flags[] rosh.overall rosh.children.level rosh.public.level rosh.known_adult.level
                rosh.staff.level placement_impact.children placement_impact.public
                placement_impact.known_adult placement_impact.staff self.concerns self.placement_impact
                self.safety_plan management_plan.supervision management_plan.monitoring_control
                management_plan.interventions_treatment management_plan.victim_safety oasys.assessed_on
                to_support_worker""",
            "sharing": "suitable unsuitable_detail risk_control_detail",
            "safeguarding": "concerns concerns_detail",
            "behaviour": """sexual_concerns sexual_concerns_detail arson_risk arson_risk_detail antisocial
                antisocial_detail previous_cas_stay previous_cas_types[] previous_cas1_detail
                previous_cas2_detail previous_cas3_detail""",
            "approvals": "specific_risks specific_risks_detail",
            "custody": """adjudications[].reported_on adjudications[].establishment adjudications[].charge
                adjudications[].hearing_held adjudications[].finding""",
            "needs": "substance_misuse drugs.detail alcohol.detail",
            "health": "need_types[] property_adaptation adjustments_detail diet diet_detail",
            "adjustments[]": "kind needed detail",
            "housing": """dtr.submitted dtr.reference dtr.date dtr.local_authority dtr.outcome
                dtr.outcome_other other_options other_options_detail""",
            "move_on": "plan",
            "consent": "cas3",
            "cas3": """eligibility_reason placement.start_date location.own_region location.region
                location.other_pdu location.pdu location.other_pdu_reason location.pdu_evidence""",
        }
    ),
    required=paths(
        {
            "person": """date_of_birth sex religious_cultural_needs caring_responsibilities community_support
                local_connections""",
            "referrer": "phone pdu region manager.name manager.email manager.phone",
            "offence": """index.offence_id index.summary history.summary convictions.any_listed
                convictions.sexual convictions.arson""",
            "sentence": "type length expiry_date",
            "release": "date releases[].type releases[].start_date",
            "risk": """rosh.children.level rosh.public.level rosh.known_adult.level rosh.staff.level
                placement_impact.children placement_impact.public placement_impact.known_adult
                placement_impact.staff self.concerns self.safety_plan management_plan.supervision
                management_plan.monitoring_control management_plan.interventions_treatment
                management_plan.victim_safety to_support_worker""",
            "sharing": "suitable",
            "safeguarding": "concerns",
            "behaviour": "antisocial previous_cas_stay",
            "approvals": "specific_risks",
            "needs": "substance_misuse",
            "health": "need_types[] property_adaptation diet",
            "housing": "dtr.submitted other_options",
            "move_on": "plan",
            "consent": "cas3",
            "cas3": "eligibility_reason placement.start_date location.own_region",
        }
    ),
    required_when=(
        *details_when_yes("safeguarding.concerns", "behaviour.sexual_concerns", "behaviour.arson_risk"),
        *details_when_yes("behaviour.antisocial", "location.restrictions", "housing.other_options"),
        *details_when_yes("person.religious_cultural_needs", "person.caring_responsibilities"),
        when("an interpreter is needed", yes("person.interpreter_needed"), "person.interpreter_language"),
        when("the person cannot share", no("sharing.suitable"), "sharing.unsuitable_detail"),
        when("the person can share", yes("sharing.suitable"), "sharing.risk_control_detail"),
        when("there is risk to self", yes("risk.self.concerns"), "risk.self.placement_impact"),
        when(
            "risks were approved",
            one_of("approvals.specific_risks", "yes"),
            "approvals.specific_risks_detail",
        ),
        when("there is a diet or allergy", one_of("health.diet", "yes"), "health.diet_detail"),
        when("the property must be adapted", yes("health.property_adaptation"), "health.adjustments_detail"),
        when(
            "there was an earlier stay",
            one_of("behaviour.previous_cas_stay", "yes"),
            "behaviour.previous_cas_types[]",
        ),
        when(
            "a duty to refer was made",
            yes("housing.dtr.submitted"),
            "housing.dtr.reference",
            "housing.dtr.date",
            "housing.dtr.local_authority",
            "housing.dtr.outcome",
        ),
        when("another region is sought", no("cas3.location.own_region"), "cas3.location.region"),
        when(
            "another delivery unit is sought",
            yes("cas3.location.other_pdu"),
            "cas3.location.other_pdu_reason",
        ),
        when("the own region is sought", yes("cas3.location.own_region"), "cas3.location.pdu"),
    ),
    derived={
        "risk.rosh.overall": Derived(
            "the highest of the groups", lambda case: overall_rosh(case.value("risk.rosh") or {}), "risk.rosh"
        ),
        "offence.convictions.sexual": Derived(
            "any of the four kinds of sexual offence", rules.sexual_conviction, "offence.convictions"
        ),
    },
    vocabulary={
        "sentence.type": camelled(
            "standard_determinate", "extended_determinate", "life", "ipp", "offender_rehabilitation_act"
        ),
        "release.releases[].type": camelled(
            "crd_licence",
            "parole",
            "fixed_term_recall",
            "standard_recall",
            "risk_assessed_recall_review",
            ipp_rarr="indeterminatePublicProtectionRarr",
            pss=Word("pss", until=rules.PSS_ENDS),
        ),
        "licence.conditions[].type": camelled(
            *(each for each in LICENCE_CONDITIONS if each != "intimate_relationships"),
            intimate_relationships="initmateRelationships",
        ),
        "risk.self.safety_plan": {
            "yes_consent_to_share": "yesAndConsentToShareHasBeenGiven",
            "yes_no_consent_to_share": "yesButNoConsentToShare",
            "no_safety_plan": "noSafetyPlan",
        },
        "approvals.specific_risks": camelled("yes", "needs_address", "not_required"),
        "behaviour.previous_cas_stay": {"yes": "yes", "no": "no", "not_known": "iDontKnow"},
        "health.diet": {"yes": "yes", "no": "no", "not_known": "iDontKnow"},
        "health.need_types[]": camelled(
            *(need for need in HEALTH_NEEDS if need not in {"healthcare", "pregnancy"}),
            # Needs without a box of their own on its form.
            healthcare=Word("other", broader=True),
            pregnancy=Word("other", broader=True),
        ),
        "person.location.type": {"custody": "InCustody", "community": "InCommunity"},
        "person.sex": {"male": "Male", "female": "Female"},
        "housing.dtr.outcome": camelled(*DTR_OUTCOMES),
        "cas3.eligibility_reason": camelled(*ELIGIBILITY_REASONS),
        "referrer.region": REGIONS_OF_ACCOMMODATION,
        "cas3.location.region": REGIONS_OF_ACCOMMODATION,
        **{
            f"risk.rosh.{group}": ROSH_WORDS
            for group in ("overall", "children.level", "public.level", "known_adult.level", "staff.level")
        },
    },
    hold=rules.hold,
    blocks=rules.blocks,
    waits_for=frozenset({rules.ACCOMMODATION}),
    advice=rules.advice,
    faults=rules.faults,
    policy=lambda _case: "cas3.decision",
    policies=(
        answer_policy("cas3.decision", routine="2wd", urgent="1wd", pace=("2wd", "4wd", "8wd")),
        placement_end_policy("placement.cas3_end", (42, 21, 7)),
    ),
    decline_reasons=_DATA["decline_reasons"],
    end_early_reasons={
        "recalled": "Recalled to custody",
        "behaviour": "Behaviour could not be managed",
        "risk": "Risk could not be managed",
        "left": "Left without a plan",
        "died": "The person died",
    },
    outcomes={
        "settled": "Moved to a settled home",
        "temporary": "Moved to other temporary housing",
        "no_address": "Left with nowhere to go",
    },
    updates={"progress": ProgressSchema},
    placement=PlacementRules(rules.default_nights, "placement.cas3_end", most_nights=rules.MOST_NIGHTS),
)
