"""The same human acts in two worlds that differ in one thing, and what each reader could read in either."""

import itertools
import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
from flask import Flask

from service import clock, db
from service.access.actor import Actor
from service.events.webhooks import deliveries
from service.organisations.model import Organisation
from service.organisations.writes.organisations import register_organisation
from tests.cast import Caller, Cast, assemble
from tests.conftest import START, TheClock, a_database
from tests.events.webhooks import SOURCE, record, registered
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, answers_also_for, ok
from tests.referrals import samples
from tests.rows import person_at
from tests.subject_access.asking import let_know, released
from tests.twins.reading import Notebook, Seen, read_everything

READERS: Final = ("crs", "crs_ete", "ap", "cas3", "police", "council", "other_police", "other_council")
"""A provider of each kind, an independent premises, a CAS3 team, two forces and two authorities."""

WALES: Final = "wales"
"""The region that submits in a world in Wales: another law."""
SUBJECT: Final = "subject"
"""The person themself: reads the copy of the record that the region gives them."""
EVERYBODY: Final = (*READERS, SUBJECT)

CRN: Final = "X320741"
NEW_HOME: Final[Json] = {
    "lines": ["7 Cobden Terrace", "Leeds"],
    "postcode": "LS12 2BN",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}
QUIST: Final[Json] = {
    "ref": "now-victim",
    "relationship": "victim",
    "given_name": "Ottoline",
    "family_name": "Quist",
    "details_status": "provided",
    "lives_at": "her-home",
}
HER_HOME: Final[Json] = {
    "ref": "her-home",
    "kind": "other",
    "lines": ["9 Pemberton Rise", "Leeds"],
    "postcode": "LS6 3HP",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
    "contact_ref": "now-victim",
}
INTELLIGENCE: Final[Json] = {
    "date": "2026-01-20",
    "summary": "Said to have bought a knife.",
    "onward_sharing": "no",
    "source": "Niche",
    "verified": "not_verified",
}


STEP_CHILD: Final[Json] = {
    "ref": "step-child",
    "relationship": "step_child",
    "given_name": "Rowan",
    "family_name": "Ashdown",
    "date_of_birth": "2017-05-04",
    "details_status": "provided",
    "lives_at": "friends",
}
FRIENDS: Final[Json] = {
    "ref": "friends",
    "kind": "visited",
    "lines": ["22 Copson Row", "Manchester"],
    "postcode": "M20 3HE",
    "police_force": "greater-manchester",
    "local_authority": "E08000003",
}
"""Where a second force and a second authority are asked, in every world."""
ZONE: Final[Json] = {"label": "The town centre", "postcodes": ["LS1 4DY", "LS1 4EA"]}


REGIONS: Final = {"probation": "N55", "stranger": "N51", WALES: "N03"}
DUTIES: Final = {
    "crs": "crs:accommodation",
    "crs_ete": "crs:education_training_and_employment",
    "ap": "approved_premises",
    "cas3": "cas3",
}


@dataclass(frozen=True)
class World:
    """What one of two worlds has and the other has not.

    Args:
        mappa: whether MAPPA is asked: never, with the submission, by the amendment, or by one of its own that
            changes nothing else: alone, a day after submission, or agreed, once an address is agreed to.
        victim: whether a victim, an ex-partner in another force's area, is on record.
        victim_later: whether a victim is recorded three weeks later, whom texts and zones touch that were
            sent, and who then comes to live where the person moves on to.
        another: whether CAS3 is referred to as well.
        withdrawn: whether what another provider was asked is withdrawn, once the police have answered.
        intelligence: whether the police answer with intelligence.
        limited: whether it is a limited access case.
        region: who submits, by its part in the cast; `WALES` under the law of Wales.
        cause: the kind of change by which an address is learned of in the end, if one is.
        held_elsewhere: whether another region holds the CRN; it holds a CRN of its own otherwise.
        zone: whether there is an exclusion zone.
        again: whether CAS3 is asked for him in a second referral too.
        knowing: whether the premises are the Probation Service's own, and may know of MAPPA.
        telling: whether it is to be decided whether a new partner is told of him, under the Right to Know.
    """

    mappa: str = "never"
    victim: bool = False
    victim_later: bool = False
    another: bool = True
    withdrawn: bool = False
    intelligence: bool = False
    limited: bool = False
    region: str = "probation"
    cause: str = ""
    held_elsewhere: bool = False
    zone: bool = False
    again: bool = False
    knowing: bool = False
    telling: bool = False


@dataclass
class Played:
    """A story as it is played in one world."""

    app: Flask
    story: Story
    world: World
    looking: Collection[str]
    notebooks: dict[str, Notebook] = field(default_factory=dict)
    referral: str = ""
    document: Json = field(default_factory=dict)

    def parts(self, caller: Caller) -> list[str]:
        """Return what a destination lists of its own."""
        return [one["id"] for one in ok(caller.get("/v1/destination-referrals"))["items"]]

    def everybody_looks(self) -> None:
        """Let each reader that looks read all it can, and receive what is pushed to it."""
        while (claim := deliveries.claim(clock.now(), source=SOURCE)) is not None:
            self.notebooks[claim.url.rsplit("/", 1)[1]].pushed(json.loads(claim.body))
            record(claim, 200)
        for name in self.looking:
            if name == SUBJECT:
                self.subject_asks()
            else:
                read_everything(self.app, self.notebooks[name])

    def subject_asks(self) -> None:
        """Let the person ask for what is held about them, and read the copy that they are given."""
        region = self.story.cast.probation
        keeper = region.as_practitioner("r.keeper", "records_manager")
        manager = region.as_practitioner("n.releaser", "pdu_head")
        whose = ok(self.story.practitioner.get(f"/v1/referrals/{self.referral}"))["person"]["href"]
        if self.world.limited:
            for who in (keeper, manager):
                let_know(self.story.spo, whose, who)
        _, answer = released(keeper, manager, whose, lambda one: "Quist" in one["text"])
        self.notebooks[SUBJECT].handed("the copy", ok(answer))

    def attempt(self, name: str, destination_referral_id: str, action: str, **members: object) -> None:
        """Let a reader try something that may be refused, and write down what it was answered."""
        reader = self.notebooks[name]
        answer = self.story.place(reader.caller, destination_referral_id, action, **members)
        reader.note(f"{action} {destination_referral_id}", answer)


def document_of(world: World) -> Json:
    """Return what the practitioner submits."""
    made = samples.darren_and_toby("TWIN-1", START.date())
    made["risk"]["management_plan"]["monitoring_control"] = "Alcohol tag for 120 days."
    made["move_on"]["plan"] = "A room beside Ottoline Quist."
    if not world.intelligence:
        del made["risk"]["police_intelligence"]
    made["person"]["restricted_record"] = world.limited
    made["referrer"]["region"] = REGIONS[world.region]
    if world.zone:
        made["licence"]["exclusion_zones"] = [*made["licence"].get("exclusion_zones", []), ZONE]
    made["household"]["contacts"].append(STEP_CHILD)
    made["addresses"].append(FRIENDS)
    asked = {"mappa": world.mappa == "submitted", "cas3": world.another}
    made = samples.asking(made, lambda one: asked.get(one["kind"], True))
    if not world.victim:
        hers = {"ex-partner", "ex-partners-home"}
        made["household"]["contacts"] = [c for c in made["household"]["contacts"] if c["ref"] not in hers]
        made["addresses"] = [a for a in made["addresses"] if a["ref"] not in hers]
    return made


def play(played: Played) -> None:
    """Play a case from its submission to a departure, everybody looking at every stage."""
    for stage in (_submitted, _taken_on, _answered, _amended, _riskier, _staying, _later, _agreed, _quiet):
        stage(played)
        played.everybody_looks()


def _later(played: Played) -> None:
    """Weeks later, record somebody of whom texts and zones tell that were sent, and amend something else."""
    amended = deepcopy(played.document)
    amended["risk"]["rosh"]["public"]["level"] = "very_high"
    if played.world.victim_later:
        amended["household"]["contacts"].append(QUIST)
        amended["addresses"].append(HER_HOME)
        _amend(played, amended)
    played.everybody_looks()
    also = deepcopy(amended)
    also["needs"]["rehabilitative_summary"] = "He begins a course in April."
    _amend(played, also)


def _submitted(played: Played) -> None:
    played.document = document_of(played.world)
    played.referral = played.story.submit(played.document)["id"]
    if played.world.again:
        second = samples.asking(played.document, lambda one: one["kind"] == "cas3")
        played.story.submit(second | {"submission_reference": "TWIN-2"})
    played.story.wait(hours=1)


def _taken_on(played: Played) -> None:
    story = played.story
    for caller in (story.cast.crs, story.cast.crs_ete, story.cast.ap, story.cast.cas3, story.cast.mappa):
        for part in played.parts(caller):
            story.take_on(caller, part)
    story.wait(days=1)
    if played.world.telling:
        own = ok(story.practitioner.get(f"/v1/referrals/{played.referral}"))["person"]["href"]
        somebody = {"recipient": "partner", "name": "Joanne Threlfall", "reason": "Her sister asked."}
        ok(story.practitioner.post(f"{own}/disclosure-decisions", json=somebody), 201)
    if played.world.mappa == "alone":
        _amend(played, {**played.document, "destinations": [*played.document["destinations"], _mappa()]})


def _answered(played: Played) -> None:
    story = played.story
    known = NOTHING_KNOWN | {"intelligence": [INTELLIGENCE] if played.world.intelligence else []}
    for agency in (story.cast.police, story.cast.other_police):
        for asked in story.inbox(agency):
            story.answer(agency, asked["id"], known, nothing_found=not played.world.intelligence)
    if played.world.withdrawn:
        (part,) = played.parts(story.cast.crs_ete)
        story.move(story.practitioner, part, "request_withdrawal", reason="Has found work.")
        story.move(story.cast.crs_ete, part, "confirm_withdrawal")
    story.wait(days=1)


def _amended(played: Played) -> None:
    amended = deepcopy(played.document)
    amended["risk"]["additional_information"] = "See him sober. Ottoline Quist is a friend."
    if played.world.mappa == "amended":
        amended["destinations"].append(_mappa())
    _amend(played, amended)


def _mappa() -> Json:
    asked = samples.darren_and_toby("TWIN-1", START.date())["destinations"]
    return next(one for one in asked if one["kind"] == "mappa")


def _amend(played: Played, document: Json) -> None:
    story = played.story
    seen = story.practitioner.get(f"/v1/referrals/{played.referral}")
    path = f"/v1/referrals/{played.referral}/versions"
    ok(story.practitioner.post(path, json=document, if_match=seen.headers["ETag"]))
    played.document = document
    for part in played.parts(story.cast.mappa):
        shown = ok(story.cast.mappa.get(f"/v1/destination-referrals/{part}"))
        if shown["state"] == "sent":
            story.take_on(story.cast.mappa, part)


def _riskier(played: Played) -> None:
    risen = {"group": "public", "level": "very_high", "who": "Men in bars.", "reason": "A new threat."}
    changed = {"kind": "rosh_changed", "occurred_on": clock.today().isoformat(), "rosh": risen}
    own = ok(played.story.practitioner.get(f"/v1/referrals/{played.referral}"))["person"]["href"]
    whose = changed | {"source": "practitioner", "standing": "established"}
    ok(played.story.practitioner.post(f"{own}/changes-of-circumstance", json=whose), 201)
    played.story.wait(days=1)
    for name in READERS[:4]:
        caller = played.notebooks[name].caller
        for part in played.parts(caller):
            for notice in ok(caller.get(f"/v1/destination-referrals/{part}"))["notices"]:
                said = {"version": notice["version"], "can_continue": True}
                caller.post(f"/v1/destination-referrals/{part}/acknowledgements", json=said)


def _staying(played: Played) -> None:
    story, ap = played.story, played.story.cast.ap
    (part,) = played.parts(ap)
    stay = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    ok(story.place(ap, part, "offer", **stay))
    ok(story.place(story.practitioner, part, "confirm"))
    story.wait_until("2026-03-24T15:00:00+00:00")
    ok(story.place(ap, part, "record_arrival", arrived_on="2026-03-24"))
    leaving = {"departed_on": "2026-03-25", "reason": "Moved on."}
    story.wait_until("2026-03-25T10:00:00+00:00")
    played.attempt("ap", part, "record_departure", **leaving)
    ok(story.place(story.practitioner, part, "propose_move_on", address=NEW_HOME))
    played.attempt("ap", part, "record_departure", **leaving)
    played.everybody_looks()
    for asked in story.inbox(story.cast.police):
        story.answer(story.cast.police, asked["id"], NOTHING_KNOWN, nothing_found=True)
    for mappa in played.parts(story.cast.mappa):
        shown = ok(story.cast.mappa.get(f"/v1/destination-referrals/{mappa}"))
        for wanted in shown["agreements_to_give"]:
            agreed = {"address_id": wanted["address_id"], "agreed": True, "decided_on": "2026-03-25"}
            story.update(story.cast.mappa, mappa, "move_on_agreement", **agreed)
    played.attempt("ap", part, "record_departure", **leaving)


def _agreed(played: Played) -> None:
    """Probation agrees to the address; then somebody is asked, or comes to live there, or not."""
    story = played.story
    (part,) = played.parts(story.cast.ap)
    ok(story.place(story.practitioner, part, "agree_move_on"))
    played.everybody_looks()
    if played.world.mappa == "agreed":
        _amend(played, {**played.document, "destinations": [*played.document["destinations"], _mappa()]})
    if played.world.victim_later:
        shown = ok(story.practitioner.get(f"/v1/destination-referrals/{part}/placement"))
        hers = story.contact(CRN, QUIST["ref"])
        home = {"lives_at": shown["move_on"]["address_id"]}
        at = f"{person_at(CRN)}/contacts/{hers['id']}"
        ok(story.practitioner.patch(at, json=home, if_match=hers["etag"]))
    played.everybody_looks()
    leaving = {"departed_on": "2026-03-25", "reason": "Moved on."}
    played.attempt("ap", part, "record_departure", **leaving)


def _quiet(played: Played) -> None:
    story = played.story
    (part,) = played.parts(story.cast.crs)
    seen = {"occurred_on": "2026-03-25", "details": "Came in drunk.", "people": [], "reporter": "Support"}
    answer = story.cast.crs.post(f"/v1/destination-referrals/{part}/concerns", json=seen)
    played.notebooks["crs"].note("concern", answer)
    if played.world.cause:
        learned = {"ref": "learned", "kind": "visited", **NEW_HOME, "lines": ["3 Hob Lane", "Leeds"]}
        story.report_change(CRN, played.world.cause, standing="alleged", addresses=[learned])
        played.everybody_looks()
    story.wait(days=12)


@contextmanager
def _ids_in_order(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Number ids in the order in which they are made, so that what was made in one moment has one order."""
    numbers = itertools.count(1)
    with monkeypatch.context() as patch:
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=next(numbers) << 80, version=4))
        yield


def read_in(
    world: World,
    looking: Collection[str],
    *,
    app: Flask,
    server: str,
    template: str,
    the_clock: TheClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Mapping[str, Seen]:
    """Play the story in a world of its own, and return what each reader has read.

    Args:
        looking: who reads everything at every stage. Whoever does not is still pushed to, and acts.
    """
    the_clock.set(START)
    with a_database(server, template), _ids_in_order(monkeypatch):
        cast = assemble(app)
        known = {str(caller.organisation_id): caller.code for caller in cast.callers.values()}
        if world.region == WALES:
            cast = _in_wales(cast)
        if world.region != "probation":
            _elsewhere(cast, world)
        if world.knowing:
            with db.transaction("owner") as session:
                as_registrar, premises = Actor.for_service("registration"), cast.ap
                register_organisation(
                    session,
                    as_registrar,
                    kind="approved_premises",
                    code=premises.code,
                    may_know_of_mappa=True,
                )
        played = Played(app, Story(_submitted_by(cast, world.region), the_clock), world, looking)
        for name in READERS:
            caller = getattr(cast, name)
            registered(caller.organisation_id, f"https://hooks.example/{name}")
            played.notebooks[name] = Notebook(caller, known)
        played.notebooks[SUBJECT] = Notebook(played.story.cast.probation, known)
        play(played)
        return {name: notebook.seen for name, notebook in played.notebooks.items()}


def _submitted_by(cast: Cast, region: str) -> Cast:
    return Cast({**cast.callers, "probation": cast.callers[region]})


def _in_wales(cast: Cast) -> Cast:
    """Let the other region be Wales."""
    with db.transaction("owner") as session:
        region = session.get_one(Organisation, cast.stranger.organisation_id)
        region.code = REGIONS[WALES]
    return Cast({**cast.callers, WALES: replace(cast.stranger, code=REGIONS[WALES])})


def _elsewhere(cast: Cast, world: World) -> None:
    """Let the destinations answer for the region that submits, and the other one hold a case."""
    for name, duty in DUTIES.items():
        answers_also_for(cast.callers[name], duty, REGIONS[world.region])
    crn = CRN if world.held_elsewhere else "X329999"
    held = {
        "because": "allocation",
        "person": {"crn": crn, "name": {"given": "Darren", "family": "Ellershaw"}},
    }
    ok(cast.probation.as_practitioner().post("/v1/people", json=held), 201)


def differences(one: Seen, other: Seen) -> list[str]:
    """Return where two worlds differ for one reader, in words."""
    found: list[str] = []
    for left, right in itertools.zip_longest(one, other, fillvalue=("nothing more", None)):
        found += _differences(
            left[0] if left[0] == right[0] else f"{left[0]} | {right[0]}", left[1], right[1]
        )
    return found


def _differences(where: str, left: Any, right: Any) -> Iterator[str]:
    match left, right:
        case dict(), dict() if left.keys() == right.keys():
            for name in left:
                yield from _differences(f"{where} {name}", left[name], right[name])
        case (list(), list()) | (tuple(), tuple()) if len(left) == len(right):
            for place, (before, after) in enumerate(zip(left, right, strict=True)):
                yield from _differences(f"{where} {place}", before, after)
        case _ if left != right:
            yield f"{where}: {left} against {right}"
