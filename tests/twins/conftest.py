"""What every twin world needs."""

from collections.abc import Collection, Mapping
from typing import Protocol

import pytest
from flask import Flask

from tests.conftest import TheClock
from tests.twins.reading import Seen
from tests.twins.worlds import EVERYBODY, World, read_in


class Reading(Protocol):
    """What is read in a world by those who look."""

    def __call__(self, world: World, looking: Collection[str] = EVERYBODY) -> Mapping[str, Seen]: ...


@pytest.fixture(autouse=True)
def answers_are_as_documented() -> None:
    """Compare no response with the document: other tests do, and a planted leak is in none."""


@pytest.fixture
def reading(
    app: Flask, server: str, template: str, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> Reading:
    """Return what is read in a world, played anew."""

    def read(world: World, looking: Collection[str] = EVERYBODY) -> Mapping[str, Seen]:
        return read_in(
            world,
            looking,
            app=app,
            server=server,
            template=template,
            the_clock=the_clock,
            monkeypatch=monkeypatch,
        )

    return read
