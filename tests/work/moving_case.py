"""A whole case in which everybody moves what is open at random, and whose move it is after each step.

What checks and the record go through comes from the case that this one is built on; here are destinations,
beds, reviews, agreements, disclosures and other regions. What must be true is read over HTTP from the lists
of all callers, and from the tables by statements of their own.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from service import clock
from service.destinations import DESTINATIONS
from service.timers.conditions import ATTENTION, CONDITIONS, HANDED_BACK, KINDS, PRACTITIONER, Condition
from service.timers.sweep import sweep
from tests.cast import Caller, Cast, assemble
from tests.checks.eventful_case import EventfulCase
from tests.checks.factories import police_answer
from tests.conftest import TheClock, a_database
from tests.journeys.driver import EMPLOYER
from tests.referrals.samples import darren_and_toby, minimal, urgent_from_court
from tests.third_parties.samples import proposal

Json = dict[str, Any]
Page = tuple[Caller, Caller, Json]
LATER: Final = (409, 412, 422)
"""A step that cannot be taken as things stand is refused, and changes nothing."""
WHY: Final = "I have looked into it."

NO_CLOCK = """
SELECT 'destination_referral' AS kind, d.id, d.state FROM destination_referral d
WHERE d.person_id = :person AND d.sharing_ended_at IS NULL AND d.decline_settled IS NULL
  AND cardinality(d.rests) = 0 AND d.stopped_because IS NULL
  AND d.state IN ('incomplete', 'blocked', 'sent', 'received', 'information_requested', 'waitlisted',
                  'deferred', 'accepted', 'declined', 'challenged', 'in_progress', 'on_hold',
                  'withdrawal_requested')
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = d.id AND k.state = 'running'
                  AND k.subject_kind IN
                      ('destination_referral', 'probation_move', 'completion', 'adjustment'))
UNION ALL
SELECT 'placement', p.id, p.state FROM placement p
JOIN destination_referral d ON d.id = p.id
WHERE d.person_id = :person AND d.sharing_ended_at IS NULL AND cardinality(d.rests) = 0
  AND p.state IN ('offered', 'confirmed', 'arrived')
  AND (p.state = 'arrived' OR d.state IN ('accepted', 'in_progress', 'on_hold'))
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = p.id AND k.state = 'running'
                  AND k.subject_kind = 'placement')
UNION ALL
SELECT 'check_request', r.id, r.state FROM check_request r
WHERE r.person_id = :person
  AND r.state IN ('required', 'awaiting_details', 'requested', 'acknowledged', 'returned_for_information',
                  'partially_returned', 'returned', 'refused')
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = r.id AND k.state = 'running')
  AND NOT EXISTS (SELECT FROM agreement a JOIN clock k ON k.subject_id = a.id AND k.state = 'running'
                  WHERE a.state = 'asked' AND a.person_id = r.person_id)
UNION ALL
SELECT 'review', v.id, v.state FROM review v
WHERE v.person_id = :person AND v.state IN ('open', 'awaiting_agreement')
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = v.id AND k.state = 'running')
  AND NOT EXISTS (SELECT FROM agreement a JOIN clock k ON k.subject_id = a.id AND k.state = 'running'
                  WHERE a.state = 'asked' AND a.subject_id = v.id)
UNION ALL
SELECT 'agreement', a.id, a.state FROM agreement a
WHERE a.person_id = :person AND a.state = 'asked'
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = a.id AND k.state = 'running')
UNION ALL
SELECT 'change_notice', n.id, 'unacknowledged' FROM change_notice n
JOIN destination_referral d ON d.id = n.destination_referral_id
WHERE d.person_id = :person AND n.acknowledged_at IS NULL AND d.sharing_ended_at IS NULL
  AND cardinality(d.rests) = 0
  AND d.state IN ('sent', 'received', 'information_requested', 'waitlisted', 'deferred', 'accepted',
                  'challenged', 'in_progress', 'on_hold', 'withdrawal_requested')
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = n.id AND k.state = 'running')
UNION ALL
SELECT 'disclosure_decision', s.id, s.state FROM disclosure_decision s
WHERE s.person_id = :person AND s.state IN ('open', 'proposed', 'with_police', 'to_be_told')
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = s.id AND k.state = 'running')
  AND NOT EXISTS (SELECT FROM right_to_know q JOIN clock k ON k.subject_id = q.id AND k.state = 'running'
                  WHERE q.decision_id = s.id AND q.ended_at IS NULL)
  AND NOT EXISTS (SELECT FROM agreement a JOIN clock k ON k.subject_id = a.id AND k.state = 'running'
                  WHERE a.state = 'asked' AND a.subject_id = s.id)
UNION ALL
SELECT 'transfer', t.id, t.state FROM transfer t
WHERE t.person_id = :person AND t.state = 'requested'
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = t.id AND k.state = 'running')
UNION ALL
SELECT 'share_request', q.id, 'asked' FROM share_request q
WHERE q.person_id = :person AND q.answered_at IS NULL
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = q.id AND k.state = 'running')
UNION ALL
SELECT 'sight', s.id, s.basis FROM sight s
WHERE s.person_id = :person AND s.basis = 'emergency' AND s.reviewed_at IS NULL
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = s.id AND k.state = 'running')
UNION ALL
SELECT 'right_to_know', q.id, 'asked' FROM right_to_know q JOIN disclosure_decision s ON s.id = q.decision_id
WHERE s.person_id = :person AND q.ended_at IS NULL
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = q.id AND k.state = 'running')
UNION ALL
SELECT 'case_holding', h.id, 'left' FROM case_holding h
JOIN staff f ON f.organisation_id = h.organisation_id AND f.id = h.practitioner_id AND f.ended_at <= :now
JOIN person p ON p.id = h.person_id AND p.died_on IS NULL AND p.same_as_id IS NULL
WHERE h.person_id = :person AND h.ended_at IS NULL
  AND NOT EXISTS (SELECT FROM clock k WHERE k.person_id = h.person_id AND k.subject_kind = 'case_holding'
                  AND k.timer = 'owner' AND k.state = 'running')
UNION ALL
SELECT 'subject_access', x.id, x.state FROM subject_access x
WHERE x.person_id = :person AND x.state = 'open'
  AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = x.id AND k.state = 'running')
"""
"""Whatever is open and has no running clock, nor waits for something named that has one."""
AT_REST = """
SELECT d.id, d.state, d.rests, d.stopped_because FROM destination_referral d
WHERE d.person_id = :person AND (cardinality(d.rests) > 0 OR d.stopped_because IS NOT NULL)
  AND d.state NOT IN ('completed', 'ended_early', 'withdrawn', 'entered_in_error')
  AND NOT EXISTS (SELECT FROM person p WHERE p.id = d.person_id AND p.died_on IS NOT NULL)
  AND NOT EXISTS (
    SELECT FROM change_of_circumstance c WHERE c.person_id = d.person_id
      AND c.standing = 'established' AND c.kind IN ('recalled', 'supervision_suspended', 'died',
          'order_completed_early', 'unlawfully_at_large'))
"""
"""What rests though nothing that puts it to rest is on record."""
IN_VAIN = """
SELECT k.subject_kind, k.timer, k.subject_id FROM clock k
WHERE k.person_id = :person AND k.state = 'running' AND k.subject_kind = 'destination_referral'
  AND k.timer = 'answer' AND EXISTS (
    SELECT FROM clock w WHERE w.subject_id = k.subject_id AND w.state = 'running'
      AND (w.subject_kind, w.timer) IN (
          ('probation_move', 'information'), ('probation_move', 'complexity'), ('adjustment', 'decision')))
  AND NOT EXISTS (SELECT FROM destination_referral d WHERE d.id = k.subject_id
                  AND d.state IN ('withdrawal_requested'))
UNION ALL
SELECT k.subject_kind, k.timer, k.subject_id FROM clock k JOIN policy p ON p.id = k.policy_id
JOIN agreement a ON a.subject_id = k.subject_id AND a.state = 'asked'
WHERE k.person_id = :person AND k.state = 'running'
  AND (k.subject_kind, k.timer) IN (('review', 'review'), ('disclosure_decision', 'decision'))
  AND p.key <> 'disclosure.urgent'
UNION ALL
SELECT k.subject_kind, k.timer, k.subject_id FROM clock k JOIN policy p ON p.id = k.policy_id
JOIN check_review v ON v.request_id = k.subject_id
JOIN agreement a ON a.subject_id = v.id AND a.state = 'asked'
WHERE k.person_id = :person AND k.state = 'running' AND k.timer = 'review' AND p.key <> 'review.late_answer'
  AND v.up_to_result = (SELECT max(number) FROM check_result r WHERE r.request_id = k.subject_id)
UNION ALL
SELECT k.subject_kind, k.timer, k.subject_id FROM clock k JOIN check_request r ON r.id = k.subject_id
WHERE k.person_id = :person AND k.state = 'running' AND k.timer = 'answer'
  AND r.state IN ('returned', 'reviewed', 'cancelled', 'misdirected', 'superseded', 'awaiting_details')
UNION ALL
SELECT k.subject_kind, k.timer, k.subject_id FROM clock k
LEFT JOIN right_to_know q ON q.id = k.subject_id
LEFT JOIN subject_access x ON x.id = k.subject_id
LEFT JOIN sight s ON s.id = k.subject_id
LEFT JOIN transfer t ON t.id = k.subject_id
WHERE k.person_id = :person AND k.state = 'running'
  AND (q.ended_at IS NOT NULL OR x.state <> 'open' OR s.reviewed_at IS NOT NULL OR t.state <> 'requested')
UNION ALL
SELECT k.subject_kind, k.timer, k.subject_id FROM clock k
JOIN destination_referral d ON d.id = k.subject_id
WHERE k.person_id = :person AND k.state = 'running'
  AND k.subject_kind IN ('destination_referral', 'probation_move', 'adjustment', 'completion')
  AND d.state IN ('completed', 'ended_early', 'withdrawn', 'entered_in_error')
"""
"""Whoever is chased while they wait for somebody else about the same, or for what is over."""

OPEN_STATES: Final = ("sent", "received", "information_requested", "waitlisted", "deferred", "accepted",
                      "challenged", "in_progress", "on_hold", "withdrawal_requested")  # fmt: skip
OWNERS: Final = {"spo": "s.okafor", "pdu_head": "h.grant", "head_of_public_protection": "b.lowe",
                 "region": "r.mercer", "regional_director": "d.ellis",
                 "records_manager": "r.keeper", "on_call_manager": "x.oncall"}  # fmt: skip
WITH_ANOTHER: Final = {
    *(("placement", "placement_end"), ("placement", "move_on"), ("transfer", "answer")),
    *(("check_request", "meeting"), ("check_request", "meeting_after_end"), ("agency_review", "review_day")),
}
"""What is done when another organisation says so too."""
ASIDE: Final = ("prison", "oversight", "administration")
"""Who has no work list."""
MOVE_ON: Final[Json] = {"lines": ["8 Canal Street", "Leeds"], "postcode": "LS1 4AP",
                        "police_force": "west-yorkshire", "local_authority": "E08000035"}  # fmt: skip
"""Where somebody goes after a stay."""
ALLOWED: Final = ("allowed_transitions", "allowed_actions")
DECIDED: Final[Mapping[str, tuple[str, ...]]] = {
    "decide_agreement": ("decide",),
    "complete_review": ("complete",),
}
"""What a call without an `action` is called where its subject is read."""


class MovingCase(EventfulCase):
    """One person referred to beds and providers, and everybody who owes something about them."""

    def first_said(self) -> Json:
        document = darren_and_toby(f"MOV-{self.crn}", crn=self.crn)
        del document["wordings"]
        return document

    def __init__(self, cast: Cast, the_clock: TheClock) -> None:
        for caller in cast.callers.values():
            caller.tokens.clear()
        super().__init__(cast, the_clock)
        self.own = ExitStack()
        self.aside: str | None = None
        """What another region has on record of the person, where it has anything."""
        self.checked: dict[str, object] = {}
        """What was looked at last of an item, by its id: what has not changed is not looked at again."""

    @classmethod
    def begun(cls, server: str, template: str, app: Flask, the_clock: TheClock) -> "MovingCase":
        """Return a case in a database of its own, so that no list grows by the cases before it."""
        own = ExitStack()
        own.enter_context(a_database(server, template))
        case = cls(assemble(app), the_clock)
        case.own = own
        return case

    def teardown(self) -> None:
        self.own.close()

    # What the case that this one is built on holds of checks is held there.

    def whatever_must_be_true_of_a_record_is(self) -> None: ...
    def every_clock_is_what_its_turns_make_it(self) -> None: ...
    def every_clock_says_what_its_subjects_say(self) -> None: ...
    def what_was_sent_stays_as_it_was_sent(self) -> None: ...
    def an_answer_stands_beside_what_was_asked(self) -> None: ...
    def destinations_read_what_the_record_says(self) -> None: ...

    # What destinations do, and probation about them.

    def parts(self, *states: str) -> list[Any]:
        """Return the destination referrals in these states, in an order that does not hang on their ids."""
        return self.rows(
            "SELECT d.id, d.kind, d.state, d.organisation_id, d.service_category FROM destination_referral d"
            " JOIN referral r ON r.id = d.referral_id"
            " WHERE d.person_id = :person AND d.state = ANY(:states)"
            " ORDER BY r.submission_reference DESC, d.kind, d.service_category",
            person=self.person_id,
            states=list(states),
        )

    def part(self, key: str) -> Any:
        """Return the first destination referral of the case with this key that has not ended."""
        kind, _, category = key.partition(":")
        found = self.parts("incomplete", "blocked", "declined", *OPEN_STATES)
        return next(
            one
            for one in found
            if (one.kind, one.service_category or "") == (kind, category) and one.state != "incomplete"
        )

    def by_id(self, organisation_id: Any) -> Caller:
        return next(one for one in self.cast.callers.values() if one.organisation_id == organisation_id)

    def said_with(self, part: Any, action: str, shown: Json, decision: int) -> Json:
        """Return what is given with an action on a destination referral."""
        destination, nothing = DESTINATIONS[part.kind], dict[str, str]()
        declines = sorted(destination.decline_reasons)
        decisions = {
            "settle_decline": ("seek_elsewhere", "close"),
            "settle_change": ("go_on", "seek_elsewhere"),
            "settle_complexity": ("agree", "keep_level"),
        }
        given: Mapping[str, Json] = {
            **dict.fromkeys(("receive", "accept", "start", "resume", "confirm_withdrawal"), nothing),
            **{one: {"decision": two[decision % 2], "reason": WHY} for one, two in decisions.items()},
            "request_information": {"question": "Which school?"},
            "answer_information": {"answer": "Beeston Primary."},
            "defer": {"reason": WHY, "not_before": (clock.today() + timedelta(days=5)).isoformat()},
            "decline": {"reason_code": declines[decision % len(declines)], "reason": WHY},
            "complete": {"outcome_code": min(destination.outcomes, default="")},
            "end_early": {"reason_code": min(destination.end_early_reasons, default="")},
            "go_on_without": {
                "adjustment": (shown.get("adjustments_to_decide") or ["trauma"])[0],
                "reason": WHY,
                "instead": "A quiet room.",
            },
        }
        return {"action": action, **given.get(action, {"reason": WHY})}

    def act(self, caller: Caller, part: Any, how: int, among: tuple[str, ...] = ()) -> None:
        """Do one of those things that may be done with a destination referral now, or one of some of them."""
        path = f"/v1/destination-referrals/{part.id}"
        seen = caller.get(path)
        shown = self.done(seen)
        allowed = [one for one in shown["allowed_transitions"] if not among or one in among]
        if among:
            assert allowed, (among, shown["state"], shown["allowed_transitions"])
        elif not allowed:
            return
        body = self.said_with(part, allowed[how % len(allowed)], shown, how)
        also = () if among else (422,)
        self.done(caller.post(f"{path}/transitions", json=body, if_match=seen.headers["ETag"]), 200, *also)

    @rule(which=st.integers(0, 9), how=st.integers(0, 9))
    def a_destination_acts(self, which: int, how: int) -> None:
        if found := self.parts(*OPEN_STATES):
            part = found[which % len(found)]
            self.act(self.by_id(part.organisation_id), part, how)

    @rule(which=st.integers(0, 9), how=st.integers(0, 9))
    def probation_acts_on_a_referral(self, which: int, how: int) -> None:
        if found := self.parts("incomplete", "blocked", "declined", *OPEN_STATES):
            self.act(self.practitioner, found[which % len(found)], how)

    @rule(which=st.integers(0, 9))
    def a_destination_accepts(self, which: int) -> None:
        if found := self.parts("sent", "received", "waitlisted", "deferred", "challenged"):
            part = found[which % len(found)]
            self.take_on(part)

    def take_on(self, part: Any, *, needed: bool = False) -> None:
        """Read, answer for the adjustments and accept, as a destination."""
        caller, path = self.by_id(part.organisation_id), f"/v1/destination-referrals/{part.id}"
        self.done(caller.get(f"{path}/document"))
        self.answer_adjustments(caller, part, can_meet=True)
        tag = caller.get(path).headers["ETag"]
        answer = caller.post(f"{path}/transitions", json={"action": "accept"}, if_match=tag)
        self.done(answer, 200, *(() if needed else LATER))

    def answer_adjustments(self, caller: Caller, part: Any, *, can_meet: bool) -> None:
        path = f"/v1/destination-referrals/{part.id}"
        asked = self.done(caller.get(path)).get("adjustments_to_answer", [])
        if asked:
            answers = [{"kind": one, "can_meet": can_meet, "note": WHY} for one in asked]
            body = {"kind": "adjustments", "content": {"answers": answers}}
            self.done(caller.post(f"{path}/updates", json=body), 201, *LATER)

    @rule(which=st.integers(0, 9))
    def a_destination_cannot_meet_an_adjustment(self, which: int) -> None:
        if found := self.parts(*OPEN_STATES):
            part = found[which % len(found)]
            caller, path = self.by_id(part.organisation_id), f"/v1/destination-referrals/{part.id}"
            self.done(caller.get(f"{path}/document"))
            self.answer_adjustments(caller, part, can_meet=False)

    @rule(which=st.integers(0, 9), level=st.sampled_from(("low", "medium", "high")))
    def a_provider_proposes_another_complexity(self, which: int, level: str) -> None:
        found = [one for one in self.parts(*OPEN_STATES) if one.kind == "crs"]
        if found:
            part = found[which % len(found)]
            body = {"kind": "complexity_proposal", "content": {"complexity": level, "reason": WHY}}
            path = f"/v1/destination-referrals/{part.id}/updates"
            self.done(self.by_id(part.organisation_id).post(path, json=body), 201, *LATER)

    @rule(which=st.integers(0, 9), can=st.booleans())
    def a_destination_acknowledges_a_change(self, which: int, *, can: bool) -> None:
        if found := self.parts(*OPEN_STATES):
            part = found[which % len(found)]
            self.acknowledge(self.by_id(part.organisation_id), part.id, can=can)

    def acknowledge(self, caller: Caller, part_id: Any, *, can: bool, needed: bool = False) -> None:
        path = f"/v1/destination-referrals/{part_id}"
        version = self.done(caller.get(path))["sent_version"]
        body = {"version": version, "can_continue": can}
        also = () if needed else LATER
        self.done(caller.post(f"{path}/acknowledgements", json=body), 200, *also)

    @rule(which=st.integers(0, 9))
    def a_message_is_sent(self, which: int) -> None:
        if found := self.parts(*OPEN_STATES):
            part = found[which % len(found)]
            path = f"/v1/destination-referrals/{part.id}/messages"
            self.done(self.practitioner.post(path, json={"body": "He rang."}), 201, *LATER)

    # Beds.

    def stay(self, caller: Caller, part: Any, how: int, among: tuple[str, ...] = ()) -> None:
        path = f"/v1/destination-referrals/{part.id}/placement"
        seen = caller.get(path)
        shown = self.done(seen)
        allowed = [one for one in shown["allowed_actions"] if one in (among or self.OF_STAYS)]
        if among:
            assert allowed, (among, shown["state"], shown["allowed_actions"])
        elif not allowed:
            return
        action, today = allowed[how % len(allowed)], clock.today()
        last = (today + timedelta(days=60)).isoformat()
        bodies: dict[str, Json] = {
            "offer": {"expected_arrival": (today + timedelta(days=how)).isoformat(),
                      "expected_departure": last},
            "record_arrival": {"arrived_on": today.isoformat()},
            "extend": {"expected_departure": last},
            "record_departure": {"departed_on": today.isoformat(), "departed_to": "whereabouts_unknown",
                                 "without_agreement": True},
            "confirm": {},
            "propose_move_on": {"address": MOVE_ON},
        }  # fmt: skip
        said = bodies.get(action, {})
        if action not in ("offer", "confirm", "propose_move_on"):
            said = said | {"reason": WHY}
        answer = caller.post(path, json={"action": action, **said}, if_match=seen.headers["ETag"])
        self.done(answer, 200, *LATER)

    OF_STAYS = ("offer", "confirm", "record_arrival", "record_non_arrival", "extend", "record_departure",
                "cancel", "propose_move_on")  # fmt: skip

    @rule(which=st.integers(0, 3), how=st.integers(0, 9))
    def something_is_done_about_a_bed(self, which: int, how: int) -> None:
        beds = [one for one in self.parts(*OPEN_STATES) if DESTINATIONS[one.kind].placement]
        if beds:
            part = beds[which % len(beds)]
            self.stay(self.by_id(part.organisation_id), part, how)

    @rule(which=st.integers(0, 3), how=st.integers(0, 1))
    def probation_confirms_or_cancels_a_bed(self, which: int, how: int) -> None:
        beds = [one for one in self.parts(*OPEN_STATES) if DESTINATIONS[one.kind].placement]
        if beds:
            self.stay(self.practitioner, beds[which % len(beds)], how)

    # Further referrals, reviews, managers, whom to tell, and other regions.

    @rule(urgent=st.booleans())
    def somebody_is_referred_again(self, *, urgent: bool) -> None:
        """With gaps, or from court; what repeats something open is shown as that."""
        number = self.rows("SELECT count(*) FROM referral WHERE person_id = :id", id=self.person_id)[0][0]
        if number > 2:
            return
        document = self.another_referral(f"AGAIN-{self.crn}-{number}", self.crn, urgent=urgent)
        self.done(self.practitioner.post("/v1/referrals", json=document), 201, *LATER)

    def another_referral(self, reference: str, crn: str, *, urgent: bool) -> Json:
        document = (urgent_from_court if urgent else minimal)(reference, crn=crn)
        return document | {"person": document["person"] | {"name": self.document["person"]["name"]}}

    def of_table(self, table: str, which: int, where: str, order: str) -> Any:
        found = self.rows(
            f"SELECT * FROM {table} WHERE person_id = :person AND {where} ORDER BY {order}",
            person=self.person_id,
        )
        return found[which % len(found)] if found else None

    @rule(which=st.integers(0, 7), changed=st.booleans())
    def an_answer_is_reviewed(self, which: int, *, changed: bool) -> None:
        if request := self.one_of(which, "partially_returned", "returned"):
            self.review_answer(request, changed=changed)

    def review_answer(self, request: Any, *, changed: bool, who: Caller | None = None) -> None:
        """Review an answer; it is refused to nobody whose list says so, and perhaps to a practitioner."""
        ((check,),) = self.rows("SELECT check_id FROM check_request WHERE id = :id", id=request.id)
        path = f"/v1/checks/{check}"
        body = {"check_request_id": str(request.id), "changes": ["risk" if changed else "nothing"],
                "reason": WHY}  # fmt: skip
        caller = who or self.practitioner
        tag = caller.get(path).headers["ETag"]
        also = () if who else LATER
        self.done(caller.post(f"{path}/reviews", json=body, if_match=tag), 200, *also)

    @rule(which=st.integers(0, 7), changed=st.booleans())
    def a_review_is_completed(self, which: int, *, changed: bool) -> None:
        if review := self.of_table("review", which, "state = 'open'", "opened_at, kind"):
            self.complete(self.practitioner, review.id, changed=changed)

    def complete(self, caller: Caller, review_id: Any, *, changed: bool, needed: bool = False) -> None:
        path = f"/v1/reviews/{review_id}"
        seen = caller.get(path)
        shown = self.done(seen)
        considered = [{"what": one, "outcome": "not_needed", "reason": WHY} for one in shown["consider"]]
        body: Json = {"considered": considered}
        if changed:
            body |= {"changes": ["risk_assessment"], "reason": WHY}
        else:
            body |= {"no_change_reason": WHY}
        answer = caller.post(f"{path}/completion", json=body, if_match=seen.headers["ETag"])
        self.done(answer, 200, *(() if needed else LATER))

    @rule(which=st.integers(0, 7), kind=st.sampled_from(("check_not_required", "check_request_cancelled")))
    def a_manager_is_asked(self, which: int, kind: str) -> None:
        request = self.one_of(which, "awaiting_details", "requested", "acknowledged", "refused")
        if request is None:
            return
        ((check,),) = self.rows("SELECT check_id FROM check_request WHERE id = :id", id=request.id)
        subject = check if kind == "check_not_required" else request.id
        body = {"kind": kind, "subject_id": str(subject), "reason": WHY}
        self.done(self.practitioner.post("/v1/agreements", json=body), 201, *LATER)

    @rule(which=st.integers(0, 3), agreed=st.booleans())
    def a_manager_decides(self, which: int, *, agreed: bool) -> None:
        if asked := self.of_table("agreement", which, "state = 'asked'", "kind, asked_at"):
            self.decide(self.of_role(asked.role), asked.id, agreed=agreed)

    def decide(self, manager: Caller, agreement: Any, *, agreed: bool, needed: bool = False) -> None:
        path = f"/v1/agreements/{agreement}"
        tag = manager.get(path).headers["ETag"]
        answer = manager.post(f"{path}/decision", json={"agreed": agreed, "reason": WHY}, if_match=tag)
        self.done(answer, 200, *(() if needed else (403, *LATER)))

    def of_role(self, role: str) -> Caller:
        if role == PRACTITIONER:
            return self.practitioner
        return self.cast.probation.as_practitioner(OWNERS[role], role)

    @rule(urgent=st.booleans())
    def somebody_may_have_to_be_told(self, *, urgent: bool) -> None:
        body = EMPLOYER | {"urgent": urgent}
        path = f"{self.person}/disclosure-decisions"
        self.done(self.practitioner.post(path, json=body), 201, *LATER)

    @rule(which=st.integers(0, 3))
    def it_is_proposed_that_they_are_told(self, which: int) -> None:
        if found := self.of_table("disclosure_decision", which, "state = 'open'", "opened_at"):
            self.tell(found.id, "propose", proposal=proposal())

    def tell(self, decision: Any, action: str, **members: Any) -> None:
        path = f"/v1/disclosure-decisions/{decision}"
        tag = self.practitioner.get(path).headers["ETag"]
        body = {"action": action, **members}
        answer = self.practitioner.post(f"{path}/transitions", json=body, if_match=tag)
        self.done(answer, 200, *LATER)

    @rule(which=st.integers(0, 3))
    def they_were_told(self, which: int) -> None:
        if found := self.of_table("disclosure_decision", which, "state = 'to_be_told'", "opened_at"):
            self.tell(found.id, "record_told", told=as_agreed())

    @rule(ask=st.booleans(), given=st.booleans())
    def another_region_asks_to_read(self, *, ask: bool, given: bool) -> None:
        """Of what the other region has of its own; and the holder answers."""
        open_one = self.of_table("share_request", 0, "answered_at IS NULL", "asked_at")
        if open_one is not None:
            body = {"given": given, "reason": WHY}
            self.done(
                self.practitioner.post(f"/v1/share-requests/{open_one.id}/answer", json=body), 200, *LATER
            )
        elif ask:
            stranger = self.cast.stranger.as_practitioner("n.west", pdu="Central Lancashire")
            if self.aside is None:
                document = self.another_referral(f"ASIDE-{self.crn}", self.crn, urgent=False)
                answer = stranger.post("/v1/referrals", json=document)
                self.aside = (self.done(answer, 201, *LATER).get("person") or {}).get("href")
            if self.aside is not None:
                body = {"basis": "joint", "sections": ["risk"], "until": moment(days=60), "reason": WHY}
                self.done(stranger.post(f"{self.aside}/share-requests", json=body), 201, 404, *LATER)

    @rule(answer=st.sampled_from(("wait", "accept", "decline")))
    def the_case_is_offered_to_another_region(self, answer: str) -> None:
        body = {"person_id": str(self.person_id), "to_region": self.cast.stranger.code, "reason": WHY}
        asked = self.of_table("transfer", 0, "state = 'requested'", "asked_at")
        if asked is None:
            self.done(self.practitioner.post("/v1/transfers", json=body), 201, *LATER)
        elif answer == "decline":
            spo = self.cast.stranger.as_practitioner("w.spo", "spo", pdu="Central Lancashire")
            path = f"/v1/transfers/{asked.id}"
            tag = spo.get(path).headers["ETag"]
            said = {"action": "decline", "reason": WHY}
            self.done(spo.post(f"{path}/transitions", json=said, if_match=tag), 200, *LATER)

    @rule(hours=st.sampled_from((1, 5, 30)))
    def hours_pass(self, hours: int) -> None:
        self.clock.move(timedelta(hours=hours))
        sweep(self.clock.at)

    # Whoever does what their list says is done with it.

    @rule(which=st.integers(0, 30))
    def somebody_does_what_their_list_says(self, which: int) -> None:
        doing = self.doing()
        owed = [
            (caller, item)
            for caller, item in self.owed()
            # What nobody has been notified of yet has no address.
            if item["move"]["href"] and item["move"]["operation"] in doing
        ]
        if not owed:
            return
        owed.sort(key=lambda one: (one[1]["kind"], one[1]["due_at"], one[1]["label"]))
        caller, item = owed[which % len(owed)]
        doing[item["move"]["operation"]](self.owner_of(caller, item), item)
        left = {one["id"]: one for _, one in self.owed()}
        assert item["id"] not in left or left[item["id"]] != item, item

    def doing(self) -> Mapping[str, Callable[[Caller, Json], None]]:
        """Return how the calls are made by which what is owed is done, by their operation."""
        return {
            "move_destination_referral": self.do_move,
            "move_placement": self.do_stay,
            "decide_agreement": lambda who, item: self.decide(who, item["subject"]["id"], agreed=False,
                                                             needed=True),
            "complete_review": lambda who, item: self.complete(who, item["subject"]["id"], changed=True,
                                                              needed=True),
            "acknowledge_change": self.do_acknowledge,
            "review_check": self.do_review,
            "return_check_result": self.do_answer,
            "confirm_escalation": self.do_confirm,
        }  # fmt: skip

    def do_move(self, who: Caller, item: Json) -> None:
        (part,) = self.rows(
            "SELECT * FROM destination_referral WHERE id = :id", id=item["move"]["href"].split("/")[3]
        )
        transitions = tuple(item["move"]["transitions"])
        if item["kind"] == "decide_referral":
            if part.state == "sent":
                self.act(who, part, 0, ("receive",))
            self.done(who.get(f"/v1/destination-referrals/{part.id}/document"))
            self.answer_adjustments(who, part, can_meet=True)
            transitions = tuple(one for one in transitions if one != "receive")
        self.act(who, part, 0, transitions)

    def do_stay(self, who: Caller, item: Json) -> None:
        (part,) = self.rows("SELECT * FROM destination_referral WHERE id = :id", id=item["subject"]["id"])
        self.stay(who, part, 0, tuple(item["move"]["transitions"]))

    def do_acknowledge(self, who: Caller, item: Json) -> None:
        self.acknowledge(who, item["move"]["href"].split("/")[3], can=True, needed=True)

    def do_review(self, who: Caller, item: Json) -> None:
        (request,) = self.rows("SELECT * FROM check_request WHERE id = :id", id=item["subject"]["id"])
        self.review_answer(request, changed=True, who=who)

    def do_answer(self, who: Caller, item: Json) -> None:
        shown = self.done(who.get(item["subject"]["href"]))
        about = [one for one in shown["subjects"] if not one["answered"]]
        body = police_answer(question_version=shown["question_version"])
        if item["label"] == "police_da":
            body["subjects"] = [{"id": one["id"], "outcome": "nothing_found"} for one in about]
        else:
            children = [
                {"child_id": one["id"], "status": "not_known", "source": "LCS", "verified": "verified"}
                for one in about
                if one["kind"] == "contact"
            ]
            body["findings"] = {"children": children}
        self.done(who.post(item["move"]["href"], json=body), 201)

    def do_confirm(self, who: Caller, item: Json) -> None:
        self.done(who.post(item["move"]["href"], json={"done": WHY}), 200)

    # What must be true after each of these.

    def owed(self) -> list[tuple[Caller, Json]]:
        """Return all work of the case: each item with the system of the organisation that has it."""
        return self.of_case(self.pages())

    def of_case(self, pages: list[Page]) -> list[tuple[Caller, Json]]:
        running = {str(one.id) for one in self.running()}
        return [(caller, one) for caller, _, page in pages for one in page["items"] if one["id"] in running]

    def pages(self) -> list[Page]:
        """Return the whole list of every system that has work, with who reads it there."""
        readers = [
            (one, one.as_practitioner("z.office", "region") if name in ("probation", "stranger") else one)
            for name, one in self.cast.callers.items()
            if name not in ASIDE
        ]
        return [
            (caller, reader, self.done(reader.get("/v1/work", limit=500, counts="yes")))
            for caller, reader in readers
        ]

    def listed_by(self, caller: Caller, path: str = "/v1/work", **query: Any) -> list[Json]:
        items: list[Json] = self.done(caller.get(path, limit=500, **query))["items"]
        return items

    def referrals_listed(self, **query: str) -> list[Json]:
        return self.listed_by(self.practitioner, "/v1/referrals", **query)

    @property
    def people(self) -> list[UUID]:
        """The records that are the person's, or may be."""
        return [self.person_id]

    def running(self) -> list[Any]:
        return self.rows(
            "SELECT * FROM clock WHERE person_id = ANY(:people) AND state = 'running'", people=self.people
        )

    def owner_of(self, caller: Caller, item: Json) -> Caller:
        """Return who owes an item: a partner's system, or the member of staff with the role."""
        role = item["owner"]["role"]
        if role is None:
            return caller
        who = item["practitioner"] if role == PRACTITIONER else OWNERS[role]
        return caller.as_practitioner(who, role)

    @invariant()
    def everything_open_has_a_next_move(self) -> None:
        for person in self.people:
            self.has_a_next_move(person)

    def has_a_next_move(self, person: UUID) -> None:
        for statement in (NO_CLOCK, AT_REST):
            found = self.rows(statement, person=person, now=clock.now())
            assert found == [], found

    @invariant()
    def nobody_is_chased_who_waits_for_somebody_else(self) -> None:
        for person in self.people:
            found = self.rows(IN_VAIN, person=person)
            assert found == [], found

    @invariant()
    def every_clock_is_one_owners_work_and_all_lists_say_the_same(self) -> None:
        pages, clocks = self.pages(), self.running()
        owed = self.of_case(pages)
        listed, running = Counter(one["id"] for _, one in owed), Counter(str(one.id) for one in clocks)
        assert listed == running, [one for one in clocks if str(one.id) in running - listed]
        self.each_list_counts_what_is_on_it_and_what_is_late_is_work(pages)
        self.each_is_its_owners_own(owed)
        self.what_calls_for_attention_is_what_is_owed(owed, clocks)
        self.what_is_overdue_is_late_work(owed, clocks)

    def each_list_counts_what_is_on_it_and_what_is_late_is_work(self, pages: list[Page]) -> None:
        for caller, reader, work in pages:
            late = self.done(reader.get("/v1/overdue", limit=500, counts="yes"))
            assert work["counts"] == Counter(one["kind"] for one in work["items"]), caller.client_id
            assert late["counts"] == Counter(one["state"] for one in late["items"]), caller.client_id
            side = "probation" if reader.practitioner else "partner"
            own = [one for one in late["items"] if (one["state"], one["owner"]["side"]) == ("running", side)]
            assert {one["id"]: one["move"] for one in own} == {
                one["id"]: one["move"] for one in work["items"] if one["overdue"]
            }, caller.client_id
            assert {one["move"] is None for one in late["items"] if one not in own} <= {True}

    def all_must_be_true(self) -> None:
        self.everything_open_has_a_next_move()
        self.nobody_is_chased_who_waits_for_somebody_else()
        self.every_clock_is_one_owners_work_and_all_lists_say_the_same()

    def each_is_its_owners_own(self, owed: list[tuple[Caller, Json]]) -> None:
        """And its move is a call that they may make now."""
        own = dict[tuple[str, str], set[str]]()
        events = dict(
            self.rows(
                "SELECT subject_id, count(*) FROM event WHERE person_id = :id GROUP BY 1", id=self.person_id
            )
        )
        for caller, item in owed:
            condition = self.condition_of(item)
            assert (item["owner"]["role"] is None) == (condition.owed_by == "responder"), item
            assert item["move"] is not None, item
            assert (item["with"] is not None) == (KINDS[item["kind"]] in WITH_ANOTHER), item
            owner = self.owner_of(caller, item)
            if owner.practitioner:
                who = owner.client_id, owner.practitioner.id
                if who not in own:
                    own[who] = {one["id"] for one in self.listed_by(owner, mine="yes")}
                assert item["id"] in own[who], (who, item)
            seen = events.get(UUID(item["subject"]["id"])), item["owner"]["role"], item["move"]["href"]
            if self.checked.get(item["id"]) != seen:
                self.may_be_made(owner, item)
                self.checked[item["id"]] = seen

    @staticmethod
    def condition_of(item: Json) -> Condition:
        of_item = (item["subject"]["kind"], item["timer"])
        handed_back = HANDED_BACK.get(of_item)
        assert KINDS[item["kind"]] == of_item
        return handed_back if handed_back and handed_back.kind == item["kind"] else CONDITIONS[of_item]

    def may_be_made(self, owner: Caller, item: Json) -> None:
        move = item["move"]
        wanted = set(move["transitions"]) or set(DECIDED.get(move["operation"], ()))
        if not wanted or move["href"] is None:
            return
        at = move["href"].removesuffix("/transitions").removesuffix("/completion").removesuffix("/decision")
        shown = self.done(owner.get(at))
        allowed = next(shown[name] for name in ALLOWED if name in shown)
        assert wanted & set(allowed), (item["kind"], item["label"], shown.get("state"), allowed)

    def what_calls_for_attention_is_what_is_owed(
        self, owed: list[tuple[Caller, Json]], clocks: list[Any]
    ) -> None:
        codes_of = {
            str(one["id"]): condition.attention
            for _, one in owed
            if not (condition := self.condition_of(one)).ahead or one["overdue"]
        }
        listed = {
            said: {one["id"] for one in self.referrals_listed(needs_attention=said)} for said in ("yes", "no")
        }
        for referral in self.rows(
            "SELECT id, person_id FROM referral WHERE person_id = ANY(:people)", people=self.people
        ):
            mine = [one for one in clocks if referral.id in (one.referral_id, one.subject_id)]
            owing = {codes_of.get(str(one.id)) for one in mine} - {None}
            codes = set(
                self.done(self.practitioner.get(f"/v1/referrals/{referral.id}"))["overall"]["needs_attention"]
            )
            assert codes & ATTENTION.keys() == owing, (codes, owing)
            assert (str(referral.id) in listed["yes"], str(referral.id) in listed["no"]) == (
                bool(codes),
                not codes,
            )
            shown = self.done(self.practitioner.get(f"/v1/referrals/{referral.id}/timeline", limit=1))
            ours = [
                one
                for one in clocks
                if one.referral_id == referral.id
                or (one.referral_id is None and one.person_id == referral.person_id)
            ]
            assert len(shown["waiting_for"]) == len(ours), (shown["waiting_for"], ours)

    def what_is_overdue_is_late_work(self, owed: list[tuple[Caller, Json]], clocks: list[Any]) -> None:
        """The region's list of what is late has all of it, and what was late before it came to wait."""
        late = {(str(one.subject_id), one.timer) for one in clocks if one.due_at <= clock.now()}
        told = {(one["subject"]["id"], one["timer"]) for _, one in owed if one["overdue"]}
        assert told == late, (told, late)
        shown = self.listed_by(self.practitioner, "/v1/overdue")
        found = {(one["subject"]["id"], one["timer"]) for one in shown}
        held = self.rows("SELECT holder_id FROM person WHERE id = :id", id=self.person_id)[0][0]
        if held == self.cast.probation.organisation_id:
            assert late <= found, late - found


def as_agreed() -> Json:
    """Return that somebody was told today what was agreed."""
    return {
        "told_on": clock.today().isoformat(),
        "by": "p.shah",
        "means": "in_person",
        "words": proposal()["words"],
    }


def moment(days: int = 0) -> str:
    return (clock.now() + timedelta(days=days)).isoformat()
