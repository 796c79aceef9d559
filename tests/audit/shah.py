"""Priya Shah, the practitioner in the tests of the audit trail."""

from service.access.actor import Actor, Practitioner
from service.db import new_id

SHAH = Actor(
    client_id="n55-system",
    organisation_id=new_id(),
    organisation_kind="probation_region",
    practitioner=Practitioner("p.shah", "Priya Shah", "practitioner", "N55", "Leeds"),
    scopes=frozenset({"referrals"}),
    request_id="request-1",
    address="192.0.2.7",
    strength="private_key_jwt+practitioner_assertion",
    purpose="managing people on probation",
    legal_basis="Offender Management Act 2007, section 14",
)
