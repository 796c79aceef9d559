"""Who decides what a manager was asked for: every kind, in every role, by everybody on the case."""

import pytest
from werkzeug.test import TestResponse

from service import clock
from service.access.actor import PRACTITIONER_ROLES
from service.access.permissions import MANAGERS
from service.agreements.kinds import KINDS
from tests import tables
from tests.agreements.office import (
    AMENDER,
    ASKED,
    CARETAKER,
    EXCLUDED,
    INDEPENDENT,
    REGARDLESS,
    SUBMITTER,
    Office,
)
from tests.journeys.driver import ok
from tests.referrals.samples import darren_and_toby

# The roles that decide each kind, by their first letters, and the kind of what it is about.
TABLE = tables.read("""
kind                    | roles                                                         | subject
check_not_required      | spo pdu_head head_of_public_protection region regional_director | check
check_request_cancelled | spo pdu_head head_of_public_protection region regional_director | check_request
wrong_person_stopped    | spo pdu_head head_of_public_protection region regional_director | check_request
review_countersigned    | spo pdu_head head_of_public_protection region regional_director | check_review
nil_return_drawn        | spo pdu_head head_of_public_protection region regional_director | check_review
check_review_endorsed   | spo pdu_head head_of_public_protection region regional_director | check_review
rosh_lowered            | spo pdu_head head_of_public_protection region regional_director | person
gate_override           | pdu_head head_of_public_protection region regional_director     | destination_referral
restriction_lifted      | spo pdu_head head_of_public_protection region regional_director | person
review_no_change        | spo pdu_head head_of_public_protection region regional_director | review
third_party_told        | spo pdu_head head_of_public_protection region regional_director | disclosure_decision
review_endorsed         | spo pdu_head head_of_public_protection region regional_director | review
""")  # noqa: E501 - a row of the table is one line


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].rpartition("/")[2]


def test_every_kind_has_its_row() -> None:
    assert list(KINDS) == list(TABLE)
    assert list(ASKED) == list(TABLE)


@pytest.mark.parametrize("kind", TABLE)
def test_a_kind_is_what_its_row_says(kind: str) -> None:
    row = KINDS[kind]
    assert (" ".join(row.roles), row.subject_kind) == (TABLE[kind]["roles"], TABLE[kind]["subject"])


@pytest.mark.long
@pytest.mark.parametrize("kind", ASKED)
def test_a_manager_decides_who_is_not_on_the_case_and_may_know_of_it(office_for: Office, kind: str) -> None:
    office = office_for
    asked = ASKED[kind](office)
    office.exclude()
    may = KINDS[kind].roles
    for role in PRACTITIONER_ROLES:
        for who in {SUBMITTER, AMENDER, CARETAKER, asked["asked_by"]}:
            caller = office.staff(who, role)
            refused = refusal(office.decide(caller, asked))
            assert refused == (403, "own-case" if role in may else "role-required"), (who, role)
            assert "decide" not in ok(caller.get(asked["href"]))["allowed_transitions"], (who, role)
        excluded, stranger = office.staff(EXCLUDED, role), office.story.cast.stranger
        for unsighted in (excluded, stranger.as_practitioner("m.osei", role)):
            assert unsighted.get(asked["href"]).status_code == 404
            answer = office.decide(unsighted, asked)
            assert answer.status_code == (404 if role in MANAGERS else 403), role
        independent = office.staff(INDEPENDENT, role)
        shown = ok(independent.get(asked["href"]))["allowed_transitions"]
        assert shown == (["decide"] if role in may else []), role
        if role not in may:
            assert refusal(office.decide(independent, asked)) == (403, "role-required"), role
    deciding = office.staff(INDEPENDENT, "pdu_head")
    done = ok(office.decide(deciding, asked, **REGARDLESS.get(kind, {})))
    assert (done["state"], done["decision"]["by"]) == ("agreed", INDEPENDENT)
    again = office.decide(office.staff("b.lowe", "pdu_head"), asked)
    assert (again.status_code, again.get_json()["state"]) == (409, "agreed")


@pytest.mark.parametrize("kind", ASKED)
def test_a_manager_who_does_not_agree_says_so_once(office_for: Office, kind: str) -> None:
    office = office_for
    asked = ASKED[kind](office)
    done = ok(office.decide(office.staff(INDEPENDENT, "pdu_head"), asked, agreed=False))
    assert (done["state"], done["decision"]["agreed"]) == ("not_agreed", False)
    again = office.decide(office.staff("b.lowe", "pdu_head"), asked)
    assert (again.status_code, again.get_json()["state"]) == (409, "not_agreed")


def test_a_manager_who_asked_decides_it_neither_here_nor_where_it_is_done(office: Office) -> None:
    """An SPO asks the head of unit, takes it back, and still may not do it alone."""
    check = office.request()["check_id"]
    spo = office.staff("s.okafor", "spo")
    wanted = {"kind": "check_not_required", "subject_id": check, "reason": "No.", "role": "pdu_head"}
    asked = ok(spo.post("/v1/agreements", json=wanted), 201)
    path = f"/v1/checks/{check}"
    alone = {"decision": "not_required", "reason": "No."}
    assert refusal(office.post(spo, path, f"{path}/decisions", alone)) == (403, "own-case")
    taken = office.post(spo, asked["href"], f"{asked['href']}/withdrawal", {"reason": "I was wrong."})
    assert ok(taken)["state"] == "withdrawn"
    assert "not_required" not in ok(spo.get(path))["allowed_transitions"]
    assert refusal(office.post(spo, path, f"{path}/decisions", alone)) == (403, "own-case")


def test_who_submitted_for_a_limited_case_before_they_were_named_does_not_decide_in_it(
    office: Office,
) -> None:
    """What somebody did on a side record of the same CRN is their own work too."""
    check = office.request()["check_id"]
    office.limit()
    document = darren_and_toby("REF-2", today=clock.today(), crn=office.crn)
    ok(office.staff("q.brown").post("/v1/referrals", json=document), 201)
    named = {"practitioner": "q.brown", "reason": "She joins the unit."}
    ok(office.staff(INDEPENDENT, "pdu_head").post(office.at("named-staff"), json=named))
    path = f"/v1/checks/{check}"
    alone = {"decision": "not_required", "reason": "No."}
    spo = office.staff("q.brown", "spo")
    assert "not_required" not in ok(spo.get(path))["allowed_transitions"]
    assert refusal(office.post(spo, path, f"{path}/decisions", alone)) == (403, "own-case")
