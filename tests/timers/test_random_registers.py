"""Over random staff registers, a step always reaches somebody, and never somebody who may not know."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.actor import THE_SERVICE
from service.organisations.register import Post, RoleToday, holding_today, roles_today
from service.timers import recipients
from service.timers.confidants import Closure
from service.timers.ladder import Firing
from service.timers.model import Clock
from service.timers.policy import Side
from service.timers.roles import FALLS_TO, PARTNER_ROLES, PROBATION_ROLES, is_above

STAFF = ("a.one", "b.two", "c.three", "d.four")
UNITS = (None, "Leeds", "Hull")
POSTS = st.builds(
    Post, st.sampled_from(STAFF), st.sampled_from(UNITS), deputy=st.booleans(), away=st.booleans()
)
REGISTERS = st.dictionaries(st.sampled_from(sorted(FALLS_TO)), st.lists(POSTS, max_size=5))
CLOSURES = st.builds(
    Closure,
    limited=st.booleans(),
    only=st.sampled_from((None, *STAFF)),
    excluded=st.frozensets(st.sampled_from(STAFF)),
)


@given(
    REGISTERS,
    CLOSURES,
    st.sampled_from(sorted(PROBATION_ROLES)),
    st.sampled_from([*sorted(PARTNER_ROLES), None]),
    st.sampled_from(UNITS),
)
def test_a_step_reaches_somebody_and_never_somebody_who_may_not_know(
    register: Mapping[str, list[Post]], closed: Closure, probation: str, partner: str | None, unit: str | None
) -> None:
    region, force = uuid4(), uuid4()
    case: Any = SimpleNamespace(
        person_id=uuid4(), probation_id=region, responder_id=force, practitioner="a.one", pdu=unit,
        caretaker=None, caretaker_until=None, timer="answer", label="police_da",
    )  # fmt: skip
    to: dict[Side, str | None] = {"probation": probation, "partner": partner}
    firing = Firing("spo", "step", cast("Any", None), to)

    def asked(_: object, organisation_id: object, role: str, unit: str | None = None) -> list[str]:
        return holding_today(register.get(role, []), unit if organisation_id == region else None)

    with (
        patch.object(recipients, "holders", asked),
        patch.object(recipients, "closure", lambda *_: closed),
    ):
        found = recipients.recipients(cast("Any", None), cast("Clock", case), firing)
    assert {one.side for one in found} == {"probation", "partner"}
    for one in found:
        if one.side == "partner":
            assert one.organisation_id == force
            continue
        assert one.organisation_id in {region, THE_SERVICE}
        if one.organisation_id == region:
            assert one.holder is None or closed.may_be_told(one.holder)
            assert one.holder is not None or not closed.limited, (
                "a whole region is never told of a limited case"
            )
        assert (
            one.fell_from is None or one.role in {None, "operator"} or is_above(str(one.role), one.fell_from)
        )


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
