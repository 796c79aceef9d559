"""On what basis one destination is sent a referral, until when, and what no basis carries.

Pure. Sharing is in force on a day when some basis is; each basis ends by itself, on its own last day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from service.destinations.case import Ask
from service.destinations.contract import Destination, Gap
from service.destinations.nature import is_health
from service.document.paths import Document, day_at, value_at
from service.legal_bases import CHECKS, HEALTH, STAY, SUPERVISION, Nation, covers_asking, outlasts, row_of

SUPERVISION_ENDS: Final = ("sentence.licence_expiry_date", "sentence.expiry_date", "sentence.pss_end_date")
"""The days with which supervision ends: the latest that is known counts."""
SUPERVISED_RELEASES: Final = frozenset(
    {
        "crd_licence",
        "extended_determinate_licence",
        "parole",
        "pss",
        "standard_recall",
        "fixed_term_recall",
        "risk_assessed_recall_review",
        "ipp_rarr",
    }
)
"""The releases under which probation supervises: a curfew or a day out that ends, ends nothing else."""
_FOR_LIFE: Final = frozenset({"life", "ipp"})
BASIS_AT: Final = "/sharing_basis/legal_basis"


@dataclass(frozen=True)
class Basis:
    """A basis of sharing with one destination.

    Args:
        code: of `legal_bases`.
        until: its last day; None while none is known.
    """

    code: str
    until: date | None

    def in_force(self, day: date) -> bool:
        """Return whether it is in force on a day."""
        return self.until is None or day <= self.until

    @property
    def stored(self) -> dict[str, str | None]:
        """The form in which a destination referral keeps it."""
        return {"basis": self.code, "until": self.until.isoformat() if self.until else None}


@dataclass(frozen=True)
class Where:
    """Where and when something is shared.

    Args:
        answered: the path of every answer that there is, those of the destination's annex among them.
        ended: the day on which supervision ended by an earlier referral, for a document that gives no end.
    """

    nation: Nation
    today: date
    answered: AbstractSet[str]
    ended: date | None = None

    def is_sent_health(self, destination: Destination) -> bool:
        """Return whether a destination would be sent anything about health."""
        return any(map(is_health, destination.permitted & self.answered))


def stored_bases(stored: Iterable[Mapping[str, Any]]) -> tuple[Basis, ...]:
    """Read what `Basis.stored` wrote."""
    return tuple(
        Basis(one["basis"], date.fromisoformat(one["until"]) if one["until"] else None) for one in stored
    )


def current(bases: Iterable[Basis], day: date) -> Basis | None:
    """Return the first basis that is in force on a day; None when sharing has ended."""
    return next((basis for basis in bases if basis.in_force(day)), None)


def last_day(bases: Sequence[Basis]) -> date | None:
    """Return the last day on which anything is shared; None while no end is known."""
    ends = [basis.until for basis in bases]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def supervision_ends(document: Document) -> date | None:
    """Return the last day of supervision: the latest of the known ends; None while none is known."""
    ends = [day_at(document, path) for path in SUPERVISION_ENDS]
    # A licence for life has no end of its own, whatever single releases under it have.
    if not is_for_life(document):
        ends += [
            day_at(period, "end_date")
            for period in value_at(document, "release.releases") or ()
            if period.get("type") in SUPERVISED_RELEASES
        ]
    return max((end for end in ends if end is not None), default=None)


def is_for_life(document: Document) -> bool:
    """Return whether supervision lasts for life, so that no end need be known."""
    return value_at(document, "sentence.type") in _FOR_LIFE


def last_end_before(bases: Iterable[Sequence[Basis]], today: date) -> date | None:
    """Return the day on which supervision ended by earlier referrals; None when they name none before today.

    Args:
        bases: of each of their destination referrals.
    """
    own = [one[0].until for one in bases if one]
    last = max((until for until in own if until is not None), default=None)
    return last if last is not None and last < today else None


def asking_bases(document: Document, where: Where) -> tuple[Basis, ...]:
    """Return the bases on which the police and children's services are asked about the case of a document.

    While supervision lasts, they are asked because of it, whatever basis the document names for its
    destinations. After that they are asked on a basis that covers asking and is not named for others only.
    """
    code, until = _own_basis(document, where)
    if not covers_asking(code):
        code, until = SUPERVISION, _supervised(document, where)
    continuing = (
        Basis(one["legal_basis"], day_at(one, "until"))
        for one in value_at(document, "sharing_basis.continues") or ()
        if covers_asking(one["legal_basis"]) and CHECKS in one.get("destinations", (CHECKS,))
    )
    return (Basis(code, until), *continuing)


def _supervised(document: Document, where: Where) -> date | None:
    return supervision_ends(document) or (None if is_for_life(document) else where.ended)


def _own_basis(document: Document, where: Where) -> tuple[str, date | None]:
    """Return the basis that a document names first, with its last day."""
    code = value_at(document, "sharing_basis.legal_basis")
    own, supervised = day_at(document, "sharing_basis.legal_basis_ends"), _supervised(document, where)
    if own is None or not outlasts(code):
        # A basis with no end of its own ends with supervision; what rests on supervision never outlasts it.
        own = min((end for end in (own, supervised) if end is not None), default=None)
    return code, own


def bases_of(destination: Destination, document: Document, ask: Ask, where: Where) -> tuple[Basis, ...]:
    """Return every basis that a document gives for sharing with one destination: its own comes first.

    One that is named to go on counts for the destinations that it is named for and can carry.
    """
    continuing = tuple(
        Basis(one["legal_basis"], day_at(one, "until"))
        for one in value_at(document, "sharing_basis.continues") or ()
        if ask.key in one.get("destinations", (ask.key,))
    )
    carried = tuple(basis for basis in continuing if not next(_refused(destination, basis, where), None))
    return (Basis(*_own_basis(document, where)), *carried)


def with_stay(bases: Iterable[Basis], stay: Basis | None) -> tuple[Basis, ...]:
    """Return the bases of sharing with a destination that houses the person, or no longer does.

    Args:
        stay: the basis that it has by itself; None when nobody has stayed.
    """
    others = tuple(basis for basis in bases if basis.code != STAY)
    return (*others, stay) if stay else others


def basis_gaps(destination: Destination, bases: Iterable[Basis], where: Where) -> tuple[Gap, ...]:
    """Return why no basis carries a referral to a destination now; nothing when one does.

    Args:
        bases: of `bases_of`.
    """
    refused = []
    for basis in bases:
        faults = [*_refused(destination, basis, where), *_ended(basis, where)]
        if not faults:
            return ()
        refused += faults
    return (Gap(BASIS_AT, refused[0]),)


def carries_health(bases: Sequence[Basis], where: Where, kind: str) -> bool:
    """Return whether some basis carries health to a kind of destination; after its end, whether one did."""
    counting = [basis for basis in bases if basis.in_force(where.today)] or bases
    rows = (row_of(basis.code, where.nation, where.today, kind) for basis in counting)
    return any(row is not None and HEALTH in row.categories for row in rows)


def health_gap(bases: Sequence[Basis]) -> Gap:
    """Return the gap of what a destination has been sent already and is sent on without health."""
    return Gap(BASIS_AT, f"{bases[0].code} does not carry health, which is withheld: name another basis")


def _refused(destination: Destination, basis: Basis, where: Where) -> Iterator[str]:
    code, key = basis.code, destination.key
    row = row_of(code, where.nation, where.today, key)
    if row is None:
        yield f"{code} is no basis in this nation on this day: name another"
        return
    if not row.carries(key):
        yield f"{code} alone does not carry a referral to {key}: name another basis"
    if HEALTH not in row.categories and where.is_sent_health(destination):
        yield f"{code} does not carry health, which {key} is sent: name another basis"


def _ended(basis: Basis, where: Where) -> Iterator[str]:
    if not basis.in_force(where.today):
        yield f"{basis.code} has ended: correct its end, or name in `continues` on what basis sharing goes on"
