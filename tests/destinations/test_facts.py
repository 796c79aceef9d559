"""Derived facts are never invented: an answer that is missing is not known, and not known is not no."""

from typing import Any

import pytest

from service.destinations import DESTINATIONS
from service.destinations.case import Known
from service.destinations.projection import project
from service.destinations.states import State
from service.document.paths import value_at
from service.document.vocabulary import CONVICTION_KINDS, ROSH_ALWAYS_JUDGED, overall_rosh
from tests.destinations.factories import TODAY, part, pointers, readiness

LIVE_CRS = {"crs:accommodation": State.SENT}
SOON = {"cas3.placement.start_date": "2026-06-02"}
SEXUAL = [kind for kind, sexual in CONVICTION_KINDS.items() if sexual]
NOT_SEXUAL = [kind for kind, sexual in CONVICTION_KINDS.items() if not sexual]


def sent(kind: str, changes: dict[str, Any]) -> dict[str, Any]:
    document, ask = part(kind, changes)
    return project(DESTINATIONS[kind], Known(document), ask, TODAY).document


def convicted(**answers: Any) -> dict[str, Any]:
    return SOON | {"offence.convictions": {"arson": False, **answers}}


@pytest.mark.parametrize("kind", NOT_SEXUAL)
def test_a_conviction_that_is_not_sexual_is_not_reported_as_one(kind: str) -> None:
    changes = convicted(any_listed=True, **{kind: ["previous"]})
    assert sent("cas3", changes)["offence"]["convictions"]["sexual"] is False
    assert readiness("cas3", changes, LIVE_CRS).state is State.SENT


@pytest.mark.parametrize("kind", SEXUAL)
def test_each_kind_of_sexual_conviction_is_reported_as_one(kind: str) -> None:
    changes = convicted(any_listed=True, hate_crime=["current"], **{kind: ["previous"]})
    assert sent("cas3", changes)["offence"]["convictions"]["sexual"] is True
    assert readiness("cas3", changes, LIVE_CRS).state is State.SENT


def test_no_listed_conviction_is_no_sexual_one() -> None:
    changes = convicted(any_listed=False)
    assert sent("cas3", changes)["offence"]["convictions"]["sexual"] is False
    assert readiness("cas3", changes, LIVE_CRS).state is State.SENT


@pytest.mark.parametrize("unanswered", [{}, {"hate_crime": []}, {key: [] for key in SEXUAL}])
def test_nobody_concludes_no_from_convictions_whose_kinds_are_not_answered(unanswered: Any) -> None:
    changes = convicted(any_listed=True, **unanswered)
    assert "sexual" not in sent("cas3", changes)["offence"]["convictions"]
    found = readiness("cas3", changes, LIVE_CRS)
    assert found.state is State.INCOMPLETE
    assert [gap.pointer for gap in found.gaps] == ["/offence/convictions"]
    assert "any of the four kinds of sexual offence" in found.gaps[0].why


def test_an_unanswered_question_about_convictions_is_one_gap_and_not_two() -> None:
    found = readiness("cas3", convicted(), LIVE_CRS)
    assert pointers(found) == {"/offence/convictions/any_listed"}
    assert "sexual" not in sent("cas3", convicted())["offence"]["convictions"]


@pytest.mark.parametrize("unjudged", ROSH_ALWAYS_JUDGED)
@pytest.mark.parametrize("kind", DESTINATIONS)
def test_the_overall_risk_is_not_known_while_a_group_is_unjudged(kind: str, unjudged: str) -> None:
    changes = {f"risk.rosh.{unjudged}": None, "risk.rosh.overall": None}
    assert "overall" not in sent(kind, changes)["risk"]["rosh"]
    assert value_at(sent(kind, {}), "risk.rosh.overall").lower() == "high"


def test_the_overall_risk_is_certain_once_a_group_is_at_the_highest_level() -> None:
    assert overall_rosh({"public": {"level": "very_high"}}) == "very_high"
    assert overall_rosh({"public": {"level": "high"}}) is None
    assert overall_rosh({"public": {"level": "low"}, "overall": "high"}) == "high"
    assert overall_rosh({"public": {"level": "high"}, "overall": "low"}) == "high"
    assert overall_rosh({}) is None


@pytest.mark.parametrize(("suitable", "concern"), [(True, False), (False, True), (None, None)])
def test_whether_a_room_can_be_shared_is_turned_round_only_when_it_is_answered(
    suitable: bool | None, concern: bool | None
) -> None:
    changes = {"sharing.suitable": suitable}
    assert sent("approved_premises", changes)["sharing"].get("concern") is concern
    assert ("/sharing/suitable" in pointers(readiness("approved_premises", changes))) == (suitable is None)


@pytest.mark.parametrize(
    ("date", "soon"),
    [("2026-05-25", True), ("2026-05-26", False), ("2026-03-02", True), ("2026-03-01", None), (None, None)],
)
def test_a_release_is_within_twelve_weeks_only_when_it_is_ahead(date: str | None, soon: bool | None) -> None:
    assert sent("crs", {"release.date": date})["release"].get("within_12_weeks") is soon


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_nothing_is_worked_out_from_a_submission_that_says_nothing(kind: str) -> None:
    """Only the kind of notice has a value without an answer: without an arrival date it is standard."""
    destination = DESTINATIONS[kind]
    _, ask = part(kind, {})
    case = destination.case({}, type(ask)(ask.index, ask.kind, ask.service_category, None, {}), TODAY)
    worked_out = {path: derived.compute(case) for path, derived in destination.derived.items()}
    known = {path: value for path, value in worked_out.items() if value not in (None, [])}
    assert known == ({"ap.notice_type": "standard"} if kind == "approved_premises" else {})
