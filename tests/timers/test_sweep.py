"""The sweep and the delivery: every missed step in order, one notice each, none after an answer."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from service import db, timers
from service.access.actor import Actor
from service.events.model import Event, FeedEntry
from service.organisations.writes.staff import set_role_holder
from service.timers import Subject, ladder, policy_versions
from service.timers.delivery import SHOWN, deliver
from service.timers.model import Clock, ClockFiring, Notice, NoticeItem
from service.timers.sweep import RETRY_AFTER, sweep
from service.timers.working_time import LONDON
from tests import rows
from tests.conftest import TheClock
from tests.timers.factories import Factory, all_clocks, all_fired, clock_of, fired, items, steps, stop


def at(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=LONDON).astimezone(UTC)


def notified(subject: Subject) -> list[tuple[Any, ...]]:
    """Return step, side, role and the vacant role, for every recipient of a subject's clocks."""
    with rows.transaction() as session:
        every = session.execute(
            select(ClockFiring.step_key, NoticeItem.side, NoticeItem.role, NoticeItem.fell_from)
            .join(NoticeItem, NoticeItem.firing_id == ClockFiring.id)
            .join(Clock, Clock.id == ClockFiring.clock_id)
            .where(Clock.subject_id == subject.id)
            .order_by(ClockFiring.ordinal, NoticeItem.side.desc(), NoticeItem.holder)
        )
        return [tuple(row) for row in every]


def notices(organisation_id: UUID | None = None) -> list[Notice]:
    with rows.transaction() as session:
        statement = select(Notice).order_by(Notice.sent_at)
        if organisation_id is not None:
            statement = statement.where(Notice.organisation_id == organisation_id)
        return list(session.scalars(statement))


def feed(organisation_id: UUID) -> list[Event]:
    with rows.transaction() as session:
        return list(
            session.scalars(
                select(Event)
                .join(FeedEntry, FeedEntry.event_id == Event.id)
                .where(FeedEntry.organisation_id == organisation_id)
                .order_by(FeedEntry.position)
            )
        )


def event_of(firing: ClockFiring) -> str:
    with rows.transaction() as session:
        return session.get_one(Event, firing.event_id).name


def dismiss(factory: Factory, part: str, *roles: str) -> None:
    """Leave roles of an organisation without anybody to hold them."""
    with db.transaction("owner") as session:
        for role in roles:
            set_role_holder(session, Actor.for_service("registration"), factory.ids[part], role)


def test_a_step_notifies_each_side_in_its_own_role(factory: Factory, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2026-03-11T17:00Z")
    sweep(the_clock.at)
    assert notified(subject) == [
        ("chaser_50", "partner", None, None),
        ("chaser_100", "partner", None, None),
        ("spo", "probation", "spo", None),
        ("spo", "partner", "duty_manager", None),
        ("pdu_head", "probation", "pdu_head", None),
        ("pdu_head", "partner", "unit_manager", None),
    ]


def test_an_unasked_question_escalates_from_the_practitioner_to_the_head_of_pdu_once_each(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start("ask")
    for _ in range(14):
        the_clock.move(timedelta(days=1))
        sweep(the_clock.at)
        deliver(the_clock.at)
    assert notified(subject) == [
        ("owner", "probation", "practitioner", None),
        ("spo", "probation", "spo", None),
        ("pdu_head", "probation", "pdu_head", None),
    ]
    assert Counter(notice.role for notice in notices()) == {"practitioner": 1, "spo": 1, "pdu_head": 1}
    assert notices(factory.ids["police"]) == [], "the agency was never asked"


def test_the_repeat_never_runs_out_while_nobody_answers(factory: Factory, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2027-03-02T09:00Z")
    sweep(the_clock.at)
    repeats = [step for step in steps(subject) if step.startswith("repeat")]
    assert repeats == [f"repeat_{number}" for number in range(1, len(repeats) + 1)]
    assert len(repeats) > 40
    next_one = clock_of(subject).next_fires_at
    assert next_one is not None
    assert next_one > the_clock.at


def test_a_repeat_is_linked_to_its_notice(factory: Factory, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2026-03-20T17:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    the_clock.set("2026-03-27T17:00Z")
    sweep(the_clock.at)
    assert clock_of(subject).step == "repeat_1"
    assert notified(subject)[-1] == ("repeat_1", "probation", "regional_director", None)
    the_clock.set("2026-03-30T07:30Z")
    deliver(the_clock.at)
    notice = notices(factory.ids["probation"])[-1]
    assert notice.role == "regional_director"
    (listed,) = feed(factory.ids["probation"])[-1].data["items"]
    assert listed["step"] == "repeat_1"
    assert listed["escalation"] == str(fired(subject)[-1].id)
    assert [item.notice_id for item in items() if item.firing_id == fired(subject)[-1].id] == [notice.id]
    assert event_of(fired(subject)[-1]) == "clock.escalated_again"


def test_a_step_nobody_holds_falls_upward_and_at_the_top_to_the_organisation(
    factory: Factory, the_clock: TheClock
) -> None:
    dismiss(factory, "probation", "spo", "pdu_head")
    dismiss(factory, "police", "duty_manager", "unit_manager", "head_of_service", "partnership_board")
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    assert notified(subject)[2:] == [
        ("spo", "probation", "region", "spo"),
        ("spo", "partner", None, "duty_manager"),
    ]
    dismiss(factory, "probation", "region", "regional_director")
    the_clock.set("2026-03-11T17:00Z")
    sweep(the_clock.at)
    assert ("pdu_head", "probation", None, "pdu_head") in notified(subject)
    deliver(the_clock.at)
    assert Counter(item.notice_id is not None for item in items()) == {True: len(items())}


def test_a_clock_without_a_responder_reminds_the_practitioner(factory: Factory, the_clock: TheClock) -> None:
    subject = factory.start(responder_id=None)
    the_clock.set("2026-03-04T13:00Z")
    sweep(the_clock.at)
    assert notified(subject) == [("chaser_50", "probation", "practitioner", None)]


def test_every_holder_of_a_role_is_notified(factory: Factory, the_clock: TheClock) -> None:
    with db.transaction("owner") as session:
        for unit, holders in {"Leeds": ("n.quayle", "o.reid"), "Hull": ("k.frost",)}.items():
            registrar = Actor.for_service("registration")
            set_role_holder(session, registrar, factory.ids["probation"], "spo", *holders, unit=unit)
    factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    assert {item.holder for item in items() if item.role == "spo"} == {"n.quayle", "o.reid"}


def test_a_firing_is_one_event_on_the_timeline_and_in_nobodys_feed(
    factory: Factory, the_clock: TheClock
) -> None:
    referral = db.new_id()
    subject = factory.start(referral_id=referral)
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    with rows.transaction() as session:
        events = session.scalars(
            select(Event).where(Event.referral_id == referral).order_by(Event.ordinal)
        ).all()
    assert [event.name for event in events] == ["clock.chased", "clock.chased", "clock.escalated"]
    assert events[-1].subject_id == subject.id
    assert events[-1].data["told"] == ["partner:duty_manager", "probation:spo"]
    assert feed(factory.ids["probation"]) == []


@pytest.mark.long
def test_the_easter_outage(factory: Factory, the_clock: TheClock) -> None:
    the_clock.set("2026-03-27T09:00Z")
    hearing = at("2026-04-08T10:00")
    subjects = [
        factory.start(urgency="urgent", anchor=the_clock.at - timedelta(days=1))
        if number % 10 == 0
        else factory.start(
            anchor=the_clock.at + timedelta(hours=number % 9), hard_date=hearing if number % 4 == 1 else None
        )
        for number in range(300)
    ]
    the_clock.set("2026-04-02T17:30Z")  # Maundy Thursday evening, the last sweep
    while sweep(the_clock.at).more:
        pass
    deliver(the_clock.at)
    before = all_fired()
    already_sent = {item.id for item in items()}
    assert deliver(the_clock.at).notices == 0

    answered = subjects[::7]
    for subject in answered:
        the_clock.set("2026-04-06T11:00Z")  # partners answer on Easter Monday; the worker is down
        stop(subject)
    the_clock.set("2026-04-07T21:00Z")  # Tuesday night
    while sweep(the_clock.at, batch=50).more:
        assert deliver(the_clock.at).waiting, "nothing is sent before everything is recorded"
    delivered = deliver(the_clock.at)

    clocks, after = all_clocks(), all_fired()
    with rows.transaction() as session:
        charted = {key: policy_versions.schedule_of(session, row) for key, row in clocks.items()}
    for subject in subjects:
        found, earlier = after[subject.id], before[subject.id]
        if subject in answered:
            assert len(found) == len(earlier), "nothing for what was answered meanwhile"
            continue
        schedule = charted[subject.id]
        planned = list(islice(ladder.firings(schedule), len(found)))
        assert [(each.step_key, each.due_at) for each in found] == [(p.key, p.due_at) for p in planned]
        missed = found[len(earlier) :]
        assert missed, "each had something falling due"
        assert all(each.late and each.fired_at == the_clock.at for each in missed)
        assert all(not each.late for each in found if each.fired_at - each.due_at <= timedelta(minutes=15))

    new = [notice for notice in notices() if notice.sent_at == the_clock.at]
    assert delivered.notices == len(new)
    assert len({(n.organisation_id, n.role, n.holder) for n in new}) == len(new), (
        "one notice for each recipient"
    )
    waiting = [item for item in items() if item.id not in already_sent]
    assert sum(notice.items for notice in new) == len(waiting)
    assert all(item.notice_id is not None for item in waiting)
    for event in feed(factory.ids["probation"]):
        shown = [item["urgent"] for item in event.data["items"]]
        assert shown == sorted(shown, reverse=True), "urgent first"
        assert len(shown) == min(event.data["count"], SHOWN)
    assert sweep(the_clock.at).firings == deliver(the_clock.at).notices == 0, "nothing twice"


def test_recipients_with_urgent_items_are_notified_first(factory: Factory, the_clock: TheClock) -> None:
    factory.start("ask", practitioner="p.routine")
    the_clock.set("2026-03-02T12:00Z")
    factory.start("ask", practitioner="p.urgent", urgency="urgent")
    the_clock.set("2026-03-04T12:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    first = feed(factory.ids["probation"])[0]
    assert first.data["urgent"]


def test_delivery_drops_items_that_were_answered_meanwhile(factory: Factory, the_clock: TheClock) -> None:
    answered, open_one = factory.start(), factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    stop(answered)
    delivered = deliver(the_clock.at)
    assert delivered.dropped == 4
    for part in ("probation", "police"):
        for event in feed(factory.ids[part]):
            assert {item["subject_id"] for item in event.data["items"]} == {str(open_one.id)}


def test_a_notice_carries_codes_and_identifiers_and_nobodys_name(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start(practitioner="p.shah")
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    (event,) = feed(factory.ids["probation"])
    assert event.name == "escalation.notified"
    assert event.data == {
        "role": "spo",
        "urgent": False,
        "count": 1,
        "items": [
            {
                "escalation": str(fired(subject)[-1].id),
                "clock": str(clock_of(subject).id),
                "subject_kind": "check_request",
                "subject_id": str(subject.id),
                "step": "spo",
                "due_at": "2026-03-09T17:00:00+00:00",
                "late": False,
                "urgent": False,
            }
        ],
    }


def test_what_comes_later_goes_in_a_notice_of_its_own(factory: Factory, the_clock: TheClock) -> None:
    factory.start()
    for moment in ("2026-03-09T17:00Z", "2026-03-11T17:00Z"):
        the_clock.set(moment)
        sweep(the_clock.at)
        deliver(the_clock.at)
    assert [n.role for n in notices(factory.ids["probation"])] == ["spo", "pdu_head"]


def test_a_clock_that_cannot_be_fired_holds_up_no_other_and_is_tried_again(
    factory: Factory, the_clock: TheClock
) -> None:
    broken = factory.start()
    the_clock.move(timedelta(hours=1))
    sound = factory.start()
    with db.transaction("owner") as session:
        session.execute(
            text(
                "INSERT INTO policy SELECT gen_random_uuid(), key, NULL, 2, '{}', published_at FROM policy"
                " WHERE key = 'police_da.trial'"
            )
        )
        session.execute(text("ALTER TABLE clock DISABLE TRIGGER USER"))
        session.execute(
            text(
                "UPDATE clock SET policy_id = (SELECT id FROM policy WHERE version = 2)"
                " WHERE subject_id = :id"
            ),
            {"id": broken.id},
        )
    the_clock.set("2026-03-10T12:00Z")
    swept = sweep(the_clock.at)
    assert (swept.faulted, swept.clocks) == (1, 1)
    assert steps(sound) == ["chaser_50", "chaser_100", "spo"]
    assert clock_of(broken).faulted_at == the_clock.at
    assert not deliver(the_clock.at).waiting, "the sound ones are delivered"
    assert sweep(the_clock.at).faulted == 0
    the_clock.move(RETRY_AFTER)
    assert sweep(the_clock.at).faulted == 1


def test_a_clock_that_is_mended_fires_what_it_missed_and_is_no_longer_marked(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-10T12:00Z")
    with db.transaction("worker") as session:
        session.execute(update(Clock).values(faulted_at=the_clock.at))
    assert sweep(the_clock.at).clocks == 0, "it is not tried again at once"
    the_clock.move(RETRY_AFTER)
    assert sweep(the_clock.at).clocks == 1
    assert steps(subject) == ["chaser_50", "chaser_100", "spo"]
    assert clock_of(subject).faulted_at is None
    the_clock.set("2026-03-11T17:00Z")
    assert sweep(the_clock.at).clocks == 1, "the next one is on time"


def test_a_long_silence_is_recorded_in_several_short_transactions(
    factory: Factory, the_clock: TheClock
) -> None:
    hourly = {
        "key": "hourly",
        "answer": {
            "target": "1wh",
            "steps": [{"key": "spo", "at": "T", "probation": "spo"}],
            "tail": {"every": "1wh", "to": "spo"},
        },
    }
    with db.transaction("owner") as session:
        timers.publish_policies(session, [hourly])
    subject = factory.start(policy="hourly")
    the_clock.set("2026-04-02T17:00Z")
    swept = sweep(the_clock.at)
    assert swept.clocks > 1
    assert swept.firings == len(steps(subject)) == 192
    assert [firing.ordinal for firing in fired(subject)] == list(range(1, 193))
