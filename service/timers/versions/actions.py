"""Publishes overrides and general versions of policies, and moves running clocks onto them.

It asks for no permission: the routes and the operator's commands do.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import SIDE_OF, Actor
from service.access.row_visibility import bypass_row_security
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.organisations.queries import organisation, organisation_by_code, organisations_by_id
from service.timers import queries as clocks
from service.timers.model import Clock, PolicyApplication, PolicyVersion
from service.timers.policy import parse
from service.timers.scopes import EVERYBODY, Scope
from service.timers.versions import drafts, queries, writes
from service.timers.versions.queries import Edition

BATCH: Final = 200
"""The most clocks that one call moves: it holds their rows until it commits."""

_ANSWERING: Final = {"destination", "agency"}


def own_scope(session: Session, actor: Actor, responder_id: UUID | None) -> Scope:
    """Return whom a region's override is for: its own clocks, of one responder where it names one."""
    return Scope(responder_id, organisation(session, actor.organisation_id).code)


def scope_of(session: Session, actor: Actor, given: Mapping[str, Any]) -> Scope:
    """Return whom a caller's override is for: a region for its own clocks, an administration for any.

    Args:
        given: `responder_id` and `area`, either left out.

    Raises:
        Problem: 422 for another region than the caller's, for one that is not registered, and for an override
            for everybody, which is a general version: an operator publishes it at the command line.
    """
    responder_id, area = given.get("responder_id"), given.get("area")
    if actor.side == "probation":
        own = own_scope(session, actor, responder_id)
        if area not in {None, own.area}:
            raise invalid([Fault("/area", "Must be your own region.")])
        return own
    if responder_id is None and area is None:
        raise invalid([Fault("/area", "Name the region, the responder or both.")])
    if area is not None and organisation_by_code(session, "probation_region", area) is None:
        raise invalid([Fault("/area", "No region with this code is registered.")])
    return Scope(responder_id, area)


def draft_override(
    session: Session, known: Sequence[Edition], scope: Scope, figures: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """Return the document of an override.

    Args:
        known: every version of the policy that the caller may see.
        scope: whom it is for.
        figures: as `drafts.override` takes them.
        at: the moment whose general version it changes.

    Raises:
        Problem: 404 when there is no general version; 422 with everything that is wrong.
    """
    base = queries.general(session, known, at)
    draft = drafts.override(base, figures)
    found = [*draft.faults, *_of_responder(session, base, scope.responder_id)]
    if found:
        raise invalid(found)
    return draft.document


def _of_responder(session: Session, base: Mapping[str, Any], responder_id: UUID | None) -> list[Fault]:
    if responder_id is None:
        return []
    found = organisations_by_id(session, [responder_id]).get(responder_id)
    if found is None or SIDE_OF[found.kind] not in _ANSWERING:
        return [Fault("/responder_id", "No destination or agency has this id.")]
    answer = parse(base).answer
    if answer is None or not answer.notifies_partner:
        return [Fault("/responder_id", "This policy runs inside probation: nobody else answers.")]
    return []


def publish(
    session: Session, actor: Actor, known: Sequence[Edition], scope: Scope, given: Mapping[str, Any]
) -> PolicyVersion:
    """Publish an override of a policy.

    Args:
        known: every version of the policy that the caller may see.
        scope: whom it is for.
        given: `figures` and `reason`; from `valid_from`, or now, to `valid_until`, if it ends.

    Raises:
        Problem: as for `draft_override`; 422 for an end before the beginning, or a beginning in the past.
    """
    now = clock.now()
    begins, ends = given.get("valid_from") or now, given.get("valid_until")
    found = []
    if begins < now:
        found.append(Fault("/valid_from", "Must not be in the past: clocks that run keep their version."))
    if ends is not None and ends <= begins:
        found.append(Fault("/valid_until", "Must be after the beginning."))
    if found:
        raise invalid(found)
    document = draft_override(session, known, scope, given["figures"], begins)
    key, validity = known[0].key, (begins, ends)
    return writes.add_version(session, actor, key, scope, document, validity=validity, reason=given["reason"])


def replace_general(
    session: Session,
    actor: Actor,
    known: Sequence[Edition],
    document: Mapping[str, Any],
    *,
    begins: datetime,
    reason: str,
) -> PolicyVersion:
    """Publish a general version, as an operator: a whole document, for everybody without an override.

    Args:
        known: every version of the policy.
        document: as `timers.policy` reads it.
        begins: from when clocks start with it.
        reason: why.

    Raises:
        Problem: 422 with what is wrong with the document.
    """
    draft = drafts.replacement(queries.general(session, known, begins), document)
    if draft.faults:
        raise invalid(draft.faults)
    validity = (begins, None)
    return writes.add_version(
        session, actor, known[0].key, EVERYBODY, draft.document, validity=validity, reason=reason
    )


def apply(
    session: Session,
    actor: Actor,
    version: Edition,
    *,
    reason: str,
    named: Collection[UUID] | None = None,
    region: UUID | None = None,
) -> PolicyApplication:
    """Move running clocks onto a version, a batch at a time: those that a region may see, then its others.

    Clocks that somebody else is changing are left for the next call, so that no two calls wait for each
    other. Those of limited access cases that the caller may not see are moved and not counted.

    Args:
        reason: why, in the words of who moves them.
        named: only these; all that the version fits, and that go by no version for fewer, when None.
        region: only the clocks of this region, for which the version is; of every region when None.

    Raises:
        Problem: 409 when the version is not in force; 422 for a named clock that it does not fit.
    """
    now = clock.now()
    known = queries.every_edition(session, version.key)
    state = queries.state_of(known, version, now)
    if state != "in_force":
        raise conflict("Clocks are moved only onto a version that is in force.", state=state)
    wanted = queries.running(known, version.scope, region=region, onto=version.id, narrower=named is not None)
    seen = wanted if actor.side == "service" else wanted.where(clocks.visible_to(actor))
    if named is not None:
        seen = seen.where(Clock.id.in_(named))
        _require_all(session, seen, named)
    rows = _lock(session, seen, BATCH)
    with bypass_row_security(session):
        unseen = []
        if named is None and actor.side != "service" and len(rows) < BATCH:
            unseen = _lock(session, wanted.where(Clock.id.not_in([row.id for row in rows])), BATCH)
        writes.move(session, actor, version, [*rows, *unseen], now)
    more = _are_left(session, seen) or len(unseen) == BATCH
    return writes.add_application(session, actor, version, reason, moved=len(rows), more=more, now=now)


def _require_all(session: Session, wanted: Select[Clock], named: Collection[UUID]) -> None:
    found = set(session.scalars(wanted.with_only_columns(Clock.id)))
    if missing := [place for place, one in enumerate(named) if one not in found]:
        raise invalid(
            Fault(
                f"/clocks/{place}",
                "Must be a running clock that the version fits, and that does not have it.",
            )
            for place in missing
        )


def _lock(session: Session, wanted: Select[Clock], most: int) -> list[Clock]:
    statement = wanted.limit(most).with_for_update(of=Clock, skip_locked=True)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _are_left(session: Session, wanted: Select[Clock]) -> bool:
    return session.scalar(select(wanted.with_only_columns(Clock.id).order_by(None).exists())) or False
