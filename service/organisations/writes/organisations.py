"""Registers organisations with their hours and duties.

Every change is recorded on the audit trail, in the same transaction. The actions of `registration` check that
duties and codes are valid.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service import cache_invalidation, clock
from service.access.actor import SIDE_OF, Actor
from service.access.audit_hooks import registered_hooks
from service.db import Json, new_id
from service.errors import Clash, NotRegistered, Refused
from service.organisations.confidences import ASSUMED
from service.organisations.model import DutyTakenUp, KnowledgeEnded, Organisation, Responsibility
from service.organisations.queries import REGISTRATIONS, organisation, organisation_by_code

DIVISION: Final = "england-and-wales"
"""The bank holidays of an organisation by default."""


_KNOWLEDGE: Final = frozenset({"may_know_of_mappa", "may_know_of_victims"})


def lock_registrations(session: Session) -> None:
    """Let one transaction at a time change registrations: each is checked against all others."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("registrations"))))


def register_organisation(
    session: Session, actor: Actor, *, kind: str, code: str, **given: Any
) -> Organisation:
    """Register an organisation, or change the given details of the registered one.

    Args:
        kind: one of the kinds in `SIDE_OF`.
        code: a region code (N54), a force ("west-yorkshire"), an ONS code (E08000035), or a short name.
        given: as for `write_organisation`.

    Raises:
        Refused: there is no such kind, it is not one that can be registered, or it has no name yet.
    """
    found = organisation_by_code(session, kind, code)
    return write_organisation(session, actor, found, kind=kind, code=code, **given)


def write_organisation(
    session: Session,
    actor: Actor,
    found: Organisation | None,
    *,
    kind: str,
    code: str,
    name: str | None = None,
    division: str | None = None,
    office_hours: Json | None = None,
    may_know_of_mappa: bool | None = None,
    may_know_of_victims: bool | None = None,
) -> Organisation:
    """Add an organisation, or change the given details of one.

    Args:
        found: the registered one; None when it is new.
        kind, code: which it is, as for `register_organisation`.
        name: its display name; required the first time.
        division: the nation whose bank holidays it keeps.
        office_hours: opening and closing times for each weekday, closures, and whether it works through bank
            holidays; empty for the usual hours. The caller must then publish its calendar too.
        may_know_of_mappa, may_know_of_victims: what it may know of; at first as `ASSUMED` for its kind.

    Raises:
        Refused: as `register_organisation`.
        Clash: it was removed, and no name is given, with which it is registered again.
    """
    if kind not in SIDE_OF or kind == "service":
        raise Refused(f"not a kind of organisation: {kind}", "kind")
    given = {
        "name": name,
        "division": division,
        "office_hours": office_hours,
        "may_know_of_mappa": may_know_of_mappa,
        "may_know_of_victims": may_know_of_victims,
    }
    if found is None:
        if name is None:
            raise Refused(f"{kind}/{code} is not registered yet: give its name", "name")
        found = Organisation(
            id=new_id(),
            kind=kind,
            code=code,
            division=DIVISION,
            may_know_of_mappa=ASSUMED[kind].mappa,
            may_know_of_victims=ASSUMED[kind].victims,
            created_at=clock.now(),
        )
        session.add(found)
    changed = [field for field, value in given.items() if value not in (None, getattr(found, field))]
    for field in changed:
        setattr(found, field, given[field])
    if found.ended_at is not None:
        if name is None:
            raise Clash(f"{kind}/{code} has been removed: give its name to register it again")
        found.ended_at = None
        changed.append("ended_at")
    record_alteration(session, actor, found.id, "organisation_registered", changed)
    if any(given[field] is False for field in _KNOWLEDGE.intersection(changed)):
        session.add(KnowledgeEnded(id=new_id(), organisation_id=found.id, ended_at=clock.now()))
    return found


def end_organisation(session: Session, actor: Actor, found: Organisation) -> None:
    """End an organisation and what it answers for. Its row stays, with everything that names it.

    Raises:
        Clash: it has been removed before.
    """
    require_not_ended(found)
    held = session.scalars(select(Responsibility).where(Responsibility.organisation_id == found.id)).all()
    found.ended_at = clock.now()
    fields = ["ended_at", *sorted(f"duties.{written_duty(one.duty, one.area)}" for one in held)]
    session.execute(delete(Responsibility).where(Responsibility.organisation_id == found.id))
    record_alteration(session, actor, found.id, "organisation_removed", fields)


def require_not_ended(found: Organisation) -> None:
    """Require an organisation that takes part.

    Raises:
        Clash: it has been removed.
    """
    if found.ended_at is not None:
        raise Clash(f"{found.kind}/{found.code} has been removed: register it again first")


def set_responsibility(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    duty: str,
    area: str,
    *,
    take_over: str | None = None,
) -> None:
    """Register an organisation for a duty in an area.

    Referrals and requests already sent stay with the previous holder; those still waiting go to the new one.

    Args:
        duty: such as `approved_premises`, `crs:<service_category>` or `police_da`.
        area: a region, MAPPA area, police force or local authority by its code, as the duty's own rules name
            it; `NATIONAL` for the whole country, where those rules allow it.
        take_over: the reason for taking the duty from another organisation that holds it now.

    Raises:
        Clash: another organisation holds the duty there, and no reason was given.
    """
    held = session.scalar(
        select(Responsibility)
        .where(Responsibility.duty == duty, Responsibility.area == area)
        .with_for_update()
    )
    written = written_duty(duty, area)
    if held is None:
        session.add(Responsibility(id=new_id(), organisation_id=organisation_id, duty=duty, area=area))
    elif held.organisation_id != organisation_id:
        before, after = (_named(session, one) for one in (held.organisation_id, organisation_id))
        if take_over is None:
            how = "take it over (--take-over, `take_over`) with a reason"
            raise Clash(f"{before} answers for {written}: {how}", "take_over")
        held.organisation_id = organisation_id
        registered_hooks().record(
            session,
            actor,
            "override",
            object_kind="responsibility",
            object_id=written,
            fields=["organisation_id"],
            reason=f"{after} takes over from {before}: {take_over}",
        )
    record_alteration(session, actor, organisation_id, "duty_registered", [f"duties.{written}"])


def add_duty_taken_up(session: Session, duty: str) -> None:
    """Note that what waited for a duty may be released, once this transaction has committed."""
    session.add(DutyTakenUp(id=new_id(), duty=duty, taken_up_at=clock.now()))


def delete_duties_taken_up(session: Session, ids: Collection[UUID]) -> None:
    """Delete the notes of duties for which everything that waited has been released."""
    session.execute(delete(DutyTakenUp).where(DutyTakenUp.id.in_(ids)))


def delete_knowledge_ended(session: Session, ids: Collection[UUID]) -> None:
    """Delete the notes of organisations for which everything that they were sent has been looked through."""
    session.execute(delete(KnowledgeEnded).where(KnowledgeEnded.id.in_(ids)))


def remove_responsibility(
    session: Session, actor: Actor, organisation_id: UUID, duty: str, area: str
) -> None:
    """Remove a duty in an area from an organisation; no organisation holds it until another is registered.

    Raises:
        NotRegistered: it does not hold the duty there.
    """
    held = session.scalar(
        select(Responsibility).where(
            Responsibility.organisation_id == organisation_id,
            Responsibility.duty == duty,
            Responsibility.area == area,
        )
    )
    if held is None:
        who = _named(session, organisation_id)
        raise NotRegistered(f"{who} does not answer for {written_duty(duty, area)}")
    session.delete(held)
    what = written_duty(duty, area)
    record_alteration(session, actor, organisation_id, "duty_removed", [f"duties.{what}"])


def written_duty(duty: str, area: str) -> str:
    """Format a duty with its area as operators write it: `cas3@N55`."""
    return f"{duty}@{area}"


def _named(session: Session, organisation_id: UUID) -> str:
    found = organisation(session, organisation_id)
    return f"{found.kind}/{found.code}"


def record_alteration(
    session: Session, actor: Actor, organisation_id: UUID, what: str, fields: Iterable[str]
) -> None:
    """Record a change of an organisation on the trail, and invalidate what is kept of it in memory."""
    cache_invalidation.invalidate(session, REGISTRATIONS)
    registered_hooks().record(
        session,
        actor,
        "alteration",
        object_kind="organisation",
        object_id=organisation_id,
        fields=fields,
        reason=what,
    )
