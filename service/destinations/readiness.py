"""Whether each destination's part can go out: what is missing, what it waits for, and what should be known.

Pure. One destination's gaps hold back no other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from service.destinations.case import Ask, Case, asks
from service.destinations.contract import Advice, Block, Derived, Destination, Gap, Hold, Other
from service.destinations.states import State
from service.document.paths import Document, Steps, gaps_at, pointer_of, values_at
from service.document.restricted import SHAPES, giveaways, says_nothing_else

REQUIRED = "always required"


@dataclass(frozen=True)
class Readiness:
    """Where a destination's part stands before it is sent, with every reason and not only the first.

    Args:
        state: `sent` when nothing holds it back; else who must act first: probation (`incomplete`), another
            destination (`blocked`), or nobody but time (`held`).
        gaps: what is missing; an urgent case may be `sent` with some.
    """

    state: State
    gaps: tuple[Gap, ...]
    hold: Hold | None
    blocks: tuple[Block, ...]
    advice: tuple[Advice, ...]


def missing(destination: Destination, document: Document, ask: Ask, today: date) -> tuple[Gap, ...]:
    """List the answers this destination needs and has not been given, as pointers into the submission."""
    case = destination.case(document, ask, today)
    required = [
        (path, f"required when {condition.words}")
        for condition in destination.required_when
        if condition.holds(case)
        for path in condition.paths
    ]
    required += [(path, REQUIRED) for path in destination.required]
    found = {gap.pointer: gap for gap in _gaps(destination, case, ask, required)}
    for gap in _emptied(destination, document, case, ask, required):
        found.setdefault(gap.pointer, gap)
    for gap in _undecided(destination, case, ask, required):
        # An answer that is missing altogether is named already, and more exactly.
        if not any(_overlap(gap.pointer, pointer) for pointer in found):
            found[gap.pointer] = gap
    return tuple(found[pointer] for pointer in sorted(found))


Required = Iterable[tuple[str, str]]
"""Paths, each with why it is required."""


def _gaps(destination: Destination, case: Case, ask: Ask, required: Required) -> Iterator[Gap]:
    """Find required answers that were not given, and those for which the destination has no word.

    Of a list every entry counts: one that is left out would change what the rest of it says.
    """
    facts = destination.derive(case)
    for path, why in required:
        if path not in destination.derived:
            for steps in gaps_at(case.facts, path):
                yield Gap(place_of(destination, ask, steps), why)
        if path in destination.vocabulary:
            for steps, value in values_at(facts, path):
                if destination.word(path, value, case.today) is None:
                    derived = destination.derived.get(path)
                    at = _asked(derived) if derived else steps
                    wordless = f"{why}, and not representable for {destination.key}"
                    yield Gap(place_of(destination, ask, at), wordless)


def _emptied(
    destination: Destination, document: Document, case: Case, ask: Ask, required: Required
) -> Iterator[Gap]:
    """Find required texts of which nothing would be left once what this destination may not know is out."""
    against = () if destination.confidant else giveaways(document)
    if not against:
        return
    for path, why in required:
        for steps, value in values_at(case.facts, path):
            if isinstance(value, str) and path not in SHAPES and says_nothing_else(value, against):
                reworded = f"{why}, and nothing of it may be sent here: it needs a wording of its own"
                yield Gap(place_of(destination, ask, steps), reworded)


def _undecided(destination: Destination, case: Case, ask: Ask, required: Required) -> Iterator[Gap]:
    """Find required facts that the answers do not decide: nobody may conclude no from what is not there."""
    facts = destination.derive(case)
    for path, why in required:
        derived = destination.derived.get(path)
        if derived and next(gaps_at(facts, path), None):
            yield Gap(place_of(destination, ask, _asked(derived)), f"{why}, to know: {derived.words}")


def _asked(derived: Derived) -> Steps:
    return tuple(derived.asked.split("."))


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def place_of(destination: Destination, ask: Ask, steps: Steps) -> str:
    """Turn a place among a destination's own facts into a pointer into the submission."""
    inside_annex = steps[0] == destination.prefix
    return pointer_of(("destinations", ask.index, "annex", *steps[1:]) if inside_annex else steps)


def assess(
    destination: Destination,
    document: Document,
    ask: Ask,
    others: Sequence[Other],
    today: date,
    *,
    unanswered: Iterable[Gap] = (),
) -> Readiness:
    """Say whether one part can go out now.

    Args:
        others: the other destination referrals of the person, with their states; only those it declares that
            it waits for count.
        unanswered: why there is nobody to send it to, where that is so: then it is incomplete, urgent or not.
    """
    case = destination.case(document, ask, today)
    nobody = {gap.pointer: gap for gap in unanswered}
    found = {gap.pointer: gap for gap in missing(destination, document, ask, today)} | nobody
    gaps = tuple(found[pointer] for pointer in sorted(found))
    complete = not gaps or (not nobody and _goes_out_urgently(destination, case, ask))
    hold = destination.hold(case)
    blocks = destination.blocks(case, [other for other in others if other.key in destination.waits_for])
    return Readiness(
        state=_state(hold, blocks, complete=complete),
        gaps=gaps,
        hold=hold,
        blocks=tuple(replace(block, pointer=_submitted(destination, ask, block.pointer)) for block in blocks),
        advice=tuple(
            replace(advice, pointer=_submitted(destination, ask, advice.pointer))
            for advice in (*destination.advice(case), *_broader(destination, case))
        ),
    )


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


def _goes_out_urgently(destination: Destination, case: Case, ask: Ask) -> bool:
    if not case.says("urgency", "urgent") or destination.urgent_minimum is None:
        return False
    least = [(path, REQUIRED) for path in destination.urgent_minimum]
    return next(_gaps(destination, case, ask, least), None) is None


def _broader(destination: Destination, case: Case) -> Iterator[Advice]:
    """Point out every answer that is sent in a word which says less than the answer."""
    for path in destination.vocabulary:
        for steps, value in values_at(case.facts, path):
            word = destination.word(path, value, case.today)
            if word and word.broader:
                yield Advice(
                    "sent_in_a_broader_word",
                    f"The form has no word for this answer: it is sent as `{word.said}`.",
                    pointer_of(steps),
                )


def assess_all(
    destinations: Mapping[str, Destination],
    document: Document,
    others: Mapping[str, State],
    today: date,
    unanswered: Mapping[str, Iterable[Gap]] = MappingProxyType({}),
) -> dict[str, Readiness]:
    """Assess every part of a submission together, since one may wait for another that goes out with it.

    Args:
        destinations: the registry.
        others: states of the person's destination referrals that already exist, by key; they win over what
            the document alone would give.
        unanswered: why there is nobody to send a part to, by the keys of the parts of which that is so.

    Returns:
        a readiness for each key, in the order of the document.
    """
    parts = asks_by_key(document)
    found: dict[str, Readiness] = {}
    for _ in range(len(parts) + 1):
        states = {key: readiness.state for key, readiness in found.items()} | dict(others)
        again = {
            key: assess(
                destinations[ask.kind],
                document,
                ask,
                [Other(name, state) for name, state in states.items() if name != key],
                today,
                unanswered=unanswered.get(key, ()),
            )
            for key, ask in parts.items()
        }
        if again == found:
            break
        found = again
    return found


def asks_by_key(document: Document) -> dict[str, Ask]:
    """Index what a document asks by the key of each part."""
    return {ask.key: ask for ask in asks(document)}
