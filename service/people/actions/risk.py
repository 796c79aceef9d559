"""The risk of serious harm to each group: judgements that follow, and never replace, one another."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.four_eyes import Matter, is_manager
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import invalid
from service.people import queries, visibility, writes
from service.people.actions.deciding import own_work, require_act, require_independent_manager
from service.people.facts import Said
from service.people.model import Person, RoshAssessment
from service.people.rules import MANAGED_LEVELS, highest, lowers

LOWERED: Final = "rosh_lowered"


@bypasses_row_security
def record_rosh(
    session: Session,
    actor: Actor,
    person: Person,
    group: str,
    level: str,
    *,
    reason: str | None = None,
    who: str | None = None,
    nature: str | None = None,
    imminence: str | None = None,
    factors: Sequence[str] | None = None,
    evidence: str | None = None,
    source: str | None = None,
    referral_id: uuid.UUID | None = None,
    accountable: Iterable[str] = (),
    grounds: Mapping[str, Any] | None = None,
    at: str = "",
) -> RoshAssessment:
    """Record a judgement of the risk of serious harm to one group.

    What is left out of who is at risk, of what, how soon and why stays as it was last judged.

    Lowering takes evidence, a reason and whoever is accountable. From high or very high it is a manager's own
    call, and never about the manager's own case (four eyes; docs/glossary.md).

    Args:
        person: held by this transaction.
        group: one of `GROUPS_AT_RISK`.
        level: one of `LEVELS`.
        reason: why the level is this now; needed for every change of level.
        accountable: practitioners who are accountable for the case.
        grounds: what changed, what of it was verified, how and by whom; needed to lower high or very high.
        at: the JSON pointer of the judgement in the caller's body.

    Raises:
        Problem: 422 when reason or evidence is missing; 403 when it takes whoever is accountable, a manager,
            or another manager.
    """
    previous = queries.current_rosh(session, person.id).get(group)
    faults = []
    if previous and previous.level != level and not reason:
        faults.append(Fault(f"{at}/reason", "A change of risk needs a reason."))
    if previous and lowers(previous.level, level) and not evidence:
        faults.append(Fault(f"{at}/evidence", "Lowering a risk needs evidence."))
        if previous.level in MANAGED_LEVELS and not grounds:
            faults.append(Fault(f"{at}/grounds", "Say what changed, what was verified, how and by whom."))
    if faults:
        raise invalid(faults)
    if previous and lowers(previous.level, level) and previous.level in MANAGED_LEVELS:
        matter = matter_of_lowering(person, accountable)
        require_independent_manager(actor, matter, own_work(session, actor, [person.id]))
    elif previous and lowers(previous.level, level):
        require_act(session, actor, Act.LOWER_RISK, person)
    judgement = {
        "group_at_risk": group,
        "level": level,
        "who": who or (previous and previous.who),
        "nature": nature or (previous and previous.nature),
        "imminence": imminence or (previous and previous.imminence),
        "factors": list(factors) if factors else previous and previous.factors,
        "reason": reason,
        "evidence": evidence,
        "source": source,
        "manager": _manager(actor),
    }
    assessment = _write(session, actor, person, judgement, after=previous, referral_id=referral_id)
    writes.record(session, actor, person, "alteration", [f"rosh.{group}"])
    return assessment


def matter_of_lowering(person: Person, accountable: Iterable[str]) -> Matter:
    """Return whose decision it is not to lower a high or very high risk: the practitioners' of the case."""
    return Matter(
        person_id=person.id,
        practitioners=frozenset(accountable),
        subjects=frozenset({person.id}),
        kinds=frozenset({LOWERED}),
    )


def is_managed_lowering(previous: str | None, level: str) -> bool:
    """Return whether a change of level takes a manager: it lowers high or very high."""
    return previous in MANAGED_LEVELS and lowers(previous, level)


def record_from_document(
    session: Session,
    actor: Actor,
    person: Person,
    judged: Sequence[Said],
    *,
    overall: str | None,
    referral_id: uuid.UUID | None = None,
) -> list[str]:
    """Record the risk to each group that a canonical document states; return the names of what changed.

    A document carries no evidence, so it can raise a level and never lower one. That includes one
    that repeats an earlier level: destinations read the document, and would read the level before a rise.
    Where it repeats a level that has been lowered since, the group is skipped. On a side record it
    is so with the levels on the held one for a region with which the risk is shared; for others they are
    proposals. On a merged record it is so with what is judged anew and the levels on the one that stands
    for it; what was said before the merge may be repeated.

    Args:
        person: held by this transaction.
        overall: the overall level that the document states.

    Raises:
        Problem: 422 naming every level that is below the one on record.
    """
    latest = queries.current_rosh(session, person.id)
    before = queries.submitted_rosh(session, person.id)
    news = [said for said in judged if before.get(said.ref) != said.digest]
    shared = None if person.held else visibility.shared_record(session, actor, person.crn, "risk")
    if shared is not None:
        _require_none_lower(queries.current_rosh(session, shared.id), judged, overall)
    stands = person.same_as_id
    anew = news or (overall and not before)
    if stands is not None and anew and visibility.sees_all(session, actor, stands, ["risk"]):
        _require_none_lower(queries.current_rosh(session, stands), news, overall)
    _require_none_lower(latest, judged, overall)
    for said in news:
        judgement = said.facts | {"group_at_risk": said.ref, "submitted": said.digest}
        _write(session, actor, person, judgement, after=latest.get(said.ref), referral_id=referral_id)
    return [f"rosh.{said.ref}" for said in news]


def _require_none_lower(
    latest: Mapping[str, RoshAssessment], judged: Sequence[Said], overall: str | None
) -> None:
    lower = [
        f"{said.at}/level"
        for said in judged
        if said.ref in latest and lowers(latest[said.ref].level, said.facts["level"])
    ]
    if overall and lowers(highest(one.level for one in latest.values()), overall):
        lower.append("/risk/rosh/overall")
    if lower:
        raise invalid(
            Fault(at, "Below the level on record: lower that first, with evidence.") for at in lower
        )


def _manager(actor: Actor) -> str | None:
    return actor.practitioner.id if actor.practitioner and is_manager(actor) else None


def _happened(previous: RoshAssessment | None, level: str) -> str:
    if previous is None:
        return "recorded"
    if previous.level == level:
        return "confirmed"
    return "lowered" if lowers(previous.level, level) else "raised"


def _write(
    session: Session,
    actor: Actor,
    person: Person,
    judgement: Mapping[str, Any],
    *,
    after: RoshAssessment | None,
    referral_id: uuid.UUID | None,
) -> RoshAssessment:
    return writes.add_rosh_assessment(
        session,
        actor,
        person,
        judgement,
        event=f"rosh.{_happened(after, judgement['level'])}",
        previous_level=after.level if after else None,
        audience=() if after is None else visibility.sharing_organisations(session, person.id, "risk"),
        referral_id=referral_id,
    )
