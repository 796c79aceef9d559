"""Who holds a role today, over random registers, and what a register keeps over random entries."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import clock, db
from service.access.actor import Actor
from service.organisations import register
from service.organisations.register import Post, holding_today
from service.organisations.writes.staff import AbsenceEntry, RoleEntry, StaffEntry, enter
from tests.cast import Cast
from tests.conftest import START, TheClock
from tests.people.factories import as_owner

UNITS = [None, "Leeds", "Hull"]
POSTS = st.lists(
    st.builds(Post, st.sampled_from("abcd"), st.sampled_from(UNITS), st.booleans(), st.booleans()), max_size=8
)


def there(posts: Iterable[Post], unit: str | None, *, deputy: bool) -> set[str]:
    return {one.member for one in posts if (one.unit, one.deputy, one.away) == (unit, deputy, False)}


@given(POSTS, st.sampled_from(UNITS))
def test_nobody_who_is_away_or_of_another_unit_is_asked_for(posts: list[Post], unit: str | None) -> None:
    asked = holding_today(posts, unit)
    assert asked == sorted(set(asked))
    for one in asked:
        assert any(post.member == one and not post.away and post.unit in {unit, None} for post in posts)


@given(POSTS, st.sampled_from(UNITS))
def test_the_own_unit_comes_first_and_a_deputy_only_where_no_holder_is_there(
    posts: list[Post], unit: str | None
) -> None:
    asked = set(holding_today(posts, unit))
    order = [
        there(posts, unit, deputy=False),
        there(posts, unit, deputy=True),
        there(posts, None, deputy=False),
        there(posts, None, deputy=True),
    ]
    assert asked == next((some for some in order if some), set())


# Moments are half days from the start, so that entries meet, overlap and are over.
MOMENTS = st.integers(-6, 20)
PERIOD = st.tuples(MOMENTS, st.integers(1, 8))


def at(half_days: int) -> datetime:
    return START.astimezone(UTC) + timedelta(hours=12 * half_days)


ROLES = st.lists(
    st.tuples(
        st.sampled_from(["spo", "pdu_head"]), st.sampled_from(UNITS), st.booleans(), PERIOD, st.booleans()
    ),
    max_size=4,
)
ABSENCE = st.tuples(PERIOD, st.booleans())
ENTRIES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.lists(
            st.tuples(st.sampled_from("ab"), ROLES, st.lists(ABSENCE, max_size=3), st.none() | MOMENTS),
            min_size=1,
            max_size=2,
            unique_by=lambda line: line[0],
        ),
    ),
    min_size=1,
    max_size=5,
)


_EXAMPLES = count()
"""Each example is about members of staff of its own."""


def _entry(line: tuple[Any, ...], example: int) -> StaffEntry:
    member, roles, absences, ended = line
    return StaffEntry(
        id=f"{member}.{example}",
        name=member,
        ended_at=None if ended is None else at(ended),
        roles=[
            RoleEntry(
                role=role,
                unit=unit,
                deputy=deputy,
                from_at=at(begins),
                until_at=at(begins + lasts) if ends else None,
            )
            for role, unit, deputy, (begins, lasts), ends in roles
        ],
        absences=[
            AbsenceEntry(from_at=at(begins), until_at=at(begins + lasts) if ends else None)
            for (begins, lasts), ends in absences
        ],
    )


def _rows() -> dict[Any, tuple[datetime, datetime | None]]:
    found = as_owner("SELECT id, from_at, until_at FROM staff_role") + as_owner(
        "SELECT id, from_at, until_at FROM staff_absence"
    )
    return {row["id"]: (row["from_at"], row["until_at"]) for row in found}


def _said(entry: StaffEntry, now: datetime) -> set[tuple[Any, ...]]:
    """Return which of its roles count at a moment, by what an entry says."""
    return {
        (one.role, one.unit, one.deputy)
        for one in entry.roles
        if one.from_at is not None and one.from_at <= now and (one.until_at is None or one.until_at > now)
    }


def test_of_two_roles_alike_neither_changes_when_they_are_entered_the_other_way_round(cast: Cast) -> None:
    region, now = cast.probation.organisation_id, clock.now()
    until = (None, now + timedelta(days=1))
    both = [RoleEntry(role="spo", deputy=True, from_at=now, until_at=ends) for ends in until]
    spoken_for = RoleEntry(role="spo", deputy=True, until_at=now + timedelta(days=1))
    for entered, changed in (
        (both, {"kim": 1}),
        (both[::-1], {}),
        (both, {}),
        ([both[0], spoken_for], {}),
        ([spoken_for, both[0]], {}),
        ([spoken_for], {"kim": 2}),
    ):
        entry = StaffEntry(id="kim", name="Kim", roles=entered)
        with db.transaction("owner") as session:
            assert enter(session, Actor.for_service("test"), region, [entry], "register") == changed


def test_one_role_ahead_takes_the_place_of_all_that_have_begun(cast: Cast) -> None:
    region, now = cast.probation.organisation_id, clock.now()
    ahead = [RoleEntry(role="spo", from_at=now + timedelta(days=1))]
    for entered, changed in (([RoleEntry(role="spo")] * 2, 1), (ahead, 2), (ahead, None)):
        entry = StaffEntry(id="kim", name="Kim", roles=entered)
        with db.transaction("owner") as session:
            found = enter(session, Actor.for_service("test"), region, [entry], "register")
            assert found == ({} if changed is None else {"kim": changed})
    assert sorted(until for _, until in _rows().values() if until is not None) == [now, now]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=ENTRIES)
def test_what_has_been_is_never_changed_and_what_is_entered_counts(
    cast: Cast, the_clock: TheClock, calls: list[Any]
) -> None:
    region = cast.probation.organisation_id
    the_clock.set(START)
    new = next(_EXAMPLES)
    for passes, lines in calls:
        the_clock.move(timedelta(hours=12 * passes))
        now, before = clock.now(), _rows()
        entries = [_entry(line, new) for line in lines]
        with db.transaction("owner") as session:
            enter(session, Actor.for_service("test"), region, entries, "register")
        after = _rows()
        for key, (from_at, until_at) in before.items():
            changed = after[key]
            if until_at is not None and until_at <= now:
                assert changed == (from_at, until_at), "what is over stays"
            elif from_at <= now:
                assert changed[0] == from_at, "what has begun keeps its beginning"
                assert changed[1] is None or changed[1] >= now, "and nothing ends before now"
        with db.transaction("owner") as session:
            assert enter(session, Actor.for_service("test"), region, entries, "register") == {}
            for entry in entries:
                standing = register.standing(session, region, [entry.id], now)
                held = {
                    (one.role, one.unit, one.deputy) for one in standing.roles[entry.id] if one.from_at <= now
                }
                assert held == _said(entry, now)
                gone = entry.ended_at is not None and entry.ended_at <= now
                away = any(
                    one.from_at <= now and (one.until_at is None or now < one.until_at)
                    for one in entry.absences
                )
                for role in ("spo", "pdu_head"):
                    asked = register.holders(session, region, role, "Leeds")
                    if gone or away or not any(name == role for name, _, _ in held):
                        assert entry.id not in asked


@pytest.mark.parametrize("unit", UNITS)
def test_a_role_that_nobody_fills_is_vacant(unit: str | None) -> None:
    assert holding_today([Post("a", "Hull", False, True)], unit) == []
