"""Two regions, three people and every organisation that works with them, so that no table is empty."""

from datetime import timedelta
from uuid import uuid4

from service import clock, db
from service.access.actor import Actor
from service.events.webhooks import registration
from service.people.model import Restriction
from tests.cast import Caller
from tests.faults.fixtures import CRN, RESTRICTED, Place, open_cases
from tests.journeys.driver import NOTHING_KNOWN, Json, ok
from tests.people.factories import give_sight, held_meanwhile_by
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at, person_id
from tests.subject_access.asking import opened

THEIR_OWN = "X320751"
"""Somebody with whom only the other region works."""

SHARED = {"X320761": ("checks",), "X320762": ("household",), "X320763": ("referrals", "household", "risk")}
"""People of whom the other region sees some sections, and no others."""

NO_LONGER_SHARED = "X320764"
"""Somebody of whom the other region saw everything until a second ago, and a colleague must see nothing."""

HOME: Json = {
    "lines": ["9 Weavers Row", "Leeds"],
    "postcode": "LS9 8AB",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}


def fill(place: Place, *, records_of_others: bool = True) -> None:
    """Do everything once as each caller: answer, review, complete, place, acknowledge, be notified.

    Args:
        records_of_others: whether there are side records, shares and exclusions, which release 0022 had not.
    """
    open_cases(place)
    ok(place.callers()["stranger"].post("/v1/referrals", json=darren_and_toby("STR-2", crn=THEIR_OWN)), 201)
    if records_of_others:
        _another_region(place)
        _keep_registers(place)
        employer = {
            "recipient": "employer",
            "name": "Hallam Roofing",
            "reason": "He works with young people.",
        }
        ok(place.officer.post(f"{person_at(CRN)}/disclosure-decisions", json=employer), 201)
        keeper = place.cast.probation.as_practitioner("r.keeper", "records_manager")
        opened(keeper, person_at(CRN))
        for crn in (CRN, RESTRICTED):
            arranged = {"identification": {"state": "held"}}
            ok(place.officer.post(f"{person_at(crn)}/release-arrangements", json=arranged), 201)
    for crn, referral in ((CRN, place.referral), (RESTRICTED, place.restricted)):
        _answer(place, referral["id"])
        _follow(place, crn)
        _stay(place, referral["id"])
    _acknowledge(place)
    _move_clocks(place)
    for name in ("probation", "stranger", "crs", "police"):
        _push(place, place.cast.callers[name])


def _keep_registers(place: Place) -> None:
    """Let organisations of each side enter an absence in their staff registers."""
    away = {"name": "Away", "absences": [{"from": "2020-01-06", "until": "2030-01-10"}]}
    for caller in (place.cast.probation, place.cast.stranger, place.cast.crs, place.cast.police):
        ok(caller.keeper().put("/v1/staff/a.way", json=away))


def _another_region(place: Place) -> None:
    stranger = place.callers()["stranger"]
    # Both regions worked with one of them before a record had one holder, and still do.
    with held_meanwhile_by(stranger, CRN):
        ok(stranger.post("/v1/referrals", json=darren_and_toby("STR-1", crn=CRN)), 201)
    # And each has submitted for somebody with whom only the other works, or a few of its own.
    for caller, crn in (
        (stranger, RESTRICTED),
        (place.officer, THEIR_OWN),
        (place.callers()["colleague"], RESTRICTED),
    ):
        stated = darren_and_toby(f"ELSE-{crn}", crn=crn)
        stated["person"]["name"]["given"] = "Wayne"
        ok(caller.post("/v1/referrals", json=stated), 201)
    place.story.report_change(THEIR_OWN, "arrest", stranger)
    _ask_for_a_limited_case(place, stranger)
    for crn, sections in SHARED.items():
        # All of them have one number: each region asks whom it may be among those that it sees.
        shared = darren_and_toby(f"SHARED-{crn}", crn=crn)
        shared["person"]["noms_number"] = "A7000SH"
        place.story.submit(shared)
        give_sight(stranger, crn, *sections)
    _two_of_one_number(place)
    place.story.submit(darren_and_toby("SHARED-NO-MORE", crn=NO_LONGER_SHARED))
    give_sight(stranger, NO_LONGER_SHARED, lasts=timedelta(seconds=1))
    _exclude(place.callers()["colleague"], NO_LONGER_SHARED)
    place.story.clock.move(timedelta(seconds=1))


def _two_of_one_number(place: Place) -> None:
    """Let a manager say of two who have one number that they are two people."""
    one, other = (person_at(crn) for crn in sorted(SHARED)[:2])
    tag = place.story.spo.get(other).headers["ETag"]
    decided = {"other": one.rpartition("/")[2], "same": False, "reason": "They are cousins."}
    ok(place.story.spo.post(f"{other}/same-as", json=decided, if_match=tag))


def _ask_for_a_limited_case(place: Place, stranger: Caller) -> None:
    """Let another region ask for a share and for the case, and its holder decide on what was stated."""
    (aside,) = ok(stranger.post("/v1/people/search", json={"crn": RESTRICTED}))["found"]
    wanted = {"basis": "joint", "sections": ["risk"], "until": "2026-06-01T00:00:00Z", "reason": "He moves."}
    ok(stranger.post(f"{aside['href']}/share-requests", json=wanted), 201)
    ok(stranger.post("/v1/transfers", json={"person_id": aside["id"], "reason": "He lives here."}), 201)
    held = person_at(RESTRICTED)
    proposed = ok(place.officer.get(f"{held}/proposals"))["items"][0]
    left = {"taken": False, "reason": "It is on record already."}
    ok(place.officer.post(f"{proposed['href']}/decision", json=left), 201)
    tag = place.officer.get(f"{held}/holding").headers["ETag"]
    mate = {"action": "add", "practitioner": "t.mate", "part": "pso"}
    ok(place.officer.post(f"{held}/team", json=mate, if_match=tag))


def _exclude(caller: Caller, crn: str) -> None:
    assert caller.practitioner is not None
    with db.transaction("owner") as session:
        session.add(
            Restriction(
                id=uuid4(),
                person_id=person_id(crn),
                organisation_id=caller.organisation_id,
                practitioner_id=caller.practitioner.id,
                because="chosen",
                excluded=True,
                named_by="p.shah",
                named_at=clock.now(),
            )
        )


def _answer(place: Place, referral_id: str) -> None:
    """Ask back, answer, review, and where it can be done countersign."""
    story, officer = place.story, place.officer
    request = next(one for one in story.requests(referral_id, "police_da") if one["state"] == "requested")
    force = place.cast.police if request["area"] == "west-yorkshire" else place.cast.other_police
    story.move_request(force, request["id"], "return_for_information", question="Which address?")
    story.move_request(officer, request["id"], "answer_information", answer="The first.")
    story.answer(force, request["id"], dict(NOTHING_KNOWN), nothing_found=True)
    path = f"/v1/checks/{request['check_id']}"
    found = {"check_request_id": request["id"], "changes": ["nothing"], "reason": "Nothing is held."}
    reviewed = ok(officer.post(f"{path}/reviews", json=found, if_match=officer.get(path).headers["ETag"]))
    manager = story.spo
    tag = manager.get(path).headers.get("ETag")
    if tag is not None:  # in a case of limited access there is no such manager
        signed = f"{path}/reviews/{reviewed['reviews'][0]['id']}/countersignature"
        ok(manager.post(signed, json={"agreed": True, "reason": "So it is."}, if_match=tag))


def _follow(place: Place, crn: str) -> None:
    """Complete a review, propose and agree to another, and raise the risk, which notifies destinations."""
    story = place.story
    opened = ok(place.officer.get(f"{person_at(crn)}/reviews"))["items"]
    review = next(one for one in opened if one["kind"] == "risk" and one["state"] == "open")
    considered = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]
    ok(story.complete_review(review["id"], changes=["curfew"], considered=considered))
    (unchanged,) = story.report_change(crn, "work_started")["reviews"]
    ok(story.complete_review(unchanged["id"], no_change_reason="The plan had counted on the job."))
    if story.spo.get(f"/v1/reviews/{unchanged['id']}").status_code == 200:  # not in a limited access case
        ok(story.agree_to_review(unchanged["id"], agreed=True, reason="So it had."))
    risen = {"group": "known_adult", "level": "very_high", "who": "Her.", "reason": "What the police hold."}
    story.report_change(crn, "rosh_changed", rosh=risen)
    story.supply(crn, story.contact(crn, "son"), given_name="Alfie", family_name="Ellershaw")


def _stay(place: Place, referral_id: str) -> None:
    """Record an arrival, and propose a move-on address."""
    story, day = place.story, clock.today()
    part = story.part(referral_id, "approved_premises")["id"]
    until = day.replace(year=day.year + 1).isoformat()
    ok(story.place(place.cast.ap, part, "offer", expected_arrival=day.isoformat(), expected_departure=until))
    ok(story.place(place.officer, part, "confirm"))
    ok(story.place(place.cast.ap, part, "record_arrival", arrived_on=day.isoformat()))
    ok(story.place(place.officer, part, "propose_move_on", address=HOME))


def _acknowledge(place: Place) -> None:
    for caller, colleague in ((place.story.spo, "h.grant"), (place.cast.police, "unit.manager")):
        for escalation in ok(caller.get("/v1/escalations", limit=500))["items"]:
            address, may = f"/v1/escalations/{escalation['id']}", escalation["allowed_transitions"]
            if "acknowledge" in may:
                ok(caller.post(f"{address}/acknowledgement"))
            if "note" in may:
                ok(caller.post(f"{address}/notes", json={"text": "Promised for noon."}), 201)
            if "hand_over" in may:
                handed = {"to": colleague, "reason": "Away from noon."}
                assert caller.post(f"{address}/handover", json=handed).status_code in {200, 409}


def _move_clocks(place: Place) -> None:
    """Publish an override in two regions, and move the clocks of each onto its own."""
    path = "/v1/policies/police_da.allocation/versions"
    for part in ("probation", "stranger"):
        region = place.cast.callers[part].as_practitioner("r.mercer", "region")
        agreed = {"figures": {"answer": {"targets": {"routine": "4wd"}}}, "reason": "Agreed."}
        number = ok(region.post(path, json=agreed), 201)["version"]
        ok(region.post(f"{path}/{number}/application", json={"reason": "It begins today."}))


def _push(place: Place, caller: Caller) -> None:
    """Register an endpoint, and let there be a dead letter for every entry of the feed."""
    with db.transaction("owner") as session:
        made = registration.register(
            session,
            Actor.for_service("registration"),
            caller.organisation_id,
            f"https://{caller.code.lower()}.test/{uuid4()}",
        )
    place.rows(
        "INSERT INTO webhook_delivery (id, endpoint_id, organisation_id, position, event_id, state, tries,"
        " replays, derived_at, settled_at)"
        " SELECT gen_random_uuid(), %s, organisation_id, position, event_id, 'dead', 10, 0, now(), now()"
        " FROM feed_entry WHERE organisation_id = %s RETURNING id",
        made.endpoint_id,
        caller.organisation_id,
    )
