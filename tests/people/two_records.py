"""Two records of one person: under two CRNs, by two practitioners, and what a manager decides about them."""

from datetime import timedelta
from typing import Any, Final

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at, person_id

FIRST: Final = "X320741"
SECOND: Final = "X320755"
NOMS: Final = "A4417DX"
PNC: Final = "2009/0187342Q"
REASON: Final = "The fingerprints are the same; the court sent both numbers."


def begun(cast: Cast, the_clock: TheClock) -> Story:
    """Return a story in which the first of the two practitioners has referred the person, an hour ago."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    story.clock.move(timedelta(hours=1))
    return story


def colleague(story: Story) -> Caller:
    return story.cast.probation.as_practitioner("a.khan")


def second(reference: str = "SEC-1", **numbers: str) -> Json:
    """The same person under another CRN, as another practitioner knows them."""
    document = minimal(reference, SECOND)
    document["person"] |= {"name": {"given": "Darren", "family": "Ellershaw"}, **numbers}
    document["household"] = {
        "children": "not_recorded",
        "contacts": [
            {
                "ref": "new",
                "relationship": "partner",
                "given_name": "Leanne",
                "family_name": "Sowerby",
                "date_of_birth": "1993-02-11",
                "details_status": "provided",
                "lives_at": "hers",
            }
        ],
    }
    document["addresses"] = [
        {
            "ref": "hers",
            "kind": "partner",
            "lines": ["9 Skinner Lane", "Leeds"],
            "postcode": "LS7 1AX",
            "police_force": "west-yorkshire",
            "local_authority": "E08000035",
            "contact_ref": "new",
        }
    ]
    return document


def submit_second(story: Story, **numbers: str) -> Json:
    return ok(colleague(story).post("/v1/referrals", json=second(**numbers)), 201)


def both(story: Story) -> Json:
    """Submit the second, with the numbers of the first."""
    return submit_second(story, noms_number=NOMS, pnc_number=PNC)


def decide(caller: Caller, **given: Any) -> Any:
    seen = caller.get(person_at(SECOND))
    body = {"other": str(person_id(FIRST)), "reason": REASON} | given
    return caller.post(f"{person_at(SECOND)}/same-as", json=body, if_match=seen.headers["ETag"])


def merge(story: Story, keep: str = FIRST) -> Json:
    return ok(decide(story.spo, same=True, keep=keep))


def part(story: Story) -> Json:
    return ok(decide(story.spo, same=False))
