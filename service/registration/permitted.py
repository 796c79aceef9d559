"""Checks what an operator registers against the tables that use it: kinds, codes, duties, areas, roles. Pure.

Otherwise a registration could be stored that no referral, check or escalation ever uses.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from service.access.identifiers import is_person_identifier
from service.access.permissions import SCOPES_OF_KIND
from service.duties import DUTIES
from service.errors import Refused
from service.organisations.authorities import CHILDRENS_SERVICES
from service.organisations.confidences import NEVER_OF_MAPPA
from service.organisations.model import NATIONAL
from service.registration.areas import AREAS, AreaList, kind_of_area
from service.staff.rules import faults_in_role

ORGANISATION_KINDS: Final = tuple(sorted(SCOPES_OF_KIND))
LONGEST_NAME: Final = 200

_SLUG = re.compile(r"(?=.{1,60}$)[a-z0-9]+(-[a-z0-9]+)*")
_MOST_NAMED: Final = 60
"""The most codes that a message lists."""


class Form(NamedTuple):
    """The format of a code: a test, and a description for messages."""

    accepts: Callable[[str], bool]
    words: str


_REGIONS: Final = AREAS["region"].names
_A_REGION: Final = Form(_REGIONS.__contains__, f"the code of a region: {', '.join(sorted(_REGIONS))}")
_AN_AUTHORITY: Final = Form(
    CHILDRENS_SERVICES.__contains__,
    "the ONS code of an authority of England or Wales with children's services, such as E08000035",
)
_A_SHORT_NAME: Final = Form(
    lambda code: _SLUG.fullmatch(code) is not None,
    "a short name of lower-case letters, digits and hyphens, such as west-yorkshire",
)
CODES: Final[Mapping[str, Form]] = MappingProxyType(
    dict.fromkeys(ORGANISATION_KINDS, _A_SHORT_NAME)
    | {"probation_region": _A_REGION, "local_authority": _AN_AUTHORITY}
)
"""The format of an organisation's code, by its kind."""


def check_kind(kind: str) -> None:
    """Require a kind of organisation that can be registered.

    Raises:
        Refused: it is not one; the message lists them.
    """
    if kind not in CODES:
        raise Refused(
            f"{_quoted(kind)} is not a kind of organisation: {', '.join(ORGANISATION_KINDS)}", "kind"
        )


def check_code(kind: str, code: str) -> None:
    """Require that the code of a new organisation has the format of its kind.

    Raises:
        Refused: it has not; the message states the format.
    """
    if not CODES[kind].accepts(code):
        raise Refused(
            f"{_quoted(code)} cannot be the code of a {kind}: it must be {CODES[kind].words}", "code"
        )


def check_duty(kind: str, duty: str, area: str) -> None:
    """Require that an organisation of a kind may answer for a duty in an area.

    Raises:
        Refused: it may not; the message states what it may answer for.
    """
    own = [each for each, known in DUTIES.items() if known.organisation_kind == kind]
    if duty not in own:
        why = f"is for a {DUTIES[duty].organisation_kind}" if duty in DUTIES else "is not a duty"
        raise Refused(f"{_quoted(duty)} {why}; a {kind} may answer for: {', '.join(own) or 'none'}", "duty")
    if not area:
        national = f", or {duty}@{NATIONAL}" if DUTIES[duty].national else ""
        raise Refused(f"add the area: {duty}@AREA{national}; it must be {_area_words(duty)}", "area")
    if area == NATIONAL:
        if not DUTIES[duty].national:
            raise Refused(
                f"no organisation may answer for {duty} in the whole country: it must be {_area_words(duty)}",
                "area",
            )
    elif area not in _areas(duty).names:
        raise Refused(f"{_quoted(area)} cannot be an area of {duty}: it must be {_area_words(duty)}", "area")


def _areas(duty: str) -> AreaList:
    return AREAS[kind_of_area(DUTIES[duty].areas)]


def _area_words(duty: str) -> str:
    areas = _areas(duty)
    if len(areas.names) > _MOST_NAMED:
        return f"{areas.words}; `organisations areas` and GET areas list them"
    return f"one of: {', '.join(sorted(areas.names))}"


def check_role(kind: str, code: str, role: str, unit: str | None = None) -> None:
    """Require a role that can be held in an organisation of a kind, and in its unit if one is given.

    Raises:
        Refused: it cannot; the message lists those that can.
    """
    for member, words in faults_in_role(kind, code, role, unit):
        raise Refused(f"{_quoted(role)} is {words}" if member == "role" else words, member)


def check_knowledge(kind: str, may_know_of_mappa: bool | None) -> None:
    """Require that an organisation of a kind may know of what it is registered to know of.

    Raises:
        Refused: this kind never may.
    """
    if may_know_of_mappa and kind in NEVER_OF_MAPPA:
        raise Refused(f"a {kind} may never know of MAPPA", "may_know_of_mappa")


def check_known_duty(duty: str) -> None:
    """Require a duty that some organisation can have.

    Raises:
        Refused: there is no such duty; the message lists them.
    """
    if duty not in DUTIES:
        raise Refused(f"{_quoted(duty)} is not a duty: {', '.join(DUTIES)}", "duty")


def staff_id(text: str) -> str:
    """Return an operator's text if it can be the id of a member of staff.

    Raises:
        Refused: it cannot.
    """
    if not is_person_identifier(text):
        raise Refused(
            f"{_quoted(text)} is not the id of a member of staff: letters, digits and . _ ~ @ : / + = ' -",
            "id",
        )
    return text


def line(text: str, what: str, at: str = "") -> str:
    """Return an operator's text, such as a name or a reason, if it is one line.

    Args:
        what: what the text is, for the message.
        at: the name of the member that holds it.

    Raises:
        Refused: it is empty, too long, or has invisible characters.
    """
    text = text.strip()
    if not text or not text.isprintable() or len(text) > LONGEST_NAME:
        raise Refused(f"{what} must be one line of 1 to {LONGEST_NAME} characters", at)
    return text


def _quoted(text: str) -> str:
    return f'"{text[:60]}"' if text.isprintable() else "this"
