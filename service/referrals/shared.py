"""Whether a destination referral is still shared, by our clock: it ends by itself, and no job is needed."""

from sqlalchemy import ColumnElement, and_, or_

from service import clock
from service.access import Actor
from service.destinations.sharing import Basis, current, stored_bases
from service.destinations.states import READ_AFTER_ITS_END
from service.http.problems import Problem
from service.legal_bases import LegalBasis, nation_of, row_of
from service.referrals.model import DestinationReferral


def has_ended(part: DestinationReferral) -> bool:
    """Return whether no basis is in force any more on which it was shared."""
    return part.shared_until is not None and clock.today() > part.shared_until


def still_shared() -> ColumnElement[bool]:
    """Return the condition that sharing has not ended: `has_ended` for a query."""
    return or_(DestinationReferral.shared_until.is_(None), DestinationReferral.shared_until >= clock.today())


def is_read_after_its_end() -> ColumnElement[bool]:
    """Return the condition that its work has ended, and its destination may read what it was sent."""
    return and_(
        DestinationReferral.state.in_(READ_AFTER_ITS_END),
        DestinationReferral.sent_version.is_not(None),
        still_shared(),
    )


def basis_now(part: DestinationReferral) -> Basis | None:
    """Return the basis on which it is shared today; None when sharing has ended."""
    return current(stored_bases(part.sharing), clock.today())


def law_of(part: DestinationReferral, code: str) -> LegalBasis | None:
    """Return what a basis rests on where the case is, today, as who has the referral reads it."""
    return row_of(code, nation_of(part.referral.region), clock.today(), part.kind)


def require_shared(actor: Actor, part: DestinationReferral) -> None:
    """Require that a destination may still read what it was sent; probation always may.

    Raises:
        Problem: 410 `sharing-ended`.
    """
    if part.side_of(actor) == "destination" and has_ended(part):
        raise sharing_ended()


def sharing_ended() -> Problem:
    """Return the 410 for what was shared with a destination until the licence or order ended."""
    return Problem(
        410,
        "sharing-ended",
        "Sharing has ended",
        "Probation may share this no longer: its basis has ended, and no other goes on. "
        "A concern can still be reported.",
    )
