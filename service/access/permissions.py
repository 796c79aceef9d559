"""The permission table: what each kind of caller may do. A probation expert can check it without knowing
Python.

A row states the side that may do it, whether a named practitioner is required, in which role, for what
purpose and on what legal basis. Which rows of data a caller may see is decided with the data, not here.
"""

from dataclasses import dataclass
from typing import Final, Literal

from service.access.actor import Side

Scope = Literal["referrals", "destination", "checks", "feed", "oversight"]

SCOPES: Final[dict[Scope, str]] = {
    "referrals": "submit and follow referrals, as a probation case system",
    "destination": "receive and answer referrals, as an approved premises, CAS3 team, provider or MAPPA area",
    "checks": "receive and answer checks, as a police force or children's services",
    "feed": "read the feed of events of your own organisation",
    "oversight": "read the audit trail, as a data-protection officer or inspector",
}

OWN_SCOPE: Final[dict[Side, Scope]] = {
    "probation": "referrals",
    "destination": "destination",
    "agency": "checks",
    "oversight": "oversight",
}
"""The scope that each side normally needs."""

SCOPES_OF_KIND: Final[dict[str, tuple[Scope, ...]]] = {
    "probation_region": ("referrals", "feed"),
    "approved_premises": ("destination", "feed"),
    "cas3_team": ("destination", "feed"),
    "crs_provider": ("destination", "feed"),
    "mappa_area": ("destination", "feed"),
    "police_force": ("checks", "feed"),
    "local_authority": ("checks", "feed"),
    "oversight": ("oversight",),
}
"""The scopes that a client of each kind of organisation may be registered for."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One row of the table."""

    sides: tuple[Side, ...]
    purpose: str
    legal_basis: str
    scope: Scope | None = None
    """The scope required; that of the caller's own side when None."""
    needs_practitioner: bool = True
    """Whether a probation system must name the practitioner it acts for."""
    roles: tuple[str, ...] = ()
    """The roles that may do it; any role when empty. Applies only to named practitioners of probation."""

    def scope_for(self, side: Side) -> Scope:
        """Return the scope that a caller on this side must hold."""
        return self.scope or OWN_SCOPE[side]


# The legal bases that a row may state.
MANAGING_OFFENDERS = "Offender Management Act 2007, section 14"
PUBLIC_PROTECTION = "Criminal Justice Act 2003, section 325"
SAFEGUARDING = "Children Act 2004, sections 10 and 11"
LAW_ENFORCEMENT = "Data Protection Act 2018, section 35"
LOGGING = "Data Protection Act 2018, section 62"

MANAGER_ROLES: Final[dict[str, str]] = {
    "spo": "senior probation officer",
    "pdu_head": "head of a probation delivery unit",
    "head_of_public_protection": "head of public protection",
    "region": "the region's office",
    "regional_director": "regional probation director",
}
"""The roles that count as a manager where a rule asks for one."""
MANAGERS: Final = tuple(MANAGER_ROLES)
HEADS: Final = MANAGERS[1:]
"""The heads of a delivery unit, and those above."""
ON_CALL: Final = "on_call_manager"
"""The role of whoever is asked out of hours; it decides nothing that takes four eyes."""
MAY_OVERRIDE_GATE: Final = ("pdu_head",)
"""The roles that may let someone leave a placement while a check is outstanding."""

PERMISSIONS: Final[dict[str, Permission]] = {
    # audit
    "audit:read": Permission(
        sides=("oversight",), purpose="overseeing the use of personal data", legal_basis=LOGGING
    ),
    # checks
    "check_requests:answer": Permission(
        sides=("agency",), purpose="answering a question about safety", legal_basis=PUBLIC_PROTECTION
    ),
    "check_requests:move": Permission(
        sides=("agency", "probation"),
        purpose="settling who answers a question about safety",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "check_requests:read": Permission(
        sides=("agency", "probation"),
        purpose="finding out whether someone is in danger",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "checks:countersign": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="agreeing what an answer changes",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "checks:decide": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="deciding that a check is not required",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "checks:read": Permission(
        sides=("probation",),
        purpose="finding out whether someone is in danger",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "checks:review": Permission(
        sides=("probation",), purpose="acting on an agency's answer", legal_basis=MANAGING_OFFENDERS
    ),
    # circumstances
    "changes:read": Permission(
        sides=("probation",), purpose="managing the case", legal_basis=MANAGING_OFFENDERS
    ),
    "changes:read_shared": Permission(
        sides=("destination",), purpose="working safely with the person", legal_basis=MANAGING_OFFENDERS
    ),
    "changes:record": Permission(
        sides=("probation",),
        purpose="acting on a change in the person's life",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "concerns:report": Permission(
        sides=("destination",), purpose="reporting a concern for someone's safety", legal_basis=SAFEGUARDING
    ),
    "people:supply_details": Permission(
        sides=("probation",),
        purpose="finding out whether someone is in danger",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "proposals:decide": Permission(
        sides=("probation",),
        purpose="acting on what another region states",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "proposals:read": Permission(
        sides=("probation",),
        purpose="acting on what another region states",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "reviews:agree": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="agreeing that a review changes nothing",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "reviews:complete": Permission(
        sides=("probation",), purpose="reviewing risk and plan", legal_basis=MANAGING_OFFENDERS
    ),
    "reviews:read": Permission(
        sides=("probation",), purpose="reviewing risk and plan", legal_basis=MANAGING_OFFENDERS
    ),
    # events
    "events:read": Permission(
        sides=("probation", "destination", "agency"),
        scope="feed",
        needs_practitioner=False,
        purpose="following the organisation's own referrals and checks",
        legal_basis=LAW_ENFORCEMENT,
    ),
    "webhooks:read": Permission(
        sides=("probation", "destination", "agency"),
        scope="feed",
        needs_practitioner=False,
        purpose="following the organisation's own referrals and checks",
        legal_basis=LAW_ENFORCEMENT,
    ),
    "webhooks:replay": Permission(
        sides=("probation", "destination", "agency"),
        scope="feed",
        needs_practitioner=False,
        purpose="following the organisation's own referrals and checks",
        legal_basis=LAW_ENFORCEMENT,
    ),
    # cases
    "people:open": Permission(
        sides=("probation",), purpose="supervising a person", legal_basis=MANAGING_OFFENDERS
    ),
    "holdings:read": Permission(
        sides=("probation",), purpose="finding who answers for a case", legal_basis=MANAGING_OFFENDERS
    ),
    "holdings:change": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="deciding who answers for a case",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "teams:change": Permission(
        sides=("probation",), purpose="deciding who works on a case", legal_basis=MANAGING_OFFENDERS
    ),
    "transfers:ask": Permission(
        sides=("probation",),
        purpose="transferring a case between regions",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "transfers:read": Permission(
        sides=("probation",),
        purpose="transferring a case between regions",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "transfers:move": Permission(
        sides=("probation",),
        purpose="transferring a case between regions",
        legal_basis=MANAGING_OFFENDERS,
    ),
    # people
    "people:end_exclusion": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="deciding who may know of a case",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "people:exclude": Permission(
        sides=("probation",), purpose="deciding who may know of a case", legal_basis=MANAGING_OFFENDERS
    ),
    "people:lift_limit": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="deciding who may know of a case",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "people:limit": Permission(
        sides=("probation",), purpose="deciding who may know of a case", legal_basis=MANAGING_OFFENDERS
    ),
    "people:read": Permission(
        sides=("probation",), purpose="managing the case", legal_basis=MANAGING_OFFENDERS
    ),
    "people:review_share": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="reviewing emergency access",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "people:search": Permission(
        sides=("probation",), purpose="managing the case", legal_basis=MANAGING_OFFENDERS
    ),
    "people:share": Permission(
        sides=("probation",), purpose="working on a case with another region", legal_basis=MANAGING_OFFENDERS
    ),
    "people:take_emergency_access": Permission(
        sides=("probation",),
        roles=(*MANAGERS, ON_CALL),
        purpose="acting at once on a danger",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "share_requests:answer": Permission(
        sides=("probation",),
        purpose="deciding who sees a record",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "share_requests:ask": Permission(
        sides=("probation",),
        purpose="asking the region that holds a record",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "share_requests:read": Permission(
        sides=("probation",),
        purpose="deciding who sees a record",
        legal_basis=MANAGING_OFFENDERS,
    ),
    # referrals
    "destination_referrals:acknowledge": Permission(
        sides=("destination",), purpose="acknowledging a change", legal_basis=MANAGING_OFFENDERS
    ),
    "destination_referrals:move": Permission(
        sides=("destination", "probation"), purpose="deciding a referral", legal_basis=MANAGING_OFFENDERS
    ),
    "destination_referrals:place": Permission(
        sides=("destination", "probation"), purpose="placing a person", legal_basis=MANAGING_OFFENDERS
    ),
    "destination_referrals:read": Permission(
        sides=("destination", "probation"), purpose="working with a referral", legal_basis=MANAGING_OFFENDERS
    ),
    "destination_referrals:update": Permission(
        sides=("destination",), purpose="reporting on a referral", legal_basis=MANAGING_OFFENDERS
    ),
    "destination_referrals:write_message": Permission(
        sides=("destination", "probation"), purpose="working with a referral", legal_basis=MANAGING_OFFENDERS
    ),
    "referrals:amend": Permission(
        sides=("probation",), purpose="keeping a referral up to date", legal_basis=MANAGING_OFFENDERS
    ),
    "referrals:preview": Permission(
        sides=("probation",), purpose="preparing a referral", legal_basis=MANAGING_OFFENDERS
    ),
    "referrals:read": Permission(
        sides=("probation",), purpose="supervising a person", legal_basis=MANAGING_OFFENDERS
    ),
    "referrals:submit": Permission(
        sides=("probation",), purpose="referring a person", legal_basis=MANAGING_OFFENDERS
    ),
    # timers
    "escalations:acknowledge": Permission(
        sides=("probation", "destination", "agency"),
        purpose="acting on what is overdue",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "escalations:confirm": Permission(
        sides=("probation",), purpose="acting at once on a danger", legal_basis=PUBLIC_PROTECTION
    ),
    "escalations:hand_over": Permission(
        sides=("probation", "destination", "agency"),
        purpose="acting on what is overdue",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "escalations:note": Permission(
        sides=("probation", "destination", "agency"),
        purpose="acting on what is overdue",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "escalations:read": Permission(
        sides=("probation", "destination", "agency"),
        purpose="learning what is overdue",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "overdue:read": Permission(
        sides=("probation", "destination", "agency"),
        purpose="learning what is overdue",
        legal_basis=PUBLIC_PROTECTION,
    ),
}
