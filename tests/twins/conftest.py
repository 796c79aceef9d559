"""What every twin world needs."""

from collections.abc import Callable, Mapping

import pytest
from flask import Flask

from tests.conftest import TheClock
from tests.twins.reading import Seen
from tests.twins.worlds import World, read_in

Reading = Callable[[World], Mapping[str, Seen]]


@pytest.fixture(autouse=True)
def answers_are_as_documented() -> None:
    """Compare no response with the document: other tests do, and a planted leak is in none."""


@pytest.fixture
def reading(
    app: Flask, server: str, template: str, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> Reading:
    """Return what everybody reads in a world, played anew."""
    return lambda world: read_in(
        world, app=app, server=server, template=template, the_clock=the_clock, monkeypatch=monkeypatch
    )
