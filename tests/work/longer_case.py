"""A moving case over a longer time: staff who change, a second record, prisons, what the law gives people.

Its practitioner is away, covered for or replaced; another region takes emergency access; the person asks for
a copy; the police are asked under the Right to Know; a prison sends days; a referral is withdrawn whole.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import cycle
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from service import clock
from service.cases.actions.nobody_home import follow_register
from service.cases.actions.sharing_ends import follow_sharing
from service.cases.actions.transfers import follow_offers
from service.cases.actions.who_asks import follow_who_asks
from service.fields import moment_text
from service.people.actions.carried_over import follow_carried_over
from service.referrals.actions.release import open_what_may_be_sent
from service.release_dates import follow_release_dates
from service.timers.conditions import PRACTITIONER
from service.timers.sweep import sweep
from service.work.releases.actions import HandOver
from tests.cast import Caller
from tests.subject_access.asking import keeper, releaser
from tests.third_parties.samples import proposal
from tests.work.moving_case import LATER, WHY, Json, MovingCase, as_agreed, moment

FOLLOWERS: Final[tuple[Callable[..., object], ...]] = (
    open_what_may_be_sent,
    follow_carried_over,
    follow_release_dates,
    follow_register,
    follow_who_asks,
    follow_offers,
    follow_sharing,
)
"""What a worker does of a case in each pass, beside its clocks."""
CARETAKER: Final = "c.taker"
COLLEAGUES: Final = ("j.moss", "k.lowe", "q.brown", "t.jones", "p.shah")
"""Who is made accountable one after the other."""
OPEN_DECISION: Final = "state IN ('open', 'proposed', 'with_police', 'to_be_told')"
EMERGENCY: Final = "basis = 'emergency' AND reviewed_at IS NULL"


class LongerCase(MovingCase):
    """One person over whom staff change, and about whom the law asks something of probation."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.second_id: Any = None
        self.hand_over = HandOver()
        self.next_colleague = cycle(COLLEAGUES)

    @property
    def people(self) -> list[Any]:
        return [self.person_id, *([self.second_id] if self.second_id else [])]

    @property
    def holding(self) -> Any:
        (held,) = self.rows(
            "SELECT * FROM case_holding WHERE person_id = :person AND ended_at IS NULL", person=self.person_id
        )
        return held

    @property
    def practitioner(self) -> Caller:
        """Whoever is accountable, or a manager while they have left."""
        who = "p.shah"
        # Nothing is on record before the referral with which the case begins.
        if hasattr(self, "person_id"):
            who = self.holding.practitioner_id
        left = self.rows("SELECT 1 FROM staff WHERE id = :who AND ended_at <= :now", who=who, now=clock.now())
        return self.spo if left else self.cast.probation.as_practitioner(who)

    @property
    def spo(self) -> Caller:
        return self.cast.probation.as_practitioner("s.okafor", "spo")

    def changed_at(self, caller: Caller, read: str, path: str, body: Json, *statuses: int) -> Json:
        """Post as a caller who has just read something; what cannot be done as things stand is refused."""
        tag = caller.get(read).headers.get("ETag")
        found: Json = self.done(caller.post(path, json=body, if_match=tag), *(statuses or (200, *LATER)))
        return found

    # What somebody says of a referral that has ended is refused, and what is done about it changes nothing.

    def amended(self, change: Callable[[Json], object], *also: int) -> None:
        super().amended(change, *also, *LATER)

    def the_same_is_said_again(self) -> None: ...
    def the_referral_is_patched(self, number: str | None) -> None: ...

    # Time, as a worker sees it.

    def time_passes(self, **by: int) -> None:
        self.clock.move(timedelta(**by))
        self.hand_over(self.clock.at)
        sweep(self.clock.at)
        for follow in FOLLOWERS:
            follow(self.clock.at)

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self.time_passes(days=days)

    @rule(hours=st.sampled_from((1, 5, 30)))
    def hours_pass(self, hours: int) -> None:
        self.time_passes(hours=hours)

    # What somebody asked of the region about themselves.

    @rule()
    def a_copy_is_asked_for(self) -> None:
        body = {"asked_by": "person", "identity_confirmed": "Passport seen.",
                "received_on": clock.today().isoformat()}  # fmt: skip
        self.done(keeper(self.cast).post(f"{self.person}/subject-access", json=body), 201, *LATER)

    def copy_asked_for(self) -> str | None:
        found = self.of_table("subject_access", 0, "state = 'open'", "opened_at")
        return f"/v1/subject-access/{found.id}" if found else None

    @rule(given=st.booleans())
    def the_texts_of_a_copy_are_decided(self, *, given: bool) -> None:
        if href := self.copy_asked_for():
            self.decide_texts(href, how="as_it_is" if given else "leave_out")

    def decide_texts(self, href: str, how: str = "as_it_is") -> None:
        shown = self.done(keeper(self.cast).get(href))
        texts = [{"path": one["path"], "as": how, "reason": WHY} for one in shown["texts"]]
        if texts:
            body = {"action": "decide_texts", "texts": texts}
            self.changed_at(keeper(self.cast), href, f"{href}/transitions", body)

    @rule(withdrawn=st.booleans())
    def a_copy_is_released_or_not_wanted(self, *, withdrawn: bool) -> None:
        if href := self.copy_asked_for():
            if withdrawn:
                body = {"action": "withdraw", "reason": WHY}
                self.changed_at(keeper(self.cast), href, f"{href}/transitions", body)
            else:
                self.changed_at(releaser(self.cast), href, f"{href}/transitions", {"action": "release"})

    # What others are told about somebody, and the police.

    @rule(urgent=st.booleans(), chance=st.booleans())
    def a_partner_may_have_to_be_told(self, *, urgent: bool, chance: bool) -> None:
        """And what is proposed of it at once gives the person a chance to tell it first."""
        body = {"recipient": "partner", "name": "Joanne Threlfall", "reason": WHY, "urgent": urgent}
        opened = self.done(
            self.practitioner.post(f"{self.person}/disclosure-decisions", json=body), 201, *LATER
        )
        if chance and "id" in opened:
            by = (clock.today() + timedelta(days=2)).isoformat()
            own = {"informed": "tells_it", "by": by, "reason": WHY}
            tell_by = (clock.today() + timedelta(days=9)).isoformat()
            self.tell(opened["id"], "propose", proposal=proposal(tell_by=tell_by, person=own))

    @rule(which=st.integers(0, 3), force=st.sampled_from(("west-yorkshire", "greater-manchester")))
    def the_police_are_asked_to_tell(self, which: int, force: str) -> None:
        states = "state IN ('open', 'with_police')"
        if found := self.of_table("disclosure_decision", which, states, "opened_at"):
            asked = {"force": force, "sent_on": clock.today().isoformat(), "reason": WHY}
            self.tell(found.id, "refer", referral=asked)

    @rule(which=st.integers(0, 3), told=st.booleans())
    def the_police_answer(self, which: int, *, told: bool) -> None:
        if found := self.of_table("right_to_know", which, "ended_at IS NULL", "asked_at"):
            self.answer_as_police(self.by_id(found.police_id), f"/v1/right-to-know/{found.id}", told=told)

    def answer_as_police(self, force: Caller, path: str, *, told: bool) -> None:
        body = {"told": told, "answered_on": clock.today().isoformat(), "reason": WHY}
        self.changed_at(force, path, f"{path}/answer", body)

    @rule(which=st.integers(0, 3), action=st.sampled_from(("raise", "reopen", "record_chance_passed")))
    def a_decision_is_raised_reopened_or_left_by_the_person(self, which: int, action: str) -> None:
        if found := self.of_table("disclosure_decision", which, OPEN_DECISION, "opened_at"):
            self.tell(found.id, action, reason=WHY)

    @rule(which=st.integers(0, 3), told=st.booleans())
    def the_police_say_so_on_the_telephone(self, which: int, *, told: bool) -> None:
        if found := self.of_table("disclosure_decision", which, "state = 'with_police'", "opened_at"):
            said = {"answered_on": clock.today().isoformat(), "reason": WHY}
            self.tell(found.id, f"record_police_{'told' if told else 'declined'}", answer=said)

    # Emergency access of another region.

    @rule(head=st.booleans())
    def somebody_takes_emergency_access(self, *, head: bool) -> None:
        manager = self.cast.stranger.as_practitioner(
            "h.else" if head else "x.oncall",
            "pdu_head" if head else "on_call_manager",
            pdu="Central Lancashire",
        )
        body = {"crn": self.crn, "reason": WHY}
        self.done(manager.post("/v1/people/emergency-access", json=body), 201, 404, *LATER)

    @rule(which=st.integers(0, 1), justified=st.booleans())
    def emergency_access_is_reviewed(self, which: int, *, justified: bool) -> None:
        if found := self.of_table("sight", which, EMERGENCY, "from_at"):
            self.review_access(self.spo, found.id, justified=justified)

    def review_access(self, who: Caller, share: Any, *, justified: bool) -> None:
        path = f"{self.person}/shares/{share}"
        body = {"outcome": "justified" if justified else "not_justified", "reason": WHY}
        self.changed_at(who, path, f"{path}/review", body)

    # Who answers for the case.

    @rule(days=st.sampled_from((1, 5, 60)))
    def a_colleague_acts_for_the_practitioner(self, days: int) -> None:
        body = {"action": "name", "practitioner": CARETAKER, "until": moment(days)}
        self.changed_at(self.spo, f"{self.person}/holding", f"{self.person}/caretaker", body)

    @rule()
    def the_practitioner_acts_again(self) -> None:
        self.changed_at(self.spo, f"{self.person}/holding", f"{self.person}/caretaker", {"action": "end"})

    @rule()
    def the_case_is_handed_to_a_colleague(self) -> None:
        self.reassign(self.spo, f"{self.person}/holding", 200, *LATER)

    def reassign(self, who: Caller, path: str, *statuses: int) -> None:
        self.changed_at(who, path, path, {"practitioner": next(self.next_colleague)}, *statuses)

    def enter(self, member: str, **entry: Any) -> None:
        """Enter somebody in the staff register anew, as human resources does."""
        register, path = self.cast.probation.keeper(), f"/v1/staff/{member}"
        tag = register.get(path).headers.get("ETag")
        self.done(register.put(path, json={"name": member, **entry}, if_match=tag))
        follow_register(self.clock.at)

    @rule(days=st.sampled_from((0, 3, 9)), who=st.sampled_from(("practitioner", "caretaker")))
    def somebody_is_away(self, days: int, who: str) -> None:
        """Or is back, whatever was said before."""
        member = self.holding.practitioner_id if who == PRACTITIONER else CARETAKER
        today = clock.today()
        away = {"from": today.isoformat(), "until": (today + timedelta(days=days)).isoformat()}
        self.enter(member, absences=[away] if days else [])

    @rule(days=st.integers(0, 3))
    def a_practitioner_leaves_and_somebody_else_takes_over(self, days: int) -> None:
        """The first of them comes back, and so stays."""
        leaves = self.holding.practitioner_id
        if leaves == "p.shah":
            return
        self.enter(leaves, ended=clock.today().isoformat())
        self.time_passes(days=1 + days)
        for person in self.people:
            self.has_a_next_move(person)
        self.reassign(self.spo, f"{self.person}/holding", 200, *LATER)

    # Two records of one person.

    @property
    def second_crn(self) -> str:
        return f"X{int(self.crn[1:]) + 300_000}"

    @rule(urgent=st.booleans())
    def there_is_a_second_record(self, *, urgent: bool) -> None:
        if self.second_id is not None:
            return
        document = self.another_referral(f"SECOND-{self.crn}", self.second_crn, urgent=urgent)
        colleague = self.cast.probation.as_practitioner("a.khan")
        answer = colleague.post("/v1/referrals", json=document)
        self.done(answer, 201, *LATER)
        if answer.status_code == 201:
            ((self.second_id,),) = self.rows("SELECT id FROM person WHERE crn = :crn", crn=self.second_crn)

    @rule(first=st.booleans())
    def the_two_are_found_to_be_one(self, *, first: bool) -> None:
        if self.second_id is not None:
            self.decide_same({"same": True, "keep": self.crn if first else self.second_crn})

    @rule()
    def the_two_are_found_to_be_two(self) -> None:
        if self.second_id is not None:
            self.decide_same({"same": False})

    def decide_same(self, said: Json) -> None:
        second = f"/v1/people/{self.second_id}"
        body = {"other": str(self.person_id), "reason": WHY, **said}
        self.changed_at(self.spo, second, f"{second}/same-as", body)

    # What a prison sends, and a referral that is withdrawn whole.

    @rule(
        days=st.sampled_from((-2, 0, 1, 9, 40)),
        kind=st.sampled_from(("confirmed", "conditional", "earliest")),
    )
    def a_prison_sends_a_day_that_is_no_more_than_likely(self, days: int, kind: str) -> None:
        day = clock.today() + timedelta(days=days)
        line = {"crn": self.crn, "release_date": day.isoformat(), "kind": kind,
                "as_of": moment_text(clock.now())}  # fmt: skip
        self.clock.move(timedelta(minutes=1))
        self.done(self.cast.prison.post("/v1/release-dates", json={"lines": [line]}))
        follow_release_dates(self.clock.at)
        self.hand_over.looked = None
        self.hand_over(self.clock.at)

    @rule(which=st.integers(0, 3), error=st.booleans())
    def a_referral_is_withdrawn_whole(self, which: int, *, error: bool) -> None:
        if found := self.of_table("referral", which, "true", "submission_reference DESC"):
            path = f"/v1/referrals/{found.id}"
            how = "entered-in-error" if error else "withdrawal"
            self.changed_at(self.practitioner, path, f"{path}/{how}", {"reason": WHY})

    # Whoever does what their list says of these.

    def doing(self) -> Mapping[str, Callable[[Caller, Json], None]]:
        return {
            **super().doing(),
            "move_subject_access": self.do_copy,
            "answer_right_to_know": self.do_answer_as_police,
            "move_disclosure_decision": self.do_disclosure,
            "review_share": self.do_review_access,
            "change_caretaker": self.do_cover,
            "reassign_case": lambda who, item: self.reassign(who, item["move"]["href"], 200),
            "decide_same_as": self.do_same,
        }

    def do_copy(self, who: Caller, item: Json) -> None:
        href = item["subject"]["href"]
        shown = self.done(who.get(href))
        texts = [{"path": one["path"], "as": "as_it_is", "reason": WHY} for one in shown["texts"]]
        if texts:
            said = {"action": "decide_texts", "texts": texts}
            self.changed_at(who, href, item["move"]["href"], said, 200)
        self.changed_at(releaser(self.cast), href, item["move"]["href"], {"action": "release"}, 200)

    def do_answer_as_police(self, who: Caller, item: Json) -> None:
        body = {"told": True, "answered_on": clock.today().isoformat(), "reason": WHY}
        self.changed_at(who, item["subject"]["href"], item["move"]["href"], body, 200)

    def do_disclosure(self, who: Caller, item: Json) -> None:
        on = {"answered_on": clock.today().isoformat(), "reason": WHY}
        said: dict[str, Json] = {
            "propose": {"proposal": proposal()},
            "record_told": {"told": as_agreed()},
            "record_police_told": {"answer": on},
            "record_chance_passed": {"reason": WHY},
        }
        href = item["subject"]["href"]
        allowed = self.done(who.get(href))["allowed_transitions"]
        among = item["move"]["transitions"] or ["propose"]
        action = next(one for one in said if one in allowed and one in among)
        self.changed_at(who, href, item["move"]["href"], {"action": action, **said[action]}, 200)

    def do_review_access(self, who: Caller, item: Json) -> None:
        path = item["move"]["href"].removesuffix("/review")
        self.changed_at(who, path, item["move"]["href"], {"outcome": "justified", "reason": WHY}, 200)

    def do_cover(self, who: Caller, item: Json) -> None:
        body = {"action": "name", "practitioner": "d.dale", "until": moment(days=9)}
        href = item["move"]["href"]
        self.changed_at(who, href.replace("caretaker", "holding"), href, body, 200)

    def do_same(self, who: Caller, item: Json) -> None:
        said = {"other": str(next(one for one in self.people if str(one) not in item["move"]["href"])),
                "same": False, "reason": WHY}  # fmt: skip
        href = item["move"]["href"]
        self.changed_at(who, href.removesuffix("/same-as"), href, said, 200)
