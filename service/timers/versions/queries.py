"""Reads versions of policies, and the running clocks that could go by one; limited to what a caller may see.

Versions say nothing of anybody. Which clocks a caller may see is decided in `timers.queries`.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, cast, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.http.problems import not_found
from service.organisations.model import Organisation
from service.organisations.queries import organisation
from service.timers.model import Clock, PolicyApplication, PolicyVersion
from service.timers.queries import STOPPED
from service.timers.responders import policies_for
from service.timers.scopes import EVERYBODY, Scope, Validity, governing

_ASKS_PARTNERS: Final = (
    "$.answer.chasers[*]",
    "$.answer.steps[*].partner",
    "$.answer.tail.partner",
)
"""Where a document names the organisation that must answer; other policies run inside probation."""

GOES_BY: Final = case((Clock.moved_onto_id.is_(None), Clock.policy_id), else_=Clock.moved_onto_id)
"""The version that a clock goes by now; written as in the index of clocks by version.

No `coalesce`: PostgreSQL would compare only after it has asked the row policy of every clock.
"""

WHOM_IT_IS_FOR: Final = case((Clock.responder_id.is_(None), Clock.policy_id), else_=Clock.responder_id)
"""Who must answer; inside probation, the version that a clock was started with. Written as in its index.

One value and not two conditions joined by "or", with which PostgreSQL would read every clock of the policy.
"""


class Edition(NamedTuple):
    """A version of a policy without its document."""

    id: UUID
    key: str
    number: int
    responder_id: UUID | None
    area: str | None
    valid_from: datetime
    valid_until: datetime | None
    published_at: datetime
    published_by: str | None
    published_by_id: UUID | None
    reason: str | None

    @property
    def scope(self) -> Scope:
        """Whom it is for."""
        return Scope(self.responder_id, self.area)


_KEY: Final = re.compile(r"[a-z][a-z0-9_.]{0,99}")
_EDITION: Final = (
    PolicyVersion.id,
    PolicyVersion.key,
    PolicyVersion.version,
    PolicyVersion.responder_id,
    PolicyVersion.area,
    PolicyVersion.valid_from,
    PolicyVersion.valid_until,
    PolicyVersion.published_at,
    PolicyVersion.published_by,
    PolicyVersion.published_by_id,
    PolicyVersion.reason,
)


def edition_of(row: PolicyVersion) -> Edition:
    """Return a version without its document."""
    return Edition._make(getattr(row, column.key) for column in _EDITION)


def visible_to(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return which versions a caller may see.

    A region sees what is for its own clocks. A destination or agency sees what says how soon one of its kind
    must answer. An operator and an administration see all.
    """
    if actor.side in {"service", "administration"}:
        return true()
    if actor.side == "probation":
        own = organisation(session, actor.organisation_id).code
        return PolicyVersion.area.is_(None) | (PolicyVersion.area == own)
    if actor.side in {"destination", "agency"}:
        concerned = PolicyVersion.responder_id.is_(None) | (
            PolicyVersion.responder_id == actor.organisation_id
        )
        asked = or_(
            *(func.jsonb_path_exists(PolicyVersion.document, cast(path, JSONPATH)) for path in _ASKS_PARTNERS)
        )
        return and_(PolicyVersion.key.in_(policies_for(actor.organisation_kind)), concerned, asked)
    return false()


def list_keys(session: Session, actor: Actor, *, after: str | None, limit: int) -> Sequence[str]:
    """Return the keys of policies in order; one more than `limit` if there is more."""
    statement = select(PolicyVersion.key).where(visible_to(session, actor)).distinct()
    if after is not None:
        statement = statement.where(PolicyVersion.key > after)
    return session.scalars(statement.order_by(PolicyVersion.key).limit(limit + 1)).all()


def editions(session: Session, actor: Actor, keys: Collection[str]) -> list[Edition]:
    """Return the versions of some policies that a caller may see, the last published first."""
    return _editions(session, PolicyVersion.key.in_(keys), visible_to(session, actor))


def every_edition(session: Session, key: str) -> list[Edition]:
    """Return all versions of a policy, whomever they are for, the last published first."""
    return _editions(session, PolicyVersion.key == key)


def _editions(session: Session, *which: ColumnElement[bool]) -> list[Edition]:
    rows = session.execute(
        select(*_EDITION).where(*which).order_by(PolicyVersion.key, PolicyVersion.version.desc())
    )
    return [Edition._make(row) for row in rows]


def in_force(known: Sequence[Edition], at: datetime) -> dict[Scope, UUID]:
    """Return the version of each scope that is in force at a moment.

    Args:
        known: the versions of one policy, the last published first.
    """
    scopes: dict[Scope, list[Validity]] = {}
    for one in known:
        scopes.setdefault(one.scope, []).append(Validity(one.id, one.valid_from, one.valid_until))
    found = {scope: governing(versions, at) for scope, versions in scopes.items()}
    return {scope: version_id for scope, version_id in found.items() if version_id is not None}


def state_of(known: Sequence[Edition], one: Edition, now: datetime) -> str:
    """Return whether a version is in force, planned, ended, or replaced by a later one."""
    if in_force(known, now).get(one.scope) == one.id:
        return "in_force"
    if now < one.valid_from:
        return "planned"
    later = [other for other in known if other.scope == one.scope and other.number > one.number]
    return "replaced" if any(other.valid_from <= now for other in later) else "ended"


def find_editions(session: Session, actor: Actor, key: str) -> list[Edition]:
    """Return the versions of a policy that a caller may see, the last published first.

    Raises:
        Problem: 404 when there are none.
    """
    found = editions(session, actor, [key]) if _KEY.fullmatch(key) else []
    if not found:
        raise not_found()
    return found


def documents(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the documents of some versions."""
    rows = session.execute(select(PolicyVersion.id, PolicyVersion.document).where(PolicyVersion.id.in_(ids)))
    return {row.id: row.document for row in rows}


def general(session: Session, known: Sequence[Edition], at: datetime) -> dict[str, Any]:
    """Return the document that is for everybody at a moment.

    Raises:
        Problem: 404 when there is none.
    """
    version_id = in_force(known, at).get(EVERYBODY)
    if version_id is None:
        raise not_found()
    return documents(session, [version_id])[version_id]


def find_application(session: Session, actor: Actor, application_id: UUID) -> PolicyApplication:
    """Return the record that clocks were moved onto a version.

    Raises:
        Problem: 404 when there is none of this caller.
    """
    row = session.scalar(
        select(PolicyApplication).where(
            PolicyApplication.id == application_id, PolicyApplication.organisation_id == actor.organisation_id
        )
    )
    if row is None:
        raise not_found()
    return row


def running(
    known: Sequence[Edition],
    scope: Scope,
    *,
    region: UUID | None,
    onto: UUID | None = None,
    narrower: bool = False,
) -> Select[Clock]:
    """Return the query for the open clocks of a policy that a version for a scope fits.

    A timer inside probation does not name who must answer: it fits what is for that responder when it was
    started with a version for it. One that names somebody was started with no version for somebody else.

    Args:
        known: every version of the policy.
        scope: of the version.
        region: only the clocks of this region, for which the version is; of all that it is for when None.
        onto: the version; clocks that go by it already are left out.
        narrower: also those that go by a version for fewer.
    """
    others = [
        one.id for one in known if one.id != onto and (narrower or one.scope.narrowness <= scope.narrowness)
    ]
    statement = select(Clock).where(Clock.state != STOPPED, GOES_BY.in_(others))
    if region is not None:
        statement = statement.where(Clock.probation_id == region)
    elif scope.area is not None:
        regions = select(Organisation.id).where(
            Organisation.kind == "probation_region", Organisation.code == scope.area
        )
        statement = statement.where(Clock.probation_id.in_(regions))
    if scope.responder_id is not None:
        theirs = [one.id for one in known if one.responder_id == scope.responder_id]
        statement = statement.where(WHOM_IT_IS_FOR.in_([scope.responder_id, *theirs]))
    return statement.order_by(Clock.id)
