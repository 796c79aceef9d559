"""What happened to a referral, a person or a check as sentences, and what has not been done yet.

Names are read for a whole page, in a number of statements that does not grow with it, and only as far as the
caller may know them. Somebody whose identity is protected goes by how they stand to the person.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service import clock
from service.access.identifiers import known_as
from service.arrangements.rules import ITEMS
from service.checks.model import CheckRequest, CheckRequestSubject, CheckResult
from service.circumstances.consequences import KINDS as CHANGES
from service.destinations import DESTINATIONS
from service.events.sentences import EITHER, sentence
from service.events.subjects import href
from service.organisations.contacts import Named, WorkContact, contacts_of_staff
from service.organisations.queries import Registered, organisations_by_id
from service.people.model import Address, Contact, Person
from service.people.names import known_names
from service.people.rules import GROUPS_AT_RISK, RELATIONSHIPS
from service.referrals.model import DestinationReferral, Referral
from service.referrals.naming import parts_of_notices
from service.third_parties.bases import RECIPIENTS
from service.timers.model import Clock
from service.timers.queries import RUNNING, is_overdue
from service.timers.subjects import WORDS, place_of
from service.timers.versions.words import ROLES
from service.timers.views import what_is_owed

Json = dict[str, Any]

TITLES: Final[Mapping[str, str]] = {
    **{role: words.removeprefix("the ") for role, words in ROLES.items()},
    "practitioner": "probation practitioner",
    "region": "regional manager",
    "officer": "officer",
    "data_protection_officer": "data protection officer",
    "inspector": "inspector",
    "operator": "operator",
    "registrar": "registrar",
}
"""What somebody in each role is called beside their name."""

CHECKS: Final[Mapping[str, str]] = {
    "police_da": "domestic abuse check",
    "childrens_safeguarding": "children's services check",
}
AGENCIES: Final[Mapping[str, str]] = {
    "police_da": "the police",
    "childrens_safeguarding": "children's services",
}
"""Who is asked, where nobody is registered yet."""

_FOUND: Final[Mapping[str, tuple[str, str]]] = {
    "call_outs": ("call-out", "call-outs"),
    "incidents": ("incident", "incidents"),
    "convictions": ("conviction", "convictions"),
    "orders": ("order", "orders"),
}
"""What an answer is counted by, where it found something; what else it found is read at its address."""
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_OF_PARTS: Final = frozenset({
    "destination_referral", "placement", "wording", "adjustment", "agency_review", "completion", "emergency",
    "probation_move",
})  # fmt: skip
"""The subjects that go by the id of their destination referral."""

SUBJECTS: Final[Mapping[str, str]] = {
    "agreement": "the request for a manager's decision",
    "change_notice": "a change that was sent to {destination}",
    "change_of_circumstance": "a change of circumstance",
    "case_holding": "the case of {person}",
    "check": "the {check}",
    "check_request": "the {check}{of_agency}{about}",
    "contact": "{contact}",
    "address": "{address}",
    "disclosure_decision": "the decision on a disclosure",
    "person": "{person}",
    "placement": "the stay at {destination}",
    "recall": "the recall of {person}",
    "referral": "the referral",
    "release_arrangement": "an arrangement for the release of {person}",
    "review": "the review of a change of circumstance",
    "right_to_know": "the Right to Know referral",
    "share_request": "the request to see the case of {person}",
    "sight": "another region's access to the case of {person}",
    "subject_access": "the subject access request of {person}",
    "transfer": "the transfer of {person}",
    **dict.fromkeys(sorted(_OF_PARTS - {"placement"}), "the referral to {destination}"),
}
"""What each kind of subject is called in a sentence."""

_MOST_NAMED: Final = 3
NOBODY: Final = UUID(int=0)
"""An id that nothing has which is named."""


class _Names(NamedTuple):
    """The names of what a page is about, by id."""

    person: str
    staff: Mapping[Named, WorkContact]
    organisations: Mapping[UUID, Registered]
    parts: Mapping[UUID, DestinationReferral]
    requests: Mapping[UUID, CheckRequest]
    about: Mapping[UUID, Sequence[str]]
    contacts: Mapping[UUID, str]
    addresses: Mapping[UUID, str]
    results: Mapping[UUID, CheckResult]


class Told(NamedTuple):
    """The entries of a timeline with their sentences, and what has not been done yet."""

    items: list[Json]
    waiting_for: list[Json]


def tell(
    session: Session,
    person: Person,
    entries: Sequence[Json],
    sections: Collection[str],
    clocks: Sequence[Clock] = (),
) -> Told:
    """Return the entries of a timeline, each with its sentence and the name of whoever caused it.

    Args:
        person: whose record it is.
        entries: as `events.timeline` returns them.
        sections: what the caller sees of the record.
        clocks: what has not been done yet, as `open_clocks` returns it.
    """
    subjects = [(one["subject"]["kind"], UUID(one["subject"]["id"])) for one in entries]
    names = _names(
        session,
        person,
        [*subjects, *((row.subject_kind, row.subject_id) for row in clocks)],
        sections,
        staff={
            (one["by"]["organisation_id"], one["by"]["practitioner"])
            for one in entries
            if one["by"]["organisation_id"] and one["by"]["practitioner"]
        },
        results={UUID(one["data"]["result"]) for one in entries if "result" in one["data"]},
        addresses={UUID(one["data"]["address_id"]) for one in entries if one["data"].get("address_id")},
    )
    items = [
        {
            **entry,
            "text": sentence(entry["event"], _words(entry, kind, subject_id, names)),
            "by": {**entry["by"], "name": _name_of(entry["by"], names)},
        }
        for entry, (kind, subject_id) in zip(entries, subjects, strict=True)
    ]
    return Told(items, [_waiting(row, person, names, clock.now()) for row in clocks])


def open_clocks(session: Session, referral: Referral, sections: Collection[str]) -> Sequence[Clock]:
    """Return the running clocks of a referral and of its person; what is due first comes first.

    One that is paused waits for something that has a clock of its own.

    Args:
        sections: what the caller sees of the record; the rows it may not see the database keeps back.
    """
    section = func.section_of(Clock.subject_kind, Clock.timer)
    return session.scalars(
        select(Clock)
        .where(
            Clock.person_id == referral.person_id,
            or_(Clock.referral_id == referral.id, Clock.referral_id.is_(None)),
            or_(section.is_(None), section.in_(sections)),
            Clock.state == RUNNING,
        )
        .order_by(Clock.due_at, Clock.subject_kind, Clock.timer, Clock.id)
    ).all()


def _waiting(row: Clock, person: Person, names: _Names, now: datetime) -> Json:
    subject = _subject(row.subject_kind, row.subject_id, {"kind": row.label}, names)["subject"]
    text = f"{subject}: {_begun_small(what_is_owed(row))}"
    here = href(row.subject_kind, row.subject_id, person.id)
    part = names.parts.get(row.subject_id)
    return {
        "text": text[:1].upper() + text[1:],
        "due_at": row.due_at,
        "overdue": is_overdue(row, now),
        "href": here
        or place_of(row.subject_kind, row.subject_id, person=person.id, part=part.id if part else None),
    }


def _names(
    session: Session,
    person: Person,
    subjects: Iterable[tuple[str, UUID]],
    sections: Collection[str],
    *,
    staff: Collection[tuple[UUID, str]] = (),
    results: Collection[UUID] = (),
    addresses: Collection[UUID] = (),
) -> _Names:
    ids: dict[str, set[UUID]] = {}
    for kind, subject_id in subjects:
        ids.setdefault("part" if kind in _OF_PARTS else kind, set()).add(subject_id)
    changes = ids.get("change_notice")
    notices = parts_of_notices(session, changes) if changes else {}
    parts = _by_id(session, DestinationReferral, ids.get("part", set()) | set(notices.values()))
    requests = _by_id(session, CheckRequest, ids.get("check_request", set()))
    asked = session.execute(
        select(CheckRequestSubject.request_id, CheckRequestSubject.kind, CheckRequestSubject.subject_id)
        .where(CheckRequestSubject.request_id.in_(requests), CheckRequestSubject.kind == "contact")
        .order_by(CheckRequestSubject.request_id, CheckRequestSubject.subject_id)
    ).all()
    # The database shows an address to move on to also to whoever does not see the household.
    household = "household" in sections
    people = ids.get("contact", set()) | {row.subject_id for row in asked} if household else ()
    contacts = {each: _contact(row) for each, row in _by_id(session, Contact, people).items()}
    homes = ids.get("address", set()) | set(addresses) if household else ()
    about: dict[UUID, list[str]] = {}
    for row in asked:
        if row.subject_id in contacts:
            about.setdefault(row.request_id, []).append(contacts[row.subject_id])
    organisations = {one.organisation_id for one in parts.values()}
    organisations |= {one.agency_id for one in requests.values()}
    return _Names(
        person=_full_name(person) or "the person",
        staff=contacts_of_staff(session, staff),
        organisations=organisations_by_id(session, [one for one in organisations if one is not None]),
        parts={**parts, **{notice: parts[part] for notice, part in notices.items() if part in parts}},
        requests=requests,
        about=about,
        contacts=contacts,
        addresses={each: _address(row) for each, row in _by_id(session, Address, homes).items()},
        results=_by_id(session, CheckResult, results),
    )


def _by_id(session: Session, kind: type[Any], ids: Collection[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in session.scalars(select(kind).where(kind.id.in_(ids)))} if ids else {}


def _full_name(row: Person | Contact) -> str | None:
    return " ".join(filter(None, known_names(row.given_name, row.family_name))) or None


def _contact(row: Contact) -> str:
    said = RELATIONSHIPS[row.relationship].meaning.partition(";")[0].partition(":")[0]
    return said if row.protected else _full_name(row) or said


def _address(row: Address) -> str:
    return "a protected address" if row.protected else (row.lines or ["an address"])[0]


def _name_of(by: Json, names: _Names) -> str | None:
    if by["practitioner"] is None:
        return None
    found = names.staff.get((by["organisation_id"], known_as(by["practitioner"])))
    return found.name if found else None


def _who(by: Json, names: _Names) -> str:
    if by["practitioner"] is None:
        return str(by["organisation"] or "the service")
    title = TITLES.get(by["role"] or "", "member of staff")
    name = _name_of(by, names)
    return f"{name} ({title})" if name else f"a {title} of {by['organisation']}"


def _late(kind: str, timer: str) -> str | None:
    words = WORDS.get((kind, timer))
    return words and _begun_small(words.removesuffix("."))


def _begun_small(words: str) -> str:
    return words[:1].lower() + words[1:]


def _words(entry: Json, kind: str, subject_id: UUID, names: _Names) -> Mapping[str, str | None]:
    """Return everything that the sentence of an event may say."""
    data = entry["data"]
    words: dict[str, str | None] = {
        name: _written(value) for name, value in data.items() if isinstance(value, str) and _is_day(name)
    }
    words |= {name: either[not data[name]] for name, either in EITHER.items() if name in data}
    words |= _subject(kind, subject_id, data, names)
    if "address_id" in data:
        words["address"] = names.addresses.get(_id(data["address_id"]))
    part, result = names.parts.get(subject_id), names.results.get(_id(data.get("result")))
    return words | {
        "who": _who(entry["by"], names),
        "organisation": str(entry["by"]["organisation"] or "a prison"),
        "missing": _missing(data.get("missing")),
        "must_acknowledge": "must acknowledge it" if data.get("must_acknowledge") else None,
        "told_them": "told them" if data.get("told") is True else "did not tell them",
        "told": _told(data.get("told")),
        "reason": _label(part, ("decline_reasons", "end_early_reasons"), data.get("reason_code")),
        "outcome": _label(part, ("outcomes",), data.get("outcome_code")),
        "found": _found(result) if result else None,
        "change": _change(data.get("kind")),
        "arrangement": _arrangement(kind, data),
        "recipient": RECIPIENTS.get(data.get("recipient", ""), "somebody").partition(":")[0],
        "group": GROUPS_AT_RISK.get(data.get("group", ""), "").partition(",")[0],
        "to_level": str(data.get("to_level", "")).replace("_", " "),
        "late": _late(kind, data.get("timer", "")),
    }


def _subject(kind: str, subject_id: UUID, data: Json, names: _Names) -> dict[str, str]:
    """Return what an event or a clock is about, and the names around it."""
    part, request = names.parts.get(subject_id), names.requests.get(subject_id)
    organisation = names.organisations.get((part and part.organisation_id) or NOBODY)
    agency = names.organisations.get((request and request.agency_id) or NOBODY)
    check = request.kind if request else str(data.get("kind", data.get("label", "")))
    title = DESTINATIONS[part.kind].title if part else "a destination"
    about = names.about.get(subject_id, ())
    words = {
        "person": names.person,
        "destination": organisation.name if organisation else title,
        "check": CHECKS.get(check, "check"),
        "agency": agency.name if agency else AGENCIES.get(check, "the agency"),
        "of_agency": f" of {agency.name}" if agency else "",
        "about": f" about {_listed(about)}" if about else "",
        "contact": names.contacts.get(subject_id, "a contact"),
        "address": names.addresses.get(subject_id, "an address"),
    }
    return words | {"subject": SUBJECTS[kind].format_map(words)}


def _listed(names: Sequence[str]) -> str:
    named = list(dict.fromkeys(names))
    if len(named) > _MOST_NAMED:
        named[_MOST_NAMED - 1 :] = [f"{_number(len(named) - _MOST_NAMED + 1)} others"]
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _missing(count: Any) -> str | None:
    if not isinstance(count, int):
        return None
    return "one answer is missing" if count == 1 else f"{_number(count)} answers are missing"


def _told(told: Any) -> str | None:
    roles = [one.partition(":")[2] for one in told] if isinstance(told, list) else []
    known = [ROLES[role] for role in roles if role in ROLES]
    return f"{_listed(known)} {'was' if len(known) == 1 else 'were'}" if known else None


def _label(part: DestinationReferral | None, lists: Iterable[str], code: str | None) -> str | None:
    """Return what one of a destination's own codes means, None where that is not known."""
    if part is None or code is None:
        return None
    known: Iterable[Mapping[str, str]] = (getattr(part.destination, name) for name in lists)
    found = next((labels[code] for labels in known if code in labels), None)
    return found and _begun_small(found)


def _id(value: str | None) -> UUID:
    return UUID(value) if value else NOBODY


def _change(kind: Any) -> str | None:
    words = CHANGES.get(kind)
    return words and _begun_small(words.partition(":")[0].removesuffix("."))


def _arrangement(kind: str, data: Json) -> str | None:
    return ITEMS[data["item"]].states[data["state"]].words if kind == "release_arrangement" else None


def _found(result: CheckResult) -> str | None:
    if result.nothing_found:
        return "nothing found"
    counts = {name: len(result.findings.get(name) or ()) for name in _FOUND}
    said = [f"{_number(count)} {_FOUND[name][count != 1]}" for name, count in counts.items() if count]
    return _listed(said) if said else None


_DAYS: Final = frozenset({
    "ends_on", "held_until", "expected_by", "not_before", "review_on", "expected_arrival",
    "expected_departure", "arrived_on", "departed_on", "received_on", "release_date", "until", "due_at",
})  # fmt: skip
"""The members of events that a sentence writes as a day."""


def _is_day(name: str) -> bool:
    return name in _DAYS


def _written(value: str) -> str:
    moment = datetime.fromisoformat(value)
    return clock.day_in_words(moment.astimezone(clock.LONDON).date() if moment.tzinfo else moment.date())
