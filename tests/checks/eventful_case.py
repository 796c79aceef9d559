"""A whole case to which happens what ends cases, moves their days or takes them to another region.

What was reported by mistake is undone at once: the case that goes on is asked about as if it had not been.
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from service import clock
from service.fields import moment_text
from service.release_dates import follow_release_dates
from service.timers.sweep import sweep
from tests.cast import Caller
from tests.checks.corrected_case import CorrectedCase
from tests.checks.whole_case import AREAS, Json, held_true_of

ASKED = """
SELECT r.id, r.state FROM check_request r
LEFT JOIN clock k ON k.subject_id = r.id AND k.timer <> 'review' AND k.state <> 'stopped'
WHERE r.person_id = :person
  AND (k.id IS NOT NULL OR r.state NOT IN ('returned', 'reviewed', 'cancelled', 'superseded', 'misdirected'))
"""
"""What is asked, or chased, about somebody of whom nothing is to be asked."""


class EventfulCase(CorrectedCase):
    """One person of whom somebody reports by mistake that they died, or hears of another day."""

    def change(self, kind: str, caller: Caller | None = None, **more: object) -> Json:
        said: Json = {
            "kind": kind, "occurred_on": clock.today().isoformat(), "source": "practitioner",
            "standing": "established", "details": "Heard today.", **more,
        }  # fmt: skip
        path = f"{self.person}/changes-of-circumstance"
        found: Json = self.done((caller or self.practitioner).post(path, json=said), 201)
        return found

    @property
    def head(self) -> Caller:
        return self.cast.probation.as_practitioner("d.lowe", "pdu_head")

    @rule(days=st.integers(0, 3))
    def somebody_is_said_to_have_died_who_has_not(self, days: int) -> None:
        """Nothing is asked meanwhile; all is asked again once it is known."""
        self.change("died")
        assert self.rows(ASKED, person=self.person_id) == []
        if days:
            self.days_pass(days)
            assert self.rows(ASKED, person=self.person_id) == []
        self.change("death_in_error", self.head)

    @rule()
    def an_order_is_said_to_be_completed_that_is_not(self) -> None:
        """What is open stays asked, and is urgent."""
        said = self.change("order_completed_early")
        held_true_of(self.person_id)
        refuted = {"standing": "refuted", "follows": said["id"], "source": "prison"}
        self.change("order_completed_early", self.head, **refuted)

    @rule(days=st.integers(0, 1))
    def the_case_goes_to_another_region_and_comes_back(self, days: int) -> None:
        theirs, ours = self.cast.stranger, self.cast.probation
        self.transferred(self.practitioner, theirs, "n.west", "Central Lancashire")
        held_true_of(self.person_id)
        if days:
            self.days_pass(days)
            held_true_of(self.person_id)
        sender = theirs.as_practitioner("n.west", pdu="Central Lancashire")
        self.transferred(sender, ours, "p.shah", "Leeds")

    def transferred(self, sender: Caller, to: Caller, practitioner: str, pdu: str) -> None:
        said = {"person_id": str(self.person_id), "to_region": to.code, "reason": "He moves."}
        transfer = self.done(sender.post("/v1/transfers", json=said), 201)
        spo = to.as_practitioner("w.spo" if to is self.cast.stranger else "s.okafor", "spo", pdu=pdu)
        tag = spo.get(transfer["href"]).headers["ETag"]
        taken = {"action": "accept", "practitioner": practitioner, "pdu": pdu}
        self.done(spo.post(f"{transfer['href']}/transitions", json=taken, if_match=tag))

    @rule(days=st.sampled_from((0, 1, 3, 20, 90)), may_wait=st.booleans())
    def the_hearing_is_on_another_day(self, days: int, *, may_wait: bool) -> None:
        day = (clock.today() + timedelta(days=days)).isoformat()
        self.change("hearing_date_changed", hearing_date=day, may_wait=may_wait)

    @rule(may_wait=st.booleans())
    def the_hearing_does_not_take_place(self, *, may_wait: bool) -> None:
        self.change("hearing_vacated", may_wait=may_wait)

    @rule(days=st.sampled_from((1, 2, 9, 40, 200)))
    def a_prison_sends_the_day_of_release(self, days: int) -> None:
        day = clock.today() + timedelta(days=days)
        line = {"crn": self.crn, "release_date": day.isoformat(), "kind": "confirmed",
                "as_of": moment_text(clock.now())}  # fmt: skip
        self.clock.move(timedelta(minutes=1))
        self.done(self.cast.prison.post("/v1/release-dates", json={"lines": [line]}))
        follow_release_dates(self.clock.at)
        self.document["release"] = self.newest(self.practitioner).get("release", {})

    @rule(which=st.integers(0, 7))
    def a_question_is_redirected_to_nobody(self, which: int) -> None:
        """To an area for which no agency is registered: it waits for one."""
        request = self.one_of(which, "requested", "acknowledged", "partially_returned")
        if request is None:
            return
        shown, _ = self.look(request)
        if "misdirect" in shown["allowed_transitions"]:
            named = AREAS[request.kind][-1]
            self.move(self.agency_of(request), request, "misdirect", 409, to_area=named, reason="Theirs.")

    @rule(which=st.integers(0, 7), area=st.integers(0, 1))
    def probation_says_who_is_asked(self, which: int, area: int) -> None:
        request = self.one_of(which, "awaiting_details")
        if request is None:
            return
        shown, _ = self.look(request, self.practitioner)
        if "supply_details" in shown["allowed_transitions"]:
            named = AREAS[request.kind][area]
            self.move(self.practitioner, request, "supply_details", area=named)

    @rule()
    def nothing_is_done(self) -> None:
        sweep(self.clock.at)
