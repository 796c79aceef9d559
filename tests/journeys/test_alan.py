"""Alan: a new relationship. Two agencies are asked, and probation decides whether to warn his partner."""

from tests.journeys.driver import Json, Story, answers_also_for, ok
from tests.referrals import samples

CRN = "X320744"
ROTHERHAM = "E08000018"


def new_partner() -> Json:
    return {
        "source": "person",
        "standing": "established",
        "details": "He says they met in January and that he stays there at weekends.",
        "contacts": [
            {
                "ref": "jo",
                "relationship": "partner",
                "given_name": "Joanne",
                "family_name": "Threlfall",
                "date_of_birth": "1990-12-01",
                "details_status": "provided",
                "lives_at": "jos-home",
            },
            {
                "ref": "jos-boy",
                "relationship": "partners_child",
                "given_name": "Kai",
                "family_name": "Threlfall",
                "date_of_birth": "2019-02-11",
                "details_status": "provided",
                "lives_at": "jos-home",
            },
        ],
        "addresses": [
            {
                "ref": "jos-home",
                "kind": "visited",
                "lines": ["51 Carr Lane", "Rotherham"],
                "postcode": "S60 2AB",
                "police_force": "south-yorkshire",
                "local_authority": ROTHERHAM,
                "contact_ref": "jo",
            }
        ],
    }


def test_a_new_relationship_raises_checks_where_she_lives_and_a_decision_about_telling_her(
    story: Story,
) -> None:
    answers_also_for(story.cast.other_police, "police_da", "south-yorkshire")
    answers_also_for(story.cast.other_council, "childrens_services", ROTHERHAM)
    referral_id = story.submit(samples.toby())["id"]
    story.wait(days=3)

    change = story.report_change(CRN, "new_relationship", **new_partner())
    assert len(change["checks"]) == 2
    areas = {
        (one["kind"], one["area"])
        for kind in ("police_da", "childrens_safeguarding")
        for one in story.requests(referral_id, kind)
        if one["check_id"] in change["checks"]
    }
    assert ("police_da", "south-yorkshire") in areas
    assert ("childrens_safeguarding", ROTHERHAM) in areas

    # The new cycle stands beside the first one, and is linked to it.
    first, second = story.checks(referral_id, "police_da")
    assert (first["cycle"], second["cycle"]) == (1, 2)
    assert second["previous_id"] == first["id"]

    # Whether to warn her is a decision of its own, within 28 days.
    opened = {review["kind"]: review for review in change["reviews"]}
    assert set(opened) == {"risk", "disclosure"}
    assert opened["disclosure"]["due_at"].startswith("2026-04-02")
    refused = story.complete_review(opened["disclosure"]["id"], disclosure="partly_told")
    assert refused.status_code == 422
    assert {one["pointer"] for one in refused.get_json()["errors"]} == {"/reason", "/withheld"}
    done = ok(
        story.complete_review(
            opened["disclosure"]["id"],
            disclosure="partly_told",
            withheld=["where his former partner lives", "what an informant said"],
            reason="She has a right to ask; the rest would put somebody else in danger.",
        )
    )
    assert done["state"] == "completed"
    assert done["outcome"]["withheld"] == ["where his former partner lives", "what an informant said"]

    # The accommodation provider is shown nothing of it.
    crs = story.part(referral_id, "crs", "accommodation")
    assert story.told(story.cast.crs, "destination_referral.circumstances_changed") == []
    assert "Carr Lane" not in str(story.document(story.cast.crs, crs["id"]))


def test_a_review_that_finds_no_change_says_why_and_who_agreed(story: Story) -> None:
    story.submit(samples.toby())
    change = story.report_change(CRN, "new_relationship", **new_partner())
    risk = next(review for review in change["reviews"] if review["kind"] == "risk")
    reason: Json = {"no_change_reason": "She knows, and lives alone."}
    considered = [{"what": "marac", "outcome": "not_needed", "reason": "No report of harm."}]

    bare = story.complete_review(risk["id"], **reason)
    assert {one["pointer"] for one in bare.get_json()["errors"]} == {"/considered"}
    proposed = ok(story.complete_review(risk["id"], **reason, considered=considered))
    assert (proposed["state"], proposed["waits_for"]) == ("awaiting_agreement", "manager")
    assert (proposed["outcome"], proposed["due_at"]) == (None, risk["due_at"])
    sent_back = ok(story.agree_to_review(risk["id"], agreed=False, reason="Say what MARAC made of it."))
    assert (sent_back["state"], sent_back["waits_for"]) == ("open", "practitioner")
    ok(story.complete_review(risk["id"], **reason, considered=considered))
    done = ok(story.agree_to_review(risk["id"], agreed=True, reason="I have read what MARAC said."))
    assert done["state"] == "completed"
    assert done["outcome"]["agreed_by"] == {"id": "s.okafor", "role": "spo"}
    assert done["outcome"]["practitioner"] == "p.shah"
    assert [one["agreement"]["agreed"] for one in done["proposals"]] == [False, True]
    again = story.complete_review(risk["id"], changes=["curfew"], considered=considered)
    assert (again.status_code, again.get_json()["allowed"]) == (409, [])


def test_a_partner_nobody_has_named_is_still_asked_about(story: Story) -> None:
    referral_id = story.submit(samples.toby())["id"]
    change = story.report_change(CRN, "new_relationship", source="family", standing="alleged")
    assert len(change["contacts"]) == 1
    waiting = [
        one
        for one in story.requests(referral_id, "police_da")
        if one["check_id"] in change["checks"] and one["state"] == "awaiting_details"
    ]
    assert {missing["detail"] for one in waiting for missing in one["missing"]} == {"name", "address"}
