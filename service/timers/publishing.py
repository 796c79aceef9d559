"""Publishes versions of policies and calendars. A published version never changes."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import cache_invalidation
from service.organisations.model import Organisation
from service.timers import calendars, policy_versions
from service.timers.model import CalendarVersion, PolicyVersion
from service.timers.policy import parse
from service.timers.scopes import Scope
from service.timers.writes import versions


def publish_policies(
    session: Session, policies: Iterable[Mapping[str, Any]], *, responder_id: UUID | None = None
) -> list[PolicyVersion]:
    """Publish a release's policy documents. An unchanged one keeps its version, and so does a running clock.

    What an operator has published since stays, until a release changes the document.

    Args:
        session: of the owner role.
        policies: the documents; a `version` in one is ignored, because versions are numbered here.
        responder_id: the responder whose information-sharing agreement they are; None for all responders.

    Returns:
        The new versions.

    Raises:
        PolicyInvalid: one of the documents is not a valid policy; none is published.
    """
    documents = [{name: part for name, part in each.items() if name != "version"} for each in policies]
    keys = [parse(document).key for document in documents]
    lock_publishing(session)
    published = []
    scope = Scope(responder_id)
    for key, document in zip(keys, documents, strict=True):
        last = session.scalar(
            select(PolicyVersion)
            .where(
                PolicyVersion.key == key,
                PolicyVersion.responder_id.is_not_distinct_from(responder_id),
                PolicyVersion.area.is_(None),
                PolicyVersion.published_by.is_(None),
            )
            .order_by(PolicyVersion.version.desc())
            .limit(1)
        )
        if last is None or last.document != document:
            published.append(
                versions.add_policy_version(session, key, next_version(session, key), document, scope=scope)
            )
    return published


def next_version(session: Session, key: str) -> int:
    """Return the number of the next version of a policy, whomever it is for; lock publishing first."""
    session.flush()
    last = session.scalar(select(func.max(PolicyVersion.version)).where(PolicyVersion.key == key))
    return (last or 0) + 1


def publish_calendar(
    session: Session,
    organisation_id: UUID | None,
    document: Mapping[str, Any],
) -> CalendarVersion | None:
    """Publish a calendar document, as `calendars.document` makes it. An unchanged one keeps its version.

    Args:
        session: of the owner role.
        organisation_id: the organisation; None for all of a division that have no calendar of their own.
        document: the whole calendar, with its bank holidays.

    Returns:
        The new version, or None when nothing changed.

    Raises:
        ValueError: the document is not a valid calendar.
    """
    calendars.read(document)
    lock_publishing(session)
    last = _latest_calendar(session, organisation_id, document["division"])
    if last is not None and last.document == document:
        return None
    version = last.version + 1 if last else 1
    return versions.add_calendar_version(session, organisation_id, version, document)


def publish_calendars(session: Session) -> list[CalendarVersion]:
    """Publish the calendars of the nations, and of all organisations with hours of their own.

    Args:
        session: of the owner role.

    Returns:
        The new versions.
    """
    made = [publish_calendar(session, None, calendars.document(each)) for each in calendars.DIVISIONS]
    with_hours = select(Organisation).where(Organisation.office_hours.is_not(None)).order_by(Organisation.id)
    for organisation in session.scalars(with_hours):
        document = calendars.of_organisation(organisation.division, organisation.office_hours or {})
        made.append(publish_calendar(session, organisation.id, document))
    return [each for each in made if each is not None]


def _latest_calendar(session: Session, organisation_id: UUID | None, division: str) -> CalendarVersion | None:
    whose = CalendarVersion.organisation_id.is_not_distinct_from(organisation_id)
    if organisation_id is None:
        whose &= CalendarVersion.division == division
    return session.scalar(
        select(CalendarVersion).where(whose).order_by(CalendarVersion.version.desc()).limit(1)
    )


def lock_publishing(session: Session) -> None:
    """Let one transaction at a time number versions."""
    cache_invalidation.invalidate(session, policy_versions.PUBLISHED)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("timers.publish"))))
