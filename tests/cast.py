"""The cast of every test: organisations with clients, keys, role holders and duties, calling as they do.

Each call carries a real token, signed for by a real key and issued by the application's own token endpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from joserfc.jwk import ECKey, OKPKey
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import service.audit  # noqa: F401 - keeps the trail of the keys that are registered
import service.audit  # noqa: F401 - whoever registers a client needs a witness
from service import clock, config, db
from service.access.actor import Actor, Practitioner
from service.access.assertions import Signer
from service.access.model import Organisation
from service.access.registration import (
    register_client,
    register_organisation,
    set_responsibility,
    set_role_holder,
)

REGION, OTHER_REGION = "N55", "N51"
PDU = "Leeds"
FORCES = {"west-yorkshire": "West Yorkshire Police", "greater-manchester": "Greater Manchester Police"}
AUTHORITIES = {"E08000035": "Leeds City Council", "E08000003": "Manchester City Council"}


@dataclass(frozen=True)
class Part:
    """Somebody in the cast: an organisation to register, and what it answers for."""

    kind: str
    code: str
    name: str
    duties: tuple[tuple[str, str | None], ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)


_PROBATION_ROLES = {
    "practitioner": "p.shah",
    "spo": "s.okafor",
    "pdu_head": "h.grant",
    "head_of_public_protection": "b.lowe",
    "region": "r.mercer",
    "regional_director": "d.ellis",
}
_PARTNER_ROLES = {
    "duty_manager": "duty manager",
    "unit_manager": "unit manager",
    "head_of_service": "head of service",
    "partnership_board": "partnership board",
}


def _partner(kind: str, code: str, name: str, *duties: str, area: str | None = REGION) -> Part:
    return Part(kind, code, name, tuple((duty, area) for duty in duties), _PARTNER_ROLES)


PARTS: dict[str, Part] = {
    "probation": Part("probation_region", REGION, "Yorkshire and the Humber", roles=_PROBATION_ROLES),
    "stranger": Part("probation_region", OTHER_REGION, "North West", roles=_PROBATION_ROLES),
    "ap": _partner("approved_premises", "elm-house", "Elm House", "approved_premises"),
    "cas3": _partner("cas3_team", "cas3-yorkshire", "CAS3 Yorkshire and the Humber", "cas3"),
    "crs": _partner("crs_provider", "keyring", "Keyring Housing Support", "crs:accommodation"),
    "crs_ete": _partner(
        "crs_provider", "forward-work", "Forward to Work", "crs:education_training_and_employment"
    ),
    "mappa": _partner("mappa_area", "mappa-west-yorkshire", "MAPPA West Yorkshire", "mappa"),
    "police": _partner(
        "police_force", "west-yorkshire", FORCES["west-yorkshire"], "police_da", area="west-yorkshire"
    ),
    "other_police": _partner(
        "police_force",
        "greater-manchester",
        FORCES["greater-manchester"],
        "police_da",
        area="greater-manchester",
    ),
    "council": _partner(
        "local_authority", "E08000035", AUTHORITIES["E08000035"], "childrens_services", area="E08000035"
    ),
    "other_council": _partner(
        "local_authority", "E08000003", AUTHORITIES["E08000003"], "childrens_services", area="E08000003"
    ),
    "oversight": Part("oversight", "data-protection", "Data Protection Office"),
}

_KEYS: dict[str, ECKey | OKPKey] = {}


def key_of(client_id: str) -> ECKey | OKPKey:
    """Return the private key of a client, made once for each run; half of them are of each kind we accept."""
    if client_id not in _KEYS:
        of_curve = len(_KEYS) % 2 == 0
        _KEYS[client_id] = ECKey.generate_key("P-256") if of_curve else OKPKey.generate_key("Ed25519")
    return _KEYS[client_id]


@dataclass(frozen=True)
class Caller:
    """One organisation's system, perhaps for a named practitioner, calling the application in-process."""

    app: Flask
    organisation_id: UUID
    code: str
    signer: Signer
    practitioner: Practitioner | None = None
    tokens: dict[Any, tuple[str, datetime]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def client_id(self) -> str:
        return self.signer.client_id

    def as_practitioner(
        self,
        practitioner_id: str = "p.shah",
        role: str = "practitioner",
        *,
        pdu: str | None = PDU,
        name: str = "",
    ) -> "Caller":
        """Return this system acting for a named person on its staff."""
        person = Practitioner(practitioner_id, name or practitioner_id, role, self.code, pdu)
        return replace(self, practitioner=person)

    def token(self) -> str:
        """Return an access token, asked for at the token endpoint and kept until it is about to expire."""
        now = clock.now()
        held = self.tokens.get(self.practitioner)
        if held is None or held[1] <= now:
            form = self.signer.token_form(now, practitioner=self.practitioner)
            answer = self.app.test_client().post("/oauth/token", data=form)
            assert answer.status_code == 200, answer.text
            token = answer.get_json()
            held = token["access_token"], now + timedelta(seconds=token["expires_in"] - 30)
            self.tokens[self.practitioner] = held
        return held[0]

    def get(self, path: str, *, if_none_match: str | None = None, **query: Any) -> TestResponse:
        """Read something; keyword arguments are its query string."""
        headers = {"If-None-Match": if_none_match} if if_none_match else {}
        return self._call("GET", path, headers, query_string=query)

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        idempotency_key: str | None = "",
        if_match: str | None = None,
        **more: Any,
    ) -> TestResponse:
        """Post JSON; with a fresh Idempotency-Key unless one is given, and with none when it is None."""
        if idempotency_key is not None:
            more["headers"] = {"Idempotency-Key": idempotency_key or str(uuid4()), **more.get("headers", {})}
        return self._send("POST", path, json, if_match, more)

    def put(self, path: str, *, json: Any = None, if_match: str | None = None, **more: Any) -> TestResponse:
        """Put JSON."""
        return self._send("PUT", path, json, if_match, more)

    def patch(self, path: str, *, json: Any = None, if_match: str | None = None, **more: Any) -> TestResponse:
        """Patch with JSON."""
        return self._send("PATCH", path, json, if_match, more)

    def _send(self, method: str, path: str, json: Any, if_match: str | None, more: Any) -> TestResponse:
        headers = dict(more.pop("headers", {}))
        if if_match is not None:
            headers["If-Match"] = if_match
        if json is not None:
            more["json"] = json
        return self._call(method, path, headers, **more)

    def _call(self, method: str, path: str, headers: dict[str, str], **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token()}", **headers}
        return self.app.test_client().open(path, method=method, headers=headers, **more)


@dataclass(frozen=True)
class Cast:
    """Everybody, by the part they play."""

    callers: dict[str, Caller]

    def __getattr__(self, part: str) -> Caller:
        try:
            return self.callers[part]
        except KeyError:
            raise AttributeError(part) from None


def register_everybody() -> None:
    """Register the whole cast in the bound database."""
    with db.transaction("owner") as session:
        for part in PARTS.values():
            register(session, part)


def assemble(app: Flask) -> Cast:
    """Return the cast that is registered in the bound database, ready to call."""
    settings: config.Config = app.config["REFERRALS"]
    with db.transaction("api") as session:
        ids = {(one.kind, one.code): one.id for one in session.scalars(select(Organisation))}
    return Cast(
        {
            name: Caller(
                app,
                ids[part.kind, part.code],
                part.code,
                Signer(client_of(part), key_of(client_of(part)), settings.issuer),
            )
            for name, part in PARTS.items()
        }
    )


def client_of(part: Part) -> str:
    """Return the client id of a part's system."""
    return f"{part.code.lower()}-system"


def register(session: Session, part: Part) -> UUID:
    """Register one part: organisation, client, key, role holders and duties; return the organisation's id."""
    organisation = register_organisation(session, kind=part.kind, code=part.code, name=part.name)
    client_id = client_of(part)
    register_client(
        session,
        Actor.for_service("registration"),
        client_id=client_id,
        organisation_id=organisation.id,
        name=f"{part.name}: case system",
        public_jwk=key_of(client_id).as_dict(private=False),
    )
    for role, holder in part.roles.items():
        set_role_holder(session, organisation.id, role, holder)
    for duty, area in part.duties:
        set_responsibility(session, organisation.id, duty, area)
    return organisation.id
