"""An answer is taken back after it was given: only what must be asked by now is asked again, from now on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.timers.sweep import sweep
from tests.cast import Caller, Cast
from tests.checks.corrected_case import CorrectedCase
from tests.checks.factories import LEEDS, MANCHESTER, children_answer, police_answer
from tests.checks.whole_case import FORCES, held_true_of
from tests.conftest import TheClock

pytestmark = pytest.mark.long

HERE, THERE = FORCES
POLICE, CHILDREN = "police_da", "childrens_safeguarding"
FROM_NOW = "2026-05-01"
"""After sixty days."""


class Story(CorrectedCase):
    """Agencies answer about a partner or children at the home of the person, and take it back."""

    def asked(self, area: str, *states: str, kind: str = POLICE) -> Any:
        """Return the only request of an area, in some states if any are named."""
        (found,) = (
            one
            for one in self.requests()
            if (one.kind, one.area) == (kind, area) and (not states or one.state in states)
        )
        return found

    def state(self, request: Any) -> str:
        return str(next(one.state for one in self.requests() if one.id == request.id))

    def ids(self) -> dict[str, str]:
        """Return who and where is on record, by its ref."""
        found = {"person": str(self.person_id)}
        for sort in ("contacts", "addresses"):
            listed = self.done(self.practitioner.get(f"{self.person}/{sort}", limit=100))["items"]
            found |= {one["ref"]: one["id"] for one in listed}
        return found

    def says(self, request: Any, *refs: str, whole: bool = False) -> Any:
        """Answer about some of those on record; about all that it is asked where none is named."""
        shown, _ = self.look(request)
        ids = self.ids()
        named = [ids[ref] for ref in refs] or [one["id"] for one in shown["subjects"]]
        about = [{"id": one, "outcome": "nothing_found"} for one in named]
        children = (one for one in named if one not in {ids["person"], ids["home"]})
        body = police_answer(subjects=about) if request.kind == POLICE else children_answer(*children)  # type: ignore[arg-type] # as JSON
        if refs and not whole:
            body |= {"complete": False, "remaining": "The rest."}
        body |= {"question_version": shown["question_version"]}
        self.done(self.agency_of(request).post(f"/v1/check-requests/{request.id}/results", json=body), 201)
        return next(one for one in self.answers() if one.request_id == request.id)

    def left(self, request: Any) -> set[str]:
        """Return whom and what an agency is asked about that reads its request now."""
        shown, _ = self.look(request)
        return {one["id"] for one in shown["subjects"] if not one["answered"]}

    def named(self, request: Any) -> set[str]:
        """Return whom and where an agency reads of now, besides the person."""
        document = self.look(request)[0]["document"]
        return {one["id"] for one in (*document["contacts"], *document["addresses"])}

    def due(self, request: Any) -> tuple[str, bool, set[str]]:
        """Return when the agency's clock is due, whether it is late, and when its subjects are due."""
        shown, _ = self.look(request, self.practitioner)
        (running,) = (
            one for one in shown["clocks"] if one["timer"] == "answer" and one["state"] != "stopped"
        )
        return (
            running["due_at"],
            running["overdue"],
            {one["due_at"] for one in shown["subjects"] if not one["answered"] and one["due_at"]},
        )

    def check_state(self, request: Any) -> str:
        ((check,),) = self.rows("SELECT check_id FROM check_request WHERE id = :id", id=request.id)
        return str(self.done(self.practitioner.get(f"/v1/checks/{check}"))["state"])

    def probation_has_read(self, request: Any) -> None:
        """Review an answer, which changes nothing."""
        ((check,),) = self.rows("SELECT check_id FROM check_request WHERE id = :id", id=request.id)
        path = f"/v1/checks/{check}"
        body = {"check_request_id": str(request.id), "changes": ["nothing"], "reason": "Read."}
        tag = self.practitioner.get(path).headers["ETag"]
        self.done(self.practitioner.post(f"{path}/reviews", json=body, if_match=tag), 200)

    def later(self, **passed: int) -> None:
        self.clock.move(timedelta(**passed))
        sweep(self.clock.at)

    def holds(self) -> None:
        """Insist on what must be true of any record."""
        held_true_of(self.person_id)
        self.nobody_is_asked_about_who_was_entered_in_error()
        self.every_clock_is_what_its_turns_make_it()
        self.every_clock_says_what_its_subjects_say()
        self.what_was_sent_stays_as_it_was_sent()

    def in_error(self, which: int) -> None:
        one = self.on_record("contacts", which)
        assert one is not None
        path = f"{one['href']}/entered-in-error"
        self.done(self.practitioner.post(path, json={"reason": "A slip."}, if_match=one["etag"]))


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)


def answered(story: Story) -> tuple[Any, Any]:
    """Have the force of the home answer in full about it, the person and her."""
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    return request, story.says(request)


def is_asked_no_longer(story: Story) -> None:
    story.in_error(0)


def is_a_friend(story: Story) -> None:
    story.somebody_becomes_something_else(0, "friend")


@pytest.mark.parametrize("changed", [is_asked_no_longer, is_a_friend])
def test_nobody_is_asked_about_again_who_is_asked_about_no_more(
    story: Story, changed: Callable[[Story], None]
) -> None:
    request, result = answered(story)
    ids = story.ids()
    changed(story)
    story.later(days=40)
    story.instead(result, withdrawn=True)
    assert story.state(request) == "acknowledged"
    assert story.named(request) == {ids["home"]}
    assert story.left(request) == {ids["home"], ids["person"]}
    versions = story.rows("SELECT document FROM check_question WHERE request_id = :id", id=request.id)
    assert ids["c0"] not in str(versions[-1]), "in no version that was made by taking back"
    story.holds()


def home_is_elsewhere(story: Story) -> None:
    story.an_address_is_in_another_area(0, THERE, MANCHESTER)


def home_has_moved(story: Story) -> None:
    one = story.on_record("addresses", 0)
    assert one is not None
    place = {"lines": ["9 Moved Street"], "postcode": "M1 1AA", "police_force": THERE}
    story.patched(one, because="moved", local_authority=MANCHESTER, **place)


@pytest.mark.parametrize("moved", [home_is_elsewhere, home_has_moved])
def test_of_two_agencies_that_of_the_place_is_asked_and_the_other_where_she_did_live_there(
    story: Story, moved: Callable[[Story], None]
) -> None:
    request, result = answered(story)
    moved(story)
    (there,) = (one for one in story.requests() if (one.kind, one.area) == (POLICE, THERE))
    story.instead(result, withdrawn=True)
    her = story.ids()["c0"]
    assert her in story.left(there)
    if moved is home_is_elsewhere:
        assert story.state(request) == "superseded"
    else:
        assert her in story.left(request), "she did live there"
    story.holds()


def test_a_child_who_lives_elsewhere_is_asked_about_there(story: Story) -> None:
    story.a_child_is_recorded(None, "Sam", 0)
    story.an_address_is_recorded(THERE, MANCHESTER)
    request = story.asked(LEEDS, kind=CHILDREN)
    result = story.says(request, "c0", whole=True)
    story.somebody_moves_in_here(0, 1)
    story.instead(result, withdrawn=True)
    assert story.state(request) == "superseded"
    assert story.ids()["c0"] in story.left(story.asked(MANCHESTER, kind=CHILDREN))
    story.holds()


def test_nobody_is_asked_about_the_dead(story: Story) -> None:
    request, result = answered(story)
    died = {"kind": "died", "occurred_on": clock.today().isoformat(), "source": "police"}
    path = f"{story.person}/changes-of-circumstance"
    story.done(
        story.practitioner.post(path, json=died | {"standing": "established", "details": "Dead."}), 201
    )
    story.instead(result, withdrawn=True)
    assert (story.state(request), story.check_state(request)) == ("cancelled", "cancelled")
    running = story.rows("SELECT id FROM clock WHERE subject_id = :id AND state <> 'stopped'", id=request.id)
    assert running == []


def test_what_is_asked_again_is_owed_from_now_however_urgent_it_was(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    story.later(hours=1)
    story.something_happens("police_call_out", urgent=True)
    request = story.asked(HERE)
    result = story.says(request)
    story.later(days=60)
    story.instead(result, withdrawn=True)
    due, overdue, subjects = story.due(request)
    assert (overdue, subjects) == (False, {due})
    assert due > FROM_NOW
    story.later(hours=1)
    story.an_adult_is_recorded("partner", "Sam", 0)
    due, overdue, subjects = story.due(request)
    assert not overdue
    assert due == min(subjects) > FROM_NOW
    story.holds()


def test_what_was_routine_is_not_late_when_it_becomes_urgent(story: Story) -> None:
    request, result = answered(story)
    story.later(days=60)
    story.instead(result, withdrawn=True)
    story.later(hours=1)
    story.something_happens("police_call_out", urgent=True)
    due, overdue, _ = story.due(request)
    assert (overdue, due > FROM_NOW) == (False, True)
    story.holds()


def test_an_agency_that_is_asked_again_already_goes_on_with_that(story: Story) -> None:
    request, result = answered(story)
    story.probation_has_read(request)
    story.something_happens("arrest", urgent=False)
    (again,) = (one for one in story.requests() if one.kind == POLICE and one.state == "requested")
    assert story.check_state(request) == "reviewed"
    story.instead(result, withdrawn=True)
    assert (story.state(request), story.state(again)) == ("superseded", "requested")
    assert story.check_state(request) == "open", "what it asked is asked by the other"
    assert story.left(again) == {story.ids()[ref] for ref in ("c0", "home", "person")}
    story.says(again)
    assert story.check_state(request) == "answered"
    story.holds()


def test_what_is_open_beside_it_carries_what_it_does_not_ask_yet(story: Story) -> None:
    story.a_child_is_recorded(None, "Sam", 0)
    request = story.asked(LEEDS, kind=CHILDREN)
    result = story.says(request, "c0", whole=True)
    story.a_child_is_recorded(None, "Jade", 0)
    again = story.asked(LEEDS, "requested", kind=CHILDREN)
    ids = story.ids()
    assert ids["c0"] not in story.named(again)
    story.instead(result, withdrawn=True)
    assert story.state(request) == "superseded"
    assert {ids["c0"], ids["c1"]} <= story.named(again)
    assert story.check_state(request) == "open"
    story.holds()


def test_what_another_answer_says_is_not_asked_again(story: Story) -> None:
    request, result = answered(story)
    story.something_happens("arrest", urgent=False)
    (again,) = (one for one in story.requests() if one.kind == POLICE and one.state == "requested")
    story.says(again)
    story.instead(result, withdrawn=True)
    assert (story.state(request), story.state(again)) == ("superseded", "returned")
    story.holds()


def test_after_the_rest_was_sent_on_what_is_taken_back_goes_there_too(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    result = story.says(request, "c0")
    story.move(story.agency_of(request), request, "misdirect", to_area=THERE, reason="Theirs.")
    there = story.asked(THERE)
    story.instead(result, withdrawn=True)
    ids = story.ids()
    assert story.state(request) == "misdirected"
    assert story.left(there) == {ids["c0"], ids["home"], ids["person"]}
    story.holds()
    # The next one says that it is theirs: both are asked, about all of it.
    story.move(story.agency_of(there), there, "misdirect", to_area=HERE, reason="No.")
    assert story.state(request) == "requested"
    assert story.named(request) == {ids["c0"], ids["home"]}
    story.holds()


def test_of_siblings_who_were_parted_both_are_asked_about_where_the_home_is(story: Story) -> None:
    story.a_child_is_recorded(None, "Sam", 0)
    story.a_child_is_recorded(None, "Jade", 0)
    request = story.asked(LEEDS, kind=CHILDREN)
    result = story.says(request, "c0")
    story.move(story.agency_of(request), request, "misdirect", to_area=MANCHESTER, reason="Theirs.")
    story.instead(result, withdrawn=True)
    ids = story.ids()
    there = story.asked(MANCHESTER, kind=CHILDREN)
    assert {ids["c0"], ids["c1"]} <= story.left(there)
    story.holds()


def test_a_part_put_right_to_a_smaller_one_leaves_the_rest_to_who_answers_now(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    story.an_adult_is_recorded("partner", "Sam", 0)
    request = story.asked(HERE)
    result = story.says(request, "c0", "c1")
    story.move(story.agency_of(request), request, "misdirect", to_area=THERE, reason="Theirs.")
    ids = story.ids()
    said = police_answer(complete=False, remaining="The rest.")
    said |= {"subjects": [{"id": ids["c0"], "outcome": "nothing_found"}]}
    story.instead(result, said=said | {"question_version": result.question_version})
    assert story.state(request) == "returned", "the part that stands"
    assert not [one for one in story.requests() if (one.area, one.state) == (HERE, "requested")]
    assert ids["c1"] in story.left(story.asked(THERE)), "who was named for the place answers now"
    story.holds()


def test_a_dispute_goes_on_once_the_answer_that_ended_it_is_taken_back(story: Story) -> None:
    request = story.asked(HERE)
    story.move(story.agency_of(request), request, "misdirect", to_area=THERE, reason="Theirs.")
    there = story.asked(THERE)
    story.move(story.agency_of(there), there, "misdirect", to_area=HERE, reason="No.")
    result = story.says(there)
    assert story.state(request) == "superseded"
    story.instead(result, withdrawn=True)
    story.move(story.agency_of(there), there, "misdirect", to_area=HERE, reason="Still theirs.")
    assert (story.state(request), story.state(there)) == ("requested", "acknowledged")
    assert story.left(request) == {story.ids()["home"], story.ids()["person"]}
    story.holds()


def test_who_was_named_in_a_dispute_is_asked_what_the_other_takes_back(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    story.move(story.agency_of(request), request, "misdirect", to_area=THERE, reason="Theirs.")
    there = story.asked(THERE)
    story.move(story.agency_of(there), there, "misdirect", to_area=HERE, reason="No.")
    result = story.says(request, "c0")
    story.move(story.practitioner, there, "settle_redirect", area=THERE, reason="It is there.")
    story.instead(result, withdrawn=True)
    assert story.state(request) == "misdirected"
    assert story.ids()["c0"] in story.left(there)
    story.holds()


def test_what_is_taken_back_after_a_refusal_that_was_asked_again_is_asked_there(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    result = story.says(request, "c0")
    code = {"reason_code": "not_proportionate", "reason": "Too much."}
    story.move(story.agency_of(request), request, "refuse", **code)
    story.move(story.practitioner, request, "ask_again", reason="It is.")
    story.instead(result, withdrawn=True)
    assert story.state(request) == "superseded"
    (again,) = (one for one in story.requests() if one.kind == POLICE and one.state == "requested")
    assert story.ids()["c0"] in story.left(again)
    story.holds()


def test_where_only_the_person_is_left_nobody_is_asked(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    result = story.says(request, "home", "person")
    story.an_address_is_in_another_area(0, THERE, MANCHESTER)
    assert story.state(request) == "returned"
    story.instead(result, withdrawn=True)
    assert story.state(request) == "cancelled"
    story.holds()


def test_who_ended_the_rest_did_not_do_without_what_was_answered(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    result = story.says(request, "c0")
    manager = story.cast.probation.as_practitioner("s.okafor", "spo")
    story.move(manager, request, "cancel", reason="Not now.")
    assert story.state(request) == "returned"
    story.instead(result, withdrawn=True)
    assert story.state(request) == "cancelled"
    (again,) = (one for one in story.requests() if one.kind == POLICE and one.state == "requested")
    assert story.ids()["c0"] in story.left(again)
    story.holds()


def test_a_late_answer_taken_back_leaves_a_decision_as_it_was(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    manager = story.cast.probation.as_practitioner("s.okafor", "spo")
    story.move(manager, request, "cancel", reason="Not now.")
    result = story.says(request, "c0")
    story.instead(result, withdrawn=True)
    assert (story.state(request), story.check_state(request)) == ("cancelled", "cancelled")
    assert [one for one in story.requests() if one.kind == POLICE and one.id != request.id] == []
    story.holds()


def test_an_open_question_of_the_agency_can_be_answered_after_its_part_is_taken_back(story: Story) -> None:
    story.an_adult_is_recorded("partner", "Kirsty", 0)
    request = story.asked(HERE)
    result = story.says(request, "home")
    about = {"about": [story.ids()["c0"]]}
    story.move(story.agency_of(request), request, "return_for_information", question="Who?", **about)
    story.instead(result, withdrawn=True)
    assert story.state(request) == "returned_for_information"
    assert story.due(request)[1] is False
    story.move(story.practitioner, request, "answer_information", answer="Her.")
    assert story.state(request) == "requested"
    story.holds()


def test_the_agency_reads_why_it_is_asked_again_and_can_answer_at_once(story: Story) -> None:
    request, result = answered(story)
    agency: Caller = story.agency_of(request)
    story.instead(result, withdrawn=True)
    body = police_answer(subjects=[{"id": one, "outcome": "nothing_found"} for one in story.ids().values()])
    path = f"/v1/check-requests/{request.id}/results"
    assert story.done(agency.post(path, json=body), 201)["complete"], "of what it had read already"
    shown, _ = story.look(request)
    assert shown["document"]["because"] == "taken_back"
    assert story.state(request) == "returned"


def test_as_of_a_moment_nothing_had_been_put_right_that_was_later(story: Story) -> None:
    request, result = answered(story)
    ((check,),) = story.rows("SELECT check_id FROM check_request WHERE id = :id", id=request.id)
    path, at = f"/v1/checks/{check}/history", "2026-03-02T12:00:00Z"
    story.later(days=1)
    then = story.done(story.practitioner.get(path, at=at, limit=500))["items"]
    story.instead(result, withdrawn=True)
    assert story.done(story.practitioner.get(path, at=at, limit=500))["items"] == then
    now = story.done(story.practitioner.get(path, limit=500))["items"]
    (first,) = (one["result"] for one in now if one["result"] and one["result"]["id"] == str(result.id))
    assert first["corrected_by"] is not None
