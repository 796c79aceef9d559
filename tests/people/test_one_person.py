"""Two CRNs of one person: advice at once, merging, the alias everywhere, and undoing; and earlier numbers."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import as_owner
from tests.people.holdings import change, leave
from tests.people.two_records import (
    FIRST,
    NOMS,
    PNC,
    REASON,
    SECOND,
    begun,
    both,
    colleague,
    decide,
    merge,
    part,
    second,
    submit_second,
)
from tests.referrals.samples import darren_and_toby
from tests.release_dates.factories import follow, line, outcomes, release_date
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """p.shah has a case; a.khan has one under another CRN, of somebody of whom no number is known yet."""
    return begun(cast, the_clock)


def asked(number: str) -> dict[str, Any]:
    return {
        "code": "same_number",
        "pointer": f"/person/{number}",
        "href": person_at(FIRST),
    }


def advice(answer: Json) -> list[Json]:
    return [{name: one[name] for name in ("code", "pointer", "href")} for one in answer["advice"]]


def clocks(timer: str = "same_person") -> list[str]:
    """Return the CRNs of the records for which a clock runs."""
    return [
        row["crn"]
        for row in as_owner(
            "SELECT p.crn FROM clock c JOIN person p ON p.id = c.person_id"
            f" WHERE c.timer = '{timer}' AND c.state <> 'stopped' ORDER BY 1"
        )
    ]


# Advice


def test_a_number_of_another_record_is_advice_in_the_preview_and_in_the_answer(story: Story) -> None:
    stated = second(noms_number=NOMS, pnc_number=PNC)
    expected = [asked("noms_number"), asked("pnc_number")]
    assert advice(ok(colleague(story).post("/v1/referrals/preview", json=stated))) == expected
    assert clocks() == [], "a preview asks nobody"
    assert advice(both(story)) == expected


@pytest.mark.parametrize(
    ("number", "written", "kept"),
    [
        ("pnc_number", "09/187342q", PNC),
        ("pnc_number", "2009 0187342Q", PNC),
        ("noms_number", " a4417dx", NOMS),
    ],
)
def test_a_number_that_is_written_otherwise_is_the_same_one(
    story: Story, number: str, written: str, kept: str
) -> None:
    said = submit_second(story, **{number: written})
    assert (advice(said), clocks()) == ([asked(number)], [SECOND])
    assert ok(colleague(story).get(person_at(SECOND)))[number] == kept
    assert ok(story.spo.get(f"{said['href']}/versions/1"))["document"]["person"][number] == kept
    found = ok(story.practitioner.post("/v1/people/search", json={number: written}))["found"]
    assert {one["crn"] for one in found} == {FIRST, SECOND}


def test_the_record_shows_whom_it_may_be_and_a_clock_runs_until_that_is_decided(story: Story) -> None:
    both(story)
    seen = ok(colleague(story).get(person_at(SECOND)))["may_be"]
    assert [(one["crn"], one["number"]) for one in seen] == [
        (FIRST, "noms_number"),
        (FIRST, "pnc_number"),
    ]
    assert [one["crn"] for one in ok(story.practitioner.get(person_at(FIRST)))["may_be"]] == [SECOND] * 2
    assert clocks() == [SECOND]
    story.wait(days=3)
    (late,) = {
        (row["role"], row["holder"])
        for row in as_owner(
            "SELECT n.role, n.holder FROM notice_item n JOIN clock c ON c.id = n.clock_id"
            " WHERE c.timer = 'same_person'"
        )
    }
    assert late == ("spo", "s.okafor"), "only a manager may decide it"
    ok(decide(story.spo, same=False))
    assert clocks() == []
    assert ok(colleague(story).get(person_at(SECOND)))["may_be"] == []


def test_a_number_that_is_supplied_later_is_asked_about_too(story: Story) -> None:
    submit_second(story)
    assert clocks() == []
    amended = ok(amend(colleague(story), second(noms_number=NOMS)))
    assert (advice(amended), clocks()) == ([asked("noms_number")], [SECOND])


def amend(caller: Caller, document: Json) -> Any:
    (referral,) = [
        one
        for one in ok(caller.get("/v1/referrals"))["items"]
        if one["submission_reference"] == document["submission_reference"]
    ]
    tag = caller.get(referral["href"]).headers["ETag"]
    return caller.post(f"{referral['href']}/versions", json=document, if_match=tag)


def test_a_number_that_is_withdrawn_is_asked_about_no_more(story: Story) -> None:
    both(story)
    ok(amend(colleague(story), second(noms_number="A1111AA", pnc_number="2011/0000001A")))
    assert (clocks(), ok(colleague(story).get(person_at(SECOND)))["may_be"]) == ([], [])
    again = ok(amend(colleague(story), second(noms_number=NOMS, pnc_number="2011/0000001A")))
    assert (advice(again), clocks()) == ([asked("noms_number")], [SECOND])


def test_a_number_that_stood_on_the_other_record_before_is_advice_too(story: Story) -> None:
    document = darren_and_toby()
    document["person"]["noms_number"] = "A9999ZZ"
    ok(amend(story.practitioner, document))
    answer = submit_second(story, noms_number=NOMS)
    assert (advice(answer), clocks()) == ([asked("noms_number")], [SECOND])


def test_two_people_are_asked_about_again_only_for_another_number(story: Story) -> None:
    submit_second(story, noms_number=NOMS)
    part(story)
    answer = ok(colleague(story).post("/v1/referrals", json=second("SEC-2", noms_number=NOMS)), 201)
    assert (advice(answer), clocks()) == ([], [])
    answer = ok(
        colleague(story).post("/v1/referrals", json=second("SEC-3", noms_number=NOMS, pnc_number=PNC)), 201
    )
    assert (advice(answer), clocks()) == ([asked("pnc_number")], [SECOND])


def test_a_case_that_is_opened_says_whom_it_may_be(story: Story) -> None:
    given = {
        "because": "allocation",
        "person": {"crn": SECOND, "name": {"given": "D", "family": "Ellershaw"}, "noms_number": NOMS},
    }
    opened = ok(colleague(story).post("/v1/people", json=given), 201)
    assert [one["href"] for one in opened["may_be"]] == [person_at(FIRST)]


# Merging


def test_a_manager_merges_two_records_and_the_other_crn_is_an_alias(story: Story) -> None:
    referral = both(story)
    kept, other = person_at(FIRST), person_at(SECOND)
    shown = merge(story)
    assert shown["same_as"] == {"crn": FIRST, "href": kept}
    assert ok(story.practitioner.get(kept))["stands_for"] == [{"crn": SECOND, "href": other}]
    assert clocks() == []
    new = ok(colleague(story).post("/v1/referrals", json=second("SEC-2")), 201)
    assert (new["person"]["href"], new["crn"]) == (other, SECOND), "they may be two people's again"
    assert ok(colleague(story).get(referral["href"]))["person"]["href"] == other
    assert as_owner("SELECT crn FROM person WHERE held ORDER BY crn") == [{"crn": FIRST}, {"crn": SECOND}]


def test_a_search_by_the_alias_finds_the_record_that_stands_for_it(story: Story) -> None:
    both(story)
    merge(story)
    for crn, by in ((SECOND, "former_crn"), (FIRST, "crn")):
        (found,) = ok(story.practitioner.post("/v1/people/search", json={"crn": crn}))["found"]
        assert (found["crn"], found["found_by"]) == (FIRST, by)
    (found,) = ok(story.practitioner.post("/v1/people/search", json={"noms_number": NOMS}))["found"]
    assert (found["crn"], found["found_by"]) == (FIRST, "noms_number")


def test_an_amendment_of_either_may_say_either_crn(story: Story) -> None:
    both(story)
    numbers = {"noms_number": NOMS, "pnc_number": PNC}
    document = second(**numbers)
    document["person"]["crn"] = FIRST
    assert amend(colleague(story), document).status_code == 422
    merge(story)
    # The second version is of the merge: it says who the person is as the record that stands.
    assert ok(amend(colleague(story), document))["current_version"] == 2, "it names whose referral it is"
    of_first = darren_and_toby()
    of_first["person"]["crn"] = SECOND
    assert ok(amend(story.practitioner, of_first))["current_version"] == 1
    stranger = darren_and_toby()
    stranger["person"]["crn"] = "X320799"
    assert amend(story.practitioner, stranger).status_code == 422


def test_who_answers_for_the_record_that_stands_answers_for_the_other(story: Story) -> None:
    referral = both(story)
    merge(story)
    of = {
        row["practitioner"]
        for row in as_owner(f"SELECT practitioner FROM referral WHERE id = '{referral['id']}'")
    }
    assert of == {"p.shah"}
    ok(change(story.spo, "holding", practitioner="n.new"))
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(story)))
    for crn in (FIRST, SECOND):
        seen = ok(story.spo.get(f"{person_at(crn)}/holding"))
        assert (seen["held"]["practitioner"], seen["acting"]) == ("n.new", "c.taker")
    assert ok(story.spo.get(referral["href"]))["practitioner"] == "n.new"
    running = as_owner(
        "SELECT DISTINCT c.practitioner FROM clock c WHERE c.state <> 'stopped'"
        f" AND c.person_id = '{person_id(SECOND)}'"
    )
    assert [row["practitioner"] for row in running] == ["n.new"]


def later(story: Story) -> str:
    return (story.clock.at + timedelta(days=5)).isoformat()


def test_whose_case_it_is_is_said_of_the_record_that_stands(story: Story) -> None:
    both(story)
    merge(story)
    refused = [
        change(story.spo, "holding", crn=SECOND, practitioner="n.new"),
        story.spo.post(
            f"{person_at(SECOND)}/limit",
            json={"reason": "x"},
            if_match=story.spo.get(f"{person_at(SECOND)}/access").headers["ETag"],
        ),
    ]
    for answer in refused:
        assert (answer.status_code, answer.get_json().get("href")) == (409, person_at(FIRST))


def test_an_agency_answers_both_questions_and_neither_is_lost(story: Story) -> None:
    referral = both(story)
    merge(story)
    asked_of = story.requests(referral["id"], "police_da")
    assert [one["state"] for one in asked_of] == ["requested"]
    police = story.cast.police
    story.answer(police, asked_of[0]["id"], NOTHING_KNOWN, nothing_found=True)
    (now,) = story.requests(referral["id"], "police_da")
    assert now["state"] == "returned"


@pytest.mark.parametrize("reported_on", [FIRST, SECOND])
def test_what_ends_a_case_ends_it_on_both_records(story: Story, reported_on: str) -> None:
    referrals = [ok(story.practitioner.get("/v1/referrals"))["items"][0]["id"], both(story)["id"]]
    merge(story)
    died = {
        "kind": "died",
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
    }
    ok(story.practitioner.post(f"{person_at(reported_on)}/changes-of-circumstance", json=died), 201)
    for referral in referrals:
        states = {one["state"] for one in story.requests(referral, "police_da")}
        assert states <= {"cancelled", "superseded"}, states
    assert {ok(story.practitioner.get(person_at(crn)))["died_on"] for crn in (FIRST, SECOND)} == {
        died["occurred_on"]
    }


@pytest.mark.parametrize("reported_on", [FIRST, SECOND])
def test_what_happens_is_asked_about_around_both_records(story: Story, reported_on: str) -> None:
    both(story)
    merge(story)
    call_out = {
        "kind": "police_call_out",
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
        "urgent": True,
    }
    path = f"{person_at(reported_on)}/changes-of-circumstance"
    change = ok(story.practitioner.post(path, json=call_out), 201)
    raised = {
        (one["id"], one["kind"], crn): one["cycle"]
        for crn in (FIRST, SECOND)
        for one in ok(story.practitioner.get(f"{person_at(crn)}/checks"))["items"]
    }
    again = {key: cycle for key, cycle in raised.items() if cycle > 1}
    assert sorted((kind, crn) for _, kind, crn in again) == [
        (kind, crn) for kind in ("childrens_safeguarding", "police_da") for crn in (FIRST, SECOND)
    ]
    assert {id_ for id_, *_ in again} == set(change["checks"])


def needed_by(story: Story) -> set[str | None]:
    """Return by when the police must answer what is asked about either record."""
    found = ok(story.practitioner.get("/v1/check-requests", limit=100))["items"]
    return {one["needed_by"] for one in found if (one["kind"], one["state"]) == ("police_da", "requested")}


def hearing(story: Story, crn: str, day: str, **given: Any) -> None:
    listed = {
        "kind": "hearing_date_changed", "occurred_on": story.clock.at.date().isoformat(), "source": "court",
        "standing": "established", "details": "The court listed it.", "hearing_date": day, **given,
    }  # fmt: skip
    ok(story.spo.post(f"{person_at(crn)}/changes-of-circumstance", json=listed), 201)


def test_a_hearing_under_either_crn_is_when_answers_about_the_person_are_needed(story: Story) -> None:
    both(story)
    hearing(story, FIRST, "2026-03-20")
    hearing(story, SECOND, "2026-03-12")
    assert needed_by(story) == {"2026-03-20T00:00:00Z", "2026-03-12T00:00:00Z"}
    merge(story)
    assert needed_by(story) == {"2026-03-12T00:00:00Z"}
    hearing(story, FIRST, "2026-03-16", may_wait=True)
    assert needed_by(story) == {"2026-03-16T00:00:00Z"}, "on both records it is another day"


@pytest.mark.parametrize("under", [FIRST, SECOND])
def test_a_hearing_belongs_to_the_record_on_which_it_was_recorded(story: Story, under: str) -> None:
    both(story)
    before = needed_by_of(story)
    merge(story)
    story.clock.move(timedelta(hours=1))
    hearing(story, under, "2026-03-16")
    assert set(needed_by_of(story).values()) == {"2026-03-16T00:00:00Z"}
    part(story)
    assert needed_by_of(story) == before | {under: "2026-03-16T00:00:00Z"}


def test_two_people_again_have_each_the_hearing_that_was_said_of_them(story: Story) -> None:
    both(story)
    hearing(story, SECOND, "2026-03-20")
    before = needed_by_of(story)
    merge(story)
    story.clock.move(timedelta(hours=1))
    hearing(story, FIRST, "2026-03-16")
    part(story)
    assert needed_by_of(story) == before | {FIRST: "2026-03-16T00:00:00Z"}


OWN, OTHERS, LATER = "2026-03-12", "2026-03-16", "2026-03-20"


def opened(story: Story, **given: Any) -> Json:
    """Open the second case without a referral, with the numbers of the first."""
    who = {"crn": SECOND, "noms_number": NOMS, "pnc_number": PNC}
    named = {"name": {"given": "Darren", "family": "Ellershaw"}}
    case = {"because": "pre_sentence_report", "person": who | named, **given}
    case["addresses"] = second()["addresses"]
    case["household"] = second()["household"]
    return ok(colleague(story).post("/v1/people", json=case), 201)


def vacated(story: Story, crn: str) -> None:
    happened = {
        "kind": "hearing_vacated", "occurred_on": story.clock.at.date().isoformat(), "source": "court",
        "standing": "established", "details": "He pleaded guilty.", "may_wait": True,
    }  # fmt: skip
    ok(story.spo.post(f"{person_at(crn)}/changes-of-circumstance", json=happened), 201)


@pytest.mark.parametrize(
    ("keep", "own", "meanwhile", "first"),
    [
        (FIRST, OWN, [], None),
        (SECOND, OWN, [], None),
        (FIRST, OWN, [OTHERS], OTHERS),
        (SECOND, OWN, [OTHERS], OTHERS),
        (FIRST, LATER, [OTHERS], OTHERS),
        (SECOND, None, [OTHERS], OTHERS),
        (FIRST, OWN, [None], None),
        (FIRST, LATER, [LATER, OTHERS], OTHERS),
        (SECOND, None, [LATER, OTHERS], OTHERS),
    ],
)
def test_a_case_that_was_opened_keeps_its_own_hearing_after_two_people_were_one(
    story: Story, keep: str, own: str | None, meanwhile: list[str | None], first: str | None
) -> None:
    """Whatever was said of the other person's while they were; None: that it was vacated."""
    opened(story, **({"hearing_date": own} if own else {}))
    before = needed_by_of(story)
    merge(story, keep)
    for day in meanwhile:
        story.clock.move(timedelta(hours=1))
        if day:
            hearing(story, FIRST, day, may_wait=True)
        else:
            vacated(story, FIRST)
    part(story)
    assert needed_by_of(story) == {
        FIRST: f"{first}T00:00:00Z" if first else before[FIRST],
        SECOND: f"{own}T00:00:00Z" if own else None,
    }


def test_a_case_that_was_opened_keeps_its_own_hearing_under_its_first_referral_too(story: Story) -> None:
    opened(story, hearing_date=OWN)
    both(story)
    hearing(story, FIRST, OTHERS)
    merge(story)
    story.clock.move(timedelta(hours=1))
    hearing(story, FIRST, LATER, may_wait=True)
    part(story)
    assert needed_by_of(story) == {FIRST: f"{LATER}T00:00:00Z", SECOND: f"{OWN}T00:00:00Z"}


def test_what_is_said_of_its_hearing_afterwards_counts_for_a_case_that_was_opened(story: Story) -> None:
    opened(story, hearing_date=OWN)
    hearing(story, SECOND, LATER, may_wait=True)
    merge(story)
    story.clock.move(timedelta(hours=1))
    hearing(story, FIRST, OTHERS)
    part(story)
    assert needed_by_of(story) == {FIRST: f"{OTHERS}T00:00:00Z", SECOND: f"{LATER}T00:00:00Z"}


def needed_by_of(story: Story) -> dict[str, str | None]:
    """Return by when the police must answer what is asked about each record."""
    found = as_owner(
        "SELECT p.crn, r.hard_date FROM check_request r JOIN person p ON p.id = r.person_id"
        " WHERE r.kind = 'police_da' AND r.state IN ('requested', 'acknowledged')"
    )
    return {
        row["crn"]: f"{row['hard_date'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if row["hard_date"] else None
        for row in found
    }


def test_contacts_of_the_merged_record_are_proposals_to_the_one_that_stands(story: Story) -> None:
    both(story)
    merge(story)
    proposed = ok(story.practitioner.get(f"{person_at(FIRST)}/proposals"))["items"]
    names = [one["value"].get("given_name") for one in proposed if one["path"].startswith("/contacts/")]
    assert (names, clocks("proposals"), clocks("danger")) == (["Leanne"], [FIRST], [FIRST])
    part(story)
    assert ok(story.practitioner.get(f"{person_at(FIRST)}/proposals"))["items"] == []
    assert (clocks("proposals"), clocks("danger")) == ([], [])


def test_a_line_of_a_prison_under_either_number_is_about_one_person(story: Story) -> None:
    both(story)
    follow(story, line(noms_number=NOMS, as_of="2026-03-02T08:00:00Z"))
    assert outcomes() == ["unclear"], "two records have it"
    merge(story)
    (referral, *_) = ok(story.practitioner.get("/v1/referrals", mine="yes"))["items"]
    follow(story, line("2026-05-20", crn=SECOND), line("2026-05-20", noms_number=NOMS))
    assert "unclear" not in outcomes()[1:]
    assert release_date(story, referral["id"]) == "2026-05-20"


def test_merging_is_undone_and_done_again(story: Story) -> None:
    referral = both(story)
    for _ in range(2):
        merge(story)
        parted = part(story)
        assert (parted["same_as"], parted["crn"]) == (None, SECOND)
        assert ok(story.practitioner.get(person_at(FIRST)))["stands_for"] == []
    new = ok(colleague(story).post("/v1/referrals", json=second("SEC-2")), 201)
    assert new["person"]["href"] == person_at(SECOND)
    assert ok(story.spo.get(referral["href"]))["crn"] == SECOND
    assert clocks() == [], "they are said to be two"
    names = [
        row["name"]
        for row in as_owner(
            "SELECT name FROM event WHERE name LIKE 'person.merge%' AND person_id ="
            f" '{person_id(SECOND)}' ORDER BY ordinal"
        )
    ]
    assert names == ["person.merged", "person.merge_undone"] * 2
    assert as_owner(
        "SELECT d.same, d.reason FROM same_as_decision d JOIN event e ON e.id = d.event_id ORDER BY e.ordinal"
    ) == [{"same": same, "reason": REASON} for same in (True, False, True, False)]


def test_only_a_manager_decides_who_has_read_it_and_sees_both(story: Story) -> None:
    both(story)
    assert decide(story.practitioner, same=True, keep=FIRST).status_code == 403
    body = {"other": str(person_id(FIRST)), "same": True, "keep": FIRST, "reason": REASON}
    path = f"{person_at(SECOND)}/same-as"
    assert story.spo.post(path, json=body).status_code == 428
    assert story.spo.post(path, json=body, if_match='"old"').status_code == 412
    for wrong, pointer in (
        ({"other": "00000000-0000-4000-8000-000000000000"}, "/other"),
        ({"other": str(person_id(SECOND))}, "/other"),
        ({"keep": "X320799"}, "/keep"),
        ({"same": False}, "/keep"),
    ):
        answer = decide(story.spo, **({"same": True, "keep": FIRST} | wrong))
        assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_what_comes_first_is_said(story: Story) -> None:
    both(story)
    ok(
        story.practitioner.post(
            "/v1/transfers",
            json={"person_id": str(person_id(FIRST)), "to_region": "N51", "reason": "He moves."},
        ),
        201,
    )
    waits = decide(story.spo, same=True, keep=FIRST)
    assert (waits.status_code, "transfer" in waits.get_json()["detail"]) == (409, True)


def test_who_must_not_know_of_one_must_not_know_of_the_other(story: Story) -> None:
    both(story)
    exclude(story, SECOND, "r.sister")
    sister = story.cast.probation.as_practitioner("r.sister")
    assert sister.get(person_at(FIRST)).status_code == 200
    merge(story)
    assert [sister.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [404, 404]
    exclude(story, FIRST, "m.own")
    assert story.cast.probation.as_practitioner("m.own").get(person_at(SECOND)).status_code == 404
    part(story)
    assert [sister.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [404, 404]


def exclude(story: Story, crn: str, who: str) -> None:
    ok(
        story.spo.post(f"{person_at(crn)}/exclusions", json={"practitioner": who, "reason": "Family."}),
        200,
    )


def test_a_case_that_is_limited_is_limited_under_either_crn(story: Story) -> None:
    both(story)
    merge(story)
    seen = story.practitioner.get(f"{person_at(FIRST)}/access")
    ok(
        story.practitioner.post(
            f"{person_at(FIRST)}/limit", json={"reason": "Known locally."}, if_match=seen.headers["ETag"]
        )
    )
    other = story.cast.probation.as_practitioner("j.moss")
    assert [other.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [404, 404]
    assert [story.practitioner.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [200, 200]


def test_a_share_of_the_merged_record_is_one_of_the_other_until_it_is_undone(story: Story) -> None:
    both(story)
    given = {
        "organisation": "N51",
        "basis": "joint",
        "until": (story.clock.at + timedelta(days=30)).isoformat(),
        "reason": "They work on it too.",
    }
    ok(colleague(story).post(f"{person_at(SECOND)}/shares", json=given), 201)
    theirs = story.cast.stranger.as_practitioner("n.west")
    assert theirs.get(person_at(FIRST)).status_code == 404
    merge(story)
    assert theirs.get(person_at(FIRST)).status_code == 200
    part(story)
    assert [theirs.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [404, 200]


def test_a_transfer_takes_the_merged_record_along(story: Story) -> None:
    referral = both(story)
    merge(story)
    asked_for = {"person_id": str(person_id(SECOND)), "to_region": "N51", "reason": "He moves to Preston."}
    transfer = ok(story.practitioner.post("/v1/transfers", json=asked_for), 201)
    theirs = story.cast.stranger.as_practitioner("n.west", "spo", pdu="Central Lancashire")
    taken = {"action": "accept", "practitioner": "n.west", "pdu": "Central Lancashire"}
    tag = theirs.get(transfer["href"]).headers["ETag"]
    ok(theirs.post(f"{transfer['href']}/transitions", json=taken, if_match=tag))
    for crn in (FIRST, SECOND):
        assert ok(theirs.get(person_at(crn)))["region"] == "N51"
        assert story.practitioner.get(person_at(crn)).status_code == 404
    assert ok(theirs.get(referral["href"]))["practitioner"] == "n.west"


def test_who_has_left_leaves_one_case_behind_and_not_one_for_each_crn(story: Story) -> None:
    both(story)
    merge(story)
    assert leave(story, "p.shah") == 1


# Earlier numbers


def test_an_earlier_number_still_finds_the_person(story: Story) -> None:
    document = darren_and_toby()
    document["person"] |= {"noms_number": "A9999ZZ", "pnc_number": "2012/0000002B"}
    ok(amend(story.practitioner, document))
    for number, value in (("noms_number", NOMS), ("pnc_number", PNC)):
        (found,) = ok(story.practitioner.post("/v1/people/search", json={number: value}))["found"]
        assert (found["crn"], found["found_by"]) == (FIRST, f"former_{number}")
    theirs = story.cast.stranger.as_practitioner("n.west")
    assert ok(theirs.post("/v1/people/search", json={"noms_number": NOMS}))["found"] == []


def test_a_prisons_line_with_an_earlier_number_is_for_a_person_to_decide(story: Story) -> None:
    document = darren_and_toby()
    document["person"]["noms_number"] = "A9999ZZ"
    ok(amend(story.practitioner, document))
    follow(story, line(noms_number=NOMS), line(noms_number="A0000AA"))
    assert outcomes() == ["unclear"], "the other is nobody's, and nothing of it is kept"


# Four eyes


def test_a_manager_who_worked_under_the_alias_is_on_the_case(story: Story) -> None:
    """What takes four eyes takes those of somebody who submitted under neither CRN."""
    both(story)
    ok(story.spo.post("/v1/referrals", json=second("SEC-2", noms_number=NOMS, pnc_number=PNC)), 201)
    shown = ok(
        story.pdu_head.post(
            f"{person_at(FIRST)}/exclusions", json={"practitioner": "r.sister", "reason": "Family."}
        )
    )
    ending = f"{person_at(FIRST)}/exclusions/{shown['excluded'][0]['id']}/end"
    ok(decide(story.pdu_head, same=True, keep=FIRST))
    refused = story.spo.post(ending, json={"reason": "It was another."})
    assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (403, "own-case")
    other = story.cast.probation.as_practitioner("w.spo", "spo")
    ok(other.post(ending, json={"reason": "It was another."}))
