"""Writes what the holder of a record takes from another region's, as its own statement: one way a section."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people import queries, restricted, writes
from service.people.actions import household, limiting, risk
from service.people.actions.comparing import Comparison
from service.people.actions.limiting import AtWork
from service.people.model import Address, Contact, Person
from service.people.proposals import Around, Proposal, Stated, reference, twins
from service.people.sameness import areas_of_another_place

_PURPOSE: Final = "case_management"


@dataclass(frozen=True)
class Decision:
    """What the holder decided about a proposal.

    Args:
        reason: why, in words.
        evidence, grounds: what a lower level of risk rests on.
        accountable: practitioners who are accountable for the case.
        at_work: finds those who work on the case, who are named when it is limited.
    """

    taken: bool
    reason: str
    evidence: str | None
    grounds: Mapping[str, Any] | None
    accountable: Iterable[str]
    at_work: AtWork


def take(
    session: Session, actor: Actor, held: Person, found: Comparison, chosen: Proposal, *, decision: Decision
) -> None:
    """Write a proposal on the held record.

    Args:
        held: locked.
        found: the comparison that it is from.

    Raises:
        Problem: 403 and 422 as for a change of risk.
    """
    way = _WAYS.get(chosen.path.split("/")[1])
    if way is not None:
        way(session, actor, held, found, chosen, decision)


def _take_person(
    session: Session, actor: Actor, held: Person, found: Comparison, chosen: Proposal, _: Decision
) -> None:
    new = dict(chosen.value)
    if "aliases" in new:
        known = found.held.person["aliases"]
        new["aliases"] = [*known, *(one for one in new["aliases"] if one not in known)]
    changed = writes.write_person(session, actor, held, new, submitted=held.submitted)
    writes.record_event(session, actor, "person.changed", "person", held, data={"fields": changed})
    writes.record(session, actor, held, "alteration", changed)


def _take_restriction(
    session: Session, actor: Actor, held: Person, _found: Comparison, _chosen: Proposal, decision: Decision
) -> None:
    changed = writes.write_person(session, actor, held, {"restricted": True}, submitted=held.submitted)
    limiting.limit(
        session,
        actor,
        held,
        decision.at_work(session, held.id),
        excluded=queries.excluded_from(session, held.id),
    )
    writes.record(session, actor, held, "alteration", changed)


def _take_risk(
    session: Session, actor: Actor, held: Person, _found: Comparison, chosen: Proposal, decision: Decision
) -> None:
    risk.record_rosh(
        session,
        actor,
        held,
        chosen.path.rpartition("/")[2],
        **chosen.value,
        reason=decision.reason,
        evidence=decision.evidence,
        grounds=decision.grounds,
        accountable=decision.accountable,
        at="",
    )


def _take_contact(
    session: Session, actor: Actor, held: Person, found: Comparison, chosen: Proposal, _: Decision
) -> None:
    theirs = _stated(found, chosen)
    known = session.get_one(Contact, chosen.twin) if chosen.twin else None
    contact = known or writes.new_contact(actor, held, reference(theirs.id))
    homes = twins(found.held.addresses, _side(found, chosen).addresses, of_contacts=False)
    facts = {name: value for name, value in chosen.value.items() if name != "protected"}
    if theirs.of in homes and not (known and known.lives_at):
        facts["lives_at"] = homes[theirs.of]
    names = household.write_contact(
        session,
        actor,
        contact,
        facts,
        held=restricted.read_contacts(session, [contact.id], _PURPOSE).get(contact.id),
        stated_child=theirs.child or None,
        victim=theirs.protected,
        first=known is None,
    )
    household.protect_addresses(session, actor, held)
    if "description" in facts:
        household.require_describing(session, held, {"/taken": facts["description"]})
    writes.record(session, actor, held, "alteration", [f"contacts.{name}" for name in names])


def _take_address(
    session: Session, actor: Actor, held: Person, found: Comparison, chosen: Proposal, _: Decision
) -> None:
    theirs = _stated(found, chosen)
    known = session.get_one(Address, chosen.twin) if chosen.twin else None
    address = known or writes.new_address(actor, held, reference(theirs.id))
    owners = twins(found.held.contacts, _side(found, chosen).contacts, of_contacts=True)
    facts = {name: value for name, value in chosen.value.items() if name != "protected"}
    if theirs.of in owners and not (known and known.contact_id):
        facts["contact_id"] = owners[theirs.of]
    before = next((one.facts for one in found.held.addresses if one.id == chosen.twin), {})
    if known is not None:
        facts |= areas_of_another_place(before, facts, facts)
    names = writes.write_around(
        session,
        actor,
        "address",
        address,
        facts,
        protected=theirs.protected or bool(known and known.protected),
        held={name: before.get(name) for name in restricted.ADDRESS_DETAILS},
        first=known is None,
    )
    happened = "address.changed" if known else "address.recorded"
    writes.record_event(session, actor, happened, "address", address, data={"fields": names})
    household.protect_addresses(session, actor, held)
    writes.record(session, actor, held, "alteration", [f"addresses.{name}" for name in names])


def _side(found: Comparison, chosen: Proposal) -> Stated:
    return next(side for side in found.sides if side.id == chosen.side_id)


def _stated(found: Comparison, chosen: Proposal) -> Around:
    side = _side(found, chosen)
    return next(one for one in (*side.contacts, *side.addresses) if one.id == chosen.about)


Way = Callable[[Session, Actor, Person, Comparison, Proposal, Decision], None]
_WAYS: Final[Mapping[str, Way]] = MappingProxyType(
    {
        "person": _take_person,
        "restricted_record": _take_restriction,
        "rosh": _take_risk,
        "contacts": _take_contact,
        "addresses": _take_address,
    }
)
"""How each kind of proposal is written; what comes of a change of circumstance, the holder records itself."""
