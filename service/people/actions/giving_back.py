"""Takes back from a record what it took of another that was merged with it, once they are two people's again.

The other still says it. Whether it is true of this person too is asked of whoever answers for the record, as
a proposal, and until that is decided nobody is asked about it.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people import one_person_queries, queries, writes
from service.people.actions import erring, sameness, stating
from service.people.model import Address, Contact, Person
from service.people.one_person_queries import Stood, Taken
from service.people.proposals import digest_of, reference

_ALIASES: Final = "aliases"
REASON: Final = "Taken from another record while the two were one person's; they are two people's again."


def give_back(session: Session, actor: Actor, kept: Person, merged: Person) -> list[Contact | Address]:
    """Take back what a record took of one that stands for itself again; return the contacts and addresses.

    What others record beside that one is of whom it is about, and taken back with it.

    What it took of a risk stays, since nobody lowers one by a merge that is undone.

    Args:
        kept, merged: locked.
    """
    records = queries.records_under(session, merged.crn)
    _give_back_who(session, actor, kept, merged, records)
    given = {reference(one) for one in queries.recorded_on(session, records)}
    around = queries.household(session, kept.id)
    ever = queries.ever_recorded(session, kept.id).addresses
    rows: list[Contact | Address] = [one for one in around.contacts if one.ref in given and not one.ref_left]
    named = [one for one in around.addresses if one.ref in given]
    rows += [one for one in (_taken(ever, now) for now in named) if one.in_error_at is None]
    for row in rows:
        if isinstance(row, Contact):
            sameness.leave_ref(session, actor, row)
        erring.take_out(session, actor, kept, row, REASON)
    for address in named:
        # What was taken may be taken again; where somebody moved to is the record's own statement.
        writes.name_alone(address)
    return rows


def _give_back_who(
    session: Session, actor: Actor, kept: Person, merged: Person, records: Collection[UUID]
) -> None:
    """Put back what stood on a record before each member of who the person is that it took of another.

    What has been changed since, and what a system of the record's own says just so, stays.

    Args:
        records: the other, and what others record beside it.
    """
    before: dict[str, Any] = {}
    taken: dict[str, list[Taken]] = {}
    for one in one_person_queries.taken_of(session, kept, records):
        taken.setdefault(one.member, []).append(one)
    back = {
        name: decided
        for name, decided in taken.items()
        if (name == _ALIASES or digest_of({name: getattr(kept, name)}) in {one.digest for one in decided})
        and not stating.anybody_says(session, kept, name, getattr(kept, name))
    }
    stood = one_person_queries.stood_before(session, kept.id, back)
    for name, decided in back.items():
        for own in _own(stood[name], decided):
            before[name] = own.value
    if before.get("date_of_birth"):
        before["date_of_birth"] = date.fromisoformat(before["date_of_birth"])
    if _ALIASES in before:
        known = before[_ALIASES] or []
        before[_ALIASES] = [one for one in kept.aliases if one in known or one not in merged.aliases]
    changed = writes.write_person(session, actor, kept, before, submitted=kept.submitted)
    if changed:
        writes.record_event(session, actor, "person.changed", "person", kept, data={"fields": changed})
        writes.record(session, actor, kept, "alteration", changed)


def _own(stood: Sequence[Stood], decided: Sequence[Taken]) -> Sequence[Stood]:
    """Return what stood last of a record's own in place of a member that it took, where there was anything.

    Args:
        stood: the newest first.
        decided: what it took, the first decision first.
    """
    name, digests = decided[0].member, {one.digest for one in decided}
    if name == _ALIASES:
        # A list grows by what is taken: one's own is what stood before the first time.
        return [one for one in stood if one.until >= decided[0].at][-1:]
    return [one for one in stood if digest_of({name: one.value}) not in digests][:1]


def _taken(addresses: Collection[Address], now: Address) -> Address:
    """Return the address from which somebody was said to have moved, once or more, to where they live now."""
    before = next((one for one in addresses if writes.has_moved_to(one, now)), None)
    return now if before is None else _taken(addresses, before)
