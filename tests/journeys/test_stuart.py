"""Stuart: one check, three authorities. An approved premises, and young relatives in three places."""

from werkzeug.test import TestResponse

from tests.journeys.driver import NOTHING_KNOWN, Json, Story, answers_also_for, ok
from tests.referrals import samples
from tests.rows import person_at

CRN = "X320750"
LEEDS, MANCHESTER, BRADFORD, SHEFFIELD = "E08000035", "E08000003", "E08000032", "E08000019"
FAMILY_HOME = {
    "ref": "family-home",
    "kind": "visited",
    "lines": ["9 Hollin Bank", "Bradford"],
    "postcode": "BD9 4QT",
    "police_force": "west-yorkshire",
    "local_authority": BRADFORD,
}


NAMES = {"niece": "Elsie", "nephew": "Reuben", "cousin": "Idris"}


def young_relative(ref: str, authority: str) -> Json:
    return {
        "ref": ref,
        "relationship": "other_child",
        "given_name": NAMES[ref],
        "family_name": "Osgerby",
        "date_of_birth": "2016-08-09",
        "details_status": "provided",
        "local_authority": authority,
    }


def stuart() -> Json:
    submission = samples.darren_and_toby("STU-1", crn=CRN)
    submission["household"]["contacts"] = [
        young_relative("niece", LEEDS),
        young_relative("nephew", MANCHESTER),
        young_relative("cousin", BRADFORD) | {"lives_at": "family-home"},
    ]
    submission["addresses"] = [submission["addresses"][0], FAMILY_HOME]
    return submission


def not_known(child: str) -> Json:
    return {"children": [{"child_id": child, "status": "not_known", "source": "LCS", "verified": "verified"}]}


def test_a_check_waits_for_every_authority(story: Story) -> None:
    answers_also_for(story.cast.council, "childrens_services", BRADFORD)
    answers_also_for(story.cast.other_council, "childrens_services", SHEFFIELD)
    referral_id = story.submit(stuart())["id"]

    # Three requests, three clocks.
    requests = {one["area"]: one for one in story.requests(referral_id, "childrens_safeguarding")}
    assert set(requests) == {LEEDS, MANCHESTER, BRADFORD}
    assert all(one["clocks"][0]["timer"] == "answer" for one in requests.values())
    children = {ref: story.contact(CRN, ref)["id"] for ref in ("niece", "nephew", "cousin")}

    # Two answer, and the check is still open.
    story.wait(days=2)
    story.answer(story.cast.council, requests[LEEDS]["id"], not_known(children["niece"]), nothing_found=True)
    story.answer(
        story.cast.other_council,
        requests[MANCHESTER]["id"],
        not_known(children["nephew"]),
        nothing_found=True,
    )
    (check,) = story.checks(referral_id, "childrens_safeguarding")
    assert check["state"] == "open"

    # The move on to the family address is refused, and the refusal names the request that is open.
    ap = in_the_premises(story, referral_id)
    addresses = ok(story.practitioner.get(f"{person_at(CRN)}/addresses"))["items"]
    home = next(one["id"] for one in addresses if one["ref"] == "family-home")
    ok(story.place(story.practitioner, ap, "propose_move_on", address_id=home))
    answer_police(story, referral_id)
    refused = leave(story, ap)
    assert refused.status_code == 409
    outstanding = [one for one in refused.get_json()["outstanding"] if one["code"] == "check_request"]
    assert [one["id"] for one in outstanding] == [requests[BRADFORD]["id"]]

    # The third says that it is not theirs: a fourth request arises, its exposure counted from the beginning.
    story.move_request(
        story.cast.council,
        requests[BRADFORD]["id"],
        "misdirect",
        to_area=SHEFFIELD,
        reason="The family moved in January.",
    )
    now = {one["id"]: one for one in story.requests(referral_id, "childrens_safeguarding")}
    third = now[requests[BRADFORD]["id"]]
    fourth = now[third["succeeded_by"]]
    assert (third["state"], fourth["state"], fourth["area"]) == ("misdirected", "requested", SHEFFIELD)
    assert fourth["exposed_since"] == requests[BRADFORD]["exposed_since"]
    assert story.checks(referral_id, "childrens_safeguarding")[0]["state"] == "open"
    story.answer(story.cast.other_council, fourth["id"], not_known(children["cousin"]), nothing_found=True)
    answered = [one["state"] for one in story.requests(referral_id, "childrens_safeguarding")]
    assert answered.count("returned") == 3
    still = leave(story, ap).get_json()
    assert "check_request" not in {one["code"] for one in still["outstanding"]}


def in_the_premises(story: Story, referral_id: str) -> str:
    """Admit a person to the approved premises on the day of release; return the destination referral's id."""
    destination_referral_id: str = story.part(referral_id, "approved_premises")["id"]
    story.take_on(story.cast.ap, destination_referral_id)
    ok(
        story.place(
            story.cast.ap,
            destination_referral_id,
            "offer",
            expected_arrival="2026-03-24",
            expected_departure="2026-06-16",
        )
    )
    ok(story.place(story.practitioner, destination_referral_id, "confirm"))
    story.wait_until("2026-03-25T09:00:00+00:00")
    ok(story.place(story.cast.ap, destination_referral_id, "record_arrival", arrived_on="2026-03-24"))
    story.wait_until("2026-03-27T12:00:00+00:00")
    return destination_referral_id


def answer_police(story: Story, referral_id: str) -> None:
    """Answer as the force, about the person and the family home at once."""
    (asked,) = story.requests(referral_id, "police_da")
    assert asked["area"] == "west-yorkshire"
    story.answer(story.cast.police, asked["id"], dict(NOTHING_KNOWN), nothing_found=True)


def leave(story: Story, destination_referral_id: str) -> TestResponse:
    return story.place(
        story.cast.ap,
        destination_referral_id,
        "record_departure",
        departed_on="2026-03-27",
        reason="planned_move_on",
    )
