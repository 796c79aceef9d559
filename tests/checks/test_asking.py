"""What the two sides do before there is an answer: ask back, redirect, refuse, ask again, end it."""

from datetime import timedelta

from tests.checks.factories import (
    LEEDS,
    Case,
    clock_of,
    move,
    read,
    register_authority,
)
from tests.conftest import TheClock


def test_asking_back_holds_the_clock_and_the_answer_lets_it_go_on(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    asked = move(case.cast.police, request.id, "return_for_information", question="Which of the two flats?")
    assert asked.get_json()["state"] == "returned_for_information"
    assert clock_of(request.id, "answer").state == "paused"
    told = move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert (told.status_code, told.get_json()["state"]) == (200, "requested")
    assert clock_of(request.id, "answer").state == "running"
    messages = read(case.cast.police, request.id)[0]["messages"]
    assert [each["about"] for each in messages] == ["question", "answer"]


def test_a_misdirected_question_goes_on_and_its_exposure_counts_from_the_beginning(
    case: Case, the_clock: TheClock
) -> None:
    register_authority("E08000032")
    case.address()
    case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    the_clock.move(timedelta(days=4))
    wrong = move(case.cast.council, request.id, "misdirect", to_area=LEEDS, reason="Not ours.")
    assert wrong.status_code == 422
    moved = move(case.cast.council, request.id, "misdirect", to_area="E08000032", reason="They moved.")
    assert moved.get_json()["state"] == "misdirected"
    successor = case.request("childrens_safeguarding", "E08000032")
    assert (successor.state, successor.exposed_since) == ("requested", request.required_at)
    assert clock_of(request.id, "answer").state == "stopped"
    assert clock_of(successor.id, "answer").state == "running"
    assert case.check("childrens_safeguarding").state == "open"
    # The authority that should not have been asked has no more need to know.
    assert "document" not in read(case.cast.council, request.id)[0]


def test_a_question_sent_on_to_nowhere_known_waits_until_probation_says_where(case: Case) -> None:
    case.address()
    case.raise_checks()
    moved = move(
        case.cast.police, case.request().id, "misdirect", to_area="north-yorkshire", reason="Moved away."
    )
    assert moved.status_code == 200
    waiting = case.request(area="north-yorkshire")
    assert (waiting.state, [each["detail"] for each in waiting.missing]) == ("awaiting_details", ["agency"])
    told = move(case.practitioner, waiting.id, "supply_details", area="greater-manchester")
    assert told.get_json()["state"] == "requested"
    assert case.request(area="greater-manchester").agency_id == case.cast.other_police.organisation_id


def test_a_refusal_answers_nothing_and_its_clock_goes_on_until_it_is_asked_again(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    refused = move(
        case.cast.police, request.id, "refuse", reason_code="not_proportionate", reason="No new grounds."
    )
    assert refused.get_json()["state"] == "refused"
    assert clock_of(request.id, "answer").state == "running"
    assert case.check().state == "open"
    move(case.practitioner, request.id, "ask_again", reason="A child has been seen at the address.")
    successor = case.request()
    assert (successor.state, successor.exposed_since) == ("requested", request.required_at)
    assert clock_of(request.id, "answer").state == "stopped"
