"""Whoever may not know of something reads the same, whether it is there or not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from service import db
from service.access import Actor
from service.people.rules import ADDRESS_KINDS
from service.referrals import views, writes
from service.referrals.actions import amend
from service.referrals.model import DestinationReferral, Disclosure, Referral
from service.referrals.queries import parts_of
from service.subject_access import given, rules
from tests.twins.conftest import Reading
from tests.twins.reading import Seen
from tests.twins.worlds import EVERYBODY, SUBJECT, WALES, World, differences

pytestmark = pytest.mark.long

PLAIN = World()
DESTINATIONS = ("crs", "crs_ete", "ap", "cas3")
COUNCILS = ("council", "other_council")
AGENCIES = (*COUNCILS, "police", "other_police")
NOT_POLICE = (*DESTINATIONS, *COUNCILS)
UNTOLD = (*NOT_POLICE, SUBJECT)
KNOWING = World(knowing=True)
WELSH = World(region=WALES)
TWINS: dict[str, tuple[World, World, tuple[str, ...]]] = {
    "MAPPA is asked": (PLAIN, World(mappa="submitted"), UNTOLD),
    "MAPPA is asked later": (PLAIN, World(mappa="amended"), UNTOLD),
    "MAPPA is asked by itself": (PLAIN, World(mappa="alone"), UNTOLD),
    "MAPPA is asked once an address is agreed to": (PLAIN, World(mappa="agreed"), UNTOLD),
    "a victim": (PLAIN, World(victim=True), UNTOLD),
    # CAS3 is sent it for the first time after that, when texts are worded: until then it reads nothing.
    "a victim who is recorded later": (
        PLAIN,
        World(victim_later=True),
        ("crs", "crs_ete", "ap", *COUNCILS, SUBJECT),
    ),
    "another destination": (PLAIN, World(another=False), ("crs", "crs_ete", "ap", *AGENCIES)),
    "another is withdrawn": (PLAIN, World(withdrawn=True), ("crs", "ap", "cas3", *AGENCIES)),
    "intelligence": (PLAIN, World(intelligence=True), UNTOLD),
    "a victim who reports": (World(cause="threat"), World(cause="victim_report"), UNTOLD),
    "a limited case": (PLAIN, World(limited=True), EVERYBODY),
    "somebody may be told of him": (PLAIN, World(telling=True), UNTOLD),
    "a record that is held elsewhere": (
        World(region="stranger"),
        World(region="stranger", held_elsewhere=True),
        (*DESTINATIONS, *AGENCIES, SUBJECT),
    ),
    "MAPPA is asked and a victim, in Wales": (
        WELSH,
        World(region=WALES, mappa="submitted", victim=True),
        UNTOLD,
    ),
    # Premises and CAS3 keep him out of it, and are sent it.
    "an exclusion zone": (PLAIN, World(zone=True), ("crs", "crs_ete", *AGENCIES, SUBJECT)),
    "a second referral": (PLAIN, World(again=True), ("crs", "crs_ete", "ap", *AGENCIES)),
    "intelligence, to premises that know MAPPA": (
        KNOWING,
        World(knowing=True, intelligence=True),
        ("ap", SUBJECT),
    ),
    "another destination and a victim later, to premises that know MAPPA": (
        KNOWING,
        World(knowing=True, another=False, victim_later=True),
        ("ap",),
    ),
}
"""What two worlds differ in, the two, and who may not know of it."""

_played: dict[World, Mapping[str, Seen]] = {}


def in_words(one: Mapping[str, Seen], other: Mapping[str, Seen], readers: Sequence[str]) -> list[str]:
    return [f"{name}: {told}" for name in readers for told in differences(one[name], other[name])]


@pytest.mark.parametrize("what", TWINS)
def test_who_may_not_know_reads_the_same_in_both_worlds(what: str, reading: Reading) -> None:
    without, with_it, readers = TWINS[what]
    for world in (without, with_it):
        if world not in _played:
            # Where nobody else reads, nobody else looks.
            _played[world] = reading(world, readers if world.knowing else EVERYBODY)
    one, other = _played[without], _played[with_it]
    # The person reads one copy at each stage, and nothing else.
    assert min(len(one[name]) for name in readers if name != SUBJECT) > 30
    assert len(one.get(SUBJECT, range(99))) > 9
    if without.region == WALES:
        assert "Children Act 2004, sections 25 and 28" in str(one["council"]), "the law of Wales"
    found = in_words(one, other, readers)
    assert not found, "\n".join(found[:40])


def _shut(leak: pytest.MonkeyPatch) -> None:
    """Name at the departure gate whatever is outstanding."""
    leak.setattr(
        views, "as_shown_to", lambda side, found, seen=None: [{"code": one["code"]} for one in found]
    )


def _own_number(leak: pytest.MonkeyPatch) -> None:
    """Count the versions of a document as the referral does."""
    leak.setattr(DestinationReferral, "edition_of", lambda self, version: version)


def _touched(leak: pytest.MonkeyPatch) -> None:
    """Touch every part when MAPPA is asked, so that its ETag changes."""

    def touch(session: Session, actor: Actor, referral: Referral) -> None:
        for part in parts_of(session, referral):
            writes.bump_version(part)

    leak.setattr(amend, "reopen_plan", touch)


def _withheld(leak: pytest.MonkeyPatch) -> None:
    """Show with a document what was withheld from it."""
    shown = views.document_view

    def leaky(actor: Actor, part: DestinationReferral, sent: Disclosure, document: Any) -> dict[str, Any]:
        return shown(actor, part, sent, document) | {"purpose": str(sent.withheld)}

    leak.setattr(views, "document_view", leaky)


def _in_lists(query: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Add to the version of each part what a query says of its referral."""

    def plant(leak: pytest.MonkeyPatch) -> None:
        shown = views.part_summaries

        def leaky(*args: Any) -> list[dict[str, Any]]:
            with db.transaction("owner") as owner:
                rows = {
                    part.id: owner.scalar(
                        text(query), {"referral": part.referral_id, "person": part.person_id}
                    )
                    for part in args[2]
                }
            return [one | {"version": one["version"] + (rows[one["id"]] or 0)} for one in shown(*args)]

        leak.setattr(views, "part_summaries", leaky)

    return plant


def _in_copies(query: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Add to what a person is given what a query says of their record."""

    def plant(leak: pytest.MonkeyPatch) -> None:
        as_given = rules.as_given

        def leaky(*args: Any, **named: Any) -> dict[str, Any]:
            copy = as_given(*args, **named)
            with db.transaction("owner") as owner:
                found = owner.scalars(text(query), {"crn": copy["person"]["crn"]}).all()
            return {**copy, "recipients": [*copy["recipients"], *({"category": str(one)} for one in found)]}

        leak.setattr(rules, "as_given", leaky)

    return plant


def _whole_homes(leak: pytest.MonkeyPatch) -> None:
    """Give the homes of everybody who is on record."""
    leak.setattr(given, "HOMES", frozenset(ADDRESS_KINDS))


def _every_destination(leak: pytest.MonkeyPatch) -> None:
    """Tell of every destination that was sent something."""
    leak.setattr(given, "CATEGORIES", {**given.CATEGORIES, "mappa": "a MAPPA area"})


LEAKS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, str]] = {
    "the gate names who must agree": (_shut, "MAPPA is asked", "ap"),
    "versions are counted for everybody": (_own_number, "MAPPA is asked by itself", "crs"),
    "an ETag changes for nothing": (_touched, "MAPPA is asked later", "crs"),
    "what is withheld is named": (_withheld, "a victim", "crs"),
    "a number counts what others are asked": (
        _in_lists("SELECT current_version FROM referral WHERE id = :referral AND person_id = :person"),
        "MAPPA is asked by itself",
        "crs",
    ),
    "a list tells a limited case": (
        _in_lists(
            "SELECT count(*) FROM restriction JOIN referral USING (person_id)"
            " WHERE person_id = :person AND referral.id = :referral"
        ),
        "a limited case",
        "crs",
    ),
    "a copy counts the versions of a referral": (
        _in_copies(
            "SELECT count(*) FROM referral_version v JOIN referral r ON r.id = v.referral_id"
            " JOIN person p ON p.id = r.person_id WHERE p.crn = :crn"
        ),
        "MAPPA is asked by itself",
        SUBJECT,
    ),
    "a copy names the organisations that were sent something": (
        _in_copies(
            "SELECT DISTINCT o.code FROM disclosure d JOIN organisation o ON o.id = d.recipient_id"
            " JOIN person p ON p.id = d.person_id WHERE p.crn = :crn ORDER BY 1"
        ),
        "MAPPA is asked",
        SUBJECT,
    ),
    "a copy has a text that names a victim": (
        _in_copies(
            "SELECT d.given_name || ' lives near' FROM restricted_contact_detail d"
            " JOIN contact c ON c.id = d.contact_id JOIN person p ON p.id = c.person_id"
            " WHERE p.crn = :crn ORDER BY 1"
        ),
        "a victim who is recorded later",
        SUBJECT,
    ),
    "a copy tells of every destination": (_every_destination, "MAPPA is asked", SUBJECT),
    "a copy has the homes of others": (_whole_homes, "a victim who is recorded later", SUBJECT),
}
"""What leaks, the twins in which it must show, and a reader to whom it must."""


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_caught(leak: str, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, what, reader = LEAKS[leak]
    without, with_it, readers = TWINS[what]
    assert reader in readers
    plant(monkeypatch)
    assert in_words(reading(without, (reader,)), reading(with_it, (reader,)), (reader,))
