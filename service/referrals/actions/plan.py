"""Works out each destination's part of a document: who answers, whether it can go out, what it would be sent.

Submission, preview, amendment and the release of what waited all ask here, so that they cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.access import queries as access
from service.access.model import Organisation, Responsibility
from service.db import Json
from service.errors import Fault, invalid
from service.referrals.destinations import DESTINATIONS
from service.referrals.destinations.contract import Ask, Destination, Gap
from service.referrals.destinations.projection import Projection, project
from service.referrals.destinations.readiness import Readiness, asks_by_key, assess_all
from service.referrals.document.paths import Document
from service.referrals.lifecycle import LIVE, State
from service.referrals.model import DestinationReferral, Referral

NOBODY = "nobody is registered as answering for this here"


@dataclass(frozen=True)
class Draft:
    """One destination's part as it would be if it were made now."""

    ask: Ask
    destination: Destination
    organisation: Organisation | None
    readiness: Readiness
    projection: Projection

    @property
    def state(self) -> State:
        """Where the part stands: without anybody to send it to, nothing is complete."""
        return self.readiness.state if self.organisation else State.INCOMPLETE

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing, somebody to answer included."""
        if self.organisation:
            return self.readiness.gaps
        return (*self.readiness.gaps, Gap(f"/destinations/{self.ask.index}/organisation", NOBODY))

    def describe(self, row: DestinationReferral) -> bool:
        """Write down on a part that still waits what it waits for; tell whether any of it is new."""
        told: Json = {
            "organisation_id": self.organisation.id if self.organisation else None,
            "missing": [{"pointer": gap.pointer, "why": gap.why} for gap in self.gaps],
            "not_representable": [
                {"path": one.path, "value": one.value} for one in self.projection.not_representable
            ],
            "held_until": self.readiness.hold.opens_on
            if self.readiness.hold and self.state is State.HELD
            else None,
            "blocked_by": [
                {"code": block.code, "why": block.words, "pointer": block.pointer}
                for block in self.readiness.blocks
            ],
        }
        changed = [name for name, value in told.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, told[name])
        return bool(changed)


def draft_parts(
    session: Session,
    document: Document,
    *,
    region: str,
    others: Mapping[str, State],
    seated: Mapping[str, UUID] | None = None,
) -> dict[str, Draft]:
    """Work out every part of a document, by its key.

    Args:
        document: whole, restricted parts joined.
        region: where a destination is looked for when the document does not say.
        others: the person's destination referrals that exist already, by key, with their states.
        seated: the organisation of each part that has been sent and keeps the one it has.

    Raises:
        Problem: 422 naming every organisation that was named and does not exist.
    """
    today = clock.today()
    readiness = assess_all(DESTINATIONS, document, others, today)
    faults: list[Fault] = []
    drafts: dict[str, Draft] = {}
    asks = asks_by_key(document)
    areas = {
        key: [*DESTINATIONS[ask.kind].areas(DESTINATIONS[ask.kind].case(document, ask, today)), region]
        for key, ask in asks.items()
    }
    answering = access.responsible_for_each(
        session,
        [(DESTINATIONS[ask.kind].duty(ask), area) for key, ask in asks.items() for area in areas[key]],
    )
    for key, ask in asks.items():
        destination = DESTINATIONS[ask.kind]
        if seated and key in seated:
            organisation: Organisation | None = access.organisation(session, seated[key])
        elif ask.organisation:
            organisation = _named(session, destination.duty(ask), ask.organisation)
            if organisation is None:
                at = f"/destinations/{ask.index}/organisation"
                faults.append(Fault(at, "There is no such organisation."))
        else:
            duty = destination.duty(ask)
            found = (answering.get((duty, area)) for area in areas[key])
            organisation = next((one for one in found if one), None)
        drafts[key] = Draft(
            ask, destination, organisation, readiness[key], project(destination, document, ask, today)
        )
    if faults:
        raise invalid(faults)
    return drafts


def _named(session: Session, duty: str, code: str) -> Organisation | None:
    # Any organisation of a kind that answers for this duty somewhere, whether or not this is its area.
    kinds = (
        select(Organisation.kind)
        .join(Responsibility, Responsibility.organisation_id == Organisation.id)
        .where(Responsibility.duty == duty)
    )
    return session.scalar(
        select(Organisation).where(Organisation.code == code, Organisation.kind.in_(kinds)).limit(1)
    )


def states_of_person(session: Session, person_id: UUID, probation_id: UUID) -> dict[str, State]:
    """Return the state of each part about a person, by key; a live one wins over one that ended."""
    rows = session.execute(
        select(
            DestinationReferral.kind,
            DestinationReferral.service_category,
            DestinationReferral.state,
        )
        .join(Referral, Referral.id == DestinationReferral.referral_id)
        .where(Referral.person_id == person_id, Referral.probation_id == probation_id)
        .order_by(DestinationReferral.created_at)
    )
    found: dict[str, State] = {}
    for kind, category, state in rows:
        key = f"{kind}:{category}" if category else kind
        if found.get(key) not in LIVE:
            found[key] = State(state)
    return found
