"""Jess and Jan: what a service must be able to meet before it takes somebody on."""

from typing import Any

from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby

ETE = "education_training_and_employment"
GROUP: Json = {"kind": "group", "needed": "yes", "detail": "No group of men only."}


def referred(story: Story, adjustments: list[Json], **person: object) -> str:
    """Refer somebody to help with work; return the path of the provider's part."""
    document = darren_and_toby() | {"adjustments": adjustments}
    document["person"] |= {"interpreter_needed": False} | person
    part = story.part(story.submit(document)["id"], "crs", ETE)
    return f"/v1/destination-referrals/{part['id']}"


def try_to_accept(story: Story, path: str) -> Any:
    provider = story.cast.crs_ete
    seen = provider.get(path)
    return provider.post(f"{path}/transitions", json={"action": "accept"}, if_match=seen.headers["ETag"])


def say(story: Story, path: str, *answers: Json) -> None:
    update = {"kind": "adjustments", "content": {"answers": list(answers)}}
    ok(story.cast.crs_ete.post(f"{path}/updates", json=update), 201)


def test_jess_is_not_taken_on_before_it_is_said_who_else_is_in_the_group(story: Story) -> None:
    path = referred(story, [GROUP])
    provider = story.cast.crs_ete
    assert ok(provider.get(f"{path}/document"))["document"]["adjustments"] == [GROUP]
    assert try_to_accept(story, path).status_code == 409
    assert ok(provider.get(path))["adjustments_to_answer"] == ["group"]

    say(story, path, {"kind": "group", "can_meet": False, "note": "All our groups are of men."})
    assert story.told(story.practitioner, "destination_referral.updated")[-1]["data"]["cannot_meet"] == [
        "group"
    ]
    (answer,) = ok(story.practitioner.get(f"{path}/updates"))["items"][-1]["content"]["answers"]
    assert (answer["can_meet"], answer["note"]) == (False, "All our groups are of men.")

    # What follows is probation's to choose: the provider does not take her on by itself.
    refused = try_to_accept(story, path)
    assert (refused.status_code, "group" in refused.get_json()["detail"]) == (409, True)
    (counted,) = ok(story.practitioner.get("/v1/adjustments"))["adjustments"]
    assert [counted[name] for name in ("asked", "met", "not_met", "decided")] == [3, 0, 1, 0]
    # Here she is not to go there.
    choice = {
        "action": "request_withdrawal",
        "reason": "No group that she could join; a one-to-one service is asked.",
    }
    seen = story.practitioner.get(path)
    ok(story.practitioner.post(f"{path}/transitions", json=choice, if_match=seen.headers["ETag"]))
    assert ok(provider.get(path))["state"] == "withdrawal_requested"
    (counted,) = ok(story.practitioner.get("/v1/adjustments"))["adjustments"]
    assert [counted[name] for name in ("asked", "met", "not_met", "decided")] == [3, 0, 1, 1]


def test_jan_has_an_interpreter_or_is_not_taken_on(story: Story) -> None:
    """The need is stated once, of the person, and is asked about like every other."""
    path = referred(story, [], interpreter_needed=True, interpreter_language="Polish")
    provider = story.cast.crs_ete
    ok(provider.get(f"{path}/document"))
    assert ok(provider.get(path))["adjustments_to_answer"] == ["language"]
    assert try_to_accept(story, path).status_code == 409
    say(story, path, {"kind": "language", "can_meet": True, "note": "A Polish interpreter on Tuesdays."})
    assert ok(try_to_accept(story, path))["state"] == "accepted"


def test_what_is_not_needed_is_not_asked(story: Story) -> None:
    path = referred(story, [GROUP | {"needed": "no"}, {"kind": "literacy", "needed": "not_recorded"}])
    ok(story.cast.crs_ete.get(f"{path}/document"))
    assert ok(story.cast.crs_ete.get(path))["adjustments_to_answer"] == []
    assert ok(try_to_accept(story, path))["state"] == "accepted"
