"""Whoever may not know of something reads the same, whether it is there or not."""

from collections.abc import Callable, Mapping

import pytest
from flask import Flask

from tests.conftest import TheClock
from tests.twins.reading import Seen
from tests.twins.worlds import READERS, World, differences, read_in

PLAIN = World()
TWINS: dict[str, tuple[World, World, tuple[str, ...]]] = {
    "MAPPA is asked": (PLAIN, World(mappa="submitted"), ("crs", "crs_ete", "ap", "cas3", "council")),
    "MAPPA is asked later": (PLAIN, World(mappa="amended"), ("crs", "crs_ete", "ap", "cas3", "council")),
    "MAPPA is asked by itself": (PLAIN, World(mappa="alone"), ("crs", "crs_ete", "ap", "cas3", "council")),
    "a victim": (PLAIN, World(victim=True), ("crs", "crs_ete", "ap", "cas3", "council")),
    "another destination": (
        World(another=False),
        PLAIN,
        ("crs", "crs_ete", "ap", "police", "council"),
    ),
    "intelligence": (PLAIN, World(intelligence=True), ("crs", "crs_ete", "ap", "cas3", "council")),
    "a limited case": (PLAIN, World(limited=True), READERS),
    "a record that is held elsewhere": (
        World(region="stranger"),
        World(region="stranger", held_elsewhere=True),
        ("crs", "crs_ete", "ap", "cas3"),
    ),
}

Reading = Callable[[World], Mapping[str, Seen]]


@pytest.fixture
def reading(
    app: Flask, server: str, template: str, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> Reading:
    return lambda world: read_in(
        world, app=app, server=server, template=template, the_clock=the_clock, monkeypatch=monkeypatch
    )


@pytest.mark.parametrize("what", TWINS)
def test_who_may_not_know_reads_the_same_in_both_worlds(what: str, reading: Reading) -> None:
    without, with_it, readers = TWINS[what]
    one, other = reading(without), reading(with_it)
    assert min(len(one[name]) for name in readers) > 30
    found = [f"{name}: {told}" for name in readers for told in differences(one[name], other[name])]
    assert not found, "\n".join(found[:40])
