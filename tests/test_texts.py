"""What a text may hold: what a reader sees is what is stored and sent on."""

import unicodedata

import pytest

from service import texts
from service.fields import LongText, Schema, Text


class Note(Schema):
    """A line and a text of several lines."""

    line = Text()
    body = LongText()


UNSEEN = {
    "right-to-left override": "\u202e",
    "right-to-left mark": "\u200f",
    "isolate": "\u2066",
    "Arabic letter mark": "\u061c",
    "zero-width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "tag letter": "\U000e0041",
    "language tag": "\U000e0001",
    "grapheme joiner": "\u034f",
    "Hangul filler": "\u3164",
    "blank Braille": "\u2800",
    "variation selector 1": "\ufe00",
    "ideographic variation": "\U000e0100",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "next line": "\u0085",
    "private use": "\ue000",
    "unassigned": "\u0378",
    "no character": "\ufdd0",
    "half a character": "\ud800",
    "escape": "\x1b",
    "vertical tab": "\x0b",
    "carriage return alone": "\rx",
    "joiner between Latin letters": "\u200d",
    "non-joiner between Latin letters": "\u200c",
    "emoji selector after a letter": "\ufe0f",
}


@pytest.mark.parametrize("what", UNSEEN)
@pytest.mark.parametrize("field", ["line", "body"])
def test_what_a_reader_does_not_see_is_refused_wherever_it_stands(field: str, what: str) -> None:
    for text in (f"Dar{UNSEEN[what]}ren", f"{UNSEEN[what]}Darren", f"Darren{UNSEEN[what]}"):
        (said,) = Note().validate({field: text})[field]
        assert said.isascii(), "a refusal names the kind of character and never repeats it"
        assert "Darren" not in said


@pytest.mark.parametrize(
    ("character", "kind"),
    [
        ("\u202e", "direction"),
        ("\u200b", "zero-width"),
        ("\U000e0041", "Tag"),
        ("\u2028", "separators"),
        ("\ue000", "private"),
        ("\x00", "Control"),
        ("\n", "Line breaks"),
        ("\t", "tabs"),
    ],
)
def test_the_refusal_names_the_kind_of_character(character: str, kind: str) -> None:
    assert kind in Note().validate({"line": f"Dar{character}ren"})["line"][0]


SEEN = {
    "Welsh": "Si\u00f4n \u0174yn",
    "Vietnamese in parts": "Nguye\u0302\u0303n",
    "Arabic": "\u0645\u062d\u0645\u062f",
    "Arabic with vowels": "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f",
    "Persian with a non-joiner": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Sinhala with a joiner": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "Malayalam with a final joiner": "\u0d05\u0d35\u0d28\u0d4d\u200d",
    "Hebrew with points": "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "Burmese": "\u1019\u103c\u1014\u103a\u1019\u102c",
    "apostrophe and hyphen": "O\u2019Neill\u2010Smith",
    "no-break space": "12\u00a0High Street",
    "emoji": "\u2764\ufe0f \U0001f600",
    "keycap": "1\ufe0f\u20e3",
    "currency": "\u00a3120",
}


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize("field", ["line", "body"])
def test_what_people_write_is_taken_and_normalised(field: str, name: str) -> None:
    text = SEEN[name]
    assert Note().load({field: text}) == {field: unicodedata.normalize("NFC", text)}


def test_only_a_text_of_several_lines_has_line_breaks_and_tabs() -> None:
    for text in ("one\ntwo", "one\r\ntwo", "one\ttwo"):
        assert Note().load({"body": text}) == {"body": text}
        assert Note().validate({"line": text}) == {"line": ["Line breaks and tabs are not allowed here."]}


@pytest.mark.parametrize("text", [" ", "\u00a0", "\u3000", "\u0301", " \u0301\u0300 "])
def test_a_text_of_which_nothing_is_seen_is_blank(text: str) -> None:
    assert Note().validate({"line": text}) == {"line": ["Must not be blank."]}


def test_marks_do_not_pile_up() -> None:
    fits = "a" + "\u0300\u0315" * (texts.MAX_MARKS // 2)
    assert Note().validate({"body": f"{fits}b{fits}"}) == {}
    assert "combining marks" in Note().validate({"body": f"b{fits}\u0300"})["body"][0]


def test_a_selector_hides_nothing_in_a_row_of_them() -> None:
    assert "Variation selectors" in Note().validate({"body": "\u2764\ufe0f\ufe0e"})["body"][0]
    assert "Joiners" in Note().validate({"body": "\u0645\u200c\u200d\u062e"})["body"][0]
