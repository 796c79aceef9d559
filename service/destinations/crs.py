"""Commissioned rehabilitative services: one destination referral for each service category.

Desired outcomes, complexity and enforceable days are those of the contracts; a provider is sent what it needs
to work safely, and nothing about victims or MAPPA.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from service import tenses
from service.destinations.case import Ask, Case, no, one_of, when, yes
from service.destinations.contract import OWN_REGION, Advice, Derived, Destination
from service.destinations.policies import answer_policy
from service.destinations.updates import ProgressSchema, details_when_yes
from service.document.forms import Code, Section, some
from service.document.paths import Steps, paths
from service.document.regions import REGION_LETTERS
from service.document.restricted import is_own_home
from service.document.vocabulary import ROSH_WORDS, overall_rosh
from service.fields import Choice, Count, Day, Flag, List, LongText, Moment, Schema

COMPLEXITY: Mapping[str, str] = MappingProxyType({"low": "low", "medium": "medium", "high": "high"})
MOST_ENFORCEABLE_DAYS = 40
OF_ANOTHER_CATEGORY: Final = "Is an outcome of another service category."
RELEASING_WITHIN = timedelta(weeks=12)

_CATEGORIES: Mapping[str, Mapping[str, Any]] = json.loads(
    resources.files("service.destinations").joinpath("reference_data/crs.json").read_text(encoding="utf-8")
)["service_categories"]
SERVICE_CATEGORIES: Mapping[str, str] = {code: each["name"] for code, each in _CATEGORIES.items()}
DESIRED_OUTCOMES: Mapping[str, str] = {
    identifier: outcome["label"]
    for category in _CATEGORIES.values()
    for identifier, outcome in category["outcomes"].items()
}


class CrsAnnexSchema(Section):
    """What only a commissioned service asks."""

    intervention_id = Code(metadata={"description": "The contracted intervention."})
    desired_outcomes = some(
        Choice(DESIRED_OUTCOMES),
        10,
        metadata={"description": "The outcomes sought, from the service category."},
    )
    complexity = Choice(
        COMPLEXITY,
        metadata={"description": "How much work the person needs; the service category limits the choice."},
    )
    enforceable_days = Count(
        min=1, max=MOST_ENFORCEABLE_DAYS, metadata={"description": "The most days that can be enforced."}
    )
    completion_deadline = Day(
        tense=tenses.PLAN, metadata={"description": "The day by which the work must be complete."}
    )
    reason_further_information = LongText(
        metadata={"description": "Further information on the reason, for the provider."}
    )
    reason_before_allocation = LongText(
        metadata={"description": "Why you refer before a community officer is allocated."}
    )
    further_information = LongText(metadata={"description": "Other information for the provider."})
    additional_needs = LongText(metadata={"description": "A note on other needs."})


_CANCELLED = "cancelled_by_provider"
_HAS_BEEN = Moment(tense=tenses.REPORTED)


class AttendanceSchema(Schema):
    """Whether the person attended an appointment."""

    on = Moment(
        tense=tenses.APPOINTMENT, required=True, metadata={"description": "When the appointment was."}
    )
    attended = Choice(
        {
            "yes": "attended",
            "late": "attended, but late",
            "no": "did not attend",
            _CANCELLED: "the provider cancelled",
        },
        required=True,
        metadata={"description": "Whether the person attended."},
    )
    acceptable_absence = Flag(metadata={"description": "Whether an absence was acceptable."})
    note = LongText(max=1000, metadata={"description": "A note on the appointment."})

    @validates_schema
    def _has_been(self, data: dict[str, Any], **_: Any) -> None:
        # Only what the provider cancels can lie ahead.
        if data["attended"] == _CANCELLED:
            return
        try:
            _HAS_BEEN.within_tense(data["on"])
        except ValidationError as fault:
            raise ValidationError(fault.messages, "on") from None


class SessionSchema(Schema):
    """One session that was delivered."""

    on = Moment(tense=tenses.REPORTED, required=True, metadata={"description": "When the session started."})
    minutes = Count(min=1, max=480, metadata={"description": "The length in minutes."})
    summary = LongText(required=True, metadata={"description": "What was done."})
    outcome_id = Choice(DESIRED_OUTCOMES, metadata={"description": "The desired outcome it worked towards."})


class OutcomeSchema(Schema):
    """How far one desired outcome was reached, for the end-of-service report."""

    outcome_id = Choice(DESIRED_OUTCOMES, required=True, metadata={"description": "The desired outcome."})
    achieved = Choice(
        {"achieved": "achieved", "partly_achieved": "partly achieved", "not_achieved": "not achieved"},
        required=True,
        metadata={"description": "How far it was reached."},
    )
    summary = LongText(metadata={"description": "What was reached and what remains."})


class ComplexityProposalSchema(Schema):
    """A proposal of another complexity level. Probation agrees or not; both levels are kept."""

    complexity = Choice(COMPLEXITY, required=True, metadata={"description": "The level you propose."})
    reason = LongText(required=True, metadata={"description": "Why."})


class OutcomeProposalSchema(Schema):
    """A proposal of other desired outcomes. Probation agrees or not; those referred and proposed are kept."""

    desired_outcomes = List(
        Choice(DESIRED_OUTCOMES),
        min=1,
        max=10,
        required=True,
        metadata={
            "description": "All the outcomes you propose to work towards, each once, of your category."
        },
    )
    reason = LongText(required=True, metadata={"description": "Why."})

    @validates_schema
    def _are_each_there_once(self, data: dict[str, Any], **_: Any) -> None:
        outcomes = data["desired_outcomes"]
        again = [place for place, one in enumerate(outcomes) if one in outcomes[:place]]
        if again:
            raise ValidationError({"desired_outcomes": {place: ["Is listed already."] for place in again}})


def of_another_category(service_category: str | None, outcomes: Iterable[str]) -> list[int]:
    """Return the positions of the outcomes that belong to another service category."""
    category = _CATEGORIES.get(service_category or "")
    own = category["outcomes"] if category else {}
    return [
        position
        for position, outcome in enumerate(outcomes)
        if outcome in DESIRED_OUTCOMES and outcome not in own
    ]


def _faults(case: Case, ask: Ask) -> Iterator[tuple[Steps, str]]:
    category = _CATEGORIES.get(ask.service_category or "")
    if category is None:
        return
    annex: Steps = ("destinations", ask.index, "annex")
    for position in of_another_category(ask.service_category, case.value("crs.desired_outcomes") or []):
        yield (*annex, "desired_outcomes", position), OF_ANOTHER_CATEGORY
    complexity = case.value("crs.complexity")
    if complexity in COMPLEXITY and complexity not in category["complexity"]:
        valid = ", ".join(category["complexity"])
        yield (*annex, "complexity"), f"Is not offered for this service category: {valid}."


def _advice(case: Case) -> tuple[Advice, ...]:
    return (*_plan_advice(case), *_deadline_advice(case), *_contract_advice(case))


def _plan_advice(case: Case) -> Iterator[Advice]:
    if not case.has("risk.management_plan") and not case.has("needs.oasys_linked_sections"):
        yield Advice(
            "before_sentence_plan",
            "Refer to a commissioned service once the sentence plan names the need.",
            "/needs",
        )


def _deadline_advice(case: Case) -> Iterator[Advice]:
    deadline, ends = case.day("crs.completion_deadline"), case.day("sentence.expiry_date")
    if deadline and deadline <= case.today:
        yield Advice(
            "deadline_passed",
            "The completion deadline has passed. Give a later one.",
            "/crs/completion_deadline",
        )
    if deadline and ends and deadline > ends:
        yield Advice(
            "deadline_after_sentence",
            "The sentence ends before the completion deadline. Give an earlier one.",
            "/crs/completion_deadline",
        )


def _contract_advice(case: Case) -> Iterator[Advice]:
    filtered = {
        identifier
        for category in _CATEGORIES.values()
        for identifier, outcome in category["outcomes"].items()
        if outcome.get("some_contracts_only")
    }
    if filtered & set(case.value("crs.desired_outcomes") or []):
        yield Advice(
            "outcome_of_some_contracts",
            "Only some contracts offer one of these outcomes. Check that this provider does.",
            "/crs/desired_outcomes",
        )


def _releasing_soon(case: Case) -> bool | None:
    release = case.day("release.date")
    if release is None or release < case.today:
        return None
    return release <= case.today + RELEASING_WITHIN


DESTINATION = Destination(
    key="crs",
    title="Commissioned rehabilitative service",
    prefix="crs",
    annex=CrsAnnexSchema,
    purpose="A commissioned service for a need that the sentence plan names",
    service_categories=SERVICE_CATEGORIES,
    organisation_kind="crs_provider",
    duty=lambda ask: ask.key,
    area=OWN_REGION,
    permitted=paths(
        {
            "person": """crn name.title name.given name.family date_of_birth sex ethnicity religion_or_belief
                preferred_language interpreter_needed interpreter_language phone email location.type
                location.prison location.prison_confirmed caring_responsibilities
                caring_responsibilities_detail""",
            "addresses[]": "kind lines[] postcode",
            "referrer": """name email phone team_phone role pdu region office establishment location_type""",
            "case_manager": "is_referrer name email phone team_phone",
            "offence": "index.event_number",
            "sentence": "type expiry_date",
            "release": """date_known date date_unknown_reason within_12_weeks expected_office
                expected_office_unknown_reason""",
            "risk": """rosh.overall rosh.children.level rosh.public.level rosh.known_adult.level
                rosh.staff.level summary.who summary.nature summary.imminence self.suicide self.self_harm
                self.coping self.vulnerability additional_information edit_confirmed""",
            "needs": "rehabilitative_activities[] rehabilitative_summary",
            "health": "adjustments_detail",
            "adjustments[]": "kind needed detail",
            "crs": """intervention_id desired_outcomes[] complexity enforceable_days completion_deadline
                reason_further_information reason_before_allocation further_information additional_needs""",
        }
    ),
    rows={"addresses": is_own_home},
    required=paths(
        {
            "person": "date_of_birth sex ethnicity location.type interpreter_needed caring_responsibilities",
            "case_manager": "is_referrer",
            "offence": "index.event_number",
            "needs": "rehabilitative_summary",
            "crs": """intervention_id desired_outcomes[] complexity enforceable_days completion_deadline
                reason_further_information""",
        }
    ),
    required_when=(
        *details_when_yes("person.caring_responsibilities"),
        when("an interpreter is needed", yes("person.interpreter_needed"), "person.interpreter_language"),
        when(
            "the person is in custody",
            one_of("person.location.type", "custody"),
            "person.location.prison",
            "release.date_known",
        ),
        when("the release date is known", yes("release.date_known"), "release.date"),
        when("the release date is not known", no("release.date_known"), "release.date_unknown_reason"),
        when("the referrer does not manage the case", no("case_manager.is_referrer"), "case_manager.name"),
        when(
            "risk is described",
            lambda case: case.has("risk.additional_information") or case.has("risk.summary"),
            "risk.edit_confirmed",
        ),
    ),
    derived={
        "risk.rosh.overall": Derived(
            "the highest of the groups", lambda case: overall_rosh(case.value("risk.rosh") or {}), "risk.rosh"
        ),
        "release.within_12_weeks": Derived(
            "from the release date",
            _releasing_soon,
            "release.date",
            pinned_to=lambda case: case.day("release.date"),
        ),
    },
    vocabulary={
        "crs.complexity": {level: level.upper() for level in COMPLEXITY},
        "person.location.type": {"custody": "CUSTODY", "community": "COMMUNITY"},
        "person.sex": {"male": "Male", "female": "Female"},
        "referrer.region": REGION_LETTERS,
        **{
            f"risk.rosh.{group}": ROSH_WORDS
            for group in ("overall", "children.level", "public.level", "known_adult.level", "staff.level")
        },
    },
    advice=_advice,
    faults=_faults,
    policy=lambda _case: "crs.decision",
    policies=(answer_policy("crs.decision", routine="5wd", urgent="2wd", pace=("3wd", "6wd", "10wd")),),
    decline_reasons={
        "no_capacity": "No capacity in time",
        "outside_contract_area": "Lives outside the contract's area",
        "wrong_service_category": "The need belongs to another service category",
        "need_not_evidenced": "The referral does not show the need",
        "risk_not_manageable": "Risk cannot be managed in this service",
        "adjustment_cannot_be_met": "A needed adjustment cannot be met",
        "not_enough_time": "Too little of the sentence is left",
        "ineligible": "Not eligible for a commissioned service",
        "duplicate": "Already working with the person on this",
    },
    of_quality=frozenset({"need_not_evidenced"}),
    of_death=frozenset({"USE"}),
    end_early_reasons={
        "ACQ": "Acquitted on appeal",
        "ANO": "Another change of circumstance",
        "EAR": "Finished early",
        "INE": "Not eligible",
        "MIS": "Mistaken or duplicate",
        "MOV": "Moved out of the area",
        "NEE": "Needs met in another way",
        "NOT": "Not engaging",
        "RET": "Returned to custody",
        "SEE": "Sentence expired",
        "SER": "Sentence revoked",
        "USE": "The person died",
        "WOR": "Work, caring or sickness",
    },
    outcomes={
        "achieved": "Desired outcomes achieved",
        "partly_achieved": "Desired outcomes partly achieved",
        "not_achieved": "Desired outcomes not achieved",
    },
    updates={
        "attendance": AttendanceSchema,
        "session": SessionSchema,
        "outcome": OutcomeSchema,
        "complexity_proposal": ComplexityProposalSchema,
        "outcome_proposal": OutcomeProposalSchema,
        "progress": ProgressSchema,
    },
)
