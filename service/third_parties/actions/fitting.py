"""Whether what is said at a step fits the case: its days, its basis, and what its words would give away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.clock import LONDON
from service.errors import Fault
from service.http.problems import invalid
from service.mentions import (
    GIVES_AWAY,
    REGISTERED,
    Kind,
    Matcher,
    Place,
    Protected,
    Somebody,
    place,
    somebody,
    together,
)
from service.organisations.confidences import NEVER_OF_MAPPA, NOTHING, closed_to
from service.organisations.queries import Registered, organisation
from service.people import restricted
from service.people.protected import protected_by
from service.third_parties import case_facts, queries, rules, writes
from service.third_parties.model import DisclosureDecision, DisclosureStep, RightToKnow
from service.third_parties.states import Action

_PURPOSE: Final = "case_management"
_ANSWERED = frozenset({Action.RECORD_POLICE_TOLD, Action.RECORD_POLICE_DECLINED})


def require_fit(
    session: Session,
    decision: DisclosureDecision,
    action: Action,
    said: Mapping[str, Any],
    steps: Sequence[DisclosureStep],
    *,
    police_id: UUID | None,
) -> None:
    """Require of what is said at a step that it can be so, and may be said.

    Args:
        steps: so far, in order.
        police_id: of the force that is asked by this step and reads why.

    Raises:
        Problem: 422 naming everything that is wrong.
    """
    today, opened_on = clock.today(), _day_of(decision.opened_at)
    faults: list[rules.Unfit] = []
    match action:
        case Action.PROPOSE:
            faults = _proposal_faults(session, decision, said)
        case Action.REFER:
            faults = rules.referral_faults(
                decision.recipient,
                said["sent_on"],
                opened_on,
                today,
                is_contact=decision.contact_id is not None,
                asked_on=_asked_on(steps),
            )
            faults += _faults_of_words(session, decision, said["reason"], police_id)
        case Action.RECORD_TOLD:
            proposed = queries.proposed_in(steps)
            faults = rules.telling_faults(
                said,
                proposed["words"],
                opened_on=opened_on,
                agreed_on=_day_of(_last(steps, Action.AGREE_TO_TELL).at),
                today=today,
                unfit=[one.words for one in unfit_by_now(session, decision, proposed)],
            )
        case _ if action in _ANSWERED:
            asked_on = _asked_on(steps) or opened_on
            faults = rules.day_faults("/answer/answered_on", said["answered_on"], asked_on, today)
    if faults:
        raise invalid(Fault(one.pointer, one.words) for one in faults)


def unfit_by_now(
    session: Session, decision: DisclosureDecision, proposed: Mapping[str, Any]
) -> list[rules.Unfit]:
    """Return why what was proposed does not fit the case any more: its basis, or what its words give away.

    Args:
        proposed: as it was when it was proposed, and fitted.
    """
    if not proposed["tell"]:
        return []
    return [*rules.basis_faults(proposed, _to(session, decision)), *_word_faults(session, decision, proposed)]


def given_away_if_told(session: Session, person_id: UUID) -> list[tuple[DisclosureDecision, list[Kind]]]:
    """Return the decisions not carried out yet whose words give away what their hearer may not know.

    The words are compared with whom and what the record protects now.
    """
    waiting = queries.not_told_yet(session, person_id)
    steps = queries.steps_of(session, [one.id for one in waiting])
    found = []
    for one in waiting:
        said = queries.proposed_in(steps[one.id])
        found.append((one, _given_away(session, one, said.get("words", ""), said.get("subjects", ()))))
    return [(one, kinds) for one, kinds in found if kinds]


def as_told(
    session: Session, decision: DisclosureDecision, said: Mapping[str, Any], steps: Sequence[DisclosureStep]
) -> Mapping[str, Any]:
    """Return what was said when somebody was told: always with the words, and with what they gave away.

    What has been said cannot be refused any more: it is recorded as it was, and shown to a manager.
    """
    words = said.get("words", queries.proposed_in(steps)["words"])
    gave_away = _given_away(session, decision, words, decision.subjects)
    return {**said, "words": words} | ({writes.GAVE_AWAY: gave_away} if gave_away else {})


def _proposal_faults(
    session: Session, decision: DisclosureDecision, said: Mapping[str, Any]
) -> list[rules.Unfit]:
    faults = rules.proposal_faults(said, clock.today(), _to(session, decision))
    return [*faults, *_word_faults(session, decision, said)]


def _to(session: Session, decision: DisclosureDecision) -> rules.ToldTo:
    told = _told(session, decision)
    return rules.ToldTo(
        recipient=decision.recipient,
        organisation_kind=told.kind if told else None,
        may_ever_know_of_mappa=told is not None and told.kind not in NEVER_OF_MAPPA,
        urgent=decision.urgency == "urgent",
        facts=case_facts.facts_of_case(session, decision.person_id, decision.probation_id),
    )


def _word_faults(
    session: Session, decision: DisclosureDecision, said: Mapping[str, Any]
) -> list[rules.Unfit]:
    kinds = _given_away(session, decision, said.get("words", ""), said.get("subjects", ()))
    return [rules.Unfit("/proposal/words", f"{GIVES_AWAY}{', '.join(kinds)}.")] if kinds else []


def _faults_of_words(
    session: Session, decision: DisclosureDecision, reason: str, police_id: UUID | None
) -> list[rules.Unfit]:
    """Find what a force would read in why it is asked, beside whom it is asked about."""
    if police_id is None:
        return []
    beside = _beside_the_hearer(session, decision)
    kinds = _given_away_to(session, decision.person_id, beside, reason, police_id)
    return [rules.Unfit("/referral/reason", f"{GIVES_AWAY}{', '.join(kinds)}.")] if kinds else []


def given_away_to_forces(session: Session, person_id: UUID) -> list[tuple[RightToKnow, list[Kind]]]:
    """Return what forces were asked about a person, and why, in words that give away what they may not know.

    The words are compared with whom and what the record protects now.
    """
    every = queries.every_asked(session, person_id)
    if not every:
        return []
    beside = _beside_each_hearer(session, person_id, {decision.contact_id for _, decision in every})
    found = [
        (one, _given_away_to(session, person_id, beside[decision.contact_id], one.reason, one.police_id))
        for one, decision in every
    ]
    return [(asked, kinds) for asked, kinds in found if kinds]


def _given_away_to(
    session: Session, person_id: UUID, protected: Protected, reason: str, police_id: UUID
) -> list[Kind]:
    force = organisation(session, police_id)
    closed = closed_to(force.kind, queries.may_know(session, force, person_id))
    return sorted(closed and Matcher(protected).kinds(reason) & closed)


def _given_away(
    session: Session, decision: DisclosureDecision, words: str, subjects: Sequence[str]
) -> list[Kind]:
    """Return what words give away that their hearer may not know, by kind.

    What the hearer is to be told of is open to them, and so are their own name and home.
    """
    told = _told(session, decision)
    closed = set(closed_to(told.kind, told.may_know) if told else closed_to("", NOTHING))
    if rules.MAPPA in subjects:
        closed.discard(Kind.MAPPA)
    matcher = Matcher(_beside_the_hearer(session, decision))
    asked = () if rules.SAYS_REGISTERED.isdisjoint(subjects) else (REGISTERED,)
    return sorted(matcher.kinds(words, asked) & closed)


def _beside_the_hearer(session: Session, decision: DisclosureDecision) -> Protected:
    return _beside_each_hearer(session, decision.person_id, [decision.contact_id])[decision.contact_id]


def _beside_each_hearer(
    session: Session, person_id: UUID, contact_ids: Collection[UUID | None]
) -> dict[UUID | None, Protected]:
    """Return whom and what a record protects beside each who is told: their own name and home are theirs.

    Args:
        contact_ids: of those who are told; None for whoever is no contact.
    """
    protected = protected_by(session, person_id)
    contacts = [one for one in contact_ids if one is not None]
    homes = queries.homes_of_each(session, contacts)
    own = restricted.read_contacts(session, contacts, _PURPOSE)
    places = restricted.read_addresses(session, [*{at for each in homes.values() for at in each}], _PURPOSE)
    found: dict[UUID | None, Protected] = {None: protected}
    for one in contacts:
        names = {somebody(own[one])} if one in own else set()
        at = {place(places[home]) for home in homes.get(one, ()) if home in places}
        found[one] = _without(protected, names, at)
    return found


def _without(protected: Protected, names: Collection[Somebody], at: Collection[Place]) -> Protected:
    return replace(
        protected,
        people=tuple(one for one in protected.people if one not in names),
        places=tuple(one for one in protected.places if one not in at),
        others=together(protected.others, names),
        homes=together(protected.homes, at),
    )


def _told(session: Session, decision: DisclosureDecision) -> Registered | None:
    return organisation(session, decision.organisation_id) if decision.organisation_id else None


def _asked_on(steps: Sequence[DisclosureStep]) -> date | None:
    asked = [one for one in steps if one.action == Action.REFER]
    return date.fromisoformat(asked[-1].said["sent_on"]) if asked else None


def _last(steps: Sequence[DisclosureStep], action: Action) -> DisclosureStep:
    return next(one for one in reversed(steps) if one.action == action)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()
