"""Versions of policies and calendars: publishing them, choosing the present ones, reading a clock's own.

A version once published is never changed, so what has been read of one is kept in memory.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service import clock
from service.organisations.model import Organisation
from service.timers import calendars
from service.timers.ladder import ClockChange, Schedule
from service.timers.model import CalendarVersion, Clock, PolicyVersion
from service.timers.policies import POLICIES
from service.timers.policy import Policy, Urgency, parse
from service.timers.working_time import Calendar

_PRESENT = "timers.present"


class NotPublished(LookupError):  # noqa: N818 - it says what is the matter
    """A policy or calendar that a clock needs has not been published: `referrals prepare` does it."""


def publish_policies(
    session: Session, policies: Iterable[Mapping[str, Any]], *, responder_id: UUID | None = None
) -> list[PolicyVersion]:
    """Publish policy documents; one that has not changed keeps its version, and no running clock is touched.

    Args:
        session: of the owner role.
        policies: the documents; a `version` in one is taken for a remark, versions are given here.
        responder_id: whose information-sharing agreement they are; None for everybody.

    Returns:
        The versions that are new.

    Raises:
        PolicyInvalid: one of them cannot be followed; none is published.
    """
    documents = [{name: part for name, part in each.items() if name != "version"} for each in policies]
    keys = [parse(document).key for document in documents]
    _one_publisher(session)
    published = []
    for key, document in zip(keys, documents, strict=True):
        last = session.scalar(
            select(PolicyVersion)
            .where(PolicyVersion.key == key, PolicyVersion.responder_id.is_not_distinct_from(responder_id))
            .order_by(PolicyVersion.version.desc())
            .limit(1)
        )
        if last is None or last.document != document:
            published.append(
                PolicyVersion(
                    key=key,
                    responder_id=responder_id,
                    version=last.version + 1 if last else 1,
                    document=document,
                    published_at=clock.now(),
                )
            )
            session.add(published[-1])
            session.flush()
    return published


def publish_calendar(
    session: Session,
    organisation_id: UUID | None,
    document: Mapping[str, Any],
) -> CalendarVersion | None:
    """Publish a calendar document, as `calendars.document` makes it; unchanged, it keeps its version.

    Args:
        session: of the owner role.
        organisation_id: whose it is; None for all of its division that have none of their own.
        document: the whole calendar, with its bank holidays.

    Returns:
        The new version, or None when nothing changed.

    Raises:
        ValueError: it cannot be read.
    """
    calendars.read(document)
    _one_publisher(session)
    last = _latest_calendar(session, organisation_id, document["division"])
    if last is not None and last.document == document:
        return None
    made = CalendarVersion(
        organisation_id=organisation_id,
        division=document["division"],
        version=last.version + 1 if last else 1,
        document=dict(document),
        published_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def publish_standing(session: Session) -> list[PolicyVersion | CalendarVersion]:
    """Publish what every installation needs: our own policies, and everybody's calendars.

    Args:
        session: of the owner role.

    Returns:
        The versions that are new.
    """
    made: list[PolicyVersion | CalendarVersion | None] = [*publish_policies(session, POLICIES)]
    made += [publish_calendar(session, None, calendars.document(each)) for each in calendars.DIVISIONS]
    with_hours = select(Organisation).where(Organisation.office_hours.is_not(None)).order_by(Organisation.id)
    for organisation in session.scalars(with_hours):
        document = calendars.of_organisation(organisation.division, organisation.office_hours or {})
        made.append(publish_calendar(session, organisation.id, document))
    return [each for each in made if each is not None]


def policy_for(session: Session, key: str, responder_id: UUID | None) -> UUID:
    """Return the present version of a policy: the responder's own if there is one, otherwise everybody's.

    Raises:
        NotPublished: there is neither.
    """
    known = _present(session).policies
    found = known.get((key, responder_id)) or known.get((key, None))
    if found is None:
        raise NotPublished(f"policy {key} has not been published")
    return found


def calendar_for(session: Session, organisation_id: UUID) -> UUID:
    """Return the present version of an organisation's calendar: its own, otherwise its division's.

    Raises:
        NotPublished: there is neither.
    """
    present = _present(session)
    found = present.calendars.get(organisation_id)
    if found is None:
        division = session.get_one(Organisation, organisation_id).division
        found = present.calendars[organisation_id] = present.of_divisions.get(division)
    if found is None:
        raise NotPublished(f"no calendar has been published for organisation {organisation_id}")
    return found


def policy(session: Session, policy_id: UUID) -> Policy:
    """Return the policy that a clock is pinned to."""
    found = _policies.get(policy_id)
    if found is None:
        found = parse(session.get_one(PolicyVersion, policy_id).document)
        _keep(_policies, policy_id, found)
    return found


def calendar(session: Session, calendar_id: UUID) -> Calendar:
    """Return the calendar that a clock is pinned to."""
    found = _calendars.get(calendar_id)
    if found is None:
        found = calendars.read(session.get_one(CalendarVersion, calendar_id).document)
        _keep(_calendars, calendar_id, found)
    return found


def schedule_of(session: Session, row: Clock) -> Schedule:
    """Return what decides when a clock fires: its pinned policy and calendar, and what has happened to it."""
    pinned = policy(session, row.policy_id)
    return Schedule(
        timer=pinned.timer(row.timer),
        calendar=calendar(session, row.calendar_id),
        anchor=row.anchor,
        urgency=cast("Urgency", row.first_urgency),
        hard_date=row.first_hard_date,
        pause=pinned.pause,
        changes=tuple(ClockChange.from_json(turn) for turn in row.changes),
    )


@dataclass
class _Present:
    """The present versions as one transaction first saw them: it asks once, however many clocks it starts.

    policies: by key and responder, None for everybody's.
    calendars: by organisation; of_divisions: those of organisations that have none of their own.
    """

    policies: dict[tuple[str, UUID | None], UUID]
    calendars: dict[UUID, UUID | None]
    of_divisions: dict[str, UUID]


def _present(session: Session) -> _Present:
    found: _Present | None = session.info.get(_PRESENT)
    if found is None:
        policies = session.execute(
            select(PolicyVersion.key, PolicyVersion.responder_id, PolicyVersion.id)
            .ext(distinct_on(PolicyVersion.key, PolicyVersion.responder_id))
            .order_by(PolicyVersion.key, PolicyVersion.responder_id, PolicyVersion.version.desc())
        )
        of = (CalendarVersion.organisation_id, CalendarVersion.division)
        kept = session.execute(
            select(*of, CalendarVersion.id)
            .ext(distinct_on(*of))
            .order_by(*of, CalendarVersion.version.desc())
        ).all()
        found = session.info[_PRESENT] = _Present(
            {(key, responder_id): version_id for key, responder_id, version_id in policies},
            {whose: version_id for whose, _, version_id in kept if whose is not None},
            {division: version_id for whose, division, version_id in kept if whose is None},
        )
    return found


# Versions never change, so they may be kept; the limit keeps a worker small where every agency has its own.
_KEPT = 200
_policies: dict[UUID, Policy] = {}
_calendars: dict[UUID, Calendar] = {}
Version = TypeVar("Version")


def _keep(kept: dict[UUID, Version], version_id: UUID, version: Version) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
    kept[version_id] = version


def _latest_calendar(session: Session, organisation_id: UUID | None, division: str) -> CalendarVersion | None:
    whose = CalendarVersion.organisation_id.is_not_distinct_from(organisation_id)
    if organisation_id is None:
        whose &= CalendarVersion.division == division
    return session.scalar(
        select(CalendarVersion).where(whose).order_by(CalendarVersion.version.desc()).limit(1)
    )


def _one_publisher(session: Session) -> None:
    """Let one transaction at a time give out version numbers."""
    session.info.pop(_PRESENT, None)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("timers.publish"))))
