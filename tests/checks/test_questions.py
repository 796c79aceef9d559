"""A whole case, changed and answered at random: nobody at risk is left out, and nobody is asked in vain.

What must be true is read from the tables by statements of its own, not by the plan that is tested.
"""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any, Literal
from typing import cast as cast_to
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service import db
from service.checks import actions
from service.checks.model import CheckRequest
from service.checks.states import UNANSWERED, WITH_AGENCY, State
from service.people import writes as people
from service.people.model import Address, Contact, Person
from service.timers.sweep import sweep
from tests import rows
from tests.cast import Cast
from tests.checks.factories import (
    LEEDS,
    MANCHESTER,
    Case,
    answer,
    at_once,
    children_answer,
    move,
    open_case,
    police_answer,
)
from tests.conftest import START, TheClock

_crns = count(300_000)
FORCES = ("west-yorkshire", "greater-manchester")
AUTHORITIES = (LEEDS, MANCHESTER)
NAMES = ("Kirsty", "Jade", "Robin", "Sam")

UNCOVERED = """
SELECT s.kind, s.id, s.area
FROM (
    SELECT 'address' AS kind, a.id, a.police_force AS area, 'police_da' AS check_kind
    FROM address a WHERE a.person_id = :person
    UNION ALL
    SELECT 'contact', c.id, a.police_force, 'police_da'
    FROM contact c LEFT JOIN address a ON a.id = c.lives_at
    WHERE c.person_id = :person AND c.relationship IN ('partner', 'ex_partner')
    UNION ALL
    SELECT 'contact', c.id, c.local_authority, 'childrens_safeguarding'
    FROM contact c WHERE c.person_id = :person AND c.is_child
    UNION ALL
    SELECT 'contact', c.id, a.local_authority, 'childrens_safeguarding'
    FROM contact c JOIN address a ON a.id = c.lives_at WHERE c.person_id = :person AND c.is_child
) s
WHERE NOT EXISTS (
    SELECT FROM check_request r JOIN check_request_subject q ON q.request_id = r.id
    WHERE r.person_id = :person AND r.kind = s.check_kind AND q.kind = s.kind AND q.subject_id = s.id
      AND q.withdrawn_version IS NULL AND NOT q.context
      AND (s.area IS NULL OR r.area IS NULL OR s.area IN (r.area, q.area_on_record))
      AND (
        r.state IN ('required', 'awaiting_details', 'requested', 'acknowledged', 'returned_for_information',
                    'partially_returned', 'refused')
          AND EXISTS (SELECT FROM clock k WHERE k.subject_id = r.id AND k.state <> 'stopped')
        OR r.state IN ('returned', 'reviewed', 'cancelled')
          AND q.identity = identity_in(q.kind, on_record(q.kind, q.subject_id))
          AND (r.kind <> 'police_da' OR EXISTS (
              SELECT FROM check_request_subject p
              WHERE p.request_id = r.id AND p.kind = 'person'
                AND p.identity = identity_in('person', on_record('person', p.subject_id))))))
"""
"""Everybody and every place at risk for whom there is neither an answer, as they are now, nor a question."""
TWICE = """
SELECT kind, agency_id, family FROM check_request
WHERE person_id = :person
  AND state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
GROUP BY kind, agency_id, family HAVING count(*) > 1
"""
TOLD_OF_OTHERS = """
SELECT r.id FROM check_request r
JOIN check_question q ON q.request_id = r.id AND q.version = r.question_version
JOIN address a ON a.person_id = r.person_id
JOIN check_request_subject s ON s.request_id = r.id AND s.subject_id = a.id
    AND q.document -> 'addresses' @> jsonb_build_array(jsonb_build_object('id', a.id::text))
WHERE r.person_id = :person AND r.kind = 'police_da'
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND a.police_force NOT IN (r.area, s.area_on_record)
"""
"""Open requests whose newest version names an address that is in no area of theirs."""
STALE = """
SELECT r.id FROM check_request r JOIN check_request_subject s ON s.request_id = r.id
WHERE r.person_id = :person AND s.withdrawn_version IS NULL
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND s.identity <> identity_in(s.kind, on_record(s.kind, s.subject_id))
"""
"""Open requests whose agency would look for somebody else than is on record."""


class WholeCase(RuleBasedStateMachine):
    """One person with homes, partners and children in two areas; whoever may changes or answers something."""

    def __init__(self, cast: Cast, the_clock: TheClock) -> None:
        super().__init__()
        self.clock = the_clock
        self.clock.set(START)
        self.case: Case = open_case(cast, f"X{next(_crns)}")
        self.made = [self.case.address()]
        self.case.raise_checks()
        self.changes = count()
        self.answered: dict[UUID, tuple[int, Any]] = {}

    def settled(self, kind: type[Address] | type[Contact], row_id: UUID, **facts: Any) -> None:
        """Change what is on record, by the door that every change of a household goes through."""
        name: Literal["address", "contact"] = "address" if kind is Address else "contact"
        with rows.transaction() as session:
            self.locked(session)
            row = cast_to("Address | Contact", session.get_one(kind, row_id))
            held = {column: getattr(row, column) for column in people.records.KEPT_APART[name]}
            people.write_around(
                session, self.case.actor, name, row, facts, protected=False, held=held, first=False
            )

    def locked(self, session: Session) -> Person:
        """Lock the record, as whoever writes about a person does first."""
        return session.get_one(Person, self.case.person_id, with_for_update=True, populate_existing=True)

    def new(self, row_id: UUID, kind: type[Address] | type[Contact]) -> None:
        with rows.transaction() as session:
            self.locked(session)
            assert session.get(kind, row_id)
            actions.reconcile(session, self.case.actor, self.case.person_id)
        self.made.append(row_id)

    def ids(self, kind: type[Address] | type[Contact], **of: Any) -> list[UUID]:
        """Return the contacts or addresses in the order in which they were recorded."""
        with rows.transaction() as session:
            mine = select(kind.id).where(kind.person_id == self.case.person_id).filter_by(**of)
            return sorted(session.scalars(mine), key=self.made.index)

    def requests(self) -> list[CheckRequest]:
        """Return the requests in an order that does not hang on their ids, so that a case can be replayed."""
        with rows.transaction() as session:
            mine = CheckRequest.person_id == self.case.person_id
            found = list(session.scalars(select(CheckRequest).where(mine)))
        return sorted(
            found, key=lambda one: (one.kind, one.area or "", one.required_at, one.state, one.version)
        )

    @rule(force=st.sampled_from((*FORCES, None)))
    def an_address_is_recorded(self, force: str | None) -> None:
        if len(self.ids(Address)) < 4:
            self.new(self.case.address("visited", force=force), Address)

    @rule(which=st.integers(0, 3))
    def a_partner_is_recorded(self, which: int) -> None:
        homes = self.ids(Address)
        if len(self.ids(Contact)) < 5:
            home = homes[which] if which < len(homes) else None
            self.new(self.case.contact("partner", lives_at=home), Contact)

    @rule(authority=st.sampled_from((*AUTHORITIES, None)), named=st.booleans(), which=st.integers(0, 3))
    def a_child_is_recorded(self, authority: str | None, named: bool, which: int) -> None:
        homes = self.ids(Address)
        if len(self.ids(Contact)) < 5:
            home = homes[which] if which < len(homes) else None
            self.new(
                self.case.contact("child", child=True, named=named, authority=authority, lives_at=home),
                Contact,
            )

    @rule(which=st.integers(0, 4), name=st.sampled_from(NAMES), year=st.integers(2010, 2012))
    def somebody_is_named_rightly(self, which: int, name: str, year: int) -> None:
        if contacts := self.ids(Contact):
            self.settled(
                Contact, contacts[which % len(contacts)], given_name=name, family_name="Testcase",
                date_of_birth=date(year, 5, 1), named=True, dated=True,
            )  # fmt: skip

    @rule(which=st.integers(0, 3), house=st.integers(1, 3))
    def an_address_is_written_rightly(self, which: int, house: int) -> None:
        homes = self.ids(Address)
        self.settled(Address, homes[which % len(homes)], lines=[f"{house} Test Street", "Leeds"])

    @rule(which=st.integers(0, 3), force=st.sampled_from(FORCES))
    def an_address_is_in_another_area(self, which: int, force: str) -> None:
        homes = self.ids(Address)
        self.settled(Address, homes[which % len(homes)], police_force=force)

    @rule(which=st.integers(0, 3), authority=st.sampled_from(AUTHORITIES))
    def an_address_is_in_another_authority(self, which: int, authority: str) -> None:
        homes = self.ids(Address)
        self.settled(Address, homes[which % len(homes)], local_authority=authority)

    @rule(which=st.integers(0, 4), authority=st.sampled_from(AUTHORITIES))
    def a_child_lives_elsewhere(self, which: int, authority: str) -> None:
        if children := self.ids(Contact, is_child=True):
            self.settled(Contact, children[which % len(children)], local_authority=authority)

    @rule(which=st.integers(0, 4), home=st.integers(0, 3))
    def somebody_moves_in_here(self, which: int, home: int) -> None:
        contacts, homes = self.ids(Contact), self.ids(Address)
        if contacts:
            self.settled(Contact, contacts[which % len(contacts)], lives_at=homes[home % len(homes)])

    @rule(name=st.sampled_from(NAMES))
    def the_person_is_named_rightly(self, name: str) -> None:
        with rows.transaction() as session:
            person = self.locked(session)
            people.write_person(session, self.case.actor, person, {"given_name": name}, submitted="")

    @rule(urgent=st.booleans())
    def something_happens(self, urgent: bool) -> None:
        with rows.transaction() as session:
            self.locked(session)
            actions.recheck(
                session,
                self.case.actor,
                self.case.person_id,
                f"change:{next(self.changes)}",
                referral_id=self.case.referral_id,
                urgency="urgent" if urgent else None,
            )

    @rule(which=st.integers(0, 7))
    def an_agency_answers(self, which: int, *taken_as: int) -> None:
        with_them = [one for one in self.requests() if State(one.state) in WITH_AGENCY]
        if not with_them:
            return
        request = with_them[which % len(with_them)]
        callers = self.case.cast.callers.values()
        caller = next(one for one in callers if one.organisation_id == request.agency_id)
        with rows.transaction() as session:
            children = [
                subject_id
                for kind, subject_id in session.execute(
                    text(
                        "SELECT kind, subject_id FROM check_request_subject"
                        " WHERE request_id = :id AND NOT context AND withdrawn_version IS NULL"
                    ),
                    {"id": request.id},
                )
                if kind == "contact"
            ]
        police = request.kind == "police_da"
        body = police_answer() if police else children_answer(*children)
        given = answer(caller, request.id, body, f"{request.id}")
        assert given.status_code in {201, *taken_as}, given.text
        if given.status_code != 201:
            return
        self.answered[request.id] = (request.question_version, self.told(request.id))

    def an_agency_tries_to_answer(self, which: int) -> None:
        """Answer what may have become another question meanwhile."""
        self.an_agency_answers(which, 409, 422)

    @rule(which=st.integers(0, 7))
    def a_question_is_redirected(self, which: int) -> None:
        asked = [one for one in self.requests() if one.state in {"requested", "acknowledged"}]
        police = [one for one in asked if one.kind == "police_da" and one.area == one.area_on_record]
        if police:
            request = police[which % len(police)]
            callers = self.case.cast.callers.values()
            caller = next(one for one in callers if one.organisation_id == request.agency_id)
            other = next(force for force in FORCES if force != request.area)
            assert move(caller, request.id, "misdirect", to_area=other, reason="Theirs.").status_code == 200

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self.clock.move(timedelta(days=days))
        sweep(self.clock.at)

    def told(self, request_id: UUID) -> Any:
        with rows.transaction() as session:
            return session.execute(
                text("SELECT version, document FROM check_question WHERE request_id = :id ORDER BY version"),
                {"id": request_id},
            ).all()[-1]

    def found(self, statement: str) -> list[Any]:
        with db.transaction("owner") as session:
            return list(session.execute(text(statement), {"person": self.case.person_id}))

    @invariant()
    def everybody_at_risk_is_answered_for_or_asked_about(self) -> None:
        assert self.found(UNCOVERED) == []

    @invariant()
    def no_agency_is_asked_twice_at_once(self) -> None:
        assert self.found(TWICE) == []

    @invariant()
    def no_agency_is_asked_about_somewhere_else(self) -> None:
        assert self.found(TOLD_OF_OTHERS) == []

    @invariant()
    def whoever_is_to_answer_looks_for_who_is_on_record(self) -> None:
        assert self.found(STALE) == []

    @invariant()
    def an_answer_stands_beside_what_was_asked(self) -> None:
        for request_id, (version, told) in self.answered.items():
            with rows.transaction() as session:
                results = session.execute(
                    text("SELECT question_version FROM check_result WHERE request_id = :id"),
                    {"id": request_id},
                ).scalars()
                assert version in set(results)
                document = session.execute(
                    text("SELECT document FROM check_question WHERE request_id = :id AND version = :version"),
                    {"id": request_id, "version": version},
                ).scalar_one()
            assert document == told.document

    @invariant()
    def whatever_is_unanswered_has_a_clock(self) -> None:
        for request in self.requests():
            if State(request.state) in UNANSWERED:
                with rows.transaction() as session:
                    assert session.execute(
                        text("SELECT 1 FROM clock WHERE subject_id = :id AND state <> 'stopped'"),
                        {"id": request.id},
                    ).first()


def held_true_of(person_id: UUID) -> None:
    """Insist that all of the above is true of a record."""
    with db.transaction("owner") as session:
        for statement in (UNCOVERED, TWICE, TOLD_OF_OTHERS, STALE):
            assert list(session.execute(text(statement), {"person": person_id})) == []


@pytest.mark.usefixtures("database")
def test_all_at_once_leaves_nobody_out(cast: Cast, the_clock: TheClock) -> None:
    """What threads do to one record at the same moment is done one after the other, and all of it counts."""
    for number in range(3):
        case = WholeCase(cast, the_clock)
        case.an_address_is_recorded("greater-manchester")
        case.a_partner_is_recorded(0)
        case.a_child_is_recorded(LEEDS, named=True, which=0)
        cast.police.token(), cast.other_police.token(), cast.council.token()
        deeds: list[Callable[[], object]] = [
            lambda case=case: case.somebody_is_named_rightly(0, "Jade", 2011),  # type: ignore[misc]
            lambda case=case: case.an_address_is_written_rightly(1, 3),  # type: ignore[misc]
            lambda case=case: case.a_child_lives_elsewhere(0, MANCHESTER),  # type: ignore[misc]
            lambda case=case: case.something_happens(urgent=True),  # type: ignore[misc]
            lambda case=case, number=number: case.an_agency_tries_to_answer(number),  # type: ignore[misc]
            lambda case=case: sweep(case.clock.at),  # type: ignore[misc]
        ]
        at_once(*deeds)
        held_true_of(case.case.person_id)


@pytest.mark.usefixtures("database")
def test_whatever_changes_nobody_at_risk_is_left_out(
    cast: Cast, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.timers.sweep.FAULTS", ())  # what it would try again later is a failure here
    run_state_machine_as_test(
        lambda: WholeCase(cast, the_clock),  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
