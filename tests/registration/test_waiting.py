"""An organisation that is registered answers at once, and what waited for it is released."""

from typing import Any, Final

from service import clock
from service.registration.actions.waiting import release_for_new_duties, release_taken_up
from tests.cast import Caller, Cast
from tests.journeys.driver import Json, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.registration.calls import ROOT

KEYRING: Final = "organisations/crs_provider/keyring"
POLICE: Final = "organisations/police_force/west-yorkshire"
DUTIES: Final = ((KEYRING, "crs:accommodation/N55"), (POLICE, "police_da/west-yorkshire"))


def change(registrar: Caller, method: str, organisation: str, duty: str, **body: Any) -> Any:
    tag = registrar.get(f"{ROOT}/{organisation}").headers["ETag"]
    json = None if method == "delete" else body
    path = f"{ROOT}/{organisation}/duties/{duty}"
    return getattr(registrar, method)(path, json=json, if_match=tag)


def states(officer: Caller, submitted: Json) -> tuple[str, str]:
    """Return the state of the provider's part, and of what the police are asked."""
    (part,) = (one for one in submitted["destinations"] if one["service_category"] == "accommodation")
    asked = ok(officer.get("/v1/check-requests"))["items"]
    (police,) = (one for one in asked if one["area"] == "west-yorkshire")
    return ok(officer.get(part["href"]))["state"], police["state"]


def test_what_waited_is_sent_by_the_worker_once_somebody_answers(cast: Cast, registrar: Caller) -> None:
    officer = cast.probation.as_practitioner()
    for organisation, duty in DUTIES:
        ok(change(registrar, "delete", organisation, duty))
    submitted = ok(officer.post("/v1/referrals", json=darren_and_toby()), 201)
    release_for_new_duties(clock.now())
    assert states(officer, submitted) == ("incomplete", "awaiting_details")
    for organisation, duty in DUTIES:
        ok(change(registrar, "put", organisation, duty))
    assert states(officer, submitted) == ("incomplete", "awaiting_details"), "the call itself sends nothing"
    release_for_new_duties(clock.now())
    assert states(officer, submitted) == ("sent", "requested")
    assert as_owner("SELECT id FROM duty_taken_up") == []


def owed(officer: Caller, submitted: Json) -> set[tuple[str, str]]:
    """Return what is owed about the provider's part, and about what the police are asked, and by whom."""
    (part,) = (one for one in submitted["destinations"] if one["service_category"] == "accommodation")
    asked = ok(officer.get("/v1/check-requests"))["items"]
    subjects = {part["id"], *(one["id"] for one in asked if one["area"] == "west-yorkshire")}
    items = ok(officer.get("/v1/work", limit=500))["items"]
    return {(one["kind"], one["owner"]["role"]) for one in items if one["subject"]["id"] in subjects}


def test_a_missing_registration_is_owed_by_the_region_until_it_is_made(cast: Cast, registrar: Caller) -> None:
    officer, head = cast.probation.as_practitioner(), cast.probation.as_practitioner("r.mercer", "region")
    for organisation, duty in DUTIES:
        ok(change(registrar, "delete", organisation, duty))
    submitted = ok(officer.post("/v1/referrals", json=darren_and_toby()), 201)
    assert owed(head, submitted) == {("register_destination", "region"), ("register_agency", "region")}
    for organisation, duty in DUTIES:
        ok(change(registrar, "put", organisation, duty))
    release_for_new_duties(clock.now())
    assert {role for _, role in owed(head, submitted)} <= {None}


def test_each_owes_what_they_can_supply_of_what_a_referral_lacks(cast: Cast, registrar: Caller) -> None:
    officer, head = cast.probation.as_practitioner(), cast.probation.as_practitioner("r.mercer", "region")
    ok(change(registrar, "delete", *DUTIES[0]))
    whole = darren_and_toby()
    asked = next(one for one in whole["destinations"] if one.get("service_category") == "accommodation")
    annex = asked["annex"]
    asked["annex"] = {name: said for name, said in annex.items() if name != "complexity"}
    submitted = ok(officer.post("/v1/referrals", json=whole), 201)
    completion, registration = ("complete_referral", "practitioner"), ("register_destination", "region")
    assert {completion, registration} <= owed(head, submitted)
    asked["annex"] = annex
    path = f"/v1/referrals/{submitted['id']}"
    tag = officer.get(path).headers["ETag"]
    ok(officer.post(f"{path}/versions", json=whole, if_match=tag))
    assert owed(head, submitted) & {completion, registration} == {registration}
    ok(change(registrar, "put", *DUTIES[0]))
    release_for_new_duties(clock.now())
    assert not owed(head, submitted) & {completion, registration}


def test_a_new_referral_goes_to_whoever_took_up_the_duty_a_moment_ago(cast: Cast, registrar: Caller) -> None:
    officer = cast.probation.as_practitioner()
    ok(
        change(
            registrar,
            "put",
            "organisations/crs_provider/forward-work",
            "crs:accommodation/N55",
            take_over="The contract has passed to them.",
        )
    )
    submitted = ok(officer.post("/v1/referrals", json=darren_and_toby()), 201)
    (part,) = (one for one in submitted["destinations"] if one["service_category"] == "accommodation")
    assert part["state"] == "sent"
    listed = ok(cast.crs_ete.get("/v1/destination-referrals"))["items"]
    assert part["id"] in {one["id"] for one in listed}
    assert ok(cast.crs.get("/v1/destination-referrals"))["items"] == []


def test_what_is_cut_off_is_released_in_the_next_pass(cast: Cast, registrar: Caller) -> None:
    for organisation, duty in DUTIES:
        ok(change(registrar, "delete", organisation, duty))
        ok(change(registrar, "put", organisation, duty))
    assert len(as_owner("SELECT id FROM duty_taken_up")) == 2
    assert release_taken_up("worker") == 2
    assert release_taken_up("worker") == 0
