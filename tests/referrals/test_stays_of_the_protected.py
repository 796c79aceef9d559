"""A stay shows premises nothing that they may not know: who is asked, who lives where somebody goes."""

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import select

from service.db import transaction
from service.organisations.confidences import MayKnow
from service.referrals.actions import departure_gate
from service.timers.model import Clock
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.record import in_error
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import ADDRESS, have_police_answer, leave, settle_in, without_mappa
from tests.rows import person_at

pytestmark = pytest.mark.long


def as_read(driver: Driver, stay: Json) -> tuple[Any, ...]:
    """Return the stay, the part, both tags and the feed, as the premises read them."""
    shown = [driver.cast.ap.get(f"{stay['href']}{rest}") for rest in ("/placement", "")]
    feed = said(driver.cast.ap.get("/v1/events", limit=500))["items"]
    return *((said(one), one.headers["ETag"]) for one in shown), feed


@pytest.fixture
def agreed(driver: Driver) -> tuple[Json, Json]:
    """Return a referral and its stay: probation has agreed to where the person moves on."""
    referral, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    return referral, stay


def ask_mappa(driver: Driver, referral: Json) -> Json:
    document = deepcopy(driver.document(referral))
    whole = darren_and_toby()
    document["destinations"].append(next(one for one in whole["destinations"] if one["kind"] == "mappa"))
    return driver.amend(referral, document)


def test_mappa_that_is_asked_after_an_agreement_is_not_seen_by_independent_premises(
    driver: Driver, agreed: tuple[Json, Json]
) -> None:
    referral, stay = agreed
    before = as_read(driver, stay)
    amended = ask_mappa(driver, referral)
    driver.accept(driver.cast.mappa, part_of(amended, "mappa"))
    assert as_read(driver, stay) == before
    for_probation = said(driver.officer.get(f"{stay['href']}/placement"))
    assert [(one["code"], one.get("kind")) for one in for_probation["outstanding"]] == [
        ("agreement", "mappa")
    ]
    reviews = said(driver.officer.get(f"{person_at('X320741')}/reviews"))["items"]
    assert [one["state"] for one in reviews].count("open") == 1, "probation looks at the plan again"
    assert said(leave(driver, stay))["state"] == "departed"


def test_premises_that_may_know_of_mappa_wait_for_its_agreement(
    driver: Driver, agreed: tuple[Json, Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    knows = MayKnow(mappa=True, victims=False)
    monkeypatch.setattr(departure_gate, "may_know_of", lambda *_: knows)
    referral, stay = agreed
    ask_mappa(driver, referral)
    shown = said(driver.cast.ap.get(f"{stay['href']}/placement"))
    assert shown["moves"][-1]["action"] == "withdraw_agreement"
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]


def test_an_address_that_was_told_stays_told_when_somebody_protected_comes_to_live_there(
    driver: Driver, agreed: tuple[Json, Json]
) -> None:
    _, stay = agreed
    before = as_read(driver, stay)
    address_id = before[0][0]["move_on"]["address_id"]
    contacts = said(driver.officer.get(f"{person_at('X320741')}/contacts"))["items"]
    ex_partner = next(one for one in contacts if one["relationship"] == "ex_partner")
    at = f"{person_at('X320741')}/contacts/{ex_partner['id']}"
    tag = driver.officer.get(at).headers["ETag"]
    said(driver.officer.patch(at, json={"lives_at": address_id}, if_match=tag))
    assert as_read(driver, stay) == before
    assert before[0][0]["move_on"]["postcode"] == ADDRESS["postcode"]
    assert "told" not in before[0][0]["details"]


def record_victim(driver: Driver) -> None:
    victim = {
        "ref": "now-victim",
        "relationship": "victim",
        "given_name": "Ottoline",
        "family_name": "Quist",
        "details_status": "provided",
    }
    change = {
        "kind": "victim_report",
        "details": "A victim is known.",
        "occurred_on": "2026-03-02",
        "source": "police",
        "standing": "established",
        "contacts": [victim],
    }
    said(driver.officer.post(f"{person_at('X320741')}/changes-of-circumstance", json=change), 201)


def owed(driver: Driver, part: Json) -> list[tuple[str, list[str]]]:
    missing = driver.look(driver.officer, part)["missing"]
    return [(gap["pointer"], gap["gives_away"]) for gap in missing if "reword_for" in gap]


def test_reasons_that_were_sent_are_looked_through_when_somebody_becomes_protected(driver: Driver) -> None:
    referral = driver.submit(without_mappa())
    stay, provider = part_of(referral, "approved_premises"), part_of(referral, "crs", "accommodation")
    driver.accept(driver.cast.ap, stay)
    driver.accept(driver.cast.crs, provider)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **days)
    driver.place(driver.officer, stay, "cancel", reason="He goes to Ottoline Quist instead.")
    driver.move(driver.officer, provider, "request_withdrawal", reason="He lodges with Ottoline Quist now.")
    before = as_read(driver, stay)
    record_victim(driver)
    assert as_read(driver, stay) == before

    moves = driver.look(driver.officer, provider)["moves"]
    at = next(at for at, move in enumerate(moves) if move["action"] == "request_withdrawal")
    assert owed(driver, provider) == [(f"/moves/{at}/reason", ["name"])]
    assert owed(driver, stay) == [("/placement/moves/1/reason", ["name"])]
    document = driver.document(referral)
    done = {"confirmed_because": "Rang them; they deleted it.", "destination": "approved_premises"}
    wordings = [*document["wordings"], {"path": "/placement/moves/1/reason", **done}]
    driver.amend(referral, {**document, "wordings": wordings})
    assert (owed(driver, stay), len(owed(driver, provider))) == ([], 1)


def test_a_move_to_an_ex_partners_home_is_told_when_that_is_confirmed_with_a_reason(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    home = {**ADDRESS, "lines": ["4 Larkhill Close", "Manchester"], "postcode": "M21 9WQ"}
    refused = said(driver.try_to_place(driver.officer, stay, "propose_move_on", address=home), 422)
    assert {one["pointer"] for one in refused["errors"]} == {"/address/lines/0", "/address/postcode"}
    because = "They are together again, and she asked for it."
    mine = driver.place(driver.officer, stay, "propose_move_on", address=home, confirmed_because=because)
    assert mine["moves"][-1]["detail"]["confirmed_because"] == because
    answer = driver.cast.ap.get(f"{stay['href']}/placement")
    assert said(answer)["move_on"]["lines"] == home["lines"]
    assert because not in answer.text
    assert "confirmed_because" not in answer.text
    named = {**home, "lines": ["4 Larkhill Close, MAPPA address"]}
    still = driver.try_to_place(
        driver.officer, stay, "propose_move_on", address=named, confirmed_because=because
    )
    assert [one["detail"].rpartition(" ")[2] for one in said(still, 422)["errors"]] == ["mappa."]


def test_an_ex_partners_home_on_record_is_told_as_one_that_is_written_is(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    before = as_read(driver, stay)
    contacts = said(driver.officer.get(f"{person_at('X320741')}/contacts"))["items"]
    home = next(one["lives_at"] for one in contacts if one["relationship"] == "ex_partner")
    refused = said(driver.try_to_place(driver.officer, stay, "propose_move_on", address_id=home), 422)
    assert [(one["pointer"], one["detail"].rpartition(" ")[2]) for one in refused["errors"]] == [
        ("/address_id", "whereabouts.")
    ]
    assert as_read(driver, stay) == before
    because = "They are together again, and she asked for it."
    driver.place(driver.officer, stay, "propose_move_on", address_id=home, confirmed_because=because)
    told = said(driver.cast.ap.get(f"{stay['href']}/placement"))["move_on"]
    assert (told["lines"], told["postcode"]) == (["4 Larkhill Close", "Manchester"], "M21 9WQ")


def test_a_home_on_record_that_is_nobodys_secret_is_told_with_its_lines(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    homes = said(driver.officer.get(f"{person_at('X320741')}/addresses"))["items"]
    home = next(one for one in homes if one["kind"] == "previous")
    driver.place(driver.officer, stay, "propose_move_on", address_id=home["id"])
    told = said(driver.cast.ap.get(f"{stay['href']}/placement"))["move_on"]
    assert (told["lines"], told["postcode"]) == (home["lines"], home["postcode"])


def to_move_on_to(driver: Driver) -> Json:
    addresses = said(driver.officer.get(f"{person_at('X320741')}/addresses"))["items"]
    return next(one for one in addresses if one["kind"] == "move_on")


def patch(driver: Driver, address: Json, **said_of_it: Any) -> None:
    at = f"{person_at('X320741')}/addresses/{address['id']}"
    tag = driver.officer.get(at).headers["ETag"]
    # The same force and council answer for it: nothing is asked anew.
    areas = {name: address[name] for name in ("police_force", "local_authority")}
    said(driver.officer.patch(at, json={**areas, **said_of_it, "because": "correction"}, if_match=tag))


NAMED = {"lines": ["c/o Kirsty Holdsworth", "7 Cobden Terrace", "Leeds"], "postcode": "LS12 2BN"}
WHERE_SHE_LIVES = {"lines": ["The annexe, 4 Larkhill Close", "Manchester"], "postcode": "M21 9WQ"}


@pytest.mark.parametrize(
    ("where", "kinds"), [(NAMED, "name."), (WHERE_SHE_LIVES, "whereabouts.")], ids=["named", "hers"]
)
def test_an_address_on_record_is_compared_like_one_that_is_written(
    driver: Driver, where: Json, kinds: str
) -> None:
    _, stay = settle_in(driver, without_mappa())
    new = {**ADDRESS, **where, "ref": "there", "kind": "move_on"}
    said(driver.officer.post(f"{person_at('X320741')}/addresses", json=new), 201)
    there = to_move_on_to(driver)
    refused = said(driver.try_to_place(driver.officer, stay, "propose_move_on", address_id=there["id"]), 422)
    assert [(one["pointer"], one["detail"].rpartition(": ")[2]) for one in refused["errors"]] == [
        ("/address_id", kinds)
    ]
    assert said(driver.cast.ap.get(f"{stay['href']}/placement"))["move_on"] is None


@pytest.mark.parametrize("where", [NAMED, WHERE_SHE_LIVES], ids=["named", "hers"])
def test_an_address_that_is_changed_is_compared_before_premises_read_it(driver: Driver, where: Json) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    there = to_move_on_to(driver)
    before = as_read(driver, stay)
    patch(driver, there, **where)
    assert as_read(driver, stay) == before
    assert before[0][0]["move_on"]["lines"] == ADDRESS["lines"]
    for_probation = said(driver.officer.get(f"{stay['href']}/placement"))["move_on"]
    assert for_probation["told"] == {name: ADDRESS[name] for name in ("lines", "postcode")}
    assert for_probation["lines"] == where["lines"]
    patch(driver, there, lines=["9 Cobden Terrace", "Leeds"], postcode="LS12 2BN")
    after = as_read(driver, stay)
    assert after[0][0]["move_on"]["lines"] == ["9 Cobden Terrace", "Leeds"]
    assert after[0][1] != before[0][1], "premises that poll read it"


def test_an_address_that_was_told_is_looked_through_when_somebody_becomes_protected(driver: Driver) -> None:
    referral, stay = settle_in(driver, without_mappa())
    named = {**ADDRESS, "lines": ["c/o Ottoline Quist", *ADDRESS["lines"]]}
    driver.place(driver.officer, stay, "propose_move_on", address=named)
    before = as_read(driver, stay)
    record_victim(driver)
    assert as_read(driver, stay) == before
    told = ("/placement/moves/3/address", ["name"])
    assert owed(driver, stay) == [told]
    document = driver.document(referral)
    done = {"confirmed_because": "Rang them; they say nothing.", "destination": "approved_premises"}
    driver.amend(referral, {**document, "wordings": [*document["wordings"], {"path": told[0], **done}]})
    assert owed(driver, stay) == []


def test_nobody_moves_on_to_where_a_victim_turns_out_to_live_until_somebody_says_why(driver: Driver) -> None:
    referral, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    record_victim(driver)
    assert owed(driver, stay) == []
    contacts = said(driver.officer.get(f"{person_at('X320741')}/contacts"))["items"]
    victim = next(one for one in contacts if one["relationship"] == "victim")
    hers = {**ADDRESS, "ref": "hers", "kind": "visited", "contact_ref": victim["ref"]}
    said(driver.officer.post(f"{person_at('X320741')}/addresses", json=hers), 201)
    assert owed(driver, stay) == [("/placement/moves/3/address", ["whereabouts"])]
    have_police_answer(driver)
    refused = said(driver.try_to_place(driver.officer, stay, "agree_move_on"), 409)
    assert refused["outstanding"] == [{"code": "somebody_protected"}]
    at_the_door = said(leave(driver, stay), 409)
    assert at_the_door["outstanding"] == [{"code": "probation_agreement"}]
    document = driver.document(referral)
    because = {"confirmed_because": "She has moved out; the police have confirmed it."}
    at = {"path": "/placement/moves/3/address", "destination": "approved_premises"}
    driver.amend(referral, {**document, "wordings": [*document["wordings"], {**at, **because}]})
    driver.place(driver.officer, stay, "agree_move_on")


def come_to_live(driver: Driver, where: Json) -> None:
    """Record where the victim lives of whom a report told, at an address of her own."""
    contacts = said(driver.officer.get(f"{person_at('X320741')}/contacts"))["items"]
    victim = next(one for one in contacts if one["relationship"] == "victim")
    hers = {**ADDRESS, **where, "ref": "hers", "kind": "visited", "contact_ref": victim["ref"]}
    said(driver.officer.post(f"{person_at('X320741')}/addresses", json=hers), 201)


def test_an_address_that_was_put_right_is_the_one_that_was_told(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    elsewhere = {"lines": ["31 Wexmoor Lane", "Leeds"], "postcode": "LS14 5AA"}
    patch(driver, to_move_on_to(driver), **elsewhere)
    record_victim(driver)
    before = as_read(driver, stay)
    assert before[0][0]["move_on"]["lines"] == elsewhere["lines"]
    come_to_live(driver, elsewhere)
    assert as_read(driver, stay) == before, "it shows nothing of who lives there"
    assert owed(driver, stay) == [("/placement/moves/3/address", ["whereabouts"])]
    have_police_answer(driver)
    refused = said(driver.try_to_place(driver.officer, stay, "agree_move_on"), 409)
    assert refused["outstanding"] == [{"code": "somebody_protected"}]


def test_nobody_moves_on_to_an_address_that_became_hers_unless_it_is_proposed_anew(driver: Driver) -> None:
    referral, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    there = to_move_on_to(driver)
    patch(driver, there, **WHERE_SHE_LIVES)
    at = "/placement/moves/3/address"
    assert owed(driver, stay) == [(at, ["whereabouts"])]
    have_police_answer(driver)
    refused = said(driver.try_to_place(driver.officer, stay, "agree_move_on"), 409)
    assert refused["outstanding"] == [{"code": "somebody_protected"}]
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]
    document = driver.document(referral)
    done = {"path": at, "destination": "approved_premises", "confirmed_because": "She asked for it."}
    driver.amend(referral, {**document, "wordings": [*document["wordings"], done]})
    assert owed(driver, stay) == [(at, ["whereabouts"])], "the premises would go on reading another address"
    because = "They are together again, and she asked for it."
    said(driver.try_to_place(driver.officer, stay, "propose_move_on", address_id=there["id"]), 422)
    driver.place(driver.officer, stay, "propose_move_on", address_id=there["id"], confirmed_because=because)
    assert owed(driver, stay) == []
    told = said(driver.cast.ap.get(f"{stay['href']}/placement"))["move_on"]
    assert told["lines"] == WHERE_SHE_LIVES["lines"]
    driver.place(driver.officer, stay, "agree_move_on")


def test_an_agreement_to_an_address_that_became_hers_is_withdrawn_as_any_other_is(
    driver: Driver, agreed: tuple[Json, Json]
) -> None:
    """Had it lapsed without a word while the premises go on reading the address, they could tell why."""
    _, stay = agreed
    (told, _), _, feed = as_read(driver, stay)
    patch(driver, to_move_on_to(driver), **WHERE_SHE_LIVES)
    (now, _), _, news = as_read(driver, stay)
    assert now["move_on"]["lines"] == told["move_on"]["lines"]
    assert "placement.agreement_withdrawn" in [one["event"] for one in news[len(feed) :]]
    assert now["moves"][-1]["action"] == "withdraw_agreement"


@pytest.mark.parametrize("by", ["cancelled", "left", "entered_in_error", "offered"])
def test_nothing_is_owed_of_an_address_that_nobody_moves_on_to_any_more(driver: Driver, by: str) -> None:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **days)
    driver.place(driver.officer, stay, "confirm")
    if by in {"left", "entered_in_error"}:
        driver.clock.set("2026-03-24T15:00:00Z")
        driver.place(driver.cast.ap, stay, "record_arrival", arrived_on="2026-03-24")
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    patch(driver, to_move_on_to(driver), **WHERE_SHE_LIVES)
    assert owed(driver, stay) != []
    if by == "cancelled":
        driver.place(driver.officer, stay, "cancel", reason="He goes to a hostel.")
    elif by == "offered":
        driver.clock.set("2026-03-24T15:00:00Z")
        driver.place(driver.cast.ap, stay, "record_non_arrival", reason="He did not come.")
        driver.place(driver.cast.ap, stay, "offer", **days)
    elif by == "left":
        assert said(leave(driver, stay, without_agreement=True))["state"] == "departed"
    else:
        said(in_error(driver, to_move_on_to(driver)))
    assert owed(driver, stay) == []
    with transaction("owner") as session:
        chasing = select(Clock).where(Clock.subject_kind == "wording", Clock.state != "stopped")
        assert session.scalars(chasing).all() == []


def test_an_address_that_is_put_right_again_is_told_and_owes_nothing(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    patch(driver, to_move_on_to(driver), **WHERE_SHE_LIVES)
    assert owed(driver, stay) != []
    patch(driver, to_move_on_to(driver), lines=["9 Cobden Terrace", "Leeds"], postcode="LS12 2BN")
    assert owed(driver, stay) == []


def test_who_lives_at_an_earlier_proposal_keeps_no_other_address_shut(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    record_victim(driver)
    come_to_live(driver, {})
    elsewhere = {**ADDRESS, "lines": ["31 Wexmoor Lane", "Leeds"], "postcode": "LS14 5AA"}
    driver.place(driver.officer, stay, "propose_move_on", address=elsewhere)
    have_police_answer(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    assert owed(driver, stay) == [("/placement/moves/3/address", ["whereabouts"])], "they have read it"


def test_a_stay_that_is_cancelled_leads_nowhere(driver: Driver) -> None:
    referral = driver.submit()
    stay, area = part_of(referral, "approved_premises"), part_of(referral, "mappa")
    driver.accept(driver.cast.ap, stay)
    driver.accept(driver.cast.mappa, area)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **days)
    driver.place(driver.officer, stay, "confirm")
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    assert len(driver.look(driver.cast.mappa, area)["agreements_to_give"]) == 1
    driver.place(driver.officer, stay, "cancel", reason="He goes to a hostel.")
    for caller in (driver.cast.ap, driver.officer):
        assert said(caller.get(f"{stay['href']}/placement"))["move_on"] is None
    assert driver.look(driver.cast.mappa, area)["agreements_to_give"] == []
    feed = said(driver.cast.mappa.get("/v1/events", limit=500))["items"]
    assert "destination_referral.agreement_asked_no_longer" in {one["event"] for one in feed}
    entries = said(driver.cast.oversight.get("/v1/audit/entries", limit=500))["items"]
    said_last = next(
        one for one in entries if one["object"].get("id") == area["id"] and one["verb"] == "alteration"
    )
    assert said_last["actor"]["client_id"] == "service/departure_gate", "not by whoever cancelled it"
