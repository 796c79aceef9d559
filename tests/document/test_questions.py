"""Every question of the four forms is stored once, worked out, or left out for a reason."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields

from service.destinations import DESTINATIONS
from service.destinations.nature import confidence, is_care_only
from service.people.rules import GROUPS_AT_RISK
from service.referrals.schemas.submission import SubmissionSchema

QUESTIONS = list(csv.DictReader((Path(__file__).parent / "questions.csv").read_text().splitlines()))
STRUCTURAL = {"person.crn", "person.name.given", "person.name.family", "referrer.name", "referrer.email"}
# Asked by a form, but kept from it by a rule of this service.
REFUSED = {
    "approved_premises": {"mappa.category", "mappa.current_level"},
    "cas3": {"mappa.category", "mappa.current_level"},
    "crs": set[str](),
    "mappa": set[str](),
}
# A condition requires these or the answer that replaces them: no fixed abode, a level without a tier.
OR_ANOTHER_ANSWER = {"person.address.current", "risk.tier", "release.type"}
CONDITIONS = """licence.curfew.starts_at licence.curfew.ends_at licence.curfew.until
    licence.exclusion_zones[].label licence.exclusion_zones[].postcodes[]"""
ADJUSTMENTS = "adjustments[].kind adjustments[].needed adjustments[].detail"
# What we send beyond the forms, so that an addition is a decision and not an accident.
ADDED = {
    "approved_premises": f"""{CONDITIONS} {ADJUSTMENTS} urgency urgency_reason licence.conditions[].type
        licence.conditions[].detail ap.esap.exception.is_exceptional""",
    "cas3": f"{CONDITIONS} {ADJUSTMENTS} release.releases[].end_date",
    "crs": ADJUSTMENTS,
    "mappa": f"""{CONDITIONS} urgency urgency_reason case_manager.is_referrer documents[].description
        household.children licence.conditions[].requested_by release.releases[].start_date
        release.releases[].end_date risk.police_intelligence """
    + " ".join(
        f"risk.rosh.{group}.{each}"
        for group in GROUPS_AT_RISK
        for each in ("who", "nature", "imminence", "factors[]")
    ),
}


def leaf_paths(schema: Schema, at: str = "") -> Iterator[str]:
    for name, field in schema.fields.items():
        inner: Any = field
        path = f"{at}{field.data_key or name}"
        yield path
        if isinstance(inner, fields.List):
            path, inner = f"{path}[]", inner.inner
            yield path
        if isinstance(inner, fields.Nested):
            yield from leaf_paths(inner.schema, f"{path}.")


STORED = {
    *leaf_paths(SubmissionSchema()),
    *(path for each in DESTINATIONS.values() for path in leaf_paths(each.annex(), f"{each.prefix}.")),
}


def test_all_questions_of_the_forms_are_accounted_for() -> None:
    assert len(QUESTIONS) == 358
    assert sum(bool(row[kind]) for row in QUESTIONS for kind in DESTINATIONS) == 557


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: str(row["question"]))
def test_a_question_is_stored_or_says_why_not(row: dict[str, str]) -> None:
    assert bool(row["stored_at"]) != bool(row["otherwise"])
    assert set(row["stored_at"].split()) <= STORED


def _asked(kind: str, how: set[str]) -> Iterator[tuple[str, str]]:
    for row in QUESTIONS:
        if row[kind] in how:
            for path in row["stored_at"].split():
                prefixes = {each.prefix for each in DESTINATIONS.values()} - {DESTINATIONS[kind].prefix}
                if path.split(".")[0] not in prefixes:
                    yield row["question"], path


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_what_a_form_requires_is_required_of_the_submission(kind: str) -> None:
    needed = DESTINATIONS[kind].required | STRUCTURAL
    covered = {path.removesuffix("[]") for path in needed}
    unmet = {
        question
        for question, path in _asked(kind, {"required"})
        if path.removesuffix("[]") not in covered
        and not any(each.startswith(f"{path}.") for each in needed)
        and not (path.startswith("partners[]") and "partners" in covered)
        and not (path.startswith("documents[]") and "documents" in covered)
    }
    assert unmet <= OR_ANOTHER_ANSWER


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_what_a_form_asks_is_sent_to_it_unless_a_rule_forbids(kind: str) -> None:
    destination = DESTINATIONS[kind]
    sent = {path.removesuffix("[]") for path in destination.permitted} | set(destination.derived)
    for question, path in _asked(kind, {"required", "conditional", "optional"}):
        bare = path.removesuffix("[]")
        known = bare in sent or any(
            each.startswith((f"{bare}.", f"{bare}[]")) for each in destination.permitted
        )
        refused = question in REFUSED[kind] or bool(confidence(path))
        care = is_care_only(path) and not destination.cares
        renamed = {"sharing.suitable": "sharing.concern", "release.releases[].type": "release.type"}
        assert known or refused or care or renamed.get(path) in destination.permitted, question


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_what_is_sent_beyond_the_form_was_decided(kind: str) -> None:
    asked = {path.removesuffix("[]") for _, path in _asked(kind, {"required", "conditional", "optional"})}
    beyond = {
        path
        for path in DESTINATIONS[kind].permitted
        if path.removesuffix("[]") not in {*asked, *DESTINATIONS[kind].derived}
        and not any(path.startswith((f"{question}.", f"{question}[]")) for question in asked)
    }
    assert beyond == set(ADDED[kind].split())
