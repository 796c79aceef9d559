"""A region reads policies, drafts and publishes overrides, and moves its clocks onto them, over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from service import db, timers
from service.timers.sweep import sweep
from tests import rows
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, ok
from tests.people.factories import as_owner
from tests.timers.factories import Factory, clock_of, fired, steps

TRIAL = "/v1/policies/police_da.trial"
SOONER: Json = {"answer": {"targets": {"routine": "2wd"}}}
QUICK: Json = {
    "answer": {
        "targets": {"routine": "1wd", "urgent": "4wh"},
        "reminders": ["80%"],
        "steps": [{"key": "spo", "at": "T"}, {"key": "director", "at": "T+8wd"}],
    }
}


@pytest.fixture
def head(cast: Cast) -> Caller:
    """The head of public protection of the region."""
    return cast.probation.as_practitioner("h.lee", "head_of_public_protection")


def publish(caller: Caller, figures: Json, **more: Any) -> Json:
    body = {"figures": figures, "reason": "Agreed with the force.", **more}
    published: Json = ok(caller.post(f"{TRIAL}/versions", json=body), 201)
    return published


def apply(caller: Caller, number: int, **more: Any) -> Json:
    body = {"reason": "The agreement begins today.", **more}
    applied: Json = ok(caller.post(f"{TRIAL}/versions/{number}/application", json=body))
    return applied


def test_a_version_says_in_words_when_an_answer_is_due_and_who_is_notified(
    factory: Factory, head: Caller
) -> None:
    found = ok(head.get(TRIAL))
    assert found["allowed_transitions"] == ["dry_run", "publish"]
    (general,) = found["in_force"]
    assert (general["version"], general["scope"], general["state"]) == (1, "everybody", "in_force")
    answer = general["answer"]
    assert answer["targets"] == [
        {"urgency": "routine", "target": "5wd", "words": "5 working days"},
        {"urgency": "urgent", "target": "1wd", "words": "1 working day"},
    ]
    assert answer["reminders"][0] == {"at": "50%", "words": "a reminder after 50% of the time"}
    assert answer["steps"][1] == {
        "key": "pdu_head",
        "at": "T+3wd",
        "words": "3 working days after the target",
        "notifies": [
            {"side": "probation", "role": "pdu_head", "words": "the head of the probation delivery unit"},
            {"side": "partner", "role": "unit_manager", "words": "the manager of the unit"},
        ],
    }
    assert answer["repeat"]["words"] == "every 5 working days after the last step, until there is an answer"
    assert general["ask"]["steps"][0]["words"] == "when the target passes"
    assert general["pause"]["words"] == "The clock stops for at most 5 working days in all."


def test_policies_are_listed_by_key_with_their_overrides(factory: Factory, head: Caller) -> None:
    publish(head, SOONER)
    first = ok(head.get("/v1/policies", limit=2))
    every = ok(head.get("/v1/policies", limit=500))["items"]
    assert [one["key"] for one in every] == sorted(one["key"] for one in every)
    onward = ok(head.get("/v1/policies", limit=2, after=first["next"]))["items"]
    assert first["items"] + onward == every[:4]
    (trial,) = [one for one in every if one["key"] == "police_da.trial"]
    assert (trial["version"], trial["overrides"], trial["href"]) == (1, 1, TRIAL)


def test_clocks_that_start_in_the_region_start_with_its_override(
    factory: Factory, head: Caller, the_clock: TheClock
) -> None:
    before = factory.start()
    version = publish(head, SOONER)
    assert (version["scope"], version["area"], version["published_by"]) == ("region", "N55", "h.lee")
    started = clock_of(factory.start())
    assert started.due_at == the_clock.at.replace(day=3, hour=17)
    assert clock_of(before).due_at == the_clock.at.replace(day=6, hour=17), (
        "a running clock keeps its version"
    )
    elsewhere = factory.start(probation_id=factory.ids["stranger"])
    assert clock_of(elsewhere).due_at == the_clock.at.replace(day=6, hour=17)


def test_the_narrowest_version_that_fits_governs(factory: Factory, head: Caller, the_clock: TheClock) -> None:
    publish(head, SOONER)
    police = str(factory.ids["police"])
    version = publish(head, {"answer": {"targets": {"routine": "3wd"}}}, responder_id=police)
    assert version["scope"] == "responder_in_region"
    assert clock_of(factory.start()).due_at == the_clock.at.replace(day=4, hour=17)
    other = factory.start(responder_id=factory.ids["other_police"])
    assert clock_of(other).due_at == the_clock.at.replace(day=3, hour=17)
    seen = ok(head.get(TRIAL))["in_force"]
    assert [one["scope"] for one in seen] == ["everybody", "region", "responder_in_region"]


def test_a_version_begins_and_ends_when_it_says(factory: Factory, head: Caller, the_clock: TheClock) -> None:
    begins, ends = the_clock.at + timedelta(days=7), the_clock.at + timedelta(days=14)
    number = publish(head, SOONER, valid_from=begins.isoformat(), valid_until=ends.isoformat())["version"]
    where = f"{TRIAL}/versions/{number}"
    due = the_clock.at.replace(hour=17)
    for day, state, target in ((0, "planned", 6), (7, "in_force", 10), (14, "ended", 20)):
        the_clock.set(due.replace(hour=9) + timedelta(days=day))
        assert ok(head.get(where))["state"] == state
        assert clock_of(factory.start()).due_at == due.replace(day=target)


def test_a_later_version_for_the_same_replaces_the_one_before(factory: Factory, head: Caller) -> None:
    first, second = publish(head, SOONER)["version"], publish(head, QUICK)["version"]
    listed = ok(head.get(f"{TRIAL}/versions"))["items"]
    assert [(one["version"], one["state"]) for one in listed] == [
        (second, "in_force"),
        (first, "replaced"),
        (1, "in_force"),
    ]
    page = ok(head.get(f"{TRIAL}/versions", limit=1))
    rest = ok(head.get(f"{TRIAL}/versions", limit=5, after=page["next"]))["items"]
    assert page["items"] + rest == listed


@pytest.mark.parametrize("role", ["practitioner", "spo", "pdu_head"])
def test_only_those_who_answer_for_the_region_publish_and_apply(
    factory: Factory, cast: Cast, head: Caller, role: str
) -> None:
    number = publish(head, SOONER)["version"]
    other = cast.probation.as_practitioner("o.ther", role)
    refused = [
        other.post(f"{TRIAL}/versions", json={"figures": SOONER, "reason": "x"}),
        other.post(f"{TRIAL}/versions/{number}/application", json={"reason": "x"}),
    ]
    assert [one.get_json()["type"] for one in refused] == ["/problems/role-required"] * 2
    allowed = 403 if role == "practitioner" else 200
    assert other.get(TRIAL).status_code == allowed
    assert other.post(f"{TRIAL}/dry-run", json={"figures": SOONER}).status_code == allowed


@pytest.fixture
def operator(cast: Cast) -> Caller:
    """An operator of an administration."""
    return cast.administration.as_practitioner("o.reid", "operator", pdu=None)


def test_an_administration_publishes_what_was_agreed_for_a_responder_or_a_region(
    factory: Factory, cast: Cast, head: Caller, operator: Caller, the_clock: TheClock
) -> None:
    force = str(factory.ids["police"])
    everywhere = publish(operator, SOONER, responder_id=force)
    assert (everywhere["scope"], everywhere["published_by"]) == ("responder", "o.reid")
    assert everywhere["allowed_transitions"] == []
    for region in ("probation", "stranger"):
        started = clock_of(factory.start(probation_id=factory.ids[region]))
        assert started.due_at == the_clock.at.replace(day=3, hour=17)
    regional = publish(operator, QUICK, area="N55", responder_id=force)
    assert (regional["scope"], regional["area"]) == ("responder_in_region", "N55")
    seen = ok(head.get(f"{TRIAL}/versions/{regional['version']}"))
    assert seen["reason"] == "Agreed with the force."
    told = [
        one for one in ok(head.get("/v1/events", limit=500))["items"] if one["event"] == "policy.published"
    ]
    assert len(told) == 1, "the region whose clocks it is for finds it in its feed"
    (entry,) = as_owner(
        "SELECT body FROM audit_entry WHERE practitioner_id = 'o.reid' AND verb = 'key_event'"
        f" AND strpos(body, '{head.organisation_id}') = 0 ORDER BY recorded_at DESC LIMIT 1"
    )
    assert '"role":"operator"' in entry["body"].replace(" ", "")


@pytest.mark.parametrize(
    ("scope", "pointer"),
    [
        ({}, "/area"),
        ({"area": "N99"}, "/area"),
        ({"area": "N51", "responder_id": str(uuid4())}, "/responder_id"),
    ],
)
def test_an_administration_names_whom_an_override_is_for(
    factory: Factory, operator: Caller, scope: Json, pointer: str
) -> None:
    answer = operator.post(f"{TRIAL}/versions", json={"figures": SOONER, "reason": "x", **scope})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.get_json()["errors"]] == [pointer]


def test_a_region_publishes_for_no_other(factory: Factory, head: Caller) -> None:
    own = publish(head, SOONER, area="N55")
    assert own["area"] == "N55"
    answer = head.post(f"{TRIAL}/versions", json={"figures": SOONER, "reason": "x", "area": "N51"})
    assert answer.get_json()["errors"] == [{"pointer": "/area", "detail": "Must be your own region."}]


def test_an_administration_sees_and_moves_no_clock(
    factory: Factory, operator: Caller, the_clock: TheClock
) -> None:
    before = factory.start()
    number = publish(operator, SOONER, area="N55")["version"]
    for path, body in (
        (f"{TRIAL}/versions/{number}/application", {"reason": "x"}),
        (f"{TRIAL}/dry-run", {"figures": SOONER}),
    ):
        assert operator.post(path, json=body).get_json()["type"] == "/problems/insufficient-scope"
    assert clock_of(before).due_at == the_clock.at.replace(day=6, hour=17)
    assert clock_of(factory.start()).due_at == the_clock.at.replace(day=3, hour=17)


def test_a_registrar_reads_policies_and_decides_none(factory: Factory, cast: Cast) -> None:
    registrar = cast.administration.as_practitioner("m.okonkwo", "registrar", pdu=None)
    assert ok(registrar.get(TRIAL))["allowed_transitions"] == []
    body = {"figures": SOONER, "reason": "x", "area": "N55"}
    assert registrar.post(f"{TRIAL}/versions", json=body).get_json()["type"] == "/problems/role-required"


def test_another_region_knows_nothing_of_an_override(factory: Factory, cast: Cast, head: Caller) -> None:
    number = publish(head, SOONER)["version"]
    stranger = cast.stranger.as_practitioner("m.osei", "regional_director")
    assert [one["version"] for one in ok(stranger.get(TRIAL))["in_force"]] == [1]
    assert [one["version"] for one in ok(stranger.get(f"{TRIAL}/versions"))["items"]] == [1]
    assert stranger.get(f"{TRIAL}/versions/{number}").status_code == 404
    applied = stranger.post(f"{TRIAL}/versions/{number}/application", json={"reason": "x"})
    assert applied.status_code == 404


def test_the_responder_reads_what_says_how_soon_it_must_answer(
    factory: Factory, cast: Cast, head: Caller
) -> None:
    version = publish(head, QUICK, responder_id=str(factory.ids["police"]))["version"]
    seen = ok(cast.police.get(f"{TRIAL}/versions/{version}"))
    assert seen["answer"]["targets"][0]["words"] == "1 working day"
    assert {role["side"] for step in seen["answer"]["steps"] for role in step["notifies"]} == {"partner"}
    assert seen["ask"] is None
    assert "reason" not in seen
    assert "published_by" not in seen
    assert seen["allowed_transitions"] == []
    assert cast.other_police.get(f"{TRIAL}/versions/{version}").status_code == 404
    assert cast.police.get("/v1/policies/review.due").status_code == 404, "it runs inside probation"
    assert cast.police.post(f"{TRIAL}/versions", json={}).status_code == 403
    assert cast.oversight.get(TRIAL).status_code == 403


OF_EVERY_DESTINATION = (
    "change.acknowledgement",
    "decision.put_off",
    "destination.silence",
    "withdrawal.confirmation",
    "placement.arrival_unrecorded",
)
CONCERNED: dict[str, set[str]] = {
    "police": {"police_da.allocation"},
    "council": {"childrens_safeguarding.allocation"},
    "cas3": {"cas3.decision", "placement.cas3_end", "danger.reported", *OF_EVERY_DESTINATION},
    "mappa": {"mappa.screening", "move_on.agreement", "danger.reported", *OF_EVERY_DESTINATION},
}


@pytest.mark.parametrize("reader", CONCERNED)
def test_an_organisation_reads_the_policies_by_which_one_of_its_kind_is_asked(
    cast: Cast, head: Caller, reader: str
) -> None:
    caller: Caller = getattr(cast, reader)
    every = {one["key"] for one in ok(head.get("/v1/policies", limit=500))["items"]}
    listed = {one["key"] for one in ok(caller.get("/v1/policies", limit=500))["items"]}
    assert listed == CONCERNED[reader]
    for key in every:
        found = caller.get(f"/v1/policies/{key}").status_code
        assert found == (200 if key in listed else 404), key


def test_the_responder_is_notified_of_its_targets(factory: Factory, cast: Cast, head: Caller) -> None:
    version = publish(head, QUICK, responder_id=str(factory.ids["police"]))
    for caller in (cast.police, cast.probation):
        events = ok(caller.get("/v1/events"))["items"]
        (told,) = [one for one in events if one["event"] == "policy.published"]
        assert told["data"] == {
            "key": "police_da.trial",
            "area": "N55",
            "valid_from": version["valid_from"].replace("Z", "+00:00"),
        }
    others = ok(cast.other_police.get("/v1/events"))["items"]
    assert [one for one in others if one["event"] == "policy.published"] == []


FAULTS = [
    ({"figures": {}}, "/figures"),
    ({"figures": {"answer": {"targets": {}}}}, "/figures"),
    ({"figures": {"answer": {"targets": {"urgent": "60wd"}}}}, "/figures/answer/targets/urgent"),
    ({"figures": {"review": {}}}, "/figures/review"),
    ({"figures": {"answer": {"steps": [{"key": "mayor", "at": "T"}]}}}, "/figures/answer/steps/0/key"),
    ({"figures": {"answer": {"tail": {"every": "1wd"}}}}, "/figures/answer/tail"),
    ({"figures": SOONER, "pause": {"on": []}}, "/pause"),
    ({"figures": SOONER, "valid_from": "2026-03-01T09:00:00Z"}, "/valid_from"),
    ({"figures": SOONER, "valid_until": "2026-03-01T09:00:00Z"}, "/valid_until"),
    ({"figures": SOONER, "responder_id": str(uuid4())}, "/responder_id"),
    ({"figures": SOONER, "reason": ""}, "/reason"),
]


@pytest.mark.parametrize(("draft", "pointer"), FAULTS)
def test_a_draft_is_refused_with_the_place_of_its_fault(
    factory: Factory, head: Caller, draft: Json, pointer: str
) -> None:
    refused = head.post(f"{TRIAL}/versions", json={"reason": "Agreed.", **draft})
    assert refused.status_code == 422, refused.text
    assert [fault["pointer"] for fault in refused.get_json()["errors"]] == [pointer]


def test_a_region_is_no_responder(factory: Factory, head: Caller) -> None:
    body = {"figures": SOONER, "reason": "x", "responder_id": str(factory.ids["stranger"])}
    assert head.post(f"{TRIAL}/versions", json=body).status_code == 422
    inside = {**body, "responder_id": str(factory.ids["police"])}
    refused = head.post("/v1/policies/review.due/versions", json=inside)
    assert refused.get_json()["errors"][0]["pointer"] == "/responder_id"


def test_a_repeated_call_publishes_and_moves_once(factory: Factory, head: Caller) -> None:
    factory.start()
    body = {"figures": SOONER, "reason": "Agreed."}
    first, again = (
        head.post(f"{TRIAL}/versions", json=body, idempotency_key="publish-once").get_json() for _ in range(2)
    )
    assert first == again
    assert len(ok(head.get(f"{TRIAL}/versions"))["items"]) == 2
    where = f"{TRIAL}/versions/{first['version']}/application"
    moved, as_before = (
        ok(head.post(where, json={"reason": "Now."}, idempotency_key="apply-once")) for _ in range(2)
    )
    assert moved == as_before
    assert moved["moved"] == 1
    assert as_owner("SELECT count(*) AS n FROM policy_application") == [{"n": 1}]


def test_a_dry_run_says_what_would_fire_when_and_for_whom_and_changes_nothing(
    factory: Factory, head: Caller, the_clock: TheClock
) -> None:
    subject = factory.start()
    factory.start("ask", subject=subject)
    factory.start(pdu="Hull")
    factory.start(probation_id=factory.ids["stranger"])
    the_clock.set("2026-03-05T12:00Z")
    sweep(the_clock.at)
    before = as_owner("SELECT * FROM clock ORDER BY id")
    found = ok(head.post(f"{TRIAL}/dry-run", json={"figures": QUICK}))
    assert len(found["clocks"]) == 3, "those of the region"
    (mine,) = [
        one for one in found["clocks"] if (one["subject_id"], one["timer"]) == (str(subject.id), "answer")
    ]
    assert mine["due_at"] == "2026-03-06T17:00:00Z"
    assert mine["new_due_at"] == "2026-03-02T17:00:00Z"
    assert mine["next_firing"]["step"] == "chaser_100"
    assert mine["at_once"] == ["chaser_80", "spo"]
    assert [one["step"] for one in mine["fires_at_once"]] == mine["at_once"]
    assert {one["role"] for one in mine["fires_at_once"][1]["notifies"]} == {"spo", "duty_manager"}
    assert mine["new_next_firing"] == {
        "step": "chaser_80",
        "due_at": "2026-03-02T15:24:00Z",
        "notifies": [{"side": "partner", "role": None, "words": "the organisation"}],
    }
    assert found["steps"] == [
        {"step": "chaser_80", "next_for": 2, "at_once": 2},
        {"step": "pdu_head", "next_for": 1, "at_once": 0},
        {"step": "spo", "next_for": 0, "at_once": 2},
    ]
    assert found["units"] == [
        {"pdu": "Hull", "clocks": 1, "earlier": 1, "later": 0},
        {"pdu": "Leeds", "clocks": 2, "earlier": 1, "later": 0},
    ]
    assert as_owner("SELECT * FROM clock ORDER BY id") == before
    assert "p.shah" not in str(found)


def test_a_dry_run_reads_a_page_at_a_time(factory: Factory, head: Caller) -> None:
    for _ in range(3):
        factory.start()
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        found = ok(
            head.post(f"{TRIAL}/dry-run", json={"figures": SOONER}, query_string={"limit": 2, **after})
        )
        seen += [one["clock_id"] for one in found["clocks"]]
        if found["after"] is None:
            break
        after = {"after": found["after"]}
    assert len(seen) == len(set(seen)) == 3


def test_what_a_dry_run_says_is_what_a_move_does(factory: Factory, head: Caller, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T12:00Z")
    sweep(the_clock.at)
    (planned,) = ok(head.post(f"{TRIAL}/dry-run", json={"figures": QUICK}))["clocks"]
    number = publish(head, QUICK)["version"]
    assert apply(head, number)["moved"] == 1
    row = clock_of(subject)
    assert (row.next_step, row.due_at.isoformat()) == (
        planned["new_next_firing"]["step"],
        planned["new_due_at"].replace("Z", "+00:00"),
    )
    before = steps(subject)
    sweep(the_clock.at)
    assert steps(subject) == [*before, *planned["at_once"]]
    assert [firing.late for firing in fired(subject)[len(before) :]] == [True] * len(planned["at_once"])
    sweep(the_clock.at)
    assert len(steps(subject)) == len(set(steps(subject)))


def test_clocks_are_moved_a_batch_at_a_time(
    factory: Factory, head: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.timers.versions.actions.BATCH", 2)
    subjects = [factory.start() for _ in range(3)]
    number = publish(head, SOONER)["version"]
    assert (apply(head, number)["moved"], apply(head, number)["moved"]) == (2, 1)
    assert {clock_of(one).moved_onto_id for one in subjects} == {clock_of(subjects[0]).moved_onto_id}
    assert apply(head, number) | {"id": "", "applied_at": ""} == {
        "id": "",
        "key": "police_da.trial",
        "version": number,
        "moved": 0,
        "more": False,
        "applied_by": "h.lee",
        "applied_at": "",
        "reason": "The agreement begins today.",
    }


def test_only_the_named_clocks_are_moved(factory: Factory, head: Caller) -> None:
    one, other = factory.start(), factory.start()
    number = publish(head, SOONER)["version"]
    assert apply(head, number, clocks=[str(clock_of(one).id)])["moved"] == 1
    assert clock_of(other).moved_onto_id is None
    elsewhere = clock_of(factory.start(probation_id=factory.ids["stranger"])).id
    named = [str(clock_of(other).id), str(elsewhere), str(clock_of(one).id)]
    refused = head.post(f"{TRIAL}/versions/{number}/application", json={"reason": "x", "clocks": named})
    assert [fault["pointer"] for fault in refused.get_json()["errors"]] == ["/clocks/1", "/clocks/2"]
    assert clock_of(other).moved_onto_id is None, "nothing is moved when one is refused"


def test_what_goes_by_a_version_for_fewer_is_moved_only_by_name(factory: Factory, head: Caller) -> None:
    publish(head, SOONER, responder_id=str(factory.ids["police"]))
    subject = factory.start()
    number = publish(head, QUICK)["version"]
    assert apply(head, number)["moved"] == 0
    assert apply(head, number, clocks=[str(clock_of(subject).id)])["moved"] == 1


def test_a_version_for_one_responder_moves_only_what_that_responder_must_answer(
    factory: Factory, head: Caller
) -> None:
    police, other = factory.start(), factory.start(responder_id=factory.ids["other_police"])
    number = publish(head, SOONER, responder_id=str(factory.ids["police"]))["version"]
    assert apply(head, number)["moved"] == 1
    assert clock_of(police).moved_onto_id is not None
    assert clock_of(other).moved_onto_id is None


def test_clocks_are_moved_only_onto_a_version_in_force(
    factory: Factory, head: Caller, the_clock: TheClock
) -> None:
    later = (the_clock.at + timedelta(days=3)).isoformat()
    number = publish(head, SOONER, valid_from=later)["version"]
    refused = head.post(f"{TRIAL}/versions/{number}/application", json={"reason": "x"})
    assert (refused.status_code, refused.get_json()["state"]) == (409, "planned")


def test_a_clock_can_be_moved_back(factory: Factory, head: Caller, the_clock: TheClock) -> None:
    subject = factory.start()
    number = publish(head, SOONER)["version"]
    apply(head, number)
    assert apply(head, 1, clocks=[str(clock_of(subject).id)])["moved"] == 1
    assert clock_of(subject).due_at == the_clock.at.replace(day=6, hour=17)
    assert [turn["kind"] for turn in clock_of(subject).changes] == ["moved", "moved"]


def test_a_stopped_clock_is_not_moved(factory: Factory, head: Caller) -> None:
    subject = factory.start()
    with rows.transaction() as session:
        timers.stop(session, subject, "answered")
    number = publish(head, SOONER)["version"]
    assert apply(head, number)["moved"] == 0
    assert clock_of(subject).moved_onto_id is None


def test_what_somebody_else_is_changing_is_left_for_the_next_call(factory: Factory, head: Caller) -> None:
    subject = factory.start()
    number = publish(head, SOONER)["version"]
    with db.transaction("worker") as session:
        session.execute(text("SELECT id FROM clock FOR UPDATE"))
        first = apply(head, number)
    assert (first["moved"], first["more"]) == (0, True)
    assert apply(head, number)["moved"] == 1
    assert clock_of(subject).moved_onto_id is not None


def test_a_move_is_on_the_timeline_and_on_the_trail(factory: Factory, head: Caller) -> None:
    subject = factory.start()
    number = publish(head, SOONER)["version"]
    apply(head, number)
    (event,) = as_owner("SELECT * FROM event WHERE name = 'clock.moved'")
    assert event["subject_id"] == subject.id
    assert event["data"] == {
        "clock": str(clock_of(subject).id),
        "timer": "answer",
        "policy": "police_da.trial",
        "policy_version": number,
        "due_at": "2026-03-03T17:00:00+00:00",
    }
    entries = as_owner("SELECT body FROM audit_entry WHERE practitioner_id = 'h.lee' AND verb <> 'sign_in'")
    said = " ".join(entry["body"] for entry in entries)
    assert '"reason":"published"' in said
    assert '"reason":"applied"' in said
    assert '"fields":["policy"]' in said
    assert "Agreed with the force" not in said
