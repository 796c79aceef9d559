"""What supervisors and partners see of what is late, over HTTP, each its own and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from service import db
from service.audit.model import AuditEntry
from service.events.model import Event
from service.timers import Subject
from service.timers.delivery import deliver
from service.timers.sweep import sweep
from tests import rows
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.timers.factories import Factory, fired, stop


@pytest.fixture
def spo(cast: Cast) -> Caller:
    """A senior probation officer of the region whose cases they are."""
    return cast.probation.as_practitioner("s.okafor", "spo")


def overdue(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get("/v1/overdue", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def escalations(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get("/v1/escalations", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def test_a_supervisor_sees_what_is_overdue_the_longest_first(
    factory: Factory, spo: Caller, the_clock: TheClock
) -> None:
    later = factory.start(anchor=the_clock.at + timedelta(hours=3))
    first = factory.start()
    waiting = Subject("destination_referral", db.new_id())
    factory.start("update", policy="destination.silence", subject=waiting)
    the_clock.set("2026-03-10T09:00Z")
    sweep(the_clock.at)
    found = overdue(spo)
    assert [item["subject"]["id"] for item in found] == [str(first.id), str(later.id)]
    assert found[0] == {
        "id": found[0]["id"],
        "subject": {
            "kind": "check_request",
            "id": str(first.id),
            "href": f"/v1/check-requests/{first.id}",
        },
        "timer": "answer",
        "label": "police_da",
        "about": "The agency must answer the check.",
        "person": None,
        "waits_for": {
            "id": str(factory.ids["police"]),
            "kind": "police_force",
            "name": "West Yorkshire Police",
        },
        # The register has no phone of theirs: it is that of the region.
        "practitioner_contact": {"name": "p.shah", "phone": "0113 496 0000"},
        "kind": "answer_check",
        "owner": {"side": "partner", "role": None},
        "with": None,
        "other_party": found[0]["other_party"],
        "move": None,
        "to_acknowledge": found[0]["to_acknowledge"],
        "carried_over": False,
        "overdue": True,
        "state": "running",
        "urgency": "routine",
        "due_at": "2026-03-06T17:00:00Z",
        "exposed_since": "2026-03-02T09:00:00Z",
        "waiting_for": str(factory.ids["police"]),
        "step": "spo",
        "next_fires_at": "2026-03-11T17:00:00Z",
        "referral_id": None,
        "practitioner": "p.shah",
        "pdu": "Leeds",
        "allowed_transitions": [],
    }


def test_what_is_answered_is_overdue_no_longer(factory: Factory, spo: Caller, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2026-03-10T09:00Z")
    stop(subject)
    assert overdue(spo) == []


def test_a_supervisor_can_look_at_one_delivery_unit(
    factory: Factory, spo: Caller, the_clock: TheClock
) -> None:
    factory.start()
    hull = factory.start(pdu="Hull")
    the_clock.set("2026-03-10T09:00Z")
    assert [item["subject"]["id"] for item in overdue(spo, pdu="Hull")] == [str(hull.id)]


def test_another_region_and_another_force_see_nothing_of_it(
    factory: Factory, cast: Cast, the_clock: TheClock
) -> None:
    factory.start()
    the_clock.set("2026-03-10T09:00Z")
    sweep(the_clock.at)
    for caller in (cast.stranger.as_practitioner(), cast.other_police, cast.ap):
        assert overdue(caller) == []
        assert escalations(caller) == []


def test_a_force_sees_what_it_was_asked_and_never_what_probation_owes_itself(
    factory: Factory, cast: Cast, the_clock: TheClock
) -> None:
    asked = factory.start()
    factory.start("ask", subject=asked)
    factory.start("review", policy="review.due", subject=asked)
    the_clock.set("2026-03-11T17:00Z")
    sweep(the_clock.at)
    (item,) = overdue(cast.police)
    assert (item["timer"], item["subject"]["id"]) == ("answer", str(asked.id))
    assert not {"practitioner", "pdu", "referral_id", "step", "next_fires_at"} & item.keys()
    found = escalations(cast.police)
    assert [(each["timer"], each["step"]) for each in found] == [("answer", "spo"), ("answer", "pdu_head")]
    for each in found:
        assert [notified["side"] for notified in each["addressed_to"]] == ["partner"]
        assert not {"practitioner", "pdu", "referral_id"} & each.keys()
        assert each["allowed_transitions"] == ["acknowledge", "note", "hand_over"]


def test_an_escalation_says_which_step_and_who_was_told_when(
    factory: Factory, spo: Caller, the_clock: TheClock
) -> None:
    factory.start()
    the_clock.set("2026-03-09T18:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    (found,) = escalations(spo)
    assert (found["kind"], found["step"], found["late"], found["open"]) == ("step", "spo", True, True)
    assert found["due_at"] == "2026-03-09T17:00:00Z"
    assert found["wanted_by"] == "2026-03-06T17:00:00Z"
    assert found["addressed_to"] == [
        {
            "side": "probation",
            "role": "spo",
            "holder": "s.okafor",
            "name": "Samuel Okafor",
            "phone": "0113 496 0000",
            "fell_from": None,
            "sent_at": "2026-03-09T18:00:00Z",
            "acknowledged": None,
            "handed_over": None,
        },
        {
            "side": "partner",
            "role": "duty_manager",
            "holder": "duty.manager",
            "name": "Duty Manager",
            "phone": "0113 496 0000",
            "fell_from": None,
            "sent_at": "2026-03-09T18:00:00Z",
            "acknowledged": None,
            "handed_over": None,
        },
    ]
    assert found["allowed_transitions"] == ["acknowledge", "note", "hand_over"]


def test_a_notice_in_the_feed_leads_to_what_it_tells_of(
    factory: Factory, cast: Cast, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)
    notified = cast.police.get("/v1/events").get_json()["items"]
    notices = [event for event in notified if event["event"] == "escalation.notified"]
    assert {notice["data"]["role"] for notice in notices} == {None, "duty_manager"}
    for notice in notices:
        path, _, notice_id = notice["subject"]["href"].partition("?notice=")
        assert path == "/v1/escalations"
        found = escalations(cast.police, notice=notice_id)
        assert {each["subject"]["id"] for each in found} == {str(subject.id)}
        assert len(found) == notice["data"]["count"]
        assert escalations(cast.other_police, notice=notice_id) == []


def test_pages_follow_one_another_without_gap_or_repeat(
    factory: Factory, spo: Caller, the_clock: TheClock
) -> None:
    for _ in range(5):
        factory.start()
    the_clock.set("2026-03-10T09:00Z")
    sweep(the_clock.at)
    for path in ("/v1/overdue", "/v1/escalations"):
        whole = [item["id"] for item in spo.get(path).get_json()["items"]]
        assert len(whole) == 5
        found: list[str] = []
        after: dict[str, str] = {}
        while True:
            answer = spo.get(path, limit=2, **after).get_json()
            found += [item["id"] for item in answer["items"]]
            if answer["next"] is None:
                break
            after = {"after": answer["next"]}
        assert found == whole


def test_a_named_practitioner_acknowledges_an_escalation_once(
    factory: Factory, cast: Cast, spo: Caller, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    (found,) = escalations(spo, acknowledged="no")
    path = f"/v1/escalations/{found['id']}/acknowledgement"
    the_clock.move(timedelta(hours=1))
    answer = spo.post(path)
    assert answer.status_code == 200, answer.text
    seen = {
        "practitioner": "s.okafor",
        "name": "s.okafor",
        "role": "spo",
        "at": "2026-03-09T18:00:00Z",
    }
    assert answer.get_json()["acknowledged"] == seen
    assert answer.get_json()["allowed_transitions"] == ["note", "hand_over"]
    again = cast.probation.as_practitioner("h.grant", "pdu_head").post(path)
    assert again.get_json()["acknowledged"] == seen
    assert escalations(spo, acknowledged="no") == []
    assert [each["id"] for each in escalations(spo, acknowledged="yes")] == [found["id"]]
    with rows.transaction() as session:
        events = session.scalars(select(Event.name).where(Event.subject_id == subject.id)).all()
    assert events.count("clock.acknowledged") == 1
    the_clock.set("2026-03-11T17:00Z")
    assert sweep(the_clock.at).firings == 1, "it stops nothing"


def test_nobody_acknowledges_what_is_not_theirs(factory: Factory, cast: Cast, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    path = f"/v1/escalations/{fired(subject)[-1].id}/acknowledgement"
    assert cast.stranger.as_practitioner().post(path).status_code == 404
    assert cast.other_police.post(path).status_code == 404
    assert cast.probation.post(path).status_code == 403, "nobody is named"
    unheard_of = f"/v1/escalations/{db.new_id()}/acknowledgement"
    assert cast.probation.as_practitioner().post(unheard_of).status_code == 404


def a_limited_access_case(factory: Factory) -> UUID:
    """Record a person of whom only p.shah may know; return their id."""
    person = db.new_id()
    with db.transaction("owner") as session:
        session.execute(
            text(
                "INSERT INTO person (id, crn, holder_id, held, given_name, family_name, aliases, restricted,"
                " children, version, recorded_at, changed_at)"
                " VALUES (:id, 'X320741', :holder, true, 'A', 'B', '[]', true, 'no', 1, now(), now())"
            ),
            {"id": person, "holder": factory.ids["probation"]},
        )
        session.execute(
            text(
                "INSERT INTO restriction VALUES (gen_random_uuid(), :id, :organisation, 'p.shah', 'x', now())"
            ),
            {"id": person, "organisation": factory.ids["probation"]},
        )
    return person


def test_a_limited_access_case_is_seen_by_those_who_are_named_and_by_nobody_else(
    factory: Factory, cast: Cast, the_clock: TheClock
) -> None:
    person = a_limited_access_case(factory)
    subject = factory.start(person_id=person)
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    named, other = cast.probation.as_practitioner("p.shah"), cast.probation.as_practitioner("s.okafor", "spo")
    assert len(overdue(named)) == len(escalations(named)) == 1
    assert overdue(other) == escalations(other) == []
    path = f"/v1/escalations/{fired(subject)[-1].id}/acknowledgement"
    assert other.post(path).status_code == 404
    assert named.post(path).status_code == 403, "named in the case, and not the addressee"


def test_a_notice_of_a_limited_access_case_stands_alone_and_tells_nobody_else_of_it(
    factory: Factory, cast: Cast, the_clock: TheClock
) -> None:
    spo = cast.probation.as_practitioner("s.okafor", "spo")
    outsider = cast.probation.as_practitioner("q.brown")
    person, others = a_limited_access_case(factory), [db.new_id(), db.new_id()]
    limited = [
        factory.start(person_id=person),
        factory.start("review", policy="review.due", person_id=person),
    ]
    for other in others:
        factory.start(person_id=other)
    the_clock.set("2026-03-13T17:00Z")
    sweep(the_clock.at)
    deliver(the_clock.at)

    def notified(caller: Caller) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = caller.get("/v1/events").get_json()["items"]
        return shown

    def subjects(entries: list[dict[str, Any]]) -> list[set[str]]:
        return [
            {item["subject_id"] for item in entry["data"]["items"]}
            for entry in entries
            if entry["event"] == "escalation.notified"
        ]

    theirs = {str(each.id) for each in limited}
    for named in (cast.probation, cast.probation.as_practitioner("p.shah")):
        shown = subjects(notified(named))
        assert theirs <= set().union(*shown)
        assert all(items <= theirs or not items & theirs for items in shown), "never beside another's"
    assert theirs & set().union(*subjects(notified(spo))), "who is told is named first"
    withheld = [entry for entry in notified(outsider) if entry["event"] == "entry.withheld"]
    assert withheld, "it keeps its place in the feed"
    assert all(entry["data"] == {} for entry in withheld)
    assert not theirs & set().union(*subjects(notified(outsider)))
    # A partner works with everybody it was asked about, and is not shown who is a limited access case.
    assert all(str(limited[0].id) in items and len(items) == 3 for items in subjects(notified(cast.police)))


def test_every_reading_is_on_the_trail_with_each_person_shown(
    factory: Factory, spo: Caller, the_clock: TheClock
) -> None:
    people = [db.new_id(), db.new_id()]
    for person in people:
        factory.start(person_id=person)
        factory.start("ask", person_id=person)
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    overdue(spo, pdu="Leeds")
    with db.transaction("audit_reader") as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.verb.in_(("search", "consultation")))
        ).all()
    assert sorted(str(entry.person_id) for entry in entries if entry.verb == "consultation") == sorted(
        map(str, people)
    )
    (search,) = [entry for entry in entries if entry.verb == "search"]
    assert '"shape":"pdu"' in search.body
    assert all("s.okafor" in entry.body for entry in entries)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v1/overdue", {"limit": "0"}, 422),
        ("/v1/overdue", {"limit": "ten"}, 422),
        ("/v1/overdue", {"unheard_of": "1"}, 422),
        ("/v1/overdue", {"after": "not-ours"}, 400),
        ("/v1/escalations", {"notice": "7"}, 422),
        ("/v1/escalations", {"acknowledged": "perhaps"}, 422),
        ("/v1/escalations", {"after": "WzEsMl0"}, 400),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_in_so_many_words(
    factory: Factory, spo: Caller, path: str, query: dict[str, str], status: int
) -> None:
    answer = spo.get(path, **query)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
