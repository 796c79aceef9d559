"""For every operation that a caller may call, one call that is taken: its address, its query and its body.

Whatever changes something begins a case of its own, so that no call depends on what others have left behind.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import text

from service import clock, db
from service.access.actor import Actor
from service.access.permissions import EXCLUSIVE, Permission
from service.organisations.writes.staff import set_role_holder
from tests.cast import OTHER_REGION, Caller
from tests.checks.factories import outcomes
from tests.contract.story import HOME
from tests.events.webhooks import registered
from tests.journeys.driver import EMPLOYER, NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import as_owner, give_sight
from tests.referrals.samples import darren_and_toby, minimal
from tests.registration import calls as registration
from tests.rows import person_at
from tests.subject_access.asking import opened

TAGS: Final[Mapping[str, str]] = {
    "agree_to_review": "/v1/reviews/{review_id}",
    "amend_referral": "/v1/referrals/{referral_id}",
    "change_caretaker": "/v1/people/{person_id}/holding",
    "change_team": "/v1/people/{person_id}/holding",
    "complete_review": "/v1/reviews/{review_id}",
    "confirm_share": "/v1/people/{person_id}/shares/{share_id}",
    "countersign_check_review": "/v1/checks/{check_id}",
    "decide_agreement": "/v1/agreements/{agreement_id}",
    "decide_check": "/v1/checks/{check_id}",
    "end_share": "/v1/people/{person_id}/shares/{share_id}",
    "keep_staff": "/v1/staff/{staff_id}",
    "lift_limit": "/v1/people/{person_id}/access",
    "limit_case": "/v1/people/{person_id}/access",
    "move_check_request": "/v1/check-requests/{request_id}",
    "move_destination_referral": "/v1/destination-referrals/{destination_referral_id}",
    "answer_right_to_know": "/v1/right-to-know/{right_to_know_id}",
    "correct_right_to_know": "/v1/right-to-know/{right_to_know_id}",
    "move_disclosure_decision": "/v1/disclosure-decisions/{decision_id}",
    "move_subject_access": "/v1/subject-access/{subject_access_id}",
    "move_placement": "/v1/destination-referrals/{destination_referral_id}/placement",
    "move_transfer": "/v1/transfers/{transfer_id}",
    "reassign_case": "/v1/people/{person_id}/holding",
    "review_check": "/v1/checks/{check_id}",
    "review_share": "/v1/people/{person_id}/shares/{share_id}",
    "decide_same_as": "/v1/people/{person_id}",
    "decide_same_person": "/v1/people/{person_id}/contacts/{contact_id}",
    "change_address": "/v1/people/{person_id}/addresses/{address_id}",
    "enter_address_in_error": "/v1/people/{person_id}/addresses/{address_id}",
    "enter_contact_in_error": "/v1/people/{person_id}/contacts/{contact_id}",
    "enter_referral_in_error": "/v1/referrals/{referral_id}",
    "patch_referral": "/v1/referrals/{referral_id}",
    "supply_details": "/v1/people/{person_id}/contacts/{contact_id}",
    "supply_person_details": "/v1/people/{person_id}",
    **registration.TAGS,
    "withdraw_agreement": "/v1/agreements/{agreement_id}",
    "withdraw_referral": "/v1/referrals/{referral_id}",
}
"""Where the tag of the version is read that an operation changes."""


REGIONAL: Final = ("r.mercer", "region")
OPERATOR: Final = ("o.reid", "operator")
ABOVE: Final = frozenset({"apply_policy_version", "publish_policy_version"})
"""What is decided for a whole region or for several, and who decides it."""

RECORDS_MANAGER: Final = ("r.keeper", "records_manager")
OF_RECORDS: Final = frozenset(
    {"move_subject_access", "open_subject_access", "read_subject_access", "read_subject_access_copy"}
)
"""What answers a person who asks for what is held about them."""

POLICY: Final = "police_da.allocation"


def may_call(permission: Permission, side: str) -> bool:
    """Return whether a kind of caller may call what a permission lets in: a side, or who keeps a register."""
    if side == "keeper":
        return EXCLUSIVE in {permission.scope, permission.or_scope}
    return side in permission.sides and permission.scope != EXCLUSIVE


@dataclass(frozen=True)
class Opening:
    """A call that is taken, but for its headers."""

    path: Json = field(default_factory=dict)
    query: Json = field(default_factory=dict)
    body: Any = None


@dataclass
class Case:
    """One referral as it was submitted."""

    story: Story
    document: Json
    referral: str

    @property
    def crn(self) -> str:
        crn: str = self.document["person"]["crn"]
        return crn

    @property
    def person(self) -> str:
        return person_at(self.crn).rpartition("/")[2]

    @cached_property
    def part(self) -> str:
        """The approved premises' part."""
        part: str = self.story.part(self.referral, "approved_premises")["id"]
        return part

    @cached_property
    def asked(self) -> Json:
        """What the police force is asked."""
        asked = self.story.requests(self.referral, "police_da")
        return next(one for one in asked if one["area"] == "west-yorkshire")

    def changed(self) -> Json:
        """Record a change, and return it with the reviews that it opens."""
        return self.story.report_change(self.crn, "arrest")

    def asked_of_a_manager(self, caller: Caller) -> Json:
        """Ask a manager to agree that the check of the police is not required."""
        wanted = {"kind": "check_not_required", "subject_id": self.asked["check_id"], "reason": "He died."}
        return ok(caller.post("/v1/agreements", json=wanted), 201)

    def to_be_decided(self) -> Json:
        """Open a decision whether an employer is told."""
        path = f"{person_at(self.crn)}/disclosure-decisions"
        return ok(self.story.practitioner.post(path, json=EMPLOYER), 201)

    def copy_asked_for(self) -> Json:
        """Open a request of the person for what is held about them."""
        keeper = self.story.cast.probation.as_practitioner(*RECORDS_MANAGER)
        return opened(keeper, person_at(self.crn))

    def asked_of_the_police(self) -> Json:
        """Ask the police under the Right to Know; return the entry of their feed."""
        path = f"{person_at(self.crn)}/disclosure-decisions"
        partner = {"recipient": "partner", "name": "Joanne Threlfall", "reason": "She asked."}
        decision = ok(self.story.practitioner.post(path, json=partner), 201)["id"]
        referral = {
            "force": "west-yorkshire",
            "sent_on": clock.today().isoformat(),
            "reason": "He was convicted of assaulting a partner.",
        }
        ok(self.story.tell(decision, "refer", referral=referral))
        # Not from their feed, which starts anew in a copy of this database.
        (asked,) = as_owner(f"SELECT id FROM right_to_know WHERE decision_id = '{decision}'")
        return {"subject": {"id": str(asked["id"])}}

    def shared(self) -> Json:
        """Share the record with another region."""
        return ok(self.story.practitioner.post(f"{person_at(self.crn)}/shares", json=_sharing()), 201)

    def limited(self) -> None:
        """Limit the case, and name a deputy of the manager."""
        access, caller = f"{person_at(self.crn)}/access", self.story.practitioner
        tag = caller.get(access).headers["ETag"]
        named = {"named": [{"practitioner": "d.deputy"}], "reason": "A relative works here."}
        ok(caller.post(f"{person_at(self.crn)}/limit", json=named, if_match=tag))

    def answer(self) -> None:
        """Let the police find nothing."""
        self.story.answer(self.story.cast.police, self.asked["id"], dict(NOTHING_KNOWN), nothing_found=True)


def offered(caller: Caller, case: Case) -> Json:
    """Offer a case to another region, and return the transfer."""
    offer = {"person_id": case.person, "to_region": "N51", "reason": "He moves there on release."}
    return ok(caller.post("/v1/transfers", json=offer), 201)


@dataclass
class Fixtures:
    """What is real for one kind of caller."""

    story: Story
    caller: Caller
    side: str
    emergencies: int = 0
    _cases: int = 0

    def opening(self, operation_id: str, names: Iterable[str]) -> Opening:
        """Make everything ready for one call of an operation, and return the call.

        Args:
            names: those of the parameters in its path.
        """
        if operation_id in registration.OPENINGS and self.side == "administration":
            registered, body = registration.OPENINGS[operation_id](self.caller)
            return Opening(registered, body=body)
        prepared = _CHANGES.get((self.side, operation_id)) or _CHANGES.get(("", operation_id))
        if prepared:
            return prepared(self)
        path = {name: self.addresses[name] for name in names}
        return Opening(path, {"referral_id": self.settled.referral} if operation_id == "list_checks" else {})

    def ready(self, path: str, method: str, operation_id: str, **query: str) -> Callable[[], Any]:
        """Make everything ready for one call of an operation that is taken; return what makes the call.

        Args:
            path: as in the document, with the names of what stands in it.
            query: what a read is asked besides.
        """
        opening = self.opening(operation_id, [step[1:-1] for step in path.split("/") if step.startswith("{")])
        tag = self.tag(operation_id, opening.path) if operation_id in TAGS else None
        where = path.format(**opening.path)
        caller = self.caller_of(operation_id)
        if method == "get":
            return lambda: caller.get(where, **opening.query, **query)
        send = getattr(caller, method)
        more: Json = {"query_string": opening.query} if opening.query else {}
        return lambda: send(where, json=opening.body, if_match=tag, **more)

    def caller_of(self, operation_id: str) -> Caller:
        """Return who makes a call: what is decided for a whole region is decided above the caller."""
        cast = self.story.cast
        if operation_id in OF_RECORDS:
            return cast.probation.as_practitioner(*RECORDS_MANAGER)
        if operation_id not in ABOVE:
            return self.caller
        if self.side == "administration":
            return cast.administration.as_practitioner(*OPERATOR, pdu=None)
        return cast.probation.as_practitioner(*REGIONAL)

    def case(self) -> Case:
        """Begin a case of its own."""
        self._cases += 1
        document = darren_and_toby(f"OPENED-{self._cases}", clock.today(), f"X33{self._cases:04}")
        referral: str = self.story.submit(document)["id"]
        return Case(self.story, document, referral)

    def taken_on(self) -> Case:
        """Begin a case that the approved premises accept."""
        case = self.case()
        self.story.take_on(self.story.cast.ap, case.part)
        return case

    @cached_property
    def settled(self) -> Case:
        """A case that is read and not changed."""
        return self.case()

    @cached_property
    def addresses(self) -> Json:
        """What may stand in the address of something that this caller reads."""
        if self.side == "administration":
            return {"policy_key": POLICY, "number": 1}
        if self.side == "keeper":
            return {"staff_id": "s.okafor"}
        if self.side == "prison":
            return {}
        case = self.settled
        hook, delivery = self.dead_letter()
        member = "s.okafor" if self.side == "probation" else "duty.manager"
        known = {"webhook_id": hook, "delivery_id": delivery, "staff_id": member}
        if self.side == "destination":
            own = "approved_premises.standard"
            return known | {"destination_referral_id": case.part, "policy_key": own, "number": 1}
        if self.side == "agency":
            asked = case.asked_of_the_police()["subject"]["id"]
            known |= {"request_id": case.asked["id"], "right_to_know_id": asked}
            return known | {"policy_key": POLICY, "number": 1}
        change = case.changed()
        return known | {
            "referral_id": case.referral,
            "contact_id": self.story.contact(case.crn, "son")["id"],
            "address_id": _addresses_of(self, case)[0]["id"],
            "number": 1,
            "policy_key": POLICY,
            "destination_referral_id": case.part,
            "check_id": case.asked["check_id"],
            "request_id": case.asked["id"],
            "person_id": case.person,
            "transfer_id": offered(self.story.practitioner, case)["id"],
            "change_id": change["id"],
            "review_id": change["reviews"][0]["id"],
            "decision_id": case.to_be_decided()["id"],
            "share_id": case.shared()["id"],
            "subject_access_id": case.copy_asked_for()["id"],
            "agreement_id": case.asked_of_a_manager(self.story.practitioner)["id"],
        }

    def dead_letter(self) -> tuple[str, str]:
        """Register an endpoint of the caller's, and let what it was to be sent last be given up."""
        organisation: UUID = self.caller.organisation_id
        hook = registered(organisation, f"https://{self.caller.code.lower()}.test/{uuid4()}").endpoint_id
        with db.transaction("owner") as session:
            delivery = session.scalar(
                text(
                    "INSERT INTO webhook_delivery (id, endpoint_id, organisation_id, position, event_id,"
                    " state, tries, replays, derived_at, settled_at)"
                    " SELECT gen_random_uuid(), :hook, organisation_id, position, event_id,"
                    " 'dead', 10, 0, :now, :now FROM feed_entry WHERE organisation_id = :organisation"
                    " ORDER BY position DESC LIMIT 1 RETURNING id"
                ),
                {"hook": hook, "organisation": organisation, "now": clock.now()},
            )
        return str(hook), str(delivery)

    def tag(self, operation_id: str, path: Mapping[str, Any]) -> str:
        """Return the tag of the version that a call would change."""
        answer = self.caller_of(operation_id).get(TAGS[operation_id].format(**path))
        return answer.headers.get("ETag", '"none"')


def _sharing() -> Json:
    until = (clock.now() + timedelta(days=90)).isoformat()
    return {"organisation": OTHER_REGION, "basis": "joint", "until": until, "reason": "Both work with him."}


def _share(fixtures: Fixtures) -> Opening:
    return Opening({"person_id": fixtures.case().person}, body=_sharing())


def _end_share(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    path = {"person_id": case.person, "share_id": case.shared()["id"]}
    return Opening(path, body={"reason": "He stays here."})


def _confirm_share(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    give_sight(fixtures.story.cast.stranger, case.crn, basis="carried_over")
    (share,) = ok(fixtures.story.practitioner.get(f"{person_at(case.crn)}/shares"))["items"]
    given = {name: value for name, value in _sharing().items() if name != "organisation"}
    return Opening({"person_id": case.person, "share_id": share["id"]}, body=given)


def _emergency(fixtures: Fixtures) -> Opening:
    crn = f"X34{fixtures.emergencies:04}"
    fixtures.emergencies += 1
    theirs = fixtures.story.cast.stranger.as_practitioner("t.jones")
    ok(theirs.post("/v1/referrals", json=darren_and_toby(f"E-{crn}", clock.today(), crn)), 201)
    return Opening(body={"crn": crn, "reason": "He is at her door."})


def _review_share(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    head = fixtures.story.cast.stranger.as_practitioner("h.else", "pdu_head")
    body = {"crn": case.crn, "reason": "He is at her door."}
    taken = ok(head.post("/v1/people/emergency-access", json=body), 201)
    path = {"person_id": case.person, "share_id": taken["id"]}
    return Opening(path, body={"outcome": "justified", "reason": "He was."})


def _limit(fixtures: Fixtures) -> Opening:
    return Opening({"person_id": fixtures.case().person}, body={"reason": "A relative works here."})


def _lift(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    case.limited()
    return Opening({"person_id": case.person}, body={"reason": "The relative has left."})


def _name(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    case.limited()
    return Opening({"person_id": case.person}, body={"practitioner": "q.brown", "reason": "Joins the team."})


def _exclude(fixtures: Fixtures) -> Opening:
    return Opening(
        {"person_id": fixtures.case().person}, body={"practitioner": "r.sister", "reason": "His sister."}
    )


def _end_exclusion(fixtures: Fixtures) -> Opening:
    opened = _exclude(fixtures)
    exclusions = f"/v1/people/{opened.path['person_id']}/exclusions"
    view = ok(fixtures.story.practitioner.post(exclusions, json=opened.body))
    path = {**opened.path, "exclusion_id": view["excluded"][0]["id"]}
    return Opening(path, body={"reason": "They are not related."})


def _token(fixtures: Fixtures) -> Opening:
    return Opening(
        body=fixtures.caller.signer.token_form(clock.now(), practitioner=fixtures.caller.practitioner)
    )


def _new(fixtures: Fixtures) -> Opening:
    fixtures._cases += 1
    return Opening(body=darren_and_toby(f"NEW-{fixtures._cases}", clock.today(), f"X33{fixtures._cases:04}"))


def _open(fixtures: Fixtures) -> Opening:
    fixtures._cases += 1
    document = darren_and_toby("OPENED", clock.today(), f"X33{fixtures._cases:04}")
    person = {
        name: document["person"][name]
        for name in ("crn", "name", "date_of_birth", "pnc_number", "noms_number")
    }
    around = {name: document[name] for name in ("household", "addresses")}
    return Opening(body={"because": "allocation", "person": person, **around})


def _reassign(fixtures: Fixtures) -> Opening:
    return Opening({"person_id": fixtures.case().person}, body={"practitioner": "n.new", "pdu": "Leeds"})


def _same_as(fixtures: Fixtures) -> Opening:
    kept, other = fixtures.case(), fixtures.case()
    body = {"other": kept.person, "same": True, "keep": kept.crn, "reason": "Both have one fingerprint."}
    return Opening({"person_id": other.person}, body=body)


def _caretaker(fixtures: Fixtures) -> Opening:
    until = (clock.now() + timedelta(days=14)).isoformat()
    body = {"action": "name", "practitioner": "c.taker", "until": until}
    return Opening({"person_id": fixtures.case().person}, body=body)


def _team(fixtures: Fixtures) -> Opening:
    body = {"action": "add", "practitioner": "t.mate", "part": "pso"}
    return Opening({"person_id": fixtures.case().person}, body=body)


def _offer_case(fixtures: Fixtures) -> Opening:
    offer = {"person_id": fixtures.case().person, "to_region": "N51", "reason": "He moves there on release."}
    return Opening(body=offer)


def _ask_a_manager(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    wanted = {"kind": "check_not_required", "subject_id": case.asked["check_id"], "reason": "He died."}
    return Opening(body=wanted)


def _decide_what_was_asked(fixtures: Fixtures) -> Opening:
    asked = fixtures.case().asked_of_a_manager(fixtures.story.practitioner)
    return Opening({"agreement_id": asked["id"]}, body={"agreed": True, "reason": "The register says so."})


def _withdraw_what_was_asked(fixtures: Fixtures) -> Opening:
    asked = fixtures.case().asked_of_a_manager(fixtures.caller)
    return Opening({"agreement_id": asked["id"]}, body={"reason": "It was somebody else."})


def _take_back(fixtures: Fixtures) -> Opening:
    transfer = offered(fixtures.story.practitioner, fixtures.case())
    return Opening({"transfer_id": transfer["id"]}, body={"action": "withdraw", "reason": "He stays here."})


def _amend(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    brought_forward = {"urgency": "urgent", "urgency_reason": "The release was brought forward."}
    return Opening({"referral_id": case.referral}, body=case.document | brought_forward)


def _start(fixtures: Fixtures) -> Opening:
    case = fixtures.taken_on()
    return Opening(
        {"destination_referral_id": case.part}, body={"action": "start", "note": "First day tomorrow."}
    )


def _withdraw(fixtures: Fixtures) -> Opening:
    case = fixtures.taken_on()
    return Opening(
        {"destination_referral_id": case.part},
        body={"action": "request_withdrawal", "reason": "He has a home after all."},
    )


def _end_whole(fixtures: Fixtures) -> Opening:
    return Opening({"referral_id": fixtures.case().referral}, body={"reason": "He has a home after all."})


def _message(fixtures: Fixtures) -> Opening:
    return Opening({"destination_referral_id": fixtures.case().part}, body={"body": "He prefers mornings."})


def _report(fixtures: Fixtures) -> Opening:
    return Opening(
        {"destination_referral_id": fixtures.taken_on().part},
        body={"kind": "progress", "content": {"summary": "Settling in."}},
    )


def _correct_report(fixtures: Fixtures) -> Opening:
    report = _report(fixtures)
    path = f"/v1/destination-referrals/{report.path['destination_referral_id']}/updates"
    first = ok(fixtures.caller.post(path, json=report.body), 201)
    return Opening(report.path | {"update_id": first["id"]}, body=TAKEN_BACK)


def _correct_move(fixtures: Fixtures) -> Opening:
    case = fixtures.taken_on()
    path = f"/v1/destination-referrals/{case.part}"
    tag = fixtures.caller.get(path).headers["ETag"]
    ended = {"action": "end_early", "reason_code": "transferred"}
    seen = ok(fixtures.caller.post(f"{path}/transitions", json=ended, if_match=tag))
    last = seen["moves"][-1]["id"]
    return Opening({"destination_referral_id": case.part, "move_id": last}, body=TAKEN_BACK)


def _correct_stay(fixtures: Fixtures) -> Opening:
    offer = _offer(fixtures)
    part = offer.path["destination_referral_id"]
    seen = ok(fixtures.story.place(fixtures.caller, part, **offer.body))
    other = {name: day for name, day in offer.body.items() if name != "action"} | {"premises": "Elm House"}
    instead = {"reason": "The house was left out.", "said": other}
    return Opening(offer.path | {"move_id": seen["moves"][0]["id"]}, body=instead)


def _correct_concern(fixtures: Fixtures) -> Opening:
    concern = _concern(fixtures)
    path = f"/v1/destination-referrals/{concern.path['destination_referral_id']}/concerns"
    first = ok(fixtures.caller.post(path, json=concern.body), 201)
    return Opening(concern.path | {"concern_id": first["id"]}, body=TAKEN_BACK)


def _correct_answer(fixtures: Fixtures) -> Opening:
    answer = _answer(fixtures)
    path = f"/v1/check-requests/{answer.path['request_id']}/results"
    first = ok(fixtures.caller.post(path, json=answer.body), 201)
    return Opening(answer.path | {"result_id": first["id"]}, body=TAKEN_BACK)


TAKEN_BACK: Final[Json] = {"reason": "Another person was meant.", "withdrawn": True}


def _acknowledge(fixtures: Fixtures) -> Opening:
    case = fixtures.taken_on()
    risen = {"group": "known_adult", "level": "very_high", "who": "Her.", "reason": "What the police hold."}
    fixtures.story.report_change(case.crn, "rosh_changed", rosh=risen)
    notice = ok(fixtures.caller.get(f"/v1/destination-referrals/{case.part}"))["notices"][-1]
    return Opening(
        {"destination_referral_id": case.part}, body={"version": notice["version"], "can_continue": True}
    )


def _offer(fixtures: Fixtures) -> Opening:
    stay = {"expected_arrival": "2026-05-22", "expected_departure": "2026-08-14"}
    return Opening({"destination_referral_id": fixtures.taken_on().part}, body={"action": "offer", **stay})


def _confirm(fixtures: Fixtures) -> Opening:
    offered = _offer(fixtures)
    ok(fixtures.story.place(fixtures.story.cast.ap, offered.path["destination_referral_id"], **offered.body))
    return Opening(offered.path, body={"action": "confirm"})


def _concern(fixtures: Fixtures) -> Opening:
    seen = {"occurred_on": clock.today().isoformat(), "details": "Shouting.", "people": ["partner"]}
    return Opening({"destination_referral_id": fixtures.case().part}, body=seen)


def _decide(fixtures: Fixtures) -> Opening:
    decision = {"decision": "not_required", "reason": "Asked and answered last week in another case."}
    return Opening({"check_id": fixtures.case().asked["check_id"]}, body=decision)


def _review(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    case.answer()
    found = {"check_request_id": case.asked["id"], "changes": ["nothing"], "reason": "Nothing is held."}
    return Opening({"check_id": case.asked["check_id"]}, body=found)


def _countersign(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    case.answer()
    check, why = case.asked["check_id"], "The level is to be looked at again."
    review = fixtures.story.review_answer(check, case.asked["id"], "risk", reason=why)["reviews"][0]
    path = {"check_id": check, "review_id": review["id"]}
    return Opening(path, body={"agreed": True, "reason": "So it is."})


def _ask_back(fixtures: Fixtures) -> Opening:
    body = {"action": "return_for_information", "question": "Which flat?"}
    return Opening({"request_id": fixtures.case().asked["id"]}, body=body)


def _answer_back(fixtures: Fixtures) -> Opening:
    asked = _ask_back(fixtures)
    fixtures.story.move_request(fixtures.story.cast.police, asked.path["request_id"], **asked.body)
    return Opening(asked.path, body={"action": "answer_information", "answer": "The first."})


def _answer(fixtures: Fixtures) -> Opening:
    day = clock.today().isoformat()
    asked = fixtures.case().asked["id"]
    return Opening(
        {"request_id": asked},
        body={
            "complete": True,
            "nothing_found": True,
            "valid_as_at": day,
            "searched": {"from": "2010-01-01", "until": day, "sources": ["Own records"]},
            "findings": dict(NOTHING_KNOWN),
            "subjects": outcomes(asked, nothing_found=True),
        },
    )


def _propose(fixtures: Fixtures) -> Opening:
    address = HOME | {"ref": "skinner-street", "kind": "proposed_release"}
    return Opening({"person_id": fixtures.case().person}, body=address)


def _change(fixtures: Fixtures) -> Opening:
    arrested = {
        "kind": "arrest",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    return Opening({"person_id": fixtures.case().person}, body=arrested)


def _supply(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    son = fixtures.story.contact(case.crn, "son")
    details = {"given_name": "Alfie", "family_name": "Marchbanks", "date_of_birth": "2017-05-30"}
    return Opening({"person_id": case.person, "contact_id": son["id"]}, body=details)


def _first_address(fixtures: Fixtures) -> dict[str, Any]:
    """Return the path of an address of a case of its own."""
    case = fixtures.case()
    return {"person_id": case.person, "address_id": _addresses_of(fixtures, case)[0]["id"]}


def _addresses_of(fixtures: Fixtures, case: Any) -> list[Json]:
    listed = ok(fixtures.story.practitioner.get(f"/v1/people/{case.person}/addresses"))["items"]
    return sorted((one for one in listed if not one["protected"]), key=lambda one: str(one["ref"]))


def _put_address_right(fixtures: Fixtures) -> Opening:
    body: Json = {"because": "correction", "lines": ["81 Tannery Fold", "Leeds"]}
    body["verification"] = {"how": "home_visit", "on": "2026-02-27", "others_seen": 1}
    return Opening(_first_address(fixtures), body=body)


def _address_in_error(fixtures: Fixtures) -> Opening:
    return Opening(_first_address(fixtures), body={"reason": "It is another person's."})


def _contact_in_error(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    son = fixtures.story.contact(case.crn, "son")
    body = {"reason": "He is the neighbour's."}
    return Opening({"person_id": case.person, "contact_id": son["id"]}, body=body)


def _patch_referral(fixtures: Fixtures) -> Opening:
    body = {"person": {"phone": "0113 496 0001", "noms_number": None}}
    return Opening({"referral_id": fixtures.case().referral}, body=body)


def _decide_same_person(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    girl = {
        "ref": "girl",
        "relationship": "other_child",
        "given_name": "Ottoline",
        "family_name": "Quennell",
        "date_of_birth": "2017-04-09",
        "details_status": "provided",
    }
    twins = [girl, girl | {"ref": "girl-again"}]
    fixtures.story.report_change(case.crn, "contact_with_child", contacts=twins)
    listed = ok(fixtures.story.practitioner.get(f"/v1/people/{case.person}/contacts"))["items"]
    alike = next(one for one in listed if one["alike"])
    return Opening(
        {"person_id": case.person, "contact_id": alike["id"]},
        body={"same": True, "reason": "The school knows one girl of this name."},
    )


def _supply_of_person(fixtures: Fixtures) -> Opening:
    fixtures._cases += 1
    person = {"crn": f"X33{fixtures._cases:04}", "name": {"given": "Darren", "family": "Ellershaw"}}
    opened = fixtures.story.practitioner.post("/v1/people", json={"because": "allocation", "person": person})
    details = {"date_of_birth": "1988-11-04", "pnc_number": "2008/0123456K"}
    return Opening({"person_id": ok(opened, 201)["person_id"]}, body=details)


def _open_disclosure(fixtures: Fixtures) -> Opening:
    return Opening({"person_id": fixtures.case().person}, body=EMPLOYER)


def _propose_disclosure(fixtures: Fixtures) -> Opening:
    opened = fixtures.case().to_be_decided()
    proposal = {"tell": False, "reason": "He works alone."}
    return Opening({"decision_id": opened["id"]}, body={"action": "propose", "proposal": proposal})


def _arrange(fixtures: Fixtures) -> Opening:
    return Opening({"person_id": fixtures.case().person}, body={"identification": {"state": "held"}})


def _open_subject_access(fixtures: Fixtures) -> Opening:
    body = {
        "asked_by": "person",
        "identity_confirmed": "Passport seen at the Leeds office.",
        "received_on": clock.today().isoformat(),
    }
    return Opening({"person_id": fixtures.case().person}, body=body)


def _decide_texts(fixtures: Fixtures) -> Opening:
    asked = fixtures.case().copy_asked_for()
    path = asked["texts"][0]["path"]
    texts = [{"path": path, "as": "leave_out", "reason": "It is about somebody else."}]
    return Opening({"subject_access_id": asked["id"]}, body={"action": "decide_texts", "texts": texts})


def _answer_right_to_know(fixtures: Fixtures) -> Opening:
    asked = fixtures.case().asked_of_the_police()
    body = {"told": True, "answered_on": clock.today().isoformat(), "reason": "They told her."}
    return Opening({"right_to_know_id": asked["subject"]["id"]}, body=body)


def _correct_right_to_know(fixtures: Fixtures) -> Opening:
    opened = _answer_right_to_know(fixtures)
    police, path = fixtures.story.cast.police, f"/v1/right-to-know/{opened.path['right_to_know_id']}"
    tag = police.get(path).headers["ETag"]
    ok(police.post(f"{path}/answer", json=opened.body, if_match=tag))
    return Opening(opened.path, body={"withdrawn": True, "reason": "It was about another woman."})


def _complete(fixtures: Fixtures) -> Opening:
    review = next(one for one in fixtures.case().changed()["reviews"] if one["kind"] == "risk")
    considered = [
        {"what": one, "outcome": "not_needed", "reason": "Known to it."} for one in review["consider"]
    ]
    return Opening({"review_id": review["id"]}, body={"changes": ["curfew"], "considered": considered})


def _agree(fixtures: Fixtures) -> Opening:
    opened = _complete(fixtures)
    proposed = {"no_change_reason": "She knows.", "considered": opened.body["considered"]}
    ok(fixtures.story.complete_review(opened.path["review_id"], **proposed))
    return Opening(opened.path, body={"agreed": True, "reason": "So it is."})


def _decide_proposal(fixtures: Fixtures) -> Opening:
    case = fixtures.case()
    elsewhere = minimal(f"ELSE-{case.crn}", case.crn)
    ok(fixtures.story.cast.stranger.as_practitioner("k.lowe").post("/v1/referrals", json=elsewhere), 201)
    proposed = ok(fixtures.story.practitioner.get(f"/v1/people/{case.person}/proposals"))["items"][0]
    return Opening(
        {"person_id": case.person, "proposal_id": proposed["id"]},
        body={"taken": False, "reason": "It is somebody else's name."},
    )


_SHARE: Final = {
    "basis": "joint",
    "sections": ["risk"],
    "until": "2028-01-01T00:00:00Z",
    "reason": "He lives here on weekdays.",
}


def _on_a_side_record(fixtures: Fixtures, holder: Caller, other: Caller) -> Opening:
    """Let one region submit what another holds, and ask for a share on its own record."""
    fixtures._cases += 1
    crn = f"X34{fixtures._cases:04}"
    ok(holder.post("/v1/referrals", json=minimal(f"HELD-{crn}", crn)), 201)
    side = ok(other.post("/v1/referrals", json=minimal(f"SIDE-{crn}", crn)), 201)["person"]["id"]
    return Opening({"person_id": side}, body=_SHARE)


def _ask_for_share(fixtures: Fixtures) -> Opening:
    other = fixtures.story.cast.stranger.as_practitioner("k.lowe")
    return _on_a_side_record(fixtures, other, fixtures.story.practitioner)


def _answer_for_share(fixtures: Fixtures) -> Opening:
    other = fixtures.story.cast.stranger.as_practitioner("k.lowe")
    opening = _on_a_side_record(fixtures, fixtures.story.practitioner, other)
    asked = ok(other.post(f"/v1/people/{opening.path['person_id']}/share-requests", json=opening.body), 201)
    return Opening({"share_request_id": asked["id"]}, body={"given": False, "reason": "He has moved."})


def _replay(fixtures: Fixtures) -> Opening:
    hook, delivery = fixtures.dead_letter()
    return Opening({"webhook_id": hook, "delivery_id": delivery})


def _search(fixtures: Fixtures) -> Opening:
    return Opening(body={"crn": fixtures.case().crn})


def _search_requests(fixtures: Fixtures) -> Opening:
    fixtures.case()
    return Opening(body={"name": {"family": "Ellershaw"}})


_FIGURES: Final = {"answer": {"targets": {"routine": "4wd"}}}


def _draft(fixtures: Fixtures) -> Opening:
    fixtures.case()
    return Opening({"policy_key": POLICY}, {"limit": 5}, {"figures": _FIGURES})


def _publish(fixtures: Fixtures) -> Opening:
    force = str(fixtures.story.cast.police.organisation_id)
    body = {"figures": _FIGURES, "responder_id": force, "reason": "Agreed with the force."}
    return Opening({"policy_key": POLICY}, body=body)


def _apply(fixtures: Fixtures) -> Opening:
    region = fixtures.caller_of("publish_policy_version")
    opening = _publish(fixtures)
    published = ok(region.post(f"/v1/policies/{POLICY}/versions", json=opening.body), 201)
    return Opening(opening.path | {"number": published["version"]}, body={"reason": "It begins today."})


def _danger(fixtures: Fixtures) -> str:
    """Let the approved premises report a danger, of which each side is told; return its escalation."""
    case, cast = fixtures.taken_on(), fixtures.story.cast
    with db.transaction("owner") as session:
        registrar, region = Actor.for_service("registration"), cast.probation.organisation_id
        set_role_holder(session, registrar, region, "on_call_manager", "s.okafor")
    said = _concern(fixtures).body | {"immediate_danger": True}
    ok(cast.ap.post(f"/v1/destination-referrals/{case.part}/concerns", json=said), 201)
    fixtures.story.wait(minutes=2)
    with db.transaction("owner") as session:
        danger = session.scalar(
            text(
                "SELECT f.id FROM clock_firing f JOIN clock c ON c.id = f.clock_id"
                " WHERE c.timer = 'danger' AND c.referral_id = :referral ORDER BY f.ordinal LIMIT 1"
            ),
            {"referral": case.referral},
        )
    return str(danger)


def _escalation(fixtures: Fixtures, *, colleague: str | None = None) -> Opening:
    if fixtures.side != "agency":
        return Opening({"escalation_id": _danger(fixtures)})
    known = ok(fixtures.caller.get("/v1/escalations", acknowledged="no", limit=500))["items"]
    late = [
        one["id"]
        for one in known
        if "acknowledge" in one["allowed_transitions"]
        and colleague not in {to["holder"] for to in one["addressed_to"] if to["holder"]}
    ]
    if not late:
        fixtures.case()
        fixtures.story.wait(days=14)
        return _escalation(fixtures, colleague=colleague)
    return Opening({"escalation_id": late[0]})


def _keep(fixtures: Fixtures) -> Opening:
    away = [{"from": "2026-08-03", "until": "2026-08-14"}]
    return Opening(fixtures.addresses, body={"name": "S O", "roles": [{"role": "spo"}], "absences": away})


def _record_staff(fixtures: Fixtures) -> Opening:
    del fixtures
    role = {"role": "spo", "unit": "Leeds", "deputy": True}
    # Each with roles of its own: what is made long in one entry must not be so in all of them.
    entries = [{"id": one, "name": "Somebody", "roles": [dict(role)]} for one in "abc"]
    return Opening(body={"entries": entries})


def _release_dates(fixtures: Fixtures) -> Opening:
    del fixtures
    line = {"release_date": "2026-05-20", "kind": "confirmed", "as_of": clock.now().isoformat()}
    return Opening(body={"lines": [{"noms_number": f"A{number}234BC", **line} for number in range(3)]})


def _hand_over(fixtures: Fixtures) -> Opening:
    colleague = "h.grant" if fixtures.side == "probation" else "unit.manager"
    found = _escalation(fixtures, colleague=colleague)
    return replace(found, body={"to": colleague, "reason": "Away from noon."})


def _note(fixtures: Fixtures) -> Opening:
    return replace(_escalation(fixtures), body={"text": "Promised for noon."})


def _confirm_danger(fixtures: Fixtures) -> Opening:
    return replace(_escalation(fixtures), body={"done": "An officer is at the address."})


_CHANGES: Final[Mapping[tuple[str, str], Callable[[Fixtures], Opening]]] = {
    ("", "acknowledge_change"): _acknowledge,
    ("", "acknowledge_escalation"): _escalation,
    ("", "agree_to_review"): _agree,
    ("", "amend_referral"): _amend,
    ("", "answer_share_request"): _answer_for_share,
    ("", "apply_policy_version"): _apply,
    ("", "ask_for_agreement"): _ask_a_manager,
    ("", "ask_for_transfer"): _offer_case,
    ("", "change_address"): _put_address_right,
    ("", "change_caretaker"): _caretaker,
    ("", "change_team"): _team,
    ("", "complete_review"): _complete,
    ("", "confirm_escalation"): _confirm_danger,
    ("", "confirm_share"): _confirm_share,
    ("", "countersign_check_review"): _countersign,
    ("", "decide_agreement"): _decide_what_was_asked,
    ("", "decide_check"): _decide,
    ("", "decide_proposal"): _decide_proposal,
    ("", "end_exclusion"): _end_exclusion,
    ("", "end_share"): _end_share,
    ("", "exclude_staff"): _exclude,
    ("", "hand_over_escalation"): _hand_over,
    ("", "issue_token"): _token,
    ("", "keep_staff"): _keep,
    ("", "lift_limit"): _lift,
    ("", "limit_case"): _limit,
    ("", "answer_right_to_know"): _answer_right_to_know,
    ("", "correct_right_to_know"): _correct_right_to_know,
    ("", "move_disclosure_decision"): _propose_disclosure,
    ("", "move_subject_access"): _decide_texts,
    ("", "move_transfer"): _take_back,
    ("", "name_staff"): _name,
    ("", "note_escalation"): _note,
    ("", "open_case"): _open,
    ("", "open_disclosure_decision"): _open_disclosure,
    ("", "open_subject_access"): _open_subject_access,
    ("", "preview_policy_version"): _draft,
    ("", "preview_referral"): _new,
    ("", "propose_address"): _propose,
    ("", "publish_policy_version"): _publish,
    ("", "reassign_case"): _reassign,
    ("", "decide_same_as"): _same_as,
    ("", "record_change"): _change,
    ("", "record_release_arrangements"): _arrange,
    ("", "record_staff"): _record_staff,
    ("", "replay_delivery"): _replay,
    ("", "report_update"): _report,
    ("", "report_concern"): _concern,
    ("", "correct_check_result"): _correct_answer,
    ("", "correct_concern"): _correct_concern,
    ("", "correct_move"): _correct_move,
    ("", "correct_placement"): _correct_stay,
    ("", "correct_update"): _correct_report,
    ("", "request_share"): _ask_for_share,
    ("", "return_check_result"): _answer,
    ("", "review_check"): _review,
    ("", "review_share"): _review_share,
    ("", "search_check_requests"): _search_requests,
    ("", "search_people"): _search,
    ("", "send_message"): _message,
    ("", "send_release_dates"): _release_dates,
    ("", "share_person"): _share,
    ("", "submit_referral"): _new,
    ("", "decide_same_person"): _decide_same_person,
    ("", "enter_address_in_error"): _address_in_error,
    ("", "enter_contact_in_error"): _contact_in_error,
    ("", "enter_referral_in_error"): _end_whole,
    ("", "patch_referral"): _patch_referral,
    ("", "supply_details"): _supply,
    ("", "supply_person_details"): _supply_of_person,
    ("", "take_emergency_access"): _emergency,
    ("", "withdraw_agreement"): _withdraw_what_was_asked,
    ("", "withdraw_referral"): _end_whole,
    ("agency", "move_check_request"): _ask_back,
    ("destination", "move_destination_referral"): _start,
    ("destination", "move_placement"): _offer,
    ("probation", "move_check_request"): _answer_back,
    ("probation", "move_destination_referral"): _withdraw,
    ("probation", "move_placement"): _confirm,
}
"""What must exist before a changing operation is called, by the kind of caller; empty: any that may."""
