"""Toby: nobody asked about the child. A community order, low risk; only help with a home is sought."""

from typing import Any

from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.referrals import samples

CRN = "X320744"
INCIDENT = "Neighbours heard shouting and a plate break."


def steps(story: Story, referral_id: str, request_id: str) -> list[tuple[str, str]]:
    """Return the firings of one request's ask ladder so far: the step, and who was notified."""
    return [
        (entry["data"]["step"], role)
        for entry in story.timeline(referral_id)
        if entry["subject"]["id"] == request_id and entry["event"] in {"clock.missed", "clock.escalated"}
        if entry["data"]["timer"] == "ask"
        for role in entry["data"]["told"]
    ]


def call_outs(times: int) -> list[Json]:
    return [
        {
            "date": f"2025-0{month}-14",
            "role": "perpetrator",
            "children_present": "yes",
            "summary": INCIDENT,
            "source": "Niche",
            "verified": "verified",
        }
        for month in range(1, times + 1)
    ]


def answers_come_back(story: Story, child_request: str, child_id: str, police: list[Json]) -> None:
    """Answer as children's services and as both forces."""
    story.answer(
        story.cast.council,
        child_request,
        {
            "children": [
                {
                    "child_id": child_id,
                    "status": "child_protection_plan",
                    "category": "emotional_abuse",
                    "since": "2025-11-02",
                    "source": "LCS",
                    "verified": "verified",
                }
            ]
        },
    )
    by_force = {one["area"]: one["id"] for one in police}
    story.answer(story.cast.police, by_force["west-yorkshire"], NOTHING_KNOWN | {"call_outs": call_outs(7)})
    story.answer(
        story.cast.other_police, by_force["greater-manchester"], dict(NOTHING_KNOWN), nothing_found=True
    )


def test_nobody_asked_about_the_child(story: Story) -> None:
    referral = story.submit(samples.toby())
    referral_id = referral["id"]
    crs = story.part(referral_id, "crs", "accommodation")
    assert crs["state"] == "sent"

    # A police check at both forces, although the offence is not domestic abuse and the risk is low.
    police = story.requests(referral_id, "police_da")
    assert {(one["area"], one["state"]) for one in police} == {
        ("west-yorkshire", "requested"),
        ("greater-manchester", "requested"),
    }
    # The child's check waits for details, its clock running since the submission.
    (child,) = story.requests(referral_id, "childrens_safeguarding")
    assert child["state"] == "awaiting_details"
    assert {missing["detail"] for missing in child["missing"]} == {"name", "date_of_birth"}
    (ask,) = child["clocks"]
    assert (ask["timer"], ask["overdue"]) == ("ask", False)

    # The provider takes the work on; nothing in its document mentions the ex-partner or the police.
    story.take_on(story.cast.crs, crs["id"])

    # Two weeks pass, and nobody asks.
    story.wait(days=14)
    climbed = steps(story, referral_id, child["id"])
    assert [role for _, role in climbed[:3]] == [
        "probation:practitioner",
        "probation:spo",
        "probation:pdu_head",
    ]
    assert len(climbed) == len(set(climbed)) == 3
    notices = story.told(story.cast.probation, "escalation.notified")
    assert {"practitioner", "spo", "pdu_head"} <= {notice["data"]["role"] for notice in notices}

    # Everybody has been notified: the child's authority is asked about Toby's child, without a name.
    read = ok(story.cast.council.get(f"/v1/check-requests/{child['id']}"))
    assert read["document"]["contacts"][0]["identified_by"] == ["child of Toby Marchbanks"]

    # The details are supplied once, and go to the child's authority.
    son = story.contact(CRN, "son")
    supplied = story.supply(
        CRN, son, given_name="Alfie", family_name="Marchbanks", date_of_birth="2017-05-30"
    )
    assert supplied["check_requests"] == [child["id"]]
    (asked,) = story.inbox(story.cast.council)
    assert asked["id"] == child["id"]
    read = ok(story.cast.council.get(f"/v1/check-requests/{child['id']}"))
    assert [one["date_of_birth"] for one in read["document"]["contacts"]] == ["2017-05-30"]

    answers_come_back(story, child["id"], son["id"], police)

    # Seven call-outs without a conviction are not "clear", and a review is due.
    (check,) = story.checks(referral_id, "police_da")
    assert check["state"] == "answered"
    returned = story.requests(referral_id, "police_da")
    assert {one["state"] for one in returned} == {"returned"}
    review_clocks = [c for one in returned for c in one["clocks"] if c["timer"] == "review"]
    assert len(review_clocks) == 2

    # The risk to children goes from low to medium, with a reason, and the provider is notified.
    before = story.document(story.cast.crs, crs["id"])["version"]
    change = story.report_change(
        CRN,
        "rosh_changed",
        rosh={
            "group": "children",
            "level": "medium",
            "who": "His son, when staying with the ex-partner.",
            "nature": "Emotional harm through what he sees.",
            "reason": "A child protection plan and seven call-outs were not known when this was judged low.",
        },
    )
    assert change["rosh_assessment_id"]
    (told,) = story.told(story.cast.crs, "destination_referral.changed")
    assert told["data"]["sections"] == ["risk"]
    document = story.document(story.cast.crs, crs["id"])
    assert document["version"] == before + 1
    assert levels(document["document"])["children"] == "Medium"

    the_provider_is_chased_until_it_acknowledges(story, referral_id, crs["id"])

    # What the provider holds has neither the ex-partner's address nor what the police said.
    everything = str(document) + str(story.feed(story.cast.crs))
    for secret in (samples.EX_PARTNERS_POSTCODE, samples.EX_PARTNERS_STREET, INCIDENT, "Holdsworth"):
        assert secret not in everything


def the_provider_is_chased_until_it_acknowledges(
    story: Story, referral_id: str, destination_referral_id: str
) -> None:
    part = ok(story.cast.crs.get(f"/v1/destination-referrals/{destination_referral_id}"))
    (notice,) = part["notices"]
    assert notice["acknowledged_at"] is None
    story.wait(days=7)
    chased = [
        entry
        for entry in story.timeline(referral_id)
        if entry["event"] == "clock.escalated" and entry["data"]["timer"] == "acknowledge"
    ]
    assert chased
    ok(
        story.cast.crs.post(
            f"/v1/destination-referrals/{destination_referral_id}/acknowledgements",
            json={"version": notice["version"], "can_continue": True},
        )
    )
    (notice,) = ok(story.cast.crs.get(f"/v1/destination-referrals/{destination_referral_id}"))["notices"]
    assert notice["acknowledged_at"]


def levels(document: Json) -> dict[str, str]:
    """Return the level of risk to each group, wherever a provider's document has it."""
    found: dict[str, Any] = document["risk"]["rosh"]
    return {group: one["level"] for group, one in found.items() if isinstance(one, dict)}


def test_a_wait_costs_nobody_a_second_notice(story: Story) -> None:
    referral = story.submit(samples.toby())
    story.wait(days=14)
    first = len(story.timeline(referral["id"]))
    story.work()
    story.work()
    assert len(story.timeline(referral["id"])) == first
