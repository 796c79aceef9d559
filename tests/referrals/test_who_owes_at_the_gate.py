"""Whatever the departure gate waits for is on somebody's list: first MAPPA's, then probation's."""

from collections.abc import Iterable
from datetime import timedelta

from service.cases.actions.sharing_ends import follow_sharing
from tests.journeys.driver import Story, ok
from tests.journeys.ending import ending
from tests.people.two_records import SECOND, colleague, merge, part
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import asking, darren_and_toby
from tests.referrals.stays import ADDRESS, have_police_answer, leave, settle_in, without_mappa

AGREE, SETTLE = "agree_to_address", "settle_move_on"
OF_THE_GATE = {AGREE, SETTLE}


def owed(caller: object, of: Iterable[str] = OF_THE_GATE) -> list[Json]:
    items = ok(caller.get("/v1/work", limit=100))["items"]  # type: ignore[attr-defined]
    return [one for one in items if one["kind"] in set(of)]


def kinds(caller: object) -> list[str]:
    return sorted(one["kind"] for one in owed(caller))


def proposed(driver: Driver) -> tuple[Json, Json, Json]:
    """Propose where somebody moves on to, to which MAPPA must agree; MAPPA's part, stay, address."""
    referral, stay = settle_in(driver)
    mappa = part_of(referral, "mappa")
    driver.accept(driver.cast.mappa, mappa)
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    (asked,) = driver.look(driver.cast.mappa, mappa)["agreements_to_give"]
    return mappa, stay, {"address_id": asked["address_id"], "decided_on": "2026-03-24"}


def test_mappa_owes_its_agreement_and_then_probation_its_own(driver: Driver) -> None:
    mappa, stay, about = proposed(driver)
    (item,) = owed(driver.cast.mappa)
    assert item["kind"] == AGREE
    assert item["move"]["href"] == f"{mappa['href']}/updates"
    assert item["due_at"]
    assert kinds(driver.officer) == [], "the police and MAPPA are asked: it is not probation's move yet"
    assert kinds(driver.cast.ap) == []
    have_police_answer(driver)
    assert kinds(driver.officer) == []
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **about)
    assert kinds(driver.cast.mappa) == []
    (own,) = owed(driver.officer)
    assert (own["kind"], own["move"]["href"]) == (SETTLE, f"{stay['href']}/placement")
    driver.place(driver.officer, stay, "agree_move_on")
    assert kinds(driver.officer) == kinds(driver.cast.mappa) == kinds(driver.cast.ap) == []
    said(leave(driver, stay))


def test_probation_owes_its_agreement_once_the_last_check_of_the_address_is_answered(driver: Driver) -> None:
    mappa, _, about = proposed(driver)
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **about)
    assert kinds(driver.officer) == []
    have_police_answer(driver)
    assert kinds(driver.officer) == [SETTLE]


def test_a_refusal_of_mappa_hands_the_move_to_probation(driver: Driver) -> None:
    mappa, stay, about = proposed(driver)
    have_police_answer(driver)
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=False, reason="Too near.", **about)
    assert kinds(driver.cast.mappa) == []
    assert kinds(driver.officer) == [SETTLE]
    driver.place(driver.pdu_head, stay, "override_gate", reason="Threats from another resident.")
    assert kinds(driver.officer) == []


def test_another_address_is_another_agreement(driver: Driver) -> None:
    mappa, stay, about = proposed(driver)
    have_police_answer(driver)
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **about)
    driver.place(driver.officer, stay, "propose_move_on", address={**ADDRESS, "lines": ["9 Cobden Terrace"]})
    assert kinds(driver.cast.mappa) == [AGREE]
    assert kinds(driver.officer) == []


def test_an_agreement_to_a_place_that_has_changed_is_owed_again(driver: Driver) -> None:
    mappa, stay, about = proposed(driver)
    have_police_answer(driver)
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **about)
    driver.place(driver.officer, stay, "agree_move_on")
    driver.clock.move(timedelta(minutes=1))
    person = said(driver.officer.get("/v1/referrals", limit=1))["items"][0]["person"]["id"]
    path = f"/v1/people/{person}/addresses/{about['address_id']}"
    tag = driver.officer.get(path).headers["ETag"]
    said(
        driver.officer.patch(
            path, json={"lines": ["8 Cobden Terrace", "Leeds"], "because": "correction"}, if_match=tag
        )
    )
    assert kinds(driver.cast.mappa) == [AGREE]


def test_nobody_owes_an_agreement_once_the_person_has_left(driver: Driver) -> None:
    _, stay, _ = proposed(driver)
    said(leave(driver, stay, departed_to="custody"))
    assert kinds(driver.cast.mappa) == kinds(driver.officer) == []


def test_nobody_owes_an_agreement_once_the_referral_to_mappa_is_over(driver: Driver) -> None:
    mappa, _, _ = proposed(driver)
    driver.move(driver.officer, mappa, "enter_in_error", reason="Another man.")
    have_police_answer(driver)
    assert kinds(driver.cast.mappa) == []
    assert kinds(driver.officer) == [SETTLE]


def test_the_work_of_mappa_goes_on_and_its_agreement_stays_owed_since_it_was_asked(driver: Driver) -> None:
    mappa, _, _ = proposed(driver)
    (before,) = owed(driver.cast.mappa)
    driver.clock.move(timedelta(hours=1))
    driver.move(driver.cast.mappa, mappa, "start")
    (after,) = owed(driver.cast.mappa)
    assert (before["due_at"], before["exposed_since"]) == (after["due_at"], after["exposed_since"])


def test_without_mappa_probation_owes_its_agreement_alone(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    assert kinds(driver.officer) == [SETTLE]
    driver.place(driver.officer, stay, "agree_move_on")
    assert kinds(driver.officer) == []
    driver.place(driver.officer, stay, "withdraw_agreement")
    assert kinds(driver.officer) == [SETTLE]


def test_an_address_entered_in_error_is_nobodys_to_agree_to(driver: Driver) -> None:
    _, _, about = proposed(driver)
    person = said(driver.officer.get("/v1/referrals", limit=1))["items"][0]["person"]["id"]
    path = f"/v1/people/{person}/addresses/{about['address_id']}/entered-in-error"
    tag = driver.officer.get(path.removesuffix("/entered-in-error")).headers["ETag"]
    said(driver.officer.post(path, json={"reason": "Another street."}, if_match=tag))
    assert kinds(driver.cast.mappa) == kinds(driver.officer) == []


def test_another_address_is_owed_by_a_day_of_its_own(driver: Driver) -> None:
    _, stay, _ = proposed(driver)
    driver.clock.move(timedelta(days=15))
    driver.place(driver.officer, stay, "propose_move_on", address={**ADDRESS, "lines": ["9 Cobden Terrace"]})
    (item,) = owed(driver.cast.mappa)
    assert item["overdue"] is False
    assert item["exposed_since"] == driver.clock.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def on_two_records(driver: Driver) -> tuple[Story, Json, Json]:
    """Have a person stay by one record and be MAPPA's by another, and merge them; the stay, MAPPA's part."""
    story = Story(driver.cast, driver.clock)
    _, stay = settle_in(driver, without_mappa())
    document = asking(darren_and_toby("SEC-9", crn=SECOND), lambda one: one["kind"] == "mappa")
    mappa = part_of(ok(colleague(story).post("/v1/referrals", json=document), 201), "mappa")
    driver.accept(driver.cast.mappa, mappa)
    merge(story)
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    return story, stay, mappa


def test_mappa_agrees_to_an_address_of_the_other_record_of_a_person(driver: Driver) -> None:
    _, _, mappa = on_two_records(driver)
    (item,) = owed(driver.cast.mappa)
    (asked,) = driver.look(driver.cast.mappa, mappa)["agreements_to_give"]
    about = {"address_id": asked["address_id"], "decided_on": "2026-03-24", "agreed": True}
    said(
        driver.cast.mappa.post(item["move"]["href"], json={"kind": "move_on_agreement", "content": about}),
        201,
    )
    assert kinds(driver.officer) == [SETTLE]


def test_probation_owes_its_agreement_alone_once_the_records_are_parted(driver: Driver) -> None:
    story, _, _ = on_two_records(driver)
    assert (kinds(driver.officer), kinds(driver.cast.mappa)) == ([], [AGREE])
    driver.clock.move(timedelta(hours=1))
    part(story)
    assert (kinds(driver.officer), kinds(driver.cast.mappa)) == ([SETTLE], [])


def test_probation_owes_its_agreement_alone_once_sharing_with_mappa_has_ended(driver: Driver) -> None:
    referral, stay = settle_in(driver, ending())
    driver.accept(driver.cast.mappa, part_of(referral, "mappa"))
    driver.clock.set("2026-06-10T09:00:00Z")
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    assert (kinds(driver.officer), kinds(driver.cast.mappa)) == ([], [AGREE])
    driver.clock.set("2026-07-01T09:00:00Z")
    follow_sharing(driver.clock.at)
    assert kinds(driver.officer) == [SETTLE]
