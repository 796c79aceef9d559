"""Somebody at approved premises: how they come to stay there, and how their departure is recorded."""

from typing import Any

from tests.checks.factories import outcomes
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import asking, darren_and_toby

ADDRESS = {
    "lines": ["7 Cobden Terrace", "Leeds"],
    "postcode": "LS12 2BN",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}


def without_mappa() -> Json:
    return asking(darren_and_toby(), lambda one: one["kind"] != "mappa")


def settle_in(driver: Driver, document: Json | None = None) -> tuple[Json, Json]:
    """Bring somebody into approved premises; return the referral and its part."""
    referral = driver.submit(document)
    stay = part_of(referral, "approved_premises")
    driver.accept(driver.cast.ap, stay)
    driver.place(
        driver.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16"
    )
    driver.place(driver.officer, stay, "confirm")
    driver.clock.set("2026-03-24T15:00:00Z")
    driver.place(driver.cast.ap, stay, "record_arrival", arrived_on="2026-03-24")
    return referral, stay


def leave(driver: Driver, stay: Json, **more: Any) -> Any:
    return driver.try_to_place(
        driver.cast.ap, stay, "record_departure", departed_on="2026-03-24", reason="Moved on.", **more
    )


def have_police_answer(driver: Driver) -> None:
    """Have the police return, for every request they were sent, that they searched and hold nothing."""
    found: Json = {
        sort: [] for sort in ("incidents", "convictions", "call_outs", "intelligence", "orders", "protective")
    }
    body: Json = {
        "complete": True,
        "nothing_found": True,
        "valid_as_at": "2026-03-24",
        "searched": {"from": "2010-01-01", "until": "2026-03-24", "sources": ["Own records"]},
        "findings": found,
    }
    for request in said(driver.cast.police.get("/v1/check-requests", limit=100))["items"]:
        subjects = outcomes(request["id"], nothing_found=True)
        answer = body | {"subjects": subjects}
        said(driver.cast.police.post(f"/v1/check-requests/{request['id']}/results", json=answer), 201)
