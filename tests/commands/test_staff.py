"""What an operator keeps of a staff register, for an organisation that has no system for it."""

import pytest

from service import db
from service.organisations import register
from tests.commands.conftest import Operator
from tests.conftest import TheClock

KEYRING = "crs_provider/keyring"


def asked_for(operate: Operator, role: str = "duty_manager") -> list[str]:
    with db.transaction("owner") as session:
        return register.holders(session, operate.cast.crs.organisation_id, role)


def test_a_member_of_staff_is_entered_changed_and_shown(operate: Operator) -> None:
    operate.done("staff", "set", KEYRING, "J.Ward", "--name", "Jo Ward", "--role", "duty_manager")
    operate.done("staff", "set", KEYRING, "j.ward", "--phone", "0191 498 0000")
    shown = operate.shown("staff", "show", KEYRING, "j.ward")
    assert (shown["id"], shown["name"], shown["phone"]) == ("j.ward", "Jo Ward", "0191 498 0000")
    assert [(one["role"], one["deputy"]) for one in shown["roles"]] == [("duty_manager", False)]
    assert asked_for(operate) == ["duty.manager", "j.ward"]
    operate.done("staff", "set", KEYRING, "j.ward", "--deputy", "duty_manager")
    assert asked_for(operate) == ["duty.manager"]
    assert "j.ward  Jo Ward  duty_manager (deputy)" in operate.done("staff", "list", KEYRING)
    assert "phone: 0191 498 0000" in operate.done("staff", "show", KEYRING, "j.ward")


def test_a_deputy_stands_in_while_the_holder_is_away_and_until_they_are_back(
    operate: Operator, the_clock: TheClock
) -> None:
    operate.done("staff", "set", KEYRING, "j.ward", "--name", "Jo Ward", "--deputy", "duty_manager")
    operate.done("staff", "away", KEYRING, "duty.manager", "2026-03-02", "2026-03-06")
    assert asked_for(operate) == ["j.ward"]
    the_clock.set("2026-03-07T00:00Z")
    assert asked_for(operate) == ["duty.manager"]
    operate.done("staff", "away", KEYRING, "duty.manager", "2026-03-07", "2026-03-10")
    assert asked_for(operate) == ["j.ward"]
    operate.done("staff", "back", KEYRING, "duty.manager")
    assert asked_for(operate) == ["duty.manager"]
    operate.done("staff", "away", KEYRING, "duty.manager", "2026-03-07")
    the_clock.set("2027-03-07T00:00Z")
    assert asked_for(operate) == ["j.ward"], "nobody knows until when"
    operate.done("staff", "back", KEYRING, "duty.manager")
    assert asked_for(operate) == ["duty.manager"]


def test_somebody_leaves_at_the_end_of_the_last_day(operate: Operator, the_clock: TheClock) -> None:
    operate.done("staff", "end", KEYRING, "duty.manager", "2026-03-03")
    assert asked_for(operate) == ["duty.manager"]
    the_clock.set("2026-03-04T00:00Z")
    assert asked_for(operate) == []
    assert "duty.manager" not in operate.done("staff", "list", KEYRING)
    assert "duty.manager" in operate.done("staff", "show", KEYRING, "duty.manager")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("set", KEYRING, "j.ward"), "give a --name"),
        (("set", KEYRING, "j.ward", "--name", "J", "--role", "spo"), '"spo" is not a role in a crs_provider'),
        (("set", KEYRING, "j.ward", "--name", "J", "--role", "duty_manager@Leeds"), "has units"),
        (("set", KEYRING, "Jo Ward", "--name", "J"), "is not the id of a member of staff"),
        (("show", KEYRING, "nobody"), "nobody is not in the register"),
        (("away", KEYRING, "duty.manager", "2026-03-06", "2026-03-02"), "UNTIL must not be before FROM"),
        (("back", KEYRING, "duty.manager"), "duty.manager of crs_provider/keyring is not away"),
        (("end", KEYRING, "duty.manager", "soon"), "write a date such as"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_line(
    operate: Operator, arguments: tuple[str, ...], words: str
) -> None:
    assert words in operate.refused("staff", *arguments)


def test_a_client_that_keeps_a_register_is_registered_for_that_alone(operate: Operator) -> None:
    key = operate.key_file()
    both = ("--name", "HR", "--key", key, "--scope", "staff", "--scope", "feed")
    assert "can have no other" in operate.refused("clients", "register", "hr", KEYRING, *both)
    operate.done("clients", "register", "hr", KEYRING, "--name", "HR", "--key", key, "--scope", "staff")
    assert operate.shown("clients", "show", "hr")["scopes"] == ["staff"]
