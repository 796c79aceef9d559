"""Composes the copy that a person is given, and says what became of each text in it. Pure.

A text is in the copy only if it was decided about, is still the same, and what is given of it names nobody
whom the record knows, and nothing that the person may not know.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from service.destinations.states import State
from service.document.paths import leaves, pointer_of
from service.mentions import GIVES_AWAY, Matcher, Protected, Somebody
from service.subject_access import given
from service.subject_access.given import Words

Copy = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One destination that was asked, as the person is told of it.

    Args:
        category: the words for the kind of organisation.
        service: what it was asked for, where it offers several services.
        asked_on: the day on which probation asked, whenever it was sent.
        decided: what it decided and when, in order.
        stay: the days of a stay.
        reports: what it reported, as kind and content, in order.
    """

    category: str
    service: str | None
    asked_on: date
    state: str
    decided: Sequence[Mapping[str, Any]] = ()
    stay: Mapping[str, Any] | None = None
    reports: Sequence[tuple[str, Mapping[str, Any]]] = ()


@dataclass(frozen=True)
class Held:
    """What is on record of a person, as far as a copy may draw on it.

    Args:
        person: who they are, by the column.
        homes: their own homes, each with its `kind`, `lines`, `postcode`, `from` and `to`.
        documents: the newest answers of each referral to a destination that the person knows of.
        asked: those destinations.
        arrangements: what was arranged for a release, each as words with its days, in order.
    """

    person: Mapping[str, Any]
    homes: Sequence[Mapping[str, Any]]
    documents: Sequence[Mapping[str, Any]]
    asked: Sequence[Asked]
    arrangements: Sequence[Mapping[str, Any]] = ()


class As(StrEnum):
    """How a text is given."""

    AS_IT_IS = "as_it_is"
    WORDING = "wording"
    LEAVE_OUT = "leave_out"


GIVEN_AS: Final[Mapping[str, str]] = MappingProxyType(
    {
        As.AS_IT_IS: "word for word",
        As.WORDING: "in other words: give the `wording`",
        As.LEAVE_OUT: "not at all, and nothing in the copy says so",
    }
)


@dataclass(frozen=True)
class TextOf:
    """One text of the copy, and what is decided about it.

    Args:
        path: a JSON pointer to it in the copy with every text in it.
        gives_away, may_give_away: kinds of thing, for certain or perhaps.
        decision: what was decided; None while nothing is that counts.
    """

    path: str
    text: str
    gives_away: tuple[str, ...]
    may_give_away: tuple[str, ...]
    decision: Mapping[str, Any] | None


def composed(held: Held) -> Copy:
    """Compose the copy with every text in it, each as `Words`."""
    return {
        "about": list(given.ABOUT),
        "person": given.without_empty(dict(held.person)),
        "homes": [given.without_empty(dict(home)) for home in held.homes],
        "answers": [
            answers
            for document in held.documents
            if (answers := given.taken(document, given.CODED, given.WORDS))
        ],
        "referrals": [_asked(one) for one in held.asked],
        "arrangements": [given.without_empty(dict(one)) for one in held.arrangements],
        "recipients": [
            {"category": category, "since": since} for category, since in sorted(_since(held.asked).items())
        ],
    }


def _asked(one: Asked) -> Mapping[str, Any]:
    reports = [
        {"kind": kind, **said}
        for kind, content in one.reports
        if kind in given.REPORTS and (said := given.taken(content, *given.REPORTS[kind]))
    ]
    shown = {
        "category": one.category,
        "service": one.service,
        "asked_on": one.asked_on.isoformat(),
        "state": one.state,
        "decided": list(one.decided),
        "stay": given.without_empty(dict(one.stay or {})),
        "reports": reports,
    }
    return given.without_empty(shown)  # type: ignore[no-any-return]


def _since(asked: Iterable[Asked]) -> dict[str, str]:
    first: dict[str, str] = {}
    for one in asked:
        day = one.asked_on.isoformat()
        first[one.category] = min(first.get(one.category, day), day)
    return first


def matcher_of(known: Protected, staff: Iterable[str], in_error: Iterable[Somebody] = ()) -> Matcher:
    """Return what finds in a text whatever the person must not read: everybody else is protected here.

    Args:
        known: whom the record protects and whom it does not.
        staff: the names of staff, as they are written.
        in_error: people who were entered in error, and whom nothing protects: they are somebody else, too.
    """
    named = tuple(Somebody(*_parted(name)) for name in staff)
    return Matcher(replace(known, people=(*known.people, *known.others, *in_error, *named), others=()))


def _parted(name: str) -> tuple[str, str]:
    first, _, last = name.strip().rpartition(" ")
    return first, last


@dataclass(frozen=True)
class Prepared:
    """A copy as it is prepared.

    Args:
        copy: with every text in it, each as `Words`.
        texts: those, with what is decided about them.
        matcher: what finds in a text whatever the person must not read.
    """

    copy: Copy
    texts: Sequence[TextOf]
    matcher: Matcher


def prepared(copy: Copy, decisions: Mapping[str, Mapping[str, Any]], matcher: Matcher) -> Prepared:
    """Return a composed copy with what gives something away in each text, and what is decided about it.

    Args:
        decisions: as they are stored, by the path of the text.
    """
    texts = [_text_of(path, text, decisions.get(path), matcher) for path, text in _words_in(copy)]
    return Prepared(copy, texts, matcher)


def _words_in(copy: Copy) -> Iterator[tuple[str, str]]:
    for steps, value in leaves(copy):
        if isinstance(value, Words):
            yield pointer_of(steps), str(value)


def _text_of(path: str, text: str, decided: Mapping[str, Any] | None, matcher: Matcher) -> TextOf:
    hits = matcher.find(text)
    counts = decided is not None and decided["digest"] == digest_of(text)
    if counts and decided is not None and matcher.kinds(said(decided, text) or ""):
        counts = False
    return TextOf(
        path,
        text,
        gives_away=tuple(sorted({hit.kind for hit in hits if hit.sure})),
        may_give_away=tuple(sorted({hit.kind for hit in hits if not hit.sure})),
        decision=decided if counts else None,
    )


def said(decided: Mapping[str, Any], text: str) -> str | None:
    """Return what the person is given of a text by a decision; None for nothing."""
    match decided["as"]:
        case As.AS_IT_IS:
            return text
        case As.WORDING:
            wording: str = decided["wording"]
            return wording
        case _:
            return None


def digest_of(text: str) -> str:
    """Return the digest by which a decision knows the text that it was made about."""
    return hashlib.sha256(text.encode()).hexdigest()


def as_given(prepared: Prepared, released_on: date | None = None) -> Copy:
    """Return the copy as it is given: a text that nobody has decided about is not in it, nor its place.

    Args:
        released_on: the day on which it is; None while it is prepared.
    """
    words = {one.path: said(one.decision, one.text) for one in prepared.texts if one.decision is not None}

    def left(value: Any, at: tuple[str | int, ...]) -> Any:
        if isinstance(value, Mapping):
            return given.without_empty({name: left(member, (*at, name)) for name, member in value.items()})
        if isinstance(value, list):
            return given.without_empty([left(member, (*at, index)) for index, member in enumerate(value)])
        return words.get(pointer_of(at)) if isinstance(value, Words) else value

    # The categories themselves are in every copy, also where there is nothing in one.
    given_now = {name: left(member, (name,)) for name, member in prepared.copy.items()}
    return {"released_on": released_on and released_on.isoformat(), **given_now}


@dataclass(frozen=True)
class Unfit:
    """A fault in what was sent: a JSON pointer and words."""

    pointer: str
    words: str


def faults_of(sent: Sequence[Mapping[str, Any]], prepared: Prepared) -> list[Unfit]:
    """Return what is wrong with decisions about texts, each with its pointer.

    Args:
        sent: valid `TextDecision`s.
    """
    known = {one.path: one.text for one in prepared.texts}
    found: list[Unfit] = []
    for index, one in enumerate(sent):
        at = f"/texts/{index}"
        if one["path"] not in known:
            found.append(Unfit(f"{at}/path", "There is no text at this path of the copy."))
            continue
        given_away = sorted(prepared.matcher.kinds(said(one, known[one["path"]]) or ""))
        if given_away:
            member = "wording" if one["as"] == As.WORDING else "as"
            found.append(Unfit(f"{at}/{member}", f"{GIVES_AWAY}{', '.join(given_away)}."))
    return found


def undecided(texts: Iterable[TextOf]) -> list[str]:
    """Return the paths of the texts that nobody has decided about."""
    return [one.path for one in texts if one.decision is None]


def state_of(state: str) -> str:
    """Return what has become of a destination referral, in words for the person."""
    return given.STATES[State(state)]


def decided(moves: Iterable[tuple[str, date]]) -> list[Mapping[str, str]]:
    """Return what was decided of a destination referral and when, each change once.

    Args:
        moves: the states it came to, each with the day, in order.
    """
    found: list[Mapping[str, str]] = []
    last = given.STATES[State.SENT]
    for state, day in moves:
        words = given.STATES[State(state)]
        if words != last:
            found.append({"what": words, "on": day.isoformat()})
            last = words
    return found
