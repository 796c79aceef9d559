"""Works out each destination's part of a document: who answers, whether it can go out, what it would be sent.

Submission, preview, amendment and the release of what waited all ask here, so that they cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, third_parties
from service.db import Json
from service.destinations import DESTINATIONS
from service.destinations.case import Ask, Known
from service.destinations.contract import NOBODY, Advice, Area, Block, Destination, Gap
from service.destinations.projection import Projection, project
from service.destinations.readiness import Readiness, assess_all, missing
from service.destinations.rewording import place_of
from service.destinations.sharing import (
    Basis,
    Where,
    bases_of,
    basis_gaps,
    carries_health,
    health_gap,
    is_for_life,
    last_day,
)
from service.destinations.states import LIVE, State
from service.document.paths import Document, answered
from service.legal_bases import nation_of
from service.organisations import queries as access
from service.organisations.confidences import NOTHING
from service.organisations.queries import Registered, Sought
from service.referrals.model import Referral
from service.referrals.queries import parts_of, referrals_of_person, supervision_ended

NO_AREA: Final = "required to find the organisation that answers"
NO_END: Final = Advice(
    "no_end_of_supervision",
    "The referral gives no end of supervision, so sharing would have no end. Give the date.",
    "/sentence/licence_expiry_date",
)
STOPPED: Final[Mapping[str, str]] = {
    "recalled": (
        "The person has been recalled. The referral is sent after the release, or once the "
        "release date is known."
    )
}
"""Why a part is not sent for now, whatever else it waits for."""
ANOTHER: Final = "this organisation is not registered for this destination in the area of the case"


@dataclass(frozen=True)
class Assigned:
    """Who has a part that has gone out, and the day on which it was sent."""

    organisation_id: UUID
    since: date


@dataclass(frozen=True)
class Draft:
    """One destination's part as it would be if it were made now.

    Args:
        organisation: the organisation that has it or would be sent it; None when none answers, which is among
            its gaps.
        bases: on what it is or would be shared, as the document says.
    """

    ask: Ask
    destination: Destination
    organisation: Registered | None
    readiness: Readiness
    projection: Projection
    bases: tuple[Basis, ...]

    @property
    def state(self) -> State:
        """The state it has reached."""
        return self.readiness.state

    @property
    def reasons(self) -> Json:
        """What it waits for and lacks, by column of the destination referral."""
        hold = self.readiness.hold
        return {
            "organisation_id": self.organisation.id if self.organisation else None,
            **self.lacking,
            "sharing": [basis.stored for basis in self.bases],
            "shared_until": last_day(self.bases),
            "held_until": hold.opens_on if hold and self.state is State.HELD else None,
            "blocked_by": [
                {"code": block.code, "why": block.words, "pointer": block.pointer}
                for block in self.readiness.blocks
            ],
        }

    @property
    def lacking(self) -> Json:
        """The required answers that are missing, and those that its form cannot hold, by column."""
        return {
            "missing": [gap.stored for gap in self.readiness.gaps],
            "not_representable": [
                {"path": one.path, "value": one.value} for one in self.projection.not_representable
            ],
        }


def draft_parts(
    session: Session,
    known: Known,
    *,
    person_id: UUID,
    region: str,
    others: Mapping[str, State],
    assigned: Mapping[str, Assigned] | None = None,
    ended: date | None = None,
    stopped: Mapping[str, str] | None = None,
) -> dict[str, Draft]:
    """Work out every part of a document, by its key.

    Args:
        known: of the document.
        person_id: whom it is about; a decision to tell somebody of them opens what that one is sent.
        region: the region that submits it.
        others: the person's destination referrals that exist already, by key, with their states.
        assigned: who has each part that has been sent, and keeps it. What its form asks and takes is what it
            asked and took on the day it was sent.
        ended: the day on which supervision ended by the person's earlier referrals, if it did.
        stopped: why a part is not sent for now, by its key: codes of `STOPPED`.
    """
    today = clock.today()
    assigned = assigned or {}
    answering = {
        key: access.organisation(session, one.organisation_id)
        for key, one in assigned.items()
        if key in known.asks
    }
    unanswered: dict[str, tuple[Gap, ...]] = {}
    looked_for = {key: ask for key, ask in known.asks.items() if key not in assigned}
    for key, found in _who_answers(session, known.document, looked_for, region).items():
        if isinstance(found, Registered):
            answering[key] = found
        else:
            unanswered[key] = found
    where = {
        key: Where(
            nation_of(region),
            today,
            known.answered | answered({DESTINATIONS[ask.kind].prefix: ask.annex}),
            ended,
        )
        for key, ask in known.asks.items()
    }
    bases = {
        key: bases_of(DESTINATIONS[ask.kind], known.document, ask, where[key])
        for key, ask in known.asks.items()
    }
    for key, ask in looked_for.items():
        gaps = basis_gaps(DESTINATIONS[ask.kind], bases[key], where[key])
        if gaps:
            unanswered[key] = (*unanswered.get(key, ()), *gaps)
    may_know = {key: third_parties.may_know(session, one, person_id) for key, one in answering.items()}
    readiness = assess_all(DESTINATIONS, known, others, today, unanswered, may_know=may_know)
    drafts: dict[str, Draft] = {}
    for key, ask in known.asks.items():
        destination = DESTINATIONS[ask.kind]
        since = assigned[key].since if key in assigned else today
        ready = readiness[key]
        knows = may_know.get(key, NOTHING)
        if stopped and key in stopped:
            ready = ready.stopped_by(Block(stopped[key], STOPPED[stopped[key]], "/release/date"))
        if since != today:
            ready = replace(ready, gaps=missing(destination, known, ask, since, knows))
        health = carries_health(bases[key], where[key], ask.kind)
        if key in assigned and not health and where[key].is_sent_health(destination):
            ready = replace(ready, gaps=(*ready.gaps, health_gap(bases[key])))
        projection = project(destination, known, ask, today, words_of=since, may_know=knows, health=health)
        if last_day(bases[key]) is None and not is_for_life(known.document):
            ready = replace(ready, advice=(*ready.advice, NO_END))
        drafts[key] = Draft(ask, destination, answering.get(key), ready, projection, bases[key])
    return drafts


def _who_answers(
    session: Session, document: Document, asks: Mapping[str, Ask], region: str
) -> dict[str, Registered | tuple[Gap, ...]]:
    """Return for each ask who answers for it in the area that its destination's file names, or the gaps."""
    today = clock.today()
    areas: dict[str, Area] = {}
    sought: dict[str, Sought] = {}
    for key, ask in asks.items():
        destination = DESTINATIONS[ask.kind]
        areas[key] = destination.area.find(destination.case(document, ask, today), region)
        sought[key] = Sought(destination.duty(ask), areas[key].code, destination.national, ask.organisation)
    registered = access.responsible_for_each(session, sought.values())
    return {
        key: next(filter(each.accepts, registered[each]), None)
        or _unanswered(asks[key], areas[key], registered[each])
        for key, each in sought.items()
    }


def _unanswered(ask: Ask, area: Area, registered: tuple[Registered, ...]) -> tuple[Gap, ...]:
    gaps: list[Gap] = []
    if not registered:
        pointer = place_of(DESTINATIONS[ask.kind], ask, tuple(area.path.split(".")))
        gaps.append(Gap(pointer, NOBODY if area.code else NO_AREA))
    if ask.organisation:
        gaps.append(Gap(f"/destinations/{ask.index}/organisation", ANOTHER))
    return tuple(gaps)


def states_of_person(session: Session, person_id: UUID, probation_id: UUID) -> dict[str, State]:
    """Return the state of each part about a person, by key; a live one wins over one that ended."""
    referrals = referrals_of_person(session, person_id, probation_id)
    found: dict[str, State] = {}
    for part in parts_of(session, *referrals):
        if found.get(part.key) not in LIVE:
            found[part.key] = State(part.state)
    return found


def ended_elsewhere(session: Session, referral: Referral) -> date | None:
    """Return the day on which supervision ended by the person's other referrals; None if it is not so."""
    return supervision_ended(session, referral.person_id, referral.probation_id, besides=referral.id)
