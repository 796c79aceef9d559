"""The words for MAPPA and for intelligence, which are the same in every case. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from service.mentions.hits import Hit
from service.mentions.protected import Kind

_MAPPA: Final = re.compile(
    r"(?<![A-Za-z])m[\W_]?a[\W_]?p[\W_]?p[\W_]?[ap](?:['\u2019]?s)?(?![A-Za-z])(?!\s+mundi)"
    r"|\bmap+a\b(?!\s+mundi)|\bmulti[\W_]{0,3}agency[\W_]{1,3}public[\W_]{1,3}protection"
    r"|\bpublic[\W_]{1,3}protection[\W_]{1,3}arrangements?\b",
    re.IGNORECASE,
)
_VISOR: Final = re.compile(r"\bVi[- ]?S[oO]R\b|\bVISOR\b|\bVisor\s+(?:nominal|record|number|reference)")
_OF_MAPPA: Final = re.compile(
    r"\blevel\s{0,3}[123]\b|\bcategory\s{0,3}[1-4]\b|\bpanels?\b|\bvisor\b"
    r"|\bpublic\s+protection\b",
    re.IGNORECASE,
)
_INTELLIGENCE: Final = re.compile(
    r"\bintel\b|\b(?:police|criminal|sensitive|security|prison|drugs?|local|recent|confidential)\s+intelligence\b"
    r"|\bintelligence[\s-]{1,3}(?:led|reports?|logs?|suggest(?:s|ed)?|indicat(?:es?|ed)|that|from|received|held"
    r"|show(?:s|ed)?|sources?|unit|checks?|states?|picture|package|entry|entries)\b"
    r"|\b(?:covert|registered)\s+(?:human\s+)?(?:intelligence\s+)?(?:informants?|sources?)\b"
    r"|\bCHIS\b|\b(?:police\s+)?informants?\b|\b[35]x[35]x[25]\b",
    re.IGNORECASE,
)
_OF_INTELLIGENCE: Final = re.compile(
    r"(?<!emotional )(?<!artificial )(?<!average )(?<!low )(?<!high )(?<!limited )(?<!social )(?<!his )"
    r"(?<!her )(?<!their )\bintelligence\b(?!\s+(?:quotient|test|tests|score|scale))",
    re.IGNORECASE,
)
_TABLE: Final = (
    (_MAPPA, Kind.MAPPA, True),
    (_VISOR, Kind.MAPPA, True),
    (_OF_MAPPA, Kind.MAPPA, False),
    (_INTELLIGENCE, Kind.INTELLIGENCE, True),
    (_OF_INTELLIGENCE, Kind.INTELLIGENCE, False),
)


def fixed_words(text: str) -> Iterator[Hit]:
    """Yield what a text says of MAPPA or of intelligence; common words are not sure."""
    for pattern, kind, sure in _TABLE:
        for found in pattern.finditer(text):
            yield Hit(found.start(), found.end(), kind, sure=sure)
