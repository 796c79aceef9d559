"""Reads the table of consequences for one change, and says what keeps a review from being complete. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from service.checks.reasons import ALLEGES_DANGER
from service.circumstances.consequences import (
    AP,
    BOTH,
    CAS3,
    CHILDREN,
    CONSEQUENCES,
    CRS,
    ENDS_ALLEGATION,
    MAPPA,
    About,
    Consider,
    Review,
    Standing,
    Told,
    Urgency,
)
from service.circumstances.endings import ENDINGS
from service.people.rules import Source

ROSH_CHANGED = "rosh_changed"
"""Recorded with its own facts and not as a sentence: see `POST /people/{crn}/changes-of-circumstance`."""

BRINGS_RELEASE_DATE: frozenset[str] = frozenset({"release_date_changed", "recalled"})
"""Which say on which day the person is released; a recall of fixed length does."""

CORRECTED = "report_corrected"
"""Recorded by the service where something that others may have decided upon was not so."""

HEARING_CHANGED, HEARING_VACATED = "hearing_date_changed", "hearing_vacated"
OF_HEARING: frozenset[str] = frozenset({HEARING_CHANGED, HEARING_VACATED})
"""Which say when the hearing is for which answers are needed, or that there is none; always with a reason."""

CONCERN_OF: Mapping[str, str] = MappingProxyType(
    {AP: "premises_concern", CAS3: "provider_concern", CRS: "provider_concern", MAPPA: "mappa_concern"}
)
"""What a destination's report of behaviour counts as."""

ROUND_THE_CLOCK: frozenset[str] = frozenset({"threat", "death_in_error"})
"""The kinds that somebody must see to at any hour, whoever records them (truth-over-time, "Clocks")."""

CHECKS_ABOUT: Mapping[About, tuple[str, ...]] = MappingProxyType(
    {
        About.NEW_PARTNER: BOTH,
        About.PARTNER: BOTH,
        About.CHILD: (CHILDREN,),
        About.UNBORN: BOTH,
        About.ADDRESS: BOTH,
    }
)
"""The checks on a contact whom a change brings into the case, for every kind of change."""


@dataclass(frozen=True)
class Effects:
    """What one change sets off, when all that is known about it has been weighed."""

    checks: tuple[str, ...]
    review: Review | None
    notify: tuple[str, ...]
    consider: tuple[Consider, ...]
    about: tuple[About, ...]
    disclosure_decision: Told | None
    suspends: bool
    urgency: Urgency


URGENT_BY_ITSELF: frozenset[str] = frozenset(
    kind for kind, row in CONSEQUENCES.items() if row.review is not None and row.review.urgency == "urgent"
)
"""The kinds that are urgent whether or not whoever records them says so."""


def alleges_danger(kind: str, standing: str, *, urgent: bool) -> bool:
    """Return whether a change says that somebody may be in danger: by its kind, or because it is urgent."""
    return standing not in ENDS_ALLEGATION and (urgent or kind in ALLEGES_DANGER)


def is_danger_now(kind: str, standing: str, brings: Iterable[About], *, urgent: bool) -> bool:
    """Return whether a named person must see to what probation records now, at any hour.

    A threat always is such a danger; any other danger is one to a child, where it is said to be urgent.

    Args:
        brings: whom it names or brings into the case.
        urgent: whether whoever records it says that it is.
    """
    if standing in ENDS_ALLEGATION:
        return False
    children = urgent and not {About.CHILD, About.UNBORN}.isdisjoint(brings)
    return kind in ROUND_THE_CLOCK or (children and kind in ALLEGES_DANGER)


def asks_whether_children(
    effects: Effects, *, brings_child: bool, brings_partner: bool, children_on_record: bool
) -> bool:
    """Return whether the practitioner is asked again whether there are children.

    An earlier "no" says nothing about the children of a new partner, at a new address, or where the police
    were called.

    Args:
        effects: of the change.
        brings_child: a child is among those it is about.
        brings_partner: a partner is among them who was not on record before.
    """
    if CHILDREN not in effects.checks or brings_child:
        return False
    return About.NEW_PARTNER in effects.about or brings_partner or not children_on_record


AFTER_ALLEGATION: Mapping[str, Review] = MappingProxyType(
    {Standing.REFUTED: Review(), Standing.NOT_SUBSTANTIATED: Review()}
)
"""What is reviewed when an allegation ends: what it had raised, as one decision; or what is left of it."""
EVIDENCE_FROM: frozenset[str] = frozenset(
    {
        Source.POLICE,
        Source.CHILDRENS_SERVICES,
        Source.PRISON,
        Source.COURT,
        Source.PROVIDER,
        Source.APPROVED_PREMISES,
        Source.HEALTH,
        Source.EMPLOYER,
        Source.NOMIS,
    }
)
"""Whose evidence can refute: never the person's own word, nor that of whoever made the allegation or took it
back."""


def can_refute(source: str, *, takes_evidence: bool) -> bool:
    """Return whether what a source says can refute a change.

    Args:
        takes_evidence: whether a manager's word is not enough.
    """
    return source in EVIDENCE_FROM or (source == Source.PRACTITIONER and not takes_evidence)


def takes_evidence(kind: str, standing: str, source: str, *, urgent: bool) -> bool:
    """Return whether it takes evidence to refute a change (truth-over-time, "Endings").

    An allegation takes it, and so does a danger that others have established. What probation itself recorded
    of somebody else, it says itself, and so it does of a state or a day of release: those follow the record.

    Args:
        source: whose word it was.
        urgent: whether whoever recorded it said that it is.
    """
    of_state = kind in ENDINGS or kind in BRINGS_RELEASE_DATE
    theirs = source != Source.PRACTITIONER and not of_state
    return standing == Standing.ALLEGED or (theirs and alleges_danger(kind, standing, urgent=urgent))


ANSWERABLE: frozenset[str] = frozenset({"victim_report"})
"""What can be answered, which is not to say that it was not so."""

_NOTHING = Effects((), None, (), (), (), disclosure_decision=None, suspends=False, urgency="routine")


def effects(kind: str, standing: str, brings: Iterable[About] = ()) -> Effects:
    """Return what a change triggers.

    Args:
        kind: a key of the table.
        standing: one of `Standing`. What ends an allegation sets off nothing but a review: of what was
            done because of it, or of what is left of it.
        brings: whom the report itself brings into the case, beyond what its kind always does.

    Raises:
        KeyError: there is no such kind.
    """
    row = CONSEQUENCES[kind]
    if standing in ENDS_ALLEGATION:
        return replace(_NOTHING, review=AFTER_ALLEGATION.get(standing))
    urgency = row.review.urgency if row.review else "routine"
    suffices = standing == Standing.ESTABLISHED or row.alleged_suffices
    brought = tuple(dict.fromkeys((*(row.about if suffices else ()), *brings)))
    checks = [*(row.checks if suffices else ())]
    checks += [check for about in brings for check in CHECKS_ABOUT[about]]
    return Effects(
        checks=tuple(dict.fromkeys(checks)),
        review=row.review,
        notify=row.notify if suffices else (),
        consider=row.consider,
        about=brought,
        disclosure_decision=row.disclosure_decision if suffices else None,
        suspends=row.suspends and suffices,
        urgency=urgency,
    )


REVIEW_CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "risk_assessment": "the assessment of risk",
        "risk_management_plan": "the risk management plan",
        "sentence_plan": "the sentence plan",
        "licence_conditions": "the licence conditions",
        "contact_level": "how often the person is seen",
        "curfew": "the curfew",
        "placement": "the placement",
        "destination_referrals": "a destination referral, which is amended, withdrawn or added",
        "safety_planning": "the safety plan of a partner, child or victim",
    }
)
"""What a review can find must change."""

CONSIDERED: Mapping[str, str] = MappingProxyType(
    {
        "referred": "a referral is made",
        "already_involved": "the arrangements or the conference already deal with the case",
        "not_needed": "no referral is needed",
    }
)
"""What can come of considering MAPPA or MARAC."""

DECISIONS_TO_TELL: Mapping[str, str] = MappingProxyType(
    {
        "told": "the information is disclosed",
        "partly_told": "part of the information is disclosed; `withheld` names the rest",
        "not_told": "nothing is disclosed",
    }
)
"""What can be decided about a disclosure to a person who may be in danger."""


@dataclass(frozen=True)
class Unfit:
    """One thing wrong with how a review is completed: which member, and what."""

    member: str
    words: str


def needs_agreement(completion: Mapping[str, Any]) -> bool:
    """Return whether a manager must agree before a review is complete: it would change nothing."""
    return "no_change_reason" in completion


def completion_faults(kind: str, consider: Iterable[str], completion: Mapping[str, Any]) -> list[Unfit]:
    """Return everything that keeps a review from being complete.

    Args:
        kind: `risk`, or `disclosure` for a decision about a disclosure.
        consider: what must have been considered by name.
        completion: as sent: changes, no_change_reason, considered, disclosure, withheld, reason.
    """
    found = []
    dealt_with = {one["what"] for one in completion.get("considered", ())}
    found += [
        Unfit("considered", f"Say what came of considering {w}.") for w in consider if w not in dealt_with
    ]
    if kind == "disclosure":
        if "disclosure" not in completion:
            found.append(Unfit("disclosure", "Say what was decided about telling."))
        if "reason" not in completion:
            found.append(Unfit("reason", "Say why it was decided so."))
        if completion.get("disclosure") == "partly_told" and not completion.get("withheld"):
            found.append(Unfit("withheld", "Say what was withheld."))
        if needs_agreement(completion):
            found.append(Unfit("no_change_reason", "Belongs to a review of risk."))
        return found
    if "disclosure" in completion:
        found.append(Unfit("disclosure", "Belongs to a decision about telling somebody."))
    changes, nothing = completion.get("changes"), needs_agreement(completion)
    if bool(changes) == nothing:
        found.append(Unfit("changes", "Name what it changes, or give no_change_reason; one of the two."))
    return found
