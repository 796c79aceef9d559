"""Who may answer for an escalation: whoever holds the role today, or above; others leave notes."""

from datetime import timedelta
from typing import Any

import pytest

from benchmarks.statements import watched
from service import db
from service.access.actor import Actor
from service.organisations.writes.staff import AbsenceEntry, RoleEntry, StaffEntry, enter, set_role_holder
from service.timers.delivery import deliver
from service.timers.sweep import sweep
from service.timers.working_time import ONE_DAY
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.timers.factories import Factory, all_fired, clock_of, items, stop

REGISTRAR = Actor.for_service("registration")


@pytest.fixture
def spo(cast: Cast) -> Caller:
    return cast.probation.as_practitioner("s.okafor", "spo")


def register(caller: Caller, *entries: StaffEntry) -> None:
    with db.transaction("owner") as session:
        enter(session, REGISTRAR, caller.organisation_id, entries, "register")


def colleague(caller: Caller, who: str, role: str = "spo", *, unit: str | None = None) -> Caller:
    """Register somebody as a holder of a role, and call for them."""
    since = RoleEntry(role=role, unit=unit)
    register(caller, StaffEntry(id=who, name=f"{who.title()} (test)", roles=[since]))
    return caller.as_practitioner(who, role)


def late(factory: Factory, the_clock: TheClock, **case: Any) -> dict[str, Any]:
    """Let a police check be late by one step; return where its escalation is acted on."""
    subject = factory.start(**case)
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    firing = all_fired()[subject.id][-1]
    return {"subject": subject, "path": f"/v1/escalations/{firing.id}", "id": str(firing.id)}


def listed(caller: Caller, **query: Any) -> list[str]:
    answer = caller.get("/v1/escalations", **query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.get_json()["items"]]


def test_a_strangers_acknowledgement_counts_for_nothing_and_becomes_a_note(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    found = late(factory, the_clock)
    stranger = cast.probation.as_practitioner("q.brown", pdu="Hull", name="Quentin Brown")
    refused = stranger.post(f"{found['path']}/acknowledgement")
    assert refused.status_code == 403
    assert refused.get_json()["type"].endswith("/role-required")
    note = stranger.post(f"{found['path']}/notes", json={"text": "The sergeant is on leave until Friday."})
    assert note.status_code == 201, note.text
    assert listed(spo, acknowledged="no") == [found["id"]], "the addressee still has it"
    seen = spo.post(f"{found['path']}/acknowledgement").get_json()
    assert (seen["acknowledged"]["practitioner"], seen["acknowledged"]["role"]) == ("s.okafor", "spo")
    (shown,) = seen["notes"]
    assert (shown["by"], shown["text"]) == ("Quentin Brown", "The sergeant is on leave until Friday.")
    assert cast.police.get("/v1/escalations").get_json()["items"][0]["notes"] == [], "it stays in the region"


def test_a_note_sent_twice_is_one_note(factory: Factory, spo: Caller, the_clock: TheClock) -> None:
    found = late(factory, the_clock)
    first = spo.post(f"{found['path']}/notes", json={"text": "Called."}, idempotency_key="once")
    again = spo.post(f"{found['path']}/notes", json={"text": "Called."}, idempotency_key="once")
    assert first.get_json() == again.get_json()
    (item,) = spo.get("/v1/escalations").get_json()["items"]
    assert len(item["notes"]) == 1


@pytest.mark.parametrize("role", ["pdu_head", "region", "regional_director", "head_of_public_protection"])
def test_whoever_is_above_may_acknowledge_and_it_counts_for_the_step(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock, role: str
) -> None:
    found = late(factory, the_clock)
    above = {"pdu_head": "h.grant", "region": "r.mercer", "regional_director": "d.ellis"}.get(role, "b.lowe")
    answer = cast.probation.as_practitioner(above, role).post(f"{found['path']}/acknowledgement")
    assert answer.status_code == 200, answer.text
    assert listed(spo, mine="yes", acknowledged="no") == []


def test_each_side_acknowledges_its_own_step(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    found = late(factory, the_clock)
    theirs = cast.police.post(f"{found['path']}/acknowledgement")
    assert theirs.status_code == 200, theirs.text
    assert theirs.get_json()["acknowledged"]["name"] == "West Yorkshire Police"
    assert listed(spo, acknowledged="no") == [found["id"]]
    (item,) = spo.get("/v1/escalations").get_json()["items"]
    by_side = {one["side"]: one["acknowledged"] for one in item["addressed_to"]}
    assert by_side["probation"] is None
    assert by_side["partner"]["role"] == "system"


def test_a_deputy_stands_in_for_a_holder_who_is_away(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    deputy = cast.probation.as_practitioner("t.brook", "spo")
    found = late(factory, the_clock)
    assert deputy.post(f"{found['path']}/acknowledgement").status_code == 403, "the holder is there"
    assert listed(deputy, mine="yes") == []
    away = AbsenceEntry(from_at=the_clock.at, until_at=the_clock.at + timedelta(days=5))
    register(
        cast.probation,
        StaffEntry(id="s.okafor", name="Samuel Okafor", roles=[RoleEntry(role="spo")], absences=[away]),
    )
    assert listed(deputy, mine="yes") == [found["id"]]
    assert deputy.post(f"{found['path']}/acknowledgement").status_code == 200
    assert spo.post(f"{found['path']}/acknowledgement").status_code == 403, "not today"


def test_the_holder_of_one_unit_is_not_asked_about_another(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    hull = colleague(cast.probation, "a.hull", unit="Hull")
    leeds = late(factory, the_clock)
    assert listed(hull, mine="yes") == []
    assert listed(hull) == [leeds["id"]], "of the same region: it may be looked up"
    assert hull.post(f"{leeds['path']}/acknowledgement").status_code == 403
    the_clock.set("2026-03-02T09:00Z")
    other = factory.start(pdu="Hull")
    the_clock.set("2026-03-09T18:00Z")
    sweep(the_clock.at)
    firing = all_fired()[other.id][-1]
    assert listed(hull, mine="yes") == [str(firing.id)]
    assert listed(spo, mine="yes") == [leeds["id"]]
    assert listed(spo, pdu="Hull") == [str(firing.id)]
    overdue = hull.get("/v1/overdue", mine="yes").get_json()["items"]
    assert [item["subject"]["id"] for item in overdue] == [str(other.id)]


def test_the_list_is_narrowed_to_a_role_and_to_what_is_open(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    found = late(factory, the_clock)
    assert listed(spo, role="spo") == [found["id"]]
    assert listed(spo, role="pdu_head") == []
    assert listed(cast.police, role="duty_manager") == [found["id"]]
    assert listed(spo, open="yes") == [found["id"]]
    stop(found["subject"])
    assert listed(spo, open="yes") == []
    assert listed(spo, open="no") == [found["id"]]


def test_what_is_handed_over_is_the_colleagues_too_and_the_policy_goes_on(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    found = late(factory, the_clock)
    register(cast.probation, StaffEntry(id="t.brook", name="Tess Brook"))
    brook = cast.probation.as_practitioner("t.brook")
    assert brook.post(f"{found['path']}/acknowledgement").status_code == 403
    body = {"to": "T.Brook", "reason": "She knows the sergeant."}
    handed = spo.post(f"{found['path']}/handover", json=body)
    assert handed.status_code == 200, handed.text
    (given,) = [one for one in handed.get_json()["addressed_to"] if one["handed_over"]]
    assert (given["holder"], given["name"], given["role"]) == ("t.brook", "Tess Brook", "spo")
    assert (given["handed_over"]["by"], given["handed_over"]["reason"]) == ("s.okafor", body["reason"])
    assert listed(brook, mine="yes", acknowledged="no") == [found["id"]]
    deliver(the_clock.at)
    assert [item.notice_id is not None for item in items() if item.holder == "t.brook"] == [True]
    assert brook.post(f"{found['path']}/acknowledgement").status_code == 200
    assert spo.post(f"{found['path']}/handover", json=body).status_code == 409, "she has it already"
    the_clock.set("2026-03-11T17:00Z")
    assert sweep(the_clock.at).firings == 1
    assert clock_of(found["subject"]).step == "pdu_head"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to": "nobody.at.all", "reason": "x"}, "/to"),
        ({"to": "t.brook"}, "/reason"),
        ({"reason": "x"}, "/to"),
    ],
)
def test_a_handover_to_nobody_or_for_no_reason_is_refused(
    factory: Factory, spo: Caller, the_clock: TheClock, body: dict[str, str], pointer: str
) -> None:
    found = late(factory, the_clock)
    answer = spo.post(f"{found['path']}/handover", json=body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]


def test_nothing_is_handed_over_to_who_has_left_or_is_away(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    found = late(factory, the_clock)
    before, later = the_clock.at - ONE_DAY, the_clock.at + ONE_DAY
    absent = AbsenceEntry(from_at=before, until_at=later)
    register(cast.probation, StaffEntry(id="l.gone", name="Lou Gone", ended_at=before))
    register(cast.probation, StaffEntry(id="l.away", name="Lee Away", absences=[absent]))
    register(cast.probation, StaffEntry(id="l.going", name="Lin Going", ended_at=later))
    for who, status in (("l.gone", 422), ("L.Away", 422), ("l.going", 200)):
        answer = spo.post(f"{found['path']}/handover", json={"to": who, "reason": "He knows her."})
        assert answer.status_code == status, who
        if status != 200:
            assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/to"]


def test_nobody_hands_over_what_is_not_theirs(factory: Factory, cast: Cast, the_clock: TheClock) -> None:
    found = late(factory, the_clock)
    body = {"to": "p.shah", "reason": "x"}
    path = f"{found['path']}/handover"
    assert cast.probation.as_practitioner("q.brown").post(path, json=body).status_code == 403
    assert cast.stranger.as_practitioner("k.lowe").post(path, json=body).status_code == 404
    assert cast.other_police.post(path, json=body).status_code == 404


def test_only_a_danger_is_confirmed(factory: Factory, spo: Caller, the_clock: TheClock) -> None:
    found = late(factory, the_clock)
    answer = spo.post(f"{found['path']}/confirmation", json={"done": "Seen."})
    assert answer.status_code == 409
    assert clock_of(found["subject"]).state == "running"


def test_a_repeat_waits_for_the_digest_of_the_next_morning_and_a_first_step_does_not(
    factory: Factory, the_clock: TheClock
) -> None:
    """A reminder at half of the target waits until 08:30 in the agency's calendar."""
    factory.start()
    the_clock.set("2026-03-04T13:00Z")
    assert sweep(the_clock.at).firings == 1, "the reminder to the police"
    assert deliver(the_clock.at).notices == 0
    the_clock.set("2026-03-05T08:29Z")
    assert deliver(the_clock.at).notices == 0
    the_clock.set("2026-03-05T08:30Z")
    assert deliver(the_clock.at).notices == 1


def test_fifty_repeats_of_a_day_are_one_notice_in_the_morning(factory: Factory, the_clock: TheClock) -> None:
    for number in range(50):
        factory.start(anchor=the_clock.at - timedelta(minutes=number))
    the_clock.set("2026-03-20T17:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    # The repeats of a clock come due through the afternoon of the 27th, a Friday.
    for minute in range(0, 60, 10):
        the_clock.set(f"2026-03-27T16:{minute:02}Z")
        sweep(the_clock.at)
        deliver(the_clock.at)
    the_clock.set("2026-03-27T17:00Z")
    sweep(the_clock.at)
    assert deliver(the_clock.at).notices == 0
    the_clock.set("2026-03-30T07:30Z")
    morning = deliver(the_clock.at)
    assert (morning.notices, morning.items) == (1, 50)


def test_what_is_urgent_waits_for_no_morning(factory: Factory, the_clock: TheClock) -> None:
    factory.start(urgency="urgent")
    the_clock.set("2026-03-02T13:00Z")
    assert sweep(the_clock.at).firings == 1
    assert deliver(the_clock.at).notices == 1


def test_a_role_that_changes_hands_is_answered_for_by_whoever_has_it_now(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    found = late(factory, the_clock)
    with db.transaction("owner") as session:
        set_role_holder(session, REGISTRAR, cast.probation.organisation_id, "spo", "n.ewman")
    newcomer = cast.probation.as_practitioner("n.ewman", "spo")
    assert listed(newcomer, mine="yes") == [found["id"]]
    assert newcomer.post(f"{found['path']}/acknowledgement").status_code == 200


@pytest.mark.parametrize("path", ["/v1/escalations", "/v1/overdue"])
@pytest.mark.parametrize("part", ["spo", "police"])
def test_a_longer_page_takes_no_more_statements(
    factory: Factory, cast: Cast, the_clock: TheClock, path: str, part: str
) -> None:
    spo = cast.probation.as_practitioner("s.okafor", "spo")
    for _ in range(30):
        factory.start(person_id=db.new_id())
    the_clock.set("2026-03-09T18:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    reader = spo if part == "spo" else cast.police
    sent = []
    for limit in (2, 2, 30):
        with watched() as seen:
            assert len(reader.get(path, limit=limit).get_json()["items"]) == limit
        sent.append(
            sorted(
                statement.partition(" IN (")[0][:200] for statement, _ in seen if "INSERT" not in statement
            )
        )
    assert len(sent[1]) == len(sent[2]), set(sent[2]) ^ set(sent[1])
