"""Whoever has ended the work under one of two CRNs reads who it was, once they are two people's again."""

from tests.people.two_records import FIRST, SECOND, decide
from tests.referrals.driver import Driver, part_of, said
from tests.referrals.samples import darren_and_toby, minimal


def test_who_it_is_that_was_taken_for_another_is_told_once_they_are_parted(driver: Driver) -> None:
    said(driver.officer.post("/v1/referrals", json=minimal("ONE-1", FIRST)), 201)
    whole = darren_and_toby("TWO-1", crn=SECOND)
    whole["person"] |= {"name": {"given": "Darryl", "family": "Ellershaw"}, "date_of_birth": "1980-01-02"}
    referral = driver.submit(whole)
    part = part_of(referral, "crs", "accommodation")

    def read() -> tuple[str, str]:
        found = said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
        who = found["document"]["person"]
        return who["name"]["given"], who["date_of_birth"]

    his = read()
    assert his == ("Darryl", "1980-01-02")
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "start")
    manager = driver.cast.probation.as_practitioner("s.okafor", "spo")
    said(decide(manager, same=True, keep=FIRST))
    assert read() != his, "as long as they are one, the record that stands says who it is"
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    said(decide(manager, same=False))
    assert read() == his
    assert driver.document(referral)["person"]["name"]["given"] == "Darryl"
