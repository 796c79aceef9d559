"""The rule of four eyes, row by row."""

from uuid import UUID

import pytest

from service.access.actor import OVERSIGHT_ROLES, PRACTITIONER_ROLES, Actor, Practitioner
from service.access.four_eyes import Matter, OwnWork, is_own_case, may_decide
from service.access.permissions import MANAGERS

PERSON, ANOTHER = UUID(int=1), UUID(int=2)
CHECK, REQUEST = UUID(int=11), UUID(int=12)
MATTER = Matter(
    person_id=PERSON, practitioners=frozenset({"p.shah", None}), subjects=frozenset({CHECK, REQUEST})
)
NOTHING = OwnWork()


def somebody(who: str | None = "h.grant", role: str = "pdu_head") -> Actor:
    return Actor(
        client_id="n55-system",
        organisation_id=UUID(int=55),
        organisation_kind="probation_region",
        practitioner=Practitioner(who, who, role, "N55") if who else None,
        scopes=frozenset(),
        request_id="test-request",
        address=None,
        strength="test",
    )


CASES: dict[str, tuple[Actor, OwnWork, bool]] = {
    "a manager who did nothing in the case": (somebody(), NOTHING, True),
    "a manager who submitted another person's referral": (
        somebody(),
        OwnWork(people=frozenset({ANOTHER})),
        True,
    ),
    "a manager who asked for something else": (somebody(), OwnWork(asked_for=frozenset({ANOTHER})), True),
    "a manager who submitted or amended": (somebody(), OwnWork(people=frozenset({PERSON})), False),
    "a manager who asked for it": (somebody(), OwnWork(asked_for=frozenset({REQUEST})), False),
    "the accountable practitioner as a manager": (somebody("p.shah"), NOTHING, False),
    "a practitioner": (somebody("n.other", "practitioner"), NOTHING, False),
    "a system that names nobody": (somebody(None), NOTHING, False),
}


@pytest.mark.parametrize("case", CASES)
def test_who_may_decide(case: str) -> None:
    actor, own, may = CASES[case]
    assert may_decide(actor, MATTER, own) is may


@pytest.mark.parametrize("role", [*PRACTITIONER_ROLES, *OVERSIGHT_ROLES])
def test_only_a_role_that_decides_does(role: str) -> None:
    assert may_decide(somebody(role=role), MATTER, NOTHING) is (role in MANAGERS)
    assert may_decide(somebody(role=role), MATTER, NOTHING, ("pdu_head",)) is (role == "pdu_head")


def test_a_caller_without_a_practitioner_decides_nothing() -> None:
    assert is_own_case(somebody(None), Matter(person_id=PERSON), NOTHING)
