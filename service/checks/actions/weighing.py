"""Weighs what a result says of each subject against what was asked: whether it is the whole answer.

An answer to an older version of the question is not refused because more is asked by now: what has
come since stays open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.checks import asked, completeness, queries
from service.checks.kinds import KINDS
from service.checks.kinds.contract import CheckKind
from service.checks.model import CheckRequest
from service.checks.rules import SubjectRef
from service.errors import Fault


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a result answers.

    Args:
        version: of the question.
        outcomes: what it says of each subject that it names, whether it is still asked about or not.
        answered: the subjects that it answers as they are asked about now.
        complete: it is the whole answer, and nothing is left open.
        faults: where it contradicts itself or the request.
    """

    version: int
    outcomes: Mapping[SubjectRef, str]
    answered: frozenset[SubjectRef]
    complete: bool
    faults: tuple[Fault, ...]


def weigh(session: Session, request: CheckRequest, answer: Mapping[str, Any]) -> Weighed:
    """Compare a result with what its request asks.

    Args:
        answer: loaded by the schema of results, its findings by that of the kind.
    """
    kind = KINDS[request.kind]
    by_id = {ref.id: ref for ref in asked.subjects_ever(session, request)}
    given = answer.get("subjects", ())
    said: Mapping[UUID, str] = (
        {one["id"]: one["outcome"] for one in given}
        if kind.outcomes is None
        else kind.outcomes(answer["findings"])
    )
    outcomes = {by_id[id_]: outcome for id_, outcome in said.items() if id_ in by_id}
    # Without having read a newer version, the agency answers the one that it has read.
    version = answer.get("question_version") or request.acknowledged_version or request.question_version
    to_answer = asked.to_answer(session, request)
    faults = list(kind.uncovered(answer["findings"], by_id.values()))
    faults += _contradictions(request, answer, by_id)
    faults += _out_of_time(kind, answer)
    faults += _not_asked_yet(session, request, version, answer, outcomes)
    if answer["complete"]:
        outcomes |= _of_homes(kind, answer["findings"], to_answer)
        faults += [
            Fault(kind.outcomes_at, f"Nothing is said of {ref.kind} {ref.id}: a whole answer names each one.")
            for ref in completeness.left_out(to_answer, outcomes, version)
        ]
    answered = completeness.answered_now(to_answer, outcomes, version)
    complete = answer["complete"] and not completeness.still_open(to_answer, answered)
    return Weighed(version, outcomes, answered, complete, tuple(faults))


def _of_homes(
    kind: CheckKind, findings: Mapping[str, Any], to_answer: Iterable[completeness.Asked]
) -> dict[SubjectRef, str]:
    """Return what a whole answer says of homes, which it does not name."""
    if kind.outcome_of_homes is None:
        return {}
    return {
        one.subject: kind.outcome_of_homes(findings) for one in to_answer if one.subject.kind == "address"
    }


def _not_asked_yet(
    session: Session,
    request: CheckRequest,
    version: int,
    answer: Mapping[str, Any],
    outcomes: Mapping[SubjectRef, str],
) -> Iterator[Fault]:
    """Yield whom an answer names of whom the version that it answers says nothing."""
    rows = asked.subjects_ever(session, request)
    since = {ref.id for ref in outcomes if rows[ref].from_version > version}
    if not since:
        return
    # Whoever is only asked about again was in the earlier version, too.
    for told in queries.questions_of(session, [request.id]):
        if told.version == version:
            there = (one["id"] for name in ("contacts", "addresses") for one in told.document.get(name, ()))
            since -= {*map(UUID, there), request.person_id}
    words = f"Version {version} of the question, which you answer, does not ask about this."
    given = answer.get("subjects", ())
    for place, one in enumerate(given):
        if one["id"] in since:
            yield Fault(f"/subjects/{place}/id", words)
    if since and not given:
        yield Fault(KINDS[request.kind].outcomes_at, words)


def _out_of_time(kind: CheckKind, answer: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what records cannot have said on their day, or a search up to its last day cannot have found."""
    as_at, until = answer["valid_as_at"], answer["searched"]["until"]
    if until > as_at:
        yield Fault("/searched/until", "Is after valid_as_at.")
    for sort, member in kind.happened.items():
        for place, one in enumerate(answer["findings"].get(sort, ())):
            day, at = one.get(member), f"/findings/{sort}/{place}/{member}"
            if day is not None and day > as_at:
                yield Fault(at, "Is after valid_as_at.")
            elif day is not None and day > until:
                yield Fault(at, "Is after searched.until.")


def _contradictions(
    request: CheckRequest, answer: Mapping[str, Any], by_id: Mapping[UUID, SubjectRef]
) -> Iterator[Fault]:
    kind, given = KINDS[request.kind], answer.get("subjects", ())
    found = kind.found(answer["findings"])
    if found and answer["nothing_found"]:
        yield Fault("/nothing_found", "The findings report something.")
    if not found and not answer["nothing_found"]:
        yield Fault("/nothing_found", "The findings report nothing: set this to true, or add what was found.")
    if answer.get("question_version", 0) > request.question_version:
        yield Fault("/question_version", "The question of this request has no such version.")
    if given and kind.outcomes is not None:
        yield Fault("/subjects", f"For this kind of check, say it in {kind.outcomes_at}.")
        return
    named: set[UUID] = set()
    for place, one in enumerate(given):
        if one["id"] not in by_id:
            yield Fault(f"/subjects/{place}/id", "Not one of the subjects of this request.")
        elif one["id"] in named:
            yield Fault(f"/subjects/{place}/id", "It is named already.")
        if one["outcome"] == "information" and not found:
            yield Fault(f"/subjects/{place}/outcome", "The findings report nothing.")
        named.add(one["id"])
    silent = bool(given) and all(one["outcome"] == "nothing_found" for one in given)
    if found and silent and not answer["nothing_found"]:
        yield Fault("/subjects", "The findings report something: say about whom or where it is.")
