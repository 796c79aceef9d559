"""A whole case, changed and answered at random as its users do: nobody is left out or asked about in vain.

A practitioner submits a referral, amends it, supplies details and records changes; agencies read, ask back,
redirect, refuse and answer, all over HTTP. What must be true is read from the tables by statements of its
own, not by the plan that is tested.
"""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from service import clock, db
from service.checks.model import CheckRequest
from service.fields import moment_text
from service.timers import ladder, policy_versions
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests.cast import Caller, Cast
from tests.checks.factories import LEEDS, MANCHESTER, children_answer, police_answer
from tests.conftest import START, TheClock
from tests.referrals.samples import toby

_crns = count(300_000)
FORCES = ("west-yorkshire", "greater-manchester")
AUTHORITIES = (LEEDS, MANCHESTER)
AREAS = {
    "police_da": (*FORCES, "north-yorkshire"),
    "childrens_safeguarding": (*AUTHORITIES, "E08000036"),
}
"""The areas of each kind of check; nobody is registered for the last one."""
WITH_AGENCY = ("requested", "acknowledged", "returned_for_information", "partially_returned")
NAMES = ("Kirsty", "Jade", "Robin", "Sam")
MOST_HOMES, MOST_CONTACTS = 4, 5
CHANGES = (
    "police_call_out", "arrest", "possible_separation", "contact_with_child", "recalled", "released",
    "unlawfully_at_large", "supervision_suspended", "supervision_resumed",
)  # fmt: skip

UNCOVERED = """
WITH RECURSIVE link AS (
    SELECT id AS one, alike_id AS other FROM contact
    WHERE person_id = :person AND alike_id IS NOT NULL
      AND (alike_because = 'likely_twin' AND same IS NOT FALSE OR alike_because = 'identity_changed' AND same)
), twin AS (
    SELECT id, id AS other FROM contact WHERE person_id = :person
    UNION
    SELECT t.id, CASE t.other WHEN l.one THEN l.other ELSE l.one END
    FROM twin t JOIN link l ON t.other IN (l.one, l.other)
)
SELECT s.kind, s.id, s.area
FROM (
    SELECT 'address' AS kind, a.id, a.police_force AS area, 'police_da' AS check_kind,
        CAST(NULL AS uuid) AS home
    FROM address a WHERE a.person_id = :person
    UNION ALL
    SELECT 'contact', c.id, a.police_force, 'police_da', a.id
    FROM contact c LEFT JOIN address a ON a.id = c.lives_at
    WHERE c.person_id = :person AND c.relationship IN ('partner', 'ex_partner')
    UNION ALL
    SELECT 'contact', c.id, h.police_force, 'police_da', h.id
    FROM contact c JOIN address h ON h.person_id = c.person_id AND h.kind IN ('current', 'proposed_release')
    WHERE c.person_id = :person AND c.relationship IN ('partner', 'ex_partner') AND c.named AND c.dated
      AND h.police_force IS NOT NULL
    UNION ALL
    SELECT 'contact', c.id, c.local_authority, 'childrens_safeguarding', NULL
    FROM contact c WHERE c.person_id = :person AND c.is_child
    UNION ALL
    SELECT 'contact', c.id, a.local_authority, 'childrens_safeguarding', a.id
    FROM contact c JOIN address a ON a.id = c.lives_at WHERE c.person_id = :person AND c.is_child
    UNION ALL
    SELECT 'contact', c.id, a.local_authority, 'childrens_safeguarding', a.id
    FROM contact c JOIN contact m ON m.id = c.mother_id JOIN address a ON a.id = m.lives_at
    WHERE c.person_id = :person AND c.is_child AND c.lives_at IS NULL
) s
WHERE NOT EXISTS (
    SELECT FROM check_request r JOIN check_request_subject q ON q.request_id = r.id
    WHERE r.person_id = :person AND r.kind = s.check_kind AND q.kind = s.kind
      AND (q.subject_id = s.id OR (s.id, q.subject_id) IN (SELECT id, other FROM twin))
      AND q.withdrawn_version IS NULL AND NOT q.context
      AND (s.area IS NULL OR r.area IS NULL OR s.area IN (r.area, q.area_on_record) OR EXISTS (
        SELECT FROM check_request_subject h
        WHERE h.request_id = r.id AND h.kind = 'address' AND h.subject_id = s.home
          AND h.withdrawn_version IS NULL AND s.area = h.area_on_record))
      AND (
        r.state IN ('required', 'awaiting_details', 'requested', 'acknowledged', 'returned_for_information',
                    'partially_returned', 'refused')
          AND EXISTS (SELECT FROM clock k WHERE k.subject_id = r.id AND k.state <> 'stopped')
        OR r.state IN ('returned', 'reviewed', 'cancelled')
          AND (SELECT c.id FROM safety_check c WHERE c.person_id = :person AND c.kind = r.kind
               ORDER BY c.raised_at DESC, c.cycle DESC LIMIT 1)
              IN (SELECT r.check_id UNION SELECT j.check_id FROM check_joined j WHERE j.request_id = r.id)
          AND q.identity = identity_told(r.kind, q.kind, q.subject_id)
          AND (r.kind <> 'police_da' OR EXISTS (
              SELECT FROM check_request_subject p
              WHERE p.request_id = r.id AND p.kind = 'person'
                AND p.identity = identity_told(r.kind, 'person', p.subject_id)))
          AND NOT EXISTS (
              SELECT FROM contact u
              WHERE s.kind = 'contact' AND u.id = s.id AND u.unborn AND u.mother_id IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM check_request_subject m
                    WHERE m.request_id = r.id AND m.withdrawn_version IS NULL
                      AND (u.mother_id, m.subject_id) IN (SELECT id, other FROM twin)
                      AND m.identity = identity_told(r.kind, m.kind, m.subject_id)))))
"""
"""Everybody and every place at risk for whom there is neither an answer, as they are now, nor a question.

What has happened since asks again: an answer counts for the check raised last. Likely twins are one question
until somebody says that they are two people. An unborn child is known by its mother: an answer about it was
about her, as she is now. Whoever is looked for at a home is looked for where that has been sent on to.
"""
TWICE = """
SELECT kind, agency_id, family FROM check_request
WHERE person_id = :person
  AND state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
GROUP BY kind, agency_id, family HAVING count(*) > 1
"""
TOLD_OF_OTHERS = """
SELECT r.id FROM check_request r
JOIN check_question q ON q.request_id = r.id AND q.version = r.question_version
JOIN address a ON a.person_id = r.person_id
JOIN check_request_subject s ON s.request_id = r.id AND s.subject_id = a.id
    AND q.document -> 'addresses' @> jsonb_build_array(jsonb_build_object('id', a.id::text))
WHERE r.person_id = :person AND r.kind = 'police_da'
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND a.police_force NOT IN (r.area, s.area_on_record)
"""
"""Open requests whose newest version names an address that is in no area of theirs."""
STALE = """
SELECT r.id FROM check_request r JOIN check_request_subject s ON s.request_id = r.id
WHERE r.person_id = :person AND s.withdrawn_version IS NULL
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND s.identity <> identity_told(r.kind, s.kind, s.subject_id)
"""
"""Open requests whose agency would look for somebody else than is on record."""
STILL_NAMED = """
SELECT r.id, s.kind, s.subject_id FROM check_request r
JOIN check_request_subject s ON s.request_id = r.id AND s.withdrawn_version IS NOT NULL
JOIN check_question q ON q.request_id = r.id AND q.version = r.question_version
WHERE r.person_id = :person
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND (q.document -> 'contacts') || (q.document -> 'addresses')
      @> jsonb_build_array(jsonb_build_object('id', s.subject_id::text))
"""
"""Whom the newest version of an open question names though they have been withdrawn from it."""
UNTOLD = """
SELECT r.id, s.kind, s.subject_id FROM check_request r
JOIN check_request_subject s ON s.request_id = r.id AND s.withdrawn_version IS NULL AND s.kind <> 'person'
JOIN check_question q ON q.request_id = r.id AND q.version = r.question_version
WHERE r.person_id = :person
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND NOT (q.document -> 'contacts') || (q.document -> 'addresses')
      @> jsonb_build_array(jsonb_build_object('id', s.subject_id::text))
"""
"""Who is asked about in an open question without being told in its newest version."""
CLOCKS = """
SELECT r.id, r.state, array_agg(k.timer || ':' || k.state) FROM check_request r
LEFT JOIN clock k ON k.subject_id = r.id AND k.state <> 'stopped'
WHERE r.person_id = :person
GROUP BY r.id, r.state
HAVING CASE
    WHEN r.state IN ('requested', 'acknowledged', 'partially_returned', 'returned_for_information', 'refused')
        THEN count(*) FILTER (WHERE k.timer = 'answer') <> 1
    WHEN r.state IN ('required', 'awaiting_details')
        THEN count(*) FILTER (WHERE k.timer = 'answer') <> 0
        OR (count(*) FILTER (WHERE k.timer = 'registration') = 1)
            <> (r.missing @> '[{"detail": "agency"}]')
        OR (count(*) FILTER (WHERE k.timer = 'ask') = 1)
            <> jsonb_path_exists(r.missing, '$[*] ? (@.detail != "agency")')
    ELSE count(*) FILTER (WHERE k.timer IN ('answer', 'reply', 'ask', 'registration')) <> 0
END
"""
"""Requests that have not exactly one clock of the agency's while it is asked, or one that runs for nothing.

Who refuses is still asked, until probation asks again or a manager decides.
"""
DISPUTES = """
SELECT d.disputed_by_id FROM (
    SELECT DISTINCT disputed_by_id FROM check_request
    WHERE person_id = :person AND disputed_by_id IS NOT NULL
      AND state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
) d
WHERE (
    SELECT count(*) FROM clock k JOIN check_request r ON r.id = k.subject_id
    WHERE k.timer = 'redirect' AND k.state <> 'stopped' AND r.disputed_by_id = d.disputed_by_id
) <> 1
"""
"""Redirects in dispute without exactly one clock of probation's."""
BESIDE_ANOTHER = """
SELECT s.request_id, s.subject_id FROM check_request_subject s
JOIN check_request r ON r.id = s.request_id
JOIN check_result t ON t.id = s.answered_by
WHERE r.person_id = :person AND s.withdrawn_version IS NULL
  AND (t.request_id <> s.request_id OR t.question_version < s.told_version)
"""
"""Who counts as answered by a result about what was told of them before."""
HALF_ANSWERED = """
SELECT r.id, s.kind, s.subject_id FROM check_request r JOIN check_request_subject s ON s.request_id = r.id
WHERE r.person_id = :person AND r.state IN ('returned', 'reviewed') AND NOT r.asked_no_longer
  AND s.withdrawn_version IS NULL AND NOT s.context AND s.answered_by IS NULL
"""
"""Who has no answer in a request that counts as answered."""
LEFT_OUT_OF_DISPUTE = """
SELECT y.id FROM check_request y JOIN check_request x ON x.id = y.succeeded_by_id
WHERE y.person_id = :person AND x.disputed_by_id IS NOT NULL
  AND (y.state = 'misdirected' OR y.state IN ('returned', 'reviewed'))
  AND x.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND NOT EXISTS (
    SELECT FROM check_request z
    WHERE z.person_id = y.person_id AND z.kind = y.kind AND z.agency_id = y.agency_id
      AND z.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned'))
"""
"""Agencies that redirected a question, and are not asked though the next one says that it is theirs."""
HURRIED = """
SELECT r.id, k.anchor FROM check_request r
JOIN clock k ON k.subject_id = r.id AND k.timer = 'answer' AND k.state <> 'stopped'
WHERE r.person_id = :person AND NOT EXISTS (
    SELECT FROM check_request_subject s
    LEFT JOIN check_question q ON q.request_id = r.id AND q.version = s.from_version
    WHERE s.request_id = r.id AND s.withdrawn_version IS NULL AND NOT s.context AND s.answered_by IS NULL
      AND (k.first_urgency = 'routine' OR s.urgency = 'urgent')
      AND k.anchor IN (q.asked_at, s.urgent_since, r.sent_at))
  AND EXISTS (
    SELECT FROM check_request_subject s
    WHERE s.request_id = r.id AND s.withdrawn_version IS NULL AND NOT s.context AND s.answered_by IS NULL)
"""
"""Clocks of agencies that count from when nobody without an answer was asked about, or became urgent."""
IN_VAIN = """
SELECT r.id, s.subject_id FROM check_request r
JOIN check_request_subject s ON s.request_id = r.id AND s.withdrawn_version IS NULL AND NOT s.context
JOIN contact c ON c.id = s.subject_id
WHERE r.person_id = :person
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND CASE r.kind
      WHEN 'police_da' THEN c.relationship NOT IN ('partner', 'ex_partner') ELSE NOT c.is_child END
  AND c.alike_id IS NULL AND NOT EXISTS (SELECT FROM contact o WHERE o.alike_id = c.id)
"""
"""Who is asked about without being a partner, or a child, by now."""
AS_TWO = """
SELECT r.id, one.id, other.id FROM check_request r
JOIN check_request_subject s ON s.request_id = r.id AND s.withdrawn_version IS NULL AND NOT s.context
JOIN check_request_subject t ON t.request_id = r.id AND t.withdrawn_version IS NULL AND NOT t.context
JOIN contact one ON one.id = s.subject_id
JOIN contact other ON other.id = t.subject_id AND other.alike_id = one.id
    AND other.alike_because = 'likely_twin' AND other.same IS NOT FALSE
WHERE r.person_id = :person AND r.kind = 'police_da'
  AND (one.lives_at = other.lives_at OR other.lives_at IS NULL)
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
"""
"""Likely twins of one place about whom a force is asked as two people."""
UNREVIEWED = """
SELECT r.id, r.state FROM check_request r
WHERE r.person_id = :person
  AND EXISTS (
    SELECT FROM check_result t WHERE t.request_id = r.id AND NOT t.withdrawn
      AND NOT EXISTS (SELECT FROM check_result u WHERE u.corrects_id = t.id) AND t.number > coalesce(
        (SELECT max(v.up_to_result) FROM check_review v WHERE v.request_id = r.id), 0))
  AND NOT EXISTS (
    SELECT FROM clock k WHERE k.subject_id = r.id AND k.timer = 'review' AND k.state <> 'stopped')
"""
"""Who has answered something that nobody has reviewed, or is reminded to review, whatever became of it."""
ANSWERED_BY_NOTHING = """
SELECT r.id, CAST(NULL AS uuid) FROM check_request r
WHERE r.person_id = :person AND r.state IN ('partially_returned', 'returned', 'reviewed')
  AND NOT EXISTS (
    SELECT FROM check_result t WHERE t.request_id = r.id AND NOT t.withdrawn
      AND NOT EXISTS (SELECT FROM check_result u WHERE u.corrects_id = t.id))
UNION ALL
SELECT s.request_id, s.subject_id FROM check_request_subject s
JOIN check_request r ON r.id = s.request_id JOIN check_result u ON u.corrects_id = s.answered_by
WHERE r.person_id = :person AND s.withdrawn_version IS NULL
"""
"""What counts as answered where no answer stands: its agency has put it right or taken it back."""
BORN_LATE = """
SELECT r.id, k.due_at FROM check_request r
JOIN clock k ON k.subject_id = r.id AND k.timer = 'answer' AND k.state <> 'stopped'
WHERE r.person_id = :person AND k.due_at < k.started_at AND NOT EXISTS (
    SELECT FROM check_request_subject s JOIN check_question q ON q.request_id = r.id
        AND q.version = s.from_version
    WHERE s.request_id = r.id AND s.withdrawn_version IS NULL AND NOT s.context AND s.answered_by IS NULL
      AND q.asked_at < k.started_at)
"""
"""Clocks that were late when they were started though all that waits began to be owed then."""
FOUND_BY_NOTHING = """
SELECT r.id, s.kind, s.subject_id FROM check_request r
JOIN check_request_subject s ON s.request_id = r.id AND s.withdrawn_version IS NULL AND NOT s.context
    AND s.answered_by IS NULL
LEFT JOIN contact c ON c.id = s.subject_id
LEFT JOIN address a ON a.id = s.subject_id
LEFT JOIN address h ON h.id = c.lives_at
WHERE r.person_id = :person
  AND r.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND c.alike_id IS NULL AND NOT EXISTS (SELECT FROM contact o WHERE o.alike_id = c.id)
  AND CASE
    WHEN s.kind = 'address' AND r.kind = 'police_da' THEN
        NOT a.protected AND a.postcode IS NULL AND coalesce(a.lines, '[]') IN ('[]', '["Unknown"]')
    WHEN s.kind = 'contact' AND r.kind = 'police_da' THEN
        NOT c.named AND (h.id IS NULL
            OR NOT h.protected AND h.postcode IS NULL AND coalesce(h.lines, '[]') IN ('[]', '["Unknown"]'))
        AND NOT EXISTS (
            SELECT FROM address o JOIN check_request_subject t ON t.subject_id = o.id
            WHERE t.request_id = r.id
              AND (o.contact_id = c.id OR o.kind = 'previous' OR o.to_date IS NOT NULL))
    WHEN s.kind = 'contact' AND r.by_description THEN
        NOT c.named AND NOT c.described AND c.date_of_birth IS NULL AND h.id IS NULL AND c.mother_id IS NULL
        AND c.relationship <> 'child' AND NOT c.unborn
    WHEN s.kind = 'contact' AND c.unborn THEN NOT EXISTS (
        SELECT FROM contact m WHERE m.id <> c.id AND m.named AND (
            m.id = c.mother_id OR c.mother_id IS NULL AND m.lives_at = c.lives_at))
    WHEN s.kind = 'contact' THEN NOT c.named
  END
"""
"""Of whom or of what an agency is asked though nothing on record says who or where that is.

What a question goes out without, probation is asked for first: it waits, with a clock of its own.
"""
TRUTHS = (
    UNCOVERED, TWICE, TOLD_OF_OTHERS, STALE, STILL_NAMED, UNTOLD, CLOCKS, DISPUTES, BESIDE_ANOTHER,
    HALF_ANSWERED, LEFT_OUT_OF_DISPUTE, HURRIED, IN_VAIN, AS_TWO, UNREVIEWED,
    ANSWERED_BY_NOTHING, BORN_LATE, FOUND_BY_NOTHING,
)  # fmt: skip

Json = dict[str, Any]


class WholeCase(RuleBasedStateMachine):
    """One person with homes, partners and children in two areas; whoever may changes or answers something."""

    def __init__(self, cast: Cast, the_clock: TheClock) -> None:
        super().__init__()
        self.cast, self.clock = cast, the_clock
        self.clock.set(START)
        self.crn = f"X{next(_crns)}"
        self.document = self.first_said()
        self.document["household"] = {"children": "yes", "contacts": []}
        self.document["addresses"] = [self.home("home", FORCES[0], LEEDS) | {"kind": "current"}]
        for name in ("noms_number", "pnc_number", "address"):
            self.document["person"].pop(name, None)
        referral = self.done(self.practitioner.post("/v1/referrals", json=self.document), 201)
        self.referral = f"/v1/referrals/{referral['id']}"
        (self.person_id,) = self.rows("SELECT id FROM person WHERE crn = :crn", crn=self.crn)[0]
        self.known: list[UUID] = []
        self.read: dict[UUID, tuple[str, Json]] = {}
        self.sent: dict[tuple[UUID, int], str] = {}
        self.said: list[tuple[str, UUID, int]] = []
        self.told: dict[tuple[UUID, int], Json] = {}
        self.asked_then: list[tuple[str, str, Json]] = []
        self.only: str | None = None
        """Of which kind of check the next request is, where a story says so."""

    def first_said(self) -> Json:
        """Return the referral with which the case begins, before anybody is around the person."""
        return toby(f"WHO-{self.crn}", crn=self.crn)

    @property
    def practitioner(self) -> Caller:
        return self.cast.probation.as_practitioner()

    @property
    def person(self) -> str:
        return f"/v1/people/{self.person_id}"

    @staticmethod
    def home(ref: str, force: str | None, authority: str | None) -> Json:
        """Return an address; what is not known of it is left out."""
        where = {"police_force": force, "local_authority": authority}
        return {
            "ref": ref, "kind": "visited", "lines": ["1 Test Street", "Leeds"], "postcode": "LS1 4AP",
            **{name: value for name, value in where.items() if value},
        }  # fmt: skip

    @staticmethod
    def done(answer: TestResponse, *statuses: int) -> Any:
        """Return what was answered, if that is how it may be answered."""
        assert answer.status_code in (statuses or (200,)), (answer.status_code, answer.text)
        return answer.get_json()

    def rows(self, statement: str, **given: Any) -> list[Any]:
        with db.transaction("owner") as session:
            return list(session.execute(text(statement), given))

    # What a practitioner does.

    def amended(self, change: Callable[[Json], object], *also: int) -> None:
        """Send a new version of the document with a change, and keep what was said."""
        document = copy.deepcopy(self.document)
        change(document)
        tag = self.practitioner.get(self.referral).headers["ETag"]
        answer = self.practitioner.post(f"{self.referral}/versions", json=document, if_match=tag)
        self.done(answer, 200, *also)
        if answer.status_code == 200:
            self.document = document

    def chosen(self, section: str, which: int) -> int | None:
        """Return which of the contacts or addresses of the document is meant, if there is any."""
        listed = self.listed(self.document, section)
        return which % len(listed) if listed else None

    @staticmethod
    def listed(document: Json, section: str) -> list[Json]:
        found: list[Json] = (
            document["addresses"] if section == "addresses" else document["household"][section]
        )
        return found

    def changed(self, section: str, which: int, *also: int, **facts: Any) -> None:
        """Say something else of a contact or an address of the document."""
        if (chosen := self.chosen(section, which)) is not None:
            self.amended(lambda document: self.listed(document, section)[chosen].update(facts), *also)

    def ref_of(self, section: str, which: int) -> str | None:
        """Return the ref of a contact or address; none past the end of the list."""
        listed = self.listed(self.document, section)
        return listed[which]["ref"] if which < len(listed) else None

    def add(self, contact: Json, home: int) -> None:
        contacts = self.document["household"]["contacts"]
        if len(contacts) < MOST_CONTACTS:
            lives = self.ref_of("addresses", home)
            whole = {"ref": f"c{len(contacts)}", "details_status": "provided", **contact}
            whole |= {"lives_at": lives} if lives else {}
            self.amended(lambda document: document["household"]["contacts"].append(whole))

    @rule(force=st.sampled_from((*FORCES, None)), authority=st.sampled_from((*AUTHORITIES, None)))
    def an_address_is_recorded(self, force: str | None, authority: str | None = LEEDS) -> None:
        number = len(self.document["addresses"])
        if number < MOST_HOMES:
            new = self.home(f"a{number}", force, authority)
            self.amended(lambda document: document["addresses"].append(new))

    @rule(who=st.sampled_from(("partner", "ex_partner", "friend")), name=st.sampled_from(NAMES),
          home=st.integers(0, MOST_HOMES), named=st.booleans())  # fmt: skip
    def an_adult_is_recorded(self, who: str, name: str, home: int, *, named: bool = True) -> None:
        details = {"given_name": name, "family_name": "Testcase", "date_of_birth": "1991-05-01"}
        self.add({"relationship": who, **(details if named else {"details_status": "not_asked"})}, home)

    @rule(authority=st.sampled_from((*AUTHORITIES, None)), name=st.sampled_from((*NAMES, None)),
          home=st.integers(0, MOST_HOMES))  # fmt: skip
    def a_child_is_recorded(self, authority: str | None, name: str | None, home: int) -> None:
        details: Json = {"details_status": "not_asked"}
        if name:
            details = {"given_name": name, "family_name": "Testcase", "date_of_birth": "2015-05-01"}
        area = {"local_authority": authority} if authority else {}
        self.add({"relationship": "child", **details, **area}, home)

    @rule(authority=st.sampled_from((*AUTHORITIES, None)), mother=st.integers(0, MOST_CONTACTS),
          home=st.integers(0, MOST_HOMES))  # fmt: skip
    def an_unborn_child_is_recorded(self, authority: str | None, mother: int, home: int) -> None:
        adults = self.adults()
        area = {"local_authority": authority} if authority else {}
        hers = {"mother_ref": adults[mother]} if mother < len(adults) else {}
        self.add({"relationship": "unborn_child", "due_date": "2026-07-30", **area, **hers}, home)

    def adults(self) -> list[str]:
        contacts = self.document["household"]["contacts"]
        return [one["ref"] for one in contacts if "child" not in one["relationship"]]

    @rule(which=st.integers(0, 4), mother=st.integers(0, MOST_CONTACTS))
    def a_mother_is_named(self, which: int, mother: int) -> None:
        chosen, adults = self.chosen("contacts", which), self.adults()
        if chosen is None or not adults:
            return
        if self.document["household"]["contacts"][chosen]["relationship"] == "unborn_child":
            self.changed("contacts", chosen, mother_ref=adults[mother % len(adults)])

    @rule(which=st.integers(0, 4), name=st.sampled_from(NAMES), year=st.integers(2010, 2012))
    def somebody_is_named_rightly(self, which: int, name: str, year: int) -> None:
        chosen = self.chosen("contacts", which)
        if chosen is None:
            return
        unborn = self.document["household"]["contacts"][chosen]["relationship"] == "unborn_child"
        details = {"due_date": f"2026-08-{year - 2000}"} if unborn else {
            "given_name": name, "family_name": "Testcase", "date_of_birth": f"{year}-05-01"
        }  # fmt: skip
        self.changed("contacts", chosen, details_status="provided", **details)

    @rule(which=st.integers(0, 4), name=st.sampled_from(NAMES), home=st.integers(0, 3),
          force=st.sampled_from(FORCES))  # fmt: skip
    def somebody_is_called_otherwise(
        self, which: int, name: str, home: int | None = None, force: str = FORCES[1]
    ) -> None:
        """Only the name is another one; at once with it an address may be in another area."""
        chosen, place = self.chosen("contacts", which), self.chosen("addresses", home or 0)
        if chosen is None or place is None:
            return
        if "given_name" not in self.document["household"]["contacts"][chosen]:
            return

        def change(document: Json) -> None:
            document["household"]["contacts"][chosen]["given_name"] = name
            if home is not None:
                document["addresses"][place]["police_force"] = force

        self.amended(change)

    @rule(which=st.integers(0, 3), house=st.integers(1, 3))
    def an_address_is_written_rightly(self, which: int, house: int) -> None:
        self.changed("addresses", which, lines=[f"{house} Test Street", "Leeds"])

    @rule(which=st.integers(0, 3), force=st.sampled_from(FORCES), authority=st.sampled_from(AUTHORITIES))
    def an_address_is_in_another_area(self, which: int, force: str, authority: str) -> None:
        self.changed("addresses", which, police_force=force, local_authority=authority)

    @rule(which=st.integers(0, 4), authority=st.sampled_from(AUTHORITIES))
    def somebody_lives_in_another_authority(self, which: int, authority: str) -> None:
        self.changed("contacts", which, local_authority=authority)

    @rule(which=st.integers(0, 4), home=st.integers(0, 3))
    def somebody_moves_in_here(self, which: int, home: int) -> None:
        homes = self.document["addresses"]
        self.changed("contacts", which, lives_at=homes[home % len(homes)]["ref"])

    @rule(which=st.integers(0, 4), who=st.sampled_from(("partner", "ex_partner", "friend")))
    def somebody_becomes_something_else(self, which: int, who: str) -> None:
        adults = self.adults()
        if adults:
            refs = [one["ref"] for one in self.document["household"]["contacts"]]
            self.changed("contacts", refs.index(adults[which % len(adults)]), relationship=who)

    @rule(which=st.integers(0, 4), authority=st.sampled_from((*AUTHORITIES, None)),
          name=st.sampled_from((*NAMES, None)))  # fmt: skip
    def details_are_supplied(self, which: int, authority: str | None, name: str | None) -> None:
        """Patch a contact where it is read, beside the document."""
        listed = self.done(self.practitioner.get(f"{self.person}/contacts"))["items"]
        found = sorted((one for one in listed if one["entered_in_error"] is None), key=lambda one: one["ref"])
        given = {"local_authority": authority, "given_name": name}
        given = {member: value for member, value in given.items() if value}
        if not found or not given:
            return
        one = found[which % len(found)]
        if one["relationship"] == "unborn_child":
            given.pop("given_name", None)
        path = f"{self.person}/contacts/{one['id']}"
        tag = self.practitioner.get(path).headers["ETag"]
        if given:
            self.done(self.practitioner.patch(path, json=given, if_match=tag))

    @rule(section=st.sampled_from(("contacts", "addresses")), which=st.integers(0, 4))
    def what_somebody_is_found_by_is_withdrawn(self, section: str, which: int) -> None:
        """A name, who the mother of an unborn child is, or where an address is."""
        listed = self.done(self.practitioner.get(f"{self.person}/{section}"))["items"]
        found = sorted((one for one in listed if one["entered_in_error"] is None), key=lambda one: one["ref"])
        if not found:
            return
        one = found[which % len(found)]
        given: Json = {"given_name": None, "family_name": None}
        if section == "addresses":
            given = {"because": "correction", "lines": ["Unknown"], "postcode": None}
        elif one["relationship"] == "unborn_child":
            given = {"mother_id": None}
        path = f"{self.person}/{section}/{one['id']}"
        tag = self.practitioner.get(path).headers["ETag"]
        self.done(self.practitioner.patch(path, json=given, if_match=tag))

    @rule(name=st.sampled_from(NAMES))
    def the_person_is_named_rightly(self, name: str, *also: int) -> None:
        self.amended(lambda document: document["person"]["name"].update(given=name), *also)

    @rule(kind=st.sampled_from(CHANGES), urgent=st.booleans())
    def something_happens(self, kind: str = "police_call_out", *also: int, urgent: bool) -> None:
        change: Json = {
            "kind": kind, "occurred_on": clock.today().isoformat(), "source": "practitioner",
            "standing": "established", "details": "Seen.", "urgent": urgent,
        }  # fmt: skip
        self.done(self.practitioner.post(f"{self.person}/changes-of-circumstance", json=change), 201, *also)

    @rule(days=st.sampled_from((-3, 0, 2, 9, 40, 200)), may_wait=st.booleans())
    def the_day_of_release_is_another(self, days: int, *, may_wait: bool) -> None:
        """Said as a change in somebody's life; the document that is amended knows nothing of it."""
        day = clock.today() + timedelta(days=days)
        change: Json = {
            "kind": "release_date_changed", "occurred_on": clock.today().isoformat(), "source": "prison",
            "standing": "established", "details": "The prison rang.", "may_wait": may_wait,
            "release_date": day.isoformat(),
        }  # fmt: skip
        self.done(self.practitioner.post(f"{self.person}/changes-of-circumstance", json=change), 201)
        answer = self.done(self.practitioner.get(self.referral))
        version = f"{self.referral}/versions/{answer['current_version']}"
        self.document = self.done(self.practitioner.get(version))["document"]

    @rule(who=st.sampled_from(NAMES), home=st.integers(0, MOST_HOMES), urgent=st.booleans())
    def there_is_a_new_partner(self, who: str, home: int, *also: int, urgent: bool = False) -> None:
        """A change brings somebody whom the document does not have."""
        total = self.rows("SELECT count(*) FROM contact WHERE person_id = :id", id=self.person_id)[0][0]
        if total >= MOST_CONTACTS + 2:
            return
        new: Json = {"ref": f"n{total}", "relationship": "partner", "given_name": who,
                     "family_name": "Newcase", "details_status": "provided"}  # fmt: skip
        if urgent:  # what can be asked at once
            new |= {"date_of_birth": "1991-05-01", "lives_at": self.ref_of("addresses", 0)}
        change = {"kind": "new_relationship", "occurred_on": clock.today().isoformat(),
                  "source": "practitioner", "standing": "established", "contacts": [new],
                  "urgent": urgent}  # fmt: skip
        self.done(self.practitioner.post(f"{self.person}/changes-of-circumstance", json=change), 201, *also)

    # What an agency does, and what probation says to it.

    def requests(self) -> list[Any]:
        """Return the requests in the order in which they came, which does not hang on their ids."""
        found = self.rows(
            "SELECT r.id, r.kind, r.state, r.area, r.area_on_record, r.agency_id, r.question_version,"
            " r.disputed_by_id,"
            " (SELECT array_agg(coalesce(c.ref, a.ref, '') ORDER BY coalesce(c.ref, a.ref, ''))"
            "  FROM check_request_subject s LEFT JOIN contact c ON c.id = s.subject_id"
            "  LEFT JOIN address a ON a.id = s.subject_id WHERE s.request_id = r.id) AS refs"
            " FROM check_request r WHERE r.person_id = :person",
            person=self.person_id,
        )
        new = [one for one in found if one.id not in self.known]
        new.sort(key=lambda one: (one.kind, one.area or "", one.refs or [], one.state))
        self.known += [one.id for one in new]
        return sorted(found, key=lambda one: self.known.index(one.id))

    def one_of(self, which: int, *states: str) -> Any:
        found = [one for one in self.requests() if one.state in states and self.only in {None, one.kind}]
        return found[which % len(found)] if found else None

    def agency_of(self, request: Any) -> Caller:
        callers = self.cast.callers.values()
        return next(one for one in callers if one.organisation_id == request.agency_id)

    def look(self, request: Any, caller: Caller | None = None) -> tuple[Json, str]:
        """Read a request as its agency, or as somebody else."""
        answer = (caller or self.agency_of(request)).get(f"/v1/check-requests/{request.id}")
        shown = self.done(answer)
        if caller is None and "document" in shown:
            self.compare(request.id, shown["question_version"], shown["document"])
        return shown, answer.headers["ETag"]

    def compare(self, request_id: UUID, version: int, document: Json) -> None:
        """A version says the same whenever it is read, and of the one before whom it adds and leaves out."""
        assert self.told.setdefault((request_id, version), document) == document
        before = self.told.get((request_id, version - 1))
        if before is None:
            return
        was, now = named_in(before), named_in(document)
        changed = document["changed"]
        assert {one["id"] for one in changed["added"]} == now.keys() - was.keys()
        assert {one["id"] for one in changed["withdrawn"]} == was.keys() - now.keys()
        assert {one["id"] for one in changed["corrected"]} >= {
            one for one in now.keys() & was.keys() if now[one] != was[one]
        }

    def compare_results(self, request_id: UUID, shown: Json) -> None:
        """A result stands beside whom the version that it answers named, as that named them."""
        for result in shown["results"]:
            told = self.told.get((request_id, result["question_version"]))
            if told is None or "about" not in result:
                continue
            was, about = named_in(told), named_in(result["about"])
            assert about.keys() == was.keys()
            for one, names in about.items():
                # What is kept apart is left out.
                assert all(said is None or said == then for said, then in zip(names, was[one], strict=True))

    def move(self, caller: Caller, request: Any, action: str, *also: int, **members: Any) -> None:
        _, tag = self.look(request, caller)
        body = {"action": action, **members}
        path = f"/v1/check-requests/{request.id}/transitions"
        self.done(caller.post(path, json=body, if_match=tag), 200, *also)

    @rule(which=st.integers(0, 7))
    def an_agency_reads(self, which: int) -> None:
        """What it reads has the tag of before exactly if it reads the same as before."""
        request = self.one_of(which, "requested", "acknowledged", "returned_for_information",
                              "partially_returned", "returned", "misdirected", "superseded")  # fmt: skip
        if request is None or request.agency_id is None:
            return
        shown, tag = self.look(request)
        self.compare_results(request.id, shown)
        before = self.read.get(request.id)
        if before is not None:
            assert (before[0] == tag) == (before[1] == shown), (before, tag, shown)
        self.read[request.id] = tag, shown

    @rule(which=st.integers(0, 7), whole=st.booleans(), blind=st.booleans())
    def an_agency_answers(self, which: int, *also: int, whole: bool = True, blind: bool = False) -> None:
        """Answer as the agency what it reads now or, without looking again, what it read last."""
        request = self.one_of(
            which, "requested", "acknowledged", "returned_for_information", "partially_returned"
        )
        if request is None:
            return
        _, shown = self.read.get(request.id, (None, None)) if blind else (None, None)
        stale = shown is not None
        if shown is None:
            shown, _ = self.look(request)
        about = [one for one in shown["subjects"] if not one["answered"]]
        named = about if whole else about[: len(about) // 2]
        outcomes = [{"id": one["id"], "outcome": "nothing_found"} for one in named]
        if request.kind == "police_da":
            body = police_answer(subjects=outcomes)
        else:
            body = children_answer(*(one["id"] for one in named if one["kind"] == "contact"))
        body |= {"question_version": shown["question_version"]}
        body |= {} if whole else {"complete": False, "remaining": "The others."}
        path = f"/v1/check-requests/{request.id}/results"
        answer = self.agency_of(request).post(path, json=body)
        self.done(answer, 201, *((409, 422) if stale else ()), *also)
        if answer.status_code == 201:
            self.said.append((answer.get_json()["id"], request.id, shown["question_version"]))
            self.asked_then.append((moment_text(clock.now()), answer.get_json()["id"], shown["document"]))

    @rule(which=st.integers(0, 7), about=st.sampled_from(("address", "contact")))
    def an_agency_answers_about(self, which: int, about: str) -> None:
        """Answer in part as a force: of those without an answer, all of one kind."""
        request = self.one_of(which, "requested", "acknowledged", "partially_returned")
        if request is None or request.kind != "police_da":
            return
        shown, _ = self.look(request)
        left = [one for one in shown["subjects"] if not one["answered"]]
        said = [{"id": one["id"], "outcome": "nothing_found"} for one in left if one["kind"] == about]
        body = police_answer(complete=False, remaining="The others.", subjects=said)
        body |= {"question_version": shown["question_version"]}
        if 0 < len(said) < len(left):
            path = f"/v1/check-requests/{request.id}/results"
            self.done(self.agency_of(request).post(path, json=body), 201)

    @rule(which=st.integers(0, 7), part=st.booleans())
    def an_agency_asks_back(self, which: int, *, part: bool) -> None:
        request = self.one_of(which, "requested", "acknowledged", "partially_returned")
        if request is None:
            return
        shown, _ = self.look(request)
        open_ones = [one["id"] for one in shown["subjects"] if not one["answered"]]
        about = {"about": open_ones[:1]} if part and open_ones else {}
        if "return_for_information" in shown["allowed_transitions"]:
            self.move(self.agency_of(request), request, "return_for_information", question="Who?", **about)

    @rule(which=st.integers(0, 7))
    def probation_replies(self, which: int) -> None:
        if request := self.one_of(which, "returned_for_information"):
            self.move(self.practitioner, request, "answer_information", answer="Her.")

    @rule(which=st.integers(0, 7))
    def a_question_is_redirected(self, which: int, *also: int) -> None:
        request = self.one_of(which, "requested", "acknowledged", "partially_returned")
        if request is None:
            return
        shown, _ = self.look(request)
        if "misdirect" in shown["allowed_transitions"]:
            other = next(area for area in AREAS[request.kind] if area != request.area)
            caller = self.agency_of(request)
            self.move(caller, request, "misdirect", 409, *also, to_area=other, reason="Theirs.")

    @rule(which=st.integers(0, 7), area=st.integers(0, 2))
    def a_redirect_is_settled(self, which: int, area: int) -> None:
        """On one of those who redirect it to each other, or on a third."""
        found = [one for one in self.requests() if one.disputed_by_id and one.state in WITH_AGENCY]
        found = [one for one in found if self.only in {None, one.kind}]
        if found:
            request = found[which % len(found)]
            named = AREAS[request.kind][area]
            self.move(self.practitioner, request, "settle_redirect", area=named, reason="He lives there.")

    @rule(which=st.integers(0, 7))
    def an_agency_refuses(self, which: int) -> None:
        if request := self.one_of(which, "requested", "acknowledged", "partially_returned"):
            shown, _ = self.look(request)
            if "refuse" in shown["allowed_transitions"]:
                code = {"reason_code": "not_proportionate", "reason": "Too much."}
                self.move(self.agency_of(request), request, "refuse", **code)

    @rule(which=st.integers(0, 7), about=st.sampled_from(("address", "contact", "person")))
    def an_agency_says_something_late(self, which: int, about: str = "address") -> None:
        """What is said after a redirect is taken, and asks nobody less."""
        request = self.one_of(which, "misdirected")
        if request is None or request.kind != "police_da":
            return
        shown, _ = self.look(request)
        meant = [one["id"] for one in shown["subjects"] if one["kind"] == about]
        if not meant:
            return
        said = [{"id": one, "outcome": "nothing_found"} for one in meant]
        body = police_answer(complete=False, remaining="The others.", subjects=said)
        body |= {"question_version": shown["question_version"]}
        self.done(self.agency_of(request).post(f"/v1/check-requests/{request.id}/results", json=body), 201)

    @rule(which=st.integers(0, 7))
    def a_manager_ends_a_request(self, which: int) -> None:
        states = ("awaiting_details", "requested", "acknowledged", "partially_returned", "refused")
        if request := self.one_of(which, *states):
            manager = self.cast.probation.as_practitioner("s.okafor", "spo")
            self.move(manager, request, "cancel", reason="Not now.")

    @rule(which=st.integers(0, 4))
    def a_child_turns_out_to_be_grown_up(self, which: int) -> None:
        chosen = self.chosen("contacts", which)
        if chosen is None or self.document["household"]["contacts"][chosen]["relationship"] != "child":
            return
        grown = {"given_name": "Robin", "family_name": "Testcase", "date_of_birth": "1985-05-01"}
        self.changed("contacts", chosen, relationship="friend", details_status="provided", **grown)

    @rule(which=st.integers(0, 7))
    def probation_asks_again(self, which: int) -> None:
        if request := self.one_of(which, "refused"):
            self.move(self.practitioner, request, "ask_again", reason="It is.")

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self.clock.move(timedelta(days=days))
        sweep(self.clock.at)

    @rule(which=st.integers(0, 7))
    def the_history_is_read(self, which: int) -> None:
        """As of the moment of an answer, it stands beside who was asked about then, as they were told."""
        if not self.asked_then:
            return
        at, result, document = self.asked_then[which % len(self.asked_then)]
        ((check,),) = self.rows(
            "SELECT r.check_id FROM check_result t JOIN check_request r ON r.id = t.request_id"
            " WHERE t.id = :id",
            id=result,
        )
        path = f"/v1/checks/{check}/history"
        items = self.done(self.practitioner.get(path, at=at, limit=500))["items"]
        (entry,) = (one for one in items if one["result"] and one["result"]["id"] == result)
        assert named_in(entry["question"]) == named_in(document)

    # What must be true after each of these.

    @invariant()
    def whatever_must_be_true_of_a_record_is(self) -> None:
        held_true_of(self.person_id)

    @invariant()
    def every_clock_is_what_its_turns_make_it(self) -> None:
        """Due as the ladder says of its policy and its turns, by the day that the request says."""
        with db.transaction("owner") as session:
            found = select(Clock, CheckRequest).join(CheckRequest, CheckRequest.id == Clock.subject_id)
            open_clocks = found.where(Clock.person_id == self.person_id, Clock.state != "stopped")
            for row, request in session.execute(
                open_clocks.where(Clock.timer.in_(("ask", "registration", "answer")))
            ):
                schedule = policy_versions.schedule_of(session, row)
                assert row.due_at == ladder.target(schedule)
                assert ladder.hard_date(schedule) == request.hard_date, row.timer

    @invariant()
    def every_clock_says_what_its_subjects_say(self) -> None:
        """The agency's clock is due when the first subject is that does not wait for probation."""
        for request in self.requests():
            if request.state not in (*WITH_AGENCY, "refused"):
                continue
            shown, _ = self.look(request, self.practitioner)
            (ticking,) = (one for one in shown["clocks"] if one["timer"] == "answer")
            left = [one for one in shown["subjects"] if not one["answered"]]
            if ticking["state"] == "running":
                assert ticking["due_at"] == min(one["due_at"] for one in left if one["due_at"]), shown

    @invariant()
    def what_was_sent_stays_as_it_was_sent(self) -> None:
        found = self.rows(
            "SELECT q.request_id, q.version, q.document FROM check_question q"
            " JOIN check_request r ON r.id = q.request_id WHERE r.person_id = :person",
            person=self.person_id,
        )
        for request_id, version, document in found:
            told = json.dumps(document, sort_keys=True)
            assert self.sent.setdefault((request_id, version), told) == told

    @invariant()
    def an_answer_stands_beside_what_was_asked(self) -> None:
        found = {
            (str(result), request, version)
            for result, request, version in self.rows(
                "SELECT t.id, t.request_id, t.question_version FROM check_result t"
                " JOIN check_request r ON r.id = t.request_id WHERE r.person_id = :person",
                person=self.person_id,
            )
        }
        assert set(self.said) <= found


def named_in(document: Json) -> dict[str, tuple[Any, ...]]:
    """Return who and where a version names, by id, with what they are looked for by."""
    known_by = ("given_name", "family_name", "date_of_birth", "due_date", "lines", "postcode")
    subjects = [document["person"], *document["contacts"], *document["addresses"]]
    return {one["id"]: tuple(one.get(name) for name in known_by) for one in subjects}


def of_what_counts(statement: str) -> str:
    """Return a statement that does not look at who and where was entered in error."""
    counts = ", ".join(
        f"{table} AS (SELECT * FROM public.{table} WHERE in_error_at IS NULL)"
        for table in ("contact", "address")
    )
    _, recursive, rest = statement.partition("WITH RECURSIVE")
    return f"WITH RECURSIVE {counts}, {rest}" if recursive else f"WITH {counts} {statement}"


def held_true_of(person_id: UUID) -> None:
    """Insist that all of the above is true of a record."""
    with db.transaction("owner") as session:
        for statement in map(of_what_counts, TRUTHS):
            assert list(session.execute(text(statement), {"person": person_id})) == [], statement
