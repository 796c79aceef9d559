"""Whose case it is: the accountable practitioner, a caretaker for a time, the team; everything follows."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from benchmarks.statements import watched
from service import clock, db
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import EMPLOYER, NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import as_owner, give_sight
from tests.people.holdings import FOLLOWS, change, copies, expected, leave, told_of
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN = "X320741"


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case that p.shah submitted, with checks, reviews and clocks that run."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    story.report_change(CRN, "arrest")
    ok(story.practitioner.post(f"{person_at(CRN)}/disclosure-decisions", json=EMPLOYER), 201)
    return story


def holding(caller: Caller, crn: str = CRN) -> Json:
    """Read who answers for a case."""
    return ok(caller.get(f"{person_at(crn)}/holding"))


def later(**by: float) -> str:
    """Return a moment that is still to come."""
    return (clock.now() + timedelta(**by)).isoformat()


def mine(caller: Caller) -> int:
    """Return how many referrals are listed as a caller's own."""
    return len(ok(caller.get("/v1/referrals", mine="yes"))["items"])


# Reassignment


def test_who_submits_first_answers_for_the_case(story: Story) -> None:
    seen = holding(story.practitioner)
    assert (seen["held"]["practitioner"], seen["held"]["because"]) == ("p.shah", "submitted")
    assert (seen["acting"], seen["held"]["region"], seen["history"], seen["team"]) == (
        "p.shah",
        "N55",
        [],
        [],
    )


def test_who_submits_later_is_on_record_and_does_not_answer_for_the_case(story: Story) -> None:
    colleague = story.cast.probation.as_practitioner("j.moss", pdu="Bradford and Calderdale")
    referral = ok(colleague.post("/v1/referrals", json=minimal("R-2", CRN)), 201)
    assert (referral["practitioner"], mine(colleague), mine(story.practitioner)) == ("p.shah", 0, 2)
    versions = ok(colleague.get(f"{referral['href']}/versions"))["items"]
    assert [one["practitioner"] for one in versions] == ["j.moss"]


def test_a_manager_makes_another_practitioner_accountable_and_the_one_before_is_history(story: Story) -> None:
    seen = ok(change(story.spo, "holding", practitioner="N.New", pdu="Bradford and Calderdale"))
    assert (seen["held"]["practitioner"], seen["held"]["pdu"], seen["acting"]) == (
        "n.new",
        "Bradford and Calderdale",
        "n.new",
    )
    assert [one["practitioner"] for one in seen["history"]] == ["p.shah"]
    assert seen["history"][0]["ended_at"] == seen["held"]["since"]
    new = story.cast.probation.as_practitioner("n.new")
    assert (mine(new), mine(story.practitioner)) == (1, 0)
    assert len(story.told(story.practitioner, "person.reassigned")) == 1


def test_a_referral_read_after_a_reassignment_is_another_version_of_it(story: Story) -> None:
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    tag = story.practitioner.get(referral["href"]).headers["ETag"]
    ok(change(story.spo, "holding", practitioner="n.new"))
    again = story.practitioner.get(referral["href"], if_none_match=tag)
    assert (again.status_code, again.get_json()["practitioner"]) == (200, "n.new")


def test_a_case_is_in_a_delivery_unit_of_its_region(story: Story) -> None:
    """The managers of a unit that there is not are nobody, and what climbs would pass them over."""
    refused = change(story.spo, "holding", practitioner="n.new", pdu="Atlantis")
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/pdu")
    assert "Leeds" in refused.get_json()["errors"][0]["detail"]
    assert holding(story.practitioner)["held"]["pdu"] == "Leeds"


@pytest.mark.parametrize("written", ["LEEDS", "Leeds PDU", " leeds  pdu"])
def test_a_unit_is_the_same_however_a_case_system_writes_it(
    cast: Cast, the_clock: TheClock, written: str
) -> None:
    """Or what climbs would pass over the managers of the unit, who are registered for it as it is listed."""
    story = Story(cast, the_clock)
    officer = cast.probation.as_practitioner(pdu=written.strip())
    referral = ok(officer.post("/v1/referrals", json=darren_and_toby()), 201)
    assert (holding(officer)["held"]["pdu"], referral["pdu"]) == ("Leeds", "Leeds")
    assert (
        ok(change(story.spo, "holding", practitioner="n.new", pdu="wakefield pdu"))["held"]["pdu"]
        == "Wakefield"
    )
    document = darren_and_toby("U-2", crn="X320799")
    document["referrer"]["pdu"] = written.strip()
    unsaid = cast.probation.as_practitioner(pdu=None)
    assert ok(unsaid.post("/v1/referrals", json=document), 201)["pdu"] == "Leeds"


def test_a_case_stays_in_its_unit_whichever_manager_reassigns_it(story: Story) -> None:
    of_hull = story.cast.probation.as_practitioner("h.hull", "pdu_head", pdu="Hull and East Riding")
    director = story.cast.probation.as_practitioner("d.ellis", "regional_director", pdu=None)
    for manager, new in ((of_hull, "n.new"), (director, "n.next")):
        story.cast.probation.as_practitioner(new).get(person_at(CRN))
        assert ok(change(manager, "holding", practitioner=new))["held"]["pdu"] == "Leeds"


def test_a_caretaker_goes_on_when_the_unit_alone_is_another(story: Story) -> None:
    until = later(days=5)
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=until))
    renamed = ok(change(story.spo, "holding", practitioner="p.shah", pdu="Wakefield"))
    assert (renamed["held"]["pdu"], renamed["acting"]) == ("Wakefield", "c.taker")
    ended = ok(change(story.spo, "holding", practitioner="p.shah"))
    assert (ended["held"]["pdu"], ended["acting"]) == ("Wakefield", "p.shah")


def test_only_a_manager_reassigns_and_only_who_has_read_it(story: Story) -> None:
    assert change(story.practitioner, "holding", practitioner="n.new").status_code == 403
    bare = {"practitioner": "n.new"}
    assert story.spo.post(f"{person_at(CRN)}/holding", json=bare).status_code == 428
    stale = story.spo.post(f"{person_at(CRN)}/holding", json=bare, if_match='"old"')
    assert stale.status_code == 412
    refused = change(story.spo, "holding", practitioner="not an id")
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/practitioner")
    assert change(story.spo, "holding", practitioner="p.shah").status_code == 409


def test_a_reassignment_whose_answer_was_lost_is_made_once(story: Story) -> None:
    tag = story.spo.get(f"{person_at(CRN)}/holding").headers["ETag"]
    for _ in range(2):
        sent = story.spo.post(
            f"{person_at(CRN)}/holding",
            json={"practitioner": "n.new"},
            if_match=tag,
            idempotency_key="once",
        )
        assert ok(sent)["held"]["practitioner"] == "n.new"
    assert len(as_owner("SELECT 1 FROM case_holding")) == 2


def test_another_region_finds_no_case_to_change_and_one_that_may_read_it_changes_nothing(
    story: Story,
) -> None:
    stranger = story.cast.stranger.as_practitioner("x.other", "spo")
    for what, given in (("holding", {"practitioner": "x.new"}), ("team", {})):
        assert stranger.post(f"{person_at(CRN)}/{what}", json=given).status_code == 404
    assert stranger.get(f"{person_at(CRN)}/holding").status_code == 404
    give_sight(story.cast.stranger)
    assert holding(stranger)["held"]["practitioner"] == "p.shah"
    refused = change(stranger, "holding", practitioner="x.new")
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/held-elsewhere")
    for outsider in (story.cast.crs, story.cast.police):
        assert outsider.get(f"{person_at(CRN)}/holding").status_code == 403


# The property: everything that says whose a case is follows

OF_THE_PAST = {
    "change_of_circumstance": "who recorded a change, and for which region; never changed",
    "check_message": "who wrote a message",
    "check_review": "who reviewed an answer",
    "clock_firing": "whom a firing was due to be told",
    "destination_move": "who made a move",
    "disclosure_step": "who took a step of a disclosure decision",
    "escalation_handover": "who handed an escalation over",
    "escalation_note": "who left a note on an escalation",
    "step_acknowledgement": "who acknowledged a step of an escalation",
    "message": "who wrote a message",
    "referral_version": "who made a version",
    "release_arrangement": "who said how an arrangement stands",
    "review_outcome": "who completed a review",
    "review_proposal": "who proposed that nothing need change",
}
"""The tables that say who did something once, which no handing over changes."""
COLUMNS = """
    SELECT table_name, array_agg(CAST(column_name AS text)) AS columns FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name IN ('practitioner', 'probation_id')
      AND table_name NOT LIKE 'audit%' GROUP BY table_name
"""


def test_every_table_that_says_whose_a_case_is_follows_or_is_a_fact_of_the_past(story: Story) -> None:
    del story
    found = {row["table_name"]: set(row["columns"]) for row in as_owner(COLUMNS)}
    assert FOLLOWS.keys() | OF_THE_PAST.keys() == found.keys()
    assert {name: found[name] for name in FOLLOWS} == FOLLOWS


def test_whatever_says_practitioner_follows_a_reassignment(story: Story) -> None:
    assert copies() == expected(story.cast.probation, "p.shah")
    ok(change(story.spo, "holding", practitioner="n.new"))
    assert copies() == expected(story.cast.probation, "n.new")
    story.report_change(CRN, "new_relationship")
    assert copies() == expected(story.cast.probation, "n.new")


def test_no_due_time_moves_and_a_clock_that_has_stopped_says_what_it_said(story: Story) -> None:
    part = story.part(ok(story.practitioner.get("/v1/referrals"))["items"][0]["id"], "approved_premises")
    story.take_on(story.cast.ap, part["id"])
    when = "SELECT id, due_at, next_fires_at FROM clock WHERE state <> 'stopped' ORDER BY id"
    stopped = "SELECT id, practitioner FROM clock WHERE state = 'stopped' ORDER BY id"
    before = as_owner(when), as_owner(stopped)
    assert before[1]
    ok(change(story.spo, "holding", practitioner="n.new"))
    assert (as_owner(when), as_owner(stopped)) == before


def test_handing_over_costs_the_same_however_much_hangs_on_a_case(story: Story) -> None:
    def statements(who: str) -> int:
        tag = story.spo.get(f"{person_at(CRN)}/holding").headers["ETag"]
        with watched() as seen:
            given = {"practitioner": who}
            ok(story.spo.post(f"{person_at(CRN)}/holding", json=given, if_match=tag))
        return len(seen)

    statements("n.first")
    few = statements("n.new")
    for number in range(3):
        story.submit(darren_and_toby(f"MORE-{number}"))
        story.report_change(CRN, "new_relationship")
    assert statements("n.next") == few


# A caretaker


def test_a_caretaker_acts_until_a_date_and_both_see_the_case(story: Story) -> None:
    caretaker = story.cast.probation.as_practitioner("c.taker")
    seen = ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(days=10)))
    assert (seen["acting"], seen["held"]["practitioner"]) == ("c.taker", "p.shah")
    assert (mine(caretaker), mine(story.practitioner)) == (1, 1)
    story.wait(days=11)
    assert (holding(story.spo)["acting"], mine(caretaker), mine(story.practitioner)) == ("p.shah", 0, 1)


def test_a_caretaker_ends_early_and_is_replaced_by_another(story: Story) -> None:
    for who in ("c.taker", "d.second"):
        ok(change(story.spo, "caretaker", action="name", practitioner=who, until=later(days=10)))
    assert holding(story.spo)["acting"] == "d.second"
    seen = ok(change(story.spo, "caretaker", action="end"))
    assert (seen["acting"], seen["held"]["caretaker"], len(seen["history"])) == ("p.shah", None, 3)
    assert change(story.spo, "caretaker", action="end").status_code == 409


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"practitioner": "p.shah", "until": "2026-03-12T09:00:00Z"}, "/practitioner"),
        ({"practitioner": "c.taker", "until": "2026-03-02T08:00:00Z"}, "/until"),
        ({"practitioner": "c.taker", "until": "2028-03-02T08:00:00Z"}, "/until"),
        ({"practitioner": "c.taker"}, "/until"),
    ],
)
def test_a_caretaker_is_somebody_else_and_for_a_time(story: Story, given: Json, pointer: str) -> None:
    refused = change(story.spo, "caretaker", action="name", **given)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_caretaker_is_somebody_who_is_there(story: Story) -> None:
    keeper = story.cast.probation.keeper()
    entry = {"name": "Cai Taker", "absences": [{"from": "2026-03-01"}]}
    tag = keeper.get("/v1/staff/c.taker").headers["ETag"]
    ok(keeper.put("/v1/staff/c.taker", json=entry, if_match=tag))
    refused = change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(days=9))
    assert [one["pointer"] for one in ok(refused, 422)["errors"]] == ["/practitioner"]


def test_what_starts_while_a_caretaker_acts_goes_to_the_caretaker_too(story: Story) -> None:
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(days=10)))
    part = story.part(ok(story.practitioner.get("/v1/referrals"))["items"][0]["id"], "approved_premises")
    story.take_on(story.cast.ap, part["id"])
    request = story.inbox(story.cast.police)[0]
    story.answer(story.cast.police, request["id"], dict(NOTHING_KNOWN), nothing_found=True)
    story.report_change(CRN, "new_relationship")
    assert as_owner("SELECT DISTINCT caretaker FROM clock WHERE state <> 'stopped'") == [
        {"caretaker": "c.taker"}
    ]


def test_what_is_overdue_names_whoever_acts_and_how_to_reach_them(story: Story) -> None:
    until = later(days=20)
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=until))
    story.wait(days=7)
    items = ok(story.spo.get("/v1/overdue"))["items"]
    acting = {one["practitioner"] for one in items if one["subject"]["kind"] == "check_request"}
    home = {one["practitioner"] for one in items if one["subject"]["kind"] == "review"}
    assert (acting, home) == ({"c.taker"}, {"p.shah"})


def test_missing_details_are_the_caretakers_and_reviews_stay_with_the_home_practitioner(story: Story) -> None:
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(days=30)))
    story.wait(days=12)
    told = as_owner(
        "SELECT DISTINCT c.timer, n.holder FROM notice_item n JOIN clock c ON c.id = n.clock_id"
        " WHERE n.role = 'practitioner'"
    )
    assert {row["holder"] for row in told if row["timer"] == "review"} == {"p.shah"}
    assert {row["holder"] for row in told if row["timer"] == "ask"} == {"c.taker"}


def test_a_caretaker_past_the_date_is_an_obligation_of_the_spo_until_somebody_settles_it(
    story: Story,
) -> None:
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(days=4)))
    story.wait(days=3)
    assert told_of("caretaker") == []
    story.wait(days=2)
    assert told_of("caretaker") == [("spo", "s.okafor")]
    story.wait(days=7)
    assert told_of("caretaker") == [("spo", "s.okafor"), ("pdu_head", "h.grant")]
    ok(change(story.spo, "caretaker", action="end"))
    story.wait(days=30)
    assert len(told_of("caretaker")) == 2


def test_twenty_working_days_of_caretakers_climb_also_where_the_time_was_extended(story: Story) -> None:
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(days=20)))
    story.wait(days=15)
    ok(change(story.spo, "caretaker", action="name", practitioner="c.taker", until=later(days=60)))
    story.wait(days=9)
    assert told_of("cover") == []
    story.wait(days=3)
    assert told_of("cover") == [("pdu_head", "h.grant")]


# The team


def test_a_colleague_joins_the_team_and_leaves_it(story: Story) -> None:
    seen = ok(change(story.practitioner, "team", action="add", practitioner="T.Mate", part="pso"))
    assert [(one["practitioner"], one["part"]) for one in seen["team"]] == [("t.mate", "pso")]
    twice = change(story.practitioner, "team", action="add", practitioner="t.mate", part="pso")
    assert twice.status_code == 409
    seen = ok(change(story.practitioner, "team", action="end", practitioner="t.mate", part="pso"))
    assert seen["team"] == []
    gone = change(story.practitioner, "team", action="end", practitioner="t.mate", part="pso")
    assert gone.status_code == 409


# Limited access cases


@pytest.fixture
def limited(cast: Cast, the_clock: TheClock) -> Story:
    """A limited access case of p.shah's, of which e.kin must not know."""
    story = Story(cast, the_clock)
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    story.submit(document)
    with db.transaction("owner") as session:
        session.execute(
            text(
                "INSERT INTO restriction (id, person_id, organisation_id, practitioner_id, because, excluded,"
                " named_by, named_at) SELECT gen_random_uuid(), id, holder_id, 'e.kin', 'chosen', true,"
                " 'p.shah', :now FROM person"
            ),
            {"now": clock.now()},
        )
    return story


CHANGES = [
    ("holding", {}),
    ("caretaker", {"action": "name", "until": "2026-03-20T09:00:00Z"}),
    ("team", {"action": "add", "part": "co_worker"}),
]


@pytest.mark.parametrize(("what", "given"), CHANGES, ids=[what for what, _ in CHANGES])
def test_whoever_comes_to_work_on_a_limited_case_is_named_on_it(
    limited: Story, what: str, given: Json
) -> None:
    new = limited.cast.probation.as_practitioner("n.new")
    assert new.get(person_at(CRN)).status_code == 404
    ok(change(limited.spo, what, practitioner="n.new", **given))
    assert new.get(person_at(CRN)).status_code == 200
    named = as_owner("SELECT because FROM restriction WHERE practitioner_id = 'n.new'")
    assert named == [{"because": "works_on_it"}]


def test_whoever_works_on_a_limited_case_no_more_knows_of_it_no_more(limited: Story) -> None:
    until = later(days=5)
    caretaker, next_one, new = (
        limited.cast.probation.as_practitioner(who) for who in ("c.taker", "d.taker", "n.new")
    )
    assert [one.get(person_at(CRN)).status_code for one in (caretaker, next_one, new)] == [404] * 3
    ok(change(limited.spo, "caretaker", action="name", practitioner="c.taker", until=until))
    assert caretaker.get(person_at(CRN)).status_code == 200
    ok(change(limited.spo, "caretaker", action="name", practitioner="d.taker", until=until))
    assert caretaker.get(person_at(CRN)).status_code == 404
    assert next_one.get(person_at(CRN)).status_code == 200
    ok(change(limited.spo, "caretaker", action="end"))
    assert next_one.get(person_at(CRN)).status_code == 404
    ok(change(limited.spo, "holding", practitioner="n.new"))
    assert limited.practitioner.get(person_at(CRN)).status_code == 404
    assert limited.spo.get(person_at(CRN)).status_code == 200
    ended = as_owner("SELECT practitioner_id, end_reason FROM restriction WHERE ended_at IS NOT NULL")
    assert sorted(tuple(row.values()) for row in ended) == [
        ("c.taker", "caretaker_ended"),
        ("d.taker", "caretaker_ended"),
        ("p.shah", "reassigned"),
    ]


def test_whoever_is_chosen_stays_named_when_their_work_on_the_case_ends(limited: Story) -> None:
    co_worker = limited.cast.probation.as_practitioner("n.new")
    assert co_worker.get(person_at(CRN)).status_code == 404
    part = {"practitioner": "n.new", "part": "co_worker"}
    ok(change(limited.spo, "team", action="add", **part))
    body = {"practitioner": "n.new", "reason": "She knows the family."}
    named = ok(limited.practitioner.post(f"{person_at(CRN)}/named-staff", json=body))["named"]
    (one,) = (one for one in named if one["practitioner"] == "n.new")
    assert (one["because"], one["reason"]) == ("chosen", "She knows the family.")
    ok(change(limited.spo, "team", action="end", **part))
    assert co_worker.get(person_at(CRN)).status_code == 200


@pytest.mark.parametrize(("what", "given"), CHANGES, ids=[what for what, _ in CHANGES])
def test_who_is_excluded_from_a_case_cannot_come_to_work_on_it(
    limited: Story, what: str, given: Json
) -> None:
    refused = change(limited.spo, what, practitioner="E.Kin", **given)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/practitioner")
    assert as_owner("SELECT 1 FROM case_team") == []
    assert holding(limited.practitioner)["acting"] == "p.shah"


def test_a_limited_case_is_a_404_to_managers_whom_it_does_not_name(limited: Story) -> None:
    other = limited.cast.probation.as_practitioner("m.other", "spo")
    assert other.get(f"{person_at(CRN)}/holding").status_code == 404
    assert other.post(f"{person_at(CRN)}/holding", json={"practitioner": "n.new"}).status_code == 404


# Nobody home


def test_a_case_whose_practitioner_left_is_an_obligation_of_the_spo_until_it_is_reassigned(
    story: Story,
) -> None:
    assert (leave(story, "P.Shah"), leave(story, "p.shah")) == (1, 0)
    assert holding(story.spo)["ownerless"] is True
    story.wait(days=5)
    assert told_of("owner")[:2] == [("spo", "s.okafor"), ("pdu_head", "h.grant")]
    assert len(story.told(story.spo, "person.practitioner_departed")) == 1
    seen = ok(change(story.spo, "holding", practitioner="n.new"))
    assert (seen["ownerless"], seen["acting"]) == (False, "n.new")
    before = told_of("owner")
    story.wait(days=20)
    assert told_of("owner") == before
