"""The Right to Know goes to the police: a force reads what it is asked and answers; the days are its own."""

from typing import Any

import pytest

from service import clock, db
from service.access.actor import Actor
from service.organisations.writes.organisations import register_organisation
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, answers_also_for, ok
from tests.people.factories import as_owner
from tests.people.holdings import told_of
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at
from tests.third_parties.samples import CRN, opened, pointers


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    answers_also_for(story.cast.other_police, "police_da", "south-yorkshire")
    story.submit(darren_and_toby())
    return story


def asked(story: Story, force: str = "west-yorkshire", **whom: Any) -> tuple[str, Json]:
    """Ask a force; return the decision and what the decision looks like then."""
    decision = opened(story, recipient="partner", **({"name": "Joanne Threlfall"} | whom))["id"]
    referral = {"force": force, "sent_on": clock.today().isoformat(), "reason": "She may be in danger."}
    return decision, ok(story.tell(decision, "refer", referral=referral))


def path_of(story: Story) -> str:
    (entry,) = story.told(story.cast.police, "right_to_know.asked")
    return str(entry["subject"]["href"])


def answer(story: Story, path: str, **members: Any) -> Any:
    said = {"told": True, "answered_on": clock.today().isoformat(), "reason": "They told her."} | members
    police = story.cast.police
    return police.post(f"{path}/answer", json=said, if_match=police.get(path).headers["ETag"])


def test_the_force_reads_whom_it_is_asked_about_and_answers(story: Story) -> None:
    decision, moved = asked(story)
    path = path_of(story)
    read = ok(story.cast.police.get(path))
    assert (read["state"], read["reason"], read["due_at"]) == (
        "asked",
        "She may be in danger.",
        moved["due_at"],
    )
    assert (read["person"]["family_name"], read["about"]["name"]) == ("Ellershaw", "Joanne Threlfall")
    assert moved["steps"][-1]["said"]["police_id"] == str(story.cast.police.organisation_id)
    done = ok(answer(story, path))
    assert (done["state"], done["person"], done["about"], done["reason"]) == ("ended", None, None, None)
    seen = ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))
    assert (seen["state"], seen["due_at"]) == ("told", None)
    assert seen["steps"][-1]["said"] == {
        "answered_on": clock.today().isoformat(),
        "reason": "They told her.",
    }
    again = answer(story, path)
    assert (again.status_code, again.get_json()["type"]) == (409, "/problems/conflict")


def test_an_answer_after_it_was_settled_otherwise_is_on_record_and_changes_nothing(story: Story) -> None:
    decision, _ = asked(story)
    path = path_of(story)
    rung = {"answered_on": clock.today().isoformat(), "reason": "PC Lund rang: they have told her."}
    ok(story.tell(decision, "record_police_told", answer=rung))
    ok(answer(story, path, told=False, reason="She has moved away."))
    seen = ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))
    assert (seen["state"], seen["steps"][-1]["action"]) == ("told", "add_police_answer")
    assert seen["steps"][-1]["said"] == {
        "answered_on": clock.today().isoformat(),
        "reason": "She has moved away.",
        "told": False,
    }
    (news,) = story.told(story.practitioner, "disclosure_decision.answered_late")
    assert news["data"]["told"] is False
    assert answer(story, path).status_code == 409


def test_the_force_declines_and_answers_no_earlier_than_it_was_asked(story: Story) -> None:
    decision, _ = asked(story)
    path = path_of(story)
    assert pointers(answer(story, path, answered_on="1949-01-01")) == {"/answered_on"}
    ok(answer(story, path, told=False, reason="They hold nothing that she needs to know."))
    assert ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))["state"] == "not_told"


def test_the_28_days_are_theirs_and_their_managers_are_notified_beside_ours(story: Story) -> None:
    asked(story)
    story.wait_until("2026-04-09T09:00:00Z")
    ours = [who for who in told_of("answer", "right_to_know") if who[0] == "practitioner"]
    assert ours == [("practitioner", "p.shah")]
    notified = as_owner(
        "SELECT DISTINCT n.side, n.organisation_id FROM notice_item n JOIN clock c ON c.id = n.clock_id"
        " WHERE c.subject_kind = 'right_to_know'"
    )
    assert ("partner", story.cast.police.organisation_id) in {
        (one["side"], one["organisation_id"]) for one in notified
    }


def test_danger_makes_it_urgent_for_the_force_at_once(story: Story) -> None:
    decision, _ = asked(story)
    path = path_of(story)
    before = story.cast.police.get(path).headers["ETag"]
    ok(story.tell(decision, "raise", reason="He has rung her forty times today."))
    assert len(story.told(story.cast.police, "right_to_know.raised")) == 1
    after = story.cast.police.get(path)
    assert (after.get_json()["urgency"], after.headers["ETag"] == before) == ("urgent", False)
    assert as_owner(
        "SELECT p.key FROM clock c JOIN policy p ON p.id = c.policy_id"
        " WHERE c.subject_kind = 'right_to_know' AND c.state = 'running'"
    ) == [{"key": "right_to_know.urgent"}]


def test_the_wrong_force_reads_nobody_any_more_and_the_right_one_is_asked(story: Story) -> None:
    decision, _ = asked(story)
    path = path_of(story)
    referral = {
        "force": "south-yorkshire",
        "sent_on": clock.today().isoformat(),
        "reason": "She lives there.",
    }
    ok(story.tell(decision, "refer", referral=referral))
    old = ok(story.cast.police.get(path))
    assert (old["state"], old["person"], old["about"]) == ("ended", None, None)
    (entry,) = story.told(story.cast.other_police, "right_to_know.asked")
    assert ok(story.cast.other_police.get(entry["subject"]["href"]))["reason"] == "She lives there."
    # What it says all the same decides nothing: the right one does.
    ok(answer(story, path))
    assert ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))["state"] == "with_police"
    assert story.cast.other_police.get(path).status_code == 404


def test_a_force_that_takes_no_part_is_asked_in_other_ways(story: Story) -> None:
    _, moved = asked(story, "cumbria")
    assert "police_id" not in moved["steps"][-1]["said"]
    assert as_owner("SELECT id FROM right_to_know") == []
    assert moved["due_at"] == "2026-03-30T23:00:00Z"


def test_who_is_protected_is_read_from_the_restricted_store_while_it_is_asked(story: Story) -> None:
    contacts = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    kirsty = next(one["id"] for one in contacts if one["relationship"] == "ex_partner")
    decision = ok(
        story.practitioner.post(
            f"{person_at(CRN)}/disclosure-decisions",
            json={"recipient": "partner", "contact_id": kirsty, "reason": "She asked."},
        ),
        201,
    )["id"]
    referral = {"force": "west-yorkshire", "sent_on": clock.today().isoformat(), "reason": "She asked."}
    ok(story.tell(decision, "refer", referral=referral))
    about = ok(story.cast.police.get(path_of(story)))["about"]
    assert (about["given_name"], about["family_name"]) == ("Kirsty", "Holdsworth")
    assert any("Larkhill" in " ".join(one["lines"]) for one in about["addresses"])
    kept = as_owner("SELECT to_jsonb(r)::text AS row FROM right_to_know r")
    assert "Kirsty" not in kept[0]["row"]
    events = as_owner("SELECT data::text FROM event WHERE subject_kind = 'right_to_know'")
    assert "Kirsty" not in str(events)


def test_an_old_home_is_marked_and_the_force_that_read_before_is_told_that_it_has_not_read_this(
    story: Story,
) -> None:
    kirsty = story.contact(CRN, "ex-partner")
    decision = ok(
        story.practitioner.post(
            f"{person_at(CRN)}/disclosure-decisions",
            json={"recipient": "partner", "contact_id": kirsty["id"], "reason": "She asked."},
        ),
        201,
    )["id"]
    referral = {"force": "west-yorkshire", "sent_on": clock.today().isoformat(), "reason": "She asked."}
    ok(story.tell(decision, "refer", referral=referral))
    police, path = story.cast.police, path_of(story)
    seen = police.get(path)
    assert police.get(path, if_none_match=seen.headers["ETag"]).status_code == 304
    assert {one["is_current"] for one in ok(seen)["about"]["addresses"]} == {True}

    at = f"{person_at(CRN)}/contacts/{kirsty['id']}"
    named = story.practitioner.patch(at, json={"family_name": "Threlfall"}, if_match=kirsty["etag"])
    again = police.get(path, if_none_match=seen.headers["ETag"])
    assert ok(again)["about"]["family_name"] == "Threlfall"

    own = next(
        one["id"]
        for one in ok(story.practitioner.get(f"{person_at(CRN)}/addresses"))["items"]
        if one["contact_id"] is None and one["to_date"] is None
    )
    ok(named)
    now = story.contact(CRN, "ex-partner")["etag"]
    ok(story.practitioner.patch(at, json={"lives_at": own}, if_match=now))
    moved = ok(police.get(path, if_none_match=again.headers["ETag"]))["about"]["addresses"]
    assert {one["is_current"]: "Larkhill" in " ".join(one["lines"]) for one in moved} == {
        False: True,
        True: False,
    }

    said = {"told": True, "answered_on": clock.today().isoformat(), "reason": "They told her."}
    stale = police.post(f"{path}/answer", json=said, if_match=seen.headers["ETag"])
    assert stale.status_code == 412


def test_nobody_else_reads_what_the_force_is_asked(story: Story) -> None:
    asked(story)
    path = path_of(story)
    for other in (story.cast.other_police, story.cast.council):
        assert other.get(path).status_code == 404
    for other in (story.cast.ap, story.cast.crs, story.practitioner):
        assert other.get(path).status_code == 403


def know_less(story: Story) -> None:
    """Register the force as one that may know neither of MAPPA nor of victims."""
    with db.transaction("owner") as session:
        register_organisation(
            session,
            Actor.for_service("registration"),
            kind="police_force",
            code=story.cast.police.code,
            may_know_of_mappa=False,
            may_know_of_victims=False,
        )


@pytest.mark.parametrize("answered", [False, True], ids=["asked", "answered"])
def test_why_a_force_was_asked_is_looked_through_when_somebody_becomes_protected(
    story: Story, answered: bool
) -> None:
    know_less(story)
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    why = {"force": "west-yorkshire", "sent_on": clock.today().isoformat(), "reason": "Ottoline Quist asked."}
    ok(story.tell(decision, "refer", referral=why))
    path = path_of(story)
    if answered:
        ok(answer(story, path))
    read = ok(story.cast.police.get(path))
    victim = {"ref": "now", "relationship": "victim", "given_name": "Ottoline", "family_name": "Quist"}
    for _ in range(2):
        story.report_change(CRN, "victim_report", contacts=[victim | {"details_status": "provided"}])
    changes = ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance"))["items"]
    found = [one["details"] for one in changes if one["kind"] == "told_of_protected"]
    assert found == [f"{path}/reason: name"], "once"
    assert ok(story.cast.police.get(path)) == read, "the force notices nothing"


def test_why_a_force_is_asked_gives_away_nothing_that_it_may_not_know(story: Story) -> None:
    know_less(story)
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    asks: Json = {"force": "west-yorkshire", "sent_on": clock.today().isoformat()}
    for reason, kinds in (
        ("He beat Kirsty Holdsworth.", "name."),
        ("He was seen at 4 Larkhill Close.", "whereabouts."),
        ("MAPPA meets about him.", "mappa."),
    ):
        refused = story.tell(decision, "refer", referral=asks | {"reason": reason})
        assert pointers(refused) == {"/referral/reason"}
        assert refused.get_json()["errors"][0]["detail"].rpartition(": ")[2] == kinds
    ok(story.tell(decision, "refer", referral=asks | {"reason": "She may be in danger."}))


def test_a_force_that_may_know_is_told_why(story: Story) -> None:
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    why = {"force": "west-yorkshire", "sent_on": clock.today().isoformat(), "reason": "He beat Kirsty."}
    ok(story.tell(decision, "refer", referral=why))
    assert ok(story.cast.police.get(path_of(story)))["reason"] == "He beat Kirsty."
