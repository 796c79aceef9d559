"""What is by nature about victims, MAPPA or intelligence goes only to who is registered to know of it."""

import re
from typing import Any

import pytest

from service.destinations import DESTINATIONS
from service.destinations.case import Ask, Known
from service.destinations.contract import Destination
from service.destinations.nature import CONFIDENCES, confidence, is_health, nature_of
from service.destinations.projection import Projection, project
from service.destinations.readiness import missing
from service.organisations.confidences import NOTHING, MayKnow
from tests.destinations.factories import DOCUMENT, TODAY, part

OF_VICTIMS, OF_MAPPA = MayKnow(mappa=False, victims=True), MayKnow(mappa=True, victims=False)
SPEAKS_OF = re.compile(r"victim|mappa|intelligence|visor|restricted_record", re.IGNORECASE)
SAFETY, CONTINGENCY = "risk.management_plan.victim_safety", "contingency.victims"
OTHERS = [destination for destination in DESTINATIONS.values() if not destination.confidant]


def filled(destination: Destination) -> tuple[dict[str, Any], Ask]:
    """Return a document in which every confidence of a destination's form is answered, and nothing worded."""
    changes: dict[str, Any] = dict.fromkeys(destination.confidences, "An answer.")
    changes |= {path: True for path in changes if not path.startswith(("offence", "risk", "contingency"))}
    document, ask = part(destination.key, changes)
    return {name: section for name, section in document.items() if name != "wordings"}, ask


@pytest.mark.parametrize("destination", OTHERS, ids=lambda one: one.key)
def test_every_path_whose_name_speaks_of_a_confidence_is_in_the_table(destination: Destination) -> None:
    assert {path for path in destination.permitted if SPEAKS_OF.search(path)} == set(destination.confidences)
    assert not any(map(confidence, destination.permitted))


# What each form carries, by hand, and for whom.
CARRIED = {
    "approved_premises": {
        OF_VICTIMS: """offence.analysis.victim_relationship offence.analysis.victim_other
            offence.analysis.victim_impact risk.management_plan.victim_safety contingency.victims""",
        OF_MAPPA: """ap.managed_by_mappa ap.esap.secreting.intelligence ap.esap.cctv.intelligence
            person.restricted_record""",
    },
    "cas3": {OF_VICTIMS: "risk.management_plan.victim_safety", OF_MAPPA: "person.restricted_record"},
    "crs": {},
}


@pytest.mark.parametrize("may_know", [NOTHING, OF_VICTIMS, OF_MAPPA])
@pytest.mark.parametrize("destination", OTHERS, ids=lambda one: one.key)
def test_a_confidence_goes_to_who_is_registered_to_know_of_it(
    destination: Destination, may_know: MayKnow
) -> None:
    document, ask = filled(destination)
    sent = project(destination, Known(document), ask, TODAY, may_know=may_know)
    expected = set(CARRIED[destination.key].get(may_know, "").split())
    assert {path for path in sent.fields if nature_of(path)} == expected
    held_back = {one.path for one in sent.withheld}
    assert set(destination.confidences) - expected <= held_back
    assert not expected & held_back


@pytest.mark.parametrize(
    ("kind", "pointers"),
    [
        ("approved_premises", {"/contingency/victims"}),
        ("cas3", {"/risk/management_plan/victim_safety"}),
    ],
)
def test_a_required_answer_that_falls_away_is_a_gap_until_it_is_worded(kind: str, pointers: set[str]) -> None:
    document, ask = filled(DESTINATIONS[kind])

    def gaps(known: dict[str, Any], may_know: MayKnow = NOTHING) -> set[str]:
        found = missing(DESTINATIONS[kind], Known(known), ask, TODAY, may_know)
        return {gap.pointer for gap in found if gap.gives_away == ("victims",) and gap.reword_for == kind}

    assert gaps(document) == pointers
    assert gaps(document, OF_VICTIMS) == set()
    assert gaps(document | {"wordings": DOCUMENT["wordings"]}) == set()


@pytest.mark.parametrize("how", [{"text": "Ask probation."}, {"confirmed_because": "It names nobody."}])
def test_what_is_worded_or_confirmed_is_what_is_sent(how: dict[str, str]) -> None:
    document, ask = filled(DESTINATIONS["cas3"])
    wording = {"path": "/risk/management_plan/victim_safety", "destination": "cas3", **how}
    sent = project(DESTINATIONS["cas3"], Known(document | {"wordings": [wording]}), ask, TODAY)
    assert sent.document["risk"]["management_plan"]["victim_safety"] == how.get("text", "An answer.")


def test_the_table_names_no_path_twice() -> None:
    starts = sorted(CONFIDENCES)
    assert not [(one, other) for one in starts for other in starts if other.startswith(f"{one}.")]


def without_health(kind: str, *, health: bool) -> Projection:
    document, ask = part(kind, {"health.adjustments_detail": "A ground-floor room.", "sharing.trauma": True})
    return project(DESTINATIONS[kind], Known(document), ask, TODAY, health=health)


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_a_basis_that_carries_no_health_carries_none_to_any_destination(kind: str) -> None:
    carried, kept = without_health(kind, health=True), without_health(kind, health=False)
    health = {path for path in carried.fields if is_health(path)}
    assert health
    assert set(kept.fields) == set(carried.fields) - health
    reasons = {one.path for one in kept.withheld if one.reason == "basis_carries_no_health"}
    assert health <= reasons


# Each path by hand, with what it is not to be mistaken for.
@pytest.mark.parametrize(
    ("path", "health"),
    [
        ("health.need_types[]", True),
        ("health.diet_detail", True),
        ("adjustments[].detail", True),
        ("adjustments[].kind", False),
        ("adjustments[].needed", False),
        ("risk.self.suicide", True),
        ("risk.summary.who", False),
        ("sharing.trauma_detail", True),
        ("sharing.unsuitable_detail", False),
        ("custody.acct_alerts[].detail", True),
        ("custody.case_notes[].note", False),
        ("needs.drugs.detail", True),
        ("needs.substance_misuse", True),
        ("needs.finance.detail", False),
        ("person.disabilities[]", True),
        ("ap.pipe.detail", True),
        ("ap.rfap.motivation", True),
        ("ap.esap.factors[]", True),
        ("ap.esap.reasons[]", False),
        ("crs.additional_needs", True),
        ("mappa.hospital.name", True),
    ],
)
def test_what_counts_as_health(path: str, health: bool) -> None:
    assert is_health(path) is health
