"""The caller of a request, or the service itself: who it is, on whose behalf it acts, and on what legal
basis.

Plain values, created by the guard once the caller is authenticated. Nothing here reads a request or a
database.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID, uuid4

Side = Literal["probation", "destination", "agency", "prison", "oversight", "administration", "service"]

SIDE_OF: Final[dict[str, Side]] = {
    "probation_region": "probation",
    "approved_premises": "destination",
    "cas3_team": "destination",
    "crs_provider": "destination",
    "mappa_area": "destination",
    "police_force": "agency",
    "local_authority": "agency",
    "prison": "prison",
    "oversight": "oversight",
    "administration": "administration",
    "service": "service",
}
"""The side of a referral that each kind of organisation is on."""

PRACTITIONER_ROLES: Final = (
    "practitioner",
    "spo",
    "pdu_head",
    "head_of_public_protection",
    "region",
    "on_call_manager",
    "court_duty_officer",
    "ap_duty_officer",
    "regional_director",
    "records_manager",
)
"""The roles a probation case system may vouch for; the same words as the steps of an escalation policy."""

KEEP_A_REGISTER: Final[frozenset[Side]] = frozenset({"probation", "destination", "agency", "administration"})
"""The sides whose staff are in a register. For the few people of an oversight body, its system vouches."""

OFFICER_ROLES: Final = (
    "officer",
    "on_call_officer",
    "duty_manager",
    "unit_manager",
    "head_of_service",
    "partnership_board",
)
"""The roles a destination's or an agency's system may vouch for, whose permissions need nobody named."""

ROLES_WITHOUT_ENTRY: Final = ("practitioner", "officer")
"""The roles that count without an entry in the staff register. Every manager's role needs one."""

OVERSIGHT_ROLES: Final = ("data_protection_officer", "inspector")
"""The roles an oversight body may vouch for."""

ADMINISTRATION_ROLES: Final = ("operator", "registrar")
"""The roles an administration may vouch for: who runs the service, and who registers those that take part."""
OPERATOR: Final = "operator"
"""The one of them that also registers a system which decides who somebody is."""

THE_SERVICE: Final = UUID(int=0)
"""The id of the service's own organisation, which the first migration registers."""

UPGRADE: Final = "upgrade"
"""The part of the service that goes on with what waited before a release knew of it."""


@dataclass(frozen=True)
class Practitioner:
    """The named person on whose behalf a system calls, as stated in its signed assertion.

    `id` is the system's own identifier for its member of staff; `region` is the code of its organisation,
    such as the region N54.
    """

    id: str
    name: str
    role: str
    region: str
    pdu: str | None = None


@dataclass(frozen=True)
class Actor:
    """A client of a registered organisation, often acting for a named practitioner."""

    client_id: str
    organisation_id: UUID
    organisation_kind: str
    practitioner: Practitioner | None
    scopes: frozenset[str]
    request_id: str
    address: str | None
    strength: str
    purpose: str | None = None
    """Why the caller may do it, from the permission of the route."""
    legal_basis: str | None = None

    @property
    def side(self) -> Side:
        """The side of a referral that this caller is on."""
        return SIDE_OF[self.organisation_kind]

    def only_reads(self, holder_id: UUID) -> bool:
        """Return whether this caller may read a record of probation and change nothing of it.

        Args:
            holder_id: the region that holds the record.
        """
        return self.side == "probation" and self.organisation_id != holder_id

    def is_service(self, name: str) -> bool:
        """Return whether this is a part of the service itself, by its name."""
        return self.client_id == f"service/{name}"

    @classmethod
    def for_service(cls, name: str, organisation_id: UUID | None = None) -> "Actor":
        """Return the service itself as the actor.

        Args:
            name: the part of the service, such as "sweep" or "registration".
            organisation_id: the organisation it acts for, if any.
        """
        return cls(
            client_id=f"service/{name}",
            organisation_id=organisation_id or THE_SERVICE,
            organisation_kind="service",
            practitioner=None,
            scopes=frozenset(),
            request_id=str(uuid4()),
            address=None,
            strength="internal",
            purpose="running the referral exchange",
            legal_basis="Data Protection Act 2018, section 35",
        )

    @classmethod
    def for_operator(cls, name: str) -> "Actor":
        """Return an operator at the command line, who acts for the service as its owner.

        Args:
            name: the name they gave, or their login on the machine. It has not been verified.
        """
        operator = Practitioner(id=name, name=name, role="operator", region="")
        return replace(cls.for_service("registration"), practitioner=operator, strength="command_line")
