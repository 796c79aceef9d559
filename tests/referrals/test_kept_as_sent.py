"""While a wording is owed, a destination keeps what it was last sent: nothing can be subtracted from it."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.destinations.rewording import SENT
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import MONDAY, asking, darren_and_toby
from tests.rows import person_at

QUIST: Json = {
    "ref": "now-victim",
    "relationship": "victim",
    "given_name": "Ottoline",
    "family_name": "Quist",
    "details_status": "provided",
    "lives_at": "her-home",
}
HER_HOME: Json = {
    "ref": "her-home",
    "kind": "other",
    "lines": ["9 Pemberton Rise", "Leeds"],
    "postcode": "LS6 3HP",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
    "contact_ref": "now-victim",
}
ABOUT_HER = "He lodges with Ottoline Quist. He works nights."
ALL_ZONES = [
    {"label": "Zone A", "postcodes": ["LS6 3HN", "LS6 3HP"]},
    {"label": "Zone B", "postcodes": ["M21 8BT", "M21 8BW"]},
]


def submitted(**sections: Json) -> Json:
    """Ask a premises and a provider, MAPPA not."""
    wanted = {"approved_premises", "accommodation"}
    document = asking(
        darren_and_toby(), lambda one: bool(wanted & {one["kind"], one.get("service_category")})
    )
    return {**document, **{name: {**document[name], **said_} for name, said_ in sections.items()}}


def with_her(document: Json) -> Json:
    """Record a victim and where she is, and nothing else."""
    amended = deepcopy(document)
    amended["household"]["contacts"].append(QUIST)
    amended["addresses"].append(HER_HOME)
    return amended


def read(driver: Driver, reader: str, part: Json) -> tuple[Any, ...]:
    """Return all that a destination can see of itself: its part and tag, its document and tag, its feed."""
    caller = driver.cast.callers[reader]
    shown = [caller.get(f"{part['href']}{rest}") for rest in ("", "/document")]
    feed = said(caller.get("/v1/events", limit=500))["items"]
    return *((said(one), one.headers["ETag"]) for one in shown), feed


def document_read(driver: Driver, reader: str, part: Json) -> Json:
    found: Json = said(driver.cast.callers[reader].get(f"{part['href']}/document"))["document"]
    return found


def gaps(driver: Driver, part: Json) -> list[str]:
    return [one["pointer"] for one in driver.look(driver.officer, part)["missing"] if "reword_for" in one]


@pytest.fixture
def accepted(driver: Driver) -> tuple[Json, Json, Json, Json]:
    """Return a document, its referral, and the parts of a premises and a provider that have accepted."""
    document = submitted(risk={"additional_information": ABOUT_HER})
    referral = driver.submit(document)
    premises, provider = part_of(referral, "approved_premises"), part_of(referral, "crs")
    driver.accept(driver.cast.ap, premises)
    driver.accept(driver.cast.crs, provider)
    return document, referral, premises, provider


def test_a_victim_who_is_recorded_later_changes_nothing_that_was_sent(
    driver: Driver, accepted: tuple[Json, Json, Json, Json]
) -> None:
    document, referral, premises, provider = accepted
    before = read(driver, "ap", premises), read(driver, "crs", provider)
    zones_before = document_read(driver, "ap", premises)["licence"]["exclusion_zones"]
    assert zones_before == ALL_ZONES
    driver.amend(referral, with_her(document))
    assert (read(driver, "ap", premises), read(driver, "crs", provider)) == before
    assert "/licence/exclusion_zones/0/postcodes/1" in gaps(driver, premises)
    (owed,) = (one for one in driver.look(driver.officer, provider)["missing"] if "reword_for" in one)
    assert (owed["pointer"], owed["why"]) == ("/risk/additional_information", SENT)


def test_a_risk_that_rises_reaches_whoever_keeps_an_earlier_text(
    driver: Driver, accepted: tuple[Json, Json, Json, Json]
) -> None:
    document, referral, premises, provider = accepted
    driver.amend(referral, with_her(document))
    risen = {"group": "public", "level": "very_high", "who": "Men in bars.", "reason": "A new threat."}
    change = {
        "kind": "rosh_changed",
        "details": "x",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "established",
        "rosh": risen,
    }
    said(driver.officer.post(f"{person_at('X320741')}/changes-of-circumstance", json=change), 201)
    told = document_read(driver, "crs", provider)["risk"]
    assert told["additional_information"] == ABOUT_HER
    assert told["rosh"]["public"]["level"] == "Very High"
    assert document_read(driver, "ap", premises)["licence"]["exclusion_zones"] == ALL_ZONES
    (notice,) = driver.look(driver.cast.ap, premises)["notices"]
    assert notice["sections"] == ["risk"]


def test_an_answer_that_comes_to_mention_mappa_stays_as_it_was_until_it_is_worded(
    driver: Driver, accepted: tuple[Json, Json, Json, Json]
) -> None:
    document, referral, premises, _ = accepted
    restrictions = document["location"]["restrictions_detail"]
    before = read(driver, "ap", premises)
    now = {**document, "location": {**document["location"]}}
    now["location"]["restrictions_detail"] += " Agreed at MAPPA."
    driver.amend(referral, now)
    assert read(driver, "ap", premises) == before
    assert gaps(driver, premises) == ["/location/restrictions_detail"]
    wording = {"path": "/location/restrictions_detail", "destination": "approved_premises"}
    now["wordings"] = [*document["wordings"], {**wording, "text": f"{restrictions} Agreed by all."}]
    driver.amend(referral, now)
    assert gaps(driver, premises) == []
    shown = document_read(driver, "ap", premises)["location"]["restrictions_detail"]
    assert shown == f"{restrictions} Agreed by all."


def test_a_list_in_which_a_text_is_owed_stays_whole_and_one_that_only_grows_loses_that_entry(
    driver: Driver, accepted: tuple[Json, Json, Json, Json]
) -> None:
    document, referral, premises, _ = accepted
    as_read = document_read(driver, "ap", premises)["licence"]["conditions"]
    conditions = document["licence"]["conditions"]
    added = {"type": "other", "detail": "To be tested twice a week."}
    about_her = {"type": "other", "detail": "Ottoline Quist lives at 9 Pemberton Rise."}

    grown = with_her(document)
    grown["licence"]["conditions"] = [*conditions, about_her, added]
    driver.amend(referral, grown)
    shown = document_read(driver, "ap", premises)["licence"]["conditions"]
    assert [one.get("detail") for one in shown] == [
        *(one.get("detail") for one in as_read),
        *([None] if len(shown) > len(as_read) + 1 else []),
        added["detail"],
    ]

    reworded = deepcopy(grown)
    reworded["licence"]["conditions"][0]["detail"] = "Alcohol tag, after what Ottoline Quist said at LS6 3HP."
    driver.amend(referral, reworded)
    assert document_read(driver, "ap", premises)["licence"]["conditions"] == shown


@pytest.mark.parametrize(
    "secret", ["He is managed under MAPPA.", "She lives at 9 Pemberton Rise.", "Police intelligence on him."]
)
def test_a_new_text_that_is_kept_from_a_destination_leaves_its_tag_and_its_version(
    driver: Driver, secret: str
) -> None:
    document = submitted()
    del document["risk"]["additional_information"]
    document = with_her(document)
    referral = driver.submit({**document, "urgency": "urgent", "urgency_reason": "Released today."})
    provider = part_of(referral, "crs")
    driver.accept(driver.cast.crs, provider)
    before = read(driver, "crs", provider)
    for_probation = driver.officer.get(provider["href"]).headers["ETag"]
    told = {**document, "urgency": "urgent", "urgency_reason": "Released today."}
    told["risk"] = {**document["risk"], "additional_information": secret}
    driver.amend(referral, told)
    assert read(driver, "crs", provider) == before
    assert gaps(driver, provider) == ["/risk/additional_information"]
    assert driver.officer.get(provider["href"]).headers["ETag"] != for_probation


@pytest.mark.parametrize(
    ("reader", "kind", "days", "path"),
    [
        ("ap", "approved_premises", (31, 4), ("ap", "notice_type")),
        ("ap", "approved_premises", (31, 24), ("ap", "notice_type")),
        ("crs", "crs", (88, 10), ("release", "within_12_weeks")),
    ],
)
def test_what_depended_on_the_day_of_sending_changes_only_with_the_answer_that_decides_it(
    driver: Driver, reader: str, kind: str, days: tuple[int, int], path: tuple[str, str]
) -> None:
    """`days`: from sending to release, and to an amendment of something else."""
    document = submitted()
    (to_release, later), (section, name) = days, path

    def released_in(days: int) -> Json:
        day = (MONDAY + timedelta(days=days)).isoformat()
        releases = [{**document["release"]["releases"][0], "start_date": day}]
        return {**document, "release": {**document["release"], "date": day, "releases": releases}}

    def notices() -> list[Json]:
        found: list[Json] = driver.look(driver.cast.callers[reader], part)["notices"]
        return found

    sent = released_in(to_release)
    referral = driver.submit(sent)
    part = part_of(referral, kind)
    driver.accept(driver.cast.callers[reader], part)
    first = document_read(driver, reader, part)[section][name]

    driver.clock.set(driver.clock.at + timedelta(days=later))
    amended = with_her(sent)
    driver.amend(referral, amended)
    assert (document_read(driver, reader, part)[section][name], notices()) == (first, [])

    sooner = {**amended, "release": released_in(later + 6)["release"]}
    driver.amend(referral, sooner)
    assert document_read(driver, reader, part)[section][name] != first
    assert len(notices()) == 1
