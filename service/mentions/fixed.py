"""The words for MAPPA, intelligence and victim contact, which are the same in every case. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from service.mentions.hits import Hit
from service.mentions.protected import Kind

_LEVEL: Final = r"\bl(?:evel|vl)?\.?[\W_]{0,3}(?:[123]|one|two|three|i{1,3})"
_CATEGORY: Final = r"\bcat(?:egory)?\.?[\W_]{0,3}(?:[1-4]|one|two|three|four|i{1,3}|iv)"
_MAPPA: Final = re.compile(
    r"(?<![A-Za-z])m[\W_]?a[\W_]?p[\W_]?p[\W_]?[aps](?:['\u2019]?s)?(?![A-Za-z])(?!\s+mundi)"
    r"|\b(?:map+a|mapap|maap+a|mpap+a|amppa)\b(?!\s+mundi)"
    r"|\bmulti[\W_]{0,3}agency[\W_]{1,3}public[\W_]{1,3}protection"
    r"|\bpublic[\W_]{1,3}protection[\W_]{1,3}arrangements?\b"
    r"|\bmapp\s{1,3}(?:meeting|panel|level|case|referral|screening|nominal)s?\b"
    rf"|{_LEVEL}(?:[\W_]{{1,3}}[23])?\s{{1,3}}(?:meetings?|panels?|managed|management|nominals?|offenders?)\b"
    rf"|{_CATEGORY}\s{{1,3}}(?:managed|management|nominals?|offenders?)\b"
    rf"|{_CATEGORY}[\s,/]{{1,3}}{_LEVEL}\b|{_LEVEL}[\s,/]{{1,3}}{_CATEGORY}\b"
    rf"|\bmanaged\s{{1,3}}(?:at|on|under|as)\s{{1,3}}{_LEVEL}\b"
    r"|\bpublic[\W_]{1,3}protection[\W_]{1,3}(?:panel|unit)s?\b"
    r"|\bjigsaw\s{1,3}(?:team|unit|officer)s?\b"
    r"|\bMOSOVO\b|\bmanagement\W{1,3}of\W{1,3}sex(?:ual)?\W{1,3}(?:and|or)\W{1,3}violent\W{1,3}offenders\b"
    r"|\bSOMUs?\b|\bsex(?:ual)?\W{1,3}offend(?:er|ers|er\Ws|ers\W)\W{1,3}(?:management\W{1,3})?(?:unit|team|officer|manager)s?\b"
    r"|\bactive\W{1,3}risk\W{1,3}management\W{1,3}system\b",
    re.IGNORECASE,
)
_ARMS: Final = re.compile(
    r"\bARMS\b(?=\W{1,3}(?i:assess(?:ment|ed)s?|scor(?:e|es|ed|ing)|rating|review(?:ed)?|levels?"
    r"|(?:is|was|has)\W{1,3}(?:completed|reviewed|been|high|medium|low|very)))"
    r"|\b(?:[Cc]ompleted|[Ss]cored|[Ll]atest|[Ll]ast|[Nn]ew|[Pp]olice|[Aa]n|[Tt]he|COMPLETED\W{1,3}AN)\W{1,3}ARMS\b"
    r"(?!\W{1,3}(?i:trade|dealers?|race|were))"
)
"""The police assessment of who is registered, in capitals as it is written: arms are limbs, or weapons.

In a text that is in capitals throughout only what is said of it tells.
"""
_BY_LAW: Final = re.compile(
    r"\bregistered\W{1,3}sex(?:ual)?\W{1,3}offend(?:er|ing)s?\b|\bRSOs?\b|\bSHPOs?\b|\bSOPOs?\b"
    r"|\bsex(?:ual)?\W{1,3}offend(?:er|ers|er\Ws|ers\W)\W{1,3}regist(?:er|ration|ry)\b"
    r"|\bsexual\W{1,3}(?:harm|offences?)\W{1,3}prevention\W{1,3}orders?\b"
    r"|\bsex(?:ual)?\W{1,3}offend(?:er|ers|er\Ws|ers\W|ing)\W{1,3}notification\b"
    r"|\b(?:subject\W{1,3}to|with)\W{1,3}(?:the\W{1,3})?(?:sexual\W{1,3}offences?\W{1,3})?"
    r"notification\W{1,3}requirements?\b",
    re.IGNORECASE,
)
"""What makes somebody a MAPPA case by law: to whom it is known, that is known too."""
REGISTERED: Final = "offence.registered_sex_offender"
"""The answer that says so; the orders among these words register whoever they are made against."""
_VISOR: Final = re.compile(
    r"\bVi[- ]?S[oO]R\b|\bVISOR\b|\bVisor\s+(?:nominal|record|number|reference)"
    r"|\b(?i:violent\W{1,3}(?:and\W{1,3})?sex(?:ual)?\W{1,3}offend(?:er|ers|ers\W|er\Ws)\W{1,3}register)\b"
)
_PPU: Final = re.compile(r"\bPPUs?\b(?![-/]?\w)")
"""A police public protection unit, in capitals as it is written."""
_OF_MAPPA: Final = re.compile(
    r"\blevel\s{0,3}(?:[123]|one|two|three|i{1,3})\b|\bl[123]\b"
    r"|\bcat(?:egory)?\.?\s{0,3}(?:[1-4]|one|two|three|four|i{1,3}|iv)\b|\bpanels?\b|\bvisor\b"
    r"|\bpublic\s+protection\b|\bnotification\s+requirements?\b|\bPDPs?\b|\bCPPC\b",
    re.IGNORECASE,
)
_VICTIM_CONTACT: Final = re.compile(
    r"\bVLOs?\b|\bopt(?:s|ed)?[\s-]in(?:\s?to)?\s(?:the\s)?VCS\b|\bVCS\W{1,3}(?:has\W|have\W|is\W|was\W)?opt(?:s|ed)?\W(?:in|out)\b|\bvictims?['\u2019]?s?[\W_]{1,3}(?:liai?s(?:io|o|oi)n\b|contact[\W_]{1,3}(?:scheme|unit|officer|team)\b|(?:unit|team)\b)"
    r"|\bvictims?['\u2019]?s?\W{1,3}(?:personal|impact)\W{1,3}statements?\b|\bVPS\b"
    r"|\b(?:victims?|she|they|ex\W?partner|mother)\W{1,3}(?:(?:has|have|had)\W{1,3})?opt(?:s|ed)\W{1,3}(?:in|out)\b",
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
_REPORTS: Final = re.compile(
    r"(?<![A-Z]{2} )(?<![A-Z]{2}, )\bSIRs?\b(?!\s+[A-Z][A-Za-z])"
    r"|\bSIRs?\b(?=\W{1,3}(?i:submitted|received|raised|entered|dated|logged|from|states?|says|suggests|indicates)\b)"
    r"|\b(?i:an|the|this|two|three|four|recent|several|prison|mercury|security)\s+IRs?\b"
    r"(?!\W{0,3}(?:(?i:camera|light|lamp|sensor|heater|code|spectrum)|\d))"
    r"(?!\s+(?:is|was|were)\s+(?:broken|faulty|on|off|fixed|mended|repaired|replaced|switched)\b)"
    r"|\bIR(?:['\u2019]?s)?\b(?=\W{1,3}(?i:submitted|received|raised|entered|dated|logged|from|re|about|states?|stat(?:es|ed)"
    r"|sa(?:ys|id)|suggest(?:s|ed)?|indicat(?:es?|ed)|that)\b)"
)
"""Reports of prison security, in capitals as they are written: Sir is a form of address."""
_SOURCES: Final = re.compile(
    r"\b(?:SOCM|OS|HUM|SIG)INT\b|\bsecurity\s+information\s+reports?\b"
    r"|\bmercury\s+(?:report|entry|entries|log|submission)s?\b"
    r"|\b(?:sensitive|confidential)\s+info(?:rmation)?\s+(?:from|held\s+by|shared\s+by)\s+(?:the\s+)?"
    r"(?:local\s+|prison\s+)?(?:police|security)\b"
    r"|\b(?:police|officers?|detectives?|constabulary|security)\b(?:[\s,]+\w+){0,3}[\s,]+"
    r"(?:t(?:old|ell)|inform(?:ed)?|sa(?:id|y|ys)|shared|disclosed|passed|gave|advised|reported)\b"
    r"(?:[\s,]+\w+){0,4}[\s,]+(?<!grew )(?<!grow )(?<!grown )(?<!growing )(?<!growth )(?<!gained )(?<!risen )"
    r"(?<!rise )(?<!low )(?<!lower )(?<!drop )(?<!loss )(?<!lacking )(?<!increase )(?<!increasing )"
    r"in\s+(?:strict\s+|the\s+strictest\s+)?confidence\b"
    r"|\bin\s+(?:strict\s+|the\s+strictest\s+)?confidence[\s,]+(?:by|from)\s+(?:the\s+|an?\s+)?"
    r"(?:local\s+|prison\s+)?(?:police|officer|detective|security)\b",
    re.IGNORECASE,
)
"""Where intelligence comes from, and how it is given."""
_TIPS: Final = re.compile(r"\bpolice\s+info(?:rmation)?\b|\btip[\s-]?offs?\b", re.IGNORECASE)
_OF_INTELLIGENCE: Final = re.compile(
    r"(?<!emotional )(?<!artificial )(?<!average )(?<!low )(?<!high )(?<!limited )(?<!social )(?<!his )"
    r"(?<!her )(?<!their )\bintelligence\b(?!\s+(?:quotient|test|tests|score|scale))",
    re.IGNORECASE,
)
_TABLE: Final = (
    (_MAPPA, Kind.MAPPA, True, ""),
    (_VISOR, Kind.MAPPA, True, ""),
    (_PPU, Kind.MAPPA, True, ""),
    (_ARMS, Kind.MAPPA, True, ""),
    (_BY_LAW, Kind.MAPPA, True, REGISTERED),
    (_OF_MAPPA, Kind.MAPPA, False, ""),
    (_INTELLIGENCE, Kind.INTELLIGENCE, True, ""),
    (_REPORTS, Kind.INTELLIGENCE, True, ""),
    (_SOURCES, Kind.INTELLIGENCE, True, ""),
    (_OF_INTELLIGENCE, Kind.INTELLIGENCE, False, ""),
    (_TIPS, Kind.INTELLIGENCE, False, ""),
    (_VICTIM_CONTACT, Kind.VICTIM_CONTACT, True, ""),
    (_FOR_VICTIMS, Kind.VICTIM_CONTACT, True, ""),
)


def fixed_words(text: str) -> Iterator[Hit]:
    """Yield what a text says of MAPPA, intelligence or victim contact; common words are not sure."""
    for pattern, kind, sure, answers in _TABLE:
        for found in pattern.finditer(text):
            yield Hit(found.start(), found.end(), kind, sure=sure, answers=answers)
