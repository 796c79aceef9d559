"""Asks a manager for a decision, takes it back, and lets a manager endorse a review without being asked."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.access.actor import Actor, Practitioner
from service.access.case_acts import ACTS, Takes
from service.access.four_eyes import OwnWork
from service.access.identifiers import known_as
from service.access.row_visibility import bypasses_row_security
from service.agreements import hooks, queries, writes
from service.agreements.actions.readdressing import role_to_ask
from service.agreements.hooks import Found
from service.agreements.kinds import KINDS
from service.agreements.model import Agreement
from service.agreements.states import State
from service.errors import Fault
from service.http.problems import conflict, forbidden, invalid
from service.organisations import register


def find_subject(session: Session, actor: Actor, kind: str, subject_id: uuid.UUID) -> Found:
    """Find and lock what a decision of a kind would be about.

    Raises:
        Problem: 404 unless the caller may know of it; 409 `held-elsewhere`.
    """
    return hooks.subject_of(kind).find(session, actor, subject_id)


def ask(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> Agreement:
    """Ask a manager for a decision, or record a manager's own endorsement.

    Args:
        found: what it is about, locked.
        given: a valid `AgreementRequest`.

    Raises:
        Problem: 409 when it could not be agreed to now, or has been asked already; 403 to who is not
            accountable for the case, and for an endorsement of the manager's own case; 422 for a role or a
            member of staff who may not decide, or a proposal that is wanting.
    """
    kind, proposal = given["kind"], given.get("proposal", {})
    faults = _faults(kind, given, _barred(found))
    if "staff" in given and not _may_know(session, found, known_as(given["staff"])):
        faults.append(Fault("/staff", "May not know of this case."))
    elif "staff" in given:
        faults += _faults_in_register(session, found, known_as(given["staff"]), KINDS[kind].roles)
    if faults:
        raise invalid(faults)
    if "agreed" in given:
        hooks.subject_of(kind).require(session, actor, found, given)
        return _endorse(session, actor, found, given)
    _require_to_ask(session, actor, found, kind)
    hooks.subject_of(kind).require(session, actor, found, given)
    return ask_for(
        session,
        actor,
        kind,
        given["subject_id"],
        found,
        reason=given["reason"],
        role=given.get("role"),
        staff_id=known_as(given["staff"]) if "staff" in given else None,
        proposal=proposal,
    )


@bypasses_row_security
def ask_for(
    session: Session,
    actor: Actor,
    kind: str,
    subject_id: uuid.UUID,
    found: Found,
    *,
    reason: str,
    role: str | None = None,
    staff_id: str | None = None,
    proposal: Mapping[str, Any] | None = None,
) -> Agreement:
    """Ask a manager for a decision of a kind, about a subject and what is decided with it.

    Args:
        found: what it is about, locked and found fit for it.
        role: that is asked, or the next one up where nobody in it may decide; the first that decides it when
            None.

    Raises:
        Problem: 409 when the same has been asked and waits.
    """
    beside = [one.id for one in found.beside]
    if queries.asked_about(session, [subject_id, *beside], [kind]):
        raise conflict("A manager has already been asked for this decision and must make it first.")
    who, role = _practitioner(actor), role or KINDS[kind].roles[0]
    barred = _barred(found) | {who.id}
    if staff_id is None:
        role = role_to_ask(
            session,
            kind,
            role,
            person_id=found.matter.person_id,
            organisation_id=found.case.probation_id,
            unit=found.case.pdu,
            barred=barred,
        )
    return writes.ask(
        session,
        actor,
        kind,
        subject_id,
        found.case,
        person_id=found.matter.person_id,
        asked_by=who.id,
        role=role,
        staff_id=staff_id,
        proposal=proposal or {},
        reason=reason,
        barred=barred,
        beside=beside,
    )


def may_withdraw(actor: Actor, agreement: Agreement) -> bool:
    """Return whether the caller asked, of their own choice, and nobody has decided."""
    return (
        actor.practitioner is not None
        and agreement.asked_by == actor.practitioner.id
        and agreement.state == State.ASKED
        and KINDS[agreement.kind].asked_by is None
    )


def require_own(actor: Actor, agreement: Agreement) -> None:
    """Require that the caller may take an agreement back.

    Raises:
        Problem: 409 when it waits no longer, somebody else asked, or the service did because of what the
            caller did.
    """
    if not may_withdraw(actor, agreement):
        raise conflict(
            "Only whoever asked can withdraw the request, and only before the decision.",
            state=agreement.state,
            allowed=(),
        )


@bypasses_row_security
def withdraw(session: Session, actor: Actor, agreement: Agreement, *, reason: str) -> None:
    """Take back what the caller asked.

    Args:
        agreement: locked.

    Raises:
        Problem: 409 when it is asked no longer.
    """
    writes.withdraw(session, actor, agreement, reason)


def _require_to_ask(session: Session, actor: Actor, found: Found, kind: str) -> None:
    act, record, person_id = KINDS[kind].asking, hooks.record(), found.matter.person_id
    own = OwnWork() if ACTS[act].takes is Takes.ANYBODY else record.own_work(session, actor, [person_id])
    record.require_to_act(actor, act, person_id, own)


def _endorse(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> Agreement:
    kind, record = KINDS[given["kind"]], hooks.record()
    own = record.own_work(session, actor, [found.matter.person_id])
    manager = record.require_independent(actor, found.matter, own, roles=kind.roles)
    return writes.add_decided(
        session,
        actor,
        given["kind"],
        given["subject_id"],
        manager,
        person_id=found.matter.person_id,
        organisation_id=found.case.probation_id,
        agreed=given["agreed"],
        proposal={},
        reason=given["reason"],
    )


def _faults(kind_key: str, given: Mapping[str, Any], barred: frozenset[str]) -> list[Fault]:
    kind, found = KINDS[kind_key], []
    if kind.asked_by is not None:
        found.append(Fault("/kind", f"Is asked by {kind.asked_by}."))
    if "role" in given and given["role"] not in kind.roles:
        found.append(Fault("/role", "Decided by: " + ", ".join(kind.roles) + "."))
    if "staff" in given and known_as(given["staff"]) in barred:
        found.append(Fault("/staff", "It is their own case."))
    if kind.proposes != ("proposal" in given):
        said = "Say what exactly should be done." if kind.proposes else "Nothing is proposed for this kind."
        found.append(Fault("/proposal", said))
    if "agreed" in given and not kind.at_once:
        found.append(Fault("/agreed", "Decide it where it is done, or once somebody has asked."))
    return found


def _faults_in_register(
    session: Session, found: Found, staff_id: str, roles: Collection[str]
) -> Iterator[Fault]:
    decides, there = register.deciding_in(session, found.case.probation_id, staff_id, roles)
    if not decides:
        said = "Holds none of the roles that decide it, by the staff register: "
        yield Fault("/staff", said + ", ".join(roles) + ".")
    elif not there:
        yield Fault("/staff", "Is away: ask the role, and whoever stands in decides.")


def _may_know(session: Session, found: Found, staff_id: str) -> bool:
    return queries.may_know_of(session, found.matter.person_id, found.case.probation_id, staff_id)


def _barred(found: Found) -> frozenset[str]:
    return frozenset(one for one in found.matter.practitioners if one is not None)


def _practitioner(actor: Actor) -> Practitioner:
    if actor.practitioner is None:
        raise forbidden("practitioner-required", "Name the practitioner")
    return actor.practitioner
