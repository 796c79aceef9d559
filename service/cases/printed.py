"""A document of a referral as it is printed: headings, labels and values in words. Pure.

Labels are the names that the canonical document has, and the words of a code are what the API says it means.
What a destination calls otherwise stays as it was sent.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from marshmallow import Schema, fields

from service import clock
from service.checks.rules import FORCES
from service.destinations import DESTINATIONS
from service.document.forms import AuthorityCode, Reference, Region
from service.document.regions import REGIONS
from service.fields import Choice
from service.organisations.authorities import AUTHORITIES
from service.people.rules import LEVELS
from service.referrals.schemas.submission import Annex, SubmissionSchema

_SPELLED: Final[Mapping[str, str]] = {
    "crn": "CRN", "noms": "NOMS", "pnc": "PNC", "pdu": "PDU", "rosh": "risk of serious harm",
    "mappa": "MAPPA", "oasys": "OASys", "ap": "approved premises", "cas3": "CAS3", "crs": "CRS",
    "ref": "reference",    "refs": "references", "id": "identifier",
}  # fmt: skip
"""The words of names that are written otherwise than they are spelled there."""
_WORDS: Final = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
"""Where one word of a code ends and the next begins."""
_POINTER: Final = re.compile(r"(/[a-z0-9_]+)+")
"""A member of the document, as another one names it."""
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TITLES: Final[Mapping[str, str]] = {
    **{kind: one.title for kind, one in DESTINATIONS.items()},
    **{code: name for one in DESTINATIONS.values() for code, name in one.service_categories.items()},
    # Forces, and the MAPPA areas that are theirs.
    **{code: code.replace("-", " ").title() for code in FORCES},
}
"""What destinations, the services of a provider and police forces are called."""
_CALLED: Final[Mapping[type[fields.Field[Any]], Callable[[str], str]]] = {
    AuthorityCode: lambda code: AUTHORITIES.get(code, code),
    Region: lambda code: REGIONS.get(code, code),
    Reference: lambda name: name.replace("_", " "),
}
"""What a code is called that has a table of its own, or is made of its name."""


@dataclass(frozen=True)
class Row:
    """A label with its values: one line of text each."""

    label: str
    values: Sequence[str]


@dataclass(frozen=True)
class Block:
    """A heading, the rows under it, and the blocks that belong to it."""

    heading: str
    rows: Sequence[Row] = ()
    blocks: Sequence["Block"] = ()


def blocks_of(document: Mapping[str, Any], kind: str | None = None) -> list[Block]:
    """Return the sections of a document, in the order of the canonical referral.

    Args:
        document: as it is stored or was sent, as far as its reader may read it.
        kind: the kind of destination that it was made for; None for the referral itself.
    """
    schema = SubmissionSchema()
    whole = _block("", document, schema, kind)
    general = [Block("The referral", whole.rows)] if whole.rows else []
    return [*general, *whole.blocks]


def label_of(name: str) -> str:
    """Return a name of the document as a label."""
    words = " ".join(_SPELLED.get(word, word) for word in name.rstrip("_").split("_"))
    return _begun(words)


def day_in_words(day: date) -> str:
    """Return a day as it is written in the United Kingdom."""
    return f"{day.day} {day:%B %Y}"


def moment_in_words(moment: datetime) -> str:
    """Return a moment as it is written in the United Kingdom, in its time."""
    local = moment.astimezone(clock.LONDON)
    return f"{clock.day_in_words(local.date())} at {local:%H:%M}"


def _block(heading: str, value: Mapping[str, Any], schema: Schema | None, kind: str | None) -> Block:
    rows: list[Row] = []
    blocks: list[Block] = []
    for name, field in _members(value, schema):
        for found in _found(label_of(name), value[name], field, value.get("kind", kind)):
            if isinstance(found, Row):
                rows.append(found)
            else:
                blocks.append(found)
    return Block(heading, rows, blocks)


def _members(
    value: Mapping[str, Any], schema: Schema | None
) -> Iterator[tuple[str, fields.Field[Any] | None]]:
    known = {field.data_key or name: field for name, field in (schema.fields if schema else {}).items()}
    yield from ((name, field) for name, field in known.items() if name in value)
    yield from ((name, None) for name in value if name not in known)


def _found(
    label: str, value: Any, field: fields.Field[Any] | None, kind: str | None
) -> Iterator[Row | Block]:
    """Return a member as a row, or as blocks where it has members of its own."""
    if isinstance(value, Mapping):
        if value:
            yield _block(label, value, _schema_of(field, label, kind), kind)
        return
    entries = value if isinstance(value, list) else [value]
    inner = field.inner if isinstance(field, fields.List) else field
    said = [entry for entry in entries if not isinstance(entry, Mapping)]
    if (
        said
        and not isinstance(inner, Choice)
        and all(isinstance(one, str) and _ID.fullmatch(one) for one in said)
    ):
        return  # nobody reads the id of another system
    if said or not entries:
        yield Row(label, [_in_words(entry, inner) for entry in said] or ["None"])
    parts = [entry for entry in entries if isinstance(entry, Mapping)]
    for number, entry in enumerate(parts, 1):
        yield _block(f"{label}: {number} of {len(parts)}", entry, _schema_of(inner, label, kind), kind)


def _schema_of(field: fields.Field[Any] | None, label: str, kind: str | None) -> Schema | None:
    if isinstance(field, fields.Nested):
        found: Schema = field.schema
        return found
    if kind is None or kind not in DESTINATIONS:
        return None
    # In its own document it goes by the destination's name.
    annex = isinstance(field, Annex) or label in {"Annex", label_of(DESTINATIONS[kind].prefix)}
    return DESTINATIONS[kind].annex() if annex else None


def _in_words(value: Any, field: fields.Field[Any] | None) -> str:
    if value is None:
        return "Not given"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return _written(value, field) if isinstance(value, str) else str(value)


def _written(value: str, field: fields.Field[Any] | None) -> str:
    if isinstance(field, Choice):
        return _meaning(value, field)
    if isinstance(field, fields.Date | fields.DateTime):
        return _moment_or_day(value)
    if _POINTER.fullmatch(value):
        return _begun(", ".join(map(label_of, value.strip("/").split("/"))).lower())
    return (_CALLED.get(type(field), _title) if field else _title)(value)


def _title(value: str) -> str:
    return _TITLES.get(value, value)


def _meaning(code: str, field: Choice) -> str:
    said = _begun(_WORDS.sub(" ", code).lower()) if code != code.upper() else code
    if code not in field.meanings:
        # A destination's own word.
        return said
    meaning = str(field.meanings[code]).replace("`", "")
    # What staff know by its name, such as a tier or a level, keeps it.
    named = code == said and not _ID.fullmatch(code)
    return f"{said}: {meaning}" if named or field.meanings == LEVELS else _begun(meaning)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _moment_or_day(value: str) -> str:
    try:
        if len(value) == len("2026-03-02"):
            return day_in_words(date.fromisoformat(value))
        return moment_in_words(datetime.fromisoformat(value))
    except ValueError:
        # A destination's own form of a date.
        return value
