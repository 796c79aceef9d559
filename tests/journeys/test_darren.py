"""Darren: the gate. In an approved premises, with an address to move on to."""

from typing import Any

from tests.journeys.darren import HOME, staying
from tests.journeys.driver import NOTHING_KNOWN, Story, ok
from tests.referrals import samples
from tests.rows import person_at

CRN = "X320741"


def leave(story: Story, destination_referral_id: str) -> Any:
    today = story.clock.at.date().isoformat()
    return story.place(
        story.cast.ap,
        destination_referral_id,
        "record_departure",
        departed_on=today,
        reason="planned_move_on",
    )


def test_nobody_leaves_for_an_address_that_is_not_answered_for(story: Story) -> None:
    referral_id, destination_referral_id = staying(story)
    mappa = story.part(referral_id, "mappa")["id"]
    story.take_on(story.cast.mappa, mappa)
    story.wait(days=20)
    proposed = ok(story.place(story.practitioner, destination_referral_id, "propose_move_on", address=HOME))
    address_id = proposed["move_on"]["address_id"]

    # The refusal names the police request; of MAPPA the premises learns only that probation has to agree.
    shut = leave(story, destination_referral_id)
    assert shut.status_code == 409
    outstanding = shut.get_json()["outstanding"]
    assert {one["code"] for one in outstanding} == {"check_request", "probation_agreement"}
    assert "mappa" not in shut.text.lower()

    # The police answer about the address: MAPPA is still wanted.
    (asked,) = [one for one in outstanding if one["code"] == "check_request" and one["kind"] == "police_da"]
    story.answer(story.cast.police, asked["id"], dict(NOTHING_KNOWN), nothing_found=True)
    still = leave(story, destination_referral_id)
    assert {one["code"] for one in still.get_json()["outstanding"]} == {"probation_agreement"}

    # MAPPA agrees, and so does his practitioner: the gate opens.
    today = story.clock.at.date().isoformat()
    story.update(
        story.cast.mappa,
        mappa,
        "move_on_agreement",
        address_id=address_id,
        agreed=True,
        decided_on=today,
        reason="Visited; the exclusion zones are clear of it.",
    )
    assert leave(story, destination_referral_id).status_code == 409
    ok(story.place(story.practitioner, destination_referral_id, "agree_move_on"))
    left = ok(leave(story, destination_referral_id))
    assert (left["state"], left["departed_on"]) == ("departed", today)


def test_only_a_head_of_pdu_overrides_the_gate_with_a_reason_and_on_the_record(story: Story) -> None:
    _, destination_referral_id = staying(story)
    ok(story.place(story.practitioner, destination_referral_id, "propose_move_on", address=HOME))
    assert leave(story, destination_referral_id).status_code == 409

    reason = "The premises closes tonight; police agreed by telephone to answer tomorrow."
    assert story.place(story.spo, destination_referral_id, "override_gate", reason=reason).status_code == 403
    assert story.place(story.pdu_head, destination_referral_id, "override_gate").status_code == 422
    ok(story.place(story.pdu_head, destination_referral_id, "override_gate", reason=reason))
    ok(leave(story, destination_referral_id))

    oversight = story.cast.oversight
    entries = ok(oversight.get("/v1/audit/entries", verb="override"))["items"]
    assert [entry["actor"]["practitioner"]["role"] for entry in entries] == ["pdu_head"]


def test_a_proposed_address_is_a_change_with_checks_of_its_own(story: Story) -> None:
    referral_id = story.submit(samples.darren_and_toby())["id"]
    story.wait(days=1)
    posted = story.practitioner.post(
        f"{person_at(CRN)}/addresses", json=HOME | {"ref": "bond-flat", "kind": "proposed_release"}
    )
    change = ok(posted, 201)
    assert (change["kind"], change["standing"]) == ("address_proposed", "established")
    kinds = {
        one["kind"]
        for one in ok(story.practitioner.get("/v1/checks", referral_id=referral_id))["items"]
        if one["id"] in change["checks"]
    }
    assert kinds == {"police_da", "childrens_safeguarding"}
