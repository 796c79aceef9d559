"""Larry: from court to the street the same day, and recalled a week later."""

from datetime import timedelta

from tests.journeys.driver import Json, Story, ok
from tests.referrals import samples
from tests.rows import person_at

CRN = "X320743"


def working_with(story: Story) -> tuple[str, Json]:
    """Submit Toby's case, the provider at work; return the referral's id and the provider's part."""
    referral_id: str = story.submit(samples.toby())["id"]
    destination_referral_id = story.part(referral_id, "crs", "accommodation")["id"]
    story.take_on(story.cast.crs, destination_referral_id)
    story.move(story.cast.crs, destination_referral_id, "start")
    return referral_id, story.part(referral_id, "crs", "accommodation")


def test_he_is_accepted_at_once_with_a_list_of_gaps_and_the_incomplete_holds_back_no_other(
    story: Story,
) -> None:
    referral_id = story.submit(samples.urgent_from_court())["id"]
    states = {part["kind"]: part for part in story.referral(referral_id)["destinations"]}
    assert states["approved_premises"]["state"] == "sent"
    assert states["mappa"]["state"] == "sent"
    assert states["crs"]["state"] == "incomplete"
    assert states["crs"]["missing"]


def test_a_recall_tells_every_open_destination_and_suspends_their_work(story: Story) -> None:
    _, part = working_with(story)
    story.wait(days=7)
    change = story.report_change("X320744", "recalled", details="Whereabouts unknown since Friday.")
    assert [told["destination"] for told in change["told"]] == ["crs"]

    # The provider is notified, reads which change it was, and nothing of its content.
    (heard,) = story.told(story.cast.crs, "destination_referral.circumstances_changed")
    (news,) = ok(story.cast.crs.get(f"{heard['subject']['href']}/changes-of-circumstance"))["items"]
    assert (news["id"], news["kind"]) == (heard["data"]["change"], "recalled")
    assert "details" not in news

    # Its work is suspended, with the reason, and nothing chases it any more.
    now = ok(story.cast.crs.get(f"/v1/destination-referrals/{part['id']}"))
    assert (now["state"], now["next_update_due"]) == ("on_hold", None)
    assert now["moves"][-1]["detail"] == {"reason": "recalled"}
    story.wait(days=40)
    assert story.told(story.cast.crs, "escalation.notified") == []

    # It takes up the work again itself when he is out.
    assert "resume" in now["allowed_transitions"]
    story.move(story.cast.crs, part["id"], "resume")
    again = ok(story.cast.crs.get(f"/v1/destination-referrals/{part['id']}"))
    assert again["next_update_due"] is not None


def test_no_change_recalls_anybody_by_itself(story: Story) -> None:
    referral_id, part = working_with(story)
    for kind in ("arrest", "contact_condition_breach", "positive_drug_test", "exclusion_breach"):
        story.clock.move(timedelta(hours=1))
        story.report_change("X320744", kind)
    assert story.part(referral_id, "crs", "accommodation")["state"] == part["state"]
    kinds = [
        one["kind"]
        for one in ok(story.practitioner.get(f"{person_at('X320744')}/changes-of-circumstance"))["items"]
    ]
    assert "recalled" not in kinds
    assert not [entry for entry in story.timeline(referral_id) if "recall" in entry["event"]]


def test_the_end_of_a_curfew_ends_no_check(story: Story) -> None:
    referral_id, _ = working_with(story)
    before = [(one["id"], one["state"]) for one in story.requests(referral_id, "police_da")]
    change = story.report_change("X320744", "hdc_ended")
    assert change["checks"] == []
    assert [(one["id"], one["state"]) for one in story.requests(referral_id, "police_da")] == before
