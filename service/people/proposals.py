"""What another region's record of a person says that the held one does not: computed, never stored. Pure.

The difference of a side record and the held record of a CRN is a list of proposals to the holder, less what
the holder has decided. A proposal comes again only when its value changes.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid5

from service.people.facts import plain
from service.people.rules import lowers

Facts = Mapping[str, Any]
Decided = tuple[UUID, str, str]
"""What was decided: the side record, the path and the digest of the value."""

SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person": "who the person is, and whether there are children",
        "household": "somebody around the person, or an address",
        "risk": "the risk of serious harm to a group",
        "restriction": "that it is a limited access case",
        "circumstances": "a change of circumstance",
    }
)
"""The sections of a record to which proposals belong."""

PERSON: Final = (
    "noms_number", "pnc_number", "title", "given_name", "family_name", "date_of_birth", "sex", "aliases",
    "children",
)  # fmt: skip
ASSESSED: Final = ("level", "who", "nature", "imminence", "factors")
CONTACT: Final = (
    "relationship", "given_name", "family_name", "aliases", "phone", "date_of_birth", "due_date",
    "estimated_age", "description", "contact_kind", "local_authority",
)  # fmt: skip
ADDRESS: Final = (
    "kind", "lines", "postcode", "police_force", "local_authority", "from_date", "to_date",
)  # fmt: skip

IN_DANGER: Final = frozenset({"partner", "ex_partner", "victim"})
"""The relationships of adults whom a new entry puts in danger; a child is in danger in any."""
UNSAID: Final[tuple[Any, ...]] = (None, [], "", "not_recorded", "not_known")


@dataclass(frozen=True)
class Around:
    """A contact or an address of a record.

    Args:
        facts: by column, with what the restricted store keeps.
        child: of a contact, whether it is, or must be treated as, a child.
        of: of a contact where it lives, of an address whose it is; an id of the same record.
        ref: the reference that it has on its own record.
    """

    id: UUID
    facts: Facts
    protected: bool = False
    child: bool = False
    of: UUID | None = None
    ref: str | None = None


@dataclass(frozen=True)
class Change:
    """A change of circumstance that was recorded on a side record, in codes."""

    id: UUID
    kind: str
    standing: str
    urgency: str
    at: datetime


@dataclass(frozen=True)
class Stated:
    """A record as plain values.

    Args:
        region_id: the region whose record it is.
        at: when it last changed.
        rosh: by group, the latest assessment.
        changes: what is said to have happened; looked at in side records only.
        by: the practitioner who last stated something; of side records only.
    """

    id: UUID
    region_id: UUID
    at: datetime
    person: Facts
    restricted: bool = False
    rosh: Mapping[str, Facts] = field(default_factory=dict)
    contacts: Collection[Around] = ()
    addresses: Collection[Around] = ()
    changes: Collection[Change] = ()
    by: str | None = None


@dataclass(frozen=True)
class Proposal:
    """One thing that another region states and the held record does not.

    Args:
        side_id, region_id: the record it stands on, and whose that is.
        path: its place, the same as long as it is about the same thing.
        value: what is proposed, by column; present: what is on record, None where it is all new.
        at: when it was stated.
        by: the practitioner who last stated something on that record.
        raises: codes of the danger that it raises; empty for what lowers or rewrites.
        about: the contact, address or change on the side record; twin: the one on the held record.
        protected: whether identity or whereabouts in it come from the restricted store.
        parted: of what was taken while two records were one person's, the event that parted them: it is asked
            anew, once for each, whatever is said of it since.
    """

    side_id: UUID
    region_id: UUID
    section: str
    path: str
    value: Facts
    present: Facts | None
    at: datetime
    by: str | None = None
    raises: tuple[str, ...] = ()
    about: UUID | None = None
    twin: UUID | None = None
    protected: bool = False
    parted: UUID | None = None

    @property
    def digest(self) -> str:
        """The digest of its value; of what is asked anew, of the event because of which it is asked."""
        return _digest(str(self.parted)) if self.parted else digest_of(self.value)

    @property
    def id(self) -> UUID:
        """Its id: another one once its value has changed."""
        return uuid5(self.side_id, f"{self.path} {_digest(_written(self.value) + str(self.parted or ''))}")


def digest_of(value: Facts) -> str:
    """Return the digest by which a value is known that was decided about."""
    return _digest(_written(value))


def _written(value: Facts) -> str:
    return json.dumps(value, sort_keys=True, default=plain)


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def open_proposals(held: Stated, sides: Iterable[Stated], decided: Collection[Decided]) -> list[Proposal]:
    """Return what the side records of a CRN say beyond the held record, and nobody has decided.

    What a side record leaves out proposes nothing. The oldest statement comes first.
    """
    found = [
        one
        for side in sides
        for one in _differences(held, side)
        if (one.side_id, one.path, one.digest) not in decided
    ]
    return sorted(found, key=lambda one: (one.at, one.side_id, one.path))


def asked_anew(
    differences: Iterable[Proposal], decided: Mapping[Decided, bool], parted: Mapping[UUID, UUID]
) -> list[Proposal]:
    """Return whom and what a record took of others that are other people's again, to be decided anew.

    All of it was taken back, so it is asked as it is said now, until it is decided; nothing else of those is
    proposed. Who or what is on the record by its own account is not asked about. A risk was not taken back.

    Args:
        differences: what the others say that the record does not.
        decided: whether each thing that was decided was taken.
        parted: the event by which each of the others was parted from the record.
    """
    taken = {(side_id, path) for (side_id, path, _), is_taken in decided.items() if is_taken}
    anew = [
        replace(one, parted=parted[one.side_id])
        for one in differences
        if (one.section == "person" or (one.section == "household" and one.twin is None))
        and (one.side_id, one.path) in taken
    ]
    return [one for one in anew if (one.side_id, one.path, one.digest) not in decided]


def reference(about: UUID) -> str:
    """Return the reference of a contact or address that was taken, which no case system has given."""
    return f"p-{about.hex[:30]}"


def twins(held: Collection[Around], side: Collection[Around], *, of_contacts: bool) -> dict[UUID, UUID]:
    """Return which contact, or address, of a side record is which of the held one.

    What was taken from a side record stays the same one. Anybody else is known by name and date of birth, and
    places by their address, never by a case system's reference: two regions give those independently. Who has
    neither a name nor a date, and a place without an address, is nobody else's twin: to treat two children as
    one would stop the question about one of them. Each has at most one twin, and the surest are matched
    first.
    """
    found = _taken_before(held, side)
    for same, alone in _SAME_CONTACT if of_contacts else _SAME_ADDRESS:
        taken = set(found.values())
        ours = [one for one in held if one.id not in taken]
        theirs = [one for one in side if one.id not in found]
        for one in theirs:
            alike = [other for other in ours if same(other.facts, one.facts)]
            rivals = [other for other in theirs if alone and alike and same(alike[0].facts, other.facts)]
            if alike and not (alone and (len(alike) > 1 or len(rivals) > 1)):
                found[one.id] = alike[0].id
                ours.remove(alike[0])
    return found


def _taken_before(held: Collection[Around], side: Collection[Around]) -> dict[UUID, UUID]:
    by_reference = {one.ref: one.id for one in held if one.ref is not None}
    return {one.id: by_reference[reference(one.id)] for one in side if reference(one.id) in by_reference}


def _differences(held: Stated, side: Stated) -> Iterator[Proposal]:
    own: dict[str, Any] = {"side_id": side.id, "region_id": side.region_id, "at": side.at, "by": side.by}
    for name in PERSON:
        said = _beyond(held.person, side.person, (name,))
        if said:
            yield Proposal(
                section="person", path=f"/person/{name}", value=said, present=_now(held.person, said), **own
            )
    if side.restricted and not held.restricted:
        yield Proposal(
            section="restriction",
            path="/restricted_record",
            value={"restricted_record": True},
            present={"restricted_record": False},
            raises=("restricted_record",),
            **own,
        )
    for group, judged in side.rosh.items():
        before = held.rosh.get(group)
        said = _beyond(before or {}, judged, ASSESSED)
        if said:
            raises = (f"rosh.{group}",) if _raises(before, judged) else ()
            yield Proposal(
                section="risk",
                path=f"/rosh/{group}",
                value={"level": judged["level"]} | said,
                present=before and _now(before, {"level": None} | said),
                raises=raises,
                **own,
            )
    yield from _around(held.contacts, side.contacts, CONTACT, "contacts", own)
    yield from _around(held.addresses, side.addresses, ADDRESS, "addresses", own)
    for change in side.changes:
        yield Proposal(
            section="circumstances",
            path=f"/changes/{change.id}",
            value={"kind": change.kind, "standing": change.standing, "urgency": change.urgency},
            present=None,
            raises=(f"change.{change.kind}",) if change.urgency == "urgent" else (),
            about=change.id,
            **own | {"at": change.at},
        )


def _around(
    held: Collection[Around],
    side: Collection[Around],
    names: Collection[str],
    where: str,
    own: Mapping[str, Any],
) -> Iterator[Proposal]:
    known = {one.id: one for one in held}
    same = twins(held, side, of_contacts=where == "contacts")
    for theirs in side:
        twin = known[same[theirs.id]] if theirs.id in same else None
        said = _beyond(twin.facts if twin else {}, theirs.facts, names)
        newly_protected = twin is not None and theirs.protected and not twin.protected
        if newly_protected:
            said["protected"] = True
        if said:
            yield Proposal(
                section="household",
                path=f"/{where}/{theirs.id}",
                value=said,
                present=_now(twin.facts, said) if twin else None,
                raises=_danger_to(twin, theirs, said) if where == "contacts" else (),
                about=theirs.id,
                twin=twin.id if twin else None,
                protected=theirs.protected or (twin is not None and twin.protected),
                **own,
            )


def _danger_to(twin: Around | None, theirs: Around, said: Facts) -> tuple[str, ...]:
    found = []
    if theirs.child and not (twin and twin.child):
        found.append("contact.child")
    if said.get("relationship") in IN_DANGER:
        found.append(f"contact.{said['relationship']}")
    elif said.get("protected") or (twin is None and theirs.protected):
        found.append("contact.victim")
    return tuple(found)


def _raises(before: Facts | None, judged: Facts) -> bool:
    return lowers(judged["level"], before["level"] if before else "low")


def _beyond(held: Facts, side: Facts, names: Collection[str]) -> dict[str, Any]:
    """Return what a side record says of these columns that the held record does not."""
    said = {name: side[name] for name in names if side.get(name) not in UNSAID}
    return {name: value for name, value in said.items() if not _says(held.get(name), value)}


def _says(present: Any, value: Any) -> bool:
    if isinstance(value, list) and isinstance(present, list):
        return {_plain(one) for one in value} <= {_plain(one) for one in present}
    return present is not None and _plain(present) == _plain(value)


def _now(held: Facts, said: Facts) -> dict[str, Any]:
    return {name: held.get(name) for name in said}


def _plain(value: Any) -> Any:
    """Write text so that case, spaces and punctuation make no difference."""
    if not isinstance(value, str):
        return value
    return "".join(letter for letter in value.casefold() if letter.isalnum())


def _name(facts: Facts) -> tuple[str, str] | None:
    given, family = (_plain(facts.get(name) or "") for name in ("given_name", "family_name"))
    return (given, family) if given and family else None


def _agree(ours: Facts, theirs: Facts, name: str) -> bool:
    return ours.get(name) is None or theirs.get(name) is None or _plain(ours[name]) == _plain(theirs[name])


def _both(ours: Facts, theirs: Facts, name: str) -> bool:
    return ours.get(name) is not None and ours[name] == theirs.get(name)


def _one_person(ours: Facts, theirs: Facts) -> bool:
    return _of_one_name(ours, theirs) and _both(ours, theirs, "date_of_birth")


def _of_one_name(ours: Facts, theirs: Facts) -> bool:
    return _name(ours) is not None and _name(ours) == _name(theirs) and _agree(ours, theirs, "date_of_birth")


def _of_one_day(ours: Facts, theirs: Facts) -> bool:
    """Return whether one of two has no whole name, and they are kin of one sort with one date.

    Nothing else that is said of both may differ: twins have one date, and so may two children of whom no more
    is known.
    """
    return (
        None in {_name(ours), _name(theirs)}
        and ours.get("relationship") == theirs.get("relationship")
        and any(_both(ours, theirs, name) for name in ("date_of_birth", "due_date"))
        and all(_agree(ours, theirs, name) for name in _TOLD_OF_SOMEBODY)
    )


def _same_place(ours: Facts, theirs: Facts) -> bool:
    """Return whether two have the same lines, and the same postcode or, where one has none, the same area."""
    lines = [_plain("".join(facts.get("lines") or ())) for facts in (ours, theirs)]
    if not lines[0] or lines[0] != lines[1]:
        return False
    codes = [_plain(facts.get("postcode") or "") for facts in (ours, theirs)]
    return codes[0] == codes[1] if all(codes) else _both(ours, theirs, "local_authority")


def _same_code(ours: Facts, theirs: Facts) -> bool:
    """Return whether two places of one sort, of which no lines are known, have the same postcode."""
    codes = [_plain(facts.get("postcode") or "") for facts in (ours, theirs)]
    return (
        not (ours.get("lines") or theirs.get("lines"))
        and bool(codes[0])
        and codes[0] == codes[1]
        and ours.get("kind") == theirs.get("kind")
    )


Same = Callable[[Facts, Facts], bool]
_TOLD_OF_SOMEBODY: Final = ("given_name", "family_name", "date_of_birth", "due_date", "local_authority")
_SAME_CONTACT: Final[tuple[tuple[Same, bool], ...]] = (
    (_one_person, False),
    (_of_one_name, False),
    (_of_one_day, True),
)
"""How contacts are known, the surest first; whether only where there is one such contact on each side."""
_SAME_ADDRESS: Final[tuple[tuple[Same, bool], ...]] = ((_same_place, False), (_same_code, True))
