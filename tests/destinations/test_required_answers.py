"""No required answer is dropped from a part that is sent, for any answer and any destination."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from service.destinations import DESTINATIONS
from service.destinations.cas3_rules import PSS_ENDS
from service.destinations.case import Known
from service.destinations.projection import Projection, project
from service.destinations.readiness import Readiness, assess
from service.destinations.states import State
from service.document.paths import values_at
from service.referrals.schemas.submission import SubmissionSchema
from tests.destinations.factories import TODAY, part, pointers, readiness

SOON = {"cas3.placement.start_date": "2026-06-02"}


def choices(schema: Schema, path: str) -> tuple[Any, ...]:
    """Return every value that the submission takes at a path."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    field: Any = next(one for key, one in schema.fields.items() if name in {key, one.data_key})
    if step.endswith("[]"):
        field = field.inner
    if rest:
        return choices(field.schema, rest)
    listed = next((one for one in field.validators if isinstance(one, validate.OneOf)), None)
    if listed:
        return tuple(listed.choices)
    return (True, False) if isinstance(field, fields.Boolean) else ()


def values_of(kind: str, path: str) -> tuple[Any, ...]:
    destination = DESTINATIONS[kind]
    inside = path.removeprefix(f"{destination.prefix}.")
    return choices(destination.annex() if inside != path else SubmissionSchema(), inside)


def answer(path: str, value: Any) -> dict[str, Any]:
    """Return the change that gives an answer at a path; of a list of entries the first one."""
    before, found, after = path.partition("[]")
    if not found:
        return {path: value}
    return {before: [{after.removeprefix("."): value, "start_date": "2026-03-24"} if after else value]}


def coded(kind: str) -> Iterator[tuple[str, str, Any]]:
    """Yield every answer that a destination has a vocabulary for; what is derived by what decides it."""
    destination = DESTINATIONS[kind]
    for path in destination.vocabulary:
        if path in {"release.type", "risk.rosh.overall", "ap.notice_type"} or "relevant_dates" in path:
            continue
        values = values_of(kind, path) or tuple(destination.vocabulary[path])
        yield from ((kind, path, value) for value in values)
    if "release.type" in destination.vocabulary:
        for value in values_of(kind, "release.releases[].type"):
            yield kind, "release.releases[].type", value


CODED = [row for kind in DESTINATIONS for row in coded(kind)]


def looked_at(kind: str, changes: dict[str, Any], today: date = TODAY) -> tuple[Projection, Readiness, Any]:
    document, ask = part(kind, changes)
    destination = DESTINATIONS[kind]
    return (
        project(destination, Known(document), ask, today),
        assess(destination, Known(document), ask, [], today),
        destination.case(document, ask, today),
    )


def dropped(kind: str, changes: dict[str, Any], today: date = TODAY) -> set[str]:
    """Return the required paths of which an answer would be left out of the document, or is not there."""
    projection, _, case = looked_at(kind, changes, today)
    destination = DESTINATIONS[kind]
    in_force = set(destination.required)
    for condition in destination.required_when:
        in_force |= set(condition.paths) if condition.holds(case) else set()
    wordless = {one.path for one in projection.not_representable}
    return {
        path
        for path in in_force
        if path in destination.permitted
        and (path in wordless or next(values_at(projection.document, path), None) is None)
    }


@pytest.mark.parametrize(("kind", "path", "value"), CODED)
def test_a_required_answer_is_in_the_document_or_the_part_is_incomplete(
    kind: str, path: str, value: Any
) -> None:
    changes = SOON if kind == "cas3" else {}
    changes = changes | answer(path, value)
    _, found, _ = looked_at(kind, changes)
    assert bool(dropped(kind, changes)) <= (found.state is State.INCOMPLETE)


@pytest.mark.parametrize(("kind", "path", "value"), CODED)
def test_a_part_is_not_held_back_by_an_answer_that_its_form_has_a_word_for(
    kind: str, path: str, value: Any
) -> None:
    changes = answer(path, value)
    destination = DESTINATIONS[kind]
    wordless = [gap for gap in looked_at(kind, changes)[1].gaps if "not representable" in gap.why]
    spoken = "release.type" if kind == "approved_premises" and "releases" in path else path
    assert bool(wordless) <= (destination.word(spoken, value, TODAY) is None)


@st.composite
def answers(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Some answers of a case changed, taken away or made into longer lists."""
    changes: dict[str, Any] = dict(SOON) if kind == "cas3" else {}
    rows = [(path, value) for _, path, value in CODED if _ == kind] or [("person.sex", "male")]
    for path, value in draw(st.lists(st.sampled_from(rows), max_size=8)):
        more = answer(path, value)
        for at, said in more.items():
            known = changes.get(at)
            together = isinstance(known, list) and isinstance(said, list) and draw(st.booleans())
            changes[at] = [*known, *said] if together and isinstance(known, list) else said
    gone = draw(st.lists(st.sampled_from(sorted(DESTINATIONS[kind].required)), max_size=2))
    return changes | {path.partition("[]")[0]: None for path in gone}


@pytest.mark.parametrize("kind", DESTINATIONS)
@given(data=st.data())
def test_whatever_is_answered_nothing_required_is_dropped_from_what_is_sent(
    kind: str, data: st.DataObject
) -> None:
    changes = data.draw(answers(kind))
    today = data.draw(st.sampled_from([TODAY, PSS_ENDS]))
    before = deepcopy(changes)
    _, found, _ = looked_at(kind, changes, today)
    assert bool(dropped(kind, changes, today)) <= (found.state is State.INCOMPLETE)
    assert changes == before


@pytest.mark.parametrize(
    ("kind", "changes", "pointer"),
    [
        ("approved_premises", {"sentence.type": "offender_rehabilitation_act"}, "/sentence/type"),
        (
            "approved_premises",
            answer("release.releases[].type", "risk_assessed_recall_review"),
            "/release/releases/0/type",
        ),
        ("approved_premises", answer("release.releases[].type", "ipp_rarr"), "/release/releases/0/type"),
        ("cas3", {"sentence.type": "community_order"}, "/sentence/type"),
        ("cas3", answer("release.releases[].type", "hdc"), "/release/releases/0/type"),
        (
            "cas3",
            {
                "release.releases": [
                    {"type": "crd_licence", "start_date": "2026-03-24"},
                    {"type": "rotl", "start_date": "2026-03-10"},
                ]
            },
            "/release/releases/1/type",
        ),
    ],
)
def test_a_required_answer_without_a_word_is_a_gap_where_it_was_answered(
    kind: str, changes: dict[str, Any], pointer: str
) -> None:
    found = readiness(kind, SOON | changes if kind == "cas3" else changes, {"crs:accommodation": State.SENT})
    assert found.state is State.INCOMPLETE
    assert [gap.pointer for gap in found.gaps] == [pointer]
    assert f"not representable for {kind}" in found.gaps[0].why


def test_an_optional_answer_without_a_word_is_reported_and_holds_nothing_back() -> None:
    projection, found, _ = looked_at("approved_premises", {"needs.oasys_other_sections": ["finance"]})
    assert [(one.path, one.value) for one in projection.not_representable] == [
        ("needs.oasys_other_sections[]", "finance")
    ]
    assert found.state is State.SENT


@pytest.mark.parametrize(
    ("kind", "needs", "sent"),
    [
        ("approved_premises", ["mental_health"], ["other"]),
        ("approved_premises", ["mobility", "mental_health", "physical_health"], ["mobility", "other"]),
        ("cas3", ["pregnancy"], ["other"]),
        ("cas3", ["healthcare", "pregnancy", "other"], ["other"]),
    ],
)
def test_a_need_without_a_box_on_the_form_is_its_other_and_is_pointed_out(
    kind: str, needs: list[str], sent: list[str]
) -> None:
    projection, found, _ = looked_at(kind, SOON | {"health.need_types": needs})
    assert projection.document["health"]["need_types"] == sent
    assert not any(pointer.startswith("/health") for pointer in pointers(found))
    pointed_out = {one.pointer for one in found.advice if one.code == "sent_in_a_broader_word"}
    own = {"mobility", "other"}
    assert pointed_out == {f"/health/need_types/{at}" for at, need in enumerate(needs) if need not in own}


def test_supervision_after_sentence_is_taken_by_cas3_until_it_is_no_longer_offered() -> None:
    changes = SOON | answer("release.releases[].type", "pss")
    live = {"crs:accommodation": State.SENT}
    day_before = date(2026, 5, 10)
    assert "/release/releases/0/type" not in pointers(readiness("cas3", changes, live, day_before))
    found = readiness("cas3", changes, live, date(2026, 5, 11))
    assert "/release/releases/0/type" in pointers(found)
    assert found.state is State.INCOMPLETE


def test_an_urgent_case_goes_out_with_the_answer_that_has_no_word_listed() -> None:
    found = readiness(
        "approved_premises", {"sentence.type": "offender_rehabilitation_act", "urgency": "urgent"}
    )
    assert found.state is State.SENT
    assert "/sentence/type" in pointers(found)


EMPTIED = [
    (kind, path, text)
    for kind, path in (
        ("approved_premises", "ap.risk_rationale"),
        ("approved_premises", "move_on.plan"),
        ("cas3", "risk.management_plan.monitoring_control"),
        ("cas3", "risk.placement_impact.known_adult"),
    )
    for text in (
        "The MAPPA panel said so.",
        "Managed at MAPPA level 2. Not to go near 4 Larkhill Close.",
        "She lives at M21 9WQ.",
    )
]


@pytest.mark.parametrize(("kind", "path", "text"), EMPTIED)
def test_a_text_of_which_a_part_may_not_be_sent_is_a_gap_and_is_not_cut(
    kind: str, path: str, text: str
) -> None:
    at = f"/{path.replace('.', '/')}".replace("/ap/", "/destinations/0/annex/")
    for said in (text, f"{text} He keeps bees."):
        projection, found, _ = looked_at(kind, {path: said} | SOON)
        (gap,) = (one for one in found.gaps if one.pointer == at)
        assert gap.reword_for == kind
        assert set(gap.gives_away) <= {"mappa", "whereabouts", "name"}
        assert found.state is State.INCOMPLETE
        assert path in {one.path for one in projection.withheld}
        assert "bees" not in json.dumps(projection.document)


def test_what_may_be_sent_to_a_confidant_is_no_gap() -> None:
    _, found, _ = looked_at("mappa", {"mappa.reason_for_referral": "MAPPA level 2 is needed."})
    assert pointers(found) == set()


@pytest.mark.parametrize("text", ["-", ".", "...", "?", "\u2014", "- -"])
@pytest.mark.parametrize(
    ("kind", "path", "at"),
    [
        ("approved_premises", "ap.risk_rationale", "/destinations/0/annex/risk_rationale"),
        ("approved_premises", "sharing.trauma_detail", "/sharing/trauma_detail"),
        ("cas3", "move_on.plan", "/move_on/plan"),
        ("mappa", "mappa.reason_for_referral", "/destinations/4/annex/reason_for_referral"),
    ],
)
def test_a_mark_without_a_letter_or_digit_answers_nothing(kind: str, path: str, at: str, text: str) -> None:
    assert at in pointers(readiness(kind, {path: text}))
    for word in ("None.", "7", "\u0644\u0627"):
        assert at not in pointers(readiness(kind, {path: word}))
