"""Two who complete the same reviews, named the other way round: real commits, at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from service import db
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story, ok
from tests.people.factories import as_owner
from tests.referrals import samples

pytestmark = pytest.mark.long

CRN = "X320744"
ROUNDS = 6


def complete(caller: Caller, first: str, tag: str, also: list[str]) -> Any:
    body = {"changes": ["risk_management_plan"], "also": also}
    return caller.post(f"/v1/reviews/{first}/completion", json=body, if_match=tag)


def at_once(*doing: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(doing)) as pool:
        return [one.result() for one in [pool.submit(each) for each in doing]]


def test_two_who_name_the_same_reviews_never_wait_for_each_other(
    cast: Cast, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "again_after_deadlock", lambda work: work())
    story = Story(cast, the_clock)
    story.submit(samples.toby())
    callers = (story.practitioner, story.spo)
    for _ in range(ROUNDS):
        reviews = [story.report_change(CRN, "self_harm")["reviews"][0]["id"] for _ in range(3)]
        turned = (reviews, reviews[::-1])
        tags = [
            caller.get(f"/v1/reviews/{named[0]}").headers["ETag"]
            for caller, named in zip(callers, turned, strict=True)
        ]
        answers = at_once(
            *(
                partial(complete, caller, named[0], tag, named[1:])
                for caller, named, tag in zip(callers, turned, tags, strict=True)
            )
        )
        assert sorted(one.status_code for one in answers) == [200, 412], [one.text for one in answers]
        assert {ok(story.practitioner.get(f"/v1/reviews/{one}"))["state"] for one in reviews} == {"completed"}
    (counted,) = as_owner("SELECT count(*) AS n FROM event WHERE name = 'review.completed'")
    assert counted["n"] == 3 * ROUNDS
