"""The JSON types of the API: strict, bounded, the same everywhere. `"7"` is not 7, and `0` is not false."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from marshmallow import EXCLUDE, RAISE, ValidationError, fields, validate
from marshmallow import Schema as MarshmallowSchema

from service import clock, texts
from service.strict_json import MAX_MEMBERS, MAX_NAME
from service.tenses import Tense

# Digits are 0 to 9: other scripts have their own, and a number written in those is another text.
_CRN = re.compile(r"[A-Z]\d{6}", re.ASCII)
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}")
_INWARD: Final = 3
"""Characters of the second half of a postcode; the first half has two to four."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)


class Schema(MarshmallowSchema):
    """The base of every schema: a field that is not declared is an error, never dropped in silence."""

    class Meta:
        """Marshmallow's own options."""

        unknown = RAISE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        required = [f"`{field.data_key or name}`" for name, field in self.fields.items() if field.required]
        # With more members than this, the document says better what belongs there.
        members = f" with {' and '.join(required)}" if 0 < len(required) <= 2 else ""  # noqa: PLR2004
        self.error_messages["type"] = f"Must be an object{members}."


class Withdrawing(Schema):
    """What puts a record right: what is left out stays, and null withdraws what is optional.

    `stays`: members that can be changed and not withdrawn.
    """

    stays: ClassVar[frozenset[str]] = frozenset()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Take null for every member that can be left out."""
        if not field_obj.required and field_name not in self.stays:
            field_obj.allow_none = True


class View(MarshmallowSchema):
    """The base of what is answered: every member is always there, but for those named in `sometimes`.

    It promises no lengths and no bounds: those are for what is sent. A reader must expect new members.
    """

    sometimes: ClassVar[tuple[str, ...]] = ()

    class Meta:
        """Marshmallow's own options."""

        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Make a promise of a declaration."""
        missing_at_times = {name for base in type(self).__mro__ for name in getattr(base, "sometimes", ())}
        field_obj.required = field_name not in missing_at_times
        for one in (field_obj, *([field_obj.inner] if isinstance(field_obj, fields.List) else [])):
            one.validators = [rule for rule in one.validators if isinstance(rule, validate.OneOf)]


class Measured(fields.Field[Any]):
    """What has a length. It is measured first, and what is too long is not looked at in any other way.

    Every text, list and free object of a request is one of these; a test insists on it.
    """

    longest: int
    """Characters of a text, entries of a list, members of an object."""
    too_long: str
    """What is said of more."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """Measure a value, and read it."""
        if isinstance(value, str | list | dict) and len(value) > self.longest:
            raise ValidationError(self.too_long)
        return super().deserialize(value, attr, data, **kwargs)


class Text(Measured, fields.String):
    """One line of text: not empty, NFC, nothing in it that cannot be seen.

    Args:
        max: characters at most.
    """

    several_lines: ClassVar[bool] = False

    def __init__(self, *, max: int = 200, **kwargs: Any) -> None:  # noqa: A002 - reads as the rule
        super().__init__(validate=validate.Length(min=1, max=max), **kwargs)
        self.longest, self.too_long = max, f"At most {max} characters."

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        fault = texts.fault_in(text, several_lines=self.several_lines)
        if fault is not None:
            raise ValidationError(fault)
        return unicodedata.normalize("NFC", text)


class LongText(Text):
    """A text of several lines or paragraphs, at most 4,000 characters unless told."""

    several_lines = True

    def __init__(self, *, max: int = 4000, **kwargs: Any) -> None:  # noqa: A002 - reads as the rule
        super().__init__(max=max, **kwargs)


class List(Measured, fields.List[Any]):
    """A list.

    Args:
        max, min: entries at most and at least.
    """

    def __init__(
        self,
        inner: fields.Field[Any],
        *,
        max: int,  # noqa: A002 - reads as the rule
        min: int | None = None,  # noqa: A002
        **kwargs: Any,
    ) -> None:
        super().__init__(inner, validate=validate.Length(min=min, max=max), **kwargs)
        self.longest, self.too_long = max, f"At most {max} entries."


class FreeObject(Measured, fields.Dict):
    """An object whose members are read later, by a schema that depends on what stands beside it."""

    longest: int = MAX_MEMBERS
    too_long = f"At most {MAX_MEMBERS} members."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=Text(max=MAX_NAME), **kwargs)


class Patterned(Measured, fields.String):
    """A text of a fixed form in ASCII; what it must look like is in the subclass."""

    pattern: ClassVar[re.Pattern[str]]
    message: ClassVar[str]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=self.longest), **kwargs)
        self.too_long = self.message

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not text.isascii() or not self.pattern.fullmatch(text):
            raise ValidationError(self.message)
        return text


class Spelled(Patterned):
    """A code that is kept in one spelling, in capitals: what can be read in only one way is read.

    Small letters and spaces around it change nothing. `pattern` is how it is kept and answered, `written` how
    it may be sent.
    """

    longest = 30
    written: ClassVar[re.Pattern[str]]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        # What is no ASCII has capitals that are other letters: it is left to the refusal.
        if isinstance(value, str) and value.isascii() and self.written.fullmatch(value):
            value = self.spell(value.replace(" ", "").upper())
        return super()._deserialize(value, attr, data, **kwargs)

    def spell(self, letters: str) -> str:
        """Write it as it is kept.

        Args:
            letters: its letters and digits, in capitals and without spaces.
        """
        return letters


class Crn(Spelled):
    """A probation case reference number, such as X320741."""

    pattern, message = _CRN, "Must be a letter and six digits, such as X320741."
    written = re.compile(r" *[A-Za-z] *[0-9]{6} *")


class Postcode(Spelled):
    """A full United Kingdom postcode, kept in capitals with its space."""

    pattern, message = _POSTCODE, "Must be a full postcode, such as LS1 4AP."
    written = re.compile(r" *[A-Za-z]{1,2}[0-9][A-Za-z0-9]? *[0-9][A-Za-z]{2} *")

    def spell(self, letters: str) -> str:
        """Part the halves by a space."""
        return f"{letters[:-_INWARD]} {letters[-_INWARD:]}"


class Flag(fields.Boolean):
    """True or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class Count(fields.Integer):
    """A whole number within bounds, as a JSON number.

    Args:
        min, max: the bounds, both allowed.
    """

    def __init__(self, *, min: int = 0, max: int = 1_000_000, **kwargs: Any) -> None:  # noqa: A002
        super().__init__(strict=True, validate=validate.Range(min=min, max=max), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Must be a whole number.")
        return super()._deserialize(value, attr, data, **kwargs)


class QueryCount(Measured, fields.Integer):
    """A whole number in a query string, where everything is text."""

    longest, too_long = 9, "Must be a whole number."

    def __init__(self, *, min: int = 0, max: int = 1_000_000, **kwargs: Any) -> None:  # noqa: A002
        super().__init__(validate=validate.Range(min=min, max=max), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value):
            raise ValidationError("Must be a whole number.")
        return super()._deserialize(value, attr, data, **kwargs)


class Tensed(Measured):
    """A time that says when it may lie: its `tense` is part of the description, and checked when it is read.

    Args:
        tense: when it may lie; every time of a request has one, and none that is only answered.
    """

    present: ClassVar[str]
    """The word for now in this unit."""

    def __init__(self, *, tense: Tense | None = None, **kwargs: Any) -> None:
        if tense is not None and (bounds := tense.words(self.present)):
            about = kwargs.get("metadata", {})
            told = f"{about['description']} {bounds}" if "description" in about else bounds
            kwargs["metadata"] = {**about, "description": told}
        super().__init__(**kwargs)
        self.tense = tense

    def within_tense(self, value: Any) -> Any:
        """Return a day, or an aware moment, that lies within the tense.

        Raises:
            ValidationError: it does not; the bounds in words.
        """
        if self.tense is None:
            return value
        now = clock.now().astimezone(clock.LONDON)
        if isinstance(value, datetime):
            fits = self.tense.has_moment(value.astimezone(clock.LONDON), now)
        else:
            fits = self.tense.has(value, now.date())
        if not fits:
            raise ValidationError(self.tense.words(self.present))
        return value


class Day(Tensed, fields.Date):
    """An ISO 8601 calendar date between 1900 and 2100."""

    longest, too_long = 10, "Must be a date such as 2026-03-02."
    present = "today"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValidationError(self.too_long)
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValidationError("There is no such day.") from None
        if not EARLIEST <= day <= LATEST:
            raise ValidationError("Must be between 1900 and 2100.")
        return self.within_tense(day)


class Moment(Tensed, fields.AwareDateTime):
    """An ISO 8601 moment with its offset, kept in UTC, between 1900 and 2100."""

    longest, too_long = 32, "Must be a moment with its offset, such as 2026-03-02T09:00:00Z."
    present = "now"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise ValidationError(self.too_long)
        try:
            moment = datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("There is no such moment.") from None
        if not EARLIEST <= moment.date() <= LATEST:
            raise ValidationError("Must be between 1900 and 2100.")
        return self.within_tense(moment)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        return None if value is None else moment_text(value)


class Written(fields.Nested):
    """Described like what is nested, and sent as it is: for the members of long lists, made to be sent."""

    def _serialize(self, *given: Any, **_: Any) -> Any:
        return given[0]


class Choice(Measured, fields.String):
    """One of a fixed list of codes.

    Args:
        choices: each code with its meaning; the OpenAPI document lists both.
    """

    def __init__(self, choices: Mapping[Any, str], **kwargs: Any) -> None:
        metadata = kwargs.setdefault("metadata", {})
        opening = [metadata["description"], ""] if "description" in metadata else []
        meanings = [f"- `{code}`: {meaning}" for code, meaning in choices.items()]
        metadata["description"] = "\n".join([*opening, *meanings])
        self.meanings = choices
        self.longest = max(map(len, choices))
        codes = list(choices)
        # What is the only one, such as the `yes` of a query, need not be sent at all.
        self.too_long = (
            f"Must be one of: {', '.join(codes)}." if codes[1:] else f"Send `{codes[0]}`, or leave it out."
        )
        super().__init__(validate=validate.OneOf(list(choices), error=self.too_long), **kwargs)


class Identifier(Measured, fields.UUID):
    """An identifier of ours, in its usual 36 characters."""

    longest, too_long = 36, "Must be an identifier."

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or len(value) != self.longest:
            raise ValidationError(self.too_long)
        identifier: UUID | None = super()._deserialize(value, attr, data, **kwargs)
        return identifier


def member_faults(
    given: Mapping[str, Any], must: Iterable[str], may: Iterable[str] = ()
) -> dict[str, list[str]]:
    """Name the members that an action lacks, and those that belong to another; nothing when all is well.

    Args:
        given: what was sent, with its `action`; a member that was not understood is not missing.
        must, may: the members that this action needs, and those it may have besides.
    """
    found = {name: ["Missing: this action needs it."] for name in must if name not in given}
    out_of_place = set(given) - {"action", *must, *may}
    return found | {name: ["Does not belong to this action."] for name in sorted(out_of_place)}


def is_crn(text: str) -> bool:
    """Tell whether a text can be a CRN at all."""
    return _CRN.fullmatch(text) is not None


def moment_text(moment: datetime) -> str:
    """Write a moment as the API writes all of them: UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
