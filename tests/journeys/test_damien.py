"""Damien: released at short notice, against advice. His partner is pregnant; MAPPA declines at first."""

from datetime import timedelta

from service.destinations import DESTINATIONS
from tests.journeys.driver import Json, Story, ok
from tests.referrals import samples

CRN = "X320743"
HERS: Json = {
    "ref": "her-home",
    "kind": "current",
    "lines": ["3 Ashfield Terrace", "Leeds"],
    "postcode": "LS12 3RT",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
    "contact_ref": "partner",
}


def damien() -> Json:
    submission = samples.urgent_from_court()
    submission["person"]["date_of_birth"] = "1996-02-17"
    submission["household"] = {
        "children": "yes",
        "contacts": [
            {
                "ref": "partner",
                "relationship": "partner",
                "given_name": "Aimee",
                "family_name": "Rudkin",
                "date_of_birth": "1999-06-21",
                "details_status": "provided",
                "lives_at": "her-home",
            },
            {
                "ref": "unborn",
                "relationship": "unborn_child",
                "due_date": "2026-07-30",
                "details_status": "provided",
                "lives_at": "her-home",
            },
        ],
    }
    submission["addresses"] = [HERS]
    return submission


def test_everything_is_urgent_and_the_unborn_child_is_asked_about(story: Story) -> None:
    referral_id = story.submit(damien())["id"]
    (asked,) = story.requests(referral_id, "police_da")
    (unborn,) = story.requests(referral_id, "childrens_safeguarding")
    assert {one["urgency"] for one in (asked, unborn)} == {"urgent"}
    assert (asked["state"], unborn["state"]) == ("requested", "requested")
    read = ok(story.cast.council.get(f"/v1/check-requests/{unborn['id']}"))["document"]
    assert "2026-07-30" in {contact.get("due_date") for contact in read["contacts"]}

    # The police are asked about the home and who lives there, in one question.
    question = ok(story.cast.police.get(f"/v1/check-requests/{asked['id']}"))["document"]
    assert "Aimee" in {one["given_name"] for one in question["contacts"]}
    assert HERS["lines"] in [one["lines"] for one in question["addresses"]]

    # The premises is asked as an emergency: two hours.
    part = story.part(referral_id, "approved_premises")
    (deadline,) = ok(story.cast.ap.get(f"/v1/destination-referrals/{part['id']}"))["deadlines"]
    assert deadline["due_at"] == "2026-03-02T11:00:00Z"


def test_a_decline_is_challenged_once_through_the_head_of_public_protection(story: Story) -> None:
    referral_id = story.submit(damien())["id"]
    mappa = story.part(referral_id, "mappa")["id"]
    story.document(story.cast.mappa, mappa)
    story.update(
        story.cast.mappa, mappa, "level_decision", level="1", decided_on="2026-03-02", rationale="One agency."
    )
    reasons = ok(story.cast.mappa.get(f"/v1/destination-referrals/{mappa}"))
    assert "decline" in reasons["allowed_transitions"]
    story.move(story.cast.mappa, mappa, "decline", reason_code=a_reason_of_mappa())
    head = story.cast.probation.as_practitioner("b.lowe", "head_of_public_protection")
    story.move(head, mappa, "challenge", reason="Two agencies hold halves of it.")
    story.clock.move(timedelta(hours=3))
    story.move(story.cast.mappa, mappa, "accept")
    story.update(
        story.cast.mappa, mappa, "level_decision", level="2", decided_on="2026-03-02", rationale="Agreed."
    )

    # The decisions stand in order, none overwritten.
    updates = ok(story.practitioner.get(f"/v1/destination-referrals/{mappa}/updates"))["items"]
    assert [one["content"]["level"] for one in updates] == ["1", "2"]
    moves = ok(story.cast.mappa.get(f"/v1/destination-referrals/{mappa}"))["moves"]
    assert [move["action"] for move in moves[-3:]] == ["decline", "challenge", "accept"]
    assert moves[-2]["practitioner"] == "b.lowe"


def a_reason_of_mappa() -> str:
    """Return one of the codes by which MAPPA declines."""
    return next(iter(DESTINATIONS["mappa"].decline_reasons))


def test_the_end_of_the_curfew_later_ends_no_check(story: Story) -> None:
    referral_id = story.submit(damien())["id"]
    story.report_change(CRN, "hdc_started")
    story.wait(days=5)
    before = [(one["id"], one["state"]) for one in story.requests(referral_id, "police_da")]
    story.report_change(CRN, "hdc_ended")
    assert [(one["id"], one["state"]) for one in story.requests(referral_id, "police_da")] == before
