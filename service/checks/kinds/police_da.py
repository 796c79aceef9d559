"""The police domestic abuse check: what is known of this person, these partners, these addresses.

Raised for every referral, whatever the offence, sentence or risk, and asked of every force involved. Calls,
intelligence, incidents and convictions are answered apart: "no convictions" is not "clear".
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from marshmallow import fields

from service.access.permissions import PUBLIC_PROTECTION
from service.checks.kinds.contract import Allowed, CheckKind, allocation
from service.checks.rules import FORCES, AddressFacts, Household, Line, Missing, SubjectRef, person_ref
from service.errors import Fault
from service.fields import Choice, Day, Identifier, List, LongText, Schema, Text

PARTNERS: Final = frozenset({"partner", "ex_partner"})
MOST = 200


def _address_line(household: Household, address: AddressFacts) -> Line:
    # A partner whose home is known is found by the address, named or not; the name can follow.
    partners = (
        SubjectRef("contact", contact.id)
        for contact in household.contacts
        if contact.relationship in PARTNERS and household.home_of(contact) == address
    )
    force = address.police_force
    return Line(
        f"address:{address.id}",
        force,
        (SubjectRef("address", address.id), *partners),
        () if force else (Missing("address", address.id, "police_force"),),
    )


def lines(household: Household) -> tuple[Line, ...]:
    """Ask about every address on record, and every current and former partner; always about something."""
    asked = [_address_line(household, address) for address in household.addresses]
    for contact in household.contacts:
        if contact.relationship in PARTNERS and household.home_of(contact) is None:
            missing = [Missing("contact", contact.id, "address")]
            if not contact.named:
                missing.append(Missing("contact", contact.id, "name"))
            asked.append(
                Line(f"contact:{contact.id}", None, (SubjectRef("contact", contact.id),), tuple(missing))
            )
    if not household.addresses:
        person = person_ref(household)
        asked.append(Line("person", None, (), (Missing(*person, "address"),)))
    return tuple(asked)


def missing_for_all(household: Household) -> tuple[Missing, ...]:
    """A force must know whom to look up: a name, and a date of birth or a PNC number."""
    person = household.person
    missing = []
    if not person.named:
        missing.append(Missing("person", person.id, "name"))
    if not (person.dated or person.police_reference):
        missing.append(Missing("person", person.id, "date_of_birth"))
    return tuple(missing)


class _Account(Schema):
    """Who says so, and how far it is verified: accounts that contradict each other live side by side."""

    source = Text(required=True)
    verified = Choice("verified", "partly_verified", "not_verified", "disputed", required=True)
    reference = Text(max=100)


class _Event(_Account):
    date = Day(required=True)
    address_id = Identifier(metadata={"description": "An address of the request, where it was there."})
    place = Text(metadata={"description": "Where, when it was at another address."})
    involved = List(
        Identifier(),
        max=20,
        metadata={"description": "People of the request who were involved."},
    )
    role = Choice(
        "perpetrator",
        "victim",
        "both",
        "spoken_to",
        required=True,
        metadata={"description": "The person's own part in this one incident."},
    )
    children_present = Choice("yes", "no", "not_known", required=True)
    summary = LongText(required=True)


class PoliceIncident(_Event):
    """A recorded domestic abuse incident."""

    police_outcome = Choice(
        "under_investigation",
        "no_further_action",
        "words_of_advice",
        "community_resolution",
        "caution",
        "charged",
        "convicted",
        "protection_notice",
        "other",
        required=True,
    )


class PoliceCallOut(_Event):
    """The police were called, whether or not a crime was recorded."""


class PoliceConviction(_Account):
    """A conviction, with what the court did."""

    date = Day(required=True)
    offence = Text(required=True)
    outcome = Text(required=True)
    domestic_abuse = Choice("yes", "no", "not_known", required=True)


class PoliceIntelligence(_Account):
    """Intelligence; it goes to probation and no further unless the force says it may."""

    date = Day(required=True)
    grading = Text(max=20)
    summary = LongText(required=True)
    onward_sharing = Choice("no", "with_permission", "yes", required=True)


class PoliceOrder(_Account):
    """An order or condition that protects a person."""

    kind = Choice(
        "non_molestation",
        "restraining",
        "occupation",
        "domestic_abuse_protection_notice",
        "domestic_abuse_protection_order",
        "stalking_protection",
        "sexual_harm_prevention",
        "bail_condition",
        "other",
        required=True,
    )
    in_force_from = Day(required=True)
    in_force_until = Day(allow_none=True)
    conditions = LongText(required=True)


class PoliceProtective(_Account):
    """What keeps people safe, as far as the agency knows."""

    summary = LongText(required=True)


class PoliceFindings(Schema):
    """What a force holds, sort by sort; an empty list means searched and nothing held."""

    incidents = List(fields.Nested(PoliceIncident), max=MOST, required=True)
    convictions = List(fields.Nested(PoliceConviction), max=MOST, required=True)
    call_outs = List(fields.Nested(PoliceCallOut), max=MOST, required=True)
    intelligence = List(fields.Nested(PoliceIntelligence), max=MOST, required=True)
    orders = List(fields.Nested(PoliceOrder), max=MOST, required=True)
    protective = List(fields.Nested(PoliceProtective), max=MOST, required=True)


def found(findings: Mapping[str, Any]) -> bool:
    """Return whether the police hold any information."""
    return any(findings.values())


def uncovered(findings: Mapping[str, Any], subjects: Iterable[SubjectRef]) -> list[Fault]:
    """Name people and places in the findings that the request did not ask about.

    What a force does not mention it has searched and not found: the period and the sources say how far.
    """
    asked = {subject.id for subject in subjects}
    return [
        Fault(f"/findings/{sort}/{index}/{field}", "Not one of the people or addresses of this request.")
        for sort in ("incidents", "call_outs")
        for index, item in enumerate(findings[sort])
        for field, named in (
            ("address_id", [item["address_id"]] if "address_id" in item else []),
            ("involved", item.get("involved", [])),
        )
        if not asked.issuperset(named)
    ]


KIND: Final = CheckKind(
    key="police_da",
    question="What domestic abuse information do you hold about this person, partners and addresses?",
    organisation_kind="police_force",
    duty="police_da",
    area_detail="police_force",
    areas=FORCES,
    lines=lines,
    missing_for_all=missing_for_all,
    allowed=Allowed(
        person=("given_name", "family_name", "date_of_birth", "pnc_number"),
        contact=("relationship", "given_name", "family_name", "date_of_birth"),
        address=("kind", "lines", "postcode", "police_force"),
        restricted_purpose="police_check",
        restricted_contacts=True,
        restricted_addresses=True,
    ),
    findings=PoliceFindings,
    found=found,
    uncovered=uncovered,
    purpose="finding out whether a partner or an address is in danger",
    legal_basis=PUBLIC_PROTECTION,
    policy=allocation("police_da.allocation", routine="5wd", urgent="1wd"),
)
