"""What an operator says about people: who may know, whose case it is, and who has left."""

import pytest
from click.testing import CliRunner

from service import db
from service.cli import main
from tests.cast import Cast
from tests.journeys.driver import ok
from tests.people.factories import CRN, a_household, as_owner, record, staff
from tests.referrals.samples import minimal
from tests.rows import person_at, person_id


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> Cast:
    for role in db.ROLES:
        monkeypatch.setenv(db.environment_name(role), db.url_for(role))
    return cast


def test_a_manager_named_by_an_operator_sees_a_limited_case_and_it_is_on_the_trail(bound: Cast) -> None:
    document = a_household()
    document["person"]["restricted_record"] = True
    record(staff(bound.probation, "p.shah"), document)
    manager = bound.probation.as_practitioner("b.lowe", "head_of_public_protection")
    assert manager.get(person_at(CRN)).status_code == 404
    done = CliRunner().invoke(main, ["people", "allow", CRN, "N55", "B.Lowe"])
    assert done.exit_code == 0, done.output
    assert manager.get(person_at(CRN)).status_code == 200
    (entry,) = as_owner(
        "SELECT verb FROM audit_entry WHERE client_id = 'service/registration' AND object_kind = 'person'"
    )
    assert entry["verb"] == "alteration"


@pytest.mark.parametrize(
    "arguments",
    [
        ["hand-over", "X999999", "N55", "n.new"],
        ["hand-over", CRN, "N99", "n.new"],
        ["hand-over", CRN, "N51", "not an id"],
        ["hand-over", CRN, "N51", "not.in.the.register"],
        ["hand-over", CRN, "N55", "not.in.the.register"],
        ["hand-over", CRN, "N55", "p.shah", "--pdu", "Leeds"],
        ["ownerless", "N99", "p.shah"],
        ["ownerless", "N55", "not an id"],
    ],
    ids=" ".join,
)
def test_nobody_unknown_is_named_and_nothing_is_changed_to_what_it_is(
    bound: Cast, arguments: list[str]
) -> None:
    ok(bound.probation.as_practitioner().post("/v1/referrals", json=minimal("R-1", CRN)), 201)
    refused = CliRunner().invoke(main, ["people", *arguments])
    assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)
    assert as_owner("SELECT count(*) AS holdings FROM case_holding") == [{"holdings": 1}]


def test_an_operator_hands_a_case_over_to_another_region_and_everything_follows(bound: Cast) -> None:
    ours, theirs = bound.probation.as_practitioner(), bound.stranger.as_practitioner("n.west")
    ok(ours.post("/v1/referrals", json=minimal("R-1", CRN)), 201)
    done = CliRunner().invoke(
        main, ["people", "hand-over", CRN, "N51", "N.West", "--pdu", "Central Lancashire"]
    )
    assert (done.exit_code, done.output) == (0, "N.West of N51 answers for this case\n")
    held = ok(theirs.get(f"{person_at(CRN)}/holding"))["held"]
    assert (held["region"], held["practitioner"], held["pdu"]) == ("N51", "n.west", "Central Lancashire")
    (referral,) = ok(theirs.get("/v1/referrals", mine="yes"))["items"]
    assert ours.get(referral["href"]).status_code == ours.get(person_at(CRN)).status_code == 404
    trail = as_owner(
        "SELECT DISTINCT verb FROM audit_entry"
        " WHERE client_id = 'service/registration' AND object_kind = 'person'"
    )
    assert trail == [{"verb": "alteration"}]


def test_an_operator_hands_a_case_over_within_its_region(bound: Cast) -> None:
    ok(bound.probation.as_practitioner().post("/v1/referrals", json=minimal("R-1", CRN)), 201)
    done = CliRunner().invoke(main, ["people", "hand-over", CRN, "N55", "n.new"])
    assert done.exit_code == 0, done.output
    new = bound.probation.as_practitioner("n.new")
    assert len(ok(new.get("/v1/referrals", mine="yes"))["items"]) == 1


def test_a_limited_case_is_handed_over_to_whom_an_operator_names(bound: Cast) -> None:
    document = a_household()
    document["person"]["restricted_record"] = True
    record(staff(bound.probation, "p.shah"), document)
    done = CliRunner().invoke(main, ["people", "hand-over", CRN, "N51", "x.new"])
    assert done.exit_code == 0, done.output
    other, named = (bound.stranger.as_practitioner(who) for who in ("y.other", "x.new"))
    assert (other.get(person_at(CRN)).status_code, named.get(person_at(CRN)).status_code) == (404, 200)
    assert bound.probation.as_practitioner().get(person_at(CRN)).status_code == 404


def test_a_case_is_not_handed_over_past_a_region_that_is_asked(bound: Cast) -> None:
    ours = bound.probation.as_practitioner()
    ok(ours.post("/v1/referrals", json=minimal("R-1", CRN)), 201)
    offer = {"person_id": str(person_id(CRN)), "to_region": "N51", "reason": "He moves there."}
    ok(ours.post("/v1/transfers", json=offer), 201)
    refused = CliRunner().invoke(main, ["people", "hand-over", CRN, "N51", "n.west"])
    assert (refused.exit_code, "waiting for an answer" in refused.output) == (1, True)


def test_an_operator_says_that_somebody_has_left(bound: Cast) -> None:
    ours = bound.probation.as_practitioner()
    for number in (1, 2):
        ok(ours.post("/v1/referrals", json=minimal(f"R-{number}", f"X32074{number}")), 201)
    for said in ("2 cases newly ownerless; 2 in all", "0 cases newly ownerless; 2 in all"):
        assert said_by("ownerless", "N55", "P.Shah") == f"{said}\n"
    assert ok(ours.get(f"{person_at('X320741')}/holding"))["ownerless"] is True
    ok(ours.post("/v1/referrals", json=minimal("R-3", "X320743")), 201)
    assert said_by("ownerless", "N55", "p.shah") == "1 case newly ownerless; 3 in all\n"


def said_by(*arguments: str) -> str:
    """Return what a command about people prints when it is done."""
    done = CliRunner().invoke(main, ["people", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_operator_finds_the_cases_that_nobody_answers_for_until_they_are_reassigned(bound: Cast) -> None:
    for number, who in ((1, "p.shah"), (2, "n.stays"), (3, "p.shah")):
        caller = bound.probation.as_practitioner(who)
        ok(caller.post("/v1/referrals", json=minimal(f"R-{number}", f"X32074{number}")), 201)
    assert said_by("list-ownerless", "N55") == ""
    said_by("ownerless", "N55", "p.shah")
    listed = said_by("list-ownerless", "N55").splitlines()
    assert [line.split()[:2] for line in listed] == [["X320741", "p.shah"], ["X320743", "p.shah"]]
    assert said_by("list-ownerless", "N51") == "", "another region's"
    trail = as_owner(
        "SELECT count(*) AS read FROM audit_entry WHERE verb = 'consultation' AND object_kind = 'person'"
        " AND client_id = 'service/registration'"
    )
    assert trail == [{"read": 2}]
    said_by("hand-over", "X320741", "N55", "n.new")
    assert [line.split()[0] for line in said_by("list-ownerless", "N55").splitlines()] == ["X320743"]


def test_a_practitioner_without_a_case_ever_is_said_to_be_unknown(bound: Cast) -> None:
    ok(bound.probation.as_practitioner().post("/v1/referrals", json=minimal("R-1", CRN)), 201)
    refused = CliRunner().invoke(main, ["people", "ownerless", "N55", "p.sha"])
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: no case of this region has had this practitioner: is the id right?\n",
    )
    said_by("hand-over", CRN, "N55", "n.new")
    assert said_by("ownerless", "N55", "p.shah") == "0 cases newly ownerless; 0 in all\n"


def test_naming_somebody_in_a_case_that_is_not_limited_says_so(bound: Cast) -> None:
    ok(bound.probation.as_practitioner().post("/v1/referrals", json=minimal("R-1", CRN)), 201)
    said = said_by("allow", CRN, "N55", "h.grant")
    assert said == "This case is not limited: h.grant of N55 is named for when it is\n"
