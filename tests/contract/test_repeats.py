"""No request sends a statement twice, nor one for each row: in the recorded case, in a call of everything.

A statement that reads a table to which the request has written since may be sent again: it says what is new.
Nothing is listed by hand but what is meant: an operation that is added is called with the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import pytest
from flask import Flask

from service import cache_invalidation, clock
from service.access.permissions import PERMISSIONS
from tests.conftest import a_database
from tests.contract.conformance import conformance_of, operations
from tests.contract.conftest import RecordedCase, recorded
from tests.contract.openings import Fixtures, may_call
from tests.contract.repeats import Found, Sent, Served, watched
from tests.journeys.driver import Story

pytestmark = pytest.mark.long

MOST: Final = 3
"""How often a request may send one statement with other values, whatever its rows."""

REACH: Final = "the wider reach is taken for one action and once more for another, and given back in between"
LOCKED: Final = "it is locked by now, and whoever held it before may have changed it"
MEANWHILE: Final = "what waits may have moved meanwhile, and its mover has passed the locked referral by"
AFTER: Final = "asked to decide the action, and for the view, though this time the action has not changed it"

RECONSIDERED = (
    "the checks are looked at again after what was said of people, in what the change does not raise"
)
OF_ITS_OWN: Final = "what becomes urgent counts from now, by a cycle of its own that ends the one before"
GATE: Final = "who owes what before somebody may leave is looked at once more when all else has followed"
CORRECTED: Final = (
    "what is put right is brought into questions, documents and texts one after the other, and each reads "
    "the record as it is by then"
)
MERGED: Final = "once for the record, and once for those that were merged with it"
SAID: Final = "what a system said last is read where it states something, and where that is kept"
FORGOTTEN: Final = "nobody held the record in between, and a session forgets whom nobody holds"
IF_GONE: Final = "a session reads again what nobody holds, once it has been collected"
COMPARED: Final = "compared again, because what was taken is no longer proposed"

ONE_BY_ONE: Final = (
    "each destination referral goes through the door by which it moves alone, and reads what the one before "
    "has changed: there are as many as were asked for, and most referrals have five or fewer"
)
OF_EACH_PART: Final = "each part of a case is shown by the view of its own address, which reads what it shows"

PARTS: Final = "FROM destination_referral WHERE destination_referral.referral_id IN"
REFERRALS: Final = "FROM referral WHERE referral.person_id IN"
FOUND_PART: Final = "FROM destination_referral JOIN referral ON"

MEANT: Final[Mapping[tuple[str, str], tuple[int, str]]] = {
    ("", "set_config('app.reach'"): (2, REACH),
    ("change_caretaker", "set_config('app.reach'"): (3, REACH),
    ("change_team", "FROM clock WHERE"): (3, AFTER),
    ("change_team", "FROM staff WHERE"): (2, AFTER),
    ("decide_agreement", "FROM check_joined WHERE check_joined.check_id IN"): (2, LOCKED),
    ("decide_agreement", "FROM check_request WHERE check_request.check_id IN"): (2, LOCKED),
    ("decide_agreement", PARTS): (2, LOCKED),
    ("decide_agreement", "FROM disclosure_step WHERE"): (2, LOCKED),
    ("decide_agreement", "FROM person WHERE person.same_as_id IN"): (2, LOCKED),
    ("decide_agreement", REFERRALS): (2, LOCKED),
    ("decide_agreement", "FROM referral_version WHERE"): (2, LOCKED),
    ("return_check_result", "FROM person WHERE person.id ="): (2, FORGOTTEN),
    ("decide_proposal", "restricted_address_details"): (2, COMPARED),
    ("decide_proposal", "restricted_contact_details"): (2, COMPARED),
    ("lift_limit", "FROM sight WHERE"): (2, AFTER),
    ("limit_case", "FROM sight WHERE"): (2, AFTER),
    ("reassign_case", "set_config('app.reach'"): (3, REACH),
    ("amend_referral", PARTS): (3, MEANWHILE),
    ("amend_referral", REFERRALS): (2, MEANWHILE),
    ("amend_referral", "FROM said WHERE said.person_id"): (2, SAID),
    ("move_destination_referral", "FROM destination_update WHERE"): (2, AFTER),
    ("move_destination_referral", "FROM placement WHERE"): (2, AFTER),
    ("read_change", "FROM person WHERE person.id ="): (2, FORGOTTEN),
    ("read_check_timeline", "FROM check_request WHERE check_request.id IN"): (2, IF_GONE),
    ("move_subject_access", "FROM clock WHERE"): (2, AFTER),
    ("move_placement", "FROM person WHERE person.id ="): (2, FORGOTTEN),
    ("move_placement", "FROM address WHERE address.person_id IN"): (2, LOCKED),
    ("move_placement", "FROM clock WHERE"): (2, AFTER),
    ("move_placement", "FROM contact WHERE contact.person_id IN"): (2, LOCKED),
    ("move_placement", "FROM person WHERE person.same_as_id"): (2, LOCKED),
    ("read_document", FOUND_PART): (2, LOCKED),
    ("record_change", "FROM clock WHERE"): (2, RECONSIDERED),
    ("record_change", PARTS): (2, MEANWHILE),
    ("record_change", REFERRALS): (2, MEANWHILE),
    ("correct_concern", FOUND_PART): (2, LOCKED),
    ("correct_concern", "set_config('app.reach'"): (5, REACH),
    ("report_concern", FOUND_PART): (2, LOCKED),
    ("report_concern", "set_config('app.reach'"): (4, REACH),
    ("answer_right_to_know", "FROM disclosure_decision WHERE"): (2, AFTER),
    ("correct_right_to_know", "FROM disclosure_decision WHERE"): (2, AFTER),
    ("correct_right_to_know", "FROM person WHERE person.id ="): (3, FORGOTTEN),
    ("amend_referral", "FROM person WHERE person.id"): (2, CORRECTED),
    ("change_address", "FROM address WHERE address.person_id IN"): (3, CORRECTED),
    ("change_address", "FROM case_holding WHERE case_holding.person_id IN"): (2, CORRECTED),
    ("change_address", "FROM contact WHERE contact.person_id IN"): (3, CORRECTED),
    ("change_address", "FROM person WHERE person.same_as_id"): (2, CORRECTED),
    ("change_address", PARTS): (5, CORRECTED),
    ("change_address", "FROM referral WHERE referral.person_id"): (2, CORRECTED),
    ("change_address", REFERRALS): (4, CORRECTED),
    ("change_address", "restricted_address_details"): (2, CORRECTED),
    ("change_address", "FROM clock WHERE (clock.subject_kind"): (2, CORRECTED),
    ("change_address", "restricted_contact_details"): (2, CORRECTED),
    ("change_address", "set_config('app.reach'"): (5, REACH),
    ("change_caretaker", "FROM case_team WHERE case_team.person_id IN"): (2, MERGED),
    ("correct_concern", "FROM clock WHERE clock.subject_kind"): (2, OF_ITS_OWN),
    ("correct_concern", "FROM said WHERE said.person_id"): (2, SAID),
    ("correct_check_result", "FROM address WHERE address.person_id IN"): (2, CORRECTED),
    ("correct_check_result", "FROM case_holding WHERE case_holding.person_id IN"): (2, CORRECTED),
    ("correct_check_result", "FROM check_joined WHERE check_joined.request_id IN"): (2, CORRECTED),
    ("correct_check_result", "FROM contact WHERE contact.person_id IN"): (2, CORRECTED),
    ("correct_check_result", PARTS): (2, CORRECTED),
    ("correct_check_result", "FROM person WHERE person.id"): (2, FORGOTTEN),
    ("correct_check_result", "FROM person WHERE person.same_as_id IN"): (2, CORRECTED),
    ("correct_check_result", "FROM referral WHERE referral.person_id"): (2, CORRECTED),
    ("correct_check_result", "set_config('app.reach'"): (5, REACH),
    ("decide_proposal", "FROM person WHERE person.id IN (SELECT"): (2, COMPARED),
    ("decide_same_as", "FROM case_holding WHERE case_holding.person_id IN"): (2, MERGED),
    ("decide_same_as", "FROM check_joined WHERE check_joined.request_id IN"): (2, MERGED),
    ("decide_same_as", "FROM check_question WHERE check_question.request_id IN"): (2, MERGED),
    ("decide_same_as", "FROM check_request WHERE check_request.person_id IN"): (2, MERGED),
    ("decide_same_as", PARTS): (4, MERGED),
    ("decide_same_as", REFERRALS): (3, MERGED),
    ("decide_same_as", "FROM restriction WHERE restriction.person_id"): (2, MERGED),
    ("amend_referral", "FROM referral_version WHERE"): (2, CORRECTED),
    ("decide_same_as", "restricted_address_details"): (2, MERGED),
    ("decide_same_as", "restricted_contact_details"): (2, MERGED),
    ("decide_same_as", "FROM clock WHERE"): (2, MERGED),
    ("decide_same_as", "FROM address WHERE address.person_id IN"): (3, MERGED),
    ("decide_same_as", "FROM contact WHERE contact.person_id IN"): (3, MERGED),
    ("decide_same_as", "FROM person WHERE person.id IN (SELECT person_1.id"): (2, MERGED),
    ("decide_same_as", "FROM person WHERE person.same_as_id IN"): (2, MERGED),
    ("decide_same_as", "FROM proposal_decision WHERE"): (2, MERGED),
    ("decide_same_as", "FROM rosh_assessment WHERE"): (2, MERGED),
    ("decide_same_as", "FROM said WHERE said.person_id"): (2, SAID),
    ("decide_same_person", "FROM referral WHERE referral.person_id"): (2, CORRECTED),
    ("enter_address_in_error", "FROM address WHERE address.person_id IN"): (2, CORRECTED),
    ("enter_address_in_error", "FROM case_holding WHERE case_holding.person_id IN"): (2, CORRECTED),
    ("enter_address_in_error", "FROM clock WHERE (clock.subject_kind"): (2, CORRECTED),
    ("enter_address_in_error", "FROM contact WHERE contact.person_id IN"): (2, CORRECTED),
    ("enter_address_in_error", "FROM person WHERE person.same_as_id"): (2, CORRECTED),
    ("enter_address_in_error", PARTS): (3, CORRECTED),
    ("enter_address_in_error", "FROM referral WHERE referral.person_id"): (2, CORRECTED),
    ("enter_address_in_error", REFERRALS): (2, CORRECTED),
    ("enter_address_in_error", "restricted_address_details"): (2, CORRECTED),
    ("enter_address_in_error", "restricted_contact_details"): (2, CORRECTED),
    ("enter_address_in_error", "set_config('app.reach'"): (4, REACH),
    ("enter_address_in_error", "FROM placement WHERE placement.id ="): (2, FORGOTTEN),
    ("enter_address_in_error", FOUND_PART): (2, GATE),
    ("correct_placement", "set_config('app.reach'"): (3, REACH),
    ("decide_agreement", "set_config('app.reach'"): (3, REACH),
    ("enter_referral_in_error", "set_config('app.reach'"): (7, ONE_BY_ONE),
    ("move_destination_referral", "set_config('app.reach'"): (3, REACH),
    ("move_placement", "FROM destination_update WHERE"): (2, GATE),
    ("move_placement", FOUND_PART): (2, GATE),
    ("move_placement", "set_config('app.reach'"): (3, REACH),
    ("withdraw_referral", "set_config('app.reach'"): (7, ONE_BY_ONE),
    ("enter_contact_in_error", "FROM address WHERE address.person_id IN"): (3, CORRECTED),
    ("enter_contact_in_error", "FROM clock WHERE (clock.subject_kind"): (2, CORRECTED),
    ("enter_contact_in_error", "FROM contact WHERE contact.person_id IN"): (3, CORRECTED),
    ("enter_contact_in_error", "FROM person WHERE person.same_as_id"): (2, CORRECTED),
    ("enter_contact_in_error", PARTS): (3, CORRECTED),
    ("enter_contact_in_error", "FROM referral WHERE referral.person_id"): (2, CORRECTED),
    ("enter_contact_in_error", REFERRALS): (2, CORRECTED),
    ("enter_contact_in_error", "restricted_address_details"): (2, CORRECTED),
    ("enter_contact_in_error", "restricted_contact_details"): (2, CORRECTED),
    ("enter_contact_in_error", "set_config('app.reach'"): (4, REACH),
    ("lift_limit", "FROM address WHERE address.person_id IN"): (2, MERGED),
    ("lift_limit", "FROM contact WHERE contact.person_id IN"): (2, MERGED),
    ("lift_limit", "set_config('app.reach'"): (3, REACH),
    ("limit_case", "FROM address WHERE address.person_id IN"): (2, MERGED),
    ("limit_case", "FROM contact WHERE contact.person_id IN"): (2, MERGED),
    ("limit_case", "set_config('app.reach'"): (3, REACH),
    ("move_placement", "FROM said WHERE said.person_id"): (2, SAID),
    ("move_transfer", "FROM check_joined WHERE check_joined.request_id IN"): (2, MERGED),
    ("move_transfer", "FROM check_request WHERE check_request.person_id IN"): (2, MERGED),
    ("move_transfer", "FROM person WHERE person.same_as_id"): (2, MERGED),
    ("open_case", "set_config('app.reach'"): (3, REACH),
    ("patch_referral", PARTS): (3, CORRECTED),
    ("patch_referral", "FROM person WHERE person.id"): (2, CORRECTED),
    ("patch_referral", REFERRALS): (2, CORRECTED),
    ("patch_referral", "FROM said WHERE said.person_id"): (2, SAID),
    ("patch_referral", "restricted_address_details"): (2, CORRECTED),
    ("patch_referral", "restricted_contact_details"): (2, CORRECTED),
    ("correct_move", "FROM address WHERE address.person_id IN"): (3, CORRECTED),
    ("correct_move", "FROM case_holding WHERE case_holding.person_id IN"): (2, CORRECTED),
    ("correct_move", "FROM contact WHERE contact.person_id IN"): (3, CORRECTED),
    ("correct_move", "FROM destination_move JOIN event"): (2, CORRECTED),
    ("correct_move", PARTS): (5, CORRECTED),
    ("correct_move", "FROM person WHERE person.id ="): (3, FORGOTTEN),
    ("correct_move", "FROM person WHERE person.same_as_id IN"): (2, CORRECTED),
    ("correct_move", "FROM placement WHERE placement.id ="): (4, CORRECTED),
    ("correct_move", REFERRALS): (4, CORRECTED),
    ("correct_move", "FROM said WHERE said.person_id"): (2, SAID),
    ("correct_move", "set_config('app.reach'"): (3, REACH),
    ("move_destination_referral", PARTS): (2, MEANWHILE),
    ("propose_address", "FROM said WHERE said.person_id"): (2, SAID),
    ("reassign_case", "FROM case_team WHERE case_team.person_id IN"): (2, MERGED),
    ("record_change", "FROM said WHERE said.person_id"): (2, SAID),
    ("record_change", "restricted_address_details"): (2, RECONSIDERED),
    ("record_change", "restricted_contact_details"): (3, RECONSIDERED),
    ("report_concern", "FROM clock WHERE clock.subject_kind"): (2, OF_ITS_OWN),
    ("report_concern", "FROM said WHERE said.person_id"): (2, SAID),
    ("supply_details", PARTS): (3, CORRECTED),
    ("supply_details", "FROM referral WHERE referral.person_id"): (2, CORRECTED),
    ("supply_details", REFERRALS): (2, CORRECTED),
    ("supply_details", "restricted_contact_details"): (2, CORRECTED),
    ("enter_referral_in_error", "FROM address WHERE address.person_id IN"): (4, ONE_BY_ONE),
    ("enter_referral_in_error", "FROM contact WHERE contact.person_id IN"): (4, ONE_BY_ONE),
    ("enter_referral_in_error", PARTS): (3, ONE_BY_ONE),
    ("enter_referral_in_error", "FROM person WHERE person.same_as_id IN"): (5, ONE_BY_ONE),
    ("enter_referral_in_error", REFERRALS): (2, ONE_BY_ONE),
    ("withdraw_referral", "FROM address WHERE address.person_id IN"): (4, ONE_BY_ONE),
    ("withdraw_referral", "FROM contact WHERE contact.person_id IN"): (4, ONE_BY_ONE),
    ("withdraw_referral", PARTS): (2, ONE_BY_ONE),
    ("withdraw_referral", "FROM person WHERE person.same_as_id IN"): (4, ONE_BY_ONE),
    ("read_case", "FROM clock WHERE (clock.subject_kind"): (2, OF_EACH_PART),
    ("read_case", "FROM event JOIN person AS"): (2, OF_EACH_PART),
    ("read_case", "FROM agreement WHERE agreement.kind"): (2, OF_EACH_PART),
    ("read_case", "FROM case_holding WHERE case_holding.person_id IN"): (4, OF_EACH_PART),
    ("read_case", "FROM person WHERE person.id IN"): (3, OF_EACH_PART),
    ("read_case", "FROM review JOIN change_of_circumstance"): (2, OF_EACH_PART),
}
"""By the operation, or any, and words of it: how often a statement is sent at most, and why."""

OFTENER: Final[Mapping[tuple[str, str], tuple[int, str]]] = {
    ("record_change", "INSERT INTO event ("): (5, OF_ITS_OWN),
    ("change_address", "INSERT INTO event ("): (4, CORRECTED),
    ("correct_concern", "FROM clock WHERE clock.subject_kind"): (5, OF_ITS_OWN),
    ("correct_concern", "INSERT INTO event ("): (4, OF_ITS_OWN),
    ("decide_same_as", "INSERT INTO event ("): (4, MERGED),
    ("decide_same_as", "FROM check_request_subject WHERE"): (4, MERGED),
    ("decide_same_as", "FROM address WHERE"): (4, MERGED),
    ("decide_same_as", "FROM contact WHERE"): (4, MERGED),
    ("enter_address_in_error", "INSERT INTO event ("): (4, CORRECTED),
    ("enter_contact_in_error", "INSERT INTO event ("): (5, CORRECTED),
    ("patch_referral", "INSERT INTO event ("): (4, CORRECTED),
    ("propose_address", "INSERT INTO event ("): (4, OF_ITS_OWN),
    ("supply_details", "INSERT INTO event ("): (4, CORRECTED),
    ("report_concern", "INSERT INTO event ("): (5, OF_ITS_OWN),
    ("report_concern", "UPDATE check_request SET"): (4, OF_ITS_OWN),
    ("report_concern", "UPDATE clock SET"): (4, OF_ITS_OWN),
    ("report_concern", "UPDATE safety_check SET"): (4, OF_ITS_OWN),
    ("enter_referral_in_error", "INSERT INTO destination_move ("): (5, ONE_BY_ONE),
    ("enter_referral_in_error", "INSERT INTO event ("): (6, ONE_BY_ONE),
    ("enter_referral_in_error", "FROM change_notice WHERE"): (5, ONE_BY_ONE),
    ("enter_referral_in_error", "FROM clock WHERE (clock.subject_kind"): (14, ONE_BY_ONE),
    ("enter_referral_in_error", "UPDATE clock SET"): (5, ONE_BY_ONE),
    ("enter_referral_in_error", "UPDATE destination_referral SET"): (4, ONE_BY_ONE),
    ("enter_referral_in_error", "UPDATE referral SET"): (5, ONE_BY_ONE),
    ("withdraw_referral", "INSERT INTO destination_move ("): (5, ONE_BY_ONE),
    ("withdraw_referral", "INSERT INTO event ("): (5, ONE_BY_ONE),
    ("withdraw_referral", "FROM change_notice WHERE"): (5, ONE_BY_ONE),
    ("withdraw_referral", "FROM clock WHERE (clock.subject_kind"): (14, ONE_BY_ONE),
    ("withdraw_referral", "UPDATE clock SET"): (4, ONE_BY_ONE),
    ("withdraw_referral", "UPDATE destination_referral SET"): (4, ONE_BY_ONE),
    ("withdraw_referral", "UPDATE referral SET"): (5, ONE_BY_ONE),
}
"""The same, of what is sent with other values: flat in what is asked again (`test_cost`)."""

KEPT: Final = ("FROM policy WHERE policy.id", "FROM calendar WHERE calendar.id", "INSERT INTO clock (")
"""Versions never change, and the first call of a process that needs one keeps it. A report of danger starts
clocks of four kinds, and reads those that run before each."""


@pytest.fixture(scope="module", autouse=True)
def kept() -> Iterator[None]:
    """Keep registrations and policies however slow the machine is: they are looked up every ten seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache_invalidation, "MAX_AGE", 1000.0)
        yield


@pytest.fixture(scope="module", autouse=True)
def watch(kept: None) -> Iterator[Served]:
    """What is sent from before the case is recorded."""
    del kept
    served = Served(MOST)
    with watched(served):
        yield served


@pytest.fixture(scope="module")
def recorded_case(watch: Served, app: Flask, server: str, template: str) -> Iterator[RecordedCase]:
    """The case recorded once more, while it is watched."""
    del watch
    with recorded(app, server, template) as made:
        yield made


@pytest.fixture(scope="module")
def served(watch: Served, recorded_case: RecordedCase, app: Flask, server: str) -> Served:
    """What was sent in the recorded case, and in a call of every operation by each kind of caller."""
    callers = {
        "probation": recorded_case.cast.probation.as_practitioner("s.okafor", "spo"),
        "destination": recorded_case.cast.ap,
        "agency": recorded_case.cast.police,
        "prison": recorded_case.cast.prison,
        "administration": recorded_case.cast.administration.as_practitioner(
            "m.okonkwo", "registrar", pdu=None
        ),
        "keeper": recorded_case.cast.probation,
    }
    clock.use(lambda: recorded_case.clock.at)
    for side, caller in callers.items():
        with a_database(server, recorded_case.database):
            speaker = caller.keeper() if side == "keeper" else caller
            fixtures = Fixtures(Story(recorded_case.cast, recorded_case.clock), speaker, side)
            for path, method, operation in operations(conformance_of(app).spec):
                permission = PERMISSIONS.get(operation.get("x-permission", ""))
                if permission and may_call(permission, side):
                    answer = fixtures.ready(path, method, operation["operationId"])()
                    assert answer.status_code < 300, (operation["operationId"], answer.text)
    return watch


def is_meant(
    one: Found, meant: tuple[str, str], table: Mapping[tuple[str, str], tuple[int, str]] = MEANT
) -> bool:
    (operation, words), (most, _) = meant, table[meant]
    return operation in {"", one.operation} and words in one.text and one.times <= most


READ: Final = Sent("api", "SELECT held FROM clock JOIN policy ON true WHERE clock.id = %(id)s", "{'id': 1}")


@pytest.mark.parametrize(
    ("between", "again"),
    [
        (Sent("api", "UPDATE clock SET held = true", ""), False),
        (Sent("api", "INSERT INTO policy (id) VALUES (1)", ""), False),
        (Sent("api", "UPDATE event SET held = true", ""), True),
        (Sent("api", "SELECT held FROM clock", ""), True),
    ],
)
def test_a_statement_may_be_sent_again_once_what_it_reads_has_been_written(
    between: Sent, again: bool
) -> None:
    judge = Served(MOST)
    judge.note("op", [READ, between, READ])
    assert judge.again == ({Found("op", READ.text, 2)} if again else set())


def test_with_another_reach_or_other_values_it_is_another_statement() -> None:
    judge = Served(MOST)
    judge.note("op", [READ, replace(READ, role="api every_row"), replace(READ, given="{'id': 2}")])
    assert judge.again == set()


def test_more_than_so_many_other_values_are_a_statement_for_each_row() -> None:
    sent = [
        replace(READ, text=f"SELECT held FROM clock WHERE clock.id IN (%(id_{n})s)", given=str(n))
        for n in range(MOST + 1)
    ]
    judge = Served(MOST)
    judge.note("few", sent[1:])
    judge.note("many", sent)
    assert judge.looped == {Found("many", "SELECT held FROM clock WHERE clock.id IN (..)", MOST + 1)}


def test_every_operation_is_watched(served: Served, app: Flask) -> None:
    every = {operation["operationId"] for _, _, operation in operations(conformance_of(app).spec)}
    assert every == served.operations


def test_no_request_sends_a_statement_twice(served: Served) -> None:
    faults = [str(one) for one in sorted(served.again) if not any(is_meant(one, meant) for meant in MEANT)]
    assert not faults, "\n".join(faults)


def test_what_is_meant_to_be_sent_twice_still_is(served: Served) -> None:
    # How much a correction brings in line depends on who lives where, and what the parts of a case have in
    # common on what there is of it.
    always = [meant for meant, (_, why) in MEANT.items() if why not in {CORRECTED, OF_EACH_PART, IF_GONE}]
    assert [meant for meant in always if not any(is_meant(one, meant) for one in served.again)] == []


def test_no_request_sends_a_statement_for_each_row(served: Served) -> None:
    faults = [
        str(one)
        for one in sorted(served.looped)
        if not any(words in one.text for words in KEPT)
        and not any(is_meant(one, meant, OFTENER) for meant in OFTENER)
    ]
    assert not faults, "\n".join(faults)
