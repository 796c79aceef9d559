"""A case for the tests of checks: a person with a household on record, checks raised, agencies who answer."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from typing import cast as cast_to
from uuid import UUID, uuid4

from sqlalchemy import select

from service import clock, db
from service.access.actor import Actor, Practitioner
from service.audit.model import AuditEntry
from service.checks import actions, asked
from service.checks.actions import CheckCase
from service.checks.model import Check, CheckRequest
from service.demo.cast import PDU
from service.organisations.writes.organisations import register_organisation, set_responsibility
from service.people import writes
from service.people.model import Address, Contact, Person
from service.people.writes.records import KEPT_APART
from service.timers.model import Clock
from tests import rows
from tests.cast import Caller, Cast

LEEDS, MANCHESTER = "E08000035", "E08000003"
HERE, THERE = "west-yorkshire", "greater-manchester"


@dataclass
class Case:
    """A referral that exists for these tests only: whose it is, and what is on record."""

    cast: Cast
    person_id: UUID
    referral_id: UUID

    @property
    def practitioner(self) -> Caller:
        return self.cast.probation.as_practitioner()

    @property
    def manager(self) -> Caller:
        return self.cast.probation.as_practitioner("s.okafor", "spo")

    @property
    def actor(self) -> Actor:
        """The practitioner, as the guard would make one."""
        return Actor(
            client_id=self.cast.probation.client_id,
            organisation_id=self.cast.probation.organisation_id,
            organisation_kind="probation_region",
            practitioner=Practitioner("p.shah", "p.shah", "practitioner", self.cast.probation.code, PDU),
            scopes=frozenset({"referrals"}),
            request_id="test-request",
            address=None,
            strength="test",
            purpose="testing",
            legal_basis="testing",
        )

    def address(
        self,
        kind: str = "current",
        *,
        force: str | None = "west-yorkshire",
        authority: str | None = LEEDS,
        protected: bool = False,
        contact_id: UUID | None = None,
    ) -> UUID:
        """Put an address on record."""
        address_id = uuid4()
        where: dict[str, Any] = {"lines": ["1 Test Street", "Leeds"], "postcode": "LS1 4AP"}
        with rows.transaction() as session:
            session.add(
                Address(
                    id=address_id,
                    person_id=self.person_id,
                    client_id=self.cast.probation.client_id,
                    ref=str(address_id),
                    kind=kind,
                    contact_id=contact_id,
                    protected=protected,
                    police_force=force,
                    local_authority=authority,
                    version=1,
                    recorded_at=clock.now(),
                    changed_at=clock.now(),
                    **({} if protected else where),
                )
            )
            if protected:
                writes.keep_address_details(session, address_id, where)
        return address_id

    def contact(
        self,
        relationship: str,
        *,
        child: bool = False,
        named: bool = True,
        born: date | None = date(2015, 5, 1),
        lives_at: UUID | None = None,
        authority: str | None = None,
    ) -> UUID:
        """Record a contact."""
        contact_id = uuid4()
        protected = relationship == "ex_partner"
        details: dict[str, Any] = {
            "given_name": "Robin" if named else None,
            "family_name": "Testcase" if named else None,
            "date_of_birth": born,
        }
        with rows.transaction() as session:
            session.add(
                Contact(
                    id=contact_id,
                    person_id=self.person_id,
                    client_id=self.cast.probation.client_id,
                    ref=str(contact_id),
                    relationship=relationship,
                    is_child=child,
                    protected=protected,
                    details_status="provided" if named and born else "not_asked",
                    named=named,
                    dated=born is not None,
                    unborn=relationship == "unborn_child",
                    lives_at=lives_at,
                    local_authority=authority,
                    version=1,
                    recorded_at=clock.now(),
                    changed_at=clock.now(),
                    **({} if protected else details),
                )
            )
            if protected:
                writes.keep_contact_details(session, contact_id, details)
        return contact_id

    def complete(self, contact_id: UUID, *, born: date = date(2015, 5, 1)) -> None:
        """Supply a contact's name and date of birth, as people's own action would, and say so."""
        with rows.transaction() as session:
            contact = session.get_one(Contact, contact_id)
            contact.given_name, contact.family_name, contact.date_of_birth = "Robin", "Testcase", born
            contact.named = contact.dated = True
            session.flush()
            actions.reconcile(session, self.actor, self.person_id)

    def change(self, kind: type[Address] | type[Contact], row_id: UUID, **facts: Any) -> None:
        """Change a contact or address on record, by the door that every such change goes through."""
        name: Literal["address", "contact"] = "address" if kind is Address else "contact"
        with rows.transaction() as session:
            session.get_one(Person, self.person_id, with_for_update=True, populate_existing=True)
            row = cast_to("Address | Contact", session.get_one(kind, row_id))
            held = {column: getattr(row, column) for column in KEPT_APART[name]}
            writes.write_around(
                session, self.actor, name, row, facts, protected=row.protected, held=held, first=False
            )

    def change_person(self, **facts: Any) -> None:
        """Change who the person is on record, by the door that every such change goes through."""
        with rows.transaction() as session:
            person = session.get_one(
                Person, self.person_id, with_for_update={"key_share": True}, populate_existing=True
            )
            writes.write_person(session, self.actor, person, facts, submitted="")

    def children(self, answer: str) -> None:
        """Record the answer to whether there are children."""
        with rows.transaction() as session:
            session.get_one(Person, self.person_id).children = answer

    def raise_checks(
        self,
        trigger: str = "referral.submitted",
        *,
        kinds: Iterable[str] | None = None,
        urgency: Literal["routine", "urgent"] = "routine",
        hard_date: datetime | None = None,
        rosh: str | None = "low",
    ) -> list[Check]:
        """Raise the case's checks as the practitioner, in a transaction of the API."""
        with rows.transaction() as session:
            case = CheckCase(
                referral_id=self.referral_id,
                person=session.get_one(Person, self.person_id),
                probation_id=self.cast.probation.organisation_id,
                practitioner="p.shah",
                pdu=PDU,
                urgency=urgency,
                hard_date=hard_date,
                rosh_highest=rosh,
            )
            return actions.raise_checks(session, self.actor, case, trigger, kinds=kinds)

    def requests(self, kind: str | None = None) -> list[CheckRequest]:
        """Return every request of the case, in the order they arose, by area."""
        with rows.transaction() as session:
            found = (
                select(CheckRequest)
                .join(Check, Check.id == CheckRequest.check_id)
                .where(Check.referral_id == self.referral_id)
                .order_by(CheckRequest.required_at, CheckRequest.area, CheckRequest.obligation)
            )
            if kind is not None:
                found = found.where(Check.kind == kind)
            return list(session.scalars(found))

    def request(self, kind: str = "police_da", area: str | None = "west-yorkshire") -> CheckRequest:
        """Return the only request of a kind in an area that nothing has carried on."""
        (found,) = (
            each for each in self.requests(kind) if each.area == area and each.succeeded_by_id is None
        )
        return found

    def checks(self, kind: str) -> list[Check]:
        """Return every cycle of a kind."""
        with rows.transaction() as session:
            mine = (Check.referral_id == self.referral_id, Check.kind == kind)
            return list(session.scalars(select(Check).where(*mine).order_by(Check.cycle)))

    def check(self, kind: str = "police_da") -> Check:
        """Return the latest cycle of a kind."""
        with rows.transaction() as session:
            return session.scalars(
                select(Check)
                .where(Check.referral_id == self.referral_id, Check.kind == kind)
                .order_by(Check.cycle.desc())
                .limit(1)
            ).one()


def open_case(cast: Cast, crn: str = "X320741") -> Case:
    """Put a person on record without anybody or anywhere around."""
    case = Case(cast, uuid4(), uuid4())
    with rows.transaction() as session:
        session.add(
            Person(
                id=case.person_id,
                crn=crn,
                holder_id=cast.probation.organisation_id,
                held=True,
                given_name="Toby",
                family_name="Testcase",
                aliases=[],
                date_of_birth=date(1990, 1, 1),
                restricted=False,
                children="no",
                version=1,
                recorded_at=clock.now(),
                changed_at=clock.now(),
            )
        )
    return case


def register_authority(code: str, kind: str = "local_authority", duty: str = "childrens_services") -> UUID:
    """Register an agency that answers for one more area."""
    with db.transaction("owner") as session:
        registrar = Actor.for_service("registration")
        organisation = register_organisation(
            session, registrar, kind=kind, code=code, name=f"Authority {code}"
        )
        set_responsibility(session, registrar, organisation.id, duty, code)
        return organisation.id


def read(caller: Caller, request_id: UUID) -> tuple[dict[str, Any], str]:
    """Read a request as a caller; return the view and its ETag."""
    answer = caller.get(f"/v1/check-requests/{request_id}")
    assert answer.status_code == 200, answer.text
    return answer.get_json(), answer.headers["ETag"]


def move(caller: Caller, request_id: UUID, action: str, **members: Any) -> Any:
    """Move a request as a caller who has just read it; return the response."""
    _, tag = read(caller, request_id)
    return caller.post(
        f"/v1/check-requests/{request_id}/transitions",
        json={"action": action, **members},
        if_match=tag,
        idempotency_key=None,
    )


def redirect(agency: Caller, request: CheckRequest, to_area: str) -> str:
    """Have an agency name another one; return the state of its request."""
    moved = move(agency, request.id, "misdirect", to_area=to_area, reason="Not ours.")
    assert moved.status_code == 200, moved.text
    return str(moved.get_json()["state"])


def police_answer(**other: Any) -> dict[str, Any]:
    """Return a full nil return of a force; keyword arguments take the place of members."""
    return {
        "complete": True,
        "nothing_found": True,
        "valid_as_at": "2026-03-02",
        "searched": {"from": "2016-03-02", "until": "2026-03-02", "sources": ["Niche", "PND"]},
        "findings": {
            "incidents": [],
            "convictions": [],
            "call_outs": [],
            "intelligence": [],
            "orders": [],
            "protective": [],
        },
        **other,
    }


def call_out(day: str = "2025-11-03", **other: Any) -> dict[str, Any]:
    """Return one call-out."""
    return {
        "date": day,
        "role": "perpetrator",
        "children_present": "not_known",
        "summary": "Neighbours called; no complaint made.",
        "source": "Niche",
        "verified": "not_verified",
        **other,
    }


def outcomes(request_id: UUID | str, *, nothing_found: bool) -> list[dict[str, str]]:
    """Say the same of every subject of a request, which nobody has to read for it."""
    with rows.transaction() as session:
        request = session.get(CheckRequest, UUID(str(request_id)))
        subjects = [] if request is None else asked.to_answer(session, request)
    outcome = "nothing_found" if nothing_found else "information"
    return [{"id": str(one.subject.id), "outcome": outcome} for one in subjects]


def children_answer(*child_ids: UUID, status: str = "not_known", **child: Any) -> dict[str, Any]:
    """Return a full answer of an authority, the same for each child."""
    children = [
        {"child_id": str(id_), "status": status, "source": "LCS", "verified": "verified", **child}
        for id_ in child_ids
    ]
    return police_answer(nothing_found=status == "not_known", findings={"children": children})


def answer(caller: Caller, request_id: UUID, body: dict[str, Any], key: str = "") -> Any:
    """Return an answer as an agency; the response.

    A whole answer of a force says of every subject what `nothing_found` says, unless it has `subjects`.
    """
    if body["complete"] and "subjects" not in body and "children" not in body.get("findings", {}):
        body = body | {"subjects": outcomes(request_id, nothing_found=body["nothing_found"])}
    return caller.post(f"/v1/check-requests/{request_id}/results", json=body, idempotency_key=key)


def review(caller: Caller, check_id: UUID, request_id: UUID, *changes: str, reason: str = "Read it.") -> Any:
    """Review an answer as a caller who has just read the check; return the response."""
    tag = caller.get(f"/v1/checks/{check_id}").headers["ETag"]
    return caller.post(
        f"/v1/checks/{check_id}/reviews",
        json={"check_request_id": str(request_id), "changes": list(changes), "reason": reason},
        if_match=tag,
        idempotency_key=None,
    )


def clock_of(request_id: UUID, timer: str) -> Clock:
    """Return the latest cycle of a clock."""
    with rows.transaction() as session:
        found = select(Clock).where(Clock.subject_id == request_id, Clock.timer == timer)
        return session.scalars(found.order_by(Clock.cycle.desc()).limit(1)).one()


def entries(request_id: UUID, verb: str) -> list[str]:
    """Return the bodies of the audit entries about a request or check with a verb."""
    with db.transaction("audit_reader") as session:
        return list(
            session.scalars(
                select(AuditEntry.body).where(
                    AuditEntry.object_id == str(request_id), AuditEntry.verb == verb
                )
            )
        )


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do several things in threads that start together; return what each came to."""
    barrier, came_to = threading.Barrier(len(deeds)), {}

    def run(number: int, deed: Callable[[], Any]) -> None:
        barrier.wait()
        came_to[number] = deed()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [came_to[number] for number in range(len(deeds))]
