"""What probation writes to an agency is compared with what that agency may not know: it has no gap."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.checks import queries
from service.checks.knowing import may_know
from service.checks.model import Check, CheckRequest
from service.mentions import Kind, Matcher, Protected, place, somebody, together
from service.organisations.confidences import closed_to
from service.organisations.queries import organisations_by_id
from service.people import restricted
from service.people.protected import protected_by
from service.people.sendable import require_sendable


@bypasses_row_security
def require_sendable_to_agencies(
    session: Session, check: Check, requests: Sequence[CheckRequest], texts: Mapping[str, str]
) -> None:
    """Require of words that the agencies of some requests read that they give nothing away.

    Whom and where an agency is asked about it knows from the request itself.

    Args:
        requests: of the check; one that no agency has been sent is read by nobody.
        texts: by the JSON pointer of each in the body.

    Raises:
        Problem: 422 naming the kind of thing and its place, and never the thing.
    """
    agencies = organisations_by_id(session, {one.agency_id for one in requests if one.agency_id})
    closed = frozenset[Kind]().union(
        *(closed_to(one.kind, may_know(session, one, check.person_id)) for one in agencies.values())
    )
    if closed:
        protected = _beside_what_is_asked(session, check, requests)
        require_sendable(Matcher(protected), texts, closed)


def _beside_what_is_asked(session: Session, check: Check, requests: Sequence[CheckRequest]) -> Protected:
    protected = protected_by(session, check.person_id)
    subjects = queries.subjects_of(session, [one.id for one in requests])
    about = {kind: [each for one, each in subjects if one == kind] for kind in ("contact", "address")}
    people = restricted.read_contacts(session, about["contact"], "case_management").values()
    places = restricted.read_addresses(session, about["address"], "case_management").values()
    asked_about, asked_at = [somebody(one) for one in people], {place(one) for one in places}
    # What they are known by was another list at another time.
    by_name = {(one.given, one.family) for one in asked_about}
    return replace(
        protected,
        people=tuple(one for one in protected.people if (one.given, one.family) not in by_name),
        places=tuple(one for one in protected.places if one not in asked_at),
        others=together(protected.others, asked_about),
        homes=together(protected.homes, asked_at),
    )
