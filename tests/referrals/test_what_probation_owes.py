"""What a destination referral waits for on probation's side is owed by somebody, by a day, and chased."""

from datetime import timedelta

import pytest

from service.destinations.crs import DESIRED_OUTCOMES, of_another_category
from service.timers.sweep import sweep
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import toby
from tests.referrals.stays import without_mappa


@pytest.fixture
def part(driver: Driver) -> Json:
    """Help with a home, asked for and not read yet."""
    return part_of(driver.submit(toby()), "crs")


def late(driver: Driver, part: Json, *, days: int = 0) -> set[tuple[str, str]]:
    """Return what is overdue about a part, as its region reads it, when some days have passed."""
    driver.clock.move(timedelta(days=days))
    sweep(driver.clock.at)
    found = said(driver.officer.get("/v1/overdue", limit=100))["items"]
    return {(one["subject"]["kind"], one["timer"]) for one in found if one["subject"]["id"] == part["id"]}


def test_what_a_routine_referral_lacks_is_owed_too(driver: Driver) -> None:
    document = toby()
    document["urgency"] = "routine"
    asked = next(one for one in document["destinations"] if one["kind"] == "crs")
    del asked["annex"]["complexity"]
    lacking = part_of(driver.submit(document), "crs")
    assert lacking["state"] == "incomplete"
    assert late(driver, lacking, days=4) == set()
    assert late(driver, lacking, days=6) == {("completion", "completion")}


def blocked(driver: Driver) -> tuple[Json, Json]:
    """Return housing that waits for help with a home, which has declined, and the referral."""
    referral = driver.submit()
    housing, home = part_of(referral, "cas3"), part_of(referral, "crs", "accommodation")
    said(driver.cast.crs.get(f"{home['href']}/document"))
    driver.move(driver.cast.crs, home, "decline", reason_code="no_capacity")
    assert driver.look(driver.officer, housing)["state"] == "blocked"
    return housing, referral


def test_what_must_be_true_before_a_referral_is_sent_is_owed(driver: Driver) -> None:
    housing, _ = blocked(driver)
    assert late(driver, housing, days=10) == {("probation_move", "block")}
    driver.move(driver.officer, housing, "withdraw", reason="Housed by his sister.")
    assert late(driver, housing) == set()


def attention(driver: Driver, referral: Json) -> list[str]:
    """Return what a referral needs attention for: as it is read, and as it is listed."""
    found: list[str] = said(driver.officer.get(f"/v1/referrals/{referral['id']}"))["overall"][
        "needs_attention"
    ]
    listed = said(driver.officer.get("/v1/referrals", needs_attention="yes" if found else "no"))["items"]
    assert [one["overall"]["needs_attention"] for one in listed if one["id"] == referral["id"]] == [found]
    return found


def recall(driver: Driver, part: Json) -> None:
    """Record that the person of a part is recalled."""
    body = {
        "kind": "recalled",
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    referral = driver.look(driver.officer, part)["referral_id"]
    person = said(driver.officer.get(f"/v1/referrals/{referral}"))["person"]["href"]
    said(driver.officer.post(f"{person}/changes-of-circumstance", json=body), 201)


def test_nothing_is_owed_for_somebody_who_has_been_recalled(driver: Driver) -> None:
    housing, referral = blocked(driver)
    assert "blocked" in attention(driver, referral)
    recall(driver, housing)
    assert "blocked" not in attention(driver, referral)
    assert late(driver, housing, days=10) == set()


def test_a_question_of_a_destination_is_owed_by_probation_while_its_own_clock_waits(
    driver: Driver, part: Json
) -> None:
    driver.move(driver.cast.crs, part, "receive")
    driver.move(driver.cast.crs, part, "request_information", question="Which floor can he manage?")
    assert late(driver, part, days=30) == {("probation_move", "information")}
    paused = driver.look(driver.cast.crs, part)["deadlines"]
    assert {clock["timer"]: clock["state"] for clock in paused} == {"answer": "paused"}
    driver.move(driver.officer, part, "answer_information", answer="Any.")
    assert late(driver, part) == set()


def declined(driver: Driver, part: Json) -> None:
    driver.move(driver.cast.crs, part, "receive")
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")


@pytest.mark.parametrize("owed", ["declined", "information_requested"])
def test_what_a_destination_left_to_probation_calls_for_nothing_while_somebody_is_recalled(
    driver: Driver, part: Json, owed: str
) -> None:
    referral = {"id": driver.look(driver.officer, part)["referral_id"]}
    if owed == "declined":
        declined(driver, part)
    else:
        driver.move(driver.cast.crs, part, "receive")
        driver.move(driver.cast.crs, part, "request_information", question="Which floor can he manage?")
    assert owed in attention(driver, referral)
    recall(driver, part)
    assert owed not in attention(driver, referral)


def test_what_follows_from_a_decline_is_owed_until_it_is_decided(driver: Driver, part: Json) -> None:
    declined(driver, part)
    assert late(driver, part, days=7) == {("probation_move", "decline")}
    driver.move(driver.officer, part, "settle_decline", decision="seek_elsewhere", reason="Another has room.")
    assert late(driver, part, days=7) == set()


def test_a_decline_that_is_upheld_is_owed_once_more(driver: Driver, part: Json) -> None:
    declined(driver, part)
    driver.move(driver.officer, part, "challenge", reason="They had room on Monday.")
    assert late(driver, part) == set()
    driver.move(driver.cast.crs, part, "uphold", reason="They had not.")
    assert late(driver, part, days=7) == {("probation_move", "decline")}


def test_nothing_follows_from_a_decline_that_is_withdrawn(driver: Driver, part: Json) -> None:
    declined(driver, part)
    driver.correct_move(driver.cast.crs, part, "decline", withdrawn=True, reason="Another man.")
    assert ("probation_move", "decline") not in late(driver, part, days=7)
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    assert late(driver, part, days=7) == {("probation_move", "decline")}


def test_what_follows_from_a_decline_for_another_reason_is_decided_anew(driver: Driver, part: Json) -> None:
    declined(driver, part)
    driver.move(driver.officer, part, "settle_decline", decision="close", reason="It is not needed.")
    other = {"action": "decline", "reason_code": "duplicate"}
    driver.correct_move(driver.cast.crs, part, "decline", said=other)
    assert late(driver, part, days=7) == {("probation_move", "decline")}


def test_nothing_follows_from_a_decline_in_a_referral_that_is_withdrawn_whole(driver: Driver) -> None:
    referral = driver.submit()
    home, path = part_of(referral, "crs", "accommodation"), f"/v1/referrals/{referral['id']}"
    said(driver.cast.crs.get(f"{home['href']}/document"))
    driver.move(driver.cast.crs, home, "decline", reason_code="no_capacity")
    tag = driver.officer.get(path).headers["ETag"]
    body = {"reason": "He goes to his sister's."}
    seen = said(driver.officer.post(f"{path}/withdrawal", json=body, if_match=tag))
    assert "declined" not in seen["overall"]["needs_attention"]
    assert driver.look(driver.officer, home)["decline_settled"] == "close"
    assert late(driver, home, days=10) == set()


def test_work_that_has_ended_early_calls_for_nothing_more(driver: Driver) -> None:
    referral = driver.submit(toby())
    part = part_of(referral, "crs")
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "end_early", reason_code="MOV")
    assert "ended_early" not in attention(driver, referral)


def offered(driver: Driver) -> Json:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **days)
    return stay


def test_a_bed_that_is_offered_and_not_confirmed_is_owed_by_probation(driver: Driver) -> None:
    stay = offered(driver)
    assert ("placement", "offer") in late(driver, stay, days=5)
    driver.place(driver.officer, stay, "confirm")
    assert ("placement", "offer") not in late(driver, stay)


def test_a_bed_is_awaited_again_once_its_home_goes_on_after_a_recall(driver: Driver) -> None:
    stay = offered(driver)
    driver.place(driver.officer, stay, "confirm")
    recall(driver, stay)
    driver.move(driver.cast.ap, stay, "resume")
    driver.clock.set("2026-03-25T12:00:00Z")
    assert ("placement", "arrival") in late(driver, stay)


def test_a_home_that_goes_on_by_itself_gives_nobody_more_time_for_its_offer(driver: Driver) -> None:
    stay = offered(driver)
    driver.clock.move(timedelta(days=4))
    driver.move(driver.cast.ap, stay, "put_on_hold", reason="A burst pipe.")
    driver.move(driver.cast.ap, stay, "resume")
    assert ("placement", "offer") in late(driver, stay, days=1)


def test_a_bed_that_is_withdrawn_need_not_be_confirmed(driver: Driver) -> None:
    stay = offered(driver)
    driver.place(driver.cast.ap, stay, "cancel", reason="A burst pipe.")
    assert ("placement", "offer") not in late(driver, stay, days=5)


def test_a_day_of_arrival_that_has_passed_is_owed_by_both_sides_until_somebody_records_it(
    driver: Driver,
) -> None:
    stay = offered(driver)
    driver.place(driver.officer, stay, "confirm")
    driver.clock.set("2026-03-24T20:00:00Z")
    assert ("placement", "arrival") not in late(driver, stay)
    driver.clock.set("2026-03-25T12:00:00Z")
    assert ("placement", "arrival") in late(driver, stay)
    of_home = said(driver.cast.ap.get("/v1/overdue"))["items"]
    assert ("placement", "arrival") in {(one["subject"]["kind"], one["timer"]) for one in of_home}
    driver.place(driver.cast.ap, stay, "record_non_arrival", reason="Nobody came.")
    assert ("placement", "arrival") not in late(driver, stay)


def test_nobody_confirms_a_bed_of_a_referral_that_is_withdrawn(driver: Driver) -> None:
    stay = offered(driver)
    driver.move(driver.officer, stay, "request_withdrawal", reason="He goes to his mother's.")
    assert ("placement", "offer") not in late(driver, stay, days=5)


def propose(driver: Driver, part: Json, level: str = "high") -> Json:
    """Have the provider read the document, answer for the adjustments and propose another complexity."""
    said(driver.cast.crs.get(f"{part['href']}/document"))
    wanted = driver.look(driver.cast.crs, part)["adjustments_to_answer"]
    driver.report(
        driver.cast.crs, part, "adjustments", answers=[{"kind": one, "can_meet": True} for one in wanted]
    )
    return driver.report(
        driver.cast.crs, part, "complexity_proposal", complexity=level, reason="Two tenancies lost."
    )


def test_another_complexity_is_decided_by_probation_before_it_is_accepted(driver: Driver, part: Json) -> None:
    propose(driver, part)
    refused = said(driver.try_to_move(driver.cast.crs, part, "accept"), 409)
    assert "Probation has not decided about the complexity" in refused["detail"]
    assert "accept" not in refused["allowed"]
    assert driver.look(driver.cast.crs, part)["to_decide"] == ["complexity"]
    # The provider waits for probation, and no clock runs against it.
    assert late(driver, part, days=30) == {("probation_move", "complexity")}
    paused = driver.look(driver.cast.crs, part)["deadlines"]
    assert {clock["timer"]: clock["state"] for clock in paused} == {"answer": "paused"}
    given = {"decision": "agree", "reason": "Both were lost this year."}
    settled = driver.move(driver.officer, part, "settle_complexity", **given)
    assert settled["to_decide"] == []
    assert late(driver, part) == set()
    (answer,) = driver.look(driver.cast.crs, part)["deadlines"]
    assert answer["state"] == "running"
    assert driver.move(driver.cast.crs, part, "accept")["state"] == "accepted"


def test_what_was_proposed_before_and_settled_is_not_decided_twice(driver: Driver, part: Json) -> None:
    propose(driver, part)
    driver.move(driver.officer, part, "settle_complexity", decision="agree", reason="Both this year.")
    fewer = {"complexity": "low", "reason": "The other was let to his brother."}
    second = driver.report(driver.cast.crs, part, "complexity_proposal", **fewer)
    assert driver.look(driver.cast.crs, part)["to_decide"] == ["complexity"]
    driver.correct(driver.cast.crs, part, second, withdrawn=True)
    assert driver.look(driver.cast.crs, part)["to_decide"] == []
    assert "accept" in driver.look(driver.cast.crs, part)["allowed_transitions"]


def test_the_complexity_that_was_referred_is_no_proposal_of_another(driver: Driver, part: Json) -> None:
    content = {"complexity": "medium", "reason": "As you say."}
    path = f"{part['href']}/updates"

    def proposed(status: int) -> Json:
        body = {"kind": "complexity_proposal", "content": content}
        return said(driver.cast.crs.post(path, json=body), status)

    said(driver.cast.crs.get(f"{part['href']}/document"))
    (fault,) = proposed(422)["errors"]
    assert fault["pointer"] == "/content/complexity"
    assert fault["detail"] == "Is as it stands: propose another, or accept."
    assert driver.look(driver.officer, part)["to_decide"] == []
    # Agreed to be higher, the level that was referred is another one.
    propose(driver, part)
    driver.move(driver.officer, part, "settle_complexity", decision="agree", reason="Both this year.")
    proposed(201)
    assert driver.look(driver.officer, part)["to_decide"] == ["complexity"]


def test_the_reason_of_a_proposal_that_was_agreed_is_put_right_and_decides_nothing_anew(
    driver: Driver, part: Json
) -> None:
    update = propose(driver, part)
    driver.move(driver.officer, part, "settle_complexity", decision="agree", reason="Both this year.")
    content = {"complexity": "high", "reason": "Three tenancies lost, not two."}
    driver.correct(driver.cast.crs, part, update, said={"kind": "complexity_proposal", "content": content})
    assert driver.look(driver.officer, part)["to_decide"] == []


def test_a_proposal_is_corrected_to_no_level_that_stands(driver: Driver, part: Json) -> None:
    update = propose(driver, part)
    instead = {"kind": "complexity_proposal", "content": {"complexity": "medium", "reason": "As you say."}}
    refused = driver.try_to_correct(driver.cast.crs, part, update, said=instead)
    assert [one["pointer"] for one in said(refused, 422)["errors"]] == ["/said/content/complexity"]


def test_nothing_is_to_be_decided_about_a_referral_that_has_ended(driver: Driver, part: Json) -> None:
    propose(driver, part)
    driver.move(driver.officer, part, "enter_in_error", reason="Another man.")
    assert driver.look(driver.officer, part)["to_decide"] == []


def test_both_levels_are_kept_with_the_decision_and_the_reason_with_probation(
    driver: Driver, part: Json
) -> None:
    propose(driver, part)
    driver.move(driver.officer, part, "settle_complexity", decision="keep_level", reason="One, in 2019.")
    kept = {"decision": "keep_level", "complexity_referred": "medium", "complexity_proposed": "high"}
    assert driver.look(driver.cast.crs, part)["moves"][-1]["detail"] == kept
    assert driver.look(driver.officer, part)["moves"][-1]["detail"] == kept | {"reason": "One, in 2019."}
    heard = said(driver.cast.crs.get("/v1/events", limit=100))["items"][-1]
    assert heard["event"] == "destination_referral.complexity_settled"
    assert heard["data"] == {"decision": "keep_level"}


def test_a_proposal_that_is_withdrawn_needs_no_decision(driver: Driver, part: Json) -> None:
    update = propose(driver, part)
    driver.correct(driver.cast.crs, part, update, withdrawn=True)
    assert driver.look(driver.officer, part)["to_decide"] == []
    assert driver.move(driver.cast.crs, part, "accept")["state"] == "accepted"


def outcomes_of(category: str) -> list[str]:
    return sorted(one for one in DESIRED_OUTCOMES if not of_another_category(category, [one]))


def propose_outcomes(driver: Driver, part: Json, *outcomes: str) -> Json:
    """Have the provider read the document, answer for the adjustments and propose other desired outcomes."""
    said(driver.cast.crs.get(f"{part['href']}/document"))
    wanted = driver.look(driver.cast.crs, part)["adjustments_to_answer"]
    if wanted:
        answers = [{"kind": one, "can_meet": True} for one in wanted]
        driver.report(driver.cast.crs, part, "adjustments", answers=answers)
    wanted_instead = {"desired_outcomes": list(outcomes), "reason": "He has a tenancy, and rent arrears."}
    return driver.report(driver.cast.crs, part, "outcome_proposal", **wanted_instead)


def test_other_outcomes_are_decided_by_probation_before_it_is_accepted(driver: Driver, part: Json) -> None:
    propose_outcomes(driver, part, outcomes_of("accommodation")[-1])
    refused = said(driver.try_to_move(driver.cast.crs, part, "accept"), 409)
    assert "Probation has not decided about the outcomes" in refused["detail"]
    assert driver.look(driver.cast.crs, part)["to_decide"] == ["outcomes"]
    # The provider waits for probation, and no clock runs against it.
    assert late(driver, part, days=30) == {("probation_move", "outcomes")}
    paused = driver.look(driver.cast.crs, part)["deadlines"]
    assert {clock["timer"]: clock["state"] for clock in paused} == {"answer": "paused"}
    given = {"decision": "agree", "reason": "The arrears come first."}
    assert driver.move(driver.officer, part, "settle_outcomes", **given)["to_decide"] == []
    assert late(driver, part) == set()
    (answer,) = driver.look(driver.cast.crs, part)["deadlines"]
    assert answer["state"] == "running"
    assert driver.move(driver.cast.crs, part, "accept")["state"] == "accepted"


def test_the_outcomes_referred_and_proposed_are_kept_with_the_decision(driver: Driver, part: Json) -> None:
    other = outcomes_of("accommodation")[-1]
    (referred,) = (one["annex"]["desired_outcomes"] for one in toby()["destinations"] if one["kind"] == "crs")
    propose_outcomes(driver, part, other)
    given = {"decision": "keep_outcomes", "reason": "His mother pays the arrears."}
    driver.move(driver.officer, part, "settle_outcomes", **given)
    kept = {"decision": "keep_outcomes", "outcomes_referred": referred, "outcomes_proposed": [other]}
    assert driver.look(driver.cast.crs, part)["moves"][-1]["detail"] == kept
    assert driver.look(driver.officer, part)["moves"][-1]["detail"] == kept | {"reason": given["reason"]}
    heard = said(driver.cast.crs.get("/v1/events", limit=100))["items"][-1]
    assert (heard["event"], heard["data"]) == (
        "destination_referral.outcomes_settled",
        {"decision": "keep_outcomes"},
    )


def test_outcomes_referred_anew_after_an_agreement_are_what_stands(driver: Driver, part: Json) -> None:
    first, *_, other = outcomes_of("accommodation")
    propose_outcomes(driver, part, other)
    driver.move(driver.officer, part, "settle_outcomes", decision="agree", reason="The arrears come first.")

    def proposed(outcome: str) -> int:
        content = {"desired_outcomes": [outcome], "reason": "It is what he needs."}
        body = {"kind": "outcome_proposal", "content": content}
        return driver.cast.crs.post(f"{part['href']}/updates", json=body).status_code

    assert proposed(other) == 422
    referral = {"id": driver.look(driver.officer, part)["referral_id"]}
    document = driver.document(referral)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    driver.amend(referral, document)
    assert proposed(other) == 422  # the amendment was about something else
    (asked,) = (one for one in document["destinations"] if one["kind"] == "crs")
    assert asked["annex"]["desired_outcomes"] != [first]
    asked["annex"]["desired_outcomes"] = [first]
    driver.amend(referral, document)
    assert (proposed(first), proposed(other)) == (422, 201)
    assert driver.look(driver.officer, part)["to_decide"] == ["outcomes"]


def test_a_provider_waits_until_both_its_proposals_are_decided(driver: Driver, part: Json) -> None:
    propose(driver, part)
    propose_outcomes(driver, part, outcomes_of("accommodation")[-1])
    assert driver.look(driver.officer, part)["to_decide"] == ["complexity", "outcomes"]
    driver.move(driver.officer, part, "settle_complexity", decision="agree", reason="Two were lost.")
    (paused,) = driver.look(driver.cast.crs, part)["deadlines"]
    assert (paused["timer"], paused["state"]) == ("answer", "paused")
    assert "accept" not in driver.look(driver.cast.crs, part)["allowed_transitions"]
    driver.move(driver.officer, part, "settle_outcomes", decision="agree", reason="The arrears come first.")
    (answer,) = driver.look(driver.cast.crs, part)["deadlines"]
    assert (answer["timer"], answer["state"]) == ("answer", "running")


def test_a_proposal_of_outcomes_is_of_the_providers_own_category(driver: Driver, part: Json) -> None:
    said(driver.cast.crs.get(f"{part['href']}/document"))
    strange = {"desired_outcomes": outcomes_of("finance_benefits_and_debt")[:1], "reason": "Debt."}
    body = {"kind": "outcome_proposal", "content": strange}
    answer = driver.cast.crs.post(f"{part['href']}/updates", json=body)
    assert [one["pointer"] for one in said(answer, 422)["errors"]] == ["/content/desired_outcomes/0"]


def test_no_outcome_is_proposed_twice_in_one_proposal(driver: Driver, part: Json) -> None:
    (referred,) = (one["annex"]["desired_outcomes"] for one in toby()["destinations"] if one["kind"] == "crs")
    said(driver.cast.crs.get(f"{part['href']}/document"))
    twice = {"desired_outcomes": [*referred, referred[0]], "reason": "His arrears."}
    body = {"kind": "outcome_proposal", "content": twice}
    (fault,) = said(driver.cast.crs.post(f"{part['href']}/updates", json=body), 422)["errors"]
    assert fault["pointer"] == f"/content/desired_outcomes/{len(referred)}"
    assert fault["detail"] == "Is listed already."


def test_the_same_outcomes_in_another_order_are_decided_once(driver: Driver, part: Json) -> None:
    one, other = outcomes_of("accommodation")[:2]
    update = propose_outcomes(driver, part, one, other)
    driver.move(driver.officer, part, "settle_outcomes", decision="keep_outcomes", reason="He has a home.")
    content = {"desired_outcomes": [other, one], "reason": "His mother is ill."}
    driver.correct(driver.cast.crs, part, update, said={"kind": "outcome_proposal", "content": content})
    assert driver.look(driver.officer, part)["to_decide"] == []


def test_a_proposal_of_outcomes_that_is_withdrawn_needs_no_decision(driver: Driver, part: Json) -> None:
    update = propose_outcomes(driver, part, outcomes_of("accommodation")[-1])
    driver.correct(driver.cast.crs, part, update, withdrawn=True)
    assert driver.look(driver.officer, part)["to_decide"] == []
    assert driver.move(driver.cast.crs, part, "accept")["state"] == "accepted"


def test_each_decision_has_codes_of_its_own_and_needs_something_to_decide(driver: Driver, part: Json) -> None:
    given = {"decision": "agree", "reason": "Yes."}
    said(driver.try_to_move(driver.officer, part, "settle_complexity", **given), 409)
    propose(driver, part)
    said(driver.try_to_move(driver.officer, part, "settle_change", decision="go_on", reason="Yes."), 409)
    wrong = given | {"decision": "close"}
    (fault,) = said(driver.try_to_move(driver.officer, part, "settle_complexity", **wrong), 422)["errors"]
    assert (fault["pointer"], fault["detail"]) == ("/decision", "Must be one of: agree, keep_level.")
    colleague = driver.cast.probation.as_practitioner("b.colleague")
    said(driver.try_to_move(colleague, part, "settle_complexity", **given), 403)


def cannot_go_on(driver: Driver, part: Json) -> None:
    """Have a provider that accepted say of a material change that it cannot go on."""
    driver.accept(driver.cast.crs, part)
    referral = {"id": driver.look(driver.officer, part)["referral_id"]}
    document = driver.document(referral)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    driver.amend(referral, document)
    version = driver.look(driver.cast.crs, part)["notices"][-1]["version"]
    path = f"{part['href']}/acknowledgements"
    said(driver.cast.crs.post(path, json={"version": version, "can_continue": False}))


def test_a_change_with_which_a_destination_cannot_go_on_is_decided_by_probation(
    driver: Driver, part: Json
) -> None:
    cannot_go_on(driver, part)
    assert driver.look(driver.officer, part)["to_decide"] == ["change"]
    assert ("probation_move", "change") in late(driver, part, days=7)
    driver.move(driver.officer, part, "settle_change", decision="go_on", reason="Two workers, in the office.")
    assert driver.look(driver.cast.crs, part)["moves"][-1]["detail"] == {"decision": "go_on"}
    assert driver.look(driver.officer, part)["to_decide"] == []
    assert ("probation_move", "change") not in late(driver, part)


def test_a_withdrawal_decides_it_too(driver: Driver, part: Json) -> None:
    cannot_go_on(driver, part)
    driver.move(driver.officer, part, "request_withdrawal", reason="Another provider has two workers.")
    assert ("probation_move", "change") not in late(driver, part, days=7)


def test_whoever_can_go_on_after_all_leaves_nothing_to_decide(driver: Driver, part: Json) -> None:
    cannot_go_on(driver, part)
    version = driver.look(driver.cast.crs, part)["notices"][-1]["version"]
    path = f"{part['href']}/acknowledgements"
    said(driver.cast.crs.post(path, json={"version": version, "can_continue": True}))
    assert driver.look(driver.officer, part)["to_decide"] == []
