"""What an agency takes back or puts right once the case has ended: whoever read it has to know."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.checks.factories import outcomes, review
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.journeys.ending import CRN, THE_DAY_AFTER, ending, work
from tests.people.factories import as_owner
from tests.rows import person_at

pytestmark = pytest.mark.long


def licence_ends(story: Story) -> None:
    story.clock.set(THE_DAY_AFTER)


def happens(story: Story, kind: str) -> None:
    given = {
        "kind": kind, "occurred_on": story.clock.at.date().isoformat(), "source": "police",
        "standing": "established",
    }  # fmt: skip
    ok(story.pdu_head.post(f"{person_at(CRN)}/changes-of-circumstance", json=given), 201)


def order_is_completed_early(story: Story) -> None:
    happens(story, "order_completed_early")
    story.clock.move(timedelta(days=1))


def he_dies(story: Story) -> None:
    happens(story, "died")


def newly_notified(story: Story, seen: set[str]) -> list[tuple[str, str, str]]:
    """Return whom clocks have notified since, by role, and of what."""
    rows = as_owner(
        "SELECT i.id::text, i.role, c.subject_kind, c.timer FROM notice_item i"
        " JOIN clock_firing f ON f.id = i.firing_id JOIN clock c ON c.id = f.clock_id"
    )
    found = [(row["role"], row["subject_kind"], row["timer"]) for row in rows if row["id"] not in seen]
    seen |= {row["id"] for row in rows}
    return found


@pytest.mark.parametrize("ends", [licence_ends, order_is_completed_early, he_dies])
@pytest.mark.parametrize(
    ("right", "reads"), [(False, ("spo", "review", "review")), (True, ("spo", "check_request", "review"))]
)
@pytest.mark.parametrize("reviewed", [False, True])
def test_an_answer_taken_back_after_the_end_has_a_reader_within_the_hour(
    story: Story, ends: Callable[[Story], None], right: bool, reads: tuple[str, str, str], reviewed: bool
) -> None:
    """Reviewed or not: nothing is asked again, so that whoever read it learns of it no other way."""
    story.submit(ending())
    asked_of = story.inbox(story.cast.police)[0]
    story.clock.set("2026-06-29T09:00Z")
    work(story)
    story.answer(story.cast.police, asked_of["id"], NOTHING_KNOWN, nothing_found=True)
    shown = ok(story.practitioner.get(f"/v1/check-requests/{asked_of['id']}"))
    if reviewed:
        review(story.practitioner, shown["check_id"], shown["id"], "nothing")
    ends(story)
    work(story)
    seen: set[str] = set()
    newly_notified(story, seen)

    (result,) = shown["results"]
    again = {
        name: result[name] for name in ("complete", "nothing_found", "valid_as_at", "searched", "findings")
    }
    again["subjects"] = outcomes(shown["id"], nothing_found=True)
    instead: Json = {"said": again} if right else {"withdrawn": True}
    path = f"/v1/check-requests/{shown['id']}/results/{result['id']}/corrections"
    ok(story.cast.police.post(path, json={"reason": "It was another house.", **instead}), 201)
    story.clock.move(timedelta(hours=1, minutes=1))
    work(story)
    assert newly_notified(story, seen) == [reads]


def test_an_answer_that_first_comes_after_a_death_is_read_by_the_spo_within_the_hour(story: Story) -> None:
    story.submit(ending())
    asked_of = story.inbox(story.cast.police)[0]
    he_dies(story)
    work(story)
    seen: set[str] = set()
    newly_notified(story, seen)
    story.answer(story.cast.police, asked_of["id"], NOTHING_KNOWN, nothing_found=True)
    story.clock.move(timedelta(hours=1, minutes=1))
    work(story)
    assert newly_notified(story, seen) == [("spo", "check_request", "review")]
