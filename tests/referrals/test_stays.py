"""A stay is offered, taken up and left; nobody leaves for an address while somebody must still answer."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service import db
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import ADDRESS, have_police_answer, leave, settle_in, without_mappa


def test_a_stay_has_a_beginning_and_an_end_that_is_watched(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    shown = said(driver.officer.get(f"{stay['href']}/placement"))
    assert (shown["state"], shown["arrived_on"], shown["ends_on"]) == ("arrived", "2026-03-24", "2026-06-16")
    with db.transaction("owner") as session:
        clocks = session.execute(
            text("SELECT state FROM clock WHERE subject_kind = 'placement' AND timer = 'placement_end'")
        ).all()
    assert [row.state for row in clocks] == ["running"]
    said(leave(driver, stay, departed_to="custody"))
    with db.transaction("owner") as session:
        assert session.scalar(text("SELECT state FROM clock WHERE timer = 'placement_end'")) == "stopped"


def test_only_the_side_that_may_moves_a_stay(driver: Driver) -> None:
    referral = driver.submit(without_mappa())
    stay = part_of(referral, "approved_premises")
    early = driver.try_to_place(
        driver.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16"
    )
    assert said(early, 409)["allowed"] == []
    driver.accept(driver.cast.ap, stay)
    assert said(driver.try_to_place(driver.officer, stay, "confirm"), 409)["state"] == "not_offered"
    assert driver.cast.crs.get(f"{part_of(referral, 'crs')['href']}/placement").status_code == 404


def test_nothing_ends_a_stay_but_its_departure_and_nothing_else_is_said_to(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    assert driver.look(driver.cast.ap, stay)["allowed_transitions"] == ["start", "put_on_hold"]
    refused = said(driver.try_to_move(driver.cast.ap, stay, "end_early", reason_code="other"), 409)
    assert refused["allowed"] == ["put_on_hold", "start"]
    said(leave(driver, stay, departed_to="custody"))
    assert "end_early" in driver.look(driver.cast.ap, stay)["allowed_transitions"]


def test_a_withdrawal_that_is_asked_for_during_a_stay_is_confirmed_after_the_departure(
    driver: Driver,
) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.move(driver.officer, stay, "request_withdrawal", reason="A flat was found.")
    assert driver.look(driver.cast.ap, stay)["allowed_transitions"] == []
    said(leave(driver, stay, departed_to="other_placement"))
    assert driver.move(driver.cast.ap, stay, "confirm_withdrawal")["state"] == "withdrawn"


def confirmed(driver: Driver) -> Json:
    """Have a bed offered for tomorrow, and confirmed."""
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    driver.place(
        driver.cast.ap, stay, "offer", expected_arrival="2026-03-03", expected_departure="2026-05-26"
    )
    driver.place(driver.officer, stay, "confirm")
    return stay


def owed(driver: Driver) -> dict[str, Json]:
    items = said(driver.cast.ap.get("/v1/work"))["items"]
    return {one["kind"]: one["move"] for one in items}


def test_whoever_arrives_while_a_withdrawal_waits_answers_it(driver: Driver) -> None:
    stay = confirmed(driver)
    driver.move(driver.officer, stay, "request_withdrawal", reason="A flat was found.")
    driver.clock.move(timedelta(days=1))
    path = f"{stay['href']}/placement"
    allowed = said(driver.cast.ap.get(path))["allowed_actions"]
    assert sorted(allowed) == ["record_arrival", "record_non_arrival"]
    assert said(driver.officer.get(path))["allowed_actions"] == []
    assert owed(driver)["record_arrival"]["transitions"] == ["record_arrival", "record_non_arrival"]
    driver.place(driver.cast.ap, stay, "record_arrival", arrived_on="2026-03-03")
    assert said(driver.cast.ap.get(path))["state"] == "arrived"
    assert driver.look(driver.cast.ap, stay)["state"] == "in_progress"
    assert {"decide_referral", "record_arrival"} & owed(driver).keys() == set()
    assert "request_withdrawal" in driver.look(driver.officer, stay)["allowed_transitions"]
    news = [one["event"] for one in said(driver.officer.get("/v1/events", limit=500))["items"]]
    assert news[-2:] == ["placement.arrived", "destination_referral.started"]


def test_whoever_does_not_come_while_a_withdrawal_waits_is_on_record_as_not_there(driver: Driver) -> None:
    stay = confirmed(driver)
    driver.move(driver.officer, stay, "request_withdrawal", reason="A flat was found.")
    driver.clock.move(timedelta(days=1))
    driver.place(driver.cast.ap, stay, "record_non_arrival", reason="At his mother's.")
    assert driver.move(driver.cast.ap, stay, "confirm_withdrawal")["state"] == "withdrawn"


def test_nobody_is_awaited_once_a_withdrawal_is_confirmed(driver: Driver) -> None:
    stay = confirmed(driver)
    driver.move(driver.officer, stay, "request_withdrawal", reason="A flat was found.")
    driver.move(driver.cast.ap, stay, "confirm_withdrawal")
    assert owed(driver) == {}


def test_a_stay_that_never_began_is_not_completed(driver: Driver) -> None:
    stay = confirmed(driver)
    assert driver.look(driver.cast.ap, stay)["allowed_transitions"] == ["start", "put_on_hold", "end_early"]
    refused = said(driver.try_to_move(driver.cast.ap, stay, "complete", outcome_code="planned_move_on"), 409)
    assert refused["detail"] == "Nobody has come to stay: record the arrival first, or end it early."
    assert sorted(refused["allowed"]) == ["end_early", "put_on_hold", "start"]
    driver.clock.move(timedelta(days=1))
    driver.place(driver.cast.ap, stay, "record_arrival", arrived_on="2026-03-03")
    left = {"departed_on": "2026-03-03", "reason": "Moved on.", "departed_to": "custody"}
    driver.place(driver.cast.ap, stay, "record_departure", **left)
    done = driver.move(driver.cast.ap, stay, "complete", outcome_code="planned_move_on")
    assert done["state"] == "completed"


def test_days_must_be_possible(driver: Driver) -> None:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    backwards = driver.try_to_place(
        driver.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-03-01"
    )
    assert said(backwards, 422)["errors"][0]["pointer"] == "/expected_departure"
    driver.place(
        driver.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16"
    )
    driver.place(driver.officer, stay, "confirm")
    early = driver.try_to_place(driver.cast.ap, stay, "record_arrival", arrived_on="2026-03-24")
    assert said(early, 422)["errors"][0]["pointer"] == "/arrived_on"


def test_nobody_leaves_for_an_address_that_nobody_was_asked_about(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]


def test_nobody_leaves_while_a_check_of_the_address_is_open(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    proposed = driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    assert proposed["move_on"]["postcode"] == "LS12 2BN"
    refused = said(leave(driver, stay), 409)
    assert {one["code"] for one in refused["outstanding"]} == {"check_request", "probation_agreement"}
    named = [one for one in refused["outstanding"] if one["code"] == "check_request"]
    assert {one["kind"] for one in named} == {"police_da"}
    open_ones = {one["id"] for one in named}
    early = said(driver.try_to_place(driver.officer, stay, "agree_move_on"), 409)
    assert {one["code"] for one in early["outstanding"]} == {"check_request"}
    asked = said(driver.cast.police.get("/v1/check-requests", limit=100))["items"]
    assert open_ones & {request["id"] for request in asked}

    have_police_answer(driver)
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]
    agreed = driver.place(driver.officer, stay, "agree_move_on")
    assert (agreed["outstanding"], agreed["moves"][-1]["practitioner"]) == ([], "p.shah")
    assert said(leave(driver, stay))["state"] == "departed"


def test_an_agreement_is_to_one_address(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    assert said(driver.try_to_place(driver.officer, stay, "agree_move_on"), 409)["state"] == "arrived"
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    driver.place(driver.officer, stay, "propose_move_on", address={**ADDRESS, "lines": ["9 Cobden Terrace"]})
    assert {"code": "probation_agreement"} in said(leave(driver, stay), 409)["outstanding"]
    assert said(driver.try_to_place(driver.cast.ap, stay, "agree_move_on"), 409)["allowed"]


def test_mappa_must_agree_and_the_premises_never_learn_that_it_exists(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    mappa = part_of(referral, "mappa")
    driver.accept(driver.cast.mappa, mappa)
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)

    refused = leave(driver, stay)
    assert said(refused, 409)["outstanding"] == [{"code": "probation_agreement"}]
    assert "mappa" not in refused.text.lower()
    assert "mappa" not in driver.cast.ap.get(f"{stay['href']}/placement").text.lower()
    outstanding = said(driver.officer.get(f"{stay['href']}/placement"))["outstanding"]
    assert [(one["code"], one.get("kind")) for one in outstanding] == [
        ("agreement", "mappa"),
        ("probation_agreement", None),
    ]
    assert outstanding[0]["destination_referral_id"] == mappa["id"]

    (asked,) = driver.look(driver.cast.mappa, mappa)["agreements_to_give"]
    assert (asked["postcode"], asked["agreed"]) == ("LS12 2BN", None)
    agree = {"address_id": asked["address_id"], "decided_on": "2026-03-24"}
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=False, reason="Too near.", **agree)
    waits = said(driver.try_to_place(driver.officer, stay, "agree_move_on"), 409)["outstanding"]
    assert [one["kind"] for one in waits] == ["mappa"]
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **agree)
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]
    driver.place(driver.officer, stay, "agree_move_on")
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=False, reason="News.", **agree)
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **agree)
    driver.place(driver.officer, stay, "agree_move_on")
    assert said(leave(driver, stay))["state"] == "departed"


def test_only_a_head_of_unit_opens_the_gate_and_that_is_an_override(driver: Driver) -> None:
    _, stay = settle_in(driver)
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    refused = driver.try_to_place(driver.officer, stay, "override_gate", reason="He must leave today.")
    assert refused.status_code == 403
    driver.place(driver.pdu_head, stay, "override_gate", reason="Threats from another resident.")
    with db.transaction("owner") as session:
        (body,) = session.scalars(text("SELECT body FROM audit_entry WHERE verb = 'override'")).all()
    assert "h.grant" in body
    assert "Threats" not in body
    assert "Threats" not in driver.cast.ap.get(f"{stay['href']}/placement").text
    assert said(leave(driver, stay))["state"] == "departed"


def test_an_override_is_for_one_address(driver: Driver) -> None:
    _, stay = settle_in(driver)
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    driver.place(driver.pdu_head, stay, "override_gate", reason="Threats from another resident.")
    driver.place(driver.officer, stay, "propose_move_on", address={**ADDRESS, "lines": ["9 Cobden Terrace"]})
    assert leave(driver, stay).status_code == 409


def test_an_address_entered_in_error_is_proposed_to_nobody(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    mappa = part_of(referral, "mappa")
    driver.accept(driver.cast.mappa, mappa)
    proposed = driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    assert driver.look(driver.cast.mappa, mappa)["agreements_to_give"]
    driver.place(driver.pdu_head, stay, "override_gate", reason="Threats from another resident.")
    address_id = proposed["move_on"]["address_id"]
    path = f"/v1/people/{referral['person']['id']}/addresses/{address_id}"
    tag = driver.officer.get(path).headers["ETag"]
    said(driver.officer.post(f"{path}/entered-in-error", json={"reason": "A slip."}, if_match=tag))
    for caller in (driver.officer, driver.cast.ap):
        shown = said(caller.get(f"{stay['href']}/placement"))
        assert shown["move_on"] is None
        news = said(caller.get("/v1/events", limit=500))["items"]
        assert [one["event"] for one in news].count("placement.move_on_withdrawn") == 1
    assert said(leave(driver, stay), 409)
    assert driver.look(driver.cast.mappa, mappa)["agreements_to_give"] == []
    with db.transaction("owner") as session:
        states = text("SELECT state FROM clock WHERE timer = 'move_on' ORDER BY cycle")
        assert session.scalars(states).all() == ["stopped", "running"], "somebody must say where he goes"


def test_an_agreement_is_asked_no_longer_once_though_two_stays_propose_the_address(driver: Driver) -> None:
    document = darren_and_toby()
    document["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-24"
    referral, stay = settle_in(driver, document)
    mappa, later = part_of(referral, "mappa"), part_of(referral, "cas3")
    driver.accept(driver.cast.mappa, mappa)
    driver.accept(driver.cast.cas3, later)
    driver.place(
        driver.cast.cas3, later, "offer", expected_arrival="2026-06-16", expected_departure="2026-09-01"
    )
    driver.place(driver.officer, later, "confirm")
    proposed = driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    address_id = proposed["move_on"]["address_id"]
    with db.transaction("owner") as session:
        also = "UPDATE placement SET move_on_address_id = :address WHERE id = :id"
        session.execute(text(also), {"address": address_id, "id": later["id"]})
    path = f"/v1/people/{referral['person']['id']}/addresses/{address_id}"
    tag = driver.officer.get(path).headers["ETag"]
    said(driver.officer.post(f"{path}/entered-in-error", json={"reason": "A slip."}, if_match=tag))
    news = [one["event"] for one in said(driver.cast.mappa.get("/v1/events", limit=500))["items"]]
    assert news.count("destination_referral.agreement_asked_no_longer") == 1
    mine = [one["event"] for one in said(driver.officer.get("/v1/events", limit=500))["items"]]
    assert mine.count("placement.move_on_withdrawn") == 2


def test_a_referral_does_not_end_while_somebody_still_stays_there(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    refused = driver.try_to_move(driver.cast.ap, stay, "complete", outcome_code="planned_move_on")
    assert said(refused, 409)["state"] == "accepted"
    said(leave(driver, stay, departed_to="custody"))
    driver.move(driver.cast.ap, stay, "end_early", reason_code="recalled")


@pytest.mark.parametrize("nights_over", [0, 3])
def test_nights_beyond_the_most_are_an_overstay_with_a_reason(driver: Driver, nights_over: int) -> None:
    document = darren_and_toby()
    document["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-24"
    stay = part_of(driver.submit(document), "cas3")
    driver.accept(driver.cast.cas3, stay)
    long = driver.try_to_place(
        driver.cast.cas3, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-17"
    )
    assert said(long, 422)["errors"][0]["pointer"] == "/expected_departure"
    driver.place(
        driver.cast.cas3, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16"
    )
    driver.place(driver.officer, stay, "confirm")
    driver.clock.set("2026-03-24T15:00:00Z")
    driver.place(driver.cast.cas3, stay, "record_arrival", arrived_on="2026-03-24")
    extended = driver.place(
        driver.cast.cas3,
        stay,
        "extend",
        expected_departure=f"2026-06-{16 + nights_over}",
        reason="The tenancy begins on the Friday.",
    )
    assert extended["details"]["overstay_nights"] == nights_over


def agreed_to(driver: Driver) -> tuple[Json, Json, Json]:
    """Bring somebody to an address to which MAPPA and probation have agreed; MAPPA's part and the stay."""
    referral, stay = settle_in(driver)
    mappa = part_of(referral, "mappa")
    driver.accept(driver.cast.mappa, mappa)
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    (asked,) = driver.look(driver.cast.mappa, mappa)["agreements_to_give"]
    agree = {"address_id": asked["address_id"], "decided_on": "2026-03-24"}
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **agree)
    driver.place(driver.officer, stay, "agree_move_on")
    return mappa, stay, agree


def test_whoever_verifies_an_address_leaves_what_was_agreed_to_it(driver: Driver) -> None:
    mappa, stay, agree = agreed_to(driver)
    driver.clock.move(timedelta(minutes=1))
    path = f"/v1/people/{said(driver.officer.get('/v1/referrals', limit=1))['items'][0]['person']['id']}"
    path = f"{path}/addresses/{agree['address_id']}"
    visit = {"how": "home_visit", "on": "2026-03-24", "others_seen": 1}
    # It is verified, and that is taken back: it is the same place as before.
    for verification in (visit, None):
        tag = driver.officer.get(path).headers["ETag"]
        after = said(driver.officer.patch(path, json={"verification": verification}, if_match=tag))
        assert said(driver.officer.get(f"{stay['href']}/placement"))["outstanding"] == []
        (asked,) = driver.look(driver.cast.mappa, mappa)["agreements_to_give"]
        assert asked["agreed"] is True
        driver.clock.move(timedelta(minutes=1))
    with db.transaction("owner") as session:
        held = (
            "SELECT recorded_at, superseded_at FROM superseded_fact WHERE subject_id = :id ORDER BY version"
        )
        rows = session.execute(text(held), {"id": agree["address_id"]}).all()
    assert [one.recorded_at for one in rows[1:]] == [one.superseded_at for one in rows[:-1]]
    assert after["version"] == 3
    # Another place was agreed to by nobody.
    tag = driver.officer.get(path).headers["ETag"]
    body = {"lines": ["8 Cobden Terrace", "Leeds"], "because": "correction"}
    said(driver.officer.patch(path, json=body, if_match=tag))
    waits = {one["code"] for one in said(driver.officer.get(f"{stay['href']}/placement"))["outstanding"]}
    assert waits >= {"agreement", "probation_agreement"}


def test_mappas_refusal_ends_probations_agreement_and_the_premises_sees_probation_alone(
    driver: Driver,
) -> None:
    mappa, stay, agree = agreed_to(driver)
    driver.clock.move(timedelta(minutes=1))
    before = driver.cast.ap.get(f"{stay['href']}/placement").headers["ETag"]
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=False, reason="News.", **agree)
    seen = driver.cast.ap.get(f"{stay['href']}/placement")
    assert seen.headers["ETag"] != before
    assert said(seen)["outstanding"] == [{"code": "probation_agreement"}]
    withdrawn = said(seen)["moves"][-1]
    assert (withdrawn["action"], withdrawn["side"], withdrawn["practitioner"]) == (
        "withdraw_agreement",
        "probation",
        None,
    )
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=True, **agree)
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]

    # It looks like any practitioner's own second thoughts.
    driver.place(driver.officer, stay, "agree_move_on")
    driver.place(driver.officer, stay, "withdraw_agreement")
    again = said(driver.cast.ap.get(f"{stay['href']}/placement"))["moves"][-1]
    its_own = {"id": None, "moved_at": None}
    assert {**again, **its_own} == {**withdrawn, **its_own}


@pytest.mark.parametrize("action", ["request_withdrawal", "enter_in_error"])
def test_a_refusal_stands_when_probation_ends_the_referral_to_mappa(driver: Driver, action: str) -> None:
    mappa, stay, agree = agreed_to(driver)
    driver.clock.move(timedelta(minutes=1))
    driver.report(driver.cast.mappa, mappa, "move_on_agreement", agreed=False, reason="News.", **agree)
    driver.move(driver.officer, mappa, action, reason="It was refused.")
    waits = said(driver.try_to_place(driver.officer, stay, "agree_move_on"), 409)["outstanding"]
    assert [one["code"] for one in waits] == ["agreement"]
    assert leave(driver, stay).status_code == 409


def test_who_agreed_to_a_place_did_not_agree_to_what_it_becomes(driver: Driver) -> None:
    _, stay, _ = agreed_to(driver)
    driver.clock.move(timedelta(minutes=1))
    document = darren_and_toby()
    with db.transaction("owner") as session:
        (ref,) = session.scalars(text("SELECT ref FROM address WHERE kind = 'move_on'")).all()
    elsewhere = {**ADDRESS, "ref": ref, "kind": "move_on", "lines": ["1 Changed Street", "Leeds"]}
    document["addresses"].append(elsewhere)
    referral = said(driver.officer.get(stay["href"]))["referral_id"]
    seen = driver.officer.get(f"/v1/referrals/{referral}")
    path = f"/v1/referrals/{referral}/versions"
    said(driver.officer.post(path, json=document, if_match=seen.headers["ETag"]))
    shown = said(driver.officer.get(f"{stay['href']}/placement"))
    assert shown["move_on"]["lines"] == ["1 Changed Street", "Leeds"]
    assert {one["code"] for one in shown["outstanding"]} >= {"agreement", "probation_agreement"}
    assert leave(driver, stay).status_code == 409


def test_an_agreement_is_not_there_again_when_its_address_is_proposed_again(driver: Driver) -> None:
    _, stay, agree = agreed_to(driver)
    driver.place(driver.officer, stay, "propose_move_on", address={**ADDRESS, "lines": ["9 Cobden Terrace"]})
    driver.place(driver.officer, stay, "propose_move_on", address_id=agree["address_id"])
    assert said(leave(driver, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]
