"""The permission table: what each kind of caller may do. A probation expert can check it without knowing
Python.

A row states the side that may do it, whether a named practitioner is required, in which role, for what
purpose and on what legal basis. Which rows of data a caller may see is decided with the data, not here.
"""

from dataclasses import dataclass
from typing import Final, Literal

from service.access.actor import ADMINISTRATION_ROLES, OPERATOR, Side

Scope = Literal[
    "referrals", "destination", "checks", "release_dates", "feed", "staff", "oversight", "registration"
]

SCOPES: Final[dict[Scope, str]] = {
    "referrals": "submit and follow referrals, as a probation case system",
    "destination": "receive and answer referrals, as an approved premises, CAS3 team, provider or MAPPA area",
    "checks": "receive and answer checks, as a police force or children's services",
    "release_dates": "send release dates, as a prison",
    "feed": "read the feed of events of your own organisation",
    "staff": "keep the staff register of your own organisation, and nothing else",
    "oversight": "read the audit trail, as a data-protection officer or inspector",
    "registration": "register organisations, their duties, clients and webhooks, as an administration",
}

OWN_SCOPE: Final[dict[Side, Scope]] = {
    "probation": "referrals",
    "destination": "destination",
    "agency": "checks",
    "prison": "release_dates",
    "oversight": "oversight",
    "administration": "registration",
}
"""The scope that each side normally needs."""

NAME_PEOPLE: Final[frozenset[Side]] = frozenset({"probation", "administration"})
"""The sides whose calls have a named person behind them."""

SCOPES_OF_KIND: Final[dict[str, tuple[Scope, ...]]] = {
    "probation_region": ("referrals", "feed", "staff"),
    "approved_premises": ("destination", "feed", "staff"),
    "cas3_team": ("destination", "feed", "staff"),
    "crs_provider": ("destination", "feed", "staff"),
    "mappa_area": ("destination", "feed", "staff"),
    "police_force": ("checks", "feed", "staff"),
    "local_authority": ("checks", "feed", "staff"),
    "prison": ("release_dates",),
    "oversight": ("oversight",),
    "administration": ("registration",),
}
"""The scopes that a client of each kind of organisation may be registered for."""

EXCLUSIVE: Final[Scope] = "staff"
"""The scope beside which a client has no other: a case system would appoint its own managers."""


APPOINTS_PEOPLE: Final[frozenset[Scope]] = frozenset({EXCLUSIVE, "registration"})
"""The scopes with which a system decides who is a manager or a registrar: an operator registers it."""


def default_scopes(kind: str) -> tuple[Scope, ...]:
    """Return the scopes of a client that is registered without any, by its kind of organisation."""
    return tuple(scope for scope in SCOPES_OF_KIND[kind] if scope != EXCLUSIVE)


def counted(scopes: frozenset[str]) -> frozenset[str]:
    """Return those scopes of a client that count: an exclusive one leaves no other."""
    return frozenset({EXCLUSIVE}) if EXCLUSIVE in scopes else scopes


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One row of the table."""

    sides: tuple[Side, ...]
    purpose: str
    legal_basis: str
    scope: Scope | None = None
    """The scope required; that of the caller's own side when None."""
    or_scope: Scope | None = None
    """A scope that suffices in its place, and for which nobody need be named."""
    needs_practitioner: bool = True
    """Whether a system that acts for named people must name the person (`NAME_PEOPLE`)."""
    takes_reports: bool = False
    """Whether others than probation may report danger by it: refused, they are told what to do about it."""
    roles: tuple[str, ...] = ()
    """The roles that may do it; any role when empty. Applies only to those named people."""

    def scope_for(self, side: Side) -> Scope:
        """Return the scope that a caller on this side must hold."""
        return self.scope or OWN_SCOPE[side]

    def scopes_for(self, side: Side) -> tuple[Scope, ...]:
        """Return the scopes of which a caller on this side must hold one."""
        return (self.scope_for(side), *([self.or_scope] if self.or_scope else []))


# The legal bases that a row may state.
MANAGING_OFFENDERS = "Offender Management Act 2007, section 14"
PUBLIC_PROTECTION = "Criminal Justice Act 2003, section 325"
SAFEGUARDING = "Children Act 2004, sections 10 and 11"
LAW_ENFORCEMENT = "Data Protection Act 2018, section 35"
LOGGING = "Data Protection Act 2018, section 62"
SECURITY = "Data Protection Act 2018, section 66"
PUBLIC_TASK = "Data Protection Act 2018, section 8"
RIGHT_OF_ACCESS = "Data Protection Act 2018, section 45"

MANAGER_ROLES: Final[dict[str, str]] = {
    "spo": "senior probation officer",
    "pdu_head": "head of a probation delivery unit",
    "head_of_public_protection": "head of public protection",
    "region": "the region's office",
    "regional_director": "regional probation director",
}
"""The roles that count as a manager where a rule asks for one."""
MANAGERS: Final = tuple(MANAGER_ROLES)
REGIONAL: Final = MANAGERS[2:]
"""The roles that answer for a whole region."""
HEADS: Final = MANAGERS[1:]
"""The heads of a delivery unit, and those above."""
ON_CALL: Final = "on_call_manager"
"""The role of whoever is asked out of hours; it decides nothing that takes four eyes."""
AP_DUTY: Final = "ap_duty_officer"
"""The role of probation staff on duty in approved premises."""
RECORDS_MANAGER: Final = "records_manager"
"""The role of whoever answers people who ask for what is held about them."""
ON_DUTY: Final = (ON_CALL, "court_duty_officer", AP_DUTY)
"""The roles before whom somebody stands whose number nobody has: they may search by name and birth."""
MAY_OVERRIDE_GATE: Final = HEADS
"""The roles that may let someone leave a placement while a check is outstanding."""
MAY_LOWER_REGARDLESS: Final = HEADS
"""The roles that may lower a high or very high risk of serious harm while something is outstanding."""

PERMISSIONS: Final[dict[str, Permission]] = {
    # agreements
    "agreements:ask": Permission(
        sides=("probation",),
        purpose="asking a manager for a decision",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "agreements:decide": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="deciding what takes four eyes",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "agreements:read": Permission(
        sides=("probation",),
        purpose="following what a manager was asked for",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "agreements:withdraw": Permission(
        sides=("probation",),
        purpose="taking back what a manager was asked for",
        legal_basis=MANAGING_OFFENDERS,
    ),
    # audit
    "audit:read": Permission(
        sides=("oversight",), purpose="overseeing the use of personal data", legal_basis=LOGGING
    ),
    # checks
    "check_requests:answer": Permission(
        sides=("agency",),
        purpose="answering a question about safety",
        legal_basis=PUBLIC_PROTECTION,
        takes_reports=True,
    ),
    "check_requests:move": Permission(
        sides=("agency", "probation"),
        purpose="settling who answers a question about safety",
        legal_basis=PUBLIC_PROTECTION,
        takes_reports=True,
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
    "arrangements:read": Permission(
        sides=("probation",), purpose="preparing a release", legal_basis=MANAGING_OFFENDERS
    ),
    "arrangements:record": Permission(
        sides=("probation",), purpose="preparing a release", legal_basis=MANAGING_OFFENDERS
    ),
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
        sides=("destination",),
        purpose="reporting a concern for someone's safety",
        legal_basis=SAFEGUARDING,
        takes_reports=True,
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
    # third parties
    "disclosure_decisions:move": Permission(
        sides=("probation",),
        purpose="deciding whether somebody is told something about the person",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "disclosure_decisions:open": Permission(
        sides=("probation",),
        purpose="deciding whether somebody is told something about the person",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "disclosure_decisions:read": Permission(
        sides=("probation",),
        purpose="deciding whether somebody is told something about the person",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "right_to_know:answer": Permission(
        sides=("agency",),
        purpose="deciding whether somebody is told something about the person",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "right_to_know:read": Permission(
        sides=("agency",),
        purpose="deciding whether somebody is told something about the person",
        legal_basis=PUBLIC_PROTECTION,
    ),
    # subject access
    "subject_access:move": Permission(
        sides=("probation",),
        roles=(RECORDS_MANAGER, *MANAGERS),
        purpose="giving a person what is held about them",
        legal_basis=RIGHT_OF_ACCESS,
    ),
    "subject_access:open": Permission(
        sides=("probation",),
        roles=(RECORDS_MANAGER,),
        purpose="giving a person what is held about them",
        legal_basis=RIGHT_OF_ACCESS,
    ),
    "subject_access:read": Permission(
        sides=("probation",),
        roles=(RECORDS_MANAGER, *MANAGERS),
        purpose="giving a person what is held about them",
        legal_basis=RIGHT_OF_ACCESS,
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
    "people:merge": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="deciding whether two records are one person's",
        legal_basis=MANAGING_OFFENDERS,
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
        roles=(*MANAGERS, ON_CALL, AP_DUTY),
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
        sides=("destination", "probation"),
        purpose="deciding a referral",
        legal_basis=MANAGING_OFFENDERS,
        takes_reports=True,
    ),
    "destination_referrals:place": Permission(
        sides=("destination", "probation"),
        purpose="placing a person",
        legal_basis=MANAGING_OFFENDERS,
        takes_reports=True,
    ),
    "destination_referrals:read": Permission(
        sides=("destination", "probation"), purpose="working with a referral", legal_basis=MANAGING_OFFENDERS
    ),
    "destination_referrals:update": Permission(
        sides=("destination",),
        purpose="reporting on a referral",
        legal_basis=MANAGING_OFFENDERS,
        takes_reports=True,
    ),
    "destination_referrals:write_message": Permission(
        sides=("destination", "probation"),
        purpose="working with a referral",
        legal_basis=MANAGING_OFFENDERS,
        takes_reports=True,
    ),
    "referrals:amend": Permission(
        sides=("probation",), purpose="keeping a referral up to date", legal_basis=MANAGING_OFFENDERS
    ),
    "referrals:end": Permission(
        sides=("probation",), purpose="ending a referral", legal_basis=MANAGING_OFFENDERS
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
    # release dates
    "release_dates:send": Permission(
        sides=("prison",),
        purpose="planning for a release together",
        legal_basis=MANAGING_OFFENDERS,
    ),
    # work
    "releases:read": Permission(
        sides=("probation",), purpose="preparing a release", legal_basis=MANAGING_OFFENDERS
    ),
    # registration
    "registrations:change": Permission(
        sides=("administration",),
        roles=ADMINISTRATION_ROLES,
        purpose="deciding who takes part",
        legal_basis=SECURITY,
    ),
    "registrations:read": Permission(
        sides=("administration",),
        roles=ADMINISTRATION_ROLES,
        purpose="knowing who takes part",
        legal_basis=SECURITY,
    ),
    # staff
    "staff:keep": Permission(
        sides=("probation", "destination", "agency"),
        scope="staff",
        needs_practitioner=False,
        purpose="keeping the staff register",
        legal_basis=PUBLIC_TASK,
    ),
    "staff:read": Permission(
        sides=("probation", "destination", "agency"),
        or_scope="staff",
        purpose="finding who holds a role",
        legal_basis=PUBLIC_TASK,
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
    "work:read": Permission(
        sides=("probation", "destination", "agency"),
        purpose="learning what is to be done",
        legal_basis=PUBLIC_PROTECTION,
    ),
    "policies:apply": Permission(
        sides=("probation",),
        roles=REGIONAL,
        purpose="deciding how soon answers are due",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "policies:dry_run": Permission(
        sides=("probation",),
        roles=MANAGERS,
        purpose="deciding how soon answers are due",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "policies:publish": Permission(
        sides=("probation", "administration"),
        roles=(*REGIONAL, OPERATOR),
        purpose="deciding how soon answers are due",
        legal_basis=MANAGING_OFFENDERS,
    ),
    "policies:read": Permission(
        sides=("probation", "destination", "agency", "administration"),
        roles=(*MANAGERS, *ADMINISTRATION_ROLES),
        purpose="learning how soon answers are due",
        legal_basis=PUBLIC_PROTECTION,
    ),
}
