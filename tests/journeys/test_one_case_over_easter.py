"""Darren and Toby in one case, over Easter: what the demonstration shows, checked."""

from datetime import date

import pytest

from tests.journeys.darren import HOME
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.referrals import samples
from tests.rows import person_at

CRN = "X320741"
TUESDAY_BEFORE_EASTER = date(2026, 3, 31)
SECRETS = (samples.EX_PARTNERS_POSTCODE, samples.EX_PARTNERS_STREET, "Holdsworth", "seen with a knife")
AP, CAS3, MAPPA = ("approved_premises", None), ("cas3", None), ("mappa", None)
CRS, ETE = ("crs", "accommodation"), ("crs", "education_training_and_employment")


@pytest.fixture
def case(story: Story) -> Json:
    """The case, submitted on the Tuesday before Easter."""
    story.clock.set("2026-03-31T10:00:00+01:00")
    return story.submit(samples.darren_and_toby(today=TUESDAY_BEFORE_EASTER))


def parts(case: Json) -> dict[tuple[str, str | None], Json]:
    return {(part["kind"], part["service_category"]): part for part in case["destinations"]}


def test_each_destination_is_sent_just_the_part_it_needs(story: Story, case: Json) -> None:
    sent = parts(case)
    assert {key: part["state"] for key, part in sent.items()} == {
        AP: "sent",
        CAS3: "held",
        CRS: "sent",
        ETE: "sent",
        MAPPA: "sent",
    }
    for caller, key in ((story.cast.ap, AP), (story.cast.crs, CRS), (story.cast.crs_ete, ETE)):
        document = str(story.document(caller, sent[key]["id"]))
        for secret in SECRETS:
            assert secret not in document
        assert "mappa" not in document.lower()
    mappa = str(story.document(story.cast.mappa, sent[MAPPA]["id"]))
    assert "seen with a knife" in mappa

    # Nobody sees another's part, and nobody learns that it exists.
    for caller, key in ((story.cast.crs, MAPPA), (story.cast.ap, CRS), (story.cast.cas3, CAS3)):
        assert caller.get(f"/v1/destination-referrals/{sent[key]['id']}").status_code == 404


def test_the_ladder_climbs_over_easter_in_working_days(story: Story, case: Json) -> None:
    (child,) = story.requests(case["id"], "childrens_safeguarding")

    def event_names() -> list[str]:
        return [
            role
            for entry in story.timeline(case["id"])
            if entry["subject"]["id"] == child["id"] and entry["event"] in {"clock.missed", "clock.escalated"}
            for role in entry["data"]["told"]
        ]

    assert event_names() == []
    # Two working days to ask: Thursday. Then two more, with Good Friday and Easter Monday between.
    story.wait_until("2026-04-02T12:00:00+01:00")
    assert event_names() == ["probation:practitioner", "probation:spo"]
    story.wait_until("2026-04-07T22:00:00+01:00")
    assert event_names() == ["probation:practitioner", "probation:spo"]
    story.wait_until("2026-04-08T12:00:00+01:00")
    assert event_names() == ["probation:practitioner", "probation:spo", "probation:pdu_head"]


def test_an_outage_over_easter_is_caught_up_once_and_in_order(story: Story, case: Json) -> None:
    # Nobody sweeps from Thursday evening until after Easter; the police answer meanwhile.
    story.wait_until("2026-04-02T18:00:00+01:00")
    asked = story.requests(case["id"], "police_da")
    for one in asked:
        agency = story.cast.police if one["area"] == "west-yorkshire" else story.cast.other_police
        story.answer(agency, one["id"], dict(NOTHING_KNOWN), nothing_found=True)
    before = len(story.timeline(case["id"]))
    story.clock.set("2026-04-08T12:00:00+01:00")
    story.work()
    caught_up = story.timeline(case["id"])[before:]
    fired = [entry for entry in caught_up if entry["event"].startswith("clock.")]
    assert fired
    for clock in {entry["data"]["clock"] for entry in fired}:
        due = [entry["data"]["due_at"] for entry in fired if entry["data"]["clock"] == clock]
        assert due == sorted(due)
    answered = {one["id"] for one in asked}
    assert not [e for e in fired if e["subject"]["id"] in answered and e["data"]["timer"] == "answer"]
    again = len(story.timeline(case["id"]))
    story.work()
    assert len(story.timeline(case["id"])) == again


def test_the_story_reads_as_one_and_the_trail_holds_all_of_it(story: Story, case: Json) -> None:
    sent = parts(case)
    crs, ap, mappa = sent[CRS]["id"], sent[AP]["id"], sent[MAPPA]["id"]
    story.take_on(story.cast.crs, crs)
    story.move(story.cast.crs, crs, "start")
    story.update(story.cast.crs, crs, "progress", summary="Met twice; two landlords written to.")
    story.take_on(story.cast.ap, ap)
    story.take_on(story.cast.mappa, mappa)
    answer_police(story, case["id"])

    # A change of risk reaches every organisation that was sent the old one.
    story.report_change(
        CRN,
        "rosh_changed",
        rosh={
            "group": "known_adult",
            "level": "very_high",
            "who": "A former partner.",
            "reason": "What the police hold was not known before.",
        },
    )
    for caller, destination_referral_id in (
        (story.cast.crs, crs),
        (story.cast.ap, ap),
        (story.cast.mappa, mappa),
    ):
        (notice,) = ok(caller.get(f"/v1/destination-referrals/{destination_referral_id}"))["notices"]
        assert "risk" in notice["sections"]
        ok(
            caller.post(
                f"/v1/destination-referrals/{destination_referral_id}/acknowledgements",
                json={"version": notice["version"], "can_continue": True},
            )
        )

    # The departure gate refuses, and then opens.
    move_on(story, case["id"], ap, mappa)

    # One timeline shows all of it, in order.
    names = [entry["event"] for entry in story.timeline(case["id"])]
    expected = [
        "referral.submitted",
        "destination_referral.accepted",
        "check_request.returned",
        "referral.risk_changed",
        "destination_referral.changed",
        "placement.arrived",
        "placement.move_on_proposed",
        "placement.departed",
    ]
    assert [names.index(name) for name in expected] == sorted(names.index(name) for name in expected)

    # The trail holds who saw, changed and was sent what.
    person = ok(story.practitioner.get(person_at(CRN)))["id"]
    entries = ok(story.cast.oversight.get("/v1/audit/entries", person_id=person, limit=500))["items"]
    assert {"collection", "alteration", "consultation", "disclosure"} <= {entry["verb"] for entry in entries}
    recipients = {one for entry in entries for one in entry.get("recipients", ())}
    assert {str(story.cast.crs.organisation_id), str(story.cast.mappa.organisation_id)} <= recipients
    assert "Holdsworth" not in str(entries)


def answer_police(story: Story, referral_id: str) -> None:
    for one in story.requests(referral_id, "police_da"):
        agency = story.cast.police if one["area"] == "west-yorkshire" else story.cast.other_police
        story.answer(agency, one["id"], dict(NOTHING_KNOWN), nothing_found=True)


def move_on(story: Story, referral_id: str, ap: str, mappa: str) -> None:
    """Stay in the premises, and leave for the address when everybody has answered."""
    stay = {"expected_arrival": "2026-04-22", "expected_departure": "2026-07-15"}
    ok(story.place(story.cast.ap, ap, "offer", **stay))
    ok(story.place(story.practitioner, ap, "confirm"))
    story.wait_until("2026-04-23T09:00:00+01:00")
    ok(story.place(story.cast.ap, ap, "record_arrival", arrived_on="2026-04-22"))
    address = ok(story.place(story.practitioner, ap, "propose_move_on", address=HOME))["move_on"]
    leaving = {"departed_on": "2026-04-23", "reason": "planned_move_on"}
    refused = story.place(story.cast.ap, ap, "record_departure", **leaving)
    assert refused.status_code == 409
    answer_police_about_the_address(story, referral_id)
    story.update(
        story.cast.mappa,
        mappa,
        "move_on_agreement",
        address_id=address["address_id"],
        agreed=True,
        decided_on="2026-04-23",
    )
    ok(story.place(story.practitioner, ap, "agree_move_on"))
    ok(story.place(story.cast.ap, ap, "record_departure", **leaving))


def answer_police_about_the_address(story: Story, referral_id: str) -> None:
    for one in story.requests(referral_id, "police_da"):
        if one["state"] in {"requested", "acknowledged"}:
            story.answer(story.cast.police, one["id"], dict(NOTHING_KNOWN), nothing_found=True)
