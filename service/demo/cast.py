"""The cast of the demonstration: organisations, their duties, people and keys. All of it is invented."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from joserfc.jwk import ECKey, OKPKey
from sqlalchemy.orm import Session

from service.access.actor import ROLES_WITHOUT_ENTRY, Actor, Practitioner
from service.oauth.client_side import read_private_key
from service.organisations.writes.clients import register_client
from service.organisations.writes.organisations import (
    register_organisation,
    set_responsibility,
)
from service.organisations.writes.staff import RoleEntry, StaffEntry, enter

REGION: Final = "N55"
PDU: Final = "Leeds"


@dataclass(frozen=True)
class Part:
    """An organisation of the cast, with its duties and role holders."""

    kind: str
    code: str
    name: str
    duties: tuple[tuple[str, str], ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        """The id of its client."""
        return f"{self.code.lower()}-system"


NAMES: Final = {
    "p.shah": "Priya Shah",
    "s.okafor": "Samuel Okafor",
    "h.grant": "Helen Grant",
    "b.lowe": "Bridget Lowe",
    "r.mercer": "Ruth Mercer",
    "d.ellis": "David Ellis",
    "duty.manager": "Duty Manager",
    "unit.manager": "Unit Manager",
    "head.of.service": "Head of Service",
    "partnership.board": "Partnership Board",
    "o.reid": "Olive Reid",
    "m.okonkwo": "Maryam Okonkwo",
}
"""The names of the staff of the cast, by their ids."""
WORK_PHONE: Final = "0113 496 0000"
"""From the numbers that are kept for drama."""

PROBATION_ROLES: Final = {
    "practitioner": "p.shah",
    "spo": "s.okafor",
    "pdu_head": "h.grant",
    "head_of_public_protection": "b.lowe",
    "region": "r.mercer",
    "regional_director": "d.ellis",
}
_PARTNER_ROLES: Final = {
    "duty_manager": "duty.manager",
    "unit_manager": "unit.manager",
    "head_of_service": "head.of.service",
    "partnership_board": "partnership.board",
}


def _partner(kind: str, code: str, name: str, *duties: str, area: str = REGION) -> Part:
    return Part(kind, code, name, tuple((duty, area) for duty in duties), _PARTNER_ROLES)


PARTS: Final[dict[str, Part]] = {
    "probation": Part("probation_region", REGION, "Yorkshire and the Humber", roles=PROBATION_ROLES),
    "ap": _partner("approved_premises", "elm-house", "Elm House", "approved_premises"),
    "cas3": _partner("cas3_team", "cas3-yorkshire", "CAS3 Yorkshire and the Humber", "cas3"),
    "crs": _partner("crs_provider", "keyring", "Keyring Housing Support", "crs:accommodation"),
    "crs_ete": _partner(
        "crs_provider", "forward-work", "Forward to Work", "crs:education_training_and_employment"
    ),
    "mappa": _partner(
        "mappa_area", "mappa-west-yorkshire", "MAPPA West Yorkshire", "mappa", area="west-yorkshire"
    ),
    "police": _partner(
        "police_force", "west-yorkshire", "West Yorkshire Police", "police_da", area="west-yorkshire"
    ),
    "other_police": _partner(
        "police_force",
        "greater-manchester",
        "Greater Manchester Police",
        "police_da",
        area="greater-manchester",
    ),
    "council": _partner(
        "local_authority", "E08000035", "Leeds City Council", "childrens_services", area="E08000035"
    ),
    "other_council": _partner(
        "local_authority", "E08000003", "Manchester City Council", "childrens_services", area="E08000003"
    ),
    "prison": Part("prison", "moorland", "HMP Moorland"),
    "oversight": Part("oversight", "data-protection", "Data Protection Office"),
    "administration": Part(
        "administration",
        "registry",
        "Registry of the Referral Exchange",
        roles={"operator": "o.reid", "registrar": "m.okonkwo"},
    ),
}

PRACTITIONER: Final = Practitioner("p.shah", "Priya Shah", "practitioner", REGION, PDU)
SPO: Final = Practitioner("s.okafor", "Samuel Okafor", "spo", REGION, PDU)
PDU_HEAD: Final = Practitioner("h.grant", "Helen Grant", "pdu_head", REGION, PDU)


def register(session: Session, part: Part, public_jwk: Mapping[str, object]) -> UUID:
    """Register an organisation with its client, key, role holders and duties, and return its id."""
    registrar = Actor.for_service("registration")
    organisation = register_organisation(session, registrar, kind=part.kind, code=part.code, name=part.name)
    register_client(
        session,
        registrar,
        client_id=part.client_id,
        organisation_id=organisation.id,
        name=f"{part.name}: case system",
        public_jwk=public_jwk,
    )
    staff = [
        StaffEntry(id=member, name=NAMES[member], phone=WORK_PHONE, roles=[RoleEntry(role=role)])
        for role, member in part.roles.items()
        if role not in ROLES_WITHOUT_ENTRY
    ]
    enter(session, registrar, organisation.id, staff, "operator")
    for duty, area in part.duties:
        set_responsibility(session, registrar, organisation.id, duty, area)
    return organisation.id


def key_of(part: Part, directory: Path) -> ECKey | OKPKey:
    """Return the private key of an organisation's client, created on first use and kept in `directory`.

    Raises:
        Refused: the file that is there holds no private key.
    """
    file = directory / f"{part.client_id}.json"
    if not file.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = OKPKey.generate_key("Ed25519")
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as opened:
            json.dump(made.as_dict(private=True), opened)
    return read_private_key(file)
