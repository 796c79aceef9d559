"""Alan: a new relationship. Two agencies are asked, and probation decides whether to warn his partner."""

from service import clock
from tests.journeys.driver import Json, Story, answers_also_for, ok
from tests.people.holdings import told_of
from tests.referrals import samples
from tests.rows import person_at

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


WHAT_IS_SAID = ("subjects", "words", "withheld", "legal_basis", "tell_by", "told_by", "person")
WHAT_JO_IS_TOLD: Json = {
    "tell": True,
    "reason": "She and her son are at risk, and nobody else can tell her in time.",
    "subjects": ["risk", "safety"],
    "words": "He has harmed a partner before. She can ring us at any hour.",
    "withheld": [
        {"what": "where his former partner lives", "why": "It would put her in danger."},
        {"what": "what an informant said", "why": "It would give the informant away."},
    ],
    "legal_basis": "common_law",
    "told_by": "p.shah and a domestic abuse worker",
    "tell_by": "2026-03-12",
    "person": {
        "informed": "tells_it",
        "by": "2026-03-09",
        "reason": "He was given until the 9th to tell her himself.",
    },
    "safety_plan": "Her sister knows. The worker rings her on the day.",
}
TOLD: Json = {
    "by": "p.shah",
    "means": "in_person",
    "words": "He has harmed a partner before.",
    "why_different": "She knew the number.",
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
    assert [review["kind"] for review in change["reviews"]] == ["risk"]
    (decision,) = change["disclosure_decisions"]
    opened = ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))
    assert (opened["recipient"], opened["contact_id"]) == ("partner", change["contacts"][0])
    assert (opened["state"], opened["waits_for"]) == ("open", "practitioner")
    assert opened["due_at"].startswith("2026-04-02")

    # Probation proposes exactly what she is told; a manager sends it back, then agrees.
    bare = story.tell(decision, "propose", proposal={"tell": True, "reason": "She has a right to know."})
    assert {one["pointer"] for one in bare.get_json()["errors"]} == {
        f"/proposal/{name}" for name in (*WHAT_IS_SAID, "safety_plan")
    }
    proposed = ok(story.tell(decision, "propose", proposal=WHAT_JO_IS_TOLD))
    assert (proposed["state"], proposed["waits_for"]) == ("proposed", "manager")
    assert ok(story.decide_telling(decision, agreed=False))["state"] == "not_agreed"
    again = ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))
    assert (again["state"], again["due_at"]) == ("open", opened["due_at"])
    ok(story.tell(decision, "propose", proposal=WHAT_JO_IS_TOLD))
    ok(story.decide_telling(decision))
    agreed = ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))
    assert (agreed["state"], agreed["subjects"]) == ("to_be_told", ["risk", "safety"])
    assert agreed["due_at"].startswith("2026-03-13T00:00")

    # What she was told, when and by whom, is on the record, with what was withheld.
    done = ok(story.tell(decision, "record_told", told=TOLD | {"told_on": clock.today().isoformat()}))
    assert (done["state"], done["due_at"]) == ("told", None)
    assert done["allowed_transitions"] == ["add_outcome", "withdraw_told"]
    assert [step["action"] for step in done["steps"]] == [
        "open",
        "propose",
        "send_back",
        "propose",
        "agree_to_tell",
        "record_told",
    ]
    assert done["steps"][3]["said"]["withheld"] == WHAT_JO_IS_TOLD["withheld"]
    assert done["steps"][5]["said"]["words"] == TOLD["words"]
    assert ok(story.practitioner.get(f"{person_at(CRN)}/disclosure-decisions"))["items"] == [done]

    # The accommodation provider is shown nothing of it.
    crs = story.part(referral_id, "crs", "accommodation")
    assert story.told(story.cast.crs, "destination_referral.circumstances_changed") == []
    assert "Carr Lane" not in str(story.document(story.cast.crs, crs["id"]))
    assert not [one for one in story.feed(story.cast.crs) if "disclosure" in one["event"]]


def test_the_police_are_asked_under_the_right_to_know_and_probation_is_chased_until_they_answer(
    story: Story,
) -> None:
    story.submit(samples.toby())
    (decision,) = story.report_change(CRN, "new_relationship", **new_partner())["disclosure_decisions"]
    sent_on = clock.today()
    referral = {
        "force": "south-yorkshire",
        "reference": "DVDS/26/0417",
        "sent_on": sent_on.isoformat(),
        "reason": "He was convicted of assaulting a partner.",
    }
    asked = ok(story.tell(decision, "refer", referral=referral))
    assert (asked["state"], asked["waits_for"]) == ("with_police", "police")
    assert asked["allowed_transitions"] == [
        "refer",
        "reopen",
        "record_police_told",
        "record_police_declined",
        "add_reference",
        "raise",
    ]
    assert asked["due_at"] == "2026-03-30T23:00:00Z"  # the end of the 28th day, in British Summer Time

    story.wait_until("2026-03-31T09:00:00Z")
    assert told_of("police") == [("practitioner", "p.shah")]
    assert told_of("decision", "disclosure_decision") == []
    answer = {"answered_on": clock.today().isoformat(), "reason": "They told her of the conviction of 2021."}
    done = ok(story.tell(decision, "record_police_told", answer=answer))
    assert (done["state"], done["due_at"], done["overdue"]) == ("told", None, False)


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
    assert (proposed["outcome"], proposed["due_at"]) == (None, None), "the clock waits for the manager"
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
