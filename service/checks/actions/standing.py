"""Reads what has been asked about a record, as `planning` compares it with what must be."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.checks import asked, planning, queries, writes
from service.checks.actions import sending
from service.checks.danger import cannot_wait
from service.checks.kinds.contract import CheckKind
from service.checks.model import CheckQuestion, CheckRequest
from service.checks.people_facts import household_of, told_homes
from service.checks.planning import Plan, Standing, Stands
from service.checks.rules import Household, Line, Missing, SubjectRef, together
from service.checks.states import UNSENT, WITH_AGENCY, State
from service.gathering import is_made
from service.people.model import Person

_STANDS: Final[Mapping[State, Stands]] = {
    **dict.fromkeys(UNSENT, "waiting"),
    **dict.fromkeys((*WITH_AGENCY, State.REFUSED), "open"),
    **dict.fromkeys((State.RETURNED, State.REVIEWED), "answered"),
    State.CANCELLED: "ended",
}
"""How a request stands; one that was redirected or replaced does not: another carries it on."""


@dataclass(frozen=True, slots=True)
class Known:
    """The household as it is on record, and the subjects that were told or decided otherwise, by request."""

    household: Household
    otherwise: Mapping[UUID, set[SubjectRef]]


def read(session: Session, person: Person) -> Known:
    """Return what is known of a person's questions; what is asked in this transaction is so on record."""
    requests = queries.requests_about(session, person.id)
    queries.subjects_of(session, [request.id for request in requests])  # read at once, for all of them
    queries.questions_of(session, [request.id for request in requests if request.sent_at is not None])
    known = any(
        (one.sent_at is not None or one.state == State.CANCELLED) and not is_made(session, one)
        for one in requests
    )
    return Known(household_of(session, person), queries.asked_otherwise(session, person.id) if known else {})


def plan_for(
    session: Session, kind: CheckKind, known: Known, *, again: bool, may_tell: bool, at_once: bool = False
) -> Plan:
    """Return what is to be done about the questions of one kind; see `planning.plan`.

    Args:
        at_once: what is asked now waits for no name.
    """
    household = known.household
    requests = [one for one in queries.requests_about(session, household.person.id) if one.kind == kind.key]
    last = _raised_last(session, kind, household.person.id)
    found = (_standing(session, kind, known, request, last) for request in requests)
    lines = kind.lines(household)
    standing = [one for one in found if one is not None]
    return planning.plan(
        household,
        lines,
        _with_who_is_lost(session, kind, household, lines, standing, at_once=at_once),
        always_missing=kind.missing_for_all(household),
        about_person=kind.about_person,
        again=again,
        may_tell=may_tell,
    )


def _raised_last(session: Session, kind: CheckKind, person_id: UUID) -> frozenset[UUID]:
    """Return the check of a kind that was raised last; of several referrals, those of the same moment."""
    of_kind = (check for check in queries.checks_about(session, person_id) if check.kind == kind.key)
    latest = queries.last_of_each(of_kind)
    moment = max((check.raised_at for check in latest), default=None)
    return frozenset(check.id for check in latest if check.raised_at == moment)


def _standing(
    session: Session, kind: CheckKind, known: Known, request: CheckRequest, last: frozenset[UUID]
) -> Standing | None:
    # What is answered late stands as it did: another carries it on, or somebody decided to do without.
    late = State.SUPERSEDED if request.succeeded_by_id else State.CANCELLED
    stands = _STANDS.get(late if request.asked_no_longer else State(request.state))
    if stands is None:
        return None
    subjects = queries.subjects_of(session, [request.id])
    to_answer = asked.to_answer(session, request)
    needs = frozenset(one.subject for one in to_answer)
    if stands == "waiting":
        question = sending.now(known.household, kind, request, writes.subjects_in(session, request))
        if question is not None:
            subjects, needs = list(question.subjects), frozenset(question.subjects) - question.context
    served = writes.checks_served(session, [request])[request.id]
    told = _told(session, request)
    return Standing(
        id=request.id,
        stands=stands,
        area=request.area,
        area_on_record=request.area_on_record,
        family=request.family,
        subjects=frozenset(subjects),
        needs=needs,
        otherwise=frozenset(known.otherwise.get(request.id, ())),
        answered=frozenset(one.subject for one in to_answer if one.answered),
        recorded_in={
            subject: row.area_on_record for subject, row in writes.subjects_in(session, request).items()
        },
        reopened=asked.untold(session, request) if stands == "open" else frozenset(),
        current=not last.isdisjoint({request.check_id, *(check.id for check in served)}),
        lived_here=_lived_here(known.household, told, subjects)
        if stands in {"open", "waiting"}
        else frozenset(),
        emptied=asked.emptied(session, request),
        by_description=request.by_description,
        told_areas=_told_areas(kind, told),
    )


def _told(session: Session, request: CheckRequest) -> list[CheckQuestion]:
    """Return what the agency of a request was told last; before that, what whoever sent it on was told."""
    if request.sent_at is not None:
        return queries.questions_of(session, [request.id])[-1:]
    before = (
        one
        for one in queries.requests_about(session, request.person_id)
        if one.succeeded_by_id == request.id and one.sent_at is not None
    )
    by = next(before, None)
    return [] if by is None else queries.questions_of(session, [by.id])[-1:]


def _told_areas(kind: CheckKind, told: Iterable[CheckQuestion]) -> frozenset[SubjectRef]:
    """Return the places of which an agency was told in which area the record has them."""
    return frozenset(
        SubjectRef("address", UUID(place["id"]))
        for one in told
        for place in one.document["addresses"]
        if place.get(kind.area_detail) is not None
    )


def _with_who_is_lost(
    session: Session,
    kind: CheckKind,
    household: Household,
    lines: Sequence[Line],
    standing: Sequence[Standing],
    *,
    at_once: bool,
) -> list[Standing]:
    """Say of each request whom its agency could not look for by what is known now.

    Nobody is withdrawn from a question of whom it would be asked all the same: where danger stands, what
    identifies them otherwise is enough.
    """
    always = kind.missing_for_all(household)
    each = [(line, together(household, [line], always_missing=always)[0]) for line in lines]

    def lost(*, at_once: bool) -> list[Standing]:
        return [
            one
            if one.stands not in {"open", "answered"}
            else one._replace(
                lost=planning.lost_from(
                    one,
                    each,
                    partial(_is_known, session, kind, one),
                    by_description=one.by_description or at_once,
                )
            )
            for one in standing
        ]

    found = lost(at_once=at_once)
    if at_once or not any(one.lost for one in found):
        return found
    questions = [question for line, question in each if any({*line.subjects} & one.lost for one in found)]
    return lost(at_once=True) if cannot_wait(session, kind, household.person.id, questions) else found


def _is_known(session: Session, kind: CheckKind, request: Standing, missing: Missing) -> bool:
    """Return whether a missing detail says only whom to ask, who has been asked, and has not been withdrawn.

    Somebody who was to be found at home, and is not said to live there any more, is found there no more.
    """
    if missing.detail == "address":
        told = queries.questions_of(session, [request.id])[-1:]
        if any(str(missing.id) in told_homes(one) for one in told):
            return False
    return kind.is_moot_once_asked(missing)


def _lived_here(
    household: Household, told: Collection[CheckQuestion], subjects: Collection[SubjectRef]
) -> frozenset[SubjectRef]:
    """Return the contacts of a request who have moved away from a place that it asks about.

    Of whom it was not told where they live, they lived where the person, or a mother, did.
    """
    left = {
        str(one.id) for one in household.addresses if one.left and SubjectRef("address", one.id) in subjects
    }
    told = told if left else ()
    homes = {contact: home for one in told for contact, home in told_homes(one).items()}
    return frozenset(
        SubjectRef("contact", one.id)
        for one in household.contacts
        if (homes[str(one.id)] in left if str(one.id) in homes else told and one.local_authority is None)
    )
