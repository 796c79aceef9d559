"""What every destination declares about itself, as values: what it may know, needs, waits for and answers.

A destination that may not hold a confidence cannot be declared with a path that would give one away.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from marshmallow import Schema

from service.destinations.case import Ask, Case, When
from service.destinations.nature import Nature, confidence, is_care_only, nature_of
from service.destinations.states import State
from service.document.paths import Document, Steps, is_empty, with_value
from service.document.regions import REGIONS

REQUIRED = "always required"
Required = Sequence[tuple[str, str]]
"""Paths, each with why it is required."""

Policy = Mapping[str, Any]
"""An escalation policy document, in the shape that `service.timers` publishes."""


@dataclass(frozen=True)
class Derived:
    """A fact that is derived, so it is not asked.

    Args:
        words: how, in a few words.
        compute: the fact; None while the answers do not decide it, which is never the same as no.
        asked: the path of the answer that decides it; positions in lists are separate steps.
        pinned_to: for a fact that depends on the day of sending: the answer on which it stays as it was first
            sent (truth-over-time, "Clocks").
    """

    words: str
    compute: Callable[[Case], Any]
    asked: str
    pinned_to: Callable[[Case], Any] | None = None


@dataclass(frozen=True)
class Word:
    """A destination's word for a canonical value, with a reservation.

    Args:
        broader: it says less than the canonical value: it is sent, with an advice.
        until: the first day on which the destination no longer takes it.
    """

    value: Any
    broader: bool = False
    until: date | None = None


NOBODY: Final = "no organisation is registered for this area"
"""Why a gap is there that probation cannot fill: the administration registers an organisation."""


@dataclass(frozen=True)
class Gap:
    """A required answer that is missing, or a text that must be worded for one destination.

    Args:
        pointer: a JSON pointer into the submission.
        why: why it is required.
        reword_for: the key of the destination that may not be sent this text as it is.
        gives_away: what the text gives away, by kind.
    """

    pointer: str
    why: str
    reword_for: str | None = None
    gives_away: tuple[str, ...] = ()

    @property
    def stored(self) -> dict[str, Any]:
        """The gap as it is kept and shown."""
        reword = {"reword_for": self.reword_for, "gives_away": list(self.gives_away)}
        return {"pointer": self.pointer, "why": self.why, **(reword if self.reword_for else {})}


@dataclass(frozen=True)
class Hold:
    """It is too early for the destination: the referral is sent on a date."""

    opens_on: date
    code: str
    words: str


@dataclass(frozen=True)
class Block:
    """Something else must be true first.

    Args:
        waits_for: the key of the destination it waits for, when it is one.
    """

    code: str
    words: str
    pointer: str
    waits_for: str | None = None


@dataclass(frozen=True)
class Advice:
    """What a practitioner should know; it never stops a referral."""

    code: str
    words: str
    pointer: str = ""


@dataclass(frozen=True)
class Other:
    """Another destination referral of the same person: its key and state."""

    key: str
    state: State


@dataclass(frozen=True)
class PlacementRules:
    """How long a stay is and what leaving it needs.

    Args:
        default_nights: the usual stay for this case.
        most_nights: the longest; a night more is an overstay, with a reason.
        policy: the key of the policy that prompts before the end.
        departure_gate: a departure to a move-on address waits for the checks of that address and for MAPPA.
    """

    default_nights: Callable[[Case], int]
    policy: str
    most_nights: int | None = None
    departure_gate: bool = False


OF_NAMED_PEOPLE: tuple[str, ...] = ("person.name", "referrer.", "case_manager.")
"""Where the person and staff are named: that somebody protected has the same name gives nothing away."""

_AS_A_WHOLE: tuple[str, ...] = ("household.",)
"""Where entries are left out as a whole when they are about somebody who is protected."""


def no_faults(_case: Case, _ask: Ask) -> tuple[()]:
    """Find nothing wrong with an annex beyond what its schema finds."""
    return ()


@dataclass(frozen=True)
class Area:
    """The area whose organisation answers for a case.

    Args:
        code: None when the case names none.
        path: of the answer that names it, or would.
    """

    code: str | None
    path: str


@dataclass(frozen=True)
class AreaRule:
    """How a destination finds the one area whose organisation answers for a case. There is no second best.

    Args:
        words: the rule as a practitioner would say it.
        codes: every area of this kind that exists.
        find: works the area out from the case and the region that submits it.
    """

    words: str
    codes: Collection[str]
    find: Callable[[Case, str], Area]


def own_region(case: Case, region: str) -> Area:
    """Name the region of the referrer; where the referral names none, the region that submits it."""
    return Area(case.value("referrer.region") or region, "referrer.region")


OWN_REGION = AreaRule(
    "the referrer's region (`referrer.region`), or the region that submits when the referral names none",
    REGIONS,
    own_region,
)


def never_held(_case: Case) -> Hold | None:
    """Hold nothing: the destination takes a referral at any time."""
    return None


def never_blocked(_case: Case, _others: Sequence[Other]) -> tuple[Block, ...]:
    """Block nothing: the destination waits for no other."""
    return ()


def no_advice(_case: Case) -> tuple[Advice, ...]:
    """Advise nothing."""
    return ()


@dataclass(frozen=True)
class Destination:
    """Everything the service knows about one kind of destination.

    Args:
        key: the `kind` in a submission.
        prefix: the name of its annex in its own document and in every path below.
        annex: the marshmallow schema of what only this destination asks.
        permitted: the allow-list of leaf paths it may be sent. Nothing else ever is.
        required: leaf paths without which it stays `incomplete`; some only serve to derive what is sent.
        required_when: leaf paths required in some cases.
        urgent_minimum: with these, an urgent case is sent with its other gaps listed; None: never.
        derived: leaf paths that are worked out, not asked. One that is required as well is a gap while its
            value is not known.
        vocabulary: for a leaf path, the destination's word for each canonical value, or a `Word`; a value
            without one is reported as not representable, and is a gap where the path is required.
        rows: for a list, which of its entries may go; all, when it is not named.
        faults: contradictions inside the annex or between it and the rest, each a pointer and what is wrong.
        organisation_kind: who answers.
        duty: the duty of the organisation that answers for an ask (see `service.access`).
        area: the rule by which the area of that organisation is found.
        national: an organisation that answers for the whole country may be registered for its duties; it is
            asked where no organisation is registered for the area.
        hold, blocks, advice: the rules, pure.
        waits_for: the keys of the other destination referrals that `blocks` is given, and no others.
        service_categories: the categories of service it offers, each with its name; each is asked separately.
        purpose: what a disclosure to it is for; the submission says on what legal basis.
        policy, danger: the key of the policy of the answer to a case, and of the danger that it is, if any.
        policies: the policy documents it publishes.
        decline_reasons, end_early_reasons, outcomes: its codes, each with a short label of ours.
        of_quality: those of `decline_reasons` by which the referral can be put right and sent again.
        of_death: those of `end_early_reasons` that say that the person died.
        concerns: by kind of update, whether its content says what a concern says: it is acted on as one.
        updates: the kinds of update it may send, each with its schema.
        placement: the rules of a stay, when it gives one.
        confidant: it may know of MAPPA, victims and intelligence (MAPPA itself).
        cares: it must care for the person's health, and is sent information about it.
    """

    key: str
    title: str
    prefix: str
    annex: type[Schema]
    permitted: frozenset[str]
    required: frozenset[str]
    organisation_kind: str
    duty: Callable[[Ask], str]
    area: AreaRule
    policy: Callable[[Case], str]
    policies: tuple[Policy, ...]
    purpose: str
    required_when: tuple[When, ...] = ()
    urgent_minimum: tuple[str, ...] | None = None
    danger: Callable[[Case], str | None] = lambda _case: None
    derived: Mapping[str, Derived] = field(default_factory=dict)
    vocabulary: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    national: bool = False
    rows: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    faults: Callable[[Case, Ask], Iterable[tuple[Steps, str]]] = no_faults
    hold: Callable[[Case], Hold | None] = never_held
    blocks: Callable[[Case, Sequence[Other]], tuple[Block, ...]] = never_blocked
    waits_for: frozenset[str] = frozenset()
    advice: Callable[[Case], tuple[Advice, ...]] = no_advice
    decline_reasons: Mapping[str, str] = field(default_factory=dict)
    end_early_reasons: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    of_quality: frozenset[str] = frozenset()
    of_death: frozenset[str] = frozenset({"died"})
    concerns: Mapping[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    updates: Mapping[str, type[Schema]] = field(default_factory=dict)
    placement: PlacementRules | None = None
    service_categories: Mapping[str, str] = field(default_factory=dict)
    confidant: bool = False
    cares: bool = False

    def __post_init__(self) -> None:
        """Refuse a declaration that would give a confidence away, or that needs what it may not be sent.

        Raises:
            ValueError: naming the destination and the paths.
        """
        if not self.confidant:
            given_away = sorted(path for path in self.permitted if confidence(path))
            if given_away:
                raise ValueError(f"{self.key} may not be sent {given_away}")
        if not self.cares:
            health = sorted(filter(is_care_only, self.permitted))
            if health:
                raise ValueError(f"{self.key} has no duty of care that calls for {health}")
        known = self.permitted | {path.removesuffix("[]") for path in self.permitted}
        strangers = sorted((set(self.derived) | set(self.vocabulary)) - known)
        if strangers:
            raise ValueError(f"{self.key} speaks of {strangers}, which are not in its allow-list")

    @cached_property
    def _always_required(self) -> tuple[tuple[str, str], ...]:
        return tuple((path, REQUIRED) for path in self.required)

    @cached_property
    def _sometimes_required(self) -> tuple[tuple[Callable[[Case], bool], Required], ...]:
        return tuple(
            (rule.holds, [(path, f"required when {rule.words}") for path in rule.paths])
            for rule in self.required_when
        )

    def required_of(self, case: Case) -> Required:
        """Return the paths that a case must answer, each with why."""
        sometimes = [each for holds, paths in self._sometimes_required if holds(case) for each in paths]
        return (*sometimes, *self._always_required)

    @cached_property
    def _needed(self) -> frozenset[str]:
        sometimes = (path for rule in self.required_when for path in rule.paths)
        return frozenset(path.replace("[]", "") for path in (*self.permitted, *self.required, *sometimes))

    def needs(self, pointer: str) -> bool:
        """Return whether an answer, or anything in it, is sent to it or decides what is.

        Args:
            pointer: of an answer, into the submission. What agencies are asked by, no destination needs.
        """
        path = ".".join(pointer.split("/")[1:])
        return any(
            f"{one}.".startswith(f"{path}.") or f"{path}.".startswith(f"{one}.") for one in self._needed
        )

    @cached_property
    def paths_with_broader_words(self) -> tuple[str, ...]:
        """The paths where some answer is sent in a word that says less."""
        return tuple(
            path
            for path, words in self.vocabulary.items()
            if any(isinstance(word, Word) and word.broader for word in words.values())
        )

    @cached_property
    def free_texts(self) -> tuple[str, ...]:
        """The paths of its allow-list that hold somebody's own words, or may."""
        coded = self.vocabulary.keys() | self.derived.keys()
        return tuple(sorted(path for path in self.permitted - coded if not path.startswith(_AS_A_WHOLE)))

    @cached_property
    def confidences(self) -> Mapping[str, Nature]:
        """The paths of its allow-list that are sent only to who may know, by what they are about."""
        if self.confidant:
            return {}
        natures = ((path, nature_of(path)) for path in sorted(self.permitted))
        return {path: nature for path, nature in natures if nature}

    @property
    def duties(self) -> tuple[str, ...]:
        """The duties that organisations may be registered for: one, or one for each service category."""
        categories: Iterable[str | None] = self.service_categories or (None,)
        return tuple(self.duty(Ask(0, self.key, category, None, {})) for category in categories)

    def case(self, document: Document, ask: Ask, today: date) -> Case:
        """Return the document with the ask's annex in it, as this destination's rules read it."""
        facts = {name: section for name, section in document.items() if name != "destinations"}
        return Case({**facts, self.prefix: ask.annex}, today)

    def derive(self, case: Case) -> Document:
        """Return the facts of a case together with everything that can be worked out from them."""
        facts = case.facts
        for path, derived in self.derived.items():
            value = derived.compute(case)
            if not is_empty(value):
                facts = with_value(facts, path, value)
        return facts

    def word(self, path: str, value: Any, today: date) -> Word | None:
        """Return this destination's word for the value at a leaf path; None when it has none today."""
        words = self.vocabulary.get(path)
        if words is None:
            return Word(value)
        known = words.get(value)
        word = known if isinstance(known, Word) or known is None else Word(known)
        return word if word and (word.until is None or today < word.until) else None
