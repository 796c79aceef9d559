"""Whoever enforces a condition or an order about somebody is sent the name, and asks when there is none."""

from collections.abc import Callable
from typing import Any

import pytest

from service.destinations import DESTINATIONS
from service.destinations.case import Known
from service.destinations.projection import project
from service.destinations.readiness import assess, missing
from service.referrals.schemas.submission import SubmissionSchema, canonical
from tests.referrals.samples import MONDAY, darren_and_toby

Json = dict[str, Any]
ORDER = "Not to contact Kirsty Holdsworth, tall, red hair."


def condition(kind: str, detail: str | None = ORDER) -> Callable[[Json], None]:
    added = {"type": kind, **({"detail": detail} if detail else {})}
    return lambda document: document["licence"]["conditions"].append(added)


def court_order(document: Json) -> None:
    document["licence"]["court_orders"] = [ORDER]


def gaps_and_sent(
    kind: str, ordered: Callable[[Json], None]
) -> tuple[list[tuple[str, tuple[str, ...]]], str]:
    document = darren_and_toby()
    ordered(document)
    known = Known(canonical(SubmissionSchema().load(document)))
    destination, ask = DESTINATIONS[kind], known.asks[kind]
    gaps = [(gap.pointer, gap.gives_away) for gap in missing(destination, known, ask, MONDAY)]
    return gaps, str(project(destination, known, ask, MONDAY).document["licence"])


def advised(kind: str, ordered: Callable[[Json], None]) -> list[str]:
    document = darren_and_toby()
    ordered(document)
    known = Known(canonical(SubmissionSchema().load(document)))
    ask = next(one for one in known.asks.values() if one.kind == kind)
    found = assess(DESTINATIONS[kind], known, ask, (), MONDAY).advice
    return [one.pointer for one in found if one.code == "names_nobody"]


@pytest.mark.parametrize("kind", ["approved_premises", "cas3"])
@pytest.mark.parametrize("of", ["non_contact", "non_association", "no_contact_with_children", "civil_orders"])
def test_a_condition_about_somebody_is_sent_with_the_name(kind: str, of: str) -> None:
    gaps, sent = gaps_and_sent(kind, condition(of))
    assert gaps == []
    assert "Kirsty Holdsworth" in sent


NAMELESS = "No contact with her.|Not to contact the victim, directly or indirectly.|No contact with K.H."


@pytest.mark.parametrize("text", NAMELESS.split("|"))
@pytest.mark.parametrize("kind", ["approved_premises", "cas3", "mappa"])
def test_a_condition_that_names_nobody_is_advice_for_those_who_enforce_it(kind: str, text: str) -> None:
    assert advised(kind, condition("non_contact", text)) == ["/licence/conditions/2/detail"]


@pytest.mark.parametrize("text", [ORDER, "NO CONTACT WITH KIRSTY.", "Not to approach Li Wen", "Kirsty H"])
def test_a_condition_with_a_name_needs_no_advice(text: str) -> None:
    assert advised("cas3", condition("non_contact", text)) == []


def test_a_condition_about_no_one_person_needs_no_name() -> None:
    assert advised("cas3", condition("no_contact_with_children", "No contact with any child.")) == []
    assert advised("crs", condition("non_contact", "No contact with her.")) == [], "enforces none"


def test_a_court_order_is_sent_with_the_name_and_never_with_the_whereabouts() -> None:
    gaps, sent = gaps_and_sent("cas3", court_order)
    assert (gaps, "Kirsty Holdsworth" in sent) == ([], True)
    gaps, sent = gaps_and_sent("cas3", condition("civil_orders", f"{ORDER} At 4 Larkhill Close."))
    assert [kinds for _, kinds in gaps] == [("whereabouts",)]
    assert "Larkhill" not in sent


def test_another_condition_with_the_name_asks_for_a_wording() -> None:
    gaps, sent = gaps_and_sent("approved_premises", condition("other"))
    assert gaps == [("/licence/conditions/2/detail", ("name",))]
    assert "Kirsty" not in sent


CONDITION = "/licence/conditions/2/detail"
ELSEWHERE = "Kirsty Holdsworth rang his officer."


def told_elsewhere(detail: str, *wordings: Json) -> Callable[[Json], None]:
    """Give the condition, and the name in another text of the same referral."""

    def write(document: Json) -> None:
        condition("non_contact", detail)(document)
        document["move_on"]["plan"] = ELSEWHERE
        of_it = {"destination": "approved_premises", "path": CONDITION}
        document["wordings"] = [*(document.get("wordings") or []), *({**of_it, **one} for one in wordings)]

    return write


def test_a_name_that_a_condition_gives_may_stand_elsewhere() -> None:
    gaps, sent = gaps_and_sent("approved_premises", told_elsewhere(ORDER))
    assert (gaps, "Kirsty" in sent) == ([], True)


NAMED_ELSEWHERE = ("/move_on/plan", ("name",))


@pytest.mark.parametrize(
    ("wordings", "gaps"),
    [
        ((), [(CONDITION, ("whereabouts",)), NAMED_ELSEWHERE]),
        (({"text": "Not to contact his former partner, tall, red hair."},), [NAMED_ELSEWHERE]),
        (({"text": ORDER},), []),
        (({"confirmed_because": "They walk past the house."},), []),
    ],
    ids=["waits", "worded without the name", "worded with the name", "confirmed"],
)
def test_a_name_is_given_by_a_condition_only_as_that_is_sent(
    wordings: tuple[Json, ...], gaps: list[tuple[str, tuple[str, ...]]]
) -> None:
    found, _ = gaps_and_sent("approved_premises", told_elsewhere(f"{ORDER} At 4 Larkhill Close.", *wordings))
    assert sorted(found) == gaps


@pytest.mark.parametrize("detail", [None, "-"])
@pytest.mark.parametrize("of", ["non_contact", "non_association", "no_contact_with_children"])
def test_a_condition_of_no_contact_that_names_nobody_is_a_gap(of: str, detail: str | None) -> None:
    gaps, _ = gaps_and_sent("approved_premises", condition(of, detail))
    assert gaps == [("/licence/conditions/2/detail", ())]
