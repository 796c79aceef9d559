"""What is in a copy and what is in none: every answer and every report has been decided about."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from marshmallow import Schema, fields

from service.destinations import DESTINATIONS
from service.destinations.nature import is_health, nature_of
from service.destinations.states import State
from service.fields import Text
from service.people.rules import ADDRESS_KINDS, SOURCES
from service.referrals.schemas.submission import SubmissionSchema
from service.subject_access import given


def leaves_of(schema: Schema, at: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in schema.fields.items():
        here = field.data_key or name
        yield from _leaves(field, f"{at}.{here}" if at else here)


def _leaves(field: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(field, fields.Nested):
        yield from leaves_of(field.schema, path)
    elif isinstance(field, fields.List):
        yield from _leaves(field.inner, f"{path}[]")
    else:
        yield path, field


ANSWERS: Mapping[str, Any] = dict(leaves_of(SubmissionSchema()))


def is_left_out(path: str) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in given.LEFT_OUT)


def test_each_answer_is_given_or_left_out_for_a_reason() -> None:
    of_both = given.CODED | given.WORDS
    assert of_both <= ANSWERS.keys()
    assert {path for path in ANSWERS if path not in of_both and not is_left_out(path)} == set()
    assert {path for path in of_both if is_left_out(path)} == set()
    assert set(given.EXEMPTIONS) == set(given.LeftOut)


def test_what_is_in_words_is_held_and_nothing_else_is() -> None:
    of_both = given.CODED | given.WORDS
    assert {path for path in of_both if isinstance(ANSWERS[path], Text)} == given.WORDS


def test_no_confidence_and_no_health_is_given() -> None:
    assert not [path for path in given.CODED | given.WORDS if nature_of(path) or is_health(path)]


def test_each_report_is_given_in_parts_that_were_decided_about() -> None:
    reported = {
        kind: dict(leaves_of(schema()))
        for destination in given.CATEGORIES
        for kind, schema in DESTINATIONS[destination].updates.items()
    }
    assert reported.keys() | {"adjustments"} == given.REPORTS.keys() | given.REPORTS_LEFT_OUT.keys()
    for kind, (coded, words) in given.REPORTS.items():
        assert coded | words == reported[kind].keys()
        assert words == {name for name, field in reported[kind].items() if isinstance(field, Text)}


def test_a_copy_tells_of_every_destination_that_holds_no_confidences_and_of_no_other() -> None:
    assert set(given.CATEGORIES) == {key for key, one in DESTINATIONS.items() if not one.confidant}


def test_each_state_has_words_and_none_says_whether_it_was_sent() -> None:
    assert set(State) - set(given.STATES) == {State.ENTERED_IN_ERROR}
    unsent = {State.INCOMPLETE, State.HELD, State.BLOCKED, State.SENT}
    assert {given.STATES[state] for state in unsent} == {"not decided yet"}


@pytest.mark.parametrize("kind", ADDRESS_KINDS)
def test_only_the_persons_own_homes_are_given(kind: str) -> None:
    assert (kind in given.HOMES) == (kind in {"current", "previous", "proposed_release"})


@pytest.mark.parametrize("source", SOURCES)
def test_an_address_that_others_told_of_is_not_given(source: str) -> None:
    told = {"family", "police", "childrens_services", "provider", "approved_premises", "victim_liaison"}
    told |= {"health", "employer", "anonymous", "other"}
    assert (source in given.FROM_THE_PERSONS_OWN) == (source not in told)
