"""Makes new versions of a referral, and brings every destination's part in line with the current one."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from service import clock, settling
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import actions as checks
from service.db import Json
from service.destinations import DESTINATIONS
from service.destinations.case import asks_by_key
from service.destinations.contract import Gap
from service.destinations.readiness import not_understood
from service.destinations.states import OPEN, OPEN_WITH_DESTINATION, UNDER_WAY, WAITING, State
from service.document import coherence
from service.document.paths import Document, day_at, pointer_of, value_at
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.people.actions import recording as people
from service.people.actions import stating
from service.people.actions.documents import Kept, never_said, taken
from service.people.actions.stating import Statements
from service.people.aliases import is_crn_of
from service.people.newly_protected import look_through
from service.people.rules import GROUPS_AT_RISK
from service.referrals import overtaken, writes
from service.referrals.actions import persons_days
from service.referrals.actions.circumstances import go_on
from service.referrals.actions.comparing import as_it_counts, known_of, without_stale_wordings
from service.referrals.actions.dates import follow_dates
from service.referrals.actions.departure_gate import withdraw_agreements
from service.referrals.actions.disclosures import changed_sections, share_change
from service.referrals.actions.named_release import follow_release
from service.referrals.actions.putting_right import known_as, tell_what_was_put_right
from service.referrals.actions.release import (
    assigned_organisations,
    progress,
    release_waiting,
    release_waiting_elsewhere,
    stopped_with_others,
)
from service.referrals.actions.reopening import reopen_plan
from service.referrals.actions.routing import draft_parts, ended_elsewhere, states_of_person
from service.referrals.actions.sharing import GONE, basis_owed, follow_basis
from service.referrals.actions.submit import add_parts, as_limited, require_alive
from service.referrals.adjustments import ASKED_IN
from service.referrals.at_work import at_work
from service.referrals.document_queries import sent_documents, version_of, whole_document
from service.referrals.model import DestinationReferral, Referral
from service.referrals.overtaken import Members
from service.referrals.queries import AGREEMENT, parts_of


def with_what_moved_on(
    session: Session, actor: Actor, referral: Referral, document: Json, sent: Json
) -> tuple[Json, list[Kept]]:
    """Return a whole new version with what others have changed since, and where it therefore stays so.

    Beside the record, of which `documents` says the same: what the caller's system only repeats, or leaves
    out although another said it, stays as it is in the current version.

    Args:
        referral: locked.
        document: the whole referral, canonical.
        sent: as it was sent, with null where it withdraws something.
    """
    before = whole_document(session, referral)
    said = _said_of(session, actor, referral, before)
    own = said.repeated(referral.id, overtaken.members(before)) | overtaken.withdrawn(sent, before)
    merged = overtaken.merge(
        before, document, repeated=said.repeated(referral.id, overtaken.members(document)), own=own
    )
    left_out = overtaken.left_out(merged.document, before, sent)
    if any(left_out.values()):
        unsaid = never_said(session, actor, referral.person_id, left_out, client_id=referral.client_id)
        merged = merged._replace(document=overtaken.with_those(merged.document, unsaid))
    if not merged.kept and merged.document == document:
        return document, []
    made_at = version_of(session, referral, referral.current_version).made_at
    return merged.document, [
        Kept(pointer, said.since(referral.id, name), made_at) for name, pointer in sorted(merged.kept.items())
    ]


def with_what_was_said(session: Session, actor: Actor, referral: Referral, before: Json) -> Members:
    """Return what its own system is taken to have said of a referral of which nothing was kept; by member."""
    return overtaken.members(before) if _said_of(session, actor, referral, before).new else {}


def _said_of(session: Session, actor: Actor, referral: Referral, before: Json) -> Statements:
    """Return what the caller's system said; what was said before this was kept, its own system said."""
    said = stating.of_referral(session, actor, referral.id, referral.person_id)
    if actor.client_id == referral.client_id and not said.members:
        said.note(referral.id, overtaken.members(before))
    return said


@bypasses_row_security
def amend_referral(
    session: Session,
    actor: Actor,
    referral: Referral,
    document: Json,
    statement: Json,
    *,
    said: Members,
    repeats: bool = True,
) -> list[Kept]:
    """Make a new version of a referral, and send each destination what changed for it.

    The version says of the record what the record says then: what the caller's system only repeats overwrites
    nothing.

    Args:
        referral: locked.
        document: the whole referral as it is now, valid, plain JSON.
        statement: what the caller says by it of the record; of risk counts what the document says.
        said: what the caller says beside the record, by member.
        repeats: whether its system sends all that it holds each time.

    Returns:
        Where the record stays as it is although the caller says otherwise. When nothing differs from the
        version before, none is stored.

    Raises:
        Problem: 409 when every part was entered in error; 409 `held-elsewhere` when another region holds the
            person's record; 422 when it is about another person, by a CRN that is no alias, has another
            reference, leaves out a destination that is still at work, or leaves out or lowers a judgement of
            risk.
    """
    before = whole_document(session, referral)
    _require_no_contradiction(before, document)
    parts = parts_of(session, referral)
    statement = _with_risk_of(statement, document)
    document = without_stale_wordings(before, document, parts)
    _require_same_referral(session, referral, before, document, parts)
    person = people.record_person(
        session,
        actor,
        statement,
        asked="amendment",
        person_id=referral.person_id,
        at_work=at_work,
        client_id=referral.client_id,
        repeats=repeats,
        said_of=[(referral.id, said)],
    )
    if not asks_by_key(document).keys() <= asks_by_key(before).keys():
        require_alive(person)
    document = as_limited(person, document)
    document, kept = taken(session, actor, person, document, statement, client_id=referral.client_id)
    sections = changed_sections(before, document)
    if not sections:
        return kept
    made_urgent = document.get("urgency") == "urgent" and referral.urgency != "urgent"
    writes.make_version(session, actor, referral, document, sections, event="referral.amended")
    bring_in_line(session, actor, referral, before, document, trigger="amended")
    right = known_as(before, document)
    if right != before:
        tell_what_was_put_right(session, actor, referral, before, right, trigger="amended")
    look_through(session, actor, person.id, compared=referral.id)
    persons_days.note_amended(session, actor, referral, before, document)
    # Also what the record does not say: on what basis anything is asked.
    settling.mark(session, actor, person.id)
    settling.settle(session)
    if day_at(document, "release.date") != day_at(before, "release.date"):
        follow_release(session, actor, referral.person_id)
    if made_urgent:
        _make_urgent(session, actor, referral)
    return kept


def _with_risk_of(statement: Json, document: Json) -> Json:
    """Return a statement that judges no risk as it was judged before another put that right."""
    if not (statement.get("risk") or {}).get("rosh"):
        return statement
    return {**statement, "risk": {**statement["risk"], "rosh": value_at(document, "risk.rosh") or {}}}


def _require_no_contradiction(before: Document, document: Document) -> None:
    """Require that what was sent agrees with what others have changed since.

    Raises:
        Problem: 422 with what contradicts itself now, and did not before.
    """
    new = set(coherence.faults(document)) - set(coherence.faults(before))
    if new:
        raise invalid(
            Fault(pointer_of(at), f"{words} Others have changed the referral since: read it again.")
            for at, words in sorted(new, key=str)
        )


def _make_urgent(session: Session, actor: Actor, referral: Referral) -> None:
    # What has become urgent never becomes routine again, whatever a later version says.
    writes.raise_urgency(session, actor, parts_of(session, referral))
    checks.raise_urgency(session, actor, referral.id)


def bring_in_line(
    session: Session,
    actor: Actor,
    referral: Referral,
    before: Document,
    document: Document,
    *,
    trigger: str,
    put_back: bool = False,
    goes_on: bool = True,
) -> None:
    """Bring every part in line with the current version: new ones are sent, changed ones are notified.

    When a destination that holds confidences is added beside others that have begun, probation looks at the
    plan again; the others are told nothing of it.

    Args:
        before: the version before, whole; only what it did not ask for is new.
        document: the current version, whole.
        trigger: a code of why.
        put_back: whether a practitioner has said why what is needed may wait for a later day of release.
        goes_on: whether what a recall has stopped is planned for a day of release that is new.
    """
    parts = {part.key: part for part in parts_of(session, referral) if part.state not in GONE}
    day = day_at(document, "release.date")
    if goes_on and day is not None and day != day_at(before, "release.date") and day >= clock.today():
        # A day of release is known again: what a recall stopped waits for that day.
        go_on(session, actor, parts.values())
    sent = sent_documents(session, parts.values())
    read = {key: sent[part.id] for key, part in parts.items() if part.id in sent}
    owed = basis_owed(session, referral)
    counting = as_it_counts(before, document, parts.values())
    known = replace(known_of(session, referral, counting, parts.values()), sent=read)
    drafts = draft_parts(
        session,
        known,
        person_id=referral.person_id,
        region=referral.region,
        others=states_of_person(session, referral.person_id, referral.probation_id),
        ended=ended_elsewhere(session, referral),
        assigned=assigned_organisations(parts.values()),
        stopped=stopped_with_others(parts, asks_by_key(document)),
    )
    added = [draft for key, draft in drafts.items() if key not in parts and key not in asks_by_key(before)]
    add_parts(session, actor, referral, added, document, trigger=trigger, beside=parts.values())
    for key, part in parts.items():
        current = drafts.get(key)
        if current and part.state in WAITING:
            progress(session, actor, part, current, document, trigger=trigger)
        elif current:
            share_change(
                session,
                actor,
                part,
                current,
                document,
                before=read.get(key, {}),
                trigger=trigger,
            )
    asked = [part for part in parts.values() if part.state in OPEN_WITH_DESTINATION]
    if asked and not ASKED_IN.isdisjoint(changed_sections(before, document)):
        writes.follow_adjustments(session, actor, asked)
    follow_dates(session, actor, referral, before, document, put_back=put_back)
    if any(AGREEMENT in draft.destination.updates for draft in added):
        withdraw_agreements(session, referral.person_id, refused=False)
    if any(draft.destination.confidant for draft in added) and any(
        part.state in UNDER_WAY for part in parts.values()
    ):
        reopen_plan(session, actor, referral)
    release_waiting(session, actor, referral, trigger=trigger, known=known)
    release_waiting_elsewhere(session, actor, referral, trigger=trigger)
    follow_basis(session, actor, referral, owed)


def _require_same_referral(
    session: Session,
    referral: Referral,
    before: Document,
    document: Document,
    parts: Sequence[DestinationReferral],
) -> None:
    if all(part.state == State.ENTERED_IN_ERROR for part in parts):
        raise conflict("It was entered in error.", state=State.ENTERED_IN_ERROR)
    faults = []
    crn = value_at(document, "person.crn")
    if crn != value_at(before, "person.crn") and not is_crn_of(session, referral.person_id, crn):
        faults.append(Fault("/person/crn", "A referral stays with its person."))
    if document["submission_reference"] != referral.submission_reference:
        faults.append(Fault("/submission_reference", "A referral keeps its reference."))
    # Leaving a judgement out would lower it for every reader of the document.
    judged, kept = (value_at(each, "risk.rosh") or {} for each in (before, document))
    faults += [
        Fault(f"/risk/rosh/{group}", "Was judged in the version before: an amendment keeps it.")
        for group in judged
        if group in GROUPS_AT_RISK and group not in kept
    ]
    asked = asks_by_key(document)
    faults += [
        Fault("/destinations", f"{part.key} is still open: withdraw it before leaving it out.")
        for part in parts
        if part.state in OPEN and part.key not in asked
    ]
    # A contradiction counts only of what is urgent: what was one before is none by its becoming so.
    as_now = {**before, "urgency": document.get("urgency")}
    for key in {part.key for part in parts if part.state in OPEN - WAITING}:
        # What a destination has read stays until it is said anew: it would read that nothing is asked.
        found, known = _not_understood(document, key), _not_understood(as_now, key)
        new = {found[place] for place in found.keys() - known.keys()}
        faults += [Fault(gap.pointer, gap.why) for gap in sorted(new, key=str)]
    if faults:
        raise invalid(faults)


def _not_understood(document: Document, key: str) -> dict[tuple[str, str], Gap]:
    """Return what one destination cannot be told, by what it is wherever its entry is listed."""
    ask = asks_by_key(document).get(key)
    if ask is None:
        return {}
    destination, entry = DESTINATIONS[ask.kind], f"/destinations/{ask.index}/"
    gaps = not_understood(destination.case(document, ask, clock.today()), destination, ask)
    return {(gap.pointer.replace(entry, "/destinations/", 1), gap.why): gap for gap in gaps}
