"""Over random staff registers, a step always reaches somebody, and never somebody who may not know."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from service import clock, db
from service.access.actor import THE_SERVICE
from service.organisations.model import Staff, StaffAbsence, StaffRole
from service.organisations.register import Post, RoleToday, holding_today, roles_today
from service.timers.confidants import OPERATOR, Closure
from service.timers.ladder import Firing
from service.timers.model import Clock
from service.timers.policy import Side
from service.timers.recipients import recipients
from service.timers.roles import FALLS_TO, PARTNER_ROLES, PROBATION_ROLES, is_above
from service.timers.working_time import ONE_DAY
from tests.timers.factories import Factory

pytestmark = pytest.mark.long

STAFF = ("a.one", "b.two", "c.three", "d.four")
UNITS = (None, "Leeds", "Hull")
POSTS = st.builds(
    Post, st.sampled_from(STAFF), st.sampled_from(UNITS), deputy=st.booleans(), away=st.booleans()
)
REGISTERS = st.fixed_dictionaries({role: st.lists(POSTS, max_size=3) for role in sorted(FALLS_TO)})
CLOSURES = st.builds(
    Closure,
    limited=st.booleans(),
    excluded=st.frozensets(st.sampled_from(STAFF), max_size=3),
)


class _TakenBack(Exception):  # noqa: N818 - it is no error
    """Ends a transaction whose rows are of no further use."""


def register_anew(
    session: Session, region: UUID, force: UUID, register: Mapping[str, list[Post]], left: Collection[str]
) -> None:
    """Let nobody hold a role in two organisations but those given."""
    ours = StaffRole.organisation_id.in_([region, force])
    session.execute(update(StaffRole).where(ours).values(until_at=StaffRole.from_at))
    for whose in (region, force):
        session.add_all(Staff(organisation_id=whose, id=who, name=who, entered_by="register",
                              changed_at=clock.now(),
                              ended_at=clock.now() if who in left else None) for who in STAFF)  # fmt: skip
        session.flush()
        away = {post.member for posts in register.values() for post in posts if post.away}
        session.add_all(
            StaffAbsence(
                id=db.new_id(), organisation_id=whose, staff_id=who,
                from_at=clock.now() - ONE_DAY, until_at=clock.now() + ONE_DAY,
            )
            for who in away
        )  # fmt: skip
        session.add_all(
            StaffRole(
                id=db.new_id(), organisation_id=whose, staff_id=post.member, role=role, deputy=post.deputy,
                unit=post.unit if whose == region else None, from_at=clock.now() - ONE_DAY,
            )
            for role, posts in register.items()
            for post in posts
        )  # fmt: skip
    session.flush()


def close(session: Session, region: UUID, closed: Closure) -> UUID:
    """Put somebody on record whose case is closed like this; return their id."""
    person = db.new_id()
    session.execute(
        text(
            "INSERT INTO person (id, crn, holder_id, held, limited_to, given_name, family_name, aliases,"
            " restricted, children, version, recorded_at, changed_at) VALUES (:id, 'X320741', :holder, true,"
            " NULL, 'A', 'B', '[]', :limited, 'no', 1, now(), now())"
        ),
        {"id": person, "holder": region, "limited": closed.limited},
    )
    for who in closed.excluded:
        session.execute(
            text(
                "INSERT INTO restriction (id, person_id, organisation_id, practitioner_id, named_by,"
                " named_at, excluded) VALUES (gen_random_uuid(), :id, :region, :who, 'x', now(), true)"
            ),
            {"id": person, "region": region, "who": who},
        )
    return person


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    REGISTERS,
    CLOSURES,
    st.tuples(st.sampled_from(sorted(PROBATION_ROLES)), st.sampled_from([*sorted(PARTNER_ROLES), None])),
    st.tuples(
        st.sampled_from(UNITS),
        st.frozensets(st.sampled_from(STAFF), max_size=2),
        st.sampled_from(STAFF) | st.none(),
    ),
)
def test_a_step_reaches_somebody_who_is_there_and_may_know(
    factory: Factory,
    register: Mapping[str, list[Post]],
    closed: Closure,
    roles: tuple[str, str | None],
    held: tuple[str | None, frozenset[str], str | None],
) -> None:
    unit, left, caretaker = held
    region, force = factory.ids["probation"], factory.ids["police"]
    to: dict[Side, str | None] = {"probation": roles[0], "partner": roles[1]}
    firing = Firing("spo", "step", clock.now(), to)
    with suppress(_TakenBack), db.transaction("owner") as session:
        register_anew(session, region, force, register, left)
        person = close(session, region, closed)
        case = Clock(
            person_id=person, probation_id=region, responder_id=force, practitioner="a.one", pdu=unit,
            timer="answer", label="police_da", caretaker=caretaker,
            caretaker_until=clock.now() + ONE_DAY if caretaker else None,
        )  # fmt: skip
        found = recipients(session, case, firing)
        raise _TakenBack
    assert {one.side for one in found} == {"probation", "partner"}
    away = {post.member for posts in register.values() for post in posts if post.away}
    for one in found:
        assert one.holder not in away | left, "nobody who is away or has left"
        if one.side == "partner":
            assert one.organisation_id == force
            continue
        assert one.organisation_id in {region, THE_SERVICE}
        if one.organisation_id == region:
            assert one.holder is None or one.holder not in closed.excluded
            assert one.holder or not closed.limited, "a whole region is never told of a limited case"
        assert one.fell_from is None or one.role in {None, OPERATOR} or is_above(str(one.role), one.fell_from)


@given(st.lists(POSTS, max_size=6), st.sampled_from(STAFF), st.sampled_from((*UNITS, "Elsewhere")))
def test_a_member_holds_a_role_today_where_and_only_where_they_are_the_one_to_ask(
    posts: list[Post], member: str, unit: str | None
) -> None:
    found: list[RoleToday] = roles_today({"spo": posts}, member)
    covered = any(one.covers(unit) for one in found)
    assert covered == (member in holding_today(posts, unit))


@pytest.mark.parametrize("role", sorted(FALLS_TO))
def test_nobody_is_above_themselves_and_the_top_is_above_all_of_its_side(role: str) -> None:
    side, top = (
        (PROBATION_ROLES, "regional_director")
        if role in PROBATION_ROLES
        else (PARTNER_ROLES, "partnership_board")
    )
    assert not is_above(role, role)
    assert role == top or is_above(top, role)
    assert not any(is_above(other, role) for other in FALLS_TO if other not in side)
