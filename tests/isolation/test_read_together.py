"""Whoever reads every clock of a region is shown just what whoever reads them one by one is shown."""

import psycopg
import pytest

from service import db
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story, ok
from tests.people.factories import give_sight
from tests.people.two_records import FIRST
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

OPEN, CLOSED, LET_IN = "X320742", "X320743", "X320744"
STAFF = ("", "p.shah", "a.khan", "t.jones")


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """An open case and three limited ones: a colleague is named in one, and another let into one."""
    story = Story(cast, the_clock)
    for number, crn in enumerate((FIRST, OPEN, CLOSED, LET_IN)):
        story.submit(darren_and_toby(f"REF-{number}", crn=crn))
    for crn, named in ((FIRST, [{"practitioner": "a.khan"}]), (CLOSED, []), (LET_IN, [])):
        seen = story.practitioner.get(f"{person_at(crn)}/access").headers["ETag"]
        body = {"named": named, "reason": "A relative works here."}
        ok(story.practitioner.post(f"{person_at(crn)}/limit", json=body, if_match=seen))
    give_sight(cast.probation, LET_IN, "referrals", basis="emergency", practitioner="t.jones")
    give_sight(cast.stranger, OPEN, "checks")
    return story


def seen_by(cast: Cast, region: str, who: str, *, together: bool) -> set[str]:
    with psycopg.connect(db.url_for("reader")) as line:
        for name, value in (
            ("app.organisation", str(cast.callers[region].organisation_id)),
            ("app.practitioner", who),
            ("app.reads_many", "yes" if together else ""),
        ):
            line.execute("SELECT set_config(%s, %s, true)", [name, value])
        return {str(row[0]) for row in line.execute("SELECT id FROM clock")}


@pytest.mark.parametrize("who", STAFF)
@pytest.mark.parametrize("region", ["probation", "stranger", "ap", "police"])
def test_who_reads_together_reads_the_same(story: Story, region: str, who: str) -> None:
    one_by_one = seen_by(story.cast, region, who, together=False)
    assert seen_by(story.cast, region, who, together=True) == one_by_one


def test_those_who_are_named_and_those_who_are_not_read_different_clocks(story: Story) -> None:
    found = [
        len(seen_by(story.cast, "probation", who, together=True)) for who in ("p.shah", "a.khan", "t.jones")
    ]
    assert found[0] > found[1] > 0
    assert found[0] > found[2] > 0


@pytest.mark.parametrize("who", STAFF)
@pytest.mark.parametrize("region", ["probation", "stranger"])
def test_the_hidden_are_those_whom_a_caller_may_not_know_of(story: Story, region: str, who: str) -> None:
    with psycopg.connect(db.url_for("reader")) as line:
        mine = str(story.cast.callers[region].organisation_id)
        line.execute("SELECT set_config('app.organisation', %s, true)", [mine])
        line.execute("SELECT set_config('app.practitioner', %s, true)", [who])
        hidden = {row[0] for row in line.execute("SELECT hidden_people()")}
        asked = line.execute(
            "SELECT person_id, may_know_of(person_id, %s, nullif(%s, '')) FROM guarded_person", [mine, who]
        )
        assert hidden == {person_id for person_id, known in asked if not known}
