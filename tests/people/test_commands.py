"""What an operator says about people: who may know, and whose case it no longer is."""

import pytest
from click.testing import CliRunner

from service import db
from service.cli import main
from tests.cast import Cast
from tests.people.factories import CRN, a_household, as_owner, record, staff
from tests.referrals.samples import minimal
from tests.rows import person_at


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> Cast:
    for role in db.ROLES:
        monkeypatch.setenv(db.environment_name(role), db.url_for(role))
    return cast


def test_a_manager_named_by_an_operator_sees_a_limited_case_and_it_is_on_the_trail(bound: Cast) -> None:
    document = a_household()
    document["person"]["restricted_record"] = True
    record(staff(bound.probation, "p.shah"), document)
    manager = bound.probation.as_practitioner("h.grant", "pdu_head")
    assert manager.get(person_at(CRN)).status_code == 404
    done = CliRunner().invoke(main, ["people", "allow", CRN, "N55", "H.Grant"])
    assert done.exit_code == 0, done.output
    assert manager.get(person_at(CRN)).status_code == 200
    (entry,) = as_owner(
        "SELECT verb FROM audit_entry WHERE client_id = 'service/registration' AND object_kind = 'person'"
    )
    assert entry["verb"] == "alteration"


@pytest.mark.parametrize("arguments", [["X999999", "N55"], [CRN, "N99"]])
def test_nobody_unknown_is_named(bound: Cast, arguments: list[str]) -> None:
    record(staff(bound.probation, "p.shah"), a_household())
    refused = CliRunner().invoke(main, ["people", "end-involvement", *arguments])
    assert refused.exit_code == 1


def test_a_region_that_no_longer_works_with_somebody_lets_another_begin(bound: Cast) -> None:
    ours, theirs = bound.probation.as_practitioner(), bound.stranger.as_practitioner()
    assert ours.post("/v1/referrals", json=minimal("R-1", CRN)).status_code == 201
    assert theirs.post("/v1/referrals", json=minimal("R-2", CRN)).status_code == 409
    done = CliRunner().invoke(main, ["people", "end-involvement", CRN, "N55"])
    assert (done.exit_code, done.stdout) == (0, "N55 no longer works with this person.\n")
    assert done.stderr == "Open referrals that N55 can no longer see: 1\n"
    assert theirs.post("/v1/referrals", json=minimal("R-2", CRN)).status_code == 201
    assert ours.post("/v1/referrals", json=minimal("R-3", CRN)).status_code == 409


def test_a_limited_case_is_handed_over_to_whom_an_operator_names(bound: Cast) -> None:
    document = a_household()
    document["person"]["restricted_record"] = True
    record(staff(bound.probation, "p.shah"), document)
    for arguments in (["allow", CRN, "N51", "x.new"], ["end-involvement", CRN, "N55"]):
        assert CliRunner().invoke(main, ["people", *arguments]).exit_code == 0
    other, named = (bound.stranger.as_practitioner(who) for who in ("y.other", "x.new"))
    assert other.post("/v1/referrals", json=minimal("R-1", CRN)).status_code == 409
    assert named.post("/v1/referrals", json=minimal("R-2", CRN)).status_code == 201
    assert named.get(person_at(CRN)).status_code == 200
