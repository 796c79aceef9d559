"""Clocks of limited access cases are moved with the others, and shown to nobody who may not know of them."""

import pytest

from service import db
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story, ok
from tests.people.factories import CRN, as_owner
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at

POLICY = "/v1/policies/police_da.allocation"
DRAFT = {"figures": {"answer": {"targets": {"routine": "2wd"}}}}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A limited access case, and one that is open; the police are asked in both."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    ok(story.practitioner.post("/v1/referrals", json=minimal("OPEN-1", "X320999")), 201)
    path = person_at(CRN)
    tag = story.practitioner.get(f"{path}/access").headers["ETag"]
    ok(story.practitioner.post(f"{path}/limit", json={"reason": "A relative works here."}, if_match=tag))
    return story


def region(story: Story) -> Caller:
    return story.cast.probation.as_practitioner("r.mercer", "region")


def moved(crn: str) -> list[bool]:
    found = as_owner(
        "SELECT moved_onto_id IS NOT NULL AS moved FROM clock JOIN policy ON policy.id = policy_id"
        " JOIN person ON person.id = person_id"
        f" WHERE policy.key = 'police_da.allocation' AND crn = '{crn}'"
    )
    return [bool(row["moved"]) for row in found]


def publish_and_apply(story: Story) -> dict[str, object]:
    published = ok(region(story).post(f"{POLICY}/versions", json={**DRAFT, "reason": "Agreed."}), 201)
    where = f"{POLICY}/versions/{published['version']}/application"
    applied: dict[str, object] = ok(region(story).post(where, json={"reason": "Now."}))
    return applied


def test_they_are_moved_and_not_counted(story: Story) -> None:
    limited, opened = len(moved(CRN)), len(moved("X320999"))
    assert limited
    assert opened
    applied = publish_and_apply(story)
    assert (applied["moved"], applied["more"]) == (opened, False)
    assert all(moved(CRN))
    assert all(moved("X320999"))


def test_a_dry_run_does_not_show_them(story: Story) -> None:
    shown = ok(region(story).post(f"{POLICY}/dry-run", json=DRAFT))
    assert len(shown["clocks"]) == len(moved("X320999"))
    assert sum(unit["clocks"] for unit in shown["units"]) == len(shown["clocks"])
    named = {str(row["subject_id"]) for row in as_owner(_LIMITED)}
    assert not named & {clock["subject_id"] for clock in shown["clocks"]}


def test_they_cannot_be_named_either(story: Story) -> None:
    published = ok(region(story).post(f"{POLICY}/versions", json={**DRAFT, "reason": "Agreed."}), 201)
    where = f"{POLICY}/versions/{published['version']}/application"
    (hidden, *_) = as_owner(_LIMITED)
    refused = region(story).post(where, json={"reason": "Now.", "clocks": [str(hidden["id"])]})
    nobody = region(story).post(where, json={"reason": "Now.", "clocks": [str(db.new_id())]})
    assert refused.get_json()["errors"] == nobody.get_json()["errors"]
    assert not any(moved(CRN))


def test_the_trail_and_the_timeline_say_that_they_were_moved(story: Story) -> None:
    publish_and_apply(story)
    events = as_owner(
        "SELECT count(*) AS n FROM event WHERE name = 'clock.moved'"
        f" AND person_id = (SELECT id FROM person WHERE crn = '{CRN}')"
    )
    assert events[0]["n"] == len(moved(CRN))
    entries = as_owner(
        "SELECT count(*) AS n FROM audit_entry WHERE verb = 'alteration' AND practitioner_id = 'r.mercer'"
        f" AND person_id = (SELECT id FROM person WHERE crn = '{CRN}')"
    )
    assert entries[0]["n"] == len(moved(CRN))


_LIMITED = (
    "SELECT clock.id, subject_id FROM clock JOIN person ON person.id = person_id"
    f" JOIN policy ON policy.id = policy_id WHERE crn = '{CRN}' AND policy.key = 'police_da.allocation'"
)
