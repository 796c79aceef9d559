"""How something was verified, row by row: who must have been seen, and what ends it."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service.people.verification import (
    ABOUT,
    ENDED,
    LOOKED_AT_AGAIN,
    SAID,
    VERIFIES,
    Because,
    How,
    Kind,
    because_of,
    faults,
    is_looked_at_again,
    is_more_than_verified,
    stands,
    touches,
)

BOY, MOTHER, AUNT, HOME, ASKED = (UUID(int=number) for number in range(1, 6))
EARLIER, SEEN, LATER = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def test_what_the_person_says_is_recorded_and_verifies_nothing() -> None:
    assert SAID.keys() - VERIFIES == {How.SELF_REPORT}
    assert How.NOT_STATED not in SAID.keys() | VERIFIES


@pytest.mark.parametrize(
    ("how", "more", "kind", "wrong"),
    [
        (How.HOME_VISIT, {}, "address", {"seen"}),
        (How.HOME_VISIT, {"seen": [AUNT]}, "address", set()),
        (How.HOME_VISIT, {"person_seen": True}, "address", set()),
        (How.HOME_VISIT, {"others_seen": 2}, "address", set()),
        (How.HOME_VISIT, {"seen": [AUNT], "others_seen": 2}, "contact", {"seen"}),
        (How.HOME_VISIT, {"person_seen": True}, "contact", {"seen"}),
        (How.HOME_VISIT, {"seen": [BOY]}, "contact", set()),
        (How.HOME_VISIT, {"seen": [MOTHER], "mother": MOTHER}, "contact", set()),
        (How.HOME_VISIT, {"seen": [MOTHER]}, "contact", {"seen"}),
        (How.THIRD_PARTY, {}, "contact", {"seen"}),
        (How.THIRD_PARTY, {"person_seen": True}, "contact", {"seen"}),
        (How.THIRD_PARTY, {"seen": [BOY]}, "contact", {"seen"}),
        (How.THIRD_PARTY, {"seen": [AUNT]}, "contact", set()),
        (How.THIRD_PARTY, {"others_seen": 1}, "address", set()),
        (How.DOCUMENT, {}, "contact", set()),
        (How.DOCUMENT, {"seen": [BOY]}, "contact", {"seen"}),
        (How.DOCUMENT, {"check_request_id": ASKED}, "address", {"check_request_id"}),
        (How.AGENCY, {}, "address", {"check_request_id"}),
        (How.AGENCY, {"check_request_id": ASKED}, "address", set()),
        (How.AGENCY, {"check_request_id": ASKED, "others_seen": 1}, "address", {"seen"}),
        (How.SELF_REPORT, {}, "contact", set()),
        (How.SELF_REPORT, {"person_seen": True}, "contact", {"seen"}),
        (How.SELF_REPORT, {"check_request_id": ASKED}, "contact", {"check_request_id"}),
    ],
)
def test_what_each_way_needs_and_does_not_take(
    how: How, more: dict[str, Any], kind: Kind, wrong: set[str]
) -> None:
    given: dict[str, Any] = {"how": how, "seen": [], "person_seen": False, "others_seen": 0, **more}
    mother = given.pop("mother", None)
    found = faults(given, kind, BOY if kind == "contact" else HOME, mother=mother)
    assert found.keys() == wrong


def test_a_verification_ends_with_what_it_was_about() -> None:
    assert {
        "contact": {"given_name", "family_name", "date_of_birth", "due_date", "mother_id", "lives_at"},
        "address": {"lines", "postcode", "contact_id"},
    } == ABOUT
    assert touches("contact", {"lives_at", "phone"})
    assert not touches("contact", {"phone", "relationship"})
    assert not touches("address", {"police_force", "to_date", "kind"})
    assert because_of({"lives_at"}) is Because.MOVED
    assert because_of({"lives_at", "family_name"}) is Because.CHANGED


@pytest.mark.parametrize(
    ("was", "now", "more"),
    [
        (("visited", None, None), ("current", None, None), True),
        (("previous", None, None), ("current", None, None), True),
        (("current", None, None), ("partner", None, None), True),
        (("current", None, None), ("previous", None, None), False),
        (("current", None, None), ("previous", None, SEEN), False),
        (("previous", None, EARLIER), ("previous", None, None), True),
        (("previous", None, EARLIER), ("previous", None, SEEN), True),
        (("previous", None, SEEN), ("previous", None, EARLIER), False),
        (("current", None, None), ("current", LATER, None), True),
        (("current", LATER, None), ("current", SEEN, None), False),
        (("current", EARLIER, None), ("current", None, None), False),
        (("visited", None, None), ("visited", LATER, None), True),
        (("proposed_release", None, None), ("proposed_release", LATER, None), False),
        (("move_on", None, None), ("move_on", LATER, None), False),
        (("proposed_release", LATER, None), ("current", LATER, None), True),
    ],
)
def test_a_place_is_verified_as_what_it_was_and_not_as_more(
    was: tuple[str, date | None, date | None], now: tuple[str, date | None, date | None], more: bool
) -> None:
    before, after = (dict(zip(("kind", "from_date", "to_date"), one, strict=True)) for one in (was, now))
    assert is_more_than_verified(SEEN, before, after) is more


def test_nobody_has_seen_what_had_not_begun() -> None:
    given = {"how": How.DOCUMENT, "on": SEEN, "seen": [], "person_seen": False, "others_seen": 0}
    assert faults(given, "address", HOME, begins=SEEN) == {}
    assert faults(given, "address", HOME, begins=LATER) == {"on": "Is before the first day at this address."}
    assert faults(given, "contact", BOY, begins=LATER) == {"on": "Is before the day of birth."}


def test_the_practitioner_looks_again_unless_somebody_just_has() -> None:
    assert ENDED.keys() - LOOKED_AT_AGAIN == {Because.WITHDRAWN, Because.ENTERED_IN_ERROR}
    standing = {"how": "document"}
    assert (stands(standing), is_looked_at_again(standing)) == (True, False)
    for because in Because:
        over = {**standing, "ended": {"because": because, "at": "2026-03-02T09:00:00+00:00"}}
        assert (stands(over), is_looked_at_again(over)) == (False, because in LOOKED_AT_AGAIN)
    assert (stands(None), stands({"how": "self_report"}), is_looked_at_again(None)) == (False, False, False)
