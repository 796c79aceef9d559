"""Damien: released at short notice, against advice. His partner is pregnant; MAPPA declines at first."""

from datetime import timedelta

from service.destinations import DESTINATIONS
from tests.journeys.darren import HOME
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
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


LAST_DAY = "2026-06-30"
"""Of his licence."""
READERS = ("ap", "crs", "mappa", "police", "council")


def read_by(story: Story, name: str) -> str:
    """Return all that a reader has in its lists, its feed and what it was sent, in one text."""
    caller = getattr(story.cast, name)
    agency = name in {"police", "council"}
    listed = ok(caller.get("/v1/check-requests" if agency else "/v1/destination-referrals"))["items"]
    shown = [caller.get(one["href"]).get_json() for one in listed]
    shown += [] if agency else [caller.get(f"{one['href']}/document").get_json() for one in listed]
    return str([listed, shown, story.feed(caller)])


def housed(story: Story, ap: str) -> None:
    """The premises take him within hours; his curfew starts."""
    story.take_on(story.cast.ap, ap)
    stay = {"expected_arrival": "2026-03-02", "expected_departure": "2026-05-25"}
    ok(story.place(story.cast.ap, ap, "offer", **stay))
    ok(story.place(story.practitioner, ap, "confirm"))
    story.clock.move(timedelta(hours=5))
    ok(story.place(story.cast.ap, ap, "record_arrival", arrived_on="2026-03-02"))
    story.report_change(CRN, "hdc_started")


def managed(story: Story, mappa: str) -> None:
    """MAPPA declines, is asked once more through the head of public protection, and agrees."""
    head = story.cast.probation.as_practitioner("b.lowe", "head_of_public_protection")
    story.document(story.cast.mappa, mappa)
    story.move(story.cast.mappa, mappa, "decline", reason_code=a_reason_of_mappa())
    story.move(head, mappa, "challenge", reason="Two agencies hold halves of it.")
    story.move(story.cast.mappa, mappa, "accept")
    level = {"level": "2", "decided_on": "2026-03-02", "rationale": "Agreed."}
    story.update(story.cast.mappa, mappa, "level_decision", **level)


def answered(story: Story, referral: str) -> None:
    """The force and the council answer, and what they said is reviewed."""
    (of_police,) = story.inbox(story.cast.police)
    (of_council,) = story.inbox(story.cast.council)
    story.wait(hours=20)
    call_out = {
        "date": "2025-12-24",
        "role": "perpetrator",
        "children_present": "no",
        "summary": "Shouting at her door.",
        "source": "Niche",
        "verified": "verified",
    }
    story.answer(story.cast.police, of_police["id"], NOTHING_KNOWN | {"call_outs": [call_out]})
    unborn = story.contact(CRN, "unborn")["id"]
    plan = {"child_id": unborn, "status": "child_in_need", "source": "LCS", "verified": "verified"}
    story.answer(story.cast.council, of_council["id"], {"children": [plan]})
    for kind, asked in (("police_da", of_police), ("childrens_safeguarding", of_council)):
        check = next(one for one in story.checks(referral, kind) if asked["id"] in str(one["requests"]))
        story.review_answer(check["id"], asked["id"], "risk_management_plan", reason="Seen with my manager.")


def moved_on(story: Story, ap: str, mappa: str) -> None:
    """He leaves for a home when the force, MAPPA and probation have agreed, and not before."""
    leaving = {"departed_on": story.clock.at.date().isoformat(), "reason": "Moved on."}
    ok(story.place(story.practitioner, ap, "propose_move_on", address=HOME))
    assert story.place(story.cast.ap, ap, "record_departure", **leaving).status_code == 409
    for asked in story.inbox(story.cast.police):
        story.answer(story.cast.police, asked["id"], NOTHING_KNOWN, nothing_found=True)
    (wanted,) = ok(story.cast.mappa.get(f"/v1/destination-referrals/{mappa}"))["agreements_to_give"]
    agreed = {"address_id": wanted["address_id"], "agreed": True, "decided_on": leaving["departed_on"]}
    story.update(story.cast.mappa, mappa, "move_on_agreement", **agreed)
    ok(story.place(story.practitioner, ap, "agree_move_on"))
    assert ok(story.place(story.cast.ap, ap, "record_departure", **leaving))["state"] == "departed"


def test_damien_from_the_court_to_the_end_of_his_licence(story: Story) -> None:
    document = damien()
    ends = {"expiry_date": LAST_DAY, "licence_expiry_date": LAST_DAY}
    document["sentence"] = document.get("sentence", {}) | ends
    referral = story.submit(document)["id"]
    ap, mappa = (story.part(referral, kind)["id"] for kind in ("approved_premises", "mappa"))
    assert story.part(referral, "crs", "accommodation")["state"] == "incomplete"
    assert ok(story.cast.crs.get("/v1/destination-referrals"))["items"] == []
    housed(story, ap)
    managed(story, mappa)
    answered(story, referral)

    # The curfew ends, and no question with it.
    story.wait(days=60)
    before = [(one["id"], one["state"]) for one in story.requests(referral, "police_da")]
    story.report_change(CRN, "hdc_ended")
    assert [(one["id"], one["state"]) for one in story.requests(referral, "police_da")] == before
    moved_on(story, ap, mappa)

    # The premises have read nothing of MAPPA, the agencies what they were asked, the provider nothing.
    known = {name: read_by(story, name) for name in READERS}
    assert ap in known["ap"]
    assert "mappa" not in known["ap"].lower()
    assert "Rudkin" in known["police"]
    assert "2026-07-30" in known["council"]
    assert CRN not in known["crs"]

    # The licence ends: destinations read nothing more of him, the practitioner all of it.
    story.clock.set("2026-07-01T09:00:00+00:00")
    for caller, part in ((story.cast.ap, ap), (story.cast.mappa, mappa)):
        gone = caller.get(f"/v1/destination-referrals/{part}/document")
        assert (gone.status_code, gone.get_json()["type"]) == (410, "/problems/sharing-ended")
        assert ok(story.practitioner.get(f"/v1/destination-referrals/{part}/document"))["document"]
    told = [one["event"] for one in story.timeline(referral)]
    in_turn = [f"destination_referral.{name}" for name in ("declined", "challenged")]
    assert [name for name in told if name in in_turn] == in_turn
