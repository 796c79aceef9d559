"""A whole case that destinations read, put right at random: also under two CRNs, and said again and again."""

import copy
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from service import clock
from tests.cast import Caller
from tests.checks.corrected_case import MERGE_PATCH, CorrectedCase
from tests.checks.whole_case import NAMES, Json
from tests.referrals.samples import asking, darren_and_toby, minimal

READ = """
SELECT d.id, d.kind, d.state, d.organisation_id,
       (SELECT array_agg(s.document ORDER BY s.version_number)
        FROM disclosure s WHERE s.destination_referral_id = d.id) AS documents,
       (SELECT count(*) FROM event e
        WHERE e.subject_id = d.id AND e.name = 'destination_referral.changed') AS told,
       p.given_name, d.shared_until
FROM destination_referral d JOIN referral f ON f.id = d.referral_id JOIN person p ON p.id = f.person_id
WHERE f.person_id = :person ORDER BY d.kind, d.service_category
"""
"""What each destination was sent, in order, how often it was told of a change, and who the person is now."""


class ReadCase(CorrectedCase):
    """One person referred to approved premises and a provider, who read what is put right."""

    other: str | None = None
    are_one: bool = False

    def first_said(self) -> Json:
        whole = darren_and_toby(f"WHO-{self.crn}", crn=self.crn)
        return asking(
            whole,
            lambda one: one["kind"] == "approved_premises" or one.get("service_category") == "accommodation",
        )

    def parts(self) -> list[Any]:
        return self.rows(READ, person=self.person_id)

    def reader_of(self, part: Any) -> Caller:
        return next(one for one in self.cast.callers.values() if one.organisation_id == part.organisation_id)

    def moved(self, part: Any, action: str, **given: Any) -> None:
        caller, path = self.reader_of(part), f"/v1/destination-referrals/{part.id}"
        tag = caller.get(path).headers["ETag"]
        self.done(caller.post(f"{path}/transitions", json={"action": action, **given}, if_match=tag))

    @rule(which=st.integers(0, 1))
    def a_destination_reads(self, which: int) -> None:
        """It reads what it was sent last, and nothing else."""
        sent = [one for one in self.parts() if one.documents]
        if sent:
            part = sent[which % len(sent)]
            path = f"/v1/destination-referrals/{part.id}/document"
            assert self.done(self.reader_of(part).get(path))["document"] == part.documents[-1]

    @rule()
    def the_work_begins_or_ends(self) -> None:
        """Of the provider: what is put right afterwards it reads still, and no change."""
        part = next(one for one in self.parts() if one.kind == "crs")
        if part.state == "sent":
            self.done(self.reader_of(part).get(f"/v1/destination-referrals/{part.id}/document"))
            wanted = self.done(self.reader_of(part).get(f"/v1/destination-referrals/{part.id}"))
            kinds = wanted["adjustments_to_answer"]
            if kinds:
                content = {"answers": [{"kind": kind, "can_meet": True} for kind in kinds]}
                path = f"/v1/destination-referrals/{part.id}/updates"
                body = {"kind": "adjustments", "content": content}
                self.done(self.reader_of(part).post(path, json=body), 201)
            self.moved(part, "accept")
        elif part.state == "accepted":
            self.moved(part, "start")
        elif part.state == "in_progress":
            self.moved(part, "complete", outcome_code="achieved")

    @rule(name=st.sampled_from(NAMES), how=st.sampled_from(("version", "merge_patch", "person")))
    def the_same_call_arrives_twice(self, name: str, how: str) -> None:
        """The second time nothing happens, although everything has moved on by the first."""
        path = self.person if how == "person" else self.referral
        tag = self.practitioner.get(path).headers["ETag"]
        key = {"Idempotency-Key": f"{self.crn}-{len(self.keys)}"}
        self.keys.append(how)
        body: Json = {"name": {"given": name}}
        if how == "version":
            body = copy.deepcopy(self.document)
            body["person"]["name"]["given"] = name
            path, send, self.document = f"{path}/versions", self.practitioner.post, body
        else:
            send = self.practitioner.patch
        if how == "merge_patch":
            body, key = {"person": body}, key | MERGE_PATCH
        calls = [send(path, json=body, if_match=tag, headers=key) for _ in range(2)]
        first, second = (self.done(one) for one in calls)
        assert first.get("current_version") == second.get("current_version")
        assert first.get("version") == second.get("version")

    @rule(name=st.sampled_from(NAMES))
    def what_has_been_read_before_is_written(self, name: str) -> None:
        """Whoever has not read what is there now overwrites nothing."""
        tag = self.practitioner.get(self.person).headers["ETag"]
        other = next(one for one in NAMES if one != name)
        self.done(self.practitioner.patch(self.person, json={"name": {"given": name}}, if_match=tag))
        before, now = self.facts(), self.practitioner.get(self.person).headers["ETag"]
        late = self.practitioner.patch(self.person, json={"name": {"given": other}}, if_match=tag)
        self.done(late, 200 if now == tag else 412)
        assert now == tag or self.facts() == before

    @rule()
    def the_two_records_are_merged_or_parted(self) -> None:
        """A manager says that another CRN is the same person's, and later that it is not."""
        crn = f"Y{self.crn[1:]}"
        if self.other is None:
            colleague = self.cast.probation.as_practitioner("a.khan")
            self.done(colleague.post("/v1/referrals", json=minimal(f"SEC-{crn}", crn)), 201)
            ((other,),) = self.rows("SELECT id FROM person WHERE crn = :crn", crn=crn)
            self.other = str(other)
        manager = self.cast.probation.as_practitioner("s.okafor", "spo")
        path = f"/v1/people/{self.other}"
        body: Json = {
            "other": str(self.person_id),
            "reason": "The court sent both.",
            "same": not self.are_one,
        }
        body |= {} if self.are_one else {"keep": self.crn}
        tag = manager.get(path).headers["ETag"]
        self.done(manager.post(f"{path}/same-as", json=body, if_match=tag))
        self.are_one = not self.are_one

    @property
    def keys(self) -> list[str]:
        found: list[str] = self.__dict__.setdefault("_keys", [])
        return found

    @invariant()
    def each_reader_of_what_is_put_right_is_told_once(self) -> None:
        """A version is sent where it differs, with one word of it; whoever reads it knows who it is."""
        for part in self.parts():
            documents = part.documents or []
            assert part.told == max(len(documents) - 1, 0), part
            assert all(one != other for one, other in pairwise(documents)), part
            if documents and (part.shared_until is None or clock.today() <= part.shared_until):
                assert documents[-1]["person"]["name"]["given"] == part.given_name, part
