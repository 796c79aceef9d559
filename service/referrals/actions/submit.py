"""Takes a canonical referral: everything that follows from it is made in one transaction, or nothing is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service import audit, settling
from service.access import Actor, Practitioner
from service.access.row_visibility import bypasses_row_security
from service.checks.model import Check
from service.db import Json, new_id
from service.destinations.case import Known
from service.destinations.states import WAITING, State
from service.document.paths import Document, value_at, with_value
from service.gathering import is_made
from service.http.problems import conflict
from service.organisations.model import Client
from service.people import aliases, facts, one_person_queries
from service.people import queries as people_queries
from service.people.actions import recording as people
from service.people.actions.documents import Kept, taken
from service.people.actions.holding import Asked, endangers_staff
from service.people.model import Person
from service.people.newly_protected import look_through
from service.people.one_person import NUMBERS
from service.people.one_person_queries import Match
from service.people.protected import protected_by
from service.referrals import overtaken, writes
from service.referrals.actions import persons_days
from service.referrals.actions.circumstances_at_rest import stopped_for
from service.referrals.actions.dates import curfew_ends, follow_curfew
from service.referrals.actions.disclosures import disclose
from service.referrals.actions.named_release import follow_release
from service.referrals.actions.release import release_waiting_elsewhere
from service.referrals.actions.required_checks import raise_first_checks
from service.referrals.actions.routing import Draft, draft_parts, states_of_person
from service.referrals.actions.sharing import follow_basis
from service.referrals.at_work import at_work
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import open_elsewhere, referrals_visible_to, supervision_ended


@dataclass(frozen=True)
class Submitted:
    """What a submission made.

    alike: why it is asked whether a contact of it is the same as another, by the reference.
    may_be: of a preview, the records that may be this person's, by the number that stands on them too.
    kept: where the record stays as it is although the caller says otherwise.
    """

    referral: Referral
    parts: tuple[tuple[Draft, DestinationReferral], ...]
    checks: tuple[Check, ...]
    alike: Mapping[str, str]
    may_be: Sequence[Match]
    kept: Sequence[Kept]


@bypasses_row_security
def submit_referral(
    session: Session,
    actor: Actor,
    document: Json,
    statement: Json | None = None,
    *,
    asked: Asked = "submission",
) -> Submitted:
    """Take a referral, and send each destination's part as far as it can go.

    Args:
        document: a valid submission, canonical.
        statement: what the caller says by it of the record; the document itself when None.
        asked: whether it is submitted or previewed.

    Raises:
        Problem: 409 when the region has used the submission reference before.
    """
    practitioner = named(actor)
    refuse_known_reference(session, actor, document["submission_reference"])
    said = document if statement is None else statement
    referral_id = new_id()
    person = people.record_person(
        session,
        actor,
        said,
        asked=asked,
        at_work=at_work,
        said_of=[(referral_id, overtaken.members(document))],
    )
    require_alive(person)
    document, kept = taken(
        session, actor, person, as_limited(person, document), said, client_id=actor.client_id
    )
    document, stay = persons_days.with_days_on_record(session, actor, person, document)
    kept = [*kept, *stay]
    drafts = draft_parts(
        session,
        Known(document, protected_by(session, person.id, document, actor.client_id)),
        person_id=person.id,
        region=practitioner.region,
        others=states_of_person(session, person.id, actor.organisation_id),
        ended=supervision_ended(session, person.id, actor.organisation_id),
    )
    referral = writes.store_referral(
        session,
        actor,
        practitioner,
        person,
        document,
        referral_id=referral_id,
        destinations=list(drafts),
        staff_safety=not person.held and asked != "preview" and endangers_staff(session, person.crn),
    )
    if referral is None:
        raise _already(
            session, actor, session.scalars(_first_use(actor, document["submission_reference"])).one()
        )
    parts = add_parts(session, actor, referral, drafts.values(), document, trigger="submitted")
    release_waiting_elsewhere(session, actor, referral, trigger="submitted")
    if asked == "submission":
        look_through(session, actor, person.id, compared=referral.id)
        follow_basis(session, actor, referral)
        if curfew_ends(document) is not None:
            follow_curfew(session, actor, referral, document)
    checks = raise_first_checks(session, actor, referral, person, document)
    if asked == "submission" and not is_made(session, person):
        settling.mark(session, actor, person.id, only=writes.WHAT_ENDS)
        persons_days.note_submitted(session, actor, referral, document)
        settling.settle(session)
        follow_release(session, actor, person.id)
    alike = {
        one.ref: one.alike_because
        for one in people_queries.household(session, person.id).contacts
        if one.client_id == actor.client_id and one.alike_because and one.same is None
    }
    may_be: Sequence[Match] = ()
    if asked == "preview":
        said = facts.of_person(document).facts
        numbers = {name: said[name] for name in NUMBERS & said.keys()}
        may_be = one_person_queries.matches(session, actor, person, numbers)
    return Submitted(referral, tuple(parts), tuple(checks), alike, may_be, kept)


def as_limited(person: Person, document: Json) -> Json:
    """Return a document that says of a limited access case that it is one, whatever its sender knew."""
    if not person.restricted or value_at(document, "person.restricted_record") is True:
        return document
    return with_value(document, "person.restricted_record", True)


@contextmanager
def previewed(session: Session, actor: Actor, document: Json) -> Iterator[Submitted]:
    """Do everything that submitting would do, for as long as the block lasts, and then undo all of it.

    Only the looking stays: it is on the audit trail.
    """
    savepoint = session.begin_nested()
    try:
        # The reference may be that of an earlier submission: a preview takes none.
        as_preview = {**document, "submission_reference": f"preview-{new_id()}"}
        yield submit_referral(session, actor, as_preview, asked="preview")
    finally:
        savepoint.rollback()
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="referral",
        object_id="preview",
        person_id=_on_record(session, document),
        fields=sorted(document),
    )


@bypasses_row_security
def _on_record(session: Session, document: Json) -> UUID | None:
    """Return the held record of the person whom a preview was about; None when the CRN is not on record."""
    return session.scalar(aliases.of_crn(document["person"]["crn"]))


def named(actor: Actor) -> Practitioner:
    """Return the practitioner behind a call that only a practitioner is permitted to make.

    Raises:
        LookupError: there is none; the permission is wrong.
    """
    if actor.practitioner is None:
        raise LookupError("a referral needs a named practitioner")
    return actor.practitioner


def refuse_known_reference(session: Session, actor: Actor, reference: str) -> None:
    """Require that the caller's region has not used a submission reference before.

    Raises:
        Problem: 409, to those who may know of it with the referral it made.
    """
    known = session.scalar(_first_use(actor, reference))
    if known:
        raise _already(session, actor, known)


def _first_use(actor: Actor, reference: str) -> Select[UUID]:
    # By who submitted it: the case may have gone to another region since, or have come from one.
    clients = select(Client.id).where(Client.organisation_id == actor.organisation_id)
    return (
        select(Referral.id)
        .where(Referral.client_id.in_(clients), Referral.submission_reference == reference)
        .order_by(Referral.client_id != actor.client_id, Referral.reference_use)
        .limit(1)
    )


def require_alive(person: Person) -> None:
    """Require that somebody who is to be referred is not on record as having died.

    Raises:
        Problem: 409.
    """
    if person.died_on is not None:
        raise conflict(
            "This person is on record as having died. Where that is wrong, record the change of circumstance "
            "`death_in_error` first.",
            href=f"/v1/people/{person.id}",
        )


def add_parts(
    session: Session,
    actor: Actor,
    referral: Referral,
    drafts: Iterable[Draft],
    document: Document,
    *,
    trigger: str,
    beside: Collection[DestinationReferral] = (),
) -> list[tuple[Draft, DestinationReferral]]:
    """Make destinations' parts of a referral in the states they have reached, and send those that can go.

    Args:
        trigger: a code of why they are made now.
        beside: the parts that it has already: what has put those to rest, or stopped them, counts for new.
    """
    stopped = stopped_for(beside)
    drafts, elsewhere = list(drafts), open_elsewhere(session, referral)
    parts = writes.open_parts(
        session,
        actor,
        referral,
        [
            writes.NewPart(
                draft.ask.kind,
                draft.ask.service_category,
                draft.state,
                draft.reasons,
                elsewhere.get(draft.ask.key),
                stopped if draft.state in WAITING else None,
            )
            for draft in drafts
        ],
    )
    made = list(zip(drafts, parts, strict=True))
    for draft, part in made:
        if draft.state is State.SENT:
            disclose(session, actor, part, draft, document, trigger=trigger)
            writes.follow_wording(session, actor, part, owed=False)
    return made


def _already(session: Session, actor: Actor, referral_id: UUID) -> Exception:
    # In a limited access case, a practitioner who is not named learns only that the reference has been used.
    # To hide that too, one reference would need two referrals. Both cases get the same response.
    seen = session.scalar(referrals_visible_to(actor).where(Referral.id == referral_id))
    where = {"href": f"/v1/referrals/{seen.id}"} if seen else {}
    return conflict("This submission reference has been used.", **where)
