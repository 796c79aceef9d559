"""Whom probation may tell, of what and on which basis: every rule by value, and the clocks of each state."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from service.legal_bases import Nation
from service.third_parties import bases, policies, rules
from service.third_parties.bases import CaseFacts
from service.third_parties.states import ENDED, TABLE, TIMED, Action, State, Timing, clock_moves
from tests import tables

TODAY = date(2026, 3, 2)
TELL: dict[str, Any] = {
    "tell": True,
    "reason": "She may be in danger.",
    "subjects": ["risk"],
    "words": "He has harmed a partner.",
    "legal_basis": "common_law",
    "told_by": "p.shah",
    "tell_by": date(2026, 3, 12),
    "person": {"informed": "not_told", "reason": "It would put her in danger."},
    "withheld": [],
    "safety_plan": "Her sister knows.",
}


def without(proposal: dict[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in proposal.items() if each != name}


SAID = ["subjects", "words", "withheld", "legal_basis", "tell_by", "told_by", "person"]
MEETING = {"decided_on": date(2026, 3, 1), "chair": "T. Reed", "present": ["Police"]}
OF_MAPPA = TELL | {"subjects": ["mappa"], "legal_basis": "mappa_arrangements", "mappa": MEETING}
ALL_SO = CaseFacts(supervised=True, mappa=True, child_sex_offence=True)
NOTHING_SO = CaseFacts(supervised=False, mappa=False, child_sex_offence=False)
HER = rules.ToldTo(recipient="partner", facts=ALL_SO)
IN_DANGER = rules.ToldTo(recipient="partner", urgent=True, facts=ALL_SO)
EMPLOYER = rules.ToldTo(recipient="employer", facts=ALL_SO)
CAS3 = rules.ToldTo(
    recipient="agency", organisation_kind="cas3_team", may_ever_know_of_mappa=True, facts=ALL_SO
)
CRS = rules.ToldTo(recipient="agency", organisation_kind="crs_provider", facts=ALL_SO)


def with_chance(until: date | None = None, tells_it: bool = True) -> dict[str, Any]:
    chance = {"informed": "tells_it" if tells_it else "not_told", "reason": "He asked for it."}
    return TELL | {"person": chance | ({"by": until} if until else {})}


@pytest.mark.parametrize(
    ("recipient", "named", "wrong"),
    [
        ("partner", ["contact_id"], []),
        ("partner", ["name"], []),
        ("partner", [], ["/contact_id"]),
        ("employer", ["name", "contact_id"], ["/contact_id"]),
        ("landlord", ["organisation_id"], ["/organisation_id", "/contact_id"]),
        ("agency", ["organisation_id"], []),
        ("agency", [], ["/organisation_id"]),
        ("agency", ["name"], ["/organisation_id", "/name"]),
        ("agency", ["organisation_id", "contact_id"], ["/contact_id"]),
    ],
)
def test_a_recipient_is_named_in_one_way(recipient: str, named: list[str], wrong: list[str]) -> None:
    assert [one.pointer for one in rules.naming_faults(recipient, named)] == wrong


@pytest.mark.parametrize(
    ("proposal", "to", "wrong"),
    [
        (TELL, HER, []),
        ({"tell": False, "reason": "He lives alone."}, HER, []),
        ({"tell": False, "reason": "No.", "words": "It.", "withheld": []}, HER, ["words", "withheld"]),
        ({"tell": True, "reason": "Yes."}, HER, [*SAID, "safety_plan"]),
        ({"tell": True, "reason": "Yes."}, EMPLOYER, SAID),
        # Who is told whom the person may harm, or may be harmed, is kept safe.
        (without(TELL, "safety_plan"), EMPLOYER, ["safety_plan"]),
        (without(TELL, "safety_plan") | {"subjects": ["conditions"]}, EMPLOYER, []),
        (without(TELL, "safety_plan") | {"subjects": ["conditions"]}, HER, ["safety_plan"]),
        # The day.
        (TELL | {"tell_by": date(2026, 3, 1)}, HER, ["tell_by"]),
        (TELL | {"tell_by": TODAY}, HER, []),
        (TELL | {"tell_by": date(2026, 3, 30)}, HER, []),
        (TELL | {"tell_by": date(2026, 3, 31)}, HER, ["tell_by"]),
        (TELL | {"tell_by": date(2099, 1, 1)}, HER, ["tell_by"]),
        (TELL | {"tell_by": date(2026, 3, 3)}, IN_DANGER, []),
        (TELL | {"tell_by": date(2026, 3, 4)}, IN_DANGER, ["tell_by"]),
        # The person's own chance to tell it.
        (with_chance(TODAY), HER, []),
        (with_chance(date(2026, 3, 12)), HER, []),
        (with_chance(date(2026, 3, 13)), HER, ["person/by"]),
        (with_chance(date(2026, 3, 1)), HER, ["person/by"]),
        (with_chance(), HER, ["person/by"]),
        (with_chance(TODAY, tells_it=False), HER, ["person/by"]),
        (with_chance(TODAY) | {"tell_by": TODAY}, IN_DANGER, ["person/informed"]),
        # The meeting.
        (TELL | {"mappa": MEETING}, HER, ["mappa"]),
        (TELL | {"legal_basis": "child_sex_offender"}, HER, ["mappa"]),
        (TELL | {"legal_basis": "child_sex_offender", "mappa": MEETING}, HER, []),
        (OF_MAPPA | {"mappa": MEETING | {"decided_on": date(1950, 1, 1)}}, CAS3, ["mappa/decided_on"]),
        (OF_MAPPA | {"mappa": MEETING | {"decided_on": date(2026, 3, 3)}}, CAS3, ["mappa/decided_on"]),
        (OF_MAPPA, CAS3, []),
        (OF_MAPPA, CRS, ["legal_basis", "subjects"]),
        (OF_MAPPA, HER, ["legal_basis", "subjects"]),
        (TELL | {"subjects": ["risk", "mappa"]}, CAS3, ["legal_basis"]),
    ],
)
def test_a_proposal_says_everything_that_a_manager_decides(
    proposal: dict[str, Any], to: rules.ToldTo, wrong: list[str]
) -> None:
    found = rules.proposal_faults(proposal, TODAY, to)
    assert [one.pointer for one in found] == [f"/proposal/{name}" for name in wrong]


# Which bases let probation tell whom, when all that a basis can need is so; and when nothing of it is.
FITTING = tables.read("""
recipient                 | bases                                             | when nothing is so
partner                   | common_law child_sex_offender child_welfare       | common_law child_welfare
parent                    | common_law child_sex_offender child_welfare       | common_law child_welfare
possible_victim           | common_law child_sex_offender                     | common_law
employer                  | common_law child_sex_offender                     | common_law
place_of_worship          | common_law child_sex_offender                     | common_law
landlord                  | common_law child_sex_offender                     | common_law
other                     | common_law child_sex_offender                     | common_law
agency: approved_premises | common_law managing_offenders mappa_arrangements  | common_law
agency: cas3_team         | common_law managing_offenders mappa_arrangements  | common_law
agency: crs_provider      | common_law managing_offenders                     | common_law
agency: mappa_area        | common_law mappa_arrangements                     | common_law
agency: police_force      | common_law mappa_arrangements child_welfare       | common_law child_welfare
agency: local_authority   | common_law mappa_arrangements child_welfare       | common_law child_welfare
agency: probation_region  | common_law managing_offenders                     | common_law
""")


@pytest.mark.parametrize("whom", FITTING)
def test_each_basis_lets_probation_tell_its_own_recipients(whom: str) -> None:
    row = FITTING[whom]
    recipient, _, organisation = whom.partition(": ")
    told = recipient, organisation or None
    assert " ".join(bases.fitting(*told, ALL_SO)) == row["bases"]
    assert " ".join(bases.fitting(*told, NOTHING_SO)) == row["when nothing is so"]


def test_a_basis_that_does_not_fit_is_refused_with_those_that_do() -> None:
    to = replace(EMPLOYER, facts=NOTHING_SO)
    (fault,) = rules.proposal_faults(TELL | {"legal_basis": "managing_offenders"}, TODAY, to)
    assert fault.words == "Does not fit: it is not for employer. These do: common_law."
    (fault,) = rules.proposal_faults(
        TELL | {"legal_basis": "child_sex_offender", "mappa": MEETING}, TODAY, to
    )
    assert fault.words.startswith("Does not fit: no referral lists a conviction of a sexual offence against")


@pytest.mark.parametrize(
    ("code", "nation", "gateway"),
    [
        ("common_law", "england", "common law: a pressing need to protect somebody, necessary and proportionate"),  # noqa: E501 - one row
        ("managing_offenders", "wales", "Offender Management Act 2007, section 14"),
        ("mappa_arrangements", "england", "Criminal Justice Act 2003, section 325"),
        ("child_sex_offender", "wales", "Criminal Justice Act 2003, section 327A"),
        ("child_welfare", "england", "Children Act 2004, section 11"),
        ("child_welfare", "wales", "Children Act 2004, section 28"),
    ],
)  # fmt: skip
def test_each_basis_rests_on_a_law_of_the_nation_with_regime_and_condition(
    code: str, nation: Nation, gateway: str
) -> None:
    law = bases.law_of(code, nation, TODAY)
    assert law is not None
    assert (law.gateway, bool(law.regime), bool(law.condition)) == (gateway, True, True)
    assert bases.law_of(code, nation, date(2018, 5, 24)) is None


@pytest.mark.parametrize(
    ("recipient", "sent_on", "is_contact", "wrong"),
    [
        ("partner", TODAY, True, []),
        ("partner", TODAY, False, []),
        ("possible_victim", TODAY, True, []),
        ("other", TODAY, True, []),
        ("other", TODAY, False, ["/action"]),
        ("employer", TODAY, True, ["/action"]),
        ("partner", date(2026, 2, 22), True, []),
        ("partner", date(2026, 2, 21), True, ["/referral/sent_on"]),
        ("partner", date(1950, 1, 1), True, ["/referral/sent_on"]),
        ("partner", date(2026, 3, 3), True, ["/referral/sent_on"]),
    ],
)
def test_the_police_are_asked_for_whom_the_scheme_is_and_about_now(
    recipient: str, sent_on: date, is_contact: bool, wrong: list[str]
) -> None:
    found = rules.referral_faults(recipient, sent_on, date(2026, 3, 1), TODAY, is_contact=is_contact)
    assert [one.pointer for one in found] == wrong


AGREED = "He has harmed a partner."


@pytest.mark.parametrize(
    ("telling", "wrong"),
    [
        ({"told_on": TODAY}, []),
        ({"told_on": date(2026, 3, 1)}, ["told_on"]),
        ({"told_on": date(2026, 3, 3)}, ["told_on"]),
        ({"told_on": date(2026, 2, 20), "means": "by_the_person"}, []),
        ({"told_on": date(1950, 1, 1), "means": "by_the_person"}, ["told_on"]),
        ({"told_on": TODAY, "words": AGREED}, []),
        ({"told_on": TODAY, "words": "Everything."}, ["why_different"]),
        ({"told_on": TODAY, "words": "Everything.", "why_different": "She asked."}, []),
        ({"told_on": TODAY, "why_different": "She asked."}, ["words"]),
    ],
)
def test_what_was_told_is_what_was_agreed_or_says_why_not(telling: dict[str, Any], wrong: list[str]) -> None:
    found = rules.telling_faults(
        {"means": "in_person", **telling}, AGREED, opened_on=date(2026, 2, 20), agreed_on=TODAY, today=TODAY
    )
    assert [one.pointer for one in found] == [f"/told/{name}" for name in wrong]


def test_probation_has_28_days_and_so_have_the_police() -> None:
    opened = datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert policies.decision_due(opened) == datetime(2026, 4, 2, 9, tzinfo=UTC)
    assert policies.police_due(TODAY) == datetime(2026, 3, 30, 23, tzinfo=UTC)


# Of each step, from each state: the clock that stops, why, and the one that starts.
CLOCKS = """
open propose            : goes on
proposed send_back      : goes on
open refer              : decision decided, police
with_police refer       : police redirected, police
proposed agree_to_tell  : decision decided, telling
proposed agree_not_to_tell : decision decided
to_be_told record_told  : telling told
to_be_told reopen       : telling told, decision
with_police reopen      : police answered, decision
with_police record_police_told : police answered
with_police record_police_declined : police answered
with_police add_reference : goes on
to_be_told record_chance_passed : goes on
open raise              : decision raised, decision
proposed raise          : decision raised, decision
with_police raise       : police raised, police
to_be_told raise        : telling raised, telling
told add_outcome        : goes on
open lapse              : decision decided
proposed lapse          : decision decided
to_be_told lapse        : telling told
with_police lapse       : police answered
lapsed resume           : decision
open add_police_answer : goes on
proposed add_police_answer : goes on
with_police add_police_answer : goes on
to_be_told add_police_answer : goes on
told add_police_answer : goes on
not_told add_police_answer : goes on
lapsed add_police_answer : goes on
told withdraw_told : telling
told withdraw_police_answer : police
not_told withdraw_police_answer : police
open withdraw_late_answer : goes on
proposed withdraw_late_answer : goes on
with_police withdraw_late_answer : goes on
to_be_told withdraw_late_answer : goes on
told withdraw_late_answer : goes on
not_told withdraw_late_answer : goes on
lapsed withdraw_late_answer : goes on
"""


def test_each_step_stops_one_clock_and_starts_the_next() -> None:
    def words(stops: Timing | None, starts: Timing | None) -> str:
        said = [f"{stops.timer} {stops.reason}"] if stops else []
        return ", ".join([*said, *([starts.timer] if starts else [])]) or "goes on"

    found = {
        f"{source} {row.action}": words(*clock_moves(source, row.target, row.action))
        for row in TABLE.rows
        for source in row.sources
        if source is not None
    }
    lines = (line.split(":") for line in CLOCKS.strip().splitlines())
    assert found == {step.strip(): clocks.strip() for step, clocks in lines}


def test_every_state_is_timed_until_the_end() -> None:
    assert set(TIMED) == set(State) - ENDED


def test_nobody_ends_a_decision_without_a_manager_or_the_police() -> None:
    ends = {
        row.action
        for row in TABLE.rows
        if row.target in ENDED and not row.sources <= ENDED and not row.manager
    }
    # What it was opened for was not so, or the person has died: then nothing is left to decide.
    assert ends - {Action.LAPSE} == {
        Action.RECORD_TOLD,
        Action.RECORD_POLICE_TOLD,
        Action.RECORD_POLICE_DECLINED,
    }
    agree = [row for row in TABLE.rows if row.target is State.TO_BE_TOLD not in row.sources]
    # What was recorded by mistake goes back to what a manager had agreed to.
    assert [(row.action, row.manager) for row in agree] == [
        (Action.AGREE_TO_TELL, True),
        (Action.WITHDRAW_TOLD, False),
    ]
