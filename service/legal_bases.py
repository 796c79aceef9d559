"""The legal bases of sharing, as one table: what each rests on, where and since when, and what it can carry.

Pure. It says on what ground something may be shared; who may be sent what is in each destination's own file.
A basis carries nothing by being named: it must be in force on the day, in the nation, for the receiver. Each
receiver reads the law of its own row: none names arrangements that the receiver may not know of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

Nation = Literal["england", "wales"]
EVERYWHERE: Final[frozenset[Nation]] = frozenset({"england", "wales"})
_WALES: Final = "N03"

HEALTH: Final = "health"
"""The category of what a destination is sent about health because it must care for the person."""
ANY: Final = "any"
"""Whichever receiver there is: a new one needs no row here."""
POLICE_CHECK, COUNCIL_CHECK = "police_da", "childrens_safeguarding"
CHECKS: Final = "checks"
"""What a continuing basis is named for that covers asking the police and children's services."""

SUPERVISION: Final = "statutory_supervision"
STAY: Final = "stay"
"""The basis that somebody who still houses the person has by that alone."""

LAW_ENFORCEMENT: Final = "law enforcement: Part 3 of the Data Protection Act 2018"
GENERAL: Final = "general processing: UK GDPR and Part 2 of the Data Protection Act 2018"
_PART_3_SINCE, _UK_GDPR_SINCE = date(2018, 5, 25), date(2020, 12, 31)
GENERAL_RECEIVERS: Final = frozenset({COUNCIL_CHECK})
"""Receivers that are no competent authority (2018 c. 12, Sch. 7): a council, whatever regime we share under.

The police, prisons and probation are, and so is whoever provides probation services by arrangement with the
Secretary of State under the Offender Management Act 2007.
"""
_STRICTLY_NECESSARY: Final = (
    "section 35(2)(b); for sensitive processing section 35(5) and Schedule 8, paragraph 1 "
    "(statutory purposes)"
)
_SINCE_PART_3: Final = "2018 c. 12, ss. 31 and 35 and Sch. 8; SI 2018/625 (commencement on 25 May 2018)"
_SINCE_UK_GDPR: Final = "European Union (Withdrawal) Act 2018, section 3 and SI 2019/419 (31 December 2020)"


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    """One row: a basis as it stands in some nations over some time. A code may have several rows.

    Args:
        words: the basis as a practitioner would say it.
        gateway: the law that lets probation share.
        regime, condition: the data protection regime, and the conditions of it that are met.
        nations: where it holds.
        since, until: the first day on which it holds, and the last; None while it holds.
        source: where the row comes from.
        receivers: the kinds of destination and of check that it can carry; `any` for whichever there is. Of
            two rows that hold, the first that carries a receiver is what that receiver reads.
        categories: what it carries beyond what every basis does: `health`.
        outlasts: whether it can go on when supervision has ended.
        named: whether a practitioner names it; otherwise it arises from the facts.
    """

    code: str
    words: str
    gateway: str
    regime: str
    condition: str
    source: str
    since: date
    until: date | None = None
    nations: frozenset[Nation] = EVERYWHERE
    receivers: frozenset[str] = frozenset({ANY})
    categories: frozenset[str] = frozenset({HEALTH})
    outlasts: bool = True
    named: bool = True

    def holds(self, nation: Nation, day: date) -> bool:
        """Return whether it is a basis in a nation on a day."""
        return nation in self.nations and self.since <= day and (self.until is None or day <= self.until)

    def carries(self, kind: str) -> bool:
        """Return whether it can carry a referral to a kind of destination, or a kind of check."""
        return ANY in self.receivers or kind in self.receivers

    def receiver_regime(self, kind: str) -> str:
        """Return the data protection regime under which a kind of receiver holds what it is sent."""
        return GENERAL if kind in GENERAL_RECEIVERS else self.regime


_SAFEGUARDING: Final = "safeguarding of a child or an adult at risk"
_CHILD_AT_RISK: Final = (
    "UK GDPR Article 6(1)(e); Article 9(2)(g) and Article 10 with Schedule 1, paragraph 18 "
    "(safeguarding of children and of individuals at risk)"
)

TABLE: Final = (
    LegalBasis(
        code=SUPERVISION,
        words="supervision of the person by probation",
        gateway="Offender Management Act 2007, section 14",
        regime=LAW_ENFORCEMENT,
        condition=_STRICTLY_NECESSARY,
        since=_PART_3_SINCE,
        source=f"legislation.gov.uk: 2007 c. 21, s. 14; {_SINCE_PART_3}",
        outlasts=False,
    ),
    LegalBasis(
        code="public_protection",
        words="protection of the public",
        gateway="Criminal Justice Act 2003, section 325",
        regime=LAW_ENFORCEMENT,
        condition=_STRICTLY_NECESSARY,
        since=_PART_3_SINCE,
        source=f"legislation.gov.uk: 2003 c. 44, s. 325; {_SINCE_PART_3}",
        # Only who may always know of MAPPA reads of the law on its arrangements.
        receivers=frozenset({"mappa", POLICE_CHECK}),
    ),
    LegalBasis(
        code="public_protection",
        words="protection of the public",
        gateway="Offender Management Act 2007, section 14, and the common law: a pressing need to protect "
        "somebody",
        regime=LAW_ENFORCEMENT,
        condition=_STRICTLY_NECESSARY,
        since=_PART_3_SINCE,
        source=f"legislation.gov.uk: 2007 c. 21, s. 14; {_SINCE_PART_3}",
    ),
    LegalBasis(
        code="safeguarding",
        words=_SAFEGUARDING,
        gateway="Children Act 2004, sections 10 and 11",
        regime=GENERAL,
        condition=_CHILD_AT_RISK,
        since=_UK_GDPR_SINCE,
        nations=frozenset({"england"}),
        source=f"legislation.gov.uk: 2004 c. 31, ss. 10 and 11; 2018 c. 12, Sch. 1, para. 18; "
        f"{_SINCE_UK_GDPR}",
        receivers=frozenset({COUNCIL_CHECK}),
    ),
    LegalBasis(
        code="safeguarding",
        words=_SAFEGUARDING,
        gateway="Children Act 2004, sections 25 and 28",
        regime=GENERAL,
        condition=_CHILD_AT_RISK,
        since=_UK_GDPR_SINCE,
        nations=frozenset({"wales"}),
        source=f"legislation.gov.uk: 2004 c. 31, ss. 25 and 28; 2018 c. 12, Sch. 1, para. 18; "
        f"{_SINCE_UK_GDPR}",
        receivers=frozenset({COUNCIL_CHECK}),
    ),
    LegalBasis(
        code="safeguarding",
        words=_SAFEGUARDING,
        gateway="Children Act 2004, section 11",
        regime=GENERAL,
        condition=_CHILD_AT_RISK,
        since=_UK_GDPR_SINCE,
        nations=frozenset({"england"}),
        source=f"legislation.gov.uk: 2004 c. 31, s. 11; 2018 c. 12, Sch. 1, para. 18; {_SINCE_UK_GDPR}",
    ),
    LegalBasis(
        code="safeguarding",
        words=_SAFEGUARDING,
        gateway="Children Act 2004, section 28",
        regime=GENERAL,
        condition=_CHILD_AT_RISK,
        since=_UK_GDPR_SINCE,
        nations=frozenset({"wales"}),
        source=f"legislation.gov.uk: 2004 c. 31, s. 28; 2018 c. 12, Sch. 1, para. 18; {_SINCE_UK_GDPR}",
    ),
    LegalBasis(
        code="crime_prevention",
        words="prevention or detection of crime",
        gateway="Crime and Disorder Act 1998, section 115",
        regime=LAW_ENFORCEMENT,
        condition=_STRICTLY_NECESSARY,
        since=_PART_3_SINCE,
        source=f"legislation.gov.uk: 1998 c. 37, s. 115; {_SINCE_PART_3}",
        # Care for somebody's health is not what prevents a crime.
        categories=frozenset(),
    ),
    LegalBasis(
        code="vital_interests",
        words="protection of a person's life",
        gateway="UK GDPR, Article 6(1)(d)",
        regime=GENERAL,
        condition="UK GDPR Article 6(1)(d); Article 9(2)(c); Article 10 with Schedule 1, paragraph 30",
        since=_UK_GDPR_SINCE,
        source=f"legislation.gov.uk: UK GDPR, arts. 6 and 9; 2018 c. 12, Sch. 1, para. 30; {_SINCE_UK_GDPR}",
        # A service that somebody attends to resettle protects nobody's life.
        receivers=frozenset({"approved_premises", "cas3", "mappa", POLICE_CHECK, COUNCIL_CHECK}),
    ),
    LegalBasis(
        code="consent",
        words="the person's consent; alone it carries nothing to any destination",
        gateway="none: consent opens no gateway",
        regime=GENERAL,
        condition="UK GDPR Article 6(1)(a)",
        since=_UK_GDPR_SINCE,
        source="UK GDPR, arts. 6 and 7, recital 43: to a public authority it is seldom given freely",
        receivers=frozenset(),
        categories=frozenset(),
        outlasts=False,
    ),
    LegalBasis(
        code=STAY,
        words="the person still lives there, for as long as the stay lasts",
        gateway="Offender Management Act 2007, sections 2 and 13",
        regime=GENERAL,
        condition=(
            "UK GDPR Article 6(1)(e); Article 9(2)(g) and Article 10 with Schedule 1, paragraph 6 "
            "(statutory and government purposes)"
        ),
        since=_UK_GDPR_SINCE,
        source=f"legislation.gov.uk: 2007 c. 21, ss. 2 and 13; 2018 c. 12, Sch. 1, para. 6; {_SINCE_UK_GDPR}",
        receivers=frozenset({"approved_premises", "cas3"}),
        named=False,
    ),
)
"""Every basis. Dates are those of the data protection regime, the youngest law that each row rests on."""


def _words(rows: Iterable[LegalBasis]) -> Mapping[str, str]:
    return MappingProxyType({row.code: row.words for row in rows})


NAMED: Final = _words(row for row in TABLE if row.named)
"""The codes that a submission may name as its basis."""
CONTINUING: Final = _words(row for row in TABLE if row.named and row.outlasts)
"""The codes on which sharing can go on after supervision has ended."""


def nation_of(region: str) -> Nation:
    """Return the nation of a probation region, by its code."""
    return "wales" if region == _WALES else "england"


def row_of(code: str, nation: Nation, day: date, kind: str) -> LegalBasis | None:
    """Return the row of a basis that holds in a nation on a day, for a kind of receiver; None when none does.

    Where none of the rows that hold carries the receiver, it is one of those.
    """
    rows = [row for row in TABLE if row.code == code and row.holds(nation, day)]
    return next((row for row in rows if row.carries(kind)), rows[-1] if rows else None)


def can_carry(code: str | None, kind: str) -> bool:
    """Return whether any row of a basis can carry a referral to a kind of destination, or a kind of check."""
    return any(row.code == code and row.carries(kind) for row in TABLE)


def outlasts(code: str | None) -> bool:
    """Return whether a basis can go on when supervision has ended."""
    return any(row.code == code and row.outlasts for row in TABLE)


def carries_health(code: str | None) -> bool:
    """Return whether a basis carries what destinations are sent about health."""
    return any(row.code == code and HEALTH in row.categories for row in TABLE)


def covers_asking(code: str | None) -> bool:
    """Return whether a basis covers asking the police and children's services about a case."""
    return all(can_carry(code, kind) for kind in (POLICE_CHECK, COUNCIL_CHECK))
