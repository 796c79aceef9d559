"""One case, changed a little: what the tests of each destination's rules stand on."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.destinations import DESTINATIONS
from service.destinations.case import Ask, Case, Known, asks
from service.destinations.contract import Other
from service.destinations.readiness import Readiness, assess
from service.destinations.states import State
from service.document.paths import with_value
from service.referrals.schemas.submission import SubmissionSchema, canonical
from tests.referrals import samples

TODAY = samples.MONDAY
DOCUMENT = canonical(SubmissionSchema().load(samples.darren_and_toby()))


def part(kind: str, changes: Mapping[str, Any]) -> tuple[dict[str, Any], Ask]:
    """Return the case with some answers changed, by path; the annex is under its destination's prefix."""
    destination = DESTINATIONS[kind]
    ask = next(ask for ask in asks(DOCUMENT) if ask.kind == kind)
    document, annex = dict(DOCUMENT), dict(ask.annex)
    for path, value in changes.items():
        inside = path.removeprefix(f"{destination.prefix}.")
        if inside == path:
            document = with_value(document, path, value)
        else:
            annex = with_value(annex, inside, value)
    return document, Ask(ask.index, ask.kind, ask.service_category, None, annex)


def case(kind: str, changes: Mapping[str, Any] | None = None, today: date = TODAY) -> Case:
    document, ask = part(kind, changes or {})
    return DESTINATIONS[kind].case(document, ask, today)


def readiness(
    kind: str,
    changes: Mapping[str, Any] | None = None,
    others: Mapping[str, State] | None = None,
    today: date = TODAY,
) -> Readiness:
    document, ask = part(kind, changes or {})
    standing = [Other(key, state) for key, state in (others or {}).items()]
    return assess(DESTINATIONS[kind], Known(document), ask, standing, today)


def codes(found: Readiness) -> set[str]:
    """Return the codes of all advice and blocks."""
    return {advice.code for advice in found.advice} | {block.code for block in found.blocks}


def pointers(found: Readiness) -> set[str]:
    return {gap.pointer for gap in found.gaps}
