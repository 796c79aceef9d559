"""A labelled corpus of texts as practitioners write them, and the record that they are compared with."""

from pathlib import Path
from typing import Final

from service.mentions import Kind, Matcher, Place, Protected, Somebody

_HERE: Final = Path(__file__).parent

RECORD: Final = Protected(
    people=(
        Somebody("Kirsty Ann", "Holdsworth", aliases=("Kaz",), phones=("07700 900123",)),
        Somebody("Sarah", "Ellershaw"),
        Somebody("Siân", "O'Brien"),
        Somebody("Grace", "Young"),
        Somebody("Mary-Jane Elizabeth", "Smith"),
        Somebody("Jo", "McDonald", phones=("0113 496 0187",)),
    ),
    places=(
        Place(("4 Larkhill Close", "Chorlton", "Manchester"), "M21 9WQ"),
        Place(("27 St John's Road", "Huddersfield"), "HD1 5AY"),
        Place(("Flat 3", "112 High Street", "Otley"), "LS21 1AA"),
        Place(("Rose Cottage", "Mill Lane", "Hebden Bridge"), "HX7 8EW"),
        Place(("27 Orchard Mews", "Ilkley"), "LS29 3AB"),
        Place(("Flat 3, Wharfedale Court", "Station Road", "Keighley"), "BD21 8AA"),
        Place(("Haven House Women's Refuge", "Bradford"), "BD1 1AA"),
    ),
    own=("Darren", "Ellershaw", "Daz"),
    others=(Somebody("Patricia", "Ellershaw"), Somebody("Toby", "Holdsworth")),
    homes=(Place(("18 Tannery Fold", "Leeds"), "LS11 5QX"),),
)
"""An ex-partner, an ex-wife who kept the name, and three victims, with names that are words or common."""

GIVES_AWAY: Final = tuple(
    (Kind(kind), text)
    for line in (_HERE / "gives_away.txt").read_text(encoding="utf-8").splitlines()
    for kind, _, text in [line.partition(" | ")]
)
INNOCENT: Final = tuple((_HERE / "innocent.txt").read_text(encoding="utf-8").splitlines())


def missed() -> list[str]:
    """Return the texts that give something away and in which it is not found."""
    matcher = Matcher(RECORD)
    return [text for kind, text in GIVES_AWAY if kind not in matcher.kinds(text)]


def false_hits() -> list[str]:
    """Return the texts that give nothing away and in which something is found for certain."""
    matcher = Matcher(RECORD)
    return [text for text in INNOCENT if matcher.kinds(text)]
