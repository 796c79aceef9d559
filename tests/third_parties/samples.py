"""A proposal that somebody is told something, and the person in whose case it is."""

from typing import Any, Final

from service import clock
from tests.journeys.driver import EMPLOYER, Json, Story, ok
from tests.rows import person_at

CRN: Final = "X320741"


def opened(story: Story, **given: Any) -> Json:
    """Open a decision about an employer, or about whoever is given."""
    return ok(story.practitioner.post(f"{person_at(CRN)}/disclosure-decisions", json=EMPLOYER | given), 201)


def proposal(**more: Any) -> Json:
    """Return a proposal to tell an employer today."""
    return {
        "tell": True,
        "reason": "He would be alone with apprentices.",
        "subjects": ["conditions"],
        "words": "He may not work alone with anybody under eighteen.",
        "withheld": [],
        "legal_basis": "common_law",
        "told_by": "Priya Shah",
        "tell_by": clock.today().isoformat(),
        "person": {"informed": "told_before", "reason": "He has begun to tell it himself."},
        **more,
    }


def pointers(answer: Any) -> set[str]:
    """Return the pointers of what was wrong."""
    assert answer.status_code == 422, answer.text
    return {one["pointer"] for one in answer.get_json()["errors"]}
