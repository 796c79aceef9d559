"""The permission table, written out by hand: sides, roles, purposes and legal bases."""

import pytest

from service.access.actor import (
    ADMINISTRATION_ROLES,
    OFFICER_ROLES,
    OVERSIGHT_ROLES,
    PRACTITIONER_ROLES,
    SIDE_OF,
)
from service.access.permissions import (
    AP_DUTY,
    MANAGERS,
    ON_CALL,
    OWN_SCOPE,
    PERMISSIONS,
    RECORDS_MANAGER,
    REGIONAL,
    SCOPES,
    SCOPES_OF_KIND,
)
from service.oauth.practitioners import ROLES_OF_KIND
from service.timers.roles import PARTNER_ROLES
from tests import tables

# practitioner: whether a system that acts for named people must name the person. roles: of that person.
# scope: own is that of the caller's side.
TABLE = tables.read("""
permission                          | sides                        | practitioner | roles    | scope | legal basis    | purpose
agreements:ask                      | probation                    | named        | any      | own   | OMA 2007 s14   | asking a manager for a decision
agreements:decide                   | probation                    | named        | managers | own   | OMA 2007 s14   | deciding what takes four eyes
agreements:read                     | probation                    | named        | any      | own   | OMA 2007 s14   | following what a manager was asked for
agreements:withdraw                 | probation                    | named        | any      | own   | OMA 2007 s14   | taking back what a manager was asked for
audit:read                          | oversight                    | named        | any      | own   | DPA 2018 s62   | overseeing the use of personal data
check_requests:answer               | agency                       | named        | any      | own   | CJA 2003 s325  | answering a question about safety
check_requests:move                 | agency probation             | named        | any      | own   | CJA 2003 s325  | settling who answers a question about safety
check_requests:read                 | agency probation             | named        | any      | own   | CJA 2003 s325  | finding out whether someone is in danger
checks:countersign                  | probation                    | named        | managers | own   | OMA 2007 s14   | agreeing what an answer changes
checks:decide                       | probation                    | named        | managers | own   | OMA 2007 s14   | deciding that a check is not required
checks:read                         | probation                    | named        | any      | own   | OMA 2007 s14   | finding out whether someone is in danger
checks:review                       | probation                    | named        | any      | own   | OMA 2007 s14   | acting on an agency's answer
arrangements:read                   | probation                    | named        | any      | own   | OMA 2007 s14   | preparing a release
arrangements:record                 | probation                    | named        | any      | own   | OMA 2007 s14   | preparing a release
changes:read                        | probation                    | named        | any      | own   | OMA 2007 s14   | managing the case
changes:read_shared                 | destination                  | named        | any      | own   | OMA 2007 s14   | working safely with the person
changes:record                      | probation                    | named        | any      | own   | OMA 2007 s14   | acting on a change in the person's life
concerns:report                     | destination                  | named        | any      | own   | CA 2004 s10,11 | reporting a concern for someone's safety
people:supply_details               | probation                    | named        | any      | own   | OMA 2007 s14   | finding out whether someone is in danger
proposals:decide                    | probation                    | named        | any      | own   | OMA 2007 s14   | acting on what another region states
proposals:read                      | probation                    | named        | any      | own   | OMA 2007 s14   | acting on what another region states
reviews:agree                       | probation                    | named        | managers | own   | OMA 2007 s14   | agreeing that a review changes nothing
reviews:complete                    | probation                    | named        | any      | own   | OMA 2007 s14   | reviewing risk and plan
reviews:read                        | probation                    | named        | any      | own   | OMA 2007 s14   | reviewing risk and plan
disclosure_decisions:move           | probation                    | named        | any      | own   | CJA 2003 s325  | deciding whether somebody is told something about the person
disclosure_decisions:open           | probation                    | named        | any      | own   | CJA 2003 s325  | deciding whether somebody is told something about the person
disclosure_decisions:read           | probation                    | named        | any      | own   | CJA 2003 s325  | deciding whether somebody is told something about the person
right_to_know:answer                | agency                       | named        | any      | own   | CJA 2003 s325  | deciding whether somebody is told something about the person
right_to_know:read                  | agency                       | named        | any      | own   | CJA 2003 s325  | deciding whether somebody is told something about the person
subject_access:move                 | probation                    | named        | records, managers | own   | DPA 2018 s45   | giving a person what is held about them
subject_access:open                 | probation                    | named        | records | own   | DPA 2018 s45   | giving a person what is held about them
subject_access:read                 | probation                    | named        | records, managers | own   | DPA 2018 s45   | giving a person what is held about them
events:read                         | probation destination agency | -            | any      | feed  | DPA 2018 s35   | following the organisation's own referrals and checks
webhooks:read                       | probation destination agency | -            | any      | feed  | DPA 2018 s35   | following the organisation's own referrals and checks
webhooks:replay                     | probation destination agency | -            | any      | feed  | DPA 2018 s35   | following the organisation's own referrals and checks
people:open                         | probation                    | named        | any      | own   | OMA 2007 s14   | supervising a person
holdings:read                       | probation                    | named        | any      | own   | OMA 2007 s14   | finding who answers for a case
holdings:change                     | probation                    | named        | managers | own   | OMA 2007 s14   | deciding who answers for a case
teams:change                        | probation                    | named        | any      | own   | OMA 2007 s14   | deciding who works on a case
transfers:ask                       | probation                    | named        | any      | own   | OMA 2007 s14   | transferring a case between regions
transfers:read                      | probation                    | named        | any      | own   | OMA 2007 s14   | transferring a case between regions
transfers:move                      | probation                    | named        | any      | own   | OMA 2007 s14   | transferring a case between regions
people:end_exclusion                | probation                    | named        | managers | own   | OMA 2007 s14   | deciding who may know of a case
people:exclude                      | probation                    | named        | any      | own   | OMA 2007 s14   | deciding who may know of a case
people:lift_limit                   | probation                    | named        | managers | own   | OMA 2007 s14   | deciding who may know of a case
people:limit                        | probation                    | named        | any      | own   | OMA 2007 s14   | deciding who may know of a case
people:merge                        | probation                    | named        | managers | own   | OMA 2007 s14   | deciding whether two records are one person's
people:read                         | probation                    | named        | any      | own   | OMA 2007 s14   | managing the case
people:review_share                 | probation                    | named        | managers | own   | OMA 2007 s14   | reviewing emergency access
people:search                       | probation                    | named        | any      | own   | OMA 2007 s14   | managing the case
people:share                        | probation                    | named        | any      | own   | OMA 2007 s14   | working on a case with another region
people:take_emergency_access        | probation                    | named        | managers, on call, AP duty | own   | CJA 2003 s325  | acting at once on a danger
share_requests:answer               | probation                    | named        | any      | own   | OMA 2007 s14   | deciding who sees a record
share_requests:ask                  | probation                    | named        | any      | own   | OMA 2007 s14   | asking the region that holds a record
share_requests:read                 | probation                    | named        | any      | own   | OMA 2007 s14   | deciding who sees a record
destination_referrals:acknowledge   | destination                  | named        | any      | own   | OMA 2007 s14   | acknowledging a change
destination_referrals:move          | destination probation        | named        | any      | own   | OMA 2007 s14   | deciding a referral
destination_referrals:place         | destination probation        | named        | any      | own   | OMA 2007 s14   | placing a person
destination_referrals:read          | destination probation        | named        | any      | own   | OMA 2007 s14   | working with a referral
destination_referrals:update        | destination                  | named        | any      | own   | OMA 2007 s14   | reporting on a referral
destination_referrals:write_message | destination probation        | named        | any      | own   | OMA 2007 s14   | working with a referral
referrals:amend                     | probation                    | named        | any      | own   | OMA 2007 s14   | keeping a referral up to date
referrals:end                       | probation                    | named        | any      | own   | OMA 2007 s14   | ending a referral
referrals:preview                   | probation                    | named        | any      | own   | OMA 2007 s14   | preparing a referral
referrals:read                      | probation                    | named        | any      | own   | OMA 2007 s14   | supervising a person
referrals:submit                    | probation                    | named        | any      | own   | OMA 2007 s14   | referring a person
release_dates:send                  | prison                       | named        | any      | own   | OMA 2007 s14   | planning for a release together
releases:read                       | probation                    | named        | any      | own   | OMA 2007 s14   | preparing a release
registrations:change                | administration               | named        | own two  | own   | DPA 2018 s66   | deciding who takes part
registrations:read                  | administration               | named        | own two  | own   | DPA 2018 s66   | knowing who takes part
staff:keep                          | probation destination agency | -            | any      | staff | DPA 2018 s8    | keeping the staff register
staff:read                          | probation destination agency | named        | any      | own   | DPA 2018 s8    | finding who holds a role
escalations:acknowledge             | probation destination agency | named        | any      | own   | CJA 2003 s325  | acting on what is overdue
escalations:confirm                 | probation                    | named        | any      | own   | CJA 2003 s325  | acting at once on a danger
escalations:hand_over               | probation destination agency | named        | any      | own   | CJA 2003 s325  | acting on what is overdue
escalations:note                    | probation destination agency | named        | any      | own   | CJA 2003 s325  | acting on what is overdue
escalations:read                    | probation destination agency | named        | any      | own   | CJA 2003 s325  | learning what is overdue
overdue:read                        | probation destination agency | named        | any      | own   | CJA 2003 s325  | learning what is overdue
work:read                           | probation destination agency | named        | any      | own   | CJA 2003 s325  | learning what is to be done
policies:apply                      | probation                    | named        | regional | own   | OMA 2007 s14   | deciding how soon answers are due
policies:dry_run                    | probation                    | named        | managers | own   | OMA 2007 s14   | deciding how soon answers are due
policies:publish                    | probation administration     | named        | regional, operator | own   | OMA 2007 s14   | deciding how soon answers are due
policies:read                       | probation destination agency administration | named        | managers, own two | own   | CJA 2003 s325  | learning how soon answers are due
""")  # noqa: E501 - a row of the table is one line

LAWS = {
    "OMA 2007 s14": "Offender Management Act 2007, section 14",
    "CJA 2003 s325": "Criminal Justice Act 2003, section 325",
    "CA 2004 s10,11": "Children Act 2004, sections 10 and 11",
    "DPA 2018 s45": "Data Protection Act 2018, section 45",
    "DPA 2018 s35": "Data Protection Act 2018, section 35",
    "DPA 2018 s8": "Data Protection Act 2018, section 8",
    "DPA 2018 s62": "Data Protection Act 2018, section 62",
    "DPA 2018 s66": "Data Protection Act 2018, section 66",
}


def test_nothing_may_be_done_that_has_no_row() -> None:
    assert list(PERMISSIONS) == list(TABLE)


@pytest.mark.parametrize("permission", TABLE)
def test_a_permission_is_what_its_row_says(permission: str) -> None:
    row = PERMISSIONS[permission]
    assert {
        "permission": permission,
        "sides": " ".join(row.sides),
        "practitioner": "named" if row.needs_practitioner else "",
        "roles": {
            (): "any",
            MANAGERS: "managers",
            (*MANAGERS, ON_CALL, AP_DUTY): "managers, on call, AP duty",
            (RECORDS_MANAGER,): "records",
            (RECORDS_MANAGER, *MANAGERS): "records, managers",
            REGIONAL: "regional",
            (*REGIONAL, "operator"): "regional, operator",
            (*MANAGERS, *ADMINISTRATION_ROLES): "managers, own two",
            ADMINISTRATION_ROLES: "own two",
        }[row.roles],
        "scope": row.scope or "own",
        "legal basis": next(short for short, law in LAWS.items() if law == row.legal_basis),
        "purpose": row.purpose,
    } == TABLE[permission]


def test_a_manager_is_one_of_five_roles() -> None:
    assert MANAGERS == ("spo", "pdu_head", "head_of_public_protection", "region", "regional_director")
    assert REGIONAL == ("head_of_public_protection", "region", "regional_director")


def test_who_vouches_for_which_roles() -> None:
    of_probation = (
        "practitioner spo pdu_head head_of_public_protection region on_call_manager court_duty_officer"
        " ap_duty_officer regional_director records_manager"
    )
    assert " ".join(PRACTITIONER_ROLES) == of_probation
    assert " ".join(OVERSIGHT_ROLES) == "data_protection_officer inspector"
    assert " ".join(ADMINISTRATION_ROLES) == "operator registrar"
    assert (
        " ".join(OFFICER_ROLES)
        == "officer on_call_officer duty_manager unit_manager head_of_service partnership_board"
    )
    assert {"officer", *PARTNER_ROLES} == set(OFFICER_ROLES)
    of_side = {
        "probation": PRACTITIONER_ROLES,
        "oversight": OVERSIGHT_ROLES,
        "administration": ADMINISTRATION_ROLES,
    }
    assert {
        kind: of_side.get(side, OFFICER_ROLES)
        for kind, side in SIDE_OF.items()
        if side not in {"prison", "service"}
    } == ROLES_OF_KIND, "no named person stands behind the call of a prison"


# own scope: what the ordinary work of its side needs. most: what its client may be registered for.
KINDS = tables.read("""
organisation      | side           | own scope    | most
probation_region  | probation      | referrals    | referrals feed staff
approved_premises | destination    | destination  | destination feed staff
cas3_team         | destination    | destination  | destination feed staff
crs_provider      | destination    | destination  | destination feed staff
mappa_area        | destination    | destination  | destination feed staff
police_force      | agency         | checks       | checks feed staff
local_authority   | agency         | checks       | checks feed staff
prison            | prison         | release_dates | release_dates
oversight         | oversight      | oversight    | oversight
administration    | administration | registration | registration
""")


def test_no_other_kind_of_organisation_is_registered() -> None:
    assert set(SIDE_OF) == {*KINDS, "service"}
    assert list(SCOPES_OF_KIND) == list(KINDS)
    of_sides = {"referrals", "destination", "checks", "release_dates", "oversight", "registration"}
    assert set(SCOPES) == {*of_sides, "feed", "staff"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_organisation_stands_on_its_side_with_its_scopes(kind: str) -> None:
    side = SIDE_OF[kind]
    assert {
        "organisation": kind,
        "side": side,
        "own scope": OWN_SCOPE[side],
        "most": " ".join(SCOPES_OF_KIND[kind]),
    } == KINDS[kind]
