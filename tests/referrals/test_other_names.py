"""Other names and telephone numbers of protected contacts are compared too, and kept apart as names are."""

from sqlalchemy import text

from service import db
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

RINGS = "He rings Kaz, his ex, on 07700 900123 every night."
ALSO = {"aliases": ["Kaz"], "phone": "07700900123"}


def with_text(**of_hers: object) -> Json:
    document = darren_and_toby()
    document["risk"]["additional_information"] = RINGS
    hers = next(one for one in document["household"]["contacts"] if one["ref"] == "ex-partner")
    hers |= of_hers
    return document


def given_away(part: Json) -> set[str]:
    return {kind for gap in part["missing"] for kind in gap.get("gives_away", ())}


def test_an_alias_and_a_number_of_a_protected_contact_are_not_sent(driver: Driver) -> None:
    shown = said(driver.officer.post("/v1/referrals/preview", json=with_text(**ALSO)))["destinations"]
    provider = next(one for one in shown if one["service_category"] == "accommodation")
    assert given_away(provider) == {"name", "phone"}
    assert "additional_information" not in provider["document"]["risk"]


def test_what_she_also_goes_by_is_compared_with_what_was_sent_before(driver: Driver) -> None:
    referral = driver.submit(with_text())
    provider = part_of(referral, "crs", "accommodation")
    assert given_away(provider) == set()
    contacts = said(driver.officer.get(f"{person_at('X320741')}/contacts"))["items"]
    hers = next(one for one in contacts if one["relationship"] == "ex_partner")
    assert (hers["aliases"], hers["phone"]) == (None, None)
    at = f"{person_at('X320741')}/contacts/{hers['id']}"
    said(driver.officer.patch(at, json=ALSO, if_match=driver.officer.get(at).headers["ETag"]))
    kept = said(driver.officer.get(at))
    assert (kept["aliases"], kept["phone"]) == (["Kaz"], "07700900123")
    assert given_away(driver.look(driver.officer, provider)) == {"name", "phone"}
    with db.transaction("owner") as session:
        rows = session.execute(text("SELECT aliases, phone FROM contact WHERE protected")).all()
    assert set(rows) == {(None, None)}
