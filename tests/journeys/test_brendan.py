"""Brendan: the provider saw something. A visitor with a child, reported and not established."""

from typing import Any

import pytest

from service.circumstances.actions.household import MOST_UNNAMED
from tests.journeys.driver import Json, Story, ok
from tests.referrals import samples
from tests.rows import person_at

CRN = "X320744"
RECEIPT = {"id", "occurred_on", "received_at", "advice", "correction", "corrected_by"}
SEEN = "A woman none of us knows left his flat with a small child before eight."


def with_no_known_family() -> Json:
    submission = samples.toby("BRE-1")
    submission["household"] = {"children": "no", "contacts": []}
    submission["addresses"] = submission["addresses"][:1]
    return submission


def reported(story: Story, destination_referral_id: str, **other: Any) -> Json:
    return ok(
        story.cast.crs.post(
            f"/v1/destination-referrals/{destination_referral_id}/concerns",
            json={
                "occurred_on": "2026-03-03",
                "details": SEEN,
                "people": ["partner", "child"],
                "reporter": "Night support worker",
                **other,
            },
        ),
        201,
    )


def test_what_a_provider_saw_is_acted_on_at_once_and_told_to_nobody_else(story: Story) -> None:
    referral_id = story.submit(with_no_known_family())["id"]
    destination_referral_id = story.part(referral_id, "crs", "accommodation")["id"]
    story.take_on(story.cast.crs, destination_referral_id)
    assert story.requests(referral_id, "childrens_safeguarding") == []
    story.wait(days=1)
    before = len(story.feed(story.cast.crs))

    receipt = reported(story, destination_referral_id)
    assert set(receipt) == RECEIPT
    assert "999" in receipt["advice"]["now"]

    # Probation is notified immediately: urgent, alleged and not established.
    (heard,) = story.told(story.cast.probation, "change_of_circumstance.recorded")
    assert heard["data"]["kind"] == "provider_concern"
    assert (heard["data"]["standing"], heard["data"]["urgency"]) == ("alleged", "urgent")
    assert heard["data"]["for"] == ["practitioner", "spo"]
    change = ok(story.practitioner.get(heard["subject"]["href"]))
    assert SEEN in change["details"]
    (review,) = change["reviews"]
    assert (review["owner"], review["urgency"], review["state"]) == ("practitioner", "urgent", "open")

    # A check on the child is raised, urgent, and waits for the child's details.
    (child,) = story.requests(referral_id, "childrens_safeguarding")
    assert (child["state"], child["urgency"]) == ("awaiting_details", "urgent")

    # When nobody asks who the child is, the ladder goes on telling them.
    story.wait(days=6)
    roles = {one["data"]["role"] for one in story.told(story.cast.probation, "escalation.notified")}
    assert {"practitioner", "spo"} <= roles

    # Nothing identifies the child yet, so nobody can be asked; what the practitioner learns goes out at once.
    seen = next(one for one in contacts(story, "other_child"))
    story.supply(CRN, seen, description="A girl with a red school coat", local_authority="E08000035")
    (child,) = story.requests(referral_id, "childrens_safeguarding")
    assert child["state"] == "requested"
    asked = ok(story.cast.council.get(f"/v1/check-requests/{child['id']}"))["document"]["contacts"]
    assert ["A girl with a red school coat" in one["identified_by"] for one in asked] == [True]

    # The authority convenes a conference, with a date.
    contact = next(
        one
        for one in ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
        if one["relationship"] == "other_child"
    )
    story.supply(
        CRN,
        contact,
        given_name="Poppy",
        family_name="Lascelles",
        date_of_birth="2022-10-01",
        local_authority="E08000035",
    )
    conference = {"kind": "initial_child_protection", "date": "2026-03-20"}
    story.answer(
        story.cast.council,
        child["id"],
        {
            "children": [
                {
                    "child_id": contact["id"],
                    "status": "child_in_need",
                    "conferences": [conference],
                    "source": "LCS",
                    "verified": "verified",
                }
            ]
        },
    )
    (check,) = story.checks(referral_id, "childrens_safeguarding")
    assert conference in check["results"][0]["findings"]["children"][0]["conferences"]

    # The provider sees that its report was received and nothing else.
    listed = ok(story.cast.crs.get(f"/v1/destination-referrals/{destination_referral_id}/concerns"))
    assert listed == {"items": [receipt], "next": None}
    assert len(story.feed(story.cast.crs)) == before
    assert (
        ok(
            story.cast.crs.get(f"/v1/destination-referrals/{destination_referral_id}/changes-of-circumstance")
        )["items"]
        == []
    )


@pytest.mark.parametrize(("with_child", "asked_about"), [("yes", 1), ("not_known", 0)])
def test_a_visitor_whom_premises_report_in_their_form_is_acted_on_as_a_concern(
    story: Story, with_child: str, asked_about: int
) -> None:
    submission = samples.darren_and_toby("BRE-2")
    submission["household"] = {"children": "no", "contacts": []}
    submission["addresses"] = submission["addresses"][:1]
    referral_id = story.submit(submission)["id"]
    part = story.part(referral_id, "approved_premises")["id"]
    ap = story.cast.ap
    story.take_on(ap, part)
    story.wait(days=1)
    seen = {"seen_at": "2026-03-03T07:40:00Z", "with_child": with_child, "status": "alleged", "detail": SEEN}
    path = f"/v1/destination-referrals/{part}"
    body = {"kind": "visitor", "content": seen}
    first = ok(ap.post(f"{path}/updates", json=body, idempotency_key="the-same"), 201)
    assert ok(ap.post(f"{path}/updates", json=body, idempotency_key="the-same"), 201) == first
    assert "999" in first["advice"]["now"]

    (heard,) = story.told(story.cast.probation, "change_of_circumstance.recorded")
    assert (heard["data"]["standing"], heard["data"]["urgency"]) == ("alleged", "urgent")
    assert heard["data"]["for"] == ["practitioner", "spo"]
    change = ok(story.practitioner.get(heard["subject"]["href"]))
    assert (SEEN in change["details"], len(change["reviews"])) == (True, 1)
    children = story.requests(referral_id, "childrens_safeguarding")
    assert [one["urgency"] for one in children] == ["urgent"] * asked_about
    (receipt,) = ok(ap.get(f"{path}/concerns"))["items"]
    assert set(receipt) == RECEIPT


def test_a_report_sent_twice_is_one_report(story: Story) -> None:
    referral_id = story.submit(with_no_known_family())["id"]
    destination_referral_id = story.part(referral_id, "crs", "accommodation")["id"]
    story.take_on(story.cast.crs, destination_referral_id)
    path = f"/v1/destination-referrals/{destination_referral_id}/concerns"
    body = {"occurred_on": "2026-03-02", "details": SEEN, "people": ["child"]}
    first = ok(story.cast.crs.post(path, json=body, idempotency_key="the-same"), 201)
    assert ok(story.cast.crs.post(path, json=body, idempotency_key="the-same"), 201) == first
    assert len(ok(story.cast.crs.get(path))["items"]) == 1


def contacts(story: Story, relationship: str) -> list[Json]:
    listed = ok(story.practitioner.get(f"{person_at(CRN)}/contacts", limit=500))["items"]
    return [contact for contact in listed if contact["relationship"] == relationship]


@pytest.mark.long
@pytest.mark.parametrize(
    ("seen", "relationship"), [("child", "other_child"), ("unborn", "unborn_child"), ("partner", "partner")]
)
def test_any_number_of_reports_leave_only_so_many_people_to_be_asked_about(
    story: Story, seen: str, relationship: str
) -> None:
    referral_id = story.submit(with_no_known_family())["id"]
    destination_referral_id = story.part(referral_id, "crs", "accommodation")["id"]
    story.take_on(story.cast.crs, destination_referral_id)
    story.wait(days=1)
    for _ in range(MOST_UNNAMED + 3):
        reported(story, destination_referral_id, people=[seen])
    unnamed = contacts(story, relationship)
    assert len(unnamed) == (1 if seen == "partner" else MOST_UNNAMED)
    changes = ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance", limit=500))["items"]
    assert len(changes) == MOST_UNNAMED + 3
    for change in changes:
        assert change["reviews"]
        if seen != "partner":  # an earlier partner may be the one who was seen
            assert set(change["contacts"]) < {contact["id"] for contact in unnamed}
            assert change["contacts"]


def test_a_partner_who_is_on_record_may_be_the_one_who_was_seen(story: Story) -> None:
    referral_id = story.submit(samples.toby("TOB-1"))["id"]
    before = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    assert {"partner", "ex_partner"} & {contact["relationship"] for contact in before}
    destination_referral_id = story.part(referral_id, "crs", "accommodation")["id"]
    story.take_on(story.cast.crs, destination_referral_id)
    story.wait(days=1)
    reported(story, destination_referral_id, people=["partner"])
    assert ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"] == before


def test_a_provider_reports_only_about_its_own(story: Story) -> None:
    referral_id = story.submit(with_no_known_family())["id"]
    destination_referral_id = story.part(referral_id, "crs", "accommodation")["id"]
    stranger = story.cast.crs_ete.post(
        f"/v1/destination-referrals/{destination_referral_id}/concerns",
        json={"occurred_on": "2026-03-02", "details": SEEN, "people": []},
    )
    assert stranger.status_code == 404
