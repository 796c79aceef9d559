"""Timelines of a referral, a person and a check: sentences with names, as far as the reader may know them."""

import re
from typing import Any

import pytest

from service.access.actor import ADMINISTRATION_ROLES, OFFICER_ROLES, OVERSIGHT_ROLES, PRACTITIONER_ROLES
from service.cases.timelines import CHECKS, SUBJECTS, TITLES
from service.checks.kinds import KINDS
from service.events.catalogue import CATALOGUE
from service.events.sentences import SENTENCES
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.referral_id = story.submit(darren_and_toby())["id"]  # type: ignore[attr-defined]
    return story


def said(story: Story, path: str, **query: Any) -> list[str]:
    items: list[Json] = ok(story.practitioner.get(path, limit=500, **query))["items"]
    return [one["text"] for one in items]


def test_every_role_subject_and_check_has_its_words() -> None:
    roles = {*PRACTITIONER_ROLES, *OFFICER_ROLES, *OVERSIGHT_ROLES, *ADMINISTRATION_ROLES}
    assert TITLES.keys() >= roles
    assert CHECKS.keys() == KINDS.keys()
    assert SUBJECTS.keys() == {kind for name in SENTENCES for kind in CATALOGUE[name].subjects}


def test_x(story: Story) -> None:
    story.report_change(CRN, "arrest")
    story.the_clock.advance(days=40) if hasattr(story, "the_clock") else None
    for path in (f"/v1/referrals/{story.referral_id}/timeline", f"{person_at(CRN)}/timeline"):
        print(path)
        for line in said(story, path):
            print("  ", line)
    view = ok(story.practitioner.get(f"/v1/referrals/{story.referral_id}/timeline"))
    for one in view["waiting_for"]:
        print(one)
    assert 0
