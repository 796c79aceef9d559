"""Who may see which section of a record, and when: the rule by itself, as the database says it too. Pure.

A record belongs to the region that holds it. Others see it through a share, for as long as it lasts; nobody
who is excluded sees it, and a limited case is seen only by those it names. Emergency access looks past a
limit, to the sections that it is for, and never past an exclusion.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "household": "the people around the person, and the addresses",
        "protected_contacts": "the identity and whereabouts of victims, ex-partners and protected contacts",
        "risk": "the assessments of the risk of serious harm",
        "referrals": "the referrals and what came of them; their documents take `household` and `risk` too",
        "checks": "the police and children's services checks",
        "circumstances": "changes of circumstance and reviews",
        "plan": "the conditions somebody is under, and what staff do when something goes wrong",
    }
)
"""The sections of a record that can be shared; who the person is goes with each of them."""

DOCUMENTS: Final = ("referrals", "household", "risk")
"""The sections that a document of a referral tells of: whoever sees all of them may read it.

What it says of protected contacts is left out for who does not see those.
"""

ON_CALL_SECTIONS: Final = ("household", "risk", "plan")
"""What somebody on call sees in an emergency: the risk, the conditions, the trigger plan and the contacts.

Source: design, "Sight of a person's record". Heads of a unit and above see everything.
"""

BASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "host_area": "the person lives, or will live, in the other region",
        "joint": "both regions work on the case",
        "transfer_pending": "the other region has been asked to take the case, or has asked for it",
        "emergency": "somebody needed to know at once",
        "carried_over": "the region worked with the person before a record had one holder",
    }
)
"""On what basis a region sees a record that another holds."""

EMERGENCY: Final = "emergency"


def reads_plan(seen: Collection[str]) -> bool:
    """Return whether whoever sees these sections of a record may read its plan: documents tell of it, too."""
    return "plan" in seen or set(seen).issuperset(DOCUMENTS)


Colleague = tuple[UUID, str | None]
"""An organisation, and a member of its staff; without one the organisation as a whole."""


@dataclass(frozen=True)
class Share:
    """Sight of sections of a record for an organisation, or one of its staff, until it ends."""

    organisation_id: UUID
    practitioner: str | None
    basis: str
    sections: frozenset[str]
    from_at: datetime
    until_at: datetime
    ended: bool = False

    def in_force(self, reader: "Reader", at: datetime) -> bool:
        """Return whether a reader sees anything by it now."""
        return (
            self.organisation_id == reader.organisation_id
            and self.practitioner in {None, reader.practitioner}
            and not self.ended
            and self.from_at <= at < self.until_at
        )


@dataclass(frozen=True)
class Reader:
    """Who wants to see a record: a region's system, or with a practitioner the person it calls for."""

    organisation_id: UUID
    practitioner: str | None


@dataclass(frozen=True)
class Record:
    """What decides who may see a record.

    Args:
        limited_to: the practitioner who alone may know of a side record, but for those it names.
        restricted: a limited access case.
        named: who may know of it.
        excluded: who must not.
    """

    holder_id: UUID
    limited_to: str | None = None
    restricted: bool = False
    named: Collection[Colleague] = ()
    excluded: Collection[Colleague] = ()
    shares: Collection[Share] = ()


def anybody_sees(record: Record, share: Share, at: datetime) -> bool:
    """Return whether anybody of the organisation that a share is with sees the record by it at a moment.

    In a limited case only those who are named do; nobody does who is excluded, unless others may.
    """
    if share.ended or not share.from_at <= at < share.until_at:
        return False
    staff = {who for organisation_id, who in record.named if organisation_id == share.organisation_id}
    if share.basis == EMERGENCY or not record.restricted or None in staff:
        staff = {None}
    if share.practitioner is not None:
        staff = {share.practitioner} if staff & {None, share.practitioner} else set()
    return any((share.organisation_id, who) not in record.excluded for who in staff)


def may_see(record: Record, reader: Reader, section: str | None, at: datetime) -> bool:
    """Return whether a reader may see a section of a record at a moment.

    Args:
        section: one of `SECTIONS`; None for who the person is.
    """
    shares = [
        share
        for share in record.shares
        if share.in_force(reader, at) and (section is None or section in share.sections)
    ]
    if reader.organisation_id != record.holder_id and not shares:
        return False
    own = (reader.organisation_id, reader.practitioner)
    if reader.practitioner is not None and own in record.excluded:
        return False
    if any(share.basis == EMERGENCY for share in shares):
        return True
    named = (reader.organisation_id, None) in record.named or (
        reader.practitioner is not None and own in record.named
    )
    closed = record.restricted or record.limited_to not in {None, reader.practitioner}
    return named or not closed
