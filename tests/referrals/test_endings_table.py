"""Each row of the table of endings, driven through HTTP from a case in which every clock runs.

Whatever a row of the test does not name as stopped goes on: what is missing here from the table fails, too.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from service.circumstances.endings import ENDINGS
from service.timers.sweep import sweep
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, Json, said
from tests.referrals.stays import have_police_answer, settle_in, without_mappa

pytestmark = pytest.mark.long

Ticking = tuple[str, str, str]
"""The kind of subject, the timer and the label of a clock."""

_PREMISES, _HOME, _WORK = "approved_premises", "crs:accommodation", "crs:education_training_and_employment"
OWED_AT_WORK: Final[set[Ticking]] = {
    (kind, timer, label)
    for kind, timer in (("change_notice", "acknowledge"), ("destination_referral", "update"))
    for label in (_PREMISES, _HOME)
}
"""What the destinations owe that work with him."""
ANSWERS: Final[set[Ticking]] = {("destination_referral", "answer", label) for label in ("cas3", _WORK)}
CURFEW: Final[set[Ticking]] = {("referral", "curfew_end", "curfew")}
STAY: Final[set[Ticking]] = {("placement", timer, _PREMISES) for timer in ("placement_end", "move_on")}
OF_THE_POLICE: Final[set[Ticking]] = {("check_request", timer, "police_da") for timer in ("answer", "review")}
OF_CHILDREN: Final[set[Ticking]] = {("check_request", "answer", "childrens_safeguarding")}
RELEASE: Final[set[Ticking]] = {("recall", "release_day", "recalled")}
REVIEW: Final[set[Ticking]] = {("review", "review", "risk_review")}
DANGER: Final[Ticking] = ("change_of_circumstance", "danger", "threat")
EVERYBODY: Final = {"approved_premises": 1, "cas3": 1, "crs": 2}


@dataclass(frozen=True, kw_only=True)
class Row:
    """What an ending does in that case.

    Args:
        after: what had happened the day before.
        stops, begins: the clocks; all others go on as they are. Every ending but a death begins a review.
        owner: whose review it is.
        told: how many parts of each kind are told.
        outstanding: what is listed as open beforehand.
        states: of the parts that have another state than before.
    """

    after: tuple[str, ...] = ()
    stops: frozenset[Ticking] | set[Ticking] = frozenset()
    begins: frozenset[Ticking] | set[Ticking] = frozenset()
    owner: str
    told: dict[str, int]
    outstanding: frozenset[str] = frozenset()
    states: frozenset[tuple[str, str]] = frozenset()


STANDARD: Final = "recalled_on_a_standard_recall"
"""A recall that says no day of release, beside one of fixed length, which `recalled` is here."""
RELEASED_FROM_IT: Final = "released_from_a_standard_recall"
ROWS: Final = {
    "recalled": Row(
        stops=OWED_AT_WORK | CURFEW,
        begins=RELEASE | REVIEW,
        owner="spo",
        told=EVERYBODY,
        states=frozenset({(_PREMISES, "on_hold"), (_HOME, "on_hold")}),
    ),
    "released": Row(
        after=("recalled",),
        stops=RELEASE,
        begins=OWED_AT_WORK | CURFEW | REVIEW,
        owner="practitioner",
        told=EVERYBODY,
    ),
    # Nobody knows when the release is: no day of it is awaited, and no destination decides for one.
    STANDARD: Row(
        stops=OWED_AT_WORK | ANSWERS | CURFEW,
        begins=REVIEW,
        owner="spo",
        told=EVERYBODY,
        states=frozenset({(_PREMISES, "on_hold"), (_HOME, "on_hold")}),
    ),
    RELEASED_FROM_IT: Row(
        after=(STANDARD,),
        begins=OWED_AT_WORK | ANSWERS | CURFEW | REVIEW,
        owner="practitioner",
        told=EVERYBODY,
    ),
    "unlawfully_at_large": Row(
        after=("recalled",),
        stops=RELEASE,
        begins=OWED_AT_WORK | CURFEW | REVIEW,
        owner="spo",
        told=EVERYBODY,
    ),
    "supervision_suspended": Row(
        stops=OWED_AT_WORK | ANSWERS | CURFEW, begins=REVIEW, owner="spo", told=EVERYBODY
    ),
    "supervision_resumed": Row(
        after=("supervision_suspended",),
        begins=OWED_AT_WORK | ANSWERS | CURFEW | REVIEW,
        owner="practitioner",
        told=EVERYBODY,
    ),
    "order_completed_early": Row(
        after=("recalled",),
        stops=RELEASE,
        begins=REVIEW,
        owner="spo",
        told=EVERYBODY,
        outstanding=frozenset({"check_request", "unreviewed_result"}),
    ),
    "hdc_ended": Row(stops=CURFEW, begins=REVIEW, owner="practitioner", told=EVERYBODY),
    "hdc_started": Row(after=("hdc_ended",), begins=CURFEW | REVIEW, owner="practitioner", told=EVERYBODY),
    # The reviews of all that was open end; one makes sure of the death.
    "died": Row(
        after=("recalled",),
        stops=ANSWERS | STAY | OF_THE_POLICE | OF_CHILDREN | RELEASE | REVIEW,
        owner="spo",
        told=EVERYBODY,
        states=frozenset({("cas3", "withdrawn"), (_WORK, "withdrawn")}),
    ),
    # What was withdrawn stays so; whether there are children must be asked anew.
    "death_in_error": Row(
        after=("died",),
        begins=OWED_AT_WORK
        | STAY
        | CURFEW
        | OF_THE_POLICE
        | REVIEW
        | {
            ("check_request", "ask", "childrens_safeguarding"),
            ("change_of_circumstance", "danger", "death_in_error"),
        },
        owner="spo",
        told={"approved_premises": 1, "crs": 1},
    ),
}


def test_every_ending_has_its_row() -> None:
    assert ROWS.keys() == {*ENDINGS, STANDARD, RELEASED_FROM_IT}


@pytest.mark.parametrize("kind", ROWS)
def test_an_ending_stops_what_its_row_says_and_nothing_else(driver: Driver, kind: str) -> None:
    row = ROWS[kind]
    referral = everything_runs(driver)
    for earlier in row.after:
        happens(driver, referral, earlier)
        driver.clock.move(timedelta(days=1))
    before, states = running(), states_of(driver, referral)
    assert before[DANGER] == 1

    recorded = happens(driver, referral, kind)

    now = running()
    assert ({*(before - now)}, {*(now - before)}) == (row.stops, row.begins)
    assert now[DANGER] == 1, "nothing ends a danger but somebody who has confirmed it"
    assert Counter(one["destination"] for one in recorded["told"]) == row.told
    assert [one["owner"] for one in recorded["reviews"]] == [row.owner]
    assert {one["code"] for one in recorded.get("outstanding", ())} == row.outstanding
    assert set(states_of(driver, referral).items()) - set(states.items()) == row.states
    driver.clock.move(timedelta(days=14))
    swept = driver.clock.at
    sweep(swept)
    fired = fired_on(swept.isoformat())
    gone = {ticking for ticking in row.stops if not now[ticking]}
    assert not fired & gone, "nobody hears of what has ended"
    assert fired >= {*REVIEW, DANGER}, "its review, and the danger, climb until somebody sees to them"
    assert recorded["reviews"][0]["id"] in reviews_fired(swept.isoformat())


def everything_runs(driver: Driver) -> Json:
    """He stays at premises, has a curfew, works with a provider, and is waited for by two; all are asked."""
    document = without_mappa()
    document["licence"]["curfew"] = {"until": "2026-05-01"}
    document["sentence"].pop("supervision_ends", None)
    referral, _ = settle_in(driver, document)
    home = next(one for one in referral["destinations"] if one["service_category"] == "accommodation")
    driver.accept(driver.cast.crs, home)
    changed = driver.document(referral)
    changed["risk"]["summary"]["who"] = "His neighbours, too."
    driver.amend(referral, changed)
    happens(driver, referral, "threat")
    have_police_answer(driver)
    happens(driver, referral, "arrest")
    ticking = OWED_AT_WORK | ANSWERS | CURFEW | STAY | OF_THE_POLICE | OF_CHILDREN | REVIEW | {DANGER}
    assert {*running()} == ticking
    driver.clock.move(timedelta(days=1))
    return referral


def happens(driver: Driver, referral: Json, kind: str) -> Json:
    """Record what happened, by its kind or by which recall it is of."""
    today = driver.clock.at.date()
    whole: Json = {
        "kind": {STANDARD: "recalled", RELEASED_FROM_IT: "released"}.get(kind, kind),
        "occurred_on": today.isoformat(),
        "source": "police",
        "standing": "established",
    }
    if kind == "recalled":
        whole["release_date"] = (today + timedelta(days=28)).isoformat()
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    return said(driver.pdu_head.post(path, json=whole), 201)


def states_of(driver: Driver, referral: Json) -> dict[str, str]:
    """Return the state of each part, by what its clocks are labelled with."""
    return {
        ":".join(filter(None, (one["kind"], one["service_category"]))): driver.look(driver.officer, one)[
            "state"
        ]
        for one in referral["destinations"]
    }


def running() -> Counter[Ticking]:
    rows = as_owner("SELECT subject_kind, timer, label FROM clock WHERE state <> 'stopped'")
    return Counter((one["subject_kind"], one["timer"], one["label"]) for one in rows)


def fired_on(moment: str) -> set[Ticking]:
    rows = as_owner(
        "SELECT DISTINCT c.subject_kind, c.timer, c.label"
        " FROM clock_firing f JOIN clock c ON c.id = f.clock_id"
        f" WHERE f.fired_at >= '{moment}'"
    )
    return {(one["subject_kind"], one["timer"], one["label"]) for one in rows}


def reviews_fired(moment: str) -> set[str]:
    rows = as_owner(
        "SELECT DISTINCT c.subject_id FROM clock_firing f JOIN clock c ON c.id = f.clock_id"
        f" WHERE c.subject_kind = 'review' AND f.fired_at >= '{moment}'"
    )
    return {str(one["subject_id"]) for one in rows}
