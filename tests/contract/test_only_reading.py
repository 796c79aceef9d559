"""Every operation that changes something, called by somebody who may only read the record: nothing changes.

Who only reads has emergency access, within the region that holds a limited case or from another, or works in
a region with which the holder shares a section. An operation that is added is called with the others.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

import pytest
from sqlalchemy import text

from service import db
from service.access.permissions import PERMISSIONS
from service.people.sight import SECTIONS
from tests.cast import Caller
from tests.contract.conformance import conformance_of, operations
from tests.contract.openings import TAGS, Fixtures, Opening
from tests.faults.fixtures import Place
from tests.journeys.driver import ok
from tests.people.factories import give_sight
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long

ABOUT_NO_RECORD: Final = {
    "apply_policy_version": "about clocks, not about a record",
    "preview_policy_version": "reads",
    "issue_token": "of whom it is, not of a person",
    "keep_staff": "the staff register",
    "open_case": "on a record of the caller's own, as test_held_elsewhere says",
    "preview_referral": "stores nothing",
    "publish_policy_version": "about no record",
    "record_staff": "the staff register",
    "replay_delivery": "of the region's own feed",
    "request_share": "on a record of the caller's own",
    "search_check_requests": "reads",
    "search_people": "reads",
    "submit_referral": "on a record of the caller's own, as test_held_elsewhere says",
    "take_emergency_access": "gives sight",
}
"""Operations that are about no record that is read, and why."""

MOST_OPERATIONS: Final = 20
"""Fewer than there are, so that nobody is passed over for most of them."""

REFUSED: Final = frozenset({"/problems/not-found", "/problems/held-elsewhere"})
"""How a reader is refused."""
FOR_A_ROLE: Final = ("escalation", "subject_access")
"""Operations that are refused to a reader for the role, before anything is looked at."""
PATCHED: Final = {"change_address", "patch_referral", "supply_details", "supply_person_details"}
RECORDED: Final = "X320741"
"""What is late is in the recorded case, and not in a case of its own."""


@pytest.fixture
def place(fixtures: Fixtures, server: str) -> Place:
    with db.transaction("owner") as session:
        name = str(session.scalar(text("SELECT current_database()")))
    return Place(server, name, fixtures.story.cast, fixtures.story)


def _held() -> set[str]:
    with db.transaction("owner") as session:
        return set(session.scalars(text("SELECT crn FROM person WHERE held")))


def _prepared(fixtures: Fixtures) -> Iterator[tuple[str, str, Opening, str]]:
    """Yield path, operation, its opening and the CRN that it is about, of all that probation changes by."""
    for path, method, operation in operations(conformance_of(fixtures.caller.app).spec):
        name, permission = operation["operationId"], PERMISSIONS.get(operation.get("x-permission", ""))
        if method == "get" or permission is None or "probation" not in permission.sides:
            continue
        if name in ABOUT_NO_RECORD:
            continue
        before = _held()
        opening = fixtures.opening(name, [])
        own = _held() - before
        yield path, name, opening, RECORDED if "escalation" in name or not own else _about(opening, own)


def _about(opening: Opening, own: Collection[str]) -> str:
    """Return the CRN of the record that an operation names, of those that were opened for it."""
    named = [crn for crn in own if str(opening.path.get("person_id")) == str(person_id(crn))]
    return min(named or own)


def _limit(fixtures: Fixtures, crn: str) -> None:
    access, caller = f"{person_at(crn)}/access", fixtures.story.pdu_head
    seen = caller.get(access)
    if not ok(seen)["restricted"]:
        body = {"reason": "A relative works here."}
        ok(caller.post(f"{person_at(crn)}/limit", json=body, if_match=seen.headers["ETag"]))


def _take_emergency_access(caller: Caller, crn: str) -> bool:
    """Return whether it was taken: not by somebody with whom the opening shares the record."""
    seen = caller.get(person_at(crn)).status_code == HTTPStatus.OK
    if not seen:
        body = {"crn": crn, "reason": "He is at her door."}
        ok(caller.post("/v1/people/emergency-access", json=body), 201)
    return not seen


def _give_a_section(fixtures: Fixtures, caller: Caller, section: str, crn: str) -> None:
    """Share one section with a member of staff, who is named in a limited case."""
    assert caller.practitioner is not None
    who, own = caller.practitioner.id, fixtures.story.practitioner
    give_sight(caller, crn, section, practitioner=who)
    if ok(own.get(person_at(crn)))["restricted"]:
        named = {"practitioner": who, "region": caller.code, "reason": "Works with him there."}
        ok(own.post(f"{person_at(crn)}/named-staff", json=named))


def _refused(
    fixtures: Fixtures,
    place: Place,
    rounds: Sequence[Mapping[str, Caller]],
    see: Callable[[str, str], bool],
) -> dict[tuple[str, str], Any]:
    """Let readers see each case, let them call everything, and return what was refused as something else.

    Args:
        rounds: readers by name; those of one round see the case before any of them calls.
    """
    wrong: dict[tuple[str, str], Any] = {}
    for path, name, opening, crn in _prepared(fixtures):
        refusals = REFUSED | ({"/problems/role-required"} if name.endswith(FOR_A_ROLE) else set())
        for readers in rounds:
            tags = {}
            for reader, caller in readers.items():
                if see(reader, crn):
                    assert caller.get(person_at(crn)).status_code == 200, (name, reader)
                    own = replace(fixtures, caller=caller)
                    tags[reader] = own.tag(name, opening.path) if name in TAGS else None
            if not tags:
                continue
            before = place.stored()
            said = {}
            for reader, tag in tags.items():
                send = readers[reader].patch if name in PATCHED else readers[reader].post
                answer = send(path.format(**opening.path), json=opening.body, if_match=tag)
                said[reader] = answer.status_code, answer.get_json()
            after = place.stored()
            stored = {table for table in after if after[table] != before[table]} - {"audit_entry"}
            assert not stored, (name, stored, said)
            wrong |= {
                (name, reader): answered
                for reader, answered in said.items()
                if answered[1].get("type") not in refusals
            }
    return wrong


@pytest.mark.parametrize("fixtures", ["probation"], indirect=True)
def test_emergency_access_changes_nothing(fixtures: Fixtures, place: Place) -> None:
    """Neither of a limited case of the own region, nor of another region's, whether or not it is limited."""
    cast = fixtures.story.cast
    readers = {
        "of another region": cast.stranger.as_practitioner("u.named", "pdu_head", pdu="Central Lancashire"),
        "of another region, limited": cast.stranger.as_practitioner(
            "v.named", "pdu_head", pdu="Central Lancashire"
        ),
        "of its own region, limited": cast.probation.as_practitioner("w.named", "pdu_head", pdu="Hull"),
    }

    tried: dict[str, int] = Counter()

    def see(reader: str, crn: str) -> bool:
        if reader.endswith("limited"):
            _limit(fixtures, crn)
        taken = _take_emergency_access(readers[reader], crn)
        tried[reader] += taken
        return taken

    # One after the other: a case is limited only for the second of them.
    assert _refused(fixtures, place, [{name: caller} for name, caller in readers.items()], see) == {}
    assert min(tried.values()) > MOST_OPERATIONS


@pytest.mark.parametrize("fixtures", ["probation"], indirect=True)
def test_a_share_of_any_section_changes_nothing(fixtures: Fixtures, place: Place) -> None:
    stranger = fixtures.story.cast.stranger
    readers = {
        section: stranger.as_practitioner(
            f"k.{section.replace('_', '-')}", "pdu_head", pdu="Central Lancashire"
        )
        for section in SECTIONS
    }

    def see(reader: str, crn: str) -> bool:
        _give_a_section(fixtures, readers[reader], reader, crn)
        return True

    wrong = _refused(fixtures, place, [readers], see)
    for section in SECTIONS:
        # Whoever sees a record may ask for the case, and not offer it as the opening does; where it is
        # offered, a manager of the region answers, and takes nothing back.
        assert wrong.pop(("ask_for_transfer", section))[0] == HTTPStatus.UNPROCESSABLE_ENTITY
        assert wrong.pop(("move_transfer", section))[1]["allowed"] == ["accept", "decline"]
    assert wrong == {}
