"""A case whose licence ends on the last day of June, for the stories of what ends with it."""

from copy import deepcopy
from datetime import datetime, timedelta
from threading import Event

from service.cases.actions.sharing_ends import follow_sharing
from service.timers.worker import work_once
from tests.cast import Caller
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby

CRN = "X320741"
LAST_DAY = "2026-06-30"
THE_DAY_AFTER = "2026-07-01T09:00Z"
GOES_ON = {
    "legal_basis": "public_protection",
    "reason": "Threats to the same household.",
    "until": "2026-09-30",
}


def ending(**more: object) -> Json:
    """Return a case whose licence ends on the last day of June."""
    document = darren_and_toby("END-1", crn=CRN)
    document["sentence"] |= {"expiry_date": LAST_DAY, "licence_expiry_date": LAST_DAY}
    document["release"]["releases"][0]["end_date"] = LAST_DAY
    return document | more


def work(story: Story, until: str | None = None) -> None:
    """Let a worker pass; up to a moment, once a day, as it would every few seconds."""
    while until and story.clock.at < datetime.fromisoformat(until):
        story.clock.set(min(story.clock.at + timedelta(days=1), datetime.fromisoformat(until)))
        work_once("test", Event(), first=[follow_sharing])
    work_once("test", Event(), first=[follow_sharing])


def path(part: Json, below: str = "") -> str:
    return f"/v1/destination-referrals/{part['id']}{below}"


def ended(story: Story, document: Json | None = None) -> tuple[Json, Json, Json]:
    """Submit, have two destinations work with it, and let the licence end; the referral and both parts."""
    referral = story.submit(document or ending())
    ete = story.part(referral["id"], "crs", "education_training_and_employment")
    ap = story.part(referral["id"], "approved_premises")
    story.take_on(story.cast.crs_ete, ete["id"])
    story.take_on(story.cast.ap, ap["id"])
    story.clock.set(THE_DAY_AFTER)
    return referral, ete, ap


def amend(story: Story, referral: Json, change: Json) -> Json:
    where = f"/v1/referrals/{referral['id']}"
    seen = story.practitioner.get(where)
    version = seen.get_json()["current_version"]
    document = deepcopy(ok(story.practitioner.get(f"{where}/versions/{version}"))["document"])
    answer = story.practitioner.post(
        f"{where}/versions", json=document | change, if_match=seen.headers["ETag"]
    )
    return ok(answer)


def continuing(*bases: Json) -> Json:
    basis = {"legal_basis": "statutory_supervision", "person_told": True, "continues": list(bases)}
    return {"sharing_basis": basis}


def names_told(story: Story, caller: Caller, after: int) -> list[str]:
    return [entry["event"] for entry in story.feed(caller)[after:]]


NEW_PARTNER: Json = {
    "contacts": [
        {
            "ref": "new-partner",
            "relationship": "partner",
            "given_name": "Imelda",
            "family_name": "Vance",
            "date_of_birth": "1990-04-02",
            "details_status": "provided",
            "lives_at": "hers",
        }
    ],
    "addresses": [
        {
            "ref": "hers",
            "kind": "partner",
            "lines": ["3 Cawdor Yard", "Leeds"],
            "postcode": "LS6 2AA",
            "police_force": "west-yorkshire",
            "local_authority": "E08000035",
        }
    ],
}
