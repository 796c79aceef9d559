"""The words for MAPPA, intelligence and victim contact, which are the same in every case. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from service.mentions.hits import Hit
from service.mentions.protected import Kind

_MAPPA: Final = re.compile(
    r"(?<![A-Za-z])m[\W_]?a[\W_]?p[\W_]?p[\W_]?[aps](?:['\u2019]?s)?(?![A-Za-z])(?!\s+mundi)"
    r"|\b(?:map+a|mapap|maap+a|mpap+a|amppa)\b(?!\s+mundi)"
    r"|\bmulti[\W_]{0,3}agency[\W_]{1,3}public[\W_]{1,3}protection"
    r"|\bpublic[\W_]{1,3}protection[\W_]{1,3}arrangements?\b"
    r"|\bmapp\s{1,3}(?:meeting|panel|level|case|referral|screening|nominal)s?\b"
    r"|\bl(?:evel|vl)?[\W_]{0,3}[123]\s{1,3}(?:meetings?|panels?|managed|management|nominals?|offenders?)\b"
    r"|\bcat(?:egory)?\.?\s{0,3}[1-4]\s{1,3}(?:managed|management|nominals?|offenders?)\b"
    r"|\bcat(?:egory)?\.?\s{0,3}[1-4][\s,/]{1,3}l(?:evel|vl)?\.?\s{0,3}[1-3]\b"
    r"|\bl(?:evel|vl)?\.?\s{0,3}[1-3][\s,/]{1,3}cat(?:egory)?\.?\s{0,3}[1-4]\b"
    r"|\bmanaged\s{1,3}at\s{1,3}level\s{0,3}[1-3]\b|\bpublic[\W_]{1,3}protection[\W_]{1,3}(?:panel|unit)s?\b"
    r"|\bjigsaw\s{1,3}(?:team|unit|officer)s?\b",
    re.IGNORECASE,
)
_VISOR: Final = re.compile(
    r"\bVi[- ]?S[oO]R\b|\bVISOR\b|\bVisor\s+(?:nominal|record|number|reference)"
    r"|\b(?i:violent\W{1,3}(?:and\W{1,3})?sex(?:ual)?\W{1,3}offend(?:er|ers|ers\W|er\Ws)\W{1,3}register)\b"
)
_PPU: Final = re.compile(r"\bPPU(?:s\b|\b(?:['\u2019]s)?(?=\s))")
"""A police public protection unit, in capitals as it is written."""
_OF_MAPPA: Final = re.compile(
    r"\blevel\s{0,3}[123]\b|\bl[123]\b|\bcat(?:egory)?\.?\s{0,3}[1-4]\b|\bpanels?\b|\bvisor\b"
    r"|\bpublic\s+protection\b",
    re.IGNORECASE,
)
_VICTIM_CONTACT: Final = re.compile(
    r"\bVLOs?\b|\bopt(?:s|ed)?[\s-]in(?:\s?to)?\s(?:the\s)?VCS\b|\bVCS\W{1,3}(?:has\W|have\W|is\W|was\W)?opt(?:s|ed)?\W(?:in|out)\b|\bvictims?['\u2019]?s?[\W_]{1,3}(?:liai?s(?:io|o|oi)n\b|contact[\W_]{1,3}(?:scheme|unit|officer|team)\b)",
    re.IGNORECASE,
)
_FOR_VICTIMS: Final = re.compile(
    r"\bMARACs?\b|\bmulti[\W_]{0,3}agency[\W_]{1,3}risk[\W_]{1,3}assessment[\W_]{1,3}conferences?\b"
    r"|\b(?:IDVA|ISVA)s?\b"
    r"|\bindependent[\W_]{1,3}(?:domestic|sexual)[\W_]{1,3}(?:violence|abuse)[\W_]{1,3}advis[eo]rs?\b"
    r"|\bclare['\u2019]?s[\W_]{1,3}law\b|\bDVDS\b"
    r"|\bdomestic[\W_]{1,3}(?:violence|abuse)[\W_]{1,3}disclosure[\W_]{1,3}scheme\b",
    re.IGNORECASE,
)
"""What is done for a victim of domestic abuse: whoever it is said of has a victim who is known."""
_INTELLIGENCE: Final = re.compile(
    r"\bintell?\b|\bSPIRs?\b|\b(?:police|criminal|sensitive|security|prison|drugs?|local|recent|confidential)\s+intelligence\b"
    r"|\bintelligence[\s-]{1,3}(?:led|reports?|logs?|suggest(?:s|ed)?|indicat(?:es?|ed)|that|from|received|held"
    r"|show(?:s|ed)?|(?:is|was)\s{1,3}held|sources?|unit|checks?|states?|picture|package|entry|entries)\b"
    r"|\b(?:covert|registered|unnamed|anonymous|confidential|police)\s+(?:human\s+)?(?:intelligence\s+)?"
    r"(?:informants?|sources?)\b"
    r"|(?<!news )\bsource\s+(?:reporting|reports|reported)\b"
    r"|\bCHIS\b|\b(?:police\s+)?informants?\b|\b[35]x[35]x[25]\b|\bcrime[\s-]?stoppers?\b"
    r"|\b(?:graded|grading|police\s+info(?:rmation)?)(?:\s+(?:at|as|is|was|graded)){0,2}\s+[a-e][1-5][1-5]\b",
    re.IGNORECASE,
)
_TIPS: Final = re.compile(r"\bpolice\s+info(?:rmation)?\b|\btip[\s-]?offs?\b", re.IGNORECASE)
_OF_INTELLIGENCE: Final = re.compile(
    r"(?<!emotional )(?<!artificial )(?<!average )(?<!low )(?<!high )(?<!limited )(?<!social )(?<!his )"
    r"(?<!her )(?<!their )\bintelligence\b(?!\s+(?:quotient|test|tests|score|scale))",
    re.IGNORECASE,
)
_TABLE: Final = (
    (_MAPPA, Kind.MAPPA, True),
    (_VISOR, Kind.MAPPA, True),
    (_PPU, Kind.MAPPA, True),
    (_OF_MAPPA, Kind.MAPPA, False),
    (_INTELLIGENCE, Kind.INTELLIGENCE, True),
    (_OF_INTELLIGENCE, Kind.INTELLIGENCE, False),
    (_TIPS, Kind.INTELLIGENCE, False),
    (_VICTIM_CONTACT, Kind.VICTIM_CONTACT, True),
    (_FOR_VICTIMS, Kind.VICTIM_CONTACT, True),
)


def fixed_words(text: str) -> Iterator[Hit]:
    """Yield what a text says of MAPPA, intelligence or victim contact; common words are not sure."""
    for pattern, kind, sure in _TABLE:
        for found in pattern.finditer(text):
            yield Hit(found.start(), found.end(), kind, sure=sure)
