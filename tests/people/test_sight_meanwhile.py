"""Whoever works on a case now may know of it, and nobody else: random acts meet random readers."""

from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, product
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service import clock, db
from service.access.actor import Actor
from service.cases.actions import holding, transfers
from service.cases.actions.following import lock_case
from service.http.problems import Problem, not_found
from service.people import access_queries, transfer_queries, visibility
from service.people.actions import handing_over, limiting, sharing
from service.people.model import Person
from tests import rows
from tests.cast import Caller, Cast
from tests.conftest import START, TheClock
from tests.people.a_case import ACTING, DECIDING, MANAGERS, REGIONS, STAFF, Case, Step
from tests.people.factories import a_household, record, staff

pytestmark = pytest.mark.long

ANY_SECTION: Final = (None, "risk")
"""Who the person is, and a section that a share may leave out."""
READERS: Final = (None, *STAFF, *MANAGERS)
_numbers = count()


@dataclass(frozen=True)
class Regions:
    """The two regions as they call."""

    cast: Cast

    @property
    def ids(self) -> dict[str, UUID]:
        return {region: self.caller(region).organisation_id for region in REGIONS}

    def caller(self, region: str) -> Caller:
        caller: Caller = getattr(self.cast, region)
        return caller

    def manager(self, region: str, who: str = ACTING) -> Actor:
        return staff(self.caller(region), who, {"s.okafor": "spo", "h.grant": "pdu_head"}[who])

    def reader(self, region: str, who: str | None) -> Actor:
        actor = staff(self.caller(region), who or "")
        return actor if who else replace(actor, practitioner=None)


@dataclass(frozen=True)
class Act:
    """One act in a transaction: who does it, about which record, and what was drawn for it."""

    session: Session
    actor: Actor
    person: Person
    step: Step
    other: str
    """The code of the region that does not hold the case."""
    code: str
    """The code of the region that was drawn."""
    whom: tuple[UUID, str]

    @property
    def on(self) -> tuple[Session, Actor, Person]:
        return self.session, self.actor, self.person

    @property
    def colleague(self) -> dict[str, str]:
        return {"practitioner": self.step.who, "region": self.code, "reason": "Joins, or must not."}

    def reassign(self) -> None:
        holding.reassign(*self.on, practitioner=self.step.who, pdu=None)

    def name_caretaker(self) -> None:
        until = clock.now() + timedelta(days=self.step.days)
        holding.name_caretaker(*self.on, practitioner=self.step.who, until=until)

    def end_caretaker(self) -> None:
        holding.end_caretaker(*self.on)

    def join_team(self) -> None:
        handing_over.add_to_team(*self.on, self.step.who, self.step.part)

    def leave_team(self) -> None:
        handing_over.end_in_team(*self.on, self.step.who, self.step.part)

    def limit(self) -> None:
        limiting.require_unlimited(self.person)
        limiting.limit_case(*self.on, named=[{"practitioner": self.step.who}], reason="A relative.")

    def lift(self) -> None:
        limiting.require_limited(self.person)
        limiting.lift(*self.on, reason="The relative has left.")

    def name_staff(self) -> None:
        limiting.require_limited(self.person)
        limiting.name_staff(*self.on, self.colleague)

    def exclude(self) -> None:
        limiting.exclude(*self.on, self.colleague)

    def end_exclusion(self) -> None:
        for row in access_queries.restrictions_of(self.session, self.person.id):
            if row.excluded and (row.organisation_id, row.practitioner_id) == self.whom:
                limiting.end_exclusion(*self.on, row, reason="They are not related.")
                return
        raise not_found()

    def share(self) -> None:
        given = {
            "organisation": self.other,
            "basis": "joint",
            "sections": sorted(self.step.sections),
            "until": clock.now() + timedelta(days=self.step.days),
            "reason": "Both work with him.",
            "named": [] if self.step.bare else [self.step.theirs],
        }
        sharing.share(*self.on, given)

    def end_shares(self) -> None:
        in_force = access_queries.shares_in_force(self.session, self.person.id)
        given = [one for one in in_force if one.basis == "joint"]
        if not given:
            raise not_found()
        for one in given:
            sharing.end_share(*self.on, one, reason="No longer.")

    def offer(self) -> None:
        named = [] if self.step.bare else [self.step.theirs, ACTING]
        transfers.ask(*self.on, {"to_region": self.other, "named": named, "reason": "He has moved."})


DECIDED: Final = {"lift", "end_exclusion"}
ANSWERS: Final = ("accept", "decline", "withdraw")
ACTS: Final = (
    *("reassign", "name_caretaker", "end_caretaker", "join_team", "leave_team"),
    *("limit", "name_staff", "exclude", "end_exclusion", "share", "lift", "end_shares", "offer"),
    *ANSWERS,
    "wait",
)


BEGUN: Final = (
    (),
    ("limit",),
    ("limit", "offer", "withdraw", "share"),
    ("limit", "offer", "accept", "share"),
    ("share", "offer", "accept", "offer", "accept"),
)
"""How a case has gone before: what has ended must not come back with what is given later."""


def done(regions: Regions, person_id: UUID, step: Step, holder: str) -> bool:
    """Do what was drawn as a manager of the region whose it is to do; return whether it was possible.

    Args:
        holder: who holds the case before it.
    """
    other = REGIONS[1 - REGIONS.index(holder)]
    with suppress(Problem), rows.transaction() as session:
        if step.act in ANSWERS:
            answer(session, regions.manager(holder if step.act == "withdraw" else other), person_id, step)
            return True
        actor = regions.manager(holder, DECIDING if step.act in DECIDED else ACTING)
        person = lock_case(session, actor, visibility.find_person(session, actor, person_id))
        act = Act(
            session,
            actor,
            person,
            step,
            other=regions.caller(other).code,
            code=regions.caller(step.region).code,
            whom=(regions.ids[step.region], step.who),
        )
        getattr(act, step.act)()
        return True
    return False


def answer(session: Session, actor: Actor, person_id: UUID, step: Step) -> None:
    """Accept, decline or take back the offer that waits, if one does."""
    waiting = transfer_queries.pending_transfers(session, person_id)
    if not waiting:
        raise not_found()
    transfer = transfer_queries.find_transfer(session, actor, waiting[0].id)
    transfers.lock(session, transfer)
    more = {"practitioner": step.theirs} if step.act == "accept" else {"reason": "No."}
    transfers.move(session, actor, transfer, {"action": step.act, **more})


SET_CALLER = text(
    "SELECT set_config('app.organisation', :org, true), set_config('app.practitioner', :who, true),"
    " set_config('app.now', :at, true)"
)
SEEN = text(
    "SELECT section, sees_record(:person, section)"
    " FROM unnest(CAST(:sections AS text[])) AS sections (section)"
)


Seen = dict[tuple[str, str | None, str | None], bool]


def by_the_queries(regions: Regions, person_id: UUID, session: Session) -> Seen:
    """Return what each reader sees of each section, as the queries say."""
    found: Seen = {}
    for region, who in product(REGIONS, READERS):
        actor = regions.reader(region, who)
        seen = [
            visibility.visible_to(actor, section).where(Person.id == person_id).exists()
            for section in ANY_SECTION
        ]
        answers = zip(ANY_SECTION, session.execute(select(*seen)).one(), strict=True)
        found |= {(region, who, section): answer for section, answer in answers}
    return found


def by_the_policies(regions: Regions, person_id: UUID, session: Session) -> Seen:
    """Return what each reader sees of each section, as the database's own rule says."""
    found: Seen = {}
    asked = {"person": person_id, "sections": list(ANY_SECTION)}
    for region, who in product(REGIONS, READERS):
        caller = {"org": str(regions.ids[region]), "who": who or "", "at": clock.now().isoformat()}
        session.execute(SET_CALLER, caller)
        found |= {(region, who, section): answer for section, answer in session.execute(SEEN, asked)}
    return found


def by_opening_it(regions: Regions, person_id: UUID, session: Session) -> Seen:
    """Return what each reader is shown of each section, or is not, by asking for the record."""
    found: Seen = {}
    for region, who, section in product(REGIONS, READERS, ANY_SECTION):
        with suppress(Problem):
            found[region, who, section] = False
            visibility.find_person(session, regions.reader(region, who), person_id, section)
            found[region, who, section] = True
    return found


steps = st.builds(
    Step,
    act=st.sampled_from(ACTS),
    who=st.sampled_from(STAFF),
    theirs=st.sampled_from(STAFF),
    region=st.sampled_from(REGIONS),
    part=st.sampled_from(("co_worker", "cover")),
    days=st.sampled_from((1, 20, 29)),
    sections=st.frozensets(st.sampled_from(("checks", "risk")), min_size=1),
    bare=st.sampled_from((False, False, True)),
    regardless=st.sampled_from((False, False, False, True)),
)


def chosen(case: Case, step: Step) -> Step:
    """Return what was drawn, or in most cases the next act that is possible now."""
    if step.regardless:
        return step
    first = ACTS.index(step.act)
    possible = (
        replace(step, act=act) for act in (*ACTS[first:], *ACTS[:first]) if getattr(deepcopy(case), act)(step)
    )
    return next(possible)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=14,
    deadline=None,
    derandomize=True,
    # What fails says what was done and what the case is then: to look for a shorter one takes minutes.
    phases=(Phase.generate,),
)
@given(drawn=st.lists(steps, min_size=8, max_size=13), begun=st.sampled_from(BEGUN))
def test_who_works_on_a_case_now_may_know_of_it_and_nobody_else(
    cast: Cast, the_clock: TheClock, drawn: list[Step], begun: tuple[str, ...]
) -> None:
    the_clock.set(START)
    document = a_household()
    document["person"]["crn"] = f"X{next(_numbers):06}"
    case = Case(at=the_clock.at)
    regions, person_id = Regions(cast), record(staff(cast.probation), document)
    drawn = [replace(drawn[0], act=act, bare=False) for act in begun] + drawn
    for step in (chosen(case, one) for one in drawn):
        holder = case.holder
        possible: bool = getattr(case, step.act)(step)
        if step.act == "wait":
            the_clock.set(case.at)
            transfers.follow_offers(case.at)
        else:
            assert done(regions, person_id, step, holder) == possible, (step, case)
        expected = {
            (region, who, section): case.sees(regions.ids, region, who, section)
            for region, who, section in product(REGIONS, READERS, ANY_SECTION)
        }
        with db.transaction("owner") as session:
            assert by_the_queries(regions, person_id, session) == expected, (step, case)
    with db.transaction("owner") as session:
        assert by_the_policies(regions, person_id, session) == expected, case
        assert by_opening_it(regions, person_id, session) == expected, case
