"""The call of a prison: all lines or none, by number, and nothing in the answer about anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from service.release_dates import follow_release_dates
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.release_dates.factories import CRN, NOMS, line, sent
from tests.rows import person_id

PATH = "/v1/release-dates"


@contextmanager
def asked() -> Iterator[list[str]]:
    """Collect the statements that are sent while the block lasts."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, query: str, *_: Any) -> None:
        if "call_count" not in query:  # how often a client calls is counted now and then
            found.append(query)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_every_fault_of_every_line_is_named_and_nothing_is_taken(story: Story) -> None:
    answer = sent(
        story,
        line(),
        {"kind": "confirmed", "release_date": "2026-05-20", "as_of": "2026-03-02T09:00:00Z"},
        line("20 May 2026", noms_number=NOMS),
        line(kind="probable", crn="X1"),
        line(as_of="2026-03-02", noms_number="A1234"),
        line(as_of="2026-03-09T09:00:00Z", noms_number="B1234BC"),
        {**line(noms_number="C1234BC"), "name": "Darren Ellershaw"},
    )
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/lines/1/noms_number",
        "/lines/2/release_date",
        "/lines/3/kind",
        "/lines/3/crn",
        "/lines/4/as_of",
        "/lines/4/noms_number",
        "/lines/5/as_of",
        "/lines/6/name",
    }
    assert as_owner("SELECT * FROM release_date_line") == []


def test_a_person_is_in_one_line(story: Story) -> None:
    answer = sent(story, line(noms_number=NOMS), line(crn=CRN), line(noms_number="a1234bc", crn=CRN))
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/lines/2/noms_number",
        "/lines/2/crn",
    }


@pytest.mark.parametrize(("lines", "status"), [(0, 422), (1, 200), (500, 200), (501, 422)])
def test_a_call_has_between_one_and_five_hundred_lines(story: Story, lines: int, status: int) -> None:
    assert sent(story, *[line(crn=f"X{number:06}") for number in range(lines)]).status_code == status


def test_the_same_call_again_takes_nothing_a_second_time(story: Story) -> None:
    first = sent(story, line(), idempotency_key="prison-1")
    again = sent(story, line(), idempotency_key="prison-1")
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert len(as_owner("SELECT * FROM release_date_line")) == 1
    other = sent(story, line("2026-06-01"), idempotency_key="prison-1")
    assert (other.status_code, other.get_json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert sent(story, line(), idempotency_key=None).status_code == 400


def test_only_a_prison_sends_release_dates(story: Story) -> None:
    for name, caller in story.cast.callers.items():
        if name != "prison":
            someone = caller.as_practitioner() if name in {"probation", "stranger"} else caller
            assert someone.post(PATH, json={"lines": [line()]}).status_code == 403, name
    assert story.practitioner.post(PATH, json={"lines": [line()]}).status_code == 403


@pytest.mark.parametrize(
    "path", ["/v1/referrals", "/v1/check-requests", "/v1/events", "/v1/overdue", "/v1/staff"]
)
def test_a_prison_reads_nothing(story: Story, path: str) -> None:
    assert story.cast.prison.get(path).status_code == 403


def test_a_prison_is_answered_the_same_whoever_is_known_and_nobody_is_looked_for(story: Story) -> None:
    """The twin of this world is one in which nobody has been referred: only the numbers differ."""
    sent(story, line(crn="X000001"))  # a token, and what is kept in memory
    ok(story.practitioner.post("/v1/referrals", json=darren_and_toby()), 201)
    ok(story.cast.stranger.as_practitioner("n.west").post(
        "/v1/referrals", json={**darren_and_toby("NW-1", crn="X320750")}), 201)  # fmt: skip
    answers: list[Json] = []
    for crn in (CRN, "X320750", "X999999"):
        with asked() as statements:
            answer = sent(story, line(crn=crn))
        kept = {name: value for name, value in answer.headers if name not in {"X-Request-Id", "RateLimit"}}
        answers.append({"body": answer.get_data(), "headers": kept, "asked": statements})
    assert answers[0] == answers[1] == answers[2]
    assert not [one for one in answers[0]["asked"] if "person" in one.replace("person_id", "")]


def test_a_longer_call_takes_no_more_statements(story: Story) -> None:
    sent(story, line(crn="X000001"))
    spent = []
    for lines in (1, 100):
        with asked() as statements:
            assert sent(story, *[line(crn=f"X{number:06}") for number in range(lines)]).status_code == 200
        spent.append(len(statements))
    assert spent[0] == spent[1] < 12


def test_each_person_costs_a_worker_the_same_however_many_others_wait(story: Story) -> None:
    people = [f"X32076{number}" for number in range(3)]
    for number, crn in enumerate(people):
        ok(story.practitioner.post("/v1/referrals", json=darren_and_toby(f"R-{number}", crn=crn)), 201)
    spent = []
    for who in (people[:1], people[1:]):
        sent(story, *[line(crn=crn) for crn in who])
        with asked() as statements:
            assert follow_release_dates(story.clock.at) == len(who)
        spent.append(len(statements))
    before_and_after = 16
    assert spent[1] <= 2 * spent[0]
    # Some ask which records are this person's, what else the call says of them, how somebody stands who may
    # have died or be out already, whether a release after a recall is awaited, and who must agree to where
    # they move on to.
    assert spent[0] <= 91 + before_and_after


def test_what_was_sent_and_what_became_of_it_are_on_the_trail_and_in_no_log(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    ok(story.practitioner.post("/v1/referrals", json=darren_and_toby()), 201)
    capsys.readouterr()
    sent(story, line())
    follow_release_dates(story.clock.at)
    written = capsys.readouterr().out
    assert CRN not in written
    assert "2026-05-20" not in written
    trail = as_owner(
        "SELECT verb, object_kind, client_id, person_id FROM audit_entry WHERE actor_organisation_id = "
        f"'{story.cast.prison.organisation_id}' AND verb <> 'sign_in'"
    )
    known, worker = person_id(CRN), "service/release_dates"
    assert {
        ("collection", "release_dates", "moorland-system", None),
        ("alteration", "referral", worker, known),
        ("collection", "person", worker, known),
    } <= {tuple(one.values()) for one in trail}
