"""Carries days that are the person's, and no single referral's, into the other referrals that are open.

These are the day of release, and the days with which supervision ends. Whoever says another day in one
referral says it of the person. What the rest of another referral does not allow stays there, with advice.
Of two records that were merged each keeps its own: they may be parted again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, settling
from service.access import Actor
from service.db import Json
from service.destinations.ending import is_for_release, released_on
from service.destinations.sharing import SUPERVISED_RELEASES, SUPERVISION_ENDS, supervision_ends
from service.document.coherence import allows
from service.document.paths import Document, day_at, value_at, with_value
from service.gathering import is_made
from service.people.actions import stating
from service.people.actions.documents import Kept
from service.people.model import Person
from service.referrals import overtaken
from service.referrals.document_queries import open_documents, version_of
from service.referrals.model import Referral
from service.referrals.queries import open_referrals_of

PACKAGE: Final = "referrals"
"""By which name documents are brought in line with what else is said of their person."""
RELEASE: Final = "/release/date"
_ENDS: Final = frozenset("/" + path.replace(".", "/") for path in SUPERVISION_ENDS)
_PERIODS: Final = "/release/releases/"
_OF_ONE_SENTENCE: Final = ("sentence.type", "offence.index.conviction_date", "offence.index.event_number")
"""By what two referrals are known to be about one sentence; of another sentence the end is another fact."""
_NOTED: Final = "referrals.days"


class Said(NamedTuple):
    """Days of a person that one referral has said anew.

    Args:
        before: the version before, whole; None for a new referral.
        document: the version that says them, whole.
        days: by member.
    """

    referral_id: UUID
    probation_id: UUID
    before: Document | None
    document: Document
    days: Mapping[str, Any]


def days_of(document: Document) -> dict[str, Any]:
    """Return the days of a document that are the person's, by member."""
    return {name: value for name, value in overtaken.members(document).items() if _is_day(name, value)}


def _is_day(name: str, value: Any) -> bool:
    if name == RELEASE:
        return "date" in value[0]
    if name.startswith(_PERIODS):
        kind, _, member = name.removeprefix(_PERIODS).partition("/")
        return member == "end_date" and kind.partition(":")[0] in SUPERVISED_RELEASES
    return name in _ENDS


def note_amended(
    session: Session, actor: Actor, referral: Referral, before: Document, document: Document
) -> None:
    """Have the days that a new version says otherwise followed in the other referrals."""
    known = days_of(before)
    days = {name: value for name, value in days_of(document).items() if known.get(name) != value}
    _note(session, actor, referral, Said(referral.id, referral.probation_id, before, document, days))


def note_submitted(session: Session, actor: Actor, referral: Referral, document: Document) -> None:
    """Have the days that a new referral says followed in the others."""
    said = Said(referral.id, referral.probation_id, None, document, days_of(document))
    _note(session, actor, referral, said)


def _note(session: Session, actor: Actor, referral: Referral, said: Said) -> None:
    if said.days:
        session.info.setdefault(_NOTED, {})[referral.person_id] = said
        settling.mark(session, actor, referral.person_id, only=PACKAGE)


def take_said(session: Session, person_id: UUID) -> Said | None:
    """Return the days that were said of a person since this was last asked, in this transaction."""
    noted: dict[UUID, Said] = session.info.get(_NOTED, {})
    return noted.pop(person_id, None)


def others_open(session: Session, person: Person, probation_id: UUID) -> Sequence[Referral]:
    """Return the open referrals of a region on a record."""
    found = open_referrals_of(session, person.id)
    return [referral for referral in found if referral.probation_id == probation_id]


def followed(session: Session, referrals: Sequence[Referral], said: Said) -> set[UUID]:
    """Return which referrals have other days than were said, and may have those; by id.

    Args:
        referrals: locked.
    """
    of_region = [one for one in referrals if one.probation_id == said.probation_id]
    others = [one for one in of_region if one.id != said.referral_id]
    documents = open_documents(session, others)
    return {one.id for one, other in zip(others, documents, strict=True) if as_said(other, said) != other}


def as_said(document: Json, said: Said) -> Json:
    """Return a document with the days that were said in another referral."""
    return with_days(document, said.document, said.days, before=said.before)


def with_days_on_record(
    session: Session, actor: Actor, person: Person, document: Json
) -> tuple[Json, list[Kept]]:
    """Return a new referral in which days that its system only repeats stay as other referrals have them.

    Args:
        person: locked.
        document: whole, canonical.

    Returns:
        With it, where the record stays so.
    """
    if is_made(session, person):
        return document, []
    others = others_open(session, person, actor.organisation_id)
    if not others:
        return document, []
    kept: list[Kept] = []
    said, read = stating.read(session, actor, person), open_documents(session, others)
    for referral, other in zip(others, read, strict=True):
        known, days = days_of(other), days_of(document)
        differing = {name: value for name, value in days.items() if known.get(name, value) != value}
        repeated = said.repeated(referral.id, differing)
        merged = with_days(document, other, repeated)
        now = days_of(merged)
        made_at = version_of(session, referral, referral.current_version).made_at
        kept += [
            Kept(_pointer(document, name), said.since(referral.id, name), made_at)
            for name in sorted(repeated)
            if now.get(name) != days[name]
        ]
        document = merged
    return document, kept


def kept_days(session: Session, actor: Actor, referral: Referral, document: Document) -> list[Kept]:
    """Return where a referral, as it was made, has the days on record although its sender said otherwise.

    Args:
        document: as it was submitted.
    """
    first, days = version_of(session, referral, 1), days_of(document)
    now = days_of(first.document)
    differing = [name for name, value in sorted(days.items()) if now.get(name, value) != value]
    said = stating.of_referral(session, actor, referral.id, referral.person_id)
    return [
        Kept(_pointer(document, name), said.since(referral.id, name), first.made_at) for name in differing
    ]


def said_otherwise(session: Session, referral: Referral, document: Document) -> list[tuple[str, UUID]]:
    """Return where other open referrals say another day of the person than a document, with the id of each.

    Args:
        referral: which the document is of.
    """
    person = session.get_one(Person, referral.person_id)
    if is_made(session, person):
        return []
    found = others_open(session, person, referral.probation_id)
    others, days = [one for one in found if one.id != referral.id], days_of(document)
    return [
        (_pointer(document, name), one.id)
        for one, other in zip(others, open_documents(session, others), strict=True)
        for name, value in sorted(days.items())
        if days_of(other).get(name, value) != value
        and (is_for_release(other) if name == RELEASE else _are_one(other, document, frozenset({name}), None))
    ]


def _pointer(document: Document, name: str) -> str:
    if not name.startswith(_PERIODS):
        return name
    key, _, member = name.removeprefix(_PERIODS).partition("/")
    kind, _, place = key.partition(":")
    periods = value_at(document, "release.releases") or []
    of_kind = [index for index, one in enumerate(periods) if one.get("type") == kind]
    return f"{_PERIODS}{of_kind[int(place)]}/{member}"


def with_days(
    document: Json, other: Document, names: Iterable[str], *, before: Document | None = None
) -> Json:
    """Return a document with some days of another one, as far as its rest allows them.

    Args:
        document, other: whole.
        names: members of `days_of`.
        before: the version before that other one.
    """
    names = frozenset(names)
    ends = names - {RELEASE} if _are_one(document, other, names - {RELEASE}, before) else frozenset()
    release = names & {RELEASE} if is_for_release(document) else frozenset()
    for wanted in (ends | release, ends, release):
        changed = _with(document, other, wanted)
        if wanted and allows(document, changed):
            return changed
    return document


def _are_one(document: Document, other: Document, ends: frozenset[str], before: Document | None) -> bool:
    """Return whether the ends that two documents name are those of one sentence, which goes on."""
    if before is not None:
        known, was = days_of(document), days_of(before)
        if any(name in known and known[name] == was.get(name) for name in ends):
            return True
    last = supervision_ends(document)
    if last is not None and last < clock.today():
        return False
    pairs = [(value_at(document, path), value_at(before or other, path)) for path in _OF_ONE_SENTENCE]
    return pairs[0][0] is not None and all(one == another for one, another in pairs)


def _with(document: Json, other: Document, names: Iterable[str]) -> Json:
    for name in sorted(names):
        value = days_of(other).get(name)
        if value is None:
            continue
        if name == RELEASE:
            day = day_at(other, "release.date")
            document = (
                released_on(document, day) if day and day != day_at(document, "release.date") else document
            )
        elif name.startswith(_PERIODS):
            document = _with_period(document, name, value)
        else:
            document = with_value(document, name[1:].replace("/", "."), value)
    return document


def _with_period(document: Json, name: str, value: str) -> Json:
    """Return a document in which a period after release ends on another day; it gains no period."""
    if name not in days_of(document):
        return document
    index = int(_pointer(document, name).removeprefix(_PERIODS).partition("/")[0])
    periods = [
        {**one, "end_date": value} if place == index else one
        for place, one in enumerate(document["release"]["releases"])
    ]
    return with_value(document, "release.releases", periods)
