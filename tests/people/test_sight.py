"""Who may see a record: the rule by itself, the queries and the database's policies say the same."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service import db, events
from service.access.actor import Actor
from service.events.catalogue import CATALOGUE
from service.people import visibility
from service.people.model import Person, Restriction, Sight
from service.people.sight import (
    BASES,
    EMERGENCY,
    SECTIONS,
    Colleague,
    Reader,
    Record,
    Share,
    anybody_sees,
    may_see,
)
from service.timers.subjects import WORDS
from tests.cast import Cast
from tests.conftest import TheClock
from tests.people.factories import staff

STAFF = ("p.shah", "q.brown")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = tuple(NOW + step * HOUR for step in (-1, 0, 1))
ANY_SECTION = (None, *SECTIONS)
REGIONS = ("probation", "stranger")


@dataclass(frozen=True)
class Drawn:
    """A record with its shares, by the names of regions."""

    holder: str
    limited_to: str | None
    restricted: bool
    named: frozenset[tuple[str, str | None]]
    excluded: frozenset[tuple[str, str]]
    shares: tuple[tuple[str, Share], ...]


regions = st.sampled_from(REGIONS)
somebody = st.sampled_from(STAFF)


@st.composite
def shares(draw: st.DrawFn) -> tuple[str, Share]:
    basis = draw(st.sampled_from(sorted(BASES)))
    start, end = sorted(draw(st.lists(st.sampled_from(MOMENTS), min_size=2, max_size=2, unique=True)))
    return draw(regions), Share(
        organisation_id=UUID(int=0),
        practitioner=draw(somebody if basis == EMERGENCY else st.none() | somebody),
        basis=basis,
        sections=draw(st.frozensets(st.sampled_from(sorted(SECTIONS)), min_size=1)),
        from_at=start,
        until_at=end,
        ended=draw(st.sampled_from((False, False, False, True))),
    )


@st.composite
def records(draw: st.DrawFn) -> Drawn:
    excluded = draw(st.frozensets(st.tuples(regions, somebody), max_size=2))
    named = draw(st.frozensets(st.tuples(regions, st.none() | somebody), max_size=3))
    return Drawn(
        holder=draw(regions),
        limited_to=draw(st.none() | st.none() | somebody),
        restricted=draw(st.sampled_from((False, False, True))),
        named=named - excluded,
        excluded=excluded,
        shares=tuple(draw(st.lists(shares(), max_size=3))),
    )


def store(session: Session, cast: Cast, drawn: Drawn) -> tuple[UUID, Record]:
    """Put a record on the tables, and return it as the rule takes it."""
    ids = {region: getattr(cast, region).organisation_id for region in REGIONS}
    person = Person(
        id=db.new_id(),
        crn="X000001",
        holder_id=ids[drawn.holder],
        held=drawn.limited_to is None,
        limited_to=drawn.limited_to,
        given_name="A",
        family_name="B",
        aliases=[],
        restricted=drawn.restricted,
        children="no",
        version=1,
        recorded_at=NOW,
        changed_at=NOW,
    )
    session.add(person)
    session.flush()
    actor = Actor.for_service("tests")
    event_id = events.append(
        session, actor, "person.recorded", subject_kind="person", subject_id=person.id, data={"fields": []}
    )
    given = [replace(share, organisation_id=ids[region]) for region, share in drawn.shares]
    for share in given:
        session.add(
            Sight(
                id=db.new_id(),
                person_id=person.id,
                organisation_id=share.organisation_id,
                practitioner_id=share.practitioner,
                basis=share.basis,
                sections=sorted(share.sections),
                from_at=share.from_at,
                until_at=share.until_at,
                reason="They live there.",
                given_by="p.shah",
                event_id=event_id,
                ended_at=share.from_at if share.ended else None,
            )
        )
    who: list[tuple[str, str | None, bool]] = [(*one, False) for one in drawn.named]
    who += [(*one, True) for one in drawn.excluded]
    for region, practitioner, excluded in who:
        session.add(
            Restriction(
                id=db.new_id(),
                person_id=person.id,
                organisation_id=ids[region],
                practitioner_id=practitioner,
                because="chosen",
                excluded=excluded,
                named_by="p.shah",
                named_at=NOW,
            )
        )
    session.flush()
    named: frozenset[Colleague] = frozenset((ids[region], one) for region, one in drawn.named)
    barred: frozenset[Colleague] = frozenset((ids[region], one) for region, one in drawn.excluded)
    return person.id, Record(ids[drawn.holder], drawn.limited_to, drawn.restricted, named, barred, given)


SET_CALLER = text(
    "SELECT set_config('app.organisation', :org, true), set_config('app.practitioner', :who, true),"
    " set_config('app.now', :at, true)"
)
GUARDED = text("SELECT true FROM guarded_person WHERE person_id = :person")
SEEN = text(
    "SELECT section, sees_record(:person, section)"
    " FROM unnest(CAST(:sections AS text[])) AS sections (section)"
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
@given(drawn=records(), at=st.sampled_from(MOMENTS))
def test_the_rule_the_queries_and_the_policies_agree(
    cast: Cast, the_clock: TheClock, drawn: Drawn, at: datetime
) -> None:
    the_clock.set(at)
    with db.transaction("owner") as session:
        person_id, record = store(session, cast, drawn)
        for region in REGIONS:
            caller = getattr(cast, region)
            for who in (None, *STAFF):
                actor = staff(caller, who or "")
                if who is None:
                    actor = replace(actor, practitioner=None)
                reader = Reader(caller.organisation_id, who)
                rule = {section: may_see(record, reader, section, at) for section in ANY_SECTION}
                assert _by_queries(session, actor, person_id) == rule, (reader, "the first wall")
                session.execute(
                    SET_CALLER,
                    {"org": str(caller.organisation_id), "who": who or "", "at": at.isoformat()},
                )
                policy: dict[str | None, bool] = dict(
                    session.execute(SEEN, {"person": person_id, "sections": list(ANY_SECTION)}).all()
                )
                assert policy == rule, (reader, "the second wall")
                if record.holder_id == caller.organisation_id and not all(rule.values()):
                    assert session.scalar(GUARDED, {"person": person_id}), (
                        reader,
                        "its own rows are asked about",
                    )
        session.rollback()


def _by_queries(session: Session, actor: Actor, person_id: UUID) -> dict[str | None, bool]:
    seen = [
        visibility.visible_to(actor, section).where(Person.id == person_id).exists()
        for section in ANY_SECTION
    ]
    return dict(zip(ANY_SECTION, session.execute(select(*seen)).one(), strict=True))


def test_a_share_ends_to_the_second(cast: Cast, the_clock: TheClock) -> None:
    share = Share(cast.stranger.organisation_id, None, "joint", frozenset({"risk"}), NOW, NOW + HOUR)
    record = Record(cast.probation.organisation_id, shares=[share])
    reader = Reader(cast.stranger.organisation_id, "p.shah")
    seen = [may_see(record, reader, "risk", NOW + HOUR + step * timedelta(seconds=1)) for step in (-1, 0)]
    assert seen == [True, False]


NOT_ABOUT_PEOPLE = {"notice", "policy", "release_dates", "staff_register", "webhook"}
OF_SECTIONS = {
    "household": {"contact", "address"},
    "checks": {"check", "check_request"},
    "referrals": {
        "referral", "destination_referral", "placement", "change_notice", "wording", "adjustment",
        "agency_review", "completion", "emergency", "probation_move", "release_arrangement",
    },
    "circumstances": {"change_of_circumstance", "review", "disclosure_decision", "right_to_know", "recall"},
    "protected_contacts": {"subject_access", "agreement"},
    None: {"person", "case_holding", "transfer", "share_request", "sight"},
}  # fmt: skip
"""Of which section is what happens to a kind of subject, and what waits; None for whoever sees any."""


def test_everything_that_happens_or_waits_is_of_a_section_or_meant_for_whoever_sees_any(
    database: str,
) -> None:
    assert database
    kinds = {kind for row in CATALOGUE.values() for kind in row.subjects} | {kind for kind, _ in WORDS}
    assert kinds - NOT_ABOUT_PEOPLE == {kind for of_section in OF_SECTIONS.values() for kind in of_section}
    with db.transaction("owner") as session:
        known = {
            kind: session.scalar(text("SELECT section_of(:kind, 'clock.escalated')"), {"kind": kind})
            for kind in kinds - NOT_ABOUT_PEOPLE
        }
        risk = session.scalar(text("SELECT section_of('person', 'rosh.raised')"))
        owed_by_a_manager = session.scalar(text("SELECT section_of('agreement', 'decision')"))
    assert known == {kind: section for section, of in OF_SECTIONS.items() for kind in of}
    assert risk == "risk"
    assert owed_by_a_manager is None, "its clock is the holder's alone"


COLLEAGUES = st.tuples(st.just(UUID(int=2)), st.none() | st.sampled_from(STAFF))


@given(
    named=st.frozensets(COLLEAGUES),
    barred=st.frozensets(st.tuples(st.just(UUID(int=2)), somebody)),
    restricted=st.booleans(),
    drawn=shares(),
    at=st.sampled_from(MOMENTS),
)
def test_whether_anybody_sees_by_a_share_is_whether_one_of_them_does(
    named: frozenset[Colleague],
    barred: frozenset[Colleague],
    restricted: bool,
    drawn: tuple[str, Share],
    at: datetime,
) -> None:
    share = replace(drawn[1], organisation_id=UUID(int=2))
    record = Record(UUID(int=1), None, restricted, named, barred, [share])
    readers = [Reader(share.organisation_id, who) for who in (*STAFF, "x.other")]
    section = min(share.sections)
    assert anybody_sees(record, share, at) == any(may_see(record, one, section, at) for one in readers)
