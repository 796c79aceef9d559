"""A submission reference is used once in a region, whichever of its systems sends it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import text

from service import db, migrate
from tests.cast import Caller
from tests.referrals.driver import Driver, Json, said
from tests.referrals.samples import minimal

SECOND = "n55-second-system"


def without_id(problem: Json) -> Json:
    return {name: value for name, value in problem.items() if name != "request_id"}


def referrals() -> list[tuple[str, int]]:
    with db.transaction("owner") as session:
        found = session.execute(
            text("SELECT client_id, reference_use FROM referral ORDER BY submitted_at, reference_use")
        )
        return [(row.client_id, row.reference_use) for row in found]


def test_a_second_system_of_the_region_is_refused_in_the_same_words(driver: Driver, second: Caller) -> None:
    referral = driver.submit(minimal("R-1"))
    own = said(driver.officer.post("/v1/referrals", json=minimal("R-1")), 409)
    for crn in ("X320742", "X999999"):
        theirs = said(second.post("/v1/referrals", json=minimal("R-1", crn)), 409)
        assert without_id(theirs) == without_id(own)
    assert own["href"] == f"/v1/referrals/{referral['id']}"
    assert len(referrals()) == 1


def test_whoever_may_not_know_of_it_is_told_no_more_than_that_it_was_used(
    driver: Driver, second: Caller
) -> None:
    document = minimal("R-1")
    document["person"]["restricted_record"] = True
    referral = driver.submit(document)
    known = said(second.post("/v1/referrals", json=minimal("R-1")), 409)
    other = replace(second, tokens={}).as_practitioner("n.other")
    hidden = said(other.post("/v1/referrals", json=minimal("R-1", "X999999")), 409)
    assert known.pop("href") == f"/v1/referrals/{referral['id']}"
    assert without_id(hidden) == without_id(known)


def test_two_systems_at_once_make_one_referral(driver: Driver, second: Caller) -> None:
    callers = [driver.officer, second] * 2
    for caller in callers:
        caller.token()

    def submit(number: int) -> int:
        crn = f"X32074{number}"  # about different people, so that nobody waits for anybody before
        return callers[number].post("/v1/referrals", json=minimal("R-1", crn)).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(submit, range(4)))
    assert answers == [201, 409, 409, 409]
    assert len(referrals()) == 1


def test_another_region_has_references_of_its_own(driver: Driver) -> None:
    driver.submit(minimal("R-1"))
    stranger = driver.cast.stranger.as_practitioner()
    said(stranger.post("/v1/referrals", json=minimal("R-1", "X999999")), 201)


def test_a_reference_can_be_previewed_by_any_system(driver: Driver, second: Caller) -> None:
    driver.submit(minimal("R-1"))
    said(second.post("/v1/referrals/preview", json=minimal("R-1"), idempotency_key=None))


def test_references_that_two_systems_used_before_stay_as_they_are(driver: Driver, second: Caller) -> None:
    first = driver.submit(minimal("R-1"))
    migrate.downgrade("0015-1")
    with db.transaction("owner") as session:
        columns = "submission_reference, probation_id, person_id, practitioner, region, pdu, urgency"
        more = "current_version, revision, submitted_at + interval '1 hour'"
        again = session.scalar(
            text(
                f"INSERT INTO referral (id, client_id, {columns}, current_version, revision, submitted_at)"
                f" SELECT gen_random_uuid(), :client, {columns}, {more} FROM referral RETURNING id"
            ),
            {"client": SECOND},
        )
    migrate.upgrade()
    assert referrals() == [("n55-system", 1), (SECOND, 2)]
    for caller, made in ((driver.officer, first["id"]), (second, again)):
        refused = said(caller.post("/v1/referrals", json=minimal("R-1")), 409)
        assert refused["href"] == f"/v1/referrals/{made}"
    assert len(referrals()) == 2
