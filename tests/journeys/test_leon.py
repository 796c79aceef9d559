"""Leon: progress. Good news is a change too, and can lower what is needed."""

from tests.journeys.darren import staying
from tests.journeys.driver import Story, ok
from tests.people.factories import GROUNDS

CRN = "X320741"


def test_work_is_told_reviewed_and_can_lower_a_risk_with_evidence(story: Story) -> None:
    referral_id, destination_referral_id = staying(story)
    story.wait(days=30)
    change = story.report_change(
        CRN, "work_started", source="employer", details="Early shifts at a joinery, four days a week."
    )
    assert change["checks"] == []
    assert "approved_premises" in {told["destination"] for told in change["told"]}
    news = ok(
        story.cast.ap.get(f"/v1/destination-referrals/{destination_referral_id}/changes-of-circumstance")
    )["items"]
    assert [one["kind"] for one in news] == ["work_started"]

    (review,) = change["reviews"]
    done = ok(story.complete_review(review["id"], changes=["curfew", "contact_level"]))
    assert done["outcome"]["changes"] == ["curfew", "contact_level"]

    lowered = story.report_change(
        CRN,
        "rosh_changed",
        caller=story.pdu_head,
        rosh={
            "group": "public",
            "level": "medium",
            "reason": "Sober, working, and keeping to his plan.",
            "evidence": "Eight weeks of clear tests and the employer's account.",
            "grounds": GROUNDS,
            "override_reason": "What is not answered is about his mother's home, which he has left.",
        },
    )
    assert lowered["rosh_assessment_id"]
    names = [entry["event"] for entry in story.timeline(referral_id)]
    told = ["placement.arrived", "change_of_circumstance.recorded", "review.completed", "rosh.lowered"]
    assert [names.index(name) for name in told] == sorted(names.index(name) for name in told)
