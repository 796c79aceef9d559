"""What clocks are about, as a destination may know it: from the document it was sent, in one statement."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people.rules import is_known_date
from service.referrals.model import ChangeNotice, ConfidentialDisclosure, DestinationReferral, Disclosure
from service.referrals.shared import still_shared
from service.timers.model import Clock
from service.timers.naming import PersonNamed


def people_in_documents(
    session: Session, actor: Actor, clocks: Sequence[Clock]
) -> Mapping[UUID, PersonNamed]:
    """Return the name of the person that each clock is about, as the destination was last sent it."""
    about = {clock.referral_id for clock in clocks if clock.referral_id is not None}
    if not about:
        return {}
    person = func.coalesce(Disclosure.document["person"], ConfidentialDisclosure.document["person"])
    rows = session.execute(
        select(DestinationReferral.referral_id, DestinationReferral.id, person.label("person"))
        .join(
            Disclosure,
            and_(
                Disclosure.destination_referral_id == DestinationReferral.id,
                Disclosure.version_number == DestinationReferral.sent_version,
            ),
        )
        .outerjoin(ConfidentialDisclosure, ConfidentialDisclosure.id == Disclosure.id)
        .where(
            DestinationReferral.referral_id.in_(about),
            DestinationReferral.organisation_id == actor.organisation_id,
            still_shared(),
        )
    )
    named = {row.referral_id: _named(row.person or {}, row.id) for row in rows}
    return {clock.id: named[clock.referral_id] for clock in clocks if clock.referral_id in named}


def parts_of_notices(session: Session, notices: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Return the destination referrals of change notices that the caller may see, by the notice."""
    rows = session.execute(
        select(ChangeNotice.id, ChangeNotice.destination_referral_id).where(ChangeNotice.id.in_(notices))
    )
    return {notice_id: part_id for notice_id, part_id in rows}  # noqa: C416 - rows are no pairs to a checker


def _named(person: Mapping[str, Any], part_id: UUID) -> PersonNamed:
    name = person.get("name", {})
    words = [name[each] for each in ("given", "family") if name.get(each)]
    crn = person.get("crn")
    stated = person.get("date_of_birth")
    born = date.fromisoformat(stated) if isinstance(stated, str) else None
    return PersonNamed(
        " ".join(words) or None,
        crn if isinstance(crn, str) else None,
        part_id,
        born if is_known_date(born) else None,
    )
