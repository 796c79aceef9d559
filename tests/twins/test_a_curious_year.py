"""A provider keeps all it may read for a year, and asks of it: who is MAPPA, and who has a victim?

Four people, alike but for what is asked about: one with MAPPA, one with victims, one with both and one with
neither. In the order of their submission neither goes with a place. Of two of them the police hold
intelligence, and those may not meet somebody: the premises are to know that, and the provider is not.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any, Final

import pytest
from flask import Flask

from service.destinations import DESTINATIONS
from service.timers.worker import work_once
from tests.cast import Cast
from tests.conftest import START, TheClock
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.twins.reading import Notebook
from tests.twins.worlds import HER_HOME, INTELLIGENCE, QUIST, World, document_of

pytestmark = pytest.mark.long

READERS: Final = ("crs", "ap")
NAMES: Final = ("Abbotson", "Birkwith", "Calderby", "Dunmorley")
LIVES: Final = (
    (False, False, False),
    (True, True, False),
    (True, False, True),
    (False, True, True),
)
"""Who is under MAPPA, who has victims, and of whom there is intelligence, and a condition."""
ASKED: Final = {"crs": ("mappa", "victim", "intelligence"), "ap": ("mappa", "victim")}
"""What each of the readers may not know of anybody."""
CONDITION: Final[Json] = {"type": "non_contact", "detail": "Not to meet Marcus Pell, convicted with him."}
OF_VICTIMS: Final = ("larkhill", "m21 9wq", "m219wq", "quist", "ottoline", "pemberton", "900833")
"""Where victims live, what they are called, and a number of one; a zone has the postcodes around."""
_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass
class Life:
    """One person of whom the readers are told, and what each reader has kept about them."""

    crn: str
    name: str
    mappa: bool
    victim: bool
    intelligence: bool
    notebooks: dict[str, Notebook]
    document: Json = field(default_factory=dict)
    referral: str = ""
    parts: dict[str, str] = field(default_factory=dict)

    def submitted(self) -> Json:
        """Return what is submitted of this person."""
        asked = World(
            mappa="submitted" if self.mappa else "never",
            victim=self.victim,
            another=False,
            intelligence=self.intelligence,
        )
        made: Json = json.loads(json.dumps(document_of(asked)).replace("X320741", self.crn))
        made["submission_reference"] = f"YEAR-{self.crn}"
        made["person"]["name"] = {"given": "Darren", "family": self.name}
        made["move_on"]["plan"] = "A room of his own."
        if self.intelligence:
            made["licence"]["conditions"].append(CONDITION)
        return made


@dataclass
class Year:
    """What is done to everybody alike, and what is read after each step."""

    story: Story
    lives: list[Life]

    def until(self, days: int) -> None:
        """Let days pass, the worker looking every few of them, everybody read at the end."""
        until = self.story.clock.at + timedelta(days=days)
        while self.story.clock.at < until:
            self.story.clock.set(min(until, self.story.clock.at + timedelta(days=30)))
            work_once("worker", Event())
        self.read()

    def read(self) -> None:
        """Let both readers read what they have of everybody."""
        for life in self.lives:
            for name, part in life.parts.items():
                at = f"/v1/destination-referrals/{part}"
                for path in (at, f"{at}/document", f"{at}/placement", f"{at}/updates"):
                    life.notebooks[name].ask(path)

    def submit(self, life: Life) -> None:
        life.document = life.submitted()
        life.referral = self.story.submit(life.document)["id"]
        for part in self.story.referral(life.referral)["destinations"]:
            for name, kind in (("crs", "crs"), ("ap", "approved_premises")):
                if part["kind"] == kind and part["service_category"] in {None, "accommodation"}:
                    life.parts[name] = part["id"]

    def amend(self, life: Life, document: Json) -> None:
        practitioner = self.story.practitioner
        seen = practitioner.get(f"/v1/referrals/{life.referral}")
        path = f"/v1/referrals/{life.referral}/versions"
        ok(practitioner.post(path, json=document, if_match=seen.headers["ETag"]))
        life.document = document

    def attempt(self, life: Life, name: str, action: str, **members: Any) -> None:
        """Let a reader try what may be refused, and keep the answer."""
        notebook = life.notebooks[name]
        notebook.note(action, self.story.place(notebook.caller, life.parts[name], action, **members))


def live(year: Year) -> None:
    """Live the year: sent, taken on, answered, amended, riskier, housed, forbidden, ended."""
    story = year.story
    for life in year.lives:
        year.submit(life)
    year.until(1)
    for life in year.lives:
        for name, part in life.parts.items():
            story.take_on(getattr(story.cast, name), part)
    for part in managed(story):
        story.take_on(story.cast.mappa, part)
    year.until(1)
    answered(year)
    year.until(1)
    for life in year.lives:
        amended = deepcopy(life.document)
        amended["risk"]["additional_information"] = "See him sober."
        amended["needs"]["rehabilitative_summary"] = "He begins a course in April."
        if life.victim:
            amended["household"]["contacts"].append(QUIST | {"phone": "07700 900833"})
            amended["addresses"].append(HER_HOME)
        year.amend(life, amended)
    year.until(7)
    risen = {"group": "public", "level": "very_high", "who": "Men in bars.", "reason": "A new threat."}
    for life in year.lives:
        story.report_change(life.crn, "rosh_changed", rosh=risen)
        kind = "victim_report" if life.victim else "threat"
        story.report_change(life.crn, kind, standing="alleged")
    year.until(11)
    for life in year.lives:
        stay = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
        year.attempt(life, "ap", "offer", **stay)
        story.update(story.cast.crs, life.parts["crs"], "progress", **PROGRESS)
    year.until(3)
    # MAPPA is done with those whom it had, and nobody else hears of it.
    for part in managed(story):
        outcome = next(iter(DESTINATIONS["mappa"].outcomes))
        story.move(story.cast.mappa, part, "complete", outcome_code=outcome)
    year.until(3)
    # The worker is left out: what it would do by then is chase, day after day.
    story.clock.move(timedelta(days=330))
    year.read()


def managed(story: Story) -> list[str]:
    """Return what MAPPA was asked."""
    return [one["id"] for one in ok(story.cast.mappa.get("/v1/destination-referrals"))["items"]]


def answered(year: Year) -> None:
    """Let each force answer, with intelligence of those of whom it holds any."""
    story, suspected = year.story, {life.name for life in year.lives if life.intelligence}
    for agency in (story.cast.police, story.cast.other_police):
        for asked in story.inbox(agency):
            about = ok(agency.get(f"/v1/check-requests/{asked['id']}"))["document"]["person"]
            is_known = about["family_name"] in suspected
            known = NOTHING_KNOWN | {"intelligence": [INTELLIGENCE] if is_known else []}
            story.answer(agency, asked["id"], known, nothing_found=not is_known)


PROGRESS: Final[Json] = {"summary": "Attends."}


def features(life: Life, name: str, feed: list[Json]) -> Iterator[tuple[str, Any]]:
    """Give everything that can be worked out of what a reader has kept about somebody."""
    notebook = life.notebooks[name]
    mine = [one for one in feed if life.parts[name] in json.dumps(one)]
    own = frozenset(notebook.ids)
    for entry in mine:
        notebook.pushed(
            {key: _of(own, value) for key, value in entry.items() if key not in {"position", "cursor"}}
        )
    said = json.loads(json.dumps(notebook.seen).replace(life.crn, "CRN").replace(life.name, "NAME"))
    yield "asked", [asked for asked, _ in said]
    yield "entries", Counter(one["event"] for one in mine)
    yield "days", [(one["event"], one["occurred_at"][:10]) for one in mine]
    yield "versions", {where: len(tags) for where, tags in enumerate(notebook.tags.values())}
    for place, (asked, answered) in enumerate(said):
        if asked != "pushed":
            # How often the reader itself has called within the minute.
            answered[1].pop("RateLimit", None)
        yield f"{place} {asked} size", len(json.dumps(answered))
        for path, value in _members(answered):
            yield f"{place} {asked} {path}", value


def _of(own: frozenset[str], value: Any) -> Any:
    """Leave out of an entry about several people what is about the others."""
    match value:
        case dict():
            return {name: _of(own, inner) for name, inner in value.items()}
        case list():
            return [
                _of(own, one) for one in value if not (ids := _ID.findall(json.dumps(one))) or own & {*ids}
            ]
        case _:
            return value


def _members(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            yield path, sorted(value)
            for name, inner in value.items():
                yield from _members(inner, f"{path}/{name}")
        case list():
            yield path, len(value)
            for place, inner in enumerate(value):
                yield from _members(inner, f"{path}/{place}")
        case _:
            yield path, value


def separating(lives: list[Life], known: dict[str, dict[str, Any]], which: str) -> list[str]:
    """Return the features whose values in one half are not those in the other."""
    halves = {
        half: [known[life.crn] for life in lives if getattr(life, which) is half] for half in (True, False)
    }
    found = []
    for feature in dict.fromkeys(name for one in known.values() for name in one):
        there, not_there = (
            Counter(json.dumps(one.get(feature, "absent"), sort_keys=True) for one in halves[half])
            for half in (True, False)
        )
        if there != not_there:
            found.append(f"{feature}: {dict(there)} against {dict(not_there)}")
    return found


@pytest.fixture
def lived(cast: Cast, app: Flask, the_clock: TheClock) -> Year:
    the_clock.set(START)
    known = {str(caller.organisation_id): caller.code for caller in cast.callers.values()}
    lives = [
        Life(
            f"X33{place:04}",
            NAMES[place],
            mappa,
            victim,
            intelligence,
            {name: Notebook(getattr(cast, name), known) for name in READERS},
        )
        for place, (mappa, victim, intelligence) in enumerate(LIVES)
    ]
    year = Year(Story(cast, the_clock), lives)
    live(year)
    return year


def test_a_year_of_reading_tells_nobody_who_is_mappa_or_has_a_victim(lived: Year) -> None:
    for name in READERS:
        feed = lived.story.feed(getattr(lived.story.cast, name))
        known = {life.crn: dict(features(life, name, feed)) for life in lived.lives}
        assert min(len(one) for one in known.values()) > 100
        for which in ASKED[name]:
            found = separating(lived.lives, known, which)
            assert not found, f"{name} tells {which} by:\n" + "\n".join(one[:400] for one in found[:25])
        kept = json.dumps([feed, *(life.notebooks[name].seen for life in lived.lives)]).lower()
        assert not [kept[max(0, at - 80) : at + 40] for word in OF_VICTIMS if (at := kept.find(word)) >= 0]
