"""Darren in the premises, and the home that he is to move on to: where several stories begin."""

from tests.journeys.driver import Json, Story, ok
from tests.referrals import samples

HOME: Json = {
    "lines": ["12 Skinner Street", "Leeds"],
    "postcode": "LS9 8PR",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}


def staying(story: Story) -> tuple[str, str]:
    """Bring Darren into the premises; return the ids of the referral and of the premises' part."""
    referral_id: str = story.submit(samples.darren_and_toby())["id"]
    destination_referral_id: str = story.part(referral_id, "approved_premises")["id"]
    story.take_on(story.cast.ap, destination_referral_id)
    stay = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    ok(story.place(story.cast.ap, destination_referral_id, "offer", **stay))
    ok(story.place(story.practitioner, destination_referral_id, "confirm"))
    story.wait_until("2026-03-25T09:00:00+00:00")
    ok(story.place(story.cast.ap, destination_referral_id, "record_arrival", arrived_on="2026-03-24"))
    return referral_id, destination_referral_id
