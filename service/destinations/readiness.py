"""Whether each destination referral can be sent: what is missing, what it waits for, what to know about it.

Pure. One destination's gaps hold back no other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from service.destinations.case import Ask, Case, Known
from service.destinations.conditions import conditions_that_name_nobody, nameless_conditions
from service.destinations.contract import (
    REQUIRED,
    Advice,
    Block,
    Derived,
    Destination,
    Gap,
    Hold,
    Other,
    Required,
)
from service.destinations.rewording import Gate, gate, place_of
from service.destinations.states import State
from service.document.paths import Document, Steps, gaps_at, pointer_of, values_at
from service.organisations.confidences import NOTHING, MayKnow

NAMES_NOBODY: Final = (
    "This condition names nobody, so nobody can enforce it. State who it is about and how to recognise them."
)
NAMELESS: Final = "required for a condition of no contact: with whom, and how they are recognised"


@dataclass(frozen=True)
class Readiness:
    """The state of a destination referral before it is sent, with every reason and not only the first.

    Args:
        state: `sent` when nothing holds it back; else who must act first: probation (`incomplete`), another
            destination (`blocked`), or no one, until a day (`held`).
        gaps: what is missing; an urgent case may be `sent` with some.
    """

    state: State
    gaps: tuple[Gap, ...]
    hold: Hold | None
    blocks: tuple[Block, ...]
    advice: tuple[Advice, ...]

    def stopped_by(self, block: Block) -> "Readiness":
        """Return the readiness with one more reason to wait; what is missing is still asked for."""
        state = State.INCOMPLETE if self.state is State.INCOMPLETE else State.BLOCKED
        return replace(self, state=state, blocks=(*self.blocks, block))


@dataclass(frozen=True)
class _Context:
    """What one part asks for, with everything that is worked out once and read by every rule.

    Args:
        facts: the facts of the case together with those that are worked out from them.
        required: what must be answered in this case.
        gated: what the texts for it still need.
    """

    destination: Destination
    ask: Ask
    case: Case
    facts: Document
    required: Required
    gated: Gate


def _context(
    destination: Destination, known: Known, ask: Ask, today: date, may_know: MayKnow = NOTHING
) -> _Context:
    case = destination.case(known.document, ask, today)
    return _Context(
        destination,
        ask,
        case,
        destination.derive(case),
        destination.required_of(case),
        gate(destination, known, ask, case, may_know),
    )


def missing(
    destination: Destination, known: Known, ask: Ask, today: date, may_know: MayKnow = NOTHING
) -> tuple[Gap, ...]:
    """List the answers this destination needs and has not been given, as pointers into the submission.

    Texts that must be worded for it are among them.
    """
    context = _context(destination, known, ask, today, may_know)
    return _in_order((*_missing(context), *context.gated.gaps))


def _missing(context: _Context) -> tuple[Gap, ...]:
    found = {gap.pointer: gap for gap in _gaps(context, context.required)}
    for steps in nameless_conditions(context.destination, context.case.facts):
        found[pointer_of(steps)] = Gap(pointer_of(steps), NAMELESS)
    for gap in _undecided(context):
        # An answer that is missing altogether is named already, and more exactly.
        if not any(_overlap(gap.pointer, pointer) for pointer in found):
            found[gap.pointer] = gap
    return tuple(found[pointer] for pointer in sorted(found))


def _gaps(context: _Context, required: Required) -> Iterator[Gap]:
    """Find required answers that were not given, and those for which the destination has no word.

    Of a list every entry counts: one that is left out would change what the rest of it says.
    """
    destination, ask, case = context.destination, context.ask, context.case
    for path, why in required:
        if path not in destination.derived:
            for steps in gaps_at(case.facts, path):
                yield Gap(place_of(destination, ask, steps), why)
        if path in destination.vocabulary:
            for steps, value in values_at(context.facts, path):
                if destination.word(path, value, case.today) is None:
                    derived = destination.derived.get(path)
                    at = _deciding(derived) if derived else steps
                    wordless = f"{why}, and not representable for {destination.key}"
                    yield Gap(place_of(destination, ask, at), wordless)


def not_understood(case: Case, destination: Destination, ask: Ask) -> Iterator[Gap]:
    """Find the answers of an urgent referral that were set aside, and those that contradict the rest of it.

    Any other referral is refused because of them.
    """
    for one in ask.not_understood:
        yield Gap(f"/destinations/{ask.index}{one['pointer']}", one["why"])
    for one in case.value("not_understood") or ():
        if destination.needs(one["pointer"]):
            yield Gap(one["pointer"], one["why"])
    if _is_urgent(case):
        for steps, why in destination.faults(case, ask):
            yield Gap(pointer_of(steps), why)


def _undecided(context: _Context) -> Iterator[Gap]:
    """Find required facts that the answers do not decide: an answer that is missing never means no."""
    for path, why in context.required:
        derived = context.destination.derived.get(path)
        if derived and next(gaps_at(context.facts, path), None):
            at = place_of(context.destination, context.ask, _deciding(derived))
            yield Gap(at, f"{why}, to know: {derived.words}")


def _deciding(derived: Derived) -> Steps:
    return tuple(derived.asked.split("."))


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def assess(
    destination: Destination,
    known: Known,
    ask: Ask,
    others: Sequence[Other],
    today: date,
    *,
    unanswered: Iterable[Gap] = (),
    may_know: MayKnow = NOTHING,
) -> Readiness:
    """Return whether one destination referral can be sent now.

    Args:
        known: of the document.
        others: the other destination referrals of the person, with their states; only those it declares that
            it waits for count.
        unanswered: why no organisation answers for it, if so: then it is incomplete, urgent or not.
        may_know: what the organisation may know that answers for it.
    """
    return _assess(_context(destination, known, ask, today, may_know), unanswered).among(others)


@dataclass(frozen=True)
class _Assessment:
    """What one part's readiness is made of, apart from the other destination referrals of the person.

    Args:
        complete: nothing is missing, or an urgent case has the least it needs.
    """

    context: _Context
    gaps: tuple[Gap, ...]
    complete: bool
    hold: Hold | None
    advice: tuple[Advice, ...]

    def among(self, others: Iterable[Other]) -> Readiness:
        """Return the readiness, given these other destination referrals."""
        destination, ask = self.context.destination, self.context.ask
        awaited = [other for other in others if other.key in destination.waits_for]
        blocks = destination.blocks(self.context.case, awaited)
        return Readiness(
            state=_state(self.hold, blocks, complete=self.complete),
            gaps=self.gaps,
            hold=self.hold,
            blocks=tuple(
                replace(block, pointer=_submitted(destination, ask, block.pointer)) for block in blocks
            ),
            advice=self.advice,
        )


def _assess(context: _Context, unanswered: Iterable[Gap]) -> _Assessment:
    destination, ask = context.destination, context.ask
    # Without these, nobody knows what is asked, or of whom: it waits, urgent or not.
    stopping = {gap.pointer: gap for gap in (*not_understood(context.case, destination, ask), *unanswered)}
    found = {gap.pointer: gap for gap in _missing(context)} | stopping
    to_reword = context.gated.gaps
    return _Assessment(
        context=context,
        gaps=_in_order((*found.values(), *to_reword)),
        # An urgent case goes out without a text that must be worded: that is the practitioner's to do then.
        complete=not (found or to_reword)
        or (not stopping and _is_urgent(context.case) and (not found or _has_urgent_minimum(context))),
        hold=destination.hold(context.case),
        advice=tuple(
            replace(advice, pointer=_submitted(destination, ask, advice.pointer))
            for advice in (*destination.advice(context.case), *_broader(destination, context.case))
        )
        + tuple(context.gated.advice)
        + tuple(
            Advice("names_nobody", NAMES_NOBODY, pointer_of(steps))
            for steps in conditions_that_name_nobody(destination, context.case.facts)
        ),
    )


def _in_order(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted(gaps, key=lambda gap: gap.pointer))


def _submitted(destination: Destination, ask: Ask, pointer: str) -> str:
    """Turn a pointer into a destination's own facts into one into the submission."""
    inside = pointer.removeprefix(f"/{destination.prefix}/")
    return pointer if inside == pointer else f"/destinations/{ask.index}/annex/{inside}"


def _state(hold: Hold | None, blocks: tuple[Block, ...], *, complete: bool) -> State:
    if not complete:
        return State.INCOMPLETE
    if blocks:
        return State.BLOCKED
    return State.HELD if hold else State.SENT


def _is_urgent(case: Case) -> bool:
    return case.says("urgency", "urgent")


def _has_urgent_minimum(context: _Context) -> bool:
    least = context.destination.urgent_minimum
    if least is None:
        return False
    return next(_gaps(context, [(path, REQUIRED) for path in least]), None) is None


def _broader(destination: Destination, case: Case) -> Iterator[Advice]:
    """Point out every answer that is sent in a word which says less than the answer."""
    for path in destination.paths_with_broader_words:
        for steps, value in values_at(case.facts, path):
            word = destination.word(path, value, case.today)
            if word and word.broader:
                yield Advice(
                    "sent_in_a_broader_word",
                    f"The form has no option for this answer, which is sent as `{word.value}`.",
                    pointer_of(steps),
                )


def assess_all(
    destinations: Mapping[str, Destination],
    known: Known,
    others: Mapping[str, State],
    today: date,
    unanswered: Mapping[str, Iterable[Gap]] = MappingProxyType({}),
    *,
    may_know: Mapping[str, MayKnow] = MappingProxyType({}),
) -> dict[str, Readiness]:
    """Assess every part of a submission together, since one may wait for another in it.

    Args:
        destinations: the registry.
        known: of the document.
        others: states of the person's destination referrals that already exist, by key; they win over what
            the document alone would give.
        unanswered: why no organisation answers for a part, by the keys of those parts.
        may_know: what the organisations may know that answer for the parts, by their keys.

    Returns:
        a readiness for each key, in the order of the document.
    """
    assessments = {
        key: _assess(
            _context(destinations[ask.kind], known, ask, today, may_know.get(key, NOTHING)),
            unanswered.get(key, ()),
        )
        for key, ask in known.asks.items()
    }
    # Only blocks depend on other parts, so only they are looked for again until no state changes.
    found: dict[str, Readiness] = {}
    states = dict(others)
    for _ in range(len(assessments) + 1):
        there = [Other(key, state) for key, state in states.items()]
        found = {
            key: part.among(other for other in there if other.key != key) for key, part in assessments.items()
        }
        latest = {key: readiness.state for key, readiness in found.items()} | dict(others)
        if latest == states:
            break
        states = latest
    return found
