"""Tells a move from a correction where a document names another place; the person is locked.

Where somebody lived is not written over: without a word to the contrary they have moved, and whoever was
asked about the old address keeps the question. Source: truth-over-time, "Questions".
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.people import queries, restricted
from service.people.actions.addresses import MOVED, move, require_movable
from service.people.actions.stating import Statements
from service.people.facts import Said
from service.people.merging import merge
from service.people.model import Address, Person
from service.people.rules import LEFT
from service.people.sameness import AREAS, is_elsewhere

_INTERNAL: Final = "case_management"
_HOMES: Final = frozenset({"current", "partner", "family"})
"""The kinds of address where somebody lives, whether or not a contact is said to."""
OF_THE_PLACE: Final = AREAS | {*restricted.ADDRESS_DETAILS}
"""What is said of a place, and nothing of who lives there or since when."""


def move_where_stated(
    session: Session,
    actor: Actor,
    person: Person,
    addresses: Iterable[Said],
    *,
    statements: Statements,
    client_id: str,
    repeats: bool = True,
) -> None:
    """Give the reference of each address that somebody has left to where they live now.

    Args:
        addresses: as a document states them.
        statements: what the caller's system said last of this record.
        client_id: the system whose references the document uses.
        repeats: whether its system sends all that it holds each time.

    Raises:
        Problem: 422 when nobody can have moved so.
    """
    around = queries.household(session, person.id)
    known = {one.ref: one for one in around.addresses if one.client_id == client_id}
    homes = {one.lives_at for one in around.contacts}
    for said in addresses:
        old = known.get(said.ref)
        is_repeat = old is not None and repeats and old.submitted == said.digest
        if old is None or is_repeat or said.because not in (None, MOVED):
            continue
        held = restricted.read_addresses(session, [old.id], _INTERNAL) if old.protected else {}
        where = held.get(old.id) or restricted.own_details(old)
        on_record = {name: getattr(old, name) for name in said.facts} | where
        repeated = statements.repeated(old.id, said.facts) if repeats else ()
        news = merge(said.facts, on_record, repeated=repeated).written
        if not is_elsewhere(where, where | news):
            continue
        moved_on = said.moved_on or min(news.get("from_date") or clock.today(), clock.today())
        if said.because is None and not _is_home(old, homes, moved_on):
            continue
        require_movable(old, news, held=where, moved_on=moved_on, at=said.at)
        # Of another place counts all that is stated of it, also what was true of the old one.
        stated = {name: said.facts[name] for name in OF_THE_PLACE & said.facts.keys()} | news
        new, _ = move(session, actor, old, stated, held=where, moved_on=moved_on)
        statements.carry(old.id, new.id)


def _is_home(address: Address, homes: Collection[UUID | None], day: date) -> bool:
    """Return whether somebody has lived at an address until a day, as far as is known."""
    if address.kind == LEFT or (address.to_date is not None and address.to_date <= day):
        return False
    begun = address.from_date is None or address.from_date <= day
    return begun and (address.kind in _HOMES or address.id in homes)
