"""What an operator publishes of policies, and which clocks are moved onto it."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from service import db, timers
from tests.commands.conftest import Operator
from tests.conftest import TheClock
from tests.people.factories import as_owner
from tests.timers.factories import Factory, clock_of, steps, stop
from tests.timers.samples import POLICE_DA

Entries = Callable[..., Sequence[dict[str, Any]]]
KEY = "police_da.trial"
LATER = {"answer": {"targets": {"routine": "8wd"}}}
SOONER = {"answer": {"targets": {"routine": "2wd"}}}
REASON = ("--reason", "The partnership agreed.")


@pytest.fixture
def factory(operate: Operator) -> Factory:
    del operate
    return Factory.set_up()


@pytest.fixture
def file(operate: Operator) -> Callable[[Any], str]:
    """Write a draft to a file of its own, and return its path."""

    def write(draft: Any) -> str:
        path = operate.place / f"{len(list(operate.place.iterdir()))}.json"
        path.write_text(draft if isinstance(draft, str) else json.dumps(draft))
        return str(path)

    return write


Write = Callable[[Any], str]


def test_a_general_version_is_published_for_everybody(
    operate: Operator, factory: Factory, file: Write, entries: Entries, the_clock: TheClock
) -> None:
    before = factory.start()
    quick = {**POLICE_DA, "answer": {**POLICE_DA["answer"], "targets": {"routine": "2wd"}}}
    assert operate.done("policies", "publish", KEY, file(quick), *REASON) == f"{KEY} has version 2\n"
    assert clock_of(factory.start()).due_at == the_clock.at.replace(day=3, hour=17)
    assert clock_of(before).due_at == the_clock.at.replace(day=6, hour=17)
    (published,) = [one for one in entries("key_event") if one["object"]["kind"] == "policy"]
    assert (published["object"]["version"], published["reason"]) == (2, "published")
    (row,) = as_owner("SELECT published_by, reason FROM policy WHERE key = 'police_da.trial' AND version = 2")
    assert row == {"published_by": "m.okonkwo", "reason": "The partnership agreed."}


def test_what_an_operator_published_stays_until_a_release_changes_the_document(
    operate: Operator, factory: Factory, file: Write, the_clock: TheClock
) -> None:
    quick = {**POLICE_DA, "answer": {**POLICE_DA["answer"], "targets": {"routine": "2wd"}}}
    operate.done("policies", "publish", KEY, file(quick), *REASON)
    with db.transaction("owner") as session:
        assert timers.publish_policies(session, [POLICE_DA]) == []
    assert clock_of(factory.start()).due_at == the_clock.at.replace(day=3, hour=17)
    released = {**POLICE_DA, "answer": {**POLICE_DA["answer"], "targets": {"routine": "4wd"}}}
    with db.transaction("owner") as session:
        (made,) = timers.publish_policies(session, [released])
        assert made.version == 3
    assert clock_of(factory.start()).due_at == the_clock.at.replace(day=5, hour=17)


def test_an_override_is_published_for_a_responder_everywhere(
    operate: Operator, factory: Factory, file: Write, the_clock: TheClock
) -> None:
    force = ("--responder", "police_force/west-yorkshire")
    operate.done("policies", "publish", KEY, file(SOONER), *force, *REASON)
    for region in ("probation", "stranger"):
        started = clock_of(factory.start(probation_id=factory.ids[region]))
        assert started.due_at == the_clock.at.replace(day=3, hour=17)
    other = clock_of(factory.start(responder_id=factory.ids["other_police"]))
    assert other.due_at == the_clock.at.replace(day=6, hour=17)


def test_an_override_begins_and_ends_as_the_operator_says(
    operate: Operator, factory: Factory, file: Write, the_clock: TheClock
) -> None:
    when = ("--from", "2026-03-09", "--until", "2026-03-16")
    operate.done("policies", "publish", KEY, file(SOONER), "--region", "N55", *when, *REASON)
    (row,) = as_owner(
        "SELECT valid_from, valid_until FROM policy WHERE version = 2 AND key = 'police_da.trial'"
    )
    assert row["valid_until"] - row["valid_from"] == timedelta(days=7)
    assert clock_of(factory.start()).due_at == the_clock.at.replace(day=6, hour=17)


def test_policies_are_listed_and_shown_in_words(operate: Operator, factory: Factory, file: Write) -> None:
    operate.done("policies", "publish", KEY, file(SOONER), "--region", "N55", *REASON)
    assert f"{KEY}  1  2=region:@N55\n" in operate.done("policies", "list")
    shown = json.loads(operate.done("policies", "show", KEY))
    assert [one["version"] for one in shown["in_force"]] == [1, 2]
    (one,) = [json.loads(operate.done("policies", "show", KEY, "--version", "2"))]
    assert one["answer"]["targets"][0]["words"] == "2 working days"
    assert one["ask"]["steps"][0]["notifies"][0]["words"] == "the senior probation officer"


def test_a_dry_run_says_what_would_fire_when_and_for_whom(
    operate: Operator, factory: Factory, file: Write, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.commands.policy_versions._PAGE", 2)
    mine = [factory.start() for _ in range(3)]
    factory.start(probation_id=factory.ids["stranger"])
    the_clock.move(timedelta(days=2))
    said = operate.done("policies", "dry-run", KEY, file(SOONER), "--region", "N55")
    first, *lines = said.splitlines()
    assert first == "3 running clocks: 3 due earlier, 0 due later"
    assert len(lines) == 9
    moments = "Leeds: due 2026-03-03T17:00:00Z, was 2026-03-06T17:00:00Z"
    for subject in mine:
        place = lines.index(f"check_request {subject.id}, answer, {moments}")
        assert lines[place + 1 : place + 3] == [
            "  at once: chaser_50 notifies the organisation that must answer",
            "  at once: chaser_100 notifies the organisation that must answer",
        ]
    later = operate.done("policies", "dry-run", KEY, file(LATER), "--region", "N55")
    assert later.splitlines()[2] == (
        "  2026-03-05T17:00:00Z: chaser_50 notifies the organisation that must answer"
    )
    the_clock.move(timedelta(days=3))
    overdue = operate.done("policies", "dry-run", KEY, file(SOONER), "--region", "N55").splitlines()
    whom = (
        "the head of the probation delivery unit of Leeds,"
        " the manager of the unit of the organisation that must answer"
    )
    assert sum(line.startswith("  at once: ") and line.endswith(f"notifies {whom}") for line in overdue) == 3
    general = {**POLICE_DA, "answer": {**POLICE_DA["answer"], "targets": {"routine": "9wd", "urgent": "1wd"}}}
    assert operate.done("policies", "dry-run", KEY, file(general)).startswith(
        "4 running clocks: 0 due earlier"
    )
    assert as_owner("SELECT count(*) AS n FROM policy WHERE key = 'police_da.trial'") == [{"n": 1}]


def test_running_clocks_are_moved_region_by_region(
    operate: Operator, factory: Factory, file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.timers.versions.actions.BATCH", 2)
    mine = [factory.start() for _ in range(3)]
    theirs = factory.start(probation_id=factory.ids["stranger"])
    quick = {**POLICE_DA, "answer": {**POLICE_DA["answer"], "targets": {"routine": "2wd"}}}
    operate.done("policies", "publish", KEY, file(quick), *REASON)
    said = operate.done("policies", "apply", KEY, "2", "--region", "N55", *REASON)
    assert said == "3 clocks go by version 2\n"
    assert clock_of(theirs).moved_onto_id is None
    assert {clock_of(one).moved_onto_id for one in mine} != {None}
    assert operate.done("policies", "apply", KEY, "2", *REASON) == "1 clocks go by version 2\n"


def test_a_version_for_one_region_moves_only_its_clocks(
    operate: Operator, factory: Factory, file: Write
) -> None:
    mine, theirs = factory.start(), factory.start(probation_id=factory.ids["stranger"])
    operate.done("policies", "publish", KEY, file(SOONER), "--region", "N55", *REASON)
    said = operate.refused("policies", "apply", KEY, "2", "--region", "N51", *REASON)
    assert said == "version 2 is for the clocks of N55 alone"
    assert operate.done("policies", "apply", KEY, "2", *REASON) == "1 clocks go by version 2\n"
    assert clock_of(mine).moved_onto_id is not None
    assert clock_of(theirs).moved_onto_id is None


def test_a_moved_clock_stops_for_the_reasons_of_its_new_version(
    operate: Operator, factory: Factory, file: Write
) -> None:
    subject = factory.start()
    more = {**POLICE_DA, "stop": [*POLICE_DA["stop"], "transferred"]}
    operate.done("policies", "publish", KEY, file(more), *REASON)
    with pytest.raises(ValueError, match="does not stop for transferred"):
        stop(subject, "transferred")
    operate.done("policies", "apply", KEY, "2", *REASON)
    stop(subject, "transferred")
    assert clock_of(subject).stop_reason == "transferred"
    assert steps(subject) == []


@pytest.mark.usefixtures("factory")
@pytest.mark.parametrize(
    ("arguments", "draft", "words"),
    [
        (("--region", "N55"), {"answer": {"targets": {"routine": "x"}}}, "/figures/answer/targets/routine"),
        (("--region", "N55"), {"pause": {}}, "/figures/pause"),
        (("--region", "N99"), SOONER, "no probation_region/N99"),
        (("--responder", "police_force/x"), SOONER, "no police_force/x"),
        (("--responder", "probation_region/N51"), SOONER, "/responder_id"),
        ((), SOONER, "name whom it is for, with --responder or --region"),
        ((), {"stop": []}, "policy: lacks key"),
        ((), "not json", "is not a JSON object"),
        ((), [], "is not a JSON object"),
        (("--until", "2026-04-01"), POLICE_DA, "does not end"),
        (("--region", "N55", "--until", "2026-01-01"), SOONER, "/valid_until"),
        (("--region", "N55", "--from", "2026-01-01"), SOONER, "/valid_from"),
    ],
)
def test_a_draft_that_cannot_be_published_is_refused_in_one_line(
    operate: Operator, file: Write, arguments: tuple[str, ...], draft: Any, words: str
) -> None:
    said = operate.refused("policies", "publish", KEY, file(draft), *arguments, *REASON)
    assert words in said
    assert as_owner("SELECT count(*) AS n FROM policy WHERE key = 'police_da.trial'") == [{"n": 1}]


def test_a_file_that_cannot_be_read_is_refused_in_one_line(operate: Operator, factory: Factory) -> None:
    for command in (("dry-run", KEY, "/nowhere.json"), ("publish", KEY, "/nowhere.json", *REASON)):
        assert operate.refused("policies", *command) == "/nowhere.json: No such file or directory"


def test_figures_are_tried_for_somebody_or_not_at_all(
    operate: Operator, factory: Factory, file: Write
) -> None:
    assert "with --responder or --region" in operate.refused("policies", "dry-run", KEY, file(SOONER))


def test_what_is_not_there_is_named_with_what_is(operate: Operator, factory: Factory, file: Write) -> None:
    assert KEY in operate.refused("policies", "show", "police_da.nothing")
    assert "has no version 7; the last is 1" in operate.refused("policies", "show", KEY, "--version", "7")
    assert "has no version 7" in operate.refused("policies", "apply", KEY, "7", *REASON)
