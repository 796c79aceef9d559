"""Whoever said something can put it right: the old entry stays, marked, and what followed is redone."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Caller
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import toby
from tests.referrals.stays import ADDRESS, have_police_answer, settle_in
from tests.rows import person_at

pytestmark = pytest.mark.long

SESSION = {"on": "2026-03-02T09:00:00Z", "summary": "Looked at rents."}
ABSENT = {"on": "2026-03-02T08:00:00Z", "attended": "no", "acceptable_absence": False}
CORRECTED = "destination_referral.update_corrected"


def told(caller: Caller, name: str) -> list[Json]:
    return [one for one in said(caller.get("/v1/events", limit=500))["items"] if one["event"] == name]


def provider(driver: Driver) -> Json:
    referral = driver.submit(toby())
    part = part_of(referral, "crs")
    driver.accept(driver.cast.crs, part)
    return part


def mappa_at_work(driver: Driver) -> Json:
    part = part_of(driver.submit(), "mappa")
    driver.accept(driver.cast.mappa, part)
    return part


def reports(caller: Caller, part: Json) -> list[Json]:
    found: list[Json] = said(caller.get(f"/v1/destination-referrals/{part['id']}/updates"))["items"]
    return [one for one in found if one["kind"] != "adjustments"]


def reviews(driver: Driver, crn: str = "X320744") -> list[Json]:
    """Return the reviews that corrections opened."""
    path = f"{person_at(crn)}/changes-of-circumstance"
    changes = said(driver.officer.get(path, limit=100))["items"]
    return [one for change in changes if change["kind"] == "report_corrected" for one in change["reviews"]]


def review_days(part: Json) -> list[str]:
    rows = as_owner(
        "SELECT first_hard_date AS day FROM clock WHERE timer = 'review_day' AND state = 'running'"
        f" AND subject_id = '{part['id']}'"
    )
    return [str(row["day"].date()) for row in rows]


def test_a_session_on_the_wrong_day_is_put_right_and_both_can_be_read(driver: Driver) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    right = {"kind": "session", "content": SESSION | {"on": "2026-02-27T09:00:00Z"}}
    second = driver.correct(driver.cast.crs, part, first, reason="It was on Friday.", said=right)
    assert second["content"]["on"].startswith("2026-02-27T09:00")
    assert second["correction"] == {
        "corrects": first["id"],
        "withdrawn": False,
        "reason": "It was on Friday.",
    }
    for reader in (driver.officer, driver.cast.crs):
        old, new = reports(reader, part)
        assert (old["content"], old["corrected_by"], old["correction"]) == (
            first["content"], second["id"], None,
        )  # fmt: skip
        assert (new["id"], new["corrected_by"]) == (second["id"], None)


def test_a_session_that_never_was_buys_no_silence(driver: Driver) -> None:
    part = provider(driver)

    def due() -> str:
        found: str = driver.look(driver.officer, part)["next_update_due"]
        return found

    before = due()
    driver.clock.move(timedelta(days=2))
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    assert due() > before
    driver.clock.move(timedelta(days=1))
    right = {"kind": "session", "content": SESSION | {"summary": "Looked at flats."}}
    second = driver.correct(driver.cast.crs, part, first, said=right)
    driver.clock.move(timedelta(days=1))
    third = driver.report(driver.cast.crs, part, "session", **SESSION)
    last = due()
    driver.correct(driver.cast.crs, part, second, withdrawn=True)
    assert due() == last, "it has said something since"
    driver.correct(driver.cast.crs, part, third, withdrawn=True)
    assert due() == before


def test_a_correction_that_says_the_same_is_refused_and_tells_nobody(driver: Driver) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    same = {"kind": "session", "content": SESSION}
    refused = said(driver.try_to_correct(driver.cast.crs, part, first, reason="A slip.", said=same), 422)
    assert [one["pointer"] for one in refused["errors"]] == ["/said"]
    assert told(driver.officer, CORRECTED) == []


def test_a_session_recorded_twice_is_withdrawn_and_everybody_who_read_it_is_told_once(driver: Driver) -> None:
    part = provider(driver)
    driver.report(driver.cast.crs, part, "session", **SESSION)
    twice = driver.report(driver.cast.crs, part, "session", **SESSION)
    before = driver.look(driver.officer, part)["version"]
    path = f"/v1/destination-referrals/{part['id']}/updates/{twice['id']}/corrections"
    body, key = {"reason": "Recorded twice.", "withdrawn": True}, "once"
    gone = said(driver.cast.crs.post(path, json=body, idempotency_key=key), 201)
    again = said(driver.cast.crs.post(path, json=body, idempotency_key=key), 201)
    assert again["id"] == gone["id"]
    assert (gone["content"], gone["correction"]["withdrawn"]) == ({}, True)
    assert [one["corrected_by"] for one in reports(driver.officer, part)] == [None, gone["id"], None]
    assert driver.look(driver.officer, part)["version"] == before + 1
    for reader in (driver.officer, driver.cast.crs):
        (news,) = told(reader, CORRECTED)
        assert news["data"] == {
            "update_id": gone["id"],
            "corrects": twice["id"],
            "kind": "session",
            "withdrawn": True,
        }
    assert told(driver.cast.police, CORRECTED) == []


def test_a_correction_can_itself_be_corrected_but_an_entry_only_once(driver: Driver) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    right = {"content": SESSION | {"minutes": 50}}
    second = driver.correct(driver.cast.crs, part, first, said=right)
    refused = said(driver.try_to_correct(driver.cast.crs, part, first, said=right), 409)
    assert refused["corrected_by"] == second["id"]
    third = driver.correct(driver.cast.crs, part, second, withdrawn=True)
    said(driver.try_to_correct(driver.cast.crs, part, third, said=right), 409)
    assert [one["corrected_by"] for one in reports(driver.officer, part)] == [second["id"], third["id"], None]


@pytest.mark.parametrize("instead", [{"minutes": 50}, {}])
def test_what_was_withdrawn_by_mistake_after_the_work_has_ended_is_put_back(
    driver: Driver, instead: Json
) -> None:
    part, crs = provider(driver), driver.cast.crs
    first = driver.report(crs, part, "session", **SESSION)
    driver.move(crs, part, "start")
    driver.move(crs, part, "complete", outcome_code="achieved")
    gone = driver.correct(crs, part, first, withdrawn=True)
    said(driver.try_to_correct(crs, part, gone, withdrawn=True), 409)
    back = driver.correct(crs, part, gone, said={"content": SESSION | instead})
    assert back["content"] == SESSION | instead
    assert reports(driver.officer, part)[-1]["content"] == SESSION | instead


def test_only_whoever_said_it_corrects_it(driver: Driver) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    other = part_of(driver.submit(), "approved_premises")
    driver.accept(driver.cast.ap, other)
    for caller in (driver.cast.ap, driver.cast.mappa, driver.cast.cas3):
        assert driver.try_to_correct(caller, part, first, withdrawn=True).status_code == 404
    # Nor through a referral of one's own.
    assert driver.try_to_correct(driver.cast.ap, other, first, withdrawn=True).status_code == 404
    assert driver.try_to_correct(driver.officer, part, first, withdrawn=True).status_code in {403, 404}
    assert reports(driver.officer, part)[0]["corrected_by"] is None


@pytest.mark.parametrize(
    ("instead", "pointer"),
    [
        ({}, "/said"),
        ({"withdrawn": True, "said": {"content": SESSION}}, "/said"),
        ({"said": {"content": {"on": "2026-03-02T08:00:00Z"}}}, "/said/content/summary"),
        ({"said": {"kind": "progress", "content": {"summary": "x"}}}, "/said/kind"),
        ({"said": {"content": "x"}}, "/said/content"),
        ({"said": {"content": SESSION, "when": "now"}}, "/said/when"),
        ({"said": {"content": SESSION | {"on": "2026-04-02T08:00:00Z"}}}, "/said/content/on"),
    ],
)
def test_what_is_said_instead_has_the_form_of_what_was_said(
    driver: Driver, instead: Json, pointer: str
) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    refused = said(driver.try_to_correct(driver.cast.crs, part, first, **instead), 422)
    assert [one["pointer"] for one in refused["errors"]] == [pointer]


def test_a_correction_comes_also_when_the_work_has_ended(driver: Driver) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    driver.correct(driver.cast.crs, part, first, withdrawn=True)
    assert len(told(driver.officer, CORRECTED)) == 1


@pytest.mark.parametrize(
    ("instead", "decided_again"),
    [
        ({"withdrawn": True}, True),
        ({"said": {"content": ABSENT | {"attended": "yes"}}}, True),
        ({"said": {"content": ABSENT | {"acceptable_absence": True}}}, True),
        ({"said": {"content": ABSENT | {"on": "2026-02-27T08:00:00Z"}}}, True),
        ({"said": {"content": ABSENT | {"note": "He had rung."}}}, False),
    ],
)
def test_an_absence_that_was_none_is_read_by_whoever_may_have_enforced_it(
    driver: Driver, instead: Json, decided_again: bool
) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "attendance", **ABSENT)
    driver.correct(driver.cast.crs, part, first, **instead)
    found = reviews(driver)
    assert len(found) == decided_again
    assert [(one["owner"], one["urgency"]) for one in found] == [("practitioner", "urgent")] * decided_again


def test_a_plain_session_that_is_put_right_asks_nobody_to_decide(driver: Driver) -> None:
    part = provider(driver)
    first = driver.report(driver.cast.crs, part, "session", **SESSION)
    driver.correct(driver.cast.crs, part, first, withdrawn=True)
    assert reviews(driver) == []


def level(review_on: str, **more: Any) -> Json:
    return {"level": "2", "decided_on": "2026-02-27", "rationale": "Panel.", "review_on": review_on, **more}


def test_mappas_decision_put_right_moves_the_day_of_its_review(driver: Driver) -> None:
    part = mappa_at_work(driver)
    driver.report(driver.cast.mappa, part, "level_decision", **level("2026-05-01"))
    wrong = driver.report(driver.cast.mappa, part, "level_decision", **level("2026-06-01", level="3"))
    assert review_days(part) == ["2026-06-01"]
    right = driver.correct(driver.cast.mappa, part, wrong, said={"content": level("2026-06-15", level="3")})
    assert review_days(part) == ["2026-06-15"]
    assert [one["state"] for one in reviews(driver, "X320741")] == ["open"]
    # Of whoever else works with the person, nobody may know that there is a MAPPA.
    for caller in (driver.cast.ap, driver.cast.cas3, driver.cast.crs):
        assert told(caller, CORRECTED) == []
    driver.correct(driver.cast.mappa, part, right, withdrawn=True)
    assert review_days(part) == ["2026-05-01"]


def test_mappas_agreement_taken_back_shuts_the_gate_again(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    mappa = part_of(referral, "mappa")
    driver.accept(driver.cast.mappa, mappa)
    proposed = driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    agrees = {"address_id": proposed["move_on"]["address_id"], "agreed": True, "decided_on": "2026-03-24"}
    yes = driver.report(driver.cast.mappa, mappa, "move_on_agreement", **agrees)
    have_police_answer(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    assert driver.look(driver.cast.mappa, mappa)["agreements_to_give"][0]["agreed"] is True

    # Another address was meant.
    driver.correct(driver.cast.mappa, mappa, yes, withdrawn=True)
    assert driver.look(driver.cast.mappa, mappa)["agreements_to_give"][0]["agreed"] is None
    shut = said(driver.officer.get(f"{stay['href']}/placement"))
    assert {one["code"] for one in shut["outstanding"]} == {"agreement", "probation_agreement"}
    assert len(told(driver.cast.ap, "placement.agreement_withdrawn")) == 1


def test_an_answer_about_an_adjustment_put_right_has_probation_decide(driver: Driver) -> None:
    part = part_of(driver.submit(), "approved_premises")
    said(driver.cast.ap.get(f"/v1/destination-referrals/{part['id']}/document"))
    wanted = driver.look(driver.cast.ap, part)["adjustments_to_answer"]
    assert wanted
    answers = [{"kind": kind, "can_meet": True} for kind in wanted]
    first = driver.report(driver.cast.ap, part, "adjustments", answers=answers)
    cannot = [answers[0] | {"can_meet": False}, *answers[1:]]
    second = driver.correct(driver.cast.ap, part, first, said={"content": {"answers": cannot}})
    assert driver.look(driver.officer, part)["adjustments_to_decide"] == [wanted[0]]
    assert told(driver.officer, CORRECTED)[0]["data"]["cannot_meet"] == [wanted[0]]
    driver.correct(driver.cast.ap, part, second, withdrawn=True)
    seen = driver.look(driver.cast.ap, part)
    assert (seen["adjustments_to_answer"], seen["adjustments_to_decide"]) == (wanted, [])


def test_a_correction_put_right_before_anybody_reviewed_it_is_read_in_the_same_review(driver: Driver) -> None:
    part, crs = provider(driver), driver.cast.crs
    first = driver.report(crs, part, "attendance", **ABSENT)
    driver.clock.move(timedelta(hours=1))
    days = ("2026-02-27T08:00:00Z", "2026-02-26T08:00:00Z", "2026-02-25T08:00:00Z")
    said_last = first
    for day in days:
        said_last = driver.correct(crs, part, said_last, said={"content": ABSENT | {"on": day}})
        driver.clock.move(timedelta(hours=1))
    path = f"{person_at('X320744')}/changes-of-circumstance"
    found = said(driver.officer.get(path, limit=100))["items"]
    changes = [one for one in found if one["kind"] == "report_corrected"]
    assert sorted(len(one["reviews"]) for one in changes) == [0, 0, 1]
    assert sum(one["corrected_by"] is None for one in changes) == 1, "each names the one before"
    # Of another absence another review is owed.
    other = driver.report(crs, part, "attendance", **ABSENT)
    driver.correct(crs, part, other, withdrawn=True)
    assert len(reviews(driver)) == 2
