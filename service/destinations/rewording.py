"""The gate before every disclosure: free text that gives a confidence away is worded anew for a destination.

Pure. Nothing is cut from a text: it is sent whole, in another wording, or not at all, which is a gap. While a
wording is owed for a text, its destination keeps what it was last sent: what is taken away would say more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from service.destinations.case import Ask, Case, Known
from service.destinations.conditions import CONDITION, NO_CONTACT
from service.destinations.contract import OF_NAMED_PEOPLE, Advice, Destination, Gap
from service.document.paths import Document, Steps, pointer_of, value_at, values_at
from service.mentions import Hit, Kind
from service.organisations import confidences
from service.organisations.confidences import MayKnow

BESIDE: Final = ("/messages/", "/moves/", "/placement/moves/")
"""The beginnings of the paths of what was written beside a document: messages, and reasons of moves."""
SENT: Final = "was sent, and gives away what this destination may not know: word it, or confirm what was done"
"""Why there is a gap for what a destination has read already."""
UNTOLD: Final = (
    "is on record otherwise than it was told, and gives away what this destination may not know: propose it "
    "again, with a reason where it may be told"
)
"""Why there is a gap for an address to move on to that was changed: its destination keeps what it had."""
REASONS: Final[Mapping[str, str]] = {
    Kind.MAPPA: "mappa_involvement",
    Kind.INTELLIGENCE: "police_intelligence",
}
"""Why a text was not sent, where the word is not that of the kind itself."""
_ENFORCED: Final = (CONDITION, "licence.court_orders[]")
_ABOUT_SOMEBODY: Final = NO_CONTACT | {"civil_orders"}
_WHY: Final = (
    "gives away what this destination may not know: supply a wording for it, or confirm with a reason"
)
_BY_NATURE: Final = (
    "is required, and by nature about what this destination may not know: supply a wording for it, "
    "or confirm with a reason"
)
_LOOK: Final = (
    "Look at this text again before it is sent: it may give away what this destination may not know."
)


@dataclass
class Gate:
    """What the texts for one destination still need.

    Args:
        sent_as: what is sent instead of a text, by its place among the destination's facts; None: nothing.
        gaps: the texts that need a wording.
        withheld: the path of each text that is not sent, with the reason.
        kept: the paths of lists that stay as they were last sent, whole.
    """

    sent_as: dict[Steps, str | None] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    withheld: set[tuple[str, str]] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)


def closed_to(destination: Destination, may_know: MayKnow) -> frozenset[Kind]:
    """Return what an organisation that answers for a destination may not know."""
    if destination.confidant:
        return frozenset()
    return confidences.closed_to(destination.organisation_kind, may_know)


def gate(destination: Destination, known: Known, ask: Ask, case: Case, may_know: MayKnow) -> Gate:
    """Compare every answer on its way to a destination with what it may not know.

    Args:
        case: as the destination's rules read it.
    """
    closed = closed_to(destination, may_know)
    found = Gate()
    if not closed:
        return found
    shut = {path: why for path, why in destination.confidences.items() if not why.is_open_to(may_know)}
    texts = _Texts(destination, known, ask, case, closed, found, frozenset(shut))
    for path, nature in shut.items():
        for steps, value in values_at(case.facts, path):
            pointer = place_of(destination, ask, steps)
            if isinstance(value, str) and (ask.key, pointer) in known.wordings:
                texts.compare(path, steps, value)
            else:
                found.sent_as[steps] = None
                found.withheld.add((path, nature.why))
                if isinstance(value, str) and path in texts.required:
                    found.sent_as[steps] = texts.last_sent(path)
                    found.gaps.append(Gap(pointer, _BY_NATURE, ask.key, (nature.kind,)))
    for path in destination.free_texts:
        for steps, text in values_at(case.facts, path) if path not in shut else ():
            if isinstance(text, str) and _goes(destination, steps, case.facts):
                texts.compare(path, steps, text)
    found.kept = {path.partition("[]")[0] for path in texts.owed if texts.loses(path)}
    return found


@dataclass
class _Texts:
    """Compares the texts for one destination, each in its wording, and notes what they still need."""

    destination: Destination
    known: Known
    ask: Ask
    case: Case
    closed: frozenset[Kind]
    found: Gate
    shut: frozenset[str]
    owed: set[str] = field(default_factory=set)
    """Paths through lists, of which a text needs a wording and was not sent as it is now."""

    @cached_property
    def sent(self) -> Document:
        """What the destination was last sent."""
        return self.known.sent.get(self.ask.key) or {}

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(path for path, _ in self.destination.required_of(self.case))

    @cached_property
    def standing(self) -> dict[str, Any]:
        """What an earlier comparison found, by pointer."""
        gaps = self.known.standing.get(self.ask.key, ())
        return {one["pointer"]: one["gives_away"] for one in gaps if "reword_for" in one}

    @cached_property
    def given(self) -> frozenset[str]:
        """The words of names that the conditions give which this destination is sent, as it is sent them."""
        return frozenset(
            word
            for path in self.destination.permitted.intersection(_ENFORCED) - self.shut
            for said in self._conditions_sent(path)
            for hit in self.known.matcher.find(said)
            if hit.kind is Kind.NAME
            for word in _words(hit, said)
        )

    def _conditions_sent(self, path: str) -> set[str]:
        """Return the conditions or orders about somebody as they are sent: none that waits for a wording."""
        facts, sent = self.case.facts, self._sent_at(path)
        going, all_go = set[str](), True
        for steps, text in values_at(facts, path):
            if not (_is_enforced(path, steps, facts) and _goes(self.destination, steps, facts)):
                continue
            at, said, confirmed = self._worded(steps, text)
            sure = {hit.kind for hit in self._hits(said) if hit.sure}
            if confirmed or said in sent or not (sure - {Kind.NAME} or self.standing.get(at)):
                going.add(said)
            else:
                all_go = False
        # While one of them waits, the list stays as it was last sent.
        return going if all_go or not sent else going & sent

    def _worded(self, steps: Steps, text: str) -> tuple[str, str, bool]:
        """Return where a text stands as its reader is sent it, what it says there, and if it is confirmed."""
        submitted = _as_submitted(self.known, steps, self.case.facts)
        pointer = place_of(self.destination, self.ask, submitted)
        index, wording = self.known.wordings.get((self.ask.key, pointer), (0, {}))
        if "text" in wording:
            return f"/wordings/{index}/text", wording["text"], False
        return pointer, text, "confirmed_because" in wording

    def compare(self, path: str, steps: Steps, text: str) -> None:
        """Compare one text with what its reader may not know."""
        found = self.found
        at, said, confirmed = self._worded(steps, text)
        if confirmed:
            return
        if said != text:
            found.sent_as[steps] = said
        hits = self._hits(said)
        named = path.startswith(OF_NAMED_PEOPLE) or _is_enforced(path, steps, self.case.facts)
        sure = {hit.kind for hit in hits if hit.sure and not _is_given(hit, said, self.given, named=named)}
        kinds = sorted(sure | ({Kind(one) for one in self.standing.get(at, ())} & self.closed))
        if kinds:
            read = said in self._sent_at(path)
            found.sent_as[steps] = said if read else self.last_sent(path)
            found.gaps.append(Gap(at, SENT if read else _WHY, self.ask.key, tuple(kinds)))
            if not read:
                found.withheld |= {(path, REASONS.get(kind, kind)) for kind in kinds}
        elif hits and not path.startswith(OF_NAMED_PEOPLE):
            found.advice.append(Advice("may_give_away", _LOOK, at))

    def _hits(self, said: str) -> list[Hit]:
        """Return what a text says that its reader may not know and is not sent as an answer either."""
        asked = self.destination.permitted - self.shut
        return [
            hit
            for hit in self.known.matcher.find(said)
            if hit.kind in self.closed and hit.answers not in asked
        ]

    def last_sent(self, path: str) -> str | None:
        """Return what was last sent instead of a text that may not go as it is; None: nothing.

        Which entry of a list a text has replaced cannot be told: the list is kept as it was if it loses any.
        """
        if "[]" in path:
            self.owed.add(path)
            return None
        last: str | None = value_at(self.sent, path)
        return last

    def loses(self, path: str) -> bool:
        """Return whether an entry of a list has a text that its destination was sent and would not be now."""
        facts, sent_as = self.case.facts, self.found.sent_as
        now = {sent_as.get(steps, text) for steps, text in values_at(facts, path)}
        return not self._sent_at(path) <= now

    def _sent_at(self, path: str) -> set[Any]:
        return {text for _, text in values_at(self.sent, path) if isinstance(text, str)}


def as_sent(facts: Document, gated: Gate) -> Document:
    """Return the facts of a case with every text as a destination is sent it."""
    for steps, text in gated.sent_as.items():
        facts = _with(facts, steps, text)
    return facts


def place_of(destination: Destination, ask: Ask, steps: Steps) -> str:
    """Turn a place among a destination's own facts into a pointer into the submission."""
    inside_annex = steps[0] == destination.prefix
    return pointer_of(("destinations", ask.index, "annex", *steps[1:]) if inside_annex else steps)


def _goes(destination: Destination, steps: Steps, facts: Document) -> bool:
    """Return whether the entry of a list that a text stands in is sent at all."""
    may_go = destination.rows.get(str(steps[0]))
    return may_go is None or may_go(facts[str(steps[0])][int(steps[1])])


def _as_submitted(known: Known, steps: Steps, facts: Document) -> Steps:
    """Return the place of an address in the submission: those that are kept apart are not among the facts."""
    if steps[0] != "addresses":
        return steps
    ref = facts["addresses"][int(steps[1])]["ref"]
    at = next(index for index, one in enumerate(known.document["addresses"]) if one["ref"] == ref)
    return ("addresses", at, *steps[2:])


def _with(value: Any, steps: Steps, text: str | None) -> Any:
    if not steps:
        return text
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        return [*value[:step], _with(value[step], rest, text), *value[step + 1 :]]
    return {**value, step: _with(value[step], rest, text)}


def _is_enforced(path: str, steps: Steps, facts: Document) -> bool:
    """Return whether a text is a condition or order about somebody: who enforces it must know about whom."""
    if path != CONDITION:
        return path in _ENFORCED
    condition: Mapping[str, Any] = (value_at(facts, "licence.conditions") or [])[int(steps[2])]
    return condition.get("type") in _ABOUT_SOMEBODY


def _is_given(hit: Hit, text: str, given: frozenset[str], *, named: bool) -> bool:
    return hit.kind is Kind.NAME and (named or given.issuperset(_words(hit, text)))


def _words(hit: Hit, text: str) -> Iterator[str]:
    return (word.casefold().strip(",.'\u2019") for word in text[hit.start : hit.end].split())
