"""Records a change of circumstance, and triggers what the table says.

Nothing here recalls anybody or ends a check: those are decisions of named people, made elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, settling
from service.access import Actor
from service.access.permissions import MANAGERS
from service.access.row_visibility import bypasses_row_security
from service.checks import actions as checks
from service.checks import queries as check_queries
from service.checks.basis import is_over
from service.checks.danger import register_danger
from service.checks.policies import LATE_ANSWER
from service.checks.reasons import Reason
from service.circumstances import queries, rules, writes
from service.circumstances.actions import ending, household, lowering
from service.circumstances.actions.planned_release import follow_planned_release
from service.circumstances.consequences import CONSEQUENCES, About, Reliability, Standing
from service.circumstances.endings import DEATH_IN_ERROR, ENDINGS, HAPPENS
from service.circumstances.model import Change
from service.circumstances.policies import AFTER_SHARING
from service.circumstances.rules import Effects
from service.db import new_id
from service.destinations.states import WITH_DESTINATION
from service.errors import Fault
from service.gathering import is_made
from service.http.problems import forbidden, invalid
from service.mentions import Kind, Matcher
from service.people import aliases, holding_queries
from service.people import queries as people_queries
from service.people.actions import children, proposals, supplying
from service.people.actions import recording as people
from service.people.model import Contact, Person, RoshAssessment
from service.people.protected import protected_by
from service.people.rules import Source, is_known_date
from service.people.sendable import require_sendable
from service.referrals.actions.circumstances import plan_for_release, suspend
from service.referrals.actions.closing import DIED
from service.referrals.actions.release_dates import allows_end, allows_release, change_release_date
from service.referrals.actions.required_checks import RELEASE_DATE
from service.referrals.actions.risk import share_risk_change
from service.referrals.document_queries import latest_disclosures
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import open_referrals_of, parts_of
from service.referrals.shared import has_ended
from service.third_parties import queries as third_parties
from service.third_parties.actions import moving
from service.third_parties.actions import opening as disclosures
from service.timers import ClockCase

_NO_RELEASE: Final = (
    "Is no day of release that the rest of the referral allows: put right its other days first."
)
_NO_EVIDENCE: Final = "Say whose evidence refutes it; nobody's own word does, nor that it was taken back."


@dataclass(frozen=True)
class LockedCase:
    """The locked case of a person: the person, the newest referral about them, and those still open.

    `referral`: None for a case that was opened with no destination, until its first.
    `newest`: beside it, that on each record that was merged with this one.
    `practitioner`, `pdu`: who is accountable for it.
    `still_open`: also those on records that were merged with this one: what happens, happens to the person.
    `elsewhere`: the held record of a person whose case is on a side record.
    """

    person: Person
    probation_id: UUID
    referral: Referral | None
    newest: tuple[Referral, ...]
    practitioner: str
    pdu: str | None
    still_open: tuple[Referral, ...]
    elsewhere: Person | None = None


@bypasses_row_security
def case_of(
    session: Session, actor: Actor, probation_id: UUID, person: Person, *, read: bool = False
) -> LockedCase:
    """Lock a region's case about a person: the referrals first, as everywhere, then the person.

    Args:
        read: those that destinations only read still, whose work has ended, count as open.

    Raises:
        Problem: 409 `held-elsewhere` to a region that does not hold the person's record.
    """
    still_open = tuple(
        referral
        for referral in open_referrals_of(session, person.id, lock=True, merged=True, read=read)
        if referral.probation_id == probation_id
    )
    # Where none is open, the newest is still the one by which the case is shared and asked about.
    latest = queries.latest_referrals(session, probation_id, person.id, lock=not still_open)
    newest = next((referral for referral in latest if referral.person_id == person.id), None)
    _, elsewhere = people.lock_records(session, actor, person.id)
    if newest is not None:
        who, pdu = newest.practitioner, newest.pdu
    else:
        holding = holding_queries.holding_of(session, person.id)
        who, pdu = (holding.practitioner_id, holding.pdu) if holding else ("", None)
    return LockedCase(person, probation_id, newest, tuple(latest), who, pdu, still_open, elsewhere)


@bypasses_row_security
def record_change(
    session: Session,
    actor: Actor,
    case: LockedCase,
    given: Mapping[str, Any],
    *,
    reported_with: DestinationReferral | None = None,
    corrects: Change | None = None,
    withdrawn: bool = False,
    late_answer: bool = False,
) -> Change:
    """Record a change and set off what the table says.

    Args:
        case: locked.
        given: a valid `ChangeSubmission`.
        reported_with: the destination referral that it was reported through.
        corrects: the report in whose place it is said; a review and an alarm of that one go on.
        withdrawn: it only takes that report back, which ends neither.
        late_answer: an agency has taken an answer back, and nobody need be accountable for the case any more.

    Raises:
        Problem: 422 when it names a contact or address not on record, lowers a risk
            without evidence, or says to agencies what they may not know; 403 when that takes a manager, or
            another one; 409 while something keeps a high or very high risk from being lowered.
    """
    _refuse_what_cannot_be(session, case, given, reported_with)
    _require_who_may(actor, given, reported_with)
    ending.begin(session, actor, case.person, given)
    change_id = new_id()
    # What follows from a destination's report is the service's doing: the destination sees none of it.
    by = Actor.for_service("circumstances") if reported_with else actor
    contacts, addresses = household.named_in(session, by, case.person, given)
    brings = household.kinds_brought_in(contacts, addresses) | set(given.get("unnamed", ()))
    _require_sendable(session, case, given)
    before = queries.said_before(session, corrects) if corrects is not None else []
    effects = _besides(
        session, case, before, withdrawn, rules.effects(given["kind"], given["standing"], brings)
    )
    contacts += household.record_unnamed(
        session, by, case.person, effects.about, named=contacts, change_id=change_id
    )
    _ask_whether_children(session, by, case, effects, contacts)
    assessment = _judge(session, actor, case, given)
    urgent = given["urgent"] or effects.urgency == "urgent"
    danger = not withdrawn and rules.alleges_danger(given["kind"], given["standing"], urgent=given["urgent"])
    if before:
        _tell_said_since(session, by, case, before, effects, withdrawn=withdrawn)
    change = writes.record(
        session,
        actor,
        words=given.get("details"),
        id=change_id,
        person_id=case.person.id,
        probation_id=case.probation_id,
        referral_id=_referral_id(case),
        kind=given["kind"],
        occurred_on=given["occurred_on"],
        source=given["source"],
        reliability=given["reliability"],
        standing=given["standing"],
        release_date=given.get("release_date"),
        hearing_date=given.get("hearing_date"),
        may_wait=given.get("may_wait", False),
        follows_id=given.get("follows"),
        urgency="urgent" if urgent else "routine",
        said_urgent=given["urgent"],
        contacts=[str(contact.id) for contact in contacts],
        addresses=[str(address.id) for address in addresses],
        checks=_raise_checks(
            session, by, case, change_id, effects, reason=_reason(given), urgent=urgent, danger=danger
        ),
        rosh_assessment_id=assessment.id if assessment else None,
        destination_referral_id=reported_with.id if reported_with else None,
        corrects_id=corrects.id if corrects else None,
        withdrawn=withdrawn,
    )
    _put_right(session, by, case, change, before)
    settling.settle(session)
    # Once sharing or the last referral has ended nobody need be accountable.
    after_end = reported_with is not None and (has_ended(reported_with) or not case.still_open)
    # The SPO reads what nobody was asked any more: the requests say that the basis is missing.
    after_end = after_end or checks.lack_basis(session, map(UUID, change.checks))
    notified = writes.clock_case(session, change, case.practitioner, case.pdu)
    danger_now = _is_danger_now(given, brings, reported_with)
    if danger_now and not writes.danger_goes_on(session, before):
        writes.start_danger(session, by, change, notified, reported_with)
    if effects.disclosure_decision is not None:
        disclosures.open_for_change(
            session,
            by,
            case.person,
            change.id,
            contacts,
            calls=effects.disclosure_decision,
            kind=change.kind,
            danger=danger_now or given["urgent"],
        )
    _share(session, by, case, change, effects, before=before)
    # Whoever is shown the case again by it is told, too, that it was refuted.
    _undo_ending(session, actor, case, change)
    _end_allegation(session, by, case, change)
    ending.follow(session, actor, case.person, case.still_open, change, newest=case.newest)
    # Every review ends with a death, but the one that makes sure of it.
    late = LATE_ANSWER if late_answer else AFTER_SHARING if after_end else None
    _open_reviews(session, by, change, notified, effects, late=late)
    if danger:
        # What stands by now is asked about whoever can be found no better, by whichever record.
        for record_id in aliases.ids_of(session, case.person.id):
            checks.ask_by_description(session, by, record_id)
    _follow_dates(session, actor, by, case, change)
    if assessment:
        for referral in case.still_open:
            share_risk_change(session, actor, referral, assessment)
    if case.elsewhere is not None:
        proposals.report(session, actor, case.person, case.elsewhere, "change")
    else:
        proposals.settled_otherwise(session, actor, case.person)
    return change


def _follow_dates(session: Session, actor: Actor, by: Actor, case: LockedCase, change: Change) -> None:
    if change.release_date is not None and change.standing == Standing.ESTABLISHED:
        _follow_release_date(session, actor, case, change, change.release_date)
    if change.kind in rules.OF_HEARING:
        _follow_hearing(session, actor, case, change)
    if change.kind in HAPPENS | {DEATH_IN_ERROR} and change.standing in {
        Standing.ESTABLISHED,
        Standing.REFUTED,
    }:
        follow_planned_release(session, by, case.person)


def given_by_the_service(
    kind: str, *, occurred_on: date, source: str, reliability: str, standing: str
) -> dict[str, Any]:
    """Return a change as a `ChangeSubmission` has it, about nobody and no address.

    Args:
        kind: a key of the table of consequences.
        source, reliability, standing: codes.
    """
    return {
        "kind": kind,
        "occurred_on": occurred_on,
        "source": source,
        "reliability": reliability,
        "standing": standing,
        "urgent": False,
        "contacts": [],
        "contact_ids": [],
        "addresses": [],
        "address_ids": [],
    }


@bypasses_row_security
def supply_person_details(
    session: Session, actor: Actor, case: LockedCase, details: Mapping[str, Any]
) -> None:
    """Record details of the person, with all that follows: every request that waited for them is sent.

    Args:
        case: locked.
        details: a valid `PersonDetails`.

    Raises:
        Problem: 403 `not-accountable` where it puts right what is on record.
    """
    if supplying.supply_person_details(session, actor, case.person, case.elsewhere, details):
        settling.settle(session)


@bypasses_row_security
def propose_address(session: Session, actor: Actor, case: LockedCase, address: Mapping[str, Any]) -> Change:
    """Record a proposed or visited address as the change it is, with the checks that it calls for."""
    given = given_by_the_service(
        "address_proposed",
        occurred_on=clock.today(),
        source=Source.PRACTITIONER.value,
        reliability=Reliability.RELIABLE.value,
        standing=Standing.ESTABLISHED.value,
    )
    return record_change(session, actor, case, given | {"addresses": [address]})


def _refuse_what_cannot_be(
    session: Session,
    case: LockedCase,
    given: Mapping[str, Any],
    reported_with: DestinationReferral | None,
) -> None:
    faults = []
    undone = ENDINGS.get(given["kind"])
    if undone is not None and undone.undoes_death and case.person.died_on is None:
        faults.append(Fault("/kind", "No death is on record."))
    if "follows" in given:
        earlier = session.get(Change, given["follows"])
        if earlier is None or earlier.person_id != case.person.id:
            faults.append(Fault("/follows", "Not a change in this person's life."))
        elif earlier.kind != given["kind"]:
            faults.append(Fault("/follows", "Is a change of another kind."))
        elif not _can_end(earlier, given["standing"]):
            faults.append(Fault("/follows", "Was not an allegation."))
        elif (said := _said_already(session, earlier, given["standing"])) is not None:
            faults.append(Fault("/follows", said))
        elif given["standing"] == Standing.REFUTED and not rules.can_refute(
            given["source"],
            takes_evidence=rules.takes_evidence(
                earlier.kind, earlier.standing, earlier.source, urgent=earlier.said_urgent
            ),
        ):
            faults.append(Fault("/source", _NO_EVIDENCE))
    faults += _days_before(session, case, given, reported_with)
    if given["standing"] == Standing.ESTABLISHED and case.person.died_on is None:
        faults += _days_that_cannot_be(session, case, given)
    if faults:
        raise invalid(faults)


def _days_before(
    session: Session,
    case: LockedCase,
    given: Mapping[str, Any],
    reported_with: DestinationReferral | None,
) -> list[Fault]:
    """Find a day before the person was born, and of a death one before they arrived where they stay."""
    born, day = case.person.date_of_birth, given["occurred_on"]
    if born is not None and is_known_date(born) and day < born:
        return [Fault("/occurred_on", "Is before the person was born.")]
    if given["kind"] != DIED or given["standing"] != Standing.ESTABLISHED:
        return []
    if reported_with is not None:
        # It would learn of an arrival elsewhere; of its own, its report is refused beforehand.
        return []
    arrived = queries.last_arrival(session, parts_of(session, *case.still_open))
    if arrived is None or day >= arrived:
        return []
    return [Fault("/occurred_on", "Is before the person arrived where they stay.")]


def _days_that_cannot_be(session: Session, case: LockedCase, given: Mapping[str, Any]) -> list[Fault]:
    """Find the days that the rest of a referral does not allow, and that its next version would have."""
    row, day = ENDINGS.get(given["kind"]), given["occurred_on"]
    released = given.get("release_date")
    faults = []
    for referral in case.still_open:
        if row is not None and row.is_release and not allows_release(session, referral, day):
            faults.append(Fault("/occurred_on", _NO_RELEASE))
        if released is not None and not allows_release(session, referral, released):
            faults.append(Fault("/release_date", _NO_RELEASE))
        if row is not None and row.ends_supervision and not allows_end(session, referral, day):
            faults.append(Fault("/occurred_on", "Is no day on which the sentence on record can have ended."))
    return list(dict.fromkeys(faults))


def _besides(
    session: Session, case: LockedCase, before: Sequence[UUID], withdrawn: bool, effects: Effects
) -> Effects:
    """Return what a correction sets off besides what the report did that it corrects.

    A retraction is information to whoever reviews the report, and nothing else: it raises no check, and ends
    none. Whoever was notified of the report is notified of it.

    Args:
        before: the report and what that had put right, by id; none for a report of its own.
    """
    if not before:
        return effects
    if withdrawn:
        effects = replace(effects, checks=(), notify=())
    if queries.open_reviews_of(session, case.person.id, before):
        effects = replace(effects, review=None)
    return effects


def _put_right(
    session: Session, actor: Actor, case: LockedCase, change: Change, before: Sequence[UUID]
) -> None:
    """Have whoever reviews a report look at what was put right: nobody has agreed to anything about that."""
    for review, opened_by in queries.open_reviews_of(session, case.person.id, before) if before else ():
        writes.put_right(session, actor, opened_by, review, change)


def _tell_said_since(
    session: Session,
    actor: Actor,
    case: LockedCase,
    before: Sequence[UUID],
    effects: Effects,
    *,
    withdrawn: bool,
) -> None:
    """Tell the agencies that were asked because of a report that it was put right, or withdrawn.

    Before anything is asked because of what is said instead: both are one event to them.
    """
    for record_id in aliases.ids_of(session, case.person.id):
        checks.tell_said_since(
            session,
            actor,
            record_id,
            [f"change:{one}" for one in before],
            "withdrawn" if withdrawn else "put_right",
            besides=effects.checks,
        )


def _can_end(earlier: Change, standing: str) -> bool:
    """Return whether a change can be recorded as another standing of an earlier one.

    What probation itself recorded as so may have been of somebody else: that is refuted as an allegation is,
    though a manager's word can be enough.
    A destination corrects its own report, that somebody lives is undone by their death, another day of a
    hearing by another change, and what was established of an allegation falls with that.
    """
    if earlier.standing == Standing.ALLEGED:
        return True
    own = earlier.destination_referral_id is None and earlier.follows_id is None
    row = ENDINGS.get(earlier.kind)
    otherwise = (row is not None and row.undoes_death) or earlier.kind in rules.OF_HEARING
    return own and not otherwise and earlier.standing == Standing.ESTABLISHED and standing == Standing.REFUTED


def _said_already(session: Session, earlier: Change, standing: str) -> str | None:
    """Return why nothing more can be said of an allegation, or not this; None where it can."""
    said = [one.standing for one in queries.following(session, earlier.id)]
    if Standing.REFUTED in said:
        return "Has been refuted: record what is new as a change of its own."
    if said and said[-1] == standing:
        return f"Has been recorded as {standing} already."
    return None


def _require_who_may(
    actor: Actor, given: Mapping[str, Any], reported_with: DestinationReferral | None
) -> None:
    if given["standing"] == Standing.REFUTED:
        _require_manager(actor, "To refute")
    if _undoes_death(given) and reported_with is None:
        _require_manager(actor, "To undo a death")


def _undoes_death(given: Mapping[str, Any]) -> bool:
    row = ENDINGS.get(given["kind"])
    return row is not None and row.undoes_death and given["standing"] == Standing.ESTABLISHED


def _require_manager(actor: Actor, what: str) -> None:
    if actor.practitioner is None or actor.practitioner.role not in MANAGERS:
        raise forbidden("role-required", "Not for this role", f"{what} needs one of: {', '.join(MANAGERS)}.")


def _end_allegation(session: Session, actor: Actor, case: LockedCase, change: Change) -> None:
    """Notify whoever was notified of what has been refuted, and end what only it opened.

    What was said of the allegation since, such as that it is so, falls with it.
    """
    if change.standing != Standing.REFUTED or change.follows_id is None:
        return
    since = (one.id for one in queries.following(session, change.follows_id) if one.id != change.id)
    said = [change.follows_id, *since]
    open_now = {part.id: part for part in parts_of(session, *case.still_open)}
    told = {part.id: part for _, part in queries.recipients_of(session, said)}
    parts = [open_now[id_] for id_ in told if id_ in open_now]
    sent = latest_disclosures(session, parts)
    for part in parts:
        if part.shown and not has_ended(part):
            writes.share_change(session, actor, change, part, sent.get(part.id))
    for review, opened_by in queries.open_reviews_of(session, case.person.id, said):
        writes.close(session, Actor.for_service("circumstances"), opened_by, review, Standing.REFUTED)
    opened = third_parties.not_ended_by_changes(session, case.person.id)
    nothing_left = queries.called_for_no_more(session, case.person.id, opened)
    moving.lapse(session, nothing_left, Standing.REFUTED)
    # Each record of the person was asked about because of it.
    for record_id in aliases.ids_of(session, case.person.id):
        checks.tell_refuted(session, actor, record_id, [f"change:{one}" for one in said])


def _require_sendable(session: Session, case: LockedCase, given: Mapping[str, Any]) -> None:
    """Require of what agencies read that it names nobody and nothing that any of them may not know."""
    if "for_agencies" in given:
        matcher = Matcher(protected_by(session, case.person.id))
        require_sendable(matcher, {"/for_agencies": given["for_agencies"]}, frozenset(Kind))


def _referral_id(case: LockedCase) -> UUID | None:
    return case.referral.id if case.referral else None


def _judge(
    session: Session, actor: Actor, case: LockedCase, given: Mapping[str, Any]
) -> RoshAssessment | None:
    if "rosh" not in given:
        return None
    rosh = dict(given["rosh"])
    override_reason = rosh.pop("override_reason", None)
    assessment = people.record_rosh(
        session,
        actor,
        case.person,
        **rosh,
        source=given["source"],
        referral_id=_referral_id(case),
        accountable=accountable_for(case),
        at="/rosh",
    )
    rests_on = {"override_reason": override_reason, **rosh}
    lowering.settle(session, actor, case.person, assessment, rests_on)
    return assessment


def accountable_for(case: LockedCase) -> set[str]:
    """Return the practitioners who are accountable for a case."""
    return {case.practitioner, *(referral.practitioner for referral in case.still_open)}


def _reason(given: Mapping[str, Any]) -> Reason:
    return Reason(
        kind=given["kind"],
        meaning=CONSEQUENCES[given["kind"]].words,
        occurred_on=given["occurred_on"],
        standing=given["standing"],
        words=given.get("for_agencies"),
    )


def _raise_checks(
    session: Session,
    actor: Actor,
    case: LockedCase,
    change_id: UUID,
    effects: Effects,
    *,
    reason: Reason,
    urgent: bool,
    danger: bool,
) -> list[str]:
    """Ask again on each record of the person: what happens is not about one CRN's household alone.

    But not about a household that was entered in error as a whole.
    """
    if not effects.checks:
        return []
    about = {case.person.id: _referral_id(case)} | {
        other.id: max(asked, key=lambda check: check.raised_at).referral_id
        for other in aliases.others_of(session, case.person)
        if (asked := check_queries.checks_about(session, other.id)) and not is_over(session, other, asked)
    }
    raised = [
        check
        for record_id, referral_id in about.items()
        for check in checks.recheck(
            session,
            actor,
            record_id,
            f"change:{change_id}",
            referral_id=referral_id,
            kinds=effects.checks,
            urgency="urgent" if urgent else None,
            by_description=danger,
            reason=reason,
        )
    ]
    return [str(check.id) for check in raised]


def _ask_whether_children(
    session: Session, actor: Actor, case: LockedCase, effects: Effects, contacts: Iterable[Contact]
) -> None:
    contacts = list(contacts)
    if rules.asks_whether_children(
        effects,
        brings_child=any(one.is_child for one in contacts),
        brings_partner=any(one.relationship == "partner" and is_made(session, one) for one in contacts),
        children_on_record=any(
            one.is_child for one in people_queries.household(session, case.person.id).contacts
        ),
    ):
        children.ask_again(session, actor, case.person)


def _is_danger_now(
    given: Mapping[str, Any], brings: Iterable[About], reported_with: DestinationReferral | None
) -> bool:
    # A destination says itself whether somebody is in danger now.
    if reported_with is not None:
        return bool(given["immediate_danger"])
    return rules.is_danger_now(given["kind"], given["standing"], brings, urgent=given["urgent"])


def _open_reviews(
    session: Session,
    actor: Actor,
    change: Change,
    notified: ClockCase,
    effects: Effects,
    *,
    late: str | None,
) -> None:
    # When supervision has ended nobody need be accountable: the SPO of the last unit reads what comes then.
    if effects.review:
        writes.open_review(
            session,
            actor,
            change,
            notified,
            kind=writes.RISK_REVIEW,
            owner="spo" if late else effects.review.owner,
            consider=list(effects.consider),
            policy=late,
        )


def _share(
    session: Session,
    actor: Actor,
    case: LockedCase,
    change: Change,
    effects: Effects,
    *,
    before: Sequence[UUID],
) -> None:
    told = {part.id for _, part in queries.recipients_of(session, before)} if before else set()
    parts = [
        part
        for part in parts_of(session, *case.still_open)
        if (part.kind in effects.notify or part.id in told)
        and part.state in WITH_DESTINATION
        and part.shown
        and not has_ended(part)
    ]
    sent = latest_disclosures(session, parts)
    suspends = effects.suspends and not ending.is_overtaken(session, change)
    for part in parts:
        writes.share_change(session, actor, change, part, sent.get(part.id))
        if suspends:
            suspend(session, part, planned=change.release_date is not None)


def _undo_ending(session: Session, actor: Actor, case: LockedCase, change: Change) -> None:
    """Give back what followed from what is refuted; a death that rests on it alone was an error."""
    if change.standing != Standing.REFUTED:
        return
    if change.kind != DIED or case.person.died_on is None:
        ending.undo(session, actor, case.person, case.still_open, change, newest=case.newest)
    elif not ending.deaths_of(session, case.person.id):
        in_error = given_by_the_service(
            "death_in_error",
            occurred_on=change.occurred_on,
            source=change.source,
            reliability=change.reliability,
            standing=Standing.ESTABLISHED.value,
        )
        record_change(session, actor, case, in_error)


def _follow_release_date(session: Session, actor: Actor, case: LockedCase, change: Change, day: date) -> None:
    if case.person.died_on is not None:
        return
    put_back, goes_on = change.may_wait, not ending.stands_of(session, case.person.id, last=change).stopped
    if ending.is_release_overtaken(session, change):
        # A recall that is recorded late: it is planned for the day that is known since.
        for referral in case.still_open if goes_on else ():
            plan_for_release(session, actor, referral, trigger=change.kind)
        return
    for record_id in ending.records_without_open(session, case.person, case.still_open):
        checks.follow_needed_by(
            session, actor, record_id, clock.at(day), put_back=put_back, reason=RELEASE_DATE
        )
    for referral in case.still_open:
        change_release_date(session, actor, referral, day, put_back=put_back, goes_on=goes_on)


def _follow_hearing(session: Session, actor: Actor, case: LockedCase, change: Change) -> None:
    if case.person.died_on is not None:
        return
    hearing_at = clock.at(change.hearing_date) if change.hearing_date else None
    checks.follow_hearing(session, actor, case.person.id, hearing_at, put_back=change.may_wait)


register_danger(queries.danger_stands)
