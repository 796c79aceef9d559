"""The document one destination is sent: only permitted paths, in its own words, without confidences.

Pure. What the destination has no word for, and what was held back, is reported next to the
document, never inside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from service.destinations.case import Ask, Case, Known
from service.destinations.contract import Destination
from service.destinations.nature import confidence, is_care_only, is_health
from service.destinations.rewording import as_sent, gate
from service.document.paths import answered, is_empty, value_at, with_value
from service.document.restricted import is_restricted_contact, restricted_addresses
from service.organisations.confidences import NOTHING, MayKnow


@dataclass(frozen=True, order=True)
class Withheld:
    """Something in the submission that is withheld from this destination, and why (a code)."""

    path: str
    reason: str


@dataclass(frozen=True, order=True)
class NotRepresentable:
    """A canonical value for which the destination has no word."""

    path: str
    value: str


@dataclass(frozen=True)
class Projection:
    """What a destination is sent, with what the sender should know about it.

    Args:
        document: what is sent.
        fields: the leaf paths in it, sorted: what the disclosure records.
        withheld, not_representable: for probation only.
    """

    document: dict[str, Any]
    fields: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    not_representable: tuple[NotRepresentable, ...]


def project(
    destination: Destination,
    known: Known,
    ask: Ask,
    today: date,
    *,
    words_of: date | None = None,
    may_know: MayKnow = NOTHING,
    health: bool = True,
) -> Projection:
    """Make the document that a destination is sent.

    Args:
        known: of the document.
        ask: which entry of its `destinations` this is for.
        today: for what is worked out from dates.
        words_of: the day whose words its form takes, when it is not today.
        may_know: what the organisation may know that is sent it.
        health: whether the basis of sharing carries health.
    """
    case = destination.case(known.document if destination.confidant else known.shared, ask, today)
    gated = gate(destination, known, ask, case, may_know)
    case = replace(case, facts=as_sent(case.facts, gated))
    held_back = {Withheld(*one) for one in gated.withheld}
    sieve = _Sieve(destination, words_of or today)
    permitted = destination.permitted
    if not health:
        permitted = frozenset(path for path in permitted if not is_health(path))
        answers = destination.permitted & answered(dict(case.facts))
        held_back |= {Withheld(path, "basis_carries_no_health") for path in answers - permitted}
    sent = sieve.take(destination.derive(case), _tree_of(permitted)) or {}
    for path in gated.kept:
        sent = with_value(sent, path, value_at(known.sent[ask.key], path))
    if last := known.sent.get(ask.key):
        sent = _pinned(destination, sent, last, today)
        sieve.fields = answered(sent)
    held_back |= set(_withheld_by_rule(destination, known, ask, destination.case(known.document, ask, today)))
    return Projection(
        document=sent,
        fields=tuple(sorted(sieve.fields)),
        withheld=tuple(sorted(held_back)),
        not_representable=tuple(sorted(sieve.not_representable)),
    )


def _pinned(
    destination: Destination, sent: dict[str, Any], last: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """Keep what was worked out on the day of an earlier sending until the answer that decides it changes."""
    for path, derived in destination.derived.items():
        decides, before = derived.pinned_to, value_at(last, path)
        if not decides or value_at(sent, path) == before:
            continue
        if decides(Case(last, today)) == decides(Case(sent, today)):
            section, _, name = path.rpartition(".")
            others = {key: value for key, value in (value_at(sent, section) or {}).items() if key != name}
            sent = with_value(sent, section, others if before is None else {**others, name: before})
    return sent


@dataclass
class _Branch:
    """One step of an allow-list as a tree, so that nothing else of a document is walked.

    Args:
        path: from the root to here.
        is_leaf: whether a value here may be sent.
        members, entries: what may be sent of an object, and of each entry of a list.
    """

    path: str
    is_leaf: bool = False
    members: dict[str, "_Branch"] = field(default_factory=dict)
    entries: "_Branch | None" = None


@lru_cache(maxsize=64)
def _tree_of(permitted: frozenset[str]) -> _Branch:
    root = _Branch("")
    for path in permitted:
        branch = root
        for step in path.split("."):
            name = step.removesuffix("[]")
            here = f"{branch.path}.{name}" if branch.path else name
            branch = branch.members.setdefault(name, _Branch(here))
            if step.endswith("[]"):
                branch.entries = branch.entries or _Branch(f"{here}[]")
                branch = branch.entries
        branch.is_leaf = True
    return root


@dataclass
class _Sieve:
    """Passes what one destination may be sent, and records what its form has no word for."""

    destination: Destination
    words_of: date
    fields: set[str] = field(default_factory=set)
    not_representable: set[NotRepresentable] = field(default_factory=set)

    def take(self, value: Any, branch: _Branch) -> Any:
        """Return what may be sent of a value; empty when nothing may."""
        if isinstance(value, dict):
            members = {
                name: self.take(member, branch.members[name])
                for name, member in value.items()
                if name in branch.members
            }
            return {name: member for name, member in members.items() if not is_empty(member)}
        if isinstance(value, list):
            return self._entries(value, branch)
        if not branch.is_leaf:
            return None
        sent = self._leaf(value, branch.path)
        if not is_empty(sent):
            self.fields.add(branch.path)
        return sent

    def _entries(self, value: list[Any], branch: _Branch) -> list[Any]:
        inner = branch.entries
        if inner is None:
            return []
        may_go = self.destination.rows.get(branch.path, _any_row)
        entries = [self.take(entry, inner) for entry in value if may_go(entry)]
        sent = [entry for entry in entries if not is_empty(entry)]
        # Two values may share a broader word.
        return list(dict.fromkeys(sent)) if inner.path in self.destination.vocabulary else sent

    def _leaf(self, value: Any, path: str) -> Any:
        if path in self.destination.vocabulary:
            word = self.destination.word(path, value, self.words_of)
            if word is None:
                self.not_representable.add(NotRepresentable(path, str(value)))
            return word and word.value
        return value


def _any_row(_entry: Any) -> bool:
    return True


def _withheld_by_rule(destination: Destination, known: Known, ask: Ask, case: Case) -> Iterator[Withheld]:
    """Find what the document holds that a rule keeps from this destination, not what it has no use for."""
    if destination.confidant and destination.cares:
        return
    present = known.answered | answered({destination.prefix: ask.annex})
    if not destination.confidant:
        contacts = case.value("household.contacts") or []
        if any(map(is_restricted_contact, contacts)):
            yield Withheld("household.contacts[]", "victim_or_ex_partner")
        if restricted_addresses(case.facts):
            yield Withheld("addresses[]", "whereabouts")
        if len(known.document.get("destinations") or []) > 1:
            yield Withheld("destinations[]", "other_destinations")
        # Of people and places it is enough to say once that some are held back.
        rest = (path for path in present if not path.startswith(("household.", "addresses[]")))
        yield from (Withheld(path, why) for path in rest if (why := confidence(path)))
    if not destination.cares:
        yield from (Withheld(path, "health_only_as_adjustment") for path in present if is_care_only(path))
