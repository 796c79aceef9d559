"""Disclosure decisions over HTTP: who decides, who knows of them, and what an organisation may know then."""

import pytest

from service import clock
from service.organisations.queries import organisation
from service.third_parties import may_know
from tests import rows
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import EMPLOYER, Json, Story, ok
from tests.people.factories import as_owner, give_sight
from tests.people.holdings import told_of
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at
from tests.third_parties.samples import CRN, opened, pointers, proposal


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def shown(caller: Caller, decision: Json) -> Json:
    return ok(caller.get(decision["href"]))


def of_mappa() -> Json:
    day = clock.today().isoformat()
    meeting = {"decided_on": day, "chair": "T. Reed", "present": ["Police", "Housing"]}
    return proposal(subjects=["mappa"], legal_basis="mappa_arrangements", mappa=meeting)


def knows_of_mappa(caller: Caller) -> bool:
    with rows.transaction() as session:
        registered = organisation(session, caller.organisation_id)
        return may_know(session, registered, rows.person_id(CRN)).mappa


def test_nobody_who_proposed_or_answers_for_the_case_decides_it(story: Story) -> None:
    decision = opened(story)
    ok(story.tell(decision["id"], "propose", story.spo, proposal=proposal()))
    own = story.decide_telling(decision["id"])
    assert (own.status_code, own.get_json()["type"]) == (403, "/problems/own-case")
    ok(story.decide_telling(decision["id"], caller=story.pdu_head))
    assert shown(story.practitioner, decision)["state"] == "to_be_told"


def test_telling_nobody_takes_a_manager_too(story: Story) -> None:
    decision = opened(story)
    ok(story.tell(decision["id"], "propose", proposal={"tell": False, "reason": "He works alone."}))
    waiting = shown(story.practitioner, decision)
    assert (waiting["state"], waiting["waits_for"], waiting["allowed_transitions"]) == (
        "proposed",
        "manager",
        ["raise"],
    )
    told = {"told_on": clock.today().isoformat(), "by": "p.shah", "means": "in_person", "words": "All of it."}
    early = story.tell(decision["id"], "record_told", told=told)
    assert (early.status_code, early.get_json()["state"]) == (409, "proposed")
    ok(story.decide_telling(decision["id"]))
    done = shown(story.practitioner, decision)
    assert (done["state"], done["waits_for"], done["due_at"]) == ("not_told", None, None)
    assert done["steps"][-1]["role"] == "spo"


def test_the_manager_is_reminded_of_what_waits_for_a_manager(story: Story) -> None:
    decision = opened(story)
    ok(story.tell(decision["id"], "propose", proposal=proposal()))
    story.wait(days=22)
    reminded = as_owner(
        "SELECT f.step_key, n.role FROM notice_item n JOIN clock_firing f ON f.id = n.firing_id"
        " JOIN clock c ON c.id = f.clock_id"
        " WHERE c.subject_kind = 'disclosure_decision' AND f.kind = 'step' ORDER BY n.fired_at, n.id"
    )
    assert [(one["step_key"], one["role"]) for one in reminded] == [("practitioner", "spo"), ("spo", "spo")]


def test_what_waits_for_a_manager_is_not_the_practitioners_until_it_is_sent_back(story: Story) -> None:
    decision = opened(story)

    def owed() -> set[str]:
        return {one["kind"] for one in ok(story.practitioner.get("/v1/work"))["items"]}

    assert "decide_disclosure" in owed()
    ok(story.tell(decision["id"], "propose", proposal=proposal()))
    assert "decide_disclosure" not in owed()
    ok(story.decide_telling(decision["id"], agreed=False))
    assert shown(story.practitioner, decision)["state"] == "open"
    assert "decide_disclosure" in owed()


def test_who_cannot_be_told_as_agreed_is_decided_again_within_the_same_28_days(story: Story) -> None:
    decision = opened(story)
    ok(story.tell(decision["id"], "propose", proposal=proposal()))
    ok(story.decide_telling(decision["id"]))
    again = ok(story.tell(decision["id"], "reopen", reason="He has lost the job."))
    assert (again["state"], again["subjects"], again["due_at"]) == ("open", [], decision["due_at"])
    assert again["steps"][-1]["said"] == {"reason": "He has lost the job."}


@pytest.mark.long
def test_a_decision_climbs_until_it_is_made_and_an_urgent_one_at_once(story: Story) -> None:
    opened(story)
    urgent = opened(story, urgent=True, name="Chapel Lane Nursery")
    story.wait(hours=7)
    at_once = ["pdu_head", "practitioner", "region", "regional_director", "spo"]
    assert sorted({role or "" for role, _ in told_of("decision", "disclosure_decision")}) == at_once
    ok(story.tell(urgent["id"], "propose", proposal={"tell": False, "reason": "It has closed."}))
    ok(story.decide_telling(urgent["id"]))
    before = len(told_of("decision", "disclosure_decision"))
    story.wait(days=13)
    assert len(told_of("decision", "disclosure_decision")) == before
    story.wait(days=15)
    later = told_of("decision", "disclosure_decision")[before:]
    assert sorted({role or "" for role, _ in later}) == ["pdu_head", "practitioner", "spo"]


def test_the_police_decline_and_the_chase_ends(story: Story) -> None:
    partner = opened(story, recipient="partner", name="Joanne Threlfall")
    referral = {"force": "west-yorkshire", "reference": "DV-1", "sent_on": clock.today().isoformat()}
    assert pointers(story.tell(partner["id"], "refer", referral=referral)) == {"/referral/reason"}
    ok(story.tell(partner["id"], "refer", referral=referral | {"reason": "She may be in danger."}))
    assert as_owner(
        "SELECT timer, state FROM clock WHERE subject_kind IN ('disclosure_decision', 'right_to_know')"
        " ORDER BY subject_kind, timer"
    ) == [{"timer": "decision", "state": "stopped"}, {"timer": "answer", "state": "running"}]
    answer = {"answered_on": clock.today().isoformat(), "reason": "They hold nothing that she needs to know."}
    done = ok(story.tell(partner["id"], "record_police_declined", answer=answer))
    assert (done["state"], done["steps"][-1]["said"]) == ("not_told", answer)
    story.wait(days=40)
    assert told_of("police") == []


def test_the_scheme_is_for_partners_and_parents(story: Story) -> None:
    referral = {
        "force": "west-yorkshire",
        "reference": "DV-1",
        "sent_on": clock.today().isoformat(),
        "reason": "He works with her.",
    }
    assert pointers(story.tell(opened(story)["id"], "refer", referral=referral)) == {"/action"}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"contact_id": "00000000-0000-4000-8000-000000000000"}, {"/contact_id"}),
        ({"recipient": "agency"}, {"/organisation_id", "/name"}),
    ],
)
def test_who_it_is_about_must_be_on_record(story: Story, given: Json, wrong: set[str]) -> None:
    answer = story.practitioner.post(f"{person_at(CRN)}/disclosure-decisions", json=EMPLOYER | given)
    assert pointers(answer) == wrong


def test_no_destination_agency_or_other_region_knows_of_it(story: Story) -> None:
    decision = opened(story)
    cast = story.cast
    for outsider in (cast.ap, cast.cas3, cast.crs, cast.mappa, cast.police, cast.council):
        assert outsider.get(decision["href"]).status_code == 403
        assert not [one for one in story.feed(outsider) if "disclosure_decision" in one["event"]]
    elsewhere = cast.stranger.as_practitioner("t.jones")
    assert elsewhere.get(decision["href"]).status_code == 404
    give_sight(cast.stranger, CRN, "risk")
    assert elsewhere.get(decision["href"]).status_code == 404


def test_who_protected_contacts_are_is_left_out_for_who_does_not_see_them(story: Story) -> None:
    decision = opened(story, reason="He works with young people. Kirsty Holdsworth asked us to.")
    elsewhere = story.cast.stranger.as_practitioner("t.jones")
    give_sight(story.cast.stranger, CRN, "circumstances")
    seen = shown(elsewhere, decision)
    assert seen["steps"][0]["said"]["reason"].startswith("He works with young people.")
    assert seen["allowed_transitions"] == []
    assert "Kirsty" not in elsewhere.get(f"{person_at(CRN)}/disclosure-decisions").text
    assert "Kirsty" not in str(seen)
    assert "Kirsty" in shown(story.practitioner, decision)["steps"][0]["said"]["reason"]
    refused = story.tell(decision["id"], "propose", elsewhere, proposal=proposal())
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/held-elsewhere")


def test_no_event_and_no_address_has_what_was_said(story: Story) -> None:
    decision = opened(story)
    ok(story.tell(decision["id"], "propose", proposal=proposal()))
    said = as_owner("SELECT data::text FROM event WHERE subject_kind = 'disclosure_decision'")
    assert len(said) == 2
    assert not [one for one in said if "Harehills" in one["data"] or "eighteen" in one["data"]]


def test_each_read_and_each_step_is_on_the_audit_trail(story: Story) -> None:
    decision = opened(story)
    shown(story.practitioner, decision)
    ok(story.tell(decision["id"], "propose", proposal=proposal()))
    entries = as_owner(
        "SELECT body FROM audit_entry WHERE body LIKE '%disclosure_decision%' ORDER BY recorded_at"
    )
    verbs = [
        verb
        for one in entries
        for verb in ("collection", "consultation", "alteration")
        if f'"{verb}"' in one["body"]
    ]
    assert verbs[:2] == ["collection", "consultation"]
    assert "alteration" in verbs
    assert not [one for one in entries if "Harehills" in one["body"]]


def test_an_agency_may_know_of_mappa_once_a_meeting_decided_it_and_a_manager_agreed(story: Story) -> None:
    cas3 = story.cast.cas3
    decision = opened_for(story, cas3)
    unsaid = story.tell(decision["id"], "propose", proposal=proposal(subjects=["mappa"]))
    assert pointers(unsaid) == {"/proposal/legal_basis"}
    ok(story.tell(decision["id"], "propose", proposal=of_mappa()))
    assert not knows_of_mappa(cas3)
    ok(story.decide_telling(decision["id"]))
    assert knows_of_mappa(cas3)
    assert not knows_of_mappa(story.cast.crs)
    ok(story.tell(decision["id"], "reopen", reason="The place has gone to somebody else."))
    assert not knows_of_mappa(cas3)


def test_a_commissioned_provider_never_may_know_of_mappa(story: Story) -> None:
    decision = opened_for(story, story.cast.crs)
    never = story.tell(decision["id"], "propose", proposal=of_mappa())
    assert pointers(never) == {"/proposal/legal_basis", "/proposal/subjects"}
    whose = f"WHERE id = '{story.cast.crs.organisation_id}' RETURNING id"
    assert as_owner(f"UPDATE organisation SET may_know_of_mappa = true {whose}")
    assert not knows_of_mappa(story.cast.crs)


def opened_for(story: Story, agency: Caller) -> Json:
    given = {
        "recipient": "agency",
        "organisation_id": str(agency.organisation_id),
        "reason": "They house him.",
    }
    return ok(story.practitioner.post(f"{person_at(CRN)}/disclosure-decisions", json=given), 201)
