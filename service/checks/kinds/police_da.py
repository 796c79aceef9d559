"""The police domestic abuse check: what is known of this person, these partners, these addresses.

Raised for every referral, whatever the offence, sentence or risk, and asked of every force involved. Calls,
intelligence, incidents and convictions are answered apart: "no convictions" is not "clear".
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

from marshmallow import ValidationError, fields, validates_schema

from service import tenses
from service.checks.alike import as_one
from service.checks.kinds.contract import KNOWN, VERIFIED, Allowed, CheckKind
from service.checks.policies import standard_policy
from service.checks.rules import (
    FORCES,
    LIVES_AT,
    AddressFacts,
    ContactFacts,
    Household,
    Line,
    Missing,
    SubjectRef,
    person_ref,
)
from service.errors import Fault
from service.fields import Choice, Day, Identifier, List, LongText, Schema, Text
from service.people.rules import PARTNERS

MOST = 200


def _address_line(household: Household, address: AddressFacts) -> Line:
    # A partner whose home is known is found by the address, named or not; the name can follow.
    partners = (
        SubjectRef("contact", contact.id)
        for contact in household.contacts
        if contact.relationship in PARTNERS and household.home_of(contact) == address
    )
    known = {"police_force": address.police_force is not None, "address": address.found}
    return Line(
        f"address:{address.id}",
        address.police_force,
        (SubjectRef("address", address.id), *partners),
        tuple(Missing("address", address.id, detail) for detail, is_known in known.items() if not is_known),
    )


def _forces_of_person(household: Household) -> tuple[str, ...]:
    """Return the forces where the person lives or will live; where that is not known, all that are asked."""
    homes = [one for one in household.addresses if one.kind in LIVES_AT and one.police_force]
    forces = (one.police_force for one in homes or household.addresses)
    return tuple(dict.fromkeys(filter(None, forces)))


def _partner_lines(household: Household, partner: ContactFacts) -> list[Line]:
    """Ask the forces where the person lives about incidents with a partner, who is named to find them.

    A partner who cannot be named, and whose home is not known, is found by neither.
    """
    forces = _forces_of_person(household)
    about = (SubjectRef("contact", partner.id),)
    if partner.named and partner.dated and forces:
        keys = chain([f"contact:{partner.id}"], (f"contact:{partner.id}@{force}" for force in forces[1:]))
        return [Line(key, force, about) for key, force in zip(keys, forces, strict=True)]
    if household.home_of(partner) is not None:
        return []
    missing = [Missing("contact", partner.id, "address")]
    if not partner.named:
        missing.append(Missing("contact", partner.id, "name"))
    return [Line(f"contact:{partner.id}", None, about, tuple(missing))]


def lines(household: Household) -> tuple[Line, ...]:
    """Ask about every address on record, and every current and former partner; always about something."""
    household = as_one(household, Household.home_of)
    asked = [_address_line(household, address) for address in household.addresses]
    for contact in household.contacts:
        if contact.relationship in PARTNERS:
            asked += _partner_lines(household, contact)
    if not household.addresses:
        person = person_ref(household)
        asked.append(Line("person", None, (), (Missing(*person, "address"),)))
    return tuple(asked)


def missing_for_all(household: Household) -> tuple[Missing, ...]:
    """A force must know whom to look up: by a PNC number alone, or a name and a date of birth."""
    person = household.person
    if person.police_reference:
        return ()
    missing = []
    if not person.named:
        missing.append(Missing("person", person.id, "name"))
    if not person.dated:
        missing.append(Missing("person", person.id, "date_of_birth"))
    return tuple(missing)


class _Account(Schema):
    """The source of an account and how far it is verified; accounts may contradict each other."""

    source = Text(required=True, metadata={"description": "Who or which record the account comes from."})
    verified = Choice(VERIFIED, required=True, metadata={"description": "How far the account is verified."})
    reference = Text(max=100, metadata={"description": "The force's own reference."})


class _Event(_Account):
    date = Day(tense=tenses.BEEN, required=True, metadata={"description": "The day on which it happened."})
    address_id = Identifier(metadata={"description": "The address of the request where it happened."})
    place = Text(metadata={"description": "Where it happened, when it was at another address."})
    involved = List(
        Identifier(),
        max=20,
        metadata={"description": "People of the request who were involved."},
    )
    role = Choice(
        {
            "perpetrator": "the person harmed somebody, or is said to have",
            "victim": "the person was harmed, or is said to have been",
            "both": "both",
            "spoken_to": "the police spoke to the person, and nothing more",
        },
        required=True,
        metadata={"description": "The person's own part in this one incident."},
    )
    children_present = Choice(
        KNOWN, required=True, metadata={"description": "Whether children were present."}
    )
    summary = LongText(required=True, metadata={"description": "What happened."})


class PoliceIncident(_Event):
    """A recorded domestic abuse incident."""

    police_outcome = Choice(
        {
            "under_investigation": "the investigation is open",
            "no_further_action": "the police took no further action",
            "words_of_advice": "advice was given",
            "community_resolution": "a community resolution",
            "caution": "a caution",
            "charged": "a charge",
            "convicted": "a conviction",
            "protection_notice": "a domestic abuse protection notice",
            "other": "another outcome",
        },
        required=True,
        metadata={"description": "How the police dealt with it."},
    )


class PoliceCallOut(_Event):
    """A call to the police, whether or not a crime was recorded."""


class PoliceConviction(_Account):
    """A conviction, with what the court did."""

    date = Day(tense=tenses.BEEN, required=True, metadata={"description": "The day of the conviction."})
    offence = Text(required=True, metadata={"description": "The offence."})
    outcome = Text(required=True, metadata={"description": "The sentence or order of the court."})
    domestic_abuse = Choice(
        KNOWN, required=True, metadata={"description": "Whether the offence was domestic abuse."}
    )


class PoliceIntelligence(_Account):
    """Intelligence; it goes to probation and no further unless the force says it may."""

    date = Day(tense=tenses.BEEN, required=True, metadata={"description": "The day of the intelligence."})
    grading = Text(max=20, metadata={"description": "The force's grading of source and information."})
    summary = LongText(
        required=True, metadata={"description": "The intelligence, as far as it can be shared."}
    )
    onward_sharing = Choice(
        {
            "no": "for probation only",
            "with_permission": "ask the force first",
            "yes": "probation may share it",
        },
        required=True,
        metadata={"description": "Whether probation may share it further."},
    )


class PoliceOrder(_Account):
    """An order or condition that protects a person."""

    kind = Choice(
        {
            "non_molestation": "non-molestation order",
            "restraining": "restraining order",
            "occupation": "occupation order",
            "domestic_abuse_protection_notice": "domestic abuse protection notice (DAPN)",
            "domestic_abuse_protection_order": "domestic abuse protection order (DAPO)",
            "stalking_protection": "stalking protection order",
            "sexual_harm_prevention": "sexual harm prevention order (SHPO)",
            "bail_condition": "a condition of bail",
            "other": "another order or condition",
        },
        required=True,
        metadata={"description": "The kind of order."},
    )
    in_force_from = Day(
        tense=tenses.PAST_OR_PLANNED, required=True, metadata={"description": "The first day it applies."}
    )
    in_force_until = Day(
        tense=tenses.TERM,
        allow_none=True,
        metadata={"description": "The last day it applies; null without an end."},
    )
    conditions = LongText(required=True, metadata={"description": "What it forbids or requires."})

    @validates_schema(skip_on_field_errors=True)
    def _forward(self, data: dict[str, Any], **_: Any) -> None:
        until = data.get("in_force_until")
        if until is not None and until < data["in_force_from"]:
            raise ValidationError("Is before in_force_from.", "in_force_until")


class PoliceProtective(_Account):
    """Something that keeps people safe, as far as the force knows."""

    summary = LongText(required=True, metadata={"description": "What keeps people safe."})


class PoliceFindings(Schema):
    """What a force holds, in separate lists; an empty list means that it searched and holds nothing."""

    incidents = List(
        fields.Nested(PoliceIncident),
        max=MOST,
        required=True,
        metadata={"description": "Recorded domestic abuse incidents."},
    )
    convictions = List(
        fields.Nested(PoliceConviction), max=MOST, required=True, metadata={"description": "Convictions."}
    )
    call_outs = List(
        fields.Nested(PoliceCallOut),
        max=MOST,
        required=True,
        metadata={"description": "Calls to the police."},
    )
    intelligence = List(
        fields.Nested(PoliceIntelligence), max=MOST, required=True, metadata={"description": "Intelligence."}
    )
    orders = List(
        fields.Nested(PoliceOrder),
        max=MOST,
        required=True,
        metadata={"description": "Orders and conditions that protect a person."},
    )
    protective = List(
        fields.Nested(PoliceProtective),
        max=MOST,
        required=True,
        metadata={"description": "What keeps people safe."},
    )


def found(findings: Mapping[str, Any]) -> bool:
    """Return whether the police hold any information."""
    return any(findings.values())


def uncovered(findings: Mapping[str, Any], subjects: Iterable[SubjectRef]) -> list[Fault]:
    """Return faults for people and places in the findings that the request did not ask about."""
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
        person=("given_name", "family_name", "aliases", "date_of_birth", "sex", "pnc_number", "noms_number"),
        contact=("relationship", "given_name", "family_name", "aliases", "date_of_birth"),
        address=("kind", "lines", "postcode", "police_force"),
        restricted_purpose="police_check",
    ),
    findings=PoliceFindings,
    found=found,
    uncovered=uncovered,
    happened=dict.fromkeys(("incidents", "convictions", "call_outs", "intelligence"), "date"),
    outcomes=None,
    outcomes_at="/subjects",
    outcome_of_homes=None,
    about_person=True,
    purpose="finding out whether a partner or an address is in danger",
    legal_basis="public_protection",
    policy=standard_policy("police_da.allocation", routine="5wd", urgent="1wd", today="4wh"),
)
