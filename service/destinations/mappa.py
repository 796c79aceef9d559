"""MAPPA: multi-agency public protection, the one destination that may hold every confidence.

Only MAPPA, police and probation may know that a referral to it exists. Parts of its form are not confirmed by
a published source, so its lists are kept easy to change.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from service import tenses
from service.destinations.advice import stale_oasys
from service.destinations.case import Case, one_of, when, yes
from service.destinations.contract import Advice, Area, AreaRule, Derived, Destination
from service.destinations.policies import MOVE_ON_ASKED, answer_policy
from service.destinations.updates import ProgressSchema
from service.document.forms import Code, Section, some
from service.document.paths import paths
from service.document.regions import MAPPA_AREAS
from service.document.vocabulary import overall_rosh
from service.fields import Choice, Count, Day, Flag, Identifier, LongText, Schema, Text

LEVELS_DECIDED: Mapping[str, str] = MappingProxyType(
    {
        "1": "level 1, by one agency",
        "potential_2": "possibly level 2",
        "2": "level 2, by several agencies",
        "3": "level 3, by senior staff of several agencies",
    }
)
REGISTERED, TERRORIST = 1, 4


class MappaHospitalSchema(Section):
    """The hospital where the person is detained."""

    name = Text(metadata={"description": "The hospital."})
    mha_section = Text(
        max=40,
        metadata={
            "description": "The section of the Mental Health Act 1983; needed when a hospital is named."
        },
    )
    responsible_clinician = Text(
        metadata={"description": "The responsible clinician; needed when a hospital is named."}
    )
    review_date = Day(tense=tenses.PLAN, metadata={"description": "The day of the next tribunal or review."})


class MappaVictimsSchema(Section):
    """Known and potential victims."""

    summary = LongText(metadata={"description": "Known and potential victims."})
    contact_scheme = Flag(metadata={"description": "Whether the Victim Contact Scheme is active."})
    liaison_officer = Text(
        metadata={"description": "The victim liaison officer; needed when the scheme is active."}
    )
    concerns = LongText(metadata={"description": "The victims' concerns and wishes."})


class MappaDisclosureSchema(Section):
    """Whether anyone should be told about the risk."""

    considered = Flag(metadata={"description": "Whether disclosure was considered."})
    detail = LongText(
        metadata={"description": "The disclosure made or planned; needed when it was considered."}
    )


class MappaAnnexSchema(Section):
    """What only MAPPA asks. Category and level are separate numbers."""

    area = Code(metadata={"description": "The MAPPA area."})
    category = Count(
        min=1,
        max=4,
        metadata={
            "description": "1 registered sexual, 2 violent or other sexual, 3 other dangerous, 4 terrorist."
        },
    )
    current_level = Count(min=1, max=3, metadata={"description": "The level of management now, 1 to 3."})
    level_requested = Count(min=2, max=3, metadata={"description": "The level you ask for, 2 or 3."})
    category_basis = LongText(
        metadata={"description": "The offence or order that qualifies; needed for categories 2, 3 and 4."}
    )
    lead_agency = Choice(
        {
            "police": "the police",
            "probation": "probation",
            "prison": "the prison service",
            "youth_justice": "a youth justice service",
            "mental_health": "a mental health trust",
            "other": "another agency",
        },
        metadata={"description": "The agency that leads."},
    )
    reason_for_referral = LongText(metadata={"description": "Behaviour, pattern, intelligence and attitude."})
    level_rationale = LongText(metadata={"description": "Why a lower level is not enough."})
    expected_benefit = LongText(metadata={"description": "What joint management adds."})
    previous_involvement = LongText(metadata={"description": "Earlier involvement of MAPPA."})
    critical_public_protection = Flag(
        metadata={"description": "Whether it is a critical public protection case."}
    )
    media_interest = LongText(metadata={"description": "Interest of the media or the community."})
    person_informed = Flag(metadata={"description": "Whether the person knows of the referral."})
    hospital = fields.Nested(
        MappaHospitalSchema, metadata={"description": "The hospital, when the person is detained in one."}
    )
    victims = fields.Nested(MappaVictimsSchema, metadata={"description": "Known and potential victims."})
    disclosure = fields.Nested(
        MappaDisclosureSchema, metadata={"description": "Whether anyone should be told about the risk."}
    )
    diversity_issues = LongText(metadata={"description": "Diversity issues."})
    household = LongText(metadata={"description": "Household and associates."})
    employment = LongText(metadata={"description": "Work, training or volunteering."})
    invitees = some(Text(), 30, metadata={"description": "Agencies to invite."})


class LevelDecisionSchema(Schema):
    """A decision on the level of management. A later decision does not overwrite it."""

    level = Choice(LEVELS_DECIDED, required=True, metadata={"description": "The level decided."})
    decided_on = Day(
        tense=tenses.REPORTED, required=True, metadata={"description": "The day of the decision."}
    )
    rationale = LongText(required=True, metadata={"description": "Why."})
    review_on = Day(tense=tenses.PLAN, metadata={"description": "The day of the next review."})

    @validates_schema
    def _reviewed_after(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("review_on", data["decided_on"]) < data["decided_on"]:
            raise ValidationError("Must not be before `decided_on`.", "review_on")


class MoveOnAgreementSchema(Schema):
    """Whether MAPPA agrees that the person moves on to an address."""

    address_id = Identifier(required=True, metadata={"description": "The id of the address."})
    agreed = Flag(required=True, metadata={"description": "Whether MAPPA agrees."})
    decided_on = Day(
        tense=tenses.REPORTED, required=True, metadata={"description": "The day of the decision."}
    )
    reason = LongText(metadata={"description": "Why; given when MAPPA does not agree."})


def _advice(case: Case) -> tuple[Advice, ...]:
    return (*stale_oasys(case), *_category_advice(case))


def _category_advice(case: Case) -> Iterator[Advice]:
    category = case.value("mappa.category")
    if category == REGISTERED and case.value("offence.registered_sex_offender") is False:
        yield Advice(
            "category_1_needs_registration",
            "Category 1 is for registered sexual offenders, and the referral says that the person "
            "is not one.",
            "/mappa/category",
        )
    if category == TERRORIST and case.value("offence.terrorism_related") is False:
        yield Advice(
            "category_4_is_terrorism",
            "Category 4 is for terrorist cases, and the referral says that the offence is not one.",
            "/mappa/category",
        )


def _area(case: Case, _region: str) -> Area:
    return Area(case.value("mappa.area"), "mappa.area")


def _no_current_address(case: Case) -> bool:
    return not any(address.get("kind") == "current" for address in case.value("addresses") or [])


_NEED_AREAS = (
    "accommodation education_employment finance relationships lifestyle drugs alcohol emotional thinking"
)

DESTINATION = Destination(
    key="mappa",
    title="MAPPA level 2 or 3",
    prefix="mappa",
    annex=MappaAnnexSchema,
    purpose="Multi-agency management of a person who may cause serious harm",
    confidant=True,
    cares=True,
    organisation_kind="mappa_area",
    duty=lambda _ask: "mappa",
    area=AreaRule("the MAPPA area that the referral names (`mappa.area`)", MAPPA_AREAS, _area),
    permitted=paths(
        {
            "": "urgency urgency_reason",
            "person": """crn noms_number pnc_number visor_reference name.given name.family name.aliases[]
                date_of_birth sex gender_identity ethnicity nationality religion_or_belief disabilities[]
                preferred_language interpreter_needed interpreter_language address.no_fixed_abode
                address.closest_area location.type location.prison""",
            "referrer": """name email phone agency role pdu region manager.name manager.email manager.phone
                manager.endorsed_on""",
            "case_manager": "is_referrer name email phone",
            "offence": """index.offence_id index.conviction_date index.summary history.summary
                other_information analysis.victim_relationship analysis.victim_other analysis.motivation
                registered_sex_offender terrorism_related domestic_abuse""",
            "sentence": """type length.years length.months length.weeks length.days expiry_date
                licence_expiry_date parole_eligibility_date hdc_date""",
            "release": """date releases[].type releases[].start_date releases[].end_date
                oral_hearing.date""",
            "licence": """conditions[].type conditions[].detail conditions[].requested_by
                exclusion_zones[].label exclusion_zones[].postcodes[] court_orders[] curfew.starts_at
                curfew.ends_at curfew.until""",
            "location": "restrictions restrictions_detail",
            "risk": """rosh.overall flags[] summary.who summary.nature summary.imminence
                summary.increase_factors summary.protective_factors additional_information self.suicide
                self.self_harm self.vulnerability management_plan.current_situation
                management_plan.supervision management_plan.monitoring_control
                management_plan.interventions_treatment management_plan.victim_safety
                management_plan.contingency oasys.assessed_on tools[] police_intelligence""",
            **{
                f"risk.rosh.{group}": "level who nature imminence factors[]"
                for group in ("children", "public", "known_adult", "staff", "prisoners")
            },
            "safeguarding": "concerns concerns_detail",
            "household": "children",
            "household.contacts[]": """ref relationship is_child is_victim given_name family_name
                date_of_birth due_date details_status lives_at contact local_authority source verified""",
            "addresses[]": """ref kind lines[] postcode police_force local_authority from to contact_ref
                source verified""",
            "custody": """adjudications[].reported_on adjudications[].establishment adjudications[].charge
                adjudications[].hearing_held adjudications[].finding acct_alerts[].opened_on
                acct_alerts[].closed_on acct_alerts[].detail case_notes[].made_on case_notes[].note""",
            "needs": " ".join(f"{area}.detail" for area in (*_NEED_AREAS.split(), "attitudes", "health")),
            "partners[]": "agency_name contact_name contact_phone role",
            "documents[]": "id description",
            "mappa": """area category current_level level_requested category_basis lead_agency
                reason_for_referral level_rationale expected_benefit previous_involvement
                critical_public_protection media_interest person_informed hospital.name
                hospital.mha_section hospital.responsible_clinician hospital.review_date victims.summary
                victims.contact_scheme victims.liaison_officer victims.concerns disclosure.considered
                disclosure.detail diversity_issues household employment invitees[]""",
        }
    ),
    required=paths(
        {
            "person": "pnc_number date_of_birth sex ethnicity location.type",
            "referrer": "phone agency manager.name manager.endorsed_on",
            "offence": "index.offence_id index.conviction_date index.summary history.summary",
            "sentence": "type length",
            "risk": """rosh.children.level rosh.public.level rosh.known_adult.level rosh.staff.level
                summary.who summary.nature summary.imminence management_plan.supervision
                management_plan.monitoring_control management_plan.interventions_treatment
                management_plan.victim_safety management_plan.contingency""",
            "": "partners[]",
            "mappa": """area category level_requested lead_agency reason_for_referral level_rationale
                victims.summary victims.contact_scheme disclosure.considered diversity_issues invitees[]""",
        }
    ),
    required_when=(
        when("no current address is given", _no_current_address, "person.address.no_fixed_abode"),
        when(
            "the person has no fixed abode",
            yes("person.address.no_fixed_abode"),
            "person.address.closest_area",
        ),
        when("the person is in custody", one_of("person.location.type", "custody"), "person.location.prison"),
        when("the category is 2, 3 or 4", one_of("mappa.category", 2, 3, 4), "mappa.category_basis"),
        when("disclosure was considered", yes("mappa.disclosure.considered"), "mappa.disclosure.detail"),
        when(
            "the victim contact scheme is active",
            yes("mappa.victims.contact_scheme"),
            "mappa.victims.liaison_officer",
        ),
        when(
            "a hospital is named",
            lambda case: case.has("mappa.hospital.name"),
            "mappa.hospital.mha_section",
            "mappa.hospital.responsible_clinician",
        ),
    ),
    urgent_minimum=("mappa.category", "mappa.level_requested", "mappa.reason_for_referral"),
    derived={
        "risk.rosh.overall": Derived(
            "the highest of the groups", lambda case: overall_rosh(case.value("risk.rosh") or {}), "risk.rosh"
        ),
    },
    advice=_advice,
    policy=lambda _case: "mappa.screening",
    policies=(
        answer_policy("mappa.screening", routine="10wd", urgent="2wd", pace=("3wd", "6wd", "10wd")),
        MOVE_ON_ASKED,
    ),
    decline_reasons={
        "lower_level_suffices": "One agency, or level 1, can manage the risk",
        "outside_categories": "The person is in none of the four categories",
        "other_area_leads": "Another area leads",
        "information_insufficient": "The referral does not support the level asked for",
    },
    of_quality=frozenset({"information_insufficient"}),
    end_early_reasons={
        "recalled": "Returned to custody",
        "sentence_ended": "The qualifying period ended",
        "transferred": "Another area has taken over",
        "died": "The person died",
    },
    outcomes={
        "level_reduced": "Managed at level 1 from now on",
        "period_ended": "The qualifying period ended as planned",
    },
    updates={
        "level_decision": LevelDecisionSchema,
        "move_on_agreement": MoveOnAgreementSchema,
        "progress": ProgressSchema,
    },
)
