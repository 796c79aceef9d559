"""A whole case in which mistakes are put right at random: at their own addresses, in error, by two systems.

What the office sends stays as stale as its own system is: it never reads what others have put right.
"""

import copy
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import text
from werkzeug.test import TestResponse

from service import clock, db
from tests.cast import Caller
from tests.checks.factories import LEEDS, MANCHESTER, children_answer, police_answer
from tests.checks.whole_case import FORCES, NAMES, Json, WholeCase

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
ABOUT_NOBODY = """
SELECT r.id, s.kind, s.subject_id FROM check_request r
JOIN check_request_subject s ON s.request_id = r.id AND s.withdrawn_version IS NULL
WHERE r.person_id = :person
  AND r.state IN ('required', 'awaiting_details', 'requested', 'acknowledged', 'returned_for_information',
                  'partially_returned', 'refused')
  AND s.subject_id IN (
      SELECT id FROM contact WHERE in_error_at IS NOT NULL
      UNION SELECT id FROM address WHERE in_error_at IS NOT NULL)
"""
"""Who and where was entered in error, and is asked about or waited for still."""
SAID_OTHERWISE = """
WITH newest AS (
    SELECT f.client_id, f.person_id, v.document FROM referral f
    JOIN referral_version v ON v.referral_id = f.id AND v.number = f.current_version
    WHERE f.person_id = :person AND EXISTS (
        SELECT FROM destination_referral d
        WHERE d.referral_id = f.id AND d.state IN ('incomplete', 'blocked', 'held', 'sent', 'received'))
)
SELECT 'contact', c.ref FROM newest n
CROSS JOIN jsonb_array_elements(n.document -> 'household' -> 'contacts') said
JOIN contact c ON c.person_id = n.person_id AND c.client_id = n.client_id AND c.ref = said ->> 'ref'
    AND NOT c.ref_left
WHERE c.in_error_at IS NOT NULL OR NOT c.protected AND (
    c.given_name IS DISTINCT FROM said ->> 'given_name'
    OR CAST(c.date_of_birth AS text) IS DISTINCT FROM said ->> 'date_of_birth'
    OR c.local_authority IS DISTINCT FROM said ->> 'local_authority')
UNION ALL
SELECT 'address', a.ref FROM newest n
CROSS JOIN jsonb_array_elements(n.document -> 'addresses') said
JOIN address a ON a.person_id = n.person_id AND a.client_id = n.client_id AND a.ref = said ->> 'ref'
WHERE a.in_error_at IS NOT NULL OR NOT a.protected AND (
    a.lines IS DISTINCT FROM said -> 'lines'
    OR a.police_force IS DISTINCT FROM said ->> 'police_force')
UNION ALL
SELECT 'person', p.crn FROM newest n JOIN person p ON p.id = n.person_id
WHERE p.given_name IS DISTINCT FROM n.document -> 'person' -> 'name' ->> 'given'
   OR p.pnc_number IS DISTINCT FROM n.document -> 'person' ->> 'pnc_number'
"""
"""Where the newest version of an open referral says otherwise than the record."""


class CorrectedCase(WholeCase):
    """One person whose record is put right by whoever may, beside everything else that happens."""

    second: Caller | None = None

    def on_record(self, sort: str, which: int) -> Json | None:
        """Return one of the contacts or addresses that count, in an order that does not hang on their ids."""
        listed = self.done(self.practitioner.get(f"{self.person}/{sort}", limit=100))["items"]
        found = sorted((one for one in listed if one["entered_in_error"] is None), key=self.place)
        return found[which % len(found)] if found else None

    @staticmethod
    def place(one: Json) -> tuple[str, str]:
        # An address that somebody left goes by a reference of the service's own.
        return one["recorded_at"], one["ref"] if not one["ref"].startswith("a-") else str(one.get("lines"))

    def patched(self, one: Json, *also: int, **members: Any) -> None:
        answer = self.practitioner.patch(one["href"], json=members, if_match=one["etag"])
        self.done(answer, 200, *also)

    @rule(sort=st.sampled_from(("contacts", "addresses")), which=st.integers(0, 7))
    def something_was_entered_in_error(self, sort: str, which: int) -> None:
        one = self.on_record(sort, which)
        if one is not None:
            path = f"{one['href']}/entered-in-error"
            self.done(self.practitioner.post(path, json={"reason": "A slip."}, if_match=one["etag"]))

    @rule(which=st.integers(0, 7), house=st.integers(4, 6), force=st.sampled_from(FORCES))
    def an_address_is_put_right(self, which: int, house: int, force: str) -> None:
        one = self.on_record("addresses", which)
        if one is not None:
            lines = [f"{house} Test Street", "Leeds"]
            self.patched(one, because="correction", lines=lines, police_force=force)

    @rule(which=st.integers(0, 7), house=st.integers(7, 9), force=st.sampled_from(FORCES))
    def somebody_moves(self, which: int, house: int, force: str) -> None:
        one = self.on_record("addresses", which)
        total = self.rows("SELECT count(*) FROM address WHERE person_id = :id", id=self.person_id)[0][0]
        if one is None or total > 7 or one["to_date"] is not None:
            return
        authority = dict(zip(FORCES, (LEEDS, MANCHESTER), strict=True))[force]
        # Nobody moves to where they live.
        lines = [f"{house}{total} Moved Street", "Leeds"]
        self.patched(
            one,
            because="moved",
            lines=lines,
            postcode="LS1 4AP",
            police_force=force,
            local_authority=authority,
        )

    @rule(which=st.integers(0, 7))
    def a_date_of_birth_is_withdrawn(self, which: int) -> None:
        one = self.on_record("contacts", which)
        if one is not None:
            self.patched(one, date_of_birth=None)

    @rule(name=st.sampled_from(NAMES), number=st.sampled_from(("2001/1234567X", None)))
    def the_person_is_patched(self, name: str, number: str | None) -> None:
        tag = self.practitioner.get(self.person).headers["ETag"]
        body = {"name": {"given": name}, "pnc_number": number}
        self.done(self.practitioner.patch(self.person, json=body, if_match=tag))

    @rule(number=st.sampled_from(("2002/1234567X", None)))
    def the_referral_is_patched(self, number: str | None) -> None:
        self.done(self.merged(self.practitioner, {"person": {"pnc_number": number}}))

    @rule(which=st.integers(0, 7), house=st.integers(10, 12), name=st.sampled_from(NAMES))
    def another_system_amends(self, which: int, house: int, name: str, *also: int) -> None:
        """It has read the newest version, and says one thing of it otherwise."""
        if self.second is None:
            return
        document = self.newest(self.second)
        if document["addresses"]:
            one = document["addresses"][which % len(document["addresses"])]
            one["lines"] = [f"{house} Other Street", "Leeds"]
        document["person"]["name"]["given"] = name
        tag = self.second.get(self.referral).headers["ETag"]
        answer = self.second.post(f"{self.referral}/versions", json=document, if_match=tag)
        self.done(answer, 200, *also)

    def newest(self, caller: Caller) -> Json:
        version = self.done(caller.get(self.referral))["current_version"]
        found: Json = self.done(caller.get(f"{self.referral}/versions/{version}"))["document"]
        return copy.deepcopy(found)

    def merged(self, caller: Caller, patch: Json) -> TestResponse:
        tag = caller.get(self.referral).headers["ETag"]
        return caller.patch(self.referral, json=patch, if_match=tag, headers=MERGE_PATCH)

    def answers(self) -> list[Any]:
        """Return the answers that stand, in the order in which they came."""
        found = self.rows(
            "SELECT t.id, t.request_id, t.question_version, r.kind, r.agency_id FROM check_result t"
            " JOIN check_request r ON r.id = t.request_id WHERE r.person_id = :person AND NOT t.withdrawn"
            " AND NOT EXISTS (SELECT FROM check_result u WHERE u.corrects_id = t.id)",
            person=self.person_id,
        )
        asked = [request.id for request in self.requests()]
        return sorted(found, key=lambda one: (asked.index(one.request_id), str(one.id)))

    def instead(self, result: Any, **instead: Any) -> None:
        path = f"/v1/check-requests/{result.request_id}/results/{result.id}/corrections"
        body = {"reason": "Another one of that name.", **instead}
        self.done(self.agency_of(result).post(path, json=body), 201)

    @rule(which=st.integers(0, 7))
    def an_agency_takes_an_answer_back(self, which: int) -> None:
        if found := self.answers():
            self.instead(found[which % len(found)], withdrawn=True)

    @rule(which=st.integers(0, 7))
    def an_agency_takes_part_of_an_answer_back(self, which: int) -> None:
        """What is said instead is about the first of whom it named, if it named several."""
        found = self.answers()
        if not found:
            return
        result = found[which % len(found)]
        named = [
            id_
            for (id_,) in self.rows(
                "SELECT subject_id FROM check_answer WHERE result_id = :id AND kind = :kind ORDER BY 1",
                id=result.id,
                kind="address" if result.kind == "police_da" else "contact",
            )
        ]
        if not named:
            return
        if result.kind == "police_da":
            said = police_answer(subjects=[{"id": str(named[0]), "outcome": "nothing_found"}])
        else:
            said = children_answer(named[0])
        said |= {"question_version": result.question_version, "complete": False, "remaining": "The others."}
        self.instead(result, said=said)

    @rule()
    def the_same_is_said_again(self) -> None:
        """What the office's system only repeats overwrites nothing, and each such place is named."""
        before = self.facts()
        tag = self.practitioner.get(self.referral).headers["ETag"]
        answer = self.practitioner.post(f"{self.referral}/versions", json=self.document, if_match=tag)
        kept = {one["pointer"] for one in self.done(answer)["kept"]}
        assert self.facts() == before
        name = self.document["person"]["name"]["given"]
        ((now,),) = self.rows("SELECT given_name FROM person WHERE id = :id", id=self.person_id)
        assert (now != name) == ("/person/name/given" in kept)

    def facts(self) -> list[Any]:
        return [
            tuple(row)
            for table in ("person", "contact", "address")
            for row in self.rows(
                f"SELECT id, version FROM {table} WHERE :id IN ({'id' if table == 'person' else 'person_id'})"
                " ORDER BY id",
                id=self.person_id,
            )
        ]

    @invariant()
    def nobody_is_asked_about_who_was_entered_in_error(self) -> None:
        assert self.rows(ABOUT_NOBODY, person=self.person_id) == []

    @invariant()
    def destinations_read_what_the_record_says(self) -> None:
        assert self.rows(SAID_OTHERWISE, person=self.person_id) == [], clock.now()


def corrections_hold_of(person_id: Any) -> None:
    """Insist on the same of a record that threads have changed."""
    with db.transaction("owner") as session:
        for statement in (ABOUT_NOBODY, SAID_OTHERWISE):
            assert list(session.execute(text(statement), {"person": person_id})) == [], statement
