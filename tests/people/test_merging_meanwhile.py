"""Merging two records while others work on them: real commits, at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from service import db
from tests.cast import Caller, Cast
from tests.circumstances.waiting import wait_until_somebody_waits
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long

FIRST, SECOND = "X320741", "X320755"
AT_ONCE = 6


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    story.submit(second("SEC-0"))
    return story


def second(reference: str) -> Json:
    return minimal(reference, SECOND)


def decide(caller: Caller, tag: str, **given: Any) -> Any:
    body = {"other": str(person_id(FIRST)), "reason": "One set of fingerprints."} | given
    return caller.post(f"{person_at(SECOND)}/same-as", json=body, if_match=tag)


def at_once(*doing: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(doing)) as pool:
        return [one.result() for one in [pool.submit(each) for each in doing]]


def submitting(story: Story, turn: str) -> list[Callable[[], Any]]:
    caller = story.practitioner
    caller.token()
    return [
        partial(caller.post, "/v1/referrals", json=second(f"SEC-{turn}-{number}"))
        for number in range(AT_ONCE - 1)
    ]


def test_a_submission_under_the_crn_that_becomes_an_alias_is_never_lost(story: Story) -> None:
    """It is on the one record or the other, and there is never a second held record of a CRN."""
    manager = story.spo
    for turn in ("merge", "part", "again"):
        tag = manager.get(person_at(SECOND)).headers["ETag"]
        given = {"same": False} if turn == "part" else {"same": True, "keep": FIRST}
        answers = at_once(*submitting(story, turn), partial(decide, manager, tag, **given))
        assert {one.status_code for one in answers[:-1]} == {201}, [one.text for one in answers]
        homes = {one.get_json()["person"]["href"] for one in answers[:-1]}
        assert homes <= {person_at(FIRST), person_at(SECOND)}
        while answers[-1].status_code == 412:  # a submission was first: the manager reads again
            tag = manager.get(person_at(SECOND)).headers["ETag"]
            answers.append(decide(manager, tag, **given))
        assert answers[-1].status_code == 200, answers[-1].text
        kept = as_owner("SELECT crn, count(*) AS n FROM person WHERE held GROUP BY crn ORDER BY crn")
        assert kept == [{"crn": FIRST, "n": 1}, {"crn": SECOND, "n": 1}]
    # What came in while they were merged answers to whoever is accountable for the one that stands.
    (answering,) = as_owner(
        "SELECT array_agg(DISTINCT r.practitioner) AS who FROM referral r JOIN person p ON p.id = r.person_id"
        f" WHERE p.crn = '{SECOND}'"
    )
    assert answering["who"] == ["p.shah"]


def test_of_two_managers_who_merge_at_once_one_is_told_to_read_again(story: Story) -> None:
    manager, other = story.spo, story.pdu_head
    tags = [who.get(person_at(SECOND)).headers["ETag"] for who in (manager, other)]
    answers = at_once(
        lambda: decide(manager, tags[0], same=True, keep=FIRST),
        lambda: decide(other, tags[1], same=True, keep=SECOND),
    )
    assert sorted(one.status_code for one in answers) == [200, 412]
    assert len(as_owner("SELECT id FROM same_as_decision")) == 1


def test_a_reassignment_and_a_merge_at_once_leave_one_practitioner_for_both(story: Story) -> None:
    ok(
        story.spo.post(
            f"{person_at(SECOND)}/holding",
            json={"practitioner": "a.khan"},
            if_match=story.spo.get(f"{person_at(SECOND)}/holding").headers["ETag"],
        )
    )
    manager = story.spo
    tag = manager.get(person_at(SECOND)).headers["ETag"]
    of_holding = manager.get(f"{person_at(FIRST)}/holding").headers["ETag"]
    answers = at_once(
        lambda: decide(manager, tag, same=True, keep=FIRST),
        lambda: manager.post(
            f"{person_at(FIRST)}/holding", json={"practitioner": "n.new"}, if_match=of_holding
        ),
    )
    assert {one.status_code for one in answers} == {200}, [one.text for one in answers]
    held = as_owner("SELECT DISTINCT practitioner_id AS who FROM case_holding WHERE ended_at IS NULL")
    assert held == [{"who": "n.new"}]


def test_a_submission_that_waited_for_a_merge_is_on_its_own_record_and_told_to_who_answers(
    story: Story,
) -> None:
    caller = story.practitioner
    caller.token()
    with ThreadPoolExecutor(1) as pool:
        with db.transaction("owner") as session:
            session.execute(
                text("UPDATE person SET same_as_id = :kept WHERE id = :gone"),
                {"kept": person_id(FIRST), "gone": person_id(SECOND)},
            )
            answer = pool.submit(caller.post, "/v1/referrals", json=second("SEC-late"))
            wait_until_somebody_waits(session)
        said: Json = ok(answer.result(), 201)
    assert said["person"]["href"] == person_at(SECOND)
    proposed = ok(caller.get(f"{person_at(FIRST)}/proposals"))["items"]
    assert "/person/given_name" in {one["path"] for one in proposed}
