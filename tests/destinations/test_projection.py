"""Whatever a document holds, a destination is sent permitted paths and no confidence."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.destinations import DESTINATIONS
from service.destinations.case import Ask, Known, asks
from service.destinations.contract import Destination
from service.destinations.nature import confidence
from service.destinations.projection import project
from service.document.paths import leaves
from service.document.restricted import SHAPES
from service.referrals.schemas.submission import SubmissionSchema, canonical
from tests.referrals import samples

CASE = canonical(SubmissionSchema().load(samples.darren_and_toby()))
PLACES = [steps for steps, _ in leaves(CASE)]
CONFIDANTS = {"mappa"}
SECRET = "She is at 4 Larkhill Close, M21 9WQ, says MAPPA."


def path_of(steps: tuple[str | int, ...]) -> str:
    """Name a place without its positions: `("a", 0, "b")` is `a[].b`."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _reach(document: dict[str, Any], steps: tuple[str | int, ...]) -> Any:
    here: Any = document
    for step in steps:
        here = here[step]
    return here


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A document with secrets in its free text, and with fields that no schema declares."""
    document = deepcopy(CASE)
    for *inside, last in draw(st.lists(st.sampled_from(PLACES), max_size=12, unique=True)):
        parent = _reach(document, tuple(inside))
        if isinstance(parent[last], str) and last not in {"kind", "ref", "relationship", "service_category"}:
            if draw(st.booleans()) and not _is_structured(parent[last]):
                parent[last] = f"{parent[last]} {SECRET}"
            parent[f"new_{last}" if isinstance(parent, dict) else 0] = parent[last]
    return document


def _is_structured(value: str) -> bool:
    return " " not in value


def _ask(document: dict[str, Any], destination: Destination) -> Ask:
    return next(ask for ask in asks(document) if ask.kind == destination.key)


@pytest.mark.parametrize("kind", DESTINATIONS)
@given(document=documents())
def test_only_permitted_paths_are_sent_whatever_the_document_holds(
    kind: str, document: dict[str, Any]
) -> None:
    destination = DESTINATIONS[kind]
    projection = project(destination, Known(document), _ask(document, destination), samples.MONDAY)
    assert set(projection.fields) <= destination.permitted
    assert {path_of(steps) for steps, _ in leaves(projection.document)} == set(projection.fields)


@pytest.mark.parametrize("kind", sorted(set(DESTINATIONS) - CONFIDANTS))
@given(document=documents())
def test_no_confidence_reaches_anybody_but_a_confidant(kind: str, document: dict[str, Any]) -> None:
    destination = DESTINATIONS[kind]
    projection = project(destination, Known(document), _ask(document, destination), samples.MONDAY)
    said = " ".join(
        str(value) for steps, value in leaves(projection.document) if path_of(steps) not in SHAPES
    )
    assert not Known(document).matcher.kinds(said)
    assert not any(map(confidence, projection.fields))
    for hidden in ("Kirsty", "Holdsworth", "knife", "victim_or_ex_partner", "requested_by"):
        assert hidden not in json.dumps(projection.document)


@pytest.mark.parametrize("kind", sorted(set(DESTINATIONS) - CONFIDANTS))
def test_what_is_held_back_is_reported_beside_the_document(kind: str) -> None:
    destination = DESTINATIONS[kind]
    held = {(each.path, each.reason) for each in _projection(destination).withheld}
    assert held >= {
        ("destinations[]", "other_destinations"),
        ("household.contacts[]", "victim_or_ex_partner"),
        ("addresses[]", "whereabouts"),
        ("licence.conditions[].requested_by", "who_asked_for_a_condition"),
        ("risk.police_intelligence", "police_intelligence"),
    }


def _projection(destination: Destination) -> Any:
    return project(destination, Known(CASE), _ask(CASE, destination), samples.MONDAY)


def test_mappa_is_told_what_it_must_know() -> None:
    document = _projection(DESTINATIONS["mappa"]).document
    assert {contact["ref"] for contact in document["household"]["contacts"]} == {
        "ex-partner",
        "son",
        "mother",
    }
    assert document["risk"]["police_intelligence"]
    assert document["mappa"]["category"] == 2


def test_health_goes_as_the_adjustment_except_to_who_must_care() -> None:
    assert "medication" in _projection(DESTINATIONS["approved_premises"]).document["health"]
    assert _projection(DESTINATIONS["crs"]).document["health"] == {
        "adjustments_detail": "Explain letters aloud."
    }
    assert _projection(DESTINATIONS["crs"]).document["adjustments"][0]["kind"] == "literacy"


def test_a_value_without_a_word_is_reported_and_not_sent() -> None:
    document = deepcopy(CASE)
    document["sentence"]["type"] = "community_order"
    ask = _ask(document, DESTINATIONS["cas3"])
    projection = project(DESTINATIONS["cas3"], Known(document), ask, samples.MONDAY)
    assert ("sentence.type", "community_order") in {(e.path, e.value) for e in projection.not_representable}
    assert "type" not in projection.document["sentence"]


def test_one_fact_is_said_in_the_words_of_each() -> None:
    said = {
        kind: _projection(destination).document["risk"]["rosh"]["public"]["level"]
        for kind, destination in DESTINATIONS.items()
    }
    assert said == {"approved_premises": "High", "cas3": "High", "crs": "High", "mappa": "high"}
    assert _projection(DESTINATIONS["approved_premises"]).document["sharing"]["concern"] is True
    assert _projection(DESTINATIONS["cas3"]).document["sharing"]["suitable"] is False
    assert _projection(DESTINATIONS["approved_premises"]).document["release"]["type"] == "licence"
    assert _projection(DESTINATIONS["cas3"]).document["release"]["releases"][0]["type"] == "crdLicence"
    assert _projection(DESTINATIONS["crs"]).document["referrer"]["region"] == "C"
    assert _projection(DESTINATIONS["approved_premises"]).document["referrer"]["ap_area"] == "NE"


def test_only_the_persons_own_home_is_sent_to_a_provider() -> None:
    document = deepcopy(CASE)
    document["addresses"].append(
        {"ref": "now", "kind": "current", "lines": ["2 Wharf Row"], "postcode": "LS9 8AA", "verified": True}
    )
    crs = DESTINATIONS["crs"]
    sent = project(crs, Known(document), _ask(document, crs), samples.MONDAY).document
    assert sent["addresses"] == [{"kind": "current", "lines": ["2 Wharf Row"], "postcode": "LS9 8AA"}]
    document["household"]["contacts"][0]["lives_at"] = "now"
    assert "addresses" not in project(crs, Known(document), _ask(document, crs), samples.MONDAY).document


def test_projecting_changes_nothing_in_the_document() -> None:
    before = deepcopy(CASE)
    for destination in DESTINATIONS.values():
        _projection(destination)
    assert before == CASE
