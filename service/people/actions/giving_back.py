"""Takes back from a record what it took of another that was merged with it, once they are two people's again.

The other still says it. Whether it is true of this person too is asked of whoever answers for the record, as
a proposal, and until that is decided nobody is asked about it.
"""

from typing import Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people import queries, writes
from service.people.actions import erring, sameness
from service.people.model import Address, Contact, Person
from service.people.proposals import reference

REASON: Final = "Taken from another record while the two were one person's; they are two people's again."


def give_back(session: Session, actor: Actor, kept: Person, merged: Person) -> list[Contact | Address]:
    """Take back what a record took of one that stands for itself again; return the contacts and addresses.

    What it took of a risk stays, since nobody lowers one by a merge that is undone, and so does what it took
    of who the person is, which was decided member by member.

    Args:
        kept, merged: locked.
    """
    around = queries.household(session, kept.id)
    of_merged = queries.ever_recorded(session, merged.id)
    given = {reference(one.id) for one in of_merged.contacts}
    given |= {reference(one.id) for one in of_merged.addresses}
    rows: list[Contact | Address] = [one for one in around.contacts if one.ref in given and not one.ref_left]
    rows += [one for one in around.addresses if one.ref in given]
    for row in rows:
        # It may be taken again.
        if isinstance(row, Contact):
            sameness.leave_ref(session, actor, row)
        else:
            writes.give_up_ref(session, row)
        erring.take_out(session, actor, kept, row, REASON)
    return rows
