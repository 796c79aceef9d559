"""Which questions must be asked, joined, withdrawn and told anew so that nobody at risk is left out. Pure.

What must be asked is compared with what has been: by subject, by agency and by what was said of the subject.
A request of the record that is open is never asked beside: what comes on top joins it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, NamedTuple
from uuid import UUID

from service.checks.rules import Household, Line, Missing, Question, SubjectRef, person_ref, together
from service.people.rules import RELATIONSHIPS

Stands = Literal["waiting", "open", "answered", "ended"]


class Standing(NamedTuple):
    """A request of the record that no other replaces, and what it covers.

    `ended`: without an answer, by somebody's decision, which covers its subjects until a change asks again.

    Args:
        area: of the agency that is asked.
        area_on_record: that which the record gave; another one only where the question was redirected.
        subjects: those that are not withdrawn, the context too.
        needs: those of them that need an answer.
        otherwise: those of whom the record says by now that they are somebody or somewhere else.
        answered: those that a result has answered.
        recorded_in: the area that the record gave for each when it was asked about.
        reopened: those whose answer its agency has just taken back.
        lived_here: those who have moved away since, from a place that it asks about.
        current: it serves the check that was raised last: nothing that asks again has happened since.
        emptied: whoever and whatever it was about, besides the person, has been withdrawn from it.
        by_description: it waits for no name where something else identifies its subjects.
        lost: those of whom a detail is not known any more without which no agency could look for them.
        told_areas: the places of which its agency, or the one that sent it on, was told in which area the
            record has them.
    """

    id: UUID
    stands: Stands
    area: str | None
    area_on_record: str | None
    family: str | None
    subjects: frozenset[SubjectRef]
    needs: frozenset[SubjectRef]
    otherwise: frozenset[SubjectRef] = frozenset()
    answered: frozenset[SubjectRef] = frozenset()
    recorded_in: Mapping[SubjectRef, str | None] = MappingProxyType({})
    reopened: frozenset[SubjectRef] = frozenset()
    current: bool = True
    lived_here: frozenset[SubjectRef] = frozenset()
    emptied: bool = False
    by_description: bool = False
    lost: frozenset[SubjectRef] = frozenset()
    told_areas: frozenset[SubjectRef] = frozenset()

    @property
    def sent_on(self) -> bool:
        """Whether it waits for an agency that an agency or probation has named, and the record has not."""
        return self.stands == "waiting" and self.area not in {None, self.area_on_record}

    def here(self, subject: SubjectRef) -> set[str | None]:
        """Return the areas in which the record may have a subject that this request is right to ask about."""
        return {None, self.area, self.recorded_in.get(subject, self.area_on_record)}

    def area_is_gone(self, line: Line) -> bool:
        """Return whether the record gave the area of a line when its agency was told, and gives none now."""
        return line.area is None and not places_of(line).isdisjoint(self.told_areas)


class Plan(NamedTuple):
    """What is to be done about the questions of one kind about one record.

    Args:
        ask: what no open request asks, a request for each.
        join: open requests that carry more from now on, and what.
        serve: requests that ask some of it already: open, or sent on and waiting.
        withdraw: the subjects of requests that were sent, or sent on, about which another agency must be
            asked, or nobody.
        tell_anew: open requests whose agency was told what is no longer so.
        ask_anew: what open requests have been answered about, and ask about again.
    """

    ask: tuple[Question, ...]
    join: Mapping[UUID, Question]
    serve: frozenset[UUID]
    withdraw: Mapping[UUID, frozenset[SubjectRef]]
    tell_anew: frozenset[UUID]
    ask_anew: Mapping[UUID, frozenset[SubjectRef]]


def plan(
    household: Household,
    lines: Sequence[Line],
    standing: Sequence[Standing],
    *,
    always_missing: Iterable[Missing] = (),
    about_person: bool,
    again: bool,
    may_tell: bool = True,
) -> Plan:
    """Compare what must be asked with what stands.

    Args:
        lines: from today's facts.
        standing: the requests of the kind about the record.
        always_missing: what no question can be sent without.
        about_person: the answers are about the person, too.
        again: a new cycle asks: what was answered or decided before does not count.
        may_tell: the agencies that have been asked may be told more; otherwise it waits beside.
    """
    lines = _redirected(lines, standing, about_person=about_person)
    person = person_ref(household)
    into_another = _of_one_family(lines, standing, may_tell=may_tell)

    def covers(request: Standing, line: Line, subject: SubjectRef) -> bool:
        goes_on_elsewhere = request.id in into_another and subject not in request.answered
        # Who is lost is asked about again once the practitioner has said what is missing.
        if goes_on_elsewhere or subject not in request.needs - request.lost or request.area_is_gone(line):
            return False
        if line.area not in request.here(subject):
            return False
        context = frozenset(line.context)
        if request.stands in {"answered", "ended"}:
            # Whoever is found by others is found by the person, too: a child of theirs, or of their home.
            found_by = (person, *context) if line.found_by_context else ()
            told = {subject, *([person] if about_person else []), *found_by}
            done = request.stands == "ended" or subject in request.answered
            known = not line.found_by_context or context <= request.subjects
            # An answer covers what had happened before it was asked for, and nothing that happened since.
            since = again or not request.current
            return done and known and not since and told.isdisjoint(request.otherwise)
        if request.stands == "open":
            # What helps to find it is told, too, as it is now; where it may not be, a new cycle waits beside.
            return context <= request.subjects if may_tell else not again
        # What was sent on asks again once it goes out; whoever sent it on is not asked once more.
        return not again or (request.sent_on and may_tell)

    def taken_back(request: Standing) -> frozenset[SubjectRef]:
        """Return who has been answered about as the very one that the record has again.

        What has happened since asks about them again, whoever they were said to be. So it is with those whose
        answer has been taken back, where another answer is about them, too.
        """
        if not (request.otherwise | request.reopened) & request.needs:
            return frozenset()
        answers = [one for one in standing if one.stands == "answered"]
        asks = [
            line
            for line in lines
            if not all(any(covers(one, line, subject) for one in answers) for subject in line.subjects)
        ]
        # What it has answered about whom they were said to be is no answer about them.
        waits = request.needs - (request.answered - request.otherwise) - {person}
        known = {subject for line in lines for subject in line.subjects}
        found = waits & known - {subject for line in asks for subject in line.subjects}
        return found | {person} if found and found == waits else found

    gone = {
        request.id: _withdrawn(household, request, lines, taken_back(request) | request.lost)
        for request in standing
        if request.stands == "open"
    }
    # What was sent on waits about whom it was sent on about, and about nobody who is elsewhere by now.
    gone |= {
        request.id: _withdrawn(household, request, lines, frozenset())
        for request in standing
        if request.sent_on
    }
    gone |= {
        request.id: request.subjects - request.answered - {person}
        for request in standing
        if request.id in into_another
    }
    asked_about = {subject for line in lines for subject in line.subjects}
    waits = not again and any(
        _asks_who_there_is(request, asked_about, person, about_person=about_person) for request in standing
    )
    left = [
        line
        for line in lines
        if not (
            all(any(covers(request, line, subject) for request in standing) for subject in line.subjects)
            if line.subjects
            else waits
        )
    ]
    ask: list[Question] = []
    join: dict[UUID, Question] = {}
    still_open = [
        request
        for request in standing
        if request.stands == "open" and request.subjects - gone[request.id] - {person}
    ]
    answers = [one for one in standing if one.stands == "answered" and one.current and not again]
    left = [_about_the_others(line, answers, covers) for line in left]
    questions = together(household, left, always_missing=always_missing)
    for question in _not_about(person, questions, answers if about_person else ()):
        into = _open_for(question, still_open, lines) if may_tell and not question.missing else None
        if into is None:
            ask.append(question)
        else:
            join[into.id] = question if into.id not in join else _both(join[into.id], question)
    return Plan(
        tuple(ask),
        join,
        frozenset(
            request.id
            for request in (*still_open, *(one for one in standing if one.sent_on))
            if asked_about & (request.subjects - gone.get(request.id, frozenset()))
        ),
        {request_id: subjects for request_id, subjects in gone.items() if subjects},
        frozenset(request.id for request in still_open if request.otherwise - gone[request.id]),
        {
            request.id: reopened
            for request in still_open
            if (
                reopened := request.answered
                if again or (about_person and person in request.otherwise)
                else request.answered & request.otherwise
            )
        },
    )


def lost_from(
    request: Standing,
    lines: Iterable[tuple[Line, Question]],
    is_known_to: Callable[[Missing], bool],
    *,
    by_description: bool,
) -> frozenset[SubjectRef]:
    """Return the subjects of a request about whom its agency would not be asked by what is known now.

    Whoever lived where it asks is looked for there.

    Args:
        lines: from today's facts, each with the question that it alone would be.
        is_known_to: whether a missing detail says nothing that the agency of the request has not been told.
        by_description: it waits for no name where something else identifies its subjects.
    """
    held, found = set[SubjectRef](), set[SubjectRef]()
    for line, question in lines:
        lacking = question.held_back_by(by_description=by_description, in_danger=by_description)
        here = (one for one in line.subjects if one in request.needs and line.area in request.here(one))
        (found if all(map(is_known_to, lacking)) else held).update(here)
    return frozenset(held - found - request.lived_here)


def _about_the_others(
    line: Line, answers: Iterable[Standing], covers: Callable[[Standing, Line, SubjectRef], bool]
) -> Line:
    """Return a line about those of whom nothing has been answered; the others help to find them."""
    known = {
        subject
        for one in answers
        for subject in one.answered & {*line.subjects}
        if covers(one, line, subject)
    }
    about = tuple(subject for subject in line.subjects if subject not in known)
    return replace(line, subjects=about, context=(*line.context, *sorted(known))) if known else line


def _not_about(
    person: SubjectRef, questions: Iterable[Question], answers: Collection[Standing]
) -> list[Question]:
    """Return questions that ask about the person only where their agency has not answered about them."""
    known = {one.area for one in answers if person in one.answered - one.otherwise}
    return [replace(one, context=one.context | {person}) if one.area in known else one for one in questions]


def _asks_who_there_is(
    request: Standing, somebody: Collection[SubjectRef], person: SubjectRef, *, about_person: bool
) -> bool:
    """Return whether a request waits for somebody to be named, or it was decided to do without.

    Args:
        somebody: whoever and whatever there is to ask about.
    """
    if request.emptied:
        return False
    if request.stands == "waiting":
        return {*somebody}.isdisjoint(request.needs - {person})
    if request.stands == "answered":
        return about_person and request.current
    return request.subjects <= {person} and (request.stands == "open" or request.current)


def _redirected(lines: Sequence[Line], standing: Sequence[Standing], *, about_person: bool) -> list[Line]:
    """Return lines for the agencies to which their places have been redirected, unless that is disputed.

    So whoever is found there since is asked about where the place is, and not where it was said not to be. So
    is whoever has no place of their own, and is looked for where the person is, once none is left there.
    """
    moved = [_sent_on(line, standing) for line in lines]
    if not about_person:
        return moved
    now: dict[str | None, set[str | None]] = {}
    for line, by in zip(lines, moved, strict=True):
        if places_of(line):
            now.setdefault(line.area, set()).add(by.area)
    return [
        by
        if places_of(line) or line.area is None or _asked_there(line, standing)
        else _for_another(line, now.get(line.area, set()))
        for line, by in zip(lines, moved, strict=True)
    ]


def _for_another(line: Line, areas: set[str | None]) -> Line:
    """Return a line for the only area that is left, if that is another one."""
    (area,) = areas if len(areas) == 1 else (line.area,)
    return line if area == line.area else replace(line, area=area, on_record=line.area)


def _sent_on(line: Line, standing: Iterable[Standing]) -> Line:
    """Return a line for the agency to which its place has been redirected, unless that is disputed."""
    if line.area is None or _asked_there(line, standing):
        return line
    about = {*line.subjects} | places_of(line)
    by = (
        one
        for one in _asked(line, standing)
        if any(one.recorded_in.get(each) == line.area for each in about & one.subjects)
    )
    now = next(by, None)
    return line if now is None else replace(line, area=now.area, on_record=line.area)


def _asked_there(line: Line, standing: Iterable[Standing]) -> bool:
    """Return whether the agency of a line's own area is asked about it, or has answered."""
    return any(one.area == line.area for one in _asked(line, standing))


def _asked(line: Line, standing: Iterable[Standing]) -> list[Standing]:
    return [
        one
        for one in standing
        if one.stands in {"open", "answered"}
        and (one.needs & {*line.subjects} or one.subjects & places_of(line))
    ]


def places_of(line: Line) -> set[SubjectRef]:
    """Return the addresses that a line is about, or by which its subjects are found."""
    return {one for one in (*line.subjects, *line.context) if one.kind == "address"}


def found_with(
    lines: Sequence[Line],
    subjects: Collection[SubjectRef],
    others: Collection[SubjectRef],
    *,
    about_person: bool,
) -> frozenset[SubjectRef]:
    """Return which subjects of one question are found where those of another are.

    Args:
        others: of the other question, its places among them.
        about_person: the answers are about the person, where whoever has no place is looked for; they are
            with the places that the other question does not ask about, if there are any.
    """
    there = {one for line in lines if _around(line) & {*others} for one in line.subjects}
    elsewhere = {one for line in lines if places_of(line) - {*others} for one in line.subjects} - there
    if about_person and not elsewhere & {*subjects}:
        return frozenset(subjects)
    return frozenset(there & {*subjects})


def help_to_find(lines: Iterable[Line], subjects: Collection[SubjectRef]) -> frozenset[SubjectRef]:
    """Return whom and what an agency is told of to find some subjects, besides the person."""
    found = {one for line in lines if {*line.subjects} & {*subjects} for one in _around(line)}
    contacts = {one for line in lines if {*line.subjects} & {*subjects} for one in line.context}
    return frozenset(
        one for one in found if one.kind == "address" or (one in contacts and one.kind != "person")
    )


def _around(line: Line) -> set[SubjectRef]:
    return {*line.subjects} | places_of(line)


def _of_one_family(lines: Sequence[Line], standing: Iterable[Standing], *, may_tell: bool) -> frozenset[UUID]:
    """Return the open requests whose family has become that of an earlier one of the same agency.

    One agency is asked once about a family; what has been redirected is left to those who dispute it.
    """
    first: dict[frozenset[tuple[str | None, str]], UUID] = {}
    found = set[UUID]()
    for request in standing:
        left = request.needs - request.answered
        now = frozenset(
            (line.area, line.family)
            for line in lines
            if line.family is not None
            # One that waits for a detail waits on its own.
            and not line.missing
            and request.area is not None
            and line.area == request.area
            and left & {*line.subjects}
        )
        as_recorded = request.stands == "open" and request.area == request.area_on_record
        if may_tell and as_recorded and len(now) == 1 and first.setdefault(now, request.id) != request.id:
            found.add(request.id)
    return frozenset(found)


def _moved(request: Standing, lines: Iterable[Line]) -> frozenset[SubjectRef]:
    """Return the subjects of a request that the record now has in other areas only.

    Whoever lived where it asks goes on being asked about there (truth-over-time, "Questions").
    """
    areas: dict[SubjectRef, set[str | None]] = {}
    for line in lines:
        for subject in line.subjects:
            areas.setdefault(subject, set()).update(() if request.area_is_gone(line) else (line.area,))
    return frozenset(
        subject
        for subject in request.subjects - request.lived_here
        if subject in areas and areas[subject].isdisjoint(request.here(subject))
    )


def _withdrawn(
    household: Household, request: Standing, lines: Sequence[Line], besides: frozenset[SubjectRef]
) -> frozenset[SubjectRef]:
    """Return the subjects that moved, with what helped to find only them, and who is asked about no more.

    Args:
        besides: others who are asked about no more: what was said of them has been taken back.
    """
    moved = _moved(request, lines) | _no_more(household, request, lines) | besides
    left = [line for line in lines if (request.needs - moved) & {*line.subjects}]
    helps = {one for line in left for one in (*line.subjects, *line.context)}
    if (request.needs & request.lived_here) - moved:
        helps |= {SubjectRef("address", one.id) for one in household.addresses if one.left}
    context = {one for one in request.subjects - request.needs if one.kind != "person"}
    # Whoever helps to find a place of which it is still asked who is there goes on doing so.
    there = _around_who_is_asked_for(household, request.needs - moved, lines) & context
    moved, context = moved - there, context - there
    return moved | (context - helps if left else context & _found_by(lines, moved))


def _around_who_is_asked_for(
    household: Household, needs: Collection[SubjectRef], lines: Sequence[Line]
) -> frozenset[SubjectRef]:
    """Return the partners at, or without, a home about which no line asks any more, and an agency is asked.

    Whether there are children is on record by now: what an authority has been asked already it still answers.
    """
    asked = {one.id for one in needs if one.kind == "address"}
    asked -= {subject.id for line in lines for subject in line.subjects}
    homes = {one.id: household.home_of(one) for one in household.contacts if one.relationship == "partner"}
    return frozenset(
        SubjectRef("contact", one) for one, home in homes.items() if asked and (not home or home.id in asked)
    )


def _found_by(lines: Iterable[Line], subjects: frozenset[SubjectRef]) -> set[SubjectRef]:
    """Return what helps to find some subjects."""
    return {one for line in lines if subjects & {*line.subjects} for one in line.context}


def _no_more(household: Household, request: Standing, lines: Sequence[Line]) -> frozenset[SubjectRef]:
    """Return the contacts about whom nothing is asked any more, and the addresses that count no more.

    They turned out to be somebody else, or should never have been recorded.
    """
    mentioned = {subject for line in lines for subject in (*line.subjects, *line.context)}
    places = {SubjectRef("address", one.id) for one in household.addresses}
    return frozenset(
        one
        for one in request.subjects
        if (one.kind == "contact" and one not in mentioned) or (one.kind == "address" and one not in places)
    )


def are_nobody(household: Household, lines: Sequence[Line], subjects: Iterable[SubjectRef]) -> bool:
    """Return whether all that a question waits to ask about is known by now to be somebody else, or in error.

    Who is only called something else, and not identified yet, may be a child all the same; but of somebody's
    child a date of birth says it.

    Args:
        subjects: of the question, without what only helps to find them.
    """
    mentioned = {subject for line in lines for subject in (*line.subjects, *line.context)}
    known = {
        SubjectRef("contact", one.id)
        for one in household.contacts
        if one.dated
        and one.asked_as is None
        and (one.named or RELATIONSHIPS[one.relationship].presumed_child)
    }
    about = {*subjects} - {person_ref(household)}
    counts = {
        *(SubjectRef("contact", one.id) for one in household.contacts),
        *(SubjectRef("address", one.id) for one in household.addresses),
    }
    return bool(about) and all(one in known - mentioned or one not in counts for one in about)


def _both(one: Question, other: Question) -> Question:
    """Return what two questions ask together."""
    about = ({*one.subjects} - one.context) | ({*other.subjects} - other.context)
    context = (one.context | other.context) - about
    on_record = {**one.on_record, **other.on_record}
    return replace(one, subjects=tuple(sorted(about | context)), context=context, on_record=on_record)


def _open_for(question: Question, requests: Iterable[Standing], lines: Sequence[Line]) -> Standing | None:
    """Return the open request that a question joins: of its agency, and of its family where there are any."""
    for request in requests:
        if question.area != request.area:
            continue
        if request.family is None or question.family in {request.family, *families(lines, request.subjects)}:
            return request
    return None


def families(lines: Iterable[Line], subjects: frozenset[SubjectRef]) -> set[str | None]:
    """Return the families to which some subjects belong by now."""
    return {line.family for line in lines if subjects & {*line.subjects}}
