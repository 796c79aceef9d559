"""The day of release of somebody, as a prison sends it: also of whom no referral names one."""

from datetime import date

from service.people import writes
from service.people.model import Person


def note_release(person: Person, day: date | None) -> None:
    """Note the day of release that a prison sent last; whoever sent it is on record where it is kept.

    Args:
        person: locked.
        day: None where it was sent last under another CRN of the person.
    """
    writes.note_release(person, day)
