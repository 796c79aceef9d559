"""The cast of every test: organisations with clients, keys, role holders and duties, calling as they do.

Each call carries a real token, signed for by a real key and issued by the application's own token endpoint.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from joserfc.jwk import ECKey, OKPKey
from sqlalchemy import select
from werkzeug.test import TestResponse

import service.audit  # noqa: F401 - registers the audit hooks that registrations need
from service import clock, config, db
from service.access.actor import ROLES_WITHOUT_ENTRY, Actor, Practitioner
from service.access.identifiers import known_as
from service.demo import cast as demo
from service.demo.cast import PDU, PROBATION_ROLES, Part, register
from service.oauth.client_side import Signer
from service.organisations.model import Organisation, Staff, StaffRole
from service.organisations.writes.clients import register_client
from service.organisations.writes.staff import StaffEntry, enter

OTHER_REGION = "N51"
STRANGER = Part("probation_region", OTHER_REGION, "North West", roles=PROBATION_ROLES)
PARTS = {**demo.PARTS, "stranger": STRANGER}

_CLIENTS = sorted(part.client_id for part in PARTS.values())
COLLEAGUES = [
    "a.boyle",
    "a.khan",
    "a.new",
    "a.reid",
    "b.second",
    "c.changes",
    "c.taker",
    "r.asked",
    "d.dale",
    "d.deputy",
    "d.officer",
    "d.po",
    "d.second",
    "e.reviewer",
    "h.else",
    "h.other",
    "j.baptiste",
    "j.moss",
    "k.lowe",
    "m.other",
    "m.own",
    "n.first",
    "n.new",
    "n.next",
    "n.other",
    "n.unnamed",
    "n.west",
    "o.other",
    "p.routine",
    "p.shah",
    "p.urgent",
    "q.brown",
    "q.other",
    "r.proposed",
    "r.sister",
    "s.else",
    "t.brook",
    "t.jones",
    "t.mate",
    "u.named",
    "u.other",
    "v.third",
    "w.spo",
    "x.new",
    "x.oncall",
    "x.other",
    "y.deputy",
    "y.other",
    "z.office",
]
"""Practitioners of both regions, to whom a test may give a case: a register has them without a role."""

NO_REGISTER = {PARTS["oversight"].client_id}
"""The system whose few people are in no register."""

_HELD = {**demo.PROBATION_ROLES, **PARTS["administration"].roles}
"""Who holds a role of a region or of an administration from the start."""

_KEYS: dict[str, ECKey | OKPKey] = {}


def key_of(client_id: str) -> ECKey | OKPKey:
    """Return the private key of a client, made once for each run; half of them are of each kind we accept."""
    if client_id not in _KEYS:
        # By name and not by who is asked for first, so that no test decides for the others.
        of_curve = (_CLIENTS.index(client_id) if client_id in _CLIENTS else len(_KEYS)) % 2 == 0
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
        """Return this system acting for a named person on its staff, who is registered in this role.

        They are registered as a deputy, so that what is late is addressed to nobody else because of them.
        """
        known = role in ROLES_WITHOUT_ENTRY or _HELD.get(role) == practitioner_id
        if not known and self.client_id not in NO_REGISTER:
            self.enter_in_register(practitioner_id, role)
        person = Practitioner(practitioner_id, name or practitioner_id, role, self.code, pdu)
        return replace(self, practitioner=person)

    def enter_in_register(self, practitioner_id: str, role: str, *, name: str = "") -> None:
        """Enter somebody in the staff register of this organisation as a deputy, unless they are."""
        who = known_as(practitioner_id)
        with db.transaction("owner") as session:
            there = select(StaffRole.id).where(
                StaffRole.organisation_id == self.organisation_id,
                StaffRole.staff_id == who,
                StaffRole.role == role,
            )
            if session.scalar(there) is not None:
                return
            if session.get(Staff, (self.organisation_id, who)) is None:
                session.add(
                    Staff(
                        organisation_id=self.organisation_id,
                        id=who,
                        name=name or practitioner_id,
                        entered_by="register",
                        changed_at=clock.now(),
                    )
                )
                session.flush()
            session.add(
                StaffRole(
                    organisation_id=self.organisation_id,
                    staff_id=who,
                    role=role,
                    unit=None,
                    deputy=True,
                    from_at=clock.now() - timedelta(days=3650),
                    until_at=None,
                )
            )

    def keeper(self) -> "Caller":
        """Return the system that keeps the staff register of this organisation, registered on first use."""
        client_id = f"{self.code.lower()}-register"
        with db.transaction("owner") as session:
            register_client(
                session,
                Actor.for_service("registration"),
                client_id=client_id,
                organisation_id=self.organisation_id,
                name="Human resources",
                public_jwk=key_of(client_id).as_dict(private=False),
                scopes=["staff"],
            )
        signer = replace(self.signer, client_id=client_id, key=key_of(client_id))
        return replace(self, signer=signer, practitioner=None, tokens={})

    def register_again(self, **as_from_now: Any) -> None:
        """Register this system once more, with what is to be different from now on."""
        with db.transaction("owner") as session:
            register_client(
                session,
                Actor.for_service("registration"),
                client_id=self.client_id,
                organisation_id=self.organisation_id,
                name="registered again",
                **as_from_now,
            )

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

    def delete(
        self, path: str, *, json: None = None, if_match: str | None = None, **more: Any
    ) -> TestResponse:
        """Delete; there is no body."""
        return self._send("DELETE", path, json, if_match, more)

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
    """All callers, by their part in the cast."""

    callers: dict[str, Caller]

    def __getattr__(self, part: str) -> Caller:
        try:
            return self.callers[part]
        except KeyError:
            raise AttributeError(part) from None


def register_everybody() -> None:
    """Register the whole cast in the bound database."""
    practitioners = [StaffEntry(id=one, name=one) for one in COLLEAGUES]
    with db.transaction("owner") as session:
        for part in PARTS.values():
            whose = register(session, part, key_of(part.client_id).as_dict(private=False))
            if part.kind == "probation_region":
                enter(session, Actor.for_service("registration"), whose, practitioners, "operator")


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
                Signer(part.client_id, key_of(part.client_id), settings.issuer),
            )
            for name, part in PARTS.items()
        }
    )
