"""Whatever is put right, by whom and in which order: nothing is lost, and nobody in error is asked about."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from service import db
from service.access.actor import Actor
from service.organisations.writes.clients import register_client
from tests.cast import Caller, Cast, key_of
from tests.checks.corrected_case import CorrectedCase, corrections_hold_of
from tests.checks.factories import LEEDS, at_once
from tests.checks.read_case import ReadCase
from tests.checks.whole_case import held_true_of
from tests.conftest import TheClock

pytestmark = pytest.mark.long

SECOND = "n55-court-system"


@pytest.fixture
def second(cast: Cast) -> Caller:
    """Another system of the same region."""
    first = cast.probation.as_practitioner()
    with db.transaction("owner") as session:
        register_client(
            session,
            Actor.for_service("registration"),
            client_id=SECOND,
            organisation_id=first.organisation_id,
            name="Court system",
            public_jwk=key_of(SECOND).as_dict(private=False),
        )
    return replace(first, signer=replace(first.signer, client_id=SECOND, key=key_of(SECOND)), tokens={})


def a_case(cast: Cast, the_clock: TheClock, second: Caller) -> CorrectedCase:
    case = CorrectedCase(cast, the_clock)
    case.second = second
    return case


@pytest.mark.usefixtures("database")
def test_whatever_is_put_right_holds_for_every_reader(
    cast: Cast, the_clock: TheClock, second: Caller
) -> None:
    run_state_machine_as_test(
        lambda: a_case(cast, the_clock, second),  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(
            deadline=None,
            suppress_health_check=list(HealthCheck),
            max_examples=6,
            stateful_step_count=14,
        ),
    )


@pytest.mark.usefixtures("database")
def test_whatever_is_put_right_is_told_once_to_whoever_reads_it(
    cast: Cast, the_clock: TheClock, second: Caller
) -> None:
    """Under two CRNs, while work begins and ends, and whatever arrives twice or too late."""

    def a_read_case() -> ReadCase:
        case = ReadCase(cast, the_clock)
        case.second = second
        return case

    run_state_machine_as_test(
        a_read_case,  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(
            deadline=None,
            suppress_health_check=list(HealthCheck),
            max_examples=6,
            stateful_step_count=14,
            phases=(Phase.generate,),
        ),
    )


@pytest.mark.usefixtures("database")
def test_two_systems_and_corrections_at_once_lose_nothing(
    cast: Cast, the_clock: TheClock, second: Caller
) -> None:
    """Who comes second reads again (412) or is told to come back; what is written stands for every reader."""
    for number in range(3):
        case = a_case(cast, the_clock, second)
        case.an_adult_is_recorded("partner", "Kirsty", 0)
        case.a_child_is_recorded(LEEDS, "Sam", 0)
        cast.police.token(), cast.council.token(), case.practitioner.token(), second.token()
        contact = case.on_record("contacts", 0)
        assert contact is not None
        deeds: list[Callable[[], object]] = [
            lambda case=case, number=number: case.another_system_amends(0, 10 + number, "Daz", 409, 412, 503),  # type: ignore[misc]
            lambda case=case: case.changed("contacts", 1, 409, 412, 503, given_name="Jade"),  # type: ignore[misc]
            lambda case=case, one=contact: case.patched(one, 412, 503, phone="0113 496 0000"),  # type: ignore[misc]
            lambda case=case: case.an_agency_answers(0, 409, 422),  # type: ignore[misc]
        ]
        at_once(*deeds)
        held_true_of(case.person_id)
        corrections_hold_of(case.person_id)
