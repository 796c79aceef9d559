"""On which legal basis whom may be told, as one table: what each rests on and what must be so. Pure.

What a basis rests on is a row of `service.legal_bases`, where one is there; two are for third
parties alone. A basis that does not fit the recipient or the case is refused, and those that fit are named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from service.legal_bases import LAW_ENFORCEMENT, LegalBasis, Nation, row_of

RECIPIENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "partner": "a partner, or somebody who may become one",
        "parent": "a parent or carer of a child",
        "possible_victim": "somebody else whom the person may harm, such as a sister, or who protects them",
        "employer": "an employer, or somebody for whom the person works unpaid",
        "place_of_worship": "a place of worship",
        "landlord": "a landlord",
        "agency": "an organisation that takes part in this service: give `organisation_id`",
        "other": "somebody else",
    }
)
"""Who can be told."""

_EVERYBODY: Final = frozenset(RECIPIENTS)
_AGENCY: Final = frozenset({"agency"})
_PART_3_SINCE: Final = date(2018, 5, 25)


@dataclass(frozen=True)
class CaseFacts:
    """What a basis may need of the case; what nothing on record says is not so.

    Args:
        supervised: whether sharing goes on: the licence or order has not ended, or another basis is in force.
        mappa: whether the newest referral goes to MAPPA too.
        child_sex_offence: whether it lists a conviction of a sexual offence against a child.
    """

    supervised: bool
    mappa: bool
    child_sex_offence: bool


@dataclass(frozen=True, kw_only=True)
class TellingBasis:
    """One row: a basis on which somebody is told.

    Args:
        words: the basis as a practitioner would say it.
        law: the code of what it rests on, in `legal_bases` or among the laws of this file.
        recipients: whom it lets probation tell.
        organisations: of an agency, the kinds that it lets probation tell; any when empty.
        needs: the members of `CaseFacts` that must be so.
        meeting: whether a MAPPA meeting decides, which is recorded with who was there.
        receiver: the kind of receiver whose row of `legal_bases` it rests on, where that depends on it.
    """

    words: str
    law: str
    recipients: frozenset[str]
    organisations: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    meeting: bool = False
    receiver: str = ""


NEEDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "supervised": "the licence or order has ended",
        "mappa": "no referral says that MAPPA manages the person",
        "child_sex_offence": "no referral lists a conviction of a sexual offence against a child",
    }
)
"""What is missing where a fact is needed that is not so, in words."""

TABLE: Final[Mapping[str, TellingBasis]] = MappingProxyType(
    {
        "common_law": TellingBasis(
            words="a pressing need to protect somebody, necessary and proportionate (common law)",
            law="common_law",
            recipients=_EVERYBODY,
        ),
        # Between those who manage offenders: neither the police nor a council is one of them.
        "managing_offenders": TellingBasis(
            words="Offender Management Act 2007, section 14: an organisation that manages the person, while "
            "the licence or order lasts",
            law="statutory_supervision",
            recipients=_AGENCY,
            organisations=frozenset({"approved_premises", "cas3_team", "crs_provider", "probation_region"}),
            needs=("supervised",),
        ),
        "mappa_arrangements": TellingBasis(
            words="Criminal Justice Act 2003, section 325: a MAPPA meeting decided that an agency with a "
            "duty to co-operate is told; give `mappa`",
            law="public_protection",
            recipients=_AGENCY,
            organisations=frozenset(
                {"approved_premises", "cas3_team", "local_authority", "mappa_area", "police_force"}
            ),
            needs=("mappa",),
            meeting=True,
            receiver="mappa",
        ),
        "child_sex_offender": TellingBasis(
            words="Criminal Justice Act 2003, section 327A: about a child sex offender, to a member of the "
            "public; a MAPPA meeting decided; give `mappa`",
            law="child_sex_offender",
            recipients=_EVERYBODY - _AGENCY,
            needs=("child_sex_offence",),
            meeting=True,
        ),
        # Those who look after a child; an employer or a place of worship is told on another basis.
        "child_welfare": TellingBasis(
            words="Children Act 2004, section 11, or in Wales section 28: who looks after a child, a council "
            "or the police",
            law="safeguarding",
            recipients=frozenset({"partner", "parent", "agency"}),
            organisations=frozenset({"local_authority", "police_force"}),
        ),
    }
)
"""Every basis by its code. Under the Right to Know the police decide: see `refer`.

Source: the Acts that each row names; whom a duty to co-operate binds: Criminal Justice Act 2003, s. 325(6);
members of the public: s. 327A and MAPPA guidance, "Disclosure". Which of our recipients each admits is our
own reading of them.
"""

LEGAL_BASES: Final[Mapping[str, str]] = MappingProxyType({code: row.words for code, row in TABLE.items()})
"""The codes of the bases, as the API explains them."""

_LAWS: Final[Mapping[str, LegalBasis]] = MappingProxyType(
    {
        "common_law": LegalBasis(
            code="common_law",
            words="a pressing need to protect somebody",
            gateway="common law: a pressing need to protect somebody, necessary and proportionate",
            regime=LAW_ENFORCEMENT,
            condition=(
                "section 35(2)(b); for sensitive processing section 35(5) and Schedule 8, paragraph 4 "
                "(safeguarding of children and of individuals at risk)"
            ),
            since=_PART_3_SINCE,
            source="R v Chief Constable of North Wales, ex p Thorpe [1999] QB 396; 2018 c. 12, s. 35",
        ),
        "child_sex_offender": LegalBasis(
            code="child_sex_offender",
            words="disclosure about a child sex offender",
            gateway="Criminal Justice Act 2003, section 327A",
            regime=LAW_ENFORCEMENT,
            condition=(
                "section 35(2)(b); for sensitive processing section 35(5) and Schedule 8, paragraph 1 "
                "(statutory purposes)"
            ),
            since=_PART_3_SINCE,
            source="legislation.gov.uk: 2003 c. 44, s. 327A (2008 c. 4, s. 140); 2018 c. 12, s. 35, Sch. 8",
        ),
    }
)


def law_of(code: str, nation: Nation, day: date) -> LegalBasis | None:
    """Return what a basis rests on in a nation on a day; None when nothing does."""
    law = TABLE[code].law
    own = _LAWS.get(law)
    if own is None:
        return row_of(law, nation, day, TABLE[code].receiver)
    return own if own.holds(nation, day) else None


def misfit(code: str, recipient: str, organisation_kind: str | None, facts: CaseFacts) -> str | None:
    """Return why a basis does not let probation tell somebody, in words; None when it does.

    Args:
        recipient: one of `RECIPIENTS`.
        organisation_kind: of an agency.
    """
    row = TABLE[code]
    if recipient not in row.recipients:
        return f"it is not for {recipient}"
    if organisation_kind is not None and row.organisations and organisation_kind not in row.organisations:
        return f"it is not for {organisation_kind}"
    return next((NEEDED[fact] for fact in row.needs if not getattr(facts, fact)), None)


def fitting(recipient: str, organisation_kind: str | None, facts: CaseFacts) -> list[str]:
    """Return the codes of the bases on which somebody may be told; see `misfit`."""
    return [code for code in TABLE if misfit(code, recipient, organisation_kind, facts) is None]
