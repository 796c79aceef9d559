"""Makes one of contacts who are, or may be, one person: no agency is asked twice about a child. Pure."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from uuid import UUID

from service.checks.rules import ContactFacts, Household
from service.people.rules import PARTNERS

Place = Callable[[Household, ContactFacts], Hashable | None]
"""Returns what decides which agency answers for a contact; None while it is not known."""


def as_one(household: Household, place: Place) -> Household:
    """Return a household in which those who are asked about as another are that one, with what each tells.

    One who is on record in another place as well stays there, so that the agency of that place is asked too.

    Args:
        place: of the agencies that are to be asked.
    """
    others: dict[UUID, list[ContactFacts]] = {}
    for one in household.contacts:
        if one.asked_as is not None:
            others.setdefault(one.asked_as, []).append(one)
    if not others:
        return household
    firsts = [
        _with_what_they_tell(household, one, others.get(one.id, ()), place)
        for one in household.contacts
        if one.asked_as is None
    ]
    known_as = {one.id: one.asked_as for one in household.contacts if one.asked_as is not None}
    kept = list(firsts)
    for first in firsts:
        places = {None, place(household, first)}
        for other in others.get(first.id, ()):
            if (where := place(household, other)) not in places:
                places.add(where)
                kept.append(other)
    return replace(
        household,
        contacts=tuple(
            replace(one, mother_id=known_as.get(one.mother_id, one.mother_id)) if one.mother_id else one
            for one in kept
        ),
    )


def _with_what_they_tell(
    household: Household, first: ContactFacts, others: Iterable[ContactFacts], place: Place
) -> ContactFacts:
    for other in others:
        is_partner = other.relationship in PARTNERS and first.relationship not in PARTNERS
        first = replace(
            first,
            relationship=other.relationship if is_partner else first.relationship,
            is_child=first.is_child or other.is_child,
            mother_id=first.mother_id or other.mother_id,
        )
        if place(household, first) is None and place(household, other) is not None:
            home = household.home_of(other)
            first = replace(
                first, local_authority=other.local_authority, lives_at=home.id if home else first.lives_at
            )
    return first
