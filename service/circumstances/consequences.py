"""What each change of circumstance triggers, as one table that a practitioner could check.

Pure. It names checks, reviews and those to be notified; no row can recall a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

Urgency = Literal["routine", "urgent"]
Owner = Literal["practitioner", "spo"]
Told = Literal["partner", "named"]


class Standing(StrEnum):
    """How far a change is known to be so: kept apart, because an allegation is not a finding."""

    ALLEGED = "alleged"
    ESTABLISHED = "established"
    REFUTED = "refuted"
    NOT_SUBSTANTIATED = "not_substantiated"
    ANSWERED = "answered"
    UNFOUNDED = "unfounded"


STANDINGS: Mapping[str, str] = MappingProxyType(
    {
        Standing.ALLEGED: "said to be so, and not established",
        Standing.ESTABLISHED: "known to be so",
        Standing.REFUTED: "an earlier allegation, or what probation itself recorded as established, that "
        "evidence shows not to be so, or that was recorded by mistake; a manager records it",
        Standing.NOT_SUBSTANTIATED: "an earlier allegation that was taken back, contradicted or not pursued: "
        "it stays in the chronology, and a review of its own ends it",
        Standing.ANSWERED: "an earlier report of a victim that was right to be made, and has been answered",
    }
)
"""What each standing means, as the API explains it."""
STANDINGS_ON_RECORD: Mapping[str, str] = MappingProxyType(
    {**STANDINGS, Standing.UNFOUNDED: "as earlier releases recorded that an allegation was not so"}
)
SETTLED = frozenset({Standing.REFUTED, Standing.ANSWERED, Standing.UNFOUNDED})
"""Nothing is alleged any more."""
ENDS_ALLEGATION = SETTLED | {Standing.NOT_SUBSTANTIATED}
"""The ways in which an allegation ends (truth-over-time, "Endings"), and the one of earlier releases."""


class Reliability(StrEnum):
    """How far the source has shown itself to be right before."""

    RELIABLE = "reliable"
    MOSTLY_RELIABLE = "mostly_reliable"
    UNRELIABLE = "unreliable"
    UNTESTED = "untested"


RELIABILITIES: Mapping[str, str] = MappingProxyType(
    {
        Reliability.RELIABLE: "the source has been right before",
        Reliability.MOSTLY_RELIABLE: "the source has mostly been right before",
        Reliability.UNRELIABLE: "the source has often been wrong before",
        Reliability.UNTESTED: "nothing is known about the source's record",
    }
)
"""What each degree of reliability means, as the API explains it."""


class About(StrEnum):
    """Whom or what a change brings into the case, whether or not anybody has said who that is."""

    NEW_PARTNER = "new_partner"
    PARTNER = "partner"
    CHILD = "child"
    UNBORN = "unborn"
    ADDRESS = "address"


class Consider(StrEnum):
    """What a review must have considered by name before it is complete."""

    MAPPA = "mappa"
    MARAC = "marac"


CONSIDERATIONS: Mapping[str, str] = MappingProxyType(
    {
        Consider.MAPPA: "multi-agency public protection arrangements",
        Consider.MARAC: "the multi-agency domestic abuse conference, whose subject is the victim",
    }
)
"""What each of them is, as the API explains it."""


POLICE, CHILDREN = "police_da", "childrens_safeguarding"
BOTH = (POLICE, CHILDREN)
AP, CAS3, CRS, MAPPA = "approved_premises", "cas3", "crs", "mappa"
EVERYBODY = (AP, CAS3, CRS, MAPPA)
RESIDENCES = (AP, CAS3, MAPPA)
MAPPA_ONLY = (MAPPA,)


@dataclass(frozen=True, kw_only=True)
class Review:
    """A review that a role owes; routine in 5 working days, urgent in 1 (`policies.REVIEW_DUE`).

    Args:
        owner: the role that owes it.
        urgency: which of the two.
    """

    owner: Owner = "practitioner"
    urgency: Urgency = "routine"


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """One row of the table.

    Args:
        words: the change as a practitioner would say it.
        checks: the kinds of check raised again, as a new cycle.
        review: the review that opens.
        notify: the kinds of destination that are notified, where they are open: by the code of the change
            alone, never by its details. A change of risk goes with the document instead, and is not listed
            here.
        about: whom it brings into the case; a check on an unnamed contact waits for details.
        consider: what the review must have considered by name.
        alleged_suffices: an allegation sets all of it off; otherwise only a review, to find out.
        disclosure_decision: who may have to be told (Domestic Violence Disclosure Scheme, 28 days): each
            partner, known or not, or whoever is named as in danger; None when nobody.
        suspends: the work of the destinations is suspended.
        positive: it may lower what is needed; the review asks that too.
    """

    words: str
    review: Review | None
    checks: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    about: tuple[About, ...] = ()
    consider: tuple[Consider, ...] = ()
    alleged_suffices: bool = True
    disclosure_decision: Told | None = None
    suspends: bool = False
    positive: bool = False


_SOON = Review(urgency="urgent")
_ROUTINE = Review()
_SPO_SOON = Review(owner="spo", urgency="urgent")
_SPO = Review(owner="spo")

CONSEQUENCES: Mapping[str, Consequence] = MappingProxyType(
    {
        # Relationships
        "new_relationship": Consequence(
            words="A new relationship is known or said to have begun.",
            checks=BOTH,
            review=_ROUTINE,
            notify=MAPPA_ONLY,
            about=(About.NEW_PARTNER,),
            consider=(Consider.MARAC,),
            disclosure_decision="partner",
        ),
        "resumed_relationship": Consequence(
            words="A former relationship has been taken up again.",
            checks=BOTH,
            review=_ROUTINE,
            notify=MAPPA_ONLY,
            about=(About.PARTNER,),
            consider=(Consider.MARAC,),
            disclosure_decision="partner",
        ),
        "possible_separation": Consequence(
            words="A separation is possible or under way: the time of most danger to a partner.",
            checks=(POLICE,),
            review=_SOON,
            notify=MAPPA_ONLY,
            about=(About.PARTNER,),
            consider=(Consider.MAPPA, Consider.MARAC),
        ),
        "reconciliation": Consequence(
            words="A couple who had separated are together again.",
            checks=BOTH,
            review=_ROUTINE,
            notify=MAPPA_ONLY,
            about=(About.PARTNER,),
            consider=(Consider.MARAC,),
            disclosure_decision="partner",
        ),
        "partner_pregnant": Consequence(
            words="A partner or former partner is pregnant.",
            checks=BOTH,
            review=_SOON,
            notify=MAPPA_ONLY,
            about=(About.PARTNER, About.UNBORN),
            consider=(Consider.MARAC,),
            disclosure_decision="partner",
        ),
        # Children
        "contact_with_child": Consequence(
            words="Contact with a child has been learned of.",
            checks=(CHILDREN,),
            review=_SOON,
            notify=MAPPA_ONLY,
            about=(About.CHILD,),
            consider=(Consider.MAPPA,),
        ),
        # Where the person lives and goes
        "address_proposed": Consequence(
            words="An address is proposed: for release, to move on to, or to visit.",
            checks=BOTH,
            review=_ROUTINE,
            notify=MAPPA_ONLY,
            about=(About.ADDRESS,),
        ),
        "address_new": Consequence(
            words="The person lives or stays somewhere new.",
            checks=BOTH,
            review=_SOON,
            notify=MAPPA_ONLY,
            about=(About.ADDRESS,),
        ),
        "left_home": Consequence(
            words="The person has left where they lived.",
            checks=(POLICE,),
            review=_SOON,
            notify=MAPPA_ONLY,
        ),
        "returned_home": Consequence(
            words="The person is back where they lived before.",
            checks=BOTH,
            review=_SOON,
            notify=MAPPA_ONLY,
        ),
        # Police, threats and breaches
        "arrest": Consequence(
            words="The person has been arrested.",
            checks=(POLICE,),
            review=_SOON,
            notify=EVERYBODY,
            consider=(Consider.MAPPA,),
        ),
        "police_call_out": Consequence(
            words="The police were called to the person, a partner or an address.",
            checks=BOTH,
            review=_SOON,
            notify=MAPPA_ONLY,
            consider=(Consider.MAPPA, Consider.MARAC),
        ),
        "threat": Consequence(
            words="A threat has been made, or is said to have been; the source may be unknown.",
            checks=(POLICE,),
            review=_SOON,
            notify=MAPPA_ONLY,
            consider=(Consider.MAPPA, Consider.MARAC),
            disclosure_decision="named",
        ),
        "exclusion_breach": Consequence(
            words="An exclusion zone was entered.",
            checks=(POLICE,),
            review=_SOON,
            notify=RESIDENCES,
            consider=(Consider.MAPPA,),
            alleged_suffices=False,
        ),
        "contact_condition_breach": Consequence(
            words="Somebody was contacted whom a condition protects.",
            checks=BOTH,
            review=_SOON,
            notify=MAPPA_ONLY,
            consider=(Consider.MAPPA, Consider.MARAC),
        ),
        "victim_report": Consequence(
            words="A victim has reported something through the victim liaison officer.",
            checks=(POLICE,),
            review=_SPO_SOON,
            notify=MAPPA_ONLY,
            consider=(Consider.MAPPA, Consider.MARAC),
        ),
        "gang_indication": Consequence(
            words="There are signs of involvement with a gang.",
            checks=(POLICE,),
            review=_SOON,
            notify=MAPPA_ONLY,
            consider=(Consider.MAPPA,),
        ),
        "extremism_indication": Consequence(
            words="There are signs of extremism.",
            checks=(POLICE,),
            review=_SPO_SOON,
            notify=MAPPA_ONLY,
            consider=(Consider.MAPPA,),
        ),
        # How the person is doing
        "positive_drug_test": Consequence(
            words="A drug test was positive.", review=_ROUTINE, notify=RESIDENCES, alleged_suffices=False
        ),
        "missed_appointments": Consequence(
            words="Appointments are being missed.", review=_ROUTINE, notify=EVERYBODY, alleged_suffices=False
        ),
        "reporting_changed": Consequence(
            words="How often or how the person reports has changed.",
            review=_ROUTINE,
            notify=(AP, MAPPA),
            alleged_suffices=False,
        ),
        "self_harm": Consequence(
            words="The person has harmed themselves, or says they may.", review=_SOON, notify=RESIDENCES
        ),
        "provider_concern": Consequence(
            words="A provider has reported behaviour that worries it.", review=_SOON, notify=MAPPA_ONLY
        ),
        "premises_concern": Consequence(
            words="An approved premises has reported behaviour that worries it.",
            review=_SOON,
            notify=MAPPA_ONLY,
        ),
        "mappa_concern": Consequence(
            words="MAPPA has reported behaviour that worries it.",
            review=_SOON,
        ),
        "late_news": Consequence(
            words="A destination wrote when sharing had ended: it may be news of danger.",
            review=_SOON,
        ),
        "report_corrected": Consequence(
            words="Somebody has put right or withdrawn what they had reported: what was decided because of "
            "it may have to be decided again.",
            review=_SOON,
        ),
        # Custody, sentence and who is responsible
        "recalled": Consequence(
            words="The person has been recalled to prison.",
            review=_SPO,
            notify=EVERYBODY,
            alleged_suffices=False,
            suspends=True,
        ),
        "released": Consequence(
            words="The person has been released.",
            checks=BOTH,
            review=_SOON,
            notify=EVERYBODY,
            alleged_suffices=False,
        ),
        # Not in custody: nothing relaxes, whatever was suspended meanwhile stays to be watched.
        "unlawfully_at_large": Consequence(
            words="The person is unlawfully at large: recalled or due back, and not in custody.",
            checks=(POLICE,),
            review=_SPO_SOON,
            notify=EVERYBODY,
            consider=(Consider.MAPPA,),
            alleged_suffices=False,
        ),
        "release_date_changed": Consequence(
            words="The release date has changed.", review=_ROUTINE, notify=EVERYBODY, alleged_suffices=False
        ),
        # By it the checks of a report to a court are needed, and nothing that a destination does.
        "hearing_date_changed": Consequence(
            words="The hearing is on another day.", review=None, alleged_suffices=False
        ),
        "hearing_vacated": Consequence(
            words="The hearing does not take place.", review=None, alleged_suffices=False
        ),
        "hdc_started": Consequence(
            words="Home detention curfew has begun.",
            checks=BOTH,
            review=_ROUTINE,
            notify=EVERYBODY,
            alleged_suffices=False,
        ),
        # The end of a curfew ends nothing else: no check, no sharing, no plan.
        "hdc_ended": Consequence(
            words="Home detention curfew has ended.",
            review=_ROUTINE,
            notify=EVERYBODY,
            alleged_suffices=False,
        ),
        "practitioner_changed": Consequence(
            words="The case has another practitioner.", review=_SPO, notify=EVERYBODY, alleged_suffices=False
        ),
        "area_changed": Consequence(
            words="The case has moved to another area.",
            checks=BOTH,
            review=_SPO,
            notify=EVERYBODY,
            alleged_suffices=False,
        ),
        "sentence_ending": Consequence(
            words="The sentence is about to end, and with it the statutory basis for sharing.",
            review=_ROUTINE,
            notify=EVERYBODY,
            consider=(Consider.MAPPA,),
            alleged_suffices=False,
        ),
        "licence_ending": Consequence(
            words="The licence is about to end.",
            review=_ROUTINE,
            notify=EVERYBODY,
            consider=(Consider.MAPPA,),
            alleged_suffices=False,
        ),
        "supervision_suspended": Consequence(
            words="Supervision has been suspended: nobody need report on the work meanwhile.",
            review=_SPO,
            notify=EVERYBODY,
            alleged_suffices=False,
        ),
        "supervision_resumed": Consequence(
            words="Supervision goes on again.",
            checks=BOTH,
            review=_ROUTINE,
            notify=EVERYBODY,
            alleged_suffices=False,
        ),
        "order_completed_early": Consequence(
            words="The order has ended early, because its requirements are done.",
            review=_SPO_SOON,
            notify=EVERYBODY,
            consider=(Consider.MAPPA,),
            alleged_suffices=False,
        ),
        # Whoever says so, somebody of probation makes sure of it: everything ends with it.
        "died": Consequence(
            words="The person has died.", review=_SPO_SOON, notify=EVERYBODY, alleged_suffices=False
        ),
        # Whoever was told of the death works on, and what was closed is asked and referred again.
        "death_in_error": Consequence(
            words="The person was reported to have died, and has not.",
            checks=BOTH,
            review=_SPO_SOON,
            notify=EVERYBODY,
            alleged_suffices=False,
        ),
        "mappa_asked": Consequence(
            words="MAPPA was asked after others had begun: what they do may have to fit another plan.",
            review=_ROUTINE,
            alleged_suffices=False,
        ),
        "told_of_protected": Consequence(
            words="An agency or a destination has read what it may not know, or may not know any more.",
            review=_SOON,
        ),
        # Risk itself: who may know goes by each destination's document, and each must acknowledge it.
        "rosh_changed": Consequence(words="The risk of serious harm to a group has changed.", review=None),
        # What goes well can lower what is needed.
        "work_started": Consequence(
            words="The person has work or training.",
            review=_ROUTINE,
            notify=EVERYBODY,
            alleged_suffices=False,
            positive=True,
        ),
        "home_settled": Consequence(
            words="The person has a settled home.",
            review=_ROUTINE,
            notify=EVERYBODY,
            alleged_suffices=False,
            positive=True,
        ),
        "engaging_well": Consequence(
            words="The person keeps to the plan and takes part.",
            review=_ROUTINE,
            alleged_suffices=False,
            positive=True,
        ),
        "abstinent": Consequence(
            words="Tests are clear, or drinking has stopped.",
            review=_ROUTINE,
            alleged_suffices=False,
            positive=True,
        ),
        "programme_completed": Consequence(
            words="A programme or treatment has been completed.",
            review=_ROUTINE,
            alleged_suffices=False,
            positive=True,
        ),
        "protective_support": Consequence(
            words="Somebody who protects has come into the person's life, or back into it.",
            review=_ROUTINE,
            alleged_suffices=False,
            positive=True,
        ),
    }
)
KINDS: Mapping[str, str] = MappingProxyType({kind: row.words for kind, row in CONSEQUENCES.items()})
"""What each kind of change means, as the API explains it."""
